#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/app.h"
#include "base/near.h"

stop_flag app_stop;

static void on_signal(int n)
{
    (void)n;
    app_stop = 1;
}

const struct command commands[] = {
    {"init", NULL, cmd_init, "[DIR]", 0, 1, "", "Make tandem.yaml, the store and the key."},
    {"connect", "hubspot", cmd_connect_hubspot, NULL, 0, 0, " url token-file token-stdin ",
     "Connect the portal: --token-file or --token-stdin."},
    {"connect", "salesforce", cmd_connect_salesforce, NULL, 0, 0,
     " login-url client-id username jwt-key audience client-secret-file refresh-token-file ",
     "Connect the org: --client-id with --jwt-key and --username, or with one of the files."},
    {"setup", NULL, cmd_setup, NULL, 0, 0, " package ", "Make the two fields that hold our ids."},
    {"takeover", NULL, cmd_takeover, NULL, 0, 0, " yes ",
     "Write to a connection that another installation wrote to."},
    {"doctor", NULL, cmd_doctor, NULL, 0, 0, "", "Check connections, rights and quotas."},
    {"settings", "list", cmd_settings_list, NULL, 0, 0, "",
     "Show all settings and what each is for."},
    {"settings", "get", cmd_settings_get, "NAME", 1, 1, "", "Show one setting."},
    {"settings", "set", cmd_settings_set, "NAME VALUE", 2, 2, " since beside-native native-off ",
     "Change a setting, see `tandem settings list`; company_sync is the switch."},
    {"mapping", "list", cmd_mapping_list, NULL, 0, 0, "",
     "Show which field goes with which property."},
    {"mapping", "show", cmd_mapping_show, "FIELD", 1, 1, "", "Show one mapping, as a file has it."},
    {"mapping", "add", cmd_mapping_add, "FIELD PROPERTY", 2, 2,
     " rule values constant-salesforce constant-hubspot truncate allow-new-values address for "
     "rate ",
     "Map a Salesforce field with a HubSpot property."},
    {"mapping", "change", cmd_mapping_change, "FIELD", 1, 1,
     " rule values constant-salesforce constant-hubspot truncate allow-new-values address for "
     "rate ",
     "Change a mapping, by the name of its field or property."},
    {"mapping", "backfill", cmd_mapping_backfill, "FIELD", 1, 1, " direction yes limit samples ",
     "Bring existing values of a mapping over, on every link."},
    {"mapping", "propose", cmd_mapping_propose, "[FILE]", 0, 1, " overwrite ",
     "Show further fields that could be mapped, and value tables; saves nothing."},
    {"mapping", "remove", cmd_mapping_remove, "FIELD", 1, 1, "", "Remove a custom mapping."},
    {"mapping", "check", cmd_mapping_check, NULL, 0, 0, "",
     "Hold every mapping against what both services tell of the fields."},
    {"mapping", "export", cmd_mapping_export, "[FILE]", 0, 1, " overwrite ",
     "Mappings and settings as one YAML file."},
    {"mapping", "import", cmd_mapping_import, "FILE", 1, 1, "",
     "Make mappings and settings what a file says."},
    {"associations", "backfill", cmd_associations_backfill, NULL, 0, 0, " yes limit samples ",
     "Bring accounts of SF contacts and primary companies in agreement that differ (S11.1)."},
    {"plan", "sync", cmd_plan_sync, NULL, 0, 0, " samples all jsonl past-brake save overwrite ",
     "Show what a pass would do; writes nothing."},
    {"plan", "import", cmd_plan_import, "accounts", 1, 1,
     " samples all jsonl limit ids filter save overwrite ",
     "Show what an import would do; writes nothing."},
    {"plan", "resync", cmd_plan_resync, "[ID...]", 0, 1000,
     " list samples all jsonl save overwrite ",
     "Show what a resync of these records would do; writes nothing."},
    {"plan", "backfill", cmd_plan_backfill, "FIELD", 1, 1,
     " direction limit samples all jsonl save overwrite ",
     "Show what a backfill of a mapping would do; writes nothing."},
    {"apply", NULL, cmd_apply, "FILE", 1, 1, " yes all samples ",
     "Do what a saved plan says, and nothing else (S12.1)."},
    {"import", "accounts", cmd_import, NULL, 0, 0, " yes limit ids filter samples ",
     "Bring existing accounts over: match, else create."},
    {"filter", "show", cmd_filter_show, NULL, 0, 0, "", "Show which accounts may enter (S2.3)."},
    {"filter", "check", cmd_filter_check, "EXPR", 1, 1, "",
     "Check a filter and show what saving it would do; saves nothing."},
    {"filter", "set", cmd_filter_set, "EXPR", 1, 1, " yes ",
     "Limit which accounts may enter: \"Type = 'Customer' and not Industry = 'Banking'\"."},
    {"filter", "clear", cmd_filter_clear, NULL, 0, 0, " yes ", "Every account may enter again."},
    {"sync", NULL, cmd_sync, NULL, 0, 0, " past-brake ", "One pass over what changed."},
    {"serve", NULL, cmd_serve, NULL, 0, 0, " log-json ",
     "Keep all connections in step until stopped."},
    {"links", "list", cmd_links_list, NULL, 0, 0, " made jsonl ",
     "Show which account is linked with which company."},
    {"resync", NULL, cmd_resync, "[ID...]", 0, 1000, " list mapping direction yes limit samples ",
     "Bring records in step now, whatever kept them out (S14.1)."},
    {"link", NULL, cmd_link, "ACCOUNT COMPANY", 2, 2, "", "Link two records by hand."},
    {"relink", NULL, cmd_relink, "ACCOUNT COMPANY", 2, 2, "",
     "Link two records by hand, ending the links that they have."},
    {"unlink", NULL, cmd_unlink, "ID", 1, 1, "", "End a link; both records are kept."},
    {"review", "list", cmd_review_list, NULL, 0, 0, "", "Show what waits for a person."},
    {"review", "accept", cmd_review_accept, "[ID [CANDIDATE]]", 0, 2, " all ",
     "Link a record with its candidate."},
    {"review", "reject", cmd_review_reject, "[ID...]", 0, 1000, " all ",
     "None of the candidates is it."},
    {"errors", "list", cmd_errors_list, NULL, 0, 0, " category ", "Show the records with errors."},
    {"errors", "show", cmd_errors_show, "ID", 1, 1, "", "Show a record's errors."},
    {"errors", "retry", cmd_errors_retry, "[ID...]", 0, 1000, " all category ",
     "Try again now, in a pass."},
    {"errors", "clear-suspension", cmd_errors_clear, NULL, 0, 0, "",
     "Go on with what a service's limits or rights had stopped (S15.4)."},
    {"errors", "export", cmd_errors_export, "[FILE]", 0, 1, " category overwrite ",
     "Errors as CSV."},
    {"adopt", NULL, cmd_adopt, NULL, 0, 0, " pairs samples all jsonl yes ",
     "Take over the links that records' ids, or a file of pairs, tell of."},
    {"hold", NULL, cmd_hold, NULL, 0, 0, "", "Look and plan, but write nothing."},
    {"release", NULL, cmd_release, NULL, 0, 0, " samples yes ", "Show the plan and write again."},
    {"undo", NULL, cmd_undo, "RUN", 1, 1, " record yes all ",
     "Take back what a run did, wherever it still is so."},
    {"verify", NULL, cmd_verify, NULL, 0, 0, " samples all jsonl ",
     "Read both sides completely and tell how every record stands (S4.5)."},
    {"status", NULL, cmd_status, NULL, 0, 0, "", "The switch, counts, errors, last runs."},
    {"explain", NULL, cmd_explain, "ID", 1, 1, "", "Why a record did or did not sync."},
    {"runs", NULL, cmd_runs, NULL, 0, 0, "", "The last runs and what they did."},
};
const size_t command_count = LEN(commands);

static const struct command *command_of(char **arg, int args, int *used)
{
    for (size_t i = 0; args > 0 && i < command_count; i++) {
        const struct command *c = &commands[i];
        bool noun = c->noun && args > 1 && strcmp(arg[1], c->noun) == 0;
        if (strcmp(arg[0], c->name) != 0 || (c->noun && !noun))
            continue;
        *used = c->noun ? 2 : 1;
        return c;
    }
    return NULL;
}

static bool unknown(char **arg, int args, struct err *e)
{
    char nouns[200] = "";
    struct near near;
    if (args == 0) {
        err_set(e, ERR_USAGE, "no_command", "which command?");
        return err_hint(e, "`tandem help` lists them");
    }
    for (size_t i = 0, n = 0; i < command_count; i++)
        if (strcmp(arg[0], commands[i].name) == 0 && commands[i].noun)
            n += (size_t)snprintf(nouns + n, sizeof(nouns) - n, "%s%s", n ? ", " : "",
                                  commands[i].noun);
    if (nouns[0] && args == 1)
        err_set(e, ERR_USAGE, "unknown_command", "which `tandem %s`?", arg[0]);
    else
        err_set(e, ERR_USAGE, "unknown_command", "there is no command \"%.40s%s%.40s\"", arg[0],
                args > 1 ? " " : "", args > 1 ? arg[1] : "");
    if (nouns[0])
        return err_hint(e, "after `tandem %s` comes one of: %s", arg[0], nouns);
    near = near_to(str_from(arg[0]));
    for (size_t i = 0; i < command_count; i++)
        near_offer(&near, str_from(commands[i].name));
    return near_hint(e, &near, "`tandem help` lists them");
}

/* An error in the command line itself is told in the form that was asked for. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--jsonl") == 0)
            return true;
    return false;
}

struct str command_words(struct arena *a, const struct command *c)
{
    return str_fmt(a, "%s%s%s", c->name, c->noun ? " " : "", c->noun ? c->noun : "");
}

/* Of `tandem help mapping` it is all that begin so. */
static bool asked_about(const struct command *c, char **arg, int args, const struct command *one)
{
    return one ? c == one : args == 0 || strcmp(arg[0], c->name) == 0;
}

static void help_words(char **arg, int args, const struct command *one)
{
    const char *between = "";
    if (args == 0) {
        help_all();
        return;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (!asked_about(&commands[i], arg, args, one))
            continue;
        printf("%s", between);
        options_help(&commands[i]);
        between = "\n";
    }
}

static void help_json(struct app *app, char **arg, int args, const struct command *one, bool config)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, config ? "options" : "commands");
    if (config)
        config_put(d, list);
    for (size_t i = 0; !config && i < command_count; i++)
        if (asked_about(&commands[i], arg, args, one))
            options_put(app, d, list, &commands[i]);
    result_print(app, d);
}

/* `tandem help`, `tandem help COMMAND [NOUN]`, `tandem help config`, `tandem COMMAND --help` */
static bool help(struct app *app, char **arg, int args, struct err *e)
{
    int used = 0;
    const struct command *one = command_of(arg, args, &used);
    bool config = args == 1 && strcmp(arg[0], "config") == 0, any = config;
    app->command = "help";
    for (size_t i = 0; i < command_count; i++)
        any = any || asked_about(&commands[i], arg, args, one);
    if (!any)
        return unknown(arg, args, e);
    if (app->o.json)
        help_json(app, arg, args, one, config);
    else if (config)
        config_help();
    else
        help_words(arg, args, one);
    return true;
}

static bool version(struct app *app)
{
    yyjson_mut_val *o;
    app->command = "version";
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "version", S(TANDEM_VERSION));
    result_print(app, d);
    say(app, "tandem %s\n", TANDEM_VERSION);
    return true;
}

static bool run(struct app *app, int argc, char **argv, int *code, struct err *e)
{
    char **arg;
    int args, used = 0;
    bool json = wants_json(argc, argv);
    if (!options_parse(argc, argv, &app->o, &arg, &args, e)) {
        app->o.json = json;
        return false;
    }
    app->log.json = app->o.json || app->o.jsonl; /* one form on one stream */
    if (app->o.version)
        return version(app);
    bool asks = args > 0 && strcmp(arg[0], "help") == 0;
    if (asks || app->o.help)
        return help(app, arg + asks, args - asks, e);
    const struct command *c = command_of(arg, args, &used);
    if (!c)
        return unknown(arg, args, e);
    app->arg = arg + used;
    app->args = args - used;
    app->command = str_cstr(&app->a, command_words(&app->a, c));
    if (app->args < c->args_min || app->args > c->args_max) {
        err_set(e, ERR_USAGE, "arguments", "`tandem %s` takes %s", app->command,
                c->arguments ? c->arguments : "no argument");
        return err_hint(e, "see `tandem %s --help`", app->command);
    }
    char **kept = app->arg;
    if (!options_check(c, argc, argv, e))
        return false;
    app->arg = kept;
    return c->run(app, code, e);
}

/* What is opened must never get the number of a stream that was closed: what is said would be
 * written there. Writing to these three fails. */
static void occupy_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* A core would hold tokens and the sealing key (S17.1). */
static void leave_no_core(void)
{
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0;
        (void)!setrlimit(RLIMIT_CORE, &core);
    }
}

int main(int argc, char **argv)
{
    static struct app app = {.trace_fd = -1};
    struct sigaction act = {.sa_handler = on_signal};
    struct err e = {0};
    int code = EXIT_DONE;
    occupy_streams();
    leave_no_core();
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* A chunk's memory is given back and taken again at once: not by way of the kernel. */
    mallopt(M_MMAP_THRESHOLD, 4 * MIB);
    mallopt(M_TRIM_THRESHOLD, 32 * MIB);
    arena_init(&app.a, 512 * MIB);
    app.clock = clock_system();
    app.log = (struct log){.clock = app.clock, .fd = STDERR_FILENO, .level = LOG_WARN};
    rng_seed(&app.rng, (uint64_t)app.clock->mono_us(app.clock) ^ (uint64_t)getpid() << 32);
    const char *kind = getenv("TERM");
    app.terminal = isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0;
    if (!run(&app, argc, argv, &code, &e)) {
        fflush(stdout);
        code = print_error(&app, &e);
    }
    progress_clear(&app);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && code != EXIT_STOPPED) {
        err_set(&e, ERR_CONFIG, "output", "standard output cannot be written");
        if (errno != EPIPE) /* a reader that has seen enough, such as `head`, needs no telling */
            print_error(&app, &e);
        code = EXIT_FAILED;
    }
    app_close(&app);
    return code;
}
