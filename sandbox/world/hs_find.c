/* hs_find: search (H12): what a filter holds for, and the shortest way to all hits in order. */
#include <ctype.h>

#include "base/rng.h"
#include "sandbox/world/hs_p.h"
#include "text/iso8601.h"

/* ---- one filter ------------------------------------------------------------------------------ */

static bool is_time(const struct hs_property *f)
{
    return f->kind == HS_DATE || f->kind == HS_DATETIME;
}

static bool number_of(struct str s, double *out)
{
    char text[64], *end;
    if (!s.n || s.n >= sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0';
}

static void number_in(const struct hs_filter *f, struct str text, int64_t *n, double *x)
{
    if (!str_to_i64(text, n) && !(is_time(f->property) && iso_parse_ms(text, n)))
        *n = INT64_MIN;
    if (!number_of(text, x))
        *x = 0;
}

void hs_filter_ready(struct hs_filter *f)
{
    if (!f->property)
        return;
    number_in(f, f->value, &f->number, &f->x);
    number_in(f, f->high, &f->high_number, &f->y);
}

/* What stands between words: not what stands inside a host name or a number. */
static bool inside(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];
    if (isalnum(c) || c >= 0x80 || c == '_' || c == '*')
        return true;
    return (c == '.' || c == '\'') && i > 0 && i + 1 < s.n && isalnum((unsigned char)s.p[i - 1]) &&
           isalnum((unsigned char)s.p[i + 1]);
}

static bool next_word(struct str s, size_t *at, struct str *word)
{
    while (*at < s.n && !inside(s, *at))
        ++*at;
    size_t from = *at;
    while (*at < s.n && inside(s, *at))
        ++*at;
    *word = str_slice(s, from, *at);
    return word->n > 0;
}

static bool word_fits(struct str word, struct str want)
{
    bool open = want.n > 0 && want.p[0] == '*', more = want.n > 1 && want.p[want.n - 1] == '*';
    struct str core = str_slice(want, open, want.n - more);
    return open && more ? str_find(word, core) >= 0
           : open       ? str_ends(word, core)
           : more       ? str_starts(word, core)
                        : str_eq(word, core);
}

/* Every word that is asked for is a word of the text. */
static bool tokens_in(struct arena *a, struct str text, struct str wanted)
{
    struct str have = str_lower(a, text), want = str_lower(a, wanted), one, word;
    for (size_t at = 0; next_word(want, &at, &one);) {
        bool found = false;
        for (size_t k = 0; !found && next_word(have, &k, &word);)
            found = word_fits(word, one);
        if (!found)
            return false;
    }
    return true;
}

static int compare(struct arena *a, const struct hs_filter *f, struct str have, struct str want,
                   int64_t number, double x)
{
    int64_t n;
    double y;
    if (f->property->system == HSYS_ID && str_to_i64(have, &n))
        return n < number ? -1 : n > number;
    if (is_time(f->property) && iso_parse_ms(have, &n))
        return n < number ? -1 : n > number;
    if (f->property->kind == HS_NUMBER && number_of(have, &y))
        return y < x ? -1 : y > x;
    return str_cmp(str_lower(a, have), str_lower(a, want));
}

/* Text values must be given in lower case (H12.5). */
static bool in_values(struct arena *a, const struct hs_filter *f, struct str have)
{
    struct str lower = str_lower(a, have);
    for (size_t i = 0; i < f->count; i++) {
        struct hs_filter one = *f;
        if (f->property->kind == HS_TEXT && f->property->system == HSYS_NONE) {
            if (str_eq(lower, f->values[i]))
                return true;
            continue;
        }
        number_in(f, f->values[i], &one.number, &one.x);
        if (compare(a, f, have, f->values[i], one.number, one.x) == 0)
            return true;
    }
    return false;
}

static bool linked(const struct hs_portal *p, const struct hs_object *o, const struct hs_filter *f,
                   const struct world_record *r)
{
    size_t n;
    enum hs_type t = (enum hs_type)(o - p->object);
    const struct hs_edge *e = hs_links(p, t, r->number, f->other, &n);
    for (size_t i = 0; i < n; i++)
        if ((int64_t)e[i].to == f->number && hs_link_live(p, f->other, &e[i]))
            return true;
    return false;
}

static bool filter_holds(const struct hs_portal *p, const struct hs_object *o,
                         const struct hs_filter *f, const struct world_record *r, struct arena *a,
                         int64_t as_of_ms)
{
    if (!f->property)
        return linked(p, o, f, r);
    if (f->op == HS_GTE && f->property->system == HSYS_MODIFIED) /* the usual question */
        return hs_modified_ms(r, as_of_ms) >= f->number;
    if (f->op == HS_GTE && f->property->system == HSYS_CREATED)
        return hs_created_ms(o, r) >= f->number;
    struct str have = hs_get(p, o, f->property, r, a, as_of_ms);
    if (f->op == HS_HAS || f->op == HS_HAS_NOT)
        return (have.n > 0) == (f->op == HS_HAS);
    if (!have.n)
        return false; /* H12.5: also for NEQ and NOT_IN */
    if (f->op == HS_IN || f->op == HS_NOT_IN)
        return in_values(a, f, have) == (f->op == HS_IN);
    if (f->op == HS_TOKEN || f->op == HS_NO_TOKEN)
        return tokens_in(a, have, f->value) == (f->op == HS_TOKEN);
    int c = compare(a, f, have, f->value, f->number, f->x);
    switch (f->op) {
    case HS_EQ:
        return c == 0;
    case HS_NEQ:
        return c != 0;
    case HS_LT:
        return c < 0;
    case HS_LTE:
        return c <= 0;
    case HS_GT:
        return c > 0;
    case HS_GTE:
        return c >= 0;
    default:
        return c >= 0 && compare(a, f, have, f->high, f->high_number, f->y) <= 0;
    }
}

static bool text_holds(const struct hs_portal *p, const struct hs_object *o, struct str text,
                       const struct world_record *r, struct arena *a, int64_t as_of_ms)
{
    static const char *const over[HS_TYPES][6] = {
        [HS_COMPANY] = {"name", "domain", "website", "phone", NULL},
        [HS_CONTACT] = {"firstname", "lastname", "email", "phone", "company", NULL}};
    const char *const *name = over[o - p->object];
    for (; *name; name++) {
        const struct hs_property *f = hs_property(o, str_from(*name));
        if (f && tokens_in(a, hs_get(p, o, f, r, a, as_of_ms), text))
            return true;
    }
    return false;
}

bool hs_matches(const struct hs_portal *p, const struct hs_object *o, const struct hs_query *q,
                const struct world_record *r, struct arena *a, int64_t as_of_ms)
{
    if (r->archived_ms || r->merged_into || r->purged || (as_of_ms && r->created_ms > as_of_ms))
        return false;
    if (q->text.n && !text_holds(p, o, q->text, r, a, as_of_ms))
        return false;
    for (size_t g = 0; g < q->groups; g++) {
        bool all = true;
        for (size_t i = 0; all && i < q->group[g].filters; i++)
            all = filter_holds(p, o, &q->group[g].filter[i], r, a, as_of_ms);
        if (all)
            return true;
    }
    return q->groups == 0;
}

int64_t hs_seen(const struct hs_portal *p, const struct hs_query *q, uint64_t number,
                int64_t as_of_ms)
{
    uint64_t x = rng_mix(p->world->seed ^ rng_mix(number));
    return as_of_ms && q->spread_ms ? as_of_ms + (int64_t)(x % (uint64_t)q->spread_ms) : as_of_ms;
}

/* ---- all hits -------------------------------------------------------------------------------- */

struct hits {
    const struct hs_portal *p;
    const struct hs_object *o;
    const struct hs_query *q;
    int64_t as_of_ms;
    struct arena scratch;
    uint32_t *number;
    size_t count, room;
};

static void look_at(struct hits *h, const struct world_record *r)
{
    int64_t seen = hs_seen(h->p, h->q, r->number, h->as_of_ms);
    bool hit = hs_matches(h->p, h->o, h->q, r, &h->scratch, seen);
    if (h->scratch.used > 256 * KIB)
        arena_reset(&h->scratch);
    if (!hit)
        return;
    if (h->count == h->room) {
        h->room = h->room ? 2 * h->room : 256;
        h->number = realloc(h->number, h->room * sizeof(*h->number));
        if (!h->number)
            abort();
    }
    h->number[h->count++] = (uint32_t)r->number;
}

/* The lower bound that every group sets on a property; INT64_MIN = one of them sets none. */
static int64_t lower_bound(const struct hs_query *q, enum hs_system system)
{
    int64_t least = INT64_MAX;
    for (size_t g = 0; g < q->groups; g++) {
        int64_t here = INT64_MIN;
        for (size_t i = 0; i < q->group[g].filters; i++) {
            const struct hs_filter *f = &q->group[g].filter[i];
            if (f->property && f->property->system == system &&
                (f->op == HS_GTE || f->op == HS_GT || f->op == HS_EQ || f->op == HS_BETWEEN))
                here = MAX(here, f->number);
        }
        least = MIN(least, here);
    }
    return q->groups ? least : INT64_MIN;
}

/* A filter of a group that an index answers; NULL = none. */
static const struct hs_filter *indexed(const struct hits *h, size_t group)
{
    for (size_t i = 0; i < h->q->group[group].filters; i++) {
        const struct hs_filter *f = &h->q->group[group].filter[i];
        if (f->property && (f->op == HS_EQ || f->op == HS_IN) &&
            (f->property->system == HSYS_ID ||
             (f->property->system == HSYS_NONE &&
              world_is_unique(h->p->world, h->o->type, f->property->column))))
            return f;
    }
    return NULL;
}

static void look_up(struct hits *h, const struct hs_filter *f, struct str value)
{
    struct world *w = h->p->world;
    struct arena a;
    uint64_t *number;
    if (f->property->system == HSYS_ID) {
        const struct world_record *r = world_find(w, h->o->type, value);
        if (r)
            look_at(h, r);
        return;
    }
    arena_init(&a, 64 * MIB);
    size_t n = world_with(w, h->o->type, f->property->column, value, &a, &number);
    for (size_t i = 0; i < n; i++)
        look_at(h, w->table[h->o->type].record[number[i]]);
    arena_release(&a);
}

static bool by_index(struct hits *h)
{
    if (h->as_of_ms || !h->q->groups)
        return false;
    for (size_t g = 0; g < h->q->groups; g++)
        if (!indexed(h, g))
            return false;
    for (size_t g = 0; g < h->q->groups; g++) {
        const struct hs_filter *f = indexed(h, g);
        if (f->op == HS_EQ)
            look_up(h, f, f->value);
        for (size_t i = 0; f->op == HS_IN && i < f->count; i++)
            look_up(h, f, f->values[i]);
    }
    return true;
}

/* The indexed property that every hit must lack; NULL = none. What an index saw earlier may differ
 * from what it holds now. */
static const struct hs_property *lacked(const struct hits *h)
{
    const struct hs_query *q = h->q;
    for (size_t i = 0; !h->as_of_ms && q->groups == 1 && i < q->group[0].filters; i++) {
        const struct hs_property *f = q->group[0].filter[i].property;
        if (f && q->group[0].filter[i].op == HS_HAS_NOT && f->system == HSYS_NONE &&
            world_is_unique(h->p->world, h->o->type, f->column))
            return f;
    }
    return NULL;
}

static void by_walk(struct hits *h)
{
    struct world *w = h->p->world;
    struct world_table *tab = hs_table(h->p, h->o);
    struct world_record *r;
    struct world_walk k;
    int64_t modified = lower_bound(h->q, HSYS_MODIFIED), created = lower_bound(h->q, HSYS_CREATED),
            id = lower_bound(h->q, HSYS_ID);
    if (modified > INT64_MIN) {
        world_walk_from(w, h->o->type, modified, &k);
        while ((r = world_walk_next(w, h->o->type, &k)))
            look_at(h, r);
        return;
    }
    uint64_t from = created > INT64_MIN ? world_created_from(w, h->o->type, created) : 0;
    if (id > 0) {
        struct str text = str_fmt(&h->scratch, "%lld", (long long)id - 1);
        from = MAX(from, world_after(w, h->o->type, text));
    }
    const struct hs_property *bare = lacked(h);
    for (uint64_t i = from; i < tab->count; i++) {
        if (bare && (i = world_without(w, h->o->type, bare->column, i)) == tab->count)
            break;
        look_at(h, tab->record[i]);
    }
}

/* ---- their order ----------------------------------------------------------------------------- */

struct key {
    int64_t n;
    double x;
    struct str text;
    uint32_t number;
};

static int cmp_keys(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    int c = str_cmp(a->text, b->text);
    return c ? c : a->number < b->number ? -1 : a->number > b->number;
}

static struct key key_of(const struct hits *h, const struct hs_property *f, uint32_t number,
                         struct arena *a)
{
    const struct world_record *r = hs_table(h->p, h->o)->record[number];
    struct key k = {.number = number};
    int64_t seen = hs_seen(h->p, h->q, number, h->as_of_ms);
    if (!f || f->system == HSYS_CREATED) {
        k.n = hs_created_ms(h->o, r);
    } else if (f->system == HSYS_MODIFIED) {
        k.n = hs_modified_ms(r, seen);
    } else if (f->system != HSYS_ID) {
        struct str v = hs_get(h->p, h->o, f, r, a, seen);
        k.n = v.n > 0; /* empty ones first */
        if (is_time(f))
            (void)!iso_parse_ms(v, &k.n);
        else if (f->kind != HS_NUMBER || !number_of(v, &k.x))
            k.text = str_lower(a, v);
    }
    return k;
}

static void sort_hits(struct hits *h)
{
    struct arena a;
    bool sorted = true;
    struct key *key = malloc((h->count + 1) * sizeof(*key));
    if (!key)
        abort();
    arena_init(&a, 1024 * MIB);
    for (size_t i = 0; i < h->count; i++) {
        key[i] = key_of(h, h->q->sort, h->number[i], &a);
        sorted = sorted && (!i || cmp_keys(&key[i - 1], &key[i]) < 0);
    }
    if (!sorted)
        qsort(key, h->count, sizeof(*key), cmp_keys);
    size_t kept = 0; /* two groups can find the same */
    for (size_t i = 0; i < h->count; i++)
        if (!i || key[i].number != h->number[kept - 1])
            h->number[kept++] = key[i].number;
    h->count = kept;
    if (h->q->descending)
        for (size_t i = 0; i < kept / 2; i++) {
            uint32_t x = h->number[i];
            h->number[i] = h->number[kept - 1 - i];
            h->number[kept - 1 - i] = x;
        }
    free(key);
    arena_release(&a);
}

size_t hs_search(const struct hs_portal *p, const struct hs_object *o, const struct hs_query *q,
                 int64_t as_of_ms, uint32_t **out)
{
    struct hits h = {.p = p, .o = o, .q = q, .as_of_ms = as_of_ms};
    arena_init(&h.scratch, 64 * MIB);
    if (!by_index(&h))
        by_walk(&h);
    if (h.count > 1)
        sort_hits(&h);
    arena_release(&h.scratch);
    *out = h.number;
    return h.count;
}
