#include "text/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define CELLS_MAX 2048

struct csv {
    struct csv_parser parser;
    uint64_t rows;
    /* during csv_feed: */
    struct arena *arena;
    struct csv_rows *out;
    struct buf text; /* cells of the row being read, end to end: a row may span feeds */
    size_t *end;     /* where each ends */
    size_t cells;
    size_t room; /* rows that out->row can hold */
    const char *trouble;
};

static void on_cell(void *bytes, size_t n, void *ctx)
{
    struct csv *c = ctx;
    if (c->cells == CELLS_MAX || n > STR_VALUE_BYTES_MAX) {
        c->trouble = n > STR_VALUE_BYTES_MAX ? "a cell is too long" : "too many cells";
        return;
    }
    buf_add(&c->text, bytes, n);
    c->end[c->cells++] = c->text.n;
}

static void on_row(int end, void *ctx)
{
    struct csv *c = ctx;
    struct csv_rows *out = c->out;
    (void)end;
    if (out->count == c->room) {
        size_t room = MAX(c->room * 2, (size_t)64);
        struct csv_row *grown = ARENA_ARRAY(c->arena, struct csv_row, room);
        if (out->count)
            memcpy(grown, out->row, out->count * sizeof(*grown));
        out->row = grown;
        c->room = room;
    }
    struct csv_row *row = &out->row[out->count++];
    row->cell = ARENA_ARRAY(c->arena, struct str, c->cells);
    row->cells = c->cells;
    row->number = ++c->rows;
    struct str text = str_dup(c->arena, buf_view(&c->text));
    for (size_t i = 0; i < c->cells; i++)
        row->cell[i] = str_slice(text, i ? c->end[i - 1] : 0, c->end[i]);
    buf_clear(&c->text);
    c->cells = 0;
}

/* Blanks around a cell are the cell's (RFC 4180); libcsv would drop them. */
static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

struct csv *csv_open(char delimiter)
{
    struct csv *c = calloc(1, sizeof(*c));
    if (!c || !(c->end = calloc(CELLS_MAX, sizeof(*c->end))) ||
        csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        abort();
    csv_set_delim(&c->parser, (unsigned char)delimiter);
    csv_set_space_func(&c->parser, never_space);
    buf_init(&c->text, 64 * MIB);
    return c;
}

static bool fail(struct csv *c, const char *why, struct err *e)
{
    err_set(e, ERR_INTERNAL, "csv", "row %llu: %s", (unsigned long long)c->rows + 1, why);
    return false;
}

bool csv_feed(struct csv *c, struct arena *a, struct str bytes, struct csv_rows *rows,
              struct err *e)
{
    c->arena = a;
    c->out = rows;
    c->room = rows->count;
    c->trouble = NULL;
    size_t n = csv_parse(&c->parser, bytes.p, bytes.n, on_cell, on_row, c);
    if (n != bytes.n)
        return fail(c, csv_strerror(csv_error(&c->parser)), e);
    return c->trouble ? fail(c, c->trouble, e) : true;
}

bool csv_finish(struct csv *c, struct arena *a, struct csv_rows *rows, struct err *e)
{
    c->arena = a;
    c->out = rows;
    c->room = rows->count;
    c->trouble = NULL;
    if (csv_fini(&c->parser, on_cell, on_row, c) != 0)
        return fail(c, "a quote is not closed", e);
    return c->trouble ? fail(c, c->trouble, e) : true;
}

void csv_close(struct csv *c)
{
    if (!c)
        return;
    csv_free(&c->parser);
    buf_release(&c->text);
    free(c->end);
    free(c);
}

void csv_put_cell(struct buf *b, struct str cell, bool first)
{
    bool quote = false;
    for (size_t i = 0; i < cell.n && !quote; i++)
        quote = cell.p[i] == '"' || cell.p[i] == ',' || cell.p[i] == '\n' || cell.p[i] == '\r';
    quote = quote || (cell.n && (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' '));
    if (!first)
        buf_char(b, ',');
    if (!quote) {
        buf_str(b, cell);
        return;
    }
    buf_char(b, '"');
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, cell.p[i]);
    }
    buf_char(b, '"');
}
