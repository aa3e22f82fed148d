/* The lifecycle stages of contacts, and when they came to them (S10.1): by the property's history
 * (H6.13), asked of the few whose stage was seen to change. */
#include "crm/hubspot/hs_p.h"

#define PROPERTY "lifecyclestage"

static void note_stage(void *who, size_t i, yyjson_val *obj)
{
    struct crm_stage *s = who;
    struct str stage = json_str(json_at(obj, "properties", PROPERTY, NULL));
    s[i].found = true;
    s[i].stage = stage.n ? stage : S("");
    s[i].set_ms = hs_newest(json_at(obj, "propertiesWithHistory", PROPERTY, NULL));
}

bool hs_stages(struct crm *crm, struct arena *a, struct crm_stage *s, size_t n, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct str *ids = ARENA_ARRAY(a, struct str, n);
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
        .found = note_stage,
    };
    return hs_read_batches(hs, a, &b, e) || err_wrap(e, "reading the lifecycle stages of contacts");
}
