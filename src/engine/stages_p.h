/* stages: what its two files share: stages.c moves companies forward, stages_undo.c takes that back
 * (S10.1). */
#pragma once

#include "engine/engine_p.h"

#define STAGE_PROPERTY "lifecyclestage"

/* The one property that companies are read and written by, as a mapping of its own. */
struct stage_binding {
    struct mapping property;
    struct mappings narrow;
};
/* Binds HubSpot's driver to it; and back to all that is mapped. */
void stages_bind(struct engine *en, struct stage_binding *b);
void stages_unbind(struct engine *en);
/* What was, or is to be, written to a company on account of a contact. */
struct audit_entry stage_entry(struct engine *en, const struct stage_binding *b, struct str account,
                               struct str company, struct str contact,
                               const struct field_change *f);
