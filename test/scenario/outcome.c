/* outcome: what came of it, as lines of text, beside what the scenario expects, as lines of the
 * same form. What is on one side only is the difference, and it is shown. */
#include "test/scenario/play.h"

#include <stdlib.h>
#include <string.h>

#define LINES_OUT_MAX 400
#define LIST_MAX      1000

struct list {
    struct str line[LINES_OUT_MAX];
    size_t count;
};

struct outcome {
    struct play *p;
    struct list *want, *got;
    yyjson_val *records[SIDE_COUNT]; /* as the services hold them now */
    bool named_writes;               /* the block says what is written */
};

static void add(struct list *l, struct str line)
{
    assert(l->count < LINES_OUT_MAX);
    l->line[l->count++] = line;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void sort(struct list *l)
{
    qsort(l->line, l->count, sizeof(*l->line), by_text);
}

/* Sorted lists, line by line. */
static void differ(struct buf *report, const struct list *want, const struct list *got)
{
    size_t i = 0, k = 0;
    while (i < want->count || k < got->count) {
        int c = i == want->count ? 1 : k == got->count ? -1 : str_cmp(want->line[i], got->line[k]);
        if (c < 0)
            buf_fmt(report, "  expected: %.*s\n", STR_ARG(want->line[i]));
        else if (c > 0)
            buf_fmt(report, "  but was:  %.*s\n", STR_ARG(got->line[k]));
        i += c <= 0;
        k += c >= 0;
    }
}

/* ---- writes ---------------------------------------------------------------------------------- */

static bool our_key(struct str name)
{
    return str_eq(name, S("tandem_account_id")) || str_eq_nocase(name, S("Tandem_Company_Id__c"));
}

static struct str quoted(struct arena *a, struct str name, struct str value)
{
    struct buf b;
    buf_init(&b, MIB);
    buf_str(&b, name);
    buf_char(&b, '=');
    json_quote(&b, value.p ? value : S(""));
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* "update company acme: fax="1" phone="2"" with the fields in order. */
static struct str write_line(struct arena *a, const char *act, enum kind kind, struct str name,
                             struct list *fields)
{
    struct str line = str_fmt(a, "%s %s %.*s:", act, kind_names[kind], STR_ARG(name));
    sort(fields);
    for (size_t i = 0; i < fields->count; i++)
        line = str_fmt(a, "%.*s %.*s", STR_ARG(line), STR_ARG(fields->line[i]));
    return line;
}

static bool kind_of_type(struct str type, enum kind *out)
{
    static const char *const types[KIND_COUNT] = {
        "accounts", "companies", "contacts", "sf_contacts", "leads", "users", "owners", "lists"};
    for (int i = 0; i < KIND_COUNT; i++)
        if (str_eq(type, str_from(types[i]))) {
            *out = (enum kind)i;
            return true;
        }
    return false;
}

/* A record that we made is called as its partner is: its key says whose it is (S8.1). */
static void name_created(struct play *p, enum kind kind, struct str id, struct str key)
{
    ptrdiff_t colon = str_find_char(key, ':'); /* "portal:company" */
    struct str partner = kind == KIND_ACCOUNT ? str_slice(key, (size_t)(colon + 1), key.n) : key;
    struct str name = cast_name(p, kind == KIND_ACCOUNT ? KIND_COMPANY : KIND_ACCOUNT, partner);
    if (str_starts(name, S("?")))
        return;
    while (cast_id(p, kind, name).p)
        name = str_fmt(p->a, "%.*s-2", STR_ARG(name));
    cast_add(p, kind, name, id);
}

static void one_write(struct outcome *o, yyjson_val *w)
{
    struct play *p = o->p;
    struct list *fields = ARENA_NEW(p->a, struct list);
    struct str act = json_get(w, "act"), id = json_get(w, "id"), key = STR_NONE;
    enum kind kind;
    yyjson_val *name, *all = yyjson_obj_get(w, "fields");
    yyjson_obj_iter it;
    if (!kind_of_type(json_get(w, "type"), &kind) || str_eq(act, S("rolled_back")))
        return;
    yyjson_obj_iter_init(all, &it);
    while ((name = yyjson_obj_iter_next(&it))) {
        struct str value = json_str(yyjson_obj_iter_get_val(name));
        if (our_key(json_str(name)))
            key = value;
        else
            add(fields, quoted(p->a, json_str(name), value));
    }
    bool known = !str_starts(cast_name(p, kind, id), S("?"));
    if (str_eq(act, S("create")) && key.n && !known)
        name_created(p, kind, id, key);
    if (str_eq(act, S("update")) && fields->count == 0 && key.p)
        return; /* our id alone: what the links say tells whether it is right */
    add(o->got, write_line(p->a, str_cstr(p->a, act), kind, cast_name(p, kind, id), fields));
}

static bool got_writes(struct outcome *o, struct err *e)
{
    struct play *p = o->p;
    yyjson_val *root, *w;
    yyjson_arr_iter it;
    struct str path = str_fmt(p->a, "/writes?after=%zu", p->writes);
    if (!box_call(p->box, p->a, "GET", path, STR_NONE, &root, e))
        return false;
    p->writes = (size_t)json_i64(yyjson_obj_get(root, "count"), 0);
    yyjson_arr_iter_init(yyjson_obj_get(root, "writes"), &it);
    while ((w = yyjson_arr_iter_next(&it)))
        one_write(o, w);
    return true;
}

/* ---- links ----------------------------------------------------------------------------------- */

static bool got_link(struct outcome *o, enum side s, struct str id, struct err *e)
{
    static const char *const states[] = {"", " paused", " held"};
    struct play *p = o->p;
    struct store *st = p->lab->store;
    struct subject sub = {.link = NULL};
    if (!st->ops->subjects_get(st, p->a, s, &id, 1, &sub, e))
        return false;
    if (!sub.link)
        return true;
    struct str line = str_fmt(
        p->a, "link %.*s %.*s%s", STR_ARG(cast_name(p, KIND_ACCOUNT, sub.link->id[SIDE_SF])),
        STR_ARG(cast_name(p, KIND_COMPANY, sub.link->id[SIDE_HS])), states[sub.link->state]);
    for (size_t i = 0; i < o->got->count; i++)
        if (str_eq(o->got->line[i], line))
            return true; /* seen from its other side */
    add(o->got, line);
    return true;
}

static bool got_links(struct outcome *o, struct err *e)
{
    for (size_t i = 0; i < o->p->count; i++) {
        const struct cast *c = &o->p->cast[i];
        if (c->kind <= KIND_COMPANY && !got_link(o, kind_side(c->kind), c->id, e))
            return false;
    }
    return true;
}

/* "pause acme" after "link acme acme" leaves "link acme acme paused". */
static bool want_link(struct play *p, const struct line *l, struct err *e)
{
    struct str account = l->word[0], company = l->word[l->words - 1], rest = p->links, line;
    struct str own = str_fmt(p->a, "link %.*s %.*s", STR_ARG(account), STR_ARG(company));
    struct str left = S("");
    bool was = false;
    while (str_cut(&rest, '\n', &line)) {
        bool same =
            str_eq(line, own) || (str_starts(line, own) && line.n > own.n && line.p[own.n] == ' ');
        was = was || same;
        if (line.n && !same)
            left = str_fmt(p->a, "%.*s%.*s\n", STR_ARG(left), STR_ARG(line));
    }
    bool made = str_eq(l->verb, S("link"));
    if (was == made)
        return line_error(e, p->s, l->number,
                          was ? "they were linked before" : "they were not linked");
    if (!str_eq(l->verb, S("unlink")))
        left = str_fmt(p->a, "%.*s%.*s%s\n", STR_ARG(left), STR_ARG(own),
                       str_eq(l->verb, S("pause")) ? " paused" : "");
    p->links = left;
    return true;
}

static void want_links(struct outcome *o)
{
    struct str rest = o->p->links, line;
    while (str_cut(&rest, '\n', &line))
        if (line.n)
            add(o->want, line);
}

/* ---- records --------------------------------------------------------------------------------- */

static yyjson_val *record_of(const struct outcome *o, enum side s, struct str id)
{
    yyjson_val *r;
    yyjson_arr_iter it;
    yyjson_arr_iter_init(o->records[s], &it);
    while ((r = yyjson_arr_iter_next(&it)))
        if (str_eq(json_get(r, "id"), id))
            return r;
    return NULL;
}

static bool read_records(struct outcome *o, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        yyjson_val *root;
        struct str path = str_fmt(o->p->a, "%s?limit=10000", kind_path(side_kind(s)));
        if (!box_call(o->p->box, o->p->a, "GET", path, STR_NONE, &root, e))
            return false;
        o->records[s] = yyjson_obj_get(root, "records");
    }
    return true;
}

static struct str key_of(const struct outcome *o, enum side s, struct str name)
{
    static const char *const keys[] = {"Tandem_Company_Id__c", "tandem_account_id"};
    yyjson_val *r = record_of(o, s, cast_id(o->p, side_kind(s), name));
    if (json_bool(yyjson_obj_get(r, "archived"), false))
        return STR_NONE;
    struct str key = json_get(yyjson_obj_get(r, "fields"), keys[s]);
    ptrdiff_t colon = str_find_char(key, ':'); /* "portal:company" */
    struct str partner = str_slice(key, (size_t)(colon + 1), key.n);
    return key.n ? cast_name(o->p, side_kind(side_other(s)), partner) : STR_NONE;
}

/* A live link shows on the record that we made, else on the company; and on nobody who was unlinked
 * (S8.1, S7.6). */
static void check_keys(struct outcome *o)
{
    struct play *p = o->p;
    struct str rest = p->links, line;
    while (str_cut(&rest, '\n', &line)) {
        struct str part, account, company;
        if (!str_cut(&line, ' ', &part) || !str_cut(&line, ' ', &account) ||
            !str_cut(&line, ' ', &company) || line.n)
            continue;
        struct str key = key_of(o, SIDE_HS, company);
        yyjson_val *r = record_of(o, SIDE_HS, cast_id(p, KIND_COMPANY, company));
        if (json_bool(yyjson_obj_get(r, "archived"), false))
            continue; /* gone, and not missed yet */
        if (!str_eq(key, account) && !str_eq(key_of(o, SIDE_SF, account), company))
            add(o->got, str_fmt(p->a, "our id on company %.*s: \"%.*s\", not account %.*s",
                                STR_ARG(company), STR_ARG(key), STR_ARG(account)));
        p->was_linked = str_fmt(p->a, "%.*s%.*s\n", STR_ARG(p->was_linked), STR_ARG(company));
    }
    rest = p->was_linked;
    while (str_cut(&rest, '\n', &line)) {
        struct str key = key_of(o, SIDE_HS, line), mine = str_fmt(p->a, " %.*s", STR_ARG(line));
        if (line.n && key.n && str_find(p->links, mine) < 0)
            add(o->got, str_fmt(p->a, "our id on company %.*s: account %.*s, though it is unlinked",
                                STR_ARG(line), STR_ARG(key)));
    }
}

/* "account acme: Phone="1"": of the fields that are named. */
static bool state_lines(struct outcome *o, enum kind kind, const struct line *l, struct err *e)
{
    struct play *p = o->p;
    struct list *want = ARENA_NEW(p->a, struct list), *got = ARENA_NEW(p->a, struct list);
    struct str id = cast_id(p, kind, l->word[0]);
    yyjson_val *r = NULL;
    if (kind <= KIND_COMPANY)
        r = record_of(o, kind_side(kind), id);
    else if (!box_call(p->box, p->a, "GET", str_fmt(p->a, "%s/%.*s", kind_path(kind), STR_ARG(id)),
                       STR_NONE, &r, e))
        return false;
    for (size_t i = 0; i < l->pairs; i++) {
        struct str name = l->pair[i].name, value = play_value(p, l->pair[i].value);
        yyjson_val *fields = yyjson_obj_get(r, "fields");
        add(want, quoted(p->a, name, value));
        add(got, quoted(p->a, name, json_get(fields, str_cstr(p->a, name))));
    }
    add(o->want, write_line(p->a, "there is", kind, l->word[0], want));
    add(o->got, write_line(p->a, r ? "there is" : "gone:", kind, l->word[0], got));
    return true;
}

static void gone_line(struct outcome *o, const struct line *l)
{
    enum kind kind = KIND_ACCOUNT;
    kind_named(l->word[0], &kind);
    yyjson_val *r = record_of(o, kind_side(kind), cast_id(o->p, kind, l->word[1]));
    bool gone = !r || json_bool(yyjson_obj_get(r, "archived"), false);
    struct str what = str_fmt(o->p->a, "%.*s %.*s", STR_ARG(l->word[0]), STR_ARG(l->word[1]));
    add(o->want, str_fmt(o->p->a, "gone: %.*s", STR_ARG(what)));
    add(o->got, str_fmt(o->p->a, "%s: %.*s", gone ? "gone" : "still there", STR_ARG(what)));
}

/* ---- reviews, errors, explanations ----------------------------------------------------------- */

static bool got_reviews(struct outcome *o, struct err *e)
{
    struct play *p = o->p;
    struct store *st = p->lab->store;
    struct review_entry *r;
    size_t n;
    if (!st->ops->reviews_list(st, p->a, STR_NONE, LIST_MAX, &r, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct list *names = ARENA_NEW(p->a, struct list);
        enum kind kind = side_kind(r[i].side), other = side_kind(side_other(r[i].side));
        struct str rest = r[i].candidates, id;
        while (str_cut(&rest, ';', &id)) {
            struct str name = cast_name(p, other, id);
            if (str_starts(name, S("?"))) /* the leftover of a merge: its own side's (S9.3) */
                name = cast_name(p, kind, id);
            if (id.n)
                add(names, name);
        }
        add(o->got,
            write_line(p->a, str_cstr(p->a, str_fmt(p->a, "review %.*s", STR_ARG(r[i].why))), kind,
                       cast_name(p, kind, r[i].record), names));
    }
    return true;
}

static void want_review(struct outcome *o, enum kind kind, const struct line *l)
{
    struct list *names = ARENA_NEW(o->p->a, struct list);
    for (size_t i = 3; i < l->words; i++)
        add(names, l->word[i]);
    struct str act = str_fmt(o->p->a, "review %.*s", STR_ARG(l->word[2]));
    add(o->want, write_line(o->p->a, str_cstr(o->p->a, act), kind, l->word[1], names));
}

static bool got_errors(struct outcome *o, struct err *e)
{
    struct play *p = o->p;
    struct store *st = p->lab->store;
    struct error_entry *x;
    size_t n;
    if (!st->ops->errors_list(st, p->a, STR_NONE, LIST_MAX, &x, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        enum kind kind = side_kind(x[i].side);
        struct str name = cast_name(p, kind, x[i].record);
        if (str_starts(name, S("?"))) { /* no record of ours, but somebody there */
            kind = x[i].side == SIDE_SF ? KIND_SF_CONTACT : KIND_CONTACT;
            name = cast_name(p, kind, x[i].record);
        }
        add(o->got, str_fmt(p->a, "error %s %.*s: %.*s %.*s %.*s", kind_names[kind], STR_ARG(name),
                            STR_ARG(x[i].category), STR_ARG(x[i].code), STR_ARG(x[i].field)));
    }
    return true;
}

static void want_error(struct outcome *o, enum kind kind, const struct line *l)
{
    struct str field = l->words > 4 ? l->word[4] : S("");
    add(o->want,
        str_fmt(o->p->a, "error %s %.*s: %.*s %.*s %.*s", kind_names[kind], STR_ARG(l->word[1]),
                STR_ARG(l->word[2]), STR_ARG(l->word[3]), STR_ARG(field)));
}

static bool explain_line(struct outcome *o, enum kind kind, const struct line *l, struct err *e)
{
    struct play *p = o->p;
    struct explanation x;
    struct str what = str_fmt(p->a, "explain %s %.*s", kind_names[kind], STR_ARG(l->word[1]));
    if (!engine_explain(p->lab->engine, p->a, cast_id(p, kind, l->word[1]), &x, e))
        return false;
    add(o->want,
        str_fmt(p->a, "%.*s: %.*s %.*s", STR_ARG(what), STR_ARG(l->word[2]), STR_ARG(l->word[3])));
    add(o->got, str_fmt(p->a, "%.*s: %s %s", STR_ARG(what),
                        x.found ? action_name(x.change.action) : "unknown",
                        x.found ? why_name(x.change.why) : ""));
    return true;
}

/* S5.6: is there an audit row that says so? */
static bool reverted_line(struct outcome *o, enum kind kind, const struct line *l, struct err *e)
{
    struct play *p = o->p;
    struct store *st = p->lab->store;
    struct audit_entry *audit;
    size_t n;
    bool found = false;
    if (!st->ops->audit_list(st, p->a, kind_side(kind), cast_id(p, kind, l->word[1]), 0, INT64_MAX,
                             LIST_MAX, &audit, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct audit_field *f;
        size_t fields;
        if (audit[i].side != kind_side(kind) || !audit_fields(p->a, audit[i].detail, &f, &fields))
            continue;
        for (size_t k = 0; k < fields; k++)
            found = found || (f[k].revert && str_eq(f[k].field, l->word[2]));
    }
    struct str what =
        str_fmt(p->a, "%s %.*s %.*s", kind_names[kind], STR_ARG(l->word[1]), STR_ARG(l->word[2]));
    add(o->want, str_fmt(p->a, "reverted %.*s", STR_ARG(what)));
    add(o->got, str_fmt(p->a, "%sreverted %.*s", found ? "" : "not ", STR_ARG(what)));
    return true;
}

static void got_refusal(struct outcome *o)
{
    struct play *p = o->p;
    if (p->ran && p->refused)
        add(o->got, str_fmt(p->a, "refused %s", p->why.code));
}

/* What the last undo did not take back, and why; all of it is said. */
static void got_left(struct outcome *o)
{
    struct str rest = o->p->left, line;
    while (str_cut(&rest, '\n', &line))
        if (line.n)
            add(o->got, line);
}

static void want_left(struct outcome *o, enum kind kind, const struct line *l)
{
    add(o->want, str_fmt(o->p->a, "left %s %.*s %.*s %.*s", kind_names[kind], STR_ARG(l->word[1]),
                         STR_ARG(l->word[2]), STR_ARG(l->words > 3 ? l->word[3] : S(""))));
}

/* ---- a block --------------------------------------------------------------------------------- */

static void want_write(struct outcome *o, enum kind kind, const struct line *l)
{
    struct list *fields = ARENA_NEW(o->p->a, struct list);
    for (size_t i = 0; i < l->pairs; i++)
        add(fields, quoted(o->p->a, l->pair[i].name, play_value(o->p, l->pair[i].value)));
    add(o->want, write_line(o->p->a, str_cstr(o->p->a, l->verb), kind, l->word[1], fields));
}

static bool is(const struct line *l, const char *verb)
{
    return str_eq(l->verb, str_from(verb));
}

/* A record that is made is linked with the one that it is made for, and called as that is. */
static bool want_created(struct outcome *o, enum kind kind, const struct line *l, struct err *e)
{
    struct line link = {.number = l->number, .verb = S("link"), .word = {l->word[1]}, .words = 1};
    want_write(o, kind, l);
    return kind > KIND_COMPANY || want_link(o->p, &link, e);
}

static bool want_line(struct outcome *o, const struct line *l, struct err *e)
{
    enum kind kind = KIND_ACCOUNT;
    if (kind_named(l->verb, &kind))
        return state_lines(o, kind, l, e);
    if (l->words > 1)
        kind_named(l->word[0], &kind);
    o->named_writes = o->named_writes || is(l, "nothing") || is(l, "create") || is(l, "update") ||
                      is(l, "archive") || is(l, "refused");
    if (is(l, "create"))
        return want_created(o, kind, l, e);
    if (is(l, "update") || is(l, "archive"))
        want_write(o, kind, l);
    else if (is(l, "link") || is(l, "unlink") || is(l, "pause") || is(l, "resume"))
        return want_link(o->p, l, e);
    else if (is(l, "review"))
        want_review(o, kind, l);
    else if (is(l, "error"))
        want_error(o, kind, l);
    else if (is(l, "left"))
        want_left(o, kind, l);
    else if (is(l, "gone"))
        gone_line(o, l);
    else if (is(l, "explain"))
        return explain_line(o, kind, l, e);
    else if (is(l, "reverted"))
        return reverted_line(o, kind, l, e);
    else if (is(l, "refused"))
        add(o->want, str_fmt(o->p->a, "refused %.*s", STR_ARG(l->word[0])));
    return true;
}

static struct outcome outcome_new(struct play *p)
{
    return (struct outcome){
        .p = p, .want = ARENA_NEW(p->a, struct list), .got = ARENA_NEW(p->a, struct list)};
}

static void conclude(struct outcome *o, const char *what, int number)
{
    size_t before = o->p->report->n;
    struct buf *report = o->p->report;
    sort(o->want);
    sort(o->got);
    buf_fmt(report, "%.*s:%d: %s\n", STR_ARG(o->p->s->file), number, what);
    size_t heading = report->n;
    differ(report, o->want, o->got);
    if (report->n == heading)
        report->n = before;
}

bool play_then(struct play *p, const struct block *then, struct err *e)
{
    struct outcome o = outcome_new(p);
    int number = then->lines ? then->line[0].number : p->s->number;
    if (!p->ran)
        return line_error(e, p->s, number, "no command ran before this `then`");
    got_refusal(&o);
    got_left(&o);
    if (!lab_open(p->lab, e) || !got_writes(&o, e) || !read_records(&o, e))
        return false;
    for (size_t i = 0; i < then->lines; i++)
        if (!want_line(&o, &then->line[i], e))
            return false;
    if (!o.named_writes)
        return line_error(e, p->s, number, "say what is written: `nothing`, update, create");
    bool ok = got_links(&o, e) && got_reviews(&o, e) && got_errors(&o, e);
    want_links(&o);
    check_keys(&o);
    conclude(&o, "not as expected", number);
    return ok;
}

/* ---- nothing more ---------------------------------------------------------------------------- */

static bool last_audit(struct play *p, int64_t *id, struct err *e)
{
    struct audit_entry *audit;
    size_t n;
    *id = 0;
    if (!lab_open(p->lab, e))
        return false;
    struct store *st = p->lab->store;
    bool ok = st->ops->audit_list(st, p->a, SIDE_SF, STR_NONE, 0, INT64_MAX, 1, &audit, &n, e);
    if (ok && n)
        *id = audit[0].id;
    return ok;
}

bool play_quiet(struct play *p, struct err *e)
{
    struct outcome o = outcome_new(p);
    int64_t before, after;
    size_t wrote = p->writes;
    if (!last_audit(p, &before, e) || !play_pass(p, e) || !got_writes(&o, e) ||
        !last_audit(p, &after, e))
        return false;
    bool off = p->refused && str_eq(str_from(p->why.code), S("switch_off"));
    if (p->refused && !off)
        add(o.got, str_fmt(p->a, "%s: %s", p->why.code, p->why.msg));
    if (p->writes != wrote && o.got->count == 0)
        add(o.got, S("our id is written again"));
    if (after != before)
        add(o.got, S("an audit row more"));
    conclude(&o, "a second pass is not quiet (S8.4)", p->s->number);
    return true;
}

bool play_given_wrote(struct play *p, struct err *e)
{
    struct outcome o = outcome_new(p);
    if (!got_writes(&o, e))
        return false;
    conclude(&o, "what is given is not at rest", p->s->number);
    return true;
}
