/* hs_batch: up to a hundred records a call (H7): all, some with 207, or none. */
#include "sandbox/http/hs_p.h"

bool hs_inputs(struct hs_call *c, size_t most, yyjson_val **root, yyjson_val **inputs)
{
    if (!hs_body(c, root))
        return false;
    *inputs = yyjson_obj_get(*root, "inputs");
    if (yyjson_is_arr(*inputs) && yyjson_arr_size(*inputs) <= most)
        return true;
    hs_invalid(
        c, str_fmt(c->a, "The maximum number of inputs supported in a batch request is %zu", most));
    return false;
}

void hs_batch_head(struct hs_call *c)
{
    buf_str(c->b, S("{\"status\":\"COMPLETE\",\"results\":["));
}

void hs_batch_tail(struct hs_call *c, const struct buf *errors, size_t count)
{
    struct str now = iso_ms(c->a, c->now_ms);
    buf_fmt(
        c->b,
        "],\"startedAt\":\"%.*s\",\"completedAt\":\"%.*s\",\"requestedAt\":\"%.*s\",\"links\":{}",
        STR_ARG(now), STR_ARG(now), STR_ARG(now));
    if (count) {
        buf_fmt(c->b, ",\"numErrors\":%zu,\"errors\":[", count);
        buf_str(c->b, buf_view(errors));
        buf_char(c->b, ']');
        if (!(c->strict && c->p->on.errors_in_200)) /* U1 */
            c->r->status = 207;
    }
    buf_char(c->b, '}');
}

/* ---- reading --------------------------------------------------------------------------------- */

static void put_missing(struct hs_call *c, const struct hs_object *o, struct buf *errors,
                        const struct buf *missing)
{
    char upper[16] = "COMPANY";
    if (o->type == W_HS_CONTACT)
        memcpy(upper, "CONTACT", 8);
    buf_fmt(errors,
            "{\"status\":\"error\",\"category\":\"OBJECT_NOT_FOUND\",\"message\":\"Could not get "
            "some %s objects, they may be deleted or not exist. Check that ids are valid.\","
            "\"context\":{\"ids\":[",
            upper);
    buf_str(errors, buf_view(missing));
    buf_str(errors, S("]}}"));
}

void hs_batch_read(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct hs_view v;
    struct buf missing, errors;
    size_t given = 0, gone = 0;
    if (!hs_inputs(c, HS_INPUTS_MAX, &root, &inputs))
        return;
    struct str property = json_get(root, "idProperty");
    const struct hs_property *f = property.n ? hs_property(o, property) : NULL;
    hs_view_of_body(c, o, root, &v);
    if (v.histories && yyjson_arr_size(inputs) > HS_HISTORY_INPUTS_MAX) {
        hs_invalid(c, S("At most 50 inputs are allowed when propertiesWithHistory is asked for"));
        return;
    }
    if (property.n && !(f && (f->flags & (HS_UNIQUE)))) {
        hs_invalid(c,
                   str_fmt(c->a, "Unable to perform update/upsert by non-unique %s property %.*s",
                           o->id, STR_ARG(property)));
        return;
    }
    bool archived = hs_flag(c, "archived");
    buf_init(&missing, MIB);
    buf_init(&errors, MIB);
    hs_batch_head(c);
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct str id = json_get(in, "id");
        struct world_record *r = f ? hs_by_unique(c->p, o, f, id) : hs_find(c->p, o, id);
        if (!r || (r->archived_ms != 0) != archived) {
            buf_str(&missing, gone++ ? S(",") : S(""));
            json_quote(&missing, id);
            continue;
        }
        if (given++)
            buf_char(c->b, ',');
        hs_put_record(c, &v, r);
        buf_char(c->b, '}');
    }
    if (gone)
        put_missing(c, o, &errors, &missing);
    hs_batch_tail(c, &errors, gone ? 1 : 0);
    buf_release(&errors);
    buf_release(&missing);
}

/* ---- writing --------------------------------------------------------------------------------- */

struct item {
    struct hs_input in;
    struct hs_target *target;
    size_t targets;
    struct str id, property, trace;
    struct world_record *r; /* NULL = to be created */
    struct hs_refusal why;  /* status 0 = fine so far */
    bool made, upsert;
    size_t from, to; /* its result in the answer */
};

static bool fail(struct item *x, int status, const char *category, struct str message)
{
    x->why = (struct hs_refusal){.status = status, .category = category, .message = message};
    return false;
}

/* The record an input means; an upsert that means none will create it. */
static bool find(struct hs_call *c, struct hs_object *o, enum hs_batch kind, struct item *x)
{
    const struct hs_property *f = x->property.n ? hs_property(o, x->property) : NULL;
    if (kind == HS_BATCH_CREATE)
        return true;
    x->r = f ? hs_by_unique(c->p, o, f, x->id) : hs_find(c->p, o, x->id);
    if (x->r && x->r->archived_ms)
        x->r = NULL;
    if (x->r || (kind == HS_BATCH_UPSERT && f))
        return true;
    x->why = (struct hs_refusal){
        .status = 404, .category = "OBJECT_NOT_FOUND", .message = S("resource not found")};
    return false;
}

/* The value to upsert by is part of what is created. */
static void add_key(struct hs_call *c, struct item *x)
{
    for (size_t i = 0; i < x->in.cells; i++)
        if (str_eq(x->in.cell[i].name, x->property))
            return;
    struct hs_cell *more = ARENA_ARRAY(c->a, struct hs_cell, x->in.cells + 1);
    memcpy(more, x->in.cell, x->in.cells * sizeof(*more));
    more[x->in.cells++] = (struct hs_cell){x->property, x->id};
    x->in.cell = more;
}

static bool check(struct hs_object *o, struct hs_save *s, struct item *x)
{
    struct hs_write *w;
    size_t n;
    return !x->why.status && hs_check(s, o, x->r, &x->in, &w, &n, &x->why);
}

static void write_one(struct hs_call *c, struct hs_object *o, struct hs_save *s, struct item *x,
                      size_t head)
{
    if (x->why.status)
        return;
    x->made = !x->r;
    bool ok = x->r ? hs_update_late(c, s, o, x->r, &x->in, &x->why)
                   : hs_create(s, o, &x->in, x->target, x->targets, &x->r, &x->why);
    if (!ok)
        return;
    if (c->b->n > head)
        buf_char(c->b, ',');
    x->from = c->b->n;
    hs_put_written(c, o, x->r, &x->in, x->made);
    if (x->trace.n) {
        buf_str(c->b, S(",\"objectWriteTraceId\":"));
        json_quote(c->b, x->trace);
    }
    if (x->upsert)
        buf_fmt(c->b, ",\"new\":%s", x->made ? "true" : "false");
    hs_put_warnings(c, s);
    buf_char(c->b, '}');
    x->to = c->b->n;
}

/* H7.13: the same record twice spoils the whole call. */
static bool twice(struct hs_call *c, const struct item *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (x[i].id.n && str_eq(x[i].id, x[k].id)) {
                hs_invalid(c, str_fmt(c->a,
                                      "Duplicate IDs found in batch input: [%.*s]. IDs must be "
                                      "unique",
                                      STR_ARG(x[i].id)));
                c->b->n--;
                buf_str(c->b, S(",\"context\":{\"ids\":["));
                json_quote(c->b, x[i].id);
                buf_str(c->b, S("]}}"));
                return true;
            }
    return false;
}

static bool parse(struct hs_call *c, struct hs_object *o, enum hs_batch kind, yyjson_val *inputs,
                  struct item *x, bool *traced)
{
    yyjson_val *in;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(inputs, &it);
    for (size_t i = 0; (in = yyjson_arr_iter_next(&it)); i++) {
        x[i].id = kind == HS_BATCH_CREATE ? STR_NONE : json_get(in, "id");
        x[i].property = kind == HS_BATCH_CREATE ? STR_NONE : json_get(in, "idProperty");
        x[i].trace = json_get(in, "objectWriteTraceId");
        x[i].upsert = kind == HS_BATCH_UPSERT;
        x[i].in = hs_input_of(c, yyjson_obj_get(in, "properties"));
        const struct hs_property *f = hs_property(o, x[i].property);
        if (x[i].property.n && !(f && (f->flags & HS_UNIQUE))) {
            hs_invalid(c, str_fmt(c->a,
                                  "Unable to perform update/upsert by non-unique %s property %.*s",
                                  o->id, STR_ARG(x[i].property)));
            return false;
        }
        *traced = *traced && x[i].trace.n && !str_eq(x[i].property, S("email")); /* H7.15 */
        if (kind == HS_BATCH_UPSERT && !x[i].property.n)
            fail(&x[i], 400, "VALIDATION_ERROR", S("idProperty is required for upsert"));
        else if (kind == HS_BATCH_UPSERT && !x[i].id.n)
            fail(&x[i], 400, "VALIDATION_ERROR", S("id is required for upsert"));
        if (kind == HS_BATCH_UPSERT && x[i].id.n)
            add_key(c, &x[i]);
        if (kind == HS_BATCH_CREATE && !hs_targets_of(c, o, yyjson_obj_get(in, "associations"),
                                                      &x[i].target, &x[i].targets, &x[i].why))
            continue;
    }
    return true;
}

/* Two new records that want the same unique value: the second would fail in the middle. */
static void rivals(struct hs_call *c, struct hs_object *o, struct item *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t cell = 0; !x[i].why.status && cell < x[i].in.cells; cell++) {
            const struct hs_property *f = hs_property(o, x[i].in.cell[cell].name);
            if (!f || !(f->flags & HS_UNIQUE) || !x[i].in.cell[cell].value.n)
                continue;
            for (size_t k = 0; k < i; k++)
                for (size_t m = 0; m < x[k].in.cells; m++)
                    if (str_eq(x[k].in.cell[m].name, x[i].in.cell[cell].name) &&
                        str_eq_nocase(x[k].in.cell[m].value, x[i].in.cell[cell].value))
                        fail(&x[i], 409, "CONFLICT",
                             str_fmt(c->a, "Cannot set property %s: value already exists.",
                                     f->name));
        }
}

/* Results in an order of chance (H7.3). */
static void shuffle(struct hs_call *c, const struct item *x, size_t n, size_t head)
{
    size_t order[HS_INPUTS_MAX], given = 0;
    struct str all = str_dup(c->a, str_slice(buf_view(c->b), head, c->b->n));
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)rng_below(&c->s->rng, i + 1);
        order[i] = i;
        order[i] = order[k];
        order[k] = i;
    }
    c->b->n = head;
    for (size_t i = 0; i < n; i++) {
        const struct item *one = &x[order[i]];
        if (!one->to)
            continue;
        if (given++)
            buf_char(c->b, ',');
        buf_str(c->b, str_slice(all, one->from - head, one->to - head));
    }
}

/* Errors have an order of their own. */
static void finish(struct hs_call *c, const struct item *x, size_t n)
{
    struct buf errors;
    size_t bad = 0;
    buf_init(&errors, 8 * MIB);
    for (size_t i = 0; i < n; i++)
        if (x[i].why.status) {
            if (bad++)
                buf_char(&errors, ',');
            hs_put_refusal(c, &errors, &x[i].why, x[i].trace);
        }
    hs_batch_tail(c, &errors, bad);
    buf_release(&errors);
}

/* Without a trace id on every input the first bad one fails all (H7.4), and nothing is written:
 * all are checked before. */
static bool all_good(struct hs_call *c, struct hs_object *o, struct hs_save *s, struct item *x,
                     size_t n)
{
    rivals(c, o, x, n);
    for (size_t i = 0; i < n; i++)
        if (!check(o, s, &x[i])) {
            for (size_t k = 0; k < i && c->p->on.some_written; k++)
                write_one(c, o, s, &x[k], c->b->n);
            hs_refuse(c, &x[i].why);
            return false;
        }
    return true;
}

void hs_batch_write(struct hs_call *c, struct hs_object *o, enum hs_batch kind)
{
    yyjson_val *root, *inputs;
    struct hs_save s = hs_saving(c);
    bool traced = true;
    if (!hs_inputs(c, HS_INPUTS_MAX, &root, &inputs))
        return;
    size_t n = yyjson_arr_size(inputs);
    struct item *x = ARENA_ARRAY(c->a, struct item, n);
    if (!parse(c, o, kind, inputs, x, &traced) || twice(c, x, n))
        return;
    for (size_t i = 0; i < n; i++)
        if (!x[i].why.status)
            find(c, o, kind, &x[i]);
    if (!traced && !all_good(c, o, &s, x, n))
        return;
    hs_batch_head(c);
    size_t head = c->b->n;
    for (size_t i = 0; i < n; i++)
        write_one(c, o, &s, &x[i], head);
    if (kind == HS_BATCH_CREATE)
        c->r->status = 201;
    if (c->state->shuffle)
        shuffle(c, x, n, head);
    finish(c, x, n);
}

void hs_batch_archive(struct hs_call *c, struct hs_object *o)
{
    yyjson_val *root, *inputs, *in;
    yyjson_arr_iter it;
    struct hs_save s = hs_saving(c);
    if (!hs_inputs(c, HS_INPUTS_MAX, &root, &inputs))
        return;
    yyjson_arr_iter_init(inputs, &it);
    while ((in = yyjson_arr_iter_next(&it))) {
        struct world_record *r = hs_find(c->p, o, json_get(in, "id"));
        if (r)
            hs_archive(&s, o, r);
    }
    c->r->status = 204;
}
