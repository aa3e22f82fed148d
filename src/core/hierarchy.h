/* hierarchy: whose parent is whose (S11.2). What a field of MAPPING_PARENT becomes is decided like
 * any other (merge.h); here is what is special about parents: a record's parent is written once
 * both records are linked, and never so that a loop comes of it. Pure. */
#pragma once

#include "core/plan.h"

/* A record and its parent on one side, as last read. */
struct descent {
    struct str id, parent; /* parent none = it has none */
    struct str name;       /* for people; may be none */
};

/* The new parents that a plan writes on a side, into out[] (room: one a change). */
size_t hierarchy_parents(const struct mappings *m, const struct plan *plan, enum side to,
                         struct str *out);
/* Refuses the parents of a plan that would close a loop on `to`, those that the same plan writes
 * counted in; each is an error of its record that names both. known[0..n): the ancestors of what
 * hierarchy_parents told, in any order, each once. */
void hierarchy_check(struct arena *a, const struct plan_context *ctx, struct plan *plan,
                     enum side to, const struct descent *known, size_t n);
