/* sf_describe: what objects and fields there are, as one may see them (SF 7). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/iso8601.h"

static const char *yes(bool b)
{
    return b ? "true" : "false";
}

void sf_put_object(struct sf_call *c, const struct sf_object *obj)
{
    struct str base =
        str_fmt(c->a, "/services/data/v%.*s/sobjects/%s", STR_ARG(c->version), obj->name);
    buf_fmt(c->b,
            "\"name\":\"%s\",\"label\":\"%s\",\"labelPlural\":\"%s\",\"keyPrefix\":\"%s\","
            "\"createable\":"
            "%s,\"updateable\":%s,\"deletable\":%s,\"undeletable\":%s,\"mergeable\":%s,"
            "\"queryable\":true,"
            "\"retrieveable\":true,\"searchable\":%s,\"replicateable\":%s,\"custom\":false,"
            "\"customSetting\":false,\"activateable\":false,\"deprecatedAndHidden\":false,"
            "\"feedEnabled\":"
            "false,\"hasSubtypes\":false,\"isSubtype\":false,\"layoutable\":%s,\"triggerable\":%s,"
            "\"urls\":"
            "{\"sobject\":\"%.*s\",\"describe\":\"%.*s/describe\",\"rowTemplate\":\"%.*s/{ID}\"}",
            obj->name, obj->label, obj->plural, obj->prefix, yes(obj->createable),
            yes(obj->updateable), yes(obj->deletable), yes(obj->mergeable), yes(obj->mergeable),
            yes(obj->mergeable), yes(obj->replicateable), yes(obj->mergeable), yes(obj->mergeable),
            STR_ARG(base), STR_ARG(base), STR_ARG(base));
}

void sf_describe_global(struct sf_call *c)
{
    if (!is(c, "GET")) {
        sf_method(c);
        return;
    }
    buf_str(c->b, S("{\"encoding\":\"UTF-8\",\"maxBatchSize\":200,\"sobjects\":["));
    for (size_t i = 0; i < SF_OBJECTS; i++) {
        buf_str(c->b, i ? S(",{") : S("{"));
        sf_put_object(c, &c->o->object[i]);
        buf_char(c->b, '}');
    }
    buf_str(c->b, S("]}"));
}

void sf_object_info(struct sf_call *c, const struct sf_object *obj)
{
    buf_str(c->b, S("{\"objectDescribe\":{"));
    sf_put_object(c, obj);
    buf_str(c->b, S("},\"recentItems\":[]}"));
}

static const char *soap_type(const struct sf_field *f)
{
    switch (f->kind) {
    case SF_ID:
        return "tns:ID";
    case SF_NUMBER:
        return "xsd:double";
    case SF_INT:
        return "xsd:int";
    case SF_BOOL:
        return "xsd:boolean";
    case SF_DATE:
        return "xsd:date";
    case SF_DATETIME:
        return "xsd:dateTime";
    case SF_OBJECT:
        return "urn:address";
    case SF_TEXT:
        break;
    }
    return "xsd:string";
}

static void put_options(struct buf *b, const struct sf_field *f)
{
    buf_str(b, S(",\"picklistValues\":["));
    for (size_t i = 0; f->options && f->options[i]; i++) {
        buf_str(b, i ? S(",{\"active\":true,\"defaultValue\":false,\"label\":")
                     : S("{\"active\":true,\"defaultValue\":false,\"label\":"));
        json_quote(b, str_from(f->options[i]));
        buf_str(b, S(",\"validFor\":null,\"value\":"));
        json_quote(b, str_from(f->options[i]));
        buf_char(b, '}');
    }
    buf_char(b, ']');
}

/* "BillingCity" is a component of "BillingAddress"; a person's names of "Name". */
static void put_compound(struct buf *b, const struct sf_object *obj, const struct sf_field *f)
{
    static const char *const prefixes[] = {"Billing", "Shipping", "Mailing"};
    struct str name = str_from(f->name);
    for (size_t i = 0; i < LEN(prefixes); i++)
        if (str_starts(name, str_from(prefixes[i])) && !(f->flags & SF_COMPOUND)) {
            buf_fmt(b, ",\"compoundFieldName\":\"%sAddress\"", prefixes[i]);
            return;
        }
    bool person = obj->type == W_SF_CONTACT || obj->type == W_LEAD || obj->type == W_USER;
    bool part = person && (str_eq(name, S("FirstName")) || str_eq(name, S("LastName")));
    buf_str(b, part ? S(",\"compoundFieldName\":\"Name\"") : S(",\"compoundFieldName\":null"));
}

static void put_field(struct sf_call *c, const struct sf_object *obj, const struct sf_field *f)
{
    struct buf *b = c->b;
    bool writes = !(f->flags & (SF_READ_ONLY | SF_LOCKED)),
         filter = !(f->flags & (SF_NO_FILTER | SF_COMPOUND));
    bool key = f->system == SYS_ID || (f->flags & SF_EXTERNAL);
    bool name_field = strcmp(f->name, "Name") == 0;
    buf_fmt(b, "{\"name\":\"%s\",\"label\":", f->name);
    json_quote(b, str_from(f->label));
    buf_fmt(
        b,
        ",\"type\":\"%s\",\"soapType\":\"%s\",\"length\":%d,\"byteLength\":%d,\"digits\":%d,"
        "\"precision\":%d,\"scale\":%d,\"nillable\":%s,\"defaultedOnCreate\":%s,\"createable\":%s,"
        "\"updateable\":%s,\"calculated\":false,\"autoNumber\":false,\"externalId\":%s,"
        "\"idLookup\":%s,"
        "\"unique\":%s,\"caseSensitive\":%s,\"restrictedPicklist\":%s,\"dependentPicklist\":false,"
        "\"controllerName\":null,\"filterable\":%s,\"sortable\":%s,\"groupable\":%s,"
        "\"aggregatable\":%s,"
        "\"queryByDistance\":false,\"custom\":%s,\"encrypted\":false,\"htmlFormatted\":false,"
        "\"nameField\":%s,\"namePointing\":false,\"permissionable\":%s,\"deprecatedAndHidden\":"
        "false,"
        "\"cascadeDelete\":false,\"restrictedDelete\":false,\"polymorphicForeignKey\":false,"
        "\"highScaleNumber\":false,\"inlineHelpText\":null,\"defaultValue\":%s,"
        "\"defaultValueFormula\":"
        "null,\"calculatedFormula\":null,\"extraTypeInfo\":null,\"mask\":null,\"maskType\":null,"
        "\"relationshipOrder\":null,\"referenceTo\":[",
        f->type, soap_type(f), f->length, f->length * 3, f->kind == SF_INT ? f->precision : 0,
        f->kind == SF_NUMBER ? f->precision : 0, f->scale,
        yes(!(f->flags & (SF_REQUIRED | SF_DEFAULTED)) && f->system != SYS_ID),
        yes(f->flags & SF_DEFAULTED), yes(obj->createable && writes),
        yes(obj->updateable && writes && !(f->flags & SF_CREATE_ONLY)), yes(f->flags & SF_EXTERNAL),
        yes(key), yes(f->flags & SF_UNIQUE), yes(f->flags & SF_CASE), yes(f->flags & SF_RESTRICTED),
        yes(filter), yes(filter), yes(filter && f->kind != SF_NUMBER), yes(soql_aggregatable(f)),
        yes(f->flags & SF_CUSTOM), yes(name_field),
        yes(writes && f->system == SYS_NONE && !(f->flags & SF_REQUIRED)),
        f->kind == SF_BOOL ? "false" : "null");
    if (f->refers_to)
        buf_fmt(b, "\"%s\"", f->refers_to);
    buf_str(b, S("],\"relationshipName\":"));
    if (f->relationship)
        buf_fmt(b, "\"%s\"", f->relationship);
    else
        buf_str(b, S("null"));
    put_compound(b, obj, f);
    put_options(b, f);
    buf_char(b, '}');
}

static bool says_false(struct sf_call *c, const struct world_record *r, const char *field)
{
    return str_eq(world_get(c->o->world, W_RECORD_TYPE, r, c->a, str_from(field)), S("false"));
}

static bool is_default(struct sf_call *c, const struct world_record *r)
{
    return str_eq(world_get(c->o->world, W_RECORD_TYPE, r, c->a, S("Default")), S("true"));
}

static void put_record_types(struct sf_call *c, const struct sf_object *obj)
{
    struct world_table *tab = &c->o->world->table[W_RECORD_TYPE];
    bool any = false, defaulted = false;
    buf_str(c->b, S(",\"recordTypeInfos\":["));
    for (uint64_t i = 0; i < tab->count; i++) {
        struct world *w = c->o->world;
        if (!str_eq(world_get(w, W_RECORD_TYPE, tab->record[i], c->a, S("SobjectType")),
                    str_from(obj->name)))
            continue;
        buf_str(c->b, any ? S(",{\"name\":") : S("{\"name\":"));
        json_quote(c->b, world_get(w, W_RECORD_TYPE, tab->record[i], c->a, S("Name")));
        buf_str(c->b, S(",\"developerName\":"));
        json_quote(c->b, world_get(w, W_RECORD_TYPE, tab->record[i], c->a, S("DeveloperName")));
        buf_fmt(c->b,
                ",\"recordTypeId\":\"%.*s\",\"active\":%s,\"available\":%s,\"master\":false,"
                "\"defaultRecordTypeMapping\":%s}",
                STR_ARG(sf_id(c, W_RECORD_TYPE, tab->record[i])),
                yes(!says_false(c, tab->record[i], "IsActive")),
                yes(!says_false(c, tab->record[i], "IsActive") &&
                    !says_false(c, tab->record[i], "Available")),
                yes(is_default(c, tab->record[i])));
        any = true;
        defaulted = defaulted || is_default(c, tab->record[i]);
    }
    buf_fmt(c->b,
            "%s{\"name\":\"Master\",\"developerName\":\"Master\",\"recordTypeId\":"
            "\"012000000000000AAA\","
            "\"active\":true,\"available\":true,\"master\":true,\"defaultRecordTypeMapping\":%s}]",
            any ? "," : "", yes(!defaulted));
}

static void put_children(struct sf_call *c, const struct sf_object *obj)
{
    bool any = false;
    buf_str(c->b, S(",\"childRelationships\":["));
    for (size_t i = 0; i < SF_OBJECTS; i++)
        for (size_t k = 0; k < c->o->object[i].fields; k++) {
            const struct sf_field *f = &c->o->object[i].field[k];
            if (!f->refers_to || strcmp(f->refers_to, obj->name))
                continue;
            buf_fmt(
                c->b,
                "%s{\"childSObject\":\"%s\",\"field\":\"%s\",\"relationshipName\":null,"
                "\"cascadeDelete\":%s,\"restrictedDelete\":false,\"deprecatedAndHidden\":false}",
                any ? "," : "", c->o->object[i].name, f->name,
                yes(i == W_SF_CONTACT && strcmp(f->name, "AccountId") == 0));
            any = true;
        }
    buf_char(c->b, ']');
}

void sf_describe(struct sf_call *c, const struct sf_object *obj)
{
    if (!is(c, "GET")) {
        sf_method(c);
        return;
    }
    int64_t since = http_date_ms(c->q->if_modified_since), changed = c->o->schema_changed_ms;
    response_header(c->r, "Last-Modified", http_date(c->a, changed));
    if (since && changed / 1000 <= since / 1000) {
        c->r->status = 304;
        return;
    }
    buf_char(c->b, '{');
    sf_put_object(c, obj);
    put_record_types(c, obj);
    put_children(c, obj);
    buf_str(c->b, S(",\"fields\":["));
    bool any = false;
    for (size_t i = 0; i < obj->fields; i++) {
        if (obj->field[i].flags & SF_HIDDEN)
            continue;
        if (any)
            buf_char(c->b, ',');
        any = true;
        put_field(c, obj, &obj->field[i]);
    }
    buf_str(c->b, S("]}"));
}

/* ---- making a field (SF 7.9)
 * -------------------------------------------------------------------------- */

static const char *type_named(struct str name)
{
    static const char *const types[][2] = {
        {"Text", "string"},   {"TextArea", "textarea"}, {"LongTextArea", "textarea"},
        {"Number", "double"}, {"Currency", "currency"}, {"Checkbox", "boolean"},
        {"Date", "date"},     {"DateTime", "datetime"}, {"Url", "url"},
        {"Phone", "phone"},   {"Email", "email"},       {"Picklist", "picklist"}};
    for (size_t i = 0; i < LEN(types); i++)
        if (str_eq(name, str_from(types[i][0])))
            return types[i][1];
    return NULL;
}

void sf_custom_field(struct sf_call *c)
{
    yyjson_val *root;
    struct str name, object;
    if (!is(c, "POST")) {
        sf_method(c);
        return;
    }
    if (!sf_body(c, &root))
        return;
    yyjson_val *meta = yyjson_obj_get(root, "Metadata");
    name = json_get(root, "FullName");
    str_cut(&name, '.', &object);
    struct sf_object *obj = sf_object_named(c->o, object);
    const char *type = type_named(json_get(meta, "type"));
    int64_t length = json_i64(yyjson_obj_get(meta, "length"), 0);
    if (!obj || !str_ends(name, S("__c")) || name.n > 43) {
        sf_error(c, 400, "FIELD_INTEGRITY_EXCEPTION",
                 S("The name of a custom field is Object.Name__c, with at most 40 characters"),
                 S("FullName"));
        return;
    }
    if (!type || (strcmp(type, "string") == 0 && (length < 1 || length > 255))) {
        sf_error(c, 400, "FIELD_INTEGRITY_EXCEPTION",
                 type
                     ? S("Can not specify 'length' for a CustomField of type Text outside 1 to 255")
                     : S("Must specify a known 'type' for a CustomField"),
                 S("Metadata"));
        return;
    }
    unsigned flags = 0;
    flags |= json_bool(yyjson_obj_get(meta, "externalId"), false) ? SF_EXTERNAL : 0;
    flags |= json_bool(yyjson_obj_get(meta, "unique"), false) ? SF_UNIQUE : 0;
    flags |= json_bool(yyjson_obj_get(meta, "caseSensitive"), false) ? SF_CASE : 0;
    struct str label = json_get(meta, "label");
    struct sf_field *f =
        sf_field_add(c->o, obj, name, label.n ? label : name, type, (int)length, flags);
    if (!f) {
        sf_error(c, 400, "DUPLICATE_DEVELOPER_NAME",
                 str_fmt(c->a, "There is already a field named %.*s on %s.",
                         STR_ARG(str_slice(name, 0, name.n - 3)), obj->name),
                 S("DeveloperName"));
        return;
    }
    c->o->schema_changed_ms = c->now_ms;
    c->r->status = 201;
    buf_fmt(
        c->b,
        "{\"id\":\"00N5e%010zuEAA\",\"success\":true,\"errors\":[],\"warnings\":[],\"infos\":[]}",
        obj->fields);
}
