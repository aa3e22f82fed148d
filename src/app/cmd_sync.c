/* plan, import, sync: what a pass would do, and doing it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "text/sfid.h"

#define IDS_MAX 10000000

/* ---- showing changes ------------------------------------------------------------------------- */

struct shower {
    struct app *app;
    uint64_t shown[ACTION_COUNT];
    bool any;
};

static const struct row *own_row(const struct change *c, enum side *side)
{
    *side = c->subject->row[SIDE_SF] ? SIDE_SF : SIDE_HS;
    return c->subject->row[*side];
}

static void show_line(struct app *app, const struct change *c, const struct mappings *m)
{
    enum side side;
    const struct row *row = own_row(c, &side);
    printf("  %-7s %s %.*s", word_action(c->action), side_noun(side), STR_ARG(row->rec.id));
    printf("  %.*s", STR_ARG(value_shown(&app->a, value_text(row->rec.name))));
    if (c->action == ACTION_LINK)
        printf(" with %s %.*s %.*s", side_noun(side_other(side)), STR_ARG(c->partner->rec.id),
               STR_ARG(value_shown(&app->a, value_text(c->partner->rec.name))));
    printf("\n          because %s (%s)\n", word_why(c->why), why_rule(c->why));
    if (c->candidates.n)
        printf("          fits: %.*s\n", STR_ARG(c->candidates));
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (f->refused)
            printf("          %s %.*s left out: %s\n", side_name(f->to),
                   STR_ARG(m->map[f->map].name[f->to]), f->err->msg);
        else if (c->action != ACTION_CREATE || k < 4)
            printf("          %s %.*s: %.*s -> %.*s (%s%s)\n", side_name(f->to),
                   STR_ARG(m->map[f->map].name[f->to]), STR_ARG(value_shown(&app->a, f->old)),
                   STR_ARG(value_shown(&app->a, f->value)), f->rule, f->revert ? ", reverted" : "");
    }
}

static void json_change(struct app *app, const struct change *c, const struct mappings *m)
{
    struct arena a;
    enum side side;
    const struct row *row = own_row(c, &side);
    arena_init(&a, 16 * MIB);
    yyjson_mut_doc *d = json_new(&a);
    yyjson_mut_val *o = yyjson_mut_obj(d);
    yyjson_mut_doc_set_root(d, o);
    put_str(d, o, "action", str_from(action_name(c->action)));
    put_str(d, o, "why", str_from(why_name(c->why)));
    put_str(d, o, "rule", str_from(why_rule(c->why)));
    put_str(d, o, side_noun(side), row->rec.id);
    const struct row *other =
        c->action == ACTION_LINK ? c->partner : c->subject->row[side_other(side)];
    put_str(d, o, side_noun(side_other(side)), other ? other->rec.id : STR_NONE);
    put_str(d, o, "name", row->rec.name);
    put_str(d, o, "candidates", c->candidates);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "fields");
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "side", str_from(side_name(f->to)));
        put_str(d, item, "field", m->map[f->map].name[f->to]);
        put_str(d, item, "old", f->old.text);
        put_str(d, item, "new", f->value.text);
        put_str(d, item, "rule", str_from(f->rule));
        put_bool(d, item, "refused", f->refused);
    }
    struct str text = json_print(&a, d);
    printf("%.*s\n", STR_ARG(text));
    arena_release(&a);
    (void)app;
}

static void on_change(void *who, const struct change *c, const struct mappings *m)
{
    struct shower *s = who;
    struct app *app = s->app;
    if (app->o.jsonl) {
        json_change(app, c, m);
        return;
    }
    bool quiet = c->action == ACTION_NONE || (c->action == ACTION_SKIP && !app->o.all);
    if (app->o.json || quiet)
        return;
    if (!app->o.all && s->shown[c->action] >= (uint64_t)app->o.samples)
        return;
    if (!s->any)
        printf("%s:\n", app->o.all ? "Changes" : "Samples");
    s->any = true;
    s->shown[c->action]++;
    show_line(app, c, m);
}

static void show_report(struct app *app, const struct report *r, const char *tense)
{
    if (app->o.json || app->o.jsonl)
        return;
    printf("%s\n", tense);
    for (int i = ACTION_CREATE; i < ACTION_COUNT; i++)
        if (r->action[i])
            printf("  %8llu %s\n", (unsigned long long)r->action[i],
                   i == ACTION_CREATE   ? "companies to create (no match)"
                   : i == ACTION_LINK   ? "pairs to link"
                   : i == ACTION_UPDATE ? "linked pairs with values to carry over"
                   : i == ACTION_REVIEW ? "for a person to decide (review)"
                   : i == ACTION_WAIT   ? "waiting to settle"
                   : i == ACTION_SKIP   ? "left alone"
                                        : "with an error");
    printf("  %8llu values to HubSpot, %llu to Salesforce; %llu of them replace another value\n",
           (unsigned long long)r->fields[SIDE_HS], (unsigned long long)r->fields[SIDE_SF],
           (unsigned long long)r->overwritten);
}

static void show_done(struct app *app, const struct report *r)
{
    say(app,
        "Done in %.1f s: %llu companies and %llu accounts created, %llu companies and %llu"
        " accounts updated, %llu linked, %llu for review.\n",
        (double)r->took_ms / 1000, (unsigned long long)r->created[SIDE_HS],
        (unsigned long long)r->created[SIDE_SF], (unsigned long long)r->updated[SIDE_HS],
        (unsigned long long)r->updated[SIDE_SF], (unsigned long long)r->action[ACTION_LINK],
        (unsigned long long)r->action[ACTION_REVIEW]);
    say(app, "Calls: Salesforce %llu, HubSpot %llu.\n", (unsigned long long)r->calls[SIDE_SF],
        (unsigned long long)r->calls[SIDE_HS]);
}

/* S15.3: failure is never reported as success. */
static void finish(struct app *app, const struct report *r, int *code)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_report(app, d, o, r);
    result_print(app, d);
    if (!r->errors)
        return;
    say(app, "completed with %llu errors\n", (unsigned long long)r->errors);
    *code = EXIT_ERRORS;
}

/* ---- plan ------------------------------------------------------------------------------------ */

static bool read_ids(struct app *app, struct pass_options *o, struct err *e)
{
    struct str text, line, *id;
    size_t n = 0;
    if (!app->o.ids)
        return true;
    if (!read_text_file(&app->a, app->o.ids, 256 * MIB, &text, e))
        return false;
    id = ARENA_ARRAY(&app->a, struct str, text.n / 15 + 1);
    while (str_cut(&text, '\n', &line)) {
        line = str_trim(line);
        if (!line.n)
            continue;
        struct str full = sfid18(&app->a, line);
        if (!full.p || !sfid_has_prefix(full, S("001"))) {
            err_set(e, ERR_USAGE, "bad_id", "%s, line %zu: \"%.*s\" is not an account id",
                    app->o.ids, n + 1, STR_ARG(str_slice(line, 0, 40)));
            return false;
        }
        id[n++] = full;
    }
    o->ids = id;
    o->ids_count = n;
    return true;
}

static bool plan(struct app *app, enum pass_kind kind, struct report *r, struct err *e)
{
    struct shower shower = {.app = app};
    struct plan_sink sink = {on_change, &shower};
    struct pass_options o = {.kind = kind,
                             .plan_only = true,
                             .sink = &sink,
                             .limit = (uint64_t)app->o.limit,
                             .resume = true};
    return read_ids(app, &o, e) && pass_run(app->engine, &o, r, e);
}

static bool cmd_plan(struct app *app, enum pass_kind kind, int *code, struct err *e)
{
    struct report r;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e) ||
        !plan(app, kind, &r, e))
        return false;
    show_report(app, &r, kind == PASS_IMPORT ? "An import would find:" : "A pass would find:");
    if (!app->o.jsonl) {
        yyjson_mut_val *o;
        yyjson_mut_doc *d = result_new(app, &o);
        put_report(app, d, o, &r);
        result_print(app, d);
    }
    *code = EXIT_DONE;
    return true;
}

bool cmd_plan_sync(struct app *app, int *code, struct err *e)
{
    return cmd_plan(app, PASS_SYNC, code, e);
}

bool cmd_plan_import(struct app *app, int *code, struct err *e)
{
    if (!str_eq(str_from(app->arg[0]), S("accounts")))
        return err_set(e, ERR_USAGE, "arguments", "`tandem plan import accounts` is what there is");
    return cmd_plan(app, PASS_IMPORT, code, e);
}

/* ---- import and sync ------------------------------------------------------------------------- */

static bool confirmed(struct app *app)
{
    char answer[16] = "";
    if (app->o.yes)
        return true;
    if (!isatty(STDIN_FILENO) || app->o.json)
        return false;
    printf("Go on? [y/N] ");
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

bool cmd_import(struct app *app, int *code, struct err *e)
{
    struct report r;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e))
        return false;
    if (!app->o.yes || !app->o.json) {
        if (!plan(app, PASS_IMPORT, &r, e))
            return false;
        show_report(app, &r, "This import would find:");
    }
    if (!confirmed(app)) {
        err_set(e, ERR_REFUSED, "not_confirmed",
                "nothing was written: the import was not confirmed");
        err_rule(e, "S13.2");
        return err_hint(e, "start it with --yes");
    }
    struct pass_options o = {
        .kind = PASS_IMPORT, .limit = (uint64_t)app->o.limit, .confirmed = true, .resume = true};
    if (!read_ids(app, &o, e) || !pass_run(app->engine, &o, &r, e))
        return false;
    show_done(app, &r);
    finish(app, &r, code);
    return true;
}

bool cmd_sync(struct app *app, int *code, struct err *e)
{
    struct report r;
    struct pass_options o = {.kind = PASS_SYNC};
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e) ||
        !pass_run(app->engine, &o, &r, e))
        return false;
    show_done(app, &r);
    finish(app, &r, code);
    return true;
}
