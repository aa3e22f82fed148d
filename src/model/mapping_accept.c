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
    if (f->type == FIELD_NUMBER) {
        struct arena scratch;
        arena_init(&scratch, 64 * KIB);
        bool number = decimal_canonical(&scratch, v.text, -1).p != NULL;
        arena_release(&scratch);
        size_t whole = (size_t)(str_find_char(v.text, '.') < 0 ? (ptrdiff_t)v.text.n
                                                               : str_find_char(v.text, '.'));
        whole -= v.text.p[0] == '-';
        if (!number)
            return refuse(m, to, v, "not_a_number", "not a number", e);
        if (f->precision > 0 && (int)whole > f->precision - MAX(f->scale, 0))
            return refuse(m, to, v, "number_too_large", "too many digits", e);
    }
    if (f->type == FIELD_PICKLIST || f->type == FIELD_MULTI)
        return accepts_option(m, to, v, e);
    return true;
}
