/* undo: what takes back what a run did to one pair (S12.4). Pure.
 *
 * A value is restored where it still is what the run wrote; a record that the run made is archived
 * unless somebody made it theirs; a link that it made ends and is remembered, one that it ended
 * comes back. The rest is listed with its reason and left as it is. What was restored becomes the
 * base of both sides (S12.5). */
#pragma once

#include "core/plan.h"

struct undo_field { /* all that a run wrote to one field of one record, as one step */
    size_t map;
    enum side side;
    struct value old, wrote; /* before the first of its writes, after the last */
};

struct undo_deed {
    struct str id[SIDE_COUNT];
    bool made, archived; /* the record on `side` */
    enum side side;
    bool linked, ended, followed; /* the link of the two */
    struct undo_field *field;
    size_t fields;
};

enum undo_why {
    UNDO_CHANGED,  /* the value is no longer what the run wrote */
    UNDO_UNKNOWN,  /* the field cannot be read, or is in no mapping any more */
    UNDO_REFUSED,  /* the old value is not acceptable any more */
    UNDO_EDITED,   /* a person set a value of the record that the run made */
    UNDO_ATTACHED, /* something hangs on it */
    UNDO_UNSEEN,   /* our user may not see whether anything does */
    UNDO_GONE,     /* the record is deleted, merged or not visible */
    UNDO_ARCHIVED, /* the run archived it: only its service's page brings it back */
    UNDO_MERGED,   /* the run followed a merge, which nothing takes back */
    UNDO_UNLINKED, /* the two were unlinked since */
    UNDO_TAKEN,    /* one of them is linked with another record since */
    UNDO_WHY_COUNT
};

const char *undo_why_name(enum undo_why w); /* "changed_since", ... */

struct undo_note {
    enum undo_why why;
    enum side side;
    bool contact;             /* it is about a contact of that side (S3.7, S11.1) */
    struct str record, field; /* field none = the record as a whole */
    struct str detail;        /* the value that it has now, what hangs on it, who edited it */
};

struct undo_pair { /* as it is now; rows with unpacked values, NULL = not known */
    const struct subject *subject;
    struct row *row[SIDE_COUNT];
    const struct severed *severed; /* the link that ended */
    bool freed;                    /* a record's present link is taken back in the same undo */
    bool edited, attached, unseen; /* of a record that the run made */
    struct str touch;              /* what tells so */
};

struct undo_notes {
    struct undo_note *note;
    size_t count, room;
};
/* Room for the notes of one deed. */
#define UNDO_NOTES(deed) ((deed)->fields + 2)

/* ACTION_NONE: nothing is left to undo, or nothing can be; the notes say what. */
void undo_decide(struct arena *a, const struct plan_context *ctx, const struct undo_deed *deed,
                 const struct undo_pair *pair, struct change *out, struct undo_notes *notes);
