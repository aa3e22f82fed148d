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

static bool keep_gone(struct engine *en, enum side s, const struct crm_page *page,
                      struct str cursor, struct err *e)
{
    struct store *st = en->o.store;
    struct record *rec = NULL;
    size_t n = 0, fresh;
    if (page->count && (!gone_look(en, s, page, &rec, &n, e) || !add_survivors(en, s, &rec, &n, e)))
        return false;
    if (n == 0 && !cursor.n)
        return true;
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if ((n == 0 || observe_keep(en, s, false, rec, n, &fresh, e)) &&
        (!cursor.n || st->ops->doc_put(st, DOC_CURSOR, str_from(cursor_name(s)), cursor, e)))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool walk_archived(struct engine *en, enum side s, struct str from, struct err *e)
{
    struct crm *crm = en->o.crm[s];
    struct crm_reader *reader;
    struct crm_page page = {0};
    int64_t began = engine_now(en, s);
    bool ok = true;
    if (!crm->ops->read(crm, CRM_READ_ARCHIVED, from, en->t0_ms[s], &reader, e))
        return err_wrap(e, "reading what %s deleted", side_name(s));
    while (ok && !page.last) {
        struct str next = STR_NONE;
        arena_reset(&en->chunk);
        page = (struct crm_page){0};
        ok = crm->ops->next(reader, &en->chunk, &page, &next, e) ||
             err_wrap(e, "reading tombstones");
        if (ok && page.last && s == SIDE_HS)
            next = str_fmt(&en->chunk, "%lld", (long long)began);
        ok = ok && keep_gone(en, s, &page, page.last ? next : STR_NONE, e);
        if (ok && !page.last && engine_stopping(en))
            ok = err_set(e, ERR_STOPPED, "stopped", "stopped while reading what was deleted");
    }
    crm->ops->end(reader);
    arena_reset(&en->chunk);
    return ok;
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
    return walk_archived(en, s, str_from(from), e);
}
