/* settle: with which SF contact or lead a HubSpot contact syncs (S3.6). Total: whatever people
 * there are, the answer is one state. */
#pragma once

#include "model/person.h"

/* Fills id, state, person, account and converted of *out; the rest is left alone. Texts are
 * borrowed. */
void contact_settle(const struct contact_case *c, struct contact *out);
