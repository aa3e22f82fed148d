/* hs_labels: what a pair of objects can be to each other (H15.5). */
#include "sandbox/http/hs_p.h"

static void put_label(struct hs_call *c, const struct hs_link_type *t, bool first)
{
    buf_fmt(c->b, "%s{\"category\":\"%s\",\"typeId\":%d,\"label\":", first ? "" : ",",
            t->user ? "USER_DEFINED" : "HUBSPOT_DEFINED", t->id);
    if (t->label)
        json_quote(c->b, str_from(t->label));
    else
        buf_str(c->b, S("null"));
    buf_char(c->b, '}');
}

static void create(struct hs_call *c, enum hs_type from, enum hs_type to)
{
    yyjson_val *root;
    if (!hs_body(c, &root))
        return;
    struct str name = json_get(root, "name"), label = json_get(root, "label");
    struct str inverse = json_get(root, "inverseLabel");
    if (!name.n || !label.n) {
        hs_invalid(c, S("name and label are required"));
        return;
    }
    struct hs_link_type *t = hs_label_add(c->p, from, to, name, label, inverse);
    if (!t) {
        hs_invalid(c, S("the label exists, or there are too many"));
        return;
    }
    buf_str(c->b, S("{\"results\":["));
    put_label(c, t, true);
    bool two = from != to || inverse.n;
    if (two)
        put_label(c, &c->p->pair[to][from].type[t->inverse], false);
    buf_str(c->b, S("]}"));
}

static void rename_label(struct hs_call *c, enum hs_type from, enum hs_type to)
{
    yyjson_val *root;
    if (!hs_body(c, &root))
        return;
    struct hs_link_type *t =
        hs_label(c->p, from, to, (int)json_i64(yyjson_obj_get(root, "associationTypeId"), 0));
    struct str label = json_get(root, "label"), inverse = json_get(root, "inverseLabel");
    if (!t || !label.n) {
        hs_invalid(c, S("no such label"));
        return;
    }
    t->label = str_cstr(&c->p->life, label);
    if (inverse.n)
        c->p->pair[to][from].type[t->inverse].label = str_cstr(&c->p->life, inverse);
    c->r->status = 204;
}

void hs_labels(struct hs_call *c, struct hs_object *from, struct hs_object *to, struct str rest)
{
    enum hs_type f = hs_type_of(c->p, from), t = hs_type_of(c->p, to);
    const struct hs_pair *pair = &c->p->pair[f][t];
    int64_t id;
    if (hs_is(c, "DELETE")) {
        if (!str_to_i64(rest, &id) || !hs_label(c->p, f, t, (int)id)) {
            hs_no_resource(c, S("no such label"));
            return;
        }
        hs_label_drop(c->p, f, t, (int)id);
        c->r->status = 204;
    } else if (hs_is(c, "POST")) {
        create(c, f, t);
    } else if (hs_is(c, "PUT")) {
        rename_label(c, f, t);
    } else {
        size_t given = 0;
        buf_str(c->b, S("{\"results\":["));
        for (size_t i = 0; i < pair->types; i++)
            if (!pair->type[i].dead)
                put_label(c, &pair->type[i], given++ == 0);
        buf_str(c->b, S("]}"));
    }
}
