/* touched: did a person edit an account, or does anything hang on it? (S12.4) A delete cascades (SF
 * 6), so what our user may not see counts as in the way. */
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/sfid.h"

struct looking {
    struct salesforce *sf;
    struct arena *a;
    const struct str *ids;
    size_t n;
    struct crm_touch *out;
};

static struct crm_touch *of(struct looking *l, struct str id)
{
    struct str full = sfid18(l->a, id);
    for (size_t i = 0; full.n && i < l->n; i++)
        if (str_eq(sfid18(l->a, l->ids[i]), full))
            return &l->out[i];
    return NULL;
}

static void take(struct looking *l, yyjson_val *records, const char *what)
{
    bool contacts = what && strcmp(what, "contacts") == 0;
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(records, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        struct crm_touch *t = of(l, json_get(obj, what ? "AccountId" : "Id"));
        if (!t)
            continue;
        struct str by = sfid18(l->a, json_get(obj, "LastModifiedById"));
        if (what) {
            t->contacts += contacts;
            t->attached = t->attached || !contacts;
            t->what = str_from(what);
        } else if (!str_eq(by, sfid18(l->a, l->sf->user_id))) {
            t->edited = true;
            t->by = by;
        }
    }
}

/* INVALID_TYPE: the type is not there for our user. */
static bool look(struct looking *l, const char *type, const char *what, struct err *e)
{
    for (size_t at = 0; at < l->n;) {
        struct buf list;
        yyjson_val *root;
        int64_t asked;
        buf_init(&list, 64 * KIB);
        at = sf_list(l->a, &list, l->ids, at, l->n, SF_URI_BYTES - 500);
        struct str soql = str_fmt(l->a, "SELECT %s FROM %s WHERE %s IN (%.*s)",
                                  what ? "Id, AccountId" : "Id, LastModifiedById", type,
                                  what ? "AccountId" : "Id", STR_ARG(buf_view(&list)));
        buf_release(&list);
        if (!sf_query(l->sf, l->a, soql, false, &root, &asked, e)) {
            if (!what || strcmp(e->code, "INVALID_TYPE") != 0)
                return err_wrap(e, "looking for what hangs on accounts");
            for (size_t i = 0; i < l->n; i++) {
                l->out[i].unseen = true;
                l->out[i].what = str_from(what);
            }
            return true;
        }
        for (bool more = true; more;) {
            take(l, yyjson_obj_get(root, "records"), what);
            if (!sf_query_next(l->sf, l->a, &root, &more, e))
                return false;
        }
    }
    return true;
}

bool sf_touched(struct crm *crm, struct arena *a, const struct str *ids, size_t n,
                struct crm_touch *out, struct err *e)
{
    static const struct {
        const char *type, *what;
    } hanging[] = {{"Contact", "contacts"},
                   {"Opportunity", "opportunities"},
                   {"Case", "cases"},
                   {"Task", "activities"},
                   {"Event", "activities"}};
    struct looking l = {sf_of(crm), a, ids, n, out};
    memset(out, 0, n * sizeof(*out));
    for (size_t i = 0; i < LEN(hanging); i++)
        if (!look(&l, hanging[i].type, hanging[i].what, e))
            return false;
    return look(&l, "Account", NULL, e);
}
