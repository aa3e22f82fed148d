/* audit details: per written field its name, the rule that decided, old and new value. The audit
 * outlives mappings, so it holds names and not positions. Packed: it is the largest table. */
#include "engine/engine_p.h"

enum { HAS_OLD = 1, HAS_NEW = 2, REVERT = 4, CONFLICT = 8, LOST = 16 };

static void put_text(struct buf *b, struct str s)
{
    buf_number(b, s.n);
    buf_str(b, s);
}

static void put_field(struct buf *b, struct str name, const struct field_change *f,
                      struct str *rule)
{
    struct str now = str_from(f->rule);
    bool old = f->old.state == VALUE_TEXT, fresh = f->value.state == VALUE_TEXT;
    put_text(b, name);
    put_text(b, str_eq(now, *rule) ? S("") : now); /* "" = as the field before */
    *rule = now;
    buf_char(b, (char)((old ? HAS_OLD : 0) | (fresh ? HAS_NEW : 0) | (f->revert ? REVERT : 0) |
                       (f->conflict ? CONFLICT : 0) | (f->lost ? LOST : 0)));
    if (old)
        put_text(b, f->old.text);
    if (fresh)
        put_text(b, f->value.text);
    if (f->lost)
        put_text(b, f->lost->text);
}

struct str audit_detail(struct arena *a, const struct mappings *m, const struct change *c,
                        enum side to)
{
    struct buf b;
    struct str rule = S("");
    buf_init(&b, 16 * MIB);
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            put_field(&b, m->map[c->field[k].map].name[to], &c->field[k], &rule);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static bool cut_text(struct str *s, struct str *out)
{
    uint64_t n;
    if (!buf_cut_number(s, &n) || n > s->n)
        return false;
    *out = (struct str){s->p, (size_t)n};
    s->p += n;
    s->n -= (size_t)n;
    return true;
}

static bool cut_field(struct str *s, struct audit_field *f, struct str *rule)
{
    *f = (struct audit_field){0};
    if (!cut_text(s, &f->field) || !cut_text(s, &f->rule) || s->n == 0)
        return false;
    if (f->rule.n)
        *rule = f->rule;
    f->rule = *rule;
    unsigned flags = (unsigned char)*s->p;
    s->p++;
    s->n--;
    f->revert = flags & REVERT;
    f->conflict = flags & CONFLICT;
    f->overwrote = flags & LOST;
    return (!(flags & HAS_OLD) || cut_text(s, &f->old)) &&
           (!(flags & HAS_NEW) || cut_text(s, &f->value)) &&
           (!f->overwrote || cut_text(s, &f->lost));
}

bool audit_fields(struct arena *a, struct str detail, struct audit_field **out, size_t *n)
{
    struct str rest = detail, rule = STR_NONE;
    struct audit_field one;
    *n = 0;
    for (; rest.n > 0; (*n)++)
        if (!cut_field(&rest, &one, &rule))
            return false;
    *out = ARENA_ARRAY(a, struct audit_field, *n);
    rule = STR_NONE;
    for (size_t i = 0; i < *n; i++)
        if (!cut_field(&detail, &(*out)[i], &rule))
            return false;
    return true;
}
