/* hs_put: a record as an answer has it (H6.1-H6.4, H6.9, H6.13). */
#include "sandbox/http/hs_p.h"

/* ---- what is asked for ----------------------------------------------------------------------- */

static void want(const struct hs_object *o, const struct hs_property **list, size_t *n,
                 struct str name)
{
    const struct hs_property *f = hs_property(o, str_trim(name));
    for (size_t i = 0; f && i < *n; i++)
        if (list[i] == f)
            return;
    if (f) /* unknown names are left out (H6.3) */
        list[(*n)++] = f;
}

/* Those that come in any case (H6.2). */
static void want_own(struct hs_view *v)
{
    want(v->o, v->property, &v->properties, S("hs_object_id"));
    want(v->o, v->property, &v->properties, S("createdate"));
    want(v->o, v->property, &v->properties,
         v->o->type == W_COMPANY ? S("hs_lastmodifieddate") : S("lastmodifieddate"));
}

static void want_usual(struct hs_view *v)
{
    static const char *const names[2][3] = {{"name", "domain", NULL},
                                            {"email", "firstname", "lastname"}};
    for (size_t i = 0; i < 3 && names[v->o->type != W_COMPANY][i]; i++)
        want(v->o, v->property, &v->properties, str_from(names[v->o->type != W_COMPANY][i]));
}

/* For `most` properties, besides those that come in any case. */
static void view_init(struct hs_call *c, struct hs_object *o, size_t most, struct hs_view *v)
{
    *v = (struct hs_view){.o = o};
    v->property = ARENA_ARRAY(c->a, const struct hs_property *, most + 3);
    want_own(v);
}

void hs_view_of_query(struct hs_call *c, struct hs_object *o, struct hs_view *v)
{
    struct str list = hs_params(c, "properties"), past = hs_params(c, "propertiesWithHistory"),
               part, with = hs_params(c, "associations");
    view_init(c, o, o->properties, v);
    if (!list.n && !past.n)
        want_usual(v);
    while (str_cut(&list, ',', &part))
        want(o, v->property, &v->properties, part);
    if (past.n)
        v->history = ARENA_ARRAY(c->a, const struct hs_property *, o->properties);
    while (str_cut(&past, ',', &part)) {
        want(o, v->history, &v->histories, part);
        want(o, v->property, &v->properties, part);
    }
    while (str_cut(&with, ',', &part) && v->withs < LEN(v->with)) {
        struct hs_object *to = hs_object_named(c->p, str_trim(part));
        if (to)
            v->with[v->withs++] = to;
    }
}

void hs_view_of_body(struct hs_call *c, struct hs_object *o, yyjson_val *root, struct hs_view *v)
{
    yyjson_val *list = yyjson_obj_get(root, "properties"), *one,
               *past = yyjson_obj_get(root, "propertiesWithHistory");
    yyjson_arr_iter it;
    view_init(c, o, o->properties, v);
    if (!yyjson_arr_size(list) && !yyjson_arr_size(past))
        want_usual(v);
    yyjson_arr_iter_init(list, &it);
    while ((one = yyjson_arr_iter_next(&it)))
        want(o, v->property, &v->properties, json_str(one));
    if (yyjson_arr_size(past))
        v->history = ARENA_ARRAY(c->a, const struct hs_property *, o->properties);
    yyjson_arr_iter_init(past, &it);
    while ((one = yyjson_arr_iter_next(&it))) {
        want(o, v->history, &v->histories, json_str(one));
        want(o, v->property, &v->properties, json_str(one));
    }
}

/* ---- the record ------------------------------------------------------------------------------ */

static void put_past(struct buf *b, struct arena *a, const struct world_past *past)
{
    const char *id = hs_source(past->source, true);
    buf_str(b, S("{\"value\":"));
    json_quote(b, str_from(past->text));
    buf_fmt(b, ",\"timestamp\":\"%.*s\",\"sourceType\":\"%s\",", STR_ARG(iso_ms(a, past->at_ms)),
            hs_source(past->source, false));
    if (id[0])
        buf_fmt(b, "\"sourceId\":\"%s\",", id);
    buf_str(b, past->source == W_FROM_USER ? S("\"sourceLabel\":null,\"updatedByUserId\":77}")
                                           : S("\"sourceLabel\":null,\"updatedByUserId\":null}"));
}

static void put_history(struct hs_call *c, const struct hs_view *v, const struct world_record *r)
{
    struct world_past past[W_HISTORY_MAX + 1];
    buf_str(c->b, S(",\"propertiesWithHistory\":{"));
    for (size_t i = 0; i < v->histories; i++) {
        const struct hs_property *f = v->history[i];
        size_t n = 0, k = 0;
        buf_fmt(c->b, "%s\"%s\":[", i ? "," : "", f->name);
        if (f->system == HSYS_NONE)
            n = world_history(c->p->world, v->o->type, r, c->a, f->column, past);
        while (v->as_of_ms && k < n && past[k].at_ms > v->as_of_ms)
            k++; /* what the index has not seen */
        for (size_t first = k; k < n; k++) {
            if (k > first)
                buf_char(c->b, ',');
            put_past(c->b, c->a, &past[k]);
        }
        struct str own = f->system != HSYS_NONE ? hs_get(c->p, v->o, f, r, c->a, 0) : STR_NONE;
        if (own.n)
            put_past(c->b, c->a,
                     &(struct world_past){r->created_ms, W_FROM_SYSTEM, str_cstr(c->a, own)});
        buf_char(c->b, ']');
    }
    buf_char(c->b, '}');
}

enum { INLINE_MAX = 100 }; /* T11 */

static void put_links(struct hs_call *c, const struct hs_view *v, const struct world_record *r)
{
    enum hs_type from = hs_type_of(c->p, v->o);
    buf_str(c->b, S(",\"associations\":{"));
    for (size_t k = 0, shown = 0; k < v->withs; k++) {
        enum hs_type to = hs_type_of(c->p, v->with[k]);
        size_t n, given = 0, types = 0;
        uint64_t last = 0;
        const struct hs_edge *e = hs_links(c->p, from, r->number, to, &n);
        for (size_t i = 0; i < n; i++) {
            if (!hs_link_live(c->p, to, &e[i]))
                continue;
            if (given == INLINE_MAX) {
                given++;
                break;
            }
            if (!given)
                buf_fmt(c->b, "%s\"%s\":{\"results\":[", shown++ ? "," : "", v->with[k]->name);
            struct str id = hs_id(c->p, v->with[k], e[i].to, c->a);
            for (size_t bit = HS_LINK_TYPES; bit-- > 0;) /* the order is not promised */
                if (e[i].types >> bit & 1u)
                    buf_fmt(c->b, "%s{\"id\":\"%.*s\",\"type\":\"%s\"}", types++ ? "," : "",
                            STR_ARG(id), c->p->pair[from][to].type[bit].name);
            last = e[i].to;
            given++;
        }
        if (given)
            buf_char(c->b, ']');
        if (given > INLINE_MAX) {
            struct str id = hs_id(c->p, v->with[k], last, c->a);
            buf_fmt(c->b, ",\"paging\":{\"next\":{\"after\":\"%.*s\",\"link\":\"\"}}", STR_ARG(id));
        }
        if (given)
            buf_char(c->b, '}');
    }
    buf_char(c->b, '}');
}

/* What a client must not be disturbed by (H2.4, H2.6, H2.7, H24.23). */
static void put_quirks(struct hs_call *c, const struct hs_view *v, const struct world_record *r)
{
    buf_fmt(c->b, ",\"createdAt\":\"%.*s\",%s\"unheardOf\":{\"of\":[1,{}]}",
            STR_ARG(iso_seconds(c->a, hs_created_ms(v->o, r))),
            r->archived_ms ? "" : "\"archivedAt\":null,");
}

void hs_put_record(struct hs_call *c, const struct hs_view *v, const struct world_record *r)
{
    struct buf *b = c->b;
    bool odd = c->state->quirks;
    struct str id = hs_id(c->p, v->o, r->number, c->a);
    buf_fmt(b, odd ? "{\"id\":%.*s,\"properties\":{" : "{\"id\":\"%.*s\",\"properties\":{",
            STR_ARG(id));
    for (size_t i = 0; i < v->properties; i++) {
        struct str value = hs_get(c->p, v->o, v->property[i], r, c->a, v->as_of_ms);
        if (i)
            buf_char(b, ',');
        buf_char(b, '"');
        buf_str(b, str_from(v->property[i]->name));
        buf_str(b, S("\":"));
        if (value.n)
            json_quote(b, value);
        else
            buf_str(b, S("null"));
    }
    buf_char(b, '}');
    if (v->histories)
        put_history(c, v, r);
    if (odd)
        put_quirks(c, v, r);
    else
        buf_fmt(b, ",\"createdAt\":\"%.*s\"", STR_ARG(iso_ms(c->a, hs_created_ms(v->o, r))));
    buf_fmt(b, ",\"updatedAt\":\"%.*s\",\"archived\":%s",
            STR_ARG(iso_ms(c->a, hs_modified_ms(r, v->as_of_ms))),
            r->archived_ms ? "true" : "false");
    if (r->archived_ms)
        buf_fmt(b, ",\"archivedAt\":\"%.*s\"", STR_ARG(iso_ms(c->a, r->archived_ms)));
    if (v->withs)
        put_links(c, v, r);
    if (c->dated)
        buf_fmt(b,
                ",\"url\":\"https://app.hubspot.com/contacts/" SANDBOX_PORTAL "/record/%s/%.*s\"",
                v->o->id, STR_ARG(id));
}

void hs_put_written(struct hs_call *c, struct hs_object *o, const struct world_record *r,
                    const struct hs_input *in, bool created)
{
    static const char *const made[] = {"hs_object_source", "hs_object_source_label",
                                       "hs_object_source_id", "lifecyclestage"};
    struct hs_view v;
    view_init(c, o, in->cells + LEN(made), &v);
    for (size_t i = 0; i < in->cells; i++)
        want(o, v.property, &v.properties, in->cell[i].name);
    for (size_t i = 0; created && i < LEN(made); i++)
        want(o, v.property, &v.properties, str_from(made[i]));
    hs_put_record(c, &v, r);
}

void hs_put_warnings(struct hs_call *c, const struct hs_save *save)
{
    if (!save->warnings)
        return;
    buf_str(c->b, S(",\"warnings\":["));
    for (size_t i = 0; i < save->warnings; i++) {
        const struct hs_warning *w = &save->warning[i];
        buf_fmt(c->b,
                "%s{\"category\":\"PROPERTY_VALUE_NORMALIZED\",\"message\":\"The value of %.*s was "
                "normalized.\",\"context\":{\"propertyName\":[",
                i ? "," : "", STR_ARG(w->property));
        json_quote(c->b, w->property);
        buf_str(c->b, S("],\"rawValue\":["));
        json_quote(c->b, w->raw);
        buf_str(c->b, S("],\"normalizedValue\":["));
        json_quote(c->b, w->normalised);
        buf_str(c->b, S("]}}"));
    }
    buf_char(c->b, ']');
}
