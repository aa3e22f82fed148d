/* engine: one connection at work. The only place where both sides meet.
 *
 *   observe -> match -> decide -> plan -> brake -> apply -> record         (pass.c tells it)
 *
 * app opens an engine over a store and two services, and calls one of the functions below. All of
 * them run to their end in the caller's thread; `stop` asks them to end early, resumably. */
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "core/saved.h"
#include "core/undo.h"
#include "core/verify.h"
#include "crm/crm.h"
#include "model/change.h"
#include "model/mapping_spellings.h"
#include "model/settings.h"
#include "store/store.h"

struct engine;

/* Told after every chunk, in the engine's thread; for the progress line. */
struct progress {
    const char *phase;    /* "reading accounts", "importing", ... */
    uint64_t done, total; /* records; total 0 = not known */
};

struct engine_options {
    struct store *store;
    struct crm *crm[SIDE_COUNT];
    struct clock *clock;
    struct log *log;
    struct rng *rng;
    struct str installation;         /* our id (S8.7) */
    const unsigned char *people_key; /* hashes addresses (S17.5); HASH_KEY_BYTES. NULL offline */
    bool take_over; /* open, and set up, whatever installation writes here now (S8.7) */
    const stop_flag *stop;
    void (*progress)(void *who, const struct progress *);
    void *who;
};

/* Reads settings and mappings, meets both services, checks that they are the ones the connection is
 * bound to (S1.5, else ERR_REFUSED with both ids), binds the mappings to the metadata. */
MUST_CHECK bool engine_open(struct engine **out, const struct engine_options *o, struct err *e);
void engine_close(struct engine *en);
/* A fingerprint over the documents that an engine is opened from: settings, mappings, the filter.
 * 0 = they cannot be read. */
uint64_t engine_documents(struct store *st);
/* The same over the documents of one kind; 0 = they cannot be read. */
uint64_t engine_print_of(struct store *st, const char *kind);

const struct settings *engine_settings(const struct engine *en);
const struct mappings *engine_mappings(const struct engine *en);
const struct crm_identity *engine_identity(const struct engine *en, enum side side);

/* What a backfill did to the links, those that earlier calls of the same one did included; or
 * (plan) would do to those that are left. Its last line: done = written + unchanged + failed +
 * skipped. */
struct backfill_account {
    uint64_t written, unchanged, failed;
    uint64_t skipped; /* a side is out of sight, a person is asked (first_link = review), or the
                         amount is of another currency (S6.9) */
    uint64_t done, left;
    bool resumed; /* an earlier call was stopped, and this one goes on there */
    /* values, of this call alone, by the side that gets them: */
    uint64_t filled[SIDE_COUNT], replaced[SIDE_COUNT], cleared[SIDE_COUNT];
};

/* What a run did or (plan) would do. */
struct report {
    int64_t run;
    bool planned_only;
    uint64_t read[SIDE_COUNT];     /* records that came from the services */
    uint64_t action[ACTION_COUNT]; /* subjects by action; after a run: what was done */
    uint64_t why[WHY_COUNT];
    uint64_t created[SIDE_COUNT], updated[SIDE_COUNT]; /* records written on a side */
    uint64_t archived[SIDE_COUNT];                     /* put into its recycle bin */
    uint64_t
        stages; /* companies that came to, or would come to, a further lifecycle stage (S10.1) */
    uint64_t placed; /* SF contacts that got an account (S3.7); undo: lost it again */
    uint64_t associated[SIDE_COUNT]; /* contacts that got another account, or primary company */
    uint64_t associations_wait;      /* contacts that wait for a link (S11.1) */
    uint64_t fields[SIDE_COUNT];     /* field values written, or that would be */
    uint64_t overwritten;            /* of these: replace another value */
    uint64_t errors;                 /* records with an error (S15.3) */
    uint64_t calls[SIDE_COUNT], calls_fewest[SIDE_COUNT];
    struct str *unknown; /* ids that were named and that no record has; the engine's */
    size_t unknowns;
    uint64_t parents_wait, parents_next; /* S11.2: till the parent is linked; once both are */
    uint64_t left;                       /* --limit, stop: not looked at */
    int64_t took_ms;
    bool stopped;
    bool more; /* the slice was over: the next pass goes on with what is due */
    bool held; /* S1.4: the connection is held: planned_only, though nobody asked for a plan */
    uint64_t lost_edits;  /* made between reading and writing, and overwritten (S12.1) */
    uint64_t not_applied; /* a saved plan: what is not as it says any more (S12.1) */
    uint64_t not_undone;  /* undo: what stays as the run left it (S12.4) */
    struct backfill_account backfill;
    uint64_t differences; /* adopt: fields whose two values differ and stay so (S7.9) */
};

/* Each planned change in turn, while its chunk lives; for plan and previews. NULL = not wanted. */
struct association_change { /* a contact that gets another account, or primary company (S11.1) */
    struct str contact, person; /* HubSpot's, and the SF contact */
    enum side to;               /* which of the two is written */
    struct str old, value;      /* none = none; waits: `value` is what must be linked first */
    bool waits, conflict;       /* conflict: both had moved, apart */
};
struct plan_sink {
    void (*change)(void *who, const struct change *c, const struct mappings *m);
    void *who;
    void (*associate)(void *who, const struct association_change *c); /* may be NULL */
};

/* S12.1: the changes of a saved plan, instead of what is due: nothing else is done. Each record is
 * read and decided anew; what is not just as the plan says is left alone and told. */
struct saved_source {
    /* The next changes of the file, at most `limit`, all about records of one side; *n 0 = over. */
    bool (*next)(void *who, struct arena *, struct saved_change *out, size_t limit, size_t *n,
                 struct err *);
    /* `now`: what would be done with the record by now; NULL = it is not known. `at`: the write
     * that is not so any more, and what the field holds now. */
    void (*left)(void *who, const struct saved_change *, enum saved_why, const struct change *now,
                 const struct saved_write *at, struct value holds);
    void *who;
    bool named; /* a person named the records of the plan (S7.6) */
};

enum pass_kind {
    PASS_SYNC,     /* what changed and what is due */
    PASS_IMPORT,   /* existing records of a side (S13) */
    PASS_RESYNC,   /* records that a person named (S14) */
    PASS_ADOPT,    /* links that the records' ids tell of (S7.9) */
    PASS_BACKFILL, /* existing values of one mapping, on every link (S6.5); or contacts' (S11.1) */
    PASS_KINDS
};
struct backfill {
    const struct mapping *map; /* of engine_mappings; with it the address it is part of (S5.9) */
    bool to[SIDE_COUNT];       /* values go to these sides only */
};
struct pass_options {
    enum pass_kind kind;
    bool plan_only; /* reads, writes nothing on either side (S12.1) */
    const struct plan_sink *sink;
    enum side side;        /* all but sync: whose records */
    uint64_t limit;        /* at most so many records; 0 = all */
    const struct str *ids; /* just these records of `side`; NULL = all */
    size_t ids_count;
    bool selected; /* a filter chose the ids, so that no record is named by a person (S7.6) */
    const struct backfill *backfill;  /* PASS_BACKFILL; NULL = of contacts' associations */
    const struct saved_source *saved; /* all but adopt: just these changes, confirmed (S12.1) */
    bool confirmed;   /* import: the preview was accepted (S13.2): no create_max brake */
    int64_t slice_ms; /* sync: what is due is left to the next pass after so long a side; 0 = no */
    bool resume;      /* import: go on where a stopped one left off */
    bool while_off;   /* an undo: also while the switch is off (S1.1) */
    unsigned past;    /* 1 << brake: brakes that a person lets this pass go past (S12.3) */
};

/* One pass. Refused with S1.1 while the switch is off; while held (S1.4) a sync only plans. True
 * with report->errors > 0 = exit 2. */
MUST_CHECK bool pass_run(struct engine *en, const struct pass_options *o, struct report *out,
                         struct err *e);

/* S1.2, S1.3: turns the switch on (T0, baseline) or off. Refused while HubSpot's own company sync
 * is at work, unless the setting beside_native is on (S1.6). */
struct switch_options {
    bool on;
    int64_t since_ms;      /* T0 of creations, for a takeover; 0 = now */
    int64_t native_off_ms; /* when the operator turned HubSpot's own sync off; 0 = not told */
};
MUST_CHECK bool engine_switch(struct engine *en, const struct switch_options *o, struct report *out,
                              struct err *e);
/* S2.3: the account filter. What saving it would do, or did, to what is known by now. */
struct filter_effect {
    uint64_t enters, kept_out, unknown; /* live accounts that may enter, may not, cannot be told */
    uint64_t links, pauses, resumes;    /* links; those that it pauses, and that go on by it */
};
/* The stored one as it was written; none = every account may enter. */
MUST_CHECK bool engine_filter_text(struct engine *en, struct arena *a, struct str *text,
                                   struct err *e);
/* Checks a filter (none = no filter) and takes it up in this engine. While the switch is on, fields
 * that were never read are read once; nothing is stored but those readings. */
MUST_CHECK bool engine_filter_try(struct engine *en, struct str text, struct filter_effect *out,
                                  struct err *e);
/* Stores the filter tried last; what it pauses, brings back and lets in is due at once. */
MUST_CHECK bool engine_filter_save(struct engine *en, struct str text, struct err *e);
/* The live accounts that this filter lets through, by id; for an import (S13.1). The stored filter
 * stays. unknown: how many it cannot tell of. */
MUST_CHECK bool engine_select(struct engine *en, struct arena *a, struct str text, struct str **ids,
                              size_t *n, uint64_t *unknown, struct err *e);
/* The companies of a HubSpot list, all pages (S14.1); refused where it is none of companies, is
 * gone, or is being computed (H16.5). */
MUST_CHECK bool engine_list_members(struct engine *en, struct arena *a, struct str list,
                                    struct str **ids, size_t *n, struct err *e);
/* S9.1: an answer to a review of why "delete_asks" or "delete_attached": the record goes to the
 * recycle bin, and the link ends; an account on which something hangs is ERR_REFUSED. */
MUST_CHECK bool engine_archive(struct engine *en, const struct review_entry *r, struct report *out,
                               struct err *e);
/* Stores one other setting. */
MUST_CHECK bool engine_set(struct engine *en, struct str name, struct str text, struct err *e);

/* What saving mappings came to. */
struct map_report {
    size_t added, changed, removed, settings;
    uint64_t calls[SIDE_COUNT];    /* of the baseline */
    const struct mapping *touched; /* the first that was added or changed; NULL = none */
    size_t bad;                    /* on false: which of `next` is refused; SIZE_MAX = none */
};
/* S6.1, S6.4, S6.7: makes `next` the connection's mappings (id 0 = a new one, a custom one that is
 * not among them is removed) and sets these settings with them. Everything is checked before
 * anything is saved; what is new or was not in use takes its baseline then. Existing values are not
 * touched. */
MUST_CHECK bool engine_map(struct engine *en, const struct mappings *next,
                           const struct doc *settings, size_t count, struct map_report *out,
                           struct err *e);
/* The mappings as they are for this account: its kind (S2.4), what its amounts are worth (S6.9);
 * NULL = for what one is made of. */
struct mappings engine_mappings_of(const struct engine *en, const struct row *account);
/* S6.1: what is wrong with a mapping as it is; true = nothing. */
MUST_CHECK bool engine_map_check(const struct engine *en, const struct mapping *m, struct err *e);
/* S6.3: the values of a mapping that the records on both sides hold, as far as they were read, with
 * how many hold each, most used first; with a mapped country, each with what those have as country.
 * Both are of engine_mappings. */
MUST_CHECK bool engine_used(struct engine *en, struct arena *a, const struct mapping *m,
                            const struct mapping *country, struct used_values out[SIDE_COUNT],
                            struct err *e);
/* The fields that the services told of. */
const struct schema *engine_schema(const struct engine *en, enum side s);

/* S7.5: links this account with this company. With relink, links that either has end first; without
 * it they are ERR_REFUSED, with the partner's id and the way out. */
MUST_CHECK bool engine_link(struct engine *en, struct str account, struct str company, bool relink,
                            struct report *out, struct err *e);
/* The same for many pairs, read and written in batches, as one run: no record may be in two of
 * them. A pair that cannot be linked is said and counted as an error. */
MUST_CHECK bool engine_link_pairs(struct engine *en, const struct str *account,
                                  const struct str *company, size_t n, struct report *out,
                                  struct err *e);
/* S7.5, S7.6: ends the link of a record of either system. */
MUST_CHECK bool engine_unlink(struct engine *en, struct str id, struct report *out, struct err *e);
/* S7.2: an answer to reviews: none of the candidates is it. The pairs are remembered as apart, and
 * the next pass treats the record as one that a person asked for; a leftover of a merge (S9.3) is
 * unlinked instead. One run, however many. */
MUST_CHECK bool engine_reject(struct engine *en, const struct review_entry *r, size_t n,
                              struct report *out, struct err *e);
/* S5.5: an answer to a review of why "first_link": whose values stand in its fields. */
MUST_CHECK bool engine_answer(struct engine *en, const struct review_entry *r, enum side winner,
                              struct report *out, struct err *e);
/* S12.4: takes back what a run did, wherever it still is what the run did; `left` is told what is
 * not taken back, and why. Works while the switch is off. ERR_USAGE: no such run. */
struct undo_options {
    int64_t run;
    struct str record; /* only what it did to this one, by either system's id; none = all */
    bool plan_only;
    const struct plan_sink *sink;
    void (*left)(void *who, const struct undo_note *n);
    void *who;
};
MUST_CHECK bool engine_undo(struct engine *en, const struct undo_options *o, struct report *out,
                            struct err *e);
/* S4.5: both sides are read completely and every record that our user may see is told how it
 * stands. Writes to neither service; readings are kept as a pass keeps them, so what the polls had
 * missed is due afterwards. Memory does not grow with the number of records. The store's lock is
 * given up, and taken for a step at a time: passes run meanwhile. ERR_REFUSED where settings,
 * mappings or the filter were changed meanwhile. */
enum verify_kind {
    VERIFY_STANDS,  /* how it stands: `verdict` */
    VERIFY_CREATED, /* during the walk: not judged */
    VERIFY_CHANGED, /* during the walk, it or its partner: not judged */
    VERIFY_DELETED, /* deleted or merged since it was last read; in no total */
    VERIFY_HIDDEN,  /* cannot be seen any more, without a tombstone (S9.4); in no total */
};
struct verify_line { /* one record, or one linked pair; lives until the callback returns */
    enum verify_kind kind;
    enum side side;
    struct str id, partner; /* partner none = unlinked */
    struct str name;
    const struct verdict_of *verdict;
    const struct mappings *mappings;
    const struct error_entry *error; /* what is noted of it (S15.1); NULL = nothing */
    bool lost; /* a pass would write something, and it waits for nothing (S4.4) */
};
struct verify_side {
    uint64_t total; /* as the service counts, for our user */
    uint64_t live;  /* what was read; = standing[] + created + changed */
    uint64_t standing[STANDING_COUNT], unlinked[WHY_COUNT];
    uint64_t created, changed; /* during the walk */
    uint64_t deleted, hidden;  /* since they were last read; not in `live` */
    uint64_t young;            /* of `live`: so new that the total may not count them yet */
    uint64_t news;             /* differed from what the polls had brought */
    bool adds_up;              /* total and live agree, or what is young or deleted explains it */
};
struct verify_report {
    struct verify_side side[SIDE_COUNT];
    uint64_t lost; /* records with work that waits for nothing */
    uint64_t calls[SIDE_COUNT];
    int64_t took_ms;
};
struct verify_options {
    /* Each pair that is not equal (once), each unlinked record, all of the other kinds. May be
     * NULL. */
    void (*line)(void *who, const struct verify_line *l);
    void *who;
};
MUST_CHECK bool engine_verify(struct engine *en, const struct verify_options *o,
                              struct verify_report *out, struct err *e);

/* S15.2: the records of these errors are due at once. */
MUST_CHECK bool engine_retry(struct engine *en, const struct error_entry *x, size_t n,
                             struct err *e);
/* S7.9: takes these pairs over as they are: account[i] with company[i]. */
MUST_CHECK bool engine_adopt(struct engine *en, const struct str *account,
                             const struct str *company, size_t n, const struct pass_options *o,
                             struct report *out, struct err *e); /* plan_only and sink count */
/* Which system's record an id names, and the id as the store has it. */
enum side engine_side_of(struct arena *a, struct str id, struct str *canonical);

/* Makes what the sync needs on both sides (S8.1); with take_over, only claims it (S8.7). */
MUST_CHECK bool engine_setup(struct engine *en, struct arena *a, struct crm_setup out[SIDE_COUNT],
                             struct err *e);

/* Who an owner's id is of, as last read; NULL = not known (S6.6). */
const struct owner *engine_owner(const struct engine *en, enum side s, struct str id);

/* All that is known of a record, by either system's id (15 or 18 characters, or digits). */
struct explanation {
    enum side side; /* of the id that was asked about */
    bool found;     /* false: never read; `subject` is empty */
    struct subject subject;
    struct change change;      /* what a pass would do now */
    struct audit_entry *audit; /* newest first */
    size_t audits;
    struct error_entry *error;
    size_t errors;
    struct review_entry *review;
    size_t reviews;
    struct association_move *move; /* its contacts that wait for something (S11.1) */
    size_t moves;
    struct evidence people;   /* around it (S3, S7.1) */
    struct stage_move *stage; /* of a company: its contacts' stages that still move it (S10.1) */
    size_t stages;
    int64_t t0_ms;   /* of that side */
    int64_t read_ms; /* when it was last read */
};
MUST_CHECK bool engine_explain(struct engine *en, struct arena *a, struct str id,
                               struct explanation *out, struct err *e);

/* S15.4, S15.6: what stopped the connection, or one direction of it, until a person clears it or,
 * at `until_ms`, by itself. One document each in the store. */
enum suspended { SUSPENDED_SF, SUSPENDED_HS, SUSPENDED_ALL, SUSPENDED_COUNT };
struct suspension {
    bool set;
    struct str code, message, remedy;
    int64_t since_ms, until_ms; /* 0 = until it is cleared */
};
const char *suspended_name(enum suspended s); /* "salesforce": writing there; "connection" */
MUST_CHECK bool engine_suspensions(struct store *st, struct arena *a,
                                   struct suspension out[SUSPENDED_COUNT], struct err *e);
/* Notes that a pass could not even begin, where the place is to blame: dead credentials, no access,
 * the day's calls used up. Best effort: `why` is what will be told. */
void engine_suspend(struct store *st, const struct err *why, int64_t now_ms);
/* Takes them all away: what was due is due. */
MUST_CHECK bool engine_resume(struct store *st, struct err *e);

/* Audit details: "field old -> new". False: the bytes are damaged. */
struct audit_field {
    struct str field;      /* name on the written side */
    struct str old, value; /* none = blank */
    struct str rule;
    bool revert;     /* S5.6 */
    bool conflict;   /* S5.4: both sides had moved */
    bool overwrote;  /* S12.1: an edit between reading and writing was overwritten: */
    struct str lost; /* its value; none = blank */
};
MUST_CHECK bool audit_fields(struct arena *a, struct str detail, struct audit_field **out,
                             size_t *n);
