#include "core/association.h"

/* What moved to nothing moved nowhere. */
static bool leads(const struct association_side *s)
{
    return s->moved && s->record.n > 0;
}

void association_decide(const struct association_side side[SIDE_COUNT],
                        struct association_answer *out)
{
    enum side from = leads(&side[SIDE_SF]) ? SIDE_SF : SIDE_HS, to = side_other(from);
    const struct association_side *goes = &side[from], *there = &side[to];
    *out = (struct association_answer){.act = ASSOCIATION_STAYS, .to = to};
    if (!leads(goes) || (goes->partner.n && str_eq(goes->partner, there->record)))
        return;
    out->conflict = leads(there);
    /* An account that is not linked is Salesforce's own choice, and HubSpot cannot overrule it; a
     * company that is not linked gives way: it stays one of the contact's companies. */
    bool stuck = to == SIDE_SF && there->record.n && !there->partner.n;
    out->act = stuck || !goes->partner.n ? ASSOCIATION_WAITS : ASSOCIATION_GOES;
    out->value = stuck ? there->record : goes->partner.n ? goes->partner : goes->record;
}
