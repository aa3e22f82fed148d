/* write: accounts in collections of 200, by id or by our key, deletes too; each record judged by
 * itself (SF 8.2). */
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/sfid.h"
#include "text/url.h"

#define LOCK_ROUNDS_MAX 3 /* per record; then it is the engine's to try later (S15.2) */

enum kind { UPDATE, CREATE, ARCHIVE, KINDS };

struct batch {
    size_t *of; /* into the writes */
    size_t n;
    enum kind kind; /* a call does one thing */
};

static enum kind kind_of(const struct crm_write *w)
{
    return w->archive ? ARCHIVE : w->create ? CREATE : UPDATE;
}

struct sending {
    struct salesforce *sf;
    struct arena *a;
    struct crm_write *w;
    struct batch *next; /* batches of the next round */
    size_t nexts, next_room;
    size_t *locked;
    size_t locks;
    int lock_round;
    bool no_creates, no_updates; /* the place refuses them (S15.6) */
    struct err *e;               /* why */
};

/* ---- records in JSON ------------------------------------------------------------------------- */

/* A number as canonical values have it: what is none must not spoil the others' JSON. */
static bool number(struct str s)
{
    size_t i = s.n && s.p[0] == '-', digits = 0;
    bool zero = i < s.n && s.p[i] == '0';
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        digits++;
    if (digits == 0 || (zero && digits > 1))
        return false;
    if (i == s.n)
        return true;
    size_t point = i;
    if (s.p[i++] != '.')
        return false;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i == s.n && i > point + 1;
}

static void put_value(struct buf *b, const struct mapping *m, const struct value *v)
{
    enum field_type t = m->meta[SIDE_SF].type;
    bool boolean = str_eq(v->text, S("true")) || str_eq(v->text, S("false"));
    if (v->state != VALUE_TEXT)
        buf_str(b, t == FIELD_BOOL ? S("false") : S("null")); /* explicit null clears (SF 3) */
    else if ((t == FIELD_BOOL && boolean) || (t == FIELD_NUMBER && number(v->text)))
        buf_str(b, v->text);
    else
        json_quote(b, v->text);
}

void sf_put_fields(struct salesforce *sf, struct buf *b, const struct crm_write *w, bool with_key)
{
    if (with_key && w->key.n) {
        buf_char(b, ',');
        json_quote(b, sf->key);
        buf_fmt(b, ":\"%.*s:%.*s\"", STR_ARG(sf->portal), STR_ARG(w->key));
    } else if (with_key && w->clear_key) {
        buf_char(b, ',');
        json_quote(b, sf->key);
        buf_str(b, S(":null"));
    }
    if (w->create && w->kind.n) {
        buf_str(b, S(",\"RecordTypeId\":"));
        json_quote(b, w->kind);
    }
    for (size_t i = 0; i < w->sets; i++) {
        const struct mapping *m = &sf->m->map[w->set[i].map];
        buf_char(b, ',');
        json_quote(b, m->meta[SIDE_SF].name);
        buf_char(b, ':');
        put_value(b, m, &w->set[i].value);
    }
}

/* A delete names its records in the address. */
static void fill_delete(struct sending *s, const struct batch *batch, struct http_exchange *x)
{
    struct buf ids;
    buf_init(&ids, SF_URI_BYTES);
    for (size_t i = 0; i < batch->n; i++)
        buf_fmt(&ids, "%s%.*s", i ? "," : "", STR_ARG(url_encoded(s->a, s->w[batch->of[i]].id)));
    x->req = (struct http_request){
        .method = HTTP_DELETE,
        .path = str_fmt(s->a, "%.*s/composite/sobjects?ids=%.*s&allOrNone=false",
                        STR_ARG(s->sf->data), STR_ARG(buf_view(&ids))),
        .timeout_ms = SF_LONG_MS,
        .repeatable = true /* what is gone already counts as done */};
    sf_headers(&x->req);
    buf_release(&ids);
}

static void fill_exchange(struct sending *s, const struct batch *batch, struct http_exchange *x)
{
    if (batch->kind == ARCHIVE) {
        fill_delete(s, batch, x);
        return;
    }
    struct salesforce *sf = s->sf;
    struct buf b;
    buf_init(&b, 64 * MIB);
    buf_str(&b, S("{\"allOrNone\":false,\"records\":["));
    for (size_t i = 0; i < batch->n; i++) {
        const struct crm_write *w = &s->w[batch->of[i]];
        buf_str(&b, i ? S(",{\"attributes\":{\"type\":\"Account\"}")
                      : S("{\"attributes\":{\"type\":\"Account\"}"));
        if (!w->create) {
            buf_str(&b, S(",\"id\":"));
            json_quote(&b, w->id);
        }
        sf_put_fields(sf, &b, w, true);
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    x->req = (struct http_request){
        .method = HTTP_PATCH,
        .path = batch->kind == CREATE ? str_fmt(s->a, "%.*s/composite/sobjects/Account/%.*s",
                                                STR_ARG(sf->data), STR_ARG(sf->key))
                                      : str_fmt(s->a, "%.*s/composite/sobjects", STR_ARG(sf->data)),
        .body = str_dup(s->a, buf_view(&b)),
        .timeout_ms = SF_LONG_MS};
    sf_headers(&x->req);
    buf_release(&b);
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool names(struct str text, struct str word)
{
    for (size_t at = 0; word.n && at + word.n <= text.n; at++) {
        bool whole = (at == 0 || !word_char(text.p[at - 1])) &&
                     (at + word.n == text.n || !word_char(text.p[at + word.n]));
        if (whole && str_eq(str_slice(text, at, at + word.n), word))
            return true;
    }
    return false;
}

/* Which set the refusal is about: `fields` tells, or the text of those codes that have none. */
static size_t find_bad_set(const struct salesforce *sf, const struct crm_write *w, yyjson_val *why)
{
    static const char *const telling[] = {"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE",
                                          "STRING_TOO_LONG", "JSON_PARSER_ERROR"};
    yyjson_val *entry = yyjson_is_arr(why) ? yyjson_arr_get_first(why) : why, *f;
    yyjson_arr_iter it;
    bool by_text = false;
    for (size_t i = 0; i < LEN(telling); i++)
        by_text = by_text || strcmp(w->err->code, telling[i]) == 0;
    for (size_t i = 0; i < w->sets; i++) {
        struct str name = sf->m->map[w->set[i].map].meta[SIDE_SF].name;
        yyjson_arr_iter_init(yyjson_obj_get(entry, "fields"), &it);
        while ((f = yyjson_arr_iter_next(&it)))
            if (str_eq_nocase(json_str(f), name))
                return i;
        if (by_text && names(json_get(entry, "message"), name))
            return i;
    }
    return SIZE_MAX;
}

/* SF 8.6: the matches stand in a member whose name the service misspells, or not at all. */
static struct str matches_of(struct arena *a, yyjson_val *why)
{
    yyjson_val *entry = yyjson_is_arr(why) ? yyjson_arr_get_first(why) : why, *result, *record;
    yyjson_arr_iter results, records;
    struct str out = S("");
    yyjson_arr_iter_init(json_at(entry, "duplicateResut", "matchResults", NULL), &results);
    while ((result = yyjson_arr_iter_next(&results))) {
        yyjson_arr_iter_init(yyjson_obj_get(result, "matchRecords"), &records);
        while ((record = yyjson_arr_iter_next(&records))) {
            struct str id = sfid18(a, json_str(json_at(record, "record", "Id", NULL)));
            if (id.n && out.n < 20 * 19)
                out = str_fmt(a, "%.*s%s%.*s", STR_ARG(out), out.n ? ";" : "", STR_ARG(id));
        }
    }
    return out;
}

bool sf_refuse(struct salesforce *sf, struct arena *a, struct crm_write *w, int status,
               yyjson_val *why)
{
    w->err = ARENA_NEW(a, struct err);
    sf_error(status, why, w->err);
    w->bad_set = SIZE_MAX;
    switch (w->err->kind) {
    case ERR_RETRY:
        w->outcome = CRM_AGAIN;
        return true;
    case ERR_STALE:
        w->outcome = CRM_CHANGED;
        return true;
    case ERR_REJECTED:
        w->outcome = CRM_REJECTED;
        w->bad_set = find_bad_set(sf, w, why);
        if (w->bad_set < w->sets)
            err_subject(w->err, sf->m->map[w->set[w->bad_set].map].meta[SIDE_SF].name);
        return true;
    default: /* the place, not the record */
        w->outcome = CRM_NOT_SENT;
        return false;
    }
}

void sf_not_known(struct arena *a, struct crm_write *w, const struct err *why)
{
    w->outcome = CRM_UNKNOWN;
    w->err = why ? err_dup(a, why) : ARENA_NEW(a, struct err);
    if (!why)
        err_set(w->err, ERR_RETRY, "no_outcome",
                "salesforce's answer does not say what became of it");
}

void sf_written(struct arena *a, struct crm_write *w, struct str id, bool created)
{
    if (!id.n) {
        sf_not_known(a, w, NULL); /* which record? */
        return;
    }
    w->outcome = CRM_DONE;
    w->new_id = id;
    w->created = created;
}

static void close_way(struct sending *s, enum kind kind, const struct err *why)
{
    if (!s->no_creates && !s->no_updates)
        *s->e = *why;
    /* Rights and limits of the place are for both; a missing key is for creates only. */
    s->no_creates = true;
    s->no_updates = s->no_updates || kind != CREATE || strcmp(why->code, "key_missing") != 0;
}

static void again(struct sending *s, size_t *of, size_t n, enum kind kind)
{
    if (n > 0 && s->nexts < s->next_room)
        s->next[s->nexts++] = (struct batch){of, n, kind};
}

static void halve(struct sending *s, const struct batch *batch)
{
    size_t half = batch->n / 2;
    again(s, batch->of, half, batch->kind);
    again(s, batch->of + half, batch->n - half, batch->kind);
}

static bool too_many_retries(yyjson_val *why)
{
    struct str message = json_get(yyjson_arr_get_first(why), "message");
    return str_find(message, S("Too many batch retries")) >= 0;
}

/* One entry a record, in input order (SF 8.2). */
static void read_answer(struct sending *s, const struct batch *batch, yyjson_val *root)
{
    yyjson_val *item;
    yyjson_arr_iter it;
    size_t i = 0;
    bool tired = false;
    yyjson_arr_iter_init(root, &it);
    while ((item = yyjson_arr_iter_next(&it)) && i < batch->n) {
        struct crm_write *w = &s->w[batch->of[i++]];
        yyjson_val *errors = yyjson_obj_get(item, "errors");
        if (json_bool(yyjson_obj_get(item, "success"), false)) {
            sf_written(s->a, w, json_get(item, "id"),
                       json_bool(yyjson_obj_get(item, "created"), false));
            continue;
        }
        if (too_many_retries(errors)) {
            tired = true;
            w->outcome = CRM_AGAIN;
            w->err = ARENA_NEW(s->a, struct err);
            err_set(w->err, ERR_RETRY, "TOO_MANY_BATCH_RETRIES",
                    "salesforce gave the batch up because others in it failed");
            continue;
        }
        if (!sf_refuse(s->sf, s->a, w, 400, errors))
            close_way(s, batch->kind, w->err);
        if (strcmp(w->err->code, "DUPLICATES_DETECTED") == 0)
            w->matches = matches_of(s->a, errors);
        if (batch->kind == ARCHIVE && strcmp(w->err->code, "ENTITY_IS_DELETED") == 0)
            sf_written(s->a, w, w->id, false);
        if (w->outcome == CRM_AGAIN && s->lock_round < LOCK_ROUNDS_MAX)
            s->locked[s->locks++] = batch->of[i - 1];
    }
    for (; i < batch->n; i++)
        sf_not_known(s->a, &s->w[batch->of[i]], NULL);
    if (!tired || batch->n < 2)
        return;
    size_t *left = ARENA_ARRAY(s->a, size_t, batch->n), lefts = 0;
    for (i = 0; i < batch->n; i++)
        if (s->w[batch->of[i]].outcome == CRM_AGAIN &&
            strcmp(s->w[batch->of[i]].err->code, "TOO_MANY_BATCH_RETRIES") == 0)
            left[lefts++] = batch->of[i];
    halve(s, &(struct batch){left, lefts, batch->kind});
}

/* The call as a whole was refused, so nothing in it took effect: those to blame are found by name,
 * else by halving. */
static void read_refusal(struct sending *s, const struct batch *batch, int status, yyjson_val *root)
{
    struct err why;
    sf_error(status, root, &why);
    if (status == 404 && batch->kind == CREATE) {
        err_set(&why, ERR_REFUSED, "key_missing",
                "our key field Account.%.*s is gone or hidden from our user", STR_ARG(s->sf->key));
        err_rule(&why, "S15.6");
        err_hint(&why, "run `tandem setup`, or give our user the field");
        why.scope = SCOPE_DIRECTION;
    }
    if (status == 403 || status == 404) {
        if (why.kind == ERR_REJECTED || why.kind == ERR_STALE)
            why.kind = ERR_REFUSED;
        close_way(s, batch->kind, &why);
        return; /* not sent: they may be, later */
    }
    size_t *left = ARENA_ARRAY(s->a, size_t, batch->n), lefts = 0;
    for (size_t i = 0; i < batch->n; i++) {
        struct crm_write *w = &s->w[batch->of[i]];
        if (!sf_refuse(s->sf, s->a, w, status, root))
            close_way(s, batch->kind, w->err);
        if (w->outcome == CRM_REJECTED && w->bad_set == SIZE_MAX && batch->n > 1) {
            w->outcome = CRM_NOT_SENT;
            left[lefts++] = batch->of[i];
        }
    }
    if (lefts == batch->n)
        halve(s, &(struct batch){left, lefts, batch->kind});
    else
        again(s, left, lefts, batch->kind);
}

static void all_again(struct sending *s, const struct batch *batch, const struct err *why)
{
    struct err *shared = err_dup(s->a, why);
    shared->kind = ERR_RETRY;
    for (size_t i = 0; i < batch->n; i++) {
        s->w[batch->of[i]].outcome = CRM_AGAIN;
        s->w[batch->of[i]].err = shared;
    }
}

static void settle(struct sending *s, const struct batch *batch, const struct http_exchange *x,
                   bool ended)
{
    yyjson_val *root = NULL;
    struct err why;
    int status = x->res.status;
    if (x->attempts == 0 || status == 401)
        return; /* never taken: CRM_NOT_SENT */
    if (x->answered && !json_parse(s->a, x->res.body, &root, &why))
        root = NULL;
    bool limit = status == 429 || status == 420 ||
                 (status == 403 && str_find(x->res.body, S("REQUEST_LIMIT_EXCEEDED")) >= 0);
    if (x->answered && status == 200 && yyjson_is_arr(root)) {
        read_answer(s, batch, root);
    } else if (x->answered && status >= 400 && status < 500) {
        sf_error(status, root, &why);
        if (limit)
            all_again(s, batch, &why);
        else
            read_refusal(s, batch, status, root);
    } else {
        if (x->answered)
            sf_error(status, root, &why);
        else
            why = x->err;
        /* Without an answer only a single attempt that never left is sure to be without effect. */
        bool never_left = !x->answered && !x->unknown && x->attempts == 1 && !ended;
        if (never_left)
            all_again(s, batch, &why);
        for (size_t i = 0; i < batch->n && !never_left; i++)
            sf_not_known(s->a, &s->w[batch->of[i]], status == 200 ? NULL : &why);
    }
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static bool closed(const struct sending *s, const struct batch *b)
{
    return b->kind == CREATE ? s->no_creates : s->no_updates;
}

static size_t cut(struct sending *s, const size_t *of, size_t n, struct batch *out)
{
    size_t count = 0;
    for (enum kind kind = UPDATE; kind < KINDS; kind++) {
        struct batch *open = NULL;
        for (size_t i = 0; i < n; i++) {
            if (kind_of(&s->w[of[i]]) != kind)
                continue;
            if (!open || open->n == SF_COLLECTION_RECORDS_MAX) {
                open = &out[count++];
                *open =
                    (struct batch){ARENA_ARRAY(s->a, size_t, SF_COLLECTION_RECORDS_MAX), 0, kind};
            }
            open->of[open->n++] = of[i];
        }
    }
    return count;
}

/* Sends what is in `of`, no record of it twice. */
static bool send_wave(struct sending *s, const size_t *of, size_t n)
{
    struct batch *batch = ARENA_ARRAY(s->a, struct batch, n / SF_COLLECTION_RECORDS_MAX + KINDS);
    size_t count = cut(s, of, n, batch);
    s->lock_round = 0;
    while (count > 0) {
        struct http_exchange *x = ARENA_ARRAY(s->a, struct http_exchange, count);
        struct batch *sent = ARENA_ARRAY(s->a, struct batch, count);
        size_t sents = 0, in_all = 0;
        for (size_t i = 0; i < count; i++) {
            if (closed(s, &batch[i]))
                continue;
            in_all += batch[i].n;
            fill_exchange(s, &batch[i], &x[sents]);
            sent[sents++] = batch[i];
        }
        s->next_room = 2 * sents + in_all / SF_COLLECTION_RECORDS_MAX + KINDS;
        s->next = ARENA_ARRAY(s->a, struct batch, s->next_room);
        s->locked = ARENA_ARRAY(s->a, size_t, in_all);
        s->nexts = s->locks = 0;
        struct err why;
        bool ok = http_all(s->sf->crm.http, s->a, x, sents, &why);
        for (size_t i = 0; i < sents; i++)
            settle(s, &sent[i], &x[i], !ok);
        if (!ok) {
            *s->e = why;
            return false;
        }
        if (s->locks > 0) { /* only these, after a while, each time a longer one */
            sf_pause(s->sf, retry_delay_ms(++s->lock_round, 0, s->sf->rng));
            s->nexts += cut(s, s->locked, s->locks, s->next + s->nexts);
        }
        batch = s->next;
        count = s->nexts;
    }
    return true;
}

/* ---- waves ----------------------------------------------------------------------------------- */

struct target {
    struct str who;
    size_t index;
};

static int by_target(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    int c = str_cmp(x->who, y->who);
    return c ? c : x->index < y->index ? -1 : x->index > y->index;
}

static int by_index(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

/* SF 8.2: no record twice in a call. The second write to one comes in the next wave. */
static bool send_waves(struct sending *s, const size_t *of, size_t n)
{
    struct target *t = ARENA_ARRAY(s->a, struct target, n);
    size_t *wave = ARENA_ARRAY(s->a, size_t, n), *rest = ARENA_ARRAY(s->a, size_t, n);
    size_t left = n;
    memcpy(rest, of, n * sizeof(*of));
    while (left > 0) {
        size_t waves = 0, later = 0;
        for (size_t i = 0; i < left; i++) {
            const struct crm_write *w = &s->w[rest[i]];
            t[i] = (struct target){w->create ? w->key : w->id, rest[i]};
        }
        qsort(t, left, sizeof(*t), by_target);
        for (size_t i = 0; i < left; i++)
            if (i > 0 && str_eq(t[i].who, t[i - 1].who))
                rest[later++] = t[i].index;
            else
                wave[waves++] = t[i].index;
        qsort(wave, waves, sizeof(*wave), by_index);
        qsort(rest, later, sizeof(*rest), by_index);
        if (!send_wave(s, wave, waves))
            return false;
        left = later;
    }
    return true;
}

/* With an ETag and few: If-Match. Many creates: bulk. What is left: collections. */
bool sf_write(struct crm *crm, struct arena *a, struct crm_write *w, size_t n,
              struct crm_listener *listener, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    struct sending s = {.sf = sf, .a = a, .w = w, .e = e};
    size_t *of = ARENA_ARRAY(a, size_t, n), *one = ARENA_ARRAY(a, size_t, n);
    size_t tagged = 0, creates = 0, left = 0;
    (void)listener; /* answers are read together */
    for (size_t i = 0; i < n; i++) {
        w[i].outcome = CRM_NOT_SENT;
        w[i].bad_set = SIZE_MAX;
        assert(w[i].create ? w[i].key.n > 0 : w[i].id.n > 0);
        if (kind_of(&w[i]) == UPDATE && w[i].etag.n)
            one[tagged++] = i;
        creates += w[i].create;
    }
    if (tagged > 0 && !sf_write_matching(sf, a, w, one, tagged, e))
        return false;
    if (creates > SF_BULK_FROM_RECORDS) {
        size_t k = 0;
        for (size_t i = 0; i < n; i++)
            if (w[i].create)
                one[k++] = i;
        if (!sf_ingest(sf, a, w, one, k, e))
            return false;
    }
    for (size_t i = 0; i < n; i++)
        if (w[i].outcome == CRM_NOT_SENT && (kind_of(&w[i]) != UPDATE || !w[i].etag.n))
            of[left++] = i;
    return send_waves(&s, of, left) && !s.no_creates && !s.no_updates;
}
