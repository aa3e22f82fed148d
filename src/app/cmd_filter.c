/* filter: which accounts may enter (S2.3): show, check, set, clear. */
#include "app/app.h"

static bool online(struct app *app, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_WRITE, true, e);
}

bool cmd_filter_show(struct app *app, int *code, struct err *e)
{
    struct str text;
    yyjson_mut_val *o;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e) ||
        !engine_filter_text(app->engine, &app->a, &text, e))
        return false;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "filter", text);
    result_print(app, d);
    if (text.n)
        say(app, "%.*s\n", STR_ARG(text));
    else
        say(app, "There is no filter: every account may enter.\n");
    return true;
}

static void show_effect(struct app *app, struct str text, const struct filter_effect *x, bool saved)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "filter", text);
    put_bool(d, o, "saved", saved);
    put_int(d, o, "enters", (int64_t)x->enters);
    put_int(d, o, "kept_out", (int64_t)x->kept_out);
    put_int(d, o, "unknown", (int64_t)x->unknown);
    put_int(d, o, "links", (int64_t)x->links);
    put_int(d, o, "pauses", (int64_t)x->pauses);
    put_int(d, o, "resumes", (int64_t)x->resumes);
    result_print(app, d);
    if (saved)
        return;
    say(app,
        "%llu of the accounts that we know may enter by it, %llu may not.\n"
        "It would pause %llu of %s and let %s go on. A paused link stays,"
        " nothing is carried\nover, and deletions and merges are followed all the same.\n",
        (unsigned long long)x->enters, (unsigned long long)x->kept_out,
        (unsigned long long)x->pauses, counted(app, x->links, "link", "links"),
        counted(app, x->resumes, "paused one", "paused ones"));
    if (x->unknown)
        say(app,
            "Of %llu it cannot tell: a field that it compares was not read of them, or cannot be"
            " read. They stay as\nthey are, and new ones do not enter.\n",
            (unsigned long long)x->unknown);
}

bool cmd_filter_check(struct app *app, int *code, struct err *e)
{
    struct str text = str_from(app->arg[0]);
    struct filter_effect effect;
    (void)code;
    if (!online(app, e) || !engine_filter_try(app->engine, text, &effect, e))
        return false;
    show_effect(app, text, &effect, false);
    return true;
}

/* The preview is the refusal's text as well, so that a script sees what --yes would do. */
static bool save(struct app *app, struct str text, struct err *e)
{
    struct filter_effect effect;
    if (!online(app, e) || !engine_filter_try(app->engine, text, &effect, e))
        return false;
    if (!app->o.yes)
        show_effect(app, text, &effect, false);
    if (!confirmed(app, text.n ? "the filter" : "clearing the filter", "S2.3", e) ||
        !engine_filter_save(app->engine, text, e))
        return false;
    if (app->o.yes)
        show_effect(app, text, &effect, true);
    say(app, "Saved: %s paused by it, %s on with the next pass.\n",
        counted(app, effect.pauses, "link is", "links are"),
        counted(app, effect.resumes, "goes", "go"));
    return true;
}

bool cmd_filter_set(struct app *app, int *code, struct err *e)
{
    struct str text = str_trim(str_from(app->arg[0]));
    (void)code;
    if (text.n)
        return save(app, text, e);
    err_set(e, ERR_USAGE, "bad_filter", "the filter is empty");
    err_rule(e, "S2.3");
    return err_hint(e, "`tandem filter clear` lets every account enter");
}

bool cmd_filter_clear(struct app *app, int *code, struct err *e)
{
    (void)code;
    return save(app, STR_NONE, e);
}
