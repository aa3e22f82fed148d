/* sf_collections: up to 200 records a call (SF 8.2), reads of up to 2,000 (SF 8.3). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/sfid.h"
#include "text/url.h"

enum { RECORDS_MAX = 200, IDS_MAX = 2000, IDS_IN_URL_MAX = 800 };

struct outcome {
    bool ok, created, with_created;
    struct str id;
    struct sf_problem p;
};

static void put_outcome(struct sf_call *c, const struct outcome *o)
{
    if (o->ok) {
        buf_str(c->b, S("{\"id\":\""));
        buf_str(c->b, o->id);
        buf_str(c->b, S("\",\"success\":true,\"errors\":[]"));
        if (o->with_created)
            buf_str(c->b, o->created ? S(",\"created\":true") : S(",\"created\":false"));
        buf_char(c->b, '}');
        return;
    }
    buf_str(c->b, S("{"));
    if (o->id.p)
        buf_fmt(c->b, "\"id\":\"%.*s\",", STR_ARG(o->id));
    buf_fmt(c->b, "\"success\":false,\"errors\":[{\"statusCode\":\"%s\",\"message\":", o->p.code);
    json_quote(c->b, o->p.message);
    buf_str(c->b, S(",\"fields\":["));
    if (o->p.field.p)
        json_quote(c->b, o->p.field);
    buf_str(c->b, S("]}]"));
    if (o->with_created) /* true on failed would-be inserts, as there */
        buf_str(c->b, o->created ? S(",\"created\":true") : S(",\"created\":false"));
    buf_char(c->b, '}');
}

static bool refuse(struct outcome *o, const char *code, struct str message)
{
    o->p = (struct sf_problem){code, message, STR_NONE, STR_NONE};
    return false;
}

/* One transaction when it is all or none, which an enclosing composite may already be. */
struct batch {
    struct sf_save save;
    struct sf_tx tx;
    bool all_or_none;
    struct outcome *out;
    size_t n;
};

static void batch_begin(struct sf_call *c, struct batch *b, size_t n, bool all_or_none)
{
    *b = (struct batch){.save = sf_saving(c), .all_or_none = all_or_none, .n = n};
    b->out = ARENA_ARRAY(c->a, struct outcome, n);
    if (all_or_none && !c->tx)
        b->save.tx = &b->tx;
}

static void batch_end(struct sf_call *c, struct batch *b)
{
    bool failed = false;
    for (size_t i = 0; i < b->n; i++)
        failed = failed || !b->out[i].ok;
    if (b->all_or_none && failed) {
        if (b->save.tx == &b->tx)
            sf_tx_rollback(c->o, &b->tx);
        for (size_t i = 0; i < b->n; i++)
            if (b->out[i].ok) {
                b->out[i].ok = false;
                b->out[i].id = STR_NONE;
                refuse(&b->out[i], "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                       S("Record rolled back because not all records were valid and the request "
                         "was using "
                         "AllOrNone header"));
            }
    } else {
        sf_tx_commit(&b->tx);
    }
    buf_char(c->b, '[');
    for (size_t i = 0; i < b->n; i++) {
        if (i)
            buf_char(c->b, ',');
        put_outcome(c, &b->out[i]);
    }
    buf_char(c->b, ']');
}

/* The envelope; false = answered. */
static bool records_of(struct sf_call *c, yyjson_val **records, bool *all_or_none)
{
    yyjson_val *root;
    if (!sf_body(c, &root))
        return false;
    *records = yyjson_obj_get(root, "records");
    *all_or_none = json_bool(yyjson_obj_get(root, "allOrNone"), false);
    if (!yyjson_is_arr(*records)) {
        sf_error(c, 400, "JSON_PARSER_ERROR", S("records is missing, or is not a list"), STR_NONE);
        return false;
    }
    if (yyjson_arr_size(*records) > RECORDS_MAX) {
        sf_error(c, 400, "EXCEEDED_ID_LIMIT",
                 S("record limit reached. cannot submit more than 200 records into this call"),
                 STR_NONE);
        return false;
    }
    return true;
}

static bool object_of(struct sf_call *c, yyjson_val *rec, struct sf_object **obj, struct outcome *o)
{
    struct str type = json_get(yyjson_obj_get(rec, "attributes"), "type");
    *obj = sf_object_named(c->o, type);
    if (*obj)
        return true;
    return refuse(o, "INVALID_TYPE",
                  type.n ? str_fmt(c->a, "sObject type '%.*s' is not supported.", STR_ARG(type))
                         : S("attributes.type is required"));
}

static bool row_locked(struct sf_call *c, struct outcome *o)
{
    if (!sandbox_fault(c->s, "lock_row", "salesforce", c->q->path))
        return false;
    refuse(o, "UNABLE_TO_LOCK_ROW", S("unable to obtain exclusive access to this record"));
    return true;
}

void sf_collection_insert(struct sf_call *c)
{
    struct batch b;
    yyjson_val *records, *rec;
    yyjson_arr_iter it;
    bool all;
    size_t i = 0;
    if (!records_of(c, &records, &all))
        return;
    batch_begin(c, &b, yyjson_arr_size(records), all);
    yyjson_arr_iter_init(records, &it);
    for (; (rec = yyjson_arr_iter_next(&it)); i++) {
        struct outcome *o = &b.out[i];
        struct sf_object *obj;
        struct sf_input in;
        struct world_record *r;
        o->ok = object_of(c, rec, &obj, o) && !row_locked(c, o) &&
                sf_input_of(c, rec, STR_NONE, false, &in, &o->p) &&
                sf_insert(&b.save, obj, &in, &r, &o->p);
        if (o->ok)
            o->id = sf_id(c, obj->type, r);
    }
    batch_end(c, &b);
}

static struct str id_of(struct sf_call *c, yyjson_val *rec)
{
    struct str id = json_get(rec, "id");
    if (!id.p)
        id = json_get(rec, "Id");
    struct str full = sfid18(c->a, id);
    return full.p ? full : id;
}

void sf_collection_update(struct sf_call *c)
{
    struct batch b;
    yyjson_val *records, *rec;
    yyjson_arr_iter it;
    bool all;
    size_t i = 0;
    if (!records_of(c, &records, &all))
        return;
    batch_begin(c, &b, yyjson_arr_size(records), all);
    yyjson_arr_iter_init(records, &it);
    for (; (rec = yyjson_arr_iter_next(&it)); i++) {
        struct outcome *o = &b.out[i];
        struct sf_object *obj;
        struct sf_input in;
        struct str id = id_of(c, rec);
        bool twice = false;
        for (size_t k = 0; k < i && id.p; k++)
            twice = twice || str_eq(b.out[k].id, id);
        if (!object_of(c, rec, &obj, o))
            continue;
        if (!id.p || twice) {
            refuse(o, id.p ? "DUPLICATE_VALUE" : "MISSING_ARGUMENT",
                   id.p ? str_fmt(c->a, "duplicate id in the list: %.*s", STR_ARG(id))
                        : S("Id not specified in an update call"));
            continue;
        }
        o->id = id;
        struct world_record *r = sf_target(&b.save, obj, id, &o->p);
        if (r)
            sf_intrude(c, obj, r);
        o->ok = r && !row_locked(c, o) && sf_input_of(c, rec, STR_NONE, true, &in, &o->p) &&
                sf_update(&b.save, obj, r, &in, &o->p);
    }
    batch_end(c, &b);
}

/* Two records with one key in one call: the later is refused. */
static bool key_twice(yyjson_val *records, size_t i, const char *key, struct str value)
{
    yyjson_val *rec;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(records, &it);
    for (size_t k = 0; k < i && (rec = yyjson_arr_iter_next(&it)); k++)
        if (str_eq_nocase(json_get(rec, key), value))
            return true;
    return false;
}

static bool upsert_record(struct sf_call *c, struct batch *b, yyjson_val *records, yyjson_val *rec,
                          size_t i, struct sf_object *obj, struct sf_field *key)
{
    struct outcome *o = &b->out[i];
    struct str value = str_trim(json_get(rec, key->name));
    struct sf_object *named;
    struct sf_input in;
    struct world_record *r = NULL;
    o->with_created = true;
    o->created = true;
    if (!object_of(c, rec, &named, o))
        return false;
    if (named != obj)
        return refuse(o, "INVALID_TYPE", S("the record is of another type than the path"));
    if (json_get(rec, "Id").p || json_get(rec, "id").p)
        return refuse(o, "INVALID_FIELD",
                      S("Id should not be specified in an upsert by external id"));
    if (!value.n)
        return refuse(o, "MISSING_ARGUMENT", str_fmt(c->a, "%s not specified", key->name));
    if (key_twice(records, i, key->name, value))
        return refuse(o, "DUPLICATE_VALUE",
                      str_fmt(c->a, "Duplicate external id specified: %.*s", STR_ARG(value)));
    if (row_locked(c, o) || !sf_input_of(c, rec, str_from(key->name), false, &in, &o->p))
        return false;
    if (!sf_upsert_one(&b->save, obj, key, value, &in, false, &o->created, &r, &o->p)) {
        if (r)
            o->id = sf_id(c, obj->type, r);
        return false;
    }
    o->id = sf_id(c, obj->type, r);
    return true;
}

void sf_collection_upsert(struct sf_call *c, struct sf_object *obj, struct str name)
{
    struct batch b;
    struct sf_field *key = sf_field_named(obj, name);
    yyjson_val *records, *rec;
    yyjson_arr_iter it;
    bool all;
    size_t i = 0;
    if (!key || !(key->flags & SF_EXTERNAL)) {
        sf_error(c, 404, "NOT_FOUND",
                 S("Provided external ID field does not exist or is not accessible"), STR_NONE);
        return;
    }
    if (!records_of(c, &records, &all))
        return;
    batch_begin(c, &b, yyjson_arr_size(records), all);
    yyjson_arr_iter_init(records, &it);
    for (; (rec = yyjson_arr_iter_next(&it)); i++)
        b.out[i].ok = upsert_record(c, &b, records, rec, i, obj, key);
    batch_end(c, &b);
}

void sf_collection_delete(struct sf_call *c)
{
    struct batch b;
    struct str rest = sf_param(c, "ids"), id[RECORDS_MAX];
    size_t n = 0;
    while (rest.n && n < RECORDS_MAX && str_cut(&rest, ',', &id[n]))
        n++;
    if (!n || rest.n) {
        sf_error(c, 400, n ? "EXCEEDED_ID_LIMIT" : "MISSING_ARGUMENT",
                 n ? S("record limit reached. cannot submit more than 200 records into this call")
                   : S("The ids query parameter is required"),
                 STR_NONE);
        return;
    }
    batch_begin(c, &b, n, str_eq(sf_param(c, "allOrNone"), S("true")));
    for (size_t i = 0; i < n; i++) {
        struct outcome *o = &b.out[i];
        struct sf_object *obj = sf_object_of_id(c->o, id[i]);
        o->id = sfid18(c->a, id[i]);
        if (!obj || !o->id.p)
            refuse(o, "MALFORMED_ID", str_fmt(c->a, "malformed id %.*s", STR_ARG(id[i])));
        else
            o->ok = !row_locked(c, o) && sf_delete(&b.save, obj, id[i], &o->p);
    }
    batch_end(c, &b);
}

/* ---- reading
 * ------------------------------------------------------------------------------------------- */

static void read_ids(struct sf_call *c, const struct sf_object *obj, const struct str *id, size_t n,
                     const struct str *name, size_t names)
{
    const struct sf_field **field = sf_fields_of(c, obj, name, names);
    if (!field)
        return;
    buf_char(c->b, '[');
    for (size_t i = 0; i < n; i++) {
        struct world_record *r = sf_live(c->o, obj, id[i]);
        if (i)
            buf_char(c->b, ',');
        if (r)
            sf_put_fields(c, obj, r, field, names);
        else
            buf_str(c->b, S("null"));
    }
    buf_char(c->b, ']');
}

static size_t list_of(struct sf_call *c, yyjson_val *list, struct str **out)
{
    yyjson_val *v;
    yyjson_arr_iter it;
    size_t n = 0;
    *out = ARENA_ARRAY(c->a, struct str, yyjson_arr_size(list));
    yyjson_arr_iter_init(list, &it);
    while ((v = yyjson_arr_iter_next(&it)))
        (*out)[n++] = json_str(v);
    return n;
}

static size_t split(struct sf_call *c, struct str text, size_t max, struct str **out)
{
    size_t n = 0;
    *out = ARENA_ARRAY(c->a, struct str, max);
    while (text.n && n < max && str_cut(&text, ',', &(*out)[n]))
        n++;
    return n;
}

void sf_collection_read(struct sf_call *c, struct sf_object *obj)
{
    struct str *id, *name;
    size_t ids, names;
    if (is(c, "GET")) {
        ids = split(c, sf_param(c, "ids"), IDS_IN_URL_MAX, &id);
        names = split(c, sf_param(c, "fields"), 800, &name);
    } else if (is(c, "POST")) {
        yyjson_val *root;
        if (!sf_body(c, &root))
            return;
        ids = list_of(c, yyjson_obj_get(root, "ids"), &id);
        names = list_of(c, yyjson_obj_get(root, "fields"), &name);
    } else {
        sf_method(c);
        return;
    }
    if (!ids || !names)
        sf_error(c, 400, "MISSING_ARGUMENT", S("ids and fields are required"), STR_NONE);
    else if (ids > IDS_MAX)
        sf_error(c, 400, "EXCEEDED_ID_LIMIT",
                 S("record limit reached. cannot submit more than 2000 records into this call"),
                 STR_NONE);
    else
        read_ids(c, obj, id, ids, name, names);
}
