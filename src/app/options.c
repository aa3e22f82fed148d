/* options: one table of all options; each command names those it takes. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/near.h"

enum kind { TEXT, NUMBER, SWITCH };

#define OPTION_FIRST 1000 /* getopt's name of the table's first: above every character */

static const struct option_row {
    const char *name;
    enum kind kind;
    size_t at;
    const char *value, *help;
} table[] = {
#define AT(member) offsetof(struct options, member)
    {"address", TEXT, AT(address), "N",
     "It is part of address N (1 = billing), decided as one; 0 = alone."},
    {"all", SWITCH, AT(all), NULL,
     "Every one that the command shows or answers, not the first few."},
    {"allow-new-values", TEXT, AT(allow_new_values), "on|off",
     "Send values that an unrestricted picklist does not list."},
    {"audience", TEXT, AT(audience), "URL", "The JWT's audience; default: the login URL."},
    {"beside-native", SWITCH, AT(beside_native), NULL,
     "Work beside HubSpot's own company sync: link and update, never create."},
    {"category", TEXT, AT(category), "NAME", "Errors of one category only."},
    {"client-id", TEXT, AT(client_id), "ID", "The app's consumer key."},
    {"client-secret-file", TEXT, AT(client_secret_file), "FILE", "File with the app's secret."},
    {"config", TEXT, AT(config), "FILE", "The tandem.yaml to use."},
    {"connection", TEXT, AT(connection), "NAME", "Which connection; default: default."},
    {"constant-hubspot", TEXT, AT(constant_hubspot), "VALUE",
     "What a new company gets where the account has no value."},
    {"constant-salesforce", TEXT, AT(constant_salesforce), "VALUE",
     "What a new account gets where the company has no value."},
    {"direction", TEXT, AT(direction), "to-hubspot|to-salesforce|both",
     "Which way existing values go; default: both, as the rule decides."},
    {"filter", TEXT, AT(filter), "EXPR", "Only the accounts that a filter lets through (S2.3)."},
    {"for", TEXT, AT(accounts), "business|person|both",
     "Which accounts a mapping is for; default: business (S2.4)."},
    {"help", SWITCH, AT(help), NULL, "Show what a command does and takes."},
    {"ids", TEXT, AT(ids), "FILE",
     "File of account ids: one a line, or the first column of a CSV."},
    {"json", SWITCH, AT(json), NULL, "One JSON object on standard output."},
    {"jsonl", SWITCH, AT(jsonl), NULL, "Long lists as one JSON object a line."},
    {"jwt-key", TEXT, AT(jwt_key), "FILE", "The app's private key (PEM)."},
    {"limit", NUMBER, AT(limit), "N", "Only the first N records."},
    {"list", TEXT, AT(list), "LISTID", "The companies of a HubSpot list."},
    {"log-json", SWITCH, AT(log_json), NULL, "Log lines as JSON objects."},
    {"login-url", TEXT, AT(login_url), "URL", "Salesforce's login host or My Domain."},
    {"made", SWITCH, AT(made), NULL,
     "Only companies that Tandem made and HubSpot's own integration does not know."},
    {"mapping", TEXT, AT(mapping), "FIELD", "The existing values of a mapping, on every link."},
    {"native-off", TEXT, AT(native_off), "TIME", "When HubSpot's own company sync was turned off."},
    {"overwrite", SWITCH, AT(overwrite), NULL, "Replace FILE where it is there already."},
    {"package", TEXT, AT(package), "DIR", "Write what an administrator deploys to DIR."},
    {"pairs", TEXT, AT(pairs), "FILE", "File of ACCOUNT,COMPANY lines."},
    {"past-brake", TEXT, AT(past_brake), "NAME",
     "Let this pass go past a brake: create_max, unlink, clear or change (S12.3)."},
    {"quiet", SWITCH, AT(quiet), NULL, "No progress lines."},
    {"rate", TEXT, AT(rate), "SOURCE",
     "Where amounts of other currencies get their rate: salesforce, none."},
    {"record", TEXT, AT(record), "ID", "Only what the run did to this record."},
    {"refresh-token-file", TEXT, AT(refresh_token_file), "FILE",
     "File with an OAuth refresh token."},
    {"rule", TEXT, AT(rule), "RULE",
     "prefer_salesforce, always_salesforce, two_way, none, prefer_hubspot, always_hubspot."},
    {"samples", NUMBER, AT(samples), "N", "How many changes of each kind to show; default 5."},
    {"save", TEXT, AT(save), "FILE", "Save the plan as FILE, for `tandem apply`."},
    {"since", TEXT, AT(since), "TIME", "T0 for creations, up to 14 days back (S1.2)."},
    {"token-file", TEXT, AT(token_file), "FILE", "File with the portal's token."},
    {"token-stdin", SWITCH, AT(token_stdin), NULL, "Read the token from standard input."},
    {"trace-http", TEXT, AT(trace_http), "FILE", "Write every call to FILE, secrets blanked."},
    {"truncate", TEXT, AT(truncate), "N", "Cut texts to N characters; 0 = never."},
    {"url", TEXT, AT(url), "URL", "The API's address; default https://api.hubapi.com."},
    {"username", TEXT, AT(username), "NAME", "The Salesforce user of the JWT flow."},
    {"values", TEXT, AT(values), "A=B;C=D", "Value table: Salesforce's = HubSpot's; \"\" = none."},
    {"version", SWITCH, AT(version), NULL, "Show the version."},
    {"yes", SWITCH, AT(yes), NULL, "Start without asking."},
#undef AT
};

static const char everywhere[] = " config connection help json quiet trace-http ";

static void fill(struct option *out)
{
    for (size_t i = 0; i < LEN(table); i++)
        out[i] = (struct option){table[i].name,
                                 table[i].kind == SWITCH ? no_argument : required_argument, NULL,
                                 (int)i + OPTION_FIRST};
    out[LEN(table)] = (struct option){0};
}

/* It becomes part of a file's name. */
static bool connection_name(struct str name)
{
    bool ok = name.n > 0 && name.n <= 40;
    for (size_t i = 0; i < name.n; i++)
        ok = ok && ((name.p[i] >= 'a' && name.p[i] <= 'z') ||
                    (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '-');
    return ok;
}

/* The argument that getopt stumbled over: it has gone past it, but for the first of several short
 * ones written together. */
static const char *stumbled(char **argv)
{
    const char *here = argv[optind];
    return here && here[0] == '-' && optopt && here[1] == optopt && here[2] ? here
                                                                            : argv[optind - 1];
}

static bool bad_option(int c, const char *arg, struct err *e)
{
    struct str name = {arg + strspn(arg, "-"), strcspn(arg + strspn(arg, "-"), "=")};
    struct near near = near_to(name);
    const char *wrong = c == ':'                 ? "wants a value"
                        : optopt >= OPTION_FIRST ? "takes no value"
                                                 : NULL;
    for (size_t i = 0; i < LEN(table); i++)
        near_offer(&near, str_from(table[i].name));
    err_set(e, ERR_USAGE, "bad_option", wrong ? "%.60s %s" : "there is no option %.60s%s", arg,
            wrong ? wrong : "");
    err_subject(e, str_from(arg));
    if (near.best.p && !wrong)
        return err_hint(e, "did you mean --%.*s? `tandem COMMAND --help` lists a command's options",
                        STR_ARG(near.best));
    return err_hint(e,
                    "`tandem COMMAND --help` lists a command's options; a value that begins with -"
                    " comes after --");
}

bool options_parse(int argc, char **argv, struct options *o, char ***rest, int *rests,
                   struct err *e)
{
    struct option options[LEN(table) + 1];
    int c;
    fill(options);
    *o = (struct options){.samples = 5};
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (c < OPTION_FIRST)
            return bad_option(c, stumbled(argv), e);
        const struct option_row *row = &table[c - OPTION_FIRST];
        char *at = (char *)o + row->at;
        if (row->kind == SWITCH) {
            *(bool *)at = true;
        } else if (row->kind == TEXT) {
            *(const char **)at = optarg;
        } else if (!str_to_i64(str_from(optarg), (int64_t *)at) || *(int64_t *)at < 0) {
            return err_set(e, ERR_USAGE, "bad_number", "--%s takes a whole number, not \"%.40s\"",
                           row->name, optarg);
        }
    }
    if (!o->connection)
        o->connection = "default";
    else
        o->one_connection = true;
    if (!connection_name(str_from(o->connection)))
        return err_set(e, ERR_USAGE, "bad_connection",
                       "a connection's name is 1 to 40 of a-z, 0-9 and -, not \"%.60s\"",
                       o->connection);
    *rest = argv + optind;
    *rests = argc - optind;
    return true;
}

static bool takes(const struct command *c, const char *name)
{
    char want[64];
    snprintf(want, sizeof(want), " %s ", name);
    return strstr(everywhere, want) || strstr(c->options, want);
}

/* An option that a command does not take is a mistake, never ignored. */
bool options_check(const struct command *c, int argc, char **argv, struct err *e)
{
    struct option options[LEN(table) + 1];
    int k;
    fill(options);
    optind = 0;
    while ((k = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (k >= OPTION_FIRST && !takes(c, table[k - OPTION_FIRST].name)) {
            err_set(e, ERR_USAGE, "bad_option", "`tandem %s%s%s` takes no --%s", c->name,
                    c->noun ? " " : "", c->noun ? c->noun : "", table[k - OPTION_FIRST].name);
            return err_hint(e, "see `tandem %s --help`", c->name);
        }
    return true;
}

static void row_help(const struct option_row *r)
{
    char left[64];
    snprintf(left, sizeof(left), "--%s%s%s", r->name, r->value ? " " : "",
             r->value ? r->value : "");
    if (strlen(left) > 28)
        printf("  %s\n  %28s %s\n", left, "", r->help);
    else
        printf("  %-28s %s\n", left, r->help);
}

void options_put(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list, const struct command *c)
{
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(d, list);
    put_str(d, o, "command", command_words(&app->a, c));
    put_str(d, o, "arguments", str_from(c->arguments));
    put_str(d, o, "help", str_from(c->help));
    yyjson_mut_val *options = yyjson_mut_obj_add_arr(d, o, "options");
    for (size_t i = 0; i < LEN(table); i++) {
        if (!takes(c, table[i].name))
            continue;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, options);
        put_str(d, item, "option", str_from(table[i].name));
        put_str(d, item, "value", str_from(table[i].value));
        put_str(d, item, "help", str_from(table[i].help));
    }
}

void options_help(const struct command *c)
{
    printf("usage: tandem %s%s%s%s%s [options]\n\n%s\n\n", c->name, c->noun ? " " : "",
           c->noun ? c->noun : "", c->arguments ? " " : "", c->arguments ? c->arguments : "",
           c->help);
    for (size_t i = 0; i < LEN(table); i++)
        if (takes(c, table[i].name))
            row_help(&table[i]);
}

void help_all(void)
{
    printf("Tandem keeps Salesforce accounts and HubSpot companies in step.\n\n"
           "usage: tandem [--config F] [--connection NAME] COMMAND [NOUN] [ARG...] [options]\n\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        char left[64];
        snprintf(left, sizeof(left), "%s%s%s%s%s", c->name, c->noun ? " " : "",
                 c->noun ? c->noun : "", c->arguments ? " " : "", c->arguments ? c->arguments : "");
        printf("  %-34s %s\n", left, c->help);
    }
    printf(
        "\nExit status: 0 done; 1 failed; 2 done with record errors; 3 refused; 64 wrong usage;\n"
        "130 interrupted, resumable. `tandem COMMAND --help` shows a command's options,\n"
        "`tandem help config` those of tandem.yaml.\n");
}
