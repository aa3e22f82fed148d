/* S2.3: the account filter: what may be written, what it means, what it prints as. Expectations are
 * written by hand. */
#include "unit.h"

#include <string.h>

#include "base/limits.h"
#include "model/filter.h"

static struct arena a;

static const struct field fields[] = {
    {.name = {"Active__c", 9}, .type = FIELD_BOOL, .readable = true},
    {.name = {"AnnualRevenue", 13}, .type = FIELD_NUMBER, .readable = true},
    {.name = {"BillingAddress", 14}, .type = FIELD_OTHER, .readable = true},
    {.name = {"CreatedDate", 11}, .type = FIELD_DATETIME, .readable = true},
    {.name = {"Name", 4}, .type = FIELD_TEXT, .readable = true},
    {.name = {"OwnerId", 7}, .type = FIELD_OWNER, .readable = true},
    {.name = {"RecordTypeId", 12}, .type = FIELD_REFERENCE, .readable = true},
    {.name = {"Regions__c", 10}, .type = FIELD_MULTI, .readable = true},
    {.name = {"Renewal__c", 10}, .type = FIELD_DATE, .readable = true},
    {.name = {"Type", 4}, .type = FIELD_PICKLIST, .readable = true},
};

#define OWNER "005000000000001AAA"
#define OTHER "005000000000002AAA"
#define KIND  "012000000000001AAA"

/* The account that the tests ask about; Renewal__c is not known. */
static const char *const values[] = {
    "true",
    "1500000.5",
    NULL,
    "1763904249000", /* 2025-11-23T13:24:09Z */
    "M\xc3\xbcller's Works",
    OWNER,
    KIND,
    "EMEA;North America",
    "?",
    "",
};

static void same(struct str got, struct str want)
{
    if (!str_eq(got, want))
        fail_msg("%.*s, expected %.*s", STR_ARG(got), STR_ARG(want));
}

static struct schema schema(void)
{
    static struct field f[LEN(fields)];
    static struct field_option partner = {{KIND, 18}, {"Partner", 7}, true};
    memcpy(f, fields, sizeof(f));
    f[6].option = &partner;
    f[6].options = 1;
    return (struct schema){f, LEN(fields)};
}

static struct mappings mappings(struct value *value)
{
    struct mapping *map = ARENA_ARRAY(&a, struct mapping, LEN(fields));
    for (size_t i = 0; i < LEN(fields); i++) {
        const char *v = values[i];
        map[i] = (struct mapping){.id = (uint32_t)i + 1, .name = {fields[i].name, S("")}};
        value[i] = !v || strcmp(v, "?") == 0 ? VALUE_NOT_KNOWN : value_text(str_from(v));
    }
    return (struct mappings){map, LEN(fields)};
}

static bool read(const char *text, struct filter *f, struct err *e)
{
    struct schema s = schema();
    return filter_parse(&a, str_from(text), f, e) && filter_check(&a, f, &s, e);
}

static enum filter_answer ask(const char *text)
{
    struct value value[LEN(fields)];
    struct mappings m = mappings(value);
    struct filter f;
    struct err e;
    if (!read(text, &f, &e))
        fail_msg("%s: %s", text, e.msg);
    filter_bind(&f, &m);
    enum filter_answer got = filter_eval(&a, &f, value);
    /* What it prints as means the same, without the metadata, and prints as itself. */
    struct filter again;
    struct str printed = filter_print(&a, &f);
    if (!filter_parse(&a, printed, &again, &e))
        fail_msg("%s prints as %.*s: %s", text, STR_ARG(printed), e.msg);
    filter_bind(&again, &m);
    assert_int_equal(filter_eval(&a, &again, value), got);
    same(filter_print(&a, &again), printed);
    return got;
}

static void what_comparisons_mean(void **state)
{
    static const struct {
        const char *text;
        enum filter_answer want;
    } table[] = {
        {"Name = 'm\xc3\x9cLLER''s works'", FILTER_YES},
        {"Name = \"M\xc3\xbcller's Works\"", FILTER_YES},
        {"Name != 'Acme'", FILTER_YES},
        {"Name <> 'Acme'", FILTER_YES},
        {"name starts with 'm\xc3\xbcll'", FILTER_YES},
        {"Name starts 'ller'", FILTER_NO},
        {"Name ends 'WORKS'", FILTER_YES},
        {"Name contains 'ler''s'", FILTER_YES},
        {"Name not contains 'x'", FILTER_YES},
        {"Name > 'L' and Name < 'N'", FILTER_YES},
        {"Type = 'Customer'", FILTER_NO},
        {"Type != 'Customer'", FILTER_YES},
        {"Type is blank", FILTER_YES},
        {"Type is not blank", FILTER_NO},
        {"Type in ('Customer', 'Partner')", FILTER_NO},
        {"Type not in ('Customer', 'Partner')", FILTER_YES},
        {"Type contains 'a'", FILTER_NO},
        {"Type not contains 'a'", FILTER_YES},
        {"AnnualRevenue > 1000000", FILTER_YES},
        {"AnnualRevenue >= 1500000.50", FILTER_YES},
        {"AnnualRevenue = 1500000.5", FILTER_YES},
        {"AnnualRevenue < 1.5e6", FILTER_NO},
        {"AnnualRevenue <= -1", FILTER_NO},
        {"AnnualRevenue > 9", FILTER_YES}, /* as numbers, not as texts */
        {"AnnualRevenue in (1, 1500000.5)", FILTER_YES},
        {"AnnualRevenue = '1500000.5'", FILTER_YES},
        {"Active__c = true", FILTER_YES},
        {"Active__c = false", FILTER_NO},
        {"Active__c != TRUE", FILTER_NO},
        {"CreatedDate = 2025-11-23", FILTER_YES},
        {"CreatedDate > 2025-11-23", FILTER_NO},
        {"CreatedDate >= 2025-11-23", FILTER_YES},
        {"CreatedDate > 2025-11-23T13:24:08Z", FILTER_YES},
        {"CreatedDate > 2025-11-23T13:24:09Z", FILTER_NO},
        {"CreatedDate < '2026-01-01'", FILTER_YES},
        {"OwnerId = '" OWNER "'", FILTER_YES},
        {"OwnerId = '005000000000001'", FILTER_YES}, /* 15 characters */
        {"Owner = '" OTHER "'", FILTER_NO},
        {"Owner in ('" OTHER "', '" OWNER "')", FILTER_YES},
        {"RecordTypeId = '" KIND "'", FILTER_YES},
        {"RecordType = 'partner'", FILTER_YES}, /* by its name */
        {"Regions__c includes 'emea'", FILTER_YES},
        {"Regions__c includes 'North'", FILTER_NO},
        {"Regions__c not includes 'APAC'", FILTER_YES},
        {"Renewal__c > 2026-01-01", FILTER_UNKNOWN},
        {"not Renewal__c > 2026-01-01", FILTER_UNKNOWN},
        {"Renewal__c is blank", FILTER_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < LEN(table); i++) {
        enum filter_answer got = ask(table[i].text);
        if (got != table[i].want)
            fail_msg("%s: %d, expected %d", table[i].text, (int)got, (int)table[i].want);
    }
}

/* Y, N, U stand for terms of each answer. */
static void joins_know_three_answers(void **state)
{
#define Y "Active__c = true"
#define N "Active__c = false"
#define U "Renewal__c is blank"
    static const struct {
        const char *text;
        enum filter_answer want;
    } table[] = {
        {Y " and " Y, FILTER_YES},
        {Y " and " N, FILTER_NO},
        {N " and " U, FILTER_NO},
        {U " and " N, FILTER_NO},
        {Y " and " U, FILTER_UNKNOWN},
        {U " and " U, FILTER_UNKNOWN},
        {N " or " N, FILTER_NO},
        {N " or " Y, FILTER_YES},
        {U " or " Y, FILTER_YES},
        {Y " or " U, FILTER_YES},
        {N " or " U, FILTER_UNKNOWN},
        {"not " Y, FILTER_NO},
        {"not not " Y, FILTER_YES},
        {"not (" Y " and " N ")", FILTER_YES},
        {Y " or " N " and " N, FILTER_YES}, /* and binds stronger */
        {"(" Y " or " N ") and " N, FILTER_NO},
        {"not " N " and " N, FILTER_NO}, /* not binds strongest */
        {N " or (" N " or (" Y "))", FILTER_YES},
        {Y " and (" N " or " Y ") and not (" N " or " N ")", FILTER_YES},
        {Y " AND NOT " N " OR " U, FILTER_YES},
    };
    (void)state;
    for (size_t i = 0; i < LEN(table); i++) {
        enum filter_answer got = ask(table[i].text);
        if (got != table[i].want)
            fail_msg("%s: %d, expected %d", table[i].text, (int)got, (int)table[i].want);
    }
}

static void errors_name_the_column(void **state)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        {"", "column 1"},
        {"   ", "column 4"},
        {"Type", "column 5: a comparison"},
        {"Type =", "column 7: a value"},
        {"Type = ", "column 8: a value"},
        {"Type = Customer", "column 8: a value"},
        {"Type = 'Customer", "column 8: a value"},
        {"Type = ''", "column 8"},
        {"Type = 'Customer' Name", "column 19: \"and\""},
        {"Type = 'Customer' and", "column 22: a field"},
        {"Type = 'Customer' and and", "column 23: a field"},
        {"(Type = 'Customer'", "column 19: \"and\", \"or\" or \")\""},
        {"Type = 'Customer')", "column 18: \"and\""},
        {"'Customer' = Type", "column 1: a field"},
        {"Type in 'Customer'", "column 9: \"(\""},
        {"Type in ('a' 'b')", "column 14: \",\""},
        {"Type in ()", "column 10: a value"},
        {"Type is Customer", "column 9: \"blank\""},
        {"Type not = 'a'", "column 10: a comparison"},
        {"Type == 'a'", "column 7: a value"},
        {"Owner.Name = 'Ann'", "column 1: a field of the account itself"},
        {"Name = 'M\xc3\xbcller' or ?", "column 20: a field"}, /* characters, not bytes */
        {"Nonsense = 'a'", "column 1: Nonsense is no field"},
        {"Type = 'a' or Nonsense = 'a'", "column 15: Nonsense"},
        {"BillingAddress = 'a'", "column 1: BillingAddress cannot be compared"},
        {"AnnualRevenue > 'much'", "column 17: AnnualRevenue is a number"},
        {"AnnualRevenue > 2026-11-23", "column 17: AnnualRevenue is a number"},
        {"AnnualRevenue contains '1'", "column 1: AnnualRevenue is no text"},
        {"CreatedDate > 'soon'", "column 15: CreatedDate is a date"},
        {"CreatedDate > 5", "column 15: CreatedDate is a date"},
        {"CreatedDate > 2026-13-01", "column 15: a number, or a date"},
        {"Active__c = 'true'", "column 13: Active__c is a checkbox"},
        {"Type = true", "column 8: Type is no checkbox"},
        {"OwnerId = 'Ann'", "column 11: OwnerId takes an id"},
        {"OwnerId > '" OWNER "'", "column 1: OwnerId has no order"},
        {"RecordType = 'Nobody'", "column 14: RecordTypeId takes an id"},
        {"Regions__c = 'EMEA'", "column 1: Regions__c holds several values"},
        {"Type includes 'a'", "column 1: Type holds one value"},
        {"Type = 'a' \xff", "not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < LEN(table); i++) {
        struct filter f;
        struct err e = {0};
        if (read(table[i].text, &f, &e))
            fail_msg("\"%s\" is taken", table[i].text);
        if (!strstr(e.msg, table[i].says))
            fail_msg("\"%s\": %s", table[i].text, e.msg);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_string_equal(e.rule, "S2.3");
    }
}

static void everything_has_a_ceiling(void **state)
{
    struct filter f;
    struct err e = {0};
    char *text = arena_bytes(&a, FILTER_BYTES_MAX + 2);
    (void)state;
    memset(text, '(', FILTER_BYTES_MAX + 1);
    assert_false(filter_parse(&a, (struct str){text, FILTER_BYTES_MAX + 1}, &f, &e));
    assert_string_equal(e.code, "filter_too_large");
    assert_false(filter_parse(&a, (struct str){text, FILTER_BYTES_MAX}, &f, &e)); /* levels */
    assert_string_equal(e.code, "filter_too_large");
    size_t n = 0;
    while (n + 8 <= FILTER_BYTES_MAX) {
        memcpy(text + n, n ? "or A<1  " : "A = 1   ", 8);
        n += 8;
    }
    assert_false(filter_parse(&a, (struct str){text, n}, &f, &e)); /* comparisons and joins */
    assert_string_equal(e.code, "filter_too_large");
}

/* Whatever the bytes are: an answer or an error, and what is taken prints as what it is. */
static void any_text_is_taken_or_refused(void **state)
{
    static const char *const words[] = {"Type",        " = ",
                                        "'a'",         " and ",
                                        " or ",        "not ",
                                        "(",           ")",
                                        "in",          ",",
                                        "1",           "is",
                                        " ",           "'",
                                        "\"",          "<",
                                        "A",           "\xc3",
                                        "2026-01-01",  "true",
                                        "blank",       "-",
                                        "!",           "A = 1 ",
                                        "B is blank ", "C in ('x', 2) ",
                                        "D < 3 "};
    uint64_t seed = 1;
    size_t taken = 0;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[256];
        size_t n = 0;
        struct filter f, again;
        struct err e = {0};
        arena_reset(&a);
        for (size_t k = 0, many = 1 + (size_t)round % 9; k < many; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char *w = words[(seed >> 33) % LEN(words)];
            memcpy(text + n, w, strlen(w));
            n += strlen(w);
        }
        if (!filter_parse(&a, (struct str){text, n}, &f, &e)) {
            assert_int_not_equal(e.code[0], 0);
            continue;
        }
        taken++;
        struct str printed = filter_print(&a, &f);
        assert_true(filter_parse(&a, printed, &again, &e));
        same(filter_print(&a, &again), printed);
    }
    assert_true(taken > 20);
}

static void fields_are_watched_once(void **state)
{
    struct filter f;
    struct err e;
    struct str field[8];
    struct mappings m;
    (void)state;
    mappings_default(&a, &m);
    size_t mapped = m.count;
    assert_true(filter_parse(
        &a, S("Rating = 'Hot' and (rating = 'Warm' or Type = 'a' or Tier__c > 1)"), &f, &e));
    assert_int_equal(filter_fields(&f, field), 3);
    mappings_watch(&a, &m, field, 3);
    assert_int_equal(m.count, mapped + 2); /* Type is mapped */
    assert_true(m.map[mapped].watched && m.map[mapped].id > 0x3fffffff);
    uint32_t id = m.map[mapped].id;
    mappings_watch(&a, &m, field, 3);
    assert_int_equal(m.count, mapped + 2);
    mappings_default(&a, &m);
    mappings_watch(&a, &m, field, 1);
    assert_int_equal(m.map[mapped].id, id); /* the same field, the same id */
}

static int setup(void **state)
{
    (void)state;
    arena_init(&a, 64 * MIB);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comparisons_mean),        cmocka_unit_test(joins_know_three_answers),
        cmocka_unit_test(errors_name_the_column),       cmocka_unit_test(everything_has_a_ceiling),
        cmocka_unit_test(any_text_is_taken_or_refused), cmocka_unit_test(fields_are_watched_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
