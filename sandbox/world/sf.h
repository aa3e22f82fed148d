/* sf: the rules of the simulated org: what objects and fields there are, what a save accepts, what
 * a delete and a merge leave behind (SF 4.3, 6-8, 12-14). Pure, over struct world. */
#pragma once

#include "sandbox/world/world.h"

enum sf_flag {
    SF_REQUIRED = 1 << 0,
    SF_READ_ONLY = 1 << 1, /* neither on create nor on update */
    SF_CREATE_ONLY = 1 << 2,
    SF_DEFAULTED = 1 << 3,
    SF_NO_FILTER = 1 << 4,  /* nor sorting */
    SF_RESTRICTED = 1 << 5, /* picklist */
    SF_EXTERNAL = 1 << 6,
    SF_UNIQUE = 1 << 7,
    SF_CUSTOM = 1 << 8,
    SF_COMPOUND = 1 << 9, /* read-only object over components */
    SF_CASE = 1 << 10,    /* case-sensitive */
    SF_HIDDEN = 1 << 11,  /* field-level security: as if it were not there */
    SF_LOCKED = 1 << 12,  /* field-level security: read only */
};

/* What is not a stored value. */
enum sf_system {
    SYS_NONE,
    SYS_ID,
    SYS_DELETED,
    SYS_MASTER,
    SYS_CREATED,
    SYS_CREATED_BY,
    SYS_EDITED,
    SYS_EDITED_BY,
    SYS_STAMP,
    SYS_OWNER,
    SYS_BILLING,
    SYS_SHIPPING,
    SYS_MAILING,
    SYS_ADDRESS,
    SYS_FULL_NAME,
    SYS_RECORD_TYPE,
};

enum sf_kind { /* how it is compared and printed */
               SF_TEXT,
               SF_ID,
               SF_NUMBER,
               SF_INT,
               SF_BOOL,
               SF_DATE,
               SF_DATETIME,
               SF_OBJECT,
};

struct sf_field {
    const char *name, *label, *type;
    int length, precision, scale;
    unsigned flags;
    enum sf_system system;
    const char *refers_to;      /* "User"; NULL = no reference */
    const char *relationship;   /* "Owner" */
    const char *const *options; /* NULL-terminated picklist */
    enum sf_kind kind;
    uint16_t column; /* in the world's table; UINT16_MAX = none */
};

struct sf_object {
    const char *name, *label, *plural, *prefix;
    enum world_type type;
    bool createable, updateable, deletable, mergeable, replicateable;
    struct sf_field *field;
    size_t fields, room;
};

enum { SF_OBJECTS = 14, SF_OPEN_MAX = 16 };

/* An admin's rule: a save of `object` whose `field` holds `text` is refused with `message`. */
struct sf_rule {
    char object[32], field[64], text[128], message[256];
};

struct sf_org {
    struct world *world;
    struct sf_object object[SF_OBJECTS];
    struct arena life;
    /* switched at the control port */
    struct sf_rule validation, duplicate; /* message "" = off */
    struct sf_rule trigger;               /* in a save `message` stands for `text`; text "" = off */
    bool external_not_unique;             /* to provoke 300 (SF 8.1) */
    const char *const *currencies;        /* active ones, NULL-terminated; NULL = one currency */
    struct str corporate;                 /* of these; what a record has that was given none */
    bool persons;                         /* person accounts were enabled */
    int64_t log_from_ms;                  /* the delete log was trimmed up to there; 0 = not */
    int64_t schema_changed_ms;            /* describe is new since (SF 7) */
    struct {                              /* hard deletes: only getDeleted knows */
        int64_t at_ms;
        enum world_type type;
        uint64_t number;
    } * hard;
    size_t hards;
    /* transactions that were open when they stamped, and have not committed (SF 13) */
    struct {
        int64_t stamp_ms;
        bool open;
    } open_tx[SF_OPEN_MAX];
};

void sf_org_init(struct sf_org *o, struct world *w);
void sf_org_release(struct sf_org *o);
/* Case-insensitive; NULL = none, or hidden. */
struct sf_object *sf_object_named(struct sf_org *o, struct str name);
struct sf_object *sf_object_of(struct sf_org *o, enum world_type t);
struct sf_object *sf_object_of_id(struct sf_org *o, struct str id);
struct sf_field *sf_field_named(const struct sf_object *obj, struct str name);
struct sf_field *sf_field_any(const struct sf_object *obj, struct str name); /* hidden ones too */
/* A custom field, hidden until permission is given (SF 7.9). NULL = the name is taken. */
struct sf_field *sf_field_add(struct sf_org *o, struct sf_object *obj, struct str name,
                              struct str label, const char *type, int length, unsigned flags);

/* The value as JSON has it; STR_NONE = null. Compound fields give none. */
struct str sf_get(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                  const struct world_record *r, struct arena *a);
struct str sf_stamp(struct arena *a, int64_t ms); /* 2026-11-23T16:24:09.000+0000 */
/* One member's value: number, true, "text", null, {address}. */
void sf_put_json(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                 const struct world_record *r, struct arena *a, struct buf *b);
void sf_put_csv(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                const struct world_record *r, struct arena *a, struct buf *b);
/* A live record of that id, 15 or 18 characters. */
struct world_record *sf_live(struct sf_org *o, const struct sf_object *obj, struct str id);

/* ---- saving (sf_save.c) ---- */

struct sf_problem {
    const char *code;
    struct str message;
    struct str field; /* none = no fields */
    struct str match; /* id of the record in the way; none = none */
};

struct sf_cell { /* one value of an input */
    struct str name;
    struct str value;   /* none = null: clears */
    bool quoted;        /* came as text, not as number or boolean */
    struct str foreign; /* "Tandem_Key__c": the lookup `name` is a relationship; value is the key */
};

struct sf_input {
    struct sf_cell *cell;
    size_t cells;
};

/* Everything a transaction did, to be undone. Zeroed = empty. */
struct sf_tx {
    struct {
        enum world_type type;
        struct world_record *before; /* NULL = was created */
        uint64_t number;
    } * undo;
    size_t undos;
};

struct sf_save {
    struct sf_org *org;
    struct arena *a;
    int64_t now_ms;
    enum world_source source;
    uint8_t user;
    struct sf_tx *tx; /* NULL = no way back */
    bool allow_duplicates;
};

/* Each writes all of it or nothing; on false *p tells why. */
bool sf_insert(struct sf_save *s, struct sf_object *obj, const struct sf_input *in,
               struct world_record **out, struct sf_problem *p);
bool sf_update(struct sf_save *s, struct sf_object *obj, struct world_record *r,
               const struct sf_input *in, struct sf_problem *p);
bool sf_delete(struct sf_save *s, struct sf_object *obj, struct str id, struct sf_problem *p);
/* Nothing is left but an entry of the delete log (SF 6). */
bool sf_hard_delete(struct sf_save *s, struct sf_object *obj, struct str id, struct sf_problem *p);
bool sf_undelete(struct sf_save *s, struct sf_object *obj, struct str id, struct sf_problem *p);
bool sf_merge(struct sf_save *s, struct sf_object *obj, struct str survivor, struct str loser,
              struct sf_problem *p);
/* The record an id names for writing: live; else *p says NOT_FOUND, MALFORMED_ID, ... */
struct world_record *sf_target(struct sf_save *s, const struct sf_object *obj, struct str id,
                               struct sf_problem *p);
/* How many live records have that external id (0, 1, 2 = several), and the first two. */
size_t sf_by_external(struct sf_org *o, const struct sf_object *obj, const struct sf_field *key,
                      struct str value, struct world_record *found[2]);
void sf_tx_rollback(struct sf_org *o, struct sf_tx *tx);
void sf_tx_commit(struct sf_tx *tx);

/* Person accounts are enabled, which cannot be taken back (SF 14.2, sf_person.c). The number of
 * their record type. */
uint64_t sf_persons_enable(struct sf_org *o, int64_t now_ms);

/* The server's low-water mark: no transaction older than that is open (SF 6). */
int64_t sf_covered_ms(const struct sf_org *o, int64_t now_ms);
