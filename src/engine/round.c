/* round: all live records of a side, by id, once in `sweep_age`, a slice at a time (S4.1, S4.2,
 * S4.4). It finds what no poll shows: values that move no stamp (formulas, rollups, scores), and
 * what came into a search index later than the overlap looks back. */
#include "core/schedule.h"
#include "engine/engine_p.h"

struct place { /* where the round stands */
    int64_t began_ms;
    int64_t done;     /* records */
    struct str after; /* id; "" = before the first */
};

static const char *cursor_name(enum side s)
{
    return s == SIDE_SF ? "round_salesforce" : "round_hubspot";
}

/* The first round begins with the walk that the switch took (S1.2). */
static bool load(struct engine *en, enum side s, struct arena *a, struct place *out, struct err *e)
{
    struct store *st = en->o.store;
    struct str text, part;
    *out = (struct place){.began_ms = en->t0_ms[s], .after = S("")};
    if (!st->ops->doc_get(st, a, DOC_CURSOR, str_from(cursor_name(s)), &text, e))
        return false;
    if (!text.n)
        return true;
    bool ok = str_cut(&text, ' ', &part) && str_to_i64(part, &out->began_ms) &&
              str_cut(&text, ' ', &part) && str_to_i64(part, &out->done);
    out->after = text.n ? text : S("");
    return ok || err_set(e, ERR_INTERNAL, "store_damaged", "the stored place %s cannot be read",
                         cursor_name(s));
}

static bool keep(struct engine *en, enum side s, struct crm_page *page, const struct place *at,
                 struct err *e)
{
    struct store *st = en->o.store;
    size_t fresh;
    struct str text = str_fmt(&en->chunk, "%lld %lld %.*s", (long long)at->began_ms,
                              (long long)at->done, STR_ARG(at->after));
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (observe_keep(en, s, false, page->record, page->count, &fresh, e) &&
        st->ops->doc_put(st, DOC_CURSOR, str_from(cursor_name(s)), text, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* Reads on from `at` for `due` records, or to the end, which is the beginning of the next. */
static bool go_on(struct pass *p, enum side s, struct place *at, uint64_t due, struct err *e)
{
    struct engine *en = p->en;
    struct crm *crm = en->o.crm[s];
    struct crm_reader *reader;
    struct crm_page page = {0};
    uint64_t read = 0;
    if (!crm->ops->read(crm, CRM_READ_ROUND, at->after, 0, &reader, e))
        return err_wrap(e, "reading all of %s", side_name(s));
    bool ok = true;
    while (ok && !page.last && read < due) {
        arena_reset(&en->chunk);
        page = (struct crm_page){0};
        struct str next = S("");
        ok = crm->ops->next(reader, &en->chunk, &page, &next, e) ||
             err_wrap(e, "reading all of %s", side_name(s));
        if (!ok)
            break;
        read += page.count;
        at->done += (int64_t)page.count;
        at->after = next;
        if (page.last)
            *at = (struct place){.began_ms = engine_now(en, s), .after = S("")};
        ok = keep(en, s, &page, at, e);
        engine_progress(en, "reading all again", read, 0);
        if (ok && !page.last && engine_stopping(en))
            ok =
                err_set(e, ERR_STOPPED, "stopped", "stopped while reading all of %s", side_name(s));
    }
    crm->ops->end(reader);
    arena_reset(&en->chunk);
    p->report->read[s] += read;
    return ok;
}

bool observe_round(struct pass *p, enum side s, struct err *e)
{
    struct engine *en = p->en;
    struct store_counts counts;
    struct place at;
    struct arena kept;
    arena_init(&kept, MIB);
    bool ok = load(en, s, &kept, &at, e) && en->o.store->ops->counts(en->o.store, &counts, e);
    if (ok) {
        int64_t elapsed = engine_now(en, s) - at.began_ms;
        uint64_t due =
            round_due(en->settings.sweep_age_ms, elapsed, counts.rows[s], (uint64_t)at.done);
        ok = due < CHUNK_RECORDS || go_on(p, s, &at, due, e);
    }
    arena_release(&kept);
    return ok;
}
