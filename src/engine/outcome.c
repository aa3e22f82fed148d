/* outcome: what became of a chunk's changes, as rows for one transaction. */
#include "engine/outcome_p.h"

#include <string.h>

void leave_open(struct work *w, const struct change *c, const struct job *j)
{
    struct pass *p = w->p;
    struct str id = c->subject->row[w->ctx->side]->rec.id;
    w->entry_open[j->batch] = true;
    if (p->opens == 0 || !str_eq(p->open[p->opens - 1], id))
        p->open[p->opens++] = id;
}

/* What the writes of one change came to. */
struct outcome {
    bool wrote[SIDE_COUNT];
    bool link_failed;       /* the write that makes the pair did not take */
    enum crm_outcome worst; /* CRM_DONE = all did */
    enum side bad;          /* where the worst was */
    int64_t next_ms;        /* the next try */
};

static struct outcome weigh(struct work *w, const struct change *c,
                            struct job *const job[SIDE_COUNT])
{
    struct outcome o = {.worst = CRM_DONE};
    const struct row *row = c->subject->row[w->ctx->side];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm_write *wr = job[s] ? job[s]->write : NULL;
        o.wrote[s] = wr && write_done(wr);
        if (!wr || o.wrote[s])
            continue;
        if (wr->outcome == CRM_UNKNOWN)
            leave_open(w, c, job[s]);
        if (!wr->err) {
            wr->err = ARENA_NEW(&w->p->en->chunk, struct err);
            err_set(wr->err, ERR_RETRY, "not_sent", "not sent yet");
        }
        o.link_failed = o.link_failed || wr->create || (c->action == ACTION_LINK && s == SIDE_HS);
        o.worst = wr->outcome;
        o.bad = s;
    }
    bool soon = o.worst == CRM_CHANGED || o.worst == CRM_NOT_SENT;
    bool of_record = o.worst == CRM_REJECTED || o.worst == CRM_DONE;
    o.next_ms = soon ? DUE_AT_ONCE : retry_at(w->p->en, w->now_ms, of_record, row->attempts);
    return o;
}

/* Rows, audit and link of what was written. */
static void keep_written(struct work *w, struct change *c, struct job *const job[SIDE_COUNT],
                         const struct outcome *o)
{
    struct report *r = w->p->report;
    struct str id[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *at = row_on(w, c, s);
        id[s] = at ? at->rec.id : job[s] ? job[s]->write->new_id : STR_NONE;
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (!o->wrote[s])
            continue;
        bool made = job[s]->write->create, links = c->action == ACTION_LINK;
        w->row[s][w->rows[s]++] = row_after(w, c, job[s]->write, s);
        tell_audit(w, c, s, made ? "create" : links ? "link" : "update", id[SIDE_SF], id[SIDE_HS]);
        r->created[s] += made;
        r->updated[s] += !made;
    }
    if (!o->link_failed)
        tell_link(w, c, id[SIDE_SF], id[SIDE_HS], o->wrote);
}

/* S5.5: what two values a person is asked about. The account waits, whoever's turn it was. */
static void add_question(struct work *w, const struct change *c)
{
    const struct mapping *map = w->ctx->mappings->map;
    struct buf b;
    if (c->asks == 0)
        return;
    buf_init(&b, MIB);
    for (size_t k = 0; k < c->asks; k++)
        buf_fmt(&b, "%s%.*s", k ? ";" : "", STR_ARG(map[c->ask[k]].name[SIDE_SF]));
    w->review[w->reviews++] =
        (struct review_entry){.side = SIDE_SF,
                              .record = row_on(w, c, SIDE_SF)->rec.id,
                              .why = str_from(why_name(WHY_FIRST_LINK)),
                              .rule = str_from(why_rule(WHY_FIRST_LINK)),
                              .candidates = row_on(w, c, SIDE_HS)->rec.id,
                              .fields = str_dup(&w->p->en->chunk, buf_view(&b)),
                              .at_ms = w->now_ms};
    buf_release(&b);
}

/* Why a record may enter that a person is asked about: it holds until there is an answer, or no
 * question any more. Adopting lets nobody enter (S7.9). */
static uint32_t while_asked(const struct work *w, const struct row *row)
{
    uint32_t stands = row->cause & CAUSES_TO_ENTER;
    return w->p->o.kind == PASS_ADOPT ? stands
           : w->ctx->named            ? stands | CAUSE_HAND
           : w->ctx->by_hand          ? stands | CAUSE_LISTED
                                      : stands;
}

/* S7.2: what a duplicate rule blocks is never forced; a person links it or lets it be. */
static bool blocked_by_rule(struct work *w, const struct change *c, struct job *const job[])
{
    enum side own = w->ctx->side;
    const struct crm_write *wr = job[side_other(own)] ? job[side_other(own)]->write : NULL;
    if (!wr || !wr->create || wr->outcome != CRM_REJECTED ||
        strcmp(wr->err->code, "DUPLICATES_DETECTED") != 0)
        return false;
    const struct row *row = c->subject->row[own];
    w->review[w->reviews++] =
        (struct review_entry){.side = own,
                              .record = row->rec.id,
                              .why = str_from(why_name(WHY_DUPLICATE_RULE)),
                              .rule = str_from(why_rule(WHY_DUPLICATE_RULE)),
                              .candidates = wr->matches.n ? wr->matches : S(""),
                              .at_ms = w->now_ms};
    w->p->report->action[ACTION_CREATE]--;
    w->p->report->action[ACTION_REVIEW]++;
    tell_due(w, row, own, 0, while_asked(w, row) | CAUSE_BLOCKED, false);
    return true;
}

/* Nothing of it failed. Where only a part was decided, errors of the rest are tried again. */
static void over(struct work *w, const struct change *c)
{
    if (!c->part) {
        tell_clear(w, c);
        return;
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = row_on(w, c, s);
        if (row && row->cause & CAUSE_RETRY)
            tell_due(w, row, s, DUE_AT_ONCE, row->cause, false);
    }
}

/* A change that is over: what is held for want of a reading is looked at again (S6.9). */
static void rest(struct work *w, const struct change *c)
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    int64_t look = 0;
    for (size_t k = 0; k < c->fields; k++)
        look = MAX(look, c->field[k].look_ms);
    if (look)
        tell_due(w, row, own, look, row->cause | CAUSE_MOVED, false);
    else if (!c->part)
        tell_due(w, row, own, 0, 0, false);
}

/* Of the record as it is, else of our id, without which it was taken (S8.1, S15.5). */
static bool tell_refusals(struct work *w, const struct change *c, struct job *const job[SIDE_COUNT],
                          const struct outcome *o)
{
    const struct err *id = job[SIDE_HS] ? job[SIDE_HS]->id_refused : NULL;
    const struct err *record = o->worst == CRM_REJECTED ? job[o->bad]->write->err : NULL;
    if (record && record != id)
        tell_error(w, c, o->bad, STR_NONE, STR_NONE, record, o->next_ms);
    else if (id)
        tell_error(w, c, SIDE_HS, str_dup(&w->p->en->chunk, str_from(id->subject)),
                   row_on(w, c, SIDE_SF)->rec.id, id, o->next_ms);
    return id || record;
}

void settle(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    if (blocked_by_rule(w, c, job))
        return;
    struct outcome o = weigh(w, c, job);
    bool waits = o.worst != CRM_DONE && o.worst != CRM_REJECTED;
    bool failed = o.worst != CRM_DONE;
    if (!waits && !(o.worst == CRM_REJECTED && o.link_failed))
        failed = tell_field_errors(w, c, o.next_ms) || failed;
    failed = tell_refusals(w, c, job, &o) || failed;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (o.wrote[s])
            tell_stored(w, c, job[s]->write, s);
        else if (job[s])
            tell_dropped(w, c, s, job[s]->write->err);
    }
    keep_written(w, c, job, &o);
    if (!failed)
        over(w, c);
    else if (!waits && !c->part)
        tell_clear_older(w, c);
    if (!o.link_failed)
        add_question(w, c);
    tell_duels(w, c);
    /* What is gone or was edited meanwhile is read again: no error (B8.24). */
    bool looked_at = o.worst == CRM_NOT_SENT || o.worst == CRM_CHANGED ||
                     (o.worst == CRM_UNKNOWN && !w->p->again);
    w->p->report->errors += failed && !looked_at;
    int64_t next = o.worst == CRM_DONE ? next_look(c, o.next_ms) : o.next_ms;
    uint32_t cause = failed ? row->cause | CAUSE_RETRY : 0;
    if (c->parent_next && !o.link_failed) /* both are linked now (S11.2) */
        tell_due(w, row, own, DUE_AT_ONCE, cause | CAUSE_PARENT, failed);
    else if (failed)
        tell_due(w, row, own, next, cause, true);
    else
        rest(w, c);
    tell_awaiting(w, c);
}

static void settle_review(struct work *w, struct change *c)
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    const bool none[SIDE_COUNT] = {false, false};
    /* It is the record that lost its partner that waits for an answer (S9.1, S9.3). */
    enum side at = c->subject->link ? side_other(c->to) : own;
    if (c->subject->link && c->subject->link->state != c->link_state)
        tell_link(w, c, c->subject->link->id[SIDE_SF], c->subject->link->id[SIDE_HS], none);
    w->review[w->reviews++] = (struct review_entry){.side = at,
                                                    .record = row_on(w, c, at)->rec.id,
                                                    .why = str_from(why_name(c->why)),
                                                    .rule = str_from(why_rule(c->why)),
                                                    .candidates = c->candidates,
                                                    .at_ms = engine_now(w->p->en, own)};
    if (c->subject->link)
        tell_due(w, row, own, 0, 0, false);
    else if (!c->due_ms)
        tell_due(w, row, own, 0, while_asked(w, row), false);
    else /* it is decided at a time without an answer as well (S7.4) */
        tell_due(w, row, own, c->due_ms,
                 row->cause | CAUSE_NEAR | (w->ctx->by_hand ? CAUSE_HAND : 0), false);
}

/* A pair that nothing is written to: its bases, its questions. True: fields of it were refused, and
 * it waits for the next try. */
static bool pair_waits(struct work *w, struct change *c)
{
    const bool none[SIDE_COUNT] = {false, false};
    const struct link *l = c->subject->link;
    const struct row *row = c->subject->row[w->ctx->side];
    if (c->base_moved || (l && l->state != c->link_state))
        tell_link(w, c, l ? l->id[SIDE_SF] : row_on(w, c, SIDE_SF)->rec.id,
                  l ? l->id[SIDE_HS] : row_on(w, c, SIDE_HS)->rec.id, none);
    add_question(w, c);
    tell_duels(w, c);
    tell_awaiting(w, c);
    int64_t again = retry_at(w->p->en, w->now_ms, true, row->attempts);
    if (!tell_field_errors(w, c, again))
        return false;
    w->p->report->errors++;
    if (!c->part)
        tell_clear_older(w, c);
    tell_due(w, row, w->ctx->side, next_look(c, again), row->cause | CAUSE_RETRY, true);
    return true;
}

/* Nothing is decided about it, and what it waits for stands: it stays due until a person goes on,
 * or adopting, which only takes over links, came by it (S7.9). */
static bool left_as_it_is(const struct work *w, const struct change *c)
{
    return c->why == WHY_BRAKE || c->why == WHY_NO_KEY || c->why == WHY_NO_RECORD_TYPE ||
           c->why == WHY_CHANGED_SINCE || w->p->o.kind == PASS_ADOPT;
}

/* Changes without a write: reviews, waits, skips, errors found by our own checks. */
static void settle_quiet(struct work *w, struct change *c)
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    if (c->why == WHY_SUSPENDED) { /* what is due stays so; what a person asked for comes to be */
        if (!row->due_ms)
            tell_due(w, row, own, DUE_AT_ONCE, row->cause | CAUSE_HAND, false);
        return;
    }
    switch (c->action) {
    case ACTION_REVIEW:
        settle_review(w, c);
        return;
    case ACTION_WAIT:
        tell_unasked(w, c);
        tell_due(w, row, own, c->due_ms,
                 row->cause | CAUSE_NEW | (w->ctx->by_hand ? CAUSE_HAND : 0), false);
        return;
    case ACTION_ERROR: {
        int64_t next = retry_at(w->p->en, w->now_ms, true, row->attempts);
        tell_unasked(w, c);
        tell_error(w, c, c->to, str_dup(&w->p->en->chunk, str_from(c->err->subject)), STR_NONE,
                   c->err, next);
        tell_due(w, row, own, next, row->cause | CAUSE_RETRY, true);
        return;
    }
    case ACTION_SKIP:
        if (left_as_it_is(w, c))
            return;
        tell_unasked(w, c);
        tell_fit(w, c);
        break;
    case ACTION_NONE:
    case ACTION_LINK:
        if (pair_waits(w, c))
            return;
        over(w, c);
        break;
    default:
        break;
    }
    if (c->action == ACTION_LINK && c->parent_next && !c->part) /* a link without a write */
        tell_due(w, row, own, DUE_AT_ONCE, CAUSE_PARENT, false);
    else
        rest(w, c);
}

void outcomes_begin(struct work *w)
{
    struct arena *a = &w->p->en->chunk;
    size_t n = w->plan->count;
    w->p->open = ARENA_ARRAY(a, struct str, n);
    w->p->opens = 0;
    w->link = ARENA_ARRAY(a, struct link, n);
    w->audit = ARENA_ARRAY(a, struct audit_entry, 2 * n);
    w->review = ARENA_ARRAY(a, struct review_entry, n);
    w->severed = ARENA_ARRAY(a, struct severed, n);
    w->lift = ARENA_ARRAY(a, struct link, n);
    w->drop = ARENA_ARRAY(a, struct str, n);
    w->unasked = ARENA_ARRAY(a, struct str, n);
    w->fit = ARENA_ARRAY(a, struct fit, n);
    w->place = ARENA_ARRAY(a, struct str, n);
    size_t duels = 0;
    for (size_t i = 0; i < n; i++)
        duels += w->plan->change[i].duels;
    w->awaiting = ARENA_ARRAY(a, struct awaiting, n);
    w->duel = ARENA_ARRAY(a, struct duel, duels);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        w->row[s] = ARENA_ARRAY(a, struct row, w->jobs[s]);
        w->clear[s] = ARENA_ARRAY(a, struct str, n);
        w->stale[s] = ARENA_ARRAY(a, struct str, n);
    }
    w->now_ms = engine_now(w->p->en, w->ctx->side);
}

/* Its jobs, which stand in the order of the plan. */
static void jobs_of(const struct work *w, const struct change *c, struct job *job[SIDE_COUNT])
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct job *next = &w->job[s][w->next_job[s]];
        job[s] = w->next_job[s] < w->jobs[s] && next->change == c ? next : NULL;
    }
}

static void settle_next(struct work *w, struct job *const job[SIDE_COUNT])
{
    struct change *c = &w->plan->change[w->settled++];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        w->next_job[s] += job[s] != NULL;
    if (c->action == ACTION_UNLINK || c->action == ACTION_ARCHIVE)
        settle_unlink(w, c, job);
    else if (c->action == ACTION_FOLLOW)
        settle_follow(w, c, job);
    else if (job[SIDE_SF] || job[SIDE_HS])
        settle(w, c, job);
    else
        settle_quiet(w, c);
}

/* Nothing of it can go wrong any more. */
static bool went_well(const struct change *c, struct job *const job[SIDE_COUNT])
{
    bool well = c->action != ACTION_ERROR;
    for (enum side s = SIDE_SF; well && s < SIDE_COUNT; s++)
        well = !job[s] || (write_done(job[s]->write) && !job[s]->id_refused);
    for (size_t k = 0; well && k < c->fields; k++)
        well = !c->field[k].refused;
    return well;
}

void outcomes_done(struct work *w)
{
    struct job *job[SIDE_COUNT];
    if (gaps_searched(w->p)) /* an overwritten edit belongs to the outcome */
        return;
    for (; w->settled < w->plan->count; settle_next(w, job)) {
        jobs_of(w, &w->plan->change[w->settled], job);
        if (!went_well(&w->plan->change[w->settled], job))
            return;
    }
}

/* The rest, with what went wrong. */
static void outcomes_rest(struct work *w)
{
    struct job *job[SIDE_COUNT];
    size_t errors = 2 * w->plan->count; /* of a record, of our id on it, */
    for (size_t i = w->settled; i < w->plan->count; i++)
        for (size_t k = 0; k < w->plan->change[i].fields; k++)
            errors += w->plan->change[i].field[k].refused; /* and of a field */
    w->error = ARENA_ARRAY(&w->p->en->chunk, struct error_entry, errors);
    w->now_ms = engine_now(w->p->en, w->ctx->side);
    while (w->settled < w->plan->count) {
        jobs_of(w, &w->plan->change[w->settled], job);
        settle_next(w, job);
    }
}

static bool store_outcomes(struct work *w, struct err *e)
{
    struct store *st = w->p->en->o.store;
    int64_t *drop = ARENA_ARRAY(&w->p->en->chunk, int64_t, w->entries);
    size_t drops = 0;
    for (size_t i = 0; i < w->entries; i++)
        if (!w->entry_open[i])
            drop[drops++] = w->entry[i].id;
    bool ok = effects_put(w, e);
    for (enum side s = SIDE_SF; ok && s < SIDE_COUNT; s++)
        ok = st->ops->rows_put(st, s, w->row[s], w->rows[s], e) &&
             st->ops->rows_due(st, s, w->due[s], w->dues[s], e) &&
             st->ops->errors_clear(st, s, w->clear[s], w->clears[s], INT64_MAX, e) &&
             st->ops->reviews_clear(st, s, w->clear[s], w->clears[s], e);
    ok = ok && st->ops->reviews_clear(st, w->ctx->side, w->unasked, w->unaskeds, e) &&
         st->ops->reviews_put(st, w->review, w->reviews, e) && /* links wake these, */
         st->ops->fits_put(st, w->fit, w->fits, e) &&
         st->ops->awaiting_put(st, w->awaiting, w->awaitings, e) && /* and these */
         st->ops->links_drop(st, w->drop, w->drops, e) &&
         st->ops->links_put(st, w->link, w->links, e) &&
         st->people->placings_put(st, w->place, w->places, w->p->run.id, e) &&
         st->ops->severed_put(st, w->severed, w->severeds, e) &&
         st->ops->severed_drop(st, w->lift, w->lifts, e) &&
         st->ops->duels_put(st, w->duel, w->duels, e) &&
         st->ops->audit_put(st, w->audit, w->audits, e) &&
         st->ops->errors_put(st, w->error, w->errors, e) &&
         st->ops->errors_clear(st, SIDE_SF, w->stale[SIDE_SF], w->stales[SIDE_SF], w->now_ms, e) &&
         st->ops->errors_clear(st, SIDE_HS, w->stale[SIDE_HS], w->stales[SIDE_HS], w->now_ms, e) &&
         st->ops->outbox_drop(st, drop, drops, e);
    if (ok && w->p->backfill)
        return backfill_keep(w, e);
    if (ok && w->position.p && w->p->run.id) {
        w->p->run.position = w->position;
        ok = st->ops->run_put(st, &w->p->run, e);
        w->p->run.position = S("");
    }
    return ok;
}

bool record_outcomes(struct work *w, struct err *e)
{
    struct store *st = w->p->en->o.store;
    outcomes_rest(w);
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    w->p->due_again = w->p->due_again || (w->lifts && w->p->en->settings.hierarchy);
    bool ok = w->p->o.kind == PASS_SYNC || run_open(w->p, e);
    if (ok && store_outcomes(w, e)) {
        w->p->due_again = w->p->due_again || st->ops->woke(st);
        return st->ops->commit(st, e);
    }
    st->ops->rollback(st);
    return false;
}
