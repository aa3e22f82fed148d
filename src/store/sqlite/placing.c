/* Private SF contacts that are to get the account of their company (S3.7). */
#include "store/sqlite/people_p.h"

static_assert(CONTACT_PRIVATE == 2, "the number of the statement here");

bool placings_put(struct store *store, const struct str *companies, size_t n, int64_t run,
                  struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "INSERT INTO placing (person, contact, company, run, due_ms, attempts)"
        " SELECT c.person, c.id, x.company, ?2, 1, 0 FROM company_contact x"
        " JOIN contact c ON c.id = x.contact WHERE x.company = ?1 AND c.state = 2"
        " ON CONFLICT (person) DO UPDATE SET contact = excluded.contact, company ="
        " excluded.company, run = excluded.run, due_ms = 1, attempts = 0 WHERE company ="
        " excluded.company OR excluded.company ="
        " (SELECT k.company FROM contact k WHERE k.id = excluded.contact)",
        e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_str(st, 1, companies[i]);
        bind_i64(st, 2, run);
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

bool placings_due(struct store *store, struct arena *a, int64_t now_ms, int64_t run, size_t limit,
                  struct placing **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT p.person, p.contact, p.company, l.account, p.run,"
                                   " p.attempts FROM placing p LEFT JOIN link l"
                                   " ON l.company = p.company WHERE p.due_ms <= ?1"
                                   " AND (?2 = 0 OR p.run = ?2) ORDER BY p.person LIMIT ?3",
                                   e);
    *n = 0;
    if (!st)
        return false;
    *out = ARENA_ARRAY(a, struct placing, limit);
    bind_i64(st, 1, now_ms);
    bind_i64(st, 2, run);
    bind_i64(st, 3, (int64_t)limit);
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct placing){.person = col_str(a, st, 0),
                                          .contact = col_str(a, st, 1),
                                          .company = col_str(a, st, 2),
                                          .account = col_str(a, st, 3),
                                          .run = col_i64(st, 4),
                                          .attempts = (uint16_t)col_i64(st, 5)};
    return ok;
}

bool placings_settle(struct store *store, const struct placing *p, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *wait =
        sqlite_stmt(s, "UPDATE placing SET due_ms = ?2, attempts = ?3 WHERE person = ?1", e);
    if (!wait)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i].due_ms == 0) {
            if (!with_id(s, "DELETE FROM placing WHERE person = ?1", p[i].person, e))
                return false;
            continue;
        }
        bind_str(wait, 1, p[i].person);
        bind_i64(wait, 2, p[i].due_ms);
        bind_i64(wait, 3, p[i].attempts);
        if (!sqlite_done(s, wait, e))
            return false;
    }
    return true;
}

bool placings_again(struct store *store, const struct str *persons, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!with_id(self_of(store),
                     "UPDATE placing SET due_ms = 1, attempts = 0 WHERE person = ?1", persons[i],
                     e))
            return false;
    return true;
}
