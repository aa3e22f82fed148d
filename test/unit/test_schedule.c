/* When what comes next: back-off with jitter, the stretched poll, the next pass. */
#include "unit.h"

#include "core/schedule.h"

#define MOST (15 * MS_MINUTE)

static void back_off_doubles_up_to_its_most(void **state)
{
    static const int64_t full[] = {1000, 2000, 4000, 8000, 16000, 32000, 64000};
    (void)state;
    for (unsigned i = 0; i < LEN(full); i++) {
        assert_int_equal(back_off_ms(1000, MOST, i + 1, (uint64_t)full[i] / 2), full[i]);
        assert_int_equal(back_off_ms(1000, MOST, i + 1, 0), full[i] / 2);
    }
    for (unsigned i = 11; i < 200; i++)
        assert_int_equal(back_off_ms(1000, MOST, i, (uint64_t)MOST / 2), MOST);
    assert_int_equal(back_off_ms(MS_DAY, MOST, 1, (uint64_t)MOST / 2), MOST);
    assert_int_equal(back_off_ms(1000, INT64_MAX, UINT32_MAX, 0), INT64_MAX - INT64_MAX / 2);
}

/* Those that failed together come back apart, never too soon and never later than without. */
static void back_off_is_spread(void **state)
{
    int64_t low = INT64_MAX, high = 0;
    (void)state;
    for (uint64_t c = 0; c < 5000; c++) {
        int64_t wait = back_off_ms(1000, MOST, 3, c * 0x9e3779b97f4a7c15);
        low = MIN(low, wait);
        high = MAX(high, wait);
        assert_in_range(wait, 2000, 4000);
    }
    assert_true(low < 2100 && high > 3900);
}

static void the_poll_stretches_to_its_share(void **state)
{
    (void)state;
    assert_int_equal(poll_interval_ms(60000, 5, 0), 60000); /* not known */
    assert_int_equal(poll_interval_ms(60000, 0, 1000), 60000);
    /* 20 % of 50,000 are 10,000 calls: 2,000 polls of 5 calls, one each 43.2 s */
    assert_int_equal(poll_interval_ms(60000, 5, 50000), 60000);
    assert_int_equal(poll_interval_ms(30000, 5, 50000), 43200);
    /* 20 % of 7,500 are 1,500: 300 polls a day */
    assert_int_equal(poll_interval_ms(60000, 5, 7500), 288000);
    assert_int_equal(poll_interval_ms(60000, 5, 7), MS_DAY);
    assert_int_equal(poll_interval_ms(60000, UINT64_MAX, 50000), MS_DAY);
    assert_int_equal(poll_interval_ms(60000, 5, INT64_MAX), 60000);
}

static void a_round_keeps_pace_with_its_age(void **state)
{
    (void)state;
    assert_int_equal(round_due(MS_DAY, 0, 100000, 0), 0);
    assert_int_equal(round_due(MS_DAY, -MS_HOUR, 100000, 0), 0); /* a clock that went back */
    assert_int_equal(round_due(MS_DAY, MS_HOUR, 24000, 0), 1000);
    assert_int_equal(round_due(MS_DAY, MS_HOUR, 24000, 400), 600);
    assert_int_equal(round_due(MS_DAY, MS_HOUR, 24000, 2000), 0); /* ahead */
    assert_int_equal(round_due(MS_DAY, MS_DAY - 1, 30, 0), 29);
    assert_true(round_due(MS_DAY, MS_DAY, 30, 30) == ROUND_ALL); /* the end comes by its age */
    assert_true(round_due(MS_DAY, MS_DAY, 0, 0) == ROUND_ALL);
}

static void the_next_pass_comes_when_something_is_due(void **state)
{
    static const int64_t now[] = {100000, 500000}, nothing[] = {0, 0};
    struct pass_end end = {.how = END_DONE};
    (void)state;
    assert_int_equal(next_pass_ms(&end, 60000, nothing, now, 7), 60000);
    assert_int_equal(next_pass_ms(&end, 60000, (int64_t[]){130000, 0}, now, 7), 30000);
    assert_int_equal(next_pass_ms(&end, 60000, (int64_t[]){130000, 510000}, now, 7), 10000);
    assert_int_equal(next_pass_ms(&end, 60000, (int64_t[]){9000000, 0}, now, 7), 60000);
    assert_int_equal(next_pass_ms(&end, 60000, (int64_t[]){1, 0}, now, 7), PASS_PAUSE_MS);
    end.how = END_MORE;
    assert_int_equal(next_pass_ms(&end, 60000, nothing, now, 7), PASS_PAUSE_MS);
}

static void a_pass_that_failed_waits(void **state)
{
    static const int64_t now[] = {100000, 100000}, due[] = {1, 1};
    struct pass_end end = {.how = END_REFUSED};
    (void)state;
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 0), 60000); /* a person's turn */
    end = (struct pass_end){.how = END_FAILED, .failures = 1};
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 0), 30000);
    end.failures = 3;
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 0), 120000);
    end.failures = 50;
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 450000), MOST);
    end = (struct pass_end){.how = END_WAIT, .failures = 1, .until_ms = 400000};
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 0), 300000);
    end.until_ms = 100001; /* not sooner than the interval, */
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 0), 60000);
    end.until_ms = 100000 + MS_DAY; /* nor so late that a quota given back early is wasted */
    assert_int_equal(next_pass_ms(&end, 60000, due, now, 0), MS_HOUR);
    end.until_ms = 0;
    assert_int_equal(next_pass_ms(&end, 5000, due, now, 0), 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(back_off_doubles_up_to_its_most),
        cmocka_unit_test(back_off_is_spread),
        cmocka_unit_test(the_poll_stretches_to_its_share),
        cmocka_unit_test(a_round_keeps_pace_with_its_age),
        cmocka_unit_test(the_next_pass_comes_when_something_is_due),
        cmocka_unit_test(a_pass_that_failed_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
