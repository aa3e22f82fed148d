/* hs_properties: definitions, groups, validation rules (H9). */
#include "sandbox/http/hs_p.h"

/* ---- answers --------------------------------------------------------------------------------- */

static void put_text(struct buf *b, const char *name, const char *text)
{
    buf_fmt(b, "\"%s\":", name);
    json_quote(b, str_from(text));
    buf_char(b, ',');
}

static void put_definition(struct hs_call *c, const struct hs_property *f)
{
    struct buf *b = c->b;
    bool own = !(f->flags & HS_DEFINED);
    buf_char(b, '{');
    put_text(b, "name", f->name);
    put_text(b, "label", f->label);
    put_text(b, "type", f->type);
    put_text(b, "fieldType", f->field_type);
    put_text(b, "groupName", f->group);
    put_text(b, "description", f->description);
    buf_str(b, S("\"options\":["));
    for (size_t i = 0; i < f->options; i++) {
        buf_str(b, i ? S(",{") : S("{"));
        put_text(b, "label", f->option[i].label);
        put_text(b, "value", f->option[i].value);
        buf_fmt(b, "\"displayOrder\":%d,\"hidden\":%s}", f->option[i].order,
                f->option[i].hidden ? "true" : "false");
    }
    buf_fmt(b,
            "],\"displayOrder\":-1,\"hasUniqueValue\":%s,\"hidden\":false,\"formField\":%s,"
            "\"calculated\":%s,\"externalOptions\":%s,\"archived\":%s,\"hubspotDefined\":%s,",
            f->flags & HS_UNIQUE ? "true" : "false", own ? "false" : "true",
            f->flags & HS_CALCULATED ? "true" : "false",
            strcmp(f->name, "hubspot_owner_id") == 0 ? "true" : "false",
            f->archived_ms ? "true" : "false", own ? "false" : "true");
    buf_fmt(b, "\"createdAt\":\"%.*s\",\"updatedAt\":\"%.*s\",",
            STR_ARG(iso_ms(c->a, f->created_ms)), STR_ARG(iso_ms(c->a, f->updated_ms)));
    if (f->archived_ms)
        buf_fmt(b, "\"archivedAt\":\"%.*s\",", STR_ARG(iso_ms(c->a, f->archived_ms)));
    buf_fmt(b,
            "\"modificationMetadata\":{\"archivable\":%s,\"readOnlyDefinition\":%s,"
            "\"readOnlyOptions\":%s,\"readOnlyValue\":%s}}",
            own ? "true" : "false", own ? "false" : "true", own ? "false" : "true",
            f->flags & (HS_READ_ONLY | HS_CALCULATED) ? "true" : "false");
}

static void put_group(struct hs_call *c, const struct hs_group *g)
{
    buf_char(c->b, '{');
    put_text(c->b, "name", g->name);
    put_text(c->b, "label", g->label);
    buf_fmt(c->b, "\"displayOrder\":%d,\"archived\":%s}", g->order, g->archived ? "true" : "false");
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool good_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (i && ((ch >= '0' && ch <= '9') || ch == '_'))))
            return false;
    }
    return s.n > 0 && s.n <= 100;
}

static void with_sub(struct hs_call *c, int status, const char *category, const char *sub,
                     struct str message)
{
    hs_refuse(c, &(struct hs_refusal){
                     .status = status, .category = category, .sub = sub, .message = message});
}

/* Copied: the request's text goes away. */
static const char *text_of(struct hs_call *c, yyjson_val *root, const char *name)
{
    return str_cstr(&c->p->life, json_get(root, name));
}

static void options_of(struct hs_call *c, yyjson_val *root, struct hs_property *f)
{
    yyjson_val *list = yyjson_obj_get(root, "options"), *one;
    yyjson_arr_iter it;
    if (!yyjson_is_arr(list))
        return;
    struct hs_option *o = ARENA_ARRAY(&c->p->life, struct hs_option, yyjson_arr_size(list));
    f->option = o;
    f->options = 0;
    yyjson_arr_iter_init(list, &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        o[f->options] = (struct hs_option){
            text_of(c, one, "label"), text_of(c, one, "value"),
            (int)json_i64(yyjson_obj_get(one, "displayOrder"), (int64_t)f->options),
            json_bool(yyjson_obj_get(one, "hidden"), false)};
        f->options++;
    }
}

static bool creatable(struct hs_call *c, struct hs_object *o, yyjson_val *root)
{
    struct str name = json_get(root, "name"), group = json_get(root, "groupName");
    struct str type = json_get(root, "type"), field = json_get(root, "fieldType");
    bool unique = json_bool(yyjson_obj_get(root, "hasUniqueValue"), false);
    enum hs_kind kind;
    if (!good_name(name))
        hs_invalid(c, S("name must begin with a lower case letter and consist of lower case "
                        "letters, digits and underscores"));
    else if (!json_get(root, "label").n || !group.n)
        hs_invalid(c, S("Some required fields were not set: [label, groupName]"));
    else if (!hs_group(o, group))
        hs_invalid(c, str_fmt(c->a, "property group %.*s does not exist", STR_ARG(group)));
    else if (!hs_kind_of(type, field, &kind))
        hs_invalid(c,
                   str_fmt(c->a, "%.*s is not a fieldType of %.*s", STR_ARG(field), STR_ARG(type)));
    else if (unique && kind != HS_TEXT && kind != HS_NUMBER)
        hs_invalid(c, S("hasUniqueValue needs a string or a number"));
    else if (unique && hs_uniques(o) >= HS_UNIQUES_MAX) /* H9.7 */
        hs_invalid(c, S("An object type can have at most 10 unique properties"));
    else if (hs_property(o, name))
        with_sub(c, 409, "OBJECT_ALREADY_EXISTS", "Properties.PROPERTY_WITH_NAME_EXISTS",
                 str_fmt(c->a, "A property named '%.*s' already exists.", STR_ARG(name)));
    else
        return true;
    return false;
}

/* A new one, or an archived one that comes back (H9.9); NULL = answered. */
static struct hs_property *create(struct hs_call *c, struct hs_object *o, yyjson_val *root)
{
    if (!creatable(c, o, root))
        return NULL;
    struct hs_property *old = hs_property_any(o, json_get(root, "name"));
    if (old) {
        old->archived_ms = 0;
        old->updated_ms = c->now_ms;
        return old;
    }
    struct hs_property f = {.name = text_of(c, root, "name"),
                            .label = text_of(c, root, "label"),
                            .description = text_of(c, root, "description"),
                            .group = text_of(c, root, "groupName"),
                            .type = text_of(c, root, "type"),
                            .field_type = text_of(c, root, "fieldType"),
                            .created_ms = c->now_ms,
                            .updated_ms = c->now_ms};
    if (json_bool(yyjson_obj_get(root, "hasUniqueValue"), false))
        f.flags |= HS_UNIQUE;
    options_of(c, root, &f);
    struct hs_property *made = hs_property_add(c->p, o, &f);
    if (!made)
        hs_invalid(c, S("An object type can have at most 1000 custom properties"));
    return made;
}

static void update(struct hs_call *c, struct hs_object *o, struct hs_property *f)
{
    yyjson_val *root;
    if (!hs_body(c, &root))
        return;
    struct str group = json_get(root, "groupName");
    if (group.n && !hs_group(o, group)) {
        hs_invalid(c, str_fmt(c->a, "property group %.*s does not exist", STR_ARG(group)));
        return;
    }
    if (yyjson_obj_get(root, "label"))
        f->label = text_of(c, root, "label");
    if (yyjson_obj_get(root, "description"))
        f->description = text_of(c, root, "description");
    if (group.n)
        f->group = text_of(c, root, "groupName");
    options_of(c, root, f);
    f->updated_ms = c->now_ms;
    c->p->writes++;
    put_definition(c, f);
}

static bool archive(struct hs_call *c, struct hs_property *f)
{
    if (f->flags & HS_DEFINED) {
        with_sub(c, 400, "VALIDATION_ERROR",
                 "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
                 str_fmt(c->a, "%s is defined by HubSpot and cannot be deleted", f->name));
        return false;
    }
    f->archived_ms = c->now_ms;
    c->p->writes++;
    return true;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static void unknown(struct hs_call *c, struct hs_object *o, struct str name)
{
    hs_no_resource(c, str_fmt(c->a, "Property \"%.*s\" does not exist for object type \"%s\"",
                              STR_ARG(name), o->id));
}

static void all(struct hs_call *c, struct hs_object *o)
{
    bool archived = hs_flag(c, "archived");
    size_t given = 0;
    buf_str(c->b, S("{\"results\":["));
    for (size_t i = 0; i < o->properties; i++) {
        if ((o->property[i].archived_ms != 0) != archived)
            continue;
        if (given++)
            buf_char(c->b, ',');
        put_definition(c, &o->property[i]);
    }
    buf_str(c->b, S("]}"));
}

static void batch(struct hs_call *c, struct hs_object *o, struct str what)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct buf errors;
    size_t given = 0, bad = 0;
    bool making = str_eq(what, S("create")), reading = str_eq(what, S("read"));
    if (!hs_inputs(c, HS_INPUTS_MAX, &root, &inputs))
        return;
    bool archived = json_bool(yyjson_obj_get(root, "archived"), false);
    buf_init(&errors, MIB);
    hs_batch_head(c);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct str name = json_get(in, "name");
        struct hs_property *f = hs_property_any(o, name);
        if (making && !(f = create(c, o, in))) {
            buf_release(&errors);
            return; /* the first bad one is the answer */
        }
        if (making || (reading && f && (f->archived_ms != 0) == archived)) {
            if (given++)
                buf_char(c->b, ',');
            put_definition(c, f);
        } else if (reading) {
            struct hs_refusal why = {.status = 404,
                                     .category = "OBJECT_NOT_FOUND",
                                     .message = S("Property does not exist")};
            if (bad++)
                buf_char(&errors, ',');
            hs_put_refusal(c, &errors, &why, STR_NONE);
        } else if (f && !f->archived_ms && !archive(c, f)) {
            buf_release(&errors);
            return;
        }
    }
    hs_batch_tail(c, &errors, bad);
    buf_release(&errors);
    if (making)
        c->r->status = 201;
    if (!making && !reading) {
        buf_clear(c->b);
        c->r->status = 204;
    }
}

static void group_new(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root;
    if (!hs_body(c, &root))
        return;
    struct str name = json_get(root, "name"), label = json_get(root, "label");
    if (!name.n || !label.n) {
        hs_invalid(c, S("name and label are required"));
    } else if (hs_group(o, name)) {
        with_sub(c, 409, "OBJECT_ALREADY_EXISTS", "PropertyGroupError.GROUP_WITH_NAME_EXISTS",
                 str_fmt(c->a, "A group named '%.*s' already exists.", STR_ARG(name)));
    } else {
        struct hs_group *g = hs_group_add(c->p, o, name, label,
                                          (int)json_i64(yyjson_obj_get(root, "displayOrder"), -1));
        if (g) {
            c->r->status = 201;
            put_group(c, g);
        } else {
            hs_invalid(c, S("too many groups"));
        }
    }
}

static void groups(struct hs_call *c, struct hs_object *o, struct str name)
{
    struct hs_group *g = name.n ? hs_group(o, name) : NULL;
    yyjson_val *root;
    if (name.n && !g) {
        hs_no_resource(c, S("property group not found"));
    } else if (!name.n && hs_is(c, "POST")) {
        group_new(c, o);
    } else if (!name.n) {
        size_t given = 0;
        buf_str(c->b, S("{\"results\":["));
        for (size_t i = 0; i < o->groups; i++)
            if (!o->group[i].archived) {
                buf_str(c->b, given++ ? S(",") : S(""));
                put_group(c, &o->group[i]);
            }
        buf_str(c->b, S("]}"));
    } else if (hs_is(c, "DELETE")) {
        if (hs_group_size(o, g)) {
            with_sub(c, 400, "VALIDATION_ERROR", "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
                     S("The group has active properties"));
        } else {
            g->archived = true;
            c->r->status = 204;
        }
    } else if (hs_is(c, "PATCH")) {
        if (!hs_body(c, &root))
            return;
        if (json_get(root, "label").n)
            g->label = text_of(c, root, "label");
        g->order = (int)json_i64(yyjson_obj_get(root, "displayOrder"), g->order);
        put_group(c, g);
    } else {
        put_group(c, g);
    }
}

void hs_properties(struct hs_call *c, struct str rest)
{
    struct str type = STR_NONE, name = STR_NONE, second = STR_NONE;
    yyjson_val *root;
    hs_segment(c, &rest, &type);
    struct hs_object *o = hs_object_named(c->p, type);
    if (!o) {
        hs_no_path(c);
        return;
    }
    hs_segment(c, &rest, &name);
    hs_segment(c, &rest, &second);
    bool write = !hs_is(c, "GET") && !str_eq(second, S("read"));
    if (!hs_scope(c, o->type == W_COMPANY
                         ? (write ? "crm.schemas.companies.write" : "crm.schemas.companies.read")
                         : (write ? "crm.schemas.contacts.write" : "crm.schemas.contacts.read")))
        return;
    struct hs_property *f = hs_property_any(o, name);
    if (str_eq(name, S("groups"))) {
        groups(c, o, second);
    } else if (str_eq(name, S("batch")) && hs_is(c, "POST")) {
        batch(c, o, second);
    } else if (!name.n && hs_is(c, "POST")) {
        if (hs_body(c, &root) && (f = create(c, o, root))) {
            c->r->status = 201;
            put_definition(c, f);
        }
    } else if (!name.n) {
        all(c, o);
    } else if (!f || (f->archived_ms != 0) != hs_flag(c, "archived")) {
        unknown(c, o, name);
    } else if (hs_is(c, "PATCH")) {
        update(c, o, f);
    } else if (hs_is(c, "DELETE")) {
        if (archive(c, f))
            c->r->status = 204;
    } else {
        put_definition(c, f);
    }
}

/* GET /crm/property-validations/{v}/{type}[/{property}] (H9.12) */
void hs_validations(struct hs_call *c, struct str rest)
{
    struct str type = STR_NONE, name = STR_NONE;
    size_t given = 0;
    hs_segment(c, &rest, &type);
    hs_segment(c, &rest, &name);
    struct hs_object *o = hs_object_named(c->p, type);
    if (!o) {
        hs_no_path(c);
        return;
    }
    buf_str(c->b, S("{\"results\":["));
    for (size_t i = 0; i < o->properties; i++) {
        const struct hs_property *f = &o->property[i];
        if (!f->validations || f->archived_ms || (name.n && !str_eq(name, str_from(f->name))))
            continue;
        buf_str(c->b, given++ ? S(",{") : S("{"));
        put_text(c->b, "propertyName", f->name);
        buf_str(c->b, S("\"propertyValidationRules\":["));
        for (size_t k = 0; k < f->validations; k++) {
            buf_fmt(c->b, "%s{\"ruleType\":\"%s\",\"ruleArguments\":[", k ? "," : "",
                    f->validation[k].rule);
            for (size_t n = 0; n < f->validation[k].arguments; n++) {
                buf_str(c->b, n ? S(",") : S(""));
                json_quote(c->b, str_from(f->validation[k].argument[n]));
            }
            buf_fmt(c->b, "],\"shouldApplyNormalization\":%s}",
                    f->validation[k].normalise ? "true" : "false");
        }
        buf_str(c->b, S("]}"));
    }
    buf_str(c->b, S("]}"));
}
