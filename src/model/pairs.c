#include "model/pairs.h"

#include <stdlib.h>

static int by_text(const struct value_pair *x, const struct value_pair *y, enum side s)
{
    int c = str_cmp(x->side[s], y->side[s]);
    return c ? c : x < y ? -1 : x > y; /* the first given comes first */
}

static int by_salesforce(const void *a, const void *b)
{
    return by_text(*(const struct value_pair *const *)a, *(const struct value_pair *const *)b,
                   SIDE_SF);
}

static int by_hubspot(const void *a, const void *b)
{
    return by_text(*(const struct value_pair *const *)a, *(const struct value_pair *const *)b,
                   SIDE_HS);
}

void pairs_index(struct arena *a, const struct value_pair *pair, size_t count, struct id_pairs *out)
{
    *out = (struct id_pairs){.pair = pair, .count = count};
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        out->by[s] = ARENA_ARRAY(a, const struct value_pair *, count);
        for (size_t i = 0; i < count; i++)
            out->by[s][i] = &pair[i];
        qsort(out->by[s], count, sizeof(*out->by[s]), s == SIDE_SF ? by_salesforce : by_hubspot);
    }
}

struct str pairs_partner(const struct id_pairs *p, enum side from, struct str text)
{
    size_t lo = 0, hi = p->count;
    while (lo < hi) { /* the first that is not less */
        size_t mid = (lo + hi) / 2;
        if (str_cmp(p->by[from][mid]->side[from], text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < p->count && str_eq(p->by[from][lo]->side[from], text);
    return found ? p->by[from][lo]->side[side_other(from)] : STR_NONE;
}
