#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy(char *to, size_t size, const char *from, size_t n)
{
    n = MIN(n, size - 1);
    memcpy(to, from, n);
    to[n] = '\0';
}

bool err_set(struct err *e, enum err_kind kind, const char *code, const char *fmt, ...)
{
    va_list ap;
    *e = (struct err){.kind = kind};
    copy(e->code, sizeof(e->code), code, strlen(code));
    va_start(ap, fmt);
    vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
    va_end(ap);
    return false;
}

bool err_rule(struct err *e, const char *rule)
{
    copy(e->rule, sizeof(e->rule), rule, strlen(rule));
    return false;
}

bool err_hint(struct err *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
    va_end(ap);
    return false;
}

bool err_subject(struct err *e, struct str subject)
{
    if (subject.p)
        copy(e->subject, sizeof(e->subject), subject.p, subject.n);
    return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
    char msg[sizeof(e->msg)];
    va_list ap;
    copy(msg, sizeof(msg), e->msg, strlen(e->msg));
    va_start(ap, fmt);
    int n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
    va_end(ap);
    size_t at = MIN((size_t)MAX(n, 0), sizeof(e->msg) - 1);
    struct str rest = str_from(msg);
    copy(e->msg + at, sizeof(e->msg) - at, ": ", 2);
    at = strlen(e->msg);
    copy(e->msg + at, sizeof(e->msg) - at, rest.p, rest.n);
    return false;
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",         [ERR_RETRY] = "retry",     [ERR_WAIT] = "wait",
        [ERR_REAUTH] = "reauth",     [ERR_STALE] = "stale",     [ERR_REJECTED] = "rejected",
        [ERR_REFUSED] = "refused",   [ERR_CONFIG] = "config",   [ERR_USAGE] = "usage",
        [ERR_INTERNAL] = "internal", [ERR_STOPPED] = "stopped",
    };
    return names[kind];
}
