/* One mapping: what is refused (S6.1), how values go over (S6.3, S5.1), what a field takes (S6.2),
 * and its spelling in a file (S6.7). */
#include "unit.h"

#include <string.h>

#include "model/mapping_check.h"
#include "model/mapping_propose.h"
#include "model/mapping_text.h"

static struct field_option hot_cold[] = {{{"Hot", 3}, {"Hot", 3}, true},
                                         {{"Cold", 4}, {"Cold", 4}, true},
                                         {{"Old", 3}, {"Old", 3}, false}};
static struct field_option HOT_COLD[] = {{{"HOT", 3}, {"Hot!", 4}, true},
                                         {{"COLD", 4}, {"Cold!", 5}, true}};

struct lab {
    struct arena a;
    struct mapping map[4];
    struct mappings m;
};

static struct field field(const char *name, const char *wire, enum field_type type)
{
    return (struct field){.name = str_from(name),
                          .wire_type = str_from(wire),
                          .type = type,
                          .precision = -1,
                          .scale = -1,
                          .readable = true,
                          .createable = true,
                          .updateable = true};
}

static struct mapping mapped(uint32_t id, struct field sf, struct field hs)
{
    return (struct mapping){.id = id,
                            .name = {sf.name, hs.name},
                            .rule = RULE_PREFER_SF,
                            .scale = -1,
                            .meta = {sf, hs}};
}

static int set_up(void **state)
{
    static struct lab l;
    memset(&l, 0, sizeof(l));
    arena_init(&l.a, 16 * MIB);
    l.map[0] =
        mapped(1, field("Name", "string", FIELD_TEXT), field("name", "string/text", FIELD_TEXT));
    l.map[0].standard = true;
    l.map[1] = mapped(100, field("Rating", "picklist", FIELD_PICKLIST),
                      field("tier", "enumeration/select", FIELD_PICKLIST));
    l.map[1].meta[SIDE_SF].option = hot_cold;
    l.map[1].meta[SIDE_SF].options = LEN(hot_cold);
    l.map[1].meta[SIDE_HS].option = HOT_COLD;
    l.map[1].meta[SIDE_HS].options = LEN(HOT_COLD);
    l.map[1].meta[SIDE_HS].restricted = true;
    l.map[2] = mapped(101, field("City__c", "string", FIELD_TEXT),
                      field("city2", "string/text", FIELD_TEXT));
    l.map[3] = mapped(102, field("Zip__c", "string", FIELD_TEXT),
                      field("zip2", "string/text", FIELD_TEXT));
    l.map[2].group = l.map[3].group = 2;
    l.m = (struct mappings){l.map, LEN(l.map)};
    *state = &l;
    return 0;
}

static int tear_down(void **state)
{
    struct lab *l = *state;
    arena_release(&l->a);
    return 0;
}

static void refused(struct lab *l, const struct mapping *m, const char *code, const char *a,
                    const char *b)
{
    struct err e = {0};
    assert_false(mapping_check(&l->m, m, &e));
    assert_string_equal(e.code, code);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.msg, a));
    assert_non_null(strstr(e.msg, b));
}

static void refusals_name_both_fields(void **state)
{
    struct lab *l = *state;
    struct err e;
    assert_true(mapping_check(&l->m, &l->map[1], &e));
    struct mapping m = mapped(0, field("Site", "string", FIELD_TEXT), l->map[0].meta[SIDE_HS]);
    refused(l, &m, "mapping_double", "Site", "name"); /* B3.20 */
    m = mapped(0, field("NAME", "string", FIELD_TEXT), field("x", "string/text", FIELD_TEXT));
    refused(l, &m, "mapping_double", "NAME", "x"); /* names are compared without case */
    m = mapped(0, field("Score", "double", FIELD_NUMBER), field("x", "string/text", FIELD_TEXT));
    refused(l, &m, "mapping_types", "Score (double)", "x (string/text)");
    m = mapped(0, field("Gone", "", FIELD_OTHER), field("x", "string/text", FIELD_TEXT));
    m.meta[SIDE_SF].readable = false;
    refused(l, &m, "unknown_field", "Gone", "x");
}

static void rules_that_write_read_only_fields(void **state)
{
    struct lab *l = *state;
    static const struct {
        enum rule rule;
        bool sf_read_only, hs_read_only; /* what the rule cannot bear */
    } cell[] = {{RULE_NONE, false, false},     {RULE_PREFER_SF, true, true},
                {RULE_ALWAYS_SF, false, true}, {RULE_TWO_WAY, true, true},
                {RULE_PREFER_HS, true, true},  {RULE_ALWAYS_HS, true, false}};
    for (size_t i = 0; i < LEN(cell); i++)
        for (int hs = 0; hs < 2; hs++) {
            struct mapping m =
                mapped(0, field("F", "string", FIELD_TEXT), field("p", "string/text", FIELD_TEXT));
            m.rule = cell[i].rule;
            m.meta[hs ? SIDE_HS : SIDE_SF].updateable = false;
            bool bad = hs ? cell[i].hs_read_only : cell[i].sf_read_only;
            struct err e = {0};
            assert_int_equal(mapping_check(&l->m, &m, &e), !bad);
            if (!bad)
                continue;
            assert_string_equal(e.code, "mapping_read_only");
            assert_non_null(strstr(e.msg, rule_name(m.rule)));
            assert_non_null(strstr(e.hint, hs ? "always_hubspot" : "always_salesforce"));
        }
}

/* S2.4: one field, once for each kind of account; their own fields, and their composed name. */
static void each_kind_of_account_has_its_own(void **state)
{
    struct lab *l = *state;
    struct err e;
    struct mapping m = mapped(0, field("Name", "string", FIELD_TEXT), l->map[0].meta[SIDE_HS]);
    m.rule = RULE_ALWAYS_SF;
    refused(l, &m, "mapping_double", "Name", "name");
    m.accounts = ACCOUNTS_BOTH;
    refused(l, &m, "mapping_double", "Name", "name");
    m.accounts = ACCOUNTS_PERSON;
    assert_true(mapping_check(&l->m, &m, &e));
    m.rule = RULE_TWO_WAY;
    refused(l, &m, "mapping_read_only", "Name", "two_way");
    l->map[0].accounts = ACCOUNTS_BOTH;
    refused(l, &l->map[0], "mapping_read_only", "Name", "prefer_salesforce");
    static const char *const own[] = {"LastName", "PersonEmail", "Tier__pc"};
    for (size_t i = 0; i < LEN(own); i++) {
        m = mapped(0, field(own[i], "string", FIELD_TEXT), field("x", "string/text", FIELD_TEXT));
        refused(l, &m, "mapping_persons", own[i], "person accounts");
        m.accounts = ACCOUNTS_PERSON;
        assert_true(mapping_check(&l->m, &m, &e));
    }
    l->map[2].accounts = ACCOUNTS_PERSON; /* an address of theirs may have a rule of its own */
    l->map[3].rule = RULE_TWO_WAY;
    assert_true(mapping_check(&l->m, &l->map[3], &e));
}

static void one_address_has_one_rule(void **state)
{
    struct lab *l = *state;
    l->map[3].rule = RULE_TWO_WAY;
    refused(l, &l->map[3], "mapping_group", "Zip__c", "City__c");
}

static void tables_hold_values_that_exist(void **state)
{
    struct lab *l = *state;
    struct mapping m = l->map[1];
    struct err e;
    struct value_pair good[] = {{{S("Hot"), S("HOT")}}, {{S("Cold"), S("COLD")}}};
    struct value_pair inactive[] = {{{S("Old"), S("COLD")}}};
    struct value_pair absent[] = {{{S("Hot"), S("hot")}}}; /* case counts (H10.1) */
    struct value_pair twice[] = {
        {{S("Hot"), S("HOT")}}, {{S("Cold"), S("COLD")}}, {{S("Hot"), S("HOT")}}};
    struct value_pair read_only[] = {/* Old and hot are only read: Cold and HOT are written */
                                     {{S("Hot"), S("HOT")}},
                                     {{S("Cold"), S("COLD")}},
                                     {{S("Old"), S("COLD")}},
                                     {{S("Hot"), S("hot")}}};
    m.table = good;
    m.table_count = 2;
    assert_true(mapping_check(&l->m, &m, &e));
    m.table = inactive;
    m.table_count = 1;
    refused(l, &m, "mapping_value", "Rating", "Old");
    m.table = absent;
    refused(l, &m, "mapping_value", "tier", "hot");
    m.table = twice;
    m.table_count = 3;
    refused(l, &m, "mapping_value", "Rating", "\"Hot\" = \"HOT\" twice");
    m.table = read_only;
    m.table_count = 4;
    assert_true(mapping_check(&l->m, &m, &e));
    m.table_count = 0;
    m.constant[SIDE_HS] = S("WARM");
    refused(l, &m, "mapping_value", "constant", "WARM");
    /* unrestricted, and new values are allowed: Salesforce takes it */
    m.constant[SIDE_HS] = STR_NONE;
    m.constant[SIDE_SF] = S("Warm");
    refused(l, &m, "mapping_value", "constant", "Warm");
    m.allow_new_values = true;
    assert_true(mapping_check(&l->m, &m, &e));
}

static struct str over(struct lab *l, const struct mapping *m, enum side from, const char *text)
{
    return mapping_translate(&l->a, m, NULL, from, value_text(str_from(text))).text;
}

static bool same(struct lab *l, const struct mapping *m, const char *sf, const char *hs)
{
    return mapping_same(&l->a, m, NULL, value_text(str_from(sf)), value_text(str_from(hs)));
}

static void tables_translate_both_ways(void **state)
{
    struct lab *l = *state;
    struct mapping m = l->map[1];
    struct value_pair t[] = {{{S("Hot"), S("HOT")}}, {{S("Boiling"), S("HOT")}}};
    m.table = t;
    m.table_count = 2;
    assert_true(str_eq(over(l, &m, SIDE_SF, "Boiling"), S("HOT")));
    assert_true(str_eq(over(l, &m, SIDE_HS, "HOT"), S("Hot")));   /* the first that stands for it */
    assert_true(str_eq(over(l, &m, SIDE_SF, "Cold"), S("Cold"))); /* not named: as it is */
    assert_true(same(l, &m, "Boiling", "HOT"));
    assert_false(same(l, &m, "Cold", "HOT"));
    /* of a set each value by itself, sorted again */
    m.meta[SIDE_SF].type = m.meta[SIDE_HS].type = FIELD_MULTI;
    struct value_pair set[] = {{{S("a"), S("z")}}, {{S("b"), S("y")}}};
    m.table = set;
    assert_true(str_eq(over(l, &m, SIDE_SF, "a;b;c"), S("c;y;z")));
    assert_true(same(l, &m, "a;b", "y;z"));
}

/* S5.1, S6.3: of each side one spelling is written; all spellings of one value are that value. */
static void other_spellings_are_the_same_value(void **state)
{
    struct lab *l = *state;
    struct mapping m = l->map[0];
    struct value_pair t[] = {
        {{S("Germany"), S("Deutschland")}}, {{S("Germany"), S("DE")}},
        {{S("Germany"), S("Germany")}},     {{S("BRD"), S("Deutschland")}},
        {{S("France"), S("FR")}},
    };
    static const char *const sf[] = {"Germany", "BRD"};
    static const char *const hs[] = {"Deutschland", "DE", "Germany"};
    m.table = t;
    m.table_count = LEN(t);
    for (size_t i = 0; i < LEN(sf); i++) {
        assert_true(str_eq(over(l, &m, SIDE_SF, sf[i]), S("Deutschland")));
        for (size_t k = 0; k < LEN(hs); k++)
            assert_true(same(l, &m, sf[i], hs[k]));
        assert_false(same(l, &m, sf[i], "FR"));
        assert_false(same(l, &m, sf[i], "Germany2"));
    }
    for (size_t k = 0; k < LEN(hs); k++) {
        assert_true(str_eq(over(l, &m, SIDE_HS, hs[k]), S("Germany")));
        assert_false(same(l, &m, "France", hs[k]));
    }
    assert_true(same(l, &m, "France", "FR"));
    assert_false(same(l, &m, "France", "France")); /* it is to be FR there */
    assert_false(same(l, &m, "FR", "Deutschland"));
    /* what is written is never a difference, however odd the table: B is written x, x is read A */
    struct value_pair odd[] = {{{S("A"), S("y")}}, {{S("A"), S("x")}}, {{S("B"), S("x")}}};
    m.table = odd;
    m.table_count = LEN(odd);
    assert_true(same(l, &m, "B", "x") && same(l, &m, "A", "x") && same(l, &m, "A", "y"));
    assert_false(same(l, &m, "B", "y"));
    /* of a set each value by itself */
    m.meta[SIDE_SF].type = m.meta[SIDE_HS].type = FIELD_MULTI;
    m.table = t;
    m.table_count = LEN(t);
    assert_true(same(l, &m, "BRD;France", "DE;FR"));
    assert_false(same(l, &m, "BRD;France", "DE"));
}

/* S6.9: 1.1 dollars and 150 yen are worth one euro. */
static void an_amount_goes_over_at_the_rate(void **state)
{
    struct lab *l = *state;
    struct mapping m = mapped(1, field("AnnualRevenue", "currency", FIELD_NUMBER),
                              field("annualrevenue", "number/number", FIELD_NUMBER));
    const struct ratio dollar = {{S("1.1"), S("1")}}, in_yen = {{S("1.1"), S("150")}};
    const struct value sf = value_text(S("1000")), hs = value_text(S("909"));
    m.scale = 0;
    m.amount = true;
    assert_true(mapping_same(&l->a, &m, &dollar, sf, sf)); /* it names no source: as they are */
    m.rate = RATE_SALESFORCE;
    struct value there = mapping_translate(&l->a, &m, &dollar, SIDE_SF, sf);
    assert_true(str_eq(there.text, S("909")));
    there = mapping_translate(&l->a, &m, &dollar, SIDE_HS, hs);
    assert_true(str_eq(there.text, S("1000")));
    assert_true(mapping_same(&l->a, &m, &dollar, sf, hs));
    assert_false(mapping_same(&l->a, &m, &dollar, value_text(S("1001")), hs));
    assert_false(mapping_same(&l->a, &m, &dollar, sf, sf));
    assert_true(mapping_same(&l->a, &m, NULL, sf, sf)); /* an account in the portal's currency */
    /* where one side is finer, what was written of its value is no difference */
    there = mapping_translate(&l->a, &m, &in_yen, SIDE_HS, hs);
    assert_true(str_eq(there.text, S("7"))); /* 909 / 150 * 1.1 = 6.666 */
    assert_true(mapping_same(&l->a, &m, &in_yen, there, hs));
    assert_false(mapping_same(&l->a, &m, &in_yen, value_text(S("8")), hs));
}

static void only_amounts_have_a_rate(void **state)
{
    struct lab *l = *state;
    struct mapping m = l->map[0];
    m.rate = RATE_SALESFORCE;
    refused(l, &m, "mapping_rate", "Name (string)", "amounts of money");
}

static void truncation_is_explicit_and_no_difference(void **state)
{
    struct lab *l = *state;
    struct mapping m = l->map[0];
    struct err e;
    m.meta[SIDE_HS].length = 5;
    assert_true(str_eq(over(l, &m, SIDE_SF, "Abcdefgh"), S("Abcdefgh"))); /* never by itself */
    assert_false(mapping_accepts(&m, SIDE_HS, value_text(S("Abcdefgh")), false, &e));
    assert_string_equal(e.code, "too_long");
    m.truncate = 5;
    assert_true(str_eq(over(l, &m, SIDE_SF, "Abcdefgh"), S("Abcde")));
    assert_true(str_eq(over(l, &m, SIDE_SF, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"),
                       S("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"))); /* characters, not bytes */
    assert_true(same(l, &m, "Abcdefgh", "Abcde"));
    assert_true(same(l, &m, "Abcde", "Abcdefgh")); /* whichever side had to be cut */
    assert_false(same(l, &m, "Abcdx", "Abcdefgh"));
}

static void only_active_values_are_sent(void **state)
{
    struct lab *l = *state;
    struct mapping m = l->map[1];
    struct err e = {0};
    assert_true(mapping_accepts(&m, SIDE_SF, value_text(S("Hot")), false, &e));
    assert_false(mapping_accepts(&m, SIDE_SF, value_text(S("Old")), false, &e)); /* inactive */
    assert_false(mapping_accepts(&m, SIDE_SF, value_text(S("Warm")), false, &e));
    assert_string_equal(e.code, "picklist_value");
    assert_non_null(strstr(e.hint, "Hot, Cold")); /* what is allowed */
    m.allow_new_values = true;
    assert_true(mapping_accepts(&m, SIDE_SF, value_text(S("Warm")), false, &e));
    assert_false(mapping_accepts(&m, SIDE_HS, value_text(S("WARM")), false, &e)); /* restricted */
}

/* ---- in a file ------------------------------------------------------------------------------- */

static struct str printed(struct lab *l, const struct mapping *m)
{
    struct buf b;
    buf_init(&b, MIB);
    mapping_print(&b, m, 4);
    struct str out = str_dup(&l->a, buf_view(&b));
    buf_release(&b);
    return out;
}

static bool taken(const struct mapping *m, const char *v, const char *code)
{
    struct err e = {0};
    bool ok = mapping_accepts(m, SIDE_HS, value_text(str_from(v)), false, &e);
    if (!ok)
        assert_string_equal(e.code, code);
    return ok;
}

/* H9.12: lengths and ranges, to the last character and the last digit. */
static void rules_of_the_portal(void **state)
{
    struct lab *l = *state;
    struct mapping *m = &l->map[2];
    m->meta[SIDE_HS].least_length = 2;
    m->meta[SIDE_HS].length = 3;
    assert_true(taken(m,
                      "\xc3\xa9"
                      "a",
                      "") &&
                taken(m, "abc", ""));
    assert_false(taken(m, "\xc3\xa9", "too_short") || taken(m, "abcd", "too_long"));
    m->meta[SIDE_HS] = field("city2", "number/number", FIELD_NUMBER);
    m->meta[SIDE_HS].least = S("-1.5");
    m->meta[SIDE_HS].most = S("10");
    assert_true(taken(m, "-1.5", "") && taken(m, "10", "") && taken(m, "9.99", ""));
    assert_false(taken(m, "-1.51", "out_of_range") || taken(m, "10.01", "out_of_range") ||
                 taken(m, "ten", "not_a_number"));
}

/* S6.1: each field once, by name before label; nothing that is mapped, or that cannot be written.
 */
static void what_fits_is_proposed(void **state)
{
    struct lab *l = *state;
    struct field sf[] = {
        field("Name", "string", FIELD_TEXT), field("Region__c", "string", FIELD_TEXT),
        field("Score__c", "double", FIELD_NUMBER), field("Sic", "string", FIELD_TEXT),
        field("Total__c", "double", FIELD_NUMBER)};
    struct field hs[] = {
        field("hs_sic", "string/text", FIELD_TEXT), field("name", "string/text", FIELD_TEXT),
        field("region", "string/text", FIELD_TEXT), field("score", "string/text", FIELD_TEXT),
        field("total", "number/number", FIELD_NUMBER)};
    struct proposal *p;
    size_t n;
    sf[3].label = S("SIC code");
    hs[0].label = S("SIC Code");
    sf[4].updateable = sf[4].createable = false; /* a formula */
    const struct schema both[] = {{.field = sf, .count = LEN(sf)}, {.field = hs, .count = LEN(hs)}};
    const struct schema *const schema[] = {&both[SIDE_SF], &both[SIDE_HS]};
    struct mappings m = {l->map, 1};
    mappings_propose(&l->a, &m, schema, NULL, 0, &p, &n);
    assert_int_equal(n, 3); /* Score: the types differ */
    assert_true(str_eq(p[0].map.name[SIDE_HS], S("region")) && p[0].why == PROPOSED_NAME);
    assert_true(str_eq(p[1].map.name[SIDE_HS], S("hs_sic")) && p[1].why == PROPOSED_LABEL);
    assert_int_equal(p[2].map.rule, RULE_ALWAYS_SF);
    struct str leave[] = {S("region"), S("total")};
    mappings_propose(&l->a, &m, schema, leave, LEN(leave), &p, &n);
    assert_int_equal(n, 1);
}

static void the_most_used_first(void **state)
{
    struct proposal p[4] = {{.map = {.name = {S("B")}}, .held = {3, 0}},
                            {.map = {.name = {S("C")}}, .held = {UINT64_MAX, UINT64_MAX}},
                            {.map = {.name = {S("A")}}, .held = {1, 2}},
                            {.map = {.name = {S("D")}}, .held = {UINT64_MAX, 4}}};
    char order[5] = "";
    (void)state;
    proposals_by_use(p, LEN(p));
    for (size_t i = 0; i < LEN(p); i++)
        order[i] = p[i].map.name[SIDE_SF].p[0];
    assert_string_equal(order, "DABC");
}

/* S6.10: the developer's name goes before a label; an id of 15 characters is one of 18. */
static void a_record_type_by_any_name(void **state)
{
    (void)state;
    struct record_type type[] = {{S("0125e000000AAAAAA2"), S("Partner"), S("Reseller"), true, true},
                                 {S("0125e000000BBBBAA2"), S("Reseller"), S("Old"), true, true}};
    struct schema s = {.record_type = type, .record_types = LEN(type)};
    assert_ptr_equal(schema_record_type(&s, S("reseller")), &type[1]);
    assert_ptr_equal(schema_record_type(&s, S("PARTNER")), &type[0]);
    assert_ptr_equal(schema_record_type(&s, S("old")), &type[1]);
    assert_ptr_equal(schema_record_type(&s, S("0125e000000AAAA")), &type[0]);
    assert_ptr_equal(schema_record_type(&s, S("0125e000000BBBBAA2")), &type[1]);
    assert_null(schema_record_type(&s, S("nobody")));
}

static void a_mapping_has_one_spelling(void **state)
{
    struct lab *l = *state;
    struct value_pair odd[] = {
        {{S("Food & Beverage"), S("quote \" and \\ back")}},
        {{S("yes"), S("- # : {}[] @ `")}},
        {{S("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\xba"), S("\xe6\x97\xa5\xe6\x9c\xac")}},
        {{S("two\nlines\ttab"), S("\x01 \x7f \xc2\x85 \xc2\x9f \xe2\x80\xa8 \xef\xbb\xbf .")}},
        {{S("0123"), S("null")}},
        {{S("0123"), S("zero")}}, /* an other spelling */
    };
    struct mapping m = mapped(100, field("Weird__c", "picklist", FIELD_PICKLIST),
                              field("on", "enumeration/select", FIELD_PICKLIST)),
                   back;
    struct yaml *y;
    struct err e = {0};
    m.rule = RULE_ALWAYS_HS;
    m.group = 7;
    m.accounts = ACCOUNTS_BOTH;
    m.allow_new_values = true;
    m.truncate = 255;
    m.rate = RATE_SALESFORCE;
    m.constant[SIDE_SF] = S("true");
    m.constant[SIDE_HS] = S("  inner  blanks: kept");
    m.constant[SIDE_HS] = str_trim(m.constant[SIDE_HS]);
    m.table = odd;
    m.table_count = LEN(odd);
    struct str first = printed(l, &m);
    if (!yaml_parse(&l->a, first, &y, &e) || !mapping_read(&l->a, y, &back, &e))
        fail_msg("%s in\n%.*s", e.msg, STR_ARG(first));
    assert_int_equal(back.rule, RULE_ALWAYS_HS);
    assert_int_equal(back.group, 7);
    assert_int_equal(back.accounts, ACCOUNTS_BOTH);
    assert_int_equal(back.truncate, 255);
    assert_int_equal(back.rate, RATE_SALESFORCE);
    assert_true(back.allow_new_values);
    assert_true(str_eq(back.name[SIDE_HS], S("on")));
    assert_int_equal(back.table_count, LEN(odd));
    for (size_t i = 0; i < LEN(odd); i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            assert_true(str_eq(back.table[i].side[s], odd[i].side[s]));
    assert_true(str_eq(printed(l, &back), first));
}

static void the_plain_form(void **state)
{
    struct lab *l = *state;
    assert_true(str_eq(printed(l, &l->map[0]), S("    salesforce: Name\n"
                                                 "    hubspot: name\n"
                                                 "    rule: prefer_salesforce\n")));
}

static void bad_files_tell_line_and_column(void **state)
{
    struct lab *l = *state;
    static const struct {
        const char *text, *where;
    } bad[] = {
        {"- a\n", "line 1, column 1"},
        {"salesforce: A\nhubspot: a\nrule: newest\n", "line 3, column 7"},
        {"salesforce: A\nhubspot: a\ncolour: red\n", "line 3, column 9"},
        {"salesforce: A\nrule: none\n", "line 1, column 1"},
        {"salesforce: \" \"\nhubspot: a\n", "line 1, column 13"},
        {"salesforce: A\nhubspot: a\naddress: 256\n", "line 3, column 10"},
        {"salesforce: A\nhubspot: a\ntruncate: -1\n", "line 3, column 11"},
        {"salesforce: A\nhubspot: a\nrate: ecb\n", "line 3, column 7"},
        {"salesforce: A\nhubspot: a\nallow_new_values: maybe\n", "line 3, column 19"},
        {"salesforce: A\nhubspot: a\nvalues:\n  - [x]\n", "line 4, column 5"},
        {"salesforce: A\nhubspot: a\nvalues:\n  - [x, [y]]\n", "line 4, column 9"},
    };
    for (size_t i = 0; i < LEN(bad); i++) {
        struct yaml *y;
        struct mapping m;
        struct err e = {0};
        assert_true(yaml_parse(&l->a, str_from(bad[i].text), &y, &e));
        assert_false(mapping_read(&l->a, y, &m, &e));
        if (!strstr(e.msg, bad[i].where))
            fail_msg("%s: %s", bad[i].text, e.msg);
    }
}

static void tables_on_the_command_line(void **state)
{
    struct lab *l = *state;
    struct mapping m = {0};
    struct err e = {0};
    assert_true(mapping_table_read(&l->a, S(" Hot = HOT ;Cold=COLD; "), &m, &e));
    assert_int_equal(m.table_count, 2);
    assert_true(str_eq(m.table[0].side[SIDE_SF], S("Hot")));
    assert_true(str_eq(m.table[1].side[SIDE_HS], S("COLD")));
    assert_true(mapping_table_read(&l->a, S(""), &m, &e));
    assert_int_equal(m.table_count, 0);
    assert_false(mapping_table_read(&l->a, S("Hot"), &m, &e));
    assert_false(mapping_table_read(&l->a, S("=HOT"), &m, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refusals_name_both_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_that_write_read_only_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_kind_of_account_has_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_address_has_one_rule, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_hold_values_that_exist, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_translate_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_amount_goes_over_at_the_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_amounts_have_a_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_spellings_are_the_same_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(truncation_is_explicit_and_no_difference, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_active_values_are_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_of_the_portal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_fits_is_proposed, set_up, tear_down),
        cmocka_unit_test(the_most_used_first),
        cmocka_unit_test(a_record_type_by_any_name),
        cmocka_unit_test_setup_teardown(a_mapping_has_one_spelling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_plain_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_files_tell_line_and_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_on_the_command_line, set_up, tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
