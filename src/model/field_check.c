#include "model/field_check.h"

#include <string.h>

#include "text/iso8601.h"
#include "text/pattern.h"

static bool any_in(struct str v, int from, int to)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] >= from && v.p[i] <= to)
            return true;
    return false;
}

static bool any_blank(struct str v)
{
    return any_in(v, ' ', ' ') || any_in(v, '\t', '\r');
}

/* ---- numbers, dates -------------------------------------------------------------------------- */

static bool more_decimals(const struct field_check *c, struct str v)
{
    int64_t most;
    ptrdiff_t point = str_find_char(v, '.');
    return point >= 0 && str_to_i64(c->argument[0], &most) &&
           (int64_t)v.n - (int64_t)point - 1 > most;
}

static int64_t day_of(int64_t ms)
{
    return ms / MS_DAY - (ms % MS_DAY < 0);
}

/* A rule about days tells a moment of one, and nobody its time zone: the day of it in UTC may be
 * the day before or after the one that is meant. */
static bool out_of_days(const struct field_check *c, int64_t at, int64_t limit)
{
    return c->kind == CHECK_FIRST_DAY ? day_of(at) < day_of(limit) - 1
                                      : day_of(at) > day_of(limit) + 1;
}

static bool out_of_time(const struct field_check *c, struct str v)
{
    int64_t limit, at;
    if (!str_to_i64(c->argument[0], &limit) || !iso_parse_ms(v, &at))
        return false;
    if (c->kind == CHECK_FIRST_DAY || c->kind == CHECK_LAST_DAY)
        return out_of_days(c, at, limit);
    return c->kind == CHECK_FIRST_MOMENT ? at < limit : at > limit;
}

static bool other_weekday(const struct field_check *c, struct str v)
{
    static const char *const names[] = {"THURSDAY", "FRIDAY",  "SATURDAY", "SUNDAY",
                                        "MONDAY",   "TUESDAY", "WEDNESDAY"}; /* from 1970 on */
    int64_t at;
    if (v.n != strlen("2026-11-23") || !iso_parse_ms(v, &at))
        return false;
    int64_t day = day_of(at) % 7;
    struct str own = str_from(names[day < 0 ? day + 7 : day]);
    for (size_t i = 0; i < c->arguments; i++)
        if (str_eq_nocase(c->argument[i], own))
            return false;
    return c->arguments > 0;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static struct str email_host(struct str v)
{
    ptrdiff_t at = -1;
    for (size_t i = 0; i < v.n; i++)
        at = v.p[i] == '@' ? (ptrdiff_t)i : at;
    return at < 0 ? STR_NONE : str_slice(v, (size_t)at + 1, v.n);
}

/* "https://user@www.acme.com:8080/x" -> "www.acme.com" */
static struct str url_host(struct str v)
{
    ptrdiff_t at = str_find(v, S("://"));
    v = at < 0 ? v : str_slice(v, (size_t)at + 3, v.n);
    size_t n = 0;
    while (n < v.n && !strchr("/?#", v.p[n]))
        n++;
    v = str_slice(v, 0, n);
    struct str host = email_host(v);
    host = host.p ? host : v;
    ptrdiff_t port = str_find_char(host, ':');
    return port < 0 ? host : str_slice(host, 0, (size_t)port);
}

/* The domain itself, or (`parts`) one under it. */
static bool among(const struct field_check *c, struct str host, bool parts)
{
    for (size_t i = 0; i < c->arguments; i++) {
        struct str d = c->argument[i];
        if (str_eq_nocase(host, d))
            return true;
        if (parts && host.n > d.n && host.p[host.n - d.n - 1] == '.' &&
            str_eq_nocase(str_slice(host, host.n - d.n, host.n), d))
            return true;
    }
    return false;
}

static bool no_email(struct str v)
{
    struct str host = email_host(v);
    return !host.n || host.n + 1 == v.n || (any_blank(v) && str_find_char(v, '"') < 0);
}

static bool no_domain(struct str v)
{
    return any_blank(v) || str_find_char(v, '/') >= 0 || str_find_char(v, '@') >= 0;
}

bool field_check_broken(const struct field_check *c, struct str v)
{
    switch (c->kind) {
    case CHECK_DECIMALS:
        return more_decimals(c, v);
    case CHECK_FIRST_DAY:
    case CHECK_LAST_DAY:
    case CHECK_FIRST_MOMENT:
    case CHECK_LAST_MOMENT:
        return out_of_time(c, v);
    case CHECK_WEEKDAYS:
        return other_weekday(c, v);
    case CHECK_NO_LETTERS:
        return any_in(v, 'a', 'z') || any_in(v, 'A', 'Z');
    case CHECK_NO_DIGITS:
        return any_in(v, '0', '9');
    case CHECK_UPPER:
        return any_in(v, 'a', 'z');
    case CHECK_LOWER:
        return any_in(v, 'A', 'Z');
    case CHECK_NO_BLANKS:
        return any_blank(v);
    case CHECK_EMAIL:
        return no_email(v);
    case CHECK_EMAIL_AMONG:
        return email_host(v).n && !among(c, email_host(v), true);
    case CHECK_EMAIL_NOT:
        return among(c, email_host(v), false);
    case CHECK_URL:
        return any_blank(v);
    case CHECK_URL_AMONG:
        return url_host(v).n && !among(c, url_host(v), true);
    case CHECK_URL_NOT:
        return among(c, url_host(v), false);
    case CHECK_DOMAIN:
        return no_domain(v);
    case CHECK_PATTERN: /* wanting the whole value to fit, it is found nowhere all the same */
        return pattern_find(c->pattern, v) == PATTERN_ABSENT;
    }
    return false;
}
