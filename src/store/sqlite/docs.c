#include "store/sqlite/sqlite_p.h"

bool docs_get(struct store *store, struct arena *a, const char *kind, struct str name,
              struct str *text, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, "SELECT text FROM doc WHERE kind = ? AND name = ?", e);
    if (!st)
        return false;
    bind_str(st, 1, str_from(kind));
    bind_str(st, 2, name);
    *text = STR_NONE;
    if (sqlite_row(s, st, &ok, e)) {
        *text = col_str(a, st, 0);
        sqlite3_reset(st);
    }
    return ok;
}

bool docs_list(struct store *store, struct arena *a, const char *kind, struct doc **out, size_t *n,
               struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok = true;
    sqlite3_stmt *count = sqlite_stmt(s, "SELECT count(*) FROM doc WHERE kind = ?", e);
    sqlite3_stmt *st = sqlite_stmt(s, "SELECT name, text FROM doc WHERE kind = ? ORDER BY name", e);
    if (!count || !st)
        return false;
    bind_str(count, 1, str_from(kind));
    if (!sqlite_row(s, count, &ok, e))
        return ok;
    size_t room = (size_t)col_i64(count, 0);
    sqlite3_reset(count);
    *out = ARENA_ARRAY(a, struct doc, room);
    *n = 0;
    bind_str(st, 1, str_from(kind));
    while (sqlite_row(s, st, &ok, e))
        if (*n < room)
            (*out)[(*n)++] = (struct doc){col_str(a, st, 0), col_str(a, st, 1)};
    return ok;
}

bool docs_put(struct store *store, const char *kind, struct str name, struct str text,
              struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        text.p ? sqlite_stmt(s, "INSERT OR REPLACE INTO doc (kind, name, text) VALUES (?, ?, ?)", e)
               : sqlite_stmt(s, "DELETE FROM doc WHERE kind = ? AND name = ?", e);
    if (!st)
        return false;
    bind_str(st, 1, str_from(kind));
    bind_str(st, 2, name);
    if (text.p)
        bind_str(st, 3, text);
    return sqlite_done(s, st, e);
}
