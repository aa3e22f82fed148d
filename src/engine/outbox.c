/* The outbox's own form: numbers as LEB128, texts with their length in front. */
#include "engine/engine_p.h"

#define BASE_SAME 1 /* the partner's base is byte for byte the first one's: kept once */
#define CREATE    2
#define ARCHIVE   4
#define ENDS      8  /* why follows */
#define FIELDS    16 /* they follow; entries of an older Tandem have none */

#define RULE_SAME 2 /* as the field before; beside the side */

static void put_text(struct buf *b, struct str s)
{
    buf_number(b, s.n);
    buf_str(b, s);
}

static bool get_text(struct str *s, struct str *out)
{
    uint64_t n;
    if (!buf_cut_number(s, &n) || n > s->n)
        return false;
    *out = n ? (struct str){s->p, (size_t)n} : STR_NONE;
    *s = (struct str){s->p + n, s->n - (size_t)n};
    return true;
}

static void put_fields(struct buf *b, const struct mappings *m, const struct change *c)
{
    struct str rule = S("");
    size_t n = 0;
    for (size_t k = 0; k < c->fields; k++)
        n += !c->field[k].refused;
    buf_number(b, n);
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (f->refused)
            continue;
        struct str now = str_from(f->rule);
        bool same = str_eq(now, rule);
        buf_number(b, m->map[f->map].id);
        buf_number(b, (uint64_t)f->to | (same ? RULE_SAME : 0));
        if (!same)
            put_text(b, now);
        rule = now;
    }
}

static bool get_fields(struct arena *a, struct str *s, struct intent *out)
{
    struct str rule = S("");
    uint64_t n, id, how;
    if (!buf_cut_number(s, &n) || n > FIELDS_MAX)
        return false;
    struct intent_field *field = ARENA_ARRAY(a, struct intent_field, (size_t)n);
    for (size_t i = 0; i < n; i++) {
        if (!buf_cut_number(s, &id) || !buf_cut_number(s, &how) ||
            (how & ~(uint64_t)RULE_SAME) >= SIDE_COUNT ||
            (!(how & RULE_SAME) && !get_text(s, &rule)))
            return false;
        field[i] =
            (struct intent_field){(uint32_t)id, (enum side)(how & ~(uint64_t)RULE_SAME), rule};
    }
    out->field = field;
    out->fields = (size_t)n;
    return true;
}

void intent_put(struct buf *b, const struct intent *i, const struct mappings *m,
                const struct change *c)
{
    bool same = str_eq(i->base[SIDE_SF], i->base[SIDE_HS]);
    buf_number(b, (same ? BASE_SAME : 0) | (i->create ? CREATE : 0) | (i->archive ? ARCHIVE : 0) |
                      (i->ends ? ENDS : 0) | FIELDS);
    if (i->ends)
        buf_number(b, i->why);
    buf_number(b, i->to);
    buf_number(b, i->origin);
    put_text(b, i->id[SIDE_SF]);
    put_text(b, i->id[SIDE_HS]);
    put_text(b, i->base[SIDE_SF]);
    if (!same)
        put_text(b, i->base[SIDE_HS]);
    put_fields(b, m, c);
}

bool intent_next(struct arena *a, struct str *payload, struct intent *out, bool *ok)
{
    uint64_t flags = 0, why = 0, to = 0, origin = 0;
    *ok = true;
    if (payload->n == 0)
        return false;
    *out = (struct intent){0};
    *ok = buf_cut_number(payload, &flags) && (!(flags & ENDS) || buf_cut_number(payload, &why)) &&
          buf_cut_number(payload, &to) && to < SIDE_COUNT && buf_cut_number(payload, &origin) &&
          get_text(payload, &out->id[SIDE_SF]) && get_text(payload, &out->id[SIDE_HS]) &&
          get_text(payload, &out->base[SIDE_SF]);
    if (*ok && flags & BASE_SAME)
        out->base[SIDE_HS] = out->base[SIDE_SF];
    else
        *ok = *ok && get_text(payload, &out->base[SIDE_HS]);
    *ok = *ok && (!(flags & FIELDS) || get_fields(a, payload, out));
    out->create = flags & CREATE;
    out->archive = flags & ARCHIVE;
    out->ends = flags & ENDS;
    out->why = (enum sever)why;
    out->to = (enum side)to;
    out->origin = (enum link_origin)origin;
    return *ok;
}
