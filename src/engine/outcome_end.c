/* Links that end, and those that follow a merge. */
#include "core/gone.h"
#include "engine/outcome_p.h"

enum sever why_severed(const struct change *c)
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
    tell_error(w, c, c->to, STR_NONE, STR_NONE, job[c->to]->write->err, 0);
    tell_due(w, c->subject->row[own], own, 0, 0, false);
    w->p->report->errors++;
    return true;
}

/* The link stands while a write may still be due: what was written of it is told as of any pair. */
static bool unlink_waits(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side;
    const struct row *row = c->subject->row[own];
    const struct job *away = c->action == ACTION_ARCHIVE ? job[c->to] : NULL;
    bool waits = false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        waits = waits ||
                (job[s] && !write_done(job[s]->write) && job[s]->write->outcome != CRM_REJECTED);
    if (!waits)
        return false;
    if (!away || !write_done(away->write)) {
        c->link_state = c->subject->link->state;
        settle(w, c, job);
        return true;
    }
    w->row[c->to][w->rows[c->to]++] = row_archived(w, c, c->to);
    if (job[side_other(c->to)]->write->outcome == CRM_UNKNOWN)
        leave_open(w, c, job[side_other(c->to)]);
    tell_due(w, row, own, engine_now(w->p->en, own) + MS_MINUTE, row->cause | CAUSE_FORGOT, true);
    return true;
}

/* S7.6: the link ends; what it was is remembered. A key that the service does not let us take off
 * stays; anything else is tried again, and the link stands till then. */
void settle_unlink(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side;
    const struct link *l = c->subject->link;
    int64_t now = engine_now(w->p->en, own);
    if (archive_refused(w, c, job) || unlink_waits(w, c, job))
        return;
    bool told = false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (!job[s] || !write_done(job[s]->write))
            continue;
        bool gone = job[s]->write->archive;
        tell_stored(w, c, job[s]->write, s);
        w->row[s][w->rows[s]++] = gone ? row_archived(w, c, s) : row_after(w, c, job[s]->write, s);
        tell_audit(w, c, s, gone ? "archive" : "unlink", l->id[SIDE_SF], l->id[SIDE_HS]);
        w->p->report->archived[s] += gone;
        told = true;
    }
    if (!told)
        tell_audit(w, c, side_other(own), "unlink", l->id[SIDE_SF], l->id[SIDE_HS]);
    w->drop[w->drops++] = l->id[SIDE_SF];
    w->severed[w->severeds++] = (struct severed){
        .why = why_severed(c),
        .at_ms = now,
        .link = *l,
    };
    tell_clear(w, c);
    w->p->report->errors += tell_field_errors(w, c, 0);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *left = row_on(w, c, s);
        bool stands = left && left->rec.state == RECORD_LIVE && !(job[s] && job[s]->write->archive);
        if (stands) /* another record may match it, by an edit that is still to do as well (S2.2) */
            tell_due(w, left, s, DUE_AT_ONCE, (left->cause & CAUSE_MOVED) | CAUSE_FORGOT, false);
        else if (left)
            tell_due(w, left, s, 0, 0, false);
    }
}

/* What the company that the link is with now carries. */
static void keep_id(struct work *w, const struct change *c, const struct crm_write *wr)
{
    struct row row = c->to == SIDE_HS ? *c->partner : *row_on(w, c, SIDE_HS);
    row.rec.key = wr->key;
    w->row[SIDE_HS][w->rows[SIDE_HS]++] = row;
}

/* S9.3: the link with its base goes over to the survivor, which is then looked at again. Where
 * HubSpot refuses our id it is tried once more then, with what else there is to write (S15). */
void settle_follow(struct work *w, struct change *c, struct job *const job[SIDE_COUNT])
{
    enum side own = w->ctx->side, m = c->to;
    const struct row *row = c->subject->row[own];
    struct crm_write *wr = job[SIDE_HS] ? job[SIDE_HS]->write : NULL;
    if (wr && !write_done(wr) && wr->outcome != CRM_REJECTED) {
        if (wr->outcome == CRM_UNKNOWN)
            leave_open(w, c, job[SIDE_HS]);
        tell_due(w, row, own, engine_now(w->p->en, own) + MS_MINUTE, row->cause | CAUSE_FORGOT,
                 true);
        return;
    }
    uint32_t cause = CAUSE_MOVED | (wr && !write_done(wr) ? CAUSE_RETRY : 0);
    if (wr && write_done(wr))
        keep_id(w, c, wr);
    struct link l = *c->subject->link;
    w->drop[w->drops++] = l.id[SIDE_SF];
    l.id[m] = c->partner->rec.id;
    l.origin = gone_origin(l.origin, m);
    l.state = LINK_LIVE;
    w->link[w->links++] = l;
    tell_clear(w, c);
    tell_audit(w, c, m, "follow", l.id[SIDE_SF], l.id[SIDE_HS]);
    tell_due(w, row, own, 0, 0, false);
    tell_due(w, c->partner, m, DUE_AT_ONCE, cause, false);
}
