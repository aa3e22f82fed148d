/* verify: both sides are read completely and every record is told how it stands (S4.5).
 *
 * Readings become rows as in any pass (observe.c), and each row that the walk came by is marked
 * with the walk's time. So the two sides are joined in the store and memory does not grow with
 * them: what the mark did not reach is what the walk did not bring, and is looked at by id. How
 * each record stands is then decided from the rows alone, by asking what a pass would do with it.
 *
 * The writer's lock is held for a step at a time: to keep a page, to judge a chunk. Between them
 * passes run as ever, and what they did meanwhile is among what changed during the walk. */
#include "engine/engine_p.h"

#include <stdio.h>
#include <string.h>

struct verifying {
    struct pass p;
    struct report report; /* counters that nobody asks for */
    const struct verify_options *o;
    struct verify_report *out;
    enum side side;     /* that is walked */
    struct settings on; /* as if the switch were on: the question is what a pass would do */
    uint64_t documents; /* what the engine was opened from, as it was then */
    /* on each service's clock: */
    int64_t began[SIDE_COUNT];   /* of the walk */
    int64_t since[SIDE_COUNT];   /* what has this stamp, or a later one, changed meanwhile */
    int64_t counted[SIDE_COUNT]; /* what is younger may be missing in the total */
    uint64_t over[SIDE_COUNT];   /* deleted, and the total may count them still */
};

static void tell(struct verifying *v, const struct verify_line *l)
{
    if (v->o->line)
        v->o->line(v->o->who, l);
}

/* ---- a step ---------------------------------------------------------------------------------- */

#define LOCK_ASK_US 20000

static bool stopped(struct verifying *v, struct err *e)
{
    return engine_stopping(v->p.en) &&
           !err_set(e, ERR_STOPPED, "stopped", "stopped; nothing was written");
}

/* Waits for its turn. What the engine was opened from must be so still: a row that is packed for
 * yesterday's mappings would look like an edit. */
static bool step_begin(struct verifying *v, struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    while (!st->ops->lock(st, e)) {
        if (strcmp(e->code, "store_locked") != 0 || stopped(v, e))
            return false;
        engine_progress(en, "waiting for another Tandem", 0, 0);
        en->o.clock->sleep_us(en->o.clock, LOCK_ASK_US);
    }
    if (engine_documents(st) == v->documents)
        return true;
    st->ops->unlock(st);
    err_set(e, ERR_REFUSED, "changed_meanwhile",
            "settings, mappings or the filter were changed while both sides were read");
    err_rule(e, "S4.5");
    return err_hint(e, "nothing was written; run `tandem verify` again");
}

static void step_end(struct verifying *v)
{
    struct store *st = v->p.en->o.store;
    st->ops->unlock(st);
}

/* Keeps readings of a side. `walked`: the walk came by them. */
static bool keep(struct verifying *v, enum side s, struct record *record, size_t n, bool walked,
                 struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    size_t fresh = 0;
    for (size_t i = 0; i < n; i++)
        ids[i] = record[i].id;
    if (n == 0)
        return true;
    if (!step_begin(v, e))
        return false;
    bool ok =
        st->ops->begin(st, STORE_NORMAL, e) && observe_keep(en, s, false, record, n, &fresh, e) &&
        (!walked || st->ops->rows_seen(st, s, ids, n, v->began[s], e)) && st->ops->commit(st, e);
    if (!ok)
        st->ops->rollback(st);
    step_end(v);
    v->out->side[s].news += ok && walked ? fresh : 0;
    return ok;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool keep_page(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct verifying *v = who;
    (void)next;
    for (size_t i = 0; i < page->count; i++)
        page->record[i].asked_ms = MAX(page->record[i].asked_ms, v->began[v->side]);
    return keep(v, v->side, page->record, page->count, true, e);
}

static bool read_all(struct verifying *v, enum side s, struct err *e)
{
    struct walk w = {.side = s,
                     .what = CRM_READ_ALL,
                     .phase = s == SIDE_SF ? "reading accounts" : "reading companies",
                     .if_stopped = "; nothing was written",
                     .keep = keep_page,
                     .who = v};
    v->side = s;
    return engine_walk(v->p.en, &w, e) && brake_empty_side(s, w.records, v->p.day.links, e);
}

/* What the store thought alive and the walk did not bring. */
static bool missing_chunk(void *who, struct str after, struct str *last, struct err *e)
{
    struct verifying *v = who;
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[v->side];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, CHUNK_RECORDS);
    struct record *record = ARENA_ARRAY(&en->chunk, struct record, CHUNK_RECORDS);
    size_t n;
    if (!st->ops->rows_unseen(st, &en->chunk, v->side, after, v->began[v->side], CHUNK_RECORDS, ids,
                              &n, e))
        return false;
    if (n == 0)
        return true;
    *last = ids[n - 1];
    return (crm->ops->get(crm, &en->chunk, ids, n, record, e) ||
            err_wrap(e, "reading what %s did not list", side_name(v->side))) &&
           keep(v, v->side, record, n, false, e) && !stopped(v, e);
}

static bool look_for_missing(struct verifying *v, enum side s, struct err *e)
{
    v->side = s;
    return engine_chunks(v->p.en, missing_chunk, v, e);
}

/* ---- adding up ------------------------------------------------------------------------------- */

/* The totals first, then what changed: so all that a total counts was read by then, and what came
 * after it is known by its age. */
static bool count(struct verifying *v, struct err *e)
{
    struct engine *en = v->p.en;
    struct observed seen;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        arena_reset(&en->chunk);
        v->counted[s] = (engine_now(en, s) - crm->ops->total_lag_ms) / MS_SECOND * MS_SECOND;
        if (!crm->ops->total(crm, &en->chunk, &v->out->side[s].total, e))
            return err_wrap(e, "asking %s for its total", side_name(s));
    }
    return observe_changed(en, SIDE_HS, &seen, e) && observe_changed(en, SIDE_SF, &seen, e);
}

static bool count_in_a_step(struct verifying *v, struct err *e)
{
    if (!step_begin(v, e))
        return false;
    bool ok = count(v, e);
    step_end(v);
    return ok;
}

static bool keep_tombstones(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct verifying *v = who;
    struct record *record = NULL;
    size_t n = 0;
    (void)next;
    return page->count == 0 || (gone_look(v->p.en, v->side, page, &record, &n, e) &&
                                keep(v, v->side, record, n, false, e));
}

/* Fewer are counted than were read: what was deleted behind the walk's back. HubSpot tells only by
 * the whole walk of what is archived, so it is asked only then. */
static bool look_for_tombstones(struct verifying *v, enum side s, struct err *e)
{
    struct store *st = v->p.en->o.store;
    char since[24];
    uint64_t live;
    if (!st->ops->rows_live(st, s, &live, e))
        return false;
    if (v->out->side[s].total >= live)
        return true;
    snprintf(since, sizeof(since), "%lld", (long long)v->began[s]);
    v->side = s;
    return engine_walk(v->p.en,
                       &(struct walk){.side = s,
                                      .what = CRM_READ_ARCHIVED,
                                      .from = str_from(since),
                                      .since_ms = v->began[s],
                                      .phase = "reading what was deleted meanwhile",
                                      .if_stopped = "; nothing was written",
                                      .keep = keep_tombstones,
                                      .who = v},
                       e);
}

/* ---- how each stands ------------------------------------------------------------------------- */

static bool meanwhile(const struct verifying *v, const struct subject *sub)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (sub->row[s] && sub->row[s]->rec.modified_ms >= v->since[s])
            return true;
    return false;
}

static bool waits(const struct change *c)
{
    const struct row *row[] = {c->subject->row[SIDE_SF], c->subject->row[SIDE_HS], c->partner};
    for (size_t i = 0; i < LEN(row); i++)
        if (row[i] && row[i]->due_ms)
            return true;
    return false;
}

static bool failed(const struct subject *sub)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (sub->row[s] && (sub->row[s]->attempts || sub->row[s]->cause & CAUSE_RETRY))
            return true;
    return false;
}

/* What is pending and has an error noted is in error. */
static bool add_error(struct verifying *v, const struct subject *sub, struct verdict_of *verdict,
                      const struct error_entry **out, struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    struct error_entry *x;
    size_t n = 0;
    *out = NULL;
    for (enum side s = SIDE_SF; s < SIDE_COUNT && n == 0; s++)
        if (sub->row[s] &&
            !st->ops->errors_list(st, &en->chunk, sub->row[s]->rec.id, FIELDS_MAX, &x, &n, e))
            return false;
    if (n == 0)
        return true;
    *out = &x[0];
    for (size_t i = 0; i < verdict->differences; i++) {
        struct difference *d = &verdict->difference[i];
        const struct mapping *m = &en->mappings.map[d->map];
        for (size_t k = 0; k < n && d->standing == STANDING_PENDING; k++)
            if (!x[k].field.n || str_eq(x[k].field, m->name[SIDE_SF]) ||
                str_eq(x[k].field, m->name[SIDE_HS]))
                d->standing = STANDING_ERROR;
        verdict->standing = MAX(verdict->standing, d->standing);
    }
    if (!sub->link)
        verdict->standing = STANDING_ERROR;
    return true;
}

/* Counts a record on its side; a pair is counted on both and told once. */
static bool judge(struct verifying *v, enum side s, const struct plan_context *ctx,
                  const struct change *c, struct verify_line *line, bool *told, struct err *e)
{
    struct engine *en = v->p.en;
    const struct subject *sub = c->subject;
    const struct row *row = sub->row[s], *account = sub->row[SIDE_SF];
    struct verify_side *out = &v->out->side[s];
    struct verdict_of *verdict = ARENA_NEW(&en->chunk, struct verdict_of);
    *line = (struct verify_line){.side = s,
                                 .id = row->rec.id,
                                 .partner = row->partner,
                                 .name = row->rec.name,
                                 .mappings = &en->mappings};
    out->live++;
    out->young += row->rec.created_ms >= v->counted[s];
    *told = true;
    if (meanwhile(v, sub)) {
        bool created = row->rec.created_ms >= v->since[s];
        line->kind = created ? VERIFY_CREATED : VERIFY_CHANGED;
        out->created += created;
        out->changed += !created;
        return true;
    }
    verify_change(&en->chunk, ctx, c, verdict);
    if (failed(sub) && !add_error(v, sub, verdict, &line->error, e))
        return false;
    bool once = !sub->link || s == SIDE_SF || !account || account->rec.state != RECORD_LIVE;
    line->verdict = verdict;
    line->lost = en->settings.company_sync && verdict->acts && !waits(c);
    out->standing[verdict->standing]++;
    out->unlinked[verdict->why] += !sub->link;
    v->out->lost += once && line->lost;
    *told = once && (verdict->standing != STANDING_EQUAL || line->lost);
    return true;
}

struct judged {      /* one chunk */
    struct str last; /* none = there was none */
    struct verify_line *line;
    size_t lines;
};

static bool judge_some(struct verifying *v, struct str after, struct judged *out, struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    enum side s = v->side;
    struct subject *subject;
    struct plan_context ctx;
    struct plan plan;
    size_t n;
    *out = (struct judged){.last = STR_NONE};
    if (!st->ops->subjects_walk(st, &en->chunk, s, after, CHUNK_RECORDS, &subject, &n, e))
        return false;
    if (n == 0)
        return true;
    out->last = subject[n - 1].row[s]->rec.id;
    if (!pass_meet(&v->p, s, subject, n, &ctx, e))
        return false;
    ctx.settings = &v->on;
    plan_build(&en->chunk, &ctx, subject, n, &plan);
    if (!hierarchy_guard(en, &ctx, &plan, e) || !duels_weigh(en, &ctx, 0, &plan, e))
        return false;
    out->line = ARENA_ARRAY(&en->chunk, struct verify_line, n);
    for (size_t i = 0; i < plan.count; i++) {
        bool told;
        if (!judge(v, s, &ctx, &plan.change[i], &out->line[out->lines], &told, e))
            return false;
        out->lines += told;
    }
    return true;
}

/* Who listens may be slow: nobody waits for that. */
static bool judge_chunk(void *who, struct str after, struct str *last, struct err *e)
{
    struct verifying *v = who;
    struct judged out;
    if (!step_begin(v, e))
        return false;
    bool ok = judge_some(v, after, &out, e);
    step_end(v);
    for (size_t i = 0; ok && i < out.lines; i++)
        tell(v, &out.line[i]);
    *last = out.last;
    engine_progress(v->p.en, v->side == SIDE_SF ? "comparing accounts" : "comparing companies",
                    v->out->side[v->side].live, v->out->side[v->side].total);
    return ok && !stopped(v, e);
}

static bool judge_all(struct verifying *v, enum side s, struct err *e)
{
    v->side = s;
    return engine_chunks(v->p.en, judge_chunk, v, e);
}

/* What was found to be gone since the walk began, by us or by a pass. */
static bool gone_chunk(void *who, struct str after, struct str *last, struct err *e)
{
    struct verifying *v = who;
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    enum side s = v->side;
    struct row *row;
    size_t n;
    if (!st->ops->rows_gone(st, &en->chunk, s, after, v->began[s], CHUNK_RECORDS, &row, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct record *rec = &row[i].rec;
        bool hidden = rec->state == RECORD_HIDDEN;
        struct verify_line line = {
            .kind = hidden ? VERIFY_HIDDEN : VERIFY_DELETED, .side = s, .id = rec->id};
        v->out->side[s].hidden += hidden;
        v->out->side[s].deleted += !hidden;
        v->over[s] += rec->asked_ms >= v->counted[s];
        *last = rec->id;
        tell(v, &line);
    }
    return true;
}

static bool add_up(struct verifying *v, enum side s, struct err *e)
{
    struct verify_side *out = &v->out->side[s];
    v->side = s;
    bool ok = engine_chunks(v->p.en, gone_chunk, v, e);
    out->adds_up = out->total <= out->live + v->over[s] && out->total + out->young >= out->live;
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool verify(struct verifying *v, struct err *e)
{
    struct store *st = v->p.en->o.store;
    v->documents = engine_documents(st);
    st->ops->unlock(st);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        v->began[s] = engine_now(v->p.en, s);
        v->since[s] = v->began[s] / MS_SECOND * MS_SECOND; /* Salesforce's stamps are seconds */
    }
    return read_all(v, SIDE_HS, e) && read_all(v, SIDE_SF, e) && look_for_missing(v, SIDE_HS, e) &&
           look_for_missing(v, SIDE_SF, e) && count_in_a_step(v, e) &&
           look_for_tombstones(v, SIDE_HS, e) && look_for_tombstones(v, SIDE_SF, e) &&
           judge_all(v, SIDE_SF, e) && judge_all(v, SIDE_HS, e) && add_up(v, SIDE_SF, e) &&
           add_up(v, SIDE_HS, e);
}

bool engine_verify(struct engine *en, const struct verify_options *o, struct verify_report *out,
                   struct err *e)
{
    struct verifying v = {.o = o, .out = out, .on = en->settings};
    memset(out, 0, sizeof(*out));
    v.on.company_sync = true;
    v.p.en = en;
    v.p.report = &v.report;
    v.p.o = (struct pass_options){.kind = PASS_SYNC, .plan_only = true, .while_off = true};
    if (!en->t0_ms[SIDE_SF]) {
        err_set(e, ERR_REFUSED, "never_on",
                "company_sync was never on: nothing is linked, and nothing was read yet");
        err_rule(e, "S4.5");
        return err_hint(e, "`tandem settings set company_sync on` reads both sides");
    }
    bool ok = run_begin(&v.p, "verify", e) && run_finish(&v.p, verify(&v, e), e);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        out->calls[s] = v.report.calls[s];
    out->took_ms = v.report.took_ms;
    return ok;
}
