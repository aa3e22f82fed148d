/* The HTTP client: credentials, pace, trace, streams, the service's clock (S16.2, S17.1, H4.14, SF
 * 2.3). */
#include "test_http.h"

#include "text/json.h"

/* ---- credentials ----------------------------------------------------------------------------- */

static bool seen(struct client *c, size_t i, const char *text)
{
    return str_find(buf_view(&c->server.seen[i]), str_from(text)) >= 0;
}

static void a_lost_session_is_renewed_once_for_all(void **state)
{
    BEGIN(c, {.raw = OK_EMPTY, .wants = "token-two", .other = STATUS(401)});
    struct http_options o = options(&c);
    o.auth = &c.auth;
    o.limits.parallel = 2;
    open_with(&c, &o);
    struct http_exchange x[2] = {c.x, c.x};
    assert_true(http_all(c.http, &c.a, x, 2, &c.e));
    assert_int_equal(x[0].res.status, 200);
    assert_int_equal(x[1].res.status, 200);
    assert_int_equal(c.renewals, 1);
    assert_int_equal(c.server.at, 4);
    assert_true(seen(&c, 0, "Authorization: Bearer token-one\r\n"));
    end(&c);
}

static void credentials_that_are_refused_again_end_the_run(void **state)
{
    BEGIN(c, {.raw = STATUS(401)});
    struct http_options o = options(&c);
    o.auth = &c.auth;
    open_with(&c, &o);
    assert_false(one(&c));
    assert_int_equal(c.e.kind, ERR_REAUTH);
    assert_int_equal(c.server.at, 2);
    assert_null(strstr(c.e.msg, "token-"));
    end(&c);
}

/* The address elsewhere is not ours to trust with a token. */
static void a_redirect_is_not_followed(void **state)
{
    struct scripted elsewhere;
    static const struct step welcome = {.raw = OK_EMPTY};
    char raw[256];
    struct client c;
    (void)state;
    script_start(&elsewhere, &welcome, 1);
    snprintf(raw, sizeof(raw), "HTTP/1.1 302 X\r\nLocation: %s/a\r\nContent-Length: 0\r\n\r\n",
             elsewhere.base);
    begin(&c, &(struct step){.raw = raw}, 1);
    struct http_options o = options(&c);
    o.auth = &c.auth;
    open_with(&c, &o);
    assert_true(one(&c));
    assert_int_equal(c.x.res.status, 302);
    assert_int_equal(elsewhere.at, 0);
    end(&c);
    script_stop(&elsewhere);
}

static void a_call_without_credentials_carries_none(void **state)
{
    BEGIN(c, {.raw = OK_EMPTY});
    struct http_options o = options(&c);
    o.auth = &c.auth;
    open_with(&c, &o);
    c.x.req.no_auth = true;
    assert_true(one(&c));
    assert_false(seen(&c, 0, "Authorization"));
    assert_int_equal(c.tokens, 0);
    end(&c);
}

/* ---- pace ------------------------------------------------------------------------------------ */

static void the_window_is_kept(void **state)
{
    BEGIN(c, {.raw = OK_EMPTY});
    struct http_options o = options(&c);
    struct http_exchange x[7];
    o.limits = (struct http_limits){.burst = 2, .burst_ms = 10000, .parallel = 8};
    open_with(&c, &o);
    for (size_t i = 0; i < LEN(x); i++)
        x[i] = c.x;
    x[6].req.class = HTTP_CLASS_FREE; /* draws on no window */
    assert_true(http_all(c.http, &c.a, x, LEN(x), &c.e));
    assert_int_equal(c.hand.slept_ms, 20000); /* two, two, two */
    assert_int_equal(http_counted(c.http).calls[HTTP_CLASS_FREE], 1);
    end(&c);
}

static void what_others_use_is_yielded_to(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 200 OK\r\nX-Left: 1\r\nContent-Length: 0\r\n\r\n"},
          {.raw = "HTTP/1.1 200 OK\r\nX-Left: 0\r\nContent-Length: 0\r\n\r\n"}, {.raw = OK_EMPTY});
    struct http_options o = options(&c);
    o.limits = (struct http_limits){.burst = 100, .burst_ms = 10000, .parallel = 1};
    open_with(&c, &o);
    struct http_exchange x[3] = {c.x, c.x, c.x};
    assert_true(http_all(c.http, &c.a, x, 3, &c.e));
    assert_int_equal(c.hand.slept_ms, 10000);
    end(&c);
}

static void a_429_holds_the_others_too(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 429 X\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"},
          {.raw = OK_EMPTY});
    struct http_options o = options(&c);
    o.limits.parallel = 1;
    open_with(&c, &o);
    struct http_exchange x[2] = {c.x, c.x};
    assert_true(http_all(c.http, &c.a, x, 2, &c.e));
    assert_in_range(c.hand.slept_ms, 10000, 11000);
    assert_int_equal(c.server.at, 3); /* and no call more than that */
    end(&c);
}

/* ---- trace ----------------------------------------------------------------------------------- */

static struct str traced(struct client *c, FILE *f)
{
    struct str text = {arena_bytes(&c->a, MIB), 0};
    rewind(f);
    text.n = fread((char *)text.p, 1, MIB, f);
    return text;
}

static bool says(struct str text, const char *part)
{
    return str_find(text, str_from(part)) >= 0;
}

/* S17.1: whoever is sent the file gets no secret with it; what helps him is there. */
static void the_trace_tells_no_secret(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 400 X\r\nSet-Cookie: sid=hush0\r\nContent-Length: 190\r\n\r\n"
                     "{\"access_token\":\"hush1\",\"refresh_token\" : \"hush2\\\"hush3\","
                     "\"password\":\"hush4 hush5\",\"tokens\":[{\"token\":[\"hush6\"]}],"
                     "\"client_secret\":null,\"sessionId\":12345678,"
                     "\"errors\":[{\"code\":\"INVALID_OPTION\"}]}     "});
    FILE *f = tmpfile();
    struct http_options o = options(&c);
    struct http_header more = {S("X-Thing"), S("hush7")};
    yyjson_val *root;
    o.auth = &c.auth;
    o.trace_fd = fileno(f);
    open_with(&c, &o);
    c.x.req = (struct http_request){
        .method = HTTP_POST,
        .path = S("/oauth/token?code=hush8&state=shown"),
        .content_type = S("application/x-www-form-urlencoded"),
        .body = S("grant_type=jwt&assertion=hush9.a.b&client_secret=hushA%20hushB&code=hushC"),
        .header = &more,
        .headers = 1};
    assert_true(one(&c));
    struct str text = traced(&c, f);
    fclose(f);
    if (says(text, "hush") || says(text, "12345678") || says(text, "token-one"))
        fail_msg("%.*s", STR_ARG(text));
    assert_true(json_parse(&c.a, text, &root, &c.e));
    assert_true(str_eq(json_get(root, "status"), S("400")));
    assert_true(says(text, "grant_type=jwt") && says(text, "state=shown"));
    assert_true(says(text, "INVALID_OPTION")); /* an error's code is no secret */
    end(&c);
}

static void the_trace_has_a_whole_line_for_every_attempt(void **state)
{
    struct client c;
    struct buf raw;
    (void)state;
    buf_init(&raw, MIB);
    buf_str(&raw, S("HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 9000\r\n\r\n"));
    for (int i = 0; i < 9000; i++)
        buf_char(&raw, i % 2 ? '\1' : '"');
    struct step steps[] = {{.raw = raw.p, .n = raw.n}, {.drop = true}, {.raw = OK_EMPTY}};
    begin(&c, steps, LEN(steps));
    FILE *f = tmpfile();
    struct http_options o = options(&c);
    o.trace_fd = fileno(f);
    open_with(&c, &o);
    c.x.req.method = HTTP_PATCH;
    c.x.req.body = str_slice(buf_view(&raw), 40, 8000);
    assert_true(one(&c));
    struct str rest = traced(&c, f), line;
    static const char *const status[] = {"503", "0", "200"};
    size_t n = 0;
    while (str_cut(&rest, '\n', &line) && line.n) {
        yyjson_val *root;
        assert_true(json_parse(&c.a, line, &root, &c.e));
        assert_true(str_eq(json_get(root, "status"), str_from(status[n])));
        assert_int_equal(json_i64(yyjson_obj_get(root, "attempt"), 0), ++n);
    }
    assert_int_equal(n, 3);
    fclose(f);
    end(&c);
    buf_release(&raw);
}

/* ---- streams --------------------------------------------------------------------------------- */

static struct http_stream *stream(struct client *c)
{
    struct http_stream *s = NULL;
    return http_stream_open(c->http, &c->a, &c->x, &s, &c->e) ? s : NULL;
}

/* Reads to the end; false = cut. */
static bool drain(struct client *c, struct http_stream *s, size_t *bytes)
{
    char some[1000];
    size_t n = 1;
    *bytes = 0;
    while (n > 0) {
        if (!http_stream_read(s, some, sizeof(some), &n, &c->e))
            return false;
        *bytes += n;
    }
    return true;
}

static void a_stream_is_whole_or_an_error(void **state)
{
    size_t n;
    BEGIN(c, {.raw = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\n12345"},
          {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12345", .drop = true},
          {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
           .drop = true},
          {.raw = "HTTP/1.1 200 OK\r\nContent-", .drop = true},
          {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
    for (int i = 0; i < 5; i++) {
        struct http_stream *s = stream(&c);
        bool whole = s && drain(&c, s, &n);
        assert_int_equal(whole, i == 0 || i == 4);
        if (whole) {
            assert_int_equal(c.x.res.status, 200);
            assert_int_equal(n, i == 0 ? 5 : 0);
        } else {
            assert_int_equal(c.e.kind, ERR_RETRY);
            assert_string_equal(c.e.code, "connection_lost");
        }
        http_stream_close(s);
    }
    end(&c);
}

static void a_stream_ends_when_asked_to_stop(void **state)
{
    size_t n;
    BEGIN(c, {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12345", .hold = true});
    struct http_stream *s = stream(&c);
    assert_non_null(s);
    c.stop = 1;
    assert_false(drain(&c, s, &n));
    assert_int_equal(c.e.kind, ERR_STOPPED);
    http_stream_close(s);
    end(&c);
}

static void the_services_clock_is_learnt(void **state)
{
    BEGIN(c, {.raw = "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 17:24:09 GMT\r\n"
                     "Content-Length: 2\r\n\r\n{}"});
    assert_int_equal(http_now_ms(c.http), NOW_MS); /* ours, until it spoke */
    assert_true(one(&c));
    assert_int_equal(http_now_ms(c.http), NOW_MS + MS_HOUR);
    assert_int_equal(c.x.res.asked_ms, NOW_MS + MS_HOUR);
    c.hand.ms += 5000;
    assert_int_equal(http_now_ms(c.http), NOW_MS + MS_HOUR + 5000);
    end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_session_is_renewed_once_for_all),
        cmocka_unit_test(credentials_that_are_refused_again_end_the_run),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(a_call_without_credentials_carries_none),
        cmocka_unit_test(the_window_is_kept),
        cmocka_unit_test(what_others_use_is_yielded_to),
        cmocka_unit_test(a_429_holds_the_others_too),
        cmocka_unit_test(the_trace_tells_no_secret),
        cmocka_unit_test(the_trace_has_a_whole_line_for_every_attempt),
        cmocka_unit_test(a_stream_is_whole_or_an_error),
        cmocka_unit_test(a_stream_ends_when_asked_to_stop),
        cmocka_unit_test(the_services_clock_is_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
