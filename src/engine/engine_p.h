/* The engine's private face: what its files share. One connection, one thread. */
#pragma once

#include "base/limits.h"
#include "core/brake.h"
#include "core/match.h"
#include "core/plan.h"
#include "core/undo.h"
#include "engine/engine.h"

/* How the chosen list looked when it was last asked about (S3.5). */
struct list_look {
    bool computing; /* its members cannot be told yet (H16.5) */
    struct err why; /* it cannot be used: gone, static; kind ERR_NONE = it can */
};

struct engine {
    struct engine_options o;
    struct arena life;  /* settings' texts, mappings, schemas, identities */
    struct arena chunk; /* everything of one chunk; reset after it */
    struct settings settings;
    struct mappings mappings;
    struct schema schema[SIDE_COUNT]; /* online only */
    struct filter filter;             /* S2.3; no nodes = every account may enter */
    struct crm_identity identity[SIDE_COUNT];
    bool online[SIDE_COUNT];
    bool key_ready[SIDE_COUNT];         /* our key field is there (S8.1) */
    struct str currency, currency_kept; /* the portal's, where the org has several; as stored */
    struct currency_rate *rate;         /* the org's (S6.9) */
    size_t rates;
    bool kind_ready;                /* the accounts' record type may be chosen (S6.10) */
    const struct record_type *kind; /* NULL = the user's default one */
    int64_t t0_ms[SIDE_COUNT];      /* on each service's clock; 0 = never on */
    int64_t on_ms[SIDE_COUNT];      /* the same, whatever --since said of creations (S1.2) */
    struct arena people;            /* owners and their texts; reset when they are read anew */
    struct owner_book *owners;      /* NULL = never read */
    struct arena parents;           /* who stands for whom as a parent (S11.2); of one chunk */
    int64_t owners_ms;              /* when they were read, on Salesforce's clock */
    struct buf pack;                /* scratch for values_pack */
    struct list_look list[LIST_KINDS];
};

#define ENGINE_CHUNK_BYTES (192 * MIB) /* a ceiling, not a need: some MiB are used */

/* One pass at work. */
struct pass {
    struct engine *en;
    struct pass_options o;
    struct report *report;
    struct run_entry run;
    struct brake_day day;
    bool suspended[SIDE_COUNT];   /* nothing is written to that side (S15.6) */
    enum side writing;            /* the side that was being written when it failed; COUNT = none */
    const struct plan_part *part; /* just these fields are decided; NULL = all */
    struct backfilling *backfill; /* backfill.c; NULL = another pass */
    bool parents;                 /* it works through records whose parent can be written now */
    const struct saved_change *saved; /* one a subject of this chunk (S12.1); NULL = no plan */
    bool due_again;                   /* a record that was handled waits at once again */
    const struct record *tagged; /* of the chunk: accounts as they were read for a write (S12.1) */
    size_t tags;
    struct str *open; /* of the chunk: records of whose writes no answer told; NULL = none can be */
    size_t opens;
    bool again; /* no further look at those: what stays open is the next pass's, and an error */
    struct http_counts before[SIDE_COUNT];
    int64_t began_us;
    bool walked_all[SIDE_COUNT]; /* the side was read in full in this pass */
};

static inline int64_t engine_now(struct engine *en, enum side s)
{
    return en->o.crm[s] ? http_now_ms(en->o.crm[s]->http) : en->o.clock->wall_ms(en->o.clock);
}

static inline bool engine_stopping(const struct engine *en)
{
    return en->o.stop && *en->o.stop;
}

void engine_progress(struct engine *en, const char *phase, uint64_t done, uint64_t total);
/* The switch is on, or an ERR_REFUSED with S1.1. */
MUST_CHECK bool engine_need_switch(const struct engine *en, struct err *e);
/* Unpacks the values of every row of the subjects into the chunk's arena; each row once. */
MUST_CHECK bool engine_unpack(struct engine *en, struct subject *s, size_t n, struct err *e);
struct str engine_pack(struct engine *en, struct arena *a, const struct value *value);

/* open.c: tells the mappings, and what the filter watches, to the drivers. */
MUST_CHECK bool engine_bind(struct engine *en, struct err *e);

/* record_type.c: may accounts be created with the record type that these settings choose (S6.10)?
 * Else ERR_REFUSED; unknown offline. */
MUST_CHECK bool record_type_check(const struct engine *en, const struct settings *next,
                                  struct err *e);
void record_type_find(struct engine *en);

/* currency.c: is there more than one (S6.9)? As the store remembers it; as the services tell; */
MUST_CHECK bool currency_load(struct engine *en, struct err *e);
void currency_meet(struct engine *en);
/* the accounts' currency is read with them; what core needs of it; kept where it is new. */
void currency_watch(struct engine *en, struct mappings *m);
struct plan_currency currency_of(const struct engine *en);
MUST_CHECK bool currency_check(const struct engine *en, const struct mapping *m, struct err *e);
MUST_CHECK bool currency_keep(struct engine *en, struct err *e);

/* filter.c: reads the stored filter, and adds what it watches to the mappings. */
MUST_CHECK bool filter_load(struct engine *en, struct err *e);

/* filter.c (S2.4): person accounts enter from now on, or do not: links that pauses or lets go on,
 * and accounts that it lets in, are due at once. In an open transaction. */
MUST_CHECK bool persons_turn(struct engine *en, bool on, struct err *e);
/* persons.c (S2.4): may these settings let person accounts in, by these mappings? Else ERR_REFUSED.
 */
MUST_CHECK bool persons_check(const struct engine *en, const struct settings *next,
                              const struct mappings *m, struct err *e);

/* Tells both drivers what is read and written from now on. */
void engine_tell(struct engine *en, const struct mappings *m);

/* mappings.c: what is mapped, out of the store: the defaults, and what a person made of them. Not
 * bound. */
MUST_CHECK bool mappings_load(struct engine *en, struct err *e);
/* Which mappings wait for their baseline; in an open transaction. */
MUST_CHECK bool mappings_put_states(struct engine *en, struct err *e);

#define DOC_STATES "mapping_states" /* lines "ID STATE" (DOC_CURSOR) */

/* hierarchy.c (S11.2): tells the mapping of parents with whom these records' parents are linked;
 * before any of them is decided. */
MUST_CHECK bool hierarchy_pair(struct engine *en, const struct subject *s, size_t n, struct err *e);
/* Refuses what would make a record its own ancestor; after a plan is made. */
MUST_CHECK bool hierarchy_guard(struct engine *en, const struct plan_context *ctx,
                                struct plan *plan, struct err *e);
/* The setting was turned: the mapping comes, and takes its baseline before it is used, or goes. In
 * an open transaction; refused where a field of it is mapped already. */
MUST_CHECK bool hierarchy_turn(struct engine *en, bool on, struct err *e);

/* baseline.c: reads the fields of the mappings that wait for it on both sides of every link and of
 * every account, a page at a time, and puts the mappings to use (S6.4, S6.8). Goes on where a
 * stopped one left off; with nothing to do it reads and writes nothing. */
MUST_CHECK bool mappings_settle(struct engine *en, struct err *e);

/* documents */
MUST_CHECK bool doc_time(struct engine *en, const char *name, int64_t *ms, struct err *e);
MUST_CHECK bool doc_time_put(struct engine *en, const char *name, int64_t ms, struct err *e);

/* run.c: checks the switch and starts the counters; a run gets its row when it first has something
 * to say, so a quiet pass leaves none (run_open needs an open transaction). */
MUST_CHECK bool run_begin(struct pass *p, const char *kind, struct err *e);
MUST_CHECK bool run_open(struct pass *p, struct err *e);
MUST_CHECK bool run_finish(struct pass *p, bool ok, struct err *e);

/* suspend.c: which directions are suspended; refused where the connection is (S15.4). */
MUST_CHECK bool suspend_load(struct pass *p, struct err *e);
/* Notes what ended the pass, if the place is to blame. */
void suspend_note(struct pass *p, const struct err *why);

/* pass.c: match, decide, plan, brake, apply and record a chunk of subjects. */
MUST_CHECK bool pass_chunk(struct pass *p, enum side s, struct subject *subject, size_t n,
                           struct str position, struct err *e);
/* All that a plan over these subjects needs: values unpacked, who could be their partner, owners.
 */
MUST_CHECK bool pass_meet(struct pass *p, enum side s, struct subject *subject, size_t n,
                          struct plan_context *ctx, struct err *e);
struct plan_context pass_context(struct pass *p, enum side s, const struct neighbours *near);

/* saved.c: just what a saved plan says (S12.1). saved_keep leaves of a chunk's plan what the file
 * says too. */
MUST_CHECK bool work_saved(struct pass *p, struct err *e);
void saved_keep(struct pass *p, struct plan *plan);

/* list.c: over records that were named, or all of a side. */
MUST_CHECK bool work_list(struct pass *p, struct err *e);
MUST_CHECK bool reread_now(struct pass *p, enum side s, const struct str *ids, size_t n,
                           struct err *e);

/* backfill.c: the existing values of one mapping, over all links (S6.5). */
MUST_CHECK bool work_backfill(struct pass *p, struct err *e);
/* Adds what a chunk's changes come to, or came to, to the account. */
void backfill_count(struct pass *p, const struct plan *plan);

/* walk.c: reads a side page by page. The chunk's arena holds one page; `keep` stores it, with the
 * cursor `next` where that is due, before the following one is asked for (S4.4). Stopped between
 * two pages it ends with ERR_STOPPED. */
struct walk {
    enum side side;
    enum crm_read what;
    struct str from; /* cursor; must outlive the chunk's arena */
    int64_t since_ms;
    const char *phase;      /* "reading accounts": of progress, and in errors */
    const char *if_stopped; /* what that leaves; may be NULL */
    bool (*keep)(void *who, struct crm_page *page, struct str next, struct err *e);
    void *who;
    uint64_t records; /* out */
};
MUST_CHECK bool engine_walk(struct engine *en, struct walk *w, struct err *e);
/* Over what the store has, a chunk at a time: `chunk` takes what comes after `after` and says how
 * far it came; leaving *last none ends it. The chunk's arena is reset before each. */
MUST_CHECK bool engine_chunks(struct engine *en,
                              bool (*chunk)(void *who, struct str after, struct str *last,
                                            struct err *e),
                              void *who, struct err *e);

/* observe.c */
struct observed {
    uint64_t records;
};
/* Everything of one side (the first time, and at the switch); kept as rows. */
MUST_CHECK bool observe_all(struct engine *en, enum side s, bool baseline, struct observed *out,
                            struct err *e);
/* What changed on one side since the last time. */
MUST_CHECK bool observe_changed(struct engine *en, enum side s, struct observed *out,
                                struct err *e);
/* Keeps a page of fresh readings; *fresh counts those that were new or different. */
MUST_CHECK bool observe_keep(struct engine *en, enum side s, bool baseline, struct record *record,
                             size_t count, size_t *fresh, struct err *e);
/* The same where the rows are at hand: old[i] is what the store has of record[i]; NULL = nothing.
 */
MUST_CHECK bool observe_keep_over(struct engine *en, enum side s, bool baseline,
                                  struct record *record, struct row *const *old, size_t count,
                                  size_t *fresh, struct err *e);

/* round.c: the next slice of the walk over all, where one is due (S4.2). */
MUST_CHECK bool observe_round(struct pass *p, enum side s, struct err *e);

/* gone.c: what was deleted or merged on one side since the last look. */
MUST_CHECK bool observe_gone(struct engine *en, enum side s, struct err *e);

/* Those of a page of tombstones that we know otherwise, read by id: deleted, merged, or back. */
MUST_CHECK bool gone_look(struct engine *en, enum side s, const struct crm_page *page,
                          struct record **out, size_t *n, struct err *e);

/* people.c: contacts and leads as evidence (S3.5, S3.6), before anything is decided. */
MUST_CHECK bool observe_people(struct pass *p, struct err *e);
/* lists.c: immediately before a create, who is at these companies and on the lists is read once
 * more (S3.5); *stale: plan again from the store. The gate then lets no create through while a list
 * is computed, or cannot be used. */
MUST_CHECK bool people_freshen(struct pass *p, enum side s, const struct plan *plan, bool *stale,
                               struct err *e);
void people_gate(struct pass *p, enum side s, struct plan *plan);
/* lists.c: may the lists that these settings choose (anew, or all) be chosen? Else ERR_REFUSED. */
MUST_CHECK bool lists_check(struct engine *en, const struct settings *next, bool all,
                            struct err *e);

/* neighbours.c: the rows that could be partners of the chunk's unlinked subjects. */
MUST_CHECK bool neighbours_find(struct engine *en, enum side s, const struct subject *subject,
                                size_t n, struct neighbours *out, struct err *e);

/* owners.c: who may own records (S6.6), as the store remembers it. */
MUST_CHECK bool owners_load(struct engine *en, struct err *e);
/* Reads both services' people when they are not known, are too old, or when one of these records
 * names somebody who is not among them. */
MUST_CHECK bool owners_need(struct pass *p, const struct subject *subject, size_t n, struct err *e);

/* Gives unlinked rows of a side who is around them (row.people), where that is not known yet. */
MUST_CHECK bool neighbours_meet(struct engine *en, enum side s, struct row **row, size_t n,
                                struct err *e);

/* freshen.c: rereads what is about to be written (S12.1) and looks for companies made meanwhile
 * (S7.7). *stale: something differed; plan again from the store. */
MUST_CHECK bool freshen(struct pass *p, enum side s, const struct plan *plan, bool *stale,
                        struct err *e);

/* times.c: asks who changed later where a plan hangs on it (S5.4) and gives the rows their set_ms.
 * *asked: the plan is to be made again from the same subjects. */
MUST_CHECK bool times_ask(struct pass *p, enum side own, const struct plan *plan, bool *asked,
                          struct err *e);

/* cascade.c: accounts that the plan would delete and on which something hangs are left to a person
 * (S9.1); may this account be deleted, as a person says? Else ERR_REFUSED, with what hangs. */
MUST_CHECK bool cascade_ask(struct engine *en, struct plan *plan, struct err *e);
MUST_CHECK bool cascade_check(struct engine *en, struct str account, struct err *e);

/* duel.c: leaves out the fields that automations fight about (S8.5), of changes made by a sync. */
MUST_CHECK bool duels_weigh(struct engine *en, const struct plan_context *ctx, int64_t run,
                            struct plan *plan, struct err *e);

/* gap.c: whether edits between reading and writing are searched for in this pass (S12.1). */
bool gaps_searched(const struct pass *p);

/* apply.c: intents, writes, outcomes. */
MUST_CHECK bool apply_plan(struct pass *p, const struct plan_context *ctx, struct plan *plan,
                           struct str position, struct err *e);

/* outcome_tell.c: an error as it is noted (S15.1): what it is `about`, with what `why` says of it.
 */
struct error_entry error_of(struct arena *a, struct error_entry about, const struct err *why,
                            int64_t now_ms);

/* outcome.c: when it is tried again (S15.2): an error of a record 30 min later, doubling to a day;
 * passing trouble a minute or so later, doubling to an hour, spread by chance. */
int64_t retry_at(struct engine *en, int64_t now_ms, bool of_record, unsigned attempts);

/* place.c: private SF contacts of companies that were linked get the account (S3.7). */
MUST_CHECK bool place_contacts(struct pass *p, struct err *e);

/* stages.c: contacts' stages move their companies forward (S10.1). */
MUST_CHECK bool move_stages(struct pass *p, struct err *e);

/* stages_undo.c: what a run did to a company's stage, to be taken back (S12.4); each company once.
 */
struct stage_undo {
    struct str account, company, contact;
    struct str old, wrote;
    enum undo_why why; /* filled: why it is left; UNDO_WHY_COUNT = it is not */
    struct str now;    /* filled: the stage that it is in */
};
MUST_CHECK bool stages_undo(struct pass *p, struct stage_undo *u, size_t n, struct err *e);

/* effects.c: what the brakes count (S12.3): of the last 24 h into p->day; what a chunk did. */
MUST_CHECK bool effects_load(struct pass *p, struct err *e);
/* How many contacts left their account, or primary company, for another (S11.1); in an open
 * transaction of an open run. */
MUST_CHECK bool effects_contacts(struct pass *p, const uint64_t left[SIDE_COUNT], struct err *e);
#define EFFECT_CONTACTS UINT32_MAX /* beside the mappings' ids */

/* associate.c (S11.1): contacts whose account or primary company moved. */
MUST_CHECK bool associate_contacts(struct pass *p, struct err *e);
/* The same for all contacts, also where nothing moved: a backfill. */
MUST_CHECK bool work_associations(struct pass *p, struct err *e);

/* associations.c: may the setting be turned on? Else ERR_REFUSED. Everybody is read then, so that
 * what is known is what was there. Then, in an open transaction: what is known is taken as handled,
 * or, off, forgotten. Both do nothing where `next` turns nothing. */
MUST_CHECK bool associations_prepare(struct engine *en, const struct settings *next, struct err *e);
MUST_CHECK bool associations_turn(struct engine *en, const struct settings *next, struct err *e);

/* associate_undo.c: where a run put contacts, to be taken back (S12.4); each contact once. */
struct contact_undo {
    enum side side;
    bool private;               /* it got its company's account (S3.7): of `person` alone */
    struct str contact, person; /* what of the two is on `side` was put */
    struct str record[SIDE_COUNT];
    struct str old, wrote;
    bool joined;       /* HubSpot: `wrote` was none of its companies before */
    enum undo_why why; /* filled: why it is left; UNDO_WHY_COUNT = it is not */
    struct str now;    /* filled: where it is */
    struct str detail; /* filled: the same, or what was said */
    bool goes;         /* filled: it was, or (plan) would be, put back */
};
/* The entry of an audit as that; false: it is about something else. */
MUST_CHECK bool contact_entry(struct arena *a, const struct audit_entry *x,
                              struct contact_undo *out);
MUST_CHECK bool contacts_undo(struct pass *p, struct contact_undo *u, size_t n, struct err *e);

/* outbox.c: what one intended write was to do, as the outbox keeps it (S8.2). */
struct intent_field {
    uint32_t id; /* of its mapping */
    enum side to;
    struct str rule;
};
struct intent {
    bool create, archive;
    bool ends; /* the link, as `why` */
    enum sever why;
    enum side to;
    enum link_origin origin;          /* 0 = the pair is linked already */
    struct str id[SIDE_COUNT];        /* the pair; the one to be created is none */
    struct str base[SIDE_COUNT];      /* packed: what each side holds once it is done */
    const struct intent_field *field; /* all that the change writes, to the other side too */
    size_t fields;
};
void intent_put(struct buf *b, const struct intent *i, const struct mappings *m,
                const struct change *c);
/* Cuts one off the payload; false = the end, or damaged (*ok tells). */
bool intent_next(struct arena *a, struct str *payload, struct intent *out, bool *ok);

/* audit.c */
struct str audit_detail(struct arena *a, const struct mappings *m, const struct change *c,
                        enum side to);

/* recover.c: reads what open intents were about, keeps what took effect, decides the rest anew. */
MUST_CHECK bool recover(struct pass *p, struct err *e);
/* The same in mid-chunk, whose arena stays. */
MUST_CHECK bool recover_open(struct pass *p, struct err *e);
