/* sf: the Salesforce side on the wire: sessions, limits, routes, error shapes (SF 2-4, 11, 18). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/iso8601.h"
#include "text/url.h"

enum { VERSION_FIRST = 41, VERSION_LAST = 68, VERSION_GONE = 30 };

/* ---- answers
 * ------------------------------------------------------------------------------------- */

void sf_error(struct sf_call *c, int status, const char *code, struct str message, struct str field)
{
    c->r->status = status;
    buf_clear(c->b);
    buf_str(c->b, S("[{\"message\":"));
    json_quote(c->b, message);
    buf_fmt(c->b, ",\"errorCode\":\"%s\"", code);
    if (field.p) {
        buf_str(c->b, S(",\"fields\":["));
        json_quote(c->b, field);
        buf_char(c->b, ']');
    }
    buf_str(c->b, S("}]"));
}

static int status_of(const char *code)
{
    static const struct {
        const char *code;
        int status;
    } table[] = {{"NOT_FOUND", 404},
                 {"ENTITY_IS_DELETED", 404},
                 {"INSUFFICIENT_ACCESS_OR_READONLY", 403},
                 {"REQUEST_LIMIT_EXCEEDED", 403}};
    for (size_t i = 0; i < LEN(table); i++)
        if (strcmp(code, table[i].code) == 0)
            return table[i].status;
    return 400;
}

void sf_fail(struct sf_call *c, const struct sf_problem *p, int status)
{
    sf_error(c, status ? status : status_of(p->code), p->code, p->message,
             p->field.p ? p->field : S(""));
    if (!p->field.p) { /* data errors always carry the member */
        c->b->n -= 6;
        buf_str(c->b, S("[]}]"));
    }
    if (p->match.p) { /* the service misspells it, too (SF 8.6) */
        c->b->n -= 2;
        buf_fmt(c->b,
                ",\"duplicateResut\":{\"allowSave\":true,\"duplicateRule\":\"Sandbox_Rule\","
                "\"matchResults\":[{\"matchRecords\":[{\"record\":{\"Id\":\"%.*s\"}}]}]}}]",
                STR_ARG(p->match));
    }
}

void sf_not_found(struct sf_call *c)
{
    sf_error(c, 404, "NOT_FOUND", S("The requested resource does not exist"), STR_NONE);
}

void sf_method(struct sf_call *c)
{
    sf_error(c, 405, "METHOD_NOT_ALLOWED",
             str_fmt(c->a, "HTTP Method '%.*s' not allowed. Allowed are GET,HEAD,POST,PATCH,DELETE",
                     STR_ARG(c->q->method)),
             STR_NONE);
}

/* ---- requests
 * ------------------------------------------------------------------------------------ */

bool is(const struct sf_call *c, const char *method)
{
    return str_eq(c->q->method, str_from(method)) ||
           (strcmp(method, "GET") == 0 && str_eq(c->q->method, S("HEAD")));
}

struct str sf_param(struct sf_call *c, const char *name)
{
    return url_query_get(c->a, c->q->query, str_from(name));
}

bool sf_segment(struct sf_call *c, struct str *rest, struct str *out)
{
    while (rest->n && rest->p[0] == '/')
        *rest = str_slice(*rest, 1, rest->n);
    if (!rest->n || !str_cut(rest, '/', out))
        return false;
    *out = url_decoded(c->a, *out, false);
    return true;
}

struct str sf_id(struct sf_call *c, enum world_type t, const struct world_record *r)
{
    return world_id(c->o->world, t, r->number, arena_bytes(c->a, 32));
}

bool sf_body(struct sf_call *c, yyjson_val **root)
{
    struct err why;
    if (json_parse(c->a, c->q->body, root, &why) && yyjson_is_obj(*root))
        return true;
    sf_error(c, 400, "JSON_PARSER_ERROR",
             c->q->body.n
                 ? str_fmt(c->a, "Unexpected character at [line:1, column:1]: %s", why.msg)
                 : S("The HTTP entity body is required, but this request has no entity body."),
             STR_NONE);
    return false;
}

struct sf_save sf_saving(struct sf_call *c)
{
    struct str rule = request_header(c->q, "Sforce-Duplicate-Rule-Header");
    return (struct sf_save){.org = c->o,
                            .a = c->a,
                            .now_ms = c->now_ms,
                            .source = W_FROM_API,
                            .user = c->session ? c->session->user : 0,
                            .tx = c->tx,
                            .allow_duplicates = str_find(rule, S("allowSave=true")) >= 0};
}

static struct str text_of(yyjson_val *v, bool *quoted)
{
    *quoted = yyjson_is_str(v);
    if (yyjson_is_bool(v))
        return yyjson_get_bool(v) ? S("true") : S("false");
    return json_str(v);
}

static bool nested(struct sf_call *c, struct str name, yyjson_val *v, struct sf_cell *cell,
                   struct sf_problem *p)
{
    yyjson_val *k;
    yyjson_obj_iter it;
    size_t members = 0;
    yyjson_obj_iter_init(v, &it);
    while (yyjson_is_obj(v) && (k = yyjson_obj_iter_next(&it))) {
        if (str_eq(json_str(k), S("attributes")))
            continue;
        members++;
        *cell = (struct sf_cell){.name = name, .foreign = json_str(k)};
        cell->value = text_of(yyjson_obj_iter_get_val(k), &cell->quoted);
    }
    if (members == 1)
        return true;
    *p = (struct sf_problem){
        "INVALID_FIELD", str_fmt(c->a, "Cannot reference a foreign key field %.*s.", STR_ARG(name)),
        STR_NONE, STR_NONE};
    return false;
}

bool sf_input_of(struct sf_call *c, yyjson_val *obj, struct str skip, bool drop_id,
                 struct sf_input *out, struct sf_problem *p)
{
    yyjson_val *k, *v;
    yyjson_obj_iter it;
    *out = (struct sf_input){ARENA_ARRAY(c->a, struct sf_cell, yyjson_obj_size(obj)), 0};
    yyjson_obj_iter_init(obj, &it);
    while ((k = yyjson_obj_iter_next(&it))) {
        struct str name = json_str(k);
        v = yyjson_obj_iter_get_val(k);
        bool id = str_eq_nocase(name, S("Id"));
        if (str_eq(name, S("attributes")) || (skip.p && str_eq_nocase(name, skip)) ||
            (id && drop_id))
            continue;
        if (id) {
            *p = (struct sf_problem){"INVALID_FIELD",
                                     S("The Id field should not be specified in the sobject data."),
                                     STR_NONE, STR_NONE};
            return false;
        }
        struct sf_cell *cell = &out->cell[out->cells++];
        if (yyjson_is_ctn(v)) {
            if (!nested(c, name, v, cell, p))
                return false;
            continue;
        }
        cell->name = name;
        cell->value = text_of(v, &cell->quoted);
    }
    return true;
}

/* ---- small resources
 * ------------------------------------------------------------------------------ */

static void versions(struct sf_call *c)
{
    static const char *const seasons[] = {"Spring", "Summer", "Winter"};
    buf_char(c->b, '[');
    for (int v = VERSION_FIRST; v <= VERSION_LAST; v++)
        buf_fmt(c->b,
                "%s{\"label\":\"%s '%02d\",\"url\":\"/services/data/v%d.0\",\"version\":\"%d.0\"}",
                v > VERSION_FIRST ? "," : "", seasons[v % 3], v / 3 + (v % 3 == 2 ? 5 : 4), v, v);
    buf_char(c->b, ']');
}

static void resources(struct sf_call *c)
{
    static const char *const names[] = {"tooling",   "sobjects", "query", "queryAll",
                                        "composite", "jobs",     "limits"};
    buf_char(c->b, '{');
    for (size_t i = 0; i < LEN(names); i++)
        buf_fmt(c->b, "\"%s\":\"/services/data/v%.*s/%s\",", names[i], STR_ARG(c->version),
                names[i]);
    buf_fmt(c->b, "\"identity\":\"%s/id/%s/%.*s\"}", c->s->base_url[0], SANDBOX_ORG,
            STR_ARG(sf_id(c, W_USER, c->o->world->table[W_USER].record[c->session->user])));
}

static void limits(struct sf_call *c)
{
    static const struct {
        const char *name;
        int max;
    } others[] = {{"DailyBulkV2QueryJobs", 10000},
                  {"DailyBulkV2QueryFileStorageMB", 976562},
                  {"DailyBulkApiBatches", 15000},
                  {"DailyDeliveredPlatformEvents", 10000},
                  {"DailyDurableStreamingApiEvents", 10000},
                  {"DurableStreamingApiConcurrentClients", 20},
                  {"DataStorageMB", 1024},
                  {"FileStorageMB", 1024},
                  {"ConcurrentSyncGetReportInstances", 100}};
    int64_t max = c->s->quotas.sf_day, used = (int64_t)c->s->sf_used;
    buf_fmt(c->b, "{\"DailyApiRequests\":{\"Max\":%lld,\"Remaining\":%lld}", (long long)max,
            (long long)MAX(max - used, 0));
    for (size_t i = 0; i < LEN(others); i++)
        buf_fmt(c->b, ",\"%s\":{\"Max\":%d,\"Remaining\":%d}", others[i].name, others[i].max,
                others[i].max);
    buf_char(c->b, '}');
}

/* ---- routes
 * --------------------------------------------------------------------------------------- */

static void sobjects(struct sf_call *c, struct str rest)
{
    struct str name, part, value, more;
    if (!sf_segment(c, &rest, &name)) {
        sf_describe_global(c);
        return;
    }
    struct sf_object *obj = sf_object_named(c->o, name);
    if (!obj) {
        sf_not_found(c);
        return;
    }
    if (!sf_segment(c, &rest, &part)) {
        if (is(c, "POST"))
            sf_create(c, obj);
        else if (is(c, "GET"))
            sf_object_info(c, obj);
        else
            sf_method(c);
    } else if (sf_segment(c, &rest, &value)) {
        if (sf_segment(c, &rest, &more)) /* a key with a slash that was not encoded (T9) */
            sf_not_found(c);
        else
            sf_external(c, obj, part, value);
    } else if (str_eq_nocase(part, S("describe"))) {
        sf_describe(c, obj);
    } else if (str_eq(part, S("updated"))) {
        sf_updated(c, obj);
    } else if (str_eq(part, S("deleted"))) {
        sf_deleted(c, obj);
    } else if (str_eq(part, S("Id")) && is(c, "POST")) { /* an insert, disguised (SF 8.1) */
        sf_create(c, obj);
    } else {
        sf_row(c, obj, part);
    }
}

static void composite(struct sf_call *c, struct str rest)
{
    struct str part, name, key;
    if (!sf_segment(c, &rest, &part)) {
        sf_composite(c);
    } else if (str_eq(part, S("batch"))) {
        sf_batch(c);
    } else if (!str_eq(part, S("sobjects"))) {
        sf_not_found(c);
    } else if (!sf_segment(c, &rest, &name)) {
        is(c, "POST")     ? sf_collection_insert(c)
        : is(c, "PATCH")  ? sf_collection_update(c)
        : is(c, "DELETE") ? sf_collection_delete(c)
                          : sf_method(c);
    } else {
        struct sf_object *obj = sf_object_named(c->o, name);
        if (!obj)
            sf_not_found(c);
        else if (!sf_segment(c, &rest, &key))
            sf_collection_read(c, obj);
        else if (is(c, "PATCH"))
            sf_collection_upsert(c, obj, key);
        else
            sf_method(c);
    }
}

static void jobs(struct sf_call *c, struct str rest)
{
    struct str part;
    if (sf_segment(c, &rest, &part) && str_eq(part, S("query")))
        sf_jobs_query(c, rest);
    else if (str_eq(part, S("ingest")))
        sf_jobs_ingest(c, rest);
    else
        sf_not_found(c);
}

void sf_dispatch(struct sf_call *c, struct str path)
{
    struct str rest = path, part, more;
    if (!sf_segment(c, &rest, &part)) {
        resources(c);
    } else if (str_eq(part, S("sobjects"))) {
        sobjects(c, rest);
    } else if (str_eq(part, S("query")) || str_eq(part, S("queryAll"))) {
        if (sf_segment(c, &rest, &more))
            sf_query_more(c, more);
        else
            sf_query(c, part.n > 5);
    } else if (str_eq(part, S("composite"))) {
        composite(c, rest);
    } else if (str_eq(part, S("jobs"))) {
        jobs(c, rest);
    } else if (str_eq(part, S("limits"))) {
        limits(c);
    } else if (str_eq(part, S("tooling")) && str_starts(rest, S("sobjects/CustomField"))) {
        sf_custom_field(c);
    } else {
        sf_not_found(c);
    }
}

/* "/services/data/v66.0/rest"; false = no such version, and it is answered. */
static bool version_of(struct sf_call *c, struct str *path)
{
    struct str rest = str_slice(*path, 15, path->n), part;
    int64_t v = 0;
    if (!str_cut(&rest, '/', &part) || part.n < 4 || part.p[0] != 'v' || !str_ends(part, S(".0")) ||
        !str_to_i64(str_slice(part, 1, part.n - 2), &v)) {
        sf_not_found(c);
        return false;
    }
    if (v >= 7 && v <= VERSION_GONE) {
        sf_error(c, 410, "UNSUPPORTED_API_VERSION",
                 str_fmt(c->a, "API version %lld.0 is no longer supported", (long long)v),
                 STR_NONE);
        return false;
    }
    if (v <= VERSION_GONE || v > VERSION_LAST) {
        sf_not_found(c);
        return false;
    }
    c->version = str_slice(part, 1, part.n);
    *path = rest.p ? rest : S("");
    return true;
}

/* Counted and told on every call but the list of versions (SF 3, 11). */
static bool within_limits(struct sf_call *c, struct str path)
{
    struct sandbox *s = c->s;
    bool spent = s->limits && (int64_t)s->sf_used >= s->quotas.sf_day;
    if (!spent)
        s->sf_used++;
    response_header(c->r, "Sforce-Limit-Info",
                    str_fmt(c->a,
                            "api-usage=%llu/%lld; per-app-api-usage=%llu/%lld(appName=tandem)",
                            (unsigned long long)s->sf_used, (long long)s->quotas.sf_day,
                            (unsigned long long)s->sf_used, (long long)s->quotas.sf_day));
    if (spent || sandbox_fault(s, "day", "salesforce", path))
        sf_error(c, 403, "REQUEST_LIMIT_EXCEEDED", S("TotalRequests Limit exceeded."), STR_NONE);
    else if (sandbox_fault(s, "concurrent", "salesforce", path))
        sf_error(c, 403, "REQUEST_LIMIT_EXCEEDED",
                 S("ConcurrentRequests (Concurrent API Requests) Limit exceeded."), STR_NONE);
    else
        return true;
    return false;
}

static void authenticated(struct sf_call *c, struct str path)
{
    c->session = sf_session_of(c->s, c->q->authorization, c->now_ms);
    if (c->session && sandbox_fault(c->s, "expired", "salesforce", path))
        c->session->dead = true;
    if (!c->session || c->session->dead)
        sf_error(c, 401, "INVALID_SESSION_ID", S("Session expired or invalid"), STR_NONE);
    else if (str_eq(path, S("/services/oauth2/userinfo")) || str_starts(path, S("/id/")))
        sf_userinfo(c);
    else if (str_starts(path, S("/services/data/")) && version_of(c, &path)) {
        if (within_limits(c, c->q->path))
            sf_dispatch(c, path);
    } else if (c->b->n == 0)
        sf_not_found(c);
}

void sf_handle(void *who, const struct request *q, struct response *r)
{
    struct sandbox *s = who;
    struct sf_call c = {.s = s,
                        .o = &s->org,
                        .q = q,
                        .r = r,
                        .a = q->a,
                        .b = r->body,
                        .version = S("66.0"),
                        .now_ms = sandbox_now(s)};
    struct str path = q->path;
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    response_header(r, "Date", http_date(q->a, c.now_ms));
    if (sandbox_weather(s, "salesforce", q, r)) {
        sandbox_count(s, "salesforce", q, r);
        return;
    }
    if (q->path.n + q->query.n > 16384)
        sf_error(&c, 414, "URI_TOO_LONG", S("URI Too Long"), STR_NONE);
    else if (str_eq(path, S("/services/oauth2/token")))
        sf_token(&c);
    else if (str_eq(path, S("/services/oauth2/revoke")))
        sf_revoke(&c);
    else if (str_eq(path, S("/services/oauth2/introspect")))
        sf_introspect(&c);
    else if (str_eq(path, S("/services/data")))
        versions(&c);
    else
        authenticated(&c, path);
    sandbox_weather_after(s, "salesforce", q, r);
    sandbox_count(s, "salesforce", q, r);
}

void sf_init(struct sandbox *s)
{
    s->sf = calloc(1, sizeof(*s->sf));
    if (!s->sf)
        abort();
    s->sf->session_life_ms = 2 * MS_HOUR;
    s->sf->locator_life_ms = 2 * MS_DAY;
    s->quotas =
        (struct quotas){.sf_day = 100000, .hs_burst = 190, .hs_search = 5, .hs_day = 1000000};
    sf_org_init(&s->org, &s->world);
}

void sf_close(struct sandbox *s)
{
    for (size_t i = 0; i < SF_CURSORS_MAX; i++)
        sf_cursor_free(&s->sf->cursor[i]);
    for (size_t i = 0; i < SF_JOBS_MAX; i++)
        if (s->sf->job[i].used)
            sf_job_free(&s->sf->job[i]);
    free(s->sf);
    sf_org_release(&s->org);
}
