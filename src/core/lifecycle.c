#include "core/lifecycle.h"

/* Where a stage stands, from 1; 0 = nowhere. */
static size_t place(const struct field *stages, struct str stage)
{
    for (size_t i = 0; stage.n && i < stages->options; i++)
        if (str_eq(stages->option[i].value, stage))
            return i + 1;
    return 0;
}

static bool named(struct str names, struct str stage)
{
    struct str one;
    while (names.n && str_cut(&names, ',', &one))
        if (str_eq(str_trim(one), stage))
            return true;
    return false;
}

enum stage_answer lifecycle_answer(const struct field *stages, struct str still,
                                   struct str of_contact, struct str of_company)
{
    if (!of_contact.n)
        return STAGE_NONE;
    if (named(S("evangelist,other"), of_contact) || named(still, of_contact))
        return STAGE_STILL;
    size_t to = place(stages, of_contact), from = place(stages, of_company);
    if (str_eq(of_contact, of_company))
        return STAGE_SAME;
    if (to == 0)
        return STAGE_UNKNOWN;
    return to > from ? STAGE_MOVES : STAGE_BEHIND;
}
