/* What a reading means, where no scenario can see it. */
#include "unit.h"

#include "core/enter.h"

static const struct enter_context ctx = {.side = SIDE_SF, .switch_on = true};

/* The store keeps no site that is no key (S7.2). */
static void read_again_an_account_of_a_free_mail_host_is_no_news(void **state)
{
    (void)state;
    struct row old = {.rec.keys = {.host = 7, .no_key = true}}, fresh = old;
    fresh.rec.keys.site = 7;
    assert_false(enter_row(&ctx, &old, &fresh));
}

static void a_host_that_becomes_a_key_is_news(void **state)
{
    (void)state;
    struct row old = {.rec.keys = {.host = 7, .no_key = true}}, fresh = old;
    fresh.rec.keys = (struct match_keys){.host = 7, .site = 7};
    assert_true(enter_row(&ctx, &old, &fresh));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_again_an_account_of_a_free_mail_host_is_no_news),
        cmocka_unit_test(a_host_that_becomes_a_key_is_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
