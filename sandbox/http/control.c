/* control: the sandbox's own port: what a user of either system would do, and what the weather
 * does: clock, faults, counts, traffic. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "sandbox/world/soql.h"
#include "text/iso8601.h"
#include "text/url.h"

int64_t sandbox_now(struct sandbox *s)
{
    int64_t ran = (s->clock->mono_us(s->clock) - s->clock_base_mono_us) / 1000;
    int64_t now = s->world.start_ms + s->world.offset_ms + ran;
    return s->world.last_stamp_ms = MAX(now, s->world.last_stamp_ms);
}

bool sandbox_fault(struct sandbox *s, const char *name, const char *service, struct str path)
{
    for (size_t i = 0; i < s->faults; i++) {
        struct fault *f = &s->fault[i];
        if (strcmp(f->name, name) || strcmp(f->service, service) || f->count == 0 ||
            str_find(path, str_from(f->path)) < 0)
            continue;
        if (f->skip > 0) {
            f->skip--;
            continue;
        }
        if (f->count > 0)
            f->count--;
        return true;
    }
    return false;
}

/* "salesforce POST composite/sobjects/Account": ids and versions are left out of the kind. */
static void kind_of(const char *service, const struct request *q, char *out, size_t size)
{
    struct str rest = q->path, part;
    size_t at = (size_t)snprintf(out, size, "%s %.*s", service, STR_ARG(q->method));
    while (str_cut(&rest, '/', &part) && at + 1 < size) {
        bool digits = false;
        for (size_t i = 0; i < part.n; i++)
            digits = digits || (part.p[i] >= '0' && part.p[i] <= '9');
        if (part.n)
            at += (size_t)snprintf(out + at, size - at, "/%.*s", digits ? 1 : (int)part.n,
                                   digits ? "#" : part.p);
    }
}

void sandbox_count(struct sandbox *s, const char *service, const struct request *q,
                   const struct response *r)
{
    char kind[sizeof(s->counter[0].kind)];
    size_t i = 0;
    kind_of(service, q, kind, sizeof(kind));
    while (i < s->counters && strcmp(s->counter[i].kind, kind))
        i++;
    if (i == s->counters && i < LEN(s->counter)) {
        snprintf(s->counter[i].kind, sizeof(kind), "%s", kind);
        s->counter[s->counters++].n = 0;
    }
    if (i < s->counters)
        s->counter[i].n++;
    char *line = NULL;
    if (asprintf(&line,
                 "{\"n\":%zu,\"at_ms\":%lld,\"service\":\"%s\",\"method\":\"%.*s\",\"path\":"
                 "\"%.*s\",\"status\":%d}",
                 s->traffic_count, (long long)sandbox_now(s), service, STR_ARG(q->method),
                 STR_ARG(str_slice(q->path, 0, 300)), r->cut ? 0 : r->status) < 0)
        abort();
    if (!s->traffic && !(s->traffic = calloc(TRAFFIC_MAX, sizeof(*s->traffic))))
        abort();
    free(s->traffic[s->traffic_count % TRAFFIC_MAX]);
    s->traffic[s->traffic_count++ % TRAFFIC_MAX] = line;
}

/* ---- records as a user sees them ------------------------------------------------------------- */

static bool type_of(struct str service, struct str type, enum world_type *t)
{
    static const struct {
        const char *service, *type;
        enum world_type t;
    } table[] = {{"salesforce", "accounts", W_ACCOUNT},    {"salesforce", "Account", W_ACCOUNT},
                 {"salesforce", "contacts", W_SF_CONTACT}, {"salesforce", "leads", W_LEAD},
                 {"hubspot", "companies", W_COMPANY},      {"hubspot", "contacts", W_HS_CONTACT}};
    for (size_t i = 0; i < LEN(table); i++)
        if (str_eq(service, str_from(table[i].service)) && str_eq(type, str_from(table[i].type))) {
            *t = table[i].t;
            return true;
        }
    return false;
}

static void put_record(struct sandbox *s, struct buf *b, struct arena *a, enum world_type t,
                       const struct world_record *rec)
{
    char id[32];
    buf_fmt(
        b,
        "{\"id\":\"%.*s\",\"created\":\"%.*s\",\"modified\":\"%.*s\",\"archived\":%s,\"fields\":{",
        STR_ARG(world_id(&s->world, t, rec->number, id)), STR_ARG(iso_ms(a, rec->created_ms)),
        STR_ARG(iso_ms(a, rec->modified_ms)), rec->archived_ms ? "true" : "false");
    bool first = true;
    for (uint16_t f = 0; f < s->world.table[t].fields; f++) {
        struct str v = world_get_at(&s->world, t, rec, a, f);
        if (!v.n)
            continue;
        if (!first)
            buf_char(b, ',');
        first = false;
        json_quote(b, str_from(s->world.table[t].field[f]));
        buf_char(b, ':');
        json_quote(b, v);
    }
    buf_str(b, S("}}"));
}

static void list(struct sandbox *s, const struct request *q, struct response *r, enum world_type t)
{
    struct world_table *tab = &s->world.table[t];
    int64_t limit = 1000, from = 0;
    (void)str_to_i64(url_query_get(q->a, q->query, S("limit")), &limit);
    (void)str_to_i64(url_query_get(q->a, q->query, S("from")), &from);
    buf_fmt(r->body, "{\"total\":%llu,\"live\":%llu,\"records\":[", (unsigned long long)tab->count,
            (unsigned long long)tab->live);
    for (uint64_t i = (uint64_t)MAX(from, 0), given = 0; i < tab->count && given < (uint64_t)limit;
         i++) {
        if (given++)
            buf_char(r->body, ',');
        put_record(s, r->body, q->a, t, tab->record[i]);
    }
    buf_str(r->body, S("]}"));
}

static bool body_of(const struct request *q, struct response *r, yyjson_val **root)
{
    struct err e;
    if (json_parse(q->a, q->body.n ? q->body : S("{}"), root, &e) && yyjson_is_obj(*root))
        return true;
    r->status = 400;
    buf_fmt(r->body, "{\"error\":\"%s\"}", e.msg);
    return false;
}

static void edit(struct sandbox *s, struct world_record *rec, enum world_type t, yyjson_val *root)
{
    yyjson_val *k;
    yyjson_obj_iter it;
    yyjson_obj_iter_init(root, &it);
    while ((k = yyjson_obj_iter_next(&it)))
        world_set(&s->world, t, rec, json_str(k), json_str(yyjson_obj_iter_get_val(k)));
    world_touch(&s->world, t, rec, sandbox_now(s));
}

static void records(struct sandbox *s, const struct request *q, struct response *r,
                    enum world_type t, struct str id)
{
    yyjson_val *root;
    struct world_record *rec = id.n ? world_find(&s->world, t, id) : NULL;
    if (id.n && !rec) {
        r->status = 404;
        buf_str(r->body, S("{\"error\":\"no such record\"}"));
    } else if (!id.n && str_eq(q->method, S("GET"))) {
        list(s, q, r, t);
    } else if (str_eq(q->method, S("DELETE"))) {
        rec->archived_ms = sandbox_now(s);
        s->world.table[t].live--;
        if (world_is_sf(t))
            world_touch(&s->world, t, rec, sandbox_now(s));
        r->status = 204;
    } else if (str_eq(q->method, S("GET"))) {
        put_record(s, r->body, q->a, t, rec);
    } else if (body_of(q, r, &root)) {
        if (!rec)
            rec = world_create(&s->world, t, sandbox_now(s));
        edit(s, rec, t, root);
        put_record(s, r->body, q->a, t, rec);
    }
}

/* POST /touch/{service}/{type} {"every":10,"field":"Phone","value":"x"}: many edits at once */
static void touch(struct sandbox *s, const struct request *q, struct response *r, enum world_type t)
{
    yyjson_val *root;
    uint64_t n = 0;
    if (!body_of(q, r, &root))
        return;
    int64_t every = MAX(json_i64(yyjson_obj_get(root, "every"), 1), 1);
    struct str field = json_get(root, "field"), value = json_get(root, "value");
    for (uint64_t i = 0; i < s->world.table[t].count; i += (uint64_t)every, n++) {
        struct world_record *rec = s->world.table[t].record[i];
        world_set(&s->world, t, rec, field,
                  str_fmt(q->a, "%.*s %llu", STR_ARG(value), (unsigned long long)i));
        world_touch(&s->world, t, rec, sandbox_now(s));
    }
    buf_fmt(r->body, "{\"touched\":%llu}", (unsigned long long)n);
}

/* ---- weather --------------------------------------------------------------------------------- */

static void clock(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (str_eq(q->method, S("POST"))) {
        if (!body_of(q, r, &root))
            return;
        s->world.offset_ms += MAX(json_i64(yyjson_obj_get(root, "advance_ms"), 0), 0);
    }
    buf_fmt(r->body, "{\"now\":\"%.*s\",\"now_ms\":%lld}", STR_ARG(iso_ms(q->a, sandbox_now(s))),
            (long long)sandbox_now(s));
}

static void keep(char *to, size_t size, struct str s)
{
    snprintf(to, size, "%.*s", STR_ARG(s));
}

static void faults(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (str_eq(q->method, S("DELETE"))) {
        s->faults = 0;
    } else if (str_eq(q->method, S("POST"))) {
        if (!body_of(q, r, &root))
            return;
        struct fault *f = &s->fault[s->faults % FAULTS_MAX];
        s->faults = MIN(s->faults + 1, (size_t)FAULTS_MAX);
        keep(f->name, sizeof(f->name), json_get(root, "name"));
        keep(f->service, sizeof(f->service), json_get(root, "service"));
        keep(f->path, sizeof(f->path), json_get(root, "path"));
        f->count = json_i64(yyjson_obj_get(root, "count"), 1);
        f->skip = json_i64(yyjson_obj_get(root, "skip"), 0);
    }
    buf_char(r->body, '[');
    for (size_t i = 0; i < s->faults; i++)
        buf_fmt(r->body, "%s{\"name\":\"%s\",\"service\":\"%s\",\"path\":\"%s\",\"count\":%lld}",
                i ? "," : "", s->fault[i].name, s->fault[i].service, s->fault[i].path,
                (long long)s->fault[i].count);
    buf_char(r->body, ']');
}

static void counts(struct sandbox *s, const struct request *q, struct response *r)
{
    uint64_t side[2] = {0, 0};
    if (str_eq(q->method, S("DELETE")))
        s->counters = 0;
    buf_str(r->body, S("{\"kinds\":{"));
    for (size_t i = 0; i < s->counters; i++) {
        buf_fmt(r->body, "%s\"%s\":%llu", i ? "," : "", s->counter[i].kind,
                (unsigned long long)s->counter[i].n);
        side[s->counter[i].kind[0] == 'h'] += s->counter[i].n;
    }
    buf_fmt(r->body, "},\"salesforce\":%llu,\"hubspot\":%llu}", (unsigned long long)side[0],
            (unsigned long long)side[1]);
}

static void traffic(struct sandbox *s, const struct request *q, struct response *r)
{
    int64_t after = 0;
    (void)str_to_i64(url_query_get(q->a, q->query, S("after")), &after);
    size_t first = s->traffic_count > TRAFFIC_MAX ? s->traffic_count - TRAFFIC_MAX : 0;
    r->content_type = "application/x-ndjson";
    for (size_t i = MAX(first, (size_t)MAX(after, 0)); i < s->traffic_count; i++)
        buf_fmt(r->body, "%s\n", s->traffic[i % TRAFFIC_MAX]);
}

static void settings(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    s->index_lag_ms = json_i64(yyjson_obj_get(root, "index_lag_ms"), s->index_lag_ms);
    s->limits = json_bool(yyjson_obj_get(root, "limits"), s->limits);
    buf_fmt(r->body, "{\"index_lag_ms\":%lld,\"limits\":%s}", (long long)s->index_lag_ms,
            s->limits ? "true" : "false");
}

static const char page[] =
    "<!doctype html><meta charset=utf-8><title>Tandem sandbox</title><style>"
    "body{font:14px system-ui,sans-serif;margin:1.5rem;color:#222}h1{font-size:1.2rem}"
    "main{display:grid;grid-template-columns:1fr 1fr;gap:1.5rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.25rem .5rem;border-bottom:1px solid "
    "#ddd;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}input{font:inherit;width:100%;"
    "border:0;"
    "background:none}input:focus{background:#ffd}caption{font-weight:600;text-align:left;padding:."
    "3rem}"
    "</style><h1>Tandem sandbox: both services, live</h1><p>Edit a cell and press Enter: it is "
    "saved "
    "as a user of that system would.</p><main><table id=sf></table><table id=hs></table></main>"
    "<script>const cfg=[['sf','salesforce/accounts','Salesforce accounts',['Name','Website',"
    "'BillingCity','Phone']],['hs','hubspot/companies','HubSpot companies',['name','domain','city',"
    "'phone','tandem_account_id']]];async function "
    "draw(){if(document.activeElement.tagName==='INPUT')"
    "return;for(const[id,path,title,cols]of cfg){const d=await(await "
    "fetch('/'+path+'?limit=300')).json"
    "();const t=document.getElementById(id);t.textContent='';const "
    "c=t.createCaption();c.textContent="
    "title+' ('+d.live+')';const h=t.insertRow();for(const k of cols){const "
    "x=document.createElement("
    "'th');x.textContent=k;h.append(x)}for(const r of d.records){if(r.archived)continue;const w="
    "t.insertRow();for(const k of cols){const "
    "i=document.createElement('input');i.value=r.fields[k]||"
    "'';i.setAttribute('aria-label',k+' of '+r.id);i.onchange=()=>fetch('/'+path+'/'+r.id,{method:"
    "'PATCH',body:JSON.stringify({[k]:i.value})}).then(()=>i.blur());w.insertCell().append(i)}}}}"
    "draw();setInterval(draw,2000)</script>";

void control_handle(void *who, const struct request *q, struct response *r)
{
    struct sandbox *s = who;
    struct str rest = str_slice(q->path, 1, q->path.n), service, type = STR_NONE, id = STR_NONE;
    enum world_type t;
    str_cut(&rest, '/', &service);
    bool touching = str_eq(service, S("touch")) && str_cut(&rest, '/', &service);
    str_cut(&rest, '/', &type);
    str_cut(&rest, '/', &id);
    if (!service.n) {
        r->content_type = "text/html; charset=utf-8";
        buf_str(r->body, str_from(page));
    } else if (type_of(service, type, &t)) {
        touching ? touch(s, q, r, t)
                 : records(s, q, r, t, id.p ? url_decoded(q->a, id, false) : id);
    } else if (str_eq(service, S("clock"))) {
        clock(s, q, r);
    } else if (str_eq(service, S("faults"))) {
        faults(s, q, r);
    } else if (str_eq(service, S("counts"))) {
        counts(s, q, r);
    } else if (str_eq(service, S("traffic"))) {
        traffic(s, q, r);
    } else if (str_eq(service, S("settings"))) {
        settings(s, q, r);
    } else if (str_eq(service, S("salesforce")) && str_eq(type, S("certificates"))) {
        s->jwt_certificate = str_dup(&s->life, q->body);
        r->status = 201;
    } else {
        r->status = 404;
        buf_str(r->body, S("{\"error\":\"no such path\"}"));
    }
}
