#include "net/http_p.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ATTEMPTS     6
#define EARLIER_SEARCHES 2

/* Date says a whole second of the time between our sending and now: so the service's clock is at
 * least that far ahead. The largest such bound is kept until an answer contradicts it (the clock
 * was set back). */
void http_learn_clock(struct http *h, int64_t date_ms, int64_t sent_us, int64_t now_us)
{
    int64_t least = date_ms - now_us / 1000, most = date_ms + 1000 - sent_us / 1000;
    if (!h->clock_known || least > h->offset_ms || h->offset_ms > most)
        h->offset_ms = least;
    h->clock_known = true;
}

int64_t http_now_ms(struct http *h)
{
    return h->clock_known ? h->offset_ms + http_mono(h) / 1000 : h->o.clock->wall_ms(h->o.clock);
}

struct http_counts http_counted(const struct http *h)
{
    return h->counts;
}

struct http_quota http_quota(const struct http *h)
{
    return h->quota;
}

static CURLcode curl_started;

static void start_curl(void)
{
    curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_open(struct http **out, const struct http_options *o, struct err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http *h = calloc(1, sizeof(*h));
    if (!h)
        abort();
    pthread_once(&once, start_curl);
    if (curl_started != CURLE_OK) {
        free(h);
        return err_set(e, ERR_INTERNAL, "curl", "libcurl does not start");
    }
    h->o = *o;
    arena_init(&h->life, MIB);
    h->o.base = str_dup(&h->life, o->base);
    if (!h->o.limits.parallel || h->o.limits.parallel > HTTP_PARALLEL_MAX)
        h->o.limits.parallel = HTTP_PARALLEL_MAX;
    if (!h->o.max_attempts)
        h->o.max_attempts = MAX_ATTEMPTS;
    h->quota = (struct http_quota){-1, -1, -1};
    h->offset_ms = o->clock->wall_ms(o->clock) - o->clock->mono_us(o->clock) / 1000;
    h->multi = curl_multi_init();
    if (!h->multi)
        abort();
    pacer_init(&h->pacer[HTTP_CLASS_PLAIN], o->limits.burst, o->limits.burst_ms);
    pacer_init(&h->pacer[HTTP_CLASS_SEARCH], o->limits.search, o->limits.search_ms);
    pacer_init(&h->pacer[HTTP_CLASS_FREE], 0, 0);
    /* No answer tells what is left of the searches (H4.4); an earlier process may have just used
     * some. */
    if (o->limits.search > EARLIER_SEARCHES)
        pacer_learn(&h->pacer[HTTP_CLASS_SEARCH], o->limits.search - EARLIER_SEARCHES,
                    http_mono(h));
    *out = h;
    return true;
}

void http_close(struct http *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < HTTP_PARALLEL_MAX; i++) {
        if (h->transfer[i].x)
            transfer_idle(h, &h->transfer[i]);
        transfer_release(&h->transfer[i]);
    }
    curl_multi_cleanup(h->multi);
    for (size_t i = 0; i < HTTP_CLASS_COUNT; i++)
        pacer_release(&h->pacer[i]);
    arena_release(&h->life);
    free(h);
}

/* ---- one run -------------------------------------------------------------------------------- */

static bool stopping(const struct http *h)
{
    return h->o.stop && *h->o.stop;
}

struct item {
    struct http_exchange *x;
    int64_t due_us;
    unsigned token; /* it was sent with the token of this renewal */
    bool over, renew, renewed;
    bool maybe; /* an attempt may have taken effect, and no answer has settled it (S8.2) */
};

struct http_run {
    struct http *h;
    struct arena *a;
    struct item *item;
    size_t n, room, left;
    size_t next;  /* no exchange before it waits to be sent */
    size_t *over; /* in the order in which they ended */
    size_t overs, told;
    unsigned flying;
    bool ended; /* send no more */
};

static void over(struct http_run *r, size_t i)
{
    r->item[i].over = true;
    r->item[i].x->unknown = r->item[i].maybe;
    r->over[r->overs++] = i;
    r->left--;
}

static void end_run(struct http_run *r, const struct err *why)
{
    if (!r->ended)
        r->h->fatal = *why;
    r->ended = true;
}

static void try_again(struct http_run *r, size_t i, int64_t wait_ms)
{
    r->item[i].due_us = http_mono(r->h) + wait_ms * 1000;
    r->next = MIN(r->next, i);
    r->h->counts.retried++;
}

static void give_up(struct http_run *r, size_t i, const struct err *why)
{
    r->item[i].x->err = *why;
    over(r, i);
}

static int64_t delay(struct http_run *r, size_t i, int64_t told_ms)
{
    return retry_delay_ms(r->item[i].x->attempts, told_ms, r->h->o.rng);
}

/* An answer came: is it the last word? */
static void judge(struct http_run *r, size_t i)
{
    struct http *h = r->h;
    struct http_exchange *x = r->item[i].x;
    struct answer a = h->o.service ? h->o.service->classify(&x->res) : (struct answer){0};
    struct err why;
    bool more = x->attempts < h->o.max_attempts;
    h->quota.burst_left = -1;
    if (h->o.service && h->o.service->quota)
        h->o.service->quota(&x->res, &h->quota);
    if (h->quota.burst_left >= 0)
        pacer_learn(&h->pacer[x->req.class], (unsigned)h->quota.burst_left, http_mono(h));
    x->answered = true;
    switch (a.class) {
    case ANSWER_DONE:
        r->item[i].maybe = false;
        over(r, i);
        return;
    case ANSWER_RENEW:
        if (h->o.auth && !x->req.no_auth && !r->item[i].renewed) {
            r->item[i].renew = r->item[i].renewed = true;
            try_again(r, i, 0);
            return;
        }
        err_set(&why, ERR_REAUTH, "not_authorised", "%s refuses our credentials (HTTP %d)",
                h->o.service->name, x->res.status);
        err_hint(&why, "connect again: `tandem connect %s`", h->o.service->name);
        end_run(r, &why);
        over(r, i);
        return;
    case ANSWER_SLOW_DOWN:
        h->counts.limited++;
        pacer_block(&h->pacer[x->req.class], http_mono(h) + delay(r, i, a.wait_ms) * 1000);
        if (more)
            try_again(r, i, 0);
        else
            over(r, i);
        return;
    case ANSWER_DAY_OVER:
        h->counts.limited++;
        err_set(&why, ERR_WAIT, "day_quota", "%s's quota of calls is used up", h->o.service->name);
        err_rule(&why, "S16.2");
        why.retry_at_ms = a.wait_ms ? http_now_ms(h) + a.wait_ms : 0;
        end_run(r, &why);
        over(r, i);
        return;
    case ANSWER_RETRY:
        /* 5xx other than 503 leaves open whether the request took effect (S8.2). */
        if (x->res.status >= 500 && x->res.status != 503)
            r->item[i].maybe = true;
        if (more && (x->req.repeatable || !r->item[i].maybe))
            try_again(r, i, delay(r, i, a.wait_ms));
        else
            over(r, i);
        return;
    }
}

static void failed(struct http_run *r, struct transfer *t, CURLcode code)
{
    struct http_exchange *x = t->x;
    struct err why;
    bool sent;
    size_t i = t->index;
    transfer_failure(t, code, &sent, &why);
    err_wrap(&why, "%s", r->h->o.service ? r->h->o.service->name : "http");
    r->item[i].maybe = r->item[i].maybe || sent;
    if (sent && !x->req.repeatable) {
        give_up(r, i, &why);
    } else if (why.kind == ERR_RETRY && x->attempts < r->h->o.max_attempts) {
        try_again(r, i, delay(r, i, 0));
    } else {
        give_up(r, i, &why);
        if (why.kind == ERR_CONFIG)
            end_run(r, &why);
    }
}

static void finished(struct http_run *r, struct transfer *t, CURLcode code)
{
    struct http *h = r->h;
    int64_t now = http_mono(h), took = now - t->sent_us;
    size_t i = t->index;
    r->flying--;
    pacer_answered(&h->pacer[t->x->req.class], now);
    code = transfer_result(t, code);
    struct http_exchange *x = t->x;
    x->res = (struct http_response){0}; /* not that of an earlier attempt */
    if (code == CURLE_OK)
        transfer_answer(h, t, r->a);
    http_trace(h, x, took);
    if (code == CURLE_OK)
        judge(r, i);
    else
        failed(r, t, code);
    transfer_idle(h, t);
}

static struct transfer *idle(struct http *h)
{
    for (size_t i = 0; i < h->o.limits.parallel; i++)
        if (!h->transfer[i].x)
            return &h->transfer[i];
    return NULL;
}

/* Sends what may be sent now; returns when the next could be, INT64_MAX = after an answer. */
static int64_t send_due(struct http_run *r)
{
    struct http *h = r->h;
    int64_t soonest = INT64_MAX, now = http_mono(h);
    bool first = true;
    for (size_t i = r->next; i < r->n && !r->ended; i++) {
        struct http_exchange *x = r->item[i].x;
        struct item *s = &r->item[i];
        if (s->over || s->due_us == INT64_MAX)
            continue;
        if (first)
            r->next = i;
        first = false;
        if (r->flying >= h->o.limits.parallel)
            return INT64_MAX;
        int64_t wait =
            s->due_us > now ? s->due_us - now : pacer_wait_us(&h->pacer[x->req.class], now);
        if (wait > 0) {
            soonest = wait == INT64_MAX ? soonest : MIN(soonest, now + wait);
            continue;
        }
        struct transfer *t = idle(h);
        struct err why;
        /* Many calls that meet a 401 together renew once: one sent before the last renewal needs
         * only the new token. */
        bool renew = s->renew && h->renewals == s->token;
        x->attempts++;
        x->answered = x->unknown = false;
        bool started = transfer_start(h, t, x, renew, &why);
        h->renewals += renew;
        s->token = h->renewals;
        if (!started) {
            give_up(r, i, &why);
            end_run(r, &why);
            return soonest;
        }
        s->renew = false;
        t->index = i;
        s->due_us = INT64_MAX; /* on its way */
        pacer_sent(&h->pacer[x->req.class]);
        h->counts.calls[x->req.class]++;
        r->flying++;
    }
    return soonest;
}

static void pump(struct http_run *r, int64_t until_us)
{
    struct http *h = r->h;
    int running, left;
    CURLMsg *m;
    curl_multi_perform(h->multi, &running);
    bool any = false;
    while ((m = curl_multi_info_read(h->multi, &left))) {
        struct transfer *t;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        finished(r, t, code);
        any = true;
    }
    if (any)
        return;
    int64_t wait = MIN(until_us == INT64_MAX ? 1000 * 1000 : until_us - http_mono(h), 200 * 1000);
    if (wait <= 0)
        return;
    if (r->flying > 0)
        curl_multi_poll(h->multi, NULL, 0, (int)((wait + 999) / 1000), NULL);
    else
        h->o.clock->sleep_us(h->o.clock, wait);
}

struct http_run *http_begin(struct http *h, struct arena *a)
{
    struct http_run *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    assert(!h->running);
    h->running = true;
    r->h = h;
    r->a = a;
    return r;
}

void http_add(struct http_run *r, struct http_exchange *x)
{
    int running;
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 32;
        r->item = realloc(r->item, r->room * sizeof(*r->item));
        r->over = realloc(r->over, r->room * sizeof(*r->over));
        if (!r->item || !r->over)
            abort();
    }
    x->answered = x->unknown = false;
    x->attempts = 0;
    r->item[r->n++] = (struct item){.x = x};
    r->left++;
    if (r->flying < r->h->o.limits.parallel && !stopping(r->h)) {
        send_due(r);
        curl_multi_perform(r->h->multi, &running); /* its bytes go out while we do something else */
    }
}

/* The run has ended: what was never sent is over as well. */
static void give_up_rest(struct http_run *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->item[i].over)
            continue;
        if (!r->item[i].x->answered)
            r->item[i].x->err = r->h->fatal;
        over(r, i);
    }
}

struct http_exchange *http_next(struct http_run *r)
{
    while (r->told == r->overs && r->left > 0) {
        if (stopping(r->h) && !r->ended) {
            struct err why;
            err_set(&why, ERR_STOPPED, "stopped", "asked to stop");
            end_run(r, &why);
        }
        int64_t until = send_due(r);
        if (r->ended && r->flying == 0)
            give_up_rest(r);
        else
            pump(r, until);
    }
    if (r->told == r->overs)
        return NULL;
    if (!r->ended) { /* the others go on while the caller is at this one */
        int running;
        send_due(r);
        curl_multi_perform(r->h->multi, &running);
    }
    return r->item[r->over[r->told++]].x;
}

bool http_end(struct http_run *r, struct err *e)
{
    bool ok = !r->ended;
    assert(r->left == 0);
    r->h->running = false;
    if (!ok)
        *e = r->h->fatal;
    free(r->item);
    free(r->over);
    free(r);
    return ok;
}
