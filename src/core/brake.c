#include "core/brake.h"

bool brake_empty_side(enum side side, uint64_t read, uint64_t links, struct err *e)
{
    if (read > 0 || links < BRAKE_LINKS_MIN)
        return true;
    err_set(e, ERR_REFUSED, "side_empty",
            "%s answered with no records at all, yet %llu are linked; nothing was written",
            side_name(side), (unsigned long long)links);
    err_rule(e, "S12.3");
    return err_hint(e, "check what our user may see there (`tandem doctor`), then run again");
}

bool brake_creates(struct plan *plan, const struct settings *set, struct brake_day *day)
{
    bool held = false;
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        if (c->action != ACTION_CREATE)
            continue;
        if (day->creates[c->to] < (uint64_t)set->create_max) {
            day->creates[c->to]++;
            continue;
        }
        c->action = ACTION_SKIP;
        c->why = WHY_BRAKE;
        held = true;
    }
    return held;
}

bool brake_creates_err(const struct settings *set, const struct brake_day *day, uint64_t held,
                       struct err *e)
{
    (void)day;
    err_set(e, ERR_REFUSED, "create_max",
            "%llu more records would be created than the %lld that create_max allows in 24 hours",
            (unsigned long long)held, (long long)set->create_max);
    err_rule(e, "S12.3");
    return err_hint(e, "look with `tandem plan sync`; go on with `tandem settings set create_max N`"
                       " or `tandem import accounts`");
}
