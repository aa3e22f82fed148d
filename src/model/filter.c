/* filter: what a parsed filter says of an account; how it is settled by the metadata, and shown. */
#include "model/filter.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/near.h"
#include "text/decimal.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"

/* ---- an account ------------------------------------------------------------------------------ */

static int64_t day_of(int64_t ms)
{
    return ms >= 0 ? ms / MS_DAY : (ms - MS_DAY + 1) / MS_DAY;
}

static int sign(int64_t n)
{
    return n < 0 ? -1 : n > 0;
}

/* How a field's text compares with a value: false = not at all (a text beside a number). */
static bool compare(struct arena *a, struct str text, const struct filter_value *v, int *out)
{
    int64_t have, want;
    switch (v->kind) {
    case FILTER_NUMBER: {
        struct str number = decimal_canonical(a, text, -1);
        if (!number.p)
            return false;
        *out = decimal_cmp(number, v->text);
        return true;
    }
    case FILTER_DATE:
    case FILTER_TIME:
        if (!iso_parse_ms(text, &have) || !iso_parse_ms(v->text, &want))
            return false;
        *out = v->kind == FILTER_DATE ? sign(day_of(have) - day_of(want)) : sign(have - want);
        return true;
    case FILTER_BOOL:
        *out = str_eq(text, v->text) ? 0 : 1;
        return true;
    case FILTER_TEXT:
        break;
    }
    *out = sign(str_cmp(text_fold(a, text), v->fold));
    return true;
}

static bool includes(struct arena *a, struct str text, const struct filter_value *v)
{
    struct str rest = text, part;
    while (str_cut(&rest, ';', &part))
        if (str_eq(text_fold(a, str_trim(part)), v->fold))
            return true;
    return false;
}

static bool holds(struct arena *a, const struct filter_term *t, struct str text)
{
    int c;
    if (t->op == FILTER_EQ) {
        for (size_t i = 0; i < t->values; i++)
            if (compare(a, text, &t->value[i], &c) && c == 0)
                return true;
        return false;
    }
    switch (t->op) {
    case FILTER_CONTAINS:
        return str_find(text_fold(a, text), t->value->fold) >= 0;
    case FILTER_STARTS:
        return str_starts(text_fold(a, text), t->value->fold);
    case FILTER_ENDS:
        return str_ends(text_fold(a, text), t->value->fold);
    case FILTER_INCLUDES:
        return includes(a, text, t->value);
    default:
        break;
    }
    if (!compare(a, text, t->value, &c))
        return false;
    return t->op == FILTER_LT   ? c < 0
           : t->op == FILTER_LE ? c <= 0
           : t->op == FILTER_GT ? c > 0
                                : c >= 0;
}

static enum filter_answer answer(bool yes)
{
    return yes ? FILTER_YES : FILTER_NO;
}

static enum filter_answer term_eval(struct arena *a, const struct filter_term *t,
                                    const struct value *value)
{
    if (t->map == SIZE_MAX || !value_known(&value[t->map]))
        return FILTER_UNKNOWN;
    const struct value *v = &value[t->map];
    bool yes;
    if (t->op == FILTER_BLANK)
        yes = value_blank(v);
    else if (value_blank(v)) /* a checkbox's false is blank (S5.1); nothing else equals a blank */
        yes = t->values && t->value->kind == FILTER_BOOL && holds(a, t, S(""));
    else
        yes = holds(a, t, v->text);
    return answer(yes != t->negated);
}

static enum filter_answer join(enum filter_join how, enum filter_answer x, enum filter_answer y)
{
    enum filter_answer decides = how == FILTER_AND ? FILTER_NO : FILTER_YES;
    if (x == decides || y == decides)
        return decides;
    return x == FILTER_UNKNOWN || y == FILTER_UNKNOWN ? FILTER_UNKNOWN : x;
}

enum filter_answer filter_eval(struct arena *a, const struct filter *f, const struct value *value)
{
    enum filter_answer at[FILTER_NODES_MAX];
    if (f->nodes == 0)
        return FILTER_YES;
    for (size_t i = 0; i < f->nodes; i++) {
        const struct filter_node *n = &f->node[i];
        if (n->join == FILTER_TERM)
            at[i] = term_eval(a, &f->term[n->left], value);
        else if (n->join == FILTER_NOT)
            at[i] =
                at[n->left] == FILTER_UNKNOWN ? FILTER_UNKNOWN : answer(at[n->left] == FILTER_NO);
        else
            at[i] = join(n->join, at[n->left], at[n->right]);
    }
    return at[f->nodes - 1];
}

/* ---- fields ---------------------------------------------------------------------------------- */

size_t filter_fields(const struct filter *f, struct str *field)
{
    size_t n = 0;
    for (size_t i = 0; i < f->terms; i++) {
        bool seen = false;
        for (size_t k = 0; k < n; k++)
            seen = seen || str_eq_nocase(field[k], f->term[i].field);
        if (!seen)
            field[n++] = f->term[i].field;
    }
    return n;
}

void filter_bind(struct filter *f, const struct mappings *m)
{
    for (size_t i = 0; i < f->terms; i++) {
        f->term[i].map = SIZE_MAX;
        for (size_t k = 0; k < m->count; k++)
            if (str_eq_nocase(m->map[k].name[SIDE_SF], f->term[i].field))
                f->term[i].map = k;
    }
}

/* ---- by the metadata ------------------------------------------------------------------------- */

static bool refuse(const struct filter_term *t, size_t column, const char *why, struct err *e)
{
    err_set(e, ERR_USAGE, "bad_filter", "column %zu: %.*s %s", column, STR_ARG(t->field), why);
    err_rule(e, "S2.3");
    return err_subject(e, t->field);
}

static bool settle_field(struct arena *a, struct filter_term *t, const struct schema *s,
                         const struct field **out, struct err *e)
{
    *out = schema_find(s, t->field);
    if (!*out) /* RecordType, Owner, Parent */
        *out = schema_find(s, str_fmt(a, "%.*sId", STR_ARG(t->field)));
    if (!*out) {
        struct near near = near_to(t->field);
        for (size_t i = 0; i < s->count; i++)
            near_offer(&near, s->field[i].name);
        refuse(t, t->column, "is no field of Account that our user may read", e);
        return near_hint(e, &near, "use API names, such as Type, Industry, OwnerId, Region__c");
    }
    t->field = (*out)->name;
    if (!(*out)->readable || (*out)->type == FIELD_OTHER)
        return refuse(t, t->column, "cannot be compared: it is compound, binary or hidden", e);
    return true;
}

static bool settle_id(struct arena *a, const struct filter_term *t, const struct field *f,
                      struct filter_value *v, struct err *e)
{
    struct str id = v->kind == FILTER_TEXT ? sfid18(a, v->text) : STR_NONE;
    for (size_t i = 0; !id.p && i < f->options; i++)
        if (str_eq(text_fold(a, f->option[i].label), v->fold))
            id = sfid18(a, f->option[i].value);
    if (!id.p) {
        refuse(t, v->column, "takes an id of 15 or 18 characters", e);
        return f->options ? err_hint(e, "or one of the names that Salesforce lists for it") : false;
    }
    v->text = id;
    v->fold = text_fold(a, id);
    return true;
}

static bool settle_date(struct arena *a, const struct filter_term *t, struct filter_value *v,
                        struct err *e)
{
    int64_t ms;
    if (v->kind == FILTER_DATE || v->kind == FILTER_TIME)
        return true;
    if (v->kind != FILTER_TEXT || !iso_parse_ms(v->text, &ms))
        return refuse(t, v->column, "is a date: write it as 2026-11-23 or 2026-11-23T16:24:09Z", e);
    v->kind = v->text.n == 10 ? FILTER_DATE : FILTER_TIME;
    if (v->kind == FILTER_TIME)
        v->text = str_fmt(a, "%lld", (long long)ms);
    return true;
}

static bool settle_number(struct arena *a, const struct filter_term *t, struct filter_value *v,
                          struct err *e)
{
    struct str number = v->kind == FILTER_TEXT ? decimal_canonical(a, v->text, -1) : STR_NONE;
    if (v->kind == FILTER_NUMBER)
        return true;
    if (!number.p)
        return refuse(t, v->column, "is a number", e);
    v->kind = FILTER_NUMBER;
    v->text = number;
    return true;
}

static bool settle_value(struct arena *a, const struct filter_term *t, const struct field *f,
                         struct filter_value *v, struct err *e)
{
    switch (f->type) {
    case FIELD_REFERENCE:
    case FIELD_OWNER:
        return settle_id(a, t, f, v, e);
    case FIELD_NUMBER:
        return settle_number(a, t, v, e);
    case FIELD_DATE:
    case FIELD_DATETIME:
        return settle_date(a, t, v, e);
    case FIELD_BOOL:
        return v->kind == FILTER_BOOL ||
               refuse(t, v->column, "is a checkbox: compare it with true or false", e);
    default:
        break;
    }
    if (v->kind == FILTER_BOOL)
        return refuse(t, v->column, "is no checkbox: put the text into quotes", e);
    if (v->kind != FILTER_TEXT) { /* digits of a postal code */
        v->kind = FILTER_TEXT;
        v->fold = text_fold(a, v->text);
    }
    return true;
}

static bool settle_op(const struct filter_term *t, const struct field *f, struct err *e)
{
    bool text_op = t->op == FILTER_CONTAINS || t->op == FILTER_STARTS || t->op == FILTER_ENDS;
    bool order = t->op >= FILTER_LT && t->op <= FILTER_GE;
    bool textual = f->type != FIELD_NUMBER && f->type != FIELD_DATE && f->type != FIELD_DATETIME &&
                   f->type != FIELD_BOOL && f->type != FIELD_REFERENCE && f->type != FIELD_OWNER;
    if (t->op == FILTER_INCLUDES && f->type != FIELD_MULTI)
        return refuse(t, t->column, "holds one value: use = or in", e);
    if (f->type == FIELD_MULTI && t->op != FILTER_INCLUDES && t->op != FILTER_BLANK)
        return refuse(t, t->column, "holds several values: use includes", e);
    if (text_op && !textual)
        return refuse(t, t->column, "is no text: use =, <, > or in", e);
    if (order && (f->type == FIELD_BOOL || f->type == FIELD_REFERENCE || f->type == FIELD_OWNER))
        return refuse(t, t->column, "has no order: use = or in", e);
    return true;
}

bool filter_check(struct arena *a, struct filter *f, const struct schema *s, struct err *e)
{
    for (size_t i = 0; i < f->terms; i++) {
        struct filter_term *t = &f->term[i];
        const struct field *field;
        if (!settle_field(a, t, s, &field, e) || !settle_op(t, field, e))
            return false;
        for (size_t k = 0; k < t->values; k++)
            if (!settle_value(a, t, field, &t->value[k], e))
                return false;
    }
    return true;
}

/* ---- as text --------------------------------------------------------------------------------- */

static void print_value(struct arena *a, struct buf *b, const struct filter_value *v)
{
    int64_t ms;
    switch (v->kind) {
    case FILTER_NUMBER:
    case FILTER_DATE:
        buf_str(b, v->text);
        return;
    case FILTER_TIME:
        buf_str(b, iso_parse_ms(v->text, &ms) ? iso_ms(a, ms) : v->text);
        return;
    case FILTER_BOOL:
        buf_str(b, v->text.n ? S("true") : S("false"));
        return;
    case FILTER_TEXT:
        break;
    }
    buf_char(b, '\'');
    for (size_t i = 0; i < v->text.n; i++) {
        if (v->text.p[i] == '\'')
            buf_char(b, '\'');
        buf_char(b, v->text.p[i]);
    }
    buf_char(b, '\'');
}

static void print_term(struct arena *a, struct buf *b, const struct filter_term *t)
{
    static const char *const words[] = {
        [FILTER_EQ] = "=",           [FILTER_LT] = "<",      [FILTER_LE] = "<=",
        [FILTER_GT] = ">",           [FILTER_GE] = ">=",     [FILTER_CONTAINS] = "contains",
        [FILTER_STARTS] = "starts",  [FILTER_ENDS] = "ends", [FILTER_INCLUDES] = "includes",
        [FILTER_BLANK] = "is blank",
    };
    bool list = t->op == FILTER_EQ && t->values > 1;
    buf_fmt(b, "%.*s ", STR_ARG(t->field));
    if (t->op == FILTER_BLANK) {
        buf_str(b, t->negated ? S("is not blank") : S("is blank"));
        return;
    }
    if (t->op == FILTER_EQ && !list)
        buf_str(b, t->negated ? S("!=") : S("="));
    else
        buf_fmt(b, "%s%s", t->negated ? "not " : "", list ? "in" : words[t->op]);
    buf_str(b, list ? S(" (") : S(" "));
    for (size_t i = 0; i < t->values; i++) {
        if (i)
            buf_str(b, S(", "));
        print_value(a, b, &t->value[i]);
    }
    if (list)
        buf_char(b, ')');
}

/* The depth is the parser's. */
static void print_node(struct arena *a, struct buf *b, const struct filter *f, size_t i,
                       enum filter_join within)
{
    const struct filter_node *n = &f->node[i];
    if (n->join == FILTER_TERM) {
        print_term(a, b, &f->term[n->left]);
        return;
    }
    bool wrap = within == FILTER_NOT || (within == FILTER_AND && n->join == FILTER_OR);
    if (n->join == FILTER_NOT) {
        buf_str(b, S("not "));
        print_node(a, b, f, n->left, FILTER_NOT);
        return;
    }
    if (wrap)
        buf_char(b, '(');
    print_node(a, b, f, n->left, n->join);
    buf_str(b, n->join == FILTER_AND ? S(" and ") : S(" or "));
    print_node(a, b, f, n->right, n->join);
    if (wrap)
        buf_char(b, ')');
}

struct str filter_print(struct arena *a, const struct filter *f)
{
    struct buf b;
    if (f->nodes == 0)
        return S("");
    buf_init(&b, MIB);
    print_node(a, &b, f, f->nodes - 1, FILTER_TERM);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}
