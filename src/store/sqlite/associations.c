/* Contacts whose account and primary company are kept in agreement (S11.1): what both were when
 * last handled, and those that wait to be looked at. Nothing is here while the setting is off. */
#include "store/sqlite/people_p.h"

static_assert(CONTACT_PRIVATE == 2 && CONTACT_OF_ACCOUNT == 3 && DUE_AT_ONCE == 1,
              "the numbers of the statements here");

bool associations_watch(struct store *store, int64_t since_ms, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    static const char errors[] =
        "DELETE FROM record_error WHERE"
        " (side = 1 AND record IN (SELECT contact FROM association_move WHERE attempts > 0)) OR"
        " (side = 0 AND record IN (SELECT person FROM association_move WHERE attempts > 0))";
    if (!sqlite_run(s, errors, e) || !sqlite_run(s, "DELETE FROM association_watch", e) ||
        !sqlite_run(s, "DELETE FROM association_move", e) ||
        !sqlite_run(s, "DELETE FROM association", e))
        return false;
    if (!since_ms)
        return true;
    sqlite3_stmt *st = sqlite_stmt(s, "INSERT INTO association_watch (since_ms) VALUES (?1)", e);
    if (!st)
        return false;
    bind_i64(st, 1, since_ms);
    return sqlite_done(s, st, e) &&
           sqlite_run(s,
                      "INSERT INTO association (contact, person, account, company)"
                      " SELECT id, person, account, company FROM contact WHERE state IN (2, 3)",
                      e);
}

/* Only while they are watched: that table has one row then. */
bool association_moved(struct sqlite_store *s, struct str contact, struct err *e)
{
    return with_id(s,
                   "INSERT INTO association_move (contact, due_ms, attempts, side)"
                   " SELECT ?1, 1, 0, 0 FROM association_watch WHERE true"
                   " ON CONFLICT (contact) DO UPDATE SET due_ms = 1, awaits = NULL",
                   contact, e);
}

bool associations_wake(struct sqlite_store *s, struct str record, struct err *e)
{
    return with_id(s, "UPDATE association_move SET due_ms = 1, awaits = NULL WHERE awaits = ?1",
                   record, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

#define MOVE_COLUMNS                                                                               \
    ", CASE WHEN c.state IN (2, 3) THEN c.person END, c.account, c.company, l.company,"            \
    " k.account, b.person = c.person, b.account, b.company, m.was, m.becomes, m.side, m.awaits,"   \
    " m.due_ms, m.attempts, m.person, m.undoes"
#define MOVE_JOINS                                                                                 \
    " LEFT JOIN link l ON l.account = c.account LEFT JOIN link k ON k.company = c.company"
#define CONTACTS_MOVES                                                                             \
    "SELECT c.id" MOVE_COLUMNS " FROM contact c LEFT JOIN association_move m ON m.contact = c.id"  \
    " LEFT JOIN association b ON b.contact = c.id" MOVE_JOINS

static bool read_moves(struct sqlite_store *s, struct arena *a, sqlite3_stmt *st, size_t limit,
                       struct association_move **out, size_t *n, struct err *e)
{
    bool ok;
    *out = ARENA_ARRAY(a, struct association_move, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e)) /* the statement has the limit */
        (*out)[(*n)++] = (struct association_move){
            .contact = col_str(a, st, 0),
            .person = col_str(a, st, 1),
            .at = {[SIDE_SF] = col_str(a, st, 2), [SIDE_HS] = col_str(a, st, 3)},
            .partner = {[SIDE_SF] = col_str(a, st, 4), [SIDE_HS] = col_str(a, st, 5)},
            .handled = col_i64(st, 6),
            .base = {[SIDE_SF] = col_str(a, st, 7), [SIDE_HS] = col_str(a, st, 8)},
            .was = col_str(a, st, 9),
            .becomes = col_str(a, st, 10),
            .to = (enum side)col_i64(st, 11),
            .awaits = col_str(a, st, 12),
            .due_ms = col_i64(st, 13),
            .attempts = (uint16_t)col_i64(st, 14),
            .of = col_str(a, st, 15),
            .undoes = col_i64(st, 16)};
    return ok;
}

bool associations_due(struct store *store, struct arena *a, int64_t now_ms, struct str after,
                      size_t limit, struct association_move **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "SELECT m.contact" MOVE_COLUMNS " FROM association_move m"
        " LEFT JOIN contact c ON c.id = m.contact"
        " LEFT JOIN association b ON b.contact = m.contact" MOVE_JOINS
        " WHERE m.due_ms BETWEEN 1 AND ?1 AND m.contact > ?2 ORDER BY m.contact LIMIT ?3",
        e);
    if (!st)
        return false;
    bind_i64(st, 1, now_ms);
    bind_str(st, 2, after);
    bind_i64(st, 3, (int64_t)limit);
    return read_moves(s, a, st, limit, out, n, e);
}

bool associations_walk(struct store *store, struct arena *a, struct str after, size_t limit,
                       struct association_move **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s, CONTACTS_MOVES " WHERE c.state IN (2, 3) AND c.id > ?1 ORDER BY c.id LIMIT ?2", e);
    if (!st)
        return false;
    bind_str(st, 1, after);
    bind_i64(st, 2, (int64_t)limit);
    return read_moves(s, a, st, limit, out, n, e);
}

bool associations_of(struct store *store, struct arena *a, struct str contact,
                     struct association_move *out, bool *found, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct association_move *one;
    size_t n;
    sqlite3_stmt *st = sqlite_stmt(s, CONTACTS_MOVES " WHERE c.id = ?1", e);
    if (!st)
        return false;
    bind_str(st, 1, contact);
    if (!read_moves(s, a, st, 1, &one, &n, e))
        return false;
    *found = n > 0;
    if (n)
        *out = one[0];
    return true;
}

bool associations_after(struct store *store, struct str after, uint64_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s, "SELECT count(*) FROM contact WHERE state IN (2, 3) AND id > ?1", e);
    if (!st)
        return false;
    bind_str(st, 1, after);
    if (!sqlite_row(s, st, &ok, e))
        return false;
    *n = (uint64_t)col_i64(st, 0);
    sqlite3_reset(st);
    return true;
}

bool associations_waiting(struct store *store, struct arena *a, enum side side, struct str record,
                          size_t limit, struct association_move **out, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        side == SIDE_SF ? CONTACTS_MOVES " WHERE c.account = ?1 AND m.contact IS NOT NULL"
                                         " ORDER BY c.id LIMIT ?2"
                        : CONTACTS_MOVES " WHERE c.id IN (SELECT contact FROM company_contact"
                                         " WHERE company = ?1) AND m.contact IS NOT NULL"
                                         " ORDER BY c.id LIMIT ?2",
        e);
    if (!st)
        return false;
    bind_str(st, 1, record);
    bind_i64(st, 2, (int64_t)limit);
    return read_moves(s, a, st, limit, out, n, e);
}

/* ---- settling -------------------------------------------------------------------------------- */

static bool put_base(struct sqlite_store *s, const struct association_move *x, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "INSERT INTO association (contact, person, account, company)"
                                   " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (contact) DO UPDATE SET"
                                   " person = ?2, account = ?3, company = ?4",
                                   e);
    if (!st)
        return false;
    bind_str(st, 1, x->contact);
    bind_str(st, 2, x->person);
    bind_str(st, 3, x->base[SIDE_SF]);
    bind_str(st, 4, x->base[SIDE_HS]);
    return sqlite_done(s, st, e);
}

static bool put_move(struct sqlite_store *s, const struct association_move *x, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "INSERT INTO association_move (contact, due_ms, attempts, awaits, side, was, becomes,"
        " person, undoes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (contact) DO UPDATE SET due_ms = ?2, attempts = ?3, awaits = ?4, side = ?5,"
        " was = ?6, becomes = ?7, person = ?8, undoes = ?9",
        e);
    if (!st)
        return false;
    bind_str(st, 1, x->contact);
    bind_i64(st, 2, x->due_ms);
    bind_i64(st, 3, x->attempts);
    bind_str(st, 4, x->awaits);
    bind_i64(st, 5, x->to);
    bind_str(st, 6, x->was);
    bind_str(st, 7, x->becomes);
    bind_str(st, 8, x->of);
    bind_i64(st, 9, x->undoes);
    return sqlite_done(s, st, e);
}

bool associations_settle(struct store *store, const struct association_move *x, size_t n,
                         struct err *e)
{
    struct sqlite_store *s = self_of(store);
    for (size_t i = 0; i < n; i++) {
        bool over = x[i].due_ms == 0 && !x[i].awaits.n;
        if (x[i].handled && !put_base(s, &x[i], e))
            return false;
        if (!(over ? with_id(s, "DELETE FROM association_move WHERE contact = ?1", x[i].contact, e)
                   : put_move(s, &x[i], e)))
            return false;
        s->awaits = x[i].awaits.n ? 1 : s->awaits;
    }
    return true;
}

bool associations_again(struct store *store, enum side side, const struct str *ids, size_t n,
                        struct err *e)
{
    const char *sql = side == SIDE_HS ? "UPDATE association_move SET due_ms = 1 WHERE contact = ?1"
                                      : "UPDATE association_move SET due_ms = 1 WHERE contact IN"
                                        " (SELECT id FROM contact WHERE person = ?1)";
    for (size_t i = 0; i < n; i++)
        if (!with_id(self_of(store), sql, ids[i], e))
            return false;
    return true;
}

/* ---- where a contact is now ------------------------------------------------------------------ */

static bool at_company(struct sqlite_store *s, struct arena *a, struct str contact,
                       struct str company, struct err *e)
{
    struct kept old;
    if (!contact_known(s, a, contact, &old, e))
        return false;
    if (!old.known || str_eq(old.company, company))
        return true;
    sqlite3_stmt *main = sqlite_stmt(s, "UPDATE contact SET company = ?2 WHERE id = ?1", e);
    sqlite3_stmt *put = sqlite_stmt(
        s, "INSERT OR IGNORE INTO company_contact (company, contact) VALUES (?1, ?2)", e);
    if (!main || !put)
        return false;
    bind_str(main, 1, contact);
    bind_str(main, 2, company);
    if (!sqlite_done(s, main, e) || !association_moved(s, contact, e))
        return false;
    if (company.n) {
        bind_str(put, 1, company);
        bind_str(put, 2, contact);
        if (!sqlite_done(s, put, e))
            return false;
    }
    return companies_due(s, contact, e) && account_due(s, old.settled.account, e) &&
           stages_wake(s, STR_NONE, contact, e);
}

/* All contacts that sync with this SF contact are settled anew, by the same reading. */
static bool at_account(struct sqlite_store *s, struct str person, struct str account, struct err *e)
{
    sqlite3_stmt *st =
        sqlite_stmt(s, "UPDATE person SET account = ?2 WHERE id = ?1 AND account IS NOT ?2", e);
    if (!st)
        return false;
    bind_str(st, 1, person);
    bind_str(st, 2, account.n ? account : STR_NONE);
    return sqlite_done(s, st, e) &&
           (sqlite3_changes(s->db) == 0 ||
            with_id(s, "INSERT OR IGNORE INTO unsettled SELECT id FROM contact WHERE person = ?1",
                    person, e));
}

bool people_at(struct store *store, enum side side, struct str id, struct str at, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct arena a;
    if (side == SIDE_SF)
        return at_account(s, id, at, e);
    arena_init(&a, 64 * KIB);
    bool ok = at_company(s, &a, id, at.n ? at : STR_NONE, e);
    arena_release(&a);
    return ok;
}
