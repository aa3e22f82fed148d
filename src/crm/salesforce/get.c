/* get: accounts by id and by our key, and what became of those that are not there. */
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/sfid.h"
#include "text/url.h"

#define MERGE_HOPS_MAX 10         /* SF 6: survivors may be merged again; a loop ends here */
#define ANSWER_BYTES   (32 * MIB) /* 2,000 records with their long texts */

/* ---- tombstones ------------------------------------------------------------------------------ */

struct tombstone {
    struct str id, master; /* master none = deleted */
};

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct tombstone *)a)->id, ((const struct tombstone *)b)->id);
}

static const struct tombstone *find(const struct tombstone *t, size_t n, struct str id)
{
    struct tombstone key = {.id = id};
    return n ? bsearch(&key, t, n, sizeof(*t), by_id) : NULL;
}

/* The deleted ones among `ids`, sorted. */
static bool ask_deleted(struct salesforce *sf, struct arena *a, const struct str *ids, size_t n,
                        struct tombstone **out, size_t *count, struct err *e)
{
    struct tombstone *t = ARENA_ARRAY(a, struct tombstone, n);
    *count = 0;
    for (size_t at = 0; at < n;) {
        yyjson_val *root, *obj;
        yyjson_arr_iter it;
        int64_t asked;
        struct buf list;
        buf_init(&list, 64 * KIB);
        at = sf_list(a, &list, ids, at, n, SF_URI_BYTES - 500);
        struct str soql =
            str_fmt(a, "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE Id IN (%.*s)",
                    STR_ARG(buf_view(&list)));
        buf_release(&list);
        if (!sf_query(sf, a, soql, true, &root, &asked, e))
            return false;
        for (bool more = true; more;) {
            yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
            while ((obj = yyjson_arr_iter_next(&it)) && *count < n)
                if (json_bool(yyjson_obj_get(obj, "IsDeleted"), false))
                    t[(*count)++] = (struct tombstone){sfid18(a, json_get(obj, "Id")),
                                                       sfid18(a, json_get(obj, "MasterRecordId"))};
            if (!sf_query_next(sf, a, &root, &more, e))
                return false;
        }
    }
    qsort(t, *count, sizeof(*t), by_id);
    *out = t;
    return true;
}

bool sf_follow(struct salesforce *sf, struct arena *a, struct record *rec, size_t n, struct err *e)
{
    bool *settled = ARENA_ARRAY(a, bool, n);
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    for (int hop = 0; hop < MERGE_HOPS_MAX; hop++) {
        struct tombstone *gone;
        size_t count = 0, gones;
        for (size_t i = 0; i < n; i++)
            if (rec[i].state == RECORD_MERGED && !settled[i])
                ids[count++] = rec[i].survivor;
        if (count == 0)
            return true;
        if (!ask_deleted(sf, a, ids, count, &gone, &gones, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            if (rec[i].state != RECORD_MERGED || settled[i])
                continue;
            const struct tombstone *t = find(gone, gones, rec[i].survivor);
            settled[i] = !t || !t->master.n; /* it lives, or its own deletion is the news */
            if (!settled[i])
                rec[i].survivor = t->master;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (rec[i].state == RECORD_MERGED && !settled[i]) { /* round and round: nobody survived */
            rec[i].state = RECORD_DELETED;
            rec[i].survivor = STR_NONE;
        }
    return true;
}

bool sf_tombstones(struct salesforce *sf, struct arena *a, struct record *rec, size_t n,
                   struct err *e)
{
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    struct tombstone *gone;
    size_t count = 0, gones;
    for (size_t i = 0; i < n; i++)
        if (rec[i].state == RECORD_HIDDEN && sfid18(a, rec[i].id).n)
            ids[count++] = sfid18(a, rec[i].id);
    if (count == 0)
        return true;
    if (!ask_deleted(sf, a, ids, count, &gone, &gones, e))
        return err_wrap(e, "looking for deleted accounts");
    for (size_t i = 0; i < n; i++) {
        const struct tombstone *t = NULL;
        if (rec[i].state == RECORD_HIDDEN)
            t = find(gone, gones, sfid18(a, rec[i].id));
        if (!t)
            continue;
        rec[i].state = t->master.n ? RECORD_MERGED : RECORD_DELETED;
        rec[i].survivor = t->master;
    }
    return sf_follow(sf, a, rec, n, e);
}

/* ---- by id ----------------------------------------------------------------------------------- */

static struct str read_body(struct salesforce *sf, struct arena *a, const struct str *ids, size_t n)
{
    struct buf b;
    buf_init(&b, HTTP_BODY_BYTES_MAX);
    buf_str(&b, S("{\"fields\":["));
    for (size_t i = 0; i < sf->field_count; i++) {
        if (i)
            buf_char(&b, ',');
        json_quote(&b, sf->field[i]);
    }
    buf_str(&b, S("],\"ids\":["));
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(&b, ',');
        json_quote(&b, ids[i]);
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* SF 8.3. What comes in one answer is bounded: long texts make it halve. */
static bool read_ids(struct salesforce *sf, struct arena *a, const struct str *ids, size_t n,
                     struct record *out, struct err *e)
{
    struct http_exchange x = {
        .req = {.method = HTTP_POST,
                .path = str_fmt(a, "%.*s/composite/sobjects/Account", STR_ARG(sf->data)),
                .body = read_body(sf, a, ids, n),
                .timeout_ms = SF_LONG_MS,
                .body_max = ANSWER_BYTES,
                .repeatable = true}};
    yyjson_val *root, *obj;
    yyjson_arr_iter it;
    if (!sf_call(sf, a, &x, &root, e)) {
        bool large = strcmp(e->code, "answer_too_large") == 0;
        return large && n > 1 && read_ids(sf, a, ids, n / 2, out, e) &&
               read_ids(sf, a, ids + n / 2, n - n / 2, out + n / 2, e);
    }
    if (yyjson_arr_size(root) != n)
        return err_set(e, ERR_INTERNAL, "cut_answer", "salesforce answered %zu of %zu records",
                       yyjson_arr_size(root), n);
    yyjson_arr_iter_init(root, &it);
    for (size_t i = 0; i < n; i++) {
        obj = yyjson_arr_iter_next(&it);
        out[i] = (struct record){.id = ids[i], .state = RECORD_HIDDEN, .asked_ms = x.res.asked_ms};
        if (!yyjson_is_obj(obj))
            continue;
        struct record rec;
        sf_record_json(sf, a, obj, x.res.asked_ms, &rec);
        if (!str_eq(rec.id, sfid18(a, ids[i])))
            return err_set(e, ERR_INTERNAL, "other_record",
                           "salesforce answered %.*s where %.*s was asked for", STR_ARG(rec.id),
                           STR_ARG(ids[i]));
        out[i] = rec;
    }
    return true;
}

bool sf_get(struct crm *crm, struct arena *a, const struct str *ids, size_t n, struct record *out,
            struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    for (size_t at = 0; at < n; at += SF_COLLECTION_READ_IDS_MAX) {
        size_t count = MIN(n - at, (size_t)SF_COLLECTION_READ_IDS_MAX);
        if (!read_ids(sf, a, ids + at, count, out + at, e))
            return false;
    }
    return sf_tombstones(sf, a, out, n, e);
}

/* ---- by key ---------------------------------------------------------------------------------- */

static void place(const struct str *keys, size_t n, const struct record *rec, struct record *out)
{
    for (size_t i = 0; rec->key.n && i < n; i++)
        if (str_eq(rec->key, keys[i]))
            out[i] = *rec;
}

/* With many fields the ids come by query and the records by id. */
static bool place_all(struct salesforce *sf, struct arena *a, yyjson_val *records, int64_t asked,
                      const struct str *keys, size_t n, struct record *out, struct err *e)
{
    size_t count = yyjson_arr_size(records), k = 0;
    struct str *ids = ARENA_ARRAY(a, struct str, count);
    struct record *rec = ARENA_ARRAY(a, struct record, count);
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(records, &it);
    for (; (obj = yyjson_arr_iter_next(&it)); k++) {
        ids[k] = sfid18(a, json_get(obj, "Id"));
        if (!sf->wide)
            sf_record_json(sf, a, obj, asked, &rec[k]);
    }
    if (sf->wide && count > 0 && !sf_get(&sf->crm, a, ids, count, rec, e))
        return false;
    for (k = 0; k < count; k++)
        if (rec[k].state == RECORD_LIVE)
            place(keys, n, &rec[k], out);
    return true;
}

bool sf_get_by_key(struct crm *crm, struct arena *a, const struct str *keys, size_t n,
                   struct record *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    int64_t now = http_now_ms(crm->http);
    struct str *value = ARENA_ARRAY(a, struct str, n);
    struct str fields = sf->wide ? S("Id") : sf->fields;
    size_t room = SF_URI_BYTES - url_encoded(a, fields).n - 500;
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct record){.state = RECORD_HIDDEN, .asked_ms = now};
        value[i] = str_fmt(a, "%.*s:%.*s", STR_ARG(sf->portal), STR_ARG(keys[i]));
    }
    for (size_t at = 0, to; at < n && sf->has_key; at = to) {
        struct buf list;
        yyjson_val *root;
        int64_t asked;
        buf_init(&list, 64 * KIB);
        to = sf_list(a, &list, value, at, n, room);
        struct str soql = str_fmt(a, "SELECT %.*s FROM Account WHERE %.*s IN (%.*s)",
                                  STR_ARG(fields), STR_ARG(sf->key), STR_ARG(buf_view(&list)));
        buf_release(&list);
        if (!sf_query(sf, a, soql, false, &root, &asked, e))
            return err_wrap(e, "looking for accounts by our key");
        for (size_t i = at; i < to; i++)
            out[i].asked_ms = asked;
        for (bool more = true; more;)
            if (!place_all(sf, a, yyjson_obj_get(root, "records"), asked, keys + at, to - at,
                           out + at, e) ||
                !sf_query_next(sf, a, &root, &more, e))
                return false;
    }
    return true;
}
