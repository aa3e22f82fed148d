/* baseline: before a mapping is used its field is read on both sides of every link and of every
 * account, so that what is there already is not touched and only moves count (S6.4). The same
 * reading brings a field back that was out of sight; its moves are decided against the bases it
 * had (S6.8).
 *
 * The drivers are bound to just these fields meanwhile. Each page's rows, bases and the place to go
 * on at are one transaction, so a killed run goes on there; until both sides are through, the
 * mappings stay out of use. */
#include "engine/engine_p.h"
#include "model/pack.h"

#define DOC_AT "mapping_baseline" /* lines: the set, the side, the place (DOC_CURSOR) */

struct job {
    struct engine *en;
    struct mappings narrow; /* the waiting ones */
    size_t *at;             /* where they stand among all */
    struct str set;         /* names the set: a place is good for its own set only */
    enum side side;
    struct str place; /* of the driver's walk; "" = from the start */
    struct arena kept;
    uint64_t links;
};

/* ---- which ----------------------------------------------------------------------------------- */

static bool missing(const struct mapping *m)
{
    return m->suspended[0] && m->settle == SETTLE_DONE;
}

/* A field that went out of sight must be read again when it is back (S6.8). */
static bool note_missing(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    bool any = false;
    for (size_t i = 0; i < en->mappings.count; i++) {
        struct mapping *m = &en->mappings.map[i];
        if (missing(m) && m->rule != RULE_NONE) {
            m->settle = SETTLE_MOVES;
            any = true;
        }
    }
    if (!any)
        return true;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (mappings_put_states(en, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* It waits for nothing but its reading. */
static bool waits(const struct engine *en, const struct mapping *m)
{
    if (m->settle == SETTLE_DONE || m->rule == RULE_NONE)
        return false;
    struct mapping one = *m;
    struct mappings alone = {&one, 1};
    const struct schema *both[SIDE_COUNT] = {&en->schema[SIDE_SF], &en->schema[SIDE_HS]};
    one.settle = SETTLE_DONE;
    mappings_bind(&alone, both);
    return !one.suspended[0];
}

static void collect(struct job *job)
{
    struct engine *en = job->en;
    const struct mappings *all = &en->mappings;
    job->narrow.map = ARENA_ARRAY(&job->kept, struct mapping, all->count);
    job->at = ARENA_ARRAY(&job->kept, size_t, all->count);
    job->set = S("");
    for (size_t i = 0; i < all->count; i++) {
        if (!waits(en, &all->map[i]))
            continue;
        job->at[job->narrow.count] = i;
        job->narrow.map[job->narrow.count++] = all->map[i];
        job->set = str_fmt(&job->kept, "%.*s %u", STR_ARG(job->set), all->map[i].id);
    }
}

/* ---- the place ------------------------------------------------------------------------------- */

static bool load_place(struct job *job, struct err *e)
{
    struct store *st = job->en->o.store;
    struct str text, set, side;
    job->side = SIDE_SF;
    job->place = S("");
    if (!st->ops->doc_get(st, &job->kept, DOC_CURSOR, S(DOC_AT), &text, e))
        return false;
    if (!text.n || !str_cut(&text, '\n', &set) || !str_eq(set, job->set) ||
        !str_cut(&text, '\n', &side))
        return true;
    job->side = str_eq(side, S("hubspot")) ? SIDE_HS : SIDE_SF;
    job->place = text.n ? text : S("");
    return true;
}

static bool put_place(struct job *job, enum side side, struct str place, struct err *e)
{
    struct engine *en = job->en;
    struct store *st = en->o.store;
    struct str text =
        str_fmt(&en->chunk, "%.*s\n%s\n%.*s", STR_ARG(job->set), side_name(side), STR_ARG(place));
    return st->ops->doc_put(st, DOC_CURSOR, S(DOC_AT), text, e);
}

/* ---- one page -------------------------------------------------------------------------------- */

static bool unpack(struct engine *en, struct str packed, struct value **out, struct err *e)
{
    *out = ARENA_ARRAY(&en->chunk, struct value, en->mappings.count);
    return !packed.n || values_unpack(packed, &en->mappings, *out) ||
           err_set(e, ERR_INTERNAL, "store_damaged", "stored values cannot be read");
}

/* What was read of one record becomes part of its row, and its base where it has none to be decided
 * against. The rest of the row is as old as it was (S8.6). */
static bool enter(struct job *job, const struct record *rec, struct subject *s, bool *row_new,
                  bool *link_new, struct err *e)
{
    struct engine *en = job->en;
    enum side side = job->side;
    struct row *row = s->row[side];
    struct value *value, *base = NULL;
    if (!unpack(en, row->packed, &value, e) ||
        (s->link && !unpack(en, s->link->base[side], &base, e)))
        return false;
    for (size_t k = 0; k < job->narrow.count; k++) {
        size_t i = job->at[k];
        struct value v = rec->value[k];
        if (!value_known(&v))
            continue;
        *row_new = *row_new || !value_eq(&v, &value[i]);
        value[i] = v;
        if (!base || value_eq(&v, &base[i]))
            continue;
        if (job->narrow.map[k].settle == SETTLE_MOVES && value_known(&base[i])) {
            row->due_ms = DUE_AT_ONCE; /* it moved while it was out of sight */
            row->cause |= CAUSE_MOVED;
            *row_new = true;
        } else {
            base[i] = v;
            *link_new = true;
        }
    }
    if (*row_new) {
        row->packed = engine_pack(en, &en->chunk, value);
        row->print = record_print(&en->mappings, side, value);
    }
    if (*link_new)
        s->link->base[side] = engine_pack(en, &en->chunk, base);
    return true;
}

static bool enter_page(struct job *job, const struct crm_page *page, struct err *e)
{
    struct engine *en = job->en;
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, page->count);
    struct subject *s = ARENA_ARRAY(&en->chunk, struct subject, page->count);
    struct row *row = ARENA_ARRAY(&en->chunk, struct row, page->count);
    struct link *link = ARENA_ARRAY(&en->chunk, struct link, page->count);
    size_t rows = 0, links = 0;
    for (size_t i = 0; i < page->count; i++)
        ids[i] = page->record[i].id;
    if (!st->ops->subjects_get(st, &en->chunk, job->side, ids, page->count, s, e))
        return false;
    for (size_t i = 0; i < page->count; i++) {
        bool row_new = false, link_new = false;
        if (!s[i].row[job->side])
            continue; /* made since the last pass, which will read it whole */
        if (!enter(job, &page->record[i], &s[i], &row_new, &link_new, e))
            return false;
        if (row_new)
            row[rows++] = *s[i].row[job->side];
        if (link_new)
            link[links++] = *s[i].link;
    }
    return (rows == 0 || st->ops->rows_put(st, job->side, row, rows, e)) &&
           (links == 0 || st->ops->links_put(st, link, links, e));
}

/* ---- the walk -------------------------------------------------------------------------------- */

static bool keep_page(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct job *job = who;
    struct store *st = job->en->o.store;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (enter_page(job, page, e) &&
        put_place(job, page->last ? SIDE_HS : job->side, page->last ? S("") : next, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool read_side(struct job *job, struct err *e)
{
    struct walk w = {.side = job->side,
                     .what = CRM_READ_ALL,
                     .from = job->place,
                     .phase = job->side == SIDE_SF ? "reading newly mapped fields of accounts"
                                                   : "reading newly mapped properties of companies",
                     .if_stopped = "; the mapping is not in use yet",
                     .keep = keep_page,
                     .who = job};
    bool from_start = job->place.n == 0;
    if (!engine_walk(job->en, &w, e))
        return false;
    return !from_start || brake_empty_side(job->side, w.records, job->links, e); /* S12.3 */
}

/* All of them were read: they are in use from now on. */
static bool finish(struct job *job, struct err *e)
{
    struct engine *en = job->en;
    struct store *st = en->o.store;
    for (size_t k = 0; k < job->narrow.count; k++)
        en->mappings.map[job->at[k]].settle = SETTLE_DONE;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (mappings_put_states(en, e) && st->ops->doc_put(st, DOC_CURSOR, S(DOC_AT), STR_NONE, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool read_both(struct job *job, struct err *e)
{
    struct engine *en = job->en;
    struct store_counts counts;
    if (!en->o.store->ops->counts(en->o.store, &counts, e) || !load_place(job, e))
        return false;
    if (counts.rows[SIDE_SF] + counts.rows[SIDE_HS] == 0)
        return true; /* nothing was ever read: the switch takes the baseline of all */
    job->links = counts.links;
    engine_tell(en, &job->narrow);
    bool ok = true;
    for (enum side s = job->side; ok && s < SIDE_COUNT; s++) {
        job->place = s == job->side ? job->place : S("");
        job->side = s;
        ok = read_side(job, e);
    }
    engine_tell(en, &en->mappings);
    return ok;
}

bool mappings_settle(struct engine *en, struct err *e)
{
    struct job job = {.en = en};
    const struct schema *both[SIDE_COUNT] = {&en->schema[SIDE_SF], &en->schema[SIDE_HS]};
    if (!note_missing(en, e))
        return false;
    arena_init(&job.kept, 16 * MIB);
    collect(&job);
    bool ok = job.narrow.count == 0 || (read_both(&job, e) && finish(&job, e));
    if (ok && job.narrow.count) {
        mappings_bind(&en->mappings, both);
        engine_tell(en, &en->mappings);
    }
    arena_release(&job.kept);
    return ok;
}
