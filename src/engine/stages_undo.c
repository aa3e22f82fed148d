/* Takes a company back to the lifecycle stage that it had before a run moved it (S12.4), where it
 * still is in the one that the run wrote. HubSpot takes a stage back in two writes: none, then the
 * earlier one (H10.11). What was begun is stored before the first and until its end is known
 * (S8.2): a company without a stage may as well be one whose stage a person took away. */
#include "core/undo.h"
#include "engine/stages_p.h"

#define DOC_BEGUN "stages_undone" /* lines: company, tab, earlier stage (DOC_CURSOR) */

enum at { AT_WROTE, AT_NONE, AT_OLD };

struct going_back {
    struct stage_undo *u;
    enum at at;
    bool doubtful; /* no answer told what became of the write */
};

struct begun {
    struct stage_back {
        struct str company, old;
    } * back;
    size_t count;
};

/* ---- what was begun -------------------------------------------------------------------------- */

/* With room for `more`. */
static bool load_begun(struct engine *en, size_t more, struct begun *b, struct err *e)
{
    struct store *st = en->o.store;
    struct str text, line;
    if (!st->ops->doc_get(st, &en->chunk, DOC_CURSOR, S(DOC_BEGUN), &text, e))
        return false;
    more += str_count(text, '\n');
    *b = (struct begun){ARENA_ARRAY(&en->chunk, struct stage_back, more), 0};
    while (str_cut(&text, '\n', &line)) {
        struct stage_back *one = &b->back[b->count];
        b->count += str_cut(&line, '\t', &one->company);
        one->old = line;
    }
    return true;
}

static bool put_begun(struct engine *en, const struct begun *b, struct err *e)
{
    struct store *st = en->o.store;
    struct buf text;
    buf_init(&text, MIB);
    for (size_t i = 0; i < b->count; i++)
        buf_fmt(&text, "%.*s\t%.*s\n", STR_ARG(b->back[i].company), STR_ARG(b->back[i].old));
    struct str lines = b->count ? buf_view(&text) : STR_NONE;
    bool ok = st->ops->doc_put(st, DOC_CURSOR, S(DOC_BEGUN), lines, e);
    buf_release(&text);
    return ok;
}

static struct stage_back *begun_of(const struct begun *b, const struct stage_undo *u)
{
    for (size_t i = 0; i < b->count; i++)
        if (str_eq(b->back[i].company, u->company) && str_eq(b->back[i].old, u->old))
            return &b->back[i];
    return NULL;
}

static void note_begun(struct begun *b, const struct stage_undo *u)
{
    if (!begun_of(b, u))
        b->back[b->count++] = (struct stage_back){u->company, u->old};
}

static void forget(struct begun *b, const struct stage_undo *u)
{
    struct stage_back *one = begun_of(b, u);
    if (one)
        *one = b->back[--b->count];
}

/* ---- the writes ------------------------------------------------------------------------------ */

/* The first of the two writes, or the second one of those whose first was done. */
static bool send(struct engine *en, struct going_back *g, size_t n, enum at from, struct err *e)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    size_t sends = 0;
    struct crm_write *w = ARENA_ARRAY(&en->chunk, struct crm_write, n);
    struct going_back **of = ARENA_ARRAY(&en->chunk, struct going_back *, n);
    for (size_t i = 0; i < n; i++) {
        const struct stage_undo *u = g[i].u;
        if (g[i].at != from)
            continue;
        struct crm_set *set = ARENA_NEW(&en->chunk, struct crm_set);
        *set = from == AT_WROTE
                   ? (struct crm_set){.value = VALUE_EMPTY, .old = value_text(u->wrote)}
                   : (struct crm_set){.value = value_text(u->old), .old = VALUE_EMPTY};
        w[sends] = (struct crm_write){.id = u->company, .set = set, .sets = 1, .bad_set = SIZE_MAX};
        of[sends++] = &g[i];
    }
    bool ok = sends == 0 || hs->ops->write(hs, &en->chunk, w, sends, NULL, e);
    for (size_t i = 0; i < sends; i++) {
        of[i]->doubtful = w[i].outcome == CRM_UNKNOWN;
        if (w[i].outcome == CRM_DONE)
            of[i]->at = from == AT_WROTE && of[i]->u->old.n ? AT_NONE : AT_OLD;
    }
    return ok;
}

/* Which of them are where the run, or an undo that ended halfway, put them; the others are left. */
static size_t standing(struct stage_undo *u, size_t n, const struct record *now, struct begun *b,
                       struct going_back *g)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct value wrote = value_text(u[i].wrote);
        struct value old = value_text(u[i].old);
        bool begun = begun_of(b, &u[i]), live = now[i].state == RECORD_LIVE;
        const struct value *is = live ? &now[i].value[0] : NULL;
        u[i].why = UNDO_WHY_COUNT;
        if (is && value_eq(is, &wrote))
            g[count++] = (struct going_back){.u = &u[i], .at = AT_WROTE};
        else if (is && begun && value_eq(is, &old))
            g[count++] = (struct going_back){.u = &u[i], .at = AT_OLD};
        else if (is && begun && value_blank(is))
            g[count++] = (struct going_back){.u = &u[i], .at = AT_NONE};
        else {
            u[i].why = is ? UNDO_CHANGED : UNDO_GONE;
            u[i].now = is ? is->text : STR_NONE;
            forget(b, &u[i]);
        }
    }
    return count;
}

/* S8.2: before the first write. */
static bool intend(struct engine *en, const struct going_back *g, size_t n, struct begun *b,
                   struct err *e)
{
    struct store *st = en->o.store;
    for (size_t i = 0; i < n; i++)
        note_begun(b, g[i].u);
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (put_begun(en, b, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* What came back, and what is still on its way. */
static bool keep(struct pass *p, const struct going_back *g, size_t n, struct begun *b,
                 const struct stage_binding *property, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct audit_entry *audit = ARENA_ARRAY(&en->chunk, struct audit_entry, n);
    size_t audits = 0;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct stage_undo *u = g[i].u;
        if (g[i].at != AT_NONE && !g[i].doubtful)
            forget(b, u);
        if (g[i].at != AT_OLD) {
            u->why = UNDO_REFUSED;
            continue;
        }
        struct field_change f = {.to = SIDE_HS,
                                 .old = value_text(u->wrote),
                                 .value = value_text(u->old),
                                 .rule = "S12.4"};
        audit[audits++] = stage_entry(en, property, u->account, u->company, u->contact, &f);
        p->report->stages++;
    }
    bool ok = audits == 0 || run_open(p, e);
    for (size_t i = 0; i < audits; i++)
        audit[i].run = p->run.id;
    if (ok && st->ops->audit_put(st, audit, audits, e) && put_begun(en, b, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool take_back(struct pass *p, struct going_back *g, size_t n, struct begun *b,
                      const struct stage_binding *property, struct err *e)
{
    struct err first, second;
    if (!intend(p->en, g, n, b, e))
        return false;
    bool cleared = send(p->en, g, n, AT_WROTE, &first);
    bool back = send(p->en, g, n, AT_NONE, &second); /* of those that were cleared all the same */
    if (!keep(p, g, n, b, property, e))
        return false;
    if (!cleared || !back)
        *e = cleared ? second : first;
    return cleared && back;
}

bool stages_undo(struct pass *p, struct stage_undo *u, size_t n, struct err *e)
{
    struct engine *en = p->en;
    struct arena *a = &en->chunk;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct stage_binding property;
    struct begun begun;
    struct str *id = ARENA_ARRAY(a, struct str, n);
    struct record *now = ARENA_ARRAY(a, struct record, n);
    struct going_back *g = ARENA_ARRAY(a, struct going_back, n);
    if (n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        id[i] = u[i].company;
    if (!load_begun(en, n, &begun, e))
        return false;
    stages_bind(en, &property);
    bool ok = hs->ops->get(hs, a, id, n, now, e);
    size_t count = ok ? standing(u, n, now, &begun, g) : 0;
    if (p->o.plan_only)
        p->report->stages += count;
    else if (count > 0)
        ok = take_back(p, g, count, &begun, &property, e);
    stages_unbind(en);
    return ok;
}
