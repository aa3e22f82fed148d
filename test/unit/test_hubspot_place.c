/* The HubSpot driver gives contacts another primary company: read in the call before, in one call
 * for all, each judged by itself (S11.1, S8.2, H15). */
#include "test_hubspot.h"

#include "crm/people.h"

/* 51 is at 9001 (primary) and 9002; 52 at 9003; 53 at none. */
static void put_pairs(struct canned_answer *out, const char *primary_of_51)
{
    static const char *const at[] = {"9001", "9002"};
    put(out, "{\"results\":[{\"from\":{\"id\":\"51\"},\"to\":[");
    for (size_t i = 0; i < LEN(at); i++)
        buf_fmt(&out->body,
                "%s{\"toObjectId\":%s,\"associationTypes\":[%s{\"category\":"
                "\"HUBSPOT_DEFINED\",\"typeId\":279,\"label\":null}]}",
                i ? "," : "", at[i],
                strcmp(at[i], primary_of_51) == 0
                    ? "{\"category\":\"HUBSPOT_DEFINED\",\"typeId\":1,\"label\":\"Primary\"},"
                    : "");
    put(out, "]},{\"from\":{\"id\":\"52\"},\"to\":[{\"toObjectId\":9003,\"associationTypes\":["
             "{\"category\":\"HUBSPOT_DEFINED\",\"typeId\":1,\"label\":\"Primary\"}]}]}]}");
}

static bool is_read(const struct canned_request *q)
{
    return says(q->path, "/contacts/companies/batch/read");
}

static void takes_all(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    note(p, p->calls, q->body);
    if (is_read(q)) {
        put_pairs(out, "9001");
        return;
    }
    out->status = 201;
    put(out, "{\"status\":\"COMPLETE\",\"results\":[{\"fromObjectId\":51},{\"fromObjectId\":53}]}");
}

static void each_is_read_and_written_once(void **state)
{
    struct portal p = {0};
    struct crm_placing w[] = {{.id = S("51"), .was = S("9001"), .to = S("9002")},
                              {.id = S("52"), .was = S("9001"), .to = S("9002")},
                              {.id = S("53"), .to = S("9002")},
                              {.id = S("52"), .was = S("9001"), .to = S("9003")}};
    (void)state;
    portal_open(&p, takes_all);
    assert_true(p.crm->people->place(p.crm, &p.a, w, LEN(w), false, &p.e));
    assert_int_equal(p.calls, 2);
    assert_non_null(strstr(p.text[2], "{\"from\":{\"id\":\"51\"},\"to\":{\"id\":\"9002\"},"
                                      "\"types\":[{\"associationCategory\":\"HUBSPOT_DEFINED\","
                                      "\"associationTypeId\":1}]}"));
    assert_non_null(strstr(p.text[2], "{\"from\":{\"id\":\"53\"},\"to\":{\"id\":\"9002\"}"));
    assert_null(strstr(p.text[2], "\"52\""));
    assert_true(w[0].outcome == CRM_DONE && w[0].written && !w[0].joined);
    assert_true(w[1].outcome == CRM_CHANGED && str_eq(w[1].now, S("9003"))); /* elsewhere by now */
    assert_true(w[2].outcome == CRM_DONE && w[2].written && w[2].joined);
    assert_true(w[3].outcome == CRM_DONE && !w[3].written); /* it was there already */
    portal_close(&p);
}

static void a_look_writes_nothing(void **state)
{
    struct portal p = {0};
    struct crm_placing w[] = {{.id = S("51"), .was = S("9001"), .to = S("9002")},
                              {.id = S("52"), .was = S("9003"), .to = S("9003")}};
    (void)state;
    portal_open(&p, takes_all);
    assert_true(p.crm->people->place(p.crm, &p.a, w, LEN(w), true, &p.e));
    assert_int_equal(p.calls, 1);
    assert_int_equal(w[0].outcome, CRM_NOT_SENT);
    assert_int_equal(w[1].outcome, CRM_DONE);
    portal_close(&p);
}

/* H15.13: over the limit of one record is no trouble of the others. */
static void is_full(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    if (is_read(q)) {
        put_pairs(out, "9001");
        return;
    }
    bool full = says(q->body, "\"51\"");
    out->status = full ? 207 : 201;
    put(out, "{\"status\":\"COMPLETE\",\"results\":[");
    if (says(q->body, "\"53\""))
        put(out, "{\"fromObjectId\":53}");
    put(out, "]");
    if (full)
        put(out,
            ",\"errors\":[{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"subCategory\":"
            "\"crm.associations.ASSOCIATION_LIMIT_EXCEEDED\",\"message\":\"full\"}]");
    put(out, "}");
}

static void the_limit_is_of_one_contact(void **state)
{
    struct portal p = {0};
    struct crm_placing w[] = {{.id = S("51"), .was = S("9001"), .to = S("9004")},
                              {.id = S("53"), .to = S("9004")}};
    (void)state;
    portal_open(&p, is_full);
    assert_true(p.crm->people->place(p.crm, &p.a, w, LEN(w), false, &p.e));
    assert_int_equal(w[0].outcome, CRM_REJECTED);
    assert_string_equal(w[0].err.code, "association_limit");
    assert_int_equal(w[1].outcome, CRM_DONE);
    portal_close(&p);
}

/* S8.2: done, and the answer is lost: it is looked at, and not sent again. */
static void loses_the_answer(struct portal *p, const struct canned_request *q,
                             struct canned_answer *out)
{
    if (is_read(q)) {
        put_pairs(out, p->step ? "9002" : "9001");
        return;
    }
    p->step++;
    out->status = 500;
    put(out, "{}");
}

static void a_lost_answer_is_looked_for(void **state)
{
    struct portal p = {0};
    struct crm_placing w = {.id = S("51"), .was = S("9001"), .to = S("9002")};
    (void)state;
    portal_open(&p, loses_the_answer);
    assert_true(p.crm->people->place(p.crm, &p.a, &w, 1, false, &p.e));
    assert_int_equal(p.step, 1);
    assert_true(w.outcome == CRM_DONE && w.written);
    portal_close(&p);
}

/* S12.4, U17: taken off altogether; who is primary then is read. */
static void lets_go(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    if (is_read(q)) {
        put_pairs(out, p->step ? "9002" : "9001");
        return;
    }
    p->step++;
    note(p, 0, q->path);
    note(p, 1, q->body);
    put(out, "{\"status\":\"COMPLETE\",\"results\":[]}");
}

static void who_leaves_is_read_again(void **state)
{
    struct portal p = {0};
    struct crm_placing w = {.id = S("51"), .was = S("9001"), .leaves = true};
    (void)state;
    portal_open(&p, lets_go);
    assert_true(p.crm->people->place(p.crm, &p.a, &w, 1, false, &p.e));
    assert_string_equal(p.text[0], "/crm/associations/2026-03/contacts/companies/batch/archive");
    assert_string_equal(p.text[1],
                        "{\"inputs\":[{\"from\":{\"id\":\"51\"},\"to\":[{\"id\":\"9001\"}]}]}");
    assert_true(w.outcome == CRM_DONE && w.written && str_eq(w.now, S("9002")));
    portal_close(&p);
}

static int parting; /* what taking a company off is answered with */

static void parts_badly(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    if (is_read(q)) {
        put_pairs(out, p->step ? "9002" : "9001");
        return;
    }
    p->step++;
    if (says(q->path, "/archive")) {
        out->status = parting; /* lost, or refused */
        put(out, "{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":\"no\"}");
        return;
    }
    out->status = 201;
    put(out, "{\"status\":\"COMPLETE\",\"results\":[{\"fromObjectId\":51}]}");
}

/* S8.2, S12.4: the company that an undo takes off stays on until that is seen to be done. */
static void what_it_leaves_is_told_apart(void **state)
{
    static const int status[] = {500, 400};
    (void)state;
    for (size_t i = 0; i < LEN(status); i++) {
        struct portal p = {0};
        struct crm_placing w = {.id = S("51"), .was = S("9001"), .to = S("9002"), .leaves = true};
        portal_open(&p, parts_badly);
        parting = status[i];
        assert_true(p.crm->people->place(p.crm, &p.a, &w, 1, false, &p.e));
        assert_int_equal(p.step, status[i] == 500 ? 1 + 3 : 1 + 1); /* asked for again, or not */
        assert_true(w.outcome == CRM_DONE && w.written && str_eq(w.now, S("9002")));
        assert_true(w.stays);
        assert_int_equal(w.err.kind, status[i] == 500 ? ERR_RETRY : ERR_REJECTED);
        portal_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_read_and_written_once),
        cmocka_unit_test(a_look_writes_nothing),
        cmocka_unit_test(the_limit_is_of_one_contact),
        cmocka_unit_test(a_lost_answer_is_looked_for),
        cmocka_unit_test(who_leaves_is_read_again),
        cmocka_unit_test(what_it_leaves_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
