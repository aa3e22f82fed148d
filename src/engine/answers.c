/* answers: what a person answers to a review (S7.2, S5.5, S9.1). */
#include <stdlib.h>

#include "engine/acts_p.h"

struct asked { /* a candidate, and who is asked about it */
    struct str candidate, record;
    enum side side; /* of the record */
};

/* All that waits, by candidate: read once, however many are answered. */
struct questions {
    struct arena a;
    struct asked *asked;
    size_t n;
};

static int by_candidate(const void *a, const void *b)
{
    return str_cmp(((const struct asked *)a)->candidate, ((const struct asked *)b)->candidate);
}

static bool questions_load(struct questions *q, struct store *st, struct err *e)
{
    struct review_entry *x;
    size_t n, most = 0;
    if (!st->ops->reviews_list(st, &q->a, STR_NONE, REVIEWS_MAX, &x, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        most += str_count(x[i].candidates, ';') + 1;
    q->asked = ARENA_ARRAY(&q->a, struct asked, most);
    for (size_t i = 0; i < n; i++) {
        struct str rest = x[i].candidates, id;
        while (rest.n && str_cut(&rest, ';', &id))
            q->asked[q->n++] = (struct asked){id, x[i].record, x[i].side};
    }
    qsort(q->asked, q->n, sizeof(*q->asked), by_candidate);
    return true;
}

/* Where those begin who are asked about this one. */
static size_t questions_about(const struct questions *q, struct str id)
{
    size_t low = 0, high = q->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (str_cmp(q->asked[mid].candidate, id) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Candidates that were to be answered for as well: they are decided anew, now without this one. */
static bool free_candidates(struct act *act, const struct questions *q,
                            const struct review_entry *r, struct err *e)
{
    struct engine *en = act->p.en;
    struct store *st = en->o.store;
    enum side other = side_other(r->side);
    struct row *row;
    for (size_t i = questions_about(q, r->record);
         i < q->n && str_eq(q->asked[i].candidate, r->record); i++) {
        const struct asked *x = &q->asked[i];
        if (x->side != other)
            continue;
        if (!st->ops->rows_get(st, &en->chunk, other, &x->record, 1, &row, e))
            return false;
        if (!row)
            continue;
        row->due_ms = DUE_AT_ONCE;
        /* An existing company was asked about because a person named it (S3.4). */
        row->cause |= row->existing && other == SIDE_HS ? CAUSE_HAND : CAUSE_MOVED;
        if (!st->ops->rows_due(st, other, row, 1, e) ||
            !st->ops->reviews_clear(st, other, &x->record, 1, e))
            return false;
    }
    return true;
}

/* None of the candidates: the pairs are apart, and the record is due as one that was asked for. In
 * an open transaction of an open run. */
static bool part(struct act *act, const struct questions *q, const struct review_entry *r,
                 struct row *row, struct err *e)
{
    struct engine *en = act->p.en;
    struct store *st = en->o.store;
    struct str rest = r->candidates, id;
    size_t n = 0, most = str_count(rest, ';') + 1;
    struct severed *v = ARENA_ARRAY(&en->chunk, struct severed, most);
    while (n < most && str_cut(&rest, ';', &id)) {
        v[n] = (struct severed){.why = SEVER_REJECTED, .at_ms = engine_now(en, r->side)};
        v[n].link.id[r->side] = r->record;
        v[n++].link.id[side_other(r->side)] = id;
    }
    struct row due = *row;
    due.due_ms = DUE_AT_ONCE;
    due.cause |= CAUSE_HAND;
    due.attempts = 0;
    struct audit_entry audit = {.run = act->p.run.id,
                                .at_ms = engine_now(en, r->side),
                                .side = r->side,
                                .action = S("reject"),
                                .detail = S("")};
    audit.record[r->side] = r->record;
    return st->ops->severed_put(st, v, n, e) && st->ops->rows_due(st, r->side, &due, 1, e) &&
           free_candidates(act, q, r, e) && st->ops->reviews_clear(st, r->side, &r->record, 1, e) &&
           st->ops->audit_put(st, &audit, 1, e);
}

/* The leftover of a merge is linked: the record is set free instead (S9.3). */
static bool reject_one(struct act *act, const struct questions *q, const struct review_entry *r,
                       bool linked, struct err *e)
{
    struct subject s;
    if (!act_load(act, r->side, r->record, &s, e))
        return false;
    if (!s.row[r->side])
        return act_no_such(r->side, r->record, e);
    if (!s.link != !linked)
        return true;
    return linked ? act_unlink(act, &s, r->side, e) : part(act, q, r, s.row[r->side], e);
}

static bool reject_chunk(struct act *act, const struct questions *q, const struct review_entry *r,
                         size_t n, struct err *e)
{
    struct store *st = act->p.en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = run_open(&act->p, e);
    for (size_t i = 0; ok && i < n; i++)
        ok = reject_one(act, q, &r[i], false, e);
    if (!ok) {
        st->ops->rollback(st);
        return false;
    }
    ok = st->ops->commit(st, e);
    for (size_t i = 0; ok && i < n; i++) /* each in transactions of its own */
        ok = reject_one(act, q, &r[i], true, e);
    return ok;
}

bool engine_reject(struct engine *en, const struct review_entry *r, size_t n, struct report *out,
                   struct err *e)
{
    struct questions q = {0};
    struct act act;
    arena_reset(&en->chunk);
    if (!act_begin(&act, en, "reject", out, e))
        return false;
    arena_init(&q.a, 192 * MIB);
    bool ok = questions_load(&q, en->o.store, e);
    for (size_t at = 0; ok && at < n; at += ACTS_CHUNK) {
        size_t some = MIN(n - at, (size_t)ACTS_CHUNK);
        arena_reset(&en->chunk);
        ok =
            reject_chunk(&act, &q, r + at, some, e) && acts_go_on(en, "rejecting", at + some, n, e);
    }
    arena_release(&q.a);
    return run_finish(&act.p, ok, e);
}

/* Both records are read anew; then the fields that still wait are decided as at a first link that
 * this side rules, and all others as in any pass. */
static bool do_answer(struct act *act, const struct review_entry *r, enum side winner,
                      struct err *e)
{
    struct settings ruled = act->p.en->settings;
    struct str partner = r->candidates;
    struct subject s;
    struct change c;
    if (!reread_now(&act->p, r->side, &r->record, 1, e) ||
        !reread_now(&act->p, side_other(r->side), &partner, 1, e) ||
        !act_load(act, r->side, r->record, &s, e))
        return false;
    if (!s.link)
        return act_not_linked(r->side, r->record, e);
    ruled.first_link = winner == SIDE_SF ? FIRST_SALESFORCE : FIRST_HUBSPOT;
    act->ctx.settings = &ruled;
    act->ctx.by_hand = false; /* older differences were not asked about (S5.8) */
    act->ctx.side = act->near.side = r->side;
    plan_one(&act->p.en->chunk, &act->ctx, &s, &c);
    bool ok = act_apply(act, &c, e);
    act->ctx.settings = &act->p.en->settings;
    return ok;
}

bool engine_answer(struct engine *en, const struct review_entry *r, enum side winner,
                   struct report *out, struct err *e)
{
    struct act act;
    arena_reset(&en->chunk);
    return act_begin(&act, en, "answer", out, e) &&
           run_finish(&act.p, do_answer(&act, r, winner, e), e);
}

/* ---- the other side of a deletion (S9.1) ------------------------------------------------------
 */

static bool do_archive(struct act *act, const struct review_entry *r, struct err *e)
{
    struct subject s;
    if (!reread_now(&act->p, r->side, &r->record, 1, e) ||
        !act_load(act, r->side, r->record, &s, e))
        return false;
    if (!s.link)
        return act_not_linked(r->side, r->record, e);
    const struct row *own = s.row[r->side], *gone = s.row[side_other(r->side)];
    if (own->rec.state != RECORD_LIVE || !gone || gone->rec.state != RECORD_DELETED) {
        err_set(e, ERR_REFUSED, "not_deleted", "the partner of %s %.*s is not deleted any more",
                side_noun(r->side), STR_ARG(r->record));
        err_rule(e, "S9.1");
        return err_hint(e, "nothing was done; the next pass looks at both");
    }
    if (r->side == SIDE_SF && !cascade_check(act->p.en, r->record, e))
        return false;
    struct change c = {.subject = &s, .action = ACTION_ARCHIVE, .why = WHY_DELETED, .to = r->side};
    act->ctx.side = act->near.side = r->side;
    return act_apply(act, &c, e);
}

bool engine_archive(struct engine *en, const struct review_entry *r, struct report *out,
                    struct err *e)
{
    struct act act;
    arena_reset(&en->chunk);
    return act_begin(&act, en, "archive", out, e) && run_finish(&act.p, do_archive(&act, r, e), e);
}
