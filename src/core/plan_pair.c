/* The fields of a pair: what is written to which side, and the bases once it is done. */
#include "core/plan_p.h"

#include <string.h>

#include "core/merge.h"
#include "model/pack.h"

static struct str units_of(const struct plan_currency *c, struct str code)
{
    for (size_t i = 0; i < c->rates; i++)
        if (str_eq(c->rate[i].code, code))
            return c->rate[i].units;
    return STR_NONE;
}

/* The account's currency; none = it has one only, or that is not known. */
static struct str currency_of(const struct plan_currency *c, const struct value *account)
{
    const struct value *own = c->portal.n && account ? &account[c->map] : NULL;
    return own && own->state == VALUE_TEXT ? own->text : STR_NONE;
}

struct mappings plan_mappings(const struct plan_context *ctx, const struct row *account)
{
    struct mappings m = *ctx->mappings;
    struct str own = currency_of(&ctx->currency, account ? account->rec.value : NULL);
    struct ratio r = {
        {units_of(&ctx->currency, own), units_of(&ctx->currency, ctx->currency.portal)}};
    m.persons = account && account->rec.person;
    if (own.n && !str_eq(own, ctx->currency.portal) && r.units[SIDE_SF].n && r.units[SIDE_HS].n)
        m.ratio = r;
    return m;
}

struct value *plan_unknown(struct arena *a, size_t n)
{
    return ARENA_ARRAY(a, struct value, n); /* zero is VALUE_UNKNOWN */
}

static_assert(VALUE_UNKNOWN == 0, "a zeroed value is an unknown one");

/* What the link says each side held when last handled; unknown at a first link. */
static struct value *base_of(struct arena *a, const struct mappings *m, const struct link *link,
                             enum side s)
{
    struct value *v = plan_unknown(a, m->count);
    if (link && link->base[s].n && !values_unpack(link->base[s], m, v))
        memset(v, 0, m->count * sizeof(*v)); /* damaged: as at a first link, never a clear */
    return v;
}

/* The address of a refused part stays as a whole (S5.9, S15.5). */
static bool group_refused(const struct change *c, const struct mappings *m, uint8_t group)
{
    for (size_t k = 0; group && k < c->fields; k++)
        if (c->field[k].refused && m->map[c->field[k].map].group == group)
            return true;
    return false;
}

void plan_refuse(struct arena *a, struct field_change *f, const struct err *why)
{
    struct err *kept = ARENA_NEW(a, struct err);
    *kept = *why;
    f->refused = true;
    f->err = kept;
}

void plan_hold_amount(struct arena *a, const struct plan_context *ctx, const struct mappings *all,
                      const struct value *account, struct field_change *f)
{
    const struct plan_currency *c = &ctx->currency;
    const struct mapping *m = &all->map[f->map];
    struct str own = currency_of(c, account);
    struct err why;
    if (!c->portal.n || !m->amount || str_eq(own, c->portal) || mapping_converts(m, &all->ratio))
        return;
    err_set(&why, ERR_REJECTED, "currency",
            "held: the account's currency is %.*s, the portal's %.*s%s",
            STR_ARG(own.n ? own : S("not known")), STR_ARG(c->portal),
            own.n && m->rate != RATE_NONE ? ", and the org has no rate for both" : "");
    err_rule(&why, "S6.9");
    plan_refuse(a, f, &why);
    f->held = true;
    if (!own.n) /* it comes with the account's next reading */
        f->look_ms = ctx->now_ms[ctx->side] + (account ? MS_HOUR : MS_MINUTE);
}

void plan_refuse_groups(struct arena *a, struct change *c, const struct mappings *m)
{
    for (size_t k = 0; k < c->fields; k++) {
        struct field_change *f = &c->field[k];
        if (f->refused || !group_refused(c, m, m->map[f->map].group))
            continue;
        struct err held;
        err_set(&held, ERR_REJECTED, "address_held",
                "left out with the other parts of its address, one of which is refused");
        err_rule(&held, "S5.9");
        plan_refuse(a, f, &held);
    }
}

/* The link whose base counts: today's, or the earlier one that is taken up again (S9.2). */
static const struct link *link_of(const struct change *c)
{
    return c->resumes ? &c->resumes->link : c->subject->link;
}

void plan_settle_bases(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct mappings *m = ctx->mappings;
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        enum side from = side_other(f->to);
        if (f->refused) {
            for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
                c->base[s][f->map] = base_of(a, m, link_of(c), s)[f->map];
            if (f->older) { /* nobody moved, yet it was to go over: it still is, at the next try */
                c->base[from][f->map] = VALUE_EMPTY;
                c->base_moved = true;
            }
            continue;
        }
        c->base[f->to][f->map] = f->value;
        if (f->restores)
            continue; /* an edit of the other side is still to be answered */
        const struct row *row =
            c->action == ACTION_LINK && from != ctx->side ? c->partner : c->subject->row[from];
        c->base[from][f->map] = row->rec.value[f->map];
    }
}

void plan_add_field(struct change *c, struct field_change f)
{
    c->field[c->fields++] = f;
}

/* S5.10: a clear that the other side cannot hold is put back: with what the other side holds, or,
 * where nothing of it may go over, with what was cleared. */
static struct field_change put_back(struct arena *a, const struct mappings *all, size_t i,
                                    enum side to, const struct value *const value[SIDE_COUNT],
                                    const struct value *base)
{
    enum side from = side_other(to);
    const struct mapping *m = &all->map[i];
    bool own = !rule_lets_write(m->rule, from);
    return (struct field_change){
        .map = i,
        .to = to,
        .old = value[to][i],
        .value = own ? base[i] : mapping_translate(a, m, &all->ratio, from, value[from][i]),
        .rule = "S5.10",
        .revert = true,
        .restores = own,
    };
}

/* One decided field of a pair. */
static struct field_change pair_field(struct arena *a, const struct mappings *all, size_t i,
                                      enum side from, const struct value *const value[SIDE_COUNT],
                                      struct value *const base[SIDE_COUNT],
                                      const struct merge_cell *cell)
{
    enum side to = side_other(from);
    const struct mapping *m = &all->map[i];
    struct field_change f = {
        .map = i,
        .to = to,
        .old = value[to][i],
        .value = mapping_translate(a, m, &all->ratio, from, value[from][i]),
        .rule = merge_rule(cell),
        .revert = cell->moved[to] && !cell->moved[from],
    };
    if (value_blank(&value[from][i]) && m->meta[to].required)
        f = put_back(a, all, i, from, value, base[from]);
    if (f.restores && cell->moved[to]) /* that edit is answered once the value is back */
        f.look_ms = DUE_AT_ONCE;
    f.conflict = cell->moved[SIDE_SF] && cell->moved[SIDE_HS];
    struct err why;
    if (!mapping_accepts(m, f.to, f.value, false, &why))
        plan_refuse(a, &f, &why);
    return f;
}

static bool decided(const struct plan_context *ctx, size_t map)
{
    return !ctx->part || ctx->part->field[map];
}

/* A backfill goes the way that it was told; what would go the other way stays as it is. */
static void keep_direction(const struct plan_context *ctx, struct change *c)
{
    size_t kept = 0;
    for (size_t k = 0; ctx->part && k < c->fields; k++)
        if (ctx->part->to[c->field[k].to])
            c->field[kept++] = c->field[k];
    c->fields = ctx->part ? kept : c->fields;
}

/* S5.5: an import or a resync decides a field whose sides differ with neither moved as at a first
 * link. */
static void forget_older_difference(struct arena *a, const struct mappings *all, size_t i,
                                    const struct value *const value[SIDE_COUNT],
                                    struct value *old[SIDE_COUNT])
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (!value_known(&value[s][i]) || !value_eq(&value[s][i], &old[s][i]))
            return;
    if (!mapping_same(a, &all->map[i], &all->ratio, value[SIDE_SF][i], value[SIDE_HS][i]))
        old[SIDE_SF][i] = old[SIDE_HS][i] = VALUE_NOT_KNOWN;
}

static bool was_handled(const struct change *c, size_t map)
{
    return value_known(&c->base[SIDE_SF][map]) && value_known(&c->base[SIDE_HS][map]);
}

static void settle_field(struct change *c, size_t i, const struct value *const value[SIDE_COUNT],
                         struct value *const old[SIDE_COUNT])
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        c->base_moved = c->base_moved || !value_eq(&old[s][i], &value[s][i]);
        c->base[s][i] = value[s][i];
    }
}

/* S6.6: two_way says who would win; owner.h what that means for people. */
static void decide_owner(const struct plan_context *ctx, struct change *c, size_t i,
                         enum verdict plain, const struct merge_cell *cell,
                         const struct value *const value[SIDE_COUNT],
                         struct value *const old[SIDE_COUNT])
{
    const struct value own[SIDE_COUNT] = {value[SIDE_SF][i], value[SIDE_HS][i]};
    struct owner_case k = {.plain = plain, .first = cell->first};
    struct field_change f = {.map = i, .conflict = cell->moved[SIDE_SF] && cell->moved[SIDE_HS]};
    if (plain == VERDICT_KEEP || !ctx->owners)
        return;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        k.stand[s] = owner_stand(ctx->owners, s, &own[s]);
    enum owner_answer answer = owner_answer(&k, ctx->settings->owner_unmatched);
    if (owner_write(ctx->owners, &k, answer, own, &f))
        plan_add_field(c, f);
    else if (answer != OWNER_KEEP)
        settle_field(c, i, value, old);
}

/* When each value was set (merge.h). A reading that was not asked tells of HubSpot nothing; of
 * Salesforce the record's LastModifiedDate is the latest it can have been. */
static struct merge_time *times_of(struct arena *a, const struct mappings *m,
                                   const struct row *const row[SIDE_COUNT])
{
    struct merge_time *t = ARENA_ARRAY(a, struct merge_time, m->count);
    for (size_t i = 0; i < m->count; i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            const struct record *rec = &row[s]->rec;
            if (rec->set_ms)
                t[i].set_ms[s] = rec->set_ms[i];
            else if (s == SIDE_SF)
                t[i].set_ms[s] = rec->edited_ms;
        }
    return t;
}

/* S11.2: a parent is written once both records are linked, and its own link is there. */
static void decide_parent(struct arena *a, const struct plan_context *ctx, size_t i,
                          struct change *c, enum side from,
                          const struct value *const value[SIDE_COUNT],
                          struct value *const old[SIDE_COUNT], const struct merge_cell *cell)
{
    struct field_change f = pair_field(a, ctx->mappings, i, from, value, old, cell);
    f.rule = "S11.2";
    if (!c->subject->link) {
        c->parent_next = true;
    } else if (value_known(&f.value)) {
        plan_add_field(c, f);
    } else if (!ctx->part || ctx->part->to[f.to]) {
        c->awaits = value[from][i].text;
        c->awaits_on = from;
    }
}

void plan_pair(struct arena *a, const struct plan_context *ctx, struct change *c,
               const struct row *const row[SIDE_COUNT], const struct link *link)
{
    const struct mappings own = plan_mappings(ctx, row[SIDE_SF]), *m = &own;
    const struct value *const value[SIDE_COUNT] = {row[SIDE_SF]->rec.value,
                                                   row[SIDE_HS]->rec.value};
    struct value *old[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        old[s] = base_of(a, m, link, s);
        c->base[s] = ARENA_ARRAY(a, struct value, m->count);
        memcpy(c->base[s], old[s], m->count * sizeof(struct value));
    }
    for (size_t i = 0; ctx->by_hand && i < m->count; i++)
        if (decided(ctx, i))
            forget_older_difference(a, m, i, value, old);
    enum verdict *verdict = ARENA_ARRAY(a, enum verdict, m->count);
    c->by_time = ARENA_ARRAY(a, bool, m->count);
    merge_record(a, &(struct merge){
                        .mappings = m,
                        .first_link = ctx->settings->first_link,
                        .time = times_of(a, m, row),
                        .value = {value[SIDE_SF], value[SIDE_HS]},
                        .base = {old[SIDE_SF], old[SIDE_HS]},
                        .verdict = verdict,
                        .by_time = c->by_time,
                    });
    c->field = ARENA_ARRAY(a, struct field_change, m->count);
    c->ask = ARENA_ARRAY(a, size_t, m->count);
    for (size_t i = 0; i < m->count; i++) {
        struct merge_cell cell = {.rule = m->map[i].rule};
        if (!decided(ctx, i) && verdict[i] != VERDICT_REVIEW)
            continue;
        cell.first = !value_known(&old[SIDE_SF][i]) || !value_known(&old[SIDE_HS][i]);
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            cell.moved[s] = !cell.first && !value_eq(&old[s][i], &value[s][i]);
        if (m->map[i].kind == MAPPING_OWNER) {
            decide_owner(ctx, c, i, verdict[i], &cell, value, old);
        } else if (verdict[i] == VERDICT_AGREE || verdict[i] == VERDICT_SETTLE) {
            settle_field(c, i, value, old);
        } else if (verdict[i] == VERDICT_TAKE_SF || verdict[i] == VERDICT_TAKE_HS) {
            enum side from = verdict[i] == VERDICT_TAKE_SF ? SIDE_SF : SIDE_HS;
            if (m->map[i].kind == MAPPING_PARENT)
                decide_parent(a, ctx, i, c, from, value, old, &cell);
            else
                plan_add_field(c, pair_field(a, m, i, from, value, old, &cell));
        } else if (verdict[i] == VERDICT_REVIEW) {
            c->ask[c->asks++] = i; /* it has no base until somebody answers */
            c->base_moved = c->base_moved || value_known(&c->base[SIDE_SF][i]);
            c->base[SIDE_SF][i] = c->base[SIDE_HS][i] = VALUE_NOT_KNOWN;
        }
    }
    for (size_t k = 0; k < c->fields; k++)
        plan_hold_amount(a, ctx, m, value[SIDE_SF], &c->field[k]);
    for (size_t k = 0; k < c->fields; k++)
        c->field[k].older =
            was_handled(c, c->field[k].map) && !value_known(&old[SIDE_SF][c->field[k].map]);
    keep_direction(ctx, c);
    plan_refuse_groups(a, c, m);
}

void plan_drop_field(struct arena *a, const struct plan_context *ctx, struct change *c, size_t map,
                     const struct err *why)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].map == map)
            plan_refuse(a, &c->field[k], why);
    plan_refuse_groups(a, c, ctx->mappings);
    plan_settle_bases(a, ctx, c);
}
