/* recover: what a killed pass left open (S8.2).
 *
 * An intent without an outcome is never sent again as it stands. Its records are read, a create by
 * its key; what is found to have taken effect becomes link and base as intended, so that an edit
 * made meanwhile counts as moved and is not overwritten; everything is then decided anew. */
#include "engine/engine_p.h"

#include <string.h>

#include "model/pack.h"

struct open_intents {
    struct outbox_entry *entry;
    struct intent *intent;
    struct record *record; /* as read now */
    struct row **before;   /* the target as it was known before; NULL = not */
    struct subject *known; /* by the record that is not the target */
    size_t count;
};

static bool decode(struct engine *en, struct outbox_entry *entry, struct open_intents *out,
                   struct err *e)
{
    struct str payload = entry->payload;
    bool ok;
    *out = (struct open_intents){.entry = entry};
    out->intent = ARENA_ARRAY(&en->chunk, struct intent, entry->records);
    while (out->count < entry->records &&
           intent_next(&en->chunk, &payload, &out->intent[out->count], &ok))
        out->count++;
    if (out->count == entry->records && payload.n == 0)
        return true;
    return err_set(e, ERR_INTERNAL, "store_damaged", "outbox entry %lld cannot be read",
                   (long long)entry->id);
}

/* Creates are looked up by key, the others by id; one list each. */
static bool read_targets(struct engine *en, struct open_intents *o, struct err *e)
{
    enum side to = o->entry->to;
    struct crm *crm = en->o.crm[to];
    struct str *text = ARENA_ARRAY(&en->chunk, struct str, o->count);
    struct record *rec = ARENA_ARRAY(&en->chunk, struct record, o->count);
    o->record = ARENA_ARRAY(&en->chunk, struct record, o->count);
    for (int creates = 0; creates < 2; creates++) {
        size_t n = 0, at = 0;
        for (size_t i = 0; i < o->count; i++)
            if (o->intent[i].create == (creates == 1))
                text[n++] = o->intent[i].id[creates ? side_other(to) : to];
        if (n == 0)
            continue;
        bool ok = creates ? crm->ops->get_by_key(crm, &en->chunk, text, n, rec, e)
                          : crm->ops->get(crm, &en->chunk, text, n, rec, e);
        if (!ok)
            return err_wrap(e, "reading what an interrupted run wrote to %s", side_name(to));
        for (size_t i = 0; i < o->count; i++)
            if (o->intent[i].create == (creates == 1))
                o->record[i] = rec[at++];
    }
    return true;
}

static const struct intent_field *field_of(const struct intent *in, uint32_t id)
{
    for (size_t i = 0; i < in->fields; i++)
        if (in->field[i].id == id)
            return &in->field[i];
    return NULL;
}

/* The audit row of what a cut write turns out to have done; what the target held before is what was
 * last read of it. */
static bool tell_audit(struct pass *p, const struct open_intents *o, size_t i, const struct link *l,
                       const bool *took, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    const struct mappings *m = &en->mappings;
    const struct intent *in = &o->intent[i];
    struct value *now = ARENA_ARRAY(&en->chunk, struct value, m->count);
    struct value *old = ARENA_ARRAY(&en->chunk, struct value, m->count);
    struct change c = {.field = ARENA_ARRAY(&en->chunk, struct field_change, m->count)};
    if (!values_unpack(in->base[in->to], m, now))
        return true;
    if (o->before[i] && !values_unpack(o->before[i]->packed, m, old))
        memset(old, 0, m->count * sizeof(struct value));
    for (size_t k = 0; k < m->count; k++) {
        const struct intent_field *f = field_of(in, m->map[k].id);
        if (took[k] && value_known(&now[k]) && !value_eq(&now[k], &old[k]) &&
            !(value_blank(&now[k]) && value_blank(&old[k])))
            c.field[c.fields++] =
                (struct field_change){.map = k,
                                      .to = in->to,
                                      .old = old[k],
                                      .value = now[k],
                                      .rule = f ? str_cstr(&en->chunk, f->rule) : "S8.2"};
    }
    if (c.fields == 0 && !in->origin)
        return true;
    struct audit_entry a = {.run = o->entry->run,
                            .at_ms = o->entry->made_ms,
                            .side = in->to,
                            .record = {l->id[SIDE_SF], l->id[SIDE_HS]},
                            .action = in->create   ? S("create")
                                      : in->origin ? S("link")
                                                   : S("update"),
                            .detail = audit_detail(&en->chunk, m, &c, in->to)};
    bool ours = o->entry->run == p->run.id;
    p->report->created[in->to] += ours && in->create;
    p->report->updated[in->to] += ours && !in->create;
    return st->ops->audit_put(st, &a, 1, e);
}

/* The base after a write that was cut: intended where its target shows it, else as it was. What was
 * to go to the other side is not told by this one, but by its own intent; which, where there is no
 * link yet, has nothing to keep it in: then `there`, what was read of the other side, tells. */
static void base_found(struct engine *en, const struct intent *in, const struct record *rec,
                       const struct link *link, const struct value *there,
                       struct value *base[SIDE_COUNT], bool *took)
{
    const struct mappings *m = &en->mappings;
    enum side to = in->to, from = side_other(to);
    struct value *want[SIDE_COUNT];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        base[s] = ARENA_ARRAY(&en->chunk, struct value, m->count);
        want[s] = ARENA_ARRAY(&en->chunk, struct value, m->count);
        if (link && !values_unpack(link->base[s], m, base[s]))
            memset(base[s], 0, m->count * sizeof(struct value));
        if (!values_unpack(in->base[s], m, want[s]))
            memset(want[s], 0, m->count * sizeof(struct value));
    }
    for (size_t i = 0; i < m->count; i++) {
        const struct intent_field *f = field_of(in, m->map[i].id);
        enum side at = f ? f->to : to;
        const struct value *shown = at == to ? &rec->value[i] : there ? &there[i] : NULL;
        took[i] =
            in->create || (shown && value_known(&want[at][i]) && value_eq(&want[at][i], shown));
        if (!took[i])
            continue;
        base[to][i] = want[to][i];
        base[from][i] = want[from][i];
    }
}

static bool took_effect(const struct intent *in, const struct record *rec)
{
    if (rec->state != RECORD_LIVE)
        return false;
    if (in->create)
        return true;
    if (in->origin && in->to == SIDE_HS)
        return str_eq(rec->key, in->id[SIDE_SF]); /* our id on the company makes the link (S8.1) */
    return !in->origin;
}

/* A link was to end: did it? A record that is in the bin by our own doing is no news (S12.5). Else
 * our id is off this record, which had it, and the other one carries none that can be taken off: a
 * link stands while one of the two shows it (S8.1). */
static bool ended(const struct engine *en, const struct open_intents *o, size_t i)
{
    const struct intent *in = &o->intent[i];
    const struct record *rec = &o->record[i];
    enum side other = side_other(in->to);
    const struct row *before = o->before[i], *left = o->known[i].row[other];
    if (in->archive)
        return rec->state == RECORD_DELETED;
    bool off = before && str_eq(before->rec.key, in->id[other]) && rec->state == RECORD_LIVE &&
               !str_eq(rec->key, in->id[other]);
    bool shown = en->key_ready[other] && left->rec.state == RECORD_LIVE &&
                 str_eq(left->rec.key, in->id[in->to]);
    return off && !shown;
}

static bool end_link(struct pass *p, const struct open_intents *o, size_t i, struct link *l,
                     struct err *e)
{
    struct store *st = p->en->o.store;
    const struct intent *in = &o->intent[i];
    struct severed gone = {.why = in->why, .at_ms = o->entry->made_ms, .link = *l};
    struct row quiet = {.rec = {.id = l->id[in->to]}};
    struct audit_entry a = {.run = o->entry->run,
                            .at_ms = o->entry->made_ms,
                            .side = in->to,
                            .record = {l->id[SIDE_SF], l->id[SIDE_HS]},
                            .action = in->archive ? S("archive") : S("unlink"),
                            .detail = S("")};
    return st->ops->links_drop(st, &l->id[SIDE_SF], 1, e) &&
           st->ops->severed_put(st, &gone, 1, e) && st->ops->audit_put(st, &a, 1, e) &&
           st->ops->rows_due(st, in->to, &quiet, 1, e);
}

/* What a link wrote to Salesforce is told when it is found, before the link itself is: that is for
 * the company's intent to find (S8.1). */
static bool tell_before_link(struct pass *p, const struct open_intents *o, size_t i, struct err *e)
{
    struct engine *en = p->en;
    const struct intent *in = &o->intent[i];
    struct link l = {.id = {in->id[SIDE_SF], in->id[SIDE_HS]}};
    struct value *base[SIDE_COUNT];
    bool *took = ARENA_ARRAY(&en->chunk, bool, en->mappings.count), any = false;
    base_found(en, in, &o->record[i], NULL, NULL, base, took);
    for (size_t k = 0; k < en->mappings.count; k++) {
        const struct intent_field *f = field_of(in, en->mappings.map[k].id);
        took[k] = took[k] && f && f->to == in->to;
        any = any || took[k];
    }
    return !any || tell_audit(p, o, i, &l, took, e);
}

/* The pair as the write left it, with the bases that were found. */
static bool keep_pair(struct pass *p, struct open_intents *o, size_t i, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    const struct mappings *m = &en->mappings;
    const struct intent *in = &o->intent[i];
    const struct row *other = o->known[i].row[side_other(in->to)];
    const struct link *link = o->known[i].link;
    struct link l = link ? *link : (struct link){.origin = in->origin, .run = o->entry->run};
    l.since_ms = l.since_ms ? l.since_ms : o->entry->made_ms;
    l.id[side_other(in->to)] = other->rec.id;
    l.id[in->to] = o->record[i].id;
    l.wrote_ms[in->to] = o->entry->made_ms;
    struct value *base[SIDE_COUNT], *there = ARENA_ARRAY(&en->chunk, struct value, m->count);
    bool *took = ARENA_ARRAY(&en->chunk, bool, m->count);
    bool read = !link && values_unpack(other->packed, m, there);
    base_found(en, in, &o->record[i], link, read ? there : NULL, base, took);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        l.base[s] = engine_pack(en, &en->chunk, base[s]);
    bool fresh = !link && l.origin != ORIGIN_ADOPTED;
    if (!st->ops->links_put(st, &l, 1, e) ||
        (fresh && !st->people->placings_put(st, &l.id[SIDE_HS], 1, o->entry->run, e))) /* S3.7 */
        return false;
    bool told = link && in->origin; /* the rest of its batch had answers */
    return told || tell_audit(p, o, i, &l, took, e);
}

static bool settle_one(struct pass *p, struct open_intents *o, size_t i, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    const struct intent *in = &o->intent[i];
    enum side own = side_other(in->to);
    struct subject *known = &o->known[i];
    if (!known->row[own])
        return true;
    struct link *link = known->link;
    struct row due = *known->row[own];
    if (in->ends && (!link || ended(en, o, i)))
        return !link || end_link(p, o, i, link, e);
    bool live = o->record[i].state == RECORD_LIVE;
    if (in->origin && in->to == SIDE_SF && !link && live && !tell_before_link(p, o, i, e))
        return false;
    if (took_effect(in, &o->record[i]) && (!link || str_eq(link->id[in->to], o->record[i].id)) &&
        !keep_pair(p, o, i, e))
        return false;
    due.due_ms = DUE_AT_ONCE;
    due.cause |= CAUSE_RETRY;
    return st->ops->rows_due(st, own, &due, 1, e);
}

static bool recover_entry(struct pass *p, struct outbox_entry *entry, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct open_intents o;
    size_t fresh;
    if (!decode(en, entry, &o, e) || !read_targets(en, &o, e) || !st->ops->begin(st, STORE_FULL, e))
        return false;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, o.count);
    o.before = ARENA_ARRAY(&en->chunk, struct row *, o.count);
    o.known = ARENA_ARRAY(&en->chunk, struct subject, o.count);
    struct record *keep = ARENA_ARRAY(&en->chunk, struct record, o.count);
    size_t kept = 0;
    for (size_t i = 0; i < o.count; i++)
        ids[i] = o.record[i].id;
    if (!st->ops->rows_get(st, &en->chunk, entry->to, ids, o.count, o.before, e)) {
        st->ops->rollback(st);
        return false;
    }
    for (size_t i = 0; i < o.count; i++) {
        ids[i] = o.intent[i].id[side_other(entry->to)];
        if (o.record[i].id.n && (o.record[i].state == RECORD_LIVE || !o.intent[i].create))
            keep[kept++] = o.record[i];
    }
    bool ok =
        observe_keep(en, entry->to, false, keep, kept, &fresh, e) &&
        st->ops->subjects_get(st, &en->chunk, side_other(entry->to), ids, o.count, o.known, e);
    for (size_t i = 0; ok && i < o.count; i++)
        ok = settle_one(p, &o, i, e);
    if (ok && st->ops->outbox_drop(st, &entry->id, 1, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* fresh: nothing of the chunk's arena is in use, so each entry may have it for itself. */
static bool recover_all(struct pass *p, bool fresh, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct arena list;
    bool ok = true;
    arena_init(&list, 256 * MIB);
    for (size_t n = 1; ok && n > 0;) {
        struct outbox_entry *entry;
        arena_reset(&list);
        ok = st->ops->outbox_list(st, &list, &entry, &n, e);
        for (size_t i = 0; ok && i < n; i++) {
            if (fresh)
                arena_reset(&en->chunk);
            ok = recover_entry(p, &entry[i], e);
            engine_progress(en, "recovering", i + 1, n);
            if (ok && engine_stopping(en))
                ok = err_set(e, ERR_STOPPED, "stopped", "stopped while recovering");
        }
    }
    arena_release(&list);
    if (fresh)
        arena_reset(&en->chunk);
    return ok;
}

bool recover(struct pass *p, struct err *e)
{
    return recover_all(p, true, e);
}

bool recover_open(struct pass *p, struct err *e)
{
    return recover_all(p, false, e);
}
