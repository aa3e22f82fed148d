/* clock: time as an argument, so that tests own it. Never global, never in src/core. */
#pragma once

#include "base/base.h"

struct clock {
    int64_t (*wall_ms)(struct clock *); /* since 1970 UTC */
    int64_t (*mono_us)(struct clock *); /* for sleeps and durations only */
    void (*sleep_us)(struct clock *, int64_t us);
};

struct clock *clock_system(void);
