#include "net/pacer.h"

#include <stdlib.h>

void pacer_init(struct pacer *p, unsigned limit, int64_t window_ms)
{
    *p = (struct pacer){.limit = limit, .window_us = window_ms * 1000};
    p->end_us = calloc(limit ? limit : 1, sizeof(*p->end_us));
    if (!p->end_us)
        abort();
}

void pacer_release(struct pacer *p)
{
    free(p->end_us);
    p->end_us = NULL;
}

static void forget(struct pacer *p, int64_t now_us)
{
    while (p->count > 0 && p->end_us[p->head] <= now_us) {
        p->head = (p->head + 1) % p->limit;
        p->count--;
    }
}

int64_t pacer_wait_us(struct pacer *p, int64_t now_us)
{
    if (now_us < p->blocked_until_us)
        return p->blocked_until_us - now_us;
    if (p->limit == 0)
        return 0;
    forget(p, now_us);
    if (p->flying + p->count < p->limit)
        return 0;
    return p->count > 0 ? p->end_us[p->head] - now_us : INT64_MAX;
}

void pacer_sent(struct pacer *p)
{
    p->flying++;
}

void pacer_answered(struct pacer *p, int64_t now_us)
{
    assert(p->flying > 0);
    p->flying--;
    if (p->limit == 0)
        return;
    if (p->count == p->limit) /* learnt ones filled it: the oldest leaves first */
        forget(p, p->end_us[p->head]);
    p->end_us[(p->head + p->count) % p->limit] = now_us + p->window_us;
    p->count++;
}

void pacer_learn(struct pacer *p, unsigned left, int64_t now_us)
{
    if (p->limit == 0 || left > p->limit)
        return;
    forget(p, now_us);
    size_t used = p->limit - left;
    for (size_t ours = p->flying + p->count; ours < used && p->count < p->limit; ours++) {
        p->end_us[(p->head + p->count) % p->limit] = now_us + p->window_us;
        p->count++;
    }
}

void pacer_block(struct pacer *p, int64_t until_us)
{
    p->blocked_until_us = MAX(p->blocked_until_us, until_us);
}
