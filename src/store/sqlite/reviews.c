/* Reviews: who waits for a person, and about whom (S7.2). The table `asked` leads from a candidate
 * to those who wait for a word about it, so that they are due once it is linked, gone or not what
 * it was. A question about fields (S5.5) is about nobody else. */
#include "store/sqlite/sqlite_p.h"

/* One look a transaction: where nobody waits, nothing else costs anything. */
static bool look(struct sqlite_store *s, struct err *e)
{
    bool some;
    if (s->asks >= 0)
        return true;
    if (!sqlite_any(s, "SELECT 1 FROM asked LIMIT 1", &some, e))
        return false;
    s->asks = some;
    return true;
}

static_assert(DUE_AT_ONCE == 1, "the number of the statements here");
#define WAKE(where)                                                                                \
    "_wait (id, due_ms, cause, attempts) SELECT record, 1, 0, 0 FROM asked WHERE " where           \
    " ON CONFLICT (id) DO UPDATE SET due_ms = 1"

bool woke(const struct store *store)
{
    return ((const struct sqlite_store *)store)->woke;
}

bool sqlite_wakes(struct sqlite_store *s, sqlite3_stmt *st, struct err *e)
{
    if (!sqlite_done(s, st, e))
        return false;
    s->woke = s->woke || sqlite3_changes(s->db) > 0;
    return true;
}

static bool wake(struct sqlite_store *s, sqlite3_stmt *st, enum side side, struct str candidate,
                 struct str but, struct err *e)
{
    if (!st)
        return false;
    bind_i64(st, 1, side);
    bind_str(st, 2, candidate);
    bind_str(st, 3, but);
    return sqlite_wakes(s, st, e);
}

/* Besides the record itself, those that it is parted from: who is asked about these had it for a
 * rival until it got another partner. */
#define ABOUT(own, other)                                                                          \
    WAKE("side = ?1 AND record IS NOT ?3 AND candidate IN"                                         \
         " (SELECT ?2 UNION ALL SELECT " other " FROM severed WHERE " own " = ?2)")

/* Who was due for its sake, and has no review, is decided: it tells anew if it still waits. */
static bool fits_over(struct sqlite_store *s, enum side side, struct str candidate, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "DELETE FROM asked WHERE side = ?1 AND candidate = ?2 AND NOT"
                                   " EXISTS (SELECT 1 FROM review r WHERE r.side = asked.side"
                                   " AND r.record = asked.record)",
                                   e);
    if (!st)
        return false;
    bind_i64(st, 1, side);
    bind_str(st, 2, candidate);
    return sqlite_done(s, st, e);
}

bool askers_wake(struct sqlite_store *s, struct str candidate, struct str but, struct err *e)
{
    bool ok = look(s, e);
    for (enum side side = SIDE_SF; ok && s->asks && side < SIDE_COUNT; side++) {
        sqlite3_stmt *st =
            side == SIDE_SF ? sqlite_stmt(s, "INSERT INTO account" ABOUT("account", "company"), e)
                            : sqlite_stmt(s, "INSERT INTO company" ABOUT("company", "account"), e);
        ok = wake(s, st, side, candidate, but, e) &&
             (sqlite3_changes(s->db) == 0 || fits_over(s, side, candidate, e));
    }
    return ok;
}

bool fitters_wake(struct sqlite_store *s, enum side side, struct str candidate, struct err *e)
{
    if (!look(s, e))
        return false;
    if (!s->asks)
        return true;
    return wake(s,
                sqlite_stmt(s,
                            PER_SIDE(side, "INSERT INTO ",
                                     WAKE("side = ?1 AND candidate = ?2 AND record IS NOT ?3 AND"
                                          " NOT EXISTS (SELECT 1 FROM review r WHERE"
                                          " r.side = asked.side AND r.record = asked.record)")),
                            e),
                side, candidate, STR_NONE, e) &&
           (sqlite3_changes(s->db) == 0 || fits_over(s, side, candidate, e));
}

/* A record waits for no word about this candidate any more. Whoever is the only one left to ask
 * about it has no rival now. */
static bool forget(struct sqlite_store *s, enum side side, struct str record, struct str candidate,
                   struct err *e)
{
    sqlite3_stmt *st =
        sqlite_stmt(s, "DELETE FROM asked WHERE side = ?1 AND candidate = ?2 AND record = ?3", e);
    if (!st)
        return false;
    bind_i64(st, 1, side);
    bind_str(st, 2, candidate);
    bind_str(st, 3, record);
    if (!sqlite_done(s, st, e))
        return false;
    return sqlite3_changes(s->db) == 0 ||
           wake(s,
                sqlite_stmt(s,
                            PER_SIDE(side, "INSERT INTO ",
                                     WAKE("side = ?1 AND candidate = ?2 AND record IS NOT ?3 AND"
                                          " (SELECT count(*) FROM (SELECT 1 FROM asked"
                                          " WHERE side = ?1 AND candidate = ?2 LIMIT 2)) = 1")),
                            e),
                side, candidate, record, e);
}

static bool remember(struct sqlite_store *s, enum side side, struct str record,
                     struct str candidate, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(
        s, "INSERT INTO asked (side, candidate, record) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        e);
    if (!st)
        return false;
    s->asks = 1;
    bind_i64(st, 1, side);
    bind_str(st, 2, candidate);
    bind_str(st, 3, record);
    return sqlite_done(s, st, e);
}

bool fits_put(struct store *store, const struct fit *x, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!remember(self_of(store), x[i].side, x[i].record, x[i].candidate, e))
            return false;
    return true;
}

static bool names(struct str candidates, struct str candidate)
{
    struct str id;
    while (candidates.n && str_cut(&candidates, ';', &id))
        if (str_eq(id, candidate))
            return true;
    return false;
}

/* Of those that were asked about, only `still` are. */
static bool forget_but(struct sqlite_store *s, enum side side, struct str record, struct str was,
                       struct str still, struct err *e)
{
    struct str id;
    while (was.n && str_cut(&was, ';', &id))
        if (!names(still, id) && !forget(s, side, record, id, e))
            return false;
    return true;
}

static bool about_put(struct sqlite_store *s, const struct review_entry *x, struct err *e)
{
    struct str now = x->fields.n ? S("") : x->candidates, id;
    bool ok, same = false;
    sqlite3_stmt *st = sqlite_stmt(
        s, "SELECT candidates FROM review WHERE side = ?1 AND record = ?2 AND fields = ''", e);
    if (!st)
        return false;
    bind_i64(st, 1, x->side);
    bind_str(st, 2, x->record);
    if (sqlite_row(s, st, &ok, e)) {
        struct str was = col_borrow(st, 0);
        same = str_eq(was, now);
        ok = same || forget_but(s, x->side, x->record, was, now, e);
        sqlite3_reset(st);
    }
    while (ok && !same && now.n && str_cut(&now, ';', &id))
        ok = remember(s, x->side, x->record, id, e);
    return ok;
}

bool reviews_put(struct store *store, const struct review_entry *x, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "INSERT INTO review (side, record, why, rule, candidates, at_ms, fields)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                    " ON CONFLICT DO UPDATE SET at_ms = CASE why WHEN ?3 THEN at_ms ELSE ?6 END,"
                    " why = ?3, rule = ?4, candidates = ?5, fields = ?7",
                    e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!about_put(s, &x[i], e))
            return false;
        bind_i64(st, 1, x[i].side);
        bind_str(st, 2, x[i].record);
        bind_str(st, 3, x[i].why);
        bind_str(st, 4, x[i].rule);
        bind_str(st, 5, x[i].candidates.p ? x[i].candidates : S(""));
        bind_i64(st, 6, x[i].at_ms);
        bind_str(st, 7, x[i].fields.p ? x[i].fields : S(""));
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

bool reviews_clear(struct store *store, enum side side, const struct str *records, size_t n,
                   struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool some;
    if (!sqlite_any(s, "SELECT 1 FROM review LIMIT 1", &some, e))
        return false;
    sqlite3_stmt *st = sqlite_stmt(
        s, "DELETE FROM review WHERE side = ?1 AND record = ?2 RETURNING candidates", e);
    bool ok = st != NULL;
    for (size_t i = 0; some && ok && i < n; i++) {
        bind_i64(st, 1, side);
        bind_str(st, 2, records[i]);
        if (sqlite_row(s, st, &ok, e)) {
            ok = forget_but(s, side, records[i], col_borrow(st, 0), S(""), e);
            sqlite3_reset(st);
        }
    }
    return ok;
}

bool reviews_list(struct store *store, struct arena *a, struct str record, size_t limit,
                  struct review_entry **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "SELECT id, side, record, why, rule, candidates, at_ms, fields FROM review"
        " WHERE ?1 IS NULL OR record = ?1 OR instr(';' || candidates || ';', ';' || ?1 || ';')"
        " ORDER BY id LIMIT ?2",
        e);
    if (!st)
        return false;
    bind_str(st, 1, record);
    bind_i64(st, 2, (int64_t)limit);
    *out = ARENA_ARRAY(a, struct review_entry, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct review_entry){.id = col_i64(st, 0),
                                               .side = (enum side)col_i64(st, 1),
                                               .record = col_str(a, st, 2),
                                               .why = col_str(a, st, 3),
                                               .rule = col_str(a, st, 4),
                                               .candidates = col_str(a, st, 5),
                                               .at_ms = col_i64(st, 6),
                                               .fields = col_str(a, st, 7)};
    return ok;
}

bool reviews_about(struct store *store, struct arena *a, enum side side, struct str candidate,
                   struct str after, size_t limit, struct str *records, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT record FROM asked WHERE side = ?1 AND candidate = ?2 AND"
                                   " record > ?3 AND EXISTS (SELECT 1 FROM review r WHERE"
                                   " r.side = asked.side AND r.record = asked.record AND"
                                   " r.fields = '') ORDER BY record LIMIT ?4",
                                   e);
    *n = 0;
    if (!st)
        return false;
    bind_i64(st, 1, side);
    bind_str(st, 2, candidate);
    bind_str(st, 3, after.p ? after : S(""));
    bind_i64(st, 4, (int64_t)limit);
    while (sqlite_row(s, st, &ok, e))
        records[(*n)++] = col_str(a, st, 0);
    return ok;
}
