#include "text/yaml.h"

#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 16

struct builder {
    struct arena *a;
    yaml_parser_t parser;
    struct err *e;
};

static bool fail(struct builder *b, yaml_mark_t at, const char *why)
{
    return err_set(b->e, ERR_CONFIG, "yaml", "line %zu, column %zu: %s", at.line + 1, at.column + 1,
                   why);
}

static bool next(struct builder *b, yaml_event_t *ev)
{
    if (yaml_parser_parse(&b->parser, ev))
        return true;
    return fail(b, b->parser.problem_mark,
                b->parser.problem ? b->parser.problem : "cannot be read");
}

static bool node(struct builder *b, yaml_event_t *ev, int depth, struct yaml **out);

static void append(struct builder *b, struct yaml *y, struct str key, struct yaml *child)
{
    if ((y->count & (y->count - 1)) == 0) { /* 0 and powers of two: grow */
        size_t room = y->count ? 2 * y->count : 1;
        struct yaml **children = ARENA_ARRAY(b->a, struct yaml *, room);
        struct str *keys = ARENA_ARRAY(b->a, struct str, room);
        if (y->count) {
            memcpy(children, y->child, y->count * sizeof(*children));
            memcpy(keys, y->key, y->count * sizeof(*keys));
        }
        y->child = children;
        y->key = keys;
    }
    y->key[y->count] = key;
    y->child[y->count++] = child;
}

static bool scalar(struct builder *b, const yaml_event_t *ev, struct str *out)
{
    if (ev->type != YAML_SCALAR_EVENT)
        return fail(b, ev->start_mark, "a plain name is expected here");
    *out = str_dup(b->a, (struct str){(const char *)ev->data.scalar.value, ev->data.scalar.length});
    return true;
}

static bool children(struct builder *b, struct yaml *y, int depth)
{
    yaml_event_type_t end = y->kind == YAML_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    for (;;) {
        yaml_event_t ev;
        struct str key = STR_NONE;
        struct yaml *child = NULL;
        if (!next(b, &ev))
            return false;
        bool over = ev.type == end, ok = true;
        if (!over && y->kind == YAML_MAP) {
            ok = scalar(b, &ev, &key);
            if (ok)
                for (size_t i = 0; i < y->count && ok; i++)
                    if (str_eq(y->key[i], key))
                        ok = fail(b, ev.start_mark, "this key stands here twice");
            yaml_event_delete(&ev);
            if (!ok || !next(b, &ev))
                return false;
        }
        ok = over || node(b, &ev, depth + 1, &child);
        yaml_event_delete(&ev);
        if (over || !ok)
            return ok;
        append(b, y, key, child);
    }
}

static bool node(struct builder *b, yaml_event_t *ev, int depth, struct yaml **out)
{
    struct yaml *y = ARENA_NEW(b->a, struct yaml);
    y->line = ev->start_mark.line + 1;
    y->column = ev->start_mark.column + 1;
    *out = y;
    if (depth > DEPTH_MAX)
        return fail(b, ev->start_mark, "nested too deeply");
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        if (ev->data.scalar.anchor || (ev->data.scalar.tag && !ev->data.scalar.quoted_implicit))
            return fail(b, ev->start_mark, "anchors and tags are not used here");
        y->kind = YAML_TEXT;
        return scalar(b, ev, &y->text);
    case YAML_SEQUENCE_START_EVENT:
        if (ev->data.sequence_start.anchor || ev->data.sequence_start.tag)
            return fail(b, ev->start_mark, "anchors and tags are not used here");
        y->kind = YAML_LIST;
        return children(b, y, depth);
    case YAML_MAPPING_START_EVENT:
        if (ev->data.mapping_start.anchor || ev->data.mapping_start.tag)
            return fail(b, ev->start_mark, "anchors and tags are not used here");
        y->kind = YAML_MAP;
        return children(b, y, depth);
    default:
        return fail(b, ev->start_mark, "aliases are not used here");
    }
}

bool yaml_parse(struct arena *a, struct str text, struct yaml **root, struct err *e)
{
    struct builder b = {.a = a, .e = e};
    yaml_event_t ev;
    bool ok = true, found = false;
    if (!yaml_parser_initialize(&b.parser))
        return err_set(e, ERR_INTERNAL, "yaml", "libyaml does not start");
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    for (bool over = false; ok && !over;) {
        ok = next(&b, &ev);
        if (!ok)
            break;
        switch (ev.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_STREAM_END_EVENT:
            over = true;
            break;
        default:
            ok = found ? fail(&b, ev.start_mark, "one document is enough") : node(&b, &ev, 0, root);
            found = true;
        }
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&b.parser);
    if (ok && !found) {
        *root = ARENA_NEW(a, struct yaml);
        (*root)->kind = YAML_MAP;
        (*root)->line = (*root)->column = 1;
    }
    return ok;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (str_eq(map->key[i], str_from(key)))
            return map->child[i];
    return NULL;
}

/* What YAML does not take as it is, or takes for the end of a line: its code point and length. */
static unsigned unprintable(const unsigned char *p, size_t n, size_t *bytes)
{
    *bytes = 1;
    if (p[0] < 0x20 || p[0] == 0x7f)
        return p[0] ? p[0] : 0xfffd;
    *bytes = 2;
    if (n >= 2 && p[0] == 0xc2 && p[1] < 0xa0)
        return p[1];
    *bytes = 3;
    if (n >= 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
        return 0x2000u + (p[2] & 0x3fu);
    if (n >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
        return 0xfeff;
    if (n >= 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
        return 0xffc0u + (p[2] & 0x3fu);
    return 0;
}

void yaml_quote(struct buf *b, struct str s)
{
    buf_char(b, '"');
    for (size_t i = 0, bytes; i < s.n; i += bytes) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        unsigned code = unprintable(p, s.n - i, &bytes);
        if (code) {
            buf_fmt(b, "\\u%04x", code);
            continue;
        }
        bytes = 1;
        if (*p == '"' || *p == '\\')
            buf_char(b, '\\');
        buf_char(b, s.p[i]);
    }
    buf_char(b, '"');
}
