#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/eligibility.h"
#include "core/gone.h"
#include "core/merge.h"
#include "model/pack.h"

static struct value *unknown_values(struct arena *a, size_t n)
{
    return ARENA_ARRAY(a, struct value, n); /* zero is VALUE_UNKNOWN */
}

static_assert(VALUE_UNKNOWN == 0, "a zeroed value is an unknown one");

/* What the link says each side held when last handled; unknown at a first link. */
static struct value *base_of(struct arena *a, const struct mappings *m, const struct link *link,
                             enum side s)
{
    struct value *v = unknown_values(a, m->count);
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

static void refuse_field(struct arena *a, struct field_change *f, const struct err *why)
{
    struct err *kept = ARENA_NEW(a, struct err);
    *kept = *why;
    f->refused = true;
    f->err = kept;
}

static void refuse_groups(struct arena *a, struct change *c, const struct mappings *m)
{
    for (size_t k = 0; k < c->fields; k++) {
        struct field_change *f = &c->field[k];
        if (f->refused || !group_refused(c, m, m->map[f->map].group))
            continue;
        struct err held;
        err_set(&held, ERR_REJECTED, "address_held",
                "left out with the other parts of its address, one of which is refused");
        err_rule(&held, "S5.9");
        refuse_field(a, f, &held);
    }
}

/* The link whose base counts: today's, or the earlier one that is taken up again (S9.2). */
static const struct link *link_of(const struct change *c)
{
    return c->resumes ? &c->resumes->link : c->subject->link;
}

/* After all of a change's fields are known: bases are what each side holds once they are done. */
static void settle_bases(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct mappings *m = ctx->mappings;
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        enum side from = side_other(f->to);
        if (f->refused) {
            for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
                c->base[s][f->map] = base_of(a, m, link_of(c), s)[f->map];
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

static void add_field(struct change *c, struct field_change f)
{
    c->field[c->fields++] = f;
}

/* S5.10: a clear that the other side cannot hold is put back: with what the other side holds, or,
 * where nothing of it may go over, with what was cleared. */
static struct field_change put_back(struct arena *a, const struct mapping *m, size_t i,
                                    enum side to, const struct value *const value[SIDE_COUNT],
                                    const struct value *base)
{
    enum side from = side_other(to);
    bool own = !rule_lets_write(m->rule, from);
    return (struct field_change){
        .map = i,
        .to = to,
        .old = value[to][i],
        .value = own ? base[i] : mapping_translate(a, m, from, value[from][i]),
        .rule = "S5.10",
        .revert = true,
        .restores = own,
    };
}

/* One decided field of a pair. */
static struct field_change pair_field(struct arena *a, const struct mapping *m, size_t i,
                                      enum side from, const struct value *const value[SIDE_COUNT],
                                      struct value *const base[SIDE_COUNT],
                                      const struct merge_cell *cell)
{
    enum side to = side_other(from);
    struct field_change f = {
        .map = i,
        .to = to,
        .old = value[to][i],
        .value = mapping_translate(a, m, from, value[from][i]),
        .rule = merge_rule(cell),
        .revert = cell->moved[to] && !cell->moved[from],
    };
    if (value_blank(&value[from][i]) && m->meta[to].required)
        f = put_back(a, m, i, from, value, base[from]);
    f.conflict = cell->moved[SIDE_SF] && cell->moved[SIDE_HS];
    struct err why;
    if (!mapping_accepts(m, f.to, f.value, false, &why))
        refuse_field(a, &f, &why);
    return f;
}

/* S5.5: an import or a resync decides a field whose sides differ with neither moved as at a first
 * link. */
static void forget_older_difference(struct arena *a, const struct mapping *m, size_t i,
                                    const struct value *const value[SIDE_COUNT],
                                    struct value *old[SIDE_COUNT])
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (!value_known(&value[s][i]) || !value_eq(&value[s][i], &old[s][i]))
            return;
    if (!mapping_same(a, m, value[SIDE_SF][i], value[SIDE_HS][i]))
        old[SIDE_SF][i] = old[SIDE_HS][i] = VALUE_NOT_KNOWN;
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
        add_field(c, f);
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

/* Fills fields and bases of a linked or to-be-linked pair. */
static void decide_pair(struct arena *a, const struct plan_context *ctx, struct change *c,
                        const struct row *const row[SIDE_COUNT], const struct link *link)
{
    const struct mappings *m = ctx->mappings;
    const struct value *const value[SIDE_COUNT] = {row[SIDE_SF]->rec.value,
                                                   row[SIDE_HS]->rec.value};
    struct value *old[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        old[s] = base_of(a, m, link, s);
        c->base[s] = ARENA_ARRAY(a, struct value, m->count);
        memcpy(c->base[s], old[s], m->count * sizeof(struct value));
    }
    for (size_t i = 0; ctx->by_hand && i < m->count; i++)
        forget_older_difference(a, &m->map[i], i, value, old);
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
        cell.first = !value_known(&old[SIDE_SF][i]) || !value_known(&old[SIDE_HS][i]);
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            cell.moved[s] = !cell.first && !value_eq(&old[s][i], &value[s][i]);
        if (m->map[i].kind == MAPPING_OWNER) {
            decide_owner(ctx, c, i, verdict[i], &cell, value, old);
        } else if (verdict[i] == VERDICT_AGREE || verdict[i] == VERDICT_SETTLE) {
            settle_field(c, i, value, old);
        } else if (verdict[i] == VERDICT_TAKE_SF || verdict[i] == VERDICT_TAKE_HS) {
            enum side from = verdict[i] == VERDICT_TAKE_SF ? SIDE_SF : SIDE_HS;
            add_field(c, pair_field(a, &m->map[i], i, from, value, old, &cell));
        } else if (verdict[i] == VERDICT_REVIEW) {
            c->ask[c->asks++] = i; /* it has no base until somebody answers */
            c->base_moved = c->base_moved || value_known(&c->base[SIDE_SF][i]);
            c->base[SIDE_SF][i] = c->base[SIDE_HS][i] = VALUE_NOT_KNOWN;
        }
    }
    refuse_groups(a, c, m);
}

/* S2.3: what the filter says of an account; unknown where a field of it cannot be read (S6.8). */
static enum filter_answer filtered(struct arena *a, const struct plan_context *ctx,
                                   const struct row *account)
{
    if (!ctx->filter || ctx->filter->nodes == 0)
        return FILTER_YES;
    return account->rec.value ? filter_eval(a, ctx->filter, account->rec.value) : FILTER_UNKNOWN;
}

static enum why why_filtered(enum filter_answer answer)
{
    return answer == FILTER_NO ? WHY_FILTERED : WHY_FILTER_UNKNOWN;
}

/* A linked account that leaves the filter is paused, and one that returns goes on; where the filter
 * cannot tell it stays as it is. True: it is paused, and nothing is decided. */
static bool paused_by_filter(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct subject *s = c->subject;
    enum filter_answer answer = filtered(a, ctx, s->row[SIDE_SF]);
    bool paused =
        answer == FILTER_NO || (answer == FILTER_UNKNOWN && s->link->state == LINK_PAUSED);
    if (!paused)
        return false;
    c->link_state = LINK_PAUSED;
    c->action = ACTION_NONE;
    c->why = why_filtered(answer);
    return !ctx->past_filter;
}

static void decide_linked(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct subject *s = c->subject;
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
        if (!s->row[k] || s->row[k]->rec.state != RECORD_LIVE) {
            gone_decide(ctx, c);
            return;
        }
    if (paused_by_filter(a, ctx, c))
        return;
    decide_pair(a, ctx, c, (const struct row *const *)s->row, s->link);
    settle_bases(a, ctx, c);
    size_t written = 0;
    for (size_t k = 0; k < c->fields; k++)
        written += !c->field[k].refused;
    c->action = written ? ACTION_UPDATE : ACTION_NONE;
    c->why = written     ? WHY_MOVED
             : c->fields ? WHY_FIELDS_REFUSED
             : c->asks   ? WHY_FIRST_LINK
                         : WHY_NOTHING;
}

/* S3.7: the account of this company becomes that of its private SF contacts. */
static void place_private(struct arena *a, struct change *c, const struct row *company)
{
    struct finding private = eligibility_private(a, company->people);
    c->place = private.by;
    c->places = private.count;
}

static void decide_link(struct arena *a, const struct plan_context *ctx, struct change *c,
                        struct row *partner, enum why why, enum link_origin origin)
{
    const struct row *pair[SIDE_COUNT];
    pair[ctx->side] = c->subject->row[ctx->side];
    pair[side_other(ctx->side)] = partner;
    c->action = ACTION_LINK;
    c->why = why;
    c->origin = origin;
    c->partner = partner;
    decide_pair(a, ctx, c, pair, c->resumes ? &c->resumes->link : NULL);
    c->base_moved = true;
    settle_bases(a, ctx, c);
    place_private(a, c, pair[SIDE_HS]);
}

static bool is_name(const struct mapping *m)
{
    return str_eq(m->name[SIDE_SF], S("Name"));
}

/* A new partner gets every value that its rule lets through; the rest of it is blank. */
static void create_fields(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct mappings *m = ctx->mappings;
    enum side from = ctx->side, to = c->to;
    const struct value *value = c->subject->row[from]->rec.value;
    c->field = ARENA_ARRAY(a, struct field_change, m->count);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        c->base[s] = unknown_values(a, m->count);
    for (size_t i = 0; i < m->count; i++) {
        const struct mapping *map = &m->map[i];
        if (map->rule == RULE_NONE || map->suspended[0] || !value_known(&value[i]))
            continue;
        c->base[from][i] = value[i];
        c->base[to][i] = VALUE_EMPTY;
        if (map->kind == MAPPING_OWNER) {
            struct value owner = ctx->owners ? owner_of_new(ctx->owners, to, &value[i],
                                                            ctx->settings->owner_unmatched)
                                             : VALUE_NOT_KNOWN;
            if (value_known(&owner))
                add_field(
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
            .value = blank ? value_text(map->constant[to]) : mapping_translate(a, map, from, v),
        };
        struct err why;
        if (!mapping_accepts(map, to, f.value, true, &why))
            refuse_field(a, &f, &why);
        add_field(c, f);
    }
    refuse_groups(a, c, m);
    settle_bases(a, ctx, c);
}

/* S15.5: only a create that lacks a required field waits as a whole. */
static bool required_missing(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct mappings *m = ctx->mappings;
    bool has_name = c->domain.n > 0; /* H6.15: a company needs a name or a domain */
    for (size_t i = 0; i < m->count; i++) {
        const struct field_change *f = NULL;
        for (size_t k = 0; k < c->fields; k++)
            if (c->field[k].map == i)
                f = &c->field[k];
        bool there = f && !f->refused;
        if (c->to == SIDE_HS && there && str_eq(m->map[i].name[SIDE_HS], S("name")))
            has_name = true;
        if (!m->map[i].meta[c->to].required || there)
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

static void decide_create(struct arena *a, const struct plan_context *ctx, struct change *c,
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
        place_private(a, c, row);
    if (required_missing(a, ctx, c)) {
        c->action = ACTION_ERROR;
        c->why = WHY_REQUIRED_MISSING;
    }
}

#define CANDIDATES_SHOWN 20 /* a person does not choose among more */

static struct str candidate_ids(struct arena *a, const struct match *m)
{
    size_t count = MIN(m->candidates, (size_t)CANDIDATES_SHOWN), room = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        room += m->candidate[i]->rec.id.n + 1;
    char *out = arena_bytes(a, room);
    for (size_t i = 0; i < count; i++) {
        struct str id = m->candidate[i]->rec.id;
        if (i > 0)
            out[n++] = ';';
        memcpy(out + n, id.p, id.n);
        n += id.n;
    }
    return (struct str){out, n};
}

/* S2.1, S2.2, S2.4, S3.4: may this record enter at all, and on what ground? */
static bool enters(const struct plan_context *ctx, const struct row *row, enum why *why)
{
    if (row->rec.person) {
        *why = WHY_PERSON_ACCOUNT;
        return false;
    }
    if (ctx->by_hand || row->cause & CAUSE_HAND) {
        *why = WHY_IMPORT;
        return true;
    }
    if (!row->existing) {
        *why = WHY_NEW_ACCOUNT;
        return true;
    }
    bool edited = ctx->side == SIDE_SF && row->cause & (CAUSE_MOVED | CAUSE_RETRY);
    *why = edited ? WHY_EDITED : ctx->side == SIDE_SF ? WHY_EXISTING : WHY_EXISTING_COMPANY;
    return edited;
}

static void decide_unlinked(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct row *row = c->subject->row[ctx->side];
    struct row *partner;
    if (row->rec.state != RECORD_LIVE) {
        c->action = ACTION_SKIP;
        c->why = WHY_PARTNER_GONE;
        return;
    }
    c->resumes = gone_resumes(ctx, row, &partner);
    if (c->resumes) {
        decide_link(a, ctx, c, partner, WHY_RESTORED, c->resumes->link.origin);
        return;
    }
    enum filter_answer in = ctx->side == SIDE_SF ? filtered(a, ctx, row) : FILTER_YES;
    if (in != FILTER_YES && !ctx->past_filter && !row->rec.person) {
        c->action = ACTION_SKIP;
        c->why = row->severed ? WHY_SEVERED : why_filtered(in);
        return;
    }
    if (!enters(ctx, row, &c->why)) {
        c->action = ACTION_SKIP;
        c->why = row->severed ? WHY_SEVERED : c->why;
        return;
    }
    struct match m = match_one(a, ctx->index, row, ctx->settings, ctx->by_hand, ctx->named);
    bool ask = m.kind == MATCH_SITE || m.kind == MATCH_SEVERAL;
    if (m.kind == MATCH_ONE && ctx->side == SIDE_HS && !ctx->past_filter &&
        (in = filtered(a, ctx, m.partner)) != FILTER_YES) {
        c->action = ACTION_SKIP; /* nor does it make a second account beside that one */
        c->why = why_filtered(in);
    } else if (m.kind == MATCH_ONE) {
        decide_link(a, ctx, c, m.partner, m.why, m.origin);
    } else if (ask && ctx->settings->match_several == SEVERAL_REVIEW) {
        c->action = ACTION_REVIEW;
        c->why = m.why;
        c->origin = m.origin;
        c->candidates = candidate_ids(a, &m);
    } else if (row->severed && !ctx->named && !(row->cause & CAUSE_HAND)) {
        c->action = ACTION_SKIP;
        c->why = WHY_SEVERED;
    } else if (ctx->side == SIDE_SF || ctx->named || row->cause & CAUSE_HAND ||
               eligibility_decide(a, ctx, c)) {
        decide_create(a, ctx, c, &m);
    }
}

void plan_one(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
              struct change *out)
{
    *out = (struct change){.subject = subject};
    if (!ctx->settings->company_sync) {
        out->action = ACTION_SKIP;
        out->why = WHY_SWITCH_OFF;
    } else if (subject->link) {
        decide_linked(a, ctx, out);
    } else {
        decide_unlinked(a, ctx, out);
    }
}

/* Who has a partner before others: the link that follows a merge, above all the one whose key the
 * survivor kept (H8.13), then the strongest key. */
static int rank(const struct change *c)
{
    if (c->action != ACTION_FOLLOW)
        return 2 + (int)c->why;
    const struct row *kept = c->subject->row[side_other(c->to)];
    return str_eq(c->partner->rec.key, kept->rec.id) ? 0 : 1;
}

static int by_partner(const void *a, const void *b)
{
    const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
    int c = str_cmp(x->partner->rec.id, y->partner->rec.id);
    if (c != 0)
        return c;
    return rank(x) != rank(y) ? rank(x) - rank(y) : x < y ? -1 : x > y;
}

/* S7.3: two of one chunk may name the same partner by different keys. The strongest key has it; the
 * others are decided again once it is linked. */
static void one_each(struct arena *a, const struct plan_context *ctx, struct plan *plan)
{
    struct change **link = ARENA_ARRAY(a, struct change *, plan->count);
    size_t n = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->change[i].action == ACTION_LINK || plan->change[i].action == ACTION_FOLLOW)
            link[n++] = &plan->change[i];
    qsort(link, n, sizeof(*link), by_partner);
    for (size_t i = 1; i < n; i++) {
        if (!str_eq(link[i]->partner->rec.id, link[i - 1]->partner->rec.id))
            continue;
        *link[i] = (struct change){.subject = link[i]->subject,
                                   .partner = link[i]->partner,
                                   .action = ACTION_WAIT,
                                   .why = WHY_SETTLING,
                                   .due_ms = DUE_AT_ONCE};
    }
}

static_assert(WHY_OUR_KEY < WHY_NATIVE_ID && WHY_NATIVE_ID < WHY_CONVERTED_LEAD &&
                  WHY_CONVERTED_LEAD < WHY_SHARED_CONTACTS && WHY_SHARED_CONTACTS < WHY_SAME_HOST,
              "strongest first");

void plan_build(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
                size_t count, struct plan *out)
{
    out->change = ARENA_ARRAY(a, struct change, count);
    out->count = count;
    for (size_t i = 0; i < count; i++)
        plan_one(a, ctx, &subject[i], &out->change[i]);
    one_each(a, ctx, out);
}

void plan_link(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
               struct row *partner, enum why why, enum link_origin origin, struct change *out)
{
    *out = (struct change){.subject = subject};
    decide_link(a, ctx, out, partner, why, origin);
}

/* One link taken over: no field is written, both present values are the base. */
static size_t adopt(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct row *pair[SIDE_COUNT];
    size_t differ = 0;
    pair[ctx->side] = c->subject->row[ctx->side];
    pair[side_other(ctx->side)] = c->partner;
    for (size_t i = 0; i < ctx->mappings->count; i++) {
        const struct mapping *m = &ctx->mappings->map[i];
        struct value sf = pair[SIDE_SF]->rec.value[i], hs = pair[SIDE_HS]->rec.value[i];
        differ += m->rule != RULE_NONE && value_known(&sf) && value_known(&hs) &&
                  !mapping_same(a, m, sf, hs);
        c->base[SIDE_SF][i] = sf;
        c->base[SIDE_HS][i] = hs;
    }
    c->fields = 0;
    c->places = 0;
    c->origin = ORIGIN_ADOPTED;
    return differ;
}

size_t plan_adopt(struct arena *a, const struct plan_context *ctx, struct plan *plan)
{
    size_t differ = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        bool told = c->why == WHY_OUR_KEY || c->why == WHY_NATIVE_ID || c->why == WHY_HAND;
        bool shared = c->action == ACTION_REVIEW && c->origin; /* one id on several records */
        if (c->action == ACTION_LINK && told)
            differ += adopt(a, ctx, c);
        else if (!shared)
            *c = (struct change){.subject = c->subject, .action = ACTION_SKIP, .why = WHY_EXISTING};
    }
    return differ;
}

void plan_drop_field(struct arena *a, const struct plan_context *ctx, struct change *c, size_t map,
                     const struct err *why)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].map == map)
            refuse_field(a, &c->field[k], why);
    refuse_groups(a, c, ctx->mappings);
    settle_bases(a, ctx, c);
}
