/* What the engine's files about people share. */
#pragma once

#include "crm/people.h"
#include "engine/engine_p.h"

/* people.c: keeps a page of readings, and the companies of its new and changed contacts (or of
 * all); with `cursor` that document in the same transaction. */
MUST_CHECK bool people_keep(struct engine *en, struct crm_people *page, bool place_all,
                            const char *cursor, struct str text, struct err *e);
/* Reads everybody on both sides, and settles them. */
MUST_CHECK bool people_walk_now(struct engine *en, struct err *e);
/* Settles who waits for it. */
MUST_CHECK bool people_settle_all(struct engine *en, struct err *e);

/* lists.c: who is at the companies that may become accounts, and who of them is on the chosen
 * lists: of those that are due in every pass, of all every 15 minutes (S4.1). */
MUST_CHECK bool people_look_again(struct engine *en, struct err *e);
