/* The Salesforce driver writes: every record judged by itself, nothing sent twice by mistake,
 * nothing called refused that was not (SF 4, 8.2, 8.4, 9, 10.1; S8.1, S8.2, S15.1, S15.5, S15.6).
 */
#include "test_salesforce.h"

static struct crm_write update(struct org *o, int n, struct crm_set *set, size_t sets)
{
    return (struct crm_write){.id = account_id(&o->a, n), .set = set, .sets = sets};
}

static struct crm_write create(struct org *o, int n, struct crm_set *set, size_t sets)
{
    return (struct crm_write){
        .create = true, .key = str_fmt(&o->a, "%d", n), .set = set, .sets = sets};
}

static bool send_all(struct org *o, struct crm_write *w, size_t n)
{
    return o->crm->ops->write(o->crm, &o->a, w, n, NULL, &o->e);
}

static void note(struct org *o, int i, struct str text)
{
    snprintf(o->text[i], sizeof(o->text[i]), "%.*s", STR_ARG(text));
}

static yyjson_val *records(struct org *o, const struct canned_request *q)
{
    yyjson_val *root;
    struct err e;
    if (!json_parse(&o->server.arena, q->body, &root, &e))
        return NULL;
    return yyjson_obj_get(root, "records");
}

static void put_done(struct canned_answer *out, struct str id, const char *more)
{
    buf_fmt(&out->body, "%s{\"id\":\"%.*s\",\"success\":true,\"errors\":[]%s}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", STR_ARG(id), more);
}

static void put_failed(struct canned_answer *out, const char *code, const char *text,
                       const char *field)
{
    buf_fmt(&out->body,
            "%s{\"success\":false,\"created\":true,\"errors\":[{\"statusCode\":\"%s\",\"message\":"
            "\"%s\",\"fields\":[%s%s%s]}]}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", code, text, *field ? "\"" : "", field,
            *field ? "\"" : "");
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static void accept_all(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    note(o, o->step++, q->body);
    note(o, 7, q->path);
    assert_true(str_eq(canned_header(q->head, "Sforce-Call-Options"), S("client=tandem")));
    size_t n = yyjson_arr_size(records(o, q));
    assert_true(n > 0 && n <= 200);
    put(out, "[");
    for (size_t i = 0; i < n; i++)
        put_done(out, account_id(&o->server.arena, (int)i), ",\"created\":true");
    put(out, "]");
}

static void values_go_as_their_types(void **state)
{
    struct org o = {0};
    (void)state;
    org_open(&o, accept_all);
    struct crm_set set[] = {{MAP_NAME, value_text(S("A \"B\"\\\n"))},
                            {MAP_PHONE, VALUE_EMPTY},
                            {MAP_STAFF, value_text(S("-1200.5"))},
                            {MAP_ACTIVE, value_text(S("true"))}};
    struct crm_set clear[] = {{MAP_STAFF, VALUE_EMPTY}, {MAP_ACTIVE, VALUE_EMPTY}};
    struct crm_write w[] = {update(&o, 1, set, 4), update(&o, 2, clear, 2)};
    w[0].key = S("901");
    assert_true(send_all(&o, w, 2));
    assert_string_equal(o.text[0],
                        "{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Account\"},"
                        "\"id\":\"001000000000001AAA\",\"Tandem_Company_Id__c\":\"42:901\","
                        "\"Name\":\"A \\\"B\\\"\\\\\\n\",\"Phone\":null,"
                        "\"NumberOfEmployees\":-1200.5,\"Active__c\":true},"
                        "{\"attributes\":{\"type\":\"Account\"},\"id\":\"001000000000002AAA\","
                        "\"NumberOfEmployees\":null,\"Active__c\":false}]}");
    assert_string_equal(o.text[7], DATA "/composite/sobjects");
    assert_int_equal(w[1].outcome, CRM_DONE);
    org_close(&o);
}

static void what_is_no_number_does_not_spoil_the_others(void **state)
{
    static const char *const bad[] = {"12a", "1.", ".5", "01", "--1", "1e5", "", "NaN"};
    struct org o = {0};
    (void)state;
    org_open(&o, accept_all);
    for (size_t i = 0; i < LEN(bad); i++) {
        struct crm_set set = {MAP_STAFF, {VALUE_TEXT, str_from(bad[i])}};
        struct crm_write w = update(&o, 1, &set, 1);
        char want[64];
        o.step = 0;
        assert_true(send_all(&o, &w, 1));
        snprintf(want, sizeof(want), "\"NumberOfEmployees\":\"%s\"", bad[i]);
        assert_non_null(strstr(o.text[0], want));
    }
    org_close(&o);
}

static void a_create_is_an_upsert_by_our_key(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, accept_all);
    struct crm_write w = create(&o, 901, &set, 1);
    assert_true(send_all(&o, &w, 1));
    assert_string_equal(o.text[7], DATA "/composite/sobjects/Account/Tandem_Company_Id__c");
    assert_non_null(strstr(o.text[0], "\"Tandem_Company_Id__c\":\"42:901\""));
    assert_null(strstr(o.text[0], "\"id\""));
    assert_int_equal(w.outcome, CRM_DONE);
    assert_true(w.created);
    assert_true(str_eq(w.new_id, account_id(&o.a, 0)));
    org_close(&o);
}

static void say_yes_of_nobody(struct org *o, const struct canned_request *q,
                              struct canned_answer *out)
{
    size_t n = yyjson_arr_size(records(o, q));
    put(out, "[");
    for (size_t i = 0; i < n; i++)
        put_done(out, i == 0 ? S("") : account_id(&o->server.arena, 1), "");
    put(out, "]");
}

static void a_success_that_names_no_record_is_not_known(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, say_yes_of_nobody);
    struct crm_write w[] = {create(&o, 901, &set, 1), create(&o, 902, &set, 1)};
    assert_true(send_all(&o, w, 2));
    assert_int_equal(w[0].outcome, CRM_UNKNOWN); /* S8.2: it is read before anything else */
    assert_string_equal(w[0].err->code, "no_outcome");
    assert_int_equal(w[1].outcome, CRM_DONE);
    org_close(&o);
}

static void one_call_has_200_and_no_record_twice(void **state)
{
    struct org o = {0};
    struct crm_write w[402];
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, accept_all);
    for (int i = 0; i < 402; i++)
        w[i] = update(&o, i < 400 ? i : 7, &set, 1); /* 7 three times */
    assert_true(send_all(&o, w, 402));
    assert_int_equal(o.step, 4); /* 200, 200, then two more waves */
    assert_non_null(strstr(o.text[2], "\"id\":\"001000000000007AAA\""));
    assert_non_null(strstr(o.text[3], "\"id\":\"001000000000007AAA\""));
    for (int i = 0; i < 402; i++)
        assert_int_equal(w[i].outcome, CRM_DONE);
    org_close(&o);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void a_bit_of_everything(struct org *o, const struct canned_request *q,
                                struct canned_answer *out)
{
    (void)q;
    o->step++;
    put(out, "[");
    put_done(out, account_id(&o->server.arena, 1), "");
    put_failed(out, "STRING_TOO_LONG", "Phone: data value too large", "Phone");
    put_failed(out, "INVALID_FIELD_FOR_INSERT_UPDATE",
               "Unable to create/update fields: NumberOfEmployees. Check security", "");
    put_failed(out, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone and Name must rhyme", "");
    put_failed(out, "ENTITY_IS_DELETED", "entity is deleted", "");
    put_failed(out, "SOMETHING_NEW", "never heard of", "");
    put(out, "]");
}

static void every_record_is_judged_by_itself(void **state)
{
    struct org o = {0};
    struct crm_write w[7];
    struct crm_set set[] = {{MAP_NAME, value_text(S("A"))},
                            {MAP_PHONE, value_text(S("1"))},
                            {MAP_STAFF, value_text(S("1"))}};
    (void)state;
    org_open(&o, a_bit_of_everything);
    for (int i = 0; i < 7; i++)
        w[i] = update(&o, i + 1, set, 3);
    assert_true(send_all(&o, w, 7));
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_int_equal(w[1].outcome, CRM_REJECTED);
    assert_false(w[1].created); /* `created` counts with success only (SF 8.2) */
    assert_int_equal(w[1].bad_set, 1);
    assert_string_equal(w[1].err->code, "STRING_TOO_LONG");
    assert_string_equal(w[1].err->subject, "Phone");
    assert_int_equal(w[2].bad_set, 2); /* named in the text only */
    assert_int_equal(w[3].outcome, CRM_REJECTED);
    assert_true(w[3].bad_set == SIZE_MAX); /* an administrator's words name nothing */
    assert_int_equal(w[4].outcome, CRM_CHANGED);
    assert_int_equal(w[5].outcome, CRM_REJECTED); /* unknown is final for the record, not the run */
    assert_int_equal(w[6].outcome, CRM_UNKNOWN);  /* the answer is one short */
    assert_int_equal(o.step, 1);
    org_close(&o);
}

/* The second record is locked the first two times. */
static void locked_twice(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    size_t n = yyjson_arr_size(records(o, q));
    note(o, o->step, q->body);
    put(out, "[");
    if (o->step == 0)
        put_done(out, account_id(&o->server.arena, 1), "");
    if (o->step < 2)
        put_failed(out, o->step ? "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" : "UNABLE_TO_LOCK_ROW",
                   "UNABLE_TO_LOCK_ROW, unable to obtain exclusive access", "");
    else
        put_done(out, account_id(&o->server.arena, 2), "");
    put(out, "]");
    assert_int_equal(n, o->step == 0 ? 2 : 1); /* only the failed one again */
    o->step++;
}

static void a_locked_row_is_tried_again_alone(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, locked_twice);
    struct crm_write w[] = {update(&o, 1, &set, 1), update(&o, 2, &set, 1)};
    assert_true(send_all(&o, w, 2));
    assert_int_equal(o.step, 3);
    assert_true(o.clock.slept_ms > 0);
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_int_equal(w[1].outcome, CRM_DONE);
    org_close(&o);
}

static void locked_for_ever(struct org *o, const struct canned_request *q,
                            struct canned_answer *out)
{
    (void)q;
    o->step++;
    put(out, "[");
    put_failed(out, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", "");
    put(out, "]");
}

static void a_row_that_stays_locked_is_left_for_later(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, locked_for_ever);
    struct crm_write w = update(&o, 1, &set, 1);
    assert_true(send_all(&o, &w, 1));
    assert_int_equal(w.outcome, CRM_AGAIN);
    assert_int_equal(w.err->kind, ERR_RETRY);
    assert_int_equal(o.step, 4);
    org_close(&o);
}

/* More than two in a call are too many for the org's triggers. */
static void tired_triggers(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    size_t n = yyjson_arr_size(records(o, q));
    o->step++;
    put(out, "[");
    for (size_t i = 0; i < n; i++)
        if (n > 2)
            put_failed(
                out, "UNKNOWN_EXCEPTION",
                "Too many batch retries in the presence of Apex triggers and partial failures", "");
        else
            put_done(out, account_id(&o->server.arena, 1), "");
    put(out, "]");
}

static void a_batch_that_tires_the_triggers_is_halved(void **state)
{
    struct org o = {0};
    struct crm_write w[8];
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, tired_triggers);
    for (int i = 0; i < 8; i++)
        w[i] = update(&o, i, &set, 1);
    assert_true(send_all(&o, w, 8));
    assert_int_equal(o.step, 1 + 2 + 4);
    for (int i = 0; i < 8; i++)
        assert_int_equal(w[i].outcome, CRM_DONE);
    org_close(&o);
}

/* A call is refused as a whole when record 3 is in it, or one with a phone. */
static void one_bad_apple(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    size_t n = yyjson_arr_size(records(o, q));
    o->step++;
    if (says(q->body, "\"Phone\"")) {
        refuse(out, 400, "INVALID_FIELD", "No such column 'Phone' on sobject of type Account");
        return;
    }
    if (says(q->body, "001000000000003AAA")) {
        refuse(out, 400, "JSON_PARSER_ERROR", "something is wrong somewhere");
        return;
    }
    put(out, "[");
    for (size_t i = 0; i < n; i++)
        put_done(out, account_id(&o->server.arena, 1), "");
    put(out, "]");
}

static void a_refused_call_refuses_the_one_to_blame(void **state)
{
    struct org o = {0};
    struct crm_write w[8];
    struct crm_set set[] = {{MAP_NAME, value_text(S("A"))}, {MAP_PHONE, value_text(S("1"))}};
    (void)state;
    org_open(&o, one_bad_apple);
    for (int i = 0; i < 8; i++)
        w[i] = update(&o, i, set, i == 5 ? 2 : 1);
    assert_true(send_all(&o, w, 8));
    for (int i = 0; i < 8; i++)
        assert_int_equal(w[i].outcome, i == 3 || i == 5 ? CRM_REJECTED : CRM_DONE);
    assert_int_equal(w[5].bad_set, 1); /* named: out at once, without halving */
    org_close(&o);
}

/* ---- the place ------------------------------------------------------------------------------- */

static void key_is_gone(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    if (says(q->path, "Tandem_Company_Id__c"))
        refuse(out, 404, "NOT_FOUND", "Provided external ID field does not exist");
    else
        accept_all(o, q, out);
}

static void a_missing_key_stops_creates_and_lets_updates_go_on(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, key_is_gone);
    struct crm_write w[] = {create(&o, 1, &set, 1), update(&o, 2, &set, 1), create(&o, 3, &set, 1)};
    assert_false(send_all(&o, w, 3));
    assert_string_equal(o.e.code, "key_missing");
    assert_int_equal(o.e.kind, ERR_REFUSED);
    assert_int_equal(o.e.scope, SCOPE_DIRECTION);
    assert_int_equal(w[0].outcome, CRM_NOT_SENT);
    assert_int_equal(w[1].outcome, CRM_DONE);
    assert_int_equal(w[2].outcome, CRM_NOT_SENT);
    org_close(&o);
}

static void no_room(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    put(out, "[");
    put_done(out, account_id(&o->server.arena, 1), ",\"created\":true");
    put_failed(out, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", "");
    put(out, "]");
}

static void a_full_org_is_no_error_of_the_record(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, no_room);
    struct crm_write w[] = {create(&o, 1, &set, 1), create(&o, 2, &set, 1)};
    assert_false(send_all(&o, w, 2));
    assert_string_equal(o.e.code, "STORAGE_LIMIT_EXCEEDED");
    assert_int_equal(o.e.scope, SCOPE_DIRECTION);
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_int_equal(w[1].outcome, CRM_NOT_SENT);
    org_close(&o);
}

static void day_is_over(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)o;
    (void)q;
    refuse(out, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
}

static void a_used_up_day_refuses_no_record(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, day_is_over);
    struct crm_write w = update(&o, 1, &set, 1);
    assert_false(send_all(&o, &w, 1));
    assert_int_equal(o.e.kind, ERR_WAIT);
    assert_int_equal(w.outcome, CRM_AGAIN);
    org_close(&o);
}

static void no_session(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)o;
    (void)q;
    refuse(out, 401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API");
}

static void a_session_that_no_renewal_helps_refuses_no_record(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, no_session);
    struct crm_write w = update(&o, 1, &set, 1);
    assert_false(send_all(&o, &w, 1));
    assert_int_equal(o.e.kind, ERR_REAUTH);
    assert_int_equal(w.outcome, CRM_NOT_SENT);
    assert_int_equal(o.renewals, 1); /* once, then it is final (SF 2.3) */
    org_close(&o);
}

static void broken(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    o->step++;
    out->status = 500;
    out->type = "text/html";
    put(out, "<html>oops</html>");
}

static void without_an_answer_the_effect_is_not_known(void **state)
{
    struct org o = {0};
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    (void)state;
    org_open(&o, broken);
    struct crm_write w = create(&o, 1, &set, 1);
    assert_true(send_all(&o, &w, 1));
    assert_int_equal(w.outcome, CRM_UNKNOWN); /* read before anything else (S8.2) */
    assert_int_equal(o.step, 1);              /* and never sent again as it stands */
    org_close(&o);
}

/* ---- If-Match -------------------------------------------------------------------------------- */

static void matching(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    note(o, o->step++, q->body);
    assert_true(is(q, "POST", DATA "/composite"));
    put(out, "{\"compositeResponse\":["
             "{\"referenceId\":\"r1\",\"httpStatusCode\":412,\"body\":[{\"errorCode\":"
             "\"PRECONDITION_FAILED\",\"message\":\"the record was modified\"}]},"
             "{\"referenceId\":\"r0\",\"httpStatusCode\":204,\"body\":null},"
             "{\"referenceId\":\"r2\",\"httpStatusCode\":400,\"body\":[{\"errorCode\":"
             "\"STRING_TOO_LONG\",\"message\":\"too large\",\"fields\":[\"Phone\"]}]}]}");
}

static void a_stale_tag_is_an_edit_by_somebody_else(void **state)
{
    struct org o = {0};
    struct crm_set set[] = {{MAP_PHONE, value_text(S("1"))}, {MAP_NAME, value_text(S("A"))}};
    (void)state;
    org_open(&o, matching);
    struct crm_write w[4];
    for (int i = 0; i < 4; i++) {
        w[i] = update(&o, i, set, 2);
        w[i].etag = S("\"ddpAda=--gzip\"");
    }
    assert_true(send_all(&o, w, 4));
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_int_equal(w[1].outcome, CRM_CHANGED);
    assert_int_equal(w[2].outcome, CRM_REJECTED);
    assert_int_equal(w[2].bad_set, 0);
    assert_int_equal(w[3].outcome, CRM_UNKNOWN);
    assert_int_equal(o.step, 1);
    assert_non_null(strstr(o.text[0], "\"httpHeaders\":{\"If-Match\":\"\\\"ddpAda=--gzip\\\"\"},"
                                      "\"body\":{ \"Phone\":\"1\",\"Name\":\"A\"}"));
    org_close(&o);
}

/* ---- delete (SF 8.2) --------------------------------------------------------------------------
 */

static void delete_some(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    note(o, o->step++, q->query);
    assert_true(is(q, "DELETE", DATA "/composite/sobjects"));
    put(out, "[");
    put_done(out, account_id(&o->server.arena, 1), "");
    put_failed(out, "ENTITY_IS_DELETED", "entity is deleted", "");
    put_failed(out, "DELETE_FAILED", "a case depends on it", "");
    put(out, "]");
}

static void what_is_deleted_already_counts_as_done(void **state)
{
    struct org o = {0};
    (void)state;
    org_open(&o, delete_some);
    struct crm_write w[] = {update(&o, 1, NULL, 0), update(&o, 2, NULL, 0), update(&o, 3, NULL, 0)};
    for (size_t i = 0; i < 3; i++) {
        w[i].archive = true;
        w[i].etag = S("\"ddpAda=--gzip\""); /* SF 9: a delete takes no precondition */
    }
    assert_true(send_all(&o, w, 3));
    assert_string_equal(o.text[0], "ids=001000000000001AAA,001000000000002AAA,001000000000003AAA"
                                   "&allOrNone=false");
    assert_int_equal(o.step, 1);
    assert_int_equal(w[0].outcome, CRM_DONE);
    assert_int_equal(w[1].outcome, CRM_DONE);
    assert_int_equal(w[2].outcome, CRM_REJECTED);
    assert_string_equal(w[2].err->code, "DELETE_FAILED");
    org_close(&o);
}

/* ---- ingest ---------------------------------------------------------------------------------- */

#define JOB DATA "/jobs/ingest/750000000000002AAA"

/* 2,001 creates: one fails, one is not processed, the rest come back in reverse. */
static void ingest(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    struct arena *a = &o->server.arena;
    if (is(q, "POST", DATA "/jobs/ingest")) {
        note(o, 0, q->body);
        put(out, "{\"id\":\"750000000000002AAA\",\"state\":\"Open\"}");
    } else if (is(q, "PUT", JOB "/batches")) {
        note(o, 1, q->body);
        assert_true(str_eq(canned_header(q->head, "Content-Type"), S("text/csv")));
        out->status = 201;
    } else if (is(q, "PATCH", JOB)) {
        note(o, 2, q->body);
        put(out, "{\"state\":\"UploadComplete\"}");
    } else if (is(q, "GET", JOB)) {
        put(out, o->step++ < 2 ? "{\"state\":\"InProgress\"}" : "{\"state\":\"Failed\"}");
    } else if (is(q, "GET", JOB "/successfulResults")) {
        out->type = "text/csv";
        put(out, "\"sf__Id\",\"sf__Created\",\"Tandem_Company_Id__c\",\"Name\"\n");
        for (int n = 2000; n >= 2; n--)
            buf_fmt(&out->body, "\"%.*s\",\"%s\",\"42:%d\",\"x\"\n", STR_ARG(account_id(a, n)),
                    n == 2 ? "false" : "true", n);
    } else if (is(q, "GET", JOB "/failedResults")) {
        out->type = "text/csv";
        put(out, "\"sf__Id\",\"sf__Error\",\"Tandem_Company_Id__c\",\"Name\"\n"
                 "\"\",\"STRING_TOO_LONG:Account Name: data value too large: xx (max "
                 "length=255):Name --\",\"42:1\",\"x\"\n");
    } else if (is(q, "GET", JOB "/unprocessedrecords")) {
        out->type = "text/csv";
        put(out, "\"Tandem_Company_Id__c\",\"Name\"\n\"42:0\",\"x\"\n");
    } else {
        note(o, 3, q->body);
        put(out, "[");
        put_done(out, account_id(a, 0), ",\"created\":true");
        put(out, "]");
    }
}

static void many_creates_go_in_bulk_and_are_told_apart_by_key(void **state)
{
    struct org o = {0};
    struct crm_write *w;
    (void)state;
    org_open(&o, ingest);
    struct crm_set set[] = {{MAP_NAME, value_text(S("A, \"B\""))}, {MAP_PHONE, VALUE_EMPTY}};
    w = ARENA_ARRAY(&o.a, struct crm_write, 2001);
    for (int i = 0; i <= 2000; i++)
        w[i] = create(&o, i, set, i % 2 ? 2 : 1);
    assert_true(send_all(&o, w, 2001));
    assert_non_null(strstr(o.text[0], "\"externalIdFieldName\":\"Tandem_Company_Id__c\""));
    assert_memory_equal(o.text[1],
                        "Tandem_Company_Id__c,Name,Phone\n"
                        "42:0,\"A, \"\"B\"\"\",\n"      /* an empty cell is left alone */
                        "42:1,\"A, \"\"B\"\"\",#N/A\n", /* and this one cleared */
                        70);
    assert_string_equal(o.text[2], "{\"state\":\"UploadComplete\"}");
    assert_int_equal(w[1].outcome, CRM_REJECTED);
    assert_int_equal(w[1].bad_set, 0);
    assert_string_equal(w[1].err->code, "STRING_TOO_LONG");
    for (int i = 2; i <= 2000; i++) {
        assert_int_equal(w[i].outcome, CRM_DONE);
        assert_true(str_eq(w[i].new_id, account_id(&o.a, i)));
        assert_true(w[i].created == (i != 2));
    }
    assert_int_equal(w[0].outcome, CRM_DONE); /* not processed there: sent as the few are */
    assert_non_null(strstr(o.text[3], "\"42:0\""));
    org_close(&o);
}

/* S6.10: rows of several record types, and of none, in one job. */
static void a_record_type_goes_in_bulk_too(void **state)
{
    struct org o = {0};
    struct crm_write *w;
    (void)state;
    org_open(&o, ingest);
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    w = ARENA_ARRAY(&o.a, struct crm_write, 2001);
    for (int i = 0; i <= 2000; i++) {
        w[i] = create(&o, i, &set, 1);
        w[i].kind = i == 0 ? S("0125e000000AAAAAA2") : i == 1 ? S("0125e000000BBBBAA2") : S("");
    }
    assert_true(send_all(&o, w, 2001));
    static const char rows[] = "Tandem_Company_Id__c,RecordTypeId,Name\n"
                               "42:0,0125e000000AAAAAA2,A\n"
                               "42:1,0125e000000BBBBAA2,A\n"
                               "42:2,,A\n"; /* empty = left to the user's default one */
    assert_memory_equal(o.text[1], rows, sizeof(rows) - 1);
    assert_non_null(strstr(o.text[3], "\"RecordTypeId\":\"0125e000000AAAAAA2\"")); /* and singly */
    assert_int_equal(w[2000].outcome, CRM_DONE);
    org_close(&o);
}

static void ingest_silent(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    if (is(q, "GET", JOB "/successfulResults"))
        refuse(out, 400, "INVALIDJOB", "no results for you");
    else
        ingest(o, q, out);
}

static void without_bulk_results_the_effect_is_not_known(void **state)
{
    struct org o = {0};
    struct crm_write *w;
    (void)state;
    org_open(&o, ingest_silent);
    struct crm_set set = {MAP_NAME, value_text(S("A"))};
    w = ARENA_ARRAY(&o.a, struct crm_write, 2001);
    for (int i = 0; i <= 2000; i++)
        w[i] = create(&o, i, &set, 1);
    assert_false(send_all(&o, w, 2001));
    for (int i = 0; i <= 2000; i++)
        assert_int_equal(w[i].outcome, CRM_UNKNOWN);
    org_close(&o);
}

/* ---- setup ----------------------------------------------------------------------------------- */

/* step: 0 = may not make fields, 1 = makes it, 2 = it is there, unseen. The second permission set
 * is the one that can be edited. */
static void setup_org(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    if (is(q, "POST", DATA "/tooling/sobjects/CustomField")) {
        note(o, 0, q->body);
        out->status = o->step == 1 ? 201 : 400;
        if (o->step == 0)
            refuse(out, 403, "INSUFFICIENT_ACCESS", "insufficient access rights");
        else if (o->step == 2)
            refuse(out, 400, "DUPLICATE_DEVELOPER_NAME", "There is already a field named that");
        else
            put(out, "{\"id\":\"00N\",\"success\":true,\"errors\":[]}");
    } else if (is(q, "GET", DATA "/query")) {
        put(out, "{\"totalSize\":2,\"done\":true,\"records\":[{\"PermissionSetId\":\"0PS1\"},"
                 "{\"PermissionSetId\":\"0PS2\"}]}");
    } else if (is(q, "POST", DATA "/sobjects/FieldPermissions")) {
        if (says(q->body, "0PS1")) {
            refuse(out, 400, "CANNOT_INSERT_UPDATE", "a managed permission set");
            return;
        }
        note(o, 1, q->body);
        o->without_key = false;
        out->status = 201;
        put(out, "{\"id\":\"01k\",\"success\":true,\"errors\":[]}");
    }
}

static struct crm_setup run_setup(struct org *o)
{
    struct crm_setup out;
    if (!o->crm->ops->setup(o->crm, &o->a, CRM_MAKE, S("here"), &out, &o->e))
        fail_msg("%s", o->e.msg);
    return out;
}

static void setup_makes_the_key_and_lets_us_see_it(void **state)
{
    struct org o = {.step = 1, .without_key = true};
    (void)state;
    org_open(&o, setup_org);
    struct crm_setup s = run_setup(&o);
    assert_true(s.key_made && s.key_ready);
    assert_null(s.todo.p);
    assert_non_null(strstr(o.text[0], "\"FullName\":\"Account.Tandem_Company_Id__c\""));
    assert_non_null(strstr(o.text[0], "\"externalId\":true,\"unique\":true"));
    assert_non_null(strstr(o.text[1], "\"ParentId\":\"0PS2\""));
    org_close(&o);
}

static void setup_finds_a_key_that_was_made_and_not_seen(void **state)
{
    struct org o = {.step = 2, .without_key = true};
    (void)state;
    org_open(&o, setup_org);
    struct crm_setup s = run_setup(&o);
    assert_true(s.key_ready && !s.key_made);
    org_close(&o);
}

static void setup_says_what_an_administrator_must_do(void **state)
{
    struct org o = {.step = 0, .without_key = true};
    (void)state;
    org_open(&o, setup_org);
    struct crm_setup s = run_setup(&o);
    assert_false(s.key_ready);
    assert_true(says(s.todo, "Tandem_Company_Id__c") && says(s.todo, "External ID") &&
                says(s.todo, "Unique"));
    org_close(&o);
}

static void a_key_that_is_not_unique_is_no_key(void **state)
{
    struct org o = {.step = 1, .key_not_unique = true};
    (void)state;
    org_open(&o, setup_org);
    struct crm_setup s = run_setup(&o);
    assert_false(s.key_ready); /* SF T12 */
    assert_true(says(s.todo, "Unique"));
    struct crm_setup looked;
    assert_true(o.crm->ops->setup(o.crm, &o.a, CRM_LOOK, S("here"), &looked, &o.e));
    assert_false(looked.key_ready);
    org_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_as_their_types),
        cmocka_unit_test(what_is_no_number_does_not_spoil_the_others),
        cmocka_unit_test(a_create_is_an_upsert_by_our_key),
        cmocka_unit_test(a_success_that_names_no_record_is_not_known),
        cmocka_unit_test(one_call_has_200_and_no_record_twice),
        cmocka_unit_test(every_record_is_judged_by_itself),
        cmocka_unit_test(a_locked_row_is_tried_again_alone),
        cmocka_unit_test(a_row_that_stays_locked_is_left_for_later),
        cmocka_unit_test(a_batch_that_tires_the_triggers_is_halved),
        cmocka_unit_test(a_refused_call_refuses_the_one_to_blame),
        cmocka_unit_test(a_missing_key_stops_creates_and_lets_updates_go_on),
        cmocka_unit_test(a_full_org_is_no_error_of_the_record),
        cmocka_unit_test(a_used_up_day_refuses_no_record),
        cmocka_unit_test(a_session_that_no_renewal_helps_refuses_no_record),
        cmocka_unit_test(without_an_answer_the_effect_is_not_known),
        cmocka_unit_test(a_stale_tag_is_an_edit_by_somebody_else),
        cmocka_unit_test(what_is_deleted_already_counts_as_done),
        cmocka_unit_test(many_creates_go_in_bulk_and_are_told_apart_by_key),
        cmocka_unit_test(a_record_type_goes_in_bulk_too),
        cmocka_unit_test(without_bulk_results_the_effect_is_not_known),
        cmocka_unit_test(setup_makes_the_key_and_lets_us_see_it),
        cmocka_unit_test(setup_finds_a_key_that_was_made_and_not_seen),
        cmocka_unit_test(setup_says_what_an_administrator_must_do),
        cmocka_unit_test(a_key_that_is_not_unique_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
