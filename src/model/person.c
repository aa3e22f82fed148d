#include "model/person.h"

#include <string.h>

void person_add(struct person_list *l, struct person p)
{
    if (l->count == l->room) {
        size_t room = MAX(l->room * 2, (size_t)256);
        struct person *grown = ARENA_ARRAY(l->a, struct person, room);
        if (l->count)
            memcpy(grown, l->person, l->count * sizeof(*grown));
        l->person = grown;
        l->room = room;
    }
    l->person[l->count++] = p;
}
