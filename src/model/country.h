/* country: which country, or which of its states, a text means: by code (ISO 3166: DE, DEU, US-CA,
 * CA) or by name, in English and in the languages of both services' users, whatever its case, marks
 * and punctuation. Pure; the names are Debian's iso-codes, taken when Tandem is built
 * (country_table.py). */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* "DE"; none = no country that is known, or a name that could mean two. */
struct str country_of(struct arena *a, struct str text);
/* "US-CA" of the country "US"; of "Georgia" it depends on the country what it is. */
struct str state_of(struct arena *a, struct str country, struct str text);
