/* pack: the values of one record as bytes for the store: per known value its mapping's id, then its
 * length and bytes. Unknown values are left out, so mappings can come and go. */
#pragma once

#include "base/buf.h"
#include "model/mapping.h"

void values_pack(struct buf *b, const struct mappings *m, const struct value *value);
/* The same values of all mapped fields? One that began, or ceased, to be watched (S2.3) is not a
 * move: bytes differ by the watched fields at their end. */
bool values_same(struct str a, struct str b);
/* Fills value[0 .. m->count-1]; what the bytes do not hold is unknown. The texts borrow `packed`.
 * False: the bytes are damaged (never written by values_pack). */
MUST_CHECK bool values_unpack(struct str packed, const struct mappings *m, struct value *value);
