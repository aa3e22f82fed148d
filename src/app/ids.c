/* ids: which accounts a command is about: those of a file, or those that a filter lets through
 * (S13.1). */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "text/sfid.h"

#define BAD_LINES_SHOWN 10

/* The first cell of a line, without quotes: Salesforce's and HubSpot's exports are CSV. */
static struct str first_cell(struct str line)
{
    struct str cell, rest = line;
    if (!str_cut(&rest, ',', &cell))
        return line;
    cell = str_trim(cell);
    if (cell.n >= 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
        cell = str_slice(cell, 1, cell.n - 1);
    return str_trim(cell);
}

static bool heading(struct str cell)
{
    static const char *const words[] = {"id", "accountid", "account id", "account_id", "account"};
    for (size_t i = 0; i < LEN(words); i++)
        if (str_eq_nocase(cell, str_from(words[i])))
            return true;
    return false;
}

/* Bad lines are all named before anything is done; none at all is a mistake too. */
static bool bad_lines(struct app *app, struct str named, size_t bad, struct err *e)
{
    if (bad)
        err_set(e, ERR_USAGE, "bad_id", "%s: %zu line%s no account id: %.*s%s", app->o.ids, bad,
                bad == 1 ? " is" : "s are", STR_ARG(named), bad > BAD_LINES_SHOWN ? ", ..." : "");
    else
        err_set(e, ERR_USAGE, "no_ids", "%s names no account", app->o.ids);
    err_rule(e, "S13.1");
    err_subject(e, str_from(app->o.ids));
    return err_hint(e, "an account id has 15 or 18 characters and begins with 001; one a line, or"
                       " first in its line");
}

static bool of_file(struct app *app, struct pass_options *o, struct err *e)
{
    struct str text, line, named = S("");
    size_t n = 0, kept = 0, number = 0, bad = 0;
    if (!file_read(&app->a, app->o.ids, 256 * MIB, &text, e))
        return err_rule(e, "S13.1");
    if (str_starts(text, S("\xef\xbb\xbf"))) /* as spreadsheets write it */
        text = str_slice(text, 3, text.n);
    struct str *id = ARENA_ARRAY(&app->a, struct str, text.n / 15 + 1);
    while (str_cut(&text, '\n', &line)) {
        number++;
        struct str cell = first_cell(str_trim(line)), full = sfid18(&app->a, cell);
        if (!cell.n || (number == 1 && heading(cell)))
            continue;
        if (full.p && sfid_has_prefix(full, S("001"))) {
            id[n++] = full;
        } else if (++bad <= BAD_LINES_SHOWN) {
            named = str_fmt(&app->a, "%.*s%sline %zu \"%.*s\"", STR_ARG(named), bad > 1 ? ", " : "",
                            number, STR_ARG(str_slice(cell, 0, 24)));
        }
    }
    if (bad || n == 0)
        return bad_lines(app, named, bad, e);
    qsort(id, n, sizeof(*id), str_by_text);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !str_eq(id[kept - 1], id[i]))
            id[kept++] = id[i];
    o->ids = id;
    o->ids_count = kept;
    return true;
}

static bool of_filter(struct app *app, struct pass_options *o, struct err *e)
{
    struct str *id;
    uint64_t unknown;
    if (!engine_select(app->engine, &app->a, str_from(app->o.filter), &id, &o->ids_count, &unknown,
                       e))
        return false;
    o->ids = id;
    o->selected = true;
    if (unknown)
        log_warn(&app->log, "of %s the filter cannot tell: a field of it cannot be read; left out",
                 counted(app, unknown, "account", "accounts"));
    return true;
}

bool id_given(struct app *app, const char *text, enum side *side, struct str *id, struct err *e)
{
    int64_t number;
    *side = engine_side_of(&app->a, str_trim(str_from(text)), id);
    if (*side == SIDE_SF || (str_to_i64(*id, &number) && number > 0))
        return true;
    err_set(e, ERR_USAGE, "bad_id", "\"%.40s\" is neither an account's id nor a company's", text);
    err_subject(e, str_slice(str_from(text), 0, 40));
    return err_hint(e, "an account's has 15 or 18 characters, a company's is a number");
}

bool ids_given(struct app *app, struct pass_options *o, struct err *e)
{
    if (app->o.ids && app->o.filter) {
        err_set(e, ERR_USAGE, "arguments", "--ids and --filter say two things");
        return err_hint(e, "give one of them; the filter can name ids: Id in ('001...', ...)");
    }
    return app->o.ids ? of_file(app, o, e) : app->o.filter ? of_filter(app, o, e) : true;
}
