/* S7.1, S7.2, S7.8: who is whose partner. Rows are made by hand; keys are small numbers. */
#include "unit.h"

#include <string.h>

#include "core/match.h"

struct world { /* rows of both sides, and the answer for one account */
    struct row row[2][8];
    struct row *list[2][8];
    size_t count[2];
};

static struct row *add(struct world *w, enum side s, const char *id, uint64_t host, uint64_t site)
{
    struct row *r = &w->row[s][w->count[s]];
    *r = (struct row){.rec = {.id = str_from(id), .keys = {host, site, false}}};
    r->rec.created_ms = (int64_t)w->count[s];
    w->list[s][w->count[s]++] = r;
    return r;
}

static struct match ask(struct world *w, struct arena *a, const struct row *row,
                        enum match_domain domain)
{
    struct neighbours n = {SIDE_SF, w->list[SIDE_HS], w->count[SIDE_HS], w->list[SIDE_SF],
                           w->count[SIDE_SF]};
    struct settings set = {.match_domain = domain};
    return match_one(a, match_index(a, &n), row, &set, true, false);
}

#define WORLD                                                                                      \
    struct world w = {0};                                                                          \
    struct arena a;                                                                                \
    (void)state;                                                                                   \
    arena_init(&a, 16 * MIB)

static void the_same_host_links(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    add(&w, SIDE_HS, "9", 1, 10);
    struct match m = ask(&w, &a, account, MATCH_DOMAIN_LINK);
    assert_int_equal(m.kind, MATCH_ONE);
    assert_int_equal(m.why, WHY_SAME_HOST);
    assert_int_equal(ask(&w, &a, account, MATCH_DOMAIN_REVIEW).kind, MATCH_SEVERAL);
    assert_int_equal(ask(&w, &a, account, MATCH_DOMAIN_OFF).kind, MATCH_NONE);
    arena_release(&a);
}

static struct value text(const char *s)
{
    return s ? value_text(str_from(s)) : VALUE_EMPTY;
}

/* S7.4 for an account of country `here` and a company of country `there`. */
static size_t near(const char *here, const char *there, uint64_t other_name, bool claimed)
{
    struct arena a;
    struct world w = {0};
    struct mapping country = {.name = {S("BillingCountry"), S("country")}, .rule = RULE_PREFER_SF};
    struct mappings m = {&country, 1};
    struct value value[2] = {text(here), text(there)};
    struct row **out;
    arena_init(&a, 16 * MIB);
    country.scale = -1;
    struct row *account = add(&w, SIDE_SF, "A", 0, 0), *company = add(&w, SIDE_HS, "9", 5, 50);
    if (claimed)
        add(&w, SIDE_SF, "B", 5, 50);
    account->rec.name_key = 7;
    company->rec.name_key = other_name;
    account->rec.value = &value[SIDE_SF];
    company->rec.value = &value[SIDE_HS];
    struct neighbours n = {SIDE_SF, w.list[SIDE_HS], w.count[SIDE_HS], w.list[SIDE_SF],
                           w.count[SIDE_SF]};
    size_t found = match_near(&a, match_index(&a, &n), &m, account, &out);
    company->partner = S("B");
    assert_int_equal(match_near(&a, match_index(&a, &n), &m, account, &out), 0); /* linked */
    arena_release(&a);
    return found;
}

static void near_names_of_one_country_are_shown(void **state)
{
    (void)state;
    assert_int_equal(near("France", "France", 7, false), 1);
    assert_int_equal(near("France", "FRANCE", 7, false), 1);
    assert_int_equal(near("France", NULL, 7, false), 1); /* it may be the same */
    assert_int_equal(near(NULL, NULL, 7, false), 1);
    assert_int_equal(near("France", "Germany", 7, false), 0);
    assert_int_equal(near("Germany", "Deutschland", 7, false), 1);
    assert_int_equal(near("Germany", "de", 7, false), 1);
    assert_int_equal(near("Germany", "Frankreich", 7, false), 0);
    assert_int_equal(near("Atlantis", "Atlantida", 7, false), 0); /* neither is known */
    assert_int_equal(near("France", "France", 8, false), 0);
    assert_int_equal(near("France", "France", 7, true), 0); /* its host is another account's */
}

static void our_key_beats_the_native_id_beats_the_domain(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    add(&w, SIDE_HS, "1", 1, 10);
    struct row *native = add(&w, SIDE_HS, "2", 0, 0);
    native->rec.native = S("A");
    assert_string_equal(ask(&w, &a, account, MATCH_DOMAIN_LINK).partner->rec.id.p, "2");
    struct row *key = add(&w, SIDE_HS, "3", 0, 0);
    key->rec.key = S("A");
    struct match m = ask(&w, &a, account, MATCH_DOMAIN_LINK);
    assert_string_equal(m.partner->rec.id.p, "3");
    assert_int_equal(m.why, WHY_OUR_KEY);
    arena_release(&a);
}

static void several_on_either_side_are_for_a_person(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    add(&w, SIDE_HS, "1", 1, 10);
    add(&w, SIDE_HS, "2", 1, 10);
    struct match m = ask(&w, &a, account, MATCH_DOMAIN_LINK);
    assert_int_equal(m.kind, MATCH_SEVERAL);
    assert_int_equal(m.candidates, 2);
    arena_release(&a);
    struct world v = {0};
    arena_init(&a, 16 * MIB);
    account = add(&v, SIDE_SF, "A", 1, 10);
    add(&v, SIDE_SF, "B", 1, 10);
    add(&v, SIDE_HS, "1", 1, 10);
    assert_int_equal(ask(&v, &a, account, MATCH_DOMAIN_LINK).kind, MATCH_SEVERAL);
    arena_release(&a);
}

static void only_the_registrable_domain_is_for_a_person(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    add(&w, SIDE_HS, "1", 2, 10);
    struct match m = ask(&w, &a, account, MATCH_DOMAIN_LINK);
    assert_int_equal(m.kind, MATCH_SITE);
    assert_int_equal(m.why, WHY_SAME_SITE);
    /* The answer does not depend on order: with an account of that very host it is taken. */
    add(&w, SIDE_SF, "B", 2, 10);
    assert_int_equal(ask(&w, &a, account, MATCH_DOMAIN_LINK).kind, MATCH_NONE);
    arena_release(&a);
}

static void a_linked_one_makes_a_sibling(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    struct row *company = add(&w, SIDE_HS, "1", 1, 10);
    company->partner = S("other");
    struct match m = ask(&w, &a, account, MATCH_DOMAIN_LINK);
    assert_int_equal(m.kind, MATCH_NONE);
    assert_ptr_equal(m.shares_with, company);
    assert_true(m.domain_taken); /* S7.8 */
    arena_release(&a);
}

static void free_mail_is_no_key(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    add(&w, SIDE_HS, "1", 1, 10)->rec.keys.no_key = true;
    assert_int_equal(ask(&w, &a, account, MATCH_DOMAIN_LINK).kind, MATCH_NONE);
    arena_release(&a);
}

/* S2.4 */
static void persons_are_candidates_where_they_enter(void **state)
{
    WORLD;
    add(&w, SIDE_SF, "A", 1, 10)->rec.person = true;
    struct row *company = add(&w, SIDE_HS, "1", 1, 10);
    for (int enter = 0; enter < 2; enter++) {
        struct neighbours n = {.side = SIDE_HS,
                               .other = w.list[SIDE_SF],
                               .others = 1,
                               .own = w.list[SIDE_HS],
                               .owns = 1,
                               .persons = enter};
        struct settings set = {.match_domain = MATCH_DOMAIN_LINK};
        struct match m = match_one(&a, match_index(&a, &n), company, &set, true, false);
        assert_int_equal(m.kind, enter ? MATCH_ONE : MATCH_NONE);
    }
    arena_release(&a);
}

/* S7.2: two accounts with one website and no company: both are created; S7.8: the older one's
 * company takes the domain. */
static void the_older_twin_takes_the_domain(void **state)
{
    WORLD;
    struct row *older = add(&w, SIDE_SF, "A", 1, 10), *younger = add(&w, SIDE_SF, "B", 1, 10);
    assert_int_equal(ask(&w, &a, older, MATCH_DOMAIN_LINK).kind, MATCH_NONE);
    assert_false(ask(&w, &a, older, MATCH_DOMAIN_LINK).domain_taken);
    assert_true(ask(&w, &a, younger, MATCH_DOMAIN_LINK).domain_taken);
    arena_release(&a);
}

static void a_company_with_another_accounts_id_is_no_candidate(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    add(&w, SIDE_HS, "1", 1, 10)->rec.key = S("B");
    assert_int_equal(ask(&w, &a, account, MATCH_DOMAIN_LINK).kind, MATCH_NONE);
    arena_release(&a);
}

static void an_additional_domain_counts(void **state)
{
    WORLD;
    struct row *account = add(&w, SIDE_SF, "A", 1, 10);
    struct row *company = add(&w, SIDE_HS, "1", 5, 50);
    company->rec.more[0] = (struct match_keys){1, 10, false};
    company->rec.more_count = 1;
    assert_int_equal(ask(&w, &a, account, MATCH_DOMAIN_LINK).kind, MATCH_ONE);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_host_links),
        cmocka_unit_test(near_names_of_one_country_are_shown),
        cmocka_unit_test(our_key_beats_the_native_id_beats_the_domain),
        cmocka_unit_test(several_on_either_side_are_for_a_person),
        cmocka_unit_test(only_the_registrable_domain_is_for_a_person),
        cmocka_unit_test(a_linked_one_makes_a_sibling),
        cmocka_unit_test(free_mail_is_no_key),
        cmocka_unit_test(persons_are_candidates_where_they_enter),
        cmocka_unit_test(the_older_twin_takes_the_domain),
        cmocka_unit_test(a_company_with_another_accounts_id_is_no_candidate),
        cmocka_unit_test(an_additional_domain_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
