/* What the files about people share. */
#pragma once

#include "store/sqlite/sqlite_p.h"

struct kept { /* a contact as it is in the store */
    bool known;
    int64_t modified_ms;
    struct str email, names_contact, names_lead, company;
    struct str stage; /* "" = it has none; none = not known */
    struct contact settled;
};
MUST_CHECK bool contact_known(struct sqlite_store *s, struct arena *a, struct str id,
                              struct kept *out, struct err *e);

#define PERSON_COLUMNS(p)                                                                          \
    p ".id, " p ".kind, " p ".state, " p ".modified_ms, " p ".email, " p ".next, " p               \
      ".account, " p ".converted"
struct person person_read(struct arena *a, sqlite3_stmt *st);
void bind_email(sqlite3_stmt *st, int at, struct str email); /* none = NULL */

/* Runs a statement whose one parameter is an id. */
MUST_CHECK bool with_id(struct sqlite_store *s, const char *sql, struct str id, struct err *e);

/* S3.4: only what came after T0 and has no partner is looked at again. */
#define DUE_AGAIN(table, from, where)                                                              \
    "INSERT INTO " table "_wait (id, due_ms, cause, attempts) SELECT r.id, 1, 32, 0 FROM " from    \
    " WHERE " where " AND r.state = 0 AND r.flags & 2 = 0"                                         \
    " AND NOT EXISTS (SELECT 1 FROM link l WHERE l." table " = r.id)"                              \
    " ON CONFLICT (id) DO UPDATE SET due_ms = 1, cause = cause | 32"

static_assert(CAUSE_CONTACTS == 32 && DUE_AT_ONCE == 1 && FLAG_EXISTING == 2,
              "the numbers of the statements here");

MUST_CHECK bool companies_due(struct sqlite_store *s, struct str contact, struct err *e);
MUST_CHECK bool account_due(struct sqlite_store *s, struct str id, struct err *e); /* none: no */

/* stages.c: a contact came to another lifecycle stage (S10.1). */
MUST_CHECK bool stage_moved(struct sqlite_store *s, struct str contact, struct err *e);

/* associations.c: a contact is at another account, or another primary company (S11.1). */
MUST_CHECK bool association_moved(struct sqlite_store *s, struct str contact, struct err *e);
/* A record is linked: the contacts that wait for that are due. */
MUST_CHECK bool associations_wake(struct sqlite_store *s, struct str record, struct err *e);

/* op functions */
bool associations_watch(struct store *, int64_t since_ms, struct err *);
bool associations_due(struct store *, struct arena *, int64_t now_ms, struct str after,
                      size_t limit, struct association_move **out, size_t *n, struct err *);
bool associations_walk(struct store *, struct arena *, struct str after, size_t limit,
                       struct association_move **out, size_t *n, struct err *);
bool associations_of(struct store *, struct arena *, struct str contact,
                     struct association_move *out, bool *found, struct err *);
bool associations_after(struct store *, struct str after, uint64_t *n, struct err *);
bool associations_waiting(struct store *, struct arena *, enum side, struct str record,
                          size_t limit, struct association_move **out, size_t *n, struct err *);
bool associations_settle(struct store *, const struct association_move *, size_t n, struct err *);
bool associations_again(struct store *, enum side, const struct str *ids, size_t n, struct err *);
bool people_at(struct store *, enum side, struct str id, struct str at, struct err *);
bool stages_due(struct store *, struct arena *, int64_t now_ms, struct str after, size_t limit,
                struct stage_move **out, size_t *n, struct err *);
bool stages_at(struct store *, struct arena *, struct str company, size_t limit,
               struct stage_move **out, size_t *n, struct err *);
bool stages_settle(struct store *, const struct stage_move *, size_t n, struct err *);
bool stages_again(struct store *, const struct str *contacts, size_t n, struct err *);
bool people_unsettled(struct store *, struct arena *, size_t limit, struct contact_case **out,
                      size_t *n, struct err *);
bool people_settle(struct store *, const struct contact *, size_t n, struct err *);
bool people_forget(struct store *, struct err *);
bool people_choose(struct store *, enum list_of, struct str list, struct err *);
bool people_members(struct store *, enum list_of, const struct str *ids, const bool *in, size_t n,
                    struct err *);
bool people_candidates(struct store *, struct arena *, int64_t due_ms, struct str after,
                       size_t limit, struct str **ids, size_t *n, struct err *);
bool people_pairs_of(struct store *, struct arena *, const struct str *companies, size_t n,
                     struct association **out, size_t *count, struct err *);
bool placings_put(struct store *, const struct str *companies, size_t n, int64_t run, struct err *);
bool placings_due(struct store *, struct arena *, int64_t now_ms, int64_t run, size_t limit,
                  struct placing **out, size_t *n, struct err *);
bool placings_settle(struct store *, const struct placing *, size_t n, struct err *);
bool placings_again(struct store *, const struct str *persons, size_t n, struct err *);
bool people_stamps(struct store *, const struct str *ids, size_t n, int64_t *stamp, struct err *);
