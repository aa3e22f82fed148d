/* What a field takes, as far as its metadata tells (S6.2). */
#include <stdio.h>

#include "model/mapping.h"
#include "text/decimal.h"
#include "text/unicode.h"

static bool refuse(const struct mapping *m, enum side to, struct value v, const char *code,
                   const char *why, struct err *e)
{
    struct str shown = text_cut_chars(v.text, 60);
    err_set(e, ERR_REJECTED, code, "%s %.*s does not take \"%.*s\"%s: %s", side_name(to),
            STR_ARG(m->name[to]), STR_ARG(shown), shown.n < v.text.n ? "..." : "", why);
    err_subject(e, m->name[to]);
    return err_rule(e, "S6.2");
}

static bool out_of_range(const struct mapping *m, enum side to, struct value v, const char *how,
                         struct str limit, struct err *e)
{
    char why[96];
    snprintf(why, sizeof(why), "%s %.*s", how, STR_ARG(str_slice(limit, 0, 40)));
    refuse(m, to, v, "out_of_range", why, e);
    return err_hint(e, "correct the number, or the rule of the property");
}

static bool option_taken(const struct mapping *m, enum side to, struct str one)
{
    const struct field *f = &m->meta[to];
    for (size_t i = 0; i < f->options; i++)
        if (f->option[i].active && str_eq(f->option[i].value, one))
            return true;
    return false;
}

/* Up to the first options, for a message: "AGRICULTURE, BANKING, ..." */
static void options_text(const struct field *f, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0, shown = 0; i < f->options && at + 4 < size; i++) {
        if (!f->option[i].active)
            continue;
        if (++shown > 8) {
            snprintf(out + at, size - at, ", ...");
            return;
        }
        at += (size_t)snprintf(out + at, size - at, "%s%.*s", at ? ", " : "",
                               STR_ARG(f->option[i].value));
    }
}

static bool accepts_option(const struct mapping *m, enum side to, struct value v, struct err *e)
{
    const struct field *f = &m->meta[to];
    if (f->options == 0 || (m->allow_new_values && !f->restricted))
        return true;
    struct str rest = v.text, part;
    bool ok = true;
    if (f->type == FIELD_MULTI)
        while (ok && str_cut(&rest, ';', &part))
            ok = option_taken(m, to, part);
    else
        ok = option_taken(m, to, v.text);
    if (ok)
        return true;
    char allowed[256];
    options_text(f, allowed, sizeof(allowed));
    refuse(m, to, v, "picklist_value", "not one of its active values", e);
    return err_hint(e, "allowed: %s; add the value there or a value table to the mapping", allowed);
}

static bool accepts_number(const struct mapping *m, enum side to, struct value v, struct err *e)
{
    const struct field *f = &m->meta[to];
    struct arena scratch;
    bool ok = true;
    arena_init(&scratch, 64 * KIB);
    struct str d = decimal_canonical(&scratch, v.text, -1);
    ptrdiff_t point = str_find_char(d, '.');
    int whole = (int)(point < 0 ? (ptrdiff_t)d.n : point) - (d.n && d.p[0] == '-');
    if (!d.p)
        ok = refuse(m, to, v, "not_a_number", "not a number", e);
    else if (f->precision > 0 && whole > f->precision - MAX(f->scale, 0))
        ok = refuse(m, to, v, "number_too_large", "too many digits", e);
    else if (f->most.n && decimal_cmp(d, f->most) > 0)
        ok = out_of_range(m, to, v, "more than", f->most, e);
    else if (f->least.n && decimal_cmp(d, f->least) < 0)
        ok = out_of_range(m, to, v, "less than", f->least, e);
    arena_release(&scratch);
    return ok;
}

/* What the portal's own rules say, as far as that is certain (field_check.h). */
static bool accepts_checks(const struct mapping *m, enum side to, struct value v, struct err *e)
{
    const struct field *f = &m->meta[to];
    for (size_t i = 0; i < f->checks; i++) {
        const struct field_check *c = &f->check[i];
        char why[160];
        if (!field_check_broken(c, v.text))
            continue;
        struct str told = c->arguments ? text_cut_chars(c->argument[0], 60) : S("");
        snprintf(why, sizeof(why), "it breaks the rule %.*s%s%.*s%s", STR_ARG(c->name),
                 told.n ? " (" : "", STR_ARG(told), told.n ? ")" : "");
        refuse(m, to, v, "validation_rule", why, e);
        if (c->kind == CHECK_PATTERN && c->arguments > 1 && c->argument[1].n)
            return err_hint(e, "the portal says: %.*s",
                            STR_ARG(text_cut_chars(c->argument[1], 120)));
        return err_hint(e, "correct the value, or the rule of the property");
    }
    return true;
}

bool mapping_accepts(const struct mapping *m, enum side to, struct value v, bool create,
                     struct err *e)
{
    const struct field *f = &m->meta[to];
    if (m->kind == MAPPING_PARENT && to == SIDE_HS)
        return true; /* written as an association, whatever its property says (H11.8) */
    if (!(create ? f->createable : f->updateable))
        return refuse(m, to, v, "not_writable", "our user may not write it", e);
    if (v.state == VALUE_BLANK)
        return f->required ? refuse(m, to, v, "required", "it cannot be blank", e) : true;
    if (f->length && text_chars(v.text) > f->length) {
        char why[64];
        snprintf(why, sizeof(why), "longer than its %u characters", f->length);
        refuse(m, to, v, "too_long", why, e);
        return err_hint(e, "shorten it, or give the mapping an explicit truncation (S6.3)");
    }
    if (f->least_length && text_chars(v.text) < f->least_length) {
        char why[64];
        snprintf(why, sizeof(why), "shorter than its %u characters", f->least_length);
        return refuse(m, to, v, "too_short", why, e);
    }
    if (!accepts_checks(m, to, v, e))
        return false;
    if (f->type == FIELD_NUMBER)
        return accepts_number(m, to, v, e);
    if (f->type == FIELD_PICKLIST || f->type == FIELD_MULTI)
        return accepts_option(m, to, v, e);
    return true;
}
