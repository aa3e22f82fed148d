/* hierarchy: what the plan must know of parents, from the store (S11.2): with whom the parents of a
 * chunk are linked, and who stands above those that are about to be written. Nothing is asked of
 * the store while `hierarchy` is off. */
#include "core/hierarchy.h"

#include "engine/engine_p.h"
#include "model/pack.h"

static struct mapping *parent_mapping(struct engine *en)
{
    for (size_t i = 0; i < en->mappings.count; i++)
        if (en->mappings.map[i].kind == MAPPING_PARENT)
            return &en->mappings.map[i];
    return NULL;
}

bool hierarchy_pair(struct engine *en, const struct subject *s, size_t n, struct err *e)
{
    struct mapping *m = parent_mapping(en);
    struct store *st = en->o.store;
    if (!m)
        return true;
    size_t map = (size_t)(m - en->mappings.map), pairs = 0;
    arena_reset(&en->parents);
    struct value_pair *pair = ARENA_ARRAY(&en->parents, struct value_pair, 2 * n);
    struct str *id = ARENA_ARRAY(&en->parents, struct str, n);
    struct row **row = ARENA_ARRAY(&en->parents, struct row *, n);
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++) {
        size_t ids = 0;
        for (size_t i = 0; i < n; i++)
            if (s[i].row[k] && s[i].row[k]->rec.value[map].state == VALUE_TEXT)
                id[ids++] = s[i].row[k]->rec.value[map].text;
        ids = str_once(id, ids);
        if (!st->ops->rows_get(st, &en->parents, k, id, ids, row, e))
            return false;
        for (size_t i = 0; i < ids; i++) {
            if (!row[i] || row[i]->rec.state != RECORD_LIVE || !row[i]->partner.n)
                continue;
            pair[pairs].side[k] = row[i]->rec.id;
            pair[pairs++].side[side_other(k)] = row[i]->partner;
        }
    }
    struct id_pairs *index = ARENA_NEW(&en->parents, struct id_pairs);
    pairs_index(&en->parents, pair, pairs, index);
    m->pairs = index;
    return true;
}

struct climb { /* level by level, all at once */
    struct descent *known;
    size_t count, room;
    struct str *at; /* of the level to be read */
    size_t ats;
};

static bool is_known(const struct climb *c, struct str id)
{
    for (size_t i = 0; i < c->count; i++)
        if (str_eq(c->known[i].id, id))
            return true;
    return false;
}

static void keep(struct arena *a, struct climb *c, struct descent d)
{
    if (c->count == c->room) {
        size_t room = MAX(2 * c->room, (size_t)64);
        struct descent *grown = ARENA_ARRAY(a, struct descent, room);
        for (size_t i = 0; i < c->count; i++)
            grown[i] = c->known[i];
        c->known = grown;
        c->room = room;
    }
    c->known[c->count++] = d;
}

/* One level up: reads the rows of c->at, and leaves there who stands above them. */
static bool climb(struct engine *en, enum side s, size_t map, struct climb *c, struct err *e)
{
    struct store *st = en->o.store;
    struct arena *a = &en->chunk;
    struct row **row = ARENA_ARRAY(a, struct row *, c->ats);
    struct value *value = ARENA_ARRAY(a, struct value, en->mappings.count);
    size_t next = 0;
    if (!st->ops->rows_get(st, a, s, c->at, c->ats, row, e))
        return false;
    for (size_t i = 0; i < c->ats; i++) {
        if (!row[i] || !values_unpack(row[i]->packed, &en->mappings, value))
            continue; /* nothing is known of it: the service has the last word */
        struct str parent = value[map].state == VALUE_TEXT ? value[map].text : STR_NONE;
        keep(a, c, (struct descent){row[i]->rec.id, parent, row[i]->rec.name});
        if (parent.n)
            c->at[next++] = parent;
    }
    next = str_once(c->at, next);
    c->ats = 0;
    for (size_t i = 0; i < next; i++)
        if (!is_known(c, c->at[i]))
            c->at[c->ats++] = c->at[i];
    return true;
}

bool hierarchy_guard(struct engine *en, const struct plan_context *ctx, struct plan *plan,
                     struct err *e)
{
    const struct mapping *m = parent_mapping(en);
    if (!m)
        return true;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct climb c = {.at = ARENA_ARRAY(&en->chunk, struct str, plan->count)};
        c.ats = str_once(c.at, hierarchy_parents(&en->mappings, plan, s, c.at));
        if (c.ats == 0)
            continue;
        for (int level = 0; c.ats && level < HIERARCHY_LEVELS_MAX; level++)
            if (!climb(en, s, (size_t)(m - en->mappings.map), &c, e))
                return false;
        hierarchy_check(&en->chunk, ctx, plan, s, c.known, c.count);
    }
    return true;
}

bool hierarchy_turn(struct engine *en, bool on, struct err *e)
{
    struct store *st = en->o.store;
    struct mappings was = en->mappings;
    struct str states;
    mappings_hierarchy(&en->life, &en->mappings, on);
    const struct mapping *m = parent_mapping(en);
    bool ok = (!m || engine_map_check(en, m, e)) &&
              st->ops->doc_get(st, &en->life, DOC_CURSOR, S(DOC_STATES), &states, e) &&
              (!states.p || mappings_put_states(en, e)); /* none: the switch was never on */
    if (!ok)
        en->mappings = was;
    return ok;
}
