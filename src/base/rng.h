/* rng: chance as an argument: the same seed gives the same numbers everywhere. Not for secrets. */
#pragma once

#include "base/base.h"

struct rng {
    uint64_t s;
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);                  /* splitmix64 */
uint64_t rng_below(struct rng *r, uint64_t limit); /* 0 .. limit-1; limit > 0 */
double rng_unit(struct rng *r);                    /* 0 <= x < 1 */
uint64_t rng_mix(uint64_t x);                      /* one stateless step, for values from a seed */
