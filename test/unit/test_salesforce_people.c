/* What Salesforce tells of contacts and leads, on the wire (SF 5, 6, 8.4, 10.2, 13). */
#include "test_salesforce.h"

#include "crm/people.h"

#define MARK "1795450000000 1795450000000" /* 2026-11-23T16:06:40Z */

static const char contact_rows[] =
    "{\"Id\":\"003000000000001AAA\",\"IsDeleted\":false,\"MasterRecordId\":null,\"SystemModstamp\":"
    "\"2026-11-23T16:10:00.000+0000\",\"Email\":\"Ann@Acme.Example\",\"AccountId\":"
    "\"001000000000001AAA\"},"
    "{\"Id\":\"003000000000002AAA\",\"IsDeleted\":true,\"MasterRecordId\":\"003000000000001AAA\","
    "\"SystemModstamp\":\"2026-11-23T16:11:00.000+0000\",\"Email\":null,\"AccountId\":null},"
    "{\"Id\":\"003000000000003AAA\",\"IsDeleted\":true,\"MasterRecordId\":null,\"SystemModstamp\":"
    "\"2026-11-23T16:12:00.000+0000\",\"Email\":\"gone@acme.example\",\"AccountId\":null}";
static const char lead_rows[] =
    "{\"Id\":\"00Q000000000001EAA\",\"IsDeleted\":false,\"MasterRecordId\":null,\"SystemModstamp\":"
    "\"2026-11-23T16:10:00.000+0000\",\"Email\":\"lead@acme.example\",\"ConvertedAccountId\":null,"
    "\"IsConverted\":false,\"ConvertedContactId\":null},"
    "{\"Id\":\"00Q000000000002EAA\",\"IsDeleted\":false,\"MasterRecordId\":null,\"SystemModstamp\":"
    "\"2026-11-23T16:10:00.000+0000\",\"Email\":\"was@acme.example\",\"ConvertedAccountId\":"
    "\"001000000000001AAA\",\"IsConverted\":true,\"ConvertedContactId\":\"003000000000001AAA\"}";

enum { ALL_GOOD, NO_LEADS, FAILING, LARGE };

static void part(struct canned_answer *out, const char *reference, int status, const char *body)
{
    buf_fmt(&out->body, "%s{\"referenceId\":\"%s\",\"httpStatusCode\":%d,\"body\":%s}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", reference, status, body);
}

static void put_rows(struct canned_answer *out, const char *reference, int total, const char *rows)
{
    buf_fmt(&out->body,
            "%s{\"referenceId\":\"%s\",\"httpStatusCode\":200,\"body\":{\"totalSize\":%d,\"done\":"
            "true,\"records\":[%s]}}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", reference, total, rows);
}

static void composite(struct org *o, struct canned_answer *out)
{
    put(out, "{\"compositeResponse\":[");
    if (o->step == LARGE) { /* 2,000 of them, and there are more */
        struct buf b;
        buf_init(&b, 4 * MIB);
        for (int i = 1; i <= 2000; i++)
            buf_fmt(&b,
                    "%s{\"Id\":\"003%012dAAA\",\"IsDeleted\":false,\"SystemModstamp\":"
                    "\"2026-01-01T00:00:00.000+0000\",\"Email\":\"p%d@x.example\"}",
                    i > 1 ? "," : "", i, i);
        buf_char(&b, '\0');
        put_rows(out, "rows0", 2000, b.p);
        buf_release(&b);
    } else {
        put_rows(out, "rows0", 3, contact_rows);
    }
    if (o->step == NO_LEADS)
        part(out, "rows1", 400, "[{\"errorCode\":\"INVALID_TYPE\",\"message\":\"no Lead\"}]");
    else if (o->step == FAILING)
        part(out, "rows1", 400, "[{\"errorCode\":\"QUERY_TIMEOUT\",\"message\":\"slow\"}]");
    else
        put_rows(out, "rows1", 2, lead_rows);
    part(out, "covered0", 200,
         "{\"ids\":[],\"latestDateCovered\":\"2026-11-23T16:20:00.000+0000\"}");
    part(out, "covered1", 400, "[{\"errorCode\":\"EXCEEDED_ID_LIMIT\",\"message\":\"many\"}]");
    part(out, "purged0", 200,
         "{\"deletedRecords\":[{\"id\":\"003000000000009AAA\",\"deletedDate\":"
         "\"2026-11-23T16:13:00.000+0000\"}]}");
    part(out, "purged1", 400, "[{\"errorCode\":\"X\",\"message\":\"x\"}]");
    put(out, "]}");
}

static void answer(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    if (is(q, "POST", DATA "/composite")) {
        snprintf(o->text[0], sizeof(o->text[0]), "%.*s", STR_ARG(q->body));
        composite(o, out);
    } else if (is(q, "POST", DATA "/jobs/query")) {
        snprintf(o->text[1], sizeof(o->text[1]), "%.*s", STR_ARG(q->body));
        put(out, "{\"id\":\"750000000000001AAA\",\"state\":\"UploadComplete\"}");
    } else if (says(q->path, "/results")) {
        out->type = "text/csv";
        buf_str(&out->head, S("Sforce-Locator: null\r\nSforce-NumberOfRecords: 1\r\n"));
        put(out,
            "\"Id\",\"IsDeleted\",\"MasterRecordId\",\"SystemModstamp\",\"Email\",\"AccountId\"\n"
            "\"003000000002001AAA\",\"false\",\"\",\"2026-01-01T00:00:00.000Z\",\"Z@X.example\","
            "\"001000000000001AAA\"\n");
    } else {
        put(out, "{\"state\":\"JobComplete\",\"numberRecordsProcessed\":1}");
    }
}

static bool read_all(struct org *o, const char *cursor, struct person_list *l, struct str *next)
{
    const struct crm_people_ops *ops = o->crm->people;
    struct crm_people_reader *r;
    struct crm_people page = {0};
    bool ok = true;
    *next = STR_NONE;
    *l = (struct person_list){.a = &o->a};
    assert_true(ops->read(o->crm, CRM_READ_CHANGED, str_from(cursor), 0, &r, &o->e));
    while (ok && !page.last) {
        page = (struct crm_people){0};
        ok = ops->next(r, &o->a, &page, next, &o->e);
        for (size_t i = 0; ok && i < page.count; i++)
            person_add(l, page.person[i]);
    }
    ops->end(r);
    return ok;
}

static const struct person *person(const struct person_list *l, const char *id)
{
    for (size_t i = 0; i < l->count; i++)
        if (str_eq(l->person[i].id, str_from(id)))
            return &l->person[i];
    fail_msg("no person %s", id);
    return NULL;
}

static void one_call_tells_what_became_of_people(void **state)
{
    struct org o = {0};
    struct person_list l;
    struct str next;
    (void)state;
    org_open(&o, answer);
    size_t before = o.server.calls;
    if (!read_all(&o, MARK, &l, &next))
        fail_msg("%s", o.e.msg);
    assert_int_equal(o.server.calls - before, 1);
    assert_int_equal(l.count, 6);
    assert_true(str_eq(l.person[0].id, S("003000000000009AAA"))); /* purged: told first */
    assert_int_equal(l.person[0].state, RECORD_HIDDEN);
    const struct person *ann = person(&l, "003000000000001AAA");
    assert_true(str_eq(ann->email, S("ann@acme.example")) && ann->kind == PERSON_SF_CONTACT);
    assert_true(str_eq(ann->account, S("001000000000001AAA")) && !ann->next.n);
    assert_int_equal(person(&l, "003000000000002AAA")->state, RECORD_MERGED);
    assert_true(str_eq(person(&l, "003000000000002AAA")->next, S("003000000000001AAA")));
    assert_int_equal(person(&l, "003000000000003AAA")->state, RECORD_DELETED);
    assert_true(!person(&l, "00Q000000000001EAA")->converted);
    const struct person *was = person(&l, "00Q000000000002EAA");
    assert_true(was->converted && was->state == RECORD_LIVE && was->kind == PERSON_LEAD);
    assert_true(str_eq(was->next, S("003000000000001AAA")));
    assert_non_null(strstr(o.text[0], "queryAll"));
    assert_non_null(strstr(o.text[0], "/sobjects/Lead/deleted/"));
    /* Contact's mark is Salesforce's own; where it tells none, two minutes ago (SF 13). */
    assert_true(str_eq(next, S("1795450800000 1795450929000")));
    org_close(&o);
}

static void without_a_mark_everybody_is_read(void **state)
{
    struct org o = {0};
    struct person_list l;
    struct str next;
    (void)state;
    org_open(&o, answer);
    o.step = LARGE; /* the rest comes by bulk, deleted ones included */
    if (!read_all(&o, "", &l, &next))
        fail_msg("%s", o.e.msg);
    assert_null(strstr(o.text[0], "WHERE"));
    assert_null(strstr(o.text[0], "/deleted/"));
    assert_non_null(strstr(o.text[1], "\"operation\":\"queryAll\""));
    assert_non_null(strstr(o.text[1], "Id > '003000000002000AAA'"));
    assert_true(str_eq(person(&l, "003000000002001AAA")->email, S("z@x.example")));
    assert_int_equal(person(&l, "00Q000000000001EAA")->kind, PERSON_LEAD);
    assert_true(next.n > 0);
    org_close(&o);
}

static void an_object_that_we_may_not_read_stops_nothing(void **state)
{
    struct org o = {0};
    struct person_list l;
    struct str next;
    (void)state;
    org_open(&o, answer);
    o.step = NO_LEADS;
    assert_true(read_all(&o, MARK, &l, &next));
    assert_int_equal(l.count, 4);
    o.step = FAILING; /* but trouble does: the mark stays where it is (S4.4) */
    assert_false(read_all(&o, MARK, &l, &next));
    assert_int_equal(o.e.kind, ERR_RETRY);
    assert_false(next.n > 0);
    org_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_call_tells_what_became_of_people),
        cmocka_unit_test(without_a_mark_everybody_is_read),
        cmocka_unit_test(an_object_that_we_may_not_read_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
