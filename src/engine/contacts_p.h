/* contacts: what the files about contacts' associations share (S11.1): associate.c keeps them,
 * associate_note.c says what became of each, associate_undo.c takes it back. */
#pragma once

#include "core/association.h"
#include "crm/people.h"
#include "engine/engine_p.h"

/* One chunk at work. */
struct associating {
    struct pass *p;
    bool older; /* a backfill: as if both sides had moved (S5.5) */
    struct association_move *x;
    size_t n;
    struct association_answer *answer; /* one each */
    bool *sent;                        /* it is written in this chunk */
    struct crm_placing *write[SIDE_COUNT];
    size_t *of[SIDE_COUNT]; /* whose: x[] */
    size_t writes[SIDE_COUNT];
    bool held;  /* by a brake: no further round, which would only count it again */
    bool again; /* one was found, or put, elsewhere: there may be more to do at once */
    /* what one transaction stores */
    struct association_move *settled;
    size_t settles;
    struct audit_entry *audit;
    size_t audits;
    struct error_entry *error;
    size_t errors;
    struct crm_placing *seen[SIDE_COUNT]; /* `id` is at `now` */
    size_t seens[SIDE_COUNT];
    struct str *over[SIDE_COUNT]; /* whose errors are over */
    size_t overs[SIDE_COUNT];
    uint64_t left[SIDE_COUNT]; /* contacts that left somewhere for it (S12.3) */
    struct str after;          /* backfill: how far it came; none = no backfill */
};

#define FIELD_ACCOUNT "Contact.AccountId"
/* HubSpot's «Primary Associated Company ID» */
#define FIELD_PRIMARY "Contact.associatedcompanyid"
struct str contact_field(enum side s);
/* Who of the two is written on a side. */
struct str contact_id(const struct association_move *x, enum side s);
/* Of whom there what is noted is: an intent, an error. */
struct str noted_id(const struct association_move *x, enum side s);
bool is_intent(const struct association_move *x);

/* associate.c: whether the intents that are open among these took effect (S8.2). */
MUST_CHECK bool associations_look_back(struct pass *p, struct association_move *x, size_t n,
                                       struct err *e);

/* associate_note.c. The written one: `joined` = it was nowhere among the contact's companies. */
void note_written(struct associating *w, size_t i, enum side to, struct str was, struct str becomes,
                  bool joined);
void note_error(struct associating *w, size_t i, enum side to, struct str value,
                const struct err *why);
void note_waits(struct associating *w, size_t i);
/* Its SF contact is not there for our user (S3.6): where that is at is not known. */
void note_unseen(struct associating *w, size_t i, struct str value);
/* What is noted from now on is of the SF contact that it syncs with; of another before, it is over.
 */
void note_of_person(struct associating *w, size_t i);
struct audit_entry contact_audit(struct engine *en, const struct contact_undo *u, const char *rule,
                                 bool conflict);
