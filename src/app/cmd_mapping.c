/* mapping: which field goes with which property. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/near.h"
#include "model/mapping_text.h"

/* ---- look ------------------------------------------------------------------------------------ */

static const char *state_code(const struct mapping *m)
{
    return m->rule == RULE_NONE ? "off" : m->settle != SETTLE_DONE ? "unread" : "active";
}

void put_mapping(yyjson_mut_doc *d, yyjson_mut_val *item, const struct mapping *m)
{
    put_int(d, item, "id", m->id);
    put_str(d, item, "salesforce", m->name[SIDE_SF]);
    put_str(d, item, "hubspot", m->name[SIDE_HS]);
    put_str(d, item, "rule", str_from(rule_name(m->rule)));
    put_str(d, item, "state", str_from(state_code(m)));
    put_bool(d, item, "standard", m->standard);
    put_str(d, item, "for", str_from(accounts_name(m->accounts)));
    put_int(d, item, "address", m->group);
    put_bool(d, item, "allow_new_values", m->allow_new_values);
    put_int(d, item, "truncate", m->truncate);
    put_str(d, item, "rate", str_from(rate_source_name(m->rate)));
    put_str(d, item, "constant_salesforce", m->constant[SIDE_SF]);
    put_str(d, item, "constant_hubspot", m->constant[SIDE_HS]);
    yyjson_mut_val *table = yyjson_mut_obj_add_arr(d, item, "values");
    for (size_t i = 0; i < m->table_count; i++) {
        yyjson_mut_val *pair = yyjson_mut_arr_add_arr(d, table);
        yyjson_mut_arr_append(pair, json_mstr(d, m->table[i].side[SIDE_SF]));
        yyjson_mut_arr_append(pair, json_mstr(d, m->table[i].side[SIDE_HS]));
    }
}

static void say_mapping(struct app *app, const struct mapping *m)
{
    say(app, "%-22.*s %-22.*s %-18s %s", STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]),
        rule_name(m->rule), m->standard ? "standard" : "custom");
    if (m->accounts != ACCOUNTS_BUSINESS)
        say(app, ", %u, for %s accounts (S2.4)", m->id, accounts_name(m->accounts));
    if (m->group)
        say(app, ", decided as one address (S5.9)");
    if (m->table_count)
        say(app, ", %s in its table", counted(app, m->table_count, "value", "values"));
    if (m->rule != RULE_NONE && m->settle != SETTLE_DONE)
        say(app, ", not in use until both fields were read (S6.4): the next pass does it");
    say(app, "\n");
}

bool cmd_mapping_list(struct app *app, int *code, struct err *e)
{
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e))
        return false;
    const struct mappings *m = engine_mappings(app->engine);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "mappings");
    say(app, "%-22s %-22s %-18s %s\n", "Salesforce field", "HubSpot property", "rule", "kind");
    for (size_t i = 0; i < m->count; i++) {
        if (mapping_derived(&m->map[i]))
            continue;
        put_mapping(d, yyjson_mut_arr_add_obj(d, list), &m->map[i]);
        say_mapping(app, &m->map[i]);
    }
    result_print(app, d);
    return true;
}

/* A name may be that of two: of one for business accounts, and of one for person accounts. */
static bool map_told_by_id(const struct mappings *m, const struct mapping *first, const char *name,
                           struct err *e)
{
    for (const struct mapping *two = first + 1; two < m->map + m->count; two++) {
        bool same = str_eq_nocase(two->name[SIDE_SF], str_from(name)) ||
                    str_eq_nocase(two->name[SIDE_HS], str_from(name));
        if (!same || mapping_derived(two))
            continue;
        err_set(e, ERR_USAGE, "mapping_ambiguous",
                "two mappings have \"%.60s\": %u, for %s"
                " accounts, and %u, for %s accounts",
                name, first->id, accounts_name(first->accounts), two->id,
                accounts_name(two->accounts));
        err_rule(e, "S2.4");
        return err_hint(e, "name it by that number");
    }
    return true;
}

bool map_find(struct app *app, const char *name, struct mapping **out, struct err *e)
{
    const struct mappings *m = engine_mappings(app->engine);
    int64_t id;
    if (str_to_i64(str_from(name), &id)) {
        for (size_t i = 0; i < m->count; i++)
            if (m->map[i].id == id && !mapping_derived(&m->map[i])) {
                *out = &m->map[i];
                return true;
            }
    } else if ((*out = mapping_find(m, str_from(name)))) {
        return map_told_by_id(m, *out, name, e);
    }
    struct near near = near_to(str_from(name));
    for (size_t i = 0; i < m->count; i++)
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            near_offer(&near, m->map[i].name[s]);
    err_set(e, ERR_USAGE, "unknown_mapping", "nothing is mapped with \"%.60s\"", name);
    err_subject(e, str_slice(str_from(name), 0, 60));
    err_rule(e, "S6.1");
    return near_hint(
        e, &near, "`tandem mapping list` shows all; either name of a pair will do, or its number");
}

bool cmd_mapping_show(struct app *app, int *code, struct err *e)
{
    struct mapping *m;
    struct buf b;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e) ||
        !map_find(app, app->arg[0], &m, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_mapping(d, o, m);
    result_print(app, d);
    buf_init(&b, MIB);
    mapping_print(&b, m, 0);
    say(app, "%.*s", STR_ARG(buf_view(&b)));
    buf_release(&b);
    return true;
}

/* What a rule refuses names its mapping; what the metadata lacks, both names and the reason. */
static bool healthy(struct app *app, const struct mapping *m, struct err *why)
{
    if (m->suspended[0] && m->settle == SETTLE_DONE)
        return err_set(why, ERR_CONFIG, "suspended", "%s", m->suspended);
    return engine_map_check(app->engine, m, why);
}

bool cmd_mapping_check(struct app *app, int *code, struct err *e)
{
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, true, e))
        return false;
    const struct mappings *m = engine_mappings(app->engine);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "problems");
    size_t bad = 0;
    for (size_t i = 0; i < m->count; i++) {
        struct err why = {0};
        if (m->map[i].rule == RULE_NONE || healthy(app, &m->map[i], &why))
            continue;
        bad++;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "salesforce", m->map[i].name[SIDE_SF]);
        put_str(d, item, "hubspot", m->map[i].name[SIDE_HS]);
        put_str(d, item, "code", str_dup(&app->a, str_from(why.code)));
        put_str(d, item, "message", str_dup(&app->a, str_from(why.msg)));
        put_str(d, item, "hint", str_dup(&app->a, str_from(why.hint)));
        say(app, "%s\n", why.msg);
        if (why.hint[0])
            say(app, "  %s\n", why.hint);
    }
    put_int(d, o, "mappings", (int64_t)m->count);
    result_print(app, d);
    if (!bad)
        say(app, "%s what both services tell of their fields.\n",
            counted(app, m->count, "mapping fits", "mappings fit"));
    *code = bad ? EXIT_ERRORS : EXIT_DONE;
    return true;
}

/* ---- change ---------------------------------------------------------------------------------- */

static bool number(const char *option, const char *text, int64_t max, int64_t *out, struct err *e)
{
    if (str_to_i64(str_from(text), out) && *out >= 0 && *out <= max)
        return true;
    return err_set(e, ERR_USAGE, "bad_number", "--%s takes a number from 0 to %lld, not \"%.40s\"",
                   option, (long long)max, text);
}

static bool take_rule(struct app *app, struct mapping *m, struct err *e)
{
    if (!app->o.rule || rule_from_name(str_from(app->o.rule), &m->rule))
        return true;
    err_set(e, ERR_USAGE, "bad_rule", "there is no rule \"%.40s\"", app->o.rule);
    err_rule(e, "S5");
    return err_hint(e, "there are prefer_salesforce, always_salesforce, two_way, none,"
                       " prefer_hubspot, always_hubspot");
}

static bool take_accounts(struct app *app, struct mapping *m, struct err *e)
{
    if (!app->o.accounts || accounts_from_name(str_from(app->o.accounts), &m->accounts))
        return true;
    err_set(e, ERR_USAGE, "bad_accounts", "--for takes business, person or both, not \"%.40s\"",
            app->o.accounts);
    return err_rule(e, "S2.4");
}

/* What the options say of a mapping. */
static bool take_options(struct app *app, struct mapping *m, struct err *e)
{
    const struct options *o = &app->o;
    int64_t n;
    if (!take_rule(app, m, e) || !take_accounts(app, m, e))
        return false;
    if (o->values && !mapping_table_read(&app->a, str_from(o->values), m, e))
        return false;
    if (o->rate && !rate_source_from_name(str_from(o->rate), &m->rate))
        return err_set(e, ERR_USAGE, "bad_rate", "--rate takes salesforce or none, not \"%.40s\"",
                       o->rate);
    if (o->truncate) {
        if (!number("truncate", o->truncate, 131072, &n, e))
            return false;
        m->truncate = (uint32_t)n;
    }
    if (o->address) {
        if (!number("address", o->address, UINT8_MAX, &n, e))
            return false;
        m->group = (uint8_t)n;
    }
    if (o->allow_new_values) {
        m->allow_new_values = strcmp(o->allow_new_values, "on") == 0;
        if (!m->allow_new_values && strcmp(o->allow_new_values, "off") != 0)
            return err_set(e, ERR_USAGE, "bad_switch", "--allow-new-values takes on or off");
    }
    if (o->constant_salesforce)
        m->constant[SIDE_SF] = str_trim(str_from(o->constant_salesforce));
    if (o->constant_hubspot)
        m->constant[SIDE_HS] = str_trim(str_from(o->constant_hubspot));
    return true;
}

static void say_saved(struct app *app, const struct map_report *r)
{
    say(app, "%zu added, %zu changed, %zu removed", r->added, r->changed, r->removed);
    if (r->settings)
        say(app, ", %s changed", counted(app, r->settings, "setting", "settings"));
    say(app, ". Existing values were not touched (S6.4): only moves count from now on.\n");
    if (r->calls[SIDE_SF] + r->calls[SIDE_HS])
        say(app, "The baseline took %llu + %llu calls.\n", (unsigned long long)r->calls[SIDE_SF],
            (unsigned long long)r->calls[SIDE_HS]);
}

/* S6.4: what the backfill of the mapping would do, shown, and at a terminal done at once. */
static bool offer(struct app *app, const struct mapping *m, yyjson_mut_doc *d, yyjson_mut_val *o,
                  int *code, struct err *e)
{
    struct backfill_view view;
    struct backfill b = {m, {true, true}};
    if (!backfill_preview(app, &b, &view, e))
        return false;
    backfill_put(d, o, &view.report);
    result_print(app, d);
    backfill_say(app, &b, &view);
    bool any = view.report.backfill.written > 0;
    shower_release(&view.shower);
    if (any && asked(app, "Bring these values over now?"))
        return backfill_run(app, &b, code, e);
    if (any)
        say(app,
            "Nothing of this was done. `tandem mapping backfill %.*s` does it, one way only with"
            " --direction.\n",
            STR_ARG(m->name[SIDE_SF]));
    return true;
}

static const struct mapping *by_id(struct app *app, uint32_t id)
{
    const struct mappings *m = engine_mappings(app->engine);
    for (size_t i = 0; i < m->count; i++)
        if (m->map[i].id == id)
            return &m->map[i];
    return NULL;
}

bool map_save(struct app *app, const struct mappings *next, const struct doc *settings,
              size_t count, size_t *bad, int *code, struct err *e)
{
    struct map_report r;
    bool ok = engine_map(app->engine, next, settings, count, &r, e);
    *bad = r.bad;
    if (!ok) {
        if (e->kind == ERR_STOPPED)
            err_hint(e, "the mapping is saved; the next pass reads on and then puts it to use");
        return false;
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_int(d, o, "added", (int64_t)r.added);
    put_int(d, o, "changed", (int64_t)r.changed);
    put_int(d, o, "removed", (int64_t)r.removed);
    put_int(d, o, "settings", (int64_t)r.settings);
    put_int(d, o, "calls_salesforce", (int64_t)r.calls[SIDE_SF]);
    put_int(d, o, "calls_hubspot", (int64_t)r.calls[SIDE_HS]);
    say_saved(app, &r);
    const struct mapping *m = r.touched ? by_id(app, r.touched->id) : NULL;
    if (code && m && m->rule != RULE_NONE && !m->suspended[0] &&
        engine_settings(app->engine)->company_sync)
        return offer(app, m, d, o, code, e);
    result_print(app, d);
    return true;
}

/* A field that is not there: which one was probably meant. False. */
static bool field_meant(struct app *app, const struct mapping *m, struct err *e)
{
    char way_out[sizeof(e->hint)];
    if (strcmp(e->code, "unknown_field") != 0)
        return false;
    enum side s = str_eq(str_from(e->subject), m->name[SIDE_SF]) ? SIDE_SF : SIDE_HS;
    const struct schema *schema = engine_schema(app->engine, s);
    struct near near = near_to(m->name[s]);
    for (size_t i = 0; i < schema->count; i++)
        if (schema->field[i].readable)
            near_offer(&near, schema->field[i].name);
    memcpy(way_out, e->hint, sizeof(way_out));
    return near_hint(e, &near, way_out);
}

/* A copy with room for one more. */
static struct mappings copy_of(struct app *app)
{
    const struct mappings *m = engine_mappings(app->engine);
    struct mappings out = {ARENA_ARRAY(&app->a, struct mapping, m->count + 1), m->count};
    memcpy(out.map, m->map, m->count * sizeof(struct mapping));
    return out;
}

static bool open_changing(struct app *app, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_WRITE, true, e);
}

bool cmd_mapping_add(struct app *app, int *code, struct err *e)
{
    struct mapping m = {.name = {str_from(app->arg[0]), str_from(app->arg[1])},
                        .rule = RULE_PREFER_SF, /* B3.33 */
                        .scale = -1};
    size_t bad;
    if (!take_options(app, &m, e) || !open_changing(app, e))
        return false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) { /* as it is spelt there */
        const struct field *f = schema_find(engine_schema(app->engine, s), m.name[s]);
        m.name[s] = f ? f->name : m.name[s];
    }
    struct mappings next = copy_of(app);
    next.map[next.count++] = m;
    return map_save(app, &next, NULL, 0, &bad, code, e) || field_meant(app, &m, e);
}

/* One that a setting makes is turned with that. */
static bool is_made(const struct mapping *m, struct err *e)
{
    if (!mapping_derived(m))
        return true;
    err_set(e, ERR_USAGE, "mapping_derived", "%.*s is %s, not by a mapping",
            STR_ARG(m->name[SIDE_SF]),
            m->watched ? "read for the account filter" : "carried by the setting hierarchy");
    err_subject(e, m->name[SIDE_SF]);
    err_rule(e, m->watched ? "S2.3" : "S11.2");
    return err_hint(e, m->watched ? "change the filter with `tandem filter set`"
                                  : "turn it off with `tandem settings set hierarchy off`");
}

bool cmd_mapping_change(struct app *app, int *code, struct err *e)
{
    struct mapping *m;
    size_t bad;
    if (!open_changing(app, e) || !map_find(app, app->arg[0], &m, e) || !is_made(m, e))
        return false;
    struct mappings next = copy_of(app);
    struct mapping *one = &next.map[m - engine_mappings(app->engine)->map];
    if (!take_options(app, one, e))
        return false;
    for (size_t i = 0; one->group && i < next.count; i++) /* one address, one rule (S5.9) */
        if (next.map[i].group == one->group && mapping_meets(&next.map[i], one))
            next.map[i].rule = one->rule;
    return map_save(app, &next, NULL, 0, &bad, code, e);
}

bool cmd_mapping_remove(struct app *app, int *code, struct err *e)
{
    struct mapping *m;
    size_t bad;
    (void)code;
    if (!open_changing(app, e) || !map_find(app, app->arg[0], &m, e) || !is_made(m, e))
        return false;
    struct mappings next = copy_of(app);
    size_t at = (size_t)(m - engine_mappings(app->engine)->map);
    memmove(&next.map[at], &next.map[at + 1], (next.count - at - 1) * sizeof(struct mapping));
    next.count--;
    return map_save(app, &next, NULL, 0, &bad, NULL, e);
}
