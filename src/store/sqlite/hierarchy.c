/* Linked records whose parent is not linked (S11.2): few, and none where `hierarchy` is off; and
 * what else waits for a link. */
#include "store/sqlite/people_p.h"

/* One look a transaction, so that imports without a hierarchy do not pay for it. */
static bool look(struct sqlite_store *s, struct err *e)
{
    bool ok;
    if (s->awaits >= 0)
        return true;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT EXISTS (SELECT 1 FROM awaiting) OR EXISTS"
                                   " (SELECT 1 FROM association_move WHERE awaits IS NOT NULL)",
                                   e);
    if (!st || !sqlite_row(s, st, &ok, e))
        return false;
    s->awaits = sqlite3_column_int(st, 0);
    sqlite3_reset(st);
    return true;
}

bool awaiting_put(struct store *store, const struct awaiting *w, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    if (n == 0)
        return true;
    sqlite3_stmt *st = sqlite_stmt(
        s, "INSERT INTO awaiting (side, parent, child) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        e);
    if (!st)
        return false;
    s->awaits = 1;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st, 1, w[i].side);
        bind_str(st, 2, w[i].parent);
        bind_str(st, 3, w[i].child);
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

static_assert(CAUSE_PARENT == 128 && DUE_AT_ONCE == 1, "the numbers of the statement here");

bool awaiting_wake(struct sqlite_store *s, const struct link *l, struct err *e)
{
    if (!look(s, e))
        return false;
    for (enum side side = SIDE_SF; s->awaits && side < SIDE_COUNT; side++) {
        sqlite3_stmt *due = sqlite_stmt(
            s,
            PER_SIDE(side, "INSERT INTO ",
                     "_wait (id, due_ms, cause, attempts) SELECT child, 1, 128, 0 FROM awaiting"
                     " WHERE side = ?1 AND parent = ?2"
                     " ON CONFLICT (id) DO UPDATE SET due_ms = 1, cause = cause | 128"),
            e);
        sqlite3_stmt *over =
            sqlite_stmt(s, "DELETE FROM awaiting WHERE side = ?1 AND parent = ?2", e);
        sqlite3_stmt *const both[] = {due, over};
        for (size_t i = 0; i < LEN(both); i++) {
            if (!both[i])
                return false;
            bind_i64(both[i], 1, side);
            bind_str(both[i], 2, l->id[side]);
            if (!sqlite_done(s, both[i], e))
                return false;
        }
        if (!associations_wake(s, l->id[side], e))
            return false;
    }
    return true;
}
