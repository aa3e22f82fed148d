#include "base/table.h"

#include <stdlib.h>

#define ROOM_FIRST 1024

/* The slot that has the key, or the free one that it would get. */
static struct table_slot *slot_of(const struct table *t, uint64_t key)
{
    size_t at = key & (t->room - 1);
    while (t->slot[at].number && t->slot[at].key != key)
        at = (at + 1) & (t->room - 1);
    return &t->slot[at];
}

static void grow(struct table *t)
{
    struct table old = *t;
    t->room = MAX(2 * old.room, (size_t)ROOM_FIRST);
    t->slot = calloc(t->room, sizeof(*t->slot));
    if (!t->slot)
        abort();
    for (size_t i = 0; i < old.room; i++)
        if (old.slot[i].number)
            *slot_of(t, old.slot[i].key) = old.slot[i];
    free(old.slot);
}

size_t table_get(const struct table *t, uint64_t key)
{
    return t->room ? slot_of(t, key)->number : 0;
}

void table_put(struct table *t, uint64_t key, size_t number)
{
    assert(number > 0);
    if (2 * t->count >= t->room) /* half of it stays free, so that a search is short */
        grow(t);
    struct table_slot *slot = slot_of(t, key);
    t->count += slot->number == 0;
    *slot = (struct table_slot){key, number};
}

void table_increment(struct table *t, uint64_t key)
{
    table_put(t, key, table_get(t, key) + 1);
}

void table_release(struct table *t)
{
    free(t->slot);
    *t = (struct table){0};
}
