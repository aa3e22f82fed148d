#include "net/retry.h"

#define FIRST_MS 250
#define MOST_MS  (30 * MS_SECOND)

int64_t retry_delay_ms(int attempt, int64_t told_ms, struct rng *rng)
{
    int64_t most = FIRST_MS << MIN(MAX(attempt - 1, 0), 16);
    most = MIN(most, MOST_MS);
    int64_t own = most / 2 + (int64_t)rng_below(rng, (uint64_t)most / 2 + 1);
    if (told_ms <= 0)
        return own;
    return told_ms + (int64_t)rng_below(rng, (uint64_t)MIN(told_ms / 10, MS_SECOND) + 1);
}
