/* stream: a large answer piece by piece. curl pauses when our buffer is full, so memory is bounded
 * whatever the service sends. */
#include <stdlib.h>
#include <string.h>

#include "net/http_p.h"

#define STREAM_BYTES (256 * KIB)

struct http_stream {
    struct http *h;
    struct transfer t;
    struct buf buf;
    size_t taken; /* of buf */
    bool paused, over;
    CURLcode code;
};

static size_t on_bytes(char *bytes, size_t size, size_t n, void *who)
{
    struct http_stream *s = who;
    n *= size;
    if (s->buf.n > STREAM_BYTES) {
        s->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    buf_add(&s->buf, bytes, n);
    return n;
}

static void pump(struct http_stream *s)
{
    int running, left;
    CURLMsg *m;
    curl_multi_perform(s->h->multi, &running);
    while ((m = curl_multi_info_read(s->h->multi, &left)))
        if (m->msg == CURLMSG_DONE && m->easy_handle == s->t.easy) {
            s->over = true;
            s->code = transfer_result(&s->t, m->data.result);
        }
    if (!s->over && s->buf.n == s->taken)
        curl_multi_poll(s->h->multi, NULL, 0, 200, NULL);
}

/* Headers are complete when the first body byte came, or the end. */
static bool first_bytes(struct http_stream *s, struct http_exchange *x, struct err *e)
{
    x->attempts++;
    s->t.stream = s;
    if (!transfer_start(s->h, &s->t, x, false, e))
        return false;
    curl_easy_setopt(s->t.easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(s->t.easy, CURLOPT_WRITEDATA, s);
    s->h->counts.calls[x->req.class]++;
    while (!s->over && s->buf.n == 0) {
        if (s->h->o.stop && *s->h->o.stop)
            return err_set(e, ERR_STOPPED, "stopped", "asked to stop");
        pump(s);
    }
    return true;
}

bool http_stream_open(struct http *h, struct arena *a, struct http_exchange *x,
                      struct http_stream **out, struct err *e)
{
    struct http_stream *s = calloc(1, sizeof(*s));
    bool sent;
    if (!s)
        abort();
    s->h = h;
    buf_init(&s->buf, 16 * MIB);
    int64_t wait;
    while ((wait = pacer_wait_us(&h->pacer[x->req.class], http_mono(h))) > 0 &&
           !(h->o.stop && *h->o.stop))
        h->o.clock->sleep_us(h->o.clock, MIN(wait, 100000));
    pacer_sent(&h->pacer[x->req.class]);
    bool ok = first_bytes(s, x, e);
    pacer_answered(&h->pacer[x->req.class], http_mono(h));
    if (ok && s->over && s->code != CURLE_OK) {
        transfer_failure(&s->t, s->code, &sent, e);
        ok = false;
    }
    if (!ok) {
        http_stream_close(s);
        return false;
    }
    transfer_answer(h, &s->t, a);
    x->answered = true;
    http_trace(h, x, http_mono(h) - s->t.sent_us);
    *out = s;
    return true;
}

bool http_stream_read(struct http_stream *s, char *bytes, size_t max, size_t *n, struct err *e)
{
    bool sent;
    while (s->taken == s->buf.n && !s->over) {
        buf_clear(&s->buf);
        s->taken = 0;
        if (s->paused) {
            s->paused = false;
            curl_easy_pause(s->t.easy, CURLPAUSE_CONT);
        }
        if (s->buf.n == 0)
            pump(s);
        if (s->h->o.stop && *s->h->o.stop)
            return err_set(e, ERR_STOPPED, "stopped", "asked to stop");
    }
    *n = MIN(max, s->buf.n - s->taken);
    if (*n) {
        memcpy(bytes, s->buf.p + s->taken, *n);
        s->taken += *n;
        s->h->counts.bytes_in += *n;
        return true;
    }
    if (s->code == CURLE_OK)
        return true;
    transfer_failure(&s->t, s->code, &sent, e); /* a cut is never an end */
    return false;
}

void http_stream_close(struct http_stream *s)
{
    if (!s)
        return;
    if (s->t.x)
        curl_multi_remove_handle(s->h->multi, s->t.easy);
    transfer_release(&s->t);
    buf_release(&s->buf);
    free(s);
}
