/* command: Tandem at work. Each command of the story is a process of its own: it opens everything
 * anew. */
#include "test/scenario/play.h"

#include <string.h>

#include "core/undo.h"

struct order { /* a command, and what it needs to know */
    struct play *p;
    const struct line *l;
    struct report report;
};

static struct str pair_id(const struct order *o, enum side s)
{
    const struct line *l = o->l;
    return cast_id(o->p, side_kind(s), s == SIDE_SF ? l->word[0] : l->word[l->words - 1]);
}

static enum side side_of(const struct line *l)
{
    enum kind kind = KIND_ACCOUNT;
    kind_named(l->word[0], &kind);
    return kind_side(kind);
}

static struct str record_id(const struct order *o)
{
    return cast_id(o->p, side_kind(side_of(o->l)), o->l->word[1]);
}

static bool run_switch(struct order *o, struct err *e)
{
    struct switch_options sw = {.on = str_eq(o->l->word[0], S("on"))};
    return engine_switch(o->p->lab->engine, &sw, &o->report, e);
}

static bool run_sync(struct order *o, struct err *e)
{
    struct pass_options pass = {.kind = PASS_SYNC};
    return pass_run(o->p->lab->engine, &pass, &o->report, e);
}

static bool run_plan(struct order *o, struct err *e)
{
    bool import = o->l->words == 1 && str_eq(o->l->word[0], S("import"));
    struct pass_options pass = {.kind = import ? PASS_IMPORT : PASS_SYNC, .plan_only = true};
    return pass_run(o->p->lab->engine, &pass, &o->report, e);
}

static bool run_import(struct order *o, struct err *e)
{
    struct str *ids = ARENA_ARRAY(o->p->a, struct str, o->l->words);
    for (size_t i = 0; i < o->l->words; i++)
        ids[i] = cast_id(o->p, KIND_ACCOUNT, o->l->word[i]);
    struct pass_options pass = {.kind = PASS_IMPORT,
                                .side = SIDE_SF,
                                .ids = o->l->words ? ids : NULL,
                                .ids_count = o->l->words,
                                .confirmed = true,
                                .resume = true};
    return pass_run(o->p->lab->engine, &pass, &o->report, e);
}

static bool run_resync(struct order *o, struct err *e)
{
    enum side s = side_of(o->l);
    size_t n = o->l->words - 1;
    struct str *ids = ARENA_ARRAY(o->p->a, struct str, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = cast_id(o->p, side_kind(s), o->l->word[i + 1]);
    struct pass_options pass = {
        .kind = PASS_RESYNC, .side = s, .ids = ids, .ids_count = n, .confirmed = true};
    return pass_run(o->p->lab->engine, &pass, &o->report, e);
}

static bool run_backfill(struct order *o, struct err *e)
{
    const struct line *l = o->l;
    struct backfill b = {mapping_find(engine_mappings(o->p->lab->engine), l->word[0]),
                         {true, true}};
    struct pass_options pass = {.kind = PASS_BACKFILL, .backfill = &b, .confirmed = true};
    for (enum side s = SIDE_SF; l->words > 1 && s < SIDE_COUNT; s++)
        b.to[s] = str_eq(l->word[1], str_from(side_name(s)));
    if (!b.map)
        return line_error(e, o->p->s, l->number, "%.*s is in no mapping", STR_ARG(l->word[0]));
    return pass_run(o->p->lab->engine, &pass, &o->report, e);
}

static bool run_link(struct order *o, struct err *e)
{
    bool relink = str_eq(o->l->verb, S("relink"));
    return engine_link(o->p->lab->engine, pair_id(o, SIDE_SF), pair_id(o, SIDE_HS), relink,
                       &o->report, e);
}

static bool run_unlink(struct order *o, struct err *e)
{
    return engine_unlink(o->p->lab->engine, record_id(o), &o->report, e);
}

static bool run_adopt(struct order *o, struct err *e)
{
    struct str account = o->l->words ? pair_id(o, SIDE_SF) : STR_NONE;
    struct str company = o->l->words ? pair_id(o, SIDE_HS) : STR_NONE;
    struct pass_options pass = {.kind = PASS_ADOPT, .confirmed = true};
    if (!o->l->words)
        return pass_run(o->p->lab->engine, &pass, &o->report, e);
    return engine_adopt(o->p->lab->engine, &account, &company, 1, &(struct pass_options){0},
                        &o->report, e);
}

static bool review_of(struct order *o, struct review_entry **out, struct err *e)
{
    struct store *st = o->p->lab->store;
    struct str id = record_id(o);
    size_t n;
    if (!st->ops->reviews_list(st, o->p->a, id, 10, out, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (str_eq((*out)[i].record, id)) {
            *out += i;
            return true;
        }
    return line_error(e, o->p->s, o->l->number, "%.*s is in no review", STR_ARG(o->l->word[1]));
}

static bool run_accept(struct order *o, struct err *e)
{
    enum side s = side_of(o->l);
    struct review_entry *r;
    struct str id[SIDE_COUNT];
    id[s] = record_id(o);
    id[side_other(s)] = cast_id(o->p, side_kind(side_other(s)), o->l->word[2]);
    return review_of(o, &r, e) &&
           engine_link(o->p->lab->engine, id[SIDE_SF], id[SIDE_HS], false, &o->report, e);
}

static bool run_reject(struct order *o, struct err *e)
{
    struct review_entry *r;
    return review_of(o, &r, e) && engine_reject(o->p->lab->engine, r, 1, &o->report, e);
}

static bool run_answer(struct order *o, struct err *e)
{
    enum side winner = str_eq(o->l->word[2], S("salesforce")) ? SIDE_SF : SIDE_HS;
    struct review_entry *r;
    return review_of(o, &r, e) && engine_answer(o->p->lab->engine, r, winner, &o->report, e);
}

static bool run_retry(struct order *o, struct err *e)
{
    struct store *st = o->p->lab->store;
    struct error_entry *error;
    size_t n;
    return st->ops->errors_list(st, o->p->a, STR_NONE, 1000, &error, &n, e) &&
           engine_retry(o->p->lab->engine, error, n, e);
}

/* The newest run, or what it did to one record. */
static void note_left(void *who, const struct undo_note *n)
{
    struct play *p = who;
    enum kind kind = side_kind(n->side);
    struct str field = n->field.n ? n->field : S("");
    p->left =
        str_fmt(p->a, "%.*sleft %s %.*s %s %.*s\n", STR_ARG(p->left), kind_names[kind],
                STR_ARG(cast_name(p, kind, n->record)), undo_why_name(n->why), STR_ARG(field));
}

static bool run_undo(struct order *o, struct err *e)
{
    struct store *st = o->p->lab->store;
    struct run_entry *run;
    size_t n;
    if (!st->ops->runs_list(st, o->p->a, 1, &run, &n, e))
        return false;
    if (n == 0)
        return line_error(e, o->p->s, o->l->number, "there is no run to undo");
    struct undo_options undo = {.run = run[0].id, .left = note_left, .who = o->p};
    if (o->l->words)
        undo.record = record_id(o);
    return engine_undo(o->p->lab->engine, &undo, &o->report, e);
}

static bool run_filter(struct order *o, struct err *e)
{
    struct str text = str_eq(o->l->word[0], S("none")) ? STR_NONE : o->l->word[0];
    struct filter_effect effect;
    return engine_filter_try(o->p->lab->engine, text, &effect, e) &&
           engine_filter_save(o->p->lab->engine, text, e);
}

/* One mapping more. */
static bool run_map(struct order *o, struct err *e)
{
    const struct line *l = o->l;
    const struct mappings *m = engine_mappings(o->p->lab->engine);
    struct mappings next = {ARENA_ARRAY(o->p->a, struct mapping, m->count + 1), m->count};
    struct mapping *one = &next.map[next.count++];
    struct map_report report;
    memcpy(next.map, m->map, m->count * sizeof(*next.map));
    *one = (struct mapping){.name = {l->word[0], l->word[1]}, .scale = -1};
    if (!rule_from_name(l->word[2], &one->rule) ||
        (l->words > 3 && !accounts_from_name(l->word[3], &one->accounts)))
        return line_error(e, o->p->s, l->number,
                          "`map FIELD PROPERTY RULE [business|person|both]`");
    return engine_map(o->p->lab->engine, &next, NULL, 0, &report, e);
}

static bool run_setting(struct order *o, struct err *e)
{
    return engine_set(o->p->lab->engine, o->l->word[0], play_value(o->p, o->l->word[1]), e);
}

static bool run_rule(struct order *o, struct err *e)
{
    enum rule rule;
    if (!rule_from_name(o->l->word[1], &rule))
        return line_error(e, o->p->s, o->l->number, "there is no rule %.*s",
                          STR_ARG(o->l->word[1]));
    return lab_rule(o->p->lab, o->l->word[0], rule) ||
           line_error(e, o->p->s, o->l->number, "%.*s is in no mapping", STR_ARG(o->l->word[0]));
}

static bool run_table(struct order *o, struct err *e)
{
    struct value_pair line = {{o->l->word[1], o->l->word[2]}};
    return lab_table(o->p->lab, o->l->word[0], line) ||
           line_error(e, o->p->s, o->l->number, "%.*s is in no mapping, or its table is full",
                      STR_ARG(o->l->word[0]));
}

static const struct {
    const char *name;
    bool (*run)(struct order *, struct err *);
} commands[] = {
    {"accept", run_accept},     {"adopt", run_adopt},   {"answer", run_answer},
    {"backfill", run_backfill}, {"import", run_import}, {"link", run_link},
    {"plan", run_plan},         {"reject", run_reject}, {"relink", run_link},
    {"resync", run_resync},     {"retry", run_retry},   {"rule", run_rule},
    {"setting", run_setting},   {"switch", run_switch}, {"sync", run_sync},
    {"table", run_table},       {"unlink", run_unlink}, {"filter", run_filter},
    {"map", run_map},           {"undo", run_undo},
};

bool play_command(struct play *p, const struct line *l, bool *done, struct err *e)
{
    struct order o = {.p = p, .l = l};
    *done = false;
    for (size_t i = 0; i < LEN(commands); i++) {
        if (!str_eq(l->verb, str_from(commands[i].name)))
            continue;
        *done = p->ran = true;
        p->left = S("");
        if (p->set_up)
            lab_close(p->lab);
        p->refused = !lab_open(p->lab, &p->why) || !commands[i].run(&o, &p->why);
        bool ours =
            p->refused && p->why.kind == ERR_USAGE && str_eq(str_from(p->why.code), S("scenario"));
        if (!ours)
            return true;
        *e = p->why;
        return false;
    }
    return true;
}

/* One that must not fail: it only prepares. */
static bool prepare(struct play *p, const struct line *l, struct err *e)
{
    bool done;
    if (!play_command(p, l, &done, e))
        return false;
    if (done && !p->refused)
        return true;
    *e = p->why;
    return err_wrap(e, "line %d", l->number);
}

static bool adopt_given(struct play *p, const struct line *l, struct err *e)
{
    struct line adopt = *l;
    adopt.verb = S("adopt");
    if (l->words == 1)
        adopt.word[adopt.words++] = l->word[0];
    p->links = str_fmt(p->a, "%.*slink %.*s %.*s\n", STR_ARG(p->links), STR_ARG(adopt.word[0]),
                       STR_ARG(adopt.word[1]));
    return prepare(p, &adopt, e);
}

static bool each(struct play *p, const struct block *given, const char *verb,
                 bool (*act)(struct play *, const struct line *, struct err *), struct err *e)
{
    for (size_t i = 0; i < given->lines; i++)
        if (str_eq(given->line[i].verb, str_from(verb)) && !act(p, &given->line[i], e))
            return false;
    return true;
}

bool play_pass(struct play *p, struct err *e)
{
    struct line sync = {.verb = S("sync")};
    bool done;
    return play_command(p, &sync, &done, e);
}

bool play_set_up(struct play *p, const struct block *given, struct err *e)
{
    struct line on = {.verb = S("switch"), .word = {S("on")}, .words = 1};
    for (size_t i = 0; i < given->lines; i++)
        if (str_eq(given->line[i].verb, S("switch")))
            on.word[0] = given->line[i].word[0];
    bool off = str_eq(on.word[0], S("off"));
    lab_close(p->lab); /* what an administrator did is seen by who comes after */
    if (!box_advance(p->box, MS_MINUTE, e) || !each(p, given, "rule", prepare, e) ||
        !each(p, given, "table", prepare, e) || !each(p, given, "map", prepare, e) ||
        !each(p, given, "filter", prepare, e) || !each(p, given, "setting", prepare, e))
        return false;
    if (!off && (!prepare(p, &on, e) || !each(p, given, "linked", adopt_given, e)))
        return false;
    struct line sync = {.verb = S("sync")};
    bool ok = off || (box_advance(p->box, MS_MINUTE, e) && prepare(p, &sync, e));
    p->set_up = true;
    p->ran = false;
    return ok;
}
