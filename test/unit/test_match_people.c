/* S7.1: who is whose partner by the people around them. One world, asked from both sides. */
#include "unit.h"

#include <string.h>

#include "core/match.h"

enum { ROWS = 6, PEOPLE = 12 };

struct world { /* accounts A.., companies 1..; each row has its people as the store would tell */
    struct arena a;
    struct row row[2][ROWS];
    struct row *list[2][ROWS];
    size_t count[2];
    struct contact contact[PEOPLE];
    size_t contacts;
};

static int set_up(void **state)
{
    static struct world w;
    memset(&w, 0, sizeof(w));
    arena_init(&w.a, 16 * MIB);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&((struct world *)*state)->a);
    return 0;
}

static struct row *add(struct world *w, enum side s, const char *id)
{
    struct row *r = &w->row[s][w->count[s]];
    r->rec.id = str_from(id);
    w->list[s][w->count[s]++] = r;
    return r;
}

/* A contact whose SF contact is of `account`, at its primary company. */
static struct contact *person(struct world *w, const char *account, const char *company)
{
    struct contact *c = &w->contact[w->contacts++];
    *c = (struct contact){.state = CONTACT_OF_ACCOUNT,
                          .account = str_from(account),
                          .company = company ? str_from(company) : STR_NONE};
    return c;
}

static void converted(struct world *w, const char *account, const char *company)
{
    person(w, account, company)->converted = true;
}

static void tell_people(struct world *w, enum side s)
{
    for (size_t i = 0; i < w->count[s]; i++) {
        struct evidence *e = ARENA_NEW(&w->a, struct evidence);
        e->contact = ARENA_ARRAY(&w->a, struct contact, w->contacts);
        for (size_t k = 0; k < w->contacts; k++) {
            const struct contact *c = &w->contact[k];
            if (str_eq(s == SIDE_SF ? c->account : c->company, w->row[s][i].rec.id))
                e->contact[e->count++] = *c;
        }
        w->row[s][i].people = e;
    }
}

static struct match ask(struct world *w, enum side s, const struct row *row)
{
    enum side o = side_other(s);
    struct neighbours n = {.side = s,
                           .other = w->list[o],
                           .others = w->count[o],
                           .own = w->list[s],
                           .owns = w->count[s]};
    struct settings set = {.match_domain = MATCH_DOMAIN_LINK};
    tell_people(w, SIDE_SF);
    tell_people(w, SIDE_HS);
    return match_one(&w->a, match_index(&w->a, &n), row, &set, true, false);
}

static void links(struct world *w, struct row *account, struct row *company, enum why why)
{
    struct match m = ask(w, SIDE_SF, account);
    assert_int_equal(m.kind, MATCH_ONE);
    assert_ptr_equal(m.partner, company);
    assert_int_equal(m.why, why);
    assert_int_equal(m.origin, ORIGIN_CONTACTS);
    m = ask(w, SIDE_HS, company);
    assert_int_equal(m.kind, MATCH_ONE);
    assert_ptr_equal(m.partner, account);
    assert_int_equal(m.why, why);
}

/* Neither finds the other. */
static void apart(struct world *w, struct row *account, struct row *company)
{
    assert_int_equal(ask(w, SIDE_SF, account).kind, MATCH_NONE);
    assert_int_equal(ask(w, SIDE_HS, company).kind, MATCH_NONE);
}

static void more_than_half_links(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    add(w, SIDE_HS, "2");
    person(w, "A", "1");
    links(w, account, company, WHY_SHARED_CONTACTS); /* the only one is more than half */
    person(w, "A", "1");
    person(w, "A", "2");
    links(w, account, company, WHY_SHARED_CONTACTS); /* two of three */
}

static void exactly_half_does_not(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    person(w, "A", "1");
    person(w, "A", NULL); /* counts, and is nowhere */
    apart(w, account, company);
}

static void three_companies_and_a_tie_decide_nothing(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    add(w, SIDE_HS, "2");
    add(w, SIDE_HS, "3");
    person(w, "A", "1");
    person(w, "A", "2");
    person(w, "A", "3");
    apart(w, account, company); /* a third each */
    person(w, "A", "1");
    apart(w, account, company); /* two of four */
    person(w, "A", "1");
    links(w, account, company, WHY_SHARED_CONTACTS); /* three of five */
}

/* What counts is the account's share: a company may hold many others. */
static void a_company_may_have_other_contacts(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    person(w, "A", "1");
    person(w, "", "1")->state = CONTACT_LEAD;
    person(w, "Z", "1"); /* of an account that we may not see */
    person(w, "Z", "1");
    links(w, account, company, WHY_SHARED_CONTACTS);
}

static void two_accounts_of_one_company_are_for_a_person(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *rival = add(w, SIDE_SF, "B");
    struct row *company = add(w, SIDE_HS, "1");
    person(w, "A", "1");
    person(w, "B", "1");
    for (int i = 0; i < 2; i++) {
        struct match m = ask(w, SIDE_SF, i ? rival : account);
        assert_int_equal(m.kind, MATCH_SEVERAL);
        assert_int_equal(m.why, WHY_SEVERAL);
        assert_ptr_equal(m.candidate[0], company);
    }
    struct match m = ask(w, SIDE_HS, company);
    assert_int_equal(m.kind, MATCH_SEVERAL);
    assert_int_equal(m.candidates, 2);
    rival->partner = S("7"); /* linked: no candidate any more */
    links(w, account, company, WHY_SHARED_CONTACTS);
}

static void a_sibling_passes_to_the_next_key(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *linked = add(w, SIDE_HS, "1");
    struct row *free_one = add(w, SIDE_HS, "2");
    person(w, "A", "1");
    linked->partner = S("B");
    account->rec.keys = free_one->rec.keys = (struct match_keys){5, 50, false};
    struct match m = ask(w, SIDE_SF, account);
    assert_int_equal(m.kind, MATCH_ONE);
    assert_ptr_equal(m.partner, free_one);
    assert_int_equal(m.why, WHY_SAME_HOST);
}

static void people_come_before_the_domain_and_after_ids(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    struct row *same_host = add(w, SIDE_HS, "2");
    account->rec.keys = same_host->rec.keys = (struct match_keys){5, 50, false};
    person(w, "A", "1");
    links(w, account, company, WHY_SHARED_CONTACTS);
    same_host->rec.native = S("A");
    assert_int_equal(ask(w, SIDE_SF, account).why, WHY_NATIVE_ID);
}

static void a_converted_lead_comes_before_shared_contacts(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    add(w, SIDE_HS, "2");
    person(w, "A", "2");
    person(w, "A", "2");
    converted(w, "A", "1");
    links(w, account, company, WHY_CONVERTED_LEAD);
    converted(w, "A", "2"); /* now two companies have one */
    assert_int_equal(ask(w, SIDE_SF, account).kind, MATCH_SEVERAL);
    assert_int_equal(ask(w, SIDE_SF, account).candidates, 2);
    assert_int_equal(ask(w, SIDE_HS, company).kind, MATCH_SEVERAL);
}

static void two_accounts_of_converted_leads_are_for_a_person(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    add(w, SIDE_SF, "B");
    converted(w, "A", "1");
    converted(w, "B", "1");
    assert_int_equal(ask(w, SIDE_HS, company).candidates, 2);
    assert_int_equal(ask(w, SIDE_SF, account).kind, MATCH_SEVERAL);
}

static void an_unlinked_pair_is_not_found_again(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A"), *company = add(w, SIDE_HS, "1");
    struct severed was = {.link.id = {S("A"), S("1")}};
    person(w, "A", "1");
    account->severed = company->severed = true;
    struct neighbours n = {.side = SIDE_SF,
                           .other = w->list[SIDE_HS],
                           .others = 1,
                           .own = w->list[SIDE_SF],
                           .owns = 1,
                           .severed = &was,
                           .severeds = 1};
    struct settings set = {.match_domain = MATCH_DOMAIN_LINK};
    tell_people(w, SIDE_SF);
    tell_people(w, SIDE_HS);
    struct match_index *ix = match_index(&w->a, &n);
    assert_int_equal(match_one(&w->a, ix, account, &set, true, false).kind, MATCH_NONE); /* S7.6 */
    assert_int_equal(match_one(&w->a, ix, account, &set, true, true).kind, MATCH_ONE);
}

static void a_company_with_another_accounts_id_is_no_candidate(void **state)
{
    struct world *w = *state;
    struct row *account = add(w, SIDE_SF, "A");
    add(w, SIDE_HS, "1")->rec.key = S("B");
    person(w, "A", "1");
    assert_int_equal(ask(w, SIDE_SF, account).kind, MATCH_NONE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(more_than_half_links),
        TEST(exactly_half_does_not),
        TEST(three_companies_and_a_tie_decide_nothing),
        TEST(a_company_may_have_other_contacts),
        TEST(two_accounts_of_one_company_are_for_a_person),
        TEST(a_sibling_passes_to_the_next_key),
        TEST(people_come_before_the_domain_and_after_ids),
        TEST(a_converted_lead_comes_before_shared_contacts),
        TEST(two_accounts_of_converted_leads_are_for_a_person),
        TEST(an_unlinked_pair_is_not_found_again),
        TEST(a_company_with_another_accounts_id_is_no_candidate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
