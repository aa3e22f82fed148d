/* The tables, as numbered migrations: a store moves forward step by step, and today's reader knows
 * one version only. One file holds one connection: agencies have one file each, so that a backup, a
 * move or a deletion is a file, and no key carries a connection's number. The steps stand in
 * migrations/, in the order that meson.build gives them. */
#include <stdio.h>

#include "migrations.h"
#include "store/sqlite/sqlite_p.h"

static bool version(struct sqlite_store *s, int *out, struct err *e)
{
    bool ok;
    sqlite3_stmt *st = sqlite_stmt(s, "PRAGMA user_version", e);
    if (!st || !sqlite_row(s, st, &ok, e))
        return false;
    *out = sqlite3_column_int(st, 0);
    sqlite3_reset(st);
    return true;
}

bool sqlite_migrate(struct sqlite_store *s, struct err *e)
{
    int at;
    if (!version(s, &at, e))
        return false;
    if (at > (int)LEN(migrations)) {
        err_set(e, ERR_CONFIG, "store_newer",
                "the store %s is of version %d, this Tandem knows %zu", s->path, at,
                LEN(migrations));
        err_subject(e, str_from(s->path));
        return err_hint(e, "install the newer Tandem that wrote it, or restore a backup");
    }
    if (at == (int)LEN(migrations))
        return true;
    if (s->lock_fd < 0) {
        err_set(e, ERR_CONFIG, "store_older",
                "the store %s is of version %d, this Tandem needs %zu", s->path, at,
                LEN(migrations));
        return err_hint(e, "run any writing command once (`tandem sync`) to bring it up to date");
    }
    for (; at < (int)LEN(migrations); at++) {
        char set[64];
        snprintf(set, sizeof(set), "PRAGMA user_version = %d", at + 1);
        if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(s->db, migrations[at], NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(s->db, set, NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
            sqlite_fail(s, e);
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}

/* While a side is read for the first time its key indexes are down: rebuilding one at the end sorts
 * once instead of placing a million keys one by one. A walk that was cut leaves them down; the next
 * open builds what is missing. */
bool sqlite_index(struct sqlite_store *s, enum side side, bool up, struct err *e)
{
    static const char *const build[SIDE_COUNT] = {
        "CREATE INDEX IF NOT EXISTS account_by_site ON account (site_key)"
        " WHERE site_key IS NOT NULL;"
        "CREATE INDEX IF NOT EXISTS account_by_name ON account (name_key)"
        " WHERE name_key IS NOT NULL AND key IS NULL;"
        "CREATE INDEX IF NOT EXISTS account_by_key ON account (key) WHERE key IS NOT NULL;"
        "CREATE INDEX IF NOT EXISTS account_by_native ON account (native)"
        " WHERE native IS NOT NULL;",
        "CREATE INDEX IF NOT EXISTS company_by_site ON company (site_key)"
        " WHERE site_key IS NOT NULL;"
        "CREATE INDEX IF NOT EXISTS company_by_name ON company (name_key)"
        " WHERE name_key IS NOT NULL AND key IS NULL;"
        "CREATE INDEX IF NOT EXISTS company_by_key ON company (key) WHERE key IS NOT NULL;"
        "CREATE INDEX IF NOT EXISTS company_by_native ON company (native)"
        " WHERE native IS NOT NULL;"};
    static const char *const drop[SIDE_COUNT] = {
        "DROP INDEX IF EXISTS account_by_site; DROP INDEX IF EXISTS account_by_key;"
        "DROP INDEX IF EXISTS account_by_native; DROP INDEX IF EXISTS account_by_name;",
        "DROP INDEX IF EXISTS company_by_site; DROP INDEX IF EXISTS company_by_key;"
        "DROP INDEX IF EXISTS company_by_native; DROP INDEX IF EXISTS company_by_name;"};
    if (sqlite3_exec(s->db, up ? build[side] : drop[side], NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(s, e);
    s->unindexed[side] = !up;
    return true;
}
