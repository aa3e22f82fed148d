#include "sandbox/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/hash.h"

static void *grown(void *p, size_t n, size_t size)
{
    p = realloc(p, n * size);
    if (!p)
        abort();
    return p;
}

void world_init(struct world *w, uint64_t seed, int64_t now_ms)
{
    *w = (struct world){.seed = seed, .start_ms = now_ms};
}

static void free_values(struct world_record *r)
{
    for (uint16_t i = 0; i < r->values; i++)
        free(r->value[i].text);
    free(r->value);
    r->value = NULL;
    r->values = 0;
}

void world_clear(struct world *w, enum world_type t)
{
    struct world_table *tab = &w->table[t];
    for (uint64_t i = 0; i < tab->count; i++) {
        free_values(tab->record[i]);
        free(tab->record[i]);
    }
    free(tab->record);
    free(tab->log);
    free(tab->unique.slot);
    for (uint16_t i = 0; i < tab->fields; i++)
        free(tab->field[i]);
    *tab = (struct world_table){0};
}

void world_release(struct world *w)
{
    for (int t = 0; t < W_TYPE_COUNT; t++)
        world_clear(w, (enum world_type)t);
}

uint16_t world_field(struct world *w, enum world_type t, struct str name)
{
    struct world_table *tab = &w->table[t];
    bool sf = t <= W_USER;
    for (uint16_t i = 0; i < tab->fields; i++) {
        struct str have = str_from(tab->field[i]);
        if (sf ? str_eq_nocase(have, name) : str_eq(have, name))
            return i;
    }
    assert(tab->fields < W_FIELDS_MAX);
    tab->field[tab->fields] = strndup(name.p, name.n);
    return tab->fields++;
}

static void log_add(struct world_table *tab, int64_t at_ms, uint64_t number)
{
    if (tab->log_count == tab->log_room) {
        tab->log_room = tab->log_room ? 2 * tab->log_room : 1024;
        tab->log = grown(tab->log, tab->log_room, sizeof(*tab->log));
    }
    tab->log[tab->log_count++] = (struct world_log_entry){at_ms, number};
}

static struct world_record *add(struct world *w, enum world_type t, int64_t created_ms)
{
    struct world_table *tab = &w->table[t];
    if (tab->count == tab->room) {
        tab->room = tab->room ? 2 * tab->room : 1024;
        tab->record = grown(tab->record, tab->room, sizeof(*tab->record));
    }
    struct world_record *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    r->number = tab->count;
    r->created_ms = r->modified_ms = created_ms;
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
    log_add(&w->table[t], now_ms, r->number);
    return r;
}

/* Digits and small letters only, so that the order of ids is the order of birth. */
static const char *prefix_of(enum world_type t)
{
    static const char *const prefix[] = {"0015e", "0035e", "00Q5e", "0055e"};
    return prefix[t];
}

struct str world_id(const struct world *w, enum world_type t, uint64_t number, char out[32])
{
    (void)w;
    if (t >= W_COMPANY) {
        int n = snprintf(out, 32, "%llu", 9000000000ull + (unsigned long long)number * 7 +
                                              (t == W_HS_CONTACT ? 40000000000ull : 0));
        return (struct str){out, (size_t)n};
    }
    /* The check characters depend on the capitals alone (SF 12), so on the prefix. */
    static const char *const check[] = {"AAA", "AAA", "EAA", "AAA"};
    int n = snprintf(out, 32, "%s%010llu%s", prefix_of(t), (unsigned long long)number + 1, check[t]);
    return (struct str){out, (size_t)n};
}

/* The number an id names, existing or not; UINT64_MAX = not an id of this type. */
static uint64_t number_of(enum world_type t, struct str id)
{
    int64_t n;
    if (t >= W_COMPANY) {
        int64_t base = 9000000000ll + (t == W_HS_CONTACT ? 40000000000ll : 0);
        if (!str_to_i64(id, &n) || n < base || (n - base) % 7)
            return UINT64_MAX;
        return (uint64_t)(n - base) / 7;
    }
    if ((id.n != 15 && id.n != 18) || !str_starts(id, str_from(prefix_of(t))) ||
        !str_to_i64(str_slice(id, 5, 15), &n) || n < 1)
        return UINT64_MAX;
    return (uint64_t)n - 1;
}

struct world_record *world_find(struct world *w, enum world_type t, struct str id)
{
    uint64_t n = number_of(t, id);
    return n < w->table[t].count ? w->table[t].record[n] : NULL;
}

uint64_t world_after(const struct world *w, enum world_type t, struct str id)
{
    int64_t n;
    if (!id.n)
        return 0;
    uint64_t exact = number_of(t, id);
    if (exact != UINT64_MAX)
        return exact + 1;
    if (t < W_COMPANY || !str_to_i64(id, &n))
        return 0;
    int64_t base = 9000000000ll + (t == W_HS_CONTACT ? 40000000000ll : 0);
    (void)w;
    return n < base ? 0 : (uint64_t)(n - base) / 7 + 1;
}

struct str world_get_at(const struct world *w, enum world_type t, const struct world_record *r,
                        struct arena *a, uint16_t field)
{
    for (uint16_t i = 0; i < r->values; i++)
        if (r->value[i].field == field)
            return str_from(r->value[i].text);
    if (r->generated)
        return world_generated(w, t, r->number, a, str_from(w->table[t].field[field]));
    return S("");
}

struct str world_get(const struct world *w, enum world_type t, const struct world_record *r,
                     struct arena *a, struct str field)
{
    return world_get_at(w, t, r, a, world_field((struct world *)(uintptr_t)w, t, field));
}

/* ---- the unique property ------------------------------------------------------------------- */

static size_t slot_of(const struct world_unique *u, struct str value)
{
    return (size_t)(hash64(value) & (u->room - 1));
}

static struct str unique_value(struct world *w, enum world_type t, uint64_t number)
{
    struct world_record *r = w->table[t].record[number];
    for (uint16_t i = 0; i < r->values; i++)
        if (r->value[i].field == w->table[t].unique.field)
            return str_from(r->value[i].text);
    return S("");
}

static void unique_put(struct world *w, enum world_type t, uint64_t number, struct str value);

static void unique_grow(struct world *w, enum world_type t)
{
    struct world_unique *u = &w->table[t].unique, old = *u;
    u->room = old.room ? 2 * old.room : 1024;
    u->used = 0;
    u->slot = calloc(u->room, sizeof(*u->slot));
    if (!u->slot)
        abort();
    for (size_t i = 0; i < old.room; i++)
        if (old.slot[i])
            unique_put(w, t, old.slot[i] - 1, unique_value(w, t, old.slot[i] - 1));
    free(old.slot);
}

static void unique_put(struct world *w, enum world_type t, uint64_t number, struct str value)
{
    struct world_unique *u = &w->table[t].unique;
    if (!value.n)
        return;
    if (2 * (u->used + 1) > u->room)
        unique_grow(w, t);
    size_t i = slot_of(u, value);
    while (u->slot[i] && u->slot[i] != number + 1)
        i = (i + 1) & (u->room - 1);
    if (!u->slot[i])
        u->used++;
    u->slot[i] = number + 1;
}

struct world_record *world_by_unique(struct world *w, enum world_type t, struct str value)
{
    struct world_unique *u = &w->table[t].unique;
    if (!u->room || !value.n)
        return NULL;
    for (size_t i = slot_of(u, value); u->slot[i]; i = (i + 1) & (u->room - 1)) {
        struct world_record *r = w->table[t].record[u->slot[i] - 1];
        /* A slot whose record has another value by now is a leftover; it is passed over. */
        if (!r->merged_into && str_eq_nocase(unique_value(w, t, r->number), value))
            return r;
    }
    return NULL;
}

void world_set_unique(struct world *w, enum world_type t, struct str field)
{
    w->table[t].unique.field = world_field(w, t, field);
    if (!w->table[t].unique.room)
        unique_grow(w, t);
}

/* ---- writing --------------------------------------------------------------------------------- */

void world_set(struct world *w, enum world_type t, struct world_record *r, struct str field,
               struct str value)
{
    uint16_t f = world_field(w, t, field);
    struct world_value *at = NULL;
    for (uint16_t i = 0; i < r->values; i++)
        if (r->value[i].field == f)
            at = &r->value[i];
    if (!at) {
        if ((r->values & (r->values - 1)) == 0)
            r->value = grown(r->value, r->values ? 2u * r->values : 1, sizeof(*r->value));
        at = &r->value[r->values++];
        *at = (struct world_value){f, NULL};
    }
    char *text = malloc(value.n + 1);
    if (!text)
        abort();
    if (value.n)
        memcpy(text, value.p, value.n);
    text[value.n] = '\0';
    free(at->text);
    at->text = text;
    struct world_unique *u = &w->table[t].unique;
    if (u->room && u->field == f)
        unique_put(w, t, r->number, value);
}

void world_touch(struct world *w, enum world_type t, struct world_record *r, int64_t now_ms)
{
    r->modified_ms = MAX(now_ms, r->modified_ms);
    log_add(&w->table[t], r->modified_ms, r->number);
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
    if (r->modified_ms != e->at_ms)
        return false;
    /* The same record twice in one millisecond: the last one counts. */
    for (size_t i = at + 1; i < tab->log_count && tab->log[i].at_ms == e->at_ms; i++)
        if (tab->log[i].number == e->number)
            return false;
    return true;
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
