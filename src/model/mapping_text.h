/* mapping_text: a mapping as YAML: in the file that people review and version (S6.7), and in the
 * store. One mapping has one spelling, so that export, import and export again give equal bytes. */
#pragma once

#include "base/buf.h"
#include "model/mapping.h"
#include "text/yaml.h"

/* Lines "salesforce: ...", each after `indent` blanks. */
void mapping_print(struct buf *b, const struct mapping *m, unsigned indent);
/* The texts are kept in the arena. Not bound, without id. On false the err (ERR_USAGE) tells line
 * and column. */
MUST_CHECK bool mapping_read(struct arena *a, const struct yaml *y, struct mapping *out,
                             struct err *e);
/* "A=B; C=D" (no ; or = inside) as a value table; for the command line. */
MUST_CHECK bool mapping_table_read(struct arena *a, struct str text, struct mapping *m,
                                   struct err *e);
