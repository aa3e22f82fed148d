/* answers: what a person answers to a review (S7.2, S5.5, S9.1). */
#include "engine/acts_p.h"

/* Candidates that were to be answered for as well: they are decided anew, now without this one. */
static bool free_candidates(struct act *act, const struct review_entry *r, struct err *e)
{
    struct engine *en = act->p.en;
    struct store *st = en->o.store;
    enum side other = side_other(r->side);
    struct str id[ACTS_CHUNK], after = STR_NONE;
    struct row *row[ACTS_CHUNK];
    size_t n;
    do {
        if (!st->ops->reviews_about(st, &en->chunk, other, r->record, after, ACTS_CHUNK, id, &n,
                                    e) ||
            !st->ops->rows_get(st, &en->chunk, other, id, n, row, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!row[i])
                continue;
            row[i]->due_ms = DUE_AT_ONCE;
            /* An existing company was asked about because a person named it (S3.4). */
            row[i]->cause |= row[i]->existing && other == SIDE_HS ? CAUSE_HAND : CAUSE_MOVED;
            if (!st->ops->rows_due(st, other, row[i], 1, e))
                return false;
        }
        if (!st->ops->reviews_clear(st, other, id, n, e))
            return false;
        if (n)
            after = id[n - 1];
    } while (n == ACTS_CHUNK);
    return true;
}

/* None of the candidates: the pairs are apart, and the record is due as one that was asked for. In
 * an open transaction of an open run. */
static bool part(struct act *act, const struct review_entry *r, struct row *row, struct err *e)
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
           free_candidates(act, r, e) && st->ops->reviews_clear(st, r->side, &r->record, 1, e) &&
           st->ops->audit_put(st, &audit, 1, e);
}

/* The leftover of a merge is linked: the record is set free instead (S9.3). */
static bool reject_one(struct act *act, const struct review_entry *r, bool linked, struct err *e)
{
    struct subject s;
    if (!act_load(act, r->side, r->record, &s, e))
        return false;
    if (!s.row[r->side])
        return act_no_such(r->side, r->record, e);
    if (!s.link != !linked)
        return true;
    return linked ? act_unlink(act, &s, r->side, e) : part(act, r, s.row[r->side], e);
}

static bool reject_chunk(struct act *act, const struct review_entry *r, size_t n, struct err *e)
{
    struct store *st = act->p.en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = run_open(&act->p, e);
    for (size_t i = 0; ok && i < n; i++)
        ok = reject_one(act, &r[i], false, e);
    if (!ok) {
        st->ops->rollback(st);
        return false;
    }
    ok = st->ops->commit(st, e);
    for (size_t i = 0; ok && i < n; i++) /* each in transactions of its own */
        ok = reject_one(act, &r[i], true, e);
    return ok;
}

bool engine_reject(struct engine *en, const struct review_entry *r, size_t n, struct report *out,
                   struct err *e)
{
    struct act act;
    arena_reset(&en->chunk);
    if (!act_begin(&act, en, "reject", out, e))
        return false;
    bool ok = true;
    for (size_t at = 0; ok && at < n; at += ACTS_CHUNK) {
        size_t some = MIN(n - at, (size_t)ACTS_CHUNK);
        arena_reset(&en->chunk);
        ok = reject_chunk(&act, r + at, some, e) && acts_go_on(en, "rejecting", at + some, n, e);
    }
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
