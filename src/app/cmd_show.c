/* status, runs, explain: what is so, and why. They read the store alone and always work. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "text/iso8601.h"

static bool offline(struct app *app, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_READ, false, e);
}

static const char *run_word(enum run_state s)
{
    static const char *const words[] = {"open", "done", "done with errors", "failed", "stopped"};
    return words[s];
}

static bool put_runs(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, size_t limit,
                     struct err *e)
{
    struct run_entry *run;
    size_t n;
    if (!app->store->ops->runs_list(app->store, &app->a, limit, &run, &n, e))
        return false;
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "runs");
    for (size_t i = 0; i < n; i++) {
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_int(d, item, "run", run[i].id);
        put_str(d, item, "kind", run[i].kind);
        put_str(d, item, "state", str_from(run_word(run[i].state)));
        put_time(app, d, item, "began", run[i].began_ms);
        put_time(app, d, item, "ended", run[i].ended_ms);
        put_str(d, item, "summary", run[i].summary);
        say(app, "  run %lld: %.*s %s, %.*s %.*s\n", (long long)run[i].id, STR_ARG(run[i].kind),
            run_word(run[i].state), STR_ARG(iso_seconds(&app->a, run[i].began_ms)),
            STR_ARG(run[i].summary));
    }
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
    put_int(d, o, "accounts", (int64_t)n.rows[SIDE_SF]);
    put_int(d, o, "companies", (int64_t)n.rows[SIDE_HS]);
    put_int(d, o, "links", (int64_t)n.links);
    put_int(d, o, "person_accounts", (int64_t)n.persons);
    put_int(d, o, "waiting_accounts", (int64_t)n.due[SIDE_SF]);
    put_int(d, o, "waiting_companies", (int64_t)n.due[SIDE_HS]);
    put_int(d, o, "review", (int64_t)n.reviews);
    put_int(d, o, "errors", (int64_t)n.errors);
    put_int(d, o, "open_intents", (int64_t)n.outbox);
    say(app, "company_sync is %s.\n", s->company_sync ? "on" : "off");
    say(app, "%llu accounts and %llu companies are known; %llu pairs are linked.\n",
        (unsigned long long)n.rows[SIDE_SF], (unsigned long long)n.rows[SIDE_HS],
        (unsigned long long)n.links);
    say(app, "%llu wait for the next pass, %llu for a person (review), %llu have errors.\n",
        (unsigned long long)(n.due[SIDE_SF] + n.due[SIDE_HS]), (unsigned long long)n.reviews,
        (unsigned long long)n.errors);
    if (n.outbox)
        say(app, "%llu batches were interrupted; the next pass reads what became of them (S8.2).\n",
            (unsigned long long)n.outbox);
    if (!put_runs(app, d, o, 5, e))
        return false;
    result_print(app, d);
    return true;
}

/* ---- explain --------------------------------------------------------------------------------- */

static const char *origin_words(enum link_origin origin)
{
    switch (origin) {
    case ORIGIN_CREATED_COMPANY:
        return "Tandem created the company from the account";
    case ORIGIN_CREATED_ACCOUNT:
        return "Tandem created the account from the company";
    case ORIGIN_KEY:
        return "the company carried our id of the account (S8.1)";
    case ORIGIN_NATIVE:
        return "the company's salesforceaccountid named the account (S7.1)";
    case ORIGIN_DOMAIN:
        return "both had the same domain, and nobody else had it (S7.1, S7.2)";
    case ORIGIN_CONTACTS:
        return "they shared their contacts (S7.1)";
    case ORIGIN_HAND:
        return "a person linked them (S7.5)";
    default:
        return "the link was taken over (S7.9)";
    }
}

static void tell_link(struct app *app, const struct explanation *x)
{
    const struct link *l = x->subject.link;
    say(app, "  It is linked with %s %.*s since %.*s: %s.\n", side_noun(side_other(x->side)),
        STR_ARG(l->id[side_other(x->side)]), STR_ARG(iso_seconds(&app->a, l->since_ms)),
        origin_words(l->origin));
}

static void tell_change(struct app *app, const struct explanation *x)
{
    const struct change *c = &x->change;
    const struct mappings *m = engine_mappings(app->engine);
    if (c->action == ACTION_NONE)
        say(app, "  A pass would change nothing: %s (%s).\n", word_why(c->why), why_rule(c->why));
    else
        say(app, "  A pass would %s it: %s (%s).\n", word_action(c->action), word_why(c->why),
            why_rule(c->why));
    if (c->candidates.n)
        say(app, "  What fits: %.*s\n", STR_ARG(c->candidates));
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        say(app, "    %s %.*s: %.*s -> %.*s (%s)%s%s\n", side_name(f->to),
            STR_ARG(m->map[f->map].name[f->to]), STR_ARG(value_shown(&app->a, f->old)),
            STR_ARG(value_shown(&app->a, f->value)), f->rule,
            f->revert ? ", reverting an edit (S5.6)" : "", f->refused ? ", but it is refused" : "");
    }
}

static void tell_history(struct app *app, const struct explanation *x)
{
    for (size_t i = 0; i < x->errors; i++)
        say(app, "  Error %.*s%s%.*s: %.*s. Next try %.*s.\n", STR_ARG(x->error[i].code),
            x->error[i].field.n ? " in " : "", STR_ARG(x->error[i].field),
            STR_ARG(x->error[i].message), STR_ARG(iso_seconds(&app->a, x->error[i].next_ms)));
    for (size_t i = 0; i < x->reviews; i++)
        say(app, "  It waits for a person since %.*s: %.*s (%.*s); fits %.*s.\n",
            STR_ARG(iso_seconds(&app->a, x->review[i].at_ms)), STR_ARG(x->review[i].why),
            STR_ARG(x->review[i].rule), STR_ARG(x->review[i].candidates));
    for (size_t i = 0; i < x->audits; i++) {
        struct audit_field *f;
        size_t n;
        say(app, "  %.*s, run %lld: %.*s on %s\n", STR_ARG(iso_seconds(&app->a, x->audit[i].at_ms)),
            (long long)x->audit[i].run, STR_ARG(x->audit[i].action), side_name(x->audit[i].side));
        if (!audit_fields(&app->a, x->audit[i].detail, &f, &n))
            continue;
        for (size_t k = 0; k < n; k++)
            say(app, "    %.*s: %.*s -> %.*s (%.*s)\n", STR_ARG(f[k].field),
                STR_ARG(value_shown(&app->a, value_text(f[k].old))),
                STR_ARG(value_shown(&app->a, value_text(f[k].value))), STR_ARG(f[k].rule));
    }
}

static void put_explanation(struct app *app, const struct explanation *x)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    const struct row *row = x->subject.row[x->side];
    const struct mappings *m = engine_mappings(app->engine);
    put_str(d, o, "side", str_from(side_name(x->side)));
    put_str(d, o, "id", row->rec.id);
    put_str(d, o, "name", row->rec.name);
    put_bool(d, o, "existing", row->existing);
    put_str(d, o, "partner", row->partner);
    put_str(d, o, "origin",
            x->subject.link ? str_from(link_origin_name(x->subject.link->origin)) : STR_NONE);
    put_time(app, d, o, "linked_since", x->subject.link ? x->subject.link->since_ms : 0);
    put_time(app, d, o, "read", x->read_ms);
    put_time(app, d, o, "next_try", row->due_ms);
    put_str(d, o, "action", str_from(action_name(x->change.action)));
    put_str(d, o, "why", str_from(why_name(x->change.why)));
    put_str(d, o, "rule", str_from(why_rule(x->change.why)));
    put_str(d, o, "candidates", x->change.candidates);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "fields");
    for (size_t k = 0; k < x->change.fields; k++) {
        const struct field_change *f = &x->change.field[k];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "side", str_from(side_name(f->to)));
        put_str(d, item, "field", m->map[f->map].name[f->to]);
        put_str(d, item, "old", f->old.text);
        put_str(d, item, "new", f->value.text);
        put_str(d, item, "rule", str_from(f->rule));
    }
    put_int(d, o, "errors", (int64_t)x->errors);
    put_int(d, o, "audits", (int64_t)x->audits);
    result_print(app, d);
}

bool cmd_explain(struct app *app, int *code, struct err *e)
{
    struct explanation x;
    struct str id = str_trim(str_from(app->arg[0]));
    (void)code;
    if (!offline(app, e) || !engine_explain(app->engine, &app->a, id, &x, e))
        return false;
    if (!x.found) {
        err_set(e, ERR_USAGE, "unknown_record",
                "no account or company with the id %.*s was ever read",
                STR_ARG(str_slice(id, 0, 40)));
        err_subject(e, str_slice(id, 0, 40));
        return err_hint(e,
                        "give an id of 15 or 18 characters, or a company's number; a new record is"
                        " seen by the next pass");
    }
    put_explanation(app, &x);
    const struct row *row = x.subject.row[x.side];
    say(app, "%s %.*s %.*s\n", x.side == SIDE_SF ? "Account" : "Company", STR_ARG(row->rec.id),
        STR_ARG(value_shown(&app->a, value_text(row->rec.name))));
    say(app, "  It was last read at %.*s; it is %s the switch was turned on (S1.2).\n",
        STR_ARG(iso_seconds(&app->a, x.read_ms)),
        row->existing ? "from before" : "newer than the day");
    if (x.subject.link)
        tell_link(app, &x);
    else
        say(app, "  It is not linked.\n");
    tell_change(app, &x);
    if (row->due_ms)
        say(app, "  It is looked at again at %.*s.\n", STR_ARG(iso_seconds(&app->a, row->due_ms)));
    tell_history(app, &x);
    return true;
}
