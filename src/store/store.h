/* store: what is remembered, as a port. The unit is a batch of rows.
 *
 * One writer at a time: opening to write takes the lock, else ERR_REFUSED with the pid; ERR_WAIT
 * where one that works in steps has it, who gives it up soon. Readers always work. All writes
 * happen between begin and commit; a crash in between leaves nothing of them. Texts given are
 * copied; results live in the arena. One store file holds one or more connections; a handle is
 * bound to one. Full disk, a damaged file and a store of a newer version are clear errors, and
 * nothing is lost. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "model/duel.h"
#include "model/row.h"
#include "store/people.h"

enum store_mode {
    STORE_READ,
    STORE_WRITE, /* the lock is held for the handle's life */
    STORE_STEPS, /* it is given up between steps (unlock, lock): a service's passes, a verify's
                    pages */
};
enum store_sync {
    STORE_NORMAL, /* what was read: may be lost to a power cut, never to a killed process */
    STORE_FULL,   /* intents and outcomes */
};

enum find_by {
    FIND_ID,     /* record id */
    FIND_KEY,    /* our key as found on the record = the partner's id */
    FIND_NATIVE, /* salesforceaccountid */
    FIND_SITE,   /* hash of the registrable domain, additional domains included */
    FIND_SHARED, /* the same, where several records have it: a lone one is left out */
    FIND_NAME,   /* hash of the name without legal form; unlinked records only */
};

/* Only rows that are live; at most FIND_PER_KEY of one site (the rest only counts as «many»). */
#define FIND_PER_KEY 16
struct find_key {
    struct str text; /* FIND_ID, FIND_KEY, FIND_NATIVE */
    uint64_t hash;   /* FIND_SITE, FIND_SHARED, FIND_NAME */
};

struct due_query {
    int64_t now_ms;
    uint32_t cause;   /* only those with one of these bits; 0 = any */
    int64_t after_ms; /* go on after this one; 0 = from the start */
    struct str after;
    size_t limit;
};

struct outbox_entry { /* one batch of writes: intent before effect (S8.2) */
    int64_t id;       /* given by outbox_put */
    int64_t run;
    enum side to;
    int64_t made_ms;
    uint32_t records;
    struct str payload; /* engine/outbox.c's own form */
};

struct audit_entry { /* one record in one run, all its fields in one value */
    int64_t id, run;
    int64_t at_ms;
    enum side side; /* the side that was written; the record's id on both: */
    struct str record[SIDE_COUNT];
    struct str action; /* "create", "update", "link", "unlink", "revert" */
    struct str detail; /* packed by the engine (engine/audit.c) */
};

struct error_entry {
    enum side side;             /* of the record that could not be written or read */
    struct str record, partner; /* partner: the record it came from; may be none */
    struct str category;        /* S15.1 */
    struct str code, field, value, message, remedy;
    int64_t first_ms, last_ms, next_ms;
    uint32_t attempts;
};

struct awaiting { /* a linked record whose parent is not linked (S11.2) */
    enum side side;
    struct str parent, child;
};

struct fit { /* a record that a pass leaves alone for another one that it would match (S2.3) */
    enum side side; /* of the record */
    struct str record, candidate;
};

struct review_entry {
    int64_t id;
    enum side side; /* of the record that waits */
    struct str record;
    struct str why;        /* "several_candidates", "registrable_domain", "duplicate_rule", ... */
    struct str rule;       /* "S7.2" */
    struct str candidates; /* ids of the other side, joined by ';' */
    struct str fields;     /* those in question, Salesforce's names joined by ';' (S5.5) */
    int64_t at_ms;
};

enum run_state { RUN_OPEN, RUN_DONE, RUN_ERRORS, RUN_FAILED, RUN_STOPPED };
struct run_entry {
    int64_t id;      /* given by run_put when 0 */
    struct str kind; /* "import", "sync", ... */
    enum run_state state;
    int64_t began_ms, ended_ms;
    struct str position; /* where an import or a walk goes on */
    struct str summary;  /* JSON of its counters */
};

/* What the brakes count (S12.3), one entry a run, side, kind and field. */
struct tally {
    int64_t run, at_ms; /* of the last one, on that side's clock */
    enum side side;
    uint32_t what, map; /* engine/effects.c's kinds; the mapping's id, 0 = none */
    uint64_t n;
};

struct store_counts {
    uint64_t rows[SIDE_COUNT], links, links_paused, persons, errors, reviews, outbox,
        due[SIDE_COUNT];
};

/* The few texts that a connection is made of; `kind` is one of the names below. */
#define DOC_SETTING    "setting"
#define DOC_CONNECTION "connection" /* sealed by app; never in clear */
#define DOC_CURSOR     "cursor"
#define DOC_MAPPING    "mapping"
#define DOC_SUSPENSION "suspension" /* engine/suspend.c */
#define DOC_OWNERS     "owners"     /* engine/owners.c's own form */
#define DOC_FILTER     "filter"
#define DOC_PLAN       "plan" /* the run that applied a saved plan (S12.1) */
struct doc {
    struct str name, text;
};

struct store;
struct store_ops {
    const char *name;
    void (*close)(struct store *);

    bool (*begin)(struct store *, enum store_sync, struct err *);
    bool (*commit)(struct store *, struct err *);
    void (*rollback)(struct store *);
    /* The writer's lock, of a handle that works in steps. */
    bool (*lock)(struct store *, struct err *);
    void (*unlock)(struct store *);

    bool (*doc_get)(struct store *, struct arena *, const char *kind, struct str name,
                    struct str *text, struct err *); /* none = absent */
    bool (*doc_list)(struct store *, struct arena *, const char *kind, struct doc **out, size_t *n,
                     struct err *); /* by name */
    bool (*doc_put)(struct store *, const char *kind, struct str name, struct str text,
                    struct err *); /* text none = delete */

    /* Rows as they are in the store, rows[i] for ids[i], NULL = not known; `partner` is filled. */
    bool (*rows_get)(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                     struct row **rows, struct err *);
    /* Inserts or replaces. A row whose asked_ms is older than the stored one is dropped (S8.6).
     * `partner` is not stored: links say it. Where a record is matched by something else now, or
     * is not live any more, those become due whose review is about it (S7.2). */
    bool (*rows_put)(struct store *, enum side, const struct row *rows, size_t n, struct err *);
    /* A walk over all came by these at asked_ms, whatever else is kept of them: those of a side
     * that stay behind are what it did not bring (S4.5). Never moves a time back. */
    bool (*rows_seen)(struct store *, enum side, const struct str *ids, size_t n, int64_t asked_ms,
                      struct err *);
    /* How many rows are of live records; reads all of the side. */
    bool (*rows_live)(struct store *, enum side, uint64_t *n, struct err *);
    /* The ids of live rows that were last asked for before a time, by id, after one. */
    bool (*rows_unseen)(struct store *, struct arena *, enum side, struct str after,
                        int64_t asked_ms, size_t limit, struct str *ids, size_t *n, struct err *);
    /* Rows that are not live and were found so at a time or later, by id, after one. */
    bool (*rows_gone)(struct store *, struct arena *, enum side, struct str after, int64_t asked_ms,
                      size_t limit, struct row **rows, size_t *n, struct err *);
    /* Only due_ms, cause and attempts. */
    bool (*rows_due)(struct store *, enum side, const struct row *rows, size_t n, struct err *);
    /* A first full walk of a side is coming: key indexes may be dropped until load_end. */
    bool (*load_begin)(struct store *, enum side, struct err *);
    bool (*load_end)(struct store *, enum side, struct err *);

    /* Live rows by a key of each of keys[]; each has `partner` filled. Order: as in the store. */
    bool (*rows_find)(struct store *, struct arena *, enum side, enum find_by,
                      const struct find_key *keys, size_t n, struct row **rows, size_t *found,
                      struct err *); /* *rows is an array of *found rows */

    /* Subjects, each with row, link and partner's row. */
    bool (*subjects_due)(struct store *, struct arena *, enum side, const struct due_query *,
                         struct subject **out, size_t *n, struct err *); /* oldest due first */
    bool (*subjects_walk)(struct store *, struct arena *, enum side, struct str after_id,
                          size_t limit, struct subject **out, size_t *n,
                          struct err *); /* by id; live rows */
    /* All links after an account's id, whatever became of their records; with `side` = accounts. */
    bool (*subjects_linked)(struct store *, struct arena *, struct str after_account, size_t limit,
                            struct subject **out, size_t *n, struct err *);
    bool (*links_after)(struct store *, struct str after_account, uint64_t *n, struct err *);
    bool (*subjects_get)(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                         struct subject *out, struct err *); /* out[i] for ids[i] */

    /* The people around each of these records (S3.6, S7.1), out[i] for ids[i]. */
    bool (*evidence_of)(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                        struct evidence *out, struct err *);

    /* At most one link per record (S7.3): a violation is ERR_INTERNAL, code "link_taken". A new
     * link makes the records that await one of its two due, with CAUSE_PARENT; one that is made or
     * dropped those whose review is about one of the two (S7.2); one that is dropped also new
     * records, unlinked, that one of the two fits (S7.1; at most FIND_PER_KEY by each kind of key).
     * A base that is `held` is taken at its word, and costs no look at the row. */
    bool (*links_put)(struct store *, const struct link *links, size_t n, struct err *);
    bool (*links_drop)(struct store *, const struct str *account_ids, size_t n, struct err *);

    bool (*awaiting_put)(struct store *, const struct awaiting *, size_t n, struct err *);

    /* Held fields (S8.5), by mapping; putting one that is held no more takes it away. */
    bool (*duels_put)(struct store *, const struct duel *, size_t n, struct err *);
    bool (*duels_of)(struct store *, struct arena *, struct str account, struct duel **out,
                     size_t *n, struct err *);

    /* Pairs that were unlinked (S7.6). Putting and dropping keeps `severed` of both rows true. */
    bool (*severed_put)(struct store *, const struct severed *, size_t n, struct err *);
    bool (*severed_drop)(struct store *, const struct link *pairs, size_t n, struct err *);
    bool (*severed_of)(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                       struct severed **out, size_t *count, struct err *); /* of any of ids */

    bool (*outbox_put)(struct store *, struct outbox_entry *, size_t n, struct err *);
    bool (*outbox_drop)(struct store *, const int64_t *ids, size_t n, struct err *);
    bool (*outbox_list)(struct store *, struct arena *, struct outbox_entry **out, size_t *n,
                        struct err *); /* oldest first; at most 1000 */

    bool (*audit_put)(struct store *, const struct audit_entry *, size_t n, struct err *);
    /* Newest first, those before an id (INT64_MAX = from the newest on); record none = any;
     * run 0 = any. */
    bool (*audit_list)(struct store *, struct arena *, enum side, struct str record, int64_t run,
                       int64_t before, size_t limit, struct audit_entry **out, size_t *n,
                       struct err *);

    bool (*errors_put)(struct store *, const struct error_entry *, size_t n, struct err *);
    /* Those that were not told again at `told_ms` (two processes know a service's clock a little
     * differently, so older is no sign); INT64_MAX = all of the records. */
    bool (*errors_clear)(struct store *, enum side, const struct str *records, size_t n,
                         int64_t told_ms, struct err *);
    bool (*errors_list)(struct store *, struct arena *, struct str record, size_t limit,
                        struct error_entry **out, size_t *n, struct err *);

    /* Several records may be asked about one candidate: when all but one of them are not any more,
     * that one becomes due; and they do when one of them that was parted from the candidate is
     * linked. A review of fields is about nobody. */
    bool (*reviews_put)(struct store *, const struct review_entry *, size_t n, struct err *);
    bool (*reviews_clear)(struct store *, enum side, const struct str *records, size_t n,
                          struct err *);
    bool (*reviews_list)(struct store *, struct arena *, struct str record, size_t limit,
                         struct review_entry **out, size_t *n, struct err *);
    /* Who of a side has a review about this candidate, by id, after one. */
    bool (*reviews_about)(struct store *, struct arena *, enum side, struct str candidate,
                          struct str after, size_t limit, struct str *records, size_t *n,
                          struct err *);

    /* The record becomes due as if its review were about the candidate, or once anything of that
     * one changes: one time. */
    bool (*fits_put)(struct store *, const struct fit *, size_t n, struct err *);
    /* Did this transaction's rows, links or reviews make records due whose review is about them? */
    bool (*woke)(const struct store *);

    bool (*run_put)(struct store *, struct run_entry *, struct err *); /* id 0 = a new one */
    bool (*run_get)(struct store *, struct arena *, int64_t id, struct run_entry *out, bool *found,
                    struct err *);
    bool (*runs_list)(struct store *, struct arena *, size_t limit, struct run_entry **out,
                      size_t *n, struct err *); /* newest first */

    bool (*counts)(struct store *, struct store_counts *out, struct err *);
    /* Nearest due time of a side after now; 0 = none. */
    bool (*next_due)(struct store *, enum side, int64_t now_ms, int64_t *due_ms, struct err *);
    /* For the brakes: adds to what a run did; what was done since, summed by side, kind and field
     * (their run is 0). Putting forgets what is older than a day. */
    bool (*tally_put)(struct store *, const struct tally *, size_t n, struct err *);
    bool (*tally_since)(struct store *, struct arena *, const int64_t since_ms[SIDE_COUNT],
                        struct tally **out, size_t *n, struct err *);
};

struct store {
    const struct store_ops *ops;
    const struct people_ops *people;
};

/* Opens (and migrates when writing) the SQLite file at `path`; `connection` names which one. */
MUST_CHECK bool store_sqlite_open(struct store **out, const char *path, const char *connection,
                                  enum store_mode mode, struct clock *clock, struct err *e);
/* The right to be the one service of a store, for as long as *fd is open; ERR_REFUSED, code
 * "already_served", with the pid of the one that is. */
MUST_CHECK bool store_sqlite_claim(const char *path, int *fd, struct err *e);
/* Makes the file, mode 0600; refuses where one is. */
MUST_CHECK bool store_sqlite_create(const char *path, struct err *e);
