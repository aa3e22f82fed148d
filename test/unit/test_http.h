/* What the tests of the HTTP client share: a client whose clock, credentials and service are the
 * test's own. */
#pragma once

#include "scripted.h"

#include "base/limits.h"
#include "net/http_p.h"

#define NOW_MS INT64_C(1795451049000) /* 2026-11-23T16:24:09Z */
#define SOON   150                    /* a deadline that a silent server lets pass */

#define OK_EMPTY  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define STATUS(n) "HTTP/1.1 " #n " X\r\nContent-Length: 0\r\n\r\n"

struct hand {
    struct clock clock;
    int64_t ms, slept_ms;
};

struct client {
    struct scripted server;
    struct hand hand;
    struct rng rng;
    struct arena a;
    struct http *http;
    struct http_auth auth;
    struct http_exchange x;
    struct err e;
    int tokens, renewals;
    stop_flag stop;
};

static inline int64_t hand_wall(struct clock *c)
{
    return ((struct hand *)c)->ms;
}

static inline int64_t hand_mono(struct clock *c)
{
    return ((struct hand *)c)->ms * 1000;
}

static inline void hand_sleep(struct clock *c, int64_t us)
{
    struct hand *h = (struct hand *)c;
    h->ms += (us + 999) / 1000;
    h->slept_ms += (us + 999) / 1000;
}

/* A service of plain rules: 401 renew, 429 slow down, 477 the day is over, 5xx again. */
static inline struct answer classify(const struct http_response *res)
{
    int64_t told = retry_after_ms(res, MS_HOUR);
    if (res->status == 401)
        return (struct answer){ANSWER_RENEW, 0};
    if (res->status == 429)
        return (struct answer){ANSWER_SLOW_DOWN, told ? told : 1000};
    if (res->status == 477)
        return (struct answer){ANSWER_DAY_OVER, told};
    return (struct answer){res->status >= 500 ? ANSWER_RETRY : ANSWER_DONE, told};
}

static inline void quota(const struct http_response *res, struct http_quota *out)
{
    int64_t left;
    if (str_to_i64(http_header_get(res, "X-Left"), &left))
        out->burst_left = left;
}

static const struct http_service service = {"thing", classify, quota};

static inline bool give_token(struct http_auth *auth, bool renew, struct http_token *out,
                              struct err *e)
{
    struct client *c = (struct client *)((char *)auth - offsetof(struct client, auth));
    (void)e;
    c->tokens++;
    c->renewals += renew;
    *out = (struct http_token){c->renewals ? S("token-two") : S("token-one"), STR_NONE};
    return true;
}

static inline struct http_options options(struct client *c)
{
    return (struct http_options){.base = str_from(c->server.base),
                                 .service = &service,
                                 .clock = &c->hand.clock,
                                 .rng = &c->rng,
                                 .trace_fd = -1,
                                 .stop = &c->stop};
}

static inline void begin(struct client *c, const struct step *step, size_t steps)
{
    *c = (struct client){.hand = {{hand_wall, hand_mono, hand_sleep}, NOW_MS, 0},
                         .auth = {give_token},
                         .x = {.req = {.path = S("/a"), .repeatable = true}}};
    rng_seed(&c->rng, 1);
    arena_init(&c->a, 64 * MIB);
    script_start(&c->server, step, steps);
    struct http_options o = options(c);
    assert_true(http_open(&c->http, &o, &c->e));
}

static inline void open_with(struct client *c, const struct http_options *o)
{
    http_close(c->http);
    assert_true(http_open(&c->http, o, &c->e));
}

static inline void end(struct client *c)
{
    http_close(c->http);
    script_stop(&c->server);
    arena_release(&c->a);
}

#define BEGIN(c, ...)                                                                              \
    static const struct step steps_[] = {__VA_ARGS__};                                             \
    struct client c;                                                                               \
    (void)state;                                                                                   \
    begin(&c, steps_, LEN(steps_))

static inline bool one(struct client *c)
{
    return http_one(c->http, &c->a, &c->x, &c->e);
}

/* A write that must not be sent twice. */
static inline void once_only(struct client *c)
{
    c->x.req = (struct http_request){.method = HTTP_POST, .path = S("/a"), .body = S("{}")};
}
