/* verbs: which words a line may hold, in which block. */
#include "test/scenario/scenario.h"

#define G BLOCK_GIVEN
#define W BLOCK_WHEN
#define T BLOCK_THEN

static const struct verb verbs[] = {
    /* what is there, what people do; in `then`: what a record holds */
    {"account", G | W | T, "n", true, false},
    {"company", G | W | T, "n", true, false},
    {"contact", G | W | T, "n", true, true},
    {"sf_contact", G | W | T, "n", true, true},
    {"lead", G | W | T, "n", true, true},
    {"user", G | W, "n", true, false}, /* email, first, last */
    {"owner", G | W, "n", true, false},
    {"list", G | W, "nk", true, true}, /* active: contacts, or companies, of whom this holds */
    {"filter", G | W, "t", false, true},
    {"map", G | W, "fft?t", false, true}, /* a rule, and for which accounts */
    {"linked", G, "A?C", false, false},
    {"setting", G | W, "tt", false, false},
    {"rule", G | W, "ft", false, false},
    {"table", G | W, "fvv", false, false}, /* a line of its value table */
    {"sandbox", G | W, "t", true, true},
    {"switch", G | W, "t", false, false}, /* on, off */
    {"delete", W, "kr", false, false},
    {"restore", W, "kr", false, false},
    {"purge", W, "kr", false, true},
    {"leave", W, "kr", false, false},   /* a user is deactivated, an owner archived */
    {"merge", W, "krtr", false, false}, /* merge account b into a */
    {"wait", W, "d", false, false},
    /* commands */
    {"sync", W, "", false, false},
    {"plan", W, "?t", false, true},
    {"import", W, "?A*", false, true},
    {"resync", W, "sr*", false, false},
    {"backfill", W, "f?t", false, false}, /* and to which side only */
    {"link", W, "A?C", false, false},
    {"relink", W, "A?C", false, false},
    {"unlink", W, "sr", false, false},
    {"adopt", W, "?AC", false, true},
    {"accept", W, "sro", false, false}, /* a review's candidate */
    {"reject", W, "sr", false, false},
    {"answer", W, "srt", false, false}, /* whose values stand: salesforce, hubspot */
    {"retry", W, "", false, false},
    {"undo", W, "?sr", false, false}, /* the newest run, or what it did to one record */
    /* what came of it */
    {"nothing", T, "", false, false},
    {"create", T, "kn", true, false},
    {"update", T, "kr", true, false},
    {"archive", T, "kr", false, false},
    {"link", T, "A?C", false, false},
    {"unlink", T, "A?C", false, false},
    {"pause", T, "A?C", false, false},
    {"resume", T, "A?C", false, false},
    {"review", T, "srt?o*", false, false},
    {"error", T, "krtt?f", false, false}, /* category, code, field */
    {"explain", T, "srtt", false, false}, /* action, why */
    {"gone", T, "kr", false, false},      /* in the recycle bin */
    {"left", T, "srt?f", false, false},   /* by an undo: why, field */
    {"refused", T, "t", false, false},
    {"reverted", T, "srf", false, false}, /* S5.6 */
};

const struct verb *verb_of(const struct line *l, enum block_kind in)
{
    for (size_t i = 0; i < LEN(verbs); i++)
        if (str_eq(l->verb, str_from(verbs[i].name)) && verbs[i].blocks & in)
            return &verbs[i];
    return NULL;
}

char verb_letter(const struct verb *v, size_t word)
{
    char last = 't';
    size_t i = 0;
    for (const char *p = v->words; *p; p++) {
        if (*p == '?' || *p == '*')
            continue;
        last = *p;
        if (i++ == word)
            return last;
    }
    return last;
}

static bool fits(const char *pattern, size_t words)
{
    size_t least = 0, most = 0;
    bool optional = false;
    for (const char *p = pattern; *p; p++) {
        if (*p == '?') {
            optional = true;
        } else if (*p == '*') {
            most = WORDS_MAX;
        } else {
            most++;
            least += !optional;
        }
    }
    return words >= least && words <= most;
}

static bool word_check(const struct scenario *s, const struct line *l, char letter, struct str word,
                       struct err *e)
{
    enum kind kind;
    if (letter == 'k' && !kind_named(word, &kind))
        return line_error(e, s, l->number, "\"%.*s\" is no kind of record", STR_ARG(word));
    if (letter == 's' && (!kind_named(word, &kind) || kind > KIND_COMPANY))
        return line_error(e, s, l->number, "\"%.*s\" is not account or company", STR_ARG(word));
    return true;
}

bool line_check(const struct scenario *s, enum block_kind in, const struct line *l, struct err *e)
{
    const struct verb *v = verb_of(l, in);
    if (!v)
        return line_error(e, s, l->number, "\"%.*s\" is not known in this block", STR_ARG(l->verb));
    if (!fits(v->words, l->words))
        return line_error(e, s, l->number, "`%s` with %zu words is not understood", v->name,
                          l->words);
    if (l->pairs && !v->pairs)
        return line_error(e, s, l->number, "`%s` takes no fields", v->name);
    if (l->pause_ms >= 0 && in == BLOCK_THEN)
        return line_error(e, s, l->number, "nothing happens in `then`: it takes no time");
    for (size_t i = 0; i < l->words; i++)
        if (!word_check(s, l, verb_letter(v, i), l->word[i], e))
            return false;
    return true;
}
