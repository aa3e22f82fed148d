/* verify: how every record stands, and whether it adds up to what the services count (S4.5). */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/limits.h"

enum { KIND_COUNT = VERIFY_HIDDEN + 1 };

static const char *const kind_codes[KIND_COUNT] = {NULL, "created", "changed", "deleted", "hidden"};

struct verify_shower {
    struct app *app;
    uint64_t shown[KIND_COUNT + STANDING_COUNT];
    struct buf line; /* scratch */
};

static const char *code_of(const struct verify_line *l)
{
    return l->kind == VERIFY_STANDS ? standing_name(l->verdict->standing) : kind_codes[l->kind];
}

static const char *word_of(const struct verify_line *l)
{
    static const char *const kinds[KIND_COUNT] = {
        NULL, "made during the walk", "changed during the walk",
        "deleted or merged since it was last read", "not visible to our user any more"};
    static const char *const words[STANDING_COUNT] = {"linked and equal",
                                                      "linked, different by its rule",
                                                      "linked, an older difference",
                                                      "linked, a change is pending",
                                                      "in error",
                                                      "unlinked"};
    return l->kind == VERIFY_STANDS ? words[l->verdict->standing] : kinds[l->kind];
}

/* ---- one line -------------------------------------------------------------------------------- */

static void put_difference(yyjson_mut_doc *d, yyjson_mut_val *list, const struct difference *x,
                           const struct mappings *m)
{
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(d, list);
    put_str(d, o, "field", m->map[x->map].name[SIDE_SF]);
    put_str(d, o, "property", m->map[x->map].name[SIDE_HS]);
    put_str(d, o, "salesforce", x->value[SIDE_SF].text);
    put_str(d, o, "hubspot", x->value[SIDE_HS].text);
    put_str(d, o, "standing", str_from(standing_name(x->standing)));
    put_str(d, o, "mapping_rule", str_from(rule_name(m->map[x->map].rule)));
    put_str(d, o, "rule", str_from(x->rule));
    put_str(d, o, "message", x->err ? str_from(x->err->msg) : STR_NONE);
}

static void print_json(const struct verify_line *l)
{
    struct arena a;
    arena_init(&a, 16 * MIB);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&a, &o);
    put_str(d, o, "standing", str_from(code_of(l)));
    put_str(d, o, side_noun(l->side), l->id);
    put_str(d, o, side_noun(side_other(l->side)), l->partner.n ? l->partner : STR_NONE);
    put_str(d, o, "side", str_from(side_name(l->side)));
    put_str(d, o, "name", l->name);
    if (l->kind == VERIFY_STANDS) {
        bool why = l->verdict->why != WHY_NOTHING;
        put_str(d, o, "why", why ? str_from(why_name(l->verdict->why)) : STR_NONE);
        put_str(d, o, "rule", why ? str_from(why_rule(l->verdict->why)) : STR_NONE);
        put_bool(d, o, "lost", l->lost);
        put_str(d, o, "code", l->error ? l->error->code : STR_NONE);
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "fields");
        for (size_t i = 0; i < l->verdict->differences; i++)
            put_difference(d, list, &l->verdict->difference[i], l->mappings);
    }
    struct str text = json_print(&a, d);
    printf("%.*s\n", STR_ARG(text));
    arena_release(&a);
}

static void print_text(struct verify_shower *s, const struct verify_line *l)
{
    struct arena a;
    struct buf *b = &s->line;
    arena_init(&a, 16 * MIB);
    buf_clear(b);
    name_record(b, &a, l->side, l->id, l->name);
    if (l->partner.n)
        buf_fmt(b, " with %s %.*s", side_noun(side_other(l->side)), STR_ARG(l->partner));
    buf_fmt(b, ": %s", word_of(l));
    if (l->kind == VERIFY_STANDS && l->verdict->why)
        buf_fmt(b, ": %s (%s)", word_why(l->verdict->why), why_rule(l->verdict->why));
    if (l->error)
        buf_fmt(b, "; %.*s", STR_ARG(l->error->code));
    if (l->lost)
        buf_str(b, S("; a pass would write it, but it waits for nothing (S4.4): `tandem resync`"));
    buf_char(b, '\n');
    for (size_t i = 0; l->verdict && i < l->verdict->differences; i++) {
        const struct difference *x = &l->verdict->difference[i];
        buf_fmt(b, "    %.*s %.*s, %.*s %.*s: %s (%s, %s)\n",
                STR_ARG(l->mappings->map[x->map].name[SIDE_SF]),
                STR_ARG(value_shown(&a, x->value[SIDE_SF])),
                STR_ARG(l->mappings->map[x->map].name[SIDE_HS]),
                STR_ARG(value_shown(&a, x->value[SIDE_HS])), standing_name(x->standing),
                rule_name(l->mappings->map[x->map].rule), x->rule);
    }
    say(s->app, "%.*s", (int)b->n, b->p);
    arena_release(&a);
}

/* Every line with --jsonl; for people a few of each kind, unless all are asked for. */
static void on_line(void *who, const struct verify_line *l)
{
    struct verify_shower *s = who;
    struct app *app = s->app;
    size_t kind = l->kind == VERIFY_STANDS ? KIND_COUNT + l->verdict->standing : l->kind;
    if (app->o.jsonl) {
        print_json(l);
    } else if (!app->o.json && (app->o.all || s->shown[kind] < (uint64_t)app->o.samples)) {
        s->shown[kind]++;
        print_text(s, l);
    }
}

/* ---- what it comes to ------------------------------------------------------------------------ */

static bool in_order(const struct verify_report *r)
{
    bool ok = r->lost == 0;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        ok = ok && r->side[s].adds_up && r->side[s].standing[STANDING_ERROR] == 0;
    return ok;
}

static void put_side(yyjson_mut_doc *d, yyjson_mut_val *result, const struct verify_report *r,
                     enum side s)
{
    const struct verify_side *x = &r->side[s];
    yyjson_mut_val *o = yyjson_mut_obj_add_obj(d, result, side_name(s));
    put_int(d, o, "total", (int64_t)x->total);
    put_int(d, o, "read", (int64_t)x->live);
    put_bool(d, o, "adds_up", x->adds_up);
    for (int i = 0; i < STANDING_COUNT; i++)
        put_int(d, o, standing_name((enum standing)i), (int64_t)x->standing[i]);
    yyjson_mut_val *why = yyjson_mut_obj_add_obj(d, o, "unlinked_why");
    for (int w = 0; w < WHY_COUNT; w++)
        if (x->unlinked[w])
            put_int(d, why, why_name((enum why)w), (int64_t)x->unlinked[w]);
    yyjson_mut_val *walk = yyjson_mut_obj_add_obj(d, o, "during_the_walk");
    put_int(d, walk, "created", (int64_t)x->created);
    put_int(d, walk, "changed", (int64_t)x->changed);
    put_int(d, walk, "deleted", (int64_t)x->deleted);
    put_int(d, walk, "hidden", (int64_t)x->hidden);
    put_int(d, o, "news", (int64_t)x->news);
    put_int(d, o, "calls", (int64_t)r->calls[s]);
}

#define WHAT_WIDTH 52

static void say_count(struct app *app, const char *what, uint64_t accounts, uint64_t companies)
{
    bool fits = strlen(what) <= WHAT_WIDTH;
    if (!accounts && !companies)
        return;
    if (!fits)
        say(app, "  %s\n", what);
    say(app, "  %-*s %10llu %10llu\n", WHAT_WIDTH, fits ? what : "", (unsigned long long)accounts,
        (unsigned long long)companies);
}

static void say_table(struct app *app, const struct verify_report *r)
{
    static const char *const words[STANDING_COUNT] = {
        "linked and equal",
        "linked, different by the mapping's rule",
        "linked, an older difference (S5.8; a resync decides)",
        "linked, a change is pending or waits",
        "in error (`tandem errors list`)",
        "unlinked"};
    const struct verify_side *sf = &r->side[SIDE_SF], *hs = &r->side[SIDE_HS];
    char text[256];
    say(app, "  %-52s %10s %10s\n", "", "accounts", "companies");
    for (int i = 0; i < STANDING_COUNT; i++)
        say_count(app, words[i], sf->standing[i], hs->standing[i]);
    for (int w = 0; w < WHY_COUNT; w++) {
        snprintf(text, sizeof(text), "    %s (%s)", word_why((enum why)w), why_rule((enum why)w));
        say_count(app, text, sf->unlinked[w], hs->unlinked[w]);
    }
    say_count(app, "made during the walk", sf->created, hs->created);
    say_count(app, "changed during the walk (or the partner was)", sf->changed, hs->changed);
    say(app, "  %-52s %10llu %10llu\n", "all that were read", (unsigned long long)sf->live,
        (unsigned long long)hs->live);
    say(app, "  %-52s %10llu %10llu\n", "the services' own totals for our user",
        (unsigned long long)sf->total, (unsigned long long)hs->total);
    say_count(app, "besides: deleted or merged since they were last read", sf->deleted,
              hs->deleted);
    say_count(app, "besides: not visible any more", sf->hidden, hs->hidden);
    say_count(app, "news that the polls had not brought yet", sf->news, hs->news);
    say_count(app, "calls", r->calls[SIDE_SF], r->calls[SIDE_HS]);
}

static void say_verdict(struct app *app, const struct verify_report *r)
{
    say_table(app, r);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (!r->side[s].adds_up)
            say(app, "The counts do not add up to %s's total: %llu read, %llu counted there.\n",
                side_name(s), (unsigned long long)r->side[s].live,
                (unsigned long long)r->side[s].total);
    if (r->lost)
        say(app, "%s work that waits for nothing (S4.4).\n",
            counted(app, r->lost, "record has", "records have"));
    if (in_order(r))
        say(app, "It adds up: every record is accounted for, and none is in error.\n");
}

bool cmd_verify(struct app *app, int *code, struct err *e)
{
    struct verify_shower s = {.app = app};
    struct verify_report r;
    if (!config_load(app, e) || !app_open_engine(app, STORE_STEPS, true, e))
        return false;
    buf_init(&s.line, 16 * MIB);
    bool ok = engine_verify(app->engine, &(struct verify_options){on_line, &s}, &r, e);
    buf_release(&s.line);
    if (!ok)
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_bool(d, o, "in_order", in_order(&r));
    for (enum side side = SIDE_SF; side < SIDE_COUNT; side++)
        put_side(d, o, &r, side);
    put_int(d, o, "lost", (int64_t)r.lost);
    put_int(d, o, "took_ms", r.took_ms);
    result_print(app, d);
    say_verdict(app, &r);
    if (!in_order(&r))
        *code = EXIT_ERRORS;
    return true;
}
