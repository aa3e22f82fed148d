/* What HubSpot tells of people, on the wire: contacts, their companies, lists (H13.11, H15, H16).
 */
#include "test_hubspot.h"

#include "crm/people.h"

#define CONTACTS "/crm/objects/2026-09/contacts"
#define LINKS    "/crm/associations/2026-03"

static const struct person *person(const struct crm_people *page, const char *id)
{
    for (size_t i = 0; i < page->count; i++)
        if (str_eq(page->person[i].id, str_from(id)))
            return &page->person[i];
    fail_msg("no person %s", id);
    return NULL;
}

/* ---- contacts -------------------------------------------------------------------------------- */

static void hits(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    assert_true(is(q, "POST", CONTACTS "/search"));
    note(p, 0, q->body);
    put(out, "{\"results\":["
             "{\"id\":\"51\",\"updatedAt\":\"2026-11-23T16:00:00.123Z\",\"properties\":{\"email\":"
             "\" Zo\\u00cb@Acme.Example \",\"salesforcecontactid\":\"0035e00001AbCdE\","
             "\"salesforceleadid\":null,\"hs_merged_object_ids\":\"49;50\"}},"
             "{\"id\":\"52\",\"properties\":{\"lastmodifieddate\":\"2026-11-23T16:00:01Z\","
             "\"email\":\"\",\"salesforceleadid\":\"no id\"}}]}");
}

static void a_hit_carries_what_evidence_needs(void **state)
{
    struct portal p = {0};
    struct crm_people_reader *r;
    struct crm_people page;
    struct str cursor = STR_NONE;
    (void)state;
    portal_open(&p, hits);
    const struct crm_people_ops *ops = p.crm->people;
    assert_true(ops->read(p.crm, CRM_READ_CHANGED, S(""), NOW_MS - MS_HOUR, &r, &p.e));
    if (!ops->next(r, &p.a, &page, &cursor, &p.e))
        fail_msg("%s", p.e.msg);
    ops->end(r);
    assert_true(page.last && cursor.n > 0);
    assert_non_null(strstr(p.text[0], "\"lastmodifieddate\",\"operator\":\"GTE\""));
    assert_int_equal(p.calls, 1);
    assert_int_equal(page.count, 4);
    const struct person *zoe = person(&page, "51"), *mute = person(&page, "52");
    assert_true(str_eq(zoe->email, S("zo\xc3\xab@acme.example"))); /* S3.6: without case */
    assert_int_equal(zoe->contact.n, 18);
    assert_true(zoe->state == RECORD_LIVE && !zoe->lead.n && zoe->modified_ms % 1000 == 123);
    assert_true(!mute->email.n && !mute->lead.n);
    assert_int_equal(person(&page, "49")->state, RECORD_MERGED); /* H8.11 */
    assert_true(str_eq(person(&page, "50")->next, S("51")));
    portal_close(&p);
}

static void some_there(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    assert_true(is(q, "POST", CONTACTS "/batch/read"));
    note(p, 0, q->body);
    out->status = 207;
    put(out, "{\"status\":\"COMPLETE\",\"results\":[{\"id\":\"51\",\"updatedAt\":"
             "\"2026-11-23T16:00:00Z\",\"properties\":{\"email\":\"a@b.example\"}}],"
             "\"errors\":[{\"category\":\"");
    put(out, p->step ? "INTERNAL_ERROR" : "OBJECT_NOT_FOUND");
    put(out, "\",\"message\":\"Could not get some CONTACT objects\"}]}");
}

static void a_contact_that_is_not_there_is_hidden(void **state)
{
    struct portal p = {0};
    struct crm_people page;
    struct str ids[] = {S("52"), S("51"), S("52")};
    (void)state;
    portal_open(&p, some_there);
    assert_true(p.crm->people->get(p.crm, &p.a, ids, 3, &page, &p.e));
    assert_int_equal(page.count, 2);
    assert_int_equal(person(&page, "51")->state, RECORD_LIVE);
    assert_int_equal(person(&page, "52")->state, RECORD_HIDDEN);
    char *at = strstr(p.text[0], "\"id\":\"52\""); /* H7.13: each once */
    assert_non_null(at);
    assert_null(strstr(at + 1, "\"id\":\"52\""));
    p.step = 1; /* S9.4: what failed was not read */
    assert_false(p.crm->people->get(p.crm, &p.a, ids, 3, &page, &p.e));
    portal_close(&p);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static void crowded(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    assert_true(is(q, "POST", LINKS "/companies/contacts/batch/read"));
    bool again = says(q->body, "\"after\":\"MTI\"");
    note(p, again, q->body);
    out->status = 207;
    put(out, "{\"results\":[{\"from\":{\"id\":\"901\"},\"to\":[");
    if (!again)
        put(out, "{\"toObjectId\":51,\"associationTypes\":[{\"category\":\"HUBSPOT_DEFINED\","
                 "\"typeId\":2},{\"category\":\"HUBSPOT_DEFINED\",\"typeId\":280}]}]"
                 ",\"paging\":{\"next\":{\"after\":\"MTI\"}}}");
    else
        put(out, "{\"toObjectId\":52,\"associationTypes\":[{\"category\":\"USER_DEFINED\","
                 "\"typeId\":2}]}]");
    if (again && p->step == 1)
        put(out, ",\"paging\":{\"next\":{\"after\":\"MTI\"}}");
    put(out, again ? "}]" : "]");
    put(out, ",\"errors\":[{\"category\":\"OBJECT_NOT_FOUND\",\"subCategory\":"
             "\"crm.associations.NO_ASSOCIATIONS_FOUND\",\"message\":\"none\"}]}");
}

static void a_crowded_company_is_read_to_its_end(void **state)
{
    struct portal p = {0};
    struct association *pair;
    struct str ids[] = {S("901"), S("902")};
    size_t n;
    (void)state;
    portal_open(&p, crowded);
    if (!p.crm->people->pairs(p.crm, &p.a, true, ids, 2, &pair, &n, &p.e))
        fail_msg("%s", p.e.msg);
    assert_int_equal(n, 2);
    assert_true(str_eq(pair[0].contact, S("51")) && str_eq(pair[0].company, S("901")));
    assert_true(pair[0].primary && !pair[1].primary); /* a label of the portal is not HubSpot's 2 */
    assert_non_null(strstr(p.text[0], "902"));
    assert_null(strstr(p.text[1], "902")); /* only who goes on is asked again */
    p.step = 1;                            /* round and round */
    assert_false(p.crm->people->pairs(p.crm, &p.a, true, ids, 2, &pair, &n, &p.e));
    assert_string_equal(p.e.code, "same_page");
    portal_close(&p);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void a_list(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    static const char *const lists[] = {
        "\"processingType\":\"DYNAMIC\",\"processingStatus\":\"COMPLETE\"",
        "\"processingType\":\"DYNAMIC\",\"processingStatus\":\"PROCESSING\"",
        "\"processingType\":\"MANUAL\",\"processingStatus\":\"COMPLETE\"",
        "\"processingType\":\"DYNAMIC\",\"processingStatus\":\"COMPLETE\",\"deletedAt\":\"2026\""};
    assert_true(is(q, "GET", "/crm/lists/2026-03/31"));
    if (p->step == 4)
        refuse(out, 404, "OBJECT_NOT_FOUND", "List does not exist", "");
    else
        buf_fmt(&out->body,
                "{\"list\":{\"listId\":\"31\",\"name\":\"Good\",\"objectTypeId\":\"0-1\",%s}}",
                lists[p->step]);
}

static void a_list_is_what_its_answer_says(void **state)
{
    static const enum crm_list_state want[] = {CRM_LIST_READY, CRM_LIST_COMPUTING, CRM_LIST_STATIC,
                                               CRM_LIST_GONE, CRM_LIST_GONE};
    struct portal p = {0};
    struct crm_list l;
    (void)state;
    portal_open(&p, a_list);
    for (p.step = 0; p.step < (int)LEN(want); p.step++) {
        assert_true(p.crm->people->list(p.crm, &p.a, S("31"), &l, &p.e));
        assert_int_equal(l.state, want[p.step]);
    }
    p.step = 0;
    assert_true(p.crm->people->list(p.crm, &p.a, S("31"), &l, &p.e));
    assert_true(l.of_contacts && !l.of_companies && str_eq(l.name, S("Good")));
    portal_close(&p);
}

static void memberships(struct portal *p, const struct canned_request *q, struct canned_answer *out)
{
    assert_true(is(q, "POST", "/crm/lists/2026-03/records/memberships/batch/read"));
    note(p, 0, q->body);
    out->status = 207;
    put(out, "{\"results\":[{\"recordId\":\"52\",\"recordListMemberships\":[{\"listId\":\"3\"},"
             "{\"listId\":\"31\"}]},{\"recordId\":51,\"recordListMemberships\":[{\"listId\":"
             "\"310\"}]}],\"errors\":[{\"category\":\"OBJECT_NOT_FOUND\",\"message\":\"no\"}]}");
}

static void who_is_in_a_list_is_asked_by_record(void **state)
{
    struct portal p = {0};
    struct str ids[] = {S("51"), S("52"), S("53"), S("52")};
    bool in[4];
    (void)state;
    portal_open(&p, memberships);
    assert_true(p.crm->people->members(p.crm, &p.a, false, S("31"), ids, 4, in, &p.e));
    assert_true(!in[0] && in[1] && !in[2] && in[3]);
    assert_int_equal(p.calls, 1);
    assert_non_null(strstr(p.text[0], "\"objectTypeId\":\"0-1\""));
    assert_true(p.crm->people->members(p.crm, &p.a, true, S("31"), ids, 1, in, &p.e));
    assert_non_null(strstr(p.text[0], "\"objectTypeId\":\"0-2\""));
    portal_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hit_carries_what_evidence_needs),
        cmocka_unit_test(a_contact_that_is_not_there_is_hidden),
        cmocka_unit_test(a_crowded_company_is_read_to_its_end),
        cmocka_unit_test(a_list_is_what_its_answer_says),
        cmocka_unit_test(who_is_in_a_list_is_asked_by_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
