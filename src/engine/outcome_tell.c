/* The rows that tell what became of a change, each added to what one transaction stores. */
#include "engine/outcome_p.h"

#include <string.h>

#include "core/schedule.h"
#include "model/refusal.h"
#include "text/unicode.h"

#define RETRY_FIRST_MS (30 * MS_MINUTE)

struct error_entry error_of(struct arena *a, struct error_entry about, const struct err *why,
                            int64_t now_ms)
{
    struct str code = str_dup(a, str_from(why->code));
    about.category = str_from(category_name(refusal_of(code)->category));
    about.code = code;
    about.message = str_dup(a, str_from(why->msg));
    about.remedy = str_dup(a, str_from(why->hint));
    about.first_ms = about.last_ms = now_ms;
    return about;
}

void tell_error(struct work *w, const struct change *c, enum side to, struct str field,
                struct str value, const struct err *err, int64_t next_ms)
{
    enum side from = side_other(to);
    const struct row *own = row_on(w, c, from), *other = row_on(w, c, to);
    struct error_entry about = {.side = from,
                                .record = own ? own->rec.id : STR_NONE,
                                .partner = other ? other->rec.id : STR_NONE,
                                .field = field,
                                .value = value,
                                .next_ms = next_ms,
                                .attempts = 1};
    w->error[w->errors++] = error_of(&w->p->en->chunk, about, err, w->now_ms);
}

int64_t retry_at(struct engine *en, int64_t now_ms, bool of_record, unsigned attempts)
{
    if (of_record)
        return now_ms + MIN(RETRY_FIRST_MS << MIN(attempts, 10u), MS_DAY);
    return now_ms + back_off_ms(2 * MS_MINUTE, MS_HOUR, attempts + 1u, rng_next(en->o.rng));
}

bool tell_field_errors(struct work *w, const struct change *c, int64_t next_ms)
{
    bool any = false;
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (!f->refused || f->held)
            continue;
        tell_error(w, c, f->to, w->ctx->mappings->map[f->map].name[f->to], f->value.text, f->err,
                   f->hold_ms ? f->hold_ms : next_ms);
        any = true;
    }
    return any;
}

int64_t next_look(const struct change *c, int64_t next_ms)
{
    int64_t first = 0;
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        int64_t at = f->hold_ms ? f->hold_ms : next_ms;
        if (f->refused && (!first || at < first))
            first = at;
    }
    return first ? first : next_ms;
}

void tell_duels(struct work *w, const struct change *c)
{
    for (size_t k = 0; k < c->duels; k++)
        w->duel[w->duels++] = c->duel[k];
}

void tell_awaiting(struct work *w, const struct change *c)
{
    if (c->awaits.n)
        w->awaiting[w->awaitings++] =
            (struct awaiting){.side = c->awaits_on,
                              .parent = c->awaits,
                              .child = c->subject->row[c->awaits_on]->rec.id};
}

void tell_due(struct work *w, const struct row *row, enum side s, int64_t due_ms, uint32_t cause,
              bool failed)
{
    if (!due_ms && !cause && !row->due_ms && !row->cause && !row->attempts)
        return; /* it waits for nothing, and did not */
    w->p->due_again = w->p->due_again || (due_ms && due_ms <= w->now_ms);
    if (w->dues[s] == w->due_room[s]) {
        w->due_room[s] = MAX(2 * w->due_room[s], (size_t)16); /* of an import's records none wait */
        struct row *grown = ARENA_ARRAY(&w->p->en->chunk, struct row, w->due_room[s]);
        if (w->dues[s])
            memcpy(grown, w->due[s], w->dues[s] * sizeof(*grown));
        w->due[s] = grown;
    }
    struct row *due = &w->due[s][w->dues[s]++];
    *due = *row;
    due->due_ms = due_ms;
    due->cause = cause;
    due->attempts = failed ? (uint16_t)(row->attempts + 1) : 0;
}

void tell_audit(struct work *w, const struct change *c, enum side to, const char *action,
                struct str account, struct str company)
{
    struct engine *en = w->p->en;
    w->audit[w->audits++] = (struct audit_entry){
        .run = w->p->run.id,
        .at_ms = engine_now(en, to),
        .side = to,
        .record = {account, company},
        .action = str_from(action),
        .detail = audit_detail(&en->chunk, w->ctx->mappings, c, to),
    };
}

/* The audit tells what is stored too: an undo asks whether it still is (S12.4). */
static void keep_stored(struct change *c, size_t map, enum side to, struct value stored)
{
    c->base[to][map] = stored;
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].map == map && c->field[k].to == to && !c->field[k].refused)
            c->field[k].value = stored;
}

void tell_stored(struct work *w, struct change *c, const struct crm_write *wr, enum side to)
{
    if (!wr->stored)
        return;
    for (size_t k = 0; k < wr->sets; k++)
        if (value_known(&wr->stored[k]))
            keep_stored(c, wr->set[k].map, to, value_dup(&w->p->en->chunk, wr->stored[k]));
}

/* S2.4: where each kind of accounts has its own mapping of a field, it is one value all the same.
 */
static void tell_twins(const struct mappings *m, const struct crm_write *wr, enum side to,
                       struct value *value)
{
    for (size_t k = 0; k < wr->sets; k++) {
        size_t map = wr->set[k].map;
        for (size_t i = 0; i < m->count; i++)
            if (i != map && str_eq_nocase(m->map[i].name[to], m->map[map].name[to]))
                value[i] = value[map];
    }
}

/* A record goes by the name that it was given, before it is read again. */
static void take_name(struct arena *a, const struct mappings *m, const struct crm_write *wr,
                      enum side to, const struct value *value, struct record *rec)
{
    for (size_t k = 0; k < wr->sets; k++) {
        size_t map = wr->set[k].map;
        if (!str_eq_nocase(m->map[map].name[to], S("name")) || value[map].state != VALUE_TEXT)
            continue;
        rec->name = value[map].text;
        rec->name_key = name_key(a, rec->name);
    }
}

struct row row_after(struct work *w, const struct change *c, const struct crm_write *wr,
                     enum side to)
{
    struct engine *en = w->p->en;
    const struct mappings *m = &en->mappings;
    struct row row = {0};
    const struct row *old = row_on(w, c, to), *from = row_on(w, c, side_other(to));
    struct value *value = ARENA_ARRAY(&en->chunk, struct value, m->count);
    bool persons = false;
    if (old)
        row = *old;
    for (size_t i = 0; i < m->count; i++) {
        value[i] = old ? old->rec.value[i] : m->map[i].watched ? VALUE_NOT_KNOWN : VALUE_EMPTY;
        persons = persons || m->map[i].accounts == ACCOUNTS_PERSON;
    }
    for (size_t k = 0; k < wr->sets; k++)
        value[wr->set[k].map] = c->base[to][wr->set[k].map];
    if (persons)
        tell_twins(m, wr, to, value);
    if (!wr->create) {
        take_name(&en->chunk, m, wr, to, value, &row.rec);
    } else {
        row.rec.id = wr->new_id;
        row.rec.created_ms = wr->created_ms;
        row.rec.name = from->rec.name;
        row.rec.keys = from->rec.keys;
        row.rec.host = from->rec.host;
    }
    if (wr->key.n || wr->clear_key)
        row.rec.key = wr->key;
    row.rec.asked_ms = engine_now(en, to);
    /* The stamp of our update may hide somebody's edit of another field just before it: where that
     * is looked for, the poll's hit is read once more. */
    if (wr->modified_ms && (wr->create || !gaps_searched(w->p)))
        row.rec.modified_ms = wr->modified_ms;
    row.rec.edited_ms = MAX(row.rec.edited_ms, wr->modified_ms);
    row.packed = engine_pack(en, &en->chunk, value);
    row.print = record_print(m, to, value);
    row.rec.value = NULL;
    if (!c->part) { /* else what waits besides goes on waiting */
        row.due_ms = 0;
        row.cause = 0;
        row.attempts = 0;
    }
    return row;
}

void tell_dropped(struct work *w, struct change *c, enum side to, const struct err *why)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            plan_drop_field(&w->p->en->chunk, w->ctx, c, c->field[k].map, why);
}

void tell_link(struct work *w, struct change *c, struct str account, struct str company,
               const bool wrote[SIDE_COUNT])
{
    struct engine *en = w->p->en;
    struct link l = {0};
    if (c->subject->link)
        l = *c->subject->link;
    else if (c->resumes)
        l = c->resumes->link;
    else
        l = (struct link){.id = {account, company},
                          .origin = c->origin,
                          .since_ms = engine_now(en, w->ctx->side),
                          .run = w->p->run.id};
    l.state = c->link_state;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = row_on(w, c, s);
        if (c->base[s])
            l.base[s] = engine_pack(en, &en->chunk, c->base[s]);
        l.held[s] = row && !wrote[s] && str_eq(l.base[s], row->packed);
        if (wrote[s])
            l.wrote_ms[s] = engine_now(en, s);
    }
    w->link[w->links++] = l;
    if (!c->subject->link)
        w->lift[w->lifts++] = l; /* a pair that is linked again is no longer apart */
    if (!c->subject->link && c->places)
        w->place[w->places++] = company; /* S3.7 */
}

void tell_clear(struct work *w, const struct change *c)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = row_on(w, c, s);
        if (row)
            w->clear[s][w->clears[s]++] = row->rec.id;
    }
}

void tell_fit(struct work *w, const struct change *c)
{
    enum side own = w->ctx->side;
    if (c->candidates.n && !c->subject->link)
        w->fit[w->fits++] = (struct fit){own, c->subject->row[own]->rec.id, c->candidates};
}

void tell_unasked(struct work *w, const struct change *c)
{
    if (!c->subject->link)
        w->unasked[w->unaskeds++] = c->subject->row[w->ctx->side]->rec.id;
}

void tell_clear_older(struct work *w, const struct change *c)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = row_on(w, c, s);
        if (row)
            w->stale[s][w->stales[s]++] = row->rec.id;
    }
}
