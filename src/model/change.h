/* change: what Tandem would do with one subject, and why: a plan is an array of them.
 *
 * Data only: `plan` prints it, apply does it, `explain` narrates it. Codes here, sentences in app.
 */
#pragma once

#include "model/duel.h"
#include "model/row.h"

enum action {
    ACTION_NONE,    /* linked and nothing to do */
    ACTION_CREATE,  /* make the partner on side `to` */
    ACTION_LINK,    /* link with `partner`, with the field changes that follow */
    ACTION_UPDATE,  /* field changes on a linked pair, or `puts_id` */
    ACTION_REVIEW,  /* a person must choose (S7.2) */
    ACTION_WAIT,    /* not before `due_ms` (S7.7) */
    ACTION_SKIP,    /* does not enter; `why` says */
    ACTION_ERROR,   /* cannot be done as it is; `err` says (S15) */
    ACTION_UNLINK,  /* the link ends and is remembered (S7.6) */
    ACTION_FOLLOW,  /* the link goes over to the survivor of a merge: `partner`, on side `to` (S9.3)
                     */
    ACTION_ARCHIVE, /* the record on side `to` goes to the recycle bin; the link ends and is
                       remembered (S9.1, S12.4) */
    ACTION_COUNT
};

enum why {
    WHY_NOTHING,
    WHY_SWITCH_OFF,       /* S1.1 */
    WHY_NEW_ACCOUNT,      /* S2.1 */
    WHY_EXISTING,         /* S2.2: from before T0 and not edited since */
    WHY_EDITED,           /* S2.2: an existing account was edited */
    WHY_IMPORT,           /* S13.1 */
    WHY_PERSON_ACCOUNT,   /* S2.4 */
    WHY_SETTLING,         /* S7.7 */
    WHY_OUR_KEY,          /* S7.1, S8.1 */
    WHY_NATIVE_ID,        /* S7.1 */
    WHY_CONVERTED_LEAD,   /* S7.1: its contacts' leads were converted into the account */
    WHY_SHARED_CONTACTS,  /* S7.1: it holds more than half of the account's contacts */
    WHY_SAME_HOST,        /* S7.1, S7.2 */
    WHY_SAME_SITE,        /* S7.2: only the registrable domain agrees: review */
    WHY_SEVERAL,          /* S7.2 */
    WHY_SIBLING,          /* S7.2: created, shares its domain with a linked one */
    WHY_QUALIFIES,        /* S3.1: a company becomes an account */
    WHY_NO_CONTACTS,      /* S3.2, N1 */
    WHY_ONLY_LEADS,       /* S3.2, N2 */
    WHY_NONE_QUALIFIES,   /* S3.2, N3 */
    WHY_NOT_LISTED,       /* S3.5: not on the company list */
    WHY_NO_NAME,          /* S3.8: a company without a name waits for one */
    WHY_SHARED_DOMAIN,    /* S3.8: only free-mail or shared-host domains */
    WHY_EXISTING_COMPANY, /* S3.4 */
    WHY_MOVED,            /* S5.8 */
    WHY_FIELDS_REFUSED,   /* S15.5 */
    WHY_REQUIRED_MISSING, /* S15.5, S3.8 */
    WHY_PARTNER_GONE,     /* S9.4: the partner is deleted or not visible: paused */
    WHY_BRAKE,            /* S12.3 */
    WHY_NO_KEY,           /* S8.1: our key field is missing in this direction */
    WHY_BESIDE_NATIVE,    /* S1.6: HubSpot's own sync works beside: no creates */
    WHY_HAND,             /* S7.5: a person linked or unlinked it */
    WHY_SEVERED,          /* S7.6: it was unlinked, and makes no partner by itself */
    WHY_DELETED,          /* S9.1: a side was deleted */
    WHY_DELETED_IGNORED,  /* S9.1: on_delete = ignore */
    WHY_RESTORED,         /* S9.2: a deleted side is back */
    WHY_MERGED,           /* S9.3: a side was merged into another record */
    WHY_LEFTOVER,         /* S9.3: winner and loser were both linked */
    WHY_UNDO,             /* S12.4: a person undoes what a run did */
    WHY_DUEL,             /* S8.5: two automations correct each other */
    WHY_FIRST_LINK,       /* S5.5: a person is asked whose values stand */
    WHY_LIST_COMPUTING,   /* S3.5, H16.5: HubSpot is computing a chosen list */
    WHY_LIST_REFUSED,     /* S3.5: a chosen list is gone, or not an active one */
    WHY_FILTERED,         /* S2.3: the account filter leaves it out */
    WHY_FILTER_UNKNOWN,   /* S2.3: the filter compares a field that cannot be read */
    WHY_DUPLICATE_RULE,   /* S7.2: a Salesforce duplicate rule blocks the account */
    WHY_DELETE_ASKS,      /* S9.1: Tandem did not make what on_delete = delete would archive */
    WHY_DELETE_ATTACHED,  /* S9.1: a delete would take contacts, opportunities or cases along */
    WHY_NO_RECORD_TYPE,   /* S6.10: the record type of new accounts is none that may be chosen */
    WHY_BACKFILL,         /* S6.5: a person brings existing values of a mapping over */
    WHY_PARENT_ALONE,     /* S11.2: its parent is not linked; it waits for that */
    WHY_SUSPENDED,        /* S15.4, S15.6: writing to that side is suspended */
    WHY_NEAR_NAME,        /* S7.4: an unlinked record has nearly the same name */
    WHY_CHANGED_SINCE,    /* S12.1: it is not any more what the saved plan says */
    WHY_ID_REFUSED,       /* S8.1: our id, which the company refused, is tried again */
    WHY_COUNT
};

const char *action_name(enum action a); /* "create", ... */
bool action_writes(enum action a);      /* something changes: on a record, or a link */
const char *why_name(enum why w);       /* "new_account", ... stable, for --json */
const char *why_rule(enum why w);       /* "S2.1" */

enum verdict {
    VERDICT_KEEP,    /* nothing to write, base unchanged */
    VERDICT_AGREE,   /* both the same: becomes the base */
    VERDICT_SETTLE,  /* differ lawfully, handled: both present values become the base */
    VERDICT_TAKE_SF, /* Salesforce's value goes to HubSpot */
    VERDICT_TAKE_HS,
    VERDICT_REVIEW, /* first link, two values, first_link = review */
    VERDICT_COUNT
};

struct field_change {
    size_t map;
    enum side to;
    struct value old, value;  /* of `to`, in its canonical form */
    const char *rule;         /* "S5.3" */
    bool revert;              /* S5.6: an edit of `to` is undone */
    bool conflict;            /* S5.4: both moved apart */
    bool older;               /* S5.5: neither side moved; a person asked for it */
    bool restores;            /* S5.10: what `to` cleared is put back; the other's base stays */
    bool refused;             /* S6.2: fails our check; left out of the write (S15.5) */
    bool held;                /* refused, but no error: it waits for its currency (S6.9) */
    int64_t look_ms;          /* held or restored: looked at again; 0 = once something moves */
    int64_t hold_ms;          /* refused as a duel: till then (S8.5); 0 = not */
    const struct err *err;    /* refused: why; else NULL */
    const struct value *lost; /* S12.1: somebody's edit between reading and writing, which was
                                 overwritten; NULL = none was found */
};

struct change {
    const struct subject *subject;
    enum action action;
    enum why why;
    enum side to;                  /* CREATE, ARCHIVE; FOLLOW: the side that was merged */
    enum link_origin origin;       /* CREATE, LINK */
    struct row *partner;           /* LINK: which; FOLLOW: the survivor */
    const struct severed *resumes; /* LINK: the earlier link whose base it takes up (S9.2) */
    enum link_state link_state;    /* what becomes of the link */
    struct str candidates;         /* REVIEW: ids of the other side joined by ';' */
    struct str shares_with;        /* WHY_SIBLING: the linked record that has the domain */
    struct str domain;             /* CREATE of a company: its domain (S7.8); none = without */
    struct str name; /* CREATE of an account: its name where the company has none (S3.8) */
    const struct contact **place; /* CREATE of an account, LINK: they get the account (S3.7) */
    size_t places;
    struct str awaits; /* S11.2: its parent on side `awaits_on` is not linked; none = no wait */
    enum side awaits_on;
    bool parent_next; /* CREATE, LINK: its parent is decided next, once both are linked */
    int64_t due_ms;   /* WAIT; REVIEW: when it is decided without an answer, 0 = never (S7.4) */
    struct field_change *field;
    size_t fields;
    /* What each side's values are once all of `field` is done; unknown = no base yet. */
    struct value *base[SIDE_COUNT];
    bool *by_time;     /* one a mapping: who changed later decides it (S5.4); NULL = none does */
    struct duel *duel; /* what became of its held fields, to be kept (S8.5) */
    size_t duels;
    size_t *differ; /* LINK taken over as it is: mappings whose two values differ (S7.9); their
                       values are those of `base` */
    size_t differs;
    size_t *ask; /* mappings that wait for a person's answer (S5.5, first_link = review) */
    size_t asks;
    bool puts_id;    /* UPDATE: the company gets our id, which it does not carry (S8.1) */
    bool part;       /* only some of its fields were decided: what else waits goes on waiting */
    bool base_moved; /* the bases differ from the link's even without a write (agree, settle) */
    const struct err *err; /* ERROR: why; else NULL */
};

struct plan {
    struct change *change;
    size_t count;
};
