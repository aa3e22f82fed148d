#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->full = false;
    if (b->p)
        b->p[0] = '\0';
}

void buf_release(struct buf *b)
{
    free(b->p);
    buf_init(b, b->max);
}

/* Room for n more and the NUL; false and `full` where the ceiling forbids. */
static bool room(struct buf *b, size_t n)
{
    if (b->full || n > b->max - b->n) {
        b->full = true;
        return false;
    }
    if (b->n + n < b->cap)
        return true;
    size_t cap = MAX(b->cap * 2, MAX(b->n + n + 1, (size_t)256));
    char *p = realloc(b->p, cap);
    if (!p) {
        fprintf(stderr, "tandem: out of memory\n");
        abort();
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!room(b, n))
        return;
    if (n)
        memcpy(b->p + b->n, bytes, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void buf_char(struct buf *b, char c)
{
    if (!room(b, 1))
        return;
    b->p[b->n++] = c;
    b->p[b->n] = '\0';
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    size_t free = b->cap - b->n; /* printed where it goes; once more where that was too short */
    va_start(ap, fmt);
    int n = vsnprintf(free ? b->p + b->n : NULL, free, fmt, ap);
    va_end(ap);
    if (n < 0 || !room(b, (size_t)n)) {
        if (free)
            b->p[b->n] = '\0';
        return;
    }
    if ((size_t)n >= free) {
        va_start(ap, fmt);
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    b->n += (size_t)n;
}

void buf_number(struct buf *b, uint64_t n)
{
    do {
        buf_char(b, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
        n >>= 7;
    } while (n > 0);
}

bool buf_cut_number(struct str *s, uint64_t *out)
{
    uint64_t n = 0;
    for (unsigned shift = 0; s->n > 0 && shift < 64; shift += 7) {
        unsigned char c = (unsigned char)*s->p;
        if (shift == 63 && c > 1) /* the tenth byte holds one bit */
            return false;
        *s = (struct str){s->p + 1, s->n - 1};
        n |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *out = n;
            return true;
        }
    }
    return false;
}

struct str buf_view(const struct buf *b)
{
    return b->p ? (struct str){b->p, b->n} : S("");
}
