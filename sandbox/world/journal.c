#include "sandbox/world/journal.h"

#include <stdlib.h>

#include "text/json.h"

#define FIELDS_MAX_BYTES MIB /* of one write */

void journal_begin(struct world *w, enum world_source source, enum world_type t, uint64_t number,
                   enum world_act act)
{
    struct world_journal *j = &w->journal;
    if (!j->on || source != W_FROM_API)
        return;
    if ((j->count & (j->count - 1)) == 0) {
        j->write = realloc(j->write, (j->count ? 2 * j->count : 1) * sizeof(*j->write));
        if (!j->write)
            abort();
    }
    struct world_write *one = &j->write[j->count++];
    *one = (struct world_write){.type = t, .number = number, .act = act};
    buf_init(&one->fields, FIELDS_MAX_BYTES);
}

void journal_value(struct world *w, enum world_source source, struct str name, struct str value)
{
    struct world_journal *j = &w->journal;
    if (!j->on || source != W_FROM_API)
        return;
    struct buf *b = &j->write[j->count - 1].fields;
    if (b->n)
        buf_char(b, ',');
    json_quote(b, name);
    buf_char(b, ':');
    json_quote(b, value.p ? value : S(""));
}

void journal_take_back(struct world *w, enum world_type t, uint64_t number)
{
    struct world_journal *j = &w->journal;
    for (size_t i = j->count; i > 0; i--) {
        struct world_write *one = &j->write[i - 1];
        if (one->type != t || one->number != number || one->act == W_TAKEN_BACK)
            continue;
        one->act = W_TAKEN_BACK;
        return;
    }
}

void journal_clear(struct world *w)
{
    struct world_journal *j = &w->journal;
    for (size_t i = 0; i < j->count; i++)
        buf_release(&j->write[i].fields);
    free(j->write);
    *j = (struct world_journal){.on = j->on};
}
