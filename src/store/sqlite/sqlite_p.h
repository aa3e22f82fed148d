/* The SQLite driver's private face. Every statement is prepared once, on first use, and kept. */
#pragma once

#include <sqlite3.h>

#include "base/buf.h"
#include "store/store.h"

enum { STATEMENTS_MAX = 224 };

struct sqlite_store {
    struct store store; /* first: a struct store * is one of these */
    sqlite3 *db;
    struct clock *clock;
    char *path, *connection;
    int lock_fd;                /* -1 = reading only */
    int log_fd;                 /* the write-ahead log, once it was needed; -1 = not yet */
    bool steps;                 /* what the lock says of us */
    int64_t conn;               /* row id of the connection */
    int open;                   /* in a transaction */
    bool unindexed[SIDE_COUNT]; /* key indexes are down for a first walk */
    int stages;                 /* some stage awaits a link, as `awaits` */
    int asks;                   /* some review is about candidates, as `awaits` */
    bool woke;                  /* this transaction made records due by waking them */
    int awaits;    /* some record awaits its parent's link; -1 = not looked in this transaction */
    bool sweeping; /* who is put is noted in temp.seen (people.c) */
    struct {
        const char *sql; /* the literal's address names the statement */
        sqlite3_stmt *stmt;
    } kept[STATEMENTS_MAX];
    size_t kept_count;
};

static inline struct sqlite_store *self_of(struct store *s)
{
    return (struct sqlite_store *)s;
}

/* A statement ready to bind; sql must be a literal (it is kept by address). NULL: err is set. */
sqlite3_stmt *sqlite_stmt(struct sqlite_store *s, const char *sql, struct err *e);
/* sqlite3_step: true = a row. On trouble false with *ok = false and err set; the statement is reset
 * when there is no further row. */
bool sqlite_row(struct sqlite_store *s, sqlite3_stmt *st, bool *ok, struct err *e);
/* Runs a statement without rows, then resets it. */
MUST_CHECK bool sqlite_done(struct sqlite_store *s, sqlite3_stmt *st, struct err *e);
MUST_CHECK bool sqlite_run(struct sqlite_store *s, const char *sql, struct err *e);
/* Has this query, which takes no arguments, a row? */
MUST_CHECK bool sqlite_any(struct sqlite_store *s, const char *sql, bool *out, struct err *e);
bool sqlite_fail(struct sqlite_store *s, struct err *e); /* err from the last error; false */

void bind_str(sqlite3_stmt *st, int at, struct str s); /* none = NULL */
void bind_i64(sqlite3_stmt *st, int at, int64_t n);
struct str col_str(struct arena *a, sqlite3_stmt *st, int at); /* NULL = none */
struct str col_borrow(sqlite3_stmt *st, int at); /* stands until the statement goes on */
int64_t col_i64(sqlite3_stmt *st, int at);

/* The side's table name stands in for %s; two literals, one a side. */
#define PER_SIDE(side, before, after)                                                              \
    ((side) == SIDE_SF ? before "account" after : before "company" after)

/* lock.c */
MUST_CHECK bool store_lock(struct store *store, struct err *e);
void store_unlock(struct store *store);

MUST_CHECK bool sqlite_migrate(struct sqlite_store *s, struct err *e);
/* key indexes of a side */
MUST_CHECK bool sqlite_index(struct sqlite_store *s, enum side side, bool up, struct err *e);

/* rows.c */
/* One read transaction round a batch of questions: each by itself would lock the file anew. */
MUST_CHECK bool reads_begin(struct sqlite_store *s, bool *mine, struct err *e);
MUST_CHECK bool reads_end(struct sqlite_store *s, bool mine, bool ok, struct err *e);
#define ROW_COLUMNS                                                                                \
    "r.id, r.asked_ms, r.created_ms, r.modified_ms, r.edited_ms, r.state, r.survivor, r.name, "    \
    "r.key, r.native, r.host, r.host_key, r.site_key, r.flags, r.more, r.packed, r.print, "        \
    "w.due_ms, w.cause, w.attempts, r.name_key"
#define ROW_COLUMN_COUNT 21
enum row_flag { /* of a row's column `flags`; statements name the numbers */
                FLAG_PERSON = 1,
                FLAG_EXISTING = 2,
                FLAG_NO_KEY = 4,
                FLAG_SEVERED = 8,
                FLAG_NOT_MADE = 16, /* C1: two bits, neither = unknown (S3.1) */
                FLAG_MADE = 32,
};
/* What a row waits for stands apart; no entry = for nothing. */
#define ROW_FROM(own) own " r LEFT JOIN " own "_wait w ON w.id = r.id"
void row_read(struct arena *a, sqlite3_stmt *st, int from, struct row *row);

/* links.c */
#define LINK_COLUMNS(l)                                                                            \
    l ".account, " l ".company, " l ".state, " l ".origin, " l ".since_ms, " l ".run, " l          \
      ".base_sf, " l ".base_hs, " l ".wrote_sf, " l ".wrote_hs"
#define LINK_COLUMN_COUNT 10
void link_read(struct arena *a, sqlite3_stmt *st, int from, struct link *l);

/* op functions, one file a subject */
bool docs_get(struct store *, struct arena *, const char *kind, struct str name, struct str *text,
              struct err *);
bool docs_list(struct store *, struct arena *, const char *kind, struct doc **out, size_t *n,
               struct err *);
bool docs_put(struct store *, const char *kind, struct str name, struct str text, struct err *);
bool rows_get(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
              struct row **rows, struct err *);
bool rows_put(struct store *, enum side, const struct row *rows, size_t n, struct err *);
bool rows_seen(struct store *, enum side, const struct str *ids, size_t n, int64_t asked_ms,
               struct err *);
bool rows_gone(struct store *, struct arena *, enum side, struct str after, int64_t asked_ms,
               size_t limit, struct row **rows, size_t *n, struct err *);
bool rows_live(struct store *, enum side, uint64_t *n, struct err *);
bool rows_unseen(struct store *, struct arena *, enum side, struct str after, int64_t asked_ms,
                 size_t limit, struct str *ids, size_t *n, struct err *);
bool rows_due(struct store *, enum side, const struct row *rows, size_t n, struct err *);
bool rows_find(struct store *, struct arena *, enum side, enum find_by, const struct find_key *keys,
               size_t n, struct row **rows, size_t *found, struct err *);
bool load_begin(struct store *, enum side, struct err *);
bool load_end(struct store *, enum side, struct err *);
bool subjects_due(struct store *, struct arena *, enum side, const struct due_query *,
                  struct subject **out, size_t *n, struct err *);
bool subjects_walk(struct store *, struct arena *, enum side, struct str after, size_t limit,
                   struct subject **out, size_t *n, struct err *);
bool subjects_linked(struct store *, struct arena *, struct str after, size_t limit,
                     struct subject **out, size_t *n, struct err *);
bool links_after(struct store *, struct str after, uint64_t *n, struct err *);
bool subjects_get(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                  struct subject *out, struct err *);
bool evidence_of(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                 struct evidence *out, struct err *);
extern const struct people_ops people_ops; /* people.c */
bool links_put(struct store *, const struct link *links, size_t n, struct err *);
bool links_drop(struct store *, const struct str *account_ids, size_t n, struct err *);
bool severed_put(struct store *, const struct severed *, size_t n, struct err *);
bool severed_drop(struct store *, const struct link *pairs, size_t n, struct err *);
bool severed_of(struct store *, struct arena *, enum side, const struct str *ids, size_t n,
                struct severed **out, size_t *count, struct err *);
bool outbox_put(struct store *, struct outbox_entry *, size_t n, struct err *);
bool outbox_drop(struct store *, const int64_t *ids, size_t n, struct err *);
bool outbox_list(struct store *, struct arena *, struct outbox_entry **out, size_t *n,
                 struct err *);
bool audit_put(struct store *, const struct audit_entry *, size_t n, struct err *);
bool awaiting_put(struct store *store, const struct awaiting *, size_t n, struct err *e);
/* hierarchy.c: what awaits a link of one of these two is due. */
MUST_CHECK bool awaiting_wake(struct sqlite_store *s, const struct link *l, struct err *e);
/* stages.c: what waits of this contact, or of those of this company, is due (S10.1). */
MUST_CHECK bool stages_wake(struct sqlite_store *s, struct str company, struct str contact,
                            struct err *e);
bool duels_put(struct store *store, const struct duel *duel, size_t n, struct err *e);
bool duels_of(struct store *store, struct arena *a, struct str account, struct duel **out,
              size_t *n, struct err *e);
bool audit_list(struct store *, struct arena *, enum side, struct str record, int64_t run,
                int64_t before, size_t limit, struct audit_entry **out, size_t *n, struct err *);
bool errors_put(struct store *, const struct error_entry *, size_t n, struct err *);
bool errors_clear(struct store *, enum side, const struct str *records, size_t n, int64_t told_ms,
                  struct err *);
bool errors_list(struct store *, struct arena *, struct str record, size_t limit,
                 struct error_entry **out, size_t *n, struct err *);
bool reviews_put(struct store *, const struct review_entry *, size_t n, struct err *);
bool reviews_clear(struct store *, enum side, const struct str *records, size_t n, struct err *);
bool reviews_list(struct store *, struct arena *, struct str record, size_t limit,
                  struct review_entry **out, size_t *n, struct err *);
bool reviews_about(struct store *, struct arena *, enum side, struct str candidate,
                   struct str after, size_t limit, struct str *records, size_t *n, struct err *);
bool fits_put(struct store *, const struct fit *, size_t n, struct err *);
bool woke(const struct store *);
/* reviews.c: steps a statement that makes records due, and remembers it for `woke`. */
MUST_CHECK bool sqlite_wakes(struct sqlite_store *s, sqlite3_stmt *st, struct err *e);
/* reviews.c: who waits for a word about this record, or had it for a rival, is due, but for one of
 * them. The leftover of a merge is asked about a record of its own side (S9.3). */
MUST_CHECK bool askers_wake(struct sqlite_store *s, struct str candidate, struct str but,
                            struct err *e);
/* The same of those of a side that were left alone for this record: its values may let it in. */
MUST_CHECK bool fitters_wake(struct sqlite_store *s, enum side side, struct str candidate,
                             struct err *e);
bool run_put(struct store *, struct run_entry *, struct err *);
bool run_get(struct store *, struct arena *, int64_t id, struct run_entry *out, bool *found,
             struct err *);
bool runs_list(struct store *, struct arena *, size_t limit, struct run_entry **out, size_t *n,
               struct err *);
bool counts(struct store *, struct store_counts *out, struct err *);
bool next_due(struct store *, enum side, int64_t now_ms, int64_t *due_ms, struct err *);
bool tally_put(struct store *, const struct tally *, size_t n, struct err *);
bool tally_since(struct store *, struct arena *, const int64_t since_ms[SIDE_COUNT],
                 struct tally **out, size_t *n, struct err *);
