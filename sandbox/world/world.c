#include "sandbox/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sandbox/world/journal.h"
#include "text/hash.h"

enum { SLAB = 1024 }; /* records allocated at a time: one malloc header for all of them */

static void *grown(void *p, size_t n, size_t size)
{
    p = realloc(p, n * size);
    if (!p)
        abort();
    return p;
}

static char *text_of(struct str s)
{
    char *text = malloc(s.n + 1);
    if (!text)
        abort();
    if (s.n)
        memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return text;
}

bool world_is_sf(enum world_type t)
{
    return t < W_COMPANY;
}

void world_init(struct world *w, uint64_t seed, int64_t now_ms)
{
    *w = (struct world){.seed = seed, .start_ms = now_ms};
    w->table[W_COMPANY].history = w->table[W_HS_CONTACT].history = true;
}

static void free_values(struct world_record *r)
{
    for (uint16_t i = 0; i < r->values; i++) {
        if (r->value[i].inside)
            continue;
        for (unsigned k = 0; k < r->value[i].pasts; k++)
            free(r->value[i].past[k].text);
        free(r->value[i].past);
        free(r->value[i].text);
    }
    free(r->value);
    r->value = NULL;
    r->values = 0;
}

void world_clear(struct world *w, enum world_type t)
{
    struct world_table *tab = &w->table[t];
    bool history = tab->history;
    for (uint64_t i = 0; i < tab->count; i++)
        free_values(tab->record[i]);
    for (uint64_t i = 0; i < tab->count; i += SLAB)
        free(tab->record[i]);
    free(tab->record);
    free(tab->log);
    for (size_t i = 0; i < tab->uniques; i++) {
        free(tab->unique[i].slot);
        free(tab->unique[i].has);
    }
    for (uint16_t i = 0; i < tab->fields; i++)
        free(tab->field[i]);
    *tab = (struct world_table){.history = history};
}

void world_release(struct world *w)
{
    for (int t = 0; t < W_TYPE_COUNT; t++)
        world_clear(w, (enum world_type)t);
    journal_clear(w);
}

uint16_t world_field(struct world *w, enum world_type t, struct str name)
{
    struct world_table *tab = &w->table[t];
    for (uint16_t i = 0; i < tab->fields; i++) {
        const char *have = tab->field[i]; /* no strlen: this is asked for every value */
        int differs =
            world_is_sf(t) ? strncasecmp(have, name.p, name.n) : strncmp(have, name.p, name.n);
        if (!differs && !have[name.n])
            return i;
    }
    assert(tab->fields < W_FIELDS_MAX);
    tab->field[tab->fields] = text_of(name);
    tab->recipe[tab->fields] = world_recipe(t, name);
    return tab->fields++;
}

/* Sorted by time: an entry of a late commit finds its place from the end. */
static void log_add(struct world_table *tab, int64_t at_ms, struct world_record *r)
{
    if (tab->log_count == tab->log_room) {
        tab->log_room = tab->log_room ? 2 * tab->log_room : 1024;
        tab->log = grown(tab->log, tab->log_room, sizeof(*tab->log));
    }
    size_t i = tab->log_count++;
    for (; i > 0 && tab->log[i - 1].at_ms > at_ms; i--)
        tab->log[i] = tab->log[i - 1];
    tab->log[i] = (struct world_log_entry){at_ms, r->number};
    r->logged = true;
}

static struct world_record *add(struct world *w, enum world_type t, int64_t created_ms)
{
    struct world_table *tab = &w->table[t];
    if (tab->count == tab->room) {
        tab->room = tab->room ? 2 * tab->room : SLAB;
        tab->record = grown(tab->record, tab->room, sizeof(*tab->record));
    }
    struct world_record *r;
    if (tab->count % SLAB == 0) {
        r = calloc(SLAB, sizeof(*r));
        if (!r)
            abort();
    } else {
        r = tab->record[tab->count - 1] + 1;
    }
    if (tab->count > 0) /* births are in order, so that they can be searched */
        created_ms = MAX(created_ms, tab->record[tab->count - 1]->created_ms);
    r->number = tab->count;
    r->created_ms = r->modified_ms = r->edited_ms = created_ms;
    tab->record[tab->count++] = r;
    tab->live++;
    return r;
}

struct world_record *world_generate(struct world *w, enum world_type t, int64_t created_ms)
{
    struct world_record *r = add(w, t, created_ms);
    r->generated = true;
    return r;
}

struct world_record *world_create(struct world *w, enum world_type t, int64_t now_ms)
{
    struct world_record *r = add(w, t, now_ms);
    log_add(&w->table[t], r->modified_ms, r);
    return r;
}

void world_purge(struct world *w, enum world_type t, struct world_record *r)
{
    if (r->purged)
        return;
    if (!r->archived_ms)
        w->table[t].live--;
    r->purged = true;
    r->archived_ms = MAX(r->archived_ms, 1);
    r->generated = false;
    free_values(r);
}

void world_archive(struct world *w, enum world_type t, struct world_record *r, int64_t now_ms)
{
    if (r->archived_ms)
        return;
    r->archived_ms = now_ms;
    w->table[t].live--;
}

void world_restore(struct world *w, enum world_type t, struct world_record *r)
{
    if (!r->archived_ms || r->purged)
        return;
    r->archived_ms = 0;
    r->merged_into = 0;
    w->table[t].live++;
}

/* ---- ids ------------------------------------------------------------------------------------- */

/* After the prefix digits only, so that the order of ids is the order of birth; the check
 * characters then depend on the prefix alone. */
static const struct {
    char prefix[6], check[4];
} sf_ids[] = {[W_ACCOUNT] = {"0015e", "AAA"},
              [W_SF_CONTACT] = {"0035e", "AAA"},
              [W_LEAD] = {"00Q5e", "EAA"},
              [W_USER] = {"0055e", "AAA"},
              [W_ORGANIZATION] = {"00D5e", "EAA"},
              [W_RECORD_TYPE] = {"0125e", "AAA"},
              [W_PERMISSION_SET] = {"0PS5e", "GAA"},
              [W_PERMISSION_ASSIGNMENT] = {"0Pa5e", "CAA"},
              [W_FIELD_PERMISSION] = {"01k5e", "AAA"},
              [W_OPPORTUNITY] = {"0065e", "AAA"},
              [W_CASE] = {"5005e", "AAA"},
              [W_TASK] = {"00T5e", "EAA"},
              [W_EVENT] = {"00U5e", "EAA"},
              [W_CURRENCY] = {"01L5e", "EAA"}};

static uint64_t hs_base(const struct world *w, enum world_type t)
{
    return w->hs_shift + (t == W_HS_CONTACT ? UINT64_C(49000000000) : UINT64_C(9000000000));
}

enum { HS_STEP = 7 }; /* ids grow by jumps (H24.2) */

struct str world_id(const struct world *w, enum world_type t, uint64_t number, char out[32])
{
    if (!world_is_sf(t)) {
        char *end = out + 32, *p = end;
        for (uint64_t x = hs_base(w, t) + number * HS_STEP; x > 0; x /= 10)
            *--p = (char)('0' + x % 10);
        return (struct str){p, (size_t)(end - p)};
    }
    memcpy(out, sf_ids[t].prefix, 5);
    uint64_t x = number + 1;
    for (int i = 14; i >= 5; i--, x /= 10)
        out[i] = (char)('0' + x % 10);
    memcpy(out + 15, sf_ids[t].check, 4);
    return (struct str){out, 18};
}

/* The number an id names, existing or not; UINT64_MAX = not an id of this type. */
static uint64_t number_of(const struct world *w, enum world_type t, struct str id)
{
    int64_t n;
    if (!world_is_sf(t)) {
        int64_t base = (int64_t)hs_base(w, t);
        if (!str_to_i64(id, &n) || n < base || (n - base) % HS_STEP)
            return UINT64_MAX;
        return (uint64_t)(n - base) / HS_STEP;
    }
    if ((id.n != 15 && id.n != 18) || memcmp(id.p, sf_ids[t].prefix, 5) != 0 ||
        !str_to_i64(str_slice(id, 5, 15), &n) || n < 1)
        return UINT64_MAX;
    return (uint64_t)n - 1;
}

struct world_record *world_find(struct world *w, enum world_type t, struct str id)
{
    uint64_t n = number_of(w, t, id);
    return n < w->table[t].count ? w->table[t].record[n] : NULL;
}

uint64_t world_after(const struct world *w, enum world_type t, struct str id)
{
    int64_t n;
    if (!id.n)
        return 0;
    uint64_t exact = number_of(w, t, id);
    if (exact != UINT64_MAX)
        return exact + 1;
    if (world_is_sf(t) || !str_to_i64(id, &n) || n < (int64_t)hs_base(w, t))
        return 0;
    return ((uint64_t)n - hs_base(w, t)) / HS_STEP + 1;
}

/* ---- values ---------------------------------------------------------------------------------- */

const char *world_value_text(const struct world_value *v)
{
    return v->inside ? v->in : v->text;
}

struct str world_get_at(const struct world *w, enum world_type t, const struct world_record *r,
                        struct arena *a, uint16_t field)
{
    for (uint16_t i = 0; i < r->values; i++)
        if (r->value[i].field == field)
            return str_from(world_value_text(&r->value[i]));
    if (r->generated && w->table[t].recipe[field])
        return world_generated(w, t, r->number, a, w->table[t].recipe[field]);
    return S("");
}

struct str world_get(const struct world *w, enum world_type t, const struct world_record *r,
                     struct arena *a, struct str field)
{
    return world_get_at(w, t, r, a, world_field((struct world *)(uintptr_t)w, t, field));
}

static void remember(struct world_value *v, struct str older, int64_t at_ms,
                     enum world_source source)
{
    char *text = text_of(older); /* it may be the one inside */
    if (v->inside) {
        v->inside = 0;
        v->text = NULL;
        v->past = NULL;
    }
    if (v->pasts == W_HISTORY_MAX) {
        free(v->past[0].text);
        memmove(v->past, v->past + 1, (W_HISTORY_MAX - 1) * sizeof(*v->past));
        v->pasts = W_HISTORY_MAX - 1;
    }
    v->past = grown(v->past, v->pasts + 1u, sizeof(*v->past));
    v->past[v->pasts] = (struct world_past){at_ms, source, text};
    v->pasts = (v->pasts + 1u) & 31u;
}

static void unique_put(struct world_unique *u, uint64_t number, struct str value);

/* Takes the text over. */
static void put_text(struct world_value *v, char *text, bool may_be_inside)
{
    size_t n = strlen(text);
    if (!v->inside)
        free(v->text);
    v->inside = may_be_inside && !v->pasts && n < W_INLINE;
    if (v->inside) {
        memcpy(v->in, text, n + 1);
        free(text);
        return;
    }
    if (!v->pasts)
        v->past = NULL;
    v->text = text;
}

void world_set_at(struct world *w, enum world_type t, struct world_record *r, uint16_t field,
                  struct str value, int64_t now_ms, enum world_source source)
{
    struct world_value *at = NULL;
    for (uint16_t i = 0; i < r->values && !at; i++)
        if (r->value[i].field == field)
            at = &r->value[i];
    if (!at && !value.n && !(r->generated && w->table[t].recipe[field]))
        return;
    char *text = text_of(value); /* before anything moves: it may be the record's own */
    if (!at) {
        if (r->values % 4 == 0)
            r->value = grown(r->value, r->values + 4u, sizeof(*r->value));
        at = &r->value[r->values++];
        *at = (struct world_value){.field = field};
        if (w->table[t].history && r->generated) {
            struct arena a;
            arena_init(&a, 64 * KIB);
            struct str was = world_generated(w, t, r->number, &a, w->table[t].recipe[field]);
            if (was.n && now_ms)
                remember(at, was, r->created_ms, W_FROM_IMPORT);
            arena_release(&a);
        }
    } else if (w->table[t].history && now_ms && !str_eq(str_from(world_value_text(at)), value)) {
        remember(at, str_from(world_value_text(at)), at->at_ms ? (int64_t)at->at_ms : r->created_ms,
                 (enum world_source)at->source);
    }
    put_text(at, text, w->table[t].history);
    at->at_ms = (uint64_t)now_ms & ((UINT64_C(1) << 43) - 1);
    at->source = source;
    for (size_t i = 0; i < w->table[t].uniques; i++)
        if (w->table[t].unique[i].field == field)
            unique_put(&w->table[t].unique[i], r->number, str_from(world_value_text(at)));
}

void world_set(struct world *w, enum world_type t, struct world_record *r, struct str field,
               struct str value)
{
    world_set_at(w, t, r, world_field(w, t, field), value, 0, W_FROM_IMPORT);
}

size_t world_history(const struct world *w, enum world_type t, const struct world_record *r,
                     struct arena *a, uint16_t field, struct world_past *out)
{
    for (uint16_t i = 0; i < r->values; i++) {
        const struct world_value *v = &r->value[i];
        size_t n = 0;
        if (v->field != field)
            continue;
        out[n++] = (struct world_past){v->at_ms ? (int64_t)v->at_ms : r->created_ms,
                                       (enum world_source)v->source,
                                       (char *)(uintptr_t)world_value_text(v)};
        for (unsigned k = v->pasts; k > 0; k--)
            out[n++] = v->past[k - 1];
        return n;
    }
    struct str now = world_get_at(w, t, r, a, field);
    if (!now.n)
        return 0;
    out[0] = (struct world_past){r->created_ms, W_FROM_IMPORT, str_cstr(a, now)};
    return 1;
}

/* ---- unique properties ----------------------------------------------------------------------- */

static uint64_t folded_hash(struct str value)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * UINT64_C(0x100000001b3);
    }
    return h ^ h >> 29;
}

static struct str unique_value(const struct world *w, enum world_type t, uint16_t field,
                               uint64_t number)
{
    const struct world_record *r = w->table[t].record[number];
    for (uint16_t i = 0; i < r->values; i++)
        if (r->value[i].field == field)
            return str_from(world_value_text(&r->value[i]));
    return S("");
}

static void unique_place(struct world_unique *u, uint64_t number_plus_1, uint64_t hash)
{
    size_t i = (size_t)hash & (u->room - 1);
    while (u->slot[i].number_plus_1 &&
           (u->slot[i].number_plus_1 != number_plus_1 || u->slot[i].hash != hash))
        i = (i + 1) & (u->room - 1);
    u->used += !u->slot[i].number_plus_1;
    u->slot[i] = (struct world_slot){number_plus_1, hash};
}

static void unique_grow(struct world_unique *u)
{
    struct world_unique old = *u;
    u->room = old.room ? 2 * old.room : 1024;
    u->used = 0;
    u->slot = calloc(u->room, sizeof(*u->slot));
    if (!u->slot)
        abort();
    for (size_t i = 0; i < old.room; i++)
        if (old.slot[i].number_plus_1)
            unique_place(u, old.slot[i].number_plus_1, old.slot[i].hash);
    free(old.slot);
}

static void note_has(struct world_unique *u, uint64_t number, bool has)
{
    size_t word = number / 64;
    uint64_t bit = UINT64_C(1) << number % 64;
    if (word >= u->words) {
        if (!has)
            return;
        size_t words = MAX(2 * u->words, word + 1);
        u->has = grown(u->has, words, sizeof(*u->has));
        memset(u->has + u->words, 0, (words - u->words) * sizeof(*u->has));
        u->words = words;
    }
    u->has[word] = has ? u->has[word] | bit : u->has[word] & ~bit;
}

static void unique_put(struct world_unique *u, uint64_t number, struct str value)
{
    note_has(u, number, value.n > 0);
    if (!value.n)
        return;
    if (2 * (u->used + 1) > u->room)
        unique_grow(u);
    unique_place(u, number + 1, folded_hash(value));
}

struct world_record *world_by_unique_at(struct world *w, enum world_type t, uint16_t field,
                                        struct str value)
{
    struct world_table *tab = &w->table[t];
    for (size_t k = 0; k < tab->uniques && value.n; k++) {
        struct world_unique *u = &tab->unique[k];
        if (u->field != field)
            continue;
        uint64_t hash = folded_hash(value);
        size_t i = (size_t)hash & (u->room - 1);
        for (; u->slot[i].number_plus_1; i = (i + 1) & (u->room - 1)) {
            if (u->slot[i].hash != hash)
                continue;
            struct world_record *r = tab->record[u->slot[i].number_plus_1 - 1];
            /* A slot whose record has another value by now is a leftover; it
             * is passed over. */
            if (!r->merged_into && !r->archived_ms &&
                str_eq_nocase(unique_value(w, t, field, r->number), value))
                return r;
        }
    }
    return NULL;
}

struct world_record *world_generated_by(struct world *w, enum world_type t, uint16_t field,
                                        struct str value)
{
    struct arena a;
    struct world_record *found = NULL;
    size_t from = 0, to;
    int64_t n;
    while (from < value.n && (value.p[from] < '0' || value.p[from] > '9'))
        from++;
    for (to = from; to < value.n && value.p[to] >= '0' && value.p[to] <= '9';)
        to++;
    if (!w->table[t].recipe[field] || !str_to_i64(str_slice(value, from, to), &n) || n < 1 ||
        (uint64_t)n > w->table[t].count)
        return NULL;
    struct world_record *r = w->table[t].record[n - 1];
    arena_init(&a, 64 * KIB);
    if (r->generated && !r->archived_ms && !r->merged_into &&
        str_eq_nocase(world_get_at(w, t, r, &a, field), value))
        found = r;
    arena_release(&a);
    return found;
}

static int cmp_numbers(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

size_t world_with(struct world *w, enum world_type t, uint16_t field, struct str value,
                  struct arena *a, uint64_t **out)
{
    struct world_table *tab = &w->table[t];
    size_t n = 0, room = 0;
    *out = NULL;
    struct world_record *made = world_generated_by(w, t, field, value);
    for (size_t k = 0; k < tab->uniques && value.n; k++) {
        struct world_unique *u = &tab->unique[k];
        if (u->field != field)
            continue;
        uint64_t hash = folded_hash(value);
        for (size_t i = (size_t)hash & (u->room - 1); u->slot[i].number_plus_1 || made;
             i = (i + 1) & (u->room - 1)) {
            bool last = !u->slot[i].number_plus_1;
            if (!last && u->slot[i].hash != hash)
                continue;
            struct world_record *r = last ? made : tab->record[u->slot[i].number_plus_1 - 1];
            if (last)
                made = NULL;
            if (r->merged_into || r->archived_ms ||
                (!last && !str_eq_nocase(unique_value(w, t, field, r->number), value)))
                continue;
            if (n == room) {
                uint64_t *more = ARENA_ARRAY(a, uint64_t, room ? 2 * room : 8);
                if (n)
                    memcpy(more, *out, n * sizeof(**out));
                *out = more;
                room = room ? 2 * room : 8;
            }
            (*out)[n++] = r->number;
            if (last)
                break;
        }
    }
    if (n > 1)
        qsort(*out, n, sizeof(**out), cmp_numbers);
    size_t kept = n ? 1 : 0; /* a leftover slot can name a record twice */
    for (size_t i = 1; i < n; i++)
        if ((*out)[i] != (*out)[kept - 1])
            (*out)[kept++] = (*out)[i];
    return kept;
}

struct world_record *world_by_unique(struct world *w, enum world_type t, struct str value)
{
    struct world_table *tab = &w->table[t];
    return tab->uniques ? world_by_unique_at(w, t, tab->unique[0].field, value) : NULL;
}

static const struct world_unique *unique_of(const struct world *w, enum world_type t,
                                            uint16_t field)
{
    for (size_t i = 0; i < w->table[t].uniques; i++)
        if (w->table[t].unique[i].field == field)
            return &w->table[t].unique[i];
    return NULL;
}

bool world_is_unique(const struct world *w, enum world_type t, uint16_t field)
{
    return unique_of(w, t, field) != NULL;
}

uint64_t world_without(const struct world *w, enum world_type t, uint16_t field, uint64_t from)
{
    const struct world_unique *u = unique_of(w, t, field);
    for (size_t word = from / 64; u && word < u->words; word++, from = 64 * word) {
        uint64_t bare = ~u->has[word] >> from % 64;
        if (bare)
            return MIN(from + (uint64_t)__builtin_ctzll(bare), w->table[t].count);
    }
    return MIN(from, w->table[t].count);
}

void world_set_unique(struct world *w, enum world_type t, struct str field)
{
    struct world_table *tab = &w->table[t];
    uint16_t f = world_field(w, t, field);
    if (world_is_unique(w, t, f) || tab->uniques == W_UNIQUES_MAX)
        return;
    struct world_unique *u = &tab->unique[tab->uniques++];
    *u = (struct world_unique){.field = f};
    unique_grow(u);
    for (uint64_t i = 0; i < tab->count; i++)
        unique_put(u, i, unique_value(w, t, f, i));
}

/* ---- what changed ---------------------------------------------------------------------------- */

void world_touch(struct world *w, enum world_type t, struct world_record *r, int64_t now_ms)
{
    now_ms = MAX(now_ms, r->created_ms);
    r->edited_ms = now_ms;
    if (r->logged && r->modified_ms == now_ms)
        return; /* one entry a record and millisecond */
    r->modified_ms = now_ms;
    log_add(&w->table[t], now_ms, r);
}

size_t world_log_from(const struct world *w, enum world_type t, int64_t at_ms)
{
    const struct world_table *tab = &w->table[t];
    size_t lo = 0, hi = tab->log_count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (tab->log[mid].at_ms < at_ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool world_log_live(const struct world *w, enum world_type t, size_t at)
{
    const struct world_table *tab = &w->table[t];
    const struct world_log_entry *e = &tab->log[at];
    const struct world_record *r = tab->record[e->number];
    return r->logged && r->modified_ms == e->at_ms && !r->purged;
}

uint64_t world_created_from(const struct world *w, enum world_type t, int64_t at_ms)
{
    const struct world_table *tab = &w->table[t];
    uint64_t lo = 0, hi = tab->count;
    while (lo < hi) {
        uint64_t mid = (lo + hi) / 2;
        if (tab->record[mid]->created_ms < at_ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void world_walk_from(const struct world *w, enum world_type t, int64_t at_ms, struct world_walk *k)
{
    k->number = world_created_from(w, t, at_ms);
    k->log = world_log_from(w, t, at_ms);
}

struct world_record *world_walk_next(const struct world *w, enum world_type t, struct world_walk *k)
{
    const struct world_table *tab = &w->table[t];
    while (k->number < tab->count &&
           (tab->record[k->number]->logged || tab->record[k->number]->purged))
        k->number++;
    while (k->log < tab->log_count && !world_log_live(w, t, k->log))
        k->log++;
    bool untouched = k->number < tab->count, logged = k->log < tab->log_count;
    if (untouched && (!logged || tab->record[k->number]->modified_ms <= tab->log[k->log].at_ms))
        return tab->record[k->number++];
    return logged ? tab->record[tab->log[k->log++].number] : NULL;
}

/* ---- undoing --------------------------------------------------------------------------------- */

struct world_record *world_snapshot(const struct world_record *r)
{
    struct world_record *copy = grown(NULL, 1, sizeof(*copy));
    *copy = *r;
    copy->value = r->values ? grown(NULL, (r->values + 3u) / 4 * 4, sizeof(*r->value)) : NULL;
    for (uint16_t i = 0; i < r->values; i++) {
        struct world_value *v = &copy->value[i];
        *v = r->value[i];
        if (v->inside)
            continue;
        v->text = text_of(str_from(r->value[i].text));
        v->past = v->pasts ? grown(NULL, v->pasts, sizeof(*v->past)) : NULL;
        for (unsigned k = 0; k < v->pasts; k++) {
            v->past[k] = r->value[i].past[k];
            v->past[k].text = text_of(str_from(r->value[i].past[k].text));
        }
    }
    return copy;
}

void world_put_back(struct world *w, enum world_type t, struct world_record *snapshot)
{
    struct world_table *tab = &w->table[t];
    struct world_record *r = tab->record[snapshot->number];
    bool was_live = !r->archived_ms;
    free_values(r);
    *r = *snapshot; /* entries of the undone writes no longer fit its stamp,
                       and count no more */
    free(snapshot);
    tab->live += (uint64_t)(!r->archived_ms) - (uint64_t)was_live;
    for (size_t i = 0; i < tab->uniques; i++)
        unique_put(&tab->unique[i], r->number, unique_value(w, t, tab->unique[i].field, r->number));
}

void world_snapshot_free(struct world_record *snapshot)
{
    free_values(snapshot);
    free(snapshot);
}
