/* server: several ports in one loop over libmicrohttpd. A request is complete before its handler
 * runs; a handler is straight-line code that fills a response. No thread per connection. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct request_header {
    struct str name, value;
};

struct request {
    struct arena *a; /* until the response is sent */
    struct str method, path, query, body;
    struct str authorization, content_type, if_match, if_modified_since, accept;
    void *connection;                   /* the server's own; NULL for a request within a request */
    const struct request_header *extra; /* its headers then */
    size_t extras;
};

/* STR_NONE = absent. The text lives as long as the request. */
struct str request_header(const struct request *q, const char *name);

struct response {
    int status;
    const char *content_type;
    struct buf *body;
    struct {
        const char *name;
        struct str value;
    } header[16];
    size_t headers;
    /* A long body in parts: appends some to *b, false = that was the last. `stream_end` is called
     * once in any case. With it, `body` is not used. */
    bool (*stream)(void *ctx, struct buf *b);
    void (*stream_end)(void *ctx);
    void *stream_ctx;
    /* faults of the wire */
    int64_t delay_ms; /* the answer waits; others do not */
    bool cut;         /* close the connection without an answer */
    bool cut_body;    /* promise all of the body, send half, close */
};

typedef void (*handler)(void *who, const struct request *, struct response *);

struct server;
/* port 0 picks one; *port is what it became. NULL on failure (address in use). */
struct server *server_start(uint16_t *port, handler h, void *who);
/* Serves all until *stop. */
void server_loop(struct server **s, size_t n, const volatile int *stop);
void server_close(struct server *s);
/* Whether answers may be gzipped for clients that accept it; on by default. */
void server_gzip(struct server *s, bool on);

void response_header(struct response *r, const char *name, struct str value);
/* Puts an absent body or header back to the state before the handler ran. */
void response_clear(struct response *r);
