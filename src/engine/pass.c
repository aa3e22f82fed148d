/* pass: the story of one synchronisation, read from top to bottom.
 *
 *   observe -> match -> decide -> plan -> brake -> apply -> record
 *
 * A pass first finishes what a killed one left (recover), then learns what changed on both sides
 * (observe), then works through what is due, or an import's list, chunk by chunk. */
#include "engine/engine_p.h"

#include <string.h>

static bool begin(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct store_counts counts;
    if (!engine_need_switch(en, e) || !st->ops->counts(st, &counts, e))
        return false;
    p->day.links = counts.links;
    p->began_us = en->o.clock->mono_us(en->o.clock);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        p->before[s] = http_counted(en->o.crm[s]->http);
        int64_t since = engine_now(en, s) - MS_DAY;
        if (!st->ops->creates_since(st, s, since, &p->day.creates[s], e))
            return false;
    }
    p->run.kind = p->o.kind == PASS_IMPORT ? S("import") : S("sync");
    p->run.began_ms = engine_now(en, SIDE_HS);
    p->run.position = S("");
    p->run.summary = S("{}");
    return true;
}

bool pass_open_run(struct pass *p, struct err *e)
{
    struct store *st = p->en->o.store;
    return p->run.id || st->ops->run_put(st, &p->run, e);
}

static bool observe(struct pass *p, enum side s, struct err *e)
{
    struct observed seen;
    if (!observe_changed(p->en, s, &seen, e))
        return false;
    p->report->read[s] += seen.records;
    return true;
}

static struct plan_context context_of(struct pass *p, enum side s, const struct neighbours *near)
{
    struct engine *en = p->en;
    return (struct plan_context){
        .side = s,
        .mappings = &en->mappings,
        .settings = &en->settings,
        .index = match_index(&en->chunk, near),
        .near = near,
        .now_ms = {engine_now(en, SIDE_SF), engine_now(en, SIDE_HS)},
        .key_ready = {en->key_ready[SIDE_SF], en->key_ready[SIDE_HS]},
        .by_hand = p->o.kind != PASS_SYNC,
        .named = p->o.ids != NULL,
    };
}

/* Match and decide: what would be done with these subjects? */
static bool decide(struct pass *p, enum side s, struct subject *subject, size_t n,
                   struct plan_context *ctx, struct plan *plan, struct err *e)
{
    struct engine *en = p->en;
    struct neighbours *near = ARENA_NEW(&en->chunk, struct neighbours);
    if (!engine_unpack(en, subject, n, e) || !neighbours_find(en, s, subject, n, near, e))
        return false;
    for (size_t i = 0; i < near->others; i++) { /* a partner's values are merged with ours */
        struct subject one = {.row = {NULL}};
        one.row[side_other(s)] = near->other[i];
        if (!engine_unpack(en, &one, 1, e))
            return false;
    }
    *ctx = context_of(p, s, near);
    plan_build(&en->chunk, ctx, subject, n, plan);
    return true;
}

static bool reload(struct engine *en, enum side s, struct subject *subject, size_t n, struct err *e)
{
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = subject[i].row[s]->rec.id;
    return st->ops->subjects_get(st, &en->chunk, s, ids, n, subject, e);
}

static void count_plan(struct pass *p, const struct plan *plan)
{
    struct report *r = p->report;
    for (size_t i = 0; i < plan->count; i++) {
        const struct change *c = &plan->change[i];
        r->action[c->action]++;
        r->why[c->why]++;
        r->errors += c->action == ACTION_ERROR;
        for (size_t k = 0; k < c->fields; k++) {
            const struct field_change *f = &c->field[k];
            r->fields[f->to] += !f->refused;
            r->overwritten += !f->refused && f->old.state == VALUE_TEXT;
        }
        if (p->o.sink)
            p->o.sink->change(p->o.sink->who, c, &p->en->mappings);
    }
}

static bool chunk(struct pass *p, enum side s, struct subject *subject, size_t n,
                  struct str position, struct err *e)
{
    struct plan_context ctx;
    struct plan plan;
    bool stale;
    if (!decide(p, s, subject, n, &ctx, &plan, e))
        return false;
    if (!p->o.plan_only) {
        if (!freshen(p, s, &plan, &stale, e))
            return false;
        if (stale && !(reload(p->en, s, subject, n, e) && decide(p, s, subject, n, &ctx, &plan, e)))
            return false;
    }
    bool limited = p->o.kind == PASS_SYNC;
    if (limited && brake_creates(&plan, &p->en->settings, &p->day))
        for (size_t i = 0; i < plan.count; i++)
            p->braked += plan.change[i].why == WHY_BRAKE;
    count_plan(p, &plan);
    return p->o.plan_only || apply_plan(p, &ctx, &plan, position, e);
}

/* What waits on one side: new and moved records, retries. */
static bool work_due(struct pass *p, enum side s, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    uint64_t done = 0;
    for (;;) {
        struct subject *subject;
        size_t n;
        arena_reset(&en->chunk);
        if (!st->ops->subjects_due(st, &en->chunk, s, engine_now(en, s), CHUNK_RECORDS, &subject,
                                   &n, e))
            return false;
        if (n == 0)
            return true;
        if (!chunk(p, s, subject, n, STR_NONE, e))
            return false;
        done += n;
        engine_progress(en, s == SIDE_SF ? "syncing accounts" : "syncing companies", done, 0);
        if (p->o.plan_only || p->braked)
            return true; /* a plan takes nothing off the list, a brake leaves the rest on it */
        if (engine_stopping(en))
            return err_set(e, ERR_STOPPED, "stopped", "stopped; the next pass goes on");
    }
}

static bool take_slice(struct pass *p, struct str after, uint64_t done, struct subject **subject,
                       size_t *n, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    size_t want = CHUNK_RECORDS;
    if (p->o.ids) {
        *n = MIN(want, p->o.ids_count - (size_t)done);
        *subject = ARENA_ARRAY(&en->chunk, struct subject, *n);
        if (!st->ops->subjects_get(st, &en->chunk, SIDE_SF, p->o.ids + done, *n, *subject, e))
            return false;
        size_t known = 0;
        for (size_t i = 0; i < *n; i++)
            if ((*subject)[i].row[SIDE_SF])
                (*subject)[known++] = (*subject)[i];
        p->report->left += *n - known;
        *n = known;
        return true;
    }
    if (p->o.limit)
        want = MIN(want, (size_t)(p->o.limit - done));
    return st->ops->subjects_walk(st, &en->chunk, SIDE_SF, after, want, subject, n, e);
}

/* Where a stopped import left off (S13.1). */
static bool import_start(struct pass *p, struct arena *a, struct str *after, struct err *e)
{
    struct store *st = p->en->o.store;
    struct run_entry *runs;
    size_t n;
    *after = S("");
    if (!p->o.resume || p->o.ids)
        return true;
    if (!st->ops->runs_list(st, a, 50, &runs, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(runs[i].kind, S("import")))
            continue;
        if (runs[i].state == RUN_OPEN || runs[i].state == RUN_STOPPED)
            *after = runs[i].position;
        return true;
    }
    return true;
}

static bool work_import(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store_counts counts;
    struct arena kept; /* the position outlives its chunk */
    struct str after;
    uint64_t done = 0;
    bool ok = en->o.store->ops->counts(en->o.store, &counts, e);
    uint64_t total = p->o.ids ? p->o.ids_count : counts.rows[SIDE_SF];
    total = p->o.limit ? MIN(p->o.limit, total) : total;
    arena_init(&kept, MIB);
    ok = ok && import_start(p, &kept, &after, e);
    while (ok) {
        struct subject *subject;
        size_t n, taken;
        arena_reset(&en->chunk);
        if ((p->o.limit && done >= p->o.limit) || (p->o.ids && done >= p->o.ids_count))
            break;
        ok = take_slice(p, after, done, &subject, &n, e);
        taken = p->o.ids ? MIN((size_t)CHUNK_RECORDS, p->o.ids_count - (size_t)done) : n;
        if (!ok || taken == 0)
            break;
        struct str last = n ? str_dup(&en->chunk, subject[n - 1].row[SIDE_SF]->rec.id) : S("");
        ok = n == 0 || chunk(p, SIDE_SF, subject, n, p->o.ids ? STR_NONE : last, e);
        arena_reset(&kept);
        after = str_dup(&kept, last);
        done += taken;
        engine_progress(en, p->o.plan_only ? "planning" : "importing", done, total);
        if (ok && engine_stopping(en) && done < total)
            ok = err_set(e, ERR_STOPPED, "stopped",
                         "stopped after %llu accounts; `tandem import accounts` goes on",
                         (unsigned long long)done);
    }
    p->report->left += total > done ? total - done : 0;
    arena_release(&kept);
    return ok;
}

/* The fewest calls the services allow for the same work (design, speed), besides the fixed ones. */
static void count_calls(struct pass *p)
{
    struct report *r = p->report;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct http_counts now = http_counted(p->en->o.crm[s]->http);
        for (int c = 0; c < HTTP_CLASS_COUNT; c++)
            if (c != HTTP_CLASS_FREE)
                r->calls[s] += now.calls[c] - p->before[s].calls[c];
        size_t batch = s == SIDE_HS ? HS_BATCH_RECORDS_MAX : SF_COLLECTION_RECORDS_MAX;
        uint64_t c = r->created[s], u = r->updated[s];
        r->calls_fewest[s] = (c + batch - 1) / batch + 2 * ((u + batch - 1) / batch) + 2;
        if (s == SIDE_HS)
            r->calls_fewest[s] += (c + CHUNK_RECORDS - 1) / CHUNK_RECORDS;
    }
}

static bool finish(struct pass *p, bool ok, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct report *r = p->report;
    arena_reset(&en->chunk);
    count_calls(p);
    r->took_ms = (en->o.clock->mono_us(en->o.clock) - p->began_us) / 1000;
    r->stopped = !ok && e->kind == ERR_STOPPED;
    if (r->stopped)
        err_hint(e, "nothing is lost: run the same command again, it goes on where it stopped");
    r->run = p->run.id;
    if (p->run.id) {
        p->run.state = ok           ? (r->errors ? RUN_ERRORS : RUN_DONE)
                       : r->stopped ? RUN_STOPPED
                                    : RUN_FAILED;
        p->run.ended_ms = engine_now(en, SIDE_HS);
        p->run.summary = str_fmt(
            &en->chunk,
            "{\"created_accounts\":%llu,\"created_companies\":%llu,\"updated_accounts\":%llu,"
            "\"updated_companies\":%llu,\"linked\":%llu,\"review\":%llu,\"errors\":%llu}",
            (unsigned long long)r->created[SIDE_SF], (unsigned long long)r->created[SIDE_HS],
            (unsigned long long)r->updated[SIDE_SF], (unsigned long long)r->updated[SIDE_HS],
            (unsigned long long)r->action[ACTION_LINK],
            (unsigned long long)r->action[ACTION_REVIEW], (unsigned long long)r->errors);
        struct err again;
        bool kept = st->ops->begin(st, STORE_FULL, &again) &&
                    st->ops->run_put(st, &p->run, &again) && st->ops->commit(st, &again);
        if (!kept && ok) {
            *e = again;
            return false;
        }
    }
    if (ok && p->braked)
        return brake_creates_err(&en->settings, &p->day, p->braked, e);
    return ok;
}

bool pass_run(struct engine *en, const struct pass_options *o, struct report *out, struct err *e)
{
    struct pass p = {.en = en, .o = *o, .report = out};
    memset(out, 0, sizeof(*out));
    out->planned_only = o->plan_only;
    if (!begin(&p, e))
        return false;
    bool ok = (o->plan_only || recover(&p, e)) && /* S8.2 */
              observe(&p, SIDE_SF, e) && observe(&p, SIDE_HS, e) && observe_gone(en, SIDE_SF, e) &&
              observe_gone(en, SIDE_HS, e);
    if (ok && o->kind == PASS_IMPORT)
        ok = work_import(&p, e);
    else if (ok)
        ok = work_due(&p, SIDE_SF, e) && work_due(&p, SIDE_HS, e);
    return finish(&p, ok, e);
}
