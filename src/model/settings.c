#include "model/settings.h"

#include <string.h>

#include "base/near.h"

enum kind { /* how it is read, checked and printed */
            KIND_SWITCH,
            KIND_DURATION,
            KIND_COUNT,
            KIND_WORD,
            KIND_LIST,
            KIND_OWNER,
            KIND_NAMES,
            KIND_TEXT
};

#define WORDS_MAX 5
/* Its kind, and where and within which bounds it is kept. */
/* clang-format off */
#define AT(kind, member, least, most, ...) \
    kind, offsetof(struct settings, member), least, most, {__VA_ARGS__}
/* clang-format on */
#define SWITCH(member)                AT(KIND_SWITCH, member, 0, 0, "off", "on")
#define COUNT(member, most)           AT(KIND_COUNT, member, 0, most, NULL)
#define DURATION(member, least, most) AT(KIND_DURATION, member, least, most, NULL)
#define WORD(member, ...)             AT(KIND_WORD, member, 0, 0, __VA_ARGS__)
#define OWNER(member, ...)            AT(KIND_OWNER, member, 0, 0, __VA_ARGS__)
#define LIST(member)                  AT(KIND_LIST, member, 0, 0, NULL)
#define NAMES(member)                 AT(KIND_NAMES, member, 0, 0, NULL)
#define TEXT(member, none)            AT(KIND_TEXT, member, 0, SETTING_TEXT_BYTES, none)

/* One row a setting, in the order of their names. */
static const struct {
    struct setting shown;
    enum kind kind;
    size_t at;        /* of its value in struct settings */
    int64_t min, max; /* of a duration or a count; bytes of a text */
    const char *words[WORDS_MAX];
} table[] = {
    {{"associations", "off", "S11.1",
      "Whether SF contacts' accounts and contacts' primary companies agree.", "on|off"},
     SWITCH(associations)},
    {{"beside_native", "off", "S1.6",
      "Whether HubSpot's own company sync works beside: no creates.", "on|off"},
     SWITCH(beside_native)},
    {{"brake_change", "30", "S12.3", "Percent of links on which one field may change in 24 h.",
      "a whole number from 0 to 100"},
     COUNT(brake_change, 100)},
    {{"brake_clear", "5", "S12.3", "Percent of links on which one field may be cleared in 24 h.",
      "a whole number from 0 to 100"},
     COUNT(brake_clear, 100)},
    {{"brake_unlink", "10", "S12.3", "Percent of links that may be lost in 24 h.",
      "a whole number from 0 to 100"},
     COUNT(brake_unlink, 100)},
    {{"company_list", "none", "S3.5", "HubSpot list that a company must be in to make an account.",
      "the id of an active list of companies, or none"},
     LIST(company_list)},
    {{"company_sync", "off", "S1.1", "Whether accounts and companies are kept in step.", "on|off"},
     SWITCH(company_sync)},
    {{"create_max", "500", "S12.3", "Most creates in 24 h outside an import before it stops.",
      "a whole number"},
     COUNT(create_max, 1000000000)},
    {{"create_settle", "1m", "S7.7", "How old a record must be before its partner is created.",
      "a duration (0, 90s, 2m)"},
     DURATION(create_settle_ms, 0, MS_DAY)},
    {{"default_object", "contact", "S3.1", "What HubSpot's sync makes of a contact in Salesforce.",
      "contact|lead"},
     WORD(default_object, "contact", "lead")},
    {{"first_link", "salesforce", "S5.5", "Who wins a two-way field at the first link.",
      "salesforce|hubspot|newest|review"},
     WORD(first_link, "salesforce", "hubspot", "newest", "review")},
    {{"hierarchy", "off", "S11.2", "Whether parent accounts and parent companies are kept in step.",
      "on|off"},
     SWITCH(hierarchy)},
    {{"hold", "off", "S1.4", "Whether passes only look, and write nothing.", "on|off"},
     SWITCH(hold)},
    {{"hubspot_overlap", "5m", "S4.4", "How far each HubSpot poll looks back.",
      "a duration of 5m or more"},
     DURATION(hubspot_overlap_ms, 5 * MS_MINUTE, MS_DAY)},
    {{"inclusion_list", "none", "S3.5",
      "HubSpot list that a contact must be in to make an account.",
      "the id of an active list of contacts, or none"},
     LIST(inclusion_list)},
    {{"lifecycle.still", "none", "S10.1",
      "Lifecycle stages of contacts that move no company, besides other and evangelist.",
      "internal names joined by commas, or none"},
     NAMES(lifecycle_still)},
    {{"match.domain", "link", "S7.2", "What the same domain means.", "link|review|off"},
     WORD(match_domain, "link", "review", "off")},
    {{"match.near", "review", "S7.4",
      "What nearly the same name in one country means; review: a person is asked for a day.",
      "review|off"},
     WORD(match_near, "off", "review")},
    {{"match.several", "review", "S7.2", "What several candidates mean.", "review|create"},
     WORD(match_several, "review", "create")},
    {{"name_from_domain", "on", "S3.8",
      "Whether a company without a name becomes an account named by its domain after 24 h.",
      "on|off"},
     SWITCH(name_from_domain)},
    {{"on_delete", "unlink", "S9.1", "What a deletion on one side does to the other.",
      "unlink|delete|ignore"},
     WORD(on_delete, "unlink", "delete", "ignore")},
    {{"owner.unmatched", "keep", "S6.6", "What becomes of an owner without a partner.",
      "keep|reset|clear|an email address"},
     OWNER(owner_unmatched, "keep", "reset", "clear")},
    {{"person_accounts", "off", "S2.4", "Whether person accounts enter.",
      "on|off (on needs a mapping for them that gives the company its name)"},
     SWITCH(person_accounts)},
    {{"poll_interval", "60s", "S4.3", "Time between two polls.", "a duration from 5s to 1d"},
     DURATION(poll_interval_ms, 5 * MS_SECOND, MS_DAY)},
    {{"record_type", "default", "S6.10", "Record type of the accounts that Tandem creates.",
      "default, or a record type's developer name, label or id"},
     TEXT(record_type, "default")},
    {{"salesforce_overlap", "10m", "S4.4", "How far each Salesforce poll looks back.",
      "a duration of 1m or more"},
     DURATION(salesforce_overlap_ms, MS_MINUTE, MS_DAY)},
    {{"sweep_age", "24h", "S4.2", "How old the last reading of any record may become.",
      "a duration from 1h to 30d"},
     DURATION(sweep_age_ms, MS_HOUR, 30 * MS_DAY)},
};
const size_t settings_count = LEN(table);

const struct setting *setting_at(size_t i)
{
    return &table[i].shown;
}

bool duration_parse(struct str text, int64_t *ms)
{
    static const struct {
        struct str unit;
        int64_t ms;
    } units[] = {{{"ms", 2}, 1},
                 {{"s", 1}, MS_SECOND},
                 {{"m", 1}, MS_MINUTE},
                 {{"h", 1}, MS_HOUR},
                 {{"d", 1}, MS_DAY}};
    int64_t n;
    if (str_eq(text, S("0"))) {
        *ms = 0;
        return true;
    }
    for (size_t i = 0; i < LEN(units); i++) {
        struct str number = text;
        if (!str_ends(text, units[i].unit))
            continue;
        number.n -= units[i].unit.n;
        if (str_to_i64(number, &n) && n >= 0 && n <= INT64_MAX / units[i].ms) {
            *ms = n * units[i].ms;
            return true;
        }
    }
    return false;
}

struct str duration_print(struct arena *a, int64_t ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"d", MS_DAY}, {"h", MS_HOUR}, {"m", MS_MINUTE}, {"s", MS_SECOND}};
    for (size_t i = 0; i < LEN(units); i++)
        if (ms > 0 && ms % units[i].ms == 0)
            return str_fmt(a, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
    return ms ? str_fmt(a, "%lldms", (long long)ms) : S("0");
}

static size_t entry_of(struct str name)
{
    size_t i = 0;
    while (i < settings_count && !str_eq(name, str_from(table[i].shown.name)))
        i++;
    return i;
}

static bool word_index(const char *const words[WORDS_MAX], struct str text, int *out)
{
    for (int i = 0; i < WORDS_MAX && words[i]; i++)
        if (str_eq(text, str_from(words[i]))) {
            *out = i;
            return true;
        }
    return false;
}

/* One of the words, or who gets it: an email address. */
static bool owner_set(struct settings *s, const char *const words[WORDS_MAX], struct str text)
{
    int word = OWNER_UNMATCHED_NAMED;
    ptrdiff_t at = str_find_char(text, '@');
    s->owner_named[0] = '\0';
    if (!word_index(words, text, &word)) {
        if (at <= 0 || (size_t)at + 1 == text.n || text.n >= OWNER_NAMED_BYTES)
            return false;
        memcpy(s->owner_named, text.p, text.n);
        s->owner_named[text.n] = '\0';
    }
    s->owner_unmatched = (enum owner_unmatched)word;
    return true;
}

/* Internal names: letters, digits and _. */
static bool names_set(char *at, struct str text)
{
    if (str_eq(text, S("none")))
        text = S("");
    if (text.n >= NAMES_BYTES)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !memchr("_-, ", c, 4))
            return false;
    }
    memcpy(at, text.p ? text.p : "", text.n);
    at[text.n] = '\0';
    return true;
}

static bool value_set(struct settings *s, size_t i, struct str text)
{
    char *at = (char *)s + table[i].at;
    int64_t n = 0;
    int word = 0;
    switch (table[i].kind) {
    case KIND_SWITCH:
        if (!word_index(table[i].words, text, &word))
            return false;
        *(bool *)at = word == 1;
        return true;
    case KIND_WORD:
        if (!word_index(table[i].words, text, &word))
            return false;
        memcpy(at, &word, sizeof(word)); /* every enum here is an int (asserted below) */
        return true;
    case KIND_NAMES:
        return names_set(at, text);
    case KIND_OWNER:
        return owner_set(s, table[i].words, text);
    case KIND_DURATION:
    case KIND_COUNT:
        if (!(table[i].kind == KIND_COUNT ? str_to_i64(text, &n) : duration_parse(text, &n)))
            return false;
        if (n < table[i].min || n > table[i].max)
            return false;
        memcpy(at, &n, sizeof(n));
        return true;
    case KIND_TEXT: /* the first word = none */
        text = str_eq(text, str_from(table[i].words[0])) ? S("") : str_trim(text);
        if (text.n >= (size_t)table[i].max)
            return false;
        memcpy(at, text.p, text.n);
        at[text.n] = '\0';
        return true;
    case KIND_LIST:
        if (!str_eq(text, S("none")) && (!str_to_i64(text, &n) || n <= 0))
            return false;
        memcpy(at, &n, sizeof(n));
        return true;
    }
    return false;
}

static_assert(sizeof(enum match_domain) == sizeof(int), "a word setting is stored as an int");
static_assert(sizeof(enum first_link) == sizeof(int), "a word setting is stored as an int");

static bool unknown(struct str name, struct err *e)
{
    struct near near = near_to(name);
    for (size_t i = 0; i < settings_count; i++)
        near_offer(&near, str_from(table[i].shown.name));
    err_set(e, ERR_USAGE, "unknown_setting", "there is no setting \"%.*s\"",
            STR_ARG(str_slice(name, 0, 60)));
    err_subject(e, str_slice(name, 0, 60));
    return near_hint(e, &near, "`tandem settings list` shows them all");
}

bool settings_known(struct str name, struct err *e)
{
    return entry_of(name) < settings_count || unknown(name, e);
}

bool settings_set(struct settings *s, struct str name, struct str text, struct err *e)
{
    size_t i = entry_of(name);
    if (i == settings_count)
        return unknown(name, e);
    if (value_set(s, i, text))
        return true;
    err_set(e, ERR_USAGE, "bad_setting", "%s cannot be \"%.*s\"; it takes %s", table[i].shown.name,
            STR_ARG(str_slice(text, 0, 60)), table[i].shown.values);
    err_rule(e, table[i].shown.rule);
    err_subject(e, name);
    return err_hint(e,
                    "`tandem settings list` shows each setting, what it takes and what it is for");
}

struct str settings_get(struct arena *a, const struct settings *s, struct str name)
{
    size_t i = entry_of(name);
    if (i == settings_count)
        return STR_NONE;
    const char *at = (const char *)s + table[i].at;
    int word;
    int64_t n;
    switch (table[i].kind) {
    case KIND_SWITCH:
        return *(const bool *)at ? S("on") : S("off");
    case KIND_WORD:
        memcpy(&word, at, sizeof(word));
        return str_from(table[i].words[word]);
    case KIND_NAMES:
        return *at ? str_fmt(a, "%s", at) : S("none");
    case KIND_OWNER:
        return s->owner_unmatched == OWNER_UNMATCHED_NAMED
                   ? str_fmt(a, "%s", s->owner_named)
                   : str_from(table[i].words[s->owner_unmatched]);
    case KIND_TEXT:
        return *at ? str_fmt(a, "%s", at) : str_from(table[i].words[0]);
    case KIND_COUNT:
    case KIND_LIST:
        memcpy(&n, at, sizeof(n));
        return table[i].kind == KIND_LIST && n == 0 ? S("none") : str_fmt(a, "%lld", (long long)n);
    case KIND_DURATION:
        break;
    }
    memcpy(&n, at, sizeof(n));
    return duration_print(a, n);
}

void settings_default(struct settings *s)
{
    memset(s, 0, sizeof(*s));
    for (size_t i = 0; i < settings_count; i++) {
        bool ok = value_set(s, i, str_from(table[i].shown.fallback));
        assert(ok);
        (void)ok;
    }
}
