/* apply: does a plan. Never decides.
 *
 * The intents of a chunk are stored before its first request, the outcomes in one transaction with
 * bases, links and audit (S8.2): two durable commits a chunk. HubSpot is written first, since a
 * link is made by our id on the company; a link whose company could not be written writes nothing
 * to Salesforce. A field that a service refuses is left out and the rest is sent again (S15.5). */
#include "engine/apply_p.h"

#include <string.h>

#define REFUSED_FIELDS_ROUNDS 4 /* a record whose every round names another bad field waits */

/* S7.6: our id comes off a record that is there and still carries it. */
static bool carries_key(const struct work *w, const struct change *c, enum side s)
{
    const struct row *row = row_on(w, c, s);
    return w->ctx->key_ready[s] && row && row->rec.state == RECORD_LIVE && c->subject->link &&
           str_eq(row->rec.key, c->subject->link->id[side_other(s)]);
}

/* Our id on the company makes the link (S8.1). */
static bool puts_id(const struct work *w, const struct change *c, enum side to)
{
    return to == SIDE_HS &&
           (c->puts_id || (c->action == ACTION_LINK && w->ctx->key_ready[SIDE_HS]));
}

static bool writes_to(const struct work *w, const struct change *c, enum side to)
{
    if (c->action == ACTION_CREATE || (c->action == ACTION_ARCHIVE && c->to == to))
        return c->to == to;
    bool ends = c->action == ACTION_UNLINK || c->action == ACTION_ARCHIVE;
    if (ends && carries_key(w, c, to))
        return true;
    if (c->action == ACTION_FOLLOW) /* the company's key names today's account */
        return to == SIDE_HS && w->ctx->key_ready[to];
    if (c->action != ACTION_UPDATE && c->action != ACTION_LINK && !ends)
        return false;
    if (puts_id(w, c, to))
        return true;
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            return true;
    return false;
}

static void fill_sets(struct arena *a, const struct change *c, struct crm_write *w, enum side to)
{
    w->set = ARENA_ARRAY(a, struct crm_set, c->fields);
    w->sets = 0;
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            w->set[w->sets++] = (struct crm_set){
                .map = c->field[k].map, .value = c->field[k].value, .old = c->field[k].old};
}

/* A mapping says which record type the account gets. */
static bool mapped_kind(const struct work *w, const struct crm_write *out)
{
    for (size_t i = 0; i < out->sets; i++)
        if (str_eq_nocase(w->ctx->mappings->map[out->set[i].map].name[SIDE_SF], S("RecordTypeId")))
            return true;
    return false;
}

/* S12.1: what the record must still be for this write; none = there is no telling. */
static struct str etag_of(const struct pass *p, struct str id)
{
    for (size_t i = 0; i < p->tags; i++)
        if (str_eq(p->tagged[i].id, id))
            return p->tagged[i].etag;
    return STR_NONE;
}

static void fill_write(struct work *w, struct change *c, enum side to, struct crm_write *out)
{
    struct arena *a = &w->p->en->chunk;
    *out = (struct crm_write){.create = c->action == ACTION_CREATE, .bad_set = SIZE_MAX};
    const struct row *partner = row_on(w, c, side_other(to));
    if (c->action == ACTION_FOLLOW) {
        out->id = c->to == to ? c->partner->rec.id : row_on(w, c, to)->rec.id;
        out->key = c->to == to ? partner->rec.id : c->partner->rec.id;
    } else if (c->action == ACTION_UNLINK || c->action == ACTION_ARCHIVE) {
        out->id = row_on(w, c, to)->rec.id;
        out->archive = c->action == ACTION_ARCHIVE && c->to == to;
        out->clear_key = !out->archive && carries_key(w, c, to);
    } else if (out->create) {
        out->key = partner->rec.id;
        out->domain = c->domain;
    } else {
        out->id = row_on(w, c, to)->rec.id;
        out->etag = to == SIDE_SF ? etag_of(w->p, out->id) : STR_NONE;
        if (puts_id(w, c, to))
            out->key = partner->rec.id;
    }
    fill_sets(a, c, out, to);
    if (out->create && to == SIDE_SF && !mapped_kind(w, out))
        out->kind = w->p->en->kind ? w->p->en->kind->id : STR_NONE;
}

static void collect(struct work *w)
{
    struct arena *a = &w->p->en->chunk;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        w->job[s] = ARENA_ARRAY(a, struct job, w->plan->count);
        w->write[s] = ARENA_ARRAY(a, struct crm_write, w->plan->count);
        for (size_t i = 0; i < w->plan->count; i++) {
            struct change *c = &w->plan->change[i];
            if (!writes_to(w, c, s))
                continue;
            struct crm_write *out = &w->write[s][w->jobs[s]];
            fill_write(w, c, s, out);
            w->job[s][w->jobs[s]++] = (struct job){.change = c, .write = out};
        }
    }
}

/* ---- intent -------------------------------------------------------------------------------- */

static void intend(struct work *w, enum side to, size_t from, size_t n)
{
    struct engine *en = w->p->en;
    buf_clear(&w->scratch);
    for (size_t i = from; i < from + n; i++) {
        struct change *c = w->job[to][i].change;
        struct intent in = {.create = c->action == ACTION_CREATE,
                            .archive = c->action == ACTION_ARCHIVE && c->to == to,
                            .ends = c->action == ACTION_UNLINK || c->action == ACTION_ARCHIVE,
                            .why = why_severed(c),
                            .to = to};
        in.origin = c->subject->link ? (enum link_origin)0 : c->origin;
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            const struct row *row = row_on(w, c, s);
            in.id[s] = row ? row->rec.id : STR_NONE;
            in.base[s] = c->base[s] ? engine_pack(en, &en->chunk, c->base[s]) : S("");
        }
        intent_put(&w->scratch, &in, w->ctx->mappings, c);
        w->job[to][i].batch = w->entries;
    }
    w->entry[w->entries++] = (struct outbox_entry){
        .run = w->p->run.id,
        .to = to,
        .made_ms = engine_now(en, to),
        .records = (uint32_t)n,
        .payload = str_dup(&en->chunk, buf_view(&w->scratch)),
    };
}

static bool store_intents(struct work *w, struct err *e)
{
    struct engine *en = w->p->en;
    struct store *st = en->o.store;
    size_t most = w->jobs[SIDE_SF] + w->jobs[SIDE_HS];
    if (most == 0)
        return true;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = run_open(w->p, e);
    w->entry = ARENA_ARRAY(&en->chunk, struct outbox_entry, most);
    w->entry_open = ARENA_ARRAY(&en->chunk, bool, most);
    for (enum side s = SIDE_SF; ok && s < SIDE_COUNT; s++) {
        const struct crm_ops *ops = en->o.crm[s]->ops;
        size_t batch = MIN(ops->create_batch, ops->update_batch);
        for (size_t at = 0; at < w->jobs[s]; at += batch)
            intend(w, s, at, MIN(batch, w->jobs[s] - at));
    }
    if (ok && st->ops->outbox_put(st, w->entry, w->entries, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* ---- write --------------------------------------------------------------------------------- */

/* Half of a change that waits for the other half to be done: Salesforce's of a link (see top), and
 * our key on the record whose partner is to be archived. */
static bool held_back(struct work *w, const struct change *c, enum side to)
{
    enum side first = c->action == ACTION_ARCHIVE ? c->to : SIDE_HS;
    if ((c->action != ACTION_LINK && c->action != ACTION_ARCHIVE) || to == first)
        return false;
    for (size_t i = 0; i < w->jobs[first]; i++)
        if (w->job[first][i].change == c)
            return !write_done(w->job[first][i].write);
    return false;
}

struct sending {
    struct crm_listener listener; /* first */
    struct work *w;
    enum side to;
    struct crm_write *batch;
    size_t *of; /* which jobs */
};

static void told(struct crm_listener *listener, size_t i)
{
    struct sending *s = (struct sending *)listener;
    *s->w->job[s->to][s->of[i]].write = s->batch[i];
    outcomes_done(s->w);
}

/* Leaves out of a refused write the field that the answer names, or our id, which it need not name.
 * False: the record is refused as it is. */
static bool leave_out(struct work *w, struct job *j, const struct crm_write *refused)
{
    struct change *c = j->change;
    if (refused->bad_set < refused->sets) {
        plan_drop_field(&w->p->en->chunk, w->ctx, c, refused->set[refused->bad_set].map,
                        refused->err);
        return true;
    }
    if (!c->puts_id)
        return false;
    j->id_refused = refused->err;
    c->puts_id = false;
    return true;
}

/* Sends a side's writes that were not sent yet, or only what it archives; those refused for one
 * named field are sent again without it. */
static bool send_side(struct work *w, enum side to, bool archives, struct err *e)
{
    struct engine *en = w->p->en;
    struct crm *crm = en->o.crm[to];
    struct crm_write *batch = ARENA_ARRAY(&en->chunk, struct crm_write, w->jobs[to]);
    size_t *of = ARENA_ARRAY(&en->chunk, size_t, w->jobs[to]), n = 0;
    for (size_t i = 0; i < w->jobs[to]; i++) {
        const struct crm_write *wr = w->job[to][i].write;
        if (wr->outcome != CRM_NOT_SENT || (archives && !wr->archive) ||
            held_back(w, w->job[to][i].change, to))
            continue;
        of[n] = i;
        batch[n++] = *wr;
    }
    struct sending s = {.listener = {told}, .w = w, .to = to, .batch = batch, .of = of};
    for (int round = 0; n > 0; round++) {
        bool ok = crm->ops->write(crm, &en->chunk, batch, n, &s.listener, e);
        size_t again = 0;
        for (size_t i = 0; i < n; i++) {
            struct job *j = &w->job[to][of[i]];
            *j->write = batch[i];
            if (batch[i].outcome != CRM_REJECTED || round == REFUSED_FIELDS_ROUNDS ||
                !leave_out(w, j, &batch[i]) || !writes_to(w, j->change, to))
                continue;
            fill_write(w, j->change, to, j->write);
            of[again] = of[i];
            batch[again++] = *j->write;
        }
        if (!ok) {
            w->p->writing = to;
            return err_wrap(e, "writing to %s", side_name(to));
        }
        n = again;
    }
    return true;
}

bool apply_plan(struct pass *p, const struct plan_context *ctx, struct plan *plan,
                struct str position, struct err *e)
{
    struct work w = {.p = p, .ctx = ctx, .plan = plan, .position = position};
    buf_init(&w.scratch, 16 * MIB);
    collect(&w);
    bool ok = store_intents(&w, e);
    if (ok) {
        /* After a failed send what was done is recorded all the same. */
        struct err send_err, record_err;
        outcomes_begin(&w);
        bool sent = send_side(&w, SIDE_SF, true, &send_err) &&
                    send_side(&w, SIDE_HS, false, &send_err) &&
                    send_side(&w, SIDE_SF, false, &send_err);
        if (!sent)
            w.position = STR_NONE; /* an import resumes at this chunk, not behind it */
        if (sent)
            gaps_search(&w);
        bool kept = record_outcomes(&w, &record_err);
        if (!sent || !kept)
            *e = kept ? send_err : record_err;
        ok = sent && kept;
    }
    buf_release(&w.scratch);
    return ok;
}
