/* The HubSpot driver tells when values were set (H6.13, H7.10; S5.4): the properties in question
 * only, fifty companies a call. */
#include "test_hubspot.h"

static void histories(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    yyjson_val *root, *in;
    yyjson_arr_iter it;
    struct err e;
    assert_true(is(q, "POST", OBJECTS "/batch/read"));
    assert_true(json_parse(&p->server.arena, q->body, &root, &e));
    note(p, 0, q->body);
    put(out, "{\"status\":\"COMPLETE\",\"results\":[");
    yyjson_arr_iter_init(yyjson_obj_get(root, "inputs"), &it);
    assert_in_range(yyjson_arr_size(yyjson_obj_get(root, "inputs")), 1, 50);
    bool first = true;
    while ((in = yyjson_arr_iter_next(&it))) {
        if (str_eq(json_get(in, "id"), S("107")))
            continue; /* gone meanwhile: H7.9 */
        buf_fmt(&out->body,
                "%s{\"id\":\"%.*s\",\"properties\":{},\"propertiesWithHistory\":{\"phone\":["
                "{\"value\":\"\",\"timestamp\":\"2026-11-23T16:24:0%c.500Z\"},"
                "{\"value\":\"1\",\"timestamp\":\"2026-11-20T10:00:00.000Z\"}]}}",
                first ? "" : ",", STR_ARG(json_get(in, "id")),
                json_get(in, "id").p[2]); /* the last digit of 10n */
        first = false;
    }
    put(out, "]}");
}

static void the_newest_entry_tells_when(void **state)
{
    enum { N = 120 };
    struct portal p = {0};
    struct str ids[N];
    bool wanted[MAPS] = {[MAP_PHONE] = true};
    int64_t set_ms[N * MAPS];
    (void)state;
    portal_open(&p, histories);
    for (int i = 0; i < N; i++)
        ids[i] = str_fmt(&p.a, "%d", 100 + i);
    assert_true(p.crm->ops->history(p.crm, &p.a, ids, N, wanted, set_ms, &p.e));
    assert_int_equal(p.calls, 3); /* 50, 50, 20 */
    assert_true(says(str_from(p.text[0]), "\"propertiesWithHistory\":[\"phone\"]"));
    assert_int_equal(set_ms[5 * MAPS + MAP_PHONE], NOW_MS - 4000 + 500 + 0); /* 16:24:05.5 */
    assert_int_equal(set_ms[7 * MAPS + MAP_PHONE], 0);                       /* not there */
    assert_int_equal(set_ms[5 * MAPS + MAP_NAME], 0);                        /* not asked */
    portal_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_newest_entry_tells_when)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
