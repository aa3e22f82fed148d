#include "core/undo.h"

#include <string.h>

#include "core/plan_p.h"
#include "model/pack.h"

const char *undo_why_name(enum undo_why w)
{
    static const char *const names[UNDO_WHY_COUNT] = {
        [UNDO_CHANGED] = "changed_since",
        [UNDO_UNKNOWN] = "field_unknown",
        [UNDO_REFUSED] = "refused",
        [UNDO_EDITED] = "edited_by_a_person",
        [UNDO_ATTACHED] = "attached",
        [UNDO_UNSEEN] = "not_visible_what_hangs_on_it",
        [UNDO_GONE] = "gone",
        [UNDO_ARCHIVED] = "archived",
        [UNDO_MERGED] = "merged",
        [UNDO_UNLINKED] = "unlinked_since",
        [UNDO_TAKEN] = "linked_otherwise",
    };
    return names[w];
}

struct deciding {
    struct arena *a;
    const struct plan_context *ctx;
    const struct undo_deed *deed;
    const struct undo_pair *pair;
    struct change *c;
    struct undo_notes *notes;
};

static void note(struct deciding *d, enum undo_why why, enum side side, struct str field,
                 struct str detail)
{
    assert(d->notes->count < d->notes->room);
    d->notes->note[d->notes->count++] = (struct undo_note){
        .why = why, .side = side, .record = d->deed->id[side], .field = field, .detail = detail};
}

static bool live(const struct deciding *d, enum side s)
{
    return d->pair->row[s] && d->pair->row[s]->rec.state == RECORD_LIVE;
}

static bool is_linked(const struct deciding *d)
{
    const struct link *l = d->pair->subject->link;
    return l && str_eq(l->id[SIDE_SF], d->deed->id[SIDE_SF]) &&
           str_eq(l->id[SIDE_HS], d->deed->id[SIDE_HS]);
}

/* The bases are what the link says; the fields that are restored move them. */
static void start_bases(struct deciding *d)
{
    const struct mappings *m = d->ctx->mappings;
    const struct link *l = d->pair->subject->link;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        d->c->base[s] = ARENA_ARRAY(d->a, struct value, m->count);
        if (l && !values_unpack(l->base[s], m, d->c->base[s]))
            memset(d->c->base[s], 0, m->count * sizeof(struct value));
    }
    d->c->field = ARENA_ARRAY(d->a, struct field_change, d->deed->fields);
}

/* The field was noted by its name; of the mappings that have it, the account's kind selects one. */
static size_t map_of(const struct deciding *d, const struct undo_field *f)
{
    const struct mappings m = plan_mappings(d->ctx, d->pair->row[SIDE_SF]);
    size_t i = mapping_used_at(&m, f->side, m.map[f->map].name[f->side]);
    return i < m.count ? i : f->map;
}

static void restore(struct deciding *d, const struct undo_field *f)
{
    const size_t map = map_of(d, f);
    const struct mapping *m = &d->ctx->mappings->map[map];
    const struct value *now = &d->pair->row[f->side]->rec.value[map];
    struct err why;
    if (!value_known(now) || m->suspended[0]) {
        note(d, UNDO_UNKNOWN, f->side, m->name[f->side], STR_NONE);
        return;
    }
    if (value_eq(now, &f->old))
        return; /* it is back already */
    if (!value_eq(now, &f->wrote)) {
        note(d, UNDO_CHANGED, f->side, m->name[f->side], now->text);
        return;
    }
    if (!mapping_accepts(m, f->side, f->old, false, &why)) {
        note(d, UNDO_REFUSED, f->side, m->name[f->side], str_dup(d->a, str_from(why.msg)));
        return;
    }
    d->c->field[d->c->fields++] = (struct field_change){
        .map = map, .to = f->side, .old = *now, .value = f->old, .rule = "S12.4"};
    d->c->base[f->side][map] = f->old;
    enum side other = side_other(f->side);
    if (live(d, other)) /* S12.5: what undo restored stands */
        d->c->base[other][map] = d->pair->row[other]->rec.value[map];
}

static void restore_fields(struct deciding *d)
{
    for (size_t i = 0; i < d->deed->fields; i++) {
        const struct undo_field *f = &d->deed->field[i];
        bool away = d->c->action == ACTION_ARCHIVE && d->c->to == f->side;
        if (!away && live(d, f->side))
            restore(d, f);
    }
}

/* May the record that the run made go? */
static bool may_archive(struct deciding *d)
{
    const struct undo_pair *p = d->pair;
    enum side s = d->deed->side;
    if (!live(d, s))
        note(d, UNDO_GONE, s, STR_NONE, STR_NONE);
    else if (!is_linked(d))
        note(d, p->subject->link ? UNDO_TAKEN : UNDO_UNLINKED, s, STR_NONE, STR_NONE);
    else if (p->edited)
        note(d, UNDO_EDITED, s, STR_NONE, p->touch);
    else if (p->attached)
        note(d, UNDO_ATTACHED, s, STR_NONE, p->touch);
    else if (p->unseen)
        note(d, UNDO_UNSEEN, s, STR_NONE, p->touch);
    else
        return true;
    return false;
}

/* A link that the run ended comes back where both records stand and are free. */
static bool may_relink(struct deciding *d)
{
    const struct undo_pair *p = d->pair;
    if (is_linked(d))
        return false; /* it is back already */
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (!live(d, s)) {
            note(d, UNDO_GONE, s, STR_NONE, STR_NONE);
            return false;
        }
        if (p->row[s]->partner.n && !p->freed) {
            note(d, UNDO_TAKEN, s, STR_NONE, p->row[s]->partner);
            return false;
        }
    }
    return true;
}

static void relink(struct deciding *d)
{
    const struct undo_pair *p = d->pair;
    const struct mappings *m = d->ctx->mappings;
    d->c->action = ACTION_LINK;
    d->c->partner = p->row[SIDE_HS];
    d->c->resumes = p->severed;
    d->c->origin = p->severed ? p->severed->link.origin : ORIGIN_HAND;
    d->c->base_moved = true;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        memcpy(d->c->base[s], p->row[s]->rec.value, m->count * sizeof(struct value));
    restore_fields(d); /* an unlink that took values back with it: an undo, undone */
}

void undo_decide(struct arena *a, const struct plan_context *ctx, const struct undo_deed *deed,
                 const struct undo_pair *pair, struct change *out, struct undo_notes *notes)
{
    struct deciding d = {a, ctx, deed, pair, out, notes};
    *out = (struct change){.subject = pair->subject, .why = WHY_UNDO, .part = true};
    if (pair->subject->link)
        out->link_state = pair->subject->link->state;
    start_bases(&d);
    if (deed->followed)
        note(&d, UNDO_MERGED, SIDE_SF, STR_NONE, STR_NONE);
    if (deed->archived) {
        if (!live(&d, deed->side))
            note(&d, UNDO_ARCHIVED, deed->side, STR_NONE, STR_NONE);
        else if (!is_linked(&d) && may_relink(&d)) /* somebody brought it back */
            relink(&d);
    } else if (deed->made) {
        if (may_archive(&d)) {
            out->action = ACTION_ARCHIVE;
            out->to = deed->side;
            restore_fields(&d);
        }
    } else if (deed->ended && !deed->linked) {
        if (may_relink(&d))
            relink(&d);
    } else if (!deed->fields && !deed->linked) {
        return; /* all that it did is in the notes */
    } else if (!is_linked(&d)) {
        note(&d, UNDO_UNLINKED, SIDE_SF, STR_NONE, STR_NONE);
    } else {
        restore_fields(&d);
        out->action = deed->linked ? ACTION_UNLINK : out->fields ? ACTION_UPDATE : ACTION_NONE;
    }
}
