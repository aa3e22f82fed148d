/* buf: bytes that grow up to a ceiling given at birth.
 *
 * Passing the ceiling sets `full` and drops what does not fit; the owner checks `full` once at the
 * end instead of after every append. Always terminated by a NUL that is not counted. */
#pragma once

#include "base/base.h"
#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, max;
    bool full;
};

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b);   /* empty again, memory kept */
void buf_release(struct buf *b); /* memory given back, ceiling kept */

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A number as LEB128: small ones are one byte. buf_cut_number takes one off the front of *s. */
void buf_number(struct buf *b, uint64_t n);
MUST_CHECK bool buf_cut_number(struct str *s, uint64_t *out); /* false: damaged, or nothing left */
struct str buf_view(const struct buf *b);                     /* valid until the next append */
