/* scenario: what a scenario file says, as data (test/scenarios/README.md is its manual).
 *
 * A scenario is blocks of lines: `given` what is there, `when` what people do and which commands
 * run, `then` what must have come of it. A line is a verb, words and name=value pairs. Nothing here
 * talks to a service. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/mapping.h"

/* What a line is about. */
enum kind {
    KIND_ACCOUNT,
    KIND_COMPANY,
    KIND_CONTACT,
    KIND_SF_CONTACT,
    KIND_LEAD,
    KIND_USER, /* who may own accounts */
    KIND_OWNER,
    KIND_LIST, /* of HubSpot */
    KIND_COUNT
};
extern const char *const kind_names[KIND_COUNT]; /* "account", ... */
bool kind_named(struct str name, enum kind *out);

struct pair {
    struct str name, value;
};

#define WORDS_MAX 12

struct line {
    int number;
    struct str verb;
    int64_t pause_ms; /* how long after the line before; -1 = the usual time */
    struct str word[WORDS_MAX];
    size_t words;
    struct pair *pair;
    size_t pairs;
};

enum block_kind { BLOCK_GIVEN = 1, BLOCK_WHEN = 2, BLOCK_THEN = 4 };

struct block {
    enum block_kind kind;
    struct line *line;
    size_t lines;
};

struct scenario {
    struct str file, name, promises;
    int number;                             /* of its first line */
    struct str one_way, pending, not_quiet; /* reasons; none = mirrored, not pending, quiet */
    struct block *block;
    size_t blocks;
    bool mirrored; /* made by scenario_mirror */
};

struct scenarios {
    struct scenario *one;
    size_t count;
};

/* parse.c: adds those of one file. An error names file and line (ERR_USAGE). */
MUST_CHECK bool scenarios_read(struct arena *a, const char *path, struct scenarios *out,
                               struct err *e);
/* Fills e with "FILE:LINE: ..." and returns false. */
bool line_error(struct err *e, const struct scenario *s, int number, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* verbs.c: what a line may hold. `words` has a letter a word: k a kind of record, s account or
 * company, r a record of that kind, n one that the line introduces, o a record of the other side,
 * A an account and C a company (left out: of the same name), f a field, d a duration, t any text;
 * what follows ? may be left out, * repeats the last. */
struct verb {
    const char *name;
    unsigned blocks;
    const char *words;
    bool pairs;
    bool one_way; /* it has no mirror image */
};
const struct verb *verb_of(const struct line *l, enum block_kind in); /* NULL = there is none */
char verb_letter(const struct verb *v, size_t word);
MUST_CHECK bool line_check(const struct scenario *s, enum block_kind in, const struct line *l,
                           struct err *e);

/* check.c: names that nobody introduced, and fields that the service does not have. */
MUST_CHECK bool scenario_check(const struct scenario *s,
                               const struct schema *const schema[SIDE_COUNT], struct err *e);

/* mirror.c: the same scenario with the sides exchanged; not for one with `one_way`. */
MUST_CHECK bool scenario_mirror(struct arena *a, const struct scenario *s, const struct mappings *m,
                                struct scenario *out, struct err *e);
