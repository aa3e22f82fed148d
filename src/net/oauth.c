#include "net/oauth.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "net/retry.h"
#include "text/json.h"
#include "text/url.h"

#define TOKEN_BYTES_MAX (16 * KIB)
#define JWT_LIFE_S      170              /* SF 2.2: at most about three minutes */
#define SKEW_MS         (30 * MS_SECOND) /* a clock that is off by more is worth a second try */
#define US_OF_S(s)      ((s)*INT64_C(1000000))

struct handle {
    struct http_auth auth; /* first: an http_auth * is one of these */
    struct oauth *o;
    struct handle *next;
    char *token; /* a copy: the original may be renewed by another user at any moment */
    uint64_t generation;
    char base[512];
};

struct oauth {
    bool is_static;
    enum oauth_flow flow;
    struct oauth_options o;
    struct arena life; /* copies of the options' texts */
    pthread_mutex_t lock;
    struct handle *handles;
    char *token;   /* in memory that is locked where the system lets us */
    char *refresh; /* o.refresh_token: it may change with every renewal */
    bool refresh_unsaved;
    size_t token_n;
    char base[512], identity[512];
    uint64_t generation;         /* of the token; 0 = there was none yet */
    int64_t renew_us, expire_us; /* 0 = not told: renew when refused */
    struct http *http;
    struct rng rng;
};

/* ---- what the token endpoint's answers mean -------------------------------------------------- */

static bool passing(struct str error, struct str detail)
{
    return str_eq(error, S("rate_limit_exceeded")) || str_eq(error, S("unknown_error")) ||
           str_find(detail, S("login rate exceeded")) >= 0 ||
           str_find(detail, S("retry your request")) >= 0;
}

static struct answer classify(const struct http_response *res)
{
    if (res->status >= 500 || res->status == 429 || res->status == 420)
        return (struct answer){ANSWER_RETRY, 0};
    bool refused = res->status >= 400;
    if (refused && (str_find(res->body, S("rate_limit_exceeded")) >= 0 ||
                    str_find(res->body, S("login rate exceeded")) >= 0 ||
                    str_find(res->body, S("unknown_error")) >= 0 ||
                    str_find(res->body, S("retry your request")) >= 0))
        return (struct answer){ANSWER_RETRY, 0};
    return (struct answer){ANSWER_DONE, 0};
}

static const struct http_service token_service = {.name = "token endpoint", .classify = classify};

static bool has(struct str text, const char *part)
{
    return str_find(text, str_from(part)) >= 0;
}

bool oauth_refusal(int status, struct str error, struct str detail,
                   const struct oauth_options *sent, struct err *e)
{
    struct str client = str_slice(sent->client_id, 0, 100);
    struct str code = str_slice(error.n ? error : S("no code"), 0, 60);
    struct str words = str_slice(detail.n ? detail : S("no description"), 0, 200);
    if (passing(error, detail))
        return err_set(e, ERR_RETRY, "token_endpoint",
                       "the token endpoint asks to wait: %.*s (%.*s)", STR_ARG(words),
                       STR_ARG(code));
    err_set(e, ERR_REAUTH, "token_refused", "the token endpoint refuses us: %.*s (%.*s, HTTP %d)",
            STR_ARG(words), STR_ARG(code), status);
    if (has(detail, "hasn't approved") || str_eq(error, S("invalid_app_access")))
        return err_hint(e, "in Salesforce: pre-authorise the app for the user, by profile or "
                           "permission set");
    if (has(detail, "udience"))
        return err_hint(e,
                        "the audience used was %.*s; it must be the login host:"
                        " https://login.salesforce.com or https://test.salesforce.com",
                        STR_ARG(str_slice(sent->audience, 0, 100)));
    if (has(detail, "assertion") || has(detail, "authentication failure"))
        return err_hint(e,
                        "check that the key fits the app's certificate, the user name%s%.*s, this "
                        "machine's clock and the IP ranges that the app allows",
                        sent->username.n ? " " : "", STR_ARG(str_slice(sent->username, 0, 80)));
    if (has(detail, "expired") || has(detail, "revoked"))
        return err_hint(e, "the authorisation has ended: give it again with `tandem connect`");
    if (str_eq(error, S("invalid_client_id")))
        return err_hint(e,
                        "no app at that login host has the client id \"%.*s\": give the app's"
                        " consumer key, and for a Salesforce sandbox its --login-url, to `tandem"
                        " connect`",
                        STR_ARG(client));
    if (str_eq(error, S("invalid_client")))
        return err_hint(e,
                        "the secret does not fit the client id \"%.*s\": give the app's own"
                        " to `tandem connect`",
                        STR_ARG(client));
    if (str_starts(error, S("inactive_")))
        return err_hint(e, "activate the user or the org, or connect as another user");
    if (str_eq(error, S("unsupported_grant_type")))
        return err_hint(e,
                        "enable this flow at the app; client credentials need the My Domain host");
    if (str_eq(error, S("access_denied")))
        return err_hint(e, "the portal gives the app no access: install it again");
    return err_hint(e, "authorise again with `tandem connect`");
}

/* ---- asking for a token ---------------------------------------------------------------------- */

static void form(struct buf *b, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_fmt(b, "%s%s=", b->n ? "&" : "", name);
    url_encode(b, value);
}

static bool request_body(struct oauth *o, struct arena *a, struct buf *b, struct err *e)
{
    struct str assertion;
    switch (o->flow) {
    case OAUTH_JWT: {
        int64_t now_s = http_now_ms(o->http) / 1000; /* the server's, once it has answered */
        if (!jwt_bearer(a, o->o.private_key_pem, o->o.client_id, o->o.username, o->o.audience,
                        now_s + JWT_LIFE_S, &assertion, e))
            return false;
        form(b, "grant_type", S("urn:ietf:params:oauth:grant-type:jwt-bearer"));
        form(b, "assertion", assertion);
        return true;
    }
    case OAUTH_CLIENT_CREDENTIALS:
        form(b, "grant_type", S("client_credentials"));
        break;
    case OAUTH_REFRESH:
        form(b, "grant_type", S("refresh_token"));
        form(b, "refresh_token", o->o.refresh_token);
        break;
    }
    form(b, "client_id", o->o.client_id);
    form(b, "client_secret", o->o.client_secret);
    return true;
}

static void keep_text(char *to, size_t size, struct str s)
{
    size_t n = MIN(s.n, size - 1);
    if (n)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

static void keep_token(struct oauth *o, struct str token)
{
    sodium_memzero(o->token, TOKEN_BYTES_MAX);
    o->token_n = MIN(token.n, TOKEN_BYTES_MAX);
    if (o->token_n)
        memcpy(o->token, token.p, o->token_n);
    o->generation++;
}

/* A token goes into a header line: one with a line break or a blank in it is an attack. */
static bool usable(struct str token)
{
    for (size_t i = 0; i < token.n; i++)
        if ((unsigned char)token.p[i] <= 0x20 || (unsigned char)token.p[i] >= 0x7f)
            return false;
    return token.n > 0 && token.n <= TOKEN_BYTES_MAX;
}

/* The old one is dead at once (SF 2.2): the new one is safe before the token is used. When it
 * cannot be saved it is kept here for the next try. */
static bool keep_refresh(struct oauth *o, struct str refresh, struct err *e)
{
    if (refresh.n > TOKEN_BYTES_MAX)
        return err_set(e, ERR_INTERNAL, "token_answer", "the new refresh token is too long");
    if (refresh.n && !str_eq(refresh, o->o.refresh_token)) {
        sodium_memzero(o->refresh, TOKEN_BYTES_MAX);
        memcpy(o->refresh, refresh.p, refresh.n);
        o->o.refresh_token = (struct str){o->refresh, refresh.n};
        o->refresh_unsaved = true;
    }
    if (o->refresh_unsaved && o->o.keep_refresh &&
        !o->o.keep_refresh(o->o.who, o->o.refresh_token, e))
        return err_wrap(e, "keeping the new refresh token");
    o->refresh_unsaved = false;
    return true;
}

static bool keep_answer(struct oauth *o, struct arena *a, yyjson_val *root, struct err *e)
{
    struct str token = json_get(root, "access_token");
    struct str url = json_get(root, "instance_url"), checked = STR_NONE;
    int64_t life_s = json_i64(yyjson_obj_get(root, "expires_in"), 0);
    if (!usable(token))
        return err_set(e, ERR_INTERNAL, "token_answer", "the token endpoint gave no usable token");
    if (url.n && !url_endpoint(a, url, &checked, e))
        return err_wrap(e, "the token endpoint's instance_url");
    if (checked.n >= sizeof(o->base))
        return err_set(e, ERR_INTERNAL, "token_answer", "the instance_url is too long");
    if (!keep_refresh(o, json_get(root, "refresh_token"), e))
        return false;
    if (checked.n)
        keep_text(o->base, sizeof(o->base), checked);
    keep_text(o->identity, sizeof(o->identity), json_get(root, "id"));
    keep_token(o, token);
    int64_t now = o->o.clock->mono_us(o->o.clock);
    life_s = MIN(life_s, INT64_C(400) * 86400);
    o->renew_us = life_s > 0 ? now + US_OF_S(life_s) / 10 * 8 : 0; /* H3.10 */
    o->expire_us = life_s > 0 ? now + US_OF_S(life_s) : 0;
    return true;
}

/* A service that repeats what we sent must not bring it into a message. */
static struct str without_secrets(struct oauth *o, struct str text, struct str body)
{
    const struct str secret[] = {o->o.client_secret, o->o.refresh_token, o->o.private_key_pem,
                                 (struct str){o->token, o->token_n}, body};
    for (size_t i = 0; i < LEN(secret); i++)
        if (secret[i].n && str_find(text, secret[i]) >= 0)
            return S("(withheld: it repeats a secret)");
    return text;
}

static bool read_answer(struct oauth *o, struct arena *a, const struct http_exchange *x,
                        struct err *e)
{
    yyjson_val *root = NULL;
    struct err ignored;
    int status = x->res.status;
    if (!json_parse(a, x->res.body, &root, &ignored) || !yyjson_is_obj(root))
        root = NULL;
    if (status == 200 && root)
        return keep_answer(o, a, root, e);
    struct str error = json_get(root, "error"), detail = json_get(root, "error_description");
    if (!detail.n)
        detail = json_get(root, "message");
    bool judged = error.n || (root && (status == 401 || status == 403));
    if (status >= 400 && status < 500 && judged)
        return oauth_refusal(status, without_secrets(o, error, x->req.body),
                             without_secrets(o, detail, x->req.body), &o->o, e);
    if (status >= 500 || status == 429 || status == 420)
        return err_set(e, ERR_RETRY, "token_endpoint", "the token endpoint answers HTTP %d",
                       status);
    err_set(e, ERR_CONFIG, "token_endpoint", "this is no token endpoint: it answers HTTP %d%s",
            status, root ? "" : " and no JSON");
    return err_hint(e, "check the login address; a Salesforce app may need its My Domain host");
}

static bool ask(struct oauth *o, struct err *e)
{
    struct arena a;
    struct buf body;
    arena_init(&a, 4 * MIB);
    buf_init(&body, 64 * KIB);
    bool ok = request_body(o, &a, &body, e);
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .class = HTTP_CLASS_FREE,
                                      .path = o->o.token_path,
                                      .body = buf_view(&body),
                                      .content_type = S("application/x-www-form-urlencoded"),
                                      .body_max = 256 * KIB,
                                      .repeatable = true,
                                      .no_auth = true}};
    ok = ok && http_one(o->http, &a, &x, e) && read_answer(o, &a, &x, e);
    if (body.p)
        sodium_memzero(body.p, body.cap);
    buf_release(&body);
    arena_release(&a);
    return ok;
}

static int64_t skew_ms(struct oauth *o)
{
    return http_now_ms(o->http) - o->o.clock->wall_ms(o->o.clock);
}

static bool renew(struct oauth *o, struct err *e)
{
    int64_t before = skew_ms(o);
    struct err why;
    if (ask(o, &why))
        return true;
    /* An assertion that expires in the past or too late because our clock is wrong: the refusal has
     * told the right time. */
    int64_t moved = skew_ms(o) - before;
    if (o->flow == OAUTH_JWT && why.kind == ERR_REAUTH && (moved > SKEW_MS || moved < -SKEW_MS))
        return ask(o, e);
    *e = why;
    return false;
}

/* ---- users ----------------------------------------------------------------------------------- */

static bool refresh(struct oauth *o, const struct handle *h, bool refused, struct err *e)
{
    int64_t now = o->o.clock->mono_us(o->o.clock);
    bool newer = o->generation != h->generation; /* somebody renewed it since */
    bool old = o->renew_us && now >= o->renew_us;
    if (o->generation && !old && (!refused || newer))
        return true;
    struct err why;
    if (renew(o, &why))
        return true;
    bool lives = o->generation && !refused && o->expire_us && now < o->expire_us;
    if (lives && why.kind == ERR_RETRY)
        return true; /* ahead of time: the old one still serves */
    *e = why;
    return false;
}

static bool give(struct http_auth *auth, bool refused, struct http_token *out, struct err *e)
{
    struct handle *h = (struct handle *)auth;
    struct oauth *o = h->o;
    if (o->is_static && refused) {
        err_set(e, ERR_REAUTH, "token_refused", "the token is no longer valid");
        return err_hint(e, "make a new one and connect again: `tandem connect hubspot`");
    }
    pthread_mutex_lock(&o->lock);
    bool ok = o->is_static || refresh(o, h, refused, e);
    size_t n = o->token_n;
    if (ok && h->generation != o->generation) {
        sodium_memzero(h->token, TOKEN_BYTES_MAX);
        memcpy(h->token, o->token, n);
        memcpy(h->base, o->base, sizeof(h->base));
        h->generation = o->generation;
    }
    pthread_mutex_unlock(&o->lock);
    if (ok)
        *out = (struct http_token){{h->token, n}, str_from(h->base)};
    return ok;
}

static char *locked_bytes(void)
{
    char *p = sodium_malloc(TOKEN_BYTES_MAX);
    if (!p)
        abort();
    sodium_memzero(p, TOKEN_BYTES_MAX);
    return p;
}

struct http_auth *oauth_auth(struct oauth *o)
{
    struct handle *h = calloc(1, sizeof(*h));
    if (!h)
        abort();
    h->auth.token = give;
    h->o = o;
    h->token = locked_bytes();
    pthread_mutex_lock(&o->lock);
    h->next = o->handles;
    o->handles = h;
    pthread_mutex_unlock(&o->lock);
    return &h->auth;
}

static struct oauth *make(void)
{
    struct oauth *o = calloc(1, sizeof(*o));
    if (!o || sodium_init() < 0)
        abort();
    o->token = locked_bytes();
    o->refresh = locked_bytes();
    pthread_mutex_init(&o->lock, NULL);
    arena_init(&o->life, 4 * MIB);
    return o;
}

struct oauth *oauth_static(struct str token)
{
    struct oauth *o = make();
    o->is_static = true;
    keep_token(o, str_trim(token));
    return o;
}

bool oauth_open(struct oauth **out, enum oauth_flow flow, const struct oauth_options *opt,
                struct err *e)
{
    struct oauth *o = make();
    o->flow = flow;
    o->o = *opt;
    o->o.token_url_base = str_dup(&o->life, opt->token_url_base);
    o->o.token_path = str_dup(&o->life, opt->token_path);
    o->o.client_id = str_dup(&o->life, opt->client_id);
    o->o.client_secret = str_dup(&o->life, opt->client_secret);
    o->o.refresh_token = (struct str){o->refresh, MIN(opt->refresh_token.n, TOKEN_BYTES_MAX)};
    if (opt->refresh_token.n)
        memcpy(o->refresh, opt->refresh_token.p, o->o.refresh_token.n);
    o->o.username = str_dup(&o->life, opt->username);
    o->o.audience = str_dup(&o->life, opt->audience.n ? opt->audience : opt->token_url_base);
    o->o.private_key_pem = str_dup(&o->life, opt->private_key_pem);
    rng_seed(&o->rng, (uint64_t)opt->clock->mono_us(opt->clock));
    struct http_options h = {.base = o->o.token_url_base,
                             .service = &token_service,
                             .clock = opt->clock,
                             .log = opt->log,
                             .rng = &o->rng,
                             .ca_file = opt->ca_file,
                             .trace_fd = -1, /* nothing of a token call is for other eyes */
                             .max_attempts = 4};
    if (!http_open(&o->http, &h, e)) {
        oauth_close(o);
        return false;
    }
    *out = o;
    return true;
}

struct str oauth_identity(const struct oauth *o)
{
    return str_from(o->identity);
}

static void wipe(struct str s)
{
    if (s.n)
        sodium_memzero((void *)(uintptr_t)s.p, s.n); /* our own copy, in o->life */
}

void oauth_close(struct oauth *o)
{
    if (!o)
        return;
    while (o->handles) {
        struct handle *h = o->handles;
        o->handles = h->next;
        sodium_free(h->token);
        free(h);
    }
    http_close(o->http);
    sodium_free(o->token);
    sodium_free(o->refresh);
    wipe(o->o.client_secret);
    wipe(o->o.private_key_pem);
    pthread_mutex_destroy(&o->lock);
    arena_release(&o->life);
    free(o);
}
