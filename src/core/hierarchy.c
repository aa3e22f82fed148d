#include "core/hierarchy.h"

#include <stdlib.h>

#include "core/plan_p.h"

/* The parent that a change writes on `to`; NULL = none. */
static struct field_change *parent_write(const struct mappings *m, const struct change *c,
                                         enum side to)
{
    for (size_t k = 0; k < c->fields; k++) {
        struct field_change *f = &c->field[k];
        if (m->map[f->map].kind == MAPPING_PARENT && f->to == to && !f->refused)
            return f;
    }
    return NULL;
}

size_t hierarchy_parents(const struct mappings *m, const struct plan *plan, enum side to,
                         struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct field_change *f = parent_write(m, &plan->change[i], to);
        if (f && f->value.state == VALUE_TEXT)
            out[n++] = f->value.text;
    }
    return n;
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct descent *)a)->id, ((const struct descent *)b)->id);
}

struct tree { /* each record once, sorted by id */
    struct descent *of;
    size_t count;
};

static struct descent *find(const struct tree *t, struct str id)
{
    struct descent key = {.id = id};
    return t->count ? bsearch(&key, t->of, t->count, sizeof(*t->of), by_id) : NULL;
}

/* What is known, and the records that the plan gives another parent, as they are now. */
static struct tree plant(struct arena *a, const struct mappings *m, const struct plan *plan,
                         enum side to, const struct descent *known, size_t n)
{
    struct tree t = {ARENA_ARRAY(a, struct descent, n + plan->count), 0};
    for (size_t i = 0; i < n; i++)
        t.of[t.count++] = known[i];
    for (size_t i = 0; i < plan->count; i++) {
        const struct field_change *f = parent_write(m, &plan->change[i], to);
        const struct row *row = plan->change[i].subject->row[to];
        if (f)
            t.of[t.count++] = (struct descent){row->rec.id, f->old.text, row->rec.name};
    }
    qsort(t.of, t.count, sizeof(*t.of), by_id);
    size_t kept = 0;
    for (size_t i = 0; i < t.count; i++)
        if (kept == 0 || !str_eq(t.of[kept - 1].id, t.of[i].id))
            t.of[kept++] = t.of[i];
    t.count = kept;
    return t;
}

/* Is `id` the record itself, or under it? */
static bool under(const struct tree *t, struct str id, struct str record)
{
    for (size_t guard = 0; id.n && guard <= t->count; guard++) {
        const struct descent *at = find(t, id);
        if (str_eq(id, record))
            return true;
        id = at ? at->parent : STR_NONE;
    }
    return false;
}

static struct str named(struct arena *a, const struct descent *d, struct str id)
{
    struct str name = d ? str_slice(d->name, 0, 80) : STR_NONE;
    return name.n ? str_fmt(a, "%.*s (%.*s)", STR_ARG(name), STR_ARG(id)) : id;
}

static void refuse(struct arena *a, const struct plan_context *ctx, struct change *c,
                   const struct field_change *f, const struct tree *t)
{
    struct str child = c->subject->row[f->to]->rec.id, parent = f->value.text;
    struct str down = named(a, find(t, child), child), up = named(a, find(t, parent), parent);
    struct err why;
    err_set(&why, ERR_REJECTED, "hierarchy_loop",
            "%s %.*s cannot go under %.*s, which is under it already", side_noun(f->to),
            STR_ARG(down), STR_ARG(up));
    err_rule(&why, "S11.2");
    err_subject(&why, ctx->mappings->map[f->map].name[f->to]);
    err_hint(&why, "the two systems say the opposite: take the parent off one of the two in either"
                   " system");
    plan_drop_field(a, ctx, c, f->map, &why);
    plan_weigh(c);
}

/* Refuses those that close a loop in what is to be; what they are kept from may close another.
 * In the end all are refused at most, which is how it is now. */
static bool refuse_some(struct arena *a, const struct plan_context *ctx, struct plan *plan,
                        enum side to, struct tree *t)
{
    bool any = false;
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        struct field_change *f = parent_write(ctx->mappings, c, to);
        struct str id = f ? c->subject->row[to]->rec.id : STR_NONE;
        if (!f || f->value.state != VALUE_TEXT || !under(t, f->value.text, id))
            continue;
        find(t, id)->parent = f->old.text; /* it stays as it is */
        refuse(a, ctx, c, f, t);
        any = true;
    }
    return any;
}

void hierarchy_check(struct arena *a, const struct plan_context *ctx, struct plan *plan,
                     enum side to, const struct descent *known, size_t n)
{
    struct tree t = plant(a, ctx->mappings, plan, to, known, n);
    for (size_t i = 0; i < plan->count; i++) { /* as they are to be */
        const struct field_change *f = parent_write(ctx->mappings, &plan->change[i], to);
        if (f)
            find(&t, plan->change[i].subject->row[to]->rec.id)->parent = f->value.text;
    }
    while (refuse_some(a, ctx, plan, to, &t))
        ;
}
