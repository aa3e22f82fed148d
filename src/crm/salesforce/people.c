/* people: contacts and leads, as evidence (S3.6).
 *
 * One composite call asks for both objects at once: what changed, deleted ones included, how far
 * that is certain (latestDateCovered), and what was purged. Without a cursor the same call reads
 * everything. What does not fit into it comes by bulk query. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"
#include "text/url.h"

#define NO_LOW_WATER_MS (2 * MS_MINUTE) /* SF 13: where getUpdated cannot say */
#define DELETED_MAX_MS  (14 * MS_DAY)   /* SF 6: getDeleted looks at most 15 days back */
#define ANSWER_BYTES    (32 * MIB)

enum { OBJECT_CONTACT, OBJECT_LEAD, OBJECTS };
enum {
    COLUMN_ID,
    COLUMN_DELETED,
    COLUMN_MASTER,
    COLUMN_STAMP,
    COLUMN_EMAIL,
    COLUMN_ACCOUNT,
    COLUMN_CONVERTED,
    COLUMN_BECAME,
    COLUMNS
};

static const struct object {
    const char *name;
    enum person_kind kind;
    struct str field[COLUMNS]; /* in the order of the columns */
    size_t fields;
} objects[OBJECTS] = {{"Contact",
                       PERSON_SF_CONTACT,
                       {{"Id", 2},
                        {"IsDeleted", 9},
                        {"MasterRecordId", 14},
                        {"SystemModstamp", 14},
                        {"Email", 5},
                        {"AccountId", 9}},
                       6},
                      {"Lead",
                       PERSON_LEAD,
                       {{"Id", 2},
                        {"IsDeleted", 9},
                        {"MasterRecordId", 14},
                        {"SystemModstamp", 14},
                        {"Email", 5},
                        {"ConvertedAccountId", 18},
                        {"IsConverted", 11},
                        {"ConvertedContactId", 18}},
                       8}};

static_assert((int)COLUMN_ID == (int)SF_ID, "a bulk row is known by its first column");

struct reading {           /* of one object */
    struct str where;      /* the window, or none = all */
    int64_t mark, covered; /* where it began, and how far it is certain now */
    bool first;            /* there was no mark */
    bool over;
    bool large;       /* the rest comes by bulk */
    struct buf after; /* the last id that came */
};

struct crm_people_reader {
    struct salesforce *sf;
    struct arena keep;
    struct reading of[OBJECTS];
    bool asked; /* the composite call was made */
    struct sf_bulk *bulk;
};

/* ---- one person ------------------------------------------------------------------------------ */

static bool is_true(const struct sf_cell *c)
{
    return str_eq(c->text, S("true"));
}

static void take_row(struct reading *r, const struct object *o, const struct sf_cell *cell,
                     struct person_list *l)
{
    struct arena *a = l->a;
    bool lead = o->kind == PERSON_LEAD;
    struct person p = {.kind = o->kind,
                       .id = sfid18(a, cell[COLUMN_ID].text),
                       .next = sfid18(a, cell[COLUMN_MASTER].text),
                       .email = text_address(a, cell[COLUMN_EMAIL].text),
                       .account = sfid18(a, cell[COLUMN_ACCOUNT].text),
                       .converted = lead && is_true(&cell[COLUMN_CONVERTED])};
    if (!iso_parse_ms(cell[COLUMN_STAMP].text, &p.modified_ms))
        p.modified_ms = 0;
    p.state = !is_true(&cell[COLUMN_DELETED]) ? RECORD_LIVE
              : p.next.n                      ? RECORD_MERGED
                                              : RECORD_DELETED;
    if (p.state == RECORD_LIVE)
        p.next = p.converted ? sfid18(a, cell[COLUMN_BECAME].text) : STR_NONE;
    if (!p.converted && lead)
        p.account = STR_NONE;
    buf_clear(&r->after);
    buf_str(&r->after, p.id);
    if (p.id.n)
        person_add(l, p);
}

/* ---- the one call ---------------------------------------------------------------------------- */

static struct str soql(struct reading *r, struct arena *a, const struct object *o, bool page)
{
    struct buf b;
    struct str after = buf_view(&r->after);
    buf_init(&b, 4 * KIB);
    for (size_t i = 0; i < o->fields; i++)
        buf_fmt(&b, "%s %.*s", i ? "," : "SELECT", STR_ARG(o->field[i]));
    buf_fmt(&b, " FROM %s", o->name);
    if (r->where.n)
        buf_fmt(&b, " WHERE %.*s", STR_ARG(r->where));
    if (after.n)
        buf_fmt(&b, " %s Id > %.*s", r->where.n ? "AND" : "WHERE", STR_ARG(sf_literal(a, after)));
    if (page)
        buf_fmt(&b, " ORDER BY Id LIMIT %d", SF_QUERY_PAGE_RECORDS);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static void part(struct salesforce *sf, struct arena *a, struct buf *b, const char *kind, int i,
                 struct str url)
{
    bool first = b->p[b->n - 1] == '[';
    buf_fmt(b, "%s{\"method\":\"GET\",\"referenceId\":\"%s%d\",\"url\":", first ? "" : ",", kind,
            i);
    json_quote(b, str_fmt(a, "%.*s%.*s", STR_ARG(sf->data), STR_ARG(url)));
    buf_char(b, '}');
}

static struct str log_url(struct arena *a, const struct object *o, const char *which, int64_t from,
                          int64_t to)
{
    return str_fmt(a, "/sobjects/%s/%s/?start=%.*s&end=%.*s", o->name, which,
                   STR_ARG(url_encoded(a, iso_seconds(a, from))),
                   STR_ARG(url_encoded(a, iso_seconds(a, to))));
}

/* With `logs` off only the rows: what the logs say was too much for an answer. */
static struct str body_of(struct crm_people_reader *r, struct arena *a, bool logs)
{
    struct salesforce *sf = r->sf;
    int64_t now = http_now_ms(sf->crm.http), end = now / MS_MINUTE * MS_MINUTE; /* SF 6 */
    struct buf b;
    buf_init(&b, 64 * KIB);
    buf_str(&b, S("{\"allOrNone\":false,\"compositeRequest\":["));
    for (int i = 0; i < OBJECTS; i++) {
        const struct object *o = &objects[i];
        struct reading *one = &r->of[i];
        int64_t from = MAX(one->mark - sf->overlap_ms, now - DELETED_MAX_MS);
        if (!one->first)
            one->where = str_fmt(&r->keep, "SystemModstamp >= %.*s AND SystemModstamp < %.*s",
                                 STR_ARG(iso_seconds(a, one->mark - sf->overlap_ms)),
                                 STR_ARG(iso_seconds(a, now + MS_MINUTE)));
        from = MIN(from / MS_MINUTE * MS_MINUTE, end - 2 * MS_MINUTE);
        part(sf, a, &b, "rows", i,
             str_fmt(a, "/queryAll?q=%.*s", STR_ARG(url_encoded(a, soql(one, a, o, true)))));
        if (logs) /* any span tells the low-water mark */
            part(sf, a, &b, "covered", i, log_url(a, o, "updated", end - 2 * MS_MINUTE, end));
        if (logs && !one->first)
            part(sf, a, &b, "purged", i, log_url(a, o, "deleted", from, end));
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static bool ask(struct crm_people_reader *r, struct arena *a, bool logs, yyjson_val **root,
                struct err *e)
{
    struct salesforce *sf = r->sf;
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = str_fmt(a, "%.*s/composite", STR_ARG(sf->data)),
                                      .body = body_of(r, a, logs),
                                      .timeout_ms = SF_LONG_MS,
                                      .body_max = ANSWER_BYTES,
                                      .repeatable = true}};
    return sf_call(sf, a, &x, root, e);
}

/* The answer to one part; NULL and a status where it is not a good one. */
static yyjson_val *answer(yyjson_val *root, const char *kind, int i, int *status)
{
    char name[24];
    yyjson_val *p;
    yyjson_arr_iter it;
    snprintf(name, sizeof(name), "%s%d", kind, i);
    *status = 0;
    yyjson_arr_iter_init(yyjson_obj_get(root, "compositeResponse"), &it);
    while ((p = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(p, "referenceId"), str_from(name))) {
            *status = (int)json_i64(yyjson_obj_get(p, "httpStatusCode"), 0);
            return yyjson_obj_get(p, "body");
        }
    return NULL;
}

/* What was purged comes first, so that a row that is there again has the last word. */
static void take_purged(yyjson_val *root, int i, struct person_list *l)
{
    int status;
    yyjson_val *body = answer(root, "purged", i, &status), *item;
    yyjson_arr_iter it;
    if (status != 200)
        return; /* the daily walk will tell */
    yyjson_arr_iter_init(yyjson_obj_get(body, "deletedRecords"), &it);
    while ((item = yyjson_arr_iter_next(&it))) {
        struct person p = {.kind = objects[i].kind,
                           .state = RECORD_HIDDEN,
                           .id = sfid18(l->a, json_get(item, "id"))};
        if (p.id.n && iso_parse_ms(json_get(item, "deletedDate"), &p.modified_ms))
            person_add(l, p);
    }
}

static bool take_page(struct crm_people_reader *r, int i, yyjson_val *page, struct person_list *l,
                      struct err *e)
{
    struct reading *one = &r->of[i];
    const struct object *o = &objects[i];
    yyjson_val *list = yyjson_obj_get(page, "records"), *obj;
    yyjson_arr_iter it;
    int64_t total = json_i64(yyjson_obj_get(page, "totalSize"), -1);
    size_t count = yyjson_arr_size(list);
    if (total < (int64_t)count || (count == 0 && total > 0)) /* T19 */
        return err_set(e, ERR_INTERNAL, "cut_page", "salesforce's page is cut short");
    yyjson_arr_iter_init(list, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        struct sf_cell cell[COLUMNS] = {0};
        for (size_t k = 0; k < o->fields; k++) {
            yyjson_val *v = yyjson_obj_getn(obj, o->field[k].p, o->field[k].n);
            struct str text =
                yyjson_is_bool(v) ? yyjson_get_bool(v) ? S("true") : S("false") : json_str(v);
            cell[k] = (struct sf_cell){text, v != NULL};
        }
        take_row(one, o, cell, l);
    }
    one->over = (size_t)total == count && count < SF_QUERY_PAGE_RECORDS;
    one->large = total >= SF_BULK_FROM_RECORDS;
    return true;
}

/* SF 13: the mark is Salesforce's own, never a row's and never ours, and does not go back. */
static void take_covered(struct crm_people_reader *r, yyjson_val *root, int i)
{
    struct reading *one = &r->of[i];
    int64_t now = http_now_ms(r->sf->crm.http);
    int status;
    yyjson_val *body = answer(root, "covered", i, &status);
    if (status != 200 || !iso_parse_ms(json_get(body, "latestDateCovered"), &one->covered))
        one->covered = now - NO_LOW_WATER_MS;
    one->covered = MIN(one->covered, now);
}

/* An object, or a field of it, that our user may not see: nobody of it syncs (S3.6). */
static bool may_not(int status, const struct err *e)
{
    static const char *const codes[] = {"INVALID_TYPE", "INVALID_FIELD", "INSUFFICIENT_ACCESS",
                                        "INSUFFICIENT_ACCESS_OR_READONLY"};
    for (size_t i = 0; i < LEN(codes); i++)
        if (strcmp(e->code, codes[i]) == 0)
            return true;
    return status == 403;
}

static bool take_first(struct crm_people_reader *r, yyjson_val *root, struct person_list *l,
                       struct err *e)
{
    for (int i = 0; i < OBJECTS; i++) {
        int status;
        yyjson_val *body = answer(root, "rows", i, &status);
        take_covered(r, root, i);
        if (status != 200) {
            sf_error(status ? status : 500, body, e);
            if (!may_not(status, e))
                return err_wrap(e, "reading %ss", objects[i].name);
            log_warn(r->sf->log,
                     "salesforce: our user may not read %s with Email (%s):"
                     " its people count as not syncing",
                     objects[i].name, e->code);
            r->of[i].over = true;
            continue;
        }
        take_purged(root, i, l);
        if (!take_page(r, i, body, l, e))
            return false;
    }
    return true;
}

/* ---- the reader ------------------------------------------------------------------------------ */

static bool read(struct crm *crm, enum crm_read what, struct str cursor, int64_t since_ms,
                 struct crm_people_reader **out, struct err *e)
{
    struct crm_people_reader *r = calloc(1, sizeof(*r));
    struct str rest = cursor, text;
    (void)what;
    (void)since_ms;
    (void)e;
    if (!r)
        abort();
    r->sf = sf_of(crm);
    arena_init(&r->keep, MIB);
    for (int i = 0; i < OBJECTS; i++) {
        bool told = rest.n && str_cut(&rest, ' ', &text) && str_to_i64(text, &r->of[i].mark);
        r->of[i].first = !told;
        buf_init(&r->of[i].after, 64);
    }
    *out = r;
    return true;
}

/* What the first page of an object left: by pages, or by bulk where it is much. */
static bool next_rest(struct crm_people_reader *r, int i, struct person_list *l, struct err *e)
{
    struct reading *one = &r->of[i];
    const struct object *o = &objects[i];
    struct salesforce *sf = r->sf;
    struct sf_cell cell[COLUMNS];
    if (!one->large) {
        yyjson_val *page;
        int64_t asked;
        return sf_query(sf, l->a, soql(one, l->a, o, true), true, &page, &asked, e) &&
               take_page(r, i, page, l, e);
    }
    if (!r->bulk &&
        !sf_bulk_open(sf, true, soql(one, l->a, o, false), o->field, o->fields, &r->bulk, e))
        return false;
    while (l->count < CHUNK_RECORDS && !one->over) {
        if (!sf_bulk_next(r->bulk, l->a, cell, &one->over, e))
            return false;
        if (!one->over)
            take_row(one, o, cell, l);
    }
    if (one->over) {
        sf_bulk_close(r->bulk);
        r->bulk = NULL;
    }
    return true;
}

static bool next_first(struct crm_people_reader *r, struct person_list *l, struct err *e)
{
    yyjson_val *root;
    r->asked = true;
    if (!ask(r, l->a, true, &root, e)) {
        bool large = strcmp(e->code, "answer_too_large") == 0;
        if (!large || !ask(r, l->a, false, &root, e))
            return err_wrap(e, "reading contacts and leads");
    }
    return take_first(r, root, l, e);
}

static bool next(struct crm_people_reader *r, struct arena *a, struct crm_people *out,
                 struct str *cursor, struct err *e)
{
    struct person_list l = {.a = a};
    int64_t next[OBJECTS];
    bool ok = true, over = true;
    if (!r->asked)
        ok = next_first(r, &l, e);
    for (int i = 0; ok && i < OBJECTS; i++) {
        while (ok && !r->of[i].over && l.count < CHUNK_RECORDS)
            ok = next_rest(r, i, &l, e);
        over = over && r->of[i].over;
    }
    if (!ok)
        return false;
    *out = (struct crm_people){l.person, l.count, over};
    for (int i = 0; i < OBJECTS; i++)
        next[i] = r->of[i].first ? r->of[i].covered : MAX(r->of[i].mark, r->of[i].covered);
    if (over)
        *cursor =
            str_fmt(a, "%lld %lld", (long long)next[OBJECT_CONTACT], (long long)next[OBJECT_LEAD]);
    return true;
}

static void end(struct crm_people_reader *r)
{
    if (!r)
        return;
    sf_bulk_close(r->bulk);
    for (int i = 0; i < OBJECTS; i++)
        buf_release(&r->of[i].after);
    arena_release(&r->keep);
    free(r);
}

const struct crm_people_ops sf_people = {.read = read, .next = next, .end = end, .place = sf_place};
