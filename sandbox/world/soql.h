/* soql: the subset of SF 18.14, parsed strictly: everything else is MALFORMED_QUERY, not guessed.
 */
#pragma once

#include "sandbox/world/sf.h"

enum { SOQL_FIELDS_MAX = 300, SOQL_HOPS_MAX = 2, SOQL_BYTES_MAX = 100000 };

struct soql_ref { /* a field, perhaps over parents: "Owner.Profile.Name" */
    struct str text;
    const struct sf_field *hop[SOQL_HOPS_MAX];   /* lookups to follow */
    const struct sf_object *over[SOQL_HOPS_MAX]; /* to where each leads */
    size_t hops;
    const struct sf_object *obj; /* the field's */
    const struct sf_field *field;
    bool counted; /* COUNT(field) */
};

struct soql_term; /* the WHERE tree */

struct soql {
    struct str object;
    const struct sf_object *obj;
    struct soql_ref *select;
    size_t fields;
    bool count;     /* COUNT() */
    bool aggregate; /* all that is selected is counted: the answer is one row */
    struct soql_term *where;
    struct {
        struct soql_ref ref;
        bool descending, nulls_last;
    } order[4];
    size_t orders;
    int64_t limit, offset; /* limit -1 = none */
};

struct soql_why {
    const char *code; /* MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE, ... */
    struct str message;
};

/* Both: on false *why is filled. Names are resolved against what the user may see. */
bool soql_parse(struct arena *a, struct str text, struct soql *out, struct soql_why *why);
bool soql_resolve(struct sf_org *o, struct arena *a, struct soql *q, struct soql_why *why);

/* Does a COUNT of it make sense there (describe's aggregatable)? */
bool soql_aggregatable(const struct sf_field *f);

/* Numbers of the matching records, in order. `all` = queryAll: the recycle bin too. */
struct soql_result {
    uint64_t *number;
    size_t count;
};
void soql_run(struct sf_org *o, struct arena *a, const struct soql *q, bool all,
              struct soql_result *out);
/* The record that `ref`'s field is read from; NULL where a parent is missing. */
const struct world_record *soql_follow(struct sf_org *o, struct arena *a,
                                       const struct soql_ref *ref, const struct sf_object *from,
                                       const struct world_record *r);
