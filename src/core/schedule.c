#include "core/schedule.h"

#define FAILED_MOST_MS (15 * MS_MINUTE)

int64_t back_off_ms(int64_t first_ms, int64_t most_ms, unsigned failures, uint64_t chance)
{
    int64_t wait = MIN(first_ms, most_ms);
    for (unsigned i = 1; i < failures && wait < most_ms; i++)
        wait = wait > most_ms / 2 ? most_ms : 2 * wait;
    int64_t half = wait / 2;
    return wait - half + (int64_t)(chance % (uint64_t)(half + 1));
}

int64_t poll_interval_ms(int64_t set_ms, uint64_t calls, int64_t allocation)
{
    if (allocation <= 0 || calls == 0)
        return set_ms;
    int64_t share =
        MAX(allocation / 100 * POLL_SHARE_PERCENT + allocation % 100 * POLL_SHARE_PERCENT / 100, 1);
    int64_t needs =
        calls > (uint64_t)share ? MS_DAY : ((int64_t)calls * MS_DAY + share - 1) / share;
    return MAX(set_ms, MIN(needs, MS_DAY));
}

uint64_t round_due(int64_t age_ms, int64_t elapsed_ms, uint64_t total, uint64_t done)
{
    if (elapsed_ms >= age_ms)
        return ROUND_ALL;
    if (elapsed_ms <= 0)
        return 0;
    uint64_t want = (uint64_t)((double)total * ((double)elapsed_ms / (double)age_ms));
    return want > done ? want - done : 0;
}

int64_t next_pass_ms(const struct pass_end *end, int64_t interval_ms,
                     const int64_t due_ms[SIDE_COUNT], const int64_t now_ms[SIDE_COUNT],
                     uint64_t chance)
{
    int64_t wait = interval_ms;
    switch (end->how) {
    case END_MORE:
        return PASS_PAUSE_MS;
    case END_REFUSED:
        return interval_ms;
    case END_WAIT:
        if (end->until_ms > now_ms[SIDE_SF])
            return MAX(MIN(end->until_ms - now_ms[SIDE_SF], MS_HOUR), interval_ms);
        return MAX(back_off_ms(MS_MINUTE, FAILED_MOST_MS, end->failures, chance), interval_ms);
    case END_FAILED:
        return MAX(back_off_ms(MIN(interval_ms, MS_MINUTE), FAILED_MOST_MS, end->failures, chance),
                   PASS_PAUSE_MS);
    case END_DONE:
        break;
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (due_ms[s])
            wait = MIN(wait, MAX(due_ms[s] - now_ms[s], PASS_PAUSE_MS));
    return wait;
}
