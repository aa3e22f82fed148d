/* brake: when to stop before writing (S12.3). Pure.
 *
 * What counts is counted over a rolling 24 h and all runs that no person confirmed; a share is of
 * the links that there are, those lost in the same 24 h included. What is held stays due: the next
 * pass weighs it again, and a person may let one pass go past a brake. */
#pragma once

#include "base/err.h"
#include "base/limits.h"
#include "model/change.h"
#include "model/settings.h"

#define BRAKE_LINKS_MIN  20  /* an empty side is suspicious from so many links on */
#define BRAKE_UNLINK_MIN 20  /* fewer lost links never hold a pass */
#define BRAKE_FIELD_MIN  100 /* nor do fewer records in which one field changes */

enum brake {
    BRAKE_CREATE, /* more than create_max creates on a side */
    BRAKE_UNLINK, /* links that end by a deletion or a merge, or lose a side from sight */
    BRAKE_CLEAR,  /* one field cleared on many links */
    BRAKE_CHANGE, /* one field changed, or cleared, on many links */
    BRAKE_COUNT
};

const char *brake_name(enum brake b); /* "create_max", "unlink", "clear", "change" */
MUST_CHECK bool brake_from_name(struct str name, enum brake *out);

struct brake_field {
    uint64_t changed, cleared;
};

struct brake_day { /* what was done, and would be, over the rolling 24 h */
    uint64_t links;
    uint64_t creates[SIDE_COUNT];
    uint64_t unlinks;
    struct brake_field field[SIDE_COUNT][FIELDS_MAX]; /* of the written side, by mapping */
    uint64_t contacts[SIDE_COUNT]; /* that left their account, or primary company (S11.1) */
    unsigned past;                 /* 1 << brake: a person lets it go, once */

    bool unlinks_held; /* brake_unlinks said so: none of them is done */
    uint64_t held[BRAKE_COUNT];
    struct str held_field; /* CLEAR, CHANGE: the first one, as it is called on its side */
};

/* One side answered a full walk with nothing. False: ERR_REFUSED that names the way on. */
MUST_CHECK bool brake_empty_side(enum side side, uint64_t read, uint64_t links, struct err *e);
/* How many links this plan would lose: weighed over all of a pass before the first is lost. */
uint64_t brake_losses(const struct plan *plan);
/* The pass would lose so many: sets unlinks_held. */
void brake_unlinks(const struct settings *set, uint64_t losses, struct brake_day *day);
/* Turns what passes a mark into skips (WHY_BRAKE) and counts the rest in `day`. */
void brake_plan(struct plan *plan, const struct mappings *m, const struct settings *set,
                struct brake_day *day);
/* A contact is to leave its account, or its primary company, for another (S11.1): one more field
 * that changes. False: it is held. */
bool brake_contact(const struct settings *set, enum side to, struct str field,
                   struct brake_day *day);
uint64_t brake_held(const struct brake_day *day);
/* The refusal of a pass in which anything was held; false. */
bool brake_refusal(const struct settings *set, const struct brake_day *day, struct err *e);
