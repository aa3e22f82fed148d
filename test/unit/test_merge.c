/* S5.7: every cell of rule x {first link, base} x {blank, value; moved or not} on both sides, with
 * expectations written by hand from S5.2-S5.5 and B3.11-B3.14. */
#include "unit.h"

#include <stdio.h>

#include "core/merge.h"

/* Rows: Salesforce; columns: HubSpot, in the order b B v V: blank; cleared since the base; value as
 * it was; value that moved. Two values are different ones.
 * K keep  A agree  S settle (differ lawfully, handled)  s Salesforce's goes over  h HubSpot's does
 */
static const struct {
    enum rule rule;
    const char *cell[4];
} with_base[] = {
    {RULE_ALWAYS_SF,
     {"KAKS", /* a value beside a blank that was blank already stays: B3.12 */
      "AAss", /* cleared here = cleared there, over an edit too: S5.2 */
      "KsKs", /* an edit there is reverted: B3.12 */
      "ssss"}},
    {RULE_PREFER_SF,
     {"KAKh", /* HubSpot fills the blank: B3.11 */
      "AAsh", /* even a fresh blank: B3.16 */
      "KsKs", "ssss"}},
    {RULE_TWO_WAY,
     {"KAKh", "AAss", /* cleared / moved: both moved apart, in doubt Salesforce: S5.4 */
      "KhKh",         /* a clear wins like a value: B3.13 */
      "ssss"}},
    {RULE_NONE, {"KKKK", "KKKK", "KKKK", "KKKK"}},
    {RULE_ALWAYS_HS,
     {"KAKh", /* the mirror of always_salesforce */
      "AAhh", "KhKh", "Shhh"}},
    {RULE_PREFER_HS,
     {"KAKh", /* the mirror of prefer_salesforce */
      "AAhh", "KhKh", "sshh"}},
};

static const struct {
    enum rule rule;
    const char *cell[2]; /* rows b v, columns b v */
} at_first[] = {
    {RULE_ALWAYS_SF, {"AS", "ss"}}, {RULE_PREFER_SF, {"Ah", "ss"}}, {RULE_TWO_WAY, {"Ah", "ss"}},
    {RULE_NONE, {"KK", "KK"}},      {RULE_ALWAYS_HS, {"Ah", "Sh"}}, {RULE_PREFER_HS, {"Ah", "sh"}},
};

static char letter(enum verdict v)
{
    static const char letters[VERDICT_COUNT] = {
        [VERDICT_KEEP] = 'K',    [VERDICT_AGREE] = 'A',   [VERDICT_SETTLE] = 'S',
        [VERDICT_TAKE_SF] = 's', [VERDICT_TAKE_HS] = 'h', [VERDICT_REVIEW] = 'R'};
    return letters[v];
}

static const struct merge_policy plain = {.first_link = FIRST_SALESFORCE};

static void every_cell_with_base(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(with_base); i++)
        for (int sf = 0; sf < 4; sf++)
            for (int hs = 0; hs < 4; hs++) {
                bool blank[2] = {sf < 2, hs < 2};
                struct merge_cell c = {.rule = with_base[i].rule,
                                       .moved = {sf % 2, hs % 2},
                                       .blank = {blank[0], blank[1]},
                                       .same = blank[0] && blank[1]};
                char want = with_base[i].cell[sf][hs];
                char got = letter(merge_cell(&c, &plain));
                if (got != want)
                    fail_msg("%s, Salesforce %c, HubSpot %c: %c, expected %c",
                             rule_name(with_base[i].rule), "bBvV"[sf], "bBvV"[hs], got, want);
            }
}

static void every_cell_at_first_link(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(at_first); i++)
        for (int sf = 0; sf < 2; sf++)
            for (int hs = 0; hs < 2; hs++) {
                struct merge_cell c = {.rule = at_first[i].rule,
                                       .first = true,
                                       .blank = {!sf, !hs},
                                       .same = !sf && !hs};
                char got = letter(merge_cell(&c, &plain));
                if (got != at_first[i].cell[sf][hs])
                    fail_msg("%s, Salesforce %c, HubSpot %c: %c, expected %c",
                             rule_name(at_first[i].rule), "bv"[sf], "bv"[hs], got,
                             at_first[i].cell[sf][hs]);
            }
}

/* S5.1, S5.4: moved to the same value = agreed; the same and nothing moved = nothing to do. */
static void the_same_value_agrees(void **state)
{
    (void)state;
    for (int rule = RULE_PREFER_SF; rule < RULE_COUNT; rule++)
        for (int moved = 0; moved < 4; moved++) {
            struct merge_cell c = {
                .rule = (enum rule)rule, .moved = {moved & 1, moved >> 1}, .same = true};
            assert_int_equal(merge_cell(&c, &plain), moved ? VERDICT_AGREE : VERDICT_KEEP);
        }
}

/* S5.4: the later change wins; under 2 s apart, or unknown, Salesforce. */
static void conflicts_go_to_the_later(void **state)
{
    static const struct {
        int64_t sf, hs;
        char want;
    } times[] = {{5000, 1000, 's'}, {1000, 5000, 'h'}, {1000, 2999, 's'},
                 {1000, 3000, 'h'}, {0, 5000, 's'},    {1000, 0, 's'}};
    (void)state;
    for (size_t i = 0; i < LEN(times); i++) {
        struct merge_cell c = {.rule = RULE_TWO_WAY, .moved = {true, true}};
        struct merge_policy p = {.time = {{times[i].sf, times[i].hs}}};
        assert_int_equal(letter(merge_cell(&c, &p)), times[i].want);
    }
}

/* S5.5: the setting first_link decides two different values under two_way, and only there. */
static void first_link_setting(void **state)
{
    static const char want[] = "shhR"; /* salesforce hubspot newest review */
    (void)state;
    for (int f = FIRST_SALESFORCE; f <= FIRST_REVIEW; f++) {
        struct merge_policy p = {.first_link = (enum first_link)f, .time = {{1000, 9000}}};
        struct merge_cell c = {.rule = RULE_TWO_WAY, .first = true};
        assert_int_equal(letter(merge_cell(&c, &p)), want[f]);
        c.rule = RULE_PREFER_SF;
        assert_int_equal(merge_cell(&c, &p), VERDICT_TAKE_SF);
    }
}

/* ---- the address (S5.9) ---------------------------------------------------------------------- */

enum { PARTS = 5 };

static struct value part(char c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    return c == '.' ? VALUE_EMPTY : value_text((struct str){letters + (c - 'a'), 1});
}

/* Texts of five parts, '.' = blank; base NULL = first link. Wanted: one verdict a part. */
static void address(enum rule rule, const char *sf, const char *hs, const char *base_sf,
                    const char *base_hs, const char *want)
{
    struct arena a;
    struct mapping map[PARTS] = {{0}};
    struct mappings m = {map, PARTS};
    struct value v[2][PARTS], b[2][PARTS];
    enum verdict verdict[PARTS];
    char got[PARTS + 1] = "";
    arena_init(&a, MIB);
    for (int i = 0; i < PARTS; i++) {
        map[i] = (struct mapping){.id = (uint32_t)i + 1, .rule = rule, .group = 1, .scale = -1};
        v[0][i] = part(sf[i]);
        v[1][i] = part(hs[i]);
        b[0][i] = base_sf ? part(base_sf[i]) : VALUE_NOT_KNOWN;
        b[1][i] = base_hs ? part(base_hs[i]) : VALUE_NOT_KNOWN;
    }
    const struct value *const value[2] = {v[0], v[1]}, *const base[2] = {b[0], b[1]};
    merge_record(&a, &m, &plain, value, base, verdict);
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

static void an_unreadable_part_keeps_the_address(void **state)
{
    struct arena a;
    struct mapping map[2] = {{.id = 1, .rule = RULE_PREFER_SF, .group = 1, .scale = -1},
                             {.id = 2, .rule = RULE_PREFER_SF, .group = 1, .scale = -1}};
    struct mappings m = {map, 2};
    struct value sf[2] = {part('a'), VALUE_NOT_KNOWN}, hs[2] = {part('x'), part('y')};
    struct value none[2] = {VALUE_NOT_KNOWN, VALUE_NOT_KNOWN};
    const struct value *const value[2] = {sf, hs}, *const base[2] = {none, none};
    enum verdict verdict[2];
    (void)state;
    arena_init(&a, MIB);
    merge_record(&a, &m, &plain, value, base, verdict);
    arena_release(&a);
    assert_int_equal(verdict[0], VERDICT_KEEP); /* S6.8: unknown is never blank */
    assert_int_equal(verdict[1], VERDICT_KEEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_with_base),
        cmocka_unit_test(every_cell_at_first_link),
        cmocka_unit_test(the_same_value_agrees),
        cmocka_unit_test(conflicts_go_to_the_later),
        cmocka_unit_test(first_link_setting),
        cmocka_unit_test(blanks_of_an_agreeing_address_are_filled),
        cmocka_unit_test(different_addresses_are_never_mixed),
        cmocka_unit_test(an_unreadable_part_keeps_the_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
