/* sf_composite: several calls in one (SF 8.4). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/url.h"

enum { CALLS_MAX = 25, QUERIES_MAX = 5 };

struct part { /* of a composite, answered */
    struct str reference;
    struct str body;   /* JSON text; "" = none */
    yyjson_val *value; /* the same, parsed: later parts refer to it */
    int status;
    struct str headers; /* JSON object */
};

/* "/services/data/v66.0/sobjects/..." or "v66.0/..."; *query is what follows the question mark. */
static bool target(struct sf_call *c, struct str url, struct str *path, struct str *query)
{
    struct str rest = url;
    str_cut(&rest, '?', path);
    *query = rest.p ? rest : S("");
    if (str_starts(*path, S("/services/data/")))
        *path = str_slice(*path, 15, path->n);
    else if (str_starts(*path, S("/v")))
        *path = str_slice(*path, 1, path->n);
    if (!str_starts(*path, S("v")))
        return false;
    ptrdiff_t slash = str_find_char(*path, '/');
    if (slash < 0)
        return false;
    c->version = str_slice(*path, 1, (size_t)slash);
    *path = str_slice(*path, (size_t)slash + 1, path->n);
    return true;
}

static size_t headers_of(struct sf_call *c, yyjson_val *obj, struct request_header **out)
{
    yyjson_val *k;
    yyjson_obj_iter it;
    size_t n = 0;
    *out = ARENA_ARRAY(c->a, struct request_header, yyjson_obj_size(obj));
    yyjson_obj_iter_init(obj, &it);
    while ((k = yyjson_obj_iter_next(&it)))
        (*out)[n++] = (struct request_header){json_str(k), json_str(yyjson_obj_iter_get_val(k))};
    return n;
}

static struct str headers_json(struct sf_call *c, const struct response *r)
{
    struct buf b;
    buf_init(&b, 64 * KIB);
    bool any = false;
    buf_char(&b, '{');
    for (size_t i = 0; i < r->headers; i++) {
        if (strcmp(r->header[i].name, "Location") && strcmp(r->header[i].name, "ETag") &&
            strcmp(r->header[i].name, "Last-Modified"))
            continue;
        if (any)
            buf_char(&b, ',');
        any = true;
        json_quote(&b, str_from(r->header[i].name));
        buf_char(&b, ':');
        json_quote(&b, r->header[i].value);
    }
    buf_char(&b, '}');
    struct str text = str_dup(c->a, buf_view(&b));
    buf_release(&b);
    return text;
}

/* Runs one call within this one. */
static void run(struct sf_call *c, struct str method, struct str url, struct str body,
                yyjson_val *headers, struct sf_tx *tx, struct part *out)
{
    struct buf answer;
    struct request q = {.a = c->a,
                        .method = method,
                        .path = c->q->path,
                        .body = body,
                        .authorization = c->q->authorization};
    struct request_header *extra;
    struct response r = {.status = 200, .body = &answer};
    struct sf_call inner = *c;
    struct err ignored;
    struct str path;
    buf_init(&answer, 256 * MIB);
    q.extras = headers_of(c, headers, &extra);
    q.extra = extra;
    inner.q = &q;
    inner.r = &r;
    inner.b = &answer;
    inner.tx = tx;
    inner.depth = c->depth + 1;
    if (!target(&inner, url, &path, &q.query) || inner.depth > SF_COMPOSITE_DEPTH ||
        str_starts(path, S("jobs")))
        sf_not_found(&inner);
    else if (is(&inner, "PATCH") && sandbox_fault(c->s, "full", "salesforce", url))
        sf_error(&inner, 403, "STORAGE_LIMIT_EXCEEDED", S("storage limit exceeded"), STR_NONE);
    else
        sf_dispatch(&inner, path);
    out->status = r.status;
    out->body = str_dup(c->a, answer.n ? buf_view(&answer) : S(""));
    out->headers = headers_json(c, &r);
    if (!out->body.n || !json_parse(c->a, out->body, &out->value, &ignored))
        out->value = NULL;
    buf_release(&answer);
}

/* ---- references: @{ref.id}, @{ref.records[0].Id}
 * -------------------------------------------------------- */

static struct str look_up(const struct part *parts, size_t n, struct str path)
{
    struct str name;
    str_cut(&path, '.', &name);
    for (size_t i = 0; i < n; i++) {
        yyjson_val *v = parts[i].value;
        if (!str_eq(name, parts[i].reference))
            continue;
        struct str step;
        while (path.p && str_cut(&path, '.', &step)) {
            int64_t index = -1;
            ptrdiff_t bracket = str_find_char(step, '[');
            if (bracket >= 0 && str_ends(step, S("]")))
                (void)str_to_i64(str_slice(step, (size_t)bracket + 1, step.n - 1), &index);
            if (bracket >= 0)
                step = str_slice(step, 0, (size_t)bracket);
            if (step.n)
                v = yyjson_obj_getn(v, step.p, step.n);
            if (index >= 0)
                v = yyjson_arr_get(v, (size_t)index);
        }
        return json_str(v);
    }
    return STR_NONE;
}

/* false = a reference that leads nowhere; *out then holds it. */
static bool filled(struct sf_call *c, struct str text, const struct part *parts, size_t n,
                   struct str *out)
{
    struct buf b;
    bool ok = true;
    if (str_find(text, S("@{")) < 0) {
        *out = text;
        return true;
    }
    buf_init(&b, 8 * MIB);
    while (ok && text.n) {
        ptrdiff_t at = str_find(text, S("@{"));
        ptrdiff_t end = at < 0 ? -1 : str_find_char(str_slice(text, (size_t)at, text.n), '}');
        if (at < 0 || end < 0) {
            buf_str(&b, text);
            break;
        }
        buf_str(&b, str_slice(text, 0, (size_t)at));
        struct str path = str_slice(text, (size_t)at + 2, (size_t)(at + end));
        struct str value = look_up(parts, n, path);
        ok = value.p != NULL;
        if (!ok) {
            buf_clear(&b);
            value = path;
        }
        buf_str(&b, value);
        text = str_slice(text, (size_t)(at + end) + 1, text.n);
    }
    *out = str_dup(c->a, buf_view(&b));
    buf_release(&b);
    return ok;
}

static void bad_reference(struct sf_call *c, struct part *p, struct str path)
{
    struct buf b;
    buf_init(&b, 64 * KIB);
    buf_str(&b, S("[{\"errorCode\":\"PROCESSING_HALTED\",\"message\":"));
    json_quote(
        &b, str_fmt(c->a, "Invalid reference specified. No value for %.*s found", STR_ARG(path)));
    buf_str(&b, S("}]"));
    p->status = 400;
    p->headers = S("{}");
    p->body = str_dup(c->a, buf_view(&b));
    buf_release(&b);
}

/* ---- composite
 * ----------------------------------------------------------------------------------------- */

static struct str body_text(struct sf_call *c, yyjson_val *v)
{
    size_t n;
    if (!v || yyjson_is_null(v))
        return S("");
    char *text = yyjson_val_write(v, 0, &n);
    if (!text)
        return S("");
    struct str s = str_dup(c->a, (struct str){text, n});
    free(text);
    return s;
}

static void one_part(struct sf_call *c, yyjson_val *call, struct part *parts, size_t i,
                     struct sf_tx *tx)
{
    struct str url, body;
    parts[i].reference = json_get(call, "referenceId");
    if (!filled(c, json_get(call, "url"), parts, i, &url)) {
        bad_reference(c, &parts[i], url);
    } else if (!filled(c, body_text(c, yyjson_obj_get(call, "body")), parts, i, &body)) {
        bad_reference(c, &parts[i], body);
    } else {
        run(c, json_get(call, "method"), url, body, yyjson_obj_get(call, "httpHeaders"), tx,
            &parts[i]);
    }
}

static bool is_query(yyjson_val *call)
{
    struct str url = json_get(call, "url");
    return str_find(url, S("/query")) >= 0 || str_find(url, S("/composite/sobjects")) >= 0;
}

static bool acceptable(struct sf_call *c, yyjson_val *calls)
{
    yyjson_val *call;
    yyjson_arr_iter it;
    size_t queries = 0;
    if (yyjson_arr_size(calls) == 0 || yyjson_arr_size(calls) > CALLS_MAX) {
        sf_error(c, 400, "LIMIT_EXCEEDED",
                 S("A composite request has 1 to 25 subrequests in compositeRequest"), STR_NONE);
        return false;
    }
    yyjson_arr_iter_init(calls, &it);
    while ((call = yyjson_arr_iter_next(&it))) {
        queries += is_query(call);
        if (json_get(call, "method").n && json_get(call, "url").n &&
            json_get(call, "referenceId").n)
            continue;
        sf_error(c, 400, "JSON_PARSER_ERROR", S("a subrequest needs method, url and referenceId"),
                 STR_NONE);
        return false;
    }
    if (queries <= QUERIES_MAX)
        return true;
    sf_error(c, 400, "LIMIT_EXCEEDED",
             S("A composite request has at most 5 query or collection subrequests"), STR_NONE);
    return false;
}

static void halt(struct part *p)
{
    p->status = 400;
    p->headers = S("{}");
    p->body = S(
        "[{\"errorCode\":\"PROCESSING_HALTED\",\"message\":\"The transaction was rolled back since "
        "another operation in the same transaction failed.\"}]");
}

void sf_composite(struct sf_call *c)
{
    yyjson_val *root, *call;
    yyjson_arr_iter it;
    struct part parts[CALLS_MAX] = {{.status = 0}};
    struct sf_tx tx = {0};
    size_t n = 0, failed = SIZE_MAX;
    if (!is(c, "POST")) {
        sf_method(c);
        return;
    }
    if (!sf_body(c, &root) || !acceptable(c, yyjson_obj_get(root, "compositeRequest")))
        return;
    bool all = json_bool(yyjson_obj_get(root, "allOrNone"), false) && !c->tx;
    yyjson_arr_iter_init(yyjson_obj_get(root, "compositeRequest"), &it);
    for (; (call = yyjson_arr_iter_next(&it)); n++) {
        if (all && failed != SIZE_MAX) {
            parts[n].reference = json_get(call, "referenceId");
            continue;
        }
        one_part(c, call, parts, n, all ? &tx : c->tx);
        if (parts[n].status >= 300 && failed == SIZE_MAX)
            failed = n;
    }
    if (all && failed != SIZE_MAX) {
        sf_tx_rollback(c->o, &tx);
        for (size_t i = 0; i < n; i++)
            if (i != failed)
                halt(&parts[i]);
    }
    sf_tx_commit(&tx);
    buf_str(c->b, S("{\"compositeResponse\":["));
    for (size_t i = 0; i < n; i++) {
        buf_fmt(c->b,
                "%s{\"body\":%.*s,\"httpHeaders\":%.*s,\"httpStatusCode\":%d,\"referenceId\":",
                i ? "," : "", STR_ARG(parts[i].body.n ? parts[i].body : S("null")),
                STR_ARG(parts[i].headers), parts[i].status);
        json_quote(c->b, parts[i].reference);
        buf_char(c->b, '}');
    }
    buf_str(c->b, S("]}"));
}

/* Independent calls; each counts against the day (SF 8.4). */
void sf_batch(struct sf_call *c)
{
    yyjson_val *root, *call, *calls;
    yyjson_arr_iter it;
    struct part parts[CALLS_MAX] = {{.status = 0}};
    size_t n = 0;
    bool errors = false;
    if (!is(c, "POST")) {
        sf_method(c);
        return;
    }
    if (!sf_body(c, &root))
        return;
    calls = yyjson_obj_get(root, "batchRequests");
    bool halting = json_bool(yyjson_obj_get(root, "haltOnError"), false);
    if (yyjson_arr_size(calls) == 0 || yyjson_arr_size(calls) > CALLS_MAX) {
        sf_error(c, 400, "LIMIT_EXCEEDED", S("A batch has 1 to 25 requests in batchRequests"),
                 STR_NONE);
        return;
    }
    yyjson_arr_iter_init(calls, &it);
    for (; (call = yyjson_arr_iter_next(&it)); n++) {
        if (errors && halting) {
            parts[n].status = 412;
            parts[n].body =
                S("[{\"errorCode\":\"BATCH_PROCESSING_HALTED\",\"message\":\"Batch processing "
                  "halted per request\"}]");
            continue;
        }
        c->s->sf_used++;
        run(c, json_get(call, "method"), json_get(call, "url"),
            body_text(c, yyjson_obj_get(call, "richInput")), NULL, NULL, &parts[n]);
        errors = errors || parts[n].status >= 300;
    }
    buf_fmt(c->b, "{\"hasErrors\":%s,\"results\":[", errors ? "true" : "false");
    for (size_t i = 0; i < n; i++)
        buf_fmt(c->b, "%s{\"statusCode\":%d,\"result\":%.*s}", i ? "," : "", parts[i].status,
                STR_ARG(parts[i].body.n ? parts[i].body : S("null")));
    buf_str(c->b, S("]}"));
}
