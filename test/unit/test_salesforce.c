/* The Salesforce driver reads: by page, in bulk, by id, by key; deletions and merges (SF 5, 6, 8.3,
 * 10.2, 13; S9.3-S9.5, S16.3). */
#include "test_salesforce.h"

static struct crm_page read_page(struct org *o, struct crm_reader *r, struct str *cursor)
{
    struct crm_page page;
    if (!o->crm->ops->next(r, &o->a, &page, cursor, &o->e))
        fail_msg("%s", o->e.msg);
    return page;
}

static struct crm_reader *start(struct org *o, enum crm_read what, const char *cursor)
{
    struct crm_reader *r;
    if (!o->crm->ops->read(o->crm, what, str_from(cursor), NOW_MS, &r, &o->e))
        fail_msg("%s", o->e.msg);
    return r;
}

/* ---- one record ------------------------------------------------------------------------------ */

static void one_of_all_kinds(struct org *o, const struct canned_request *q,
                             struct canned_answer *out)
{
    struct arena *a = &o->server.arena;
    snprintf(o->text[0], sizeof(o->text[0]), "%.*s", STR_ARG(q->body));
    put(out, "[");
    put_account(out, a, 1,
                ",\"Phone\":\"  +49 1 \",\"NumberOfEmployees\":1.0E4,\"Active__c\":true,"
                "\"Tandem_Company_Id__c\":\"42:901\"");
    put(out, ",");
    put_account(out, a, 2,
                ",\"Phone\":null,\"NumberOfEmployees\":0.0,\"Active__c\":false,"
                "\"Tandem_Company_Id__c\":\"43:901\"");
    put(out, ",");
    put_account(out, a, 3, ",\"Tandem_Company_Id__c\":\"901\"");
    put(out, "]");
}

static void values_are_read_by_their_type(void **state)
{
    struct org o = {0};
    struct record r[3];
    (void)state;
    org_open(&o, one_of_all_kinds);
    struct str ids[] = {account_id(&o.a, 1), account_id(&o.a, 2), account_id(&o.a, 3)};
    assert_true(o.crm->ops->get(o.crm, &o.a, ids, 3, r, &o.e));
    assert_true(str_eq(r[0].value[MAP_PHONE].text, S("+49 1")));
    assert_true(str_eq(r[0].value[MAP_STAFF].text, S("10000")));
    assert_true(str_eq(r[0].value[MAP_ACTIVE].text, S("true")));
    assert_int_equal(r[1].value[MAP_PHONE].state, VALUE_BLANK);
    assert_true(str_eq(r[1].value[MAP_STAFF].text, S("0")));
    assert_int_equal(r[1].value[MAP_ACTIVE].state, VALUE_BLANK);
    assert_int_equal(r[2].value[MAP_PHONE].state, VALUE_UNKNOWN); /* not given is not blank */
    assert_int_equal(r[0].value[MAP_ADDRESS].state, VALUE_UNKNOWN);
    assert_null(strstr(o.text[0], "BillingAddress")); /* compound fields are never asked for */
    assert_non_null(strstr(o.text[0], "\"Phone\""));
    org_close(&o);
}

static void the_key_counts_for_our_portal_only(void **state)
{
    struct org o = {0};
    struct record r[3];
    (void)state;
    org_open(&o, one_of_all_kinds);
    struct str ids[] = {account_id(&o.a, 1), account_id(&o.a, 2), account_id(&o.a, 3)};
    assert_true(o.crm->ops->get(o.crm, &o.a, ids, 3, r, &o.e));
    assert_true(str_eq(r[0].key, S("901")));
    assert_null(r[1].key.p);
    assert_null(r[2].key.p);
    org_close(&o);
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Five accounts, two a page although 2,000 are asked for. */
static void small_pages(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    struct arena *a = &o->server.arena;
    if (says(q->query, "COUNT()")) {
        put(out, "{\"totalSize\":5,\"done\":true,\"records\":[]}");
        return;
    }
    int after = 0;
    for (int n = 1; n <= 5; n++) {
        char key[64];
        snprintf(key, sizeof(key), "Id > '%.*s'", STR_ARG(account_id(a, n)));
        if (says(q->query, key))
            after = n;
    }
    int left = 5 - after, give = left < 2 ? left : 2;
    buf_fmt(&out->body, "{\"totalSize\":%d,\"done\":%s,\"records\":[", left,
            give == left ? "true" : "false");
    for (int n = 1; n <= give; n++) {
        put(out, n > 1 ? "," : "");
        put_account(out, a, after + n, "");
    }
    put(out, "]}");
    if (o->step++ == 0)
        o->token++; /* the session ends after the first page */
}

static void few_accounts_come_by_keyset_whatever_the_page(void **state)
{
    struct org o = {0};
    struct str cursor = STR_NONE;
    int count = 0;
    (void)state;
    org_open(&o, small_pages);
    struct crm_reader *r = start(&o, CRM_READ_ALL, "");
    for (bool last = false; !last;) {
        struct crm_page page = read_page(&o, r, &cursor);
        for (size_t i = 0; i < page.count; i++)
            assert_true(str_eq(page.record[i].id, account_id(&o.a, ++count)));
        last = page.last;
    }
    o.crm->ops->end(r);
    assert_int_equal(count, 5);
    assert_int_equal(o.renewals, 1); /* a lost session costs nothing else (SF T6) */
    org_close(&o);
}

#define SOME 1500 /* more than a chunk, less than a page */

static void one_page(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    if (says(q->query, "COUNT()")) {
        buf_fmt(&out->body, "{\"totalSize\":%d,\"done\":true,\"records\":[]}", SOME);
        return;
    }
    o->step++;
    buf_fmt(&out->body, "{\"totalSize\":%d,\"done\":true,\"records\":[", SOME);
    for (int n = 1; n <= SOME; n++) {
        put(out, n > 1 ? "," : "");
        put_account(out, &o->server.arena, n, "");
    }
    put(out, "]}");
}

static void a_page_is_asked_for_once_and_comes_in_chunks(void **state)
{
    struct org o = {0};
    struct str cursor = STR_NONE;
    int count = 0;
    (void)state;
    org_open(&o, one_page);
    struct crm_reader *r = start(&o, CRM_READ_ALL, "");
    for (bool last = false; !last;) {
        struct crm_page page = read_page(&o, r, &cursor);
        assert_true(page.count <= CHUNK_RECORDS);
        for (size_t i = 0; i < page.count; i++)
            assert_true(str_eq(page.record[i].id, account_id(&o.a, ++count)));
        last = page.last;
    }
    o.crm->ops->end(r);
    assert_int_equal(count, SOME);
    assert_int_equal(o.step, 1); /* S16.2: a call is not made twice */
    org_close(&o);
}

static void cut_page(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)o;
    put(out, says(q->query, "COUNT()") ? "{\"totalSize\":5,\"done\":true,\"records\":[]}"
                                       : "{\"totalSize\":5,\"done\":false,\"records\":[]}");
}

static void a_page_without_rows_is_no_end(void **state)
{
    struct org o = {0};
    struct crm_page page;
    struct str cursor;
    (void)state;
    org_open(&o, cut_page);
    struct crm_reader *r = start(&o, CRM_READ_ALL, "");
    assert_false(o.crm->ops->next(r, &o.a, &page, &cursor, &o.e));
    assert_string_equal(o.e.code, "cut_page");
    o.crm->ops->end(r);
    org_close(&o);
}

/* ---- bulk ------------------------------------------------------------------------------------ */

#define JOB DATA "/jobs/query/750000000000001AAA"

enum trouble { NO_TROUBLE, CUT_IN_PART, SESSION_LOST, BUSY, ROW_MISSING, PART_SHORT };

static void put_rows(struct org *o, struct canned_answer *out, int from, int to)
{
    put(out, "\"Id\",\"Name\",\"Website\",\"CreatedDate\",\"LastModifiedDate\",\"SystemModstamp\","
             "\"Tandem_Company_Id__c\",\"Phone\",\"NumberOfEmployees\",\"Active__c\"\n");
    for (int n = from; n <= to; n++)
        buf_fmt(&out->body,
                "\"%.*s\",\"Said \"\"%d\"\",\nInc\",\"www.a%d.com\",\"2026-01-01T00:00:00.000Z\","
                "\"2026-11-23T16:00:00.000Z\",\"2026-11-23T16:00:00.000Z\",\"42:%d\",\"\",\"%d.0\","
                "\"true\"\n",
                STR_ARG(account_id(&o->server.arena, n)), n, n, n, n);
}

/* 3,001 rows in parts of 2,000 and 1,001; o->step counts fetches, o->text[0][0] is the trouble. */
static void bulk_org(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    enum trouble trouble = (enum trouble)o->text[0][0];
    if (says(q->query, "COUNT()")) {
        put(out, "{\"totalSize\":3001,\"done\":true,\"records\":[]}");
    } else if (is(q, "POST", DATA "/jobs/query")) {
        snprintf(o->text[1], sizeof(o->text[1]), "%.*s", STR_ARG(q->body));
        put(out, "{\"id\":\"750000000000001AAA\",\"state\":\"UploadComplete\"}");
    } else if (is(q, "GET", JOB)) {
        if (o->text[2][0]++ < 2)
            put(out, "{\"state\":\"InProgress\"}");
        else
            buf_fmt(&out->body, "{\"state\":\"JobComplete\",\"numberRecordsProcessed\":%d}",
                    trouble == ROW_MISSING ? 3002 : 3001);
    } else if (is(q, "DELETE", JOB)) {
        out->status = 204;
        o->text[3][0]++;
    } else if (is(q, "GET", JOB "/results")) {
        bool second = says(q->query, "locator=MTA");
        int fetch = o->step++;
        if (trouble == SESSION_LOST && fetch == 1) {
            o->token++;
            refuse(out, 401, "INVALID_SESSION_ID", "Session expired or invalid");
            return;
        }
        if (trouble == BUSY && fetch == 0) {
            out->status = 503;
            return;
        }
        out->type = "text/csv";
        put_rows(o, out, second ? 2001 : 1, second ? 3001 : 2000);
        buf_fmt(&out->head, "Sforce-Locator: %s\r\nSforce-NumberOfRecords: %d\r\n",
                second ? "null" : "MTA",
                trouble == PART_SHORT ? 2001
                : second              ? 1001
                                      : 2000);
        if (trouble == CUT_IN_PART && fetch == 0)
            out->cut_after = 100000;
    } else {
        refuse(out, 404, "NOT_FOUND", "no such thing");
    }
}

static void walk_bulk(enum trouble trouble)
{
    struct org o = {0};
    struct str cursor = STR_NONE;
    int count = 0;
    o.text[0][0] = (char)trouble;
    org_open(&o, bulk_org);
    struct crm_reader *r = start(&o, CRM_READ_ALL, "");
    for (bool last = false; !last;) {
        struct crm_page page = read_page(&o, r, &cursor);
        assert_true(page.count <= CHUNK_RECORDS);
        for (size_t i = 0; i < page.count; i++) {
            const struct record *rec = &page.record[i];
            count++;
            assert_true(str_eq(rec->id, account_id(&o.a, count)));
            assert_true(str_eq(rec->name, str_fmt(&o.a, "Said \"%d\",\nInc", count)));
            assert_true(str_eq(rec->key, str_fmt(&o.a, "%d", count)));
            assert_true(str_eq(rec->host, str_fmt(&o.a, "a%d.com", count)));
            assert_true(str_eq(rec->value[MAP_STAFF].text, str_fmt(&o.a, "%d", count)));
            assert_int_equal(rec->value[MAP_PHONE].state, VALUE_BLANK);
        }
        last = page.last;
    }
    o.crm->ops->end(r);
    assert_int_equal(count, 3001);
    assert_null(strstr(o.text[1], "ORDER BY"));
    assert_null(strstr(o.text[1], "BillingAddress"));
    assert_int_equal(o.text[3][0], 1); /* the job is put away */
    assert_int_equal(o.renewals, trouble == SESSION_LOST);
    org_close(&o);
}

static void many_accounts_come_in_bulk(void **state)
{
    (void)state;
    walk_bulk(NO_TROUBLE);
}

static void a_cut_in_bulk_results_loses_and_repeats_nothing(void **state)
{
    (void)state;
    walk_bulk(CUT_IN_PART);
}

static void a_session_lost_between_bulk_parts_is_renewed(void **state)
{
    (void)state;
    walk_bulk(SESSION_LOST);
}

static void a_busy_instance_is_waited_for_in_bulk(void **state)
{
    (void)state;
    walk_bulk(BUSY);
}

static void fail_bulk(enum trouble trouble)
{
    struct org o = {0};
    struct crm_page page;
    struct str cursor = STR_NONE;
    bool ok = true;
    o.text[0][0] = (char)trouble;
    org_open(&o, bulk_org);
    struct crm_reader *r = start(&o, CRM_READ_ALL, "");
    for (int i = 0; ok && i < 5; i++)
        ok = o.crm->ops->next(r, &o.a, &page, &cursor, &o.e) && !page.last;
    assert_string_equal(o.e.code, "bulk_short");
    assert_null(cursor.p);
    o.crm->ops->end(r);
    org_close(&o);
}

static void bulk_rows_that_are_missing_are_no_end(void **state)
{
    (void)state;
    fail_bulk(ROW_MISSING); /* SF T16 */
    fail_bulk(PART_SHORT);
}

/* ---- changed --------------------------------------------------------------------------------- */

/* o->step ids changed; text[0] = latestDateCovered; text[1] and [2] what was asked. */
static void changes(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    struct arena *a = &o->server.arena;
    if (is(q, "GET", DATA "/sobjects/Account/updated/")) {
        snprintf(o->text[1], sizeof(o->text[1]), "%.*s", STR_ARG(q->query));
        if (o->step < 0 && o->text[3][0]++ < -o->step) {
            refuse(out, 400, "EXCEEDED_ID_LIMIT", "too many");
            return;
        }
        put(out, "{\"ids\":[");
        for (int i = 0; i < o->step; i++)
            buf_fmt(&out->body, "%s\"%.*s\"", i ? "," : "", STR_ARG(account_id(a, i)));
        buf_fmt(&out->body, "],\"latestDateCovered\":\"%s\"}", o->text[0]);
    } else if (is(q, "GET", DATA "/query")) {
        snprintf(o->text[2], sizeof(o->text[2]), "%.*s", STR_ARG(q->query));
        put(out, "{\"totalSize\":1,\"done\":true,\"records\":[");
        put_account(out, a, 1, "");
        put(out, "]}");
    } else if (is(q, "POST", DATA "/jobs/query")) {
        snprintf(o->text[4], sizeof(o->text[4]), "%.*s", STR_ARG(q->body));
        refuse(out, 400, "API_ERROR", "enough seen");
    }
}

static void the_overlap_is_the_operators(void **state)
{
    struct org o = {0};
    struct str cursor;
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]), "2026-11-23T16:18:00.000+0000");
    org_open(&o, changes);
    o.crm->ops->bind(o.crm, &(struct crm_binding){&o.mappings, S("42"), 30 * MS_MINUTE});
    struct crm_reader *r = start(&o, CRM_READ_CHANGED, "1795449600000"); /* 16:00 */
    read_page(&o, r, &cursor);
    o.crm->ops->end(r);
    assert_string_equal(o.text[1], "start=2026-11-23T15:30:00Z&end=2026-11-23T16:24:00Z");
    org_close(&o);
}

static void the_mark_is_salesforces_own(void **state)
{
    struct org o = {0};
    struct str cursor;
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]), "2026-11-23T16:18:00.000+0000"); /* held back (SF 6) */
    org_open(&o, changes);
    struct crm_reader *r = start(&o, CRM_READ_CHANGED, "1795449600000"); /* 16:00 */
    struct crm_page page = read_page(&o, r, &cursor);
    o.crm->ops->end(r);
    assert_true(page.last && page.count == 1);
    assert_true(str_eq(cursor, S("1795450680000"))); /* 16:18 */
    /* whole minutes, ten before the mark, not into the future */
    assert_string_equal(o.text[1], "start=2026-11-23T15:50:00Z&end=2026-11-23T16:24:00Z");
    assert_non_null(strstr(o.text[2], "SystemModstamp >= 2026-11-23T15:50:00Z AND "
                                      "SystemModstamp < 2026-11-23T16:25:09Z"));
    assert_non_null(strstr(o.text[2], "ORDER BY SystemModstamp ASC, Id ASC"));
    org_close(&o);
}

static void a_first_mark_goes_back_to_what_is_covered_and_no_later_one_does(void **state)
{
    struct org o = {0};
    struct str cursor;
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]), "2026-11-23T16:10:00.000+0000");
    org_open(&o, changes);
    struct crm_reader *r = start(&o, CRM_READ_CHANGED, "");
    read_page(&o, r, &cursor);
    o.crm->ops->end(r);
    assert_true(str_eq(cursor, S("1795450200000"))); /* 16:10, although it began at 16:24 */
    r = start(&o, CRM_READ_CHANGED, "1795450680000");
    read_page(&o, r, &cursor);
    o.crm->ops->end(r);
    assert_true(str_eq(cursor, S("1795450680000")));
    org_close(&o);
}

static void a_mark_older_than_the_log_still_reads_every_row(void **state)
{
    struct org o = {0};
    struct str cursor;
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]), "2026-11-23T16:24:00.000+0000");
    org_open(&o, changes);
    struct crm_reader *r = start(&o, CRM_READ_CHANGED, "1788220800000"); /* 2026-09-01 */
    read_page(&o, r, &cursor);
    o.crm->ops->end(r);
    assert_non_null(strstr(o.text[1], "start=2026-10-25")); /* SF 6: 30 days */
    assert_non_null(strstr(o.text[2], "SystemModstamp >= 2026-08-31T23:50:00Z"));
    org_close(&o);
}

static void many_changes_go_in_bulk(void **state)
{
    struct org o = {.step = 2001};
    struct crm_page page;
    struct str cursor;
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]), "2026-11-23T16:24:00.000+0000");
    org_open(&o, changes);
    struct crm_reader *r = start(&o, CRM_READ_CHANGED, "1795449600000");
    assert_false(o.crm->ops->next(r, &o.a, &page, &cursor, &o.e));
    assert_string_equal(o.text[2], ""); /* no page before */
    assert_non_null(strstr(o.text[4], "WHERE SystemModstamp >= 2026-11-23T15:50:00Z"));
    o.crm->ops->end(r);
    org_close(&o);
}

static void a_log_that_is_too_long_still_tells_its_mark(void **state)
{
    struct org o = {.step = -1};
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]), "2026-11-23T16:20:00.000+0000");
    org_open(&o, changes);
    struct crm_reader *r = start(&o, CRM_READ_CHANGED, "1795449600000");
    assert_string_equal(o.text[1], "start=2026-11-23T16:22:00Z&end=2026-11-23T16:24:00Z");
    o.crm->ops->end(r);
    org_close(&o);
}

/* ---- deletions ------------------------------------------------------------------------------- */

/* 2 deleted; 3 merged into 4, that into 5; 6 and 7 into each other; 8 hidden; 9 purged. */
static void put_tombstone(struct canned_answer *out, struct arena *a, int n, int master)
{
    buf_fmt(
        &out->body,
        "%s{\"Id\":\"%.*s\",\"IsDeleted\":true,\"SystemModstamp\":\"2026-11-23T16:00:00.000+0000\"",
        out->body.p[out->body.n - 1] == '[' ? "" : ",", STR_ARG(account_id(a, n)));
    if (master)
        buf_fmt(&out->body, ",\"MasterRecordId\":\"%.*s\"}", STR_ARG(account_id(a, master)));
    else
        put(out, ",\"MasterRecordId\":null}");
}

static void graveyard(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    static const int master[] = {[3] = 4, [4] = 5, [6] = 7, [7] = 6};
    struct arena *a = &o->server.arena;
    if (is(q, "POST", DATA "/composite/sobjects/Account")) {
        yyjson_val *root, *ids;
        struct err e;
        yyjson_arr_iter it;
        assert_true(json_parse(a, q->body, &root, &e));
        yyjson_arr_iter_init(yyjson_obj_get(root, "ids"), &it);
        put(out, "[");
        while ((ids = yyjson_arr_iter_next(&it))) {
            put(out, out->body.p[out->body.n - 1] == '[' ? "" : ",");
            if (str_eq(json_str(ids), account_id(a, 1)))
                put_account(out, a, 1, "");
            else
                put(out, "null");
        }
        put(out, "]");
    } else if (is(q, "GET", DATA "/queryAll")) {
        bool all = says(q->query, "IsDeleted = true");
        put(out, "{\"totalSize\":1,\"done\":true,\"records\":[");
        for (int n = 2; n <= 7; n++)
            if (n != 5 && (all || says(q->query, str_cstr(a, account_id(a, n)))))
                put_tombstone(out, a, n, n < (int)LEN(master) ? master[n] : 0);
        put(out, "]}");
        if (all) {
            str_find(buf_view(&out->body), S("1"));
            buf_clear(&out->body);
            put(out, "{\"totalSize\":3,\"done\":true,\"records\":[");
            put_tombstone(out, a, 2, 0);
            put_tombstone(out, a, 3, 4);
            put_tombstone(out, a, 4, 5);
            put(out, "]}");
        }
    } else if (is(q, "GET", DATA "/sobjects/Account/deleted/")) {
        snprintf(o->text[1], sizeof(o->text[1]), "%.*s", STR_ARG(q->query));
        buf_fmt(&out->body,
                "{\"deletedRecords\":[{\"id\":\"%.*s\"},{\"id\":\"%.*s\"},{\"id\":\"%.*s\"}],"
                "\"earliestDateAvailable\":\"2026-11-08T09:02:00.000+0000\","
                "\"latestDateCovered\":\"2026-11-23T16:20:00.000+0000\"}",
                STR_ARG(account_id(a, 3)), STR_ARG(account_id(a, 9)), STR_ARG(account_id(a, 1)));
    }
}

static void what_does_not_come_is_deleted_merged_or_hidden(void **state)
{
    struct org o = {0};
    struct record r[8];
    struct str ids[8];
    (void)state;
    org_open(&o, graveyard);
    for (int n = 1; n <= 8; n++)
        ids[n - 1] = account_id(&o.a, n);
    assert_true(o.crm->ops->get(o.crm, &o.a, ids, 8, r, &o.e));
    assert_int_equal(r[0].state, RECORD_LIVE);
    assert_int_equal(r[1].state, RECORD_DELETED);
    assert_int_equal(r[2].state, RECORD_MERGED);
    assert_true(str_eq(r[2].survivor, account_id(&o.a, 5))); /* to the end of the chain */
    assert_true(str_eq(r[3].survivor, account_id(&o.a, 5)));
    assert_int_equal(r[4].state, RECORD_HIDDEN);  /* absence is not deletion (S9.4) */
    assert_int_equal(r[5].state, RECORD_DELETED); /* round and round: nobody survived */
    assert_int_equal(r[7].state, RECORD_HIDDEN);
    org_close(&o);
}

static void the_walk_of_deletions_tells_merges_and_what_was_purged(void **state)
{
    struct org o = {0};
    struct str cursor = STR_NONE;
    struct record got[10];
    size_t n = 0;
    (void)state;
    org_open(&o, graveyard);
    struct crm_reader *r = start(&o, CRM_READ_ARCHIVED, "1795449600000");
    for (bool last = false; !last;) {
        struct crm_page page = read_page(&o, r, &cursor);
        for (size_t i = 0; i < page.count && n < LEN(got); i++)
            got[n++] = page.record[i];
        last = page.last;
    }
    o.crm->ops->end(r);
    assert_int_equal(n, 4); /* 2, 3, 4 from the bin, 9 from the log; 1 is back */
    assert_int_equal(got[0].state, RECORD_DELETED);
    assert_int_equal(got[1].state, RECORD_MERGED); /* the log calls it deleted (S9.5) */
    assert_true(str_eq(got[1].survivor, account_id(&o.a, 5)));
    assert_true(str_eq(got[3].id, account_id(&o.a, 9)));
    assert_int_equal(got[3].state, RECORD_DELETED);
    assert_true(str_eq(cursor, S("1795450800000"))); /* 16:20 */
    org_close(&o);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void by_key(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    assert_true(q->target.n < 16384); /* SF 3 */
    snprintf(o->text[0], sizeof(o->text[0]), "%.*s", STR_ARG(q->query));
    o->step++;
    put(out, "{\"totalSize\":1,\"done\":true,\"records\":[");
    put_account(out, &o->server.arena, 7, ",\"Tandem_Company_Id__c\":\"42:907\"");
    put(out, "]}");
}

static void a_key_is_looked_up_in_lists_that_fit(void **state)
{
    struct org o = {0};
    struct str keys[900];
    struct record r[900];
    (void)state;
    org_open(&o, by_key);
    for (int i = 0; i < 900; i++)
        keys[i] = str_fmt(&o.a, "%d", i + 100);
    assert_true(o.crm->ops->get_by_key(o.crm, &o.a, keys, 900, r, &o.e));
    assert_int_equal(r[807].state, RECORD_LIVE);
    assert_true(str_eq(r[807].id, account_id(&o.a, 7)));
    assert_int_equal(r[0].state, RECORD_HIDDEN);
    assert_int_equal(o.step, 4);
    org_close(&o);
}

static void a_key_cannot_leave_its_literal(void **state)
{
    struct org o = {0};
    struct str key = S("\\' OR Name != '");
    struct record r;
    (void)state;
    org_open(&o, by_key);
    assert_true(o.crm->ops->get_by_key(o.crm, &o.a, &key, 1, &r, &o.e));
    assert_non_null(strstr(o.text[0], "IN ('42:\\\\\\' OR Name != \\'')")); /* SF T10 */
    assert_int_equal(r.state, RECORD_HIDDEN);
    org_close(&o);
}

/* Of what can be counted in one call each has its own column; the rest is filtered by, or unknown.
 */
static void counted(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    snprintf(o->text[o->step++], sizeof(o->text[0]), "%.*s", STR_ARG(q->query));
    if (o->step == 1)
        put(out, "{\"totalSize\":1,\"done\":true,\"records\":[{\"expr0\":7,\"expr1\":0}]}");
    else if (o->step == 2)
        put(out, "{\"totalSize\":5,\"done\":true,\"records\":[]}");
    else
        refuse(out, 400, "MALFORMED_QUERY", "no");
}

static void many_fields_are_counted_in_one_call(void **state)
{
    struct org o = {0};
    struct field field[] = {{.name = S("Site"), .aggregatable = true, .filterable = true},
                            {.name = S("Box__c"), .type = FIELD_BOOL, .filterable = true},
                            {.name = S("Phone"), .aggregatable = true, .filterable = true},
                            {.name = S("Description")},
                            {.name = S("Odd__c"), .type = FIELD_MULTI, .filterable = true}};
    struct crm_filled f[LEN(field)];
    (void)state;
    org_open(&o, counted);
    for (size_t i = 0; i < LEN(f); i++)
        f[i] = (struct crm_filled){.field = &field[i]};
    assert_true(o.crm->ops->filled(o.crm, &o.a, f, LEN(f), &o.e));
    assert_int_equal(o.step, 3);
    assert_non_null(strstr(o.text[0], "SELECT COUNT(Site), COUNT(Phone) FROM Account"));
    assert_non_null(strstr(o.text[1], "SELECT COUNT() FROM Account WHERE Box__c = true"));
    assert_non_null(strstr(o.text[2], "SELECT COUNT() FROM Account WHERE Odd__c != null"));
    assert_true(f[0].known && f[0].n == 7 && f[2].known && f[2].n == 0);
    assert_true(f[1].known && f[1].n == 5);
    assert_false(f[3].known || f[4].known); /* long text; refused */
    org_close(&o);
}

/* A list of fields that fills an address by itself: ids by query, records by a body. */
static void wide_org(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    assert_true(q->target.n < 16384);
    if (is(q, "POST", DATA "/composite/sobjects/Account")) {
        put(out, "[");
        put_account(out, &o->server.arena, 7, ",\"Tandem_Company_Id__c\":\"42:907\"");
        put(out, "]");
    } else if (is(q, "POST", DATA "/jobs/query")) {
        o->step++;
        refuse(out, 400, "API_ERROR", "enough seen");
    } else {
        by_key(o, q, out);
    }
}

static void many_fields_go_round_the_address(void **state)
{
    static char name[4][4000];
    struct org o = {0};
    struct str key = S("907"), cursor;
    struct record r;
    struct crm_page page;
    (void)state;
    org_open(&o, wide_org);
    for (int i = 0; i < 4; i++) {
        memset(name[i], 'A' + i, sizeof(name[i]));
        o.map[i].meta[SIDE_SF].name = (struct str){name[i], sizeof(name[i])};
    }
    o.crm->ops->bind(o.crm, &(struct crm_binding){&o.mappings, S("42"), 0});
    assert_true(o.crm->ops->get_by_key(o.crm, &o.a, &key, 1, &r, &o.e));
    assert_true(str_eq(r.id, account_id(&o.a, 7)));
    assert_non_null(strstr(o.text[0], "SELECT Id FROM Account"));
    struct crm_reader *reader = start(&o, CRM_READ_ALL, "");
    o.step = 0;
    assert_false(o.crm->ops->next(reader, &o.a, &page, &cursor, &o.e));
    assert_int_equal(o.step, 1); /* bulk, whose query is a body */
    o.crm->ops->end(reader);
    org_close(&o);
}

/* ---- first contact --------------------------------------------------------------------------- */

/* step: 0 = an org, 1 = without our version, 2 = something else altogether */
static void first_contact(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    if (o->step == 2) {
        out->status = 404;
        out->type = "text/html";
        put(out, "<html>nothing here</html>");
    } else if (is(q, "GET", "/services/oauth2/userinfo")) {
        put(out, "{\"user_id\":\"005000000000001AAA\",\"preferred_username\":\"me@x\"}");
    } else if (is(q, "GET", "/services/data")) {
        put(out, o->step ? "[{\"version\":\"68.0\"}]"
                         : "[{\"version\":\"65.0\"},{\"version\":\"66.0\"}]");
    } else if (says(q->query, "CurrencyType")) {
        refuse(out, 400, "INVALID_TYPE", "sObject type 'CurrencyType' is not supported");
    } else {
        put(out,
            "{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"00D000000000001EAA\","
            "\"Name\":\"Acme\",\"IsSandbox\":true,\"OrganizationType\":\"Developer Edition\"}]}");
    }
}

static void first_contact_says_who_it_is(void **state)
{
    struct org o = {0};
    struct crm_identity who;
    (void)state;
    org_open(&o, first_contact);
    assert_true(o.crm->ops->identify(o.crm, &o.a, &who, &o.e));
    assert_true(str_eq(who.organisation, S("00D000000000001EAA")));
    assert_true(str_eq(who.name, S("Acme")) && str_eq(who.user, S("me@x")));
    assert_true(who.test_system);
    assert_null(who.currency.p); /* one currency only: nobody says which */
    org_close(&o);
}

static void another_version_or_another_service_is_told(void **state)
{
    static const char *const code[] = {"", "api_version", "not_salesforce"};
    (void)state;
    for (int step = 1; step <= 2; step++) {
        struct org o = {0};
        struct crm_identity who;
        org_open(&o, first_contact);
        o.step = step;
        assert_false(o.crm->ops->identify(o.crm, &o.a, &who, &o.e));
        assert_int_equal(o.e.kind, ERR_CONFIG);
        assert_string_equal(o.e.code, code[step]);
        org_close(&o);
    }
}

/* ---- errors and quota ------------------------------------------------------------------------ */

static void limits(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    put(out, "[null]");
    buf_fmt(&out->head, "Sforce-Limit-Info: %s\r\n", o->text[0]);
}

static void the_quota_is_read_whatever_follows_it(void **state)
{
    struct org o = {0};
    struct str id = S("001000000000008AAA");
    struct record r;
    (void)state;
    snprintf(o.text[0], sizeof(o.text[0]),
             "api-usage=18/15000; per-app-api-usage=17/250(appName=x)");
    org_open(&o, limits);
    (void)!o.crm->ops->get(o.crm, &o.a, &id, 1, &r, &o.e);
    assert_int_equal(http_quota(o.crm->http).day_max, 15000);
    assert_int_equal(http_quota(o.crm->http).day_left, 14982);
    org_close(&o);
}

static void over_the_day(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    o->step++;
    refuse(out, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
}

static void too_many_at_once(struct org *o, const struct canned_request *q,
                             struct canned_answer *out)
{
    (void)q;
    if (o->step++ == 0)
        refuse(out, 403, "REQUEST_LIMIT_EXCEEDED",
               "ConcurrentRequests (Concurrent API Requests) Limit exceeded.");
    else
        put(out, "[null]");
}

static void no_rights(struct org *o, const struct canned_request *q, struct canned_answer *out)
{
    (void)q;
    o->step++;
    refuse(out, 403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.");
}

static void a_403_is_a_day_a_moment_or_a_right(void **state)
{
    static void (*const answer[])(struct org *, const struct canned_request *,
                                  struct canned_answer *) = {over_the_day, too_many_at_once,
                                                             no_rights};
    static const enum err_kind kind[] = {ERR_WAIT, ERR_INTERNAL, ERR_REFUSED};
    static const int calls[] = {1, 3, 1};
    struct str id = S("001000000000008AAA");
    (void)state;
    for (size_t i = 0; i < LEN(answer); i++) {
        struct org o = {0};
        struct record r;
        org_open(&o, answer[i]);
        bool ok = o.crm->ops->get(o.crm, &o.a, &id, 1, &r, &o.e);
        assert_false(ok); /* the second: its tombstone query gets an array, and says so */
        assert_int_equal(o.e.kind, kind[i]);
        assert_int_equal(o.step, calls[i]);
        org_close(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_by_their_type),
        cmocka_unit_test(the_key_counts_for_our_portal_only),
        cmocka_unit_test(few_accounts_come_by_keyset_whatever_the_page),
        cmocka_unit_test(a_page_is_asked_for_once_and_comes_in_chunks),
        cmocka_unit_test(a_page_without_rows_is_no_end),
        cmocka_unit_test(many_accounts_come_in_bulk),
        cmocka_unit_test(a_cut_in_bulk_results_loses_and_repeats_nothing),
        cmocka_unit_test(a_session_lost_between_bulk_parts_is_renewed),
        cmocka_unit_test(a_busy_instance_is_waited_for_in_bulk),
        cmocka_unit_test(bulk_rows_that_are_missing_are_no_end),
        cmocka_unit_test(the_overlap_is_the_operators),
        cmocka_unit_test(the_mark_is_salesforces_own),
        cmocka_unit_test(a_first_mark_goes_back_to_what_is_covered_and_no_later_one_does),
        cmocka_unit_test(a_mark_older_than_the_log_still_reads_every_row),
        cmocka_unit_test(many_changes_go_in_bulk),
        cmocka_unit_test(a_log_that_is_too_long_still_tells_its_mark),
        cmocka_unit_test(what_does_not_come_is_deleted_merged_or_hidden),
        cmocka_unit_test(the_walk_of_deletions_tells_merges_and_what_was_purged),
        cmocka_unit_test(a_key_is_looked_up_in_lists_that_fit),
        cmocka_unit_test(a_key_cannot_leave_its_literal),
        cmocka_unit_test(many_fields_are_counted_in_one_call),
        cmocka_unit_test(many_fields_go_round_the_address),
        cmocka_unit_test(first_contact_says_who_it_is),
        cmocka_unit_test(another_version_or_another_service_is_told),
        cmocka_unit_test(the_quota_is_read_whatever_follows_it),
        cmocka_unit_test(a_403_is_a_day_a_moment_or_a_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
