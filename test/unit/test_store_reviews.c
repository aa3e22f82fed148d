/* Reviews in the store: who waits for a person's word about a record is looked at again once that
 * record is linked, gone, or matched by something else (S7.2). */
#include "test_store_open.h"

#include <sqlite3.h>

static struct row row(const char *id)
{
    struct row r = {.rec = {.id = str_from(id), .asked_ms = 1000, .keys = {7, 7, false}}};
    r.packed = S("values");
    return r;
}

static void put_row(enum side side, struct row r)
{
    WRITE(st->ops->rows_put(st, side, &r, 1, &e));
}

static void put_link(const char *account, const char *company)
{
    struct link l = {.id = {str_from(account), str_from(company)}, .base = {S("b"), S("b")}};
    WRITE(st->ops->links_put(st, &l, 1, &e));
}

static void ask(enum side side, const char *record, const char *candidates)
{
    struct review_entry x = {.side = side,
                             .record = str_from(record),
                             .why = S("several"),
                             .rule = S("S7.2"),
                             .candidates = str_from(candidates),
                             .at_ms = 1};
    WRITE(st->ops->reviews_put(st, &x, 1, &e));
}

static void answer(enum side side, const char *record)
{
    struct str id = str_from(record);
    WRITE(st->ops->reviews_clear(st, side, &id, 1, &e));
}

static struct row *row_of(enum side side, const char *id)
{
    struct str key = str_from(id);
    struct row *out;
    assert_true(st->ops->rows_get(st, &a, side, &key, 1, &out, &e));
    assert_non_null(out);
    return out;
}

/* Was it made due? It waits for nothing afterwards, but keeps why it may enter. */
static bool woken(enum side side, const char *id)
{
    struct row *r = row_of(side, id);
    bool due = r->due_ms == DUE_AT_ONCE;
    r->due_ms = 0;
    WRITE(st->ops->rows_due(st, side, r, 1, &e));
    return due;
}

/* A is asked about 1 and 2, which are companies. */
static void a_doubt(void)
{
    struct row asker = row("A");
    asker.cause = CAUSE_HAND;
    put_row(SIDE_SF, asker);
    put_row(SIDE_HS, row("1"));
    put_row(SIDE_HS, row("2"));
    ask(SIDE_SF, "A", "1;2");
    assert_false(woken(SIDE_SF, "A"));
}

static void a_link_of_a_candidate_wakes_who_is_asked(void **state)
{
    (void)state;
    a_doubt();
    put_row(SIDE_SF, row("Z"));
    put_link("Z", "2");
    assert_true(woken(SIDE_SF, "A"));
    assert_int_equal(row_of(SIDE_SF, "A")->cause, CAUSE_HAND);
    put_link("Z", "2"); /* not a new one */
    assert_false(woken(SIDE_SF, "A"));
    WRITE(st->ops->links_drop(st, &S("Z"), 1, &e));
    assert_true(woken(SIDE_SF, "A"));
    put_link("A", "1"); /* it was linked itself: it need not look at that again */
    assert_false(woken(SIDE_SF, "A"));
}

static void a_candidate_that_is_matched_by_something_else_wakes_who_is_asked(void **state)
{
    struct row now = row("1");
    (void)state;
    a_doubt();
    for (int what = 0; what < 7; what++) {
        now.rec.asked_ms += 10000;
        switch (what) {
        case 0:
            now.rec.keys.host = 8;
            break;
        case 1:
            now.rec.keys.site = 9;
            break;
        case 2:
            now.rec.more[0] = (struct match_keys){3, 4, false};
            now.rec.more_count = 1;
            break;
        case 3:
            now.rec.name_key = 5;
            break;
        case 4:
            now.rec.key = S("Z");
            break;
        case 5:
            now.rec.native = S("Z");
            break;
        default:
            now.rec.state = RECORD_MERGED;
            now.rec.survivor = S("2");
        }
        put_row(SIDE_HS, now);
        if (!woken(SIDE_SF, "A"))
            fail_msg("%d did not wake it", what);
        put_row(SIDE_HS, now); /* the same again */
        assert_false(woken(SIDE_SF, "A"));
    }
}

static void its_other_values_wake_nobody(void **state)
{
    struct row now = row("1"), older = row("2");
    (void)state;
    a_doubt();
    now.rec.asked_ms = 20000;
    now.rec.modified_ms = 9;
    now.rec.name = S("Acme");
    now.packed = S("others");
    put_row(SIDE_HS, now);
    older.rec.asked_ms = -9000; /* S8.6: it was read before */
    older.rec.keys.host = 8;
    put_row(SIDE_HS, older);
    assert_false(woken(SIDE_SF, "A"));
}

static void who_is_asked_no_more_is_not_woken(void **state)
{
    struct row now = row("1"), last = row("2");
    (void)state;
    a_doubt();
    ask(SIDE_SF, "A", "2");
    now.rec.asked_ms = last.rec.asked_ms = 20000;
    now.rec.keys.host = last.rec.keys.host = 8;
    put_row(SIDE_HS, now);
    assert_false(woken(SIDE_SF, "A"));
    answer(SIDE_SF, "A");
    put_row(SIDE_HS, last);
    assert_false(woken(SIDE_SF, "A"));
}

static void the_last_who_is_asked_has_no_rival(void **state)
{
    (void)state;
    a_doubt();
    put_row(SIDE_SF, row("B"));
    put_row(SIDE_SF, row("C"));
    ask(SIDE_SF, "B", "1");
    ask(SIDE_SF, "C", "1");
    answer(SIDE_SF, "C"); /* two are left */
    assert_false(woken(SIDE_SF, "A") || woken(SIDE_SF, "B"));
    ask(SIDE_SF, "B", "3"); /* about somebody else now */
    assert_true(woken(SIDE_SF, "A"));
    assert_false(woken(SIDE_SF, "B") || woken(SIDE_SF, "C"));
}

/* The records of a side that have a review about a candidate, a page of two at a time. */
static void asked_about(enum side side, const char *candidate, const char *expected)
{
    struct str after = STR_NONE, record[2];
    char got[64] = "";
    size_t n;
    do {
        assert_true(st->ops->reviews_about(st, &a, side, str_from(candidate), after, LEN(record),
                                           record, &n, &e));
        for (size_t i = 0; i < n; i++)
            snprintf(got + strlen(got), sizeof(got) - strlen(got), " %.*s", STR_ARG(record[i]));
        if (n)
            after = record[n - 1];
    } while (n);
    assert_string_equal(got, expected);
}

static void who_is_asked_about_a_candidate_is_told(void **state)
{
    const struct fit fit = {SIDE_SF, S("F"), S("1")};
    struct review_entry fields = {.side = SIDE_SF,
                                  .record = S("F"),
                                  .why = S("first_link"),
                                  .rule = S("S5.5"),
                                  .candidates = S("1"),
                                  .fields = S("Phone"),
                                  .at_ms = 1};
    (void)state;
    asked_about(SIDE_SF, "1", "");
    ask(SIDE_SF, "C", "1");
    ask(SIDE_SF, "A", "1;2");
    ask(SIDE_SF, "B", "2;1");
    ask(SIDE_SF, "D", "1;2");
    ask(SIDE_SF, "E", "11");
    ask(SIDE_HS, "left", "1");                 /* of the other side */
    WRITE(st->ops->fits_put(st, &fit, 1, &e)); /* no review */
    asked_about(SIDE_SF, "1", " A B C D");
    asked_about(SIDE_SF, "2", " A B D");
    asked_about(SIDE_HS, "1", " left");
    WRITE(st->ops->reviews_put(st, &fields, 1, &e)); /* of fields: about nobody */
    ask(SIDE_SF, "D", "2");
    answer(SIDE_SF, "C");
    asked_about(SIDE_SF, "1", " A B");
}

/* A person said that B is not 1: it is a rival about 1 until it has another partner. */
static void a_rejected_rival_that_is_linked_wakes_who_is_asked(void **state)
{
    struct severed v = {.why = SEVER_REJECTED, .at_ms = 1, .link.id = {S("B"), S("1")}};
    (void)state;
    a_doubt();
    put_row(SIDE_SF, row("B"));
    WRITE(st->ops->severed_put(st, &v, 1, &e));
    assert_false(woken(SIDE_SF, "A"));
    put_link("B", "9");
    assert_true(woken(SIDE_SF, "A"));
}

static void the_leftover_of_a_merge_is_asked_about_its_own_side(void **state)
{
    (void)state;
    put_row(SIDE_HS, row("left"));
    put_row(SIDE_HS, row("1"));
    put_row(SIDE_SF, row("W"));
    put_link("W", "1");
    ask(SIDE_HS, "left", "1");
    WRITE(st->ops->links_drop(st, &S("W"), 1, &e));
    assert_true(woken(SIDE_HS, "left"));
}

static void who_is_left_alone_for_a_fit_is_woken_once(void **state)
{
    const struct fit fit = {SIDE_HS, S("9"), S("M")};
    struct row now = row("M");
    (void)state;
    put_row(SIDE_SF, now);
    put_row(SIDE_HS, row("9"));
    WRITE(st->ops->fits_put(st, &fit, 1, &e));
    assert_false(woken(SIDE_HS, "9"));
    put_link("M", "8");
    assert_true(woken(SIDE_HS, "9"));
    now.rec.asked_ms = 20000;
    now.rec.keys.host = 8;
    put_row(SIDE_SF, now);
    assert_false(woken(SIDE_HS, "9"));
}

static void a_value_of_the_fit_wakes_who_is_left_alone_for_it(void **state)
{
    const struct fit fit = {SIDE_HS, S("9"), S("M")};
    struct row now = row("M");
    (void)state;
    put_row(SIDE_SF, now);
    put_row(SIDE_HS, row("9"));
    put_row(SIDE_HS, row("8"));
    WRITE(st->ops->fits_put(st, &fit, 1, &e));
    ask(SIDE_HS, "8", "M");
    now.rec.asked_ms = 20000;
    now.packed = S("others");
    put_row(SIDE_SF, now);
    assert_true(woken(SIDE_HS, "9"));
    assert_false(woken(SIDE_HS, "8")); /* its question stands as it was */
    now.packed = S("values");
    put_row(SIDE_SF, now);
    assert_false(woken(SIDE_HS, "9"));
}

static void a_question_of_fields_is_about_nobody(void **state)
{
    struct review_entry x = {.side = SIDE_SF,
                             .record = S("A"),
                             .why = S("first_link"),
                             .rule = S("S5.5"),
                             .candidates = S("1"),
                             .fields = S("Phone"),
                             .at_ms = 1};
    struct row now = row("1");
    (void)state;
    a_doubt();
    WRITE(st->ops->reviews_put(st, &x, 1, &e));
    now.rec.asked_ms = 20000;
    now.rec.keys.host = 8;
    put_row(SIDE_HS, now);
    assert_false(woken(SIDE_SF, "A"));
}

static void a_transaction_tells_that_it_woke_somebody(void **state)
{
    struct link l = {.id = {S("Z"), S("1")}, .base = {S("b"), S("b")}};
    (void)state;
    a_doubt();
    assert_true(st->ops->begin(st, STORE_NORMAL, &e));
    assert_false(st->ops->woke(st));
    assert_true(st->ops->links_put(st, &l, 1, &e));
    assert_true(st->ops->woke(st));
    assert_true(st->ops->commit(st, &e));
    assert_true(st->ops->begin(st, STORE_NORMAL, &e));
    assert_false(st->ops->woke(st));
    assert_true(st->ops->commit(st, &e));
}

/* A store of version 17 knew candidates as a text only, and forgot why somebody may enter. */
static void older_questions_come_along(void **state)
{
    static const char older[] =
        "DROP TABLE asked; DELETE FROM account_wait;"
        "INSERT INTO review (side, record, why, rule, candidates, at_ms, fields)"
        " VALUES (0, 'B', 'first_link', 'S5.5', '1', 1, 'Phone');"
        "PRAGMA user_version = 17;";
    struct row now = row("2");
    sqlite3 *db;
    (void)state;
    a_doubt();
    put_row(SIDE_SF, row("B"));
    put_link("B", "1");
    st->ops->close(st);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, older, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    st = open_it(STORE_WRITE);
    assert_int_equal(row_of(SIDE_SF, "A")->cause, CAUSE_LISTED);
    assert_int_equal(row_of(SIDE_SF, "B")->cause, 0);
    assert_false(woken(SIDE_SF, "A"));
    now.rec.asked_ms = 20000;
    now.rec.state = RECORD_DELETED;
    put_row(SIDE_HS, now);
    assert_true(woken(SIDE_SF, "A"));
    WRITE(st->ops->links_drop(st, &S("B"), 1, &e));
    assert_true(woken(SIDE_SF, "A"));
    assert_false(woken(SIDE_SF, "B"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_link_of_a_candidate_wakes_who_is_asked),
        TEST(a_candidate_that_is_matched_by_something_else_wakes_who_is_asked),
        TEST(its_other_values_wake_nobody),
        TEST(who_is_asked_no_more_is_not_woken),
        TEST(the_last_who_is_asked_has_no_rival),
        TEST(who_is_asked_about_a_candidate_is_told),
        TEST(a_rejected_rival_that_is_linked_wakes_who_is_asked),
        TEST(the_leftover_of_a_merge_is_asked_about_its_own_side),
        TEST(who_is_left_alone_for_a_fit_is_woken_once),
        TEST(a_value_of_the_fit_wakes_who_is_left_alone_for_it),
        TEST(a_question_of_fields_is_about_nobody),
        TEST(a_transaction_tells_that_it_woke_somebody),
        TEST(older_questions_come_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
