/* currency: which amounts may go over (S6.9). An org of several currencies shows it by the field
 * CurrencyIsoCode (SF 8), which is then read with every account. What a decision takes stands in
 * the store as well, so that what is explained offline is what a pass does. */
#include "engine/engine_p.h"

/* DOC_CURSOR: the portal's, then lines "amount FIELD DECIMALS" and "rate CODE UNITS". */
#define DOC_NAME "currency"
#define FIELD    S("CurrencyIsoCode")

void currency_watch(struct engine *en, struct mappings *m)
{
    struct str field = FIELD;
    if (en->currency.n)
        mappings_watch(&en->life, m, &field, 1);
}

static void load_amount(struct engine *en, struct str name, struct str scale)
{
    int64_t n = -1;
    (void)str_to_i64(scale, &n);
    for (size_t i = 0; i < en->mappings.count; i++)
        if (str_eq_nocase(en->mappings.map[i].name[SIDE_SF], name)) {
            en->mappings.map[i].amount = true;
            en->mappings.map[i].scale = (int)n;
        }
}

bool currency_load(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct str text, line, word[2];
    if (!st->ops->doc_get(st, &en->life, DOC_CURSOR, S(DOC_NAME), &text, e))
        return false;
    en->currency_kept = text;
    if (!text.n || !str_cut(&text, '\n', &en->currency))
        return true;
    currency_watch(en, &en->mappings);
    en->rate = ARENA_ARRAY(&en->life, struct currency_rate, text.n / 8 + 1);
    while (str_cut(&text, '\n', &line)) {
        for (size_t i = 0; i < LEN(word); i++)
            str_cut(&line, ' ', &word[i]);
        if (str_eq(word[0], S("amount")))
            load_amount(en, word[1], line);
        else if (str_eq(word[0], S("rate")) && line.n)
            en->rate[en->rates++] = (struct currency_rate){word[1], line};
    }
    return true;
}

void currency_meet(struct engine *en)
{
    const struct crm_identity *org = &en->identity[SIDE_SF];
    bool several = schema_find(&en->schema[SIDE_SF], FIELD) != NULL;
    en->currency = several ? en->identity[SIDE_HS].currency : STR_NONE;
    en->rate = org->rate;
    en->rates = org->rates;
    currency_watch(en, &en->mappings);
}

/* S6.9: a rate source that cannot give a rate is refused before it is saved. */
bool currency_check(const struct engine *en, const struct mapping *m, struct err *e)
{
    bool found = false;
    for (size_t i = 0; i < en->rates; i++)
        found = found || str_eq(en->rate[i].code, en->currency);
    if (m->rate == RATE_NONE || found)
        return true;
    if (!en->currency.n)
        err_set(e, ERR_USAGE, "one_currency",
                "%.*s <-> %.*s: the org has one currency, so that there are no rates",
                STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]));
    else
        err_set(e, ERR_USAGE, "no_rate",
                "%.*s <-> %.*s: the org has no rate of %.*s, the portal's company currency",
                STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]), STR_ARG(en->currency));
    err_subject(e, m->name[SIDE_SF]);
    err_rule(e, "S6.9");
    if (!en->currency.n)
        return err_hint(e, "leave the rate out: amounts go over as they are");
    return err_hint(e, "add it to the org's currencies (Setup > Manage Currencies), or leave the"
                       " rate out: amounts of other currencies are then held");
}

struct plan_currency currency_of(const struct engine *en)
{
    struct plan_currency c = {.portal = en->currency, .rate = en->rate, .rates = en->rates};
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
            buf_fmt(&b, "amount %.*s %d\n", STR_ARG(en->mappings.map[i].name[SIDE_SF]),
                    en->mappings.map[i].scale);
    for (size_t i = 0; b.n && i < en->rates; i++)
        buf_fmt(&b, "rate %.*s %.*s\n", STR_ARG(en->rate[i].code), STR_ARG(en->rate[i].units));
    struct str text = str_dup(&en->life, buf_view(&b));
    buf_release(&b);
    if (str_eq(text, en->currency_kept))
        return true;
    en->currency_kept = text;
    return put(en, text, e);
}

struct mappings engine_mappings_of(const struct engine *en, const struct row *account)
{
    struct plan_context ctx = {.mappings = &en->mappings, .currency = currency_of(en)};
    return plan_mappings(&ctx, account);
}
