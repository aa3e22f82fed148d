/* Parent companies: read as a property, written as associations of child to parent (H11.8, H15).
 *
 * They go before the properties of the same record, so that one that is refused can be left out and
 * the rest be sent (S15.5). A company has one parent: the old one's label goes first. Only that is
 * taken away, never a pair that people may have given other labels (H15.4). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

#define CHILD_TO_PARENT 14 /* H15.2 */

struct parent { /* one write's */
    struct crm_write *w;
    size_t set;
};

static const struct value *wanted(const struct parent *p, enum hs_join_how how)
{
    const struct crm_set *s = &p->w->set[p->set];
    return how == HS_JOIN ? &s->value : &s->old;
}

static void settle(const struct hubspot *hs, struct arena *a, const struct parent *p,
                   const struct hs_join *j)
{
    struct crm_write *w = p->w;
    if (j->outcome == CRM_DONE || j->outcome == CRM_NOT_SENT)
        return;
    w->outcome = j->outcome;
    w->err = err_dup(a, &j->err);
    if (j->outcome != CRM_REJECTED)
        return;
    err_subject(w->err, hs->m->map[w->set[p->set].map].name[SIDE_HS]);
    w->bad_set = p->set;
}

static bool send_all(struct hubspot *hs, struct arena *a, const struct parent *all, size_t n,
                     enum hs_join_how how, struct err *e)
{
    const struct hs_joining of = {"companies", "companies", CHILD_TO_PARENT, how};
    struct hs_join *j = ARENA_ARRAY(a, struct hs_join, n);
    const struct parent **by = ARENA_ARRAY(a, const struct parent *, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct value *v = wanted(&all[i], how),
                           *other = wanted(&all[i], how == HS_JOIN ? HS_UNLABEL : HS_JOIN);
        if (all[i].w->outcome != CRM_NOT_SENT || v->state != VALUE_TEXT || value_eq(v, other))
            continue;
        by[count] = &all[i];
        j[count++] = (struct hs_join){.from = all[i].w->id, .to = v->text};
    }
    bool ok = hs_write_joins(hs, a, &of, j, count, e);
    for (size_t i = 0; i < count; i++)
        settle(hs, a, by[i], &j[i]);
    return ok || err_wrap(e, "writing parent companies");
}

bool hs_write_parents(struct hubspot *hs, struct arena *a, struct crm_write *w, size_t n,
                      struct err *e)
{
    struct parent *all = ARENA_ARRAY(a, struct parent, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < w[i].sets; k++)
            if (hs_is_parent(hs, &w[i].set[k]))
                all[count++] = (struct parent){.w = &w[i], .set = k};
    if (count == 0)
        return true;
    if (!send_all(hs, a, all, count, HS_UNLABEL, e) || !send_all(hs, a, all, count, HS_JOIN, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct crm_write *one = all[i].w;
        if (one->outcome != CRM_NOT_SENT || one->sets > 1 || one->key.n || one->clear_key)
            continue;
        one->outcome = CRM_DONE; /* nothing else is to be written */
        one->new_id = one->id;
    }
    return true;
}
