/* history: when the present values of a few properties were set (H6.13, S5.4). Asked for the
 * companies and properties in conflict alone, since history halves what a call carries (H7.10). */
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"

struct ask {
    const struct str *ids;
    size_t n;
    const bool *wanted; /* one a mapping */
    int64_t *set_ms;    /* n times the mappings */
};

static struct str ask_body(struct hubspot *hs, struct arena *a, const struct ask *ask)
{
    struct buf b;
    bool first = true;
    buf_init(&b, MIB);
    buf_str(&b, S("{\"properties\":[],\"propertiesWithHistory\":["));
    for (size_t i = 0; i < hs->m->count; i++) {
        if (!ask->wanted[i])
            continue;
        if (!first)
            buf_char(&b, ',');
        json_quote(&b, hs->m->map[i].name[SIDE_HS]);
        first = false;
    }
    buf_str(&b, S("],\"inputs\":["));
    for (size_t i = 0; i < ask->n; i++) {
        buf_str(&b, i ? S(",{\"id\":") : S("{\"id\":"));
        json_quote(&b, ask->ids[i]);
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
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

static void take(struct hubspot *hs, yyjson_val *obj, const struct ask *ask)
{
    struct str id = json_get(obj, "id");
    yyjson_val *history = yyjson_obj_get(obj, "propertiesWithHistory");
    for (size_t i = 0; i < ask->n; i++) {
        if (!str_eq(ask->ids[i], id))
            continue;
        for (size_t k = 0; k < hs->m->count; k++) {
            struct str name = hs->m->map[k].name[SIDE_HS];
            if (ask->wanted[k])
                ask->set_ms[i * hs->m->count + k] =
                    hs_newest(yyjson_obj_getn(history, name.p, name.n));
        }
    }
}

static bool ask_history(struct hubspot *hs, struct arena *a, const struct ask *ask,
                        yyjson_val **list, struct err *e)
{
    yyjson_val *root;
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->objects)),
                                      .body = ask_body(hs, a, ask),
                                      .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                      .repeatable = true}};
    return (hs_call(hs, a, &x, &root, e) && hs_results(root, list, e)) ||
           err_wrap(e, "reading the history of companies");
}

/* A company that is gone meanwhile is not in the answer (H7.9): its times stay unknown. */
bool hs_history(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                const bool *wanted, int64_t *set_ms, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    memset(set_ms, 0, n * hs->m->count * sizeof(*set_ms));
    for (size_t at = 0; at < n; at += HS_HISTORY_RECORDS_MAX) {
        struct ask ask = {ids + at, MIN(n - at, (size_t)HS_HISTORY_RECORDS_MAX), wanted,
                          set_ms + at * hs->m->count};
        yyjson_val *list, *obj;
        yyjson_arr_iter it;
        if (!ask_history(hs, a, &ask, &list, e))
            return false;
        yyjson_arr_iter_init(list, &it);
        while ((obj = yyjson_arr_iter_next(&it)))
            take(hs, obj, &ask);
    }
    return true;
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

bool hs_overwritten(struct crm *crm, struct arena *a, struct crm_gap *gap, size_t n, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    bool *wanted = ARENA_ARRAY(a, bool, hs->m->count);
    for (size_t at = 0, to; at < n; at = to) {
        struct str ids[HS_HISTORY_RECORDS_MAX];
        struct ask ask = {.ids = ids, .wanted = wanted};
        yyjson_val *list, *obj;
        yyjson_arr_iter it;
        memset(wanted, 0, hs->m->count * sizeof(*wanted));
        for (to = at; to < n; to++) {
            bool other = ask.n == 0 || !str_eq(ids[ask.n - 1], gap[to].id);
            if (other && ask.n == HS_HISTORY_RECORDS_MAX)
                break;
            if (other)
                ids[ask.n++] = gap[to].id;
            wanted[gap[to].map] = true;
        }
        if (!ask_history(hs, a, &ask, &list, e))
            return false;
        yyjson_arr_iter_init(list, &it);
        while ((obj = yyjson_arr_iter_next(&it)))
            for (size_t i = at; i < to; i++)
                if (str_eq(gap[i].id, json_get(obj, "id")))
                    look(hs, a, yyjson_obj_get(obj, "propertiesWithHistory"), &gap[i]);
    }
    return true;
}
