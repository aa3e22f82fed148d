/* people: contacts, SF contacts and leads are read as evidence (S3.5, S3.6, S4.1).
 *
 * Each pass asks what changed; once a day everything is walked, for what came late or vanished; the
 * archived contacts are walked once an hour. Contacts whose partner may have changed are settled
 * (core/settle) before anything is decided, and companies around which something changed are due
 * again. Of an address only its keyed hash is kept (S17.5). */
#include "core/settle.h"
#include "engine/people_p.h"
#include "text/hash.h"

#define WALK_EVERY_MS     MS_DAY  /* S4.1 */
#define ARCHIVED_EVERY_MS MS_HOUR /* S4.1 */
#define SETTLE_AT_ONCE    1000

static const char *cursor_name(enum side s)
{
    return s == SIDE_SF ? "people_salesforce" : "people_hubspot";
}

/* ---- keeping --------------------------------------------------------------------------------- */

static void hash_addresses(struct engine *en, struct person *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].email.n)
            p[i].email = hash_keyed(&en->chunk, en->o.people_key, p[i].email);
}

/* Contacts whose companies must be read: those that are new or were changed, or all of them. */
static bool to_place(struct engine *en, const struct crm_people *page, bool all, struct str **out,
                     size_t *n, struct err *e)
{
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, page->count);
    int64_t *known = ARENA_ARRAY(&en->chunk, int64_t, page->count);
    int64_t *stamp = ARENA_ARRAY(&en->chunk, int64_t, page->count);
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct person *p = &page->person[i];
        if (p->kind != PERSON_CONTACT || p->state != RECORD_LIVE)
            continue;
        stamp[count] = p->modified_ms;
        ids[count++] = p->id;
    }
    *out = ids;
    *n = 0;
    if (!st->people->stamps(st, ids, count, known, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (all || known[i] < stamp[i])
            ids[(*n)++] = ids[i];
    return true;
}

bool people_keep(struct engine *en, struct crm_people *page, bool place_all, const char *cursor,
                 struct str text, struct err *e)
{
    struct store *st = en->o.store;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct association *pair = NULL;
    struct str *ids;
    size_t n, pairs = 0;
    if (!to_place(en, page, place_all, &ids, &n, e) ||
        (n > 0 && !hs->people->pairs(hs, &en->chunk, false, ids, n, &pair, &pairs, e)))
        return false;
    if (page->count == 0 && !cursor)
        return true;
    hash_addresses(en, page->person, page->count);
    for (size_t i = 0; i < page->count; i++)
        page->person[i].fresh =
            en->t0_ms[SIDE_HS] && page->person[i].created_ms >= en->t0_ms[SIDE_HS];
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (st->people->put(st, page->person, page->count, e) &&
        (n == 0 || st->people->place(st, ids, n, pair, pairs, e)) &&
        (!cursor || st->ops->doc_put(st, DOC_CURSOR, str_from(cursor), text, e)))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool settle_some(struct store *st, struct arena *a, size_t *n, struct err *e)
{
    struct contact_case *c;
    if (!st->people->unsettled(st, a, SETTLE_AT_ONCE, &c, n, e))
        return false;
    if (*n == 0)
        return true;
    struct contact *out = ARENA_ARRAY(a, struct contact, *n);
    for (size_t i = 0; i < *n; i++)
        contact_settle(&c[i], &out[i]);
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (st->people->settle(st, out, *n, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

bool people_settle_all(struct engine *en, struct err *e)
{
    struct arena a; /* the chunk's may be in use */
    bool ok = true;
    size_t n = SETTLE_AT_ONCE;
    arena_init(&a, ENGINE_CHUNK_BYTES);
    for (; ok && n == SETTLE_AT_ONCE; arena_reset(&a))
        ok = settle_some(en->o.store, &a, &n, e);
    arena_release(&a);
    return ok;
}

/* ---- walks ----------------------------------------------------------------------------------- */

struct look { /* one walk */
    enum side side;
    enum crm_read what;
    struct str from;
    int64_t since_ms;
    const char *cursor; /* where the next one's is kept; NULL = nowhere */
    const char *phase;
};

static bool walk(struct engine *en, const struct look *l, struct err *e)
{
    struct crm *crm = en->o.crm[l->side];
    struct crm_people_reader *reader;
    struct crm_people page = {0};
    uint64_t read = 0;
    bool ok = true;
    if (!crm->people->read(crm, l->what, l->from, l->since_ms, &reader, e))
        return false;
    while (ok && !page.last) {
        struct str next = STR_NONE;
        arena_reset(&en->chunk);
        page = (struct crm_people){0};
        ok = crm->people->next(reader, &en->chunk, &page, &next, e);
        if (!ok)
            break;
        read += page.count;
        ok = people_keep(en, &page, l->what == CRM_READ_ALL, page.last ? l->cursor : NULL, next, e);
        if (page.count)
            engine_progress(en, l->phase, read, 0);
        if (ok && !page.last && engine_stopping(en))
            ok = err_set(e, ERR_STOPPED, "stopped", "stopped while reading people");
    }
    crm->people->end(reader);
    arena_reset(&en->chunk);
    return ok;
}

static bool put_time(struct engine *en, const char *name, int64_t ms, struct err *e)
{
    struct store *st = en->o.store;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (doc_time_put(en, name, ms, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* Everybody, of both sides; whom it does not find, our user may not see any more. The marks of what
 * changed stay: they are behind this walk. */
static bool walk_all(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    int64_t began = engine_now(en, SIDE_HS);
    const struct look all[SIDE_COUNT] = {{.side = SIDE_SF,
                                          .what = CRM_READ_CHANGED,
                                          .from = S(""),
                                          .cursor = cursor_name(SIDE_SF),
                                          .phase = "reading contacts and leads of salesforce"},
                                         {.side = SIDE_HS,
                                          .what = CRM_READ_ALL,
                                          .from = S(""),
                                          .phase = "reading contacts of hubspot"}};
    if (!st->people->sweep_begin(st, e) || !walk(en, &all[SIDE_SF], e) ||
        !walk(en, &all[SIDE_HS], e) || !st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (st->people->sweep_end(st, e) && doc_time_put(en, "people_walked", began, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool walk_changed(struct engine *en, enum side s, int64_t since_ms, struct err *e)
{
    struct store *st = en->o.store;
    struct arena kept; /* the chunk's arena is reset page by page */
    struct look changed = {.side = s,
                           .what = CRM_READ_CHANGED,
                           .since_ms = since_ms,
                           .cursor = cursor_name(s),
                           .phase = "reading changed contacts"};
    arena_init(&kept, 64 * KIB);
    bool ok = st->ops->doc_get(st, &kept, DOC_CURSOR, str_from(cursor_name(s)), &changed.from, e) &&
              walk(en, &changed, e);
    arena_release(&kept);
    return ok;
}

/* HubSpot alone: Salesforce's readings have their tombstones in them. */
static bool walk_archived(struct engine *en, int64_t walked_ms, struct err *e)
{
    int64_t now = engine_now(en, SIDE_HS), last;
    const struct look gone = {.side = SIDE_HS,
                              .what = CRM_READ_ARCHIVED,
                              .from = S(""),
                              .phase = "reading archived contacts"};
    if (!doc_time(en, "people_archived", &last, e))
        return false;
    return now - MAX(last, walked_ms) < ARCHIVED_EVERY_MS ||
           (walk(en, &gone, e) && put_time(en, "people_archived", now, e));
}

/* Hashes of another key (the key file was lost, or given anew) find nobody: read all again. */
static bool check_key(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct str hash = hash_keyed(&en->chunk, en->o.people_key, S("")), known;
    uint64_t head = hash64(hash);
    struct str text = str_fmt(&en->chunk, "%016llx", (unsigned long long)head);
    if (!st->ops->doc_get(st, &en->chunk, DOC_CURSOR, S("people_key"), &known, e))
        return false;
    if (str_eq(known, text))
        return true;
    static const char *const forgotten[] = {"people_hubspot", "people_salesforce", "people_walked"};
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    bool ok =
        st->people->forget(st, e) && st->ops->doc_put(st, DOC_CURSOR, S("people_key"), text, e);
    for (size_t i = 0; ok && i < LEN(forgotten); i++)
        ok = st->ops->doc_put(st, DOC_CURSOR, str_from(forgotten[i]), STR_NONE, e);
    if (ok)
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

bool people_walk_now(struct engine *en, struct err *e)
{
    return check_key(en, e) && walk_all(en, e) && people_settle_all(en, e);
}

static bool look(struct engine *en, struct err *e)
{
    int64_t walked;
    if (!check_key(en, e) || !doc_time(en, "people_walked", &walked, e))
        return false;
    if (!walked || engine_now(en, SIDE_HS) - walked >= WALK_EVERY_MS) {
        if (!walk_all(en, e))
            return false;
    } else if (!walk_changed(en, SIDE_SF, 0, e) || !walk_changed(en, SIDE_HS, walked, e) ||
               !walk_archived(en, walked, e)) {
        return false;
    }
    return people_settle_all(en, e) && people_look_again(en, e);
}

/* Without the right to read people the rest goes on; companies then make no accounts (N1). */
bool observe_people(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    if (look(en, e))
        return true;
    if (e->kind != ERR_REFUSED && e->kind != ERR_REJECTED)
        return err_wrap(e, "reading people");
    log_warn(en->o.log, "people are not read, so no company makes an account: %s", e->msg);
    return true;
}
