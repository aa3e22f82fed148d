/* show_plan: a plan for people and for programs: counts with their reasons, samples of each action,
 * the calls and the time that doing it would take; or every change as it comes. */
#include <stdio.h>
#include <string.h>

#include "app/planfile.h"
#include "base/limits.h"

#define IN_FLIGHT    8   /* calls of one batch at a time, of common length: for the estimate only */
#define CALL_MS      200 /* S16.2 speaks of answers up to 0.2 s */
#define CREATE_SHOWN 4   /* fields of a create, in a sample */

static const struct row *own_row(const struct change *c, enum side *side)
{
    *side = c->subject->row[SIDE_SF] ? SIDE_SF : SIDE_HS;
    return c->subject->row[*side];
}

static const struct row *other_row(const struct change *c, enum side side)
{
    return c->action == ACTION_LINK ? c->partner : c->subject->row[side_other(side)];
}

/* ---- one change ------------------------------------------------------------------------------ */

static void field_line(struct buf *b, struct arena *a, const struct field_change *f,
                       const struct mappings *m)
{
    const char *side = side_name(f->to);
    struct str name = m->map[f->map].name[f->to];
    if (f->refused) {
        buf_fmt(b, "      %s %.*s is left out: %s\n", side, STR_ARG(name), f->err->msg);
        return;
    }
    buf_fmt(b, "      %s %.*s: %.*s -> %.*s (%s)%s%s\n", side, STR_ARG(name),
            STR_ARG(value_shown(a, f->old)), STR_ARG(value_shown(a, f->value)), f->rule,
            f->revert ? ", takes back an edit (S5.6)" : "",
            f->conflict ? ", both had moved (S5.4)" : "");
}

static void change_lines(struct app *app, struct buf *b, struct arena *a, const struct change *c,
                         const struct mappings *m, bool whole)
{
    enum side side;
    const struct row *row = own_row(c, &side), *other = other_row(c, side);
    buf_fmt(b, "  %s ", word_action(c->action));
    name_record(b, a, side, row->rec.id, row->rec.name);
    if (other) {
        buf_str(b, c->action == ACTION_LINK ? S(" with ") : S(" and "));
        name_record(b, a, side_other(side), other->rec.id, other->rec.name);
    }
    buf_fmt(b, "\n      because %s (%s)\n", word_why(c->why), why_rule(c->why));
    if (c->candidates.n) {
        buf_str(b, S("      what fits: "));
        name_known(app, b, a, side_other(side), c->candidates);
        buf_char(b, '\n');
    }
    if (c->parent_next)
        buf_str(b, S("      its parent is written next, once both are linked (S11.2)\n"));
    if (c->awaits.n)
        buf_fmt(b, "      its parent %.*s is not linked; it is written once that is (S11.2)\n",
                STR_ARG(c->awaits));
    if (c->shares_with.n)
        buf_fmt(b, "      shares its domain with %.*s (S7.2)\n", STR_ARG(c->shares_with));
    if (c->err)
        buf_fmt(b, "      %s\n", c->err->msg);
    for (size_t k = 0; k < c->places; k++)
        buf_fmt(b, "      the private contact %.*s gets the account (S3.7)\n",
                STR_ARG(c->place[k]->person));
    size_t shown = whole || c->action != ACTION_CREATE ? c->fields : MIN(c->fields, CREATE_SHOWN);
    for (size_t k = 0; k < shown; k++)
        field_line(b, a, &c->field[k], m);
    for (size_t k = 0; k < c->differs; k++) {
        const struct mapping *map = &m->map[c->differ[k]];
        buf_fmt(
            b, "      %.*s %.*s differs from %.*s %.*s, and stays so (S7.9)\n",
            STR_ARG(map->name[SIDE_SF]), STR_ARG(value_shown(a, c->base[SIDE_SF][c->differ[k]])),
            STR_ARG(map->name[SIDE_HS]), STR_ARG(value_shown(a, c->base[SIDE_HS][c->differ[k]])));
    }
    if (shown < c->fields)
        buf_fmt(b, "      and %zu more value%s\n", c->fields - shown,
                c->fields - shown == 1 ? "" : "s");
}

void put_fields(yyjson_mut_doc *d, yyjson_mut_val *o, const struct change *c,
                const struct mappings *m)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "fields");
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "side", str_from(side_name(f->to)));
        put_str(d, item, "field", m->map[f->map].name[f->to]);
        put_str(d, item, "old", f->old.text);
        put_str(d, item, "new", f->value.text);
        put_str(d, item, "rule", str_from(f->rule));
        put_bool(d, item, "reverts", f->revert);
        put_bool(d, item, "conflict", f->conflict);
        put_bool(d, item, "refused", f->refused);
        put_bool(d, item, "held", f->held);
        put_str(d, item, "message", f->refused ? str_from(f->err->msg) : STR_NONE);
    }
}

static void put_change(yyjson_mut_doc *d, yyjson_mut_val *o, const struct change *c,
                       const struct mappings *m)
{
    enum side side;
    const struct row *row = own_row(c, &side), *other = other_row(c, side);
    put_str(d, o, "action", str_from(action_name(c->action)));
    put_str(d, o, "why", str_from(why_name(c->why)));
    put_str(d, o, "rule", str_from(why_rule(c->why)));
    put_str(d, o, side_noun(side), row->rec.id);
    put_str(d, o, side_noun(side_other(side)), other ? other->rec.id : STR_NONE);
    put_str(d, o, "name", row->rec.name);
    put_str(d, o, "domain", c->domain);
    put_str(d, o, "candidates", c->candidates);
    put_str(d, o, "shares_with", c->shares_with);
    put_str(d, o, "message", c->err ? str_from(c->err->msg) : STR_NONE);
    yyjson_mut_val *place = yyjson_mut_obj_add_arr(d, o, "contacts_get_account");
    for (size_t k = 0; k < c->places; k++)
        yyjson_mut_arr_add_strncpy(d, place, c->place[k]->person.p, c->place[k]->person.n);
    put_fields(d, o, c, m);
    yyjson_mut_val *differ = c->differs ? yyjson_mut_obj_add_arr(d, o, "differences") : NULL;
    for (size_t k = 0; k < c->differs; k++) {
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, differ);
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            put_str(d, item, s == SIDE_SF ? "field" : "property", m->map[c->differ[k]].name[s]);
            put_str(d, item, side_name(s), c->base[s][c->differ[k]].text);
        }
    }
}

/* ---- the sink -------------------------------------------------------------------------------- */

static void count(struct shower *s, const struct change *c, const struct mappings *m)
{
    bool writes[SIDE_COUNT] = {false, false};
    for (size_t k = 0; k < c->fields; k++)
        writes[c->field[k].to] |= !c->field[k].refused;
    writes[SIDE_HS] |= c->puts_id || c->action == ACTION_LINK; /* our id: S8.1 */
    s->why[c->action][c->why]++;
    for (size_t k = 0; k < c->differs && c->differ[k] < LEN(s->differing); k++) {
        s->differing[c->differ[k]].map = &m->map[c->differ[k]];
        s->differing[c->differ[k]].n++;
    }
    if (c->action == ACTION_CREATE) {
        s->creates[c->to]++;
    } else if (c->action == ACTION_LINK || c->action == ACTION_UPDATE) {
        s->updates[SIDE_HS] += writes[SIDE_HS];
        s->updates[SIDE_SF] += writes[SIDE_SF];
    }
}

/* As its own line of JSON, or kept as the text of a sample until the end. */
static void keep(struct shower *s, struct arena *a, const struct change *c,
                 const struct mappings *m)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(a, &o);
    put_change(d, o, c, m);
    if (s->app->o.jsonl) {
        struct str text = json_print(a, d);
        printf("%.*s\n", STR_ARG(text));
        return;
    }
    add_object(&s->sample[c->action], a, d);
}

static void on_change(void *who, const struct change *c, const struct mappings *m)
{
    struct shower *s = who;
    struct app *app = s->app;
    struct arena a;
    count(s, c, m);
    if (c->action == ACTION_NONE)
        return;
    if (s->save) {
        enum side side;
        own_row(c, &side);
        arena_init(&a, 16 * MIB);
        planfile_put(s->save, &a, side, c, m);
        arena_release(&a);
    }
    bool every = app->o.jsonl || app->o.all;
    if (!every && s->samples[c->action] >= (uint64_t)app->o.samples)
        return;
    s->samples[c->action]++;
    arena_init(&a, 16 * MIB);
    if (app->o.jsonl || app->o.json) {
        keep(s, &a, c, m);
    } else {
        struct buf *b = &s->sample[c->action];
        change_lines(app, b, &a, c, m, every);
        if (every) {
            progress_clear(app);
            fwrite(b->p, 1, b->n, stdout);
            buf_clear(b);
        }
    }
    arena_release(&a);
}

/* S11.1: a contact's account, or its primary company. */
static void put_contact(yyjson_mut_doc *d, yyjson_mut_val *o, const struct association_change *c)
{
    put_str(d, o, "action", c->waits ? S("wait") : S("associate"));
    put_str(d, o, "rule", S("S11.1"));
    put_str(d, o, "contact", c->contact);
    put_str(d, o, "person", c->person);
    put_str(d, o, "side", str_from(side_name(c->to)));
    put_str(d, o, "old", c->old);
    put_str(d, o, c->waits ? "awaits" : "new", c->value);
    put_bool(d, o, "conflict", c->conflict);
}

static void contact_line(struct buf *b, const struct association_change *c)
{
    const char *what = c->to == SIDE_SF ? "account" : "primary company";
    buf_fmt(b, "  contact %.*s (in Salesforce %.*s)\n", STR_ARG(c->contact), STR_ARG(c->person));
    if (c->waits)
        buf_fmt(b, "      its %s waits till %.*s is linked (S11.1)\n", what, STR_ARG(c->value));
    else
        buf_fmt(b, "      %s %s: %.*s -> %.*s (S11.1)%s\n", side_name(c->to), what,
                STR_ARG(c->old.n ? c->old : S("none")), STR_ARG(c->value),
                c->conflict ? ", both had moved" : "");
}

static void on_contact(void *who, const struct association_change *c)
{
    struct shower *s = who;
    struct app *app = s->app;
    bool every = app->o.jsonl || app->o.all;
    if (!every && s->contacts >= (uint64_t)app->o.samples)
        return;
    s->contacts++;
    if (!app->o.jsonl && !app->o.json) {
        contact_line(&s->contact, c);
        if (every) {
            progress_clear(app);
            fwrite(s->contact.p, 1, s->contact.n, stdout);
            buf_clear(&s->contact);
        }
        return;
    }
    struct arena a;
    arena_init(&a, MIB);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&a, &o);
    put_contact(d, o, c);
    struct str text = json_print(&a, d);
    if (app->o.jsonl)
        printf("%.*s\n", STR_ARG(text));
    else
        buf_fmt(&s->contact, "%s%.*s", s->contact.n ? "," : "", STR_ARG(text));
    arena_release(&a);
}

void shower_init(struct shower *s, struct app *app)
{
    memset(s, 0, sizeof(*s));
    s->app = app;
    s->sink = (struct plan_sink){on_change, s, on_contact};
    buf_init(&s->contact, 64 * MIB);
    for (int i = 0; i < ACTION_COUNT; i++)
        buf_init(&s->sample[i], 64 * MIB);
}

void shower_release(struct shower *s)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        buf_release(&s->sample[i]);
    buf_release(&s->contact);
}

/* ---- what it comes to ------------------------------------------------------------------------ */

static uint64_t batches(uint64_t n, uint64_t size)
{
    return (n + size - 1) / size;
}

/* The writes' calls (design, speed): a create by upsert, an update after a batch read, a search per
 * chunk of creates. The time: as many calls in flight as we keep, and HubSpot's burst limit. */
static void estimate(const struct shower *s, uint64_t calls[SIDE_COUNT], int64_t *took_ms)
{
    const uint64_t *c = s->creates, *u = s->updates;
    calls[SIDE_SF] = batches(c[SIDE_SF], SF_COLLECTION_RECORDS_MAX) +
                     2 * batches(u[SIDE_SF], SF_COLLECTION_RECORDS_MAX);
    calls[SIDE_HS] = batches(c[SIDE_HS], HS_BATCH_RECORDS_MAX) +
                     batches(c[SIDE_HS], CHUNK_RECORDS) +
                     2 * batches(u[SIDE_HS], HS_BATCH_RECORDS_MAX);
    uint64_t all = calls[SIDE_SF] + calls[SIDE_HS];
    uint64_t burst = (uint64_t)s->app->config.hubspot_burst;
    *took_ms = (int64_t)(batches(all, IN_FLIGHT) * CALL_MS);
    if (burst && calls[SIDE_HS] > burst)
        *took_ms = MAX(*took_ms, (int64_t)((calls[SIDE_HS] - burst) * 10000 / burst));
}

static void reasons(struct app *app, const struct shower *s, enum action a)
{
    for (int w = 0; w < WHY_COUNT; w++)
        if (s->why[a][w])
            say(app, "             %llu: %s (%s)\n", (unsigned long long)s->why[a][w],
                word_why((enum why)w), why_rule((enum why)w));
}

void say_samples(struct app *app, struct shower *s)
{
    bool any = false;
    for (int i = ACTION_CREATE; i < ACTION_COUNT; i++) {
        if (!s->sample[i].n || i == ACTION_SKIP)
            continue;
        if (!any)
            say(app, "Samples (--samples N for more, --all for all):\n");
        any = true;
        say(app, "%.*s", (int)s->sample[i].n, s->sample[i].p);
    }
    if (s->contact.n)
        say(app, "Contacts:\n%.*s", (int)s->contact.n, s->contact.p);
}

void say_cost(struct app *app, const struct shower *s)
{
    uint64_t calls[SIDE_COUNT];
    int64_t took_ms;
    estimate(s, calls, &took_ms);
    say(app, "  Calls for it: %llu to HubSpot, %llu to Salesforce; it takes %s%.*s.\n",
        (unsigned long long)calls[SIDE_HS], (unsigned long long)calls[SIDE_SF],
        took_ms < MS_SECOND ? "" : "about ", STR_ARG(duration_words(&app->a, took_ms)));
}

void say_contacts(struct app *app, const struct report *r, bool planned)
{
    if (r->associated[SIDE_SF] + r->associated[SIDE_HS])
        say(app, "  %s %s another account, %llu another primary company (S11.1).\n",
            counted(app, r->associated[SIDE_SF], "contact", "contacts"),
            planned ? "would get" : "got", (unsigned long long)r->associated[SIDE_HS]);
    if (r->associations_wait)
        say(app, "  %s for an account or company to be linked (S11.1).\n",
            counted(app, r->associations_wait, "contact waits", "contacts wait"));
}

static bool writes_nothing(const struct report *r)
{
    uint64_t n = r->fields[SIDE_SF] + r->fields[SIDE_HS] + r->stages + r->associated[SIDE_SF] +
                 r->associated[SIDE_HS];
    for (int i = ACTION_CREATE; i < ACTION_COUNT; i++) /* what is more than to look at it */
        if (i != ACTION_REVIEW && i != ACTION_WAIT && i != ACTION_SKIP && i != ACTION_ERROR)
            n += r->action[i];
    return n == 0;
}

void say_plan(struct app *app, struct shower *s, const struct report *r)
{
    for (int i = ACTION_CREATE; i < ACTION_COUNT; i++) {
        if (!r->action[i])
            continue;
        say(app, "  %8llu %s\n", (unsigned long long)r->action[i], word_planned((enum action)i));
        if (i >= ACTION_REVIEW)
            reasons(app, s, (enum action)i);
    }
    if (r->action[ACTION_NONE])
        say(app, "  %8llu %s\n", (unsigned long long)r->action[ACTION_NONE],
            word_planned(ACTION_NONE));
    if (writes_nothing(r)) {
        say(app, "  Nothing would be written.\n");
    } else {
        say(app, "  %s would go to HubSpot, %llu to Salesforce; %s another value.\n",
            counted(app, r->fields[SIDE_HS], "value", "values"),
            (unsigned long long)r->fields[SIDE_SF],
            counted(app, r->overwritten, "of them replaces", "of them replace"));
        say_cost(app, s);
    }
    if (r->stages)
        say(app, "  %s would move forward to a contact's lifecycle stage (S10.1).\n",
            counted(app, r->stages, "company", "companies"));
    say_contacts(app, r, true);
    if (r->parents_next)
        say(app, "  %s a parent, which is written once both are linked (S11.2).\n",
            counted(app, r->parents_next, "of them has", "of them have"));
    if (r->parents_wait)
        say(app, "  %s for the parent to be linked (S11.2).\n",
            counted(app, r->parents_wait, "waits", "wait"));
    if (r->left)
        say(app, "  %s not looked at.\n", counted(app, r->left, "account was", "accounts were"));
    say_unknown(app, r);
    say_samples(app, s);
}

void put_plan(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const struct shower *s)
{
    uint64_t calls[SIDE_COUNT];
    int64_t took_ms;
    estimate(s, calls, &took_ms);
    yyjson_mut_val *cost = yyjson_mut_obj_add_obj(d, o, "estimate");
    put_int(d, cost, "salesforce_calls", (int64_t)calls[SIDE_SF]);
    put_int(d, cost, "hubspot_calls", (int64_t)calls[SIDE_HS]);
    put_int(d, cost, "duration_ms", took_ms);
    yyjson_mut_val *all = yyjson_mut_obj_add_obj(d, o, "samples");
    for (int i = ACTION_CREATE; i < ACTION_COUNT; i++)
        if (s->sample[i].n)
            put_objects(app, d, all, action_name((enum action)i), &s->sample[i]);
    if (s->contact.n)
        put_objects(app, d, all, "contacts", &s->contact);
}
