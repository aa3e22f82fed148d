#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (256 * KIB)
#define ALIGN       sizeof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    max_align_t bytes[];
};

static void die(const char *why)
{
    fprintf(stderr, "tandem: %s\n", why);
    abort();
}

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

static void free_blocks(struct arena_block *b)
{
    while (b) {
        struct arena_block *older = b->older;
        free(b);
        b = older;
    }
}

void arena_reset(struct arena *a)
{
    if (!a->head)
        return;
    free_blocks(a->head->older);
    a->head->older = NULL;
    if (a->head->size > 4 * BLOCK_BYTES) { /* one huge answer must not stay for ever */
        free(a->head);
        a->head = NULL;
    } else {
        a->head->used = 0;
    }
    a->used = 0;
}

void arena_release(struct arena *a)
{
    free_blocks(a->head);
    a->head = NULL;
    a->used = 0;
}

static void *take(struct arena *a, size_t n, size_t align)
{
    struct arena_block *b = a->head;
    size_t at = b ? (b->used + align - 1) / align * align : 0;
    if (!b || at > b->size || n > b->size - at) {
        size_t size = MAX(n, BLOCK_BYTES);
        if (n > a->max - MIN(a->used, a->max))
            die("an arena passed its ceiling");
        b = malloc(sizeof(*b) + size);
        if (!b)
            die("out of memory");
        *b = (struct arena_block){.older = a->head, .size = size};
        a->head = b;
        at = 0;
    }
    b->used = at + n;
    a->used += n;
    return (char *)b->bytes + at;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return memset(take(a, MAX(n, 1), ALIGN), 0, MAX(n, 1));
}

char *arena_bytes(struct arena *a, size_t n)
{
    return take(a, MAX(n, 1), 1);
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        die("an array is too large");
    return arena_alloc(a, n * size);
}
