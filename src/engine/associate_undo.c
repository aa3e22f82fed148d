/* Puts contacts back where they were before a run (S12.4), S3.7's private ones too, where they
 * still are where that run put them. What both of a pair are at then is the base (S12.5). */
#include "engine/contacts_p.h"
#include "engine/people_p.h"

static struct str id_of(const struct contact_undo *u)
{
    return u->side == SIDE_SF ? u->person : u->contact;
}

static enum undo_why left_why(const struct crm_placing *w, bool plan_only)
{
    switch (w->outcome) {
    case CRM_DONE:
        return UNDO_WHY_COUNT;
    case CRM_CHANGED:
        return w->found ? UNDO_CHANGED : UNDO_GONE;
    case CRM_NOT_SENT:
        return plan_only ? UNDO_WHY_COUNT : UNDO_REFUSED;
    default:
        return UNDO_REFUSED;
    }
}

static void answer(struct pass *p, struct contact_undo *u, const struct crm_placing *w)
{
    struct report *r = p->report;
    u->now = w->now;
    u->why = left_why(w, p->o.plan_only);
    u->detail = u->why == UNDO_REFUSED ? str_dup(&p->en->chunk, str_from(w->err.msg)) : w->now;
    u->goes = w->written || (p->o.plan_only && w->outcome == CRM_NOT_SENT);
    if (u->private)
        r->placed += u->goes;
    else
        r->associated[u->side] += u->goes;
}

/* S12.5; only where associations are kept, and the pair is still the same. */
static bool stands(struct pass *p, const struct contact_undo *u, struct err *e)
{
    struct store *st = p->en->o.store;
    struct association_move x;
    bool found;
    if (!p->en->settings.associations || u->private)
        return true;
    if (!st->people->associations_of(st, &p->en->chunk, u->contact, &x, &found, e))
        return false;
    if (!found || !str_eq(x.person, u->person))
        return true;
    x.at[u->side] = u->now;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        x.base[s] = x.at[s];
    x.handled = true;
    x.was = x.becomes = x.awaits = STR_NONE;
    x.due_ms = 0;
    return st->people->associations_settle(st, &x, 1, e);
}

static bool keep_one(struct pass *p, const struct contact_undo *u, struct err *e)
{
    struct store *st = p->en->o.store;
    struct contact_undo back = *u;
    back.old = u->wrote;
    back.wrote = u->now;
    back.joined = false;
    struct audit_entry entry = contact_audit(p->en, &back, "S12.4", false);
    entry.run = p->run.id;
    return st->ops->audit_put(st, &entry, 1, e) &&
           st->people->at(st, u->side, id_of(u), u->now, e) && stands(p, u, e);
}

static bool keep(struct pass *p, const struct contact_undo *u, size_t n, struct err *e)
{
    struct store *st = p->en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = !u[i].goes || (run_open(p, e) && keep_one(p, &u[i], e));
    if (ok)
        return st->ops->commit(st, e) && people_settle_all(p->en, e);
    st->ops->rollback(st);
    return false;
}

static bool undo_side(struct pass *p, enum side s, struct contact_undo *u, size_t n, struct err *e)
{
    struct crm *crm = p->en->o.crm[s];
    struct crm_placing *w = ARENA_ARRAY(&p->en->chunk, struct crm_placing, n);
    size_t *of = ARENA_ARRAY(&p->en->chunk, size_t, n), count = 0;
    for (size_t i = 0; i < n; i++)
        if (u[i].side == s) {
            of[count] = i;
            w[count++] = (struct crm_placing){
                .id = id_of(&u[i]), .was = u[i].wrote, .to = u[i].old, .leaves = u[i].joined};
        }
    if (count == 0)
        return true;
    bool ok = crm->people->place(crm, &p->en->chunk, w, count, p->o.plan_only, e);
    for (size_t i = 0; i < count; i++)
        answer(p, &u[of[i]], &w[i]);
    return ok;
}

bool contacts_undo(struct pass *p, struct contact_undo *u, size_t n, struct err *e)
{
    bool ok = true;
    struct err sent;
    if (n == 0)
        return true;
    for (enum side s = SIDE_COUNT; ok && s-- > SIDE_SF;)
        ok = undo_side(p, s, u, n, &sent);
    if (!p->o.plan_only && !keep(p, u, n, e))
        return false;
    if (!ok)
        *e = sent;
    return ok;
}
