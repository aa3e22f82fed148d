/* settings: what a connection is told to do. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "text/iso8601.h"

static bool offline(struct app *app, struct err *e)
{
    return config_load(app, e) && app_open_engine(app, STORE_READ, false, e);
}

static struct str current(struct app *app, const char *name)
{
    return settings_get(&app->a, engine_settings(app->engine), str_from(name));
}

bool cmd_settings_list(struct app *app, int *code, struct err *e)
{
    (void)code;
    if (!offline(app, e))
        return false;
    struct settings fresh;
    settings_default(&fresh);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *s = setting_at(i);
        struct str value = current(app, s->name);
        struct str at_first = settings_get(&app->a, &fresh, str_from(s->name));
        put_str(d, o, s->name, value);
        say(app, "%-20s %-12.*s %s (%s; %s; default %.*s)\n", s->name, STR_ARG(value), s->help,
            s->rule, s->values, STR_ARG(at_first));
    }
    result_print(app, d);
    return true;
}

bool cmd_settings_get(struct app *app, int *code, struct err *e)
{
    (void)code;
    if (!settings_known(str_from(app->arg[0]), e) || !offline(app, e))
        return false;
    struct str value = current(app, app->arg[0]);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, app->arg[0], value);
    result_print(app, d);
    say(app, "%.*s\n", STR_ARG(value));
    return true;
}

static bool time_option(const char *name, const char *text, int64_t *ms, struct err *e)
{
    if (!text || iso_parse_ms(str_from(text), ms))
        return true;
    err_set(e, ERR_USAGE, "bad_time", "--%s takes a time, not \"%.40s\"", name, text);
    err_rule(e, "S1.2");
    return err_hint(e, "write it as 2026-11-20T08:00:00Z");
}

/* S3.5: whom the switch lets make accounts of companies. */
static void say_lists(struct app *app)
{
    const struct settings *s = engine_settings(app->engine);
    if (s->inclusion_list)
        say(app, "Contacts qualify that are in HubSpot list %lld (inclusion_list, S3.5).\n",
            (long long)s->inclusion_list);
    else
        say(app, "Every contact with an email address qualifies: no inclusion_list is chosen"
                 " (S3.5).\n");
    if (s->company_list)
        say(app, "Only companies in HubSpot list %lld make accounts (company_list, S3.5).\n",
            (long long)s->company_list);
}

static bool turn(struct app *app, struct err *e)
{
    struct report r;
    struct switch_options how = {.on = str_eq(str_from(app->arg[1]), S("on"))};
    bool on = how.on, was = engine_settings(app->engine)->company_sync;
    if (!time_option("since", app->o.since, &how.since_ms, e) ||
        !time_option("native-off", app->o.native_off, &how.native_off_ms, e))
        return false;
    if (app->o.beside_native && !engine_set(app->engine, S("beside_native"), S("on"), e))
        return false;
    if (!engine_switch(app->engine, &how, &r, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, "company_sync", on ? S("on") : S("off"));
    put_bool(d, o, "changed", was != on);
    put_report(app, d, o, &r);
    put_str(d, o, "inclusion_list", current(app, "inclusion_list"));
    put_str(d, o, "company_list", current(app, "company_list"));
    result_print(app, d);
    if (was == on)
        say(app, "company_sync was %s already.%s\n", on ? "on" : "off",
            how.since_ms ? " T0 stays as it is: --since counts when it is turned on." : "");
    else if (!on)
        say(app, "company_sync is off: nothing is written by any way in. Links are kept.\n");
    else
        say(app,
            "company_sync is on. Nothing was copied (S1.2): %s and %s were read in %.1f s,\nwith "
            "%llu + %llu calls (fewest: %llu + %llu).\n"
            "New accounts come over by themselves from now on; for the others: tandem plan import"
            " accounts\n",
            counted(app, r.read[SIDE_SF], "account", "accounts"),
            counted(app, r.read[SIDE_HS], "company", "companies"), (double)r.took_ms / 1000,
            (unsigned long long)r.calls[SIDE_SF], (unsigned long long)r.calls[SIDE_HS],
            (unsigned long long)r.calls_fewest[SIDE_SF],
            (unsigned long long)r.calls_fewest[SIDE_HS]);
    if (on && !was)
        say_lists(app);
    return true;
}

/* What belongs to turning the switch on is no option of another setting. */
static bool options_fit(const struct app *app, struct err *e)
{
    const struct options *o = &app->o;
    bool turns_on = strcmp(app->arg[0], "company_sync") == 0 && strcmp(app->arg[1], "on") == 0;
    const char *given = o->since           ? "since"
                        : o->native_off    ? "native-off"
                        : o->beside_native ? "beside-native"
                                           : NULL;
    if (turns_on || !given)
        return true;
    err_set(e, ERR_USAGE, "bad_option", "--%s goes with `settings set company_sync on` only",
            given);
    err_rule(e, "S1.2");
    return err_hint(e, "set %s without it", app->arg[0]);
}

bool cmd_settings_set(struct app *app, int *code, struct err *e)
{
    struct str name = str_from(app->arg[0]), text = str_from(app->arg[1]);
    struct settings checked;
    (void)code;
    settings_default(&checked);
    if (!settings_set(&checked, name, text, e) || !options_fit(app, e) || !config_load(app, e))
        return false;
    bool the_switch = str_eq(name, S("company_sync"));
    bool a_list = str_ends(name, S("_list")) && !str_eq(text, S("none")); /* looked up (S3.5) */
    bool a_kind = str_eq(name, S("record_type"));                         /* so is it (S6.10) */
    bool persons = str_eq(name, S("person_accounts")); /* which not every org has (S2.4) */
    bool contacts = str_eq(name, S("associations")) && str_eq(text, S("on")); /* S11.1 */
    bool online = the_switch || a_list || a_kind || persons || contacts;
    if (!app_open_engine(app, STORE_WRITE, online, e))
        return false;
    if (the_switch)
        return turn(app, e);
    if (!engine_set(app->engine, name, text, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    put_str(d, o, app->arg[0], text);
    result_print(app, d);
    say(app, "%s is %s.\n", app->arg[0], app->arg[1]);
    if (contacts)
        say(app,
            "Nothing was written: contacts that move from now on are carried over (S11.1); what"
            " differs already is\nshown, and brought over, by: tandem associations backfill\n");
    if (persons)
        say(app, engine_settings(app->engine)->person_accounts
                     ? "Those made after the switch was turned on enter with the next pass, paused"
                       " links go on (S2.4).\n"
                     : "Links of person accounts are paused; nothing of them is removed (S2.4).\n");
    return true;
}
