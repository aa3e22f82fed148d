/* hs_objects: records one by one, the list walk, merging (H6, H8). */
#include "sandbox/http/hs_p.h"

/* ---- input ----------------------------------------------------------------------------------- */

struct hs_input hs_input_of(struct hs_call *c, yyjson_val *properties)
{
    struct hs_input in = {ARENA_ARRAY(c->a, struct hs_cell, yyjson_obj_size(properties)), 0};
    yyjson_val *k, *v;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(properties, &it);
    while ((k = yyjson_obj_iter_next(&it))) {
        v = yyjson_obj_iter_get_val(k);
        struct str text =
            yyjson_is_bool(v) ? yyjson_get_bool(v) ? S("true") : S("false") : json_str(v);
        in.cell[in.cells++] = (struct hs_cell){json_str(k), text.p ? text : S("")};
    }
    return in;
}

static bool bad_target(struct hs_refusal *why, int status, struct str message)
{
    *why = (struct hs_refusal){.status = status,
                               .category = status == 404 ? "OBJECT_NOT_FOUND" : "VALIDATION_ERROR",
                               .message = message};
    return false;
}

/* The object at the other end follows from the type's number. */
static bool target_of(struct hs_call *c, struct hs_object *o, yyjson_val *one,
                      struct hs_target *out, struct hs_refusal *why)
{
    enum hs_type from = hs_type_of(c->p, o);
    yyjson_val *types = yyjson_obj_get(one, "types");
    int64_t first = json_i64(yyjson_obj_get(yyjson_arr_get_first(types), "associationTypeId"), 0);
    struct str id = json_str(json_at(one, "to", "id", NULL));
    for (int t = 0; t < HS_TYPES; t++) {
        struct hs_object *to = &c->p->object[t];
        if (hs_link_bit(c->p, from, (enum hs_type)t, (int)first) < 0)
            continue;
        struct world_record *r = hs_find(c->p, to, id);
        if (!r || r->archived_ms)
            return bad_target(why, 400,
                              S("One or more associations are not valid: no such object"));
        out->to = (enum hs_type)t;
        out->number = r->number;
        if (!hs_types_of(c, o, to, types, &out->types))
            return bad_target(why, 400, S("invalid association type"));
        return true;
    }
    return bad_target(why, 400, S("invalid association type"));
}

bool hs_targets_of(struct hs_call *c, struct hs_object *o, yyjson_val *list, struct hs_target **out,
                   size_t *n, struct hs_refusal *why)
{
    yyjson_val *one;
    yyjson_arr_iter it;
    *n = 0;
    *out = ARENA_ARRAY(c->a, struct hs_target, yyjson_arr_size(list));
    yyjson_arr_iter_init(list, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        if (!target_of(c, o, one, &(*out)[(*n)++], why))
            return false;
    return true;
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void list(struct hs_call *c, struct hs_object *o)
{
    struct world_table *tab = &c->p->world->table[o->type];
    bool archived = hs_flag(c, "archived");
    struct hs_view v;
    struct str after;
    int64_t limit, given = 0;
    uint64_t last = 0, i;
    hs_view_of_query(c, o, &v);
    if (!hs_paging(c, v.histories ? HS_HISTORY_INPUTS_MAX : 100, 10, &limit, &after))
        return;
    buf_str(c->b, S("{\"results\":["));
    for (i = world_after(c->p->world, o->type, after); i < tab->count && given < limit; i++) {
        const struct world_record *r = tab->record[i];
        if (r->merged_into || r->purged || (r->archived_ms != 0) != archived)
            continue;
        if (given++)
            buf_char(c->b, ',');
        hs_put_record(c, &v, r);
        buf_char(c->b, '}');
        last = i;
    }
    buf_char(c->b, ']');
    if (i < tab->count && given == limit) {
        struct str id = hs_id(c->p, o, last, c->a);
        buf_fmt(c->b, ",\"paging\":{\"next\":{\"after\":\"%.*s\",\"link\":\"%s%.*s?after=%.*s\"}}",
                STR_ARG(id), c->s->base_url[1], STR_ARG(c->q->path), STR_ARG(id));
    }
    buf_char(c->b, '}');
}

/* ---- one record ------------------------------------------------------------------------------ */

static void create(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root;
    struct world_record *r;
    struct hs_save s = hs_saving(c);
    struct hs_refusal why;
    struct hs_target *target;
    size_t targets;
    if (!hs_body(c, &root))
        return;
    struct hs_input in = hs_input_of(c, yyjson_obj_get(root, "properties"));
    if (!hs_targets_of(c, o, yyjson_obj_get(root, "associations"), &target, &targets, &why) ||
        !hs_create(&s, o, &in, target, targets, &r, &why)) {
        hs_refuse(c, &why);
        return;
    }
    c->r->status = 201;
    hs_put_written(c, o, r, &in, true);
    hs_put_warnings(c, &s);
    buf_char(c->b, '}');
}

bool hs_update_late(struct hs_call *c, struct hs_save *s, struct hs_object *o,
                    struct world_record *r, const struct hs_input *in, struct hs_refusal *why)
{
    struct hs_save user = *s;
    size_t kept = 0;
    user.source = W_FROM_USER;
    for (size_t i = 0; i < c->state->intrusions; i++) {
        const struct hs_intrusion *x = &c->state->intrusion[i];
        if (x->number == r->number && &c->p->object[x->type] == o)
            hs_edit(&user, o, r, &x->in);
        else
            c->state->intrusion[kept++] = *x;
    }
    c->state->intrusions = kept;
    return hs_update(s, o, r, in, why);
}

static void update(struct hs_call *c, struct hs_object *o, struct world_record *r)
{
    yyjson_val *root;
    struct hs_save s = hs_saving(c);
    struct hs_refusal why;
    if (!hs_body(c, &root))
        return;
    struct hs_input in = hs_input_of(c, yyjson_obj_get(root, "properties"));
    if (!hs_update_late(c, &s, o, r, &in, &why)) {
        hs_refuse(c, &why);
        return;
    }
    hs_put_written(c, o, r, &in, false);
    hs_put_warnings(c, &s);
    buf_char(c->b, '}');
}

/* By id, or by ?idProperty=; archived ones where asked for. */
static struct world_record *named(struct hs_call *c, struct hs_object *o, struct str id)
{
    struct str property = hs_param(c, "idProperty");
    if (!property.n || str_eq(property, S("hs_object_id")))
        return hs_find(c->p, o, id);
    const struct hs_property *f = hs_property(o, property);
    if (!f || !(f->flags & HS_UNIQUE)) /* H6.12 */
        return NULL;
    return hs_by_unique(c->p, o, f, id);
}

static void single(struct hs_call *c, struct hs_object *o, struct str id)
{
    struct world_record *r = named(c, o, id);
    struct hs_save s = hs_saving(c);
    struct hs_view v;
    bool get = hs_is(c, "GET");
    if (hs_is(c, "DELETE")) {
        if (r)
            hs_archive(&s, o, r);
        if (r || world_find(c->p->world, o->type, id)) /* archived again: 204, too (H8.1) */
            c->r->status = 204;
        else
            hs_not_found(c);
        return;
    }
    if (!r || (r->archived_ms != 0) != (get && hs_flag(c, "archived"))) {
        hs_not_found(c);
    } else if (hs_is(c, "PATCH")) {
        update(c, o, r);
    } else if (get) {
        hs_view_of_query(c, o, &v);
        hs_put_record(c, &v, r);
        buf_char(c->b, '}');
    } else {
        hs_error(c, 405, "METHOD_NOT_ALLOWED", S("Method not allowed"));
    }
}

static void merge(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root;
    struct hs_save s = hs_saving(c);
    struct hs_refusal why;
    struct world_record *to;
    struct hs_view v;
    if (!hs_body(c, &root))
        return;
    struct world_record *a = hs_find(c->p, o, json_get(root, "primaryObjectId"));
    struct world_record *b = hs_find(c->p, o, json_get(root, "objectIdToMerge"));
    if (!a || !b || a->archived_ms || b->archived_ms) {
        hs_not_found(c);
        return;
    }
    if (!hs_merge(&s, o, a, b, &to, &why)) {
        hs_refuse(c, &why);
        return;
    }
    hs_view_of_body(c, o, NULL, &v);
    v.property[v.properties++] = hs_property(o, S("hs_merged_object_ids"));
    hs_put_record(c, &v, to);
    buf_char(c->b, '}');
}

/* H8.5: gone for good. */
static void forget(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root;
    if (!hs_body(c, &root))
        return;
    struct str property = json_get(root, "idProperty"), id = json_get(root, "objectId");
    const struct hs_property *f = hs_property(o, property);
    struct world_record *r =
        f && (f->flags & HS_UNIQUE) ? hs_by_unique(c->p, o, f, id) : hs_find(c->p, o, id);
    if (r)
        world_purge(c->p->world, o->type, r);
    c->p->writes++;
    c->r->status = 204;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static void batch(struct hs_call *c, struct hs_object *o, struct str what)
{
    if (!hs_is(c, "POST"))
        hs_error(c, 405, "METHOD_NOT_ALLOWED", S("Method not allowed"));
    else if (str_eq(what, S("read")))
        hs_batch_read(c, o);
    else if (str_eq(what, S("create")))
        hs_batch_write(c, o, HS_BATCH_CREATE);
    else if (str_eq(what, S("update")))
        hs_batch_write(c, o, HS_BATCH_UPDATE);
    else if (str_eq(what, S("upsert")))
        hs_batch_write(c, o, HS_BATCH_UPSERT);
    else if (str_eq(what, S("archive")))
        hs_batch_archive(c, o);
    else
        hs_no_path(c);
}

static bool reads(const struct hs_call *c, struct str first, struct str second)
{
    return hs_is(c, "GET") || str_eq(first, S("search")) ||
           (str_eq(first, S("batch")) && str_eq(second, S("read")));
}

void hs_objects(struct hs_call *c, struct str rest)
{
    struct str type, first = STR_NONE, second = STR_NONE;
    if (!hs_segment(c, &rest, &type)) {
        hs_no_path(c);
        return;
    }
    struct hs_object *o = hs_object_named(c->p, type);
    if (!o) {
        hs_invalid(c, str_fmt(c->a, "Unable to infer object type from: %.*s", STR_ARG(type)));
        return;
    }
    hs_segment(c, &rest, &first);
    hs_segment(c, &rest, &second);
    bool post = hs_is(c, "POST");
    if (!hs_object_scope(c, o, !reads(c, first, second)))
        return;
    if (!first.n)
        post ? create(c, o) : list(c, o);
    else if (str_eq(second, S("associations")))
        hs_record_links(c, o, first, rest);
    else if (str_eq(first, S("search")) && post)
        hs_search_answer(c, o);
    else if (str_eq(first, S("merge")) && post)
        merge(c, o);
    else if (str_eq(first, S("gdpr-delete")) && post && o->type == W_HS_CONTACT)
        forget(c, o);
    else if (str_eq(first, S("batch")) && second.n)
        batch(c, o, second);
    else if (!second.n)
        single(c, o, first);
    else
        hs_no_path(c);
}
