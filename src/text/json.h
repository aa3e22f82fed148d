/* json: yyjson, read with numbers raw (64-bit ids and decimals lose nothing) into an arena.
 *
 * Reading: json_parse, then yyjson's own yyjson_obj_get / yyjson_arr_iter and the helpers below.
 * Writing: yyjson_mut_doc made by json_new or json_object, printed by json_print. Everything lives
 * in the arena.
 */
#pragma once

#include <yyjson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Hostile input: bounded by its length; on failure an ERR_INTERNAL «not JSON» with the position.
 * The text is not kept. Depth over JSON_DEPTH_MAX is refused. */
#define JSON_DEPTH_MAX 64
MUST_CHECK bool json_parse(struct arena *a, struct str text, yyjson_val **root, struct err *e);

/* All accept NULL and a wrong type: none / fallback. A raw number's text counts as a str. */
struct str json_str(yyjson_val *v);                    /* string or number text; else STR_NONE */
struct str json_get(yyjson_val *obj, const char *key); /* json_str of the member */
int64_t json_i64(yyjson_val *v, int64_t fallback);     /* number, or text of one */
bool json_bool(yyjson_val *v, bool fallback);
/* A member by path of up to eight keys: json_at(root, "paging", "next", NULL). */
yyjson_val *json_at(yyjson_val *obj, ...) __attribute__((sentinel));

yyjson_mut_doc *json_new(struct arena *a);
yyjson_mut_doc *json_object(struct arena *a, yyjson_mut_val **root); /* an object, still empty */
yyjson_mut_val *json_mstr(yyjson_mut_doc *d, struct str s); /* none gives null; bytes borrowed */
void json_put(yyjson_mut_doc *d, yyjson_mut_val *obj, const char *key, struct str s);
struct str json_print(struct arena *a, yyjson_mut_doc *d);        /* one line */
struct str json_print_pretty(struct arena *a, yyjson_mut_doc *d); /* two blanks */
/* Appends a quoted, escaped JSON string; for streams that are written by hand. */
void json_quote(struct buf *b, struct str s);
