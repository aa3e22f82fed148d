#include "sandbox/http/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/limits.h"

#define BODY_MAX (160 * MIB) /* a bulk upload (SF 10.1) */

struct server {
    struct MHD_Daemon *daemon;
    handler h;
    void *who;
    int epoll_fd;
};

struct call { /* one request while it comes in */
    struct arena a;
    struct str target;
    struct buf body, out;
    bool begun, too_large;
};

void response_header(struct response *r, const char *name, struct str value)
{
    if (r->headers == LEN(r->header))
        return;
    r->header[r->headers].name = name;
    r->header[r->headers++].value = value;
}

static struct str header_of(struct MHD_Connection *c, const char *name)
{
    return str_from(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

/* The target as it was sent: libmicrohttpd would decode it. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *c)
{
    struct call *call = calloc(1, sizeof(*call));
    (void)cls;
    (void)c;
    if (!call)
        abort();
    arena_init(&call->a, 512 * MIB);
    buf_init(&call->body, BODY_MAX);
    buf_init(&call->out, 1024 * MIB);
    call->target = str_dup(&call->a, str_from(uri));
    return call;
}

static enum MHD_Result answer(struct MHD_Connection *c, struct response *r)
{
    struct MHD_Response *m = MHD_create_response_from_buffer(
        r->body->n, r->body->n ? r->body->p : (void *)(uintptr_t) "", MHD_RESPMEM_MUST_COPY);
    char value[512];
    for (size_t i = 0; i < r->headers; i++) {
        size_t n = MIN(r->header[i].value.n, sizeof(value) - 1);
        memcpy(value, r->header[i].value.p, n);
        value[n] = '\0';
        MHD_add_response_header(m, r->header[i].name, value);
    }
    if (r->content_type)
        MHD_add_response_header(m, "Content-Type", r->content_type);
    enum MHD_Result ok = MHD_queue_response(c, (unsigned)r->status, m);
    MHD_destroy_response(m);
    return ok;
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
        buf_add(&call->body, bytes, *n);
        call->too_large = call->body.full;
        *n = 0;
        return MHD_YES;
    }
    struct request q = {.a = &call->a, .method = str_from(method)};
    struct str rest = call->target;
    str_cut(&rest, '?', &q.path);
    q.query = rest.p ? rest : S("");
    q.body = buf_view(&call->body);
    q.authorization = header_of(c, "Authorization");
    q.content_type = header_of(c, "Content-Type");
    q.if_match = header_of(c, "If-Match");
    q.if_modified_since = header_of(c, "If-Modified-Since");
    q.accept = header_of(c, "Accept");
    while (q.path.n > 1 && q.path.p[1] == '/') /* a leading double slash is tolerated (SF 2.1) */
        q.path = str_slice(q.path, 1, q.path.n);
    struct response r = {
        .status = 200, .content_type = "application/json;charset=UTF-8", .body = &call->out};
    s->h(s->who, &q, &r);
    return r.cut ? MHD_NO : answer(c, &r);
}

static void on_done(void *cls, struct MHD_Connection *c, void **ctx,
                    enum MHD_RequestTerminationCode code)
{
    struct call *call = *ctx;
    (void)cls;
    (void)c;
    (void)code;
    if (!call)
        return;
    buf_release(&call->body);
    buf_release(&call->out);
    arena_release(&call->a);
    free(call);
    *ctx = NULL;
}

struct server *server_start(uint16_t *port, handler h, void *who)
{
    struct server *s = calloc(1, sizeof(*s));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(*port)};
    if (!s)
        abort();
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->h = h;
    s->who = who;
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO, *port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&at, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_CONNECTION_LIMIT, 1024u,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(64 * KIB), MHD_OPTION_END);
    if (!s->daemon) {
        free(s);
        return NULL;
    }
    *port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    s->epoll_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return s;
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
    MHD_stop_daemon(s->daemon);
    free(s);
}
