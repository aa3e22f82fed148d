/* When to stop before writing, at each mark and one before and after it (S12.3). */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "core/brake.h"

enum { MOST = 2000 };

static struct mapping map[2];
static const struct mappings mappings = {map, 2};
static struct link link_;
static struct subject subject = {.link = &link_};
static struct field_change field;
static struct change change[MOST];
static struct settings set;
static struct brake_day day;

static int set_up(void **state)
{
    (void)state;
    memset(&day, 0, sizeof(day));
    settings_default(&set);
    map[1].name[SIDE_HS] = S("phone");
    map[1].name[SIDE_SF] = S("Phone");
    link_.state = LINK_LIVE;
    field = (struct field_change){.map = 1, .to = SIDE_HS, .value = value_text(S("1"))};
    return 0;
}

/* How many of n such changes are held? */
static uint64_t held(struct change one, size_t n)
{
    struct plan plan = {change, n};
    uint64_t waits = 0;
    for (size_t i = 0; i < n; i++)
        change[i] = one;
    brake_plan(&plan, &mappings, &set, &day);
    for (size_t i = 0; i < n; i++)
        waits += change[i].action == ACTION_SKIP && change[i].why == WHY_BRAKE;
    return waits;
}

static struct change losing(enum action a, enum why why)
{
    return (struct change){.subject = &subject, .action = a, .why = why, .link_state = LINK_PAUSED};
}

static struct change writing(void)
{
    return (struct change){
        .subject = &subject, .action = ACTION_UPDATE, .field = &field, .fields = 1};
}

/* Nothing of a pass that would pass the mark is lost; all of one that would not. */
static uint64_t held_of_losses(uint64_t links, uint64_t before, size_t n)
{
    set_up(NULL);
    day.links = links;
    day.unlinks = before;
    for (size_t i = 0; i < n; i++)
        change[i] = losing(ACTION_UNLINK, WHY_DELETED);
    brake_unlinks(&set, brake_losses(&(struct plan){change, n}), &day);
    return held(losing(ACTION_UNLINK, WHY_DELETED), n);
}

static void losses_stop_beyond_ten_percent_and_from_twenty_on(void **state)
{
    (void)state;
    assert_int_equal(held_of_losses(1000, 0, 100), 0);   /* 10 % is not more than 10 % */
    assert_int_equal(held_of_losses(1000, 0, 101), 101); /* all or none of a pass */
    assert_int_equal(held_of_losses(1000, 60, 40), 0);   /* over the day */
    assert_int_equal(held_of_losses(1000, 60, 41), 41);
    assert_int_equal(held_of_losses(30, 0, 19), 0); /* fewer than 20 never hold */
    assert_int_equal(held_of_losses(30, 0, 20), 20);
    assert_int_equal(held_of_losses(200, 0, 20), 0);
    assert_int_equal(held_of_losses(200, 0, 21), 21);
}

static void what_counts_as_a_loss(void **state)
{
    (void)state;
    static const struct {
        enum action action;
        enum why why;
        bool loss;
    } table[] = {
        {ACTION_UNLINK, WHY_DELETED, true},        {ACTION_UNLINK, WHY_MERGED, true},
        {ACTION_ARCHIVE, WHY_DELETED, true},       {ACTION_NONE, WHY_PARTNER_GONE, true},
        {ACTION_UNLINK, WHY_HAND, false},          {ACTION_ARCHIVE, WHY_UNDO, false},
        {ACTION_NONE, WHY_NOTHING, false},         {ACTION_FOLLOW, WHY_MERGED, false},
        {ACTION_NONE, WHY_DELETED_IGNORED, false},
    };
    for (size_t i = 0; i < LEN(table); i++) {
        struct change c = losing(table[i].action, table[i].why);
        assert_int_equal(brake_losses(&(struct plan){&c, 1}), table[i].loss);
    }
    link_.state = LINK_PAUSED; /* out of sight already */
    struct change c = losing(ACTION_NONE, WHY_PARTNER_GONE);
    assert_int_equal(brake_losses(&(struct plan){&c, 1}), 0);
}

static void a_field_changes_on_thirty_percent_at_most(void **state)
{
    (void)state;
    day.links = 1000;
    assert_int_equal(held(writing(), 301), 1); /* 300 are 30 %; the next would pass */
    assert_int_equal(day.held[BRAKE_CHANGE], 1);
    assert_true(str_eq(day.held_field, S("phone")));
    field.to = SIDE_SF; /* another field: a mark of its own */
    assert_int_equal(held(writing(), 300), 0);
    set_up(NULL);
    day.links = 1000;
    day.field[SIDE_HS][1].changed = 299;
    assert_int_equal(held(writing(), 2), 1);
    set_up(NULL);
    day.links = 150; /* 30 % are 45, but fewer than 100 never hold */
    assert_int_equal(held(writing(), 100), 1);
}

static void a_field_is_cleared_on_five_percent_at_most(void **state)
{
    (void)state;
    day.links = 4000;
    field.value = VALUE_EMPTY;
    assert_int_equal(held(writing(), 201), 1);
    assert_int_equal(day.held[BRAKE_CLEAR], 1);
    field.value = value_text(S("1")); /* a value is no clear: it goes on, up to its own mark */
    assert_int_equal(held(writing(), 1000), 0);
    assert_int_equal(held(writing(), 1), 1);
    set_up(NULL);
    day.links = 400;
    field.value = VALUE_EMPTY;
    assert_int_equal(held(writing(), 99), 0);
    assert_int_equal(held(writing(), 1), 1);
}

/* S11.1: contacts that leave a company for another are one more field, with a mark of its own. */
static void contacts_change_on_thirty_percent_at_most(void **state)
{
    size_t went = 0;
    (void)state;
    day.links = 1000;
    for (int i = 0; i < 302; i++)
        went += brake_contact(&set, SIDE_HS, S("Contact.associatedcompanyid"), &day);
    assert_int_equal(went, 300);
    assert_int_equal(day.held[BRAKE_CHANGE], 2);
    assert_true(str_eq(day.held_field, S("Contact.associatedcompanyid")));
    assert_true(brake_contact(&set, SIDE_SF, S("Contact.AccountId"), &day));
    assert_int_equal(held(writing(), 300), 0); /* nor do they count for a field of companies */
    day.past = 1u << BRAKE_CHANGE;
    assert_true(brake_contact(&set, SIDE_HS, S("Contact.associatedcompanyid"), &day));
    set_up(NULL);
    day.links = 150; /* 30 % are 45, but fewer than 100 never hold */
    for (int i = 0; i < 99; i++)
        assert_true(brake_contact(&set, SIDE_HS, S("Contact.associatedcompanyid"), &day));
    assert_false(brake_contact(&set, SIDE_HS, S("Contact.associatedcompanyid"), &day));
}

static void a_refused_field_changes_nothing(void **state)
{
    (void)state;
    day.links = 100;
    field.refused = true;
    assert_int_equal(held(writing(), 200), 0);
    assert_int_equal(day.field[SIDE_HS][1].changed, 0);
}

static void creates_stop_at_create_max_on_each_side(void **state)
{
    (void)state;
    struct change c = {.subject = &subject, .action = ACTION_CREATE, .to = SIDE_HS};
    assert_int_equal(held(c, 499), 0);
    assert_int_equal(held(c, 1), 0);
    assert_int_equal(held(c, 1), 1);
    c.to = SIDE_SF;
    assert_int_equal(held(c, 1), 0);
}

static void a_person_lets_one_brake_go_and_no_other(void **state)
{
    (void)state;
    day.links = 100;
    day.past = 1u << BRAKE_UNLINK;
    assert_int_equal(held_of_losses(100, 0, 50), 50);
    day.past = 1u << BRAKE_UNLINK;
    day.links = 100;
    day.unlinks_held = false;
    brake_unlinks(&set, 50, &day);
    assert_int_equal(held(losing(ACTION_UNLINK, WHY_DELETED), 50), 0);
    assert_int_equal(held(writing(), 101), 2);
    day.past = 1u << BRAKE_CHANGE;
    assert_int_equal(held(writing(), 1000), 0);
}

static void a_refusal_names_the_brake_and_the_way_on(void **state)
{
    (void)state;
    static const struct {
        enum brake b;
        const char *name;
    } table[] = {{BRAKE_CREATE, "create_max"},
                 {BRAKE_UNLINK, "unlink"},
                 {BRAKE_CLEAR, "clear"},
                 {BRAKE_CHANGE, "change"}};
    for (size_t i = 0; i < LEN(table); i++) {
        struct err e;
        char way[64];
        enum brake back;
        set_up(NULL);
        day.held[table[i].b] = 3;
        assert_false(brake_refusal(&set, &day, &e));
        assert_int_equal(e.kind, ERR_REFUSED);
        assert_string_equal(e.rule, "S12.3");
        snprintf(way, sizeof(way), "tandem sync --past-brake %s", table[i].name);
        assert_non_null(strstr(e.hint, way));
        assert_true(brake_from_name(str_from(table[i].name), &back) && back == table[i].b);
    }
}

static void an_empty_side_is_suspicious_from_twenty_links_on(void **state)
{
    struct err e;
    (void)state;
    assert_true(brake_empty_side(SIDE_HS, 0, 19, &e));
    assert_false(brake_empty_side(SIDE_HS, 0, 20, &e));
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_true(brake_empty_side(SIDE_HS, 1, 20, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(losses_stop_beyond_ten_percent_and_from_twenty_on, set_up),
        cmocka_unit_test_setup(what_counts_as_a_loss, set_up),
        cmocka_unit_test_setup(a_field_changes_on_thirty_percent_at_most, set_up),
        cmocka_unit_test_setup(a_field_is_cleared_on_five_percent_at_most, set_up),
        cmocka_unit_test_setup(contacts_change_on_thirty_percent_at_most, set_up),
        cmocka_unit_test_setup(a_refused_field_changes_nothing, set_up),
        cmocka_unit_test_setup(creates_stop_at_create_max_on_each_side, set_up),
        cmocka_unit_test_setup(a_person_lets_one_brake_go_and_no_other, set_up),
        cmocka_unit_test_setup(a_refusal_names_the_brake_and_the_way_on, set_up),
        cmocka_unit_test_setup(an_empty_side_is_suspicious_from_twenty_links_on, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
