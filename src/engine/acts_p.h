/* acts: what acts.c and answers.c share. */
#pragma once

#include "engine/engine_p.h"

struct act {
    struct pass p;
    struct plan_context ctx;
    struct neighbours near;
};

#define ACTS_CHUNK 200 /* records that are read, and written, together */

/* Checks the switch, finishes what a killed run left. */
MUST_CHECK bool act_begin(struct act *act, struct engine *en, const char *kind, struct report *out,
                          struct err *e);
/* One record with its link, as the store has it; the texts live in the chunk's arena. */
MUST_CHECK bool act_load(struct act *act, enum side s, struct str id, struct subject *out,
                         struct err *e);
/* Does one change, counted and recorded. */
MUST_CHECK bool act_apply(struct act *act, struct change *c, struct err *e);
/* Ends the link and loads the record anew; "still_linked" where the services did not let it. */
MUST_CHECK bool act_unlink(struct act *act, struct subject *s, enum side side, struct err *e);
/* After each chunk of many: ERR_STOPPED where it is to stop; what was done stays done. */
MUST_CHECK bool acts_go_on(struct engine *en, const char *doing, size_t done, size_t n,
                           struct err *e);

bool act_no_such(enum side s, struct str id, struct err *e);    /* false */
bool act_not_linked(enum side s, struct str id, struct err *e); /* false */
