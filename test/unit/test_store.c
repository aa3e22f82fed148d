/* The store as a port: what is put comes back, in batches; one writer; nothing half-written. */
#include "test_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct row row(const char *id, uint64_t site, int64_t asked)
{
    struct row r = {.rec = {.id = str_from(id), .asked_ms = asked, .keys = {site, site, false}}};
    r.packed = S("values");
    return r;
}

static void put_rows(struct store *st, enum side s, const struct row *r, size_t n)
{
    struct err e;
    assert_true(st->ops->begin(st, STORE_NORMAL, &e));
    assert_true(st->ops->rows_put(st, s, r, n, &e));
    assert_true(st->ops->commit(st, &e));
}

static void rows_come_back_as_they_were(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row in = row("0015e0000000001AAA", 7, 1000), *out;
    struct str id = in.rec.id;
    struct err e;
    (void)state;
    in.rec.name = S("Acme");
    in.rec.key = S("9001");
    in.rec.person = true;
    in.existing = true;
    in.due_ms = 5;
    in.cause = CAUSE_NEW;
    in.rec.more[0] = (struct match_keys){3, 4, true};
    in.rec.more_count = 1;
    put_rows(st, SIDE_SF, &in, 1);
    assert_true(st->ops->rows_get(st, &a, SIDE_SF, &id, 1, &out, &e));
    assert_true(str_eq(out->rec.name, S("Acme")) && str_eq(out->rec.key, S("9001")));
    assert_true(out->rec.person && out->existing && str_eq(out->packed, S("values")));
    assert_int_equal(out->due_ms, 5);
    assert_int_equal(out->rec.more_count, 1);
    assert_true(out->rec.more[0].no_key && out->rec.more[0].site == 4);
    st->ops->close(st);
}

/* S8.6: an older reading is dropped; within a second of each other the later to arrive counts. */
static void an_older_reading_is_dropped(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row now = row("A", 0, 100000), older = row("A", 0, 98000), close = row("A", 0, 99500);
    struct row *out;
    struct str id = S("A");
    struct err e;
    (void)state;
    now.packed = S("now");
    older.packed = S("older");
    close.packed = S("close");
    put_rows(st, SIDE_SF, &now, 1);
    put_rows(st, SIDE_SF, &older, 1);
    assert_true(st->ops->rows_get(st, &a, SIDE_SF, &id, 1, &out, &e));
    assert_true(str_eq(out->packed, S("now")));
    put_rows(st, SIDE_SF, &close, 1);
    assert_true(st->ops->rows_get(st, &a, SIDE_SF, &id, 1, &out, &e));
    assert_true(str_eq(out->packed, S("close")));
    st->ops->close(st);
}

/* S7.3 */
/* S4.5: a walk tells apart what it came by, what it did not, and what is gone since. */
static void what_a_walk_came_by_is_marked(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row in[] = {row("A", 0, 100), row("B", 0, 100), row("C", 0, 100), row("D", 0, 300)};
    struct str walked = S("A"), unseen[4];
    struct row *gone;
    uint64_t live;
    size_t n;
    struct err e;
    (void)state;
    in[2].rec.state = RECORD_DELETED; /* known as such before the walk */
    in[3].rec.state = RECORD_HIDDEN;  /* found meanwhile */
    put_rows(st, SIDE_HS, in, LEN(in));
    assert_true(st->ops->begin(st, STORE_NORMAL, &e));
    assert_true(st->ops->rows_seen(st, SIDE_HS, &walked, 1, 200, &e));
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->rows_live(st, SIDE_HS, &live, &e));
    assert_int_equal(live, 2);
    assert_true(st->ops->rows_unseen(st, &a, SIDE_HS, S(""), 200, 4, unseen, &n, &e));
    assert_int_equal(n, 1);
    assert_true(str_eq(unseen[0], S("B")));
    assert_true(st->ops->rows_gone(st, &a, SIDE_HS, S(""), 200, 4, &gone, &n, &e));
    assert_int_equal(n, 1);
    assert_true(str_eq(gone[0].rec.id, S("D")));
    assert_int_equal(gone[0].rec.state, RECORD_HIDDEN);
    assert_true(st->ops->rows_gone(st, &a, SIDE_HS, S("D"), 200, 4, &gone, &n, &e));
    assert_int_equal(n, 0);
    st->ops->close(st);
}

static void a_record_is_in_one_link_only(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct link one = {.id = {S("A"), S("1")}, .base = {S("b"), S("c")}};
    struct link company_again = {.id = {S("B"), S("1")}, .base = {S("b"), S("b")}};
    struct link account_again = {.id = {S("A"), S("2")}, .base = {S("b"), S("b")}};
    struct err e;
    (void)state;
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->links_put(st, &one, 1, &e));
    one.base[SIDE_HS] = S("d"); /* the same pair again: an update */
    assert_true(st->ops->links_put(st, &one, 1, &e));
    assert_false(st->ops->links_put(st, &company_again, 1, &e));
    assert_string_equal(e.code, "link_taken");
    assert_false(st->ops->links_put(st, &account_again, 1, &e));
    assert_string_equal(e.rule, "S7.3");
    st->ops->rollback(st);
    st->ops->close(st);
}

static void subjects_hold_both_rows_and_the_link(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row account = row("A", 7, 1), company = row("1", 7, 1), other = row("2", 7, 1);
    struct row pair[2] = {company, other}, *found;
    struct link l = {.id = {S("A"), S("1")}, .base = {S("same"), S("same")}};
    struct subject s;
    struct find_key key = {.hash = 7};
    struct str id = S("A");
    size_t n;
    struct err e;
    (void)state;
    put_rows(st, SIDE_SF, &account, 1);
    put_rows(st, SIDE_HS, pair, 2);
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->links_put(st, &l, 1, &e));
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->subjects_get(st, &a, SIDE_SF, &id, 1, &s, &e));
    assert_true(s.link && s.row[SIDE_SF] && s.row[SIDE_HS]);
    assert_true(str_eq(s.link->base[SIDE_HS], S("same"))); /* kept once, given twice */
    assert_true(str_eq(s.row[SIDE_HS]->partner, S("A")));
    assert_true(st->ops->rows_find(st, &a, SIDE_HS, FIND_SITE, &key, 1, &found, &n, &e));
    assert_int_equal(n, 2);
    assert_true(str_eq(found[0].partner, S("A")) && !found[1].partner.n);
    st->ops->close(st);
}

/* S7.4: by the name's key, and only while they are unlinked. */
static void near_names_are_found_among_the_unlinked(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row account = row("A", 0, 1),
               company[3] = {row("1", 0, 1), row("2", 0, 1), row("3", 0, 1)};
    struct link l = {.id = {S("A"), S("1")}, .base = {S("same"), S("same")}};
    struct find_key key = {.hash = 77};
    struct row *found;
    size_t n;
    struct err e;
    (void)state;
    company[0].rec.name_key = company[1].rec.name_key = 77;
    company[2].rec.name_key = 78;
    put_rows(st, SIDE_SF, &account, 1);
    put_rows(st, SIDE_HS, company, 3);
    assert_true(st->ops->rows_find(st, &a, SIDE_HS, FIND_NAME, &key, 1, &found, &n, &e));
    assert_int_equal(n, 2);
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->links_put(st, &l, 1, &e));
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->rows_find(st, &a, SIDE_HS, FIND_NAME, &key, 1, &found, &n, &e));
    assert_int_equal(n, 1);
    assert_true(str_eq(found[0].rec.id, S("2")) && found[0].rec.name_key == 77);
    company[1].rec.name_key = 78; /* it was renamed */
    put_rows(st, SIDE_HS, &company[1], 1);
    assert_true(st->ops->rows_find(st, &a, SIDE_HS, FIND_NAME, &key, 1, &found, &n, &e));
    assert_int_equal(n, 0);
    st->ops->close(st);
}

static void due_subjects_come_oldest_first(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row r[3] = {row("A", 0, 1), row("B", 0, 1), row("C", 0, 1)};
    struct subject *s;
    size_t n;
    int64_t next;
    struct err e;
    (void)state;
    r[0].due_ms = 300;
    r[1].due_ms = 100;
    r[2].due_ms = 900;
    put_rows(st, SIDE_SF, r, 3);
    assert_true(st->ops->subjects_due(st, &a, SIDE_SF,
                                      &(struct due_query){.now_ms = 500, .limit = 10}, &s, &n, &e));
    assert_int_equal(n, 2);
    assert_true(str_eq(s[0].row[SIDE_SF]->rec.id, S("B")));
    assert_true(st->ops->next_due(st, SIDE_SF, 0, &next, &e));
    assert_int_equal(next, 100);
    st->ops->close(st);
}

/* One writer, named by its pid; readers work meanwhile. */
static void a_second_writer_is_refused(void **state)
{
    struct store *st = open_it(STORE_WRITE), *second = NULL, *reader;
    struct err e;
    char pid[32];
    (void)state;
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    assert_false(store_sqlite_open(&second, path, "default", STORE_WRITE, clock_system(), &e));
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_non_null(strstr(e.msg, pid));
    reader = open_it(STORE_READ);
    reader->ops->close(reader);
    st->ops->close(st);
    st = open_it(STORE_WRITE); /* the lock went with its holder */
    st->ops->close(st);
}

static void a_newer_or_foreign_file_is_refused(void **state)
{
    struct store *st = NULL;
    struct err e;
    sqlite3 *db;
    char other[128];
    (void)state;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_false(store_sqlite_open(&st, path, "default", STORE_WRITE, clock_system(), &e));
    assert_string_equal(e.code, "store_newer");
    snprintf(other, sizeof(other), "%s/other", dir);
    FILE *f = fopen(other, "w");
    fputs("not a database, but longer than a header of one, so that it is looked at", f);
    fclose(f);
    assert_false(store_sqlite_open(&st, other, "default", STORE_READ, clock_system(), &e));
    unlink(other);
}

static void the_file_is_ours_alone(void **state)
{
    struct stat st;
    struct err e;
    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(store_sqlite_create(path, &e)); /* never over an old one */
}

/* A process killed in mid-transaction leaves nothing of it. */
/* A service gives the lock up between its passes; a command that finds it taken is told to wait. */
static void who_works_in_steps_shares_the_lock(void **state)
{
    struct store *st = open_it(STORE_STEPS), *other = NULL;
    struct err e = {0};
    char mine[32];
    int claim, second = -1;
    (void)state;
    snprintf(mine, sizeof(mine), "process %ld, for a moment", (long)getpid());
    assert_false(store_sqlite_open(&other, path, "default", STORE_WRITE, clock_system(), &e));
    assert_int_equal(e.kind, ERR_WAIT);
    assert_string_equal(e.code, "store_locked");
    assert_non_null(strstr(e.msg, mine));
    st->ops->unlock(st);
    other = open_it(STORE_WRITE);
    assert_false(st->ops->lock(st, &e));
    assert_int_equal(e.kind, ERR_REFUSED); /* a command takes the time it needs */
    other->ops->close(other);
    assert_true(st->ops->lock(st, &e));
    st->ops->close(st);

    assert_true(store_sqlite_claim(path, &claim, &e));
    assert_false(store_sqlite_claim(path, &second, &e));
    assert_string_equal(e.code, "already_served");
    snprintf(mine, sizeof(mine), "process %ld", (long)getpid());
    assert_non_null(strstr(e.msg, mine));
    close(claim);
    assert_true(store_sqlite_claim(path, &second, &e));
    close(second);
}

static void a_killed_writer_leaves_nothing_half(void **state)
{
    struct row r = row("A", 0, 1);
    struct store_counts n;
    struct err e;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct store *st = NULL;
        if (store_sqlite_open(&st, path, "default", STORE_WRITE, clock_system(), &e) &&
            st->ops->begin(st, STORE_FULL, &e) && st->ops->rows_put(st, SIDE_SF, &r, 1, &e))
            raise(SIGKILL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct store *st = open_it(STORE_WRITE);
    assert_true(st->ops->counts(st, &n, &e));
    assert_int_equal(n.rows[SIDE_SF], 0);
    st->ops->close(st);
}

/* A full disk is a clear error, and what was committed stays. */
static void a_full_disk_loses_nothing(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row good = row("A", 0, 1), *big = ARENA_ARRAY(&a, struct row, 200);
    struct rlimit all, little = {256 * KIB, RLIM_INFINITY};
    struct store_counts n;
    struct err e;
    (void)state;
    put_rows(st, SIDE_SF, &good, 1);
    for (size_t i = 0; i < 200; i++) {
        big[i] = row(str_cstr(&a, str_fmt(&a, "B%03zu", i)), 0, 1);
        big[i].packed = (struct str){arena_bytes(&a, 20000), 20000};
        memset((char *)(uintptr_t)big[i].packed.p, 'x', 20000);
    }
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &all);
    little.rlim_max = all.rlim_max;
    setrlimit(RLIMIT_FSIZE, &little);
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    bool ok = st->ops->rows_put(st, SIDE_SF, big, 200, &e) && st->ops->commit(st, &e);
    setrlimit(RLIMIT_FSIZE, &all);
    assert_false(ok);
    st->ops->rollback(st);
    assert_true(st->ops->counts(st, &n, &e));
    assert_int_equal(n.rows[SIDE_SF], 1);
    put_rows(st, SIDE_SF, big, 200); /* with room again it works on */
    assert_true(st->ops->counts(st, &n, &e));
    assert_int_equal(n.rows[SIDE_SF], 201);
    st->ops->close(st);
}

static void a_link_that_ended_is_remembered(void **state)
{
    struct err e;
    struct store *st = open_it(STORE_WRITE);
    struct row acc = row("A", 0, 1), com = row("9", 0, 1), *got;
    struct severed in = {.why = SEVER_DELETED, .at_ms = 7}, *out;
    struct str id = S("9"), unknown = S("10");
    size_t n;
    (void)state;
    in.link = (struct link){
        .id = {S("A"), S("9")}, .origin = ORIGIN_DOMAIN, .since_ms = 5, .base = {S("sf"), S("hs")}};
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->rows_put(st, SIDE_SF, &acc, 1, &e));
    assert_true(st->ops->rows_put(st, SIDE_HS, &com, 1, &e));
    assert_true(st->ops->severed_put(st, &in, 1, &e));
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->severed_of(st, &a, SIDE_HS, &id, 1, &out, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(out->why, SEVER_DELETED);
    assert_int_equal(out->link.origin, ORIGIN_DOMAIN);
    assert_true(str_eq(out->link.base[SIDE_HS], S("hs")));
    assert_true(st->ops->severed_of(st, &a, SIDE_HS, &unknown, 1, &out, &n, &e));
    assert_int_equal(n, 0);
    assert_true(st->ops->rows_get(st, &a, SIDE_HS, &id, 1, &got, &e));
    assert_true(got->severed);
    assert_true(st->ops->severed_drop(st, &in.link, 1, &e));
    assert_true(st->ops->rows_get(st, &a, SIDE_HS, &id, 1, &got, &e));
    assert_false(got->severed);
    st->ops->close(st);
}

static struct subject subject_of(struct store *st, struct str account)
{
    struct subject s;
    struct err e;
    assert_true(st->ops->subjects_get(st, &a, SIDE_SF, &account, 1, &s, &e));
    assert_non_null(s.link);
    return s;
}

static void put_link(struct store *st, struct str sf, struct str hs)
{
    struct link l = {.id = {S("A"), S("1")}, .base = {sf, hs}};
    struct err e;
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->links_put(st, &l, 1, &e));
    assert_true(st->ops->commit(st, &e));
}

/* A base that equals its record's values is not stored twice; nobody may see that. */
static void a_base_outlives_its_records_change(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row account = row("A", 0, 1), company = row("1", 0, 1);
    (void)state;
    put_rows(st, SIDE_SF, &account, 1);
    put_rows(st, SIDE_HS, &company, 1);
    put_link(st, S("values"), S("values"));
    for (int64_t at = 2; at < 4; at++) { /* the second change must not become the base */
        account.rec.asked_ms = at * 10000;
        account.packed = at == 2 ? S("moved") : S("moved again");
        put_rows(st, SIDE_SF, &account, 1);
        struct subject s = subject_of(st, S("A"));
        assert_true(str_eq(s.row[SIDE_SF]->packed, account.packed));
        assert_true(str_eq(s.link->base[SIDE_SF], S("values")));
        assert_true(str_eq(s.link->base[SIDE_HS], S("values")));
    }
    put_link(st, S("moved again"), S("written")); /* the other side is put after its link */
    company.rec.asked_ms = 50000;
    company.packed = S("written");
    put_rows(st, SIDE_HS, &company, 1);
    struct subject s = subject_of(st, S("A"));
    assert_true(str_eq(s.link->base[SIDE_SF], S("moved again")));
    assert_true(str_eq(s.link->base[SIDE_HS], S("written")));
    put_link(st, S(""), S("other"));
    s = subject_of(st, S("A"));
    assert_int_equal(s.link->base[SIDE_SF].n, 0);
    assert_true(str_eq(s.link->base[SIDE_HS], S("other")));
    st->ops->close(st);
}

/* Where the caller knows that a base is what the row holds, the row is not looked at. */
static void a_held_base_outlives_it_too(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row account = row("A", 0, 1), company = row("1", 0, 1);
    struct link l = {
        .id = {S("A"), S("1")}, .base = {S("values"), S("other")}, .held = {true, false}};
    struct err e;
    (void)state;
    put_rows(st, SIDE_SF, &account, 1);
    put_rows(st, SIDE_HS, &company, 1);
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->links_put(st, &l, 1, &e));
    assert_true(st->ops->commit(st, &e));
    account.rec.asked_ms = company.rec.asked_ms = 20000;
    account.packed = company.packed = S("moved");
    put_rows(st, SIDE_SF, &account, 1);
    put_rows(st, SIDE_HS, &company, 1);
    struct subject s = subject_of(st, S("A"));
    assert_true(str_eq(s.link->base[SIDE_SF], S("values")));
    assert_true(str_eq(s.link->base[SIDE_HS], S("other")));
    st->ops->close(st);
}

/* A store of version 12 kept both bases, the second only where it differed. */
static void older_links_come_along(void **state)
{
    static const char older[] =
        "DROP TRIGGER account_moves; DROP TRIGGER company_moves; DROP TABLE link;"
        "CREATE TABLE link (account TEXT NOT NULL PRIMARY KEY, company TEXT NOT NULL,"
        " state INT NOT NULL, origin INT NOT NULL, since_ms INT NOT NULL, run INT NOT NULL,"
        " base_sf BLOB NOT NULL, base_hs BLOB, wrote_sf INT NOT NULL, wrote_hs INT NOT NULL);"
        "CREATE UNIQUE INDEX link_company ON link (company);"
        "INSERT INTO link VALUES ('A', '1', 1, 5, 7, 3, CAST('old' AS BLOB), NULL, 8, 9);"
        "ALTER TABLE contact DROP COLUMN stage; DROP TABLE stage_move;"
        "DROP TABLE association_watch; DROP TABLE association; DROP TABLE association_move;"
        "DROP TABLE asked;"
        "PRAGMA user_version = 12;";
    struct store *st = open_it(STORE_WRITE);
    struct row account = row("A", 0, 1), company = row("1", 0, 1);
    sqlite3 *db;
    (void)state;
    account.packed = S("old");
    put_rows(st, SIDE_SF, &account, 1);
    put_rows(st, SIDE_HS, &company, 1);
    st->ops->close(st);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, older, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    st = open_it(STORE_WRITE);
    struct subject s = subject_of(st, S("A"));
    assert_true(str_eq(s.link->base[SIDE_SF], S("old")));
    assert_true(str_eq(s.link->base[SIDE_HS], S("old")));
    assert_int_equal(s.link->state, LINK_PAUSED);
    assert_int_equal(s.link->wrote_ms[SIDE_HS], 9);
    st->ops->close(st);
}

/* S11.2: what awaits a parent's link is due once that is made, and once only. */
static void a_new_link_wakes_what_awaits_it(void **state)
{
    struct store *st = open_it(STORE_WRITE);
    struct row row_of[] = {row("A", 0, 1), row("B", 0, 1), row("C", 0, 1)};
    const struct awaiting waits[] = {{SIDE_SF, S("P"), S("A")},
                                     {SIDE_SF, S("P"), S("B")},
                                     {SIDE_HS, S("P"), S("C")}, /* another P, of the other side */
                                     {SIDE_SF, S("Q"), S("C")}};
    const struct str ids[] = {S("A"), S("B"), S("C")};
    const struct link link = {.id = {S("P"), S("9")}, .base = {S("b"), S("b")}};
    struct row **out = ARENA_ARRAY(&a, struct row *, LEN(ids));
    struct err e;
    (void)state;
    row_of[1].due_ms = 77000; /* it waits for something else, later */
    row_of[1].cause = CAUSE_RETRY;
    put_rows(st, SIDE_SF, row_of, LEN(row_of));
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->awaiting_put(st, waits, LEN(waits), &e));
    assert_true(st->ops->awaiting_put(st, waits, 1, &e)); /* told again */
    assert_true(st->ops->links_put(st, &link, 1, &e));
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->rows_get(st, &a, SIDE_SF, ids, LEN(ids), out, &e));
    assert_int_equal(out[0]->due_ms, DUE_AT_ONCE);
    assert_int_equal(out[0]->cause, CAUSE_PARENT);
    assert_int_equal(out[1]->due_ms, DUE_AT_ONCE);
    assert_int_equal(out[1]->cause, CAUSE_RETRY | CAUSE_PARENT);
    assert_int_equal(out[2]->due_ms, 0);
    assert_true(st->ops->begin(st, STORE_FULL, &e));
    assert_true(st->ops->rows_due(st, SIDE_SF, row_of, 1, &e));
    assert_true(st->ops->links_put(st, &link, 1, &e)); /* not a new one any more */
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->rows_get(st, &a, SIDE_SF, ids, 1, out, &e));
    assert_int_equal(out[0]->due_ms, 0);
    st->ops->close(st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_back_as_they_were, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(an_older_reading_is_dropped, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(what_a_walk_came_by_is_marked, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_record_is_in_one_link_only, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(subjects_hold_both_rows_and_the_link, folder_up,
                                        folder_down),
        cmocka_unit_test_setup_teardown(near_names_are_found_among_the_unlinked, folder_up,
                                        folder_down),
        cmocka_unit_test_setup_teardown(due_subjects_come_oldest_first, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_second_writer_is_refused, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_newer_or_foreign_file_is_refused, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(the_file_is_ours_alone, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(who_works_in_steps_shares_the_lock, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_killed_writer_leaves_nothing_half, folder_up,
                                        folder_down),
        cmocka_unit_test_setup_teardown(a_full_disk_loses_nothing, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_link_that_ended_is_remembered, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_base_outlives_its_records_change, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_held_base_outlives_it_too, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(older_links_come_along, folder_up, folder_down),
        cmocka_unit_test_setup_teardown(a_new_link_wakes_what_awaits_it, folder_up, folder_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
