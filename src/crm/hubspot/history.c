/* history: when the present values of a few properties were set (H6.13, S5.4). Asked for the
 * companies and properties in conflict alone, since history halves what a call carries (H7.10). */
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"

#define HISTORY_BATCH 50 /* H7.10 */

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

/* A company that is gone meanwhile is not in the answer (H7.9): its times stay unknown. */
bool hs_history(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                const bool *wanted, int64_t *set_ms, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    memset(set_ms, 0, n * hs->m->count * sizeof(*set_ms));
    for (size_t at = 0; at < n; at += HISTORY_BATCH) {
        struct ask ask = {ids + at, MIN(n - at, (size_t)HISTORY_BATCH), wanted,
                          set_ms + at * hs->m->count};
        yyjson_val *root, *list, *obj;
        yyjson_arr_iter it;
        struct http_exchange x = {
            .req = {.method = HTTP_POST,
                    .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->objects)),
                    .body = ask_body(hs, a, &ask),
                    .timeout_ms = HS_BATCH_TIMEOUT_MS,
                    .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e) || !hs_results(root, &list, e))
            return err_wrap(e, "reading the history of companies");
        yyjson_arr_iter_init(list, &it);
        while ((obj = yyjson_arr_iter_next(&it)))
            take(hs, obj, &ask);
    }
    return true;
}
