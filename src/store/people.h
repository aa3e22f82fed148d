/* people: what is remembered of contacts as evidence (S3.5, S3.6). A second small port of the
 * store.
 *
 * Readings are put first; the contacts that they may concern are marked, and settled afterwards in
 * chunks (unsettled, settle), so that nothing is proportional to the whole when little changed.
 * Whatever changes the evidence of an unlinked company or account that came after T0 makes it due
 * again with CAUSE_CONTACTS (S3.4). Only live contacts are kept, and only the keyed hash of an
 * address (S17.5). All but the questions run between the store's begin and commit. */
#pragma once

#include "model/person.h"

enum list_of { LIST_CONTACTS, LIST_COMPANIES, LIST_KINDS }; /* S3.5 */

/* A private SF contact that is to be of the account of a company (S3.7). */
struct placing {
    struct str person;  /* the SF contact */
    struct str contact; /* HubSpot's */
    struct str company;
    struct str account; /* that the company is linked with now; none = with none any more */
    int64_t run;        /* that linked it */
    int64_t due_ms;     /* settle: 0 = it is over */
    uint16_t attempts;
};

/* A contact that came to another lifecycle stage (S10.1). */
/* Until its primary company is linked, or is another one; then it is due at once. */
#define STAGE_WAITS INT64_MAX

struct stage_move {
    struct str contact;
    struct str company;      /* its primary one; none = it has none, or is gone */
    struct str account;      /* that the company is linked with; none = with none */
    struct str was, becomes; /* intent (S8.2): what was about to be written; none = nothing */
    int64_t due_ms;          /* settle: 0 = it is over; STAGE_WAITS */
    uint16_t attempts;
};

/* A contact that syncs with an SF contact, and where the two are (S11.1). */
struct association_move {
    struct str contact;
    struct str person;              /* the SF contact; none = it syncs with none any more */
    struct str at[SIDE_COUNT];      /* the account, the primary company; none = it has none */
    struct str partner[SIDE_COUNT]; /* whom these are linked with; none = nobody */
    bool handled;                   /* these two were handled before, and were then at: */
    struct str base[SIDE_COUNT];
    struct str was, becomes; /* intent (S8.2): what was about to be written; none = nothing */
    enum side to;            /* on which side */
    bool undoes;             /* an undo was about to (S12.4) */
    struct str of;           /* the SF contact that the intent, or what is noted, is of */
    struct str awaits;       /* the record that must be linked first; none = it waits for none */
    int64_t due_ms;          /* settle: 0 and no `awaits` = it is over */
    uint16_t attempts;
};

struct store;
struct people_ops {
    /* In order; each replaces an older reading of the same person. A contact whose lifecycle stage
     * changed is noted (stages_due). */
    bool (*put)(struct store *, const struct person *, size_t n, struct err *);
    /* All companies of each of these contacts, instead of what was known: `pair` holds theirs, in
     * any order. Contacts that are not known are left out. */
    bool (*place)(struct store *, const struct str *contacts, size_t n,
                  const struct association *pair, size_t pairs, struct err *);
    /* Contacts whose partner must be settled anew; all of them with the people it takes. */
    bool (*unsettled)(struct store *, struct arena *, size_t limit, struct contact_case **out,
                      size_t *n, struct err *);
    /* The answers (id, state, person, account, converted); takes the marks away. */
    bool (*settle)(struct store *, const struct contact *, size_t n, struct err *);
    /* Round a walk over everybody: who was known and is not put until sweep_end is no longer there
     * for our user, and syncs with nobody (S3.6). A walk that is cut sweeps nobody. */
    bool (*sweep_begin)(struct store *, struct err *);
    bool (*sweep_end)(struct store *, struct err *);
    /* Forgets all people: they are read anew. */
    bool (*forget)(struct store *, struct err *);

    /* Chooses a list, none = no list; its members are unknown until they are told. Every company
     * that may become an account is due. */
    bool (*choose)(struct store *, enum list_of, struct str list, struct err *);
    /* Whether each of these records is a member of the chosen list. */
    bool (*members)(struct store *, enum list_of, const struct str *ids, const bool *in, size_t n,
                    struct err *);

    /* Companies that may become accounts: live, unlinked, not from before T0; by id, after
     * `after`. due_ms 0 = all of them, else those due by then. */
    bool (*candidates)(struct store *, struct arena *, int64_t due_ms, struct str after,
                       size_t limit, struct str **ids, size_t *n, struct err *);
    /* S3.7: the contacts of these companies that sync with a private SF contact wait for the
     * company's account, due at once. One that is at several of them waits for its primary
     * company's. */
    bool (*placings_put)(struct store *, const struct str *companies, size_t n, int64_t run,
                         struct err *);
    /* Those that are due; run 0 = of any. */
    bool (*placings_due)(struct store *, struct arena *, int64_t now_ms, int64_t run, size_t limit,
                         struct placing **out, size_t *n, struct err *);
    bool (*placings_settle)(struct store *, const struct placing *, size_t n, struct err *);
    /* All of these persons are due at once (S15.2). */
    bool (*placings_again)(struct store *, const struct str *persons, size_t n, struct err *);

    /* Those that came to another stage and are due, by contact, after `after` (S10.1). */
    bool (*stages_due)(struct store *, struct arena *, int64_t now_ms, struct str after,
                       size_t limit, struct stage_move **out, size_t *n, struct err *);
    bool (*stages_settle)(struct store *, const struct stage_move *, size_t n, struct err *);
    /* Those of the contacts whose primary company this is, whenever they are due; at most `limit`.
     */
    bool (*stages_at)(struct store *, struct arena *, struct str company, size_t limit,
                      struct stage_move **out, size_t *n, struct err *);
    /* Those of these contacts that wait are due at once (S15.2). */
    bool (*stages_again)(struct store *, const struct str *contacts, size_t n, struct err *);

    /* What a contact of HubSpot, or an SF contact, was just found or put at: its primary company,
     * or its account; none = none. Who syncs with it is to be settled. */
    bool (*at)(struct store *, enum side, struct str id, struct str at, struct err *);

    /* From now on contacts that come to another account or primary company are noted; what they are
     * at now is taken as handled (S11.1). since_ms 0 = no more, and all of it is forgotten. */
    bool (*associations_watch)(struct store *, int64_t since_ms, struct err *);
    /* Those that are due, by contact, after `after`. */
    bool (*associations_due)(struct store *, struct arena *, int64_t now_ms, struct str after,
                             size_t limit, struct association_move **out, size_t *n, struct err *);
    /* All that sync with an SF contact, by contact, after `after`; how many that are. */
    bool (*associations_walk)(struct store *, struct arena *, struct str after, size_t limit,
                              struct association_move **out, size_t *n, struct err *);
    bool (*associations_after)(struct store *, struct str after, uint64_t *n, struct err *);
    bool (*associations_of)(struct store *, struct arena *, struct str contact,
                            struct association_move *out, bool *found, struct err *);
    /* Those at this record that are noted. */
    bool (*associations_waiting)(struct store *, struct arena *, enum side, struct str record,
                                 size_t limit, struct association_move **out, size_t *n,
                                 struct err *);
    /* Where `handled`, `base` is what both were handled at. What `awaits` a record is due when that
     * is linked. */
    bool (*associations_settle)(struct store *, const struct association_move *, size_t n,
                                struct err *);
    /* Those of these contacts, or SF contacts, that wait are due at once (S15.2). */
    bool (*associations_again)(struct store *, enum side, const struct str *ids, size_t n,
                               struct err *);

    /* What is known of who is at these companies. */
    bool (*pairs_of)(struct store *, struct arena *, const struct str *companies, size_t n,
                     struct association **out, size_t *count, struct err *);
    /* stamp[i]: modified_ms of contact ids[i] as it was last read; -1 = not known. */
    bool (*stamps)(struct store *, const struct str *ids, size_t n, int64_t *stamp, struct err *);
};
