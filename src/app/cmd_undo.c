/* undo: what a run did is taken back, after a preview (S12.4). */
#include <stdio.h>

#include "app/app.h"

#define NOTES_SHOWN 20

struct undo_shower {
    struct shower plan;
    struct app *app;
    uint64_t count[UNDO_WHY_COUNT], shown;
    struct buf lines; /* or JSON objects, with commas */
};

static const char *word_left(enum undo_why w)
{
    static const char *const words[UNDO_WHY_COUNT] = {
        [UNDO_CHANGED] = "was changed since the run wrote it",
        [UNDO_UNKNOWN] = "cannot be read, or is in no mapping any more",
        [UNDO_REFUSED] = "its old value is not acceptable any more",
        [UNDO_EDITED] = "the run made it, and a person edited it since",
        [UNDO_ATTACHED] = "the run made it, and something hangs on it since",
        [UNDO_UNSEEN] = "the run made it, and our user may not see what hangs on it",
        [UNDO_GONE] = "is deleted, merged or not visible",
        [UNDO_ARCHIVED] = "the run archived it; no API brings it back",
        [UNDO_MERGED] = "its link followed a merge, which nothing takes back",
        [UNDO_UNLINKED] = "was unlinked since",
        [UNDO_TAKEN] = "is linked with another record since",
    };
    return words[w];
}

/* Where a person brings an archived record back. */
static const char *place(const struct undo_note *n)
{
    if (n->why != UNDO_ARCHIVED)
        return "";
    return n->side == SIDE_HS ? "HubSpot: Companies > Actions > Restore records (within 90 days)"
                              : "Salesforce: Recycle Bin > Org Recycle Bin > Undelete"
                                " (within 15 days)";
}

static void note_json(struct undo_shower *s, const struct undo_note *n)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&s->app->a, &o);
    put_str(d, o, "why", str_from(undo_why_name(n->why)));
    put_str(d, o, "side", str_from(side_name(n->side)));
    put_str(d, o, "object", str_from(n->contact ? "contact" : side_noun(n->side)));
    put_str(d, o, "record", n->record);
    put_str(d, o, "field", n->field);
    put_str(d, o, "detail", n->detail);
    put_str(d, o, "place", str_from(place(n)));
    add_object(&s->lines, &s->app->a, d);
}

static void on_left(void *who, const struct undo_note *n)
{
    struct undo_shower *s = who;
    s->count[n->why]++;
    if (s->shown >= NOTES_SHOWN && !s->app->o.all)
        return;
    s->shown++;
    if (s->app->o.json) {
        note_json(s, n);
        return;
    }
    buf_fmt(&s->lines, "  %s %.*s%s%.*s: %s", n->contact ? "contact" : side_noun(n->side),
            STR_ARG(n->record), n->field.n ? ", " : "", STR_ARG(n->field), word_left(n->why));
    if (n->detail.n)
        buf_fmt(&s->lines, " (%.*s)", STR_ARG(value_shown(&s->app->a, value_text(n->detail))));
    buf_fmt(&s->lines, "%s%s\n", place(n)[0] ? "; " : "", place(n));
}

static void print_undo(struct app *app, struct undo_shower *s, const struct report *r, bool preview)
{
    yyjson_mut_val *o, *why;
    yyjson_mut_doc *d = result_new(app, &o);
    put_report(app, d, o, r);
    put_int(d, o, "not_undone", (int64_t)r->not_undone);
    why = yyjson_mut_obj_add_obj(d, o, "not_undone_why");
    for (int w = 0; w < UNDO_WHY_COUNT; w++)
        if (s->count[w])
            put_int(d, why, undo_why_name((enum undo_why)w), (int64_t)s->count[w]);
    if (app->o.json)
        put_objects(app, d, o, "left_alone", &s->lines);
    result_print(app, d);
    if (preview)
        say(app, "Undoing it would:\n");
    say(app,
        "  %s archived, %s ended, %s back, %s with values restored; %s to HubSpot, %llu to"
        " Salesforce\n",
        counted(app, r->action[ACTION_ARCHIVE], "record", "records"),
        counted(app, r->action[ACTION_UNLINK], "link", "links"),
        counted(app, r->action[ACTION_LINK], "link", "links"),
        counted(app, r->action[ACTION_UPDATE], "pair", "pairs"),
        counted(app, r->fields[SIDE_HS], "value", "values"),
        (unsigned long long)r->fields[SIDE_SF]);
    if (r->placed)
        say(app, "  %s without an account again (S3.7)\n",
            counted(app, r->placed, "contact", "contacts"));
    if (r->associated[SIDE_SF] + r->associated[SIDE_HS])
        say(app, "  %s back at the account, %llu at the primary company\n",
            counted(app, r->associated[SIDE_SF], "contact", "contacts"),
            (unsigned long long)r->associated[SIDE_HS]);
    if (r->not_undone)
        say(app, "%s (--all lists them all):\n%.*s",
            counted(app, r->not_undone, "thing stays as it is", "things stay as they are"),
            (int)s->lines.n, s->lines.n ? s->lines.p : "");
}

static bool undo(struct app *app, const struct undo_options *how, bool plan_only, struct report *r,
                 int *code, struct err *e)
{
    struct undo_shower s = {.app = app};
    struct undo_options o = *how;
    o.plan_only = plan_only;
    o.left = on_left;
    o.who = &s;
    buf_init(&s.lines, 64 * MIB);
    bool ok = engine_undo(app->engine, &o, r, e);
    if (ok || r->run)
        print_undo(app, &s, r, plan_only);
    if (r->errors)
        *code = EXIT_ERRORS;
    buf_release(&s.lines);
    return ok;
}

bool cmd_undo(struct app *app, int *code, struct err *e)
{
    struct undo_options o = {0};
    struct report r;
    enum side side;
    if (!str_to_i64(str_from(app->arg[0]), &o.run) || o.run < 1) {
        err_set(e, ERR_USAGE, "bad_run", "\"%.40s\" is no number of a run", app->arg[0]);
        return err_hint(e, "`tandem runs` lists them");
    }
    if (app->o.record && !id_given(app, app->o.record, &side, &o.record, e))
        return false;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e))
        return false;
    if (!app->o.yes && !undo(app, &o, true, &r, code, e))
        return false;
    if (!app->o.yes && nothing_to_write(app, &r))
        return true;
    return confirmed(app, "the undo", "S12.4", e) && undo(app, &o, false, &r, code, e);
}
