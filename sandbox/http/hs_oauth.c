/* hs_oauth: the token server (H3.7-H3.15, H24.14). Clients, codes and tokens are of this sandbox;
 * the operator is taken to agree at once. */
#include <stdio.h>

#include "sandbox/http/hs_p.h"

static const char all_scopes[] =
    "oauth crm.objects.companies.read crm.objects.companies.write crm.objects.contacts.read "
    "crm.objects.contacts.write crm.schemas.companies.read crm.schemas.companies.write "
    "crm.schemas.contacts.read crm.schemas.contacts.write crm.lists.read crm.lists.write "
    "crm.objects.owners.read";

/* ---- tokens ---------------------------------------------------------------------------------- */

struct hs_token *hs_token_add(struct hs_state *state, struct str access, struct str scopes)
{
    if (state->tokens == HS_TOKENS_MAX) { /* the oldest that is not the first makes room */
        memmove(state->token + 1, state->token + 2, (HS_TOKENS_MAX - 2) * sizeof(*state->token));
        state->tokens--;
    }
    struct hs_token *t = &state->token[state->tokens++];
    *t = (struct hs_token){0};
    snprintf(t->access, sizeof(t->access), "%.*s", STR_ARG(access));
    snprintf(t->scopes, sizeof(t->scopes), "%.*s", STR_ARG(scopes));
    return t;
}

void hs_tokens_init(struct hs_state *state)
{
    hs_token_add(state, S(SANDBOX_TOKEN), S(""));
    struct hs_token *t = hs_token_add(state, S("CJsandbox-first"), str_from(all_scopes));
    t->oauth = t->dead = true; /* only its refresh token is of use */
    snprintf(t->refresh, sizeof(t->refresh), "na1-sandbox-refresh");
}

static struct hs_token *by_access(struct hs_state *state, struct str access)
{
    for (size_t i = state->tokens; i-- > 0 && access.n;)
        if (!state->token[i].dead && str_eq(access, str_from(state->token[i].access)))
            return &state->token[i];
    return NULL;
}

static struct hs_token *by_refresh(struct hs_state *state, struct str refresh)
{
    for (size_t i = state->tokens; i-- > 0 && refresh.n;)
        if (str_eq(refresh, str_from(state->token[i].refresh)))
            return &state->token[i];
    return NULL;
}

struct hs_token *hs_token_of(struct hs_state *state, struct str authorization)
{
    return str_starts(authorization, S("Bearer "))
               ? by_access(state, str_slice(authorization, 7, authorization.n))
               : NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* H3.13 */
static void fail(struct hs_call *c, const char *status, const char *error, const char *message)
{
    c->r->status = 400;
    buf_clear(c->b);
    buf_fmt(c->b,
            "{\"status\":\"%s\",\"error\":\"%s\",\"error_description\":\"%s\",\"message\":\"%s\",",
            status, error, message, message);
    hs_correlation(c->s, c->b);
    buf_char(c->b, '}');
}

static void put_scopes(struct hs_call *c, const struct hs_token *t)
{
    struct str rest = str_from(t->scopes[0] ? t->scopes : all_scopes), one;
    size_t n = 0;
    buf_str(c->b, S("\"scopes\":["));
    while (str_cut(&rest, ' ', &one)) {
        if (!one.n)
            continue;
        if (n++)
            buf_char(c->b, ',');
        json_quote(c->b, one);
    }
    buf_char(c->b, ']');
}

static int64_t seconds_left(struct hs_call *c, const struct hs_token *t)
{
    return t->expires_ms ? MAX(t->expires_ms - c->now_ms, 0) / 1000 : 0;
}

static void put_token(struct hs_call *c, const struct hs_token *t)
{
    buf_fmt(c->b, "{\"access_token\":\"%s\",", t->access);
    if (t->refresh[0])
        buf_fmt(c->b, "\"refresh_token\":\"%s\",", t->refresh);
    buf_fmt(c->b,
            "\"expires_in\":%lld,\"token_type\":\"bearer\",\"token_use\":\"access_token\","
            "\"hub_id\":" SANDBOX_PORTAL ",\"user_id\":77,",
            (long long)(c->state->token_life_ms / 1000));
    put_scopes(c, t);
    buf_char(c->b, '}');
}

static struct hs_token *new_token(struct hs_call *c, struct str scopes, const char *refresh)
{
    uint64_t n = ++c->state->serial;
    char keep[80], rights[1024];
    snprintf(keep, sizeof(keep), "%s", refresh ? refresh : "");
    snprintf(rights, sizeof(rights), "%.*s",
             STR_ARG(scopes)); /* both may be of a slot that moves */
    struct hs_token *t =
        hs_token_add(c->state,
                     str_fmt(c->a, "CJ%08llx%08llx", (unsigned long long)n,
                             (unsigned long long)(rng_mix(c->s->world.seed + n) & 0xffffffff)),
                     str_from(rights));
    t->oauth = true;
    t->expires_ms = c->now_ms + c->state->token_life_ms;
    if (refresh)
        snprintf(t->refresh, sizeof(t->refresh), "%s", keep);
    return t;
}

/* ---- POST token ------------------------------------------------------------------------------ */

static struct str form(struct hs_call *c, const char *name)
{
    struct str v = url_query_get(c->a, c->q->body, str_from(name));
    return v.p ? v : hs_param(c, name);
}

static void by_code(struct hs_call *c)
{
    struct str code = form(c, "code"), redirect = form(c, "redirect_uri");
    char refresh[80];
    for (size_t i = 0; i < c->state->codes; i++) {
        if (!str_eq(code, str_from(c->state->code[i].code)))
            continue;
        if (!str_eq(redirect, str_from(c->state->code[i].redirect))) {
            fail(c, "REDIRECT_URI_MISMATCH", "invalid_grant", "redirect_uri does not match");
            return;
        }
        c->state->code[i].code[0] = '\0'; /* once */
        snprintf(refresh, sizeof(refresh), "na1-%08llx-%04llx",
                 (unsigned long long)(rng_mix(c->state->serial + 99) & 0xffffffff),
                 (unsigned long long)c->state->serial);
        put_token(c, new_token(c, str_from(c->state->code[i].scopes), refresh));
        return;
    }
    fail(c, "BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code");
}

static void by_refresh_token(struct hs_call *c)
{
    struct hs_token *old = by_refresh(c->state, form(c, "refresh_token"));
    char next[80];
    if (!old) {
        fail(c, "BAD_REFRESH_TOKEN", "invalid_grant",
             "refresh token is invalid, expired or revoked");
        return;
    }
    snprintf(next, sizeof(next), "%s", old->refresh);
    if (c->state->rotate_refresh) {
        for (size_t i = 0; i < c->state->tokens; i++)
            if (strcmp(c->state->token[i].refresh, next) == 0)
                c->state->token[i].refresh[0] = '\0';
        snprintf(next, sizeof(next), "na1-rotated-%llu", (unsigned long long)++c->state->serial);
    }
    put_token(c, new_token(c, str_from(old->scopes), next));
}

static void token(struct hs_call *c)
{
    struct str grant = form(c, "grant_type");
    if (!str_eq(form(c, "client_id"), S(SANDBOX_CLIENT)) ||
        !str_eq(form(c, "client_secret"), S(SANDBOX_SECRET))) {
        fail(c, "BAD_CLIENT_ID", "invalid_client", "missing or unknown client id");
    } else if (sandbox_fault(c->s, "bad_hub", "hubspot", c->q->path)) {
        fail(c, "BAD_HUB", "access_denied", "the hub does not have access");
    } else if (str_eq(grant, S("authorization_code"))) {
        by_code(c);
    } else if (str_eq(grant, S("refresh_token"))) {
        by_refresh_token(c);
    } else if (str_eq(grant, S("client_credentials"))) {
        struct str scope = form(c, "scope");
        put_token(c, new_token(c, scope.n ? scope : str_from(all_scopes), NULL));
    } else {
        fail(c, "BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type");
    }
}

/* ---- what a token is ------------------------------------------------------------------------- */

static void introspect(struct hs_call *c)
{
    struct str text = form(c, "token");
    bool refresh = str_eq(form(c, "token_type_hint"), S("refresh_token"));
    struct hs_token *t = by_access(c->state, text);
    if (!t && (t = by_refresh(c->state, text)))
        refresh = true;
    if (!t || !t->oauth || (!refresh && t->expires_ms <= c->now_ms)) { /* H3.7 */
        buf_str(c->b, S("{\"active\":false}"));
        return;
    }
    buf_fmt(c->b,
            "{\"active\":true,\"token_use\":\"%s\",\"token_type\":\"bearer\",\"client_id\":"
            "\"" SANDBOX_CLIENT "\",\"app_id\":5150,\"hub_id\":" SANDBOX_PORTAL
            ",\"user_id\":77,\"expires_in\":%lld,",
            refresh ? "refresh_token" : "access_token", (long long)seconds_left(c, t));
    put_scopes(c, t);
    buf_char(c->b, '}');
}

static void revoke(struct hs_call *c, struct str text)
{
    struct hs_token *t = by_refresh(c->state, text);
    char refresh[80] = "";
    if (t)
        snprintf(refresh, sizeof(refresh), "%s", t->refresh);
    for (size_t i = 0; i < c->state->tokens; i++) {
        struct hs_token *one = &c->state->token[i];
        if (refresh[0] && strcmp(one->refresh, refresh) == 0) {
            one->dead = true;
            one->refresh[0] = '\0';
        } else if (one->oauth && str_eq(text, str_from(one->access))) {
            one->dead = true;
        }
    }
}

/* GET and DELETE of the v1 forms, which have the token in the path (H3.12) */
static void in_path(struct hs_call *c, bool refresh, struct str text)
{
    struct hs_token *t = refresh ? by_refresh(c->state, text) : by_access(c->state, text);
    if (hs_is(c, "DELETE")) {
        revoke(c, text);
        c->r->status = 204;
        return;
    }
    if (!t || !t->oauth) {
        hs_error(c, refresh ? 404 : 400, refresh ? "OBJECT_NOT_FOUND" : "VALIDATION_ERROR",
                 S("the token is unknown or expired"));
        return;
    }
    buf_fmt(c->b,
            "{\"token\":\"%.*s\",\"user\":\"tandem@sandbox.example\",\"hub_domain\":"
            "\"sandbox.example\",\"hub_id\":" SANDBOX_PORTAL ",\"user_id\":77,\"app_id\":5150,"
            "\"client_id\":\"" SANDBOX_CLIENT "\",\"token_type\":\"%s\",\"expires_in\":%lld,",
            STR_ARG(text), refresh ? "refresh" : "access", (long long)seconds_left(c, t));
    put_scopes(c, t);
    buf_char(c->b, '}');
}

static void private_info(struct hs_call *c)
{
    yyjson_val *root;
    if (!hs_body(c, &root))
        return;
    struct hs_token *t = by_access(c->state, json_get(root, "tokenKey"));
    if (!t || t->oauth) {
        hs_no_resource(c, S("no such token"));
        return;
    }
    buf_str(c->b, S("{\"userId\":77,\"hubId\":" SANDBOX_PORTAL ",\"appId\":5150,"));
    put_scopes(c, t);
    buf_char(c->b, '}');
}

/* The user agrees at once, and the browser goes back with a code (H3.8). */
static void authorize(struct hs_call *c)
{
    struct str redirect = hs_param(c, "redirect_uri"), state = hs_param(c, "state");
    if (!str_eq(hs_param(c, "client_id"), S(SANDBOX_CLIENT)) || !redirect.n ||
        str_find_char(redirect, '\n') >= 0 || str_find_char(redirect, '\r') >= 0) {
        hs_error(c, 400, "VALIDATION_ERROR", S("client_id or redirect_uri is wrong"));
        return;
    }
    size_t at =
        c->state->codes < HS_CODES_MAX ? c->state->codes++ : c->state->serial % HS_CODES_MAX;
    snprintf(c->state->code[at].code, sizeof(c->state->code[at].code), "code-%08llx",
             (unsigned long long)(rng_mix(++c->state->serial) & 0xffffffff));
    snprintf(c->state->code[at].redirect, sizeof(c->state->code[at].redirect), "%.*s",
             STR_ARG(redirect));
    struct str scope = hs_param(c, "scope");
    snprintf(c->state->code[at].scopes, sizeof(c->state->code[at].scopes), "%.*s",
             STR_ARG(scope.n ? scope : str_from(all_scopes)));
    c->r->status = 302;
    response_header(c->r, "Location",
                    str_fmt(c->a, "%.*s%scode=%s%s%.*s", STR_ARG(redirect),
                            str_find_char(redirect, '?') >= 0 ? "&" : "?", c->state->code[at].code,
                            state.p ? "&state=" : "", STR_ARG(url_encoded(c->a, state))));
}

void hs_oauth(struct hs_call *c, struct str rest)
{
    struct str version = STR_NONE, what = STR_NONE, more = STR_NONE;
    hs_segment(c, &rest, &version);
    hs_segment(c, &rest, &what);
    hs_segment(c, &rest, &more);
    bool post = hs_is(c, "POST");
    if (str_eq(version, S("authorize")) && hs_is(c, "GET")) {
        authorize(c);
    } else if (str_eq(what, S("token")) && post && !more.n) {
        token(c);
    } else if (str_eq(what, S("token")) && post && str_eq(more, S("introspect"))) {
        introspect(c);
    } else if (str_eq(what, S("token")) && post && str_eq(more, S("revoke"))) {
        revoke(c, form(c, "token"));
        buf_str(c->b, S("{}"));
    } else if (str_eq(what, S("access-tokens")) && more.n) {
        in_path(c, false, more);
    } else if (str_eq(what, S("refresh-tokens")) && more.n) {
        in_path(c, true, more);
    } else if (str_eq(what, S("private-apps")) && post) {
        private_info(c);
    } else {
        hs_no_path(c);
    }
}
