/* Contacts that came to another lifecycle stage, till their company was looked at (S10.1). */
#include "store/sqlite/people_p.h"

bool stage_moved(struct sqlite_store *s, struct str contact, struct err *e)
{
    return with_id(s,
                   "INSERT INTO stage_move (contact, due_ms, attempts) VALUES (?1, 1, 0)"
                   " ON CONFLICT (contact) DO UPDATE SET due_ms = 1, attempts = 0",
                   contact, e);
}

#define STAGE_COLUMNS "m.contact, c.company, l.account, m.attempts, m.was, m.becomes, m.due_ms"

static bool read_moves(struct sqlite_store *s, struct arena *a, sqlite3_stmt *st, size_t limit,
                       struct stage_move **out, size_t *n, struct err *e)
{
    bool ok;
    *out = ARENA_ARRAY(a, struct stage_move, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e)) /* the statement has the limit */
        (*out)[(*n)++] = (struct stage_move){.contact = col_str(a, st, 0),
                                             .company = col_str(a, st, 1),
                                             .account = col_str(a, st, 2),
                                             .attempts = (uint16_t)col_i64(st, 3),
                                             .was = col_str(a, st, 4),
                                             .becomes = col_str(a, st, 5),
                                             .due_ms = col_i64(st, 6)};
    return ok;
}

bool stages_due(struct store *store, struct arena *a, int64_t now_ms, struct str after,
                size_t limit, struct stage_move **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "SELECT " STAGE_COLUMNS " FROM stage_move m"
                    " LEFT JOIN contact c ON c.id = m.contact"
                    " LEFT JOIN link l ON l.company = c.company"
                    " WHERE m.due_ms <= ?1 AND m.contact > ?2 ORDER BY m.contact LIMIT ?3",
                    e);
    if (!st)
        return false;
    bind_i64(st, 1, now_ms);
    bind_str(st, 2, after);
    bind_i64(st, 3, (int64_t)limit);
    return read_moves(s, a, st, limit, out, n, e);
}

bool stages_at(struct store *store, struct arena *a, struct str company, size_t limit,
               struct stage_move **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT " STAGE_COLUMNS " FROM company_contact x"
                                   " JOIN contact c ON c.id = x.contact AND c.company = ?1"
                                   " JOIN stage_move m ON m.contact = c.id"
                                   " LEFT JOIN link l ON l.company = ?1"
                                   " WHERE x.company = ?1 ORDER BY m.contact LIMIT ?2",
                                   e);
    if (!st)
        return false;
    bind_str(st, 1, company);
    bind_i64(st, 2, (int64_t)limit);
    return read_moves(s, a, st, limit, out, n, e);
}

/* One look a transaction, so that imports do not pay for it. */
static bool look(struct sqlite_store *s, struct err *e)
{
    bool ok;
    if (s->stages >= 0)
        return true;
    sqlite3_stmt *st = sqlite_stmt(s, "SELECT EXISTS (SELECT 1 FROM stage_move)", e);
    if (!st || !sqlite_row(s, st, &ok, e))
        return false;
    s->stages = sqlite3_column_int(st, 0);
    sqlite3_reset(st);
    return true;
}

static_assert(DUE_AT_ONCE == 1 && STAGE_WAITS == INT64_C(9223372036854775807),
              "the numbers of the statement here");

bool stages_wake(struct sqlite_store *s, struct str company, struct str contact, struct err *e)
{
    if (!look(s, e))
        return false;
    if (!s->stages)
        return true;
    return with_id(s,
                   contact.n ? "UPDATE stage_move SET due_ms = 1 WHERE contact = ?1"
                               " AND due_ms = 9223372036854775807"
                             : "UPDATE stage_move SET due_ms = 1 WHERE due_ms = 9223372036854775807"
                               " AND contact IN (SELECT contact FROM company_contact"
                               " WHERE company = ?1)",
                   contact.n ? contact : company, e);
}

bool stages_settle(struct store *store, const struct stage_move *m, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *wait = sqlite_stmt(s,
                                     "UPDATE stage_move SET due_ms = ?2, attempts = ?3, was = ?4,"
                                     " becomes = ?5 WHERE contact = ?1",
                                     e);
    if (!wait)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (m[i].due_ms == 0) {
            if (!with_id(s, "DELETE FROM stage_move WHERE contact = ?1", m[i].contact, e))
                return false;
            continue;
        }
        bind_str(wait, 1, m[i].contact);
        bind_i64(wait, 2, m[i].due_ms);
        bind_i64(wait, 3, m[i].attempts);
        bind_str(wait, 4, m[i].was);
        bind_str(wait, 5, m[i].becomes);
        if (!sqlite_done(s, wait, e))
            return false;
    }
    return true;
}

bool stages_again(struct store *store, const struct str *contacts, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!with_id(self_of(store), "UPDATE stage_move SET due_ms = 1 WHERE contact = ?1",
                     contacts[i], e))
            return false;
    return true;
}
