/* pattern: does a regular expression of a service find something in a text?
 *
 * HubSpot's rules are in RE2's syntax (H9.12). They are held against a text only where the answer
 * is certain: what is written there means the same to the C library's extended expressions, once
 * its classes and escapes are spelt out. Everything else is PATTERN_UNSURE, for the service to
 * judge: what looks around or names a Unicode class, flags, any character beyond ASCII in pattern
 * or text, and repeats so large that they would cost more than they are worth. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum pattern_answer { PATTERN_UNSURE, PATTERN_FOUND, PATTERN_ABSENT };

enum pattern_answer pattern_find(struct arena *a, struct str pattern, struct str text);
