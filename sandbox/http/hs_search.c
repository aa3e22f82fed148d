/* hs_search: POST .../search (H12): what is asked, and pages of what was found. The hits of a query
 * are kept between its pages until something is written. */
#include "sandbox/http/hs_p.h"

static bool op_of(struct str s, enum hs_op *out)
{
    static const char *const names[] = {[HS_EQ] = "EQ",
                                        [HS_NEQ] = "NEQ",
                                        [HS_LT] = "LT",
                                        [HS_LTE] = "LTE",
                                        [HS_GT] = "GT",
                                        [HS_GTE] = "GTE",
                                        [HS_BETWEEN] = "BETWEEN",
                                        [HS_IN] = "IN",
                                        [HS_NOT_IN] = "NOT_IN",
                                        [HS_HAS] = "HAS_PROPERTY",
                                        [HS_TOKEN] = "CONTAINS_TOKEN",
                                        [HS_NO_TOKEN] = "NOT_CONTAINS_TOKEN",
                                        [HS_HAS_NOT] = "NOT_HAS_PROPERTY"};
    for (size_t i = 0; i < LEN(names); i++)
        if (str_eq(s, str_from(names[i]))) {
            *out = (enum hs_op)i;
            return true;
        }
    return false;
}

static bool bad_filter(struct hs_call *c, struct str message)
{
    hs_error(c, 400, "VALIDATION_ERROR",
             str_fmt(c->a, "There was a problem with the request: %.*s", STR_ARG(message)));
    return false;
}

/* "associations.contact": the record at the other end */
static bool other_end(struct hs_call *c, struct str name, struct hs_filter *f)
{
    struct hs_object *to = hs_object_named(c->p, str_slice(name, 13, name.n));
    struct world_record *r = to ? hs_find(c->p, to, f->value) : NULL;
    if (!to || f->op != HS_EQ)
        return bad_filter(c, str_fmt(c->a, "%.*s takes EQ and an id", STR_ARG(name)));
    f->other = hs_type_of(c->p, to);
    f->number = r ? (int64_t)r->number : -1;
    return true;
}

static bool filter_of(struct hs_call *c, struct hs_object *o, yyjson_val *v, struct hs_filter *f)
{
    struct str name = json_get(v, "propertyName"), op = json_get(v, "operator");
    yyjson_val *values = yyjson_obj_get(v, "values"), *one;
    yyjson_arr_iter it;
    *f = (struct hs_filter){.value = json_get(v, "value"), .high = json_get(v, "highValue")};
    if (!op_of(op, &f->op))
        return bad_filter(c, str_fmt(c->a, "operator %.*s is not known", STR_ARG(op)));
    if (str_starts(name, S("associations.")))
        return other_end(c, name, f);
    f->property = hs_property(o, name);
    if (!f->property)
        return bad_filter(c, str_fmt(c->a, "Property \"%.*s\" does not exist", STR_ARG(name)));
    f->values = ARENA_ARRAY(c->a, struct str, yyjson_arr_size(values));
    yyjson_arr_iter_init(values, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        f->values[f->count++] = json_str(one);
    bool set = f->op == HS_IN || f->op == HS_NOT_IN, bare = f->op == HS_HAS || f->op == HS_HAS_NOT;
    if ((set && !f->count) || (!set && !bare && !f->value.p) || (f->op == HS_BETWEEN && !f->high.p))
        return bad_filter(
            c, str_fmt(c->a, "%.*s of %.*s lacks its value", STR_ARG(op), STR_ARG(name)));
    hs_filter_ready(f);
    if (f->property->kind == HS_DATETIME && str_eq(f->value, S("0"))) { /* H12.8 */
        hs_error(c, 500, "INTERNAL_ERROR", S("internal error"));
        return false;
    }
    return true;
}

bool hs_query_of(struct hs_call *c, struct hs_object *o, yyjson_val *root, struct hs_query *out)
{
    yyjson_val *groups = yyjson_obj_get(root, "filterGroups"), *g, *f;
    yyjson_arr_iter gi, fi;
    size_t all = 0;
    if (yyjson_arr_size(groups) > HS_GROUPS_MAX)
        return bad_filter(c, S("at most 5 filterGroups are allowed"));
    yyjson_arr_iter_init(groups, &gi);
    while ((g = yyjson_arr_iter_next(&gi))) {
        yyjson_val *filters = yyjson_obj_get(g, "filters");
        size_t n = 0;
        all += yyjson_arr_size(filters);
        if (yyjson_arr_size(filters) > HS_FILTERS_MAX || all > 25)
            return bad_filter(c, S("too many filters"));
        yyjson_arr_iter_init(filters, &fi);
        while ((f = yyjson_arr_iter_next(&fi)))
            if (!filter_of(c, o, f, &out->group[out->groups].filter[n++]))
                return false;
        out->group[out->groups++].filters = n;
    }
    return true;
}

static bool sort_of(struct hs_call *c, struct hs_object *o, yyjson_val *root, struct hs_query *out)
{
    yyjson_val *sorts = yyjson_obj_get(root, "sorts"), *first = yyjson_arr_get_first(sorts);
    struct str name = json_str(first); /* a plain name will do (H12.6) */
    if (yyjson_arr_size(sorts) > 1)
        return bad_filter(c, S("at most 1 sort is allowed"));
    if (!name.p)
        name = json_get(first, "propertyName");
    if (!name.n)
        return true;
    out->descending = str_eq(json_get(first, "direction"), S("DESCENDING"));
    if (name.p[0] == '-') {
        out->descending = true;
        name = str_slice(name, 1, name.n);
    }
    out->sort = hs_property(o, name);
    return out->sort || bad_filter(c, str_fmt(c->a, "cannot sort by %.*s", STR_ARG(name)));
}

/* ---- pages ----------------------------------------------------------------------------------- */

void hs_hits_free(struct hs_state *state)
{
    for (size_t i = 0; i < HS_CACHED; i++) {
        free(state->cache[i].key);
        free(state->cache[i].number);
        state->cache[i] = (struct hs_hits){0};
    }
}

/* What makes two queries the same: all but the page and the properties. */
static char *key_of(const struct hs_object *o, yyjson_val *root)
{
    struct buf b;
    static const char *const members[] = {"filterGroups", "sorts", "query"};
    buf_init(&b, MIB);
    buf_str(&b, str_from(o->id));
    for (size_t i = 0; i < LEN(members); i++) {
        size_t n = 0;
        yyjson_val *v = yyjson_obj_get(root, members[i]);
        char *text = v ? yyjson_val_write(v, 0, &n) : NULL;
        buf_char(&b, '\n');
        if (text)
            buf_add(&b, text, n);
        free(text);
    }
    return b.p;
}

static struct hs_hits *hits_of(struct hs_call *c, struct hs_object *o, yyjson_val *root,
                               const struct hs_query *query)
{
    int64_t seen = c->s->index_lag_ms ? c->now_ms - c->s->index_lag_ms : 0;
    const struct world_table *tab = &c->p->world->table[o->type];
    bool steady = !seen || !tab->log_count || tab->log[tab->log_count - 1].at_ms <= seen;
    struct hs_hits *h = &c->state->cache[0];
    char *key = key_of(o, root);
    if (steady)
        seen = 0; /* the index has seen all */
    for (size_t i = 0; i < HS_CACHED; i++) {
        struct hs_hits *have = &c->state->cache[i];
        if (have->key && strcmp(have->key, key) == 0 && have->writes == c->p->writes && steady &&
            !have->as_of_ms) {
            have->used = ++c->state->cache_clock;
            free(key);
            return have;
        }
        if (have->used < h->used)
            h = have;
    }
    free(h->key);
    free(h->number);
    *h = (struct hs_hits){
        .key = key, .writes = c->p->writes, .as_of_ms = seen, .used = ++c->state->cache_clock};
    h->count = hs_search(c->p, o, query, seen, &h->number);
    return h;
}

void hs_search_answer(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root;
    struct hs_query query = {0};
    struct hs_view v;
    if (!hs_body(c, &root))
        return;
    int64_t limit = json_i64(yyjson_obj_get(root, "limit"), 10);
    int64_t after = json_i64(yyjson_obj_get(root, "after"), 0);
    if (limit < 1 || limit > 200 || after < 0 || after + limit > HS_SEARCH_CEILING) { /* H12.1 */
        hs_invalid(c, S("limit is at most 200, and after and limit together at most 10000"));
        return;
    }
    query.text = json_get(root, "query");
    query.spread_ms = c->s->index_spread ? c->s->index_lag_ms : 0;
    if (query.text.n > 3000) {
        hs_invalid(c, S("query is longer than 3000 characters"));
        return;
    }
    if (!hs_query_of(c, o, root, &query) || !sort_of(c, o, root, &query))
        return;
    const struct hs_hits *h = hits_of(c, o, root, &query);
    hs_view_of_body(c, o, root, &v);
    size_t end = MIN(h->count, (size_t)(after + limit));
    buf_fmt(c->b, "{\"total\":%zu,\"results\":[", h->count);
    for (size_t i = (size_t)after; i < end; i++) {
        if (i > (size_t)after)
            buf_char(c->b, ',');
        v.as_of_ms = hs_seen(c->p, &query, h->number[i], h->as_of_ms);
        hs_put_record(c, &v, c->p->world->table[o->type].record[h->number[i]]);
        buf_char(c->b, '}');
    }
    buf_char(c->b, ']');
    if (end < h->count)
        buf_fmt(c->b, ",\"paging\":{\"next\":{\"after\":\"%zu\"}}", end);
    buf_char(c->b, '}');
}
