/* effects: what the brakes count, kept with the outcomes that it is of (S12.3). What a person
 * confirmed, or let go past a brake, is not counted in it. */
#include "engine/apply_p.h"

static_assert(BRAKE_CREATE == 0, "stored as a number; older stores hold creates as 0");

static size_t map_at(const struct mappings *m, uint32_t id)
{
    size_t i = 0;
    while (i < m->count && m->map[i].id != id)
        i++;
    return i;
}

bool effects_load(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct arena a;
    struct tally *t;
    size_t n;
    int64_t since[SIDE_COUNT];
    arena_init(&a, 4 * MIB);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        since[s] = engine_now(en, s) - MS_DAY;
    bool ok = st->ops->tally_since(st, &a, since, &t, &n, e);
    for (size_t i = 0; ok && i < n; i++) {
        size_t map = map_at(&en->mappings, t[i].map);
        if (t[i].what == BRAKE_CREATE)
            p->day.creates[t[i].side] += t[i].n;
        else if (t[i].what == BRAKE_UNLINK)
            p->day.unlinks += t[i].n;
        else if (t[i].map == EFFECT_CONTACTS)
            p->day.contacts[t[i].side] += t[i].n;
        else if (map < en->mappings.count && t[i].what == BRAKE_CHANGE)
            p->day.field[t[i].side][map].changed += t[i].n;
        else if (map < en->mappings.count && t[i].what == BRAKE_CLEAR)
            p->day.field[t[i].side][map].cleared += t[i].n;
    }
    arena_release(&a);
    p->day.links += p->day.unlinks; /* of those that there were */
    return ok;
}

static void add(struct pass *p, struct tally *t, size_t *n, enum side s, enum brake what,
                uint32_t map, uint64_t count)
{
    if (count == 0 || p->day.past & (1u << what))
        return;
    t[(*n)++] = (struct tally){.run = p->run.id,
                               .at_ms = engine_now(p->en, s),
                               .side = s,
                               .what = what,
                               .map = map,
                               .n = count};
}

/* Links that ended by themselves, or lost a side from sight. */
static uint64_t losses(const struct work *w)
{
    uint64_t n = 0;
    for (size_t i = 0; i < w->severeds; i++)
        n += w->severed[i].why == SEVER_DELETED || w->severed[i].why == SEVER_MERGED;
    for (size_t i = 0; i < w->plan->count; i++) {
        const struct change *c = &w->plan->change[i];
        n += c->action == ACTION_NONE && c->why == WHY_PARTNER_GONE && c->subject->link &&
             c->subject->link->state == LINK_LIVE && c->link_state == LINK_PAUSED;
    }
    return n;
}

bool effects_put(struct work *w, struct err *e)
{
    struct engine *en = w->p->en;
    struct store *st = en->o.store;
    struct arena *a = &en->chunk;
    size_t maps = en->mappings.count, n = 0;
    if (w->p->o.confirmed)
        return true;
    struct tally *t = ARENA_ARRAY(a, struct tally, SIDE_COUNT * (2 * maps + 1) + 1);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct brake_field *field = ARENA_ARRAY(a, struct brake_field, maps);
        uint64_t creates = 0;
        for (size_t i = 0; i < w->jobs[s]; i++) {
            const struct crm_write *wr = w->job[s][i].write;
            creates += write_done(wr) && wr->create;
            for (size_t k = 0; write_done(wr) && !wr->create && k < wr->sets; k++) {
                field[wr->set[k].map].changed++;
                field[wr->set[k].map].cleared += value_blank(&wr->set[k].value);
            }
        }
        add(w->p, t, &n, s, BRAKE_CREATE, 0, creates);
        for (size_t i = 0; i < maps; i++) {
            add(w->p, t, &n, s, BRAKE_CHANGE, en->mappings.map[i].id, field[i].changed);
            add(w->p, t, &n, s, BRAKE_CLEAR, en->mappings.map[i].id, field[i].cleared);
        }
    }
    add(w->p, t, &n, SIDE_SF, BRAKE_UNLINK, 0, losses(w));
    return n == 0 || (run_open(w->p, e) && st->ops->tally_put(st, t, n, e));
}

bool effects_contacts(struct pass *p, const uint64_t left[SIDE_COUNT], struct err *e)
{
    struct store *st = p->en->o.store;
    struct tally t[SIDE_COUNT];
    size_t n = 0;
    for (enum side s = SIDE_SF; s < SIDE_COUNT && !p->o.confirmed; s++)
        add(p, t, &n, s, BRAKE_CHANGE, EFFECT_CONTACTS, left[s]);
    return st->ops->tally_put(st, t, n, e);
}
