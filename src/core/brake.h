/* brake: when to stop before writing (S12.3). Pure. */
#pragma once

#include "base/err.h"
#include "model/change.h"
#include "model/settings.h"

#define BRAKE_LINKS_MIN 20 /* an empty side is suspicious from so many links on */

struct brake_day { /* over the rolling 24 h, all runs */
    uint64_t creates[SIDE_COUNT];
    uint64_t links;
};

/* One side answered a full walk with nothing. False: ERR_REFUSED that names the way on. */
MUST_CHECK bool brake_empty_side(enum side side, uint64_t read, uint64_t links, struct err *e);
/* Turns creates beyond create_max into skips (WHY_BRAKE) and counts what stays in `day`. True when
 * the brake took hold of any. */
bool brake_creates(struct plan *plan, const struct settings *set, struct brake_day *day);
/* The refusal of a run in which it did. */
bool brake_creates_err(const struct settings *set, const struct brake_day *day, uint64_t held,
                       struct err *e);
