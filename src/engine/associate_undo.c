/* Puts contacts back where they were before a run (S12.4), S3.7's private ones too, where they
 * still are where that run put them. What both of a pair are at then is the base (S12.5).
 *
 * Where associations are kept, that a contact is put back is stored before (S8.2); the next pass
 * else took it for a move. */
#include "engine/contacts_p.h"
#include "engine/people_p.h"

/* Those of one side at work. */
struct putting {
    struct pass *p;
    enum side side;
    struct contact_undo **u;
    struct crm_placing *w;
    struct association_move *x; /* what is noted of each, as it was before */
    bool *noted;                /* there is x[i], and nothing else of it is open */
    size_t n;
};

static struct str id_of(const struct contact_undo *u)
{
    return u->side == SIDE_SF ? u->person : u->contact;
}

static enum undo_why left_why(const struct crm_placing *w, bool plan_only)
{
    switch (w->outcome) {
    case CRM_DONE: /* back, and still at the other one too? */
        return w->stays && !plan_only ? UNDO_REFUSED : UNDO_WHY_COUNT;
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
    bool open = w->outcome == CRM_NOT_SENT || (w->outcome == CRM_DONE && w->stays);
    u->goes = w->written || (p->o.plan_only && open);
    if (u->private)
        r->placed += u->goes;
    else
        r->associated[u->side] += u->goes;
}

/* ---- intents --------------------------------------------------------------------------------- */

static bool note(struct putting *b, struct err *e)
{
    struct pass *p = b->p;
    struct store *st = p->en->o.store;
    for (size_t i = 0; i < b->n; i++) {
        b->noted[i] = false;
        if (!b->u[i]->private && !st->people->associations_of(st, &p->en->chunk, b->u[i]->contact,
                                                              &b->x[i], &b->noted[i], e))
            return false;
    }
    return true;
}

/* What a killed run was about to do with any of them is looked for first. */
static bool look_back(struct putting *b, struct err *e)
{
    struct association_move *open = ARENA_ARRAY(&b->p->en->chunk, struct association_move, b->n);
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->noted[i] && is_intent(&b->x[i]))
            open[n++] = b->x[i];
    if (n == 0)
        return true;
    if (!associations_look_back(b->p, open, n, e) || !note(b, e))
        return false;
    for (size_t i = 0; i < b->n; i++) /* one that is not seen now */
        b->noted[i] = b->noted[i] && !is_intent(&b->x[i]);
    return true;
}

static bool intend(struct putting *b, struct err *e)
{
    struct store *st = b->p->en->o.store;
    if (!b->p->en->settings.associations || b->p->o.plan_only)
        return true;
    if (!note(b, e) || !look_back(b, e) || !st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < b->n; i++) {
        struct association_move x = b->x[i];
        x.undoes = true;
        x.to = b->side;
        x.of = b->u[i]->person;
        x.was = b->u[i]->wrote;
        x.becomes = b->u[i]->old;
        x.due_ms = DUE_AT_ONCE;
        ok = !b->noted[i] || st->people->associations_settle(st, &x, 1, e);
    }
    if (ok)
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* ---- what came of it ------------------------------------------------------------------------- */

static bool errors_over(struct store *st, const struct association_move *x, struct err *e)
{
    bool ok = true;
    for (enum side s = SIDE_SF; ok && x->attempts && s < SIDE_COUNT; s++) {
        struct str id = noted_id(x, s);
        ok = st->ops->errors_clear(st, s, &id, id.n > 0, INT64_MAX, e);
    }
    return ok;
}

/* S12.5; one that syncs with another by now is decided anew. */
static bool stands(struct pass *p, const struct contact_undo *u, const struct association_move *was,
                   struct err *e)
{
    struct store *st = p->en->o.store;
    struct association_move x;
    bool found;
    if (!st->people->associations_of(st, &p->en->chunk, u->contact, &x, &found, e))
        return false;
    if (!found)
        return true;
    x.was = x.becomes = STR_NONE;
    x.undoes = false;
    x.due_ms = DUE_AT_ONCE;
    if (str_eq(x.person, u->person)) {
        x.at[u->side] = u->now;
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            x.base[s] = x.at[s];
        x.handled = true;
        x.awaits = STR_NONE;
        x.due_ms = 0;
    }
    return st->people->associations_settle(st, &x, 1, e) && errors_over(st, was, e);
}

static bool put_audit(struct pass *p, const struct contact_undo *u, struct err *e)
{
    struct contact_undo back = *u;
    back.old = u->wrote;
    back.wrote = u->now;
    back.joined = false;
    if (!run_open(p, e))
        return false;
    struct audit_entry entry = contact_audit(p->en, &back, "S12.4", false);
    entry.run = p->run.id;
    return p->en->o.store->ops->audit_put(p->en->o.store, &entry, 1, e);
}

static bool keep_one(struct putting *b, size_t i, struct err *e)
{
    struct store *st = b->p->en->o.store;
    const struct contact_undo *u = b->u[i];
    switch (b->w[i].outcome) {
    case CRM_DONE: /* found so, too */
        return (!u->goes || put_audit(b->p, u, e)) &&
               st->people->at(st, u->side, id_of(u), u->now, e) &&
               (!b->noted[i] || stands(b->p, u, &b->x[i], e));
    case CRM_NOT_SENT:
    case CRM_UNKNOWN: /* its intent tells where to look */
        return true;
    default:
        return !b->noted[i] || st->people->associations_settle(st, &b->x[i], 1, e);
    }
}

static bool keep(struct putting *b, struct err *e)
{
    struct store *st = b->p->en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < b->n; i++)
        ok = keep_one(b, i, e);
    if (ok)
        return st->ops->commit(st, e) && people_settle_all(b->p->en, e);
    st->ops->rollback(st);
    return false;
}

/* What came of each is stored whatever ends the undo in between. */
static bool undo_side(struct pass *p, enum side s, struct contact_undo *u, size_t n, struct err *e)
{
    struct arena *a = &p->en->chunk;
    struct crm *crm = p->en->o.crm[s];
    struct putting b = {.p = p,
                        .side = s,
                        .u = ARENA_ARRAY(a, struct contact_undo *, n),
                        .w = ARENA_ARRAY(a, struct crm_placing, n),
                        .x = ARENA_ARRAY(a, struct association_move, n),
                        .noted = ARENA_ARRAY(a, bool, n)};
    struct err sent;
    for (size_t i = 0; i < n; i++)
        if (u[i].side == s) {
            b.u[b.n] = &u[i];
            b.w[b.n++] = (struct crm_placing){
                .id = id_of(&u[i]), .was = u[i].wrote, .to = u[i].old, .leaves = u[i].joined};
        }
    if (b.n == 0)
        return true;
    if (!intend(&b, e))
        return false;
    bool went = crm->people->place(crm, a, b.w, b.n, p->o.plan_only, &sent);
    for (size_t i = 0; i < b.n; i++)
        answer(p, b.u[i], &b.w[i]);
    if (!p->o.plan_only && !keep(&b, e))
        return false;
    if (!went)
        *e = sent;
    return went;
}

bool contacts_undo(struct pass *p, struct contact_undo *u, size_t n, struct err *e)
{
    bool ok = true;
    for (enum side s = SIDE_COUNT; ok && s-- > SIDE_SF;)
        ok = undo_side(p, s, u, n, e);
    return ok;
}
