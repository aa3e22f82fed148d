/* bulk: queries of Bulk API 2.0 (SF 10.2), with bounded memory whatever their size. */
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/csv.h"
#include "text/url.h"

#define TEXT_BYTES    (64 * KIB) /* of an answer read at a time */
#define POLL_FIRST_MS 10         /* each time thrice as long: 0.01, 0.04, 0.13, 0.4, 1.2, 3.6 s */
#define POLL_MOST_MS  5000
#define TRIES_MAX     6 /* in a row without a new row */

struct sf_bulk {
    struct salesforce *sf;
    const struct str *field; /* what the query asks for */
    size_t field_count;
    struct arena keep, rows_in, part_in; /* of the job, of rows, of a part's answer */
    struct str job, locator;
    struct http_stream *stream;
    struct csv *csv;
    struct csv_rows rows; /* parsed, not yet given */
    size_t given;
    bool header, last_part;
    int *field_of; /* column -> field; -1 = not asked for */
    size_t columns;
    size_t part_rows; /* given out of this part: skipped when it is read again */
    size_t skip;
    int64_t part_promised;
    struct str next_locator;
    int64_t got, promised; /* promised -1 = not told */
    int64_t asked_ms;
    int tries;
};

bool sf_await_job(struct salesforce *sf, struct arena *a, struct str path, yyjson_val **root,
                  struct err *e)
{
    for (int64_t wait_ms = POLL_FIRST_MS;; wait_ms = MIN(wait_ms * 3, POLL_MOST_MS)) {
        if (!sf_get_json(sf, a, path, root, e))
            return false;
        struct str state = json_get(*root, "state");
        if (str_eq(state, S("JobComplete")) || str_eq(state, S("Failed")) ||
            str_eq(state, S("Aborted")))
            return true;
        if (!state.n)
            return err_set(e, ERR_INTERNAL, "no_state", "salesforce's bulk job has no state");
        sf_pause(sf, wait_ms);
    }
}

static struct str job_path(struct sf_bulk *b, struct arena *a)
{
    return str_fmt(a, "%.*s/jobs/query/%.*s", STR_ARG(b->sf->data), STR_ARG(b->job));
}

static bool start_job(struct sf_bulk *b, bool all, struct str soql, struct err *e)
{
    struct salesforce *sf = b->sf;
    struct arena *a = &b->keep;
    yyjson_val *root;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(a, &o);
    json_put(d, o, "operation", all ? S("queryAll") : S("query"));
    json_put(d, o, "query", soql);
    json_put(d, o, "columnDelimiter", S("COMMA"));
    json_put(d, o, "lineEnding", S("LF"));
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = str_fmt(a, "%.*s/jobs/query", STR_ARG(sf->data)),
                                      .body = json_print(a, d),
                                      .repeatable = true}}; /* a job too many does no harm */
    if (!sf_call(sf, a, &x, &root, e))
        return err_wrap(e, "starting a bulk query");
    b->asked_ms = x.res.asked_ms; /* the rows are at least that fresh */
    b->job = str_dup(a, json_get(root, "id"));
    return b->job.n || err_set(e, ERR_INTERNAL, "no_job", "salesforce started no bulk job");
}

static bool await_rows(struct sf_bulk *b, struct err *e)
{
    struct arena a;
    yyjson_val *root;
    arena_init(&a, 16 * MIB);
    bool ok = sf_await_job(b->sf, &a, job_path(b, &a), &root, e);
    if (ok && !str_eq(json_get(root, "state"), S("JobComplete"))) {
        struct str why = json_get(root, "errorMessage");
        ok = err_set(e, ERR_RETRY, "bulk_failed", "salesforce's bulk query ended as %.*s: %.*s",
                     STR_ARG(str_slice(json_get(root, "state"), 0, 20)),
                     STR_ARG(str_slice(why.n ? why : S("no reason"), 0, 200)));
    }
    if (ok)
        b->promised = json_i64(yyjson_obj_get(root, "numberRecordsProcessed"), -1);
    arena_release(&a);
    return ok;
}

bool sf_bulk_open(struct salesforce *sf, bool all, struct str soql, const struct str *field,
                  size_t fields, struct sf_bulk **out, struct err *e)
{
    struct sf_bulk *b = calloc(1, sizeof(*b));
    if (!b)
        abort();
    b->sf = sf;
    b->field = field;
    b->field_count = fields;
    b->promised = -1;
    arena_init(&b->keep, 8 * MIB);
    arena_init(&b->rows_in, 64 * MIB);
    arena_init(&b->part_in, 4 * MIB);
    if (!start_job(b, all, soql, e) || !await_rows(b, e)) {
        sf_bulk_close(b);
        return false;
    }
    *out = b;
    return true;
}

void sf_bulk_close(struct sf_bulk *b)
{
    if (!b)
        return;
    http_stream_close(b->stream);
    csv_close(b->csv);
    if (b->job.n) { /* politely; it would vanish by itself after seven days */
        struct err ignored;
        struct http_exchange x = {
            .req = {.method = HTTP_DELETE, .path = job_path(b, &b->part_in), .repeatable = true}};
        sf_headers(&x.req);
        (void)!http_one(b->sf->crm.http, &b->part_in, &x, &ignored);
    }
    arena_release(&b->part_in);
    arena_release(&b->rows_in);
    arena_release(&b->keep);
    free(b);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void read_refusal(struct arena *a, struct http_stream *s, int status, struct err *e)
{
    char bytes[4096];
    size_t n = 0;
    yyjson_val *root = NULL;
    struct err ignored;
    if (!http_stream_read(s, bytes, sizeof(bytes), &n, &ignored) ||
        !json_parse(a, (struct str){bytes, n}, &root, &ignored))
        root = NULL;
    sf_error(status, root, e);
}

bool sf_open_csv(struct salesforce *sf, struct arena *a, struct str job, struct http_exchange *x,
                 struct http_stream **out, struct err *e)
{
    struct http_request req = x->req;
    for (int tries = 1;; tries++) {
        *x = (struct http_exchange){.req = req};
        sf_headers(&x->req);
        *out = NULL;
        bool answered = http_stream_open(sf->crm.http, a, x, out, e);
        if (answered && x->res.status == 200)
            return true;
        if (answered) {
            read_refusal(a, *out, x->res.status, e);
            http_stream_close(*out);
            *out = NULL;
        }
        struct answer said =
            answered ? salesforce_service.classify(&x->res) : (struct answer){ANSWER_RETRY, 0};
        bool again = answered ? said.class != ANSWER_DONE : e->kind == ERR_RETRY;
        if (!again || tries == TRIES_MAX)
            return false;
        if (said.class != ANSWER_RENEW)
            sf_pause(sf, retry_delay_ms(tries, said.wait_ms, sf->rng));
        yyjson_val *root; /* an ordinary call: it renews the session, or tells why not */
        if (!sf_get_json(sf, a, job, &root, e))
            return false;
    }
}

static bool open_part(struct sf_bulk *b, struct err *e)
{
    arena_reset(&b->part_in);
    struct str path = job_path(b, &b->part_in);
    struct http_exchange x = {
        .req = {.path = str_fmt(&b->part_in, "%.*s/results?maxRecords=%d%s%.*s", STR_ARG(path),
                                SF_BULK_PAGE_RECORDS, b->locator.n ? "&locator=" : "",
                                STR_ARG(url_encoded(&b->part_in, b->locator))),
                .timeout_ms = SF_LONG_MS,
                .body_max = SIZE_MAX,
                .repeatable = true}};
    if (!sf_open_csv(b->sf, &b->part_in, path, &x, &b->stream, e))
        return err_wrap(e, "reading bulk results");
    struct str next = http_header_get(&x.res, "Sforce-Locator");
    b->last_part = !next.n || str_eq(next, S("null")); /* T16 */
    b->next_locator = next;
    if (!str_to_i64(http_header_get(&x.res, "Sforce-NumberOfRecords"), &b->part_promised))
        b->part_promised = -1;
    csv_close(b->csv);
    b->csv = csv_open(',');
    b->header = true; /* every part repeats it */
    b->skip = b->part_rows;
    b->rows = (struct csv_rows){0};
    b->given = 0;
    return true;
}

/* The part is over: the next locator, or the end of all. */
static bool end_part(struct sf_bulk *b, bool *over, struct err *e)
{
    http_stream_close(b->stream);
    b->stream = NULL;
    bool as_told = b->part_promised < 0 || b->part_promised == (int64_t)b->part_rows;
    if (!as_told)
        return err_set(e, ERR_RETRY, "bulk_short",
                       "a part of the bulk results has %zu rows, not %lld", b->part_rows,
                       (long long)b->part_promised);
    b->part_rows = 0;
    b->locator = str_dup(&b->keep, b->next_locator);
    *over = b->last_part;
    if (*over && b->promised >= 0 && b->promised != b->got) /* T16 */
        return err_set(e, ERR_RETRY, "bulk_short",
                       "bulk results have %lld rows, %lld were promised", (long long)b->got,
                       (long long)b->promised);
    return true;
}

/* More rows into b->rows, or the end of the part: *over at the end of everything. A connection that
 * is lost is taken up again at the part's locator, behind the rows that were given (SF 10.2). */
static bool more_rows(struct sf_bulk *b, bool *over, struct err *e)
{
    char bytes[TEXT_BYTES];
    size_t n;
    arena_reset(&b->rows_in);
    b->rows = (struct csv_rows){0};
    b->given = 0;
    if (!b->stream && !open_part(b, e))
        return false;
    if (!http_stream_read(b->stream, bytes, sizeof(bytes), &n, e)) {
        http_stream_close(b->stream);
        b->stream = NULL;
        if (e->kind != ERR_RETRY || ++b->tries == TRIES_MAX)
            return err_wrap(e, "reading bulk results");
        sf_pause(b->sf, retry_delay_ms(b->tries, 0, b->sf->rng));
        return true;
    }
    if (n > 0)
        return csv_feed(b->csv, &b->rows_in, (struct str){bytes, n}, &b->rows, e);
    if (!csv_finish(b->csv, &b->rows_in, &b->rows, e))
        return false;
    return b->rows.count > 0 || end_part(b, over, e);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool read_header(struct sf_bulk *b, const struct csv_row *row, struct err *e)
{
    size_t found = 0;
    b->columns = row->cells;
    b->field_of = ARENA_ARRAY(&b->part_in, int, row->cells);
    for (size_t i = 0; i < row->cells; i++) {
        b->field_of[i] = -1;
        for (size_t k = 0; k < b->field_count && b->field_of[i] < 0; k++)
            if (str_eq_nocase(row->cell[i], b->field[k]))
                b->field_of[i] = (int)k;
        found += b->field_of[i] >= 0;
    }
    b->header = false;
    return found == b->field_count ||
           err_set(e, ERR_INTERNAL, "bulk_columns", "bulk results have %zu of the %zu columns",
                   found, b->field_count);
}

static bool take_row(struct sf_bulk *b, struct arena *a, const struct csv_row *row,
                     struct sf_cell *cell, struct err *e)
{
    if (row->cells != b->columns)
        return err_set(e, ERR_INTERNAL, "bulk_row", "bulk row %llu has %zu cells, not %zu",
                       (unsigned long long)row->number, row->cells, b->columns);
    /* The cells of a row lie end to end: one copy for all. */
    struct str last = row->cell[row->cells - 1];
    const char *from = row->cell[0].p;
    struct str text = str_dup(a, (struct str){from, (size_t)(last.p + last.n - from)});
    for (size_t i = 0; i < b->field_count; i++)
        cell[i] = (struct sf_cell){STR_NONE, false};
    for (size_t i = 0; i < row->cells; i++)
        if (b->field_of[i] >= 0)
            cell[b->field_of[i]] =
                (struct sf_cell){{text.p + (row->cell[i].p - from), row->cell[i].n}, true};
    return cell[SF_ID].text.n || err_set(e, ERR_INTERNAL, "bulk_row", "bulk row %llu has no id",
                                         (unsigned long long)row->number);
}

int64_t sf_bulk_asked_ms(const struct sf_bulk *b)
{
    return b->asked_ms;
}

bool sf_bulk_next(struct sf_bulk *b, struct arena *a, struct sf_cell *cell, bool *over,
                  struct err *e)
{
    *over = false;
    for (;;) {
        while (b->given == b->rows.count && !*over)
            if (!more_rows(b, over, e))
                return false;
        if (*over)
            return true;
        const struct csv_row *row = &b->rows.row[b->given++];
        if (b->header) {
            if (!read_header(b, row, e))
                return false;
            continue;
        }
        if (b->skip > 0) {
            b->skip--;
            continue;
        }
        b->got++;
        b->part_rows++;
        b->tries = 0;
        return take_row(b, a, row, cell, e);
    }
}
