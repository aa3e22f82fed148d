/* acts: what a person decides about records: link, unlink, relink, links taken over (S7.2, S7.5,
 * S7.9); answers.c has the answers to reviews. Each is a run with intents, audit and outcome like
 * any other, and is done while the connection is held (S1.4). */
#include "engine/acts_p.h"

#include <string.h>

bool act_begin(struct act *act, struct engine *en, const char *kind, struct report *out,
               struct err *e)
{
    memset(act, 0, sizeof(*act));
    memset(out, 0, sizeof(*out));
    act->p.en = en;
    act->p.report = out;
    act->p.o = (struct pass_options){.kind = PASS_RESYNC, .confirmed = true};
    act->p.again = true;
    if (!run_begin(&act->p, kind, e) || !recover(&act->p, e) || !owners_need(&act->p, NULL, 0, e))
        return false;
    act->near.side = SIDE_SF;
    act->ctx = pass_context(&act->p, SIDE_SF, &act->near);
    return true;
}

bool act_no_such(enum side s, struct str id, struct err *e)
{
    err_set(e, ERR_USAGE, "unknown_record", "there is no %s %.*s that our user may see",
            side_noun(s), STR_ARG(str_slice(id, 0, 40)));
    err_subject(e, str_slice(id, 0, 40));
    return err_hint(e, "check the id; `tandem doctor` tells what our user may see");
}

bool act_load(struct act *act, enum side s, struct str id, struct subject *out, struct err *e)
{
    struct engine *en = act->p.en;
    struct store *st = en->o.store;
    return st->ops->subjects_get(st, &en->chunk, s, &id, 1, out, e) &&
           engine_unpack(en, out, 1, e) && hierarchy_pair(en, out, 1, e);
}

bool acts_go_on(struct engine *en, const char *doing, size_t done, size_t n, struct err *e)
{
    engine_progress(en, doing, done, n);
    if (!engine_stopping(en) || done == n)
        return true;
    return err_set(e, ERR_STOPPED, "stopped", "%s was stopped after %zu of %zu", doing, done, n);
}

/* May this record be linked at all? */
static bool linkable(struct act *act, enum side s, struct str id, struct subject *out,
                     struct err *e)
{
    if (!act_load(act, s, id, out, e))
        return false;
    struct row *row = out->row[s];
    if (!row || row->rec.state == RECORD_HIDDEN)
        return act_no_such(s, id, e);
    bool barred = plan_bars(&act->p.en->settings, row);
    if (row->rec.state == RECORD_LIVE && !barred)
        return true;
    err_set(e, ERR_REFUSED, "not_linkable", "%s %.*s %s%.*s", side_noun(s), STR_ARG(id),
            barred                             ? "is a person account, and person_accounts is off"
            : row->rec.state == RECORD_DELETED ? "is deleted"
                                               : "was merged into ",
            STR_ARG(row->rec.survivor));
    err_rule(e, barred ? "S2.4" : "S9.4");
    return err_subject(e, id);
}

/* One record, read just now. */
static bool fetch(struct act *act, enum side s, struct str id, struct subject *out, struct err *e)
{
    return reread_now(&act->p, s, &id, 1, e) && linkable(act, s, id, out, e);
}

/* Does these changes, counted and recorded. */
static bool apply_counted(struct act *act, struct plan *plan, struct err *e)
{
    struct report *r = act->p.report;
    for (size_t i = 0; i < plan->count; i++) {
        const struct change *c = &plan->change[i];
        r->action[c->action]++;
        r->why[c->why]++;
        for (size_t k = 0; k < c->fields; k++)
            r->fields[c->field[k].to] += !c->field[k].refused;
    }
    return apply_plan(&act->p, &act->ctx, plan, STR_NONE, e);
}

bool act_apply(struct act *act, struct change *c, struct err *e)
{
    return apply_counted(act, &(struct plan){c, 1}, e);
}

bool act_unlink(struct act *act, struct subject *s, enum side side, struct err *e)
{
    struct change c = {.subject = s, .action = ACTION_UNLINK, .why = WHY_HAND};
    struct str id = s->row[side]->rec.id;
    uint64_t errors = act->p.report->errors;
    act->ctx.side = act->near.side = side;
    /* A write whose answer was lost is looked at: nobody else would go on with what was asked. */
    if (!act_apply(act, &c, e) || !recover_open(&act->p, e) || !act_load(act, side, id, s, e))
        return false;
    if (!s->link) {
        act->p.report->errors = errors;
        return true;
    }
    err_set(e, ERR_RETRY, "still_linked", "%s %.*s is still linked: our id could not be taken off",
            side_noun(side), STR_ARG(id));
    err_rule(e, "S7.6");
    err_subject(e, id);
    return err_hint(e, "run the same command again");
}

/* Ends the link that a record has, which it then shows, or refuses. */
static bool free_record(struct act *act, struct subject *s, enum side side, bool relink,
                        struct err *e)
{
    enum side other = side_other(side);
    if (!s->link)
        return true;
    if (relink)
        return act_unlink(act, s, side, e);
    err_set(e, ERR_REFUSED, "linked_already", "%s %.*s is linked with %s %.*s", side_noun(side),
            STR_ARG(s->link->id[side]), side_noun(other), STR_ARG(s->link->id[other]));
    err_rule(e, "S7.3");
    err_subject(e, s->link->id[side]);
    return err_hint(e, "`tandem relink %.*s %.*s` ends that link and makes the new one",
                    STR_ARG(s->link->id[SIDE_SF]), STR_ARG(s->link->id[SIDE_HS]));
}

struct met { /* a pair that may be linked, as the store has it */
    struct subject account;
    struct row *company; /* NULL = they are linked with each other already */
};

static bool linked_with(const struct subject *account, const struct subject *company)
{
    return account->link && str_eq(account->link->id[SIDE_HS], company->row[SIDE_HS]->rec.id);
}

/* May these two be linked? */
static bool meet(struct act *act, struct str account, struct str company, struct met *out,
                 struct err *e)
{
    struct subject c;
    if (!linkable(act, SIDE_SF, account, &out->account, e) ||
        !linkable(act, SIDE_HS, company, &c, e))
        return false;
    out->company = linked_with(&out->account, &c) ? NULL : c.row[SIDE_HS];
    return !out->company || (free_record(act, &out->account, SIDE_SF, false, e) &&
                             free_record(act, &c, SIDE_HS, false, e));
}

/* Reads many pairs anew, together. One that may not be linked does not stop the others (S15.1): it
 * is said and counted. */
static bool meet_all(struct act *act, const struct str *account, const struct str *company,
                     size_t n, struct met *out, size_t *count, struct err *e)
{
    *count = 0;
    if (!reread_now(&act->p, SIDE_SF, account, n, e) ||
        !reread_now(&act->p, SIDE_HS, company, n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct err why;
        if (meet(act, account[i], company[i], &out[*count], &why)) {
            ++*count;
            continue;
        }
        if (why.kind != ERR_USAGE && why.kind != ERR_REFUSED)
            return *e = why, false;
        log_warn(act->p.en->o.log, "%.*s with %.*s: %s", STR_ARG(account[i]), STR_ARG(company[i]),
                 why.msg);
        act->p.report->errors++;
    }
    return true;
}

static void plan_links(struct act *act, const struct met *m, size_t n, struct plan *plan)
{
    for (plan->count = 0; plan->count < n; plan->count++)
        plan_link(&act->p.en->chunk, &act->ctx, &m[plan->count].account, m[plan->count].company,
                  WHY_HAND, ORIGIN_HAND, &plan->change[plan->count]);
}

/* Links pairs that are not linked yet. */
static bool link_met(struct act *act, const struct met *m, size_t n, struct err *e)
{
    struct engine *en = act->p.en;
    struct plan plan = {ARENA_ARRAY(&en->chunk, struct change, n), 0};
    struct row **company = ARENA_ARRAY(&en->chunk, struct row *, n);
    bool asked;
    for (size_t i = 0; i < n; i++)
        company[i] = m[i].company;
    act->ctx.side = act->near.side = SIDE_SF;
    if (n == 0 || !neighbours_meet(en, SIDE_HS, company, n, e))
        return n == 0;
    plan_links(act, m, n, &plan);
    if (!times_ask(&act->p, SIDE_SF, &plan, &asked, e))
        return false;
    if (asked)
        plan_links(act, m, n, &plan);
    return apply_counted(act, &plan, e);
}

static bool do_link(struct act *act, struct str account, struct str company, bool relink,
                    struct err *e)
{
    struct subject a, c;
    if (!fetch(act, SIDE_SF, account, &a, e) || !fetch(act, SIDE_HS, company, &c, e))
        return false;
    if (linked_with(&a, &c)) {
        act->p.report->action[ACTION_NONE]++;
        return true; /* they are linked: nothing to do */
    }
    if (!free_record(act, &a, SIDE_SF, relink, e) || !free_record(act, &c, SIDE_HS, relink, e))
        return false;
    return link_met(act, &(struct met){a, c.row[SIDE_HS]}, 1, e);
}

bool engine_link(struct engine *en, struct str account, struct str company, bool relink,
                 struct report *out, struct err *e)
{
    struct act act;
    arena_reset(&en->chunk);
    return act_begin(&act, en, relink ? "relink" : "link", out, e) &&
           run_finish(&act.p, do_link(&act, account, company, relink, e), e);
}

/* The same for many pairs: read and written in batches. */
static bool link_chunk(struct act *act, const struct str *account, const struct str *company,
                       size_t n, struct err *e)
{
    struct met *m = ARENA_ARRAY(&act->p.en->chunk, struct met, n);
    size_t count, apart = 0;
    if (!meet_all(act, account, company, n, m, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (m[i].company)
            m[apart++] = m[i];
    act->p.report->action[ACTION_NONE] += count - apart;
    return link_met(act, m, apart, e);
}

bool engine_link_pairs(struct engine *en, const struct str *account, const struct str *company,
                       size_t n, struct report *out, struct err *e)
{
    struct act act;
    bool ok = true;
    arena_reset(&en->chunk);
    if (!act_begin(&act, en, "link", out, e))
        return false;
    for (size_t at = 0; ok && at < n; at += ACTS_CHUNK) {
        size_t some = MIN(n - at, (size_t)ACTS_CHUNK);
        arena_reset(&en->chunk);
        ok = link_chunk(&act, account + at, company + at, some, e) &&
             acts_go_on(en, "linking", at + some, n, e);
    }
    return run_finish(&act.p, ok, e);
}

bool act_not_linked(enum side s, struct str id, struct err *e)
{
    err_set(e, ERR_REFUSED, "not_linked", "%s %.*s is not linked", side_noun(s),
            STR_ARG(str_slice(id, 0, 40)));
    err_rule(e, "S7.6");
    err_subject(e, str_slice(id, 0, 40));
    return err_hint(e, "`tandem explain %.*s` tells why; `tandem links list` shows the links",
                    STR_ARG(str_slice(id, 0, 40)));
}

bool engine_unlink(struct engine *en, struct str id, struct report *out, struct err *e)
{
    struct act act;
    struct subject s;
    struct str canonical;
    enum side side = engine_side_of(&en->life, id, &canonical); /* act_begin resets the chunk */
    if (!act_begin(&act, en, "unlink", out, e))
        return false;
    bool ok = act_load(&act, side, canonical, &s, e);
    ok = ok && (s.row[side] || act_no_such(side, canonical, e)) &&
         (s.link || act_not_linked(side, canonical, e)) && act_unlink(&act, &s, side, e);
    return run_finish(&act.p, ok, e);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static bool make_due(struct engine *en, enum side s, const struct str *ids, size_t n, struct err *e)
{
    struct store *st = en->o.store;
    struct row **row = ARENA_ARRAY(&en->chunk, struct row *, n);
    struct row *due = ARENA_ARRAY(&en->chunk, struct row, n);
    size_t known = 0;
    if (!st->ops->rows_get(st, &en->chunk, s, ids, n, row, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!row[i])
            continue;
        due[known] = *row[i];
        due[known].due_ms = DUE_AT_ONCE;
        due[known].attempts = 0;
        due[known++].cause |= CAUSE_RETRY;
    }
    return st->ops->rows_due(st, s, due, known, e);
}

bool engine_retry(struct engine *en, const struct error_entry *x, size_t n, struct err *e)
{
    struct store *st = en->o.store;
    struct str ids[CHUNK_RECORDS];
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = true;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        for (size_t i = 0; ok && i < n;) {
            size_t some = 0;
            arena_reset(&en->chunk);
            for (; i < n && some < LEN(ids); i++)
                if (x[i].side == s && x[i].record.n)
                    ids[some++] = x[i].record;
            ok = make_due(en, s, ids, some, e) &&
                 (s == SIDE_HS ? st->people->stages_again(st, ids, some, e)
                               : st->people->placings_again(st, ids, some, e)) &&
                 st->people->associations_again(st, s, ids, some, e);
        }
    if (ok)
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* ---- pairs from a file ----------------------------------------------------------------------- */

static bool adopt_chunk(struct act *act, const struct str *account, const struct str *company,
                        size_t n, const struct pass_options *o, struct err *e)
{
    struct engine *en = act->p.en;
    struct report *r = act->p.report;
    struct plan plan = {ARENA_ARRAY(&en->chunk, struct change, n), 0};
    struct met *m = ARENA_ARRAY(&en->chunk, struct met, n);
    if (!meet_all(act, account, company, n, m, &plan.count, e))
        return false;
    for (size_t i = 0; i < plan.count; i++)
        if (m[i].company)
            plan_link(&en->chunk, &act->ctx, &m[i].account, m[i].company, WHY_HAND, ORIGIN_ADOPTED,
                      &plan.change[i]);
        else
            plan.change[i] = (struct change){
                .subject = &m[i].account, .action = ACTION_SKIP, .why = WHY_NOTHING};
    for (size_t i = 0; i < plan.count; i++)
        r->action[plan.change[i].action]++;
    r->differences += plan_adopt(&en->chunk, &act->ctx, &plan);
    for (size_t i = 0; o->sink && i < plan.count; i++)
        o->sink->change(o->sink->who, &plan.change[i], &en->mappings);
    return o->plan_only || apply_plan(&act->p, &act->ctx, &plan, STR_NONE, e);
}

bool engine_adopt(struct engine *en, const struct str *account, const struct str *company, size_t n,
                  const struct pass_options *o, struct report *out, struct err *e)
{
    struct act act;
    bool ok = true;
    arena_reset(&en->chunk);
    if (!act_begin(&act, en, "adopt", out, e))
        return false;
    act.p.o.kind = PASS_ADOPT;
    out->planned_only = o->plan_only;
    for (size_t at = 0; ok && at < n; at += ACTS_CHUNK) {
        size_t some = MIN(n - at, (size_t)ACTS_CHUNK);
        arena_reset(&en->chunk);
        ok = adopt_chunk(&act, account + at, company + at, some, o, e) &&
             acts_go_on(en, "taking over links", at + some, n, e);
    }
    return run_finish(&act.p, ok, e);
}
