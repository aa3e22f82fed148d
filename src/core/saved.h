/* saved: a change as a plan file keeps it, and whether it is still just what a pass would do
 * (S12.1). Pure.
 *
 * A file is hostile: it never makes a write, it only chooses among the writes that Tandem decides
 * on anew. One that is not there any more, with the same old and new values, is not done. */
#pragma once

#include "model/change.h"

struct saved_write {
    enum side to;
    struct str field; /* its name on that side */
    struct value old, value;
};

struct saved_change {
    enum action action;
    enum side side;            /* whose record it is about */
    enum side to;              /* as in struct change */
    struct str id[SIDE_COUNT]; /* none = to be made */
    struct str into;           /* FOLLOW: the survivor */
    struct str domain;         /* CREATE of a company */
    struct str contacts;       /* S3.7: those that get the account, joined by ';' */
    struct saved_write *write;
    size_t writes;
};

enum saved_why {
    SAVED_HOLDS,
    SAVED_DONE,    /* the values are there already */
    SAVED_CHANGED, /* a value is another than when the plan was made: `at` */
    SAVED_OTHER,   /* by now something else would be done with the record, or nothing */
    SAVED_UNKNOWN, /* the record is not known, or not visible */
    SAVED_WHY_COUNT
};
const char *saved_why_name(enum saved_why w); /* "changed_since", ... */
/* The change as a file keeps it; texts are borrowed. */
void saved_of(struct arena *a, const struct mappings *m, enum side side, const struct change *c,
              struct saved_change *out);
/* `now`: the same record's change as it is decided now. *at: the write that tells them apart; NULL
 * = not a field. */
enum saved_why saved_check(struct arena *a, const struct mappings *m, const struct change *now,
                           const struct saved_change *saved, const struct saved_write **at);
