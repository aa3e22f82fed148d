#include "core/suspend.h"

static bool writes_to(const struct change *c, enum side to)
{
    switch (c->action) {
    case ACTION_CREATE:
        return c->to == to;
    case ACTION_LINK: /* our id on the company makes the link (S8.1) */
    case ACTION_FOLLOW:
        if (to == SIDE_HS)
            return true;
        break;
    case ACTION_UNLINK: /* our ids come off both, where they are */
    case ACTION_ARCHIVE:
        return true;
    case ACTION_UPDATE:
        if (to == SIDE_HS && c->puts_id)
            return true;
        break;
    default:
        return false;
    }
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            return true;
    return false;
}

void suspend_plan(struct plan *plan, const bool suspended[SIDE_COUNT])
{
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            if (!suspended[s] || !writes_to(c, s))
                continue;
            c->action = ACTION_WAIT;
            c->why = WHY_SUSPENDED;
            c->fields = 0;
            c->asks = 0;
            c->puts_id = false;
            c->base_moved = false;
        }
    }
}
