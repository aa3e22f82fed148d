/* sf_value: a record's fields as the services print them (SF 3, 10.2). */
#include <string.h>

#include "sandbox/world/sf.h"
#include "text/json.h"

static void two(char *p, int n)
{
    p[0] = (char)('0' + n / 10);
    p[1] = (char)('0' + n % 10);
}

/* YYYY-MM-DDTHH:MM:SS, 19 characters; years 1970 to 9999. */
static void put_seconds(char *p, int64_t ms)
{
    int64_t seconds = ms / 1000, days = seconds / 86400, rest = seconds % 86400;
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9), year = (int)(yoe + era * 400) + (month <= 2);
    two(p, year / 100);
    two(p + 2, year % 100);
    p[4] = '-';
    two(p + 5, month);
    p[7] = '-';
    two(p + 8, (int)(doy - (153 * mp + 2) / 5 + 1));
    p[10] = 'T';
    two(p + 11, (int)(rest / 3600));
    p[13] = ':';
    two(p + 14, (int)(rest / 60 % 60));
    p[16] = ':';
    two(p + 17, (int)(rest % 60));
}

struct str sf_stamp(struct arena *a, int64_t ms)
{
    char *p = arena_bytes(a, 28);
    put_seconds(p, ms);
    memcpy(p + 19, ".000+0000", 9);
    return (struct str){p, 28};
}

static struct str id_of(struct sf_org *o, enum world_type t, uint64_t number, struct arena *a)
{
    char *p = arena_bytes(a, 32);
    return world_id(o->world, t, number, p);
}

static struct str full_name(struct sf_org *o, const struct sf_object *obj,
                            const struct world_record *r, struct arena *a)
{
    struct str first = world_get(o->world, obj->type, r, a, S("FirstName"));
    struct str last = world_get(o->world, obj->type, r, a, S("LastName"));
    if (!first.n)
        return last.n ? last : STR_NONE;
    return str_fmt(a, "%.*s%s%.*s", STR_ARG(first), last.n ? " " : "", STR_ARG(last));
}

struct str sf_get(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                  const struct world_record *r, struct arena *a)
{
    struct str v;
    switch (f->system) {
    case SYS_ID:
        return id_of(o, obj->type, r->number, a);
    case SYS_DELETED:
        return r->archived_ms ? S("true") : S("false");
    case SYS_MASTER:
        return r->merged_into ? id_of(o, obj->type, r->merged_into - 1, a) : STR_NONE;
    case SYS_CREATED:
        return sf_stamp(a, r->created_ms);
    case SYS_EDITED:
        return sf_stamp(a, r->edited_ms);
    case SYS_STAMP:
        return sf_stamp(a, r->modified_ms);
    case SYS_CREATED_BY:
        return id_of(o, W_USER, r->created_by, a);
    case SYS_EDITED_BY:
        return id_of(o, W_USER, r->edited_by, a);
    case SYS_FULL_NAME:
        return full_name(o, obj, r, a);
    case SYS_BILLING:
    case SYS_SHIPPING:
    case SYS_MAILING:
    case SYS_ADDRESS:
        return STR_NONE;
    case SYS_NONE:
    case SYS_OWNER:
    case SYS_RECORD_TYPE:
        break;
    }
    v = world_get_at(o->world, obj->type, r, a, f->column);
    if (v.n)
        return v;
    if (f->system == SYS_OWNER)
        return id_of(o, W_USER, r->created_by, a);
    if (o->currencies && f->options == o->currencies)
        return o->corporate;
    return f->kind == SF_BOOL ? S("false") : STR_NONE;
}

/* As Java prints a double: 12.0, 1234567.5, 3.5E8. The stored text is a plain decimal. */
static void put_double(struct buf *b, struct str v)
{
    char digit[80] = "0";
    size_t n = 0, whole = 0, i = v.n && v.p[0] == '-';
    bool point = false;
    for (; i < v.n && n < sizeof(digit); i++) {
        if (v.p[i] == '.') {
            point = true;
            continue;
        }
        digit[n++] = v.p[i];
        whole += !point;
    }
    if (v.n && v.p[0] == '-')
        buf_char(b, '-');
    if (whole <= 7) {
        buf_add(b, digit, whole);
        buf_char(b, '.');
        if (n > whole)
            buf_add(b, digit + whole, n - whole);
        else
            buf_char(b, '0');
        return;
    }
    while (n > 1 && digit[n - 1] == '0')
        n--;
    buf_char(b, digit[0]);
    buf_char(b, '.');
    if (n > 1)
        buf_add(b, digit + 1, n - 1);
    else
        buf_char(b, '0');
    buf_fmt(b, "E%zu", whole - 1);
}

static void put_address(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                        const struct world_record *r, struct arena *a, struct buf *b)
{
    static const char *const parts[][2] = {{"city", "City"},           {"country", "Country"},
                                           {"geocodeAccuracy", NULL},  {"latitude", "Latitude"},
                                           {"longitude", "Longitude"}, {"postalCode", "PostalCode"},
                                           {"state", "State"},         {"street", "Street"}};
    struct str prefix = str_slice(str_from(f->name), 0, strlen(f->name) - 7), v[LEN(parts)];
    bool any = false;
    for (size_t i = 0; i < LEN(parts); i++) {
        struct sf_field *part = NULL;
        if (parts[i][1])
            part = sf_field_any(obj, str_fmt(a, "%.*s%s", STR_ARG(prefix), parts[i][1]));
        v[i] = part ? sf_get(o, obj, part, r, a) : STR_NONE;
        any = any || v[i].n;
    }
    if (!any) {
        buf_str(b, S("null"));
        return;
    }
    for (size_t i = 0; i < LEN(parts); i++) {
        buf_fmt(b, "%c\"%s\":", i ? ',' : '{', parts[i][0]);
        if (!v[i].p)
            buf_str(b, S("null"));
        else if (parts[i][0][0] == 'l')
            buf_str(b, v[i]);
        else
            json_quote(b, v[i]);
    }
    buf_char(b, '}');
}

void sf_put_json(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                 const struct world_record *r, struct arena *a, struct buf *b)
{
    if (f->kind == SF_OBJECT) {
        put_address(o, obj, f, r, a, b);
        return;
    }
    struct str v = sf_get(o, obj, f, r, a);
    if (!v.p)
        buf_str(b, S("null"));
    else if (f->kind == SF_NUMBER)
        put_double(b, v);
    else if (f->kind == SF_INT || f->kind == SF_BOOL)
        buf_str(b, v);
    else
        json_quote(b, v);
}

void sf_put_csv(struct sf_org *o, const struct sf_object *obj, const struct sf_field *f,
                const struct world_record *r, struct arena *a, struct buf *b)
{
    struct str v = sf_get(o, obj, f, r, a);
    buf_char(b, '"');
    if (f->kind == SF_DATETIME && v.n > 5) {
        buf_add(b, v.p, v.n - 5); /* bulk says Z */
        buf_char(b, 'Z');
    } else if ((f->kind == SF_NUMBER || f->kind == SF_INT) && v.n) {
        put_double(b, v); /* integers too: T20 */
    } else if (v.n && memchr(v.p, '"', v.n)) {
        for (size_t i = 0; i < v.n; i++) {
            if (v.p[i] == '"')
                buf_char(b, '"');
            buf_char(b, v.p[i]);
        }
    } else {
        buf_str(b, v);
    }
    buf_char(b, '"');
}

struct world_record *sf_live(struct sf_org *o, const struct sf_object *obj, struct str id)
{
    struct world_record *r = world_find(o->world, obj->type, id);
    return r && !r->archived_ms ? r : NULL;
}
