/* trace: one JSON line an exchange, for a person who asks why. No token, secret, assertion or
 * password is in it (S17.1): headers are left out, and such members are blanked in bodies. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "net/http_p.h"
#include "text/json.h"

#define TRACE_BODY_BYTES 4096

static const char *const secret_names[] = {
    "access_token", "refresh_token", "client_secret", "assertion",    "tokenKey", "password",
    "signature",    "sessionId",     "token",         "code",         "id_token", "accessToken",
    "refreshToken", "clientSecret",  "id_token_hint", "access-token", "secret",
};

static bool word_char(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static size_t blanks(struct str text, size_t at)
{
    while (at < text.n && strchr(" \t\r\n", text.p[at]) && text.p[at])
        at++;
    return at;
}

/* A member or parameter of a secret name begins at `at`; its value begins at *value. */
static bool secret_at(struct str text, size_t at, size_t *value)
{
    if (at > 0 && word_char(text.p[at - 1]))
        return false;
    for (size_t i = 0; i < LEN(secret_names); i++) {
        struct str name = str_from(secret_names[i]);
        size_t k = at + name.n;
        if (!str_starts(str_slice(text, at, text.n), name) || k >= text.n)
            continue;
        if (text.p[k] == '=') {
            *value = k + 1;
            return true;
        }
        if (text.p[k] != '"' || str_eq(name, S("code"))) /* in JSON that is an error's */
            continue;
        k = blanks(text, k + 1);
        if (k < text.n && text.p[k] == ':') {
            *value = blanks(text, k + 1);
            return true;
        }
    }
    return false;
}

/* Where the JSON value or the parameter that begins at `at` ends. */
static size_t value_end(struct str text, size_t at, bool json)
{
    int depth = 0;
    bool quoted = false;
    for (; at < text.n; at++) {
        char c = text.p[at];
        if (quoted && c == '\\')
            at++;
        else if (c == '"' && json)
            quoted = !quoted;
        else if (!quoted && depth == 0 && (json ? strchr(",}] \t\r\n", c) : strchr("&\" \n", c)) &&
                 c)
            return at;
        else if (!quoted && (c == '[' || c == '{'))
            depth++;
        else if (!quoted && (c == ']' || c == '}'))
            depth--;
    }
    return text.n;
}

/* The text with each secret's value blanked. */
static void redacted(struct buf *b, struct str text)
{
    size_t value;
    for (size_t i = 0; i < text.n;) {
        if (!secret_at(text, i, &value)) {
            buf_char(b, text.p[i++]);
            continue;
        }
        bool json = text.p[value - 1] != '=';
        buf_add(b, text.p + i, value - i);
        buf_str(b, json ? S("\"***\"") : S("***"));
        i = value_end(text, value, json);
    }
}

static void put(struct buf *line, const char *key, struct str text)
{
    struct buf clean;
    if (!text.n)
        return;
    buf_init(&clean, 4 * TRACE_BODY_BYTES);
    redacted(&clean, str_slice(text, 0, TRACE_BODY_BYTES));
    buf_fmt(line, ",\"%s\":", key);
    json_quote(line, buf_view(&clean));
    buf_release(&clean);
}

void http_trace(struct http *h, const struct http_exchange *x, int64_t took_us)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct buf line;
    if (h->o.trace_fd < 0)
        return;
    buf_init(&line, MIB); /* three texts, each byte six when it is escaped */
    buf_fmt(&line, "{\"at_ms\":%lld,\"service\":\"%s\",\"method\":\"%s\"",
            (long long)h->o.clock->wall_ms(h->o.clock), h->o.service ? h->o.service->name : "",
            methods[x->req.method]);
    put(&line, "path", x->req.path);
    buf_fmt(&line, ",\"status\":%d,\"took_ms\":%.1f,\"attempt\":%d", x->res.status,
            (double)took_us / 1000, x->attempts);
    put(&line, "request", x->req.body);
    put(&line, "answer", x->res.body);
    buf_str(&line, S("}\n"));
    /* A trace that cannot be written does not stop the work; its reader is told once. */
    ssize_t n = write(h->o.trace_fd, line.p, line.n);
    if ((n < 0 || (size_t)n < line.n) && !h->trace_cut) {
        log_warn(h->o.log, "the trace has gaps: %s", n < 0 ? strerror(errno) : "the disk is full");
        h->trace_cut = true;
    }
    buf_release(&line);
}
