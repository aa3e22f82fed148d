/* place: contacts get an account, or another one (S3.7, S11.1), 200 a call, each read in the call
 * before. */
#include "base/limits.h"
#include "crm/salesforce/sf_p.h"
#include "text/sfid.h"

#define PLACE_IDS MIN(SF_COLLECTION_RECORDS_MAX, SF_IN_MAX)

/* What the batch is like now; those left CRM_NOT_SENT are to be written. */
static bool look(struct salesforce *sf, struct arena *a, struct crm_placing *p, size_t n,
                 struct err *e)
{
    struct str *ids = ARENA_ARRAY(a, struct str, n);
    struct buf soql;
    yyjson_val *root, *rec;
    yyjson_arr_iter it;
    int64_t asked_ms;
    for (size_t i = 0; i < n; i++) {
        ids[i] = p[i].id;
        p[i].now = STR_NONE;
        p[i].found = false;
        p[i].outcome = CRM_CHANGED; /* until it is seen to be where it is expected */
    }
    buf_init(&soql, SF_URI_BYTES);
    buf_str(&soql, S("SELECT Id, AccountId FROM Contact WHERE Id IN ("));
    sf_list(a, &soql, ids, 0, n, SF_URI_BYTES);
    buf_char(&soql, ')');
    bool ok = sf_query(sf, a, str_dup(a, buf_view(&soql)), false, &root, &asked_ms, e);
    buf_release(&soql);
    if (!ok)
        return false;
    for (bool more = true; more;) {
        yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
        while ((rec = yyjson_arr_iter_next(&it))) {
            struct str id = sfid18(a, json_get(rec, "Id"));
            struct str account = sfid18(a, json_get(rec, "AccountId"));
            for (size_t i = 0; i < n; i++)
                if (str_eq(p[i].id, id)) {
                    p[i].found = true;
                    p[i].now = account;
                    p[i].outcome = str_eq(account, p[i].to)    ? CRM_DONE
                                   : str_eq(account, p[i].was) ? CRM_NOT_SENT
                                                               : CRM_CHANGED;
                }
        }
        if (!sf_query_next(sf, a, &root, &more, e))
            return false;
    }
    return true;
}

static struct str body_of(struct arena *a, struct crm_placing *const *p, size_t n)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, S("{\"allOrNone\":false,\"records\":["));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"attributes\":{\"type\":\"Contact\"},\"id\":")
                      : S("{\"attributes\":{\"type\":\"Contact\"},\"id\":"));
        json_quote(&b, p[i]->id);
        buf_str(&b, S(",\"AccountId\":"));
        if (p[i]->to.n)
            json_quote(&b, p[i]->to);
        else
            buf_str(&b, S("null"));
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static void refused(struct crm_placing *p, int status, yyjson_val *why)
{
    sf_error(status, why, &p->err);
    p->outcome = p->err.kind == ERR_RETRY   ? CRM_AGAIN
                 : p->err.kind == ERR_STALE ? CRM_CHANGED
                                            : CRM_REJECTED;
}

/* One entry a record, in input order (SF 8.2). What is not told of is read again: the same write
 * once more changes nothing. */
static void read_answer(struct crm_placing *const *p, size_t n, yyjson_val *root)
{
    yyjson_val *item;
    yyjson_arr_iter it;
    size_t i = 0;
    yyjson_arr_iter_init(root, &it);
    while ((item = yyjson_arr_iter_next(&it)) && i < n) {
        struct crm_placing *one = p[i++];
        one->written = json_bool(yyjson_obj_get(item, "success"), false);
        one->outcome = CRM_DONE;
        if (one->written)
            one->now = one->to;
        else
            refused(one, 400, yyjson_obj_get(item, "errors"));
    }
    for (; i < n; i++) {
        p[i]->outcome = CRM_AGAIN;
        err_set(&p[i]->err, ERR_RETRY, "no_outcome",
                "salesforce's answer does not say what became of it");
    }
}

/* An answer that is lost is looked at, never sent again as it stands (S8.2). */
#define LOOKS_MAX 3

static bool place_some(struct salesforce *sf, struct arena *a, struct crm_placing *p, size_t n,
                       struct err *e)
{
    struct crm_placing **send = ARENA_ARRAY(a, struct crm_placing *, n);
    yyjson_val *root;
    size_t sends = 0, sent;
    bool lost = true;
    for (int looks = 0; lost && looks < LOOKS_MAX; looks++) {
        sent = sends;
        sends = 0;
        if (!look(sf, a, p, n, e))
            return false;
        for (size_t i = 0; i < sent; i++)
            send[i]->written = send[i]->outcome == CRM_DONE;
        for (size_t i = 0; i < n; i++)
            if (p[i].outcome == CRM_NOT_SENT)
                send[sends++] = &p[i];
        if (sends == 0)
            return true;
        struct http_exchange x = {
            .req = {.method = HTTP_PATCH,
                    .path = str_fmt(a, "%.*s/composite/sobjects", STR_ARG(sf->data)),
                    .body = body_of(a, send, sends),
                    .timeout_ms = SF_LONG_MS}};
        sf_headers(&x.req);
        if (sf_call(sf, a, &x, &root, e)) {
            read_answer(send, sends, root);
            return true;
        }
        lost = x.unknown;
    }
    if (e->kind != ERR_REJECTED && e->kind != ERR_REFUSED)
        return false;
    for (size_t i = 0; i < sends; i++) { /* without the right to edit contacts, say */
        send[i]->outcome = CRM_REJECTED;
        send[i]->err = *e;
    }
    return true;
}

bool sf_place(struct crm *crm, struct arena *a, struct crm_placing *p, size_t n, bool only_look,
              struct err *e)
{
    for (size_t at = 0; at < n; at += PLACE_IDS) {
        size_t some = MIN(n - at, (size_t)PLACE_IDS);
        if (!(only_look ? look : place_some)(sf_of(crm), a, p + at, some, e))
            return err_wrap(e, "moving contacts between accounts");
    }
    return true;
}
