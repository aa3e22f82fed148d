/* log: one line an event, for people or (json) for machines. Values are escaped; no secrets. A line
 * is one write, so that threads may share a file. */
#pragma once

#include "base/base.h"
#include "base/clock.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
    struct clock *clock;
    int fd; /* -1 = silent */
    enum log_level level;
    bool json;
    const char *name; /* of what speaks, such as the connection; NULL = none */
};

void log_at(struct log *l, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same with `fields`, members of a JSON object, which only the json form shows. */
void log_fields(struct log *l, enum log_level level, const char *fields, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
#define log_error(l, ...) log_at((l), LOG_ERROR, __VA_ARGS__)
#define log_warn(l, ...)  log_at((l), LOG_WARN, __VA_ARGS__)
#define log_info(l, ...)  log_at((l), LOG_INFO, __VA_ARGS__)
#define log_debug(l, ...) log_at((l), LOG_DEBUG, __VA_ARGS__)
