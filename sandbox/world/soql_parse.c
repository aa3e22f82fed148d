/* soql_parse: text to tree, and names to fields (SF 5.2, 18.14). */
#include <stdlib.h>
#include <string.h>

#include "sandbox/world/soql_p.h"
#include "text/iso8601.h"
#include "text/sfid.h"

struct parser {
    struct arena *a;
    struct str whole, rest;
    struct str why;
    int depth;
};

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

static void blanks(struct parser *p)
{
    while (p->rest.n && p->rest.p[0] && strchr(" \t\r\n", p->rest.p[0]))
        p->rest = str_slice(p->rest, 1, p->rest.n);
}

/* The first trouble, as the service words it, with its place. */
static bool fail(struct parser *p, const char *what)
{
    if (p->why.n)
        return false;
    size_t at = p->whole.n - p->rest.n, n = 0, from = at > 20 ? at - 20 : 0;
    while (n < p->rest.n && n < 40 && word_char(p->rest.p[n]))
        n++;
    struct str token = p->rest.n ? str_slice(p->rest, 0, n ? n : 1) : S("<EOF>");
    p->why = str_fmt(p->a, "\n%.*s\n%*s^\nERROR at Row:1:Column:%zu\n%s: '%.*s'",
                     STR_ARG(str_slice(p->whole, from, at + 20)), (int)(at - from), "", at + 1,
                     what ? what : "unexpected token", STR_ARG(token));
    return false;
}

static bool peek_word(struct parser *p, struct str *out)
{
    size_t n = 0;
    blanks(p);
    while (n < p->rest.n && word_char(p->rest.p[n]))
        n++;
    *out = str_slice(p->rest, 0, n);
    return n > 0;
}

static bool is_reserved(struct str w)
{
    static const char *const words[] = {"SELECT", "FROM",   "WHERE", "AND",   "OR",
                                        "NOT",    "IN",     "LIKE",  "ORDER", "BY",
                                        "LIMIT",  "OFFSET", "NULLS", "GROUP", "HAVING"};
    for (size_t i = 0; i < LEN(words); i++)
        if (str_eq_nocase(w, str_from(words[i])))
            return true;
    return false;
}

static bool word(struct parser *p, struct str *out)
{
    if (!peek_word(p, out) || is_reserved(*out) || (out->p[0] >= '0' && out->p[0] <= '9'))
        return fail(p, NULL);
    p->rest = str_slice(p->rest, out->n, p->rest.n);
    return true;
}

static bool keyword(struct parser *p, const char *k)
{
    struct str w;
    if (!peek_word(p, &w) || !str_eq_nocase(w, str_from(k)))
        return false;
    p->rest = str_slice(p->rest, w.n, p->rest.n);
    return true;
}

static bool symbol(struct parser *p, const char *s)
{
    blanks(p);
    if (!str_starts(p->rest, str_from(s)))
        return false;
    p->rest = str_slice(p->rest, strlen(s), p->rest.n);
    return true;
}

static bool must(struct parser *p, bool had)
{
    return had || fail(p, NULL);
}

/* ---- literals -------------------------------------------------------------------------------- */

static size_t put_utf8(char *to, unsigned c)
{
    if (c < 0x80)
        return to[0] = (char)c, 1;
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    to[0] = (char)(0xe0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 63));
    to[2] = (char)(0x80 | (c & 63));
    return 3;
}

static bool hex4(struct str s, size_t at, unsigned *out)
{
    *out = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = i < s.n ? s.p[i] : '?';
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return false;
        *out = *out << 4 | (unsigned)d;
    }
    return true;
}

/* In a pattern, \_ and \% keep their backslash: the matcher needs to know. */
static bool string_literal(struct parser *p, bool pattern, struct soql_value *out)
{
    static const char from[] = "ntrbfNTRBF\\'\"", to[] = "\n\t\r\b\f\n\t\r\b\f\\'\"";
    char *text = arena_bytes(p->a, p->rest.n + 1);
    size_t n = 0, i = 1;
    for (; i < p->rest.n && p->rest.p[i] != '\''; i++) {
        char c = p->rest.p[i];
        unsigned code;
        if (c != '\\') {
            text[n++] = c;
            continue;
        }
        if (++i == p->rest.n)
            break;
        c = p->rest.p[i];
        const char *at = c ? strchr(from, c) : NULL;
        if ((c == 'u' || c == 'U') && hex4(p->rest, i + 1, &code)) {
            n += put_utf8(text + n, code);
            i += 4;
        } else if (at && !(pattern && c == '\\')) {
            text[n++] = to[at - from];
        } else if (pattern && (c == '_' || c == '%' || c == '\\')) {
            text[n++] = '\\';
            text[n++] = c;
        } else {
            p->rest = str_slice(p->rest, i - 1, p->rest.n);
            return fail(p, "Illegal string literal: Invalid escape sequence");
        }
    }
    if (i >= p->rest.n)
        return fail(p, "unexpected end of string");
    p->rest = str_slice(p->rest, i + 1, p->rest.n);
    *out = (struct soql_value){.kind = LIT_TEXT, .text = {text, n}};
    return n <= 4000 || fail(p, "string literal too long");
}

static bool literal(struct parser *p, bool pattern, struct soql_value *out)
{
    char *end;
    blanks(p);
    if (p->rest.n && p->rest.p[0] == '\'')
        return string_literal(p, pattern, out);
    size_t n = 0;
    while (n < p->rest.n &&
           (word_char(p->rest.p[n]) || (p->rest.p[n] && strchr("+-:", p->rest.p[n]))))
        n++;
    struct str t = str_slice(p->rest, 0, n);
    bool dashes = n >= 10 && t.p[4] == '-' && t.p[7] == '-';
    *out = (struct soql_value){.text = t};
    char *number = str_cstr(p->a, str_slice(t, 0, 60));
    if (str_eq_nocase(t, S("null")))
        out->kind = LIT_NULL;
    else if (str_eq_nocase(t, S("true")) || str_eq_nocase(t, S("false")))
        out->kind = LIT_BOOL;
    else if (dashes && iso_parse_ms(t, &out->ms))
        out->kind = n == 10 ? LIT_DATE : LIT_TIME;
    else if (n && n < 60 && !dashes && strchr("+-.0123456789", t.p[0]) &&
             (out->number = strtod(number, &end), *end == '\0'))
        out->kind = LIT_NUMBER;
    else
        return fail(p, NULL);
    p->rest = str_slice(p->rest, n, p->rest.n);
    return true;
}

/* ---- WHERE ----------------------------------------------------------------------------------- */

static bool list(struct parser *p, struct soql_term *t)
{
    size_t room = 16;
    if (!symbol(p, "("))
        return fail(p, NULL);
    t->value = ARENA_ARRAY(p->a, struct soql_value, room);
    do {
        if (t->values == room) {
            struct soql_value *more = ARENA_ARRAY(p->a, struct soql_value, 2 * room);
            memcpy(more, t->value, room * sizeof(*more));
            t->value = more;
            room *= 2;
        }
        if (!literal(p, false, &t->value[t->values++]))
            return false;
    } while (symbol(p, ","));
    return must(p, symbol(p, ")"));
}

static bool comparison(struct parser *p, struct soql_term *t)
{
    static const struct {
        const char *s;
        enum soql_op op;
    } ops[] = {{"<=", OP_LE}, {">=", OP_GE}, {"!=", OP_NE}, {"<>", OP_NE},
               {"=", OP_EQ},  {"<", OP_LT},  {">", OP_GT}};
    if (!word(p, &t->ref.text))
        return false;
    if (keyword(p, "LIKE"))
        t->op = OP_LIKE;
    else if (keyword(p, "IN"))
        return t->op = OP_IN, list(p, t);
    else if (keyword(p, "NOT"))
        return t->op = OP_NOT_IN, must(p, keyword(p, "IN")) && list(p, t);
    else {
        size_t i = 0;
        while (i < LEN(ops) && !symbol(p, ops[i].s))
            i++;
        if (i == LEN(ops))
            return fail(p, NULL);
        t->op = ops[i].op;
    }
    t->value = ARENA_NEW(p->a, struct soql_value);
    t->values = 1;
    return literal(p, t->op == OP_LIKE, t->value);
}

static bool condition(struct parser *p, struct soql_term **out);

static bool term(struct parser *p, struct soql_term **out)
{
    struct soql_term *t = ARENA_NEW(p->a, struct soql_term);
    *out = t;
    if (++p->depth > 500)
        return fail(p, "query too complicated");
    if (keyword(p, "NOT"))
        return t->op = OP_NOT, term(p, &t->left);
    if (symbol(p, "("))
        return condition(p, out) && must(p, symbol(p, ")"));
    return comparison(p, t);
}

/* AND and OR in one condition want parentheses, there as here. */
static bool condition(struct parser *p, struct soql_term **out)
{
    if (!term(p, out))
        return false;
    bool both_and = keyword(p, "AND"), both_or = !both_and && keyword(p, "OR");
    for (bool more = both_and || both_or; more; more = keyword(p, both_and ? "AND" : "OR")) {
        struct soql_term *t = ARENA_NEW(p->a, struct soql_term);
        t->op = both_and ? OP_AND : OP_OR;
        t->left = *out;
        if (!term(p, &t->right))
            return false;
        *out = t;
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A field, or COUNT(field). */
static bool selected(struct parser *p, struct soql_ref *out)
{
    struct parser save = *p;
    out->counted = keyword(p, "COUNT") && symbol(p, "(");
    if (!out->counted)
        *p = save;
    return word(p, &out->text) && (!out->counted || must(p, symbol(p, ")")));
}

static bool select_list(struct parser *p, struct soql *q)
{
    if (!keyword(p, "SELECT"))
        return fail(p, NULL);
    struct parser save = *p;
    if (keyword(p, "COUNT") && symbol(p, "(") && symbol(p, ")"))
        return q->count = true;
    *p = save;
    q->select = ARENA_ARRAY(p->a, struct soql_ref, SOQL_FIELDS_MAX);
    do {
        if (q->fields == SOQL_FIELDS_MAX)
            return fail(p, "too many fields");
        if (!selected(p, &q->select[q->fields]))
            return false;
        q->aggregate = q->aggregate || q->select[q->fields].counted;
        q->fields++;
    } while (symbol(p, ","));
    return true;
}

static bool order_by(struct parser *p, struct soql *q)
{
    if (!keyword(p, "BY"))
        return fail(p, NULL);
    do {
        if (q->orders == LEN(q->order) || !word(p, &q->order[q->orders].ref.text))
            return fail(p, NULL);
        q->order[q->orders].descending = keyword(p, "DESC");
        if (!q->order[q->orders].descending)
            (void)keyword(p, "ASC");
        if (keyword(p, "NULLS")) {
            q->order[q->orders].nulls_last = keyword(p, "LAST");
            if (!q->order[q->orders].nulls_last && !keyword(p, "FIRST"))
                return fail(p, NULL);
        }
        q->orders++;
    } while (symbol(p, ","));
    return true;
}

static bool whole_number(struct parser *p, int64_t *out)
{
    struct str w;
    if (!peek_word(p, &w) || !str_to_i64(w, out) || *out < 0)
        return fail(p, NULL);
    p->rest = str_slice(p->rest, w.n, p->rest.n);
    return true;
}

bool soql_parse(struct arena *a, struct str text, struct soql *q, struct soql_why *why)
{
    struct parser p = {.a = a, .whole = text, .rest = text};
    *q = (struct soql){.limit = -1};
    bool ok = text.n <= SOQL_BYTES_MAX || fail(&p, "query too long");
    ok = ok && select_list(&p, q) && must(&p, keyword(&p, "FROM")) && word(&p, &q->object) &&
         (!keyword(&p, "WHERE") || condition(&p, &q->where)) &&
         (!keyword(&p, "ORDER") || order_by(&p, q)) &&
         (!keyword(&p, "LIMIT") || whole_number(&p, &q->limit)) &&
         (!keyword(&p, "OFFSET") || whole_number(&p, &q->offset));
    blanks(&p);
    if (ok && p.rest.n)
        ok = fail(&p, NULL);
    if (!ok)
        *why = (struct soql_why){"MALFORMED_QUERY", p.why};
    return ok;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool refuse(struct soql_why *why, const char *code, struct str message)
{
    *why = (struct soql_why){code, message};
    return false;
}

static bool resolve(struct sf_org *o, struct arena *a, const struct soql *q, struct soql_ref *r,
                    struct soql_why *why)
{
    struct str rest = r->text, part;
    const struct sf_object *obj = q->obj;
    if (str_starts(rest, str_fmt(a, "%s.", obj->name)))
        rest = str_slice(rest, strlen(obj->name) + 1, rest.n);
    for (;;) {
        str_cut(&rest, '.', &part);
        if (!rest.p)
            break;
        const struct sf_field *hop = NULL;
        for (size_t i = 0; i < obj->fields && !hop; i++)
            if (obj->field[i].relationship && !(obj->field[i].flags & SF_HIDDEN) &&
                str_eq_nocase(part, str_from(obj->field[i].relationship)))
                hop = &obj->field[i];
        struct sf_object *to = hop ? sf_object_named(o, str_from(hop->refers_to)) : NULL;
        if (!to || r->hops == SOQL_HOPS_MAX)
            return refuse(
                why, "INVALID_FIELD",
                str_fmt(a,
                        "\nDidn't understand relationship '%.*s' in field path. If you are "
                        "attempting to use a custom relationship, be sure to append the "
                        "'__r' after the custom relationship name. Please reference your "
                        "WSDL or the describe call for the appropriate names.",
                        STR_ARG(part)));
        r->hop[r->hops] = hop;
        r->over[r->hops++] = to;
        obj = to;
    }
    r->obj = obj;
    r->field = sf_field_named(obj, part);
    if (r->field)
        return true;
    ptrdiff_t at = 0;
    return refuse(
        why, "INVALID_FIELD",
        str_fmt(a,
                "\nSELECT %.*s FROM %s\n       ^\nERROR at Row:1:Column:%td\nNo such column "
                "'%.*s' on entity '%s'. If you are attempting to use a custom field, be "
                "sure to append the '__c' after the custom field name. Please reference "
                "your WSDL or the describe call for the appropriate names.",
                STR_ARG(r->text), obj->name, at + 8, STR_ARG(part), obj->name));
}

static bool wrong_type(struct arena *a, const struct sf_field *f, const char *type, bool quotes,
                       struct soql_why *why)
{
    return refuse(
        why, "INVALID_FIELD",
        str_fmt(a,
                "value of filter criterion for field '%s' must be of type %s and should %sbe "
                "enclosed in quotes",
                f->name, type, quotes ? "" : "not "));
}

static bool check_value(struct arena *a, const struct sf_field *f, struct soql_value *v,
                        struct soql_why *why)
{
    if (v->kind == LIT_NULL)
        return true;
    switch (f->kind) {
    case SF_DATETIME:
        return v->kind == LIT_TIME || wrong_type(a, f, "dateTime", false, why);
    case SF_DATE:
        return v->kind == LIT_DATE || wrong_type(a, f, "date", false, why);
    case SF_NUMBER:
    case SF_INT:
        return v->kind == LIT_NUMBER ||
               wrong_type(a, f, f->kind == SF_INT ? "int" : "double", false, why);
    case SF_BOOL:
        return v->kind == LIT_BOOL || wrong_type(a, f, "boolean", false, why);
    case SF_ID:
        if (v->kind != LIT_TEXT)
            return wrong_type(a, f, "id", true, why);
        if (v->text.n && !sfid18(a, v->text).p)
            return refuse(why, "INVALID_QUERY_FILTER_OPERATOR",
                          str_fmt(a, "\ninvalid ID field: %.*s", STR_ARG(v->text)));
        return true;
    case SF_TEXT:
    case SF_OBJECT:
        break;
    }
    return v->kind == LIT_TEXT || wrong_type(a, f, "string", true, why);
}

static bool resolve_where(struct sf_org *o, struct arena *a, const struct soql *q,
                          struct soql_term *t, struct soql_why *why)
{
    if (!t)
        return true;
    if (t->op <= OP_NOT)
        return resolve_where(o, a, q, t->left, why) && resolve_where(o, a, q, t->right, why);
    if (!resolve(o, a, q, &t->ref, why))
        return false;
    const struct sf_field *f = t->ref.field;
    if (f->flags & (SF_NO_FILTER | SF_COMPOUND))
        return refuse(why, "INVALID_FIELD",
                      str_fmt(a, "field '%s' can not be filtered in a query call", f->name));
    if (t->op == OP_LIKE && f->kind != SF_TEXT)
        return refuse(why, "INVALID_QUERY_FILTER_OPERATOR",
                      str_fmt(a, "invalid operator on %s field", f->type));
    for (size_t i = 0; i < t->values; i++)
        if (!check_value(a, f, &t->value[i], why))
            return false;
    return true;
}

bool soql_aggregatable(const struct sf_field *f)
{
    return !(f->flags & (SF_NO_FILTER | SF_COMPOUND)) && f->kind != SF_BOOL &&
           strcmp(f->type, "multipicklist") != 0;
}

/* Without GROUP BY, which is not in the subset, all is counted or nothing. */
static bool check_counted(struct arena *a, const struct soql *q, struct soql_why *why)
{
    for (size_t i = 0; q->aggregate && i < q->fields; i++) {
        const struct soql_ref *r = &q->select[i];
        if (!r->counted)
            return refuse(
                why, "MALFORMED_QUERY",
                str_fmt(a, "\nField must be grouped or aggregated: %.*s", STR_ARG(r->text)));
        if (!soql_aggregatable(r->field))
            return refuse(
                why, "MALFORMED_QUERY",
                str_fmt(a, "\nfield %s does not support aggregate operator COUNT", r->field->name));
    }
    return true;
}

bool soql_resolve(struct sf_org *o, struct arena *a, struct soql *q, struct soql_why *why)
{
    q->obj = sf_object_named(o, q->object);
    if (!q->obj)
        return refuse(
            why, "INVALID_TYPE",
            str_fmt(a,
                    "sObject type '%.*s' is not supported. If you are attempting to use a "
                    "custom object, be sure to append the '__c' after the entity name. "
                    "Please reference your WSDL or the describe call for the appropriate "
                    "names.",
                    STR_ARG(q->object)));
    for (size_t i = 0; i < q->fields; i++)
        if (!resolve(o, a, q, &q->select[i], why))
            return false;
    if (!check_counted(a, q, why))
        return false;
    for (size_t i = 0; i < q->orders; i++) {
        if (!resolve(o, a, q, &q->order[i].ref, why))
            return false;
        if (q->order[i].ref.field->flags & (SF_NO_FILTER | SF_COMPOUND))
            return refuse(why, "INVALID_FIELD",
                          str_fmt(a, "field '%s' can not be sorted in a query call",
                                  q->order[i].ref.field->name));
    }
    if (q->offset > 2000)
        return refuse(why, "NUMBER_OUTSIDE_VALID_RANGE", S("Maximum SOQL offset allowed is 2000"));
    return resolve_where(o, a, q, q->where, why);
}
