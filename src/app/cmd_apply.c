/* apply: does what a saved plan says, and nothing else (S12.1). */
#include <stdio.h>

#include "app/planfile.h"

#define LEFT_SHOWN 20

struct applying {
    struct app *app;
    struct shower plan;
    uint64_t count[SAVED_WHY_COUNT], shown;
    struct buf lines; /* or JSON objects, with commas */
};

static const char *word_left(enum saved_why w)
{
    static const char *const words[SAVED_WHY_COUNT] = {
        [SAVED_DONE] = "is as the plan wants it already",
        [SAVED_CHANGED] = "was changed since the plan was made",
        [SAVED_OTHER] = "is decided otherwise by now",
        [SAVED_UNKNOWN] = "is not known, or not visible to our user",
    };
    return words[w];
}

static void left_json(struct applying *s, const struct saved_change *c, enum saved_why why,
                      const struct change *now, const struct saved_write *at, struct value holds)
{
    struct arena a;
    arena_init(&a, 16 * MIB);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&a, &o);
    put_str(d, o, "why", str_from(saved_why_name(why)));
    put_str(d, o, "action", str_from(action_name(c->action)));
    put_str(d, o, "account", c->id[SIDE_SF]);
    put_str(d, o, "company", c->id[SIDE_HS]);
    put_str(d, o, "side", at ? str_from(side_name(at->to)) : STR_NONE);
    put_str(d, o, "field", at ? at->field : STR_NONE);
    put_str(d, o, "planned_old", at ? at->old.text : STR_NONE);
    put_str(d, o, "planned_new", at ? at->value.text : STR_NONE);
    put_str(d, o, "holds", holds.text);
    put_str(d, o, "now", now ? str_from(action_name(now->action)) : STR_NONE);
    put_str(d, o, "now_why", now ? str_from(why_name(now->why)) : STR_NONE);
    add_object(&s->lines, &a, d);
    arena_release(&a);
}

static void left_line(struct applying *s, const struct saved_change *c, enum saved_why why,
                      const struct change *now, const struct saved_write *at, struct value holds)
{
    struct arena a;
    struct buf *b = &s->lines;
    arena_init(&a, 16 * MIB);
    buf_fmt(b, "  %s %.*s: %s", side_noun(c->side), STR_ARG(c->id[c->side]), word_left(why));
    if (at)
        buf_fmt(b, ": %s %.*s was to go from %.*s to %.*s, and holds %.*s", side_name(at->to),
                STR_ARG(str_slice(at->field, 0, 80)), STR_ARG(value_shown(&a, at->old)),
                STR_ARG(value_shown(&a, at->value)), STR_ARG(value_shown(&a, holds)));
    else if (why == SAVED_OTHER && now)
        buf_fmt(b, ": %s (%s)", word_why(now->why), why_rule(now->why));
    buf_char(b, '\n');
    arena_release(&a);
}

static void on_left(void *who, const struct saved_change *c, enum saved_why why,
                    const struct change *now, const struct saved_write *at, struct value holds)
{
    struct applying *s = ((struct plan_reader *)who)->listener;
    s->count[why]++;
    if (s->shown >= LEFT_SHOWN && !s->app->o.all)
        return;
    s->shown++;
    if (s->app->o.json)
        left_json(s, c, why, now, at, holds);
    else
        left_line(s, c, why, now, at, holds);
}

static void print(struct app *app, struct applying *s, const struct report *r, bool preview)
{
    yyjson_mut_val *o, *why;
    yyjson_mut_doc *d = result_new(app, &o);
    put_report(app, d, o, r);
    put_int(d, o, "not_applied", (int64_t)r->not_applied);
    why = yyjson_mut_obj_add_obj(d, o, "not_applied_why");
    for (int w = 0; w < SAVED_WHY_COUNT; w++)
        if (s->count[w])
            put_int(d, why, saved_why_name((enum saved_why)w), (int64_t)s->count[w]);
    if (app->o.json)
        put_objects(app, d, o, "left_alone", &s->lines);
    if (preview)
        put_plan(app, d, o, &s->plan);
    result_print(app, d);
    if (preview) {
        say(app, "Applying the plan would:\n");
        say_plan(app, &s->plan, r);
    }
    if (r->not_applied)
        say(app, "%s left alone (--all lists them all):\n%.*s",
            counted(app, r->not_applied, "change of the plan is", "changes of the plan are"),
            (int)s->lines.n, s->lines.n ? s->lines.p : "");
}

static bool apply(struct app *app, struct plan_reader *file, bool plan_only, struct report *r,
                  int *code, struct err *e)
{
    struct applying s = {.app = app};
    struct pass_options o = {.kind = file->kind,
                             .backfill = file->kind == PASS_BACKFILL ? &file->backfill : NULL,
                             .plan_only = plan_only,
                             .saved = &file->source,
                             .confirmed = true};
    if (!planfile_rewind(app, file, e))
        return false;
    file->listener = &s;
    file->source.left = on_left;
    shower_init(&s.plan, app);
    buf_init(&s.lines, 64 * MIB);
    o.sink = plan_only ? &s.plan.sink : NULL;
    bool ok = pass_run(app->engine, &o, r, e);
    if (ok || r->run)
        print(app, &s, r, plan_only);
    if ((ok || r->run) && !plan_only) {
        say(app, "The plan was %s in %.2f s\n", ok ? "applied" : "cut short",
            (double)r->took_ms / 1000);
        say_written(app, r);
        struct err ignored;
        ok = say_failures(app, r, code, ok ? e : &ignored) && ok;
    }
    shower_release(&s.plan);
    buf_release(&s.lines);
    return ok && (plan_only || planfile_applied(app, file, r->run, e));
}

bool cmd_apply(struct app *app, int *code, struct err *e)
{
    struct plan_reader file = {0};
    struct report r;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e))
        return false;
    bool preview = !app->o.yes || !(app->o.json || app->o.quiet);
    bool ok = planfile_open(app, &file, app->arg[0], e) &&
              (!preview || apply(app, &file, true, &r, code, e));
    if (ok && (app->o.yes || !nothing_to_write(app, &r)))
        ok = confirmed(app, "the plan", "S12.1", e) && apply(app, &file, false, &r, code, e);
    planfile_release(&file);
    return ok;
}
