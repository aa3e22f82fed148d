/* Records, mappings, filters and what the store keeps of them. */
#include "base/buf.h"
#include "base/limits.h"
#include "engine/engine_p.h"
#include "model/filter.h"
#include "model/mapping_text.h"
#include "model/pack.h"
#include "model/settings.h"
#include "test/fuzz/fuzz.h"

static void one_values(struct arena *a, struct str in)
{
    struct mappings m;
    struct buf b;
    mappings_default(a, &m);
    struct value *value = ARENA_ARRAY(a, struct value, m.count);
    struct value *again = ARENA_ARRAY(a, struct value, m.count);
    (void)values_same(in, in);
    if (!values_unpack(in, &m, value))
        return;
    buf_init(&b, 16 * MIB);
    values_pack(&b, &m, value);
    fuzz_must(values_unpack(buf_view(&b), &m, again), "packed values cannot be unpacked");
    for (size_t i = 0; i < m.count; i++)
        fuzz_must(value_eq(&value[i], &again[i]), "a packed value is another");
    buf_release(&b);
}

static void one_value(struct arena *a, struct str in)
{
    for (enum field_type t = 0; t < FIELD_TYPE_COUNT; t++) {
        struct value v = value_canonical(a, t, in);
        if (v.state != VALUE_TEXT)
            continue;
        struct value again = value_canonical(a, t, v.text);
        fuzz_must(value_eq(&v, &again), "a canonical value is not");
    }
}

static void one_intents(struct arena *a, struct str in)
{
    struct intent i;
    bool ok = true;
    size_t left = in.n;
    while (intent_next(a, &in, &i, &ok)) {
        fuzz_must(in.n < left, "an intent of no bytes");
        left = in.n;
    }
}

static void one_mapping(struct arena *a, struct str in)
{
    struct yaml *y;
    struct mapping m, again;
    struct err e;
    struct buf b;
    if (!yaml_parse(a, in, &y, &e) || !mapping_read(a, y, &m, &e))
        return;
    buf_init(&b, MIB);
    mapping_print(&b, &m, 0);
    struct str first = str_dup(a, buf_view(&b));
    fuzz_must(yaml_parse(a, first, &y, &e) && mapping_read(a, y, &again, &e),
              "a printed mapping is none");
    buf_clear(&b);
    mapping_print(&b, &again, 0);
    fuzz_must(str_eq(first, buf_view(&b)), "a mapping has two spellings");
    buf_release(&b);
}

static void one_table(struct arena *a, struct str in)
{
    struct mapping m = {.rule = RULE_TWO_WAY, .scale = -1};
    struct err e;
    (void)!mapping_table_read(a, in, &m, &e);
}

static void one_filter(struct arena *a, struct str in)
{
    static const struct field_option option[] = {{SEED("Customer"), SEED("A customer"), true}};
    static const struct field field[] = {
        {.name = SEED("Active__c"), .type = FIELD_BOOL, .readable = true, .filterable = true},
        {.name = SEED("CreatedDate"), .type = FIELD_DATETIME, .readable = true, .filterable = true},
        {.name = SEED("Name"), .type = FIELD_TEXT, .readable = true, .filterable = true},
        {.name = SEED("NumberOfEmployees"), .type = FIELD_NUMBER, .readable = true},
        {.name = SEED("Type"),
         .type = FIELD_PICKLIST,
         .readable = true,
         .option = (struct field_option *)(uintptr_t)option,
         .options = 1},
    };
    const struct schema schema = {.field = (struct field *)(uintptr_t)field, .count = LEN(field)};
    struct filter f, again;
    struct mappings m;
    struct err e;
    if (!filter_parse(a, in, &f, &e))
        return;
    bool checked = filter_check(a, &f, &schema, &e);
    if (!checked)
        return;
    struct str text = filter_print(a, &f);
    fuzz_must(filter_parse(a, text, &again, &e) && filter_check(a, &again, &schema, &e) &&
                  str_eq(filter_print(a, &again), text),
              "a printed filter is another");
    mappings_default(a, &m);
    filter_bind(&f, &m);
    struct value *value = ARENA_ARRAY(a, struct value, m.count);
    for (size_t i = 0; i < m.count; i++)
        value[i] = value_text(S("Customer 1"));
    (void)filter_eval(a, &f, value);
}

static void one_setting(struct arena *a, struct str in)
{
    struct str rest = in, name;
    struct settings s;
    struct err e;
    settings_default(&s);
    if (!str_cut(&rest, '=', &name) || !settings_set(&s, name, rest, &e))
        return;
    struct str text = settings_get(a, &s, name);
    fuzz_must(settings_set(&s, name, text, &e), "a setting's own text is refused");
    fuzz_must(str_eq(settings_get(a, &s, name), text), "a setting is another");
}

#define SEEDS(name, ...) static const struct str name[] = {__VA_ARGS__}

SEEDS(values,
      SEED("\x01\x05"
           "Acme \x02\x10"
           "https://acme.com\x03\x01\x04\x04"
           "+31"),
      SEED("\x05\x80\x01"));
SEEDS(value, SEED("2026-11-23T16:24:09.123Z"), SEED("1.0E7"), SEED("b;a;;B"), SEED("true"),
      SEED(" A \r\n B "),
      SEED("Gr\xc3\xbc\xc3\x9f"
           "e\xe2\x80\x9c"),
      SEED("1795451049000"), SEED("0015e00001abcDE"));
SEEDS(intents,
      SEED("\x01\x00\x00\x01\x02\x12"
           "0015e00001abcDEAAZ\x00\x04"
           "abcd\x00\x01\x01\x02S5.3"),
      SEED("\x00"));
SEEDS(mapping,
      SEED("salesforce: Type\nhubspot: type\nrule: two_way\ntable:\n  Customer: CUSTOMER\n"
           "  'P, Q': \"r\"\n"),
      SEED("salesforce: Name\nhubspot: name\nrule: prefer_salesforce\ntruncate: true\n"),
      SEED("salesforce: [Street, City]\nconstant: x\n"));
SEEDS(table, SEED("A=B; C=D"), SEED("=;;=x"));
SEEDS(filter,
      SEED("Name contains 'a' and not (Type in ('Customer', 'x''y') or NumberOfEmployees >= 1.5)"),
      SEED("CreatedDate > 2026-01-01 or Active__c = true"), SEED("((((Name starts 'A'))))"));
SEEDS(setting, SEED("sweep_age=24h"), SEED("create_max=500"), SEED("company_sync=on"),
      SEED("on_delete=delete"));

#define TARGET(name)                                                                               \
    {                                                                                              \
#name, one_##name, name, LEN(name)                                                         \
    }
const struct fuzz_target fuzz_model[] = {TARGET(values),  TARGET(value), TARGET(intents),
                                         TARGET(mapping), TARGET(table), TARGET(filter),
                                         TARGET(setting), {NULL}};
