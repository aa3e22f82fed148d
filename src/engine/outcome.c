/* outcome: what became of a chunk's changes, as rows for one transaction. */
#include "engine/apply_p.h"

#include <string.h>

#include "core/schedule.h"
#include "model/refusal.h"

#define RETRY_FIRST_MS (30 * MS_MINUTE)

static void add_error(struct work *w, const struct change *c, enum side to, struct str field,
                      struct str value, const struct err *err, int64_t next_ms)
{
    enum side from = side_other(to);
    const struct row *own = row_on(w, c, from), *other = row_on(w, c, to);
    struct arena *a = &w->p->en->chunk;
    int64_t now = w->now_ms;
    w->error[w->errors++] = (struct error_entry){
        .side = from,
        .record = own ? own->rec.id : STR_NONE,
        .partner = other ? other->rec.id : STR_NONE,
        .category = str_from(category_name(refusal_of(str_from(err->code))->category)),
        .code = str_dup(a, str_from(err->code)),
        .field = field,
        .value = value,
        .message = str_dup(a, str_from(err->msg)),
        .remedy = str_dup(a, str_from(err->hint)),
        .first_ms = now,
        .last_ms = now,
        .next_ms = next_ms,
        .attempts = 1,
    };
}

int64_t retry_at(struct engine *en, int64_t now_ms, bool of_record, unsigned attempts)
{
    if (of_record)
        return now_ms + MIN(RETRY_FIRST_MS << MIN(attempts, 10u), MS_DAY);
    return now_ms + back_off_ms(2 * MS_MINUTE, MS_HOUR, attempts + 1u, rng_next(en->o.rng));
}

/* Fields that were left out, each with its error; true when there are any. */
static bool field_errors(struct work *w, const struct change *c, int64_t next_ms)
{
    bool any = false;
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (!f->refused)
            continue;
        add_error(w, c, f->to, w->ctx->mappings->map[f->map].name[f->to], f->value.text, f->err,
                  f->hold_ms ? f->hold_ms : next_ms);
        any = true;
    }
    return any;
}

/* When a change whose fields were left out is looked at again: the first of them that may go. */
static int64_t next_look(const struct change *c, int64_t next_ms)
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

/* S8.5: what was held, tried or let go. */
static void keep_duels(struct work *w, const struct change *c)
{
    for (size_t k = 0; k < c->duels; k++)
        w->duel[w->duels++] = c->duel[k];
}

static void add_due(struct work *w, const struct row *row, enum side s, int64_t due_ms,
                    uint32_t cause, bool failed)
{
    if (!due_ms && !cause && !row->due_ms && !row->cause && !row->attempts)
        return; /* it waits for nothing, and did not */
    w->p->due_again = w->p->due_again || (due_ms && due_ms <= w->now_ms);
    struct row due = *row;
    due.due_ms = due_ms;
    due.cause = cause;
    due.attempts = failed ? (uint16_t)(row->attempts + 1) : 0;
    w->due[s][w->dues[s]++] = due;
}

static void add_audit(struct work *w, const struct change *c, enum side to, const char *action,
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

static struct job *job_of(struct work *w, const struct change *c, enum side s, size_t *hint)
{
    for (; *hint < w->jobs[s]; (*hint)++)
        if (w->job[s][*hint].change == c)
            return &w->job[s][(*hint)++];
    return NULL;
}

/* The audit tells what is stored too: an undo asks whether it still is (S12.4). */
static void tell_stored(struct change *c, size_t map, enum side to, struct value stored)
{
    c->base[to][map] = stored;
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].map == map && c->field[k].to == to && !c->field[k].refused)
            c->field[k].value = stored;
}

/* What a side holds after a write: the answer where it tells (S8.3), else what was sent. */
static void learn_stored(struct work *w, struct change *c, const struct crm_write *wr, enum side to)
{
    if (!wr->stored)
        return;
    for (size_t k = 0; k < wr->sets; k++)
        if (value_known(&wr->stored[k]))
            tell_stored(c, wr->set[k].map, to, value_dup(&w->p->en->chunk, wr->stored[k]));
}

/* The row of a record after our write. For a new company: built from what was sent. */
static struct row row_after(struct work *w, const struct change *c, const struct crm_write *wr,
                            enum side to)
{
    struct engine *en = w->p->en;
    const struct mappings *m = &en->mappings;
    struct row row = {0};
    const struct row *old = row_on(w, c, to), *from = row_on(w, c, side_other(to));
    struct value *value = ARENA_ARRAY(&en->chunk, struct value, m->count);
    if (old)
        row = *old;
    for (size_t i = 0; i < m->count; i++)
        value[i] = old ? old->rec.value[i] : m->map[i].watched ? VALUE_NOT_KNOWN : VALUE_EMPTY;
    for (size_t k = 0; k < wr->sets; k++)
        value[wr->set[k].map] = c->base[to][wr->set[k].map];
    if (wr->create) {
        row.rec.id = wr->new_id;
        row.rec.created_ms = wr->created_ms;
        row.rec.name = from->rec.name;
        row.rec.keys = from->rec.keys;
        row.rec.host = from->rec.host;
    }
    if (wr->key.n || wr->clear_key)
        row.rec.key = wr->key;
    row.rec.asked_ms = engine_now(en, to);
    row.rec.modified_ms = wr->modified_ms ? wr->modified_ms : row.rec.modified_ms;
    row.rec.edited_ms = MAX(row.rec.edited_ms, wr->modified_ms);
    row.packed = engine_pack(en, &en->chunk, value);
    row.print = record_print(m, to, value);
    row.rec.value = NULL;
    if (c->why != WHY_UNDO) { /* what waits besides goes on waiting */
        row.due_ms = 0;
        row.cause = 0;
        row.attempts = 0;
    }
    return row;
}

/* A write that failed takes its fields with it: their bases stay, so they still count as moved. */
static void drop_fields(struct work *w, struct change *c, enum side to, const struct err *why)
{
    for (size_t k = 0; k < c->fields; k++)
        if (c->field[k].to == to && !c->field[k].refused)
            plan_drop_field(&w->p->en->chunk, w->ctx, c, c->field[k].map, why);
}

static void put_link(struct work *w, struct change *c, struct str account, struct str company,
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
        if (c->base[s])
            l.base[s] = engine_pack(en, &en->chunk, c->base[s]);
        if (wrote[s])
            l.wrote_ms[s] = engine_now(en, s);
    }
    w->link[w->links++] = l;
    if (!c->subject->link)
        w->lift[w->lifts++] = l; /* a pair that is linked again is no longer apart */
    if (!c->subject->link && c->places)
        w->place[w->places++] = company; /* S3.7 */
}

/* Errors and reviews of both records are over. */
static void clear_pair(struct work *w, const struct change *c)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = row_on(w, c, s);
        if (row)
            w->clear[s][w->clears[s]++] = row->rec.id;
    }
}

/* Those that were not told again are over: a field may be right by now while another is not. */
static void clear_older(struct work *w, const struct change *c)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = row_on(w, c, s);
        if (row)
            w->stale[s][w->stales[s]++] = row->rec.id;
    }
}

/* What the writes of one change came to. */
struct outcome {
    bool wrote[SIDE_COUNT];
    bool link_failed;       /* the write that makes the pair did not take */
    enum crm_outcome worst; /* CRM_DONE = all did */
    enum side bad;          /* where the worst was */
    int64_t next_ms;        /* the next try */
};

static struct outcome weigh(struct work *w, const struct change *c,
                            struct job *const job[SIDE_COUNT])
{
    struct outcome o = {.worst = CRM_DONE};
    const struct row *row = c->subject->row[w->ctx->side];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm_write *wr = job[s] ? job[s]->write : NULL;
        o.wrote[s] = wr && write_done(wr);
        if (!wr || o.wrote[s])
            continue;
        if (wr->outcome == CRM_UNKNOWN)
            w->entry_open[job[s]->batch] = true;
        if (wr->outcome != CRM_REJECTED && wr->err.kind == ERR_NONE)
            err_set(&wr->err, ERR_RETRY, "not_sent", "not sent yet");
        o.link_failed = o.link_failed || wr->create || (c->action == ACTION_LINK && s == SIDE_HS);
        o.worst = wr->outcome;
        o.bad = s;
    }
    bool soon = o.worst == CRM_CHANGED || o.worst == CRM_NOT_SENT;
    bool of_record = o.worst == CRM_REJECTED || o.worst == CRM_DONE;
    o.next_ms = soon ? w->now_ms : retry_at(w->p->en, w->now_ms, of_record, row->attempts);
    return o;
}

/* Rows, audit and link of what was written. */
static void keep_written(struct work *w, struct change *c, struct job *const job[SIDE_COUNT],
                         const struct outcome *o)
{
    struct report *r = w->p->report;
    struct str id[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *at = row_on(w, c, s);
        id[s] = at ? at->rec.id : job[s] ? job[s]->write->new_id : STR_NONE;
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (!o->wrote[s])
            continue;
        bool made = job[s]->write->create, links = c->action == ACTION_LINK;
        w->row[s][w->rows[s]++] = row_after(w, c, job[s]->write, s);
        add_audit(w, c, s, made ? "create" : links ? "link" : "update", id[SIDE_SF], id[SIDE_HS]);
        r->created[s] += made;
        r->updated[s] += !made;
    }
    if (!o->link_failed)
        put_link(w, c, id[SIDE_SF], id[SIDE_HS], o->wrote);
}

/* S5.5: what two values a person is asked about. The account waits, whoever's turn it was. */
static void add_question(struct work *w, const struct change *c)
{
    const struct mapping *map = w->ctx->mappings->map;
    struct buf b;
    if (c->asks == 0)
        return;
    buf_init(&b, MIB);
    for (size_t k = 0; k < c->asks; k++)
        buf_fmt(&b, "%s%.*s", k ? ";" : "", STR_ARG(map[c->ask[k]].name[SIDE_SF]));
    w->review[w->reviews++] =
        (struct review_entry){.side = SIDE_SF,
                              .record = row_on(w, c, SIDE_SF)->rec.id,
                              .why = str_from(why_name(WHY_FIRST_LINK)),
                              .rule = str_from(why_rule(WHY_FIRST_LINK)),
                              .candidates = row_on(w, c, SIDE_HS)->rec.id,
                              .fields = str_dup(&w->p->en->chunk, buf_view(&b)),
                              .at_ms = w->now_ms};
    buf_release(&b);
}

/* S7.2: what a duplicate rule blocks is never forced; a person links it or lets it be. */
static bool blocked_by_rule(struct work *w, const struct change *c, struct job *const job[])
{
    enum side own = w->ctx->side;
    const struct crm_write *wr = job[side_other(own)] ? job[side_other(own)]->write : NULL;
    if (!wr || !wr->create || wr->outcome != CRM_REJECTED ||
        strcmp(wr->err.code, "DUPLICATES_DETECTED") != 0)
        return false;
    w->review[w->reviews++] =
        (struct review_entry){.side = own,
                              .record = c->subject->row[own]->rec.id,
                              .why = str_from(why_name(WHY_DUPLICATE_RULE)),
                              .rule = str_from(why_rule(WHY_DUPLICATE_RULE)),
                              .candidates = wr->matches.n ? wr->matches : S(""),
                              .at_ms = w->now_ms};
    w->p->report->action[ACTION_CREATE]--;
    w->p->report->action[ACTION_REVIEW]++;
    add_due(w, c->subject->row[own], own, 0, 0, false);
    return true;
}

/* The outcome of one change whose writes are over. A refusal that names no field is an error of the
 * record, one that does an error of the field (S15.5). */
static void settle(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    if (blocked_by_rule(w, c, job))
        return;
    struct outcome o = weigh(w, c, job);
    bool waits = o.worst != CRM_DONE && o.worst != CRM_REJECTED;
    bool failed = o.worst != CRM_DONE;
    if (!waits && !(o.worst == CRM_REJECTED && o.link_failed))
        failed = field_errors(w, c, o.next_ms) || failed;
    if (o.worst == CRM_REJECTED)
        add_error(w, c, o.bad, STR_NONE, STR_NONE, &job[o.bad]->write->err, o.next_ms);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (o.wrote[s])
            learn_stored(w, c, job[s]->write, s);
        else if (job[s])
            drop_fields(w, c, s, &job[s]->write->err);
    }
    keep_written(w, c, job, &o);
    if (!failed)
        clear_pair(w, c);
    else if (!waits)
        clear_older(w, c);
    if (!o.link_failed)
        add_question(w, c);
    keep_duels(w, c);
    /* What is gone or was edited meanwhile is read again: no error (B8.24). */
    w->p->report->errors += failed && o.worst != CRM_NOT_SENT && o.worst != CRM_CHANGED;
    int64_t next = o.worst == CRM_DONE ? next_look(c, o.next_ms) : o.next_ms;
    if (failed || c->why != WHY_UNDO)
        add_due(w, row, own, failed ? next : 0, failed ? row->cause | CAUSE_RETRY : 0, failed);
}

static enum sever why_severed(const struct change *c)
{
    return c->why == WHY_DELETED  ? SEVER_DELETED
           : c->why == WHY_MERGED ? SEVER_MERGED
           : c->why == WHY_UNDO   ? SEVER_UNDO
                                  : SEVER_HAND;
}

/* What is in the recycle bin by our own doing is no news to the next walk (S12.5). */
static struct row row_archived(struct work *w, const struct change *c, enum side to)
{
    struct row row = *row_on(w, c, to);
    row.rec.state = RECORD_DELETED;
    row.rec.asked_ms = engine_now(w->p->en, to);
    row.rec.value = NULL;
    row.due_ms = 0;
    row.cause = 0;
    row.attempts = 0;
    return row;
}

/* The record that was to be archived was refused: it stays, linked, with its error. */
static bool archive_refused(struct work *w, const struct change *c, struct job *const job[])
{
    if (c->action != ACTION_ARCHIVE || !job[c->to] || job[c->to]->write->outcome != CRM_REJECTED)
        return false;
    enum side own = w->ctx->side;
    add_error(w, c, c->to, STR_NONE, STR_NONE, &job[c->to]->write->err, 0);
    add_due(w, c->subject->row[own], own, 0, 0, false);
    w->p->report->errors++;
    return true;
}

/* S7.6: the link ends; what it was is remembered. A key that the service does not let us take off
 * stays; anything else is tried again, and the link stands till then. */
static void settle_unlink(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    const struct link *l = c->subject->link;
    int64_t now = engine_now(w->p->en, own);
    if (archive_refused(w, c, job))
        return;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm_write *wr = job[s] ? job[s]->write : NULL;
        if (!wr || write_done(wr) || wr->outcome == CRM_REJECTED)
            continue;
        w->entry_open[job[s]->batch] = wr->outcome == CRM_UNKNOWN;
        add_due(w, row, own, now + MS_MINUTE, row->cause | CAUSE_FORGOT, true);
        return;
    }
    bool told = false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (!job[s] || !write_done(job[s]->write))
            continue;
        bool gone = job[s]->write->archive;
        learn_stored(w, c, job[s]->write, s);
        w->row[s][w->rows[s]++] = gone ? row_archived(w, c, s) : row_after(w, c, job[s]->write, s);
        add_audit(w, c, s, gone ? "archive" : "unlink", l->id[SIDE_SF], l->id[SIDE_HS]);
        w->p->report->archived[s] += gone;
        told = true;
    }
    if (!told)
        add_audit(w, c, side_other(own), "unlink", l->id[SIDE_SF], l->id[SIDE_HS]);
    w->drop[w->drops++] = l->id[SIDE_SF];
    w->severed[w->severeds++] = (struct severed){
        .why = why_severed(c),
        .at_ms = now,
        .link = *l,
    };
    clear_pair(w, c);
    w->p->report->errors += field_errors(w, c, 0);
    if (c->why != WHY_UNDO)
        add_due(w, row, own, 0, 0, false);
}

/* S9.3: the link with its base goes over to the survivor, which is then looked at again. */
static void settle_follow(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side, m = c->to;
    const struct row *row = c->subject->row[own];
    struct crm_write *wr = job[SIDE_HS] ? job[SIDE_HS]->write : NULL;
    if (wr && !write_done(wr) && wr->outcome != CRM_REJECTED) {
        w->entry_open[job[SIDE_HS]->batch] = wr->outcome == CRM_UNKNOWN;
        add_due(w, row, own, engine_now(w->p->en, own) + MS_MINUTE, row->cause | CAUSE_FORGOT,
                true);
        return;
    }
    struct link l = *c->subject->link;
    w->drop[w->drops++] = l.id[SIDE_SF];
    l.id[m] = c->partner->rec.id;
    l.state = LINK_LIVE;
    w->link[w->links++] = l;
    add_audit(w, c, m, "follow", l.id[SIDE_SF], l.id[SIDE_HS]);
    add_due(w, row, own, 0, 0, false);
    add_due(w, c->partner, m, DUE_AT_ONCE, CAUSE_MOVED, false);
}

/* Changes without a write: reviews, waits, skips, errors found by our own checks. */
static void settle_quiet(struct work *w, struct change *c)
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    int64_t now = engine_now(w->p->en, own);
    const bool none[SIDE_COUNT] = {false, false};
    if (c->why == WHY_SUSPENDED) { /* what is due stays so; what a person asked for comes to be */
        if (!row->due_ms)
            add_due(w, row, own, DUE_AT_ONCE, row->cause | CAUSE_HAND, false);
        return;
    }
    switch (c->action) {
    case ACTION_REVIEW: {
        /* It is the record that lost its partner that waits for an answer (S9.1, S9.3). */
        enum side at = c->subject->link ? side_other(c->to) : own;
        if (c->subject->link && c->subject->link->state != c->link_state)
            put_link(w, c, c->subject->link->id[SIDE_SF], c->subject->link->id[SIDE_HS], none);
        w->review[w->reviews++] = (struct review_entry){.side = at,
                                                        .record = row_on(w, c, at)->rec.id,
                                                        .why = str_from(why_name(c->why)),
                                                        .rule = str_from(why_rule(c->why)),
                                                        .candidates = c->candidates,
                                                        .at_ms = now};
        break;
    }
    case ACTION_WAIT:
        add_due(w, row, own, c->due_ms, row->cause | CAUSE_NEW, false);
        return;
    case ACTION_ERROR: {
        int64_t next = retry_at(w->p->en, w->now_ms, true, row->attempts);
        add_error(w, c, c->to, str_dup(&w->p->en->chunk, str_from(c->err->subject)), STR_NONE,
                  c->err, next);
        add_due(w, row, own, next, row->cause | CAUSE_RETRY, true);
        return;
    }
    case ACTION_SKIP:
        if (c->why == WHY_BRAKE || c->why == WHY_NO_KEY)
            return; /* stays due until a person goes on */
        break;
    case ACTION_NONE:
    case ACTION_LINK:
        if (c->base_moved || (c->subject->link && c->subject->link->state != c->link_state))
            put_link(
                w, c,
                c->subject->link ? c->subject->link->id[SIDE_SF] : row_on(w, c, SIDE_SF)->rec.id,
                c->subject->link ? c->subject->link->id[SIDE_HS] : row_on(w, c, SIDE_HS)->rec.id,
                none);
        add_question(w, c);
        keep_duels(w, c);
        int64_t again = retry_at(w->p->en, w->now_ms, true, row->attempts);
        if (field_errors(w, c, again)) {
            w->p->report->errors++;
            clear_older(w, c);
            add_due(w, row, own, next_look(c, again), row->cause | CAUSE_RETRY, true);
            return;
        }
        clear_pair(w, c);
        break;
    default:
        break;
    }
    add_due(w, row, own, 0, 0, false);
}

static void prepare(struct work *w)
{
    struct arena *a = &w->p->en->chunk;
    size_t n = w->plan->count;
    w->link = ARENA_ARRAY(a, struct link, n);
    w->audit = ARENA_ARRAY(a, struct audit_entry, 2 * n);
    w->review = ARENA_ARRAY(a, struct review_entry, n);
    w->severed = ARENA_ARRAY(a, struct severed, n);
    w->lift = ARENA_ARRAY(a, struct link, n);
    w->drop = ARENA_ARRAY(a, struct str, n);
    w->place = ARENA_ARRAY(a, struct str, n);
    size_t errors = n;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < w->plan->change[i].fields; k++)
            errors += w->plan->change[i].field[k].refused;
    w->error = ARENA_ARRAY(a, struct error_entry, errors);
    size_t duels = 0;
    for (size_t i = 0; i < n; i++)
        duels += w->plan->change[i].duels;
    w->duel = ARENA_ARRAY(a, struct duel, duels);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        w->row[s] = ARENA_ARRAY(a, struct row, n);
        w->due[s] = ARENA_ARRAY(a, struct row, 2 * n);
        w->clear[s] = ARENA_ARRAY(a, struct str, n);
        w->stale[s] = ARENA_ARRAY(a, struct str, n);
    }
}

static bool store_outcomes(struct work *w, struct err *e)
{
    struct store *st = w->p->en->o.store;
    int64_t *drop = ARENA_ARRAY(&w->p->en->chunk, int64_t, w->entries);
    size_t drops = 0;
    for (size_t i = 0; i < w->entries; i++)
        if (!w->entry_open[i])
            drop[drops++] = w->entry[i].id;
    bool ok = effects_put(w, e);
    for (enum side s = SIDE_SF; ok && s < SIDE_COUNT; s++)
        ok = st->ops->rows_put(st, s, w->row[s], w->rows[s], e) &&
             st->ops->rows_due(st, s, w->due[s], w->dues[s], e) &&
             st->ops->errors_clear(st, s, w->clear[s], w->clears[s], INT64_MAX, e) &&
             st->ops->reviews_clear(st, s, w->clear[s], w->clears[s], e);
    ok = ok && st->ops->links_drop(st, w->drop, w->drops, e) &&
         st->ops->links_put(st, w->link, w->links, e) &&
         st->people->placings_put(st, w->place, w->places, w->p->run.id, e) &&
         st->ops->severed_put(st, w->severed, w->severeds, e) &&
         st->ops->severed_drop(st, w->lift, w->lifts, e) &&
         st->ops->duels_put(st, w->duel, w->duels, e) &&
         st->ops->audit_put(st, w->audit, w->audits, e) &&
         st->ops->errors_put(st, w->error, w->errors, e) &&
         st->ops->errors_clear(st, SIDE_SF, w->stale[SIDE_SF], w->stales[SIDE_SF], w->now_ms, e) &&
         st->ops->errors_clear(st, SIDE_HS, w->stale[SIDE_HS], w->stales[SIDE_HS], w->now_ms, e) &&
         st->ops->reviews_put(st, w->review, w->reviews, e) &&
         st->ops->outbox_drop(st, drop, drops, e);
    if (ok && w->position.p && w->p->run.id) {
        w->p->run.position = w->position;
        ok = st->ops->run_put(st, &w->p->run, e);
        w->p->run.position = S("");
    }
    return ok;
}

bool record_outcomes(struct work *w, struct err *e)
{
    struct store *st = w->p->en->o.store;
    size_t hint[SIDE_COUNT] = {0, 0};
    prepare(w);
    w->now_ms = engine_now(w->p->en, w->ctx->side);
    for (size_t i = 0; i < w->plan->count; i++) {
        struct change *c = &w->plan->change[i];
        struct job *job[SIDE_COUNT] = {NULL, NULL};
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            if (hint[s] < w->jobs[s] && w->job[s][hint[s]].change == c)
                job[s] = job_of(w, c, s, &hint[s]);
        if (c->action == ACTION_UNLINK || c->action == ACTION_ARCHIVE)
            settle_unlink(w, c, job);
        else if (c->action == ACTION_FOLLOW)
            settle_follow(w, c, job);
        else if (job[SIDE_SF] || job[SIDE_HS])
            settle(w, c, job);
        else
            settle_quiet(w, c);
    }
    if (!st->ops->begin(st, w->entries ? STORE_FULL : STORE_NORMAL, e))
        return false;
    bool ok = w->p->o.kind == PASS_SYNC || run_open(w->p, e);
    if (ok && store_outcomes(w, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}
