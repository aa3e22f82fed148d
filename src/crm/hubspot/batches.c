/* batches: what is read of many records, in calls that are under way together (H7). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

struct call {
    struct http_exchange x; /* first: http_next gives it back */
    size_t at, n;
};

static struct str body_of(struct arena *a, const struct hs_batches *b, const struct call *c)
{
    struct buf body;
    buf_init(&body, MIB);
    buf_fmt(&body, "{%.*s\"inputs\":[", STR_ARG(b->head));
    for (size_t i = c->at; i < c->at + c->n; i++) {
        buf_str(&body, i > c->at ? S(",{") : S("{"));
        buf_str(&body, b->before.n ? b->before : S("\"id\":"));
        json_quote(&body, b->ids[i]);
        buf_char(&body, '}');
    }
    buf_str(&body, S("]}"));
    struct str out = str_dup(a, buf_view(&body));
    buf_release(&body);
    return out;
}

bool hs_all_read(yyjson_val *root, struct err *e)
{
    yyjson_val *entry;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(root, "errors"), &it);
    while ((entry = yyjson_arr_iter_next(&it))) {
        struct str category = json_get(entry, "category");
        bool none = str_eq(json_get(entry, "subCategory"),
                           S("crm.associations.NO_ASSOCIATIONS_FOUND")); /* H15.8 */
        if (!category.n || str_eq(category, S("OBJECT_NOT_FOUND")) || none)
            continue;
        hs_error(hs_entry_status(entry), entry, e);
        return false;
    }
    return true;
}

/* The records that were asked for; the survivor of a merge has another id (H8.9). */
static void tell_found(const struct hs_batches *b, const struct call *c, yyjson_val *results)
{
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(results, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(obj, "id");
        for (size_t i = c->at; i < c->at + c->n; i++)
            if (str_eq(b->ids[i], id))
                b->found(b->who, i, obj);
    }
}

static bool take(struct arena *a, const struct hs_batches *b, const struct call *c, struct err *e)
{
    struct hs_answer answer = {.asked_ms = c->x.res.asked_ms};
    if (!c->x.answered) {
        *e = c->x.err;
        return false;
    }
    if (!hs_read_answer(a, &c->x, &answer.root, e) ||
        !hs_results(answer.root, &answer.results, e) || !hs_all_read(answer.root, e))
        return false;
    if (b->found)
        tell_found(b, c, answer.results);
    return !b->take || b->take(b->who, &answer, e);
}

bool hs_read_batches(struct hubspot *hs, struct arena *a, const struct hs_batches *b, struct err *e)
{
    size_t calls = (b->n + b->each - 1) / b->each;
    struct call *call = ARENA_ARRAY(a, struct call, calls);
    struct http_run *run = http_begin(hs->crm.http, a);
    struct http_exchange *over;
    struct err why;
    bool ok = true;
    for (size_t i = 0; i < calls; i++) {
        struct call *c = &call[i];
        *c = (struct call){.at = i * b->each, .n = MIN(b->n - i * b->each, b->each)};
        c->x.req = (struct http_request){.method = HTTP_POST,
                                         .path = b->path,
                                         .body = body_of(a, b, c),
                                         .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                         .repeatable = true};
        http_add(run, &c->x);
    }
    while ((over = http_next(run)))
        ok = ok && take(a, b, (struct call *)over, &why);
    if (!http_end(run, e))
        return false;
    if (!ok)
        *e = why;
    return ok;
}
