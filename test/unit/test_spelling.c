/* S5.1: what only changed its spelling never bounces: two spellings of one value are the same, and
 * two values are not, by type and through a mapping. */
#include "unit.h"

#include <string.h>

#include "model/mapping.h"

static void spellings_of_one_value(void **state)
{
    static const struct {
        enum field_type type;
        const char *a, *b;
        bool same;
    } rows[] = {
        {FIELD_TEXT, " Acme ", "Acme", true},
        {FIELD_TEXT, "Acme", "ACME", false},             /* case is kept */
        {FIELD_TEXT, " \t ", "", true},                  /* only white space is blank */
        {FIELD_TEXT, "Zoe\xcc\x88", "Zo\xc3\xab", true}, /* NFC */
        {FIELD_TEXTAREA, "a\r\nb", "a\nb", true},
        {FIELD_TEXTAREA, "a\rb", "a\nb", true},
        {FIELD_TEXTAREA, "a\nb", "a b", false},
        {FIELD_NUMBER, "1.0E7", "10000000", true},
        {FIELD_NUMBER, "10.50", "10.5", true},
        {FIELD_NUMBER, "-0.0", "0", true},
        {FIELD_NUMBER, "10.5", "10.51", false},
        {FIELD_NUMBER, "0", "", false},  /* zero is a value */
        {FIELD_BOOL, "false", "", true}, /* a checkbox's false is blank */
        {FIELD_BOOL, "TRUE", "true", true},
        {FIELD_BOOL, "true", "", false},
        {FIELD_DATE, "2026-11-23T00:00:00.000+0000", "2026-11-23", true},
        {FIELD_DATE, "2026-11-23", "2026-11-24", false},
        {FIELD_DATETIME, "2026-11-23T16:24:09.000+0000", "2026-11-23T16:24:09Z", true},
        {FIELD_DATETIME, "2026-11-23T17:24:09+01:00", "2026-11-23T16:24:09Z", true},
        {FIELD_DATETIME, "2026-11-23T16:24:09Z", "2026-11-23T16:24:10Z", false},
        {FIELD_MULTI, "b;a", "a; b;", true}, /* a set, in any order */
        {FIELD_MULTI, "a;a;b", "a;b", true},
        {FIELD_MULTI, ";;", "", true},
        {FIELD_MULTI, "a;b", "a;c", false},
        {FIELD_URL, "https://www.acme.com", "https://acme.com", false}, /* URLs as such */
        {FIELD_URL, " https://acme.com ", "https://acme.com", true},
        {FIELD_PHONE, "+31 20 1", "+31201", false},      /* phones as such */
        {FIELD_PICKLIST, "customer", "Customer", false}, /* the value, not its label */
        {FIELD_REFERENCE, "0015e00001AbCdE", "0015e00001AbCdEAAV", true}, /* 15 and 18 */
    };
    struct arena a;
    (void)state;
    arena_init(&a, MIB);
    for (size_t i = 0; i < LEN(rows); i++) {
        struct value x = value_canonical(&a, rows[i].type, str_from(rows[i].a));
        struct value y = value_canonical(&a, rows[i].type, str_from(rows[i].b));
        if (value_eq(&x, &y) != rows[i].same)
            fail_msg("%s \"%s\" and \"%s\": \"%.*s\" and \"%.*s\"", field_type_name(rows[i].type),
                     rows[i].a, rows[i].b, STR_ARG(x.text), STR_ARG(y.text));
    }
    arena_release(&a);
}

/* Between two sides: the coarser scale, the date of a datetime, the value table, truncation. */
static void the_same_on_both_sides(void **state)
{
    static struct value_pair table[] = {{{{"NL", 2}, {"Netherlands", 11}}}};
    static const struct {
        enum field_type sf, hs;
        const char *a, *b;
        int scale;
        bool table, same;
        uint32_t truncate;
    } rows[] = {
        {FIELD_NUMBER, FIELD_NUMBER, "10.50", "10.5", 2, false, true, 0},
        {FIELD_NUMBER, FIELD_NUMBER, "10.504", "10.5", 1, false, true, 0},
        {FIELD_NUMBER, FIELD_NUMBER, "10.56", "10.5", 2, false, false, 0},
        {FIELD_DATETIME, FIELD_DATE, "2026-11-23T16:24:09Z", "2026-11-23", -1, false, true, 0},
        {FIELD_DATE, FIELD_DATETIME, "2026-11-23", "2026-11-23T00:00:00Z", -1, false, true, 0},
        {FIELD_DATETIME, FIELD_DATE, "2026-11-23T16:24:09Z", "2026-11-24", -1, false, false, 0},
        {FIELD_TEXT, FIELD_TEXT, "NL", "Netherlands", -1, true, true, 0},
        {FIELD_TEXT, FIELD_TEXT, "NL", "NL", -1, true, false, 0},
        {FIELD_TEXT, FIELD_TEXT, "abcdef", "abc", -1, false, true, 3},
        {FIELD_TEXT, FIELD_TEXT, "abcdef", "abd", -1, false, false, 3},
        {FIELD_BOOL, FIELD_BOOL, "false", "", -1, false, true, 0},
    };
    struct arena a;
    (void)state;
    arena_init(&a, MIB);
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mapping m = {.scale = rows[i].scale,
                            .truncate = rows[i].truncate,
                            .table = table,
                            .table_count = rows[i].table ? LEN(table) : 0,
                            .meta = {{.type = rows[i].sf}, {.type = rows[i].hs}}};
        struct value x = value_canonical(&a, rows[i].sf, str_from(rows[i].a));
        struct value y = value_canonical(&a, rows[i].hs, str_from(rows[i].b));
        if (mapping_same(&a, &m, NULL, x, y) != rows[i].same)
            fail_msg("row %zu: \"%s\" and \"%s\"", i, rows[i].a, rows[i].b);
    }
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_value),
        cmocka_unit_test(the_same_on_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
