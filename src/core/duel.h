/* duel: two automations that correct each other through Tandem (S8.5). Pure.
 *
 * A field that live changes made Tandem write DUEL_WRITES times within an hour on one link is held:
 * for an hour, then one more try; if that is answered within an hour, for a day, and so on. A field
 * whose try is left alone for an hour is free again. */
#pragma once

#include "model/duel.h"

#define DUEL_WRITES    6
#define DUEL_WINDOW_MS MS_HOUR

/* May the field be written now? Updates *d. `writes`: how often it was within the last hour. */
bool duel_lets_write(struct duel *d, unsigned writes, int64_t now_ms);
