/* control_hs: what the portal's users and its administrator do: records, associations, lists,
 * owners, tokens, the portal's switches. POST with a JSON object unless said otherwise.
 *
 *   /hubspot/settings      switches (below), token_life_ms, rotate_refresh, shuffle, retry_after,
 *                          uri_max, quirks, large_ids, required
 *   /hubspot/tokens        {"token","scopes":[...],"expires_in":seconds}; {"token","revoke":true}
 *   /hubspot/associations  {"from","from_id","to","to_id","types":[1]}; DELETE takes them away;
 *                          GET ?from=contacts&id=N&to=companies
 *   /hubspot/merge         {"object","primary","other"}
 *   /hubspot/restore       {"object","id"}
 *   /hubspot/lists         {"name","object","filterGroups":[...]} makes a dynamic one, without
 *                          filterGroups a manual one;
 *                          /lists/{id} {"add":[..],"remove":[..],"busy","deleted"}
 *   /hubspot/owners        {"email","first","last","team"}; PATCH /owners/{id} {"archived":true}
 *   /hubspot/intrusions    {"object","id","properties":{...}}: a user's edit, just before the next
 *                          API write to that record
 *   /hubspot/validations   {"object","property","rules":[{"rule":"MAX_LENGTH","argument":"5"}]}, or
 *                          "arguments":[...], "normalise":true */
#include <stddef.h>
#include <stdio.h>

#include "sandbox/http/hs_p.h"

static void wrong(struct response *r, int status, const char *what)
{
    r->status = status;
    buf_clear(r->body);
    buf_fmt(r->body, "{\"error\":\"%s\"}", what);
}

static bool body_of(const struct request *q, struct response *r, yyjson_val **root)
{
    struct err e;
    if (json_parse(q->a, q->body.n ? q->body : S("{}"), root, &e) && yyjson_is_obj(*root))
        return true;
    wrong(r, 400, "the body is not a JSON object");
    return false;
}

static struct hs_save saving(struct sandbox *s, const struct request *q)
{
    return (struct hs_save){
        .portal = &s->portal, .a = q->a, .now_ms = sandbox_now(s), .source = W_FROM_USER};
}

/* hs_query_of and hs_input_of speak to a call. */
static struct hs_call calling(struct sandbox *s, const struct request *q, struct response *r)
{
    return (struct hs_call){.s = s,
                            .p = &s->portal,
                            .state = s->hs,
                            .q = q,
                            .r = r,
                            .a = q->a,
                            .b = r->body,
                            .now_ms = sandbox_now(s)};
}

void control_hs_write(struct sandbox *s, const struct request *q, struct response *r,
                      enum world_type t, struct world_record *rec)
{
    struct hs_object *o = &s->portal.object[t == W_COMPANY ? HS_COMPANY : HS_CONTACT];
    struct hs_save save = saving(s, q);
    struct hs_call c = calling(s, q, r);
    yyjson_val *root;
    if (str_eq(q->method, S("DELETE"))) {
        hs_archive(&save, o, rec);
        r->status = 204;
    } else if (body_of(q, r, &root)) {
        struct hs_input in = hs_input_of(&c, root);
        control_put_record(s, r->body, q->a, t, hs_edit(&save, o, rec, &in));
    }
}

/* ---- switches -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t at;
} switches[] = {{"keep_primary_id", offsetof(struct hs_switches, keep_primary_id)},
                {"company_of_email", offsetof(struct hs_switches, company_of_email)},
                {"stage_to_contacts", offsetof(struct hs_switches, stage_to_contacts)},
                {"stage_rejects", offsetof(struct hs_switches, stage_rejects)},
                {"primary_moves", offsetof(struct hs_switches, primary_moves)},
                {"links_touch", offsetof(struct hs_switches, links_touch)},
                {"enrichment", offsetof(struct hs_switches, enrichment)},
                {"some_written", offsetof(struct hs_switches, some_written)},
                {"same_quiet", offsetof(struct hs_switches, same_quiet)},
                {"errors_in_200", offsetof(struct hs_switches, errors_in_200)}};

static const char *kept(struct sandbox *s, yyjson_val *v, const char *name)
{
    struct str text = json_get(v, name);
    return text.p ? str_cstr(&s->portal.life, text) : NULL;
}

/* [{"object":"companies","name":"industry","when":"country","is":"Japan"}]: all of them anew */
static void set_required(struct sandbox *s, yyjson_val *list)
{
    yyjson_val *v;
    yyjson_arr_iter it;
    for (int t = 0; t < HS_TYPES; t++)
        s->portal.object[t].requireds = 0;
    yyjson_arr_iter_init(list, &it);
    while ((v = yyjson_arr_iter_next(&it))) {
        struct hs_object *o = hs_object_named(&s->portal, json_get(v, "object"));
        if (o && o->requireds < LEN(o->required) && json_get(v, "name").n)
            o->required[o->requireds++] =
                (struct hs_required){kept(s, v, "name"), kept(s, v, "when"), kept(s, v, "is")};
    }
}

static void settings(struct sandbox *s, const struct request *q, struct response *r)
{
    struct hs_switches *on = &s->portal.on;
    struct hs_state *h = s->hs;
    yyjson_val *root, *required;
    if (!body_of(q, r, &root))
        return;
    for (size_t i = 0; i < LEN(switches); i++) {
        bool *b = (bool *)((char *)on + switches[i].at);
        *b = json_bool(yyjson_obj_get(root, switches[i].name), *b);
    }
    on->companies_max = json_i64(yyjson_obj_get(root, "companies_max"), on->companies_max);
    on->list_lag_ms = json_i64(yyjson_obj_get(root, "list_lag_ms"), on->list_lag_ms);
    on->enrichment_ms = json_i64(yyjson_obj_get(root, "enrichment_ms"), on->enrichment_ms);
    h->token_life_ms = json_i64(yyjson_obj_get(root, "token_life_ms"), h->token_life_ms);
    h->uri_max = json_i64(yyjson_obj_get(root, "uri_max"), h->uri_max);
    h->rotate_refresh = json_bool(yyjson_obj_get(root, "rotate_refresh"), h->rotate_refresh);
    h->shuffle = json_bool(yyjson_obj_get(root, "shuffle"), h->shuffle);
    h->quirks = json_bool(yyjson_obj_get(root, "quirks"), h->quirks);
    if (json_bool(yyjson_obj_get(root, "large_ids"), false)) /* all ids change: before use only */
        s->world.hs_shift = UINT64_C(1) << 60;
    h->retry_after = json_bool(yyjson_obj_get(root, "retry_after"), h->retry_after);
    if ((required = yyjson_obj_get(root, "required")))
        set_required(s, required);
    buf_char(r->body, '{');
    for (size_t i = 0; i < LEN(switches); i++)
        buf_fmt(r->body, "\"%s\":%s,", switches[i].name,
                *(bool *)((char *)on + switches[i].at) ? "true" : "false");
    buf_fmt(r->body,
            "\"companies_max\":%lld,\"list_lag_ms\":%lld,\"enrichment_ms\":%lld,\"token_life_ms\":%"
            "lld,\"uri_max\":%lld,"
            "\"rotate_refresh\":%s,\"shuffle\":%s,\"retry_after\":%s}",
            (long long)on->companies_max, (long long)on->list_lag_ms, (long long)on->enrichment_ms,
            (long long)h->token_life_ms, (long long)h->uri_max,
            h->rotate_refresh ? "true" : "false", h->shuffle ? "true" : "false",
            h->retry_after ? "true" : "false");
}

static void tokens(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root, *one;
    yyjson_arr_iter it;
    struct buf scopes;
    if (!body_of(q, r, &root))
        return;
    struct str name = json_get(root, "token");
    if (!name.n || name.n >= sizeof(s->hs->token[0].access)) {
        wrong(r, 400, "token is missing or too long");
        return;
    }
    if (json_bool(yyjson_obj_get(root, "revoke"), false)) {
        for (size_t i = 0; i < s->hs->tokens; i++)
            if (str_eq(name, str_from(s->hs->token[i].access)))
                s->hs->token[i].dead = true;
        r->status = 204;
        return;
    }
    buf_init(&scopes, 8 * KIB);
    yyjson_arr_iter_init(yyjson_obj_get(root, "scopes"), &it);
    while ((one = yyjson_arr_iter_next(&it)))
        buf_fmt(&scopes, "%s%.*s", scopes.n ? " " : "", STR_ARG(json_str(one)));
    struct hs_token *t = hs_token_add(s->hs, name, buf_view(&scopes));
    int64_t left = json_i64(yyjson_obj_get(root, "expires_in"), 0);
    if (left)
        t->expires_ms = sandbox_now(s) + left * 1000;
    buf_release(&scopes);
    buf_fmt(r->body, "{\"tokens\":%zu}", s->hs->tokens);
}

/* ---- records that hang together -------------------------------------------------------------- */

static void put_links(struct sandbox *s, const struct request *q, struct response *r)
{
    struct hs_portal *p = &s->portal;
    struct hs_object *from = hs_object_named(p, url_query_get(q->a, q->query, S("from"))),
                     *to = hs_object_named(p, url_query_get(q->a, q->query, S("to")));
    struct world_record *rec =
        from ? hs_find(p, from, url_query_get(q->a, q->query, S("id"))) : NULL;
    size_t n, given = 0;
    if (!rec || !to) {
        wrong(r, 404, "no such record");
        return;
    }
    enum hs_type f = hs_type_of(p, from), t = hs_type_of(p, to);
    const struct hs_edge *e = hs_links(p, f, rec->number, t, &n);
    buf_str(r->body, S("{\"associations\":["));
    for (size_t i = 0; i < n; i++) {
        if (!hs_link_live(p, t, &e[i]))
            continue;
        buf_fmt(r->body, "%s{\"id\":\"%.*s\",\"types\":[", given++ ? "," : "",
                STR_ARG(hs_id(p, to, e[i].to, q->a)));
        for (size_t k = 0, shown = 0; k < p->pair[f][t].types; k++)
            if (e[i].types >> k & 1u)
                buf_fmt(r->body, "%s%d", shown++ ? "," : "", p->pair[f][t].type[k].id);
        buf_str(r->body, S("]}"));
    }
    buf_str(r->body, S("]}"));
}

static void associations(struct sandbox *s, const struct request *q, struct response *r)
{
    struct hs_portal *p = &s->portal;
    struct hs_save save = saving(s, q);
    yyjson_val *root, *one;
    yyjson_arr_iter it;
    uint32_t types = 0;
    if (str_eq(q->method, S("GET"))) {
        put_links(s, q, r);
        return;
    }
    if (!body_of(q, r, &root))
        return;
    struct hs_object *from = hs_object_named(p, json_get(root, "from")),
                     *to = hs_object_named(p, json_get(root, "to"));
    struct world_record *a = from ? hs_find(p, from, json_get(root, "from_id")) : NULL,
                        *b = to ? hs_find(p, to, json_get(root, "to_id")) : NULL;
    if (!a || !b) {
        wrong(r, 404, "no such record");
        return;
    }
    enum hs_type f = hs_type_of(p, from), t = hs_type_of(p, to);
    yyjson_arr_iter_init(yyjson_obj_get(root, "types"), &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        int bit = hs_link_bit(p, f, t, (int)json_i64(one, 0));
        if (bit < 0) {
            wrong(r, 400, "no such type");
            return;
        }
        types |= 1u << bit;
    }
    if (str_eq(q->method, S("DELETE")))
        hs_unlink(&save, f, a->number, t, b->number, types ? types : HS_PLAIN);
    else if (!hs_link(&save, f, a->number, t, b->number, types)) {
        wrong(r, 400, "a company cannot be its own parent");
        return;
    }
    r->status = 204;
}

static void merge(struct sandbox *s, const struct request *q, struct response *r)
{
    struct hs_portal *p = &s->portal;
    struct hs_save save = saving(s, q);
    struct hs_refusal why;
    struct world_record *to;
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    struct hs_object *o = hs_object_named(p, json_get(root, "object"));
    struct world_record *a = o ? hs_find(p, o, json_get(root, "primary")) : NULL,
                        *b = o ? hs_find(p, o, json_get(root, "other")) : NULL;
    if (!a || !b || a->archived_ms || b->archived_ms)
        wrong(r, 404, "no such record");
    else if (!hs_merge(&save, o, a, b, &to, &why))
        wrong(r, 400, str_cstr(q->a, why.message));
    else
        control_put_record(s, r->body, q->a, o->type, to);
}

static void restore(struct sandbox *s, const struct request *q, struct response *r)
{
    struct hs_save save = saving(s, q);
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    struct hs_object *o = hs_object_named(&s->portal, json_get(root, "object"));
    struct world_record *rec = o ? world_find(&s->world, o->type, json_get(root, "id")) : NULL;
    if (!rec || rec->merged_into || rec->purged) {
        wrong(r, 404, "no such record");
        return;
    }
    hs_restore(&save, o, rec);
    control_put_record(s, r->body, q->a, o->type, rec);
}

/* ---- lists, owners, rules -------------------------------------------------------------------- */

/* The filters of a list outlive the request that brought them. */
static bool keep_query(struct sandbox *s, const struct request *q, struct response *r,
                       struct hs_list *l, yyjson_val *root)
{
    struct hs_call c = calling(s, q, r);
    struct hs_object *o = &s->portal.object[l->type];
    struct hs_query *query = ARENA_NEW(&s->portal.life, struct hs_query);
    c.a = &s->portal.life;
    size_t n = 0;
    char *text = yyjson_val_write(root, 0, &n);
    struct str copy = str_dup(&s->portal.life, (struct str){text, n});
    yyjson_val *own;
    struct err e;
    free(text);
    if (!json_parse(&s->portal.life, copy, &own, &e) || !hs_query_of(&c, o, own, query))
        return false;
    l->query = query;
    return true;
}

static void join_all(struct sandbox *s, struct hs_list *l, yyjson_val *ids, bool join)
{
    yyjson_val *one;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(ids, &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        struct world_record *r = hs_find(&s->portal, &s->portal.object[l->type], json_str(one));
        if (r && join)
            hs_list_join(l, r->number, sandbox_now(s));
        else if (r)
            hs_list_leave(l, r->number);
    }
}

static void lists(struct sandbox *s, const struct request *q, struct response *r, struct str id)
{
    yyjson_val *root;
    int64_t n;
    if (!body_of(q, r, &root))
        return;
    struct hs_object *o = hs_object_named(&s->portal, json_get(root, "object"));
    struct hs_list *l = str_to_i64(id, &n) ? hs_list(&s->portal, n) : NULL;
    bool dynamic = yyjson_obj_get(root, "filterGroups") != NULL;
    if (id.n ? !l : !o || !json_get(root, "name").n) {
        wrong(r, id.n ? 404 : 400, "a list has a name and an object, or a known id");
        return;
    }
    if (!l)
        l = hs_list_add(&s->portal, hs_type_of(&s->portal, o), json_get(root, "name"),
                        dynamic ? HS_DYNAMIC : HS_MANUAL, sandbox_now(s));
    if (!l || (dynamic && !keep_query(s, q, r, l, root))) {
        if (l)
            l->deleted_ms = sandbox_now(s);
        if (r->status == 200)
            wrong(r, 400, "too many lists");
        return;
    }
    l->busy = json_bool(yyjson_obj_get(root, "busy"), l->busy);
    if (json_bool(yyjson_obj_get(root, "deleted"), false))
        l->deleted_ms = sandbox_now(s);
    join_all(s, l, yyjson_obj_get(root, "add"), true);
    join_all(s, l, yyjson_obj_get(root, "remove"), false);
    buf_fmt(r->body, "{\"id\":\"%lld\",\"members\":%zu}", (long long)l->id, l->members);
}

static void owners(struct sandbox *s, const struct request *q, struct response *r, struct str id)
{
    yyjson_val *root;
    int64_t n = 0;
    if (!body_of(q, r, &root))
        return;
    struct hs_owner *o = str_to_i64(id, &n) ? hs_owner(&s->portal, n) : NULL;
    if (!id.n)
        o = hs_owner_add(&s->portal, json_get(root, "email"), json_get(root, "first"),
                         json_get(root, "last"), sandbox_now(s));
    if (!o) {
        wrong(r, 404, "no such owner, or too many");
        return;
    }
    o->archived = json_bool(yyjson_obj_get(root, "archived"), o->archived);
    if (yyjson_obj_get(root, "team"))
        o->team = kept(s, root, "team");
    o->updated_ms = sandbox_now(s);
    buf_fmt(r->body, "{\"id\":\"%lld\"}", (long long)o->id);
}

static struct hs_validation validation_of(struct sandbox *s, yyjson_val *one)
{
    struct hs_validation v = {.rule = kept(s, one, "rule"),
                              .normalise = json_bool(yyjson_obj_get(one, "normalise"), false)};
    const char *argument = kept(s, one, "argument");
    yyjson_arr_iter it;
    yyjson_val *arg;
    if (argument && argument[0])
        v.argument[v.arguments++] = argument;
    yyjson_arr_iter_init(yyjson_obj_get(one, "arguments"), &it);
    while ((arg = yyjson_arr_iter_next(&it)) && v.arguments < HS_ARGUMENTS_MAX)
        v.argument[v.arguments++] = str_cstr(&s->portal.life, json_str(arg));
    return v;
}

static void validations(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root, *one;
    yyjson_arr_iter it;
    if (!body_of(q, r, &root))
        return;
    struct hs_object *o = hs_object_named(&s->portal, json_get(root, "object"));
    struct hs_property *f = o ? hs_property(o, json_get(root, "property")) : NULL;
    if (!f) {
        wrong(r, 404, "no such property");
        return;
    }
    f->validations = 0;
    yyjson_arr_iter_init(yyjson_obj_get(root, "rules"), &it);
    while ((one = yyjson_arr_iter_next(&it)) && f->validations < LEN(f->validation)) {
        struct hs_validation v = validation_of(s, one);
        if (v.rule)
            f->validation[f->validations++] = v;
    }
    r->status = 204;
}

static void intrusions(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    struct hs_call c = calling(s, q, r);
    if (!body_of(q, r, &root))
        return;
    struct hs_object *o = hs_object_named(&s->portal, json_get(root, "object"));
    struct world_record *rec = o ? hs_find(&s->portal, o, json_get(root, "id")) : NULL;
    if (!rec || s->hs->intrusions == LEN(s->hs->intrusion)) {
        wrong(r, 404, "no such record, or too many");
        return;
    }
    c.a = &s->portal.life;
    struct hs_input in = hs_input_of(&c, yyjson_obj_get(root, "properties"));
    for (size_t i = 0; i < in.cells; i++) { /* they outlive the request */
        in.cell[i].name = str_dup(c.a, in.cell[i].name);
        in.cell[i].value = str_dup(c.a, in.cell[i].value);
    }
    s->hs->intrusion[s->hs->intrusions++] =
        (struct hs_intrusion){hs_type_of(&s->portal, o), rec->number, in};
    r->status = 204;
}

bool control_hs(struct sandbox *s, const struct request *q, struct response *r, struct str what)
{
    struct str rest = what, name = STR_NONE, id = STR_NONE;
    str_cut(&rest, '/', &name);
    str_cut(&rest, '/', &id);
    if (str_eq(name, S("settings")))
        settings(s, q, r);
    else if (str_eq(name, S("tokens")))
        tokens(s, q, r);
    else if (str_eq(name, S("associations")))
        associations(s, q, r);
    else if (str_eq(name, S("merge")))
        merge(s, q, r);
    else if (str_eq(name, S("restore")))
        restore(s, q, r);
    else if (str_eq(name, S("lists")))
        lists(s, q, r, id);
    else if (str_eq(name, S("owners")))
        owners(s, q, r, id);
    else if (str_eq(name, S("validations")))
        validations(s, q, r);
    else if (str_eq(name, S("intrusions")))
        intrusions(s, q, r);
    else
        return false;
    return true;
}
