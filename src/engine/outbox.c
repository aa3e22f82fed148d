/* The outbox's own form: numbers as LEB128, texts with their length in front. */
#include "engine/engine_p.h"

#define BASE_SAME 1 /* the partner's base is byte for byte the first one's: kept once */
#define CREATE    2

static void put_number(struct buf *b, uint64_t n)
{
    do {
        buf_char(b, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
        n >>= 7;
    } while (n > 0);
}

static void put_text(struct buf *b, struct str s)
{
    put_number(b, s.n);
    buf_str(b, s);
}

static bool get_number(struct str *s, uint64_t *out)
{
    uint64_t n = 0;
    for (unsigned shift = 0; s->n > 0 && shift < 63; shift += 7) {
        unsigned char c = (unsigned char)*s->p;
        *s = (struct str){s->p + 1, s->n - 1};
        n |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *out = n;
            return true;
        }
    }
    return false;
}

static bool get_text(struct str *s, struct str *out)
{
    uint64_t n;
    if (!get_number(s, &n) || n > s->n)
        return false;
    *out = n ? (struct str){s->p, (size_t)n} : STR_NONE;
    *s = (struct str){s->p + n, s->n - (size_t)n};
    return true;
}

void intent_put(struct buf *b, const struct intent *i)
{
    bool same = str_eq(i->base[SIDE_SF], i->base[SIDE_HS]);
    put_number(b, (same ? BASE_SAME : 0) | (i->create ? CREATE : 0));
    put_number(b, i->to);
    put_number(b, i->origin);
    put_text(b, i->id[SIDE_SF]);
    put_text(b, i->id[SIDE_HS]);
    put_text(b, i->base[SIDE_SF]);
    if (!same)
        put_text(b, i->base[SIDE_HS]);
}

bool intent_next(struct str *payload, struct intent *out, bool *ok)
{
    uint64_t flags = 0, to = 0, origin = 0;
    *ok = true;
    if (payload->n == 0)
        return false;
    *out = (struct intent){0};
    *ok = get_number(payload, &flags) && get_number(payload, &to) && to < SIDE_COUNT &&
          get_number(payload, &origin) && get_text(payload, &out->id[SIDE_SF]) &&
          get_text(payload, &out->id[SIDE_HS]) && get_text(payload, &out->base[SIDE_SF]);
    if (*ok && flags & BASE_SAME)
        out->base[SIDE_HS] = out->base[SIDE_SF];
    else
        *ok = *ok && get_text(payload, &out->base[SIDE_HS]);
    out->create = flags & CREATE;
    out->to = (enum side)to;
    out->origin = (enum link_origin)origin;
    return *ok;
}
