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
    act->ctx.side = act->near.side = side;
    return act_apply(act, &c, e);
}

/* Ends the link that a record has, or refuses. */
static bool free_record(struct act *act, struct subject *s, enum side side, bool relink,
                        struct err *e)
{
    enum side other = side_other(side);
    if (!s->link)
        return true;
    if (relink)
        return act_unlink(act, s, side, e) && act_load(act, side, s->row[side]->rec.id, s, e);
    err_set(e, ERR_REFUSED, "linked_already", "%s %.*s is linked with %s %.*s", side_noun(side),
            STR_ARG(s->link->id[side]), side_noun(other), STR_ARG(s->link->id[other]));
    err_rule(e, "S7.3");
    err_subject(e, s->link->id[side]);
    return err_hint(e, "`tandem relink %.*s %.*s` ends that link and makes the new one",
                    STR_ARG(s->link->id[SIDE_SF]), STR_ARG(s->link->id[SIDE_HS]));
}

/* May these two be linked, as the store has them? *same: they are already. */
static bool pair_of(struct act *act, struct str account, struct str company, struct subject *a,
                    struct subject *c, bool *same, struct err *e)
{
    *same = false;
    if (!linkable(act, SIDE_SF, account, a, e) || !linkable(act, SIDE_HS, company, c, e))
        return false;
    *same = a->link && str_eq(a->link->id[SIDE_HS], c->row[SIDE_HS]->rec.id);
    return *same ||
           (free_record(act, a, SIDE_SF, false, e) && free_record(act, c, SIDE_HS, false, e));
}

/* Is that for the pair alone? Then it is said and counted. */
static bool pair_fails(struct act *act, struct str account, struct str company,
                       const struct err *why)
{
    if (why->kind != ERR_USAGE && why->kind != ERR_REFUSED)
        return false;
    log_warn(act->p.en->o.log, "%.*s with %.*s: %s", STR_ARG(account), STR_ARG(company), why->msg);
    act->p.report->errors++;
    return true;
}

static bool do_link(struct act *act, struct str account, struct str company, bool relink,
                    struct err *e)
{
    struct engine *en = act->p.en;
    struct subject a, c;
    struct change change;
    bool asked;
    if (!fetch(act, SIDE_SF, account, &a, e) || !fetch(act, SIDE_HS, company, &c, e))
        return false;
    if (a.link && str_eq(a.link->id[SIDE_HS], c.row[SIDE_HS]->rec.id)) {
        act->p.report->action[ACTION_NONE]++;
        return true; /* they are linked: nothing to do */
    }
    if (!free_record(act, &a, SIDE_SF, relink, e) || !free_record(act, &c, SIDE_HS, relink, e))
        return false;
    act->ctx.side = act->near.side = SIDE_SF;
    if (!neighbours_meet(en, SIDE_HS, &c.row[SIDE_HS], 1, e))
        return false;
    plan_link(&en->chunk, &act->ctx, &a, c.row[SIDE_HS], WHY_HAND, ORIGIN_HAND, &change);
    if (!times_ask(&act->p, SIDE_SF, &(struct plan){&change, 1}, &asked, e))
        return false;
    if (asked)
        plan_link(&en->chunk, &act->ctx, &a, c.row[SIDE_HS], WHY_HAND, ORIGIN_HAND, &change);
    return act_apply(act, &change, e);
}

bool engine_link(struct engine *en, struct str account, struct str company, bool relink,
                 struct report *out, struct err *e)
{
    struct act act;
    arena_reset(&en->chunk);
    return act_begin(&act, en, relink ? "relink" : "link", out, e) &&
           run_finish(&act.p, do_link(&act, account, company, relink, e), e);
}

static void plan_links(struct act *act, struct subject *a, struct row *const *company, size_t n,
                       struct plan *plan)
{
    for (plan->count = 0; plan->count < n; plan->count++)
        plan_link(&act->p.en->chunk, &act->ctx, &a[plan->count], company[plan->count], WHY_HAND,
                  ORIGIN_HAND, &plan->change[plan->count]);
}

/* The same for many pairs: read and written in batches. A pair that cannot be linked any more does
 * not stop the others (S15.1); it is said and counted. */
static bool link_chunk(struct act *act, const struct str *account, const struct str *company,
                       size_t n, struct err *e)
{
    struct engine *en = act->p.en;
    struct plan plan = {ARENA_ARRAY(&en->chunk, struct change, n), 0};
    struct subject *a = ARENA_ARRAY(&en->chunk, struct subject, n), c;
    struct row **row = ARENA_ARRAY(&en->chunk, struct row *, n);
    bool asked, same;
    size_t pairs = 0;
    if (!reread_now(&act->p, SIDE_SF, account, n, e) ||
        !reread_now(&act->p, SIDE_HS, company, n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct err why;
        if (!pair_of(act, account[i], company[i], &a[pairs], &c, &same, &why)) {
            if (!pair_fails(act, account[i], company[i], &why))
                return *e = why, false;
        } else if (same) {
            act->p.report->action[ACTION_NONE]++;
        } else {
            row[pairs++] = c.row[SIDE_HS];
        }
    }
    act->ctx.side = act->near.side = SIDE_SF;
    if (pairs == 0 || !neighbours_meet(en, SIDE_HS, row, pairs, e))
        return pairs == 0;
    plan_links(act, a, row, pairs, &plan);
    if (!times_ask(&act->p, SIDE_SF, &plan, &asked, e))
        return false;
    if (asked)
        plan_links(act, a, row, pairs, &plan);
    return apply_counted(act, &plan, e);
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
    return err_subject(e, str_slice(id, 0, 40));
}

bool engine_unlink(struct engine *en, struct str id, struct report *out, struct err *e)
{
    struct act act;
    struct subject s;
    struct str canonical;
    arena_reset(&en->chunk);
    enum side side = engine_side_of(&en->chunk, id, &canonical);
    if (!act_begin(&act, en, "unlink", out, e))
        return false;
    canonical = str_dup(&en->life, canonical); /* recovering resets the chunk */
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

/* One pair, as a change to be recorded; false = it cannot be. */
static bool adopt_pair(struct act *act, struct str account, struct str company, struct change *out,
                       struct err *e)
{
    struct engine *en = act->p.en;
    struct subject *a = ARENA_NEW(&en->chunk, struct subject), c;
    bool same;
    if (!pair_of(act, account, company, a, &c, &same, e))
        return false;
    if (same)
        *out = (struct change){.subject = a, .action = ACTION_SKIP, .why = WHY_NOTHING};
    else
        plan_link(&en->chunk, &act->ctx, a, c.row[SIDE_HS], WHY_HAND, ORIGIN_ADOPTED, out);
    return true;
}

/* A bad pair does not stop the others (S15.1). */
static bool adopt_chunk(struct act *act, const struct str *account, const struct str *company,
                        size_t n, const struct pass_options *o, struct err *e)
{
    struct engine *en = act->p.en;
    struct report *r = act->p.report;
    struct plan plan = {ARENA_ARRAY(&en->chunk, struct change, n), 0};
    if (!reread_now(&act->p, SIDE_SF, account, n, e) ||
        !reread_now(&act->p, SIDE_HS, company, n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct err why;
        if (adopt_pair(act, account[i], company[i], &plan.change[plan.count], &why))
            plan.count++;
        else if (!pair_fails(act, account[i], company[i], &why))
            return *e = why, false;
    }
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
    out->planned_only = o->plan_only;
    for (size_t at = 0; ok && at < n; at += ACTS_CHUNK) {
        size_t some = MIN(n - at, (size_t)ACTS_CHUNK);
        arena_reset(&en->chunk);
        ok = adopt_chunk(&act, account + at, company + at, some, o, e) &&
             acts_go_on(en, "taking over links", at + some, n, e);
    }
    return run_finish(&act.p, ok, e);
}
