/* People as they were read (S3.6): who they are, at which companies they are. */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/people_p.h"

/* ---- whom a change concerns ------------------------------------------------------------------ */

bool with_id(struct sqlite_store *s, const char *sql, struct str id, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(s, sql, e);
    if (!st)
        return false;
    bind_str(st, 1, id);
    return sqlite_done(s, st, e);
}

bool companies_due(struct sqlite_store *s, struct str contact, struct err *e)
{
    return with_id(s,
                   DUE_AGAIN("company", "company_contact x JOIN company r ON r.id = x.company",
                             "x.contact = ?1"),
                   contact, e);
}

bool account_due(struct sqlite_store *s, struct str id, struct err *e)
{
    return !id.n || with_id(s, DUE_AGAIN("account", "account r", "r.id = ?1"), id, e);
}

/* Contacts with an address; none = nobody. */
static bool mark_email(struct sqlite_store *s, struct str email, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(
        s, "INSERT OR IGNORE INTO unsettled SELECT id FROM contact WHERE email = ?1", e);
    if (!st)
        return false;
    if (!email.n)
        return true;
    sqlite3_bind_blob64(st, 1, email.p, email.n, SQLITE_STATIC);
    return sqlite_done(s, st, e);
}

/* Contacts that name, or sync with, this person or one that became it. */
static bool mark_named(struct sqlite_store *s, struct str id, struct err *e)
{
    return with_id(s,
                   "WITH RECURSIVE back (id) AS (VALUES (?1) UNION"
                   " SELECT p.id FROM back b JOIN person p ON p.next = b.id)"
                   " INSERT OR IGNORE INTO unsettled"
                   " SELECT c.id FROM back b JOIN contact c ON c.names_contact = b.id UNION"
                   " SELECT c.id FROM back b JOIN contact c ON c.names_lead = b.id UNION"
                   " SELECT c.id FROM back b JOIN contact c ON c.person = b.id",
                   id, e);
}

/* ---- SF contacts and leads ------------------------------------------------------------------- */

void bind_email(sqlite3_stmt *st, int at, struct str email)
{
    if (email.n)
        sqlite3_bind_blob64(st, at, email.p, email.n, SQLITE_STATIC);
    else
        sqlite3_bind_null(st, at);
}

struct person person_read(struct arena *a, sqlite3_stmt *st)
{
    return (struct person){.id = col_str(a, st, 0),
                           .kind = (enum person_kind)col_i64(st, 1),
                           .state = (enum record_state)col_i64(st, 2),
                           .modified_ms = col_i64(st, 3),
                           .email = col_str(a, st, 4),
                           .next = col_str(a, st, 5),
                           .account = col_str(a, st, 6),
                           .converted = col_i64(st, 7)};
}

static bool person_known(struct sqlite_store *s, struct arena *a, struct str id, struct person *out,
                         bool *known, struct err *e)
{
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s, "SELECT " PERSON_COLUMNS("p") " FROM person p WHERE p.id = ?1", e);
    if (!st)
        return false;
    bind_str(st, 1, id);
    *known = sqlite_row(s, st, &ok, e);
    if (*known) {
        *out = person_read(a, st);
        sqlite3_reset(st);
    }
    return ok;
}

static bool same_person(const struct person *x, const struct person *y)
{
    return x->state == y->state && x->modified_ms == y->modified_ms &&
           x->converted == y->converted && str_eq(x->email, y->email) && str_eq(x->next, y->next) &&
           str_eq(x->account, y->account);
}

static bool person_write(struct sqlite_store *s, const struct person *p, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "INSERT OR REPLACE INTO person (id, kind, state, modified_ms,"
                                   " email, next, account, converted)"
                                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                                   e);
    if (!st)
        return false;
    bind_str(st, 1, p->id);
    bind_i64(st, 2, p->kind);
    bind_i64(st, 3, p->state);
    bind_i64(st, 4, p->modified_ms);
    bind_email(st, 5, p->email);
    bind_str(st, 6, p->next.n ? p->next : STR_NONE);
    bind_str(st, 7, p->account.n ? p->account : STR_NONE);
    bind_i64(st, 8, p->converted);
    return sqlite_done(s, st, e);
}

/* A deleted one is forgotten; of a merged one only the way to its master is kept. */
static bool put_person(struct sqlite_store *s, struct arena *a, const struct person *read,
                       struct err *e)
{
    struct person old, p = *read;
    bool known;
    if (!person_known(s, a, p.id, &old, &known, e))
        return false;
    if (p.state == RECORD_MERGED)
        p.email = p.account = STR_NONE;
    bool gone = p.state == RECORD_DELETED || p.state == RECORD_HIDDEN;
    bool nothing = known ? old.modified_ms > p.modified_ms || same_person(&old, &p) ||
                               (p.state == RECORD_HIDDEN && old.state != RECORD_LIVE)
                         : gone;
    if (nothing)
        return true;
    bool written =
        gone ? with_id(s, "DELETE FROM person WHERE id = ?1", p.id, e) : person_write(s, &p, e);
    return written && mark_named(s, p.id, e) && mark_email(s, p.email, e) &&
           (!known || str_eq(old.email, p.email) || mark_email(s, old.email, e));
}

/* ---- contacts -------------------------------------------------------------------------------- */

bool contact_known(struct sqlite_store *s, struct arena *a, struct str id, struct kept *out,
                   struct err *e)
{
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s,
                                   "SELECT modified_ms, email, names_contact, names_lead, company,"
                                   " state, person, account, converted, stage FROM contact WHERE id"
                                   " = ?1",
                                   e);
    if (!st)
        return false;
    bind_str(st, 1, id);
    *out = (struct kept){.known = sqlite_row(s, st, &ok, e)};
    if (!out->known)
        return ok;
    out->modified_ms = col_i64(st, 0);
    out->email = col_str(a, st, 1);
    out->names_contact = col_str(a, st, 2);
    out->names_lead = col_str(a, st, 3);
    out->company = col_str(a, st, 4);
    out->settled.state = (enum contact_state)col_i64(st, 5);
    out->settled.person = col_str(a, st, 6);
    out->settled.account = col_str(a, st, 7);
    out->settled.converted = col_i64(st, 8);
    out->stage = col_str(a, st, 9);
    sqlite3_reset(st);
    return true;
}

static bool mark(struct sqlite_store *s, struct str contact, struct err *e)
{
    return with_id(s, "INSERT OR IGNORE INTO unsettled VALUES (?1)", contact, e);
}

/* Whatever was noted of it is over: its association when that is next looked at, since what was
 * about to be written is looked for first (S8.2). */
static bool notes_over(struct sqlite_store *s, struct str contact, struct err *e)
{
    return with_id(s, "UPDATE association_move SET due_ms = 1, awaits = NULL WHERE contact = ?1",
                   contact, e) &&
           with_id(s,
                   "DELETE FROM record_error WHERE side = 1 AND record = ?1"
                   " AND EXISTS (SELECT 1 FROM stage_move WHERE contact = ?1)",
                   contact, e) &&
           with_id(s, "DELETE FROM stage_move WHERE contact = ?1", contact, e);
}

static bool contact_gone(struct sqlite_store *s, struct str id, const struct kept *old,
                         struct err *e)
{
    return notes_over(s, id, e) && companies_due(s, id, e) &&
           account_due(s, old->settled.account, e) &&
           with_id(s, "DELETE FROM contact WHERE id = ?1", id, e) &&
           with_id(s, "DELETE FROM company_contact WHERE contact = ?1", id, e) &&
           with_id(s, "DELETE FROM unsettled WHERE contact = ?1", id, e) &&
           with_id(s, "DELETE FROM list_member WHERE kind = 0 AND record = ?1", id, e);
}

static bool contact_write(struct sqlite_store *s, const struct person *p, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "INSERT INTO contact (id, modified_ms, email, names_contact, names_lead, state, converted,"
        " stage) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6) ON CONFLICT (id) DO UPDATE SET"
        " modified_ms = ?2, email = ?3, names_contact = ?4, names_lead = ?5, stage = ?6",
        e);
    if (!st)
        return false;
    bind_str(st, 1, p->id);
    bind_i64(st, 2, p->modified_ms);
    bind_email(st, 3, p->email);
    bind_str(st, 4, p->contact.n ? p->contact : STR_NONE);
    bind_str(st, 5, p->lead.n ? p->lead : STR_NONE);
    bind_str(st, 6, p->stage.n ? p->stage : S(""));
    return sqlite_done(s, st, e);
}

static_assert(CONTACT_NOT_SYNCING == 0, "the state of a contact that is new");

/* S10.1: a first reading tells of a change only where the contact is as new. One that was read
 * before stages were is judged by when it was changed. */
static bool comes_to_stage(const struct kept *old, const struct person *p)
{
    if (!p->stage.n)
        return false;
    if (!old->known)
        return p->fresh;
    return old->stage.p ? !str_eq(old->stage, p->stage) : old->modified_ms < p->modified_ms;
}

static bool put_contact(struct sqlite_store *s, struct arena *a, const struct person *p,
                        struct err *e)
{
    struct kept old;
    if (!contact_known(s, a, p->id, &old, e))
        return false;
    if (p->state != RECORD_LIVE)
        return !old.known || contact_gone(s, p->id, &old, e);
    if (old.known && old.modified_ms >= p->modified_ms && old.modified_ms != p->modified_ms)
        return true;
    bool same = old.known && str_eq(old.email, p->email) && str_eq(old.names_contact, p->contact) &&
                str_eq(old.names_lead, p->lead);
    bool same_stage = old.known && old.stage.p && str_eq(old.stage, p->stage);
    if (same && same_stage && old.modified_ms == p->modified_ms)
        return true;
    if (!contact_write(s, p, e) || (comes_to_stage(&old, p) && !stage_moved(s, p->id, e)))
        return false;
    if (same)
        return true;
    /* With or without an address: that alone decides where no list is chosen (S3.5). */
    bool qualifies_moved = old.known && (old.email.n > 0) != (p->email.n > 0);
    return mark(s, p->id, e) && (!qualifies_moved || companies_due(s, p->id, e));
}

static bool people_put(struct store *store, const struct person *p, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct arena a;
    bool ok = true;
    arena_init(&a, MIB);
    for (size_t i = 0; ok && i < n; i++) {
        arena_reset(&a);
        if (s->sweeping && !with_id(s, "INSERT OR IGNORE INTO temp.seen VALUES (?1)", p[i].id, e))
            ok = false;
        else
            ok = p[i].kind == PERSON_CONTACT ? put_contact(s, &a, &p[i], e)
                                             : put_person(s, &a, &p[i], e);
    }
    arena_release(&a);
    return ok;
}

/* ---- who is not there any more --------------------------------------------------------------- */

static bool people_sweep_begin(struct store *store, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    static const char table[] =
        "CREATE TEMP TABLE IF NOT EXISTS seen (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;"
        "DELETE FROM temp.seen;";
    if (sqlite3_exec(s->db, table, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(s, e);
    s->sweeping = true;
    return true;
}

#define SWEEP_AT_ONCE 1000

/* The next of those that were not seen, as gone. */
static bool unseen(struct sqlite_store *s, struct arena *a, struct person *out, size_t *n,
                   struct err *e)
{
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "SELECT id, 0, modified_ms FROM contact WHERE NOT EXISTS"
                    " (SELECT 1 FROM temp.seen x WHERE x.id = contact.id) UNION ALL"
                    " SELECT id, kind, modified_ms FROM person WHERE state = 0 AND NOT EXISTS"
                    " (SELECT 1 FROM temp.seen x WHERE x.id = person.id) LIMIT 1000",
                    e);
    if (!st)
        return false;
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        out[(*n)++] = (struct person){.state = RECORD_HIDDEN,
                                      .id = col_str(a, st, 0),
                                      .kind = (enum person_kind)col_i64(st, 1),
                                      .modified_ms = col_i64(st, 2)};
    return ok;
}

static_assert(SWEEP_AT_ONCE == 1000 && PERSON_CONTACT == 0, "the numbers of the statement here");

static bool people_sweep_end(struct store *store, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct arena a;
    bool ok = true;
    size_t n = SWEEP_AT_ONCE;
    s->sweeping = false;
    arena_init(&a, 4 * MIB);
    for (; ok && n == SWEEP_AT_ONCE; arena_reset(&a)) {
        struct person *p = ARENA_ARRAY(&a, struct person, SWEEP_AT_ONCE);
        ok = unseen(s, &a, p, &n, e) && people_put(store, p, n, e);
    }
    arena_release(&a);
    return ok && sqlite_run(s, "DELETE FROM temp.seen", e);
}

/* ---- at which companies ---------------------------------------------------------------------- */

static int by_contact(const void *x, const void *y)
{
    const struct association *a = x, *b = y;
    int c = str_cmp(a->contact, b->contact);
    return c ? c : str_cmp(a->company, b->company);
}

/* Is what is known of a contact just these pairs, sorted? */
static bool same_places(struct sqlite_store *s, struct str contact, const struct association *pair,
                        size_t n, bool *same, struct err *e)
{
    bool ok;
    size_t at = 0;
    sqlite3_stmt *st = sqlite_stmt(
        s, "SELECT company FROM company_contact WHERE contact = ?1 ORDER BY company", e);
    if (!st)
        return false;
    bind_str(st, 1, contact);
    *same = true;
    while (sqlite_row(s, st, &ok, e)) {
        struct str company = {sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)};
        *same = *same && at < n && str_eq(pair[at].company, company);
        at++;
    }
    *same = *same && at == n;
    return ok;
}

static bool place_one(struct sqlite_store *s, struct arena *a, struct str contact,
                      const struct association *pair, size_t n, struct err *e)
{
    struct kept old;
    struct str primary = STR_NONE;
    bool same;
    for (size_t i = 0; i < n; i++)
        if (pair[i].primary)
            primary = pair[i].company;
    if (!contact_known(s, a, contact, &old, e) || !same_places(s, contact, pair, n, &same, e))
        return false;
    if (!old.known || (same && str_eq(old.company, primary)))
        return true;
    sqlite3_stmt *put = sqlite_stmt(
        s, "INSERT OR IGNORE INTO company_contact (company, contact) VALUES (?1, ?2)", e);
    sqlite3_stmt *main = sqlite_stmt(s, "UPDATE contact SET company = ?2 WHERE id = ?1", e);
    if (!put || !main || !companies_due(s, contact, e) ||
        !with_id(s, "DELETE FROM company_contact WHERE contact = ?1", contact, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_str(put, 1, pair[i].company);
        bind_str(put, 2, contact);
        if (!sqlite_done(s, put, e))
            return false;
    }
    bind_str(main, 1, contact);
    bind_str(main, 2, primary);
    return sqlite_done(s, main, e) && companies_due(s, contact, e) &&
           account_due(s, old.settled.account, e) && stages_wake(s, STR_NONE, contact, e) &&
           (str_eq(old.company, primary) || association_moved(s, contact, e));
}

static bool people_place(struct store *store, const struct str *contacts, size_t n,
                         const struct association *pair, size_t pairs, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct association *sorted = malloc((pairs + 1) * sizeof(*sorted));
    struct arena a;
    bool ok = true;
    if (!sorted)
        abort();
    if (pairs)
        memcpy(sorted, pair, pairs * sizeof(*sorted));
    qsort(sorted, pairs, sizeof(*sorted), by_contact);
    arena_init(&a, MIB);
    for (size_t i = 0; ok && i < n; i++) {
        struct association key = {.contact = contacts[i], .company = STR_NONE};
        size_t low = 0, high = pairs, end;
        while (low < high) { /* the first of this contact */
            size_t mid = (low + high) / 2;
            if (by_contact(&sorted[mid], &key) < 0)
                low = mid + 1;
            else
                high = mid;
        }
        for (end = low; end < pairs && str_eq(sorted[end].contact, contacts[i]); end++)
            ;
        arena_reset(&a);
        ok = place_one(s, &a, contacts[i], sorted + low, end - low, e);
    }
    arena_release(&a);
    free(sorted);
    return ok;
}

const struct people_ops people_ops = {.put = people_put,
                                      .place = people_place,
                                      .unsettled = people_unsettled,
                                      .settle = people_settle,
                                      .sweep_begin = people_sweep_begin,
                                      .sweep_end = people_sweep_end,
                                      .forget = people_forget,
                                      .choose = people_choose,
                                      .members = people_members,
                                      .candidates = people_candidates,
                                      .placings_put = placings_put,
                                      .placings_due = placings_due,
                                      .placings_settle = placings_settle,
                                      .placings_again = placings_again,
                                      .stages_due = stages_due,
                                      .stages_settle = stages_settle,
                                      .stages_at = stages_at,
                                      .stages_again = stages_again,
                                      .at = people_at,
                                      .associations_watch = associations_watch,
                                      .associations_due = associations_due,
                                      .associations_walk = associations_walk,
                                      .associations_of = associations_of,
                                      .associations_after = associations_after,
                                      .associations_waiting = associations_waiting,
                                      .associations_settle = associations_settle,
                                      .associations_again = associations_again,
                                      .pairs_of = people_pairs_of,
                                      .stamps = people_stamps};
