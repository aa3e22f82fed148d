/* contact: people as evidence of what a company is and whether it may become an account (S3, S7.1).
 * Tandem reads them, it never keeps their values in step.
 *
 * A HubSpot contact's partner in Salesforce is one SF contact or one lead (S3.6). All of that is
 * settled when contacts are read and stored; core only looks. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum contact_state {
    CONTACT_NOT_SYNCING, /* no partner, or one that our user may not see */
    CONTACT_LEAD,        /* with an unconverted lead */
    CONTACT_PRIVATE,     /* with an SF contact that has no account */
    CONTACT_OF_ACCOUNT,  /* with an SF contact of `account` */
};

const char *contact_state_name(enum contact_state s); /* "not_syncing", "lead", ... */

struct contact {
    struct str id; /* HubSpot's */
    enum contact_state state;
    struct str person;  /* the SF contact or lead, 18 characters; none = not syncing */
    struct str account; /* OF_ACCOUNT: the SF contact's account; none else */
    struct str company; /* its primary company; none = it has none */
    bool qualifies;     /* for the inclusion list (S3.5) */
    bool converted;     /* its SF contact came from a lead: `account` is a ConvertedAccountId */
};

enum made_by_contact { MADE_UNKNOWN, MADE_NO, MADE_YES }; /* C1: by hs_object_source (S3.1) */

/* The people around one record. Of a company: all contacts associated with it, primary or not. Of
 * an account: the contacts whose SF contact is of it, or whose lead was converted into it. */
struct evidence {
    struct contact *contact;
    size_t count;
    enum made_by_contact made; /* companies only */
    bool listed;               /* companies only: on the company list, or none is chosen (S3.5) */
};
