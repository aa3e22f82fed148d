/* pass: the story of one synchronisation, read from top to bottom.
 *
 *   observe -> match -> decide -> plan -> brake -> apply -> record
 *
 * A pass first finishes what a killed one left (recover), then learns what changed on both sides
 * (observe), then works through what is due, or an import's list, chunk by chunk. */
#include "core/suspend.h"
#include "engine/engine_p.h"

#include <string.h>

static bool observe(struct pass *p, enum side s, struct err *e)
{
    struct observed seen;
    if (!observe_changed(p->en, s, &seen, e))
        return false;
    p->report->read[s] += seen.records;
    return true;
}

struct plan_context pass_context(struct pass *p, enum side s, const struct neighbours *near)
{
    struct engine *en = p->en;
    bool listed = p->o.kind != PASS_SYNC && !p->parents;
    return (struct plan_context){
        .side = s,
        .mappings = &en->mappings,
        .settings = &en->settings,
        .index = match_index(&en->chunk, near),
        .near = near,
        .owners = en->owners,
        .now_ms = {engine_now(en, SIDE_SF), engine_now(en, SIDE_HS)},
        .key_ready = {en->key_ready[SIDE_SF], en->key_ready[SIDE_HS]},
        .filter = &en->filter,
        .past_filter = listed && (p->o.kind == PASS_RESYNC || p->o.kind == PASS_BACKFILL),
        .by_hand = listed,
        .named = listed && ((p->o.ids && !p->o.selected) || p->o.kind == PASS_ADOPT ||
                            (p->o.saved && p->o.saved->named)),
        .part = p->part,
        .currency = currency_of(en),
        .kind_missing = !en->kind_ready,
    };
}

bool pass_meet(struct pass *p, enum side s, struct subject *subject, size_t n,
               struct plan_context *ctx, struct err *e)
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
    if (!owners_need(p, subject, n, e) || !hierarchy_pair(en, subject, n, e))
        return false;
    *ctx = pass_context(p, s, near);
    return true;
}

static bool make_plan(struct pass *p, const struct plan_context *ctx, struct subject *subject,
                      size_t n, struct plan *plan, struct err *e)
{
    plan_build(&p->en->chunk, ctx, subject, n, plan);
    if (!hierarchy_guard(p->en, ctx, plan, e))
        return false;
    suspend_plan(plan, p->suspended);
    return true;
}

/* Match and decide: what would be done with these subjects? */
static bool decide(struct pass *p, enum side s, struct subject *subject, size_t n,
                   struct plan_context *ctx, struct plan *plan, struct err *e)
{
    return pass_meet(p, s, subject, n, ctx, e) && make_plan(p, ctx, subject, n, plan, e);
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
        r->parents_wait += c->awaits.n > 0;
        r->parents_next += c->parent_next;
        for (size_t k = 0; k < c->fields; k++) {
            const struct field_change *f = &c->field[k];
            r->fields[f->to] += !f->refused;
            r->overwritten += !f->refused && f->old.state == VALUE_TEXT;
        }
        if (p->o.sink)
            p->o.sink->change(p->o.sink->who, c, &p->en->mappings);
    }
}

/* S8.2: where no answer told what became of a write, its record is read and decided anew: once; the
 * next pass does the rest. */
static bool look_again(struct pass *p, enum side s, struct err *e)
{
    struct store *st = p->en->o.store;
    size_t n = p->opens, known = 0;
    if (n == 0 || p->again || p->saved)
        return true;
    struct subject *subject = ARENA_ARRAY(&p->en->chunk, struct subject, n);
    if (!recover_open(p, e) || !st->ops->subjects_get(st, &p->en->chunk, s, p->open, n, subject, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (subject[i].row[s])
            subject[known++] = subject[i];
    p->again = true;
    bool ok = pass_chunk(p, s, subject, known, STR_NONE, e);
    p->again = false;
    return ok;
}

bool pass_chunk(struct pass *p, enum side s, struct subject *subject, size_t n, struct str position,
                struct err *e)
{
    struct plan_context ctx;
    struct plan plan;
    bool stale, people, asked;
    p->tags = 0;
    if (!decide(p, s, subject, n, &ctx, &plan, e))
        return false;
    if (!p->o.plan_only) {
        if (!people_freshen(p, s, &plan, &people, e) || !freshen(p, s, &plan, &stale, e))
            return false;
        if ((stale || people) &&
            !(reload(p->en, s, subject, n, e) && decide(p, s, subject, n, &ctx, &plan, e)))
            return false;
    }
    if (!times_ask(p, s, &plan, &asked, e) || (asked && !make_plan(p, &ctx, subject, n, &plan, e)))
        return false;
    if (p->o.kind == PASS_SYNC && !duels_weigh(p->en, &ctx, p->run.id, &plan, e))
        return false;
    if (p->o.kind == PASS_ADOPT)
        p->report->differences += plan_adopt(&p->en->chunk, &ctx, &plan);
    if (!cascade_ask(p->en, &plan, e))
        return false;
    people_gate(p, s, &plan);
    if (p->saved)
        saved_keep(p, &plan);
    else if (p->o.kind == PASS_SYNC)
        brake_plan(&plan, &p->en->mappings, &p->en->settings, &p->day);
    if (!p->again)
        count_plan(p, &plan);
    if (p->backfill && p->o.plan_only)
        backfill_count(p, &plan);
    return p->o.plan_only || (apply_plan(p, &ctx, &plan, position, e) && look_again(p, s, e));
}

/* The next of what waits on one side, after the place that `q` tells, which moves on. */
static bool take_due(struct pass *p, enum side s, struct due_query *q, struct arena *kept,
                     struct subject **subject, size_t *n, struct err *e)
{
    struct store *st = p->en->o.store;
    arena_reset(&p->en->chunk);
    q->now_ms = engine_now(p->en, s);
    q->limit = CHUNK_RECORDS;
    if (!st->ops->subjects_due(st, &p->en->chunk, s, q, subject, n, e))
        return false;
    if (*n == 0)
        return true;
    const struct row *last = (*subject)[*n - 1].row[s];
    q->after_ms = last->due_ms;
    arena_reset(kept);
    q->after = str_dup(kept, last->rec.id);
    return true;
}

/* S12.3: how many links all of this pass would lose, before the first is lost. */
static bool weigh_losses(struct pass *p, struct err *e)
{
    uint64_t losses = 0;
    struct arena kept;
    bool ok = true;
    arena_init(&kept, MIB);
    for (enum side s = SIDE_SF; ok && s < SIDE_COUNT; s++) {
        struct due_query q = {.cause = CAUSE_FORGOT};
        struct subject *subject;
        size_t n = 0;
        do {
            struct plan_context ctx;
            struct plan plan;
            ok = take_due(p, s, &q, &kept, &subject, &n, e) &&
                 (n == 0 || decide(p, s, subject, n, &ctx, &plan, e));
            if (ok && n)
                losses += brake_losses(&plan);
        } while (ok && n);
    }
    arena_release(&kept);
    brake_unlinks(&p->en->settings, losses, &p->day);
    return ok;
}

/* Once over what waits on one side, for one of these causes; 0 = for any. */
static bool scan_due(struct pass *p, enum side s, uint32_t cause, int64_t until_us, uint64_t *done,
                     struct err *e)
{
    struct engine *en = p->en;
    struct due_query q = {.cause = cause};
    struct arena kept;
    bool ok = true;
    arena_init(&kept, MIB);
    for (;;) {
        struct subject *subject;
        size_t n;
        ok = take_due(p, s, &q, &kept, &subject, &n, e);
        if (!ok || n == 0)
            break;
        ok = pass_chunk(p, s, subject, n, STR_NONE, e);
        if (!ok)
            break;
        *done += n;
        engine_progress(en, s == SIDE_SF ? "syncing accounts" : "syncing companies", *done, 0);
        ok = !engine_stopping(en) ||
             err_set(e, ERR_STOPPED, "stopped", "stopped; the next pass goes on");
        p->report->more = until_us && en->o.clock->mono_us(en->o.clock) >= until_us;
        if (!ok || p->report->more)
            break;
    }
    arena_release(&kept);
    return ok;
}

/* What waits on one side: new and moved records, retries; also what comes to wait at once while it
 * is worked through. A plan takes nothing off the list; what a brake holds stays on it. */
static bool work_due(struct pass *p, enum side s, struct err *e)
{
    struct clock *clock = p->en->o.clock;
    int64_t until_us = p->o.slice_ms ? clock->mono_us(clock) + p->o.slice_ms * 1000 : 0;
    bool more = p->report->more; /* on the other side */
    uint64_t done = 0;
    do {
        p->due_again = false;
        if (!scan_due(p, s, 0, until_us, &done, e))
            return false;
    } while (p->due_again && !p->report->more);
    p->report->more = p->report->more || more;
    return true;
}

/* S11.2: records that were linked, or whose parent was, get their parent: a parent comes before its
 * child, whatever the order they were listed in. What else is due waits for a sync. */
static bool work_parents(struct pass *p, struct err *e)
{
    uint64_t done = 0;
    if (!p->en->settings.hierarchy || p->o.plan_only || p->report->more)
        return true;
    p->parents = true;
    do {
        p->due_again = false;
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            if (!scan_due(p, s, CAUSE_PARENT, 0, &done, e))
                return false;
    } while (p->due_again);
    p->parents = false;
    return true;
}

static bool work(struct pass *p, struct err *e)
{
    bool live = p->o.kind == PASS_SYNC && !p->o.saved;
    if (p->o.saved && !p->o.backfill)
        return work_saved(p, e);
    if (live && !p->o.plan_only && !(observe_round(p, SIDE_SF, e) && observe_round(p, SIDE_HS, e)))
        return false;
    if (live)
        return weigh_losses(p, e) && work_due(p, SIDE_SF, e) && work_due(p, SIDE_HS, e) &&
               work_parents(p, e);
    if (p->o.kind == PASS_BACKFILL)
        return p->o.backfill ? work_backfill(p, e) : work_associations(p, e);
    return work_list(p, e) && work_parents(p, e);
}

bool pass_run(struct engine *en, const struct pass_options *o, struct report *out, struct err *e)
{
    static const char *const kinds[PASS_KINDS] = {"sync", "import", "resync", "adopt", "backfill"};
    struct pass p = {.en = en, .o = *o, .report = out};
    memset(out, 0, sizeof(*out));
    out->held = o->kind == PASS_SYNC && en->settings.hold && !o->plan_only && !o->saved;
    p.o.plan_only = o->plan_only || out->held;
    out->planned_only = p.o.plan_only;
    if (!run_begin(&p, o->saved ? "apply" : kinds[o->kind], e))
        return false;
    bool ok = (p.o.plan_only || (recover(&p, e) /* S8.2 */ && currency_keep(en, e))) &&
              ((p.o.plan_only && o->kind != PASS_BACKFILL) || mappings_settle(en, e)) &&
              observe(&p, SIDE_SF, e) && observe(&p, SIDE_HS, e) && observe_gone(en, SIDE_SF, e) &&
              observe_gone(en, SIDE_HS, e) && observe_people(&p, e);
    return run_finish(&p, ok && work(&p, e), e);
}
