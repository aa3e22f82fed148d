/* load: records from CSV, as they are: no clean-up, no derived values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "text/csv.h"
#include "text/url.h"

#define AGE_MS (30 * MS_DAY) /* loaded records were made a month ago, one a second */

/* The column's name after the map; none = not loaded. */
static struct str mapped(struct str column, const char *map)
{
    struct str rest = str_from(map), pair;
    if (!map)
        return column;
    while (str_cut(&rest, ',', &pair)) {
        struct str to = pair, from;
        str_cut(&to, '=', &from);
        if (str_eq(str_trim(from), str_trim(column)))
            return str_trim(to);
    }
    return STR_NONE;
}

static bool carried(enum world_type t, struct str name)
{
    static const char *const left_out[] = {"Key", "key", "kind", "account"};
    for (size_t i = 0; i < LEN(left_out); i++)
        if (str_eq(name, str_from(left_out[i])))
            return false;
    (void)t;
    return name.n > 0;
}

static int64_t load_rows(struct sandbox *s, enum world_type t, const struct csv_rows *rows,
                         const char *map)
{
    const struct csv_row *head = &rows->row[0];
    int64_t n = 0;
    for (size_t i = 1; i < rows->count; i++) {
        const struct csv_row *row = &rows->row[i];
        int64_t born = s->world.start_ms - AGE_MS + (int64_t)s->world.table[t].count * 1000;
        struct world_record *rec = world_generate(&s->world, t, born);
        rec->generated = false;
        for (size_t k = 0; k < MIN(row->cells, head->cells); k++) {
            struct str name = mapped(str_trim(head->cell[k]), map);
            struct str value = world_is_sf(t) ? str_trim(row->cell[k]) : row->cell[k];
            if (carried(t, name) && value.n)
                world_set(&s->world, t, rec, name, value);
        }
        n++;
    }
    return n;
}

int64_t sandbox_load(struct sandbox *s, enum world_type t, struct str text, const char *map,
                     struct str *why)
{
    struct arena a;
    struct csv_rows rows = {0};
    struct err e;
    int64_t n = -1;
    arena_init(&a, 1024 * MIB);
    struct csv *c = csv_open(',');
    if (csv_feed(c, &a, text, &rows, &e) && csv_finish(c, &a, &rows, &e) && rows.count > 0)
        n = load_rows(s, t, &rows, map);
    else
        *why = str_dup(&s->life, rows.count ? str_from(e.msg) : S("no header row"));
    csv_close(c);
    arena_release(&a);
    return n;
}
