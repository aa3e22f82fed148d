/* soql: running a query: where to look first, what holds, in what order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/world/soql_p.h"

struct run {
    struct sf_org *o;
    const struct soql *q;
    enum world_type t;
    struct arena *a;
    struct arena scratch; /* of one record */
    bool all;
    struct soql_result *out;
};

const struct world_record *soql_follow(struct sf_org *o, struct arena *a,
                                       const struct soql_ref *ref, const struct sf_object *from,
                                       const struct world_record *r)
{
    for (size_t i = 0; i < ref->hops && r; i++) {
        struct str id = sf_get(o, from, ref->hop[i], r, a);
        r = id.p ? world_find(o->world, ref->over[i]->type, id) : NULL;
        from = ref->over[i];
    }
    return r;
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* \_ and \% are themselves; % any run, _ any one byte sequence of a character. */
static bool like(struct str s, struct str pattern)
{
    while (pattern.n) {
        char c = pattern.p[0];
        if (c == '%') {
            struct str rest = str_slice(pattern, 1, pattern.n);
            for (size_t i = 0; i <= s.n; i++)
                if (like(str_slice(s, i, s.n), rest))
                    return true;
            return false;
        }
        if (!s.n)
            return false;
        size_t step = 1;
        if (c == '_') {
            while (step < s.n && ((unsigned char)s.p[step] & 0xc0) == 0x80)
                step++;
        } else {
            if (c == '\\' && pattern.n > 1)
                pattern = str_slice(pattern, 1, pattern.n);
            if (!str_eq_nocase(str_slice(s, 0, 1), str_slice(pattern, 0, 1)))
                return false;
        }
        s = str_slice(s, step, s.n);
        pattern = str_slice(pattern, 1, pattern.n);
    }
    return s.n == 0;
}

static int cmp_nocase(struct str a, struct str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        x = x >= 'A' && x <= 'Z' ? x + 32 : x;
        y = y >= 'A' && y <= 'Z' ? y + 32 : y;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

static double number_of(struct str s)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*s", STR_ARG(str_slice(s, 0, 60)));
    return strtod(text, NULL);
}

/* Stamps have whole seconds (SF 13). */
static bool stamp_of(const struct sf_field *f, const struct world_record *r, int64_t *ms)
{
    if (f->system == SYS_STAMP)
        *ms = r->modified_ms;
    else if (f->system == SYS_EDITED)
        *ms = r->edited_ms;
    else if (f->system == SYS_CREATED)
        *ms = r->created_ms;
    else
        return false;
    *ms -= *ms % 1000;
    return true;
}

/* <0, 0, >0 of two values that are there. */
static int compare(const struct sf_field *f, struct str have, const struct soql_value *v)
{
    double x;
    switch (f->kind) {
    case SF_NUMBER:
    case SF_INT:
        x = number_of(have);
        return x < v->number ? -1 : x > v->number;
    case SF_ID: {
        size_t n = MIN(MIN(have.n, v->text.n), (size_t)15);
        return str_cmp(str_slice(have, 0, n), str_slice(v->text, 0, n));
    }
    case SF_DATE:
        return str_cmp(have, v->text);
    case SF_TEXT:
    case SF_BOOL:
    case SF_DATETIME:
    case SF_OBJECT:
        break;
    }
    return f->flags & SF_CASE ? str_cmp(have, v->text) : cmp_nocase(have, v->text);
}

static bool decide(enum soql_op op, int c)
{
    switch (op) {
    case OP_EQ:
    case OP_IN:
        return c == 0;
    case OP_NE:
        return c != 0;
    case OP_LT:
        return c < 0;
    case OP_LE:
        return c <= 0;
    case OP_GT:
        return c > 0;
    case OP_GE:
        return c >= 0;
    default:
        return false;
    }
}

static bool holds_one(const struct soql_term *t, const struct world_record *r, struct str have,
                      const struct soql_value *v, enum soql_op op)
{
    int64_t ms;
    if (v->kind == LIT_NULL || !have.p)
        return (v->kind == LIT_NULL) == !have.p ? op == OP_EQ || op == OP_IN : op == OP_NE;
    if (op == OP_LIKE)
        return like(have, v->text);
    if (t->ref.field->kind == SF_DATETIME && stamp_of(t->ref.field, r, &ms))
        return decide(op, ms < v->ms ? -1 : ms > v->ms);
    return decide(op, compare(t->ref.field, have, v));
}

static bool holds(struct run *k, const struct soql_term *t, const struct world_record *from)
{
    if (t->op == OP_AND)
        return holds(k, t->left, from) && holds(k, t->right, from);
    if (t->op == OP_OR)
        return holds(k, t->left, from) || holds(k, t->right, from);
    if (t->op == OP_NOT)
        return !holds(k, t->left, from);
    const struct world_record *r = soql_follow(k->o, &k->scratch, &t->ref, k->q->obj, from);
    int64_t ms;
    struct str have = STR_NONE;
    if (r && t->ref.field->kind == SF_DATETIME && stamp_of(t->ref.field, r, &ms))
        have = S("stamp");
    else if (r)
        have = sf_get(k->o, t->ref.obj, t->ref.field, r, &k->scratch);
    if (t->op != OP_IN && t->op != OP_NOT_IN)
        return holds_one(t, r, have, t->value, t->op);
    bool in = false;
    for (size_t i = 0; i < t->values && !in; i++)
        in = holds_one(t, r, have, &t->value[i], OP_IN);
    return in == (t->op == OP_IN);
}

/* ---- where to look ----------------------------------------------------------------------------
 */

/* No row before that stamp can hold. */
static int64_t least_stamp(const struct soql_term *t)
{
    if (!t)
        return 0;
    if (t->op == OP_AND)
        return MAX(least_stamp(t->left), least_stamp(t->right));
    if (t->op == OP_OR)
        return MIN(least_stamp(t->left), least_stamp(t->right));
    bool low = t->op == OP_GT || t->op == OP_GE || t->op == OP_EQ;
    if (low && !t->ref.hops && t->ref.field->system == SYS_STAMP && t->value->kind == LIT_TIME)
        return t->value->ms - t->value->ms % 1000;
    return 0;
}

/* No row with that number or below can hold; 0 = any may. */
static uint64_t first_number(struct run *k, const struct soql_term *t)
{
    if (!t)
        return 0;
    if (t->op == OP_AND)
        return MAX(first_number(k, t->left), first_number(k, t->right));
    if (t->op == OP_GT && !t->ref.hops && t->ref.field->system == SYS_ID &&
        t->value->kind == LIT_TEXT)
        return world_after(k->o->world, k->t, t->value->text);
    return 0;
}

/* A condition that names its rows: ids, or values of an indexed key. */
static const struct soql_term *naming(struct run *k, const struct soql_term *t)
{
    if (!t || t->op == OP_OR || t->op == OP_NOT)
        return NULL;
    if (t->op == OP_AND) {
        const struct soql_term *left = naming(k, t->left);
        return left ? left : naming(k, t->right);
    }
    const struct sf_field *f = t->ref.field;
    bool key = (f->flags & SF_UNIQUE) && !k->all && !k->o->external_not_unique &&
               world_is_unique(k->o->world, k->t, f->column);
    if ((t->op != OP_EQ && t->op != OP_IN) || t->ref.hops || (f->system != SYS_ID && !key))
        return NULL;
    for (size_t i = 0; i < t->values; i++)
        if (t->value[i].kind != LIT_TEXT)
            return NULL;
    return t;
}

static void consider(struct run *k, const struct world_record *r)
{
    struct soql_result *out = k->out;
    if (r->purged || (r->archived_ms && !k->all))
        return;
    if (k->q->where) {
        arena_reset(&k->scratch);
        if (!holds(k, k->q->where, r))
            return;
    }
    if ((out->count & (out->count - 1)) == 0) {
        uint64_t *more = ARENA_ARRAY(k->a, uint64_t, out->count ? 2 * out->count : 1);
        if (out->count)
            memcpy(more, out->number, out->count * sizeof(*more));
        out->number = more;
    }
    out->number[out->count++] = r->number;
}

static int cmp_numbers(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

static void look_up(struct run *k, const struct soql_term *t)
{
    uint64_t *number = ARENA_ARRAY(k->a, uint64_t, t->values);
    size_t n = 0;
    for (size_t i = 0; i < t->values; i++) {
        struct world_record *r =
            t->ref.field->system == SYS_ID
                ? world_find(k->o->world, k->t, t->value[i].text)
                : world_by_unique_at(k->o->world, k->t, t->ref.field->column, t->value[i].text);
        if (r)
            number[n++] = r->number;
    }
    qsort(number, n, sizeof(*number), cmp_numbers);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || number[i] != number[i - 1])
            consider(k, k->o->world->table[k->t].record[number[i]]);
}

/* Rows by stamp. With `enough`, it stops once that many are there and the second is over. */
static void walk_stamps(struct run *k, int64_t from_ms, uint64_t enough)
{
    struct world_walk walk;
    struct world_record *r;
    int64_t last = 0;
    world_walk_from(k->o->world, k->t, from_ms, &walk);
    while ((r = world_walk_next(k->o->world, k->t, &walk))) {
        if (k->out->count >= enough && r->modified_ms / 1000 != last)
            return;
        consider(k, r);
        last = r->modified_ms / 1000;
    }
}

/* ---- order ------------------------------------------------------------------------------------
 */

static int cmp_by(struct run *k, size_t i, const struct world_record *a,
                  const struct world_record *b)
{
    const struct soql_ref *ref = &k->q->order[i].ref;
    int64_t x, y;
    a = soql_follow(k->o, &k->scratch, ref, k->q->obj, a);
    b = soql_follow(k->o, &k->scratch, ref, k->q->obj, b);
    if (a && b && ref->field->system == SYS_ID)
        return a->number < b->number ? -1 : a->number > b->number;
    if (a && b && stamp_of(ref->field, a, &x) && stamp_of(ref->field, b, &y))
        return x < y ? -1 : x > y;
    struct str va = a ? sf_get(k->o, ref->obj, ref->field, a, &k->scratch) : STR_NONE;
    struct str vb = b ? sf_get(k->o, ref->obj, ref->field, b, &k->scratch) : STR_NONE;
    if (!va.p || !vb.p) { /* nulls, whichever the direction, go where NULLS says */
        int c = va.p ? 1 : vb.p ? -1 : 0;
        c = k->q->order[i].nulls_last ? -c : c;
        return k->q->order[i].descending ? -c : c;
    }
    if (ref->field->kind == SF_NUMBER || ref->field->kind == SF_INT) {
        double m = number_of(va), n = number_of(vb);
        return m < n ? -1 : m > n;
    }
    return ref->field->flags & SF_CASE ? str_cmp(va, vb) : cmp_nocase(va, vb);
}

static int cmp_records(const void *x, const void *y, void *ctx)
{
    struct run *k = ctx;
    const struct world_table *tab = &k->o->world->table[k->t];
    arena_reset(&k->scratch);
    for (size_t i = 0; i < k->q->orders; i++) {
        int c = cmp_by(k, i, tab->record[*(const uint64_t *)x], tab->record[*(const uint64_t *)y]);
        if (c)
            return k->q->order[i].descending ? -c : c;
    }
    return cmp_numbers(x, y);
}

static bool orders_by(const struct soql *q, enum sf_system first, enum sf_system second)
{
    bool one = q->orders >= 1 && !q->order[0].descending && !q->order[0].ref.hops &&
               q->order[0].ref.field->system == first;
    if (second == SYS_NONE)
        return one && q->orders == 1;
    return one && q->orders == 2 && !q->order[1].descending && !q->order[1].ref.hops &&
           q->order[1].ref.field->system == second;
}

void soql_run(struct sf_org *o, struct arena *a, const struct soql *q, bool all,
              struct soql_result *out)
{
    struct run k = {.o = o, .q = q, .t = q->obj->type, .a = a, .all = all, .out = out};
    struct world_table *tab = &o->world->table[k.t];
    uint64_t want = q->limit < 0 ? UINT64_MAX : (uint64_t)(q->limit + q->offset);
    bool by_id = q->orders == 0 || orders_by(q, SYS_ID, SYS_NONE);
    bool by_stamp = orders_by(q, SYS_STAMP, SYS_NONE) || orders_by(q, SYS_STAMP, SYS_ID);
    const struct soql_term *names = naming(&k, q->where);
    int64_t since = least_stamp(q->where);
    bool sorted = true;
    *out = (struct soql_result){0};
    arena_init(&k.scratch, 64 * MIB);
    if (names) {
        look_up(&k, names);
        sorted = by_id;
    } else if (by_stamp || (tab->count && since > tab->record[0]->created_ms)) {
        walk_stamps(&k, since, by_stamp ? want : UINT64_MAX);
        sorted = false;
    } else {
        for (uint64_t i = first_number(&k, q->where); i < tab->count; i++) {
            if (by_id && out->count >= want)
                break;
            consider(&k, tab->record[i]);
        }
        sorted = by_id;
    }
    if (!sorted && out->count > 1)
        qsort_r(out->number, out->count, sizeof(*out->number), cmp_records, &k);
    arena_release(&k.scratch);
    size_t skip = MIN((size_t)q->offset, out->count);
    out->number += skip;
    out->count -= skip;
    if (q->limit >= 0)
        out->count = MIN(out->count, (size_t)q->limit);
}
