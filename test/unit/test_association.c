/* S11.1: who follows whom, every cell. Accounts are capital letters, companies small ones: A is
 * linked with a, B with b; U and u are linked with nobody; '-' is no account, no primary company.
 *
 * Expected, by hand: "a" the HubSpot contact gets a; "A" the SF contact gets A; "?x" it waits for
 * x; "." nothing; "!" after it: both had moved, apart. */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "core/association.h"

enum { MOVES = 4 }; /* neither, Salesforce, HubSpot, both */

static const struct {
    char sf, hs;
    const char *want[MOVES];
} table[] = {
    /*            neither, SF moved, HS moved, both */
    {'-', '-', {".", ".", ".", "."}},     {'-', 'a', {".", ".", "A", "A"}},
    {'-', 'b', {".", ".", "B", "B"}},     {'-', 'u', {".", ".", "?u", "?u"}},
    {'A', '-', {".", "a", ".", "a"}},     {'A', 'a', {".", ".", ".", "."}},
    {'A', 'b', {".", "a", "B", "a!"}},    {'A', 'u', {".", "a", "?u", "a!"}},
    {'B', '-', {".", "b", ".", "b"}},     {'B', 'a', {".", "b", "A", "b!"}},
    {'B', 'b', {".", ".", ".", "."}},     {'B', 'u', {".", "b", "?u", "b!"}},
    {'U', '-', {".", "?U", ".", "?U"}},   {'U', 'a', {".", "?U", "?U", "?U!"}},
    {'U', 'b', {".", "?U", "?U", "?U!"}}, {'U', 'u', {".", "?U", "?U", "?U!"}},
};

static struct str letter(const char *at)
{
    return *at == '-' ? STR_NONE : (struct str){at, 1};
}

static void every_cell(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(table); i++)
        for (int m = 0; m < MOVES; m++) {
            char partner[2] = {(char)tolower(table[i].sf), (char)toupper(table[i].hs)}, got[4];
            bool linked[2] = {table[i].sf != '-' && table[i].sf != 'U',
                              table[i].hs != '-' && table[i].hs != 'u'};
            struct association_side side[SIDE_COUNT] = {
                [SIDE_SF] = {letter(&table[i].sf), linked[0] ? letter(&partner[0]) : STR_NONE,
                             m & 1},
                [SIDE_HS] = {letter(&table[i].hs), linked[1] ? letter(&partner[1]) : STR_NONE,
                             m & 2}};
            struct association_answer x;
            size_t n = 0;
            association_decide(side, &x);
            if (x.act == ASSOCIATION_WAITS)
                got[n++] = '?';
            got[n++] = x.act == ASSOCIATION_STAYS ? '.' : x.value.p[0];
            if (x.conflict)
                got[n++] = '!';
            got[n] = '\0';
            if (strcmp(got, table[i].want[m]) != 0)
                fail_msg("%c %c, moved %d: %s, not %s", table[i].sf, table[i].hs, m, got,
                         table[i].want[m]);
            if (x.act == ASSOCIATION_GOES)
                assert_int_equal(x.to, islower(got[0]) ? SIDE_HS : SIDE_SF);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_cell)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
