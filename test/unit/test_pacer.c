/* S16.2: the burst is used and never passed; time is a number here. */
#include "unit.h"

#include "net/pacer.h"
#include "net/retry.h"

enum { LIMIT = 190, WINDOW_MS = 10000 };

/* A client that always has work, eight calls at once, each answered after `answer_us`. Returns the
 * calls sent in `span_us`; checks at every arrival that the service's own window is kept. */
static unsigned run(int64_t answer_us, int64_t span_us)
{
    static int64_t sent[100000];
    struct pacer p;
    int64_t now = 0, flying[8];
    unsigned n = 0, in_flight = 0;
    pacer_init(&p, LIMIT, WINDOW_MS);
    while (now < span_us) {
        int64_t wait = in_flight == LEN(flying) ? INT64_MAX : pacer_wait_us(&p, now);
        if (wait == 0) {
            sent[n++] = now;
            assert_true(n <= LIMIT || now - sent[n - 1 - LIMIT] >= WINDOW_MS * 1000);
            flying[in_flight++] = now + answer_us;
            pacer_sent(&p);
            continue;
        }
        int64_t next = wait == INT64_MAX ? INT64_MAX : now + wait;
        if (in_flight > 0 && flying[0] <= next) {
            now = flying[0];
            for (unsigned i = 1; i < in_flight; i++)
                flying[i - 1] = flying[i];
            in_flight--;
            pacer_answered(&p, now);
        } else {
            now = next;
        }
    }
    pacer_release(&p);
    return n;
}

/* 98 % of what the window allows, at answers up to 0.2 s. */
static void the_burst_is_used(void **state)
{
    (void)state;
    enum { WINDOWS = 20 };
    int64_t answers[] = {1000, 50000, 200000};
    for (size_t i = 0; i < LEN(answers); i++) {
        unsigned sent = run(answers[i], (int64_t)WINDOWS * WINDOW_MS * 1000);
        assert_in_range(sent, LIMIT * WINDOWS * 98 / 100, LIMIT * WINDOWS);
    }
}

static void a_block_holds_all(void **state)
{
    struct pacer p;
    (void)state;
    pacer_init(&p, LIMIT, WINDOW_MS);
    pacer_block(&p, 5000);
    assert_int_equal(pacer_wait_us(&p, 1000), 4000);
    pacer_block(&p, 3000); /* an earlier end does not shorten it */
    assert_int_equal(pacer_wait_us(&p, 1000), 4000);
    assert_int_equal(pacer_wait_us(&p, 5000), 0);
    pacer_release(&p);
}

/* What another process used of the window counts as ours. */
static void what_others_used_is_learnt(void **state)
{
    struct pacer p;
    (void)state;
    pacer_init(&p, 10, 1000);
    pacer_sent(&p);
    pacer_answered(&p, 100);
    pacer_learn(&p, 2, 100); /* eight of ten are used: seven by others */
    assert_int_equal(pacer_wait_us(&p, 100), 0);
    pacer_sent(&p);
    pacer_sent(&p);
    assert_int_equal(pacer_wait_us(&p, 200), 1000100 - 200);
    pacer_release(&p);
}

static void no_limit_never_waits(void **state)
{
    struct pacer p;
    (void)state;
    pacer_init(&p, 0, 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(pacer_wait_us(&p, 0), 0);
        pacer_sent(&p);
        pacer_answered(&p, 0);
    }
    pacer_release(&p);
}

/* S15.2: exponential, with jitter, bounded; a told time is kept. */
static void delays_grow_and_stay_bounded(void **state)
{
    struct rng rng;
    (void)state;
    rng_seed(&rng, 1);
    assert_in_range(retry_delay_ms(1, 0, &rng), 125, 250);
    assert_in_range(retry_delay_ms(4, 0, &rng), 1000, 2000);
    assert_in_range(retry_delay_ms(40, 0, &rng), 15000, 30000);
    assert_in_range(retry_delay_ms(1, 10000, &rng), 10000, 11000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_burst_is_used),
        cmocka_unit_test(a_block_holds_all),
        cmocka_unit_test(what_others_used_is_learnt),
        cmocka_unit_test(no_limit_never_waits),
        cmocka_unit_test(delays_grow_and_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
