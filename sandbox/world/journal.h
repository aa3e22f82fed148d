/* journal: what came in over a service's API and was written, record by record, for tests that
 * compare it with what ought to have been written. Off at first: nothing is kept then. */
#pragma once

#include "sandbox/world/world.h"

/* One write begins; its values follow, each with its name. What users and the service itself write
 * (any other source than W_FROM_API) is left out. */
void journal_begin(struct world *w, enum world_source source, enum world_type t, uint64_t number,
                   enum world_act act);
void journal_value(struct world *w, enum world_source source, struct str name, struct str value);
/* The last write of a record was rolled back. */
void journal_take_back(struct world *w, enum world_type t, uint64_t number);
void journal_clear(struct world *w);
