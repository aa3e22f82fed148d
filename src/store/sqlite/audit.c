/* What was written, newest first. */
#include "store/sqlite/sqlite_p.h"

#define AUDIT_COLUMNS "SELECT id, run, at_ms, side, account, company, action, detail FROM audit "

bool audit_put(struct store *store, const struct audit_entry *entry, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "INSERT INTO audit (run, at_ms, side, account, company, action, detail)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st, 1, entry[i].run);
        bind_i64(st, 2, entry[i].at_ms);
        bind_i64(st, 3, entry[i].side);
        bind_str(st, 4, entry[i].record[SIDE_SF]);
        bind_str(st, 5, entry[i].record[SIDE_HS]);
        bind_str(st, 6, entry[i].action);
        bind_str(st, 7, entry[i].detail);
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

static bool audit_read(struct sqlite_store *s, struct arena *a, sqlite3_stmt *st, size_t limit,
                       struct audit_entry **out, size_t *n, struct err *e)
{
    bool ok;
    *n = 0;
    *out = ARENA_ARRAY(a, struct audit_entry, limit);
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct audit_entry){.id = col_i64(st, 0),
                                              .run = col_i64(st, 1),
                                              .at_ms = col_i64(st, 2),
                                              .side = (enum side)col_i64(st, 3),
                                              .record = {col_str(a, st, 4), col_str(a, st, 5)},
                                              .action = col_str(a, st, 6),
                                              .detail = col_str(a, st, 7)};
    return ok;
}

bool audit_list(struct store *store, struct arena *a, enum side side, struct str record,
                int64_t run, int64_t before, size_t limit, struct audit_entry **out, size_t *n,
                struct err *e)
{
    struct sqlite_store *s = self_of(store);
    const char *sql =
        !record.p && run ? AUDIT_COLUMNS
            "WHERE run = ?2 AND id < ?4 AND ?1 IS NULL ORDER BY id DESC LIMIT ?3"
        : !record.p ? AUDIT_COLUMNS
            "WHERE id < ?4 AND ?1 IS NULL AND ?2 = 0 ORDER BY id DESC LIMIT ?3"
        : side == SIDE_SF ? AUDIT_COLUMNS
            "WHERE account = ?1 AND (?2 = 0 OR run = ?2) AND id < ?4 ORDER BY id DESC LIMIT ?3"
                          : AUDIT_COLUMNS
            "WHERE company = ?1 AND (?2 = 0 OR run = ?2) AND id < ?4 ORDER BY id DESC LIMIT ?3";
    sqlite3_stmt *st = sqlite_stmt(s, sql, e);
    if (!st)
        return false;
    bind_str(st, 1, record);
    bind_i64(st, 2, run);
    bind_i64(st, 3, (int64_t)limit);
    bind_i64(st, 4, before);
    return audit_read(s, a, st, limit, out, n, e);
}
