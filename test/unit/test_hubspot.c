/* The HubSpot driver reads: by page, by id, by key, what changed; and what it makes of answers that
 * are not as they should be (H2.10, H5, H6, H7, H8, H13; S4.4, S9.3-S9.5). */
#include "test_hubspot.h"

#include "text/iso8601.h"

static struct crm_reader *start(struct portal *p, enum crm_read what, const char *cursor)
{
    struct crm_reader *r;
    assert_true(p->crm->ops->read(p->crm, what, str_from(cursor), NOW_MS - MS_HOUR, &r, &p->e));
    return r;
}

static struct crm_page read_page(struct portal *p, struct crm_reader *r, struct str *cursor)
{
    struct crm_page page;
    if (!p->crm->ops->next(r, &p->a, &page, cursor, &p->e))
        fail_msg("%s", p->e.msg);
    return page;
}

static bool get(struct portal *p, const struct str *ids, size_t n, struct record *out)
{
    return p->crm->ops->get(p->crm, &p->a, ids, n, out, &p->e);
}

/* ---- rules ---------------------------------------------------------------------------------- */

static void nothing(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    (void)q;
    out->status = 404;
}

/* H9.12: those whose meaning is certain become checks; a text that is normalised first is left. */
static void rules_of_a_property_are_read(void **state)
{
    struct portal p = {
        .validations =
            "{\"results\":[{\"propertyName\":\"phone\",\"propertyValidationRules\":["
            "{\"ruleType\":\"MAX_LENGTH\",\"ruleArguments\":[\"9\"],\"shouldApplyNormalization\":"
            "true},"
            "{\"ruleType\":\"REGEX\",\"ruleArguments\":[\"^a$\",\"an a\"]},"
            "{\"ruleType\":\"FORMAT\",\"ruleArguments\":[\"UPPER\"],\"shouldApplyNormalization\":"
            "true},"
            "{\"ruleType\":\"FORMAT\",\"ruleArguments\":[\"CAPITALIZATION\"]},"
            "{\"ruleType\":\"WHITESPACE\",\"ruleArguments\":[]},"
            "{\"ruleType\":\"WHITESPACE\",\"ruleArguments\":[\"TRIM\"]},"
            "{\"ruleType\":\"SPECIAL_CHARACTERS\",\"ruleArguments\":[\"NOT_ALLOWED\"]},"
            "{\"ruleType\":\"REGEX\",\"ruleArguments\":[]},{\"ruleType\":7},{},null]},"
            "{\"propertyName\":\"numberofemployees\",\"propertyValidationRules\":["
            "{\"ruleType\":\"DECIMAL\",\"ruleArguments\":[\"0\"],\"shouldApplyNormalization\":true}"
            "]},"
            "{\"propertyName\":\"numberofemployees\",\"propertyValidationRules\":["
            "{\"ruleType\":\"DECIMAL\",\"ruleArguments\":[\"1\"]},"
            "{\"ruleType\":\"DECIMAL\",\"ruleArguments\":[\"2\"]}]}," /* again: the first counts */
            "{\"propertyName\":\"nobody\",\"propertyValidationRules\":[{\"ruleType\":\"URL\"}]}]}"};
    (void)state;
    portal_open(&p, nothing);
    const struct field *f = schema_find(&p.schema, S("phone"));
    assert_int_equal(f->length, 9);
    assert_int_equal(f->checks, 2);
    assert_int_equal(f->check[0].kind, CHECK_PATTERN);
    assert_int_equal(f->check[0].arguments, 2);
    assert_true(str_eq(f->check[0].argument[1], S("an a")));
    assert_int_equal(f->check[1].kind, CHECK_NO_BLANKS);
    f = schema_find(&p.schema, S("numberofemployees"));
    assert_int_equal(f->checks, 1);
    assert_int_equal(f->check[0].kind, CHECK_DECIMALS);
    portal_close(&p);
}

/* ---- one record ------------------------------------------------------------------------------ */

static void all_kinds(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    note(p, 0, q->body);
    put(out, "{\"status\":\"COMPLETE\",\"more\":{\"a\":[1,{}]},\"results\":[");
    put_company(out, "901",
                "\"name\":\"  Zo\\u00eb & Co\\r\\n\",\"phone\":null,\"numberofemployees\":1.0E4,"
                "\"active\":true,\"industry\":\"RED\",\"hs_object_id\":901,\"what\":{\"a\":1},"
                "\"domain\":\"www.zoe.example\",\"" KEY "\":\"001000000000001AAA\"",
                ",\"propertiesWithHistory\":{\"name\":[]},\"url\":\"https://app/901\",\"n\":[[]]");
    put_company(out, "902", "\"name\":\"\",\"numberofemployees\":\"0.0\",\"active\":\"false\"", "");
    put(out, "]}");
}

static void values_are_read_by_their_type(void **state)
{
    struct portal p = {0};
    struct record r[2];
    (void)state;
    portal_open(&p, all_kinds);
    struct str ids[] = {S("901"), S("902")};
    assert_true(get(&p, ids, 2, r));
    assert_int_equal(r[0].state, RECORD_LIVE);
    assert_true(str_eq(r[0].value[MAP_NAME].text, S("Zo\xc3\xab & Co")));
    assert_int_equal(r[0].value[MAP_PHONE].state, VALUE_BLANK);  /* null: H6.3 */
    assert_true(str_eq(r[0].value[MAP_STAFF].text, S("10000"))); /* a number, not a text */
    assert_true(str_eq(r[0].value[MAP_ACTIVE].text, S("true"))); /* nor this */
    assert_true(str_eq(r[0].value[MAP_INDUSTRY].text, S("RED")));
    assert_true(str_eq(r[0].key, S("001000000000001AAA")));
    assert_true(str_eq(r[0].host, S("zoe.example")));
    assert_int_equal(r[1].value[MAP_NAME].state, VALUE_BLANK);
    assert_true(str_eq(r[1].value[MAP_STAFF].text, S("0")));
    assert_int_equal(r[1].value[MAP_ACTIVE].state, VALUE_BLANK);  /* S5.1 */
    assert_int_equal(r[1].value[MAP_PHONE].state, VALUE_UNKNOWN); /* absent: H6.3, S6.8 */
    assert_false(r[1].key.n);
    assert_non_null(strstr(p.text[0], "\"numberofemployees\""));
    assert_null(strstr(p.text[0], "idProperty"));
    portal_close(&p);
}

/* ---- the list -------------------------------------------------------------------------------- */

enum list { LIST_GOOD, LIST_SAME_PLACE, LIST_NO_RESULTS, LIST_TOO_MANY, LIST_HTML, LIST_CUT };

/* Five companies, two a page although 100 are asked for; after page 1 the trouble of p->step. */
static void small_pages(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    int from = says(q->query, "after=2") ? 3 : says(q->query, "after=4") ? 5 : 1;
    char id[8];
    assert_true(says(q->query, "limit=100"));
    if (from == 3 && p->step == LIST_HTML) {
        out->type = "text/html";
        put(out, "<html>welcome to our wifi</html>");
        return;
    }
    if (from == 3 && p->step == LIST_NO_RESULTS) {
        put(out, "{}");
        return;
    }
    put(out, "{\"results\":[");
    int give = from == 3 && p->step == LIST_TOO_MANY ? CHUNK_RECORDS + 1 : from == 5 ? 1 : 2;
    for (int n = from; n < from + give; n++) {
        snprintf(id, sizeof(id), "%d", n);
        put_company(out, id, "\"name\":\"x\"", "");
    }
    put(out, "]");
    if (from == 3 && p->step == LIST_CUT)
        return;
    if (from == 1 || p->step == LIST_SAME_PLACE)
        put(out, ",\"paging\":{\"next\":{\"after\":\"2\",\"link\":\"http://elsewhere/\"}}");
    else if (from == 3)
        put(out, ",\"paging\":{\"next\":{\"after\":4}}");
    put(out, "}");
}

static void pages_are_followed_to_the_end(void **state)
{
    struct portal p = {0};
    struct str cursor = STR_NONE;
    (void)state;
    portal_open(&p, small_pages);
    struct crm_reader *r = start(&p, CRM_READ_ALL, "");
    struct crm_page page = read_page(&p, r, &cursor);
    assert_int_equal(page.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(str_eq(page.record[i].id, str_fmt(&p.a, "%zu", i + 1)));
    assert_true(page.last);
    p.crm->ops->end(r);
    portal_close(&p);
}

/* A walk that ends early would make the rest look absent (S4.4, S9.4). */
static void a_page_that_is_none_ends_no_walk(void **state)
{
    static const struct {
        enum list trouble;
        const char *code;
    } table[] = {{LIST_SAME_PLACE, "same_page"},
                 {LIST_NO_RESULTS, "no_results"},
                 {LIST_TOO_MANY, "page_too_large"},
                 {LIST_HTML, "json"},
                 {LIST_CUT, "json"}};
    (void)state;
    for (size_t i = 0; i < LEN(table); i++) {
        struct portal p = {.step = (int)table[i].trouble};
        struct crm_page page;
        struct str cursor = STR_NONE;
        portal_open(&p, small_pages);
        struct crm_reader *r = start(&p, CRM_READ_ALL, "");
        if (p.crm->ops->next(r, &p.a, &page, &cursor, &p.e))
            fail_msg("case %zu ended with %zu records", i, page.count);
        assert_string_equal(p.e.code, table[i].code);
        assert_false(cursor.n);
        p.crm->ops->end(r);
        portal_close(&p);
    }
}

/* ---- by id ----------------------------------------------------------------------------------- */

/* 902 and 903 were merged into 904; 905 is archived; the rest is not there. Results come backwards,
 * each survivor once, whatever was asked for. */
static void some_merged(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    bool archived = says(q->query, "archived=true");
    out->status = 207;
    note(p, archived ? 1 : 0, q->body);
    put(out, "{\"status\":\"COMPLETE\",\"results\":[");
    if (archived && says(q->body, "\"905\""))
        put_company(out, "905", "\"name\":\"e\"", ",\"archivedAt\":\"2026-11-01T00:00:00.000Z\"");
    if (!archived &&
        (says(q->body, "\"902\"") || says(q->body, "\"903\"") || says(q->body, "\"904\"")))
        put_company(out, "904", "\"name\":\"d\",\"hs_merged_object_ids\":\"903;902\"", "");
    if (!archived && says(q->body, "\"901\""))
        put_company(out, "901", "\"name\":\"a\"", "");
    put(out, "],\"numErrors\":1,\"errors\":[{\"status\":\"error\",\"category\":"
             "\"OBJECT_NOT_FOUND\",\"message\":\"Could not get some COMPANY objects, they may be "
             "deleted or not exist. Check that ids are valid.\",\"context\":{\"ids\":[\"905\","
             "\"906\"]},\"subCategory\":{}}]}");
    if (archived) { /* the answer says so itself */
        ptrdiff_t at = str_find(buf_view(&out->body), S("\"archived\":false"));
        if (at >= 0)
            memcpy(out->body.p + at, "\"archived\":true ", 16);
    }
}

static void ids_are_answered_in_order_whatever_became_of_them(void **state)
{
    struct portal p = {0};
    struct record r[8];
    static const char *const ids[] = {"906", "902", "901", "904", "905", "903", "901", "902"};
    struct str id[8];
    (void)state;
    portal_open(&p, some_merged);
    for (size_t i = 0; i < 8; i++)
        id[i] = str_from(ids[i]);
    assert_true(get(&p, id, 8, r));
    assert_int_equal(r[0].state, RECORD_HIDDEN);
    assert_int_equal(r[1].state, RECORD_MERGED); /* H8.9, beside its survivor */
    assert_true(str_eq(r[1].survivor, S("904")));
    assert_int_equal(r[2].state, RECORD_LIVE);
    assert_int_equal(r[3].state, RECORD_LIVE);
    assert_true(str_eq(r[3].id, S("904")));
    assert_int_equal(r[4].state, RECORD_DELETED);
    assert_int_equal(r[5].state, RECORD_MERGED);
    assert_int_equal(r[6].state, RECORD_LIVE); /* asked for twice */
    assert_int_equal(r[7].state, RECORD_MERGED);
    assert_true(r[0].asked_ms > 0 && r[1].asked_ms > 0);
    for (size_t i = 0; i < 8; i++)
        assert_true(str_eq(r[i].id, id[i]));
    assert_null(strstr(p.text[1], "\"901\"")); /* only what is missing is asked for again */
    portal_close(&p);
}

static void alone(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    (void)q;
    put(out, "{\"results\":[");
    put_company(out, "904", "\"name\":\"d\",\"hs_merged_object_ids\":\"903; 902\"", "");
    put(out, "]}");
}

static void an_old_id_alone_names_its_survivor(void **state)
{
    struct portal p = {0};
    struct record r;
    struct str id = S("902");
    (void)state;
    portal_open(&p, alone);
    assert_true(get(&p, &id, 1, &r));
    assert_int_equal(r.state, RECORD_MERGED);
    assert_true(str_eq(r.id, S("902")));
    assert_true(str_eq(r.survivor, S("904")));
    assert_int_equal(p.calls, 1);
    portal_close(&p);
}

static void half_read(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    if (p->step == 0) {
        out->status = 207;
        put(out, "{\"results\":[],\"errors\":[{\"status\":\"error\",\"category\":"
                 "\"INTERNAL_ERROR\",\"message\":\"internal error\"}]}");
    } else if (p->step == 1) {
        put(out, "{\"status\":\"COMPLETE\"}");
    } else if (p->step == 2) {
        out->status = 502;
        out->type = "text/html";
        put(out, "<html><h1>502 Bad Gateway</h1></html>");
    } else {
        put(out, "{\"results\":[{\"id\":\"901\",\"prop");
    }
}

/* S9.4: what could not be read is not «not there». */
static void a_failed_reading_hides_nobody(void **state)
{
    static const enum err_kind kinds[] = {ERR_RETRY, ERR_INTERNAL, ERR_RETRY, ERR_INTERNAL};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct portal p = {.step = i};
        struct record r;
        struct str id = S("901");
        portal_open(&p, half_read);
        if (get(&p, &id, 1, &r))
            fail_msg("case %d was taken for an answer", i);
        assert_int_equal(p.e.kind, kinds[i]);
        portal_close(&p);
    }
}

static void by_key(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    note(p, 0, q->body);
    put(out, "{\"results\":[");
    if (says(q->query, "archived")) /* no more of them */
        put(out, "");
    else
        put_company(out, "901", "\"" KEY "\":\"001000000000001AAA\"", "");
    put(out, "]}");
}

static void our_key_finds_the_company(void **state)
{
    struct portal p = {0};
    struct record r[3];
    (void)state;
    portal_open(&p, by_key);
    struct str keys[] = {S("001000000000002AAA"), S("001000000000001AAA"), S("001000000000001AAA")};
    assert_true(p.crm->ops->get_by_key(p.crm, &p.a, keys, 3, r, &p.e));
    assert_int_equal(r[0].state, RECORD_HIDDEN);
    assert_true(str_eq(r[1].id, S("901")));
    assert_true(str_eq(r[2].id, S("901")));
    assert_non_null(strstr(p.text[0], "\"idProperty\":\"" KEY "\""));
    portal_close(&p);
}

/* ---- what changed ---------------------------------------------------------------------------- */

static int64_t filter_value(yyjson_val *root, const char *property, const char *op)
{
    yyjson_val *f,
        *filters =
            yyjson_obj_get(yyjson_arr_get_first(yyjson_obj_get(root, "filterGroups")), "filters");
    yyjson_arr_iter it;
    yyjson_arr_iter_init(filters, &it);
    while ((f = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(f, "propertyName"), str_from(property)) &&
            str_eq(json_get(f, "operator"), str_from(op)))
            return json_i64(yyjson_obj_get(f, "value"), -1);
    return -1;
}

/* The search of H12 over companies 1.. whose stamps do not fall; above 10,000 it refuses. */
static void search(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    struct arena *a = &p->server.arena;
    yyjson_val *root;
    struct err e;
    assert_true(is(q, "POST", OBJECTS "/search"));
    assert_true(json_parse(a, q->body, &root, &e));
    int64_t from = filter_value(root, "hs_lastmodifieddate", "GTE");
    int64_t exact = filter_value(root, "hs_lastmodifieddate", "EQ");
    int64_t above = filter_value(root, "hs_object_id", "GT");
    int64_t limit = json_i64(yyjson_obj_get(root, "limit"), 10);
    int64_t after = json_i64(yyjson_obj_get(root, "after"), 0), at = 0, given = 0;
    if (after + limit > 10000) {
        refuse(out, 400, "VALIDATION_ERROR", "beyond 10000", "");
        return;
    }
    put(out, "{\"total\":1,\"results\":[");
    for (int n = 1; n <= p->companies && given <= limit; n++) {
        int64_t stamp = p->stamp(n);
        if ((from >= 0 && stamp < from) || (exact >= 0 && stamp != exact) || n <= above ||
            at++ < after)
            continue;
        if (given++ < limit)
            buf_fmt(&out->body, "%s{\"id\":\"%d\",\"updatedAt\":\"%.*s\"}", given > 1 ? "," : "", n,
                    STR_ARG(iso_ms(a, stamp)));
    }
    put(out, "]");
    if (given > limit)
        buf_fmt(&out->body, ",\"paging\":{\"next\":{\"after\":\"%lld\"}}",
                (long long)(after + limit));
    put(out, "}");
}

/* Walks to the end and sees that each company came; how many hits that took. */
static size_t walk_changed(struct portal *p, struct str *cursor)
{
    char *seen = calloc((size_t)p->companies + 1, 1);
    struct crm_reader *r = start(p, CRM_READ_CHANGED, "");
    size_t hits = 0;
    *cursor = STR_NONE;
    for (bool last = false; !last;) {
        struct crm_page page = read_page(p, r, cursor);
        for (size_t i = 0; i < page.count; i++) {
            int64_t n;
            assert_true(str_to_i64(page.record[i].id, &n) && n >= 1 && n <= p->companies);
            assert_int_equal(page.record[i].modified_ms, p->stamp((int)n));
            seen[n] = 1;
        }
        hits += page.count;
        last = page.last;
        assert_true(last == (cursor->n > 0)); /* no mark before the end (S4.4) */
        assert_true(p->calls < 400);
    }
    p->crm->ops->end(r);
    for (int n = 1; n <= p->companies; n++)
        if (!seen[n])
            fail_msg("company %d never came", n);
    free(seen);
    return hits;
}

static int64_t one_a_second(int n)
{
    return NOW_MS - MS_HOUR + n * 10;
}

static void more_than_a_window_is_split(void **state)
{
    struct portal p = {.stamp = one_a_second, .companies = 21000};
    struct str cursor;
    (void)state;
    portal_open(&p, search);
    assert_in_range(walk_changed(&p, &cursor), 21000, 21002); /* the last ms of a window again */
    assert_in_range(p.calls, 105, 107);
    portal_close(&p);
}

static int64_t all_at_once(int n)
{
    (void)n;
    return NOW_MS - MS_MINUTE;
}

static int64_t few_then_all_at_once(int n)
{
    return n <= 5000 ? NOW_MS - MS_HOUR + n : n <= 25000 ? NOW_MS - 2000 : NOW_MS - 1000;
}

/* H13.6: a mass edit stamps more in one millisecond than a window shows. */
static void more_than_a_window_in_one_millisecond_is_walked_by_id(void **state)
{
    static int64_t (*const stamps[])(int) = {all_at_once, few_then_all_at_once};
    (void)state;
    for (size_t i = 0; i < LEN(stamps); i++) {
        struct portal p = {.stamp = stamps[i], .companies = 25100};
        struct str cursor;
        portal_open(&p, search);
        walk_changed(&p, &cursor);
        portal_close(&p);
    }
}

/* H13.9: a minute behind the service's clock, never backwards. */
static void the_mark_stays_behind_the_clock(void **state)
{
    struct portal p = {.stamp = one_a_second, .companies = 3};
    struct str cursor;
    yyjson_val *root;
    (void)state;
    portal_open(&p, search);
    walk_changed(&p, &cursor);
    assert_true(json_parse(&p.a, cursor, &root, &p.e));
    assert_int_equal(json_i64(yyjson_obj_get(root, "bookmark"), 0), NOW_MS - MS_MINUTE);
    struct crm_reader *r =
        start(&p, CRM_READ_CHANGED, "{\"bookmark\":1795451048999,\"wide\":1795451049000}");
    read_page(&p, r, &cursor);
    assert_true(json_parse(&p.a, cursor, &root, &p.e));
    assert_int_equal(json_i64(yyjson_obj_get(root, "bookmark"), 0), NOW_MS - 1);
    p.crm->ops->end(r);
    portal_close(&p);
}

static void odd_hits(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    if (p->step == 0) { /* on and on, with nothing */
        put(out, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"200\"}}}");
        return;
    }
    if (p->step == 1) {
        put(out, "{\"total\":0}");
        return;
    }
    if (p->step == 3) { /* no stamp: nothing to go on from */
        put(out, "{\"results\":[{\"id\":\"1\"}],\"paging\":{\"next\":{\"after\":\"1\"}}}");
        return;
    }
    put(out, "{\"results\":[");
    for (int n = 1; n <= 3 * CHUNK_RECORDS; n++)
        buf_fmt(&out->body, "%s{\"id\":\"%d\",\"updatedAt\":\"2026-11-23T16:00:00.000Z\"}",
                n > 1 ? "," : "", n);
    put(out, "]}");
}

static void hits_that_make_no_sense_are_an_error(void **state)
{
    static const char *const codes[] = {"same_page", "no_results", "page_too_large", "no_stamp"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct portal p = {.step = i};
        struct crm_page page;
        struct str cursor = STR_NONE;
        portal_open(&p, odd_hits);
        struct crm_reader *r = start(&p, CRM_READ_CHANGED, "");
        assert_false(p.crm->ops->next(r, &p.a, &page, &cursor, &p.e));
        assert_string_equal(p.e.code, codes[i]);
        assert_false(cursor.n);
        p.crm->ops->end(r);
        portal_close(&p);
    }
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void limited(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    static const struct {
        int status;
        const char *head, *body;
    } table[] = {
        {429, "",
         "{\"status\":\"error\",\"message\":\"You have reached your ten_secondly_rolling limit.\","
         "\"errorType\":\"RATE_LIMIT\",\"policyName\":\"TEN_SECONDLY_ROLLING\"}"},
        {429, "", "{\"status\":\"error\",\"message\":\"You have reached your secondly limit.\"}"},
        {429, "Retry-After: 4\r\n", "{\"policyName\":\"TEN_SECONDLY_ROLLING\"}"},
        {429, "Retry-After: 86400\r\n", "{\"policyName\":\"TEN_SECONDLY_ROLLING\"}"},
        {423, "", "{\"status\":\"error\",\"message\":\"Locked\"}"},
        {429, "", "{\"message\":\"You have reached your daily limit.\",\"policyName\":\"DAILY\"}"},
        {477, "Retry-After: 7200\r\n", ""},
    };
    (void)q;
    if (p->calls > 1) {
        put(out, "{\"results\":[]}");
        return;
    }
    out->status = table[p->step].status;
    buf_str(&out->head, str_from(table[p->step].head));
    put(out, table[p->step].body);
}

/* H4.11-H4.16: how long each wait is, up to its jitter. */
static void a_limit_is_waited_for_as_its_answer_says(void **state)
{
    static const int64_t wait[] = {10000, 1000, 4000, 10000, 2000, -1, -1};
    (void)state;
    for (int i = 0; i < 7; i++) {
        struct portal p = {.step = i};
        struct record r;
        struct str id = S("901");
        portal_open(&p, limited);
        bool ok = get(&p, &id, 1, &r);
        assert_int_equal(ok, wait[i] >= 0);
        if (ok)
            assert_in_range(p.clock.slept_ms, wait[i], wait[i] + wait[i] / 10 + 1);
        else
            assert_int_equal(p.e.kind, ERR_WAIT);
        if (i == 6)
            assert_int_equal(p.e.retry_at_ms, NOW_MS + 2 * MS_HOUR);
        portal_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_a_property_are_read),
        cmocka_unit_test(values_are_read_by_their_type),
        cmocka_unit_test(pages_are_followed_to_the_end),
        cmocka_unit_test(a_page_that_is_none_ends_no_walk),
        cmocka_unit_test(ids_are_answered_in_order_whatever_became_of_them),
        cmocka_unit_test(an_old_id_alone_names_its_survivor),
        cmocka_unit_test(a_failed_reading_hides_nobody),
        cmocka_unit_test(our_key_finds_the_company),
        cmocka_unit_test(more_than_a_window_is_split),
        cmocka_unit_test(more_than_a_window_in_one_millisecond_is_walked_by_id),
        cmocka_unit_test(the_mark_stays_behind_the_clock),
        cmocka_unit_test(hits_that_make_no_sense_are_an_error),
        cmocka_unit_test(a_limit_is_waited_for_as_its_answer_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
