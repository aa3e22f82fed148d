/* world: what both simulated services hold: records, their clock, faults and quotas. Pure: no
 * sockets, no files, no wall clock; the same seed and the same calls give the same world.
 *
 * A generated record costs a few dozen bytes until somebody writes to it: its values are computed
 * from the seed. Ids grow with creation, so a table is its own index by id; what was modified is
 * kept in a log by time, so «changed since» never looks at the whole. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum world_type { W_ACCOUNT, W_SF_CONTACT, W_LEAD, W_USER, W_COMPANY, W_HS_CONTACT, W_TYPE_COUNT };

enum { W_FIELDS_MAX = 512 };

struct world_value {
    uint16_t field;
    char *text; /* terminated, owned by the record */
};

struct world_record {
    uint64_t number;      /* position of birth in its table, from 0; gives the id */
    int64_t created_ms, modified_ms;
    int64_t archived_ms;  /* 0 = live */
    uint64_t merged_into; /* number + 1 of the survivor; 0 = not merged */
    struct world_value *value; /* NULL = as generated */
    uint16_t values;
    bool generated;
};

struct world_log_entry {
    int64_t at_ms;
    uint64_t number;
};

struct world_table {
    struct world_record **record;
    uint64_t count, room;
    struct world_log_entry *log;
    size_t log_count, log_room;
    char *field[W_FIELDS_MAX]; /* names, in order of first use */
    uint16_t fields;
    uint64_t live;
    /* unique text property -> record, open addressing */
    struct world_unique {
        uint16_t field;
        uint64_t *slot; /* number + 1; 0 = free */
        size_t room, used;
    } unique;
};

struct world {
    uint64_t seed;
    int64_t start_ms, offset_ms; /* the virtual clock */
    int64_t last_stamp_ms;
    struct world_table table[W_TYPE_COUNT];
};

void world_init(struct world *w, uint64_t seed, int64_t now_ms);
void world_release(struct world *w);
void world_clear(struct world *w, enum world_type t);

uint16_t world_field(struct world *w, enum world_type t, struct str name); /* adds it */
/* Generated records are born in the past; others now. */
struct world_record *world_generate(struct world *w, enum world_type t, int64_t created_ms);
struct world_record *world_create(struct world *w, enum world_type t, int64_t now_ms);
/* The id as the service spells it; into a buffer of 32. */
struct str world_id(const struct world *w, enum world_type t, uint64_t number, char out[32]);
/* By id, 15 or 18 characters for Salesforce; archived and merged ones too. NULL = none. */
struct world_record *world_find(struct world *w, enum world_type t, struct str id);
/* First number whose id is above `id` (a walk); "" gives 0. */
uint64_t world_after(const struct world *w, enum world_type t, struct str id);

/* "" = empty. The text lives until the record is written again or, generated, in the arena. */
struct str world_get(const struct world *w, enum world_type t, const struct world_record *r,
                     struct arena *a, struct str field);
struct str world_get_at(const struct world *w, enum world_type t, const struct world_record *r,
                        struct arena *a, uint16_t field);
/* Sets without stamping; "" clears. */
void world_set(struct world *w, enum world_type t, struct world_record *r, struct str field,
               struct str value);
void world_touch(struct world *w, enum world_type t, struct world_record *r, int64_t now_ms);

void world_set_unique(struct world *w, enum world_type t, struct str field);
struct world_record *world_by_unique(struct world *w, enum world_type t, struct str value);

/* Log position of the first entry at or after a time. An entry counts only while it is its record's
 * newest. */
size_t world_log_from(const struct world *w, enum world_type t, int64_t at_ms);
bool world_log_live(const struct world *w, enum world_type t, size_t at);
/* First number created at or after a time (creation order is number order). */
uint64_t world_created_from(const struct world *w, enum world_type t, int64_t at_ms);

/* generate.c: the value of a generated record's field; "" = blank. */
struct str world_generated(const struct world *w, enum world_type t, uint64_t number,
                           struct arena *a, struct str field);
