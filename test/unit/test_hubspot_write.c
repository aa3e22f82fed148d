/* The HubSpot driver writes: every record judged by itself, by its trace id wherever the answer
 * puts it; nothing called refused that was not; our key property (H4, H5, H6.17, H7; S8.1, S8.2,
 * S8.7, S15.5, S15.6). */
#include "test_hubspot.h"

static struct crm_write update(struct portal *p, int n, struct crm_set *set, size_t sets)
{
    return (struct crm_write){.id = str_fmt(&p->a, "%d", n), .set = set, .sets = sets};
}

static struct crm_write create(struct portal *p, int n, struct crm_set *set, size_t sets)
{
    return (struct crm_write){
        .create = true, .key = str_fmt(&p->a, "001%012dAAA", n), .set = set, .sets = sets};
}

static bool send_all(struct portal *p, struct crm_write *w, size_t n)
{
    return p->crm->ops->write(p->crm, &p->a, w, n, NULL, &p->e);
}

static yyjson_val *inputs(struct portal *p, const struct canned_request *q)
{
    yyjson_val *root;
    struct err e;
    assert_true(json_parse(&p->server.arena, q->body, &root, &e));
    return yyjson_obj_get(root, "inputs");
}

static void put_result(struct canned_answer *out, yyjson_val *input, const char *id,
                       const char *more)
{
    buf_fmt(&out->body, "%s{\"id\":\"%s\",\"properties\":{},\"objectWriteTraceId\":\"%.*s\"%s}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", id,
            STR_ARG(json_get(input, "objectWriteTraceId")), more);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static void keep_bodies(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    yyjson_val *in;
    yyjson_arr_iter it;
    note(p, says(q->path, "/batch/upsert"), q->body);
    put(out, "{\"status\":\"COMPLETE\",\"results\":[");
    yyjson_arr_iter_init(inputs(p, q), &it);
    while ((in = yyjson_arr_iter_next(&it)))
        put_result(out, in, "901", ",\"new\":true");
    put(out, "]}");
}

static void creates_and_updates_go_apart_and_say_what_they_mean(void **state)
{
    struct portal p = {0};
    struct crm_set set[] = {{MAP_NAME, {VALUE_TEXT, S("Zo\xc3\xab \"& Co\"\n2")}},
                            {MAP_PHONE, VALUE_EMPTY},
                            {MAP_ACTIVE, VALUE_EMPTY}};
    (void)state;
    portal_open(&p, keep_bodies);
    struct crm_write w[] = {update(&p, 901, set, 3), create(&p, 1, set, 1),
                            update(&p, 902, NULL, 0)};
    w[1].domain = S("zoe.example");
    w[2].clear_key = true;
    assert_true(send_all(&p, w, 3));
    assert_int_equal(p.calls, 2);
    assert_non_null(strstr(p.text[0], "{\"id\":\"901\","));
    assert_non_null(strstr(p.text[0], "\"name\":\"Zo\xc3\xab \\\"& Co\\\"\\n2\""));
    assert_non_null(strstr(p.text[0], "\"phone\":\"\""));       /* H6.17 */
    assert_non_null(strstr(p.text[0], "\"active\":\"false\"")); /* a checkbox cannot be empty */
    assert_non_null(strstr(p.text[0], "\"" KEY "\":\"\""));     /* S7.6 */
    assert_null(strstr(p.text[0], "idProperty"));
    assert_non_null(strstr(p.text[1], "\"idProperty\":\"" KEY "\",\"id\":\"001000000000001AAA\""));
    assert_non_null(strstr(p.text[1], "\"" KEY "\":\"001000000000001AAA\""));
    assert_non_null(strstr(p.text[1], "\"domain\":\"zoe.example\""));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(w[i].outcome, CRM_DONE);
    assert_true(w[1].created);
    portal_close(&p);
}

/* ---- archive (H7, H8.1) -----------------------------------------------------------------------
 */

static void archive_two_in_three(struct portal *p, const struct canned_request *q,
                                 struct canned_answer *out)
{
    size_t n = yyjson_arr_size(inputs(p, q));
    note(p, p->calls, q->body);
    assert_true(says(q->path, "/batch/archive"));
    if (str_find(q->body, S("\"902\"")) >= 0) { /* it spoils every batch that it is in */
        out->status = 400;
        put(out, "{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":"
                 "\"cannot be deleted\"}");
        return;
    }
    assert_true(n > 0);
    out->status = 204;
}

static void an_archive_is_judged_record_by_record(void **state)
{
    struct portal p = {0};
    (void)state;
    portal_open(&p, archive_two_in_three);
    struct crm_write w[] = {update(&p, 901, NULL, 0), update(&p, 902, NULL, 0),
                            update(&p, 903, NULL, 0)};
    for (size_t i = 0; i < 3; i++)
        w[i].archive = true;
    assert_true(send_all(&p, w, 3));
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_true(str_eq(w[0].new_id, S("901")));
    assert_int_equal(w[1].outcome, CRM_REJECTED);
    assert_int_equal(w[2].outcome, CRM_DONE);
    portal_close(&p);
}

static void nothing_but_the_id_is_archived(void **state)
{
    struct portal p = {0};
    (void)state;
    portal_open(&p, archive_two_in_three);
    struct crm_write w = update(&p, 901, NULL, 0);
    w.archive = true;
    assert_true(send_all(&p, &w, 1));
    assert_string_equal(p.text[p.calls], "{\"inputs\":[{\"id\":\"901\"}]}");
    portal_close(&p);
}

/* ---- 207 ------------------------------------------------------------------------------------- */

/* Backwards; every third fails, in one of the places in which a trace id was seen. */
static void some_fail(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    yyjson_val *list = inputs(p, q);
    char id[16];
    out->status = 207;
    put(out, "{\"status\":\"COMPLETE\",\"results\":[");
    for (size_t i = yyjson_arr_size(list); i-- > 0;) {
        snprintf(id, sizeof(id), "%zu", 5000 + i);
        if (i % 3)
            put_result(out, yyjson_arr_get(list, i), id, "");
    }
    put(out, "],\"numErrors\":4,\"errors\":[");
    for (size_t i = yyjson_arr_size(list) - 1; i + 1 > 0; i--) {
        struct str trace = json_get(yyjson_arr_get(list, i), "objectWriteTraceId");
        if (i % 3)
            continue;
        buf_fmt(&out->body, "%s{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",",
                out->body.p[out->body.n - 1] == '[' ? "" : ",");
        if (i % 2)
            buf_fmt(&out->body,
                    "\"message\":\"no such option\",\"subCategory\":{},\"context\":"
                    "{\"objectWriteTraceId\":[\"%.*s\"]},\"errors\":[{\"message\":\"x was not one "
                    "of the allowed options\",\"code\":\"INVALID_OPTION\",\"context\":"
                    "{\"propertyName\":[\"industry\"]}}]}",
                    STR_ARG(trace));
        else
            buf_fmt(&out->body,
                    "\"message\":\"Property values were not valid: [{\\\"isValid\\\":false,"
                    "\\\"message\\\":\\\"too long\\\",\\\"error\\\":\\\"INVALID\\\",\\\"name\\\":"
                    "\\\"phone\\\"}]\",\"objectWriteTraceId\":%.*s}",
                    STR_ARG(trace));
    }
    put(out, "]}");
}

static void outcomes_are_found_by_trace_in_any_order(void **state)
{
    struct portal p = {0};
    struct crm_set set[] = {{MAP_PHONE, {VALUE_TEXT, S("1")}},
                            {MAP_INDUSTRY, {VALUE_TEXT, S("x")}}};
    struct crm_write w[10];
    (void)state;
    portal_open(&p, some_fail);
    for (int i = 0; i < 10; i++)
        w[i] = update(&p, 900 + i, set, 2);
    assert_true(send_all(&p, w, 10));
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(w[i].outcome, i % 3 ? CRM_DONE : CRM_REJECTED);
        if (i % 3) /* the id may be another's: the survivor of a merge (H8.9) */
            assert_true(str_eq(w[i].new_id, str_fmt(&p.a, "%zu", 5000 + i)));
        else
            assert_int_equal(w[i].bad_set, i % 2); /* S15.5 */
    }
    assert_string_equal(w[3].err->code, "INVALID_OPTION");
    assert_string_equal(w[3].err->subject, "industry");
    assert_string_equal(w[0].err->subject, "phone"); /* H5.6: from the sentence alone */
    assert_int_equal(p.calls, 1);
    portal_close(&p);
}

/* No trace ids in the answer: ids, then the values of our key. 902 and 903 share an entry. */
static void no_traces(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    out->status = 207;
    if (says(q->path, "/batch/upsert"))
        put(out, "{\"results\":[{\"id\":7002,\"new\":false,\"properties\":{\"" KEY
                 "\":\"001000000000002AAA\"}},{\"id\":\"\",\"properties\":{\"" KEY
                 "\":\"001000000000003AAA\"}}]}");
    else
        put(out, "{\"results\":[{\"id\":\"901\",\"properties\":{}}],\"errors\":[{\"category\":"
                 "\"OBJECT_NOT_FOUND\",\"message\":\"not found\",\"context\":{\"ids\":[\"902\","
                 "\"903\"]}}]}");
}

static void without_traces_ids_and_keys_tell(void **state)
{
    struct portal p = {0};
    (void)state;
    portal_open(&p, no_traces);
    struct crm_write w[] = {update(&p, 902, NULL, 0), update(&p, 901, NULL, 0),
                            update(&p, 903, NULL, 0), update(&p, 904, NULL, 0),
                            create(&p, 1, NULL, 0),   create(&p, 2, NULL, 0),
                            create(&p, 3, NULL, 0)};
    assert_true(send_all(&p, w, LEN(w)));
    assert_int_equal(w[0].outcome, CRM_CHANGED); /* gone or merged since: read again */
    assert_int_equal(w[0].err->kind, ERR_STALE);
    assert_int_equal(w[1].outcome, CRM_DONE);
    assert_int_equal(w[2].outcome, CRM_CHANGED);
    assert_int_equal(w[3].outcome, CRM_UNKNOWN); /* not a word of it: H7.6 */
    assert_int_equal(w[4].outcome, CRM_UNKNOWN);
    assert_int_equal(w[5].outcome, CRM_DONE);
    assert_true(str_eq(w[5].new_id, S("7002")));
    assert_false(w[5].created);
    assert_int_equal(w[6].outcome, CRM_UNKNOWN); /* which one? */
    portal_close(&p);
}

static void in_part(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    (void)q;
    out->status = 207;
    put(out, "{\"results\":[],\"errors\":["
             "{\"category\":\"RATE_LIMITS\",\"message\":\"slow\",\"id\":\"901\"},"
             "{\"category\":\"INTERNAL_ERROR\",\"message\":\"oops\",\"id\":\"902\"},"
             "{\"category\":\"CONFLICT\",\"message\":\"taken\",\"id\":\"903\",\"context\":"
             "{\"existingId\":[\"77\"]}},"
             "{\"message\":\"no\",\"id\":\"904\"}]}");
}

static void an_inputs_own_trouble_is_not_a_refusal(void **state)
{
    static const enum crm_outcome want[] = {CRM_AGAIN, CRM_UNKNOWN, CRM_REJECTED, CRM_REJECTED};
    struct portal p = {0};
    struct crm_write w[4];
    (void)state;
    portal_open(&p, in_part);
    for (int i = 0; i < 4; i++)
        w[i] = update(&p, 901 + i, NULL, 0);
    assert_true(send_all(&p, w, 4));
    for (int i = 0; i < 4; i++)
        assert_int_equal(w[i].outcome, want[i]);
    assert_string_equal(w[2].err->code, "CONFLICT");
    portal_close(&p);
}

static void normalised(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)p;
    (void)q;
    put(out, "{\"results\":[{\"id\":\"901\",\"objectWriteTraceId\":\"0\",\"updatedAt\":"
             "\"2026-11-23T16:24:10.500Z\",\"properties\":{\"name\":\"Acme\",\"phone\":\"+491\","
             "\"numberofemployees\":1.50,\"active\":null},\"warnings\":[{\"category\":"
             "\"PROPERTY_VALUE_NORMALIZED\",\"message\":\"m\",\"context\":{\"propertyName\":"
             "[\"phone\"],\"rawValue\":[\"+491\"],\"normalizedValue\":[\"+49 1\"]}},"
             "{\"category\":\"OTHER\"}]}]}");
}

/* H5.9, S8.3: what was stored is the base, else our own write would look like an edit. */
static void what_was_stored_is_told(void **state)
{
    struct portal p = {0};
    struct crm_set set[] = {{MAP_NAME, {VALUE_TEXT, S("ACME")}},
                            {MAP_PHONE, {VALUE_TEXT, S("+491")}},
                            {MAP_STAFF, {VALUE_TEXT, S("1.500")}},
                            {MAP_ACTIVE, {VALUE_TEXT, S("true")}},
                            {MAP_INDUSTRY, {VALUE_TEXT, S("RED")}}};
    (void)state;
    portal_open(&p, normalised);
    struct crm_write w = update(&p, 901, set, 5);
    assert_true(send_all(&p, &w, 1));
    assert_int_equal(w.outcome, CRM_DONE);
    assert_true(str_eq(w.stored[0].text, S("Acme")));
    assert_true(str_eq(w.stored[1].text, S("+49 1")));
    assert_true(str_eq(w.stored[2].text, S("1.5")));
    assert_int_equal(w.stored[3].state, VALUE_BLANK);
    assert_int_equal(w.stored[4].state, VALUE_UNKNOWN);
    assert_int_equal(w.modified_ms, NOW_MS + 1500);
    portal_close(&p);
}

/* ---- a call that fails as a whole ------------------------------------------------------------ */

static void one_bad(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    yyjson_val *in;
    yyjson_arr_iter it;
    if (says(q->body, "\"id\":\"942\"")) {
        refuse(out, p->step, "VALIDATION_ERROR", "Property values were not valid",
               ",\"errors\":[{\"message\":\"m\",\"code\":\"INVALID_OPTION\",\"context\":"
               "{\"propertyName\":[\"industry\"]}}]");
        return;
    }
    put(out, "{\"results\":[");
    yyjson_arr_iter_init(inputs(p, q), &it);
    while ((in = yyjson_arr_iter_next(&it)))
        put_result(out, in, "1", "");
    put(out, "]}");
}

/* H7.7: the second defence, should trace ids not be honoured. */
static void one_bad_among_a_hundred_stands_alone(void **state)
{
    static const int status[] = {400, 409};
    (void)state;
    for (size_t k = 0; k < LEN(status); k++) {
        struct portal p = {.step = status[k]};
        struct crm_set set = {MAP_INDUSTRY, {VALUE_TEXT, S("x")}};
        struct crm_write w[100];
        portal_open(&p, one_bad);
        for (int i = 0; i < 100; i++)
            w[i] = update(&p, 900 + i, &set, 1);
        assert_true(send_all(&p, w, 100));
        for (int i = 0; i < 100; i++)
            assert_int_equal(w[i].outcome, i == 42 ? CRM_REJECTED : CRM_DONE);
        assert_int_equal(w[42].bad_set, 0);
        assert_true(p.calls <= 15); /* 1 and twice seven halvings */
        portal_close(&p);
    }
}

struct hearing {
    struct crm_listener listener; /* first */
    const struct crm_write *w;
    int times[100];
};

static void hear(struct crm_listener *listener, size_t i)
{
    struct hearing *h = (struct hearing *)listener;
    assert_int_not_equal(h->w[i].outcome, CRM_NOT_SENT);
    h->times[i]++;
}

static void a_listener_hears_each_outcome_once_and_none_that_may_change(void **state)
{
    struct portal p = {.step = 400};
    struct crm_set set = {MAP_INDUSTRY, {VALUE_TEXT, S("x")}};
    struct crm_write w[100];
    struct hearing h = {.listener = {hear}, .w = w};
    (void)state;
    portal_open(&p, one_bad); /* halved until the bad one stands alone */
    for (int i = 0; i < 100; i++)
        w[i] = update(&p, 900 + i, &set, 1);
    assert_true(p.crm->ops->write(p.crm, &p.a, w, 100, &h.listener, &p.e));
    for (int i = 0; i < 100; i++)
        assert_int_equal(h.times[i], 1);
    portal_close(&p);
}

static void whole_trouble(struct portal *p, const struct canned_request *q,
                          struct canned_answer *out)
{
    (void)q;
    switch (p->step) {
    case 0:
        refuse(out, 401, "INVALID_AUTHENTICATION", "who?", "");
        return;
    case 1:
        refuse(out, 403, "MISSING_SCOPES", "scopes",
               ",\"context\":{\"requiredGranularScopes\":[\"crm.objects.companies.write\"]}");
        return;
    case 2:
        refuse(out, 429, "RATE_LIMITS", "You have reached your daily limit.",
               ",\"policyName\":\"DAILY\"");
        return;
    case 3:
        out->status = 477;
        buf_str(&out->head, S("Retry-After: 86400\r\n"));
        return;
    case 4:
        out->status = 404;
        out->type = "text/html";
        put(out, "<html>no such page</html>");
        return;
    case 5:
        out->status = 502;
        out->type = "text/html";
        put(out, "<html>502</html>");
        return;
    case 6:
        put(out, "{\"results\":[{\"id\":\"90");
        return;
    case 7:
        refuse(out, 423, "LOCKED", "Locked", "");
        return;
    default:
        p->stop = 1; /* asked to stop while the line is lost */
        out->cut_after = 1;
        put(out, "{\"results\":[]}");
    }
}

static void trouble_of_the_place_refuses_no_record(void **state)
{
    static const struct {
        bool ok;
        enum err_kind kind;
        enum crm_outcome outcome;
        int calls;
    } want[] = {
        {false, ERR_REAUTH, CRM_AGAIN, 2},     {false, ERR_REFUSED, CRM_NOT_SENT, 1},
        {false, ERR_WAIT, CRM_AGAIN, 1},       {false, ERR_WAIT, CRM_AGAIN, 1},
        {false, ERR_REFUSED, CRM_NOT_SENT, 1}, {true, ERR_NONE, CRM_UNKNOWN, 1},
        {true, ERR_NONE, CRM_UNKNOWN, 1},      {true, ERR_NONE, CRM_AGAIN, 6},
        {false, ERR_STOPPED, CRM_UNKNOWN, 1},
    };
    (void)state;
    for (int i = 0; i < (int)LEN(want); i++) {
        struct portal p = {.step = i};
        portal_open(&p, whole_trouble);
        struct crm_write w[2] = {create(&p, 1, NULL, 0), create(&p, 2, NULL, 0)};
        bool ok = send_all(&p, w, 2);
        if (ok != want[i].ok || (!ok && p.e.kind != want[i].kind) ||
            w[0].outcome != want[i].outcome || w[1].outcome != want[i].outcome)
            fail_msg("case %d: %d, %s, outcomes %d %d", i, ok, ok ? "" : p.e.msg, w[0].outcome,
                     w[1].outcome);
        assert_int_equal(p.calls, want[i].calls);
        if (i == 1)
            assert_non_null(strstr(p.e.hint, "crm.objects.companies.write"));
        if (w[0].outcome == CRM_UNKNOWN || w[0].outcome == CRM_AGAIN)
            assert_int_equal(w[0].err->kind, ERR_RETRY);
        portal_close(&p);
    }
}

static void key_is_gone(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    if (p->step == 0)
        refuse(out, 400, "VALIDATION_ERROR",
               "Unable to perform update/upsert by non-unique 0-2 property " KEY, "");
    else
        refuse(out, 400, "VALIDATION_ERROR", "Property values were not valid",
               p->step == 1 ? ",\"errors\":[{\"code\":\"PROPERTY_DOESNT_EXIST\",\"context\":"
                              "{\"propertyName\":[\"" KEY "\"]}}]"
                            : ",\"errors\":[{\"code\":\"PROPERTY_DOESNT_EXIST\",\"context\":"
                              "{\"propertyName\":[\"another\"]}}]");
}

/* S15.6: once, not record by record; another property's absence is the record's matter. */
static void a_key_that_is_gone_is_the_places_matter(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct portal p = {.step = i};
        portal_open(&p, key_is_gone);
        struct crm_write w[2] = {create(&p, 1, NULL, 0), create(&p, 2, NULL, 0)};
        bool ok = send_all(&p, w, 2);
        assert_int_equal(ok, i == 2);
        assert_int_equal(w[0].outcome, i == 2 ? CRM_REJECTED : CRM_NOT_SENT);
        assert_int_equal(p.calls, i == 2 ? 3 : 1);
        if (!ok) {
            assert_int_equal(p.e.kind, ERR_REFUSED);
            assert_int_equal(p.e.scope, SCOPE_DIRECTION);
            assert_string_equal(p.e.code, "key_missing");
            assert_string_equal(p.e.rule, "S15.6");
        }
        portal_close(&p);
    }
}

/* ---- our key property ------------------------------------------------------------------------ */

#define PROPERTY "/crm/properties/2026-09/companies/" KEY

static void key_property(struct portal *p, const struct canned_request *q,
                         struct canned_answer *out)
{
    bool there = p->step > 0, make = is(q, "POST", "/crm/properties/2026-09/companies");
    if (is(q, "GET", PROPERTY) && !there) {
        refuse(out, 404, "OBJECT_NOT_FOUND", "no such property", "");
    } else if (is(q, "GET", PROPERTY)) {
        buf_fmt(&out->body, "{\"name\":\"" KEY "\",\"description\":\"%s\",\"hasUniqueValue\":%s}",
                p->text[0], p->step == 2 ? "false" : "true");
    } else if (make && there) {
        refuse(out, 409, "OBJECT_ALREADY_EXISTS", "it exists", "");
    } else if (make || is(q, "PATCH", PROPERTY)) {
        yyjson_val *root;
        struct err e;
        note(p, 1, q->body);
        if (json_parse(&p->server.arena, q->body, &root, &e))
            note(p, 0, json_get(root, "description"));
        p->step = 1;
        out->cut_after = (size_t)p->text[2][0]; /* made, but nobody was told */
        put(out, "{\"name\":\"" KEY "\"}");
    } else {
        out->status = 500;
    }
}

static struct crm_setup set_up(struct portal *p, enum crm_claim claim, const char *who)
{
    struct crm_setup s;
    if (!p->crm->ops->setup(p->crm, &p->a, claim, str_from(who), &s, &p->e))
        fail_msg("%s", p->e.msg);
    return s;
}

static void the_key_is_made_once_and_claimed_by_one(void **state)
{
    struct portal p = {0};
    (void)state;
    portal_open(&p, key_property);
    struct crm_setup s = set_up(&p, CRM_LOOK, "one");
    assert_false(s.key_ready || s.key_made || s.installation.n);
    s = set_up(&p, CRM_MAKE, "one");
    assert_true(s.key_ready && s.key_made && str_eq(s.installation, S("one")));
    assert_non_null(strstr(p.text[1], "\"hasUniqueValue\":true"));
    s = set_up(&p, CRM_MAKE, "one");
    assert_true(s.key_ready && !s.key_made && str_eq(s.installation, S("one")));
    s = set_up(&p, CRM_MAKE, "two"); /* S8.7 */
    assert_true(s.key_ready && str_eq(s.installation, S("one")));
    s = set_up(&p, CRM_TAKE_OVER, "two");
    assert_true(str_eq(s.installation, S("two")));
    assert_true(str_eq(set_up(&p, CRM_LOOK, "one").installation, S("two")));
    p.step = 2;
    s = set_up(&p, CRM_MAKE, "two");
    assert_true(!s.key_ready && s.todo.n > 0);
    portal_close(&p);
}

static void a_key_made_and_not_told_is_ours(void **state)
{
    struct portal p = {0};
    (void)state;
    p.text[2][0] = 1;
    portal_open(&p, key_property);
    struct crm_setup s = set_up(&p, CRM_MAKE, "one");
    assert_true(s.key_ready && str_eq(s.installation, S("one")));
    portal_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_and_updates_go_apart_and_say_what_they_mean),
        cmocka_unit_test(an_archive_is_judged_record_by_record),
        cmocka_unit_test(nothing_but_the_id_is_archived),
        cmocka_unit_test(outcomes_are_found_by_trace_in_any_order),
        cmocka_unit_test(without_traces_ids_and_keys_tell),
        cmocka_unit_test(an_inputs_own_trouble_is_not_a_refusal),
        cmocka_unit_test(what_was_stored_is_told),
        cmocka_unit_test(one_bad_among_a_hundred_stands_alone),
        cmocka_unit_test(a_listener_hears_each_outcome_once_and_none_that_may_change),
        cmocka_unit_test(a_key_that_is_gone_is_the_places_matter),
        cmocka_unit_test(trouble_of_the_place_refuses_no_record),
        cmocka_unit_test(the_key_is_made_once_and_claimed_by_one),
        cmocka_unit_test(a_key_made_and_not_told_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
