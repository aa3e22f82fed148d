/* err: why something could not be done, how much it spoils, and the way out.
 *
 * Functions that can fail return bool and take `struct err *` last. On false the err is filled; on
 * true it is untouched. Bugs are asserts, never errs. An err never holds a secret (S17.1). Its
 * texts are UTF-8 whatever went into them, cut to what fits. */
#pragma once

#include "base/arena.h"
#include "base/base.h"
#include "base/str.h"

enum err_kind {
    ERR_NONE,
    ERR_RETRY,    /* passing trouble: the same again later may work (S15.2) */
    ERR_WAIT,     /* a quota or a time: not before `retry_at_ms` */
    ERR_REAUTH,   /* the credentials no longer work */
    ERR_STALE,    /* what was read is no longer so: read again */
    ERR_REJECTED, /* the service refuses this record as it is (S15.1) */
    ERR_REFUSED,  /* Tandem refuses: switch, brake, rights, lock (exit 3) */
    ERR_CONFIG,   /* settings, files, endpoints, wrong service (exit 1) */
    ERR_USAGE,    /* the command line is wrong (exit 64) */
    ERR_INTERNAL, /* disk full, broken answer: nothing better is known (exit 1) */
    ERR_STOPPED,  /* asked to stop; resumable (exit 130) */
};

enum err_scope {
    SCOPE_RECORD,    /* this record only */
    SCOPE_DIRECTION, /* one direction of the connection: suspend it (S15.6) */
    SCOPE_SIDE,      /* one service */
    SCOPE_RUN,       /* this command */
};

struct err {
    enum err_kind kind;
    enum err_scope scope;
    int64_t retry_at_ms; /* ERR_WAIT: on the service's clock; 0 = unknown */
    char code[64];       /* stable, snake_case or the service's own code */
    char rule[16];       /* "S1.1" or "" */
    char subject[128];   /* the record, field, file or setting it is about */
    char msg[512];
    char hint[256]; /* the way out, a sentence that names a command where there is one */
};

/* Fills the err and returns false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, enum err_kind kind, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
bool err_rule(struct err *e, const char *rule);                       /* false */
bool err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3); /* false */
bool err_subject(struct err *e, struct str subject);                  /* false */
/* Puts «doing what: » in front of the message; returns false. */
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A copy in the arena, for the few that fail among many. */
struct err *err_dup(struct arena *a, const struct err *e);
const char *err_kind_name(enum err_kind kind);
