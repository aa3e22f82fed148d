/* arena: memory that follows the unit of work (a chunk, a pass, a web request).
 *
 * Everything taken from an arena is freed together by arena_reset or arena_release. What outlives
 * the arena is copied by whoever keeps it. Out of memory, or past the ceiling, aborts: an arena is
 * sized by limits.h, so passing its ceiling is a bug and not an input error. */
#pragma once

#include "base/base.h"

struct arena_block;

struct arena {
    struct arena_block *head; /* the block being filled; older ones behind it */
    size_t used;              /* bytes handed out since the last reset */
    size_t max;               /* ceiling on `used` */
};

void arena_init(struct arena *a, size_t max);
void arena_reset(struct arena *a);   /* keeps one block for re-use */
void arena_release(struct arena *a); /* gives everything back; the arena may be initialised again */

/* Zeroed, aligned for any type. n = 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n);
/* Unzeroed bytes without alignment, for text. */
char *arena_bytes(struct arena *a, size_t n);

#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size); /* aborts on overflow */
