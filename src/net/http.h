/* http: batches of exchanges with one service over one curl multi (S16, H2, H4, SF 2-4).
 *
 * A caller fills exchanges and gets them back done. Below this line live connection re-use, HTTP/2,
 * TLS verification, gzip, deadlines, size ceilings, the pacer (S16.2), retries (S15.2), the bearer
 * token with its renewal under one lock, the learning of the service's clock, call counts and the
 * redacted trace. Above it code reads top to bottom; no callbacks. One struct http per service and
 * thread, one run at a time. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/str.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

/* Which of the service's budgets a call draws on; the pacer keeps a window for each. */
enum http_class {
    HTTP_CLASS_PLAIN,
    HTTP_CLASS_SEARCH, /* HubSpot search: 5 a second per portal (H4.4) */
    HTTP_CLASS_FREE,   /* token and version calls: count nowhere */
    HTTP_CLASS_COUNT
};

struct http_header {
    struct str name, value;
};

struct http_request {
    enum http_method method;
    enum http_class class;
    struct str path;            /* from the base address on, with the query: "/crm/objects/..." */
    struct str body;            /* none = no body */
    struct str content_type;    /* none = application/json when there is a body */
    struct http_header *header; /* further ones */
    size_t headers;
    size_t body_max;    /* of the answer; 0 = HTTP_BODY_BYTES_MAX */
    int64_t timeout_ms; /* 0 = 30 s (H2.9: 120 s for batches and search is the caller's word) */
    bool repeatable;    /* a reading, or what may be done twice whatever happened meanwhile (a
                           delete): retried on a cut connection and 5xx. Otherwise, a record's
                           values above all, it ends as `unknown` there (S8.2).
                           429/423/477 and 503-with-no-effect are always retried. */
    bool no_auth;
};

struct http_response {
    int status;      /* 0 = no answer */
    struct str body; /* in the arena of http_run */
    struct str content_type;
    struct http_header *header;
    size_t headers;
    int64_t date_ms;  /* the service's Date */
    int64_t asked_ms; /* the service's clock when the (last) request was sent (S8.6) */
};

struct http_exchange {
    struct http_request req;
    struct http_response res;
    bool answered; /* an HTTP answer is there, whatever its status */
    bool unknown;  /* sent, and whether one of the attempts took effect is not known: also when the
                      last one was a 429 or never left */
    int attempts;
    struct err err; /* !answered: why (ERR_RETRY, ERR_WAIT, ERR_REAUTH, ERR_CONFIG for TLS/DNS) */
};

struct str http_header_get(const struct http_response *res, const char *name); /* no case */

/* Gives the bearer token, renewing it when `renew` says the last one was refused (SF 2.3, H3.10).
 * `base` (may stay none) replaces the base address (Salesforce's instance_url, SF T5). */
struct http_token {
    struct str token, base; /* live until the next call of the source */
};
struct http_auth {
    bool (*token)(struct http_auth *, bool renew, struct http_token *out, struct err *e);
};

/* The service's own reading of an answer: pure decisions given by the driver (retry.h). */
struct http_service;

struct http_limits {
    unsigned burst, burst_ms;   /* calls per window, e.g. 190 per 10,000 ms; 0 = none */
    unsigned search, search_ms; /* e.g. 5 per 1,000 ms */
    unsigned parallel;          /* exchanges in flight, at most HTTP_PARALLEL_MAX */
};

struct http_options {
    struct str base; /* url_endpoint-checked */
    const struct http_service *service;
    struct http_auth *auth; /* NULL = no Authorization header */
    struct http_limits limits;
    struct clock *clock;
    struct log *log;
    struct rng *rng;
    const char *ca_file; /* NULL = the system's */
    const char *user_agent;
    int trace_fd;          /* -1 = none; redacted JSON lines (S17.1) */
    const stop_flag *stop; /* set asynchronously: finish what is in flight, send no more */
    int max_attempts;      /* 0 = 6 */
};

struct http;
MUST_CHECK bool http_open(struct http **out, const struct http_options *o, struct err *e);
void http_close(struct http *h);

/* A run: exchanges are added as they are ready and come back as they are over, answered or given
 * up, in that order; meanwhile the others are under way. So bodies are built and answers read while
 * the service works. Answers live in `a`; an exchange must stay where it is until it came back.
 *
 *     struct http_run *run = http_begin(h, a);
 *     for (...) http_add(run, &x[i]);
 *     while ((done = http_next(run))) ...          more may be added here
 *     if (!http_end(run, e)) ...
 *
 * http_end returns false when the run had to stop (stop, dead credentials, day's quota). Exchanges
 * that were not sent come back too then, with attempts 0 and the reason. */
struct http_run;
struct http_run *http_begin(struct http *h, struct arena *a);
void http_add(struct http_run *r, struct http_exchange *x);
struct http_exchange *http_next(struct http_run *r); /* NULL = all are over */
MUST_CHECK bool http_end(struct http_run *r, struct err *e);

/* The same for exchanges that are ready together. */
MUST_CHECK bool http_all(struct http *h, struct arena *a, struct http_exchange *x, size_t n,
                         struct err *e);
/* One exchange; sugar. True iff it was answered. */
MUST_CHECK bool http_one(struct http *h, struct arena *a, struct http_exchange *x, struct err *e);

/* A large answer read piece by piece, with bounded memory (bulk CSV). Headers are there after
 * http_stream_open; http_stream_read gives the next bytes (at most `max`), n = 0 at the end. A cut
 * before the announced end is an error, never an end. */
struct http_stream;
MUST_CHECK bool http_stream_open(struct http *h, struct arena *a, struct http_exchange *x,
                                 struct http_stream **out, struct err *e);
MUST_CHECK bool http_stream_read(struct http_stream *s, char *bytes, size_t max, size_t *n,
                                 struct err *e);
void http_stream_close(struct http_stream *s);

int64_t http_now_ms(struct http *h); /* the service's clock (design, Time); wall clock before the
                                        first answer */
struct http_counts {
    uint64_t calls[HTTP_CLASS_COUNT]; /* sent, retries included */
    uint64_t retried, limited;        /* 429 and the like */
    uint64_t bytes_in, bytes_out;
};
struct http_counts http_counted(const struct http *h);
/* What the headers last said of the day's quota; -1 = not told. */
struct http_quota {
    int64_t day_max, day_left;
    int64_t burst_left; /* of the last answer */
};
struct http_quota http_quota(const struct http *h);
