/* oauth: sources of bearer tokens (SF 2.2, H3). Renewal happens under one lock, and a user whose
 * token is older than the present one gets that instead of a new one, so that many calls that meet
 * a 401 together renew once. Tokens live in locked memory where the system lets us; no secret is in
 * a log or an error (S17.1). */
#pragma once

#include "net/http.h"

struct oauth;

/* A static token (HubSpot service key, private app): renewing it fails with ERR_REAUTH. */
struct oauth *oauth_static(struct str token);

struct oauth_options {
    struct str token_url_base; /* the login host, url_endpoint-checked */
    struct str token_path;     /* "/services/oauth2/token", "/oauth/2026-09/token" */
    struct str client_id, client_secret;
    struct str refresh_token;                       /* refresh flow */
    struct str username, audience, private_key_pem; /* JWT bearer flow */
    struct clock *clock;
    struct log *log;
    const char *ca_file;
    int trace_fd;
    /* Called with a rotated refresh token, before the access token is used (SF 2.2, H3.11). */
    bool (*keep_refresh)(void *who, struct str refresh_token, struct err *e);
    void *who;
};

enum oauth_flow { OAUTH_JWT, OAUTH_CLIENT_CREDENTIALS, OAUTH_REFRESH };
MUST_CHECK bool oauth_open(struct oauth **out, enum oauth_flow flow, const struct oauth_options *o,
                           struct err *e);
/* One for each struct http, each with its own copy of the token: users in several threads do not
 * disturb each other. Lives as long as `o`. */
struct http_auth *oauth_auth(struct oauth *o);
/* The identity URL of the last token answer (SF 2.2 "id"); none before the first. */
struct str oauth_identity(const struct oauth *o);
void oauth_close(struct oauth *o);

/* What a refusal means for the operator (SF 2.2, H3.13): ERR_REAUTH with the way out; ERR_RETRY
 * where it passes by itself. `error` and `detail` are the answer's words; of `sent` the client id,
 * user and audience are named, which are no secrets. */
bool oauth_refusal(int status, struct str error, struct str detail,
                   const struct oauth_options *sent, struct err *e);

/* The signed assertion of SF 2.2 (RS256); pure but for the signature. */
MUST_CHECK bool jwt_bearer(struct arena *a, struct str key_pem, struct str issuer,
                           struct str subject, struct str audience, int64_t expires_s,
                           struct str *out, struct err *e);
