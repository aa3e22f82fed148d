/* near: which of the known names was probably meant by one that is none of them.
 *
 * A name is near when few letters have to be changed, added, left out or exchanged with their
 * neighbour: one in three, at most, without regard to case. The first of the nearest is taken. */
#pragma once

#include "base/err.h"
#include "base/str.h"

#define NEAR_BYTES_MAX 64 /* longer names are near to nothing */

struct near {
    struct str want, best;
    size_t steps; /* from `want` to `best` */
};

struct near near_to(struct str want);
void near_offer(struct near *n, struct str name); /* borrowed */
/* The hint of an err: «did you mean "best"? » where there is one, and then `way_out`. False. */
bool near_hint(struct err *e, const struct near *n, const char *way_out);
