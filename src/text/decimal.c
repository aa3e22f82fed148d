#include "text/decimal.h"

#include <string.h>

#include "base/buf.h"

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
    if (d.point > DECIMAL_DIGITS_MAX || d.point < -DECIMAL_DIGITS_MAX)
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

/* ---- ratios ---------------------------------------------------------------------------------- */

#define BIG_DIGITS (4 * DECIMAL_DIGITS_MAX + 256) /* two factors, the scale, and any point */

struct big { /* a whole number: digits, the first one first, without leading zeros */
    unsigned char digit[BIG_DIGITS];
    int count;
};

static bool push(struct big *b, int digit)
{
    if (b->count == 0 && digit == 0)
        return true;
    if (b->count == BIG_DIGITS)
        return false;
    b->digit[b->count++] = (unsigned char)digit;
    return true;
}

static bool shift(struct big *b, int zeros)
{
    for (int i = 0; b->count && i < zeros; i++)
        if (!push(b, 0))
            return false;
    return true;
}

static struct big digits_of(const struct parts *p)
{
    struct big b = {.count = 0};
    for (int i = 0; i < p->count; i++)
        (void)push(&b, p->digit[i]);
    return b;
}

/* At most DECIMAL_DIGITS_MAX digits each, so it fits. */
static struct big product(const struct big *x, const struct big *y)
{
    unsigned cell[2 * DECIMAL_DIGITS_MAX] = {0};
    struct big b = {.count = 0};
    int n = x->count + y->count;
    for (int i = 0; i < x->count; i++)
        for (int k = 0; k < y->count; k++)
            cell[i + k + 1] += (unsigned)x->digit[i] * y->digit[k];
    for (int i = n - 1; i > 0; i--) {
        cell[i - 1] += cell[i] / 10;
        cell[i] %= 10;
    }
    for (int i = 0; i < n; i++)
        (void)push(&b, (int)cell[i]);
    return b;
}

static int big_cmp(const struct big *x, const struct big *y)
{
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return memcmp(x->digit, y->digit, (size_t)x->count);
}

/* x - y, where x is not less. */
static void take_away(struct big *x, const struct big *y)
{
    struct big out = {.count = 0};
    int borrow = 0;
    for (int i = 0; i < x->count; i++) {
        int k = y->count - 1 - i, d = x->digit[x->count - 1 - i] - borrow;
        d -= k >= 0 ? y->digit[k] : 0;
        borrow = d < 0;
        x->digit[x->count - 1 - i] = (unsigned char)(d + 10 * borrow);
    }
    for (int i = 0; i < x->count; i++)
        (void)push(&out, x->digit[i]);
    *x = out;
}

/* x / y, rounded half up; as one learns it at school. */
static bool quotient(const struct big *x, const struct big *y, struct big *out)
{
    struct big rest = {.count = 0};
    *out = (struct big){.count = 0};
    for (int i = 0; i <= x->count; i++) { /* one digit more tells how to round */
        int digit = 0;
        if (!push(&rest, i < x->count ? x->digit[i] : 0))
            return false;
        for (; big_cmp(&rest, y) >= 0; digit++)
            take_away(&rest, y);
        if (i < x->count && !push(out, digit))
            return false;
        if (i == x->count && digit >= 5) {
            int k = out->count - 1;
            for (; k >= 0 && out->digit[k] == 9; k--)
                out->digit[k] = 0;
            if (k >= 0) {
                out->digit[k]++;
            } else { /* 99 and a half, or nothing and a half */
                int zeros = out->count;
                out->count = 0;
                return push(out, 1) && shift(out, zeros);
            }
        }
    }
    return true;
}

struct str decimal_ratio(struct arena *a, struct str v, struct str times, struct str by, int scale)
{
    struct parts p[3];
    struct str s[3] = {v, times, by};
    struct big b[3], over, q;
    for (int i = 0; i < 3; i++) {
        if (!read_parts(s[i], &p[i]))
            return STR_NONE;
        b[i] = digits_of(&p[i]);
    }
    int power = scale; /* of ten, by which the whole numbers are to be multiplied */
    for (int i = 0; i < 3; i++)
        power += (i == 2 ? -1 : 1) * (p[i].point - p[i].count);
    over = product(&b[0], &b[1]);
    if (b[2].count == 0 || !shift(power < 0 ? &b[2] : &over, power < 0 ? -power : power) ||
        !quotient(&over, &b[2], &q))
        return STR_NONE;
    bool negative = (p[0].negative != p[1].negative) != p[2].negative;
    struct buf text;
    buf_init(&text, 4 * KIB);
    if (negative)
        buf_char(&text, '-');
    for (int i = 0; i < q.count; i++)
        buf_char(&text, (char)('0' + q.digit[i]));
    buf_fmt(&text, "%se-%d", q.count ? "" : "0", scale);
    struct str out = decimal_canonical(a, buf_view(&text), scale);
    buf_release(&text);
    return out;
}
