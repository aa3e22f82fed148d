#include "net/retry.h"

#include "text/iso8601.h"

#define FIRST_MS 250
#define MOST_MS  (30 * MS_SECOND)

int64_t retry_after_ms(const struct http_response *res, int64_t most_ms)
{
    struct str text = http_header_get(res, "Retry-After");
    int64_t n, at;
    if (str_to_i64(text, &n))
        return n >= 1 && n <= most_ms / 1000 ? n * 1000 : 0;
    at = text.n ? http_date_ms(text) : 0;
    if (!at || !res->date_ms || at <= res->date_ms || at - res->date_ms > most_ms)
        return 0;
    return at - res->date_ms;
}

int64_t retry_delay_ms(int attempt, int64_t told_ms, struct rng *rng)
{
    int64_t most = FIRST_MS << MIN(MAX(attempt - 1, 0), 16);
    most = MIN(most, MOST_MS);
    int64_t own = most / 2 + (int64_t)rng_below(rng, (uint64_t)most / 2 + 1);
    if (told_ms <= 0)
        return own;
    return told_ms + (int64_t)rng_below(rng, (uint64_t)MIN(told_ms / 10, MS_SECOND) + 1);
}
