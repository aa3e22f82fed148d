/* S4.5: how a record stands, and why a linked pair's fields differ. Two text fields do. */
#include "unit.h"

#include <string.h>

#include "core/verify.h"
#include "model/pack.h"

enum { FIELDS = 2 }; /* Phone, City */

struct lab {
    struct arena a;
    struct mapping map[FIELDS];
    struct mappings m;
    struct settings set;
    struct row row[2];
    struct value value[2][FIELDS];
    struct link link;
    struct subject subject;
    struct neighbours near;
    struct filter filter;
    struct plan_context ctx;
    struct change c;
    struct buf pack;
};

static struct value v(const char *text)
{
    return value_text(str_from(text));
}

/* Both present values are the base: nothing moved. */
static void settle(struct lab *l)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        buf_clear(&l->pack);
        values_pack(&l->pack, &l->m, l->value[s]);
        l->link.base[s] = str_dup(&l->a, buf_view(&l->pack));
    }
}

/* A linked pair whose values are the same. */
static int set_up(void **state)
{
    static struct lab l;
    static const char *const names[FIELDS][2] = {{"Phone", "phone"}, {"City", "city"}};
    memset(&l, 0, sizeof(l));
    arena_init(&l.a, 16 * MIB);
    buf_init(&l.pack, MIB);
    for (uint32_t i = 0; i < FIELDS; i++) {
        l.map[i] = (struct mapping){.id = i + 1, .rule = RULE_PREFER_SF, .scale = -1};
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            l.map[i].name[s] = str_from(names[i][s]);
            l.map[i].meta[s] = (struct field){.name = l.map[i].name[s],
                                              .type = FIELD_TEXT,
                                              .readable = true,
                                              .createable = true,
                                              .updateable = true};
            l.value[s][i] = v("same");
        }
    }
    l.m = (struct mappings){l.map, FIELDS};
    settings_default(&l.set);
    l.set.company_sync = true;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        l.row[s].rec.id = l.link.id[s] = s == SIDE_SF ? S("A") : S("9");
        l.row[s].partner = s == SIDE_SF ? S("9") : S("A");
        l.row[s].rec.value = l.value[s];
        l.subject.row[s] = &l.row[s];
    }
    l.subject.link = &l.link;
    settle(&l);
    l.near.side = SIDE_SF;
    l.ctx = (struct plan_context){.side = SIDE_SF,
                                  .mappings = &l.m,
                                  .settings = &l.set,
                                  .now_ms = {1000000, 1000000},
                                  .key_ready = {true, true},
                                  .filter = &l.filter,
                                  .near = &l.near,
                                  .index = match_index(&l.a, &l.near)};
    *state = &l;
    return 0;
}

static int tear_down(void **state)
{
    struct lab *l = *state;
    buf_release(&l->pack);
    arena_release(&l->a);
    return 0;
}

static struct verdict_of verify(struct lab *l)
{
    struct verdict_of out;
    plan_one(&l->a, &l->ctx, &l->subject, &l->c);
    verify_change(&l->a, &l->ctx, &l->c, &out);
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
    struct lab *l = *state;
    struct verdict_of got = verify(l);
    is_equal(&got);
}

static void what_a_value_table_translates_is_equal(void **state)
{
    struct lab *l = *state;
    struct value_pair pair = {.side = {S("Technology"), S("TECH")}};
    l->map[0].table = &pair;
    l->map[0].table_count = 1;
    l->value[SIDE_SF][0] = v("Technology");
    l->value[SIDE_HS][0] = v("TECH");
    settle(l);
    struct verdict_of got = verify(l);
    is_equal(&got);
}

static void what_cannot_be_compared_is_not(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_HS][0] = v("other");
    l->map[0].rule = RULE_NONE;
    settle(l);
    struct verdict_of got = verify(l);
    is_equal(&got);
    l->map[0].rule = RULE_PREFER_SF; /* a baseline is still to be read (S6.4) */
    l->map[0].settle = SETTLE_BASE;
    l->map[0].suspended[0] = '!';
    got = verify(l);
    is_equal(&got);
    l->map[0].suspended[0] = '\0';
    l->map[0].settle = SETTLE_DONE;
    l->value[SIDE_HS][0] = VALUE_NOT_KNOWN; /* S6.8: hidden is not blank */
    got = verify(l);
    is_equal(&got);
}

static void the_rule_lets_them_differ(void **state)
{
    struct lab *l = *state;
    l->map[1].rule = RULE_ALWAYS_SF;
    l->value[SIDE_SF][1] = VALUE_EMPTY;
    l->value[SIDE_HS][1] = v("Utrecht");
    settle(l);
    struct verdict_of got = verify(l);
    differs(&got, 1, STANDING_BY_RULE, "S5.2");
    assert_false(got.acts);
    assert_true(str_eq(got.difference[0].value[SIDE_HS].text, S("Utrecht")));
    assert_int_equal(got.difference[0].value[SIDE_SF].state, VALUE_BLANK);
}

static void an_older_difference(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("+31");
    l->value[SIDE_HS][0] = v("+32");
    settle(l);
    struct verdict_of got = verify(l);
    differs(&got, 0, STANDING_OLDER, "S5.8");
    assert_false(got.acts);
}

static void what_a_pass_would_write_is_pending(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("moved");
    struct verdict_of got = verify(l);
    differs(&got, 0, STANDING_PENDING, "S5.3");
    assert_true(got.acts);
}

static void what_a_person_is_asked_is_pending(void **state)
{
    struct lab *l = *state;
    l->map[0].rule = RULE_TWO_WAY;
    l->set.first_link = FIRST_REVIEW;
    l->value[SIDE_HS][0] = v("other");
    l->link.base[SIDE_SF] = l->link.base[SIDE_HS] = STR_NONE; /* the first link */
    struct verdict_of got = verify(l);
    differs(&got, 0, STANDING_PENDING, "S5.5");
}

static void what_the_filter_pauses_is_pending(void **state)
{
    struct lab *l = *state;
    struct err e;
    assert_true(filter_parse(&l->a, S("Phone = 'never'"), &l->filter, &e));
    filter_bind(&l->filter, &l->m);
    l->value[SIDE_SF][0] = v("moved");
    struct verdict_of got = verify(l);
    differs(&got, 0, STANDING_PENDING, "S2.3");
    assert_int_equal(got.why, WHY_FILTERED);
    assert_false(got.acts);
}

static void a_partner_that_is_gone_is_pending(void **state)
{
    struct lab *l = *state;
    l->row[SIDE_HS].rec.state = RECORD_DELETED;
    struct verdict_of got = verify(l);
    assert_int_equal(got.standing, STANDING_PENDING);
    assert_int_equal(got.why, WHY_DELETED);
    assert_int_equal(got.differences, 0);
    assert_true(got.acts); /* the link ends (S9.1) */
    l->row[SIDE_HS].rec.state = RECORD_HIDDEN;
    got = verify(l);
    assert_int_equal(got.standing, STANDING_PENDING);
    assert_int_equal(got.why, WHY_PARTNER_GONE);
    assert_false(got.acts); /* S9.4: nothing is done until it is back */
}

static void what_our_check_refuses_is_in_error(void **state)
{
    struct lab *l = *state;
    l->map[1].meta[SIDE_HS].length = 5;
    l->value[SIDE_SF][1] = v("Amsterdam");
    struct verdict_of got = verify(l);
    differs(&got, 1, STANDING_ERROR, "S15.5");
    assert_non_null(got.difference[0].err);
    assert_string_equal(got.difference[0].err->rule, "S6.2");
    assert_false(got.acts);
}

/* S6.9, S8.5: held is no error; it waits. */
static void what_is_held_is_pending(void **state)
{
    struct lab *l = *state;
    l->map[0].amount = true;
    l->ctx.currency = (struct plan_currency){.map = 1, .portal = S("EUR")};
    l->value[SIDE_SF][1] = l->value[SIDE_HS][1] = v("USD");
    settle(l);
    l->value[SIDE_SF][0] = v("100");
    struct verdict_of got = verify(l);
    differs(&got, 0, STANDING_PENDING, "S6.9");
    assert_false(got.acts);
    l->ctx.currency.portal = STR_NONE;
    plan_one(&l->a, &l->ctx, &l->subject, &l->c);
    l->c.field[0].refused = true; /* as the engine does where two automations fight */
    l->c.field[0].hold_ms = 5000;
    verify_change(&l->a, &l->ctx, &l->c, &got);
    differs(&got, 0, STANDING_PENDING, "S8.5");
}

static void a_parent_that_is_not_linked_is_waited_for(void **state)
{
    struct lab *l = *state;
    struct id_pairs none = {0};
    l->map[0].kind = MAPPING_PARENT;
    l->map[0].rule = RULE_TWO_WAY;
    l->map[0].pairs = &none;
    l->value[SIDE_SF][0] = v("B");
    struct verdict_of got = verify(l);
    differs(&got, 0, STANDING_PENDING, "S11.2");
    assert_false(got.acts);
}

static void an_owner_without_a_partner_stays_by_its_rule(void **state)
{
    struct lab *l = *state;
    struct id_pairs none = {0};
    l->map[0].kind = MAPPING_OWNER;
    l->map[0].rule = RULE_TWO_WAY;
    l->value[SIDE_SF][0] = v("005A");
    l->value[SIDE_HS][0] = v("77");
    settle(l);
    struct verdict_of got = verify(l);
    is_equal(&got); /* who is who was not read yet */
    l->map[0].pairs = &none;
    got = verify(l);
    differs(&got, 0, STANDING_BY_RULE, "S6.6");
}

static void a_pair_stands_as_its_gravest_field(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("+31");
    l->value[SIDE_HS][0] = v("+32");
    settle(l);
    l->value[SIDE_HS][1] = VALUE_EMPTY;
    l->value[SIDE_SF][1] = v("moved");
    struct verdict_of got = verify(l);
    assert_int_equal(got.standing, STANDING_PENDING);
    assert_int_equal(got.differences, 2);
    assert_int_equal(got.difference[0].standing, STANDING_OLDER);
    assert_int_equal(got.difference[1].standing, STANDING_PENDING);
}

/* ---- unlinked -------------------------------------------------------------------------------- */

/* Only the record of `side` is left. */
static void alone(struct lab *l, enum side side)
{
    l->subject.link = NULL;
    l->subject.row[side_other(side)] = NULL;
    l->row[side].partner = STR_NONE;
    l->ctx.side = l->near.side = side;
    l->ctx.index = match_index(&l->a, &l->near);
}

static void is_unlinked(struct lab *l, enum why why, bool acts)
{
    struct verdict_of got = verify(l);
    assert_string_equal(why_name(got.why), why_name(why));
    assert_int_equal(got.standing, STANDING_UNLINKED);
    assert_int_equal(got.differences, 0);
    assert_int_equal(got.acts, acts);
}

static void an_account_without_a_company_and_why(void **state)
{
    struct lab *l = *state;
    struct row *row = &l->row[SIDE_SF];
    struct err e;
    alone(l, SIDE_SF);
    row->rec.host = S("acme.example");
    is_unlinked(l, WHY_NEW_ACCOUNT, true); /* a pass would make its company */
    row->rec.created_ms = 999000;
    is_unlinked(l, WHY_SETTLING, false);
    row->rec.created_ms = 0;
    l->ctx.key_ready[SIDE_HS] = false;
    is_unlinked(l, WHY_NO_KEY, false);
    l->ctx.key_ready[SIDE_HS] = true;
    l->set.beside_native = true;
    is_unlinked(l, WHY_BESIDE_NATIVE, false);
    row->existing = true;
    is_unlinked(l, WHY_EXISTING, false);
    row->severed = true;
    is_unlinked(l, WHY_SEVERED, false);
    row->severed = false;
    row->rec.person = true;
    is_unlinked(l, WHY_PERSON_ACCOUNT, false);
    row->rec.person = false;
    assert_true(filter_parse(&l->a, S("Phone = 'never'"), &l->filter, &e));
    filter_bind(&l->filter, &l->m);
    is_unlinked(l, WHY_FILTERED, false);
    l->value[SIDE_SF][0] = VALUE_NOT_KNOWN;
    is_unlinked(l, WHY_FILTER_UNKNOWN, false);
}

static void a_company_without_an_account_and_why(void **state)
{
    struct lab *l = *state;
    struct evidence people = {0};
    alone(l, SIDE_HS);
    l->row[SIDE_HS].people = &people;
    is_unlinked(l, WHY_NO_CONTACTS, false);
    l->row[SIDE_HS].existing = true;
    is_unlinked(l, WHY_EXISTING_COMPANY, false);
    l->row[SIDE_HS].existing = false;
    l->row[SIDE_HS].rec.state = RECORD_DELETED;
    is_unlinked(l, WHY_PARTNER_GONE, false);
}

static void several_candidates_wait_for_a_person(void **state)
{
    struct lab *l = *state;
    struct row other[2] = {0};
    struct row *all[2] = {&other[0], &other[1]};
    struct match_keys keys = {.host = 7, .site = 7};
    alone(l, SIDE_SF);
    l->row[SIDE_SF].rec.keys = keys;
    for (int i = 0; i < 2; i++) {
        other[i].rec = (struct record){.id = i ? S("8") : S("9"), .keys = keys};
        other[i].rec.value = l->value[SIDE_HS];
    }
    l->near.other = all;
    l->near.others = 2;
    l->ctx.index = match_index(&l->a, &l->near);
    is_unlinked(l, WHY_SEVERAL, false);
}

static void a_create_that_lacks_a_required_field_is_in_error(void **state)
{
    struct lab *l = *state;
    alone(l, SIDE_SF);
    l->value[SIDE_SF][1] = VALUE_EMPTY;
    l->map[1].meta[SIDE_HS].required = true;
    struct verdict_of got = verify(l);
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
