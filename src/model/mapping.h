/* mapping: which field goes with which property, under which rule (S5, S6).
 *
 * A mapping's position in `struct mappings` is the position of its value in every record, base and
 * change of a pass. Its `id` is for ever and names the value in the store (model/pack.h), so that
 * mappings can come and go. */
#pragma once

#include "base/err.h"
#include "model/pairs.h"
#include "model/value.h"

enum rule {
    RULE_NONE,
    RULE_PREFER_SF,
    RULE_ALWAYS_SF,
    RULE_TWO_WAY,
    RULE_PREFER_HS,
    RULE_ALWAYS_HS,
    RULE_COUNT
};

const char *rule_name(enum rule r); /* "prefer_salesforce", ... as in S5 */
MUST_CHECK bool rule_from_name(struct str name, enum rule *out);
/* May a value of `from` ever be written to the other side? (prefer_ lets both.) */
bool rule_lets_write(enum rule r, enum side from);
/* The side that wins where both differ; SIDE_COUNT for two_way and none. */
enum side rule_ruler(enum rule r);

/* Of the defaults the ids are below, of those that a person makes from here on: a default that a
 * newer Tandem brings never takes the id of one of them. */
#define MAPPING_ID_PARENT 99
#define MAPPING_ID_FIRST  100
#define MAPPING_PARTS_MAX 16 /* of one address */

/* May the mapping be used? Not before its field was read on both sides of every link and of every
 * account, so that only moves count (S6.4, S6.8). */
enum settle {
    SETTLE_DONE,
    SETTLE_BASE,  /* to be read: what each side holds becomes its base */
    SETTLE_MOVES, /* to be read again: it was out of sight, and is decided against the base */
};

enum mapping_kind {
    MAPPING_PLAIN,
    MAPPING_OWNER,  /* always two_way (B3.58); core/owner.h answers for it (S6.6) */
    MAPPING_PARENT, /* ParentId and the parent company, while `hierarchy` is on (S11.2): two_way,
                       both moved = Salesforce; core/hierarchy.h looks for loops */
};

/* Which accounts, and the companies linked with them, a mapping is for (S2.4). */
enum accounts { ACCOUNTS_BUSINESS, ACCOUNTS_PERSON, ACCOUNTS_BOTH, ACCOUNTS_COUNT };

const char *accounts_name(enum accounts a); /* "business", "person", "both" */
MUST_CHECK bool accounts_from_name(struct str name, enum accounts *out);

/* S6.9: where an amount of another currency than the portal's takes its rate from. */
enum rate_source { RATE_NONE, RATE_SALESFORCE }; /* the org's CurrencyType, undated */

const char *rate_source_name(enum rate_source r); /* "none", "salesforce" */
MUST_CHECK bool rate_source_from_name(struct str name, enum rate_source *out);

/* So many units of a currency are worth one of the org's corporate currency. */
struct currency_rate {
    struct str code, units;
};
/* So many units of the account's currency, and of the portal's, are worth the same; none = they are
 * one currency, or nobody knows. */
struct ratio {
    struct str units[SIDE_COUNT];
};

#define MAPPING_WATCHED 0x40000000u /* ids of watched fields begin here, behind all others */

struct mapping {
    uint32_t id;
    struct str name[SIDE_COUNT]; /* Salesforce field, HubSpot property */
    enum rule rule;
    enum mapping_kind kind;
    enum accounts accounts;
    uint8_t group; /* fields decided as one value (S5.9); 0 = alone, 1 = the billing address */
    bool standard; /* a default mapping (S6.1) */
    bool watched;  /* none: a Salesforce field that is read for the filter only (S2.3); it has no
                      property, and nobody but the filter looks at it */
    bool allow_new_values;    /* S6.2: unrestricted picklists may get new values */
    uint32_t truncate;        /* S6.3: explicit, characters; 0 = never */
    struct value_pair *table; /* S6.3: value table; empty = values pass as they are. A value's first
                                 line says how it is written on the other side; its further lines
                                 are other spellings, read as the same and never written. */
    size_t table_count;
    enum rate_source rate;           /* S6.9 */
    struct str constant[SIDE_COUNT]; /* S6.3: what a record made on that side gets where the other
                                        has no value; none = nothing */
    enum settle settle;              /* S6.4 */

    /* From the metadata, filled by mappings_bind; type FIELD_OTHER = not bound. */
    struct field meta[SIDE_COUNT];
    /* Ids that stand for each other, where the values are ids; filled by the engine, NULL = not
     * known yet. One without a partner translates to unknown. */
    const struct id_pairs *pairs;
    int scale;           /* the coarser one (S5.1); -1 = as it is */
    bool amount;         /* the account's is an amount of money (S6.9) */
    char suspended[160]; /* S6.8: why nothing is written or cleared; "" = active */
};

struct mappings {
    struct mapping *map;
    size_t count;
    bool persons;       /* they are looked at for a person account: see mapping_used */
    struct ratio ratio; /* of this account's amounts; see mapping_converts */
};

/* Both are for accounts of one kind: they share no field and may be of one address. */
static inline bool mapping_meets(const struct mapping *a, const struct mapping *b)
{
    return a->accounts == b->accounts || a->accounts == ACCOUNTS_BOTH ||
           b->accounts == ACCOUNTS_BOTH;
}
/* S2.4: the kind of an account selects its mappings. Of the others nothing is decided: their values
 * are read and kept like all values, but they neither move nor are they written. */
static inline bool mapping_used(const struct mappings *m, size_t i)
{
    const struct mapping *one = &m->map[i];
    return !one->watched &&
           (one->accounts == ACCOUNTS_BOTH || (one->accounts == ACCOUNTS_PERSON) == m->persons);
}
/* Salesforce fields that person accounts alone have (SF 14.2). */
bool field_of_persons(struct str name);

/* The default mappings (S6.1, B3.52), ids 1.. in the order of B3.52; not bound. */
void mappings_default(struct arena *a, struct mappings *out);
/* Adds the Salesforce fields that no mapping reads yet, as watched ones. Their ids come from their
 * names, so that stored values outlive a change of the filter. */
void mappings_watch(struct arena *a, struct mappings *m, const struct str *field, size_t n);
/* Adds the mapping of parents where there is none, or takes it away (S11.2). */
void mappings_hierarchy(struct arena *a, struct mappings *m, bool on);
/* Made from a setting or from the filter, not by a person: it is in no list and no file. */
static inline bool mapping_derived(const struct mapping *m)
{
    return m->watched || m->kind == MAPPING_PARENT;
}
/* Looks every field up in the two schemas; fills meta, scale and `suspended`. Never fails: what
 * does not fit is suspended with both names and the reason (S6.8). */
void mappings_bind(struct mappings *m, const struct schema *const schema[SIDE_COUNT]);
/* The first that has this Salesforce field or this HubSpot property; NULL = none. */
struct mapping *mapping_find(const struct mappings *m, struct str name);
/* Of those that are used, the one with this field or property of `side`; count = none. */
size_t mapping_used_at(const struct mappings *m, enum side side, struct str name);

/* An amount that goes over at a rate (S6.9). `ratio` may be NULL: there is none. */
bool mapping_converts(const struct mapping *m, const struct ratio *ratio);
/* What `v` of `from` is in the terms of the other side: value table, truncation, scale, date of a
 * datetime, currency. Blank and unknown stay what they are. */
struct value mapping_translate(struct arena *a, const struct mapping *m, const struct ratio *ratio,
                               enum side from, struct value v);
/* The same value on both sides (S5.1)? It is when HubSpot's is what would be written there for
 * Salesforce's, or an other spelling of that, whoever wrote it. */
bool mapping_same(struct arena *a, const struct mapping *m, const struct ratio *ratio,
                  struct value sf, struct value hs);
/* S6.2: may `v` (already translated) be sent to `to`? On false fills an ERR_REJECTED with field,
 * value and what is allowed (mapping_accept.c). */
MUST_CHECK bool mapping_accepts(const struct mapping *m, enum side to, struct value v, bool create,
                                struct err *e);
