#include "text/pattern.h"

#include <regex.h>
#include <string.h>

#include "base/buf.h"

#define PATTERN_BYTES_MAX  1000
#define PATTERN_REPEAT_MAX 2000 /* all {n} of a pattern multiplied: what it may unfold to */

struct reader {
    struct str s;
    size_t at;
    struct buf *out;
    bool had;      /* something stands before, in this alternative */
    bool repeated; /* and it is repeated already */
    bool anchor;   /* and it is ^ or $ */
    int64_t repeat;
};

static bool next_is(const struct reader *r, char c)
{
    return r->at < r->s.n && r->s.p[r->at] == c;
}

/* ---- classes --------------------------------------------------------------------------------- */

struct set {
    bool has[128];
};

static void add_range(struct set *s, int from, int to)
{
    for (int c = from; c <= to; c++)
        s->has[c] = true;
}

static void add_other(struct set *s, const struct set *than)
{
    for (int c = 1; c < 128; c++)
        s->has[c] = s->has[c] || !than->has[c];
}

/* \d, \w, \s and what they leave out. */
static bool add_perl(struct set *s, char c)
{
    struct set one = {{false}};
    switch (c) {
    case 'w':
    case 'W':
        add_range(&one, 'a', 'z');
        add_range(&one, 'A', 'Z');
        one.has['_'] = true; /* fall through */
    case 'd':
    case 'D':
        add_range(&one, '0', '9');
        break;
    case 's':
    case 'S':
        for (const char *p = "\t\n\f\r "; *p; p++)
            one.has[(int)*p] = true;
        break;
    default:
        return false;
    }
    bool other = c == 'D' || c == 'W' || c == 'S';
    for (int i = 1; i < 128; i++)
        s->has[i] = s->has[i] || (one.has[i] != other);
    return true;
}

/* [:alpha:] and its like; in a class only. */
static bool add_named(struct set *s, struct str name)
{
    static const struct {
        const char *name, *ranges; /* pairs */
    } known[] = {{"alnum", "azAZ09"},   {"alpha", "azAZ"},   {"digit", "09"},
                 {"lower", "az"},       {"upper", "AZ"},     {"xdigit", "09afAF"},
                 {"punct", "!/:@[`{~"}, {"blank", "  \t\t"}, {"space", "  \t\r"}};
    for (size_t i = 0; i < LEN(known); i++)
        if (str_eq(name, str_from(known[i].name))) {
            for (const char *p = known[i].ranges; *p; p += 2)
                add_range(s, p[0], p[1]);
            return true;
        }
    return false;
}

/* One character, plain or escaped; what is more than one is told by `many`. */
static bool escaped(struct reader *r, struct set *s, char *one, bool *many)
{
    char c = r->at < r->s.n ? r->s.p[r->at++] : '\0';
    static const char from[] = "tnrf", to[] = "\t\n\r\f";
    const char *at = c ? strchr(from, c) : NULL;
    *many = add_perl(s, c);
    *one = at ? to[at - from] : c;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return *many || at || (c > ' ' && !letter);
}

static bool class_item(struct reader *r, struct set *s, char *one, bool *many)
{
    char c = r->s.p[r->at++];
    *many = false;
    *one = c;
    if (c == '\\')
        return escaped(r, s, one, many);
    if (c != '[' || !next_is(r, ':'))
        return c > 0;
    ptrdiff_t end = str_find(str_slice(r->s, r->at, r->s.n), S(":]"));
    *many = true;
    if (end < 1 || !add_named(s, str_slice(r->s, r->at + 1, r->at + (size_t)end)))
        return false;
    r->at += (size_t)end + 2;
    return true;
}

/* Behind the [. */
static bool read_class(struct reader *r, struct set *out)
{
    struct set s = {{false}};
    bool other = next_is(r, '^'), many;
    char from, to;
    r->at += other;
    for (bool first = true; first || !next_is(r, ']'); first = false) {
        if (r->at >= r->s.n || !class_item(r, &s, &from, &many))
            return false;
        to = from;
        bool range = next_is(r, '-') && r->at + 1 < r->s.n && r->s.p[r->at + 1] != ']';
        if (range && many)
            return false;
        if (range) {
            r->at++;
            if (!class_item(r, &s, &to, &many) || many || to < from)
                return false;
        }
        if (!many)
            add_range(&s, from, to);
    }
    r->at++;
    if (other)
        add_other(out, &s);
    else
        *out = s;
    return true;
}

/* As a bracket in which nothing is special: ] first, then all but [ ^ -, which come last. */
static bool put_set(struct buf *b, const struct set *s)
{
    size_t before = b->n;
    buf_char(b, '[');
    if (s->has[']'])
        buf_char(b, ']');
    for (int c = 1; c < 128; c++)
        if (s->has[c] && c != ']' && c != '[' && c != '^' && c != '-')
            buf_char(b, (char)c);
    if (s->has['['])
        buf_char(b, '[');
    bool alone = b->n == before + 1;
    if (alone && s->has['-'])
        buf_char(b, '-');
    alone = b->n == before + 1;
    if (alone && s->has['^']) {
        b->n = before;
        buf_str(b, S("\\^"));
        return true;
    }
    if (s->has['^'])
        buf_char(b, '^');
    if (s->has['-'] && b->p[before + 1] != '-')
        buf_char(b, '-');
    if (b->n == before + 1)
        return false; /* nothing at all */
    buf_char(b, ']');
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* {2}, {2,} or {2,5}; a brace that is none is a character. */
static bool read_repeat(struct reader *r, struct str *braces)
{
    size_t i = r->at + 1, digits = 0;
    int64_t low = 0, high = 0;
    bool comma = false;
    for (; i < r->s.n && r->s.p[i] != '}'; i++) {
        char c = r->s.p[i];
        if (c == ',' && !comma && digits) {
            comma = true;
            low = high;
            high = digits = 0;
        } else if (c >= '0' && c <= '9' && digits < 4) {
            high = 10 * high + (c - '0');
            digits++;
        } else {
            return false;
        }
    }
    bool open = comma && digits == 0;
    if (i >= r->s.n || (!digits && !open) || (comma && !open && high < low))
        return false;
    *braces = str_slice(r->s, r->at, i + 1);
    r->repeat *= MAX(MAX(low, high), 1);
    return true;
}

static bool put_repeat(struct reader *r, struct str what)
{
    if (!r->had || r->repeated || r->anchor || r->repeat > PATTERN_REPEAT_MAX)
        return false;
    buf_str(r->out, what);
    r->at += what.n;
    r->at += next_is(r, '?'); /* as few as possible: whether it is found is the same */
    r->repeated = true;
    return true;
}

static bool put_atom(struct reader *r)
{
    struct set s = {{false}};
    char c = r->s.p[r->at++], one;
    bool many = false;
    r->had = true;
    r->repeated = r->anchor = false;
    if (c == '[')
        return read_class(r, &s) && put_set(r->out, &s);
    if (c == '\\') {
        if (!escaped(r, &s, &one, &many))
            return false;
        c = one;
    } else if (c == '.' || c == '^' || c == '$') {
        r->anchor = c != '.';
        buf_char(r->out, c);
        return true;
    }
    if (!many)
        s.has[(int)c] = true;
    return put_set(r->out, &s);
}

static bool put_group(struct reader *r, char c)
{
    r->at++;
    buf_char(r->out, c);
    if (c == '(') {
        if (next_is(r, '?')) {
            r->at++;
            if (!next_is(r, ':'))
                return false; /* flags, names */
            r->at++;
        }
        r->had = false;
        return true;
    }
    bool had = r->had;
    r->had = c == ')';
    r->repeated = r->anchor = false;
    return had; /* an empty alternative is nobody's word */
}

static bool translate(struct reader *r)
{
    while (r->at < r->s.n) {
        struct str braces;
        char c = r->s.p[r->at];
        bool ok;
        if (c <= 0) /* NUL, and what is not ASCII */
            return false;
        if (c == '(' || c == ')' || c == '|')
            ok = put_group(r, c);
        else if (c == '*' || c == '+' || c == '?')
            ok = put_repeat(r, str_slice(r->s, r->at, r->at + 1));
        else if (c == '{' && read_repeat(r, &braces))
            ok = put_repeat(r, braces);
        else
            ok = put_atom(r);
        if (!ok)
            return false;
    }
    return r->had;
}

/* The texts for which both agree: ASCII, one line. */
static bool plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0 || s.p[i] == '\n')
            return false;
    return true;
}

enum pattern_answer pattern_find(struct arena *a, struct str pattern, struct str text)
{
    struct buf b;
    regex_t re;
    enum pattern_answer answer = PATTERN_UNSURE;
    if (pattern.n > PATTERN_BYTES_MAX || !plain(pattern) || !plain(text))
        return answer;
    buf_init(&b, MIB);
    struct reader r = {.s = pattern, .out = &b, .repeat = 1};
    if (translate(&r) && regcomp(&re, str_cstr(a, buf_view(&b)), REG_EXTENDED | REG_NOSUB) == 0) {
        int found = regexec(&re, str_cstr(a, text), 0, NULL, 0);
        answer = found == 0             ? PATTERN_FOUND
                 : found == REG_NOMATCH ? PATTERN_ABSENT
                                        : PATTERN_UNSURE;
        regfree(&re);
    }
    buf_release(&b);
    return answer;
}
