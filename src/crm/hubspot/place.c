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
        p[i].stays = false;
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
            p[i].stays = p[i].stays || (p[i].leaves && str_eq(pair[k].company, p[i].was));
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

/* A company that it is to leave for another is taken off once that is the primary one, and what
 * comes of it is told apart. */
static void settle_part(struct crm_placing *p, const struct hs_join *j)
{
    if (p->to.n == 0)
        settle(p, j);
    p->stays = j->outcome != CRM_DONE;
    p->written = p->written || !p->stays;
    p->err = j->err;
}

static bool goes(const struct crm_placing *p, enum hs_join_how how)
{
    bool open = p->outcome == CRM_NOT_SENT, parts = p->leaves && p->was.n;
    switch (how) {
    case HS_JOIN:
        return open && p->to.n;
    case HS_UNLABEL:
        return open && !p->to.n && !parts;
    default:
        return p->to.n ? p->stays && p->outcome == CRM_DONE : open && parts;
    }
}

/* The pairs of those that are of this kind. */
static bool write(struct hubspot *hs, struct arena *a, struct crm_placing *p, size_t n,
                  enum hs_join_how how, struct err *e)
{
    const struct hs_joining of = {"contacts", "companies", CONTACT_TO_COMPANY_PRIMARY, how};
    struct hs_join *j = ARENA_ARRAY(a, struct hs_join, n);
    struct crm_placing **by = ARENA_ARRAY(a, struct crm_placing *, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (goes(&p[i], how)) {
            by[count] = &p[i];
            j[count++] =
                (struct hs_join){.from = p[i].id, .to = how == HS_JOIN ? p[i].to : p[i].was};
        }
    bool ok = count == 0 || hs_write_joins(hs, a, &of, j, count, e);
    for (size_t i = 0; i < count; i++)
        (how == HS_PART ? settle_part : settle)(by[i], &j[i]);
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

/* After a look: what of it is done, and is there anything left to send? */
static bool judge(struct crm_placing *p, size_t n, bool *sent, bool *joined)
{
    bool some = false;
    for (size_t i = 0; i < n; i++) {
        if (sent[i] && p[i].leaves && !p[i].to.n && !p[i].stays)
            p[i].outcome = CRM_DONE; /* another may be primary instead (U17) */
        p[i].written = sent[i] && p[i].outcome == CRM_DONE; /* whose answer was lost, too */
        p[i].joined = joined[i] = sent[i] ? joined[i] : p[i].joined;
        bool open = p[i].outcome == CRM_NOT_SENT || goes(&p[i], HS_PART);
        sent[i] = sent[i] || open;
        some = some || open;
    }
    return some;
}

/* The place refuses: without the right to edit contacts, say. */
static void refuse(struct crm_placing *p, size_t n, const struct err *why)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].outcome == CRM_NOT_SENT || goes(&p[i], HS_PART)) {
            p[i].outcome = p[i].outcome == CRM_NOT_SENT ? CRM_REJECTED : p[i].outcome;
            p[i].err = *why;
        }
}

static bool is_lost(const struct crm_placing *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].outcome == CRM_UNKNOWN ||
            (p[i].outcome == CRM_DONE && p[i].stays && p[i].err.kind == ERR_RETRY))
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
        if (!judge(p, n, sent, joined))
            break;
        if (!write(hs, a, p, n, HS_JOIN, e) || !write(hs, a, p, n, HS_UNLABEL, e) ||
            !write(hs, a, p, n, HS_PART, e)) {
            if (e->kind != ERR_REJECTED && e->kind != ERR_REFUSED)
                return false;
            refuse(p, n, e);
            break;
        }
        if (!is_lost(p, n))
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
