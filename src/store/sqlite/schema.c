/* The tables, as numbered migrations: a store moves forward step by step, and today's reader knows
 * one version only. One file holds one connection: agencies have one file each, so that a backup, a
 * move or a deletion is a file, and no key carries a connection's number. */
#include <stdio.h>

#include "store/sqlite/sqlite_p.h"

static const char first[] =
    "CREATE TABLE doc (kind TEXT NOT NULL, name TEXT NOT NULL, text BLOB NOT NULL,"
    " PRIMARY KEY (kind, name)) WITHOUT ROWID;"
#define RECORD_TABLE(name)                                                                         \
    "CREATE TABLE " name " (id TEXT NOT NULL PRIMARY KEY, asked_ms INT NOT NULL,"                  \
    " created_ms INT NOT NULL, modified_ms INT NOT NULL, edited_ms INT NOT NULL,"                  \
    " state INT NOT NULL, survivor TEXT, name TEXT, key TEXT, native TEXT, host TEXT,"             \
    " host_key INT, site_key INT, flags INT NOT NULL, more BLOB, packed BLOB NOT NULL,"            \
    " print INT NOT NULL, due_ms INT NOT NULL, cause INT NOT NULL, attempts INT NOT NULL);"        \
    "CREATE TABLE " name "_site (site_key INT NOT NULL, id TEXT NOT NULL,"                         \
    " PRIMARY KEY (site_key, id)) WITHOUT ROWID;"                                                  \
    "CREATE INDEX " name "_due ON " name " (due_ms, id) WHERE due_ms > 0;"
    RECORD_TABLE("account") RECORD_TABLE(
        "company") "CREATE TABLE link (account TEXT NOT NULL PRIMARY KEY, company TEXT NOT NULL,"
                   " state INT NOT NULL, origin INT NOT NULL, since_ms INT NOT NULL, run INT NOT "
                   "NULL,"
                   " base_sf BLOB NOT NULL, base_hs BLOB, wrote_sf INT NOT NULL, wrote_hs INT NOT "
                   "NULL);"
                   "CREATE UNIQUE INDEX link_company ON link (company);"
                   "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, run INT NOT NULL,"
                   " side INT NOT NULL, made_ms INT NOT NULL, records INT NOT NULL, payload BLOB "
                   "NOT NULL);"
                   "CREATE TABLE audit (id INTEGER PRIMARY KEY, run INT NOT NULL, at_ms INT NOT "
                   "NULL,"
                   " side INT NOT NULL, account TEXT, company TEXT, action TEXT NOT NULL, detail "
                   "BLOB NOT NULL);"
                   "CREATE TABLE record_error (side INT NOT NULL, record TEXT NOT NULL, field TEXT "
                   "NOT NULL,"
                   " partner TEXT, category TEXT NOT NULL, code TEXT NOT NULL, value TEXT, message "
                   "TEXT NOT NULL,"
                   " remedy TEXT, first_ms INT NOT NULL, last_ms INT NOT NULL, next_ms INT NOT "
                   "NULL,"
                   " attempts INT NOT NULL, PRIMARY KEY (side, record, field)) WITHOUT ROWID;"
                   "CREATE TABLE review (id INTEGER PRIMARY KEY, side INT NOT NULL, record TEXT "
                   "NOT NULL,"
                   " why TEXT NOT NULL, rule TEXT NOT NULL, candidates TEXT NOT NULL, at_ms INT "
                   "NOT NULL,"
                   " UNIQUE (side, record));"
                   "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
                   " state INT NOT NULL, began_ms INT NOT NULL, ended_ms INT NOT NULL, position "
                   "TEXT NOT NULL,"
                   " summary TEXT NOT NULL);"
                   /* How many of each there are, kept with every change: a quiet pass counts
                      nothing. */
                   "CREATE TABLE tally (name TEXT NOT NULL PRIMARY KEY, n INT NOT NULL) WITHOUT "
                   "ROWID;"
                   "CREATE TABLE created (run INT NOT NULL, side INT NOT NULL, at_ms INT NOT NULL, "
                   "n INT NOT NULL);"
                   "INSERT INTO tally VALUES ('account', 0), ('company', 0), ('link', 0), "
                   "('person', 0);";

static const char second[] = /* who a record's history is: by record, on either side */
    "CREATE INDEX audit_account ON audit (account) WHERE account IS NOT NULL;"
    "CREATE INDEX audit_company ON audit (company) WHERE company IS NOT NULL;"
    "CREATE INDEX audit_run ON audit (run);";

#define DUE_TABLE(name)                                                                            \
    "CREATE TABLE " name "_wait (id TEXT NOT NULL PRIMARY KEY, due_ms INT NOT NULL,"               \
    " cause INT NOT NULL, attempts INT NOT NULL) WITHOUT ROWID;"                                   \
    "INSERT INTO " name "_wait SELECT id, due_ms, cause, attempts FROM " name                      \
    " WHERE due_ms <> 0 OR cause <> 0 OR attempts <> 0;"                                           \
    "DROP INDEX " name "_due;"                                                                     \
    "ALTER TABLE " name " DROP COLUMN due_ms;"                                                     \
    "ALTER TABLE " name " DROP COLUMN cause;"                                                      \
    "ALTER TABLE " name " DROP COLUMN attempts;"                                                   \
    "CREATE INDEX " name "_due ON " name "_wait (due_ms, id) WHERE due_ms > 0;"
static const char third[] = /* what waits, apart: it comes and goes without touching wide rows */
    DUE_TABLE("account") DUE_TABLE("company");

static const char fourth[] = /* pairs that were unlinked, with the link as it was (S7.6, S9.2) */
    "CREATE TABLE severed (account TEXT NOT NULL, company TEXT NOT NULL, why INT NOT NULL,"
    " at_ms INT NOT NULL, state INT NOT NULL, origin INT NOT NULL, since_ms INT NOT NULL,"
    " run INT NOT NULL, base_sf BLOB NOT NULL, base_hs BLOB, wrote_sf INT NOT NULL,"
    " wrote_hs INT NOT NULL, PRIMARY KEY (account, company)) WITHOUT ROWID;"
    "CREATE INDEX severed_company ON severed (company);";

static const char fifth[] = /* people as evidence (S3.5, S3.6): addresses as keyed hashes only */
    "CREATE TABLE person (id TEXT NOT NULL PRIMARY KEY, kind INT NOT NULL, state INT NOT NULL,"
    " modified_ms INT NOT NULL, email BLOB, next TEXT, account TEXT, converted INT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX person_email ON person (email) WHERE email IS NOT NULL;"
    "CREATE INDEX person_next ON person (next) WHERE next IS NOT NULL;"
    "CREATE TABLE contact (id TEXT NOT NULL PRIMARY KEY, modified_ms INT NOT NULL, email BLOB,"
    " names_contact TEXT, names_lead TEXT, company TEXT, state INT NOT NULL, person TEXT,"
    " account TEXT, converted INT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX contact_email ON contact (email) WHERE email IS NOT NULL;"
    "CREATE INDEX contact_names_contact ON contact (names_contact)"
    " WHERE names_contact IS NOT NULL;"
    "CREATE INDEX contact_names_lead ON contact (names_lead) WHERE names_lead IS NOT NULL;"
    "CREATE INDEX contact_person ON contact (person) WHERE person IS NOT NULL;"
    "CREATE INDEX contact_account ON contact (account) WHERE account IS NOT NULL;"
    "CREATE TABLE company_contact (company TEXT NOT NULL, contact TEXT NOT NULL,"
    " PRIMARY KEY (company, contact)) WITHOUT ROWID;"
    "CREATE INDEX company_contact_contact ON company_contact (contact);"
    "CREATE TABLE unsettled (contact TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE chosen_list (kind INT NOT NULL PRIMARY KEY, list TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE list_member (kind INT NOT NULL, record TEXT NOT NULL,"
    " PRIMARY KEY (kind, record)) WITHOUT ROWID;"
    /* Those that may become accounts; nearly all linked ones have our key, so it stays small. */
    "CREATE INDEX company_candidate ON company (id)"
    " WHERE state = 0 AND flags & 2 = 0 AND key IS NULL;";

static const char sixth[] = /* the fields that a person is asked about (S5.5) */
    "ALTER TABLE review ADD COLUMN fields TEXT NOT NULL DEFAULT '';";

static const char
    seventh[] = /* what the brakes count (S12.3), one row a run, side, kind and field */
    "CREATE TABLE braked (run INT NOT NULL, side INT NOT NULL, what INT NOT NULL,"
    " map INT NOT NULL, at_ms INT NOT NULL, n INT NOT NULL,"
    " PRIMARY KEY (run, side, what, map)) WITHOUT ROWID;"
    "INSERT INTO braked SELECT c.run, c.side, 0, 0, max(c.at_ms), sum(c.n) FROM created c"
    " JOIN run r ON r.id = c.run WHERE r.kind <> 'import' GROUP BY c.run, c.side;"
    "DROP TABLE created;";

static const char eighth[] = /* private SF contacts that wait for their company's account (S3.7) */
    "CREATE TABLE placing (person TEXT NOT NULL PRIMARY KEY, contact TEXT NOT NULL,"
    " company TEXT NOT NULL, run INT NOT NULL, due_ms INT NOT NULL, attempts INT NOT NULL)"
    " WITHOUT ROWID;";

static const char ninth[] = /* fields that automations fight about (S8.5); mostly empty */
    "CREATE TABLE duel (account TEXT NOT NULL, map INT NOT NULL, holds INT NOT NULL,"
    " tried INT NOT NULL, at_ms INT NOT NULL, PRIMARY KEY (account, map)) WITHOUT ROWID;";

static const char tenth[] = /* a record's errors, whichever of the two it is in them */
    "CREATE INDEX record_error_partner ON record_error (partner) WHERE partner IS NOT NULL;";
static const char eleventh[] = /* near names (S7.4) */
    "ALTER TABLE account ADD COLUMN name_key INT;"
    "ALTER TABLE company ADD COLUMN name_key INT;";

static const char twelfth[] = /* linked records whose parent is not linked (S11.2) */
    "CREATE TABLE awaiting (side INT NOT NULL, parent TEXT NOT NULL, child TEXT NOT NULL,"
    " PRIMARY KEY (side, parent, child)) WITHOUT ROWID;";

/* A base is nearly always what its record holds: NULL then, and written out by the record's own
 * change. So links are narrow, and a moved record touches few of their pages. */
static const char narrow_links[] =
    "CREATE TABLE pair (account TEXT NOT NULL PRIMARY KEY, company TEXT NOT NULL,"
    " state INT NOT NULL, origin INT NOT NULL, since_ms INT NOT NULL, run INT NOT NULL,"
    " base_sf BLOB, base_hs BLOB, wrote_sf INT NOT NULL, wrote_hs INT NOT NULL);"
    "INSERT INTO pair SELECT l.account, l.company, l.state, l.origin, l.since_ms, l.run,"
    " nullif(l.base_sf, a.packed), nullif(coalesce(l.base_hs, l.base_sf), c.packed),"
    " l.wrote_sf, l.wrote_hs FROM link l LEFT JOIN account a ON a.id = l.account"
    " LEFT JOIN company c ON c.id = l.company ORDER BY l.account;"
    "DROP TABLE link;"
    "ALTER TABLE pair RENAME TO link;"
    "CREATE UNIQUE INDEX link_company ON link (company);"
    "CREATE TRIGGER account_moves BEFORE UPDATE OF packed ON account"
    " WHEN old.packed IS NOT new.packed BEGIN"
    " UPDATE link SET base_sf = old.packed WHERE account = old.id AND base_sf IS NULL; END;"
    "CREATE TRIGGER company_moves BEFORE UPDATE OF packed ON company"
    " WHEN old.packed IS NOT new.packed BEGIN"
    " UPDATE link SET base_hs = old.packed WHERE company = old.id AND base_hs IS NULL; END;";

static const char
    contact_stages[] = /* contacts' lifecycle stages, and those that changed (S10.1) */
    "ALTER TABLE contact ADD COLUMN stage TEXT;"
    "CREATE TABLE stage_move (contact TEXT NOT NULL PRIMARY KEY, due_ms INT NOT NULL,"
    " attempts INT NOT NULL) WITHOUT ROWID;";

static const char stage_intents[] = /* what was about to be written to a company (S8.2) */
    "ALTER TABLE stage_move ADD COLUMN was TEXT;"
    "ALTER TABLE stage_move ADD COLUMN becomes TEXT;";

/* clang-format off */
static const char *const migrations[] = {
    first,
    second,
    third,
    fourth,
    fifth,
    sixth,
    seventh,
    eighth,
    ninth,
    tenth,
    eleventh,
    twelfth,
    narrow_links,
    contact_stages,
    stage_intents,
};
/* clang-format on */

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
