/* hs_lists: lists: making, finding, changing them (H16). */
#include "sandbox/http/hs_p.h"

enum { SEARCH_MAX = 500 };

static const char *const processing[] = {
    [HS_DYNAMIC] = "DYNAMIC", [HS_MANUAL] = "MANUAL", [HS_SNAPSHOT] = "SNAPSHOT"};

/* ---- answers --------------------------------------------------------------------------------- */

static void put_list(struct hs_call *c, const struct hs_list *l, bool found, bool filters)
{
    struct str at[3] = {iso_ms(c->a, l->created_ms), iso_ms(c->a, l->updated_ms),
                        iso_ms(c->a, l->filters_ms)};
    buf_fmt(c->b, "{\"listId\":\"%lld\",\"listVersion\":%d,\"name\":", (long long)l->id,
            l->version);
    json_quote(c->b, str_from(l->name));
    buf_fmt(c->b,
            ",\"objectTypeId\":\"%s\",\"processingType\":\"%s\",\"processingStatus\":\"%s\","
            "\"createdAt\":\"%.*s\",\"updatedAt\":\"%.*s\",\"filtersUpdatedAt\":\"%.*s\","
            "\"createdById\":\"77\",\"updatedById\":\"77\"",
            c->p->object[l->type].id, processing[l->processing],
            l->busy ? "PROCESSING" : "COMPLETE", STR_ARG(at[0]), STR_ARG(at[1]), STR_ARG(at[2]));
    if (l->deleted_ms)
        buf_fmt(c->b, ",\"deletedAt\":\"%.*s\"", STR_ARG(iso_ms(c->a, l->deleted_ms)));
    size_t size = hs_list_size(c->p, l);
    if (found)
        buf_fmt(c->b,
                ",\"additionalProperties\":{\"hs_list_size\":\"%zu\","
                "\"hs_list_reference_count\":\"0\"}",
                size);
    else
        buf_fmt(c->b, ",\"size\":%zu", size);
    if (filters && l->filter.n) {
        buf_str(c->b, S(",\"filterBranch\":"));
        buf_str(c->b, l->filter);
    }
    buf_char(c->b, '}');
}

static void put_one(struct hs_call *c, struct hs_list *l)
{
    hs_list_refresh(c->p, l, c->now_ms);
    buf_str(c->b, S("{\"list\":"));
    put_list(c, l, false, hs_flag(c, "includeFilters"));
    buf_char(c->b, '}');
}

/* ---- filters of a dynamic list: OR of ANDs of property filters ------------------------------- */

static bool op_of(struct str name, enum hs_op *out)
{
    static const struct {
        const char *name;
        enum hs_op op;
    } table[] = {{"IS_EQUAL_TO", HS_EQ},
                 {"IS_NOT_EQUAL_TO", HS_NEQ},
                 {"IS_EXACTLY", HS_EQ},
                 {"IS_ANY_OF", HS_IN},
                 {"IS_NONE_OF", HS_NOT_IN},
                 {"CONTAINS", HS_TOKEN},
                 {"DOES_NOT_CONTAIN", HS_NO_TOKEN},
                 {"IS_KNOWN", HS_HAS},
                 {"IS_UNKNOWN", HS_HAS_NOT},
                 {"IS_GREATER_THAN", HS_GT},
                 {"IS_GREATER_THAN_OR_EQUAL_TO", HS_GTE},
                 {"IS_LESS_THAN", HS_LT},
                 {"IS_LESS_THAN_OR_EQUAL_TO", HS_LTE}};
    for (size_t i = 0; i < LEN(table); i++)
        if (str_eq(name, str_from(table[i].name))) {
            *out = table[i].op;
            return true;
        }
    return false;
}

static bool filter_of(struct hs_call *c, struct hs_object *o, yyjson_val *v, struct hs_filter *f)
{
    yyjson_val *how = yyjson_obj_get(v, "operation"), *values = yyjson_obj_get(how, "values"), *one;
    yyjson_arr_iter it;
    *f = (struct hs_filter){.property = hs_property(o, json_get(v, "property")),
                            .value = str_dup(&c->p->life, json_get(how, "value"))};
    if (!f->property || !op_of(json_get(how, "operator"), &f->op))
        return false;
    f->values = ARENA_ARRAY(&c->p->life, struct str, yyjson_arr_size(values));
    yyjson_arr_iter_init(values, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        f->values[f->count++] = str_dup(&c->p->life, json_str(one));
    if ((f->op == HS_EQ || f->op == HS_NEQ) && f->count)
        f->op = f->op == HS_EQ ? HS_IN : HS_NOT_IN;
    if (f->op == HS_IN || f->op == HS_NOT_IN) /* here without case */
        for (size_t i = 0; i < f->count; i++)
            f->values[i] = str_lower(&c->p->life, f->values[i]);
    hs_filter_ready(f);
    return true;
}

static bool group_of(struct hs_call *c, struct hs_object *o, yyjson_val *branch, struct hs_query *q)
{
    yyjson_val *filters = yyjson_obj_get(branch, "filters"), *f;
    yyjson_arr_iter it;
    size_t n = 0;
    if (q->groups == HS_GROUPS_MAX || yyjson_arr_size(filters) > HS_FILTERS_MAX)
        return false;
    yyjson_arr_iter_init(filters, &it);
    while ((f = yyjson_arr_iter_next(&it)))
        if (!filter_of(c, o, f, &q->group[q->groups].filter[n++]))
            return false;
    q->group[q->groups++].filters = n;
    return true;
}

static bool branch_of(struct hs_call *c, struct hs_object *o, yyjson_val *root, struct hs_query *q)
{
    yyjson_val *branches = yyjson_obj_get(root, "filterBranches"), *one;
    yyjson_arr_iter it;
    if (!yyjson_arr_size(branches))
        return group_of(c, o, root, q);
    yyjson_arr_iter_init(branches, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        if (!group_of(c, o, one, q))
            return false;
    return true;
}

static bool set_filters(struct hs_call *c, struct hs_list *l, yyjson_val *branch)
{
    struct hs_query q = {0};
    size_t n = 0;
    if (!branch_of(c, &c->p->object[l->type], branch, &q))
        return false;
    char *text = yyjson_val_write(branch, 0, &n);
    l->filter = str_dup(&c->p->life, (struct str){text, n});
    free(text);
    l->query = ARENA_NEW(&c->p->life, struct hs_query);
    *l->query = q;
    l->members = 0;
    l->seen_ms = -1;
    return true;
}

/* ---- one list -------------------------------------------------------------------------------- */

static struct hs_list *named(struct hs_call *c, const struct hs_object *o, struct str name)
{
    for (size_t i = 0; i < c->p->lists; i++) {
        struct hs_list *l = c->p->list[i];
        if (!l->deleted_ms && &c->p->object[l->type] == o && str_eq_nocase(name, str_from(l->name)))
            return l;
    }
    return NULL;
}

static void create(struct hs_call *c)
{
    yyjson_val *root, *branch;
    enum hs_processing how = HS_MANUAL;
    if (!hs_body(c, &root))
        return;
    struct str name = json_get(root, "name"), type = json_get(root, "processingType");
    struct hs_object *o = hs_object_named(c->p, json_get(root, "objectTypeId"));
    for (size_t i = 0; i < LEN(processing); i++)
        if (str_eq(type, str_from(processing[i])))
            how = (enum hs_processing)i;
    branch = yyjson_obj_get(root, "filterBranch");
    if (!o || !name.n || (how == HS_DYNAMIC && !branch)) {
        hs_invalid(c, S("name, objectTypeId and, of a dynamic list, filterBranch are required"));
        return;
    }
    if (named(c, o, name)) {
        hs_invalid(c, S("A list of that name exists"));
        return;
    }
    struct hs_list *l = hs_list_add(c->p, hs_type_of(c->p, o), name, how, c->now_ms);
    if (!l) {
        hs_invalid(c, S("too many lists"));
        return;
    }
    if (branch && !set_filters(c, l, branch)) {
        l->deleted_ms = c->now_ms;
        hs_invalid(c, S("filterBranch is not one that is understood"));
        return;
    }
    if (how == HS_SNAPSHOT && l->query) { /* who meets the filter now, and nobody later */
        l->processing = HS_DYNAMIC;
        hs_list_refresh(c->p, l, c->now_ms + c->p->on.list_lag_ms);
        l->processing = HS_SNAPSHOT;
    }
    put_one(c, l);
}

static void by_ids(struct hs_call *c)
{
    struct str rest = c->q->query, part;
    size_t given = 0;
    buf_str(c->b, S("{\"lists\":["));
    while (rest.n && str_cut(&rest, '&', &part)) {
        int64_t id;
        struct hs_list *l = NULL;
        if (str_starts(part, S("listIds=")) && str_to_i64(str_slice(part, 8, part.n), &id))
            l = hs_list(c->p, id);
        if (!l || l->deleted_ms)
            continue;
        hs_list_refresh(c->p, l, c->now_ms);
        if (given++)
            buf_char(c->b, ',');
        put_list(c, l, false, hs_flag(c, "includeFilters"));
    }
    buf_str(c->b, S("]}"));
}

static bool wanted(struct hs_call *c, yyjson_val *root, const struct hs_list *l)
{
    yyjson_val *types = yyjson_obj_get(root, "processingTypes"),
               *ids = yyjson_obj_get(root, "listIds"), *one;
    struct str query = str_lower(c->a, json_get(root, "query")),
               type = json_get(root, "objectTypeId");
    yyjson_arr_iter it;
    bool good = !yyjson_arr_size(types), listed = !yyjson_arr_size(ids);
    yyjson_arr_iter_init(types, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        good = good || str_eq(json_str(one), str_from(processing[l->processing]));
    yyjson_arr_iter_init(ids, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        listed = listed || json_i64(one, 0) == l->id;
    return good && listed && !l->deleted_ms &&
           (!type.n || hs_object_named(c->p, type) == &c->p->object[l->type]) &&
           (!query.n || str_find(str_lower(c->a, str_from(l->name)), query) >= 0);
}

static void search(struct hs_call *c)
{
    yyjson_val *root;
    size_t given = 0, total = 0;
    if (!hs_body(c, &root))
        return;
    int64_t count = json_i64(yyjson_obj_get(root, "count"), 20),
            offset = json_i64(yyjson_obj_get(root, "offset"), 0);
    if (count < 1 || count > SEARCH_MAX || offset < 0 || offset > 10000) {
        hs_invalid(c, S("count is 1 to 500, offset at most 10000"));
        return;
    }
    buf_str(c->b, S("{\"lists\":["));
    for (size_t i = 0; i < c->p->lists; i++) {
        struct hs_list *l = c->p->list[i];
        if (!wanted(c, root, l))
            continue;
        if (total++ < (size_t)offset || given == (size_t)count)
            continue;
        hs_list_refresh(c->p, l, c->now_ms);
        if (given++)
            buf_char(c->b, ',');
        put_list(c, l, true, false);
    }
    buf_fmt(c->b, "],\"offset\":%zu,\"hasMore\":%s,\"total\":%zu}", (size_t)offset + given,
            (size_t)offset + given < total ? "true" : "false", total);
}

/* Ids of the old calls were the new ones less a thousand here (H16.10). */
static void id_mapping(struct hs_call *c)
{
    yyjson_val *root = NULL, *one;
    yyjson_arr_iter it;
    int64_t old = 0;
    size_t given = 0;
    if (hs_is(c, "GET")) {
        if (str_to_i64(hs_param(c, "legacyListId"), &old) && hs_list(c->p, old + 1000))
            buf_fmt(c->b, "{\"listId\":\"%lld\",\"legacyListId\":\"%lld\"}", (long long)old + 1000,
                    (long long)old);
        else
            hs_no_resource(c, S("no such list"));
        return;
    }
    if (!hs_body(c, &root))
        return;
    struct buf missing;
    buf_init(&missing, MIB);
    buf_str(c->b, S("{\"legacyListIdsToIdsMapping\":["));
    yyjson_arr_iter_init(root, &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        old = json_i64(one, 0);
        if (hs_list(c->p, old + 1000))
            buf_fmt(c->b, "%s{\"listId\":\"%lld\",\"legacyListId\":\"%lld\"}", given++ ? "," : "",
                    (long long)old + 1000, (long long)old);
        else
            buf_fmt(&missing, "%s\"%lld\"", missing.n ? "," : "", (long long)old);
    }
    buf_str(c->b, S("],\"missingLegacyListIds\":["));
    buf_str(c->b, buf_view(&missing));
    buf_str(c->b, S("]}"));
    buf_release(&missing);
}

/* ---- routes ---------------------------------------------------------------------------------- */

static void change_list(struct hs_call *c, struct hs_list *l, struct str what)
{
    yyjson_val *root = NULL;
    if (str_eq(what, S("restore"))) {
        l->deleted_ms = 0;
        c->r->status = 204;
        return;
    }
    if (str_eq(what, S("update-list-name"))) {
        struct str name = hs_param(c, "listName");
        if (!name.n) {
            hs_invalid(c, S("listName is required"));
            return;
        }
        l->name = str_cstr(&c->p->life, name);
    } else if (str_eq(what, S("update-list-filters"))) {
        if (!hs_body(c, &root))
            return;
        if (l->processing != HS_DYNAMIC ||
            !set_filters(c, l, yyjson_obj_get(root, "filterBranch"))) {
            hs_invalid(c, S("filterBranch is not one that is understood"));
            return;
        }
        l->filters_ms = c->now_ms;
    } else {
        hs_no_path(c);
        return;
    }
    l->version++;
    l->updated_ms = c->now_ms;
    buf_str(c->b, S("{\"updatedList\":"));
    put_list(c, l, false, false);
    buf_char(c->b, '}');
}

static void one_list(struct hs_call *c, struct str id, struct str rest)
{
    struct str what = STR_NONE, second = STR_NONE, third = STR_NONE;
    int64_t n;
    struct hs_list *l = str_to_i64(id, &n) ? hs_list(c->p, n) : NULL;
    hs_segment(c, &rest, &what);
    hs_segment(c, &rest, &second);
    hs_segment(c, &rest, &third);
    if (!l || (l->deleted_ms && !str_eq(what, S("restore")))) {
        hs_no_resource(c, str_fmt(c->a, "List does not exist with ID %.*s.", STR_ARG(id)));
    } else if (str_eq(what, S("memberships"))) {
        hs_memberships(c, l, second, third);
    } else if (what.n) {
        change_list(c, l, what);
    } else if (hs_is(c, "DELETE")) {
        l->deleted_ms = c->now_ms;
        c->r->status = 204;
    } else {
        put_one(c, l);
    }
}

void hs_lists(struct hs_call *c, struct str rest)
{
    struct str part[4] = {STR_NONE, STR_NONE, STR_NONE, STR_NONE}, after_first;
    hs_segment(c, &rest, &part[0]);
    after_first = rest;
    for (int i = 1; i < 4; i++)
        hs_segment(c, &rest, &part[i]);
    bool get = hs_is(c, "GET"), post = hs_is(c, "POST");
    bool reads = get || (post && part[0].n); /* search, batch/read, idmapping */
    if (!hs_scope(c, "crm.lists.read") || (!reads && !hs_scope(c, "crm.lists.write")))
        return;
    if (!part[0].n) {
        post ? create(c) : by_ids(c);
    } else if (post && str_eq(part[0], S("search"))) {
        search(c);
    } else if (str_eq(part[0], S("idmapping"))) {
        id_mapping(c);
    } else if (str_eq(part[0], S("records"))) {
        hs_lists_of_record(c, part[1], part[2]);
    } else if (str_eq(part[0], S("object-type-id"))) {
        struct hs_object *o = hs_object_named(c->p, part[1]);
        struct hs_list *l = o && str_eq(part[2], S("name")) ? named(c, o, part[3]) : NULL;
        if (l)
            put_one(c, l);
        else
            hs_no_resource(c, S("List does not exist with that name."));
    } else {
        one_list(c, part[0], after_first);
    }
}
