/* mapping_check: may these two fields be mapped, with this rule and this table? (S6.1, S6.3). Every
 * refusal is an ERR_USAGE that names both fields, their types or the rule, and the way out. */
#pragma once

#include "model/mapping.h"

/* Which types may be mapped on which: B3.34-B3.42, and for what they leave out:
 *   currency, percent                a number, as int and double are
 *   phone, url, email                text, as string is; HubSpot's phone properties are such text
 *   compound address, location       no: map its parts
 *   encrypted text                   no: the API shows it masked, the mask would be carried over
 *   formula, auto-number, rollup     as their type, by a rule that does not write them (B3.46)
 *   date and time of HubSpot's       with Salesforce's date, and date and time
 * A lookup goes with a dropdown only (B3.43), an owner with an owner only (S6.6). */
bool types_fit(enum field_type sf, enum field_type hs);

/* One mapping, bound to the metadata, as it would stand among `all` (itself included or not). */
MUST_CHECK bool mapping_check(const struct mappings *all, const struct mapping *one, struct err *e);
