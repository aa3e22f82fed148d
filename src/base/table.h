/* table: a number for each key, where a key is a 64-bit hash that the caller made (text/hash.h).
 *
 * Two keys with one hash are one key, so it is for counting and for remembering what was met, not
 * for what must never be mistaken: among a million keys the chance is one in 30 million. It owns
 * its memory and grows without a ceiling: its owner bounds what goes in. Out of memory aborts. */
#pragma once

#include "base/base.h"

struct table_slot {
    uint64_t key;
    size_t number; /* 0 = free */
};

struct table { /* all zero is an empty one */
    struct table_slot *slot;
    size_t count, room; /* room: none or a power of two */
};

size_t table_get(const struct table *t, uint64_t key);        /* 0 = not there */
void table_put(struct table *t, uint64_t key, size_t number); /* not 0: nothing is taken out */
void table_increment(struct table *t, uint64_t key);
void table_release(struct table *t); /* gives everything back: an empty table */
