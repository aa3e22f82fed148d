/* list: passes over records that a person named, or over all of one side: import, resync, adopt.
 * Slice by slice; a stopped import goes on where it left off (S13.1). */
#include "engine/engine_p.h"

/* Those that are known move to the front; the others are told, each an error (S15.1). */
static size_t known_only(struct pass *p, const struct str *ids, struct subject *subject, size_t n)
{
    struct report *r = p->report;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (subject[i].row[p->o.side]) {
            subject[known++] = subject[i];
            continue;
        }
        if (!r->unknown)
            r->unknown = ARENA_ARRAY(&p->en->life, struct str, p->o.ids_count);
        r->unknown[r->unknowns++] = ids[i];
        r->errors++;
    }
    return known;
}

/* Reads these records of a side now, whatever was read before. */
bool reread_now(struct pass *p, enum side s, const struct str *ids, size_t n, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[s];
    struct record *rec = ARENA_ARRAY(&en->chunk, struct record, n);
    size_t fresh;
    if (n == 0)
        return true;
    if (!crm->ops->get(crm, &en->chunk, ids, n, rec, e))
        return err_wrap(e, "reading %s", side_name(s));
    p->report->read[s] += n;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (observe_keep(en, s, false, rec, n, &fresh, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* S14.1: what a person looks at is read at once, and its partner too. */
static bool freshly(struct pass *p, enum side s, const struct str *ids, size_t n,
                    struct subject *subject, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct str *partner = ARENA_ARRAY(&en->chunk, struct str, n);
    size_t partners = 0;
    if (!reread_now(p, s, ids, n, e) ||
        !st->ops->subjects_get(st, &en->chunk, s, ids, n, subject, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (subject[i].link)
            partner[partners++] = subject[i].link->id[side_other(s)];
    return partners == 0 || (reread_now(p, side_other(s), partner, partners, e) &&
                             st->ops->subjects_get(st, &en->chunk, s, ids, n, subject, e));
}

/* The next slice: *taken of the list were looked up, *n of them are known. */
static bool take_slice(struct pass *p, struct str after, uint64_t done, struct subject **subject,
                       size_t *n, size_t *taken, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    enum side s = p->o.side;
    if (!p->o.ids) {
        size_t want = CHUNK_RECORDS;
        if (p->o.limit)
            want = MIN(want, (size_t)(p->o.limit - done));
        bool ok = st->ops->subjects_walk(st, &en->chunk, s, after, want, subject, n, e);
        *taken = *n;
        return ok;
    }
    const struct str *ids = p->o.ids + done;
    *taken = MIN((size_t)CHUNK_RECORDS, p->o.ids_count - (size_t)done);
    *subject = ARENA_ARRAY(&en->chunk, struct subject, *taken);
    bool ok = p->o.kind == PASS_RESYNC
                  ? freshly(p, s, ids, *taken, *subject, e)
                  : st->ops->subjects_get(st, &en->chunk, s, ids, *taken, *subject, e);
    if (!ok)
        return false;
    *n = known_only(p, ids, *subject, *taken);
    return true;
}

/* Where a stopped run of this kind left off. */
static bool resume_at(struct pass *p, struct arena *a, struct str *after, struct err *e)
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
        if (!str_eq(runs[i].kind, p->run.kind))
            continue;
        if (runs[i].state == RUN_OPEN || runs[i].state == RUN_STOPPED)
            *after = runs[i].position;
        return true;
    }
    return true;
}

static const char *phase_of(const struct pass *p)
{
    return p->o.plan_only             ? "planning"
           : p->o.kind == PASS_IMPORT ? "importing"
           : p->o.kind == PASS_ADOPT  ? "taking over links"
                                      : "syncing";
}

bool work_list(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    enum side s = p->o.side;
    struct store_counts counts;
    struct arena kept; /* the position outlives its chunk */
    struct str after;
    uint64_t done = 0;
    bool ok = en->o.store->ops->counts(en->o.store, &counts, e);
    uint64_t total = p->o.ids ? p->o.ids_count : counts.rows[s];
    total = p->o.limit ? MIN(p->o.limit, total) : total;
    arena_init(&kept, MIB);
    ok = ok && resume_at(p, &kept, &after, e);
    while (ok && !((p->o.limit || p->o.ids) && done >= total)) {
        struct subject *subject;
        size_t n, taken;
        arena_reset(&en->chunk);
        ok = take_slice(p, after, done, &subject, &n, &taken, e);
        if (!ok || taken == 0)
            break;
        struct str last = n ? str_dup(&en->chunk, subject[n - 1].row[s]->rec.id) : S("");
        ok = n == 0 || pass_chunk(p, s, subject, n, p->o.ids ? STR_NONE : last, e);
        arena_reset(&kept);
        after = str_dup(&kept, last);
        done += taken;
        engine_progress(en, phase_of(p), done, total);
        if (ok && engine_stopping(en) && done < total)
            ok = err_set(e, ERR_STOPPED, "stopped", "stopped after %llu %s record%s",
                         (unsigned long long)done, side_name(s), done == 1 ? "" : "s");
    }
    p->report->left += total > done ? total - done : 0;
    arena_release(&kept);
    return ok;
}
