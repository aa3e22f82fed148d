/* hs_members: who is in a list, in both orders, and the lists of a record (H16.3-H16.8). */
#include "sandbox/http/hs_p.h"

enum { MEMBERS_MAX = 250, CHANGE_MAX = 100000 };

/* ---- members --------------------------------------------------------------------------------- */

static int cmp_joined(const void *x, const void *y)
{
    const struct hs_member *a = x, *b = y;
    if (a->joined_ms != b->joined_ms)
        return a->joined_ms < b->joined_ms ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* `after` is a position: a record id, or of the join order a time and a record id. */
static void members(struct hs_call *c, struct hs_list *l, bool by_time)
{
    struct hs_object *o = &c->p->object[l->type];
    struct hs_member *m = ARENA_ARRAY(c->a, struct hs_member, l->members), from = {0};
    struct str after, text;
    int64_t limit;
    size_t n = 0, i = 0, given = 0;
    if (!hs_paging(c, MEMBERS_MAX, 100, &limit, &after))
        return;
    for (size_t k = 0; k < l->members; k++)
        if (hs_member_live(c->p, l, &l->member[k]))
            m[n++] = l->member[k];
    if (by_time && n)
        qsort(m, n, sizeof(*m), cmp_joined);
    if (by_time && after.n) {
        str_cut(&after, '-', &text);
        (void)str_to_i64(text, &from.joined_ms);
        from.number = world_after(c->p->world, o->type, after);
        while (i < n && (m[i].joined_ms < from.joined_ms ||
                         (m[i].joined_ms == from.joined_ms && m[i].number < from.number)))
            i++;
    } else if (after.n) {
        from.number = world_after(c->p->world, o->type, after);
        while (i < n && m[i].number < from.number)
            i++;
    }
    buf_fmt(c->b, "{\"total\":%zu,\"results\":[", n);
    for (; i < n && given < (size_t)limit; i++, given++)
        buf_fmt(c->b, "%s{\"recordId\":\"%.*s\",\"membershipTimestamp\":\"%.*s\"}",
                given ? "," : "", STR_ARG(hs_id(c->p, o, m[i].number, c->a)),
                STR_ARG(iso_ms(c->a, m[i].joined_ms)));
    buf_char(c->b, ']');
    if (i < n) {
        struct str id = hs_id(c->p, o, m[i - 1].number, c->a);
        buf_str(c->b, S(",\"paging\":{\"next\":{\"after\":\""));
        if (by_time)
            buf_fmt(c->b, "%lld-", (long long)m[i - 1].joined_ms);
        buf_fmt(c->b, "%.*s\",\"link\":\"\"}}", STR_ARG(id));
    }
    buf_char(c->b, '}');
}

struct change {
    struct buf added, removed, missing;
};

static void name_in(struct buf *b, struct str id)
{
    if (b->n)
        buf_char(b, ',');
    json_quote(b, id);
}

static void change(struct hs_call *c, struct hs_list *l, yyjson_val *ids, bool add,
                   struct change *out)
{
    yyjson_val *one;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(ids, &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        struct str id = json_str(one);
        struct world_record *r = hs_find(c->p, &c->p->object[l->type], id);
        if (!r || r->archived_ms)
            name_in(&out->missing, id);
        else if (add && hs_list_join(l, r->number, c->now_ms))
            name_in(&out->added, id);
        else if (!add && hs_list_leave(l, r->number))
            name_in(&out->removed, id);
    }
    l->updated_ms = c->now_ms;
}

static void change_members(struct hs_call *c, struct hs_list *l, struct str what)
{
    yyjson_val *root;
    struct change out;
    bool both = str_eq(what, S("add-and-remove")), add = str_eq(what, S("add"));
    if (l->processing == HS_DYNAMIC) { /* H16.8 */
        hs_invalid(c, S("The memberships of a DYNAMIC list cannot be changed"));
        return;
    }
    if (!hs_body(c, &root))
        return;
    buf_init(&out.added, 8 * MIB);
    buf_init(&out.removed, 8 * MIB);
    buf_init(&out.missing, 8 * MIB);
    if (both) {
        change(c, l, yyjson_obj_get(root, "recordIdsToAdd"), true, &out);
        change(c, l, yyjson_obj_get(root, "recordIdsToRemove"), false, &out);
    } else {
        change(c, l, root, add, &out);
    }
    buf_str(c->b, S("{\"recordsIdsAdded\":["));
    buf_str(c->b, buf_view(&out.added));
    buf_str(c->b, S("],\"recordIdsRemoved\":["));
    buf_str(c->b, buf_view(&out.removed));
    buf_str(c->b, S("],\"recordIdsMissing\":["));
    buf_str(c->b, buf_view(&out.missing));
    buf_str(c->b, S("]}"));
    buf_release(&out.added);
    buf_release(&out.removed);
    buf_release(&out.missing);
}

static void add_from(struct hs_call *c, struct hs_list *l, struct str id)
{
    int64_t n;
    struct hs_list *from = str_to_i64(id, &n) ? hs_list(c->p, n) : NULL;
    if (!from || from->type != l->type || l->processing == HS_DYNAMIC) {
        hs_invalid(c, S("no such list, or not one that can take its members"));
        return;
    }
    hs_list_refresh(c->p, from, c->now_ms);
    for (size_t i = 0; i < from->members; i++)
        if (hs_member_live(c->p, from, &from->member[i]))
            hs_list_join(l, from->member[i].number, c->now_ms);
    c->r->status = 204;
}

void hs_memberships(struct hs_call *c, struct hs_list *l, struct str what, struct str more)
{
    bool get = hs_is(c, "GET"), put = hs_is(c, "PUT");
    hs_list_refresh(c->p, l, c->now_ms);
    if (get && (!what.n || str_eq(what, S("join-order")))) {
        members(c, l, what.n > 0);
    } else if (hs_is(c, "DELETE") && !what.n) {
        if (l->processing == HS_DYNAMIC || l->members >= CHANGE_MAX) {
            hs_invalid(c, S("The memberships of this list cannot be removed"));
            return;
        }
        l->members = 0;
        c->r->status = 204;
    } else if (put && str_eq(what, S("add-from"))) {
        add_from(c, l, more);
    } else if (put && (str_eq(what, S("add")) || str_eq(what, S("remove")) ||
                       str_eq(what, S("add-and-remove")))) {
        change_members(c, l, what);
    } else {
        hs_no_path(c);
    }
}

/* ---- lists of records ------------------------------------------------------------------------ */

static void put_memberships(struct hs_call *c, struct hs_object *o, const struct world_record *r)
{
    size_t given = 0;
    buf_char(c->b, '[');
    for (size_t i = 0; i < c->p->lists; i++) {
        struct hs_list *l = c->p->list[i];
        if (l->deleted_ms || &c->p->object[l->type] != o)
            continue;
        hs_list_refresh(c->p, l, c->now_ms);
        const struct hs_member *m = hs_list_member(l, r->number);
        if (!m)
            continue;
        struct str at = iso_ms(c->a, m->joined_ms);
        buf_fmt(c->b,
                "%s{\"listId\":\"%lld\",\"listVersion\":%d,\"firstAddedTimestamp\":\"%.*s\","
                "\"lastAddedTimestamp\":\"%.*s\",\"isPublicList\":false}",
                given++ ? "," : "", (long long)l->id, l->version, STR_ARG(at), STR_ARG(at));
    }
    buf_char(c->b, ']');
}

static void many_records(struct hs_call *c)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct buf errors;
    size_t given = 0, bad = 0;
    if (!hs_inputs(c, 1000, &root, &inputs))
        return;
    buf_init(&errors, MIB);
    hs_batch_head(c);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct hs_object *o = hs_object_named(c->p, json_get(in, "objectTypeId"));
        struct world_record *r = o ? hs_find(c->p, o, json_get(in, "recordId")) : NULL;
        if (!r || r->archived_ms) {
            struct hs_refusal why = {
                .status = 404, .category = "OBJECT_NOT_FOUND", .message = S("resource not found")};
            if (bad++)
                buf_char(&errors, ',');
            hs_put_refusal(c, &errors, &why, STR_NONE);
            continue;
        }
        buf_fmt(c->b, "%s{\"objectTypeId\":\"%s\",\"recordId\":\"%.*s\",\"recordListMemberships\":",
                given++ ? "," : "", o->id, STR_ARG(hs_id(c->p, o, r->number, c->a)));
        put_memberships(c, o, r);
        buf_char(c->b, '}');
    }
    hs_batch_tail(c, &errors, bad);
    buf_release(&errors);
}

void hs_lists_of_record(struct hs_call *c, struct str type, struct str id)
{
    struct hs_object *o = hs_object_named(c->p, type);
    struct world_record *r = o ? hs_find(c->p, o, id) : NULL;
    if (str_eq(type, S("memberships"))) {
        many_records(c);
    } else if (!r || r->archived_ms) {
        hs_not_found(c);
    } else {
        buf_str(c->b, S("{\"results\":"));
        put_memberships(c, o, r);
        buf_char(c->b, '}');
    }
}
