/* SF 2.2, H3.10, H3.13, S17.1: tokens are signed for, renewed once, and never told. */
#include "canned.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "net/oauth.h"
#include "text/iso8601.h"
#include "text/json.h"

#define NOW_MS INT64_C(1795451049000) /* 2026-11-23T16:24:09Z */

struct place {
    struct canned server;
    struct hand_clock clock;
    struct arena a;
    struct err e;
    struct oauth *oauth;
    struct http_token got;
    /* what the endpoint does */
    int serial, refuse_left, status;
    int64_t date_ms, expires_in;
    const char *refusal, *rotate, *instance;
    bool echo;
    char seen_assertion[4096], seen_refresh[256];
    /* what was kept */
    char kept[256];
    int keeps, keep_failures, token_calls_at_keep;
};

static void token_endpoint(struct canned *c, const struct canned_request *q,
                           struct canned_answer *out)
{
    struct place *p = c->who;
    struct arena *a = &c->arena;
    if (p->date_ms)
        buf_fmt(&out->head, "Date: %.*s\r\n", STR_ARG(http_date(a, p->date_ms)));
    struct str assertion = url_query_get(a, q->body, S("assertion"));
    struct str refresh = url_query_get(a, q->body, S("refresh_token"));
    snprintf(p->seen_assertion, sizeof(p->seen_assertion), "%.*s", STR_ARG(assertion));
    snprintf(p->seen_refresh, sizeof(p->seen_refresh), "%.*s", STR_ARG(refresh));
    if (p->refuse_left > 0) {
        p->refuse_left--;
        out->status = p->status;
        buf_fmt(&out->body, "%s", p->refusal);
        if (p->echo)
            buf_fmt(&out->body, "{\"error\":\"invalid_client\",\"error_description\":\"bad %.*s\"}",
                    STR_ARG(url_query_get(a, q->body, S("client_secret"))));
        return;
    }
    buf_fmt(&out->body, "{\"access_token\":\"token-%d\"", ++p->serial);
    if (p->instance)
        buf_fmt(&out->body, ",\"instance_url\":\"%s\"", p->instance);
    if (p->expires_in)
        buf_fmt(&out->body, ",\"expires_in\":%lld", (long long)p->expires_in);
    if (p->rotate)
        buf_fmt(&out->body, ",\"refresh_token\":\"%s%d\"", p->rotate, p->serial);
    buf_char(&out->body, '}');
}

static bool keep(void *who, struct str token, struct err *e)
{
    struct place *p = who;
    p->keeps++;
    p->token_calls_at_keep = p->serial;
    if (p->keep_failures > 0) {
        p->keep_failures--;
        return err_set(e, ERR_INTERNAL, "disk_full", "the disk is full");
    }
    snprintf(p->kept, sizeof(p->kept), "%.*s", STR_ARG(token));
    return true;
}

static int set_up(void **state)
{
    static struct place p;
    p = (struct place){.status = 400, .refusal = ""};
    p.clock = hand_clock_at(NOW_MS);
    arena_init(&p.a, 16 * MIB);
    canned_start(&p.server, token_endpoint, &p);
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    oauth_close(p->oauth);
    canned_stop(&p->server);
    arena_release(&p->a);
    return 0;
}

static struct oauth_options options(struct place *p)
{
    return (struct oauth_options){.token_url_base = str_from(p->server.base),
                                  .token_path = S("/services/oauth2/token"),
                                  .client_id = S("client"),
                                  .client_secret = S("very-secret"),
                                  .refresh_token = S("refresh-0"),
                                  .clock = &p->clock.clock,
                                  .keep_refresh = keep,
                                  .who = p};
}

static struct oauth *open_flow(struct place *p, enum oauth_flow flow)
{
    struct oauth_options o = options(p);
    assert_true(oauth_open(&p->oauth, flow, &o, &p->e));
    return p->oauth;
}

static bool ask(struct place *p, struct http_auth *auth, bool refused)
{
    return auth->token(auth, refused, &p->got, &p->e);
}

#define assert_token(p, text)       assert_true(str_eq((p)->got.token, S(text)))
#define assert_text_has(text, part) assert_non_null(strstr((text), (part)))

/* ---- renewal --------------------------------------------------------------------------------- */

static void users_that_meet_a_401_together_renew_once(void **state)
{
    struct place *p = *state;
    struct oauth *o = open_flow(p, OAUTH_CLIENT_CREDENTIALS);
    struct http_auth *one = oauth_auth(o), *two = oauth_auth(o), *three = oauth_auth(o);
    assert_true(ask(p, one, false) && ask(p, two, false) && ask(p, three, false));
    assert_token(p, "token-1");
    assert_true(ask(p, one, true));
    assert_token(p, "token-2");
    assert_true(ask(p, two, true)); /* its token is older than the present one */
    assert_token(p, "token-2");
    assert_true(ask(p, three, false));
    assert_token(p, "token-2");
    assert_int_equal(p->serial, 2);
    assert_true(ask(p, two, true)); /* the present one was refused */
    assert_token(p, "token-3");
}

static void a_token_with_a_life_is_renewed_at_four_fifths_of_it(void **state)
{
    struct place *p = *state;
    p->expires_in = 1800;
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_REFRESH));
    assert_true(ask(p, auth, false));
    p->clock.ms += 1439 * MS_SECOND;
    assert_true(ask(p, auth, false));
    assert_token(p, "token-1");
    p->clock.ms += 2 * MS_SECOND;
    assert_true(ask(p, auth, false));
    assert_token(p, "token-2");
}

static void a_renewal_ahead_of_time_that_fails_leaves_the_living_token(void **state)
{
    struct place *p = *state;
    p->expires_in = 1800;
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_REFRESH));
    assert_true(ask(p, auth, false));
    p->clock.ms += 1500 * MS_SECOND;
    p->status = 503;
    p->refuse_left = 4; /* as many as are tried */
    assert_true(ask(p, auth, false));
    assert_token(p, "token-1");
    p->clock.ms += 400 * MS_SECOND; /* past its end */
    p->refuse_left = 4;
    assert_false(ask(p, auth, false));
    assert_int_equal(p->e.kind, ERR_RETRY);
}

static void a_rotated_refresh_token_is_kept_before_the_token_is_used(void **state)
{
    struct place *p = *state;
    p->rotate = "refresh-";
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_REFRESH));
    assert_true(ask(p, auth, false));
    assert_string_equal(p->seen_refresh, "refresh-0");
    assert_string_equal(p->kept, "refresh-1");
    assert_true(ask(p, auth, true));
    assert_string_equal(p->seen_refresh, "refresh-1");
    assert_string_equal(p->kept, "refresh-2");
}

static void a_refresh_token_that_cannot_be_kept_gives_no_token_and_is_not_lost(void **state)
{
    struct place *p = *state;
    p->rotate = "refresh-";
    p->keep_failures = 1;
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_REFRESH));
    assert_false(ask(p, auth, false));
    assert_string_equal(p->e.code, "disk_full");
    assert_true(ask(p, auth, false));
    assert_string_equal(p->seen_refresh, "refresh-1"); /* the old one is dead */
    assert_string_equal(p->kept, "refresh-2");
}

static void a_static_token_that_is_refused_asks_for_a_new_one(void **state)
{
    struct place *p = *state;
    p->oauth = oauth_static(S(" pat-eu1-x \n"));
    struct http_auth *auth = oauth_auth(p->oauth);
    assert_true(ask(p, auth, false));
    assert_token(p, "pat-eu1-x");
    assert_false(ask(p, auth, true));
    assert_int_equal(p->e.kind, ERR_REAUTH);
    assert_text_has(p->e.hint, "tandem connect");
}

/* ---- answers --------------------------------------------------------------------------------- */

static void a_refusal_names_the_cause_and_the_way_out(void **state)
{
    static const struct {
        const char *error, *detail;
        enum err_kind kind;
        const char *hint;
    } row[] = {
        {"invalid_grant", "expired access/refresh token", ERR_REAUTH, "tandem connect"},
        {"invalid_grant", "user hasn't approved this consumer", ERR_REAUTH, "pre-authorise"},
        {"invalid_grant", "audience is invalid", ERR_REAUTH, "https://my.example"},
        {"invalid_grant", "Audience validation failed", ERR_REAUTH, "https://my.example"},
        {"invalid_grant", "invalid assertion", ERR_REAUTH, "certificate"},
        {"invalid_grant", "invalid assertion", ERR_REAUTH, "sync@my.example"},
        {"invalid_grant", "authentication failure", ERR_REAUTH, "IP ranges"},
        {"invalid_client_id", "client identifier invalid", ERR_REAUTH, "client id \"3MVG9\""},
        {"invalid_client_id", "client identifier invalid", ERR_REAUTH, "tandem connect"},
        {"invalid_client", "invalid client credentials", ERR_REAUTH,
         "secret does not fit the client id \"3MVG9\""},
        {"inactive_user", "", ERR_REAUTH, "activate"},
        {"inactive_org", "", ERR_REAUTH, "activate"},
        {"invalid_app_access", "user is not admin approved", ERR_REAUTH, "pre-authorise"},
        {"unsupported_grant_type", "grant type not supported", ERR_REAUTH, "My Domain"},
        {"access_denied", "", ERR_REAUTH, "install it again"},
        {"invalid_grant", "refresh token is invalid, expired or revoked", ERR_REAUTH,
         "tandem connect"},
        {"rate_limit_exceeded", "login rate exceeded", ERR_RETRY, ""},
        {"unknown_error", "retry your request", ERR_RETRY, ""},
    };
    const struct oauth_options sent = {.client_id = S("3MVG9"),
                                       .username = S("sync@my.example"),
                                       .audience = S("https://my.example")};
    (void)state;
    for (size_t i = 0; i < LEN(row); i++) {
        struct err e;
        assert_false(
            oauth_refusal(400, str_from(row[i].error), str_from(row[i].detail), &sent, &e));
        assert_int_equal(e.kind, row[i].kind);
        assert_text_has(e.hint, row[i].hint);
        assert_text_has(e.msg, row[i].error);
    }
}

static void a_login_rate_is_waited_for(void **state)
{
    struct place *p = *state;
    p->refuse_left = 2;
    p->refusal =
        "{\"error\":\"rate_limit_exceeded\",\"error_description\":\"login rate exceeded\"}";
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_CLIENT_CREDENTIALS));
    assert_true(ask(p, auth, false));
    assert_true(p->clock.slept_ms > 0);
}

static void a_final_refusal_is_asked_once(void **state)
{
    struct place *p = *state;
    p->refuse_left = 5;
    p->refusal =
        "{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}";
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_REFRESH));
    assert_false(ask(p, auth, false));
    assert_int_equal(p->e.kind, ERR_REAUTH);
    assert_int_equal(p->refuse_left, 4);
}

static void a_secret_that_the_service_repeats_is_in_no_message(void **state)
{
    struct place *p = *state;
    p->refuse_left = 1;
    p->echo = true;
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_CLIENT_CREDENTIALS));
    assert_false(ask(p, auth, false));
    assert_null(strstr(p->e.msg, "very-secret"));
    assert_text_has(p->e.msg, "withheld");
}

static void a_page_instead_of_an_answer_is_a_wrong_address(void **state)
{
    struct place *p = *state;
    p->refuse_left = 1;
    p->status = 404;
    p->refusal = "<html>not here</html>";
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_CLIENT_CREDENTIALS));
    assert_false(ask(p, auth, false));
    assert_int_equal(p->e.kind, ERR_CONFIG);
}

static void the_instance_url_becomes_the_base_if_it_may(void **state)
{
    struct place *p = *state;
    p->instance = "https://acme.my.salesforce.com/";
    struct http_auth *auth = oauth_auth(open_flow(p, OAUTH_CLIENT_CREDENTIALS));
    assert_true(ask(p, auth, false));
    assert_true(str_eq(p->got.base, S("https://acme.my.salesforce.com")));
    p->instance = "http://elsewhere.example"; /* a token must not travel in the clear */
    assert_false(ask(p, auth, true));
}

/* ---- assertions ------------------------------------------------------------------------------ */

static struct str make_key(struct arena *a, EVP_PKEY **key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    *key = EVP_RSA_gen(2048);
    assert_non_null(*key);
    PEM_write_bio_PrivateKey(bio, *key, NULL, NULL, 0, NULL, NULL);
    long n = BIO_get_mem_data(bio, &text);
    struct str out = str_dup(a, (struct str){text, (size_t)n});
    BIO_free(bio);
    return out;
}

static struct str decoded(struct arena *a, struct str text)
{
    size_t n = (text.n + 3) / 4 * 4;
    char *plain = arena_bytes(a, n), *out = arena_bytes(a, n);
    for (size_t i = 0; i < n; i++) {
        char c = i < text.n ? text.p[i] : '=';
        plain[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    int got = EVP_DecodeBlock((unsigned char *)out, (unsigned char *)plain, (int)n);
    assert_true(got >= 0);
    return (struct str){out, (size_t)got - (n - text.n)};
}

static void the_assertion_says_who_and_is_signed(void **state)
{
    struct arena a;
    struct err e;
    struct str jwt, rest, head, body;
    EVP_PKEY *key;
    yyjson_val *root;
    (void)state;
    arena_init(&a, MIB);
    struct str pem = make_key(&a, &key);
    assert_true(jwt_bearer(&a, pem, S("app"), S("who\"@x"), S("https://login.example"), 1234567890,
                           &jwt, &e));
    rest = jwt;
    str_cut(&rest, '.', &head);
    str_cut(&rest, '.', &body);
    assert_true(str_eq(decoded(&a, head), S("{\"alg\":\"RS256\"}")));
    assert_true(json_parse(&a, decoded(&a, body), &root, &e));
    assert_true(str_eq(json_get(root, "iss"), S("app")));
    assert_true(str_eq(json_get(root, "sub"), S("who\"@x")));
    assert_true(str_eq(json_get(root, "aud"), S("https://login.example")));
    assert_int_equal(json_i64(yyjson_obj_get(root, "exp"), 0), 1234567890);
    struct str signature = decoded(&a, rest);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
                                      (const unsigned char *)jwt.p, head.n + 1 + body.n),
                     1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    arena_release(&a);
}

static void what_is_no_key_is_said_to_be_none(void **state)
{
    struct arena a;
    struct err e;
    struct str jwt;
    (void)state;
    arena_init(&a, MIB);
    assert_false(
        jwt_bearer(&a, S("-----BEGIN PRIVATE KEY-----\nxx"), S("a"), S("b"), S("c"), 1, &jwt, &e));
    assert_int_equal(e.kind, ERR_CONFIG);
    assert_null(strstr(e.msg, "xx"));
    arena_release(&a);
}

static int64_t expiry(struct place *p)
{
    struct str rest = str_from(p->seen_assertion), part;
    yyjson_val *root;
    str_cut(&rest, '.', &part);
    str_cut(&rest, '.', &part);
    assert_true(json_parse(&p->a, decoded(&p->a, part), &root, &p->e));
    return json_i64(yyjson_obj_get(root, "exp"), 0);
}

static void an_assertion_is_timed_by_the_servers_clock(void **state)
{
    struct place *p = *state;
    EVP_PKEY *key;
    struct oauth_options opt = options(p);
    opt.private_key_pem = make_key(&p->a, &key);
    opt.username = S("me");
    assert_true(oauth_open(&p->oauth, OAUTH_JWT, &opt, &p->e));
    struct http_auth *auth = oauth_auth(p->oauth);
    p->date_ms = NOW_MS + MS_HOUR; /* our clock is an hour behind */
    p->refuse_left = 1;
    p->refusal = "{\"error\":\"invalid_grant\",\"error_description\":\"invalid assertion\"}";
    assert_true(ask(p, auth, false)); /* the refusal told the time */
    int64_t ahead = expiry(p) - p->date_ms / 1000;
    assert_true(ahead > 0 && ahead <= 180);
    p->refuse_left = 2; /* the clock is known now: refused means refused */
    assert_false(ask(p, auth, true));
    assert_int_equal(p->refuse_left, 1);
    EVP_PKEY_free(key);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(users_that_meet_a_401_together_renew_once),
        TEST(a_token_with_a_life_is_renewed_at_four_fifths_of_it),
        TEST(a_renewal_ahead_of_time_that_fails_leaves_the_living_token),
        TEST(a_rotated_refresh_token_is_kept_before_the_token_is_used),
        TEST(a_refresh_token_that_cannot_be_kept_gives_no_token_and_is_not_lost),
        TEST(a_static_token_that_is_refused_asks_for_a_new_one),
        cmocka_unit_test(a_refusal_names_the_cause_and_the_way_out),
        TEST(a_login_rate_is_waited_for),
        TEST(a_final_refusal_is_asked_once),
        TEST(a_secret_that_the_service_repeats_is_in_no_message),
        TEST(a_page_instead_of_an_answer_is_a_wrong_address),
        TEST(the_instance_url_becomes_the_base_if_it_may),
        cmocka_unit_test(the_assertion_says_who_and_is_signed),
        cmocka_unit_test(what_is_no_key_is_said_to_be_none),
        TEST(an_assertion_is_timed_by_the_servers_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
