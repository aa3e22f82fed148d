#include "text/iso8601.h"

#include <stdio.h>
#include <string.h>

#define YEAR_0_MS     INT64_C(-62167219200000)
#define YEAR_10000_MS INT64_C(253402300800000)

/* Days since 1970-01-01 of a civil date (proleptic Gregorian), by whole 400-year eras. */
static int64_t days_of(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void date_of(int64_t days, int *y, int *m, int *d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400 + (*m <= 2));
}

static int month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return m == 2 && leap ? 29 : days[m - 1];
}

/* `width` digits off the front. */
static bool digits(struct str *s, size_t width, int *out)
{
    int n = 0;
    if (s->n < width)
        return false;
    for (size_t i = 0; i < width; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        n = n * 10 + (s->p[i] - '0');
    }
    *s = str_slice(*s, width, s->n);
    *out = n;
    return true;
}

static bool eat(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_slice(*s, 1, s->n);
    return true;
}

/* Z, +00:00, +0000, +00; nothing is refused: a time without zone means nothing to us. */
static bool zone(struct str *s, int64_t *offset_ms)
{
    int h, m = 0;
    *offset_ms = 0;
    if (eat(s, 'Z') || eat(s, 'z'))
        return true;
    bool minus = s->n && s->p[0] == '-';
    if (!eat(s, '+') && !eat(s, '-'))
        return false;
    if (!digits(s, 2, &h) || h > 23)
        return false;
    if (s->n) {
        eat(s, ':');
        if (!digits(s, 2, &m) || m > 59)
            return false;
    }
    *offset_ms = (minus ? -1 : 1) * (h * MS_HOUR + m * MS_MINUTE);
    return true;
}

static bool fraction(struct str *s, int64_t *ms)
{
    int scale = 100, n;
    *ms = 0;
    if (!eat(s, '.') && !eat(s, ','))
        return true;
    if (!s->n || s->p[0] < '0' || s->p[0] > '9')
        return false;
    while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        if (!digits(s, 1, &n))
            return false;
        *ms += n * scale;
        scale /= 10;
    }
    return true;
}

/* A year has four digits: what iso_ms prints is read again. */
static bool told(int64_t at, int64_t *ms)
{
    if (at < YEAR_0_MS || at >= YEAR_10000_MS)
        return false;
    *ms = at;
    return true;
}

bool iso_parse_ms(struct str s, int64_t *ms)
{
    int y, mo, d, h, mi, sec;
    int64_t frac, offset, number;
    s = str_trim(s);
    if (s.n >= 11 && s.n <= 15 && str_to_i64(s, &number) && number > 0)
        return told(number, ms);
    if (!digits(&s, 4, &y) || !eat(&s, '-') || !digits(&s, 2, &mo) || !eat(&s, '-') ||
        !digits(&s, 2, &d) || mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo))
        return false;
    int64_t day = days_of(y, mo, d) * MS_DAY;
    if (s.n == 0)
        return told(day, ms);
    if (!eat(&s, 'T') && !eat(&s, 't') && !eat(&s, ' '))
        return false;
    if (!digits(&s, 2, &h) || !eat(&s, ':') || !digits(&s, 2, &mi) || h > 23 || mi > 59)
        return false;
    sec = 0;
    if (eat(&s, ':') && (!digits(&s, 2, &sec) || sec > 60))
        return false;
    if (!fraction(&s, &frac) || !zone(&s, &offset) || s.n)
        return false;
    return told(day + h * MS_HOUR + mi * MS_MINUTE + sec * MS_SECOND + frac - offset, ms);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static char *put(char *p, int64_t n, int width)
{
    for (int i = width - 1; i >= 0; i--, n /= 10)
        p[i] = (char)('0' + n % 10);
    return p + width;
}

enum precision { DAYS, SECONDS, MILLISECONDS };

/* By hand: times are most of what is printed. */
static struct str print(struct arena *a, int64_t ms, enum precision to)
{
    int y, m, d;
    int64_t days = floor_div(ms, MS_DAY), rest = ms - days * MS_DAY;
    date_of(days, &y, &m, &d);
    char *text = arena_bytes(a, sizeof("-2147483648-11-24T12:34:56.789Z")), *p = text;
    p = y >= 0 && y <= 9999 ? put(p, y, 4) : p + snprintf(p, 12, "%d", y);
    *p++ = '-';
    p = put(p, m, 2);
    *p++ = '-';
    p = put(p, d, 2);
    if (to == DAYS)
        return (struct str){text, (size_t)(p - text)};
    *p++ = 'T';
    p = put(p, rest / MS_HOUR, 2);
    *p++ = ':';
    p = put(p, rest / MS_MINUTE % 60, 2);
    *p++ = ':';
    p = put(p, rest / MS_SECOND % 60, 2);
    if (to == MILLISECONDS) {
        *p++ = '.';
        p = put(p, rest % 1000, 3);
    }
    *p++ = 'Z';
    return (struct str){text, (size_t)(p - text)};
}

struct str iso_ms(struct arena *a, int64_t ms)
{
    return print(a, ms, MILLISECONDS);
}

struct str iso_seconds(struct arena *a, int64_t ms)
{
    return print(a, ms, SECONDS);
}

struct str iso_date(struct arena *a, int64_t ms)
{
    return print(a, ms, DAYS);
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */

int64_t http_date_ms(struct str s)
{
    int d, y, h, mi, sec;
    s = str_trim(s);
    if (s.n != 29 || !str_ends(s, S(" GMT")))
        return 0;
    s = str_slice(s, 5, 25); /* "23 Nov 2026 16:24:09" */
    if (!digits(&s, 2, &d) || !eat(&s, ' ') || s.n < 4)
        return 0;
    int m = 0;
    while (m < 12 && memcmp(s.p, months + 3 * m, 3) != 0)
        m++;
    s = str_slice(s, 3, s.n);
    if (m == 12 || !eat(&s, ' ') || !digits(&s, 4, &y) || !eat(&s, ' ') || !digits(&s, 2, &h) ||
        !eat(&s, ':') || !digits(&s, 2, &mi) || !eat(&s, ':') || !digits(&s, 2, &sec))
        return 0;
    if (d < 1 || d > month_days(y, m + 1) || h > 23 || mi > 59 || sec > 60)
        return 0;
    return days_of(y, m + 1, d) * MS_DAY + h * MS_HOUR + mi * MS_MINUTE + sec * MS_SECOND;
}

struct str http_date(struct arena *a, int64_t ms)
{
    int y, m, d;
    int64_t days = floor_div(ms, MS_DAY), rest = ms - days * MS_DAY;
    date_of(days, &y, &m, &d);
    int week = (int)(((days % 7) + 7) % 7);
    return str_fmt(a, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", weekdays + 3 * week, d,
                   months + 3 * (m - 1), y, (int)(rest / MS_HOUR), (int)(rest / MS_MINUTE % 60),
                   (int)(rest / MS_SECOND % 60));
}
