/* currency: which amounts may go over (S6.9). An org of several currencies shows it by the field
 * CurrencyIsoCode (SF 8), which is then read with every account. What a decision takes stands in
 * the store as well, so that what is explained offline is what a pass does. */
#include "engine/engine_p.h"

#define DOC_NAME "currency" /* DOC_CURSOR: the portal's, then the accounts' amounts, one a line */
#define FIELD    S("CurrencyIsoCode")

void currency_watch(struct engine *en, struct mappings *m)
{
    struct str field = FIELD;
    if (en->currency.n)
        mappings_watch(&en->life, m, &field, 1);
}

bool currency_load(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct str text, name;
    if (!st->ops->doc_get(st, &en->life, DOC_CURSOR, S(DOC_NAME), &text, e))
        return false;
    en->currency_kept = text;
    if (!text.n || !str_cut(&text, '\n', &en->currency))
        return true;
    currency_watch(en, &en->mappings);
    while (str_cut(&text, '\n', &name))
        for (size_t i = 0; name.n && i < en->mappings.count; i++)
            if (str_eq_nocase(en->mappings.map[i].name[SIDE_SF], name))
                en->mappings.map[i].amount = true;
    return true;
}

void currency_meet(struct engine *en)
{
    bool several = schema_find(&en->schema[SIDE_SF], FIELD) != NULL;
    en->currency = several ? en->identity[SIDE_HS].currency : STR_NONE;
    currency_watch(en, &en->mappings);
}

struct plan_currency currency_of(const struct engine *en)
{
    struct plan_currency c = {.portal = en->currency};
    while (c.map < en->mappings.count &&
           !str_eq_nocase(en->mappings.map[c.map].name[SIDE_SF], FIELD))
        c.map++;
    if (c.map == en->mappings.count)
        c.portal = STR_NONE;
    return c;
}

static bool put(struct engine *en, struct str text, struct err *e)
{
    struct store *st = en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (st->ops->doc_put(st, DOC_CURSOR, S(DOC_NAME), text.n ? text : STR_NONE, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

bool currency_keep(struct engine *en, struct err *e)
{
    struct buf b;
    buf_init(&b, MIB);
    if (en->currency.n)
        buf_fmt(&b, "%.*s\n", STR_ARG(en->currency));
    for (size_t i = 0; b.n && i < en->mappings.count; i++)
        if (en->mappings.map[i].amount)
            buf_fmt(&b, "%.*s\n", STR_ARG(en->mappings.map[i].name[SIDE_SF]));
    struct str text = str_dup(&en->life, buf_view(&b));
    buf_release(&b);
    if (str_eq(text, en->currency_kept))
        return true;
    en->currency_kept = text;
    return put(en, text, e);
}
