/* walk: over all records of a type, or over those changed since a mark (H13.3-H13.10), one answer
 * at a time. The same for every type: what is made of the results is the caller's. */
#include <stdlib.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"
#include "text/url.h"

#define WIDE_OVERLAP_MS (2 * MS_HOUR) /* H13.10 */
#define BEHIND_MS       MS_MINUTE     /* H13.9 */

struct hs_walk {
    struct hubspot *hs;
    struct hs_walk_of of; /* its texts outlive the walk */
    enum crm_read what;
    struct buf after; /* list: the position */
    bool over;
    /* changed: */
    int64_t bookmark, wide_ms; /* the cursor we began with */
    int64_t began_ms;          /* server time S (H13.3) */
    int64_t from_ms;
    int64_t offset;
    int64_t window_first_ms, last_ms;
    struct buf last_id;
    bool one_ms; /* H13.6: inside one millisecond, by id */
};

static void read_cursor(struct hs_walk *w, struct str cursor, int64_t since_ms)
{
    struct arena a;
    yyjson_val *root = NULL;
    struct err ignored;
    arena_init(&a, MIB);
    if (!cursor.n || !json_parse(&a, cursor, &root, &ignored))
        root = NULL;
    w->bookmark = json_i64(yyjson_obj_get(root, "bookmark"), since_ms);
    w->wide_ms = json_i64(yyjson_obj_get(root, "wide"), 0);
    arena_release(&a);
    w->began_ms = http_now_ms(w->hs->crm.http);
    int64_t overlap = w->hs->overlap_ms;
    bool wide = w->wide_ms && w->began_ms - w->wide_ms >= MS_HOUR;
    if (wide || !w->wide_ms)
        w->wide_ms = w->began_ms;
    w->from_ms = MAX(w->bookmark - (wide ? MAX(WIDE_OVERLAP_MS, overlap) : overlap), 1);
}

struct hs_walk *hs_walk_open(struct hubspot *hs, const struct hs_walk_of *of, enum crm_read what,
                             struct str cursor, int64_t since_ms)
{
    struct hs_walk *w = calloc(1, sizeof(*w));
    if (!w)
        abort();
    w->hs = hs;
    w->of = *of;
    w->what = what;
    buf_init(&w->after, 256);
    buf_init(&w->last_id, 64);
    if (what == CRM_READ_ROUND)
        buf_str(&w->after, cursor);
    if (what == CRM_READ_CHANGED)
        read_cursor(w, cursor, since_ms);
    else if (what == CRM_READ_ALL)
        buf_str(&w->after, cursor);
    return w;
}

void hs_walk_close(struct hs_walk *w)
{
    if (!w)
        return;
    buf_release(&w->after);
    buf_release(&w->last_id);
    free(w);
}

/* A walk that goes round, or ends here, would lose the rest (S4.4). */
static bool same_page(struct err *e)
{
    return err_set(e, ERR_INTERNAL, "same_page", "hubspot gives the same page again");
}

/* Pages of 100; `after` is a position in the order of ids (H6.6). */
static bool next_list(struct hs_walk *w, struct arena *a, struct hs_answer *out, struct err *e)
{
    struct str after = url_encoded(a, buf_view(&w->after));
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "%.*s?limit=%d%s%.*s%s&%.*s", STR_ARG(w->of.objects),
                                HS_LIST_RECORDS_MAX, after.n ? "&after=" : "", STR_ARG(after),
                                w->what == CRM_READ_ARCHIVED ? "&archived=true" : "",
                                STR_ARG(w->of.query)),
                .repeatable = true}};
    if (!hs_call(w->hs, a, &x, &out->root, e) || !hs_results(out->root, &out->results, e))
        return false;
    out->asked_ms = x.res.asked_ms;
    struct str next = json_str(json_at(out->root, "paging", "next", "after", NULL));
    w->over = !next.n;
    if (next.n && str_eq(next, buf_view(&w->after)))
        return same_page(e);
    buf_clear(&w->after);
    buf_str(&w->after, next);
    return true;
}

static struct str search_body(struct hs_walk *w, struct arena *a)
{
    static const char head[] = "{\"filterGroups\":[{\"filters\":[{\"propertyName\":"
                               "\"%s\",\"operator\":\"%s\",\"value\":\"%lld\"}";
    static const char tail[] = "]}],\"sorts\":[{\"propertyName\":\"%s\",\"direction\":"
                               "\"ASCENDING\"}],\"properties\":[%.*s],"
                               "\"limit\":%d,\"after\":\"%lld\"}";
    struct buf b;
    buf_init(&b, 4 * KIB);
    buf_fmt(&b, head, w->of.stamp, w->one_ms ? "EQ" : "GTE", (long long)w->from_ms);
    if (w->one_ms && w->last_id.n)
        buf_fmt(&b, ",{\"propertyName\":\"hs_object_id\",\"operator\":\"GT\",\"value\":\"%.*s\"}",
                STR_ARG(buf_view(&w->last_id)));
    buf_fmt(&b, tail, w->one_ms ? "hs_object_id" : w->of.stamp, STR_ARG(w->of.hit),
            HS_SEARCH_RECORDS_MAX, (long long)w->offset);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

int64_t hs_hit_ms(yyjson_val *hit, const char *stamp)
{
    int64_t ms;
    if (iso_parse_ms(json_get(hit, "updatedAt"), &ms) ||
        iso_parse_ms(json_str(json_at(hit, "properties", stamp, NULL)), &ms))
        return ms;
    return -1;
}

/* The places that the next window, or the next page by id, begins at. */
static bool look_at_hits(struct hs_walk *w, yyjson_val *results, struct err *e)
{
    yyjson_val *hit;
    yyjson_arr_iter it;
    bool first = w->offset == 0;
    yyjson_arr_iter_init(results, &it);
    while ((hit = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(hit, "id");
        w->last_ms = hs_hit_ms(hit, w->of.stamp);
        if (w->last_ms < 0)
            return err_set(e, ERR_INTERNAL, "no_stamp", "hubspot's hit %.*s has no time of change",
                           STR_ARG(str_slice(id, 0, 40)));
        if (first)
            w->window_first_ms = w->last_ms;
        first = false;
        buf_clear(&w->last_id);
        buf_str(&w->last_id, id);
    }
    return true;
}

/* H13.5, H13.6: what comes after a page of the walk. `next` is the service's own position, which
 * counts hits that it left out. */
static bool advance(struct hs_walk *w, struct str next, size_t hits, struct err *e)
{
    int64_t to = w->offset + (int64_t)hits, told;
    if (w->one_ms) {
        if (next.n && hits == 0)
            return same_page(e);
        if (next.n || hits == HS_SEARCH_RECORDS_MAX)
            return true; /* by id: always from the start */
        w->one_ms = false;
        w->from_ms = w->from_ms + 1;
        buf_clear(&w->last_id);
        return true;
    }
    if (!next.n) {
        w->over = true;
        return true;
    }
    if (str_to_i64(next, &told))
        to = MAX(to, MIN(told, w->offset + HS_SEARCH_RECORDS_MAX));
    if (to == w->offset)
        return same_page(e);
    w->offset = to;
    if (w->offset < HS_SEARCH_WINDOW)
        return true;
    w->offset = 0;
    w->from_ms = w->last_ms; /* the next window begins in the last one's last ms */
    w->one_ms = w->last_ms <= w->window_first_ms;
    if (w->one_ms)
        buf_clear(&w->last_id);
    return true;
}

static bool next_changed(struct hs_walk *w, struct arena *a, struct hs_answer *out, struct err *e)
{
    struct http_exchange x;
    if (!hs_search(w->hs, a, w->of.objects, search_body(w, a), &x, &out->root, e) ||
        !hs_results(out->root, &out->results, e))
        return false;
    out->asked_ms = x.res.asked_ms;
    struct str next = json_str(json_at(out->root, "paging", "next", "after", NULL));
    return look_at_hits(w, out->results, e) && advance(w, next, yyjson_arr_size(out->results), e);
}

bool hs_walk_fits(const struct hs_walk *w, size_t count)
{
    size_t most = w->what == CRM_READ_CHANGED ? HS_SEARCH_RECORDS_MAX : HS_LIST_RECORDS_MAX;
    return !w->over && count + most <= CHUNK_RECORDS;
}

bool hs_walk_next(struct hs_walk *w, struct arena *a, size_t room, struct hs_answer *out,
                  struct err *e)
{
    if (!(w->what == CRM_READ_CHANGED ? next_changed(w, a, out, e) : next_list(w, a, out, e)))
        return false;
    return yyjson_arr_size(out->results) <= room ||
           err_set(e, ERR_INTERNAL, "page_too_large", "hubspot gave more than was asked for");
}

bool hs_walk_over(const struct hs_walk *w, struct arena *a, struct str *cursor)
{
    if (w->over && w->what == CRM_READ_CHANGED) {
        /* docs/decisions/0004: behind the clock, never backwards */
        int64_t mark = MAX(w->began_ms - BEHIND_MS, w->bookmark);
        *cursor =
            str_fmt(a, "{\"bookmark\":%lld,\"wide\":%lld}", (long long)mark, (long long)w->wide_ms);
    } else if (!w->over && w->what == CRM_READ_ALL) {
        *cursor = str_dup(a, buf_view(&w->after));
    }
    if (w->what == CRM_READ_ROUND)
        *cursor = w->over ? S("") : str_dup(a, buf_view(&w->after));
    return w->over;
}
