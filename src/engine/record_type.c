/* record_type: which kind of account Tandem creates (S6.10), held against what Salesforce tells. */
#include "engine/engine_p.h"

#include <stdio.h>

/* The first ones that may be chosen, for a message. */
static void choices(const struct schema *s, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < s->record_types && at + 4 < size; i++)
        if (s->record_type[i].active && s->record_type[i].available && !s->record_type[i].person)
            at += (size_t)snprintf(out + at, size - at, "%s%.*s", at ? ", " : "",
                                   STR_ARG(s->record_type[i].name));
}

/* S2.4: no company makes a person account: it would need the name of a person. */
static bool refuse_person(const struct record_type *t, struct err *e)
{
    err_set(e, ERR_REFUSED, "record_type",
            "record_type: accounts of the record type %.*s%s are person accounts", STR_ARG(t->name),
            t->standard ? ", our user's default one," : "");
    err_rule(e, "S2.4");
    return err_subject(e, S("record_type"));
}

/* What `default` stands for, where describe tells; NULL = the master. */
static const struct record_type *default_type(const struct schema *s)
{
    for (size_t i = 0; i < s->record_types; i++)
        if (s->record_type[i].standard)
            return &s->record_type[i];
    return NULL;
}

bool record_type_check(const struct engine *en, const struct settings *next, struct err *e)
{
    const struct schema *s = &en->schema[SIDE_SF];
    char names[200];
    if (!next->record_type[0] || !en->online[SIDE_SF])
        return true;
    const struct record_type *t = schema_record_type(s, str_from(next->record_type));
    if (t && t->active && t->available && !t->person)
        return true;
    if (t && t->person)
        refuse_person(t, e);
    else
        err_set(e, ERR_REFUSED, "record_type",
                "record_type: salesforce has %s record type \"%s\"%s", t ? "a" : "no",
                next->record_type,
                !t          ? " for accounts"
                : t->active ? ", but our user may not choose it"
                            : ", but it is not active");
    if (!t || !t->person)
        err_rule(e, "S6.10");
    err_subject(e, S("record_type"));
    choices(s, names, sizeof(names));
    if (!names[0])
        return err_hint(e, "our user may choose none: `tandem settings set record_type default`");
    return err_hint(e, "our user may choose %s, or default", names);
}

void record_type_find(struct engine *en)
{
    struct err why;
    const struct record_type *own = default_type(&en->schema[SIDE_SF]);
    en->kind_ready = record_type_check(en, &en->settings, &why);
    if (!en->settings.record_type[0] && own && own->person)
        en->kind_ready = refuse_person(own, &why);
    en->kind = NULL;
    if (en->kind_ready && en->settings.record_type[0])
        en->kind = schema_record_type(&en->schema[SIDE_SF], str_from(en->settings.record_type));
    if (!en->kind_ready)
        log_warn(en->o.log, "no account is created: %s", why.msg);
}
