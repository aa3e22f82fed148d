/* owner: who stands for whom, and what becomes of a pair's owner (S6.6, B3.58-B3.64). Pure.
 *
 * A user and an owner are partners when both are active and have the same email address, compared
 * without case; where several on a side share one, the name must agree as well. */
#pragma once

#include "model/change.h"
#include "model/owner.h"
#include "model/pairs.h"
#include "model/settings.h"

struct owner_book {
    struct owner_list list[SIDE_COUNT]; /* sorted by id */
    struct id_pairs pairs;
    struct str named[SIDE_COUNT]; /* who the setting owner.unmatched names; none = not there */
    struct str our_user;          /* the Salesforce user we sign in as (B3.62) */
};

/* Borrows the lists' texts and sorts a copy of them. `named` is an email address or none. */
void owner_book_make(struct arena *a, const struct owner_list list[SIDE_COUNT], struct str named,
                     struct str our_user, struct owner_book *out);
const struct owner *owner_find(const struct owner_book *b, enum side s, struct str id);

enum owner_stand {
    OWNER_NONE,   /* the field is blank */
    OWNER_PAIRED, /* active, with an active partner */
    OWNER_ALONE,  /* active, without one */
    OWNER_LEFT,   /* inactive, archived, or not known to us */
    OWNER_STANDS
};
enum owner_stand owner_stand(const struct owner_book *b, enum side s, const struct value *v);

enum owner_answer {
    OWNER_KEEP,    /* nothing moved, or nothing is to be done */
    OWNER_SETTLE,  /* both stay as they are and become the base */
    OWNER_GIVE_HS, /* HubSpot gets the partner of Salesforce's owner */
    OWNER_GIVE_SF,
    OWNER_BACK_HS, /* HubSpot's change is taken back: the partner of Salesforce's owner again */
    OWNER_CLEAR_HS,
    OWNER_NAME_HS, /* HubSpot gets the owner that the setting names */
    OWNER_NAME_SF,
    OWNER_ANSWERS
};

struct owner_case {
    enum verdict plain; /* what two_way says of the two values (S5.4) */
    bool first;         /* the first link (B3.63) */
    enum owner_stand stand[SIDE_COUNT];
};
/* What an answer writes: fills to, old, value, rule and revert of *f; false = nothing. value[s] is
 * the owner field on each side. */
bool owner_write(const struct owner_book *b, const struct owner_case *c, enum owner_answer answer,
                 const struct value value[SIDE_COUNT], struct field_change *f);
/* The owner of a record that is made on `to` from one whose owner is `from` (B3.62); unknown = the
 * service's own choice. */
struct value owner_of_new(const struct owner_book *b, enum side to, const struct value *from,
                          enum owner_unmatched setting);
enum owner_answer owner_answer(const struct owner_case *c, enum owner_unmatched setting);
