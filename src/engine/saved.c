/* saved: applies a saved plan (S12.1): its records are read and decided anew, a chunk at a time,
 * and only what is still just as the plan says goes on to apply.c. So a plan file can choose among
 * what Tandem would do, and nothing else. */
#include "engine/engine_p.h"

static void leave(struct pass *p, const struct saved_change *saved, enum saved_why why,
                  const struct change *now, const struct saved_write *at, struct value holds)
{
    const struct saved_source *from = p->o.saved;
    p->report->not_applied++;
    if (from->left)
        from->left(from->who, saved, why, now, at, holds);
}

/* What the field of a write holds by now. */
static struct value holds_now(struct pass *p, const struct change *c, const struct saved_write *at)
{
    const struct mappings *m = &p->en->mappings;
    const struct row *row = at ? c->subject->row[at->to] : NULL;
    if (at && !row && c->partner)
        row = c->partner;
    for (size_t i = 0; row && row->rec.value && i < m->count; i++)
        if (str_eq(m->map[i].name[at->to], at->field))
            return row->rec.value[i];
    return VALUE_NOT_KNOWN;
}

void saved_keep(struct pass *p, struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        const struct saved_write *at;
        if (c->why == WHY_SUSPENDED)
            continue; /* the run says so at its end, and the plan can be applied again */
        enum saved_why why = saved_check(&p->en->chunk, &p->en->mappings, c, &p->saved[i], &at);
        if (why == SAVED_HOLDS)
            continue;
        leave(p, &p->saved[i], why, c, at, holds_now(p, c, at));
        *c =
            (struct change){.subject = c->subject, .action = ACTION_SKIP, .why = WHY_CHANGED_SINCE};
    }
}

/* What freshen does not read before a write: the records of all but updates. */
static bool read_now(struct pass *p, const struct saved_change *saved, size_t n, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct str *ids = ARENA_ARRAY(&p->en->chunk, struct str, 2 * n);
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            if (saved[i].action != ACTION_UPDATE && saved[i].id[s].n)
                ids[count++] = saved[i].id[s];
            if (saved[i].action == ACTION_FOLLOW && saved[i].to == s)
                ids[count++] = saved[i].into;
        }
        if (!reread_now(p, s, ids, count, e))
            return false;
    }
    return true;
}

/* Only known records go on; the changes that are about them stay beside them. */
static bool take(struct pass *p, struct saved_change *saved, size_t n, struct subject *subject,
                 size_t *known, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    enum side s = saved[0].side;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = saved[i].id[s];
    *known = 0;
    if (!p->o.plan_only && !read_now(p, saved, n, e))
        return false;
    if (!st->ops->subjects_get(st, &en->chunk, s, ids, n, subject, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!subject[i].row[s]) {
            leave(p, &saved[i], SAVED_UNKNOWN, NULL, NULL, VALUE_NOT_KNOWN);
            continue;
        }
        saved[*known] = saved[i];
        subject[(*known)++] = subject[i];
    }
    return true;
}

bool work_saved(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    const struct saved_source *from = p->o.saved;
    uint64_t done = 0;
    for (;;) {
        arena_reset(&en->chunk);
        struct saved_change *saved = ARENA_ARRAY(&en->chunk, struct saved_change, CHUNK_RECORDS);
        struct subject *subject = ARENA_ARRAY(&en->chunk, struct subject, CHUNK_RECORDS);
        size_t n, known;
        if (!from->next(from->who, &en->chunk, saved, CHUNK_RECORDS, &n, e))
            return false;
        if (n == 0)
            return true;
        enum side s = saved[0].side;
        if (!take(p, saved, n, subject, &known, e))
            return false;
        p->saved = saved;
        bool ok = known == 0 || pass_chunk(p, s, subject, known, STR_NONE, e);
        p->saved = NULL;
        if (!ok)
            return false;
        done += n;
        engine_progress(en, p->o.plan_only ? "planning" : "applying", done, 0);
        if (engine_stopping(en))
            return err_set(e, ERR_STOPPED, "stopped", "stopped after %llu change%s of the plan",
                           (unsigned long long)done, done == 1 ? "" : "s");
    }
}
