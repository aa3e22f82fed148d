/* gap: where a write cannot be made conditional, somebody's edit between our reading and our write
 * is overwritten; it is searched for afterwards, and its value kept in the audit (S12.1). One call
 * for fifty records, for what live passes and persons' acts write; an import or a backfill
 * overwrites what it was told to. */
#include "engine/apply_p.h"

bool gaps_searched(const struct pass *p)
{
    bool many = p->o.kind == PASS_IMPORT || p->o.kind == PASS_BACKFILL || p->o.kind == PASS_ADOPT;
    return p->o.saved || !many;
}

static struct field_change *field_of(struct change *c, enum side to, size_t map)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && c->field[k].map == map && !c->field[k].refused)
            return &c->field[k];
    return NULL;
}

/* The values of a side that were written over what was read, as gaps. */
static size_t collect(struct work *w, enum side s, struct crm_gap *gap, struct field_change **of)
{
    size_t n = 0;
    for (size_t i = 0; i < w->jobs[s]; i++) {
        const struct crm_write *wr = w->job[s][i].write;
        bool guarded = wr->create || wr->archive || wr->etag.n;
        for (size_t k = 0; write_done(wr) && !guarded && k < wr->sets; k++) {
            struct field_change *f = field_of(w->job[s][i].change, s, wr->set[k].map);
            bool told = wr->stored && value_known(&wr->stored[k]);
            if (!f)
                continue;
            of[n] = f;
            gap[n++] = (struct crm_gap){.id = wr->id,
                                        .map = f->map,
                                        .read = f->old,
                                        .wrote = told ? wr->stored[k] : f->value};
        }
    }
    return n;
}

void gaps_search(struct work *w)
{
    struct engine *en = w->p->en;
    struct arena *a = &en->chunk;
    if (!gaps_searched(w->p))
        return;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        size_t most = 0, n;
        struct err why;
        for (size_t i = 0; i < w->jobs[s]; i++)
            most += w->job[s][i].write->sets;
        if (!crm->ops->overwritten || most == 0)
            continue;
        struct crm_gap *gap = ARENA_ARRAY(a, struct crm_gap, most);
        struct field_change **of = ARENA_ARRAY(a, struct field_change *, most);
        n = collect(w, s, gap, of);
        if (n > 0 && !crm->ops->overwritten(crm, a, gap, n, &why)) {
            log_warn(en->o.log, "edits between reading and writing were not searched for: %s",
                     why.msg);
            continue; /* what was written is written, and must be recorded */
        }
        for (size_t i = 0; i < n; i++)
            if (gap[i].found) {
                of[i]->lost = &gap[i].lost;
                w->p->report->lost_edits++;
            }
    }
}
