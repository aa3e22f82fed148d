/* composite: updates that must not overwrite somebody's edit: 25 in a call, each with If-Match, and
 * the readings that they go by, each with its ETag (SF 8.4, 9; S12.1). */
#include "crm/salesforce/sf_p.h"

#include "text/sfid.h"

/* ---- readings -------------------------------------------------------------------------------- */

static struct str read_body(struct salesforce *sf, struct arena *a, const struct str *ids, size_t n)
{
    struct buf b;
    buf_init(&b, HTTP_BODY_BYTES_MAX);
    buf_str(&b, S("{\"allOrNone\":false,\"compositeRequest\":["));
    for (size_t i = 0; i < n; i++) {
        buf_fmt(&b,
                "%s{\"method\":\"GET\",\"referenceId\":\"r%zu\",\"url\":\"%.*s/sobjects/Account/",
                i ? "," : "", i, STR_ARG(sf->data));
        buf_fmt(&b, "%.*s?fields=", STR_ARG(ids[i]));
        for (size_t k = 0; k < sf->field_count; k++)
            buf_fmt(&b, "%s%.*s", k ? "," : "", STR_ARG(sf->field[k]));
        buf_str(&b, S("\"}"));
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* False: not to be read so, for whatever reason. */
static bool take_reading(struct salesforce *sf, struct arena *a, yyjson_val *part, int64_t asked_ms,
                         struct str id, struct record *out)
{
    int64_t status = json_i64(yyjson_obj_get(part, "httpStatusCode"), 0);
    *out = (struct record){.id = id, .state = RECORD_HIDDEN, .asked_ms = asked_ms};
    if (status == 404)
        return true;
    if (status != 200 || !yyjson_is_obj(yyjson_obj_get(part, "body")))
        return false;
    sf_record_json(sf, a, yyjson_obj_get(part, "body"), asked_ms, out);
    out->etag = json_get(yyjson_obj_get(part, "httpHeaders"), "ETag");
    return str_eq(out->id, sfid18(a, id));
}

static bool read_tagged(struct salesforce *sf, struct arena *a, const struct str *ids, size_t n,
                        struct record *out, bool *all, struct err *e)
{
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = str_fmt(a, "%.*s/composite", STR_ARG(sf->data)),
                                      .body = read_body(sf, a, ids, n),
                                      .timeout_ms = SF_LONG_MS,
                                      .repeatable = true}};
    yyjson_val *root, *part;
    yyjson_arr_iter it;
    size_t came = 0;
    *all = true;
    if (!sf_call(sf, a, &x, &root, e))
        return false;
    yyjson_arr_iter_init(yyjson_obj_get(root, "compositeResponse"), &it);
    while ((part = yyjson_arr_iter_next(&it)) && *all) {
        struct str ref = json_get(part, "referenceId");
        int64_t i;
        *all = str_starts(ref, S("r")) && str_to_i64(str_slice(ref, 1, ref.n), &i) && i >= 0 &&
               (size_t)i < n && take_reading(sf, a, part, x.res.asked_ms, ids[i], &out[i]);
        came++;
    }
    *all = *all && came == n;
    return true;
}

/* More than one call would be no saving over what is searched for afterwards. */
bool sf_get_to_write(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                     struct record *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    bool all = false;
    bool few = n <= SF_COMPOSITE_CALLS_MAX && !sf->wide;
    if (few && !read_tagged(sf, a, ids, n, out, &all, e))
        return false;
    return all ? sf_tombstones(sf, a, out, n, e) : sf_get(crm, a, ids, n, out, e);
}

/* ---- writes ---------------------------------------------------------------------------------- */

static struct str body_of(struct salesforce *sf, struct arena *a, const struct crm_write *w,
                          const size_t *of, size_t n)
{
    struct buf b;
    buf_init(&b, 64 * MIB);
    buf_str(&b, S("{\"allOrNone\":false,\"compositeRequest\":["));
    for (size_t i = 0; i < n; i++) {
        const struct crm_write *one = &w[of[i]];
        buf_fmt(&b, "%s{\"method\":\"PATCH\",\"url\":\"%.*s/sobjects/Account/%.*s\",", i ? "," : "",
                STR_ARG(sf->data), STR_ARG(one->id));
        buf_fmt(&b, "\"referenceId\":\"r%zu\",\"httpHeaders\":{\"If-Match\":", i);
        json_quote(&b, one->etag); /* byte for byte */
        buf_str(&b, S("},\"body\":{"));
        size_t at = b.n;
        sf_put_fields(sf, &b, one, true);
        if (b.n > at)
            b.p[at] = ' '; /* its first comma */
        buf_str(&b, S("}}"));
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static void take(struct salesforce *sf, struct arena *a, struct crm_write *w, yyjson_val *part,
                 struct err *place)
{
    int64_t status = json_i64(yyjson_obj_get(part, "httpStatusCode"), 0);
    if (status >= 200 && status < 300) {
        sf_written(a, w, w->id, false);
        return;
    }
    if (status == 0 || status >= 500) {
        sf_not_known(a, w, NULL);
        return;
    }
    if (!sf_refuse(sf, a, w, (int)status, yyjson_obj_get(part, "body")))
        *place = *w->err;
}

/* Answers come with the reference we gave; their order is not relied on. */
static void take_all(struct salesforce *sf, struct arena *a, struct crm_write *w, const size_t *of,
                     size_t n, yyjson_val *root, struct err *place)
{
    yyjson_val *part;
    yyjson_arr_iter it;
    for (size_t i = 0; i < n; i++)
        sf_not_known(a, &w[of[i]], NULL);
    yyjson_arr_iter_init(yyjson_obj_get(root, "compositeResponse"), &it);
    while ((part = yyjson_arr_iter_next(&it))) {
        struct str ref = json_get(part, "referenceId");
        int64_t i;
        if (str_starts(ref, S("r")) && str_to_i64(str_slice(ref, 1, ref.n), &i) && i >= 0 &&
            (size_t)i < n)
            take(sf, a, &w[of[i]], part, place);
    }
}

bool sf_write_matching(struct salesforce *sf, struct arena *a, struct crm_write *w,
                       const size_t *of, size_t n, struct err *e)
{
    size_t count = (n + SF_COMPOSITE_CALLS_MAX - 1) / SF_COMPOSITE_CALLS_MAX;
    struct http_exchange *x = ARENA_ARRAY(a, struct http_exchange, count);
    struct err place = {.kind = ERR_NONE};
    for (size_t i = 0; i < count; i++) {
        size_t at = i * SF_COMPOSITE_CALLS_MAX, some = MIN(n - at, (size_t)SF_COMPOSITE_CALLS_MAX);
        x[i].req = (struct http_request){.method = HTTP_POST,
                                         .path = str_fmt(a, "%.*s/composite", STR_ARG(sf->data)),
                                         .body = body_of(sf, a, w, of + at, some),
                                         .timeout_ms = SF_LONG_MS};
        sf_headers(&x[i].req);
    }
    bool ok = http_all(sf->crm.http, a, x, count, e);
    for (size_t i = 0; i < count; i++) {
        size_t at = i * SF_COMPOSITE_CALLS_MAX, some = MIN(n - at, (size_t)SF_COMPOSITE_CALLS_MAX);
        yyjson_val *root = NULL;
        struct err why;
        int status = x[i].res.status;
        if (x[i].attempts == 0 || status == 401)
            continue;
        if (x[i].answered && !json_parse(a, x[i].res.body, &root, &why))
            root = NULL;
        if (x[i].answered && status == 200) {
            take_all(sf, a, w, of + at, some, root, &place);
            continue;
        }
        if (x[i].answered)
            sf_error(status, root, &why);
        else
            why = x[i].err;
        bool judged = x[i].answered && status >= 400 && status < 500;
        if (judged && ok && place.kind == ERR_NONE) {
            place = why;
            place.kind = why.kind == ERR_REJECTED || why.kind == ERR_STALE ? ERR_REFUSED : why.kind;
        }
        for (size_t k = 0; !judged && k < some; k++)
            sf_not_known(a, &w[of[at + k]], &why);
    }
    if (ok && place.kind != ERR_NONE) {
        *e = place;
        return false;
    }
    return ok;
}
