/* The outbox's own form: numbers as LEB128, texts with their length in front. */
#include "engine/engine_p.h"

#include <string.h>

#define BASE_SAME 1 /* of an older Tandem: both bases are the same, kept once */
#define CREATE    2
#define ARCHIVE   4
#define ENDS      8  /* why follows */
#define FIELDS    16 /* they follow; entries of an older Tandem have none */
#define BASE_LIKE 32 /* the company's base begins as the account's: how far, and its rest */

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

/* The bases of a pair differ in a few values, and often in the owner alone, which comes last. */
static void put_bases(struct buf *b, struct str sf, struct str hs)
{
    size_t like = 0;
    while (like < MIN(sf.n, hs.n) && sf.p[like] == hs.p[like])
        like++;
    put_text(b, sf);
    buf_number(b, like);
    put_text(b, str_slice(hs, like, hs.n));
}

static bool get_bases(struct arena *a, struct str *s, uint64_t flags, struct intent *out)
{
    struct str *sf = &out->base[SIDE_SF], *hs = &out->base[SIDE_HS], rest;
    uint64_t like;
    if (!get_text(s, sf))
        return false;
    if (flags & BASE_SAME)
        return *hs = *sf, true;
    if (!(flags & BASE_LIKE))
        return get_text(s, hs);
    if (!buf_cut_number(s, &like) || like > sf->n || !get_text(s, &rest))
        return false;
    *hs = STR_NONE;
    if (like + rest.n == 0)
        return true;
    char *both = arena_bytes(a, (size_t)like + rest.n);
    if (like)
        memcpy(both, sf->p, (size_t)like);
    if (rest.n)
        memcpy(both + like, rest.p, rest.n);
    *hs = (struct str){both, (size_t)like + rest.n};
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
    buf_number(b, (i->create ? CREATE : 0) | (i->archive ? ARCHIVE : 0) | (i->ends ? ENDS : 0) |
                      FIELDS | BASE_LIKE);
    if (i->ends)
        buf_number(b, i->why);
    buf_number(b, i->to);
    buf_number(b, i->origin);
    put_text(b, i->id[SIDE_SF]);
    put_text(b, i->id[SIDE_HS]);
    put_bases(b, i->base[SIDE_SF], i->base[SIDE_HS]);
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
          get_bases(a, payload, flags, out) && (!(flags & FIELDS) || get_fields(a, payload, out));
    out->create = flags & CREATE;
    out->archive = flags & ARCHIVE;
    out->ends = flags & ENDS;
    out->why = (enum sever)why;
    out->to = (enum side)to;
    out->origin = (enum link_origin)origin;
    return *ok;
}
