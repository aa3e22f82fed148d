/* The outbox's own form: numbers as LEB128, texts with their length in front. */
#include "engine/engine_p.h"

#define BASE_SAME 1 /* the partner's base is byte for byte the first one's: kept once */
#define CREATE    2
#define ARCHIVE   4
#define ENDS      8 /* why follows */

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

void intent_put(struct buf *b, const struct intent *i)
{
    bool same = str_eq(i->base[SIDE_SF], i->base[SIDE_HS]);
    buf_number(b, (same ? BASE_SAME : 0) | (i->create ? CREATE : 0) | (i->archive ? ARCHIVE : 0) |
                      (i->ends ? ENDS : 0));
    if (i->ends)
        buf_number(b, i->why);
    buf_number(b, i->to);
    buf_number(b, i->origin);
    put_text(b, i->id[SIDE_SF]);
    put_text(b, i->id[SIDE_HS]);
    put_text(b, i->base[SIDE_SF]);
    if (!same)
        put_text(b, i->base[SIDE_HS]);
}

bool intent_next(struct str *payload, struct intent *out, bool *ok)
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
    out->create = flags & CREATE;
    out->archive = flags & ARCHIVE;
    out->ends = flags & ENDS;
    out->why = (enum sever)why;
    out->to = (enum side)to;
    out->origin = (enum link_origin)origin;
    return *ok;
}
