/* world: what both simulated services hold: records, their stamps and their past. Pure: no sockets,
 * no files, no wall clock (time comes in as an argument); the same seed and the same calls give the
 * same world.
 *
 * A generated record costs some 70 bytes until somebody writes to it: its values are computed from
 * the seed and its number. Ids grow with birth, so a table is its own index by id; what was written
 * since the start is kept in a log by time, so «changed since» never looks at the whole. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Salesforce's types first: world_is_sf tells. */
enum world_type {
    W_ACCOUNT,
    W_SF_CONTACT,
    W_LEAD,
    W_USER,
    W_ORGANIZATION,
    W_RECORD_TYPE,
    W_PERMISSION_SET,
    W_PERMISSION_ASSIGNMENT,
    W_FIELD_PERMISSION,
    W_OPPORTUNITY,
    W_CASE,
    W_TASK,
    W_EVENT,
    W_CURRENCY,
    W_COMPANY,
    W_HS_CONTACT,
    W_TYPE_COUNT
};

enum {
    W_FIELDS_MAX = 1536,
    W_UNIQUES_MAX = 12, /* unique properties of one type (H9.7 allows ten) */
    W_HISTORY_MAX = 20, /* older values kept of one property (H6.13) */
};

/* Where a value came from; what a service calls that is its own affair. */
enum world_source { W_FROM_IMPORT, W_FROM_API, W_FROM_USER, W_FROM_SYSTEM, W_FROM_MERGE };

struct world_past {
    int64_t at_ms;
    enum world_source source;
    char *text;
};

enum { W_INLINE = 16 }; /* a shorter text without a past needs no memory of its own */

struct world_value {
    uint64_t at_ms : 43, field : 12, source : 3, pasts : 5, inside : 1;
    union {
        struct {
            char *text;              /* terminated, owned by the record */
            struct world_past *past; /* oldest first; only in tables that keep history */
        };
        char in[W_INLINE]; /* `inside`; only in tables that keep history */
    };
};

struct world_record {
    uint64_t number; /* position of birth in its table, from 0; gives the id */
    int64_t created_ms;
    int64_t modified_ms;       /* the stamp that a poll sees */
    int64_t edited_ms;         /* last change by a user; never after modified_ms */
    int64_t archived_ms;       /* 0 = live */
    uint64_t merged_into;      /* number + 1 of the survivor; 0 = not merged */
    struct world_value *value; /* NULL = as generated */
    uint16_t values;
    uint8_t created_by, edited_by; /* numbers of users */
    bool generated;
    bool logged; /* has an entry in the table's log */
    bool purged; /* gone for good: nothing but a trimmed log may know */
};

struct world_log_entry {
    int64_t at_ms;
    uint64_t number;
};

struct world_unique { /* text property -> record, open addressing */
    uint16_t field;
    struct world_slot {
        uint64_t number_plus_1; /* 0 = free */
        uint64_t hash;          /* of the value, so that others' records are not looked at */
    } * slot;
    size_t room, used;
    uint64_t *has; /* a bit a record: it has a value. Those without are found 64 at a time */
    size_t words;
};

struct world_table {
    struct world_record **record;
    uint64_t count, room;
    uint64_t live;
    struct world_log_entry *log; /* by time */
    size_t log_count, log_room;
    char *field[W_FIELDS_MAX];    /* names, in order of first use */
    uint8_t recipe[W_FIELDS_MAX]; /* how a generated record has it (generate.c) */
    uint16_t fields;
    bool history;
    struct world_unique unique[W_UNIQUES_MAX];
    size_t uniques;
};

/* A write that came in over a service's API (journal.h). */
enum world_act { W_CREATED, W_UPDATED, W_ARCHIVED, W_TAKEN_BACK };
struct world_write {
    enum world_type type;
    uint64_t number;
    enum world_act act;
    struct buf fields; /* members of a JSON object: every value that was sent */
};
struct world_journal {
    bool on;
    struct world_write *write;
    size_t count;
};

struct world {
    uint64_t seed;
    int64_t start_ms, offset_ms; /* the virtual clock */
    int64_t last_stamp_ms;
    uint64_t hs_shift; /* added to the portal's ids: above 2^53 no double holds them (H24.2) */
    struct world_table table[W_TYPE_COUNT];
    struct world_journal journal;
};

void world_init(struct world *w, uint64_t seed, int64_t now_ms);
void world_release(struct world *w);
void world_clear(struct world *w, enum world_type t);
bool world_is_sf(enum world_type t);

/* The name's column; added when new. Salesforce's names ignore case. */
uint16_t world_field(struct world *w, enum world_type t, struct str name);

/* Generated records are born in the past, in order; others now. */
struct world_record *world_generate(struct world *w, enum world_type t, int64_t created_ms);
struct world_record *world_create(struct world *w, enum world_type t, int64_t now_ms);
/* As if it had never been. For a create that was rolled back, and for hard deletes. */
void world_purge(struct world *w, enum world_type t, struct world_record *r);
void world_archive(struct world *w, enum world_type t, struct world_record *r, int64_t now_ms);
void world_restore(struct world *w, enum world_type t, struct world_record *r);

/* The id as the service spells it; into a buffer of 32. */
struct str world_id(const struct world *w, enum world_type t, uint64_t number, char out[32]);
/* By id, 15 or 18 characters for Salesforce; archived and merged ones too. NULL = none. */
struct world_record *world_find(struct world *w, enum world_type t, struct str id);
/* First number whose id is above `id` (a walk); "" gives 0. */
uint64_t world_after(const struct world *w, enum world_type t, struct str id);

const char *world_value_text(const struct world_value *v);
/* "" = empty. The text lives until the record is written again or, generated, in the arena. */
struct str world_get(const struct world *w, enum world_type t, const struct world_record *r,
                     struct arena *a, struct str field);
struct str world_get_at(const struct world *w, enum world_type t, const struct world_record *r,
                        struct arena *a, uint16_t field);
/* Sets without stamping; "" clears. */
void world_set(struct world *w, enum world_type t, struct world_record *r, struct str field,
               struct str value);
void world_set_at(struct world *w, enum world_type t, struct world_record *r, uint16_t field,
                  struct str value, int64_t now_ms, enum world_source source);
/* The current value first, then older ones, newest first; at most W_HISTORY_MAX + 1. Texts live
 * until the record is written again. */
size_t world_history(const struct world *w, enum world_type t, const struct world_record *r,
                     struct arena *a, uint16_t field, struct world_past *out);
/* Stamps: seen by polls, and edited. A time before the newest stamp is kept as it is: that is how a
 * long transaction publishes (SF 13, T7). */
void world_touch(struct world *w, enum world_type t, struct world_record *r, int64_t now_ms);

void world_set_unique(struct world *w, enum world_type t, struct str field);
/* The live record with that value; without field: of the first unique one. Ignores case. */
struct world_record *world_by_unique(struct world *w, enum world_type t, struct str value);
struct world_record *world_by_unique_at(struct world *w, enum world_type t, uint16_t field,
                                        struct str value);
/* The generated record whose own email address or domain that is: it is in no index. */
struct world_record *world_generated_by(struct world *w, enum world_type t, uint16_t field,
                                        struct str value);
/* Numbers of all live records with that value of an indexed property (world_set_unique, which does
 * not enforce anything by itself), the oldest first. */
size_t world_with(struct world *w, enum world_type t, uint16_t field, struct str value,
                  struct arena *a, uint64_t **out);
bool world_is_unique(const struct world *w, enum world_type t, uint16_t field);
/* The first number from `from` on that has no value of an indexed property, of the values that were
 * written; the table's count = none. */
uint64_t world_without(const struct world *w, enum world_type t, uint16_t field, uint64_t from);

/* Log position of the first entry at or after a time. An entry counts only while it is its record's
 * newest. */
size_t world_log_from(const struct world *w, enum world_type t, int64_t at_ms);
bool world_log_live(const struct world *w, enum world_type t, size_t at);
/* First number created at or after a time (creation order is number order). */
uint64_t world_created_from(const struct world *w, enum world_type t, int64_t at_ms);

/* Every record stamped at or after a time, oldest stamp first, archived ones included. */
struct world_walk {
    uint64_t number; /* the next untouched one */
    size_t log;      /* the next entry */
};
void world_walk_from(const struct world *w, enum world_type t, int64_t at_ms, struct world_walk *k);
struct world_record *world_walk_next(const struct world *w, enum world_type t,
                                     struct world_walk *k);

/* A record as it was, to be put back: what a rolled back transaction needs. */
struct world_record *world_snapshot(const struct world_record *r);
void world_put_back(struct world *w, enum world_type t, struct world_record *snapshot);
void world_snapshot_free(struct world_record *snapshot);

/* generate.c: how a generated record has a field, and its value; "" = blank. */
uint8_t world_recipe(enum world_type t, struct str field);
struct str world_generated(const struct world *w, enum world_type t, uint64_t number,
                           struct arena *a, uint8_t recipe);
