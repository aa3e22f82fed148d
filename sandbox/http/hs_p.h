/* Shared by the files of the HubSpot side. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "sandbox/world/hs.h"
#include "text/iso8601.h"
#include "text/url.h"

enum {
    HS_TOKENS_MAX = 128,
    HS_CODES_MAX = 16,
    HS_INPUTS_MAX = 100,
    HS_HISTORY_INPUTS_MAX = 50, /* H6.5, H7.10 */
    HS_SEARCH_CEILING = 10000,
    HS_CACHED = 4,
};

struct hs_token { /* what may be done with it, and how long */
    char access[80], refresh[80];
    char scopes[1024]; /* separated by blanks; "" = all */
    bool oauth, dead;
    int64_t expires_ms; /* 0 = never */
};

struct hs_hits { /* a search whose pages are being read */
    char *key;
    uint64_t writes;
    int64_t as_of_ms;
    uint32_t *number;
    size_t count;
    uint64_t used;
};

struct hs_intrusion { /* somebody else's edit, just before a client's write (H24.21) */
    enum hs_type type;
    uint64_t number;
    struct hs_input in; /* in the portal's memory */
};

struct hs_state {
    struct hs_intrusion intrusion[32];
    size_t intrusions;
    struct hs_token token[HS_TOKENS_MAX];
    size_t tokens;
    struct { /* authorization codes */
        char code[48], redirect[512], scopes[1024];
    } code[HS_CODES_MAX];
    size_t codes;
    uint64_t serial;
    int64_t token_life_ms;
    bool rotate_refresh, shuffle, retry_after, quirks;
    int64_t uri_max;
    struct hs_hits cache[HS_CACHED];
    uint64_t cache_clock;
    int64_t oauth_ring[256];
    size_t oauth_at;
    int64_t day; /* the portal's, that day_used counts */
};

struct hs_call { /* one request */
    struct sandbox *s;
    struct hs_portal *p;
    struct hs_state *state;
    const struct request *q;
    struct response *r;
    struct arena *a;
    struct buf *b;      /* the answer's body */
    struct str version; /* "v3", "2026-09" */
    bool dated, strict; /* 2026-09 and later: strict */
    struct hs_token *token;
    int64_t now_ms;
};

/* What is asked of a record. */
struct hs_view {
    struct hs_object *o;
    const struct hs_property **property, **history;
    size_t properties, histories;
    struct hs_object *with[HS_TYPES]; /* associations */
    size_t withs;
    int64_t as_of_ms;
};

/* ---- hs.c ---- */
bool hs_is(const struct hs_call *c, const char *method);
struct str hs_param(struct hs_call *c, const char *name);
/* Of a name given several times: all, with commas between. */
struct str hs_params(struct hs_call *c, const char *name);
bool hs_flag(struct hs_call *c, const char *name); /* "true" */
/* The next segment, decoded; false at the end. */
bool hs_segment(struct hs_call *c, struct str *rest, struct str *out);
bool hs_body(struct hs_call *c, yyjson_val **root); /* or the error is answered */
struct hs_save hs_saving(struct hs_call *c);
/* limit and after of a walk; false = answered. */
bool hs_paging(struct hs_call *c, int64_t most, int64_t usual, int64_t *limit, struct str *after);
/* false = 403 is answered; `kind` "companies.read" after "crm.objects." and the like. */
bool hs_scope(struct hs_call *c, const char *scope);
bool hs_object_scope(struct hs_call *c, const struct hs_object *o, bool write);

/* ---- hs_error.c ---- */
void hs_correlation(struct sandbox *s, struct buf *b);
void hs_error(struct hs_call *c, int status, const char *category, struct str message);
void hs_invalid(struct hs_call *c, struct str message); /* 400 VALIDATION_ERROR */
void hs_refuse(struct hs_call *c, const struct hs_refusal *why);
void hs_not_found(struct hs_call *c);                       /* a record */
void hs_no_resource(struct hs_call *c, struct str message); /* 404 OBJECT_NOT_FOUND */
void hs_no_path(struct hs_call *c);
/* One entry of a batch's errors. */
void hs_put_refusal(struct hs_call *c, struct buf *b, const struct hs_refusal *why,
                    struct str trace);

/* ---- hs_put.c ---- */
/* From comma lists, or JSON lists. */
void hs_view_of_query(struct hs_call *c, struct hs_object *o, struct hs_view *v);
void hs_view_of_body(struct hs_call *c, struct hs_object *o, yyjson_val *root, struct hs_view *v);
/* All members, without the closing bracket. */
void hs_put_record(struct hs_call *c, const struct hs_view *v, const struct world_record *r);
/* After a write: what was sent, and some of the system's own. */
void hs_put_written(struct hs_call *c, struct hs_object *o, const struct world_record *r,
                    const struct hs_input *in, bool created);
void hs_put_warnings(struct hs_call *c, const struct hs_save *save);

/* ---- hs_objects.c ---- */
void hs_objects(struct hs_call *c, struct str rest);
struct hs_input hs_input_of(struct hs_call *c, yyjson_val *properties);
/* Associations of a create; false = one is wrong, *why tells. */
bool hs_targets_of(struct hs_call *c, struct hs_object *o, yyjson_val *list, struct hs_target **out,
                   size_t *n, struct hs_refusal *why);

/* hs_update, after those who were quicker. */
bool hs_update_late(struct hs_call *c, struct hs_save *s, struct hs_object *o,
                    struct world_record *r, const struct hs_input *in, struct hs_refusal *why);

/* ---- hs_batch.c ---- */
enum hs_batch { HS_BATCH_CREATE, HS_BATCH_UPDATE, HS_BATCH_UPSERT };
void hs_batch_read(struct hs_call *c, struct hs_object *o);
void hs_batch_write(struct hs_call *c, struct hs_object *o, enum hs_batch kind);
void hs_batch_archive(struct hs_call *c, struct hs_object *o);
/* "inputs" of a body with at most `most`; false = answered. */
bool hs_inputs(struct hs_call *c, size_t most, yyjson_val **root, yyjson_val **inputs);
void hs_batch_head(struct hs_call *c);
void hs_batch_tail(struct hs_call *c, const struct buf *errors, size_t count);

/* ---- hs_search.c ---- */
void hs_search_answer(struct hs_call *c, struct hs_object *o);
/* filterGroups; false = answered. */
bool hs_query_of(struct hs_call *c, struct hs_object *o, yyjson_val *root, struct hs_query *out);
void hs_hits_free(struct hs_state *state);

/* ---- hs_properties.c ---- */
void hs_properties(struct hs_call *c, struct str rest);
void hs_validations(struct hs_call *c, struct str rest);

/* ---- hs_associations.c ---- */
/* Below an object: {id}/associations/{to}[/{toId}]. */
void hs_record_links(struct hs_call *c, struct hs_object *o, struct str id, struct str rest);
void hs_associations(struct hs_call *c, struct str rest);
/* Types [{associationCategory, associationTypeId}] as bits; false = one is unknown. */
bool hs_types_of(struct hs_call *c, const struct hs_object *from, const struct hs_object *to,
                 yyjson_val *list, uint32_t *types);
void hs_put_types(struct hs_call *c, const struct hs_object *from, const struct hs_object *to,
                  uint32_t types);

/* ---- hs_labels.c ---- */
void hs_labels(struct hs_call *c, struct hs_object *from, struct hs_object *to, struct str rest);

/* ---- hs_lists.c ---- */
void hs_lists(struct hs_call *c, struct str rest);

/* ---- hs_members.c ---- */
/* {listId}/memberships[/what[/more]] */
void hs_memberships(struct hs_call *c, struct hs_list *l, struct str what, struct str more);
/* records/{type}/{id}/memberships, records/memberships/batch/read */
void hs_lists_of_record(struct hs_call *c, struct str type, struct str id);

/* ---- hs_oauth.c ---- */
void hs_tokens_init(struct hs_state *state);
void hs_oauth(struct hs_call *c, struct str rest);
struct hs_token *hs_token_of(struct hs_state *state, struct str authorization);
struct hs_token *hs_token_add(struct hs_state *state, struct str access, struct str scopes);

/* ---- hs_account.c ---- */
void hs_owners(struct hs_call *c, struct str rest);
void hs_account(struct hs_call *c, struct str rest);
void hs_limits(struct hs_call *c, struct str rest);
bool hs_quota(struct hs_call *c, bool search); /* false = 429 is answered (H4) */
