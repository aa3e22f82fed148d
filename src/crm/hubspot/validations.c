/* validations: what the portal's own rules ask of a property's values (H9.12), as far as they can
 * be held against a value here with certainty (model/field_check.h). Left to HubSpot are rules
 * whose meaning nobody tells exactly (SPECIAL_CHARACTERS, CAPITALIZATION, ALPHANUMERIC of that very
 * argument, PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE), those that count from the present moment
 * (..._DURATION), and every rule of a text that is normalised before it is judged. */
#include <stdlib.h>

#include "crm/hubspot/hs_p.h"
#include "text/decimal.h"
#include "text/pattern.h"

#define VERSION "2026-03" /* of this path (H9.12) */

static struct field *field_of(struct schema *s, struct str name)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = str_cmp(s->field[mid].name, name);
        if (c == 0)
            return &s->field[mid];
        low = c < 0 ? mid + 1 : low;
        high = c < 0 ? high : mid;
    }
    return NULL;
}

/* Rules that become checks; `argument` NULL = whatever it is. */
static const struct {
    const char *rule, *argument;
    enum check_kind kind;
    bool of_text, wants; /* a normalised text is judged there; it is none without an argument */
} known[] = {
    {"DECIMAL", NULL, CHECK_DECIMALS, false, true},
    {"START_DATE", NULL, CHECK_FIRST_DAY, false, true},
    {"END_DATE", NULL, CHECK_LAST_DAY, false, true},
    {"START_DATETIME", NULL, CHECK_FIRST_MOMENT, false, true},
    {"END_DATETIME", NULL, CHECK_LAST_MOMENT, false, true},
    {"DAYS_OF_WEEK", NULL, CHECK_WEEKDAYS, false, true},
    {"ALPHANUMERIC", "NUMERIC_ONLY", CHECK_NO_LETTERS, true, true},
    {"ALPHANUMERIC", "ALPHA_ONLY", CHECK_NO_DIGITS, true, true},
    {"FORMAT", "UPPER", CHECK_UPPER, true, true},
    {"FORMAT", "LOWER", CHECK_LOWER, true, true},
    {"WHITESPACE", "", CHECK_NO_BLANKS, true, false},
    {"WHITESPACE", "ALL", CHECK_NO_BLANKS, true, false}, /* TRIM: every value of ours is */
    {"EMAIL", NULL, CHECK_EMAIL, true, false},
    {"EMAIL_ALLOWED_DOMAINS", NULL, CHECK_EMAIL_AMONG, true, true},
    {"EMAIL_BLOCKED_DOMAINS", NULL, CHECK_EMAIL_NOT, true, true},
    {"URL", NULL, CHECK_URL, true, false},
    {"URL_ALLOWED_DOMAINS", NULL, CHECK_URL_AMONG, true, true},
    {"URL_BLOCKED_DOMAINS", NULL, CHECK_URL_NOT, true, true},
    {"DOMAIN", NULL, CHECK_DOMAIN, true, false},
    {"REGEX", NULL, CHECK_PATTERN, true, true},
};

static void take_check(struct arena *a, struct field *f, yyjson_val *rule)
{
    struct str type = json_get(rule, "ruleType");
    yyjson_val *list = yyjson_obj_get(rule, "ruleArguments"), *v;
    struct str first = json_str(yyjson_arr_get_first(list));
    bool changed = json_bool(yyjson_obj_get(rule, "shouldApplyNormalization"), false);
    yyjson_arr_iter it;
    for (size_t i = 0; i < LEN(known); i++) {
        bool is = str_eq(type, str_from(known[i].rule));
        const char *argument = known[i].argument;
        if (!is || (argument && !str_eq(first, str_from(argument))) ||
            (known[i].wants && !first.n) || (known[i].of_text && changed))
            continue;
        struct field_check *c = &f->check[f->checks++];
        *c = (struct field_check){.kind = known[i].kind,
                                  .name = type,
                                  .argument = ARENA_ARRAY(a, struct str, yyjson_arr_size(list))};
        yyjson_arr_iter_init(list, &it);
        while ((v = yyjson_arr_iter_next(&it)))
            c->argument[c->arguments++] = json_str(v);
        if (c->kind == CHECK_PATTERN)
            c->pattern = pattern_compile(a, first);
        return;
    }
}

static void take_rule(struct arena *a, struct field *f, yyjson_val *rule)
{
    struct str type = json_get(rule, "ruleType");
    yyjson_val *first = yyjson_arr_get_first(yyjson_obj_get(rule, "ruleArguments"));
    struct str argument = json_str(first);
    struct str number = argument.n ? decimal_canonical(a, argument, -1) : STR_NONE;
    int64_t n = 0;
    bool whole = str_to_i64(argument, &n) && n > 0 && n <= UINT32_MAX;
    if (str_eq(type, S("MAX_LENGTH")) && whole)
        f->length = f->length ? MIN(f->length, (uint32_t)n) : (uint32_t)n;
    else if (str_eq(type, S("MIN_LENGTH")) && whole)
        f->least_length = (uint32_t)n;
    else if (str_eq(type, S("MIN_NUMBER")))
        f->least = number;
    else if (str_eq(type, S("MAX_NUMBER")))
        f->most = number;
    else
        take_check(a, f, rule);
}

bool hs_validations(struct hubspot *hs, struct arena *a, struct schema *s, struct err *e)
{
    yyjson_val *root, *p, *rule;
    yyjson_arr_iter of, it;
    struct http_exchange x = {
        .req = {.path = S("/crm/property-validations/" VERSION "/companies"), .repeatable = true}};
    if (!hs_call(hs, a, &x, &root, e)) {
        bool of_place = e->kind != ERR_REJECTED && e->kind != ERR_REFUSED;
        if (!of_place) /* an older portal, or a token that may not: HubSpot itself checks */
            log_warn(hs->log, "the portal's validation rules cannot be read: %s", e->msg);
        return !of_place;
    }
    yyjson_arr_iter_init(yyjson_obj_get(root, "results"), &of);
    while ((p = yyjson_arr_iter_next(&of))) {
        struct field *f = field_of(s, json_get(p, "propertyName"));
        yyjson_val *rules = yyjson_obj_get(p, "propertyValidationRules");
        if (!f || f->check)
            continue; /* not ours; or named again: the first says what it asks */
        f->check = ARENA_ARRAY(a, struct field_check, yyjson_arr_size(rules));
        yyjson_arr_iter_init(rules, &it);
        while ((rule = yyjson_arr_iter_next(&it)))
            take_rule(a, f, rule);
    }
    return true;
}
