/* yaml: a small tree over libyaml; errors with line and column. Aliases and tags are refused. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    struct str text;     /* YAML_TEXT */
    struct yaml **child; /* list items, or map values */
    struct str *key;     /* map keys, in file order; a key twice is refused */
    size_t count;
    size_t line, column; /* from 1 */
};

MUST_CHECK bool yaml_parse(struct arena *a, struct str text, struct yaml **root, struct err *e);
const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL = absent */
/* Appends UTF-8 as a double-quoted scalar that reads back as the same bytes; a NUL becomes
 * U+FFFD. */
void yaml_quote(struct buf *b, struct str s);
