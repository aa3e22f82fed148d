/* What match.c and match_index.c share: the neighbours of a chunk, sorted by what they are found
 * by.
 */
#pragma once

#include "core/match.h"

struct entry { /* a row under one of its keys; sorted by key */
    uint64_t key;
    struct row *row;
    bool host; /* key is a host, not a site */
};

struct texts { /* rows sorted by a text key */
    struct row **row;
    size_t count;
};

struct match_index {
    const struct neighbours *near;
    enum side side;
    struct texts id, key, native; /* of the other side */
    struct texts own_id;
    struct entry *other, *own, *name; /* name: unlinked ones of the other side, by name_key */
    size_t others, owns, names;
};

struct str text_id(const struct row *r);
struct str text_key(const struct row *r);
struct str text_native(const struct row *r);

/* Where those with this key begin. */
size_t texts_first(const struct texts *t, struct str (*text)(const struct row *), struct str want);
size_t entry_first(const struct entry *e, size_t n, uint64_t key);
