/* filter: the account filter at work (S2.3): read from the store, tried on all that is known, saved
 * with what follows from it. An import's own filter selects by the same means (S13.1). */
#include "engine/engine_p.h"

#include "model/filter.h"

/* As it was written, and as the metadata settled it: names as ids, values of their field's type. */
#define WRITTEN S("written")
#define SETTLED S("settled")

static bool watch(struct engine *en, struct filter *f, bool *more, struct err *e)
{
    struct str *field = ARENA_ARRAY(&en->life, struct str, f->terms);
    size_t n = filter_fields(f, field), had = en->mappings.count;
    mappings_watch(&en->life, &en->mappings, field, n);
    size_t watched = 0;
    for (size_t i = 0; i < en->mappings.count; i++)
        watched += en->mappings.map[i].watched;
    if (watched > FILTER_FIELDS_MAX || en->mappings.count > FIELDS_MAX) {
        err_set(e, ERR_USAGE, "filter_too_large",
                "the filter compares %zu fields that no mapping reads; %d is the most", watched,
                FILTER_FIELDS_MAX);
        return err_rule(e, "S2.3");
    }
    filter_bind(f, &en->mappings);
    *more = en->mappings.count > had;
    return true;
}

bool filter_load(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct str text;
    bool more;
    if (!st->ops->doc_get(st, &en->life, DOC_FILTER, SETTLED, &text, e))
        return false;
    if (!text.n)
        return true;
    if (!filter_parse(&en->life, text, &en->filter, e) || !watch(en, &en->filter, &more, e))
        return err_wrap(e, "reading the stored account filter");
    return true;
}

bool engine_filter_text(struct engine *en, struct arena *a, struct str *text, struct err *e)
{
    struct store *st = en->o.store;
    return st->ops->doc_get(st, a, DOC_FILTER, WRITTEN, text, e);
}

/* The filter, checked; its fields are read by now. */
static bool take_up(struct engine *en, struct str text, struct filter *out, struct err *e)
{
    struct store_counts counts;
    struct store *st = en->o.store;
    struct observed seen;
    bool more;
    *out = (struct filter){0};
    if (!text.n)
        return true;
    if (!filter_parse(&en->life, text, out, e) ||
        !filter_check(&en->life, out, &en->schema[SIDE_SF], e) || !watch(en, out, &more, e))
        return false;
    if (!more)
        return true;
    if (!engine_bind(en, e) || !st->ops->counts(st, &counts, e))
        return false;
    filter_bind(&en->filter, &en->mappings);
    /* What was never on is read when it is turned on; while off nothing may become due (S1.3). */
    return !en->settings.company_sync || counts.rows[SIDE_SF] == 0 ||
           observe_all(en, SIDE_SF, false, &seen, e);
}

/* ---- over all accounts ----------------------------------------------------------------------- */

struct visit {
    struct engine *en;
    const struct filter *old, *new;
    bool persons_old, persons_new; /* S2.4: whether person accounts enter */
    struct filter_effect *effect;  /* or NULL */
    struct row *due;               /* those of a chunk that are to be looked at; or NULL */
    size_t dues;
    struct arena *keep; /* ids that pass, or NULL */
    struct str *ids;
    size_t count;
    uint64_t unknown;
};

static bool by_filter(const struct subject *s) /* paused, and no side of it is gone (S9.4) */
{
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
        if (!s->row[k] || s->row[k]->rec.state != RECORD_LIVE)
            return false;
    return s->link->state == LINK_PAUSED;
}

/* Person accounts that do not enter are kept out like others, and counted apart (S2.4). */
static enum filter_answer answer(const struct visit *v, const struct row *row, bool new)
{
    if (row->rec.person && !(new ? v->persons_new : v->persons_old))
        return FILTER_NO;
    return filter_eval(&v->en->chunk, new ? v->new : v->old, row->rec.value);
}

static void visit_one(struct visit *v, const struct subject *s)
{
    const struct row *row = s->row[SIDE_SF];
    enum filter_answer now = answer(v, row, true);
    bool pauses = s->link && now == FILTER_NO && s->link->state == LINK_LIVE;
    bool resumes = s->link && now == FILTER_YES && by_filter(s);
    if (row->rec.person && !v->persons_old && !v->persons_new)
        return;
    if (v->effect) {
        v->effect->enters += now == FILTER_YES;
        v->effect->kept_out += now == FILTER_NO;
        v->effect->unknown += now == FILTER_UNKNOWN;
        v->effect->links += s->link != NULL;
        v->effect->pauses += pauses;
        v->effect->resumes += resumes;
    }
    bool let_in = !s->link && (!row->existing || row->severed) && now == FILTER_YES &&
                  answer(v, row, false) != FILTER_YES;
    if (v->due && (pauses || resumes || let_in)) {
        struct row *due = &v->due[v->dues++];
        *due = *row;
        due->due_ms = DUE_AT_ONCE;
        due->cause |= CAUSE_MOVED;
    }
    if (v->keep && now == FILTER_YES)
        v->ids[v->count++] = str_dup(v->keep, row->rec.id);
    v->unknown += now == FILTER_UNKNOWN;
}

static bool visit_chunk(void *who, struct str after, struct str *last, struct err *e)
{
    struct visit *v = who;
    struct engine *en = v->en;
    struct store *st = en->o.store;
    struct subject *s;
    size_t n;
    if (!st->ops->subjects_walk(st, &en->chunk, SIDE_SF, after, CHUNK_RECORDS, &s, &n, e) ||
        !engine_unpack(en, s, n, e))
        return false;
    v->dues = 0;
    if (v->due)
        v->due = ARENA_ARRAY(&en->chunk, struct row, n);
    for (size_t i = 0; i < n; i++) {
        visit_one(v, &s[i]);
        *last = s[i].row[SIDE_SF]->rec.id;
    }
    return v->dues == 0 || st->ops->rows_due(st, SIDE_SF, v->due, v->dues, e);
}

static bool visit_all(struct visit *v, struct err *e)
{
    return engine_chunks(v->en, visit_chunk, v, e);
}

/* The visit that a filter makes; person accounts stay as they are. */
static struct visit visit_of(struct engine *en, const struct filter *new)
{
    bool persons = en->settings.person_accounts;
    return (struct visit){
        .en = en, .old = &en->filter, .new = new, .persons_old = persons, .persons_new = persons};
}

bool persons_turn(struct engine *en, bool on, struct err *e)
{
    struct row some;
    struct visit v = visit_of(en, &en->filter);
    v.persons_new = on;
    v.due = &some;
    return visit_all(&v, e);
}

bool engine_filter_try(struct engine *en, struct str text, struct filter_effect *out, struct err *e)
{
    struct filter f;
    *out = (struct filter_effect){0};
    struct visit v = visit_of(en, &f);
    v.effect = out;
    return take_up(en, text, &f, e) && visit_all(&v, e);
}

bool engine_filter_save(struct engine *en, struct str text, struct err *e)
{
    struct store *st = en->o.store;
    struct filter f;
    struct row some;
    if (!take_up(en, text, &f, e) || !st->ops->begin(st, STORE_FULL, e))
        return false;
    struct str settled = filter_print(&en->life, &f);
    struct visit v = visit_of(en, &f);
    v.due = &some;
    if (st->ops->doc_put(st, DOC_FILTER, WRITTEN, text.n ? text : STR_NONE, e) &&
        st->ops->doc_put(st, DOC_FILTER, SETTLED, settled.n ? settled : STR_NONE, e) &&
        visit_all(&v, e)) {
        if (!st->ops->commit(st, e))
            return false;
        en->filter = f;
        return true;
    }
    st->ops->rollback(st);
    return false;
}

bool engine_select(struct engine *en, struct arena *a, struct str text, struct str **ids, size_t *n,
                   uint64_t *unknown, struct err *e)
{
    struct filter f;
    struct store_counts counts;
    struct store *st = en->o.store;
    if (!engine_need_switch(en, e) || !take_up(en, text, &f, e) || !st->ops->counts(st, &counts, e))
        return false;
    struct visit v = visit_of(en, &f);
    v.keep = a;
    v.ids = ARENA_ARRAY(a, struct str, counts.rows[SIDE_SF]);
    if (!visit_all(&v, e))
        return false;
    *ids = v.ids;
    *n = v.count;
    *unknown = v.unknown;
    return true;
}
