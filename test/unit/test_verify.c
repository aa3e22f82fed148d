/* S4.5: how a record stands, and why a linked pair's fields differ. Two text fields do. */
#include "unit.h"

#include "core/verify.h"
#include "pair.h"

static const char *const fields[][SIDE_COUNT] = {{"Phone", "phone"}, {"City", "city"}};

/* A linked pair whose values are the same. */
static int set_up(void **state)
{
    static struct pair p;
    pair_init(&p, fields, LEN(fields));
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        p.value[s][0] = p.value[s][1] = v("same");
    pair_link(&p);
    p.ctx.filter = &p.filter;
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    pair_release(*state);
    return 0;
}

static struct verdict_of verify(struct pair *p)
{
    struct change c;
    struct verdict_of out;
    plan_one(&p->a, &p->ctx, &p->subject, &c);
    verify_change(&p->a, &p->ctx, &c, &out);
    return out;
}

/* The one difference, with its standing and the promise that explains it. */
static void differs(const struct verdict_of *got, size_t map, enum standing standing,
                    const char *rule)
{
    assert_int_equal(got->standing, standing);
    assert_int_equal(got->differences, 1);
    assert_int_equal(got->difference[0].map, map);
    assert_int_equal(got->difference[0].standing, standing);
    assert_string_equal(got->difference[0].rule, rule);
}

static void is_equal(const struct verdict_of *got)
{
    assert_int_equal(got->standing, STANDING_EQUAL);
    assert_int_equal(got->differences, 0);
    assert_int_equal(got->why, WHY_NOTHING);
    assert_false(got->acts);
}

/* ---- linked ---------------------------------------------------------------------------------- */

static void the_same_values_are_equal(void **state)
{
    struct pair *p = *state;
    struct verdict_of got = verify(p);
    is_equal(&got);
}

static void what_a_value_table_translates_is_equal(void **state)
{
    struct pair *p = *state;
    struct value_pair pair = {.side = {S("Technology"), S("TECH")}};
    p->map[0].table = &pair;
    p->map[0].table_count = 1;
    p->value[SIDE_SF][0] = v("Technology");
    p->value[SIDE_HS][0] = v("TECH");
    pair_link(p);
    struct verdict_of got = verify(p);
    is_equal(&got);
}

static void what_cannot_be_compared_is_not(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_HS][0] = v("other");
    p->map[0].rule = RULE_NONE;
    pair_link(p);
    struct verdict_of got = verify(p);
    is_equal(&got);
    p->map[0].rule = RULE_PREFER_SF; /* a baseline is still to be read (S6.4) */
    p->map[0].settle = SETTLE_BASE;
    p->map[0].suspended[0] = '!';
    got = verify(p);
    is_equal(&got);
    p->map[0].suspended[0] = '\0';
    p->map[0].settle = SETTLE_DONE;
    p->value[SIDE_HS][0] = VALUE_NOT_KNOWN; /* S6.8: hidden is not blank */
    got = verify(p);
    is_equal(&got);
}

static void the_rule_lets_them_differ(void **state)
{
    struct pair *p = *state;
    p->map[1].rule = RULE_ALWAYS_SF;
    p->value[SIDE_SF][1] = VALUE_EMPTY;
    p->value[SIDE_HS][1] = v("Utrecht");
    pair_link(p);
    struct verdict_of got = verify(p);
    differs(&got, 1, STANDING_BY_RULE, "S5.2");
    assert_false(got.acts);
    assert_true(str_eq(got.difference[0].value[SIDE_HS].text, S("Utrecht")));
    assert_int_equal(got.difference[0].value[SIDE_SF].state, VALUE_BLANK);
}

static void an_older_difference(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("+31");
    p->value[SIDE_HS][0] = v("+32");
    pair_link(p);
    struct verdict_of got = verify(p);
    differs(&got, 0, STANDING_OLDER, "S5.8");
    assert_false(got.acts);
}

static void what_a_pass_would_write_is_pending(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("moved");
    struct verdict_of got = verify(p);
    differs(&got, 0, STANDING_PENDING, "S5.3");
    assert_true(got.acts);
}

static void what_a_person_is_asked_is_pending(void **state)
{
    struct pair *p = *state;
    p->map[0].rule = RULE_TWO_WAY;
    p->set.first_link = FIRST_REVIEW;
    p->value[SIDE_HS][0] = v("other");
    p->link.base[SIDE_SF] = p->link.base[SIDE_HS] = STR_NONE; /* the first link */
    struct verdict_of got = verify(p);
    differs(&got, 0, STANDING_PENDING, "S5.5");
}

static void what_the_filter_pauses_is_pending(void **state)
{
    struct pair *p = *state;
    struct err e;
    assert_true(filter_parse(&p->a, S("Phone = 'never'"), &p->filter, &e));
    filter_bind(&p->filter, &p->m);
    p->value[SIDE_SF][0] = v("moved");
    struct verdict_of got = verify(p);
    differs(&got, 0, STANDING_PENDING, "S2.3");
    assert_int_equal(got.why, WHY_FILTERED);
    assert_false(got.acts);
}

static void a_partner_that_is_gone_is_pending(void **state)
{
    struct pair *p = *state;
    p->row[SIDE_HS].rec.state = RECORD_DELETED;
    struct verdict_of got = verify(p);
    assert_int_equal(got.standing, STANDING_PENDING);
    assert_int_equal(got.why, WHY_DELETED);
    assert_int_equal(got.differences, 0);
    assert_true(got.acts); /* the link ends (S9.1) */
    p->row[SIDE_HS].rec.state = RECORD_HIDDEN;
    got = verify(p);
    assert_int_equal(got.standing, STANDING_PENDING);
    assert_int_equal(got.why, WHY_PARTNER_GONE);
    assert_false(got.acts); /* S9.4: nothing is done until it is back */
}

static void what_our_check_refuses_is_in_error(void **state)
{
    struct pair *p = *state;
    p->map[1].meta[SIDE_HS].length = 5;
    p->value[SIDE_SF][1] = v("Amsterdam");
    struct verdict_of got = verify(p);
    differs(&got, 1, STANDING_ERROR, "S15.5");
    assert_non_null(got.difference[0].err);
    assert_string_equal(got.difference[0].err->rule, "S6.2");
    assert_false(got.acts);
}

/* S6.9, S8.5: held is no error; it waits. */
static void what_is_held_is_pending(void **state)
{
    struct pair *p = *state;
    struct change c;
    p->map[0].amount = true;
    p->ctx.currency = (struct plan_currency){.map = 1, .portal = S("EUR")};
    p->value[SIDE_SF][1] = p->value[SIDE_HS][1] = v("USD");
    pair_link(p);
    p->value[SIDE_SF][0] = v("100");
    struct verdict_of got = verify(p);
    differs(&got, 0, STANDING_PENDING, "S6.9");
    assert_false(got.acts);
    p->ctx.currency.portal = STR_NONE;
    plan_one(&p->a, &p->ctx, &p->subject, &c);
    c.field[0].refused = true; /* as the engine does where two automations fight */
    c.field[0].hold_ms = 5000;
    verify_change(&p->a, &p->ctx, &c, &got);
    differs(&got, 0, STANDING_PENDING, "S8.5");
}

static void a_parent_that_is_not_linked_is_waited_for(void **state)
{
    struct pair *p = *state;
    struct id_pairs none = {0};
    p->map[0].kind = MAPPING_PARENT;
    p->map[0].rule = RULE_TWO_WAY;
    p->map[0].pairs = &none;
    p->value[SIDE_SF][0] = v("B");
    struct verdict_of got = verify(p);
    differs(&got, 0, STANDING_PENDING, "S11.2");
    assert_false(got.acts);
}

static void an_owner_without_a_partner_stays_by_its_rule(void **state)
{
    struct pair *p = *state;
    struct id_pairs none = {0};
    p->map[0].kind = MAPPING_OWNER;
    p->map[0].rule = RULE_TWO_WAY;
    p->value[SIDE_SF][0] = v("005A");
    p->value[SIDE_HS][0] = v("77");
    pair_link(p);
    struct verdict_of got = verify(p);
    is_equal(&got); /* who is who was not read yet */
    p->map[0].pairs = &none;
    got = verify(p);
    differs(&got, 0, STANDING_BY_RULE, "S6.6");
}

static void a_pair_stands_as_its_gravest_field(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("+31");
    p->value[SIDE_HS][0] = v("+32");
    pair_link(p);
    p->value[SIDE_HS][1] = VALUE_EMPTY;
    p->value[SIDE_SF][1] = v("moved");
    struct verdict_of got = verify(p);
    assert_int_equal(got.standing, STANDING_PENDING);
    assert_int_equal(got.differences, 2);
    assert_int_equal(got.difference[0].standing, STANDING_OLDER);
    assert_int_equal(got.difference[1].standing, STANDING_PENDING);
}

/* ---- unlinked -------------------------------------------------------------------------------- */

/* Only the record of `side` is left. */
static void alone(struct pair *p, enum side side)
{
    p->subject.link = NULL;
    p->subject.row[side_other(side)] = NULL;
    p->row[side].partner = STR_NONE;
    p->ctx.side = p->near.side = side;
    p->ctx.index = match_index(&p->a, &p->near);
}

static void is_unlinked(struct pair *p, enum why why, bool acts)
{
    struct verdict_of got = verify(p);
    assert_string_equal(why_name(got.why), why_name(why));
    assert_int_equal(got.standing, STANDING_UNLINKED);
    assert_int_equal(got.differences, 0);
    assert_int_equal(got.acts, acts);
}

static void an_account_without_a_company_and_why(void **state)
{
    struct pair *p = *state;
    struct row *row = &p->row[SIDE_SF];
    struct err e;
    alone(p, SIDE_SF);
    row->rec.host = S("acme.example");
    is_unlinked(p, WHY_NEW_ACCOUNT, true); /* a pass would make its company */
    row->rec.created_ms = 999000;
    is_unlinked(p, WHY_SETTLING, false);
    row->rec.created_ms = 0;
    p->ctx.key_ready[SIDE_HS] = false;
    is_unlinked(p, WHY_NO_KEY, false);
    p->ctx.key_ready[SIDE_HS] = true;
    p->set.beside_native = true;
    is_unlinked(p, WHY_BESIDE_NATIVE, false);
    row->existing = true;
    is_unlinked(p, WHY_EXISTING, false);
    struct severed was = {.why = SEVER_HAND, .link = p->link};
    p->near.severed = &was;
    p->near.severeds = 1;
    row->severed = true;
    is_unlinked(p, WHY_SEVERED, false);
    row->severed = false;
    row->rec.person = true;
    is_unlinked(p, WHY_PERSON_ACCOUNT, false);
    row->rec.person = false;
    assert_true(filter_parse(&p->a, S("Phone = 'never'"), &p->filter, &e));
    filter_bind(&p->filter, &p->m);
    is_unlinked(p, WHY_FILTERED, false);
    p->value[SIDE_SF][0] = VALUE_NOT_KNOWN;
    is_unlinked(p, WHY_FILTER_UNKNOWN, false);
}

static void a_company_without_an_account_and_why(void **state)
{
    struct pair *p = *state;
    struct evidence people = {0};
    alone(p, SIDE_HS);
    p->row[SIDE_HS].people = &people;
    is_unlinked(p, WHY_NO_CONTACTS, false);
    p->row[SIDE_HS].existing = true;
    is_unlinked(p, WHY_EXISTING_COMPANY, false);
    p->row[SIDE_HS].existing = false;
    p->row[SIDE_HS].rec.state = RECORD_DELETED;
    is_unlinked(p, WHY_PARTNER_GONE, false);
}

static void several_candidates_wait_for_a_person(void **state)
{
    struct pair *p = *state;
    struct row other[2] = {0};
    struct row *all[2] = {&other[0], &other[1]};
    struct match_keys keys = {.host = 7, .site = 7};
    alone(p, SIDE_SF);
    p->row[SIDE_SF].rec.keys = keys;
    for (int i = 0; i < 2; i++) {
        other[i].rec = (struct record){.id = i ? S("8") : S("9"), .keys = keys};
        other[i].rec.value = p->value[SIDE_HS];
    }
    p->near.other = all;
    p->near.others = 2;
    p->ctx.index = match_index(&p->a, &p->near);
    is_unlinked(p, WHY_SEVERAL, false);
}

static void a_create_that_lacks_a_required_field_is_in_error(void **state)
{
    struct pair *p = *state;
    alone(p, SIDE_SF);
    p->value[SIDE_SF][1] = VALUE_EMPTY;
    p->map[1].meta[SIDE_HS].required = true;
    struct verdict_of got = verify(p);
    assert_int_equal(got.standing, STANDING_ERROR);
    assert_int_equal(got.why, WHY_REQUIRED_MISSING);
    assert_false(got.acts);
}

static void each_standing_has_its_name(void **state)
{
    (void)state;
    static const char *const names[STANDING_COUNT] = {"equal",   "by_rule", "older",
                                                      "pending", "error",   "unlinked"};
    for (int i = 0; i < STANDING_COUNT; i++)
        assert_string_equal(standing_name((enum standing)i), names[i]);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_same_values_are_equal),
        CASE(what_a_value_table_translates_is_equal),
        CASE(what_cannot_be_compared_is_not),
        CASE(the_rule_lets_them_differ),
        CASE(an_older_difference),
        CASE(what_a_pass_would_write_is_pending),
        CASE(what_a_person_is_asked_is_pending),
        CASE(what_the_filter_pauses_is_pending),
        CASE(a_partner_that_is_gone_is_pending),
        CASE(what_our_check_refuses_is_in_error),
        CASE(what_is_held_is_pending),
        CASE(a_parent_that_is_not_linked_is_waited_for),
        CASE(an_owner_without_a_partner_stays_by_its_rule),
        CASE(a_pair_stands_as_its_gravest_field),
        CASE(an_account_without_a_company_and_why),
        CASE(a_company_without_an_account_and_why),
        CASE(several_candidates_wait_for_a_person),
        CASE(a_create_that_lacks_a_required_field_is_in_error),
        CASE(each_standing_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
