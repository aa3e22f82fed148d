/* Subjects: a record, its link and its partner, by one join. */
#include "store/sqlite/sqlite_p.h"

#define LINK_AT    ROW_COLUMN_COUNT
#define PARTNER_AT (ROW_COLUMN_COUNT + LINK_COLUMN_COUNT)
#define PARTNER_COLUMNS                                                                            \
    "p.id, p.asked_ms, p.created_ms, p.modified_ms, p.edited_ms, p.state, p.survivor, p.name, "    \
    "p.key, p.native, p.host, p.host_key, p.site_key, p.flags, p.more, p.packed, p.print, "        \
    "v.due_ms, v.cause, v.attempts, p.name_key"
#define SUBJECT(own, other)                                                                        \
    "SELECT " ROW_COLUMNS ", " LINK_COLUMNS("l") ", " PARTNER_COLUMNS " FROM " ROW_FROM(           \
        own) " LEFT JOIN link l ON l." own " = r.id LEFT JOIN " other " p ON p.id = l." other      \
             " LEFT JOIN " other "_wait v ON v.id = p.id "
/* The index of what is due leads; the rows follow. */
#define SUBJECTS_DUE(own, other)                                                                   \
    "SELECT " ROW_COLUMNS                                                                          \
    ", " LINK_COLUMNS("l") ", " PARTNER_COLUMNS " FROM " own "_wait w CROSS JOIN " own             \
                           " r ON r.id = w.id LEFT JOIN link l ON l." own                          \
                           " = r.id LEFT JOIN " other " p ON p.id = l." other " LEFT JOIN " other  \
                           "_wait v ON v.id = p.id WHERE w.due_ms > 0 AND w.due_ms <= ?1"          \
                           " AND (w.due_ms, w.id) > (?3, ?4) AND (?5 = 0 OR w.cause & ?5)"         \
                           " ORDER BY w.due_ms, w.id LIMIT ?2"

static void subject_read(struct arena *a, sqlite3_stmt *st, enum side side, struct subject *out)
{
    enum side other = side_other(side);
    *out = (struct subject){.row = {NULL}};
    out->row[side] = ARENA_NEW(a, struct row);
    row_read(a, st, 0, out->row[side]);
    if (sqlite3_column_type(st, LINK_AT) == SQLITE_NULL)
        return;
    out->link = ARENA_NEW(a, struct link);
    link_read(a, st, LINK_AT, out->link);
    out->row[side]->partner = out->link->id[other];
    if (sqlite3_column_type(st, PARTNER_AT) != SQLITE_NULL) {
        out->row[other] = ARENA_NEW(a, struct row);
        row_read(a, st, PARTNER_AT, out->row[other]);
        out->row[other]->partner = out->link->id[side];
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) /* none = what the record holds (links.c) */
        if (!out->link->base[s].p)
            out->link->base[s] = out->row[s] ? out->row[s]->packed : S("");
}

static bool read_all(struct sqlite_store *s, struct arena *a, sqlite3_stmt *st, enum side side,
                     size_t limit, struct subject **out, size_t *n, struct err *e)
{
    bool ok;
    *out = ARENA_ARRAY(a, struct subject, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        subject_read(a, st, side, &(*out)[(*n)++]);
    return ok;
}

bool subjects_due(struct store *store, struct arena *a, enum side side, const struct due_query *q,
                  struct subject **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(s,
                                   side == SIDE_SF ? SUBJECTS_DUE("account", "company")
                                                   : SUBJECTS_DUE("company", "account"),
                                   e);
    if (!st)
        return false;
    bind_i64(st, 1, q->now_ms);
    bind_i64(st, 2, (int64_t)q->limit);
    bind_i64(st, 3, q->after_ms);
    bind_str(st, 4, q->after.p ? q->after : S(""));
    bind_i64(st, 5, q->cause);
    return read_all(s, a, st, side, q->limit, out, n, e);
}

bool subjects_walk(struct store *store, struct arena *a, enum side side, struct str after,
                   size_t limit, struct subject **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        side == SIDE_SF
            ? SUBJECT("account", "company") "WHERE r.id > ?1 AND r.state = 0 ORDER BY r.id LIMIT ?2"
            : SUBJECT("company",
                      "account") "WHERE r.id > ?1 AND r.state = 0 ORDER BY r.id LIMIT ?2",
        e);
    if (!st)
        return false;
    bind_str(st, 1, after.p ? after : S(""));
    bind_i64(st, 2, (int64_t)limit);
    return read_all(s, a, st, side, limit, out, n, e);
}

/* Every account of a link has a row. */
bool subjects_linked(struct store *store, struct arena *a, struct str after, size_t limit,
                     struct subject **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "SELECT " ROW_COLUMNS
        ", " LINK_COLUMNS("l") ", " PARTNER_COLUMNS " FROM link l CROSS JOIN account r ON r.id = "
                               "l.account LEFT JOIN account_wait w ON w.id ="
                               " r.id LEFT JOIN company p ON p.id = l.company LEFT JOIN "
                               "company_wait v ON v.id = p.id"
                               " WHERE l.account > ?1 ORDER BY l.account LIMIT ?2",
        e);
    if (!st)
        return false;
    bind_str(st, 1, after.p ? after : S(""));
    bind_i64(st, 2, (int64_t)limit);
    return read_all(s, a, st, SIDE_SF, limit, out, n, e);
}

bool links_after(struct store *store, struct str after, uint64_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, "SELECT count(*) FROM link WHERE account > ?1", e);
    *n = 0;
    if (!st)
        return false;
    bind_str(st, 1, after.p ? after : S(""));
    if (sqlite_row(s, st, &ok, e)) {
        *n = (uint64_t)col_i64(st, 0);
        sqlite3_reset(st);
    }
    return ok;
}

bool subjects_get(struct store *store, struct arena *a, enum side side, const struct str *ids,
                  size_t n, struct subject *out, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    side == SIDE_SF ? SUBJECT("account", "company") "WHERE r.id = ?1"
                                    : SUBJECT("company", "account") "WHERE r.id = ?1",
                    e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool ok;
        out[i] = (struct subject){.row = {NULL}};
        bind_str(st, 1, ids[i]);
        if (sqlite_row(s, st, &ok, e)) {
            subject_read(a, st, side, &out[i]);
            sqlite3_reset(st);
        }
        if (!ok)
            return false;
    }
    return true;
}
