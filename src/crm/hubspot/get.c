/* Companies by id, by our key, by host. */
#include <stdlib.h>
#include <string.h>

#include "crm/hubspot/hs_p.h"

/* ---- by id, by key --------------------------------------------------------------------------- */

struct lookup { /* where the answer for an id goes */
    struct str id;
    size_t at;
};

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct lookup *)a)->id, ((const struct lookup *)b)->id);
}

/* The first of those that ask for `id`; the others follow it. */
static struct lookup *lookup(struct lookup *l, size_t n, struct str id)
{
    struct lookup key = {.id = id};
    struct lookup *at = n ? bsearch(&key, l, n, sizeof(*l), by_id) : NULL;
    while (at && at > l && str_eq(at[-1].id, id))
        at--;
    return at;
}

static void set_all(struct lookup *l, size_t n, struct str id, const struct record *rec,
                    struct record *out)
{
    for (struct lookup *at = lookup(l, n, id); at && at < l + n && str_eq(at->id, id); at++)
        out[at->at] = *rec;
}

/* H8.9: an old id is answered by the survivor, which names it among its merged ids. */
static void place_merged(struct lookup *l, size_t n, yyjson_val *obj, const struct record *rec,
                         struct record *out)
{
    struct str rest = json_str(json_at(obj, "properties", "hs_merged_object_ids", NULL)), part;
    while (str_cut(&rest, ';', &part)) {
        struct str id = str_trim(part);
        struct lookup *at = lookup(l, n, id);
        if (!at || str_eq(id, rec->id) || out[at->at].state != RECORD_HIDDEN)
            continue;
        struct record gone = {.id = at->id, /* the caller's text */
                              .state = RECORD_MERGED,
                              .survivor = rec->id,
                              .asked_ms = rec->asked_ms};
        set_all(l, n, id, &gone, out);
    }
}

static struct str read_head(struct hubspot *hs, struct arena *a, bool by_key)
{
    struct buf b;
    buf_init(&b, MIB);
    if (by_key) {
        buf_str(&b, S("\"idProperty\":"));
        json_quote(&b, hs->key);
        buf_char(&b, ',');
    }
    buf_fmt(&b, "\"properties\":[%.*s],", STR_ARG(hs->list));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

struct reading {
    struct hubspot *hs;
    struct arena *a;
    struct lookup *l;
    size_t n;
    bool by_key;
    struct record *out;
};

static bool place(void *who, const struct hs_answer *answer, struct err *e)
{
    struct reading *r = who;
    yyjson_val *obj;
    yyjson_arr_iter it;
    (void)e;
    yyjson_arr_iter_init(answer->results, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        struct record rec;
        hs_record(r->hs, r->a, obj, answer->asked_ms, &rec);
        set_all(r->l, r->n, r->by_key ? rec.key : rec.id, &rec, r->out);
        if (!r->by_key)
            place_merged(r->l, r->n, obj, &rec, r->out);
    }
    return true;
}

static bool batch_read(struct hubspot *hs, struct arena *a, struct lookup *l, size_t n, bool by_key,
                       bool archived, struct record *out, struct err *e)
{
    struct reading r = {hs, a, l, n, by_key, out};
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    size_t each_once = 0;
    qsort(l, n, sizeof(*l), by_id);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !str_eq(l[i].id, l[i - 1].id))
            ids[each_once++] = l[i].id;
    struct hs_batches b = {
        .path =
            str_fmt(a, "%.*s/batch/read%s", STR_ARG(hs->objects), archived ? "?archived=true" : ""),
        .head = read_head(hs, a, by_key),
        .ids = ids,
        .n = each_once,
        .each = HS_BATCH_RECORDS_MAX,
        .who = &r,
        .take = place,
    };
    return hs_read_batches(hs, a, &b, e) || err_wrap(e, "reading companies");
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

/* A search says how many there are, however few it names (H12.2). */
static bool count_hits(struct hubspot *hs, struct arena *a, struct str groups, uint64_t *n,
                       struct err *e)
{
    yyjson_val *root;
    struct http_exchange x;
    struct str body =
        str_fmt(a, "{\"filterGroups\":[%.*s],\"properties\":[\"hs_object_id\"],\"limit\":1}",
                STR_ARG(groups));
    if (!hs_search(hs, a, hs->objects, body, &x, &root, e))
        return false;
    int64_t total = json_i64(yyjson_obj_get(root, "total"), -1);
    *n = (uint64_t)total;
    return total >= 0 || err_set(e, ERR_INTERNAL, "no_total", "hubspot's search tells no total");
}

bool hs_total(struct crm *crm, struct arena *a, uint64_t *n, struct err *e)
{
    return count_hits(hs_of(crm), a, S(""), n, e);
}

bool hs_filled(struct crm *crm, struct arena *a, struct crm_filled *f, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        bool box = f[i].field->type == FIELD_BOOL;
        struct str filter = str_fmt(
            a, "{\"filters\":[{\"propertyName\":\"%.*s\",\"operator\":%s}]}",
            STR_ARG(f[i].field->name), box ? "\"EQ\",\"value\":\"true\"" : "\"HAS_PROPERTY\"");
        f[i].known = count_hits(hs_of(crm), a, filter, &f[i].n, e);
        if (!f[i].known && e->kind != ERR_REJECTED)
            return err_wrap(e, "counting the companies with %.*s", STR_ARG(f[i].field->name));
    }
    return true;
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
        struct http_exchange x;
        struct str body = str_fmt(a,
                                  "{\"filterGroups\":[{\"filters\":[{\"propertyName\":"
                                  "\"createdate\",\"operator\":\"GTE\",\"value\":\"%lld\"},"
                                  "{\"propertyName\":\"%.*s\",\"operator\":"
                                  "\"NOT_HAS_PROPERTY\"}]}],\"sorts\":[{\"propertyName\":"
                                  "\"createdate\",\"direction\":\"DESCENDING\"}],"
                                  "\"properties\":[%.*s],\"limit\":%d,\"after\":\"%.*s\"}",
                                  (long long)MAX(since_ms, 1), STR_ARG(hs->key), STR_ARG(hs->list),
                                  HS_SEARCH_RECORDS_MAX, STR_ARG(after));
        if (!hs_search(hs, a, hs->objects, body, &x, &root, e))
            return false;
        if (!hs_take(hs, a, root, x.res.asked_ms, out, e))
            return false;
        after = json_str(json_at(root, "paging", "next", "after", NULL));
    }
    return true;
}
