/* mapping backfill: the existing values of one mapping, on every link (S6.5); also `resync
 * --mapping` (S14.1), and what a new or changed mapping offers (S6.4). */
#include <string.h>

#include "app/app.h"

/* ---- what it would do, or did ---------------------------------------------------------------- */

static bool touches(const struct backfill_account *acc, enum side s)
{
    return acc->filled[s] + acc->replaced[s] + acc->cleared[s] > 0;
}

static void say_values(struct app *app, const struct backfill_account *acc, enum side s)
{
    if (touches(acc, s))
        say(app, "  to %-11s %s filled, %s replaced, %llu cleared\n",
            s == SIDE_SF ? "Salesforce:" : "HubSpot:",
            counted(app, acc->filled[s], "blank", "blanks"),
            counted(app, acc->replaced[s], "value", "values"), (unsigned long long)acc->cleared[s]);
}

void backfill_put(yyjson_mut_doc *d, yyjson_mut_val *o, const struct report *r)
{
    const struct backfill_account *acc = &r->backfill;
    yyjson_mut_val *b = yyjson_mut_obj_add_obj(d, o, "backfill");
    put_int(d, b, "written", (int64_t)acc->written);
    put_int(d, b, "unchanged", (int64_t)acc->unchanged);
    put_int(d, b, "failed", (int64_t)acc->failed);
    put_int(d, b, "skipped", (int64_t)acc->skipped);
    put_int(d, b, "left", (int64_t)acc->left);
    put_bool(d, b, "resumed", acc->resumed);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        yyjson_mut_val *side = yyjson_mut_obj_add_obj(d, b, side_name(s));
        put_int(d, side, "filled", (int64_t)acc->filled[s]);
        put_int(d, side, "replaced", (int64_t)acc->replaced[s]);
        put_int(d, side, "cleared", (int64_t)acc->cleared[s]);
    }
}

/* b NULL: of contacts' associations. */
static const char *noun(const struct backfill *b, uint64_t n)
{
    return b ? n == 1 ? "link" : "links" : n == 1 ? "contact" : "contacts";
}

void backfill_say(struct app *app, const struct backfill *b, struct backfill_view *v)
{
    const struct backfill_account *acc = &v->report.backfill;
    if (b)
        say(app, "A backfill of %.*s <-> %.*s would find:\n", STR_ARG(b->map->name[SIDE_SF]),
            STR_ARG(b->map->name[SIDE_HS]));
    else
        say(app, "A backfill of contacts' accounts and primary companies would find:\n");
    if (acc->resumed)
        say(app, "  (it goes on where it stopped; of what is left)\n");
    say(app, "  %8llu %s to write\n  %8llu with nothing to write\n",
        (unsigned long long)acc->written, noun(b, acc->written),
        (unsigned long long)acc->unchanged);
    if (acc->failed)
        say(app, "  %8llu whose value the other side does not take\n",
            (unsigned long long)acc->failed);
    if (acc->skipped)
        say(app, "  %8llu left alone: %s\n", (unsigned long long)acc->skipped,
            b ? "a side is out of sight, or a person is asked"
              : "their account, or primary company, is not linked");
    if (acc->left)
        say(app, "  %8llu not looked at\n", (unsigned long long)acc->left);
    say_values(app, acc, SIDE_HS);
    say_values(app, acc, SIDE_SF);
    if (!acc->written)
        return;
    say_cost(app, &v->shower);
    say_samples(app, &v->shower);
}

static struct pass_options options_of(struct app *app, const struct backfill *b)
{
    return (struct pass_options){
        .kind = PASS_BACKFILL, .backfill = b, .limit = (uint64_t)app->o.limit, .confirmed = true};
}

bool backfill_preview(struct app *app, const struct backfill *b, struct backfill_view *out,
                      struct err *e)
{
    struct pass_options o = options_of(app, b);
    o.plan_only = true;
    return plan_watch(app, &o, &out->shower, &out->report, e);
}

/* ---- doing it -------------------------------------------------------------------------------- */

/* The vendor's own words, and what it leaves out: how many, and the way on. */
static void say_left(struct app *app, const struct backfill *b, const struct backfill_account *acc)
{
    say(app,
        "We couldn't sync all your updates for this mapping: %llu %s %s left. The same command"
        " goes on there.\n",
        (unsigned long long)acc->left, noun(b, acc->left), acc->left == 1 ? "is" : "are");
}

static bool say_account(struct app *app, const struct backfill *b, const struct report *r,
                        int *code, struct err *e)
{
    const struct backfill_account *acc = &r->backfill;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_report(app, d, o, r);
    backfill_put(d, o, r);
    put_str(d, o, "message",
            acc->left ? S("We couldn't sync all your updates for this mapping") : STR_NONE);
    result_print(app, d);
    say(app, "The backfill %s in %.2f s:\n", acc->left ? "stopped" : "was done",
        (double)r->took_ms / 1000);
    if (acc->resumed)
        say(app, "  (it went on where it had stopped; together with what was done before)\n");
    say(app, "  %llu written, %llu unchanged, %llu failed, %llu skipped, %llu left\n",
        (unsigned long long)acc->written, (unsigned long long)acc->unchanged,
        (unsigned long long)acc->failed, (unsigned long long)acc->skipped,
        (unsigned long long)acc->left);
    say_written(app, r);
    say_contacts(app, r, false);
    if (acc->left)
        say_left(app, b, acc);
    return say_failures(app, r, code, e);
}

bool backfill_run(struct app *app, const struct backfill *b, int *code, struct err *e)
{
    struct pass_options o = options_of(app, b);
    struct report r;
    struct err ignored;
    if (pass_run(app->engine, &o, &r, e))
        return say_account(app, b, &r, code, e);
    if (r.run || r.backfill.left)
        (void)!say_account(app, b, &r, code, &ignored);
    return false;
}

static bool direction(struct app *app, bool to[SIDE_COUNT], struct err *e)
{
    const char *d = app->o.direction ? app->o.direction : "both";
    bool both = strcmp(d, "both") == 0;
    to[SIDE_HS] = both || strcmp(d, "to-hubspot") == 0;
    to[SIDE_SF] = both || strcmp(d, "to-salesforce") == 0;
    if (to[SIDE_HS] || to[SIDE_SF])
        return true;
    err_set(e, ERR_USAGE, "bad_direction", "there is no direction \"%.40s\"", d);
    err_rule(e, "S6.5");
    return err_hint(e, "there are to-hubspot, to-salesforce and both");
}

static bool open_backfill(struct app *app, const char *name, struct backfill *out, struct err *e)
{
    struct mapping *m;
    if (!direction(app, out->to, e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_WRITE, true, e) || !map_find(app, name, &m, e))
        return false;
    out->map = m;
    return true;
}

/* What it would do; with --yes only in words, since what it did is the result. */
static bool show_backfill(struct app *app, const struct backfill *b, struct report *r,
                          struct err *e)
{
    struct backfill_view view;
    if (!backfill_preview(app, b, &view, e))
        return false;
    *r = view.report;
    if (!app->o.yes) {
        yyjson_mut_val *o;
        yyjson_mut_doc *d = result_new(app, &o);
        put_report(app, d, o, &view.report);
        backfill_put(d, o, &view.report);
        put_plan(app, d, o, &view.shower);
        result_print(app, d);
    }
    backfill_say(app, b, &view);
    say_plan_saved(app, &view.shower);
    shower_release(&view.shower);
    return true;
}

/* The preview, the question, and the backfill. */
static bool backfill_go(struct app *app, const struct backfill *b, const char *rule, int *code,
                        struct err *e)
{
    struct report shown;
    bool preview = !app->o.yes || !(app->o.json || app->o.quiet);
    if (preview && !show_backfill(app, b, &shown, e))
        return false;
    if (!app->o.yes && nothing_to_write(app, &shown))
        return true;
    return confirmed(app, "the backfill", rule, e) && backfill_run(app, b, code, e);
}

bool backfill_command(struct app *app, const char *name, int *code, struct err *e)
{
    struct backfill b;
    return open_backfill(app, name, &b, e) && backfill_go(app, &b, "S6.5", code, e);
}

bool cmd_associations_backfill(struct app *app, int *code, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_WRITE, true, e) &&
           backfill_go(app, NULL, "S11.1", code, e);
}

bool cmd_plan_backfill(struct app *app, int *code, struct err *e)
{
    struct backfill b;
    struct report r;
    (void)code;
    return open_backfill(app, app->arg[0], &b, e) && show_backfill(app, &b, &r, e);
}

bool cmd_mapping_backfill(struct app *app, int *code, struct err *e)
{
    return backfill_command(app, app->arg[0], code, e);
}
