/* base: the few words every file of Tandem uses. libc only. */
#pragma once

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define LEN(array)             (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b)              ((a) < (b) ? (a) : (b))
#define MAX(a, b)              ((a) > (b) ? (a) : (b))

/* Set by a signal handler or another thread, looked at by those at work: please end early. */
typedef atomic_int stop_flag;

#define KIB 1024UL
#define MIB (1024UL * KIB)

/* Times are milliseconds since 1970 UTC on the clock of the service that said them; 0 = unknown. */
#define MS_SECOND INT64_C(1000)
#define MS_MINUTE (60 * MS_SECOND)
#define MS_HOUR   (60 * MS_MINUTE)
#define MS_DAY    (24 * MS_HOUR)
