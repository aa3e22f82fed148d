/* observe: readings become rows. What a reading means is decided by core/enter; the cursor moves in
 * the transaction that keeps the page (S4.4). */
#include <stdlib.h>
#include <string.h>

#include "core/enter.h"
#include "engine/engine_p.h"
#include "model/pack.h"

static struct enter_context context_of(struct engine *en, enum side s, bool baseline)
{
    return (struct enter_context){.side = s,
                                  .baseline = baseline,
                                  .switch_on = en->settings.company_sync,
                                  .t0_ms = en->t0_ms[s],
                                  .on_ms = en->on_ms[s],
                                  .now_ms = engine_now(en, s)};
}

static struct row row_of(struct engine *en, enum side s, struct record *rec)
{
    struct row row = {.rec = *rec};
    row.packed = engine_pack(en, &en->chunk, rec->value);
    row.print = record_print(&en->mappings, s, rec->value);
    row.rec.value = NULL;
    return row;
}

/* A record that was asked for and did not come keeps its values; only its state is news. */
static struct row row_gone(const struct row *old, const struct record *rec)
{
    struct row row = *old;
    row.rec.state = rec->state;
    row.rec.survivor = rec->survivor;
    row.rec.asked_ms = rec->asked_ms;
    row.rec.value = NULL;
    return row;
}

/* The fingerprint of the earlier reading, over what both readings know: a field that came in sight,
 * or went out of it, or was mapped in between, did not move (S6.8). */
static bool print_then(struct engine *en, enum side s, struct row *old, const struct value *now,
                       struct err *e)
{
    size_t count = en->mappings.count;
    struct value *then = ARENA_ARRAY(&en->chunk, struct value, count);
    if (!values_unpack(old->packed, &en->mappings, then))
        return err_set(e, ERR_INTERNAL, "store_damaged", "the stored values of %.*s cannot be read",
                       STR_ARG(old->rec.id));
    for (size_t i = 0; i < count; i++)
        if (!value_known(&then[i]) || !value_known(&now[i]))
            then[i] = now[i];
    old->print = record_print(&en->mappings, s, then);
    return true;
}

bool observe_keep(struct engine *en, enum side s, bool baseline, struct record *record,
                  size_t count, size_t *fresh, struct err *e)
{
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, count);
    struct row **old = ARENA_ARRAY(&en->chunk, struct row *, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = record[i].id;
    return st->ops->rows_get(st, &en->chunk, s, ids, count, old, e) &&
           observe_keep_over(en, s, baseline, record, old, count, fresh, e);
}

/* H8.11: a company that was merged away is in no list and no search; the survivor, which comes as
 * changed, names it (S9.3, S9.5). */
static bool keep_absorbed(struct engine *en, enum side s, const struct enter_context *ctx,
                          const struct row *survivor, size_t count, struct err *e)
{
    struct store *st = en->o.store;
    size_t most = 0, n = 0, puts = 0;
    for (size_t i = 0; i < count; i++)
        most += survivor[i].rec.absorbed.n / 2 + 1;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, most), rest, id;
    const struct row **into = ARENA_ARRAY(&en->chunk, const struct row *, most);
    for (size_t i = 0; i < count; i++) {
        rest = survivor[i].rec.absorbed;
        while (rest.n && n < most && str_cut(&rest, ';', &id)) {
            into[n] = &survivor[i];
            ids[n++] = str_trim(id);
        }
    }
    if (n == 0)
        return true;
    struct row **old = ARENA_ARRAY(&en->chunk, struct row *, n);
    struct row *put = ARENA_ARRAY(&en->chunk, struct row, n);
    if (!st->ops->rows_get(st, &en->chunk, s, ids, n, old, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct record *to = &into[i]->rec;
        if (!old[i] || old[i]->rec.state == RECORD_DELETED || str_eq(old[i]->rec.id, to->id))
            continue;
        struct record gone = {.state = RECORD_MERGED, .survivor = to->id, .asked_ms = to->asked_ms};
        put[puts] = row_gone(old[i], &gone);
        puts += enter_row(ctx, old[i], &put[puts]);
    }
    return puts == 0 || st->ops->rows_put(st, s, put, puts, e);
}

bool observe_keep_over(struct engine *en, enum side s, bool baseline, struct record *record,
                       struct row *const *old, size_t count, size_t *fresh, struct err *e)
{
    struct store *st = en->o.store;
    struct enter_context ctx = context_of(en, s, baseline);
    struct row *put = ARENA_ARRAY(&en->chunk, struct row, count);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool came = record[i].state == RECORD_LIVE;
        if (!came && !old[i])
            continue; /* never seen and not there: nothing is known of it */
        if (old[i] && old[i]->rec.asked_ms > record[i].asked_ms + CLOCK_SLACK_MS)
            continue; /* S8.6: an older reading never decides */
        struct row row = came ? row_of(en, s, &record[i]) : row_gone(old[i], &record[i]);
        bool alone = came && old[i] && !old[i]->partner.n;
        if (alone && !str_eq(old[i]->packed, row.packed) &&
            !print_then(en, s, old[i], record[i].value, e))
            return false;
        if (enter_row(&ctx, old[i], &row))
            put[n++] = row;
    }
    *fresh = n;
    return n == 0 || (st->ops->rows_put(st, s, put, n, e) && keep_absorbed(en, s, &ctx, put, n, e));
}

/* Hits that a walk found but did not read: those we know by their stamp are our own writes or old
 * news (S8.3); the others are read by id (H13.8). Returns the records to keep. */
static bool read_hits(struct engine *en, enum side s, struct crm_page *page, struct err *e)
{
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[s];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, page->count);
    struct row **known = ARENA_ARRAY(&en->chunk, struct row *, page->count);
    size_t hits = 0, kept = 0;
    for (size_t i = 0; i < page->count; i++)
        if (!page->record[i].value)
            ids[hits++] = page->record[i].id;
    if (hits == 0)
        return true;
    if (!st->ops->rows_get(st, &en->chunk, s, ids, hits, known, e))
        return false;
    struct record *out = ARENA_ARRAY(&en->chunk, struct record, page->count);
    size_t ask = 0, h = 0;
    for (size_t i = 0; i < page->count; i++) {
        if (page->record[i].value) {
            out[kept++] = page->record[i];
            continue;
        }
        const struct row *row = known[h++];
        if (!row || row->rec.modified_ms != page->record[i].modified_ms)
            ids[ask++] = page->record[i].id;
    }
    if (ask > 0 && !crm->ops->get(crm, &en->chunk, ids, ask, out + kept, e))
        return false;
    page->record = out;
    page->count = kept + ask;
    return true;
}

static const char *cursor_name(enum side s)
{
    return s == SIDE_SF ? "changed_salesforce" : "changed_hubspot";
}

struct observing {
    struct engine *en;
    enum side side;
    enum crm_read what;
    bool baseline;
};

static bool keep_page(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct observing *o = who;
    struct store *st = o->en->o.store;
    size_t fresh;
    if (o->what == CRM_READ_CHANGED && !read_hits(o->en, o->side, page, e))
        return false;
    bool moves = page->last && o->what == CRM_READ_CHANGED && next.n;
    if (page->count == 0 && !moves)
        return true;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (observe_keep(o->en, o->side, o->baseline, page->record, page->count, &fresh, e) &&
        (!moves || st->ops->doc_put(st, DOC_CURSOR, str_from(cursor_name(o->side)), next, e)))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool walk(struct observing *o, struct str cursor, const char *phase, struct observed *out,
                 struct err *e)
{
    struct engine *en = o->en;
    int64_t t0 = en->t0_ms[o->side];
    struct walk w = {.side = o->side,
                     .what = o->what,
                     .from = cursor,
                     .since_ms = t0 ? t0 - LATE_COMMIT_MS : engine_now(en, o->side),
                     .phase = phase,
                     .keep = keep_page,
                     .who = o};
    bool ok = engine_walk(en, &w, e);
    out->records = w.records;
    return ok;
}

bool observe_all(struct engine *en, enum side s, bool baseline, struct observed *out, struct err *e)
{
    struct store *st = en->o.store;
    struct store_counts counts;
    *out = (struct observed){0};
    if (!st->ops->counts(st, &counts, e))
        return false;
    bool first = counts.rows[s] == 0;
    if (first && !st->ops->load_begin(st, s, e))
        return false;
    struct observing o = {en, s, CRM_READ_ALL, baseline};
    bool ok = walk(&o, STR_NONE, s == SIDE_SF ? "reading accounts" : "reading companies", out, e);
    if (first) { /* the indexes come back whatever happened */
        struct err ignored;
        bool built = st->ops->load_end(st, s, ok ? e : &ignored);
        ok = ok && built;
    }
    return ok && brake_empty_side(s, out->records, counts.links, e);
}

bool observe_changed(struct engine *en, enum side s, struct observed *out, struct err *e)
{
    struct store *st = en->o.store;
    struct str cursor;
    struct arena kept; /* the chunk's arena is reset page by page */
    *out = (struct observed){0};
    arena_init(&kept, 64 * KIB);
    bool ok = st->ops->doc_get(st, &kept, DOC_CURSOR, str_from(cursor_name(s)), &cursor, e) &&
              walk(&(struct observing){en, s, CRM_READ_CHANGED, false}, cursor,
                   s == SIDE_SF ? "reading changed accounts" : "reading changed companies", out, e);
    arena_release(&kept);
    return ok;
}
