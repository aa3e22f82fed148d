/* sf_person: person accounts (SF 14.2): one record that is account and contact. An account is one
 * iff its record type is for persons. Left out: an edit of its contact does not reach the account.
 */
#include <string.h>

#include "sandbox/world/sf_p.h"

static const struct {
    const char *name, *label, *type;
    int length;
    unsigned flags;
} fields[] = {
    {"IsPersonAccount", "Is Person Account", "boolean", 0, SF_READ_ONLY | SF_DEFAULTED},
    {"FirstName", "First Name", "string", 40, 0},
    {"LastName", "Last Name", "string", 80, 0},
    {"Salutation", "Salutation", "string", 40, 0},
    {"PersonContactId", "Contact ID", "reference", 18, SF_READ_ONLY},
    {"PersonEmail", "Email", "email", 80, 0},
    {"PersonMobilePhone", "Mobile", "phone", 40, 0},
    {"PersonTitle", "Title", "string", 80, 0},
    {"Region__pc", "Region", "string", 40, 0},
};

uint64_t sf_persons_enable(struct sf_org *o, int64_t now_ms)
{
    struct world *w = o->world;
    struct sf_object *account = sf_object_of(o, W_ACCOUNT), *type = sf_object_of(o, W_RECORD_TYPE);
    for (size_t i = 0; i < LEN(fields); i++) {
        struct sf_field *f =
            sf_field_add(o, account, str_from(fields[i].name), str_from(fields[i].label),
                         fields[i].type, fields[i].length, fields[i].flags);
        if (f)
            f->flags = fields[i].flags | (str_ends(str_from(f->name), S("__pc")) ? SF_CUSTOM : 0);
    }
    struct sf_field *f =
        sf_field_add(o, type, S("IsPersonType"), S("Is Person Type"), "boolean", 0, SF_READ_ONLY);
    if (f)
        f->flags = SF_READ_ONLY;
    o->persons = true;
    o->schema_changed_ms = now_ms;
    struct world_record *r = world_create(w, W_RECORD_TYPE, now_ms);
    world_set(w, W_RECORD_TYPE, r, S("SobjectType"), S("Account"));
    world_set(w, W_RECORD_TYPE, r, S("DeveloperName"), S("PersonAccount"));
    world_set(w, W_RECORD_TYPE, r, S("Name"), S("Person Account"));
    world_set(w, W_RECORD_TYPE, r, S("IsActive"), S("true"));
    world_set(w, W_RECORD_TYPE, r, S("Available"), S("true"));
    world_set(w, W_RECORD_TYPE, r, S("IsPersonType"), S("true"));
    return r->number;
}

static struct str get(struct sf_save *s, const struct world_record *r, const char *field)
{
    return r ? world_get(s->org->world, W_ACCOUNT, r, s->a, str_from(field)) : STR_NONE;
}

static void set(struct sf_save *s, struct world_record *r, const char *field, struct str value)
{
    struct world *w = s->org->world;
    world_set_at(w, W_ACCOUNT, r, world_field(w, W_ACCOUNT, str_from(field)), value, s->now_ms,
                 W_FROM_SYSTEM);
}

static bool person_type(struct sf_save *s, struct str type)
{
    struct world *w = s->org->world;
    struct world_record *r = type.n ? world_find(w, W_RECORD_TYPE, type) : NULL;
    return r && str_eq(world_get(w, W_RECORD_TYPE, r, s->a, S("IsPersonType")), S("true"));
}

/* Of the integration user's profile; none = the master. */
static struct str default_type(struct sf_save *s)
{
    struct world *w = s->org->world;
    char *id = arena_bytes(s->a, 32);
    for (uint64_t i = 0; i < w->table[W_RECORD_TYPE].count; i++)
        if (str_eq(
                world_get(w, W_RECORD_TYPE, w->table[W_RECORD_TYPE].record[i], s->a, S("Default")),
                S("true")))
            return world_id(w, W_RECORD_TYPE, i, id);
    return STR_NONE;
}

static bool of_persons(const struct sf_field *f)
{
    struct str name = str_from(f->name);
    return str_eq(str_slice(name, 0, 6), S("Person")) || str_ends(name, S("__pc")) ||
           str_eq(name, S("FirstName")) || str_eq(name, S("LastName")) ||
           str_eq(name, S("Salutation"));
}

static bool of_business(const struct sf_field *f)
{
    return strcmp(f->name, "Name") == 0 || strcmp(f->name, "ParentId") == 0;
}

/* A person account is its own contact. */
static bool check_contact(struct sf_save *s, const struct sf_write *w, size_t n,
                          struct sf_problem *p)
{
    for (size_t i = 0; i < n; i++) {
        struct world_record *to = strcmp(w[i].field->name, "AccountId") == 0 && w[i].value.n
                                      ? world_find(s->org->world, W_ACCOUNT, w[i].value)
                                      : NULL;
        if (to && str_eq(get(s, to, "IsPersonAccount"), S("true")))
            return sf_refuse(p, "FIELD_INTEGRITY_EXCEPTION",
                             S("Account ID: a person account has no contacts"), w[i].field->name);
    }
    return true;
}

bool sf_person_check(struct sf_save *s, const struct sf_object *obj, const struct world_record *r,
                     const struct sf_write *w, size_t n, bool *person, struct sf_problem *p)
{
    bool was = r && str_eq(get(s, r, "IsPersonAccount"), S("true")), typed = r != NULL;
    *person = obj->type == W_ACCOUNT && was;
    if (!s->org->persons || (obj->type != W_ACCOUNT && obj->type != W_SF_CONTACT))
        return true;
    if (obj->type == W_SF_CONTACT)
        return check_contact(s, w, n, p);
    for (size_t i = 0; i < n; i++)
        if (w[i].field->system == SYS_RECORD_TYPE) {
            *person = person_type(s, w[i].value);
            typed = true;
        }
    if (!typed && s->source != W_FROM_USER && person_type(s, default_type(s)))
        *person = true;
    for (size_t i = 0; i < n && !typed; i++) /* the default one of their record types */
        *person = *person || (strcmp(w[i].field->name, "LastName") == 0 && w[i].value.n);
    if (r && *person != was)
        return n == 1 || sf_refuse(p, "INVALID_FIELD_FOR_INSERT_UPDATE",
                                   S("Account: a change between business and person account"
                                     " cannot be mixed with other changes"),
                                   "RecordTypeId");
    for (size_t i = 0; i < n; i++) {
        const struct sf_field *f = w[i].field;
        if (*person ? of_business(f) : of_persons(f))
            return sf_refuse(
                p, "INVALID_FIELD_FOR_INSERT_UPDATE",
                str_fmt(s->a, "Account: bad field names on insert/update call: %s", f->name),
                f->name);
        if (*person && !w[i].value.n && strcmp(f->name, "LastName") == 0)
            return sf_refuse(p, "REQUIRED_FIELD_MISSING",
                             S("Required fields are missing: [LastName]"), f->name);
    }
    return true;
}

static void settle_contact(struct sf_save *s, struct world_record *r)
{
    static const char *const copied[][2] = {
        {"FirstName", "FirstName"}, {"LastName", "LastName"}, {"PersonEmail", "Email"}};
    struct world *w = s->org->world;
    struct str id = get(s, r, "PersonContactId");
    struct world_record *c = id.n ? world_find(w, W_SF_CONTACT, id) : NULL;
    char own[32], theirs[32];
    if (!c) {
        c = world_create(w, W_SF_CONTACT, s->now_ms);
        sf_remember(s, W_SF_CONTACT, c, true);
        world_set(w, W_SF_CONTACT, c, S("AccountId"), world_id(w, W_ACCOUNT, r->number, own));
        set(s, r, "PersonContactId", world_id(w, W_SF_CONTACT, c->number, theirs));
    } else {
        sf_remember(s, W_SF_CONTACT, c, false);
    }
    for (size_t i = 0; i < LEN(copied); i++)
        world_set(w, W_SF_CONTACT, c, str_from(copied[i][1]), get(s, r, copied[i][0]));
    world_touch(w, W_SF_CONTACT, c, s->now_ms);
}

void sf_person_settle(struct sf_save *s, const struct sf_object *obj, struct world_record *r)
{
    if (!s->org->persons || obj->type != W_ACCOUNT)
        return;
    struct str type = get(s, r, "RecordTypeId"), last = get(s, r, "LastName");
    struct world_table *types = &s->org->world->table[W_RECORD_TYPE];
    for (uint64_t i = 0; !type.n && last.n && i < types->count; i++) {
        char *id = arena_bytes(s->a, 32);
        struct str one = world_id(s->org->world, W_RECORD_TYPE, i, id);
        type = person_type(s, one) ? one : type;
    }
    bool person = person_type(s, type);
    set(s, r, "IsPersonAccount", person ? S("true") : S("false"));
    if (!person)
        return;
    set(s, r, "RecordTypeId", type);
    if (!last.n) { /* it was a business account until now */
        last = get(s, r, "Name");
        set(s, r, "LastName", last);
    }
    struct str first = get(s, r, "FirstName");
    set(s, r, "Name",
        str_fmt(s->a, "%.*s%s%.*s", STR_ARG(first), first.n ? " " : "", STR_ARG(last)));
    settle_contact(s, r);
}
