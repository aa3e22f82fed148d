/* native: is HubSpot's own Salesforce integration at work on companies (S1.6)? It stamps a company
 * when it syncs it, and its values carry the source SALESFORCE in the history (B10.15, B10.19). */
#include <stdlib.h>
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"

#define HISTORY_INPUTS_MAX 50 /* H7.10 */

static bool search(struct hubspot *hs, struct arena *a, const char *property, int64_t since_ms,
                   int limit, yyjson_val **results, int *status, struct err *e)
{
    yyjson_val *root;
    struct http_exchange x;
    struct str body = str_fmt(a,
                              "{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"%s\","
                              "\"operator\":\"GTE\",\"value\":\"%lld\"}]}],\"sorts\":[{"
                              "\"propertyName\":\"%s\",\"direction\":\"DESCENDING\"}],"
                              "\"properties\":[\"%s\"],\"limit\":%d}",
                              property, (long long)MAX(since_ms, 1), property, property, limit);
    bool ok = hs_search(hs, a, hs->objects, body, &x, &root, e);
    *status = x.res.status;
    *results = ok ? yyjson_obj_get(root, "results") : NULL;
    return ok;
}

/* A portal that never had the integration does not know the property. */
static bool by_stamp(struct hubspot *hs, struct arena *a, int64_t since_ms, struct crm_native *out,
                     struct err *e)
{
    yyjson_val *results;
    int status;
    if (!search(hs, a, "salesforcelastsynctime", since_ms, 1, &results, &status, e))
        return status == 400;
    yyjson_val *hit = yyjson_arr_get_first(results);
    if (!hit)
        return true;
    out->at_work = true;
    out->record = json_get(hit, "id");
    out->what = S("salesforcelastsynctime");
    out->when = json_str(json_at(hit, "properties", "salesforcelastsynctime", NULL));
    return true;
}

static void look_at(yyjson_val *obj, int64_t since_ms, struct crm_native *out)
{
    yyjson_val *name, *versions, *v;
    yyjson_obj_iter it;
    yyjson_arr_iter each;
    yyjson_obj_iter_init(yyjson_obj_get(obj, "propertiesWithHistory"), &it);
    while ((name = yyjson_obj_iter_next(&it))) {
        versions = yyjson_obj_iter_get_val(name);
        yyjson_arr_iter_init(versions, &each);
        while ((v = yyjson_arr_iter_next(&each))) {
            int64_t at;
            if (!str_eq(json_get(v, "sourceType"), S("SALESFORCE")) ||
                !iso_parse_ms(json_get(v, "timestamp"), &at) || at < since_ms)
                continue;
            out->at_work = true;
            out->record = json_get(obj, "id");
            out->what = json_str(name);
            out->when = json_get(v, "timestamp");
            return;
        }
    }
}

static bool by_history(struct hubspot *hs, struct arena *a, int64_t since_ms,
                       struct crm_native *out, struct err *e)
{
    yyjson_val *results, *hit, *root;
    yyjson_arr_iter it;
    struct buf b;
    int status;
    if (!search(hs, a, "hs_lastmodifieddate", since_ms, HISTORY_INPUTS_MAX, &results, &status, e))
        return false;
    if (yyjson_arr_size(results) == 0)
        return true;
    buf_init(&b, MIB);
    buf_fmt(&b, "{\"properties\":[],\"propertiesWithHistory\":[%.*s],\"inputs\":[",
            STR_ARG(hs->list));
    yyjson_arr_iter_init(results, &it);
    for (size_t i = 0; (hit = yyjson_arr_iter_next(&it)); i++) {
        buf_str(&b, i ? S(",{\"id\":") : S("{\"id\":"));
        json_quote(&b, json_get(hit, "id"));
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->objects)),
                                      .body = str_dup(a, buf_view(&b)),
                                      .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                      .repeatable = true}};
    buf_release(&b);
    if (!hs_call(hs, a, &x, &root, e))
        return false;
    yyjson_arr_iter_init(yyjson_obj_get(root, "results"), &it);
    while ((hit = yyjson_arr_iter_next(&it)) && !out->at_work)
        look_at(hit, since_ms, out);
    return true;
}

bool hs_native(struct crm *crm, struct arena *a, int64_t since_ms, struct crm_native *out,
               struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    *out = (struct crm_native){0};
    return by_stamp(hs, a, since_ms, out, e) &&
           (out->at_work || by_history(hs, a, since_ms, out, e));
}
