/* plan, import, sync: what a pass would do, and doing it. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "app/planfile.h"
#include "core/brake.h"

/* ---- what was done --------------------------------------------------------------------------- */

static void say_side(struct app *app, const struct report *r, enum side s)
{
    say(app, "  %-10s %llu created, %llu updated, %s written; %s (fewest: %llu)\n",
        s == SIDE_SF ? "Salesforce" : "HubSpot", (unsigned long long)r->created[s],
        (unsigned long long)r->updated[s], counted(app, r->fields[s], "value", "values"),
        counted(app, r->calls[s], "call", "calls"), (unsigned long long)r->calls_fewest[s]);
}

static bool say_errors(struct app *app, const struct report *r, struct err *e)
{
    struct error_entry *error;
    size_t n;
    if (!app->store->ops->errors_list(app->store, &app->a, STR_NONE, 5, &error, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        say_error_entry(app, &error[i]);
    if (n > 0 && r->errors > n)
        say(app, "  and more; `tandem errors list` shows them all\n");
    return true;
}

bool print_report(struct app *app, const struct report *r)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_report(app, d, o, r);
    result_print(app, d);
    return true;
}

void say_written(struct app *app, const struct report *r)
{
    say_side(app, r, SIDE_SF);
    say_side(app, r, SIDE_HS);
}

/* S15.3: failure is never reported as success. */
bool say_failures(struct app *app, const struct report *r, int *code, struct err *e)
{
    if (r->lost_edits)
        say(app, "  %s overwritten (S12.1); `tandem explain ID` shows both values\n",
            counted(app, r->lost_edits, "edit made between reading and writing was",
                    "edits made between reading and writing were"));
    if (!r->errors)
        return true;
    say(app, "completed with %s\n", counted(app, r->errors, "error", "errors"));
    *code = EXIT_ERRORS;
    return say_errors(app, r, e);
}

#define UNKNOWN_SHOWN 20

void say_unknown(struct app *app, const struct report *r)
{
    for (size_t i = 0; i < MIN(r->unknowns, (size_t)UNKNOWN_SHOWN); i++)
        say(app, "  %.*s: there is no such record that our user may see\n", STR_ARG(r->unknown[i]));
    if (r->unknowns > UNKNOWN_SHOWN)
        say(app, "  and %s; --json lists them all\n",
            counted(app, r->unknowns - UNKNOWN_SHOWN, "more such id", "more such ids"));
}

bool say_done(struct app *app, const struct report *r, const char *what, const char *how, int *code,
              struct err *e)
{
    print_report(app, r);
    return say_outcome(app, r, what, how, code, e);
}

bool say_outcome(struct app *app, const struct report *r, const char *what, const char *how,
                 int *code, struct err *e)
{
    uint64_t written = r->created[SIDE_SF] + r->created[SIDE_HS] + r->updated[SIDE_SF] +
                       r->updated[SIDE_HS] + r->placed + r->stages + r->associated[SIDE_SF] +
                       r->associated[SIDE_HS] + r->action[ACTION_LINK];
    say(app, "%s %s in %.2f s: %llu linked, %s for a person (review)%s\n", what, how,
        (double)r->took_ms / 1000, (unsigned long long)r->action[ACTION_LINK],
        counted(app, r->action[ACTION_REVIEW], "waits", "wait"),
        written ? "" : "; nothing was written");
    say_written(app, r);
    say_unknown(app, r);
    if (r->stages)
        say(app, "  %s moved forward to a contact's lifecycle stage (S10.1)\n",
            counted(app, r->stages, "company", "companies"));
    if (r->placed)
        say(app, "  %s got the company's account (S3.7)\n",
            counted(app, r->placed, "private contact", "private contacts"));
    say_contacts(app, r, false);
    return say_failures(app, r, code, e);
}

/* A stopped or failed run tells how far it came, and then why it ended. */
bool run_pass(struct app *app, const struct pass_options *o, const char *what, int *code,
              struct err *e)
{
    struct report r;
    struct err ignored;
    if (pass_run(app->engine, o, &r, e))
        return say_done(app, &r, what, "done", code, e);
    if (r.run)
        (void)!say_done(app, &r, what, r.stopped ? "stopped" : "cut short", code, &ignored);
    return false;
}

/* ---- plan ------------------------------------------------------------------------------------ */

bool all_streams(const struct app *app, struct err *e)
{
    if (!app->o.all || !app->o.json)
        return true;
    err_set(e, ERR_USAGE, "all_json", "--all goes with --jsonl, not with --json");
    return err_hint(e, "--jsonl gives every change as a line; --samples N so many in one object");
}

bool plan_watch(struct app *app, const struct pass_options *o, struct shower *s, struct report *r,
                struct err *e)
{
    struct pass_options watched = *o;
    struct plan_writer save;
    if (!all_streams(app, e))
        return false;
    if (app->o.save && !planfile_create(app, &save, o, e))
        return false;
    shower_init(s, app);
    watched.sink = &s->sink;
    s->save = app->o.save ? &save : NULL;
    bool ok = pass_run(app->engine, &watched, r, e);
    if (app->o.save) {
        ok = planfile_close(&save, ok, e) && ok;
        s->saved = save.changes;
        s->save = NULL;
    }
    if (!ok)
        shower_release(s);
    return ok;
}

void say_plan_saved(struct app *app, const struct shower *s)
{
    if (app->o.save)
        say(app, "Saved as %s: %s; `tandem apply %s` does that, and nothing else.\n", app->o.save,
            counted(app, s->saved, "change", "changes"), app->o.save);
}

bool show_plan(struct app *app, const struct pass_options *o, const char *heading, struct err *e)
{
    struct report r;
    struct shower shower;
    yyjson_mut_val *result;
    if (!plan_watch(app, o, &shower, &r, e))
        return false;
    yyjson_mut_doc *d = result_new(app, &result);
    put_report(app, d, result, &r);
    put_plan(app, d, result, &shower);
    result_print(app, d);
    say(app, "%s\n", heading);
    say_plan(app, &shower, &r);
    say_plan_saved(app, &shower);
    shower_release(&shower);
    return true;
}

/* --past-brake NAME, or several with commas. */
static bool past_brakes(struct app *app, unsigned *past, struct err *e)
{
    struct str rest = app->o.past_brake ? str_from(app->o.past_brake) : STR_NONE, name;
    while (str_cut(&rest, ',', &name)) {
        enum brake b;
        if (!brake_from_name(str_trim(name), &b))
            return err_set(e, ERR_USAGE, "bad_brake",
                           "there is no brake \"%.*s\"; there are create_max, unlink, clear and"
                           " change",
                           STR_ARG(str_slice(name, 0, 40)));
        *past |= 1u << b;
    }
    return true;
}

static bool plan(struct app *app, enum pass_kind kind, const char *heading, struct err *e)
{
    struct pass_options o = {
        .kind = kind, .plan_only = true, .limit = (uint64_t)app->o.limit, .resume = true};
    return past_brakes(app, &o.past, e) && ids_given(app, &o, e) && show_plan(app, &o, heading, e);
}

static bool cmd_plan(struct app *app, enum pass_kind kind, const char *heading, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_WRITE, true, e) &&
           plan(app, kind, heading, e);
}

bool cmd_plan_sync(struct app *app, int *code, struct err *e)
{
    (void)code;
    return cmd_plan(app, PASS_SYNC, "A pass would find:", e);
}

bool cmd_plan_import(struct app *app, int *code, struct err *e)
{
    (void)code;
    if (!str_eq(str_from(app->arg[0]), S("accounts"))) {
        err_set(e, ERR_USAGE, "arguments", "there is no `tandem plan import %.40s`", app->arg[0]);
        return err_hint(e, "`tandem plan import accounts` is what there is");
    }
    return cmd_plan(app, PASS_IMPORT, "An import would find:", e);
}

/* ---- import and sync ------------------------------------------------------------------------- */

/* Waits for a line at the terminal; false: asked to stop. A signal that comes just before a read
 * would be lost until the next key, so the waiting looks up now and then. */
static bool line_waits(void)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!app_stop)
        if (poll(&keys, 1, 100) > 0)
            return true;
    return false;
}

/* Nothing asks questions without a terminal. */
bool asked(struct app *app, const char *question)
{
    char answer[16] = "";
    if (!isatty(STDIN_FILENO) || app->o.json)
        return false;
    say(app, "%s [y/N] ", question);
    fflush(stdout);
    return line_waits() && fgets(answer, sizeof(answer), stdin) &&
           (answer[0] == 'y' || answer[0] == 'Y');
}

bool nothing_to_write(struct app *app, const struct report *r)
{
    const struct backfill_account *acc = &r->backfill;
    uint64_t any = r->placed + r->stages + r->associated[SIDE_SF] + r->associated[SIDE_HS] +
                   r->errors + r->left + r->why[WHY_SUSPENDED] + acc->written + acc->failed +
                   acc->left + acc->resumed;
    for (int i = 0; i < ACTION_COUNT; i++)
        any += i != ACTION_NONE && i != ACTION_SKIP ? r->action[i] : 0;
    if (any == 0)
        say(app, "There is nothing to write.\n");
    return any == 0;
}

/* S13.2 */
bool confirmed(struct app *app, const char *what, const char *rule, struct err *e)
{
    if (app->o.yes || asked(app, "Go on?"))
        return true;
    if (app_stop)
        return err_set(e, ERR_STOPPED, "stopped", "stopped; nothing was written");
    err_set(e, ERR_REFUSED, "not_confirmed", "nothing was written: %s was not confirmed", what);
    err_rule(e, rule);
    return isatty(STDIN_FILENO) && !app->o.json ? false : err_hint(e, "start it with --yes");
}

bool cmd_import(struct app *app, int *code, struct err *e)
{
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e))
        return false;
    struct pass_options o = {
        .kind = PASS_IMPORT, .limit = (uint64_t)app->o.limit, .confirmed = true, .resume = true};
    if (!ids_given(app, &o, e)) /* a bad list before a long preview */
        return false;
    bool preview = !app->o.yes || !(app->o.json || app->o.quiet);
    if (preview && !plan(app, PASS_IMPORT, "This import would find:", e))
        return false;
    return confirmed(app, "the import", "S13.2", e) && run_pass(app, &o, "The import was", code, e);
}

bool cmd_sync(struct app *app, int *code, struct err *e)
{
    struct pass_options o = {.kind = PASS_SYNC};
    if (!past_brakes(app, &o.past, e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_WRITE, true, e))
        return false;
    if (engine_settings(app->engine)->hold)
        return show_plan(app, &o,
                         "The connection is held (S1.4): nothing is written. Released, a"
                         " pass would find:",
                         e);
    return run_pass(app, &o, "The pass was", code, e);
}
