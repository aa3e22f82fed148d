#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under the address sanitizer what is not handed out is out of bounds, and so is what was handed
 * out before a reset: an arena must not hide from it what malloc would show. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#endif
#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define GAP        16 /* between two pieces */
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define GAP        0
#define HIDE(p, n) ((void)(p))
#define SHOW(p, n) ((void)(p))
#endif

#define BLOCK_BYTES (256 * KIB)
#define ALIGN       _Alignof(max_align_t)

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
        HIDE(a->head->bytes, a->head->size);
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
    align = MAX(align, GAP);
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
        HIDE(b->bytes, b->size);
    }
    b->used = at + n + GAP;
    a->used += n;
    SHOW((char *)b->bytes + at, n);
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
