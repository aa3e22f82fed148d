/* mapping propose: further fields that could be mapped, and tables for lists that differ (S6.1). It
 * saves nothing: a file of it is read, corrected and imported by a person. */
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
    };
    return words[p];
}

static const char *const codes[] = {"name", "label", "cross", "table"};

static void tell(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list, const struct proposal *p)
{
    const struct mapping *m = &p->map;
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
    put_mapping(d, item, m);
    put_str(d, item, "why", str_from(codes[p->why]));
    put_int(d, item, "values_without_partner", (int64_t)p->alone);
    say(app, "%-26.*s %-26.*s %-18s %s", STR_ARG(m->name[SIDE_SF]), STR_ARG(m->name[SIDE_HS]),
        rule_name(m->rule), word_proposed(p->why));
    if (m->table_count)
        say(app, "; %zu values in its table", m->table_count);
    if (p->alone)
        say(app, "; %zu Salesforce values without an option in HubSpot", p->alone);
    say(app, "\n");
}

/* The mappings as they would be. */
static struct mappings with(struct app *app, const struct proposal *p, size_t n)
{
    const struct mappings *m = engine_mappings(app->engine);
    struct mappings out = {ARENA_ARRAY(&app->a, struct mapping, m->count + n), m->count};
    memcpy(out.map, m->map, m->count * sizeof(struct mapping));
    for (size_t i = 0; i < n; i++) {
        struct mapping *at = p[i].map.id ? mapping_find(&out, p[i].map.name[SIDE_SF]) : NULL;
        *(at ? at : &out.map[out.count++]) = p[i].map;
    }
    return out;
}

bool cmd_mapping_propose(struct app *app, int *code, struct err *e)
{
    struct str leave[LEN(never) + 2];
    struct proposal *p;
    size_t n;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, true, e))
        return false;
    for (size_t i = 0; i < LEN(never); i++)
        leave[i] = str_from(never[i]);
    leave[LEN(never)] = app->config.salesforce_key_field;
    leave[LEN(never) + 1] = app->config.hubspot_key_property;
    const struct schema *both[SIDE_COUNT] = {engine_schema(app->engine, SIDE_SF),
                                             engine_schema(app->engine, SIDE_HS)};
    mappings_propose(&app->a, engine_mappings(app->engine), both, leave, LEN(leave), &p, &n);
    if (app->args) {
        struct mappings all = with(app, p, n);
        if (!mapfile_write(app, &all, app->arg[0], e))
            return false;
    }
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "proposals");
    put_str(d, o, "file", app->args ? str_from(app->arg[0]) : STR_NONE);
    for (size_t i = 0; i < n; i++)
        tell(app, d, list, &p[i]);
    result_print(app, d);
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
