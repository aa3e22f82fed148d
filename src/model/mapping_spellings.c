#include "model/mapping_spellings.h"

#include <stdlib.h>
#include <string.h>

#include "model/country.h"
#include "text/unicode.h"

/* One spelling, and what it means. */
struct spelling {
    enum side side;
    struct str text, code;
    uint64_t n;
    bool writable; /* the side takes it */
};

struct speller {
    struct arena *a;
    struct mapping *m;
    enum place_kind place;
    struct spelling *s;
    size_t count, room;
    struct str *country; /* the countries in use, of states that come without one */
    size_t countries;
    struct spellings out;
};

static bool ends(struct arena *a, struct str name, const char *const *words, size_t n)
{
    struct str s = text_letters(a, name);
    if (s.n > 1 && str_ends(name, S("__c")))
        s.n--;
    for (size_t i = 0; i < n; i++)
        if (str_ends(s, str_from(words[i])))
            return true;
    return false;
}

enum place_kind mapping_place(struct arena *a, const struct mapping *m)
{
    static const char *const country[] = {"country", "countrycode"};
    static const char *const state[] = {"state", "statecode", "stateprovince", "province"};
    if (m->kind != MAPPING_PLAIN || m->watched)
        return PLACE_NONE;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (ends(a, m->name[s], country, LEN(country)))
            return PLACE_COUNTRY;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (ends(a, m->name[s], state, LEN(state)))
            return PLACE_STATE;
    return PLACE_NONE;
}

/* "Billing" of BillingState and of BillingCountryCode. */
static struct str stem(struct str name)
{
    ptrdiff_t at = MAX(str_find(name, S("State")), str_find(name, S("Country")));
    return at < 0 ? STR_NONE : str_slice(name, 0, (size_t)at);
}

const struct mapping *mapping_country(struct arena *a, const struct mappings *all,
                                      const struct mapping *state)
{
    struct str own = stem(state->name[SIDE_SF]);
    for (size_t i = 0; i < all->count; i++) {
        const struct mapping *m = &all->map[i];
        bool one = state->group && m->group == state->group;
        one = one || (own.p && str_eq(stem(m->name[SIDE_SF]), own));
        if (one && mapping_place(a, m) == PLACE_COUNTRY)
            return m;
    }
    return NULL;
}

/* ---- what a spelling means ------------------------------------------------------------------- */

static void note_country(struct speller *k, struct str code)
{
    bool new = code.n > 0;
    for (size_t i = 0; new &&i < k->countries; i++)
        new = !str_eq(k->country[i], code);
    if (new)
        k->country[k->countries++] = code;
}

/* A state without a country is the one state of that name in the countries that are in use. */
static struct str meaning(const struct speller *k, struct str text, struct str country)
{
    if (k->place == PLACE_COUNTRY)
        return country_of(k->a, text);
    struct str code = country.n ? country_of(k->a, country) : STR_NONE, found = STR_NONE;
    if (code.n)
        return state_of(k->a, code, text);
    for (size_t i = 0; !country.n && i < k->countries; i++) {
        code = state_of(k->a, k->country[i], text);
        if (code.n && found.n)
            return STR_NONE;
        found = code.n ? code : found;
    }
    return found;
}

static const struct field_option *option_of(const struct field *f, struct str value)
{
    for (size_t i = 0; i < f->options; i++)
        if (str_eq(f->option[i].value, value))
            return &f->option[i];
    return NULL;
}

/* A text that means one state here and another there, on whichever side, means none. */
static void put(struct speller *k, struct spelling one)
{
    static const char unsure[] = "?"; /* no code has that letter */
    struct spelling *own = NULL;
    for (size_t i = 0; i < k->count; i++) {
        struct spelling *s = &k->s[i];
        if (!str_eq(s->text, one.text))
            continue;
        if (s->code.n && one.code.n && !str_eq(s->code, one.code))
            s->code = one.code = str_from(unsure);
        own = s->side == one.side ? s : own;
    }
    if (own) {
        own->code = own->code.n ? own->code : one.code;
        own->n += one.n;
        return;
    }
    assert(k->count < k->room);
    k->s[k->count++] = one;
}

static void gather(struct speller *k, enum side side, const struct used_values *used)
{
    const struct field *f = &k->m->meta[side];
    bool listed = f->options > 0;
    for (size_t i = 0; i < used->count; i++) {
        const struct used_value *v = &used->value[i];
        const struct field_option *o = listed ? option_of(f, v->text) : NULL;
        struct str code = o ? meaning(k, o->label, v->country) : STR_NONE;
        if (!code.n)
            code = meaning(k, v->text, v->country);
        put(k, (struct spelling){side, v->text, code, v->n, listed ? o && o->active : true});
    }
    for (size_t i = 0; i < f->options; i++) {
        const struct field_option *o = &f->option[i];
        struct str code = meaning(k, o->label, STR_NONE); /* says more than "PA" does */
        if (!code.n)
            code = meaning(k, o->value, STR_NONE);
        if (o->active && code.n)
            put(k, (struct spelling){side, o->value, code, 0, true});
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

static int by_meaning(const void *x, const void *y)
{
    const struct spelling *a = x, *b = y;
    int c = str_cmp(a->code, b->code);
    if (c)
        return c;
    if (a->side != b->side)
        return a->side < b->side ? -1 : 1;
    if (a->writable != b->writable)
        return a->writable ? -1 : 1;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return str_cmp(a->text, b->text);
}

/* Once is enough: a text that a person put down as something else has its line, and stays so. */
static void add_line(struct speller *k, struct str sf, struct str hs)
{
    for (size_t i = 0; i < k->m->table_count; i++)
        if (str_eq(k->m->table[i].side[SIDE_SF], sf) && str_eq(k->m->table[i].side[SIDE_HS], hs))
            return;
    k->m->table[k->m->table_count++] = (struct value_pair){{sf, hs}};
    k->out.lines++;
}

/* Which spelling of each side stands for this country or state: as the table has it, else the first
 * of each side. *told = the table has it. */
static bool leaders(const struct speller *k, const struct spelling *s, size_t n,
                    struct str lead[SIDE_COUNT], bool *told)
{
    *told = false;
    for (size_t line = 0; line < k->m->table_count; line++)
        for (size_t i = 0; i < n; i++)
            if (str_eq(k->m->table[line].side[s[i].side], s[i].text)) {
                *told = true;
                for (enum side side = SIDE_SF; side < SIDE_COUNT; side++)
                    lead[side] = k->m->table[line].side[side];
                return true;
            }
    for (enum side side = SIDE_SF; side < SIDE_COUNT; side++) {
        size_t i = 0;
        while (i < n && s[i].side != side)
            i++;
        if (i == n || !s[i].writable)
            return false;
        lead[side] = s[i].text;
    }
    return true;
}

/* All spellings s[0..n) of one country or state. */
static void add_lines(struct speller *k, const struct spelling *s, size_t n)
{
    struct str lead[SIDE_COUNT];
    bool told;
    if (!leaders(k, s, n, lead, &told))
        return;
    for (size_t i = 0; i < n; i++) {
        struct str pair[SIDE_COUNT] = {lead[SIDE_SF], lead[SIDE_HS]};
        pair[s[i].side] = s[i].text;
        if (mapping_same(k->a, k->m, NULL, value_text(pair[SIDE_SF]), value_text(pair[SIDE_HS])))
            continue;
        if (!told) /* what is written stands first */
            add_line(k, lead[SIDE_SF], lead[SIDE_HS]);
        told = true;
        if (!str_eq(pair[SIDE_SF], lead[SIDE_SF]) || !str_eq(pair[SIDE_HS], lead[SIDE_HS]))
            add_line(k, pair[SIDE_SF], pair[SIDE_HS]);
    }
}

static void count_left(struct speller *k)
{
    for (size_t i = 0; i < k->count; i++) {
        k->out.unknown += !k->s[i].code.n;
        k->out.several += str_eq(k->s[i].code, S("?"));
    }
}

struct spellings mapping_spellings(struct arena *a, struct mapping *m, enum place_kind place,
                                   const struct used_values used[SIDE_COUNT])
{
    struct speller k = {.a = a, .m = m, .place = place};
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        k.room += used[s].count + m->meta[s].options;
    k.s = ARENA_ARRAY(a, struct spelling, k.room + 1);
    k.country = ARENA_ARRAY(a, struct str, k.room + 1);
    for (enum side s = SIDE_SF; place == PLACE_STATE && s < SIDE_COUNT; s++)
        for (size_t i = 0; i < used[s].count; i++)
            note_country(&k, country_of(a, used[s].value[i].country));
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        gather(&k, s, &used[s]);
    count_left(&k);
    struct value_pair *table = ARENA_ARRAY(a, struct value_pair, m->table_count + 2 * k.count + 1);
    if (m->table_count)
        memcpy(table, m->table, m->table_count * sizeof(*table));
    m->table = table;
    qsort(k.s, k.count, sizeof(*k.s), by_meaning);
    for (size_t i = 0, n; i < k.count; i += n) {
        for (n = 1; i + n < k.count && str_eq(k.s[i].code, k.s[i + n].code);)
            n++;
        if (k.s[i].code.n && !str_eq(k.s[i].code, S("?")))
            add_lines(&k, &k.s[i], n);
    }
    return k.out;
}
