/* What the brakes count: a row a run, side, kind and field; never older than a day or so. */
#include "store/sqlite/sqlite_p.h"

bool tally_put(struct store *store, const struct tally *x, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *old = sqlite_stmt(s, "DELETE FROM braked WHERE at_ms < ?", e);
    sqlite3_stmt *st = old ? sqlite_stmt(s,
                                         "INSERT INTO braked (run, side, what, map, at_ms, n)"
                                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                                         " ON CONFLICT DO UPDATE SET at_ms = ?5, n = n + ?6",
                                         e)
                           : NULL;
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st, 1, x[i].run);
        bind_i64(st, 2, x[i].side);
        bind_i64(st, 3, x[i].what);
        bind_i64(st, 4, x[i].map);
        bind_i64(st, 5, x[i].at_ms);
        bind_i64(st, 6, (int64_t)x[i].n);
        if (!sqlite_done(s, st, e))
            return false;
    }
    if (n == 0)
        return true;
    bind_i64(old, 1, x[0].at_ms - 2 * MS_DAY); /* the two services' clocks may differ */
    return sqlite_done(s, old, e);
}

bool tally_since(struct store *store, struct arena *a, const int64_t since_ms[SIDE_COUNT],
                 struct tally **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    size_t room = 16;
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT side, what, map, max(at_ms), sum(n) FROM braked"
                                   " WHERE at_ms >= CASE side WHEN 0 THEN ?1 ELSE ?2 END"
                                   " GROUP BY side, what, map",
                                   e);
    *n = 0;
    if (!st)
        return false;
    *out = ARENA_ARRAY(a, struct tally, room);
    bind_i64(st, 1, since_ms[SIDE_SF]);
    bind_i64(st, 2, since_ms[SIDE_HS]);
    while (sqlite_row(s, st, &ok, e)) {
        if (*n == room) {
            struct tally *grown = ARENA_ARRAY(a, struct tally, room *= 2);
            for (size_t i = 0; i < *n; i++)
                grown[i] = (*out)[i];
            *out = grown;
        }
        (*out)[(*n)++] = (struct tally){.side = (enum side)col_i64(st, 0),
                                        .what = (uint32_t)col_i64(st, 1),
                                        .map = (uint32_t)col_i64(st, 2),
                                        .at_ms = col_i64(st, 3),
                                        .n = (uint64_t)col_i64(st, 4)};
    }
    return ok;
}
