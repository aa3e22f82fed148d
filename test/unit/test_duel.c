/* S8.5: a field that automations change to and fro is held for an hour, then a day, and is free
 * again once a try was left alone for an hour. A story: minutes, how often it was written within
 * the hour before, and whether it may be written. */
#include "unit.h"

#include "core/duel.h"

struct step {
    int minute;
    unsigned writes;
    bool may;
};

static void play(const struct step *step, size_t n)
{
    struct duel d = {.map = 7};
    for (size_t i = 0; i < n; i++) {
        int64_t now = MS_DAY + step[i].minute * MS_MINUTE;
        if (duel_lets_write(&d, step[i].writes, now) != step[i].may)
            fail_msg("step %zu, minute %d", i, step[i].minute);
        assert_int_equal(d.map, 7);
    }
}

enum { H = 60, D = 24 * 60 };

static void six_an_hour_are_let_through(void **state)
{
    static const struct step story[] = {
        {0, 0, true},          {5, 1, true},          {10, 2, true},
        {15, 3, true},         {20, 4, true},         {25, 5, true},
        {30, 6, false},        {31, 6, false},        {89, 0, false}, /* held till 90 */
        {H + 30, 0, true}, /* one try, left alone for an hour: free again */
        {2 * H + 30, 0, true}, {2 * H + 31, 1, true}, {2 * H + 40, 6, false},
    };
    (void)state;
    play(story, LEN(story));
}

static void an_answered_try_is_held_for_a_day(void **state)
{
    static const struct step story[] = {
        {0, 6, false}, /* for an hour */
        {H, 0, true},
        {H + 10, 1, false}, /* answered: for a day */
        {2 * H, 0, false},
        {D + H + 9, 0, false}, /* still held */
        {D + H + 10, 0, true},
        {D + H + 69, 1, false}, /* and another */
        {2 * D + 2 * H + 8, 0, false},
        {2 * D + 2 * H + 9, 0, true},
        {2 * D + 3 * H + 9, 0, true}, /* nobody answered: free */
        {2 * D + 3 * H + 10, 1, true},
    };
    (void)state;
    play(story, LEN(story));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_an_hour_are_let_through),
        cmocka_unit_test(an_answered_try_is_held_for_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
