/* net/http.h without a net: every exchange is answered by the next piece of a script.
 *
 * The pieces stand behind 0x1e; one may begin with its status, "404 ". Where the script ends the
 * run does. */
#include "net/http.h"
#include "base/limits.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/script.h"

#include <stdlib.h>
#include <string.h>

#define EXCHANGES_MAX 300 /* an answer may well say «go on» for ever */

static struct {
    struct str rest;
    size_t served;
} script;

void script_set(struct str answers)
{
    script.rest = answers;
    script.served = 0;
}

struct http {
    struct http_options o;
};

struct http_run {
    struct http *h;
    struct arena *a;
    struct http_exchange **x;
    size_t n, told;
    bool ended;
};

bool http_open(struct http **out, const struct http_options *o, struct err *e)
{
    (void)e;
    *out = calloc(1, sizeof(**out));
    if (!*out)
        abort();
    (*out)->o = *o;
    return true;
}

void http_close(struct http *h)
{
    free(h);
}

int64_t http_now_ms(struct http *h)
{
    (void)h;
    return SCRIPT_NOW_MS;
}

struct http_counts http_counted(const struct http *h)
{
    (void)h;
    return (struct http_counts){0};
}

struct http_quota http_quota(const struct http *h)
{
    (void)h;
    return (struct http_quota){-1, -1, -1};
}

struct http_run *http_begin(struct http *h, struct arena *a)
{
    struct http_run *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    r->h = h;
    r->a = a;
    return r;
}

void http_add(struct http_run *r, struct http_exchange *x)
{
    struct http_exchange **more = realloc(r->x, (r->n + 1) * sizeof(struct http_exchange *));
    if (!more)
        abort();
    r->x = more;
    x->answered = x->unknown = false;
    x->attempts = 0;
    r->x[r->n++] = x;
}

static void answer(struct arena *a, struct http_exchange *x, struct str text)
{
    static struct http_header locator[] = {{SEED("Sforce-Locator"), SEED("AbC")},
                                           {SEED("Sforce-Limit-Info"), SEED("api-usage=18/15000")}};
    int64_t status = 200;
    if (text.n > 3 && text.p[3] == ' ' && str_to_i64(str_slice(text, 0, 3), &status) && status >= 0)
        text = str_slice(text, 4, text.n);
    x->attempts = 1;
    x->answered = status > 0;
    x->unknown = status == 0;
    x->res = (struct http_response){.status = (int)status,
                                    .body = str_dup(a, text),
                                    .content_type = text.n && (text.p[0] == '{' || text.p[0] == '[')
                                                        ? S("application/json")
                                                        : S("text/csv"),
                                    .header = locator,
                                    .headers = status % 2 ? 2 : 1,
                                    .date_ms = SCRIPT_NOW_MS,
                                    .asked_ms = SCRIPT_NOW_MS};
    if (!x->answered)
        err_set(&x->err, ERR_RETRY, "cut", "the connection was cut");
}

struct http_exchange *http_next(struct http_run *r)
{
    struct str text;
    if (r->told == r->n)
        return NULL;
    struct http_exchange *x = r->x[r->told++];
    if (script.served++ < EXCHANGES_MAX && str_cut(&script.rest, '\x1e', &text)) {
        answer(r->a, x, text);
    } else {
        r->ended = true;
        err_set(&x->err, ERR_STOPPED, "stopped", "the script is over");
    }
    return x;
}

bool http_end(struct http_run *r, struct err *e)
{
    bool ok = !r->ended;
    free(r->x);
    free(r);
    return ok || err_set(e, ERR_STOPPED, "stopped", "the script is over");
}

/* A stream is an answer in pieces of a few bytes. */
struct http_stream {
    struct str rest;
};

bool http_stream_open(struct http *h, struct arena *a, struct http_exchange *x,
                      struct http_stream **out, struct err *e)
{
    if (!http_one(h, a, x, e))
        return false;
    *out = calloc(1, sizeof(**out));
    if (!*out)
        abort();
    (*out)->rest = x->res.body;
    return true;
}

bool http_stream_read(struct http_stream *s, char *bytes, size_t max, size_t *n, struct err *e)
{
    (void)e;
    *n = MIN(MIN(max, (size_t)13), s->rest.n);
    if (*n)
        memcpy(bytes, s->rest.p, *n);
    s->rest = str_slice(s->rest, *n, s->rest.n);
    return true;
}

void http_stream_close(struct http_stream *s)
{
    free(s);
}
