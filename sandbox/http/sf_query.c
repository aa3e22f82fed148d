/* sf_query: SOQL over REST, its pages, and the replication resources (SF 5, 6). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/iso8601.h"
#include "text/sfid.h"

enum { PAGE_MAX = 2000, PAGE_MIN = 200, IDS_MAX = 600000 };

/* ---- rows
 * ----------------------------------------------------------------------------------------- */

static void put_attributes(struct sf_call *c, const struct sf_object *obj,
                           const struct world_record *r)
{
    char id[32];
    struct str rid = world_id(c->o->world, obj->type, r->number, id);
    buf_str(c->b, S("{\"attributes\":{\"type\":\""));
    buf_str(c->b, str_from(obj->name));
    buf_str(c->b, S("\",\"url\":\"/services/data/v"));
    buf_str(c->b, c->version);
    buf_str(c->b, S("/sobjects/"));
    buf_str(c->b, str_from(obj->name));
    buf_char(c->b, '/');
    buf_str(c->b, rid);
    buf_str(c->b, S("\"}"));
}

static void put_name(struct buf *b, const char *name)
{
    buf_str(b, S(",\""));
    buf_str(b, str_from(name));
    buf_str(b, S("\":"));
}

static bool same_path(const struct soql_ref *x, const struct soql_ref *y, size_t hops)
{
    if (x->hops < hops || y->hops < hops)
        return false;
    for (size_t i = 0; i < hops; i++)
        if (x->hop[i] != y->hop[i])
            return false;
    return true;
}

/* The fields of one level; those over a parent are gathered in the parent's object. */
static void put_level(struct sf_call *c, const struct soql *q, const struct soql_ref *at,
                      size_t depth, const struct sf_object *obj, const struct world_record *r)
{
    if (!r) {
        buf_str(c->b, S("null"));
        return;
    }
    put_attributes(c, obj, r);
    for (size_t i = 0; i < q->fields; i++) {
        const struct soql_ref *f = &q->select[i];
        if (at && !same_path(f, at, depth))
            continue;
        if (f->hops == depth) {
            put_name(c->b, f->field->name);
            sf_put_json(c->o, obj, f->field, r, c->a, c->b);
            continue;
        }
        bool first = true;
        for (size_t k = 0; k < i && first; k++)
            first = !(q->select[k].hops > depth && same_path(&q->select[k], f, depth + 1));
        if (!first)
            continue;
        struct str id = sf_get(c->o, obj, f->hop[depth], r, c->a);
        const struct sf_object *to = f->over[depth];
        put_name(c->b, f->hop[depth]->relationship);
        put_level(c, q, f, depth + 1, to, id.p ? world_find(c->o->world, to->type, id) : NULL);
    }
    buf_char(c->b, '}');
}

void sf_put_row(struct sf_call *c, const struct soql *q, const struct world_record *r)
{
    put_level(c, q, NULL, 0, q->obj, r);
}

/* ---- pages
 * ---------------------------------------------------------------------------------------- */

void sf_cursor_free(struct sf_cursor *k)
{
    free(k->number);
    free((char *)(uintptr_t)k->soql.p);
    *k = (struct sf_cursor){0};
}

static struct sf_cursor *cursor_open(struct sf_call *c, struct str soql,
                                     const struct soql_result *res, size_t page, bool all)
{
    struct sf_state *st = c->s->sf;
    struct sf_cursor *k = &st->cursor[0];
    for (size_t i = 0; i < SF_CURSORS_MAX && k->used; i++)
        if (!st->cursor[i].used || st->cursor[i].opened_ms < k->opened_ms)
            k = &st->cursor[i];
    sf_cursor_free(k);
    *k = (struct sf_cursor){
        .used = true, .all = all, .count = res->count, .page = page, .opened_ms = c->now_ms};
    struct str id15 = str_fmt(c->a, "0r85e%010llu", (unsigned long long)++st->serial);
    snprintf(k->id, sizeof(k->id), "%.*s", STR_ARG(sfid18(c->a, id15)));
    snprintf(k->token, sizeof(k->token), "%s", c->session->token);
    k->number = malloc(res->count * sizeof(*k->number));
    char *text = strndup(soql.p, soql.n);
    if (!k->number || !text)
        abort();
    memcpy(k->number, res->number, res->count * sizeof(*k->number));
    k->soql = (struct str){text, soql.n};
    return k;
}

/* Pages can be smaller than asked for (SF 5.1). */
static size_t page_size(struct sf_call *c, size_t asked, size_t left)
{
    if (!c->s->sf->small_pages || !left)
        return asked;
    return 1 + (size_t)rng_below(&c->s->rng, MIN(asked, left));
}

static void put_page(struct sf_call *c, const struct soql *q, const uint64_t *number, size_t from,
                     size_t total, size_t end, const char *cursor)
{
    const struct world_table *tab = &c->o->world->table[q->obj->type];
    bool any = false;
    buf_fmt(c->b, "{\"totalSize\":%zu,\"done\":%s", total, end == total ? "true" : "false");
    if (end < total)
        buf_fmt(c->b, ",\"nextRecordsUrl\":\"/services/data/v%.*s/query/%s-%zu\"",
                STR_ARG(c->version), cursor, end);
    buf_str(c->b, S(",\"records\":["));
    for (size_t i = from; i < end; i++) {
        if (tab->record[number[i]]->purged) /* gone since the query was opened */
            continue;
        if (any)
            buf_char(c->b, ',');
        any = true;
        sf_put_row(c, q, tab->record[number[i]]);
    }
    buf_str(c->b, S("]}"));
}

static size_t asked_page(struct sf_call *c)
{
    struct str options = request_header(c->q, "Sforce-Query-Options");
    ptrdiff_t at = str_find(options, S("batchSize="));
    int64_t n = PAGE_MAX;
    if (at >= 0) {
        struct str digits = str_slice(options, (size_t)at + 10, options.n);
        size_t k = 0;
        while (k < digits.n && digits.p[k] >= '0' && digits.p[k] <= '9')
            k++;
        (void)str_to_i64(str_slice(digits, 0, k), &n);
    }
    return (size_t)MIN(MAX(n, PAGE_MIN), PAGE_MAX);
}

static void put_columns(struct sf_call *c, const struct soql *q)
{
    buf_fmt(c->b, "{\"columnMetadata\":[");
    for (size_t i = 0; i < q->fields; i++)
        buf_fmt(c->b,
                "%s{\"aggregate\":false,\"apexType\":\"String\",\"booleanType\":%s,\"columnName\":"
                "\"%s\","
                "\"custom\":%s,\"displayName\":\"%s\",\"foreignKeyName\":null,\"insertable\":true,"
                "\"joinColumns\":[],\"numberType\":%s,\"textType\":%s,\"updatable\":true}",
                i ? "," : "", q->select[i].field->kind == SF_BOOL ? "true" : "false",
                q->select[i].field->name, q->select[i].field->flags & SF_CUSTOM ? "true" : "false",
                q->select[i].field->name, q->select[i].field->kind == SF_NUMBER ? "true" : "false",
                q->select[i].field->kind == SF_TEXT ? "true" : "false");
    buf_fmt(c->b,
            "],\"entityName\":\"%s\",\"groupBy\":false,\"idSelected\":true,\"keyPrefix\":\"%s\"}",
            q->obj->name, q->obj->prefix);
}

/* Its one row: how many of these records have a value in each of the fields. */
static void put_aggregate(struct sf_call *c, const struct soql *q, const struct soql_result *res)
{
    const struct world_table *tab = &c->o->world->table[q->obj->type];
    struct arena scratch;
    arena_init(&scratch, MIB);
    buf_str(c->b, S("{\"totalSize\":1,\"done\":true,\"records\":[{\"attributes\":{\"type\":"
                    "\"AggregateResult\"}"));
    for (size_t i = 0; i < q->fields; i++) {
        const struct soql_ref *ref = &q->select[i];
        size_t n = 0;
        for (size_t k = 0; k < res->count; k++) {
            const struct world_record *r = tab->record[res->number[k]];
            arena_reset(&scratch);
            r = soql_follow(c->o, &scratch, ref, q->obj, r);
            n += r && (ref->field->system == SYS_ID ||
                       sf_get(c->o, ref->obj, ref->field, r, &scratch).p);
        }
        buf_fmt(c->b, ",\"expr%zu\":%zu", i, n);
    }
    buf_str(c->b, S("}]}"));
    arena_release(&scratch);
}

void sf_query(struct sf_call *c, bool all)
{
    struct soql q;
    struct soql_why why;
    struct soql_result res = {0};
    struct str text = sf_param(c, "q");
    if (!is(c, "GET")) {
        sf_method(c);
        return;
    }
    if (!text.p) {
        sf_error(c, 400, "MISSING_ARGUMENT", S("Missing required parameter: q"), STR_NONE);
        return;
    }
    if (!soql_parse(c->a, text, &q, &why) || !soql_resolve(c->o, c->a, &q, &why)) {
        sf_error(c, 400, why.code, why.message, STR_NONE);
        return;
    }
    if (str_eq(sf_param(c, "columns"), S("true"))) {
        put_columns(c, &q);
        return;
    }
    if (q.count && !q.where && !all) /* a count of all costs no walk */
        res.count = (size_t)c->o->world->table[q.obj->type].live;
    else
        soql_run(c->o, c->a, &q, all, &res);
    if (q.count) {
        if (q.limit >= 0)
            res.count = MIN(res.count, (size_t)q.limit);
        buf_fmt(c->b, "{\"totalSize\":%zu,\"done\":true,\"records\":[]}", res.count);
        return;
    }
    if (q.aggregate) {
        put_aggregate(c, &q, &res);
        return;
    }
    size_t asked = asked_page(c), page = page_size(c, asked, res.count);
    const struct sf_cursor *k = NULL;
    if (res.count > page)
        k = cursor_open(c, text, &res, asked, all);
    put_page(c, &q, res.number, 0, res.count, MIN(res.count, page), k ? k->id : "");
}

void sf_query_more(struct sf_call *c, struct str locator)
{
    struct sf_state *st = c->s->sf;
    struct sf_cursor *k = NULL;
    struct str rest = locator, id;
    struct soql q;
    struct soql_why why;
    int64_t from = 0;
    str_cut(&rest, '-', &id);
    for (size_t i = 0; i < SF_CURSORS_MAX; i++)
        if (st->cursor[i].used && str_eq(id, str_from(st->cursor[i].id)))
            k = &st->cursor[i];
    bool ok = k && str_to_i64(rest, &from) && from >= 0 && (size_t)from < k->count &&
              strcmp(k->token, c->session->token) == 0 && /* of this session (T6) */
              c->now_ms - k->opened_ms <= st->locator_life_ms;
    ok = ok && soql_parse(c->a, k->soql, &q, &why) && soql_resolve(c->o, c->a, &q, &why);
    if (!ok || sandbox_fault(c->s, "locator", "salesforce", c->q->path)) {
        sf_error(c, 400, "INVALID_QUERY_LOCATOR", S("invalid query locator"), STR_NONE);
        return;
    }
    size_t page = page_size(c, k->page, k->count - (size_t)from);
    put_page(c, &q, k->number, (size_t)from, k->count, MIN(k->count, (size_t)from + page), k->id);
}

/* ---- getUpdated, getDeleted
 * ------------------------------------------------------------------------- */

/* Windows are whole minutes; false = refused, and it is answered. */
static bool window(struct sf_call *c, const struct sf_object *obj, int days, int64_t *from,
                   int64_t *to)
{
    if (!obj->replicateable) {
        sf_error(c, 400, "INVALID_TYPE", str_fmt(c->a, "%s is not replicable", obj->name),
                 STR_NONE);
        return false;
    }
    if (!iso_parse_ms(sf_param(c, "start"), from) || !iso_parse_ms(sf_param(c, "end"), to)) {
        sf_error(c, 400, "MALFORMED_DATE", S("start and end must be ISO 8601 date times"),
                 STR_NONE);
        return false;
    }
    if (*to - *from <= MS_MINUTE) {
        sf_error(c, 400, "INVALID_REPLICATION_DATE",
                 S("startDate must be more than one minute before endDate"), STR_NONE);
        return false;
    }
    *from -= *from % MS_MINUTE;
    *to -= *to % MS_MINUTE;
    if (*from < c->now_ms - days * MS_DAY - MS_MINUTE) {
        sf_error(c, 400, "INVALID_REPLICATION_DATE",
                 str_fmt(c->a, "startDate must not be more than %d days ago", days), STR_NONE);
        return false;
    }
    return true;
}

static struct str covered(struct sf_call *c, int64_t to)
{
    int64_t ms = MIN(sf_covered_ms(c->o, c->now_ms), to);
    return sf_stamp(c->a, ms - ms % MS_MINUTE);
}

void sf_updated(struct sf_call *c, const struct sf_object *obj)
{
    struct world_walk k;
    struct world_record *r;
    int64_t from, to;
    size_t n = 0;
    char id[32];
    if (!window(c, obj, 30, &from, &to))
        return;
    buf_str(c->b, S("{\"ids\":["));
    world_walk_from(c->o->world, obj->type, from, &k);
    while ((r = world_walk_next(c->o->world, obj->type, &k)) && r->modified_ms < to) {
        if (r->archived_ms)
            continue;
        buf_str(c->b, n++ ? S(",\"") : S("\""));
        buf_str(c->b, world_id(c->o->world, obj->type, r->number, id));
        buf_char(c->b, '"');
    }
    if (n > IDS_MAX) {
        sf_error(c, 400, "EXCEEDED_ID_LIMIT", S("too many ids: narrow the window"), STR_NONE);
        return;
    }
    buf_fmt(c->b, "],\"latestDateCovered\":\"%.*s\"}", STR_ARG(covered(c, to)));
}

static void put_deleted(struct sf_call *c, enum world_type t, uint64_t number, int64_t at_ms,
                        bool first)
{
    char id[32];
    buf_fmt(c->b, "%s{\"id\":\"%.*s\",\"deletedDate\":\"%.*s\"}", first ? "" : ",",
            STR_ARG(world_id(c->o->world, t, number, id)), STR_ARG(sf_stamp(c->a, at_ms)));
}

void sf_deleted(struct sf_call *c, const struct sf_object *obj)
{
    struct world_walk k;
    struct world_record *r;
    struct sf_org *o = c->o;
    int64_t from, to;
    size_t n = 0;
    if (!window(c, obj, 15, &from, &to))
        return;
    int64_t earliest = MAX(c->now_ms - 15 * MS_DAY, o->log_from_ms),
            first = MAX(from, o->log_from_ms);
    buf_str(c->b, S("{\"deletedRecords\":["));
    world_walk_from(o->world, obj->type, first, &k);
    while ((r = world_walk_next(o->world, obj->type, &k)))
        if (r->archived_ms >= first && r->archived_ms < to)
            put_deleted(c, obj->type, r->number, r->archived_ms, n++ == 0);
    for (size_t i = 0; i < o->hards; i++)
        if (o->hard[i].type == obj->type && o->hard[i].at_ms >= first && o->hard[i].at_ms < to)
            put_deleted(c, obj->type, o->hard[i].number, o->hard[i].at_ms, n++ == 0);
    buf_fmt(c->b, "],\"earliestDateAvailable\":\"%.*s\",\"latestDateCovered\":\"%.*s\"}",
            STR_ARG(sf_stamp(c->a, earliest - earliest % MS_MINUTE)), STR_ARG(covered(c, to)));
}
