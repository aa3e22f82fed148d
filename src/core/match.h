/* match: is there a partner on the other side already? (S7.1, S7.2). Pure.
 *
 * The answer does not depend on the order in which records come: a candidate whose own host names
 * another record of our side is that record's, not ours. Where people decide, they are those of
 * the subjects, of the candidates and of the accounts that compete for one (row.people). */
#pragma once

#include "model/change.h"
#include "model/settings.h"

/* What the store knows of records that could matter for a chunk. */
struct neighbours {
    enum side side;     /* of the subjects */
    struct row **other; /* rows of the other side that share an id, key or site with a subject, or
                           that the people around it point to */
    size_t others;
    struct row **own; /* rows of our side that share a site with a subject (it included), or that
                         the people around a candidate point to */
    size_t owns;
    struct severed *severed; /* links of the subjects that ended (S7.6) */
    size_t severeds;
    struct row **survivor; /* what merged subjects, or their partners, went into (S9.3) */
    size_t survivors;
    bool persons; /* person accounts are candidates like others (S2.4) */
};

enum match_kind { MATCH_NONE, MATCH_ONE, MATCH_SEVERAL, MATCH_SITE };

struct match {
    enum match_kind kind;
    enum why why;
    enum link_origin origin; /* 0 = only a domain tells of them */
    struct row *partner;     /* MATCH_ONE */
    struct row **candidate;  /* MATCH_SEVERAL, MATCH_SITE */
    size_t candidates;
    struct row
        *shares_with;  /* MATCH_NONE: a linked record of the other side with our host; else NULL */
    bool domain_taken; /* the host is, or is about to be, another company's (S7.8) */
};

struct match_index;
/* Sorts the neighbours once for a chunk. */
struct match_index *match_index(struct arena *a, const struct neighbours *n);
/* existing_enter: records from before T0 come in too (S13.1); named: a person named this record, so
 * a pair that was unlinked may be found again (S7.6). */
struct match match_one(struct arena *a, const struct match_index *ix, const struct row *row,
                       const struct settings *set, bool existing_enter, bool named);
/* S7.4: unlinked records of the other side with the same name but for its legal form, whose country
 * is not another and whose host is nobody else's; to be shown, never linked, and not again once a
 * person said no. Their values are unpacked. Returns how many. */
size_t match_near(struct arena *a, const struct match_index *ix, const struct mappings *m,
                  const struct row *row, struct row ***out);
