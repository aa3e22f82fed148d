/* suspend: a side that takes nothing stops the writes to it, once, not with an error a record
 * (S15.6). Pure. */
#pragma once

#include "model/change.h"

/* Turns each change that would write to a suspended side into a wait (WHY_SUSPENDED): all of it,
 * since half of a change would move bases that the other half still needs. */
void suspend_plan(struct plan *plan, const bool suspended[SIDE_COUNT]);
