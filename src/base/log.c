#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};

/* Control characters would let a record's value forge a line. */
static void escaped(struct buf *b, const char *s, bool json)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (json && (c == '"' || c == '\\'))
            buf_fmt(b, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buf_fmt(b, json ? "\\u%04x" : "\\x%02x", c);
        else if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0) /* C1 */
            buf_fmt(b, json ? "\\u%04x" : "\\x%02x", (unsigned char)*++s);
        else
            buf_char(b, (char)c);
    }
}

static void put(struct log *l, enum log_level level, const char *fields, const char *msg)
{
    char when[32];
    struct buf b;
    struct tm tm;
    int64_t ms = l->clock->wall_ms(l->clock);
    time_t s = (time_t)(ms / 1000);
    gmtime_r(&s, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
    buf_init(&b, 16 * KIB);
    if (l->json && l->name)
        buf_fmt(&b, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"name\":\"%s\",\"message\":\"", when,
                (int)(ms % 1000), level_names[level], l->name);
    else if (l->json)
        buf_fmt(&b, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"message\":\"", when,
                (int)(ms % 1000), level_names[level]);
    else
        buf_fmt(&b, "%s.%03dZ %-5s %s%s", when, (int)(ms % 1000), level_names[level],
                l->name ? l->name : "", l->name ? ": " : "");
    escaped(&b, msg, l->json);
    if (l->json)
        buf_fmt(&b, "\"%s%s}", fields ? "," : "", fields ? fields : "");
    buf_char(&b, '\n');
    ssize_t ignored = write(l->fd, b.p, b.n);
    (void)ignored; /* a log that cannot be written must not stop the work */
    buf_release(&b);
}

static void say(struct log *l, enum log_level level, const char *fields, const char *fmt,
                va_list ap) PRINTF_LIKE(4, 0);

static void say(struct log *l, enum log_level level, const char *fields, const char *fmt,
                va_list ap)
{
    char msg[2048];
    if (!l || l->fd < 0 || level > l->level)
        return;
    vsnprintf(msg, sizeof(msg), fmt, ap);
    put(l, level, fields, msg);
}

void log_at(struct log *l, enum log_level level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(l, level, NULL, fmt, ap);
    va_end(ap);
}

void log_fields(struct log *l, enum log_level level, const char *fields, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(l, level, fields, fmt, ap);
    va_end(ap);
}
