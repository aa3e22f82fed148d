/* hs_association_batch: associations of many records a call (H15.7-H15.12). */
#include "sandbox/http/hs_links_p.h"

enum { READ_MAX = 1000, WRITE_MAX = 2000, ARCHIVE_FROM_MAX = 100, OLD_READ_MAX = 100 };

/* A record without associations is told as an error that is none (H15.8). */
static void put_none(struct hs_call *c, struct buf *errors, const struct hs_ends *x, struct str id,
                     size_t n)
{
    if (n)
        buf_char(errors, ',');
    buf_str(errors, S("{\"status\":\"error\",\"category\":\"OBJECT_NOT_FOUND\",\"subCategory\":"
                      "\"crm.associations.NO_ASSOCIATIONS_FOUND\",\"message\":"));
    json_quote(errors, str_fmt(c->a, "No %s is associated with %s %.*s.", x->to->singular,
                               x->from->singular, STR_ARG(id)));
    buf_fmt(errors,
            ",\"context\":{\"fromObjectId\":[\"%.*s\"],\"fromObjectType\":[\"%s\"],"
            "\"toObjectType\":[\"%s\"]}}",
            STR_ARG(str_slice(id, 0, 40)), x->from->singular, x->to->singular);
}

static void read(struct hs_call *c, const struct hs_ends *x)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct buf errors;
    size_t given = 0, none = 0;
    bool old = str_eq(c->version, S("v3"));
    if (!hs_inputs(c, READ_MAX, &root, &inputs))
        return;
    buf_init(&errors, 8 * MIB);
    hs_batch_head(c);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(in, "id");
        struct world_record *r = hs_find(c->p, x->from, id);
        size_t before = c->b->n;
        struct str own = r ? hs_id(c->p, x->from, r->number, c->a) : id;
        buf_fmt(c->b, "%s{\"from\":{\"id\":\"%.*s\"},\"to\":[", given ? "," : "", STR_ARG(own));
        if (!r || r->archived_ms ||
            !hs_put_page(c, x, r->number, json_get(in, "after"), old ? OLD_READ_MAX : 500)) {
            c->b->n = before;
            c->b->p[before] = '\0';
            put_none(c, &errors, x, id, none++);
            continue;
        }
        buf_char(c->b, '}');
        given++;
    }
    hs_batch_tail(c, &errors, none);
    buf_release(&errors);
}

static void put_bad(struct hs_call *c, struct buf *errors, size_t n, struct str message)
{
    bool full = str_starts(message, S("Association limit")); /* the code is a guess (H15.13) */
    struct hs_refusal why = {.status = 400,
                             .category = "VALIDATION_ERROR",
                             .sub = full ? "crm.associations.ASSOCIATION_LIMIT_EXCEEDED" : NULL,
                             .message = message};
    if (n)
        buf_char(errors, ',');
    hs_put_refusal(c, errors, &why, STR_NONE);
}

static struct str end_of(yyjson_val *in, const char *end)
{
    return json_str(json_at(in, end, "id", NULL));
}

/* v3 names the type: {"type":"contact_to_company"} */
static bool types_in(struct hs_call *c, const struct hs_ends *x, yyjson_val *in, uint32_t *types)
{
    struct str name = json_get(in, "type");
    const struct hs_pair *pair = &c->p->pair[x->f][x->t];
    if (!name.n)
        return hs_types_of(c, x->from, x->to, yyjson_obj_get(in, "types"), types);
    for (size_t i = 0; i < pair->types; i++)
        if (str_eq(name, str_from(pair->type[i].name))) {
            *types = 1u << i;
            return true;
        }
    return false;
}

static void create(struct hs_call *c, const struct hs_ends *x, bool plain)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct hs_save s = hs_saving(c);
    struct buf errors;
    size_t given = 0, bad = 0;
    if (!hs_inputs(c, WRITE_MAX, &root, &inputs))
        return;
    buf_init(&errors, 8 * MIB);
    hs_batch_head(c);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        uint64_t ends[2];
        uint32_t types = HS_PLAIN;
        if (!hs_live_pair(c, x, end_of(in, "from"), end_of(in, "to"), ends)) {
            put_bad(c, &errors, bad++, S("One or more records do not exist"));
            continue;
        }
        if (hs_links_full(c->p, x->f, ends[0], x->t, ends[1])) {
            put_bad(c, &errors, bad++, S("Association limit reached for this record"));
            continue;
        }
        if ((!plain && !types_in(c, x, in, &types)) ||
            !hs_link(&s, x->f, ends[0], x->t, ends[1], types)) {
            put_bad(c, &errors, bad++, S("invalid association type"));
            continue;
        }
        if (given++)
            buf_char(c->b, ',');
        plain ? hs_put_default(c, x, ends) : hs_put_pair(c, x, ends);
    }
    c->r->status = plain ? 200 : 201;
    hs_batch_tail(c, &errors, bad);
    buf_release(&errors);
}

static size_t different(yyjson_val *inputs, struct arena *a)
{
    struct str *seen = ARENA_ARRAY(a, struct str, yyjson_arr_size(inputs));
    size_t n = 0;
    yyjson_val *in;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        size_t i = 0;
        while (i < n && !str_eq(seen[i], end_of(in, "from")))
            i++;
        if (i == n)
            seen[n++] = end_of(in, "from");
    }
    return n;
}

static void archive_one(struct hs_call *c, const struct hs_ends *x, yyjson_val *in, bool labels)
{
    struct hs_save s = hs_saving(c);
    yyjson_val *to = yyjson_obj_get(in, "to"), *one;
    yyjson_arr_iter it;
    uint64_t ends[2];
    uint32_t types = HS_PLAIN;
    if (labels && !types_in(c, x, in, &types))
        return;
    if (!yyjson_is_arr(to)) {
        if (hs_live_pair(c, x, end_of(in, "from"), end_of(in, "to"), ends))
            hs_unlink(&s, x->f, ends[0], x->t, ends[1], types);
        return;
    }
    yyjson_arr_iter_init(to, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        if (hs_live_pair(c, x, end_of(in, "from"), json_get(one, "id"), ends))
            hs_unlink(&s, x->f, ends[0], x->t, ends[1], types);
}

static void archive(struct hs_call *c, const struct hs_ends *x, bool labels)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    if (!hs_inputs(c, WRITE_MAX, &root, &inputs))
        return;
    if (different(inputs, c->a) > ARCHIVE_FROM_MAX) { /* H15.12 */
        hs_invalid(c, S("At most 100 different from records are allowed"));
        return;
    }
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it)))
        archive_one(c, x, in, labels);
    if (!c->dated) {
        c->r->status = 204; /* H1.8 a */
        return;
    }
    hs_batch_head(c);
    hs_batch_tail(c, NULL, 0);
}

static void configurations(struct hs_call *c)
{
    size_t given = 0;
    buf_str(c->b, S("{\"results\":["));
    for (int f = 0; f < HS_TYPES; f++)
        for (int t = 0; t < HS_TYPES; t++)
            buf_fmt(c->b,
                    "%s{\"category\":\"HUBSPOT_DEFINED\",\"typeId\":%d,\"fromObjectTypeId\":\"%s\","
                    "\"toObjectTypeId\":\"%s\",\"maxToObjectIds\":50000}",
                    given++ ? "," : "", c->p->pair[f][t].type[0].id, c->p->object[f].id,
                    c->p->object[t].id);
    buf_str(c->b, S("]}"));
}

/* v3 only: what the types are called */
static void types(struct hs_call *c, const struct hs_ends *x)
{
    const struct hs_pair *pair = &c->p->pair[x->f][x->t];
    buf_str(c->b, S("{\"results\":["));
    for (size_t i = 0; i < pair->types; i++)
        buf_fmt(c->b, "%s{\"id\":\"%d\",\"name\":\"%s\"}", i ? "," : "", pair->type[i].id,
                pair->type[i].name);
    buf_str(c->b, S("]}"));
}

void hs_associations(struct hs_call *c, struct str rest)
{
    struct str from = STR_NONE, to = STR_NONE, what = STR_NONE;
    struct hs_ends x;
    hs_segment(c, &rest, &from);
    hs_segment(c, &rest, &to);
    hs_segment(c, &rest, &what);
    if (str_eq(from, S("definitions"))) {
        configurations(c);
        return;
    }
    if (str_eq(from, S("usage"))) { /* the report is mailed to somebody */
        buf_str(c->b, S("{}"));
        return;
    }
    while (rest.n && rest.p[0] == '/')
        rest = str_slice(rest, 1, rest.n);
    bool post = hs_is(c, "POST"), batch = str_eq(what, S("batch")) && post;
    bool write = !hs_is(c, "GET") && !str_eq(rest, S("read"));
    if (!hs_ends_of(c, hs_object_named(c->p, from), hs_object_named(c->p, to), write, &x))
        return;
    if (str_eq(what, S("labels")))
        hs_labels(c, x.from, x.to, rest);
    else if (str_eq(what, S("types")) && hs_is(c, "GET"))
        types(c, &x);
    else if (batch && str_eq(rest, S("read")))
        read(c, &x);
    else if (batch && str_eq(rest, S("create")))
        create(c, &x, false);
    else if (batch && str_eq(rest, S("associate/default")))
        create(c, &x, true);
    else if (batch && str_eq(rest, S("archive")))
        archive(c, &x, false);
    else if (batch && str_eq(rest, S("labels/archive")))
        archive(c, &x, true);
    else
        hs_no_path(c);
}
