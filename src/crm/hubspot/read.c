/* Reading companies: the list walk, the last-modified walk, by id, by key, by host. */
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
        out->value[i] = v ? value_canonical(a, m->map[i].meta[SIDE_HS].type, json_str(v))
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

static void take_results(struct hubspot *hs, struct arena *a, yyjson_val *results, int64_t asked_ms,
                         struct crm_page *out)
{
    yyjson_val *item;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(results, &it);
    while ((item = yyjson_arr_iter_next(&it)) && out->count < CHUNK_RECORDS)
        hs_record(hs, a, item, asked_ms, &out->record[out->count++]);
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
        take_results(hs, a, yyjson_obj_get(root, "results"), x.res.asked_ms, out);
        struct str next = json_str(json_at(root, "paging", "next", "after", NULL));
        r->over = !next.n || str_eq(next, buf_view(&r->after));
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

static void take_hits(struct crm_reader *r, yyjson_val *results, int64_t asked_ms,
                      struct crm_page *out)
{
    yyjson_val *hit;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(results, &it);
    while ((hit = yyjson_arr_iter_next(&it))) {
        struct record rec = {.id = json_get(hit, "id"), .asked_ms = asked_ms};
        if (!iso_parse_ms(json_get(hit, "updatedAt"), &rec.modified_ms) &&
            !iso_parse_ms(json_str(json_at(hit, "properties", "hs_lastmodifieddate", NULL)),
                          &rec.modified_ms))
            rec.modified_ms = 0;
        if (r->offset == 0 && out->count == 0)
            r->window_first_ms = rec.modified_ms;
        r->last_ms = rec.modified_ms;
        buf_clear(&r->last_id);
        buf_str(&r->last_id, rec.id);
        out->record[out->count++] = rec; /* value NULL: a hit, not read (crm.h) */
    }
}

/* H13.5, H13.6: what comes after a page of the walk. */
static void advance(struct crm_reader *r, bool more, size_t hits)
{
    if (r->one_ms) {
        r->offset = 0; /* by id: always from the start */
        if (more || hits == HS_SEARCH_RECORDS_MAX)
            return;
        r->one_ms = false;
        r->from_ms = r->from_ms + 1;
        buf_clear(&r->last_id);
        return;
    }
    if (!more) {
        r->over = true;
        return;
    }
    r->offset += (int64_t)hits;
    if (r->offset < HS_SEARCH_WINDOW)
        return;
    r->offset = 0;
    if (r->last_ms > r->window_first_ms) {
        r->from_ms = r->last_ms; /* the next window begins in the last one's last ms */
    } else {
        r->one_ms = true;
        r->from_ms = r->last_ms;
        buf_clear(&r->last_id);
    }
}

static bool next_changed(struct crm_reader *r, struct arena *a, struct crm_page *out,
                         struct str *cursor, struct err *e)
{
    struct hubspot *hs = r->hs;
    while (!r->over && out->count + HS_SEARCH_RECORDS_MAX <= CHUNK_RECORDS) {
        yyjson_val *root;
        size_t before = out->count;
        struct http_exchange x = {.req = {.method = HTTP_POST,
                                          .class = HTTP_CLASS_SEARCH,
                                          .path = str_fmt(a, "%.*s/search", STR_ARG(hs->objects)),
                                          .body = search_body(r, a),
                                          .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                          .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e))
            return false;
        take_hits(r, yyjson_obj_get(root, "results"), x.res.asked_ms, out);
        struct str next = json_str(json_at(root, "paging", "next", "after", NULL));
        advance(r, next.n > 0, out->count - before);
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

/* ---- by id, by key --------------------------------------------------------------------------- */

struct lookup { /* where the answer for an id goes */
    struct str id;
    size_t at;
};

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct lookup *)a)->id, ((const struct lookup *)b)->id);
}

static struct lookup *lookup(struct lookup *l, size_t n, struct str id)
{
    struct lookup key = {.id = id};
    return n ? bsearch(&key, l, n, sizeof(*l), by_id) : NULL;
}

static struct str read_body(struct hubspot *hs, struct arena *a, const struct lookup *l, size_t n,
                            bool by_key)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, S("{"));
    if (by_key) {
        buf_str(&b, S("\"idProperty\":"));
        json_quote(&b, hs->key);
        buf_char(&b, ',');
    }
    buf_fmt(&b, "\"properties\":[%.*s],\"inputs\":[", STR_ARG(hs->list));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"id\":") : S("{\"id\":"));
        json_quote(&b, l[i].id);
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* H8.9: an old id is answered by the survivor, which names it among its merged ids. */
static void place_merged(struct lookup *l, size_t n, yyjson_val *obj, const struct record *rec,
                         struct record *out)
{
    struct str rest = json_str(json_at(obj, "properties", "hs_merged_object_ids", NULL)), part;
    while (str_cut(&rest, ';', &part)) {
        struct lookup *at = lookup(l, n, str_trim(part));
        if (!at)
            continue;
        out[at->at].state = RECORD_MERGED;
        out[at->at].survivor = rec->id;
        out[at->at].asked_ms = rec->asked_ms;
    }
}

static void place(struct hubspot *hs, struct arena *a, struct lookup *l, size_t n, yyjson_val *root,
                  int64_t asked_ms, bool by_key, struct record *out)
{
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(root, "results"), &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        struct record rec;
        hs_record(hs, a, obj, asked_ms, &rec);
        struct lookup *at = lookup(l, n, by_key ? rec.key : rec.id);
        if (at)
            out[at->at] = rec;
        else if (!by_key)
            place_merged(l, n, obj, &rec, out);
    }
}

static bool take_read(struct hubspot *hs, struct arena *a, struct lookup *l, size_t n,
                      const struct http_exchange *x, bool by_key, struct record *out, struct err *e)
{
    yyjson_val *root = NULL;
    int status = x->res.status;
    if (!x->answered) {
        *e = x->err;
        return false;
    }
    if (!json_parse(a, x->res.body, &root, e))
        return err_wrap(e, "hubspot's batch read");
    if (status != 200 && status != 207) {
        hs_error(status, root, e);
        return false;
    }
    place(hs, a, l, n, root, x->res.asked_ms, by_key, out);
    return true;
}

static bool batch_read(struct hubspot *hs, struct arena *a, struct lookup *l, size_t n, bool by_key,
                       bool archived, struct record *out, struct err *e)
{
    size_t calls = (n + HS_BATCH_RECORDS_MAX - 1) / HS_BATCH_RECORDS_MAX;
    struct http_exchange *x = ARENA_ARRAY(a, struct http_exchange, calls), *over;
    struct http_run *run = http_begin(hs->crm.http, a);
    bool ok = true;
    struct err why;
    qsort(l, n, sizeof(*l), by_id);
    for (size_t i = 0; i < calls; i++) {
        size_t at = i * HS_BATCH_RECORDS_MAX;
        x[i].req = (struct http_request){
            .method = HTTP_POST,
            .path = str_fmt(a, "%.*s/batch/read%s", STR_ARG(hs->objects),
                            archived ? "?archived=true" : ""),
            .body = read_body(hs, a, l + at, MIN(n - at, (size_t)HS_BATCH_RECORDS_MAX), by_key),
            .timeout_ms = HS_BATCH_TIMEOUT_MS,
            .repeatable = true};
        http_add(run, &x[i]);
    }
    while ((over = http_next(run)))
        ok = ok && take_read(hs, a, l, n, over, by_key, out, &why);
    if (!http_end(run, e))
        return false;
    if (!ok)
        *e = why;
    return ok;
}

static bool get(struct crm *crm, struct arena *a, const struct str *ids, size_t n, bool by_key,
                struct record *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct lookup *l = ARENA_ARRAY(a, struct lookup, n);
    int64_t now = http_now_ms(crm->http);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct record){.state = RECORD_HIDDEN, .asked_ms = now};
        if (!by_key)
            out[i].id = ids[i];
        l[i] = (struct lookup){ids[i], i};
    }
    if (n == 0)
        return true;
    if (!batch_read(hs, a, l, n, by_key, false, out, e))
        return false;
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        if (out[i].state == RECORD_HIDDEN)
            l[missing++] = (struct lookup){ids[i], i};
    return missing == 0 || batch_read(hs, a, l, missing, by_key, true, out, e);
}

bool hs_get(struct crm *crm, struct arena *a, const struct str *ids, size_t n, struct record *out,
            struct err *e)
{
    return get(crm, a, ids, n, false, out, e);
}

bool hs_get_by_key(struct crm *crm, struct arena *a, const struct str *keys, size_t n,
                   struct record *out, struct err *e)
{
    return get(crm, a, keys, n, true, out, e);
}

/* S7.7: one search for companies made since; which of them matter is for match to say. */
bool hs_find_hosts(struct crm *crm, struct arena *a, const struct str *hosts, size_t n,
                   int64_t since_ms, struct crm_page *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct str after = S("0");
    (void)hosts;
    (void)n;
    *out = (struct crm_page){.record = ARENA_ARRAY(a, struct record, CHUNK_RECORDS), .last = true};
    while (after.n && out->count + HS_SEARCH_RECORDS_MAX <= CHUNK_RECORDS) {
        yyjson_val *root;
        struct http_exchange x = {
            .req = {.method = HTTP_POST,
                    .class = HTTP_CLASS_SEARCH,
                    .path = str_fmt(a, "%.*s/search", STR_ARG(hs->objects)),
                    .body = str_fmt(a,
                                    "{\"filterGroups\":[{\"filters\":[{\"propertyName\":"
                                    "\"createdate\",\"operator\":\"GTE\",\"value\":\"%lld\"},"
                                    "{\"propertyName\":\"%.*s\",\"operator\":"
                                    "\"NOT_HAS_PROPERTY\"}]}],\"sorts\":[{\"propertyName\":"
                                    "\"createdate\",\"direction\":\"DESCENDING\"}],"
                                    "\"properties\":[%.*s],\"limit\":%d,\"after\":\"%.*s\"}",
                                    (long long)MAX(since_ms, 1), STR_ARG(hs->key),
                                    STR_ARG(hs->list), HS_SEARCH_RECORDS_MAX, STR_ARG(after)),
                    .timeout_ms = HS_BATCH_TIMEOUT_MS,
                    .repeatable = true}};
        if (!hs_call(hs, a, &x, &root, e))
            return false;
        take_results(hs, a, yyjson_obj_get(root, "results"), x.res.asked_ms, out);
        after = json_str(json_at(root, "paging", "next", "after", NULL));
    }
    return true;
}
