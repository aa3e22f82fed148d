/* filled: how many accounts hold a value in a field. COUNT(f) of many fields is one row of one call
 * (SF 5.1); what cannot be counted so but filtered by is a call each; long text can be neither. */
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/url.h"

/* What Salesforce will not count stays unknown; false = the run must not go on. */
static bool ask(struct salesforce *sf, struct arena *a, struct str soql, yyjson_val **root,
                struct err *e)
{
    int64_t asked;
    *root = NULL;
    if (sf_query(sf, a, soql, false, root, &asked, e))
        return true;
    *root = NULL;
    return e->kind == ERR_REJECTED || strcmp(e->code, "QUERY_TIMEOUT") == 0 ||
           err_wrap(e, "counting the accounts with a value");
}

/* As many of f[from..n) as an address takes; *to = the first that is left. */
static bool count_many(struct salesforce *sf, struct arena *a, struct crm_filled *f, size_t from,
                       size_t n, size_t *to, struct err *e)
{
    struct str list = S("");
    yyjson_val *root;
    size_t at = 0;
    for (*to = from; *to < n && url_encoded(a, list).n < SF_URI_BYTES / 2; ++*to)
        if (f[*to].field->aggregatable)
            list = str_fmt(a, "%.*s%sCOUNT(%.*s)", STR_ARG(list), list.n ? ", " : "",
                           STR_ARG(f[*to].field->name));
    if (!list.n)
        return true;
    if (!ask(sf, a, str_fmt(a, "SELECT %.*s FROM Account", STR_ARG(list)), &root, e))
        return false;
    yyjson_val *row = yyjson_arr_get_first(yyjson_obj_get(root, "records"));
    for (size_t i = from; i < *to; i++) {
        char name[32];
        if (!f[i].field->aggregatable)
            continue;
        snprintf(name, sizeof(name), "expr%zu", at++);
        int64_t count = json_i64(yyjson_obj_get(row, name), -1);
        f[i].known = count >= 0;
        f[i].n = f[i].known ? (uint64_t)count : 0;
    }
    return true;
}

static bool count_one(struct salesforce *sf, struct arena *a, struct crm_filled *f, struct err *e)
{
    const char *is = f->field->type == FIELD_BOOL ? "= true" : "!= null";
    yyjson_val *root;
    struct str soql =
        str_fmt(a, "SELECT COUNT() FROM Account WHERE %.*s %s", STR_ARG(f->field->name), is);
    if (!ask(sf, a, soql, &root, e))
        return false;
    int64_t count = json_i64(yyjson_obj_get(root, "totalSize"), -1);
    f->known = count >= 0;
    f->n = f->known ? (uint64_t)count : 0;
    return true;
}

bool sf_filled(struct crm *crm, struct arena *a, struct crm_filled *f, size_t n, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    for (size_t i = 0; i < n; i++)
        f[i].known = false;
    for (size_t from = 0, to; from < n; from = to)
        if (!count_many(sf, a, f, from, n, &to, e))
            return false;
    for (size_t i = 0; i < n; i++)
        if (!f[i].field->aggregatable && f[i].field->filterable && !count_one(sf, a, &f[i], e))
            return false;
    return true;
}
