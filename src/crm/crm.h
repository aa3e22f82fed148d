/* crm: the port to a service: accounts of Salesforce or companies of HubSpot.
 *
 * The engine sees only this. A driver knows one service's paths, limits and spellings; it reads
 * records with canonical values and match keys, and writes batches with an outcome for each record.
 * Every function is straight-line and blocking; several exchanges run at once inside. Results live
 * in the arena given. On false, err tells; outputs are untouched unless said otherwise. A
 * connection suite in test/ is the executable half of this contract (test/conformance). */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/owner.h"
#include "model/record.h"
#include "net/http.h"
#include "text/domain.h"

struct crm_identity {
    struct str organisation; /* the org's id (18), the portal's id: binds a connection (S1.5) */
    struct str name, user, edition, currency;
    struct str user_id;         /* the Salesforce user we sign in as; HubSpot: none */
    struct currency_rate *rate; /* of an org of several currencies (S6.9) */
    size_t rates;
    bool test_system; /* sandbox, developer test portal */
};

struct crm_page {
    struct record *record;
    size_t count;
    bool last;
};

enum crm_read {
    CRM_READ_ALL,     /* every live record (H13.12; bulk above 2,000 accounts, S16.3) */
    CRM_READ_CHANGED, /* changed since the cursor, as S4.4 asks (SF 13, H13.3-H13.9) */
    CRM_READ_ROUND, /* the same by id, after the cursor, which comes with every page: to be read in
                       slices ("" = from the first; S4.2) */
    CRM_READ_ARCHIVED, /* tombstones since the cursor (SF 6; H8.3: the whole archived walk) */
};

/* One write that Tandem intends. The caller fills the first part, the driver the outcome. */
struct crm_set {
    size_t map;         /* which mapping */
    struct value value; /* in the target's canonical form; blank = clear */
    struct value old;   /* what it holds, as we know it */
};

enum crm_outcome {
    CRM_NOT_SENT = 0, /* stopped before; may be sent later as it is */
    CRM_DONE,
    CRM_REJECTED, /* the service refuses it as it is; err names code, field and value */
    CRM_AGAIN,    /* certainly without effect; may be tried again */
    CRM_UNKNOWN,  /* sent, effect not known: read before anything else (S8.2) */
    CRM_CHANGED,  /* If-Match failed: somebody edited it; read again (SF 9) */
};

struct crm_write {
    bool create;       /* an upsert by our key (S8.1); else an update by id */
    bool archive;      /* to the recycle bin, by id; where it is there already it is DONE (S12.4) */
    struct str id;     /* update, archive: which record */
    struct str key;    /* the partner's id, for our key field: always on a create; on an update
                          none = leave the key alone */
    bool clear_key;    /* update: take our key off (S7.6) */
    struct str kind;   /* create of an account: its record type's id (S6.10); none = the default */
    struct str domain; /* create of a company: its `domain` (S7.8); none = leave it out */
    struct str etag;   /* update of an account: If-Match when not none (S12.1) */
    struct crm_set *set;
    size_t sets;

    enum crm_outcome outcome;
    struct str new_id; /* DONE: the record's id (it differs from `id` after a merge, H8.9) */
    bool created;      /* DONE: made now, not found */
    int64_t created_ms, modified_ms; /* DONE: as the answer said; 0 = not told */
    struct value *stored; /* DONE: per set what is stored now; unknown = not told. May be NULL */
    size_t bad_set;       /* REJECTED: the set the answer names (S15.5); SIZE_MAX = none */
    struct str matches;   /* REJECTED by a duplicate rule: the ids it tells of, joined by ';' */
    struct err *err;      /* REJECTED, AGAIN, UNKNOWN, CHANGED: why. Writes may share one */
};

/* Who hears of each outcome that stands, while other writes are still under way; `i` counts the
 * writes of that call. Not every write is told: what is left shows when the call returns. */
struct crm_listener {
    void (*told)(struct crm_listener *, size_t i);
};

/* What stands in the way of taking back a record that Tandem made (S12.4, S9.1). */
struct crm_touch {
    bool edited;     /* a person set a value of it; enrichment and workflows are none */
    bool attached;   /* a deal, an opportunity, a case or an activity hangs on it, or: */
    size_t contacts; /* so many contacts */
    bool unseen;     /* our user may not see whether any does */
    struct str by;   /* edited: the property, or who */
    struct str what; /* attached, contacts, unseen: the kind of thing */
};

/* One value that we wrote over the one that we had read, with no condition on the write (S12.1). */
struct crm_gap {
    struct str id;
    size_t map;
    struct value read, wrote;
    bool found;        /* out: somebody had set another value in between */
    struct value lost; /* out: that value */
};

/* How many live records hold a value in a field; a checkbox's false is none (S5.1). */
struct crm_filled {
    const struct field *field;
    bool known; /* out: the service could tell (no SOQL counts long text) */
    uint64_t n;
};

enum crm_claim {
    CRM_LOOK,      /* changes nothing */
    CRM_MAKE,      /* makes our key field where it is missing, claims it where nobody has */
    CRM_TAKE_OVER, /* claims it whoever has it (S8.7) */
};

struct crm_setup {
    bool key_ready; /* our unique key field exists, is unique, and can be written */
    bool key_made;  /* it was made now */
    struct str key_name;
    struct str installation; /* the id in the key's description (S8.7); none = unclaimed */
    struct str todo;         /* what a person must do where we may not; none = nothing */
};

struct crm_native { /* HubSpot's own integration, as its traces show it (S1.6) */
    bool at_work;
    struct str record, what, when; /* the evidence: company, property, time */
};

enum crm_right { RIGHT_UNKNOWN, RIGHT_YES, RIGHT_NO };
struct crm_check {   /* one line of `tandem doctor` (S17.4) */
    struct str what; /* "read companies", "edit Account.Industry" */
    enum crm_right ok;
    struct str detail; /* scope, permission or field named; how to grant it */
    bool needed;       /* without it the sync cannot work */
    bool contacts;     /* without it contacts' associations cannot be kept (S11.1) */
};
struct crm_checks {
    struct crm_check *check;
    size_t count;
};

/* What the readings and writes are about; the mappings are borrowed until the next bind. */
struct crm_binding {
    const struct mappings *mappings;
    struct str portal;  /* the account's key holds "<portal>:<company>" (design, ids of ours) */
    int64_t overlap_ms; /* of two CHANGED readings (SF 13, H13.4); 0 = the driver's default */
};

struct crm;
struct crm_reader;

struct crm_ops {
    enum side side;
    size_t create_batch, update_batch; /* records a call */
    int64_t total_lag_ms;              /* how far `total` may be behind the records; 0 = not */

    /* First contact: who is it? Also learns the service's clock. */
    bool (*identify)(struct crm *, struct arena *, struct crm_identity *out, struct err *);
    bool (*schema)(struct crm *, struct arena *, struct schema *out, struct err *);
    void (*bind)(struct crm *, const struct crm_binding *);
    /* Opens a walk. `cursor` is what crm_next last gave for this kind ("" at first: CHANGED then
     * starts at `since_ms`). ALL goes on at a page's cursor, where the service can: else it starts
     * anew. */
    bool (*read)(struct crm *, enum crm_read, struct str cursor, int64_t since_ms,
                 struct crm_reader **out, struct err *);
    /* The next page (at most CHUNK_RECORDS); its texts may be the reader's, until the next one or
     * the end. On the last page *cursor is the next cursor, to be stored in the same transaction as
     * the page (S4.4); of ALL each page has one. */
    bool (*next)(struct crm_reader *, struct arena *, struct crm_page *out, struct str *cursor,
                 struct err *);
    void (*end)(struct crm_reader *);
    /* How many live records our user may see, as the service itself counts them (S4.5): one call.
     */
    bool (*total)(struct crm *, struct arena *, uint64_t *n, struct err *);
    /* For people who choose what to map: Salesforce counts many fields in one call, HubSpot one. */
    bool (*filled)(struct crm *, struct arena *, struct crm_filled *f, size_t n, struct err *);
    /* record[i] for ids[i], in order, whatever came: LIVE, MERGED (survivor named), DELETED where a
     * tombstone is found, else HIDDEN. */
    bool (*get)(struct crm *, struct arena *, const struct str *ids, size_t n, struct record *out,
                struct err *);
    /* The same for records that are about to be written: each has its etag where they are few
     * enough for writes that must not overwrite an edit (S12.1). NULL where the service has no such
     * write: then `get` does. */
    bool (*get_to_write)(struct crm *, struct arena *, const struct str *ids, size_t n,
                         struct record *out, struct err *);
    /* By our key: record[i] holds the one whose key is keys[i] (the partner's id), HIDDEN = none.
     */
    bool (*get_by_key)(struct crm *, struct arena *, const struct str *keys, size_t n,
                       struct record *out, struct err *);
    /* Live records that have one of these hosts and were made after `since_ms` (S7.7); one search
     * per chunk. NULL where the service needs none. */
    bool (*find_hosts)(struct crm *, struct arena *, const struct str *hosts, size_t n,
                       int64_t since_ms, struct crm_page *out, struct err *);
    /* When the present values of the mapped fields in `wanted` (one a mapping) were set (S5.4):
     * set_ms[i * mappings + map] for ids[i]; 0 = not told. NULL where the service keeps no history:
     * the record's edited_ms is then the latest it can have been. */
    bool (*history)(struct crm *, struct arena *, const struct str *ids, size_t n,
                    const bool *wanted, int64_t *set_ms, struct err *);
    /* Looks for edits between a reading and our write, which it overwrote (S12.1). Gaps of one
     * record stand together. NULL where the service keeps no history of values. */
    bool (*overwritten)(struct crm *, struct arena *, struct crm_gap *gap, size_t n, struct err *);
    /* Everybody who may own a record or did, those who left included (S6.6). */
    bool (*owners)(struct crm *, struct arena *, struct owner_list *out, struct err *);
    /* out[i] for ids[i], which are live records. */
    bool (*touched)(struct crm *, struct arena *, const struct str *ids, size_t n,
                    struct crm_touch *out, struct err *);
    /* Sends all; each write gets its outcome, whatever the return. False: the run must not go on
     * (stop, day's quota, credentials); writes without outcome stay CRM_NOT_SENT. A listener may
     * be NULL. */
    bool (*write)(struct crm *, struct arena *, struct crm_write *w, size_t n,
                  struct crm_listener *, struct err *);
    /* Our key field (S8.1), and who may write (S8.7): `installation` is us. */
    bool (*setup)(struct crm *, struct arena *, enum crm_claim, struct str installation,
                  struct crm_setup *out, struct err *);
    /* Did HubSpot's own company sync write since? NULL where there is none. */
    bool (*native)(struct crm *, struct arena *, int64_t since_ms, struct crm_native *out,
                   struct err *);
    bool (*doctor)(struct crm *, struct arena *, struct crm_checks *out, struct err *);
    void (*close)(struct crm *);
};

struct crm_people_ops; /* crm/people.h */
struct crm {
    const struct crm_ops *ops;
    const struct crm_people_ops *people;
    struct http *http;
};

struct crm_options {
    struct str base; /* API endpoint; Salesforce: until the token's instance_url */
    struct http_auth *auth;
    struct domains *domains;
    struct clock *clock;
    struct log *log;
    struct rng *rng;
    const char *ca_file;
    int trace_fd;
    const stop_flag *stop;
    struct str version;        /* "66.0", "2026-09"; none = the default */
    struct str key_name;       /* none = Tandem_Company_Id__c, tandem_account_id */
    struct http_limits limits; /* all 0 = the defaults of the service */
};

MUST_CHECK bool salesforce_open(struct crm **out, const struct crm_options *o, struct err *e);
MUST_CHECK bool hubspot_open(struct crm **out, const struct crm_options *o, struct err *e);
