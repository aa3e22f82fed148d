/* review: what waits for a person (S5.5, S7.2): list, accept, reject. */
#include <string.h>

#include "app/app.h"

#define REVIEWS_MAX 100000

static bool load(struct app *app, struct review_entry **out, size_t *n, struct err *e)
{
    struct store *st = app->store;
    return st->ops->reviews_list(st, &app->a, STR_NONE, REVIEWS_MAX, out, n, e);
}

bool cmd_review_list(struct app *app, int *code, struct err *e)
{
    struct review_entry *review;
    size_t n;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e) ||
        !load(app, &review, &n, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "reviews");
    for (size_t i = 0; i < n; i++) {
        put_review_entry(app, d, list, &review[i]);
        say_review_entry(app, &review[i]);
    }
    result_print(app, d);
    if (n == 0)
        say(app, "Nothing waits for a person.\n");
    else
        say(app,
            "%zu wait. `tandem review accept ID [CANDIDATE]` links, `tandem review reject ID...`"
            " says that none of\nthem is it.\n",
            n);
    return true;
}

static const struct review_entry *entry_of(struct app *app, const struct review_entry *review,
                                           size_t n, const char *arg, struct err *e)
{
    struct str id;
    enum side s = engine_side_of(&app->a, str_trim(str_from(arg)), &id);
    for (size_t i = 0; i < n; i++)
        if (review[i].side == s && str_eq(review[i].record, id))
            return &review[i];
    err_set(e, ERR_USAGE, "no_review", "%s %.40s does not wait for a person", side_noun(s), arg);
    err_subject(e, str_from(arg));
    err_hint(e, "`tandem review list` shows what does");
    return NULL;
}

/* Which of the candidates: the one named, or the only one. */
static bool choose(struct app *app, const struct review_entry *r, const char *named,
                   struct str *out, struct err *e)
{
    struct str rest = r->candidates, id, want = STR_NONE;
    size_t n = 0;
    if (!rest.n) { /* SF 8.6: the refusal tells of no id */
        err_set(e, ERR_USAGE, "which_candidate",
                "salesforce does not tell which account blocks %.*s", STR_ARG(r->record));
        err_subject(e, r->record);
        return err_hint(e, "find it in Salesforce, then `tandem link ACCOUNT %.*s`",
                        STR_ARG(r->record));
    }
    if (named)
        engine_side_of(&app->a, str_trim(str_from(named)), &want);
    while (str_cut(&rest, ';', &id)) {
        n++;
        *out = id;
        if (named && str_eq(id, want))
            return true;
    }
    if (!named && n == 1)
        return true;
    if (named)
        err_set(e, ERR_USAGE, "which_candidate", "%.40s is not among the candidates of %.*s", named,
                STR_ARG(r->record));
    else
        err_set(e, ERR_USAGE, "which_candidate", "%.*s has several candidates", STR_ARG(r->record));
    err_subject(e, r->record);
    return err_hint(e, "they are: %.*s", STR_ARG(r->candidates));
}

static bool leftover(const struct review_entry *r, struct err *e)
{
    if (!str_eq(r->why, S("merge_leftover")))
        return true;
    err_set(e, ERR_REFUSED, "merge_leftover",
            "%s %.*s lost its partner in a merge; %.*s is linked with the survivor",
            side_noun(r->side), STR_ARG(r->record), STR_ARG(r->candidates));
    err_rule(e, "S9.3");
    return err_hint(e,
                    "merge the two in %s, which Tandem follows, or keep both: `tandem review"
                    " reject %.*s`",
                    r->side == SIDE_HS ? "HubSpot" : "Salesforce", STR_ARG(r->record));
}

/* Its partner was deleted: is it to be archived? (S9.1) */
static bool asks_archive(const struct review_entry *r)
{
    return str_eq(r->why, S("delete_asks")) || str_eq(r->why, S("delete_attached"));
}

static bool asks_values(const struct review_entry *r)
{
    return str_eq(r->why, S("first_link"));
}

/* Of a question about values (S5.5) the answer is a side; of one about partners, a candidate. */
static bool answer(struct app *app, const struct review_entry *r, const char *named,
                   struct report *out, struct err *e)
{
    for (enum side s = SIDE_SF; named && s < SIDE_COUNT; s++)
        if (strcmp(named, side_name(s)) == 0)
            return engine_answer(app->engine, r, s, out, e);
    err_set(e, ERR_USAGE, "which_side", "%s %.*s asks whose values stand", side_noun(r->side),
            STR_ARG(r->record));
    err_rule(e, "S5.5");
    err_subject(e, r->record);
    return err_hint(e, "`tandem review accept %.*s salesforce`, or hubspot; it is about %.*s",
                    STR_ARG(r->record), STR_ARG(r->fields));
}

static bool accept(struct app *app, const struct review_entry *r, struct str candidate,
                   struct report *out, struct err *e)
{
    struct str id[SIDE_COUNT];
    id[r->side] = r->record;
    id[side_other(r->side)] = candidate;
    return engine_link(app->engine, id[SIDE_SF], id[SIDE_HS], false, out, e);
}

static void add(struct report *sum, const struct report *r)
{
    sum->run = r->run;
    for (int i = 0; i < ACTION_COUNT; i++)
        sum->action[i] += r->action[i];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        sum->updated[s] += r->updated[s];
        sum->fields[s] += r->fields[s];
        sum->calls[s] += r->calls[s];
    }
    sum->errors += r->errors;
    sum->took_ms += r->took_ms;
}

bool cmd_review_accept(struct app *app, int *code, struct err *e)
{
    struct review_entry *review;
    struct report sum = {0}, r;
    struct str candidate = STR_NONE;
    size_t n;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e) ||
        !load(app, &review, &n, e))
        return false;
    if (app->o.all) { /* one answer can cover many: every record with one candidate */
        for (size_t i = 0; i < n; i++) {
            if (str_find_char(review[i].candidates, ';') >= 0 || asks_values(&review[i]) ||
                asks_archive(&review[i]) || !review[i].candidates.n ||
                str_eq(review[i].why, S("merge_leftover")))
                continue;
            if (!accept(app, &review[i], review[i].candidates, &r, e))
                return false;
            add(&sum, &r);
        }
        return say_done(app, &sum, "Accepting was", "done", code, e);
    }
    if (app->args == 0)
        return err_set(e, ERR_USAGE, "arguments",
                       "`tandem review accept` takes ID [CANDIDATE], or"
                       " --all");
    const struct review_entry *one = entry_of(app, review, n, app->arg[0], e);
    if (one && asks_archive(one))
        return engine_archive(app->engine, one, &r, e) &&
               say_done(app, &r, "Archiving was", "done", code, e);
    if (one && asks_values(one))
        return answer(app, one, app->args > 1 ? app->arg[1] : NULL, &r, e) &&
               say_done(app, &r, "The answer was", "taken", code, e);
    return one && leftover(one, e) &&
           choose(app, one, app->args > 1 ? app->arg[1] : NULL, &candidate, e) &&
           accept(app, one, candidate, &r, e) && say_done(app, &r, "The link was", "made", code, e);
}

bool cmd_review_reject(struct app *app, int *code, struct err *e)
{
    struct review_entry *review;
    struct report sum = {0}, r;
    size_t n, done = 0;
    if (!config_load(app, e) || !app_open_engine(app, STORE_WRITE, true, e) ||
        !load(app, &review, &n, e))
        return false;
    if (app->args == 0 && !app->o.all)
        return err_set(e, ERR_USAGE, "arguments", "`tandem review reject` takes ID..., or --all");
    for (int i = 0; i < app->args; i++)
        if (!entry_of(app, review, n, app->arg[i], e)) /* before any is answered */
            return false;
    for (size_t i = 0; i < n; i++) {
        bool named = app->o.all;
        for (int k = 0; k < app->args; k++)
            named = named || entry_of(app, review, n, app->arg[k], e) == &review[i];
        if (!named || (asks_values(&review[i]) && app->o.all))
            continue;
        if (asks_values(&review[i])) /* there is nothing to reject: one of the two stands */
            return answer(app, &review[i], NULL, &r, e);
        if (!engine_reject(app->engine, &review[i], &r, e))
            return false;
        add(&sum, &r);
        done++;
    }
    say(app,
        "%zu answered: none of the candidates is it. The next pass makes a new partner for each"
        " that may have one.\n",
        done);
    return say_done(app, &sum, "Rejecting was", "done", code, e);
}
