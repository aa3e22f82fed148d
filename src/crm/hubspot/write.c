/* Writing companies: batch upsert by our key, batch update and archive by id, 100 a call. Every
 * input carries a trace id, so that each is judged by itself (H7.4); a batch that is refused as a
 * whole is halved until the bad input stands alone (H7.7). */
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"

enum kind { UPDATE, CREATE, ARCHIVE, KINDS };
static const char *const path_of[KINDS] = {"update", "upsert", "archive"};

struct batch {
    struct http_exchange x; /* first: http_next gives it back */
    size_t *of;             /* which writes */
    size_t n;
    enum kind kind; /* a request does one thing */
};

static enum kind kind_of(const struct crm_write *w)
{
    return w->archive ? ARCHIVE : w->create ? CREATE : UPDATE;
}

static void put_property(struct buf *b, bool first, struct str name, struct str value)
{
    if (!first)
        buf_char(b, ',');
    json_quote(b, name);
    buf_char(b, ':');
    json_quote(b, value); /* "" clears (H6.17) */
}

static struct str wire(const struct mapping *m, const struct value *v)
{
    if (v->state == VALUE_TEXT)
        return v->text;
    return m->meta[SIDE_HS].type == FIELD_BOOL ? S("false") : S("");
}

static void put_input(struct hubspot *hs, struct buf *b, const struct crm_write *w, size_t trace)
{
    bool first = true;
    if (w->archive) { /* nothing but the id (H7) */
        buf_str(b, S("{\"id\":"));
        json_quote(b, w->id);
        buf_char(b, '}');
        return;
    }
    buf_str(b, S("{"));
    if (w->create) {
        buf_str(b, S("\"idProperty\":"));
        json_quote(b, hs->key);
        buf_char(b, ',');
    }
    buf_str(b, S("\"id\":"));
    json_quote(b, w->create ? w->key : w->id);
    buf_fmt(b, ",\"objectWriteTraceId\":\"%zu\",\"properties\":{", trace);
    if (w->key.n || w->clear_key) {
        put_property(b, first, hs->key, w->clear_key ? S("") : w->key);
        first = false;
    }
    if (w->domain.n) {
        put_property(b, first, S("domain"), w->domain);
        first = false;
    }
    for (size_t i = 0; i < w->sets; i++) {
        const struct mapping *m = &hs->m->map[w->set[i].map];
        if (hs_is_parent(hs, &w->set[i]))
            continue;
        put_property(b, first, m->name[SIDE_HS], wire(m, &w->set[i].value));
        first = false;
    }
    buf_str(b, S("}}"));
}

static void fill_exchange(struct hubspot *hs, struct arena *a, const struct crm_write *w,
                          struct batch *batch)
{
    struct http_exchange *x = &batch->x;
    struct buf b;
    buf_init(&b, HTTP_BODY_BYTES_MAX);
    buf_str(&b, S("{\"inputs\":["));
    for (size_t i = 0; i < batch->n; i++) {
        if (i)
            buf_char(&b, ',');
        put_input(hs, &b, &w[batch->of[i]], i);
    }
    buf_str(&b, S("]}"));
    x->req = (struct http_request){
        .method = HTTP_POST,
        .path = str_fmt(a, "%.*s/batch/%s", STR_ARG(hs->objects), path_of[batch->kind]),
        .body = str_dup(a, buf_view(&b)),
        .timeout_ms = HS_BATCH_TIMEOUT_MS,
        .repeatable = batch->kind == ARCHIVE /* what is gone stays so; the rest: S8.2 */};
    buf_release(&b);
}

/* ---- outcomes -------------------------------------------------------------------------------- */

/* H5.9: a value that was stored otherwise than it was sent. */
static yyjson_val *normalized(yyjson_val *obj, struct str name)
{
    yyjson_val *warning;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(obj, "warnings"), &it);
    while ((warning = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(warning, "category"), S("PROPERTY_VALUE_NORMALIZED")) &&
            str_eq(
                json_str(yyjson_arr_get_first(json_at(warning, "context", "propertyName", NULL))),
                name))
            return yyjson_arr_get_first(json_at(warning, "context", "normalizedValue", NULL));
    return NULL;
}

static void done(struct hubspot *hs, struct arena *a, yyjson_val *obj, struct crm_write *w)
{
    yyjson_val *props = yyjson_obj_get(obj, "properties");
    w->new_id = json_get(obj, "id");
    if (!w->new_id.n)
        return; /* which record? not proven */
    w->outcome = CRM_DONE;
    w->created = json_bool(yyjson_obj_get(obj, "new"), false);
    if (!iso_parse_ms(json_get(obj, "createdAt"), &w->created_ms))
        w->created_ms = 0;
    if (!iso_parse_ms(json_get(obj, "updatedAt"), &w->modified_ms))
        w->modified_ms = 0;
    w->stored = ARENA_ARRAY(a, struct value, w->sets);
    for (size_t i = 0; i < w->sets; i++) {
        const struct mapping *m = &hs->m->map[w->set[i].map];
        struct str name = m->name[SIDE_HS];
        yyjson_val *v = normalized(obj, name);
        if (!v)
            v = yyjson_obj_getn(props, name.p, name.n);
        if (v && !hs_is_parent(hs, &w->set[i])) /* it may still show the one before */
            w->stored[i] = value_canonical(a, m->meta[SIDE_HS].type, hs_text(v));
    }
}

static void refuse(struct hubspot *hs, struct arena *a, int status, yyjson_val *entry,
                   struct crm_write *w)
{
    struct str property = hs_error_property(a, entry);
    w->err = ARENA_NEW(a, struct err);
    hs_error(status, entry, w->err);
    w->outcome = status >= 500                 ? CRM_UNKNOWN
                 : w->err->kind == ERR_RETRY   ? CRM_AGAIN
                 : status == 404 && !w->create ? CRM_CHANGED /* gone or merged: read again */
                                               : CRM_REJECTED;
    if (w->outcome == CRM_CHANGED)
        w->err->kind = ERR_STALE;
    if (property.n)
        err_subject(w->err, property);
    w->bad_set = SIZE_MAX;
    for (size_t i = 0; property.n && i < w->sets; i++)
        if (str_eq(hs->m->map[w->set[i].map].name[SIDE_HS], property))
            w->bad_set = i;
}

/* The write that an entry names by its trace id; NULL = by none of ours. */
static struct crm_write *traced(struct crm_write *w, const struct batch *batch, yyjson_val *entry)
{
    int64_t trace;
    struct str t = json_get(entry, "objectWriteTraceId");
    yyjson_val *context = json_at(entry, "context", "objectWriteTraceId", NULL);
    if (!t.n)
        t = json_str(yyjson_is_arr(context) ? yyjson_arr_get_first(context) : context);
    return str_to_i64(t, &trace) && trace >= 0 && (size_t)trace < batch->n ? &w[batch->of[trace]]
                                                                           : NULL;
}

/* By what it was sent for: an id, or the value of our key. */
static struct crm_write *named(struct crm_write *w, const struct batch *batch, struct str name)
{
    for (size_t i = 0; name.n && i < batch->n; i++) {
        struct crm_write *one = &w[batch->of[i]];
        if (str_eq(one->create ? one->key : one->id, name))
            return one;
    }
    return NULL;
}

static void read_error(struct hubspot *hs, struct arena *a, struct crm_write *w,
                       const struct batch *batch, yyjson_val *entry)
{
    struct crm_write *one = traced(w, batch, entry);
    int status = hs_entry_status(entry);
    yyjson_val *id;
    yyjson_arr_iter it;
    if (!one)
        one = named(w, batch, json_get(entry, "id"));
    if (one && one->outcome != CRM_DONE)
        refuse(hs, a, status, entry, one);
    if (one)
        return;
    yyjson_arr_iter_init(json_at(entry, "context", "ids", NULL), &it); /* H7.2: several at once */
    while ((id = yyjson_arr_iter_next(&it))) {
        one = named(w, batch, json_str(id));
        if (one && one->outcome != CRM_DONE)
            refuse(hs, a, status, entry, one);
    }
}

static void read_answer(struct hubspot *hs, struct arena *a, struct crm_write *w,
                        const struct batch *batch, yyjson_val *root)
{
    yyjson_val *item;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(root, "results"), &it);
    while ((item = yyjson_arr_iter_next(&it))) {
        yyjson_val *props = yyjson_obj_get(item, "properties");
        struct str key = json_str(yyjson_obj_getn(props, hs->key.p, hs->key.n));
        struct crm_write *one = traced(w, batch, item);
        if (!one)
            one = named(w, batch, batch->kind == CREATE ? key : json_get(item, "id"));
        if (one)
            done(hs, a, item, one);
    }
    yyjson_arr_iter_init(yyjson_obj_get(root, "errors"), &it);
    while ((item = yyjson_arr_iter_next(&it)))
        read_error(hs, a, w, batch, item);
    for (size_t i = 0; i < batch->n; i++) { /* neither done nor refused: not proven (H7.6) */
        struct crm_write *one = &w[batch->of[i]];
        if (one->outcome != CRM_NOT_SENT)
            continue;
        one->outcome = CRM_UNKNOWN;
        one->err = ARENA_NEW(a, struct err);
        err_set(one->err, ERR_RETRY, "no_outcome",
                "hubspot's answer does not say what became of it");
    }
}

/* Without a verdict on its inputs: what is certain of them (H7.6, S8.2). */
static void not_judged(struct arena *a, struct crm_write *w, const struct batch *batch,
                       yyjson_val *root)
{
    const struct http_exchange *x = &batch->x;
    int status = x->res.status;
    struct err why = x->err;
    if (x->answered && status < 300)
        err_set(&why, ERR_RETRY, "no_outcome", "hubspot's answer (HTTP %d) cannot be read", status);
    else if (x->answered)
        hs_error(status, root, &why);
    why.kind = ERR_RETRY;
    struct err *shared = err_dup(a, &why);
    bool effect = x->unknown || (x->answered && (status < 300 || status >= 500));
    for (size_t i = 0; i < batch->n; i++) {
        w[batch->of[i]].outcome = effect ? CRM_UNKNOWN : CRM_AGAIN;
        w[batch->of[i]].err = shared;
    }
}

/* Our key property went while we were at work: H7.15 says so of an upsert, H5.7 of an update. */
static bool key_gone(struct hubspot *hs, struct arena *a, yyjson_val *root, struct err *why)
{
    static const char *const codes[] = {"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"};
    bool gone = str_find(json_get(root, "message"), S("upsert by non-unique")) >= 0;
    for (size_t i = 0; i < LEN(codes); i++)
        gone = gone ||
               (strcmp(why->code, codes[i]) == 0 && str_eq(hs_error_property(a, root), hs->key));
    if (!gone)
        return false;
    err_set(why, ERR_REFUSED, "key_missing",
            "our key property %.*s is gone from companies, or cannot be written any more",
            STR_ARG(hs->key));
    err_rule(why, "S15.6");
    err_hint(why, "run `tandem setup`");
    why->scope = SCOPE_DIRECTION;
    return true;
}

/* The portal is full, or lost our key: no matter of the records (S15.6, H14.4). */
static bool place_refuses(struct hubspot *hs, struct arena *a, int status, yyjson_val *root,
                          struct err *fatal)
{
    struct err why;
    hs_error(status, root, &why);
    (void)key_gone(hs, a, root, &why);
    if (why.kind == ERR_REFUSED)
        *fatal = why;
    return why.kind == ERR_REFUSED;
}

/* One exchange is over. Returns whether the batch must be halved and sent again; *stop: the place
 * refuses all of them (S15.6). */
static bool settle(struct hubspot *hs, struct arena *a, struct crm_write *w,
                   const struct batch *batch, struct err *fatal, bool *stop)
{
    const struct http_exchange *x = &batch->x;
    yyjson_val *root = NULL;
    struct err why;
    int status = x->res.status;
    if (!x->answered && x->attempts == 0)
        return false; /* never sent: CRM_NOT_SENT */
    if (!x->answered || !json_parse(a, x->res.body, &root, &why))
        root = NULL;
    bool passing = status == 401 || status == 423 || status == 429 || status == 477;
    if (batch->kind == ARCHIVE && x->answered && status == 204) { /* H8.1: without a body */
        for (size_t i = 0; i < batch->n; i++) {
            w[batch->of[i]].outcome = CRM_DONE;
            w[batch->of[i]].new_id = w[batch->of[i]].id;
        }
    } else if (root && status >= 200 && status < 300) {
        read_answer(hs, a, w, batch, root);
    } else if (!x->answered || status < 400 || status >= 500 || passing) {
        not_judged(a, w, batch, root);
    } else if (status != 400 && status != 409 &&
               !(status == 404 && hs_entry_status(root) == 404)) { /* H5.10: else a wrong path */
        *stop = true;
        hs_error(status, root, fatal);
        if (fatal->kind == ERR_REJECTED)
            fatal->kind = ERR_REFUSED;
    } else if (place_refuses(hs, a, status, root, fatal)) {
        *stop = true;
    } else if (batch->n > 1) {
        return true;
    } else {
        refuse(hs, a, status, root, &w[batch->of[0]]);
    }
    return false;
}

static void send(struct hubspot *hs, struct arena *a, struct http_run *run, struct crm_write *w,
                 struct batch batch)
{
    struct batch *b = ARENA_NEW(a, struct batch);
    *b = batch;
    fill_exchange(hs, a, w, b);
    http_add(run, &b->x);
}

static void send_all(struct hubspot *hs, struct arena *a, struct http_run *run, struct crm_write *w,
                     size_t n, enum kind kind)
{
    struct batch open = {.kind = kind};
    for (size_t i = 0; i < n; i++) {
        if (kind_of(&w[i]) != kind || w[i].outcome != CRM_NOT_SENT)
            continue;
        if (open.n == 0)
            open.of = ARENA_ARRAY(a, size_t, HS_BATCH_RECORDS_MAX);
        open.of[open.n++] = i;
        if (open.n < HS_BATCH_RECORDS_MAX)
            continue;
        send(hs, a, run, w, open);
        open.n = 0;
    }
    if (open.n)
        send(hs, a, run, w, open);
}

bool hs_write(struct crm *crm, struct arena *a, struct crm_write *w, size_t n,
              struct crm_listener *listener, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct http_exchange *over;
    struct err stopped;
    bool stop = false;
    for (size_t i = 0; i < n; i++) {
        w[i].outcome = CRM_NOT_SENT;
        w[i].bad_set = SIZE_MAX;
    }
    if (!hs_write_parents(hs, a, w, n, e))
        return false;
    struct http_run *run = http_begin(crm->http, a);
    for (enum kind k = UPDATE; k < KINDS; k++)
        send_all(hs, a, run, w, n, k);
    while ((over = http_next(run))) {
        struct batch *b = (struct batch *)over;
        bool halve = settle(hs, a, w, b, &stopped, &stop);
        for (size_t i = 0; listener && !halve && i < b->n; i++)
            listener->told(listener, b->of[i]);
        if (!halve || stop)
            continue;
        size_t half = b->n / 2;
        send(hs, a, run, w, (struct batch){.of = b->of, .n = half, .kind = b->kind});
        send(hs, a, run, w, (struct batch){.of = b->of + half, .n = b->n - half, .kind = b->kind});
    }
    if (!http_end(run, e))
        return false;
    if (stop)
        *e = stopped;
    return !stop;
}
