/* person: a HubSpot contact, an SF contact or a lead as one reading found it (S3.6). Only what
 * makes evidence is read of people: who they are, whose they are, and what became of them. */
#pragma once

#include "model/record.h"

enum person_kind { PERSON_CONTACT, PERSON_SF_CONTACT, PERSON_LEAD, PERSON_KINDS };

/* RECORD_HIDDEN: a log says that it is gone, and no more: takes back a live one only. */
struct person {
    enum person_kind kind;
    enum record_state state;
    struct str id;
    int64_t modified_ms; /* an older reading never replaces a newer one (S8.6) */
    struct str email;    /* as addresses are compared: trimmed, lower case; in the store and in core
                            its keyed hash stands here (S17.5). None = no address */
    struct str next;    /* what it became: the survivor of a merge, a converted lead's SF contact */
    struct str account; /* SF contact: its account; lead: the one it was converted into */
    bool converted;     /* lead */
    struct str contact, lead; /* HubSpot contact: the SF ids that it names, 18 characters */
    struct str stage;         /* HubSpot contact: its lifecycle stage (S10.1); none = it has none */
    int64_t created_ms;       /* HubSpot contact */
    bool fresh; /* made after T0: its first stage is a change too; filled by the engine */
};

struct person_list { /* grows in its arena */
    struct arena *a;
    struct person *person;
    size_t count, room;
};
void person_add(struct person_list *l, struct person p);

/* A contact at a company. */
struct association {
    struct str contact, company;
    bool primary;
};

/* A HubSpot contact with all people that may be its partner: those it names, what these became,
 * those with its address, and the one that it was settled with last. */
struct contact_case {
    struct str id;
    struct str contact, lead; /* named by it */
    struct str email;         /* the keyed hash */
    struct str pin;           /* its partner until now; none = it had none */
    struct person *person;    /* SF contacts and leads, each once */
    size_t persons;
};
