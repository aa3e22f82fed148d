#include "core/verify.h"

#include "core/plan_p.h"

const char *standing_name(enum standing s)
{
    static const char *const names[STANDING_COUNT] = {"equal",   "by_rule", "older",
                                                      "pending", "error",   "unlinked"};
    return names[s];
}

/* Both sides can be read, and the mapping is in use. */
static bool compared(const struct mapping *m, const struct value *sf, const struct value *hs)
{
    bool known = value_known(sf) && value_known(hs) && !m->suspended[0];
    return known && m->rule != RULE_NONE && m->settle == SETTLE_DONE &&
           (m->kind != MAPPING_OWNER || m->pairs);
}

static const struct field_change *field_of(const struct change *c, size_t map)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].map == map)
            return &c->field[k];
    return NULL;
}

static bool asks(const struct change *c, size_t map)
{
    for (size_t k = 0; k < c->asks; k++)
        if (c->ask[k] == map)
            return true;
    return false;
}

/* What the change does about a field decides; of what it leaves alone, what a first link of the two
 * would do (S5.5). */
static void explain(struct difference *d, const struct mapping *m, const struct change *c,
                    const struct change *first)
{
    const struct field_change *f = field_of(c, d->map);
    bool waits = f && (f->held || f->hold_ms); /* refused, but no error */
    if (f && f->refused && !waits) {
        d->standing = STANDING_ERROR;
        d->rule = "S15.5";
        d->err = f->err;
    } else if (f) {
        d->standing = STANDING_PENDING;
        d->rule = f->hold_ms ? "S8.5" : f->held ? "S6.9" : f->rule;
    } else if (asks(c, d->map)) {
        d->standing = STANDING_PENDING;
        d->rule = "S5.5";
    } else if (c->awaits.n && m->kind == MAPPING_PARENT) {
        d->standing = STANDING_PENDING;
        d->rule = "S11.2";
    } else if (c->link_state == LINK_PAUSED) {
        d->standing = STANDING_PENDING;
        d->rule = why_rule(c->why);
    } else if (field_of(first, d->map) || asks(first, d->map) || m->kind == MAPPING_PARENT) {
        d->standing = STANDING_OLDER;
        d->rule = "S5.8";
    } else {
        d->standing = STANDING_BY_RULE;
        d->rule = m->kind == MAPPING_OWNER ? "S6.6" : "S5.2";
    }
}

static void compare(struct arena *a, const struct plan_context *ctx, const struct change *c,
                    struct verdict_of *out)
{
    const struct row *const *row = (const struct row *const *)c->subject->row;
    struct change first = {.subject = c->subject};
    bool planned = false;
    const struct mappings all = plan_mappings(ctx, row[SIDE_SF]);
    for (size_t i = 0; i < all.count; i++) {
        const struct mapping *m = &all.map[i];
        struct difference d = {.map = i};
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            d.value[s] = row[s]->rec.value[i];
        if (!mapping_used(&all, i) || !compared(m, &d.value[SIDE_SF], &d.value[SIDE_HS]) ||
            mapping_same(a, m, &all.ratio, d.value[SIDE_SF], d.value[SIDE_HS]))
            continue;
        if (!planned) {
            out->difference = ARENA_ARRAY(a, struct difference, all.count);
            plan_pair(a, ctx, &first, row, NULL);
            planned = true;
        }
        explain(&d, m, c, &first);
        out->standing = MAX(out->standing, d.standing);
        out->difference[out->differences++] = d;
    }
}

void verify_change(struct arena *a, const struct plan_context *ctx, const struct change *c,
                   struct verdict_of *out)
{
    const struct subject *s = c->subject;
    *out = (struct verdict_of){.acts = action_writes(c->action)};
    if (!s->link) {
        out->standing = c->action == ACTION_ERROR ? STANDING_ERROR : STANDING_UNLINKED;
        out->why = c->why;
        return;
    }
    bool both = true;
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
        both = both && s->row[k] && s->row[k]->rec.state == RECORD_LIVE;
    if (both)
        compare(a, ctx, c, out);
    else
        out->standing = STANDING_PENDING; /* the partner is deleted, merged or out of sight */
    if (!both || c->link_state == LINK_PAUSED)
        out->why = c->why;
}
