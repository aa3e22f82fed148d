#include "text/json.h"

#include <stdarg.h>
#include <string.h>

/* yyjson asks for one block and grows or shrinks it; an arena frees nothing one by one. */

static void *aligned(struct arena *a, size_t size)
{
    char *p = arena_bytes(a, size + 15);
    return (void *)(((uintptr_t)p + 15) & ~(uintptr_t)15);
}

static void *alc_aligned(void *ctx, size_t size)
{
    return aligned(ctx, size);
}

static void *alc_realloc(void *ctx, void *old, size_t old_size, size_t size)
{
    if (size <= old_size)
        return old;
    void *p = aligned(ctx, size);
    memcpy(p, old, old_size);
    return p;
}

static void alc_free(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

static yyjson_alc alc_of(struct arena *a)
{
    return (yyjson_alc){alc_aligned, alc_realloc, alc_free, a};
}

/* Behind the quote that ends a string; `p` stands behind the one that begins it. */
static const char *string_end(const char *p, const char *end)
{
    const char *quote;
    while ((quote = memchr(p, '"', (size_t)(end - p)))) {
        const char *escapes = quote;
        while (escapes > p && escapes[-1] == '\\')
            escapes--;
        p = quote + 1;
        if ((quote - escapes) % 2 == 0)
            return p;
    }
    return end;
}

/* yyjson parses without recursion, but readers of the tree may not: deep nesting is an attack. */
static bool too_deep(struct str text)
{
    int depth = 0;
    if (text.n == 0)
        return false;
    const char *p = text.p, *end = p + text.n;
    while (p < end && depth <= JSON_DEPTH_MAX) {
        char c = *p++;
        if (c == '"')
            p = string_end(p, end);
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
    }
    return depth > JSON_DEPTH_MAX;
}

bool json_parse(struct arena *a, struct str text, yyjson_val **root, struct err *e)
{
    yyjson_alc alc = alc_of(a);
    yyjson_read_err why;
    if (too_deep(text))
        return err_set(e, ERR_INTERNAL, "json", "JSON nested deeper than %d", JSON_DEPTH_MAX);
    yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)(text.p ? text.p : ""), text.n,
                                       YYJSON_READ_NUMBER_AS_RAW, &alc, &why);
    if (!doc)
        return err_set(e, ERR_INTERNAL, "json", "not JSON: %s at byte %zu", why.msg, why.pos);
    *root = yyjson_doc_get_root(doc);
    return true;
}

struct str json_str(yyjson_val *v)
{
    if (yyjson_is_str(v))
        return (struct str){yyjson_get_str(v), yyjson_get_len(v)};
    if (yyjson_is_raw(v))
        return (struct str){yyjson_get_raw(v), yyjson_get_len(v)};
    return STR_NONE;
}

struct str json_get(yyjson_val *obj, const char *key)
{
    return json_str(yyjson_obj_get(obj, key));
}

int64_t json_i64(yyjson_val *v, int64_t fallback)
{
    int64_t n;
    return str_to_i64(json_str(v), &n) ? n : fallback;
}

bool json_bool(yyjson_val *v, bool fallback)
{
    if (yyjson_is_bool(v))
        return yyjson_get_bool(v);
    struct str s = json_str(v);
    if (str_eq(s, S("true")))
        return true;
    return str_eq(s, S("false")) ? false : fallback;
}

yyjson_val *json_at(yyjson_val *obj, ...)
{
    va_list ap;
    const char *key;
    va_start(ap, obj);
    while (obj && (key = va_arg(ap, const char *)))
        obj = yyjson_obj_get(obj, key);
    va_end(ap);
    return obj;
}

yyjson_mut_doc *json_new(struct arena *a)
{
    yyjson_alc *alc = ARENA_NEW(a, yyjson_alc);
    *alc = alc_of(a);
    return yyjson_mut_doc_new(alc);
}

yyjson_mut_doc *json_object(struct arena *a, yyjson_mut_val **root)
{
    yyjson_mut_doc *d = json_new(a);
    *root = yyjson_mut_obj(d);
    yyjson_mut_doc_set_root(d, *root);
    return d;
}

yyjson_mut_val *json_mstr(yyjson_mut_doc *d, struct str s)
{
    return s.p ? yyjson_mut_strn(d, s.p, s.n) : yyjson_mut_null(d);
}

void json_put(yyjson_mut_doc *d, yyjson_mut_val *obj, const char *key, struct str s)
{
    yyjson_mut_obj_add(obj, yyjson_mut_str(d, key), json_mstr(d, s));
}

static struct str print(struct arena *a, yyjson_mut_doc *d, yyjson_write_flag flags)
{
    yyjson_alc alc = alc_of(a);
    size_t n = 0;
    char *text =
        yyjson_mut_write_opts(d, flags | YYJSON_WRITE_ALLOW_INVALID_UNICODE, &alc, &n, NULL);
    return text ? (struct str){text, n} : S("null");
}

struct str json_print(struct arena *a, yyjson_mut_doc *d)
{
    return print(a, d, 0);
}

struct str json_print_pretty(struct arena *a, yyjson_mut_doc *d)
{
    return print(a, d, YYJSON_WRITE_PRETTY_TWO_SPACES);
}

void json_quote(struct buf *b, struct str s)
{
    size_t plain = 0;
    buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, s.p + plain, i - plain);
        plain = i + 1;
        if (c == '"' || c == '\\')
            buf_fmt(b, "\\%c", c);
        else if (c == '\n')
            buf_str(b, S("\\n"));
        else
            buf_fmt(b, "\\u%04x", c);
    }
    buf_add(b, s.p + plain, s.n - plain);
    buf_char(b, '"');
}
