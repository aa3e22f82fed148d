/* fuzz: what comes over a wire or from a file is hostile. A target takes any bytes; a sanitizer, or
 * an assert of the target, says what they broke.
 *
 * build/test/fuzz [TARGET [ROUNDS [SEED]]] changes the target's seeds at random, the same way each
 * time; tools/fuzz TARGET looks for more, led by coverage (clang's libFuzzer). */
#pragma once

#include "base/arena.h"
#include "base/str.h"

#define SEED(literal)                                                                              \
    {                                                                                              \
        "" literal "", sizeof(literal) - 1                                                         \
    } /* a struct str in a static table */

struct fuzz_target {
    const char *name;
    void (*one)(struct arena *a, struct str in); /* the arena is reset after each input */
    const struct str *seed;
    size_t seeds;
};

extern const struct fuzz_target fuzz_text[], fuzz_model[], fuzz_answers[]; /* end with no name */

/* Broken promises of a target abort, with or without NDEBUG. */
void fuzz_must(bool ok, const char *what);
