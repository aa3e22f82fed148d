/* sf_oauth: tokens and who one is (SF 2.2, 2.3). */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/url.h"

struct refusal {
    const char *code, *text; /* code NULL = none */
};
static const struct refusal unknown_client = {"invalid_client_id", "client identifier invalid"};

static void refuse(struct sf_call *c, const char *code, const char *text)
{
    c->r->status = strcmp(code, "invalid_client") == 0 ? 401 : 400;
    buf_fmt(c->b, "{\"error\":\"%s\",\"error_description\":\"%s\"}", code, text);
}

static size_t base64_decode(struct str s, unsigned char *out, size_t room)
{
    static const char url_digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned v = 0, bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
        char c = s.p[i] == '+' ? '-' : s.p[i] == '/' ? '_' : s.p[i];
        const char *at = c ? strchr(url_digits, c) : NULL;
        if (!at || n == room)
            return 0;
        v = v << 6 | (unsigned)(at - url_digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(v >> bits);
        }
    }
    return n;
}

/* ---- JWT bearer ------------------------------------------------------------------------------ */

static bool signature_fits(struct sandbox *s, struct str text, struct str signature)
{
    unsigned char bytes[2048];
    size_t n = base64_decode(signature, bytes, sizeof(bytes));
    BIO *bio = BIO_new_mem_buf(s->jwt_certificate.p, (int)s->jwt_certificate.n);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = cert ? X509_get_pubkey(cert) : NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = key && n && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(ctx, bytes, n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    X509_free(cert);
    BIO_free(bio);
    return ok;
}

static bool audience_fits(struct sandbox *s, struct str aud)
{
    return str_eq(aud, S("https://login.salesforce.com")) ||
           str_eq(aud, S("https://test.salesforce.com")) || str_eq(aud, str_from(s->base_url[0]));
}

static struct refusal jwt_refusal(struct sf_call *c, struct str assertion)
{
    struct str rest = assertion, head, body;
    const struct refusal invalid = {"invalid_grant", "invalid assertion"};
    unsigned char claims[4096], header[1024];
    yyjson_val *root;
    struct err ignored;
    if (!str_cut(&rest, '.', &head) || !str_cut(&rest, '.', &body) || !rest.n)
        return invalid;
    size_t h = base64_decode(head, header, sizeof(header));
    if (!json_parse(c->a, (struct str){(char *)header, h}, &root, &ignored) ||
        !str_eq(json_get(root, "alg"), S("RS256")))
        return invalid;
    size_t n = base64_decode(body, claims, sizeof(claims));
    if (!json_parse(c->a, (struct str){(char *)claims, n}, &root, &ignored))
        return invalid;
    if (!str_eq(json_get(root, "iss"), S(SANDBOX_CLIENT)))
        return unknown_client;
    struct str signed_text = {head.p, (size_t)(body.p + body.n - head.p)};
    if (!c->s->jwt_certificate.n || !signature_fits(c->s, signed_text, rest))
        return invalid;
    if (!audience_fits(c->s, json_get(root, "aud")))
        return (struct refusal){"invalid_grant", "audience is invalid"};
    if (!str_eq_nocase(json_get(root, "sub"), S(SANDBOX_USERNAME)))
        return (struct refusal){"invalid_grant", "user hasn't approved this consumer"};
    /* The vendor's own tool sends milliseconds: only the past is refused. */
    bool past = json_i64(yyjson_obj_get(root, "exp"), 0) * 1000 < c->now_ms;
    return past ? invalid : (struct refusal){0};
}

/* ---- the token endpoint ---------------------------------------------------------------------- */

static struct sf_session *open_session(struct sf_call *c)
{
    struct sf_state *st = c->s->sf;
    struct sf_session *n = &st->session[st->sessions++ % SF_SESSIONS_MAX];
    *n = (struct sf_session){.used_ms = c->now_ms};
    snprintf(n->token, sizeof(n->token), "00D5e0000000001!AQ%06llx%016llx",
             (unsigned long long)++st->serial, (unsigned long long)rng_next(&c->s->rng));
    return n;
}

static void answer(struct sf_call *c, const struct sf_session *n, bool refresh)
{
    buf_fmt(c->b,
            "{\"access_token\":\"%s\",\"instance_url\":\"%s\",\"id\":\"%s/id/" SANDBOX_ORG
            "/0055e0000000001AAA\",\"token_type\":\"Bearer\",\"scope\":\"api%s\",\"issued_at\":"
            "\"%lld\",\"signature\":\"c2FuZGJveA==\",\"token_format\":\"opaque\"",
            n->token, c->s->base_url[0], c->s->base_url[0], refresh ? " refresh_token" : "",
            (long long)c->now_ms);
    if (n->refresh[0])
        buf_fmt(c->b, ",\"refresh_token\":\"%s\"", n->refresh);
    buf_char(c->b, '}');
}

/* The first refresh token is known to all; with rotation on, each answer brings the next, and the
 * one used is dead at once, with the session it had opened (SF 2.2). */
static void refresh(struct sf_call *c, struct str given)
{
    struct sf_state *st = c->s->sf;
    struct sf_session *old = NULL;
    for (size_t i = 0; i < SF_SESSIONS_MAX; i++)
        if (st->session[i].refresh[0] && !st->session[i].dead &&
            str_eq(given, str_from(st->session[i].refresh)))
            old = &st->session[i];
    if (!old && !(str_eq(given, S("sandbox-refresh")) && !st->first_refresh_used)) {
        refuse(c, "invalid_grant", "expired access/refresh token");
        return;
    }
    struct sf_session *n = open_session(c);
    if (st->rotate_refresh) {
        if (old)
            old->dead = true;
        st->first_refresh_used = true;
        snprintf(n->refresh, sizeof(n->refresh), "5Aep%016llx",
                 (unsigned long long)rng_next(&c->s->rng));
    }
    answer(c, n, true);
}

/* From the form or from HTTP Basic. */
static bool client_fits(struct sf_call *c, bool secret_needed)
{
    struct str form = c->q->body;
    struct str id = url_query_get(c->a, form, S("client_id"));
    struct str secret = url_query_get(c->a, form, S("client_secret"));
    unsigned char plain[512];
    if (str_starts(c->q->authorization, S("Basic "))) {
        struct str basic = str_slice(c->q->authorization, 6, c->q->authorization.n);
        struct str rest = {(char *)plain, base64_decode(basic, plain, sizeof(plain))};
        str_cut(&rest, ':', &id);
        secret = rest;
    }
    if (!str_eq(id, S(SANDBOX_CLIENT))) {
        refuse(c, unknown_client.code, unknown_client.text);
        return false;
    }
    if ((secret.n || secret_needed) && !str_eq(secret, S(SANDBOX_SECRET))) {
        refuse(c, "invalid_client", "invalid client credentials");
        return false;
    }
    return true;
}

void sf_token(struct sf_call *c)
{
    struct str form = c->q->body, grant = url_query_get(c->a, form, S("grant_type"));
    if (!is(c, "POST")) {
        refuse(c, "invalid_request", "must use HTTP POST");
    } else if (str_eq(grant, S("urn:ietf:params:oauth:grant-type:jwt-bearer"))) {
        struct refusal why = jwt_refusal(c, url_query_get(c->a, form, S("assertion")));
        if (why.code)
            refuse(c, why.code, why.text);
        else
            answer(c, open_session(c), false);
    } else if (str_eq(grant, S("client_credentials"))) {
        if (client_fits(c, true))
            answer(c, open_session(c), false);
    } else if (str_eq(grant, S("refresh_token"))) {
        if (client_fits(c, false))
            refresh(c, url_query_get(c->a, form, S("refresh_token")));
    } else {
        refuse(c, "unsupported_grant_type", "grant type not supported");
    }
}

/* ---- sessions -------------------------------------------------------------------------------- */

static struct sf_session *session_named(struct sandbox *s, struct str token)
{
    for (size_t i = 0; i < SF_SESSIONS_MAX; i++)
        if (s->sf->session[i].token[0] && str_eq(token, str_from(s->sf->session[i].token)))
            return &s->sf->session[i];
    return NULL;
}

struct sf_session *sf_session_of(struct sandbox *s, struct str authorization, int64_t now_ms)
{
    struct str token = STR_NONE;
    if (str_starts(authorization, S("Bearer ")))
        token = str_slice(authorization, 7, authorization.n);
    else if (str_starts(authorization, S("OAuth "))) /* legacy, still in use */
        token = str_slice(authorization, 6, authorization.n);
    struct sf_session *n = token.p ? session_named(s, token) : NULL;
    if (!n || n->dead || now_ms - n->used_ms > s->sf->session_life_ms)
        return NULL;
    n->used_ms = now_ms;
    return n;
}

void sf_revoke(struct sf_call *c)
{
    struct str token = url_query_get(c->a, c->q->body, S("token"));
    if (!token.n)
        token = sf_param(c, "token");
    struct sf_state *st = c->s->sf;
    for (size_t i = 0; i < SF_SESSIONS_MAX; i++) {
        struct sf_session *n = &st->session[i];
        bool hit = token.n && (str_eq(token, str_from(n->token)) ||
                               (n->refresh[0] && str_eq(token, str_from(n->refresh))));
        if (!hit || n->dead)
            continue;
        n->dead = true;
        return; /* 200, no body */
    }
    refuse(c, "unsupported_token_type", "this token type is not supported");
}

void sf_introspect(struct sf_call *c)
{
    if (!client_fits(c, true))
        return;
    struct sf_session *n = session_named(c->s, url_query_get(c->a, c->q->body, S("token")));
    if (!n || n->dead || c->now_ms - n->used_ms > c->s->sf->session_life_ms) {
        buf_str(c->b, S("{\"active\":false}"));
        return;
    }
    buf_fmt(c->b,
            "{\"active\":true,\"scope\":\"api\",\"client_id\":\"" SANDBOX_CLIENT
            "\",\"username\":\"" SANDBOX_USERNAME "\",\"sub\":\"%s/id/" SANDBOX_ORG
            "/0055e0000000001AAA\",\"token_type\":\"access_token\",\"exp\":%lld,\"iat\":%lld}",
            c->s->base_url[0], (long long)((n->used_ms + c->s->sf->session_life_ms) / 1000),
            (long long)(n->used_ms / 1000));
}

/* Both spellings of both resources: /userinfo and /id/{org}/{user}. */
void sf_userinfo(struct sf_call *c)
{
    struct str user = sf_id(c, W_USER, c->o->world->table[W_USER].record[c->session->user]);
    buf_fmt(c->b,
            "{\"sub\":\"%s/id/" SANDBOX_ORG "/%.*s\",\"id\":\"%s/id/" SANDBOX_ORG
            "/%.*s\",\"user_id\":\"%.*s\",\"organization_id\":\"" SANDBOX_ORG
            "\",\"preferred_username\":\"" SANDBOX_USERNAME "\",\"username\":\"" SANDBOX_USERNAME
            "\",\"nickname\":\"tandem\",\"name\":\"Integration Tandem\",\"display_name\":"
            "\"Integration Tandem\",\"email\":\"" SANDBOX_USERNAME
            "\",\"email_verified\":true,\"given_name\":\"Integration\",\"family_name\":\"Tandem\","
            "\"zoneinfo\":\"Europe/Amsterdam\",\"user_type\":\"STANDARD\",\"language\":\"en_US\","
            "\"locale\":\"en_GB\",\"utcOffset\":3600000,\"active\":true,\"asserted_user\":true,"
            "\"is_app_installed\":true,\"urls\":{\"rest\":\"%s/services/data/v{version}/"
            "\",\"sobjects\":"
            "\"%s/services/data/v{version}/sobjects/\",\"query\":\"%s/services/data/v{version}/"
            "query/\","
            "\"custom_domain\":\"%s\"}}",
            c->s->base_url[0], STR_ARG(user), c->s->base_url[0], STR_ARG(user), STR_ARG(user),
            c->s->base_url[0], c->s->base_url[0], c->s->base_url[0], c->s->base_url[0]);
}
