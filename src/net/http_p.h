/* What the files of the HTTP client share. */
#pragma once

#include <curl/curl.h>

#include "base/limits.h"
#include "net/http.h"
#include "net/pacer.h"
#include "net/retry.h"

struct http_stream;

/* One transfer of curl, used again and again. */
struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    struct buf body, head; /* the answer; header lines joined by LF */
    struct str request_body;
    size_t request_sent; /* of it, where it may be sent once only */
    size_t body_max;
    bool too_large, head_too_large;
    bool head_over;          /* the blank line after the headers came */
    struct http_exchange *x; /* NULL = idle */
    size_t index;            /* of x in its run */
    int64_t sent_us, date_ms;
    struct http_stream *stream; /* bytes go there instead of body */
    struct arena text;          /* URL and header texts of this request */
};

struct http {
    struct http_options o;
    CURLM *multi;
    struct transfer transfer[HTTP_PARALLEL_MAX];
    struct pacer pacer[HTTP_CLASS_COUNT];
    struct http_counts counts;
    struct http_quota quota;
    int64_t offset_ms; /* the service's clock minus our monotonic one; a lower bound */
    bool clock_known;
    unsigned renewals; /* of the token */
    struct err fatal;  /* ends the run */
    bool running;      /* a run is open */
    bool trace_cut;    /* a line of the trace could not be written, and that was told */
    struct arena life; /* copies of the options' texts */
};

/* transfer.c */
MUST_CHECK bool transfer_start(struct http *h, struct transfer *t, struct http_exchange *x,
                               bool renew, struct err *e);
/* Reads status, headers and body of a finished transfer into the exchange. */
void transfer_answer(struct http *h, struct transfer *t, struct arena *a);
void transfer_idle(struct http *h, struct transfer *t);
void transfer_release(struct transfer *t);
/* What became of it: curl takes a connection that ends in mid-headers for an answer. */
CURLcode transfer_result(const struct transfer *t, CURLcode code);
/* A transport failure as an err; *sent: the request may have reached the service. */
void transfer_failure(const struct transfer *t, CURLcode code, bool *sent, struct err *e);

/* clock */
void http_learn_clock(struct http *h, int64_t date_ms, int64_t sent_us, int64_t now_us);

/* trace.c */
void http_trace(struct http *h, const struct http_exchange *x, int64_t took_us);

static inline int64_t http_mono(struct http *h)
{
    return h->o.clock->mono_us(h->o.clock);
}
