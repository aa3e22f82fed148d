/* mirror: account becomes company, field property, prefer_salesforce prefer_hubspot. */
#include <string.h>

#include "test/scenario/scenario.h"

static const char *const exchanged[][2] = {
    {"account", "company"},
    {"prefer_salesforce", "prefer_hubspot"},
    {"always_salesforce", "always_hubspot"},
    {"salesforce", "hubspot"},
    {"user", "owner"},
};

static struct str other_word(struct str w)
{
    for (size_t i = 0; i < LEN(exchanged); i++)
        for (int k = 0; k < 2; k++)
            if (str_eq(w, str_from(exchanged[i][k])))
                return str_from(exchanged[i][!k]);
    return w;
}

/* The field of a side that is mapped with this one; none = it has no counterpart. */
static struct str other_field(const struct mappings *m, struct str name)
{
    if (str_eq(name, S("site"))) /* what a record's web address is, on either side */
        return name;
    for (size_t i = 0; i < m->count; i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            if (str_eq(m->map[i].name[s], name))
                return m->map[i].name[side_other(s)];
    return STR_NONE;
}

/* "@account.acme" names an id. */
static struct str other_value(struct arena *a, struct str v)
{
    ptrdiff_t dot = str_find_char(v, '.');
    if (!str_starts(v, S("@")) || dot < 0)
        return v;
    struct str kind = str_slice(v, 1, (size_t)dot);
    return str_fmt(a, "@%.*s%.*s", STR_ARG(other_word(kind)),
                   STR_ARG(str_slice(v, (size_t)dot, v.n)));
}

static bool mirror_line(struct arena *a, const struct scenario *s, const struct mappings *m,
                        enum block_kind in, const struct line *from, struct line *to, struct err *e)
{
    const struct verb *v = verb_of(from, in);
    *to = *from;
    if (v->one_way)
        return line_error(e, s, from->number,
                          "`%s` has no mirror image: say `one_way WHY` under the name", v->name);
    to->verb = other_word(from->verb);
    for (size_t i = 0; i < from->words; i++) {
        char letter = verb_letter(v, i);
        struct str field = letter == 'f' ? other_field(m, from->word[i]) : STR_NONE;
        to->word[i] = field.p                                           ? field
                      : letter == 't' || letter == 'k' || letter == 's' ? other_word(from->word[i])
                                                                        : from->word[i];
    }
    size_t two = verb_letter(v, 1) == 'v' ? 1 : 0; /* the account comes first, and its value */
    if (from->words == two + 2 && (two || verb_letter(v, 0) == 'A')) {
        to->word[two] = from->word[two + 1];
        to->word[two + 1] = from->word[two];
    }
    to->pair = ARENA_ARRAY(a, struct pair, from->pairs);
    if (str_eq(from->verb, S("user")) || str_eq(from->verb, S("owner"))) { /* in the same words */
        memcpy(to->pair, from->pair, from->pairs * sizeof(*to->pair));
        return true;
    }
    for (size_t i = 0; i < from->pairs; i++) {
        to->pair[i].name = other_field(m, from->pair[i].name);
        to->pair[i].value = other_value(a, from->pair[i].value);
        if (!to->pair[i].name.p)
            return line_error(e, s, from->number,
                              "%.*s has no counterpart: say `one_way WHY` under the name",
                              STR_ARG(from->pair[i].name));
    }
    return true;
}

bool scenario_mirror(struct arena *a, const struct scenario *s, const struct mappings *m,
                     struct scenario *out, struct err *e)
{
    *out = *s;
    out->mirrored = true;
    out->name = str_fmt(a, "%.*s (mirrored)", STR_ARG(s->name));
    out->block = ARENA_ARRAY(a, struct block, s->blocks);
    for (size_t i = 0; i < s->blocks; i++) {
        struct block *b = &out->block[i];
        *b = s->block[i];
        b->line = ARENA_ARRAY(a, struct line, b->lines);
        for (size_t k = 0; k < b->lines; k++)
            if (!mirror_line(a, s, m, b->kind, &s->block[i].line[k], &b->line[k], e))
                return false;
    }
    return true;
}
