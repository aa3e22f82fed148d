/* pattern: does a regular expression of a service find something in a text?
 *
 * HubSpot's rules are in RE2's syntax (H9.12), which PCRE2 reads alike but for a few words. It is
 * asked only where the answer is certain; the rest is left to the service: patterns that hold one
 * of those words or that PCRE2 cannot read, texts of more than one line or 1 KiB, and what would
 * take more states or steps than it is worth. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct pattern;
enum pattern_answer { PATTERN_UNSURE, PATTERN_FOUND, PATTERN_ABSENT };

/* Lives in the arena; many threads may use it. NULL = left to the service. */
const struct pattern *pattern_compile(struct arena *a, struct str pattern);
enum pattern_answer pattern_find(const struct pattern *p, struct str text); /* NULL is unsure */
