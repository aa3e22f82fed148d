/* sf_bulk: Bulk API 2.0 jobs, and queries with them (SF 10.2). */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/sfid.h"

enum { PAGE_DEFAULT = 50000, PAGE_URLS = 5 };

/* ---- jobs
 * ----------------------------------------------------------------------------------------- */

const char *sf_job_state_name(enum sf_job_state state)
{
    static const char *const names[] = {"Open",        "UploadComplete", "InProgress",
                                        "JobComplete", "Failed",         "Aborted"};
    return names[state];
}

void sf_job_free(struct sf_job *j)
{
    if (j->streams) { /* the last answer frees it */
        j->gone = true;
        return;
    }
    sf_ingest_free(j);
    buf_release(&j->text);
    arena_release(&j->a);
    *j = (struct sf_job){0};
}

struct sf_job *sf_job_new(struct sf_call *c)
{
    struct sf_state *st = c->s->sf;
    struct sf_job *j = NULL;
    for (size_t i = 0; i < SF_JOBS_MAX;
         i++) { /* a free one, or the oldest that is not being read */
        struct sf_job *at = &st->job[i];
        if (!at->used) {
            j = at;
            break;
        }
        if (!at->streams && (!j || at->created_ms < j->created_ms))
            j = at;
    }
    if (!j)
        return NULL;
    if (j->used)
        sf_job_free(j);
    *j = (struct sf_job){.used = true, .created_ms = c->now_ms, .user = c->session->user};
    arena_init(&j->a, 2048 * MIB);
    buf_init(&j->text, 150 * MIB);
    struct str id15 = str_fmt(c->a, "7505e%010llu", (unsigned long long)++st->jobs);
    snprintf(j->id, sizeof(j->id), "%.*s", STR_ARG(sfid18(c->a, id15)));
    snprintf(j->version, sizeof(j->version), "%.*s", STR_ARG(c->version));
    return j;
}

/* NULL = there is none, or it was made under another version; answered. */
struct sf_job *sf_job_named(struct sf_call *c, struct str id, bool query)
{
    struct str full = sfid18(c->a, id);
    for (size_t i = 0; i < SF_JOBS_MAX; i++) {
        struct sf_job *j = &c->s->sf->job[i];
        if (!j->used || j->gone || j->query != query || !str_eq(full, str_from(j->id)))
            continue;
        if (str_eq(c->version, str_from(j->version)))
            return j;
        sf_error(c, 409, "API_ERROR",
                 str_fmt(c->a, "The job was created under API version %s, the request is for %.*s",
                         j->version, STR_ARG(c->version)),
                 STR_NONE);
        return NULL;
    }
    sf_not_found(c);
    return NULL;
}

void sf_put_job(struct sf_call *c, const struct sf_job *j, uint64_t done, uint64_t failed)
{
    static const struct {
        char c;
        const char *name;
    } delimiters[] = {{',', "COMMA"},     {'\t', "TAB"},  {'|', "PIPE"},
                      {';', "SEMICOLON"}, {'^', "CARET"}, {'`', "BACKQUOTE"}};
    struct str user = sf_id(c, W_USER, c->o->world->table[W_USER].record[j->user]);
    struct str at = sf_stamp(c->a, j->created_ms);
    const char *delimiter = "COMMA";
    for (size_t i = 0; i < LEN(delimiters); i++)
        if (delimiters[i].c == j->delimiter)
            delimiter = delimiters[i].name;
    buf_fmt(
        c->b,
        "{\"id\":\"%s\",\"operation\":\"%s\",\"object\":\"%s\",\"createdById\":\"%.*s\","
        "\"createdDate\":"
        "\"%.*s\",\"systemModstamp\":\"%.*s\",\"state\":\"%s\",\"concurrencyMode\":\"Parallel\","
        "\"contentType\":\"CSV\",\"apiVersion\":%s,\"lineEnding\":\"%s\",\"columnDelimiter\":\"%"
        "s\"",
        j->id, j->operation, j->object->name, STR_ARG(user), STR_ARG(at), STR_ARG(at),
        sf_job_state_name(j->state), j->version, j->crlf ? "CRLF" : "LF", delimiter);
    if (!j->query && j->state == JOB_OPEN)
        buf_fmt(c->b, ",\"contentUrl\":\"services/data/v%s/jobs/ingest/%s/batches\"", j->version,
                j->id);
    if (j->key.n) {
        buf_str(c->b, S(",\"externalIdFieldName\":"));
        json_quote(c->b, j->key);
    }
    if (j->state != JOB_OPEN && (j->polls || !j->query))
        buf_fmt(c->b,
                ",\"jobType\":\"%s\",\"numberRecordsProcessed\":%llu,\"retries\":0,"
                "\"totalProcessingTime\":%d",
                j->query ? "V2Query" : "V2Ingest", (unsigned long long)done, 10 * j->polls);
    if (!j->query && j->state != JOB_OPEN)
        buf_fmt(c->b,
                ",\"numberRecordsFailed\":%llu,\"apiActiveProcessingTime\":%d,"
                "\"apexProcessingTime\":0",
                (unsigned long long)failed, 10 * j->polls);
    if (j->query && j->polls)
        buf_str(c->b, S(",\"isPkChunkingSupported\":true"));
    if (j->message[0]) {
        buf_str(c->b, S(",\"errorMessage\":"));
        json_quote(c->b, str_from(j->message));
    }
    buf_char(c->b, '}');
}

void sf_job_list(struct sf_call *c, bool query)
{
    bool any = false;
    buf_str(c->b, S("{\"done\":true,\"nextRecordsUrl\":null,\"records\":["));
    for (size_t i = 0; i < SF_JOBS_MAX; i++) {
        const struct sf_job *j = &c->s->sf->job[i];
        if (!j->used || j->gone || j->query != query)
            continue;
        if (any)
            buf_char(c->b, ',');
        any = true;
        sf_put_job(c, j, j->rows.count, 0);
    }
    buf_str(c->b, S("]}"));
}

/* ---- query jobs
 * ------------------------------------------------------------------------------------ */

/* What bulk does not do (SF 10.2); NULL = fine. */
static const char *unsupported(const struct soql *q)
{
    if (q->count || q->aggregate)
        return "Aggregate Relationships not supported in Bulk Query";
    if (q->offset)
        return "OFFSET is not supported in Bulk Query";
    for (size_t i = 0; i < q->fields; i++)
        if (q->select[i].field->kind == SF_OBJECT)
            return "Selecting compound data not supported in Bulk Query";
    return NULL;
}

static void start(struct sf_call *c)
{
    yyjson_val *root;
    struct soql q;
    struct soql_why why;
    if (!sf_body(c, &root))
        return;
    struct str text = json_get(root, "query"), operation = json_get(root, "operation");
    if (!str_eq(operation, S("query")) && !str_eq(operation, S("queryAll"))) {
        sf_error(c, 400, "INVALIDOPERATION", S("operation is query or queryAll"), STR_NONE);
        return;
    }
    if (!soql_parse(c->a, text, &q, &why) || !soql_resolve(c->o, c->a, &q, &why)) {
        sf_error(c, 400, why.code, why.message, STR_NONE);
        return;
    }
    const char *trouble = unsupported(&q);
    if (trouble) {
        sf_error(c, 400, "FUNCTIONALITY_NOT_ENABLED", str_from(trouble), STR_NONE);
        return;
    }
    struct sf_job *j = sf_job_new(c);
    if (!j) {
        sf_error(c, 400, "EXCEEDED_QUOTA", S("too many jobs are being read"), STR_NONE);
        return;
    }
    j->query = true;
    j->all = operation.n > 5;
    j->state = JOB_UPLOADED;
    j->object = sf_object_named(c->o, q.object);
    j->soql = str_dup(&j->a, text);
    snprintf(j->operation, sizeof(j->operation), "%.*s", STR_ARG(operation));
    sf_put_job(c, j, 0, 0);
}

/* It takes a while, as there: running at the first look, done at the next. */
static void poll_job(struct sf_call *c, struct sf_job *j)
{
    struct soql q;
    struct soql_why why;
    j->polls++;
    if (j->state == JOB_UPLOADED) {
        j->state = JOB_RUNNING;
    } else if (j->state == JOB_RUNNING) {
        bool ok = soql_parse(c->a, j->soql, &q, &why) && soql_resolve(c->o, c->a, &q, &why);
        if (ok && !sandbox_fault(c->s, "bulk_failed", "salesforce", c->q->path)) {
            soql_run(c->o, &j->a, &q, j->all, &j->rows);
            j->state = JOB_DONE;
        } else {
            j->state = JOB_FAILED;
        }
    }
    sf_put_job(c, j, j->rows.count, 0);
}

/* ---- results
 * ----------------------------------------------------------------------------------------- */

struct stream { /* a page of results on its way out */
    struct sandbox *s;
    struct sf_job *j;
    size_t at, end;
    bool header;
    struct arena a;
};

/* Names are looked up anew for each part: the schema may have grown meanwhile. */
static bool stream_part(void *ctx, struct buf *b)
{
    struct stream *st = ctx;
    struct sf_org *o = &st->s->org;
    struct soql q;
    struct soql_why why;
    arena_reset(&st->a);
    if (!soql_parse(&st->a, st->j->soql, &q, &why) || !soql_resolve(o, &st->a, &q, &why))
        return false;
    if (!st->header) {
        for (size_t i = 0; i < q.fields; i++) {
            buf_str(b, i ? S(",\"") : S("\""));
            for (size_t k = 0; k < q.select[i].hops; k++)
                buf_fmt(b, "%s.", q.select[i].hop[k]->relationship);
            buf_fmt(b, "%s\"", q.select[i].field->name);
        }
        buf_char(b, '\n');
        st->header = true;
    }
    struct arena row;
    arena_init(&row, 64 * MIB);
    const struct world_table *tab = &o->world->table[q.obj->type];
    for (size_t n = 0; st->at < st->end && n < 256; n++, st->at++) {
        const struct world_record *r = tab->record[st->j->rows.number[st->at]];
        arena_reset(&row);
        for (size_t i = 0; i < q.fields; i++) {
            const struct soql_ref *f = &q.select[i];
            const struct world_record *from = f->hops ? soql_follow(o, &row, f, q.obj, r) : r;
            if (i)
                buf_char(b, ',');
            if (from)
                sf_put_csv(o, f->obj, f->field, from, &row, b);
            else
                buf_str(b, S("\"\""));
        }
        buf_char(b, '\n');
    }
    arena_release(&row);
    return st->at < st->end;
}

static void stream_end(void *ctx)
{
    struct stream *st = ctx;
    arena_release(&st->a);
    if (--st->j->streams == 0 && st->j->gone)
        sf_job_free(st->j);
    free(st);
}

/* Locators are base64 of a position there; here of a number that is hard to guess wrong. */
static struct str locator(struct sf_call *c, size_t at)
{
    return at ? str_fmt(c->a, "MT%zuX", at) : S("null");
}

static bool position(struct str s, size_t count, size_t *out)
{
    int64_t n;
    *out = 0;
    if (!s.n)
        return true;
    if (!str_starts(s, S("MT")) || !str_ends(s, S("X")) ||
        !str_to_i64(str_slice(s, 2, s.n - 1), &n) || n < 0 || (size_t)n > count)
        return false;
    *out = (size_t)n;
    return true;
}

static void results(struct sf_call *c, struct sf_job *j)
{
    int64_t max = PAGE_DEFAULT;
    size_t from;
    if (j->state != JOB_DONE) {
        sf_error(c, 409, "INVALIDJOBSTATE", S("The job has no results yet"), STR_NONE);
        return;
    }
    (void)str_to_i64(sf_param(c, "maxRecords"), &max);
    if (!position(sf_param(c, "locator"), j->rows.count, &from) || max < 1) {
        sf_error(c, 400, "INVALIDLOCATOR", S("invalid locator or maxRecords"), STR_NONE);
        return;
    }
    struct stream *st = calloc(1, sizeof(*st));
    if (!st)
        abort();
    *st = (struct stream){.s = c->s, .j = j, .at = from};
    st->end = (size_t)max < j->rows.count - from ? from + (size_t)max : j->rows.count;
    arena_init(&st->a, 64 * MIB);
    j->streams++;
    c->r->stream = stream_part;
    c->r->stream_end = stream_end;
    c->r->stream_ctx = st;
    c->r->content_type = "text/csv; charset=UTF-8";
    response_header(c->r, "Sforce-NumberOfRecords", str_fmt(c->a, "%zu", st->end - from));
    response_header(c->r, "Sforce-Locator", locator(c, st->end < j->rows.count ? st->end : 0));
}

/* Up to five pages at a time for those who read them side by side (v58 on). */
static void result_pages(struct sf_call *c, struct sf_job *j)
{
    size_t from, n = 0;
    if (j->state != JOB_DONE || !position(sf_param(c, "locator"), j->rows.count, &from)) {
        sf_error(c, 409, "INVALIDJOBSTATE", S("The job has no results yet"), STR_NONE);
        return;
    }
    buf_str(c->b, S("{\"resultPages\":["));
    for (; n < PAGE_URLS && (from < j->rows.count || (from == 0 && n == 0));
         n++, from += PAGE_DEFAULT)
        buf_fmt(
            c->b,
            "%s{\"resultUrl\":\"/services/data/v%s/jobs/query/%s/results?maxRecords=%d%s%.*s\"}",
            n ? "," : "", j->version, j->id, PAGE_DEFAULT, from ? "&locator=" : "",
            STR_ARG(from ? locator(c, from) : S("")));
    buf_fmt(c->b, "],\"done\":%s", from >= j->rows.count ? "true" : "false");
    if (from < j->rows.count)
        buf_fmt(c->b,
                ",\"nextRecordsUrl\":\"/services/data/v%s/jobs/query/%s/resultPages?locator=%.*s\"",
                j->version, j->id, STR_ARG(locator(c, from)));
    buf_char(c->b, '}');
}

static void change(struct sf_call *c, struct sf_job *j)
{
    yyjson_val *root;
    if (!sf_body(c, &root))
        return;
    if (!str_eq(json_get(root, "state"), S("Aborted")) || j->state >= JOB_DONE) {
        sf_error(c, 400, "INVALIDJOBSTATE", S("only a job that runs can be aborted"), STR_NONE);
        return;
    }
    j->state = JOB_ABORTED;
    sf_put_job(c, j, 0, 0);
}

void sf_jobs_query(struct sf_call *c, struct str rest)
{
    struct str id, part;
    if (!sf_segment(c, &rest, &id)) {
        is(c, "POST") ? start(c) : is(c, "GET") ? sf_job_list(c, true) : sf_method(c);
        return;
    }
    struct sf_job *j = sf_job_named(c, id, true);
    if (!j)
        return;
    if (sf_segment(c, &rest, &part)) {
        if (str_eq(part, S("results")) && is(c, "GET"))
            results(c, j);
        else if (str_eq(part, S("resultPages")) && is(c, "GET"))
            result_pages(c, j);
        else
            sf_not_found(c);
    } else if (is(c, "GET")) {
        poll_job(c, j);
    } else if (is(c, "PATCH")) {
        change(c, j);
    } else if (is(c, "DELETE")) {
        sf_job_free(j);
        c->r->status = 204;
    } else {
        sf_method(c);
    }
}
