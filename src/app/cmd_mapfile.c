/* mapping export, mapping import: mappings and settings as one YAML file (S6.7). The file is the
 * whole of the mappings: a custom one that it does not name is removed. Settings it does not name
 * stay as they are; the switch and the hold are in no file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "model/mapping_text.h"

#define FILE_BYTES_MAX (16 * MIB)

/* ---- export ---------------------------------------------------------------------------------- */

static bool in_file(const char *setting)
{
    return strcmp(setting, "company_sync") != 0 && strcmp(setting, "hold") != 0;
}

/* The defaults as they are told, the others by their field: not by when they were made. */
static int by_place(const void *a, const void *b)
{
    const struct mapping *x = *(struct mapping *const *)a, *y = *(struct mapping *const *)b;
    if (x->standard != y->standard)
        return x->standard ? -1 : 1;
    if (x->standard)
        return x->id < y->id ? -1 : x->id > y->id;
    int c = str_cmp(x->name[SIDE_SF], y->name[SIDE_SF]);
    return c ? c : (int)x->accounts - (int)y->accounts;
}

static void print_file(struct app *app, const struct mappings *m, struct buf *b)
{
    buf_str(b, S("# Tandem: mappings and settings of one connection.\n"
                 "# `tandem mapping import FILE` makes them what stands here.\n"
                 "tandem: 1\n\nsettings:\n"));
    for (size_t i = 0; i < settings_count; i++) {
        const char *name = setting_at(i)->name;
        if (!in_file(name))
            continue;
        buf_fmt(b, "  %s: ", name);
        yaml_quote(b, settings_get(&app->a, engine_settings(app->engine), str_from(name)));
        buf_char(b, '\n');
    }
    buf_str(b, S("\nmappings:\n"));
    const struct mapping **in_order = ARENA_ARRAY(&app->a, const struct mapping *, m->count);
    size_t n = 0;
    for (size_t i = 0; i < m->count; i++)
        if (!mapping_derived(&m->map[i]))
            in_order[n++] = &m->map[i];
    qsort(in_order, n, sizeof(struct mapping *), by_place);
    for (size_t i = 0; i < n; i++) {
        size_t at = b->n;
        mapping_print(b, in_order[i], 4);
        b->p[at + 2] = '-'; /* the list's mark, in the first line's indent */
    }
}

bool mapfile_write(struct app *app, const struct mappings *m, const char *path, struct err *e)
{
    struct buf b;
    buf_init(&b, FILE_BYTES_MAX);
    print_file(app, m, &b);
    bool ok = file_write(app, path, buf_view(&b), e) || err_rule(e, "S6.7");
    buf_release(&b);
    return ok;
}

bool cmd_mapping_export(struct app *app, int *code, struct err *e)
{
    struct buf b;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e))
        return false;
    const struct mappings *m = engine_mappings(app->engine);
    buf_init(&b, FILE_BYTES_MAX);
    print_file(app, m, &b);
    bool ok = true;
    if (app->args)
        ok = mapfile_write(app, m, app->arg[0], e);
    else if (!app->o.json && fwrite(b.p, 1, b.n, stdout) != b.n)
        ok = file_failed("write", "standard output", errno, e);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "file", app->args ? str_from(app->arg[0]) : STR_NONE);
    put_str(d, o, "yaml", app->args ? STR_NONE : str_dup(&app->a, buf_view(&b)));
    if (ok)
        result_print(app, d);
    if (ok && app->args)
        say(app, "%s in %s.\n", counted(app, m->count, "mapping is", "mappings are"), app->arg[0]);
    buf_release(&b);
    return ok;
}

/* ---- import ---------------------------------------------------------------------------------- */

static bool wrong(struct app *app, const struct yaml *y, struct err *e, const char *what)
{
    err_set(e, ERR_USAGE, "mapping_file", "%s, line %zu, column %zu: %s", app->arg[0], y->line,
            y->column, what);
    err_rule(e, "S6.7");
    return err_hint(e, "`tandem mapping export` shows how such a file looks");
}

static bool check_head(struct app *app, const struct yaml *root, struct err *e)
{
    if (root->kind != YAML_MAP)
        return wrong(app, root, e, "\"tandem: 1\", settings and mappings are expected");
    for (size_t i = 0; i < root->count; i++) {
        struct str key = root->key[i];
        if (!str_eq(key, S("tandem")) && !str_eq(key, S("settings")) && !str_eq(key, S("mappings")))
            return wrong(app, root->child[i], e,
                         "the file has tandem, settings and mappings, and nothing else");
    }
    const struct yaml *version = yaml_get(root, "tandem");
    if (!version || version->kind != YAML_TEXT || !str_eq(version->text, S("1")))
        return wrong(app, version ? version : root, e,
                     "\"tandem: 1\" is missing: it is not a file of `tandem mapping export`, or one"
                     " of a newer Tandem");
    return true;
}

static bool read_settings(struct app *app, const struct yaml *y, struct doc **out, size_t *n,
                          struct err *e)
{
    *n = 0;
    if (!y)
        return true;
    if (y->kind != YAML_MAP)
        return wrong(app, y, e, "settings are expected, one a line: name: \"value\"");
    *out = ARENA_ARRAY(&app->a, struct doc, y->count);
    struct settings scratch;
    settings_default(&scratch);
    for (size_t i = 0; i < y->count; i++) {
        const struct yaml *v = y->child[i];
        if (v->kind != YAML_TEXT)
            return wrong(app, v, e, "a text is expected here");
        if (!settings_set(&scratch, y->key[i], v->text, e))
            return err_wrap(e, "%s, line %zu, column %zu", app->arg[0], v->line, v->column);
        (*out)[(*n)++] = (struct doc){y->key[i], v->text};
    }
    return true;
}

static bool has_id(const struct mappings *m, uint32_t id)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->map[i].id == id)
            return true;
    return false;
}

/* The one that has this very pair keeps its id, and with it what is remembered of its values: the
 * one for the same accounts first (S2.4), else one that nothing else in the file is. */
static void recognise(struct app *app, struct mappings *out, bool same_accounts)
{
    const struct mappings *now = engine_mappings(app->engine);
    for (size_t k = 0; k < out->count; k++)
        for (size_t i = 0; !out->map[k].id && i < now->count; i++) {
            struct mapping *m = &out->map[k];
            const struct mapping *was = &now->map[i];
            bool pair = str_eq_nocase(was->name[SIDE_SF], m->name[SIDE_SF]) &&
                        str_eq_nocase(was->name[SIDE_HS], m->name[SIDE_HS]);
            if (!pair || has_id(out, was->id) || (same_accounts && was->accounts != m->accounts))
                continue;
            m->id = was->id;
            for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
                m->name[s] = was->name[s];
        }
}

static bool read_mappings(struct app *app, const struct yaml *y, struct mappings *out,
                          struct err *e)
{
    if (y->kind != YAML_LIST)
        return wrong(app, y, e, "a list of mappings is expected here");
    out->map = ARENA_ARRAY(&app->a, struct mapping, y->count);
    out->count = 0;
    for (size_t i = 0; i < y->count; i++) {
        struct mapping *m = &out->map[out->count];
        if (!mapping_read(&app->a, y->child[i], m, e))
            return err_wrap(e, "%s", app->arg[0]);
        for (size_t k = 0; k < out->count; k++)
            for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
                if (mapping_meets(&out->map[k], m) &&
                    str_eq_nocase(out->map[k].name[s], m->name[s]))
                    return wrong(app, y->child[i], e,
                                 "this field or property is in another mapping of the file already"
                                 " (B3.20)");
        out->count++;
    }
    recognise(app, out, true);
    recognise(app, out, false);
    return true;
}

bool cmd_mapping_import(struct app *app, int *code, struct err *e)
{
    struct str text;
    struct yaml *root;
    struct doc *setting = NULL;
    struct mappings next;
    size_t settings;
    (void)code;
    if (!file_read(&app->a, app->arg[0], FILE_BYTES_MAX, &text, e))
        return err_rule(e, "S6.7");
    if (!yaml_parse(&app->a, text, &root, e)) {
        e->kind = ERR_USAGE;
        err_rule(e, "S6.7");
        err_hint(e, "it is no YAML there; `tandem mapping export` shows how such a file looks");
        return err_wrap(e, "%s", app->arg[0]);
    }
    if (!check_head(app, root, e) ||
        !read_settings(app, yaml_get(root, "settings"), &setting, &settings, e) ||
        !config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e))
        return false;
    const struct yaml *list = yaml_get(root, "mappings");
    next = *engine_mappings(app->engine);
    if (list && !read_mappings(app, list, &next, e))
        return false;
    size_t bad;
    if (map_save(app, &next, setting, settings, &bad, NULL, e))
        return true;
    if (!list || bad >= list->count)
        return false;
    const struct yaml *at = list->child[bad];
    return err_wrap(e, "%s, line %zu, column %zu", app->arg[0], at->line, at->column);
}
