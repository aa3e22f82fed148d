/* hs_value: what a record says when asked, and what a property accepts (H10). */
#include <regex.h>

#include "sandbox/world/hs_p.h"
#include "text/decimal.h"
#include "text/iso8601.h"

struct str hs_id(const struct hs_portal *p, const struct hs_object *o, uint64_t number,
                 struct arena *a)
{
    return world_id(p->world, o->type, number, arena_bytes(a, 32));
}

static const struct world_value *stored(const struct world_record *r, uint16_t column)
{
    for (uint16_t i = 0; i < r->values; i++)
        if (r->value[i].field == column)
            return &r->value[i];
    return NULL;
}

int64_t hs_created_ms(const struct hs_object *o, const struct world_record *r)
{
    const struct world_value *v = stored(r, o->column[COL_CREATED]); /* of a merge (H8.8) */
    int64_t ms;
    return v && iso_parse_ms(str_from(world_value_text(v)), &ms) ? ms : r->created_ms;
}

/* The newest change that is not after a time: what an index that lags knows. */
int64_t hs_modified_ms(const struct world_record *r, int64_t as_of_ms)
{
    int64_t newest = r->created_ms;
    if (!as_of_ms || r->modified_ms <= as_of_ms)
        return r->modified_ms;
    for (uint16_t i = 0; i < r->values; i++) {
        const struct world_value *v = &r->value[i];
        if ((int64_t)v->at_ms <= as_of_ms)
            newest = MAX(newest, (int64_t)v->at_ms);
        for (unsigned k = 0; k < v->pasts; k++)
            if (v->past[k].at_ms <= as_of_ms)
                newest = MAX(newest, v->past[k].at_ms);
    }
    return newest;
}

static struct str value_as_of(const struct hs_portal *p, const struct hs_object *o,
                              const struct world_record *r, struct arena *a, uint16_t column,
                              int64_t as_of_ms)
{
    struct world_past past[W_HISTORY_MAX + 1];
    size_t n = world_history(p->world, o->type, r, a, column, past);
    for (size_t i = 0; i < n; i++)
        if (past[i].at_ms <= as_of_ms)
            return str_from(past[i].text);
    return S("");
}

static struct str count_of(struct hs_portal const *p, enum hs_type from, uint64_t number,
                           enum hs_type to, int id, struct arena *a)
{
    size_t n, live = 0;
    int bit = hs_link_bit(p, from, to, id);
    const struct hs_edge *e = hs_links(p, from, number, to, &n);
    for (size_t i = 0; i < n; i++)
        live += (e[i].types >> bit & 1u) && hs_link_live(p, to, &e[i]);
    return live ? str_fmt(a, "%zu", live) : S("");
}

static struct str id_or_none(const struct hs_portal *p, uint64_t number_plus_1, struct arena *a)
{
    return number_plus_1 ? hs_id(p, &p->object[HS_COMPANY], number_plus_1 - 1, a) : S("");
}

static struct str email_domain(struct str email, struct arena *a)
{
    ptrdiff_t at = str_find_char(email, '@');
    return at >= 0 ? str_lower(a, str_slice(email, (size_t)at + 1, email.n)) : S("");
}

/* By enum world_source (H10.8). The portal's own doing is a setting. */
static const char *const sources[][2] = {[W_FROM_IMPORT] = {"IMPORT", "1"},
                                         [W_FROM_API] = {"INTEGRATION", "5150"},
                                         [W_FROM_USER] = {"CRM_UI", "userId:77"},
                                         [W_FROM_SYSTEM] = {"CRM_SETTING", ""},
                                         [W_FROM_MERGE] = {"MERGE_OBJECTS", ""}};

const char *hs_source(enum world_source source, bool id)
{
    return sources[source][id];
}

struct str hs_get(const struct hs_portal *p, const struct hs_object *o, const struct hs_property *f,
                  const struct world_record *r, struct arena *a, int64_t as_of_ms)
{
    if (r->modified_ms <= as_of_ms)
        as_of_ms = 0;
    switch (f->system) {
    case HSYS_ID:
        return hs_id(p, o, r->number, a);
    case HSYS_CREATED:
        return iso_ms(a, hs_created_ms(o, r));
    case HSYS_MODIFIED:
        return iso_ms(a, hs_modified_ms(r, as_of_ms));
    case HSYS_PRIMARY:
        return id_or_none(p, hs_primary(p, r->number), a);
    case HSYS_PARENT:
        return id_or_none(p, hs_parent(p, r->number), a);
    case HSYS_CHILDREN:
        return count_of(p, HS_COMPANY, r->number, HS_COMPANY, 13, a);
    case HSYS_CONTACTS:
        return count_of(p, HS_COMPANY, r->number, HS_CONTACT, 280, a);
    case HSYS_EMAIL_DOMAIN:
        return email_domain(world_get_at(p->world, o->type, r, a, o->column[COL_EMAIL]), a);
    case HSYS_SOURCE:
    case HSYS_SOURCE_ID:
        if (!stored(r, f->column)) /* set by hand */
            return str_from(sources[r->created_by][f->system == HSYS_SOURCE_ID]);
        break;
    case HSYS_NONE:
        break;
    }
    return as_of_ms ? value_as_of(p, o, r, a, f->column, as_of_ms)
                    : world_get_at(p->world, o->type, r, a, f->column);
}

struct world_record *hs_find(struct hs_portal *p, const struct hs_object *o, struct str id)
{
    struct world_record *r = world_find(p->world, o->type, id);
    for (int guard = 0; r && r->merged_into && guard < 2 * HS_MERGES_MAX; guard++)
        r = p->world->table[o->type].record[r->merged_into - 1];
    return r && !r->purged ? r : NULL;
}

struct world_record *hs_by_unique(struct hs_portal *p, const struct hs_object *o,
                                  const struct hs_property *f, struct str value)
{
    struct world_record *r = world_by_unique_at(p->world, o->type, f->column, value);
    if (!r && f->column == o->column[COL_EMAIL])
        r = world_generated_by(p->world, o->type, f->column, value);
    return r;
}

/* ---- what is accepted ------------------------------------------------------------------------ */

static bool refuse(struct hs_problem *why, const struct hs_property *f, const char *code,
                   struct str message)
{
    *why = (struct hs_problem){code, message, str_from(f->name)};
    return false;
}

static const struct hs_option *option_of(const struct hs_property *f, struct str v)
{
    for (size_t i = 0; i < f->options; i++)
        if (str_eq(v, str_from(f->option[i].value)))
            return &f->option[i];
    return NULL;
}

static bool bad_option(struct arena *a, const struct hs_property *f, struct str v,
                       struct hs_problem *why)
{
    struct buf b;
    buf_init(&b, 64 * KIB);
    for (size_t i = 0; i < f->options; i++)
        buf_fmt(&b, "%s%s", i ? ", " : "", f->option[i].value);
    struct str all = f->kind == HS_BOOL ? S("true, false") : buf_view(&b);
    struct str text = str_fmt(a, "%.*s was not one of the allowed options: [%.*s]",
                              STR_ARG(str_slice(v, 0, 200)), STR_ARG(all));
    buf_release(&b);
    return refuse(why, f, "INVALID_OPTION", text);
}

/* ";blue" adds to what is there (H10.1); each value once. */
static bool check_set(struct arena *a, const struct hs_property *f, struct str v, struct str now,
                      struct str *out, struct hs_problem *why)
{
    struct buf b;
    struct str rest = v, part;
    bool add = v.n && v.p[0] == ';', good = true;
    buf_init(&b, HS_VALUE_MAX);
    if (add)
        buf_str(&b, now);
    while (good && str_cut(&rest, ';', &part)) {
        struct str all = buf_view(&b), one;
        bool there = !part.n;
        if (part.n && !option_of(f, part))
            good = bad_option(a, f, part, why);
        while (!there && str_cut(&all, ';', &one))
            there = str_eq(one, part);
        if (there || !good)
            continue;
        if (b.n)
            buf_char(&b, ';');
        buf_str(&b, part);
    }
    *out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return good;
}

static bool check_time(struct arena *a, const struct hs_property *f, struct str v, struct str *out,
                       struct hs_problem *why)
{
    int64_t ms, digits;
    bool number = str_to_i64(v, &digits);
    if (number)
        ms = digits;
    else if (!iso_parse_ms(v, &ms) || (f->kind == HS_DATE && v.n != 10))
        return refuse(
            why, f, f->kind == HS_DATE ? "INVALID_DATE" : "INVALID_DATETIME",
            str_fmt(a, "%.*s was not a valid %s.", STR_ARG(str_slice(v, 0, 60)), f->type));
    if (f->kind == HS_DATETIME) {
        *out = iso_ms(a, ms);
        return true;
    }
    if (ms % MS_DAY) {
        struct str at = iso_ms(a, ms);
        return refuse(why, f, "INVALID_DATE",
                      str_fmt(a, "%.*s is at %.*s UTC, not midnight!", STR_ARG(v),
                              STR_ARG(str_slice(at, 11, 19))));
    }
    *out = iso_date(a, ms);
    return true;
}

/* Something@host.tld without blanks. */
static bool email_shaped(struct str v)
{
    ptrdiff_t at = str_find_char(v, '@');
    struct str host = str_slice(v, (size_t)at + 1, v.n);
    return at > 0 && str_find_char(host, '.') > 0 && host.p[host.n - 1] != '.' &&
           str_find_char(host, '@') < 0 && str_find_char(v, ' ') < 0;
}

static size_t characters(struct str v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++)
        n += ((unsigned char)v.p[i] & 0xc0) != 0x80;
    return n;
}

static bool small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Every byte of it is one of those; what is beyond ASCII counts as a letter. */
static bool only(struct str v, bool letters, bool digits)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        bool letter = small(c) || capital(c) || (unsigned char)c >= 0x80;
        if (!(letters && letter) && !(digits && digit(c)))
            return false;
    }
    return true;
}

static bool without(struct str v, bool (*kind)(char))
{
    for (size_t i = 0; i < v.n; i++)
        if (kind(v.p[i]))
            return false;
    return true;
}

/* RE2 writes \d, \w and \s, which the C library's expressions spell out. */
static bool fits(struct arena *a, const char *pattern, struct str v)
{
    struct buf b;
    regex_t re;
    buf_init(&b, 64 * KIB);
    for (const char *p = pattern; *p; p++) {
        bool escape = p[0] == '\\' && p[1] && strchr("dws", p[1]);
        if (escape)
            buf_str(&b, *++p == 'd' ? S("[0-9]") : *p == 'w' ? S("[0-9A-Za-z_]") : S("[ \t\r\f]"));
        else
            buf_char(&b, *p);
    }
    bool good = regcomp(&re, str_cstr(a, buf_view(&b)), REG_EXTENDED | REG_NOSUB) != 0;
    if (!good) { /* a rule that cannot be read holds nobody back */
        good = regexec(&re, str_cstr(a, v), 0, NULL, 0) == 0;
        regfree(&re);
    }
    buf_release(&b);
    return good;
}

static bool one_of(const struct hs_validation *rule, struct str v)
{
    for (size_t i = 0; i < rule->arguments; i++)
        if (str_eq_nocase(v, str_from(rule->argument[i])))
            return true;
    return false;
}

static struct str mail_host(struct str v)
{
    ptrdiff_t at = str_find_char(v, '@');
    return at < 0 ? S("") : str_slice(v, (size_t)at + 1, v.n);
}

static struct str link_host(struct str v)
{
    struct str host;
    ptrdiff_t at = str_find(v, S("://"));
    v = at < 0 ? v : str_slice(v, (size_t)at + 3, v.n);
    str_cut(&v, '/', &host);
    return host;
}

static bool day_allowed(const struct hs_validation *rule, struct str v)
{
    static const char *const days[] = {"SUNDAY",   "MONDAY", "TUESDAY", "WEDNESDAY",
                                       "THURSDAY", "FRIDAY", "SATURDAY"};
    int64_t ms;
    return !iso_parse_ms(v, &ms) || one_of(rule, str_from(days[(ms / MS_DAY + 4) % 7]));
}

static bool text_holds(struct arena *a, const struct hs_validation *rule, struct str v)
{
    const char *r = rule->rule, *first = rule->arguments ? rule->argument[0] : "";
    bool letters = strcmp(first, "NUMERIC_ONLY") != 0, digits = strcmp(first, "ALPHA_ONLY") != 0;
    if (strcmp(r, "ALPHANUMERIC") == 0)
        return only(v, letters, digits);
    if (strcmp(r, "FORMAT") == 0)
        return strcmp(first, "UPPER") == 0   ? without(v, small)
               : strcmp(first, "LOWER") == 0 ? without(v, capital)
                                             : true;
    if (strcmp(r, "WHITESPACE") == 0)
        return strcmp(first, "TRIM") == 0 ? str_trim(v).n == v.n : str_find_char(v, ' ') < 0;
    return strcmp(r, "REGEX") == 0                   ? fits(a, first, v)
           : strcmp(r, "EMAIL") == 0                 ? email_shaped(v)
           : strcmp(r, "EMAIL_ALLOWED_DOMAINS") == 0 ? one_of(rule, mail_host(v))
           : strcmp(r, "EMAIL_BLOCKED_DOMAINS") == 0 ? !one_of(rule, mail_host(v))
           : strcmp(r, "URL") == 0                   ? str_find(v, S("://")) > 0
           : strcmp(r, "URL_ALLOWED_DOMAINS") == 0   ? one_of(rule, link_host(v))
           : strcmp(r, "URL_BLOCKED_DOMAINS") == 0   ? !one_of(rule, link_host(v))
           : strcmp(r, "DOMAIN") == 0
               ? str_find_char(v, '.') > 0 && str_find_char(v, '/') < 0 && str_find_char(v, ' ') < 0
               : true;
}

static bool rule_holds(struct arena *a, const struct hs_validation *rule, struct str v)
{
    const char *r = rule->rule, *first = rule->arguments ? rule->argument[0] : "";
    int64_t n = 0, ms = 0;
    (void)str_to_i64(str_from(first), &n);
    double x = strtod(str_cstr(a, v), NULL), limit = strtod(first, NULL);
    ptrdiff_t point = str_find_char(v, '.');
    bool start = strncmp(r, "START_DATE", 10) == 0, end = strncmp(r, "END_DATE", 8) == 0;
    if (start || end)
        return !iso_parse_ms(v, &ms) || (start ? ms >= n : ms <= n);
    return strcmp(r, "MIN_LENGTH") == 0     ? (int64_t)characters(v) >= n
           : strcmp(r, "MAX_LENGTH") == 0   ? (int64_t)characters(v) <= n
           : strcmp(r, "MIN_NUMBER") == 0   ? x >= limit
           : strcmp(r, "MAX_NUMBER") == 0   ? x <= limit
           : strcmp(r, "DECIMAL") == 0      ? point < 0 || (int64_t)v.n - point - 1 <= n
           : strcmp(r, "DAYS_OF_WEEK") == 0 ? day_allowed(rule, v)
                                            : text_holds(a, rule, v);
}

/* A rule of case may write it as it wants it. */
static struct str in_case(struct arena *a, const struct hs_validation *rule, struct str v)
{
    const char *first = rule->arguments ? rule->argument[0] : "";
    if (!rule->normalise || strcmp(rule->rule, "FORMAT") != 0)
        return v;
    if (strcmp(first, "UPPER") != 0)
        return strcmp(first, "LOWER") == 0 ? str_lower(a, v) : v;
    char *text = arena_bytes(a, v.n + 1);
    for (size_t i = 0; i < v.n; i++)
        text[i] = small(v.p[i]) ? (char)(v.p[i] - 'a' + 'A') : v.p[i];
    return (struct str){text, v.n};
}

static bool check_rules(struct arena *a, const struct hs_property *f, struct str *out,
                        struct hs_problem *why)
{
    for (size_t i = 0; i < f->validations; i++)
        *out = in_case(a, &f->validation[i], *out);
    struct str v = *out;
    for (size_t i = 0; i < f->validations; i++)
        if (!rule_holds(a, &f->validation[i], v))
            return refuse(why, f, "INVALID_CUSTOM_PROPERTY_VALIDATION",
                          str_fmt(a, "%.*s does not meet the rule %s (%s) of %s",
                                  STR_ARG(str_slice(v, 0, 100)), f->validation[i].rule,
                                  f->validation[i].arguments ? f->validation[i].argument[0] : "",
                                  f->name));
    return true;
}

bool hs_check_value(struct arena *a, const struct hs_property *f, struct str v, struct str now,
                    struct str *out, struct hs_problem *why)
{
    *out = v.p ? v : S("");
    if (f->flags & (HS_READ_ONLY | HS_CALCULATED))
        return refuse(
            why, f, "READ_ONLY_VALUE",
            str_fmt(a, "\"%s\" is a read only property; its value cannot be set.", f->name));
    if (!v.n)
        return true;
    if (v.n > HS_VALUE_MAX)
        return refuse(why, f, "VALUE_TOO_LONG",
                      S("The value is longer than the limit of 65536 characters."));
    switch (f->kind) {
    case HS_TEXT:
        if (strcmp(f->name, "email") == 0) {
            *out = str_lower(a, str_trim(v));
            if (!email_shaped(*out))
                return refuse(
                    why, f, "INVALID_EMAIL",
                    str_fmt(a, "Email address %.*s is invalid", STR_ARG(str_slice(v, 0, 200))));
        }
        break;
    case HS_NUMBER:
        *out = decimal_canonical(a, v, -1);
        if (!out->p)
            return refuse(why, f, "INVALID_LONG",
                          str_fmt(a, "%.*s was not a valid number.", STR_ARG(str_slice(v, 0, 60))));
        break;
    case HS_BOOL:
        if (!str_eq(v, S("true")) && !str_eq(v, S("false")))
            return bad_option(a, f, v, why);
        break;
    case HS_ENUM:
        if (!option_of(f, v))
            return bad_option(a, f, v, why);
        break;
    case HS_SET:
        if (!check_set(a, f, v, now, out, why))
            return false;
        break;
    case HS_DATE:
    case HS_DATETIME:
        if (!check_time(a, f, v, out, why))
            return false;
        break;
    }
    return check_rules(a, f, out, why);
}
