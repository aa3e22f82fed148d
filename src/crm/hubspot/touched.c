/* touched: did a person set a value of a company, or does anything hang on it? (S12.4) The history
 * of its properties tells who (H6.13), its rollups what hangs on it (H10). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

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
        int64_t contacts = 0;
        if (i == 0 && str_to_i64(n, &contacts) && contacts > 0)
            out->contacts = (size_t)contacts;
        else
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
            out->by = str_dup(a, json_str(name));
        }
    }
}

struct touched {
    struct arena *a;
    struct crm_touch *out;
};

/* One that is not in the answer is gone, which its own reading tells. */
static void look_at(void *who, size_t i, yyjson_val *obj)
{
    struct touched *t = who;
    look_at_counts(t->a, obj, &t->out[i]);
    look_at_history(t->a, obj, &t->out[i]);
}

bool hs_touched(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                struct crm_touch *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct touched t = {a, out};
    memset(out, 0, n * sizeof(*out));
    struct hs_batches b = {
        .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->objects)),
        .head = str_fmt(a,
                        "\"properties\":[\"num_associated_contacts\",\"num_associated_deals\","
                        "\"num_notes\"],\"propertiesWithHistory\":[%.*s],",
                        STR_ARG(hs->list)),
        .ids = ids,
        .n = n,
        .each = HS_HISTORY_RECORDS_MAX,
        .who = &t,
        .found = look_at,
    };
    return hs_read_batches(hs, a, &b, e) || err_wrap(e, "reading who set the values of companies");
}
