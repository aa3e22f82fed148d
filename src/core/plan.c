#include "core/plan_p.h"

#include <stdlib.h>
#include <string.h>

#include "core/eligibility.h"
#include "core/gone.h"

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
 * cannot tell it stays as it is. So is a person account while they do not enter (S2.4), which
 * nothing goes past. True: it is paused, and nothing is decided. */
static bool is_paused(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct subject *s = c->subject;
    bool barred = plan_bars(ctx->settings, s->row[SIDE_SF]);
    enum filter_answer answer = barred ? FILTER_NO : filtered(a, ctx, s->row[SIDE_SF]);
    bool paused =
        answer == FILTER_NO || (answer == FILTER_UNKNOWN && s->link->state == LINK_PAUSED);
    if (!paused)
        return false;
    c->link_state = LINK_PAUSED;
    c->action = ACTION_NONE;
    c->why = barred ? WHY_PERSON_ACCOUNT : why_filtered(answer);
    return barred || !ctx->past_filter;
}

void plan_weigh(struct change *c)
{
    size_t written = 0;
    for (size_t k = 0; k < c->fields; k++)
        written += !c->field[k].refused;
    c->action = written || c->puts_id ? ACTION_UPDATE : ACTION_NONE;
    c->why = written       ? (c->part ? WHY_BACKFILL : WHY_MOVED)
             : c->puts_id  ? WHY_ID_REFUSED
             : c->fields   ? WHY_FIELDS_REFUSED
             : c->asks     ? WHY_FIRST_LINK
             : c->awaits.n ? WHY_PARENT_ALONE
                           : WHY_NOTHING;
}

/* A backfill writes values and ends no link; what became of this one is left to the next pass. */
static void decide_gone(const struct plan_context *ctx, struct change *c)
{
    if (!ctx->part) {
        gone_decide(ctx, c);
        return;
    }
    c->part = true;
    c->action = ACTION_SKIP;
    c->why = WHY_PARTNER_GONE;
    c->link_state = c->subject->link->state;
}

/* S8.1: our id was refused when the link came over (S9.3), and is not on the company yet. An
 * account that we made carries the company's. */
static bool lacks_id(const struct plan_context *ctx, const struct subject *s)
{
    const struct row *account = s->row[SIDE_SF], *company = s->row[SIDE_HS];
    return ctx->key_ready[SIDE_HS] && !ctx->part &&
           (account->cause | company->cause) & CAUSE_RETRY &&
           !str_eq(company->rec.key, account->rec.id) && !str_eq(account->rec.key, company->rec.id);
}

static void decide_linked(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct subject *s = c->subject;
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
        if (!s->row[k] || s->row[k]->rec.state != RECORD_LIVE) {
            decide_gone(ctx, c);
            return;
        }
    if (is_paused(a, ctx, c))
        return;
    plan_pair(a, ctx, c, (const struct row *const *)s->row, s->link);
    plan_settle_bases(a, ctx, c);
    c->part = ctx->part != NULL;
    c->puts_id = lacks_id(ctx, s);
    plan_weigh(c);
}

void plan_place_private(struct arena *a, struct change *c, const struct row *company)
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
    plan_pair(a, ctx, c, pair, c->resumes ? &c->resumes->link : NULL);
    c->base_moved = true;
    plan_settle_bases(a, ctx, c);
    if (!pair[SIDE_SF]->rec.person) /* which has its one contact (SF 14.2) */
        plan_place_private(a, c, pair[SIDE_HS]);
}

#define CANDIDATES_SHOWN 20 /* a person does not choose among more */
#define NEAR_SHOWN_MS    MS_DAY

static struct str candidate_ids(struct arena *a, struct row *const *candidate, size_t count)
{
    size_t room = 0, n = 0;
    count = MIN(count, (size_t)CANDIDATES_SHOWN);
    for (size_t i = 0; i < count; i++)
        room += candidate[i]->rec.id.n + 1;
    char *out = arena_bytes(a, room);
    for (size_t i = 0; i < count; i++) {
        struct str id = candidate[i]->rec.id;
        if (i > 0)
            out[n++] = ';';
        memcpy(out + n, id.p, id.n);
        n += id.n;
    }
    return (struct str){out, n};
}

/* S2.1, S2.2, S3.4: may this record enter at all, and on what ground? */
static bool enters(const struct plan_context *ctx, const struct row *row, enum why *why)
{
    if (ctx->by_hand || row->cause & (CAUSE_HAND | CAUSE_LISTED)) {
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

/* S7.6: it had a partner, and makes no new one by itself. A candidate that a person rejected was
 * none. */
static bool bereft(const struct plan_context *ctx, const struct row *row)
{
    const struct neighbours *near = ctx->near;
    for (size_t i = 0; row->severed && i < near->severeds; i++)
        if (near->severed[i].why != SEVER_REJECTED &&
            str_eq(near->severed[i].link.id[ctx->side], row->rec.id))
            return true;
    return false;
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
    if (plan_bars(ctx->settings, row)) {
        c->action = ACTION_SKIP;
        c->why = WHY_PERSON_ACCOUNT;
        return;
    }
    c->resumes = gone_resumes(ctx, row, &partner);
    if (c->resumes) {
        decide_link(a, ctx, c, partner, WHY_RESTORED, c->resumes->link.origin);
        return;
    }
    enum filter_answer in = ctx->side == SIDE_SF ? filtered(a, ctx, row) : FILTER_YES;
    if (in != FILTER_YES && !ctx->past_filter) {
        c->action = ACTION_SKIP;
        c->why = bereft(ctx, row) ? WHY_SEVERED : why_filtered(in);
        return;
    }
    if (!enters(ctx, row, &c->why)) {
        c->action = ACTION_SKIP;
        c->why = bereft(ctx, row) ? WHY_SEVERED : c->why;
        return;
    }
    struct match m = match_one(a, ctx->index, row, ctx->settings, ctx->by_hand, ctx->named);
    bool ask = m.kind == MATCH_SITE || m.kind == MATCH_SEVERAL;
    if (m.kind == MATCH_ONE && ctx->side == SIDE_HS && !ctx->past_filter &&
        (in = filtered(a, ctx, m.partner)) != FILTER_YES) {
        c->action = ACTION_SKIP; /* nor does it make a second account beside that one */
        c->why = why_filtered(in);
        c->candidates = m.partner->rec.id;
    } else if (m.kind == MATCH_ONE) {
        decide_link(a, ctx, c, m.partner, m.why, m.origin);
    } else if (ask && ctx->settings->match_several == SEVERAL_REVIEW) {
        c->action = ACTION_REVIEW;
        c->why = m.why;
        c->origin = m.origin;
        c->candidates = candidate_ids(a, m.candidate, m.candidates);
    } else if (!ctx->named && !(row->cause & CAUSE_HAND) && bereft(ctx, row)) {
        c->action = ACTION_SKIP;
        c->why = WHY_SEVERED;
    } else if (ctx->side == SIDE_SF || ctx->named || row->cause & CAUSE_HAND ||
               eligibility_decide(a, ctx, c)) {
        plan_create(a, ctx, c, &m);
    }
}

static void decide(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
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

static int cmp_str(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct ids { /* sorted */
    struct str *id;
    size_t n;
};

static bool ids_have(const struct ids *ids, struct str id)
{
    return ids->n > 0 && bsearch(&id, ids->id, ids->n, sizeof(id), cmp_str);
}

/* S7.4: before a partner is made people are shown who has nearly the same name, unless somebody
 * else is `taken` with it. It is a proposal only: unanswered, the partner is made a day later, and
 * a resync makes it at once (S14.1). */
static void show_near(struct arena *a, const struct plan_context *ctx, const struct ids *taken,
                      struct change *c)
{
    const struct row *row = c->subject->row[ctx->side];
    int64_t now = ctx->now_ms[ctx->side];
    int64_t until = (row->shown_ms ? row->shown_ms : now) + NEAR_SHOWN_MS;
    struct row **near;
    bool off = ctx->settings->match_near == NEAR_OFF || ctx->past_filter;
    if (off || until <= now)
        return;
    size_t n = match_near(a, ctx->index, ctx->mappings, row, &near), kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!ids_have(taken, near[i]->rec.id))
            near[kept++] = near[i];
    if (kept == 0)
        return;
    *c = (struct change){.subject = c->subject,
                         .action = ACTION_REVIEW,
                         .why = WHY_NEAR_NAME,
                         .to = c->to,
                         .candidates = candidate_ids(a, near, kept),
                         .due_ms = until};
}

void plan_one(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
              struct change *out)
{
    static const struct ids none = {NULL, 0};
    decide(a, ctx, subject, out);
    if (out->action == ACTION_CREATE)
        show_near(a, ctx, &none, out);
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

static void decide_later(struct change *c)
{
    *c = (struct change){.subject = c->subject,
                         .partner = c->partner,
                         .action = ACTION_WAIT,
                         .why = WHY_SETTLING,
                         .due_ms = DUE_AT_ONCE};
}

/* S7.3: two of one chunk may name the same partner by different keys. The strongest key has it; the
 * others are decided again once it is linked. */
static void one_each(struct arena *a, struct plan *plan)
{
    struct change **link = ARENA_ARRAY(a, struct change *, plan->count);
    size_t n = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->change[i].action == ACTION_LINK || plan->change[i].action == ACTION_FOLLOW)
            link[n++] = &plan->change[i];
    qsort(link, n, sizeof(*link), by_partner);
    for (size_t i = 1; i < n; i++) {
        if (str_eq(link[i]->partner->rec.id, link[i - 1]->partner->rec.id))
            decide_later(link[i]);
    }
}

/* Who is a partner by this action, on this side (where it says one). */
static struct ids partners_of(struct arena *a, const struct plan *plan, enum action action,
                              enum side side)
{
    struct ids out = {ARENA_ARRAY(a, struct str, plan->count), 0};
    for (size_t i = 0; i < plan->count; i++) {
        const struct change *c = &plan->change[i];
        if (c->action == action && (action != ACTION_FOLLOW || c->to == side))
            out.id[out.n++] = c->partner->rec.id;
    }
    qsort(out.id, out.n, sizeof(*out.id), cmp_str);
    return out;
}

/* S9.3: what a link follows to in this chunk was decided as an unlinked record; it is decided again
 * as the linked one that it then is. */
static void survivors_wait(struct arena *a, const struct plan_context *ctx, struct plan *plan)
{
    struct ids survivors = partners_of(a, plan, ACTION_FOLLOW, ctx->side);
    for (size_t i = 0; survivors.n > 0 && i < plan->count; i++) {
        struct change *c = &plan->change[i];
        const struct row *row = c->subject->row[ctx->side];
        if (row && !c->subject->link && ids_have(&survivors, row->rec.id))
            decide_later(c);
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
        decide(a, ctx, &subject[i], &out->change[i]);
    one_each(a, out);
    survivors_wait(a, ctx, out);
    struct ids taken = partners_of(a, out, ACTION_LINK, side_other(ctx->side));
    for (size_t i = 0; i < count; i++)
        if (out->change[i].action == ACTION_CREATE)
            show_near(a, ctx, &taken, &out->change[i]);
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
    pair[ctx->side] = c->subject->row[ctx->side];
    pair[side_other(ctx->side)] = c->partner;
    const struct mappings all = plan_mappings(ctx, pair[SIDE_SF]);
    c->differ = ARENA_ARRAY(a, size_t, all.count);
    for (size_t i = 0; i < all.count; i++) {
        const struct mapping *m = &all.map[i];
        struct value sf = pair[SIDE_SF]->rec.value[i], hs = pair[SIDE_HS]->rec.value[i];
        bool known = value_known(&sf) && value_known(&hs);
        if (mapping_used(&all, i) && m->rule != RULE_NONE && known &&
            !mapping_same(a, m, &all.ratio, sf, hs))
            c->differ[c->differs++] = i;
        c->base[SIDE_SF][i] = sf;
        c->base[SIDE_HS][i] = hs;
    }
    c->fields = 0;
    c->places = 0;
    c->origin = ORIGIN_ADOPTED;
    return c->differs;
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
