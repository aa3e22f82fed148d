#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite/sqlite_p.h"

#define APPLICATION_ID 0x54616e64 /* "Tand": a file that is no store of ours is refused */

bool sqlite_fail(struct sqlite_store *s, struct err *e)
{
    int code = sqlite3_extended_errcode(s->db), primary = code & 0xff;
    const char *what = sqlite3_errmsg(s->db);
    switch (primary) {
    case SQLITE_FULL:
        err_set(e, ERR_INTERNAL, "disk_full", "the disk of the store %s is full", s->path);
        err_hint(e, "free some space and run again; nothing is lost");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        err_set(e, ERR_INTERNAL, "store_damaged", "the store %s is damaged or no store: %s",
                s->path, what);
        err_hint(e, "restore a backup; links can be found again by our ids (S8.1)");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        err_set(e, ERR_RETRY, "store_busy", "the store %s is busy", s->path);
        break;
    case SQLITE_READONLY:
        err_set(e, ERR_CONFIG, "store_read_only", "the store %s cannot be written", s->path);
        err_hint(e, "check the rights of the file and of its folder");
        break;
    default:
        err_set(e, ERR_INTERNAL, "store", "the store %s: %s (%d)", s->path, what, code);
    }
    return err_subject(e, str_from(s->path));
}

sqlite3_stmt *sqlite_stmt(struct sqlite_store *s, const char *sql, struct err *e)
{
    for (size_t i = 0; i < s->kept_count; i++)
        if (s->kept[i].sql == sql)
            return s->kept[i].stmt;
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) {
        sqlite_fail(s, e);
        return NULL;
    }
    assert(s->kept_count < STATEMENTS_MAX);
    s->kept[s->kept_count].sql = sql;
    s->kept[s->kept_count++].stmt = st;
    return st;
}

bool sqlite_row(struct sqlite_store *s, sqlite3_stmt *st, bool *ok, struct err *e)
{
    int rc = sqlite3_step(st);
    *ok = rc == SQLITE_ROW || rc == SQLITE_DONE;
    if (rc == SQLITE_ROW)
        return true;
    if (!*ok)
        sqlite_fail(s, e);
    sqlite3_reset(st);
    return false;
}

bool sqlite_done(struct sqlite_store *s, sqlite3_stmt *st, struct err *e)
{
    int rc = sqlite3_step(st);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        sqlite_fail(s, e);
    sqlite3_reset(st);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

bool sqlite_run(struct sqlite_store *s, const char *sql, struct err *e)
{
    sqlite3_stmt *st = sqlite_stmt(s, sql, e);
    return st && sqlite_done(s, st, e);
}

bool sqlite_any(struct sqlite_store *s, const char *sql, bool *out, struct err *e)
{
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, sql, e);
    if (!st)
        return false;
    *out = sqlite_row(s, st, &ok, e);
    if (*out)
        sqlite3_reset(st);
    return ok;
}

void bind_str(sqlite3_stmt *st, int at, struct str s)
{
    if (s.p)
        sqlite3_bind_text64(st, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(st, at);
}

void bind_i64(sqlite3_stmt *st, int at, int64_t n)
{
    sqlite3_bind_int64(st, at, n);
}

struct str col_str(struct arena *a, sqlite3_stmt *st, int at)
{
    if (sqlite3_column_type(st, at) == SQLITE_NULL)
        return STR_NONE;
    const void *p = sqlite3_column_blob(st, at);
    size_t n = (size_t)sqlite3_column_bytes(st, at);
    return n ? str_dup(a, (struct str){p, n}) : S("");
}

struct str col_borrow(sqlite3_stmt *st, int at)
{
    const char *p = sqlite3_column_blob(st, at);
    return (struct str){p ? p : "", (size_t)sqlite3_column_bytes(st, at)};
}

int64_t col_i64(sqlite3_stmt *st, int at)
{
    return sqlite3_column_int64(st, at);
}

static bool begin(struct store *store, enum store_sync sync, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    assert(!s->open);
    if (!sqlite_run(
            s, sync == STORE_FULL ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
            e) ||
        !sqlite_run(s, "BEGIN IMMEDIATE", e))
        return false;
    s->open = 1;
    s->awaits = s->stages = s->asks = -1;
    s->woke = false;
    return true;
}

/* What a commit did not wait for goes to the disk meanwhile, so that the next one that does wait
 * finds little left. */
static void write_ahead(struct sqlite_store *s)
{
    if (s->log_fd < 0) {
        char *log = NULL;
        if (asprintf(&log, "%s-wal", s->path) < 0)
            abort();
        s->log_fd = open(log, O_RDONLY | O_CLOEXEC);
        free(log);
    }
    if (s->log_fd >= 0)
        (void)!sync_file_range(s->log_fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static bool commit(struct store *store, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    assert(s->open);
    s->open = 0;
    if (sqlite_run(s, "COMMIT", e)) {
        write_ahead(s);
        return true;
    }
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static void rollback(struct store *store)
{
    struct sqlite_store *s = self_of(store);
    if (s->open)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->open = 0;
}

static void close_store(struct store *store)
{
    struct sqlite_store *s = self_of(store);
    rollback(store);
    for (size_t i = 0; i < s->kept_count; i++)
        sqlite3_finalize(s->kept[i].stmt);
    sqlite3_close(s->db);
    if (s->log_fd >= 0)
        close(s->log_fd);
    store_unlock(store);
    free(s->path);
    free(s->connection);
    free(s);
}

static const struct store_ops ops = {
    .name = "sqlite",
    .close = close_store,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .lock = store_lock,
    .unlock = store_unlock,
    .doc_get = docs_get,
    .doc_list = docs_list,
    .doc_put = docs_put,
    .rows_get = rows_get,
    .rows_put = rows_put,
    .rows_seen = rows_seen,
    .rows_live = rows_live,
    .rows_unseen = rows_unseen,
    .rows_gone = rows_gone,
    .rows_due = rows_due,
    .load_begin = load_begin,
    .load_end = load_end,
    .rows_find = rows_find,
    .subjects_due = subjects_due,
    .subjects_walk = subjects_walk,
    .subjects_linked = subjects_linked,
    .links_after = links_after,
    .subjects_get = subjects_get,
    .evidence_of = evidence_of,
    .links_put = links_put,
    .links_drop = links_drop,
    .severed_put = severed_put,
    .severed_drop = severed_drop,
    .severed_of = severed_of,
    .outbox_put = outbox_put,
    .outbox_drop = outbox_drop,
    .outbox_list = outbox_list,
    .audit_put = audit_put,
    .audit_list = audit_list,
    .awaiting_put = awaiting_put,
    .duels_put = duels_put,
    .duels_of = duels_of,
    .errors_put = errors_put,
    .errors_clear = errors_clear,
    .errors_list = errors_list,
    .reviews_put = reviews_put,
    .reviews_clear = reviews_clear,
    .reviews_list = reviews_list,
    .reviews_about = reviews_about,
    .fits_put = fits_put,
    .woke = woke,
    .run_put = run_put,
    .run_get = run_get,
    .runs_list = runs_list,
    .counts = counts,
    .next_due = next_due,
    .tally_put = tally_put,
    .tally_since = tally_since,
};

static bool set_up(struct sqlite_store *s, enum store_mode mode, struct err *e)
{
    /* No mmap, so that memory is what we say; a long log, since a checkpoint writes a page once
     * however often it is in it, and waits for the disk. */
    static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA cache_size = -8192;"
                                  "PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 2048;"
                                  "PRAGMA temp_store = FILE; PRAGMA foreign_keys = OFF;"
                                  "PRAGMA secure_delete = FAST;";
    bool ok;
    sqlite3_busy_timeout(s->db, 10000);
    sqlite3_stmt *st = sqlite_stmt(s, "PRAGMA application_id", e);
    if (!st || !sqlite_row(s, st, &ok, e))
        return false;
    int id = sqlite3_column_int(st, 0);
    sqlite3_reset(st);
    if (id != APPLICATION_ID) {
        err_set(e, ERR_CONFIG, "no_store", "%s is not a store of Tandem", s->path);
        return err_hint(e, "make one with `tandem init`");
    }
    if (sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(s, e);
    if (!sqlite_migrate(s, e))
        return false;
    for (enum side side = SIDE_SF; mode != STORE_READ && side < SIDE_COUNT; side++)
        if (!sqlite_index(s, side, true, e))
            return false;
    return true;
}

bool store_sqlite_open(struct store **out, const char *path, const char *connection,
                       enum store_mode mode, struct clock *clock, struct err *e)
{
    struct sqlite_store *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* counts nobody reads, under one lock */
    s->store.ops = &ops;
    s->store.people = &people_ops;
    s->path = strdup(path);
    s->connection = strdup(connection);
    s->clock = clock;
    s->lock_fd = -1;
    s->steps = mode == STORE_STEPS;
    s->log_fd = -1;
    bool ok = mode == STORE_READ || store_lock(&s->store, e);
    if (ok && sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
                  SQLITE_OK) {
        err_set(e, ERR_CONFIG, "no_store", "cannot open the store %s: %s", path,
                s->db ? sqlite3_errmsg(s->db) : "out of memory");
        err_subject(e, str_from(path));
        ok = err_hint(e, "make one with `tandem init`");
    }
    if (!ok || !set_up(s, mode, e)) {
        close_store(&s->store);
        return false;
    }
    *out = &s->store;
    return true;
}

bool store_sqlite_create(const char *path, struct err *e)
{
    struct sqlite_store s = {.path = (char *)(uintptr_t)path, .lock_fd = 0};
    char set[64];
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(e, ERR_CONFIG, "store_exists", "cannot make the store %s: %s", path,
                strerror(errno));
        return err_subject(e, str_from(path));
    }
    close(fd);
    snprintf(set, sizeof(set), "PRAGMA page_size = 32768; PRAGMA application_id = %d",
             APPLICATION_ID);
    if (sqlite3_open_v2(path, &s.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(s.db, set, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(&s, e);
    bool ok = sqlite_migrate(&s, e);
    for (size_t i = 0; i < s.kept_count; i++)
        sqlite3_finalize(s.kept[i].stmt);
    sqlite3_close(s.db);
    return ok;
}
