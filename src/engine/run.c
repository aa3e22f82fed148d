/* run: how a pass, or an act of a person, begins and ends: its row, its counters, its calls. */
#include "engine/engine_p.h"

#include <string.h>

bool run_begin(struct pass *p, const char *kind, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct store_counts counts;
    p->writing = SIDE_COUNT;
    if ((!p->o.while_off && !engine_need_switch(en, e)) || !suspend_load(p, e) ||
        !st->ops->counts(st, &counts, e))
        return false;
    p->day.links = counts.links;
    p->began_us = en->o.clock->mono_us(en->o.clock);
    p->day.past = p->o.past;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        p->before[s] = http_counted(en->o.crm[s]->http);
    if (!effects_load(p, e))
        return false;
    p->run.kind = str_from(kind);
    p->run.began_ms = engine_now(en, SIDE_HS);
    p->run.position = S("");
    p->run.summary = S("{}");
    return true;
}

bool run_open(struct pass *p, struct err *e)
{
    struct store *st = p->en->o.store;
    return p->run.id || st->ops->run_put(st, &p->run, e);
}

/* The fewest calls the services allow for the same work (design, speed), besides the fixed ones. */
#define CREATES_A_SEARCH 2000 /* that a search for companies made meanwhile could serve (S7.7) */

static void count_calls(struct pass *p)
{
    struct report *r = p->report;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct http_counts now = http_counted(p->en->o.crm[s]->http);
        for (int c = 0; c < HTTP_CLASS_COUNT; c++)
            if (c != HTTP_CLASS_FREE)
                r->calls[s] += now.calls[c] - p->before[s].calls[c];
        size_t batch = s == SIDE_HS ? HS_BATCH_RECORDS_MAX : SF_COLLECTION_RECORDS_MAX;
        uint64_t c = r->created[s], u = r->updated[s];
        r->calls_fewest[s] = (c + batch - 1) / batch + 2 * ((u + batch - 1) / batch) + 2;
        if (p->en->o.crm[s]->ops->overwritten && gaps_searched(p)) /* S12.1 */
            r->calls_fewest[s] += (u + HS_HISTORY_RECORDS_MAX - 1) / HS_HISTORY_RECORDS_MAX;
        if (s == SIDE_HS)
            r->calls_fewest[s] += (c + CREATES_A_SEARCH - 1) / CREATES_A_SEARCH;
    }
}

static bool suspended_err(uint64_t n, struct err *e)
{
    err_set(e, ERR_REFUSED, "suspended", "%llu record%s: writing to a side is suspended",
            (unsigned long long)n, n == 1 ? " waits" : "s wait");
    err_rule(e, "S15.4");
    return err_hint(e, "`tandem status` says why; then `tandem errors clear-suspension`");
}

/* Of contacts only a pass keeps up: a saved plan does nothing else than it says (S12.1), and a
 * verify or an undo was asked something else. */
static bool keep_contacts(struct pass *p, struct err *e)
{
    if (p->o.kind != PASS_SYNC || p->o.saved || p->o.while_off)
        return true;
    return associate_contacts(p, e) && move_stages(p, e);
}

bool run_finish(struct pass *p, bool ok, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct report *r = p->report;
    ok = ok && place_contacts(p, e) && keep_contacts(p, e);
    arena_reset(&en->chunk);
    count_calls(p);
    r->took_ms = (en->o.clock->mono_us(en->o.clock) - p->began_us) / 1000;
    r->stopped = !ok && e->kind == ERR_STOPPED;
    if (r->stopped)
        err_hint(e, "nothing is lost: run the same command again, it goes on where it stopped");
    r->run = p->run.id;
    if (p->run.id) {
        p->run.state = ok           ? (r->errors ? RUN_ERRORS : RUN_DONE)
                       : r->stopped ? RUN_STOPPED
                                    : RUN_FAILED;
        p->run.ended_ms = engine_now(en, SIDE_HS);
        p->run.summary = str_fmt(
            &en->chunk,
            "{\"created_accounts\":%llu,\"created_companies\":%llu,\"updated_accounts\":%llu,"
            "\"updated_companies\":%llu,\"linked\":%llu,\"unlinked\":%llu,\"archived\":%llu,"
            "\"review\":%llu,\"errors\":%llu}",
            (unsigned long long)r->created[SIDE_SF], (unsigned long long)r->created[SIDE_HS],
            (unsigned long long)r->updated[SIDE_SF], (unsigned long long)r->updated[SIDE_HS],
            (unsigned long long)r->action[ACTION_LINK],
            (unsigned long long)r->action[ACTION_UNLINK],
            (unsigned long long)r->action[ACTION_ARCHIVE],
            (unsigned long long)r->action[ACTION_REVIEW], (unsigned long long)r->errors);
        struct err again;
        bool kept = st->ops->begin(st, STORE_FULL, &again) &&
                    st->ops->run_put(st, &p->run, &again) && st->ops->commit(st, &again);
        if (!kept && ok) {
            *e = again;
            return false;
        }
    }
    if (!ok)
        suspend_note(p, e);
    if (ok && r->why[WHY_SUSPENDED] && !p->o.plan_only)
        return suspended_err(r->why[WHY_SUSPENDED], e);
    if (ok && !p->o.plan_only && brake_held(&p->day))
        return brake_refusal(&en->settings, &p->day, e);
    return ok;
}
