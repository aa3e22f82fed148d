/* What the files of the HubSpot driver share. */
#pragma once

#include "base/limits.h"
#include "crm/people.h"
#include "net/retry.h"
#include "text/json.h"

#define HS_VERSION          "2026-09"
#define HS_KEY              "tandem_account_id"
#define HS_BATCH_TIMEOUT_MS 120000          /* H2.9 */
#define HS_OVERLAP_MS       (5 * MS_MINUTE) /* H13.4 */

#define HS_LINK_VERSION "2026-03" /* of associations and lists (H1.6) */

struct hubspot {
    struct crm crm; /* first: a struct crm * is one of these */
    struct domains *domains;
    struct log *log;
    struct arena life;  /* texts of the options and of the identity */
    struct arena bound; /* what bind makes */
    struct str objects; /* "/crm/objects/2026-09/companies" */
    struct str contacts;
    struct str version, key;
    const struct mappings *m;
    int64_t overlap_ms;
    struct str query; /* "properties=name,domain,..." */
    struct str list;  /* the same as JSON strings: "name","domain" */
};

static inline struct hubspot *hs_of(struct crm *c)
{
    return (struct hubspot *)c;
}

extern const struct http_service hubspot_service;

/* A call that must succeed with 200/201/207; anything else is an err that tells what HubSpot said.
 */
MUST_CHECK bool hs_call(struct hubspot *hs, struct arena *a, struct http_exchange *x,
                        yyjson_val **root, struct err *e);
/* The same of a search of companies, contacts, ...; *x is filled in, and answered. */
MUST_CHECK bool hs_search(struct hubspot *hs, struct arena *a, struct str objects, struct str body,
                          struct http_exchange *x, yyjson_val **root, struct err *e);
/* The second half of hs_call: what an exchange that was answered says. */
MUST_CHECK bool hs_read_answer(struct arena *a, const struct http_exchange *x, yyjson_val **root,
                               struct err *e);
/* The err of an error answer or of an entry of `errors` (H5); code is HubSpot's own. */
void hs_error(int status, yyjson_val *body, struct err *e);
/* The name of the property an error entry is about; none = not told (H5.6). */
struct str hs_error_property(struct arena *a, yyjson_val *entry);

/* What status an entry of `errors` would have had alone (H5.3). */
int hs_entry_status(yyjson_val *entry);

/* What a property's type and fieldType are to us (H9.5); OTHER = cannot be mapped. */
enum field_type hs_type_of(struct str type, struct str field);

/* validations.c: the portal's own rules, added to what the schema tells (S6.2). */
MUST_CHECK bool hs_validations(struct hubspot *hs, struct arena *a, struct schema *s,
                               struct err *e);
/* A property's value: text, number or, against H10, true and false. */
struct str hs_text(yyjson_val *v);
/* The list of an answer; without one it is no answer. */
MUST_CHECK bool hs_results(yyjson_val *root, yyjson_val **list, struct err *e);
/* Its records, added to a page. */
MUST_CHECK bool hs_take(struct hubspot *hs, struct arena *a, yyjson_val *root, int64_t asked_ms,
                        struct crm_page *out, struct err *e);
void hs_record(struct hubspot *hs, struct arena *a, yyjson_val *obj, int64_t asked_ms,
               struct record *out);

/* walk.c: all records of a type, or those changed since the cursor (H13), an answer at a time. */
struct hs_walk;
struct hs_walk_of {
    struct str objects; /* "/crm/objects/2026-09/companies" */
    const char *stamp;  /* the property of the last change (H13.11) */
    struct str query;   /* of the list: "properties=..." */
    struct str hit;     /* what a hit carries: "name","domain" */
};
struct hs_answer {
    yyjson_val *root, *results;
    int64_t asked_ms;
};
/* batches.c: a reading of many records, its calls under way together. The answers are told of as
 * they come, in any order: whole, or record by record. */
struct hs_batches {
    struct str path, head; /* head: what stands in a body before its inputs, "\"properties\":[]," */
    struct str before;     /* what stands before an id in its input; none = "\"id\":" */
    const struct str *ids; /* each once (H7.13) */
    size_t n, each;        /* each = as many as a call carries */
    void *who;
    bool (*take)(void *who, const struct hs_answer *answer, struct err *e); /* or NULL */
    void (*found)(void *who, size_t i, yyjson_val *obj); /* or NULL: the record of ids[i] */
};
MUST_CHECK bool hs_read_batches(struct hubspot *hs, struct arena *a, const struct hs_batches *b,
                                struct err *e);
/* S9.4: what failed otherwise than by not being there was not read. */
MUST_CHECK bool hs_all_read(yyjson_val *root, struct err *e);

struct hs_walk *hs_walk_open(struct hubspot *hs, const struct hs_walk_of *of, enum crm_read what,
                             struct str cursor, int64_t since_ms);
void hs_walk_close(struct hs_walk *w);
/* There is a next answer, and it fits into a chunk that has `count` records. */
bool hs_walk_fits(const struct hs_walk *w, size_t count);
MUST_CHECK bool hs_walk_next(struct hs_walk *w, struct arena *a, size_t room, struct hs_answer *out,
                             struct err *e);
/* Over? Then *cursor is the one to keep; of a list of all it is where to go on, before it is over.
 */
bool hs_walk_over(const struct hs_walk *w, struct arena *a, struct str *cursor);
int64_t hs_hit_ms(yyjson_val *hit, const char *stamp); /* -1 = it has no time */

bool hs_read(struct crm *, enum crm_read, struct str cursor, int64_t since_ms,
             struct crm_reader **out, struct err *);
bool hs_next(struct crm_reader *, struct arena *, struct crm_page *out, struct str *cursor,
             struct err *);
void hs_end(struct crm_reader *);
bool hs_total(struct crm *, struct arena *, uint64_t *n, struct err *);
bool hs_filled(struct crm *, struct arena *, struct crm_filled *f, size_t n, struct err *);
bool hs_get(struct crm *, struct arena *, const struct str *ids, size_t n, struct record *out,
            struct err *);
bool hs_get_by_key(struct crm *, struct arena *, const struct str *keys, size_t n,
                   struct record *out, struct err *);
bool hs_find_hosts(struct crm *, struct arena *, const struct str *hosts, size_t n,
                   int64_t since_ms, struct crm_page *out, struct err *);
/* When a property was last set, of its history; 0 = that is not told. The newest entry stands
 * first; a later one found further on counts all the same. */
int64_t hs_newest(yyjson_val *list);
bool hs_history(struct crm *, struct arena *, const struct str *ids, size_t n, const bool *wanted,
                int64_t *set_ms, struct err *);
bool hs_overwritten(struct crm *, struct arena *, struct crm_gap *gap, size_t n, struct err *);
bool hs_owners(struct crm *, struct arena *, struct owner_list *out, struct err *);
bool hs_touched(struct crm *, struct arena *, const struct str *ids, size_t n,
                struct crm_touch *out, struct err *);
bool hs_write(struct crm *, struct arena *, struct crm_write *w, size_t n, struct crm_listener *,
              struct err *);
/* parents.c: of all writes, the parents; a write that is settled by that has its outcome. False:
 * the run must not go on. */
MUST_CHECK bool hs_write_parents(struct hubspot *hs, struct arena *a, struct crm_write *w, size_t n,
                                 struct err *e);
/* join.c: associations of many records (H15). */
enum hs_join_how {
    HS_JOIN,    /* gets the type */
    HS_UNLABEL, /* loses the type */
    HS_PART,    /* loses all types */
};
struct hs_joining {
    const char *from, *to; /* "contacts", "companies" */
    int type;
    enum hs_join_how how;
};
struct hs_join {
    struct str from, to;

    enum crm_outcome outcome;
    struct err err; /* REJECTED, AGAIN, UNKNOWN */
};
/* False: the place refuses; those without outcome stay CRM_NOT_SENT. */
MUST_CHECK bool hs_write_joins(struct hubspot *hs, struct arena *a, const struct hs_joining *of,
                               struct hs_join *j, size_t n, struct err *e);
bool hs_place(struct crm *, struct arena *, struct crm_placing *p, size_t n, bool only_look,
              struct err *);
static inline bool hs_is_parent(const struct hubspot *hs, const struct crm_set *s)
{
    return hs->m->map[s->map].kind == MAPPING_PARENT;
}
bool hs_setup(struct crm *, struct arena *, enum crm_claim, struct str installation,
              struct crm_setup *out, struct err *);
bool hs_native(struct crm *, struct arena *, int64_t since_ms, struct crm_native *out,
               struct err *);
bool hs_doctor(struct crm *, struct arena *, struct crm_checks *out, struct err *);
bool hs_stages(struct crm *, struct arena *, struct crm_stage *s, size_t n, struct err *);
extern const struct crm_people_ops hs_people; /* people.c */
bool hs_schema(struct crm *, struct arena *, struct schema *out, struct err *);
