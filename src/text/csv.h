/* csv: streaming CSV over libcsv (RFC 4180, strict quoting, any delimiter).
 *
 * Feed bytes as they arrive; whole rows come out in batches. A row's cells live in the arena given
 * to csv_feed. A cell of more than STR_VALUE_BYTES_MAX, or a broken quote, is an error with the
 * row's number. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct csv_row {
    struct str *cell;
    size_t cells;
    uint64_t number; /* 1 = the first row, the header included */
};

struct csv_rows {
    struct csv_row *row;
    size_t count;
};

struct csv;
struct csv *csv_open(char delimiter);
/* Appends the rows that `bytes` completed to *rows (arena memory; *rows starts zeroed). */
MUST_CHECK bool csv_feed(struct csv *c, struct arena *a, struct str bytes, struct csv_rows *rows,
                         struct err *e);
MUST_CHECK bool csv_finish(struct csv *c, struct arena *a, struct csv_rows *rows, struct err *e);
void csv_close(struct csv *c);

void csv_put_cell(struct buf *b, struct str cell, bool first); /* quotes where needed */
