/* Writing accounts: collections of 200, by id or by our key; each record judged by itself (SF 8.2).
 */
#include <string.h>

#include "crm/salesforce/sf_p.h"

struct batch {
    size_t *of;
    size_t n;
    bool create;
};

static void put_value(struct buf *b, const struct mapping *m, const struct value *v)
{
    enum field_type t = m->meta[SIDE_SF].type;
    if (v->state != VALUE_TEXT)
        buf_str(b, t == FIELD_BOOL ? S("false") : S("null")); /* explicit null clears (SF 3) */
    else if (t == FIELD_BOOL || t == FIELD_NUMBER)
        buf_str(b, v->text); /* canonical: a JSON number or literal */
    else
        json_quote(b, v->text);
}

static void put_record(struct salesforce *sf, struct buf *b, const struct crm_write *w)
{
    buf_str(b, S("{\"attributes\":{\"type\":\"Account\"}"));
    if (!w->create) {
        buf_str(b, S(",\"id\":"));
        json_quote(b, w->id);
    }
    if (w->key.n) {
        buf_char(b, ',');
        json_quote(b, sf->key);
        buf_fmt(b, ":\"%.*s:%.*s\"", STR_ARG(sf->portal), STR_ARG(w->key));
    }
    for (size_t i = 0; i < w->sets; i++) {
        const struct mapping *m = &sf->m->map[w->set[i].map];
        buf_char(b, ',');
        json_quote(b, m->meta[SIDE_SF].name);
        buf_char(b, ':');
        put_value(b, m, &w->set[i].value);
    }
    buf_char(b, '}');
}

static void fill_exchange(struct salesforce *sf, struct arena *a, const struct crm_write *w,
                          const struct batch *batch, struct http_exchange *x)
{
    struct buf b;
    buf_init(&b, HTTP_BODY_BYTES_MAX);
    buf_str(&b, S("{\"allOrNone\":false,\"records\":["));
    for (size_t i = 0; i < batch->n; i++) {
        if (i)
            buf_char(&b, ',');
        put_record(sf, &b, &w[batch->of[i]]);
    }
    buf_str(&b, S("]}"));
    x->req = (struct http_request){
        .method = HTTP_PATCH,
        .path = batch->create ? str_fmt(a, "%.*s/composite/sobjects/Account/%.*s",
                                        STR_ARG(sf->data), STR_ARG(sf->key))
                              : str_fmt(a, "%.*s/composite/sobjects", STR_ARG(sf->data)),
        .body = str_dup(a, buf_view(&b)),
        .timeout_ms = SF_LONG_MS,
        .repeatable = true /* by key, or by id with the same values */};
    buf_release(&b);
}

static void refuse(struct salesforce *sf, struct crm_write *w, int status, yyjson_val *why)
{
    sf_error(status, why, &w->err);
    w->outcome = w->err.kind == ERR_RETRY ? CRM_AGAIN : CRM_REJECTED;
    w->bad_set = SIZE_MAX;
    for (size_t i = 0; w->err.subject[0] && i < w->sets; i++)
        if (str_eq_nocase(sf->m->map[w->set[i].map].meta[SIDE_SF].name, str_from(w->err.subject)))
            w->bad_set = i;
}

static bool too_many_retries(yyjson_val *why)
{
    return str_find(json_get(yyjson_arr_get_first(why), "message"), S("Too many batch retries")) >=
           0;
}

/* One entry a record, in input order. Returns whether the batch must be halved (SF 8.2). */
static bool read_answer(struct salesforce *sf, struct crm_write *w, const struct batch *batch,
                        yyjson_val *root)
{
    yyjson_val *item;
    yyjson_arr_iter it;
    size_t i = 0;
    bool halve = false;
    yyjson_arr_iter_init(root, &it);
    while ((item = yyjson_arr_iter_next(&it)) && i < batch->n) {
        struct crm_write *one = &w[batch->of[i++]];
        yyjson_val *errors = yyjson_obj_get(item, "errors");
        if (!json_bool(yyjson_obj_get(item, "success"), false)) {
            halve = halve || too_many_retries(errors);
            refuse(sf, one, 400, errors);
            continue;
        }
        one->outcome = CRM_DONE;
        one->new_id = json_get(item, "id");
        one->created = json_bool(yyjson_obj_get(item, "created"), false);
    }
    for (; i < batch->n; i++) {
        w[batch->of[i]].outcome = CRM_UNKNOWN;
        err_set(&w[batch->of[i]].err, ERR_RETRY, "no_outcome",
                "salesforce's answer does not say what became of it");
    }
    return halve && batch->n > 1;
}

static bool settle(struct salesforce *sf, struct arena *a, struct crm_write *w,
                   const struct batch *batch, const struct http_exchange *x, struct err *fatal,
                   bool *stop)
{
    yyjson_val *root = NULL;
    struct err why;
    int status = x->res.status;
    bool json = x->answered && json_parse(a, x->res.body, &root, &why);
    if (json && status == 200 && yyjson_is_arr(root))
        return read_answer(sf, w, batch, root);
    if (!x->answered && x->attempts == 0)
        return false;
    bool judged = x->answered && status >= 400 && status < 500;
    if (judged && status == 403) {
        sf_error(status, root, fatal);
        fatal->kind = ERR_REFUSED;
        *stop = true;
    }
    for (size_t i = 0; i < batch->n; i++) {
        struct crm_write *one = &w[batch->of[i]];
        if (judged && status != 403) {
            refuse(sf, one, status, root);
            continue;
        }
        one->outcome = judged || (!x->answered && !x->unknown) ? CRM_AGAIN : CRM_UNKNOWN;
        if (x->answered)
            sf_error(status, root, &one->err);
        else
            one->err = x->err;
    }
    return false;
}

static size_t cut(struct arena *a, const struct crm_write *w, size_t n, struct batch *out)
{
    size_t count = 0;
    for (int create = 0; create < 2; create++) {
        struct batch *open = NULL;
        for (size_t i = 0; i < n; i++) {
            if (w[i].create != (create == 1))
                continue;
            if (!open || open->n == SF_COLLECTION_RECORDS_MAX) {
                open = &out[count++];
                *open =
                    (struct batch){ARENA_ARRAY(a, size_t, SF_COLLECTION_RECORDS_MAX), 0, create};
            }
            open->of[open->n++] = i;
        }
    }
    return count;
}

bool sf_write(struct crm *crm, struct arena *a, struct crm_write *w, size_t n, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    struct batch *batch = ARENA_ARRAY(a, struct batch, 2 * n + 2);
    bool stop = false;
    for (size_t i = 0; i < n; i++) {
        w[i].outcome = CRM_NOT_SENT;
        w[i].bad_set = SIZE_MAX;
    }
    size_t count = cut(a, w, n, batch);
    while (count > 0 && !stop) {
        struct http_exchange *x = ARENA_ARRAY(a, struct http_exchange, count);
        struct batch *halves = ARENA_ARRAY(a, struct batch, 2 * count);
        size_t again = 0;
        for (size_t i = 0; i < count; i++)
            fill_exchange(sf, a, w, &batch[i], &x[i]);
        bool ok = http_run(crm->http, a, x, count, e);
        for (size_t i = 0; i < count; i++) {
            if (!settle(sf, a, w, &batch[i], &x[i], e, &stop))
                continue;
            size_t half = batch[i].n / 2;
            halves[again++] = (struct batch){batch[i].of, half, batch[i].create};
            halves[again++] =
                (struct batch){batch[i].of + half, batch[i].n - half, batch[i].create};
        }
        if (!ok)
            return false;
        batch = halves;
        count = again;
    }
    return !stop;
}
