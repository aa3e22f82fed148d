/* Parent companies: read as a property, written as associations of child to parent (H11.8, H15).
 *
 * They go before the properties of the same record, so that one that is refused can be left out and
 * the rest be sent (S15.5). A company has one parent: the old one's label goes first. Only that is
 * taken away, never a pair that people may have given other labels (H15.4). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

#define CHILD_TO_PARENT 14 /* H15.2 */

enum { ADD, REMOVE };

struct parent { /* one write's */
    struct crm_write *w;
    size_t set;
    bool told; /* of the call at work: its answer says what became of it */
};

static const struct value *wanted(const struct parent *p, int what)
{
    const struct crm_set *s = &p->w->set[p->set];
    return what == ADD ? &s->value : &s->old;
}

static struct str body_of(struct arena *a, struct parent *const *p, size_t n, int what)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, S("{\"inputs\":["));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"from\":{\"id\":") : S("{\"from\":{\"id\":"));
        json_quote(&b, p[i]->w->id);
        buf_str(&b, S("},\"to\":{\"id\":"));
        json_quote(&b, wanted(p[i], what)->text);
        buf_fmt(&b,
                "},\"types\":[{\"associationCategory\":\"HUBSPOT_DEFINED\","
                "\"associationTypeId\":%d}]}",
                CHILD_TO_PARENT);
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static void reject(const struct hubspot *hs, struct parent *p, int status, yyjson_val *entry)
{
    struct crm_write *w = p->w;
    hs_error(status, entry, &w->err);
    w->err.kind = ERR_REJECTED;
    err_subject(&w->err, hs->m->map[w->set[p->set].map].name[SIDE_HS]);
    w->outcome = CRM_REJECTED;
    w->bad_set = p->set;
}

/* No verdict on any of them: what is certain (H7.6, S8.2). */
static void not_judged(struct parent *const *p, size_t n, const struct http_exchange *x,
                       const struct err *why)
{
    bool effect = x->unknown || (x->answered && (x->res.status < 300 || x->res.status >= 500));
    for (size_t i = 0; i < n; i++) {
        p[i]->w->outcome = effect ? CRM_UNKNOWN : CRM_AGAIN;
        p[i]->w->err = *why;
        p[i]->w->err.kind = ERR_RETRY;
    }
}

static void mark(struct parent *const *p, size_t n, yyjson_val *root, int what)
{
    yyjson_val *entry;
    yyjson_arr_iter it;
    bool all = what == REMOVE && yyjson_arr_size(yyjson_obj_get(root, "errors")) == 0;
    for (size_t i = 0; i < n; i++)
        p[i]->told = all; /* a removal's answer names nobody */
    yyjson_arr_iter_init(yyjson_obj_get(root, "results"), &it);
    while ((entry = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(entry, "fromObjectId");
        for (size_t i = 0; i < n; i++)
            p[i]->told = p[i]->told || str_eq(p[i]->w->id, id);
    }
}

/* Refused as a whole, or by an answer that does not say which: halved until one is alone (H7.7).
 * False: the place refuses. */
static bool send(struct hubspot *hs, struct arena *a, struct parent **p, size_t n, int what,
                 struct err *e)
{
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = what == ADD
                                                  ? S("/crm/associations/" HS_LINK_VERSION
                                                      "/companies/companies/batch/create")
                                                  : S("/crm/associations/" HS_LINK_VERSION
                                                      "/companies/companies/batch/labels/archive"),
                                      .body = body_of(a, p, n, what),
                                      .timeout_ms = HS_BATCH_TIMEOUT_MS}}; /* S8.2 */
    yyjson_val *root = NULL, *entry = NULL;
    struct err why;
    bool ok = hs_call(hs, a, &x, &root, &why);
    int status = x.res.status;
    size_t left = 0;
    if (!x.answered && x.attempts == 0) {
        *e = why;
        return false;
    }
    if (ok)
        mark(p, n, root, what);
    else if (x.answered && status == 204)
        return true;
    else if (status != 400 && status != 404 && status != 409) {
        bool passing = !x.answered || status < 400 || status >= 500 || status == 401 ||
                       status == 423 || status == 429 || status == 477;
        if (passing)
            not_judged(p, n, &x, &why);
        else
            *e = why;
        return passing;
    }
    for (size_t i = 0; i < n; i++) /* those without a verdict come first */
        if (!ok || !p[i]->told) {
            struct parent *open = p[i];
            p[i] = p[left];
            p[left++] = open;
        }
    if (left == 0)
        return true;
    if (left == 1) {
        entry = ok ? yyjson_arr_get_first(yyjson_obj_get(root, "errors")) : root;
        reject(hs, p[0], ok && entry ? hs_entry_status(entry) : ok ? 400 : status, entry);
        return true;
    }
    return send(hs, a, p, left / 2, what, e) && send(hs, a, p + left / 2, left - left / 2, what, e);
}

static bool send_all(struct hubspot *hs, struct arena *a, struct parent *all, size_t n, int what,
                     struct err *e)
{
    struct parent **p = ARENA_ARRAY(a, struct parent *, n);
    size_t count = 0, most = HS_BATCH_RECORDS_MAX; /* a removal's limit (H15.12) */
    for (size_t i = 0; i < n; i++) {
        const struct value *v = wanted(&all[i], what), *other = wanted(&all[i], !what);
        if (all[i].w->outcome == CRM_NOT_SENT && v->state == VALUE_TEXT && !value_eq(v, other))
            p[count++] = &all[i];
    }
    if (what == ADD)
        most = HS_PAIRS_READ_MAX;
    for (size_t at = 0; at < count; at += most)
        if (!send(hs, a, p + at, MIN(most, count - at), what, e))
            return err_wrap(e, "writing parent companies");
    return true;
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
    if (!send_all(hs, a, all, count, REMOVE, e) || !send_all(hs, a, all, count, ADD, e))
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
