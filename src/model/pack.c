/* Per known value: its mapping's id and (length + 1, 0 = blank) as LEB128, then the bytes. */
#include "model/pack.h"

void values_pack(struct buf *b, const struct mappings *m, const struct value *value)
{
    for (size_t i = 0; i < m->count; i++) {
        if (!value_known(&value[i]))
            continue;
        buf_number(b, m->map[i].id);
        buf_number(b, value[i].state == VALUE_TEXT ? value[i].text.n + 1 : 0);
        if (value[i].state == VALUE_TEXT)
            buf_str(b, value[i].text);
    }
}

bool values_same(struct str a, struct str b)
{
    uint64_t id;
    struct str longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;
    if (str_eq(a, b))
        return true;
    if (!str_starts(longer, shorter))
        return false;
    struct str rest = str_slice(longer, shorter.n, longer.n);
    return buf_cut_number(&rest, &id) && id >= MAPPING_WATCHED;
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
        if (!buf_cut_number(&packed, &id) || !buf_cut_number(&packed, &code))
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
