/* row, link, subject: what is remembered of a record, of a pair, and both together: the unit that
 * match, decide, plan and explain work on. Pure data; the store fills it, core reads it. */
#pragma once

#include "model/record.h"

/* Why a record waits for the engine; bits. */
enum cause {
    CAUSE_NEW = 1,       /* created after T0 (S2.1, S3.4) */
    CAUSE_MOVED = 2,     /* a mapped value moved since the base or the baseline (S2.2, S5.8) */
    CAUSE_RETRY = 4,     /* an error or an open intent (S15.2, S8.2) */
    CAUSE_HAND = 8,      /* a person asked: import, resync, link (S14.1) */
    CAUSE_FORGOT = 16,   /* its link is gone or its partner changed state (S9) */
    CAUSE_CONTACTS = 32, /* who is around it changed (S3.4) */
    CAUSE_NEAR = 64,     /* near names of it were shown to people (S7.4) */
    CAUSE_PARENT = 128,  /* it, or its parent, was linked, so its parent can be written (S11.2) */
    CAUSE_LISTED = 256,  /* an import or resync of many came by it, and a person was asked (S7.2) */
    CAUSE_BLOCKED = 512, /* a duplicate rule blocked its create, and a person was asked (S7.2) */
};
/* What an existing record may enter by (S2.2, S3.4): it stands while a person is asked. */
#define CAUSES_TO_ENTER (CAUSE_NEW | CAUSE_MOVED | CAUSE_RETRY | CAUSE_HAND | CAUSE_LISTED)

/* Due whatever the clock says: the next process may know the service's clock a little less well. */
#define DUE_AT_ONCE 1

struct row {
    struct record rec;             /* rec.value is NULL unless unpacked */
    struct str packed;             /* the values, model/pack.h */
    uint64_t print;                /* record_print of the last reading */
    bool existing;                 /* was there before T0 (S1.2); enters by S2.2 only */
    bool severed;                  /* the store remembers whom it is parted from (S7.6, S7.2) */
    struct str partner;            /* id of the linked record of the other side; none = unlinked */
    const struct evidence *people; /* who is around it (S3, S7.1); NULL = that was not asked */
    int64_t shown_ms;  /* since when near names of it wait for a person (S7.4); 0 = they do not, or
                          that was not asked; not stored */
    int64_t due_ms;    /* when the engine should look, on the service's clock; 0 = not */
    uint32_t cause;    /* of the due date */
    uint16_t attempts; /* failures in a row, for the back-off */
};

enum link_state {
    LINK_LIVE,
    LINK_PAUSED, /* a side is not visible, or left the filter (S9.4, S2.3) */
    LINK_HELD,   /* two automations correct each other (S8.5) */
};

enum link_origin {
    ORIGIN_CREATED_COMPANY = 1, /* Tandem made the company from the account */
    ORIGIN_CREATED_ACCOUNT,
    ORIGIN_KEY,    /* our own id was found on the other side (S8.1) */
    ORIGIN_NATIVE, /* salesforceaccountid (S7.1) */
    ORIGIN_DOMAIN,
    ORIGIN_CONTACTS,
    ORIGIN_HAND,
    ORIGIN_ADOPTED,
    ORIGIN_MERGED, /* what Tandem made was merged into another record (S9.3) */
};

const char *link_origin_name(enum link_origin o);

struct link {
    struct str id[SIDE_COUNT];
    enum link_state state;
    enum link_origin origin;
    int64_t since_ms;
    int64_t run;                  /* that made it */
    struct str base[SIDE_COUNT];  /* packed: what each side held when last handled */
    bool held[SIDE_COUNT];        /* known to be what the record's row holds, and goes on to */
    int64_t wrote_ms[SIDE_COUNT]; /* when we last wrote, on that service's clock (S8.6) */
};

enum sever { /* why a link ended */
             SEVER_HAND,
             SEVER_DELETED, /* resumes when the record is restored (S9.2) */
             SEVER_MERGED,  /* the leftover of a merge (S9.3) */
             SEVER_UNDO,
             SEVER_REJECTED, /* never linked: a person said that the two are not one (S7.2) */
};

/* A pair that was unlinked: not linked again by itself (S7.6). */
struct severed {
    enum sever why;
    int64_t at_ms;
    struct link link; /* as it was */
};

/* One record with its link and its partner, each optional but not all absent. */
struct subject {
    struct row *row[SIDE_COUNT];
    struct link *link;
};
