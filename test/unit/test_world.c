/* The sandbox's world: records, stamps, uniqueness, history, undo; the org's rules and SOQL. */
#include "unit.h"

#include <string.h>

#include "sandbox/world/soql.h"

#define START INT64_C(1795000000000)

struct fix {
    struct world w;
    struct sf_org o;
    struct arena a;
    struct sf_save save;
    struct sf_object *account;
};

static int begin(void **state)
{
    struct fix *f = test_calloc(1, sizeof(*f));
    world_init(&f->w, 7, START);
    sf_org_init(&f->o, &f->w);
    arena_init(&f->a, 64 * MIB);
    f->save =
        (struct sf_save){.org = &f->o, .a = &f->a, .now_ms = START + 1000, .source = W_FROM_API};
    f->account = sf_object_of(&f->o, W_ACCOUNT);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fix *f = *state;
    sf_org_release(&f->o);
    world_release(&f->w);
    arena_release(&f->a);
    test_free(f);
    return 0;
}

static void same(struct str got, const char *want)
{
    char text[2000];
    assert_true(got.n < sizeof(text));
    if (got.n)
        memcpy(text, got.p, got.n);
    text[got.n] = '\0';
    assert_string_equal(text, want);
}

static struct sf_input one(struct fix *f, const char *name, const char *value)
{
    struct sf_cell *c = ARENA_NEW(&f->a, struct sf_cell);
    *c = (struct sf_cell){.name = str_from(name), .value = str_from(value), .quoted = true};
    return (struct sf_input){c, 1};
}

static struct world_record *made(struct fix *f, const char *name)
{
    struct sf_input in = one(f, "Name", name);
    struct sf_problem p;
    struct world_record *r;
    assert_true(sf_insert(&f->save, f->account, &in, &r, &p));
    return r;
}

static struct str id_of(struct fix *f, const struct world_record *r)
{
    return world_id(&f->w, W_ACCOUNT, r->number, arena_bytes(&f->a, 32));
}

static bool set(struct fix *f, struct world_record *r, const char *name, const char *value,
                struct sf_problem *p)
{
    struct sf_input in = one(f, name, value);
    *p = (struct sf_problem){0};
    return sf_update(&f->save, f->account, r, &in, p);
}

static struct str get(struct fix *f, const struct world_record *r, const char *name)
{
    return sf_get(&f->o, f->account, sf_field_named(f->account, str_from(name)), r, &f->a);
}

/* ---- the world ------------------------------------------------------------------------------- */

static void the_same_seed_gives_the_same_world(void **state)
{
    struct fix *f = *state;
    struct world other, third;
    world_init(&other, 7, START);
    world_init(&third, 8, START);
    bool differs = false;
    for (int i = 0; i < 50; i++) {
        struct world_record *a = world_generate(&f->w, W_COMPANY, START - 1000);
        struct world_record *b = world_generate(&other, W_COMPANY, START - 1000);
        struct world_record *c = world_generate(&third, W_COMPANY, START - 1000);
        struct str name = world_get(&f->w, W_COMPANY, a, &f->a, S("name"));
        assert_true(name.n && str_eq(name, world_get(&other, W_COMPANY, b, &f->a, S("name"))));
        differs = differs || !str_eq(name, world_get(&third, W_COMPANY, c, &f->a, S("name")));
    }
    assert_true(differs);
    world_release(&other);
    world_release(&third);
}

static void an_untouched_record_is_small(void **state)
{
    (void)state;
    /* itself, and its place in the table, which doubles as it grows */
    assert_true(sizeof(struct world_record) + 2 * sizeof(struct world_record *) <= 200);
}

static void ids_have_their_check_characters_and_their_order(void **state)
{
    struct fix *f = *state;
    char id[32], next[32];
    same(world_id(&f->w, W_ACCOUNT, 0, id), "0015e0000000001AAA");
    same(world_id(&f->w, W_LEAD, 9, id), "00Q5e0000000010EAA");
    same(world_id(&f->w, W_PERMISSION_SET, 0, id), "0PS5e0000000001GAA");
    struct world_record *r = made(f, "x");
    assert_ptr_equal(world_find(&f->w, W_ACCOUNT, S("0015e0000000001")), r); /* 15 are enough */
    assert_null(world_find(&f->w, W_ACCOUNT, S("0035e0000000001AAA")));
    assert_null(world_find(&f->w, W_ACCOUNT, S("0015e0000000002AAA")));
    struct str a = world_id(&f->w, W_COMPANY, 3, id), b = world_id(&f->w, W_COMPANY, 4, next);
    assert_true(str_cmp(a, b) < 0);
    assert_int_equal(world_after(&f->w, W_COMPANY, a), 4);
}

static void a_walk_by_stamp_sees_each_record_once_in_order(void **state)
{
    struct fix *f = *state;
    struct world_walk k;
    struct world_record *r[5], *got;
    for (int i = 0; i < 5; i++)
        r[i] = world_generate(&f->w, W_COMPANY, START - 5000 + i * 100);
    world_touch(&f->w, W_COMPANY, r[1], START + 20);
    world_touch(&f->w, W_COMPANY, r[3], START + 10);
    world_touch(&f->w, W_COMPANY, r[1], START + 30);
    const uint64_t want[] = {0, 2, 4, 3, 1};
    world_walk_from(&f->w, W_COMPANY, 0, &k);
    for (size_t i = 0; i < LEN(want); i++) {
        got = world_walk_next(&f->w, W_COMPANY, &k);
        assert_non_null(got);
        assert_int_equal(got->number, want[i]);
    }
    assert_null(world_walk_next(&f->w, W_COMPANY, &k));
    world_walk_from(&f->w, W_COMPANY, START - 4800, &k); /* generated stamps count, too */
    assert_int_equal(world_walk_next(&f->w, W_COMPANY, &k)->number, 2);
    assert_int_equal(world_walk_next(&f->w, W_COMPANY, &k)->number, 4);
}

static void a_late_commit_keeps_its_older_stamp(void **state) /* SF 13, T7 */
{
    struct fix *f = *state;
    struct world_walk k;
    struct world_record *slow = world_generate(&f->w, W_COMPANY, START - 100);
    struct world_record *quick = world_generate(&f->w, W_COMPANY, START - 100);
    world_touch(&f->w, W_COMPANY, quick, START + 500);
    world_touch(&f->w, W_COMPANY, slow, START + 200);
    assert_int_equal(slow->modified_ms, START + 200);
    world_walk_from(&f->w, W_COMPANY, START + 500, &k); /* a cursor at the newest stamp loses it */
    assert_ptr_equal(world_walk_next(&f->w, W_COMPANY, &k), quick);
    assert_null(world_walk_next(&f->w, W_COMPANY, &k));
    world_walk_from(&f->w, W_COMPANY, START + 200, &k);
    assert_ptr_equal(world_walk_next(&f->w, W_COMPANY, &k), slow);
}

static void a_unique_value_is_found_whatever_its_case_until_it_moves(void **state)
{
    struct fix *f = *state;
    world_set_unique(&f->w, W_COMPANY, S("key"));
    world_set_unique(&f->w, W_COMPANY, S("other"));
    uint16_t key = world_field(&f->w, W_COMPANY, S("key"));
    struct world_record *a = world_generate(&f->w, W_COMPANY, START);
    for (int i = 0; i < 3000; i++) { /* the index grows meanwhile */
        struct world_record *r = world_generate(&f->w, W_COMPANY, START);
        world_set(&f->w, W_COMPANY, r, S("key"), str_fmt(&f->a, "k%d", i));
    }
    world_set(&f->w, W_COMPANY, a, S("key"), S("Abc"));
    world_set(&f->w, W_COMPANY, a, S("other"), S("zzz"));
    assert_ptr_equal(world_by_unique_at(&f->w, W_COMPANY, key, S("aBC")), a);
    assert_null(world_by_unique_at(&f->w, W_COMPANY, key, S("zzz")));
    world_set(&f->w, W_COMPANY, a, S("key"), S("def"));
    assert_null(world_by_unique_at(&f->w, W_COMPANY, key, S("Abc")));
    world_archive(&f->w, W_COMPANY, a, START);
    assert_null(world_by_unique_at(&f->w, W_COMPANY, key, S("def"))); /* free for re-use */
    assert_int_equal(world_by_unique_at(&f->w, W_COMPANY, key, S("k2999"))->number, 3000);
}

static void records_without_a_unique_value_are_found_among_many(void **state)
{
    struct fix *f = *state;
    uint16_t key = world_field(&f->w, W_COMPANY, S("key"));
    for (int i = 0; i < 300; i++) {
        struct world_record *r = world_generate(&f->w, W_COMPANY, START);
        if (i != 63 && i != 64 && i != 200 && i < 260)
            world_set(&f->w, W_COMPANY, r, S("key"), str_fmt(&f->a, "k%d", i));
        if (i == 100) /* half of them are there when it becomes an index */
            world_set_unique(&f->w, W_COMPANY, S("key"));
    }
    struct world_record *r = f->w.table[W_COMPANY].record[150];
    world_set(&f->w, W_COMPANY, r, S("key"), S(""));
    static const uint64_t want[][2] = {{0, 63},    {63, 63},   {64, 64},   {65, 150},
                                       {151, 200}, {201, 260}, {299, 299}, {300, 300}};
    for (size_t i = 0; i < LEN(want); i++)
        assert_int_equal(world_without(&f->w, W_COMPANY, key, want[i][0]), want[i][1]);
    world_set(&f->w, W_COMPANY, r, S("key"), S("again"));
    assert_int_equal(world_without(&f->w, W_COMPANY, key, 65), 200);
}

static void history_keeps_the_newest_twenty(void **state) /* H6.13 */
{
    struct fix *f = *state;
    struct world_past past[W_HISTORY_MAX + 1];
    struct world_record *r = world_generate(&f->w, W_COMPANY, START - 1000);
    uint16_t city = world_field(&f->w, W_COMPANY, S("city"));
    struct str born = world_get_at(&f->w, W_COMPANY, r, &f->a, city);
    world_set_at(&f->w, W_COMPANY, r, city, S("Gent"), START, W_FROM_USER);
    assert_int_equal(world_history(&f->w, W_COMPANY, r, &f->a, city, past), 2);
    same(str_from(past[0].text), "Gent");
    assert_true(str_eq(str_from(past[1].text), born));
    assert_int_equal(past[1].at_ms, START - 1000);
    for (int i = 1; i <= 30; i++)
        world_set_at(&f->w, W_COMPANY, r, city, str_fmt(&f->a, "City %d", i), START + i,
                     W_FROM_API);
    assert_int_equal(world_history(&f->w, W_COMPANY, r, &f->a, city, past), W_HISTORY_MAX + 1);
    same(str_from(past[0].text), "City 30");
    same(str_from(past[W_HISTORY_MAX].text), "City 10");
    assert_int_equal(past[0].source, W_FROM_API);
}

/* ---- saving ------------------------------------------------------------------------------------
 */

static void a_save_refuses_what_the_org_refuses(void **state) /* SF 4.3, 14 */
{
    static const struct {
        const char *name, *value, *code;
    } cases[] = {
        {"Nonsense__c", "1", "INVALID_FIELD"},
        {"SystemModstamp", "2026-11-23T00:00:00Z", "INVALID_FIELD_FOR_INSERT_UPDATE"},
        {"BillingAddress", "x", "INVALID_FIELD_FOR_INSERT_UPDATE"},
        {"Name", "  ", "REQUIRED_FIELD_MISSING"},
        {"AccountNumber", "12345678901234567890123456789012345678901", "STRING_TOO_LONG"},
        {"CleanStatus", "Shiny", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"},
        {"Industry", "Whatever we like", NULL}, /* unrestricted */
        {"NumberOfEmployees", "many", "JSON_PARSER_ERROR"},
        {"NumberOfEmployees", "123456789", "NUMBER_OUTSIDE_VALID_RANGE"},
        {"AnnualRevenue", "1.0E7", NULL},
        {"OwnerId", "nobody", "MALFORMED_ID"},
        {"OwnerId", "0015e0000000001AAA", "FIELD_INTEGRITY_EXCEPTION"},
        {"OwnerId", "0055e0000000099AAA", "INVALID_CROSS_REFERENCE_KEY"},
        {"OwnerId", "0055e0000000002AAA", NULL},
        {"ParentId", "0015e0000000001AAA", "CIRCULAR_DEPENDENCY"}, /* itself */
    };
    struct fix *f = *state;
    struct world_record *r = made(f, "first");
    for (size_t i = 0; i < LEN(cases); i++) {
        struct sf_problem p;
        bool ok = set(f, r, cases[i].name, cases[i].value, &p);
        assert_int_equal(ok, cases[i].code == NULL);
        if (!ok)
            assert_string_equal(p.code, cases[i].code);
    }
    same(get(f, r, "AnnualRevenue"), "10000000");
}

static void text_is_trimmed_and_the_empty_text_is_null(void **state) /* SF 3 */
{
    struct fix *f = *state;
    struct sf_problem p;
    struct world_record *r = made(f, " \t Acme \r\n");
    same(get(f, r, "Name"), "Acme");
    assert_true(set(f, r, "Site", "\xc2\xa0x\xc2\xa0", &p)); /* a no-break space survives */
    same(get(f, r, "Site"), "\xc2\xa0x\xc2\xa0");
    assert_true(set(f, r, "Site", "   ", &p));
    assert_null(get(f, r, "Site").p);
}

static void a_save_that_changes_nothing_still_stamps(void **state) /* SF 9 */
{
    struct fix *f = *state;
    struct sf_problem p;
    struct world_record *r = made(f, "Acme");
    f->save.now_ms += 5000;
    assert_true(set(f, r, "Name", "Acme", &p));
    assert_int_equal(r->modified_ms, f->save.now_ms);
}

static struct sf_field *key_field(struct fix *f)
{
    return sf_field_add(&f->o, f->account, S("Key__c"), S("Key"), "string", 64,
                        SF_EXTERNAL | SF_UNIQUE);
}

static void a_new_field_is_hidden_until_permission(void **state) /* SF 7.9 */
{
    struct fix *f = *state;
    struct sf_object *permission = sf_object_of(&f->o, W_FIELD_PERMISSION);
    struct world_record *r = made(f, "Acme"), *given;
    struct sf_problem p;
    assert_non_null(key_field(f));
    assert_null(key_field(f)); /* the name is taken */
    assert_null(sf_field_named(f->account, S("Key__c")));
    assert_false(set(f, r, "Key__c", "1", &p));
    assert_string_equal(p.code, "INVALID_FIELD");
    struct sf_cell cells[] = {{S("ParentId"), S("0PS5e0000000001GAA"), true, STR_NONE},
                              {S("SobjectType"), S("Account"), true, STR_NONE},
                              {S("Field"), S("Account.Key__c"), true, STR_NONE},
                              {S("PermissionsRead"), S("true"), false, STR_NONE}};
    struct sf_input in = {cells, LEN(cells)};
    assert_true(sf_insert(&f->save, permission, &in, &given, &p));
    assert_non_null(sf_field_named(f->account, S("key__C")));
    assert_false(set(f, r, "Key__c", "1", &p)); /* read, not edit */
    assert_string_equal(p.code, "INVALID_FIELD_FOR_INSERT_UPDATE");
}

static void a_unique_key_names_the_record_in_the_way(void **state)
{
    struct fix *f = *state;
    struct sf_problem p;
    struct world_record *found[2];
    struct sf_field *key = key_field(f);
    key->flags &= ~(unsigned)SF_HIDDEN;
    struct world_record *a = made(f, "a"), *b = made(f, "b");
    assert_true(set(f, a, "Key__c", "K1", &p));
    assert_false(set(f, b, "Key__c", "k1", &p));
    assert_string_equal(p.code, "DUPLICATE_VALUE");
    assert_true(str_ends(p.message, S("record with id: 0015e0000000001AAA")));
    f->o.external_not_unique = true; /* T12 */
    assert_true(set(f, b, "Key__c", "k1", &p));
    assert_int_equal(sf_by_external(&f->o, f->account, key, S("K1"), found), 2);
}

static void a_transaction_that_fails_leaves_no_trace(void **state)
{
    struct fix *f = *state;
    struct sf_problem p;
    struct sf_tx tx = {0};
    struct world_record *old = made(f, "old");
    uint64_t live = f->w.table[W_ACCOUNT].live;
    int64_t stamp = old->modified_ms;
    f->save.now_ms += 1000;
    f->save.tx = &tx;
    struct world_record *fresh = made(f, "fresh");
    assert_true(set(f, old, "Name", "new name", &p));
    assert_true(sf_delete(&f->save, f->account, id_of(f, old), &p));
    sf_tx_rollback(&f->o, &tx);
    same(get(f, old, "Name"), "old");
    assert_int_equal(old->modified_ms, stamp);
    assert_int_equal(old->archived_ms, 0);
    assert_true(fresh->purged);
    assert_int_equal(f->w.table[W_ACCOUNT].live, live);
    struct world_walk k;
    world_walk_from(&f->w, W_ACCOUNT, 0, &k);
    assert_ptr_equal(world_walk_next(&f->w, W_ACCOUNT, &k), old);
    assert_null(world_walk_next(&f->w, W_ACCOUNT, &k));
}

static void a_merge_leaves_a_chain_and_moves_the_children(void **state) /* SF 6 */
{
    struct fix *f = *state;
    struct sf_problem p;
    struct world_record *a = made(f, "a"), *b = made(f, "b"), *c = made(f, "c"),
                        *child = made(f, "d");
    assert_true(set(f, child, "ParentId", "0015e0000000001AAA", &p));
    assert_true(sf_merge(&f->save, f->account, id_of(f, b), id_of(f, a), &p));
    assert_true(sf_merge(&f->save, f->account, id_of(f, c), id_of(f, b), &p));
    same(get(f, a, "MasterRecordId"), "0015e0000000002AAA");
    same(get(f, b, "MasterRecordId"), "0015e0000000003AAA");
    same(get(f, child, "ParentId"), "0015e0000000003AAA");
    assert_false(sf_delete(&f->save, f->account, id_of(f, a), &p));
    assert_string_equal(p.code, "ENTITY_IS_DELETED");
}

static void deleting_an_account_takes_its_contacts_and_frees_its_children(void **state) /* SF 6 */
{
    struct fix *f = *state;
    struct sf_problem p;
    struct sf_object *contacts = sf_object_of(&f->o, W_SF_CONTACT);
    struct world_record *a = made(f, "a"), *child = made(f, "child"), *contact;
    struct sf_cell cells[] = {{S("LastName"), S("Doe"), true, STR_NONE},
                              {S("AccountId"), id_of(f, a), true, STR_NONE}};
    struct sf_input in = {cells, 2};
    assert_true(sf_insert(&f->save, contacts, &in, &contact, &p));
    assert_true(set(f, child, "ParentId", "0015e0000000001AAA", &p));
    assert_true(sf_delete(&f->save, f->account, id_of(f, a), &p));
    assert_true(contact->archived_ms > 0);
    assert_int_equal(child->archived_ms, 0);
    assert_null(get(f, child, "ParentId").p);
    assert_true(sf_undelete(&f->save, f->account, id_of(f, a), &p));
    assert_int_equal(a->archived_ms, 0);
}

static void an_open_transaction_holds_the_low_water_mark(void **state) /* SF 6 */
{
    struct fix *f = *state;
    assert_int_equal(sf_covered_ms(&f->o, START + 9000), START + 9000);
    f->o.open_tx[3].open = true;
    f->o.open_tx[3].stamp_ms = START + 4000;
    assert_int_equal(sf_covered_ms(&f->o, START + 9000), START + 4000);
}

/* ---- SOQL
 * ---------------------------------------------------------------------------------------- */

static struct soql_result ask(struct fix *f, const char *text, bool all, const char **code)
{
    struct soql q;
    struct soql_why why = {0};
    struct soql_result res = {0};
    *code = NULL;
    if (soql_parse(&f->a, str_from(text), &q, &why) && soql_resolve(&f->o, &f->a, &q, &why))
        soql_run(&f->o, &f->a, &q, all, &res);
    else
        *code = why.code;
    return res;
}

static void what_is_not_in_the_subset_is_refused(void **state) /* SF 18.14 */
{
    static const char *const texts[] = {
        "",
        "SELECT",
        "SELECT Id",
        "SELECT Id FROM",
        "SELECT Id FORM Account",
        "SELECT * FROM Account",
        "SELECT Id, FROM Account",
        "SELECT Id FROM Account WHERE",
        "SELECT Id FROM Account LIMIT x",
        "SELECT Id FROM Account WHERE Name IS NULL",
        "SELECT Id FROM Account WHERE Name = 'a",
        "SELECT Id FROM Account WHERE Name = 'a\\x'",
        "SELECT Id FROM Account WHERE Name IN ()",
        "SELECT Id FROM Account WHERE Name = 'a' AND Site = 'b' OR Site = 'c'",
        "SELECT Id FROM Account GROUP BY Name",
        "SELECT Id FROM Account WHERE CreatedDate = TODAY",
        "SELECT MAX(Name) FROM Account",
        "SELECT COUNT(Name FROM Account",
        "SELECT COUNT(*) FROM Account",
        "SELECT Id, COUNT(Name) FROM Account", /* wants GROUP BY */
        "SELECT COUNT(Description) FROM Account",
        "SELECT COUNT(IsDeleted) FROM Account",
        "SELECT Id FROM Account WHERE (Name = 'a'",
        "SELECT Id FROM Account ORDER Name",
        "SELECT Id FROM Account; SELECT Id FROM Account",
        "SELECT (SELECT Id FROM Contacts) FROM Account",
        "SELECT Id FROM Account WHERE Name = a"};
    struct fix *f = *state;
    const char *code;
    for (size_t i = 0; i < LEN(texts); i++) {
        ask(f, texts[i], false, &code);
        assert_non_null(code);
        assert_string_equal(code, "MALFORMED_QUERY");
    }
}

static void names_and_types_are_checked(void **state) /* SF 5.2 */
{
    static const char *const texts[][2] = {
        {"SELECT Id FROM Nothing", "INVALID_TYPE"},
        {"SELECT Nothing FROM Account", "INVALID_FIELD"},
        {"SELECT Owner.Nothing FROM Account", "INVALID_FIELD"},
        {"SELECT Nobody.Name FROM Account", "INVALID_FIELD"},
        {"SELECT Id FROM Account WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"},
        {"SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"},
        {"SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"},
        {"SELECT Id FROM Account WHERE NumberOfEmployees = '5'", "INVALID_FIELD"},
        {"SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"},
        {"SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD"},
        {"SELECT Id FROM Account WHERE Id = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR"},
        {"SELECT Id FROM Account WHERE NumberOfEmployees LIKE '5'",
         "INVALID_QUERY_FILTER_OPERATOR"},
        {"SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"}};
    struct fix *f = *state;
    const char *code;
    for (size_t i = 0; i < LEN(texts); i++) {
        ask(f, texts[i][0], false, &code);
        assert_non_null(code);
        assert_string_equal(code, texts[i][1]);
    }
}

static void queries_find_what_they_ask_for(void **state)
{
    static const struct {
        const char *where, *numbers;
    } cases[] = {
        {"", "0123"},
        {"WHERE Name = 'ALPHA'", "0"}, /* without case */
        {"WHERE Name LIKE '%a' ORDER BY Name DESC", "2310"},
        {"WHERE Name LIKE '_eta'", "1"},
        {"WHERE Name LIKE '100\\%'", ""},
        {"WHERE NOT Name = 'alpha'", "123"},
        {"WHERE Site = null", "03"},
        {"WHERE Site != null", "12"},
        {"WHERE Site != 'x'", "023"}, /* null is not 'x' */
        {"WHERE Site = 'o\\'clock \\\\ \\u00e9'", "2"},
        {"WHERE NumberOfEmployees >= 10 AND NumberOfEmployees < 200", "12"},
        {"WHERE Name IN ('alpha', 'delta')", "03"},
        {"WHERE Name NOT IN ('alpha', 'delta')", "12"},
        {"WHERE (Name = 'alpha' OR Name = 'beta') AND Site = 'x'", "1"},
        {"WHERE Owner.Username = 'tandem@sandbox.example'", "0123"},
        {"WHERE Parent.Name = 'alpha'", "3"},
        {"WHERE Id = '0015e0000000002'", "1"},
        {"WHERE Id IN ('0015e0000000003AAA','0015e0000000001AAA') ORDER BY Id DESC", "20"},
        {"WHERE Id > '0015e0000000002AAA' ORDER BY Id", "23"},
        {"ORDER BY NumberOfEmployees NULLS LAST", "1230"},
        {"ORDER BY NumberOfEmployees", "0123"},
        {"ORDER BY Name LIMIT 2 OFFSET 1", "13"},
        {"WHERE SystemModstamp >= 2026-11-18T11:06:43Z ORDER BY SystemModstamp, Id", "23"},
        {"WHERE SystemModstamp = 2026-11-18T11:06:42Z", "1"},
    };
    static const char *const names[] = {"alpha", "beta", "gamma", "delta"};
    struct fix *f = *state;
    struct sf_problem p;
    struct world_record *r[4];
    for (int i = 0; i < 4; i++) {
        f->save.now_ms = START + 1000 + i * 1000 + 345; /* 11:06:41 on */
        r[i] = made(f, names[i]);
        if (i)
            assert_true(set(f, r[i], "NumberOfEmployees",
                            i == 1   ? "10"
                            : i == 2 ? "9.5e1"
                                     : "2000",
                            &p));
    }
    assert_true(set(f, r[3], "ParentId", "0015e0000000001AAA", &p));
    f->save.now_ms = START + 2345;
    assert_true(set(f, r[1], "Site", "x", &p));
    f->save.now_ms = START + 3345;
    assert_true(set(f, r[2], "Site", "o'clock \\ \xc3\xa9", &p));
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *code;
        char got[8] = "";
        struct str text = str_fmt(&f->a, "SELECT Id FROM Account %s", cases[i].where);
        struct soql_result res = ask(f, str_cstr(&f->a, text), false, &code);
        assert_null(code);
        for (size_t k = 0; k < res.count && k < 7; k++)
            got[k] = (char)('0' + res.number[k]);
        assert_string_equal(got, cases[i].numbers);
    }
}

static void the_bin_is_seen_by_query_all_only(void **state) /* SF 6 */
{
    struct fix *f = *state;
    struct sf_problem p;
    const char *code;
    struct world_record *a = made(f, "a"), *b = made(f, "b");
    assert_true(sf_delete(&f->save, f->account, id_of(f, a), &p));
    assert_int_equal(ask(f, "SELECT Id FROM Account", false, &code).count, 1);
    assert_int_equal(ask(f, "SELECT Id FROM Account WHERE IsDeleted = true", true, &code).count, 1);
    assert_true(sf_hard_delete(&f->save, f->account, id_of(f, b), &p));
    assert_int_equal(ask(f, "SELECT Id FROM Account", true, &code).count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(the_same_seed_gives_the_same_world),
        TEST(an_untouched_record_is_small),
        TEST(ids_have_their_check_characters_and_their_order),
        TEST(a_walk_by_stamp_sees_each_record_once_in_order),
        TEST(a_late_commit_keeps_its_older_stamp),
        TEST(a_unique_value_is_found_whatever_its_case_until_it_moves),
        TEST(records_without_a_unique_value_are_found_among_many),
        TEST(history_keeps_the_newest_twenty),
        TEST(a_save_refuses_what_the_org_refuses),
        TEST(text_is_trimmed_and_the_empty_text_is_null),
        TEST(a_save_that_changes_nothing_still_stamps),
        TEST(a_new_field_is_hidden_until_permission),
        TEST(a_unique_key_names_the_record_in_the_way),
        TEST(a_transaction_that_fails_leaves_no_trace),
        TEST(a_merge_leaves_a_chain_and_moves_the_children),
        TEST(deleting_an_account_takes_its_contacts_and_frees_its_children),
        TEST(an_open_transaction_holds_the_low_water_mark),
        TEST(what_is_not_in_the_subset_is_refused),
        TEST(names_and_types_are_checked),
        TEST(queries_find_what_they_ask_for),
        TEST(the_bin_is_seen_by_query_all_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
