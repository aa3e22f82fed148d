#include "model/mapping.h"

#include <stdio.h>
#include <string.h>

#include "model/mapping_check.h"
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

static const char *const accounts_names[ACCOUNTS_COUNT] = {"business", "person", "both"};

const char *accounts_name(enum accounts a)
{
    return accounts_names[a];
}

bool accounts_from_name(struct str name, enum accounts *out)
{
    for (size_t i = 0; i < ACCOUNTS_COUNT; i++)
        if (str_eq(name, str_from(accounts_names[i]))) {
            *out = (enum accounts)i;
            return true;
        }
    return false;
}

const char *rate_source_name(enum rate_source r)
{
    return r == RATE_SALESFORCE ? "salesforce" : "none";
}

bool rate_source_from_name(struct str name, enum rate_source *out)
{
    *out = str_eq(name, S("salesforce")) ? RATE_SALESFORCE : RATE_NONE;
    return *out != RATE_NONE || str_eq(name, S("none"));
}

bool field_of_persons(struct str name)
{
    static const char *const names[] = {"FirstName", "LastName", "MiddleName", "Salutation",
                                        "Suffix"};
    for (size_t i = 0; i < LEN(names); i++)
        if (str_eq_nocase(name, str_from(names[i])))
            return true;
    return str_eq_nocase(str_slice(name, 0, 6), S("Person")) || str_ends(name, S("__pc"));
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

void mappings_hierarchy(struct arena *a, struct mappings *m, bool on)
{
    struct mapping *map = ARENA_ARRAY(a, struct mapping, m->count + 1);
    size_t n = 0;
    bool there = false;
    for (size_t i = 0; i < m->count; i++) {
        bool parent = m->map[i].kind == MAPPING_PARENT;
        there = there || parent;
        if (on || !parent)
            map[n++] = m->map[i];
    }
    if (on && !there)
        map[n++] = (struct mapping){
            .id = MAPPING_ID_PARENT,
            .name = {S("ParentId"), S("hs_parent_company_id")},
            .rule = RULE_TWO_WAY,
            .kind = MAPPING_PARENT,
            .settle = SETTLE_BASE,
            .scale = -1,
            .meta = {{.type = FIELD_OTHER}, {.type = FIELD_OTHER}},
        };
    m->map = map;
    m->count = n;
}

struct mapping *mapping_find(const struct mappings *m, struct str name)
{
    for (size_t i = 0; i < m->count; i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            if (str_eq_nocase(m->map[i].name[s], name))
                return &m->map[i];
    return NULL;
}

size_t mapping_used_at(const struct mappings *m, enum side side, struct str name)
{
    size_t i = 0;
    while (i < m->count && !(mapping_used(m, i) && str_eq(m->map[i].name[side], name)))
        i++;
    return i;
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
        /* A person account needs one, though describe cannot say so (SF 14.2). */
        if (str_eq_nocase(m->name[SIDE_SF], S("LastName")))
            m->meta[SIDE_SF].required = true;
        m->amount = str_eq(m->meta[SIDE_SF].wire_type, S("currency"));
        if (!m->suspended[0] && m->kind != MAPPING_PARENT &&
            !types_fit(m->meta[SIDE_SF].type, m->meta[SIDE_HS].type))
            suspend(m, SIDE_HS, "does not fit the other side's type");
        if (m->meta[SIDE_SF].type == FIELD_OWNER && m->meta[SIDE_HS].type == FIELD_OWNER) {
            m->kind = MAPPING_OWNER;
            m->rule = m->rule == RULE_NONE ? RULE_NONE : RULE_TWO_WAY; /* B3.58 */
        }
        m->scale = coarser(m->meta[SIDE_SF].scale, m->meta[SIDE_HS].scale);
        if (!m->suspended[0] && m->settle != SETTLE_DONE)
            snprintf(m->suspended, sizeof(m->suspended),
                     "%.*s <-> %.*s: not in use until both fields were read on every record",
                     STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]));
    }
}

/* One value, or one of a set, by the value table; what it does not name passes as it is. */
static struct str by_table(const struct mapping *m, enum side from, struct str v)
{
    for (size_t i = 0; i < m->table_count; i++)
        if (str_eq(m->table[i].side[from], v))
            return m->table[i].side[side_other(from)];
    return v;
}

/* In the spelling that is written on its side; what the table does not name stays as it is. */
static struct str as_written(const struct mapping *m, enum side own, struct str v)
{
    for (size_t i = 0; i < m->table_count; i++)
        if (str_eq(m->table[i].side[own], v))
            return by_table(m, side_other(own), m->table[i].side[side_other(own)]);
    return v;
}

typedef struct str word_fn(const struct mapping *m, enum side s, struct str v);

/* The value, or each of a set. */
static struct str each(struct arena *a, const struct mapping *m, enum side s, struct str set,
                       word_fn *word)
{
    struct str out = S(""), part;
    if (m->meta[s].type != FIELD_MULTI)
        return word(m, s, set);
    while (str_cut(&set, ';', &part)) {
        struct str one = word(m, s, part);
        out = str_fmt(a, "%.*s%s%.*s", STR_ARG(out), out.n ? ";" : "", STR_ARG(one));
    }
    return value_canonical(a, FIELD_MULTI, out).text; /* sorted again, each once */
}

static struct str cut(const struct mapping *m, struct str s)
{
    return m->truncate && text_chars(s) > m->truncate ? str_trim(text_cut_chars(s, m->truncate))
                                                      : s;
}

bool mapping_converts(const struct mapping *m, const struct ratio *ratio)
{
    return m->amount && m->rate != RATE_NONE && ratio && ratio->units[SIDE_SF].n > 0;
}

#define AMOUNT_SCALE 2 /* of an amount whose decimals no side tells */

struct value mapping_translate(struct arena *a, const struct mapping *m, const struct ratio *ratio,
                               enum side from, struct value v)
{
    if (v.state != VALUE_TEXT)
        return v;
    enum side to = side_other(from);
    if (m->kind != MAPPING_PLAIN) {
        struct str partner = m->pairs ? pairs_partner(m->pairs, from, v.text) : STR_NONE;
        return partner.n ? value_text(partner) : VALUE_NOT_KNOWN;
    }
    struct str s = v.text;
    int64_t ms;
    if (mapping_converts(m, ratio)) {
        struct str d = decimal_ratio(a, s, ratio->units[to], ratio->units[from],
                                     m->scale < 0 ? AMOUNT_SCALE : m->scale);
        return value_text(d.p ? d : s);
    }
    if (m->table_count)
        s = each(a, m, from, s, by_table);
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
        return value_text(cut(m, s));
    }
}

/* The coarser of both spellings, so that 10.50 and 10.5, a date and its midnight, or a text and
 * what its truncation leaves of it, are one. */
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
    return value_text(cut(m, v.text));
}

bool mapping_same(struct arena *a, const struct mapping *m, const struct ratio *ratio,
                  struct value sf, struct value hs)
{
    bool converts = mapping_converts(m, ratio);
    if (sf.state != hs.state)
        return false;
    if (sf.state != VALUE_TEXT)
        return true;
    if (m->kind == MAPPING_PLAIN && m->table_count == 0 && !converts && str_eq(sf.text, hs.text))
        return true;
    struct value there = coarse(a, m, mapping_translate(a, m, ratio, SIDE_SF, sf));
    struct value here = coarse(a, m, hs);
    if (value_eq(&there, &here) || (!m->table_count && !converts))
        return value_eq(&there, &here);
    if (converts) /* what one side rounds: there and back again */
        hs = mapping_translate(a, m, ratio, SIDE_SF, mapping_translate(a, m, ratio, SIDE_HS, hs));
    else
        hs = value_text(each(a, m, SIDE_HS, hs.text, as_written));
    here = coarse(a, m, hs);
    return value_eq(&there, &here);
}
