/* Reading companies: one of them, and the walks over them (walk.c). */
#include <stdlib.h>
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/hash.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"

/* ---- one record ------------------------------------------------------------------------------ */

static struct match_keys keys_of(const struct domain *d)
{
    return (struct match_keys){.host = d->host.n ? hash64(d->host) : 0,
                               .site = d->registrable.n ? hash64(d->registrable) : 0,
                               .no_key = d->free_mail || d->shared_host};
}

static void read_domains(struct hubspot *hs, struct arena *a, yyjson_val *props, struct record *out)
{
    struct domain d = domain_of(hs->domains, a, json_get(props, "domain"));
    if (!d.host.n)
        d = domain_of(hs->domains, a, json_get(props, "website")); /* S7.1 */
    out->host = d.host;
    out->keys = keys_of(&d);
    struct str rest = json_get(props, "hs_additional_domains"), part; /* H11.3 */
    while (out->more_count < RECORD_MORE_KEYS_MAX && str_cut(&rest, ';', &part)) {
        struct domain more = domain_of(hs->domains, a, part);
        if (more.host.n)
            out->more[out->more_count++] = keys_of(&more);
    }
}

struct str hs_text(yyjson_val *v)
{
    return yyjson_is_bool(v) ? yyjson_get_bool(v) ? S("true") : S("false") : json_str(v);
}

bool hs_results(yyjson_val *root, yyjson_val **list, struct err *e)
{
    *list = yyjson_obj_get(root, "results");
    return yyjson_is_arr(*list) ||
           err_set(e, ERR_INTERNAL, "no_results", "hubspot's answer has no results");
}

/* C1 (S3.1): the portal makes companies of contacts by a setting; what another source says of the
 * contact is unknown, not no. */
static enum made_by_contact made_of(struct str source)
{
    static const char *const others[] = {"API",        "AUTOMATION_PLATFORM", "CRM_UI",
                                         "IMPORT",     "INTEGRATION",         "MOBILE_ANDROID",
                                         "MOBILE_IOS", "SALESFORCE"};
    if (str_eq(source, S("CRM_SETTING")))
        return MADE_YES;
    for (size_t i = 0; i < LEN(others); i++)
        if (str_eq(source, str_from(others[i])))
            return MADE_NO;
    return MADE_UNKNOWN;
}

void hs_record(struct hubspot *hs, struct arena *a, yyjson_val *obj, int64_t asked_ms,
               struct record *out)
{
    yyjson_val *props = yyjson_obj_get(obj, "properties");
    const struct mappings *m = hs->m;
    *out = (struct record){.id = json_get(obj, "id"), .asked_ms = asked_ms};
    if (!iso_parse_ms(json_get(obj, "createdAt"), &out->created_ms))
        out->created_ms = 0;
    if (!iso_parse_ms(json_get(obj, "updatedAt"), &out->modified_ms))
        out->modified_ms = 0;
    out->edited_ms = out->modified_ms;
    out->state = json_bool(yyjson_obj_get(obj, "archived"), false) ? RECORD_DELETED : RECORD_LIVE;
    out->name = json_get(props, "name");
    out->name_key = name_key(a, out->name);
    out->absorbed = json_get(props, "hs_merged_object_ids"); /* H8.10 */
    out->key = json_str(yyjson_obj_getn(props, hs->key.p, hs->key.n));
    out->native = sfid18(a, json_get(props, "salesforceaccountid"));
    out->made = made_of(json_get(props, "hs_object_source"));
    read_domains(hs, a, props, out);
    out->value = ARENA_ARRAY(a, struct value, m ? m->count : 0);
    for (size_t i = 0; m && i < m->count; i++) {
        struct str name = m->map[i].name[SIDE_HS];
        yyjson_val *v = yyjson_obj_getn(props, name.p, name.n);
        out->value[i] = v ? value_canonical(a, m->map[i].meta[SIDE_HS].type, hs_text(v))
                          : VALUE_NOT_KNOWN; /* H6.3: key absent = unknown property */
    }
}

/* ---- walks ----------------------------------------------------------------------------------- */

struct crm_reader {
    struct hs_walk *walk;
    struct hubspot *hs;
    enum crm_read what;
};

bool hs_read(struct crm *crm, enum crm_read what, struct str cursor, int64_t since_ms,
             struct crm_reader **out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct crm_reader *r = calloc(1, sizeof(*r));
    (void)e;
    if (!r)
        abort();
    /* A hit is read by id afterwards, so its stamp is all that it carries (H13.8). */
    const struct hs_walk_of companies = {.objects = hs->objects,
                                         .stamp = "hs_lastmodifieddate",
                                         .query = hs->query,
                                         .hit = S("\"hs_lastmodifieddate\"")};
    r->hs = hs;
    r->what = what;
    r->walk = hs_walk_open(hs, &companies, what, cursor, since_ms);
    *out = r;
    return true;
}

void hs_end(struct crm_reader *r)
{
    if (!r)
        return;
    hs_walk_close(r->walk);
    free(r);
}

bool hs_take(struct hubspot *hs, struct arena *a, yyjson_val *root, int64_t asked_ms,
             struct crm_page *out, struct err *e)
{
    yyjson_val *item, *list;
    yyjson_arr_iter it;
    if (!hs_results(root, &list, e))
        return false;
    if (yyjson_arr_size(list) > CHUNK_RECORDS - out->count)
        return err_set(e, ERR_INTERNAL, "page_too_large", "hubspot gave more than was asked for");
    yyjson_arr_iter_init(list, &it);
    while ((item = yyjson_arr_iter_next(&it)))
        hs_record(hs, a, item, asked_ms, &out->record[out->count++]);
    return true;
}

static void take_hits(yyjson_val *results, int64_t asked_ms, struct crm_page *out)
{
    yyjson_val *hit;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(results, &it);
    while ((hit = yyjson_arr_iter_next(&it))) /* value NULL: a hit, not read (crm.h) */
        out->record[out->count++] =
            (struct record){.id = json_get(hit, "id"),
                            .asked_ms = asked_ms,
                            .modified_ms = hs_hit_ms(hit, "hs_lastmodifieddate")};
}

bool hs_next(struct crm_reader *r, struct arena *a, struct crm_page *out, struct str *cursor,
             struct err *e)
{
    struct hs_answer got;
    *out = (struct crm_page){.record = ARENA_ARRAY(a, struct record, CHUNK_RECORDS)};
    while (hs_walk_fits(r->walk, out->count)) {
        if (!hs_walk_next(r->walk, a, CHUNK_RECORDS - out->count, &got, e))
            return false;
        if (r->what == CRM_READ_CHANGED)
            take_hits(got.results, got.asked_ms, out);
        else if (!hs_take(r->hs, a, got.root, got.asked_ms, out, e))
            return false;
    }
    out->last = hs_walk_over(r->walk, a, cursor);
    return true;
}
