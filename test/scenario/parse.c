/* parse: lines of text become scenarios. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/settings.h"
#include "test/scenario/scenario.h"

#define FILE_MAX     MIB
#define BLOCKS_MAX   64
#define LINES_MAX    256 /* of a block */
#define PAIRS_MAX    32
#define SCENARIO_MAX 2048

const char *const kind_names[KIND_COUNT] = {"account", "company", "contact", "sf_contact",
                                            "lead",    "user",    "owner",   "list"};

bool kind_named(struct str name, enum kind *out)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (str_eq(name, str_from(kind_names[i]))) {
            *out = (enum kind)i;
            return true;
        }
    return false;
}

bool line_error(struct err *e, const struct scenario *s, int number, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_set(e, ERR_USAGE, "scenario", "%.*s:%d: %s", STR_ARG(s->file), number, text);
}

struct reader {
    struct arena *a;
    struct scenarios *out;
    struct scenario *now; /* the one being read; its file is known before its name */
    struct scenario none;
    struct block *block;
    int number;
};

/* ---- tokens ---------------------------------------------------------------------------------- */

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* One token, unquoted: `word`, `name=value`, `name="a value"`; *equals = where the first = outside
 * of quotes is, -1 = none. False at the end of the line. */
static bool next_token(struct arena *a, struct str *rest, struct str *token, ptrdiff_t *equals,
                       bool *open)
{
    size_t i = 0, n = 0;
    bool quoted = false;
    while (i < rest->n && blank(rest->p[i]))
        i++;
    if (i == rest->n || rest->p[i] == '#')
        return false;
    char *out = arena_bytes(a, rest->n);
    *equals = -1;
    for (; i < rest->n && (quoted || !blank(rest->p[i])); i++) {
        char c = rest->p[i];
        if (quoted && c == '\\' && i + 1 < rest->n) {
            c = rest->p[++i];
            out[n++] = c == 'n' ? '\n' : c;
        } else if (c == '"') {
            quoted = !quoted;
        } else {
            if (c == '=' && !quoted && *equals < 0)
                *equals = (ptrdiff_t)n;
            out[n++] = c;
        }
    }
    *token = (struct str){out, n};
    *rest = str_slice(*rest, i, rest->n);
    *open = quoted;
    return true;
}

static bool read_pause(struct reader *r, struct str token, struct line *l, struct err *e)
{
    if (duration_parse(str_slice(token, 1, token.n), &l->pause_ms))
        return true;
    return line_error(e, r->now, r->number, "\"%.*s\" is no time such as +1s", STR_ARG(token));
}

static bool read_line(struct reader *r, struct str text, struct line *l, struct err *e)
{
    struct pair pair[PAIRS_MAX];
    struct str token;
    ptrdiff_t equals;
    bool open;
    *l = (struct line){.number = r->number, .pause_ms = -1};
    while (next_token(r->a, &text, &token, &equals, &open)) {
        if (open)
            return line_error(e, r->now, r->number, "a quotation mark is not closed");
        if (!l->verb.n && token.n > 1 && token.p[0] == '+') {
            if (!read_pause(r, token, l, e))
                return false;
        } else if (!l->verb.n) {
            l->verb = token;
        } else if (equals > 0) {
            if (l->pairs == PAIRS_MAX)
                return line_error(e, r->now, r->number, "more than %d fields", PAIRS_MAX);
            pair[l->pairs++] = (struct pair){str_slice(token, 0, (size_t)equals),
                                             str_slice(token, (size_t)equals + 1, token.n)};
        } else {
            if (l->words == WORDS_MAX || l->pairs)
                return line_error(e, r->now, r->number, "\"%.*s\" is one word too many",
                                  STR_ARG(token));
            l->word[l->words++] = token;
        }
    }
    l->pair = ARENA_ARRAY(r->a, struct pair, l->pairs);
    memcpy(l->pair, pair, l->pairs * sizeof(*pair));
    return true;
}

/* ---- scenarios ------------------------------------------------------------------------------- */

static bool finish(struct reader *r, struct err *e)
{
    const struct scenario *s = r->now;
    if (s == &r->none)
        return true;
    if (!s->promises.n)
        return line_error(e, s, s->number, "no promise is named: `promises S5.3`");
    if (s->blocks == 0 || s->block[s->blocks - 1].kind != BLOCK_THEN)
        return line_error(e, s, s->number, "the scenario does not end with what is expected");
    return true;
}

static bool start_scenario(struct reader *r, struct str name, struct err *e)
{
    if (!finish(r, e))
        return false;
    if (!name.n)
        return line_error(e, r->now, r->number, "a scenario has a name");
    for (size_t i = 0; i < r->out->count; i++)
        if (str_eq(r->out->one[i].name, name))
            return line_error(e, r->now, r->number, "there is a scenario of this name in %.*s:%d",
                              STR_ARG(r->out->one[i].file), r->out->one[i].number);
    if (r->out->count == SCENARIO_MAX)
        return line_error(e, r->now, r->number, "more than %d scenarios", SCENARIO_MAX);
    if (!r->out->one)
        r->out->one = ARENA_ARRAY(r->a, struct scenario, SCENARIO_MAX);
    r->now = &r->out->one[r->out->count++];
    *r->now = (struct scenario){.file = r->none.file,
                                .name = name,
                                .number = r->number,
                                .block = ARENA_ARRAY(r->a, struct block, BLOCKS_MAX)};
    r->block = NULL;
    return true;
}

static bool start_block(struct reader *r, enum block_kind kind, struct err *e)
{
    struct scenario *s = r->now;
    if (s->blocks == BLOCKS_MAX)
        return line_error(e, s, r->number, "more than %d blocks", BLOCKS_MAX);
    if (kind == BLOCK_GIVEN && s->blocks)
        return line_error(e, s, r->number, "`given` comes first");
    if (kind == BLOCK_THEN && (!s->blocks || s->block[s->blocks - 1].kind != BLOCK_WHEN))
        return line_error(e, s, r->number, "`then` follows `when`");
    r->block = &s->block[s->blocks++];
    *r->block = (struct block){.kind = kind, .line = ARENA_ARRAY(r->a, struct line, LINES_MAX)};
    return true;
}

/* What stands above the blocks: "promises S5.3 S5.8", "one_way WHY", ... */
static bool head_line(struct reader *r, struct str word, struct str rest, struct err *e)
{
    struct scenario *s = r->now;
    const struct {
        const char *name;
        struct str *at;
    } heads[] = {{"promises", &s->promises},
                 {"one_way", &s->one_way},
                 {"pending", &s->pending},
                 {"not_quiet", &s->not_quiet}};
    for (size_t i = 0; i < LEN(heads); i++) {
        if (!str_eq(word, str_from(heads[i].name)))
            continue;
        if (!rest.n)
            return line_error(e, s, r->number, "`%s` wants a reason", heads[i].name);
        *heads[i].at = rest;
        return true;
    }
    return line_error(e, s, r->number, "\"%.*s\" is not known here", STR_ARG(word));
}

static bool take_line(struct reader *r, struct str text, struct err *e)
{
    struct str rest = text, word;
    ptrdiff_t space = str_find_char(text, ' ');
    word = space < 0 ? text : str_slice(text, 0, (size_t)space);
    rest = space < 0 ? S("") : str_trim(str_slice(text, (size_t)space, text.n));
    if (str_eq(word, S("scenario")))
        return start_scenario(r, rest, e);
    if (r->now == &r->none)
        return line_error(e, r->now, r->number, "a file begins with `scenario NAME`");
    if (str_eq(text, S("given")))
        return start_block(r, BLOCK_GIVEN, e);
    if (str_eq(text, S("when")))
        return start_block(r, BLOCK_WHEN, e);
    if (str_eq(text, S("then")))
        return start_block(r, BLOCK_THEN, e);
    if (!r->block)
        return head_line(r, word, rest, e);
    if (r->block->lines == LINES_MAX)
        return line_error(e, r->now, r->number, "more than %d lines in one block", LINES_MAX);
    struct line *l = &r->block->line[r->block->lines++];
    return read_line(r, text, l, e) && line_check(r->now, r->block->kind, l, e);
}

static bool read_file(struct arena *a, const char *path, struct str *out, struct err *e)
{
    FILE *f = fopen(path, "rb");
    char *p = arena_bytes(a, FILE_MAX);
    if (!f)
        return err_set(e, ERR_USAGE, "scenario", "cannot read %s", path);
    size_t n = fread(p, 1, FILE_MAX, f);
    fclose(f);
    *out = (struct str){p, n};
    return n < FILE_MAX || err_set(e, ERR_USAGE, "scenario", "%s is too large", path);
}

bool scenarios_read(struct arena *a, const char *path, struct scenarios *out, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct reader r = {.a = a, .out = out};
    struct str text, line;
    if (!read_file(a, path, &text, e))
        return false;
    r.now = &r.none;
    r.none.file = str_dup(a, str_from(slash ? slash + 1 : path));
    while (str_cut(&text, '\n', &line)) {
        r.number++;
        line = str_trim(line);
        if (line.n && line.p[0] != '#' && !take_line(&r, line, e))
            return false;
    }
    return finish(&r, e);
}
