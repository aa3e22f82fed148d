/* S15.6: what a suspended direction keeps from being done, and what goes on. */
#include "unit.h"

#include "core/suspend.h"

static struct field_change to_hs[] = {{.to = SIDE_HS}}, to_sf[] = {{.to = SIDE_SF}},
                           refused_hs[] = {{.to = SIDE_HS, .refused = true}};

static const struct {
    const char *what;
    struct change change;
    bool writes[SIDE_COUNT];
} cases[] = {
    {"create a company", {.action = ACTION_CREATE, .to = SIDE_HS}, {false, true}},
    {"create an account", {.action = ACTION_CREATE, .to = SIDE_SF}, {true, false}},
    {"link", {.action = ACTION_LINK}, {false, true}},
    {"link with a value", {.action = ACTION_LINK, .field = to_sf, .fields = 1}, {true, true}},
    {"follow", {.action = ACTION_FOLLOW}, {false, true}},
    {"update HubSpot", {.action = ACTION_UPDATE, .field = to_hs, .fields = 1}, {false, true}},
    {"our id", {.action = ACTION_UPDATE, .puts_id = true}, {false, true}},
    {"update Salesforce", {.action = ACTION_UPDATE, .field = to_sf, .fields = 1}, {true, false}},
    {"refused", {.action = ACTION_UPDATE, .field = refused_hs, .fields = 1}, {false, false}},
    {"unlink", {.action = ACTION_UNLINK}, {true, true}},
    {"archive", {.action = ACTION_ARCHIVE, .to = SIDE_SF}, {true, true}},
    {"nothing", {.action = ACTION_NONE}, {false, false}},
    {"review", {.action = ACTION_REVIEW}, {false, false}},
    {"wait", {.action = ACTION_WAIT, .due_ms = 5}, {false, false}},
    {"skip", {.action = ACTION_SKIP}, {false, false}},
    {"error", {.action = ACTION_ERROR}, {false, false}},
};

static void what_writes_to_a_suspended_side_waits(void **state)
{
    (void)state;
    for (unsigned mask = 0; mask < 4; mask++) {
        const bool suspended[SIDE_COUNT] = {mask & 1, mask & 2};
        for (size_t i = 0; i < LEN(cases); i++) {
            struct change c = cases[i].change;
            struct plan plan = {.change = &c, .count = 1};
            c.base_moved = true;
            suspend_plan(&plan, suspended);
            bool waits = (suspended[SIDE_SF] && cases[i].writes[SIDE_SF]) ||
                         (suspended[SIDE_HS] && cases[i].writes[SIDE_HS]);
            if (waits != (c.why == WHY_SUSPENDED) || waits == c.base_moved)
                fail_msg("%s, suspended %u", cases[i].what, mask);
            assert_int_equal(c.action, waits ? ACTION_WAIT : cases[i].change.action);
            assert_int_equal(c.fields, waits ? 0 : cases[i].change.fields);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_writes_to_a_suspended_side_waits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
