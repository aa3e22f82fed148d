/* What would be done with one pair or one new account, and why. Two or three text fields do. */
#include "unit.h"

#include <string.h>

#include "core/plan.h"
#include "model/pack.h"

enum { FIELDS = 3 }; /* Name (required in Salesforce), Phone, City (five letters in HubSpot) */

struct lab {
    struct arena a;
    struct mapping map[FIELDS];
    struct mappings m;
    struct settings set;
    struct row row[2];
    struct value value[2][FIELDS];
    struct link link;
    struct subject subject;
    struct plan_context ctx;
    struct buf pack;
};

static struct value v(const char *text)
{
    return value_text(str_from(text));
}

static int set_up(void **state)
{
    static struct lab l;
    static const char *const names[FIELDS][2] = {
        {"Name", "name"}, {"Phone", "phone"}, {"BillingCity", "city"}};
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
        }
    }
    l.map[0].meta[SIDE_SF].required = true;
    l.map[2].meta[SIDE_HS].length = 5;
    l.m = (struct mappings){l.map, FIELDS};
    settings_default(&l.set);
    l.set.company_sync = true;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        l.row[s].rec.id = s == SIDE_SF ? S("A") : S("9");
        l.row[s].rec.value = l.value[s];
        for (int i = 0; i < FIELDS; i++)
            l.value[s][i] = VALUE_EMPTY;
    }
    l.subject.row[SIDE_SF] = &l.row[SIDE_SF];
    l.ctx = (struct plan_context){.side = SIDE_SF,
                                  .mappings = &l.m,
                                  .settings = &l.set,
                                  .now_ms = {1000000, 1000000},
                                  .key_ready = {true, true}};
    l.ctx.index = match_index(&l.a, &(struct neighbours){.side = SIDE_SF});
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

/* Links the two rows with their present values as base. */
static void link_now(struct lab *l)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        buf_clear(&l->pack);
        values_pack(&l->pack, &l->m, l->value[s]);
        l->link.base[s] = str_dup(&l->a, buf_view(&l->pack));
        l->link.id[s] = l->row[s].rec.id;
    }
    l->subject.link = &l->link;
    l->subject.row[SIDE_HS] = &l->row[SIDE_HS];
}

static struct change plan(struct lab *l)
{
    struct change c;
    plan_one(&l->a, &l->ctx, &l->subject, &c);
    return c;
}

static void a_new_account_is_created_with_its_values(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("Acme");
    l->value[SIDE_SF][1] = v("+31");
    l->row[SIDE_SF].rec.host = S("acme.example");
    struct change c = plan(l);
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.why, WHY_NEW_ACCOUNT);
    assert_int_equal(c.fields, 2);
    assert_true(str_eq(c.domain, S("acme.example"))); /* S7.8 */
    assert_true(str_eq(c.base[SIDE_HS][0].text, S("Acme")));
}

static void it_waits_to_settle_but_not_by_hand(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("Acme");
    l->row[SIDE_SF].rec.created_ms = 999000;
    struct change c = plan(l);
    assert_int_equal(c.action, ACTION_WAIT); /* S7.7 */
    assert_int_equal(c.due_ms, 999000 + 60000);
    l->ctx.by_hand = true;
    assert_int_equal(plan(l).action, ACTION_CREATE);
}

static void who_may_enter(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("Acme");
    l->row[SIDE_SF].existing = true;
    assert_int_equal(plan(l).why, WHY_EXISTING); /* S2.2 */
    l->row[SIDE_SF].cause = CAUSE_MOVED;
    assert_int_equal(plan(l).why, WHY_EDITED);
    l->row[SIDE_SF].rec.person = true;
    assert_int_equal(plan(l).why, WHY_PERSON_ACCOUNT); /* S2.4, also by hand */
    l->ctx.by_hand = true;
    assert_int_equal(plan(l).action, ACTION_SKIP);
    l->set.company_sync = false;
    assert_int_equal(plan(l).why, WHY_SWITCH_OFF); /* S1.1 */
}

/* S8.1: without our key on the other side nothing is created there. */
static void no_key_no_create(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("Acme");
    l->ctx.key_ready[SIDE_HS] = false;
    assert_int_equal(plan(l).why, WHY_NO_KEY);
}

/* S15.5: a refused field is left out, the rest goes; a create without a name waits as a whole. */
static void a_refused_field_is_left_out(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = v("Acme");
    l->value[SIDE_SF][2] = v("Amsterdam");
    struct change c = plan(l);
    assert_int_equal(c.action, ACTION_CREATE);
    assert_true(!c.field[0].refused && c.field[1].refused);
    assert_string_equal(c.field[1].err->code, "too_long");
    assert_int_equal(c.base[SIDE_SF][2].state, VALUE_UNKNOWN); /* it keeps its base: none */
    l->value[SIDE_SF][0] = VALUE_EMPTY;
    l->value[SIDE_SF][2] = v("Ede");
    c = plan(l);
    assert_int_equal(c.action, ACTION_ERROR);
    assert_int_equal(c.why, WHY_REQUIRED_MISSING);
}

static void a_move_is_carried_and_becomes_the_base(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][0] = l->value[SIDE_HS][0] = v("Acme");
    link_now(l);
    assert_int_equal(plan(l).action, ACTION_NONE);
    l->value[SIDE_SF][1] = v("+31");
    struct change c = plan(l);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_int_equal(c.fields, 1);
    assert_int_equal(c.field[0].to, SIDE_HS);
    assert_true(str_eq(c.base[SIDE_HS][1].text, S("+31")));
}

/* S5.10: a clear that the other side cannot hold is put back. */
static void a_clear_of_the_name_is_put_back(void **state)
{
    struct lab *l = *state;
    l->map[0].rule = RULE_TWO_WAY;
    l->value[SIDE_SF][0] = l->value[SIDE_HS][0] = v("Acme");
    link_now(l);
    l->value[SIDE_HS][0] = VALUE_EMPTY;
    struct change c = plan(l);
    assert_int_equal(c.field[0].to, SIDE_HS);
    assert_true(str_eq(c.field[0].value.text, S("Acme")));
    assert_true(c.field[0].revert);
    assert_string_equal(c.field[0].rule, "S5.10");
}

/* S5.8: an older difference stays; S5.5: an import decides it as at a first link. */
static void an_older_difference_is_decided_by_hand_only(void **state)
{
    struct lab *l = *state;
    l->value[SIDE_SF][1] = v("+31");
    l->value[SIDE_HS][1] = v("+32");
    link_now(l);
    assert_int_equal(plan(l).action, ACTION_NONE);
    l->ctx.by_hand = true;
    struct change c = plan(l);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_true(str_eq(c.field[0].value.text, S("+31")));
}

/* S9.4: a partner that is not visible is left alone. */
static void a_hidden_partner_pauses_the_link(void **state)
{
    struct lab *l = *state;
    link_now(l);
    l->value[SIDE_SF][1] = v("+31");
    l->row[SIDE_HS].rec.state = RECORD_HIDDEN;
    assert_int_equal(plan(l).why, WHY_PARTNER_GONE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_account_is_created_with_its_values),
        TEST(it_waits_to_settle_but_not_by_hand),
        TEST(who_may_enter),
        TEST(no_key_no_create),
        TEST(a_refused_field_is_left_out),
        TEST(a_move_is_carried_and_becomes_the_base),
        TEST(a_clear_of_the_name_is_put_back),
        TEST(an_older_difference_is_decided_by_hand_only),
        TEST(a_hidden_partner_pauses_the_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
