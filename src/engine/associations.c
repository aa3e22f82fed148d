/* associations: the setting is turned on or off (S11.1). On needs the rights that it will be used
 * with, and reads everybody once: what is there then is taken as handled, so that only what moves
 * later is carried over. */
#include "engine/people_p.h"

static bool lacks(enum side s, const struct crm_check *c, struct err *e)
{
    err_set(e, ERR_REFUSED, "right_missing",
            "contacts cannot be kept with their companies: our user in %s may not %.*s",
            side_name(s), STR_ARG(c->what));
    err_rule(e, "S11.1");
    err_subject(e, c->what);
    return err_hint(e, "%.*s; `tandem doctor` shows all rights", STR_ARG(c->detail));
}

static bool check_rights(struct engine *en, struct err *e)
{
    struct crm_checks all;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        if (!crm->ops->doctor(crm, &en->chunk, &all, e))
            return err_wrap(e, "asking %s what our user may do", side_name(s));
        for (size_t i = 0; i < all.count; i++)
            if (all.check[i].contacts && all.check[i].ok == RIGHT_NO)
                return lacks(s, &all.check[i], e);
    }
    return true;
}

bool associations_prepare(struct engine *en, const struct settings *next, struct err *e)
{
    if (!next->associations || en->settings.associations)
        return true;
    if (!en->o.crm[SIDE_SF] || !en->o.crm[SIDE_HS]) {
        err_set(e, ERR_REFUSED, "not_connected",
                "associations can be turned on once both services are connected");
        err_rule(e, "S11.1");
        return err_hint(e, "`tandem connect` first");
    }
    arena_reset(&en->chunk);
    if (!check_rights(en, e))
        return false;
    arena_reset(&en->chunk);
    return people_walk_now(en, e) || err_wrap(e, "reading who is at which company");
}

bool associations_turn(struct engine *en, const struct settings *next, struct err *e)
{
    struct store *st = en->o.store;
    int64_t now = engine_now(en, SIDE_HS);
    if (next->associations == en->settings.associations)
        return true;
    return st->people->associations_watch(st, next->associations ? now : 0, e) &&
           doc_time_put(en, "associations_on", next->associations ? now : 0, e);
}
