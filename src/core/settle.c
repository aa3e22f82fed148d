#include "core/settle.h"

#define HOPS_MAX 10 /* merges of merges; a loop ends here */

static const struct person *find(const struct contact_case *c, struct str id)
{
    for (size_t i = 0; id.n && i < c->persons; i++)
        if (str_eq(c->person[i].id, id))
            return &c->person[i];
    return NULL;
}

static bool syncs(const struct person *p)
{
    return p->state == RECORD_LIVE && !p->converted;
}

/* A merged one is followed to its master, a converted lead to its contact; NULL = nobody is there.
 */
static const struct person *follow(const struct contact_case *c, struct str id)
{
    const struct person *p = find(c, id);
    for (int hop = 0; p && !syncs(p); hop++)
        p = hop < HOPS_MAX ? find(c, p->next) : NULL;
    return p;
}

/* The most recently changed of a kind with the contact's address; the pinned one before all. */
static const struct person *by_email(const struct contact_case *c, enum person_kind kind)
{
    const struct person *best = NULL, *pin = follow(c, c->pin);
    for (size_t i = 0; c->email.n && i < c->persons; i++) {
        const struct person *p = &c->person[i];
        if (p->kind != kind || !syncs(p) || !str_eq(p->email, c->email))
            continue;
        if (p == pin)
            return p;
        if (!best || p->modified_ms > best->modified_ms ||
            (p->modified_ms == best->modified_ms && str_cmp(p->id, best->id) < 0))
            best = p;
    }
    return best;
}

static bool came_from_lead(const struct contact_case *c, const struct person *p)
{
    for (size_t i = 0; i < c->persons; i++) {
        const struct person *lead = &c->person[i];
        if (lead->kind == PERSON_LEAD && lead->converted && str_eq(lead->next, p->id) &&
            str_eq(lead->account, p->account))
            return true;
    }
    return false;
}

void contact_settle(const struct contact_case *c, struct contact *out)
{
    const struct person *p = follow(c, c->contact);
    if (!p)
        p = follow(c, c->lead);
    if (!p)
        p = by_email(c, PERSON_SF_CONTACT);
    if (!p)
        p = by_email(c, PERSON_LEAD);
    out->id = c->id;
    out->person = p ? p->id : STR_NONE;
    out->account = p && p->kind == PERSON_SF_CONTACT && p->account.n ? p->account : STR_NONE;
    out->converted = out->account.n && came_from_lead(c, p);
    out->state = !p                       ? CONTACT_NOT_SYNCING
                 : p->kind == PERSON_LEAD ? CONTACT_LEAD
                 : out->account.n         ? CONTACT_OF_ACCOUNT
                                          : CONTACT_PRIVATE;
}
