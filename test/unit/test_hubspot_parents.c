/* The HubSpot driver writes parent companies: as labels of associations, the old one first; each
 * company judged by itself, whatever the answer leaves out (S11.2, S15.5, H11.8, H15). */
#include "test_hubspot.h"

enum { MAP_PARENT = MAPS };

static void open_portal(struct portal *p,
                        void (*answer)(struct portal *, const struct canned_request *,
                                       struct canned_answer *))
{
    portal_open(p, answer);
    p->map[MAP_PARENT] = (struct mapping){.id = MAPPING_ID_PARENT,
                                          .name = {S("ParentId"), S("hs_parent_company_id")},
                                          .rule = RULE_TWO_WAY,
                                          .kind = MAPPING_PARENT,
                                          .scale = -1};
    p->mappings.count = MAPS + 1;
}

static struct crm_set parent(const char *from, const char *to)
{
    return (struct crm_set){
        .map = MAP_PARENT, .value = value_text(str_from(to)), .old = value_text(str_from(from))};
}

static bool is_label_call(const struct canned_request *q)
{
    return says(q->path, "/companies/companies/batch/labels/archive");
}

/* Every child's results but those of `without`. */
static void put_results(struct portal *p, const struct canned_request *q, const char *without,
                        struct canned_answer *out)
{
    yyjson_val *root, *in;
    yyjson_arr_iter it;
    struct err e;
    size_t n = 0;
    assert_true(json_parse(&p->server.arena, q->body, &root, &e));
    put(out, "\"results\":[");
    yyjson_arr_iter_init(yyjson_obj_get(root, "inputs"), &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct str id = json_str(json_at(in, "from", "id", NULL));
        if (!str_eq(id, str_from(without)))
            buf_fmt(&out->body, "%s{\"fromObjectId\":%.*s,\"labels\":[]}", n++ ? "," : "",
                    STR_ARG(id));
    }
    put(out, "]");
}

static void takes_all(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    note(p, p->calls, q->body);
    put(out, "{\"status\":\"COMPLETE\",");
    if (is_label_call(q))
        put(out, "\"results\":[]");
    else if (says(q->path, "/companies/companies/batch/create"))
        put_results(p, q, "", out);
    else
        put(out, "\"results\":[{\"id\":\"902\",\"properties\":{\"hs_parent_company_id\":\"1\"},"
                 "\"objectWriteTraceId\":\"0\"}]");
    put(out, "}");
}

static void the_old_label_goes_before_the_new_one(void **state)
{
    struct portal p = {0};
    struct crm_set a = parent("", "800"), c = parent("801", ""), same = parent("5", "5");
    struct crm_set b[] = {parent("801", "802"), {.map = MAP_NAME, .value = {VALUE_TEXT, S("B")}}};
    (void)state;
    open_portal(&p, takes_all);
    struct crm_write w[] = {{.id = S("901"), .set = &a, .sets = 1},
                            {.id = S("902"), .set = b, .sets = 2},
                            {.id = S("903"), .set = &c, .sets = 1},
                            {.id = S("904"), .set = &same, .sets = 1}};
    assert_true(p.crm->ops->write(p.crm, &p.a, w, LEN(w), NULL, &p.e));
    assert_int_equal(p.calls, 3);
    assert_non_null(strstr(p.text[1], "{\"from\":{\"id\":\"902\"},\"to\":{\"id\":\"801\"}"));
    assert_non_null(strstr(p.text[1], "{\"from\":{\"id\":\"903\"},\"to\":{\"id\":\"801\"}"));
    assert_null(strstr(p.text[1], "901"));
    assert_non_null(strstr(p.text[2], "{\"from\":{\"id\":\"901\"},\"to\":{\"id\":\"800\"},"
                                      "\"types\":[{\"associationCategory\":\"HUBSPOT_DEFINED\","
                                      "\"associationTypeId\":14}]}"));
    assert_non_null(strstr(p.text[2], "{\"from\":{\"id\":\"902\"},\"to\":{\"id\":\"802\"}"));
    assert_null(strstr(p.text[2], "903"));
    assert_null(strstr(p.text[2], "904"));
    assert_non_null(strstr(p.text[3], "\"name\":\"B\"")); /* the rest, as properties */
    assert_null(strstr(p.text[3], "hs_parent_company_id"));
    for (size_t i = 0; i < LEN(w); i++) {
        assert_int_equal(w[i].outcome, CRM_DONE);
        assert_true(str_eq(w[i].new_id, w[i].id));
    }
    assert_false(value_known(&w[1].stored[0])); /* what the answer shows may be the one before */
    portal_close(&p);
}

/* One of three is refused, by an error that does not say which (H15.12). */
static void refuses_902(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    out->status = str_find(q->body, S("\"902\"")) >= 0 ? 207 : 201;
    put(out, "{\"status\":\"COMPLETE\",");
    put_results(p, q, "902", out);
    if (out->status == 207)
        put(out, ",\"errors\":[{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\","
                 "\"message\":\"One or more records do not exist\"}]");
    put(out, "}");
}

static void refuses_whole(struct portal *p, const struct canned_request *q,
                          struct canned_answer *out)
{
    if (str_find(q->body, S("\"902\"")) >= 0) {
        refuse(out, 400, "VALIDATION_ERROR", "invalid association", "");
        return;
    }
    put(out, "{");
    put_results(p, q, "", out);
    put(out, "}");
}

static void check_902(void (*answer)(struct portal *, const struct canned_request *,
                                     struct canned_answer *))
{
    struct portal p = {0};
    struct crm_set set[] = {parent("", "800"), parent("", "800"), parent("", "800")};
    open_portal(&p, answer);
    struct crm_write w[] = {{.id = S("901"), .set = &set[0], .sets = 1},
                            {.id = S("902"), .set = &set[1], .sets = 1},
                            {.id = S("903"), .set = &set[2], .sets = 1}};
    assert_true(p.crm->ops->write(p.crm, &p.a, w, LEN(w), NULL, &p.e));
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_int_equal(w[1].outcome, CRM_REJECTED);
    assert_int_equal(w[1].bad_set, 0); /* so the rest of the record can be sent (S15.5) */
    assert_string_equal(w[1].err->subject, "hs_parent_company_id");
    assert_int_equal(w[2].outcome, CRM_DONE);
    portal_close(&p);
}

static void the_refused_one_is_found(void **state)
{
    (void)state;
    check_902(refuses_902);
    check_902(refuses_whole);
}

static void has_no_answer(struct portal *p, const struct canned_request *q,
                          struct canned_answer *out)
{
    (void)p;
    (void)q;
    refuse(out, 502, "INTERNAL_ERROR", "bad gateway", "");
}

static void may_not(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    (void)q;
    refuse(out, 403, "MISSING_SCOPES", "the scope is missing", "");
}

static void without_a_verdict_nothing_is_certain(void **state)
{
    struct portal p = {0}, q = {0};
    struct crm_set set = parent("", "800");
    (void)state;
    open_portal(&p, has_no_answer);
    struct crm_write w = {.id = S("901"), .set = &set, .sets = 1};
    (void)p.crm->ops->write(p.crm, &p.a, &w, 1, NULL, &p.e);
    assert_int_equal(w.outcome, CRM_UNKNOWN);
    portal_close(&p);
    open_portal(&q, may_not); /* the place, not the record (S15.6) */
    assert_false(q.crm->ops->write(q.crm, &q.a, &w, 1, NULL, &q.e));
    assert_int_equal(w.outcome, CRM_NOT_SENT);
    assert_int_equal(q.e.kind, ERR_REFUSED);
    portal_close(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_label_goes_before_the_new_one),
        cmocka_unit_test(the_refused_one_is_found),
        cmocka_unit_test(without_a_verdict_nothing_is_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
