/* The HTTP client against a server that says what the test wrote down: deadlines, ceilings, cuts,
 * repeats (S8.2, S15.2, H2, H4, SF 4). Waits are on a clock that the test owns; only deadlines take
 * real time. */
#include "test_http.h"

/* ---- deadlines and ceilings ------------------------------------------------------------------ */

static void a_silent_service_is_left_after_the_deadline(void **state)
{
    BEGIN(c, {.hold = true});
    c.x.req.timeout_ms = SOON;
    struct http_options o = options(&c);
    o.max_attempts = 2;
    open_with(&c, &o);
    assert_false(one(&c));
    assert_string_equal(c.e.code, "timeout");
    assert_int_equal(c.e.kind, ERR_RETRY);
    assert_int_equal(c.x.attempts, 2);
    end(&c);
}

static void silence_in_mid_answer_is_no_answer(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"", .hold = true});
    once_only(&c);
    c.x.req.timeout_ms = SOON;
    assert_false(one(&c));
    assert_string_equal(c.e.code, "timeout");
    assert_false(c.x.answered);
    assert_true(c.x.unknown); /* S8.2 */
    assert_int_equal(c.x.attempts, 1);
    end(&c);
}

static void an_answer_may_be_as_large_as_was_said_and_no_larger(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"},
          {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n"
                  "67890\r\n0\r\n\r\n"});
    c.x.req.body_max = 10;
    assert_true(one(&c));
    assert_true(str_eq(c.x.res.body, S("0123456789")));
    assert_false(one(&c));
    assert_string_equal(c.e.code, "answer_too_large");
    assert_int_equal(c.x.attempts, 1); /* it would be as large again */
    end(&c);
}

/* 100,000 zeros in 133 bytes */
static const char zeros[] =
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 133\r\n\r\n"
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\x4a"
    "\xeb\x9f\xce\x1a\x1e\x40\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\xaf\x06\x85\xc2\x4d\xc5\xa0\x86\x01\x00";

static void the_ceiling_holds_for_what_is_unpacked(void **state)
{
    BEGIN(c, {.raw = zeros, .n = sizeof(zeros) - 1});
    assert_true(one(&c));
    assert_int_equal(c.x.res.body.n, 100000);
    c.x.req.body_max = 99999;
    assert_false(one(&c));
    assert_string_equal(c.e.code, "answer_too_large");
    end(&c);
}

/* A header that is lost without a word could be the one that says where the rest is. */
static void too_many_headers_are_an_error(void **state)
{
    struct client c;
    struct buf raw;
    (void)state;
    buf_init(&raw, MIB);
    buf_str(&raw, S("HTTP/1.1 200 OK\r\n"));
    for (int i = 0; i < 1000; i++)
        buf_fmt(&raw, "X-Pad-%d: %0100d\r\n", i, i);
    buf_str(&raw, S("Content-Length: 2\r\nSforce-Locator: MTA\r\n\r\n{}"));
    struct step step = {.raw = raw.p, .n = raw.n};
    begin(&c, &step, 1);
    assert_false(one(&c));
    assert_string_equal(c.e.code, "headers_too_large");
    assert_int_equal(c.x.attempts, 1);
    end(&c);
    buf_release(&raw);
}

static void headers_are_found_whatever_their_case(void **state)
{
    BEGIN(c,
          {.raw = "HTTP/1.1 100 Continue\r\nX-Left: 1\r\n\r\n"
                  "HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nX-a:  two words \r\nEmpty:\r\n\r\n{}"});
    assert_true(one(&c));
    assert_true(str_eq(http_header_get(&c.x.res, "X-A"), S("two words")));
    assert_int_equal(http_header_get(&c.x.res, "empty").n, 0);
    assert_null(http_header_get(&c.x.res, "x-left").p); /* of the 100 before it */
    end(&c);
}

/* ---- cuts ------------------------------------------------------------------------------------ */

static void what_may_be_repeated_survives_every_cut(void **state)
{
    BEGIN(
        c, {.drop = true}, {.raw = "HTTP/1.1 200 OK\r\nContent-Le", .drop = true},
        {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"", .drop = true},
        {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"a\":1", .drop = true},
        {.raw = OK_EMPTY});
    assert_true(one(&c));
    assert_int_equal(c.x.res.status, 200);
    assert_true(str_eq(c.x.res.body, S("{}")));
    assert_int_equal(c.x.attempts, 5);
    assert_false(c.x.unknown);
    assert_true(c.hand.slept_ms > 0);
    end(&c);
}

static void cut_once(const struct step *step)
{
    struct client c;
    begin(&c, step, 1);
    once_only(&c);
    assert_false(one(&c));
    assert_string_equal(c.e.code, "connection_lost");
    assert_true(c.x.unknown);
    assert_int_equal(c.x.attempts, 1);
    assert_int_equal(c.server.at, 1);
    end(&c);
}

static void what_may_not_be_repeated_is_unknown_after_a_cut(void **state)
{
    static const struct step cuts[] = {
        {.drop = true},
        {.raw = "HTTP/1.1 201 Created\r\nContent-", .drop = true},
        {.raw = "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{\"a\"", .drop = true}};
    (void)state;
    for (size_t i = 0; i < LEN(cuts); i++)
        cut_once(&cuts[i]);
}

/* curl would send it again by itself: the connection was used before and ended without a word. */
static void a_write_is_not_sent_twice_on_a_connection_that_died(void **state)
{
    BEGIN(c, {.raw = OK_EMPTY}, {.drop = true}, {.raw = OK_EMPTY});
    assert_true(one(&c));
    once_only(&c);
    assert_false(one(&c));
    assert_true(c.x.unknown);
    assert_int_equal(c.server.at, 2);
    end(&c);
}

/* The first attempt may have been done; that the others were not does not undo it. */
static void an_effect_stays_possible_when_the_service_goes_away(void **state)
{
    BEGIN(c, {.drop = true});
    struct http_exchange first = c.x;
    c.x.req.method = HTTP_PATCH;
    struct http_run *run = http_begin(c.http, &c.a);
    http_add(run, &c.x);
    for (int n; c.server.at == 0;) { /* the cut; from here on nobody listens */
        curl_multi_perform(c.http->multi, &n);
        curl_multi_poll(c.http->multi, NULL, 0, 5, NULL);
    }
    script_deaf(&c.server);
    assert_ptr_equal(http_next(run), &c.x);
    assert_true(http_end(run, &c.e));
    assert_false(c.x.answered);
    assert_string_equal(c.x.err.code, "no_connection");
    assert_true(c.x.attempts > 1);
    assert_true(c.x.unknown);
    /* Where no attempt got through there was none. */
    c.x = first;
    assert_false(one(&c));
    assert_false(c.x.unknown);
    end(&c);
}

static void an_effect_stays_possible_when_the_repeats_are_held_off(void **state)
{
    BEGIN(c, {.drop = true}, {.raw = STATUS(429)});
    c.x.req.method = HTTP_PATCH;
    assert_true(one(&c));
    assert_int_equal(c.x.res.status, 429);
    assert_true(c.x.unknown);
    end(&c);
}

static void an_effect_stays_possible_when_the_run_stops(void **state)
{
    BEGIN(c, {.drop = true});
    c.x.req.method = HTTP_PATCH;
    struct http_run *run = http_begin(c.http, &c.a);
    http_add(run, &c.x);
    c.stop = 1;
    assert_ptr_equal(http_next(run), &c.x);
    assert_false(http_end(run, &c.e));
    assert_int_equal(c.e.kind, ERR_STOPPED);
    assert_int_equal(c.x.attempts, 1);
    assert_true(c.x.unknown);
    end(&c);
}

/* ---- repeats --------------------------------------------------------------------------------- */

static void trouble_is_waited_out_longer_each_time(void **state)
{
    BEGIN(c, {.raw = STATUS(500)}, {.raw = STATUS(502)}, {.raw = STATUS(503)}, {.raw = OK_EMPTY});
    assert_true(one(&c));
    assert_int_equal(c.x.res.status, 200);
    assert_int_equal(c.x.attempts, 4);
    assert_in_range(c.hand.slept_ms, 875, 1753); /* 250 + 500 + 1000, each at least half */
    assert_int_equal(http_counted(c.http).retried, 3);
    assert_int_equal(http_counted(c.http).calls[HTTP_CLASS_PLAIN], 4);
    end(&c);
}

static void lasting_trouble_is_told_after_six_attempts(void **state)
{
    BEGIN(c, {.raw = STATUS(502)});
    assert_true(one(&c)); /* answered: the driver says what that means */
    assert_int_equal(c.x.res.status, 502);
    assert_int_equal(c.x.attempts, 6);
    assert_true(c.x.unknown);
    end(&c);
}

static void a_500_on_a_write_that_may_not_be_repeated_is_unknown(void **state)
{
    BEGIN(c, {.raw = STATUS(500)});
    once_only(&c);
    assert_true(one(&c));
    assert_true(c.x.unknown);
    assert_int_equal(c.x.attempts, 1);
    end(&c);
}

static void without_effect_everything_is_repeated(void **state)
{
    BEGIN(c, {.raw = STATUS(503)}, {.raw = STATUS(429)}, {.raw = OK_EMPTY});
    once_only(&c);
    assert_true(one(&c));
    assert_int_equal(c.x.res.status, 200);
    assert_int_equal(c.x.attempts, 3);
    assert_false(c.x.unknown);
    end(&c);
}

static void what_is_wrong_stays_wrong(void **state)
{
    BEGIN(c, {.raw = STATUS(400)});
    assert_true(one(&c));
    assert_int_equal(c.x.attempts, 1);
    assert_int_equal(c.hand.slept_ms, 0);
    end(&c);
}

static int64_t told(const char *value, int64_t most)
{
    struct http_header header[] = {{S("Retry-After"), str_from(value)}};
    struct http_response res = {.header = header, .headers = 1, .date_ms = NOW_MS};
    return retry_after_ms(&res, most);
}

/* H4.11: a whole number of seconds within reason; RFC 9110 also has a date. */
static void retry_after_is_taken_only_when_it_makes_sense(void **state)
{
    struct http_response none = {0};
    (void)state;
    assert_int_equal(told("1", MS_HOUR), 1000);
    assert_int_equal(told("3600", MS_HOUR), MS_HOUR);
    assert_int_equal(told("3601", MS_HOUR), 0);
    assert_int_equal(told("7200", MS_DAY), 2 * MS_HOUR); /* 477: up to a day (H4.16) */
    assert_int_equal(told("0", MS_HOUR), 0);
    assert_int_equal(told("-5", MS_HOUR), 0);
    assert_int_equal(told("1.5", MS_HOUR), 0);
    assert_int_equal(told("99999999999999999999", MS_HOUR), 0);
    assert_int_equal(told("soon", MS_HOUR), 0);
    assert_int_equal(told("", MS_HOUR), 0);
    assert_int_equal(told("Mon, 23 Nov 2026 16:24:39 GMT", MS_HOUR), 30000);
    assert_int_equal(told("Mon, 23 Nov 2026 16:24:09 GMT", MS_HOUR), 0);
    assert_int_equal(told("Mon, 23 Nov 2026 15:00:00 GMT", MS_HOUR), 0);
    assert_int_equal(told("Fri, 01 Jan 2027 00:00:00 GMT", MS_HOUR), 0);
    assert_int_equal(retry_after_ms(&none, MS_HOUR), 0);
}

static void the_time_told_is_waited(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"},
          {.raw = OK_EMPTY});
    assert_true(one(&c));
    assert_in_range(c.hand.slept_ms, 7000, 7800); /* and a tenth of jitter */
    assert_int_equal(http_counted(c.http).limited, 1);
    end(&c);
}

static void the_days_end_ends_the_run(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 477 X\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"},
          {.raw = OK_EMPTY});
    struct http_options o = options(&c);
    o.limits.parallel = 1;
    open_with(&c, &o);
    struct http_exchange x[2] = {c.x, c.x};
    assert_false(http_all(c.http, &c.a, x, 2, &c.e));
    assert_int_equal(c.e.kind, ERR_WAIT);
    assert_string_equal(c.e.rule, "S16.2");
    assert_int_equal(c.e.retry_at_ms, NOW_MS + 60000);
    assert_int_equal(x[1].attempts, 0);
    assert_int_equal(x[1].err.kind, ERR_WAIT);
    assert_int_equal(c.server.at, 1);
    end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_service_is_left_after_the_deadline),
        cmocka_unit_test(silence_in_mid_answer_is_no_answer),
        cmocka_unit_test(an_answer_may_be_as_large_as_was_said_and_no_larger),
        cmocka_unit_test(the_ceiling_holds_for_what_is_unpacked),
        cmocka_unit_test(too_many_headers_are_an_error),
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(what_may_be_repeated_survives_every_cut),
        cmocka_unit_test(what_may_not_be_repeated_is_unknown_after_a_cut),
        cmocka_unit_test(a_write_is_not_sent_twice_on_a_connection_that_died),
        cmocka_unit_test(an_effect_stays_possible_when_the_service_goes_away),
        cmocka_unit_test(an_effect_stays_possible_when_the_repeats_are_held_off),
        cmocka_unit_test(an_effect_stays_possible_when_the_run_stops),
        cmocka_unit_test(trouble_is_waited_out_longer_each_time),
        cmocka_unit_test(lasting_trouble_is_told_after_six_attempts),
        cmocka_unit_test(a_500_on_a_write_that_may_not_be_repeated_is_unknown),
        cmocka_unit_test(without_effect_everything_is_repeated),
        cmocka_unit_test(what_is_wrong_stays_wrong),
        cmocka_unit_test(retry_after_is_taken_only_when_it_makes_sense),
        cmocka_unit_test(the_time_told_is_waited),
        cmocka_unit_test(the_days_end_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
