/* touched: did a person set a value of a company, or does anything hang on it? (S12.4) The history
 * of its properties tells who (H6.13), its rollups what hangs on it (H10). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

#define HISTORY_BATCH 50 /* H7.10 */

/* Sources that are no person. What is not named here is taken for one: better kept than lost. */
static bool by_itself(struct str source)
{
    static const char *const names[] = {
        "API",
        "AUTOMATION_PLATFORM",
        "CALCULATED",
        "COMPANY_FAMILIES",
        "COMPANY_INSIGHTS",
        "CRM_SETTING",
        "DATA_ENRICHMENT",
        "INTEGRATION",
        "INTERNAL_PROCESSING",
        "MERGE_OBJECTS",
        "SALESFORCE",
        "WORKFLOWS",
    };
    for (size_t i = 0; i < LEN(names); i++)
        if (str_eq(source, str_from(names[i])))
            return true;
    return false;
}

static struct str body_of(struct hubspot *hs, struct arena *a, const struct str *ids, size_t n)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_fmt(&b,
            "{\"properties\":[\"num_associated_contacts\",\"num_associated_deals\",\"num_notes\"],"
            "\"propertiesWithHistory\":[%.*s],\"inputs\":[",
            STR_ARG(hs->list));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"id\":") : S("{\"id\":"));
        json_quote(&b, ids[i]);
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static void look_at_counts(struct arena *a, yyjson_val *obj, struct crm_touch *out)
{
    static const struct {
        const char *property, *what;
    } counts[] = {{"num_associated_contacts", "contacts"},
                  {"num_associated_deals", "deals"},
                  {"num_notes", "activities"}};
    for (size_t i = 0; i < LEN(counts); i++) {
        struct str n = hs_text(json_at(obj, "properties", counts[i].property, NULL));
        if (!n.n || str_eq(n, S("0")))
            continue;
        out->attached = true;
        out->what = str_fmt(a, "%.*s %s", STR_ARG(str_slice(n, 0, 20)), counts[i].what);
    }
}

static void look_at_history(struct arena *a, yyjson_val *obj, struct crm_touch *out)
{
    yyjson_val *name, *entry;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(yyjson_obj_get(obj, "propertiesWithHistory"), &it);
    while (!out->edited && (name = yyjson_obj_iter_next(&it))) {
        yyjson_arr_iter entries;
        yyjson_arr_iter_init(yyjson_obj_iter_get_val(name), &entries);
        while (!out->edited && (entry = yyjson_arr_iter_next(&entries))) {
            if (by_itself(json_get(entry, "sourceType")))
                continue;
            out->edited = true;
            out->what = str_dup(a, json_str(name));
        }
    }
}

/* One that is not in the answer is gone, which its own reading tells. */
static void take(struct arena *a, yyjson_val *list, const struct str *ids, size_t n,
                 struct crm_touch *out)
{
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(list, &it);
    while ((obj = yyjson_arr_iter_next(&it)))
        for (size_t i = 0; i < n; i++)
            if (str_eq(ids[i], json_get(obj, "id"))) {
                look_at_counts(a, obj, &out[i]);
                look_at_history(a, obj, &out[i]);
            }
}

bool hs_touched(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                struct crm_touch *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    memset(out, 0, n * sizeof(*out));
    for (size_t at = 0; at < n; at += HISTORY_BATCH) {
        size_t some = MIN(n - at, (size_t)HISTORY_BATCH);
        yyjson_val *root, *list;
        struct http_exchange x = {
            .req = {.method = HTTP_POST,
                    .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->objects)),
                    .body = body_of(hs, a, ids + at, some),
                    .timeout_ms = HS_BATCH_TIMEOUT_MS,
                    .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e) || !hs_results(root, &list, e))
            return err_wrap(e, "reading who set the values of companies");
        take(a, list, ids + at, some, out + at);
    }
    return true;
}
