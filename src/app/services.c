/* services: the store and both services, opened from configuration and sealed credentials. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "text/hash.h"

#define LOCK_WAIT_MS (30 * MS_SECOND)
#define LOCK_ASK_MS  20 /* well below a service's pause between two passes (LANE_PAUSE_MS) */

/* One file holds one connection (store/sqlite/schema.c): `default` has the file that tandem.yaml
 * names, another one has its name put in: tandem.db, tandem.NAME.db. */
const char *app_store_path(struct app *app)
{
    struct str path = str_from(app_path(app, app->config.store));
    if (strcmp(app->o.connection, "default") == 0)
        return path.p;
    if (str_ends(path, S(".db")))
        path.n -= 3;
    return str_cstr(&app->a, str_fmt(&app->a, "%.*s.%s.db", STR_ARG(path), app->o.connection));
}

/* Who works in steps gives the writer's lock up within seconds: it is waited for. */
static bool open_waiting(struct app *app, const char *path, enum store_mode mode, struct err *e)
{
    int64_t until_us = app->clock->mono_us(app->clock) + LOCK_WAIT_MS * 1000;
    while (!store_sqlite_open(&app->store, path, app->o.connection, mode, app->clock, e)) {
        app->store = NULL;
        if (e->kind != ERR_WAIT || app_stop || app->clock->mono_us(app->clock) >= until_us)
            return false;
        app->clock->sleep_us(app->clock, LOCK_ASK_MS * 1000);
    }
    return true;
}

bool app_connection_there(struct app *app, struct err *e)
{
    const char *path = app_store_path(app);
    if (access(path, F_OK) == 0 || strcmp(app->o.connection, "default") == 0)
        return true;
    err_set(e, ERR_CONFIG, "no_connection", "there is no connection \"%s\"; its store would be %s",
            app->o.connection, path);
    return err_hint(e, "make it with `tandem connect hubspot --connection %s`", app->o.connection);
}

bool app_open_store(struct app *app, enum store_mode mode, struct err *e)
{
    if (app->store)
        return true;
    return app_connection_there(app, e) && open_waiting(app, app_store_path(app), mode, e);
}

static bool open_trace(struct app *app, struct err *e)
{
    if (!app->o.trace_http || app->trace_fd >= 0)
        return true;
    app->trace_fd = open(app->o.trace_http, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    return app->trace_fd >= 0 || file_failed("write", app->o.trace_http, errno, e);
}

/* A rotated refresh token is sealed before the new access token is used (SF 2.2, H3.11). */
struct keeper {
    struct app *app;
    enum side side;
    struct str credentials;
};

static bool keep_refresh(void *who, struct str token, struct err *e)
{
    struct keeper *k = who;
    struct app *app = k->app;
    yyjson_val *root;
    struct str sealed;
    if (!app->store || !json_parse(&app->a, k->credentials, &root, e))
        return false;
    yyjson_mut_doc *d = json_new(&app->a);
    yyjson_mut_val *copy = yyjson_val_mut_copy(d, root);
    yyjson_mut_doc_set_root(d, copy);
    yyjson_mut_obj_remove_key(copy, "refresh_token");
    json_put(d, copy, "refresh_token", token);
    if (!secret_seal(app, json_print(&app->a, d), &sealed, e) ||
        !app->store->ops->begin(app->store, STORE_FULL, e))
        return false;
    return app->store->ops->doc_put(app->store, DOC_CONNECTION, str_from(side_name(k->side)),
                                    sealed, e) &&
           app->store->ops->commit(app->store, e);
}

static bool open_auth(struct app *app, enum side s, yyjson_val *root, struct str text,
                      struct http_auth **auth, struct err *e)
{
    struct str token = json_get(root, "token"), flow = json_get(root, "flow");
    if (token.n) {
        app->oauth[s] = oauth_static(token);
        *auth = oauth_auth(app->oauth[s]);
        return true;
    }
    struct keeper *k = ARENA_NEW(&app->a, struct keeper);
    *k = (struct keeper){app, s, str_dup(&app->a, text)};
    struct oauth_options o = {
        .token_url_base = json_get(root, "login_url"),
        .token_path = s == SIDE_SF ? S("/services/oauth2/token") : S("/oauth/2026-09/token"),
        .client_id = json_get(root, "client_id"),
        .client_secret = json_get(root, "client_secret"),
        .refresh_token = json_get(root, "refresh_token"),
        .username = json_get(root, "username"),
        .audience = json_get(root, "audience"),
        .private_key_pem = json_get(root, "private_key"),
        .clock = app->clock,
        .log = &app->log,
        .ca_file = app_path(app, app->config.ca_file),
        .trace_fd = -1,
        .keep_refresh = keep_refresh,
        .who = k,
    };
    enum oauth_flow f = str_eq(flow, S("jwt"))       ? OAUTH_JWT
                        : str_eq(flow, S("refresh")) ? OAUTH_REFRESH
                                                     : OAUTH_CLIENT_CREDENTIALS;
    if (!oauth_open(&app->oauth[s], f, &o, e))
        return false;
    *auth = oauth_auth(app->oauth[s]);
    return true;
}

bool app_open_crm(struct app *app, enum side s, struct str credentials, struct err *e)
{
    yyjson_val *root;
    struct http_auth *auth;
    if (!open_trace(app, e) || !json_parse(&app->a, credentials, &root, e))
        return false;
    if (!app->domains &&
        !domains_open(&app->domains, app_path(app, app->config.public_suffix_list), e))
        return false;
    if (!open_auth(app, s, root, credentials, &auth, e))
        return false;
    struct crm_options o = {
        .base = json_get(root, "url"),
        .auth = auth,
        .domains = app->domains,
        .clock = app->clock,
        .log = &app->log,
        .rng = &app->rng,
        .ca_file = app_path(app, app->config.ca_file),
        .trace_fd = app->trace_fd,
        .stop = &app_stop,
        .version = s == SIDE_SF ? app->config.salesforce_version : app->config.hubspot_version,
        .key_name =
            s == SIDE_SF ? app->config.salesforce_key_field : app->config.hubspot_key_property,
    };
    if (s == SIDE_HS)
        o.limits = (struct http_limits){.burst = (unsigned)app->config.hubspot_burst,
                                        .burst_ms = 10000,
                                        .search = (unsigned)app->config.hubspot_search,
                                        .search_ms = 1000};
    return s == SIDE_SF ? salesforce_open(&app->crm[s], &o, e) : hubspot_open(&app->crm[s], &o, e);
}

/* Who we are (S8.7): made once, with the store. */
bool app_installation(struct app *app, struct str *out, struct err *e)
{
    struct store *st = app->store;
    unsigned char bytes[8];
    char hex[17];
    if (!st->ops->doc_get(st, &app->a, DOC_CONNECTION, S("installation"), out, e))
        return false;
    if (out->n)
        return true;
    if (sodium_init() < 0)
        return err_set(e, ERR_INTERNAL, "sodium", "libsodium does not start");
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes));
    *out = str_dup(&app->a, str_from(hex));
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    return st->ops->doc_put(st, DOC_CONNECTION, S("installation"), *out, e) &&
           st->ops->commit(st, e);
}

static bool open_stored(struct app *app, enum side s, struct err *e)
{
    struct store *st = app->store;
    struct str sealed, credentials;
    if (!st->ops->doc_get(st, &app->a, DOC_CONNECTION, str_from(side_name(s)), &sealed, e))
        return false;
    if (!sealed.n) {
        err_set(e, ERR_CONFIG, "not_connected", "%s is not connected", side_name(s));
        return err_hint(e, "run `tandem connect %s` first", side_name(s));
    }
    return secret_open(app, sealed, &credentials, e) && app_open_crm(app, s, credentials, e);
}

static bool open_engine(struct app *app, enum store_mode mode, bool online, bool take_over,
                        struct err *e)
{
    struct engine_options o = {.take_over = take_over,
                               .clock = app->clock,
                               .log = &app->log,
                               .rng = &app->rng,
                               .stop = &app_stop,
                               .progress = on_progress,
                               .who = app};
    if (!app_open_store(app, mode, e))
        return false;
    if (online && !(open_stored(app, SIDE_SF, e) && open_stored(app, SIDE_HS, e)))
        return false;
    unsigned char *key = (unsigned char *)arena_bytes(&app->a, HASH_KEY_BYTES);
    if (online && !(app_installation(app, &o.installation, e) && secret_people_key(app, key, e)))
        return false;
    o.people_key = online ? key : NULL;
    o.store = app->store;
    o.crm[SIDE_SF] = app->crm[SIDE_SF];
    o.crm[SIDE_HS] = app->crm[SIDE_HS];
    if (engine_open(&app->engine, &o, e))
        return true;
    if (online && mode != STORE_READ && e->kind != ERR_STOPPED)
        engine_suspend(app->store, e, http_now_ms(app->crm[SIDE_HS]->http));
    return false;
}

bool app_open_engine(struct app *app, enum store_mode mode, bool online, struct err *e)
{
    return open_engine(app, mode, online, false, e);
}

bool app_open_takeover(struct app *app, enum store_mode mode, struct err *e)
{
    return open_engine(app, mode, true, true, e);
}

void app_close(struct app *app)
{
    engine_close(app->engine);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (app->crm[s])
            app->crm[s]->ops->close(app->crm[s]);
        oauth_close(app->oauth[s]);
    }
    domains_close(app->domains);
    if (app->store)
        app->store->ops->close(app->store);
    if (app->trace_fd >= 0)
        close(app->trace_fd);
    arena_release(&app->a);
}
