/* duel: fields that live changes made Tandem write too often are left out (S8.5). What was written
 * lately is in the audit, which is asked only for links that were written within the hour; what is
 * held is kept in a table that a quiet link has no row in. */
#include "engine/engine_p.h"

#include "core/duel.h"
#include "text/iso8601.h"

#define AUDITS_MOST 64 /* of one account; more than an hour can hold before its fields are held */

struct past { /* what an account's runs of the last hour wrote */
    const struct change *c;
    struct audit_field *field[AUDITS_MOST];
    size_t fields[AUDITS_MOST];
    enum side side[AUDITS_MOST];
    size_t count;
};

static bool of_sync(const struct run_entry *runs, size_t n, int64_t run)
{
    for (size_t i = 0; i < n; i++)
        if (runs[i].id == run)
            return str_eq(runs[i].kind, S("sync"));
    return false;
}

static bool read_past(struct engine *en, const struct run_entry *runs, size_t n, int64_t now,
                      struct past *out, struct err *e)
{
    struct store *st = en->o.store;
    struct audit_entry *audit;
    size_t audits;
    out->count = 0;
    if (!st->ops->audit_list(st, &en->chunk, SIDE_SF, out->c->subject->link->id[SIDE_SF], 0,
                             INT64_MAX, AUDITS_MOST, &audit, &audits, e))
        return false;
    for (size_t i = 0; i < audits; i++) {
        if (audit[i].at_ms < now - DUEL_WINDOW_MS || !of_sync(runs, n, audit[i].run))
            continue;
        size_t k = out->count;
        if (!audit_fields(&en->chunk, audit[i].detail, &out->field[k], &out->fields[k]))
            continue; /* damaged: as if it were not there */
        out->side[k] = audit[i].side;
        out->count++;
    }
    return true;
}

/* How often a field was written; *again: of these, how often just as it is to be written now. */
static unsigned writes_of(const struct past *past, const struct mapping *m,
                          const struct field_change *f, unsigned *again)
{
    unsigned writes = 0;
    *again = 0;
    for (size_t i = 0; i < past->count; i++)
        for (size_t k = 0; k < past->fields[i]; k++) {
            const struct audit_field *old = &past->field[i][k];
            if (!str_eq(old->field, m->name[past->side[i]]))
                continue;
            writes++;
            *again += past->side[i] == f->to && str_eq(old->old, f->old.text) &&
                      str_eq(old->value, f->value.text);
        }
    return writes;
}

#define OWN_STAMP_MS (10 * MS_SECOND) /* of a write whose answer told no stamp */

/* Twice what we wrote stood there as the same other value, and nobody edited the record since our
 * write: that is how the service spells it. */
static bool is_spelling(const struct change *c, const struct field_change *f, unsigned again)
{
    int64_t edited = c->subject->row[f->to]->rec.edited_ms;
    int64_t wrote = c->subject->link->wrote_ms[f->to];
    return again > 0 && f->old.state == VALUE_TEXT && edited <= wrote + OWN_STAMP_MS;
}

static struct duel *state_of(struct duel *d, size_t n, uint32_t map)
{
    for (size_t i = 0; i < n; i++)
        if (d[i].map == map)
            return &d[i];
    return NULL;
}

static void hold_field(struct engine *en, const struct plan_context *ctx, struct change *c,
                       const struct field_change *f, int64_t until_ms)
{
    const struct mapping *m = &en->mappings.map[f->map];
    const struct value *sf = &c->subject->row[SIDE_SF]->rec.value[f->map];
    const struct value *hs = &c->subject->row[SIDE_HS]->rec.value[f->map];
    struct err why;
    err_set(&why, ERR_REJECTED, "automations_duel",
            "%.*s and %.*s are changed to and fro: salesforce has \"%.*s\", hubspot \"%.*s\";"
            " written %d times in an hour, so it is held until %.*s",
            STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]),
            STR_ARG(str_slice(sf->text, 0, 60)), STR_ARG(str_slice(hs->text, 0, 60)), DUEL_WRITES,
            STR_ARG(iso_seconds(&en->chunk, until_ms)));
    err_rule(&why, "S8.5");
    err_subject(&why, m->name[f->to]);
    err_hint(&why, "find the workflow or flow that sets it on either side, and let one of them go");
    plan_drop_field(&en->chunk, ctx, c, f->map, &why);
    for (size_t k = 0; k < c->fields; k++) /* the rest of its address waits with it */
        if (c->field[k].refused && c->field[k].hold_ms == 0)
            c->field[k].hold_ms = until_ms;
}

/* The service's spelling becomes the base, and nothing is written. */
static void take_spelling(struct engine *en, struct change *c, size_t k)
{
    struct field_change f = c->field[k];
    const struct mapping *m = &en->mappings.map[f.map];
    log_info(en->o.log, "%s keeps %.*s \"%.*s\" as \"%.*s\": taken as its spelling (S8.5)",
             side_name(f.to), STR_ARG(m->name[f.to]), STR_ARG(str_slice(f.value.text, 0, 60)),
             STR_ARG(str_slice(f.old.text, 0, 60)));
    c->base[f.to][f.map] = f.old;
    c->base_moved = true;
    for (size_t i = k + 1; i < c->fields; i++)
        c->field[i - 1] = c->field[i];
    c->fields--;
}

static bool weigh_change(struct engine *en, const struct plan_context *ctx, struct change *c,
                         const struct past *past, int64_t now, struct err *e)
{
    struct store *st = en->o.store;
    struct str account = c->subject->link->id[SIDE_SF];
    struct duel *known;
    size_t n, goes = 0;
    if (!st->ops->duels_of(st, &en->chunk, account, &known, &n, e))
        return false;
    c->duel = ARENA_ARRAY(&en->chunk, struct duel, c->fields);
    for (size_t k = 0; k < c->fields; k++) {
        struct field_change *f = &c->field[k];
        const struct mapping *m = &en->mappings.map[f->map];
        struct duel *state = state_of(known, n, m->id), fresh = {.account = account, .map = m->id};
        unsigned again, writes = writes_of(past, m, f, &again);
        if (f->refused || (!state && writes == 0))
            continue;
        if (is_spelling(c, f, again)) {
            take_spelling(en, c, k--);
            continue;
        }
        struct duel *d = state ? state : &fresh;
        struct duel before = *d;
        bool go = duel_lets_write(d, writes, now);
        if (d->holds != before.holds || d->tried != before.tried)
            c->duel[c->duels++] = *d;
        if (!go)
            hold_field(en, ctx, c, f, d->at_ms);
    }
    for (size_t k = 0; k < c->fields; k++) {
        goes += !c->field[k].refused;
        c->link_state = c->field[k].hold_ms ? LINK_HELD : c->link_state;
    }
    if (goes == 0 && !c->puts_id) {
        c->action = ACTION_NONE;
        c->why = c->link_state == LINK_HELD ? WHY_DUEL
                 : c->fields                ? WHY_FIELDS_REFUSED
                                            : WHY_NOTHING;
    }
    return true;
}

/* Runs of the last hour whose writes count, the one at work apart: it writes a link once. */
static size_t live_runs(const struct run_entry *runs, size_t n, int64_t run, int64_t since_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += runs[i].id != run && str_eq(runs[i].kind, S("sync")) &&
                 MAX(runs[i].began_ms, runs[i].ended_ms) >= since_ms;
    return count;
}

bool duels_weigh(struct engine *en, const struct plan_context *ctx, int64_t run, struct plan *plan,
                 struct err *e)
{
    struct store *st = en->o.store;
    struct run_entry *runs = NULL;
    size_t n = 0, live = 0;
    int64_t now = engine_now(en, SIDE_SF);
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        const struct link *l = c->subject->link;
        if (c->action != ACTION_UPDATE || !l)
            continue;
        int64_t wrote = MAX(l->wrote_ms[SIDE_SF], l->wrote_ms[SIDE_HS]);
        if (l->state != LINK_HELD && wrote < now - DUEL_WINDOW_MS)
            continue; /* most links, nearly always */
        struct past past = {.c = c};
        if (!runs) {
            if (!st->ops->runs_list(st, &en->chunk, 256, &runs, &n, e))
                return false;
            live = live_runs(runs, n, run, now - DUEL_WINDOW_MS);
        }
        if (live == 0 && l->state != LINK_HELD)
            continue; /* an import wrote it, say */
        if (!read_past(en, runs, n, now, &past, e) || !weigh_change(en, ctx, c, &past, now, e))
            return false;
    }
    return true;
}
