/* gone: what becomes of a link when a record of it is deleted, merged or out of sight (S9), and
 * when it is back. Pure.
 *
 * Absence is not deletion: only a tombstone counts, and a merge was looked for first (S9.4, S9.5);
 * the states of the rows say what was found. */
#pragma once

#include "core/plan.h"

/* Decides for a linked subject of which a side is not live. */
void gone_decide(const struct plan_context *ctx, struct change *c);
/* Would this change delete what has to be looked at first? A delete of an account takes its
 * contacts, opportunities and cases along (S9.1). */
bool gone_cascades(const struct change *c);
/* Something hangs on it, or might: a person is asked instead. */
void gone_spare(struct change *c);
/* The origin of a link that follows a merge of its record of this side: what the record went into
 * is nothing that Tandem made (S9.1). */
enum link_origin gone_origin(enum link_origin, enum side merged);
/* The earlier link that an unlinked, live record resumes: it ended by a deletion, and its partner
 * stands and is free (S9.2). NULL = none; *partner is the other row. */
const struct severed *gone_resumes(const struct plan_context *ctx, const struct row *row,
                                   struct row **partner);
