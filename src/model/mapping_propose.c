#include "model/mapping_propose.h"

#include <stdlib.h>
#include <string.h>

#include "model/mapping_check.h"
#include "text/unicode.h"

/* Salesforce's standard industries and HubSpot's own that differ by more than their spelling; an
 * option that is not there on a side counts for nothing. */
static const char *const synonyms[][2] = {
    {"agriculture", "farming"},
    {"apparel", "apparelfashion"},
    {"communications", "telecommunications"},
    {"consulting", "managementconsulting"},
    {"education", "educationmanagement"},
    {"electronics", "consumerelectronics"},
    {"energy", "oilenergy"},
    {"engineering", "mechanicalorindustrialengineering"},
    {"environmental", "environmentalservices"},
    {"finance", "financialservices"},
    {"foodbeverage", "foodbeverages"},
    {"government", "governmentadministration"},
    {"healthcare", "hospitalhealthcare"},
    {"notforprofit", "nonprofitorganizationmanagement"},
    {"recreation", "recreationalfacilitiesandservices"},
    {"shipping", "maritime"},
    {"technology", "informationtechnologyandservices"},
    {"transportation", "transportationtruckingrailroad"},
    {"channelpartnerreseller", "reseller"},
    {"technologypartner", "partner"},
    {"installationpartner", "partner"},
};

/* Without Salesforce's __c: "Annual_Revenue__c" and "annualrevenue" are one. */
static struct str plain(struct arena *a, struct str s)
{
    if (s.n > 3 && str_eq_nocase(str_slice(s, s.n - 3, s.n), S("__c")))
        s.n -= 3;
    return text_letters(a, s);
}

/* ---- value tables ---------------------------------------------------------------------------- */

static bool same_words(struct arena *a, const struct field_option *sf,
                       const struct field_option *hs)
{
    struct str names[] = {plain(a, sf->value), plain(a, sf->label)};
    struct str others[] = {plain(a, hs->value), plain(a, hs->label)};
    for (size_t i = 0; i < LEN(names); i++)
        for (size_t k = 0; k < LEN(others); k++)
            if (names[i].n && str_eq(names[i], others[k]))
                return true;
    return false;
}

static bool synonym(struct arena *a, const struct field_option *sf, const struct field_option *hs)
{
    struct str one = plain(a, sf->value), other = plain(a, hs->value);
    for (size_t i = 0; i < LEN(synonyms); i++)
        if (str_eq(one, str_from(synonyms[i][0])) && str_eq(other, str_from(synonyms[i][1])))
            return true;
    return false;
}

typedef bool fits_fn(struct arena *a, const struct field_option *sf, const struct field_option *hs);

static bool spelt_alike(struct arena *a, const struct field_option *sf,
                        const struct field_option *hs)
{
    (void)a;
    return str_eq(sf->value, hs->value);
}

/* The options of both sides that stand for each other; those spelt alike need no line, and those of
 * the same words go before synonyms, since the first line of a value is the one written back. */
static void propose_table(struct arena *a, struct proposal *p)
{
    static fits_fn *const ways[] = {spelt_alike, same_words, synonym};
    const struct field *sf = &p->map.meta[SIDE_SF], *hs = &p->map.meta[SIDE_HS];
    bool *done = ARENA_ARRAY(a, bool, sf->options);
    p->map.table = ARENA_ARRAY(a, struct value_pair, sf->options);
    for (size_t w = 0; w < LEN(ways); w++)
        for (size_t i = 0; i < sf->options; i++) {
            const struct field_option *one = &sf->option[i];
            for (size_t k = 0; one->active && !done[i] && k < hs->options; k++) {
                done[i] = hs->option[k].active && ways[w](a, one, &hs->option[k]);
                if (done[i] && w > 0)
                    p->map.table[p->map.table_count++] =
                        (struct value_pair){{one->value, hs->option[k].value}};
            }
        }
    for (size_t i = 0; i < sf->options; i++)
        p->alone += sf->option[i].active && !done[i];
}

/* ---- pairs ----------------------------------------------------------------------------------- */

struct candidate {
    const struct field *field;
    struct str name, label;
    bool taken;
};

static bool left_out(const struct mappings *m, const struct field *f, const struct str *leave,
                     size_t leaves)
{
    bool out = !f->readable || f->type == FIELD_OTHER || f->type == FIELD_OWNER;
    for (size_t i = 0; !out && i < leaves; i++)
        out = str_eq_nocase(f->name, leave[i]);
    return out || mapping_find(m, f->name) != NULL;
}

static struct candidate *candidates(struct arena *a, const struct mappings *m,
                                    const struct schema *s, const struct str *leave, size_t leaves,
                                    size_t *n)
{
    struct candidate *c = ARENA_ARRAY(a, struct candidate, s->count);
    *n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!left_out(m, &s->field[i], leave, leaves))
            c[(*n)++] = (struct candidate){.field = &s->field[i],
                                           .name = plain(a, s->field[i].name),
                                           .label = plain(a, s->field[i].label)};
    return c;
}

static bool alike(const struct candidate *sf, const struct candidate *hs, enum proposed why)
{
    bool name = sf->name.n && str_eq(sf->name, hs->name);
    bool label = sf->label.n && str_eq(sf->label, hs->label);
    bool cross =
        (sf->name.n && str_eq(sf->name, hs->label)) || (sf->label.n && str_eq(sf->label, hs->name));
    return why == PROPOSED_NAME ? name : why == PROPOSED_LABEL ? label : cross;
}

/* The default rule, or the one that writes where something can be written (B3.46). */
static enum rule rule_for(const struct field *sf, const struct field *hs)
{
    if (sf->updateable && hs->updateable)
        return RULE_PREFER_SF;
    return hs->updateable ? RULE_ALWAYS_SF : sf->updateable ? RULE_ALWAYS_HS : RULE_NONE;
}

static void add(struct arena *a, struct proposal *p, const struct field *sf, const struct field *hs,
                enum proposed why)
{
    *p = (struct proposal){
        .map = {.name = {sf->name, hs->name},
                .rule = rule_for(sf, hs),
                .accounts = field_of_persons(sf->name) ? ACCOUNTS_PERSON : ACCOUNTS_BUSINESS,
                .scale = -1,
                .meta = {*sf, *hs}},
        .why = why};
    if (sf->options > 0 && hs->options > 0)
        propose_table(a, p);
}

static uint64_t use_of(const struct proposal *p)
{
    uint64_t n = 0;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        n += p->held[s] == UINT64_MAX ? 0 : p->held[s];
    return n;
}

static int by_field(const void *a, const void *b)
{
    return str_cmp(((const struct proposal *)a)->map.name[SIDE_SF],
                   ((const struct proposal *)b)->map.name[SIDE_SF]);
}

static int by_use(const void *a, const void *b)
{
    uint64_t x = use_of(a), y = use_of(b);
    return x == y ? by_field(a, b) : x > y ? -1 : 1;
}

void proposals_by_use(struct proposal *p, size_t n)
{
    qsort(p, n, sizeof(*p), by_use);
}

void mappings_propose(struct arena *a, const struct mappings *m,
                      const struct schema *const schema[SIDE_COUNT], const struct str *leave,
                      size_t leaves, struct proposal **out, size_t *n)
{
    size_t count[SIDE_COUNT];
    struct candidate *c[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        c[s] = candidates(a, m, schema[s], leave, leaves, &count[s]);
    *out = ARENA_ARRAY(a, struct proposal, count[SIDE_SF] + 2 * m->count);
    *n = 0;
    for (enum proposed why = PROPOSED_NAME; why <= PROPOSED_CROSS; why++)
        for (size_t i = 0; i < count[SIDE_SF]; i++)
            for (size_t k = 0; k < count[SIDE_HS]; k++) {
                struct candidate *sf = &c[SIDE_SF][i], *hs = &c[SIDE_HS][k];
                if (sf->taken || hs->taken || !alike(sf, hs, why) ||
                    !types_fit(sf->field->type, hs->field->type) ||
                    rule_for(sf->field, hs->field) == RULE_NONE)
                    continue;
                sf->taken = hs->taken = true;
                add(a, &(*out)[(*n)++], sf->field, hs->field, why);
            }
    for (size_t i = 0; i < m->count; i++) {
        const struct mapping *map = &m->map[i];
        const struct field *sf = &map->meta[SIDE_SF], *hs = &map->meta[SIDE_HS];
        if (map->rule != RULE_NONE || map->watched || map->table_count || !sf->options ||
            !hs->options || rule_for(sf, hs) == RULE_NONE)
            continue;
        struct proposal *p = &(*out)[(*n)++];
        *p = (struct proposal){.map = *map, .why = PROPOSED_TABLE};
        p->map.rule = rule_for(sf, hs);
        propose_table(a, p);
    }
    qsort(*out, *n, sizeof(**out), by_field);
}
