/* server: several ports in one loop over libmicrohttpd. A request is complete before its handler
 * runs; a handler is straight-line code that fills a response. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct request {
    struct arena *a; /* until the response is sent */
    struct str method, path, query, body;
    struct str authorization, content_type, if_match, if_modified_since, accept;
};

struct response {
    int status;
    const char *content_type;
    struct buf *body;
    struct {
        const char *name;
        struct str value;
    } header[16];
    size_t headers;
    bool cut; /* close the connection without an answer */
};

typedef void (*handler)(void *who, const struct request *, struct response *);

struct server;
/* port 0 picks one; *port is what it became. NULL on failure (address in use). */
struct server *server_start(uint16_t *port, handler h, void *who);
/* Serves all until *stop. */
void server_loop(struct server **s, size_t n, const volatile int *stop);
void server_close(struct server *s);

void response_header(struct response *r, const char *name, struct str value);
