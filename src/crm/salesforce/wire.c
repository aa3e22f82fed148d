/* wire: calls to the REST API, what its errors mean, and texts in SOQL. */
#include <stdio.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "model/refusal.h"
#include "text/url.h"

/* SF 4.2, 4.3, T21: a 403 may be rights or a limit; the body tells. */
static struct answer classify(const struct http_response *res)
{
    switch (res->status) {
    case 401:
        return (struct answer){ANSWER_RENEW, 0};
    case 403:
        if (str_find(res->body, S("REQUEST_LIMIT_EXCEEDED")) < 0)
            return (struct answer){ANSWER_DONE, 0};
        if (str_find(res->body, S("ConcurrentRequests")) >= 0)
            return (struct answer){ANSWER_SLOW_DOWN, 3000};
        return (struct answer){ANSWER_DAY_OVER, 0};
    case 420:
        return (struct answer){ANSWER_RETRY, 10000};
    case 429:
        return (struct answer){ANSWER_SLOW_DOWN, 1000};
    default:
        if (res->status >= 500)
            return (struct answer){ANSWER_RETRY, 0};
        if (res->status == 400 && str_find(res->body, S("UNABLE_TO_LOCK_ROW")) >= 0)
            return (struct answer){ANSWER_RETRY, 0};
        return (struct answer){ANSWER_DONE, 0};
    }
}

static bool leading_number(struct str s, int64_t *out)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return str_to_i64(str_slice(s, 0, n), out);
}

/* "api-usage=18/15000; per-app-api-usage=17/250(appName=x)": the first pair, the end not anchored
 * (SF 3, T26). */
static void quota(const struct http_response *res, struct http_quota *out)
{
    struct str info = http_header_get(res, "Sforce-Limit-Info");
    ptrdiff_t at = str_find(info, S("api-usage="));
    int64_t used, max;
    if (at < 0)
        return;
    struct str rest = str_slice(info, (size_t)at + 10, info.n), part;
    if (!str_cut(&rest, '/', &part) || !leading_number(part, &used) || !leading_number(rest, &max))
        return;
    out->day_max = max;
    out->day_left = MAX(max - used, 0);
}

const struct http_service salesforce_service = {"salesforce", classify, quota};

void sf_headers(struct http_request *req)
{
    static struct http_header common = {{"Sforce-Call-Options", 19}, {"client=tandem", 13}};
    req->header = &common;
    req->headers = 1;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* SF 4.3: a customer's automation failed; only the text says when it was a lock. */
static bool locked_inside(struct str code, struct str message)
{
    return str_find(message, S("UNABLE_TO_LOCK_ROW")) >= 0 &&
           (str_eq(code, S("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")) ||
            str_eq(code, S("CANNOT_EXECUTE_FLOW_TRIGGER")) || str_eq(code, S("FLOW_EXCEPTION")));
}

void sf_error(int status, yyjson_val *body, struct err *e)
{
    yyjson_val *first = yyjson_is_arr(body) ? yyjson_arr_get_first(body) : body;
    struct str code = json_get(first, "errorCode"), message = json_get(first, "message");
    char name[64];
    if (!code.n)
        code = json_get(first, "statusCode");
    if (!code.n)
        code = status == 412 ? S("PRECONDITION_FAILED") : S("SALESFORCE_ERROR");
    code = str_slice(code, 0, sizeof(name) - 1);
    snprintf(name, sizeof(name), "%.*s", STR_ARG(code));
    const struct refusal *m = refusal_of(code);
    bool passing = status >= 500 || locked_inside(code, message);
    err_set(e, passing ? ERR_RETRY : m->kind, name, "salesforce: %.*s (%s, HTTP %d)",
            STR_ARG(str_slice(message.n ? message : S("no message"), 0, 300)), name, status);
    e->scope = m->scope;
    if (e->kind == ERR_REFUSED)
        err_rule(e, "S15.6");
    struct str field = json_str(yyjson_arr_get_first(yyjson_obj_get(first, "fields")));
    err_subject(e, str_slice(field, 0, 100));
}

/* ---- calls ----------------------------------------------------------------------------------- */

static bool looks_like_json(const struct http_response *res)
{
    return str_find(res->content_type, S("json")) >= 0 ||
           (!res->content_type.n && res->body.n &&
            (res->body.p[0] == '[' || res->body.p[0] == '{'));
}

bool sf_call(struct salesforce *sf, struct arena *a, struct http_exchange *x, yyjson_val **root,
             struct err *e)
{
    struct err why;
    *root = NULL;
    sf_headers(&x->req);
    if (!http_one(sf->crm.http, a, x, e))
        return false;
    int status = x->res.status;
    bool good = status >= 200 && status < 300;
    if (looks_like_json(&x->res) && x->res.body.n && !json_parse(a, x->res.body, root, &why) &&
        good) {
        *e = why;
        return err_wrap(e, "salesforce's answer to %.*s", STR_ARG(str_slice(x->req.path, 0, 80)));
    }
    if (good)
        return true;
    sf_error(status, *root, e);
    return false;
}

bool sf_get_json(struct salesforce *sf, struct arena *a, struct str path, yyjson_val **root,
                 struct err *e)
{
    struct http_exchange x = {.req = {.path = path, .timeout_ms = SF_LONG_MS, .repeatable = true}};
    return sf_call(sf, a, &x, root, e) &&
           (*root || err_set(e, ERR_INTERNAL, "no_json", "salesforce answered without JSON"));
}

bool sf_query(struct salesforce *sf, struct arena *a, struct str soql, bool all, yyjson_val **root,
              int64_t *asked_ms, struct err *e)
{
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "%.*s/%s?q=%.*s", STR_ARG(sf->data), all ? "queryAll" : "query",
                                STR_ARG(url_encoded(a, soql))),
                .timeout_ms = SF_LONG_MS,
                .body_max = 32 * MIB,
                .repeatable = true}};
    if (!sf_call(sf, a, &x, root, e))
        return false;
    *asked_ms = x.res.asked_ms;
    return yyjson_is_obj(*root) ||
           err_set(e, ERR_INTERNAL, "no_json", "salesforce answered a query without JSON");
}

bool sf_query_next(struct salesforce *sf, struct arena *a, yyjson_val **root, bool *more,
                   struct err *e)
{
    struct str next = json_get(*root, "nextRecordsUrl");
    *more = !json_bool(yyjson_obj_get(*root, "done"), true);
    if (!*more)
        return true;
    if (!str_starts(next, S("/services/data/"))) /* T19 */
        return err_set(e, ERR_INTERNAL, "cut_page", "salesforce's page is cut short");
    return sf_get_json(sf, a, next, root, e);
}

struct str sf_literal(struct arena *a, struct str s)
{
    char *out = arena_bytes(a, 6 * s.n + 3);
    size_t n = 0;
    out[n++] = '\'';
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\\' || c == '\'') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c < 0x20) {
            n += (size_t)snprintf(out + n, 7, "\\u%04x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    out[n++] = '\'';
    return (struct str){out, n};
}

size_t sf_list(struct arena *a, struct buf *b, const struct str *v, size_t from, size_t n,
               size_t bytes)
{
    size_t i = from;
    for (size_t used = 0; i < n && i - from < SF_IN_MAX; i++) {
        struct str text = sf_literal(a, v[i]);
        used += url_encoded(a, text).n + 3; /* the comma, encoded */
        if (used > bytes && i > from)
            break;
        if (i > from)
            buf_char(b, ',');
        buf_str(b, text);
    }
    return i;
}

void sf_pause(struct salesforce *sf, int64_t ms)
{
    for (int64_t left = ms; left > 0 && !(sf->stop && *sf->stop); left -= 100)
        sf->clock->sleep_us(sf->clock, MIN(left, 100) * 1000);
}
