#include "core/gone.h"

static struct row *find_survivor(const struct plan_context *ctx, struct str id)
{
    for (size_t i = 0; i < ctx->near->survivors; i++)
        if (str_eq(ctx->near->survivor[i]->rec.id, id))
            return ctx->near->survivor[i];
    return NULL;
}

/* Where a merged record is today: a survivor may have been merged away itself, and is followed to
 * the end. */
static struct row *survivor_of(const struct plan_context *ctx, const struct row *row)
{
    struct row *at = find_survivor(ctx, row->rec.survivor);
    for (size_t i = 0; at && at->rec.state == RECORD_MERGED && i < ctx->near->survivors; i++)
        at = find_survivor(ctx, at->rec.survivor);
    return at && at->rec.state == RECORD_MERGED ? NULL : at;
}

static void skip(struct change *c, enum why why)
{
    c->action = ACTION_NONE;
    c->why = why;
    c->link_state = LINK_PAUSED;
}

static void ask_delete(struct change *c, enum side gone, enum why why)
{
    c->action = ACTION_REVIEW;
    c->why = why;
    c->to = gone;
    c->candidates = c->subject->link->id[gone];
    c->link_state = LINK_PAUSED;
}

static const enum link_origin makes[SIDE_COUNT] = {ORIGIN_CREATED_ACCOUNT, ORIGIN_CREATED_COMPANY};

/* S9.1: by itself only what Tandem made goes to the recycle bin; all else a person decides. */
static void delete_other(struct change *c, enum side gone)
{
    if (c->subject->link->origin != makes[side_other(gone)]) {
        ask_delete(c, gone, WHY_DELETE_ASKS);
        return;
    }
    c->action = ACTION_ARCHIVE;
    c->why = WHY_DELETED;
    c->to = side_other(gone);
}

bool gone_cascades(const struct change *c)
{
    return c->action == ACTION_ARCHIVE && c->to == SIDE_SF;
}

void gone_spare(struct change *c)
{
    ask_delete(c, side_other(c->to), WHY_DELETE_ATTACHED);
}

static void deleted(const struct plan_context *ctx, struct change *c, enum side gone)
{
    const struct row *left = c->subject->row[side_other(gone)];
    if (ctx->settings->on_delete == ON_DELETE_IGNORE) {
        skip(c, WHY_DELETED_IGNORED);
        return;
    }
    if (ctx->settings->on_delete == ON_DELETE_DELETE && left && left->rec.state == RECORD_LIVE) {
        delete_other(c, gone);
        return;
    }
    c->action = ACTION_UNLINK;
    c->why = WHY_DELETED;
}

/* S9.3: the loser's link follows the survivor; two links cannot. */
static void merged(const struct plan_context *ctx, struct change *c, enum side s)
{
    const struct subject *sub = c->subject;
    struct row *survivor = survivor_of(ctx, sub->row[s]);
    if (!survivor || survivor->rec.state == RECORD_HIDDEN) {
        skip(c, WHY_PARTNER_GONE); /* not read yet, or out of sight: nothing is believed */
        return;
    }
    if (survivor->rec.state != RECORD_LIVE || plan_bars(ctx->settings, survivor)) {
        deleted(ctx, c, s);
        return;
    }
    c->to = s;
    c->partner = survivor;
    c->why = WHY_MERGED;
    c->action = ACTION_FOLLOW;
    if (!survivor->partner.n)
        return;
    c->action = ACTION_REVIEW;
    c->why = WHY_LEFTOVER;
    c->candidates = survivor->partner;
    c->link_state = LINK_PAUSED;
}

enum link_origin gone_origin(enum link_origin origin, enum side merged)
{
    return origin == makes[merged] ? ORIGIN_MERGED : origin;
}

void gone_decide(const struct plan_context *ctx, struct change *c)
{
    const struct subject *sub = c->subject;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = sub->row[s];
        if (row && row->rec.state == RECORD_DELETED) {
            deleted(ctx, c, s);
            return;
        }
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        const struct row *row = sub->row[s], *other = sub->row[side_other(s)];
        if (row && row->rec.state == RECORD_MERGED && other && other->rec.state == RECORD_LIVE) {
            merged(ctx, c, s);
            return;
        }
    }
    bool both = true; /* merged away on both sides: whoever they went into has its own link */
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        both = both && sub->row[s] && sub->row[s]->rec.state == RECORD_MERGED;
    if (both) {
        c->action = ACTION_UNLINK;
        c->why = WHY_MERGED;
        return;
    }
    skip(c, WHY_PARTNER_GONE); /* S9.4 */
}

const struct severed *gone_resumes(const struct plan_context *ctx, const struct row *row,
                                   struct row **partner)
{
    enum side own = ctx->side, other = side_other(own);
    const struct neighbours *near = ctx->near;
    for (size_t i = 0; row->severed && i < near->severeds; i++) {
        const struct severed *v = &near->severed[i];
        if (v->why != SEVER_DELETED || !str_eq(v->link.id[own], row->rec.id))
            continue;
        for (size_t k = 0; k < near->others; k++) {
            struct row *r = near->other[k];
            if (str_eq(r->rec.id, v->link.id[other]) && r->rec.state == RECORD_LIVE &&
                !r->partner.n) {
                *partner = r;
                return v;
            }
        }
    }
    return NULL;
}
