#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "base/near.h"
#include "text/yaml.h"

enum kind { TEXT, NUMBER };

static const struct config_row {
    const char *name;
    enum kind kind;
    size_t at;
    const char *fallback, *help;
} table[] = {
#define AT(member) offsetof(struct config, member)
    {"store", TEXT, AT(store), "tandem.db", "The store: a SQLite file."},
    {"key_file", TEXT, AT(key_file), "tandem.key",
     "The key that seals secrets; TANDEM_KEY instead."},
    {"ca_file", TEXT, AT(ca_file), "", "A private CA's certificate, besides the system's."},
    {"public_suffix_list", TEXT, AT(public_suffix_list), "", "A newer list than the packaged one."},
    {"salesforce_version", TEXT, AT(salesforce_version), "66.0", "The API version we speak."},
    {"hubspot_version", TEXT, AT(hubspot_version), "2026-09", "The version of companies' paths."},
    {"salesforce_key_field", TEXT, AT(salesforce_key_field), "Tandem_Company_Id__c",
     "Our unique external id on Account."},
    {"hubspot_key_property", TEXT, AT(hubspot_key_property), "tandem_account_id",
     "Our unique property on companies."},
    {"hubspot_burst", NUMBER, AT(hubspot_burst), "190", "Calls per 10 s (H4.1); 0 = no limit."},
    {"hubspot_search", NUMBER, AT(hubspot_search), "5",
     "Search calls per second (H4.4); 0 = no limit."},
#undef AT
};

static void set(struct app *app, const struct config_row *r, struct str text)
{
    char *at = (char *)&app->config + r->at;
    if (r->kind == TEXT)
        *(struct str *)at = str_dup(&app->a, text);
    else
        (void)!str_to_i64(text, (int64_t *)at);
}

static bool set_checked(struct app *app, const char *path, struct str key, const struct yaml *v,
                        struct err *e)
{
    int64_t n;
    for (size_t i = 0; i < LEN(table); i++) {
        if (!str_eq(key, str_from(table[i].name)))
            continue;
        if (v->kind != YAML_TEXT ||
            (table[i].kind == NUMBER && (!str_to_i64(v->text, &n) || n < 0)))
            return err_set(e, ERR_CONFIG, "config", "%s, line %zu, column %zu: %s takes %s", path,
                           v->line, v->column, table[i].name,
                           table[i].kind == NUMBER ? "a whole number" : "a text");
        set(app, &table[i], v->text);
        return true;
    }
    struct near near = near_to(key);
    for (size_t i = 0; i < LEN(table); i++)
        near_offer(&near, str_from(table[i].name));
    err_set(e, ERR_CONFIG, "config", "%s, line %zu, column %zu: there is no option \"%.*s\"", path,
            v->line, v->column, STR_ARG(str_slice(key, 0, 60)));
    return near_hint(e, &near, "`tandem help config` lists them");
}

/* *chosen: by a person, and not only where it would be. */
static const char *find(struct app *app, bool *chosen)
{
    const char *env = getenv("TANDEM_CONFIG");
    *chosen = app->o.config || (env && *env);
    if (*chosen)
        return app->o.config ? app->o.config : env;
    return access("tandem.yaml", F_OK) == 0 ? "tandem.yaml" : "/etc/tandem/tandem.yaml";
}

bool config_load(struct app *app, struct err *e)
{
    bool chosen;
    const char *path = find(app, &chosen);
    struct str text;
    struct yaml *root;
    for (size_t i = 0; i < LEN(table); i++)
        set(app, &table[i], str_from(table[i].fallback));
    if (access(path, F_OK) != 0 && !chosen) {
        err_set(e, ERR_CONFIG, "no_config", "there is no ./tandem.yaml, and no %s", path);
        return err_hint(e, "make one with `tandem init`, or name it with --config");
    }
    if (!file_read(&app->a, path, MIB, &text, e)) {
        err_hint(e, "make one with `tandem init`, or name it with --config");
        return err_wrap(e, "the configuration");
    }
    if (!yaml_parse(&app->a, text, &root, e))
        return err_wrap(e, "%s", path);
    if (root->kind != YAML_MAP)
        return err_set(e, ERR_CONFIG, "config", "%s: options are expected, one a line", path);
    for (size_t i = 0; i < root->count; i++)
        if (!set_checked(app, path, root->key[i], root->child[i], e))
            return false;
    const char *slash = strrchr(path, '/');
    app->dir = slash ? str_dup(&app->a, (struct str){path, (size_t)(slash - path)}) : S(".");
    return true;
}

bool config_write(const char *path, struct err *e)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        err_set(e, ERR_CONFIG, "config_exists", "cannot make %s: %s", path, strerror(errno));
        return err_subject(e, str_from(path));
    }
    fprintf(f,
            "# Tandem: where things are. What a connection does is set with `tandem settings`.\n");
    for (size_t i = 0; i < LEN(table); i++)
        fprintf(f, "\n# %s\n%s%s: \"%s\"\n", table[i].help, table[i].fallback[0] ? "" : "# ",
                table[i].name, table[i].fallback);
    bool ok = fflush(f) == 0;
    return fclose(f) == 0 && ok ? true
                                : err_set(e, ERR_INTERNAL, "disk_full", "cannot write %s", path);
}

const char *app_path(struct app *app, struct str path)
{
    if (!path.n)
        return NULL;
    if (path.p[0] == '/')
        return str_cstr(&app->a, path);
    return str_cstr(&app->a, str_fmt(&app->a, "%.*s/%.*s", STR_ARG(app->dir), STR_ARG(path)));
}

void config_put(yyjson_mut_doc *d, yyjson_mut_val *list)
{
    for (size_t i = 0; i < LEN(table); i++) {
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "option", str_from(table[i].name));
        put_str(d, item, "help", str_from(table[i].help));
        put_str(d, item, "default", table[i].fallback[0] ? str_from(table[i].fallback) : STR_NONE);
    }
}

void config_help(void)
{
    printf("tandem.yaml says where things are; `tandem init` writes it. It is the file named by\n"
           "--config or TANDEM_CONFIG, else ./tandem.yaml, else /etc/tandem/tandem.yaml.\n"
           "Paths are relative to its folder.\n\n");
    for (size_t i = 0; i < LEN(table); i++) {
        printf("  %-22s %s\n", table[i].name, table[i].help);
        if (table[i].fallback[0])
            printf("  %-22s default: %s\n", "", table[i].fallback);
    }
}
