/* The ground floors: spellings of both services, hostile input included. */
#include "unit.h"

#include <string.h>

#include "text/csv.h"
#include "text/decimal.h"
#include "text/domain.h"
#include "text/iso8601.h"
#include "text/json.h"
#include "text/sfid.h"
#include "text/unicode.h"
#include "text/url.h"
#include "text/yaml.h"

static struct arena a;

static int set_up(void **state)
{
    (void)state;
    arena_init(&a, 64 * MIB);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static void same(struct str got, const char *want)
{
    assert_string_equal(str_cstr(&a, got), want);
}

/* The test vectors of SF 12. */
static void ids_of_15_become_18(void **state)
{
    static const char *const vector[][2] = {{"001R0000005hDFY", "IA2"}, {"00190000001pPvH", "AAU"},
                                            {"003RO0000035WQg", "YAM"}, {"0014H00002LbR7Q", "QAV"},
                                            {"00558000000yFyD", "AAU"}, {"a00D0000008pQR5", "IAM"}};
    (void)state;
    for (size_t i = 0; i < LEN(vector); i++) {
        struct str id = sfid18(&a, str_from(vector[i][0]));
        assert_int_equal(id.n, 18);
        same(str_slice(id, 15, 18), vector[i][1]);
    }
    assert_null(sfid18(&a, S("001R0000005hDFYAAA")).p); /* check characters that do not fit */
    assert_null(sfid18(&a, S("001R0000005hDF'")).p);
    assert_null(sfid18(&a, S("9000000001")).p);
}

static void decimals_have_one_spelling(void **state)
{
    static const struct {
        const char *in;
        int scale;
        const char *out;
    } table[] = {{"1.0E7", -1, "10000000"}, {"0010.500", -1, "10.5"},
                 {"-0", -1, "0"},           {"1e-3", -1, "0.001"},
                 {"99.95", 1, "100"},       {"-1.5", 0, "-2"},
                 {"0.4", 0, "0"},           {"+7", -1, "7"},
                 {".5", -1, "0.5"},         {"9007199254740993", -1, "9007199254740993"}};
    static const char *const bad[] = {
        "",    "abc",  "1.2.3", "1e",  "1e999",
        "--1", "0x10", "1 2",   "1e60"}; /* 61 digits, as its own spelling would have */
    (void)state;
    for (size_t i = 0; i < LEN(table); i++)
        same(decimal_canonical(&a, str_from(table[i].in), table[i].scale), table[i].out);
    for (size_t i = 0; i < LEN(bad); i++)
        assert_null(decimal_canonical(&a, str_from(bad[i]), -1).p);
}

/* SF 3, H2.7, H10.2 */
static void times_are_read_in_every_spelling(void **state)
{
    static const char *const same_time[] = {"2026-11-23T16:24:09.000+0000", "2026-11-23T16:24:09Z",
                                            "2026-11-23T16:24:09.000Z", "2026-11-23T17:24:09+01:00",
                                            "1795451049000"};
    static const char *const bad[] = {
        "2026-02-30",      "2026-11-23T25:00:00Z",     "2026-11-23T16:24:09",
        "yesterday",       "2026-11-23T16:24:09Zx",    "",
        "253402300800000", "0000-01-01T00:00:00+01:00"};
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < LEN(same_time); i++) {
        assert_true(iso_parse_ms(str_from(same_time[i]), &ms));
        assert_int_equal(ms, 1795451049000);
    }
    for (size_t i = 0; i < LEN(bad); i++)
        assert_false(iso_parse_ms(str_from(bad[i]), &ms));
    same(iso_ms(&a, 1795451049123), "2026-11-23T16:24:09.123Z");
    same(iso_date(&a, 1795451049123), "2026-11-23");
    same(http_date(&a, 1795451049000), "Mon, 23 Nov 2026 16:24:09 GMT");
    assert_int_equal(http_date_ms(S("Mon, 23 Nov 2026 16:24:09 GMT")), 1795451049000);
    assert_int_equal(http_date_ms(S("Mon, 32 Nov 2026 16:24:09 GMT")), 0);
}

static void domains_say_who_a_company_is(void **state)
{
    static const struct {
        const char *in, *host, *site;
        bool no_key;
    } table[] = {
        {"https://www.Siemens.com/global/en", "siemens.com", "siemens.com", false},
        {"http://m\xc3\xbcller.de/", "xn--mller-kva.de", "xn--mller-kva.de", false},
        {"shop.foo.co.uk", "shop.foo.co.uk", "foo.co.uk", false},
        {"sony.co.jp.", "sony.co.jp", "sony.co.jp", false},
        {" user@acme.example:8080/x ", "acme.example", "acme.example", false},
        {"gmail.com", "gmail.com", "gmail.com", true},
        {"https://www.facebook.com/acme", "facebook.com", "facebook.com", true},
        {"co.uk", "co.uk", "", true},
        {"localhost", "", "", false},
        {"10.0.0.1", "", "", false},
        {"not a domain", "", "", false},
        {"http://", "", "", false},
    };
    struct domains *d;
    struct err e;
    (void)state;
    assert_true(domains_open(&d, NULL, &e));
    for (size_t i = 0; i < LEN(table); i++) {
        struct domain got = domain_of(d, &a, str_from(table[i].in));
        same(got.host.p ? got.host : S(""), table[i].host);
        same(got.registrable.p ? got.registrable : S(""), table[i].site);
        assert_int_equal(got.free_mail || got.shared_host, table[i].no_key);
    }
    domains_close(d);
}

static void csv_is_read_in_any_pieces(void **state)
{
    static const char text[] = "a,b\n\"x \"\"q\"\"\nline\", y \n1,\n";
    (void)state;
    for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
        struct csv *c = csv_open(',');
        struct csv_rows r = {0};
        struct err e;
        assert_true(csv_feed(c, &a, (struct str){text, cut}, &r, &e));
        assert_true(csv_feed(c, &a, (struct str){text + cut, sizeof(text) - 1 - cut}, &r, &e));
        assert_true(csv_finish(c, &a, &r, &e));
        assert_int_equal(r.count, 3);
        same(r.row[1].cell[0], "x \"q\"\nline");
        same(r.row[1].cell[1], " y ");
        same(r.row[2].cell[1], "");
        csv_close(c);
    }
}

static void broken_csv_is_refused(void **state)
{
    static const char *const bad[] = {"a,b\n\"x", "a\n\"x\"y\n", "a\nx\"y\n"};
    (void)state;
    for (size_t i = 0; i < LEN(bad); i++) {
        struct csv *c = csv_open(',');
        struct csv_rows r = {0};
        struct err e;
        bool ok = csv_feed(c, &a, str_from(bad[i]), &r, &e) && csv_finish(c, &a, &r, &e);
        assert_false(ok);
        csv_close(c);
    }
}

static void json_keeps_numbers_and_refuses_nonsense(void **state)
{
    yyjson_val *root;
    struct err e;
    char deep[300];
    (void)state;
    assert_true(json_parse(&a, S("{\"id\":9007199254740993,\"x\":1.0E7}"), &root, &e));
    same(json_get(root, "id"), "9007199254740993");
    same(json_get(root, "x"), "1.0E7");
    assert_false(json_parse(&a, S("{\"a\":"), &root, &e));
    assert_false(json_parse(&a, S("<html>"), &root, &e));
    assert_false(json_parse(&a, S(""), &root, &e));
    memset(deep, '[', sizeof(deep));
    assert_false(json_parse(&a, (struct str){deep, sizeof(deep)}, &root, &e));
    assert_non_null(strstr(e.msg, "nested deeper"));
}

/* What stands in a string is not nesting, and what stands behind one is. */
static void json_strings_hide_no_nesting(void **state)
{
    yyjson_val *root;
    struct err e;
    char many[301] = "", text[1024];
    (void)state;
    memset(many, '[', 300);
    snprintf(text, sizeof(text), "[\"\\\"%s\\\\\",\"%s\\\\\\\"%s\"]", many, many, many);
    assert_true(json_parse(&a, str_from(text), &root, &e));
    snprintf(text, sizeof(text), "[\"\\\\\",%s", many);
    assert_false(json_parse(&a, str_from(text), &root, &e));
    assert_non_null(strstr(e.msg, "nested deeper"));
    assert_false(json_parse(&a, S("[\"\\\""), &root, &e));
}

static void yaml_errors_name_the_place(void **state)
{
    static const struct {
        const char *text, *where;
    } bad[] = {{"a: 1\nb:\n  - x\na: 2\n", "line 4, column 1"},
               {"a: &x 1\n", "line 1, column 4"},
               {"a: *x\n", "line 1"},
               {"a: [1\n", "line 2"}};
    struct yaml *y;
    struct err e;
    (void)state;
    for (size_t i = 0; i < LEN(bad); i++) {
        assert_false(yaml_parse(&a, str_from(bad[i].text), &y, &e));
        assert_non_null(strstr(e.msg, bad[i].where));
    }
    assert_true(yaml_parse(&a, S("# nothing\n"), &y, &e));
    assert_int_equal(y->count, 0);
}

static void names_fold_alike(void **state)
{
    (void)state;
    same(name_fold(&a, S("M\xc3\xbcller & S\xc3\xb6hne GmbH & Co. KG")), "muller sohne");
    same(name_fold(&a, S("Telef\xc3\xb3nica, S.A.")), "telefonica");
    same(name_fold(&a, S("Acme Holding, Inc.")), "acme holding");
    same(name_fold(&a, S("ACME  Holding Pty. Ltd.")), "acme holding");
    same(name_fold(&a, S("Sony K.K.")), "sony");
    /* kabushiki gaisha in full, and as one sign */
    same(name_fold(&a, S("\xe6\xa0\xaa\xe5\xbc\x8f\xe4\xbc\x9a\xe7\xa4\xbeSONY")), "sony");
    same(name_fold(&a, S("\xe3\x88\xb1 SONY")), "sony");
    same(name_fold(&a, S("The Limited")), "the");
    assert_int_equal(name_key(&a, S("Acme Inc")), name_key(&a, S("ACME, GmbH")));
    assert_int_not_equal(name_key(&a, S("Acme")), name_key(&a, S("Acme Holding")));
    assert_int_equal(name_key(&a, S("Ltd.")), 0); /* nothing to go by */
    assert_int_equal(name_key(&a, S("X Corp")), 0);
    assert_int_equal(name_key(&a, STR_NONE), 0);
    same(text_normal(&a, S(" e\xcc\x81\r\nb\r ")), "\xc3\xa9\nb");
    same(text_nfc(&a, S("a\xff")),
         "a\xef\xbf\xbd"); /* broken bytes are replaced, never passed on */
}

/* http:// on loopback only; nothing that could smuggle another host in. */
static void endpoints_are_checked(void **state)
{
    static const char *const bad[] = {"http://api.example.com",
                                      "ftp://x",
                                      "https://",
                                      "https://u:p@x.example",
                                      "https://x.example/?a=b",
                                      "http://127.0.0.1.evil.example",
                                      "https://x .example"};
    struct str out;
    struct err e;
    (void)state;
    for (size_t i = 0; i < LEN(bad); i++)
        assert_false(url_endpoint(&a, str_from(bad[i]), &out, &e));
    assert_true(url_endpoint(&a, S("https://api.example.com/"), &out, &e));
    same(out, "https://api.example.com");
    assert_true(url_endpoint(&a, S("http://127.0.0.1:8080"), &out, &e));
    same(url_encoded(&a, S("a b/%.\xc3\xa9")), "a%20b%2F%25%2E%C3%A9"); /* SF T9 */
}

/* Expectations by hand, or with bc(1). */
static void a_ratio_is_exact_and_rounded_once(void **state)
{
    static const struct {
        const char *v, *times, *by;
        int scale;
        const char *is; /* "" = none */
    } rows[] = {
        {"1000", "1", "1.1", 0, "909"},
        {"1000", "1", "1.1", 2, "909.09"},
        {"909", "1.1", "1", 0, "1000"},
        {"1", "1", "3", 5, "0.33333"},
        {"2", "1", "3", 5, "0.66667"},
        {"0.5", "1", "1", 0, "1"}, /* half goes away from zero */
        {"-0.5", "1", "1", 0, "-1"},
        {"0.49999999", "1", "1", 0, "0"},
        {"99.5", "1", "1", 0, "100"},
        {"9.995", "1", "1", 2, "10"},
        {"0", "1.1", "7", 2, "0"},
        {"-1000", "150.25", "1.1", 2, "-136590.91"},
        {"1e7", "2", "4", 0, "5000000"},
        {"0.001", "0.001", "1000", 9, "0.000000001"},
        {"123456789012345678901234567890", "0.000001", "1", 0, "123456789012345678901235"},
        {"1", "1", "0", 2, ""},
        {"1", "1", "0.00", 2, ""},
        {"x", "1", "1", 2, ""},
        {"1", "", "1", 2, ""},
    };
    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        struct str got = decimal_ratio(&a, str_from(rows[i].v), str_from(rows[i].times),
                                       str_from(rows[i].by), rows[i].scale);
        if (!str_eq(got, str_from(rows[i].is)))
            fail_msg("%s * %s / %s: %.*s", rows[i].v, rows[i].times, rows[i].by, STR_ARG(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_15_become_18),
        cmocka_unit_test(decimals_have_one_spelling),
        cmocka_unit_test(a_ratio_is_exact_and_rounded_once),
        cmocka_unit_test(times_are_read_in_every_spelling),
        cmocka_unit_test(domains_say_who_a_company_is),
        cmocka_unit_test(csv_is_read_in_any_pieces),
        cmocka_unit_test(broken_csv_is_refused),
        cmocka_unit_test(json_keeps_numbers_and_refuses_nonsense),
        cmocka_unit_test(json_strings_hide_no_nesting),
        cmocka_unit_test(yaml_errors_name_the_place),
        cmocka_unit_test(names_fold_alike),
        cmocka_unit_test(endpoints_are_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
