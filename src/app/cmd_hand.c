/* What a person decides: link, relink, unlink, resync, hold, release, adopt (S1.4, S7.5, S7.9,
 * S14). */
#include <string.h>

#include "app/app.h"
#include "text/csv.h"

static bool open_writing(struct app *app, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_WRITE, true, e);
}

static bool link_hand(struct app *app, bool relink, int *code, struct err *e)
{
    struct report r;
    struct str id[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (engine_side_of(&app->a, str_trim(str_from(app->arg[s])), &id[s]) != s) {
            err_set(e, ERR_USAGE, "arguments", "\"%.40s\" is no %s id", app->arg[s], side_noun(s));
            return err_hint(e,
                            "the account comes first, then the company: `tandem %s"
                            " 0015e00000AbCdE 9000000001`",
                            app->command);
        }
    if (!open_writing(app, e) || !engine_link(app->engine, id[SIDE_SF], id[SIDE_HS], relink, &r, e))
        return false;
    bool was = r.action[ACTION_NONE] > 0;
    say(app,
        was ? "Account %.*s and company %.*s were linked already.\n"
            : "Account %.*s is linked with company %.*s.\n",
        STR_ARG(id[SIDE_SF]), STR_ARG(id[SIDE_HS]));
    return was ? print_report(app, &r) : say_done(app, &r, "The link was", "made", code, e);
}

bool cmd_link(struct app *app, int *code, struct err *e)
{
    return link_hand(app, false, code, e);
}

bool cmd_relink(struct app *app, int *code, struct err *e)
{
    return link_hand(app, true, code, e);
}

bool cmd_unlink(struct app *app, int *code, struct err *e)
{
    struct report r;
    struct str id;
    enum side side;
    (void)code;
    if (!id_given(app, app->arg[0], &side, &id, e) || !open_writing(app, e) ||
        !engine_unlink(app->engine, id, &r, e))
        return false;
    if (r.action[ACTION_UNLINK] && !r.errors)
        say(app,
            "%s is unlinked; both records are kept. The pair is not linked again by itself, and"
            " neither makes a\nnew partner by itself (S7.6). `tandem link`, or `tandem resync"
            " %s`, lifts this.\n",
            app->arg[0], app->arg[0]);
    return print_report(app, &r);
}

#define CARDS_SHOWN 20

/* Opens, and tells which records: those named, or those of a list. */
static bool open_resync(struct app *app, struct pass_options *o, struct err *e)
{
    struct str *id = ARENA_ARRAY(&app->a, struct str, (size_t)app->args);
    *o = (struct pass_options){
        .kind = PASS_RESYNC, .confirmed = true, .ids = id, .ids_count = (size_t)app->args};
    for (int i = 0; i < app->args; i++) {
        enum side s;
        if (!id_given(app, app->arg[i], &s, &id[i], e))
            return false;
        if (i > 0 && s != o->side) {
            err_set(e, ERR_USAGE, "arguments",
                    "accounts and companies are resynced apart: %s is a %s", app->arg[i],
                    side_noun(s));
            return err_hint(e, "give the accounts to one command, the companies to another");
        }
        o->side = s;
    }
    if (!open_writing(app, e))
        return false;
    if (!app->o.list)
        return true;
    o->side = SIDE_HS;
    if (!engine_list_members(app->engine, &app->a, str_from(app->o.list), &id, &o->ids_count, e))
        return false;
    o->ids = id;
    say(app, "The list has %s.\n", counted(app, o->ids_count, "company", "companies"));
    return true;
}

bool cmd_plan_resync(struct app *app, int *code, struct err *e)
{
    struct pass_options o;
    (void)code;
    if ((app->args > 0) + (app->o.list != NULL) != 1) {
        err_set(e, ERR_USAGE, "arguments", "`tandem plan resync` takes ID... or --list LISTID");
        return err_hint(e, "of a mapping's existing values: `tandem plan backfill FIELD`");
    }
    if (!open_resync(app, &o, e))
        return false;
    o.plan_only = true;
    return show_plan(app, &o, "A resync would find:", e);
}

/* S14.1: the result or the error of each record is shown at once. */
bool cmd_resync(struct app *app, int *code, struct err *e)
{
    struct pass_options o;
    struct report r;
    if ((app->args > 0) + (app->o.list != NULL) + (app->o.mapping != NULL) != 1) {
        err_set(e, ERR_USAGE, "arguments",
                "`tandem resync` takes ID..., --list LISTID, or --mapping FIELD");
        return err_hint(e, "see `tandem resync --help`");
    }
    if (app->o.mapping)
        return backfill_command(app, app->o.mapping, code, e);
    if (!open_resync(app, &o, e))
        return false;
    const struct str *id = o.ids;
    if (!pass_run(app->engine, &o, &r, e))
        return false;
    for (size_t i = 0; i < MIN(o.ids_count, (size_t)CARDS_SHOWN); i++) {
        struct explanation x;
        if (!engine_explain(app->engine, &app->a, id[i], &x, e))
            return false;
        if (x.found) /* the others are told below */
            say_card(app, &x);
    }
    return say_done(app, &r, "The resync was", "done", code, e);
}

/* ---- hold, release --------------------------------------------------------------------------- */

static bool held(struct app *app, bool on, struct err *e)
{
    if (!engine_set(app->engine, S("hold"), on ? S("on") : S("off"), e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_bool(d, o, "hold", on);
    result_print(app, d);
    return true;
}

bool cmd_hold(struct app *app, int *code, struct err *e)
{
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, false, e) || !held(app, true, e))
        return false;
    say(app,
        "Held: passes look, match and plan, and write nothing (S1.4). What a person imports, links,"
        " resyncs or\nundoes is done. `tandem release` shows the plan and goes on.\n");
    return true;
}

bool cmd_release(struct app *app, int *code, struct err *e)
{
    (void)code;
    if (!open_writing(app, e))
        return false;
    if (!engine_settings(app->engine)->hold) {
        say(app, "The connection is not held.\n");
        return held(app, false, e);
    }
    if (engine_settings(app->engine)->company_sync && !(app->o.yes && app->o.json) &&
        !show_plan(app, &(struct pass_options){.kind = PASS_SYNC, .plan_only = true},
                   "Released, a pass would find:", e))
        return false;
    if (!confirmed(app, "the release", "S1.4", e) || !held(app, false, e))
        return false;
    say(app, "Released: the next pass writes again.\n");
    return true;
}
