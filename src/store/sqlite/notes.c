/* Errors, runs and counts: what people look at. */
#include "store/sqlite/sqlite_p.h"

bool errors_put(struct store *store, const struct error_entry *x, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "INSERT INTO record_error (side, record, field, partner, category, code, value, message,"
        " remedy, first_ms, last_ms, next_ms, attempts)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        " ON CONFLICT DO UPDATE SET partner = ?4, category = ?5, code = ?6, value = ?7,"
        " message = ?8, remedy = ?9, last_ms = ?11, next_ms = ?12, attempts = attempts + 1",
        e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st, 1, x[i].side);
        bind_str(st, 2, x[i].record);
        bind_str(st, 3, x[i].field.p ? x[i].field : S(""));
        bind_str(st, 4, x[i].partner);
        bind_str(st, 5, x[i].category);
        bind_str(st, 6, x[i].code);
        bind_str(st, 7, x[i].value);
        bind_str(st, 8, x[i].message);
        bind_str(st, 9, x[i].remedy);
        bind_i64(st, 10, x[i].first_ms);
        bind_i64(st, 11, x[i].last_ms);
        bind_i64(st, 12, x[i].next_ms);
        bind_i64(st, 13, x[i].attempts);
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

bool errors_clear(struct store *store, enum side side, const struct str *records, size_t n,
                  int64_t told_ms, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool some;
    if (!sqlite_any(s, "SELECT 1 FROM record_error LIMIT 1", &some, e))
        return false;
    sqlite3_stmt *st = sqlite_stmt(
        s, "DELETE FROM record_error WHERE side = ?1 AND record = ?2 AND last_ms <> ?3", e);
    bool ok = st != NULL;
    for (size_t i = 0; some && ok && i < n; i++) {
        bind_i64(st, 1, side);
        bind_str(st, 2, records[i]);
        bind_i64(st, 3, told_ms);
        ok = sqlite_done(s, st, e);
    }
    return ok;
}

bool errors_list(struct store *store, struct arena *a, struct str record, size_t limit,
                 struct error_entry **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
#define ERRORS(where)                                                                              \
    "SELECT side, record, partner, category, code, field, value, message, remedy, first_ms,"       \
    " last_ms, next_ms, attempts FROM record_error" where                                          \
    " ORDER BY last_ms DESC, record, field LIMIT ?2"
    sqlite3_stmt *st = sqlite_stmt(s,
                                   record.p ? ERRORS(" WHERE (side = 0 AND record = ?1) OR"
                                                     " (side = 1 AND record = ?1) OR partner = ?1")
                                            : ERRORS(""),
                                   e);
#undef ERRORS
    if (!st)
        return false;
    if (record.p)
        bind_str(st, 1, record);
    bind_i64(st, 2, (int64_t)limit);
    *out = ARENA_ARRAY(a, struct error_entry, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct error_entry){.side = (enum side)col_i64(st, 0),
                                              .record = col_str(a, st, 1),
                                              .partner = col_str(a, st, 2),
                                              .category = col_str(a, st, 3),
                                              .code = col_str(a, st, 4),
                                              .field = col_str(a, st, 5),
                                              .value = col_str(a, st, 6),
                                              .message = col_str(a, st, 7),
                                              .remedy = col_str(a, st, 8),
                                              .first_ms = col_i64(st, 9),
                                              .last_ms = col_i64(st, 10),
                                              .next_ms = col_i64(st, 11),
                                              .attempts = (uint32_t)col_i64(st, 12)};
    return ok;
}

bool run_put(struct store *store, struct run_entry *run, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        run->id ? sqlite_stmt(s,
                              "UPDATE run SET kind = ?1, state = ?2, began_ms = ?3, ended_ms = ?4,"
                              " position = ?5, summary = ?6 WHERE id = ?7",
                              e)
                : sqlite_stmt(s,
                              "INSERT INTO run (kind, state, began_ms, ended_ms, position, summary)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                              e);
    if (!st)
        return false;
    bind_str(st, 1, run->kind);
    bind_i64(st, 2, run->state);
    bind_i64(st, 3, run->began_ms);
    bind_i64(st, 4, run->ended_ms);
    bind_str(st, 5, run->position.p ? run->position : S(""));
    bind_str(st, 6, run->summary.p ? run->summary : S("{}"));
    if (run->id)
        bind_i64(st, 7, run->id);
    if (!sqlite_done(s, st, e))
        return false;
    if (!run->id)
        run->id = sqlite3_last_insert_rowid(s->db);
    return true;
}

#define RUN_COLUMNS "SELECT id, kind, state, began_ms, ended_ms, position, summary FROM run "

static struct run_entry run_read(struct arena *a, sqlite3_stmt *st)
{
    return (struct run_entry){.id = col_i64(st, 0),
                              .kind = col_str(a, st, 1),
                              .state = (enum run_state)col_i64(st, 2),
                              .began_ms = col_i64(st, 3),
                              .ended_ms = col_i64(st, 4),
                              .position = col_str(a, st, 5),
                              .summary = col_str(a, st, 6)};
}

bool run_get(struct store *store, struct arena *a, int64_t id, struct run_entry *out, bool *found,
             struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, RUN_COLUMNS "WHERE id = ?", e);
    if (!st)
        return false;
    bind_i64(st, 1, id);
    *found = sqlite_row(s, st, &ok, e);
    if (*found) {
        *out = run_read(a, st);
        sqlite3_reset(st);
    }
    return ok;
}

bool runs_list(struct store *store, struct arena *a, size_t limit, struct run_entry **out,
               size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, RUN_COLUMNS "ORDER BY id DESC LIMIT ?", e);
    if (!st)
        return false;
    bind_i64(st, 1, (int64_t)limit);
    *out = ARENA_ARRAY(a, struct run_entry, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = run_read(a, st);
    return ok;
}

static bool number(struct sqlite_store *s, const char *sql, uint64_t *out, struct err *e)
{
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, sql, e);
    if (!st)
        return false;
    *out = 0;
    if (sqlite_row(s, st, &ok, e)) {
        *out = (uint64_t)col_i64(st, 0);
        sqlite3_reset(st);
    }
    return ok;
}

bool counts(struct store *store, struct store_counts *out, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    *out = (struct store_counts){0};
    return number(s, "SELECT n FROM tally WHERE name = 'account'", &out->rows[SIDE_SF], e) &&
           number(s, "SELECT n FROM tally WHERE name = 'company'", &out->rows[SIDE_HS], e) &&
           number(s, "SELECT n FROM tally WHERE name = 'link'", &out->links, e) &&
           number(s, "SELECT n FROM tally WHERE name = 'person'", &out->persons, e) &&
           number(s, "SELECT count(*) FROM record_error", &out->errors, e) &&
           number(s, "SELECT count(*) FROM review", &out->reviews, e) &&
           number(s, "SELECT count(*) FROM outbox", &out->outbox, e) &&
           number(s, "SELECT count(*) FROM account_wait WHERE due_ms > 0", &out->due[SIDE_SF], e) &&
           number(s, "SELECT count(*) FROM company_wait WHERE due_ms > 0", &out->due[SIDE_HS], e);
}
