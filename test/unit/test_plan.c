/* What would be done with one pair or one new account, and why. Two or three text fields do. */
#include "unit.h"

#include "core/gone.h"
#include "pair.h"

/* Name (required in Salesforce), Phone, City (five letters in HubSpot) */
static const char *const fields[][SIDE_COUNT] = {
    {"Name", "name"}, {"Phone", "phone"}, {"BillingCity", "city"}};

static int set_up(void **state)
{
    static struct pair p;
    pair_init(&p, fields, LEN(fields));
    p.map[0].meta[SIDE_SF].required = true;
    p.map[2].meta[SIDE_HS].length = 5;
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    pair_release(*state);
    return 0;
}

static struct change plan(struct pair *p)
{
    struct change c;
    plan_one(&p->a, &p->ctx, &p->subject, &c);
    return c;
}

static void a_new_account_is_created_with_its_values(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    p->value[SIDE_SF][1] = v("+31");
    p->row[SIDE_SF].rec.host = S("acme.example");
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.why, WHY_NEW_ACCOUNT);
    assert_int_equal(c.fields, 2);
    assert_true(str_eq(c.domain, S("acme.example"))); /* S7.8 */
    assert_true(str_eq(c.base[SIDE_HS][0].text, S("Acme")));
}

static void it_waits_to_settle_but_not_by_hand(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    p->row[SIDE_SF].rec.created_ms = 999000;
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_WAIT); /* S7.7 */
    assert_int_equal(c.due_ms, 999000 + 60000);
    p->ctx.by_hand = true;
    assert_int_equal(plan(p).action, ACTION_CREATE);
}

static void who_may_enter(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    p->row[SIDE_SF].existing = true;
    assert_int_equal(plan(p).why, WHY_EXISTING); /* S2.2 */
    p->row[SIDE_SF].cause = CAUSE_MOVED;
    assert_int_equal(plan(p).why, WHY_EDITED);
    p->row[SIDE_SF].rec.person = true;
    assert_int_equal(plan(p).why, WHY_PERSON_ACCOUNT); /* S2.4, also by hand */
    p->ctx.by_hand = true;
    assert_int_equal(plan(p).action, ACTION_SKIP);
    p->set.company_sync = false;
    assert_int_equal(plan(p).why, WHY_SWITCH_OFF); /* S1.1 */
}

/* Name is for business accounts, Phone for person accounts, City for both. */
static void for_both_kinds(struct pair *p)
{
    p->map[1].accounts = ACCOUNTS_PERSON;
    p->map[2].accounts = ACCOUNTS_BOTH;
    p->set.person_accounts = true;
    p->value[SIDE_SF][0] = v("Acme");
    p->value[SIDE_SF][1] = v("+31");
    p->value[SIDE_SF][2] = v("Delft");
    p->row[SIDE_SF].rec.host = S("acme.example");
}

static void the_kind_of_an_account_selects_its_mappings(void **state)
{
    struct pair *p = *state;
    for_both_kinds(p);
    struct change c = plan(p);
    assert_int_equal(c.fields, 2);
    assert_int_equal(c.field[0].map, 0);
    assert_int_equal(c.field[1].map, 2);
    assert_false(value_known(&c.base[SIDE_SF][1])); /* what is not its own has no base */
    p->row[SIDE_SF].rec.person = true;
    c = plan(p);
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.fields, 2);
    assert_int_equal(c.field[0].map, 1);
    assert_int_equal(c.field[1].map, 2);
    pair_link(p);
    p->value[SIDE_SF][0] = v("Acme II");
    p->value[SIDE_SF][1] = v("+32");
    c = plan(p);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_int_equal(c.fields, 1);
    assert_int_equal(c.field[0].map, 1);
}

/* One that became a person account has no base for what is its own now: S5.5. */
static void another_kind_is_a_first_link_of_its_fields(void **state)
{
    struct pair *p = *state;
    for_both_kinds(p);
    p->map[1].rule = RULE_TWO_WAY;
    p->value[SIDE_HS][0] = v("Acme");
    p->value[SIDE_HS][2] = v("Delft");
    p->value[SIDE_SF][1] = VALUE_NOT_KNOWN;
    pair_link(p);
    p->value[SIDE_SF][1] = v("+31");
    p->value[SIDE_HS][1] = v("+32");
    assert_int_equal(plan(p).fields, 0);
    p->row[SIDE_SF].rec.person = true;
    struct change c = plan(p);
    assert_int_equal(c.fields, 1);
    assert_int_equal(c.field[0].map, 1);
    assert_string_equal(c.field[0].rule, "S5.5");
}

/* A company makes a business account, whatever a person account would need. */
static void a_company_makes_no_person_account(void **state)
{
    struct pair *p = *state;
    for_both_kinds(p);
    p->map[1].meta[SIDE_SF].required = true;
    p->value[SIDE_HS][0] = v("Acme");
    p->value[SIDE_HS][1] = v("+31");
    p->subject.row[SIDE_HS] = &p->row[SIDE_HS];
    p->subject.row[SIDE_SF] = NULL;
    p->ctx.side = SIDE_HS;
    p->ctx.named = true;
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.fields, 1);
    assert_int_equal(c.field[0].map, 0);
}

static void while_they_stay_out_their_links_pause(void **state)
{
    struct pair *p = *state;
    for_both_kinds(p);
    p->row[SIDE_SF].rec.person = true;
    pair_link(p);
    p->value[SIDE_SF][1] = v("+32");
    p->set.person_accounts = false;
    p->ctx.past_filter = p->ctx.by_hand = true; /* nothing goes past it */
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_NONE);
    assert_int_equal(c.why, WHY_PERSON_ACCOUNT);
    assert_int_equal(c.link_state, LINK_PAUSED);
    p->set.person_accounts = true;
    c = plan(p);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_int_equal(c.link_state, LINK_LIVE);
}

/* S8.1: without our key on the other side nothing is created there. */
static void no_key_no_create(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    p->ctx.key_ready[SIDE_HS] = false;
    assert_int_equal(plan(p).why, WHY_NO_KEY);
}

/* S8.1, S15.2: our id that the company refused is put on at the retry, of whichever of the two,
 * with what else there is to write. */
static void a_refused_id_is_tried_again(void **state)
{
    struct pair *p = *state;
    pair_link(p);
    p->row[SIDE_HS].rec.key = S("B"); /* the account before a merge */
    assert_int_equal(plan(p).action, ACTION_NONE);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        p->row[s].cause = CAUSE_RETRY;
        struct change c = plan(p);
        assert_int_equal(c.action, ACTION_UPDATE);
        assert_int_equal(c.why, WHY_ID_REFUSED);
        assert_true(c.puts_id && c.fields == 0);
        p->row[s].cause = 0;
    }
    p->row[SIDE_SF].cause = CAUSE_RETRY;
    p->value[SIDE_SF][1] = v("+31");
    struct change c = plan(p);
    assert_int_equal(c.why, WHY_MOVED);
    assert_true(c.puts_id && c.fields == 1);
    p->ctx.key_ready[SIDE_HS] = false;
    assert_false(plan(p).puts_id);
    p->ctx.key_ready[SIDE_HS] = true;
    p->row[SIDE_HS].rec.key = S("A"); /* it carries it by now */
    assert_false(plan(p).puts_id);
    p->row[SIDE_HS].rec.key = STR_NONE;
    p->row[SIDE_SF].rec.key = S("9"); /* we made the account from it */
    assert_false(plan(p).puts_id);
}

/* S7.2: what a duplicate rule blocked is tried again when something of it moved, or by hand. */
static void what_a_rule_blocked_waits_for_a_person(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    p->row[SIDE_SF].cause = CAUSE_BLOCKED;
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_REVIEW);
    assert_int_equal(c.why, WHY_DUPLICATE_RULE);
    p->row[SIDE_SF].due_ms = DUE_AT_ONCE;
    assert_int_equal(plan(p).action, ACTION_CREATE);
    p->row[SIDE_SF].due_ms = 0;
    p->ctx.by_hand = true;
    assert_int_equal(plan(p).action, ACTION_CREATE);
}

/* S15.5: a refused field is left out, the rest goes; a create without a name waits as a whole. */
static void a_refused_field_is_left_out(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    p->value[SIDE_SF][2] = v("Amsterdam");
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_CREATE);
    assert_true(!c.field[0].refused && c.field[1].refused);
    assert_string_equal(c.field[1].err->code, "too_long");
    assert_int_equal(c.base[SIDE_SF][2].state, VALUE_UNKNOWN); /* it keeps its base: none */
    p->value[SIDE_SF][0] = VALUE_EMPTY;
    p->value[SIDE_SF][2] = v("Ede");
    c = plan(p);
    assert_int_equal(c.action, ACTION_ERROR);
    assert_int_equal(c.why, WHY_REQUIRED_MISSING);
}

static void a_move_is_carried_and_becomes_the_base(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = p->value[SIDE_HS][0] = v("Acme");
    pair_link(p);
    assert_int_equal(plan(p).action, ACTION_NONE);
    p->value[SIDE_SF][1] = v("+31");
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_int_equal(c.fields, 1);
    assert_int_equal(c.field[0].to, SIDE_HS);
    assert_true(str_eq(c.base[SIDE_HS][1].text, S("+31")));
}

/* S5.10: a clear that the other side cannot hold is put back. */
static void a_clear_of_the_name_is_put_back(void **state)
{
    struct pair *p = *state;
    p->map[0].rule = RULE_TWO_WAY;
    p->value[SIDE_SF][0] = p->value[SIDE_HS][0] = v("Acme");
    pair_link(p);
    p->value[SIDE_HS][0] = VALUE_EMPTY;
    struct change c = plan(p);
    assert_int_equal(c.field[0].to, SIDE_HS);
    assert_true(str_eq(c.field[0].value.text, S("Acme")));
    assert_true(c.field[0].revert);
    assert_string_equal(c.field[0].rule, "S5.10");
}

/* S5.8: an older difference stays; S5.5: an import decides it as at a first link. */
static void an_older_difference_is_decided_by_hand_only(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][1] = v("+31");
    p->value[SIDE_HS][1] = v("+32");
    pair_link(p);
    assert_int_equal(plan(p).action, ACTION_NONE);
    p->ctx.by_hand = true;
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_UPDATE);
    assert_true(str_eq(c.field[0].value.text, S("+31")));
}

/* S9.4: a partner that is not visible is left alone. */
static void a_hidden_partner_pauses_the_link(void **state)
{
    struct pair *p = *state;
    pair_link(p);
    p->value[SIDE_SF][1] = v("+31");
    p->row[SIDE_HS].rec.state = RECORD_HIDDEN;
    assert_int_equal(plan(p).why, WHY_PARTNER_GONE);
}

/* ---- S9: a side is gone ---------------------------------------------------------------------- */

static struct change plan_gone(struct pair *p, enum side s, enum record_state state)
{
    pair_link(p);
    p->row[s].rec.state = state;
    return plan(p);
}

static void a_deleted_side_ends_the_link(void **state)
{
    struct pair *p = *state;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct change c = plan_gone(p, s, RECORD_DELETED);
        assert_int_equal(c.action, ACTION_UNLINK); /* S9.1 */
        assert_int_equal(c.why, WHY_DELETED);
        p->row[s].rec.state = RECORD_LIVE;
    }
    p->set.on_delete = ON_DELETE_IGNORE;
    struct change c = plan_gone(p, SIDE_HS, RECORD_DELETED);
    assert_int_equal(c.action, ACTION_NONE);
    assert_int_equal(c.link_state, LINK_PAUSED);
}

static void what_is_out_of_sight_is_not_deleted(void **state)
{
    struct pair *p = *state;
    struct change c = plan_gone(p, SIDE_SF, RECORD_HIDDEN);
    assert_int_equal(c.action, ACTION_NONE); /* S9.4 */
    assert_int_equal(c.why, WHY_PARTNER_GONE);
    assert_int_equal(c.link_state, LINK_PAUSED);
}

static void a_merge_is_followed_or_asked_about(void **state)
{
    struct pair *p = *state;
    struct row winner = {.rec = {.id = S("B")}}, *list[] = {&winner};
    p->row[SIDE_SF].rec.survivor = S("B");
    struct change c = plan_gone(p, SIDE_SF, RECORD_MERGED);
    assert_int_equal(c.action, ACTION_NONE); /* the survivor was not read yet */
    p->near.survivor = list;
    p->near.survivors = 1;
    c = plan(p);
    assert_int_equal(c.action, ACTION_FOLLOW); /* S9.3 */
    assert_ptr_equal(c.partner, &winner);
    assert_int_equal(c.to, SIDE_SF);
    winner.partner = S("10");
    c = plan(p);
    assert_int_equal(c.action, ACTION_REVIEW);
    assert_int_equal(c.why, WHY_LEFTOVER);
    assert_true(str_eq(c.candidates, S("10")));
    winner.rec.state = RECORD_DELETED;
    assert_int_equal(plan(p).action, ACTION_UNLINK);
}

static void a_chain_of_merges_is_followed_to_its_end(void **state)
{
    struct pair *p = *state;
    struct row mid = {.rec = {.id = S("B"), .state = RECORD_MERGED, .survivor = S("C")}};
    struct row last = {.rec = {.id = S("C")}}, *list[] = {&mid, &last};
    p->row[SIDE_SF].rec.survivor = S("B");
    p->near.survivor = list;
    p->near.survivors = 1;
    assert_int_equal(plan_gone(p, SIDE_SF, RECORD_MERGED).action, ACTION_NONE); /* not read yet */
    p->near.survivors = 2;
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_FOLLOW); /* S9.3 */
    assert_ptr_equal(c.partner, &last);
    last.rec.state = RECORD_MERGED; /* a ring of merges is no survivor */
    last.rec.survivor = S("B");
    assert_int_equal(plan(p).action, ACTION_NONE);
}

/* S9.1: on_delete = delete. */
static void only_what_tandem_made_is_archived(void **state)
{
    static const struct {
        enum side gone;
        enum link_origin origin;
        enum action action;
        enum why why;
    } table[] = {
        {SIDE_SF, ORIGIN_CREATED_COMPANY, ACTION_ARCHIVE, WHY_DELETED},
        {SIDE_SF, ORIGIN_CREATED_ACCOUNT, ACTION_REVIEW, WHY_DELETE_ASKS},
        {SIDE_SF, ORIGIN_HAND, ACTION_REVIEW, WHY_DELETE_ASKS},
        {SIDE_SF, ORIGIN_ADOPTED, ACTION_REVIEW, WHY_DELETE_ASKS},
        {SIDE_SF, ORIGIN_MERGED, ACTION_REVIEW, WHY_DELETE_ASKS},
        {SIDE_HS, ORIGIN_CREATED_ACCOUNT, ACTION_ARCHIVE, WHY_DELETED},
        {SIDE_HS, ORIGIN_CREATED_COMPANY, ACTION_REVIEW, WHY_DELETE_ASKS},
        {SIDE_HS, ORIGIN_DOMAIN, ACTION_REVIEW, WHY_DELETE_ASKS},
    };
    struct pair *p = *state;
    p->set.on_delete = ON_DELETE_DELETE;
    for (size_t i = 0; i < LEN(table); i++) {
        p->row[SIDE_SF].rec.state = p->row[SIDE_HS].rec.state = RECORD_LIVE;
        pair_link(p);
        p->link.origin = table[i].origin;
        p->row[table[i].gone].rec.state = RECORD_DELETED;
        struct change c = plan(p);
        assert_int_equal(c.action, table[i].action);
        assert_int_equal(c.why, table[i].why);
        /* what hangs on it is looked for before an account goes, not before a company */
        bool cascades = table[i].gone == SIDE_HS && table[i].action == ACTION_ARCHIVE;
        assert_int_equal(gone_cascades(&c), cascades);
        if (cascades) {
            gone_spare(&c);
            assert_int_equal(c.action, ACTION_REVIEW);
            assert_int_equal(c.why, WHY_DELETE_ATTACHED);
            assert_int_equal(c.to, SIDE_HS); /* the account waits */
            assert_int_equal(c.link_state, LINK_PAUSED);
        }
        p->row[side_other(table[i].gone)].rec.state = RECORD_DELETED; /* nothing is left */
        assert_int_equal(plan(p).action, ACTION_UNLINK);
    }
}

static void a_restored_record_takes_its_link_up_again(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][1] = v("+31");
    p->value[SIDE_HS][1] = v("+31");
    pair_link(p);
    struct severed was = {.why = SEVER_DELETED, .link = p->link};
    struct row *others[] = {&p->row[SIDE_HS]};
    p->near = (struct neighbours){
        .side = SIDE_SF, .other = others, .others = 1, .severed = &was, .severeds = 1};
    p->subject = (struct subject){.row = {&p->row[SIDE_SF], NULL}};
    p->row[SIDE_SF].partner = p->row[SIDE_HS].partner = STR_NONE;
    p->row[SIDE_SF].severed = p->row[SIDE_HS].severed = true;
    p->row[SIDE_SF].existing = true;
    p->value[SIDE_HS][1] = v("+32"); /* edited meanwhile: against the old base it moved */
    struct change c = plan(p);
    assert_int_equal(c.action, ACTION_LINK); /* S9.2 */
    assert_int_equal(c.why, WHY_RESTORED);
    assert_int_equal(c.fields, 1);
    assert_true(c.field[0].revert);
    was.why = SEVER_HAND; /* S7.6: a person's word stands */
    c = plan(p);
    assert_int_equal(c.action, ACTION_SKIP);
    assert_int_equal(c.why, WHY_SEVERED);
}

static void an_unlinked_record_makes_a_partner_only_when_named(void **state)
{
    struct pair *p = *state;
    p->value[SIDE_SF][0] = v("Acme");
    struct severed was = {.why = SEVER_HAND, .link.id = {p->row[SIDE_SF].rec.id, S("1")}};
    p->near = (struct neighbours){.side = SIDE_SF, .severed = &was, .severeds = 1};
    p->row[SIDE_SF].severed = true;
    assert_int_equal(plan(p).why, WHY_SEVERED); /* S7.6 */
    p->ctx.by_hand = true;
    assert_int_equal(plan(p).why, WHY_SEVERED); /* an import of all does not name it */
    p->ctx.named = true;
    assert_int_equal(plan(p).action, ACTION_CREATE);
    p->ctx.by_hand = p->ctx.named = false;
    was.why = SEVER_REJECTED; /* it was never linked (S7.2) */
    assert_int_equal(plan(p).action, ACTION_CREATE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_account_is_created_with_its_values),
        TEST(it_waits_to_settle_but_not_by_hand),
        TEST(who_may_enter),
        TEST(no_key_no_create),
        TEST(a_refused_id_is_tried_again),
        TEST(what_a_rule_blocked_waits_for_a_person),
        TEST(a_refused_field_is_left_out),
        TEST(a_move_is_carried_and_becomes_the_base),
        TEST(a_clear_of_the_name_is_put_back),
        TEST(an_older_difference_is_decided_by_hand_only),
        TEST(a_hidden_partner_pauses_the_link),
        cmocka_unit_test_setup_teardown(a_deleted_side_ends_the_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_out_of_sight_is_not_deleted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_kind_of_an_account_selects_its_mappings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_kind_is_a_first_link_of_its_fields, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_company_makes_no_person_account, set_up, tear_down),
        cmocka_unit_test_setup_teardown(while_they_stay_out_their_links_pause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_merge_is_followed_or_asked_about, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chain_of_merges_is_followed_to_its_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_what_tandem_made_is_archived, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restored_record_takes_its_link_up_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unlinked_record_makes_a_partner_only_when_named, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
