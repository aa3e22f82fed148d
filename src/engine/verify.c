/* verify: both sides are read completely and every record is told how it stands (S4.5).
 *
 * Readings become rows as in any pass (observe.c), and each row that the walk came by is marked
 * with the walk's time. So the two sides are joined in the store and memory does not grow with
 * them: what the mark did not reach is what the walk did not bring, and is looked at by id. How
 * each record stands is then decided from the rows alone, by asking what a pass would do with it.
 */
#include "engine/engine_p.h"

#include <stdio.h>
#include <string.h>

struct verifying {
    struct pass p;
    struct report report; /* counters that nobody asks for */
    const struct verify_options *o;
    struct verify_report *out;
    enum side side;            /* that is walked */
    struct settings on;        /* as if the switch were on: the question is what a pass would do */
    int64_t began[SIDE_COUNT]; /* on each service's clock */
    int64_t since[SIDE_COUNT]; /* what has this stamp, or a later one, changed meanwhile */
};

static void tell(struct verifying *v, const struct verify_line *l)
{
    if (v->o->line)
        v->o->line(v->o->who, l);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool keep_page(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct verifying *v = who;
    enum side s = v->side;
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, page->count);
    size_t fresh = 0;
    for (size_t i = 0; i < page->count; i++) {
        ids[i] = page->record[i].id;
        page->record[i].asked_ms = MAX(page->record[i].asked_ms, v->began[s]);
    }
    if (page->count == 0)
        return true;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (observe_keep(en, s, false, page->record, page->count, &fresh, e) &&
        st->ops->rows_seen(st, s, ids, page->count, v->began[s], e)) {
        v->out->side[s].news += fresh;
        return st->ops->commit(st, e);
    }
    st->ops->rollback(st);
    return false;
}

static bool stopped(struct verifying *v, struct err *e)
{
    return engine_stopping(v->p.en) &&
           !err_set(e, ERR_STOPPED, "stopped", "stopped; nothing was written");
}

static bool read_all(struct verifying *v, enum side s, struct err *e)
{
    v->side = s;
    return engine_walk(
        v->p.en,
        &(struct walk){.side = s,
                       .what = CRM_READ_ALL,
                       .phase = s == SIDE_SF ? "reading accounts" : "reading companies",
                       .if_stopped = "; nothing was written",
                       .keep = keep_page,
                       .who = v},
        e);
}

/* Keeps what records turned out to be when they were asked for by id, and tells those that are
 * gone. */
static bool keep_gone(struct verifying *v, enum side s, const struct str *names,
                      struct record *record, size_t n, struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    size_t fresh;
    if (n == 0)
        return true;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (!observe_keep(en, s, false, record, n, &fresh, e) || !st->ops->commit(st, e)) {
        st->ops->rollback(st);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool hidden = record[i].state == RECORD_HIDDEN;
        if (record[i].state == RECORD_LIVE)
            continue;
        v->out->side[s].hidden += hidden;
        v->out->side[s].deleted += !hidden;
        struct verify_line gone = {
            .kind = hidden ? VERIFY_HIDDEN : VERIFY_DELETED, .side = s, .id = names[i]};
        tell(v, &gone);
    }
    return true;
}

/* What the store thought alive and the walk did not bring. */
static bool look_for_missing(struct verifying *v, enum side s, struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[s];
    struct arena kept;
    struct str after = S("");
    bool ok = true;
    arena_init(&kept, MIB);
    for (;;) {
        arena_reset(&en->chunk);
        struct str *ids = ARENA_ARRAY(&en->chunk, struct str, CHUNK_RECORDS);
        struct record *record = ARENA_ARRAY(&en->chunk, struct record, CHUNK_RECORDS);
        size_t n;
        ok = st->ops->rows_unseen(st, &en->chunk, s, after, v->began[s], CHUNK_RECORDS, ids, &n, e);
        if (!ok || n == 0)
            break;
        arena_reset(&kept);
        after = str_dup(&kept, ids[n - 1]);
        ok = (crm->ops->get(crm, &en->chunk, ids, n, record, e) ||
              err_wrap(e, "reading what %s did not list", side_name(s))) &&
             keep_gone(v, s, ids, record, n, e) && !stopped(v, e);
        if (!ok)
            break;
    }
    arena_release(&kept);
    return ok;
}

/* ---- adding up ------------------------------------------------------------------------------- */

static bool keep_tombstones(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct verifying *v = who;
    struct engine *en = v->p.en;
    struct record *record;
    size_t n = 0;
    if (page->count > 0 && !gone_look(en, v->side, page, &record, &n, e))
        return false;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = record[i].id;
    return keep_gone(v, v->side, ids, record, n, e);
}

/* Fewer than were read: what was deleted behind the walk's back. HubSpot tells only by the whole
 * walk of what is archived, so it is asked only then. */
static bool look_for_tombstones(struct verifying *v, enum side s, struct err *e)
{
    char since[24];
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

static bool add_up(struct verifying *v, enum side s, struct err *e)
{
    struct engine *en = v->p.en;
    struct crm *crm = en->o.crm[s];
    struct store *st = en->o.store;
    struct verify_side *out = &v->out->side[s];
    uint64_t live;
    arena_reset(&en->chunk);
    if (!crm->ops->total(crm, &en->chunk, &out->total, e))
        return err_wrap(e, "asking %s for its total", side_name(s));
    return st->ops->rows_live(st, s, &live, e) &&
           (out->total >= live || look_for_tombstones(v, s, e));
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
                  const struct change *c, struct err *e)
{
    struct engine *en = v->p.en;
    const struct subject *sub = c->subject;
    const struct row *row = sub->row[s], *account = sub->row[SIDE_SF];
    struct verify_side *out = &v->out->side[s];
    struct verdict_of verdict;
    struct verify_line line = {.side = s,
                               .id = row->rec.id,
                               .partner = row->partner,
                               .name = row->rec.name,
                               .mappings = &en->mappings};
    int64_t lag = en->o.crm[s]->ops->total_lag_ms;
    out->live++;
    out->young += lag && row->rec.created_ms >= engine_now(en, s) - lag;
    if (meanwhile(v, sub)) {
        bool created = row->rec.created_ms >= v->since[s];
        line.kind = created ? VERIFY_CREATED : VERIFY_CHANGED;
        out->created += created;
        out->changed += !created;
        tell(v, &line);
        return true;
    }
    verify_change(&en->chunk, ctx, c, &verdict);
    if (failed(sub) && !add_error(v, sub, &verdict, &line.error, e))
        return false;
    bool once = !sub->link || s == SIDE_SF || !account || account->rec.state != RECORD_LIVE;
    line.verdict = &verdict;
    line.lost = en->settings.company_sync && verdict.acts && !waits(c);
    out->standing[verdict.standing]++;
    out->unlinked[verdict.why] += !sub->link;
    v->out->lost += once && line.lost;
    if (once && (verdict.standing != STANDING_EQUAL || line.lost))
        tell(v, &line);
    return true;
}

static bool judge_chunk(struct verifying *v, enum side s, struct subject *subject, size_t n,
                        struct err *e)
{
    struct engine *en = v->p.en;
    struct plan_context ctx;
    struct plan plan;
    if (!pass_meet(&v->p, s, subject, n, &ctx, e))
        return false;
    ctx.settings = &v->on;
    plan_build(&en->chunk, &ctx, subject, n, &plan);
    if (!hierarchy_guard(en, &ctx, &plan, e) || !duels_weigh(en, &ctx, 0, &plan, e))
        return false;
    for (size_t i = 0; i < plan.count; i++)
        if (!judge(v, s, &ctx, &plan.change[i], e))
            return false;
    return true;
}

static bool judge_side(struct verifying *v, enum side s, struct err *e)
{
    struct engine *en = v->p.en;
    struct store *st = en->o.store;
    struct arena kept;
    struct str after = S("");
    bool ok = true;
    arena_init(&kept, MIB);
    for (size_t n = 1; ok && n > 0;) {
        struct subject *subject;
        arena_reset(&en->chunk);
        ok = st->ops->subjects_walk(st, &en->chunk, s, after, CHUNK_RECORDS, &subject, &n, e);
        if (!ok || n == 0)
            break;
        arena_reset(&kept);
        after = str_dup(&kept, subject[n - 1].row[s]->rec.id);
        ok = judge_chunk(v, s, subject, n, e) && !stopped(v, e);
        engine_progress(en, s == SIDE_SF ? "comparing accounts" : "comparing companies",
                        v->out->side[s].live, v->out->side[s].total);
    }
    arena_release(&kept);
    struct verify_side *out = &v->out->side[s];
    uint64_t over = en->o.crm[s]->ops->total_lag_ms ? out->deleted : 0;
    out->adds_up = out->total <= out->live + over && out->total + out->young >= out->live;
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool verify(struct verifying *v, struct err *e)
{
    struct observed seen;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        v->began[s] = engine_now(v->p.en, s);
        v->since[s] = v->began[s] / MS_SECOND * MS_SECOND; /* Salesforce's stamps are seconds */
    }
    /* What the polls find afterwards came, or changed, behind the walk. */
    return read_all(v, SIDE_HS, e) && read_all(v, SIDE_SF, e) &&
           observe_changed(v->p.en, SIDE_HS, &seen, e) &&
           observe_changed(v->p.en, SIDE_SF, &seen, e) && look_for_missing(v, SIDE_HS, e) &&
           look_for_missing(v, SIDE_SF, e) && add_up(v, SIDE_HS, e) && add_up(v, SIDE_SF, e) &&
           judge_side(v, SIDE_SF, e) && judge_side(v, SIDE_HS, e);
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
