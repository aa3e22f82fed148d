/* scripted: a server on loopback that says, byte for byte, what a test wrote down: one step a
 * request, in the order in which they come; the last step for all that follow. */
#pragma once

#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

struct step {
    const char *raw;           /* NULL = nothing */
    size_t n;                  /* of raw; 0 = up to its NUL */
    const char *wants, *other; /* a request without `wants` is answered with `other` */
    bool hold;                 /* then silence, until the other end gives up */
    bool drop;                 /* then the connection is closed */
};

#define SCRIPT_LINES 64

struct scripted {
    const struct step *step;
    size_t steps, at;
    char base[64];
    int fd, open[SCRIPT_LINES];
    size_t opens;
    pthread_t thread, worker[SCRIPT_LINES];
    pthread_mutex_t lock;
    struct buf seen[SCRIPT_LINES]; /* requests, whole */
};

struct script_line {
    struct scripted *s;
    int fd;
};

static inline void script_send(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

/* false = the connection is over */
static inline bool script_answer(struct scripted *s, int fd, struct str request)
{
    char ignored[4096];
    pthread_mutex_lock(&s->lock);
    const struct step one = s->step[s->at < s->steps ? s->at : s->steps - 1];
    if (s->at < SCRIPT_LINES) {
        buf_init(&s->seen[s->at], MIB);
        buf_str(&s->seen[s->at], request);
    }
    s->at++;
    pthread_mutex_unlock(&s->lock);
    if (one.wants && str_find(request, str_from(one.wants)) < 0)
        script_send(fd, one.other, strlen(one.other));
    else if (one.raw)
        script_send(fd, one.raw, one.n ? one.n : strlen(one.raw));
    while (one.hold && recv(fd, ignored, sizeof(ignored), 0) > 0)
        ;
    return !one.hold && !one.drop;
}

static inline size_t script_length(struct str head)
{
    ptrdiff_t at = str_find(head, S("Content-Length: "));
    return at < 0 ? 0 : strtoul(head.p + at + 16, NULL, 10);
}

static inline void *script_talk(void *who)
{
    struct script_line *l = who;
    struct buf in;
    char bytes[16384];
    ssize_t n;
    buf_init(&in, 16 * MIB);
    for (bool go = true; go && (n = recv(l->fd, bytes, sizeof(bytes), 0)) > 0;) {
        buf_add(&in, bytes, (size_t)n);
        ptrdiff_t end = str_find(buf_view(&in), S("\r\n\r\n"));
        if (end < 0)
            continue;
        struct str head = str_slice(buf_view(&in), 0, (size_t)end + 4);
        if (in.n < head.n + script_length(head))
            continue;
        go = script_answer(l->s, l->fd, buf_view(&in));
        buf_clear(&in);
    }
    buf_release(&in);
    shutdown(l->fd, SHUT_RDWR);
    free(l);
    return NULL;
}

static inline void *script_accept(void *who)
{
    struct scripted *s = who;
    int fd;
    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        struct script_line *l = malloc(sizeof(*l));
        *l = (struct script_line){s, fd};
        assert_true(s->opens < SCRIPT_LINES);
        s->open[s->opens] = fd;
        pthread_create(&s->worker[s->opens++], NULL, script_talk, l);
    }
    return NULL;
}

static inline void script_start(struct scripted *s, const struct step *step, size_t steps)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    *s = (struct scripted){.step = step, .steps = steps};
    pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    assert_true(listen(s->fd, SCRIPT_LINES) == 0);
    getsockname(s->fd, (struct sockaddr *)&at, &n);
    snprintf(s->base, sizeof(s->base), "http://127.0.0.1:%u", ntohs(at.sin_port));
    pthread_create(&s->thread, NULL, script_accept, s);
}

/* No more connections; those that are open go on. */
static inline void script_deaf(struct scripted *s)
{
    if (s->fd < 0)
        return;
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    s->fd = -1;
}

static inline void script_stop(struct scripted *s)
{
    script_deaf(s);
    for (size_t i = 0; i < s->opens; i++) {
        shutdown(s->open[i], SHUT_RDWR);
        pthread_join(s->worker[i], NULL);
        close(s->open[i]);
    }
    for (size_t i = 0; i < SCRIPT_LINES; i++)
        if (s->seen[i].p)
            buf_release(&s->seen[i]);
}
