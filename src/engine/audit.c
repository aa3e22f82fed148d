/* audit details: per written field its name, old and new value and the rule that decided, as JSON:
 * the audit outlives mappings, so it holds names and not positions. */
#include "engine/engine_p.h"
#include "text/json.h"

static void put_value(struct buf *b, const char *key, struct value v)
{
    buf_fmt(b, ",\"%s\":", key);
    if (v.state == VALUE_TEXT)
        json_quote(b, v.text);
    else
        buf_str(b, S("null"));
}

struct str audit_detail(struct arena *a, const struct mappings *m, const struct change *c,
                        enum side to)
{
    struct buf b;
    struct str out;
    buf_init(&b, 16 * MIB);
    buf_char(&b, '[');
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (f->to != to || f->refused)
            continue;
        buf_str(&b, b.n > 1 ? S(",{\"f\":") : S("{\"f\":"));
        json_quote(&b, m->map[f->map].name[to]);
        if (f->old.state == VALUE_TEXT)
            put_value(&b, "o", f->old);
        put_value(&b, "v", f->value);
        buf_fmt(&b, ",\"r\":\"%s\"%s}", f->rule, f->revert ? ",\"revert\":true" : "");
    }
    buf_char(&b, ']');
    out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

bool audit_fields(struct arena *a, struct str detail, struct audit_field **out, size_t *n)
{
    struct err ignored;
    yyjson_val *root, *item;
    yyjson_arr_iter it;
    *n = 0;
    if (!json_parse(a, detail, &root, &ignored) || !yyjson_is_arr(root))
        return false;
    *out = ARENA_ARRAY(a, struct audit_field, yyjson_arr_size(root));
    yyjson_arr_iter_init(root, &it);
    while ((item = yyjson_arr_iter_next(&it)))
        (*out)[(*n)++] = (struct audit_field){json_get(item, "f"), json_get(item, "o"),
                                              json_get(item, "v"), json_get(item, "r"),
                                              json_bool(yyjson_obj_get(item, "revert"), false)};
    return true;
}
