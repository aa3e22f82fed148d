/* schedule: when what comes next (S4.1, S4.3, S15.2). Pure: times and chance are arguments. */
#pragma once

#include "base/base.h"
#include "model/side.h"

/* `first_ms` after the first failure, doubled with each further one, at most `most_ms`; of that the
 * second half is left to `chance`, so that many that failed together do not come back together. */
int64_t back_off_ms(int64_t first_ms, int64_t most_ms, unsigned failures, uint64_t chance);

/* S4.3: the interval at which so many calls a poll stay within POLL_SHARE of `allocation` calls a
 * day: `set_ms`, or longer, at most a day. allocation <= 0 = not known: as set. */
#define POLL_SHARE_PERCENT 20
int64_t poll_interval_ms(int64_t set_ms, uint64_t calls, int64_t allocation);

/* S4.1, S4.2: a round over all records, of which there are `total`, takes at most `age_ms`. How
 * many more than `done` should have been read when `elapsed_ms` are over; after age_ms all that are
 * left.
 */
#define ROUND_ALL UINT64_MAX
uint64_t round_due(int64_t age_ms, int64_t elapsed_ms, uint64_t total, uint64_t done);

/* How a pass ended, as far as the next one hangs on it. */
struct pass_end {
    enum {
        END_DONE,
        END_MORE,    /* the slice was over, there is more due */
        END_REFUSED, /* a brake, a suspension, the switch: a person's turn */
        END_WAIT,    /* a quota: not before `until_ms`, 0 = not told */
        END_FAILED,
    } how;
    int64_t until_ms;
    unsigned failures; /* in a row, this one included */
};

/* How long until the next pass. due_ms: the nearest due time of each side, 0 = none; now_ms: that
 * service's clock. */
#define PASS_PAUSE_MS 200 /* between two passes in a row: others may have the store */
int64_t next_pass_ms(const struct pass_end *end, int64_t interval_ms,
                     const int64_t due_ms[SIDE_COUNT], const int64_t now_ms[SIDE_COUNT],
                     uint64_t chance);
