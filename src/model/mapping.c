#include "model/mapping.h"

#include <stdio.h>
#include <string.h>

#include "text/decimal.h"
#include "text/hash.h"
#include "text/iso8601.h"
#include "text/unicode.h"

static const char *const rule_names[RULE_COUNT] = {
    [RULE_NONE] = "none",
    [RULE_PREFER_SF] = "prefer_salesforce",
    [RULE_ALWAYS_SF] = "always_salesforce",
    [RULE_TWO_WAY] = "two_way",
    [RULE_PREFER_HS] = "prefer_hubspot",
    [RULE_ALWAYS_HS] = "always_hubspot",
};

const char *rule_name(enum rule r)
{
    return rule_names[r];
}

bool rule_from_name(struct str name, enum rule *out)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (str_eq(name, str_from(rule_names[i]))) {
            *out = (enum rule)i;
            return true;
        }
    return false;
}

enum side rule_ruler(enum rule r)
{
    if (r == RULE_PREFER_SF || r == RULE_ALWAYS_SF)
        return SIDE_SF;
    return r == RULE_PREFER_HS || r == RULE_ALWAYS_HS ? SIDE_HS : SIDE_COUNT;
}

bool rule_lets_write(enum rule r, enum side from)
{
    if (r == RULE_NONE)
        return false;
    if (r == RULE_ALWAYS_SF || r == RULE_ALWAYS_HS)
        return from == rule_ruler(r);
    return true;
}

#define ADDRESS 1 /* mapping.group of the billing address (S5.9) */

void mappings_default(struct arena *a, struct mappings *out)
{
    static const struct {
        const char *sf, *hs;
        enum rule rule;
        uint8_t group;
    } pair[] = {
        {"Name", "name", RULE_PREFER_SF, 0},
        {"Website", "website", RULE_PREFER_SF, 0},
        {"Phone", "phone", RULE_PREFER_SF, 0},
        {"Fax", "fax", RULE_PREFER_SF, 0},
        {"Description", "description", RULE_PREFER_SF, 0},
        {"BillingStreet", "address", RULE_PREFER_SF, ADDRESS},
        {"BillingCity", "city", RULE_PREFER_SF, ADDRESS},
        {"BillingState", "state", RULE_PREFER_SF, ADDRESS},
        {"BillingPostalCode", "zip", RULE_PREFER_SF, ADDRESS},
        {"BillingCountry", "country", RULE_PREFER_SF, ADDRESS},
        {"Industry", "industry", RULE_NONE, 0}, /* S6.1: until a person saves a value table */
        {"Type", "type", RULE_NONE, 0},
        {"NumberOfEmployees", "numberofemployees", RULE_PREFER_SF, 0},
        {"AnnualRevenue", "annualrevenue", RULE_PREFER_SF, 0},
        {"OwnerId", "hubspot_owner_id", RULE_TWO_WAY, 0},
    };
    out->map = ARENA_ARRAY(a, struct mapping, LEN(pair));
    out->count = LEN(pair);
    for (size_t i = 0; i < LEN(pair); i++)
        out->map[i] = (struct mapping){
            .id = (uint32_t)i + 1,
            .name = {str_from(pair[i].sf), str_from(pair[i].hs)},
            .rule = pair[i].rule,
            .kind = str_eq(str_from(pair[i].sf), S("OwnerId")) ? MAPPING_OWNER : MAPPING_PLAIN,
            .group = pair[i].group,
            .standard = true,
            .scale = -1,
            .meta = {{.type = FIELD_OTHER}, {.type = FIELD_OTHER}},
        };
}

void mappings_watch(struct arena *a, struct mappings *m, const struct str *field, size_t n)
{
    struct mapping *map = ARENA_ARRAY(a, struct mapping, m->count + n);
    memcpy(map, m->map, m->count * sizeof(*map));
    m->map = map;
    for (size_t i = 0; i < n; i++) {
        bool read = false;
        for (size_t k = 0; k < m->count; k++)
            read = read || str_eq_nocase(map[k].name[SIDE_SF], field[i]);
        if (read)
            continue;
        uint64_t hash = hash64(str_lower(a, field[i]));
        map[m->count++] = (struct mapping){
            .id = MAPPING_WATCHED | (uint32_t)(hash & (MAPPING_WATCHED - 1)),
            .name = {str_dup(a, field[i]), S("")},
            .watched = true,
            .scale = -1,
            .meta = {{.type = FIELD_OTHER}, {.type = FIELD_OTHER}},
        };
    }
}

/* Which types may be mapped on which: B3.34-B3.42, with S6.1's answers for what they leave out. */
static bool types_fit(enum field_type sf, enum field_type hs)
{
    switch (hs) {
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_PHONE:
        return sf == FIELD_TEXT || sf == FIELD_TEXTAREA || sf == FIELD_URL || sf == FIELD_PHONE ||
               sf == FIELD_EMAIL || sf == FIELD_PICKLIST || sf == FIELD_REFERENCE;
    case FIELD_PICKLIST:
        return sf == FIELD_PICKLIST || sf == FIELD_REFERENCE || sf == FIELD_TEXT;
    case FIELD_MULTI:
        return sf == FIELD_MULTI;
    case FIELD_BOOL:
        return sf == FIELD_BOOL;
    case FIELD_NUMBER:
        return sf == FIELD_NUMBER;
    case FIELD_DATE:
    case FIELD_DATETIME:
        return sf == FIELD_DATE || sf == FIELD_DATETIME;
    case FIELD_OWNER:
        return sf == FIELD_OWNER;
    default:
        return false;
    }
}

static int coarser(int a, int b)
{
    if (a < 0 || b < 0)
        return MAX(a, b);
    return MIN(a, b);
}

/* S6.8: why a mapping cannot work with what the metadata tells; names both fields. */
static void suspend(struct mapping *m, enum side side, const char *what)
{
    snprintf(m->suspended, sizeof(m->suspended), "%.*s <-> %.*s: %s %.*s %s",
             STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]), side_name(side),
             STR_ARG(m->name[side]), what);
}

void mappings_bind(struct mappings *ms, const struct schema *const schema[SIDE_COUNT])
{
    for (size_t i = 0; i < ms->count; i++) {
        struct mapping *m = &ms->map[i];
        m->suspended[0] = '\0';
        for (enum side s = SIDE_SF; s < (m->watched ? SIDE_HS : SIDE_COUNT); s++) {
            const struct field *f = schema_find(schema[s], m->name[s]);
            m->meta[s] = f ? *f : (struct field){.name = m->name[s], .type = FIELD_OTHER};
            if (!f || !f->readable)
                suspend(m, s, "cannot be read (missing, archived or hidden from our user)");
        }
        if (m->watched)
            continue;
        if (!m->suspended[0] && !types_fit(m->meta[SIDE_SF].type, m->meta[SIDE_HS].type))
            suspend(m, SIDE_HS, "does not fit the other side's type");
        if (m->meta[SIDE_SF].type == FIELD_OWNER && m->meta[SIDE_HS].type == FIELD_OWNER) {
            m->kind = MAPPING_OWNER;
            m->rule = m->rule == RULE_NONE ? RULE_NONE : RULE_TWO_WAY; /* B3.58 */
        }
        m->scale = coarser(m->meta[SIDE_SF].scale, m->meta[SIDE_HS].scale);
    }
}

bool mapping_check(const struct mappings *ms, const struct mapping *one, struct err *e)
{
    for (size_t i = 0; i < ms->count; i++) {
        const struct mapping *m = &ms->map[i];
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            if (m->id != one->id && str_eq_nocase(m->name[s], one->name[s])) {
                err_set(e, ERR_USAGE, "mapping_double", "%s %.*s is already mapped with %.*s",
                        side_name(s), STR_ARG(one->name[s]), STR_ARG(m->name[side_other(s)]));
                err_rule(e, "S6.1");
                return err_hint(e, "change or remove that mapping first");
            }
    }
    if (!types_fit(one->meta[SIDE_SF].type, one->meta[SIDE_HS].type)) {
        err_set(e, ERR_USAGE, "mapping_types", "%.*s (%.*s) cannot be mapped with %.*s (%.*s)",
                STR_ARG(one->name[SIDE_SF]), STR_ARG(one->meta[SIDE_SF].wire_type),
                STR_ARG(one->name[SIDE_HS]), STR_ARG(one->meta[SIDE_HS].wire_type));
        return err_rule(e, "S6.1");
    }
    for (enum side from = SIDE_SF; from < SIDE_COUNT; from++) {
        enum side to = side_other(from);
        if (rule_lets_write(one->rule, from) && !one->meta[to].updateable) {
            err_set(e, ERR_USAGE, "mapping_read_only",
                    "%s writes %s %.*s, which is read-only there (B3.46)", rule_name(one->rule),
                    side_name(to), STR_ARG(one->name[to]));
            err_rule(e, "S6.1");
            return err_hint(e, "choose %s",
                            rule_name(to == SIDE_SF ? RULE_ALWAYS_SF : RULE_ALWAYS_HS));
        }
    }
    return true;
}

struct value mapping_translate(struct arena *a, const struct mapping *m, enum side from,
                               struct value v)
{
    if (v.state != VALUE_TEXT)
        return v;
    enum side to = side_other(from);
    if (m->kind != MAPPING_PLAIN) {
        struct str partner = m->pairs ? pairs_partner(m->pairs, from, v.text) : STR_NONE;
        return partner.n ? value_text(partner) : VALUE_NOT_KNOWN;
    }
    for (size_t i = 0; i < m->table_count; i++)
        if (str_eq(m->table[i].side[from], v.text))
            return value_text(m->table[i].side[to]);
    struct str s = v.text;
    int64_t ms;
    switch (m->meta[to].type) {
    case FIELD_NUMBER: {
        struct str d = decimal_canonical(a, s, m->scale);
        return value_text(d.p ? d : s);
    }
    case FIELD_DATE:
        return value_text(iso_parse_ms(s, &ms) ? iso_date(a, ms) : s);
    case FIELD_DATETIME:
        return value_text(iso_parse_ms(s, &ms) ? iso_ms(a, ms) : s);
    default:
        break;
    }
    if (m->truncate && text_chars(s) > m->truncate)
        s = str_trim(text_cut_chars(s, m->truncate));
    return value_text(s);
}

/* The coarser of both spellings, so that 10.50 and 10.5, or a date and its midnight, are one. */
static struct value coarse(struct arena *a, const struct mapping *m, struct value v)
{
    if (v.state != VALUE_TEXT)
        return v;
    if (m->meta[SIDE_SF].type == FIELD_NUMBER && m->meta[SIDE_HS].type == FIELD_NUMBER) {
        struct str d = decimal_canonical(a, v.text, m->scale);
        return value_text(d.p ? d : v.text);
    }
    int64_t ms;
    bool days = m->meta[SIDE_SF].type == FIELD_DATE || m->meta[SIDE_HS].type == FIELD_DATE;
    if (days && iso_parse_ms(v.text, &ms))
        return value_text(iso_date(a, ms));
    return v;
}

bool mapping_same(struct arena *a, const struct mapping *m, struct value sf, struct value hs)
{
    if (sf.state != hs.state)
        return false;
    if (sf.state != VALUE_TEXT)
        return true;
    if (m->kind == MAPPING_PLAIN && m->table_count == 0 && str_eq(sf.text, hs.text))
        return true;
    struct value there = coarse(a, m, mapping_translate(a, m, SIDE_SF, sf));
    struct value here = coarse(a, m, hs);
    return value_eq(&there, &here);
}

static bool refuse(const struct mapping *m, enum side to, struct value v, const char *code,
                   const char *why, struct err *e)
{
    struct str shown = text_cut_chars(v.text, 60);
    err_set(e, ERR_REJECTED, code, "%s %.*s does not take \"%.*s\"%s: %s", side_name(to),
            STR_ARG(m->name[to]), STR_ARG(shown), shown.n < v.text.n ? "..." : "", why);
    err_subject(e, m->name[to]);
    return err_rule(e, "S6.2");
}

static bool option_taken(const struct mapping *m, enum side to, struct str one)
{
    const struct field *f = &m->meta[to];
    for (size_t i = 0; i < f->options; i++)
        if (f->option[i].active && str_eq(f->option[i].value, one))
            return true;
    return false;
}

/* Up to the first options, for a message: "AGRICULTURE, BANKING, ..." */
static void options_text(const struct field *f, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0, shown = 0; i < f->options && at + 4 < size; i++) {
        if (!f->option[i].active)
            continue;
        if (++shown > 8) {
            snprintf(out + at, size - at, ", ...");
            return;
        }
        at += (size_t)snprintf(out + at, size - at, "%s%.*s", at ? ", " : "",
                               STR_ARG(f->option[i].value));
    }
}

static bool accepts_option(const struct mapping *m, enum side to, struct value v, struct err *e)
{
    const struct field *f = &m->meta[to];
    if (f->options == 0 || (m->allow_new_values && !f->restricted))
        return true;
    struct str rest = v.text, part;
    bool ok = true;
    if (f->type == FIELD_MULTI)
        while (ok && str_cut(&rest, ';', &part))
            ok = option_taken(m, to, part);
    else
        ok = option_taken(m, to, v.text);
    if (ok)
        return true;
    char allowed[256];
    options_text(f, allowed, sizeof(allowed));
    refuse(m, to, v, "picklist_value", "not one of its active values", e);
    return err_hint(e, "allowed: %s; add the value there or a value table to the mapping", allowed);
}

bool mapping_accepts(const struct mapping *m, enum side to, struct value v, bool create,
                     struct err *e)
{
    const struct field *f = &m->meta[to];
    if (!(create ? f->createable : f->updateable))
        return refuse(m, to, v, "not_writable", "our user may not write it", e);
    if (v.state == VALUE_BLANK)
        return f->required ? refuse(m, to, v, "required", "it cannot be blank", e) : true;
    if (f->length && text_chars(v.text) > f->length) {
        char why[64];
        snprintf(why, sizeof(why), "longer than its %u characters", f->length);
        refuse(m, to, v, "too_long", why, e);
        return err_hint(e, "shorten it, or give the mapping an explicit truncation (S6.3)");
    }
    if (f->type == FIELD_NUMBER) {
        struct arena scratch;
        arena_init(&scratch, 64 * KIB);
        bool number = decimal_canonical(&scratch, v.text, -1).p != NULL;
        arena_release(&scratch);
        size_t whole = (size_t)(str_find_char(v.text, '.') < 0 ? (ptrdiff_t)v.text.n
                                                               : str_find_char(v.text, '.'));
        whole -= v.text.p[0] == '-';
        if (!number)
            return refuse(m, to, v, "not_a_number", "not a number", e);
        if (f->precision > 0 && (int)whole > f->precision - MAX(f->scale, 0))
            return refuse(m, to, v, "number_too_large", "too many digits", e);
    }
    if (f->type == FIELD_PICKLIST || f->type == FIELD_MULTI)
        return accepts_option(m, to, v, e);
    return true;
}
