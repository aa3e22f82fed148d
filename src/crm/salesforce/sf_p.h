/* What the files of the Salesforce driver share.
 *
 * salesforce.c  open, first contact, schema, bind       wire.c     calls, errors, SOQL texts
 * record.c      one record from JSON or CSV             walk.c     the readers
 * bulk.c        bulk queries                            get.c      by id, by key, tombstones
 * write.c       collections                             composite.c If-Match
 * ingest.c      bulk upserts                            setup.c    our key field, doctor
 * people.c      contacts and leads                    place.c    a contact's account
 * touched.c     what hangs on an account       filled.c   how many hold a value in a field */
#pragma once

#include "base/limits.h"
#include "crm/people.h"
#include "net/retry.h"
#include "text/json.h"

#define SF_VERSION    "66.0"
#define SF_KEY        "Tandem_Company_Id__c"
#define SF_LONG_MS    120000
#define SF_URI_BYTES  12000            /* SF 3: address and headers have 16,384 together */
#define SF_IN_MAX     280              /* SF 5.2: below 300 values in a list */
#define SF_OVERLAP_MS (10 * MS_MINUTE) /* SF 13 */

/* The fixed fields of every reading; mapped ones follow. */
enum sf_fixed { SF_ID, SF_NAME, SF_WEBSITE, SF_CREATED, SF_EDITED, SF_STAMP, SF_FIXED_COUNT };

struct salesforce {
    struct crm crm; /* first: a struct crm * is one of these */
    struct domains *domains;
    struct log *log;
    struct clock *clock;
    struct rng *rng;
    const stop_flag *stop;
    int64_t overlap_ms;
    struct arena life, bound;
    struct str version, data; /* "66.0", "/services/data/v66.0" */
    struct str key;           /* our key field on Account */
    struct str portal;
    const struct mappings *m;
    struct str fields; /* "Id, Name, ..." for SELECT */
    struct str *field; /* the same, one by one */
    size_t field_count;
    int key_at, person_at;       /* where they are in `field`; -1 = not there */
    int *map_at;                 /* the same for each mapping */
    bool wide;                   /* the list does not fit into an address */
    bool described;              /* what follows is known */
    bool has_key, has_person;    /* fields that describe showed */
    bool key_usable;             /* an external id, unique, and ours to write */
    bool can_create, can_update; /* accounts */
    struct str user_id;
};

static inline struct salesforce *sf_of(struct crm *c)
{
    return (struct salesforce *)c;
}

extern const struct http_service salesforce_service;

/* ---- wire.c ---------------------------------------------------------------------------------- */

/* The headers that every call carries. */
void sf_headers(struct http_request *req);
/* A call that must succeed with 2xx; anything else is an err that tells what Salesforce said. */
MUST_CHECK bool sf_call(struct salesforce *sf, struct arena *a, struct http_exchange *x,
                        yyjson_val **root, struct err *e);
MUST_CHECK bool sf_get_json(struct salesforce *sf, struct arena *a, struct str path,
                            yyjson_val **root, struct err *e);
/* The err of an error body (an array with errorCode) or of an entry with statusCode (SF 4.1). */
void sf_error(int status, yyjson_val *body, struct err *e);
MUST_CHECK bool sf_query(struct salesforce *sf, struct arena *a, struct str soql, bool all,
                         yyjson_val **root, int64_t *asked_ms, struct err *e);
/* The next page of a small result (a page may hold fewer rows than asked for, SF 5.1); *more =
 * false when *root was the last. */
MUST_CHECK bool sf_query_next(struct salesforce *sf, struct arena *a, yyjson_val **root, bool *more,
                              struct err *e);
/* A value as a SOQL string literal, quotes included (SF 5.2, T10). */
struct str sf_literal(struct arena *a, struct str s);
/* Appends v[from], v[from + 1], ... as literals with commas, as many as a list and `bytes` of an
 * address take; returns the index after the last one. */
size_t sf_list(struct arena *a, struct buf *b, const struct str *v, size_t from, size_t n,
               size_t bytes);
void sf_pause(struct salesforce *sf, int64_t ms); /* ends early when asked to stop */

/* What a describe type is to us (SF 7); OTHER = cannot be mapped. */
enum field_type sf_type_of(struct str type);

/* ---- record.c -------------------------------------------------------------------------------- */

struct sf_cell {
    struct str text; /* none = null */
    bool there;
};

void sf_record_json(struct salesforce *sf, struct arena *a, yyjson_val *obj, int64_t asked_ms,
                    struct record *out);
/* cell[i] is sf->field[i]; the texts are kept. */
void sf_record(struct salesforce *sf, struct arena *a, const struct sf_cell *cell, int64_t asked_ms,
               struct record *out);
/* The company's id out of "<portal>:<company>", where the portal is ours; else none. */
struct str sf_partner(const struct salesforce *sf, struct str key);

/* ---- bulk.c ---------------------------------------------------------------------------------- */

struct sf_bulk;
/* `field`, kept by the caller, names the columns that the query asks for, Id first; with `all` what
 * is deleted comes too. */
MUST_CHECK bool sf_bulk_open(struct salesforce *sf, bool all, struct str soql,
                             const struct str *field, size_t fields, struct sf_bulk **out,
                             struct err *e);
/* The next row: cell[i] is of field[i]; *over = there was none. */
MUST_CHECK bool sf_bulk_next(struct sf_bulk *b, struct arena *a, struct sf_cell *cell, bool *over,
                             struct err *e);
int64_t sf_bulk_asked_ms(const struct sf_bulk *b);
void sf_bulk_close(struct sf_bulk *b);
/* Waits until a job under `path` is at rest; *root (in `a`) is its last state. */
MUST_CHECK bool sf_await_job(struct salesforce *sf, struct arena *a, struct str path,
                             yyjson_val **root, struct err *e);
/* A streamed GET of CSV that must give 200; a dead session and passing trouble are overcome by
 * looking at `job` first, which renews and waits as every call does. */
MUST_CHECK bool sf_open_csv(struct salesforce *sf, struct arena *a, struct str job,
                            struct http_exchange *x, struct http_stream **out, struct err *e);

/* ---- get.c ----------------------------------------------------------------------------------- */

/* What became of the records that are HIDDEN: a tombstone, merged (to the end of the chain), or
 * still hidden (S9.4, S9.5). */
MUST_CHECK bool sf_tombstones(struct salesforce *sf, struct arena *a, struct record *rec, size_t n,
                              struct err *e);
/* Follows each MERGED record's survivor to where it lives now. */
MUST_CHECK bool sf_follow(struct salesforce *sf, struct arena *a, struct record *rec, size_t n,
                          struct err *e);

/* ---- write.c --------------------------------------------------------------------------------- */

/* One record's fields: "Name":"Acme",... with a comma before each; the key field where there is
 * one and `with_key`. */
void sf_put_fields(struct salesforce *sf, struct buf *b, const struct crm_write *w, bool with_key);
/* The outcome of a write that Salesforce refused; false = it was refused because of the place, not
 * of the record (S15.6): nothing more of this kind has a chance. */
bool sf_refuse(struct salesforce *sf, struct arena *a, struct crm_write *w, int status,
               yyjson_val *why);
/* DONE on that record; one that the answer does not name is not known to be (S8.2). */
void sf_written(struct arena *a, struct crm_write *w, struct str id, bool created);
void sf_not_known(struct arena *a, struct crm_write *w, const struct err *why);

/* Both take what w[of[0..n)] says and give each an outcome; those left CRM_NOT_SENT may be sent
 * another way. False: the run must not go on. */
MUST_CHECK bool sf_write_matching(struct salesforce *sf, struct arena *a, struct crm_write *w,
                                  const size_t *of, size_t n, struct err *e);
MUST_CHECK bool sf_ingest(struct salesforce *sf, struct arena *a, struct crm_write *w,
                          const size_t *of, size_t n, struct err *e);

extern const struct crm_people_ops sf_people; /* people.c */
bool sf_place(struct crm *, struct arena *, struct crm_placing *p, size_t n, bool only_look,
              struct err *);
bool sf_read(struct crm *, enum crm_read, struct str cursor, int64_t since_ms,
             struct crm_reader **out, struct err *);
bool sf_next(struct crm_reader *, struct arena *, struct crm_page *out, struct str *cursor,
             struct err *);
void sf_end(struct crm_reader *);
bool sf_total(struct crm *, struct arena *, uint64_t *n, struct err *);
bool sf_filled(struct crm *, struct arena *, struct crm_filled *f, size_t n, struct err *);
bool sf_get(struct crm *, struct arena *, const struct str *ids, size_t n, struct record *out,
            struct err *);
bool sf_get_to_write(struct crm *, struct arena *, const struct str *ids, size_t n,
                     struct record *out, struct err *);
bool sf_get_by_key(struct crm *, struct arena *, const struct str *keys, size_t n,
                   struct record *out, struct err *);
bool sf_owners(struct crm *, struct arena *, struct owner_list *out, struct err *);
bool sf_touched(struct crm *, struct arena *, const struct str *ids, size_t n,
                struct crm_touch *out, struct err *);
bool sf_write(struct crm *, struct arena *, struct crm_write *w, size_t n, struct crm_listener *,
              struct err *);
bool sf_setup(struct crm *, struct arena *, enum crm_claim, struct str installation,
              struct crm_setup *out, struct err *);
bool sf_doctor(struct crm *, struct arena *, struct crm_checks *out, struct err *);
