/* sf_ingest: Bulk API 2.0 writes (SF 10.1). Rows are worked off some thousands a poll, so that a
 * large job takes its time and other calls do not wait for it. */
#include <stdio.h>

#include "sandbox/http/sf_p.h"
#include "text/csv.h"

enum { ROWS_A_POLL = 20000, CELL_MAX = 32000 };

struct row_done {
    bool tried, ok, created;
    uint64_t number;
    struct str error;
};

struct sf_input_rows {
    struct csv_rows csv;   /* the header first */
    struct row_done *done; /* one a data row */
    size_t next;           /* row to be worked off */
    uint64_t processed, failed;
    bool failing; /* the rest stays unprocessed */
};

void sf_ingest_free(struct sf_job *j)
{
    j->in = NULL; /* in the job's arena */
}

static bool delimiter_of(struct str name, char *out)
{
    static const struct {
        const char *name;
        char c;
    } table[] = {{"COMMA", ','},     {"TAB", '\t'},  {"PIPE", '|'},
                 {"SEMICOLON", ';'}, {"CARET", '^'}, {"BACKQUOTE", '`'}};
    if (!name.n) {
        *out = ',';
        return true;
    }
    for (size_t i = 0; i < LEN(table); i++)
        if (str_eq(name, str_from(table[i].name))) {
            *out = table[i].c;
            return true;
        }
    return false;
}

static void create(struct sf_call *c)
{
    static const char *const operations[] = {"insert", "update", "upsert", "delete", "hardDelete"};
    yyjson_val *root;
    char delimiter;
    bool known = false;
    if (!sf_body(c, &root))
        return;
    struct str operation = json_get(root, "operation"), key = json_get(root, "externalIdFieldName");
    struct str ending = json_get(root, "lineEnding"), type = json_get(root, "contentType");
    struct sf_object *obj = sf_object_named(c->o, json_get(root, "object"));
    for (size_t i = 0; i < LEN(operations); i++)
        known = known || str_eq(operation, str_from(operations[i]));
    const struct sf_field *f = obj && key.n ? sf_field_named(obj, key) : NULL;
    bool upsert = str_eq(operation, S("upsert"));
    if (!obj || !known || (type.n && !str_eq(type, S("CSV"))) ||
        !delimiter_of(json_get(root, "columnDelimiter"), &delimiter)) {
        sf_error(c, 400, "INVALIDJOB",
                 S("object, operation, contentType or columnDelimiter is not known"), STR_NONE);
        return;
    }
    if (upsert && (!f || !((f->flags & SF_EXTERNAL) || f->system == SYS_ID))) {
        sf_error(
            c, 400, "INVALIDJOB",
            str_fmt(c->a,
                    "InvalidJob : Field name provided, %.*s is not an External ID or indexed field",
                    STR_ARG(key)),
            STR_NONE);
        return;
    }
    struct sf_job *j = sf_job_new(c);
    if (!j) {
        sf_error(c, 400, "EXCEEDED_QUOTA", S("too many jobs"), STR_NONE);
        return;
    }
    j->object = obj;
    j->delimiter = delimiter;
    j->crlf = str_eq(ending, S("CRLF"));
    if (upsert)
        j->key = str_dup(&j->a, str_from(f->name));
    snprintf(j->operation, sizeof(j->operation), "%.*s", STR_ARG(operation));
    sf_put_job(c, j, 0, 0);
}

static void upload(struct sf_call *c, struct sf_job *j)
{
    if (j->state != JOB_OPEN || j->uploaded) {
        sf_error(c, 400, "INVALIDJOBSTATE", S("one upload a job, while it is Open"), STR_NONE);
        return;
    }
    if (str_find(c->q->content_type, S("text/csv")) < 0) {
        sf_error(c, 415, "INVALID_CONTENT_TYPE", S("Content-Type must be text/csv"), STR_NONE);
        return;
    }
    buf_str(&j->text, c->q->body);
    j->uploaded = true;
    c->r->status = 201;
}

/* ---- working it off
 * --------------------------------------------------------------------------------- */

static void fail(struct sf_job *j, const char *message)
{
    j->state = JOB_FAILED;
    snprintf(j->message, sizeof(j->message), "%s", message);
}

/* The declared ending must be the real one (T14), outside of quotes. */
static bool ending_fits(const struct sf_job *j)
{
    bool quoted = false;
    for (size_t i = 0; i < j->text.n; i++) {
        if (j->text.p[i] == '"')
            quoted = !quoted;
        if (j->text.p[i] == '\n' && !quoted)
            return j->crlf == (i > 0 && j->text.p[i - 1] == '\r');
    }
    return true;
}

static bool known_column(struct sf_call *c, const struct sf_job *j, struct str name)
{
    struct str rest = name, first;
    if (sf_field_named(j->object, name))
        return true;
    str_cut(&rest, '.', &first);
    for (size_t i = 0; rest.p && i < j->object->fields; i++)
        if (j->object->field[i].relationship &&
            str_eq_nocase(first, str_from(j->object->field[i].relationship)))
            return true;
    (void)c;
    return false;
}

static void begin(struct sf_call *c, struct sf_job *j)
{
    struct err e;
    char message[200];
    struct sf_input_rows *in = ARENA_NEW(&j->a, struct sf_input_rows);
    j->in = in;
    struct csv *csv = csv_open(j->delimiter);
    bool read = csv_feed(csv, &j->a, j->text.n ? buf_view(&j->text) : S(""), &in->csv, &e) &&
                csv_finish(csv, &j->a, &in->csv, &e);
    csv_close(csv);
    size_t rows = in->csv.count ? in->csv.count - 1 : 0;
    in->done = ARENA_ARRAY(&j->a, struct row_done, rows);
    if (!read) {
        snprintf(message, sizeof(message), "InvalidBatch : Failed to parse CSV: %.100s", e.msg);
        fail(j, message);
    } else if (!in->csv.count) {
        fail(j, "InvalidBatch : Unable to find a header row");
    } else if (!ending_fits(j)) {
        snprintf(message, sizeof(message),
                 "ClientInputError : LineEnding is invalid on user data. Current LineEnding "
                 "setting is %s",
                 j->crlf ? "CRLF" : "LF");
        fail(j, message);
    }
    for (size_t i = 0; j->state != JOB_FAILED && i < in->csv.row[0].cells; i++) {
        struct str name = in->csv.row[0].cell[i];
        if (known_column(c, j, name))
            continue;
        snprintf(message, sizeof(message), "InvalidBatch : Field name not found : %.*s",
                 STR_ARG(str_slice(name, 0, 100)));
        fail(j, message);
    }
    buf_release(&j->text); /* the rows are copies */
}

/* Empty = left alone, #N/A = cleared; ids apart. */
static bool input_of(struct sf_call *c, const struct csv_row *head, const struct csv_row *row,
                     struct str key, struct sf_input *in, struct str *id, struct str *value,
                     struct sf_problem *p)
{
    *in = (struct sf_input){ARENA_ARRAY(c->a, struct sf_cell, row->cells), 0};
    *id = *value = STR_NONE;
    if (row->cells != head->cells) {
        *p = (struct sf_problem){"CLIENT_INPUT_ERROR",
                                 S("the row has another number of cells than the header"), STR_NONE,
                                 STR_NONE};
        return false;
    }
    for (size_t i = 0; i < row->cells; i++) {
        struct str name = head->cell[i], v = row->cell[i];
        if (str_eq_nocase(name, S("Id"))) {
            *id = v;
            continue;
        }
        if (key.n && str_eq_nocase(name, key)) {
            *value = str_trim(v);
            continue;
        }
        if (!v.n)
            continue;
        if (v.n > CELL_MAX * 4) {
            *p = (struct sf_problem){"STRING_TOO_LONG", S("a field has at most 32000 characters"),
                                     name, STR_NONE};
            return false;
        }
        struct sf_cell *cell = &in->cell[in->cells++];
        *cell = (struct sf_cell){.name = name, .value = v, .quoted = true};
        if (str_eq(v, S("#N/A")))
            cell->value = STR_NONE;
        ptrdiff_t dot = str_find_char(name, '.');
        if (dot > 0) {
            cell->name = str_slice(name, 0, (size_t)dot);
            cell->foreign = str_slice(name, (size_t)dot + 1, name.n);
        }
    }
    return true;
}

static bool work_row(struct sf_call *c, struct sf_job *j, struct sf_save *save, size_t i,
                     struct row_done *out, struct sf_problem *p)
{
    const struct csv_row *head = &j->in->csv.row[0], *row = &j->in->csv.row[i + 1];
    struct world_record *r = NULL;
    struct sf_input in;
    struct str id, value;
    bool ok, created = false;
    bool by_id = j->key.n && str_eq_nocase(j->key, S("Id"));
    if (sandbox_fault(c->s, "lock_row", "salesforce", c->q->path)) {
        *p = (struct sf_problem){"UNABLE_TO_LOCK_ROW",
                                 S("unable to obtain exclusive access to this record"), STR_NONE,
                                 STR_NONE};
        return false;
    }
    if (!input_of(c, head, row, by_id ? STR_NONE : j->key, &in, &id, &value, p))
        return false;
    if (strcmp(j->operation, "insert") == 0 || (by_id && !id.n)) {
        ok = sf_insert(save, j->object, &in, &r, p);
        created = true;
    } else if (strcmp(j->operation, "upsert") == 0 && !by_id) {
        if (!value.n) {
            *p = (struct sf_problem){"MISSING_ARGUMENT",
                                     str_fmt(c->a, "%.*s not specified", STR_ARG(j->key)), STR_NONE,
                                     STR_NONE};
            return false;
        }
        ok = sf_upsert_one(save, j->object, sf_field_named(j->object, j->key), value, &in, false,
                           &created, &r, p);
    } else if (strcmp(j->operation, "delete") == 0 || strcmp(j->operation, "hardDelete") == 0) {
        r = world_find(c->o->world, j->object->type, id);
        ok = j->operation[0] == 'h' ? sf_hard_delete(save, j->object, id, p)
                                    : sf_delete(save, j->object, id, p);
    } else {
        r = sf_target(save, j->object, id, p);
        if (r)
            sf_intrude(c, j->object, r);
        ok = r && sf_update(save, j->object, r, &in, p);
    }
    out->created = created;
    if (ok)
        out->number = r->number;
    return ok;
}

static void work(struct sf_call *c, struct sf_job *j)
{
    struct sf_input_rows *in = j->in;
    struct arena row, *whole = c->a;
    struct sf_save save = sf_saving(c);
    size_t rows = in->csv.count - 1, n = 0;
    arena_init(&row, 64 * MIB);
    c->a = save.a = &row;
    for (; in->next < rows && n < ROWS_A_POLL && !in->failing; n++, in->next++) {
        struct row_done *d = &in->done[in->next];
        struct sf_problem p = {0};
        arena_reset(&row);
        if (in->next % 1000 == 999 &&
            sandbox_fault(c->s, "bulk_failed", "salesforce", c->q->path)) {
            in->failing = true;
            break;
        }
        d->tried = true;
        d->ok = work_row(c, j, &save, in->next, d, &p);
        in->processed++;
        if (d->ok)
            continue;
        in->failed++;
        d->error = str_fmt(&j->a, "%s:%.*s:%.*s --", p.code, STR_ARG(p.message), STR_ARG(p.field));
    }
    c->a = whole;
    arena_release(&row);
    if (in->failing)
        fail(j, "InternalServerError : the job was stopped");
    else if (in->next == rows)
        j->state = JOB_DONE;
}

static void put_info(struct sf_call *c, const struct sf_job *j)
{
    sf_put_job(c, j, j->in ? j->in->processed : 0, j->in ? j->in->failed : 0);
}

static void poll_job(struct sf_call *c, struct sf_job *j)
{
    if (j->state == JOB_UPLOADED) {
        j->polls++;
        j->state = JOB_RUNNING;
        begin(c, j);
    } else if (j->state == JOB_RUNNING) {
        j->polls++;
        work(c, j);
    }
    put_info(c, j);
}

static void change(struct sf_call *c, struct sf_job *j)
{
    yyjson_val *root;
    if (!sf_body(c, &root))
        return;
    struct str state = json_get(root, "state");
    if (str_eq(state, S("Aborted")) && j->state < JOB_DONE) {
        j->state = JOB_ABORTED;
    } else if (str_eq(state, S("UploadComplete")) && j->state == JOB_OPEN && j->uploaded) {
        j->state = JOB_UPLOADED;
    } else {
        sf_error(c, 400, "INVALIDJOBSTATE",
                 str_fmt(c->a, "the job cannot go from %s to %.*s", sf_job_state_name(j->state),
                         STR_ARG(state)),
                 STR_NONE);
        return;
    }
    put_info(c, j);
}

/* ---- what came of it
 * --------------------------------------------------------------------------------- */

enum list { SUCCESSFUL, FAILED, UNPROCESSED };

static void put_cell(struct buf *b, struct str s)
{
    buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, s.p[i]);
    }
    buf_char(b, '"');
}

static void put_row(struct sf_call *c, const struct sf_job *j, enum list which, size_t i)
{
    const struct row_done *d = &j->in->done[i];
    const struct csv_row *row = &j->in->csv.row[i + 1];
    char id[32];
    if (which == SUCCESSFUL) {
        put_cell(c->b, world_id(c->o->world, j->object->type, d->number, id));
        buf_str(c->b, d->created ? S(",\"true\",") : S(",\"false\","));
    } else if (which == FAILED) {
        buf_str(c->b, S("\"\","));
        put_cell(c->b, d->error);
        buf_char(c->b, ',');
    }
    for (size_t k = 0; k < row->cells; k++) {
        if (k)
            buf_char(c->b, ',');
        put_cell(c->b, row->cell[k]);
    }
    buf_char(c->b, '\n');
}

/* Not in the order of the input: whoever correlates by position shall notice. */
static void put_list(struct sf_call *c, const struct sf_job *j, enum list which)
{
    size_t rows = j->in && j->in->csv.count ? j->in->csv.count - 1 : 0;
    c->r->content_type = "text/csv; charset=UTF-8";
    if (which == SUCCESSFUL)
        buf_str(c->b, S("\"sf__Id\",\"sf__Created\","));
    else if (which == FAILED)
        buf_str(c->b, S("\"sf__Id\",\"sf__Error\","));
    if (j->in && j->in->csv.count)
        for (size_t k = 0; k < j->in->csv.row[0].cells; k++) {
            if (k)
                buf_char(c->b, ',');
            put_cell(c->b, j->in->csv.row[0].cell[k]);
        }
    buf_char(c->b, '\n');
    for (size_t n = 0; n < rows; n++) {
        size_t i = rows - 1 - n;
        const struct row_done *d = &j->in->done[i];
        enum list is_in = !d->tried ? UNPROCESSED : d->ok ? SUCCESSFUL : FAILED;
        if (is_in == which)
            put_row(c, j, which, i);
    }
}

void sf_jobs_ingest(struct sf_call *c, struct str rest)
{
    struct str id, part;
    if (!sf_segment(c, &rest, &id)) {
        is(c, "POST") ? create(c) : is(c, "GET") ? sf_job_list(c, false) : sf_method(c);
        return;
    }
    struct sf_job *j = sf_job_named(c, id, false);
    if (!j)
        return;
    if (sf_segment(c, &rest, &part)) {
        if (str_eq(part, S("batches")) && is(c, "PUT"))
            upload(c, j);
        else if (str_eq(part, S("successfulResults")))
            put_list(c, j, SUCCESSFUL);
        else if (str_eq(part, S("failedResults")))
            put_list(c, j, FAILED);
        else if (str_eq(part, S("unprocessedrecords")))
            put_list(c, j, UNPROCESSED);
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
