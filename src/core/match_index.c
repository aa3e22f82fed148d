/* The neighbours of a chunk, sorted once. */
#include "core/match_p.h"

#include <stdlib.h>

struct str text_id(const struct row *r)
{
    return r->rec.id;
}
struct str text_key(const struct row *r)
{
    return r->rec.key;
}
struct str text_native(const struct row *r)
{
    return r->rec.native;
}

static int cmp_id(const void *a, const void *b)
{
    return str_cmp(text_id(*(struct row *const *)a), text_id(*(struct row *const *)b));
}

static int cmp_key(const void *a, const void *b)
{
    return str_cmp(text_key(*(struct row *const *)a), text_key(*(struct row *const *)b));
}

static int cmp_native(const void *a, const void *b)
{
    return str_cmp(text_native(*(struct row *const *)a), text_native(*(struct row *const *)b));
}

static int cmp_entry(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return str_cmp(x->row->rec.id, y->row->rec.id);
}

static struct texts texts_of(struct arena *a, struct row **rows, size_t count,
                             struct str (*text)(const struct row *),
                             int (*cmp)(const void *, const void *))
{
    struct texts t = {ARENA_ARRAY(a, struct row *, count), 0};
    for (size_t i = 0; i < count; i++)
        if (text(rows[i]).n)
            t.row[t.count++] = rows[i];
    qsort(t.row, t.count, sizeof(*t.row), cmp);
    return t;
}

static void add_keys(struct entry *e, size_t *n, struct row *r, const struct match_keys *k)
{
    if (k->no_key || !k->site)
        return;
    if (k->host)
        e[(*n)++] = (struct entry){k->host, r, true};
    e[(*n)++] = (struct entry){k->site, r, false};
}

static struct entry *entries_of(struct arena *a, struct row **rows, size_t count, size_t *out)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += 2u * (1u + rows[i]->rec.more_count);
    struct entry *e = ARENA_ARRAY(a, struct entry, most);
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        add_keys(e, out, rows[i], &rows[i]->rec.keys);
        for (size_t k = 0; k < rows[i]->rec.more_count; k++)
            add_keys(e, out, rows[i], &rows[i]->rec.more[k]);
    }
    qsort(e, *out, sizeof(*e), cmp_entry);
    return e;
}

static struct entry *names_of(struct arena *a, struct row **rows, size_t count, size_t *out)
{
    struct entry *e = ARENA_ARRAY(a, struct entry, count);
    *out = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i]->rec.name_key && !rows[i]->partner.n)
            e[(*out)++] = (struct entry){.key = rows[i]->rec.name_key, .row = rows[i]};
    qsort(e, *out, sizeof(*e), cmp_entry);
    return e;
}

struct match_index *match_index(struct arena *a, const struct neighbours *n)
{
    struct match_index *ix = ARENA_NEW(a, struct match_index);
    ix->near = n;
    ix->side = n->side;
    ix->id = texts_of(a, n->other, n->others, text_id, cmp_id);
    ix->key = texts_of(a, n->other, n->others, text_key, cmp_key);
    ix->native = texts_of(a, n->other, n->others, text_native, cmp_native);
    ix->own_id = texts_of(a, n->own, n->owns, text_id, cmp_id);
    ix->other = entries_of(a, n->other, n->others, &ix->others);
    ix->own = entries_of(a, n->own, n->owns, &ix->owns);
    ix->name = names_of(a, n->other, n->others, &ix->names);
    return ix;
}

size_t texts_first(const struct texts *t, struct str (*text)(const struct row *), struct str want)
{
    size_t lo = 0, hi = t->count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (str_cmp(text(t->row[mid]), want) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t entry_first(const struct entry *e, size_t n, uint64_t key)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (e[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
