/* The lowest floor: arenas, texts, buffers, packed numbers, errs, chance, the log's lines,
 * tables, near names. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/near.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/table.h"

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

/* ---- arena ----------------------------------------------------------------------------------- */

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t n = 0; n < 600; n += 7) {
        memset(arena_bytes(&a, n + 1), 0xff, n + 1); /* leaves the next piece at an odd place */
        unsigned char *p = arena_alloc(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
    }
}

static void what_is_used_again_is_zeroed(void **state)
{
    (void)state;
    memset(arena_bytes(&a, 1000), 0xff, 1000);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    const unsigned char *p = arena_alloc(&a, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
}

static void pieces_do_not_overlap(void **state)
{
    enum { PIECES = 300 };
    unsigned char *piece[PIECES];
    (void)state;
    for (size_t i = 0; i < PIECES; i++) { /* 13.5 MB: over many blocks, a few of their own */
        size_t n = i % 50 == 0 ? 512 * KIB : 33 * KIB;
        piece[i] = arena_alloc(&a, n);
        memset(piece[i], (int)i & 0xff, n);
    }
    for (size_t i = 0; i < PIECES; i++) {
        size_t n = i % 50 == 0 ? 512 * KIB : 33 * KIB;
        assert_int_equal(piece[i][0], i & 0xff);
        assert_int_equal(piece[i][n - 1], i & 0xff);
    }
}

/* The signal that ended `bug` in a process of its own; 0 = it came back. */
static int ends_by(void (*bug)(void))
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        bug();
        _exit(0);
    }
    assert_true(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void within_the_ceiling(void)
{
    struct arena small;
    arena_init(&small, MIB);
    for (int i = 0; i < 50; i++) { /* what a reset gave back does not count */
        (void)arena_alloc(&small, MIB);
        arena_reset(&small);
    }
    arena_release(&small);
}

static void past_the_ceiling(void)
{
    struct arena small;
    arena_init(&small, MIB);
    (void)arena_alloc(&small, 600 * KIB);
    (void)arena_alloc(&small, 600 * KIB);
}

static void too_large_an_array(void)
{
    (void)arena_alloc_array(&a, SIZE_MAX / 4, 8);
}

static void an_arena_ends_at_its_ceiling(void **state)
{
    (void)state;
    assert_int_equal(ends_by(within_the_ceiling), 0);
    assert_int_equal(ends_by(past_the_ceiling), SIGABRT);
    assert_int_equal(ends_by(too_large_an_array), SIGABRT);
}

/* ---- str ------------------------------------------------------------------------------------- */

static void none_is_not_the_empty_text(void **state)
{
    (void)state;
    assert_null(str_from(NULL).p);
    assert_non_null(str_from("").p);
    assert_null(str_dup(&a, STR_NONE).p);
    assert_non_null(str_dup(&a, S("")).p);
    assert_true(str_eq(STR_NONE, S(""))); /* they compare as texts */
    assert_true(str_starts(STR_NONE, STR_NONE));
    assert_true(str_ends(STR_NONE, STR_NONE));
    assert_int_equal(str_find_char(STR_NONE, 'x'), -1);
    assert_int_equal(str_count(S(";a;;b"), ';'), 3);
    assert_int_equal(str_count(STR_NONE, ';'), 0);
    assert_int_equal(str_find(STR_NONE, S("x")), -1);
    assert_int_equal(str_trim(STR_NONE).n, 0);
    assert_null(str_slice(STR_NONE, 0, 9).p);
    same(STR_NONE, "");
}

static void texts_compare_bytewise(void **state)
{
    (void)state;
    assert_true(str_cmp(S("a"), S("b")) < 0);
    assert_true(str_cmp(S("ab"), S("a")) > 0);
    assert_true(str_cmp(S("a"), S("ab")) < 0);
    assert_int_equal(str_cmp(S("ab"), S("ab")), 0);
    assert_true(str_cmp(S("\xc3\xa9"), S("z")) > 0); /* as unsigned bytes */
    assert_true(str_eq_nocase(S("AcMe"), S("aCmE")));
    assert_false(str_eq_nocase(S("\xc3\x89"), S("\xc3\xa9"))); /* ASCII only */
    assert_false(str_eq(S("a\0b"), S("a\0c")));                /* a NUL is a byte */
    same(str_lower(&a, S("AZ[az\xc3\x89")), "az[az\xc3\x89");
}

static void texts_are_found_and_cut(void **state)
{
    struct str rest = S("a,,b"), part;
    (void)state;
    assert_int_equal(str_find(S("aab"), S("ab")), 1);
    assert_int_equal(str_find(S("aab"), S("")), 0);
    assert_int_equal(str_find(S("aab"), S("aabb")), -1);
    same(str_trim(S(" \t\r\n\f\v x y \n")), "x y");
    same(str_slice(S("abc"), 1, 99), "bc");
    same(str_slice(S("abc"), 5, 2), "");
    assert_true(str_cut(&rest, ',', &part));
    same(part, "a");
    assert_true(str_cut(&rest, ',', &part));
    same(part, "");
    assert_true(str_cut(&rest, ',', &part));
    same(part, "b");
    assert_false(str_cut(&rest, ',', &part));
    rest = S("a,"); /* the empty text after the last separator is a part too */
    assert_true(str_cut(&rest, ',', &part) && str_cut(&rest, ',', &part));
    assert_int_equal(part.n, 0);
    assert_false(str_cut(&rest, ',', &part));
}

static void numbers_are_read_whole_or_not(void **state)
{
    static const char *const none[] = {"",
                                       "-",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1.0",
                                       "1e3",
                                       "0x1",
                                       "--1",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999999"};
    int64_t n;
    (void)state;
    assert_true(str_to_i64(S("9223372036854775807"), &n) && n == INT64_MAX);
    assert_true(str_to_i64(S("-9223372036854775808"), &n) && n == INT64_MIN);
    assert_true(str_to_i64(S("007"), &n) && n == 7);
    for (size_t i = 0; i < LEN(none); i++) {
        n = 42;
        assert_false(str_to_i64(str_from(none[i]), &n));
        assert_int_equal(n, 42);
    }
}

/* ---- buf ------------------------------------------------------------------------------------- */

static void a_full_buffer_says_so_and_drops(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 5);
    same(buf_view(&b), "");
    buf_str(&b, S("abc"));
    buf_str(&b, S("def")); /* would be 6 */
    assert_true(b.full);
    same(buf_view(&b), "abc");
    buf_char(&b, 'd'); /* full stays full: no text with a hole in it */
    same(buf_view(&b), "abc");
    buf_clear(&b);
    assert_false(b.full);
    buf_fmt(&b, "%d%s", 123, "45");
    assert_false(b.full);
    assert_string_equal(b.p, "12345");
    buf_fmt(&b, "%d", 6);
    assert_true(b.full);
    assert_string_equal(b.p, "12345");
    buf_release(&b);
    buf_str(&b, S("12345"));
    assert_false(b.full); /* the ceiling is kept, and still exactly five */
    buf_release(&b);
}

static void packed_numbers_come_back(void **state)
{
    static const struct {
        uint64_t n;
        size_t bytes;
    } table[] = {{0, 1},     {1, 1},          {127, 1},       {128, 2},         {16383, 2},
                 {16384, 3}, {UINT32_MAX, 5}, {INT64_MAX, 9}, {1ULL << 63, 10}, {UINT64_MAX, 10}};
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    for (size_t i = 0; i < LEN(table); i++) {
        uint64_t n = 0;
        buf_clear(&b);
        buf_number(&b, table[i].n);
        assert_int_equal(b.n, table[i].bytes);
        buf_char(&b, 'x');
        struct str s = buf_view(&b);
        assert_true(buf_cut_number(&s, &n));
        assert_true(n == table[i].n);
        same(s, "x");
    }
    buf_release(&b);
}

static void damaged_numbers_are_refused(void **state)
{
    struct str cut[] = {S(""), S("\x80"), S("\xff\xff\xff"),
                        S("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), /* eleven bytes */
                        S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")};    /* over 64 bits */
    (void)state;
    for (size_t i = 0; i < LEN(cut); i++) {
        uint64_t n;
        assert_false(buf_cut_number(&cut[i], &n));
    }
}

/* ---- err ------------------------------------------------------------------------------------- */

static void an_err_tells_all(void **state)
{
    struct err e;
    (void)state;
    memset(&e, 0xff, sizeof(e));
    assert_false(err_set(&e, ERR_REJECTED, "too_long", "%s is %d", "Name", 300));
    assert_int_equal(e.kind, ERR_REJECTED);
    assert_int_equal(e.scope, SCOPE_RECORD);
    assert_string_equal(e.code, "too_long");
    assert_string_equal(e.msg, "Name is 300");
    assert_string_equal(e.rule, "");
    assert_string_equal(e.hint, "");
    assert_string_equal(e.subject, "");
    assert_false(err_rule(&e, "S6.2"));
    assert_false(err_hint(&e, "at most %d", 255));
    assert_false(err_subject(&e, S("Name")));
    assert_false(err_wrap(&e, "writing %s", "001"));
    assert_string_equal(e.msg, "writing 001: Name is 300");
    assert_string_equal(e.rule, "S6.2");
    assert_string_equal(e.hint, "at most 255");
    assert_string_equal(e.subject, "Name");
}

static void a_long_err_is_cut(void **state)
{
    struct err e;
    char text[2000];
    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    err_set(&e, ERR_INTERNAL, text, "%s", text);
    err_rule(&e, text);
    err_hint(&e, "%s", text);
    err_subject(&e, str_from(text));
    assert_int_equal(strlen(e.code), sizeof(e.code) - 1);
    assert_int_equal(strlen(e.rule), sizeof(e.rule) - 1);
    assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
    assert_int_equal(strlen(e.hint), sizeof(e.hint) - 1);
    assert_int_equal(strlen(e.subject), sizeof(e.subject) - 1);
    err_wrap(&e, "%s", text);
    assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

/* Texts of services are cut where they stand; what is left must still be text for a reader of
 * --json. */
static void an_err_is_always_utf8(void **state)
{
    struct err e;
    char text[1201];
    (void)state;
    for (size_t i = 0; i < 600; i++)
        memcpy(text + 2 * i, "\xc3\xa9", 3);
    err_set(&e, ERR_REJECTED, "x", "%s", text); /* 511 bytes: in the middle of an é */
    assert_int_equal(strlen(e.msg), 510);
    err_set(&e, ERR_REJECTED, "x", "a%.*s (HTTP 400)", 3, text); /* cut by the caller */
    assert_string_equal(e.msg, "a\xc3\xa9? (HTTP 400)");
    err_subject(&e, str_slice(str_from(text), 0, 5));
    assert_string_equal(e.subject, "\xc3\xa9\xc3\xa9");
    err_hint(&e, "\xff\xed\xa0\x80|\xe2\x82\xac|\xf0\x9f\x98\x80|\xc0\x80");
    assert_string_equal(e.hint, "????|\xe2\x82\xac|\xf0\x9f\x98\x80|??");
    err_set(&e, ERR_REJECTED, "x", "m");
    err_wrap(&e, "%.1s", text);
    assert_string_equal(e.msg, "?: m");
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    for (enum err_kind k = ERR_NONE; k <= ERR_STOPPED; k++)
        assert_true(strlen(err_kind_name(k)) > 3);
    assert_string_equal(err_kind_name(ERR_REAUTH), "reauth");
}

/* ---- chance, log ----------------------------------------------------------------------------- */

static void chance_repeats_by_its_seed(void **state)
{
    struct rng r, s;
    unsigned hit[3] = {0};
    (void)state;
    rng_seed(&r, 0);
    /* splitmix64 of seed 0: its published first outputs */
    assert_true(rng_next(&r) == 0xe220a8397b1dcdafu);
    assert_true(rng_next(&r) == 0x6e789e6aa1b965f4u);
    rng_seed(&r, 7);
    rng_seed(&s, 7);
    for (int i = 0; i < 300; i++) {
        uint64_t x = rng_below(&r, 3);
        double unit = rng_unit(&s);
        assert_true(x < 3);
        assert_true(unit >= 0 && unit < 1);
        hit[x]++;
    }
    assert_true(hit[0] > 50 && hit[1] > 50 && hit[2] > 50);
    assert_int_equal(rng_below(&r, 1), 0);
}

static int64_t noon(struct clock *c)
{
    (void)c;
    return INT64_C(1795451049007);
}

/* A value in a message must not be able to forge a line of the log. */
static void a_log_line_is_one_line(void **state)
{
    struct clock clock = {.wall_ms = noon};
    char got[1000] = {0};
    int end[2];
    (void)state;
    assert_int_equal(pipe(end), 0);
    struct log l = {.clock = &clock, .fd = end[1], .level = LOG_WARN};
    log_warn(&l, "value \"a\nb\x1b[2J\x7f\xc2\x9b\xc2\xa0\"");
    log_info(&l, "not at this level");
    l.json = true;
    log_error(&l, "value \"a\\\nb\"");
    close(end[1]);
    assert_true(read(end[0], got, sizeof(got) - 1) > 0);
    close(end[0]);
    assert_string_equal(
        got, "2026-11-23T16:24:09.007Z warn  value \"a\\x0ab\\x1b[2J\\x7f\\x9b\xc2\xa0\"\n"
             "{\"time\":\"2026-11-23T16:24:09.007Z\",\"level\":\"error\",\"message\":"
             "\"value \\\"a\\\\\\u000ab\\\"\"}\n");
    l.fd = -1;
    log_error(&l, "silent");
    log_error(NULL, "nobody");
}

static void a_table_remembers_what_was_put(void **state)
{
    enum { KEYS = 2000 }; /* it grows twice */
    struct table t = {0};
    (void)state;
    assert_int_equal(table_get(&t, 7), 0);
    for (uint64_t i = 0; i < KEYS; i++)
        table_put(&t, i << 40, i + 1); /* all of them want the first slot */
    for (uint64_t i = 0; i < KEYS; i++) {
        assert_int_equal(table_get(&t, i << 40), i + 1);
        assert_int_equal(table_get(&t, (i << 40) + 1), 0);
    }
    assert_int_equal(t.count, KEYS);
    table_put(&t, 0, 9);
    assert_int_equal(table_get(&t, 0), 9);
    assert_int_equal(t.count, KEYS);
    table_release(&t);
    assert_int_equal(table_get(&t, 0), 0);
}

static void a_table_counts(void **state)
{
    static const uint64_t key[] = {0, 1024, UINT64_MAX};
    struct table t = {0};
    (void)state;
    for (size_t i = 0; i < 3000; i++)
        table_increment(&t, key[i % LEN(key)]);
    for (size_t i = 0; i < LEN(key); i++)
        assert_int_equal(table_get(&t, key[i]), 1000);
    assert_int_equal(table_get(&t, 1), 0);
    table_release(&t);
}

/* ---- near ------------------------------------------------------------------------------------ */

static const char *meant(const char *want)
{
    static const char *const names[] = {"status",  "settings",   "sync", "setup",
                                        "mapping", "token-file", "x"};
    struct near n = near_to(str_from(want));
    for (size_t i = 0; i < LEN(names); i++)
        near_offer(&n, str_from(names[i]));
    return n.best.p;
}

static void a_near_name_is_meant(void **state)
{
    char longest[NEAR_BYTES_MAX + 2];
    (void)state;
    assert_string_equal(meant("stauts"), "status");  /* neighbours exchanged */
    assert_string_equal(meant("maping"), "mapping"); /* one left out */
    assert_string_equal(meant("setings"), "settings");
    assert_string_equal(meant("SYNC"), "sync"); /* case is nothing */
    assert_string_equal(meant("tokenfile"), "token-file");
    assert_string_equal(meant("synk"), "sync");
    assert_string_equal(meant("statsu"), "status");
    assert_null(meant("frobnicate"));
    assert_null(meant("stop"));
    assert_null(meant("y")); /* all of it would have to change */
    assert_null(meant(""));
    memset(longest, 's', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_null(meant(longest));
}

static void a_hint_names_what_was_meant(void **state)
{
    struct err e = {0};
    struct near n = near_to(S("stauts"));
    (void)state;
    assert_false(near_hint(&e, &n, "see help"));
    assert_string_equal(e.hint, "see help");
    near_offer(&n, S("status"));
    assert_false(near_hint(&e, &n, "see help"));
    assert_string_equal(e.hint, "did you mean \"status\"? see help");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(what_is_used_again_is_zeroed),
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(an_arena_ends_at_its_ceiling),
        cmocka_unit_test(none_is_not_the_empty_text),
        cmocka_unit_test(texts_compare_bytewise),
        cmocka_unit_test(texts_are_found_and_cut),
        cmocka_unit_test(numbers_are_read_whole_or_not),
        cmocka_unit_test(a_full_buffer_says_so_and_drops),
        cmocka_unit_test(packed_numbers_come_back),
        cmocka_unit_test(damaged_numbers_are_refused),
        cmocka_unit_test(an_err_tells_all),
        cmocka_unit_test(a_long_err_is_cut),
        cmocka_unit_test(an_err_is_always_utf8),
        cmocka_unit_test(every_kind_has_a_name),
        cmocka_unit_test(chance_repeats_by_its_seed),
        cmocka_unit_test(a_log_line_is_one_line),
        cmocka_unit_test(a_table_remembers_what_was_put),
        cmocka_unit_test(a_table_counts),
        cmocka_unit_test(a_near_name_is_meant),
        cmocka_unit_test(a_hint_names_what_was_meant),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
