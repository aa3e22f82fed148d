/* Shared by the files of the Salesforce side. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "sandbox/world/soql.h"

enum { SF_SESSIONS_MAX = 64, SF_CURSORS_MAX = 128, SF_JOBS_MAX = 128, SF_COMPOSITE_DEPTH = 3 };

struct sf_session {
    char token[64], refresh[48];
    uint8_t user;
    int64_t used_ms; /* lifetime slides with use (SF 2.2) */
    bool dead;
};

struct sf_cursor { /* a query that has more pages (SF 5.1) */
    char id[24], token[64];
    struct str soql;
    uint64_t *number;
    size_t count, page;
    int64_t opened_ms;
    bool all, used;
};

enum sf_job_state { JOB_OPEN, JOB_UPLOADED, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_ABORTED };

struct sf_job { /* Bulk API 2.0 (SF 10) */
    char id[24], version[8];
    bool used, gone, query, all;
    size_t streams; /* answers being sent from it: it stays until they end */
    enum sf_job_state state;
    char operation[16];
    struct sf_object *object;
    int64_t created_ms;
    int polls;
    uint8_t user;
    struct arena a;
    char message[256];
    /* query */
    struct str soql;
    struct soql_result rows;
    /* ingest */
    struct str key; /* externalIdFieldName */
    char delimiter;
    bool crlf, uploaded;
    struct buf text;
    struct sf_input_rows *in;
};

struct sf_intrusion { /* a user's edit, just before a client's write to that record */
    const struct sf_object *object;
    uint64_t number;
    struct sf_input in; /* in the sandbox's memory */
};

struct sf_state {
    struct sf_intrusion intrusion[32];
    size_t intrusions;
    struct sf_session session[SF_SESSIONS_MAX];
    size_t sessions;
    uint64_t serial;
    struct sf_cursor cursor[SF_CURSORS_MAX];
    struct sf_job job[SF_JOBS_MAX];
    uint64_t jobs;
    bool small_pages, rotate_refresh, first_refresh_used;
    int64_t session_life_ms, locator_life_ms;
};

struct sf_call { /* one request, or one within a composite */
    struct sandbox *s;
    struct sf_org *o;
    const struct request *q;
    struct response *r;
    struct arena *a;
    struct buf *b;      /* the answer's body */
    struct str version; /* "66.0" */
    struct sf_session *session;
    int64_t now_ms;
    int depth;        /* of composites */
    struct sf_tx *tx; /* of a composite that is all or none */
};

/* sf.c */
void sf_error(struct sf_call *c, int status, const char *code, struct str message,
              struct str field);
void sf_fail(struct sf_call *c, const struct sf_problem *p, int status); /* 0 = by its code */
void sf_not_found(struct sf_call *c);
void sf_method(struct sf_call *c);                  /* 405 */
bool sf_body(struct sf_call *c, yyjson_val **root); /* an object, or the error is answered */
struct sf_save sf_saving(struct sf_call *c);
bool is(const struct sf_call *c, const char *method);
struct str sf_param(struct sf_call *c, const char *name);
/* The next segment of a path, decoded; false at its end. */
bool sf_segment(struct sf_call *c, struct str *rest, struct str *out);
void sf_dispatch(struct sf_call *c, struct str path);
struct str sf_id(struct sf_call *c, enum world_type t, const struct world_record *r);
/* A JSON object's members as cells; "attributes" left out, and `skip`, and ids where told. */
bool sf_input_of(struct sf_call *c, yyjson_val *obj, struct str skip, bool drop_id,
                 struct sf_input *out, struct sf_problem *p);

/* sf_oauth.c */
void sf_token(struct sf_call *c);
void sf_revoke(struct sf_call *c);
void sf_introspect(struct sf_call *c);
void sf_userinfo(struct sf_call *c);
struct sf_session *sf_session_of(struct sandbox *s, struct str authorization, int64_t now_ms);

/* sf_describe.c */
void sf_describe_global(struct sf_call *c);
void sf_describe(struct sf_call *c, const struct sf_object *obj);
void sf_object_info(struct sf_call *c, const struct sf_object *obj);
void sf_put_object(struct sf_call *c, const struct sf_object *obj); /* members, without brackets */
void sf_custom_field(struct sf_call *c);

/* sf_query.c */
void sf_query(struct sf_call *c, bool all);
void sf_query_more(struct sf_call *c, struct str locator);
void sf_updated(struct sf_call *c, const struct sf_object *obj);
void sf_deleted(struct sf_call *c, const struct sf_object *obj);
void sf_put_row(struct sf_call *c, const struct soql *q, const struct world_record *r);
void sf_cursor_free(struct sf_cursor *k);

/* sf_rows.c */
/* A client is about to write this record: what a user was to do just before is done. */
void sf_intrude(struct sf_call *c, struct sf_object *obj, struct world_record *r);
void sf_row(struct sf_call *c, struct sf_object *obj, struct str id);
void sf_create(struct sf_call *c, struct sf_object *obj);
void sf_external(struct sf_call *c, struct sf_object *obj, struct str key, struct str value);
void sf_put_fields(struct sf_call *c, const struct sf_object *obj, const struct world_record *r,
                   const struct sf_field *const *field, size_t n);
/* The fields of "fields=a,b" or of a JSON list; NULL = one does not exist, and it is answered. */
const struct sf_field **sf_fields_of(struct sf_call *c, const struct sf_object *obj,
                                     const struct str *name, size_t n);

/* sf_collections.c */
void sf_collection_insert(struct sf_call *c);
void sf_collection_update(struct sf_call *c);
void sf_collection_upsert(struct sf_call *c, struct sf_object *obj, struct str key);
void sf_collection_delete(struct sf_call *c);
void sf_collection_read(struct sf_call *c, struct sf_object *obj);
/* Upserts one record by key; *created even when it fails as a would-be insert. */
bool sf_upsert_one(struct sf_save *s, struct sf_object *obj, struct sf_field *key, struct str value,
                   const struct sf_input *in, bool update_only, bool *created,
                   struct world_record **out, struct sf_problem *p);

/* sf_composite.c */
void sf_composite(struct sf_call *c);
void sf_batch(struct sf_call *c);

/* sf_bulk.c, sf_ingest.c */
void sf_jobs_query(struct sf_call *c, struct str rest);
void sf_jobs_ingest(struct sf_call *c, struct str rest);
struct sf_job *sf_job_new(struct sf_call *c);
struct sf_job *sf_job_named(struct sf_call *c, struct str id, bool query);
void sf_job_free(struct sf_job *j);
void sf_put_job(struct sf_call *c, const struct sf_job *j, uint64_t done, uint64_t failed);
void sf_job_list(struct sf_call *c, bool query);
const char *sf_job_state_name(enum sf_job_state state);
void sf_ingest_free(struct sf_job *j);
