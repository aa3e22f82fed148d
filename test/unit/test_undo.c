/* S12.4, S12.5: what is taken back of one pair, and what is listed instead. One text field does. */
#include "unit.h"

#include "core/undo.h"
#include "pair.h"

struct lab {
    struct pair two;
    struct undo_field field;
    struct undo_deed deed;
    struct undo_pair pair;
    struct undo_note note[4];
    struct undo_notes notes;
};

static const char *const fields[][SIDE_COUNT] = {{"Phone", "phone"}};

/* A linked pair; the run changed the company's phone from "old" to "new". */
static int set_up(void **state)
{
    static struct lab l;
    memset(&l, 0, sizeof(l));
    pair_init(&l.two, fields, LEN(fields));
    l.two.value[SIDE_SF][0] = l.two.value[SIDE_HS][0] = v("new");
    pair_link(&l.two);
    l.pair.subject = &l.two.subject;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        l.deed.id[s] = l.two.row[s].rec.id;
        l.pair.row[s] = &l.two.row[s];
    }
    l.field = (struct undo_field){.side = SIDE_HS, .old = v("old"), .wrote = v("new")};
    l.deed.field = &l.field;
    l.deed.fields = 1;
    *state = &l;
    return 0;
}

static int tear_down(void **state)
{
    pair_release(&((struct lab *)*state)->two);
    return 0;
}

static struct change undo(struct lab *l)
{
    struct change c;
    l->notes = (struct undo_notes){l->note, 0, LEN(l->note)};
    undo_decide(&l->two.a, &l->two.ctx, &l->deed, &l->pair, &c, &l->notes);
    return c;
}

static void is_listed(struct lab *l, enum undo_why why, const char *record)
{
    assert_int_equal(l->notes.count, 1);
    assert_int_equal(l->note[0].why, why);
    assert_true(str_eq(l->note[0].record, str_from(record)));
}

static void a_value_goes_back_and_stands(void **state)
{
    struct lab *l = *state;
    struct change c = undo(l);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_int_equal(c.fields, 1);
    assert_int_equal(c.field[0].to, SIDE_HS);
    assert_true(str_eq(c.field[0].value.text, S("old")));
    assert_true(str_eq(c.base[SIDE_HS][0].text, S("old"))); /* S12.5: both present values */
    assert_true(str_eq(c.base[SIDE_SF][0].text, S("new")));
    assert_int_equal(l->notes.count, 0);
}

static void what_was_changed_since_is_listed(void **state)
{
    struct lab *l = *state;
    l->two.value[SIDE_HS][0] = v("mine");
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_CHANGED, "9");
    assert_true(str_eq(l->note[0].field, S("phone")));
    assert_true(str_eq(l->note[0].detail, S("mine")));
    l->two.value[SIDE_HS][0] = v("old"); /* back already: nothing to say */
    assert_int_equal(undo(l).action, ACTION_NONE);
    assert_int_equal(l->notes.count, 0);
}

static void what_cannot_be_is_listed(void **state)
{
    struct lab *l = *state;
    l->two.value[SIDE_HS][0] = VALUE_NOT_KNOWN;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_UNKNOWN, "9");
    l->two.value[SIDE_HS][0] = v("new");
    l->two.map[0].meta[SIDE_HS].length = 2; /* the old value is not acceptable any more */
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_REFUSED, "9");
    l->two.map[0].meta[SIDE_HS].length = 0;
    l->two.subject.link = NULL;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_UNLINKED, "A");
}

static void a_link_that_it_made_ends(void **state)
{
    struct lab *l = *state;
    l->deed.linked = true;
    struct change c = undo(l);
    assert_int_equal(c.action, ACTION_UNLINK);
    assert_int_equal(c.fields, 1); /* with its values */
}

static void what_it_made_goes_unless_somebody_uses_it(void **state)
{
    struct lab *l = *state;
    l->deed = (struct undo_deed){.id = {S("A"), S("9")}, .made = true, .side = SIDE_HS};
    struct change c = undo(l);
    assert_int_equal(c.action, ACTION_ARCHIVE);
    assert_int_equal(c.to, SIDE_HS);
    l->pair.edited = true;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_EDITED, "9");
    l->pair.edited = false;
    l->pair.attached = true;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_ATTACHED, "9");
    l->pair.attached = false;
    l->pair.unseen = true;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_UNSEEN, "9");
    l->pair.unseen = false;
    l->two.row[SIDE_HS].rec.state = RECORD_DELETED;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_GONE, "9");
    l->two.row[SIDE_HS].rec.state = RECORD_LIVE;
    l->two.subject.link = NULL;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_UNLINKED, "9");
}

static void a_link_that_it_ended_comes_back_if_both_are_free(void **state)
{
    struct lab *l = *state;
    struct severed was = {.why = SEVER_HAND, .link = l->two.link};
    was.link.origin = ORIGIN_DOMAIN;
    l->deed = (struct undo_deed){.id = {S("A"), S("9")}, .ended = true};
    assert_int_equal(undo(l).action, ACTION_NONE); /* it is back already */
    assert_int_equal(l->notes.count, 0);
    l->two.subject.link = NULL;
    l->two.row[SIDE_SF].partner = l->two.row[SIDE_HS].partner = STR_NONE;
    l->pair.severed = &was;
    struct change c = undo(l);
    assert_int_equal(c.action, ACTION_LINK);
    assert_int_equal(c.origin, ORIGIN_DOMAIN);
    assert_ptr_equal(c.resumes, &was);
    l->two.row[SIDE_HS].partner = S("B");
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_TAKEN, "9");
    l->two.row[SIDE_HS].partner = STR_NONE;
    l->two.row[SIDE_HS].rec.state = RECORD_HIDDEN;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_GONE, "9");
}

static void what_no_api_takes_back_is_listed(void **state)
{
    struct lab *l = *state;
    l->deed = (struct undo_deed){.id = {S("A"), S("9")}, .archived = true, .side = SIDE_HS};
    l->two.row[SIDE_HS].rec.state = RECORD_DELETED;
    l->two.subject.link = NULL;
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_ARCHIVED, "9");
    l->two.row[SIDE_HS].rec.state = RECORD_LIVE; /* a person brought it back: the link follows */
    l->two.row[SIDE_SF].partner = l->two.row[SIDE_HS].partner = STR_NONE;
    assert_int_equal(undo(l).action, ACTION_LINK);
    l->deed = (struct undo_deed){.id = {S("A"), S("9")}, .followed = true};
    assert_int_equal(undo(l).action, ACTION_NONE);
    is_listed(l, UNDO_MERGED, "A");
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_value_goes_back_and_stands),
        CASE(what_was_changed_since_is_listed),
        CASE(what_cannot_be_is_listed),
        CASE(a_link_that_it_made_ends),
        CASE(what_it_made_goes_unless_somebody_uses_it),
        CASE(a_link_that_it_ended_comes_back_if_both_are_free),
        CASE(what_no_api_takes_back_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
