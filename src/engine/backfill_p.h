/* backfill: what its two kinds share: of a mapping (backfill.c), of contacts' associations
 * (associate.c). */
#pragma once

#include "engine/engine_p.h"

struct backfilling {
    struct plan_part part;
    struct str doc;     /* what its place is stored under */
    uint64_t print;     /* of the mapping as it is: a place is good for its own only */
    struct str after;   /* the place: the last record that is done; in `kept` */
    struct str kept_at; /* the place as stored last */
    struct arena kept;
};

/* S15.6: half of it would be lost on the way, and nobody would know which. */
MUST_CHECK bool backfill_not_suspended(const struct pass *p, const struct plan_part *part,
                                       struct err *e);
/* Where a stopped one goes on, and what it had done. */
MUST_CHECK bool backfill_resume(struct pass *p, struct backfilling *job, struct err *e);
/* It came so far, and did so much; in the transaction of what it did. */
MUST_CHECK bool backfill_put_place(struct pass *p, struct str after, struct err *e);
/* It is over. */
MUST_CHECK bool backfill_forget(struct pass *p, struct err *e);
