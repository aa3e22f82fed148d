/* gone: tombstones become states of rows (S9.4). Salesforce's log is asked in every pass; HubSpot
 * has only the whole walk of what is archived, so it is taken once an hour (S4.1). Before a
 * deletion is believed a merge is looked for (S9.5). */
#include "engine/engine_p.h"

#include <stdio.h>

#define ARCHIVED_EVERY_MS MS_HOUR

static const char *cursor_name(enum side s)
{
    return s == SIDE_SF ? "archived_salesforce" : "archived_hubspot";
}

bool gone_look(struct engine *en, enum side s, const struct crm_page *page, struct record **out,
               size_t *n, struct err *e)
{
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[s];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, page->count);
    struct row **known = ARENA_ARRAY(&en->chunk, struct row *, page->count);
    size_t ask = 0;
    *n = 0;
    for (size_t i = 0; i < page->count; i++)
        ids[i] = page->record[i].id;
    if (!st->ops->rows_get(st, &en->chunk, s, ids, page->count, known, e))
        return false;
    const struct record **stone = ARENA_ARRAY(&en->chunk, const struct record *, page->count);
    for (size_t i = 0; i < page->count; i++) {
        bool open = known[i] &&
                    (known[i]->rec.state == RECORD_LIVE || known[i]->rec.state == RECORD_HIDDEN);
        if (!open)
            continue;
        stone[ask] = &page->record[i];
        ids[ask++] = page->record[i].id;
    }
    *out = ARENA_ARRAY(&en->chunk, struct record, ask);
    if (ask > 0 && !crm->ops->get(crm, &en->chunk, ids, ask, *out, e))
        return err_wrap(e, "reading what was deleted");
    for (size_t i = 0; i < ask; i++) /* purged: the log is its only tombstone (S9.4) */
        if ((*out)[i].state == RECORD_HIDDEN) {
            (*out)[i].state = stone[i]->state;
            (*out)[i].survivor = stone[i]->survivor;
        }
    *n = ask;
    return true;
}

/* A survivor takes over a link, so it must be known (S9.3). */
static bool add_survivors(struct engine *en, enum side s, struct record **rec, size_t *n,
                          struct err *e)
{
    struct store *st = en->o.store;
    struct crm *crm = en->o.crm[s];
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, *n);
    struct row **known = ARENA_ARRAY(&en->chunk, struct row *, *n);
    size_t count = 0, ask = 0;
    for (size_t i = 0; i < *n; i++)
        if ((*rec)[i].state == RECORD_MERGED && (*rec)[i].survivor.n)
            ids[count++] = (*rec)[i].survivor;
    if (count == 0)
        return true;
    if (!st->ops->rows_get(st, &en->chunk, s, ids, count, known, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!known[i])
            ids[ask++] = ids[i];
    struct record *all = ARENA_ARRAY(&en->chunk, struct record, *n + ask);
    for (size_t i = 0; i < *n; i++)
        all[i] = (*rec)[i];
    if (ask > 0 && !crm->ops->get(crm, &en->chunk, ids, ask, all + *n, e))
        return err_wrap(e, "reading what records were merged into");
    *rec = all;
    *n += ask;
    return true;
}

struct looking {
    struct engine *en;
    enum side side;
    int64_t began_ms;
};

static bool keep_gone(void *who, struct crm_page *page, struct str next, struct err *e)
{
    struct looking *l = who;
    struct engine *en = l->en;
    struct store *st = en->o.store;
    struct record *rec = NULL;
    size_t n = 0, fresh;
    if (!page->last)
        next = STR_NONE;
    else if (l->side == SIDE_HS) /* its walk is of all that is archived: only when it was counts */
        next = str_fmt(&en->chunk, "%lld", (long long)l->began_ms);
    if (page->count &&
        (!gone_look(en, l->side, page, &rec, &n, e) || !add_survivors(en, l->side, &rec, &n, e)))
        return false;
    if (n == 0 && !next.n)
        return true;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if ((n == 0 || observe_keep(en, l->side, false, rec, n, &fresh, e)) &&
        (!next.n || st->ops->doc_put(st, DOC_CURSOR, str_from(cursor_name(l->side)), next, e)))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

bool observe_gone(struct engine *en, enum side s, struct err *e)
{
    int64_t last;
    char from[24] = "";
    if (!doc_time(en, cursor_name(s), &last, e))
        return false;
    if (s == SIDE_HS && last && engine_now(en, s) - last < ARCHIVED_EVERY_MS)
        return true;
    if (s == SIDE_SF) /* what was deleted before the switch was ever on is nobody's partner */
        snprintf(from, sizeof(from), "%lld", (long long)(last ? last : en->t0_ms[s]));
    struct looking l = {en, s, engine_now(en, s)};
    struct walk w = {.side = s,
                     .what = CRM_READ_ARCHIVED,
                     .from = str_from(from),
                     .since_ms = en->t0_ms[s],
                     .phase =
                         s == SIDE_SF ? "reading deleted accounts" : "reading archived companies",
                     .keep = keep_gone,
                     .who = &l};
    return engine_walk(en, &w, e);
}
