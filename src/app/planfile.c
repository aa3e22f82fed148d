/* planfile: a plan as a file: JSON Lines, a head, a line for each change, an end that counts them
 * and holds a digest, so that a file that was cut or changed is seen (S12.1).
 *
 * A file is hostile until it was read through once: its version, the connection that it is of,
 * every line. And it only chooses among what Tandem would do anyhow (core/saved.h). */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/planfile.h"
#include "base/limits.h"
#include "text/hash.h"
#include "text/sfid.h"

#define PLAN_VERSION      1
#define LINE_BYTES_MAX    (4 * MIB)
#define CHUNK_BYTES_MAX   (16 * MIB) /* of the lines that are given on together */
#define WRITES_MAX        (2 * FIELDS_MAX)
#define PLAN_RECORD_BYTES 20 /* an id: 18 characters, or the digits of 64 bits */

/* ---- writing --------------------------------------------------------------------------------- */

static void put_line(struct plan_writer *w, struct str line)
{
    w->hash = hash64_seeded(line, w->hash);
    fwrite(line.p, 1, line.n, w->file.f); /* its end tells whether all could be written */
    putc('\n', w->file.f);
}

static const char *const kinds[PASS_KINDS] = {[PASS_SYNC] = "sync",
                                              [PASS_IMPORT] = "import",
                                              [PASS_RESYNC] = "resync",
                                              [PASS_BACKFILL] = "backfill"};

static void put_backfill(yyjson_mut_doc *d, yyjson_mut_val *o, const struct backfill *b)
{
    put_str(d, o, "field", b->map->name[SIDE_SF]);
    put_str(d, o, "property", b->map->name[SIDE_HS]);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        put_bool(d, o, s == SIDE_SF ? "to_salesforce" : "to_hubspot", b->to[s]);
}

bool planfile_create(struct app *app, struct plan_writer *w, const struct pass_options *of,
                     struct err *e)
{
    unsigned char bytes[16];
    char id[2 * sizeof(bytes) + 1];
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&app->a, &o);
    *w = (struct plan_writer){0};
    if (!file_begin(app, app->o.save, 0600, &w->file, e)) /* it holds customers' values */
        return err_rule(e, "S12.1");
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(id, sizeof(id), bytes, sizeof(bytes));
    put_int(d, o, "tandem_plan", PLAN_VERSION);
    put_str(d, o, "id", str_dup(&app->a, str_from(id)));
    put_str(d, o, "kind", str_from(kinds[of->kind]));
    put_bool(d, o, "named", of->ids && !of->selected);
    if (of->backfill)
        put_backfill(d, o, of->backfill);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        put_str(d, o, side_name(s), engine_identity(app->engine, s)->organisation);
    put_time(app, d, o, "made_at", app->clock->wall_ms(app->clock));
    put_line(w, json_print(&app->a, d));
    return true;
}

static void put_value(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, struct value v)
{
    put_str(d, o, key, v.state == VALUE_TEXT ? v.text : STR_NONE);
}

void planfile_put(struct plan_writer *w, struct arena *a, enum side side, const struct change *c,
                  const struct mappings *m)
{
    struct saved_change s;
    yyjson_mut_val *o;
    if (!action_writes(c->action))
        return;
    yyjson_mut_doc *d = json_object(a, &o);
    saved_of(a, m, side, c, &s);
    put_str(d, o, "action", str_from(action_name(s.action)));
    put_str(d, o, "why", str_from(why_name(c->why)));
    put_str(d, o, "side", str_from(side_name(s.side)));
    put_str(d, o, "to", str_from(side_name(s.to)));
    put_str(d, o, "account", s.id[SIDE_SF]);
    put_str(d, o, "company", s.id[SIDE_HS]);
    put_str(d, o, "into", s.into);
    put_str(d, o, "domain", s.domain);
    put_str(d, o, "contacts", s.contacts);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "writes");
    for (size_t i = 0; i < s.writes; i++) {
        yyjson_mut_val *x = yyjson_mut_arr_add_obj(d, list);
        put_str(d, x, "side", str_from(side_name(s.write[i].to)));
        put_str(d, x, "field", s.write[i].field);
        put_value(d, x, "old", s.write[i].old);
        put_value(d, x, "new", s.write[i].value);
    }
    put_line(w, json_print(a, d));
    w->changes++;
}

bool planfile_close(struct plan_writer *w, bool ok, struct err *e)
{
    fprintf(w->file.f, "{\"end\":true,\"changes\":%llu,\"digest\":\"%016llx\"}\n",
            (unsigned long long)w->changes, (unsigned long long)w->hash);
    return file_end(&w->file, ok, e); /* half a plan is none */
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool refused(struct plan_reader *r, const char *code, const char *what, struct err *e)
{
    err_set(e, ERR_REFUSED, code, "%s: %s", r->path, what);
    err_rule(e, "S12.1");
    return err_hint(e, "nothing was done; make the plan anew with `tandem plan ... --save FILE`");
}

static bool damaged(struct plan_reader *r, struct err *e)
{
    char what[64];
    snprintf(what, sizeof(what), "line %llu is no line of a plan", (unsigned long long)r->lines);
    return refused(r, "plan_damaged", what, e);
}

/* The next line without its end; none = the file is over. */
static bool read_line(struct plan_reader *r, struct str *line, struct err *e)
{
    char part[4096];
    *line = STR_NONE;
    buf_clear(&r->line);
    r->lines++;
    while (fgets(part, sizeof(part), r->f)) {
        buf_str(&r->line, str_from(part));
        if (r->line.full)
            return damaged(r, e);
        if (r->line.n && r->line.p[r->line.n - 1] == '\n') {
            *line = str_slice(buf_view(&r->line), 0, r->line.n - 1);
            return true;
        }
    }
    if (ferror(r->f))
        return file_failed("read", r->path, errno, e) || err_rule(e, "S12.1");
    return r->line.n == 0 || damaged(r, e); /* a line without an end: cut */
}

static bool side_of(struct str name, enum side *out)
{
    for (*out = SIDE_SF; *out < SIDE_COUNT; (*out)++)
        if (str_eq(name, str_from(side_name(*out))))
            return true;
    return false;
}

static bool action_of(struct str name, enum action *out)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        if (str_eq(name, str_from(action_name((enum action)i)))) {
            *out = (enum action)i;
            return action_writes(*out);
        }
    return false;
}

/* An id as the store has it, or none where there is none. */
static bool id_of(struct arena *a, enum side s, struct str text, struct str *out)
{
    int64_t digits;
    *out = STR_NONE;
    if (!text.n)
        return true;
    if (text.n > PLAN_RECORD_BYTES)
        return false;
    *out = s == SIDE_SF ? sfid18(a, text) : text;
    return out->n && (s == SIDE_SF || (str_to_i64(text, &digits) && digits > 0));
}

static bool value_of(yyjson_val *v, struct value *out)
{
    struct str text = yyjson_is_str(v) ? json_str(v) : STR_NONE;
    *out = text.n ? value_text(text) : VALUE_EMPTY;
    return yyjson_is_null(v) || (text.n && text.n <= STR_VALUE_BYTES_MAX);
}

static bool writes_of(struct arena *a, yyjson_val *list, struct saved_change *out)
{
    yyjson_val *x;
    yyjson_arr_iter it;
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) > WRITES_MAX)
        return false;
    out->write = ARENA_ARRAY(a, struct saved_write, yyjson_arr_size(list));
    yyjson_arr_iter_init(list, &it);
    while ((x = yyjson_arr_iter_next(&it))) {
        struct saved_write *w = &out->write[out->writes++];
        w->field = json_get(x, "field");
        if (!w->field.n || !side_of(json_get(x, "side"), &w->to) ||
            !value_of(yyjson_obj_get(x, "old"), &w->old) ||
            !value_of(yyjson_obj_get(x, "new"), &w->value))
            return false;
    }
    return true;
}

static bool change_of(struct arena *a, yyjson_val *root, struct saved_change *out)
{
    *out = (struct saved_change){0};
    bool ok = action_of(json_get(root, "action"), &out->action) &&
              side_of(json_get(root, "side"), &out->side) &&
              side_of(json_get(root, "to"), &out->to) &&
              id_of(a, SIDE_SF, json_get(root, "account"), &out->id[SIDE_SF]) &&
              id_of(a, SIDE_HS, json_get(root, "company"), &out->id[SIDE_HS]) &&
              id_of(a, out->to, json_get(root, "into"), &out->into) &&
              writes_of(a, yyjson_obj_get(root, "writes"), out);
    out->domain = json_get(root, "domain");
    out->contacts = json_get(root, "contacts");
    bool pair = out->id[SIDE_SF].n && out->id[SIDE_HS].n;
    return ok && out->id[out->side].n && pair == (out->action != ACTION_CREATE) &&
           (out->into.n > 0) == (out->action == ACTION_FOLLOW);
}

bool planfile_next(void *who, struct arena *a, struct saved_change *out, size_t limit, size_t *n,
                   struct err *e)
{
    struct plan_reader *r = who;
    size_t bytes = 0;
    for (*n = 0; *n < limit && bytes < CHUNK_BYTES_MAX && !r->over;) {
        struct str line;
        yyjson_val *root;
        struct err ignored;
        if (r->again)
            line = buf_view(&r->line), line.n--;
        else if (!read_line(r, &line, e))
            return false;
        r->again = false;
        if (!line.n || !json_parse(a, line, &root, &ignored))
            return damaged(r, e);
        if (json_bool(yyjson_obj_get(root, "end"), false)) {
            r->over = true;
            r->end_changes = json_i64(yyjson_obj_get(root, "changes"), -1);
            snprintf(r->end_digest, sizeof(r->end_digest), "%.*s",
                     STR_ARG(str_slice(json_get(root, "digest"), 0, 16)));
            break;
        }
        if (!change_of(a, root, &out[*n]))
            return damaged(r, e);
        r->again = *n > 0 && out[*n].side != out[0].side; /* a chunk is of one side */
        if (r->again)
            break;
        r->hash = hash64_seeded(line, r->hash);
        r->changes++;
        bytes += line.n;
        (*n)++;
    }
    return true;
}

static bool kind_of(struct str name, enum pass_kind *out)
{
    for (*out = PASS_SYNC; *out < PASS_KINDS; (*out)++)
        if (kinds[*out] && str_eq(name, str_from(kinds[*out])))
            return true;
    return false;
}

/* The mapping that it is a backfill of, as it is today: each change is decided anew by it. */
static bool read_backfill(struct app *app, struct plan_reader *r, yyjson_val *root, struct err *e)
{
    struct str field = json_get(root, "field"), property = json_get(root, "property");
    const struct mapping *m = mapping_find(engine_mappings(app->engine), field);
    r->backfill = (struct backfill){
        .map = m,
        .to = {json_bool(yyjson_obj_get(root, "to_salesforce"), false),
               json_bool(yyjson_obj_get(root, "to_hubspot"), false)},
    };
    if (!field.n || !property.n || !(r->backfill.to[SIDE_SF] || r->backfill.to[SIDE_HS]))
        return damaged(r, e);
    return (m && str_eq(m->name[SIDE_HS], property)) ||
           refused(r, "plan_mapping", "the mapping that it is a backfill of is not there any more",
                   e);
}

static bool read_head(struct app *app, struct plan_reader *r, struct err *e)
{
    struct arena *a = &app->a;
    struct str line;
    yyjson_val *root;
    struct err ignored;
    if (fseek(r->f, 0, SEEK_SET) != 0 && errno == ESPIPE)
        return refused(r, "plan_file", "a plan is read twice, so it must be a file", e);
    r->lines = r->changes = r->hash = 0;
    r->over = r->again = false;
    if (!read_line(r, &line, e))
        return false;
    if (!line.n || !json_parse(a, line, &root, &ignored) || !yyjson_obj_get(root, "tandem_plan"))
        return refused(r, "plan_damaged", "it is no plan that Tandem saved", e);
    r->version = json_i64(yyjson_obj_get(root, "tandem_plan"), 0);
    if (r->version != PLAN_VERSION)
        return refused(r, "plan_version", "it is a plan of another version of Tandem", e);
    r->source.named = json_bool(yyjson_obj_get(root, "named"), false);
    r->id = json_get(root, "id");
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        r->organisation[s] = json_get(root, side_name(s));
    if (r->id.n != 32 || !kind_of(json_get(root, "kind"), &r->kind))
        return damaged(r, e);
    for (size_t i = 0; i < r->id.n; i++)
        if (!strchr("0123456789abcdef", r->id.p[i]))
            return damaged(r, e);
    r->hash = hash64_seeded(line, 0);
    return r->kind != PASS_BACKFILL || read_backfill(app, r, root, e);
}

static bool read_through(struct plan_reader *r, struct err *e)
{
    struct arena a;
    struct str rest;
    char digest[20];
    bool ok = true;
    arena_init(&a, 192 * MIB);
    for (size_t n = 1; ok && !r->over && n > 0;) {
        arena_reset(&a);
        struct saved_change *some = ARENA_ARRAY(&a, struct saved_change, CHUNK_RECORDS);
        ok = planfile_next(r, &a, some, CHUNK_RECORDS, &n, e);
    }
    arena_release(&a);
    if (!ok)
        return false;
    snprintf(digest, sizeof(digest), "%016llx", (unsigned long long)r->hash);
    if (r->end_changes != (int64_t)r->changes || strcmp(digest, r->end_digest) != 0)
        return refused(r, "plan_damaged", "it was changed since it was saved", e);
    return read_line(r, &rest, e) && (!rest.p || damaged(r, e));
}

static bool of_this_connection(struct app *app, struct plan_reader *r, struct err *e)
{
    struct str run;
    struct store *st = app->store;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct str own = engine_identity(app->engine, s)->organisation;
        if (str_eq(own, r->organisation[s]))
            continue;
        err_set(e, ERR_REFUSED, "plan_of_another", "%s is a plan of %s %.*s; this is %.*s", r->path,
                side_name(s), STR_ARG(str_slice(r->organisation[s], 0, 20)), STR_ARG(own));
        err_rule(e, "S1.5");
        return err_hint(e, "choose its connection with --connection, or make the plan anew");
    }
    if (!st->ops->doc_get(st, &app->a, DOC_PLAN, r->id, &run, e))
        return false;
    if (!run.n)
        return true;
    if (str_eq(run, S("0")))
        err_set(e, ERR_REFUSED, "plan_applied", "%s was applied already; it had nothing to do",
                r->path);
    else
        err_set(e, ERR_REFUSED, "plan_applied", "%s was applied already, by run %.*s", r->path,
                STR_ARG(str_slice(run, 0, 20)));
    err_rule(e, "S12.1");
    return err_hint(e, "make a new plan for what is to be done by now");
}

bool planfile_open(struct app *app, struct plan_reader *r, const char *path, struct err *e)
{
    *r = (struct plan_reader){.path = path, .source = {.next = planfile_next, .who = r}};
    buf_init(&r->line, LINE_BYTES_MAX);
    r->f = fopen(path, "re");
    if (!r->f)
        return file_failed("read", path, errno, e) || err_rule(e, "S12.1");
    return read_head(app, r, e) && of_this_connection(app, r, e) && read_through(r, e);
}

bool planfile_rewind(struct app *app, struct plan_reader *r, struct err *e)
{
    return read_head(app, r, e);
}

bool planfile_applied(struct app *app, const struct plan_reader *r, int64_t run, struct err *e)
{
    struct store *st = app->store;
    struct str text = str_fmt(&app->a, "%lld", (long long)run);
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (st->ops->doc_put(st, DOC_PLAN, r->id, text, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

void planfile_release(struct plan_reader *r)
{
    if (r->f)
        fclose(r->f);
    buf_release(&r->line);
}
