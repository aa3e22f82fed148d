/* history: when the present values of a few properties were set (H6.13, S5.4). Asked for the
 * companies and properties in conflict alone, since history halves what a call carries (H7.10). */
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"

/* Two mappings may have one property, one for each kind of account (S2.4); it is asked once. */
static bool asked_before(const struct hubspot *hs, const bool *wanted, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (wanted[k] && str_eq(hs->m->map[k].name[SIDE_HS], hs->m->map[i].name[SIDE_HS]))
            return true;
    return false;
}

/* The members of a body that ask for the history of some properties and for nothing else. */
static struct str history_head(struct hubspot *hs, struct arena *a, const bool *wanted)
{
    struct buf b;
    bool first = true;
    buf_init(&b, MIB);
    buf_str(&b, S("\"properties\":[],\"propertiesWithHistory\":["));
    for (size_t i = 0; i < hs->m->count; i++) {
        if (!wanted[i] || asked_before(hs, wanted, i))
            continue;
        if (!first)
            buf_char(&b, ',');
        json_quote(&b, hs->m->map[i].name[SIDE_HS]);
        first = false;
    }
    buf_str(&b, S("],"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static bool read_histories(struct hubspot *hs, struct arena *a, const bool *wanted,
                           struct hs_batches *b, struct err *e)
{
    b->path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->objects));
    b->head = history_head(hs, a, wanted);
    b->each = HS_HISTORY_RECORDS_MAX;
    return hs_read_batches(hs, a, b, e) || err_wrap(e, "reading the history of companies");
}

int64_t hs_newest(yyjson_val *list)
{
    yyjson_val *entry;
    yyjson_arr_iter it;
    int64_t at = 0, ms;
    yyjson_arr_iter_init(list, &it);
    while ((entry = yyjson_arr_iter_next(&it)))
        if (iso_parse_ms(json_get(entry, "timestamp"), &ms))
            at = MAX(at, ms);
    return at;
}

struct ask {
    const struct mappings *m;
    const bool *wanted; /* one a mapping */
    int64_t *set_ms;    /* one an id and mapping */
};

static void note_times(void *who, size_t i, yyjson_val *obj)
{
    struct ask *ask = who;
    yyjson_val *history = yyjson_obj_get(obj, "propertiesWithHistory");
    for (size_t k = 0; k < ask->m->count; k++) {
        struct str name = ask->m->map[k].name[SIDE_HS];
        if (ask->wanted[k])
            ask->set_ms[i * ask->m->count + k] =
                hs_newest(yyjson_obj_getn(history, name.p, name.n));
    }
}

/* A company that is gone meanwhile is not in the answer (H7.9): its times stay unknown. */
bool hs_history(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                const bool *wanted, int64_t *set_ms, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct ask ask = {hs->m, wanted, set_ms};
    memset(set_ms, 0, n * hs->m->count * sizeof(*set_ms));
    return read_histories(
        hs, a, wanted, &(struct hs_batches){.ids = ids, .n = n, .who = &ask, .found = note_times},
        e);
}

/* ---- edits that a write overwrote (S12.1) ---------------------------------------------------- */

/* The version before ours is what our write replaced; it should be what we had read. Entries come
 * newest first (H6.13). */
static void look(struct hubspot *hs, struct arena *a, yyjson_val *history, struct crm_gap *gap)
{
    const struct mapping *m = &hs->m->map[gap->map];
    yyjson_val *entry;
    yyjson_arr_iter it;
    bool ours = false;
    struct value before = VALUE_EMPTY; /* no older version: it was never set */
    yyjson_arr_iter_init(yyjson_obj_getn(history, m->name[SIDE_HS].p, m->name[SIDE_HS].n), &it);
    while ((entry = yyjson_arr_iter_next(&it))) {
        struct value v =
            value_canonical(a, m->meta[SIDE_HS].type, hs_text(yyjson_obj_get(entry, "value")));
        if (ours) {
            before = v;
            break;
        }
        ours = value_eq(&v, &gap->wrote);
    }
    gap->found = ours && !value_eq(&before, &gap->read) && !value_eq(&before, &gap->wrote);
    gap->lost = before;
}

struct gaps {
    struct hubspot *hs;
    struct arena *a;
    struct crm_gap *gap;
    size_t *first; /* of an id's gaps; one more than there are ids */
};

static void look_at_gaps(void *who, size_t i, yyjson_val *obj)
{
    struct gaps *g = who;
    yyjson_val *history = yyjson_obj_get(obj, "propertiesWithHistory");
    for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
        look(g->hs, g->a, history, &g->gap[k]);
}

bool hs_overwritten(struct crm *crm, struct arena *a, struct crm_gap *gap, size_t n, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct gaps g = {hs, a, gap, ARENA_ARRAY(a, size_t, n + 1)};
    bool *wanted = ARENA_ARRAY(a, bool, hs->m->count);
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    size_t records = 0;
    for (size_t i = 0; i < n; i++) {
        if (records == 0 || !str_eq(ids[records - 1], gap[i].id)) {
            g.first[records] = i;
            ids[records++] = gap[i].id;
        }
        wanted[gap[i].map] = true;
    }
    g.first[records] = n;
    return read_histories(
        hs, a, wanted,
        &(struct hs_batches){.ids = ids, .n = records, .who = &g, .found = look_at_gaps}, e);
}
