#include <stdio.h>
#include <string.h>

#include "engine/engine_p.h"
#include "model/pack.h"
#include "text/hash.h"
#include "text/iso8601.h"

void engine_progress(struct engine *en, const char *phase, uint64_t done, uint64_t total)
{
    struct progress p = {phase, done, total};
    if (en->o.progress)
        en->o.progress(en->o.who, &p);
}

bool engine_need_switch(const struct engine *en, struct err *e)
{
    if (en->settings.company_sync)
        return true;
    err_set(e, ERR_REFUSED, "switch_off", "company_sync is off: nothing is read over or written");
    err_rule(e, "S1.1");
    err_subject(e, S("company_sync"));
    return err_hint(e, "turn it on with `tandem settings set company_sync on`");
}

bool doc_time(struct engine *en, const char *name, int64_t *ms, struct err *e)
{
    struct store *st = en->o.store;
    struct str text;
    *ms = 0;
    if (!st->ops->doc_get(st, &en->life, DOC_CURSOR, str_from(name), &text, e))
        return false;
    if (text.n && !str_to_i64(text, ms))
        return err_set(e, ERR_INTERNAL, "store_damaged", "the stored time %s is not a time", name);
    return true;
}

bool doc_time_put(struct engine *en, const char *name, int64_t ms, struct err *e)
{
    struct store *st = en->o.store;
    char text[24];
    int n = snprintf(text, sizeof(text), "%lld", (long long)ms);
    return st->ops->doc_put(st, DOC_CURSOR, str_from(name), (struct str){text, (size_t)n}, e);
}

static bool load_settings(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct doc *doc;
    size_t n;
    settings_default(&en->settings);
    if (!st->ops->doc_list(st, &en->life, DOC_SETTING, &doc, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!settings_set(&en->settings, doc[i].name, doc[i].text, e))
            return err_wrap(e, "reading the stored settings");
    if (!doc_time(en, "t0_salesforce", &en->t0_ms[SIDE_SF], e) ||
        !doc_time(en, "t0_hubspot", &en->t0_ms[SIDE_HS], e) ||
        !doc_time(en, "on_salesforce", &en->on_ms[SIDE_SF], e) ||
        !doc_time(en, "on_hubspot", &en->on_ms[SIDE_HS], e))
        return false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) /* it was turned on by an older Tandem */
        en->on_ms[s] = en->on_ms[s] ? en->on_ms[s] : en->t0_ms[s];
    return true;
}

/* S1.5: the connection belongs to one org and one portal. */
static bool check_bound(struct engine *en, enum side s, struct err *e)
{
    struct store *st = en->o.store;
    struct str name = s == SIDE_SF ? S("bound_salesforce") : S("bound_hubspot"), bound;
    if (!st->ops->doc_get(st, &en->life, DOC_CONNECTION, name, &bound, e))
        return false;
    if (!bound.n || str_eq(bound, en->identity[s].organisation))
        return true;
    err_set(e, ERR_REFUSED, "other_organisation",
            "this connection is bound to %s %.*s, and the credentials are of %.*s",
            s == SIDE_SF ? "Salesforce organisation" : "HubSpot portal", STR_ARG(bound),
            STR_ARG(en->identity[s].organisation));
    err_rule(e, "S1.5");
    return err_hint(e,
                    "use the right credentials (`tandem connect %s`), or a connection of its own",
                    side_name(s));
}

static bool meet(struct engine *en, enum side s, struct err *e)
{
    struct crm *crm = en->o.crm[s];
    if (!crm->ops->identify(crm, &en->life, &en->identity[s], e))
        return err_wrap(e, "meeting %s", side_name(s));
    en->online[s] = true;
    return check_bound(en, s, e);
}

/* Without the services there is no metadata: values are then taken as text that fits anywhere. */
static void bind_offline(struct mappings *m)
{
    for (size_t i = 0; i < m->count; i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            m->map[i].meta[s] = (struct field){.name = m->map[i].name[s],
                                               .type = FIELD_TEXT,
                                               .scale = -1,
                                               .precision = -1,
                                               .readable = true,
                                               .createable = true,
                                               .updateable = true};
}

void engine_tell(struct engine *en, const struct mappings *m)
{
    const int64_t overlap[SIDE_COUNT] = {en->settings.salesforce_overlap_ms,
                                         en->settings.hubspot_overlap_ms};
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        crm->ops->bind(crm, &(struct crm_binding){.mappings = m,
                                                  .portal = en->identity[SIDE_HS].organisation,
                                                  .overlap_ms = overlap[s]});
    }
}

bool engine_bind(struct engine *en, struct err *e)
{
    struct crm_setup setup;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        if (!en->schema[s].count && !crm->ops->schema(crm, &en->life, &en->schema[s], e))
            return err_wrap(e, "reading the fields of %s", side_name(s));
    }
    const struct schema *both[SIDE_COUNT] = {&en->schema[SIDE_SF], &en->schema[SIDE_HS]};
    currency_meet(en);
    mappings_bind(&en->mappings, both);
    engine_tell(en, &en->mappings);
    record_type_find(en);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        if (!crm->ops->setup(crm, &en->life, CRM_LOOK, en->o.installation, &setup, e))
            return err_wrap(e, "looking for our key field in %s", side_name(s));
        en->key_ready[s] = setup.key_ready;
        bool others = setup.installation.n && !str_eq(setup.installation, en->o.installation);
        if (!others || en->o.take_over)
            continue;
        err_set(e, ERR_REFUSED, "other_installation",
                "%s is written by another installation of Tandem (%.*s); ours is %.*s",
                side_name(s), STR_ARG(setup.installation), STR_ARG(en->o.installation));
        err_rule(e, "S8.7");
        return err_hint(e, "stop the other one for good, then `tandem takeover`");
    }
    return true;
}

bool engine_open(struct engine **out, const struct engine_options *o, struct err *e)
{
    struct arena life;
    arena_init(&life, 64 * MIB);
    struct engine *en = ARENA_NEW(&life, struct engine);
    en->life = life;
    en->o = *o;
    arena_init(&en->chunk, ENGINE_CHUNK_BYTES);
    buf_init(&en->pack, 16 * MIB);
    arena_init(&en->people, 512 * MIB);
    arena_init(&en->parents, 16 * MIB);
    bool ok =
        load_settings(en, e) && mappings_load(en, e) && filter_load(en, e) && currency_load(en, e);
    if (ok && o->crm[SIDE_SF] && o->crm[SIDE_HS])
        ok = meet(en, SIDE_SF, e) && meet(en, SIDE_HS, e) && engine_bind(en, e);
    else
        bind_offline(&en->mappings);
    ok = ok && owners_load(en, e);
    if (!ok) {
        engine_close(en);
        return false;
    }
    *out = en;
    return true;
}

void engine_close(struct engine *en)
{
    if (!en)
        return;
    buf_release(&en->pack);
    arena_release(&en->people);
    arena_release(&en->parents);
    arena_release(&en->chunk);
    struct arena life = en->life; /* the engine itself lives in it */
    arena_release(&life);
}

uint64_t engine_print_of(struct store *st, const char *kind)
{
    struct arena a;
    struct err ignored;
    struct doc *doc;
    size_t n;
    uint64_t sum = 1;
    arena_init(&a, 64 * MIB);
    bool ok = st->ops->doc_list(st, &a, kind, &doc, &n, &ignored);
    for (size_t i = 0; ok && i < n; i++)
        sum = rng_mix(rng_mix(sum + hash64(doc[i].name)) + hash64(doc[i].text));
    arena_release(&a);
    return ok ? sum : 0;
}

uint64_t engine_documents(struct store *st)
{
    static const char *const kinds[] = {DOC_SETTING, DOC_MAPPING, DOC_FILTER};
    uint64_t sum = 1;
    for (size_t i = 0; sum && i < LEN(kinds); i++) {
        uint64_t print = engine_print_of(st, kinds[i]);
        sum = print ? rng_mix(sum + print) : 0;
    }
    return sum;
}

const struct settings *engine_settings(const struct engine *en)
{
    return &en->settings;
}

const struct mappings *engine_mappings(const struct engine *en)
{
    return &en->mappings;
}

const struct crm_identity *engine_identity(const struct engine *en, enum side side)
{
    return &en->identity[side];
}

bool engine_set(struct engine *en, struct str name, struct str text, struct err *e)
{
    struct store *st = en->o.store;
    struct settings next = en->settings;
    if (!settings_set(&next, name, text, e))
        return false;
    if (next.company_sync != en->settings.company_sync) {
        struct report ignored;
        return engine_switch(en, &(struct switch_options){.on = next.company_sync}, &ignored, e);
    }
    if (!lists_check(en, &next, false, e) || !record_type_check(en, &next, e) ||
        !persons_check(en, &next, &en->mappings, e) || !associations_prepare(en, &next, e))
        return false;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool turned = next.hierarchy != en->settings.hierarchy;
    bool persons = next.person_accounts != en->settings.person_accounts;
    if (!st->ops->doc_put(st, DOC_SETTING, name, text, e) ||
        (turned && !hierarchy_turn(en, next.hierarchy, e)) ||
        (persons && !persons_turn(en, next.person_accounts, e)) ||
        !associations_turn(en, &next, e)) {
        st->ops->rollback(st);
        return false;
    }
    if (!st->ops->commit(st, e))
        return false;
    en->settings = next;
    return true;
}

bool engine_setup(struct engine *en, struct arena *a, struct crm_setup out[SIDE_COUNT],
                  struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct crm *crm = en->o.crm[s];
        enum crm_claim claim = en->o.take_over ? CRM_TAKE_OVER : CRM_MAKE;
        if (!crm->ops->setup(crm, a, claim, en->o.installation, &out[s], e))
            return err_wrap(e, "setting up %s", side_name(s));
        en->key_ready[s] = out[s].key_ready;
    }
    return true;
}

struct str engine_pack(struct engine *en, struct arena *a, const struct value *value)
{
    buf_clear(&en->pack);
    values_pack(&en->pack, &en->mappings, value);
    return str_dup(a, buf_view(&en->pack));
}

static bool unpack_row(struct engine *en, struct row *row, struct err *e)
{
    if (!row || row->rec.value)
        return true;
    row->rec.value = ARENA_ARRAY(&en->chunk, struct value, en->mappings.count);
    if (values_unpack(row->packed, &en->mappings, row->rec.value))
        return true;
    err_set(e, ERR_INTERNAL, "store_damaged", "the stored values of %.*s cannot be read",
            STR_ARG(row->rec.id));
    return err_subject(e, row->rec.id);
}

bool engine_unpack(struct engine *en, struct subject *s, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
            if (!unpack_row(en, s[i].row[k], e))
                return false;
    return true;
}
