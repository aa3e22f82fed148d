/* filter_parse: from text to nodes. The depth of the recursion is bounded by FILTER_DEPTH_MAX. */
#include <string.h>

#include "base/limits.h"
#include "model/filter.h"
#include "text/decimal.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"

enum token { END, NAME, TEXT, NUMBER, SIGN, BROKEN };

struct parser {
    struct arena *a;
    struct str text;
    size_t at; /* behind the token */
    enum token token;
    struct str word; /* the token; of TEXT what is between the quotes, doubled ones as they are */
    size_t from;     /* where it begins */
    struct filter *f;
    size_t depth;
    struct err *e;
};

static size_t column_of(const struct parser *p)
{
    return text_chars(str_slice(p->text, 0, p->from)) + 1;
}

static bool fail(struct parser *p, const char *expected)
{
    struct str shown = text_cut_chars(str_slice(p->text, p->from, p->text.n), 30);
    if (p->token == END)
        err_set(p->e, ERR_USAGE, "bad_filter", "column %zu: %s expected, and the filter ends",
                column_of(p), expected);
    else
        err_set(p->e, ERR_USAGE, "bad_filter", "column %zu: %s expected at \"%.*s\"", column_of(p),
                expected, STR_ARG(shown));
    err_rule(p->e, "S2.3");
    return err_hint(p->e, "such as: Type = 'Customer' and not (OwnerId = '0055e000001AbCdEFG' or"
                          " AnnualRevenue < 1000)");
}

static bool too_large(struct parser *p, const char *what, size_t most)
{
    err_set(p->e, ERR_USAGE, "filter_too_large", "column %zu: more than %zu %s in a filter",
            column_of(p), most, what);
    return err_rule(p->e, "S2.3");
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A date is read as a number's characters: what it is shows when it is taken as a value. */
static bool number_char(char c)
{
    return digit(c) || letter(c) || c == '.' || c == '-' || c == ':' || c == '+';
}

static void quoted(struct parser *p, char quote)
{
    size_t i = p->from + 1;
    for (; i < p->text.n; i++) {
        if (p->text.p[i] != quote)
            continue;
        if (i + 1 == p->text.n || p->text.p[i + 1] != quote)
            break;
        i++;
    }
    p->token = i < p->text.n ? TEXT : BROKEN;
    p->word = str_slice(p->text, p->from + 1, i);
    p->at = MIN(i + 1, p->text.n);
}

static void next(struct parser *p)
{
    struct str s = p->text;
    while (p->at < s.n && strchr(" \t\r\n", s.p[p->at]) && s.p[p->at])
        p->at++;
    p->from = p->at;
    if (p->at == s.n) {
        p->token = END;
        p->word = S("");
        return;
    }
    char c = s.p[p->at], after = p->at + 1 < s.n ? s.p[p->at + 1] : 0;
    if (c == '\'' || c == '"') {
        quoted(p, c);
        return;
    }
    size_t to = p->at + 1;
    if (letter(c)) {
        p->token = NAME;
        while (to < s.n && (letter(s.p[to]) || digit(s.p[to]) || s.p[to] == '.'))
            to++;
    } else if (digit(c) || (c == '-' && digit(after))) {
        p->token = NUMBER;
        while (to < s.n && number_char(s.p[to]))
            to++;
    } else {
        p->token = strchr("=!<>(),", c) && c ? SIGN : BROKEN;
        to += (c == '!' || c == '<' || c == '>') && after == '=';
        to += c == '<' && after == '>';
    }
    p->word = str_slice(s, p->at, to);
    p->at = to;
}

static bool is(const struct parser *p, const char *word)
{
    return (p->token == NAME || p->token == SIGN) && str_eq_nocase(p->word, str_from(word));
}

static bool accept(struct parser *p, const char *word)
{
    if (!is(p, word))
        return false;
    next(p);
    return true;
}

static bool expect(struct parser *p, const char *word, const char *said)
{
    return accept(p, word) || fail(p, said);
}

static bool add_node(struct parser *p, struct filter_node n, size_t *out)
{
    if (p->f->nodes == FILTER_NODES_MAX)
        return too_large(p, "comparisons and joins", FILTER_NODES_MAX);
    *out = p->f->nodes;
    p->f->node[p->f->nodes++] = n;
    return true;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Doubled quotes become one. */
static struct str unquoted(struct arena *a, struct str raw, char quote)
{
    char *out = arena_bytes(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        out[n++] = raw.p[i];
        i += raw.p[i] == quote;
    }
    return text_normal(a, (struct str){out, n});
}

static bool value(struct parser *p, struct filter_value *out)
{
    int64_t ms;
    *out = (struct filter_value){.column = column_of(p)};
    if (p->token == TEXT) {
        out->text = unquoted(p->a, p->word, p->text.p[p->from]);
        out->fold = text_fold(p->a, out->text);
        if (!out->text.n)
            return fail(p, "a value that is not empty (a blank one: FIELD is blank)");
    } else if (is(p, "true") || is(p, "false")) {
        out->kind = FILTER_BOOL;
        out->text = is(p, "true") ? S("true") : S("");
    } else if (p->token == NUMBER) {
        struct str number = decimal_canonical(p->a, p->word, -1);
        if (number.p) {
            out->kind = FILTER_NUMBER;
            out->text = number;
        } else if (p->word.n >= 10 && p->word.p[4] == '-' && iso_parse_ms(p->word, &ms)) {
            out->kind = p->word.n == 10 ? FILTER_DATE : FILTER_TIME;
            out->text =
                p->word.n == 10 ? str_dup(p->a, p->word) : str_fmt(p->a, "%lld", (long long)ms);
        } else {
            return fail(p, "a number, or a date as 2026-11-23 or 2026-11-23T16:24:09Z,");
        }
    } else {
        return fail(p, "a value ('text', a number, a date, true or false)");
    }
    next(p);
    return true;
}

#define IN_VALUES_MAX 1000

static bool value_list(struct parser *p, struct filter_term *t)
{
    struct filter_value *v = ARENA_ARRAY(p->a, struct filter_value, IN_VALUES_MAX);
    t->value = v;
    if (!expect(p, "(", "\"(\" after \"in\""))
        return false;
    do {
        if (t->values == IN_VALUES_MAX)
            return too_large(p, "values of one \"in\"", IN_VALUES_MAX);
        if (!value(p, &v[t->values++]))
            return false;
    } while (accept(p, ","));
    return expect(p, ")", "\",\" or \")\"");
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum filter_op op;
    bool negated, word_op; /* word_op: "not" may stand before it */
} operators[] = {
    {"=", FILTER_EQ, false, false},
    {"!=", FILTER_EQ, true, false},
    {"<>", FILTER_EQ, true, false},
    {"<", FILTER_LT, false, false},
    {"<=", FILTER_LE, false, false},
    {">", FILTER_GT, false, false},
    {">=", FILTER_GE, false, false},
    {"contains", FILTER_CONTAINS, false, true},
    {"starts", FILTER_STARTS, false, true},
    {"ends", FILTER_ENDS, false, true},
    {"includes", FILTER_INCLUDES, false, true},
};

static bool operation(struct parser *p, struct filter_term *t)
{
    if (accept(p, "is")) {
        t->op = FILTER_BLANK;
        t->negated = accept(p, "not");
        return expect(p, "blank", "\"blank\"");
    }
    bool negated = accept(p, "not");
    if (accept(p, "in")) {
        t->op = FILTER_EQ;
        t->negated = negated;
        return value_list(p, t);
    }
    for (size_t i = 0; i < LEN(operators); i++) {
        if (!is(p, operators[i].word) || (negated && !operators[i].word_op))
            continue;
        next(p);
        if (operators[i].word_op)
            accept(p, "with"); /* "starts with" reads better */
        t->op = operators[i].op;
        t->negated = negated || operators[i].negated;
        t->value = ARENA_NEW(p->a, struct filter_value);
        t->values = 1;
        return value(p, t->value);
    }
    return fail(p, "a comparison (=, !=, <, <=, >, >=, in, contains, starts, ends, includes, is"
                   " blank)");
}

static bool reserved(const struct parser *p)
{
    static const char *const words[] = {"and", "or", "not", "in", "is", "true", "false", "blank"};
    for (size_t i = 0; i < LEN(words); i++)
        if (is(p, words[i]))
            return true;
    return false;
}

static bool comparison(struct parser *p, size_t *out)
{
    if (p->token != NAME || reserved(p))
        return fail(p, "a field");
    if (str_find_char(p->word, '.') >= 0)
        return fail(p, "a field of the account itself");
    struct filter_term t = {
        .field = str_dup(p->a, p->word), .column = column_of(p), .map = SIZE_MAX};
    next(p);
    if (!operation(p, &t))
        return false;
    if (!add_node(p, (struct filter_node){.join = FILTER_TERM, .left = p->f->terms}, out))
        return false;
    p->f->term[p->f->terms++] = t;
    return true;
}

/* ---- joins ----------------------------------------------------------------------------------- */

static bool any_of(struct parser *p, size_t *out);

static bool one(struct parser *p, size_t *out)
{
    size_t inner;
    bool ok;
    if (p->depth == FILTER_DEPTH_MAX)
        return too_large(p, "levels", FILTER_DEPTH_MAX);
    p->depth++;
    if (accept(p, "not"))
        ok = one(p, &inner) &&
             add_node(p, (struct filter_node){.join = FILTER_NOT, .left = inner}, out);
    else if (accept(p, "("))
        ok = any_of(p, out) && expect(p, ")", "\"and\", \"or\" or \")\"");
    else
        ok = comparison(p, out);
    p->depth--;
    return ok;
}

static bool all_of(struct parser *p, size_t *out)
{
    size_t right;
    if (!one(p, out))
        return false;
    while (accept(p, "and"))
        if (!one(p, &right) || !add_node(p, (struct filter_node){FILTER_AND, *out, right}, out))
            return false;
    return true;
}

static bool any_of(struct parser *p, size_t *out)
{
    size_t right;
    if (!all_of(p, out))
        return false;
    while (accept(p, "or"))
        if (!all_of(p, &right) || !add_node(p, (struct filter_node){FILTER_OR, *out, right}, out))
            return false;
    return true;
}

bool filter_parse(struct arena *a, struct str text, struct filter *out, struct err *e)
{
    size_t whole;
    struct parser p = {.a = a, .text = text, .f = out, .e = e};
    *out = (struct filter){.node = ARENA_ARRAY(a, struct filter_node, FILTER_NODES_MAX),
                           .term = ARENA_ARRAY(a, struct filter_term, FILTER_NODES_MAX)};
    if (text.n > FILTER_BYTES_MAX)
        return too_large(&p, "characters", FILTER_BYTES_MAX);
    if (!text_valid(text)) {
        err_set(e, ERR_USAGE, "bad_filter", "the filter is not UTF-8 text");
        return err_rule(e, "S2.3");
    }
    next(&p);
    return any_of(&p, &whole) && (p.token == END || fail(&p, "\"and\", \"or\" or the end"));
}
