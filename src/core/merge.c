#include "core/merge.h"

static enum verdict take(enum side from)
{
    return from == SIDE_SF ? VERDICT_TAKE_SF : VERDICT_TAKE_HS;
}

/* S5.4: the later of the two; in doubt Salesforce. */
static enum side later(const struct merge_time *t)
{
    if (t->edited_ms[SIDE_SF] == 0 || t->edited_ms[SIDE_HS] == 0)
        return SIDE_SF;
    return t->edited_ms[SIDE_HS] >= t->edited_ms[SIDE_SF] + 2 * MS_SECOND ? SIDE_HS : SIDE_SF;
}

/* S5.5: neither side has a base on this link. */
static enum verdict first_link(const struct merge_cell *c, const struct merge_policy *p)
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
    switch (p->first_link) {
    case FIRST_HUBSPOT:
        return VERDICT_TAKE_HS;
    case FIRST_NEWEST:
        return take(later(&p->time));
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

enum verdict merge_cell(const struct merge_cell *c, const struct merge_policy *p)
{
    if (c->rule == RULE_NONE)
        return VERDICT_KEEP;
    bool any_moved = c->moved[SIDE_SF] || c->moved[SIDE_HS];
    if (c->same)
        return c->first || any_moved ? VERDICT_AGREE : VERDICT_KEEP;
    if (c->first)
        return first_link(c, p);
    if (!any_moved)
        return VERDICT_KEEP; /* S5.8: an older difference */
    if (c->rule != RULE_TWO_WAY)
        return ruled(c, rule_ruler(c->rule));
    if (c->moved[SIDE_SF] && c->moved[SIDE_HS])
        return take(later(&p->time));
    return take(c->moved[SIDE_SF] ? SIDE_SF : SIDE_HS);
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
static struct merge_cell cell_of(struct arena *a, const struct mappings *m, const size_t *index,
                                 size_t count, const struct value *const value[SIDE_COUNT],
                                 const struct value *const base[SIDE_COUNT])
{
    struct merge_cell c = {.rule = m->map[index[0]].rule, .same = true, .blank = {true, true}};
    for (size_t k = 0; k < count; k++) {
        size_t i = index[k];
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            c.blank[s] = c.blank[s] && value_blank(&value[s][i]);
            c.first = c.first || !value_known(&base[s][i]);
            c.moved[s] = c.moved[s] || !value_eq(&value[s][i], &base[s][i]);
        }
        c.same = c.same && mapping_same(a, &m->map[i], value[SIDE_SF][i], value[SIDE_HS][i]);
    }
    if (c.first)
        c.moved[SIDE_SF] = c.moved[SIDE_HS] = false;
    return c;
}

/* S5.9: parts filled on both sides agree, so blanks may be filled part by part. */
static bool parts_agree(struct arena *a, const struct mappings *m, const size_t *index,
                        size_t count, const struct value *const value[SIDE_COUNT])
{
    for (size_t k = 0; k < count; k++) {
        const struct value *sf = &value[SIDE_SF][index[k]], *hs = &value[SIDE_HS][index[k]];
        if (!value_blank(sf) && !value_blank(hs) && !mapping_same(a, &m->map[index[k]], *sf, *hs))
            return false;
    }
    return true;
}

static bool usable(const struct mapping *m, const struct value *const value[SIDE_COUNT], size_t i)
{
    return !m->suspended[0] && value_known(&value[SIDE_SF][i]) && value_known(&value[SIDE_HS][i]);
}

#define GROUP_PARTS_MAX 16

static void merge_group(struct arena *a, const struct mappings *m, const struct merge_policy *p,
                        const struct value *const value[SIDE_COUNT],
                        const struct value *const base[SIDE_COUNT], size_t first,
                        enum verdict *verdict)
{
    size_t index[GROUP_PARTS_MAX], count = 0;
    bool known = true;
    for (size_t i = first; i < m->count && count < GROUP_PARTS_MAX; i++)
        if (m->map[i].group == m->map[first].group) {
            index[count++] = i;
            known = known && usable(&m->map[i], value, i);
        }
    if (!known) { /* a part that cannot be read keeps the whole address as it is (S6.8, S5.9) */
        for (size_t k = 0; k < count; k++)
            verdict[index[k]] = VERDICT_KEEP;
        return;
    }
    bool apart = !parts_agree(a, m, index, count, value);
    struct merge_cell whole = cell_of(a, m, index, count, value, base);
    for (size_t k = 0; k < count; k++) {
        struct merge_cell part = cell_of(a, m, &index[k], 1, value, base);
        enum verdict v = merge_cell(apart ? &whole : &part, p);
        bool takes = v == VERDICT_TAKE_SF || v == VERDICT_TAKE_HS;
        if (apart && takes && part.same)
            v = part.first || part.moved[SIDE_SF] || part.moved[SIDE_HS] ? VERDICT_AGREE
                                                                         : VERDICT_KEEP;
        verdict[index[k]] = v;
    }
}

void merge_record(struct arena *a, const struct mappings *m, const struct merge_policy *p,
                  const struct value *const value[SIDE_COUNT],
                  const struct value *const base[SIDE_COUNT], enum verdict *verdict)
{
    bool done[256] = {false}; /* groups, by number */
    for (size_t i = 0; i < m->count; i++) {
        uint8_t group = m->map[i].group;
        if (group) {
            if (!done[group])
                merge_group(a, m, p, value, base, i, verdict);
            done[group] = true;
        } else if (!usable(&m->map[i], value, i)) {
            verdict[i] = VERDICT_KEEP;
        } else {
            struct merge_cell c = cell_of(a, m, &i, 1, value, base);
            verdict[i] = merge_cell(&c, p);
        }
    }
}
