#include "model/mapping_text.h"

#include <string.h>

#include "text/unicode.h"

#define TRUNCATE_MAX 131072 /* characters: the longest Salesforce text (SF 7) */

/* ---- print ----------------------------------------------------------------------------------- */

static void key(struct buf *b, unsigned indent, const char *name)
{
    for (unsigned i = 0; i < indent; i++)
        buf_char(b, ' ');
    buf_fmt(b, "%s: ", name);
}

/* API names stand bare, values in double quotes. */
static void put_name(struct buf *b, struct str name)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n"};
    bool bare = name.n > 0 && (name.p[0] < '0' || name.p[0] > '9');
    for (size_t i = 0; bare && i < name.n; i++)
        bare = (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z') ||
               (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '_';
    for (size_t i = 0; bare && i < LEN(words); i++)
        bare = !str_eq_nocase(name, str_from(words[i]));
    if (bare)
        buf_str(b, name);
    else
        yaml_quote(b, name);
}

static void put_text(struct buf *b, unsigned indent, const char *name, struct str value)
{
    key(b, indent, name);
    yaml_quote(b, value);
    buf_char(b, '\n');
}

void mapping_print(struct buf *b, const struct mapping *m, unsigned indent)
{
    key(b, indent, "salesforce");
    put_name(b, m->name[SIDE_SF]);
    buf_char(b, '\n');
    key(b, indent, "hubspot");
    put_name(b, m->name[SIDE_HS]);
    buf_char(b, '\n');
    key(b, indent, "rule");
    buf_fmt(b, "%s\n", rule_name(m->rule));
    if (m->accounts != ACCOUNTS_BUSINESS) {
        key(b, indent, "for");
        buf_fmt(b, "%s\n", accounts_name(m->accounts));
    }
    if (m->group) {
        key(b, indent, "address");
        buf_fmt(b, "%u\n", m->group);
    }
    if (m->allow_new_values) {
        key(b, indent, "allow_new_values");
        buf_str(b, S("true\n"));
    }
    if (m->truncate) {
        key(b, indent, "truncate");
        buf_fmt(b, "%u\n", m->truncate);
    }
    if (m->rate != RATE_NONE) {
        key(b, indent, "rate");
        buf_fmt(b, "%s\n", rate_source_name(m->rate));
    }
    if (m->constant[SIDE_SF].n)
        put_text(b, indent, "constant_salesforce", m->constant[SIDE_SF]);
    if (m->constant[SIDE_HS].n)
        put_text(b, indent, "constant_hubspot", m->constant[SIDE_HS]);
    if (!m->table_count)
        return;
    key(b, indent, "values");
    b->n--; /* no blank at the line's end */
    buf_char(b, '\n');
    for (size_t i = 0; i < m->table_count; i++) {
        for (unsigned k = 0; k < indent; k++)
            buf_char(b, ' ');
        buf_str(b, S("  - ["));
        yaml_quote(b, m->table[i].side[SIDE_SF]);
        buf_str(b, S(", "));
        yaml_quote(b, m->table[i].side[SIDE_HS]);
        buf_str(b, S("]\n"));
    }
}

/* ---- read ------------------------------------------------------------------------------------ */

static bool wrong(const struct yaml *y, struct err *e, const char *what)
{
    err_set(e, ERR_USAGE, "mapping_file", "line %zu, column %zu: %s", y->line, y->column, what);
    return err_rule(e, "S6.7");
}

static bool read_text(struct arena *a, const struct yaml *y, struct str *out, struct err *e)
{
    if (y->kind != YAML_TEXT)
        return wrong(y, e, "a text is expected here");
    *out = text_normal(a, str_trim(y->text)); /* as values are compared (S5.1) */
    return out->n > 0 || wrong(y, e, "the text is blank");
}

static bool read_number(const struct yaml *y, int64_t max, int64_t *out, struct err *e)
{
    if (y->kind == YAML_TEXT && str_to_i64(y->text, out) && *out >= 0 && *out <= max)
        return true;
    return wrong(y, e, "a whole number is expected here, and not so large a one");
}

static bool read_bool(const struct yaml *y, bool *out, struct err *e)
{
    *out = y->kind == YAML_TEXT && str_eq(y->text, S("true"));
    return *out || (y->kind == YAML_TEXT && str_eq(y->text, S("false"))) ||
           wrong(y, e, "true or false is expected here");
}

static bool read_table(struct arena *a, const struct yaml *y, struct mapping *m, struct err *e)
{
    if (y->kind != YAML_LIST)
        return wrong(y, e, "a list of [salesforce, hubspot] pairs is expected here");
    m->table = ARENA_ARRAY(a, struct value_pair, y->count);
    for (size_t i = 0; i < y->count; i++) {
        const struct yaml *pair = y->child[i];
        if (pair->kind != YAML_LIST || pair->count != 2)
            return wrong(pair, e,
                         "a pair is expected here: [\"Salesforce value\", \"HubSpot value\"]");
        if (!read_text(a, pair->child[0], &m->table[i].side[SIDE_SF], e) ||
            !read_text(a, pair->child[1], &m->table[i].side[SIDE_HS], e))
            return false;
    }
    m->table_count = y->count;
    return true;
}

static bool read_member(struct arena *a, struct str name, const struct yaml *y, struct mapping *m,
                        struct err *e)
{
    int64_t n = 0;
    if (str_eq(name, S("salesforce")))
        return read_text(a, y, &m->name[SIDE_SF], e);
    if (str_eq(name, S("hubspot")))
        return read_text(a, y, &m->name[SIDE_HS], e);
    if (str_eq(name, S("rule")))
        return (y->kind == YAML_TEXT && rule_from_name(y->text, &m->rule)) ||
               wrong(y, e,
                     "the rule is one of prefer_salesforce, always_salesforce, two_way, none,"
                     " prefer_hubspot, always_hubspot");
    if (str_eq(name, S("for")))
        return (y->kind == YAML_TEXT && accounts_from_name(y->text, &m->accounts)) ||
               wrong(y, e, "a mapping is for business, person or both accounts");
    if (str_eq(name, S("address"))) {
        bool ok = read_number(y, UINT8_MAX, &n, e);
        m->group = (uint8_t)n;
        return ok;
    }
    if (str_eq(name, S("allow_new_values")))
        return read_bool(y, &m->allow_new_values, e);
    if (str_eq(name, S("truncate"))) {
        bool ok = read_number(y, TRUNCATE_MAX, &n, e);
        m->truncate = (uint32_t)n;
        return ok;
    }
    if (str_eq(name, S("rate")))
        return (y->kind == YAML_TEXT && rate_source_from_name(y->text, &m->rate)) ||
               wrong(y, e, "the source of rates is salesforce (the org's CurrencyType) or none");
    if (str_eq(name, S("constant_salesforce")))
        return read_text(a, y, &m->constant[SIDE_SF], e);
    if (str_eq(name, S("constant_hubspot")))
        return read_text(a, y, &m->constant[SIDE_HS], e);
    if (str_eq(name, S("values")))
        return read_table(a, y, m, e);
    wrong(y, e,
          "a mapping has salesforce, hubspot, rule, for, address, allow_new_values, truncate,"
          " rate, constant_salesforce, constant_hubspot and values, and nothing else");
    return err_subject(e, str_slice(name, 0, 60));
}

bool mapping_read(struct arena *a, const struct yaml *y, struct mapping *out, struct err *e)
{
    *out = (struct mapping){.rule = RULE_PREFER_SF, /* B3.33 */
                            .scale = -1,
                            .meta = {{.type = FIELD_OTHER}, {.type = FIELD_OTHER}}};
    if (y->kind != YAML_MAP)
        return wrong(y, e, "a mapping is expected here: salesforce: Field, hubspot: property, ...");
    for (size_t i = 0; i < y->count; i++)
        if (!read_member(a, y->key[i], y->child[i], out, e))
            return false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (!out->name[s].n)
            return wrong(y, e,
                         s == SIDE_SF ? "the mapping names no Salesforce field"
                                      : "the mapping names no HubSpot property");
    return true;
}

bool mapping_table_read(struct arena *a, struct str text, struct mapping *m, struct err *e)
{
    struct str pair, sf;
    m->table = ARENA_ARRAY(a, struct value_pair, str_count(text, ';') + 1);
    m->table_count = 0;
    while (str_cut(&text, ';', &pair)) {
        struct str rest = pair;
        if (!str_trim(pair).n)
            continue;
        bool two = str_cut(&rest, '=', &sf) && str_trim(sf).n && str_trim(rest).n;
        if (!two) {
            err_set(e, ERR_USAGE, "mapping_value", "\"%.*s\" is not SALESFORCE=HUBSPOT",
                    STR_ARG(str_slice(str_trim(pair), 0, 60)));
            err_rule(e, "S6.3");
            return err_hint(e, "a value table is written \"Hot=HOT; Cold=COLD\"; values with = or ;"
                               " in them go through `tandem mapping export` and `import`");
        }
        m->table[m->table_count++] =
            (struct value_pair){{text_normal(a, str_trim(sf)), text_normal(a, str_trim(rest))}};
    }
    return true;
}
