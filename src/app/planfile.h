/* planfile: a plan as a file, written by `plan ... --save FILE` and read by `apply FILE` (S12.1).
 * Its head says what it is a plan of; a backfill's which mapping, and which way. */
#pragma once

#include <stdio.h>

#include "app/app.h"

struct plan_writer {
    struct new_file file;
    uint64_t hash, changes;
};
/* Makes the file of --save, mode 0600; refuses where one is, without --overwrite. */
MUST_CHECK bool planfile_create(struct app *app, struct plan_writer *w,
                                const struct pass_options *o, struct err *e);
/* Adds a change that would write something; others are left out. */
void planfile_put(struct plan_writer *w, struct arena *a, enum side side, const struct change *c,
                  const struct mappings *m);
/* Ends it; one that is not whole (`ok` false, a full disk) is none. */
MUST_CHECK bool planfile_close(struct plan_writer *w, bool ok, struct err *e);

struct plan_reader {
    FILE *f;
    const char *path;
    struct buf line;
    uint64_t lines, changes, hash;
    int64_t version, end_changes;
    char end_digest[20];
    bool over, again; /* again: the line was read, and is the next one's */
    struct str id, organisation[SIDE_COUNT];
    enum pass_kind kind;
    struct backfill backfill;   /* PASS_BACKFILL */
    struct saved_source source; /* reads this file */
    void *listener;             /* whom `source.left` tells */
};
/* Reads it through once: ERR_REFUSED where it is damaged, of another version, of another
 * connection, of a mapping that is no more, or was applied. The reader is to be rewound before its
 * changes are taken. */
MUST_CHECK bool planfile_open(struct app *app, struct plan_reader *r, const char *path,
                              struct err *e);
MUST_CHECK bool planfile_rewind(struct app *app, struct plan_reader *r, struct err *e);
MUST_CHECK bool planfile_next(void *who, struct arena *a, struct saved_change *out, size_t limit,
                              size_t *n, struct err *e);
/* It was applied, all of it, by that run: not again. */
MUST_CHECK bool planfile_applied(struct app *app, const struct plan_reader *r, int64_t run,
                                 struct err *e);
void planfile_release(struct plan_reader *r);
