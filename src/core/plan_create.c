/* A new partner: whether it may be made now, and with which values. */
#include "core/plan_p.h"

static bool is_name(const struct mapping *m)
{
    return str_eq(m->name[SIDE_SF], S("Name"));
}

/* A new partner gets every value that its rule lets through; the rest of it is blank. */
static void create_fields(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct mappings own = plan_mappings(ctx, c->subject->row[SIDE_SF]), *m = &own;
    enum side from = ctx->side, to = c->to;
    const struct value *value = c->subject->row[from]->rec.value;
    c->field = ARENA_ARRAY(a, struct field_change, m->count);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        c->base[s] = plan_unknown(a, m->count);
    for (size_t i = 0; i < m->count; i++) {
        const struct mapping *map = &m->map[i];
        if (!mapping_used(m, i) || map->suspended[0] || !value_known(&value[i]))
            continue;
        if (map->kind == MAPPING_PARENT && !value_blank(&value[i])) {
            c->parent_next = true; /* S11.2: once both are linked */
            continue;
        }
        c->base[from][i] = value[i];
        c->base[to][i] = VALUE_EMPTY;
        if (map->rule == RULE_NONE)
            continue;
        if (map->kind == MAPPING_OWNER) {
            struct value owner = ctx->owners ? owner_of_new(ctx->owners, to, &value[i],
                                                            ctx->settings->owner_unmatched)
                                             : VALUE_NOT_KNOWN;
            if (value_known(&owner))
                plan_add_field(
                    c, (struct field_change){
                           .map = i, .to = to, .old = VALUE_EMPTY, .value = owner, .rule = "S6.6"});
            continue;
        }
        bool by_domain = c->name.n && is_name(map);
        bool blank = value_blank(&value[i]) && !by_domain;
        if (!rule_lets_write(map->rule, from) || (blank && !map->constant[to].n))
            continue;
        struct value v = by_domain ? value_text(c->name) : value[i];
        struct field_change f = {
            .map = i,
            .to = to,
            .old = VALUE_EMPTY,
            .rule = by_domain ? "S3.8"
                    : blank   ? "S6.3"
                              : "S5.5",
            .value = blank ? value_text(map->constant[to])
                           : mapping_translate(a, map, &m->ratio, from, v),
        };
        struct err why;
        if (!mapping_accepts(map, to, f.value, true, &why))
            plan_refuse(a, &f, &why);
        plan_hold_amount(a, ctx, m, from == SIDE_SF ? value : NULL, &f);
        plan_add_field(c, f);
    }
    plan_refuse_groups(a, c, m);
    plan_settle_bases(a, ctx, c);
}

/* S15.5: only a create that lacks a required field waits as a whole. */
static bool required_missing(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct mappings own = plan_mappings(ctx, c->subject->row[SIDE_SF]), *m = &own;
    bool has_name = c->domain.n > 0; /* H6.15: a company needs a name or a domain */
    for (size_t i = 0; i < m->count; i++) {
        const struct field_change *f = NULL;
        for (size_t k = 0; k < c->fields; k++)
            if (c->field[k].map == i)
                f = &c->field[k];
        bool there = f && !f->refused;
        if (c->to == SIDE_HS && there && str_eq(m->map[i].name[SIDE_HS], S("name")))
            has_name = true;
        if (!mapping_used(m, i) || !m->map[i].meta[c->to].required || there)
            continue;
        if (f) {
            c->err = f->err;
            return true;
        }
        struct err *why = ARENA_NEW(a, struct err);
        err_set(why, ERR_REJECTED, "required_missing", "%s needs %.*s, which is blank",
                side_name(c->to), STR_ARG(m->map[i].name[c->to]));
        err_rule(why, "S15.5");
        err_subject(why, m->map[i].name[c->to]);
        c->err = why;
        return true;
    }
    if (c->to == SIDE_HS && !has_name) {
        struct err *why = ARENA_NEW(a, struct err);
        err_set(why, ERR_REJECTED, "required_missing",
                "hubspot needs a name or a domain; this account has neither");
        err_rule(why, "S15.5");
        c->err = why;
        return true;
    }
    return false;
}

#define NAME_WAIT_MS MS_DAY

/* S3.8: a company without a name waits for one; after a day, or by hand at once, its domain is the
 * account's name. False: it waits. */
static bool find_name(const struct plan_context *ctx, struct change *c, bool by_hand)
{
    const struct mappings *m = ctx->mappings;
    const struct record *rec = &c->subject->row[SIDE_HS]->rec;
    int64_t due = rec->created_ms + NAME_WAIT_MS;
    bool usable = ctx->settings->name_from_domain && rec->host.n && !rec->keys.no_key;
    size_t i = 0;
    while (i < m->count && !is_name(&m->map[i]))
        i++;
    if (i == m->count || !value_blank(&rec->value[i]))
        return true;
    if (usable && (by_hand || due <= ctx->now_ms[SIDE_HS]))
        c->name = rec->host;
    if (by_hand || c->name.n)
        return true;
    c->action = usable ? ACTION_WAIT : ACTION_SKIP;
    c->why = WHY_NO_NAME;
    c->due_ms = usable ? due : 0;
    return false;
}

void plan_create(struct arena *a, const struct plan_context *ctx, struct change *c,
                 const struct match *m)
{
    const struct row *row = c->subject->row[ctx->side];
    int64_t due = row->rec.created_ms + ctx->settings->create_settle_ms;
    c->to = side_other(ctx->side);
    if (!ctx->key_ready[c->to] || ctx->settings->beside_native) {
        c->action = ACTION_SKIP;
        c->why = ctx->key_ready[c->to] ? WHY_BESIDE_NATIVE : WHY_NO_KEY;
        return;
    }
    if (c->to == SIDE_SF && ctx->kind_missing) {
        c->action = ACTION_SKIP;
        c->why = WHY_NO_RECORD_TYPE;
        return;
    }
    if (row->cause & CAUSE_BLOCKED && !row->due_ms && !ctx->by_hand) {
        c->action = ACTION_REVIEW; /* nothing moved since */
        c->why = WHY_DUPLICATE_RULE;
        return;
    }
    bool by_hand = ctx->by_hand || row->cause & CAUSE_HAND;
    if (!by_hand && due > ctx->now_ms[ctx->side]) {
        c->action = ACTION_WAIT;
        c->why = WHY_SETTLING;
        c->due_ms = due;
        return;
    }
    if (c->to == SIDE_SF && !find_name(ctx, c, by_hand))
        return;
    if (c->to == SIDE_HS && !m->domain_taken && !row->rec.keys.no_key)
        c->domain = row->rec.host;
    c->action = ACTION_CREATE;
    c->origin = c->to == SIDE_HS ? ORIGIN_CREATED_COMPANY : ORIGIN_CREATED_ACCOUNT;
    if (m->shares_with) {
        c->why = WHY_SIBLING;
        c->shares_with = m->shares_with->rec.id;
    }
    create_fields(a, ctx, c);
    if (c->to == SIDE_SF)
        plan_place_private(a, c, row);
    if (required_missing(a, ctx, c)) {
        c->action = ACTION_ERROR;
        c->why = WHY_REQUIRED_MISSING;
    }
}
