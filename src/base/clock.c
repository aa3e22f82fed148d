#include "base/clock.h"

#include <time.h>

static int64_t wall_ms(struct clock *c)
{
    struct timespec t;
    (void)c;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t mono_us(struct clock *c)
{
    struct timespec t;
    (void)c;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void sleep_us(struct clock *c, int64_t us)
{
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    (void)c;
    if (us > 0)
        nanosleep(&t, NULL); /* a signal ends it early: the caller looks at its stop flag */
}

struct clock *clock_system(void)
{
    static struct clock system = {wall_ms, mono_us, sleep_us};
    return &system;
}
