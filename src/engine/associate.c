/* associate: an SF contact's account and its HubSpot contact's primary company are kept in
 * agreement (S11.1); core/association.h decides.
 *
 * That a contact moved is stored with the reading that showed it, that it waits for a link with the
 * outcome that found so; so a quiet pass asks nobody. The contact is read in the call before its
 * write (crm/people.h, place); what was about to be written is stored before (S8.2), and looked for
 * at both services before anything else is done with that contact. What both are at afterwards is
 * the base: an echo of our own write moves nothing (S8.3). */
#include "engine/backfill_p.h"
#include "engine/contacts_p.h"
#include "engine/people_p.h"

#define AT_ONCE    1000 /* contacts a chunk: one call (H15.7) */
#define ROUNDS_MAX 3    /* of one pass; what is left is the next one's */

/* ---- what one chunk stores ------------------------------------------------------------------- */

static void begin_chunk(struct associating *w)
{
    struct arena *a = &w->p->en->chunk;
    w->settled = ARENA_ARRAY(a, struct association_move, w->n);
    w->audit = ARENA_ARRAY(a, struct audit_entry, w->n);
    w->error = ARENA_ARRAY(a, struct error_entry, w->n);
    w->sent = ARENA_ARRAY(a, bool, w->n);
    w->answer = ARENA_ARRAY(a, struct association_answer, w->n);
    w->settles = w->audits = w->errors = 0;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        w->write[s] = ARENA_ARRAY(a, struct crm_placing, w->n);
        w->of[s] = ARENA_ARRAY(a, size_t, w->n);
        w->seen[s] = ARENA_ARRAY(a, struct crm_placing, w->n);
        w->over[s] = ARENA_ARRAY(a, struct str, 2 * w->n);
        w->writes[s] = w->seens[s] = w->overs[s] = 0;
        w->left[s] = 0;
    }
}

static void saw(struct associating *w, enum side s, const struct crm_placing *p)
{
    w->seen[s][w->seens[s]++] = *p;
}

/* A contact that is done with: both values are handled. */
static void handled(struct associating *w, struct association_move *x, struct str account,
                    struct str company)
{
    bool noted = x->due_ms || x->awaits.n;
    if (!noted && x->handled && str_eq(x->base[SIDE_SF], account) &&
        str_eq(x->base[SIDE_HS], company))
        return;
    for (enum side s = SIDE_SF; x->attempts && s < SIDE_COUNT; s++)
        if (noted_id(x, s).n)
            w->over[s][w->overs[s]++] = noted_id(x, s);
    x->handled = x->person.n > 0;
    x->base[SIDE_SF] = account;
    x->base[SIDE_HS] = company;
    x->was = x->becomes = x->awaits = STR_NONE;
    x->due_ms = 0;
    w->settled[w->settles++] = *x;
}

/* One that is not done. In a backfill, what was asked for counts as moved from now on (S6.5). */
static void unhandled(struct associating *w, size_t i)
{
    struct association_move *x = &w->x[i];
    enum side to = w->answer[i].to;
    if (w->older) {
        x->handled = true;
        x->base[to] = x->at[to];
        x->base[side_other(to)] = STR_NONE;
    }
    w->settled[w->settles++] = *x;
}

static bool put_all(struct associating *w, struct err *e)
{
    struct pass *p = w->p;
    struct store *st = p->en->o.store;
    if (w->audits + w->errors > 0 && !run_open(p, e))
        return false;
    for (size_t i = 0; i < w->audits; i++)
        w->audit[i].run = p->run.id;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        for (size_t i = 0; i < w->seens[s]; i++)
            if (!st->people->at(st, s, w->seen[s][i].id, w->seen[s][i].now, e))
                return false;
        if (!st->ops->errors_clear(st, s, w->over[s], w->overs[s], INT64_MAX, e))
            return false;
    }
    return st->ops->audit_put(st, w->audit, w->audits, e) &&
           st->ops->errors_put(st, w->error, w->errors, e) &&
           st->people->associations_settle(st, w->settled, w->settles, e) &&
           (w->audits == 0 || effects_contacts(p, w->left, e)) &&
           (!w->after.p || backfill_put_place(p, w->after, e));
}

static bool keep(struct associating *w, struct err *e)
{
    struct store *st = w->p->en->o.store;
    if (w->settles + w->seens[SIDE_SF] + w->seens[SIDE_HS] == 0 && !w->after.p)
        return true;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (!put_all(w, e)) {
        st->ops->rollback(st);
        return false;
    }
    return st->ops->commit(st, e) && people_settle_all(w->p->en, e);
}

/* ---- what a killed run left, or one without an answer (S8.2) --------------------------------- */

/* What took effect is handled as it was intended: a move made meanwhile counts as one. */
static void take_effect(struct association_move *x, const struct row *became)
{
    enum side from = side_other(x->to);
    if (!str_eq(x->of, x->person))
        return; /* it syncs with another by now, or with nobody */
    x->base[x->to] = x->becomes;
    if (x->undoes && !x->handled)
        x->base[from] = x->at[from];
    else if (!x->undoes && became && became->partner.n)
        x->base[from] = became->partner;
    x->handled = true;
}

/* One that our user does not see may be where it was put: it is looked for again. */
static void settle_intent(struct associating *w, size_t i, const struct crm_placing *found,
                          const struct row *became)
{
    struct association_move *x = &w->x[i];
    if (!found->found && str_eq(x->of, x->person)) {
        note_unseen(w, i, x->becomes);
        w->settled[w->settles++] = *x;
        return;
    }
    if (found->found)
        saw(w, x->to, found);
    if (found->outcome == CRM_DONE) {
        note_written(w, i, x->to, x->was, x->becomes, false);
        take_effect(x, became);
    }
    x->was = x->becomes = STR_NONE;
    x->undoes = false;
    x->due_ms = DUE_AT_ONCE;
    w->settled[w->settles++] = *x;
}

static bool look_back_at(struct associating *w, enum side s, struct err *e)
{
    struct engine *en = w->p->en;
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[s];
    size_t n = w->writes[s];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    struct row **row = ARENA_ARRAY(&en->chunk, struct row *, n);
    for (size_t k = 0; k < n; k++)
        ids[k] = w->write[s][k].to;
    if (!crm->people->place(crm, &en->chunk, w->write[s], n, true, e) ||
        !st->ops->rows_get(st, &en->chunk, s, ids, n, row, e))
        return false;
    for (size_t k = 0; k < n; k++)
        settle_intent(w, w->of[s][k], &w->write[s][k], row[k]);
    return true;
}

/* *found: there were any; nothing else is done in this chunk then. One that was not seen waits for
 * its next try, though a backfill comes by. */
static bool look_back(struct associating *w, bool *found, struct err *e)
{
    int64_t now = engine_now(w->p->en, SIDE_HS);
    *found = false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        for (size_t i = 0; i < w->n; i++)
            if (is_intent(&w->x[i]) && w->x[i].due_ms <= now && w->x[i].to == s &&
                noted_id(&w->x[i], s).n) {
                w->of[s][w->writes[s]] = i;
                w->write[s][w->writes[s]++] = (struct crm_placing){
                    .id = noted_id(&w->x[i], s), .was = w->x[i].was, .to = w->x[i].becomes};
            }
        *found = *found || w->writes[s] > 0;
        if (w->writes[s] && !look_back_at(w, s, e))
            return false;
    }
    w->again = w->again || *found;
    return !*found || keep(w, e);
}

bool associations_look_back(struct pass *p, struct association_move *x, size_t n, struct err *e)
{
    struct associating w = {.p = p, .x = x, .n = n};
    bool found;
    begin_chunk(&w);
    return look_back(&w, &found, e);
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* What became of its intent is not known yet: nothing else is done with it. */
static bool is_open(const struct associating *w, size_t i)
{
    return is_intent(&w->x[i]) && !w->p->o.plan_only && w->x[i].due_ms > DUE_AT_ONCE;
}

static void decide(struct associating *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct association_move *x = &w->x[i];
        struct association_side side[SIDE_COUNT];
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            side[s] = (struct association_side){
                x->at[s], x->partner[s], w->older || !x->handled || !str_eq(x->at[s], x->base[s])};
        if (x->person.n && !is_open(w, i))
            association_decide(side, &w->answer[i]);
    }
}

/* Two contacts can sync with one SF contact: one of them at a time (S3.6). */
static bool is_written(const struct associating *w, struct str id, enum side s)
{
    for (size_t k = 0; k < w->writes[s]; k++)
        if (str_eq(w->write[s][k].id, id))
            return true;
    return false;
}

/* Which are written in this chunk; what is held, suspended, or another's turn stays as it is. */
static void choose(struct associating *w)
{
    struct pass *p = w->p;
    for (size_t i = 0; i < w->n; i++) {
        const struct association_answer *answer = &w->answer[i];
        const struct association_move *x = &w->x[i];
        enum side to = answer->to;
        struct str id = contact_id(x, to);
        if (answer->act != ASSOCIATION_GOES || p->suspended[to])
            continue;
        if (to == SIDE_SF && is_written(w, id, to)) {
            w->again = true;
            continue;
        }
        if (x->at[to].n && !p->o.confirmed &&
            !brake_contact(&p->en->settings, to, contact_field(to), &p->day)) {
            w->held = true;
            continue;
        }
        w->of[to][w->writes[to]] = i;
        w->write[to][w->writes[to]++] =
            (struct crm_placing){.id = id, .was = x->at[to], .to = answer->value};
        w->sent[i] = true;
    }
}

static void show(struct associating *w)
{
    const struct plan_sink *sink = w->p->o.sink;
    struct report *r = w->p->report;
    for (size_t i = 0; i < w->n; i++) {
        const struct association_move *x = &w->x[i];
        const struct association_answer *answer = &w->answer[i];
        struct association_change c = {.contact = x->contact,
                                       .person = x->person,
                                       .to = answer->to,
                                       .old = x->at[answer->to],
                                       .value = answer->value,
                                       .waits = answer->act == ASSOCIATION_WAITS,
                                       .conflict = answer->conflict};
        r->associated[answer->to] += w->sent[i];
        r->associations_wait += c.waits;
        if (sink && sink->associate && (w->sent[i] || c.waits))
            sink->associate(sink->who, &c);
    }
}

/* ---- doing ----------------------------------------------------------------------------------- */

static bool intend(struct associating *w, struct err *e)
{
    struct store *st = w->p->en->o.store;
    struct association_move *x = ARENA_ARRAY(&w->p->en->chunk, struct association_move, w->n);
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (!w->sent[i])
            continue;
        note_of_person(w, i);
        w->x[i].to = w->answer[i].to;
        w->x[i].was = w->x[i].at[w->x[i].to];
        w->x[i].becomes = w->answer[i].value;
        w->x[i].due_ms = DUE_AT_ONCE;
        x[n++] = w->x[i];
    }
    if (n == 0)
        return true;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (st->ops->errors_clear(st, SIDE_SF, w->over[SIDE_SF], w->overs[SIDE_SF], INT64_MAX, e) &&
        st->people->associations_settle(st, x, n, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static void settle_written(struct associating *w, size_t i, const struct crm_placing *done)
{
    struct association_move *x = &w->x[i];
    enum side to = x->to;
    struct str at[SIDE_COUNT] = {x->at[SIDE_SF], x->at[SIDE_HS]}, was = x->was;
    if (done->outcome == CRM_NOT_SENT)
        return; /* the call failed, and the run ends; its intent tells where to look */
    if (done->outcome == CRM_UNKNOWN) { /* the intent stays: it is looked for by the next try */
        note_error(w, i, to, x->becomes, &done->err);
        unhandled(w, i);
        return;
    }
    x->was = x->becomes = STR_NONE;
    switch (done->outcome) {
    case CRM_DONE:
        at[to] = done->now;
        saw(w, to, done);
        if (done->written)
            note_written(w, i, to, was, done->now, done->joined && to == SIDE_HS);
        w->again = w->again || done->written;
        handled(w, x, at[SIDE_SF], at[SIDE_HS]);
        return;
    case CRM_CHANGED: /* it is decided anew from where it is now */
        if (!done->found) {
            note_unseen(w, i, w->answer[i].value);
            break;
        }
        saw(w, to, done);
        w->again = true;
        break;
    default:
        note_error(w, i, to, w->answer[i].value, &done->err);
        break;
    }
    unhandled(w, i);
}

static void settle(struct associating *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct association_move *x = &w->x[i];
        if (is_open(w, i))
            continue;
        if (w->answer[i].act == ASSOCIATION_STAYS) {
            handled(w, x, x->at[SIDE_SF], x->at[SIDE_HS]);
        } else if (w->answer[i].act == ASSOCIATION_WAITS && !w->older) {
            note_waits(w, i);
            w->p->report->associations_wait++;
            w->settled[w->settles++] = *x;
        } else if (w->answer[i].act == ASSOCIATION_GOES && !w->sent[i] && w->older) {
            x->due_ms = DUE_AT_ONCE;
            unhandled(w, i);
        }
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        for (size_t k = 0; k < w->writes[s]; k++)
            settle_written(w, w->of[s][k], &w->write[s][k]);
}

static void count(const struct associating *w, struct backfill_account *acc)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct association_answer *answer = &w->answer[i];
        acc->unchanged += answer->act == ASSOCIATION_STAYS && !is_open(w, i);
        acc->failed += is_open(w, i);
        acc->skipped += answer->act != ASSOCIATION_STAYS && !w->sent[i];
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        for (size_t k = 0; k < w->writes[s]; k++) {
            enum crm_outcome out = w->write[s][k].outcome;
            bool later = out == CRM_CHANGED && w->write[s][k].found; /* the next pass decides it */
            bool done = out == CRM_DONE || w->p->o.plan_only;
            acc->written += done;
            acc->filled[s] += done && w->x[w->of[s][k]].at[s].n == 0;
            acc->replaced[s] += done && w->x[w->of[s][k]].at[s].n > 0;
            acc->skipped += !done && later;
            acc->failed += !done && !later;
        }
    acc->done += w->n;
}

/* What came of each is stored whatever ends the run in between. */
static bool write(struct associating *w, struct err *e)
{
    struct engine *en = w->p->en;
    struct err sent;
    bool went = true;
    if (!intend(w, e))
        return false;
    for (enum side s = SIDE_COUNT; went && s-- > SIDE_SF;) {
        struct crm *crm = en->o.crm[s];
        w->p->writing = s;
        went = w->writes[s] == 0 ||
               crm->people->place(crm, &en->chunk, w->write[s], w->writes[s], false, &sent);
    }
    if (went)
        w->p->writing = SIDE_COUNT;
    settle(w);
    if (w->older && went) { /* else the next call does this chunk again, and counts it */
        count(w, &w->p->report->backfill);
        w->after = w->x[w->n - 1].contact;
    }
    bool kept = keep(w, e);
    w->after = STR_NONE;
    if (kept && !went)
        *e = sent;
    return kept && went;
}

/* ---- what moved ------------------------------------------------------------------------------ */

/* Intents that were open come first, and are all that is done then. */
static bool one_chunk(struct associating *w, bool *intents, struct err *e)
{
    bool plan = w->p->o.plan_only;
    *intents = false;
    begin_chunk(w);
    if (!plan && !look_back(w, intents, e))
        return false;
    if (*intents)
        return true;
    decide(w);
    choose(w);
    if (plan)
        show(w);
    return plan || write(w, e);
}

static bool one_round(struct associating *w, struct err *e)
{
    struct engine *en = w->p->en;
    struct store *st = en->o.store;
    struct str after = S("");
    struct arena kept;
    bool ok = true, intents;
    w->n = AT_ONCE;
    arena_init(&kept, 64 * KIB);
    while (ok && w->n == AT_ONCE) {
        arena_reset(&en->chunk);
        ok = st->people->associations_due(st, &en->chunk, engine_now(en, SIDE_HS), after, AT_ONCE,
                                          &w->x, &w->n, e);
        if (!ok || w->n == 0)
            break;
        arena_reset(&kept);
        after = str_dup(&kept, w->x[w->n - 1].contact);
        ok = one_chunk(w, &intents, e) &&
             (!engine_stopping(en) || w->n < AT_ONCE ||
              err_set(e, ERR_STOPPED, "stopped", "stopped while contacts were put in agreement"));
    }
    arena_release(&kept);
    arena_reset(&en->chunk);
    return ok;
}

bool associate_contacts(struct pass *p, struct err *e)
{
    struct associating w = {.p = p, .again = true};
    bool ok = true;
    if (!p->en->settings.associations)
        return true;
    for (int round = 0; ok && w.again && !w.held && round < ROUNDS_MAX; round++) {
        w.again = false;
        ok = one_round(&w, e);
    }
    return ok || err_wrap(e, "keeping contacts with their companies");
}

/* ---- a backfill ------------------------------------------------------------------------------ */

static bool walk(struct associating *w, struct err *e)
{
    struct pass *p = w->p;
    struct store *st = p->en->o.store;
    struct backfilling *job = p->backfill;
    struct backfill_account *acc = &p->report->backfill;
    uint64_t left = 0, from = acc->done;
    bool ok = st->people->associations_after(st, job->after, &left, e);
    uint64_t total = acc->done + left;
    bool intents = false;
    w->n = AT_ONCE;
    while (ok && w->n > 0) {
        size_t want = AT_ONCE;
        if (p->o.limit)
            want = (size_t)MIN((uint64_t)want, p->o.limit - (acc->done - from));
        if (want == 0)
            break;
        arena_reset(&p->en->chunk);
        ok = st->people->associations_walk(st, &p->en->chunk, job->after, want, &w->x, &w->n, e) &&
             (w->n == 0 || one_chunk(w, &intents, e));
        if (ok && w->n > 0 && !intents) {
            job->after = str_dup(&job->kept, w->x[w->n - 1].contact);
            if (p->o.plan_only)
                count(w, acc);
        }
        engine_progress(p->en, p->o.plan_only ? "planning" : "bringing contacts together",
                        acc->done, MAX(total, acc->done));
        if (ok && w->n > 0 && engine_stopping(p->en))
            ok = err_set(e, ERR_STOPPED, "stopped", "stopped after %llu contact%s",
                         (unsigned long long)acc->done, acc->done == 1 ? "" : "s");
    }
    struct err ignored;
    (void)!st->people->associations_after(st, job->after, &acc->left, ok ? e : &ignored);
    return ok && (acc->left > 0 || backfill_forget(p, e));
}

static bool is_on(const struct engine *en, struct err *e)
{
    if (en->settings.associations)
        return true;
    err_set(e, ERR_REFUSED, "associations_off", "contacts are not kept with their companies");
    err_rule(e, "S11.1");
    return err_hint(e, "`tandem settings set associations on` first");
}

bool work_associations(struct pass *p, struct err *e)
{
    struct backfilling job = {.doc = S("backfill_associations"), .part.to = {true, true}};
    struct associating w = {.p = p, .older = true};
    arena_init(&job.kept, 64 * MIB);
    p->backfill = &job;
    bool ok = is_on(p->en, e) && backfill_not_suspended(p, &job.part, e) &&
              backfill_resume(p, &job, e) && walk(&w, e);
    p->backfill = NULL;
    arena_release(&job.kept);
    return ok;
}
