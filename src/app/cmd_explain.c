/* explain: all that is known of one record, in plain sentences with the numbers of the promises
 * (S12.2). It reads the store alone and always works. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "text/iso8601.h"

#define AUDITS_SHOWN 10

/* What a field does when a pass writes nothing to it. */
enum stand { IN_STEP, DIFFERS, NOT_CARRIED, NOT_KNOWN, NO_PARTNER, ASKED };

static const char *const standing_codes[] = {"in_step", "differs",    "not_carried",
                                             "unknown", "no_partner", "asked"};

/* An id that stands for nobody and nothing on the other side (S6.6). */
static bool alone(const struct mapping *m, enum side s, const struct value *v)
{
    return m->kind != MAPPING_PLAIN && m->pairs && v->state == VALUE_TEXT &&
           !pairs_partner(m->pairs, s, v->text).n;
}

static bool is_asked(const struct change *c, size_t map)
{
    for (size_t k = 0; k < c->asks; k++)
        if (c->ask[k] == map)
            return true;
    return false;
}

static enum stand standing_of(struct app *app, const struct mappings *all, size_t i,
                              const struct value *sf, const struct value *hs)
{
    const struct mapping *m = &all->map[i];
    if (m->rule == RULE_NONE || m->suspended[0])
        return NOT_CARRIED;
    if (!value_known(sf) || !value_known(hs))
        return NOT_KNOWN;
    if (alone(m, SIDE_SF, sf) || alone(m, SIDE_HS, hs))
        return NO_PARTNER;
    return mapping_same(&app->a, m, &all->ratio, *sf, *hs) ? IN_STEP : DIFFERS;
}

static bool is_written(const struct change *c, size_t map)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].map == map)
            return true;
    return false;
}

/* ---- for people ------------------------------------------------------------------------------ */

static void tell_record(struct app *app, const struct explanation *x)
{
    const struct row *row = x->subject.row[x->side];
    say(app, "%s %.*s %.*s\n", x->side == SIDE_SF ? "Account" : "Company", STR_ARG(row->rec.id),
        STR_ARG(value_shown(&app->a, value_text(row->rec.name))));
    say(app, "  Made %.*s, last read %.*s.", STR_ARG(time_shown(&app->a, row->rec.created_ms)),
        STR_ARG(time_shown(&app->a, x->read_ms)));
    if (x->t0_ms)
        say(app, " It is %s the switch was turned on at %.*s (S1.2).",
            row->existing ? "from before" : "newer than", STR_ARG(iso_seconds(&app->a, x->t0_ms)));
    say(app, "\n");
    if (row->rec.state == RECORD_DELETED)
        say(app, "  It is deleted (S9.4).\n");
    else if (row->rec.state == RECORD_MERGED)
        say(app, "  It was merged into %.*s (S9.3).\n", STR_ARG(row->rec.survivor));
    else if (row->rec.state == RECORD_HIDDEN)
        say(app, "  It is not visible to us; that is not taken for deleted (S9.4).\n");
}

static void tell_link(struct app *app, const struct explanation *x)
{
    const struct link *l = x->subject.link;
    const struct row *partner = x->subject.row[side_other(x->side)];
    if (!l) {
        say(app, "  It is not linked.\n");
        return;
    }
    say(app, "  Linked with %s %.*s %.*s since %.*s: %s.\n", side_noun(side_other(x->side)),
        STR_ARG(l->id[side_other(x->side)]),
        STR_ARG(partner ? value_shown(&app->a, value_text(partner->rec.name)) : S("")),
        STR_ARG(time_shown(&app->a, l->since_ms)), word_origin(l->origin));
    if (l->state == LINK_PAUSED)
        say(app, "  The link is paused: nothing is carried over (S2.3, S9.4).\n");
    if (l->state == LINK_HELD)
        say(app, "  The link is held: two automations correct each other (S8.5).\n");
}

static void tell_alone(struct app *app, const struct mapping *m, enum side s, const struct value *v)
{
    const struct owner *o = engine_owner(app->engine, s, v->text);
    if (!alone(m, s, v))
        return;
    if (m->kind == MAPPING_PARENT) {
        say(app,
            "    %s %.*s is %.*s, which is not linked; it is carried over once that is (S11.2)\n",
            side_name(s), STR_ARG(m->name[s]), STR_ARG(v->text));
        return;
    }
    say(app, "    %s %.*s is %.*s", side_name(s), STR_ARG(m->name[s]), STR_ARG(v->text));
    if (o)
        say(app, " (%.*s, %.*s%s)", STR_ARG(value_shown(&app->a, value_text(o->name))),
            STR_ARG(o->email.n ? o->email : S("no email address")), o->active ? "" : ", has left");
    say(app, ", who has no partner in %s; both sides stay (S6.6)\n", side_name(side_other(s)));
}

/* As they are for this account, or the one that the company is linked with (S2.4, S6.9). */
static struct mappings mappings_of(struct app *app, const struct explanation *x)
{
    return engine_mappings_of(app->engine, x->subject.row[SIDE_SF]);
}

static void tell_fields(struct app *app, const struct explanation *x)
{
    const struct mappings own = mappings_of(app, x), *m = &own;
    const struct row *sf = x->subject.row[SIDE_SF], *hs = x->subject.row[SIDE_HS];
    size_t in_step = 0;
    for (size_t k = 0; k < x->change.fields; k++) {
        const struct field_change *f = &x->change.field[k];
        say(app, "    %s %.*s: %.*s -> %.*s (%s)%s%s%s\n", side_name(f->to),
            STR_ARG(m->map[f->map].name[f->to]), STR_ARG(value_shown(&app->a, f->old)),
            STR_ARG(value_shown(&app->a, f->value)), f->rule,
            f->revert ? ", takes back an edit (S5.6)" : "",
            f->held      ? "; "
            : f->refused ? ", but is refused: "
                         : "",
            f->refused && f->err ? f->err->msg : "");
    }
    if (!x->subject.link || !sf || !hs || !sf->rec.value || !hs->rec.value)
        return;
    for (size_t i = 0; i < m->count; i++) {
        const struct mapping *map = &m->map[i];
        if (!mapping_used(m, i))
            continue;
        enum stand s = standing_of(app, m, i, &sf->rec.value[i], &hs->rec.value[i]);
        in_step += s == IN_STEP && !is_written(&x->change, i);
        if (is_asked(&x->change, i)) {
            say(app, "    %.*s %.*s or %.*s %.*s: a person is asked whose stands (S5.5)\n",
                STR_ARG(map->name[SIDE_SF]), STR_ARG(value_shown(&app->a, sf->rec.value[i])),
                STR_ARG(map->name[SIDE_HS]), STR_ARG(value_shown(&app->a, hs->rec.value[i])));
            continue;
        }
        if (s == NO_PARTNER && !is_written(&x->change, i)) {
            tell_alone(app, map, SIDE_SF, &sf->rec.value[i]);
            tell_alone(app, map, SIDE_HS, &hs->rec.value[i]);
        }
        if (s != DIFFERS || is_written(&x->change, i))
            continue;
        say(app, "    %.*s %.*s and %.*s %.*s differ; neither moved, so both stay (S5.8)\n",
            STR_ARG(map->name[SIDE_SF]), STR_ARG(value_shown(&app->a, sf->rec.value[i])),
            STR_ARG(map->name[SIDE_HS]), STR_ARG(value_shown(&app->a, hs->rec.value[i])));
    }
    say(app, "    %s in step:", counted(app, in_step, "field is", "fields are"));
    for (size_t i = 0; i < m->count; i++)
        if (mapping_used(m, i) && !is_written(&x->change, i) &&
            standing_of(app, m, i, &sf->rec.value[i], &hs->rec.value[i]) == IN_STEP)
            say(app, " %.*s", STR_ARG(m->map[i].name[x->side]));
    say(app, "\n");
    for (size_t i = 0; i < m->count; i++)
        if (mapping_used(m, i) &&
            standing_of(app, m, i, &sf->rec.value[i], &hs->rec.value[i]) == NOT_CARRIED)
            say(app, "    %.*s is not carried: %s\n", STR_ARG(m->map[i].name[x->side]),
                m->map[i].suspended[0] ? m->map[i].suspended : "its rule is none (S6.1)");
}

/* S10.1: contacts that came to another stage and have not moved the company yet. */
static void tell_stages(struct app *app, const struct explanation *x)
{
    for (size_t i = 0; i < x->stages; i++) {
        const struct stage_move *m = &x->stage[i];
        say(app,
            "  Contact %.*s came to another lifecycle stage, which may move the company %s"
            " (S10.1)%s%.*s.\n",
            STR_ARG(m->contact),
            m->due_ms == STAGE_WAITS   ? "once it is linked"
            : m->due_ms <= DUE_AT_ONCE ? "with the next pass"
                                       : "later",
            m->due_ms > DUE_AT_ONCE && m->due_ms < STAGE_WAITS ? "; next try " : "",
            STR_ARG(m->due_ms > DUE_AT_ONCE && m->due_ms < STAGE_WAITS
                        ? time_shown(&app->a, m->due_ms)
                        : S("")));
    }
}

/* A person was asked already. What adopting asked about stays asked, though a pass by itself would
 * not ask (S2.2). */
static bool waits_for_answer(const struct explanation *x)
{
    const struct row *row = x->subject.row[x->side];
    bool asks = x->change.action == ACTION_REVIEW || x->change.action == ACTION_SKIP;
    for (size_t i = 0; asks && i < x->reviews; i++)
        if (x->review[i].side == x->side && str_eq(x->review[i].record, row->rec.id))
            return true;
    return false;
}

static void tell_change(struct app *app, const struct explanation *x)
{
    const struct change *c = &x->change;
    bool on = engine_settings(app->engine)->company_sync;
    const char *would =
        on ? "A pass would" : "company_sync is off (S1.1). Were it on, a pass would";
    if (waits_for_answer(x))
        say(app, "  %s leave it as it is: it waits for a person's answer, see Open below (S7.2).\n",
            would);
    else if (c->action == ACTION_NONE || c->action == ACTION_SKIP)
        say(app, "  %s leave it as it is: %s (%s).\n", would, word_why(c->why), why_rule(c->why));
    else
        say(app, "  %s %s%s: %s (%s).\n", would, word_action(c->action),
            c->action == ACTION_CREATE ? " its partner" : " it", word_why(c->why),
            why_rule(c->why));
    if (c->candidates.n)
        say(app, "  What fits: %.*s\n", STR_ARG(c->candidates));
    tell_fields(app, x);
    tell_stages(app, x);
    const struct row *row = x->subject.row[x->side];
    if (row->due_ms)
        say(app, "  Next try: %.*s, or the next pass after it.\n",
            STR_ARG(time_shown(&app->a, row->due_ms)));
}

static void tell_audit(struct app *app, const struct audit_entry *audit)
{
    struct audit_field *f;
    size_t n;
    say(app, "  %.*s, run %lld: %.*s, on %s\n", STR_ARG(time_shown(&app->a, audit->at_ms)),
        (long long)audit->run, STR_ARG(audit->action), side_name(audit->side));
    if (!audit_fields(&app->a, audit->detail, &f, &n))
        return;
    for (size_t k = 0; k < n; k++) {
        say(app, "    %.*s: %.*s -> %.*s (%.*s)%s\n", STR_ARG(f[k].field),
            STR_ARG(value_shown(&app->a, value_text(f[k].old))),
            STR_ARG(value_shown(&app->a, value_text(f[k].value))), STR_ARG(f[k].rule),
            f[k].revert ? ", took back an edit (S5.6)" : "");
        if (f[k].overwrote)
            say(app,
                "      and overwrote %.*s, which was set between reading and writing (S12.1)\n",
                STR_ARG(value_shown(&app->a, value_text(f[k].lost))));
    }
}

static void tell_history(struct app *app, const struct explanation *x)
{
    if (x->errors + x->reviews)
        say(app, "Open:\n");
    for (size_t i = 0; i < x->errors; i++)
        say_error_entry(app, &x->error[i]);
    for (size_t i = 0; i < x->reviews; i++)
        say_review_entry(app, &x->review[i]);
    if (x->audits)
        say(app, "What was done, newest first:\n");
    for (size_t i = 0; i < MIN(x->audits, (size_t)AUDITS_SHOWN); i++)
        tell_audit(app, &x->audit[i]);
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void put_standing(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o,
                         const struct explanation *x)
{
    const struct mappings own = mappings_of(app, x), *m = &own;
    const struct row *sf = x->subject.row[SIDE_SF], *hs = x->subject.row[SIDE_HS];
    yyjson_mut_val *all = yyjson_mut_obj_add_arr(d, o, "mappings");
    for (size_t i = 0; i < m->count; i++) {
        const struct mapping *map = &m->map[i];
        if (!mapping_used(m, i))
            continue;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, all);
        const struct value *v = sf && sf->rec.value ? &sf->rec.value[i] : &VALUE_NOT_KNOWN;
        const struct value *w = hs && hs->rec.value ? &hs->rec.value[i] : &VALUE_NOT_KNOWN;
        put_str(d, item, "salesforce", map->name[SIDE_SF]);
        put_str(d, item, "hubspot", map->name[SIDE_HS]);
        put_str(d, item, "rule", str_from(rule_name(map->rule)));
        put_str(d, item, "salesforce_value", v->text);
        put_str(d, item, "hubspot_value", w->text);
        put_str(d, item, "state",
                str_from(is_written(&x->change, i) ? "would_be_written"
                         : is_asked(&x->change, i) ? standing_codes[ASKED]
                                                   : standing_codes[standing_of(app, m, i, v, w)]));
    }
}

static void put_history(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o,
                        const struct explanation *x)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "stages");
    for (size_t i = 0; i < x->stages; i++) {
        const struct stage_move *m = &x->stage[i];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "contact", m->contact);
        put_bool(d, item, "awaits_link", m->due_ms == STAGE_WAITS);
        put_time(app, d, item, "next_try", m->due_ms == STAGE_WAITS ? 0 : m->due_ms);
    }
    list = yyjson_mut_obj_add_arr(d, o, "errors");
    for (size_t i = 0; i < x->errors; i++)
        put_error_entry(app, d, list, &x->error[i]);
    list = yyjson_mut_obj_add_arr(d, o, "reviews");
    for (size_t i = 0; i < x->reviews; i++)
        put_review_entry(app, d, list, &x->review[i]);
    list = yyjson_mut_obj_add_arr(d, o, "history");
    for (size_t i = 0; i < x->audits; i++) {
        struct audit_field *f;
        size_t n = 0;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_time(app, d, item, "at", x->audit[i].at_ms);
        put_str(d, item, "run", str_fmt(&app->a, "%lld", (long long)x->audit[i].run));
        put_str(d, item, "action", x->audit[i].action);
        put_str(d, item, "side", str_from(side_name(x->audit[i].side)));
        yyjson_mut_val *fields = yyjson_mut_obj_add_arr(d, item, "fields");
        if (!audit_fields(&app->a, x->audit[i].detail, &f, &n))
            continue;
        for (size_t k = 0; k < n; k++) {
            yyjson_mut_val *one = yyjson_mut_arr_add_obj(d, fields);
            put_str(d, one, "field", f[k].field);
            put_str(d, one, "old", f[k].old);
            put_str(d, one, "new", f[k].value);
            put_str(d, one, "rule", f[k].rule);
            put_bool(d, one, "reverts", f[k].revert);
            put_bool(d, one, "conflict", f[k].conflict);
            put_bool(d, one, "overwrote", f[k].overwrote);
            put_str(d, one, "lost", f[k].overwrote ? f[k].lost : STR_NONE);
        }
    }
}

static void put_explanation(struct app *app, const struct explanation *x)
{
    static const char *const states[] = {"live", "paused", "held"};
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    const struct row *row = x->subject.row[x->side];
    const struct link *l = x->subject.link;
    put_str(d, o, "side", str_from(side_name(x->side)));
    put_str(d, o, "id", row->rec.id);
    put_str(d, o, "name", row->rec.name);
    put_time(app, d, o, "created", row->rec.created_ms);
    put_time(app, d, o, "read", x->read_ms);
    put_time(app, d, o, "t0", x->t0_ms);
    put_bool(d, o, "existing", row->existing);
    put_bool(d, o, "linked", l != NULL);
    put_str(d, o, "partner", l ? l->id[side_other(x->side)] : STR_NONE);
    put_str(d, o, "origin", l ? str_from(link_origin_name(l->origin)) : STR_NONE);
    put_str(d, o, "link_state", l ? str_from(states[l->state]) : STR_NONE);
    put_time(app, d, o, "linked_since", l ? l->since_ms : 0);
    put_time(app, d, o, "next_try", row->due_ms);
    put_str(d, o, "action", str_from(action_name(x->change.action)));
    put_str(d, o, "why", str_from(why_name(x->change.why)));
    put_str(d, o, "rule", str_from(why_rule(x->change.why)));
    put_bool(d, o, "waits_for_answer", waits_for_answer(x));
    put_str(d, o, "candidates", x->change.candidates);
    put_str(d, o, "survivor", row->rec.survivor);
    put_str(d, o, "awaits_parent", x->change.awaits);
    put_fields(d, o, &x->change, engine_mappings(app->engine));
    put_standing(app, d, o, x);
    put_people(app, d, o, x);
    put_history(app, d, o, x);
    result_print(app, d);
}

void say_card(struct app *app, const struct explanation *x)
{
    tell_record(app, x);
    tell_link(app, x);
    tell_change(app, x);
    say_people(app, x);
}

bool cmd_explain(struct app *app, int *code, struct err *e)
{
    struct explanation x;
    struct str id = str_trim(str_from(app->arg[0]));
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e) ||
        !engine_explain(app->engine, &app->a, id, &x, e))
        return false;
    if (!x.found) {
        err_set(e, ERR_USAGE, "unknown_record",
                "no account or company with the id %.*s was ever read",
                STR_ARG(str_slice(id, 0, 40)));
        err_subject(e, str_slice(id, 0, 40));
        return err_hint(e, "give an id of 15 or 18 characters, or a company's number; a new record"
                           " is seen by the next pass");
    }
    put_explanation(app, &x);
    say_card(app, &x);
    tell_history(app, &x);
    return true;
}
