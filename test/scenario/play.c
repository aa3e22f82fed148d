/* play: what people of both systems do, in the order in which the scenario tells it. */
#include "test/scenario/play.h"

#include <string.h>

#include "model/settings.h"

#define GIVEN_STEP_MS MS_SECOND        /* between two records that are there from the start */
#define STEP_MS       (10 * MS_SECOND) /* between two things that people do */

/* ---- names ----------------------------------------------------------------------------------- */

struct str cast_id(const struct play *p, enum kind kind, struct str name)
{
    for (size_t i = p->count; i > 0; i--)
        if (p->cast[i - 1].kind == kind && str_eq(p->cast[i - 1].name, name))
            return p->cast[i - 1].id;
    return STR_NONE;
}

struct str cast_name(struct play *p, enum kind kind, struct str id)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->cast[i].kind == kind && str_eq(p->cast[i].id, id))
            return p->cast[i].name;
    return id.n ? str_fmt(p->a, "?%.*s", STR_ARG(id)) : S("?");
}

void cast_add(struct play *p, enum kind kind, struct str name, struct str id)
{
    assert(p->count < CAST_MAX);
    p->cast[p->count++] = (struct cast){kind, str_dup(p->a, name), str_dup(p->a, id)};
}

struct str play_value(const struct play *p, struct str value)
{
    ptrdiff_t dot = str_find_char(value, '.');
    enum kind kind;
    if (!str_starts(value, S("@")) || dot < 0 ||
        !kind_named(str_slice(value, 1, (size_t)dot), &kind))
        return value;
    return cast_id(p, kind, str_slice(value, (size_t)dot + 1, value.n));
}

const char *kind_path(enum kind kind)
{
    static const char *const paths[KIND_COUNT] = {
        "/salesforce/accounts", "/hubspot/companies", "/hubspot/contacts", "/salesforce/contacts",
        "/salesforce/leads",    "/salesforce/users",  "/hubspot/owners",   "/hubspot/lists"};
    return paths[kind];
}

/* ---- records --------------------------------------------------------------------------------- */

static void put(yyjson_mut_doc *d, yyjson_mut_val *o, struct str name, struct str value)
{
    yyjson_mut_obj_add(o, json_mstr(d, name), json_mstr(d, value.p ? value : S("")));
}

/* An owner, or the user who is the same person, is said in the same words. */
static struct str user_field(struct str name)
{
    return str_eq(name, S("email"))   ? S("Email")
           : str_eq(name, S("first")) ? S("FirstName")
           : str_eq(name, S("last"))  ? S("LastName")
                                      : name;
}

static struct str user_body(struct play *p, const struct line *l)
{
    yyjson_mut_doc *d = json_new(p->a);
    yyjson_mut_val *o = yyjson_mut_obj(d);
    yyjson_mut_doc_set_root(d, o);
    put(d, o, S("Username"), str_fmt(p->a, "%.*s@users.example", STR_ARG(l->word[0])));
    put(d, o, S("LastName"), l->word[0]);
    put(d, o, S("IsActive"), S("true"));
    put(d, o, S("UserType"), S("Standard"));
    for (size_t i = 0; i < l->pairs; i++)
        put(d, o, user_field(l->pair[i].name), l->pair[i].value);
    return json_print(p->a, d);
}

/* An active list: those of whom all that is said holds. Nothing said: a static one, with nobody. */
static struct str list_body(struct play *p, const struct line *l)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_fmt(&b, "{\"name\":\"%.*s\",\"object\":\"%s\"", STR_ARG(l->word[0]),
            str_eq(l->word[1], S("company")) ? "companies" : "contacts");
    for (size_t i = 0; i < l->pairs; i++) {
        buf_str(&b, i ? S(",") : S(",\"filterGroups\":[{\"filters\":["));
        buf_str(&b, S("{\"propertyName\":"));
        json_quote(&b, l->pair[i].name);
        buf_str(&b, S(",\"operator\":\"EQ\",\"value\":"));
        json_quote(&b, l->pair[i].value);
        buf_char(&b, '}');
    }
    buf_str(&b, l->pairs ? S("]}]}") : S("}"));
    struct str out = str_dup(p->a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* `site` is the address in every field that has one; `company` of a contact is an association. */
static struct str record_body(struct play *p, enum kind kind, const struct line *l)
{
    yyjson_mut_doc *d = json_new(p->a);
    yyjson_mut_val *o = yyjson_mut_obj(d);
    yyjson_mut_doc_set_root(d, o);
    for (size_t i = 0; i < l->pairs; i++) {
        struct str name = l->pair[i].name, value = play_value(p, l->pair[i].value);
        if (kind == KIND_CONTACT && str_eq(name, S("company"))) {
            continue;
        } else if (str_eq(name, S("site"))) {
            put(d, o, kind == KIND_ACCOUNT ? S("Website") : S("website"), value);
            if (kind == KIND_COMPANY)
                put(d, o, S("domain"), value);
        } else {
            put(d, o, name, value);
        }
    }
    return json_print(p->a, d);
}

static bool employ(struct play *p, const struct line *l, struct err *e)
{
    for (size_t i = 0; i < l->pairs; i++) {
        if (!str_eq(l->pair[i].name, S("company")))
            continue;
        struct str contact = cast_id(p, KIND_CONTACT, l->word[0]);
        struct str company = cast_id(p, KIND_COMPANY, l->pair[i].value);
        struct str body = str_fmt(p->a,
                                  "{\"from\":\"contacts\",\"from_id\":\"%.*s\",\"to\":"
                                  "\"companies\",\"to_id\":\"%.*s\",\"types\":[1]}",
                                  STR_ARG(contact), STR_ARG(company));
        return box_call(p->box, p->a, "POST", S("/hubspot/associations"), body, NULL, e);
    }
    return true;
}

static bool write_record(struct play *p, enum kind kind, const struct line *l, struct err *e)
{
    struct str id = cast_id(p, kind, l->word[0]);
    struct str body = kind == KIND_USER   ? user_body(p, l)
                      : kind == KIND_LIST ? list_body(p, l)
                                          : record_body(p, kind, l);
    yyjson_val *answer;
    struct str path =
        id.p ? str_fmt(p->a, "%s/%.*s", kind_path(kind), STR_ARG(id)) : str_from(kind_path(kind));
    if (!box_call(p->box, p->a, id.p ? "PATCH" : "POST", path, body, &answer, e))
        return false;
    if (!id.p)
        cast_add(p, kind, l->word[0], json_get(answer, "id"));
    return kind != KIND_CONTACT || employ(p, l, e);
}

static bool remove_record(struct play *p, enum kind kind, struct str id, struct err *e)
{
    struct str path = str_fmt(p->a, "%s/%.*s", kind_path(kind), STR_ARG(id));
    bool list = kind == KIND_LIST;
    return box_call(p->box, p->a, list ? "POST" : "DELETE", path,
                    list ? S("{\"deleted\":true}") : STR_NONE, NULL, e);
}

/* Somebody leaves: what is theirs stays theirs, and nothing new becomes it. */
static bool leave(struct play *p, enum kind kind, struct str id, struct err *e)
{
    struct str path = str_fmt(p->a, "%s/%.*s", kind_path(kind), STR_ARG(id));
    if (kind == KIND_USER)
        return box_call(p->box, p->a, "PATCH", path, S("{\"IsActive\":\"false\"}"), NULL, e);
    return box_call(p->box, p->a, "POST", path, S("{\"archived\":true}"), NULL, e);
}

static const char *type_name(enum kind kind)
{
    static const char *const types[KIND_COUNT] = {"Account", "companies", "contacts", "Contact",
                                                  "Lead",    "User",      "owners",   "lists"};
    return types[kind];
}

/* restore, purge: {"type"|"object", "id"} */
static bool treat_record(struct play *p, const char *what, enum kind kind, struct str id,
                         struct err *e)
{
    bool sf = kind_side(kind) == SIDE_SF;
    struct str path = str_fmt(p->a, "/%s/%s", sf ? "salesforce" : "hubspot", what);
    struct str body = str_fmt(p->a, "{\"%s\":\"%s\",\"id\":\"%.*s\"}", sf ? "type" : "object",
                              type_name(kind), STR_ARG(id));
    return box_call(p->box, p->a, "POST", path, body, NULL, e);
}

static bool merge_records(struct play *p, enum kind kind, struct str loser, struct str survivor,
                          struct err *e)
{
    bool sf = kind_side(kind) == SIDE_SF;
    struct str body =
        str_fmt(p->a, "{\"%s\":\"%s\",\"%s\":\"%.*s\",\"%s\":\"%.*s\"}", sf ? "type" : "object",
                type_name(kind), sf ? "survivor" : "primary", STR_ARG(cast_id(p, kind, survivor)),
                sf ? "loser" : "other", STR_ARG(cast_id(p, kind, loser)));
    yyjson_val *answer;
    if (!box_call(p->box, p->a, "POST", sf ? S("/salesforce/merge") : S("/hubspot/merge"), body,
                  &answer, e))
        return false;
    if (!str_eq(json_get(answer, "id"), cast_id(p, kind, survivor)))
        cast_add(p, kind, survivor, json_get(answer, "id")); /* HubSpot gives it a new id (H8.7) */
    return true;
}

/* "sandbox salesforce/fields field=Phone read=false" */
static bool set_sandbox(struct play *p, const struct line *l, struct err *e)
{
    yyjson_mut_doc *d = json_new(p->a);
    yyjson_mut_val *o = yyjson_mut_obj(d);
    yyjson_mut_doc_set_root(d, o);
    for (size_t i = 0; i < l->pairs; i++) {
        struct str v = play_value(p, l->pair[i].value);
        yyjson_mut_val *value = json_mstr(d, v);
        yyjson_val *raw;
        struct err ignored;
        if (json_parse(p->a, v, &raw, &ignored)) /* true, 7, {"a":1} */
            value = yyjson_val_mut_copy(d, raw);
        yyjson_mut_obj_add(o, json_mstr(d, l->pair[i].name), value);
    }
    return box_call(p->box, p->a, "POST", str_fmt(p->a, "/%.*s", STR_ARG(l->word[0])),
                    json_print(p->a, d), NULL, e);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool do_line(struct play *p, const struct line *l, struct err *e)
{
    enum kind kind;
    bool done;
    if (kind_named(l->verb, &kind))
        return write_record(p, kind, l, e);
    if (str_eq(l->verb, S("sandbox")))
        return set_sandbox(p, l, e);
    if (!play_command(p, l, &done, e))
        return false;
    if (done)
        return true;
    kind_named(l->word[0], &kind);
    struct str id = cast_id(p, kind, l->word[1]);
    if (str_eq(l->verb, S("delete")))
        return remove_record(p, kind, id, e);
    if (str_eq(l->verb, S("leave")))
        return leave(p, kind, id, e);
    if (str_eq(l->verb, S("restore")))
        return treat_record(p, kind_side(kind) == SIDE_SF ? "undelete" : "restore", kind, id, e);
    if (str_eq(l->verb, S("purge")))
        return treat_record(p, "purge", kind, id, e);
    return merge_records(p, kind, l->word[1], l->word[3], e);
}

/* Commands run at the time at which the last thing was done. */
static bool takes_time(const struct line *l)
{
    static const char *const acts[] = {"account", "company", "contact", "sf_contact",
                                       "lead",    "user",    "owner",   "list",
                                       "delete",  "restore", "merge",   "leave"};
    for (size_t i = 0; i < LEN(acts); i++)
        if (str_eq(l->verb, str_from(acts[i])))
            return true;
    return false;
}

static bool play_when(struct play *p, const struct block *when, struct err *e)
{
    for (size_t i = 0; i < when->lines; i++) {
        const struct line *l = &when->line[i];
        int64_t ms = l->pause_ms >= 0 ? l->pause_ms : takes_time(l) ? STEP_MS : 0;
        if (str_eq(l->verb, S("wait")) && !duration_parse(l->word[0], &ms))
            return line_error(e, p->s, l->number, "\"%.*s\" is no duration", STR_ARG(l->word[0]));
        if (ms > 0 && !box_advance(p->box, ms, e))
            return false;
        if (!str_eq(l->verb, S("wait")) && !do_line(p, l, e))
            return err_wrap(e, "line %d", l->number);
    }
    return true;
}

static bool play_given(struct play *p, const struct block *given, struct err *e)
{
    for (size_t i = 0; i < given->lines; i++) {
        const struct line *l = &given->line[i];
        enum kind kind;
        bool record = kind_named(l->verb, &kind);
        if (!record && !str_eq(l->verb, S("sandbox")))
            continue;
        if (!do_line(p, l, e) || !box_advance(p->box, GIVEN_STEP_MS, e))
            return err_wrap(e, "line %d", l->number);
    }
    return play_set_up(p, given, e) && play_given_wrote(p, e);
}

static bool play_blocks(struct play *p, struct err *e)
{
    static const struct block nothing = {.kind = BLOCK_GIVEN};
    const struct scenario *s = p->s;
    const struct block *given = s->block[0].kind == BLOCK_GIVEN ? &s->block[0] : &nothing;
    if (!play_given(p, given, e))
        return err_wrap(e, "what is given");
    for (size_t i = 0; i < s->blocks && !p->report->n; i++) {
        const struct block *b = &s->block[i];
        if (b->kind == BLOCK_WHEN && !play_when(p, b, e))
            return false;
        if (b->kind == BLOCK_THEN && !play_then(p, b, e))
            return false;
    }
    return p->report->n || s->not_quiet.n || play_quiet(p, e);
}

bool play_run(struct lab *lab, const struct scenario *s, struct buf *report, struct err *e)
{
    struct arena a;
    arena_init(&a, 256 * MIB);
    struct play *p = ARENA_NEW(&a, struct play);
    *p = (struct play){.a = &a, .lab = lab, .box = lab->box, .s = s, .report = report};
    bool ok = box_reset(p->box, &a, e) && lab_forget(lab, s->mirrored, e) && lab_open(lab, e);
    struct crm_setup setup[SIDE_COUNT];
    ok = ok && engine_setup(lab->engine, &a, setup, e); /* definitions only (S1.1) */
    ok = ok && play_blocks(p, e);
    lab_close(lab);
    arena_release(&a);
    return ok;
}
