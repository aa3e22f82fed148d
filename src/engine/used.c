/* used: which values the records that the store knows hold in a field (S6.3). Asks no service. */
#include <stdio.h>
#include <stdlib.h>

#include "base/table.h"
#include "engine/engine_p.h"
#include "text/hash.h"

struct census {
    struct arena *a;
    struct table met; /* by value and country: its place in `out`, from 1 */
    struct used_values *out;
};

static void count(struct census *t, struct str text, struct str country)
{
    uint64_t key = hash64_seeded(text, hash64(country));
    size_t at = table_get(&t->met, key);
    if (!at && t->out->count == USED_VALUES_MAX)
        return; /* no field of countries */
    if (!at) {
        t->out->value[t->out->count] =
            (struct used_value){str_dup(t->a, text), str_dup(t->a, country), 0};
        at = ++t->out->count;
        table_put(&t->met, key, at);
    }
    t->out->value[at - 1].n++;
}

/* A set is counted value by value. */
static void count_value(struct census *t, const struct mapping *m, enum side s,
                        const struct value *v, const struct value *country)
{
    struct str rest = v->state == VALUE_TEXT ? v->text : STR_NONE, one;
    struct str own = country && country->state == VALUE_TEXT ? country->text : STR_NONE;
    if (m->meta[s].type != FIELD_MULTI && rest.n) {
        count(t, rest, own);
        return;
    }
    while (str_cut(&rest, ';', &one))
        count(t, one, own);
}

static int by_count(const void *x, const void *y)
{
    const struct used_value *a = x, *b = y;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    int c = str_cmp(a->text, b->text);
    return c ? c : str_cmp(a->country, b->country);
}

static bool walk_side(struct engine *en, const struct mapping *m, const struct mapping *country,
                      enum side s, struct census *t, struct err *e)
{
    struct store *st = en->o.store;
    const struct mapping *map = en->mappings.map;
    char last[64] = "";
    bool ok = true;
    for (size_t n = 1; ok && n > 0;) {
        struct subject *subject;
        arena_reset(&en->chunk);
        ok = st->ops->subjects_walk(st, &en->chunk, s, str_from(last), CHUNK_RECORDS, &subject, &n,
                                    e) &&
             engine_unpack(en, subject, n, e);
        for (size_t i = 0; ok && i < n; i++) {
            const struct record *r = &subject[i].row[s]->rec;
            count_value(t, m, s, &r->value[m - map], country ? &r->value[country - map] : NULL);
            snprintf(last, sizeof(last), "%.*s", STR_ARG(r->id));
        }
    }
    return ok;
}

bool engine_used(struct engine *en, struct arena *a, const struct mapping *m,
                 const struct mapping *country, struct used_values out[SIDE_COUNT], struct err *e)
{
    bool ok = true;
    for (enum side s = SIDE_SF; ok && s < SIDE_COUNT; s++) {
        struct census t = {.a = a, .out = &out[s]};
        out[s] = (struct used_values){.value = ARENA_ARRAY(a, struct used_value, USED_VALUES_MAX)};
        ok = walk_side(en, m, country, s, &t, e);
        table_release(&t.met);
        qsort(out[s].value, out[s].count, sizeof(*out[s].value), by_count);
    }
    return ok;
}
