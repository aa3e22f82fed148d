/* walk: a reader's pages, one after the other, each kept before the next is asked for; and what the
 * store has, chunk by chunk. */
#include "engine/engine_p.h"

bool engine_walk(struct engine *en, struct walk *w, struct err *e)
{
    struct crm *crm = en->o.crm[w->side];
    struct crm_reader *reader;
    struct crm_page page = {0};
    if (!crm->ops->read(crm, w->what, w->from, w->since_ms, &reader, e))
        return err_wrap(e, "%s", w->phase);
    bool ok = true;
    while (ok && !page.last) {
        struct str next = STR_NONE;
        arena_reset(&en->chunk);
        page = (struct crm_page){0};
        ok = crm->ops->next(reader, &en->chunk, &page, &next, e) || err_wrap(e, "%s", w->phase);
        if (!ok)
            break;
        w->records += page.count;
        bool some = page.count > 0;
        ok = w->keep(w->who, &page, next, e);
        if (some)
            engine_progress(en, w->phase, w->records, 0);
        if (ok && !page.last && engine_stopping(en))
            ok = err_set(e, ERR_STOPPED, "stopped", "stopped while %s%s", w->phase,
                         w->if_stopped ? w->if_stopped : "");
    }
    crm->ops->end(reader);
    arena_reset(&en->chunk);
    return ok;
}

bool engine_chunks(struct engine *en,
                   bool (*chunk)(void *who, struct str after, struct str *last, struct err *e),
                   void *who, struct err *e)
{
    struct str after = S(""), last;
    struct arena kept; /* the place outlives its chunk */
    bool ok = true;
    arena_init(&kept, 64 * KIB);
    do {
        arena_reset(&en->chunk);
        last = STR_NONE;
        ok = chunk(who, after, &last, e);
        arena_reset(&kept);
        after = ok && last.p ? str_dup(&kept, last) : STR_NONE;
    } while (after.p);
    arena_release(&kept);
    arena_reset(&en->chunk);
    return ok;
}
