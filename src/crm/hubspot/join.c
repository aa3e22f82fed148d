/* Associations written in batches (H15.11, H15.12), each with an outcome of its own. What is
 * refused as a whole, or by an answer that does not say which, is halved until one is alone (H7.7).
 */
#include <string.h>

#include "crm/hubspot/hs_p.h"

static struct str body_of(struct arena *a, const struct hs_joining *of, struct hs_join *const *j,
                          size_t n)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, S("{\"inputs\":["));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"from\":{\"id\":") : S("{\"from\":{\"id\":"));
        json_quote(&b, j[i]->from);
        buf_str(&b, of->how == HS_PART ? S("},\"to\":[{\"id\":") : S("},\"to\":{\"id\":"));
        json_quote(&b, j[i]->to);
        if (of->how == HS_PART)
            buf_str(&b, S("}]}"));
        else
            buf_fmt(&b,
                    "},\"types\":[{\"associationCategory\":\"HUBSPOT_DEFINED\","
                    "\"associationTypeId\":%d}]}",
                    of->type);
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* H15.13 gives no code for it: by any of the places that name a limit. */
static bool is_limit(yyjson_val *entry)
{
    static const char *const places[] = {"subCategory", "category", "message"};
    for (size_t i = 0; i < LEN(places); i++) {
        struct str text = json_get(entry, places[i]);
        if (str_find(text, S("LIMIT_EXCEEDED")) >= 0 || str_find(text, S("limit")) >= 0)
            return true;
    }
    return false;
}

static void reject(struct hs_join *j, int status, yyjson_val *entry)
{
    hs_error(status, entry, &j->err);
    j->err.kind = ERR_REJECTED;
    j->outcome = CRM_REJECTED;
    const char *code = status != 400                                  ? NULL
                       : is_limit(entry)                              ? "association_limit"
                       : strcmp(j->err.code, "VALIDATION_ERROR") == 0 ? "association_refused"
                                                                      : NULL;
    if (!code)
        return;
    memcpy(j->err.code, code, strlen(code) + 1);
    j->err.hint[0] = '\0'; /* the way out goes by the code */
}

/* No verdict on any of them: what is certain (H7.6, S8.2). */
static void not_judged(struct hs_join *const *j, size_t n, const struct http_exchange *x,
                       const struct err *why)
{
    bool effect = x->unknown || (x->answered && (x->res.status < 300 || x->res.status >= 500));
    for (size_t i = 0; i < n; i++) {
        j[i]->outcome = effect ? CRM_UNKNOWN : CRM_AGAIN;
        j[i]->err = *why;
        j[i]->err.kind = ERR_RETRY;
    }
}

static void mark(struct hs_join *const *j, size_t n, yyjson_val *root, enum hs_join_how how)
{
    yyjson_val *entry;
    yyjson_arr_iter it;
    bool all = how != HS_JOIN && yyjson_arr_size(yyjson_obj_get(root, "errors")) == 0;
    for (size_t i = 0; i < n; i++)
        j[i]->outcome = all ? CRM_DONE : CRM_NOT_SENT; /* a removal's answer names nobody */
    yyjson_arr_iter_init(yyjson_obj_get(root, "results"), &it);
    while ((entry = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(entry, "fromObjectId");
        for (size_t i = 0; i < n; i++)
            if (str_eq(j[i]->from, id))
                j[i]->outcome = CRM_DONE;
    }
}

/* False: the place refuses. */
static bool send(struct hubspot *hs, struct arena *a, const struct hs_joining *of,
                 struct hs_join **j, size_t n, struct err *e)
{
    static const char *const calls[] = {
        [HS_JOIN] = "create", [HS_UNLABEL] = "labels/archive", [HS_PART] = "archive"};
    struct http_exchange x = {
        .req = {.method = HTTP_POST,
                .path = str_fmt(a, "/crm/associations/" HS_LINK_VERSION "/%s/%s/batch/%s", of->from,
                                of->to, calls[of->how]),
                .body = body_of(a, of, j, n),
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
        mark(j, n, root, status == 204 ? HS_PART : of->how);
    else if (status != 400 && status != 404 && status != 409) {
        bool passing = !x.answered || status < 400 || status >= 500 || status == 401 ||
                       status == 423 || status == 429 || status == 477;
        if (passing)
            not_judged(j, n, &x, &why);
        else
            *e = why;
        return passing;
    }
    for (size_t i = 0; i < n; i++) /* those without a verdict come first */
        if (j[i]->outcome == CRM_NOT_SENT) {
            struct hs_join *open = j[i];
            j[i] = j[left];
            j[left++] = open;
        }
    if (left == 0)
        return true;
    if (left == 1) {
        entry = ok ? yyjson_arr_get_first(yyjson_obj_get(root, "errors")) : root;
        reject(j[0], ok && entry ? hs_entry_status(entry) : ok ? 400 : status, entry);
        return true;
    }
    return send(hs, a, of, j, left / 2, e) && send(hs, a, of, j + left / 2, left - left / 2, e);
}

bool hs_write_joins(struct hubspot *hs, struct arena *a, const struct hs_joining *of,
                    struct hs_join *all, size_t n, struct err *e)
{
    size_t most = of->how == HS_JOIN ? HS_PAIRS_READ_MAX : HS_BATCH_RECORDS_MAX; /* H15.12 */
    struct hs_join **j = ARENA_ARRAY(a, struct hs_join *, n);
    for (size_t i = 0; i < n; i++)
        j[i] = &all[i];
    for (size_t at = 0; at < n; at += most)
        if (!send(hs, a, of, j + at, MIN(most, n - at), e))
            return false;
    return true;
}
