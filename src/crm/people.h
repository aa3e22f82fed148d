/* people: what a service tells of people, as evidence (S3.5, S3.6, S4.1). A second small port
 * beside crm_ops; the same rules hold for results, errors and arenas.
 *
 * Of HubSpot these are contacts, their companies and who is in a list; of Salesforce contacts and
 * leads. Only what makes evidence is asked for. */
#pragma once

#include "crm/crm.h"
#include "model/person.h"

struct crm_people {
    struct person *person;
    size_t count;
    bool last;
};

enum crm_list_state {
    CRM_LIST_READY,
    CRM_LIST_COMPUTING, /* members are unreliable (H16.5) */
    CRM_LIST_STATIC,    /* not one that may be chosen (B2.22) */
    CRM_LIST_GONE,
};

struct crm_list {
    struct str id, name;
    enum crm_list_state state;
    bool of_contacts, of_companies;
};

/* An SF contact and its account (S3.7), or a HubSpot contact and its primary company (S11.1). */
struct crm_placing {
    struct str id;
    struct str was; /* where it is expected to be; none = nowhere */
    struct str to;  /* where it goes; none = nowhere, as an undo may ask */
    bool leaves;    /* HubSpot: `was` is to be none of its companies any more */

    enum crm_outcome outcome; /* CHANGED: it is somewhere else, or gone; nothing was written */
    struct str now;           /* DONE, CHANGED: where it is; none also where it is not */
    bool found;               /* there is such a contact, as far as that is told */
    bool written;             /* DONE: now, not found so */
    bool joined;              /* HubSpot: before, `to` was none of its companies */
    bool stays;               /* HubSpot, with `leaves`: `was` is still one of its companies */
    struct err err;           /* REJECTED, AGAIN, UNKNOWN; DONE with `stays`: why */
};

struct crm_stage { /* of a contact: its lifecycle stage */
    struct str id;

    bool found;       /* false: it is gone, or merged away */
    struct str stage; /* "" = none */
    int64_t set_ms;   /* when it came to that; 0 = not told */
};
#define CRM_LIST_PAGE 250 /* H16.3 */

struct crm_people_reader;
struct crm_people_ops {
    /* The walks of crm_ops.read over people; the cursor of CHANGED is stored with its last page.
     * Salesforce's CHANGED has the tombstones in it, and ARCHIVED is not asked of it. */
    bool (*read)(struct crm *, enum crm_read, struct str cursor, int64_t since_ms,
                 struct crm_people_reader **out, struct err *);
    bool (*next)(struct crm_people_reader *, struct arena *, struct crm_people *out,
                 struct str *cursor, struct err *);
    void (*end)(struct crm_people_reader *);

    /* Gives contacts another account, or primary company. Each is read in the call before; one that
     * is not where it is expected is left alone. With only_look nothing is written: NOT_SENT = it
     * would be. As crm_ops.write. */
    bool (*place)(struct crm *, struct arena *, struct crm_placing *p, size_t n, bool only_look,
                  struct err *);

    /* What follows is HubSpot's alone. */

    /* Contacts by id, in any order; one that is not there is HIDDEN, a merged one MERGED beside its
     * survivor. */
    bool (*get)(struct crm *, struct arena *, const struct str *ids, size_t n,
                struct crm_people *out, struct err *);
    /* All pairs of these contacts, or of these companies (H15.7), in any order. */
    bool (*pairs)(struct crm *, struct arena *, bool of_companies, const struct str *ids, size_t n,
                  struct association **out, size_t *count, struct err *);
    /* The stages that these contacts are in, and since when (S10.1). */
    bool (*stages)(struct crm *, struct arena *, struct crm_stage *s, size_t n, struct err *);
    bool (*list)(struct crm *, struct arena *, struct str id, struct crm_list *out, struct err *);
    /* A page of the members of a list, at most CRM_LIST_PAGE; `after` is none at first, *next is
     * none with the last page (H16.3). */
    bool (*list_members)(struct crm *, struct arena *, struct str list, struct str after,
                         struct str ids[CRM_LIST_PAGE], size_t *n, struct str *next, struct err *);
    /* in[i]: is ids[i] a member of the list? (H16.4) */
    bool (*members)(struct crm *, struct arena *, bool of_companies, struct str list,
                    const struct str *ids, size_t n, bool *in, struct err *);
};
