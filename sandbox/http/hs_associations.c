/* hs_associations: the associations of one record (H15), in the shapes of v3 and of v4 and later.
 */
#include "sandbox/http/hs_links_p.h"
#include "sandbox/http/hs_p.h"

enum { LINKS_PAGE = 500 };

/* ---- types ----------------------------------------------------------------------------------- */

bool hs_types_of(struct hs_call *c, const struct hs_object *from, const struct hs_object *to,
                 yyjson_val *list, uint32_t *types)
{
    yyjson_val *one;
    yyjson_arr_iter it;
    enum hs_type f = hs_type_of(c->p, from), t = hs_type_of(c->p, to);
    *types = 0;
    yyjson_arr_iter_init(list, &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        int64_t id = json_i64(yyjson_obj_get(one, "associationTypeId"), 0);
        int bit = hs_link_bit(c->p, f, t, (int)id);
        struct str category = json_get(one, "associationCategory");
        if (bit < 0 || str_eq(category, S("USER_DEFINED")) != c->p->pair[f][t].type[bit].user)
            return false;
        *types |= 1u << bit;
    }
    return true;
}

void hs_put_types(struct hs_call *c, const struct hs_object *from, const struct hs_object *to,
                  uint32_t types)
{
    const struct hs_pair *pair = &c->p->pair[hs_type_of(c->p, from)][hs_type_of(c->p, to)];
    size_t given = 0;
    buf_char(c->b, '[');
    for (size_t i = pair->types; i-- > 0;) {
        const struct hs_link_type *t = &pair->type[i];
        if (!(types >> i & 1u) || t->dead)
            continue;
        buf_fmt(c->b, "%s{\"category\":\"%s\",\"typeId\":%d,\"label\":", given++ ? "," : "",
                t->user ? "USER_DEFINED" : "HUBSPOT_DEFINED", t->id);
        if (t->label)
            json_quote(c->b, str_from(t->label));
        else
            buf_str(c->b, S("null"));
        buf_char(c->b, '}');
    }
    buf_char(c->b, ']');
}

/* ---- a page of one record's ------------------------------------------------------------------ */

bool hs_put_page(struct hs_call *c, const struct hs_ends *x, uint64_t number, struct str after,
                 size_t limit)
{
    size_t n, given = 0, i = 0, types = 0;
    const struct hs_edge *e = hs_links(c->p, x->f, number, x->t, &n);
    uint64_t from = world_after(c->p->world, x->to->type, after), last = 0;
    bool old = str_eq(c->version, S("v3")), more = false;
    for (; i < n; i++) {
        if (e[i].to < from || !hs_link_live(c->p, x->t, &e[i]))
            continue;
        if (given == limit) {
            more = true;
            break;
        }
        struct str id = hs_id(c->p, x->to, e[i].to, c->a);
        last = e[i].to;
        if (old) {
            for (size_t bit = 0; bit < c->p->pair[x->f][x->t].types; bit++)
                if (e[i].types >> bit & 1u)
                    buf_fmt(c->b, "%s{\"id\":\"%.*s\",\"type\":\"%s\"}", types++ ? "," : "",
                            STR_ARG(id), c->p->pair[x->f][x->t].type[bit].name);
        } else {
            buf_fmt(c->b, "%s{\"toObjectId\":%.*s,\"associationTypes\":", given ? "," : "",
                    STR_ARG(id));
            hs_put_types(c, x->from, x->to, e[i].types);
            buf_char(c->b, '}');
        }
        given++;
    }
    buf_char(c->b, ']');
    if (more) {
        struct str id = hs_id(c->p, x->to, last, c->a);
        buf_fmt(c->b, ",\"paging\":{\"next\":{\"after\":\"%.*s\",\"link\":\"%s%.*s?after=%.*s\"}}",
                STR_ARG(id), c->s->base_url[1], STR_ARG(c->q->path), STR_ARG(id));
    }
    return given > 0;
}

/* ---- writing one pair ------------------------------------------------------------------------ */

bool hs_live_pair(struct hs_call *c, const struct hs_ends *x, struct str a, struct str b,
                  uint64_t out[2])
{
    struct world_record *r = hs_find(c->p, x->from, a), *q = hs_find(c->p, x->to, b);
    if (!r || !q || r->archived_ms || q->archived_ms || (r == q && x->f == x->t))
        return false;
    out[0] = r->number;
    out[1] = q->number;
    return true;
}

void hs_put_pair(struct hs_call *c, const struct hs_ends *x, const uint64_t ends[2])
{
    uint32_t types = hs_linked(c->p, x->f, ends[0], x->t, ends[1]);
    const struct hs_pair *pair = &c->p->pair[x->f][x->t];
    struct str a = hs_id(c->p, x->from, ends[0], c->a), b = hs_id(c->p, x->to, ends[1], c->a);
    size_t given = 0;
    buf_fmt(c->b,
            "{\"fromObjectTypeId\":\"%s\",\"fromObjectId\":%.*s,\"toObjectTypeId\":\"%s\","
            "\"toObjectId\":%.*s,\"labels\":[",
            x->from->id, STR_ARG(a), x->to->id, STR_ARG(b));
    for (size_t i = 0; i < pair->types; i++)
        if ((types >> i & 1u) && pair->type[i].label) {
            if (given++)
                buf_char(c->b, ',');
            json_quote(c->b, str_from(pair->type[i].label));
        }
    buf_str(c->b, S("]}"));
}

void hs_put_default(struct hs_call *c, const struct hs_ends *x, const uint64_t ends[2])
{
    struct str a = hs_id(c->p, x->from, ends[0], c->a), b = hs_id(c->p, x->to, ends[1], c->a);
    for (int way = 0; way < 2; way++)
        buf_fmt(c->b,
                "%s{\"from\":{\"id\":\"%.*s\"},\"to\":{\"id\":\"%.*s\"},\"associationSpec\":"
                "{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":%d}}",
                way ? "," : "", STR_ARG(way ? b : a), STR_ARG(way ? a : b),
                way ? c->p->pair[x->t][x->f].type[0].id : c->p->pair[x->f][x->t].type[0].id);
}

/* PUT: the labels of a pair become these; that it is the primary one stays (H15.11). */
static void put_labels(struct hs_call *c, const struct hs_ends *x, const uint64_t ends[2])
{
    struct hs_save s = hs_saving(c);
    yyjson_val *root;
    uint32_t types, had = hs_linked(c->p, x->f, ends[0], x->t, ends[1]), gone;
    if (!hs_body(c, &root))
        return;
    if (!hs_types_of(c, x->from, x->to, root, &types)) {
        hs_invalid(c, S("invalid association type"));
        return;
    }
    if (hs_links_full(c->p, x->f, ends[0], x->t, ends[1])) {
        hs_invalid(c, S("Association limit reached for this record"));
        return;
    }
    gone = had & ~(types | HS_PLAIN | (x->f != x->t ? HS_PRIMARY : 0u));
    if (!hs_link(&s, x->f, ends[0], x->t, ends[1], types)) {
        hs_invalid(c, S("a company cannot be its own parent"));
        return;
    }
    hs_unlink(&s, x->f, ends[0], x->t, ends[1], gone);
    c->r->status = 201;
    hs_put_pair(c, x, ends);
}

static void pair(struct hs_call *c, const struct hs_ends *x, struct str id, struct str to,
                 struct str name)
{
    struct hs_save s = hs_saving(c);
    uint64_t ends[2];
    if (hs_is(c, "DELETE")) {
        if (hs_live_pair(c, x, id, to, ends))
            hs_unlink(&s, x->f, ends[0], x->t, ends[1], HS_PLAIN);
        c->r->status = 204;
    } else if (!hs_is(c, "PUT")) {
        hs_error(c, 405, "METHOD_NOT_ALLOWED", S("Method not allowed"));
    } else if (!hs_live_pair(c, x, id, to, ends)) {
        hs_not_found(c);
    } else if (!name.n) {
        put_labels(c, x, ends);
    } else { /* v3: the type is in the path, by name or number */
        int64_t number = 0;
        const struct hs_pair *p = &c->p->pair[x->f][x->t];
        (void)str_to_i64(name, &number);
        for (size_t i = 0; i < p->types; i++)
            if (p->type[i].id == number || str_eq(name, str_from(p->type[i].name))) {
                struct hs_view v;
                (void)hs_link(&s, x->f, ends[0], x->t, ends[1], 1u << i);
                hs_view_of_query(c, x->from, &v);
                hs_put_record(c, &v, hs_find(c->p, x->from, id));
                buf_char(c->b, '}');
                return;
            }
        hs_invalid(c, S("invalid association type"));
    }
}

bool hs_ends_of(struct hs_call *c, struct hs_object *from, struct hs_object *to, bool write,
                struct hs_ends *x)
{
    if (!from || !to) {
        hs_invalid(c, S("Unable to infer object type"));
        return false;
    }
    *x = (struct hs_ends){from, to, hs_type_of(c->p, from), hs_type_of(c->p, to)};
    return hs_object_scope(c, from, write) && hs_object_scope(c, to, write); /* H3.18 */
}

static void one_default(struct hs_call *c, struct hs_object *o, struct str id, struct str rest)
{
    struct str type = STR_NONE, to = STR_NONE;
    struct hs_ends x;
    struct hs_save s = hs_saving(c);
    uint64_t ends[2];
    hs_segment(c, &rest, &type);
    hs_segment(c, &rest, &to);
    if (!hs_ends_of(c, o, hs_object_named(c->p, type), !hs_is(c, "GET"), &x))
        return;
    if (!hs_live_pair(c, &x, id, to, ends)) {
        hs_not_found(c);
        return;
    }
    (void)hs_link(&s, x.f, ends[0], x.t, ends[1], HS_PLAIN);
    hs_batch_head(c);
    hs_put_default(c, &x, ends);
    hs_batch_tail(c, NULL, 0);
}

void hs_record_links(struct hs_call *c, struct hs_object *o, struct str id, struct str rest)
{
    struct str type = STR_NONE, to = STR_NONE, name = STR_NONE, after;
    struct hs_ends x;
    int64_t limit;
    hs_segment(c, &rest, &type);
    if (str_eq(type, S("default")) && hs_is(c, "PUT")) {
        one_default(c, o, id, rest);
        return;
    }
    if (!hs_ends_of(c, o, hs_object_named(c->p, type), !hs_is(c, "GET"), &x))
        return;
    if (hs_segment(c, &rest, &to)) {
        hs_segment(c, &rest, &name);
        pair(c, &x, id, to, name);
        return;
    }
    struct world_record *r = hs_find(c->p, o, id);
    if (!r || r->archived_ms) {
        hs_not_found(c);
    } else if (hs_paging(c, LINKS_PAGE, LINKS_PAGE, &limit, &after)) {
        buf_str(c->b, S("{\"results\":["));
        hs_put_page(c, &x, r->number, after, (size_t)limit);
        buf_char(c->b, '}');
    }
}
