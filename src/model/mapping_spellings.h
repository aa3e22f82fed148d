/* mapping_spellings: a value table for the spellings of countries and states that are really in use
 * on both sides (S6.3). A proposal: a person saves it. Pure. */
#pragma once

#include "model/mapping.h"

enum place_kind { PLACE_NONE, PLACE_COUNTRY, PLACE_STATE };

/* By the names of its fields: BillingCountry, hs_country_code, Region_State__c. */
enum place_kind mapping_place(struct arena *a, const struct mapping *m);
/* The mapped country that goes with a mapped state: of its address, or of its name. NULL = none. */
const struct mapping *mapping_country(struct arena *a, const struct mappings *all,
                                      const struct mapping *state);

/* A value that records of a side hold. */
struct used_value {
    struct str text;
    struct str country; /* of a state: what these records have as country; none = nothing */
    uint64_t n;         /* records */
};
struct used_values {
    struct used_value *value;
    size_t count;
};

struct spellings {
    size_t lines;   /* that were added to the table */
    size_t unknown; /* values in use that name no country, or no state of theirs */
    size_t several; /* that mean one state here and another there: no line can be given to them */
};

/* Adds to m's table what makes all spellings of one country or state the same. What is written is
 * what the table says already, else the spelling that most records of the side have; on a picklist
 * only an active value is. */
struct spellings mapping_spellings(struct arena *a, struct mapping *m, enum place_kind place,
                                   const struct used_values used[SIDE_COUNT]);
