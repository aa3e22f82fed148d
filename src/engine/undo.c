/* undo: takes back what a run did, newest first, a page of its audit at a time (S12.4, S12.5). It
 * reads the records again in the call before it writes them, works while the switch is off (S1.1),
 * and is a run with intents, audit and outcomes like any other: it can be undone itself. */
#include "engine/contacts_p.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "core/undo.h"
#include "text/hash.h"

#define UNDO_PAGE 1000 /* audit entries at a time */

struct undoing {
    struct pass p;
    const struct undo_options *o;
    struct neighbours near;
    struct plan_context ctx;
    /* of one page */
    struct undo_deed *deed;
    struct undo_pair *pair;
    size_t deeds;
    struct stage_undo *stage; /* companies that were moved to a stage (S10.1) */
    size_t stages;
    struct contact_undo *contact; /* contacts that were put somewhere (S3.7, S11.1) */
    size_t contacts;
    /* Of all pages of a preview: how many contacts would go from each record. There they hang on it
     * still. */
    struct table going;
};

/* ---- what the run did ------------------------------------------------------------------------ */

static int by_pair(const void *a, const void *b)
{
    const struct audit_entry *x = a, *y = b;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        int c = str_cmp(x->record[s], y->record[s]);
        if (c)
            return c;
    }
    return x->id > y->id ? -1 : x->id < y->id; /* newest first */
}

static size_t map_of(const struct mappings *m, enum side s, struct str name)
{
    size_t i = 0;
    while (i < m->count && !str_eq(m->map[i].name[s], name))
        i++;
    return i;
}

static struct value value_of(struct str text)
{
    return text.n ? value_text(text) : VALUE_EMPTY;
}

/* Joins an older write of a field to the newer ones that are known. */
static void add_field(struct undo_deed *d, size_t map, enum side side, const struct audit_field *f)
{
    for (size_t i = 0; i < d->fields; i++) {
        struct undo_field *have = &d->field[i];
        struct value wrote = value_of(f->value);
        if (have->map != map || have->side != side)
            continue;
        if (value_eq(&wrote, &have->old)) /* else somebody else was in between */
            have->old = value_of(f->old);
        return;
    }
    d->field[d->fields++] = (struct undo_field){
        .map = map, .side = side, .old = value_of(f->old), .wrote = value_of(f->value)};
}

static void leave(struct undoing *u, const struct undo_note *n)
{
    u->p.report->not_undone++;
    if (u->o->left)
        u->o->left(u->o->who, n);
}

static bool add_entry(struct undoing *u, struct undo_deed *d, const struct audit_entry *x,
                      struct err *e)
{
    struct engine *en = u->p.en;
    struct audit_field *field;
    size_t n;
    if (!audit_fields(&en->chunk, x->detail, &field, &n))
        return err_set(e, ERR_INTERNAL, "store_damaged", "audit entry %lld cannot be read",
                       (long long)x->id);
    bool made = str_eq(x->action, S("create")), archived = str_eq(x->action, S("archive"));
    if (made || archived)
        d->side = x->side;
    d->made = d->made || made;
    d->archived = d->archived || archived;
    d->linked = d->linked || str_eq(x->action, S("link"));
    d->ended = d->ended || str_eq(x->action, S("unlink"));
    d->followed = d->followed || str_eq(x->action, S("follow"));
    for (size_t i = 0; i < n && !made; i++) {
        size_t map = map_of(&en->mappings, x->side, field[i].field);
        if (map < en->mappings.count) {
            add_field(d, map, x->side, &field[i]);
            continue;
        }
        struct undo_note gone = {.why = UNDO_UNKNOWN,
                                 .side = x->side,
                                 .record = x->record[x->side],
                                 .field = field[i].field};
        leave(u, &gone);
    }
    return true;
}

static bool is_contact(const struct audit_entry *x)
{
    return str_starts(x->action, S("place ")) || str_starts(x->action, S("associate "));
}

/* S3.7, S11.1: joins an older move of the same contact to the newer ones. */
static bool add_contact(struct undoing *u, const struct audit_entry *x, struct err *e)
{
    struct contact_undo one;
    if (!contact_entry(&u->p.en->chunk, x, &one))
        return err_set(e, ERR_INTERNAL, "store_damaged", "audit entry %lld cannot be read",
                       (long long)x->id);
    for (size_t i = 0; i < u->contacts; i++) {
        struct contact_undo *have = &u->contact[i];
        if (have->side != one.side || !str_eq(have->person, one.person) ||
            !str_eq(have->contact, one.contact))
            continue;
        if (str_eq(one.wrote, have->old))
            have->old = one.old;
        return true;
    }
    u->contact[u->contacts++] = one;
    return true;
}

/* Entries about contacts, as they come: newest first. */
static bool gather_contacts(struct undoing *u, const struct audit_entry *x, size_t n, struct err *e)
{
    u->contact = ARENA_ARRAY(&u->p.en->chunk, struct contact_undo, n);
    u->contacts = 0;
    for (size_t i = 0; i < n; i++)
        if (is_contact(&x[i]) && !add_contact(u, &x[i], e))
            return false;
    return true;
}

/* S10.1: joins an older move of the same company to the newer ones. */
static bool add_stage(struct undoing *u, const struct audit_entry *x, struct err *e)
{
    struct audit_field *f;
    struct str contact = x->action, verb;
    size_t n;
    if (!audit_fields(&u->p.en->chunk, x->detail, &f, &n) || n != 1 ||
        !str_cut(&contact, ' ', &verb))
        return err_set(e, ERR_INTERNAL, "store_damaged", "audit entry %lld cannot be read",
                       (long long)x->id);
    struct stage_undo *last = u->stages ? &u->stage[u->stages - 1] : NULL;
    if (last && str_eq(last->company, x->record[SIDE_HS])) {
        if (str_eq(f->value, last->old))
            last->old = f->old;
        return true;
    }
    u->stage[u->stages++] = (struct stage_undo){.account = x->record[SIDE_SF],
                                                .company = x->record[SIDE_HS],
                                                .contact = contact,
                                                .old = f->old,
                                                .wrote = f->value};
    return true;
}

/* Entries about pairs, one deed a pair. */
static bool gather(struct undoing *u, struct audit_entry *x, size_t n, struct err *e)
{
    struct arena *a = &u->p.en->chunk;
    size_t maps = u->p.en->mappings.count;
    if (!gather_contacts(u, x, n, e))
        return false;
    qsort(x, n, sizeof(*x), by_pair);
    u->deed = ARENA_ARRAY(a, struct undo_deed, n);
    u->deeds = u->stages = 0;
    u->stage = ARENA_ARRAY(a, struct stage_undo, n);
    for (size_t i = 0; i < n; i++) {
        if (str_starts(x[i].action, S("stage "))) {
            if (!add_stage(u, &x[i], e))
                return false;
            continue;
        }
        if (is_contact(&x[i]))
            continue;
        if (!x[i].record[SIDE_SF].n || !x[i].record[SIDE_HS].n)
            continue; /* an answer to a review: nothing was written */
        struct undo_deed *last = u->deeds ? &u->deed[u->deeds - 1] : NULL;
        bool same = last && str_eq(last->id[SIDE_SF], x[i].record[SIDE_SF]) &&
                    str_eq(last->id[SIDE_HS], x[i].record[SIDE_HS]);
        if (!same) {
            last = &u->deed[u->deeds++];
            last->id[SIDE_SF] = x[i].record[SIDE_SF];
            last->id[SIDE_HS] = x[i].record[SIDE_HS];
            last->field = ARENA_ARRAY(a, struct undo_field, 2 * maps);
        }
        if (!add_entry(u, last, &x[i], e))
            return false;
    }
    return true;
}

/* ---- how it stands now ----------------------------------------------------------------------- */

static bool load_rows(struct undoing *u, enum side s, struct str *ids, struct err *e)
{
    struct engine *en = u->p.en;
    struct store *st = en->o.store;
    struct subject *subject = ARENA_ARRAY(&en->chunk, struct subject, u->deeds);
    for (size_t i = 0; i < u->deeds; i++)
        ids[i] = u->deed[i].id[s];
    if (!reread_now(&u->p, s, ids, u->deeds, e))
        return false;
    if (!st->ops->subjects_get(st, &en->chunk, s, ids, u->deeds, subject, e) ||
        !engine_unpack(en, subject, u->deeds, e))
        return false;
    for (size_t i = 0; i < u->deeds; i++) {
        u->pair[i].row[s] = subject[i].row[s];
        if (s == SIDE_SF)
            u->pair[i].subject = &subject[i];
    }
    return true;
}

/* A rollup may lag behind what was just done: where it tells of contacts they are looked at. */
static bool count_contacts(struct engine *en, const struct str *ids, size_t n,
                           struct crm_touch *touch, struct err *e)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    struct str *some = ARENA_ARRAY(&en->chunk, struct str, n);
    struct association *pair;
    struct table at = {0};
    size_t somes = 0, pairs;
    for (size_t i = 0; i < n; i++)
        if (touch[i].contacts)
            some[somes++] = ids[i];
    if (somes == 0)
        return true;
    if (!hs->people->pairs(hs, &en->chunk, true, some, somes, &pair, &pairs, e))
        return false;
    for (size_t k = 0; k < pairs; k++)
        table_increment(&at, hash64(pair[k].company));
    for (size_t i = 0; i < n; i++)
        touch[i].contacts = table_get(&at, hash64(ids[i]));
    table_release(&at);
    return true;
}

/* S12.4: what became of the records that the run made. */
static bool load_touches(struct undoing *u, enum side s, struct err *e)
{
    struct engine *en = u->p.en;
    struct crm *crm = en->o.crm[s];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, u->deeds);
    size_t *of = ARENA_ARRAY(&en->chunk, size_t, u->deeds), n = 0;
    for (size_t i = 0; i < u->deeds; i++) {
        const struct row *row = u->pair[i].row[s];
        if (!u->deed[i].made || u->deed[i].side != s || !row || row->rec.state != RECORD_LIVE)
            continue;
        of[n] = i;
        ids[n++] = u->deed[i].id[s];
    }
    struct crm_touch *touch = ARENA_ARRAY(&en->chunk, struct crm_touch, n);
    if (n == 0)
        return true;
    if (!crm->ops->touched(crm, &en->chunk, ids, n, touch, e) ||
        (s == SIDE_HS && !count_contacts(en, ids, n, touch, e)))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct undo_pair *p = &u->pair[of[i]];
        p->edited = touch[i].edited;
        p->attached = touch[i].attached || touch[i].contacts > table_get(&u->going, hash64(ids[i]));
        p->unseen = touch[i].unseen;
        p->touch = touch[i].edited ? touch[i].by : touch[i].what;
    }
    return true;
}

static bool load_severed(struct undoing *u, const struct str *accounts, struct err *e)
{
    struct engine *en = u->p.en;
    struct store *st = en->o.store;
    struct severed *v;
    size_t n;
    if (!st->ops->severed_of(st, &en->chunk, SIDE_SF, accounts, u->deeds, &v, &n, e))
        return false;
    for (size_t i = 0; i < u->deeds; i++)
        for (size_t k = 0; (u->deed[i].ended || u->deed[i].archived) && k < n; k++)
            if (str_eq(v[k].link.id[SIDE_SF], u->deed[i].id[SIDE_SF]) &&
                str_eq(v[k].link.id[SIDE_HS], u->deed[i].id[SIDE_HS]))
                u->pair[i].severed = &v[k];
    return true;
}

/* A relink is undone by ending the new link in the same plan. */
static void mark_freed(struct undoing *u)
{
    for (size_t i = 0; i < u->deeds; i++)
        for (size_t k = 0; u->deed[i].ended && k < u->deeds; k++)
            if (u->deed[k].linked && !u->deed[k].ended &&
                (str_eq(u->deed[k].id[SIDE_SF], u->deed[i].id[SIDE_SF]) ||
                 str_eq(u->deed[k].id[SIDE_HS], u->deed[i].id[SIDE_HS])))
                u->pair[i].freed = true;
}

static bool load_page(struct undoing *u, struct err *e)
{
    struct arena *a = &u->p.en->chunk;
    struct str *ids = ARENA_ARRAY(a, struct str, u->deeds);
    u->pair = ARENA_ARRAY(a, struct undo_pair, u->deeds);
    if (!load_rows(u, SIDE_HS, ids, e) || !load_rows(u, SIDE_SF, ids, e) ||
        !load_severed(u, ids, e))
        return false;
    mark_freed(u);
    return load_touches(u, SIDE_SF, e) && load_touches(u, SIDE_HS, e);
}

/* ---- taking it back -------------------------------------------------------------------------- */

static void count_change(struct undoing *u, const struct change *c)
{
    struct report *r = u->p.report;
    r->action[c->action]++;
    r->why[c->why] += c->action != ACTION_NONE;
    for (size_t k = 0; k < c->fields; k++)
        r->fields[c->field[k].to]++;
    if (u->o->sink && c->action != ACTION_NONE)
        u->o->sink->change(u->o->sink->who, c, &u->p.en->mappings);
}

static bool undo_page(struct undoing *u, struct err *e)
{
    struct engine *en = u->p.en;
    struct plan plan = {ARENA_ARRAY(&en->chunk, struct change, u->deeds), 0};
    if (u->deeds == 0)
        return true;
    if (!load_page(u, e))
        return false;
    u->ctx = pass_context(&u->p, SIDE_SF, &u->near);
    for (size_t i = 0; i < u->deeds; i++) {
        struct undo_deed *d = &u->deed[i];
        struct undo_notes notes = {.room = UNDO_NOTES(d)};
        notes.note = ARENA_ARRAY(&en->chunk, struct undo_note, notes.room);
        if (!u->pair[i].subject || !u->pair[i].subject->row[SIDE_SF]) {
            struct undo_note gone = {.why = UNDO_GONE, .side = SIDE_SF, .record = d->id[SIDE_SF]};
            leave(u, &gone);
            continue;
        }
        struct change *c = &plan.change[plan.count];
        undo_decide(&en->chunk, &u->ctx, d, &u->pair[i], c, &notes);
        for (size_t k = 0; k < notes.count; k++)
            leave(u, &notes.note[k]);
        count_change(u, c);
        plan.count += c->action != ACTION_NONE;
    }
    return u->o->plan_only || plan.count == 0 || apply_plan(&u->p, &u->ctx, &plan, STR_NONE, e);
}

/* Before the records: an account from which they are gone may go itself. */
static bool undo_contacts(struct undoing *u, struct err *e)
{
    bool ok = contacts_undo(&u->p, u->contact, u->contacts, e);
    for (size_t i = 0; ok && i < u->contacts; i++) {
        const struct contact_undo *c = &u->contact[i];
        bool was_alone = c->side == SIDE_SF || c->joined; /* it goes altogether */
        if (u->o->plan_only && c->goes && was_alone)
            table_increment(&u->going, hash64(c->wrote));
        struct undo_note left = {.why = c->why,
                                 .side = c->side,
                                 .contact = true,
                                 .record = c->side == SIDE_SF ? c->person : c->contact,
                                 .field = contact_field(c->side),
                                 .detail = c->detail};
        if (left.why != UNDO_WHY_COUNT)
            leave(u, &left);
    }
    return ok;
}

static bool undo_stages(struct undoing *u, struct err *e)
{
    bool ok = stages_undo(&u->p, u->stage, u->stages, e);
    for (size_t i = 0; ok && i < u->stages; i++) {
        struct undo_note left = {.why = u->stage[i].why,
                                 .side = SIDE_HS,
                                 .record = u->stage[i].company,
                                 .field = S("lifecyclestage"),
                                 .detail = u->stage[i].now};
        if (left.why != UNDO_WHY_COUNT)
            leave(u, &left);
    }
    return ok;
}

static bool same_pair(const struct audit_entry *x, const struct audit_entry *y)
{
    return str_eq(x->record[SIDE_SF], y->record[SIDE_SF]) &&
           str_eq(x->record[SIDE_HS], y->record[SIDE_HS]);
}

/* What a page may hold of entries of which more follow: a link that was written on both sides is
 * taken back at once, so the last pair is left to the next page. */
static size_t whole_pairs(const struct audit_entry *x, size_t n)
{
    size_t kept = n;
    if (n < UNDO_PAGE)
        return n;
    while (kept > 0 && same_pair(&x[kept - 1], &x[n - 1]))
        kept--;
    return kept ? kept : n;
}

static bool undo_pages(struct undoing *u, struct str record, enum side side, struct err *e)
{
    struct engine *en = u->p.en;
    struct store *st = en->o.store;
    int64_t before = INT64_MAX;
    uint64_t done = 0;
    for (;;) {
        struct audit_entry *x;
        size_t n;
        arena_reset(&en->chunk);
        if (!st->ops->audit_list(st, &en->chunk, side, record, u->o->run, before, UNDO_PAGE, &x, &n,
                                 e))
            return false;
        if (n == 0)
            return true;
        n = whole_pairs(x, n);
        before = x[n - 1].id;
        if (!gather(u, x, n, e) || !undo_contacts(u, e) || !undo_page(u, e) || !undo_stages(u, e))
            return false;
        done += n;
        engine_progress(en, u->o->plan_only ? "planning" : "undoing", done, 0);
        if (engine_stopping(en))
            return err_set(e, ERR_STOPPED, "stopped", "stopped after %llu entr%s of the run",
                           (unsigned long long)done, done == 1 ? "y" : "ies");
    }
}

static bool find_run(struct undoing *u, struct err *e)
{
    struct engine *en = u->p.en;
    struct store *st = en->o.store;
    struct run_entry run;
    bool found;
    if (!st->ops->run_get(st, &en->chunk, u->o->run, &run, &found, e))
        return false;
    if (found)
        return true;
    err_set(e, ERR_USAGE, "unknown_run", "there is no run %lld", (long long)u->o->run);
    return err_hint(e, "`tandem runs` lists them");
}

bool engine_undo(struct engine *en, const struct undo_options *o, struct report *out, struct err *e)
{
    struct undoing u = {.o = o};
    struct str record = STR_NONE;
    enum side side = SIDE_SF;
    memset(out, 0, sizeof(*out));
    u.p.en = en;
    u.p.report = out;
    u.p.o = (struct pass_options){
        .kind = PASS_RESYNC, .confirmed = true, .while_off = true, .plan_only = o->plan_only};
    u.p.again = true;
    u.near.side = SIDE_SF;
    out->planned_only = o->plan_only;
    arena_reset(&en->chunk);
    if (o->record.n) {
        side = engine_side_of(&en->chunk, o->record, &record);
        record = str_dup(&en->life, record);
    }
    if (!run_begin(&u.p, "undo", e) || !find_run(&u, e))
        return false;
    bool ok = (o->plan_only || recover(&u.p, e)) && undo_pages(&u, record, side, e);
    table_release(&u.going);
    return run_finish(&u.p, ok, e);
}
