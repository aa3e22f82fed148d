/* refusal: what a service's error code means, in one table for both services (S15.1, B8.10-B8.26,
 * SF 4.3, H5.3-H5.8). The drivers ask it what to do, the engine under which category an error of a
 * record is shown. Remedies are sentences and stand in app (words.c). */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum error_category { /* S15.1 */
                      CATEGORY_ASSOCIATIONS,
                      CATEGORY_CUSTOM_CODE,
                      CATEGORY_DUPLICATES,
                      CATEGORY_PERMISSIONS,
                      CATEGORY_PICKLISTS,
                      CATEGORY_PROPERTY_VALUES,
                      CATEGORY_COUNT
};

const char *category_name(enum error_category c); /* "associations", ... stable */
MUST_CHECK bool category_from_name(struct str name, enum error_category *out);

struct refusal {
    const char *code;
    /* ERR_REJECTED: an error of the record as it is. ERR_RETRY: passing (B8.25). ERR_STALE: the
     * record is gone or was changed: read it again, it is no error (B8.24). ERR_WAIT, ERR_REFUSED,
     * ERR_REAUTH, ERR_CONFIG: the place, not the record (B8.26, S15.6). */
    enum err_kind kind;
    enum err_scope scope;
    enum error_category category; /* where it is shown when it comes to an error of a record */
};

/* Never NULL: what is in no row is an error of this record alone, never of the run (SF 4.3). */
const struct refusal *refusal_of(struct str code);

extern const struct refusal refusal_table[]; /* sorted by code, bytewise */
extern const size_t refusal_count;
