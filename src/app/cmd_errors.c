/* errors: records that could not be brought in step (S15): list, show, retry, export. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "model/refusal.h"
#include "text/csv.h"
#include "text/iso8601.h"

#define ERRORS_MAX 200000

static bool known_category(struct app *app, struct err *e)
{
    if (!app->o.category)
        return true;
    enum error_category found;
    if (category_from_name(str_from(app->o.category), &found))
        return true;
    err_set(e, ERR_USAGE, "unknown_category", "there is no category \"%.40s\"", app->o.category);
    err_rule(e, "S15.1");
    return err_hint(e, "there are associations, custom_code, duplicates, permissions, picklists,"
                       " property_values");
}

/* The newest errors of a record, or of all. */
struct errors {
    struct error_entry *x;
    size_t n;
    uint64_t left_out; /* of all, of whatever category: more than are listed at once */
};

static bool load(struct app *app, struct str record, struct errors *out, struct err *e)
{
    struct store *st = app->store;
    struct store_counts counts;
    size_t kept = 0;
    if (!st->ops->counts(st, &counts, e))
        return false;
    size_t limit = (size_t)MIN(counts.errors, (uint64_t)ERRORS_MAX);
    if (!st->ops->errors_list(st, &app->a, record, limit, &out->x, &out->n, e))
        return false;
    out->left_out = record.p ? 0 : counts.errors - limit;
    for (size_t i = 0; i < out->n; i++)
        if (!app->o.category || str_eq(out->x[i].category, str_from(app->o.category)))
            out->x[kept++] = out->x[i];
    out->n = kept;
    return true;
}

static void tell_left_out(struct app *app, const struct errors *x)
{
    if (x->left_out)
        log_warn(&app->log, "%s left out",
                 counted(app, x->left_out, "older error is", "older errors are"));
}

static void put_errors(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o,
                       const struct errors *errors)
{
    const struct error_entry *x = errors->x;
    size_t n = errors->n;
    yyjson_mut_val *count = yyjson_mut_obj_add_obj(d, o, "by_category");
    for (int c = 0; c < CATEGORY_COUNT; c++) {
        const char *name = category_name((enum error_category)c);
        int64_t many = 0;
        for (size_t i = 0; i < n; i++)
            many += str_eq(x[i].category, str_from(name));
        put_int(d, count, name, many);
        if (many)
            say(app, "%s: %lld\n", name, (long long)many);
    }
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "errors");
    for (size_t i = 0; i < n; i++) {
        put_error_entry(app, d, list, &x[i]);
        say_error_entry(app, &x[i]);
    }
    put_int(d, o, "left_out", (int64_t)errors->left_out);
}

static void show(struct app *app, const struct errors *x)
{
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_errors(app, d, o, x);
    result_print(app, d);
    tell_left_out(app, x);
}

bool cmd_errors_list(struct app *app, int *code, struct err *e)
{
    struct errors x;
    (void)code;
    if (!known_category(app, e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_READ, false, e) || !load(app, STR_NONE, &x, e))
        return false;
    show(app, &x);
    if (x.n == 0)
        say(app, "No record has an error.\n");
    return true;
}

bool cmd_errors_show(struct app *app, int *code, struct err *e)
{
    struct errors x;
    struct str id;
    enum side side;
    (void)code;
    if (!id_given(app, app->arg[0], &side, &id, e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_READ, false, e) || !load(app, id, &x, e))
        return false;
    show(app, &x);
    if (x.n == 0)
        say(app, "%s has no error.\n", app->arg[0]);
    return true;
}

/* S15.2: all by hand at any time: these are due now, and a pass is run. */
bool cmd_errors_retry(struct app *app, int *code, struct err *e)
{
    struct errors all = {0}, one;
    struct pass_options o = {.kind = PASS_SYNC};
    if ((app->args > 0) == (app->o.all || app->o.category)) {
        err_set(e, ERR_USAGE, "arguments",
                "`tandem errors retry` takes ID..., --category NAME, or --all");
        return err_hint(e, "`tandem errors list` shows the records with errors");
    }
    if (!known_category(app, e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_WRITE, true, e) ||
        (app->args == 0 && !load(app, STR_NONE, &all, e)))
        return false;
    for (int i = 0; i < app->args; i++) {
        struct str id;
        enum side side;
        if (!id_given(app, app->arg[i], &side, &id, e) || !load(app, id, &one, e))
            return false;
        if (one.n == 0) {
            err_set(e, ERR_USAGE, "no_error", "%.40s has no error", app->arg[i]);
            return err_hint(e, "`tandem errors list` shows those that have one");
        }
        if (!engine_retry(app->engine, one.x, one.n, e))
            return false;
    }
    tell_left_out(app, &all);
    return engine_retry(app->engine, all.x, all.n, e) &&
           run_pass(app, &o, "Trying again was", code, e);
}

static void put_csv(struct app *app, struct buf *b, const struct error_entry *x, size_t n)
{
    static const char *const heads[] = {"side",  "record",   "partner", "category", "code",
                                        "field", "value",    "message", "remedy",   "first",
                                        "last",  "next_try", "attempts"};
    for (size_t i = 0; i < LEN(heads); i++)
        csv_put_cell(b, str_from(heads[i]), i == 0);
    buf_str(b, S("\r\n"));
    for (size_t i = 0; i < n; i++) {
        const struct str cells[] = {str_from(side_name(x[i].side)),
                                    x[i].record,
                                    x[i].partner,
                                    x[i].category,
                                    x[i].code,
                                    x[i].field,
                                    x[i].value,
                                    x[i].message,
                                    remedy_of(&x[i]),
                                    iso_ms(&app->a, x[i].first_ms),
                                    iso_ms(&app->a, x[i].last_ms),
                                    iso_ms(&app->a, x[i].next_ms),
                                    str_fmt(&app->a, "%u", x[i].attempts)};
        for (size_t c = 0; c < LEN(cells); c++)
            csv_put_cell(b, cells[c], c == 0);
        buf_str(b, S("\r\n"));
    }
}

/* S15.4: what was due is due; the next pass goes on. */
bool cmd_errors_clear(struct app *app, int *code, struct err *e)
{
    struct suspension all[SUSPENDED_COUNT];
    size_t n = 0;
    (void)code;
    if (!config_load(app, e) || !app_open_store(app, STORE_WRITE, e) ||
        !engine_suspensions(app->store, &app->a, all, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "cleared");
    for (int s = 0; s < SUSPENDED_COUNT; s++) {
        if (!all[s].set)
            continue;
        put_suspension(app, d, list, (enum suspended)s, &all[s]);
        n++;
    }
    if (n > 0 && !engine_resume(app->store, e))
        return false;
    say(app, n ? "Cleared; the next pass goes on with what waited.\n" : "Nothing is suspended.\n");
    result_print(app, d);
    return true;
}

static bool write_csv(struct app *app, const struct error_entry *x, size_t n, const char *path,
                      struct err *e)
{
    struct buf b;
    buf_init(&b, 1024 * MIB);
    put_csv(app, &b, x, n);
    bool ok = path ? file_write(app, path, buf_view(&b), e)
                   : (fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0) ||
                         file_failed("write", "standard output", errno, e);
    buf_release(&b);
    return ok;
}

/* CSV to a file or standard output; with --json they are in the result, whether or not in a file.
 */
bool cmd_errors_export(struct app *app, int *code, struct err *e)
{
    struct errors x;
    const char *path = app->args ? app->arg[0] : NULL;
    (void)code;
    if (!known_category(app, e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_READ, false, e) || !load(app, STR_NONE, &x, e) ||
        ((path || !app->o.json) && !write_csv(app, x.x, x.n, path, e)))
        return false;
    if (app->o.json) {
        yyjson_mut_val *o;
        yyjson_mut_doc *d = result_new(app, &o);
        put_errors(app, d, o, &x);
        put_str(d, o, "file", path ? str_from(path) : STR_NONE);
        result_print(app, d);
    }
    if (path)
        say(app, "%s in %s.\n", counted(app, x.n, "error is", "errors are"), path);
    tell_left_out(app, &x);
    return true;
}
