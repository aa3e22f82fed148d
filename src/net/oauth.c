#include "net/oauth.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "net/retry.h"
#include "text/json.h"
#include "text/url.h"

#define TOKEN_BYTES_MAX (16 * KIB)
#define JWT_LIFE_S      170 /* SF 2.2: at most about three minutes */

struct oauth {
    struct http_auth auth; /* first: an http_auth * is one of these */
    bool is_static;
    enum oauth_flow flow;
    struct oauth_options o;
    struct arena life; /* copies of the options' texts */
    pthread_mutex_t lock;
    char *token; /* in memory that is locked where the system lets us */
    size_t token_n;
    char base[512], identity[512];
    uint64_t generation; /* of the token; a caller that saw an older one does not renew again */
    int64_t renew_us;    /* renew ahead from then on; 0 = when refused */
    struct http *http;
    struct rng rng;
};

static struct answer classify(const struct http_response *res)
{
    if (res->status >= 500 || res->status == 429 || res->status == 420)
        return (struct answer){ANSWER_RETRY, 0};
    if (str_find(res->body, S("login rate exceeded")) >= 0)
        return (struct answer){ANSWER_RETRY, 0};
    return (struct answer){ANSWER_DONE, 0};
}

static const struct http_service token_service = {.name = "token endpoint", .classify = classify};

static void keep_token(struct oauth *o, struct str token)
{
    sodium_memzero(o->token, TOKEN_BYTES_MAX);
    o->token_n = MIN(token.n, TOKEN_BYTES_MAX);
    memcpy(o->token, token.p, o->token_n);
    o->generation++;
}

static void keep_text(char *to, size_t size, struct str s)
{
    size_t n = MIN(s.n, size - 1);
    if (n)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

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
        int64_t now_s = http_now_ms(o->http) / 1000;
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

/* SF 2.2, H3.13: what the refusal means for the operator. */
static bool refused(struct oauth *o, int status, struct str error, struct str detail, struct err *e)
{
    err_set(e, ERR_REAUTH, "token_refused", "the token endpoint refuses us: %.*s (%.*s, HTTP %d)",
            STR_ARG(str_slice(detail.n ? detail : S("no description"), 0, 200)),
            STR_ARG(str_slice(error.n ? error : S("no code"), 0, 60)), status);
    if (str_find(detail, S("hasn't approved")) >= 0 || str_eq(error, S("invalid_app_access")))
        return err_hint(e, "pre-authorise the app for the user in Salesforce");
    if (str_find(detail, S("audience")) >= 0)
        return err_hint(e, "the audience used was %.*s; it must be the login host",
                        STR_ARG(str_slice(o->o.audience, 0, 100)));
    if (str_find(detail, S("assertion")) >= 0)
        return err_hint(e,
                        "check that the key fits the app's certificate, the user name, the clock");
    if (str_starts(error, S("invalid_client")))
        return err_hint(e, "check the client id and secret");
    return err_hint(e, "authorise again with `tandem connect`");
}

static bool keep_answer(struct oauth *o, yyjson_val *root, struct err *e)
{
    struct str token = json_get(root, "access_token"), refresh = json_get(root, "refresh_token");
    struct str url = json_get(root, "instance_url");
    int64_t life_s = json_i64(yyjson_obj_get(root, "expires_in"), 0);
    if (!token.n || token.n > TOKEN_BYTES_MAX)
        return err_set(e, ERR_INTERNAL, "token_answer", "the token endpoint gave no usable token");
    if (refresh.n && !str_eq(refresh, o->o.refresh_token)) {
        if (o->o.keep_refresh && !o->o.keep_refresh(o->o.who, refresh, e))
            return false; /* the old one is dead: keep the new one before using the token */
        o->o.refresh_token = str_dup(&o->life, refresh);
    }
    if (url.n) {
        struct str checked;
        if (!url_endpoint(&o->life, url, &checked, e))
            return err_wrap(e, "the token endpoint's instance_url");
        keep_text(o->base, sizeof(o->base), checked);
    }
    keep_text(o->identity, sizeof(o->identity), json_get(root, "id"));
    keep_token(o, token);
    o->renew_us = life_s > 0 ? o->o.clock->mono_us(o->o.clock) + life_s * 800000 : 0; /* H3.10 */
    return true;
}

static bool renew(struct oauth *o, struct err *e)
{
    struct arena a;
    struct buf body;
    yyjson_val *root = NULL;
    arena_init(&a, 4 * MIB);
    buf_init(&body, 64 * KIB);
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .class = HTTP_CLASS_FREE,
                                      .path = o->o.token_path,
                                      .content_type = S("application/x-www-form-urlencoded"),
                                      .body_max = 256 * KIB,
                                      .repeatable = true,
                                      .no_auth = true}};
    bool ok = request_body(o, &a, &body, e);
    x.req.body = buf_view(&body);
    ok = ok && http_one(o->http, &a, &x, e);
    struct err ignored;
    if (ok && !json_parse(&a, x.res.body, &root, &ignored))
        root = NULL;
    if (ok && x.res.status == 200 && root)
        ok = keep_answer(o, root, e);
    else if (ok && (x.res.status == 400 || x.res.status == 401 || x.res.status == 403)) {
        struct str detail = json_get(root, "error_description");
        ok = refused(o, x.res.status, json_get(root, "error"),
                     detail.n ? detail : json_get(root, "message"), e);
    } else if (ok)
        ok = err_set(e, ERR_RETRY, "token_endpoint", "the token endpoint answers HTTP %d",
                     x.res.status);
    if (body.p)
        sodium_memzero(body.p, body.cap);
    buf_release(&body);
    arena_release(&a);
    return ok;
}

static bool give(struct http_auth *auth, bool again, struct http_token *out, struct err *e)
{
    struct oauth *o = (struct oauth *)auth;
    bool ok = true;
    if (o->is_static) {
        if (again) {
            err_set(e, ERR_REAUTH, "token_refused", "the token is no longer valid");
            return err_hint(e, "make a new one and connect again: `tandem connect hubspot`");
        }
    } else {
        pthread_mutex_lock(&o->lock);
        bool due =
            !o->token_n || again || (o->renew_us && o->o.clock->mono_us(o->o.clock) >= o->renew_us);
        ok = !due || renew(o, e);
        pthread_mutex_unlock(&o->lock);
    }
    if (ok)
        *out = (struct http_token){{o->token, o->token_n}, str_from(o->base)};
    return ok;
}

static struct oauth *make(void)
{
    if (sodium_init() < 0)
        abort();
    struct oauth *o = calloc(1, sizeof(*o));
    if (!o || !(o->token = sodium_malloc(TOKEN_BYTES_MAX)))
        abort();
    o->auth.token = give;
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
    o->o.refresh_token = str_dup(&o->life, opt->refresh_token);
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

struct http_auth *oauth_auth(struct oauth *o)
{
    return &o->auth;
}

struct str oauth_identity(const struct oauth *o)
{
    return str_from(o->identity);
}

void oauth_close(struct oauth *o)
{
    if (!o)
        return;
    http_close(o->http);
    sodium_free(o->token);
    pthread_mutex_destroy(&o->lock);
    arena_release(&o->life);
    free(o);
}
