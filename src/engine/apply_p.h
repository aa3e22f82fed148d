/* What apply.c (intents, writes) and outcome.c (what became of them) share: one chunk at work. */
#pragma once

#include "engine/engine_p.h"

struct job { /* one change, one side */
    struct change *change;
    struct crm_write *write;
    size_t batch; /* which outbox entry */
    const struct err *id_refused; /* HubSpot refused our id; what else there was went without it */
};

struct work {
    struct pass *p;
    const struct plan_context *ctx;
    struct plan *plan;
    struct str position;

    struct job *job[SIDE_COUNT];
    struct crm_write *write[SIDE_COUNT];
    size_t jobs[SIDE_COUNT];
    struct outbox_entry *entry;
    bool *entry_open; /* an outcome in it is unknown: kept for recover */
    size_t entries;

    /* outcome.c: what one transaction stores */
    struct link *link;
    size_t links;
    struct row *row[SIDE_COUNT], *due[SIDE_COUNT];
    size_t rows[SIDE_COUNT], dues[SIDE_COUNT], due_room[SIDE_COUNT];
    struct audit_entry *audit;
    size_t audits;
    struct error_entry *error;
    size_t errors;
    struct review_entry *review;
    size_t reviews;
    struct str *clear[SIDE_COUNT];
    size_t clears[SIDE_COUNT];
    struct str *stale[SIDE_COUNT]; /* records whose errors are told anew: older ones are over */
    size_t stales[SIDE_COUNT];
    struct fit *fit; /* records whose only fit the filter keeps out */
    size_t fits;
    struct str *unasked; /* records that no person is asked about any more */
    size_t unaskeds;
    int64_t now_ms;    /* when these outcomes are told; the time of the errors */
    struct duel *duel; /* fields held, tried or let go (S8.5) */
    size_t duels;
    struct awaiting *awaiting; /* children whose parent is not linked (S11.2) */
    size_t awaitings;
    struct severed *severed; /* links that end */
    size_t severeds;
    struct link *lift; /* pairs that are linked again */
    size_t lifts;
    struct str *drop; /* links to take away, by account */
    size_t drops;
    struct str *place; /* companies whose private SF contacts get their account (S3.7) */
    size_t places;
    struct buf scratch;
    size_t settled, next_job[SIDE_COUNT]; /* so many changes of the plan are, by so many jobs */
};

static inline struct row *row_on(const struct work *w, const struct change *c, enum side s)
{
    if (c->action == ACTION_LINK && s != w->ctx->side)
        return c->partner;
    return c->subject->row[s];
}

static inline bool write_done(const struct crm_write *w)
{
    return w->outcome == CRM_DONE;
}

/* outcome_end.c: as what a link that this change ends is remembered (S7.6). */
enum sever why_severed(const struct change *c);

/* effects.c: adds what this chunk did to what the brakes count; in the same transaction. */
MUST_CHECK bool effects_put(struct work *w, struct err *e);

/* backfill.c: counts what became of this chunk, and how far it came; in the same transaction. */
MUST_CHECK bool backfill_keep(struct work *w, struct err *e);

/* gap.c: after the writes: marks the fields whose write overwrote an edit (S12.1). */
void gaps_search(struct work *w);

/* What became of a change is made rows of as soon as its writes are done, while others are under
 * way; what went wrong waits for the end. outcomes_begin comes before the first write is sent. */
void outcomes_begin(struct work *w);
void outcomes_done(struct work *w);
/* One transaction: bases, links, audit, errors, what is due, the import's position (S8.2). */
MUST_CHECK bool record_outcomes(struct work *w, struct err *e);
