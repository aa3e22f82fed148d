/* canned: a service of few words for unit tests: loopback, any free port, answers by a function. */
#pragma once

#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "text/url.h"

struct canned_request {
    struct str method, target, body, head; /* target as sent; head: all header lines */
    struct str path, query;                /* query decoded */
};

struct canned_answer {
    int status;
    const char *type;
    struct buf head, body; /* further header lines, each with CRLF */
    size_t cut_after;      /* bytes of the body after which the line goes dead; 0 = whole */
};

struct canned {
    void (*answer)(struct canned *c, const struct canned_request *q, struct canned_answer *out);
    void *who;
    char base[64];
    int fd, open[64];
    size_t opens;
    pthread_t thread, worker[64];
    pthread_mutex_t lock;
    struct arena arena; /* of the request being answered */
    size_t calls;
};

struct canned_line {
    struct canned *c;
    int fd;
};

static inline bool is(const struct canned_request *q, const char *method, const char *path)
{
    return str_eq(q->method, str_from(method)) && str_eq(q->path, str_from(path));
}

static inline bool says(struct str text, const char *part)
{
    return str_find(text, str_from(part)) >= 0;
}

static inline void put(struct canned_answer *out, const char *text)
{
    buf_str(&out->body, str_from(text));
}

static inline struct str canned_header(struct str head, const char *name)
{
    struct str rest = head, line;
    while (str_cut(&rest, '\n', &line)) {
        struct str key;
        if (str_cut(&line, ':', &key) && str_eq_nocase(key, str_from(name)))
            return str_trim(line);
    }
    return STR_NONE;
}

static inline void canned_send(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        s = str_slice(s, (size_t)n, s.n);
    }
}

static inline bool canned_serve(struct canned *c, int fd, struct str head, struct str body)
{
    struct canned_request q = {.body = body, .head = head};
    struct canned_answer out = {.status = 200, .type = "application/json;charset=UTF-8"};
    struct str rest = head, first, target;
    struct buf b;
    pthread_mutex_lock(&c->lock);
    arena_reset(&c->arena);
    buf_init(&out.head, MIB);
    buf_init(&out.body, 64 * MIB);
    buf_init(&b, 64 * MIB);
    str_cut(&rest, '\n', &first);
    str_cut(&first, ' ', &q.method);
    str_cut(&first, ' ', &q.target);
    target = q.target;
    str_cut(&target, '?', &q.path);
    q.query = target.n ? url_decoded(&c->arena, target, false) : S("");
    c->calls++;
    c->answer(c, &q, &out);
    size_t n = out.body.n;
    buf_fmt(&b, "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%.*s\r\n", out.status,
            out.type, n, STR_ARG(buf_view(&out.head)));
    buf_str(&b, str_slice(buf_view(&out.body), 0, out.cut_after ? out.cut_after : n));
    canned_send(fd, buf_view(&b));
    bool whole = !out.cut_after;
    buf_release(&out.head);
    buf_release(&out.body);
    buf_release(&b);
    pthread_mutex_unlock(&c->lock);
    return whole;
}

static inline void *canned_talk(void *who)
{
    struct canned_line *l = who;
    struct buf in;
    char bytes[65536];
    ssize_t n;
    buf_init(&in, 256 * MIB);
    for (bool go = true; go && (n = recv(l->fd, bytes, sizeof(bytes), 0)) > 0;) {
        buf_add(&in, bytes, (size_t)n);
        for (;;) {
            struct str all = buf_view(&in);
            ptrdiff_t end = str_find(all, S("\r\n\r\n"));
            int64_t length = 0;
            if (end < 0)
                break;
            struct str head = str_slice(all, 0, (size_t)end + 2);
            (void)str_to_i64(canned_header(head, "Content-Length"), &length);
            size_t whole = (size_t)end + 4 + (size_t)length;
            if (all.n < whole)
                break;
            go = canned_serve(l->c, l->fd, head, str_slice(all, (size_t)end + 4, whole));
            memmove(in.p, in.p + whole, in.n - whole);
            in.n -= whole;
        }
    }
    buf_release(&in);
    shutdown(l->fd, SHUT_RDWR);
    free(l);
    return NULL;
}

static inline void *canned_accept(void *who)
{
    struct canned *c = who;
    int fd;
    while ((fd = accept(c->fd, NULL, NULL)) >= 0) {
        struct canned_line *l = malloc(sizeof(*l));
        *l = (struct canned_line){c, fd};
        assert_true(c->opens < LEN(c->open));
        c->open[c->opens] = fd;
        pthread_create(&c->worker[c->opens++], NULL, canned_talk, l);
    }
    return NULL;
}

static inline void canned_start(struct canned *c,
                                void (*answer)(struct canned *, const struct canned_request *,
                                               struct canned_answer *),
                                void *who)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    *c = (struct canned){.answer = answer, .who = who};
    pthread_mutex_init(&c->lock, NULL);
    arena_init(&c->arena, 256 * MIB);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(c->fd >= 0 && bind(c->fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    assert_true(listen(c->fd, 64) == 0);
    getsockname(c->fd, (struct sockaddr *)&at, &n);
    snprintf(c->base, sizeof(c->base), "http://127.0.0.1:%u", ntohs(at.sin_port));
    pthread_create(&c->thread, NULL, canned_accept, c);
}

static inline void canned_stop(struct canned *c)
{
    shutdown(c->fd, SHUT_RDWR);
    pthread_join(c->thread, NULL);
    close(c->fd);
    for (size_t i = 0; i < c->opens; i++) {
        shutdown(c->open[i], SHUT_RDWR);
        pthread_join(c->worker[i], NULL);
        close(c->open[i]);
    }
    arena_release(&c->arena);
}

/* Time moves when somebody sleeps, or a test says so. */
struct hand_clock {
    struct clock clock;
    int64_t ms, slept_ms;
};

static inline int64_t hand_wall(struct clock *c)
{
    return ((struct hand_clock *)c)->ms;
}

static inline int64_t hand_mono(struct clock *c)
{
    return ((struct hand_clock *)c)->ms * 1000;
}

static inline void hand_sleep(struct clock *c, int64_t us)
{
    struct hand_clock *h = (struct hand_clock *)c;
    h->ms += (us + 999) / 1000;
    h->slept_ms += (us + 999) / 1000;
}

static inline struct hand_clock hand_clock_at(int64_t ms)
{
    return (struct hand_clock){{hand_wall, hand_mono, hand_sleep}, ms, 0};
}
