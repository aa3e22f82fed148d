/* hs: the HubSpot side on the wire (H24): companies, properties, search, batches, quotas. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "text/decimal.h"
#include "text/iso8601.h"
#include "text/url.h"

enum { PROPERTIES_MAX = 400, INPUTS_MAX = 100, SEARCH_CEILING = 10000 };

static const char *const industry_options[] = {"ACCOUNTING",
                                               "AIRLINES_AVIATION",
                                               "APPAREL_FASHION",
                                               "AUTOMOTIVE",
                                               "AVIATION_AEROSPACE",
                                               "BANKING",
                                               "BIOTECHNOLOGY",
                                               "BROADCAST_MEDIA",
                                               "BUILDING_MATERIALS",
                                               "CHEMICALS",
                                               "COMPUTER_HARDWARE",
                                               "COMPUTER_NETWORKING",
                                               "COMPUTER_SOFTWARE",
                                               "CONSTRUCTION",
                                               "CONSUMER_ELECTRONICS",
                                               "CONSUMER_GOODS",
                                               "CONSUMER_SERVICES",
                                               "COSMETICS",
                                               "DEFENSE_SPACE",
                                               "ELECTRICAL_ELECTRONIC_MANUFACTURING",
                                               "ENTERTAINMENT",
                                               "FINANCIAL_SERVICES",
                                               "FOOD_BEVERAGES",
                                               "FOOD_PRODUCTION",
                                               "FURNITURE",
                                               "GLASS_CERAMICS_CONCRETE",
                                               "HEALTH_WELLNESS_AND_FITNESS",
                                               "HOSPITAL_HEALTH_CARE",
                                               "HOSPITALITY",
                                               "INDUSTRIAL_AUTOMATION",
                                               "INFORMATION_TECHNOLOGY_AND_SERVICES",
                                               "INSURANCE",
                                               "INTERNET",
                                               "LEISURE_TRAVEL_TOURISM",
                                               "LOGISTICS_AND_SUPPLY_CHAIN",
                                               "LUXURY_GOODS_JEWELRY",
                                               "MACHINERY",
                                               "MANAGEMENT_CONSULTING",
                                               "MARITIME",
                                               "MARKETING_AND_ADVERTISING",
                                               "MECHANICAL_OR_INDUSTRIAL_ENGINEERING",
                                               "MEDICAL_DEVICES",
                                               "MINING_METALS",
                                               "OIL_ENERGY",
                                               "PACKAGE_FREIGHT_DELIVERY",
                                               "PACKAGING_AND_CONTAINERS",
                                               "PAPER_FOREST_PRODUCTS",
                                               "PHARMACEUTICALS",
                                               "PLASTICS",
                                               "PUBLISHING",
                                               "RAILROAD_MANUFACTURE",
                                               "REAL_ESTATE",
                                               "RENEWABLES_ENVIRONMENT",
                                               "RESTAURANTS",
                                               "RETAIL",
                                               "SEMICONDUCTORS",
                                               "SHIPBUILDING",
                                               "SPORTING_GOODS",
                                               "SUPERMARKETS",
                                               "TELECOMMUNICATIONS",
                                               "TEXTILES",
                                               "TOBACCO",
                                               "TRANSPORTATION_TRUCKING_RAILROAD",
                                               "UTILITIES",
                                               "WHOLESALE",
                                               "WINE_AND_SPIRITS",
                                               NULL};
static const char *const type_options[] = {"PROSPECT", "PARTNER", "RESELLER",
                                           "VENDOR",   "OTHER",   NULL};
static const char *const stage_options[] = {
    "subscriber",         "lead",        "marketingqualifiedlead",
    "salesqualifiedlead", "opportunity", "customer",
    "evangelist",         "other",       NULL};

static struct property *add_property(struct sandbox *s, const char *name, const char *type,
                                     const char *field_type)
{
    struct property *p = &s->property[s->properties++];
    *p = (struct property){.name = strdup(name),
                           .label = strdup(name),
                           .type = strdup(type),
                           .field_type = strdup(field_type),
                           .group = strdup("companyinformation"),
                           .description = strdup(""),
                           .hubspot_defined = true};
    return p;
}

void hs_properties_init(struct sandbox *s)
{
    static const char *const text[] = {"name",
                                       "domain",
                                       "website",
                                       "phone",
                                       "fax",
                                       "address",
                                       "address2",
                                       "city",
                                       "state",
                                       "zip",
                                       "country",
                                       "hs_additional_domains",
                                       "hubspot_owner_id",
                                       "linkedinbio"};
    static const char *const read_only[] = {"hs_object_id",        "createdate",
                                            "hs_lastmodifieddate", "hs_merged_object_ids",
                                            "hs_object_source",    "hs_object_source_label",
                                            "salesforceaccountid"};
    s->property = calloc(PROPERTIES_MAX + 100, sizeof(*s->property));
    if (!s->property)
        abort();
    for (size_t i = 0; i < LEN(text); i++)
        add_property(s, text[i], "string", strcmp(text[i], "phone") == 0 ? "phonenumber" : "text");
    for (size_t i = 0; i < LEN(read_only); i++)
        add_property(s, read_only[i], i == 1 || i == 2 ? "datetime" : "string",
                     i == 1 || i == 2 ? "date" : "text")
            ->read_only = true;
    add_property(s, "description", "string", "textarea");
    add_property(s, "about_us", "string", "textarea");
    add_property(s, "numberofemployees", "number", "number");
    add_property(s, "annualrevenue", "number", "number");
    add_property(s, "founded_year", "string", "text");
    add_property(s, "is_public", "bool", "booleancheckbox");
    add_property(s, "industry", "enumeration", "select")->option = industry_options;
    add_property(s, "type", "enumeration", "radio")->option = type_options;
    add_property(s, "lifecyclestage", "enumeration", "radio")->option = stage_options;
    char name[48];
    for (int i = 1; i <= 180; i++) { /* a portal's list is long (H24.13) */
        snprintf(name, sizeof(name), "hs_analytics_sample_%03d", i);
        add_property(s, name, i % 3 ? "number" : "string", i % 3 ? "number" : "text")->read_only =
            true;
    }
}

void hs_properties_free(struct sandbox *s)
{
    for (size_t i = 0; i < s->properties; i++) {
        struct property *p = &s->property[i];
        free(p->name);
        free(p->label);
        free(p->type);
        free(p->field_type);
        free(p->group);
        free(p->description);
    }
    free(s->property);
    s->property = NULL;
    s->properties = 0;
}

struct property *hs_property(struct sandbox *s, struct str name)
{
    if (!name.n)
        return NULL;
    for (size_t i = 0; i < s->properties; i++) {
        const char *have = s->property[i].name; /* no strlen: this is asked for every value */
        if (have[0] == name.p[0] && strncmp(have, name.p, name.n) == 0 && !have[name.n] &&
            !s->property[i].archived)
            return &s->property[i];
    }
    return NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void correlation(struct sandbox *s, struct buf *b)
{
    buf_fmt(b, "\"correlationId\":\"00000000-0000-4000-8000-%012llx\"",
            (unsigned long long)++s->trace_serial);
}

static void error(struct sandbox *s, struct response *r, int status, const char *category,
                  struct str message)
{
    r->status = status;
    buf_clear(r->body);
    buf_str(r->body, S("{\"status\":\"error\",\"message\":"));
    json_quote(r->body, message);
    buf_char(r->body, ',');
    correlation(s, r->body);
    buf_fmt(r->body, ",\"category\":\"%s\"}", category);
}

static struct str value_of(struct sandbox *s, const struct world_record *rec, struct arena *a,
                           struct str name)
{
    char id[32];
    if (str_eq(name, S("hs_object_id")))
        return str_dup(a, world_id(&s->world, W_COMPANY, rec->number, id));
    if (str_eq(name, S("createdate")))
        return iso_ms(a, rec->created_ms);
    if (str_eq(name, S("hs_lastmodifieddate")))
        return iso_ms(a, rec->modified_ms);
    return world_get(&s->world, W_COMPANY, rec, a, name);
}

static void put_property(struct sandbox *s, struct buf *b, struct arena *a,
                         const struct world_record *rec, struct str name)
{
    struct str v = value_of(s, rec, a, name);
    buf_char(b, ',');
    json_quote(b, name);
    buf_char(b, ':');
    if (v.n)
        json_quote(b, v);
    else
        buf_str(b, S("null"));
}

/* The members up to and with "properties"; names that do not exist are left out (H6.3). */
static void put_record(struct sandbox *s, struct buf *b, struct arena *a,
                       const struct world_record *rec, const struct str *name, size_t names)
{
    char id[32];
    struct str rid = world_id(&s->world, W_COMPANY, rec->number, id);
    struct str created = iso_ms(a, rec->created_ms), modified = iso_ms(a, rec->modified_ms);
    buf_fmt(b,
            "{\"id\":\"%.*s\",\"properties\":{\"hs_object_id\":\"%.*s\",\"createdate\":\"%.*s\","
            "\"hs_lastmodifieddate\":\"%.*s\"",
            STR_ARG(rid), STR_ARG(rid), STR_ARG(created), STR_ARG(modified));
    for (size_t i = 0; i < names; i++)
        if (!str_eq(name[i], S("hs_object_id")) && !str_eq(name[i], S("createdate")) &&
            !str_eq(name[i], S("hs_lastmodifieddate")) && hs_property(s, name[i]))
            put_property(s, b, a, rec, name[i]);
    buf_fmt(b, "},\"createdAt\":\"%.*s\",\"updatedAt\":\"%.*s\",\"archived\":%s", STR_ARG(created),
            STR_ARG(modified), rec->archived_ms ? "true" : "false");
    if (rec->archived_ms)
        buf_fmt(b, ",\"archivedAt\":\"%.*s\"", STR_ARG(iso_ms(a, rec->archived_ms)));
}

static const struct str default_names[] = {{"name", 4}, {"domain", 6}};

static size_t names_of(struct arena *a, struct str list, struct str **out)
{
    struct str part;
    size_t n = 0;
    if (!list.n) {
        *out = (struct str *)(uintptr_t)default_names;
        return LEN(default_names);
    }
    *out = ARENA_ARRAY(a, struct str, 500);
    while (n < 500 && str_cut(&list, ',', &part))
        (*out)[n++] = part;
    return n;
}

static size_t names_in(struct arena *a, yyjson_val *list, struct str **out)
{
    yyjson_val *v;
    yyjson_arr_iter it;
    size_t n = 0;
    if (!yyjson_arr_size(list)) {
        *out = (struct str *)(uintptr_t)default_names;
        return LEN(default_names);
    }
    *out = ARENA_ARRAY(a, struct str, yyjson_arr_size(list));
    yyjson_arr_iter_init(list, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        (*out)[n++] = json_str(v);
    return n;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A merged id answers as its survivor (H8.9). */
static struct world_record *alive(struct sandbox *s, struct str id)
{
    struct world_record *rec = world_find(&s->world, W_COMPANY, id);
    for (int guard = 0; rec && rec->merged_into && guard < 250; guard++)
        rec = s->world.table[W_COMPANY].record[rec->merged_into - 1];
    return rec;
}

static void list(struct sandbox *s, const struct request *q, struct response *r)
{
    struct world_table *tab = &s->world.table[W_COMPANY];
    int64_t limit = 10;
    struct str *name;
    struct str want = url_query_get(q->a, q->query, S("limit"));
    struct str after = url_query_get(q->a, q->query, S("after"));
    bool archived = str_eq(url_query_get(q->a, q->query, S("archived")), S("true"));
    size_t names = names_of(q->a, url_query_get(q->a, q->query, S("properties")), &name);
    if ((want.n && !str_to_i64(want, &limit)) || limit < 1 || limit > 100) {
        error(s, r, 400, "VALIDATION_ERROR", S("limit must be between 1 and 100"));
        return;
    }
    uint64_t i = world_after(&s->world, W_COMPANY, after);
    int64_t given = 0;
    uint64_t last = 0;
    char id[32];
    buf_str(r->body, S("{\"results\":["));
    for (; i < tab->count && given < limit; i++) {
        const struct world_record *rec = tab->record[i];
        if (rec->merged_into || (rec->archived_ms != 0) != archived)
            continue;
        if (given++)
            buf_char(r->body, ',');
        put_record(s, r->body, q->a, rec, name, names);
        buf_char(r->body, '}');
        last = i;
    }
    buf_char(r->body, ']');
    if (i < tab->count && given == limit)
        buf_fmt(r->body, ",\"paging\":{\"next\":{\"after\":\"%.*s\",\"link\":\"\"}}",
                STR_ARG(world_id(&s->world, W_COMPANY, last, id)));
    buf_char(r->body, '}');
}

static bool parse_body(struct sandbox *s, const struct request *q, struct response *r,
                       yyjson_val **root)
{
    struct err why;
    if (json_parse(q->a, q->body, root, &why))
        return true;
    error(s, r, 400, "VALIDATION_ERROR", S("Invalid input JSON"));
    return false;
}

static bool inputs_of(struct sandbox *s, struct response *r, yyjson_val *root, yyjson_val **inputs)
{
    *inputs = yyjson_obj_get(root, "inputs");
    if (yyjson_arr_size(*inputs) <= INPUTS_MAX)
        return true;
    error(s, r, 400, "VALIDATION_ERROR", S("the number of inputs exceeds the limit of 100"));
    return false;
}

static struct world_record *by_property(struct sandbox *s, struct str property, struct str value)
{
    struct property *p = hs_property(s, property);
    if (!p || !p->unique)
        return NULL;
    return world_by_unique_at(&s->world, W_COMPANY, world_field(&s->world, W_COMPANY, property),
                              value);
}

static bool check_id_property(struct sandbox *s, const struct request *q, struct response *r,
                              struct str property)
{
    struct property *p = hs_property(s, property);
    if (!property.n || (p && p->unique))
        return true;
    error(s, r, 400, "VALIDATION_ERROR",
          str_fmt(q->a, "Unable to perform update/upsert by non-unique 0-2 property %.*s",
                  STR_ARG(property)));
    return false;
}

static void batch_head(struct response *r)
{
    buf_str(r->body, S("{\"status\":\"COMPLETE\",\"results\":["));
}

static void batch_tail(struct sandbox *s, const struct request *q, struct response *r,
                       const struct buf *errors, size_t error_count)
{
    struct str now = iso_ms(q->a, sandbox_now(s));
    buf_fmt(r->body, "],\"startedAt\":\"%.*s\",\"completedAt\":\"%.*s\",\"requestedAt\":\"%.*s\"",
            STR_ARG(now), STR_ARG(now), STR_ARG(now));
    if (error_count) {
        buf_fmt(r->body, ",\"numErrors\":%zu,\"errors\":[%.*s]", error_count,
                STR_ARG(buf_view(errors)));
        r->status = 207;
    }
    buf_char(r->body, '}');
}

static void batch_read(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct str *name;
    struct buf missing;
    size_t given = 0, gone = 0;
    if (!parse_body(s, q, r, &root) || !inputs_of(s, r, root, &inputs))
        return;
    struct str property = json_get(root, "idProperty");
    bool archived = str_eq(url_query_get(q->a, q->query, S("archived")), S("true"));
    size_t names = names_in(q->a, yyjson_obj_get(root, "properties"), &name);
    if (!check_id_property(s, q, r, property))
        return;
    buf_init(&missing, MIB);
    batch_head(r);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(in, "id");
        struct world_record *rec = property.n ? by_property(s, property, id) : alive(s, id);
        if (!rec || (rec->archived_ms != 0) != archived) {
            buf_str(&missing, gone++ ? S(",") : S(""));
            json_quote(&missing, id);
            continue;
        }
        if (given++)
            buf_char(r->body, ',');
        put_record(s, r->body, q->a, rec, name, names);
        buf_char(r->body, '}');
    }
    struct buf errors;
    buf_init(&errors, MIB);
    if (gone)
        buf_fmt(
            &errors,
            "{\"status\":\"error\",\"category\":\"OBJECT_NOT_FOUND\",\"message\":\"Could not get "
            "some COMPANY objects, they may be deleted or not exist. Check that ids are valid.\","
            "\"context\":{\"ids\":[%.*s]}}",
            STR_ARG(buf_view(&missing)));
    batch_tail(s, q, r, &errors, gone ? 1 : 0);
    buf_release(&errors);
    buf_release(&missing);
}

/* ---- writing --------------------------------------------------------------------------------- */

struct problem {
    const char *code;
    struct str message, property;
};

static bool option_known(const struct property *p, struct str v)
{
    for (size_t i = 0; p->option && p->option[i]; i++)
        if (str_eq(v, str_from(p->option[i])))
            return true;
    return !p->option;
}

static bool check_value(struct sandbox *s, struct arena *a, struct world_record *rec,
                        struct str name, struct str v, struct problem *out)
{
    struct property *p = hs_property(s, name);
    *out = (struct problem){.property = name};
    if (!p) {
        out->code = "PROPERTY_DOESNT_EXIST";
        out->message = str_fmt(a, "Property \"%.*s\" does not exist", STR_ARG(name));
    } else if (p->read_only) {
        out->code = "READ_ONLY_VALUE";
        out->message = str_fmt(a, "%.*s is a read only property", STR_ARG(name));
    } else if (v.n && strcmp(p->type, "number") == 0 && !decimal_canonical(a, v, -1).p) {
        out->code = "INVALID_LONG";
        out->message = str_fmt(a, "%.*s was not a valid number.", STR_ARG(str_slice(v, 0, 60)));
    } else if (v.n && !option_known(p, v)) {
        out->code = "INVALID_OPTION";
        out->message = str_fmt(a, "%.*s was not one of the allowed options", STR_ARG(v));
    } else if (v.n > 65536) {
        out->code = "VALUE_TOO_LONG";
        out->message = S("value is longer than 65536 characters");
    } else if (p->unique && v.n) {
        struct world_record *other = by_property(s, name, v);
        char id[32];
        if (other && other != rec && !other->archived_ms) {
            out->code = "CONFLICT";
            out->message =
                str_fmt(a, "Cannot set property %.*s: value already exists. Existing ID: %.*s",
                        STR_ARG(name), STR_ARG(world_id(&s->world, W_COMPANY, other->number, id)));
        }
    }
    return !out->code;
}

static bool check_all(struct sandbox *s, struct arena *a, struct world_record *rec,
                      yyjson_val *props, struct problem *out)
{
    yyjson_val *k;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(props, &it);
    while ((k = yyjson_obj_iter_next(&it)))
        if (!check_value(s, a, rec, json_str(k), json_str(yyjson_obj_iter_get_val(k)), out))
            return false;
    return true;
}

static void write_all(struct sandbox *s, struct world_record *rec, yyjson_val *props)
{
    yyjson_val *k;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(props, &it);
    while ((k = yyjson_obj_iter_next(&it))) {
        yyjson_val *v = yyjson_obj_iter_get_val(k);
        struct str text =
            yyjson_is_bool(v) ? (yyjson_get_bool(v) ? S("true") : S("false")) : json_str(v);
        world_set(&s->world, W_COMPANY, rec, json_str(k), text);
    }
    world_touch(&s->world, W_COMPANY, rec, sandbox_now(s));
}

static void put_written(struct sandbox *s, struct buf *b, struct arena *a,
                        const struct world_record *rec, yyjson_val *props, struct str trace)
{
    struct str name[200];
    size_t n = 0;
    yyjson_val *k;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(props, &it);
    while ((k = yyjson_obj_iter_next(&it)) && n < LEN(name))
        name[n++] = json_str(k);
    put_record(s, b, a, rec, name, n);
    if (trace.n) {
        buf_str(b, S(",\"objectWriteTraceId\":"));
        json_quote(b, trace);
    }
}

static void put_problem(struct sandbox *s, struct buf *b, const struct problem *p, struct str trace,
                        bool first)
{
    buf_str(b, first ? S("{\"status\":\"error\",") : S(",{\"status\":\"error\","));
    correlation(s, b);
    buf_fmt(b, ",\"category\":\"%s\",\"message\":",
            strcmp(p->code, "CONFLICT") == 0           ? "CONFLICT"
            : strcmp(p->code, "OBJECT_NOT_FOUND") == 0 ? "OBJECT_NOT_FOUND"
                                                       : "VALIDATION_ERROR");
    json_quote(b, p->message);
    buf_fmt(b, ",\"errors\":[{\"code\":\"%s\",\"message\":", p->code);
    json_quote(b, p->message);
    buf_str(b, S(",\"context\":{\"propertyName\":["));
    json_quote(b, p->property);
    buf_str(b, S("]}}],\"context\":{\"objectWriteTraceId\":["));
    json_quote(b, trace);
    buf_str(b, S("]}}"));
}

enum batch_kind { BATCH_CREATE, BATCH_UPDATE, BATCH_UPSERT };

/* H7.13: the same record twice spoils the whole call. */
static bool twice(yyjson_val *inputs, struct str *which)
{
    struct str seen[INPUTS_MAX];
    size_t n = 0;
    yyjson_val *in;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(in, "id");
        for (size_t i = 0; id.n && i < n; i++)
            if (str_eq(seen[i], id))
                return *which = id, true;
        seen[n++] = id;
    }
    return false;
}

static struct world_record *target(struct sandbox *s, enum batch_kind kind, yyjson_val *in,
                                   struct str property, struct problem *p)
{
    struct str id = json_get(in, "id");
    struct world_record *rec = NULL;
    if (kind == BATCH_CREATE)
        return NULL;
    rec = property.n ? by_property(s, property, id) : alive(s, id);
    if (rec && rec->archived_ms)
        rec = NULL;
    if (!rec && kind == BATCH_UPDATE)
        *p = (struct problem){"OBJECT_NOT_FOUND", S("resource not found"), STR_NONE};
    return rec;
}

static void batch_write(struct sandbox *s, const struct request *q, struct response *r,
                        enum batch_kind kind)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct str which;
    struct buf errors;
    size_t given = 0, bad = 0;
    bool traced = true;
    if (!parse_body(s, q, r, &root) || !inputs_of(s, r, root, &inputs))
        return;
    if (twice(inputs, &which)) {
        error(s, r, 400, "VALIDATION_ERROR",
              str_fmt(q->a, "Duplicate IDs found in batch input: [%.*s]. IDs must be unique",
                      STR_ARG(which)));
        return;
    }
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        traced = traced && json_get(in, "objectWriteTraceId").n;
        if (!check_id_property(s, q, r, json_get(in, "idProperty")))
            return;
    }
    buf_init(&errors, 8 * MIB);
    batch_head(r);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        yyjson_val *props = yyjson_obj_get(in, "properties");
        struct str trace = json_get(in, "objectWriteTraceId"),
                   property = json_get(in, "idProperty");
        struct problem p = {0};
        struct world_record *rec = target(s, kind, in, property, &p);
        bool made = !rec && !p.code;
        if (!p.code && check_all(s, q->a, rec, props, &p) && made && !json_get(props, "name").n &&
            !json_get(props, "domain").n)
            p = (struct problem){"REQUIRED_FIELD", S("name or domain is required"), S("name")};
        if (p.code && !traced) { /* H7.4: the first bad one fails all; nothing was written so far */
            error(s, r, strcmp(p.code, "CONFLICT") == 0 ? 409 : 400, "VALIDATION_ERROR", p.message);
            buf_release(&errors);
            return;
        }
        if (p.code) {
            put_problem(s, &errors, &p, trace, bad++ == 0);
            continue;
        }
        if (made) {
            rec = world_create(&s->world, W_COMPANY, sandbox_now(s));
            world_set(&s->world, W_COMPANY, rec, S("hs_object_source"), S("INTEGRATION"));
            if (kind == BATCH_UPSERT)
                world_set(&s->world, W_COMPANY, rec, property, json_get(in, "id"));
        }
        write_all(s, rec, props);
        if (given++)
            buf_char(r->body, ',');
        put_written(s, r->body, q->a, rec, props, trace);
        if (kind == BATCH_UPSERT)
            buf_fmt(r->body, ",\"new\":%s", made ? "true" : "false");
        buf_char(r->body, '}');
    }
    if (kind == BATCH_CREATE)
        r->status = 201;
    batch_tail(s, q, r, &errors, bad);
    buf_release(&errors);
}

static void single(struct sandbox *s, const struct request *q, struct response *r, struct str id)
{
    struct str property = url_query_get(q->a, q->query, S("idProperty")), *name;
    struct world_record *rec = property.n ? by_property(s, property, id) : alive(s, id);
    bool archived = str_eq(url_query_get(q->a, q->query, S("archived")), S("true"));
    yyjson_val *root;
    struct problem p;
    if (!rec || (rec->archived_ms != 0) != archived) {
        if (rec && rec->archived_ms && str_eq(q->method, S("DELETE"))) {
            r->status = 204; /* H8.1 */
            return;
        }
        error(s, r, 404, "OBJECT_NOT_FOUND", S("Object not found.  objectId are usually numeric."));
        return;
    }
    if (str_eq(q->method, S("DELETE"))) {
        rec->archived_ms = sandbox_now(s); /* its last-modified date stays (H8.3) */
        s->world.table[W_COMPANY].live--;
        r->status = 204;
        return;
    }
    if (str_eq(q->method, S("PATCH"))) {
        if (!parse_body(s, q, r, &root))
            return;
        yyjson_val *props = yyjson_obj_get(root, "properties");
        if (!check_all(s, q->a, rec, props, &p)) {
            error(s, r, strcmp(p.code, "CONFLICT") == 0 ? 409 : 400, "VALIDATION_ERROR", p.message);
            return;
        }
        write_all(s, rec, props);
        put_written(s, r->body, q->a, rec, props, STR_NONE);
        buf_char(r->body, '}');
        return;
    }
    size_t names = names_of(q->a, url_query_get(q->a, q->query, S("properties")), &name);
    put_record(s, r->body, q->a, rec, name, names);
    buf_char(r->body, '}');
}

static void create(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    struct problem p;
    if (!parse_body(s, q, r, &root))
        return;
    yyjson_val *props = yyjson_obj_get(root, "properties");
    if (!check_all(s, q->a, NULL, props, &p)) {
        error(s, r, strcmp(p.code, "CONFLICT") == 0 ? 409 : 400, "VALIDATION_ERROR", p.message);
        return;
    }
    struct world_record *rec = world_create(&s->world, W_COMPANY, sandbox_now(s));
    write_all(s, rec, props);
    put_written(s, r->body, q->a, rec, props, STR_NONE);
    buf_char(r->body, '}');
    r->status = 201;
}

/* ---- search (H12) ---------------------------------------------------------------------------- */

static bool number_of(struct str s, double *out)
{
    char text[64], *end;
    if (!s.n || s.n >= sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0';
}

static int compare(struct str have, struct str want, bool time)
{
    int64_t a, b;
    double x, y;
    if (time && iso_parse_ms(have, &a) && (str_to_i64(want, &b) || iso_parse_ms(want, &b)))
        return a < b ? -1 : a > b;
    if (number_of(have, &x) && number_of(want, &y))
        return x < y ? -1 : x > y;
    return str_eq_nocase(have, want) ? 0 : str_cmp(have, want);
}

static bool token_in(struct arena *a, struct str text, struct str token)
{
    struct str t = str_lower(a, text), k = str_lower(a, token);
    if (k.n && k.p[k.n - 1] == '*')
        k.n--;
    if (k.n && k.p[0] == '*')
        k = str_slice(k, 1, k.n);
    return str_find(t, k) >= 0;
}

static bool in_list(struct str have, yyjson_val *values, bool time)
{
    yyjson_val *v;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(values, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        if (compare(have, json_str(v), time) == 0)
            return true;
    return false;
}

static bool filter_holds(struct sandbox *s, struct arena *a, const struct world_record *rec,
                         yyjson_val *f)
{
    struct str name = json_get(f, "propertyName"), op = json_get(f, "operator");
    struct str want = json_get(f, "value");
    bool modified = str_eq(name, S("hs_lastmodifieddate")), gte = str_eq(op, S("GTE"));
    int64_t least;
    if (gte && (modified || str_eq(name, S("createdate"))) && str_to_i64(want, &least))
        return (modified ? rec->modified_ms : rec->created_ms) >= least; /* the usual question */
    struct str have = value_of(s, rec, a, name);
    bool time = str_eq(name, S("hs_lastmodifieddate")) || str_eq(name, S("createdate"));
    if (str_eq(op, S("HAS_PROPERTY")))
        return have.n > 0;
    if (str_eq(op, S("NOT_HAS_PROPERTY")))
        return have.n == 0;
    if (!have.n)
        return false; /* H12.5: also for NEQ and NOT_IN */
    if (str_eq(op, S("IN")))
        return in_list(have, yyjson_obj_get(f, "values"), time);
    if (str_eq(op, S("NOT_IN")))
        return !in_list(have, yyjson_obj_get(f, "values"), time);
    if (str_eq(op, S("CONTAINS_TOKEN")))
        return token_in(a, have, want);
    if (str_eq(op, S("NOT_CONTAINS_TOKEN")))
        return !token_in(a, have, want);
    int c = compare(have, want, time);
    if (str_eq(op, S("BETWEEN")))
        return c >= 0 && compare(have, json_get(f, "highValue"), time) <= 0;
    return str_eq(op, S("EQ"))    ? c == 0
           : str_eq(op, S("NEQ")) ? c != 0
           : str_eq(op, S("LT"))  ? c < 0
           : str_eq(op, S("LTE")) ? c <= 0
           : str_eq(op, S("GT"))  ? c > 0
           : str_eq(op, S("GTE")) ? c >= 0
                                  : false;
}

static bool group_holds(struct sandbox *s, struct arena *a, const struct world_record *rec,
                        yyjson_val *group)
{
    yyjson_val *f;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(group, "filters"), &it);
    while ((f = yyjson_arr_iter_next(&it)))
        if (!filter_holds(s, a, rec, f))
            return false;
    return true;
}

static bool found(struct sandbox *s, struct arena *a, const struct world_record *rec,
                  yyjson_val *groups)
{
    yyjson_val *g;
    yyjson_arr_iter it;
    if (rec->archived_ms || rec->merged_into)
        return false;
    if (rec->modified_ms > sandbox_now(s) - s->index_lag_ms)
        return false; /* not in the index yet (H12.9); the older version is not kept */
    if (!yyjson_arr_size(groups))
        return true;
    yyjson_arr_iter_init(groups, &it);
    while ((g = yyjson_arr_iter_next(&it)))
        if (group_holds(s, a, rec, g))
            return true;
    return false;
}

/* The lower bound that every group sets on a time property. */
static int64_t lower_bound(yyjson_val *groups, const char *property)
{
    int64_t least = INT64_MAX;
    yyjson_val *g, *f;
    yyjson_arr_iter gi, fi;
    yyjson_arr_iter_init(groups, &gi);
    while ((g = yyjson_arr_iter_next(&gi))) {
        int64_t here = 0, n;
        yyjson_arr_iter_init(yyjson_obj_get(g, "filters"), &fi);
        while ((f = yyjson_arr_iter_next(&fi))) {
            struct str op = json_get(f, "operator");
            bool low = str_eq(op, S("GTE")) || str_eq(op, S("GT")) || str_eq(op, S("EQ"));
            if (low && str_eq(json_get(f, "propertyName"), str_from(property)) &&
                str_to_i64(json_get(f, "value"), &n))
                here = MAX(here, n);
        }
        least = MIN(least, here);
    }
    return least == INT64_MAX ? 0 : least;
}

struct hit_order {
    struct sandbox *s;
    struct arena *a;
    struct str property;
    bool descending;
};

static int cmp_hits(const void *x, const void *y, void *ctx)
{
    struct hit_order *o = ctx;
    const struct world_record *a = *(struct world_record *const *)x;
    const struct world_record *b = *(struct world_record *const *)y;
    int c = 0;
    if (str_eq(o->property, S("hs_lastmodifieddate")))
        c = a->modified_ms < b->modified_ms ? -1 : a->modified_ms > b->modified_ms;
    else if (str_eq(o->property, S("hs_object_id")))
        c = 0;
    else if (str_eq(o->property, S("createdate")))
        c = a->created_ms < b->created_ms ? -1 : a->created_ms > b->created_ms;
    else
        c = str_cmp(value_of(o->s, a, o->a, o->property), value_of(o->s, b, o->a, o->property));
    if (!c)
        c = a->number < b->number ? -1 : a->number > b->number;
    return o->descending ? -c : c;
}

struct hits {
    struct world_record **rec;
    size_t count;
};

static void add_hit(struct arena *a, struct hits *h, struct world_record *rec)
{
    if ((h->count & (h->count - 1)) == 0) {
        struct world_record **more =
            ARENA_ARRAY(a, struct world_record *, h->count ? 2 * h->count : 1);
        if (h->count)
            memcpy(more, h->rec, h->count * sizeof(*more));
        h->rec = more;
    }
    h->rec[h->count++] = rec;
}

static struct hits find_hits(struct sandbox *s, struct arena *a, yyjson_val *groups)
{
    struct world_table *tab = &s->world.table[W_COMPANY];
    struct hits h = {0};
    int64_t modified = lower_bound(groups, "hs_lastmodifieddate");
    int64_t created = lower_bound(groups, "createdate");
    if (modified > s->world.start_ms) { /* generated ones are older */
        for (size_t i = world_log_from(&s->world, W_COMPANY, modified); i < tab->log_count; i++)
            if (world_log_live(&s->world, W_COMPANY, i) &&
                found(s, a, tab->record[tab->log[i].number], groups))
                add_hit(a, &h, tab->record[tab->log[i].number]);
        return h;
    }
    for (uint64_t i = world_created_from(&s->world, W_COMPANY, created); i < tab->count; i++)
        if (found(s, a, tab->record[i], groups))
            add_hit(a, &h, tab->record[i]);
    return h;
}

static void search(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    struct str *name;
    int64_t limit, after;
    if (!parse_body(s, q, r, &root))
        return;
    limit = json_i64(yyjson_obj_get(root, "limit"), 10);
    after = json_i64(yyjson_obj_get(root, "after"), 0);
    yyjson_val *groups = yyjson_obj_get(root, "filterGroups");
    if (limit < 1 || limit > 200 || after < 0 || after + limit > SEARCH_CEILING ||
        yyjson_arr_size(groups) > 5) {
        error(s, r, 400, "VALIDATION_ERROR",
              S("limit, after or filterGroups are beyond what search allows"));
        return;
    }
    struct hits h = find_hits(s, q->a, groups);
    yyjson_val *sort = yyjson_arr_get_first(yyjson_obj_get(root, "sorts"));
    struct hit_order order = {s, q->a, json_get(sort, "propertyName"),
                              str_eq(json_get(sort, "direction"), S("DESCENDING"))};
    if (!order.property.n)
        order.property = S("createdate");
    if (h.count)
        qsort_r(h.rec, h.count, sizeof(*h.rec), cmp_hits, &order);
    size_t names = names_in(q->a, yyjson_obj_get(root, "properties"), &name);
    size_t end = MIN(h.count, (size_t)(after + limit));
    buf_fmt(r->body, "{\"total\":%zu,\"results\":[", h.count);
    for (size_t i = (size_t)after; i < end; i++) {
        if (i > (size_t)after)
            buf_char(r->body, ',');
        put_record(s, r->body, q->a, h.rec[i], name, names);
        buf_char(r->body, '}');
    }
    buf_char(r->body, ']');
    if (end < h.count)
        buf_fmt(r->body, ",\"paging\":{\"next\":{\"after\":\"%zu\"}}", end);
    buf_char(r->body, '}');
}

/* ---- properties ------------------------------------------------------------------------------ */

static void put_definition(struct buf *b, const struct property *p)
{
    buf_fmt(b, "{\"name\":\"%s\",\"label\":", p->name);
    json_quote(b, str_from(p->label));
    buf_fmt(b,
            ",\"type\":\"%s\",\"fieldType\":\"%s\",\"groupName\":\"%s\",\"description\":", p->type,
            p->field_type, p->group);
    json_quote(b, str_from(p->description));
    buf_str(b, S(",\"options\":["));
    for (size_t i = 0; p->option && p->option[i]; i++)
        buf_fmt(b, "%s{\"label\":\"%s\",\"value\":\"%s\",\"displayOrder\":%zu,\"hidden\":false}",
                i ? "," : "", p->option[i], p->option[i], i);
    buf_fmt(
        b,
        "],\"displayOrder\":-1,\"hasUniqueValue\":%s,\"hidden\":false,\"formField\":false,"
        "\"calculated\":false,\"externalOptions\":false,\"archived\":false,\"hubspotDefined\":%s,"
        "\"modificationMetadata\":{\"archivable\":true,\"readOnlyDefinition\":%s,"
        "\"readOnlyOptions\":false,\"readOnlyValue\":%s}}",
        p->unique ? "true" : "false", p->hubspot_defined ? "true" : "false",
        p->hubspot_defined ? "true" : "false", p->read_only ? "true" : "false");
}

static char *text_of(struct str s)
{
    return strndup(s.p ? s.p : "", s.n);
}

static void properties(struct sandbox *s, const struct request *q, struct response *r,
                       struct str name)
{
    yyjson_val *root;
    struct property *p = name.n ? hs_property(s, name) : NULL;
    if (!name.n && str_eq(q->method, S("GET"))) {
        buf_str(r->body, S("{\"results\":["));
        for (size_t i = 0, given = 0; i < s->properties; i++) {
            if (s->property[i].archived)
                continue;
            if (given++)
                buf_char(r->body, ',');
            put_definition(r->body, &s->property[i]);
        }
        buf_str(r->body, S("]}"));
        return;
    }
    if (!name.n) {
        if (!parse_body(s, q, r, &root))
            return;
        struct str want = json_get(root, "name");
        if (hs_property(s, want)) {
            error(s, r, 409, "OBJECT_ALREADY_EXISTS",
                  str_fmt(q->a, "A property named '%.*s' already exists.", STR_ARG(want)));
            return;
        }
        if (s->properties >= PROPERTIES_MAX) {
            error(s, r, 400, "VALIDATION_ERROR", S("too many properties"));
            return;
        }
        p = &s->property[s->properties++];
        *p = (struct property){.name = text_of(want),
                               .label = text_of(json_get(root, "label")),
                               .type = text_of(json_get(root, "type")),
                               .field_type = text_of(json_get(root, "fieldType")),
                               .group = text_of(json_get(root, "groupName")),
                               .description = text_of(json_get(root, "description")),
                               .unique = json_bool(yyjson_obj_get(root, "hasUniqueValue"), false)};
        if (p->unique)
            world_set_unique(&s->world, W_COMPANY, want);
        r->status = 201;
    } else if (!p) {
        error(s, r, 404, "OBJECT_NOT_FOUND", S("property not found"));
        return;
    } else if (str_eq(q->method, S("PATCH"))) {
        if (!parse_body(s, q, r, &root))
            return;
        struct str d = json_get(root, "description");
        if (d.p) {
            free(p->description);
            p->description = text_of(d);
        }
    } else if (str_eq(q->method, S("DELETE"))) {
        p->archived = true;
        r->status = 204;
        return;
    }
    put_definition(r->body, p);
}

/* ---- quotas (H4) ----------------------------------------------------------------------------- */

static bool quota(struct sandbox *s, struct response *r, struct arena *a, bool is_search)
{
    int64_t now = sandbox_now(s);
    if (!s->limits)
        return true;
    int64_t *ring = is_search ? s->search : s->burst;
    size_t *at = is_search ? &s->search_at : &s->burst_at;
    size_t most = (size_t)(is_search ? MIN(s->quotas.hs_search, (int64_t)LEN(s->search))
                                     : MIN(s->quotas.hs_burst, (int64_t)LEN(s->burst)));
    int64_t window = is_search ? 1000 : 10000, oldest = ring[*at % most];
    if (oldest && now - oldest < window) {
        r->status = 429;
        buf_clear(r->body);
        buf_fmt(
            r->body,
            "{\"status\":\"error\",\"message\":\"You have reached your %s limit.\",\"errorType\":"
            "\"RATE_LIMIT\",\"policyName\":\"%s\",",
            is_search ? "secondly" : "ten_secondly_rolling",
            is_search ? "SECONDLY" : "TEN_SECONDLY_ROLLING");
        correlation(s, r->body);
        buf_char(r->body, '}');
        return false;
    }
    ring[(*at)++ % most] = now;
    s->day_used++;
    if (!is_search) {
        response_header(r, "X-HubSpot-RateLimit-Daily",
                        str_fmt(a, "%lld", (long long)s->quotas.hs_day));
        response_header(r, "X-HubSpot-RateLimit-Daily-Remaining",
                        str_fmt(a, "%lld", (long long)(s->quotas.hs_day - (int64_t)s->day_used)));
        int64_t used = 0;
        for (size_t i = 0; i < most; i++)
            used += ring[i] && now - ring[i] < window;
        response_header(r, "X-HubSpot-RateLimit-Max", str_fmt(a, "%zu", most));
        response_header(r, "X-HubSpot-RateLimit-Remaining",
                        str_fmt(a, "%lld", (long long)((int64_t)most - used)));
        response_header(r, "X-HubSpot-RateLimit-Interval-Milliseconds", S("10000"));
    }
    return true;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static void objects(struct sandbox *s, const struct request *q, struct response *r, struct str rest)
{
    bool post = str_eq(q->method, S("POST"));
    if (!rest.n)
        post ? create(s, q, r) : list(s, q, r);
    else if (str_eq(rest, S("search")))
        search(s, q, r);
    else if (str_eq(rest, S("batch/read")))
        batch_read(s, q, r);
    else if (str_eq(rest, S("batch/create")))
        batch_write(s, q, r, BATCH_CREATE);
    else if (str_eq(rest, S("batch/update")))
        batch_write(s, q, r, BATCH_UPDATE);
    else if (str_eq(rest, S("batch/upsert")))
        batch_write(s, q, r, BATCH_UPSERT);
    else
        single(s, q, r, url_decoded(q->a, rest, false));
}

/* "/crm/objects/2026-09/companies/..." and "/crm/v3/objects/companies/..." give the same rest. */
static bool route(struct str path, const char *family, struct str *rest)
{
    static const char *const versions[] = {"2026-03", "2026-09"};
    char prefix[96];
    for (size_t i = 0; i <= LEN(versions); i++) {
        if (i < LEN(versions))
            snprintf(prefix, sizeof(prefix), "/crm/%s/%s/companies", family, versions[i]);
        else
            snprintf(prefix, sizeof(prefix), "/crm/v3/%s/companies", family);
        struct str p = str_from(prefix);
        if (!str_starts(path, p))
            continue;
        *rest = str_slice(path, p.n, path.n);
        if (rest->n && rest->p[0] == '/')
            *rest = str_slice(*rest, 1, rest->n);
        return true;
    }
    return false;
}

void hs_handle(void *who, const struct request *q, struct response *r)
{
    struct sandbox *s = who;
    struct str rest;
    bool is_search = str_ends(q->path, S("/search"));
    response_header(r, "Date", http_date(q->a, sandbox_now(s)));
    if (sandbox_weather(s, "hubspot", q, r)) {
        sandbox_count(s, "hubspot", q, r);
        return;
    }
    if (!str_eq(q->authorization, S("Bearer " SANDBOX_TOKEN)) ||
        sandbox_fault(s, "expired", "hubspot", q->path))
        error(
            s, r, 401, "INVALID_AUTHENTICATION",
            S("Authentication credentials not found. This API supports OAuth 2.0 authentication."));
    else if (!quota(s, r, q->a, is_search)) {
        /* the answer is made */
    } else if (route(q->path, "objects", &rest))
        objects(s, q, r, rest);
    else if (route(q->path, "properties", &rest))
        properties(s, q, r, rest);
    else if (str_starts(q->path, S("/account-info/")) && str_ends(q->path, S("/details")))
        buf_str(r->body, S("{\"portalId\":" SANDBOX_PORTAL ",\"timeZone\":\"Europe/Amsterdam\","
                           "\"companyCurrency\":\"EUR\",\"accountType\":\"DEVELOPER_TEST\","
                           "\"utcOffset\":\"+01:00\",\"uiDomain\":\"app.hubspot.com\"}"));
    else {
        r->status = 404;
        r->content_type = "text/html";
        buf_str(r->body, S("<html><body>Not found</body></html>"));
    }
    sandbox_weather_after(s, "hubspot", q, r);
    sandbox_count(s, "hubspot", q, r);
}
