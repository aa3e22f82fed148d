/* record: an account or a company as one reading found it. */
#pragma once

#include "model/contact.h"
#include "model/mapping.h"

enum record_state {
    RECORD_LIVE,
    RECORD_DELETED, /* a tombstone was seen (S9.4) */
    RECORD_MERGED,  /* `survivor` names where it went (S9.3) */
    RECORD_HIDDEN,  /* asked for and not given, without a tombstone (S9.4) */
};

/* Match keys, normalised where the record was read (design, floors). */
struct match_keys {
    uint64_t host; /* hash of the host without www.; 0 = no domain */
    uint64_t site; /* hash of the registrable domain */
    bool no_key;   /* free-mail or shared host: never a key (S7.2) */
};

#define RECORD_MORE_KEYS_MAX 8

struct record {
    struct str id;    /* 18 characters, or digits */
    int64_t asked_ms; /* the service's clock when it was asked for (S8.6) */
    int64_t created_ms;
    int64_t modified_ms; /* SystemModstamp, updatedAt */
    int64_t edited_ms;   /* LastModifiedDate; HubSpot: as modified_ms */
    enum record_state state;
    struct str survivor; /* RECORD_MERGED */
    struct str absorbed; /* a live one: ids that were merged into it, joined by ';', as HubSpot
                            tells them (S9.3); not stored */
    struct str name;     /* for people; may be none */
    struct str key;    /* our key as found on the record: the partner's id (S8.1); none = absent */
    struct str native; /* HubSpot: salesforceaccountid, 18 characters; none = absent (S7.1) */
    struct str host;   /* the domain in text, for people and for S7.8; none = absent */
    uint64_t name_key; /* hash of the name without legal form; 0 = nothing to go by (S7.4) */
    struct match_keys keys;
    struct match_keys more[RECORD_MORE_KEYS_MAX]; /* hs_additional_domains */
    uint8_t more_count;
    bool person;               /* a person account (S2.4) */
    enum made_by_contact made; /* a company: whether HubSpot made it from a contact (S3.1, C1) */
    struct str etag;     /* of just this reading, where one was asked for (S12.1); not stored */
    struct value *value; /* one a mapping, in the order of struct mappings */
    int64_t *set_ms;     /* one a mapping: when its value was set, where that was asked for
                            (S5.4); 0 = not told; NULL = nothing was asked */
};

/* A fingerprint over the fields whose rule lets `side` write (S1.2); unknown fields leave it as it
 * would be if they were absent. */
uint64_t record_print(const struct mappings *m, enum side side, const struct value *value);
