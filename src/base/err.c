#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The bytes of the UTF-8 character at s; 0 = none is there. *cut: it may be one whose end is
 * missing. */
static size_t character(const unsigned char *s, bool *cut)
{
    static const struct {
        unsigned char from, to, second_from, second_to;
    } lead[] = {{0xc2, 0xdf, 0x80, 0xbf}, {0xe0, 0xe0, 0xa0, 0xbf}, {0xe1, 0xec, 0x80, 0xbf},
                {0xed, 0xed, 0x80, 0x9f}, {0xee, 0xef, 0x80, 0xbf}, {0xf0, 0xf0, 0x90, 0xbf},
                {0xf1, 0xf3, 0x80, 0xbf}, {0xf4, 0xf4, 0x80, 0x8f}};
    *cut = false;
    if (*s < 0x80)
        return 1;
    for (size_t i = 0; i < LEN(lead); i++) {
        if (*s < lead[i].from || *s > lead[i].to)
            continue;
        size_t n = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4, at = 1;
        if (s[1] >= lead[i].second_from && s[1] <= lead[i].second_to)
            for (at = 2; at < n && s[at] >= 0x80 && s[at] <= 0xbf;)
                at++;
        *cut = at < n && s[at] == '\0';
        return at == n ? n : 0;
    }
    return 0;
}

/* Texts of services come cut anywhere, and end up in JSON, which must be UTF-8: a character cut at
 * the end is dropped, other broken bytes become '?'. */
static void repair(char *text)
{
    bool cut;
    for (char *s = text; *s;) {
        size_t n = character((unsigned char *)s, &cut);
        if (n == 0)
            *s = cut ? '\0' : '?';
        s += n > 0 ? n : !cut;
    }
}

static void copy(char *to, size_t size, const char *from, size_t n)
{
    n = MIN(n, size - 1);
    memcpy(to, from, n);
    to[n] = '\0';
    repair(to);
}

bool err_set(struct err *e, enum err_kind kind, const char *code, const char *fmt, ...)
{
    va_list ap;
    *e = (struct err){.kind = kind};
    copy(e->code, sizeof(e->code), code, strlen(code));
    va_start(ap, fmt);
    vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
    va_end(ap);
    repair(e->msg);
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
    repair(e->hint);
    return false;
}

struct err *err_dup(struct arena *a, const struct err *e)
{
    struct err *out = ARENA_NEW(a, struct err);
    *out = *e;
    return out;
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
    repair(e->msg);
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
