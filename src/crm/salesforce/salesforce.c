#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
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

/* "api-usage=18/15000; per-app-api-usage=..." (SF 3, T26) */
static void quota(const struct http_response *res, struct http_quota *out)
{
    struct str info = http_header_get(res, "Sforce-Limit-Info");
    ptrdiff_t at = str_find(info, S("api-usage="));
    int64_t used, max;
    struct str rest, part;
    if (at < 0)
        return;
    rest = str_slice(info, (size_t)at + 10, info.n);
    if (!str_cut(&rest, '/', &part) || !str_to_i64(part, &used))
        return;
    size_t n = 0;
    while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
        n++;
    if (!str_to_i64(str_slice(rest, 0, n), &max))
        return;
    out->day_max = max;
    out->day_left = max - used;
}

const struct http_service salesforce_service = {"salesforce", classify, quota};

void sf_error(int status, yyjson_val *body, struct err *e)
{
    yyjson_val *first = yyjson_is_arr(body) ? yyjson_arr_get_first(body) : body;
    struct str code = json_get(first, "errorCode"), message = json_get(first, "message");
    char name[64];
    if (!code.n)
        code = json_get(first, "statusCode");
    if (!code.n)
        code = status == 412 ? S("PRECONDITION_FAILED") : S("SALESFORCE_ERROR");
    snprintf(name, sizeof(name), "%.*s", STR_ARG(str_slice(code, 0, 60)));
    enum err_kind kind =
        status >= 500 || str_eq(code, S("UNABLE_TO_LOCK_ROW")) ? ERR_RETRY : ERR_REJECTED;
    err_set(e, kind, name, "salesforce: %.*s (%.*s)",
            STR_ARG(str_slice(message.n ? message : S("no message"), 0, 300)),
            STR_ARG(str_slice(code, 0, 60)));
    struct str field = json_str(yyjson_arr_get_first(yyjson_obj_get(first, "fields")));
    err_subject(e, str_slice(field, 0, 100));
    bool place = str_eq(code, S("STORAGE_LIMIT_EXCEEDED")) ||
                 str_eq(code, S("LICENSE_LIMIT_EXCEEDED")) ||
                 str_eq(code, S("API_DISABLED_FOR_ORG"));
    if (place)
        e->scope = SCOPE_DIRECTION; /* S15.6 */
}

bool sf_call(struct salesforce *sf, struct arena *a, struct http_exchange *x, yyjson_val **root,
             struct err *e)
{
    struct err why;
    *root = NULL;
    if (!http_one(sf->crm.http, a, x, e))
        return false;
    int status = x->res.status;
    bool json = str_find(x->res.content_type, S("json")) >= 0;
    if (json && x->res.body.n && !json_parse(a, x->res.body, root, &why)) {
        *e = why;
        return err_wrap(e, "salesforce's answer to %.*s", STR_ARG(str_slice(x->req.path, 0, 80)));
    }
    if (status >= 200 && status < 300)
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

struct str sf_literal(struct arena *a, struct str s)
{
    char *out = arena_bytes(a, 6 * s.n + 2);
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

bool sf_query(struct salesforce *sf, struct arena *a, struct str soql, bool all, yyjson_val **root,
              int64_t *asked_ms, struct err *e)
{
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "%.*s/%s?q=%.*s", STR_ARG(sf->data), all ? "queryAll" : "query",
                                STR_ARG(url_encoded(a, soql))),
                .timeout_ms = SF_LONG_MS,
                .repeatable = true}};
    if (!sf_call(sf, a, &x, root, e))
        return false;
    *asked_ms = x.res.asked_ms;
    return true;
}

/* ---- first contact --------------------------------------------------------------------------- */

static bool check_version(struct salesforce *sf, struct arena *a, struct err *e)
{
    struct http_exchange x = {
        .req = {.class = HTTP_CLASS_FREE, .path = S("/services/data"), .repeatable = true}};
    yyjson_val *root, *v;
    yyjson_arr_iter it;
    if (!sf_call(sf, a, &x, &root, e))
        return false;
    yyjson_arr_iter_init(root, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(v, "version"), sf->version))
            return true;
    err_set(e, ERR_CONFIG, "api_version", "this org does not serve API version %.*s",
            STR_ARG(sf->version));
    return err_hint(e, "set salesforce.version in tandem.yaml to one the org serves");
}

static bool identify(struct crm *crm, struct arena *a, struct crm_identity *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    yyjson_val *user, *root;
    int64_t asked;
    struct http_exchange x = {.req = {.class = HTTP_CLASS_FREE,
                                      .path = S("/services/oauth2/userinfo"),
                                      .repeatable = true}};
    if (!sf_call(sf, a, &x, &user, e) || !check_version(sf, a, e) ||
        !sf_query(sf, a,
                  S("SELECT Id, Name, IsSandbox, OrganizationType FROM Organization LIMIT 1"),
                  false, &root, &asked, e))
        return false;
    yyjson_val *org = yyjson_arr_get_first(yyjson_obj_get(root, "records"));
    sf->user_id = str_dup(&sf->life, json_get(user, "user_id"));
    *out = (struct crm_identity){
        .organisation = json_get(org, "Id"),
        .name = json_get(org, "Name"),
        .user = json_get(user, "preferred_username"),
        .edition = json_get(org, "OrganizationType"),
        .test_system = json_bool(yyjson_obj_get(org, "IsSandbox"), false),
    };
    if (!out->organisation.n)
        out->organisation = json_get(user, "organization_id");
    if (out->organisation.n)
        return true;
    return err_set(e, ERR_INTERNAL, "no_organisation", "salesforce did not say which org it is");
}

static enum field_type type_of(struct str type)
{
    static const struct {
        const char *name;
        enum field_type type;
    } table[] = {
        {"id", FIELD_REFERENCE},
        {"reference", FIELD_REFERENCE},
        {"string", FIELD_TEXT},
        {"textarea", FIELD_TEXTAREA},
        {"boolean", FIELD_BOOL},
        {"picklist", FIELD_PICKLIST},
        {"multipicklist", FIELD_MULTI},
        {"combobox", FIELD_TEXT},
        {"int", FIELD_NUMBER},
        {"long", FIELD_NUMBER},
        {"double", FIELD_NUMBER},
        {"currency", FIELD_NUMBER},
        {"percent", FIELD_NUMBER},
        {"date", FIELD_DATE},
        {"datetime", FIELD_DATETIME},
        {"phone", FIELD_PHONE},
        {"url", FIELD_URL},
        {"email", FIELD_EMAIL},
        {"encryptedstring", FIELD_TEXT},
    };
    for (size_t i = 0; i < LEN(table); i++)
        if (str_eq(type, str_from(table[i].name)))
            return table[i].type;
    return FIELD_OTHER;
}

static struct field field_of(struct arena *a, yyjson_val *f)
{
    struct str type = json_get(f, "type");
    int64_t digits = json_i64(yyjson_obj_get(f, "digits"), 0);
    bool createable = json_bool(yyjson_obj_get(f, "createable"), false);
    bool number = type_of(type) == FIELD_NUMBER;
    struct field out = {
        .name = json_get(f, "name"),
        .label = json_get(f, "label"),
        .wire_type = type,
        .type = type_of(type),
        .length = (uint32_t)json_i64(yyjson_obj_get(f, "length"), 0),
        .precision = number ? (int)MAX(json_i64(yyjson_obj_get(f, "precision"), 0), digits) : -1,
        .scale = number ? (int)json_i64(yyjson_obj_get(f, "scale"), 0) : -1,
        .readable = true,
        .createable = createable,
        .updateable = json_bool(yyjson_obj_get(f, "updateable"), false),
        .required = createable && !json_bool(yyjson_obj_get(f, "nillable"), true) &&
                    !json_bool(yyjson_obj_get(f, "defaultedOnCreate"), false),
        .calculated = json_bool(yyjson_obj_get(f, "calculated"), false),
        .unique = json_bool(yyjson_obj_get(f, "unique"), false),
        .external_id = json_bool(yyjson_obj_get(f, "externalId"), false),
        .restricted = json_bool(yyjson_obj_get(f, "restrictedPicklist"), false),
    };
    if (str_eq(out.name, S("OwnerId")))
        out.type = FIELD_OWNER;
    yyjson_val *values = yyjson_obj_get(f, "picklistValues"), *v;
    yyjson_arr_iter it;
    out.option = ARENA_ARRAY(a, struct field_option, yyjson_arr_size(values));
    yyjson_arr_iter_init(values, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        out.option[out.options++] =
            (struct field_option){json_get(v, "value"), json_get(v, "label"),
                                  json_bool(yyjson_obj_get(v, "active"), true)};
    return out;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

static bool schema(struct crm *crm, struct arena *a, struct schema *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    yyjson_val *root, *f;
    yyjson_arr_iter it;
    if (!sf_get_json(sf, a, str_fmt(a, "%.*s/sobjects/Account/describe", STR_ARG(sf->data)), &root,
                     e))
        return false;
    yyjson_val *fields = yyjson_obj_get(root, "fields");
    *out = (struct schema){ARENA_ARRAY(a, struct field, yyjson_arr_size(fields)), 0};
    yyjson_arr_iter_init(fields, &it);
    while ((f = yyjson_arr_iter_next(&it)))
        out->field[out->count++] = field_of(a, f);
    qsort(out->field, out->count, sizeof(*out->field), by_name);
    sf->has_key = schema_find(out, sf->key) != NULL;
    sf->has_person = schema_find(out, S("IsPersonAccount")) != NULL;
    return true;
}

static void add_field(struct salesforce *sf, struct buf *list, struct str name)
{
    for (size_t i = 0; i < sf->field_count; i++)
        if (str_eq_nocase(sf->field[i], name))
            return;
    sf->field[sf->field_count++] = name;
    buf_fmt(list, "%s%.*s", list->n ? ", " : "", STR_ARG(name));
}

static void bind(struct crm *crm, const struct mappings *m, struct str portal)
{
    static const char *const fixed[] = {
        "Id", "Name", "Website", "CreatedDate", "LastModifiedDate", "SystemModstamp"};
    struct salesforce *sf = sf_of(crm);
    struct buf list;
    arena_release(&sf->bound);
    arena_init(&sf->bound, MIB);
    buf_init(&list, MIB);
    sf->m = m;
    sf->portal = str_dup(&sf->bound, portal);
    sf->field = ARENA_ARRAY(&sf->bound, struct str, LEN(fixed) + m->count + 2);
    sf->field_count = 0;
    for (size_t i = 0; i < LEN(fixed); i++)
        add_field(sf, &list, str_from(fixed[i]));
    if (sf->has_key)
        add_field(sf, &list, sf->key);
    if (sf->has_person)
        add_field(sf, &list, S("IsPersonAccount"));
    for (size_t i = 0; i < m->count;
         i++) /* a field that is not there would fail the query (S6.8) */
        if (m->map[i].meta[SIDE_SF].readable)
            add_field(sf, &list, m->map[i].meta[SIDE_SF].name);
    sf->fields = str_dup(&sf->bound, buf_view(&list));
    buf_release(&list);
}

static void close_driver(struct crm *crm)
{
    struct salesforce *sf = sf_of(crm);
    http_close(crm->http);
    arena_release(&sf->bound);
    arena_release(&sf->life);
    free(sf);
}

static const struct crm_ops ops = {
    .side = SIDE_SF,
    .create_batch = SF_COLLECTION_RECORDS_MAX,
    .update_batch = SF_COLLECTION_RECORDS_MAX,
    .identify = identify,
    .schema = schema,
    .bind = bind,
    .read = sf_read,
    .next = sf_next,
    .end = sf_end,
    .get = sf_get,
    .get_by_key = sf_get_by_key,
    .find_hosts = NULL,
    .write = sf_write,
    .setup = sf_setup,
    .doctor = sf_doctor,
    .close = close_driver,
};

bool salesforce_open(struct crm **out, const struct crm_options *o, struct err *e)
{
    struct salesforce *sf = calloc(1, sizeof(*sf));
    if (!sf)
        abort();
    sf->crm.ops = &ops;
    sf->domains = o->domains;
    sf->log = o->log;
    sf->clock = o->clock;
    arena_init(&sf->life, 4 * MIB);
    arena_init(&sf->bound, MIB);
    sf->version = str_dup(&sf->life, o->version.n ? o->version : S(SF_VERSION));
    sf->data = str_fmt(&sf->life, "/services/data/v%.*s", STR_ARG(sf->version));
    sf->key = str_dup(&sf->life, o->key_name.n ? o->key_name : S(SF_KEY));
    struct http_options h = {.base = o->base,
                             .service = &salesforce_service,
                             .auth = o->auth,
                             .limits = o->limits,
                             .clock = o->clock,
                             .log = o->log,
                             .rng = o->rng,
                             .ca_file = o->ca_file,
                             .trace_fd = o->trace_fd,
                             .stop = o->stop};
    if (!h.limits.parallel)
        h.limits.parallel = 4; /* SF 11 */
    if (!http_open(&sf->crm.http, &h, e)) {
        arena_release(&sf->life);
        free(sf);
        return false;
    }
    *out = &sf->crm;
    return true;
}
