/* soql: the subset of SF 18.14, parsed strictly: everything else is MALFORMED_QUERY, not guessed.
 */
#pragma once

#include "sandbox/world/world.h"

enum { SOQL_FIELDS_MAX = 200 };

struct soql_term; /* the WHERE tree */

struct soql {
    struct str object;
    struct str field[SOQL_FIELDS_MAX];
    size_t fields;
    bool count;
    struct soql_term *where;
    struct {
        struct str field;
        bool descending;
    } order[4];
    size_t orders;
    int64_t limit, offset; /* limit -1 = none */
};

/* On false *why is a text for MALFORMED_QUERY. */
bool soql_parse(struct arena *a, struct str text, struct soql *out, struct str *why);

/* Numbers of the matching records, in order. `all` = queryAll. *bad names a field that is not there
 * (INVALID_FIELD). visible tells which fields exist. */
struct soql_result {
    uint64_t *number;
    size_t count;
};
bool soql_run(struct world *w, enum world_type t, struct arena *a, const struct soql *q, bool all,
              bool (*visible)(void *who, struct str field), void *who, struct soql_result *out,
              struct str *bad);
/* A field of a record as Salesforce has it, system fields included; none = null. */
struct str sf_value(struct world *w, enum world_type t, const struct world_record *r,
                    struct arena *a, struct str field);
