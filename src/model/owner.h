/* owner: a Salesforce user or a HubSpot owner, as its service tells of it (S6.6). */
#pragma once

#include "base/str.h"

struct owner {
    struct str id;    /* what OwnerId and hubspot_owner_id hold */
    struct str email; /* none = has none (a queue) */
    struct str name;
    bool active; /* may own a record: an active user, an owner who has not left */
};

struct owner_list {
    struct owner *owner;
    size_t count;
};
