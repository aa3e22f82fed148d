/* Reading companies: one of them, the list walk, the last-modified walk. */
#include <stdlib.h>
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/hash.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/url.h"

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
    out->key = json_str(yyjson_obj_getn(props, hs->key.p, hs->key.n));
    out->native = sfid18(a, json_get(props, "salesforceaccountid"));
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
    struct hubspot *hs;
    enum crm_read what;
    struct arena keep; /* texts that outlive a page */
    struct buf after;  /* list: the position */
    bool over;
    /* changed: */
    int64_t bookmark, wide_ms; /* the cursor we began with */
    int64_t began_ms;          /* server time S (H13.3) */
    int64_t from_ms;
    int64_t offset;
    int64_t window_first_ms, last_ms;
    struct buf last_id;
    bool one_ms; /* H13.6: inside one millisecond, by id */
};

#define WIDE_OVERLAP_MS (2 * MS_HOUR) /* H13.10 */
#define BEHIND_MS       MS_MINUTE     /* H13.9 */

static void read_cursor(struct crm_reader *r, struct str cursor, int64_t since_ms)
{
    struct arena a;
    yyjson_val *root = NULL;
    struct err ignored;
    arena_init(&a, MIB);
    if (!cursor.n || !json_parse(&a, cursor, &root, &ignored))
        root = NULL;
    r->bookmark = json_i64(yyjson_obj_get(root, "bookmark"), since_ms);
    r->wide_ms = json_i64(yyjson_obj_get(root, "wide"), 0);
    arena_release(&a);
    r->began_ms = http_now_ms(r->hs->crm.http);
    int64_t overlap = r->hs->overlap_ms;
    bool wide = r->wide_ms && r->began_ms - r->wide_ms >= MS_HOUR;
    if (wide || !r->wide_ms)
        r->wide_ms = r->began_ms;
    r->from_ms = MAX(r->bookmark - (wide ? MAX(WIDE_OVERLAP_MS, overlap) : overlap), 1);
}

bool hs_read(struct crm *crm, enum crm_read what, struct str cursor, int64_t since_ms,
             struct crm_reader **out, struct err *e)
{
    struct crm_reader *r = calloc(1, sizeof(*r));
    (void)e;
    if (!r)
        abort();
    r->hs = hs_of(crm);
    r->what = what;
    arena_init(&r->keep, MIB);
    buf_init(&r->after, 256);
    buf_init(&r->last_id, 64);
    if (what == CRM_READ_CHANGED)
        read_cursor(r, cursor, since_ms);
    *out = r;
    return true;
}

void hs_end(struct crm_reader *r)
{
    if (!r)
        return;
    buf_release(&r->after);
    buf_release(&r->last_id);
    arena_release(&r->keep);
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

/* A walk that goes round, or ends here, would lose the rest (S4.4). */
static bool same_page(struct err *e)
{
    return err_set(e, ERR_INTERNAL, "same_page", "hubspot gives the same page again");
}

/* Pages of 100 joined to a chunk; `after` is a position in the order of ids (H6.6). */
static bool next_list(struct crm_reader *r, struct arena *a, struct crm_page *out, struct err *e)
{
    struct hubspot *hs = r->hs;
    while (!r->over && out->count + HS_LIST_RECORDS_MAX <= CHUNK_RECORDS) {
        yyjson_val *root;
        struct str after = url_encoded(a, buf_view(&r->after));
        struct http_exchange x = {
            .req = {.path = str_fmt(a, "%.*s?limit=%d%s%.*s%s&%.*s", STR_ARG(hs->objects),
                                    HS_LIST_RECORDS_MAX, after.n ? "&after=" : "", STR_ARG(after),
                                    r->what == CRM_READ_ARCHIVED ? "&archived=true" : "",
                                    STR_ARG(hs->query)),
                    .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e))
            return false;
        if (!hs_take(hs, a, root, x.res.asked_ms, out, e))
            return false;
        struct str next = json_str(json_at(root, "paging", "next", "after", NULL));
        r->over = !next.n;
        if (next.n && str_eq(next, buf_view(&r->after)))
            return same_page(e);
        buf_clear(&r->after);
        buf_str(&r->after, next);
    }
    return true;
}

static struct str search_body(struct crm_reader *r, struct arena *a)
{
    static const char head[] = "{\"filterGroups\":[{\"filters\":[{\"propertyName\":"
                               "\"hs_lastmodifieddate\",\"operator\":\"%s\",\"value\":\"%lld\"}";
    static const char tail[] = "]}],\"sorts\":[{\"propertyName\":\"%s\",\"direction\":"
                               "\"ASCENDING\"}],\"properties\":[\"hs_lastmodifieddate\"],"
                               "\"limit\":%d,\"after\":\"%lld\"}";
    struct buf b;
    buf_init(&b, 4 * KIB);
    buf_fmt(&b, head, r->one_ms ? "EQ" : "GTE", (long long)r->from_ms);
    if (r->one_ms && r->last_id.n)
        buf_fmt(&b, ",{\"propertyName\":\"hs_object_id\",\"operator\":\"GT\",\"value\":\"%.*s\"}",
                STR_ARG(buf_view(&r->last_id)));
    buf_fmt(&b, tail, r->one_ms ? "hs_object_id" : "hs_lastmodifieddate", HS_SEARCH_RECORDS_MAX,
            (long long)r->offset);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static bool take_hits(struct crm_reader *r, yyjson_val *results, int64_t asked_ms,
                      struct crm_page *out, struct err *e)
{
    yyjson_val *hit;
    yyjson_arr_iter it;
    bool first = r->offset == 0;
    if (yyjson_arr_size(results) > CHUNK_RECORDS - out->count)
        return err_set(e, ERR_INTERNAL, "page_too_large", "hubspot gave more than was asked for");
    yyjson_arr_iter_init(results, &it);
    while ((hit = yyjson_arr_iter_next(&it))) {
        struct record rec = {.id = json_get(hit, "id"), .asked_ms = asked_ms};
        if (!iso_parse_ms(json_get(hit, "updatedAt"), &rec.modified_ms) &&
            !iso_parse_ms(json_str(json_at(hit, "properties", "hs_lastmodifieddate", NULL)),
                          &rec.modified_ms))
            return err_set(e, ERR_INTERNAL, "no_stamp", "hubspot's hit %.*s has no time of change",
                           STR_ARG(str_slice(rec.id, 0, 40)));
        if (first)
            r->window_first_ms = rec.modified_ms;
        first = false;
        r->last_ms = rec.modified_ms;
        buf_clear(&r->last_id);
        buf_str(&r->last_id, rec.id);
        out->record[out->count++] = rec; /* value NULL: a hit, not read (crm.h) */
    }
    return true;
}

/* H13.5, H13.6: what comes after a page of the walk. `next` is the service's own position, which
 * counts hits that it left out. */
static bool advance(struct crm_reader *r, struct str next, size_t hits, struct err *e)
{
    int64_t to = r->offset + (int64_t)hits, told;
    if (r->one_ms) {
        if (next.n && hits == 0)
            return same_page(e);
        if (next.n || hits == HS_SEARCH_RECORDS_MAX)
            return true; /* by id: always from the start */
        r->one_ms = false;
        r->from_ms = r->from_ms + 1;
        buf_clear(&r->last_id);
        return true;
    }
    if (!next.n) {
        r->over = true;
        return true;
    }
    if (str_to_i64(next, &told))
        to = MAX(to, MIN(told, r->offset + HS_SEARCH_RECORDS_MAX));
    if (to == r->offset)
        return same_page(e);
    r->offset = to;
    if (r->offset < HS_SEARCH_WINDOW)
        return true;
    r->offset = 0;
    r->from_ms = r->last_ms; /* the next window begins in the last one's last ms */
    r->one_ms = r->last_ms <= r->window_first_ms;
    if (r->one_ms)
        buf_clear(&r->last_id);
    return true;
}

static bool next_changed(struct crm_reader *r, struct arena *a, struct crm_page *out,
                         struct str *cursor, struct err *e)
{
    struct hubspot *hs = r->hs;
    while (!r->over && out->count + HS_SEARCH_RECORDS_MAX <= CHUNK_RECORDS) {
        yyjson_val *root, *results;
        size_t before = out->count;
        struct http_exchange x = {.req = {.method = HTTP_POST,
                                          .class = HTTP_CLASS_SEARCH,
                                          .path = str_fmt(a, "%.*s/search", STR_ARG(hs->objects)),
                                          .body = search_body(r, a),
                                          .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                          .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e))
            return false;
        if (!hs_results(root, &results, e) || !take_hits(r, results, x.res.asked_ms, out, e))
            return false;
        struct str next = json_str(json_at(root, "paging", "next", "after", NULL));
        if (!advance(r, next, out->count - before, e))
            return false;
    }
    if (r->over) { /* docs/decisions/0004: behind the clock, never backwards */
        int64_t mark = MAX(r->began_ms - BEHIND_MS, r->bookmark);
        *cursor =
            str_fmt(a, "{\"bookmark\":%lld,\"wide\":%lld}", (long long)mark, (long long)r->wide_ms);
    }
    return true;
}

bool hs_next(struct crm_reader *r, struct arena *a, struct crm_page *out, struct str *cursor,
             struct err *e)
{
    *out = (struct crm_page){.record = ARENA_ARRAY(a, struct record, CHUNK_RECORDS)};
    bool ok =
        r->what == CRM_READ_CHANGED ? next_changed(r, a, out, cursor, e) : next_list(r, a, out, e);
    out->last = r->over;
    return ok;
}
