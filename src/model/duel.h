/* duel: a field of a link that two automations correct against each other (S8.5). */
#pragma once

#include "base/str.h"

/* One held field of a link; a field without one is free. */
struct duel {
    struct str account; /* names the link */
    uint32_t map;       /* the mapping's id */
    uint32_t holds;     /* how often it was held without a rest; 0 = it is free (again) */
    bool tried;         /* the hold is over and one more write was let through */
    int64_t at_ms;      /* held until then; tried: when */
};
