/* retry: what an answer means for the next attempt: pure decisions (S15.2, H4, H5, SF 4). */
#pragma once

#include "base/rng.h"
#include "net/http.h"

enum answer_class {
    ANSWER_DONE,      /* final: the caller reads it (2xx, and 4xx about the content) */
    ANSWER_RETRY,     /* passing trouble without effect or repeatable: again after a back-off */
    ANSWER_SLOW_DOWN, /* a short limit (429 burst, concurrent): all calls wait `wait_ms` */
    ANSWER_DAY_OVER,  /* a long limit: the run ends with ERR_WAIT */
    ANSWER_RENEW,     /* 401: renew the token once and send again */
};

struct answer {
    enum answer_class class;
    int64_t wait_ms; /* told or known by rule; 0 = compute */
};

/* How one service's answers are read; each driver has one, const. */
struct http_service {
    const char *name;
    struct answer (*classify)(const struct http_response *res);
    /* Fills day_max/day_left from headers when they are there. */
    void (*quota)(const struct http_response *res, struct http_quota *out);
};

/* What `Retry-After` asks for: whole seconds, or a date after the answer's own. 0 = absent, without
 * sense, or more than `most_ms` (H4.11): then the delay is ours to compute. */
int64_t retry_after_ms(const struct http_response *res, int64_t most_ms);

/* Exponential with full jitter: attempt 1 = first repeat. Pure: the same rng state, same answer. */
int64_t retry_delay_ms(int attempt, int64_t told_ms, struct rng *rng);
