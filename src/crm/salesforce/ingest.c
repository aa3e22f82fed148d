/* ingest: creates in bulk, as upserts by our key (SF 10.1, S16.3). Rows come back in any order; the
 * key says whose they are. */
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/csv.h"

#define JOB_BYTES_MAX   (32 * MIB) /* SF 10.1 allows 100 MB; this much is in memory at once */
#define JOB_RECORDS_MAX 50000
#define CELL_BYTES_MAX  32000
#define TEXT_BYTES      (64 * KIB)

struct keyed {
    struct str key; /* "<portal>:<company>" */
    size_t index;
};

struct ingest {
    struct salesforce *sf;
    struct arena *a;
    struct crm_write *w;
    bool kinds;   /* so is the record type */
    bool *column; /* which mappings are in the header */
    struct keyed *row;
    size_t rows;
    struct str job; /* its path */
};

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

/* ---- the CSV --------------------------------------------------------------------------------- */

/* «#N/A» clears, an empty cell is ignored; a value that reads like that cannot go this way. */
static bool fits(const struct crm_write *w)
{
    for (size_t i = 0; i < w->sets; i++) {
        const struct value *v = &w->set[i].value;
        if (v->state == VALUE_TEXT && (str_eq(v->text, S("#N/A")) || v->text.n > CELL_BYTES_MAX ||
                                       str_find_char(v->text, '\r') >= 0))
            return false;
    }
    return true;
}

static void put_header(struct ingest *in, struct buf *b)
{
    const struct salesforce *sf = in->sf;
    csv_put_cell(b, sf->key, true);
    if (in->kinds)
        csv_put_cell(b, S("RecordTypeId"), false);
    for (size_t m = 0; m < sf->m->count; m++)
        if (in->column[m])
            csv_put_cell(b, sf->m->map[m].meta[SIDE_SF].name, false);
    buf_char(b, '\n');
}

static void put_row(struct ingest *in, struct buf *b, const struct crm_write *w, struct str key)
{
    const struct salesforce *sf = in->sf;
    csv_put_cell(b, key, true);
    if (in->kinds)
        csv_put_cell(b, w->kind.n ? w->kind : S(""), false);
    for (size_t m = 0; m < sf->m->count; m++) {
        const struct value *v = NULL;
        if (!in->column[m])
            continue;
        for (size_t i = 0; i < w->sets; i++)
            if (w->set[i].map == m)
                v = &w->set[i].value;
        bool clear = v && v->state != VALUE_TEXT;
        bool box = sf->m->map[m].meta[SIDE_SF].type == FIELD_BOOL;
        csv_put_cell(b, !v ? S("") : clear ? (box ? S("false") : S("#N/A")) : v->text, false);
    }
    buf_char(b, '\n');
}

/* As many as a job takes, from of[*at] on; none = nothing left that can go this way. */
static struct str fill(struct ingest *in, const size_t *of, size_t n, size_t *at, struct buf *b)
{
    in->rows = 0;
    buf_clear(b);
    put_header(in, b);
    for (; *at < n && in->rows < JOB_RECORDS_MAX && b->n < JOB_BYTES_MAX; (*at)++) {
        const struct crm_write *w = &in->w[of[*at]];
        if (!fits(w))
            continue;
        struct str key = str_fmt(in->a, "%.*s:%.*s", STR_ARG(in->sf->portal), STR_ARG(w->key));
        put_row(in, b, w, key);
        in->row[in->rows++] = (struct keyed){key, of[*at]};
    }
    qsort(in->row, in->rows, sizeof(*in->row), by_key);
    size_t kept = 0; /* a key twice in a job is an error for both: the second goes another way */
    for (size_t i = 0; i < in->rows; i++)
        if (i == 0 || !str_eq(in->row[i].key, in->row[i - 1].key))
            kept++;
    return in->rows > 0 && kept == in->rows ? buf_view(b) : STR_NONE;
}

/* ---- the job --------------------------------------------------------------------------------- */

static bool call(struct ingest *in, enum http_method method, struct str path, struct str body,
                 const char *type, bool repeatable, yyjson_val **root, struct err *e)
{
    struct http_exchange x = {.req = {.method = method,
                                      .path = path,
                                      .body = body,
                                      .content_type = str_from(type),
                                      .timeout_ms = 5 * SF_LONG_MS,
                                      .repeatable = repeatable}};
    return sf_call(in->sf, in->a, &x, root, e);
}

static bool start(struct ingest *in, struct err *e)
{
    struct salesforce *sf = in->sf;
    yyjson_val *root;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(in->a, &o);
    json_put(d, o, "object", S("Account"));
    json_put(d, o, "operation", S("upsert"));
    json_put(d, o, "externalIdFieldName", sf->key);
    json_put(d, o, "contentType", S("CSV"));
    json_put(d, o, "lineEnding", S("LF"));
    json_put(d, o, "columnDelimiter", S("COMMA"));
    if (!call(in, HTTP_POST, str_fmt(in->a, "%.*s/jobs/ingest", STR_ARG(sf->data)),
              json_print(in->a, d), NULL, true, &root, e))
        return err_wrap(e, "starting a bulk upsert");
    struct str id = json_get(root, "id");
    in->job = str_fmt(in->a, "%.*s/jobs/ingest/%.*s", STR_ARG(sf->data), STR_ARG(id));
    return id.n || err_set(e, ERR_INTERNAL, "no_job", "salesforce started no bulk job");
}

static void set_state(struct ingest *in, const char *state, struct err *e)
{
    yyjson_val *root;
    struct str body = str_fmt(in->a, "{\"state\":\"%s\"}", state);
    (void)!call(in, HTTP_PATCH, in->job, body, NULL, false, &root, e);
}

/* Nothing is processed before UploadComplete: until then a failure is one without effect. */
static bool upload(struct ingest *in, struct str csv, struct err *e)
{
    yyjson_val *root;
    struct err ignored;
    struct str path = str_fmt(in->a, "%.*s/batches", STR_ARG(in->job));
    if (call(in, HTTP_PUT, path, csv, "text/csv", false, &root, e))
        return true;
    set_state(in, "Aborted", &ignored);
    return err_wrap(e, "uploading a bulk upsert");
}

/* ---- results --------------------------------------------------------------------------------- */

struct columns {
    int key, id, created, error;
};

static struct columns find_columns(const struct salesforce *sf, const struct csv_row *row)
{
    struct columns c = {-1, -1, -1, -1};
    for (size_t i = 0; i < row->cells; i++) {
        int at = (int)i;
        c.key = str_eq_nocase(row->cell[i], sf->key) ? at : c.key;
        c.id = str_eq_nocase(row->cell[i], S("sf__Id")) ? at : c.id;
        c.created = str_eq_nocase(row->cell[i], S("sf__Created")) ? at : c.created;
        c.error = str_eq_nocase(row->cell[i], S("sf__Error")) ? at : c.error;
    }
    return c;
}

static struct str cell_at(const struct csv_row *row, int i)
{
    return i >= 0 && (size_t)i < row->cells ? row->cell[i] : STR_NONE;
}

/* "CODE:message:fields --" (SF 10.1) as the entry of a save result. */
static void refuse_row(struct ingest *in, struct crm_write *w, struct str error)
{
    struct str rest = error, code = STR_NONE, field = STR_NONE;
    str_cut(&rest, ':', &code);
    ptrdiff_t tail = -1;
    for (size_t i = 0; i < rest.n; i++)
        if (rest.p[i] == ':')
            tail = (ptrdiff_t)i;
    if (tail >= 0) {
        field = str_slice(rest, (size_t)tail + 1, rest.n);
        rest = str_slice(rest, 0, (size_t)tail);
        if (str_ends(field, S("--")))
            field = str_trim(str_slice(field, 0, field.n - 2));
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(in->a, &o);
    json_put(d, o, "statusCode", code);
    json_put(d, o, "message", rest);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "fields");
    struct str one;
    while (field.n && str_cut(&field, ',', &one))
        yyjson_mut_arr_add_val(list, json_mstr(d, str_trim(one)));
    yyjson_val *why = NULL;
    struct err ignored;
    if (!json_parse(in->a, json_print(in->a, d), &why, &ignored))
        why = NULL;
    if (!sf_refuse(in->sf, in->a, w, 400, why))
        w->outcome = CRM_NOT_SENT;
}

static void take_row(struct ingest *in, const struct csv_row *row, const struct columns *c)
{
    struct keyed want = {.key = cell_at(row, c->key)};
    const struct keyed *k = bsearch(&want, in->row, in->rows, sizeof(want), by_key);
    struct crm_write *w = k ? &in->w[k->index] : NULL;
    if (!w)
        return;
    if (c->error >= 0) {
        refuse_row(in, w, str_dup(in->a, cell_at(row, c->error)));
    } else if (c->id >= 0) {
        sf_written(in->a, w, str_dup(in->a, cell_at(row, c->id)),
                   str_eq_nocase(cell_at(row, c->created), S("true")));
    } else {
        w->outcome = CRM_NOT_SENT; /* unprocessed: certainly without effect */
    }
}

static bool read_rows(struct ingest *in, struct http_stream *s, struct csv *csv, struct err *e)
{
    struct columns c = {-1, -1, -1, -1};
    struct arena rows_in;
    bool header = true, ok = true;
    size_t n = 1;
    arena_init(&rows_in, 64 * MIB);
    while (ok && n > 0) {
        char bytes[TEXT_BYTES];
        struct csv_rows rows = {0};
        arena_reset(&rows_in);
        ok = http_stream_read(s, bytes, sizeof(bytes), &n, e);
        if (ok && n > 0)
            ok = csv_feed(csv, &rows_in, (struct str){bytes, n}, &rows, e);
        else if (ok)
            ok = csv_finish(csv, &rows_in, &rows, e);
        for (size_t i = 0; ok && i < rows.count; i++) {
            if (header)
                c = find_columns(in->sf, &rows.row[i]);
            else
                take_row(in, &rows.row[i], &c);
            header = false;
        }
    }
    arena_release(&rows_in);
    return ok;
}

static bool read_results(struct ingest *in, const char *which, struct err *e)
{
    struct http_exchange x = {.req = {.path = str_fmt(in->a, "%.*s/%s", STR_ARG(in->job), which),
                                      .timeout_ms = SF_LONG_MS,
                                      .body_max = SIZE_MAX,
                                      .repeatable = true}};
    for (int tries = 1;; tries++) { /* reading it again from its start changes nothing */
        struct http_stream *s;
        if (!sf_open_csv(in->sf, in->a, in->job, &x, &s, e))
            return false;
        struct csv *csv = csv_open(',');
        bool ok = read_rows(in, s, csv, e);
        csv_close(csv);
        http_stream_close(s);
        if (ok || e->kind != ERR_RETRY || tries == 3)
            return ok;
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void all_not_known(struct ingest *in, const struct err *why)
{
    for (size_t i = 0; i < in->rows; i++)
        sf_not_known(in->a, &in->w[in->row[i].index], why);
}

/* One job. False only when the run must not go on. */
static bool run_job(struct ingest *in, struct str csv, struct err *e)
{
    struct err why;
    yyjson_val *root;
    if (!start(in, e) || !upload(in, csv, e))
        return false; /* all of it CRM_NOT_SENT */
    all_not_known(in, NULL);
    set_state(in, "UploadComplete", &why); /* whether that came through shows in the state */
    if (!sf_get_json(in->sf, in->a, in->job, &root, e))
        return false;
    if (str_eq(json_get(root, "state"), S("Open"))) {
        set_state(in, "Aborted", &why);
        for (size_t i = 0; i < in->rows; i++)
            in->w[in->row[i].index].outcome = CRM_NOT_SENT;
        return true;
    }
    if (!sf_await_job(in->sf, in->a, in->job, &root, e) ||
        !read_results(in, "successfulResults", e) || !read_results(in, "failedResults", e))
        return false;
    if (str_eq(json_get(root, "state"), S("JobComplete")))
        return true;
    if (!read_results(in, "unprocessedrecords", e))
        return false;
    struct str said = json_get(root, "errorMessage");
    log_warn(in->sf->log, "salesforce's bulk upsert ended as %.*s: %.*s",
             STR_ARG(str_slice(json_get(root, "state"), 0, 20)),
             STR_ARG(str_slice(said.n ? said : S("no reason"), 0, 200)));
    return true;
}

bool sf_ingest(struct salesforce *sf, struct arena *a, struct crm_write *w, const size_t *of,
               size_t n, struct err *e)
{
    struct ingest in = {.sf = sf, .a = a, .w = w};
    struct buf b;
    bool ok = true;
    in.column = ARENA_ARRAY(a, bool, sf->m->count);
    in.row = ARENA_ARRAY(a, struct keyed, MIN(n, (size_t)JOB_RECORDS_MAX));
    for (size_t i = 0; i < n; i++)
        in.kinds = in.kinds || w[of[i]].kind.n;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < w[of[i]].sets; k++)
            in.column[w[of[i]].set[k].map] = true;
    buf_init(&b, 2 * JOB_BYTES_MAX);
    for (size_t at = 0; ok && at < n;) {
        struct str csv = fill(&in, of, n, &at, &b);
        if (csv.n && !b.full)
            ok = run_job(&in, csv, e);
    }
    buf_release(&b);
    return ok;
}
