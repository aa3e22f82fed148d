/* sf_rows: one record at a time, by id and by external id (SF 8.1, 9). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/iso8601.h"
#include "text/sfid.h"

/* ---- preconditions (SF 9)
 * ---------------------------------------------------------------------------- */

static struct str etag(struct sf_call *c, const struct world_record *r)
{
    uint64_t v = (uint64_t)r->modified_ms * 2654435761u + r->number;
    for (uint16_t i = 0; i < r->values; i++)
        for (const char *p = world_value_text(&r->value[i]); *p; p++)
            v = v * 31 + (unsigned char)*p;
    bool gzip = str_find(request_header(c->q, "Accept-Encoding"), S("gzip")) >= 0;
    return str_fmt(c->a, "\"%016llx%s\"", (unsigned long long)v, gzip ? "--gzip" : "");
}

static bool tag_in(struct sf_call *c, struct str list, struct str tag)
{
    struct str part;
    while (str_cut(&list, ',', &part)) {
        part = str_trim(part);
        if (str_starts(part, S("W/")))
            part = str_slice(part, 2, part.n);
        if (str_eq(part, tag) || str_eq(part, S("*")))
            return true;
    }
    (void)c;
    return false;
}

/* false = answered. ETags are for Account rows only. */
static bool preconditions(struct sf_call *c, const struct sf_object *obj,
                          const struct world_record *r)
{
    bool get = is(c, "GET"), tagged = obj->type == W_ACCOUNT;
    struct str match = request_header(c->q, "If-Match"),
               none = request_header(c->q, "If-None-Match");
    struct str since = request_header(c->q, "If-Modified-Since");
    struct str until = request_header(c->q, "If-Unmodified-Since");
    int64_t modified = r->modified_ms / 1000 * 1000, at;
    if (tagged && match.p && !tag_in(c, match, etag(c, r))) {
        sf_error(c, 412, "PRECONDITION_FAILED",
                 S("The record has changed: If-Match does not match"), STR_NONE);
        return false;
    }
    if (tagged && none.p && tag_in(c, none, etag(c, r))) {
        if (get)
            c->r->status = 304;
        else
            sf_error(c, 412, "PRECONDITION_FAILED", S("If-None-Match matches"), STR_NONE);
        return false;
    }
    if ((since.p && !http_date_ms(since)) || (until.p && !http_date_ms(until))) {
        if (!get) {
            sf_error(c, 400, "INVALID_ARGUMENT", S("Unparseable date in a conditional header"),
                     STR_NONE);
            return false;
        }
    }
    at = http_date_ms(since);
    if (at && modified <= at) {
        if (get)
            c->r->status = 304;
        else
            sf_error(c, 412, "NOT_MODIFIED", S("The record has not been modified"), STR_NONE);
        return false;
    }
    at = http_date_ms(until);
    if (at && modified > at) {
        sf_error(c, 412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
                 S("The record has been modified"), STR_NONE);
        return false;
    }
    return true;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------- */

const struct sf_field **sf_fields_of(struct sf_call *c, const struct sf_object *obj,
                                     const struct str *name, size_t n)
{
    const struct sf_field **f = ARENA_ARRAY(c->a, const struct sf_field *, n);
    for (size_t i = 0; i < n; i++) {
        f[i] = sf_field_named(obj, str_trim(name[i]));
        if (f[i])
            continue;
        sf_error(c, 400, "INVALID_FIELD",
                 str_fmt(c->a, "No such column '%.*s' on sobject of type %s", STR_ARG(name[i]),
                         obj->name),
                 STR_NONE);
        return NULL;
    }
    return f;
}

void sf_put_fields(struct sf_call *c, const struct sf_object *obj, const struct world_record *r,
                   const struct sf_field *const *field, size_t n)
{
    struct str id = sf_id(c, obj->type, r);
    buf_fmt(c->b,
            "{\"attributes\":{\"type\":\"%s\",\"url\":\"/services/data/v%.*s/sobjects/%s/%.*s\"}",
            obj->name, STR_ARG(c->version), obj->name, STR_ARG(id));
    for (size_t i = 0; i < n; i++) {
        buf_fmt(c->b, ",\"%s\":", field[i]->name);
        sf_put_json(c->o, obj, field[i], r, c->a, c->b);
    }
    buf_char(c->b, '}');
}

static void read_row(struct sf_call *c, const struct sf_object *obj, const struct world_record *r)
{
    struct str rest = sf_param(c, "fields"),
               *name = ARENA_ARRAY(c->a, struct str, obj->fields + 400);
    const struct sf_field **field;
    size_t n = 0;
    if (rest.n) {
        while (n < obj->fields + 400 && str_cut(&rest, ',', &name[n]))
            n++;
        field = sf_fields_of(c, obj, name, n);
        if (!field)
            return;
    } else {
        field = ARENA_ARRAY(c->a, const struct sf_field *, obj->fields);
        for (size_t i = 0; i < obj->fields; i++)
            if (!(obj->field[i].flags & SF_HIDDEN))
                field[n++] = &obj->field[i];
    }
    if (obj->type == W_ACCOUNT)
        response_header(c->r, "ETag", etag(c, r));
    response_header(c->r, "Last-Modified", http_date(c->a, r->modified_ms));
    if (preconditions(c, obj, r))
        sf_put_fields(c, obj, r, field, n);
}

/* ---- writing
 * ------------------------------------------------------------------------------------------- */

static void put_result(struct sf_call *c, struct str id, int created)
{
    buf_fmt(c->b, "{\"id\":\"%.*s\",\"success\":true,\"errors\":[]", STR_ARG(id));
    if (created >= 0)
        buf_fmt(c->b, ",\"created\":%s", created ? "true" : "false");
    buf_char(c->b, '}');
}

static bool locked(struct sf_call *c)
{
    if (!sandbox_fault(c->s, "lock_row", "salesforce", c->q->path))
        return false;
    sf_error(c, 400, "UNABLE_TO_LOCK_ROW", S("unable to obtain exclusive access to this record"),
             STR_NONE);
    return true;
}

void sf_create(struct sf_call *c, struct sf_object *obj)
{
    yyjson_val *root;
    struct sf_input in;
    struct sf_problem p;
    struct world_record *r;
    struct sf_save save = sf_saving(c);
    if (!sf_body(c, &root) || locked(c))
        return;
    if (!sf_input_of(c, root, STR_NONE, false, &in, &p) || !sf_insert(&save, obj, &in, &r, &p)) {
        sf_fail(c, &p, 0);
        return;
    }
    struct str id = sf_id(c, obj->type, r);
    c->r->status = 201;
    response_header(c->r, "Location",
                    str_fmt(c->a, "/services/data/v%.*s/sobjects/%s/%.*s", STR_ARG(c->version),
                            obj->name, STR_ARG(id)));
    put_result(c, id, -1);
}

enum { BY_HAND = 1 }; /* as control_sf.c */

void sf_intrude(struct sf_call *c, struct sf_object *obj, struct world_record *r)
{
    struct sf_state *sf = c->s->sf;
    struct sf_save user = sf_saving(c);
    struct sf_problem ignored;
    size_t kept = 0;
    user.source = W_FROM_USER;
    user.user = BY_HAND;
    for (size_t i = 0; i < sf->intrusions; i++) {
        const struct sf_intrusion *x = &sf->intrusion[i];
        if (x->number == r->number && x->object == obj)
            (void)sf_update(&user, obj, r, &x->in, &ignored);
        else
            sf->intrusion[kept++] = *x;
    }
    sf->intrusions = kept;
}

static void update_row(struct sf_call *c, struct sf_object *obj, struct world_record *r)
{
    yyjson_val *root;
    struct sf_input in;
    struct sf_problem p;
    struct sf_save save = sf_saving(c);
    sf_intrude(c, obj, r);
    if (!sf_body(c, &root) || !preconditions(c, obj, r) || locked(c))
        return;
    if (!sf_input_of(c, root, STR_NONE, false, &in, &p) || !sf_update(&save, obj, r, &in, &p))
        sf_fail(c, &p, 0);
    else
        c->r->status = 204;
}

static void remove_row(struct sf_call *c, struct sf_object *obj, struct str id)
{
    struct sf_problem p;
    struct sf_save save = sf_saving(c);
    if (locked(c))
        return;
    if (sf_delete(&save, obj, id, &p))
        c->r->status = 204;
    else
        sf_fail(c, &p, strcmp(p.code, "INVALID_CROSS_REFERENCE_KEY") == 0 ? 404 : 0);
}

void sf_row(struct sf_call *c, struct sf_object *obj, struct str id)
{
    struct sf_problem p;
    struct sf_save save = sf_saving(c);
    if (is(c, "DELETE")) {
        remove_row(c, obj, id);
        return;
    }
    struct world_record *r = sf_target(&save, obj, id, &p);
    if (!r) {
        bool gone = strcmp(p.code, "ENTITY_IS_DELETED") == 0;
        bool get = is(c, "GET");
        if (strcmp(p.code, "MALFORMED_ID") == 0)
            sf_fail(c, &p, 400);
        else if (gone && !get)
            sf_fail(c, &p, 404);
        else
            sf_not_found(c); /* a read does not tell a deleted row from none (SF 6) */
    } else if (is(c, "GET")) {
        read_row(c, obj, r);
    } else if (is(c, "PATCH")) {
        update_row(c, obj, r);
    } else {
        sf_method(c);
    }
}

/* ---- by external id
 * -------------------------------------------------------------------------------------- */

bool sf_upsert_one(struct sf_save *s, struct sf_object *obj, struct sf_field *key, struct str value,
                   const struct sf_input *in, bool update_only, bool *created,
                   struct world_record **out, struct sf_problem *p)
{
    struct world_record *found[2] = {NULL, NULL};
    size_t n = sf_by_external(s->org, obj, key, value, found);
    *created = n == 0;
    *out = found[0];
    *p = (struct sf_problem){0};
    if (n > 1)
        *p = (struct sf_problem){"DUPLICATE_EXTERNAL_ID",
                                 str_fmt(s->a,
                                         "%s: more than one record found for external id field: "
                                         "[%.*s]",
                                         key->name, STR_ARG(value)),
                                 STR_NONE, STR_NONE};
    else if (!n && update_only)
        *p = (struct sf_problem){"NOT_FOUND",
                                 S("Provided external ID field does not exist or is not "
                                   "accessible"),
                                 STR_NONE, STR_NONE};
    if (p->code)
        return false;
    if (n)
        return sf_update(s, obj, found[0], in, p);
    struct sf_input with_key = {ARENA_ARRAY(s->a, struct sf_cell, in->cells + 1), in->cells + 1};
    if (in->cells)
        memcpy(with_key.cell, in->cell, in->cells * sizeof(*in->cell));
    with_key.cell[in->cells] =
        (struct sf_cell){.name = str_from(key->name), .value = value, .quoted = true};
    return sf_insert(s, obj, &with_key, out, p);
}

static void several(struct sf_call *c, const struct sf_object *obj,
                    struct world_record *const found[2])
{
    c->r->status = 300;
    for (int i = 0; i < 2; i++)
        buf_fmt(c->b, "%s\"/services/data/v%.*s/sobjects/%s/%.*s\"", i ? "," : "[",
                STR_ARG(c->version), obj->name, STR_ARG(sf_id(c, obj->type, found[i])));
    buf_char(c->b, ']');
}

void sf_external(struct sf_call *c, struct sf_object *obj, struct str name, struct str value)
{
    struct sf_field *key = sf_field_named(obj, name);
    struct world_record *found[2] = {NULL, NULL}, *r;
    struct sf_save save = sf_saving(c);
    struct sf_problem p;
    struct sf_input in;
    yyjson_val *root;
    bool created;
    if (!key || !(key->flags & SF_EXTERNAL)) {
        sf_error(c, 404, "NOT_FOUND",
                 S("Provided external ID field does not exist or is not accessible"), STR_NONE);
        return;
    }
    size_t n = sf_by_external(c->o, obj, key, value, found);
    if (n > 1) {
        several(c, obj, found);
    } else if (is(c, "PATCH")) {
        if (!sf_body(c, &root) || (n && !preconditions(c, obj, found[0])) || locked(c))
            return;
        if (yyjson_obj_get(root, key->name)) {
            sf_error(c, 400, "INVALID_FIELD",
                     str_fmt(c->a, "The %s field should not be specified in the sobject data.",
                             key->name),
                     STR_NONE);
            return;
        }
        bool only = str_eq(sf_param(c, "updateOnly"), S("true"));
        if (!sf_input_of(c, root, STR_NONE, false, &in, &p) ||
            !sf_upsert_one(&save, obj, key, value, &in, only, &created, &r, &p)) {
            sf_fail(c, &p, 0);
            return;
        }
        c->r->status = created ? 201 : 200;
        put_result(c, sf_id(c, obj->type, r), created);
    } else if (n == 0) {
        sf_not_found(c);
    } else if (is(c, "GET")) {
        read_row(c, obj, found[0]);
    } else if (is(c, "DELETE")) {
        remove_row(c, obj, sf_id(c, obj->type, found[0]));
    } else {
        sf_method(c);
    }
}
