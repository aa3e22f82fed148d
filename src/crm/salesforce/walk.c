/* walk: the readings of many accounts. All of them, those changed since a mark, those deleted
 * since.
 *
 * REST pages go by keyset instead of a locator: a session that is renewed in mid-walk costs nothing
 * (SF T6). Above 2,000 records a bulk query takes over (S16.3). */
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "crm/salesforce/sf_p.h"
#include "text/hash.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/url.h"

#define UPDATED_MAX_MS  (29 * MS_DAY)   /* SF 6: getUpdated looks at most 30 days back, */
#define DELETED_MAX_MS  (14 * MS_DAY)   /* getDeleted 15 */
#define NO_LOW_WATER_MS (2 * MS_MINUTE) /* SF 13: where getUpdated cannot say */
#define LOG_BYTES_MAX   (24 * MIB)      /* 600,000 ids */

enum way { WAY_UNDECIDED, WAY_PAGES, WAY_BULK, WAY_LOG };

struct crm_reader {
    struct salesforce *sf;
    enum crm_read what;
    enum way way;
    struct arena keep;
    struct str where;  /* the window, or "" */
    struct str cursor; /* to be given at the end */
    bool over;
    int64_t after_ms; /* keyset */
    struct buf after_id;
    struct arena page; /* the answer whose rows are handed out, a chunk at a time */
    yyjson_arr_iter row;
    size_t rows;    /* of it that are left */
    bool last_page; /* nothing comes behind them */
    int64_t page_asked_ms;
    struct sf_bulk *bulk;
    /* archived: what getDeleted knows, and the ids, by hash, that were shown already */
    struct str *logged;
    size_t logs, log_at;
    struct table seen;
    int64_t asked_ms;
};

/* ---- windows --------------------------------------------------------------------------------- */

struct window {
    int64_t from, to; /* of the rows: from <= SystemModstamp < to */
    int64_t covered;  /* Salesforce's own low-water mark (SF 6) */
    size_t changes;   /* how many ids the log gave; SIZE_MAX = more than it tells */
};

/* SF 6: whole minutes, and more than one of them; never into the future. */
static void log_span(int64_t now, int64_t from, int64_t back, int64_t *start, int64_t *end)
{
    *end = now / MS_MINUTE * MS_MINUTE;
    *start = MAX(from, now - back) / MS_MINUTE * MS_MINUTE;
    *start = MIN(*start, *end - 2 * MS_MINUTE);
}

static bool ask_log(struct crm_reader *r, struct arena *a, const char *which, int64_t start,
                    int64_t end, yyjson_val **root, struct err *e)
{
    struct salesforce *sf = r->sf;
    struct http_exchange x = {
        .req = {.path =
                    str_fmt(a, "%.*s/sobjects/Account/%s/?start=%.*s&end=%.*s", STR_ARG(sf->data),
                            which, STR_ARG(url_encoded(a, iso_seconds(a, start))),
                            STR_ARG(url_encoded(a, iso_seconds(a, end)))),
                .timeout_ms = SF_LONG_MS,
                .body_max = LOG_BYTES_MAX,
                .repeatable = true}};
    if (!sf_call(sf, a, &x, root, e))
        return false;
    r->asked_ms = x.res.asked_ms;
    return true;
}

static bool too_much(const struct err *e)
{
    return strcmp(e->code, "EXCEEDED_ID_LIMIT") == 0 || strcmp(e->code, "answer_too_large") == 0;
}

/* Too many ids: a narrower span still tells the low-water mark. Not even that: SF 13's guess. */
static bool low_water(struct crm_reader *r, struct window *w, struct err *e)
{
    int64_t start, end, now = http_now_ms(r->sf->crm.http);
    struct arena a;
    yyjson_val *root;
    bool ok = false;
    log_span(now, w->from, UPDATED_MAX_MS, &start, &end);
    arena_init(&a, 256 * MIB);
    for (bool narrow = false; !ok; narrow = true) {
        arena_reset(&a);
        ok = ask_log(r, &a, "updated", start, end, &root, e);
        if (!ok && (!too_much(e) || narrow))
            break;
        if (!ok) {
            start = MAX(start, end - 2 * MS_MINUTE);
            w->changes = SIZE_MAX;
            continue;
        }
        if (!iso_parse_ms(json_get(root, "latestDateCovered"), &w->covered))
            ok = err_set(e, ERR_INTERNAL, "no_low_water", "salesforce gave no latestDateCovered");
        else if (w->changes != SIZE_MAX)
            w->changes = yyjson_arr_size(yyjson_obj_get(root, "ids"));
        break;
    }
    arena_release(&a);
    if (!ok && too_much(e)) {
        w->covered = now - NO_LOW_WATER_MS;
        ok = true;
    }
    w->covered = MIN(w->covered, now);
    return ok;
}

static void keep_window(struct crm_reader *r, const struct window *w, bool first, int64_t mark)
{
    struct arena *a = &r->keep;
    /* The mark is Salesforce's own, never a row's and never ours (SF 13). It does not go back,
     * unless it was only a guess: the moment the first walk begins with. */
    int64_t next = first ? w->covered : MAX(mark, w->covered);
    r->where = str_fmt(a, "SystemModstamp >= %.*s AND SystemModstamp < %.*s",
                       STR_ARG(iso_seconds(a, w->from)), STR_ARG(iso_seconds(a, w->to)));
    r->cursor = str_fmt(a, "%lld", (long long)next);
}

static bool open_changed(struct crm_reader *r, struct str cursor, int64_t since_ms, struct err *e)
{
    int64_t mark, now = http_now_ms(r->sf->crm.http);
    bool first = !cursor.n || !str_to_i64(cursor, &mark);
    if (first)
        mark = since_ms;
    struct window w = {.from = mark - r->sf->overlap_ms};
    if (!low_water(r, &w, e))
        return err_wrap(e, "asking what was updated");
    /* Rows younger than the low-water mark are taken too, and once more next time. */
    w.to = MAX(w.covered, now) + MS_MINUTE;
    keep_window(r, &w, first, mark);
    r->way = w.changes > SF_BULK_FROM_RECORDS || r->sf->wide ? WAY_BULK : WAY_PAGES;
    return true;
}

/* SF 6: tombstones in the bin, and beside them the log, which also knows what was purged since. */
static bool open_archived(struct crm_reader *r, struct str cursor, struct err *e)
{
    int64_t mark = 0, start, end, earliest, now = http_now_ms(r->sf->crm.http);
    bool first = !cursor.n || !str_to_i64(cursor, &mark), ok = true;
    struct window w = {.from = first ? 0 : mark - r->sf->overlap_ms, .to = now + MS_MINUTE};
    struct arena a;
    yyjson_val *root, *item;
    yyjson_arr_iter it;
    log_span(now, w.from, DELETED_MAX_MS, &start, &end);
    w.covered = now - NO_LOW_WATER_MS;
    arena_init(&a, 256 * MIB);
    if (!ask_log(r, &a, "deleted", start, end, &root, e)) {
        ok = too_much(e);
        root = NULL;
    }
    if (ok && iso_parse_ms(json_get(root, "latestDateCovered"), &earliest))
        w.covered = MIN(earliest, now);
    bool trimmed = !root || (iso_parse_ms(json_get(root, "earliestDateAvailable"), &earliest) &&
                             earliest > w.from + r->sf->overlap_ms);
    if (ok && !first && trimmed)
        log_warn(r->sf->log,
                 "salesforce's log of deletions does not reach back to our mark: what was"
                 " purged in between shows at the next walk by id");
    yyjson_val *list = yyjson_obj_get(root, "deletedRecords");
    r->logged = ARENA_ARRAY(&r->keep, struct str, yyjson_arr_size(list));
    yyjson_arr_iter_init(list, &it);
    while (ok && (item = yyjson_arr_iter_next(&it))) {
        struct str id = sfid18(&a, json_get(item, "id"));
        if (id.n)
            r->logged[r->logs++] = str_dup(&r->keep, id);
    }
    arena_release(&a);
    if (!ok)
        return err_wrap(e, "asking what was deleted");
    keep_window(r, &w, first, mark);
    if (first)
        r->where = S("");
    r->way = WAY_PAGES;
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
    arena_init(&r->keep, 64 * MIB);
    arena_init(&r->page, 192 * MIB);
    buf_init(&r->after_id, 64);
    if (what == CRM_READ_ROUND) {
        r->way = r->sf->wide ? WAY_BULK : WAY_PAGES;
        buf_str(&r->after_id, cursor);
    }
    bool ok = what == CRM_READ_CHANGED    ? open_changed(r, cursor, since_ms, e)
              : what == CRM_READ_ARCHIVED ? open_archived(r, cursor, e)
                                          : true;
    if (!ok) {
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
    sf_bulk_close(r->bulk);
    table_release(&r->seen);
    buf_release(&r->after_id);
    arena_release(&r->page);
    arena_release(&r->keep);
    free(r);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static struct str page_soql(struct crm_reader *r, struct arena *a, struct str fields)
{
    struct str id = buf_view(&r->after_id), where = r->where, key = S("");
    bool by_stamp = r->what != CRM_READ_ALL && where.n;
    if (id.n && by_stamp) /* SF 5.2 */
        key = str_fmt(a, "((SystemModstamp = %.*s AND Id > %.*s) OR SystemModstamp > %.*s)",
                      STR_ARG(iso_ms(a, r->after_ms)), STR_ARG(sf_literal(a, id)),
                      STR_ARG(iso_ms(a, r->after_ms)));
    else if (id.n)
        key = str_fmt(a, "Id > %.*s", STR_ARG(sf_literal(a, id)));
    if (r->what == CRM_READ_ARCHIVED)
        where = where.n ? str_fmt(a, "IsDeleted = true AND %.*s", STR_ARG(where))
                        : S("IsDeleted = true");
    return str_fmt(a, "SELECT %.*s FROM Account%s%.*s%s%.*s ORDER BY %s LIMIT %d", STR_ARG(fields),
                   where.n || key.n ? " WHERE " : "", STR_ARG(where),
                   where.n && key.n ? " AND " : "", STR_ARG(key),
                   by_stamp ? "SystemModstamp ASC, Id ASC" : "Id ASC", SF_QUERY_PAGE_RECORDS);
}

/* Asks for the next page once all rows of the last are handed out. One that is all that is left
 * ends the walk; one that is cut short is an error (T19). */
static bool have_rows(struct crm_reader *r, struct str fields, bool deleted, struct err *e)
{
    yyjson_val *root, *list;
    if (r->rows > 0)
        return true;
    arena_reset(&r->page);
    if (!sf_query(r->sf, &r->page, page_soql(r, &r->page, fields), deleted, &root,
                  &r->page_asked_ms, e))
        return false;
    list = yyjson_obj_get(root, "records");
    int64_t total = json_i64(yyjson_obj_get(root, "totalSize"), -1);
    yyjson_arr_iter_init(list, &r->row);
    r->rows = yyjson_arr_size(list);
    if (total < (int64_t)r->rows || (r->rows == 0 && total > 0))
        return err_set(e, ERR_INTERNAL, "cut_page", "salesforce's page is cut short");
    r->last_page = (size_t)total == r->rows && r->rows < SF_QUERY_PAGE_RECORDS;
    return true;
}

static yyjson_val *next_row(struct crm_reader *r, const struct crm_page *out)
{
    if (r->rows == 0 || out->count == CHUNK_RECORDS)
        return NULL;
    r->rows--;
    return yyjson_arr_iter_next(&r->row);
}

/* The walk goes on behind the last row that was handed out. */
static bool go_on_behind(struct crm_reader *r, const struct crm_page *page, struct err *e)
{
    r->over = r->last_page && r->rows == 0;
    if (page->count == 0)
        return true;
    const struct record *last = &page->record[page->count - 1];
    if (!last->id.n || str_eq(last->id, buf_view(&r->after_id)))
        return err_set(e, ERR_INTERNAL, "same_page", "salesforce gives the same page again");
    buf_clear(&r->after_id);
    buf_str(&r->after_id, last->id);
    r->after_ms = last->modified_ms;
    return true;
}

static bool next_page(struct crm_reader *r, struct arena *a, struct crm_page *out, struct err *e)
{
    yyjson_val *obj;
    if (!have_rows(r, r->sf->fields, false, e))
        return false;
    while ((obj = next_row(r, out)))
        sf_record_json(r->sf, a, obj, r->page_asked_ms, &out->record[out->count++]);
    return go_on_behind(r, out, e);
}

bool sf_total(struct crm *crm, struct arena *a, uint64_t *n, struct err *e)
{
    yyjson_val *root;
    int64_t asked, total;
    if (!sf_query(sf_of(crm), a, S("SELECT COUNT() FROM Account"), false, &root, &asked, e))
        return false;
    total = json_i64(yyjson_obj_get(root, "totalSize"), -1);
    *n = (uint64_t)total;
    return total >= 0 || err_set(e, ERR_INTERNAL, "no_total", "salesforce's count is no number");
}

/* How many there are decides the way (S16.3); a count is one call. */
static bool choose_way(struct crm_reader *r, struct arena *a, struct err *e)
{
    uint64_t total;
    if (r->sf->wide) {
        r->way = WAY_BULK;
        return true;
    }
    if (!sf_total(&r->sf->crm, a, &total, e)) {
        if (strcmp(e->code, "QUERY_TIMEOUT") != 0)
            return false;
        r->way = WAY_BULK; /* more than it can count */
        return true;
    }
    r->way = total > SF_BULK_FROM_RECORDS ? WAY_BULK : WAY_PAGES;
    return true;
}

static bool next_bulk(struct crm_reader *r, struct arena *a, struct crm_page *out, struct err *e)
{
    if (!r->bulk) {
        struct str soql =
            str_fmt(&r->keep, "SELECT %.*s FROM Account%s%.*s", STR_ARG(r->sf->fields),
                    r->where.n ? " WHERE " : "", STR_ARG(r->where));
        if (!sf_bulk_open(r->sf, false, soql, r->sf->field, r->sf->field_count, &r->bulk, e))
            return false;
    }
    struct sf_cell cell[SF_FIXED_COUNT + 2 + FIELDS_MAX];
    while (out->count < CHUNK_RECORDS) {
        if (!sf_bulk_next(r->bulk, a, cell, &r->over, e))
            return false;
        if (r->over)
            break;
        sf_record(r->sf, a, cell, sf_bulk_asked_ms(r->bulk), &out->record[out->count++]);
    }
    return true;
}

/* ---- deletions ------------------------------------------------------------------------------- */

static bool next_tombstones(struct crm_reader *r, struct arena *a, struct crm_page *out,
                            struct err *e)
{
    struct salesforce *sf = r->sf;
    yyjson_val *obj;
    int64_t stamp;
    struct str fields =
        sf->has_key ? str_fmt(a, "Id, MasterRecordId, SystemModstamp, %.*s", STR_ARG(sf->key))
                    : S("Id, MasterRecordId, SystemModstamp");
    if (!have_rows(r, fields, true, e))
        return false;
    while ((obj = next_row(r, out))) {
        struct str id = sfid18(a, json_get(obj, "Id")), master;
        master = sfid18(a, json_get(obj, "MasterRecordId"));
        struct str key =
            sf->has_key ? json_str(yyjson_obj_getn(obj, sf->key.p, sf->key.n)) : STR_NONE;
        if (!iso_parse_ms(json_get(obj, "SystemModstamp"), &stamp))
            stamp = 0;
        out->record[out->count++] =
            (struct record){.id = id,
                            .asked_ms = r->page_asked_ms,
                            .modified_ms = stamp,
                            .key = sf_partner(sf, key),
                            .state = master.n ? RECORD_MERGED : RECORD_DELETED,
                            .survivor = master};
        if (r->logs > 0)
            table_put(&r->seen, hash64(id), 1);
    }
    if (!go_on_behind(r, out, e) || !sf_follow(sf, a, out->record, out->count, e))
        return false;
    if (r->over && r->logs) {
        r->over = false;
        r->way = WAY_LOG;
    }
    return true;
}

/* What the log names and the bin no longer has: gone for good, unless it is back or was merged. */
static bool next_logged(struct crm_reader *r, struct arena *a, struct crm_page *out, struct err *e)
{
    struct str *ids = ARENA_ARRAY(a, struct str, CHUNK_RECORDS);
    size_t n = 0;
    for (; r->log_at < r->logs && n < CHUNK_RECORDS; r->log_at++)
        if (!table_get(&r->seen, hash64(r->logged[r->log_at]))) {
            table_put(&r->seen, hash64(r->logged[r->log_at]), 1);
            ids[n++] = str_dup(a, r->logged[r->log_at]);
        }
    r->over = r->log_at == r->logs;
    if (n == 0)
        return true;
    struct record *rec = ARENA_ARRAY(a, struct record, n);
    if (!sf_get(&r->sf->crm, a, ids, n, rec, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (rec[i].state == RECORD_LIVE)
            continue; /* undeleted: a change, and read as one */
        if (rec[i].state == RECORD_HIDDEN)
            rec[i].state = RECORD_DELETED; /* the log is its tombstone (S9.4) */
        out->record[out->count++] = rec[i];
    }
    return true;
}

bool sf_next(struct crm_reader *r, struct arena *a, struct crm_page *out, struct str *cursor,
             struct err *e)
{
    *out = (struct crm_page){.record = ARENA_ARRAY(a, struct record, CHUNK_RECORDS)};
    bool ok = r->way != WAY_UNDECIDED || choose_way(r, a, e);
    if (ok && r->way == WAY_LOG)
        ok = next_logged(r, a, out, e);
    else if (ok && r->what == CRM_READ_ARCHIVED)
        ok = next_tombstones(r, a, out, e);
    else if (ok)
        ok = r->way == WAY_BULK ? next_bulk(r, a, out, e) : next_page(r, a, out, e);
    out->last = ok && r->over;
    if (out->last)
        *cursor = str_dup(a, r->cursor);
    else if (ok && r->what == CRM_READ_ROUND)
        *cursor = str_dup(a, buf_view(&r->after_id));
    return ok;
}
