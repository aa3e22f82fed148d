#include "text/decimal.h"

#include <string.h>

struct parts {
    bool negative;
    char digit[DECIMAL_DIGITS_MAX * 2 + 2]; /* without point; one spare in front for a carry */
    int count;
    int point; /* digits before the point; may be negative or beyond count */
};

static bool read_parts(struct str s, struct parts *d)
{
    size_t i = 0;
    bool any = false, dot = false;
    int64_t exponent = 0;
    *d = (struct parts){.negative = s.n && s.p[0] == '-'};
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        i++;
    for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '.' && !dot)); i++) {
        if (s.p[i] == '.') {
            dot = true;
            continue;
        }
        any = true;
        if (d->count == 0 && s.p[i] == '0') { /* leading zeros hold no digit */
            d->point -= dot;
            continue;
        }
        if (d->count == DECIMAL_DIGITS_MAX)
            return false;
        d->digit[d->count++] = (char)(s.p[i] - '0');
        d->point += !dot;
    }
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        struct str rest = str_slice(s, i + 1, s.n);
        if (rest.n && rest.p[0] == '+')
            rest = str_slice(rest, 1, rest.n);
        if (!str_to_i64(rest, &exponent) || exponent > 99 || exponent < -99)
            return false;
        i = s.n;
    }
    d->point += (int)exponent;
    return any && i == s.n;
}

/* Half away from zero. */
static void round_to(struct parts *d, int scale)
{
    int keep = d->point + scale;
    if (scale < 0 || keep >= d->count)
        return;
    bool up = keep >= 0 && d->digit[MAX(keep, 0)] >= 5;
    d->count = MAX(keep, 0);
    for (int i = d->count - 1; up && i >= 0; i--) {
        up = d->digit[i] == 9;
        d->digit[i] = up ? 0 : (char)(d->digit[i] + 1);
    }
    if (up) {
        memmove(d->digit + 1, d->digit, (size_t)d->count);
        d->digit[0] = 1;
        d->count++;
        d->point++;
    }
}

struct str decimal_canonical(struct arena *a, struct str s, int scale)
{
    struct parts d;
    if (!read_parts(s, &d))
        return STR_NONE;
    round_to(&d, scale);
    while (d.count > 0 && d.digit[d.count - 1] == 0 && d.count > d.point)
        d.count--;
    if (d.count == 0)
        return S("0");
    if (d.point > 2 * DECIMAL_DIGITS_MAX || d.point < -DECIMAL_DIGITS_MAX)
        return STR_NONE;
    size_t most = (size_t)(MAX(d.count, d.point) + MAX(-d.point, 0) + 4);
    char *out = arena_bytes(a, most);
    size_t n = 0;
    if (d.negative)
        out[n++] = '-';
    if (d.point <= 0)
        out[n++] = '0';
    for (int i = 0; i < d.point; i++)
        out[n++] = (char)('0' + (i < d.count ? d.digit[i] : 0));
    if (d.count > d.point) {
        out[n++] = '.';
        for (int i = d.point; i < d.count; i++)
            out[n++] = (char)('0' + (i >= 0 ? d.digit[i] : 0));
    }
    return (struct str){out, n};
}

/* Both without sign: more digits before the point is more; else digit by digit. */
static int cmp_plain(struct str a, struct str b)
{
    ptrdiff_t x = str_find_char(a, '.'), y = str_find_char(b, '.');
    size_t whole_a = x < 0 ? a.n : (size_t)x, whole_b = y < 0 ? b.n : (size_t)y;
    if (whole_a != whole_b)
        return whole_a < whole_b ? -1 : 1;
    int c = str_cmp(a, b);
    return c < 0 ? -1 : c > 0;
}

int decimal_cmp(struct str a, struct str b)
{
    bool minus_a = a.n && a.p[0] == '-', minus_b = b.n && b.p[0] == '-';
    if (minus_a != minus_b)
        return minus_a ? -1 : 1;
    return minus_a ? cmp_plain(str_slice(b, 1, b.n), str_slice(a, 1, a.n)) : cmp_plain(a, b);
}
