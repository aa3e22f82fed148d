/* adopt: links that ids, or a file of pairs, tell of are taken over as they are (S7.9): the values
 * that differ are listed, and the backfill of their mappings is offered. */
#include <string.h>

#include "app/app.h"
#include "base/limits.h"

struct pairs_given {
    struct str *account, *company;
    size_t n;
};

/* Lines of "account,company"; a heading is skipped. */
static bool read_pairs(struct app *app, struct pairs_given *out, struct err *e)
{
    struct str text, line, first;
    size_t number = 0;
    if (!file_read(&app->a, app->o.pairs, 256 * MIB, &text, e))
        return err_rule(e, "S7.9");
    out->account = ARENA_ARRAY(&app->a, struct str, text.n / 17 + 1);
    out->company = ARENA_ARRAY(&app->a, struct str, text.n / 17 + 1);
    for (out->n = 0; str_cut(&text, '\n', &line);) {
        struct str id[SIDE_COUNT], rest = str_trim(line);
        if (++number == 1 && rest.n && !(rest.p[0] >= '0' && rest.p[0] <= '9'))
            continue;
        if (!rest.n)
            continue;
        bool two = str_cut(&rest, ',', &first) &&
                   engine_side_of(&app->a, str_trim(first), &id[SIDE_SF]) == SIDE_SF &&
                   engine_side_of(&app->a, str_trim(rest), &id[SIDE_HS]) == SIDE_HS;
        if (!two) {
            err_set(e, ERR_USAGE, "bad_pair", "%s, line %zu: \"%.*s\" is not ACCOUNT,COMPANY",
                    app->o.pairs, number, STR_ARG(str_slice(str_trim(line), 0, 60)));
            return err_hint(e, "one pair a line: an account id, a comma, a company id");
        }
        out->account[out->n] = id[SIDE_SF];
        out->company[out->n++] = id[SIDE_HS];
    }
    if (out->n > 0)
        return true;
    err_set(e, ERR_USAGE, "no_pairs", "%s names no pair", app->o.pairs);
    err_rule(e, "S7.9");
    return err_hint(e, "one pair a line: an account id, a comma, a company id");
}

static bool take(struct app *app, const struct pairs_given *pairs, bool plan_only,
                 struct shower *shower, struct report *r, struct err *e)
{
    struct pass_options o = {
        .kind = PASS_ADOPT, .plan_only = plan_only, .confirmed = true, .sink = &shower->sink};
    if (app->o.pairs)
        return engine_adopt(app->engine, pairs->account, pairs->company, pairs->n, &o, r, e);
    return pass_run(app->engine, &o, r, e);
}

/* Each mapping with how many of its values differ, and how they are brought over. */
static void say_differing(struct app *app, const struct shower *s)
{
    bool any = false;
    for (size_t i = 0; i < LEN(s->differing); i++) {
        const struct differing *d = &s->differing[i];
        if (!d->n)
            continue;
        if (!any)
            say(app, "Values that differ and stay so; a backfill shows, then brings them over:\n");
        any = true;
        struct str field = d->map->name[SIDE_SF];
        say(app, "  %8llu %.*s <-> %.*s: `tandem mapping backfill %.*s`\n",
            (unsigned long long)d->n, STR_ARG(field), STR_ARG(d->map->name[SIDE_HS]),
            STR_ARG(field));
    }
}

static void put_differing(yyjson_mut_doc *d, yyjson_mut_val *o, const struct shower *s)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "differing");
    for (size_t i = 0; i < LEN(s->differing); i++) {
        if (!s->differing[i].n)
            continue;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "field", s->differing[i].map->name[SIDE_SF]);
        put_str(d, item, "property", s->differing[i].map->name[SIDE_HS]);
        put_int(d, item, "values", (int64_t)s->differing[i].n);
    }
}

static void tell(struct app *app, struct shower *s, const struct report *r)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_report(app, d, o, r);
    put_differing(d, o, s);
    put_plan(app, d, o, s);
    result_print(app, d);
    say_samples(app, s);
    say_differing(app, s);
}

static bool preview(struct app *app, const struct pairs_given *pairs, struct report *r,
                    struct err *e)
{
    struct shower shower;
    shower_init(&shower, app);
    bool ok = take(app, pairs, true, &shower, r, e);
    if (ok) {
        say(app,
            "%s would be taken over, %s would wait for a person (an id that is on several).\n"
            "%s and would stay so (S7.9).\n",
            counted(app, r->action[ACTION_LINK], "link", "links"),
            counted(app, r->action[ACTION_REVIEW], "record", "records"),
            counted(app, r->differences, "value differs", "values differ"));
        tell(app, &shower, r);
    }
    shower_release(&shower);
    return ok;
}

bool cmd_adopt(struct app *app, int *code, struct err *e)
{
    struct pairs_given pairs = {0};
    struct shower shower;
    struct report r;
    if (!all_streams(app, e) || (app->o.pairs && !read_pairs(app, &pairs, e)) ||
        !config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e) ||
        (!app->o.yes && !preview(app, &pairs, &r, e)))
        return false;
    if (!app->o.yes && nothing_to_write(app, &r))
        return true;
    if (!confirmed(app, "the takeover of links", "S7.9", e))
        return false;
    shower_init(&shower, app);
    bool ok = take(app, &pairs, false, &shower, &r, e);
    if (ok)
        tell(app, &shower, &r);
    shower_release(&shower);
    return ok && say_outcome(app, &r, "Taking over links was", "done", code, e);
}
