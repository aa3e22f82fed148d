#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/app.h"
#include "text/iso8601.h"

/* Control characters in what a service said would let it play with the terminal. */
static void harmless(char *text, size_t n, bool lines)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && !(lines && c == '\n')) || c == 0x7f)
            text[i] = ' ';
        if (c == 0xc2 && i + 1 < n && (unsigned char)text[i + 1] < 0xa0) /* C1, in UTF-8 */
            text[i] = text[i + 1] = ' ';
    }
}

int print_error(struct app *app, const struct err *said)
{
    struct err plain = *said, *e = &plain;
    static const struct {
        enum err_kind kind;
        int code;
    } table[] = {{ERR_REFUSED, EXIT_REFUSED},
                 {ERR_WAIT, EXIT_REFUSED},
                 {ERR_USAGE, EXIT_WRONG_USE},
                 {ERR_STOPPED, EXIT_STOPPED}};
    int code = EXIT_FAILED;
    for (size_t i = 0; i < LEN(table); i++)
        if (table[i].kind == e->kind)
            code = table[i].code;
    if (!e->hint[0] && word_remedy(str_from(e->code)))
        err_hint(e, "%s", word_remedy(str_from(e->code)));
    progress_clear(app);
    harmless(e->msg, strlen(e->msg), false);
    harmless(e->hint, strlen(e->hint), false);
    if (!app->o.json && !app->o.jsonl) {
        fprintf(stderr, "tandem: %s%s%s%s\n", e->msg, e->rule[0] ? " (" : "", e->rule,
                e->rule[0] ? ")" : "");
        if (e->hint[0])
            fprintf(stderr, "hint: %s\n", e->hint);
        return code;
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&app->a, &o);
    put_str(d, o, "code", str_from(e->code));
    put_str(d, o, "rule", str_from(e->rule));
    put_str(d, o, "message", str_from(e->msg));
    put_str(d, o, "hint", str_from(e->hint));
    put_str(d, o, "subject", str_from(e->subject));
    struct str text = json_print(&app->a, d);
    fprintf(stderr, "%.*s\n", STR_ARG(text));
    return code;
}

yyjson_mut_doc *result_new(struct app *app, yyjson_mut_val **result)
{
    yyjson_mut_val *root;
    yyjson_mut_doc *d = json_object(&app->a, &root);
    yyjson_mut_obj_add_int(d, root, "tandem", 1);
    yyjson_mut_obj_add_str(d, root, "command", app->command);
    *result = yyjson_mut_obj_add_obj(d, root, "result");
    return d;
}

void result_print(struct app *app, yyjson_mut_doc *d)
{
    if (!app->o.json)
        return;
    struct str text = json_print(&app->a, d);
    printf("%.*s\n", STR_ARG(text));
}

void result_list_begin(struct app *app, const char *key)
{
    if (app->o.json && !app->o.jsonl)
        printf("{\"tandem\":1,\"command\":\"%s\",\"result\":{\"%s\":[", app->command, key);
}

void result_list_end(struct app *app)
{
    if (app->o.json && !app->o.jsonl)
        printf("]}}\n");
}

void put_str(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, struct str s)
{
    json_put(d, o, key, s);
}

void put_int(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, int64_t n)
{
    yyjson_mut_obj_add_sint(d, o, key, n);
}

void put_bool(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, bool b)
{
    yyjson_mut_obj_add_bool(d, o, key, b);
}

void put_time(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, int64_t ms)
{
    json_put(d, o, key, ms ? iso_ms(&app->a, ms) : STR_NONE);
}

void put_report(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const struct report *r)
{
    put_str(d, o, "run", r->run ? str_fmt(&app->a, "%lld", (long long)r->run) : STR_NONE);
    put_bool(d, o, "planned_only", r->planned_only);
    yyjson_mut_val *actions = yyjson_mut_obj_add_obj(d, o, "actions");
    for (int i = 0; i < ACTION_COUNT; i++)
        put_int(d, actions, action_name((enum action)i), (int64_t)r->action[i]);
    yyjson_mut_val *whys = yyjson_mut_obj_add_obj(d, o, "why");
    for (int i = 0; i < WHY_COUNT; i++)
        if (r->why[i])
            put_int(d, whys, why_name((enum why)i), (int64_t)r->why[i]);
    static const char *const sides[] = {"salesforce", "hubspot"};
    for (int s = 0; s < SIDE_COUNT; s++) {
        yyjson_mut_val *side = yyjson_mut_obj_add_obj(d, o, sides[s]);
        put_int(d, side, "read", (int64_t)r->read[s]);
        put_int(d, side, "created", (int64_t)r->created[s]);
        put_int(d, side, "updated", (int64_t)r->updated[s]);
        put_int(d, side, "fields", (int64_t)r->fields[s]);
        put_int(d, side, "calls", (int64_t)r->calls[s]);
        put_int(d, side, "calls_fewest", (int64_t)r->calls_fewest[s]);
    }
    put_int(d, o, "stages_moved", (int64_t)r->stages);
    put_int(d, o, "contacts_placed", (int64_t)r->placed);
    yyjson_mut_val *moved = yyjson_mut_obj_add_obj(d, o, "associations");
    for (int s = 0; s < SIDE_COUNT; s++)
        put_int(d, moved, sides[s], (int64_t)r->associated[s]);
    put_int(d, moved, "wait", (int64_t)r->associations_wait);
    put_int(d, o, "overwritten", (int64_t)r->overwritten);
    put_int(d, o, "lost_edits", (int64_t)r->lost_edits);
    put_int(d, o, "errors", (int64_t)r->errors);
    yyjson_mut_val *unknown = r->unknowns ? yyjson_mut_obj_add_arr(d, o, "unknown_ids") : NULL;
    for (size_t i = 0; i < r->unknowns; i++)
        yyjson_mut_arr_add_strncpy(d, unknown, r->unknown[i].p, r->unknown[i].n);
    put_int(d, o, "parents_wait", (int64_t)r->parents_wait);
    put_int(d, o, "parents_next", (int64_t)r->parents_next);
    put_int(d, o, "left", (int64_t)r->left);
    put_int(d, o, "took_ms", r->took_ms);
    put_bool(d, o, "stopped", r->stopped);
    put_bool(d, o, "held", r->held);
    if (r->differences)
        put_int(d, o, "differences", (int64_t)r->differences);
}

void say(struct app *app, const char *fmt, ...)
{
    va_list ap;
    char *text;
    if (app->o.json || app->o.jsonl)
        return;
    progress_clear(app);
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    harmless(text, (size_t)n, true);
    fwrite(text, 1, (size_t)n, stdout);
    free(text);
}

void progress_clear(struct app *app)
{
    if (app->progress_open)
        fputs("\r\033[K", stderr);
    app->progress_open = false;
}

/* A line that went on in the next one could not be taken back. */
static size_t width_shown(struct app *app, size_t n)
{
    struct winsize size;
    if (!app->terminal || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return n;
    return MIN(n, (size_t)size.ws_col - 1);
}

static void progress_line(struct app *app, const struct progress *p, double seconds)
{
    double rate = seconds > 0 ? (double)(p->done - app->phase_from) / seconds : 0;
    struct buf b;
    buf_init(&b, KIB);
    buf_fmt(&b, "%s: %llu", p->phase, (unsigned long long)p->done);
    if (p->total)
        buf_fmt(&b, " of %llu", (unsigned long long)p->total);
    if (rate >= 1)
        buf_fmt(&b, ", %.0f/s", rate);
    if (p->total > p->done && rate >= 1)
        buf_fmt(&b, ", %.0f s left", (double)(p->total - p->done) / rate);
    fprintf(stderr, app->terminal ? "\r\033[K%.*s" : "%.*s\n", (int)width_shown(app, b.n), b.p);
    buf_release(&b);
    app->progress_open = app->terminal;
    fflush(stderr);
}

void on_progress(void *who, const struct progress *p)
{
    struct app *app = who;
    int64_t now = app->clock->mono_us(app->clock);
    if (app->o.json || app->o.jsonl || app->o.quiet)
        return;
    if (!app->phase || strcmp(app->phase, p->phase) != 0) {
        app->phase = p->phase;
        app->phase_began_us = app->progress_us = now;
        app->phase_from = p->done;
        return;
    }
    int64_t pause = app->terminal ? 200000 : 5000000;
    bool end = p->total && p->done >= p->total && now - app->phase_began_us > pause;
    if (now - app->progress_us < pause && !end)
        return;
    app->progress_us = now;
    progress_line(app, p, (double)(now - app->phase_began_us) / 1e6);
}

void add_object(struct buf *objects, struct arena *a, yyjson_mut_doc *d)
{
    size_t before = objects->n;
    buf_str(objects, objects->n ? S(",") : S(""));
    buf_str(objects, json_print(a, d));
    if (objects->full) /* a list that is cut behind an object is still one */
        objects->n = before;
}

void put_objects(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const char *key,
                 const struct buf *objects)
{
    yyjson_val *list;
    struct err ignored;
    struct str text = str_fmt(&app->a, "[%.*s]", (int)objects->n, objects->n ? objects->p : "");
    if (json_parse(&app->a, text, &list, &ignored))
        yyjson_mut_obj_add_val(d, o, key, yyjson_val_mut_copy(d, list));
}

void name_record(struct buf *b, struct arena *a, enum side side, struct str id, struct str name)
{
    buf_fmt(b, "%s %.*s", side_noun(side), STR_ARG(id));
    if (name.n)
        buf_fmt(b, " %.*s", STR_ARG(value_shown(a, value_text(name))));
}

void name_known(struct app *app, struct buf *b, struct arena *a, enum side side, struct str ids)
{
    struct store *st = app->store;
    struct str id, rest = ids;
    struct err ignored; /* a name is a help only */
    for (size_t n = 0; rest.n && str_cut(&rest, ';', &id); n++) {
        struct row *row;
        bool known = st->ops->rows_get(st, a, side, &id, 1, &row, &ignored) && row;
        buf_str(b, n ? S(", ") : S(""));
        name_record(b, a, side, id, known ? row->rec.name : STR_NONE);
    }
}

struct str value_shown(struct arena *a, struct value v)
{
    if (v.state != VALUE_TEXT)
        return v.state == VALUE_BLANK ? S("(blank)") : S("(unknown)");
    struct str s = str_slice(v.text, 0, 60);
    char *out = arena_bytes(a, s.n + 8);
    size_t n = 0;
    out[n++] = '"';
    for (size_t i = 0; i < s.n; i++)
        out[n++] = s.p[i];
    harmless(out, n, false);
    while (s.n < v.text.n && n > 1 && ((unsigned char)v.text.p[n - 1] & 0xc0) == 0x80)
        n--;
    if (s.n < v.text.n) {
        memcpy(out + n, "...", 3);
        n += 3;
    }
    out[n++] = '"';
    return (struct str){out, n};
}

struct str duration_words(struct arena *a, int64_t ms)
{
    if (ms < 1000)
        return S("less than a second");
    if (ms < 100 * MS_SECOND)
        return str_fmt(a, "%lld s", (long long)(ms / MS_SECOND));
    if (ms < 100 * MS_MINUTE)
        return str_fmt(a, "%lld min", (long long)(ms / MS_MINUTE));
    return str_fmt(a, "%lld h", (long long)(ms / MS_HOUR));
}

struct str time_shown(struct arena *a, int64_t ms)
{
    return ms > 0 ? iso_seconds(a, ms) : S("never");
}

const char *counted(struct app *app, uint64_t n, const char *one, const char *several)
{
    return str_cstr(&app->a,
                    str_fmt(&app->a, "%llu %s", (unsigned long long)n, n == 1 ? one : several));
}
