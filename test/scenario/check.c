/* check: what a scenario speaks of exists: records that a line introduced, fields of the service.
 */
#include "test/scenario/scenario.h"

#define CAST_MAX 256

struct cast {
    enum kind kind;
    struct str name;
};

struct checker {
    const struct scenario *s;
    const struct schema *const *schema;
    struct cast cast[CAST_MAX];
    size_t count;
};

static bool known(const struct checker *c, enum kind kind, struct str name)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->cast[i].kind == kind && str_eq(c->cast[i].name, name))
            return true;
    return false;
}

static bool introduce(struct checker *c, int number, enum kind kind, struct str name, struct err *e)
{
    if (known(c, kind, name))
        return true;
    if (c->count == CAST_MAX)
        return line_error(e, c->s, number, "more than %d records", CAST_MAX);
    c->cast[c->count++] = (struct cast){kind, name};
    return true;
}

static bool need(const struct checker *c, int number, enum kind kind, struct str name,
                 struct err *e)
{
    return known(c, kind, name) || line_error(e, c->s, number, "there is no %s called %.*s",
                                              kind_names[kind], STR_ARG(name));
}

/* Fields of people are the sandbox's to judge. */
static bool check_fields(const struct checker *c, const struct line *l, enum kind kind,
                         struct err *e)
{
    for (size_t i = 0; kind <= KIND_COMPANY && i < l->pairs; i++) {
        enum side s = kind == KIND_ACCOUNT ? SIDE_SF : SIDE_HS;
        struct str name = l->pair[i].name;
        if (!str_eq(name, S("site")) && !schema_find(c->schema[s], name))
            return line_error(e, c->s, l->number, "%s has no field %.*s", kind_names[kind],
                              STR_ARG(name));
    }
    return true;
}

/* "@account.acme" in a value, or as a setting's. */
static bool check_id(const struct checker *c, const struct line *l, struct str v, struct err *e)
{
    ptrdiff_t dot = str_find_char(v, '.');
    enum kind kind;
    if (!str_starts(v, S("@")) || dot < 0 || !kind_named(str_slice(v, 1, (size_t)dot), &kind))
        return true;
    return need(c, l->number, kind, str_slice(v, (size_t)dot + 1, v.n), e);
}

static bool check_ids(const struct checker *c, const struct line *l, struct err *e)
{
    for (size_t i = 0; i < l->words; i++)
        if (!check_id(c, l, l->word[i], e))
            return false;
    for (size_t i = 0; i < l->pairs; i++)
        if (!check_id(c, l, l->pair[i].value, e))
            return false;
    return true;
}

/* One word that names a record; `kind` is what the words before it said. */
static bool check_word(struct checker *c, enum block_kind in, const struct line *l, char letter,
                       struct str word, enum kind kind, struct err *e)
{
    enum kind other = kind == KIND_ACCOUNT ? KIND_COMPANY : KIND_ACCOUNT;
    switch (letter) {
    case 'n': /* made by a person before, or by us then */
        if ((in != BLOCK_THEN || str_eq(l->verb, S("create"))) &&
            !introduce(c, l->number, kind, word, e))
            return false;
        return need(c, l->number, kind, word, e);
    case 'r':
        return need(c, l->number, kind, word, e);
    case 'o':
        return need(c, l->number, other, word, e);
    case 'A':
        return need(c, l->number, KIND_ACCOUNT, word, e);
    case 'C':
        return need(c, l->number, KIND_COMPANY, word, e);
    default:
        return true;
    }
}

static bool check_line(struct checker *c, enum block_kind in, const struct line *l, struct err *e)
{
    const struct verb *v = verb_of(l, in);
    enum kind kind = KIND_COUNT;
    kind_named(l->verb, &kind);
    for (size_t i = 0; i < l->words; i++) {
        char letter = verb_letter(v, i);
        if (letter == 'k' || letter == 's')
            kind_named(l->word[i], &kind);
        if (str_eq(l->verb, S("merge")) && i == 2 && !str_eq(l->word[i], S("into")))
            return line_error(e, c->s, l->number, "`merge KIND LOSER into SURVIVOR`");
        if (!check_word(c, in, l, letter, l->word[i], kind, e))
            return false;
    }
    if (l->words == 1 && verb_letter(v, 0) == 'A' && verb_letter(v, 1) == 'C' &&
        !need(c, l->number, KIND_COMPANY, l->word[0], e))
        return false;
    return check_ids(c, l, e) && check_fields(c, l, kind, e);
}

bool scenario_check(const struct scenario *s, const struct schema *const schema[SIDE_COUNT],
                    struct err *e)
{
    struct checker c = {.s = s, .schema = schema};
    for (size_t i = 0; i < s->blocks; i++)
        for (size_t k = 0; k < s->block[i].lines; k++)
            if (!check_line(&c, s->block[i].kind, &s->block[i].line[k], e))
                return false;
    return true;
}
