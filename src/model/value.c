#include "model/value.h"

#include <stdlib.h>
#include <string.h>

#include "text/decimal.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"

#define SET_MAX 512 /* chosen values of one multi-select; more are kept as one text */

const char *field_type_name(enum field_type t)
{
    static const char *const names[FIELD_TYPE_COUNT] = {
        [FIELD_TEXT] = "text",         [FIELD_TEXTAREA] = "long text",
        [FIELD_NUMBER] = "number",     [FIELD_BOOL] = "checkbox",
        [FIELD_DATE] = "date",         [FIELD_DATETIME] = "date and time",
        [FIELD_PICKLIST] = "picklist", [FIELD_MULTI] = "multi-select",
        [FIELD_URL] = "url",           [FIELD_PHONE] = "phone",
        [FIELD_EMAIL] = "email",       [FIELD_REFERENCE] = "lookup",
        [FIELD_OWNER] = "owner",       [FIELD_OTHER] = "other",
    };
    return names[t];
}

const struct field *schema_find(const struct schema *s, struct str name)
{
    size_t lo = 0, hi = s->count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = str_cmp(s->field[mid].name, name);
        if (c == 0)
            return &s->field[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (size_t i = 0; i < s->count; i++) /* SF 3: names are compared without case */
        if (str_eq_nocase(s->field[i].name, name))
            return &s->field[i];
    return NULL;
}

struct value value_text(struct str s)
{
    return s.n ? (struct value){VALUE_TEXT, s} : VALUE_EMPTY;
}

bool value_eq(const struct value *a, const struct value *b)
{
    return a->state == b->state && (a->state != VALUE_TEXT || str_eq(a->text, b->text));
}

struct value value_dup(struct arena *a, struct value v)
{
    if (v.state == VALUE_TEXT)
        v.text = str_dup(a, v.text);
    return v;
}

/* Several values are a set (H10.4, B3.45): trimmed, sorted, each once. */
static struct str set_canonical(struct arena *a, struct str wire)
{
    struct str item[SET_MAX], part;
    size_t n = 0, bytes = 0;
    struct str rest = wire;
    while (str_cut(&rest, ';', &part)) {
        part = str_trim(part);
        if (part.n == 0)
            continue;
        if (n == SET_MAX)
            return wire;
        item[n++] = part;
        bytes += part.n + 1;
    }
    n = str_once(item, n);
    char *out = arena_bytes(a, bytes + 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (at > 0)
            out[at++] = ';';
        memcpy(out + at, item[i].p, item[i].n);
        at += item[i].n;
    }
    return (struct str){out, at};
}

static struct str or_else(struct str parsed, struct str wire)
{
    return parsed.p ? parsed : wire; /* what does not fit its type is what the service holds */
}

struct value value_canonical(struct arena *a, enum field_type type, struct str wire)
{
    struct str s = str_trim(wire);
    if (s.n == 0)
        return VALUE_EMPTY;
    int64_t ms;
    switch (type) {
    case FIELD_BOOL:
        if (str_eq_nocase(s, S("true")))
            return value_text(S("true"));
        return str_eq_nocase(s, S("false")) ? VALUE_EMPTY : value_text(s);
    case FIELD_NUMBER:
        return value_text(or_else(decimal_canonical(a, s, -1), s));
    case FIELD_DATE:
        return value_text(iso_parse_ms(s, &ms) ? iso_date(a, ms) : s);
    case FIELD_DATETIME:
        return value_text(iso_parse_ms(s, &ms) ? iso_ms(a, ms) : s);
    case FIELD_MULTI:
        return value_text(set_canonical(a, s));
    case FIELD_REFERENCE:
        return value_text(or_else(sfid18(a, s), s));
    case FIELD_URL: /* URLs and ids are compared as such (S5.1) */
    case FIELD_OWNER:
        return value_text(s);
    default:
        return value_text(text_normal(a, s));
    }
}

const struct record_type *schema_record_type(const struct schema *s, struct str text)
{
    const struct record_type *labelled = NULL;
    for (size_t i = 0; i < s->record_types; i++) {
        const struct record_type *t = &s->record_type[i];
        if (str_eq_nocase(t->name, text) || str_eq(t->id, text) ||
            (text.n == 15 && str_eq(str_slice(t->id, 0, 15), text)))
            return t;
        if (!labelled && str_eq_nocase(t->label, text))
            labelled = t;
    }
    return labelled;
}
