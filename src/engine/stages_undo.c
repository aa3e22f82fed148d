/* Takes a company back to the lifecycle stage that it had before a run moved it (S12.4), where it
 * still is in the one that the run wrote. HubSpot takes a stage back in two writes: none, then the
 * earlier one (H10.11). */
#include "engine/stages_p.h"

#include "core/undo.h"

/* The first of the two writes, or the second one of those whose first was done. */
static bool send(struct engine *en, struct crm_write *w, size_t n, bool clear, struct err *e)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    size_t sends = 0;
    struct crm_write *some = ARENA_ARRAY(&en->chunk, struct crm_write, n);
    size_t *of = ARENA_ARRAY(&en->chunk, size_t, n);
    for (size_t i = 0; i < n; i++) {
        if (w[i].outcome != (clear ? CRM_NOT_SENT : CRM_DONE) ||
            (!clear && value_blank(&w[i].set->value)))
            continue;
        struct crm_set *set = ARENA_NEW(&en->chunk, struct crm_set);
        *set = *w[i].set;
        set->value = clear ? VALUE_EMPTY : set->value;
        some[sends] = w[i];
        some[sends].set = set;
        some[sends].outcome = CRM_NOT_SENT;
        of[sends++] = i;
    }
    bool ok = sends == 0 || hs->ops->write(hs, &en->chunk, some, sends, e);
    for (size_t i = 0; i < sends; i++)
        w[of[i]].outcome = some[i].outcome;
    return ok;
}

/* Which of them still are in the stage that the run wrote; the others are left. One without a stage
 * is halfway back: an undo was killed between its two writes. */
static size_t standing(struct engine *en, struct stage_undo *u, size_t n, const struct record *now,
                       struct crm_write *w, size_t *of)
{
    size_t writes = 0;
    for (size_t i = 0; i < n; i++) {
        struct value wrote = value_text(u[i].wrote);
        u[i].why = UNDO_GONE;
        if (now[i].state != RECORD_LIVE)
            continue;
        u[i].why = UNDO_CHANGED;
        u[i].now = now[i].value[0].text;
        bool halfway = u[i].old.n && value_blank(&now[i].value[0]);
        if (!halfway && !value_eq(&now[i].value[0], &wrote))
            continue;
        u[i].why = UNDO_WHY_COUNT;
        struct crm_set *set = ARENA_NEW(&en->chunk, struct crm_set);
        *set = (struct crm_set){.value = value_text(u[i].old), .old = wrote};
        w[writes] = (struct crm_write){.id = now[i].id,
                                       .set = set,
                                       .sets = 1,
                                       .bad_set = SIZE_MAX,
                                       .outcome = halfway ? CRM_DONE : CRM_NOT_SENT};
        of[writes++] = i;
    }
    return writes;
}

bool stages_undo(struct pass *p, struct stage_undo *u, size_t n, struct err *e)
{
    struct engine *en = p->en;
    struct arena *a = &en->chunk;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct stage_binding b;
    struct str *id = ARENA_ARRAY(a, struct str, n);
    struct record *now = ARENA_ARRAY(a, struct record, n);
    struct crm_write *w = ARENA_ARRAY(a, struct crm_write, n);
    struct audit_entry *audit = ARENA_ARRAY(a, struct audit_entry, n);
    size_t *of = ARENA_ARRAY(a, size_t, n), audits = 0;
    struct err sent;
    bool went = true;
    if (n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        id[i] = u[i].company;
    stages_bind(en, &b);
    bool ok = hs->ops->get(hs, a, id, n, now, e);
    size_t writes = ok ? standing(en, u, n, now, w, of) : 0;
    if (ok && p->o.plan_only)
        p->report->stages += writes;
    else if (ok)
        went = send(en, w, writes, true, &sent) && send(en, w, writes, false, &sent);
    for (size_t i = 0; ok && !p->o.plan_only && i < writes; i++) {
        struct stage_undo *one = &u[of[i]];
        if (w[i].outcome != CRM_DONE) {
            one->why = UNDO_REFUSED;
            continue;
        }
        struct field_change f = {
            .to = SIDE_HS, .old = w[i].set->old, .value = w[i].set->value, .rule = "S12.4"};
        audit[audits++] = stage_entry(en, &b, one->account, one->company, one->contact, &f);
        p->report->stages++;
    }
    stages_unbind(en);
    ok = ok && audit_keep(p, audit, audits, e);
    if (ok && !went)
        *e = sent;
    return ok && went;
}
