/* people: contacts, at which companies they are, and who is in a list (H13.11, H15, H16). */
#include <stdlib.h>
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"
#include "text/url.h"

#define PROPERTIES "email,lifecyclestage,salesforcecontactid,salesforceleadid,hs_merged_object_ids"
#define HIT                                                                                        \
    "\"email\",\"lifecyclestage\",\"salesforcecontactid\",\"salesforceleadid\",\"hs_merged_"       \
    "object_ids\","                                                                                \
    "\"lastmodifieddate\""
#define STAMP "lastmodifieddate" /* H13.11 */

/* ---- one contact ----------------------------------------------------------------------------- */

/* H8.10, H8.11: a merged-away contact is told of by its survivor alone. */
static void add_merged(struct person_list *l, yyjson_val *props, const struct person *survivor)
{
    struct str rest = json_get(props, "hs_merged_object_ids"), part;
    while (str_cut(&rest, ';', &part)) {
        struct str id = str_trim(part);
        if (id.n && !str_eq(id, survivor->id))
            person_add(l, (struct person){.kind = PERSON_CONTACT,
                                          .state = RECORD_MERGED,
                                          .id = id,
                                          .modified_ms = survivor->modified_ms,
                                          .next = survivor->id});
    }
}

static bool take(struct person_list *l, yyjson_val *results, struct err *e)
{
    yyjson_val *obj;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(results, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        yyjson_val *props = yyjson_obj_get(obj, "properties");
        bool archived = json_bool(yyjson_obj_get(obj, "archived"), false);
        struct person p = {.kind = PERSON_CONTACT,
                           .state = archived ? RECORD_DELETED : RECORD_LIVE,
                           .id = json_get(obj, "id"),
                           .modified_ms = hs_hit_ms(obj, STAMP),
                           .email = text_address(l->a, json_get(props, "email")),
                           .contact = sfid18(l->a, json_get(props, "salesforcecontactid")),
                           .stage = json_get(props, "lifecyclestage"),
                           .lead = sfid18(l->a, json_get(props, "salesforceleadid"))};
        if (!iso_parse_ms(json_get(obj, "createdAt"), &p.created_ms))
            p.created_ms = 0;
        if (!p.id.n)
            return err_set(e, ERR_INTERNAL, "no_id", "hubspot gave a contact without an id");
        person_add(l, p);
        add_merged(l, props, &p);
    }
    return true;
}

/* ---- walks ----------------------------------------------------------------------------------- */

struct crm_people_reader {
    struct hs_walk *walk;
};

/* A hit carries all that evidence needs: stamp and values of one record come into the index
 * together (H12.9), and before a create its contacts are read by id. */
static bool read(struct crm *crm, enum crm_read what, struct str cursor, int64_t since_ms,
                 struct crm_people_reader **out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct crm_people_reader *r = calloc(1, sizeof(*r));
    const struct hs_walk_of contacts = {.objects = hs->contacts,
                                        .stamp = STAMP,
                                        .query = S("properties=" PROPERTIES),
                                        .hit = S(HIT)};
    (void)e;
    if (!r)
        abort();
    r->walk = hs_walk_open(hs, &contacts, what, cursor, since_ms);
    *out = r;
    return true;
}

static bool next(struct crm_people_reader *r, struct arena *a, struct crm_people *out,
                 struct str *cursor, struct err *e)
{
    struct person_list l = {.a = a};
    struct hs_answer got;
    size_t read = 0;
    for (; hs_walk_fits(r->walk, read); read += yyjson_arr_size(got.results))
        if (!hs_walk_next(r->walk, a, CHUNK_RECORDS - read, &got, e) || !take(&l, got.results, e))
            return false;
    *out = (struct crm_people){l.person, l.count, hs_walk_over(r->walk, a, cursor)};
    return true;
}

static void end(struct crm_people_reader *r)
{
    if (!r)
        return;
    hs_walk_close(r->walk);
    free(r);
}

/* ---- batches --------------------------------------------------------------------------------- */

static bool batch(struct hubspot *hs, struct arena *a, struct str path, struct str body,
                  yyjson_val **results, struct err *e)
{
    yyjson_val *root;
    struct http_exchange x = {.req = {.method = HTTP_POST,
                                      .path = path,
                                      .body = body,
                                      .timeout_ms = HS_BATCH_TIMEOUT_MS,
                                      .repeatable = true}};
    return hs_call(hs, a, &x, &root, e) && hs_results(root, results, e) && hs_all_read(root, e);
}

/* Each once, sorted: HubSpot refuses a call that names an id twice (H7.13). */
static struct str *once(struct arena *a, const struct str *ids, size_t *n)
{
    struct str *out = ARENA_ARRAY(a, struct str, *n);
    if (*n)
        memcpy(out, ids, *n * sizeof(*out));
    *n = str_once(out, *n);
    return out;
}

static bool take_answer(void *who, const struct hs_answer *answer, struct err *e)
{
    return take(who, answer->results, e);
}

static bool get(struct crm *crm, struct arena *a, const struct str *given, size_t n,
                struct crm_people *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    struct person_list l = {.a = a};
    struct str *ids = once(a, given, &n);
    struct hs_batches b = {
        .path = str_fmt(a, "%.*s/batch/read", STR_ARG(hs->contacts)),
        .head = S("\"properties\":[" HIT "],"),
        .ids = ids,
        .n = n,
        .each = HS_BATCH_RECORDS_MAX,
        .who = &l,
        .take = take_answer,
    };
    if (!hs_read_batches(hs, a, &b, e))
        return err_wrap(e, "reading contacts");
    size_t came = l.count;
    struct str *told = ARENA_ARRAY(a, struct str, came);
    for (size_t i = 0; i < came; i++)
        told[i] = l.person[i].id;
    qsort(told, came, sizeof(*told), str_by_text);
    for (size_t i = 0; i < n; i++)
        if (!came || !bsearch(&ids[i], told, came, sizeof(*told), str_by_text))
            person_add(
                &l, (struct person){.kind = PERSON_CONTACT, .state = RECORD_HIDDEN, .id = ids[i]});
    *out = (struct crm_people){l.person, l.count, true};
    return true;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

#define CONTACT_TO_COMPANY_PRIMARY 1 /* H15.2 */
#define COMPANY_TO_CONTACT_PRIMARY 2
#define PAIRS_MAX                  1000000 /* of a call of ours: some 100 MiB */

struct pairs { /* grows in the arena */
    struct arena *a;
    struct association *pair;
    size_t count, room;
};

static void add_pair(struct pairs *l, struct association p)
{
    if (l->count == l->room) {
        size_t room = MAX(l->room * 2, (size_t)256);
        struct association *grown = ARENA_ARRAY(l->a, struct association, room);
        if (l->count)
            memcpy(grown, l->pair, l->count * sizeof(*grown));
        l->pair = grown;
        l->room = room;
    }
    l->pair[l->count++] = p;
}

static bool is_primary(yyjson_val *to, int64_t type)
{
    yyjson_val *t;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(to, "associationTypes"), &it);
    while ((t = yyjson_arr_iter_next(&it)))
        if (json_i64(yyjson_obj_get(t, "typeId"), 0) == type &&
            str_eq(json_get(t, "category"), S("HUBSPOT_DEFINED")))
            return true;
    return false;
}

struct wanted { /* a record whose pairs are asked for, from a position on */
    struct str id, after;
};

static struct str pairs_body(struct arena *a, const struct wanted *w, size_t n)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, S("{\"inputs\":["));
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, i ? S(",{\"id\":") : S("{\"id\":"));
        json_quote(&b, w[i].id);
        if (w[i].after.n) {
            buf_str(&b, S(",\"after\":"));
            json_quote(&b, w[i].after);
        }
        buf_char(&b, '}');
    }
    buf_str(&b, S("]}"));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* Takes one answer; crowded records that go on are put into more[0..*again). */
static bool take_pairs(bool of_companies, yyjson_val *results, struct pairs *l,
                       const struct wanted *asked, size_t n, struct wanted *more, size_t *again,
                       struct err *e)
{
    int64_t primary = of_companies ? COMPANY_TO_CONTACT_PRIMARY : CONTACT_TO_COMPANY_PRIMARY;
    yyjson_val *entry, *to;
    yyjson_arr_iter it, each;
    yyjson_arr_iter_init(results, &it);
    while ((entry = yyjson_arr_iter_next(&it))) {
        struct str from = str_dup(l->a, json_str(json_at(entry, "from", "id", NULL)));
        struct str after = json_str(json_at(entry, "paging", "next", "after", NULL));
        yyjson_arr_iter_init(yyjson_obj_get(entry, "to"), &each);
        while ((to = yyjson_arr_iter_next(&each))) {
            struct str id = str_dup(l->a, json_get(to, "toObjectId"));
            bool main = is_primary(to, primary);
            add_pair(l, of_companies ? (struct association){id, from, main}
                                     : (struct association){from, id, main});
        }
        if (l->count > PAIRS_MAX)
            return err_set(e, ERR_INTERNAL, "too_many_pairs",
                           "hubspot tells of more than %d contacts at companies at once",
                           PAIRS_MAX);
        if (!after.n)
            continue;
        for (size_t i = 0; i < n; i++)
            if (str_eq(asked[i].id, from) && str_eq(asked[i].after, after))
                return err_set(e, ERR_INTERNAL, "same_page", "hubspot gives the same page again");
        if (*again == n)
            return err_set(e, ERR_INTERNAL, "page_too_large",
                           "hubspot answered more than was asked for");
        more[(*again)++] = (struct wanted){from, str_dup(l->a, after)};
    }
    return true;
}

/* Crowded records can make one answer too large: then it is asked for by halves. */
static bool pairs_of(struct hubspot *hs, bool of_companies, struct wanted *w, size_t n,
                     struct pairs *l, struct err *e)
{
    struct str path =
        of_companies ? S("/crm/associations/" HS_LINK_VERSION "/companies/contacts/batch/read")
                     : S("/crm/associations/" HS_LINK_VERSION "/contacts/companies/batch/read");
    struct wanted *more = ARENA_ARRAY(l->a, struct wanted, n);
    struct arena answer; /* large beside what is kept of it */
    bool ok = true, large = false;
    arena_init(&answer, 64 * MIB);
    while (ok && n > 0) {
        yyjson_val *results;
        size_t again = 0;
        arena_reset(&answer);
        ok = batch(hs, &answer, path, pairs_body(&answer, w, n), &results, e);
        large = !ok && n > 1 && strcmp(e->code, "answer_too_large") == 0;
        ok = ok && take_pairs(of_companies, results, l, w, n, more, &again, e);
        if (ok)
            memcpy(w, more, again * sizeof(*w));
        n = ok ? again : n;
    }
    arena_release(&answer);
    return ok || (large && pairs_of(hs, of_companies, w, n / 2, l, e) &&
                  pairs_of(hs, of_companies, w + n / 2, n - n / 2, l, e));
}

static bool pairs(struct crm *crm, struct arena *a, bool of_companies, const struct str *given,
                  size_t n, struct association **out, size_t *count, struct err *e)
{
    struct str *ids = once(a, given, &n);
    struct wanted *w = ARENA_ARRAY(a, struct wanted, MIN(n, (size_t)HS_PAIRS_READ_MAX));
    struct pairs l = {.a = a};
    for (size_t at = 0; at < n; at += HS_PAIRS_READ_MAX) {
        size_t some = MIN(n - at, (size_t)HS_PAIRS_READ_MAX);
        for (size_t i = 0; i < some; i++)
            w[i] = (struct wanted){.id = ids[at + i]};
        if (!pairs_of(hs_of(crm), of_companies, w, some, &l, e))
            return err_wrap(e, "reading who is at which company");
    }
    *out = l.pair;
    *count = l.count;
    return true;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool list(struct crm *crm, struct arena *a, struct str id, struct crm_list *out,
                 struct err *e)
{
    yyjson_val *root;
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "/crm/lists/" HS_LINK_VERSION "/%.*s?includeFilters=false",
                                STR_ARG(url_encoded(a, id))),
                .repeatable = true}};
    *out = (struct crm_list){.id = id, .state = CRM_LIST_GONE};
    if (!hs_call(hs_of(crm), a, &x, &root, e))
        return x.answered && x.res.status == 404 ? true : err_wrap(e, "reading the list");
    yyjson_val *l = yyjson_obj_get(root, "list");
    if (!yyjson_is_obj(l))
        return err_set(e, ERR_INTERNAL, "no_list", "hubspot's answer has no list");
    out->name = json_get(l, "name");
    out->of_contacts = str_eq(json_get(l, "objectTypeId"), S("0-1"));
    out->of_companies = str_eq(json_get(l, "objectTypeId"), S("0-2"));
    if (json_get(l, "deletedAt").n) /* H16.9 */
        return true;
    out->state = !str_eq(json_get(l, "processingType"), S("DYNAMIC"))     ? CRM_LIST_STATIC
                 : str_eq(json_get(l, "processingStatus"), S("COMPLETE")) ? CRM_LIST_READY
                                                                          : CRM_LIST_COMPUTING;
    return true;
}

static bool list_members(struct crm *crm, struct arena *a, struct str id, struct str after,
                         struct str ids[CRM_LIST_PAGE], size_t *n, struct str *following,
                         struct err *e)
{
    yyjson_val *root, *results, *m;
    yyjson_arr_iter it;
    struct http_exchange x = {
        .req = {.path = str_fmt(a, "/crm/lists/" HS_LINK_VERSION "/%.*s/memberships?limit=%d%s%.*s",
                                STR_ARG(url_encoded(a, id)), CRM_LIST_PAGE,
                                after.n ? "&after=" : "", STR_ARG(url_encoded(a, after))),
                .repeatable = true}};
    *n = 0;
    if (!hs_call(hs_of(crm), a, &x, &root, e) || !hs_results(root, &results, e))
        return err_wrap(e, "reading who is in list %.*s", STR_ARG(str_slice(id, 0, 40)));
    yyjson_arr_iter_init(results, &it);
    while ((m = yyjson_arr_iter_next(&it)) && *n < CRM_LIST_PAGE)
        if (json_get(m, "recordId").n)
            ids[(*n)++] = json_get(m, "recordId");
    *following = json_str(json_at(root, "paging", "next", "after", NULL));
    return true;
}

static bool in_list(yyjson_val *entry, struct str list)
{
    yyjson_val *m;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(yyjson_obj_get(entry, "recordListMemberships"), &it);
    while ((m = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(m, "listId"), list))
            return true;
    return false;
}

struct members {
    struct str list;
    struct str *inside;
    size_t found, room;
};

static bool take_members(void *who, const struct hs_answer *answer, struct err *e)
{
    struct members *m = who;
    yyjson_val *entry;
    yyjson_arr_iter it;
    (void)e;
    yyjson_arr_iter_init(answer->results, &it);
    while ((entry = yyjson_arr_iter_next(&it)))
        if (in_list(entry, m->list) && m->found < m->room)
            m->inside[m->found++] = json_get(entry, "recordId");
    return true;
}

/* By record, not by list: what waits is few, a list may be large (H16.4). */
static bool members(struct crm *crm, struct arena *a, bool of_companies, struct str list,
                    const struct str *given, size_t n, bool *in, struct err *e)
{
    size_t total = n;
    struct str *ids = once(a, given, &n);
    struct members m = {.list = list, .inside = ARENA_ARRAY(a, struct str, n), .room = n};
    struct hs_batches b = {
        .path = S("/crm/lists/" HS_LINK_VERSION "/records/memberships/batch/read"),
        .before = of_companies ? S("\"objectTypeId\":\"0-2\",\"recordId\":")
                               : S("\"objectTypeId\":\"0-1\",\"recordId\":"),
        .ids = ids,
        .n = n,
        .each = HS_BATCH_RECORDS_MAX,
        .who = &m,
        .take = take_members,
    };
    if (!hs_read_batches(hs_of(crm), a, &b, e))
        return err_wrap(e, "reading who is in list %.*s", STR_ARG(str_slice(list, 0, 40)));
    qsort(m.inside, m.found, sizeof(*m.inside), str_by_text);
    for (size_t i = 0; i < total; i++)
        in[i] = m.found && bsearch(&given[i], m.inside, m.found, sizeof(*m.inside), str_by_text);
    return true;
}

const struct crm_people_ops hs_people = {.read = read,
                                         .next = next,
                                         .end = end,
                                         .get = get,
                                         .place = hs_place,
                                         .pairs = pairs,
                                         .stages = hs_stages,
                                         .list = list,
                                         .list_members = list_members,
                                         .members = members};
