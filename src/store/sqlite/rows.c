#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/sqlite/sqlite_p.h"

/* Additional domains: 17 bytes each: host, site, no_key. */
static struct str more_pack(const struct record *rec, unsigned char *bytes)
{
    for (size_t i = 0; i < rec->more_count; i++) {
        memcpy(bytes + 17 * i, &rec->more[i].host, 8);
        memcpy(bytes + 17 * i + 8, &rec->more[i].site, 8);
        bytes[17 * i + 16] = rec->more[i].no_key;
    }
    return rec->more_count ? (struct str){(const char *)bytes, 17u * rec->more_count} : STR_NONE;
}

static void more_read(struct str bytes, struct record *rec)
{
    for (size_t i = 0; i < RECORD_MORE_KEYS_MAX && 17 * (i + 1) <= bytes.n; i++) {
        memcpy(&rec->more[i].host, bytes.p + 17 * i, 8);
        memcpy(&rec->more[i].site, bytes.p + 17 * i + 8, 8);
        rec->more[i].no_key = bytes.p[17 * i + 16];
        rec->more_count = (uint8_t)(i + 1);
    }
}

void row_read(struct arena *a, sqlite3_stmt *st, int c, struct row *row)
{
    struct record *rec = &row->rec;
    *row = (struct row){0};
    rec->id = col_str(a, st, c);
    rec->asked_ms = col_i64(st, c + 1);
    rec->created_ms = col_i64(st, c + 2);
    rec->modified_ms = col_i64(st, c + 3);
    rec->edited_ms = col_i64(st, c + 4);
    rec->state = (enum record_state)col_i64(st, c + 5);
    rec->survivor = col_str(a, st, c + 6);
    rec->name = col_str(a, st, c + 7);
    rec->key = col_str(a, st, c + 8);
    rec->native = col_str(a, st, c + 9);
    rec->host = col_str(a, st, c + 10);
    rec->keys.host = (uint64_t)col_i64(st, c + 11);
    rec->keys.site = (uint64_t)col_i64(st, c + 12);
    int64_t flags = col_i64(st, c + 13);
    rec->person = flags & FLAG_PERSON;
    rec->keys.no_key = flags & FLAG_NO_KEY;
    row->existing = flags & FLAG_EXISTING;
    row->severed = flags & FLAG_SEVERED;
    rec->made = flags & FLAG_MADE ? MADE_YES : flags & FLAG_NOT_MADE ? MADE_NO : MADE_UNKNOWN;
    if (sqlite3_column_type(st, c + 14) != SQLITE_NULL)
        more_read(
            (struct str){sqlite3_column_blob(st, c + 14), (size_t)sqlite3_column_bytes(st, c + 14)},
            rec);
    row->packed = col_str(a, st, c + 15);
    row->print = (uint64_t)col_i64(st, c + 16);
    row->due_ms = col_i64(st, c + 17);
    row->cause = (uint32_t)col_i64(st, c + 18);
    row->attempts = (uint16_t)col_i64(st, c + 19);
    rec->name_key = (uint64_t)col_i64(st, c + 20);
}

bool reads_begin(struct sqlite_store *s, bool *mine, struct err *e)
{
    *mine = !s->open;
    return s->open || sqlite_run(s, "BEGIN", e);
}

bool reads_end(struct sqlite_store *s, bool mine, bool ok, struct err *e)
{
    struct err ignored;
    return mine ? sqlite_run(s, "COMMIT", ok ? e : &ignored) && ok : ok;
}

bool rows_get(struct store *store, struct arena *a, enum side side, const struct str *ids, size_t n,
              struct row **rows, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s,
        side == SIDE_SF ? "SELECT " ROW_COLUMNS ", l.company FROM " ROW_FROM(
                              "account") " LEFT JOIN link l ON l.account = r.id WHERE r.id = ?"
                        : "SELECT " ROW_COLUMNS ", l.account FROM " ROW_FROM(
                              "company") " LEFT JOIN link l ON l.company = r.id WHERE r.id = ?",
        e);
    bool ok = true, mine;
    if (!st || !reads_begin(s, &mine, e))
        return false;
    for (size_t i = 0; ok && i < n; i++) {
        rows[i] = NULL;
        bind_str(st, 1, ids[i]);
        if (sqlite_row(s, st, &ok, e)) {
            rows[i] = ARENA_NEW(a, struct row);
            row_read(a, st, 0, rows[i]);
            rows[i]->partner = col_str(a, st, ROW_COLUMN_COUNT);
            sqlite3_reset(st);
        }
    }
    return reads_end(s, mine, ok, e);
}

static int by_id(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    return str_cmp(x->rec.id, y->rec.id);
}

static void bind_row(sqlite3_stmt *st, const struct row *row, unsigned char *more)
{
    const struct record *rec = &row->rec;
    int at = 1;
    bind_str(st, at++, rec->id);
    bind_i64(st, at++, rec->asked_ms);
    bind_i64(st, at++, rec->created_ms);
    bind_i64(st, at++, rec->modified_ms);
    bind_i64(st, at++, rec->edited_ms);
    bind_i64(st, at++, rec->state);
    bind_str(st, at++, rec->survivor);
    bind_str(st, at++, rec->name);
    bind_str(st, at++, rec->key.n ? rec->key : STR_NONE);
    bind_str(st, at++, rec->native.n ? rec->native : STR_NONE);
    bind_str(st, at++, rec->host);
    if (rec->keys.host)
        bind_i64(st, at++, (int64_t)rec->keys.host);
    else
        sqlite3_bind_null(st, at++);
    if (rec->keys.site && !rec->keys.no_key)
        bind_i64(st, at++, (int64_t)rec->keys.site);
    else
        sqlite3_bind_null(st, at++);
    bind_i64(st, at++,
             (rec->person ? FLAG_PERSON : 0) | (row->existing ? FLAG_EXISTING : 0) |
                 (rec->keys.no_key ? FLAG_NO_KEY : 0) | (row->severed ? FLAG_SEVERED : 0) |
                 (rec->made == MADE_YES  ? FLAG_MADE
                  : rec->made == MADE_NO ? FLAG_NOT_MADE
                                         : 0));
    struct str m = more_pack(rec, more);
    if (m.p)
        sqlite3_bind_blob64(st, at++, m.p, m.n, SQLITE_STATIC);
    else
        sqlite3_bind_null(st, at++);
    sqlite3_bind_blob64(st, at++, row->packed.n ? row->packed.p : "", row->packed.n, SQLITE_STATIC);
    bind_i64(st, at++, (int64_t)row->print);
    if (rec->name_key)
        bind_i64(st, at++, (int64_t)rec->name_key);
    else
        sqlite3_bind_null(st, at++);
}

/* The extra domains of a company, for finding it by them. */
static bool sites_put(struct sqlite_store *s, enum side side, const struct row *row, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(
        s, PER_SIDE(side, "INSERT OR IGNORE INTO ", "_site (site_key, id) VALUES (?, ?)"), e);
    if (!st)
        return false;
    for (size_t i = 0; i < row->rec.more_count; i++) {
        if (row->rec.more[i].no_key || !row->rec.more[i].site)
            continue;
        bind_i64(st, 1, (int64_t)row->rec.more[i].site);
        bind_str(st, 2, row->rec.id);
        if (!sqlite_done(s, st, e))
            return false;
    }
    return true;
}

static bool tally_add(struct sqlite_store *s, const char *name, int64_t n, struct err *e)
{
    if (n == 0)
        return true;
    sqlite3_stmt *st = sqlite_stmt(s, "UPDATE tally SET n = n + ? WHERE name = ?", e);
    if (!st)
        return false;
    bind_i64(st, 1, n);
    bind_str(st, 2, str_from(name));
    return sqlite_done(s, st, e);
}

#define ROW_INSERT                                                                                 \
    " (id, asked_ms, created_ms, modified_ms, edited_ms, state, survivor, name, key, native,"      \
    " host, host_key, site_key, flags, more, packed, print, name_key)"                             \
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
#define ROW_SET                                                                                    \
    " SET asked_ms = ?2, created_ms = ?3, modified_ms = ?4, edited_ms = ?5, state = ?6,"           \
    " survivor = ?7, name = ?8, host = ?11, host_key = ?12, flags = ?14, more = ?15,"              \
    " packed = ?16, print = ?17"
#define ROW_WHERE " WHERE id = ?1 AND asked_ms <= ?2 + 1000"
/* Most readings leave as it was what a record is matched by. One that does not makes those due who
 * are asked about the record. Besides, a statement that names an indexed column moves its index
 * entry, changed or not, and these are scattered by hash. */
#define ROW_UPDATE                                                                                 \
    ROW_SET ROW_WHERE " AND key IS ?9 AND native IS ?10 AND site_key IS ?13 AND name_key IS ?18"   \
                      " AND state = ?6 AND host_key IS ?12 AND more IS ?15"
#define ROW_UPDATE_KEYS ROW_SET ", key = ?9, native = ?10, site_key = ?13, name_key = ?18" ROW_WHERE

static bool waits(const struct row *row)
{
    return row->due_ms || row->cause || row->attempts;
}

static bool wait_put(struct sqlite_store *s, enum side side, const struct row *row, struct err *e)
{
    bool some = waits(row);
    sqlite3_stmt *st =
        some ? sqlite_stmt(
                   s, PER_SIDE(side, "INSERT OR REPLACE INTO ", "_wait VALUES (?, ?, ?, ?)"), e)
             : sqlite_stmt(s, PER_SIDE(side, "DELETE FROM ", "_wait WHERE id = ?"), e);
    if (!st)
        return false;
    bind_str(st, 1, row->rec.id);
    if (some) {
        bind_i64(st, 2, row->due_ms);
        bind_i64(st, 3, row->cause);
        bind_i64(st, 4, row->attempts);
    }
    return sqlite_done(s, st, e);
}

struct put { /* how one row came to be there */
    bool made, changed;
    bool keys; /* it was there, and is matched by something else now */
};

enum { PUT_INSERT, PUT_UPDATE, PUT_UPDATE_KEYS, PUT_WAYS };

/* Insert or replace, whichever the last row suggests first: new records come among new ones. A row
 * whose reading is older than the stored one is neither (S8.6). */
static bool put_one(struct sqlite_store *s, sqlite3_stmt *const st[PUT_WAYS], const struct row *row,
                    bool *known, struct put *out, struct err *e)
{
    unsigned char more[17 * RECORD_MORE_KEYS_MAX];
    *out = (struct put){.made = false};
    for (int attempt = 0; attempt < PUT_WAYS && !out->changed; attempt++) {
        int way = (attempt + (*known ? PUT_UPDATE : PUT_INSERT)) % PUT_WAYS;
        bind_row(st[way], row, more);
        if (!sqlite_done(s, st[way], e))
            return false;
        out->changed = sqlite3_changes(s->db) > 0;
        out->made = out->changed && way == PUT_INSERT;
        out->keys = out->changed && way == PUT_UPDATE_KEYS;
    }
    *known = !out->made;
    return true;
}

/* Sorted by key, so that neighbouring rows share pages. */
bool rows_put(struct store *store, enum side side, const struct row *rows, size_t n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st[PUT_WAYS] = {
        sqlite_stmt(s, PER_SIDE(side, "INSERT INTO ", ROW_INSERT " ON CONFLICT DO NOTHING"), e),
        sqlite_stmt(s, PER_SIDE(side, "UPDATE OR FAIL ", ROW_UPDATE), e),
        sqlite_stmt(s, PER_SIDE(side, "UPDATE OR FAIL ", ROW_UPDATE_KEYS), e)};
    const struct row **sorted = malloc((n + 1) * sizeof(*sorted));
    int64_t made = 0, persons = 0;
    bool ok = st[PUT_INSERT] && st[PUT_UPDATE] && st[PUT_UPDATE_KEYS], known = false;
    if (!sorted)
        abort();
    for (size_t i = 0; i < n; i++)
        sorted[i] = &rows[i];
    qsort(sorted, n, sizeof(*sorted), by_id);
    for (size_t i = 0; ok && i < n; i++) {
        const struct row *row = sorted[i];
        struct put put;
        ok = put_one(s, st, row, &known, &put, e);
        made += put.made;
        persons += put.made && row->rec.person;
        if (ok && put.changed && (!put.made || waits(row)))
            ok = wait_put(s, side, row, e);
        if (ok && put.keys)
            ok = askers_wake(s, row->rec.id, STR_NONE, e);
        else if (ok && put.changed && !put.made)
            ok = fitters_wake(s, side_other(side), row->rec.id, e);
        if (ok && row->rec.more_count)
            ok = sites_put(s, side, row, e);
    }
    free(sorted);
    return ok && tally_add(s, side == SIDE_SF ? "account" : "company", made, e) &&
           tally_add(s, "person", persons, e);
}

bool rows_seen(struct store *store, enum side side, const struct str *ids, size_t n,
               int64_t asked_ms, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = sqlite_stmt(
        s, PER_SIDE(side, "UPDATE ", " SET asked_ms = ?2 WHERE id = ?1 AND asked_ms < ?2"), e);
    bool ok = st != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        bind_str(st, 1, ids[i]);
        bind_i64(st, 2, asked_ms);
        ok = sqlite_done(s, st, e);
    }
    return ok;
}

bool rows_live(struct store *store, enum side side, uint64_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s, PER_SIDE(side, "SELECT count(*) FROM ", " WHERE state = 0"), e);
    if (!st || !sqlite_row(s, st, &ok, e))
        return false;
    *n = (uint64_t)col_i64(st, 0);
    sqlite3_reset(st);
    return true;
}

bool rows_unseen(struct store *store, struct arena *a, enum side side, struct str after,
                 int64_t asked_ms, size_t limit, struct str *ids, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    PER_SIDE(side, "SELECT id FROM ",
                             " WHERE id > ?1 AND state = 0 AND asked_ms < ?2 ORDER BY id LIMIT ?3"),
                    e);
    *n = 0;
    if (!st)
        return false;
    bind_str(st, 1, after.p ? after : S(""));
    bind_i64(st, 2, asked_ms);
    bind_i64(st, 3, (int64_t)limit);
    while (sqlite_row(s, st, &ok, e))
        ids[(*n)++] = col_str(a, st, 0);
    return ok;
}

bool rows_gone(struct store *store, struct arena *a, enum side side, struct str after,
               int64_t asked_ms, size_t limit, struct row **rows, size_t *n, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
#define GONE(table)                                                                                \
    "SELECT " ROW_COLUMNS " FROM " ROW_FROM(                                                       \
        table) " WHERE r.id > ?1 AND r.state <> 0 AND r.asked_ms >= ?2 ORDER BY r.id LIMIT ?3"
    sqlite3_stmt *st = sqlite_stmt(s, side == SIDE_SF ? GONE("account") : GONE("company"), e);
#undef GONE
    *rows = ARENA_ARRAY(a, struct row, limit);
    *n = 0;
    if (!st)
        return false;
    bind_str(st, 1, after.p ? after : S(""));
    bind_i64(st, 2, asked_ms);
    bind_i64(st, 3, (int64_t)limit);
    while (sqlite_row(s, st, &ok, e))
        row_read(a, st, 0, &(*rows)[(*n)++]);
    return ok;
}

bool rows_due(struct store *store, enum side side, const struct row *rows, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!wait_put(self_of(store), side, &rows[i], e))
            return false;
    return true;
}

static sqlite3_stmt *find_stmt(struct sqlite_store *s, enum side side, enum find_by by,
                               struct err *e)
{
#define FIND(table, own, other, where)                                                             \
    "SELECT " ROW_COLUMNS ", l." other " FROM " ROW_FROM(table) " LEFT JOIN link l ON l." own      \
                                                                " = r.id WHERE " where             \
                                                                " AND r.state = 0 LIMIT 16"
#define SHARED(table)                                                                              \
    "r.site_key = ?1 AND (SELECT count(*) FROM (SELECT 1 FROM " table                              \
    " WHERE site_key = ?1 UNION ALL SELECT 1 FROM " table                                          \
    "_site WHERE site_key = ?1 LIMIT 2)) > 1"
/* One with our key is found by that; so the index holds the few that have none. */
#define UNLINKED(own) "r.name_key = ?1 AND r.key IS NULL AND l." own " IS NULL"
    static const char *const sql[SIDE_COUNT][6] = {
        {FIND("account", "account", "company", "r.id = ?1"),
         FIND("account", "account", "company", "r.key = ?1"),
         FIND("account", "account", "company", "r.native = ?1"),
         FIND("account", "account", "company", "r.site_key = ?1"),
         FIND("account", "account", "company", SHARED("account")),
         FIND("account", "account", "company", UNLINKED("account"))},
        {FIND("company", "company", "account", "r.id = ?1"),
         FIND("company", "company", "account", "r.key = ?1"),
         FIND("company", "company", "account", "r.native = ?1"),
         FIND("company", "company", "account", "r.site_key = ?1"),
         FIND("company", "company", "account", SHARED("company")),
         FIND("company", "company", "account", UNLINKED("company"))}};
#undef UNLINKED
#undef SHARED
#undef FIND
    return sqlite_stmt(s, sql[side][by], e);
}

struct row_list {
    struct row *row;
    size_t count, room;
};

static void list_add(struct arena *a, struct row_list *l, sqlite3_stmt *st)
{
    if (l->count == l->room) {
        size_t room = MAX(l->room * 2, (size_t)64);
        struct row *grown = ARENA_ARRAY(a, struct row, room);
        if (l->count)
            memcpy(grown, l->row, l->count * sizeof(*grown));
        l->row = grown;
        l->room = room;
    }
    row_read(a, st, 0, &l->row[l->count]);
    l->row[l->count++].partner = col_str(a, st, ROW_COLUMN_COUNT);
}

static_assert(FIND_PER_KEY == 16, "the LIMIT of the statements here");
static_assert(CLOCK_SLACK_MS == 1000, "the slack of ROW_UPDATE");

/* Companies that have the site among their additional domains. */
static bool find_more(struct sqlite_store *s, struct arena *a, uint64_t site, struct row_list *l,
                      struct err *e)
{
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(
        s,
        "SELECT " ROW_COLUMNS ", l.account FROM company_site x JOIN company r ON r.id = x.id"
        " LEFT JOIN company_wait w ON w.id = r.id"
        " LEFT JOIN link l ON l.company = r.id"
        " WHERE x.site_key = ?1 AND r.state = 0 AND r.site_key IS NOT ?1 LIMIT 16",
        e);
    if (!st)
        return false;
    bind_i64(st, 1, (int64_t)site);
    while (sqlite_row(s, st, &ok, e))
        list_add(a, l, st);
    return ok;
}

bool rows_find(struct store *store, struct arena *a, enum side side, enum find_by by,
               const struct find_key *keys, size_t n, struct row **rows, size_t *found,
               struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct row_list l = {0};
    bool ok = true, mine;
    sqlite3_stmt *st = find_stmt(s, side, by, e);
    if (!st || !reads_begin(s, &mine, e))
        return false;
    for (size_t i = 0; ok && i < n; i++) {
        if (by >= FIND_SITE)
            bind_i64(st, 1, (int64_t)keys[i].hash);
        else
            bind_str(st, 1, keys[i].text);
        while (sqlite_row(s, st, &ok, e))
            list_add(a, &l, st);
        if (ok && (by == FIND_SITE || by == FIND_SHARED) && side == SIDE_HS)
            ok = find_more(s, a, keys[i].hash, &l, e);
    }
    *rows = l.row;
    *found = l.count;
    return reads_end(s, mine, ok, e);
}

bool load_begin(struct store *store, enum side side, struct err *e)
{
    return sqlite_index(self_of(store), side, false, e);
}

bool load_end(struct store *store, enum side side, struct err *e)
{
    return sqlite_index(self_of(store), side, true, e);
}

bool next_due(struct store *store, enum side side, int64_t now_ms, int64_t *due_ms, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(
        s, PER_SIDE(side, "SELECT min(due_ms) FROM ", "_wait WHERE due_ms > max(?1, 0)"), e);
    if (!st)
        return false;
    *due_ms = 0;
    bind_i64(st, 1, now_ms);
    if (sqlite_row(s, st, &ok, e)) {
        *due_ms = col_i64(st, 0);
        sqlite3_reset(st);
    }
    return ok;
}
