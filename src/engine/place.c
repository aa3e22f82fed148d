/* place: once a company has an account, the private SF contacts of its contacts get it (S3.7).
 *
 * That they wait is stored with the link's outcome, so nobody is forgotten by a killed run. What
 * was sent is never taken for done: each is read in the call before its write, and one that has an
 * account by then is over (S8.2). */
#include <string.h>

#include "engine/contacts_p.h"

struct placed { /* what one transaction stores */
    struct placing *placing;
    struct audit_entry *audit;
    struct error_entry *error;
    struct str *over;
    size_t n, audits, errors, overs;
};

static struct error_entry refusal(struct arena *a, const struct placing *p, const struct err *why,
                                  int64_t now, int64_t next)
{
    struct error_entry about = {.side = SIDE_SF,
                                .record = p->person,
                                .partner = p->contact,
                                .field = contact_field(SIDE_SF),
                                .value = p->account,
                                .next_ms = next,
                                .attempts = p->attempts};
    return error_of(a, about, why, now);
}

static struct audit_entry entry_of(struct pass *p, const struct placing *x)
{
    const struct contact_undo u = {.side = SIDE_SF,
                                   .private = true,
                                   .person = x->person,
                                   .record = {x->account, x->company},
                                   .wrote = x->account};
    return contact_audit(p->en, &u, "S3.7", false);
}

/* What became of one. */
static void settle(struct pass *p, struct placed *out, struct placing *x,
                   const struct crm_placing *done)
{
    int64_t now = engine_now(p->en, SIDE_SF);
    bool rejected = done->outcome == CRM_REJECTED;
    x->due_ms = 0;
    if (rejected || done->outcome == CRM_AGAIN) {
        x->due_ms = retry_at(p->en, now, rejected, x->attempts);
        x->attempts++;
        out->error[out->errors++] = refusal(&p->en->chunk, x, &done->err, now, x->due_ms);
        p->report->errors++;
        return;
    }
    out->over[out->overs++] = x->person;
    if (!done->written)
        return;
    out->audit[out->audits++] = entry_of(p, x);
    p->report->placed++;
}

static bool keep(struct pass *p, struct placed *out, struct err *e)
{
    struct store *st = p->en->o.store;
    for (size_t i = 0; i < out->audits; i++)
        out->audit[i].run = p->run.id;
    return st->ops->audit_put(st, out->audit, out->audits, e) &&
           st->ops->errors_put(st, out->error, out->errors, e) &&
           st->ops->errors_clear(st, SIDE_SF, out->over, out->overs, INT64_MAX, e) &&
           st->people->placings_settle(st, out->placing, out->n, e);
}

static bool place_chunk(struct pass *p, struct placing *x, size_t n, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct crm *sf = en->o.crm[SIDE_SF];
    struct crm_placing *w = ARENA_ARRAY(&en->chunk, struct crm_placing, n);
    struct placed out = {.placing = x,
                         .n = n,
                         .audit = ARENA_ARRAY(&en->chunk, struct audit_entry, n),
                         .error = ARENA_ARRAY(&en->chunk, struct error_entry, n),
                         .over = ARENA_ARRAY(&en->chunk, struct str, n)};
    size_t sends = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i].account.n)
            w[sends++] = (struct crm_placing){.id = x[i].person, .to = x[i].account};
    if (!sf->people->place(sf, &en->chunk, w, sends, false, e))
        return false;
    static const struct crm_placing unlinked_meanwhile = {.outcome = CRM_CHANGED};
    for (size_t i = 0, at = 0; i < n; i++)
        settle(p, &out, &x[i], x[i].account.n ? &w[at++] : &unlinked_meanwhile);
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if ((out.audits + out.errors == 0 || run_open(p, e)) && keep(p, &out, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

bool place_contacts(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    /* S1.4, S12.1: only what this act of a person has linked */
    bool own = en->settings.hold || p->o.saved;
    if (p->o.plan_only || p->suspended[SIDE_SF] || (own && !p->run.id))
        return true;
    for (;;) {
        struct placing *x;
        size_t n;
        arena_reset(&en->chunk);
        if (!st->people->placings_due(st, &en->chunk, engine_now(en, SIDE_SF), own ? p->run.id : 0,
                                      CHUNK_RECORDS, &x, &n, e))
            return false;
        if (n == 0)
            return true;
        if (!place_chunk(p, x, n, e))
            return false;
    }
}
