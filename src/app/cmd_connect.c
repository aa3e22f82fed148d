/* init, connect, setup, doctor: what is done once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "text/url.h"

bool cmd_init(struct app *app, int *code, struct err *e)
{
    const char *dir = app->args ? app->arg[0] : ".";
    char path[3][4096];
    static const char *const names[] = {"tandem.yaml", "tandem.db", "tandem.key"};
    (void)code;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return file_failed("make the folder", dir, errno, e);
    for (int i = 0; i < 3; i++) {
        snprintf(path[i], sizeof(path[i]), "%s/%s", dir, names[i]);
        if (access(path[i], F_OK) == 0) {
            err_set(e, ERR_REFUSED, "exists", "%s is there already; nothing was changed", path[i]);
            err_subject(e, str_from(path[i]));
            return err_hint(e, "choose another folder: `tandem init DIR`");
        }
    }
    const char *env = getenv("TANDEM_KEY");
    bool keyed = env && *env; /* then no key lies beside the store */
    if (!config_write(path[0], e))
        return false;
    bool stored = store_sqlite_create(path[1], e);
    if (!stored || (!keyed && !secret_key_make(path[2], e))) {
        unlink(path[0]); /* all or nothing, so that init can be tried again */
        if (stored)
            unlink(path[1]);
        return false;
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "config", str_from(path[0]));
    put_str(d, o, "store", str_from(path[1]));
    put_str(d, o, "key", keyed ? STR_NONE : str_from(path[2]));
    result_print(app, d);
    say(app, "Made %s and %s.\n", path[0], path[1]);
    if (keyed)
        say(app, "Secrets are sealed with the key in TANDEM_KEY.\n");
    else
        say(app, "Made %s, which seals secrets; keep it apart from backups of the store.\n",
            path[2]);
    say(app, "Next: tandem connect hubspot, tandem connect salesforce\n");
    return true;
}

/* A portal has no other name than "portal 4242". */
static struct str organisation_shown(struct app *app, const struct crm_identity *who)
{
    if (str_ends(who->name, who->organisation))
        return who->name;
    return str_fmt(&app->a, "%.*s (%.*s)", STR_ARG(who->name), STR_ARG(who->organisation));
}

static bool say_next(struct app *app, enum side other, struct err *e)
{
    struct store *st = app->store;
    struct str there;
    if (!st->ops->doc_get(st, &app->a, DOC_CONNECTION, str_from(side_name(other)), &there, e))
        return false;
    if (there.n)
        say(app, "Next: tandem setup, tandem doctor\n");
    else
        say(app, "Next: tandem connect %s\n", side_name(other));
    return true;
}

/* First contact, the binding (S1.5), and only then are the credentials kept. */
static bool connect_side(struct app *app, enum side s, yyjson_mut_doc *credentials, struct err *e)
{
    struct crm_identity who;
    struct str sealed, bound, installation;
    struct str text = json_print(&app->a, credentials);
    struct str name = s == SIDE_SF ? S("bound_salesforce") : S("bound_hubspot");
    if (strcmp(app->o.connection, "default") != 0 && access(app_store_path(app), F_OK) != 0 &&
        !store_sqlite_create(app_store_path(app), e))
        return false;
    if (!app_open_store(app, STORE_WRITE, e) || !app_open_crm(app, s, text, e) ||
        !app->crm[s]->ops->identify(app->crm[s], &app->a, &who, e))
        return false;
    struct store *st = app->store;
    if (!st->ops->doc_get(st, &app->a, DOC_CONNECTION, name, &bound, e))
        return false;
    if (bound.n && !str_eq(bound, who.organisation)) {
        err_set(e, ERR_REFUSED, "other_organisation",
                "this connection is bound to %s %.*s, and these credentials are of %.*s",
                s == SIDE_SF ? "organisation" : "portal", STR_ARG(bound),
                STR_ARG(who.organisation));
        err_rule(e, "S1.5");
        return err_hint(e, "make a connection of its own for it: `tandem init` in another folder");
    }
    if (!app_installation(app, &installation, e) || !secret_seal(app, text, &sealed, e) ||
        !st->ops->begin(st, STORE_FULL, e))
        return false;
    if (!st->ops->doc_put(st, DOC_CONNECTION, str_from(side_name(s)), sealed, e) ||
        !st->ops->doc_put(st, DOC_CONNECTION, name, who.organisation, e)) {
        st->ops->rollback(st);
        return false;
    }
    if (!st->ops->commit(st, e) || !engine_resume(st, e)) /* other credentials: a new try */
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "organisation", who.organisation);
    put_str(d, o, "name", who.name);
    put_str(d, o, "user", who.user);
    put_str(d, o, "edition", who.edition);
    put_bool(d, o, "test_system", who.test_system);
    result_print(app, d);
    say(app, "Connected to %s: %.*s%s %s%.*s.\n", s == SIDE_SF ? "Salesforce" : "HubSpot",
        STR_ARG(organisation_shown(app, &who)), who.test_system ? ", a test system," : "",
        str_eq(who.user, S("token")) ? "by its " : "as ", STR_ARG(who.user));
    return bound.n || say_next(app, side_other(s), e);
}

static bool endpoint(struct app *app, const char *text, yyjson_mut_doc *d, yyjson_mut_val *o,
                     const char *key, struct err *e)
{
    struct str url;
    if (!url_endpoint(&app->a, str_from(text), &url, e))
        return err_hint(e, "give an address such as https://example.my.salesforce.com or"
                           " https://api.hubapi.com; http:// goes to this machine only");
    json_put(d, o, key, url);
    return true;
}

/* A token goes into a header as it is. */
static bool visible(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] >= 0x7f)
            return false;
    return true;
}

bool cmd_connect_hubspot(struct app *app, int *code, struct err *e)
{
    struct str token = STR_NONE;
    char line[4096];
    (void)code;
    if (!config_load(app, e))
        return false;
    if (app->o.token_file && !file_read(&app->a, app->o.token_file, 16 * KIB, &token, e))
        return false;
    if (app->o.token_stdin && fgets(line, sizeof(line), stdin))
        token = str_dup(&app->a, str_from(line));
    token = str_trim(token);
    if (!token.n) {
        err_set(e, ERR_USAGE, "no_token", "a token is needed: --token-file FILE or --token-stdin");
        return err_hint(e, "in HubSpot: Development > Keys > Service keys; scopes in the README");
    }
    if (!visible(token)) {
        err_set(e, ERR_USAGE, "bad_token", "that is no token: it has blanks or more than one line");
        return err_hint(e, "the token alone, as HubSpot shows it, on one line");
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&app->a, &o);
    json_put(d, o, "token", token);
    return endpoint(app, app->o.url ? app->o.url : "https://api.hubapi.com", d, o, "url", e) &&
           connect_side(app, SIDE_HS, d, e);
}

static bool put_file(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const char *key,
                     const char *path, bool trim, struct err *e)
{
    struct str text;
    if (!file_read(&app->a, path, 64 * KIB, &text, e))
        return false;
    json_put(d, o, key, trim ? str_trim(text) : text);
    return true;
}

bool cmd_connect_salesforce(struct app *app, int *code, struct err *e)
{
    const struct options *opt = &app->o;
    (void)code;
    if (!config_load(app, e))
        return false;
    const char *flow = opt->jwt_key              ? "jwt"
                       : opt->refresh_token_file ? "refresh"
                       : opt->client_secret_file ? "client"
                                                 : NULL;
    if (!opt->client_id || !flow || (opt->jwt_key && !opt->username)) {
        err_set(e, ERR_USAGE, "no_credentials",
                "needed: --client-id, and either --jwt-key and --username, or --client-secret-file,"
                " or --refresh-token-file");
        return err_hint(e, "see `tandem connect salesforce --help`");
    }
    if (opt->jwt_key && (opt->refresh_token_file || opt->client_secret_file)) {
        err_set(e, ERR_USAGE, "no_credentials", "--jwt-key goes with no other credentials");
        return err_hint(e, "see `tandem connect salesforce --help`");
    }
    const char *login = opt->login_url ? opt->login_url : "https://login.salesforce.com";
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&app->a, &o);
    json_put(d, o, "flow", str_from(flow));
    json_put(d, o, "client_id", str_from(opt->client_id));
    if (opt->username)
        json_put(d, o, "username", str_from(opt->username));
    if (opt->audience)
        json_put(d, o, "audience", str_from(opt->audience));
    if (!endpoint(app, login, d, o, "login_url", e) || !endpoint(app, login, d, o, "url", e))
        return false;
    if (opt->jwt_key && !put_file(app, d, o, "private_key", opt->jwt_key, false, e))
        return false;
    if (opt->client_secret_file &&
        !put_file(app, d, o, "client_secret", opt->client_secret_file, true, e))
        return false;
    if (opt->refresh_token_file &&
        !put_file(app, d, o, "refresh_token", opt->refresh_token_file, true, e))
        return false;
    return connect_side(app, SIDE_SF, d, e);
}

static bool put_package(struct app *app, struct err *e)
{
    const char *dir = app->o.package;
    if (!package_write(app, dir, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "package", str_from(dir));
    result_print(app, d);
    say(app,
        "The package is in %s. An administrator deploys it (sf project deploy start"
        " --metadata-dir %s,\nor zipped in Workbench), assigns the permission set Tandem to our"
        " user, then: tandem setup\n",
        dir, dir);
    return true;
}

bool cmd_setup(struct app *app, int *code, struct err *e)
{
    struct crm_setup setup[SIDE_COUNT];
    if (app->o.package)
        return config_load(app, e) && put_package(app, e);
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e) ||
        !engine_setup(app->engine, &app->a, setup, e) || !engine_resume(app->store, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        yyjson_mut_val *side = yyjson_mut_obj_add_obj(d, o, side_name(s));
        put_str(d, side, "key", setup[s].key_name);
        put_bool(d, side, "ready", setup[s].key_ready);
        put_bool(d, side, "made", setup[s].key_made);
        put_str(d, side, "todo", setup[s].todo);
        say(app, "%-10s %.*s: %s\n", side_name(s), STR_ARG(setup[s].key_name),
            setup[s].key_made    ? "made"
            : setup[s].key_ready ? "there"
                                 : "not ready");
        if (setup[s].todo.n)
            say(app, "           to do: %.*s\n", STR_ARG(setup[s].todo));
        if (!setup[s].key_ready)
            *code = EXIT_REFUSED;
    }
    result_print(app, d);
    return true;
}

bool cmd_takeover(struct app *app, int *code, struct err *e)
{
    struct crm_setup setup[SIDE_COUNT];
    struct str ours, before;
    (void)code;
    if (!config_load(app, e) || !app_open_takeover(app, STORE_WRITE, e))
        return false;
    struct crm *hs = app->crm[SIDE_HS];
    if (!app_installation(app, &ours, e) ||
        !hs->ops->setup(hs, &app->a, CRM_LOOK, ours, &setup[SIDE_HS], e))
        return false;
    before = setup[SIDE_HS].installation;
    bool others = before.n && !str_eq(before, ours);
    if (others && !app->o.yes) {
        err_set(e, ERR_REFUSED, "confirm",
                "the installation %.*s writes to this connection; two writers undo each other's"
                " work",
                STR_ARG(before));
        err_rule(e, "S8.7");
        return err_hint(e, "stop the other one for good, then `tandem takeover --yes`");
    }
    if (!engine_setup(app->engine, &app->a, setup, e) || !engine_resume(app->store, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "installation", ours);
    put_str(d, o, "before", before);
    put_bool(d, o, "changed", others);
    result_print(app, d);
    if (others)
        say(app, "This installation (%.*s) writes here now; %.*s is refused from now on.\n",
            STR_ARG(ours), STR_ARG(before));
    else
        say(app, "No other installation writes here.\n");
    return true;
}

bool cmd_doctor(struct app *app, int *code, struct err *e)
{
    static const char *const words[] = {"?", "ok", "MISSING"};
    static const char *const names[] = {"unknown", "yes", "no"};
    size_t missing = 0;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, true, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm_checks checks;
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, side_name(s));
        const struct crm_identity *who = engine_identity(app->engine, s);
        if (!app->crm[s]->ops->doctor(app->crm[s], &app->a, &checks, e))
            return false;
        say(app, "%s: %.*s\n", side_name(s), STR_ARG(organisation_shown(app, who)));
        for (size_t i = 0; i < checks.count; i++) {
            const struct crm_check *c = &checks.check[i];
            yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
            bool needed = /* by any pass, or by what was turned on (S17.4) */
                c->needed || (c->contacts && engine_settings(app->engine)->associations);
            put_str(d, item, "what", c->what);
            put_str(d, item, "allowed", str_from(names[c->ok]));
            put_bool(d, item, "needed", needed);
            put_str(d, item, "detail", c->detail);
            say(app, "  %-8s %-38.*s %.*s\n", words[c->ok], STR_ARG(c->what), STR_ARG(c->detail));
            missing += needed && c->ok == RIGHT_NO;
        }
    }
    put_int(d, o, "missing", (int64_t)missing);
    result_print(app, d);
    if (missing) {
        say(app, "%s missing (S17.4).\n",
            counted(app, missing, "right that the sync needs is",
                    "rights that the sync needs are"));
        *code = EXIT_REFUSED;
    }
    return true;
}
