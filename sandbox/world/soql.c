#include "sandbox/world/soql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/iso8601.h"

enum op {
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_LIKE,
    OP_IN,
    OP_NOT_IN
};
enum literal { LIT_TEXT, LIT_NULL, LIT_TIME, LIT_NUMBER, LIT_BOOL };

struct value {
    enum literal kind;
    struct str text;
    int64_t ms;
};

struct soql_term {
    enum op op;
    struct soql_term *left, *right;
    struct str field;
    struct value *value;
    size_t values;
};

struct parser {
    struct arena *a;
    struct str rest;
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
    while (p->rest.n && strchr(" \t\r\n", p->rest.p[0]) && p->rest.p[0])
        p->rest = str_slice(p->rest, 1, p->rest.n);
}

static bool fail(struct parser *p, const char *why)
{
    if (!p->why.n)
        p->why =
            str_fmt(p->a, "unexpected token: '%.*s' (%s)", STR_ARG(str_slice(p->rest, 0, 20)), why);
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

static bool word(struct parser *p, struct str *out)
{
    if (!peek_word(p, out))
        return fail(p, "a name is expected");
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

static bool string_literal(struct parser *p, struct value *out)
{
    char *text = arena_bytes(p->a, p->rest.n);
    size_t n = 0, i = 1;
    for (; i < p->rest.n && p->rest.p[i] != '\''; i++) {
        char c = p->rest.p[i];
        if (c != '\\') {
            text[n++] = c;
            continue;
        }
        if (++i == p->rest.n)
            break;
        static const char from[] = "ntrbf\\'\"_%", to[] = "\n\t\r\b\f\\'\"_%";
        const char *at = strchr(from, p->rest.p[i]);
        if (p->rest.p[i] == 'u' && i + 4 < p->rest.n) {
            char hex[5] = {p->rest.p[i + 1], p->rest.p[i + 2], p->rest.p[i + 3], p->rest.p[i + 4],
                           0};
            text[n++] = (char)strtol(hex, NULL, 16); /* control characters only (SF 5.2) */
            i += 4;
        } else if (at && *at) {
            text[n++] = to[at - from];
        } else {
            return fail(p, "a bad escape");
        }
    }
    if (i >= p->rest.n)
        return fail(p, "a quote is not closed");
    p->rest = str_slice(p->rest, i + 1, p->rest.n);
    *out = (struct value){.kind = LIT_TEXT, .text = {text, n}};
    return true;
}

static bool literal(struct parser *p, struct value *out)
{
    blanks(p);
    if (p->rest.n && p->rest.p[0] == '\'')
        return string_literal(p, out);
    size_t n = 0;
    while (n < p->rest.n && (word_char(p->rest.p[n]) || strchr("+-:", p->rest.p[n])))
        n++;
    struct str t = str_slice(p->rest, 0, n);
    *out = (struct value){.text = t};
    if (n == 0)
        return fail(p, "a value is expected");
    if (str_eq_nocase(t, S("null")))
        out->kind = LIT_NULL;
    else if (str_eq_nocase(t, S("true")) || str_eq_nocase(t, S("false")))
        out->kind = LIT_BOOL;
    else if (str_find_char(t, '-') > 0 && iso_parse_ms(t, &out->ms))
        out->kind = LIT_TIME;
    else if (t.p[0] == '-' || (t.p[0] >= '0' && t.p[0] <= '9'))
        out->kind = LIT_NUMBER;
    else
        return fail(p, "not a literal");
    p->rest = str_slice(p->rest, n, p->rest.n);
    return true;
}

static bool or_term(struct parser *p, struct soql_term **out);

static bool list(struct parser *p, struct soql_term *t)
{
    size_t room = 16;
    if (!symbol(p, "("))
        return fail(p, "a list is expected");
    t->value = ARENA_ARRAY(p->a, struct value, room);
    do {
        if (t->values == room) {
            struct value *more = ARENA_ARRAY(p->a, struct value, 2 * room);
            memcpy(more, t->value, room * sizeof(*more));
            t->value = more;
            room *= 2;
        }
        if (!literal(p, &t->value[t->values++]))
            return false;
    } while (symbol(p, ","));
    return symbol(p, ")") || fail(p, "')' is expected");
}

static bool comparison(struct parser *p, struct soql_term *t)
{
    static const struct {
        const char *s;
        enum op op;
    } ops[] = {{"<=", OP_LE}, {">=", OP_GE}, {"!=", OP_NE}, {"<>", OP_NE},
               {"=", OP_EQ},  {"<", OP_LT},  {">", OP_GT}};
    if (!word(p, &t->field))
        return false;
    if (keyword(p, "LIKE"))
        t->op = OP_LIKE;
    else if (keyword(p, "IN"))
        return t->op = OP_IN, list(p, t);
    else if (keyword(p, "NOT"))
        return t->op = OP_NOT_IN, keyword(p, "IN") ? list(p, t) : fail(p, "IN is expected");
    else {
        size_t i = 0;
        while (i < LEN(ops) && !symbol(p, ops[i].s))
            i++;
        if (i == LEN(ops))
            return fail(p, "an operator is expected");
        t->op = ops[i].op;
    }
    t->value = ARENA_NEW(p->a, struct value);
    t->values = 1;
    return literal(p, t->value);
}

static bool not_term(struct parser *p, struct soql_term **out)
{
    struct soql_term *t = ARENA_NEW(p->a, struct soql_term);
    *out = t;
    if (++p->depth > 100)
        return fail(p, "nested too deeply");
    if (keyword(p, "NOT"))
        return t->op = OP_NOT, not_term(p, &t->left);
    if (symbol(p, "("))
        return or_term(p, out) && (symbol(p, ")") || fail(p, "')' is expected"));
    return comparison(p, t);
}

static bool joined(struct parser *p, struct soql_term **out, const char *word_, enum op op,
                   bool (*inner)(struct parser *, struct soql_term **))
{
    if (!inner(p, out))
        return false;
    while (keyword(p, word_)) {
        struct soql_term *t = ARENA_NEW(p->a, struct soql_term);
        t->op = op;
        t->left = *out;
        if (!inner(p, &t->right))
            return false;
        *out = t;
    }
    return true;
}

static bool and_term(struct parser *p, struct soql_term **out)
{
    return joined(p, out, "AND", OP_AND, not_term);
}

static bool or_term(struct parser *p, struct soql_term **out)
{
    return joined(p, out, "OR", OP_OR, and_term);
}

static bool select_list(struct parser *p, struct soql *q)
{
    struct str w;
    if (!keyword(p, "SELECT"))
        return fail(p, "SELECT is expected");
    struct parser save = *p;
    if (keyword(p, "COUNT") && symbol(p, "(") && symbol(p, ")"))
        return q->count = true;
    *p = save;
    do {
        if (q->fields == SOQL_FIELDS_MAX || !word(p, &w))
            return fail(p, "a field is expected");
        q->field[q->fields++] = w;
    } while (symbol(p, ","));
    return true;
}

static bool order_by(struct parser *p, struct soql *q)
{
    if (!keyword(p, "BY"))
        return fail(p, "BY is expected");
    do {
        if (q->orders == LEN(q->order) || !word(p, &q->order[q->orders].field))
            return fail(p, "a field is expected");
        q->order[q->orders].descending = keyword(p, "DESC") || (keyword(p, "ASC") && false);
        q->orders++;
        if (keyword(p, "NULLS") && !keyword(p, "FIRST") && !keyword(p, "LAST"))
            return fail(p, "FIRST or LAST is expected");
    } while (symbol(p, ","));
    return true;
}

static bool whole(struct parser *p, int64_t *out)
{
    struct str w;
    return (word(p, &w) && str_to_i64(w, out) && *out >= 0) || fail(p, "a number is expected");
}

bool soql_parse(struct arena *a, struct str text, struct soql *q, struct str *why)
{
    struct parser p = {.a = a, .rest = text};
    *q = (struct soql){.limit = -1};
    bool ok = select_list(&p, q) && (keyword(&p, "FROM") || fail(&p, "FROM is expected")) &&
              word(&p, &q->object) && (!keyword(&p, "WHERE") || or_term(&p, &q->where)) &&
              (!keyword(&p, "ORDER") || order_by(&p, q)) &&
              (!keyword(&p, "LIMIT") || whole(&p, &q->limit)) &&
              (!keyword(&p, "OFFSET") || whole(&p, &q->offset));
    blanks(&p);
    if (ok && p.rest.n)
        ok = fail(&p, "the end is expected");
    *why = p.why;
    return ok;
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct str stamp(struct arena *a, int64_t ms)
{
    struct str s = iso_seconds(a, ms); /* whole seconds, .000+0000 (SF 3) */
    return str_fmt(a, "%.*s.000+0000", STR_ARG(str_slice(s, 0, 19)));
}

struct str sf_value(struct world *w, enum world_type t, const struct world_record *r,
                    struct arena *a, struct str field)
{
    char id[32];
    if (str_eq_nocase(field, S("Id")))
        return str_dup(a, world_id(w, t, r->number, id));
    if (str_eq_nocase(field, S("CreatedDate")))
        return stamp(a, r->created_ms);
    if (str_eq_nocase(field, S("SystemModstamp")) || str_eq_nocase(field, S("LastModifiedDate")))
        return stamp(a, r->modified_ms);
    if (str_eq_nocase(field, S("IsDeleted")))
        return r->archived_ms ? S("true") : S("false");
    if (str_eq_nocase(field, S("MasterRecordId")))
        return r->merged_into ? str_dup(a, world_id(w, t, r->merged_into - 1, id)) : STR_NONE;
    struct str v = world_get(w, t, r, a, field);
    return v.n ? v : STR_NONE;
}

static bool like(struct str s, struct str pattern)
{
    if (!pattern.n)
        return !s.n;
    if (pattern.p[0] == '%') {
        struct str rest = str_slice(pattern, 1, pattern.n);
        for (size_t i = 0; i <= s.n; i++)
            if (like(str_slice(s, i, s.n), rest))
                return true;
        return false;
    }
    if (!s.n)
        return false;
    bool same = pattern.p[0] == '_' || str_eq_nocase(str_slice(s, 0, 1), str_slice(pattern, 0, 1));
    return same && like(str_slice(s, 1, s.n), str_slice(pattern, 1, pattern.n));
}

/* <0, 0, >0; *comparable = false where null is involved. */
static int compare(struct str have, const struct value *want, bool id, bool *comparable)
{
    int64_t ms;
    *comparable = true;
    if (want->kind == LIT_NULL)
        return have.n ? 1 : 0;
    if (!have.n) {
        *comparable = false;
        return -1;
    }
    if (want->kind == LIT_TIME) {
        *comparable = iso_parse_ms(have, &ms);
        return ms < want->ms ? -1 : ms > want->ms;
    }
    if (want->kind == LIT_NUMBER) {
        char h[64], v[64];
        snprintf(h, sizeof(h), "%.*s", STR_ARG(str_slice(have, 0, 60)));
        snprintf(v, sizeof(v), "%.*s", STR_ARG(str_slice(want->text, 0, 60)));
        double x = strtod(h, NULL), y = strtod(v, NULL);
        return x < y ? -1 : x > y;
    }
    if (id) {
        size_t n = MIN(MIN(have.n, want->text.n), (size_t)15);
        return str_cmp(str_slice(have, 0, n), str_slice(want->text, 0, n));
    }
    if (str_eq_nocase(have, want->text))
        return 0;
    return str_cmp(have, want->text);
}

struct run {
    struct world *w;
    enum world_type t;
    struct arena *a;
    bool all;
};

static bool holds(struct run *r, const struct soql_term *t, const struct world_record *rec)
{
    bool ok;
    if (t->op == OP_AND)
        return holds(r, t->left, rec) && holds(r, t->right, rec);
    if (t->op == OP_OR)
        return holds(r, t->left, rec) || holds(r, t->right, rec);
    if (t->op == OP_NOT)
        return !holds(r, t->left, rec);
    struct str have = sf_value(r->w, r->t, rec, r->a, t->field);
    bool id = str_ends(t->field, S("Id"));
    if (t->op == OP_LIKE)
        return like(have, t->value->text);
    if (t->op == OP_IN || t->op == OP_NOT_IN) {
        bool in = false;
        for (size_t i = 0; i < t->values && !in; i++)
            in = compare(have, &t->value[i], id, &ok) == 0 && ok;
        return in == (t->op == OP_IN);
    }
    int c = compare(have, t->value, id, &ok);
    switch (t->op) {
    case OP_EQ:
        return ok && c == 0;
    case OP_NE:
        return !ok || c != 0;
    case OP_LT:
        return ok && c < 0;
    case OP_LE:
        return ok && c <= 0;
    case OP_GT:
        return ok && c > 0;
    default:
        return ok && c >= 0;
    }
}

static void bad_fields(const struct soql_term *t, bool (*visible)(void *, struct str), void *who,
                       struct str *bad)
{
    if (!t || bad->n)
        return;
    if (t->op <= OP_NOT) {
        bad_fields(t->left, visible, who, bad);
        bad_fields(t->right, visible, who, bad);
    } else if (!visible(who, t->field)) {
        *bad = t->field;
    }
}

/* The lower bound that an AND chain sets on SystemModstamp, and on Id. */
static void bounds(const struct soql_term *t, int64_t *since_ms, struct str *after)
{
    if (!t)
        return;
    if (t->op == OP_AND) {
        bounds(t->left, since_ms, after);
        bounds(t->right, since_ms, after);
    }
    bool low = t->op == OP_GT || t->op == OP_GE || t->op == OP_EQ;
    if (low && t->value && t->value->kind == LIT_TIME &&
        str_eq_nocase(t->field, S("SystemModstamp")))
        *since_ms = MAX(*since_ms, t->value->ms);
    if (t->op == OP_GT && t->value && str_eq_nocase(t->field, S("Id")))
        *after = t->value->text;
}

struct sorter {
    struct run *run;
    const struct soql *q;
};

static int cmp_records(const void *x, const void *y, void *ctx)
{
    struct sorter *s = ctx;
    const struct world_table *tab = &s->run->w->table[s->run->t];
    const struct world_record *a = tab->record[*(const uint64_t *)x];
    const struct world_record *b = tab->record[*(const uint64_t *)y];
    for (size_t i = 0; i < s->q->orders; i++) {
        struct str field = s->q->order[i].field;
        int c;
        if (str_eq_nocase(field, S("Id")))
            c = a->number < b->number ? -1 : a->number > b->number;
        else if (str_eq_nocase(field, S("SystemModstamp")))
            c = a->modified_ms / 1000 < b->modified_ms / 1000
                    ? -1
                    : a->modified_ms / 1000 > b->modified_ms / 1000;
        else
            c = str_cmp(sf_value(s->run->w, s->run->t, a, s->run->a, field),
                        sf_value(s->run->w, s->run->t, b, s->run->a, field));
        if (c)
            return s->q->order[i].descending ? -c : c;
    }
    return 0;
}

static void consider(struct run *r, const struct soql *q, uint64_t number, struct soql_result *out)
{
    const struct world_record *rec = r->w->table[r->t].record[number];
    if (rec->archived_ms && !r->all)
        return;
    if (q->where && !holds(r, q->where, rec))
        return;
    if ((out->count & (out->count - 1)) == 0) {
        uint64_t *more = ARENA_ARRAY(r->a, uint64_t, out->count ? 2 * out->count : 1);
        if (out->count)
            memcpy(more, out->number, out->count * sizeof(*more));
        out->number = more;
    }
    out->number[out->count++] = number;
}

bool soql_run(struct world *w, enum world_type t, struct arena *a, const struct soql *q, bool all,
              bool (*visible)(void *, struct str), void *who, struct soql_result *out,
              struct str *bad)
{
    struct run r = {w, t, a, all};
    struct world_table *tab = &w->table[t];
    int64_t since = 0;
    struct str after = S("");
    *bad = STR_NONE;
    for (size_t i = 0; i < q->fields && !bad->n; i++)
        if (!visible(who, q->field[i]))
            *bad = q->field[i];
    for (size_t i = 0; i < q->orders && !bad->n; i++)
        if (!visible(who, q->order[i].field))
            *bad = q->order[i].field;
    bad_fields(q->where, visible, who, bad);
    if (bad->n)
        return false;
    *out = (struct soql_result){0};
    bounds(q->where, &since, &after);
    bool by_id =
        q->orders == 1 && str_eq_nocase(q->order[0].field, S("Id")) && !q->order[0].descending;
    int64_t enough = q->limit >= 0 && (by_id || q->orders == 0) ? q->limit + q->offset : INT64_MAX;
    if (since > w->start_ms) { /* every generated stamp is older: the log has them all */
        for (size_t i = world_log_from(w, t, since / 1000 * 1000); i < tab->log_count; i++)
            if (world_log_live(w, t, i))
                consider(&r, q, tab->log[i].number, out);
    } else {
        for (uint64_t i = world_after(w, t, after); i < tab->count && (int64_t)out->count < enough;
             i++)
            consider(&r, q, i, out);
    }
    if (out->count > 1 && q->orders && (!by_id || since > w->start_ms)) {
        struct sorter s = {&r, q};
        qsort_r(out->number, out->count, sizeof(*out->number), cmp_records, &s);
    }
    size_t skip = MIN((size_t)q->offset, out->count);
    out->number += skip;
    out->count -= skip;
    if (q->limit >= 0)
        out->count = MIN(out->count, (size_t)q->limit);
    return true;
}
