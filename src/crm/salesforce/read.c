/* Reading accounts: pages by keyset, bulk queries for many, by id, by key. */
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/csv.h"
#include "text/hash.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/url.h"

#define OVERLAP_MS    (10 * MS_MINUTE) /* SF 13 */
#define WINDOW_MAX_MS (29 * MS_DAY)    /* SF 6: getUpdated looks at most 30 days back */
#define TEXT_BYTES    (64 * KIB)       /* of a bulk answer read at a time */

/* ---- one record ------------------------------------------------------------------------------ */

static bool cell(const struct sf_cells *c, struct str name, size_t *hint, struct str *out)
{
    if (c->obj) {
        yyjson_val *v = yyjson_obj_getn(c->obj, name.p, name.n);
        if (!v)
            return false;
        *out = yyjson_is_bool(v) ? (yyjson_get_bool(v) ? S("true") : S("false")) : json_str(v);
        return true;
    }
    for (size_t k = 0; k < c->columns; k++) {
        size_t i = (*hint + k) % c->columns; /* columns come in the order they were asked for */
        if (!str_eq_nocase(c->column[i], name))
            continue;
        *hint = i + 1;
        *out = c->cell[i];
        return true;
    }
    return false;
}

static struct str text_of(const struct sf_cells *c, const char *name)
{
    size_t hint = 0;
    struct str out = STR_NONE;
    return cell(c, str_from(name), &hint, &out) ? out : STR_NONE;
}

static int64_t time_of(const struct sf_cells *c, const char *name)
{
    int64_t ms;
    return iso_parse_ms(text_of(c, name), &ms) ? ms : 0;
}

/* "<portal>:<company>" of our portal gives the company's id (design, ids of ours). */
static struct str partner_of(struct salesforce *sf, struct str key)
{
    struct str rest = key, portal;
    if (!key.n || !str_cut(&rest, ':', &portal) || !str_eq(portal, sf->portal))
        return STR_NONE;
    return rest;
}

void sf_record(struct salesforce *sf, struct arena *a, const struct sf_cells *c, int64_t asked_ms,
               struct record *out)
{
    const struct mappings *m = sf->m;
    *out = (struct record){.id = sfid18(a, text_of(c, "Id")), .asked_ms = asked_ms};
    out->created_ms = time_of(c, "CreatedDate");
    out->modified_ms = time_of(c, "SystemModstamp");
    out->edited_ms = time_of(c, "LastModifiedDate");
    out->name = text_of(c, "Name");
    out->person = str_eq(text_of(c, "IsPersonAccount"), S("true"));
    size_t hint = 0;
    struct str key = STR_NONE;
    if (sf->has_key && cell(c, sf->key, &hint, &key))
        out->key = partner_of(sf, key);
    struct domain d = domain_of(sf->domains, a, text_of(c, "Website"));
    out->host = d.host;
    out->keys = (struct match_keys){.host = d.host.n ? hash64(d.host) : 0,
                                    .site = d.registrable.n ? hash64(d.registrable) : 0,
                                    .no_key = d.free_mail || d.shared_host};
    out->value = ARENA_ARRAY(a, struct value, m ? m->count : 0);
    hint = 0;
    for (size_t i = 0; m && i < m->count; i++) {
        struct str text;
        if (cell(c, m->map[i].meta[SIDE_SF].name, &hint, &text))
            out->value[i] = value_canonical(a, m->map[i].meta[SIDE_SF].type, text);
    }
}

/* ---- walks ----------------------------------------------------------------------------------- */

struct crm_reader {
    struct salesforce *sf;
    enum crm_read what;
    struct arena keep;
    struct str where;  /* the window, or "" */
    struct str cursor; /* to be given at the end */
    bool counted, bulk, over;
    /* keyset pages */
    int64_t after_ms;
    struct buf after_id;
    /* bulk */
    struct str job, locator;
    struct http_stream *stream;
    struct csv *csv;
    struct csv_rows rows; /* parsed, not yet given */
    size_t given;
    struct arena row_arena;
    struct str *column;
    size_t columns;
    bool last_part, header;
    uint64_t got, promised;
    int64_t asked_ms;
};

static struct str minutes(struct arena *a, int64_t ms)
{
    return iso_seconds(a, ms / MS_MINUTE * MS_MINUTE);
}

/* SF 13: U is Salesforce's own low-water mark; rows from the watermark less the overlap to U. */
static bool open_window(struct crm_reader *r, struct str cursor, int64_t since_ms, struct err *e)
{
    struct salesforce *sf = r->sf;
    struct arena *a = &r->keep;
    yyjson_val *root;
    int64_t mark, now = http_now_ms(sf->crm.http), covered;
    if (!cursor.n || !str_to_i64(cursor, &mark))
        mark = since_ms;
    int64_t from = MAX(mark - OVERLAP_MS, now - WINDOW_MAX_MS);
    int64_t to = MAX(now, from + 2 * MS_MINUTE) + MS_MINUTE;
    struct str path =
        str_fmt(a, "%.*s/sobjects/Account/updated/?start=%.*s&end=%.*s", STR_ARG(sf->data),
                STR_ARG(url_encoded(a, minutes(a, from))), STR_ARG(url_encoded(a, minutes(a, to))));
    if (!sf_get_json(sf, a, path, &root, e))
        return err_wrap(e, "asking what was updated");
    if (!iso_parse_ms(json_get(root, "latestDateCovered"), &covered))
        return err_set(e, ERR_INTERNAL, "no_low_water", "salesforce gave no latestDateCovered");
    /* The mark never goes back, nor past the present. */
    int64_t next = MAX(mark, MIN(covered, now));
    r->where = str_fmt(a, "SystemModstamp >= %.*s AND SystemModstamp < %.*s",
                       STR_ARG(iso_seconds(a, from)),
                       STR_ARG(iso_seconds(a, MAX(covered, now) + MS_MINUTE)));
    r->cursor = str_fmt(a, "%lld", (long long)next);
    return true;
}

bool sf_read(struct crm *crm, enum crm_read what, struct str cursor, int64_t since_ms,
             struct crm_reader **out, struct err *e)
{
    struct crm_reader *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    r->sf = sf_of(crm);
    r->what = what;
    arena_init(&r->keep, 8 * MIB);
    arena_init(&r->row_arena, 64 * MIB);
    buf_init(&r->after_id, 64);
    if (what == CRM_READ_CHANGED && !open_window(r, cursor, since_ms, e)) {
        sf_end(r);
        return false;
    }
    *out = r;
    return true;
}

void sf_end(struct crm_reader *r)
{
    if (!r)
        return;
    http_stream_close(r->stream);
    csv_close(r->csv);
    if (r->job.n) { /* politely; it would vanish by itself after seven days */
        struct err ignored;
        struct http_exchange x = {.req = {.method = HTTP_DELETE,
                                          .path = str_fmt(&r->keep, "%.*s/jobs/query/%.*s",
                                                          STR_ARG(r->sf->data), STR_ARG(r->job)),
                                          .repeatable = true}};
        (void)!http_one(r->sf->crm.http, &r->keep, &x, &ignored);
    }
    buf_release(&r->after_id);
    arena_release(&r->row_arena);
    arena_release(&r->keep);
    free(r);
}

static void take(struct crm_reader *r, struct arena *a, yyjson_val *records, int64_t asked_ms,
                 struct crm_page *out)
{
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(records, &it);
    while ((obj = yyjson_arr_iter_next(&it)) && out->count < CHUNK_RECORDS) {
        struct sf_cells c = {.obj = obj};
        sf_record(r->sf, a, &c, asked_ms, &out->record[out->count++]);
    }
}

/* Keyset instead of a locator: a renewed session in mid-walk costs nothing (SF T6). */
static struct str page_soql(struct crm_reader *r, struct arena *a)
{
    struct salesforce *sf = r->sf;
    struct str id = buf_view(&r->after_id);
    bool changed = r->what == CRM_READ_CHANGED;
    struct str key = S("");
    if (id.n && changed)
        key = str_fmt(a, "((SystemModstamp = %.*s AND Id > %.*s) OR SystemModstamp > %.*s)",
                      STR_ARG(iso_ms(a, r->after_ms)), STR_ARG(sf_literal(a, id)),
                      STR_ARG(iso_ms(a, r->after_ms)));
    else if (id.n)
        key = str_fmt(a, "Id > %.*s", STR_ARG(sf_literal(a, id)));
    return str_fmt(a, "SELECT %.*s FROM Account%s%.*s%s%.*s ORDER BY %s LIMIT %d",
                   STR_ARG(sf->fields), r->where.n || key.n ? " WHERE " : "", STR_ARG(r->where),
                   r->where.n && key.n ? " AND " : "", STR_ARG(key),
                   changed ? "SystemModstamp ASC, Id ASC" : "Id ASC", SF_QUERY_PAGE_RECORDS);
}

static bool next_page(struct crm_reader *r, struct arena *a, struct crm_page *out, struct err *e)
{
    yyjson_val *root;
    int64_t asked, total;
    if (!sf_query(r->sf, a, page_soql(r, a), false, &root, &asked, e))
        return false;
    take(r, a, yyjson_obj_get(root, "records"), asked, out);
    total = json_i64(yyjson_obj_get(root, "totalSize"), -1);
    if (total < 0 || (out->count == 0 && total > 0))
        return err_set(e, ERR_INTERNAL, "cut_page", "salesforce's page is cut short"); /* T19 */
    if (out->count > 0) {
        const struct record *last = &out->record[out->count - 1];
        buf_clear(&r->after_id);
        buf_str(&r->after_id, last->id);
        r->after_ms = last->modified_ms;
    }
    r->over = (size_t)total == out->count && out->count < SF_QUERY_PAGE_RECORDS;
    return true;
}

/* ---- bulk (SF 10.2) -------------------------------------------------------------------------- */

static bool start_job(struct crm_reader *r, struct err *e)
{
    struct salesforce *sf = r->sf;
    struct arena *a = &r->keep;
    yyjson_val *root;
    struct str soql = str_fmt(a, "SELECT %.*s FROM Account%s%.*s", STR_ARG(sf->fields),
                              r->where.n ? " WHERE " : "", STR_ARG(r->where));
    yyjson_mut_doc *d = json_new(a);
    yyjson_mut_val *o = yyjson_mut_obj(d);
    yyjson_mut_doc_set_root(d, o);
    json_put(d, o, "operation", S("query"));
    json_put(d, o, "query", soql);
    json_put(d, o, "columnDelimiter", S("COMMA"));
    json_put(d, o, "lineEnding", S("LF"));
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = str_fmt(a, "%.*s/jobs/query", STR_ARG(sf->data)),
                                      .body = json_print(a, d),
                                      .repeatable = true}};
    if (!sf_call(sf, a, &x, &root, e))
        return err_wrap(e, "starting a bulk query");
    r->asked_ms = x.res.asked_ms; /* the rows are at least that fresh */
    r->job = str_dup(a, json_get(root, "id"));
    return r->job.n || err_set(e, ERR_INTERNAL, "no_job", "salesforce started no bulk job");
}

static bool await_job(struct crm_reader *r, struct err *e)
{
    struct salesforce *sf = r->sf;
    struct arena a;
    bool ok = true;
    arena_init(&a, 16 * MIB);
    for (int64_t wait_ms = 20; ok; wait_ms = MIN(wait_ms * 2, 5000)) {
        yyjson_val *root;
        arena_reset(&a);
        struct str path = str_fmt(&a, "%.*s/jobs/query/%.*s", STR_ARG(sf->data), STR_ARG(r->job));
        ok = sf_get_json(sf, &a, path, &root, e);
        if (!ok)
            break;
        struct str state = json_get(root, "state");
        if (str_eq(state, S("JobComplete"))) {
            r->promised = (uint64_t)json_i64(yyjson_obj_get(root, "numberRecordsProcessed"), 0);
            break;
        }
        if (str_eq(state, S("Failed")) || str_eq(state, S("Aborted"))) {
            struct str why = json_get(root, "errorMessage");
            ok = err_set(e, ERR_RETRY, "bulk_failed", "salesforce's bulk query ended as %.*s: %.*s",
                         STR_ARG(state), STR_ARG(str_slice(why.n ? why : S("no reason"), 0, 200)));
            break;
        }
        sf->clock->sleep_us(sf->clock, wait_ms * 1000);
    }
    arena_release(&a);
    return ok;
}

static bool open_part(struct crm_reader *r, struct err *e)
{
    struct salesforce *sf = r->sf;
    struct str path =
        str_fmt(&r->keep, "%.*s/jobs/query/%.*s/results?maxRecords=%d%s%.*s", STR_ARG(sf->data),
                STR_ARG(r->job), SF_BULK_PAGE_RECORDS, r->locator.n ? "&locator=" : "",
                STR_ARG(url_encoded(&r->keep, r->locator)));
    struct http_exchange x = {
        .req = {.path = path, .timeout_ms = SF_LONG_MS, .body_max = SIZE_MAX, .repeatable = true}};
    if (!http_stream_open(sf->crm.http, &r->keep, &x, &r->stream, e))
        return err_wrap(e, "reading bulk results");
    if (x.res.status != 200) {
        char bytes[4096];
        size_t n = 0;
        yyjson_val *root = NULL;
        struct err ignored;
        if (http_stream_read(r->stream, bytes, sizeof(bytes), &n, &ignored) &&
            !json_parse(&r->keep, (struct str){bytes, n}, &root, &ignored))
            root = NULL;
        sf_error(x.res.status, root, e);
        return err_wrap(e, "reading bulk results");
    }
    struct str next = http_header_get(&x.res, "Sforce-Locator");
    r->last_part = !next.n || str_eq(next, S("null"));
    r->locator = str_dup(&r->keep, next);
    csv_close(r->csv);
    r->csv = csv_open(',');
    r->header = true;
    return true;
}

static void keep_header(struct crm_reader *r, const struct csv_row *row)
{
    r->columns = row->cells;
    r->column = ARENA_ARRAY(&r->keep, struct str, row->cells);
    for (size_t i = 0; i < row->cells; i++)
        r->column[i] = str_dup(&r->keep, row->cell[i]);
    r->header = false;
}

/* More rows into r->rows; false with *done at the end of everything. */
static bool more_rows(struct crm_reader *r, bool *done, struct err *e)
{
    char bytes[TEXT_BYTES];
    size_t n;
    *done = false;
    arena_reset(&r->row_arena);
    r->rows = (struct csv_rows){0};
    r->given = 0;
    if (!r->stream && !open_part(r, e))
        return false;
    if (!http_stream_read(r->stream, bytes, sizeof(bytes), &n, e))
        return err_wrap(e, "reading bulk results");
    if (n > 0)
        return csv_feed(r->csv, &r->row_arena, (struct str){bytes, n}, &r->rows, e);
    if (!csv_finish(r->csv, &r->row_arena, &r->rows, e))
        return false;
    http_stream_close(r->stream);
    r->stream = NULL;
    *done = r->last_part;
    return true;
}

static bool next_bulk(struct crm_reader *r, struct arena *a, struct crm_page *out, struct err *e)
{
    bool done = false;
    if (!r->job.n && !(start_job(r, e) && await_job(r, e)))
        return false;
    while (out->count < CHUNK_RECORDS && !done) {
        if (r->given == r->rows.count && !more_rows(r, &done, e))
            return false;
        for (; r->given < r->rows.count && out->count < CHUNK_RECORDS; r->given++) {
            const struct csv_row *row = &r->rows.row[r->given];
            if (r->header) { /* every part repeats it */
                keep_header(r, row);
                continue;
            }
            if (row->cells != r->columns)
                return err_set(e, ERR_INTERNAL, "bulk_row", "bulk row %llu has %zu cells, not %zu",
                               (unsigned long long)row->number, row->cells, r->columns);
            struct str *copy = ARENA_ARRAY(a, struct str, row->cells);
            for (size_t i = 0; i < row->cells; i++)
                copy[i] = str_dup(a, row->cell[i]);
            struct sf_cells c = {.column = r->column, .cell = copy, .columns = r->columns};
            sf_record(r->sf, a, &c, r->asked_ms, &out->record[out->count++]);
            r->got++;
        }
        done = done && r->given == r->rows.count;
    }
    r->over = done;
    if (done && r->promised && r->got != r->promised) /* T16 */
        return err_set(e, ERR_RETRY, "bulk_short",
                       "bulk results have %llu rows, %llu were promised",
                       (unsigned long long)r->got, (unsigned long long)r->promised);
    return true;
}

/* How many there are decides the way (S16.3); a count is one call. */
static bool choose_way(struct crm_reader *r, struct arena *a, struct err *e)
{
    yyjson_val *root;
    int64_t asked;
    struct str soql = str_fmt(a, "SELECT COUNT() FROM Account%s%.*s", r->where.n ? " WHERE " : "",
                              STR_ARG(r->where));
    if (!sf_query(r->sf, a, soql, false, &root, &asked, e))
        return false;
    r->bulk = json_i64(yyjson_obj_get(root, "totalSize"), 0) > SF_BULK_FROM_RECORDS;
    r->counted = true;
    return true;
}

/* SF 6: tombstones with where they went. */
static bool next_archived(struct crm_reader *r, struct arena *a, struct crm_page *out,
                          struct err *e)
{
    yyjson_val *root, *obj;
    yyjson_arr_iter it;
    int64_t asked;
    struct str id = buf_view(&r->after_id);
    struct str soql = str_fmt(
        a,
        "SELECT Id, MasterRecordId, SystemModstamp FROM Account WHERE IsDeleted = true%s%.*s"
        " ORDER BY Id ASC LIMIT %d",
        id.n ? " AND Id > " : "", STR_ARG(id.n ? sf_literal(a, id) : S("")), SF_QUERY_PAGE_RECORDS);
    if (!sf_query(r->sf, a, soql, true, &root, &asked, e))
        return false;
    yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
    while ((obj = yyjson_arr_iter_next(&it)) && out->count < CHUNK_RECORDS) {
        struct str master = sfid18(a, json_get(obj, "MasterRecordId"));
        out->record[out->count++] =
            (struct record){.id = sfid18(a, json_get(obj, "Id")),
                            .asked_ms = asked,
                            .state = master.n ? RECORD_MERGED : RECORD_DELETED,
                            .survivor = master};
    }
    r->over = out->count == 0;
    if (out->count) {
        buf_clear(&r->after_id);
        buf_str(&r->after_id, out->record[out->count - 1].id);
    }
    return true;
}

bool sf_next(struct crm_reader *r, struct arena *a, struct crm_page *out, struct str *cursor,
             struct err *e)
{
    *out = (struct crm_page){.record = ARENA_ARRAY(a, struct record, CHUNK_RECORDS)};
    bool ok = true;
    if (r->what == CRM_READ_ARCHIVED)
        ok = next_archived(r, a, out, e);
    else if (r->counted || r->what == CRM_READ_CHANGED || choose_way(r, a, e))
        ok = r->bulk ? next_bulk(r, a, out, e) : next_page(r, a, out, e);
    else
        ok = false;
    out->last = r->over;
    if (r->over)
        *cursor = r->cursor;
    return ok;
}

/* ---- by id, by key --------------------------------------------------------------------------- */

/* What became of ids that are not visible: a tombstone, merged, or hidden (S9.4, S9.5). */
static bool look_for_tombstones(struct salesforce *sf, struct arena *a, struct record *out,
                                size_t n, struct err *e)
{
    enum { AT_ONCE = 200 };
    for (size_t at = 0; at < n;) {
        struct buf list;
        size_t used = 0;
        buf_init(&list, 64 * KIB);
        for (; at < n && used < AT_ONCE; at++)
            if (out[at].state == RECORD_HIDDEN && out[at].id.n) {
                buf_fmt(&list, "%s%.*s", used ? "," : "", STR_ARG(sf_literal(a, out[at].id)));
                used++;
            }
        struct str soql =
            str_fmt(a, "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE Id IN (%.*s)",
                    STR_ARG(buf_view(&list)));
        buf_release(&list);
        yyjson_val *root, *obj;
        yyjson_arr_iter it;
        int64_t asked;
        if (used == 0)
            return true;
        if (!sf_query(sf, a, soql, true, &root, &asked, e))
            return false;
        yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
        while ((obj = yyjson_arr_iter_next(&it))) {
            struct str id = sfid18(a, json_get(obj, "Id"));
            struct str master = sfid18(a, json_get(obj, "MasterRecordId"));
            if (!json_bool(yyjson_obj_get(obj, "IsDeleted"), false))
                continue;
            for (size_t i = 0; i < n; i++)
                if (out[i].state == RECORD_HIDDEN && str_eq(out[i].id, id)) {
                    out[i].state = master.n ? RECORD_MERGED : RECORD_DELETED;
                    out[i].survivor = master;
                }
        }
    }
    return true;
}

static struct str fields_json(struct salesforce *sf, struct arena *a)
{
    struct buf b;
    buf_init(&b, MIB);
    for (size_t i = 0; i < sf->field_count; i++) {
        if (i)
            buf_char(&b, ',');
        json_quote(&b, sf->field[i]);
    }
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

bool sf_get(struct crm *crm, struct arena *a, const struct str *ids, size_t n, struct record *out,
            struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    bool missing = false;
    for (size_t at = 0; at < n; at += SF_COLLECTION_READ_IDS_MAX) {
        size_t count = MIN(n - at, (size_t)SF_COLLECTION_READ_IDS_MAX);
        struct buf b;
        buf_init(&b, MIB);
        buf_fmt(&b, "{\"fields\":[%.*s],\"ids\":[", STR_ARG(fields_json(sf, a)));
        for (size_t i = 0; i < count; i++) {
            if (i)
                buf_char(&b, ',');
            json_quote(&b, ids[at + i]);
        }
        buf_str(&b, S("]}"));
        struct http_exchange x = {
            .req = {.method = HTTP_POST,
                    .path = str_fmt(a, "%.*s/composite/sobjects/Account", STR_ARG(sf->data)),
                    .body = str_dup(a, buf_view(&b)),
                    .timeout_ms = SF_LONG_MS,
                    .repeatable = true}};
        buf_release(&b);
        yyjson_val *root, *obj;
        if (!sf_call(sf, a, &x, &root, e))
            return false;
        if (yyjson_arr_size(root) != count)
            return err_set(e, ERR_INTERNAL, "cut_answer", "salesforce answered %zu of %zu records",
                           yyjson_arr_size(root), count);
        for (size_t i = 0; i < count; i++) {
            obj = yyjson_arr_get(root, i);
            struct sf_cells c = {.obj = obj};
            out[at + i] = (struct record){
                .id = ids[at + i], .state = RECORD_HIDDEN, .asked_ms = x.res.asked_ms};
            if (yyjson_is_obj(obj))
                sf_record(sf, a, &c, x.res.asked_ms, &out[at + i]);
            else
                missing = true;
        }
    }
    return !missing || look_for_tombstones(sf, a, out, n, e);
}

bool sf_get_by_key(struct crm *crm, struct arena *a, const struct str *keys, size_t n,
                   struct record *out, struct err *e)
{
    enum { AT_ONCE = 200 };
    struct salesforce *sf = sf_of(crm);
    int64_t now = http_now_ms(crm->http);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct record){.state = RECORD_HIDDEN, .asked_ms = now};
    for (size_t at = 0; at < n && sf->has_key; at += AT_ONCE) {
        struct buf list;
        yyjson_val *root, *obj;
        yyjson_arr_iter it;
        int64_t asked;
        size_t count = MIN(n - at, (size_t)AT_ONCE);
        buf_init(&list, 64 * KIB);
        for (size_t i = 0; i < count; i++)
            buf_fmt(&list, "%s%.*s", i ? "," : "",
                    STR_ARG(sf_literal(
                        a, str_fmt(a, "%.*s:%.*s", STR_ARG(sf->portal), STR_ARG(keys[at + i])))));
        struct str soql = str_fmt(a, "SELECT %.*s FROM Account WHERE %.*s IN (%.*s)",
                                  STR_ARG(sf->fields), STR_ARG(sf->key), STR_ARG(buf_view(&list)));
        buf_release(&list);
        if (!sf_query(sf, a, soql, false, &root, &asked, e))
            return false;
        yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
        while ((obj = yyjson_arr_iter_next(&it))) {
            struct record rec;
            struct sf_cells c = {.obj = obj};
            sf_record(sf, a, &c, asked, &rec);
            for (size_t i = 0; i < count; i++)
                if (str_eq(rec.key, keys[at + i]))
                    out[at + i] = rec;
        }
    }
    return true;
}
