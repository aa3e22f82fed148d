/* pairs: texts that stand for each other on the two sides, found by either in the same time: users
 * and owners (S6.6), linked accounts and companies (S11.2). */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "model/side.h"

struct value_pair {
    struct str side[SIDE_COUNT]; /* canonical text on each side */
};

struct id_pairs {
    const struct value_pair *pair;
    size_t count;
    const struct value_pair **by[SIDE_COUNT]; /* sorted by that side's text */
};

/* Borrows `pair`. Of several with the same text on a side the first given is found. */
void pairs_index(struct arena *a, const struct value_pair *pair, size_t count,
                 struct id_pairs *out);
/* The other side's text; none = it has no partner. */
struct str pairs_partner(const struct id_pairs *p, enum side from, struct str text);
