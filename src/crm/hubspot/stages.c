/* The lifecycle stages of contacts, and when they came to them (S10.1): by the property's history
 * (H6.13), asked of the few whose stage was seen to change. */
#include <stdlib.h>

#include "crm/hubspot/hs_p.h"

#define PROPERTY "lifecyclestage"

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct crm_stage *)a)->id, ((const struct crm_stage *)b)->id);
}

static bool take(void *who, const struct hs_answer *answer, size_t at, size_t n, struct err *e)
{
    struct crm_stage *s = who;
    yyjson_val *obj;
    yyjson_arr_iter it;
    (void)e;
    yyjson_arr_iter_init(answer->results, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        struct crm_stage key = {.id = json_get(obj, "id")};
        struct crm_stage *one = bsearch(&key, s + at, n, sizeof(*s), by_id);
        if (!one)
            continue; /* a merged one's survivor: it is read by itself */
        struct str stage = json_str(json_at(obj, "properties", PROPERTY, NULL));
        one->found = true;
        one->stage = stage.n ? stage : S("");
        one->set_ms = hs_newest(json_at(obj, "propertiesWithHistory", PROPERTY, NULL));
    }
    return true;
}

bool hs_stages(struct crm *crm, struct arena *a, struct crm_stage *s, size_t n, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    qsort(s, n, sizeof(*s), by_id);
    for (size_t i = 0; i < n; i++)
        ids[i] = s[i].id;
    struct hs_batches b = {
        .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->contacts)),
        .head =
            S("\"properties\":[\"" PROPERTY "\"],\"propertiesWithHistory\":[\"" PROPERTY "\"],"),
        .ids = ids,
        .n = n,
        .each = HS_HISTORY_RECORDS_MAX,
        .who = s,
        .take = take,
    };
    return hs_read_batches(hs, a, &b, e) || err_wrap(e, "reading the lifecycle stages of contacts");
}
