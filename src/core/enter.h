/* enter: what a new reading of a record means: is it to be looked at, and when? Pure (S1.2, S2.2,
 * S4.2, S8.3, S8.6). */
#pragma once

#include "model/row.h"

#define LATE_COMMIT_MS MS_HOUR /* S1.2: visible after T0 though made up to 1 h before it */

struct enter_context {
    enum side side;
    bool baseline; /* this reading is the baseline walk (S1.2) */
    bool switch_on;
    int64_t t0_ms; /* on this side's clock; creations after it are new */
    int64_t on_ms; /* the switch went on; edits after it count (S1.2: --since is of creations) */
    int64_t now_ms;
};

/* Completes `fresh` (existing, due_ms, cause, attempts) from the row remembered before (NULL =
 * none). fresh->packed and print are set. Returns whether anything but the reading time is new, so
 * that an echo of our own write (S8.3) costs no store write. */
bool enter_row(const struct enter_context *ctx, const struct row *old, struct row *fresh);
