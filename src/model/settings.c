#include "model/settings.h"

#include <string.h>

/* One row a setting: how it is named, read, checked and printed. */
enum kind {
    KIND_SWITCH,
    KIND_DURATION,
    KIND_COUNT,
    KIND_WORD,
    KIND_LIST,
    KIND_OWNER,
    KIND_NAMES,
    KIND_TEXT
};

const struct setting settings_table[] = {
    {"beside_native", "off", "S1.6", "Whether HubSpot's own company sync works beside: no creates.",
     "on|off"},
    {"brake_change", "30", "S12.3", "Percent of links on which one field may change in 24 h.",
     "a whole number from 0 to 100"},
    {"brake_clear", "5", "S12.3", "Percent of links on which one field may be cleared in 24 h.",
     "a whole number from 0 to 100"},
    {"brake_unlink", "10", "S12.3", "Percent of links that may be lost in 24 h.",
     "a whole number from 0 to 100"},
    {"company_list", "none", "S3.5", "HubSpot list that a company must be in to make an account.",
     "the id of an active list of companies, or none"},
    {"company_sync", "off", "S1.1", "Whether accounts and companies are kept in step.", "on|off"},
    {"create_max", "500", "S12.3", "Most creates in 24 h outside an import before it stops.",
     "a whole number"},
    {"create_settle", "1m", "S7.7", "How old a record must be before its partner is created.",
     "a duration (0, 90s, 2m)"},
    {"default_object", "contact", "S3.1", "What HubSpot's sync makes of a contact in Salesforce.",
     "contact|lead"},
    {"first_link", "salesforce", "S5.5", "Who wins a two-way field at the first link.",
     "salesforce|hubspot|newest|review"},
    {"hierarchy", "off", "S11.2", "Whether parent accounts and parent companies are kept in step.",
     "on|off"},
    {"hold", "off", "S1.4", "Whether passes only look, and write nothing.", "on|off"},
    {"hubspot_overlap", "5m", "S4.4", "How far each HubSpot poll looks back.",
     "a duration of 5m or more"},
    {"inclusion_list", "none", "S3.5", "HubSpot list that a contact must be in to make an account.",
     "the id of an active list of contacts, or none"},
    {"lifecycle.still", "none", "S10.1",
     "Lifecycle stages of contacts that move no company, besides other and evangelist.",
     "internal names joined by commas, or none"},
    {"match.domain", "link", "S7.2", "What the same domain means.", "link|review|off"},
    {"match.near", "review", "S7.4",
     "What nearly the same name in one country means; review: a person is asked for a day.",
     "review|off"},
    {"match.several", "review", "S7.2", "What several candidates mean.", "review|create"},
    {"name_from_domain", "on", "S3.8",
     "Whether a company without a name becomes an account named by its domain after 24 h.",
     "on|off"},
    {"on_delete", "unlink", "S9.1", "What a deletion on one side does to the other.",
     "unlink|delete|ignore"},
    {"owner.unmatched", "keep", "S6.6", "What becomes of an owner without a partner.",
     "keep|reset|clear|an email address"},
    {"person_accounts", "off", "S2.4", "Whether person accounts enter.",
     "off: a mapping of their own, which they need, is not there yet"},
    {"poll_interval", "60s", "S4.3", "Time between two polls.", "a duration from 5s to 1d"},
    {"record_type", "default", "S6.10", "Record type of the accounts that Tandem creates.",
     "default, or a record type's developer name, label or id"},
    {"salesforce_overlap", "10m", "S4.4", "How far each Salesforce poll looks back.",
     "a duration of 1m or more"},
    {"sweep_age", "24h", "S4.2", "How old the last reading of any record may become.",
     "a duration from 1h to 30d"},
};
const size_t settings_count = LEN(settings_table);

static const struct {
    enum kind kind;
    size_t at;
    int64_t min, max; /* of a duration or a count */
    const char *words[5];
} slots[LEN(settings_table)] = {
    {KIND_SWITCH, offsetof(struct settings, beside_native), 0, 0, {0}},
    {KIND_COUNT, offsetof(struct settings, brake_change), 0, 100, {0}},
    {KIND_COUNT, offsetof(struct settings, brake_clear), 0, 100, {0}},
    {KIND_COUNT, offsetof(struct settings, brake_unlink), 0, 100, {0}},
    {KIND_LIST, offsetof(struct settings, company_list), 0, 0, {0}},
    {KIND_SWITCH, offsetof(struct settings, company_sync), 0, 0, {0}},
    {KIND_COUNT, offsetof(struct settings, create_max), 0, 1000000000, {0}},
    {KIND_DURATION, offsetof(struct settings, create_settle_ms), 0, MS_DAY, {0}},
    {KIND_WORD, offsetof(struct settings, default_object), 0, 0, {"contact", "lead"}},
    {KIND_WORD,
     offsetof(struct settings, first_link),
     0,
     0,
     {"salesforce", "hubspot", "newest", "review"}},
    {KIND_SWITCH, offsetof(struct settings, hierarchy), 0, 0, {0}},
    {KIND_SWITCH, offsetof(struct settings, hold), 0, 0, {0}},
    {KIND_DURATION, offsetof(struct settings, hubspot_overlap_ms), 5 * MS_MINUTE, MS_DAY, {0}},
    {KIND_LIST, offsetof(struct settings, inclusion_list), 0, 0, {0}},
    {KIND_NAMES, offsetof(struct settings, lifecycle_still), 0, 0, {0}},
    {KIND_WORD, offsetof(struct settings, match_domain), 0, 0, {"link", "review", "off"}},
    {KIND_WORD, offsetof(struct settings, match_near), 0, 0, {"off", "review"}},
    {KIND_WORD, offsetof(struct settings, match_several), 0, 0, {"review", "create"}},
    {KIND_SWITCH, offsetof(struct settings, name_from_domain), 0, 0, {0}},
    {KIND_WORD, offsetof(struct settings, on_delete), 0, 0, {"unlink", "delete", "ignore"}},
    {KIND_OWNER, offsetof(struct settings, owner_unmatched), 0, 0, {"keep", "reset", "clear"}},
    {KIND_WORD, offsetof(struct settings, person_accounts), 0, 0, {"off"}},
    {KIND_DURATION, offsetof(struct settings, poll_interval_ms), 5 * MS_SECOND, MS_DAY, {0}},
    {KIND_TEXT, offsetof(struct settings, record_type), 0, SETTING_TEXT_BYTES, {"default"}},
    {KIND_DURATION, offsetof(struct settings, salesforce_overlap_ms), MS_MINUTE, MS_DAY, {0}},
    {KIND_DURATION, offsetof(struct settings, sweep_age_ms), MS_HOUR, 30 * MS_DAY, {0}},
};

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

static size_t slot_of(struct str name)
{
    size_t i = 0;
    while (i < settings_count && !str_eq(name, str_from(settings_table[i].name)))
        i++;
    return i;
}

static bool word_index(const char *const words[5], struct str text, int *out)
{
    for (int i = 0; i < 5 && words[i]; i++)
        if (str_eq(text, str_from(words[i]))) {
            *out = i;
            return true;
        }
    return false;
}

/* One of the words, or who gets it: an email address. */
static bool owner_set(struct settings *s, const char *const words[5], struct str text)
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

static bool slot_set(struct settings *s, size_t i, struct str text)
{
    char *at = (char *)s + slots[i].at;
    static const char *const switch_words[5] = {"off", "on"};
    int64_t n = 0;
    int word = 0;
    switch (slots[i].kind) {
    case KIND_SWITCH:
        if (!word_index(switch_words, text, &word))
            return false;
        *(bool *)at = word == 1;
        return true;
    case KIND_WORD:
        if (!word_index(slots[i].words, text, &word))
            return false;
        memcpy(at, &word, sizeof(word)); /* every enum here is an int (asserted below) */
        return true;
    case KIND_NAMES:
        return names_set(at, text);
    case KIND_OWNER:
        return owner_set(s, slots[i].words, text);
    case KIND_DURATION:
    case KIND_COUNT:
        if (!(slots[i].kind == KIND_COUNT ? str_to_i64(text, &n) : duration_parse(text, &n)))
            return false;
        if (n < slots[i].min || n > slots[i].max)
            return false;
        memcpy(at, &n, sizeof(n));
        return true;
    case KIND_TEXT: /* the first word = none */
        text = str_eq(text, str_from(slots[i].words[0])) ? S("") : str_trim(text);
        if (text.n >= (size_t)slots[i].max)
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

bool settings_set(struct settings *s, struct str name, struct str text, struct err *e)
{
    size_t i = slot_of(name);
    if (i == settings_count) {
        err_set(e, ERR_USAGE, "unknown_setting", "there is no setting \"%.*s\"",
                STR_ARG(str_slice(name, 0, 60)));
        err_subject(e, str_slice(name, 0, 60));
        return err_hint(e, "`tandem settings list` shows them all");
    }
    if (slot_set(s, i, text))
        return true;
    err_set(e, ERR_USAGE, "bad_setting", "%s cannot be \"%.*s\"; it takes %s",
            settings_table[i].name, STR_ARG(str_slice(text, 0, 60)), settings_table[i].values);
    err_rule(e, settings_table[i].rule);
    return err_subject(e, name);
}

struct str settings_get(struct arena *a, const struct settings *s, struct str name)
{
    size_t i = slot_of(name);
    if (i == settings_count)
        return STR_NONE;
    const char *at = (const char *)s + slots[i].at;
    int word;
    int64_t n;
    switch (slots[i].kind) {
    case KIND_SWITCH:
        return *(const bool *)at ? S("on") : S("off");
    case KIND_WORD:
        memcpy(&word, at, sizeof(word));
        return str_from(slots[i].words[word]);
    case KIND_NAMES:
        return *at ? str_fmt(a, "%s", at) : S("none");
    case KIND_OWNER:
        return s->owner_unmatched == OWNER_UNMATCHED_NAMED
                   ? str_fmt(a, "%s", s->owner_named)
                   : str_from(slots[i].words[s->owner_unmatched]);
    case KIND_TEXT:
        return *at ? str_fmt(a, "%s", at) : str_from(slots[i].words[0]);
    case KIND_COUNT:
    case KIND_LIST:
        memcpy(&n, at, sizeof(n));
        return slots[i].kind == KIND_LIST && n == 0 ? S("none") : str_fmt(a, "%lld", (long long)n);
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
        bool ok = slot_set(s, i, str_from(settings_table[i].fallback));
        assert(ok);
        (void)ok;
    }
}
