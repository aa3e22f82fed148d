/* place: contacts get another primary company (S11.1), each read in the call before. HubSpot takes
 * the label off the company that was primary until then, which stays one of the contact's (H15.3).
 */
#include "crm/hubspot/hs_p.h"

#define CONTACT_TO_COMPANY_PRIMARY 1 /* H15.2 */
/* An answer that is lost is looked at, never sent again as it stands (S8.2). */
#define LOOKS_MAX 3

/* Where they are now; those left CRM_NOT_SENT are to be written. */
static bool look(struct crm *crm, struct arena *a, struct crm_placing *p, size_t n, struct err *e)
{
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    struct association *pair;
    size_t pairs;
    for (size_t i = 0; i < n; i++) {
        ids[i] = p[i].id;
        p[i].now = STR_NONE;
        p[i].joined = p[i].found = true;
    }
    if (!crm->people->pairs(crm, a, false, ids, n, &pair, &pairs, e))
        return false;
    for (size_t k = 0; k < pairs; k++)
        for (size_t i = 0; i < n; i++) {
            if (!str_eq(pair[k].contact, p[i].id))
                continue;
            if (pair[k].primary)
                p[i].now = pair[k].company;
            p[i].joined = p[i].joined && !str_eq(pair[k].company, p[i].to);
        }
    for (size_t i = 0; i < n; i++)
        p[i].outcome = str_eq(p[i].now, p[i].to)    ? CRM_DONE
                       : str_eq(p[i].now, p[i].was) ? CRM_NOT_SENT
                                                    : CRM_CHANGED;
    return true;
}

static void settle(struct crm_placing *p, const struct hs_join *j)
{
    p->outcome = j->outcome;
    p->err = j->err;
    p->written = j->outcome == CRM_DONE;
    if (p->written)
        p->now = p->to;
}

/* The pairs of those that are open and of this kind. */
static bool write(struct hubspot *hs, struct arena *a, struct crm_placing *p, size_t n,
                  enum hs_join_how how, struct err *e)
{
    const struct hs_joining of = {"contacts", "companies", CONTACT_TO_COMPANY_PRIMARY, how};
    struct hs_join *j = ARENA_ARRAY(a, struct hs_join, n);
    struct crm_placing **by = ARENA_ARRAY(a, struct crm_placing *, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        bool open = p[i].outcome == CRM_NOT_SENT, leaves = p[i].leaves && p[i].was.n;
        if (how == HS_JOIN      ? open && p[i].to.n > 0
            : how == HS_UNLABEL ? open && p[i].to.n == 0 && !leaves
                                : leaves && (p[i].written || (open && p[i].to.n == 0))) {
            by[count] = &p[i];
            j[count++] =
                (struct hs_join){.from = p[i].id, .to = how == HS_JOIN ? p[i].to : p[i].was};
        }
    }
    bool ok = count == 0 || hs_write_joins(hs, a, &of, j, count, e);
    for (size_t i = 0; i < count; i++)
        settle(by[i], &j[i]);
    return ok;
}

/* U17: who is primary after the primary one was taken away is read again. */
static bool look_again(struct crm *crm, struct arena *a, struct crm_placing *p, size_t n,
                       struct err *e)
{
    struct crm_placing *again = ARENA_ARRAY(a, struct crm_placing, n);
    size_t *of = ARENA_ARRAY(a, size_t, n), count = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i].written && (p[i].to.n == 0 || p[i].leaves)) {
            of[count] = i;
            again[count++] = (struct crm_placing){.id = p[i].id};
        }
    if (count == 0)
        return true;
    if (!look(crm, a, again, count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        p[of[i]].now = again[i].now;
    return true;
}

static bool any(const struct crm_placing *p, size_t n, enum crm_outcome outcome)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].outcome == outcome)
            return true;
    return false;
}

static bool place_some(struct crm *crm, struct arena *a, struct crm_placing *p, size_t n,
                       struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    bool *sent = ARENA_ARRAY(a, bool, n), *joined = ARENA_ARRAY(a, bool, n);
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
        if (!look(crm, a, p, n, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            p[i].written = sent[i] && p[i].outcome == CRM_DONE; /* whose answer was lost, too */
            p[i].joined = joined[i] = sent[i] ? joined[i] : p[i].joined;
            sent[i] = sent[i] || p[i].outcome == CRM_NOT_SENT;
        }
        if (!any(p, n, CRM_NOT_SENT))
            break;
        if (!write(hs, a, p, n, HS_JOIN, e) || !write(hs, a, p, n, HS_UNLABEL, e) ||
            !write(hs, a, p, n, HS_PART, e)) {
            if (e->kind != ERR_REJECTED && e->kind != ERR_REFUSED)
                return false;
            for (size_t i = 0; i < n; i++) /* without the right to edit contacts, say */
                if (p[i].outcome == CRM_NOT_SENT) {
                    p[i].outcome = CRM_REJECTED;
                    p[i].err = *e;
                }
            break;
        }
        if (!any(p, n, CRM_UNKNOWN))
            break;
    }
    return look_again(crm, a, p, n, e);
}

bool hs_place(struct crm *crm, struct arena *a, struct crm_placing *p, size_t n, bool only_look,
              struct err *e)
{
    for (size_t at = 0; at < n; at += HS_PAIRS_READ_MAX) {
        size_t some = MIN(n - at, (size_t)HS_PAIRS_READ_MAX);
        if (!(only_look ? look : place_some)(crm, a, p + at, some, e))
            return err_wrap(e, "giving contacts their primary company");
    }
    return true;
}
