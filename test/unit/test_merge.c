/* S5.9: an address is decided as one value. (The cells of one field: test_truth.c.) */
#include "unit.h"

#include <string.h>

#include "core/merge.h"

static char letter(enum verdict v)
{
    static const char letters[VERDICT_COUNT] = {
        [VERDICT_KEEP] = 'K',    [VERDICT_AGREE] = 'A',   [VERDICT_SETTLE] = 'S',
        [VERDICT_TAKE_SF] = 's', [VERDICT_TAKE_HS] = 'h', [VERDICT_REVIEW] = 'R'};
    return letters[v];
}

/* ---- the address (S5.9) ---------------------------------------------------------------------- */

enum { PARTS = 5 };

static struct value part(char c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    return c == '.' ? VALUE_EMPTY : value_text((struct str){letters + (c - 'a'), 1});
}

static struct merge_time times[PARTS]; /* of address(); zero = not known */
static enum first_link setting;

/* Texts of five parts, '.' = blank; base NULL = first link. Wanted: one verdict a part. */
static void address(enum rule rule, const char *sf, const char *hs, const char *base_sf,
                    const char *base_hs, const char *want)
{
    struct arena a;
    struct mapping map[PARTS] = {{0}};
    struct mappings m = {map, PARTS};
    struct value v[2][PARTS], b[2][PARTS];
    enum verdict verdict[PARTS];
    bool by_time[PARTS];
    char got[PARTS + 1] = "";
    arena_init(&a, MIB);
    for (int i = 0; i < PARTS; i++) {
        map[i] = (struct mapping){.id = (uint32_t)i + 1, .rule = rule, .group = 1, .scale = -1};
        v[0][i] = part(sf[i]);
        v[1][i] = part(hs[i]);
        b[0][i] = base_sf ? part(base_sf[i]) : VALUE_NOT_KNOWN;
        b[1][i] = base_hs ? part(base_hs[i]) : VALUE_NOT_KNOWN;
    }
    merge_record(&a, &(struct merge){.mappings = &m,
                                     .first_link = setting,
                                     .time = times,
                                     .value = {v[0], v[1]},
                                     .base = {b[0], b[1]},
                                     .verdict = verdict,
                                     .by_time = by_time});
    for (int i = 0; i < PARTS; i++)
        got[i] = letter(verdict[i]);
    arena_release(&a);
    assert_string_equal(got, want);
}

static void blanks_of_an_agreeing_address_are_filled(void **state)
{
    (void)state;
    address(RULE_PREFER_SF, "ab...", "ab.de", NULL, NULL, "AAAhh");
    address(RULE_PREFER_SF, "abcde", "ab...", NULL, NULL, "AAsss");
    address(RULE_ALWAYS_SF, "ab...", "ab.de", NULL, NULL, "AAASS");
}

/* Different streets: the winner's address replaces the other whole, its blanks included. */
static void different_addresses_are_never_mixed(void **state)
{
    (void)state;
    address(RULE_PREFER_SF, "ab...", "xb.de", NULL, NULL, "sAAss");
    address(RULE_PREFER_HS, "ab...", "xb.de", NULL, NULL, "hAAhh");
    address(RULE_TWO_WAY, "abcde", "xycde", "abcde", "abcde", "hhKKK");
    address(RULE_PREFER_SF, "abcde", "xycde", "abcde", "abcde", "ssKKK");
}

/* Both moved apart: one time for the whole, the latest of the parts that moved. */
static void the_later_address_wins_whole(void **state)
{
    (void)state;
    for (int i = 0; i < PARTS; i++)
        times[i] = (struct merge_time){{9000, 1000}}; /* of parts that did not move: no matter */
    times[0].set_ms[SIDE_SF] = 2000;
    times[3].set_ms[SIDE_HS] = 5000;
    address(RULE_TWO_WAY, "xbcde", "abcyz", "abcde", "abcdz", "hKKhh");
    times[0].set_ms[SIDE_SF] = 4000; /* under 2 s apart */
    address(RULE_TWO_WAY, "xbcde", "abcyz", "abcde", "abcdz", "sKKss");
    memset(times, 0, sizeof(times));
}

/* Every rule, where the two addresses are different ones: at the first link; with a base,
 * Salesforce moved, HubSpot moved, both did. One letter a part: the streets differ, the rest is the
 * same. */
static void every_rule_of_different_addresses(void **state)
{
    static const struct {
        enum rule rule;
        const char *first, *sf_moved, *hs_moved, *both;
    } rows[] = {
        {RULE_NONE, "KKKKK", "KKKKK", "KKKKK", "KKKKK"},
        {RULE_PREFER_SF, "sAAAA", "sKKKK", "sKKKK", "sKKKK"},
        {RULE_ALWAYS_SF, "sAAAA", "sKKKK", "sKKKK", "sKKKK"},
        {RULE_TWO_WAY, "sAAAA", "sKKKK", "hKKKK", "sKKKK"},
        {RULE_PREFER_HS, "hAAAA", "hKKKK", "hKKKK", "hKKKK"},
        {RULE_ALWAYS_HS, "hAAAA", "hKKKK", "hKKKK", "hKKKK"},
    };
    (void)state;
    assert_int_equal(LEN(rows), RULE_COUNT);
    for (size_t i = 0; i < LEN(rows); i++) {
        address(rows[i].rule, "xbcde", "ybcde", NULL, NULL, rows[i].first);
        address(rows[i].rule, "xbcde", "abcde", "abcde", "abcde", rows[i].sf_moved);
        address(rows[i].rule, "abcde", "ybcde", "abcde", "abcde", rows[i].hs_moved);
        address(rows[i].rule, "xbcde", "ybcde", "abcde", "abcde", rows[i].both);
    }
}

static void a_person_is_asked_about_the_whole(void **state)
{
    (void)state;
    setting = FIRST_REVIEW;
    address(RULE_TWO_WAY, "xbcde", "ybc..", NULL, NULL, "RAARR");
    setting = FIRST_HUBSPOT;
    address(RULE_TWO_WAY, "xbcde", "ybc..", NULL, NULL, "hAAhh");
    setting = FIRST_SALESFORCE;
}

static void an_unreadable_part_keeps_the_address(void **state)
{
    struct arena a;
    struct mapping map[2] = {{.id = 1, .rule = RULE_PREFER_SF, .group = 1, .scale = -1},
                             {.id = 2, .rule = RULE_PREFER_SF, .group = 1, .scale = -1}};
    struct mappings m = {map, 2};
    struct value sf[2] = {part('a'), VALUE_NOT_KNOWN}, hs[2] = {part('x'), part('y')};
    struct value none[2] = {VALUE_NOT_KNOWN, VALUE_NOT_KNOWN};
    enum verdict verdict[2];
    bool by_time[2];
    (void)state;
    arena_init(&a, MIB);
    merge_record(&a, &(struct merge){.mappings = &m,
                                     .time = times,
                                     .value = {sf, hs},
                                     .base = {none, none},
                                     .verdict = verdict,
                                     .by_time = by_time});
    arena_release(&a);
    assert_int_equal(verdict[0], VERDICT_KEEP); /* S6.8: unknown is never blank */
    assert_int_equal(verdict[1], VERDICT_KEEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_of_an_agreeing_address_are_filled),
        cmocka_unit_test(different_addresses_are_never_mixed),
        cmocka_unit_test(the_later_address_wins_whole),
        cmocka_unit_test(every_rule_of_different_addresses),
        cmocka_unit_test(a_person_is_asked_about_the_whole),
        cmocka_unit_test(an_unreadable_part_keeps_the_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
