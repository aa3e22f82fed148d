/* S3: may a company become an account? Every outcome is written by hand, from B1.27-B1.30. */
#include "unit.h"

#include <string.h>

#include "core/eligibility.h"

/* ---- the six criteria ------------------------------------------------------------------------ */

struct expected {
    const char *contacts; /* a word each: l lead, p private, a of an account, n not syncing; a
                             capital one qualifies */
    enum made_by_contact made;
    enum default_object object;
    bool unlisted;
    const char *holds, *open; /* criteria that hold, that are unknown */
    bool eligible;
    enum why why;
};

static const struct expected table[] = {
    /* B1.27: nobody. C1 never decides (B1.22). */
    {"", MADE_NO, DEFAULT_CONTACT, false, "N1", "", false, WHY_NO_CONTACTS},
    {"", MADE_YES, DEFAULT_CONTACT, false, "C1 N1", "", false, WHY_NO_CONTACTS},
    {"", MADE_UNKNOWN, DEFAULT_CONTACT, false, "N1", "C1", false, WHY_NO_CONTACTS},
    {"", MADE_UNKNOWN, DEFAULT_LEAD, false, "N1", "", false, WHY_NO_CONTACTS},
    /* B1.28: leads alone, whether they qualify or not */
    {"l", MADE_NO, DEFAULT_CONTACT, false, "N2 N3", "", false, WHY_ONLY_LEADS},
    {"L", MADE_NO, DEFAULT_CONTACT, false, "C3 N2", "", false, WHY_ONLY_LEADS},
    {"L l", MADE_NO, DEFAULT_CONTACT, false, "C3 N2", "", false, WHY_ONLY_LEADS},
    {"L L", MADE_YES, DEFAULT_CONTACT, false, "C1 C3 N2", "", false, WHY_ONLY_LEADS},
    {"L L", MADE_YES, DEFAULT_LEAD, false, "C3 N2", "", false, WHY_ONLY_LEADS},
    /* B1.29: somebody who is no lead, and nobody qualifies; a private contact does not help */
    {"n", MADE_NO, DEFAULT_CONTACT, false, "N3", "", false, WHY_NONE_QUALIFIES},
    {"a", MADE_NO, DEFAULT_CONTACT, false, "N3", "", false, WHY_NONE_QUALIFIES},
    {"p", MADE_NO, DEFAULT_CONTACT, false, "C2 N3", "", false, WHY_NONE_QUALIFIES},
    {"l n", MADE_YES, DEFAULT_CONTACT, false, "C1 N3", "", false, WHY_NONE_QUALIFIES},
    {"l p", MADE_UNKNOWN, DEFAULT_CONTACT, false, "C2 N3", "C1", false, WHY_NONE_QUALIFIES},
    /* B1.30: somebody who is no lead, and somebody qualifies */
    {"N", MADE_NO, DEFAULT_CONTACT, false, "C3", "", true, WHY_QUALIFIES},
    {"A", MADE_NO, DEFAULT_CONTACT, false, "C3", "", true, WHY_QUALIFIES},
    {"P", MADE_NO, DEFAULT_CONTACT, false, "C2 C3", "", true, WHY_QUALIFIES},
    {"P", MADE_YES, DEFAULT_CONTACT, false, "C1 C2 C3", "", true, WHY_QUALIFIES},
    {"P", MADE_YES, DEFAULT_LEAD, false, "C2 C3", "", true, WHY_QUALIFIES},
    {"L n", MADE_NO, DEFAULT_CONTACT, false, "C3", "", true, WHY_QUALIFIES},
    {"L p", MADE_UNKNOWN, DEFAULT_CONTACT, false, "C2 C3", "C1", true, WHY_QUALIFIES},
    {"l l N", MADE_NO, DEFAULT_CONTACT, false, "C3", "", true, WHY_QUALIFIES},
    /* S3.5: the company list; what blocks is told first */
    {"N", MADE_NO, DEFAULT_CONTACT, true, "C3", "", false, WHY_NOT_LISTED},
    {"L", MADE_NO, DEFAULT_CONTACT, true, "C3 N2", "", false, WHY_ONLY_LEADS},
};

static size_t people_of(const char *word, struct contact *c)
{
    size_t n = 0;
    for (; *word; word++) {
        if (*word == ' ')
            continue;
        char kind = *word >= 'a' ? *word : (char)(*word - 'A' + 'a');
        c[n] = (struct contact){.qualifies = *word < 'a'};
        c[n].state = kind == 'l'   ? CONTACT_LEAD
                     : kind == 'p' ? CONTACT_PRIVATE
                     : kind == 'a' ? CONTACT_OF_ACCOUNT
                                   : CONTACT_NOT_SYNCING;
        n++;
    }
    return n;
}

static void each_row_of_the_table(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 16 * MIB);
    for (size_t i = 0; i < LEN(table); i++) {
        const struct expected *x = &table[i];
        struct contact contact[4];
        struct evidence people = {contact, people_of(x->contacts, contact), x->made, !x->unlisted};
        struct eligibility got;
        eligibility_of(&a, &people, x->object, &got);
        for (enum criterion c = CRITERION_C1; c < CRITERION_COUNT; c++) {
            enum answer want = strstr(x->holds, criterion_name(c))  ? ANSWER_YES
                               : strstr(x->open, criterion_name(c)) ? ANSWER_UNKNOWN
                                                                    : ANSWER_NO;
            if (got.of[c].answer != want)
                fail_msg("row %zu: %s is %s", i, criterion_name(c), answer_name(got.of[c].answer));
        }
        if (got.eligible != x->eligible || got.why != x->why)
            fail_msg("row %zu: %s", i, why_name(got.why));
    }
    arena_release(&a);
}

/* B1.22: over every company of up to three contacts the whole comes to one sentence. */
static void every_combination_reduces_to_one_sentence(void **state)
{
    static const char kinds[] = "lpanLPAN";
    struct arena a;
    size_t seen = 0;
    (void)state;
    arena_init(&a, 64 * MIB);
    for (unsigned i = 0; i < 9u * 9 * 9 * 3 * 2 * 2; i++) {
        unsigned rest = i, at[3], leads = 0, fits = 0, n = 0;
        char word[4] = "";
        for (int k = 0; k < 3; k++, rest /= 9)
            at[k] = rest % 9;
        enum made_by_contact made = (enum made_by_contact)(rest % 3);
        enum default_object object = (enum default_object)(rest / 3 % 2);
        bool listed = rest / 6 % 2;
        for (int k = 0; k < 3; k++)
            if (at[k] < 8) {
                word[n++] = kinds[at[k]];
                leads += at[k] % 4 == 0;
                fits += at[k] >= 4;
            }
        struct contact contact[4];
        struct evidence people = {contact, people_of(word, contact), made, listed};
        struct eligibility got;
        arena_reset(&a);
        eligibility_of(&a, &people, object, &got);
        assert_int_equal(got.eligible, n > 0 && leads < n && fits > 0 && listed);
        assert_int_equal(got.eligible, got.why == WHY_QUALIFIES);
        seen++;
    }
    assert_int_equal(seen, 8748);
    arena_release(&a);
}

static void the_contacts_that_decided_are_named(void **state)
{
    struct arena a;
    struct contact c[4];
    struct eligibility got;
    (void)state;
    arena_init(&a, 16 * MIB);
    struct evidence people = {c, people_of("L p n", c), MADE_NO, true};
    eligibility_of(&a, &people, DEFAULT_CONTACT, &got);
    assert_int_equal(got.of[CRITERION_C2].count, 1);
    assert_ptr_equal(got.of[CRITERION_C2].by[0], &c[1]);
    assert_int_equal(got.of[CRITERION_C3].count, 1);
    assert_ptr_equal(got.of[CRITERION_C3].by[0], &c[0]);
    assert_int_equal(got.of[CRITERION_N2].count, 2); /* those who are no leads */
    assert_ptr_equal(got.of[CRITERION_N2].by[0], &c[1]);
    assert_int_equal(got.of[CRITERION_N3].count, 1); /* the one that qualifies */
    assert_ptr_equal(got.of[CRITERION_N3].by[0], &c[0]);
    arena_release(&a);
}

/* ---- in a plan ------------------------------------------------------------------------------- */

struct lab { /* one unlinked company from after T0, called Acme, made at 0 */
    struct arena a;
    struct mapping map;
    struct mappings m;
    struct settings set;
    struct value name;
    struct contact contact[4];
    struct evidence people;
    struct row row;
    struct subject subject;
    struct neighbours near;
    struct plan_context ctx;
};

static int set_up(void **state)
{
    static struct lab l;
    memset(&l, 0, sizeof(l));
    arena_init(&l.a, 16 * MIB);
    l.map = (struct mapping){
        .id = 1, .rule = RULE_PREFER_SF, .scale = -1, .name = {S("Name"), S("name")}};
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        l.map.meta[s] = (struct field){.name = l.map.name[s],
                                       .type = FIELD_TEXT,
                                       .readable = true,
                                       .createable = true,
                                       .updateable = true};
    l.map.meta[SIDE_SF].required = true;
    l.m = (struct mappings){&l.map, 1};
    settings_default(&l.set);
    l.set.company_sync = true;
    l.name = value_text(S("Acme"));
    l.people = (struct evidence){l.contact, people_of("N", l.contact), MADE_NO, true};
    l.row = (struct row){.rec = {.id = S("9"), .value = &l.name}, .people = &l.people};
    l.row.rec.host = S("acme.example");
    l.row.rec.keys = (struct match_keys){1, 10, false};
    l.subject.row[SIDE_HS] = &l.row;
    l.near.side = SIDE_HS;
    l.ctx = (struct plan_context){.side = SIDE_HS,
                                  .mappings = &l.m,
                                  .settings = &l.set,
                                  .near = &l.near,
                                  .now_ms = {MS_HOUR, MS_HOUR},
                                  .key_ready = {true, true}};
    l.ctx.index = match_index(&l.a, &l.near);
    *state = &l;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&((struct lab *)*state)->a);
    return 0;
}

static struct change plan(struct lab *l, const char *contacts)
{
    struct change c;
    l->people.count = people_of(contacts, l->contact);
    plan_one(&l->a, &l->ctx, &l->subject, &c);
    return c;
}

static void an_eligible_company_is_created(void **state)
{
    struct lab *l = *state;
    struct change c = plan(l, "N");
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.why, WHY_QUALIFIES);
    assert_int_equal(c.to, SIDE_SF);
    assert_int_equal(c.origin, ORIGIN_CREATED_ACCOUNT);
    l->row.rec.created_ms = MS_HOUR - 1000; /* S7.7 */
    c = plan(l, "N");
    assert_int_equal(c.action, ACTION_WAIT);
    assert_int_equal(c.why, WHY_SETTLING);
    l->row.rec.created_ms = 0;
    l->set.beside_native = true;
    assert_int_equal(plan(l, "N").why, WHY_BESIDE_NATIVE);
    l->set.beside_native = false;
    l->ctx.key_ready[SIDE_SF] = false;
    assert_int_equal(plan(l, "N").why, WHY_NO_KEY);
}

/* S3.4: at once, after 1, 5 and 30 minutes, and then only when something changes. */
static void it_is_looked_at_again_by_the_clock(void **state)
{
    static const int64_t steps[][2] = {{0, MS_MINUTE},
                                       {MS_MINUTE - 1, MS_MINUTE},
                                       {MS_MINUTE, 5 * MS_MINUTE},
                                       {5 * MS_MINUTE, 30 * MS_MINUTE},
                                       {30 * MS_MINUTE - 1, 30 * MS_MINUTE}};
    struct lab *l = *state;
    for (size_t i = 0; i < LEN(steps); i++) {
        l->row.rec.created_ms = 77;
        l->ctx.now_ms[SIDE_HS] = 77 + steps[i][0];
        struct change c = plan(l, "L");
        assert_int_equal(c.action, ACTION_WAIT);
        assert_int_equal(c.why, WHY_ONLY_LEADS);
        assert_int_equal(c.due_ms, 77 + steps[i][1]);
    }
    l->ctx.now_ms[SIDE_HS] = 77 + 30 * MS_MINUTE;
    assert_int_equal(plan(l, "L").action, ACTION_SKIP);
    assert_int_equal(plan(l, "L").why, WHY_ONLY_LEADS);
    assert_int_equal(plan(l, "").why, WHY_NO_CONTACTS);
    assert_int_equal(plan(l, "n").why, WHY_NONE_QUALIFIES);
    l->people.listed = false;
    assert_int_equal(plan(l, "N").why, WHY_NOT_LISTED);
    l->row.people = NULL; /* nothing is known of people */
    assert_int_equal(plan(l, "N").why, WHY_NO_CONTACTS);
}

/* S3.4, B1.32: an older company makes no account by itself; a person's word goes past S3. */
static void an_existing_company_enters_by_hand_only(void **state)
{
    struct lab *l = *state;
    l->row.existing = true;
    assert_int_equal(plan(l, "N").action, ACTION_SKIP);
    assert_int_equal(plan(l, "N").why, WHY_EXISTING_COMPANY);
    l->ctx.by_hand = true;
    assert_int_equal(plan(l, "N").why, WHY_EXISTING_COMPANY); /* an import does not name it */
    l->ctx.named = true;
    struct change c = plan(l, "");
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.why, WHY_IMPORT);
}

/* S3.8 */
static void a_company_without_a_name_waits_for_one(void **state)
{
    struct lab *l = *state;
    l->name = VALUE_EMPTY;
    struct change c = plan(l, "N");
    assert_int_equal(c.action, ACTION_WAIT);
    assert_int_equal(c.why, WHY_NO_NAME);
    assert_int_equal(c.due_ms, MS_DAY);
    l->ctx.now_ms[SIDE_HS] = MS_DAY;
    c = plan(l, "N");
    assert_int_equal(c.action, ACTION_CREATE);
    assert_int_equal(c.fields, 1);
    assert_true(str_eq(c.field[0].value.text, S("acme.example")));
    assert_string_equal(c.field[0].rule, "S3.8");
    assert_true(value_blank(&c.base[SIDE_HS][0])); /* so that no later pass carries it back */
    assert_true(str_eq(c.base[SIDE_SF][0].text, S("acme.example")));
    l->set.name_from_domain = false;
    assert_int_equal(plan(l, "N").action, ACTION_SKIP);
    assert_int_equal(plan(l, "N").why, WHY_NO_NAME);
    l->set.name_from_domain = true;
    l->row.rec.host = STR_NONE;
    l->row.rec.keys = (struct match_keys){0, 0, false};
    assert_int_equal(plan(l, "N").why, WHY_NO_NAME);
    l->ctx.by_hand = l->ctx.named = true;
    assert_int_equal(plan(l, "N").why, WHY_REQUIRED_MISSING);
    l->row.rec.host = S("acme.example");
    l->ctx.now_ms[SIDE_HS] = 0;
    assert_int_equal(plan(l, "N").action, ACTION_CREATE);
}

static void free_mail_alone_makes_no_account(void **state)
{
    struct lab *l = *state;
    l->row.rec.keys.no_key = true;
    assert_int_equal(plan(l, "N").action, ACTION_SKIP);
    assert_int_equal(plan(l, "N").why, WHY_SHARED_DOMAIN);
    l->row.rec.more[0] = (struct match_keys){2, 20, true};
    l->row.rec.more_count = 1;
    assert_int_equal(plan(l, "N").why, WHY_SHARED_DOMAIN);
    l->row.rec.more[0].no_key = false; /* one of its own is enough */
    assert_int_equal(plan(l, "N").action, ACTION_CREATE);
    l->row.rec.more_count = 0;
    l->row.rec.keys = (struct match_keys){0, 0, false}; /* no domain at all will do */
    assert_int_equal(plan(l, "N").action, ACTION_CREATE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_of_the_table),
        cmocka_unit_test(every_combination_reduces_to_one_sentence),
        cmocka_unit_test(the_contacts_that_decided_are_named),
        TEST(an_eligible_company_is_created),
        TEST(it_is_looked_at_again_by_the_clock),
        TEST(an_existing_company_enters_by_hand_only),
        TEST(a_company_without_a_name_waits_for_one),
        TEST(free_mail_alone_makes_no_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
