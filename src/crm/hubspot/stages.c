/* The lifecycle stages of contacts, and when they came to them (S10.1): by the property's history
 * (H6.13), asked of the few whose stage was seen to change. */
#include <stdlib.h>

#include "crm/hubspot/hs_p.h"

#define HISTORY_BATCH 50 /* H7.10 */
#define PROPERTY      "lifecyclestage"

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct crm_stage *)a)->id, ((const struct crm_stage *)b)->id);
}

static struct str body_of(struct arena *a, const struct crm_stage *s, size_t n)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, S("{\"properties\":[\"" PROPERTY "\"],\"propertiesWithHistory\":[\"" PROPERTY
                  "\"],\"inputs\":["));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"id\":") : S("{\"id\":"));
        json_quote(&b, s[i].id);
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

bool hs_stages(struct crm *crm, struct arena *a, struct crm_stage *s, size_t n, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    qsort(s, n, sizeof(*s), by_id);
    for (size_t at = 0; at < n; at += HISTORY_BATCH) {
        size_t some = MIN(n - at, (size_t)HISTORY_BATCH);
        yyjson_val *root, *list, *obj;
        yyjson_arr_iter it;
        struct http_exchange x = {
            .req = {.method = HTTP_POST,
                    .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->contacts)),
                    .body = body_of(a, s + at, some),
                    .timeout_ms = HS_BATCH_TIMEOUT_MS,
                    .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e) || !hs_results(root, &list, e))
            return err_wrap(e, "reading the lifecycle stages of contacts");
        yyjson_arr_iter_init(list, &it);
        while ((obj = yyjson_arr_iter_next(&it))) {
            struct crm_stage key = {.id = json_get(obj, "id")};
            struct crm_stage *one = bsearch(&key, s + at, some, sizeof(*s), by_id);
            if (!one)
                continue; /* a merged one's survivor: it is read by itself */
            struct str stage = json_str(json_at(obj, "properties", PROPERTY, NULL));
            one->found = true;
            one->stage = stage.n ? stage : S("");
            one->set_ms = hs_newest(json_at(obj, "propertiesWithHistory", PROPERTY, NULL));
        }
    }
    return true;
}
