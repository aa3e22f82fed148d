/* mappings: what goes with what is kept in the store, one document a mapping. The defaults stand in
 * model/mapping.c; a document of a default's id says what a person changed of it. An id names a
 * value in every row and base, so one that was given is never given again. */
#include <string.h>

#include "base/limits.h"
#include "engine/engine_p.h"
#include "model/mapping_check.h"
#include "model/mapping_text.h"

#define DOC_LAST_ID "mapping_last_id" /* the highest ever given */

/* ---- load ------------------------------------------------------------------------------------ */

static const char *const state_names[] = {
    [SETTLE_DONE] = "settled", [SETTLE_BASE] = "base", [SETTLE_MOVES] = "moves"};

static bool damaged(struct err *e, struct str name)
{
    err_set(e, ERR_INTERNAL, "store_damaged", "the stored mapping %.*s cannot be read",
            STR_ARG(name));
    return err_subject(e, name);
}

/* A default that a newer Tandem brought is in no line: it is read before it is used. */
static bool load_states(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct str text, line;
    if (!st->ops->doc_get(st, &en->life, DOC_CURSOR, S(DOC_STATES), &text, e))
        return false;
    if (!text.p)
        return true; /* the switch was never on */
    for (size_t i = 0; i < en->mappings.count; i++)
        en->mappings.map[i].settle = SETTLE_BASE;
    while (str_cut(&text, '\n', &line)) {
        struct str id, state = line;
        int64_t n;
        if (!line.n)
            continue;
        if (!str_cut(&state, ' ', &id) || !str_to_i64(id, &n))
            return damaged(e, S(DOC_STATES));
        for (size_t i = 0; i < en->mappings.count; i++)
            for (size_t k = 0; en->mappings.map[i].id == (uint64_t)n && k < LEN(state_names); k++)
                if (str_eq(state, str_from(state_names[k])))
                    en->mappings.map[i].settle = (enum settle)k;
    }
    return true;
}

static bool load_one(struct engine *en, const struct doc *doc, struct err *e)
{
    struct mappings *m = &en->mappings;
    struct mapping one;
    struct yaml *y;
    struct err why;
    int64_t id;
    if (!str_to_i64(doc->name, &id) || id <= 0 || id > UINT32_MAX)
        return damaged(e, doc->name);
    if (!yaml_parse(&en->life, doc->text, &y, &why) || !mapping_read(&en->life, y, &one, &why))
        return damaged(e, doc->name);
    one.id = (uint32_t)id;
    one.standard = id < MAPPING_ID_FIRST;
    for (size_t i = 0; i < m->count; i++)
        if (m->map[i].id == one.id) {
            m->map[i] = one;
            return true;
        }
    if (!one.standard)
        m->map[m->count++] = one; /* a default that this Tandem no longer has is left out */
    return true;
}

bool mappings_load(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct doc *doc;
    size_t n;
    struct mappings standard;
    if (!st->ops->doc_list(st, &en->life, DOC_MAPPING, &doc, &n, e))
        return false;
    mappings_default(&en->life, &standard);
    en->mappings.map = ARENA_ARRAY(&en->life, struct mapping, standard.count + n);
    en->mappings.count = standard.count;
    memcpy(en->mappings.map, standard.map, standard.count * sizeof(struct mapping));
    for (size_t i = 0; i < n; i++) /* by name, which is by id */
        if (!load_one(en, &doc[i], e))
            return false;
    mappings_hierarchy(&en->life, &en->mappings, en->settings.hierarchy);
    return load_states(en, e);
}

bool mappings_put_states(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct buf b;
    buf_init(&b, MIB);
    for (size_t i = 0; i < en->mappings.count; i++)
        buf_fmt(&b, "%u %s\n", en->mappings.map[i].id, state_names[en->mappings.map[i].settle]);
    bool ok = st->ops->doc_put(st, DOC_CURSOR, S(DOC_STATES), buf_view(&b), e);
    buf_release(&b);
    return ok;
}

/* ---- save ------------------------------------------------------------------------------------ */

struct saving {
    struct engine *en;
    struct mappings next; /* in the engine's arena, bound */
    struct settings settings;
    const struct doc *setting;
    size_t settings_count;
    uint32_t last_id;
    struct map_report *out;
};

static const struct mapping *by_id(const struct mappings *m, uint32_t id)
{
    for (size_t i = 0; id && i < m->count; i++)
        if (m->map[i].id == id)
            return &m->map[i];
    return NULL;
}

static struct str text_of(struct engine *en, const struct mapping *m)
{
    buf_clear(&en->pack);
    mapping_print(&en->pack, m, 0);
    return str_dup(&en->life, buf_view(&en->pack));
}

static bool same_text(struct engine *en, const struct mapping *a, const struct mapping *b)
{
    return str_eq(text_of(en, a), text_of(en, b));
}

static struct mapping copied(struct arena *a, const struct mapping *m)
{
    struct mapping out = *m;
    out.table = ARENA_ARRAY(a, struct value_pair, m->table_count);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        out.name[s] = str_dup(a, m->name[s]);
        out.constant[s] = str_dup(a, m->constant[s]);
        for (size_t i = 0; i < m->table_count; i++)
            out.table[i].side[s] = str_dup(a, m->table[i].side[s]);
    }
    return out;
}

/* What the engine knows of one stays with it, wherever the caller has it from. */
static void add_next(struct saving *s, const struct mapping *m)
{
    const struct mapping *was = by_id(&s->en->mappings, m->id);
    struct mapping *out = &s->next.map[s->next.count++];
    *out = copied(&s->en->life, m);
    if (!was)
        return;
    out->standard = was->standard;
    out->settle = was->settle;
    out->kind = was->kind;
    out->pairs = was->pairs;
}

/* S6.1, B3.26: the defaults stay what they are; their rule may be none. */
static bool keeps_defaults(const struct saving *s, struct err *e)
{
    const struct mappings *now = &s->en->mappings;
    for (size_t i = 0; i < now->count; i++) {
        const struct mapping *m = &now->map[i], *kept = by_id(&s->next, m->id);
        if (!m->standard || (kept && str_eq_nocase(kept->name[SIDE_SF], m->name[SIDE_SF]) &&
                             str_eq_nocase(kept->name[SIDE_HS], m->name[SIDE_HS])))
            continue;
        err_set(e, ERR_USAGE, "mapping_default",
                "%.*s <-> %.*s is a default mapping: it cannot be removed or pointed elsewhere"
                " (B3.26)",
                STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]));
        err_subject(e, m->name[SIDE_SF]);
        err_rule(e, "S6.1");
        return err_hint(e, "to stop it: `tandem mapping change %.*s --rule none`",
                        STR_ARG(m->name[SIDE_SF]));
    }
    return true;
}

/* Those that are in use from now on and were not: what they find must not count as moved. */
static bool comes_in_use(const struct mapping *was, const struct mapping *is)
{
    bool wider = was && is->accounts != was->accounts && was->accounts != ACCOUNTS_BOTH;
    return is->rule != RULE_NONE && (!was || was->rule == RULE_NONE || wider);
}

static bool check_all(struct saving *s, struct err *e)
{
    struct engine *en = s->en;
    for (size_t i = 0; i < s->next.count; i++) {
        struct mapping *m = &s->next.map[i];
        const struct mapping *was = by_id(&en->mappings, m->id);
        if (m->kind == MAPPING_PARENT) {
            if (!mapping_check(&s->next, m, e))
                return false;
            continue;
        }
        if (was && same_text(en, was, m))
            continue;
        s->out->bad = i;
        if (!mapping_check(&s->next, m, e) || !currency_check(en, m, e))
            return false;
        s->out->bad = SIZE_MAX;
        if (!s->out->touched)
            s->out->touched = m;
        s->out->added += !was;
        s->out->changed += was != NULL;
        if (!was)
            m->id = ++s->last_id;
        m->settle = comes_in_use(was, m) ? SETTLE_BASE : m->settle;
    }
    for (size_t i = 0; i < en->mappings.count; i++)
        s->out->removed +=
            !mapping_derived(&en->mappings.map[i]) && !by_id(&s->next, en->mappings.map[i].id);
    return keeps_defaults(s, e) && persons_check(en, &s->settings, &s->next, e);
}

/* The switch, and the hold, are acts with consequences of their own. */
static bool check_settings(struct saving *s, struct err *e)
{
    s->settings = s->en->settings;
    for (size_t i = 0; i < s->settings_count; i++) {
        const struct doc *d = &s->setting[i];
        struct str was = settings_get(&s->en->life, &s->settings, d->name);
        if (str_eq(d->name, S("company_sync")) || str_eq(d->name, S("hold"))) {
            err_set(e, ERR_USAGE, "setting_act", "%.*s cannot be set by a file", STR_ARG(d->name));
            err_subject(e, d->name);
            err_rule(e, "S6.7");
            return err_hint(e, "use `tandem settings set company_sync on`, `tandem hold`, `tandem"
                               " release`");
        }
        if (!settings_set(&s->settings, d->name, d->text, e))
            return false;
        s->out->settings += !str_eq(was, settings_get(&s->en->life, &s->settings, d->name));
    }
    return record_type_check(s->en, &s->settings, e);
}

static bool put_one(struct saving *s, const struct mapping *m, const struct mappings *standard,
                    struct err *e)
{
    struct engine *en = s->en;
    struct store *st = en->o.store;
    const struct mapping *fallback = by_id(standard, m->id);
    struct str name = str_fmt(&en->life, "%08u", m->id);
    bool plain = fallback && same_text(en, fallback, m);
    return st->ops->doc_put(st, DOC_MAPPING, name, plain ? STR_NONE : text_of(en, m), e);
}

static bool put_all(struct saving *s, struct err *e)
{
    struct engine *en = s->en;
    struct store *st = en->o.store;
    struct mappings standard;
    mappings_default(&en->life, &standard);
    for (size_t i = 0; i < en->mappings.count; i++) {
        uint32_t id = en->mappings.map[i].id;
        if (!mapping_derived(&en->mappings.map[i]) && !by_id(&s->next, id) &&
            !st->ops->doc_put(st, DOC_MAPPING, str_fmt(&en->life, "%08u", id), STR_NONE, e))
            return false;
    }
    for (size_t i = 0; i < s->next.count; i++)
        if (!mapping_derived(&s->next.map[i]) && !put_one(s, &s->next.map[i], &standard, e))
            return false;
    bool persons = s->settings.person_accounts;
    for (size_t i = 0; i < s->settings_count; i++)
        if (!st->ops->doc_put(st, DOC_SETTING, s->setting[i].name, s->setting[i].text, e))
            return false;
    return (persons == en->settings.person_accounts || persons_turn(en, persons, e)) &&
           doc_time_put(en, DOC_LAST_ID, s->last_id, e) && associations_turn(en, &s->settings, e);
}

/* S15.2: what was refused under the mapping as it was is tried again at once. */
static bool retry_errors(struct engine *en, const struct mapping *m, struct err *e)
{
    struct store *st = en->o.store;
    struct error_entry *error;
    struct store_counts counts;
    struct arena list; /* engine_retry uses the chunk's */
    size_t n, kept = 0;
    if (!st->ops->counts(st, &counts, e))
        return false;
    if (counts.errors == 0)
        return true;
    arena_init(&list, 512 * MIB);
    bool ok = st->ops->errors_list(st, &list, STR_NONE, counts.errors, &error, &n, e);
    for (size_t i = 0; ok && i < n; i++)
        if (str_eq(error[i].field, m->name[SIDE_SF]) || str_eq(error[i].field, m->name[SIDE_HS]))
            error[kept++] = error[i];
    ok = ok && (kept == 0 || engine_retry(en, error, kept, e));
    arena_release(&list);
    return ok;
}

/* What the filter compares stays in sight, also where no mapping reads it any more (S2.3). */
static void keep_watched(struct saving *s)
{
    const struct filter *f = &s->en->filter;
    struct str *field = ARENA_ARRAY(&s->en->life, struct str, f->terms);
    mappings_watch(&s->en->life, &s->next, field, filter_fields(f, field));
    currency_watch(s->en, &s->next);
}

/* The parents' mapping goes with its setting (S11.2), as far as it is. */
static void keep_hierarchy(struct saving *s)
{
    const struct mapping *was = by_id(&s->en->mappings, MAPPING_ID_PARENT);
    mappings_hierarchy(&s->en->life, &s->next, s->settings.hierarchy);
    for (size_t i = 0; was && i < s->next.count; i++)
        if (s->next.map[i].kind == MAPPING_PARENT)
            s->next.map[i].settle = was->settle;
}

static bool save(struct saving *s, struct err *e)
{
    struct engine *en = s->en;
    struct store *st = en->o.store;
    struct mappings was = en->mappings;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = put_all(s, e);
    keep_watched(s);
    en->mappings = s->next;
    if (ok && mappings_put_states(en, e) && st->ops->commit(st, e)) {
        en->settings = s->settings;
        return true;
    }
    if (!ok)
        st->ops->rollback(st);
    en->mappings = was;
    return false;
}

static void count_calls(struct engine *en, const struct http_counts before[SIDE_COUNT],
                        struct map_report *out)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct http_counts now = http_counted(en->o.crm[s]->http);
        for (int c = 0; c < HTTP_CLASS_COUNT; c++)
            if (c != HTTP_CLASS_FREE)
                out->calls[s] += now.calls[c] - before[s].calls[c];
    }
}

bool engine_map(struct engine *en, const struct mappings *next, const struct doc *settings,
                size_t count, struct map_report *out, struct err *e)
{
    struct saving s = {.en = en, .setting = settings, .settings_count = count, .out = out};
    struct http_counts before[SIDE_COUNT];
    const struct mappings was = en->mappings;
    int64_t last;
    *out = (struct map_report){.bad = SIZE_MAX};
    if (next->count > FIELDS_MAX) {
        err_set(e, ERR_USAGE, "too_many_mappings", "%zu mappings are more than the %d that fit",
                next->count, FIELDS_MAX);
        return err_rule(e, "S6.1");
    }
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
        before[k] = http_counted(en->o.crm[k]->http);
    s.next.map = ARENA_ARRAY(&en->life, struct mapping, next->count);
    for (size_t i = 0; i < next->count; i++)
        if (!mapping_derived(&next->map[i]))
            add_next(&s, &next->map[i]);
    if (!check_settings(&s, e))
        return false;
    keep_hierarchy(&s);
    const struct schema *both[SIDE_COUNT] = {&en->schema[SIDE_SF], &en->schema[SIDE_HS]};
    mappings_bind(&s.next, both);
    if (!doc_time(en, DOC_LAST_ID, &last, e))
        return false;
    s.last_id = (uint32_t)MAX(last, MAPPING_ID_FIRST - 1);
    if (!check_all(&s, e) || !associations_prepare(en, &s.settings, e) || !save(&s, e))
        return false;
    mappings_bind(&en->mappings, both); /* again: some wait for their baseline now */
    engine_tell(en, &en->mappings);
    filter_bind(&en->filter, &en->mappings);
    for (size_t i = 0; i < en->mappings.count; i++) {
        struct mapping *m = &en->mappings.map[i];
        const struct mapping *old = by_id(&was, m->id);
        if (old && !same_text(en, old, m) && !retry_errors(en, m, e))
            return false;
    }
    arena_reset(&en->chunk);
    bool ok = mappings_settle(en, e);
    count_calls(en, before, out);
    return ok;
}

bool engine_map_check(const struct engine *en, const struct mapping *m, struct err *e)
{
    return mapping_check(&en->mappings, m, e) && currency_check(en, m, e);
}

const struct schema *engine_schema(const struct engine *en, enum side s)
{
    return &en->schema[s];
}
