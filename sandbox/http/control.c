/* control: the sandbox's own port: what a user of either system would do, and what the weather
 * does: clock, faults, quotas, counts, traffic. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "text/iso8601.h"
#include "text/unicode.h"
#include "text/url.h"

#include <page_html.h> /* made from page.html */

int64_t sandbox_now(struct sandbox *s)
{
    int64_t ran = (s->clock->mono_us(s->clock) - s->clock_base_mono_us) / 1000;
    if (s->frozen)
        ran = s->frozen_ran_ms;
    int64_t now = s->world.start_ms + s->world.offset_ms + ran;
    return s->world.last_stamp_ms = MAX(now, s->world.last_stamp_ms);
}

/* ---- records as a user sees them ------------------------------------------------------------- */

static bool type_of(struct sandbox *s, struct str service, struct str type, enum world_type *t)
{
    struct sf_object *obj;
    if (str_eq(service, S("hubspot"))) {
        *t = str_eq(type, S("companies")) ? W_COMPANY : W_HS_CONTACT;
        return str_eq(type, S("companies")) || str_eq(type, S("contacts"));
    }
    if (!str_eq(service, S("salesforce")) || !type.n)
        return false;
    obj = sf_object_named(&s->org, type);
    if (!obj && type.n > 1) /* "accounts", "Leads" */
        obj = sf_object_named(&s->org, str_slice(type, 0, type.n - 1));
    if (obj)
        *t = obj->type;
    return obj != NULL;
}

void control_put_record(struct sandbox *s, struct buf *b, struct arena *a, enum world_type t,
                        const struct world_record *rec)
{
    char id[32];
    buf_fmt(b, "{\"id\":\"%.*s\",\"created\":\"%.*s\",\"modified\":\"%.*s\",\"archived\":%s,",
            STR_ARG(world_id(&s->world, t, rec->number, id)), STR_ARG(iso_ms(a, rec->created_ms)),
            STR_ARG(iso_ms(a, rec->modified_ms)), rec->archived_ms ? "true" : "false");
    if (rec->merged_into)
        buf_fmt(b, "\"merged_into\":\"%.*s\",",
                STR_ARG(world_id(&s->world, t, rec->merged_into - 1, id)));
    uint64_t company = t == W_HS_CONTACT ? hs_primary(&s->portal, rec->number) : 0;
    if (company)
        buf_fmt(b, "\"company\":\"%.*s\",",
                STR_ARG(world_id(&s->world, W_COMPANY, company - 1, id)));
    buf_str(b, S("\"fields\":{"));
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

/* Has one of its values this text, which is folded? */
static bool holds(struct sandbox *s, enum world_type t, const struct world_record *rec,
                  struct arena *a, struct str find)
{
    for (uint16_t f = 0; f < s->world.table[t].fields; f++)
        if (str_find(text_fold(a, world_get_at(&s->world, t, rec, a, f)), find) >= 0)
            return true;
    return false;
}

/* One reading of a table: from a number on, from the newest back, or what was stamped later. */
struct listing {
    struct world_table *table;
    bool newest;
    uint64_t at;
    int64_t after; /* -1 = by number */
    struct world_walk walk;
};

static struct world_record *listed(struct sandbox *s, enum world_type t, struct listing *l)
{
    if (l->after >= 0)
        return world_walk_next(&s->world, t, &l->walk);
    if (l->newest)
        return l->at > 0 ? l->table->record[--l->at] : NULL;
    return l->at < l->table->count ? l->table->record[l->at++] : NULL;
}

/* ?limit=N&from=N&changed_after=MS&newest=true&live=true&find=TEXT */
static void list(struct sandbox *s, const struct request *q, struct response *r, enum world_type t)
{
    struct listing l = {&s->world.table[t], .after = -1};
    struct world_record *rec;
    struct arena scratch;
    int64_t limit = 1000, from = 0, given = 0;
    bool live = str_eq(url_query_get(q->a, q->query, S("live")), S("true"));
    struct str find = text_fold(q->a, url_query_get(q->a, q->query, S("find")));
    (void)str_to_i64(url_query_get(q->a, q->query, S("limit")), &limit);
    (void)str_to_i64(url_query_get(q->a, q->query, S("from")), &from);
    (void)str_to_i64(url_query_get(q->a, q->query, S("changed_after")), &l.after);
    l.newest = str_eq(url_query_get(q->a, q->query, S("newest")), S("true"));
    l.at = l.newest ? l.table->count : (uint64_t)MAX(from, 0);
    if (l.after >= 0)
        world_walk_from(&s->world, t, l.after + 1, &l.walk);
    buf_fmt(r->body, "{\"total\":%llu,\"live\":%llu,\"now_ms\":%lld,\"records\":[",
            (unsigned long long)l.table->count, (unsigned long long)l.table->live,
            (long long)sandbox_now(s));
    arena_init(&scratch, 16 * MIB);
    while (given < limit && (rec = listed(s, t, &l))) {
        arena_reset(&scratch);
        if (rec->purged || (live && rec->archived_ms) ||
            (find.n && !holds(s, t, rec, &scratch, find)))
            continue;
        if (given++)
            buf_char(r->body, ',');
        control_put_record(s, r->body, q->a, t, rec);
    }
    arena_release(&scratch);
    buf_str(r->body, S("]}"));
}

static bool body_of(const struct request *q, struct response *r, yyjson_val **root)
{
    struct err e;
    if (json_parse(q->a, q->body.n ? q->body : S("{}"), root, &e) && yyjson_is_obj(*root))
        return true;
    r->status = 400;
    buf_str(r->body, S("{\"error\":\"the body is not a JSON object\"}"));
    return false;
}

static void records(struct sandbox *s, const struct request *q, struct response *r,
                    enum world_type t, struct str id)
{
    struct world_record *rec = id.n ? world_find(&s->world, t, id) : NULL;
    bool post = str_eq(q->method, S("POST")), patch = str_eq(q->method, S("PATCH"));
    bool remove = str_eq(q->method, S("DELETE"));
    if (id.n ? !rec || rec->purged : patch || remove) {
        r->status = 404;
        buf_str(r->body, S("{\"error\":\"no such record\"}"));
    } else if (!post && !patch && !remove) {
        if (rec)
            control_put_record(s, r->body, q->a, t, rec);
        else
            list(s, q, r, t);
    } else if (world_is_sf(t)) {
        control_sf_write(s, q, r, t, rec);
    } else {
        control_hs_write(s, q, r, t, rec);
    }
}

/* POST /touch/{service}/{type} {"every":10,"field":"Phone","value":"x"}: many edits at once */
static void touch(struct sandbox *s, const struct request *q, struct response *r, enum world_type t)
{
    yyjson_val *root;
    uint64_t n = 0;
    char text[256];
    if (!body_of(q, r, &root))
        return;
    int64_t every = MAX(json_i64(yyjson_obj_get(root, "every"), 1), 1), now = sandbox_now(s);
    struct str field = json_get(root, "field"), value = str_slice(json_get(root, "value"), 0, 200);
    if (!field.n) {
        r->status = 400;
        buf_str(r->body, S("{\"error\":\"field is missing\"}"));
        return;
    }
    uint16_t column = world_field(&s->world, t, field);
    for (uint64_t i = 0; i < s->world.table[t].count; i += (uint64_t)every) {
        struct world_record *rec = s->world.table[t].record[i];
        if (rec->archived_ms)
            continue;
        int len = snprintf(text, sizeof(text), "%.*s %llu", STR_ARG(value), (unsigned long long)i);
        world_set_at(&s->world, t, rec, column, (struct str){text, (size_t)len}, now, W_FROM_USER);
        if (n++ % 100 == 99)
            now = sandbox_now(s);
        world_touch(&s->world, t, rec, now);
    }
    s->portal.writes++;
    buf_fmt(r->body, "{\"touched\":%llu}", (unsigned long long)n);
}

/* ---- weather --------------------------------------------------------------------------------- */

/* {"advance_ms":N}, {"frozen":true}: then only advancing moves it */
static void clock(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (str_eq(q->method, S("POST"))) {
        if (!body_of(q, r, &root))
            return;
        s->world.offset_ms += MAX(json_i64(yyjson_obj_get(root, "advance_ms"), 0), 0);
        bool freeze = json_bool(yyjson_obj_get(root, "frozen"), s->frozen);
        int64_t ran = (s->clock->mono_us(s->clock) - s->clock_base_mono_us) / 1000;
        if (freeze && !s->frozen)
            s->frozen_ran_ms = ran;
        else if (!freeze && s->frozen) /* goes on from where it stood */
            s->world.offset_ms -= ran - s->frozen_ran_ms;
        s->frozen = freeze;
    }
    buf_fmt(r->body, "{\"now\":\"%.*s\",\"now_ms\":%lld,\"frozen\":%s}",
            STR_ARG(iso_ms(q->a, sandbox_now(s))), (long long)sandbox_now(s),
            s->frozen ? "true" : "false");
}

static void quotas(struct sandbox *s, const struct request *q, struct response *r)
{
    struct quotas *k = &s->quotas;
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    s->limits = json_bool(yyjson_obj_get(root, "limits"), s->limits);
    k->sf_day = json_i64(yyjson_obj_get(root, "salesforce_daily"), k->sf_day);
    k->hs_burst = MAX(json_i64(yyjson_obj_get(root, "hubspot_burst"), k->hs_burst), 1);
    k->hs_search = MAX(json_i64(yyjson_obj_get(root, "hubspot_search"), k->hs_search), 1);
    k->hs_day = json_i64(yyjson_obj_get(root, "hubspot_daily"), k->hs_day);
    s->sf_used = (uint64_t)json_i64(yyjson_obj_get(root, "salesforce_used"), (int64_t)s->sf_used);
    s->day_used = (uint64_t)json_i64(yyjson_obj_get(root, "hubspot_used"), (int64_t)s->day_used);
    buf_fmt(
        r->body,
        "{\"limits\":%s,\"salesforce_daily\":%lld,\"salesforce_used\":%llu,\"hubspot_burst\":%lld,"
        "\"hubspot_search\":%lld,\"hubspot_daily\":%lld,\"hubspot_used\":%llu}",
        s->limits ? "true" : "false", (long long)k->sf_day, (unsigned long long)s->sf_used,
        (long long)k->hs_burst, (long long)k->hs_search, (long long)k->hs_day,
        (unsigned long long)s->day_used);
}

static void latency(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    s->latency_ms[0] = json_i64(yyjson_obj_get(root, "salesforce_ms"), s->latency_ms[0]);
    s->latency_ms[1] = json_i64(yyjson_obj_get(root, "hubspot_ms"), s->latency_ms[1]);
    buf_fmt(r->body, "{\"salesforce_ms\":%lld,\"hubspot_ms\":%lld}", (long long)s->latency_ms[0],
            (long long)s->latency_ms[1]);
}

static void settings(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    s->index_lag_ms = json_i64(yyjson_obj_get(root, "index_lag_ms"), s->index_lag_ms);
    s->index_spread = json_bool(yyjson_obj_get(root, "index_spread"), s->index_spread);
    s->limits = json_bool(yyjson_obj_get(root, "limits"), s->limits);
    buf_fmt(r->body, "{\"index_lag_ms\":%lld,\"index_spread\":%s,\"limits\":%s}",
            (long long)s->index_lag_ms, s->index_spread ? "true" : "false",
            s->limits ? "true" : "false");
}

/* POST /load?type=accounts[&map=a=B,c=D], the body is CSV */
static void load(struct sandbox *s, const struct request *q, struct response *r)
{
    enum world_type t;
    struct str why, map = url_query_get(q->a, q->query, S("map"));
    int64_t n = -1;
    if (!sandbox_type_named(url_query_get(q->a, q->query, S("type")), &t))
        why = S("type is accounts, sf_contacts, leads, companies or contacts");
    else
        n = sandbox_load(s, t, q->body, map.n ? str_cstr(q->a, map) : NULL, &why);
    if (n >= 0) {
        buf_fmt(r->body, "{\"loaded\":%lld}", (long long)n);
        return;
    }
    r->status = 400;
    buf_str(r->body, S("{\"error\":"));
    json_quote(r->body, why);
    buf_char(r->body, '}');
}

/* What came in over the two services' APIs and was written, oldest first; ?after=N leaves the first
 * N out. Kept from POST {"on":true} on. */
static void writes(struct sandbox *s, const struct request *q, struct response *r)
{
    static const char *const acts[] = {[W_CREATED] = "create",
                                       [W_UPDATED] = "update",
                                       [W_ARCHIVED] = "archive",
                                       [W_TAKEN_BACK] = "rolled_back"};
    struct world_journal *j = &s->world.journal;
    yyjson_val *root;
    char id[32];
    int64_t after = 0;
    (void)str_to_i64(url_query_get(q->a, q->query, S("after")), &after);
    if (str_eq(q->method, S("POST"))) {
        if (!body_of(q, r, &root))
            return;
        j->on = json_bool(yyjson_obj_get(root, "on"), j->on);
    }
    buf_fmt(r->body, "{\"on\":%s,\"count\":%zu,\"writes\":[", j->on ? "true" : "false", j->count);
    size_t from = MIN((size_t)MAX(after, 0), j->count);
    for (size_t i = from; i < j->count; i++) {
        const struct world_write *w = &j->write[i];
        buf_fmt(r->body, "%s{\"type\":\"%s\",\"id\":\"%.*s\",\"act\":\"%s\",\"fields\":{%.*s}}",
                i > from ? "," : "", sandbox_type_name(w->type),
                STR_ARG(world_id(&s->world, w->type, w->number, id)), acts[w->act],
                STR_ARG(buf_view(&w->fields)));
    }
    buf_str(r->body, S("]}"));
}

/* All records, sessions, faults, counts and writes gone; the seed stays. The clock goes on, unless
 * {"clock":"start"} says to begin again where the program did. */
static void reset(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    if (!body_of(q, r, &root))
        return;
    uint64_t seed = s->world.seed;
    int64_t start = s->world.start_ms, offset = s->world.offset_ms;
    bool journal = s->world.journal.on;
    if (str_eq(json_get(root, "clock"), S("start"))) {
        offset = 0;
        s->frozen_ran_ms = 0;
        s->clock_base_mono_us = s->clock->mono_us(s->clock);
    }
    sf_close(s);
    hs_close(s);
    world_release(&s->world);
    rng_seed(&s->rng, seed);
    world_init(&s->world, seed, start);
    s->world.offset_ms = offset;
    s->world.journal.on = journal;
    sf_init(s);
    hs_init(s);
    s->keys = 0;
    s->faults = s->counters = 0;
    s->sf_used = s->day_used = 0;
    s->latency_ms[0] = s->latency_ms[1] = 0;
    r->status = 204;
}

void control_handle(void *who, const struct request *q, struct response *r)
{
    struct sandbox *s = who;
    struct str rest = str_slice(q->path, 1, q->path.n), service, type = STR_NONE, id = STR_NONE;
    enum world_type t;
    str_cut(&rest, '/', &service);
    bool touching = str_eq(service, S("touch")) && str_cut(&rest, '/', &service);
    struct str what = rest;
    str_cut(&rest, '/', &type);
    str_cut(&rest, '/', &id);
    if (!service.n) {
        r->content_type = "text/html; charset=utf-8";
        buf_add(r->body, page_html, sizeof(page_html) - 1);
    } else if (type_of(s, service, type, &t)) {
        touching ? touch(s, q, r, t)
                 : records(s, q, r, t, id.p ? url_decoded(q->a, id, false) : id);
    } else if (str_eq(service, S("salesforce")) && control_sf(s, q, r, what)) {
        /* answered */
    } else if (str_eq(service, S("hubspot")) && control_hs(s, q, r, what)) {
        /* answered */
    } else if (str_eq(service, S("clock"))) {
        clock(s, q, r);
    } else if (str_eq(service, S("faults"))) {
        sandbox_faults(s, q, r);
    } else if (str_eq(service, S("quotas"))) {
        quotas(s, q, r);
    } else if (str_eq(service, S("latency"))) {
        latency(s, q, r);
    } else if (str_eq(service, S("counts"))) {
        sandbox_counts(s, q, r);
    } else if (str_eq(service, S("traffic"))) {
        sandbox_traffic(s, q, r);
    } else if (str_eq(service, S("writes"))) {
        writes(s, q, r);
    } else if (str_eq(service, S("settings"))) {
        settings(s, q, r);
    } else if (str_eq(service, S("load")) && str_eq(q->method, S("POST"))) {
        load(s, q, r);
    } else if (str_eq(service, S("reset")) && str_eq(q->method, S("POST"))) {
        reset(s, q, r);
    } else {
        r->status = 404;
        buf_str(r->body, S("{\"error\":\"no such path\"}"));
    }
}
