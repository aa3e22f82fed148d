/* control_sf: what a user or an administrator of the org does, and what chance does to it.
 *
 *   /salesforce/intrusions {"id","fields":{...}}: a user's edit, just before the next API write to
 *                          that record */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/iso8601.h"
#include "text/url.h"

enum { BY_HAND = 1 }; /* the user who edits: not the integration's */

static void complain(struct response *r, int status, const char *text)
{
    r->status = status;
    buf_clear(r->body);
    buf_str(r->body, S("{\"error\":"));
    json_quote(r->body, str_from(text));
    buf_char(r->body, '}');
}

static bool body_of(const struct request *q, struct response *r, yyjson_val **root)
{
    struct err e;
    if (json_parse(q->a, q->body.n ? q->body : S("{}"), root, &e) && yyjson_is_obj(*root))
        return true;
    complain(r, 400, "the body is not a JSON object");
    return false;
}

static struct sf_save by_hand(struct sandbox *s, const struct request *q)
{
    return (struct sf_save){.org = &s->org,
                            .a = q->a,
                            .now_ms = sandbox_now(s),
                            .source = W_FROM_USER,
                            .user = BY_HAND,
                            .allow_duplicates = true};
}

static void refuse(struct response *r, const struct sf_problem *p)
{
    r->status = 400;
    buf_clear(r->body);
    buf_fmt(r->body, "{\"error\":\"%s\",\"message\":", p->code);
    json_quote(r->body, p->message);
    buf_char(r->body, '}');
}

/* ---- records
 * --------------------------------------------------------------------------------------- */

static struct sf_input input_of(struct arena *a, yyjson_val *root)
{
    struct sf_input in = {ARENA_ARRAY(a, struct sf_cell, yyjson_obj_size(root)), 0};
    yyjson_val *k, *v;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(root, &it);
    while ((k = yyjson_obj_iter_next(&it))) {
        v = yyjson_obj_iter_get_val(k);
        in.cell[in.cells] =
            (struct sf_cell){.name = json_str(k), .value = json_str(v), .quoted = true};
        if (yyjson_is_bool(v))
            in.cell[in.cells].value = yyjson_get_bool(v) ? S("true") : S("false");
        in.cells++;
    }
    return in;
}

void control_sf_write(struct sandbox *s, const struct request *q, struct response *r,
                      enum world_type t, struct world_record *rec)
{
    struct sf_object *obj = sf_object_of(&s->org, t);
    struct sf_save save = by_hand(s, q);
    struct sf_problem p;
    yyjson_val *root;
    char id[32];
    bool ok;
    if (str_eq(q->method, S("DELETE"))) {
        if (sf_delete(&save, obj, world_id(&s->world, t, rec->number, id), &p))
            r->status = 204;
        else
            refuse(r, &p);
        return;
    }
    if (!body_of(q, r, &root))
        return;
    struct sf_input in = input_of(q->a, root);
    ok = rec ? sf_update(&save, obj, rec, &in, &p) : sf_insert(&save, obj, &in, &rec, &p);
    if (ok)
        control_put_record(s, r->body, q->a, t, rec);
    else
        refuse(r, &p);
}

/* {"type":"Account","id":"001..."}; false = answered. */
static bool subject(struct sandbox *s, struct response *r, yyjson_val *root, struct sf_object **obj,
                    struct world_record **rec)
{
    struct str type = json_get(root, "type");
    *obj = sf_object_named(&s->org, type.n ? type : S("Account"));
    *rec = *obj ? world_find(&s->world, (*obj)->type, json_get(root, "id")) : NULL;
    if (*rec)
        return true;
    complain(r, 404, "no such record");
    return false;
}

static void undelete(struct sandbox *s, const struct request *q, struct response *r)
{
    struct sf_save save = by_hand(s, q);
    struct sf_problem p;
    struct sf_object *obj;
    struct world_record *rec;
    yyjson_val *root;
    if (!body_of(q, r, &root) || !subject(s, r, root, &obj, &rec))
        return;
    if (sf_undelete(&save, obj, json_get(root, "id"), &p))
        control_put_record(s, r->body, q->a, obj->type, rec);
    else
        refuse(r, &p);
}

static void purge(struct sandbox *s, const struct request *q, struct response *r)
{
    struct sf_save save = by_hand(s, q);
    struct sf_problem p;
    struct sf_object *obj;
    struct world_record *rec;
    yyjson_val *root;
    if (!body_of(q, r, &root) || !subject(s, r, root, &obj, &rec))
        return;
    if (sf_hard_delete(&save, obj, json_get(root, "id"), &p))
        r->status = 204;
    else
        refuse(r, &p);
}

static void merge(struct sandbox *s, const struct request *q, struct response *r)
{
    struct sf_save save = by_hand(s, q);
    struct sf_problem p;
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    struct str type = json_get(root, "type"), survivor = json_get(root, "survivor");
    struct sf_object *obj = sf_object_named(&s->org, type.n ? type : S("Account"));
    if (!obj)
        complain(r, 404, "no such type");
    else if (!sf_merge(&save, obj, survivor, json_get(root, "loser"), &p))
        refuse(r, &p);
    else
        control_put_record(s, r->body, q->a, obj->type, world_find(&s->world, obj->type, survivor));
}

static bool made(struct sf_save *save, const char *type, struct sf_cell *cell, size_t cells,
                 char id[32], struct response *r)
{
    struct sf_object *obj = sf_object_named(save->org, str_from(type));
    struct sf_input in = {cell, cells};
    struct world_record *rec;
    struct sf_problem p;
    if (!sf_insert(save, obj, &in, &rec, &p)) {
        refuse(r, &p);
        return false;
    }
    world_id(save->org->world, obj->type, rec->number, id);
    return true;
}

/* {"id":"00Q...","account":"001..."}: a lead becomes a contact, of that account or of a new one
 * that has the name of its company (SF 14.2). */
static void convert(struct sandbox *s, const struct request *q, struct response *r)
{
    struct sf_save save = by_hand(s, q);
    yyjson_val *root;
    char account[32] = "", contact[32];
    if (!body_of(q, r, &root))
        return;
    struct world_record *lead = world_find(&s->world, W_LEAD, json_get(root, "id"));
    if (!lead || lead->archived_ms) {
        complain(r, 404, "no such lead");
        return;
    }
    struct str company = world_get(&s->world, W_LEAD, lead, q->a, S("Company"));
    struct str of = json_get(root, "account");
    struct sf_cell name = {.name = S("Name"), .value = company, .quoted = true};
    if (!of.n && !made(&save, "Account", &name, 1, account, r))
        return;
    of = of.n ? of : str_from(account);
    struct sf_cell cell[3] = {{.name = S("AccountId"), .value = of, .quoted = true}};
    size_t cells = 1;
    static const char *const same[] = {"LastName", "Email"};
    for (size_t i = 0; i < LEN(same); i++) {
        struct str v = world_get(&s->world, W_LEAD, lead, q->a, str_from(same[i]));
        if (v.n)
            cell[cells++] = (struct sf_cell){.name = str_from(same[i]), .value = v, .quoted = true};
    }
    if (!made(&save, "Contact", cell, cells, contact, r))
        return;
    world_set(&s->world, W_LEAD, lead, S("IsConverted"), S("true"));
    world_set(&s->world, W_LEAD, lead, S("ConvertedContactId"), str_from(contact));
    world_set(&s->world, W_LEAD, lead, S("ConvertedAccountId"), of);
    world_set(&s->world, W_LEAD, lead, S("Status"), S("Closed - Converted"));
    world_touch(&s->world, W_LEAD, lead, sandbox_now(s));
    control_put_record(s, r->body, q->a, W_LEAD, lead);
}

/* A nightly job: SystemModstamp moves, nothing else does (SF 13). */
static void bump(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    struct sf_object *obj;
    struct world_record *rec;
    uint64_t n = 0;
    if (!body_of(q, r, &root))
        return;
    int64_t now = sandbox_now(s);
    struct str type = json_get(root, "type");
    bool one = json_get(root, "id").n > 0;
    if (one && !subject(s, r, root, &obj, &rec))
        return;
    if (!one && !(obj = sf_object_named(&s->org, type.n ? type : S("Account")))) {
        complain(r, 404, "no such type");
        return;
    }
    struct world_table *tab = &s->world.table[obj->type];
    for (uint64_t i = one ? rec->number : 0; i < (one ? rec->number + 1 : tab->count); i++) {
        int64_t edited = tab->record[i]->edited_ms;
        if (tab->record[i]->archived_ms)
            continue;
        world_touch(&s->world, obj->type, tab->record[i], now);
        tab->record[i]->edited_ms = edited;
        n++;
    }
    buf_fmt(r->body, "{\"bumped\":%llu}", (unsigned long long)n);
}

/* ---- a transaction that takes long (SF 13, T7)
 * --------------------------------------------------------- */

/* POST /salesforce/transactions opens one: its stamp is taken now, and latestDateCovered stays
 * there. POST /salesforce/transactions/{n} {"type","id","fields":{...}} commits it: the row appears
 * with the old stamp; without an id an account is made, with that CreatedDate too. */
static void transactions(struct sandbox *s, const struct request *q, struct response *r,
                         struct str number)
{
    struct sf_org *o = &s->org;
    int64_t n;
    if (!number.n) {
        for (n = 0; n < SF_OPEN_MAX && o->open_tx[n].open; n++)
            ;
        if (n == SF_OPEN_MAX) {
            complain(r, 400, "too many transactions are open");
            return;
        }
        o->open_tx[n].open = true;
        o->open_tx[n].stamp_ms = sandbox_now(s);
        buf_fmt(r->body, "{\"transaction\":%lld,\"stamp\":\"%.*s\"}", (long long)n,
                STR_ARG(iso_ms(q->a, o->open_tx[n].stamp_ms)));
        return;
    }
    yyjson_val *root;
    struct sf_object *obj;
    struct world_record *rec;
    struct sf_problem p;
    if (!str_to_i64(number, &n) || n < 0 || n >= SF_OPEN_MAX || !o->open_tx[n].open) {
        complain(r, 404, "no such transaction");
        return;
    }
    if (!body_of(q, r, &root))
        return;
    if (json_get(root, "id").n) {
        if (!subject(s, r, root, &obj, &rec))
            return;
        struct sf_save save = by_hand(s, q);
        struct sf_input in = input_of(q->a, yyjson_obj_get(root, "fields"));
        save.now_ms = o->open_tx[n].stamp_ms;
        if (!sf_update(&save, obj, rec, &in, &p)) {
            refuse(r, &p);
            return;
        }
        control_put_record(s, r->body, q->a, obj->type, rec);
    } else if (yyjson_obj_get(root, "fields")) {
        struct sf_save save = by_hand(s, q);
        struct sf_input in = input_of(q->a, yyjson_obj_get(root, "fields"));
        save.now_ms = o->open_tx[n].stamp_ms;
        obj = sf_object_named(o, S("Account"));
        if (!sf_insert(&save, obj, &in, &rec, &p)) {
            refuse(r, &p);
            return;
        }
        control_put_record(s, r->body, q->a, obj->type, rec);
    } else {
        buf_str(r->body, S("{}"));
    }
    o->open_tx[n].open = false;
}

/* ---- what an administrator sets
 * ------------------------------------------------------------------------- */

static void keep(char *to, size_t size, struct str s)
{
    snprintf(to, size, "%.*s", STR_ARG(s));
}

static void set_rule(struct sf_rule *rule, yyjson_val *v)
{
    struct str object = json_get(v, "object");
    if (!v)
        return;
    keep(rule->object, sizeof(rule->object), object.n ? object : S("Account"));
    keep(rule->field, sizeof(rule->field), json_get(v, "field"));
    keep(rule->text, sizeof(rule->text), json_get(v, "text"));
    keep(rule->message, sizeof(rule->message), json_get(v, "message"));
}

/* {"validation":{"object","field","text","message"},"duplicate":{"object","field","message"},
 * "trigger":{"object","field","text","message"}} */
static void rules(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (str_eq(q->method, S("DELETE")))
        s->org.validation = s->org.duplicate = s->org.trigger =
            (struct sf_rule){{0}, {0}, {0}, {0}};
    else if (!body_of(q, r, &root))
        return;
    else {
        set_rule(&s->org.validation, yyjson_obj_get(root, "validation"));
        set_rule(&s->org.duplicate, yyjson_obj_get(root, "duplicate"));
        set_rule(&s->org.trigger, yyjson_obj_get(root, "trigger"));
    }
    buf_str(r->body, S("{}"));
}

/* {"object":"Account","field":"Phone","read":false,"edit":false}: field-level security */
static void fields(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    struct str object = json_get(root, "object");
    struct sf_object *obj = sf_object_named(&s->org, object.n ? object : S("Account"));
    struct sf_field *f = obj ? sf_field_any(obj, json_get(root, "field")) : NULL;
    struct str type = json_get(root, "type"); /* of describe: "string", "double", "boolean" */
    if (obj && !f && type.n)
        f = sf_field_add(&s->org, obj, json_get(root, "field"), json_get(root, "label"),
                         str_cstr(&s->org.life, type), 255, 0);
    if (!f) {
        complain(r, 404, "no such field");
        return;
    }
    bool read = json_bool(yyjson_obj_get(root, "read"), true);
    bool edit = json_bool(yyjson_obj_get(root, "edit"), read);
    f->flags &= ~(unsigned)(SF_HIDDEN | SF_LOCKED);
    f->flags |= read ? edit ? 0 : SF_LOCKED : SF_HIDDEN;
    if (yyjson_obj_get(root, "restricted"))
        f->flags = json_bool(yyjson_obj_get(root, "restricted"), false)
                       ? f->flags | SF_RESTRICTED
                       : f->flags & ~(unsigned)SF_RESTRICTED;
    f->scale = (int)MIN(MAX(json_i64(yyjson_obj_get(root, "scale"), f->scale), 0), 18);
    int64_t length = json_i64(yyjson_obj_get(root, "length"), f->length);
    f->length = (int)MIN(MAX(length, 0), (int64_t)131072);
    s->org.schema_changed_ms = sandbox_now(s);
    buf_str(r->body, S("{}"));
}

static void settings(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root, *v;
    struct sf_state *st = s->sf;
    if (!body_of(q, r, &root))
        return;
    st->small_pages = json_bool(yyjson_obj_get(root, "small_pages"), st->small_pages);
    st->rotate_refresh = json_bool(yyjson_obj_get(root, "rotate_refresh"), st->rotate_refresh);
    st->session_life_ms = json_i64(yyjson_obj_get(root, "session_life_ms"), st->session_life_ms);
    st->locator_life_ms = json_i64(yyjson_obj_get(root, "locator_life_ms"), st->locator_life_ms);
    s->org.external_not_unique =
        json_bool(yyjson_obj_get(root, "external_not_unique"), s->org.external_not_unique);
    v = yyjson_obj_get(root, "delete_log_from");
    if (v)
        (void)!iso_parse_ms(json_str(v), &s->org.log_from_ms);
    buf_fmt(r->body,
            "{\"small_pages\":%s,\"rotate_refresh\":%s,\"session_life_ms\":%lld,\"locator_life_"
            "ms\":%lld,"
            "\"external_not_unique\":%s}",
            st->small_pages ? "true" : "false", st->rotate_refresh ? "true" : "false",
            (long long)st->session_life_ms, (long long)st->locator_life_ms,
            s->org.external_not_unique ? "true" : "false");
}

static void intrusions(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    struct sf_object *obj;
    struct world_record *rec;
    if (!body_of(q, r, &root) || !subject(s, r, root, &obj, &rec))
        return;
    if (s->sf->intrusions == LEN(s->sf->intrusion)) {
        complain(r, 409, "too many intrusions wait");
        return;
    }
    struct sf_input in = input_of(&s->life, yyjson_obj_get(root, "fields"));
    for (size_t i = 0; i < in.cells; i++) { /* they outlive the request */
        in.cell[i].name = str_dup(&s->life, in.cell[i].name);
        in.cell[i].value = str_dup(&s->life, in.cell[i].value);
    }
    s->sf->intrusion[s->sf->intrusions++] = (struct sf_intrusion){obj, rec->number, in};
    r->status = 204;
}

static void end_sessions(struct sandbox *s, struct response *r)
{
    for (size_t i = 0; i < SF_SESSIONS_MAX; i++)
        s->sf->session[i].dead = true;
    r->status = 204;
}

bool control_sf(struct sandbox *s, const struct request *q, struct response *r, struct str what)
{
    struct str rest = what, name;
    str_cut(&rest, '/', &name);
    if (str_eq(name, S("certificates"))) {
        s->jwt_certificate = str_dup(&s->life, q->body);
        r->status = 201;
        buf_str(r->body, S("{}"));
    } else if (str_eq(name, S("undelete"))) {
        undelete(s, q, r);
    } else if (str_eq(name, S("purge"))) {
        purge(s, q, r);
    } else if (str_eq(name, S("merge"))) {
        merge(s, q, r);
    } else if (str_eq(name, S("convert"))) {
        convert(s, q, r);
    } else if (str_eq(name, S("bump"))) {
        bump(s, q, r);
    } else if (str_eq(name, S("transactions"))) {
        transactions(s, q, r, rest);
    } else if (str_eq(name, S("rules"))) {
        rules(s, q, r);
    } else if (str_eq(name, S("fields"))) {
        fields(s, q, r);
    } else if (str_eq(name, S("settings"))) {
        settings(s, q, r);
    } else if (str_eq(name, S("intrusions"))) {
        intrusions(s, q, r);
    } else if (str_eq(name, S("sessions")) && str_eq(q->method, S("DELETE"))) {
        end_sessions(s, r);
    } else {
        return control_sf_org(s, q, r, name);
    }
    return true;
}
