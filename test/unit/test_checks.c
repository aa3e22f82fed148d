/* H9.12: what a portal's own rules refuse, and what is left to the portal to judge. */
#include "unit.h"

#include <string.h>

#include "model/field_check.h"
#include "text/pattern.h"

static int set_up(void **state)
{
    static struct arena a;
    arena_init(&a, MIB);
    *state = &a;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(*state);
    return 0;
}

#define FOUND  PATTERN_FOUND
#define ABSENT PATTERN_ABSENT

static enum pattern_answer answer(struct arena *a, const char *pattern, struct str text)
{
    return pattern_find(pattern_compile(a, str_from(pattern)), text);
}

static void patterns_mean_what_they_say(void **state)
{
    static const struct {
        const char *pattern, *text;
        enum pattern_answer is;
    } rows[] = {
        {"^[A-Z]+$", "ABC", FOUND},
        {"^[A-Z]+$", "ABc", ABSENT},
        {"[0-9]", "x9", FOUND}, /* it need not fit the whole */
        {"^\\d{4} ?[A-Z]{2}$", "1234 AB", FOUND},
        {"^\\d{4} ?[A-Z]{2}$", "1234AB", FOUND},
        {"^\\d{4} ?[A-Z]{2}$", "12345AB", ABSENT},
        {"^NL\\d{9}B\\d{2}$", "NL123456789B01", FOUND},
        {"^NL\\d{9}B\\d{2}$", "NL12345678B01", ABSENT},
        {"^(?:foo|bar)+?$", "foobar", FOUND},
        {"^(foo|bar)$", "foobar", ABSENT},
        {"^[\\w.+-]+@[\\w-]+\\.[a-z]{2,}$", "a.b+c@acme-inc.com", FOUND},
        {"^[\\w.+-]+@[\\w-]+\\.[a-z]{2,}$", "a b@acme.com", ABSENT},
        {"^[^\\s@]+$", "a@b", ABSENT},
        {"^[]^-]+$", "]^-", FOUND},
        {"^[^]^-]+$", "a^", ABSENT},
        {"^[\\^]$", "^", FOUND},
        {"^[-^]$", "^", FOUND},
        {"^[[.:=]+$", "[.:=", FOUND},
        {"^[[:alpha:][:digit:]_]+$", "aZ_9", FOUND},
        {"^[[:alpha:]]+$", "a9", ABSENT},
        {"^\\S+\\.\\*\\\\$", "ab.*\\", FOUND},
        {"^\\D\\W$", "a-", FOUND},
        {"^\\D\\W$", "1-", ABSENT},
        {"a{2}", "a{2}", ABSENT},
        {"^a{2,}$", "aaa", FOUND},
        {"^a{2,$", "a{2,", FOUND}, /* no repeat there: the characters */
        {"^x{1,3}$", "xxxx", ABSENT},
        {"^.$", "\t", FOUND},
        {"^[[:^alpha:]]$", "1", FOUND},
        {"^\\x41\\b.?$", "A-", FOUND},
        {"(?i)abc", "xABC", FOUND},
        {"^(?P<n>a)$", "b", ABSENT},
        {"^(|a)+$", "aa", FOUND},
        {"^(a{100}){3}$", "a", ABSENT},
        {"", "a", FOUND},
        /* a character is one, whatever its bytes; \w and \d are ASCII */
        {"^.$", "\xc3\xa9", FOUND},
        {"^[a-\xc3\xa9]$", "\xc3\xa0", FOUND},
        {"\xc3\xa9", "e", ABSENT},
        {"\\w", "\xc3\xa9", ABSENT},
        {"(?i)^\xc3\xa9$", "\xc3\x89", FOUND},
        /* what takes for ever where all ways are tried one after the other */
        {"^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", ABSENT},
    };
    for (size_t i = 0; i < LEN(rows); i++)
        if (answer(*state, rows[i].pattern, str_from(rows[i].text)) != rows[i].is)
            fail_msg("%s in %s", rows[i].pattern, rows[i].text);
}

/* What may mean something else to the service, cannot be read here, or would take too long. */
static void what_is_not_certain_is_left_to_the_service(void **state)
{
    static const struct {
        const char *pattern, *text;
    } rows[] = {
        {"^a{,2}$", "a{,2}"},
        {"^a{1, 2}$", "a{1, 2}"},
        {"\\pL", "a"},
        {"\\p{Greek}", "a"},
        {"[^\\v]", "a"},
        {"\\s", "\v"},
        {"(a)\\1", "aa"},
        {"[z-a]", "b"},
        {"[\\d-z]", "1"},
        {"a**", "a"},
        {"*a", "a"},
        {"(a", "a"},
        {"[a", "a"},
        {"a\\", "a"},
        {"^.+$", "a\nb"},
        {"^.$", "\xc3"},
        {"\xc3", "e"},
        /* too many ways at a time */
        {"^(?:(?:a?){1000}){1000}$", "b"},
    };
    static char long_text[2 * KIB];
    memset(long_text, 'a', sizeof(long_text));
    for (size_t i = 0; i < LEN(rows); i++)
        if (answer(*state, rows[i].pattern, str_from(rows[i].text)) != PATTERN_UNSURE)
            fail_msg("%s in %s", rows[i].pattern, rows[i].text);
    assert_int_equal(answer(*state, "b", (struct str){long_text, sizeof(long_text)}),
                     PATTERN_UNSURE);
}

static void rules_refuse_what_certainly_breaks_them(void **state)
{
    static const struct {
        enum check_kind kind;
        const char *argument, *more;
        const char *fits, *breaks; /* NULL = nothing certainly does */
    } rows[] = {
        {CHECK_DECIMALS, "2", NULL, "-10.25", "10.255"},
        {CHECK_DECIMALS, "0", NULL, "10", "10.5"},
        /* 1640995200000 = 2022-01-01T00:00:00Z */
        {CHECK_FIRST_DAY, "1640995200000", NULL, "2021-12-31", "2021-12-30"},
        {CHECK_FIRST_DAY, "1641038400000", NULL, "2021-12-31", "2021-12-30"}, /* noon of it */
        {CHECK_LAST_DAY, "1640995200000", NULL, "2022-01-02", "2022-01-03"},  /* which zone's? */
        {CHECK_FIRST_DAY, "-1", NULL, "1969-12-30", "1969-12-29"},
        {CHECK_FIRST_MOMENT, "1640995200000", NULL, "2022-01-01T00:00:00.000Z",
         "2021-12-31T23:59:59.999Z"},
        {CHECK_LAST_MOMENT, "1640995200000", NULL, "2022-01-01T00:00:00.000Z",
         "2022-01-01T00:00:00.001Z"},
        {CHECK_WEEKDAYS, "MONDAY", "friday", "2026-11-23", "2026-11-24"},
        {CHECK_WEEKDAYS, "MONDAY", NULL, "2026-11-24T00:00:00.000Z", NULL}, /* in which zone? */
        {CHECK_WEEKDAYS, "SUNDAY", NULL, "1969-12-28", "1969-12-29"},
        {CHECK_NO_LETTERS, "NUMERIC_ONLY", NULL, "12-34 ", "12a"},
        {CHECK_NO_DIGITS, "ALPHA_ONLY", NULL, "ab-c", "ab1"},
        {CHECK_UPPER, "UPPER", NULL, "ABC 1 \xc3\xa9", "ABc"},
        {CHECK_LOWER, "LOWER", NULL, "abc 1", "aBc"},
        {CHECK_NO_BLANKS, NULL, NULL, "a-b", "a b"},
        {CHECK_NO_BLANKS, NULL, NULL, "a", "a\tb"},
        {CHECK_EMAIL, NULL, NULL, "a@b", "a.b.example"},
        {CHECK_EMAIL, NULL, NULL, "\"a b\"@c.example", "a b@c.example"},
        {CHECK_EMAIL, NULL, NULL, "a@b@c", "@b"},
        {CHECK_EMAIL_AMONG, "acme.com", "b.example", "x@ACME.com", "x@acme.com.evil"},
        {CHECK_EMAIL_AMONG, "acme.com", NULL, "x@mail.acme.com", "x@notacme.com"},
        {CHECK_EMAIL_NOT, "acme.com", NULL, "x@mail.acme.com", "x@Acme.com"},
        {CHECK_URL, NULL, NULL, "acme", "https://acme.com/a b"},
        {CHECK_URL_AMONG, "acme.com", NULL, "https://u:p@www.acme.com:80/x?y@evil.com",
         "https://evil.com/acme.com"},
        {CHECK_URL_NOT, "acme.com", NULL, "https://www.acme.com", "http://acme.com:8080/"},
        {CHECK_DOMAIN, NULL, NULL, "acme", "https://acme.com"},
        {CHECK_PATTERN, "^[0-9]*$", "digits", "123", "12a"},
        {CHECK_PATTERN, "^\\pL$", "x", "1", NULL},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct str argument[] = {str_from(rows[i].argument ? rows[i].argument : ""),
                                 str_from(rows[i].more ? rows[i].more : "")};
        struct field_check c = {.kind = rows[i].kind,
                                .argument = argument,
                                .arguments = rows[i].more       ? 2
                                             : rows[i].argument ? 1
                                                                : 0};
        if (c.kind == CHECK_PATTERN)
            c.pattern = pattern_compile(*state, argument[0]);
        if (field_check_broken(&c, str_from(rows[i].fits)))
            fail_msg("row %zu refuses %s", i, rows[i].fits);
        if (rows[i].breaks && !field_check_broken(&c, str_from(rows[i].breaks)))
            fail_msg("row %zu takes %s", i, rows[i].breaks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(patterns_mean_what_they_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_certain_is_left_to_the_service, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rules_refuse_what_certainly_breaks_them, set_up, tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
