#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crm/hubspot/hs_p.h"

/* H4, H5.3: what an answer means for the next attempt. */
static struct answer classify(const struct http_response *res)
{
    int64_t told = retry_after_ms(res, MS_HOUR); /* H4.11 */
    switch (res->status) {
    case 401:
        return (struct answer){ANSWER_RENEW, 0};
    case 429:
        if (str_find(res->body, S("DAILY")) >= 0 || str_find(res->body, S("daily limit")) >= 0)
            return (struct answer){ANSWER_DAY_OVER, 0};
        if (str_find(res->body, S("TEN_SEC")) < 0 &&
            (str_find(res->body, S("SECONDLY")) >= 0 ||
             str_find(res->body, S("secondly limit")) >= 0))
            return (struct answer){ANSWER_SLOW_DOWN, told ? told : 1000}; /* H4.12 */
        return (struct answer){ANSWER_SLOW_DOWN, told ? told : 10000};
    case 423:
        return (struct answer){ANSWER_RETRY, 2000};
    case 477:
        return (struct answer){ANSWER_DAY_OVER, retry_after_ms(res, MS_DAY)}; /* H4.16 */
    default:
        if (res->status >= 500)
            return (struct answer){ANSWER_RETRY, told};
        return (struct answer){ANSWER_DONE, 0};
    }
}

static void quota(const struct http_response *res, struct http_quota *out)
{
    int64_t n;
    if (str_to_i64(http_header_get(res, "X-HubSpot-RateLimit-Daily"), &n))
        out->day_max = n;
    if (str_to_i64(http_header_get(res, "X-HubSpot-RateLimit-Daily-Remaining"), &n))
        out->day_left = n;
    if (str_to_i64(http_header_get(res, "X-HubSpot-RateLimit-Remaining"), &n) && n >= 0)
        out->burst_left = n;
}

const struct http_service hubspot_service = {"hubspot", classify, quota};

/* ---- errors ---------------------------------------------------------------------------------- */

struct str hs_error_property(struct arena *a, yyjson_val *entry)
{
    struct str name =
        json_str(yyjson_arr_get_first(json_at(entry, "context", "propertyName", NULL)));
    if (name.n)
        return name;
    yyjson_val *inner = yyjson_arr_get_first(yyjson_obj_get(entry, "errors"));
    name = json_str(yyjson_arr_get_first(json_at(inner, "context", "propertyName", NULL)));
    if (name.n)
        return name;
    /* H5.6: the same facts as a JSON list inside the message. */
    struct str msg = json_get(entry, "message");
    ptrdiff_t at = str_find_char(msg, '[');
    yyjson_val *list;
    struct err ignored;
    if (at < 0 || !str_starts(msg, S("Property values were not valid")) ||
        !json_parse(a, str_slice(msg, (size_t)at, msg.n), &list, &ignored))
        return STR_NONE;
    return json_get(yyjson_arr_get_first(list), "name");
}

int hs_entry_status(yyjson_val *entry)
{
    struct str category = json_get(entry, "category");
    return str_eq(category, S("RATE_LIMITS"))                                                ? 429
           : str_eq(category, S("INTERNAL_ERROR"))                                           ? 500
           : str_eq(category, S("OBJECT_NOT_FOUND"))                                         ? 404
           : str_eq(category, S("CONFLICT")) || str_eq(category, S("OBJECT_ALREADY_EXISTS")) ? 409
                                                                                             : 400;
}

void hs_error(int status, yyjson_val *body, struct err *e)
{
    yyjson_val *inner = yyjson_arr_get_first(yyjson_obj_get(body, "errors"));
    struct str code = json_get(inner, "code"), message = json_get(body, "message");
    char buf[64];
    if (!code.n)
        code = json_get(body, "category");
    if (!message.n)
        message = json_get(inner, "message");
    snprintf(buf, sizeof(buf), "%.*s",
             STR_ARG(str_slice(code.n ? code : S("HUBSPOT_ERROR"), 0, 60)));
    enum err_kind kind = status >= 500 || status == 429 ? ERR_RETRY : ERR_REJECTED;
    bool full = status == 400 && (str_find(message, S("record limit")) >= 0 ||
                                  str_find(message, S("limit of records")) >= 0); /* H14.4 */
    if (full)
        snprintf(buf, sizeof(buf), "record_limit");
    err_set(e, kind, buf, "hubspot: %.*s (HTTP %d)",
            STR_ARG(str_slice(message.n ? message : S("no message"), 0, 300)), status);
    struct str id = json_get(body, "correlationId"); /* H2.11 */
    if (id.n)
        err_hint(e, "HubSpot's correlation id is %.*s", STR_ARG(str_slice(id, 0, 80)));
    if (full || status == 403) {
        e->kind = ERR_REFUSED;
        e->scope = SCOPE_DIRECTION;
        yyjson_val *scopes = json_at(body, "context", "requiredGranularScopes", NULL);
        if (!scopes)
            scopes = json_at(inner, "context", "requiredGranularScopes", NULL);
        struct str first = json_str(yyjson_arr_get_first(scopes));
        if (first.n)
            err_hint(e, "give the token the scope %.*s", STR_ARG(str_slice(first, 0, 100)));
    }
}

bool hs_call(struct hubspot *hs, struct arena *a, struct http_exchange *x, yyjson_val **root,
             struct err *e)
{
    *root = NULL;
    return http_one(hs->crm.http, a, x, e) && hs_read_answer(a, x, root, e);
}

bool hs_search(struct hubspot *hs, struct arena *a, struct str objects, struct str body,
               struct http_exchange *x, yyjson_val **root, struct err *e)
{
    *x = (struct http_exchange){.req = {.method = HTTP_POST,
                                        .class = HTTP_CLASS_SEARCH,
                                        .path = str_fmt(a, "%.*s/search", STR_ARG(objects)),
                                        .body = body,
                                        .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                        .repeatable = true}};
    return hs_call(hs, a, x, root, e);
}

bool hs_read_answer(struct arena *a, const struct http_exchange *x, yyjson_val **root,
                    struct err *e)
{
    struct err why;
    int status = x->res.status;
    *root = NULL;
    if (status == 204)
        return true;
    bool good = status >= 200 && status < 300;
    bool parsed = str_find(x->res.content_type, S("json")) >= 0 /* H2.10 */
                      ? json_parse(a, x->res.body, root, &why)
                      : err_set(&why, ERR_INTERNAL, "json", "not JSON but \"%.*s\"",
                                STR_ARG(str_slice(x->res.content_type, 0, 80)));
    if (good && parsed)
        return true;
    if (!parsed)
        *root = NULL;
    if (!good)
        return hs_error(status, *root, e), false;
    *e = why;
    return err_wrap(e, "hubspot's answer to %.*s", STR_ARG(str_slice(x->req.path, 0, 80)));
}

/* ---- first contact --------------------------------------------------------------------------- */

static bool identify(struct crm *crm, struct arena *a, struct crm_identity *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    yyjson_val *root;
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "/account-info/%.*s/details", STR_ARG(hs->version)),
                .repeatable = true}};
    if (!hs_call(hs, a, &x, &root, e))
        return false;
    struct str type = json_get(root, "accountType");
    *out = (struct crm_identity){
        .organisation = json_get(root, "portalId"),
        .name = str_fmt(a, "portal %.*s", STR_ARG(json_get(root, "portalId"))),
        .user = S("token"),
        .edition = type,
        .currency = json_get(root, "companyCurrency"),
        .test_system = type.n && !str_eq(type, S("STANDARD")),
    };
    if (out->organisation.n)
        return true;
    return err_set(e, ERR_INTERNAL, "no_portal",
                   "hubspot did not say which portal the token is of");
}

enum field_type hs_type_of(struct str type, struct str field)
{
    if (str_eq(type, S("string"))) {
        bool other = str_eq(field, S("html")) || str_eq(field, S("file")); /* in no rule of B3 */
        return other                             ? FIELD_OTHER
               : str_eq(field, S("textarea"))    ? FIELD_TEXTAREA
               : str_eq(field, S("phonenumber")) ? FIELD_PHONE
                                                 : FIELD_TEXT;
    }
    if (str_eq(type, S("phone_number")))
        return FIELD_PHONE;
    if (str_eq(type, S("number")))
        return FIELD_NUMBER;
    if (str_eq(type, S("bool")) || str_eq(field, S("booleancheckbox")))
        return FIELD_BOOL;
    if (str_eq(type, S("date")))
        return FIELD_DATE;
    if (str_eq(type, S("datetime")))
        return FIELD_DATETIME;
    if (str_eq(type, S("enumeration")))
        return str_eq(field, S("checkbox")) ? FIELD_MULTI : FIELD_PICKLIST;
    return FIELD_OTHER;
}

/* In the portal's order; -1 stands behind the others. */
static int by_order(const void *a, const void *b)
{
    int64_t x = json_i64(yyjson_obj_get(*(yyjson_val *const *)a, "displayOrder"), -1);
    int64_t y = json_i64(yyjson_obj_get(*(yyjson_val *const *)b, "displayOrder"), -1);
    x = x < 0 ? INT64_MAX : x;
    y = y < 0 ? INT64_MAX : y;
    return x != y ? (x > y) - (x < y) : *(yyjson_val *const *)a < *(yyjson_val *const *)b ? -1 : 1;
}

static void read_options(struct arena *a, yyjson_val *options, struct field *f)
{
    size_t n = yyjson_arr_size(options), at = 0;
    yyjson_val *o, **list = ARENA_ARRAY(a, yyjson_val *, n);
    yyjson_arr_iter it;
    f->option = ARENA_ARRAY(a, struct field_option, n);
    yyjson_arr_iter_init(options, &it);
    while ((o = yyjson_arr_iter_next(&it)))
        list[at++] = o;
    qsort(list, n, sizeof(*list), by_order);
    for (size_t i = 0; i < n; i++)
        f->option[f->options++] =
            (struct field_option){json_get(list[i], "value"), json_get(list[i], "label"), true};
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

bool hs_schema(struct crm *crm, struct arena *a, struct schema *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    yyjson_val *root, *p;
    yyjson_arr_iter it;
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "/crm/properties/%.*s/companies", STR_ARG(hs->version)),
                .repeatable = true}};
    if (!hs_call(hs, a, &x, &root, e))
        return false;
    yyjson_val *list = yyjson_obj_get(root, "results");
    *out = (struct schema){ARENA_ARRAY(a, struct field, yyjson_arr_size(list)), 0};
    yyjson_arr_iter_init(list, &it);
    while ((p = yyjson_arr_iter_next(&it))) {
        yyjson_val *mod = yyjson_obj_get(p, "modificationMetadata");
        bool calculated = json_bool(yyjson_obj_get(p, "calculated"), false);
        bool read_only = calculated || json_bool(yyjson_obj_get(mod, "readOnlyValue"), false);
        struct str type = json_get(p, "type"), kind = json_get(p, "fieldType");
        struct field f = {
            .name = json_get(p, "name"),
            .label = json_get(p, "label"),
            .wire_type = str_fmt(a, "%.*s/%.*s", STR_ARG(type), STR_ARG(kind)),
            .type = hs_type_of(type, kind),
            .length = str_eq(type, S("string")) ? 65536 : 0, /* H10.1 */
            .precision = -1,
            .scale = -1,
            .readable = !json_bool(yyjson_obj_get(p, "archived"), false),
            .createable = !read_only,
            .updateable = !read_only,
            .calculated = calculated,
            .unique = json_bool(yyjson_obj_get(p, "hasUniqueValue"), false),
            .restricted = str_eq(type, S("enumeration")), /* H10.1: only options are taken */
        };
        if (str_eq(f.name, S("hubspot_owner_id")))
            f.type = FIELD_OWNER;
        read_options(a, yyjson_obj_get(p, "options"), &f);
        out->field[out->count++] = f;
    }
    qsort(out->field, out->count, sizeof(*out->field), by_name);
    return hs_validations(hs, a, out, e);
}

static void bind(struct crm *crm, const struct crm_binding *b)
{
    struct hubspot *hs = hs_of(crm);
    static const char *const fixed[] = {"name",
                                        "domain",
                                        "website",
                                        "hs_additional_domains",
                                        "hs_merged_object_ids",
                                        "salesforceaccountid",
                                        "hs_object_source"};
    const struct mappings *m = b->mappings;
    struct buf query, list;
    arena_release(&hs->bound);
    arena_init(&hs->bound, MIB);
    buf_init(&query, MIB);
    buf_init(&list, MIB);
    hs->m = m;
    hs->overlap_ms = b->overlap_ms ? b->overlap_ms : HS_OVERLAP_MS;
    for (size_t i = 0; i < m->count + LEN(fixed) + 1; i++) {
        struct str name = i < m->count                ? m->map[i].name[SIDE_HS]
                          : i < m->count + LEN(fixed) ? str_from(fixed[i - m->count])
                                                      : hs->key;
        bool seen = !name.n; /* a watched field of Salesforce (S2.3) */
        for (size_t k = 0; i >= m->count && k < m->count; k++)
            seen = seen || str_eq(name, m->map[k].name[SIDE_HS]);
        if (seen)
            continue;
        buf_str(&query, query.n ? S(",") : S("properties="));
        buf_str(&query, name);
        if (list.n)
            buf_char(&list, ',');
        json_quote(&list, name);
    }
    hs->query = str_dup(&hs->bound, buf_view(&query));
    hs->list = str_dup(&hs->bound, buf_view(&list));
    buf_release(&query);
    buf_release(&list);
}

static void close_driver(struct crm *crm)
{
    struct hubspot *hs = hs_of(crm);
    http_close(crm->http);
    arena_release(&hs->bound);
    arena_release(&hs->life);
    free(hs);
}

static const struct crm_ops ops = {
    .side = SIDE_HS,
    .create_batch = HS_BATCH_RECORDS_MAX,
    .update_batch = HS_BATCH_RECORDS_MAX,
    .total_lag_ms = 10 * MS_MINUTE, /* it counts in its index (H12.9) */
    .identify = identify,
    .schema = hs_schema,
    .bind = bind,
    .read = hs_read,
    .next = hs_next,
    .end = hs_end,
    .total = hs_total,
    .filled = hs_filled,
    .get = hs_get,
    .get_by_key = hs_get_by_key,
    .find_hosts = hs_find_hosts,
    .history = hs_history,
    .overwritten = hs_overwritten,
    .owners = hs_owners,
    .touched = hs_touched,
    .write = hs_write,
    .setup = hs_setup,
    .native = hs_native,
    .doctor = hs_doctor,
    .close = close_driver,
};

bool hubspot_open(struct crm **out, const struct crm_options *o, struct err *e)
{
    struct hubspot *hs = calloc(1, sizeof(*hs));
    if (!hs)
        abort();
    hs->crm.ops = &ops;
    hs->crm.people = &hs_people;
    hs->domains = o->domains;
    hs->log = o->log;
    arena_init(&hs->life, 4 * MIB);
    arena_init(&hs->bound, MIB);
    hs->version = str_dup(&hs->life, o->version.n ? o->version : S(HS_VERSION));
    hs->key = str_dup(&hs->life, o->key_name.n ? o->key_name : S(HS_KEY));
    hs->objects = str_fmt(&hs->life, "/crm/objects/%.*s/companies", STR_ARG(hs->version));
    hs->contacts = str_fmt(&hs->life, "/crm/objects/%.*s/contacts", STR_ARG(hs->version));
    struct http_options h = {.base = o->base,
                             .service = &hubspot_service,
                             .auth = o->auth,
                             .limits = o->limits,
                             .clock = o->clock,
                             .log = o->log,
                             .rng = o->rng,
                             .ca_file = o->ca_file,
                             .trace_fd = o->trace_fd,
                             .stop = o->stop};
    if (!h.limits.burst_ms) { /* H4.1: private apps of paid portals */
        h.limits.burst = 190;
        h.limits.burst_ms = 10000;
    }
    if (!h.limits.search_ms) { /* H4.4 */
        h.limits.search = 5;
        h.limits.search_ms = 1000;
    }
    if (!http_open(&hs->crm.http, &h, e)) {
        arena_release(&hs->life);
        free(hs);
        return false;
    }
    *out = &hs->crm;
    return true;
}
