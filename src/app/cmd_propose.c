/* mapping propose: further fields that could be mapped, and tables for lists that differ (S6.1). It
 * saves nothing: a file of it is read, corrected and imported by a person. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "model/mapping_propose.h"

/* What other parts of Tandem or of HubSpot's own integration live by. */
static const char *const never[] = {"Id",
                                    "RecordTypeId",
                                    "CurrencyIsoCode",
                                    "MasterRecordId",
                                    "IsDeleted",
                                    "CreatedDate",
                                    "LastModifiedDate",
                                    "SystemModstamp",
                                    "domain",
                                    "hs_object_id",
                                    "createdate",
                                    "hs_lastmodifieddate",
                                    "lifecyclestage",
                                    "hs_parent_company_id",
                                    "ParentId",
                                    "salesforceaccountid"};

static const char *word_proposed(enum proposed p)
{
    static const char *const words[] = {
        [PROPOSED_NAME] = "the same name",
        [PROPOSED_LABEL] = "the same label",
        [PROPOSED_CROSS] = "the name of one is the label of the other",
        [PROPOSED_TABLE] = "mapped already, but none for want of a value table",
        [PROPOSED_SPELLINGS] = "mapped already, but values in use are spelt in several ways",
    };
    return words[p];
}

static const char *const codes[] = {"name", "label", "cross", "table", "spellings"};

/* The lines that a person is asked about. */
static void say_spellings(struct app *app, const struct proposal *p)
{
    const struct mapping *m = &p->map;
    const struct spellings *s = &p->spellings;
    for (size_t i = m->table_count - s->lines; i < m->table_count; i++)
        say(app, "    %.*s = %.*s\n", STR_ARG(m->table[i].side[SIDE_SF]),
            STR_ARG(m->table[i].side[SIDE_HS]));
    if (s->unknown + s->several)
        say(app, "    (%s known as none; %s one state here, another there)\n",
            counted(app, s->unknown, "value in use is", "values in use are"),
            counted(app, s->several, "means", "mean"));
}

static const char *held_text(char out[24], uint64_t n)
{
    snprintf(out, 24, n == UINT64_MAX ? "?" : "%llu", (unsigned long long)n);
    return out;
}

static void tell(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list, const struct proposal *p)
{
    char text[SIDE_COUNT][24];
    const struct mapping *m = &p->map;
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
    put_mapping(d, item, m);
    put_str(d, item, "why", str_from(codes[p->why]));
    put_int(d, item, "values_without_partner", (int64_t)p->alone);
    put_int(d, item, "lines_added", (int64_t)p->spellings.lines);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (p->held[s] != UINT64_MAX)
            put_int(d, item, s == SIDE_SF ? "accounts" : "companies", (int64_t)p->held[s]);
        else
            yyjson_mut_obj_add_null(d, item, s == SIDE_SF ? "accounts" : "companies");
    say(app, "%9s %9s  %-26.*s %-26.*s %-18s %s", held_text(text[SIDE_SF], p->held[SIDE_SF]),
        held_text(text[SIDE_HS], p->held[SIDE_HS]), STR_ARG(m->name[SIDE_SF]),
        STR_ARG(m->name[SIDE_HS]), rule_name(m->rule), word_proposed(p->why));
    if (m->table_count)
        say(app, "; %s in its table", counted(app, m->table_count, "value", "values"));
    if (p->alone)
        say(app, "; %s without an option in HubSpot",
            counted(app, p->alone, "Salesforce value", "Salesforce values"));
    say(app, "\n");
    if (p->why == PROPOSED_SPELLINGS)
        say_spellings(app, p);
}

/* Countries and states that are mapped and in use: their spellings, out of what records hold. */
static bool spellings_of(struct app *app, struct proposal *p, size_t *n, struct err *e)
{
    const struct mappings *all = engine_mappings(app->engine);
    for (size_t i = 0; i < all->count; i++) {
        const struct mapping *m = &all->map[i], *country = NULL;
        enum place_kind place = mapping_place(&app->a, m);
        struct used_values used[SIDE_COUNT];
        if (m->rule == RULE_NONE || m->suspended[0] || place == PLACE_NONE)
            continue;
        if (place == PLACE_STATE)
            country = mapping_country(&app->a, all, m);
        if (!engine_used(app->engine, &app->a, m, country, used, e))
            return false;
        struct proposal one = {.map = *m, .why = PROPOSED_SPELLINGS};
        one.spellings = mapping_spellings(&app->a, &one.map, place, used);
        if (one.spellings.lines)
            p[(*n)++] = one;
    }
    return true;
}

/* How many records hold a value in the fields of each proposal. */
static bool count_use(struct app *app, struct proposal *p, size_t n, uint64_t total[SIDE_COUNT],
                      struct err *e)
{
    struct crm_filled *f = ARENA_ARRAY(&app->a, struct crm_filled, n);
    for (enum side s = SIDE_SF; n && s < SIDE_COUNT; s++) {
        const struct crm_ops *ops = app->crm[s]->ops;
        for (size_t i = 0; i < n; i++)
            f[i] = (struct crm_filled){.field = &p[i].map.meta[s]};
        if (!ops->total(app->crm[s], &app->a, &total[s], e) ||
            !ops->filled(app->crm[s], &app->a, f, n, e))
            return false;
        for (size_t i = 0; i < n; i++)
            p[i].held[s] = f[i].known ? f[i].n : UINT64_MAX;
    }
    proposals_by_use(p, n);
    return true;
}

static uint64_t calls_of(const struct app *app, enum side s)
{
    struct http_counts c = http_counted(app->crm[s]->http);
    uint64_t n = 0;
    for (int i = 0; i < HTTP_CLASS_COUNT; i++)
        n += i == HTTP_CLASS_FREE ? 0 : c.calls[i];
    return n;
}

/* Of how many, and what it took to know. */
static void put_use(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o,
                    const uint64_t total[SIDE_COUNT])
{
    const uint64_t calls[SIDE_COUNT] = {calls_of(app, SIDE_SF), calls_of(app, SIDE_HS)};
    put_int(d, o, "accounts", (int64_t)total[SIDE_SF]);
    put_int(d, o, "companies", (int64_t)total[SIDE_HS]);
    put_int(d, o, "calls_salesforce", (int64_t)calls[SIDE_SF]);
    put_int(d, o, "calls_hubspot", (int64_t)calls[SIDE_HS]);
    say(app, "Counted: how many of %s and of %s hold a value (%llu + %llu calls).\n",
        counted(app, total[SIDE_SF], "account", "accounts"),
        counted(app, total[SIDE_HS], "company", "companies"), (unsigned long long)calls[SIDE_SF],
        (unsigned long long)calls[SIDE_HS]);
}

/* The mappings as they would be. */
static struct mappings with(struct app *app, const struct proposal *p, size_t n)
{
    const struct mappings *m = engine_mappings(app->engine);
    struct mappings out = {ARENA_ARRAY(&app->a, struct mapping, m->count + n), m->count};
    memcpy(out.map, m->map, m->count * sizeof(struct mapping));
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < out.count && !(p[i].map.id && out.map[at].id == p[i].map.id))
            at++;
        out.map[at] = p[i].map;
        out.count += at == out.count;
    }
    return out;
}

bool cmd_mapping_propose(struct app *app, int *code, struct err *e)
{
    struct str leave[LEN(never) + 2];
    struct proposal *p;
    struct store_counts counts;
    size_t n;
    (void)code;
    if (!config_load(app, e) || (app->args && !file_free(app, app->arg[0], e)) ||
        !app_open_engine(app, STORE_READ, true, e))
        return false;
    for (size_t i = 0; i < LEN(never); i++)
        leave[i] = str_from(never[i]);
    leave[LEN(never)] = app->config.salesforce_key_field;
    leave[LEN(never) + 1] = app->config.hubspot_key_property;
    const struct schema *both[SIDE_COUNT] = {engine_schema(app->engine, SIDE_SF),
                                             engine_schema(app->engine, SIDE_HS)};
    mappings_propose(&app->a, engine_mappings(app->engine), both, leave, LEN(leave), &p, &n);
    uint64_t total[SIDE_COUNT] = {0};
    if (!app->store->ops->counts(app->store, &counts, e) || !spellings_of(app, p, &n, e) ||
        !count_use(app, p, n, total, e))
        return false;
    if (app->args) {
        struct mappings all = with(app, p, n);
        if (!mapfile_write(app, &all, app->arg[0], e))
            return false;
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "proposals");
    put_str(d, o, "file", app->args ? str_from(app->arg[0]) : STR_NONE);
    if (n)
        say(app, "%9s %9s  %-26s %-26s %-18s %s\n", "accounts", "companies", "Salesforce field",
            "HubSpot property", "rule", "why");
    for (size_t i = 0; i < n; i++)
        tell(app, d, list, &p[i]);
    if (n)
        put_use(app, d, o, total);
    result_print(app, d);
    if (counts.rows[SIDE_SF] + counts.rows[SIDE_HS] == 0)
        say(app, "No record was read yet: spellings of countries and states are proposed from what"
                 " records hold, once company_sync was on.\n");
    if (!n)
        say(app, "Nothing that is not mapped yet fits by name, label and type.\n");
    else if (app->args)
        say(app,
            "%s holds the mappings as they would be with these; read it, then `tandem mapping"
            " import %s`.\n",
            app->arg[0], app->arg[0]);
    else
        say(app,
            "Nothing was saved. `tandem mapping propose FILE` writes them to a file for `tandem"
            " mapping import`.\n");
    return true;
}
