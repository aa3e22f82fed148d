/* hs: the rules of the simulated portal: what objects and properties there are, what a write
 * accepts, how records hang together, what an archive and a merge leave behind, who is in which
 * list, and what the portal does by itself (H6-H12, H15-H17, H24). Pure, over struct world. */
#pragma once

#include "base/table.h"
#include "sandbox/world/world.h"

enum hs_type { HS_COMPANY, HS_CONTACT, HS_TYPES };

enum {
    HS_PROPERTIES_MAX = 1400, /* of one type, standard ones included (H9.10: 1,000 custom) */
    HS_UNIQUES_MAX = 10,      /* H9.7 */
    HS_VALUE_MAX = 65536,     /* H10.1 */
    HS_MERGES_MAX = 250,      /* H8.12 */
    HS_LINK_TYPES = 24,       /* of one ordered pair of types */
    HS_GROUPS_MAX = 5,
    HS_FILTERS_MAX = 10, /* of one group (H12.3) */
};

/* ---- definitions (hs_schema.c, hs_standard.c) ------------------------------------------------ */

enum hs_kind { HS_TEXT, HS_NUMBER, HS_BOOL, HS_ENUM, HS_SET, HS_DATE, HS_DATETIME };

enum hs_flag {
    HS_READ_ONLY = 1 << 0,
    HS_UNIQUE = 1 << 1,
    HS_DEFINED = 1 << 2,    /* by HubSpot, not by the portal */
    HS_CALCULATED = 1 << 3, /* changes without a stamp (H10.6) */
};

enum hs_system { /* what is not a stored value */
                 HSYS_NONE,
                 HSYS_ID,
                 HSYS_CREATED,
                 HSYS_MODIFIED,
                 HSYS_PRIMARY, /* a contact's primary company */
                 HSYS_PARENT,
                 HSYS_CHILDREN,     /* how many */
                 HSYS_CONTACTS,     /* how many */
                 HSYS_EMAIL_DOMAIN, /* of the contact's email */
                 HSYS_SOURCE,       /* of the record: created_by is its enum world_source */
                 HSYS_SOURCE_ID,
};

struct hs_option {
    const char *label, *value;
    int order;
    bool hidden;
};

enum { HS_ARGUMENTS_MAX = 20 };
struct hs_validation { /* H9.12 */
    const char *rule;
    const char *argument[HS_ARGUMENTS_MAX];
    size_t arguments;
    bool normalise; /* before it is judged */
};

struct hs_property {
    const char *name, *label, *description, *group, *type, *field_type;
    enum hs_kind kind;
    unsigned flags;
    enum hs_system system;
    const struct hs_option *option; /* in display order */
    size_t options;
    struct hs_validation validation[4];
    size_t validations;
    int64_t created_ms, updated_ms, archived_ms; /* 0 = live */
    uint16_t column;                             /* in the world's table */
};

struct hs_group {
    const char *name, *label;
    int order;
    bool archived;
};

struct hs_required { /* an administrator's rule (H5.8); `when` NULL = always, on create */
    const char *name, *when, *is;
};

enum hs_column { /* properties that rules know by name */
                 COL_CREATED,
                 COL_STAGE,
                 COL_EMAIL,
                 COL_DOMAIN,
                 COL_NAME,
                 COL_MERGED,
                 COLUMNS
};

struct hs_object {
    enum world_type type;
    uint16_t column[COLUMNS];         /* UINT16_MAX = not of this type */
    const char *name, *singular, *id; /* "companies", "company", "0-2" */
    struct hs_property *property;
    size_t properties;
    struct table by_name; /* archived ones too; number + 1 */
    struct hs_group group[64];
    size_t groups;
    struct hs_required required[16];
    size_t requireds;
};

/* ---- associations (hs_links.c) --------------------------------------------------------------- */

enum { HS_PLAIN = 1 << 0, HS_PRIMARY = 1 << 1 }; /* bits of every pair's first types */

struct hs_link_type {
    int id;
    bool user; /* a label of the portal; else HubSpot's */
    bool dead;
    const char *name, *label; /* label NULL = unlabelled */
    uint8_t inverse;          /* bit in the other direction's table */
};

struct hs_edge { /* to a record's number; bits of the pair's types */
    uint64_t to : 40, types : 24;
};

struct hs_node {
    struct hs_edge *edge; /* by number */
    uint32_t edges;
};

struct hs_pair { /* an ordered pair of types */
    struct hs_link_type type[HS_LINK_TYPES];
    size_t types;
    struct hs_node *node; /* by the number of the record it starts from */
    uint64_t room;
};

/* ---- queries (hs_find.c) --------------------------------------------------------------------- */

enum hs_op {
    HS_EQ,
    HS_NEQ,
    HS_LT,
    HS_LTE,
    HS_GT,
    HS_GTE,
    HS_BETWEEN,
    HS_IN,
    HS_NOT_IN,
    HS_HAS,
    HS_HAS_NOT,
    HS_TOKEN,
    HS_NO_TOKEN,
};

struct hs_filter {
    const struct hs_property *property; /* NULL: associations.<type> EQ `number` */
    enum hs_type other;
    enum hs_op op;
    struct str value, high, *values;
    size_t count;
    int64_t number, high_number; /* ms, id or record, as the property has it */
    double x, y;                 /* numbers */
};

struct hs_query {
    struct {
        struct hs_filter filter[HS_FILTERS_MAX];
        size_t filters;
    } group[HS_GROUPS_MAX]; /* or; filters: and */
    size_t groups;
    struct str text; /* free text; none = none */
    const struct hs_property *sort;
    bool descending;
    int64_t spread_ms; /* each record's own share of it makes the index less late (H24.20) */
};

/* ---- lists, owners (hs_lists.c) -------------------------------------------------------------- */

enum hs_processing { HS_DYNAMIC, HS_MANUAL, HS_SNAPSHOT };

struct hs_member {
    uint64_t number;
    int64_t joined_ms;
};

struct hs_list {
    int64_t id;
    int version;
    const char *name;
    enum hs_type type;
    enum hs_processing processing;
    bool busy; /* processingStatus PROCESSING, set by hand */
    int64_t created_ms, updated_ms, filters_ms, deleted_ms;
    struct hs_query *query; /* NULL = everybody, of a dynamic list nobody */
    struct str filter;      /* filterBranch as it was given; none = null */
    struct hs_member *member;
    size_t members, room;
    int64_t seen_ms; /* dynamic: evaluated up to there; -1 = never */
};

struct hs_owner {
    int64_t id, user; /* user 0 = a queue */
    const char *email, *first, *last, *team;
    int64_t created_ms, updated_ms;
    bool archived;
};

/* ---- the portal ------------------------------------------------------------------------------ */

struct hs_switches {        /* set at the control port */
    bool keep_primary_id;   /* merge mode (H8.7); else the survivor has a new id */
    bool company_of_email;  /* H11.5 */
    bool stage_to_contacts; /* H10.13 */
    bool stage_rejects;     /* a backward lifecycle write: 400 instead of silence (H10.12) */
    bool primary_moves;     /* another company takes the place of a removed primary one (H15.3) */
    bool links_touch;       /* an association stamps both records (H13.14) */
    bool enrichment;        /* empty properties of a new company are filled in later (H11.6) */
    bool some_written;      /* a failing batch leaves what came before it (H24.6) */
    bool same_quiet;        /* writing the same value again does not stamp (H6.19) */
    bool errors_in_200;     /* batch errors without a 207 (U1) */
    int64_t companies_max;  /* of one contact, set by an administrator (B6.6, H15.13); 0 = none */
    int64_t list_lag_ms;    /* H16.5 */
    int64_t enrichment_ms;  /* how long after the creation */
};

struct hs_portal {
    struct world *world;
    struct hs_object object[HS_TYPES];
    struct hs_pair pair[HS_TYPES][HS_TYPES];
    struct hs_switches on;
    struct hs_list *list[512];
    size_t lists;
    struct hs_owner owner[512];
    size_t owners;
    int label_serial;
    struct { /* companies to be filled in */
        int64_t at_ms;
        uint64_t number;
    } due[4096];
    size_t dues;
    uint64_t writes; /* grows with every write: what a cache must compare */
    struct arena life;
};

void hs_portal_init(struct hs_portal *p, struct world *w);
void hs_portal_release(struct hs_portal *p);
/* "companies", "company", "COMPANY", "0-2"; NULL = none. */
struct hs_object *hs_object_named(struct hs_portal *p, struct str name);
enum hs_type hs_type_of(const struct hs_portal *p, const struct hs_object *o);

/* NULL = none, or archived. */
struct hs_property *hs_property(const struct hs_object *o, struct str name);
struct hs_property *hs_property_any(const struct hs_object *o, struct str name);
/* A new one, with texts copied; NULL = there is no more room. Kind and column are set. */
struct hs_property *hs_property_add(struct hs_portal *p, struct hs_object *o,
                                    const struct hs_property *like);
/* HS_TEXT ... of a type and a fieldType; false = no such pair (H9.5). */
bool hs_kind_of(struct str type, struct str field_type, enum hs_kind *out);
size_t hs_uniques(const struct hs_object *o);
struct hs_group *hs_group(struct hs_object *o, struct str name); /* archived ones not */
struct hs_group *hs_group_add(struct hs_portal *p, struct hs_object *o, struct str name,
                              struct str label, int order);
/* Live properties of a group. */
size_t hs_group_size(const struct hs_object *o, const struct hs_group *g);
/* hs_standard.c: what every portal has. */
void hs_standard(struct hs_portal *p);

/* ---- values (hs_value.c) --------------------------------------------------------------------- */

/* "" = empty. `as_of_ms`: as the record was then (the search index lags); 0 = as it is. */
struct str hs_get(const struct hs_portal *p, const struct hs_object *o, const struct hs_property *f,
                  const struct world_record *r, struct arena *a, int64_t as_of_ms);
/* "INTEGRATION", and the id that goes with it: "5150"; "" = none */
const char *hs_source(enum world_source source, bool id);
struct str hs_id(const struct hs_portal *p, const struct hs_object *o, uint64_t number,
                 struct arena *a);
int64_t hs_created_ms(const struct hs_object *o, const struct world_record *r);
int64_t hs_modified_ms(const struct world_record *r, int64_t as_of_ms);
/* By id; a merged one answers as its survivor (H8.9); archived ones too. NULL = none. */
struct world_record *hs_find(struct hs_portal *p, const struct hs_object *o, struct str id);
/* By a unique property. */
struct world_record *hs_by_unique(struct hs_portal *p, const struct hs_object *o,
                                  const struct hs_property *f, struct str value);

struct hs_problem { /* of one property (H5.6, H5.7) */
    const char *code;
    struct str message, property;
};

struct hs_warning { /* H5.9 */
    struct str property, raw, normalised;
};

struct hs_cell {
    struct str name, value; /* "" clears */
};

struct hs_input {
    struct hs_cell *cell;
    size_t cells;
};

struct hs_write { /* a value that was checked, as it is stored */
    struct hs_property *property;
    struct str value;
};

/* Checks one value and makes of it what is stored; `now` is the value that is there. */
bool hs_check_value(struct arena *a, const struct hs_property *f, struct str v, struct str now,
                    struct str *out, struct hs_problem *why);

/* ---- saving (hs_save.c) ---------------------------------------------------------------------- */

struct hs_save {
    struct hs_portal *portal;
    struct arena *a;
    int64_t now_ms;
    enum world_source source;
    bool strict;                /* 2026-09 and later: the administrator's rules hold (H1.8 c) */
    struct hs_warning *warning; /* of the last save */
    size_t warnings;
};

struct hs_refusal {
    int status;
    const char *category, *sub;
    struct str message;
    struct str existing; /* id of the record in the way; none = none */
    struct hs_problem *problem;
    size_t problems;
};

struct hs_target { /* an association asked for at a create */
    enum hs_type to;
    uint64_t number;
    uint32_t types;
};

/* Checks without writing; `r` NULL = a create. Writes come out in *out, as many as cells or fewer
 * (a backward stage is dropped, H10.12). */
bool hs_check(struct hs_save *s, struct hs_object *o, struct world_record *r,
              const struct hs_input *in, struct hs_write **out, size_t *n, struct hs_refusal *why);
/* Each writes all or nothing; on false *why tells. */
bool hs_create(struct hs_save *s, struct hs_object *o, const struct hs_input *in,
               const struct hs_target *target, size_t targets, struct world_record **out,
               struct hs_refusal *why);
bool hs_update(struct hs_save *s, struct hs_object *o, struct world_record *r,
               const struct hs_input *in, struct hs_refusal *why);
/* As a user of the portal, or another app, would: nothing is refused, not even for names that no
 * property has. r = NULL creates. */
struct world_record *hs_edit(struct hs_save *s, struct hs_object *o, struct world_record *r,
                             const struct hs_input *in);
void hs_archive(struct hs_save *s, struct hs_object *o, struct world_record *r);
void hs_restore(struct hs_save *s, struct hs_object *o, struct world_record *r);
bool hs_merge(struct hs_save *s, struct hs_object *o, struct world_record *primary,
              struct world_record *other, struct world_record **out, struct hs_refusal *why);
/* hs_automate.c: fills in what is due by now (H11.6). To be called before anything looks. */
void hs_enrich(struct hs_portal *p, int64_t now_ms);

/* ---- associations ---------------------------------------------------------------------------- */

void hs_links_init(struct hs_portal *p);
void hs_links_release(struct hs_portal *p);
/* The edges from a record, by number; those to archived records are to be skipped by the caller
 * (hs_link_live): a restored record has its associations again. */
const struct hs_edge *hs_links(const struct hs_portal *p, enum hs_type from, uint64_t number,
                               enum hs_type to, size_t *n);
bool hs_link_live(const struct hs_portal *p, enum hs_type to, const struct hs_edge *e);
/* The bit of a type's number; -1 = none. */
int hs_link_bit(const struct hs_portal *p, enum hs_type from, enum hs_type to, int id);
/* Adds types (HS_PLAIN always) in both directions, with the primary and the parent rule.
 * false = a loop of parents. */
bool hs_link(struct hs_save *s, enum hs_type from, uint64_t a, enum hs_type to, uint64_t b,
             uint32_t types);
/* Takes types away; HS_PLAIN takes the pair (H15.4). */
void hs_unlink(struct hs_save *s, enum hs_type from, uint64_t a, enum hs_type to, uint64_t b,
               uint32_t types);
uint32_t hs_linked(const struct hs_portal *p, enum hs_type from, uint64_t a, enum hs_type to,
                   uint64_t b);
/* number + 1; 0 = none */
uint64_t hs_primary(const struct hs_portal *p, uint64_t contact);
uint64_t hs_parent(const struct hs_portal *p, uint64_t company);
/* One more association would be over the administrator's limit. */
bool hs_links_full(const struct hs_portal *p, enum hs_type from, uint64_t a, enum hs_type to,
                   uint64_t b);
/* All associations of the loser become the survivor's (H15.10). */
void hs_links_move(struct hs_save *s, enum hs_type type, uint64_t from, uint64_t to);
/* A label of the portal, in both directions; NULL = no more room, or the name is taken. */
struct hs_link_type *hs_label_add(struct hs_portal *p, enum hs_type from, enum hs_type to,
                                  struct str name, struct str label, struct str inverse);
struct hs_link_type *hs_label(struct hs_portal *p, enum hs_type from, enum hs_type to, int id);
void hs_label_drop(struct hs_portal *p, enum hs_type from, enum hs_type to, int id);

/* ---- search ---------------------------------------------------------------------------------- */

/* Fills the numbers of a filter whose texts are set. */
void hs_filter_ready(struct hs_filter *f);
/* What the index has seen of one record, when it has seen all up to `as_of_ms`; 0 = all there is.
 */
int64_t hs_seen(const struct hs_portal *p, const struct hs_query *q, uint64_t number,
                int64_t as_of_ms);
bool hs_matches(const struct hs_portal *p, const struct hs_object *o, const struct hs_query *q,
                const struct world_record *r, struct arena *a, int64_t as_of_ms);
/* Numbers of all hits in order, malloced. `as_of_ms`: what the index has seen; 0 = all. */
size_t hs_search(const struct hs_portal *p, const struct hs_object *o, const struct hs_query *q,
                 int64_t as_of_ms, uint32_t **out);

/* ---- lists and owners ------------------------------------------------------------------------ */

struct hs_list *hs_list_add(struct hs_portal *p, enum hs_type type, struct str name,
                            enum hs_processing processing, int64_t now_ms);
struct hs_list *hs_list(struct hs_portal *p, int64_t id); /* deleted ones too */
/* Brings a dynamic list up to date, as far as it may know. */
void hs_list_refresh(struct hs_portal *p, struct hs_list *l, int64_t now_ms);
bool hs_list_join(struct hs_list *l, uint64_t number, int64_t now_ms); /* false = was in */
bool hs_list_leave(struct hs_list *l, uint64_t number);
const struct hs_member *hs_list_member(const struct hs_list *l, uint64_t number);
/* Live ones. */
size_t hs_list_size(const struct hs_portal *p, const struct hs_list *l);
bool hs_member_live(const struct hs_portal *p, const struct hs_list *l, const struct hs_member *m);
void hs_lists_release(struct hs_portal *p);

struct hs_owner *hs_owner_add(struct hs_portal *p, struct str email, struct str first,
                              struct str last, int64_t now_ms);
struct hs_owner *hs_owner(struct hs_portal *p, int64_t id);
