/* validations: what the portal's own rules ask of a property's values (H9.12), as far as they can
 * be held against a value here: lengths and ranges of numbers. The others are left to HubSpot. */
#include <stdlib.h>

#include "crm/hubspot/hs_p.h"
#include "text/decimal.h"

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
        yyjson_arr_iter_init(yyjson_obj_get(p, "propertyValidationRules"), &it);
        while (f && (rule = yyjson_arr_iter_next(&it)))
            take_rule(a, f, rule);
    }
    return true;
}
