/* freshen: what is about to be written is read once more, together (S12.1), and HubSpot is asked
 * for companies that appeared since it was last read (S7.7, H11.5). */
#include "engine/engine_p.h"

#define LOOK_BACK_MS (10 * MS_MINUTE) /* before our last reading: the index lags (H12.9) */

static bool writes_to(const struct change *c, enum side to)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            return true;
    return to == SIDE_HS && (c->action == ACTION_LINK || c->puts_id); /* our id goes on (S8.1) */
}

static struct row *target(const struct change *c, enum side from, enum side to)
{
    if (c->action == ACTION_LINK && to != from)
        return c->partner;
    return c->subject->row[to];
}

/* Reads the records of `to` that the plan writes; *stale when one is not as we knew it. */
static bool reread(struct pass *p, enum side from, enum side to, const struct plan *plan,
                   bool *stale, struct err *e)
{
    struct engine *en = p->en;
    struct crm *crm = en->o.crm[to];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, plan->count);
    struct row **known = ARENA_ARRAY(&en->chunk, struct row *, plan->count);
    struct record *rec = ARENA_ARRAY(&en->chunk, struct record, plan->count);
    size_t n = 0, fresh;
    for (size_t i = 0; i < plan->count; i++) {
        const struct change *c = &plan->change[i];
        bool pair = c->action == ACTION_UPDATE || c->action == ACTION_LINK;
        if (!pair || !writes_to(c, to))
            continue;
        known[n] = target(c, from, to);
        ids[n] = known[n]->rec.id;
        n++;
    }
    if (n == 0)
        return true;
    bool tags = crm->ops->get_to_write != NULL;
    if (!(tags ? crm->ops->get_to_write : crm->ops->get)(crm, &en->chunk, ids, n, rec, e))
        return err_wrap(e, "reading %s before writing", side_name(to));
    p->report->read[to] += n;
    struct record *tagged = ARENA_ARRAY(&en->chunk, struct record, tags ? n : 0);
    for (size_t i = 0; tags && i < n; i++)
        if (rec[i].etag.n)
            tagged[p->tags++] = rec[i];
    p->tagged = tags ? tagged : p->tagged;
    if (!observe_keep_over(en, to, false, rec, known, n, &fresh, e))
        return false;
    *stale = *stale || fresh > 0;
    return true;
}

static bool look_for_new(struct pass *p, enum side from, const struct plan *plan, bool *stale,
                         struct err *e)
{
    struct engine *en = p->en;
    enum side to = side_other(from);
    struct crm *crm = en->o.crm[to];
    struct str *host = ARENA_ARRAY(&en->chunk, struct str, plan->count);
    struct crm_page page = {0};
    size_t n = 0, fresh;
    if (!crm->ops->find_hosts)
        return true;
    for (size_t i = 0; i < plan->count; i++) {
        const struct row *row = plan->change[i].subject->row[from];
        bool keyed = row && row->rec.host.n && !row->rec.keys.no_key;
        if (plan->change[i].action == ACTION_CREATE && keyed)
            host[n++] = row->rec.host;
    }
    if (n == 0)
        return true;
    int64_t since = p->run.began_ms - LOOK_BACK_MS;
    if (!crm->ops->find_hosts(crm, &en->chunk, host, n, since, &page, e))
        return err_wrap(e, "looking for %s records made meanwhile", side_name(to));
    if (page.count == 0)
        return true;
    if (!observe_keep(en, to, false, page.record, page.count, &fresh, e))
        return false;
    *stale = *stale || fresh > 0;
    return true;
}

bool freshen(struct pass *p, enum side s, const struct plan *plan, bool *stale, struct err *e)
{
    struct store *st = p->en->o.store;
    *stale = false;
    p->tags = 0;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (look_for_new(p, s, plan, stale, e) && reread(p, s, SIDE_HS, plan, stale, e) &&
        reread(p, s, SIDE_SF, plan, stale, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}
