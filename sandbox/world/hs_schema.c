/* hs_schema: objects, properties and groups (H9). */
#include "sandbox/world/hs_p.h"
#include "text/hash.h"

struct hs_object *hs_object_named(struct hs_portal *p, struct str name)
{
    for (int t = 0; t < HS_TYPES; t++) {
        struct hs_object *o = &p->object[t];
        if (str_eq(name, str_from(o->name)) || str_eq(name, str_from(o->id)) ||
            str_eq_nocase(name, str_from(o->singular)))
            return o;
    }
    return NULL;
}

enum hs_type hs_type_of(const struct hs_portal *p, const struct hs_object *o)
{
    return (enum hs_type)(o - p->object);
}

struct hs_property *hs_property_any(const struct hs_object *o, struct str name)
{
    size_t at = table_get(&o->by_name, hash64(name));
    struct hs_property *f = at ? &o->property[at - 1] : NULL;
    return f && str_eq(name, str_from(f->name)) ? f : NULL;
}

struct hs_property *hs_property(const struct hs_object *o, struct str name)
{
    struct hs_property *f = hs_property_any(o, name);
    return f && !f->archived_ms ? f : NULL;
}

bool hs_kind_of(struct str type, struct str field_type, enum hs_kind *out)
{
    static const struct {
        const char *type, *fields; /* between bars */
        enum hs_kind kind;
    } table[] = {{"string", "|text|textarea|html|file|phonenumber|calculation_equation|", HS_TEXT},
                 {"phone_number", "|phonenumber|", HS_TEXT},
                 {"number", "|number|calculation_equation|", HS_NUMBER},
                 {"bool", "|booleancheckbox|calculation_equation|", HS_BOOL},
                 {"enumeration", "|select|radio|booleancheckbox|calculation_equation|", HS_ENUM},
                 {"enumeration", "|checkbox|", HS_SET},
                 {"date", "|date|", HS_DATE},
                 {"datetime", "|date|", HS_DATETIME}};
    for (size_t i = 0; i < LEN(table) && field_type.n; i++) {
        ptrdiff_t at = str_find(str_from(table[i].fields), field_type);
        const char *fields = table[i].fields;
        if (str_eq(type, str_from(table[i].type)) && at > 0 && fields[at - 1] == '|' &&
            fields[(size_t)at + field_type.n] == '|') {
            *out = table[i].kind;
            return true;
        }
    }
    return false;
}

static const char *kept(struct hs_portal *p, const char *text)
{
    return str_cstr(&p->life, str_from(text ? text : ""));
}

static void copy_options(struct hs_portal *p, struct hs_property *f)
{
    const struct hs_option *from = f->option;
    struct hs_option *to = ARENA_ARRAY(&p->life, struct hs_option, f->options);
    for (size_t i = 0; i < f->options; i++) {
        to[i] = from[i];
        to[i].label = kept(p, from[i].label);
        to[i].value = kept(p, from[i].value);
    }
    f->option = to;
}

struct hs_property *hs_property_add(struct hs_portal *p, struct hs_object *o,
                                    const struct hs_property *like)
{
    struct str name = str_from(like->name);
    if (o->properties == HS_PROPERTIES_MAX)
        return NULL;
    struct hs_property *f = &o->property[o->properties++];
    *f = *like;
    if (!hs_kind_of(str_from(f->type), str_from(f->field_type), &f->kind))
        f->kind = HS_TEXT;
    if (!(f->flags & HS_DEFINED)) { /* the standard ones are program text */
        f->name = kept(p, like->name);
        f->label = kept(p, like->label);
        f->description = kept(p, like->description);
        f->group = kept(p, like->group);
        f->type = kept(p, like->type);
        f->field_type = kept(p, like->field_type);
        copy_options(p, f);
    }
    f->column = world_field(p->world, o->type, name);
    if (f->flags & HS_UNIQUE)
        world_set_unique(p->world, o->type, name);
    table_put(&o->by_name, hash64(name), o->properties);
    return f;
}

size_t hs_uniques(const struct hs_object *o)
{
    size_t n = 0;
    for (size_t i = 0; i < o->properties; i++)
        n += (o->property[i].flags & HS_UNIQUE) && !(o->property[i].flags & HS_DEFINED) &&
             !o->property[i].archived_ms;
    return n;
}

/* ---- groups ---------------------------------------------------------------------------------- */

struct hs_group *hs_group(struct hs_object *o, struct str name)
{
    for (size_t i = 0; i < o->groups; i++)
        if (!o->group[i].archived && str_eq(name, str_from(o->group[i].name)))
            return &o->group[i];
    return NULL;
}

struct hs_group *hs_group_add(struct hs_portal *p, struct hs_object *o, struct str name,
                              struct str label, int order)
{
    if (o->groups == LEN(o->group))
        return NULL;
    struct hs_group *g = &o->group[o->groups++];
    *g = (struct hs_group){str_cstr(&p->life, name), str_cstr(&p->life, label), order, false};
    return g;
}

size_t hs_group_size(const struct hs_object *o, const struct hs_group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < o->properties; i++)
        n += !o->property[i].archived_ms && strcmp(o->property[i].group, g->name) == 0;
    return n;
}

/* ---- the portal ------------------------------------------------------------------------------ */

static void name_columns(struct hs_object *o)
{
    static const char *const names[COLUMNS] = {
        [COL_CREATED] = "createdate", [COL_STAGE] = "lifecyclestage",
        [COL_EMAIL] = "email",        [COL_DOMAIN] = "domain",
        [COL_NAME] = "name",          [COL_MERGED] = "hs_merged_object_ids"};
    for (int i = 0; i < COLUMNS; i++) {
        const struct hs_property *f = hs_property(o, str_from(names[i]));
        o->column[i] = f ? f->column : UINT16_MAX;
    }
}

void hs_portal_init(struct hs_portal *p, struct world *w)
{
    *p = (struct hs_portal){.world = w};
    arena_init(&p->life, 256 * MIB);
    p->object[HS_COMPANY] = (struct hs_object){
        .type = W_COMPANY, .name = "companies", .singular = "company", .id = "0-2"};
    p->object[HS_CONTACT] = (struct hs_object){
        .type = W_HS_CONTACT, .name = "contacts", .singular = "contact", .id = "0-1"};
    for (int t = 0; t < HS_TYPES; t++) {
        p->object[t].property = calloc(HS_PROPERTIES_MAX, sizeof(struct hs_property));
        if (!p->object[t].property)
            abort();
    }
    hs_standard(p);
    for (int t = 0; t < HS_TYPES; t++)
        name_columns(&p->object[t]);
    world_set_unique(w, W_COMPANY, S("domain")); /* an index; it is not unique (H11.1) */
    hs_links_init(p);
    hs_owner_add(p, S("tandem@sandbox.example"), S("Tandem"), S("Integration"), w->start_ms);
    hs_owner_add(p, S("Olivia@sandbox.example"), S("Olivia"), S("Example"), w->start_ms);
    hs_owner_add(p, S("left@sandbox.example"), S("Lee"), S("Former"), w->start_ms)->archived = true;
    hs_owner_add(p, S(""), S("Sales"), S("Queue"), w->start_ms);
}

void hs_portal_release(struct hs_portal *p)
{
    for (int t = 0; t < HS_TYPES; t++) {
        table_release(&p->object[t].by_name);
        free(p->object[t].property);
    }
    hs_links_release(p);
    hs_lists_release(p);
    arena_release(&p->life);
    *p = (struct hs_portal){0};
}
