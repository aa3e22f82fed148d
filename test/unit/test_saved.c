/* S12.1: is a change of a plan file still just what would be done? Two text fields do. */
#include "unit.h"

#include <string.h>

#include "core/saved.h"

enum { FIELDS = 2 }; /* Phone, City */

struct lab {
    struct arena a;
    struct mapping map[FIELDS];
    struct mappings m;
    struct row row[2];
    struct value value[2][FIELDS];
    struct link link;
    struct subject subject;
    struct field_change field[FIELDS];
    struct change c;
    struct saved_change saved;
    const struct saved_write *at;
};

static struct value v(const char *text)
{
    return value_text(str_from(text));
}

/* A linked pair; the company's phone is to go from "old" to "new", its city from blank to "Ede". */
static int set_up(void **state)
{
    static struct lab l;
    static const char *const names[FIELDS][2] = {{"Phone", "phone"}, {"City", "city"}};
    memset(&l, 0, sizeof(l));
    arena_init(&l.a, 16 * MIB);
    for (size_t i = 0; i < FIELDS; i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            l.map[i].name[s] = str_from(names[i][s]);
    l.m = (struct mappings){l.map, FIELDS};
    l.value[SIDE_SF][0] = v("new");
    l.value[SIDE_HS][0] = v("old");
    l.value[SIDE_SF][1] = v("Ede");
    l.value[SIDE_HS][1] = VALUE_EMPTY;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        l.row[s].rec.id = l.link.id[s] = s == SIDE_SF ? S("A") : S("9");
        l.row[s].rec.value = l.value[s];
        l.subject.row[s] = &l.row[s];
    }
    l.subject.link = &l.link;
    l.field[0] = (struct field_change){.map = 0, .to = SIDE_HS, .old = v("old"), .value = v("new")};
    l.field[1] =
        (struct field_change){.map = 1, .to = SIDE_HS, .old = VALUE_EMPTY, .value = v("Ede")};
    l.c = (struct change){
        .subject = &l.subject, .action = ACTION_UPDATE, .field = l.field, .fields = FIELDS};
    *state = &l;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&((struct lab *)*state)->a);
    return 0;
}

/* As the file keeps it: with its own copies of what a later pass would decide otherwise. */
static void save(struct lab *l)
{
    saved_of(&l->a, &l->m, SIDE_SF, &l->c, &l->saved);
}

static const char *check(struct lab *l)
{
    return saved_why_name(saved_check(&l->a, &l->m, &l->c, &l->saved, &l->at));
}

static void a_change_is_kept_with_its_records_and_writes(void **state)
{
    struct lab *l = *state;
    l->field[1].refused = true; /* not written, so not in the file */
    save(l);
    assert_int_equal(l->saved.action, ACTION_UPDATE);
    assert_int_equal(l->saved.side, SIDE_SF);
    assert_true(str_eq(l->saved.id[SIDE_SF], S("A")));
    assert_true(str_eq(l->saved.id[SIDE_HS], S("9")));
    assert_int_equal(l->saved.writes, 1);
    assert_int_equal(l->saved.write[0].to, SIDE_HS);
    assert_true(str_eq(l->saved.write[0].field, S("phone")));
    assert_true(str_eq(l->saved.write[0].old.text, S("old")));
    assert_true(str_eq(l->saved.write[0].value.text, S("new")));
    assert_false(l->saved.domain.n || l->saved.into.n || l->saved.contacts.n);
}

static void what_is_just_so_holds(void **state)
{
    struct lab *l = *state;
    save(l);
    assert_string_equal(check(l), "holds");
    assert_null(l->at);
}

static void another_value_to_write_is_a_change(void **state)
{
    struct lab *l = *state;
    save(l);
    l->field[0].value = v("newer");
    assert_string_equal(check(l), "changed_since");
    assert_true(str_eq(l->at->field, S("phone")));
    assert_true(str_eq(l->at->value.text, S("new"))); /* what the plan says */
}

static void another_value_to_replace_is_a_change(void **state)
{
    struct lab *l = *state;
    save(l);
    l->field[1].old = v("Edam");
    assert_string_equal(check(l), "changed_since");
    assert_true(str_eq(l->at->field, S("city")));
}

static void a_field_that_would_not_be_written_any_more_is_a_change(void **state)
{
    struct lab *l = *state;
    save(l);
    l->c.fields = 1;
    assert_string_equal(check(l), "changed_since");
    assert_true(str_eq(l->at->field, S("city")));
    l->c.fields = 2;
    l->field[1].refused = true; /* a refused one is not written either */
    assert_string_equal(check(l), "changed_since");
}

static void a_field_that_moved_since_is_a_change(void **state)
{
    struct lab *l = *state;
    l->c.fields = 1;
    save(l);
    l->c.fields = 2;
    assert_string_equal(check(l), "changed_since");
    assert_true(str_eq(l->at->field, S("city")));
    assert_true(str_eq(l->at->value.text, S("Ede")));
}

static void the_same_field_of_the_other_side_is_another(void **state)
{
    struct lab *l = *state;
    save(l);
    l->field[0].to = SIDE_SF;
    assert_string_equal(check(l), "changed_since");
    assert_int_equal(l->at->to, SIDE_HS);
}

static void what_the_records_hold_already_is_done(void **state)
{
    struct lab *l = *state;
    save(l);
    l->value[SIDE_HS][0] = v("new");
    l->c = (struct change){.subject = &l->subject, .action = ACTION_NONE};
    assert_string_equal(check(l), "decided_otherwise"); /* the city is not there yet */
    l->value[SIDE_HS][1] = v("Ede");
    assert_string_equal(check(l), "done_already");
}

static void our_id_alone_holds_while_it_is_not_there(void **state)
{
    struct lab *l = *state;
    l->c.fields = 0;
    l->c.puts_id = true;
    save(l);
    assert_string_equal(check(l), "holds");
    l->c = (struct change){.subject = &l->subject, .action = ACTION_NONE};
    assert_string_equal(check(l), "decided_otherwise");
}

static void a_pair_that_was_linked_otherwise_is_not_done(void **state)
{
    struct lab *l = *state;
    save(l);
    l->value[SIDE_HS][0] = v("new");
    l->value[SIDE_HS][1] = v("Ede");
    l->link.id[SIDE_HS] = l->row[SIDE_HS].rec.id = S("8");
    l->c = (struct change){.subject = &l->subject, .action = ACTION_NONE};
    assert_string_equal(check(l), "decided_otherwise");
}

static void another_action_or_partner_is_decided_otherwise(void **state)
{
    struct lab *l = *state;
    struct row other = {.rec = {.id = S("8")}};
    save(l);
    l->c.action = ACTION_UNLINK;
    assert_string_equal(check(l), "decided_otherwise");
    l->subject.link = NULL;
    l->subject.row[SIDE_HS] = NULL;
    l->c = (struct change){.subject = &l->subject,
                           .action = ACTION_LINK,
                           .partner = &l->row[SIDE_HS],
                           .field = l->field,
                           .fields = FIELDS};
    save(l);
    assert_true(str_eq(l->saved.id[SIDE_HS], S("9")));
    assert_string_equal(check(l), "holds");
    l->c.partner = &other;
    assert_string_equal(check(l), "decided_otherwise");
}

static void a_create_keeps_its_side_domain_and_contacts(void **state)
{
    struct lab *l = *state;
    static const struct contact one = {.person = {"003A", 4}}, two = {.person = {"003B", 4}};
    const struct contact *place[] = {&one, &two};
    l->subject.link = NULL;
    l->subject.row[SIDE_HS] = NULL;
    l->c.action = ACTION_CREATE;
    l->c.to = SIDE_HS;
    l->c.domain = S("acme.example");
    l->c.place = place;
    l->c.places = 2;
    save(l);
    assert_false(l->saved.id[SIDE_HS].n);
    assert_true(str_eq(l->saved.domain, S("acme.example")));
    assert_true(str_eq(l->saved.contacts, S("003A;003B")));
    assert_string_equal(check(l), "holds");
    l->c.domain = STR_NONE; /* somebody else has it by now */
    assert_string_equal(check(l), "decided_otherwise");
    l->c.domain = S("acme.example");
    l->c.places = 1;
    assert_string_equal(check(l), "decided_otherwise");
}

static void a_create_whose_partner_is_there_is_done(void **state)
{
    struct lab *l = *state;
    l->subject.link = NULL;
    l->subject.row[SIDE_HS] = NULL;
    l->c.action = ACTION_CREATE;
    l->c.to = SIDE_HS;
    save(l);
    l->subject.link = &l->link;
    l->subject.row[SIDE_HS] = &l->row[SIDE_HS];
    l->value[SIDE_HS][0] = v("new");
    l->value[SIDE_HS][1] = v("Ede");
    l->c = (struct change){.subject = &l->subject, .action = ACTION_NONE};
    assert_string_equal(check(l), "done_already");
}

static void a_link_that_ended_already_is_done(void **state)
{
    struct lab *l = *state;
    l->c = (struct change){.subject = &l->subject, .action = ACTION_UNLINK};
    save(l);
    assert_int_equal(l->saved.writes, 0);
    assert_string_equal(check(l), "holds");
    l->subject.link = NULL;
    l->c.action = ACTION_SKIP;
    assert_string_equal(check(l), "done_already");
}

static void an_archive_is_done_once_the_record_is_gone(void **state)
{
    struct lab *l = *state;
    l->c = (struct change){.subject = &l->subject, .action = ACTION_ARCHIVE, .to = SIDE_HS};
    save(l);
    assert_string_equal(check(l), "holds");
    l->subject.link = NULL; /* somebody only unlinked the two */
    l->c = (struct change){.subject = &l->subject, .action = ACTION_SKIP};
    assert_string_equal(check(l), "decided_otherwise");
    l->row[SIDE_HS].rec.state = RECORD_DELETED;
    assert_string_equal(check(l), "done_already");
    l->subject.row[SIDE_HS] = NULL; /* without a link only one of the two is at hand */
    assert_string_equal(check(l), "decided_otherwise");
}

static void a_merge_is_followed_to_the_same_survivor_only(void **state)
{
    struct lab *l = *state;
    struct row survivor = {.rec = {.id = S("B")}};
    l->c = (struct change){
        .subject = &l->subject, .action = ACTION_FOLLOW, .to = SIDE_SF, .partner = &survivor};
    save(l);
    assert_true(str_eq(l->saved.into, S("B")));
    assert_string_equal(check(l), "holds");
    survivor.rec.id = S("C");
    l->saved.into = S("B");
    assert_string_equal(check(l), "decided_otherwise");
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_change_is_kept_with_its_records_and_writes),
        CASE(what_is_just_so_holds),
        CASE(another_value_to_write_is_a_change),
        CASE(another_value_to_replace_is_a_change),
        CASE(a_field_that_would_not_be_written_any_more_is_a_change),
        CASE(a_field_that_moved_since_is_a_change),
        CASE(the_same_field_of_the_other_side_is_another),
        CASE(what_the_records_hold_already_is_done),
        CASE(our_id_alone_holds_while_it_is_not_there),
        CASE(a_pair_that_was_linked_otherwise_is_not_done),
        CASE(another_action_or_partner_is_decided_otherwise),
        CASE(a_create_keeps_its_side_domain_and_contacts),
        CASE(a_create_whose_partner_is_there_is_done),
        CASE(a_link_that_ended_already_is_done),
        CASE(an_archive_is_done_once_the_record_is_gone),
        CASE(a_merge_is_followed_to_the_same_survivor_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
