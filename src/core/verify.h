/* verify: how a record stands, and why a linked pair's fields differ (S4.5). Pure.
 *
 * What a pass would do now is the question, so a change of plan.h is the answer: what it would
 * write is pending; what it refuses is in error; a difference that it leaves alone is either the
 * rule's doing or an older one, which a resync would decide (S5.5, S5.8). */
#pragma once

#include "core/plan.h"

enum standing { /* the graver one last: a pair stands as its gravest field */
                STANDING_EQUAL,
                STANDING_BY_RULE, /* the rule lets the two differ */
                STANDING_OLDER,   /* S5.8: neither moved; a resync or a backfill would decide it */
                STANDING_PENDING, /* a pass writes it, or it waits for a person, a hold, a brake */
                STANDING_ERROR,
                STANDING_UNLINKED, /* why: as a pass would say */
                STANDING_COUNT
};

const char *standing_name(enum standing s); /* "equal", "by_rule", ... stable, for --json */

struct difference {
    size_t map;
    enum standing standing;
    const char *rule; /* the promise that keeps the two apart, or would bring them together */
    struct value value[SIDE_COUNT];
    const struct err *err; /* STANDING_ERROR: what our own check says; NULL = not that */
};

struct verdict_of { /* of one subject */
    enum standing standing;
    enum why why; /* UNLINKED, and what a paused link waits for; else WHY_NOTHING */
    struct difference *difference;
    size_t differences;
    bool acts; /* a pass would write something: it must be due, or it is lost work (S4.4) */
};

/* `c` is what a pass would do with the subject (plan_one). Fields that are in no use, or cannot be
 * read on a side (S6.8), are not compared. */
void verify_change(struct arena *a, const struct plan_context *ctx, const struct change *c,
                   struct verdict_of *out);
