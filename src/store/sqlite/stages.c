/* Contacts that came to another lifecycle stage, till their company was looked at (S10.1). */
#include "store/sqlite/people_p.h"

bool stage_moved(struct sqlite_store *s, struct str contact, struct err *e)
{
    return with_id(s,
                   "INSERT INTO stage_move (contact, due_ms, attempts) VALUES (?1, 1, 0)"
                   " ON CONFLICT (contact) DO UPDATE SET due_ms = 1, attempts = 0",
                   contact, e);
}

bool stages_due(struct store *store, struct arena *a, int64_t now_ms, struct str after,
                size_t limit, struct stage_move **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "SELECT m.contact, c.company, l.account, m.attempts, m.was, m.becomes FROM stage_move m"
        " LEFT JOIN contact c ON c.id = m.contact"
        " LEFT JOIN link l ON l.company = c.company"
        " WHERE m.due_ms <= ?1 AND m.contact > ?2 ORDER BY m.contact LIMIT ?3",
        e);
    *n = 0;
    if (!st)
        return false;
    *out = ARENA_ARRAY(a, struct stage_move, limit);
    bind_i64(st, 1, now_ms);
    bind_str(st, 2, after);
    bind_i64(st, 3, (int64_t)limit);
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct stage_move){.contact = col_str(a, st, 0),
                                             .company = col_str(a, st, 1),
                                             .account = col_str(a, st, 2),
                                             .attempts = (uint16_t)col_i64(st, 3),
                                             .was = col_str(a, st, 4),
                                             .becomes = col_str(a, st, 5)};
    return ok;
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
