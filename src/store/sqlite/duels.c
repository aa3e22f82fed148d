/* Fields that are held because two automations correct each other (S8.5). There are few or none. */
#include "store/sqlite/sqlite_p.h"

bool duels_put(struct store *store, const struct duel *duel, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *st =
            duel[i].holds
                ? sqlite_stmt(s, "INSERT OR REPLACE INTO duel VALUES (?1, ?2, ?3, ?4, ?5)", e)
                : sqlite_stmt(s, "DELETE FROM duel WHERE account = ?1 AND map = ?2", e);
        if (!st)
            return false;
        bind_str(st, 1, duel[i].account);
        bind_i64(st, 2, duel[i].map);
        if (duel[i].holds) {
            bind_i64(st, 3, duel[i].holds);
            bind_i64(st, 4, duel[i].tried);
            bind_i64(st, 5, duel[i].at_ms);
        }
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

bool duels_of(struct store *store, struct arena *a, struct str account, struct duel **out,
              size_t *n, struct err *e)
{
    enum { MOST = 512 }; /* fields of one link */
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "SELECT account, map, holds, tried, at_ms FROM duel WHERE account = ?1"
                    " ORDER BY map LIMIT ?2",
                    e);
    if (!st)
        return false;
    bind_str(st, 1, account);
    bind_i64(st, 2, MOST);
    *out = NULL;
    *n = 0;
    while (sqlite_row(s, st, &ok, e)) {
        if (!*out)
            *out = ARENA_ARRAY(a, struct duel, MOST);
        (*out)[(*n)++] = (struct duel){.account = col_str(a, st, 0),
                                       .map = (uint32_t)col_i64(st, 1),
                                       .holds = (uint32_t)col_i64(st, 2),
                                       .tried = col_i64(st, 3) != 0,
                                       .at_ms = col_i64(st, 4)};
    }
    return ok;
}
