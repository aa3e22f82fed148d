/* trace: one JSON line an exchange, for a person who asks why. No token, secret, assertion or
 * password is in it (S17.1): headers are left out, and such members are blanked in bodies. */
#include <string.h>
#include <unistd.h>

#include "net/http_p.h"
#include "text/json.h"

#define TRACE_BODY_BYTES 4096

static const char *const secret_names[] = {
    "access_token", "refresh_token", "client_secret", "assertion", "tokenKey",
    "password",     "signature",     "sessionId",     "token",     "code",
};

static bool secret_at(struct str text, size_t at, size_t *value)
{
    for (size_t i = 0; i < LEN(secret_names); i++) {
        struct str name = str_from(secret_names[i]);
        struct str rest = str_slice(text, at, text.n);
        bool word =
            at == 0 || !(text.p[at - 1] == '_' || (text.p[at - 1] >= 'a' && text.p[at - 1] <= 'z'));
        if (!word || !str_starts(rest, name))
            continue;
        size_t k = name.n;
        while (k < rest.n && strchr("\" :=", rest.p[k]) && rest.p[k])
            k++;
        if (k > name.n) {
            *value = at + k;
            return true;
        }
    }
    return false;
}

/* The text with each secret member's value blanked. */
static void redacted(struct buf *b, struct str text)
{
    size_t value;
    for (size_t i = 0; i < text.n;) {
        if (!secret_at(text, i, &value)) {
            buf_char(b, text.p[i++]);
            continue;
        }
        buf_add(b, text.p + i, value - i);
        buf_str(b, S("***"));
        i = value;
        while (i < text.n && !strchr("\"&,} \n", text.p[i]))
            i++;
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
    buf_init(&line, 64 * KIB);
    buf_fmt(&line, "{\"at_ms\":%lld,\"service\":\"%s\",\"method\":\"%s\"",
            (long long)h->o.clock->wall_ms(h->o.clock), h->o.service ? h->o.service->name : "",
            methods[x->req.method]);
    put(&line, "path", x->req.path);
    buf_fmt(&line, ",\"status\":%d,\"took_ms\":%.1f,\"attempt\":%d", x->res.status,
            (double)took_us / 1000, x->attempts);
    put(&line, "request", x->req.body);
    put(&line, "answer", x->res.body);
    buf_str(&line, S("}\n"));
    ssize_t ignored = write(h->o.trace_fd, line.p, line.n);
    (void)ignored; /* a trace that cannot be written must not stop the work */
    buf_release(&line);
}
