/* str: a borrowed piece of text: pointer and length, not terminated, never freed.
 *
 * The bytes belong to an arena, a buffer or the program text. A str with p == NULL is «none»;
 * one with n == 0 and p != NULL is the empty text. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

struct str {
    const char *p;
    size_t n;
};

#define S(literal) ((struct str){"" literal "", sizeof(literal) - 1})
#define STR_NONE   ((struct str){NULL, 0})
/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

struct str str_from(const char *cstr); /* NULL gives STR_NONE */
char char_lower(char c);               /* ASCII */
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII */
int str_cmp_nocase(struct str a, struct str b); /* ASCII */
int str_cmp(struct str a, struct str b);        /* bytewise, shorter first on a tie */
int str_by_text(const void *a, const void *b);  /* str_cmp, for qsort and bsearch of struct str */
size_t str_once(struct str *s, size_t n);       /* sorts; each text once; how many are left */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
ptrdiff_t str_find(struct str s, struct str needle);        /* -1 = absent */
ptrdiff_t str_find_char(struct str s, char c);              /* -1 = absent */
size_t str_count(struct str s, char c);                     /* how often it is there */
struct str str_trim(struct str s);                          /* ASCII white space at both ends */
struct str str_slice(struct str s, size_t from, size_t to); /* clamped */
/* Cuts the part before `sep` off *rest and returns it; false when *rest is none. */
bool str_cut(struct str *rest, char sep, struct str *part);
bool str_to_i64(struct str s, int64_t *out); /* whole text, base 10, no blanks; false on overflow */

struct str str_dup(struct arena *a, struct str s);
char *str_cstr(struct arena *a, struct str s); /* a terminated copy */
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str str_lower(struct arena *a, struct str s); /* ASCII */
