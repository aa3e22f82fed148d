/* backfill: brings the existing values of one mapping over, on every link (S6.5, S14.1).
 *
 * Link by link in the order of the accounts' ids, a chunk at a time through the pass; just that
 * mapping's field is decided, or the address that it is part of (S5.9), as at a first link where
 * neither side moved (S5.5). How far it came, and what it did, is stored with each chunk's
 * outcomes, so one that was stopped or killed goes on there; one that was told another direction,
 * or whose mapping was changed since, begins anew. */
#include <string.h>

#include "engine/apply_p.h"
#include "engine/backfill_p.h"
#include "model/mapping_text.h"
#include "text/hash.h"

/* ---- what ------------------------------------------------------------------------------------ */

/* Fills the fields, the name and the print of the job. */
static void choose(struct pass *p, struct backfilling *job)
{
    struct engine *en = p->en;
    const struct mappings *m = &en->mappings;
    const struct mapping *one = p->o.backfill->map;
    uint32_t first = one->id;
    bool *field = ARENA_ARRAY(&job->kept, bool, m->count);
    buf_clear(&en->pack);
    for (size_t i = 0; i < m->count; i++) {
        const struct mapping *at = &m->map[i];
        field[i] =
            at->id == one->id || (one->group && at->group == one->group && mapping_meets(at, one));
        if (!field[i])
            continue;
        first = MIN(first, at->id);
        mapping_print(&en->pack, at, 0);
    }
    job->part.field = field;
    memcpy(job->part.to, p->o.backfill->to, sizeof(job->part.to));
    job->doc = str_fmt(&job->kept, "backfill_%u", first);
    job->print = hash64(buf_view(&en->pack));
}

/* May values go that way at all? */
static bool may_go(const struct mapping *m, const bool to[SIDE_COUNT], struct err *e)
{
    if (m->rule == RULE_NONE) {
        err_set(e, ERR_REFUSED, "mapping_off",
                "%.*s <-> %.*s has the rule none: nothing of it is brought over",
                STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]));
        err_rule(e, "S6.5");
        return err_hint(e, "`tandem mapping change %.*s --rule RULE` first",
                        STR_ARG(m->name[SIDE_SF]));
    }
    if (m->suspended[0]) {
        err_set(e, ERR_REFUSED, "mapping_suspended", "%s", m->suspended);
        err_rule(e, "S6.8");
        return err_hint(e, "`tandem mapping check` says what it lacks");
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (to[s] && rule_lets_write(m->rule, side_other(s)))
            return true;
    err_set(e, ERR_USAGE, "bad_direction", "%.*s <-> %.*s: %s never writes that way",
            STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]), rule_name(m->rule));
    err_rule(e, "S6.5");
    return err_hint(e, "leave --direction out, or change the mapping's rule");
}

bool backfill_not_suspended(const struct pass *p, const struct plan_part *part, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (p->o.plan_only || !part->to[s] || !p->suspended[s])
            continue;
        err_set(e, ERR_REFUSED, "suspended", "writing to %s is suspended", side_name(s));
        err_rule(e, "S15.4");
        return err_hint(e, "`tandem status` says why; then `tandem errors clear-suspension`");
    }
    return true;
}

/* ---- the place ------------------------------------------------------------------------------- */

static struct str place_text(const struct backfilling *job, const struct backfill_account *acc,
                             struct arena *a, struct str after)
{
    return str_fmt(a, "%016llx %d%d %.*s %llu %llu %llu %llu", (unsigned long long)job->print,
                   job->part.to[SIDE_SF], job->part.to[SIDE_HS], STR_ARG(after),
                   (unsigned long long)acc->written, (unsigned long long)acc->unchanged,
                   (unsigned long long)acc->failed, (unsigned long long)acc->skipped);
}

bool backfill_resume(struct pass *p, struct backfilling *job, struct err *e)
{
    struct store *st = p->en->o.store;
    struct backfill_account *acc = &p->report->backfill, was = {0};
    uint64_t *const counter[] = {&was.written, &was.unchanged, &was.failed, &was.skipped};
    struct str text, word,
        head = str_fmt(&job->kept, "%016llx %d%d ", (unsigned long long)job->print,
                       job->part.to[SIDE_SF], job->part.to[SIDE_HS]);
    job->after = S("");
    if (!st->ops->doc_get(st, &job->kept, DOC_CURSOR, job->doc, &text, e))
        return false;
    if (!text.p || !str_starts(text, head))
        return true;
    text = str_slice(text, head.n, text.n);
    struct str after;
    bool whole = str_cut(&text, ' ', &after);
    for (size_t i = 0; whole && i < LEN(counter); i++) {
        int64_t n = 0;
        whole = str_cut(&text, ' ', &word) && str_to_i64(word, &n) && n >= 0;
        *counter[i] = (uint64_t)n;
    }
    if (!whole)
        return true;     /* damaged: from the start, which does no harm */
    if (!p->o.plan_only) /* a preview tells of what is left */
        *acc = was;
    acc->resumed = true;
    acc->done = was.written + was.unchanged + was.failed + was.skipped;
    job->after = after;
    return true;
}

/* ---- the account ----------------------------------------------------------------------------- */

void backfill_count(struct pass *p, const struct plan *plan)
{
    struct backfill_account *acc = &p->report->backfill;
    for (size_t i = 0; i < plan->count; i++) {
        const struct change *c = &plan->change[i];
        size_t refused = 0, held = 0;
        for (size_t k = 0; k < c->fields; k++) {
            const struct field_change *f = &c->field[k];
            refused += f->refused && !f->held;
            held += f->held;
            if (f->refused)
                continue;
            acc->filled[f->to] += !value_blank(&f->value) && value_blank(&f->old);
            acc->replaced[f->to] += !value_blank(&f->value) && !value_blank(&f->old);
            acc->cleared[f->to] += value_blank(&f->value);
        }
        if (refused)
            acc->failed++;
        else if (c->action == ACTION_SKIP || c->asks || held)
            acc->skipped++;
        else if (c->fields)
            acc->written++;
        else
            acc->unchanged++;
    }
    acc->done += plan->count;
}

bool backfill_put_place(struct pass *p, struct str after, struct err *e)
{
    struct store *st = p->en->o.store;
    struct str text = place_text(p->backfill, &p->report->backfill, &p->en->chunk, after);
    return st->ops->doc_put(st, DOC_CURSOR, p->backfill->doc, text, e);
}

bool backfill_keep(struct work *w, struct err *e)
{
    struct backfilling *job = w->p->backfill;
    struct backfill_account *acc = &w->p->report->backfill;
    if (w->p->again) { /* they had counted as failed; what is right by now was written then */
        uint64_t unchanged = acc->unchanged;
        acc->failed -= w->plan->count;
        acc->done -= w->plan->count;
        backfill_count(w->p, w->plan);
        acc->written += acc->unchanged - unchanged;
        acc->unchanged = unchanged;
    } else if (w->position.p) {
        backfill_count(w->p, w->plan);
        job->kept_at = w->position;
    } else {
        return true; /* it was cut: the next call does this chunk again, and counts it */
    }
    return backfill_put_place(w->p, job->kept_at, e);
}

bool backfill_forget(struct pass *p, struct err *e)
{
    struct store *st = p->en->o.store;
    if (p->o.plan_only)
        return true;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (st->ops->doc_put(st, DOC_CURSOR, p->backfill->doc, STR_NONE, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* S12.3: all of a chunk's links have lost the same side from sight. */
static bool not_empty(const struct subject *subject, size_t n, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        uint64_t seen = 0;
        for (size_t i = 0; i < n; i++)
            seen += subject[i].row[s] && subject[i].row[s]->rec.state == RECORD_LIVE;
        if (!brake_empty_side(s, seen, n, e))
            return false;
    }
    return true;
}

/* One chunk; *more: there was one. */
static bool next_chunk(struct pass *p, uint64_t want, bool *more, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct backfilling *job = p->backfill;
    struct subject *subject;
    size_t n;
    arena_reset(&en->chunk);
    if (!st->ops->subjects_linked(st, &en->chunk, job->after, (size_t)want, &subject, &n, e))
        return false;
    *more = n > 0;
    if (n == 0)
        return true;
    struct str last = str_dup(&job->kept, subject[n - 1].link->id[SIDE_SF]);
    if (!pass_chunk(p, SIDE_SF, subject, n, last, e) || !not_empty(subject, n, e))
        return false;
    job->after = last;
    return true;
}

static bool walk(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct backfill_account *acc = &p->report->backfill;
    uint64_t left = 0, from = acc->done;
    bool more = true, ok = st->ops->links_after(st, p->backfill->after, &left, e);
    uint64_t total = acc->done + left;
    while (ok && more) {
        uint64_t want = CHUNK_RECORDS;
        if (p->o.limit)
            want = MIN(want, p->o.limit - (acc->done - from));
        if (want == 0)
            break;
        ok = next_chunk(p, want, &more, e);
        engine_progress(en, p->o.plan_only ? "planning" : "bringing values over", acc->done,
                        MAX(total, acc->done));
        if (ok && more && engine_stopping(en))
            ok = err_set(e, ERR_STOPPED, "stopped", "stopped after %llu link%s",
                         (unsigned long long)acc->done, acc->done == 1 ? "" : "s");
    }
    struct err ignored;
    (void)!st->ops->links_after(st, p->backfill->after, &acc->left, ok ? e : &ignored);
    return ok && (acc->left > 0 || backfill_forget(p, e));
}

bool work_backfill(struct pass *p, struct err *e)
{
    struct backfilling job = {0};
    arena_init(&job.kept, 64 * MIB);
    choose(p, &job);
    p->backfill = &job;
    p->part = &job.part;
    bool ok = may_go(p->o.backfill->map, job.part.to, e) &&
              backfill_not_suspended(p, &job.part, e) &&
              (p->o.saved ? work_saved(p, e) : backfill_resume(p, &job, e) && walk(p, e));
    p->backfill = NULL;
    p->part = NULL;
    arena_release(&job.kept);
    return ok;
}
