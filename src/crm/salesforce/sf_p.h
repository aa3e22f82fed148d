/* What the files of the Salesforce driver share. */
#pragma once

#include "base/limits.h"
#include "crm/crm.h"
#include "net/retry.h"
#include "text/json.h"

#define SF_VERSION "66.0"
#define SF_KEY     "Tandem_Company_Id__c"
#define SF_LONG_MS 120000

struct salesforce {
    struct crm crm; /* first: a struct crm * is one of these */
    struct domains *domains;
    struct log *log;
    struct clock *clock;
    struct arena life, bound;
    struct str version, data; /* "66.0", "/services/data/v66.0" */
    struct str key;           /* our key field on Account */
    struct str portal;
    const struct mappings *m;
    struct str fields; /* "Id, Name, ..." for SELECT */
    struct str *field; /* the same, one by one: the columns of bulk results */
    size_t field_count;
    bool has_key, has_person; /* fields that describe showed */
    struct str user_id;
};

static inline struct salesforce *sf_of(struct crm *c)
{
    return (struct salesforce *)c;
}

extern const struct http_service salesforce_service;

/* A call that must succeed with 2xx; anything else is an err that tells what Salesforce said. */
MUST_CHECK bool sf_call(struct salesforce *sf, struct arena *a, struct http_exchange *x,
                        yyjson_val **root, struct err *e);
MUST_CHECK bool sf_get_json(struct salesforce *sf, struct arena *a, struct str path,
                            yyjson_val **root, struct err *e);
/* The err of an error body (an array with errorCode) or of an entry with statusCode (SF 4.1). */
void sf_error(int status, yyjson_val *body, struct err *e);
MUST_CHECK bool sf_query(struct salesforce *sf, struct arena *a, struct str soql, bool all,
                         yyjson_val **root, int64_t *asked_ms, struct err *e);
/* A value as a SOQL string literal, quotes included (SF 5.2, T10). */
struct str sf_literal(struct arena *a, struct str s);

/* A field's text from wherever a record comes from. */
struct sf_cells {
    yyjson_val *obj;          /* a REST record, or NULL */
    const struct str *column; /* bulk: header names */
    const struct str *cell;
    size_t columns;
};
void sf_record(struct salesforce *sf, struct arena *a, const struct sf_cells *c, int64_t asked_ms,
               struct record *out);

bool sf_read(struct crm *, enum crm_read, struct str cursor, int64_t since_ms,
             struct crm_reader **out, struct err *);
bool sf_next(struct crm_reader *, struct arena *, struct crm_page *out, struct str *cursor,
             struct err *);
void sf_end(struct crm_reader *);
bool sf_get(struct crm *, struct arena *, const struct str *ids, size_t n, struct record *out,
            struct err *);
bool sf_get_by_key(struct crm *, struct arena *, const struct str *keys, size_t n,
                   struct record *out, struct err *);
bool sf_write(struct crm *, struct arena *, struct crm_write *w, size_t n, struct err *);
bool sf_setup(struct crm *, struct arena *, bool make, struct str installation,
              struct crm_setup *out, struct err *);
bool sf_doctor(struct crm *, struct arena *, struct crm_checks *out, struct err *);
