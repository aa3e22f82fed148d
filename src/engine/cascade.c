/* cascade: before an account is deleted, in the call before, it is asked what hangs on it: a delete
 * would take that along (S9.1). What our user may not see counts as hanging. */
#include "core/gone.h"
#include "engine/engine_p.h"

bool cascade_ask(struct engine *en, struct plan *plan, struct err *e)
{
    struct crm *sf = en->o.crm[SIDE_SF];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, plan->count);
    struct change **of = ARENA_ARRAY(&en->chunk, struct change *, plan->count);
    size_t n = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        if (!gone_cascades(c))
            continue;
        of[n] = c;
        ids[n++] = c->subject->link->id[SIDE_SF];
    }
    struct crm_touch *touch = ARENA_ARRAY(&en->chunk, struct crm_touch, n);
    if (n > 0 && !sf->ops->touched(sf, &en->chunk, ids, n, touch, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (touch[i].attached || touch[i].contacts || touch[i].unseen)
            gone_spare(of[i]);
    return true;
}

bool cascade_check(struct engine *en, struct str account, struct err *e)
{
    struct crm *sf = en->o.crm[SIDE_SF];
    struct crm_touch touch;
    if (!sf->ops->touched(sf, &en->chunk, &account, 1, &touch, e))
        return false;
    bool attached = touch.attached || touch.contacts;
    if (!attached && !touch.unseen)
        return true;
    err_set(e, ERR_REFUSED, "delete_attached",
            attached ? "account %.*s is not deleted: its %.*s would go with it"
                     : "account %.*s is not deleted: our user may not see whether it has "
                       "%.*s, which would go with it",
            STR_ARG(account), STR_ARG(touch.what));
    err_rule(e, "S9.1");
    err_subject(e, account);
    return err_hint(e, "delete it in Salesforce, or keep it: `tandem review reject %.*s`",
                    STR_ARG(account));
}
