/* S10.1: which stage of a contact moves a company: every pair of the default stages (H10.10), with
 * one that the portal made. */
#include "unit.h"

#include "core/lifecycle.h"

/* As the portal orders them: not by name. "900" was added, between two of HubSpot's. */
static struct field_option options[] = {
    {{"subscriber", 10}, {0}, true},
    {{"lead", 4}, {0}, true},
    {{"marketingqualifiedlead", 22}, {0}, true},
    {{"900", 3}, {0}, true},
    {{"salesqualifiedlead", 18}, {0}, true},
    {{"opportunity", 11}, {0}, true},
    {{"customer", 8}, {0}, true},
    {{"evangelist", 10}, {0}, true},
    {{"other", 5}, {0}, true},
};
static const struct field stages = {.option = options, .options = LEN(options)};

enum { MOVERS = 7 }; /* the last two never move a company */

static void forward_only(void **state)
{
    (void)state;
    for (size_t c = 0; c < LEN(options); c++)
        for (size_t k = 0; k <= LEN(options); k++) { /* the last k: no stage */
            struct str of_company = k < LEN(options) ? options[k].value : STR_NONE;
            enum stage_answer want = c >= MOVERS         ? STAGE_STILL
                                     : k == c            ? STAGE_SAME
                                     : k == LEN(options) ? STAGE_MOVES
                                     : c > k             ? STAGE_MOVES
                                                         : STAGE_BEHIND;
            enum stage_answer got = lifecycle_answer(&stages, S(""), options[c].value, of_company);
            if (got != want)
                fail_msg("%.*s over %.*s: %d, not %d", STR_ARG(options[c].value),
                         STR_ARG(of_company), got, want);
        }
}

static void what_stays_still(void **state)
{
    static const struct {
        const char *still, *contact, *company;
        enum stage_answer want;
    } cases[] = {
        {"", "", "lead", STAGE_NONE},
        {"customer", "customer", "lead", STAGE_STILL},
        {"lead, customer", "customer", "", STAGE_STILL},
        {"lead, customer", "opportunity", "", STAGE_MOVES},
        {"lea", "lead", "", STAGE_MOVES}, /* a whole name, no part of one */
        {"", "nosuch", "lead", STAGE_UNKNOWN},
        {"nosuch", "nosuch", "lead", STAGE_STILL},
        {"", "lead", "gone", STAGE_MOVES}, /* the company's stage was taken away */
        {"", "gone", "gone", STAGE_SAME},
        {"", "customer", "evangelist", STAGE_BEHIND},
        {"", "customer", "other", STAGE_BEHIND},
    };
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++)
        if (lifecycle_answer(&stages, str_from(cases[i].still), str_from(cases[i].contact),
                             str_from(cases[i].company)) != cases[i].want)
            fail_msg("case %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_only),
        cmocka_unit_test(what_stays_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
