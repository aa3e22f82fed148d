/* links: which account goes with which company; for the way back to HubSpot's own integration, the
 * companies that it would not know. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/limits.h"
#include "text/iso8601.h"

static bool asked_for(const struct app *app, const struct subject *s)
{
    const struct row *company = s->row[SIDE_HS];
    return !app->o.made || (s->link->origin == ORIGIN_CREATED_COMPANY && company &&
                            !company->rec.native.n && company->rec.state == RECORD_LIVE);
}

static struct str link_json(struct arena *a, const struct subject *s)
{
    static const char *const states[] = {"live", "paused", "held"};
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(a, &o);
    put_str(d, o, "account", s->link->id[SIDE_SF]);
    put_str(d, o, "company", s->link->id[SIDE_HS]);
    put_str(d, o, "name", s->row[SIDE_SF]->rec.name);
    put_str(d, o, "origin", str_from(link_origin_name(s->link->origin)));
    put_str(d, o, "state", str_from(states[s->link->state]));
    put_str(d, o, "since", s->link->since_ms ? iso_ms(a, s->link->since_ms) : STR_NONE);
    return json_print(a, d);
}

static void show(struct app *app, struct arena *a, const struct subject *s, size_t before)
{
    if (app->o.jsonl)
        printf("%.*s\n", STR_ARG(link_json(a, s)));
    else if (app->o.json)
        printf("%s%.*s", before ? "," : "", STR_ARG(link_json(a, s)));
    else
        say(app, "%.*s  %-12.*s  %.*s: %s\n", STR_ARG(s->link->id[SIDE_SF]),
            STR_ARG(s->link->id[SIDE_HS]),
            STR_ARG(value_shown(a, value_text(s->row[SIDE_SF]->rec.name))),
            word_origin(s->link->origin));
}

/* Each is printed as it comes: there may be millions. */
static bool show_all(struct app *app, size_t *shown, struct err *e)
{
    struct store *st = app->store;
    struct arena chunk, one;
    char last[32] = "";
    bool ok = true;
    arena_init(&chunk, 192 * MIB);
    arena_init(&one, MIB);
    for (size_t n = 1; ok && n > 0;) {
        struct subject *s;
        arena_reset(&chunk);
        ok = st->ops->subjects_linked(st, &chunk, str_from(last), CHUNK_RECORDS, &s, &n, e);
        for (size_t i = 0; ok && i < n; i++) {
            if (!asked_for(app, &s[i]))
                continue;
            arena_reset(&one);
            show(app, &one, &s[i], (*shown)++);
        }
        if (!ok || n == 0)
            break;
        struct str id = str_slice(s[n - 1].row[SIDE_SF]->rec.id, 0, sizeof(last) - 1);
        memcpy(last, id.p, id.n);
        last[id.n] = '\0';
    }
    arena_release(&one);
    arena_release(&chunk);
    return ok;
}

bool cmd_links_list(struct app *app, int *code, struct err *e)
{
    size_t shown = 0;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e))
        return false;
    result_list_begin(app, "links");
    if (!show_all(app, &shown, e))
        return false;
    result_list_end(app);
    say(app, "%s.\n",
        app->o.made ? counted(app, shown, "company that Tandem made carries no salesforceaccountid",
                              "companies that Tandem made carry no salesforceaccountid")
                    : counted(app, shown, "link", "links"));
    return true;
}
