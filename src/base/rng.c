#include "base/rng.h"

uint64_t rng_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void rng_seed(struct rng *r, uint64_t seed)
{
    r->s = seed;
}

uint64_t rng_next(struct rng *r)
{
    uint64_t out = rng_mix(r->s);
    r->s += 0x9e3779b97f4a7c15u;
    return out;
}

uint64_t rng_below(struct rng *r, uint64_t limit)
{
    assert(limit > 0);
    uint64_t spare = (0 - limit) % limit; /* rejects the few that would favour small numbers */
    uint64_t x;
    do
        x = rng_next(r);
    while (x < spare);
    return x % limit;
}

double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}
