/* With whom contacts sync (S3.6), and who is on the chosen lists (S3.5). */
#include <string.h>

#include "store/sqlite/people_p.h"

/* ---- settling -------------------------------------------------------------------------------- */

/* An address that very many share is nobody's in particular: the latest of them will do. */
#define SAME_ADDRESS_MAX "200"

static bool case_people(struct sqlite_store *s, struct arena *a, struct contact_case *c,
                        struct err *e)
{
    bool ok;
    size_t room = 8;
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "WITH RECURSIVE ahead (id) AS (VALUES (?1), (?2), (?3) UNION SELECT * FROM (SELECT id"
        " FROM person WHERE email = ?4 ORDER BY modified_ms DESC LIMIT " SAME_ADDRESS_MAX
        ") UNION SELECT p.next FROM ahead h JOIN person p ON p.id = h.id)"
        " SELECT " PERSON_COLUMNS("p") " FROM ahead h JOIN person p ON p.id = h.id UNION"
                                       " SELECT " PERSON_COLUMNS(
                                           "p") " FROM ahead h JOIN person p ON p.next = h.id"
                                                " WHERE p.converted",
        e);
    if (!st)
        return false;
    bind_str(st, 1, c->contact);
    bind_str(st, 2, c->lead);
    bind_str(st, 3, c->pin);
    bind_email(st, 4, c->email);
    c->person = ARENA_ARRAY(a, struct person, room);
    while (sqlite_row(s, st, &ok, e)) {
        if (c->persons == room) {
            struct person *grown = ARENA_ARRAY(a, struct person, 2 * room);
            memcpy(grown, c->person, room * sizeof(*grown));
            c->person = grown;
            room *= 2;
        }
        c->person[c->persons++] = person_read(a, st);
    }
    return ok;
}

bool people_unsettled(struct store *store, struct arena *a, size_t limit, struct contact_case **out,
                      size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT c.id, c.names_contact, c.names_lead, c.email, c.person"
                                   " FROM unsettled u JOIN contact c ON c.id = u.contact"
                                   " ORDER BY u.contact LIMIT ?1",
                                   e);
    if (!st)
        return false;
    bind_i64(st, 1, (int64_t)limit);
    *out = ARENA_ARRAY(a, struct contact_case, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct contact_case){.id = col_str(a, st, 0),
                                               .contact = col_str(a, st, 1),
                                               .lead = col_str(a, st, 2),
                                               .email = col_str(a, st, 3),
                                               .pin = col_str(a, st, 4)};
    for (size_t i = 0; ok && i < *n; i++)
        ok = case_people(s, a, &(*out)[i], e);
    return ok;
}

static bool settle_one(struct sqlite_store *s, struct arena *a, const struct contact *c,
                       struct err *e)
{
    struct kept old;
    if (!contact_known(s, a, c->id, &old, e) ||
        !with_id(s, "DELETE FROM unsettled WHERE contact = ?1", c->id, e))
        return false;
    const struct contact *was = &old.settled;
    if (!old.known || (was->state == c->state && was->converted == c->converted &&
                       str_eq(was->person, c->person) && str_eq(was->account, c->account)))
        return true;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "UPDATE contact SET state = ?2, person = ?3, account = ?4,"
                                   " converted = ?5 WHERE id = ?1",
                                   e);
    if (!st)
        return false;
    bind_str(st, 1, c->id);
    bind_i64(st, 2, c->state);
    bind_str(st, 3, c->person);
    bind_str(st, 4, c->account);
    bind_i64(st, 5, c->converted);
    return sqlite_done(s, st, e) && companies_due(s, c->id, e) && account_due(s, was->account, e) &&
           account_due(s, c->account, e) && association_moved(s, c->id, e);
}

bool people_settle(struct store *store, const struct contact *c, size_t n, struct err *e)
{
    struct arena a;
    bool ok = true;
    arena_init(&a, MIB);
    for (size_t i = 0; ok && i < n; i++) {
        arena_reset(&a);
        ok = settle_one(self_of(store), &a, &c[i], e);
    }
    arena_release(&a);
    return ok;
}

bool people_forget(struct store *store, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    return sqlite_run(s, "DELETE FROM unsettled", e) &&
           sqlite_run(s, "DELETE FROM stage_move", e) && sqlite_run(s, "DELETE FROM person", e) &&
           sqlite_run(s, "DELETE FROM contact", e) &&
           sqlite_run(s, "DELETE FROM company_contact", e);
}

/* ---- lists ----------------------------------------------------------------------------------- */

bool people_choose(struct store *store, enum list_of kind, struct str list, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *drop = sqlite_stmt(s, "DELETE FROM list_member WHERE kind = ?1", e);
    sqlite3_stmt *st = list.n
                           ? sqlite_stmt(s, "INSERT OR REPLACE INTO chosen_list VALUES (?1, ?2)", e)
                           : sqlite_stmt(s, "DELETE FROM chosen_list WHERE kind = ?1", e);
    if (!drop || !st)
        return false;
    bind_i64(drop, 1, kind);
    bind_i64(st, 1, kind);
    if (list.n)
        bind_str(st, 2, list);
    return sqlite_done(s, drop, e) && sqlite_done(s, st, e) &&
           sqlite_run(s, DUE_AGAIN("company", "company r", "r.key IS NULL"), e);
}

static bool company_due(struct sqlite_store *s, struct str id, struct err *e)
{
    return with_id(s, DUE_AGAIN("company", "company r", "r.id = ?1"), id, e);
}

bool people_members(struct store *store, enum list_of kind, const struct str *ids, const bool *in,
                    size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st[2] = {
        sqlite_stmt(s, "DELETE FROM list_member WHERE kind = ?1 AND record = ?2", e),
        sqlite_stmt(s, "INSERT OR IGNORE INTO list_member VALUES (?1, ?2)", e)};
    if (!st[0] || !st[1])
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st[in[i]], 1, kind);
        bind_str(st[in[i]], 2, ids[i]);
        if (!sqlite_done(s, st[in[i]], e))
            return false;
        bool moved = sqlite3_changes(s->db) > 0;
        if (moved &&
            !(kind == LIST_CONTACTS ? companies_due(s, ids[i], e) : company_due(s, ids[i], e)))
            return false;
    }
    return true;
}

/* ---- questions ------------------------------------------------------------------------------- */

bool people_candidates(struct store *store, struct arena *a, int64_t due_ms, struct str after,
                       size_t limit, struct str **ids, size_t *n, struct err *e)
{
#define CANDIDATE                                                                                  \
    " r.state = 0 AND r.flags & 2 = 0 AND r.key IS NULL AND r.id > ?1"                             \
    " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.company = r.id) ORDER BY r.id LIMIT ?2"
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st =
        due_ms ? sqlite_stmt(s,
                             "SELECT r.id FROM company_wait w CROSS JOIN company r ON r.id = w.id"
                             " WHERE w.due_ms > 0 AND w.due_ms <= ?3 AND" CANDIDATE,
                             e)
               : sqlite_stmt(s,
                             "SELECT r.id FROM company r INDEXED BY company_candidate"
                             " WHERE" CANDIDATE,
                             e);
#undef CANDIDATE
    if (!st)
        return false;
    bind_str(st, 1, after.p ? after : S(""));
    bind_i64(st, 2, (int64_t)limit);
    if (due_ms)
        bind_i64(st, 3, due_ms);
    *ids = ARENA_ARRAY(a, struct str, limit);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        (*ids)[(*n)++] = col_str(a, st, 0);
    return ok;
}

bool people_pairs_of(struct store *store, struct arena *a, const struct str *companies, size_t n,
                     struct association **out, size_t *count, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    size_t room = 64;
    bool ok = true, mine;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT x.contact, c.company = ?1 FROM company_contact x"
                                   " JOIN contact c ON c.id = x.contact WHERE x.company = ?1",
                                   e);
    if (!st || !reads_begin(s, &mine, e))
        return false;
    *out = ARENA_ARRAY(a, struct association, room);
    *count = 0;
    for (size_t i = 0; ok && i < n; i++) {
        bind_str(st, 1, companies[i]);
        while (sqlite_row(s, st, &ok, e)) {
            if (*count == room) {
                struct association *grown = ARENA_ARRAY(a, struct association, 2 * room);
                memcpy(grown, *out, room * sizeof(*grown));
                *out = grown;
                room *= 2;
            }
            (*out)[(*count)++] =
                (struct association){col_str(a, st, 0), companies[i], col_i64(st, 1)};
        }
    }
    return reads_end(s, mine, ok, e);
}

bool people_stamps(struct store *store, const struct str *ids, size_t n, int64_t *stamp,
                   struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok = true, mine;
    sqlite3_stmt *st = sqlite_stmt(s, "SELECT modified_ms FROM contact WHERE id = ?1", e);
    if (!st || !reads_begin(s, &mine, e))
        return false;
    for (size_t i = 0; ok && i < n; i++) {
        stamp[i] = -1;
        bind_str(st, 1, ids[i]);
        if (sqlite_row(s, st, &ok, e)) {
            stamp[i] = col_i64(st, 0);
            sqlite3_reset(st);
        }
    }
    return reads_end(s, mine, ok, e);
}
