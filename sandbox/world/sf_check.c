/* sf_check: what a save accepts (SF 3, 4.3, 14). */
#include <string.h>

#include "sandbox/world/sf_p.h"
#include "text/decimal.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"

bool sf_refuse(struct sf_problem *p, const char *code, struct str message, const char *field)
{
    *p = (struct sf_problem){code, message, field ? str_from(field) : STR_NONE, STR_NONE};
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static struct str trimmed(struct str s)
{
    while (s.n && is_blank(s.p[0]))
        s = str_slice(s, 1, s.n);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s.n ? s : STR_NONE; /* a text field never holds the empty text (SF 3) */
}

/* As Jackson would put it. */
static bool wrong_json(struct arena *a, const struct sf_field *f, const struct sf_cell *c,
                       struct sf_problem *p)
{
    const char *want = f->kind == SF_TEXT || f->kind == SF_ID ? "string" : f->type;
    return sf_refuse(p, "JSON_PARSER_ERROR",
                     str_fmt(a,
                             "Cannot deserialize instance of %s from %s value %.*s or request may "
                             "be missing a required field",
                             want, c->quoted ? "VALUE_STRING" : "VALUE_NUMBER_INT",
                             STR_ARG(c->value)),
                     NULL);
}

static bool check_number(struct arena *a, const struct sf_field *f, const struct sf_cell *c,
                         struct str *out, struct sf_problem *p)
{
    struct str n = decimal_canonical(a, trimmed(c->value), f->kind == SF_INT ? 0 : f->scale);
    size_t digits = 0;
    if (!n.p)
        return wrong_json(a, f, c, p);
    for (size_t i = 0; i < n.n && n.p[i] != '.'; i++)
        digits += n.p[i] != '-';
    if (digits > (size_t)(f->precision - (f->kind == SF_INT ? 0 : f->scale)))
        return sf_refuse(p, "NUMBER_OUTSIDE_VALID_RANGE",
                         str_fmt(a, "%s: value outside of valid range on numeric field: %.*s",
                                 f->label, STR_ARG(n)),
                         f->name);
    *out = n;
    return true;
}

static bool check_time(struct arena *a, const struct sf_field *f, const struct sf_cell *c,
                       struct str *out, struct sf_problem *p)
{
    int64_t ms;
    if (!iso_parse_ms(trimmed(c->value), &ms))
        return wrong_json(a, f, c, p);
    *out = f->kind == SF_DATE ? iso_date(a, ms) : sf_stamp(a, ms);
    return true;
}

static bool is_option(const struct sf_field *f, struct str v)
{
    for (size_t i = 0; f->options && f->options[i]; i++)
        if (str_eq(v, str_from(f->options[i])))
            return true;
    return false;
}

static bool is_email(struct str v)
{
    ptrdiff_t at = str_find_char(v, '@');
    return at > 0 && (size_t)at + 3 < v.n &&
           str_find_char(str_slice(v, (size_t)at + 1, v.n), '.') > 0 && str_find_char(v, ' ') < 0;
}

static bool check_text(struct sf_save *s, const struct sf_object *obj, const struct sf_field *f,
                       struct str v, struct sf_problem *p)
{
    (void)obj;
    if (f->length && text_chars(v) > (size_t)f->length)
        return sf_refuse(p, "STRING_TOO_LONG",
                         str_fmt(s->a, "%s: data value too large: %.*s (max length=%d)", f->label,
                                 STR_ARG(text_cut_chars(v, 255)), f->length),
                         f->name);
    if ((f->flags & SF_RESTRICTED) && !is_option(f, v))
        return sf_refuse(p, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                         str_fmt(s->a, "%s: bad value for restricted picklist field: %.*s",
                                 f->label, STR_ARG(v)),
                         f->name);
    if (strcmp(f->type, "email") == 0 && !is_email(v))
        return sf_refuse(p, "INVALID_EMAIL_ADDRESS",
                         str_fmt(s->a, "%s: invalid email address: %.*s", f->label, STR_ARG(v)),
                         f->name);
    return true;
}

static bool check_reference(struct sf_save *s, const struct sf_object *obj,
                            const struct sf_field *f, const struct world_record *r, struct str v,
                            struct str *out, struct sf_problem *p)
{
    struct str id = sfid18(s->a, v);
    struct sf_object *to = f->refers_to ? sf_object_named(s->org, str_from(f->refers_to)) : NULL;
    if (!id.p || (to && !sfid_has_prefix(id, str_from(to->prefix))))
        return sf_refuse(
            p, id.p ? "FIELD_INTEGRITY_EXCEPTION" : "MALFORMED_ID",
            str_fmt(s->a, "%s: id value of incorrect type: %.*s", f->label, STR_ARG(v)), f->name);
    struct world_record *target = to ? sf_live(s->org, to, id) : NULL;
    if (!target)
        return sf_refuse(p, "INVALID_CROSS_REFERENCE_KEY", S("invalid cross reference id"), NULL);
    /* inactive, or not of our profile (SF 8) */
    if (f->system == SYS_RECORD_TYPE &&
        (str_eq(world_get(s->org->world, W_RECORD_TYPE, target, s->a, S("IsActive")), S("false")) ||
         str_eq(world_get(s->org->world, W_RECORD_TYPE, target, s->a, S("Available")), S("false"))))
        return sf_refuse(p, "INVALID_CROSS_REFERENCE_KEY",
                         S("Record Type ID: this ID value isn't valid for the user"), f->name);
    if (f->system == SYS_OWNER &&
        !str_eq(world_get(s->org->world, W_USER, target, s->a, S("IsActive")), S("true")))
        return sf_refuse(p, "INACTIVE_OWNER_OR_USER",
                         str_fmt(s->a,
                                 "operation performed with inactive user [%.*s] as owner of %s",
                                 STR_ARG(id), obj->name),
                         NULL);
    if (to == obj && r && f->system == SYS_NONE) { /* no loops in a hierarchy */
        struct world_record *up = target;
        for (int guard = 0; up && guard < 500; guard++) {
            if (up == r)
                return sf_refuse(p, "CIRCULAR_DEPENDENCY",
                                 str_fmt(s->a, "attempt to violate hierarchy constraints"), NULL);
            struct str next = world_get_at(s->org->world, obj->type, up, s->a, f->column);
            up = next.n ? sf_live(s->org, to, next) : NULL;
        }
    }
    *out = id;
    return true;
}

static bool check_unique(struct sf_save *s, const struct sf_object *obj, const struct sf_field *f,
                         const struct world_record *r, struct str v, struct sf_problem *p)
{
    char id[32];
    if (!(f->flags & SF_UNIQUE) || s->org->external_not_unique)
        return true;
    struct world_record *other = world_by_unique_at(s->org->world, obj->type, f->column, v);
    if (!other || other == r)
        return true;
    sf_refuse(p, "DUPLICATE_VALUE",
              str_fmt(s->a, "duplicate value found: %s duplicates value on record with id: %.*s",
                      f->name, STR_ARG(world_id(s->org->world, obj->type, other->number, id))),
              NULL);
    return false;
}

/* {"Parent":{"Key__c":"x"}}: the lookup that has this relationship name. */
static struct sf_field *lookup_field(struct sf_save *s, const struct sf_object *obj,
                                     const struct sf_cell *c, struct str *value,
                                     struct sf_problem *p)
{
    for (size_t i = 0; i < obj->fields; i++) {
        struct sf_field *f = &obj->field[i];
        if (!f->relationship || !str_eq_nocase(c->name, str_from(f->relationship)))
            continue;
        struct sf_object *to = sf_object_named(s->org, str_from(f->refers_to));
        struct sf_field *key = to ? sf_field_named(to, c->foreign) : NULL;
        struct world_record *found[2];
        char *id = arena_bytes(s->a, 32);
        if (!key || !(key->flags & SF_EXTERNAL)) {
            sf_refuse(p, "INVALID_FIELD",
                      str_fmt(s->a,
                              "Foreign key external ID: %.*s not found for field %.*s in entity %s",
                              STR_ARG(c->value), STR_ARG(c->foreign), to ? to->name : "?"),
                      NULL);
            return NULL;
        }
        if (!c->value.n) {
            *value = STR_NONE;
            return f;
        }
        if (sf_by_external(s->org, to, key, c->value, found) != 1) {
            sf_refuse(p, "INVALID_FIELD",
                      str_fmt(s->a,
                              "Foreign key external ID: %.*s not found for field %s in entity %s",
                              STR_ARG(c->value), key->name, to->name),
                      NULL);
            return NULL;
        }
        *value = world_id(s->org->world, to->type, found[0]->number, id);
        return f;
    }
    sf_refuse(
        p, "INVALID_FIELD",
        str_fmt(s->a, "No such column '%.*s' on sobject of type %s", STR_ARG(c->name), obj->name),
        NULL);
    return NULL;
}

static bool check_cell(struct sf_save *s, const struct sf_object *obj, const struct world_record *r,
                       const struct sf_cell *c, struct sf_write *out, struct sf_problem *p)
{
    struct str v = c->value;
    struct sf_field *f =
        c->foreign.p ? lookup_field(s, obj, c, &v, p) : sf_field_named(obj, c->name);
    if (!f && c->foreign.p)
        return false;
    if (!f)
        return sf_refuse(p, "INVALID_FIELD",
                         str_fmt(s->a, "No such column '%.*s' on sobject of type %s",
                                 STR_ARG(c->name), obj->name),
                         NULL);
    bool user = s->source == W_FROM_USER; /* field-level security is the integration user's */
    if ((f->flags & SF_READ_ONLY) || ((f->flags & SF_LOCKED) && !user))
        return sf_refuse(p, "INVALID_FIELD_FOR_INSERT_UPDATE",
                         str_fmt(s->a,
                                 "Unable to create/update fields: %s. Please check the security "
                                 "settings of this field and verify that it is read/write for your "
                                 "profile or permission set.",
                                 f->name),
                         f->name);
    *out = (struct sf_write){f, STR_NONE};
    if (!v.p) {
        /* null */
    } else if (f->kind == SF_TEXT) {
        if (!c->quoted)
            return wrong_json(s->a, f, c, p);
        out->value = trimmed(v);
    } else if (f->kind == SF_NUMBER || f->kind == SF_INT) {
        if (trimmed(v).n && !check_number(s->a, f, c, &out->value, p))
            return false;
    } else if (f->kind == SF_BOOL) {
        struct str t = trimmed(v);
        if (!str_eq_nocase(t, S("true")) && !str_eq_nocase(t, S("false")))
            return wrong_json(s->a, f, c, p);
        out->value = str_lower(s->a, t);
    } else if (f->kind == SF_ID) {
        if (trimmed(v).n && !check_reference(s, obj, f, r, trimmed(v), &out->value, p))
            return false;
    } else if (trimmed(v).n && !check_time(s->a, f, c, &out->value, p)) {
        return false;
    }
    if (!out->value.n && (f->flags & SF_REQUIRED))
        return sf_refuse(p, "REQUIRED_FIELD_MISSING",
                         str_fmt(s->a, "Required fields are missing: [%s]", f->name), f->name);
    if (!out->value.n)
        return true;
    return (f->kind != SF_TEXT || check_text(s, obj, f, out->value, p)) &&
           check_unique(s, obj, f, r, out->value, p);
}

static bool check_required(struct sf_save *s, const struct sf_object *obj, const struct sf_write *w,
                           size_t n, bool person, struct sf_problem *p)
{
    struct str missing = STR_NONE;
    const char *first = NULL;
    for (size_t i = 0; i < obj->fields; i++) {
        const struct sf_field *f = &obj->field[i];
        bool given = false;
        bool needs = (f->flags & SF_REQUIRED) != 0;
        if (person)
            needs = strcmp(f->name, "LastName") == 0;
        if (!needs)
            continue;
        for (size_t k = 0; k < n; k++)
            given = given || w[k].field == f;
        if (given)
            continue;
        first = first ? first : f->name;
        missing = str_fmt(s->a, "%.*s%s%s", STR_ARG(missing), missing.n ? ", " : "", f->name);
    }
    return !first ||
           sf_refuse(p, "REQUIRED_FIELD_MISSING",
                     str_fmt(s->a, "Required fields are missing: [%.*s]", STR_ARG(missing)), first);
}

static bool check_rules(struct sf_save *s, const struct sf_object *obj,
                        const struct world_record *r, const struct sf_write *w, size_t n,
                        struct sf_problem *p)
{
    const struct sf_rule *v = &s->org->validation, *d = &s->org->duplicate;
    for (size_t i = 0; i < n; i++) {
        bool valid = v->message[0] && strcmp(v->object, obj->name) == 0 &&
                     str_eq_nocase(str_from(v->field), str_from(w[i].field->name));
        if (valid && str_find(w[i].value, str_from(v->text)) >= 0)
            return sf_refuse(p, "FIELD_CUSTOM_VALIDATION_EXCEPTION", str_from(v->message), NULL);
        bool twice = !r && !s->allow_duplicates && d->message[0] && w[i].value.n &&
                     strcmp(d->object, obj->name) == 0 &&
                     str_eq_nocase(str_from(d->field), str_from(w[i].field->name));
        struct world_table *tab = &s->org->world->table[obj->type];
        for (uint64_t k = 0; twice && k < tab->count; k++) {
            struct world_record *other = tab->record[k];
            if (other->archived_ms ||
                !str_eq_nocase(sf_get(s->org, obj, w[i].field, other, s->a), w[i].value))
                continue;
            char *id = arena_bytes(s->a, 32);
            sf_refuse(p, "DUPLICATES_DETECTED", str_from(d->message), NULL);
            p->match = world_id(s->org->world, obj->type, k, id);
            return false;
        }
    }
    return true;
}

bool sf_check(struct sf_save *s, const struct sf_object *obj, const struct world_record *r,
              const struct sf_input *in, struct sf_write **out, struct sf_problem *p)
{
    struct sf_write *w = ARENA_ARRAY(s->a, struct sf_write, in->cells);
    for (size_t i = 0; i < in->cells; i++)
        if (!check_cell(s, obj, r, &in->cell[i], &w[i], p))
            return false;
    bool person;
    if (!sf_person_check(s, obj, r, w, in->cells, &person, p) ||
        (!r && !check_required(s, obj, w, in->cells, person, p)))
        return false;
    *out = w;
    return check_rules(s, obj, r, w, in->cells, p);
}
