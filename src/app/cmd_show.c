/* status, runs: what is so. They read the store alone and always work. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "text/iso8601.h"

static bool offline(struct app *app, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_READ, false, e);
}

static const char *run_code(enum run_state s)
{
    static const char *const codes[] = {"open", "done", "done_with_errors", "failed", "stopped"};
    return codes[s];
}

/* A counter's name as words: "created_companies", of one "created company". */
static struct str effect_name(struct arena *a, struct str key, bool one)
{
    char *p = arena_bytes(a, key.n);
    for (size_t i = 0; i < key.n; i++)
        p[i] = key.p[i] == '_' ? ' ' : key.p[i];
    struct str name = {p, key.n};
    if (one && str_ends(name, S("ies")))
        return str_fmt(a, "%.*sy", STR_ARG(str_slice(name, 0, name.n - 3)));
    return one && str_ends(name, S("s")) ? str_slice(name, 0, name.n - 1) : name;
}

/* A run's counters, as the engine keeps them: one JSON object of numbers. */
static void say_run(struct app *app, const struct run_entry *run)
{
    yyjson_val *root, *key;
    yyjson_obj_iter it;
    struct err ignored;
    struct str text = S("");
    if (json_parse(&app->a, run->summary, &root, &ignored) && yyjson_is_obj(root)) {
        yyjson_obj_iter_init(root, &it);
        while ((key = yyjson_obj_iter_next(&it))) {
            struct str n = json_str(yyjson_obj_iter_get_val(key));
            if (str_eq(n, S("0")))
                continue;
            struct str name = effect_name(&app->a, json_str(key), str_eq(n, S("1")));
            text = str_fmt(&app->a, "%.*s%s%.*s %.*s", STR_ARG(text), text.n ? ", " : "",
                           STR_ARG(n), STR_ARG(name));
        }
    }
    double seconds = run->ended_ms ? (double)(run->ended_ms - run->began_ms) / 1000 : 0;
    say(app, "  run %-5lld %-7.*s %-16s %.*s %8.1f s  %.*s\n", (long long)run->id,
        STR_ARG(run->kind), word_run(run->state), STR_ARG(time_shown(&app->a, run->began_ms)),
        seconds, STR_ARG(text.n ? text : S("nothing written")));
}

static bool put_runs(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, size_t limit,
                     struct err *e)
{
    struct run_entry *run;
    size_t n;
    yyjson_val *summary;
    struct err ignored;
    if (!app->store->ops->runs_list(app->store, &app->a, limit, &run, &n, e))
        return false;
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "runs");
    for (size_t i = 0; i < n; i++) {
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "run", str_fmt(&app->a, "%lld", (long long)run[i].id));
        put_str(d, item, "kind", run[i].kind);
        put_str(d, item, "state", str_from(run_code(run[i].state)));
        put_time(app, d, item, "began", run[i].began_ms);
        put_time(app, d, item, "ended", run[i].ended_ms);
        if (json_parse(&app->a, run[i].summary, &summary, &ignored))
            yyjson_mut_obj_add_val(d, item, "summary", yyjson_val_mut_copy(d, summary));
        say_run(app, &run[i]);
    }
    if (n == 0)
        say(app, "  none yet\n");
    return true;
}

bool cmd_runs(struct app *app, int *code, struct err *e)
{
    (void)code;
    yyjson_mut_val *o;
    if (!offline(app, e))
        return false;
    yyjson_mut_doc *d = result_new(app, &o);
    if (!put_runs(app, d, o, 50, e))
        return false;
    result_print(app, d);
    return true;
}

struct str remedy_of(const struct error_entry *x)
{
    return x->remedy.n ? x->remedy : str_from(word_remedy(x->code));
}

void put_suspension(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list, enum suspended s,
                    const struct suspension *x)
{
    struct str remedy = x->remedy.n ? x->remedy : str_from(word_remedy(x->code));
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
    put_str(d, item, "what", str_from(suspended_name(s)));
    put_str(d, item, "code", x->code);
    put_str(d, item, "message", x->message);
    put_str(d, item, "remedy", remedy);
    put_time(app, d, item, "since", x->since_ms);
    put_time(app, d, item, "until", x->until_ms);
    say(app, "SUSPENDED since %.*s (S15.4): %s: %.*s\n", STR_ARG(time_shown(&app->a, x->since_ms)),
        s == SUSPENDED_ALL  ? "the connection"
        : s == SUSPENDED_SF ? "writing to Salesforce"
                            : "writing to HubSpot",
        STR_ARG(x->message));
    if (remedy.n)
        say(app, "  %.*s\n", STR_ARG(remedy));
    if (x->until_ms)
        say(app, "  It is tried again by itself after %.*s; before: ",
            STR_ARG(time_shown(&app->a, x->until_ms)));
    say(app, x->until_ms ? "`tandem errors clear-suspension`\n"
                         : "  When it is put right: `tandem errors clear-suspension`\n");
}

static bool put_suspensions(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, struct err *e)
{
    struct suspension all[SUSPENDED_COUNT];
    if (!engine_suspensions(app->store, &app->a, all, e))
        return false;
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "suspensions");
    for (int s = 0; s < SUSPENDED_COUNT; s++)
        if (all[s].set)
            put_suspension(app, d, list, (enum suspended)s, &all[s]);
    return true;
}

void say_error_entry(struct app *app, const struct error_entry *x)
{
    say(app, "  error: %s %.*s%s%.*s: %.*s%s%.*s (%.*s)\n", side_noun(x->side), STR_ARG(x->record),
        x->field.n ? ", field " : "", STR_ARG(x->field), STR_ARG(x->message),
        remedy_of(x).n ? "; " : "", STR_ARG(remedy_of(x)), STR_ARG(x->code));
    say(app, "         tried %s, next try %.*s\n", counted(app, x->attempts, "time", "times"),
        STR_ARG(time_shown(&app->a, x->next_ms)));
}

static void say_question(struct app *app, const struct review_entry *x, const char *why)
{
    struct arena a;
    struct buf b;
    arena_init(&a, 64 * MIB);
    buf_init(&b, MIB);
    buf_str(&b, S("  review: "));
    name_known(app, &b, &a, x->side, x->record);
    buf_fmt(&b, ": %.*s (%.*s)\n", why ? (int)strlen(why) : (int)x->why.n, why ? why : x->why.p,
            STR_ARG(x->rule));
    if (x->candidates.n)
        buf_str(&b, S("          fits "));
    name_known(app, &b, &a, side_other(x->side), x->candidates);
    buf_str(&b, x->candidates.n ? S("\n") : S(""));
    say(app, "%.*s", (int)b.n, b.p);
    buf_release(&b);
    arena_release(&a);
}

void say_review_entry(struct app *app, const struct review_entry *x)
{
    const char *why = word_why_code(x->why);
    if (app->o.json)
        return;
    if (x->fields.n) {
        say(app, "  review: %s %.*s and its partner %.*s, %.*s: %s (%.*s)\n", side_noun(x->side),
            STR_ARG(x->record), STR_ARG(x->candidates), STR_ARG(x->fields), why ? why : "",
            STR_ARG(x->rule));
        return;
    }
    say_question(app, x, why);
}

void put_error_entry(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list,
                     const struct error_entry *x)
{
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
    put_str(d, item, "side", str_from(side_name(x->side)));
    put_str(d, item, "id", x->record);
    put_str(d, item, "partner", x->partner);
    put_str(d, item, "category", x->category);
    put_str(d, item, "code", x->code);
    put_str(d, item, "field", x->field);
    put_str(d, item, "value", x->value);
    put_str(d, item, "message", x->message);
    put_str(d, item, "remedy", remedy_of(x));
    put_int(d, item, "attempts", (int64_t)x->attempts);
    put_time(app, d, item, "first", x->first_ms);
    put_time(app, d, item, "last", x->last_ms);
    put_time(app, d, item, "next_try", x->next_ms);
}

void put_review_entry(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list,
                      const struct review_entry *x)
{
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
    put_str(d, item, "side", str_from(side_name(x->side)));
    put_str(d, item, "id", x->record);
    put_str(d, item, "why", x->why);
    put_str(d, item, "rule", x->rule);
    put_str(d, item, "candidates", x->candidates);
    put_str(d, item, "fields", x->fields);
    put_time(app, d, item, "since", x->at_ms);
}

/* ---- status ---------------------------------------------------------------------------------- */

#define STATUS_LINES 10 /* errors and reviews shown; the counts tell of the others */

static bool doc_ms(struct app *app, const char *name, int64_t *ms, struct err *e)
{
    struct store *st = app->store;
    struct str text;
    yyjson_val *root;
    struct err ignored;
    *ms = 0;
    if (!st->ops->doc_get(st, &app->a, DOC_CURSOR, str_from(name), &text, e))
        return false;
    struct str first = text, part;
    if (str_cut(&first, ' ', &part) && str_to_i64(part, ms))
        return true; /* where the round over all stands: it began then */
    if (text.n && !str_to_i64(text, ms) && json_parse(&app->a, text, &root, &ignored))
        *ms = json_i64(yyjson_obj_get(root, "bookmark"), 0); /* HubSpot's cursor has parts */
    return true;
}

/* When each side was last asked what changed, and since when the switch is on, on its clock. */
static bool put_sides(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, struct err *e)
{
    int64_t now = app->clock->wall_ms(app->clock), t0, cursor;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const char *name = side_name(s);
        struct store *st = app->store;
        struct str sealed, bound;
        if (!st->ops->doc_get(st, &app->a, DOC_CONNECTION, str_from(name), &sealed, e) ||
            !st->ops->doc_get(st, &app->a, DOC_CONNECTION, str_fmt(&app->a, "bound_%s", name),
                              &bound, e) ||
            !doc_ms(app, str_cstr(&app->a, str_fmt(&app->a, "t0_%s", name)), &t0, e) ||
            !doc_ms(app, str_cstr(&app->a, str_fmt(&app->a, "changed_%s", name)), &cursor, e))
            return false;
        yyjson_mut_val *side = yyjson_mut_obj_add_obj(d, o, name);
        put_bool(d, side, "connected", sealed.n > 0);
        put_str(d, side, "organisation", bound);
        put_time(app, d, side, "t0", t0);
        put_time(app, d, side, "read_until", cursor);
        if (cursor)
            put_int(d, side, "read_until_age_ms", MAX(now - cursor, 0));
        if (!sealed.n) {
            say(app, "%-11s not connected; tandem connect %s\n", name, name);
            continue;
        }
        say(app, "%-11s %.*s", name, STR_ARG(bound));
        if (t0)
            say(app, "; T0 %.*s", STR_ARG(iso_seconds(&app->a, t0)));
        if (cursor)
            say(app, "; changes read until %.*s, %.*s ago", STR_ARG(iso_seconds(&app->a, cursor)),
                STR_ARG(duration_words(&app->a, MAX(now - cursor, 0))));
        say(app, "\n");
    }
    return true;
}

/* S4.1: each poll with the longest time that a change may wait for it. */
static bool put_polls(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, struct err *e)
{
    const struct settings *set = engine_settings(app->engine);
    const struct {
        const char *poll, *says, *cursor;
        int64_t longest_ms;
    } polls[] = {
        {"values_salesforce", "changed accounts", "changed_salesforce", set->poll_interval_ms},
        {"values_hubspot", "changed companies", "changed_hubspot", set->poll_interval_ms},
        {"deletions_salesforce", "deleted accounts", "archived_salesforce", set->poll_interval_ms},
        {"deletions_hubspot", "archived companies", "archived_hubspot", MS_HOUR},
        {"all_salesforce", "all accounts, by id", "round_salesforce", set->sweep_age_ms},
        {"all_hubspot", "all companies, by id", "round_hubspot", set->sweep_age_ms},
    };
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "polls");
    say(app, "Polls, each with its longest delay:\n");
    for (size_t i = 0; i < LEN(polls); i++) {
        int64_t last;
        if (!doc_ms(app, polls[i].cursor, &last, e))
            return false;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "poll", str_from(polls[i].poll));
        put_int(d, item, "longest_delay_ms", polls[i].longest_ms);
        put_time(app, d, item, "last", last);
        say(app, "  %-22s %-10.*s last %.*s\n", polls[i].says,
            STR_ARG(duration_words(&app->a, polls[i].longest_ms)),
            STR_ARG(time_shown(&app->a, last)));
    }
    return true;
}

/* S11.1: since when contacts' accounts and primary companies are kept in agreement. */
static bool put_associations(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, struct err *e)
{
    int64_t since = 0;
    if (engine_settings(app->engine)->associations && !doc_ms(app, "associations_on", &since, e))
        return false;
    put_time(app, d, o, "associations_since", since);
    if (since)
        say(app, "Contacts are kept with their companies, for what moved since %.*s (S11.1).\n",
            STR_ARG(time_shown(&app->a, since)));
    return true;
}

static bool put_open(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o,
                     const struct store_counts *n, struct err *e)
{
    struct store *st = app->store;
    struct error_entry *error;
    struct review_entry *review;
    size_t errors, reviews;
    if (!st->ops->errors_list(st, &app->a, STR_NONE, STATUS_LINES, &error, &errors, e) ||
        !st->ops->reviews_list(st, &app->a, STR_NONE, STATUS_LINES, &review, &reviews, e))
        return false;
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "last_errors");
    for (size_t i = 0; i < errors; i++) {
        put_error_entry(app, d, list, &error[i]);
        say_error_entry(app, &error[i]);
    }
    list = yyjson_mut_obj_add_arr(d, o, "first_reviews");
    for (size_t i = 0; i < reviews; i++) {
        put_review_entry(app, d, list, &review[i]);
        say_review_entry(app, &review[i]);
    }
    if (n->errors > errors)
        say(app, "  `tandem errors list` shows all %llu errors\n", (unsigned long long)n->errors);
    if (n->reviews > reviews)
        say(app, "  `tandem review list` shows all %llu\n", (unsigned long long)n->reviews);
    return true;
}

bool cmd_status(struct app *app, int *code, struct err *e)
{
    struct store_counts n;
    yyjson_mut_val *o;
    (void)code;
    if (!offline(app, e) || !app->store->ops->counts(app->store, &n, e))
        return false;
    const struct settings *s = engine_settings(app->engine);
    yyjson_mut_doc *d = result_new(app, &o);
    put_bool(d, o, "company_sync", s->company_sync);
    say(app, "company_sync is %s.\n", s->company_sync ? "on" : "off");
    if (!put_suspensions(app, d, o, e) || !put_sides(app, d, o, e))
        return false;
    put_int(d, o, "accounts", (int64_t)n.rows[SIDE_SF]);
    put_int(d, o, "companies", (int64_t)n.rows[SIDE_HS]);
    put_int(d, o, "links", (int64_t)n.links);
    put_int(d, o, "links_paused", (int64_t)n.links_paused);
    put_int(d, o, "person_accounts", (int64_t)n.persons);
    put_int(d, o, "waiting_accounts", (int64_t)n.due[SIDE_SF]);
    put_int(d, o, "waiting_companies", (int64_t)n.due[SIDE_HS]);
    put_int(d, o, "review", (int64_t)n.reviews);
    put_int(d, o, "errors", (int64_t)n.errors);
    put_int(d, o, "open_intents", (int64_t)n.outbox);
    say(app, "%s and %s are known; %s linked", counted(app, n.rows[SIDE_SF], "account", "accounts"),
        counted(app, n.rows[SIDE_HS], "company", "companies"),
        counted(app, n.links, "pair is", "pairs are"));
    if (n.links_paused)
        say(app, ", %llu of them paused (S9.4)", (unsigned long long)n.links_paused);
    if (n.persons)
        say(app, "; %s (S2.4)",
            s->person_accounts
                ? counted(app, n.persons, "is a person account, which enters",
                          "are person accounts, which enter")
                : counted(app, n.persons, "is a person account, which does not enter",
                          "are person accounts, which do not enter"));
    say(app, ".\n%s for a pass, %llu for a person (review), %s.\n",
        counted(app, n.due[SIDE_SF] + n.due[SIDE_HS], "waits", "wait"),
        (unsigned long long)n.reviews, counted(app, n.errors, "has errors", "have errors"));
    if (n.outbox)
        say(app, "%s interrupted; the next pass reads what came of that (S8.2).\n",
            counted(app, n.outbox, "batch was", "batches were"));
    if (!put_associations(app, d, o, e) || (s->company_sync && !put_polls(app, d, o, e)) ||
        !put_open(app, d, o, &n, e))
        return false;
    say(app, "Last runs:\n");
    if (!put_runs(app, d, o, 5, e))
        return false;
    result_print(app, d);
    return true;
}
