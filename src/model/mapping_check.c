#include "model/mapping_check.h"

#include <string.h>

bool types_fit(enum field_type sf, enum field_type hs)
{
    switch (hs) {
    case FIELD_TEXT: /* B3.38 */
    case FIELD_PHONE:
        return sf == FIELD_TEXT || sf == FIELD_TEXTAREA || sf == FIELD_URL || sf == FIELD_PHONE ||
               sf == FIELD_EMAIL;
    case FIELD_TEXTAREA: /* B3.39 */
        return sf == FIELD_TEXTAREA;
    case FIELD_PICKLIST: /* B3.34 */
        return sf == FIELD_PICKLIST || sf == FIELD_REFERENCE;
    case FIELD_MULTI: /* B3.35 */
        return sf == FIELD_MULTI;
    case FIELD_BOOL: /* B3.36 */
        return sf == FIELD_BOOL;
    case FIELD_NUMBER: /* B3.37 */
        return sf == FIELD_NUMBER;
    case FIELD_DATE: /* B3.40 */
    case FIELD_DATETIME:
        return sf == FIELD_DATE || sf == FIELD_DATETIME;
    case FIELD_OWNER:
        return sf == FIELD_OWNER;
    default:
        return false;
    }
}

/* ---- one refusal each ------------------------------------------------------------------------ */

static bool check_double(const struct mappings *all, const struct mapping *one, struct err *e)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct mapping *m = &all->map[i];
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            if (m == one || m->id == one->id || !mapping_meets(m, one) ||
                !str_eq_nocase(m->name[s], one->name[s]))
                continue;
            err_set(e, ERR_USAGE, "mapping_double",
                    "%.*s <-> %.*s: %s %.*s is mapped with %.*s already (B3.20)",
                    STR_ARG(one->name[SIDE_SF]), STR_ARG(one->name[SIDE_HS]), side_name(s),
                    STR_ARG(one->name[s]), STR_ARG(m->name[side_other(s)]));
            err_subject(e, one->name[s]);
            err_rule(e, "S6.1");
            if (m->kind == MAPPING_PARENT)
                return err_hint(e, "parents are carried by the setting hierarchy (S11.2): turn it"
                                   " off first, or choose another field");
            if (m->standard)
                return err_hint(e, "it is a default mapping: choose another field, or change that"
                                   " mapping's rule");
            return err_hint(e, "change that mapping, or `tandem mapping remove %.*s` first",
                            STR_ARG(m->name[SIDE_SF]));
        }
    }
    return true;
}

static bool check_there(const struct mapping *one, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (one->meta[s].readable)
            continue;
        err_set(e, ERR_USAGE, "unknown_field",
                "%.*s <-> %.*s: %s has no field %.*s that our user can read",
                STR_ARG(one->name[SIDE_SF]), STR_ARG(one->name[SIDE_HS]), side_name(s),
                STR_ARG(one->name[s]));
        err_subject(e, one->name[s]);
        err_rule(e, "S6.1");
        return err_hint(e, s == SIDE_SF ? "it is the API name that counts (Site, Region__c); or"
                                          " field-level security hides it from our user"
                                        : "it is the internal name that counts (site, region); or"
                                          " the property is archived");
    }
    return true;
}

static const char *types_way_out(const struct mapping *one)
{
    struct str sf = one->meta[SIDE_SF].wire_type;
    if (str_eq(sf, S("address")) || str_eq(sf, S("location")))
        return "map its parts (BillingStreet, BillingCity, ...) instead";
    if (str_eq(sf, S("encryptedstring")))
        return "classic encrypted text is shown masked, and the mask would be carried over; a"
               " field under Shield encryption is plain text to us";
    switch (one->meta[SIDE_SF].type) {
    case FIELD_PICKLIST:
        return "a picklist goes with a dropdown or radio select (B3.34)";
    case FIELD_REFERENCE:
        return "a lookup goes with a dropdown only (B3.43)";
    case FIELD_MULTI:
        return "a multi-select picklist goes with multiple checkboxes (B3.35)";
    case FIELD_BOOL:
        return "a checkbox goes with a single checkbox (B3.36)";
    case FIELD_NUMBER:
        return "a number, amount or percentage goes with a number property (B3.37)";
    case FIELD_TEXTAREA:
        return "long text goes with single-line or multi-line text (B3.38, B3.39)";
    case FIELD_TEXT:
    case FIELD_URL:
    case FIELD_PHONE:
    case FIELD_EMAIL:
        return "text goes with single-line text (B3.38)";
    case FIELD_DATE:
    case FIELD_DATETIME:
        return "a date goes with a date picker (B3.40)";
    case FIELD_OWNER:
        return "OwnerId goes with hubspot_owner_id (S6.6)";
    default:
        return "fields of this type cannot be mapped";
    }
}

static bool check_types(const struct mapping *one, struct err *e)
{
    const struct field *sf = &one->meta[SIDE_SF], *hs = &one->meta[SIDE_HS];
    if (types_fit(sf->type, hs->type))
        return true;
    err_set(e, ERR_USAGE, "mapping_types",
            "salesforce %.*s (%.*s) cannot be mapped with hubspot %.*s (%.*s): the types differ",
            STR_ARG(one->name[SIDE_SF]), STR_ARG(sf->wire_type), STR_ARG(one->name[SIDE_HS]),
            STR_ARG(hs->wire_type));
    err_subject(e, one->name[SIDE_SF]);
    err_rule(e, "S6.1");
    return err_hint(e, "%s", types_way_out(one));
}

/* B3.46: a rule that would write where nothing can be written. */
static bool check_writes(const struct mapping *one, struct err *e)
{
    for (enum side from = SIDE_SF; from < SIDE_COUNT; from++) {
        enum side to = side_other(from);
        if (!rule_lets_write(one->rule, from) || one->meta[to].updateable)
            continue;
        bool other_way = one->meta[from].updateable;
        err_set(e, ERR_USAGE, "mapping_read_only",
                "%.*s <-> %.*s: %s writes %s %.*s, which is read-only there (%s; B3.46)",
                STR_ARG(one->name[SIDE_SF]), STR_ARG(one->name[SIDE_HS]), rule_name(one->rule),
                side_name(to), STR_ARG(one->name[to]),
                one->meta[to].calculated ? "calculated" : "our user may not edit it");
        err_subject(e, one->name[to]);
        err_rule(e, "S6.1");
        if (!other_way)
            return err_hint(e, "both are read-only: only the rule none is possible");
        return err_hint(e, "choose the rule %s",
                        rule_name(to == SIDE_SF ? RULE_ALWAYS_SF : RULE_ALWAYS_HS));
    }
    return true;
}

/* S2.4: what person accounts alone have, and what cannot be written to them. */
static bool check_accounts(const struct mapping *one, struct err *e)
{
    struct str field = one->name[SIDE_SF];
    bool persons = one->accounts != ACCOUNTS_BUSINESS;
    if (field_of_persons(field) && one->accounts != ACCOUNTS_PERSON) {
        err_set(e, ERR_USAGE, "mapping_persons",
                "%.*s <-> %.*s: only person accounts have the field %.*s", STR_ARG(field),
                STR_ARG(one->name[SIDE_HS]), STR_ARG(field));
        err_rule(e, "S2.4");
        err_subject(e, field);
        return err_hint(e, "make it a mapping for them: `--for person`");
    }
    if (!persons || !str_eq_nocase(field, S("Name")) || !rule_lets_write(one->rule, SIDE_HS))
        return true;
    err_set(e, ERR_USAGE, "mapping_read_only",
            "%.*s <-> %.*s: %s writes Name, which of a person account is composed and read-only",
            STR_ARG(field), STR_ARG(one->name[SIDE_HS]), rule_name(one->rule));
    err_rule(e, "S2.4");
    err_subject(e, field);
    return err_hint(e, one->accounts == ACCOUNTS_BOTH
                           ? "keep that mapping for business accounts, and add one `--for person"
                             " --rule always_salesforce`"
                           : "choose the rule always_salesforce, and map FirstName and LastName"
                             " with properties of their own");
}

/* S5.9: one address, one rule. */
static bool check_group(const struct mappings *all, const struct mapping *one, struct err *e)
{
    size_t parts = 1;
    for (size_t i = 0; one->group && i < all->count; i++) {
        const struct mapping *m = &all->map[i];
        if (m->id == one->id || m->group != one->group || !mapping_meets(m, one))
            continue;
        parts++;
        if (m->rule == one->rule)
            continue;
        err_set(e, ERR_USAGE, "mapping_group",
                "%.*s (%s) and %.*s (%s) are parts of one address and have one rule",
                STR_ARG(one->name[SIDE_SF]), rule_name(one->rule), STR_ARG(m->name[SIDE_SF]),
                rule_name(m->rule));
        err_subject(e, one->name[SIDE_SF]);
        err_rule(e, "S5.9");
        return err_hint(e, "give all its parts the same rule, or take this one out of the group");
    }
    if (parts <= MAPPING_PARTS_MAX)
        return true;
    err_set(e, ERR_USAGE, "mapping_group", "address %u has more than %d parts", one->group,
            MAPPING_PARTS_MAX);
    return err_rule(e, "S5.9");
}

static bool listed(const struct field *f, struct str value)
{
    for (size_t i = 0; i < f->options; i++)
        if (str_eq(f->option[i].value, value))
            return f->option[i].active;
    return false;
}

static bool must_be_listed(const struct mapping *one, enum side s)
{
    const struct field *f = &one->meta[s];
    bool list = f->type == FIELD_PICKLIST || f->type == FIELD_MULTI;
    return list && f->options > 0 && (f->restricted || !one->allow_new_values);
}

static bool not_listed(const struct mapping *one, enum side s, struct str value, const char *what,
                       struct err *e)
{
    struct str shown = str_slice(value, 0, 60);
    err_set(e, ERR_USAGE, "mapping_value",
            "%.*s <-> %.*s: %s \"%.*s\" is none of the active values of %s %.*s",
            STR_ARG(one->name[SIDE_SF]), STR_ARG(one->name[SIDE_HS]), what, STR_ARG(shown),
            side_name(s), STR_ARG(one->name[s]));
    err_subject(e, shown);
    err_rule(e, "S6.3");
    return err_hint(e, "add it there first, or write it as it is spelt there (it is the API value"
                       " that counts, not the label)");
}

/* A line's value of `s` is written where it is the first that its partner stands for. */
static bool written(const struct mapping *one, size_t line, enum side s)
{
    const struct value_pair *p = &one->table[line];
    for (size_t i = 0; i < line; i++)
        if (str_eq(one->table[i].side[side_other(s)], p->side[side_other(s)]))
            return false;
    return true;
}

static bool line_twice(const struct mapping *one, size_t line, struct err *e)
{
    const struct value_pair *p = &one->table[line];
    for (size_t i = 0; i < line; i++) {
        const struct value_pair *q = &one->table[i];
        if (!str_eq(p->side[SIDE_SF], q->side[SIDE_SF]) ||
            !str_eq(p->side[SIDE_HS], q->side[SIDE_HS]))
            continue;
        err_set(e, ERR_USAGE, "mapping_value",
                "%.*s <-> %.*s: the value table has \"%.*s\" = \"%.*s\" twice",
                STR_ARG(one->name[SIDE_SF]), STR_ARG(one->name[SIDE_HS]),
                STR_ARG(str_slice(p->side[SIDE_SF], 0, 60)),
                STR_ARG(str_slice(p->side[SIDE_HS], 0, 60)));
        err_rule(e, "S6.3");
        err_hint(e, "one line is enough: of a value with several lines the first is written, the"
                    " others are other spellings");
        return true;
    }
    return false;
}

/* S6.3: every value that the table would write exists; one that is only read may be of old. */
static bool check_table(const struct mapping *one, struct err *e)
{
    for (size_t i = 0; i < one->table_count; i++) {
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            if (written(one, i, s) && must_be_listed(one, s) &&
                !listed(&one->meta[s], one->table[i].side[s]))
                return not_listed(one, s, one->table[i].side[s], "the value table's", e);
        if (line_twice(one, i, e))
            return false;
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (one->constant[s].n && must_be_listed(one, s) &&
            !listed(&one->meta[s], one->constant[s]))
            return not_listed(one, s, one->constant[s], "the constant", e);
    return true;
}

static bool check_rate(const struct mapping *one, struct err *e)
{
    if (one->rate == RATE_NONE || one->amount)
        return true;
    err_set(e, ERR_USAGE, "mapping_rate",
            "%.*s <-> %.*s: a rate is for amounts of money; %.*s (%.*s) is none",
            STR_ARG(one->name[SIDE_SF]), STR_ARG(one->name[SIDE_HS]), STR_ARG(one->name[SIDE_SF]),
            STR_ARG(one->meta[SIDE_SF].wire_type));
    err_subject(e, one->name[SIDE_SF]);
    err_rule(e, "S6.9");
    return err_hint(e, "leave the rate out: only fields of type currency have one");
}

bool mapping_check(const struct mappings *all, const struct mapping *one, struct err *e)
{
    if (one->kind == MAPPING_PARENT) /* of the setting `hierarchy`: the rest is known to fit */
        return check_double(all, one, e);
    return check_double(all, one, e) && check_there(one, e) && check_types(one, e) &&
           check_writes(one, e) && check_accounts(one, e) && check_group(all, one, e) &&
           check_rate(one, e) && check_table(one, e);
}
