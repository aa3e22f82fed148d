/* serve: the process that keeps many connections in step. cmd_serve.c has the threads, lane.c the
 * passes of one connection.
 *
 * A hint (a webhook, a change event, a person at the web interface) never carries values: it makes
 * the connection's next pass come sooner, by serve_wake (S4.1). */
#pragma once

#include "app/app.h"

/* One connection being served. Its passes run one at a time, in whichever worker is free. */
struct lane {
    struct app app; /* its own store, services and engine; opened by need */
    const struct app *from;
    const char *name;
    int claim_fd;       /* the right to serve it; -1 = not yet */
    bool open;          /* app holds an engine */
    uint64_t documents; /* what the engine was opened from: settings, mappings, credentials */
    int64_t opened_us;  /* the metadata is read again after a while */
    unsigned failures;  /* passes in a row */
    char said[64];      /* the state that was last logged, so that it is said once */
    uint64_t quiet_calls[SIDE_COUNT]; /* of the last pass that wrote nothing (S4.3) */
    int64_t interval_ms;              /* as it was last stretched */

    /* of cmd_serve.c, under its mutex */
    int64_t due_us; /* monotonic */
    bool running, woken;
};

void lane_init(struct lane *l, const struct app *from, const char *name);
/* Claims the store; refused where another process serves it. */
MUST_CHECK bool lane_claim(struct lane *l, struct err *e);
/* One pass, from opening what is not open to its line in the log. Returns how long until the next.
 */
int64_t lane_pass(struct lane *l);
void lane_close(struct lane *l);

struct serve;
/* A hint for a connection: its next pass begins as soon as a worker is free. From any thread. */
void serve_wake(struct serve *s, const char *connection);

/* notify.c */
void notify(const char *state);   /* "READY=1", "WATCHDOG=1", "STOPPING=1" */
int64_t notify_watchdog_ms(void); /* how often we must be heard of; 0 = nobody waits */
