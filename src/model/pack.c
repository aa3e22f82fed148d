/* Per known value: its mapping's id and (length + 1, 0 = blank) as LEB128, then the bytes. */
#include "model/pack.h"

static void put_number(struct buf *b, uint64_t n)
{
    unsigned char byte[10];
    size_t at = 0;
    do {
        byte[at++] = (unsigned char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
        n >>= 7;
    } while (n > 0);
    buf_add(b, byte, at);
}

static bool get_number(struct str *s, uint64_t *out)
{
    uint64_t n = 0;
    for (unsigned shift = 0; s->n > 0 && shift < 63; shift += 7) {
        unsigned char c = (unsigned char)*s->p;
        s->p++;
        s->n--;
        n |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *out = n;
            return true;
        }
    }
    return false;
}

void values_pack(struct buf *b, const struct mappings *m, const struct value *value)
{
    for (size_t i = 0; i < m->count; i++) {
        if (!value_known(&value[i]))
            continue;
        put_number(b, m->map[i].id);
        put_number(b, value[i].state == VALUE_TEXT ? value[i].text.n + 1 : 0);
        if (value[i].state == VALUE_TEXT)
            buf_str(b, value[i].text);
    }
}

/* Ids mostly come in the order of the mappings: look there first. */
static size_t index_of(const struct mappings *m, uint64_t id, size_t guess)
{
    if (guess < m->count && m->map[guess].id == id)
        return guess;
    for (size_t i = 0; i < m->count; i++)
        if (m->map[i].id == id)
            return i;
    return m->count;
}

bool values_unpack(struct str packed, const struct mappings *m, struct value *value)
{
    for (size_t i = 0; i < m->count; i++)
        value[i] = VALUE_NOT_KNOWN;
    size_t next = 0;
    while (packed.n > 0) {
        uint64_t id, code;
        if (!get_number(&packed, &id) || !get_number(&packed, &code))
            return false;
        size_t bytes = code > 0 ? (size_t)code - 1 : 0;
        if (bytes > packed.n)
            return false;
        size_t i = index_of(m, id, next);
        if (i < m->count)
            value[i] = code ? value_text((struct str){packed.p, bytes}) : VALUE_EMPTY;
        next = i + 1;
        packed.p += bytes;
        packed.n -= bytes;
    }
    return true;
}
