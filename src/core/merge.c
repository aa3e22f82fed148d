#include "core/merge.h"

#include <string.h>

static enum verdict take(enum side from)
{
    return from == SIDE_SF ? VERDICT_TAKE_SF : VERDICT_TAKE_HS;
}

/* S5.4: the later of the two; in doubt Salesforce. */
static enum side later(const struct merge_time *t)
{
    if (t->set_ms[SIDE_SF] == 0 || t->set_ms[SIDE_HS] == 0)
        return SIDE_SF;
    return t->set_ms[SIDE_HS] >= t->set_ms[SIDE_SF] + 2 * MS_SECOND ? SIDE_HS : SIDE_SF;
}

/* S5.5: neither side has a base on this link. */
static enum verdict first_link(const struct merge_cell *c, enum first_link setting,
                               const struct merge_time *t)
{
    enum side ruler = rule_ruler(c->rule);
    if (ruler != SIDE_COUNT) {
        enum side other = side_other(ruler);
        if (!c->blank[ruler])
            return take(ruler);
        bool fills = rule_lets_write(c->rule, other);
        return fills ? take(other) : VERDICT_SETTLE; /* B3.12: it stays beside the blank */
    }
    if (c->blank[SIDE_SF] != c->blank[SIDE_HS])
        return take(c->blank[SIDE_SF] ? SIDE_HS : SIDE_SF);
    switch (setting) {
    case FIRST_HUBSPOT:
        return VERDICT_TAKE_HS;
    case FIRST_NEWEST:
        return take(later(t));
    case FIRST_REVIEW:
        return VERDICT_REVIEW;
    case FIRST_SALESFORCE:
        break;
    }
    return VERDICT_TAKE_SF;
}

/* S5.2, S5.3 and their mirror: one side rules. */
static enum verdict ruled(const struct merge_cell *c, enum side ruler)
{
    enum side other = side_other(ruler);
    if (!c->blank[ruler])
        return take(ruler); /* B3.2; reverts an edit of the other (S5.6) */
    if (c->moved[other] && rule_lets_write(c->rule, other))
        return take(other); /* B3.1, B3.16: fills the blank, even a fresh one */
    if (c->moved[ruler])
        return take(ruler); /* B3.3, B3.6: cleared */
    return VERDICT_SETTLE;  /* B3.12 */
}

enum verdict merge_cell(const struct merge_cell *c, enum first_link setting,
                        const struct merge_time *t)
{
    if (c->rule == RULE_NONE)
        return VERDICT_KEEP;
    bool any_moved = c->moved[SIDE_SF] || c->moved[SIDE_HS];
    if (c->same)
        return c->first || any_moved ? VERDICT_AGREE : VERDICT_KEEP;
    if (c->first)
        return first_link(c, setting, t);
    if (!any_moved)
        return VERDICT_KEEP; /* S5.8: an older difference */
    if (c->rule != RULE_TWO_WAY)
        return ruled(c, rule_ruler(c->rule));
    if (c->moved[SIDE_SF] && c->moved[SIDE_HS])
        return take(later(t));
    return take(c->moved[SIDE_SF] ? SIDE_SF : SIDE_HS);
}

bool merge_by_time(const struct merge_cell *c, enum first_link setting)
{
    if (c->rule != RULE_TWO_WAY || c->same)
        return false;
    if (c->first)
        return setting == FIRST_NEWEST && !c->blank[SIDE_SF] && !c->blank[SIDE_HS];
    return c->moved[SIDE_SF] && c->moved[SIDE_HS];
}

const char *merge_rule(const struct merge_cell *c)
{
    if (c->first)
        return "S5.5";
    switch (c->rule) {
    case RULE_ALWAYS_SF:
    case RULE_ALWAYS_HS:
        return "S5.2";
    case RULE_PREFER_SF:
    case RULE_PREFER_HS:
        return "S5.3";
    default:
        return "S5.4";
    }
}

/* The cell of a set of mappings taken together; of one mapping when `count` is 1. */
static struct merge_cell cell_of(struct arena *a, const struct merge *m, const size_t *index,
                                 size_t count)
{
    const struct mapping *map = m->mappings->map;
    struct merge_cell c = {.rule = map[index[0]].rule, .same = true, .blank = {true, true}};
    for (size_t k = 0; k < count; k++) {
        size_t i = index[k];
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            c.blank[s] = c.blank[s] && value_blank(&m->value[s][i]);
            c.first = c.first || !value_known(&m->base[s][i]);
            c.moved[s] = c.moved[s] || !value_eq(&m->value[s][i], &m->base[s][i]);
        }
        c.same = c.same && mapping_same(a, &map[i], &m->mappings->ratio, m->value[SIDE_SF][i],
                                        m->value[SIDE_HS][i]);
    }
    if (c.first)
        c.moved[SIDE_SF] = c.moved[SIDE_HS] = false;
    return c;
}

static struct merge_time time_of(const struct merge *m, const struct merge_cell *c,
                                 const size_t *index, size_t count)
{
    struct merge_time t = {{0}};
    for (size_t k = 0; k < count; k++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            size_t i = index[k];
            if (c->first || !value_eq(&m->value[s][i], &m->base[s][i]))
                t.set_ms[s] = MAX(t.set_ms[s], m->time[i].set_ms[s]);
        }
    return t;
}

/* S5.9: parts filled on both sides agree, so blanks may be filled part by part. */
static bool parts_agree(struct arena *a, const struct merge *m, const size_t *index, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        size_t i = index[k];
        const struct value *sf = &m->value[SIDE_SF][i], *hs = &m->value[SIDE_HS][i];
        if (!value_blank(sf) && !value_blank(hs) &&
            !mapping_same(a, &m->mappings->map[i], &m->mappings->ratio, *sf, *hs))
            return false;
    }
    return true;
}

static bool usable(const struct merge *m, size_t i)
{
    const struct mapping *map = &m->mappings->map[i];
    if (map->kind != MAPPING_PLAIN && !map->pairs)
        return false; /* who stands for whom is not known yet */
    return mapping_used(m->mappings, i) && !map->suspended[0] &&
           value_known(&m->value[SIDE_SF][i]) && value_known(&m->value[SIDE_HS][i]);
}

/* One verdict over `count` mappings, given to each of `part` that is not settled by itself. */
static void decide(struct arena *a, const struct merge *m, const size_t *index, size_t count,
                   size_t part)
{
    struct merge_cell whole = cell_of(a, m, index, count);
    bool parent = m->mappings->map[part].kind == MAPPING_PARENT; /* Salesforce leads (S11.2) */
    struct merge_time t = parent ? (struct merge_time){{0}} : time_of(m, &whole, index, count);
    enum verdict v = merge_cell(&whole, m->first_link, &t);
    m->by_time[part] = !parent && merge_by_time(&whole, m->first_link);
    if (count > 1 && (v == VERDICT_TAKE_SF || v == VERDICT_TAKE_HS || v == VERDICT_REVIEW)) {
        struct merge_cell own = cell_of(a, m, &part, 1);
        bool moved = own.first || own.moved[SIDE_SF] || own.moved[SIDE_HS];
        if (own.same)
            v = moved ? VERDICT_AGREE : VERDICT_KEEP;
    }
    m->verdict[part] = v;
}

static void merge_group(struct arena *a, const struct merge *m, size_t first)
{
    const struct mappings *all = m->mappings;
    size_t index[MAPPING_PARTS_MAX], count = 0;
    bool known = true;
    for (size_t i = first; i < all->count && count < MAPPING_PARTS_MAX; i++)
        if (mapping_used(all, i) && all->map[i].group == all->map[first].group) {
            index[count++] = i;
            known = known && usable(m, i);
        }
    if (!known) { /* a part that cannot be read keeps the whole address as it is (S6.8, S5.9) */
        for (size_t k = 0; k < count; k++)
            m->verdict[index[k]] = VERDICT_KEEP;
        return;
    }
    bool apart = !parts_agree(a, m, index, count);
    for (size_t k = 0; k < count; k++)
        if (apart)
            decide(a, m, index, count, index[k]);
        else
            decide(a, m, &index[k], 1, index[k]);
}

void merge_record(struct arena *a, const struct merge *m)
{
    bool done[256] = {false}; /* groups, by number */
    memset(m->by_time, 0, m->mappings->count * sizeof(*m->by_time));
    for (size_t i = 0; i < m->mappings->count; i++) {
        uint8_t group = m->mappings->map[i].group;
        if (group && mapping_used(m->mappings, i)) {
            if (!done[group])
                merge_group(a, m, i);
            done[group] = true;
        } else if (!usable(m, i)) {
            m->verdict[i] = VERDICT_KEEP;
        } else {
            decide(a, m, &i, 1, i);
        }
    }
}
