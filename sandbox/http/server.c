#include "sandbox/http/server.h"

#include <arpa/inet.h>
#include <libdeflate.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"

#define BODY_MAX     (160 * MIB) /* a bulk upload (SF 10.1) */
#define OUT_MAX      (1024 * MIB)
#define ARENA_MAX    (512 * MIB)
#define GZIP_FROM    1400 /* a smaller answer fits one packet anyway */
#define STREAM_BYTES (256 * KIB)
enum { IDLE_MAX = 64 }; /* calls kept for re-use */

struct call { /* one request while it comes in, and its answer while it goes out */
    struct call *next;
    struct server *server;
    struct MHD_Connection *connection;
    struct arena a;
    struct str target;
    struct buf body, out;
    struct response r;
    bool begun, answered, too_large;
    int64_t due_us; /* a delayed answer */
    /* a streamed answer */
    struct buf part, packed;
    size_t sent;
    bool last, gzip;
    z_stream *z; /* of a streamed answer; made when first needed, and kept: it is large */
};

struct server {
    struct MHD_Daemon *daemon;
    handler h;
    void *who;
    int epoll_fd;
    bool gzip;
    struct libdeflate_compressor *whole; /* twice as fast as zlib, but it cannot stream */
    struct call *waiting; /* delayed answers */
    struct call *idle;
    size_t idles;
};

static int64_t mono_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

void response_header(struct response *r, const char *name, struct str value)
{
    if (r->headers == LEN(r->header))
        return;
    r->header[r->headers].name = name;
    r->header[r->headers++].value = value;
}

void response_clear(struct response *r)
{
    if (r->stream_end)
        r->stream_end(r->stream_ctx);
    struct buf *body = r->body;
    buf_clear(body);
    *r = (struct response){
        .status = 200, .content_type = "application/json;charset=UTF-8", .body = body};
}

struct str request_header(const struct request *q, const char *name)
{
    for (size_t i = 0; i < q->extras; i++)
        if (str_eq_nocase(q->extra[i].name, str_from(name)))
            return q->extra[i].value;
    if (!q->connection)
        return STR_NONE;
    return str_from(MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name));
}

/* ---- one call ----------------------------------------------------------------------------------
 */

/* The target as it was sent: libmicrohttpd would decode it. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *c)
{
    struct server *s = cls;
    struct call *call = s->idle;
    if (call) {
        s->idle = call->next;
        s->idles--;
    } else {
        call = calloc(1, sizeof(*call));
        if (!call)
            abort();
        arena_init(&call->a, ARENA_MAX);
        buf_init(&call->body, BODY_MAX);
        buf_init(&call->out, OUT_MAX);
        buf_init(&call->part, 64 * MIB);
        buf_init(&call->packed, 64 * MIB);
    }
    call->server = s;
    call->connection = c;
    call->target = str_dup(&call->a, str_from(uri));
    call->r.body = &call->out;
    return call;
}

/* Small buffers are worth keeping; a bulk upload's are not. */
static void keep_small(struct buf *b)
{
    if (b->cap > 256 * KIB)
        buf_release(b);
    else
        buf_clear(b);
}

static void call_free(struct call *call)
{
    arena_release(&call->a);
    buf_release(&call->body);
    buf_release(&call->out);
    if (call->z)
        deflateEnd(call->z);
    free(call->z);
    free(call);
}

static void on_done(void *cls, struct MHD_Connection *c, void **ctx,
                    enum MHD_RequestTerminationCode code)
{
    struct server *s = cls;
    struct call *call = *ctx;
    (void)c;
    (void)code;
    *ctx = NULL;
    if (!call)
        return;
    if (call->r.stream_end)
        call->r.stream_end(call->r.stream_ctx);
    for (struct call **at = &s->waiting; *at; at = &(*at)->next)
        if (*at == call) {
            *at = call->next;
            break;
        }
    keep_small(&call->body);
    keep_small(&call->out);
    buf_release(&call->part);
    buf_release(&call->packed);
    bool big = call->a.used > MIB;
    if (big)
        arena_release(&call->a);
    else
        arena_reset(&call->a);
    if (s->idles == IDLE_MAX) {
        call_free(call);
        return;
    }
    struct call kept = {.next = s->idle,
                        .a = call->a,
                        .body = call->body,
                        .out = call->out,
                        .part = call->part,
                        .packed = call->packed,
                        .z = call->z};
    if (big)
        arena_init(&kept.a, ARENA_MAX);
    *call = kept;
    s->idle = call;
    s->idles++;
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static bool wants_gzip(struct call *call)
{
    struct str accept =
        str_from(MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "Accept-Encoding"));
    return call->server->gzip && str_find(accept, S("gzip")) >= 0;
}

static void deflate_begin(struct call *call)
{
    bool made = call->z != NULL;
    if (!made)
        call->z = calloc(1, sizeof(*call->z));
    if (!call->z ||
        (made ? deflateReset(call->z)
              : deflateInit2(call->z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY)) != Z_OK)
        abort();
    call->gzip = true;
}

static void deflate_part(struct call *call, struct str in, struct buf *out, bool last)
{
    unsigned char bytes[64 * KIB];
    call->z->next_in = (unsigned char *)(uintptr_t)in.p;
    call->z->avail_in = (unsigned)in.n;
    do {
        call->z->next_out = bytes;
        call->z->avail_out = sizeof(bytes);
        (void)deflate(call->z, last ? Z_FINISH : Z_NO_FLUSH);
        buf_add(out, bytes, sizeof(bytes) - call->z->avail_out);
    } while (call->z->avail_out == 0);
}

static struct str deflate_whole(struct call *call, struct str in)
{
    struct libdeflate_compressor *z = call->server->whole;
    size_t most = libdeflate_gzip_compress_bound(z, in.n);
    char *to = arena_bytes(&call->a, most);
    return (struct str){to, libdeflate_gzip_compress(z, in.p, in.n, to, most)};
}

/* Fills *out of a streamed answer; libmicrohttpd asks again until it is told that it is over. */
static ssize_t on_read(void *cls, uint64_t pos, char *to, size_t max)
{
    struct call *call = cls;
    struct buf *from = call->gzip ? &call->packed : &call->part;
    (void)pos;
    while (call->sent == from->n) {
        if (call->last)
            return MHD_CONTENT_READER_END_OF_STREAM;
        call->sent = 0;
        buf_clear(&call->part);
        buf_clear(&call->packed);
        while (!call->last && call->part.n < STREAM_BYTES / 2)
            call->last = !call->r.stream(call->r.stream_ctx, &call->part);
        if (call->gzip)
            deflate_part(call, buf_view(&call->part), &call->packed, call->last);
        if (call->r.cut_body)
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = MIN(max, from->n - call->sent);
    memcpy(to, from->p + call->sent, n);
    call->sent += n;
    return (ssize_t)n;
}

/* Half of a promised body, then the end of the connection. */
static ssize_t on_half(void *cls, uint64_t pos, char *to, size_t max)
{
    struct call *call = cls;
    size_t half = call->out.n / 2;
    if (pos >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = MIN(max, half - (size_t)pos);
    memcpy(to, call->out.p + pos, n);
    return (ssize_t)n;
}

static struct MHD_Response *whole_body(struct call *call)
{
    struct response *r = &call->r;
    if (r->cut_body)
        return MHD_create_response_from_callback(r->body->n, 16 * KIB, on_half, call, NULL);
    if (r->body->n >= GZIP_FROM && wants_gzip(call)) {
        struct str packed = deflate_whole(call, buf_view(r->body));
        struct MHD_Response *m = MHD_create_response_from_buffer(
            packed.n, (void *)(uintptr_t)packed.p, MHD_RESPMEM_PERSISTENT);
        MHD_add_response_header(m, "Content-Encoding", "gzip");
        return m;
    }
    return MHD_create_response_from_buffer(
        r->body->n, r->body->n ? r->body->p : (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(struct call *call)
{
    struct response *r = &call->r;
    struct MHD_Response *m;
    char value[1024];
    call->answered = true;
    if (r->cut)
        return MHD_NO;
    if (r->stream) {
        if (wants_gzip(call))
            deflate_begin(call);
        m = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BYTES, on_read, call, NULL);
        if (call->gzip)
            MHD_add_response_header(m, "Content-Encoding", "gzip");
    } else {
        m = whole_body(call);
    }
    for (size_t i = 0; i < r->headers; i++) {
        size_t n = MIN(r->header[i].value.n, sizeof(value) - 1);
        memcpy(value, r->header[i].value.p, n);
        value[n] = '\0';
        MHD_add_response_header(m, r->header[i].name, value);
    }
    if (r->content_type && (r->stream || r->body->n))
        MHD_add_response_header(m, "Content-Type", r->content_type);
    enum MHD_Result ok = MHD_queue_response(call->connection, (unsigned)r->status, m);
    MHD_destroy_response(m);
    return ok;
}

static void run_handler(struct call *call, const char *method)
{
    struct server *s = call->server;
    struct MHD_Connection *c = call->connection;
    struct request q = {.a = &call->a, .method = str_from(method), .connection = c};
    struct str rest = call->target;
    str_cut(&rest, '?', &q.path);
    q.query = rest.p ? rest : S("");
    q.body = call->body.n ? buf_view(&call->body) : S("");
    q.authorization = request_header(&q, "Authorization");
    q.content_type = request_header(&q, "Content-Type");
    q.if_match = request_header(&q, "If-Match");
    q.if_modified_since = request_header(&q, "If-Modified-Since");
    q.accept = request_header(&q, "Accept");
    while (q.path.n > 1 && q.path.p[1] == '/') /* a leading double slash is tolerated (SF 2.1) */
        q.path = str_slice(q.path, 1, q.path.n);
    response_clear(&call->r);
    if (call->too_large) {
        call->r.status = 413;
        return;
    }
    s->h(s->who, &q, &call->r);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *n, void **ctx)
{
    struct server *s = cls;
    struct call *call = *ctx;
    (void)url;
    (void)version;
    if (!call->begun) { /* the headers alone; the body follows, then the last call */
        call->begun = true;
        return MHD_YES;
    }
    if (*n) {
        if (!call->too_large)
            buf_add(&call->body, bytes, *n);
        call->too_large = call->too_large || call->body.full;
        *n = 0;
        return MHD_YES;
    }
    if (call->due_us) /* woken up after its delay */
        return answer(call);
    run_handler(call, method);
    if (call->r.delay_ms <= 0)
        return answer(call);
    call->due_us = mono_us() + call->r.delay_ms * 1000;
    call->next = s->waiting;
    s->waiting = call;
    MHD_suspend_connection(c);
    return MHD_YES;
}

/* ---- the loop -----------------------------------------------------------------------------------
 */

struct server *server_start(uint16_t *port, handler h, void *who)
{
    struct server *s = calloc(1, sizeof(*s));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(*port)};
    if (!s)
        abort();
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->h = h;
    s->who = who;
    s->gzip = true;
    s->whole = libdeflate_alloc_compressor(1);
    if (!s->whole)
        abort();
    /* No thread of its own: the internal one stalls at 128 ready events. */
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
        *port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_NOTIFY_COMPLETED, on_done, s,
        MHD_OPTION_CONNECTION_LIMIT, 1024u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(48 * KIB),
        MHD_OPTION_END);
    if (!s->daemon) {
        libdeflate_free_compressor(s->whole);
        free(s);
        return NULL;
    }
    *port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    s->epoll_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return s;
}

void server_gzip(struct server *s, bool on)
{
    s->gzip = on;
}

/* Wakes what is due; how long until the next, in ms. */
static int wake(struct server *s, int wait)
{
    int64_t now = s->waiting ? mono_us() : 0;
    for (struct call **at = &s->waiting; *at;) {
        struct call *call = *at;
        if (call->due_us > now) {
            wait = MIN(wait, (int)((call->due_us - now + 999) / 1000));
            at = &call->next;
            continue;
        }
        *at = call->next;
        MHD_resume_connection(call->connection);
        wait = 0;
    }
    return wait;
}

void server_loop(struct server **s, size_t n, const volatile int *stop)
{
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0)
        abort();
    for (size_t i = 0; i < n; i++) {
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = s[i]};
        epoll_ctl(ep, EPOLL_CTL_ADD, s[i]->epoll_fd, &ev);
    }
    while (!*stop) {
        struct epoll_event got[8];
        int wait = 500;
        for (size_t i = 0; i < n; i++) {
            MHD_UNSIGNED_LONG_LONG ms;
            wait = wake(s[i], wait);
            if (MHD_get_timeout(s[i]->daemon, &ms) == MHD_YES && ms < (unsigned)wait)
                wait = (int)ms;
        }
        epoll_wait(ep, got, LEN(got), wait);
        for (size_t i = 0; i < n; i++)
            MHD_run(s[i]->daemon);
    }
    close(ep);
}

void server_close(struct server *s)
{
    if (!s)
        return;
    while (s->waiting) {
        struct call *call = s->waiting;
        s->waiting = call->next;
        MHD_resume_connection(call->connection);
    }
    MHD_stop_daemon(s->daemon);
    while (s->idle) {
        struct call *call = s->idle;
        s->idle = call->next;
        call_free(call);
    }
    libdeflate_free_compressor(s->whole);
    free(s);
}
