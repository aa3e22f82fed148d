/* times: who changed later, asked only where a plan hangs on it (S5.4): one read of history for the
 * companies and properties in conflict, then the chunk is decided once more. */
#include "engine/engine_p.h"

static struct row *row_of(const struct change *c, enum side own, enum side s)
{
    return c->action == ACTION_LINK && s != own ? c->partner : c->subject->row[s];
}

/* Is a verdict of this change open until the time is known on `s`? */
static bool open_time(const struct change *c, const struct row *row, size_t maps)
{
    for (size_t i = 0; c->by_time && row && !row->rec.set_ms && i < maps; i++)
        if (c->by_time[i])
            return true;
    return false;
}

static bool ask_side(struct pass *p, enum side own, enum side s, const struct plan *plan,
                     bool *asked, struct err *e)
{
    struct engine *en = p->en;
    struct crm *crm = en->o.crm[s];
    size_t maps = en->mappings.count, n = 0;
    struct row **row = ARENA_ARRAY(&en->chunk, struct row *, plan->count);
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, plan->count);
    bool *wanted = ARENA_ARRAY(&en->chunk, bool, maps);
    if (!crm || !crm->ops->history)
        return true;
    for (size_t i = 0; i < plan->count; i++) {
        const struct change *c = &plan->change[i];
        struct row *at = row_of(c, own, s);
        if (!open_time(c, at, maps))
            continue;
        for (size_t k = 0; k < maps; k++)
            wanted[k] = wanted[k] || c->by_time[k];
        ids[n] = at->rec.id;
        row[n++] = at;
    }
    if (n == 0)
        return true;
    int64_t *set_ms = ARENA_ARRAY(&en->chunk, int64_t, n * maps);
    if (!crm->ops->history(crm, &en->chunk, ids, n, wanted, set_ms, e))
        return err_wrap(e, "asking %s who changed later", side_name(s));
    for (size_t i = 0; i < n; i++)
        row[i]->rec.set_ms = set_ms + i * maps;
    *asked = true;
    return true;
}

bool times_ask(struct pass *p, enum side own, const struct plan *plan, bool *asked, struct err *e)
{
    *asked = false;
    return ask_side(p, own, SIDE_SF, plan, asked, e) && ask_side(p, own, SIDE_HS, plan, asked, e);
}
