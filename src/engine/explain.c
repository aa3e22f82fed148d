/* explain: all that is known of one record, and what a pass would do with it now (S12.2). Reads the
 * store only. */
#include "core/suspend.h"
#include "engine/engine_p.h"

#include <string.h>

#include "text/sfid.h"

#define EXPLAIN_ROWS 50

/* Salesforce ids have letters; HubSpot's are digits (H2.4). */
enum side engine_side_of(struct arena *a, struct str id, struct str *canonical)
{
    struct str sf = sfid18(a, id);
    int64_t digits;
    if (sf.p && !(str_to_i64(id, &digits) && id.n != 15 && id.n != 18)) {
        *canonical = sf;
        return SIDE_SF;
    }
    *canonical = id;
    return SIDE_HS;
}

static bool find(struct engine *en, struct arena *a, struct str id, struct explanation *out,
                 struct err *e)
{
    struct store *st = en->o.store;
    struct str canonical;
    out->side = engine_side_of(a, id, &canonical);
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!st->ops->subjects_get(st, a, out->side, &canonical, 1, &out->subject, e))
            return false;
        if (out->subject.row[out->side])
            break;
        out->side = side_other(out->side); /* 18 digits may be either side's */
        canonical = out->side == SIDE_HS ? id : canonical;
    }
    out->found = out->subject.row[out->side] != NULL;
    if (!out->found)
        out->side = engine_side_of(a, id, &canonical);
    return true;
}

static bool decide(struct engine *en, struct arena *a, struct explanation *out, struct err *e)
{
    struct neighbours near;
    struct subject *s = &out->subject;
    if (!engine_unpack(en, s, 1, e) || !neighbours_find(en, out->side, s, 1, &near, e))
        return false;
    for (size_t i = 0; i < near.others; i++) {
        struct subject one = {.row = {NULL}};
        one.row[side_other(out->side)] = near.other[i];
        if (!engine_unpack(en, &one, 1, e))
            return false;
    }
    struct plan_context ctx = {
        .side = out->side,
        .mappings = &en->mappings,
        .settings = &en->settings,
        .index = match_index(&en->chunk, &near),
        .near = &near,
        .owners = en->owners,
        .filter = &en->filter,
        .currency = currency_of(en),
        .kind_missing = en->online[SIDE_SF] && !en->kind_ready,
        .now_ms = {engine_now(en, SIDE_SF), engine_now(en, SIDE_HS)},
        .key_ready = {!en->online[SIDE_SF] || en->key_ready[SIDE_SF],
                      !en->online[SIDE_HS] || en->key_ready[SIDE_HS]},
    };
    if (!hierarchy_pair(en, s, 1, e))
        return false;
    plan_one(a, &ctx, s, &out->change);
    if (!hierarchy_guard(en, &ctx, &(struct plan){&out->change, 1}, e))
        return false;
    struct suspension all[SUSPENDED_COUNT];
    if (!engine_suspensions(en->o.store, a, all, e))
        return false;
    bool whole = all[SUSPENDED_ALL].set;
    const bool suspended[SIDE_COUNT] = {whole || all[SUSPENDED_SF].set,
                                        whole || all[SUSPENDED_HS].set};
    suspend_plan(&(struct plan){&out->change, 1}, suspended);
    return duels_weigh(en, &ctx, 0, &(struct plan){&out->change, 1}, e);
}

bool engine_explain(struct engine *en, struct arena *a, struct str id, struct explanation *out,
                    struct err *e)
{
    struct store *st = en->o.store;
    memset(out, 0, sizeof(*out));
    arena_reset(&en->chunk); /* the explanation lives until the next call of the engine */
    if (!find(en, a, id, out, e))
        return false;
    out->t0_ms = en->t0_ms[out->side];
    if (!out->found)
        return true;
    struct str record = out->subject.row[out->side]->rec.id;
    out->read_ms = out->subject.row[out->side]->rec.asked_ms;
    const struct row *company = out->subject.row[SIDE_HS];
    if (company &&
        !st->people->stages_at(st, a, company->rec.id, EXPLAIN_ROWS, &out->stage, &out->stages, e))
        return false;
    return st->ops->evidence_of(st, a, out->side, &record, 1, &out->people, e) &&
           decide(en, a, out, e) &&
           st->people->associations_waiting(st, a, out->side, record, EXPLAIN_ROWS, &out->move,
                                            &out->moves, e) &&
           st->ops->audit_list(st, a, out->side, record, 0, INT64_MAX, EXPLAIN_ROWS, &out->audit,
                               &out->audits, e) &&
           st->ops->errors_list(st, a, record, EXPLAIN_ROWS, &out->error, &out->errors, e) &&
           st->ops->reviews_list(st, a, record, EXPLAIN_ROWS, &out->review, &out->reviews, e);
}
