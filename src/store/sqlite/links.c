/* Links and the outbox: what an outcome consists of; links that ended. */
#include <string.h>

#include "store/sqlite/sqlite_p.h"

static bool tally_link(struct sqlite_store *s, int64_t n, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(s, "UPDATE tally SET n = n + ? WHERE name = 'link'", e);
    if (!st)
        return false;
    bind_i64(st, 1, n);
    return n == 0 || sqlite_done(s, st, e);
}

void link_read(struct arena *a, sqlite3_stmt *st, int c, struct link *l)
{
    *l = (struct link){.id = {col_str(a, st, c), col_str(a, st, c + 1)},
                       .state = (enum link_state)col_i64(st, c + 2),
                       .origin = (enum link_origin)col_i64(st, c + 3),
                       .since_ms = col_i64(st, c + 4),
                       .run = col_i64(st, c + 5),
                       .base = {col_str(a, st, c + 6), col_str(a, st, c + 7)},
                       .wrote_ms = {col_i64(st, c + 8), col_i64(st, c + 9)}};
}

static void bind_base(sqlite3_stmt *st, int at, struct str base)
{
    sqlite3_bind_blob64(st, at, base.n ? base.p : "", base.n, SQLITE_STATIC);
}

static void bind_link(sqlite3_stmt *st, const struct link *l)
{
    static const int base_at[SIDE_COUNT] = {7, 8};
    bind_str(st, 1, l->id[SIDE_SF]);
    bind_str(st, 2, l->id[SIDE_HS]);
    bind_i64(st, 3, l->state);
    bind_i64(st, 4, l->origin);
    bind_i64(st, 5, l->since_ms);
    bind_i64(st, 6, l->run);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (l->held[s])
            sqlite3_bind_null(st, base_at[s]);
        else
            bind_base(st, base_at[s], l->base[s]);
    bind_i64(st, 9, l->wrote_ms[SIDE_SF]);
    bind_i64(st, 10, l->wrote_ms[SIDE_HS]);
}

static bool taken(const struct link *l, struct err *e)
{
    err_set(e, ERR_INTERNAL, "link_taken", "account %.*s or company %.*s is linked already",
            STR_ARG(l->id[SIDE_SF]), STR_ARG(l->id[SIDE_HS]));
    err_rule(e, "S7.3");
    return err_subject(e, l->id[SIDE_SF]);
}

/* A pair came or went: who is asked about one of the two is decided anew. */
static bool wake_askers(struct sqlite_store *s, struct str account, struct str company,
                        struct err *e)
{
    return askers_wake(s, account, company, e) && askers_wake(s, company, account, e);
}

/* NULL = what the record holds now; its own change writes it out (schema.c). */
#define BASE_SF "iif(?7 IS NULL, NULL, nullif(?7, (SELECT packed FROM account WHERE id = ?1)))"
#define BASE_HS "iif(?8 IS NULL, NULL, nullif(?8, (SELECT packed FROM company WHERE id = ?2)))"

bool links_put(struct store *store, const struct link *links, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    int64_t made = 0;
    sqlite3_stmt *update = sqlite_stmt(
        s,
        "UPDATE link SET state = ?3, origin = ?4, since_ms = ?5, run = ?6, base_sf = " BASE_SF
        ", base_hs = " BASE_HS ", wrote_sf = ?9, wrote_hs = ?10"
        " WHERE account = ?1 AND company = ?2",
        e);
    sqlite3_stmt *insert = sqlite_stmt(s,
                                       "INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, " BASE_SF
                                       ", " BASE_HS ", ?9, ?10)"
                                       " ON CONFLICT DO NOTHING",
                                       e);
    if (!update || !insert)
        return false;
    bool known = false; /* the last one was there already: so is the next, likely */
    for (size_t i = 0; i < n; i++) {
        bool put = false;
        for (int attempt = 0; attempt < 2 && !put; attempt++) {
            bool change = attempt ? !known : known;
            sqlite3_stmt *st = change ? update : insert;
            bind_link(st, &links[i]);
            if (!sqlite_done(s, st, e))
                return false;
            put = sqlite3_changes(s->db) > 0;
            made += put && !change;
            if (put && !change &&
                !(awaiting_wake(s, &links[i], e) &&
                  wake_askers(s, links[i].id[SIDE_SF], links[i].id[SIDE_HS], e) &&
                  stages_wake(s, links[i].id[SIDE_HS], STR_NONE, e)))
                return false;
            if (put)
                known = change;
        }
        if (!put)
            return taken(&links[i], e);
    }
    return tally_link(s, made, e);
}

/* A record whose link ended fits others again: new ones of the other side that were left alone
 * beside the pair are decided anew (S7.6, S4.5). An existing one would not enter by that (S2.1). */
#define FITS(other, ids)                                                                           \
    "INSERT INTO " other "_wait (id, due_ms, cause, attempts) SELECT r.id, 1, 0, 0 FROM " other    \
    " r WHERE r.id IN (" ids                                                                       \
    ") AND r.state = 0 AND r.flags & 2 = 0 AND r.id IS NOT ?2 AND NOT EXISTS"                      \
    " (SELECT 1 FROM link l WHERE l." other " = r.id) LIMIT 16"                                    \
    " ON CONFLICT (id) DO UPDATE SET due_ms = 1"
static_assert(FIND_PER_KEY == 16, "the LIMIT of the statements here");
static_assert(FLAG_EXISTING == 2, "the bit of the statements here");

/* By the keys of S7.1, in its order: ids, people, domains. */
static const char *const fits[SIDE_COUNT][3] = {
    {FITS("company", "SELECT id FROM company WHERE key = ?1 UNION"
                     " SELECT id FROM company WHERE native = ?1 UNION"
                     " SELECT key FROM account WHERE id = ?1"),
     FITS("company", "SELECT company FROM contact WHERE account = ?1"),
     FITS("company", "SELECT c.id FROM account a JOIN company c ON c.site_key = a.site_key"
                     " WHERE a.id = ?1 UNION SELECT x.id FROM account a JOIN company_site x"
                     " ON x.site_key = a.site_key WHERE a.id = ?1")},
    {FITS("account", "SELECT id FROM account WHERE key = ?1 UNION"
                     " SELECT key FROM company WHERE id = ?1 UNION"
                     " SELECT native FROM company WHERE id = ?1"),
     FITS("account", "SELECT k.account FROM company_contact x JOIN contact k ON k.id = x.contact"
                     " WHERE x.company = ?1 AND k.company = ?1"),
     FITS("account", "SELECT a.id FROM company c JOIN account a ON a.site_key = c.site_key"
                     " WHERE c.id = ?1 UNION SELECT a.id FROM company_site x JOIN account a"
                     " ON a.site_key = x.site_key WHERE x.id = ?1")}};

static bool wake_fits(struct sqlite_store *s, enum side freed, struct str id, struct str partner,
                      struct err *e)
{
    for (size_t i = 0; i < LEN(fits[freed]); i++) {
        sqlite3_stmt *st = sqlite_stmt(s, fits[freed][i], e);
        if (!st)
            return false;
        bind_str(st, 1, id);
        bind_str(st, 2, partner);
        if (!sqlite_wakes(s, st, e))
            return false;
    }
    return true;
}

bool links_drop(struct store *store, const struct str *account_ids, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    int64_t gone = 0;
    sqlite3_stmt *st = sqlite_stmt(s, "DELETE FROM link WHERE account = ? RETURNING company", e);
    bool ok = st != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        bind_str(st, 1, account_ids[i]);
        if (sqlite_row(s, st, &ok, e)) {
            gone++;
            struct str company = col_borrow(st, 0);
            ok = wake_askers(s, account_ids[i], company, e) &&
                 wake_fits(s, SIDE_SF, account_ids[i], company, e) &&
                 wake_fits(s, SIDE_HS, company, account_ids[i], e);
            sqlite3_reset(st);
        }
    }
    return ok && tally_link(s, -gone, e);
}

/* The flag on the rows lets match and plan ask only for the few that were ever unlinked. */
static bool flag_put(struct sqlite_store *s, enum side side, struct str id, struct err *e)
{
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    side == SIDE_SF ? "UPDATE account SET flags = flags & ~8 | 8 * EXISTS"
                                      " (SELECT 1 FROM severed WHERE account = ?1) WHERE id = ?1"
                                    : "UPDATE company SET flags = flags & ~8 | 8 * EXISTS"
                                      " (SELECT 1 FROM severed WHERE company = ?1) WHERE id = ?1",
                    e);
    if (!st)
        return false;
    bind_str(st, 1, id);
    return sqlite_done(s, st, e);
}

static_assert(FLAG_SEVERED == 8, "the bit of the statements here");

bool severed_put(struct store *store, const struct severed *v, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "INSERT OR REPLACE INTO severed (account, company, state, origin, since_ms,"
                    " run, base_sf, base_hs, wrote_sf, wrote_hs, why, at_ms)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                    e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_link(st, &v[i].link);
        bind_i64(st, 11, v[i].why);
        bind_i64(st, 12, v[i].at_ms);
        if (!sqlite_done(s, st, e) || !flag_put(s, SIDE_SF, v[i].link.id[SIDE_SF], e) ||
            !flag_put(s, SIDE_HS, v[i].link.id[SIDE_HS], e))
            return false;
    }
    return true;
}

bool severed_drop(struct store *store, const struct link *pair, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(s, "DELETE FROM severed WHERE account = ?1 AND company = ?2", e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_str(st, 1, pair[i].id[SIDE_SF]);
        bind_str(st, 2, pair[i].id[SIDE_HS]);
        if (!sqlite_done(s, st, e))
            return false;
        if (sqlite3_changes(s->db) > 0 && !(flag_put(s, SIDE_SF, pair[i].id[SIDE_SF], e) &&
                                            flag_put(s, SIDE_HS, pair[i].id[SIDE_HS], e)))
            return false;
    }
    return true;
}

bool severed_of(struct store *store, struct arena *a, enum side side, const struct str *ids,
                size_t n, struct severed **out, size_t *count, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    size_t room = 0;
    bool ok = true;
    sqlite3_stmt *st = sqlite_stmt(
        s,
        side == SIDE_SF
            ? "SELECT " LINK_COLUMNS("l") ", l.why, l.at_ms FROM severed l WHERE l.account = ?"
            : "SELECT " LINK_COLUMNS("l") ", l.why, l.at_ms FROM severed l WHERE l.company = ?",
        e);
    *out = NULL;
    *count = 0;
    if (!st)
        return false;
    for (size_t i = 0; ok && i < n; i++) {
        bind_str(st, 1, ids[i]);
        while (sqlite_row(s, st, &ok, e)) {
            if (*count == room) {
                struct severed *grown = ARENA_ARRAY(a, struct severed, room = 2 * room + 8);
                if (*count)
                    memcpy(grown, *out, *count * sizeof(*grown));
                *out = grown;
            }
            struct severed *v = &(*out)[(*count)++];
            link_read(a, st, 0, &v->link);
            if (!v->link.base[SIDE_HS]
                     .p) /* stores before the tenth migration kept equal ones once */
                v->link.base[SIDE_HS] = v->link.base[SIDE_SF];
            v->why = (enum sever)col_i64(st, LINK_COLUMN_COUNT);
            v->at_ms = col_i64(st, LINK_COLUMN_COUNT + 1);
        }
    }
    return ok;
}

bool outbox_put(struct store *store, struct outbox_entry *entry, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s, "INSERT INTO outbox (run, side, made_ms, records, payload) VALUES (?, ?, ?, ?, ?)", e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st, 1, entry[i].run);
        bind_i64(st, 2, entry[i].to);
        bind_i64(st, 3, entry[i].made_ms);
        bind_i64(st, 4, entry[i].records);
        sqlite3_bind_blob64(st, 5, entry[i].payload.p, entry[i].payload.n, SQLITE_STATIC);
        if (!sqlite_done(s, st, e))
            return false;
        entry[i].id = sqlite3_last_insert_rowid(s->db);
    }
    return true;
}

bool outbox_drop(struct store *store, const int64_t *ids, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(s, "DELETE FROM outbox WHERE id = ?", e);
    if (!st)
        return false;
    for (size_t i = 0; i < n; i++) {
        bind_i64(st, 1, ids[i]);
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

bool outbox_list(struct store *store, struct arena *a, struct outbox_entry **out, size_t *n,
                 struct err *e)
{
    enum { MOST = 1000 };
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(
        s, "SELECT id, run, side, made_ms, records, payload FROM outbox ORDER BY id LIMIT 1000", e);
    if (!st)
        return false;
    *out = ARENA_ARRAY(a, struct outbox_entry, MOST);
    *n = 0;
    while (sqlite_row(s, st, &ok, e))
        (*out)[(*n)++] = (struct outbox_entry){.id = col_i64(st, 0),
                                               .run = col_i64(st, 1),
                                               .to = (enum side)col_i64(st, 2),
                                               .made_ms = col_i64(st, 3),
                                               .records = (uint32_t)col_i64(st, 4),
                                               .payload = col_str(a, st, 5)};
    return ok;
}
