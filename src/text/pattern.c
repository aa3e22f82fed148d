#include "text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_BYTES_MAX    1000
#define PATTERN_TEXT_MAX     KIB
#define PATTERN_STATES_MAX   1000 /* numbers of working memory: some hundred states at a time */
#define PATTERN_CALLS_MAX    10000
#define PATTERN_HEAP_KIB_MAX 4096

struct pattern {
    pcre2_code *code;
    pcre2_match_context *limits;
};

/* {,3} and { 1, 2 } are characters to RE2, and repeats to PCRE2 from 10.43 on. */
static bool lax_repeat(const char *brace)
{
    size_t n = strspn(brace + 1, "0123456789, \t");
    return brace[n + 1] == '}' && (brace[1] == ',' || strcspn(brace, " \t") <= n);
}

/* Has it only words that both read alike? Not: \v and \C, Unicode classes, whose tables are of
 * different years, and what RE2 does not know. */
static bool same_to_both(const char *p)
{
    for (; *p; p++) {
        if (*p == '{' && lax_repeat(p))
            return false;
        if (*p != '\\')
            continue;
        p++;
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
        bool digit = *p >= '0' && *p <= '9';
        if (!*p || digit || (letter && !strchr("AbBdDfnrsStwWxz", *p)))
            return false;
    }
    return true;
}

static void *take(size_t n, void *arena)
{
    return arena_alloc(arena, n);
}

static void leave(void *p, void *arena)
{
    (void)p; /* it goes with its arena */
    (void)arena;
}

const struct pattern *pattern_compile(struct arena *a, struct str pattern)
{
    int error;
    size_t at;
    if (pattern.n > PATTERN_BYTES_MAX || memchr(pattern.p, '\0', pattern.n) ||
        !same_to_both(str_cstr(a, pattern)))
        return NULL;
    pcre2_general_context *memory = pcre2_general_context_create(take, leave, a);
    pcre2_compile_context *how = pcre2_compile_context_create(memory);
    struct pattern *p = ARENA_NEW(a, struct pattern);
    pcre2_set_newline(how, PCRE2_NEWLINE_LF);
    p->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, PCRE2_UTF, &error, &at, how);
    p->limits = pcre2_match_context_create(memory);
    pcre2_set_match_limit(p->limits, PATTERN_CALLS_MAX);
    pcre2_set_heap_limit(p->limits, PATTERN_HEAP_KIB_MAX);
    return p->code ? p : NULL;
}

/* \n: how many lines the service looks at is not told. \v: a blank to PCRE2 only. */
static bool plain(struct str s)
{
    return str_find_char(s, '\n') < 0 && str_find_char(s, '\v') < 0;
}

/* By the algorithm that follows all ways at once: it never goes back, so no pattern makes it take
 * more than some tenths of a second. */
enum pattern_answer pattern_find(const struct pattern *p, struct str text)
{
    if (!p || text.n > PATTERN_TEXT_MAX || !plain(text))
        return PATTERN_UNSURE;
    int work[PATTERN_STATES_MAX];
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);
    if (!found)
        abort();
    int n = pcre2_dfa_match(p->code, (PCRE2_SPTR)text.p, text.n, 0, PCRE2_DFA_SHORTEST, found,
                            p->limits, work, LEN(work));
    pcre2_match_data_free(found);
    return n >= 0 ? PATTERN_FOUND : n == PCRE2_ERROR_NOMATCH ? PATTERN_ABSENT : PATTERN_UNSURE;
}
