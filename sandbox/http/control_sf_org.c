/* control_sf_org: what an administrator switches on for the whole org: record types, currencies,
 * person accounts. */
#include "sandbox/http/sf_p.h"

static bool body_of(const struct request *q, struct response *r, yyjson_val **root)
{
    struct err e;
    if (json_parse(q->a, q->body, root, &e) && yyjson_is_obj(*root))
        return true;
    r->status = 400;
    buf_str(r->body, S("{\"error\":\"the body is not a JSON object\"}"));
    return false;
}

/* POST /salesforce/record_types {"object":"Account","developer_name":"Partner","name":"Partner
 * account","active":true,"available":true,"default":false}: one more, or what there is of that name
 * changed. Available = the integration user's profile has it; default = it is that profile's. */
static void record_types(struct sandbox *s, const struct request *q, struct response *r)
{
    struct world *w = &s->world;
    struct world_table *t = &w->table[W_RECORD_TYPE];
    struct world_record *rec = NULL;
    yyjson_val *root;
    char id[32];
    if (!body_of(q, r, &root))
        return;
    struct str object = json_get(root, "object"), name = json_get(root, "developer_name");
    struct str label = json_get(root, "name");
    object = object.n ? object : S("Account");
    for (uint64_t i = 0; i < t->count; i++)
        if (str_eq(world_get(w, W_RECORD_TYPE, t->record[i], q->a, S("DeveloperName")), name) &&
            str_eq(world_get(w, W_RECORD_TYPE, t->record[i], q->a, S("SobjectType")), object))
            rec = t->record[i];
    if (!rec)
        rec = world_create(w, W_RECORD_TYPE, sandbox_now(s));
    const struct {
        const char *field;
        struct str value;
    } set[] = {
        {"SobjectType", object},
        {"DeveloperName", name},
        {"Name", label.n ? label : name},
        {"IsActive", json_bool(yyjson_obj_get(root, "active"), true) ? S("true") : S("false")},
        {"Available", json_bool(yyjson_obj_get(root, "available"), true) ? S("true") : S("false")},
        {"Default", json_bool(yyjson_obj_get(root, "default"), false) ? S("true") : S("false")}};
    for (size_t i = 0; i < LEN(set); i++)
        world_set(w, W_RECORD_TYPE, rec, str_from(set[i].field), set[i].value);
    s->org.schema_changed_ms = sandbox_now(s);
    buf_fmt(r->body, "{\"id\":\"%.*s\"}", STR_ARG(world_id(w, W_RECORD_TYPE, rec->number, id)));
}

/* The row of CurrencyType that tells of this currency. */
static void put_currency(struct sandbox *s, struct arena *a, const char *code, struct str rate)
{
    struct world *w = &s->world;
    struct world_table *t = &w->table[W_CURRENCY];
    struct world_record *rec = NULL;
    struct str corporate = str_eq(str_from(code), s->org.corporate) ? S("true") : S("false");
    for (uint64_t i = 0; i < t->count; i++)
        if (str_eq(world_get(w, W_CURRENCY, t->record[i], a, S("IsoCode")), str_from(code)))
            rec = t->record[i];
    if (!rec)
        rec = world_create(w, W_CURRENCY, sandbox_now(s));
    const struct {
        const char *field;
        struct str value;
    } set[] = {{"IsoCode", str_from(code)},
               {"ConversionRate", rate.n ? rate : S("1")},
               {"DecimalPlaces", S("2")},
               {"IsActive", S("true")},
               {"IsCorporate", corporate}};
    for (size_t i = 0; i < LEN(set); i++)
        world_set(w, W_CURRENCY, rec, str_from(set[i].field), set[i].value);
}

/* POST /salesforce/currencies {"codes":["EUR","USD"],"corporate":"EUR","rates":{"USD":1.1}}:
 * several currencies are activated, which cannot be taken back. Every record then has one: the
 * corporate one at first. A rate says how many units one of the corporate one is worth; 1 unless
 * told. */
static void currencies(struct sandbox *s, const struct request *q, struct response *r)
{
    struct sf_org *o = &s->org;
    struct sf_object *obj = sf_object_of(o, W_ACCOUNT);
    yyjson_val *root, *v;
    yyjson_arr_iter it;
    size_t n = 0;
    if (!body_of(q, r, &root))
        return;
    yyjson_val *codes = yyjson_obj_get(root, "codes");
    const char **option = ARENA_ARRAY(&o->life, const char *, yyjson_arr_size(codes) + 1);
    yyjson_arr_iter_init(codes, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        option[n++] = str_cstr(&o->life, json_str(v));
    struct sf_field *f = sf_field_any(obj, S("CurrencyIsoCode"));
    if (!f)
        f = sf_field_add(o, obj, S("CurrencyIsoCode"), S("Account Currency"), "picklist", 3,
                         SF_RESTRICTED | SF_DEFAULTED);
    if (!f || n == 0) {
        r->status = 400;
        return;
    }
    f->flags &= ~(unsigned)(SF_CUSTOM | SF_HIDDEN);
    f->options = option;
    o->currencies = option;
    o->corporate = str_dup(&o->life, json_get(root, "corporate"));
    o->corporate = o->corporate.n ? o->corporate : str_from(option[0]);
    for (size_t i = 0; i < n; i++)
        put_currency(s, q->a, option[i], json_get(yyjson_obj_get(root, "rates"), option[i]));
    o->schema_changed_ms = sandbox_now(s);
    buf_str(r->body, S("{}"));
}

/* POST /salesforce/person_accounts: they are enabled, which cannot be taken back. An account of the
 * record type that is answered is one. */
static void person_accounts(struct sandbox *s, const struct request *q, struct response *r)
{
    char id[32];
    uint64_t type = sf_persons_enable(&s->org, sandbox_now(s));
    (void)q;
    buf_fmt(r->body, "{\"id\":\"%.*s\"}", STR_ARG(world_id(&s->world, W_RECORD_TYPE, type, id)));
}

bool control_sf_org(struct sandbox *s, const struct request *q, struct response *r, struct str what)
{
    if (str_eq(what, S("record_types")))
        record_types(s, q, r);
    else if (str_eq(what, S("currencies")))
        currencies(s, q, r);
    else if (str_eq(what, S("person_accounts")))
        person_accounts(s, q, r);
    else
        return false;
    return true;
}
