/* The Salesforce driver: opening, first contact, what there is on Account. */
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/decimal.h"
#include "text/sfid.h"
#include "text/url.h"

/* SF 1: a pinned version, never "the latest". */
static bool check_version(const struct salesforce *sf, yyjson_val *list, struct err *e)
{
    yyjson_val *v;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(list, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(v, "version"), sf->version))
            return true;
    err_set(e, ERR_CONFIG, "api_version", "this org does not serve API version %.*s",
            STR_ARG(sf->version));
    return err_hint(e, "set salesforce.version in tandem.yaml to one the org serves");
}

enum { ASK_USER, ASK_VERSIONS, ASK_ORG, ASK_CURRENCY, ASK_COUNT };

/* The answers of first contact, which go out together: a round trip instead of four. */
static bool ask_who(struct salesforce *sf, struct arena *a, yyjson_val **root, struct err *e)
{
    static const char org[] =
        "SELECT Id, Name, IsSandbox, OrganizationType FROM Organization LIMIT 1";
    static const char currency[] = "SELECT IsoCode, ConversionRate, IsCorporate FROM CurrencyType";
    struct str query = str_fmt(a, "%.*s/query?q=", STR_ARG(sf->data));
    const struct str path[ASK_COUNT] = {
        S("/services/oauth2/userinfo"), S("/services/data"),
        str_fmt(a, "%.*s%.*s", STR_ARG(query), STR_ARG(url_encoded(a, str_from(org)))),
        str_fmt(a, "%.*s%.*s", STR_ARG(query), STR_ARG(url_encoded(a, str_from(currency))))};
    struct http_exchange x[ASK_COUNT] = {0};
    for (int i = 0; i < ASK_COUNT; i++) {
        bool counts = i == ASK_ORG || i == ASK_CURRENCY;
        x[i].req = (struct http_request){.class = counts ? HTTP_CLASS_PLAIN : HTTP_CLASS_FREE,
                                         .path = path[i],
                                         .repeatable = true};
        sf_headers(&x[i].req);
    }
    if (!http_all(sf->crm.http, a, x, ASK_COUNT, e))
        return false;
    for (int i = 0; i < ASK_COUNT; i++) {
        struct err why;
        root[i] = NULL;
        if (!x[i].answered)
            return *e = x[i].err, false;
        if (!json_parse(a, x[i].res.body, &root[i], &why))
            root[i] = NULL;
        bool good = x[i].res.status == 200 && root[i];
        if (i == ASK_VERSIONS && good && !check_version(sf, root[i], e))
            return false;
        if (good || i == ASK_CURRENCY) { /* that object is there with several currencies only */
            root[i] = good ? root[i] : NULL;
            continue;
        }
        sf_error(x[i].res.status, root[i], e);
        if (!root[i] && x[i].res.status < 500) {
            err_set(e, ERR_CONFIG, "not_salesforce", "no Salesforce answers there (HTTP %d)",
                    x[i].res.status);
            err_hint(e, "check the address: it is the org's My Domain host, not a lightning one");
        }
        return false;
    }
    return true;
}

/* The corporate currency, and what one unit of it is worth in each; nothing where there is one. */
static void currencies_of(struct arena *a, yyjson_val *root, struct crm_identity *out)
{
    yyjson_val *list = yyjson_obj_get(root, "records"), *v;
    yyjson_arr_iter it;
    out->rate = ARENA_ARRAY(a, struct currency_rate, yyjson_arr_size(list));
    yyjson_arr_iter_init(list, &it);
    while ((v = yyjson_arr_iter_next(&it))) {
        struct str code = json_get(v, "IsoCode");
        struct str units = decimal_canonical(a, json_get(v, "ConversionRate"), -1);
        if (json_bool(yyjson_obj_get(v, "IsCorporate"), false))
            out->currency = code;
        if (code.n && units.n && decimal_cmp(units, S("0")) > 0)
            out->rate[out->rates++] = (struct currency_rate){code, units};
    }
}

static bool identify(struct crm *crm, struct arena *a, struct crm_identity *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    yyjson_val *root[ASK_COUNT];
    if (!ask_who(sf, a, root, e))
        return false;
    yyjson_val *user = root[ASK_USER];
    yyjson_val *org = yyjson_arr_get_first(yyjson_obj_get(root[ASK_ORG], "records"));
    sf->user_id = str_dup(&sf->life, json_get(user, "user_id"));
    *out = (struct crm_identity){
        .organisation = sfid18(a, json_get(org, "Id")),
        .name = json_get(org, "Name"),
        .user = json_get(user, "preferred_username"),
        .user_id = sfid18(a, json_get(user, "user_id")),
        .edition = json_get(org, "OrganizationType"),
        .test_system = json_bool(yyjson_obj_get(org, "IsSandbox"), false),
    };
    currencies_of(a, root[ASK_CURRENCY], out);
    if (!out->organisation.n)
        out->organisation = sfid18(a, json_get(user, "organization_id"));
    if (!out->organisation.n)
        out->organisation = json_get(org, "Id");
    if (out->organisation.n)
        return true;
    return err_set(e, ERR_INTERNAL, "no_organisation", "salesforce did not say which org it is");
}

enum field_type sf_type_of(struct str type)
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
    bool number = sf_type_of(type) == FIELD_NUMBER;
    struct field out = {
        .name = json_get(f, "name"),
        .label = json_get(f, "label"),
        .wire_type = type,
        .type = sf_type_of(type),
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
        .aggregatable = json_bool(yyjson_obj_get(f, "aggregatable"), false),
        .filterable = json_bool(yyjson_obj_get(f, "filterable"), false),
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

static void record_types_of(struct arena *a, yyjson_val *root, struct schema *out)
{
    yyjson_val *infos = yyjson_obj_get(root, "recordTypeInfos"), *t;
    yyjson_arr_iter it;
    out->record_type = ARENA_ARRAY(a, struct record_type, yyjson_arr_size(infos));
    yyjson_arr_iter_init(infos, &it);
    while ((t = yyjson_arr_iter_next(&it))) {
        if (json_bool(yyjson_obj_get(t, "master"), false))
            continue;
        out->record_type[out->record_types++] = (struct record_type){
            .id = sfid18(a, json_get(t, "recordTypeId")),
            .name = json_get(t, "developerName"),
            .label = json_get(t, "name"),
            .active = json_bool(yyjson_obj_get(t, "active"), false),
            .available = json_bool(yyjson_obj_get(t, "available"), false),
            .standard = json_bool(yyjson_obj_get(t, "defaultRecordTypeMapping"), false),
        };
    }
}

/* Describe does not tell which record types are for person accounts; asked where there are any. */
static bool person_types(struct salesforce *sf, struct arena *a, struct schema *out, struct err *e)
{
    yyjson_val *root, *t;
    yyjson_arr_iter it;
    int64_t asked;
    struct str soql = S("SELECT Id FROM RecordType WHERE SobjectType = 'Account' AND IsPersonType"
                        " = true");
    if (!sf_query(sf, a, soql, false, &root, &asked, e))
        return err_wrap(e, "reading the record types of person accounts");
    yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
    while ((t = yyjson_arr_iter_next(&it)))
        for (size_t i = 0; i < out->record_types; i++)
            if (str_eq(out->record_type[i].id, sfid18(a, json_get(t, "Id"))))
                out->record_type[i].person = true;
    return true;
}

static bool schema(struct crm *crm, struct arena *a, struct schema *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    yyjson_val *root, *f;
    yyjson_arr_iter it;
    struct str path = str_fmt(a, "%.*s/sobjects/Account/describe", STR_ARG(sf->data));
    if (!sf_get_json(sf, a, path, &root, e))
        return err_wrap(e, "describing Account");
    yyjson_val *fields = yyjson_obj_get(root, "fields");
    if (yyjson_arr_size(fields) == 0)
        return err_set(e, ERR_INTERNAL, "no_fields", "salesforce described Account without fields");
    *out = (struct schema){.field = ARENA_ARRAY(a, struct field, yyjson_arr_size(fields))};
    record_types_of(a, root, out);
    yyjson_arr_iter_init(fields, &it);
    while ((f = yyjson_arr_iter_next(&it)))
        out->field[out->count++] = field_of(a, f);
    qsort(out->field, out->count, sizeof(*out->field), by_name);
    const struct field *key = schema_find(out, sf->key);
    sf->has_key = key != NULL;
    /* Without uniqueness an upsert can end in two records (SF 7, T12). */
    sf->key_usable = key && key->external_id && key->unique && key->createable && key->updateable;
    if (key)
        sf->key = str_dup(&sf->life, key->name); /* as it is spelt there */
    sf->can_create = json_bool(yyjson_obj_get(root, "createable"), false);
    sf->can_update = json_bool(yyjson_obj_get(root, "updateable"), false);
    sf->described = true;
    sf->has_person = schema_find(out, S("IsPersonAccount")) != NULL;
    return !sf->has_person || person_types(sf, a, out, e);
}

/* Where `name` stands in the list, added when it is new. */
static int add_field(struct salesforce *sf, struct buf *list, struct str name)
{
    for (size_t i = 0; i < sf->field_count; i++)
        if (str_eq_nocase(sf->field[i], name))
            return (int)i;
    sf->field[sf->field_count++] = name;
    buf_fmt(list, "%s%.*s", list->n ? ", " : "", STR_ARG(name));
    return (int)sf->field_count - 1;
}

static void bind(struct crm *crm, const struct crm_binding *b)
{
    static const char *const fixed[SF_FIXED_COUNT] = {
        [SF_ID] = "Id",
        [SF_NAME] = "Name",
        [SF_WEBSITE] = "Website",
        [SF_CREATED] = "CreatedDate",
        [SF_EDITED] = "LastModifiedDate",
        [SF_STAMP] = "SystemModstamp",
    };
    struct salesforce *sf = sf_of(crm);
    const struct mappings *m = b->mappings;
    struct buf list;
    assert(m->count <= FIELDS_MAX);
    arena_release(&sf->bound);
    arena_init(&sf->bound, 4 * MIB);
    buf_init(&list, MIB);
    sf->m = m;
    sf->portal = str_dup(&sf->bound, b->portal);
    sf->overlap_ms = b->overlap_ms ? b->overlap_ms : SF_OVERLAP_MS;
    sf->field = ARENA_ARRAY(&sf->bound, struct str, LEN(fixed) + m->count + 2);
    sf->map_at = ARENA_ARRAY(&sf->bound, int, m->count);
    sf->field_count = 0;
    for (size_t i = 0; i < LEN(fixed); i++)
        add_field(sf, &list, str_from(fixed[i]));
    sf->key_at = sf->has_key ? add_field(sf, &list, sf->key) : -1;
    sf->person_at = sf->has_person ? add_field(sf, &list, S("IsPersonAccount")) : -1;
    for (size_t i = 0; i < m->count; i++) {
        const struct field *f = &m->map[i].meta[SIDE_SF];
        /* A field that is not there would fail the query (S6.8), a compound one too (SF T15). */
        bool ask = f->readable && f->type != FIELD_OTHER;
        sf->map_at[i] = ask ? add_field(sf, &list, f->name) : -1;
    }
    sf->fields = str_dup(&sf->bound, buf_view(&list));
    sf->wide = url_encoded(&sf->bound, sf->fields).n > SF_URI_BYTES / 2;
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
    .total = sf_total,
    .filled = sf_filled,
    .get = sf_get,
    .get_to_write = sf_get_to_write,
    .get_by_key = sf_get_by_key,
    .find_hosts = NULL,
    .owners = sf_owners,
    .touched = sf_touched,
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
    sf->crm.people = &sf_people;
    sf->domains = o->domains;
    sf->log = o->log;
    sf->clock = o->clock;
    sf->rng = o->rng;
    sf->stop = o->stop;
    sf->overlap_ms = SF_OVERLAP_MS;
    sf->key_at = sf->person_at = -1;
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
