/* pacer: uses a rolling window fully and never passes it (S16.2, H4.14). Pure: time is given.
 *
 * A call counts from its sending until `window_ms` after its answer. */
#pragma once

#include "base/base.h"

struct pacer {
    unsigned limit; /* calls in a window; 0 = no limit */
    int64_t window_us;
    unsigned flying; /* sent, not answered */
    int64_t *end_us; /* ring: when each answered call leaves the window */
    size_t head, count;
    int64_t blocked_until_us; /* after a 429 */
};

void pacer_init(struct pacer *p, unsigned limit, int64_t window_ms);
void pacer_release(struct pacer *p);
/* 0 = may be sent now; otherwise microseconds to wait; INT64_MAX = wait for an answer first. */
int64_t pacer_wait_us(struct pacer *p, int64_t now_us);
void pacer_sent(struct pacer *p);
void pacer_answered(struct pacer *p, int64_t now_us);
/* The service says how many calls of the window are left: what others (or an earlier process of
 * ours) used counts as if we had sent it now. */
void pacer_learn(struct pacer *p, unsigned left, int64_t now_us);
void pacer_block(struct pacer *p, int64_t until_us);
