/* What a text says of a country or a state (S6.3, S7.4), and the table of spellings in use. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "model/country.h"
#include "model/country_table.h"
#include "model/mapping_spellings.h"
#include "text/unicode.h"

static int set_up(void **state)
{
    static struct arena a;
    arena_init(&a, 64 * MIB);
    *state = &a;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(*state);
    return 0;
}

static void a_country_by_any_name(void **state)
{
    static const struct {
        const char *text, *code; /* "" = not known */
    } rows[] = {
        {"Germany", "DE"},
        {"Deutschland", "DE"},
        {"ALLEMAGNE", "DE"},
        {"de", "DE"},
        {"DEU", "DE"},
        {"U.S.A.", "US"},
        {"United States of America", "US"},
        {"UK", "GB"},
        {"Great Britain", "GB"},
        {"Holland", "NL"},
        {"The Netherlands", "NL"},
        {"C\xc3\xb4te d\xe2\x80\x99Ivoire", "CI"}, /* with a typographer's apostrophe */
        {"cote divoire", "CI"},
        {"\xe6\x97\xa5\xe6\x9c\xac", "JP"}, /* as it says itself */
        {"\xd0\xa0\xd0\xbe\xd1\x81\xd1\x81\xd0\xb8\xd1\x8f", "RU"},
        {"Atlantis", ""},
        {"", ""},
        {"--", ""},
        {"US:ca", ""},
        {"germany=DE\ngermany", ""},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct str code = country_of(*state, str_from(rows[i].text));
        if (!str_eq(code, str_from(rows[i].code)))
            fail_msg("%s: %.*s", rows[i].text, STR_ARG(code));
    }
}

static void a_state_of_its_country(void **state)
{
    static const struct {
        const char *country, *text, *code;
    } rows[] = {
        {"US", "California", "US-CA"},
        {"US", "ca", "US-CA"},
        {"US", "US-CA", "US-CA"},
        {"US", "WA", "US-WA"},
        {"AU", "WA", "AU-WA"},
        {"CA",
         "Qu\xc3\xa9"
         "bec",
         "CA-QC"},
        {"AU", "New South Wales", "AU-NSW"},
        {"DE", "Bayern", "DE-BY"},
        {"US", "Bayern", ""},
        {"", "California", ""},
        {"US", "", ""},
        {"IT", "MI", "IT-MI"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct str code = state_of(*state, str_from(rows[i].country), str_from(rows[i].text));
        if (!str_eq(code, str_from(rows[i].code)))
            fail_msg("%s %s: %.*s", rows[i].country, rows[i].text, STR_ARG(code));
    }
}

/* The table is folded by another program than the one that looks things up in it. */
static void every_line_is_found(void **state)
{
    struct str rest = {lines, sizeof(lines) - 1}, line;
    struct arena *a = *state;
    size_t n = 0;
    while (str_cut(&rest, '\n', &line) && line.n) {
        struct str value = line, key, country;
        str_cut(&value, '=', &key);
        struct str name = key;
        bool of_country = str_find_char(key, ':') >= 0;
        if (of_country)
            str_cut(&name, ':', &country);
        struct str found = of_country ? state_of(a, country, name) : country_of(a, name);
        if (!str_eq(found, value) || !str_eq(text_letters(a, name), name))
            fail_msg("%.*s: %.*s", STR_ARG(line), STR_ARG(found));
        n++;
        if (n % 1000 == 0)
            arena_reset(a);
    }
    assert_true(n > 5000);
}

static struct field field(const char *name, enum field_type type)
{
    return (struct field){
        .name = str_from(name), .type = type, .precision = -1, .scale = -1, .readable = true};
}

static struct mapping mapped(const char *sf, const char *hs)
{
    return (struct mapping){.id = 1,
                            .name = {str_from(sf), str_from(hs)},
                            .rule = RULE_PREFER_SF,
                            .scale = -1,
                            .meta = {field(sf, FIELD_TEXT), field(hs, FIELD_TEXT)}};
}

static void which_fields_are_places(void **state)
{
    struct mapping m[] = {mapped("BillingCountry", "country"),
                          mapped("BillingState", "state"),
                          mapped("ShippingStateCode", "hs_state_code"),
                          mapped("Region__c", "country_of_origin"),
                          mapped("Sales_Country__c", "x"),
                          mapped("ShippingCountryCode", "ship_country")};
    static const enum place_kind want[] = {PLACE_COUNTRY, PLACE_STATE,   PLACE_STATE,
                                           PLACE_NONE,    PLACE_COUNTRY, PLACE_COUNTRY};
    struct mappings all = {m, LEN(m)};
    for (size_t i = 0; i < LEN(m); i++)
        assert_int_equal(mapping_place(*state, &m[i]), want[i]);
    assert_ptr_equal(mapping_country(*state, &all, &m[1]), &m[0]);
    assert_ptr_equal(mapping_country(*state, &all, &m[2]), &m[5]);
}

static void lines_are(const struct mapping *m, const char *want)
{
    struct buf b;
    buf_init(&b, MIB);
    for (size_t i = 0; i < m->table_count; i++)
        buf_fmt(&b, "%.*s=%.*s;", STR_ARG(m->table[i].side[SIDE_SF]),
                STR_ARG(m->table[i].side[SIDE_HS]));
    if (!str_eq(buf_view(&b), str_from(want)))
        fail_msg("%.*s, not %s", STR_ARG(buf_view(&b)), want);
    buf_release(&b);
}

#define USED(...)                                                                                  \
    {                                                                                              \
        (struct used_value[]){__VA_ARGS__},                                                        \
            sizeof((struct used_value[]){__VA_ARGS__}) / sizeof(struct used_value)                 \
    }

static void a_country_in_use_gets_its_lines(void **state)
{
    struct mapping m = mapped("BillingCountry", "country");
    const struct used_values used[SIDE_COUNT] = {
        USED({S("Germany"), S(""), 9}, {S("France"), S(""), 5}, {S("BRD?"), S(""), 1},
             {S("USA"), S(""), 4}, {S("United States"), S(""), 3}, {S("Spain"), S(""), 2}),
        USED({S("Deutschland"), S(""), 7}, {S("France"), S(""), 5}, {S("DE"), S(""), 8},
             {S("USA"), S(""), 1}, {S("Italia"), S(""), 1})};
    struct spellings got = mapping_spellings(*state, &m, PLACE_COUNTRY, used);
    /* of HubSpot's two DE is held by more; France is spelt alike, Spain and Italy are on one side
     */
    lines_are(&m, "Germany=DE;Germany=Deutschland;USA=USA;United States=USA;");
    assert_int_equal(got.lines, 4);
    assert_int_equal(got.unknown, 1);                         /* BRD? */
    got = mapping_spellings(*state, &m, PLACE_COUNTRY, used); /* once saved, nothing is left */
    assert_int_equal(got.lines, 0);
    assert_int_equal(m.table_count, 4);
}

static void what_a_person_said_stays(void **state)
{
    struct mapping m = mapped("BillingCountry", "country");
    struct value_pair own[] = {{{S("Germany"), S("Deutschland")}}};
    const struct used_values used[SIDE_COUNT] = {
        USED({S("Germany"), S(""), 1}, {S("Allemagne"), S(""), 9}),
        USED({S("DE"), S(""), 8}, {S("Deutschland"), S(""), 1})};
    m.table = own;
    m.table_count = 1;
    (void)mapping_spellings(*state, &m, PLACE_COUNTRY, used);
    lines_are(&m, "Germany=Deutschland;Allemagne=Deutschland;Germany=DE;");
}

/* S6.3: a table with a line twice could not be saved. */
static void no_line_is_there_twice(void **state)
{
    struct mapping m = mapped("BillingCountry", "country");
    struct value_pair own[] = {{{S("Germany"), S("DE")}}, {{S("Allemagne"), S("Deutschland")}}};
    const struct used_values used[SIDE_COUNT] = {
        USED({S("Germany"), S(""), 1}, {S("Allemagne"), S(""), 9}), USED({S("DE"), S(""), 8})};
    m.table = own;
    m.table_count = 2;
    (void)mapping_spellings(*state, &m, PLACE_COUNTRY, used);
    lines_are(&m, "Germany=DE;Allemagne=Deutschland;Allemagne=DE;");
    struct spellings again = mapping_spellings(*state, &m, PLACE_COUNTRY, used);
    lines_are(&m, "Germany=DE;Allemagne=Deutschland;Allemagne=DE;");
    assert_int_equal(again.lines, 0);
}

static void a_picklist_gets_active_values_only(void **state)
{
    static struct field_option options[] = {{{"DE", 2}, {"Germany", 7}, true},
                                            {{"DEU", 3}, {"Germany (old)", 13}, false},
                                            {{"X1", 2}, {"France", 6}, true}};
    struct mapping m = mapped("BillingCountryCode", "country");
    m.meta[SIDE_SF].type = FIELD_PICKLIST;
    m.meta[SIDE_SF].option = options;
    m.meta[SIDE_SF].options = LEN(options);
    const struct used_values used[SIDE_COUNT] = {
        USED({S("DEU"), S(""), 90}), USED({S("Germany"), S(""), 8}, {S("France"), S(""), 1})};
    (void)mapping_spellings(*state, &m, PLACE_COUNTRY, used);
    lines_are(&m, "DE=Germany;DEU=Germany;X1=France;");
}

static void a_state_by_the_country_of_its_records(void **state)
{
    struct mapping m = mapped("BillingState", "state");
    const struct used_values used[SIDE_COUNT] = {
        USED({S("WA"), S("Australia"), 2}, {S("CA"), S("USA"), 9}, {S("PA"), S("Italy"), 1}),
        USED({S("Western Australia"), S("AU"), 3}, {S("California"), S(""), 3},
             {S("PA"), S("US"), 1}, {S("Palermo"), S("IT"), 1}, {S("Pennsylvania"), S("US"), 1})};
    struct spellings got = mapping_spellings(*state, &m, PLACE_STATE, used);
    /* PA is Palermo on one side and Pennsylvania on the other: no line can tell which */
    lines_are(&m, "WA=Western Australia;CA=California;");
    assert_int_equal(got.several, 2);
    const struct used_values twice[SIDE_COUNT] = {
        USED({S("PA"), S("Italy"), 1}, {S("PA"), S("USA"), 1}), USED({S("Palermo"), S("IT"), 1})};
    m.table_count = 0;
    got = mapping_spellings(*state, &m, PLACE_STATE, twice);
    lines_are(&m, "");
    assert_int_equal(got.several, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_country_by_any_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_of_its_country, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_line_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(which_fields_are_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_country_in_use_gets_its_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_person_said_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_line_is_there_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picklist_gets_active_values_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_by_the_country_of_its_records, set_up, tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
