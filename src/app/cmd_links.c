/* links: which account goes with which company; for the way back to HubSpot's own integration, the
 * companies that it would not know. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/limits.h"

#define SHOWN_MAX 100000 /* as one JSON object; --jsonl has no end */

static bool asked_for(const struct app *app, const struct subject *s)
{
    const struct row *company = s->row[SIDE_HS];
    return !app->o.made || (s->link->origin == ORIGIN_CREATED_COMPANY && company &&
                            !company->rec.native.n && company->rec.state == RECORD_LIVE);
}

/* `a` outlives the document, the subject does not. */
static void put_link(struct app *app, struct arena *a, yyjson_mut_doc *d, yyjson_mut_val *o,
                     const struct subject *s)
{
    static const char *const states[] = {"live", "paused", "held"};
    put_str(d, o, "account", str_dup(a, s->link->id[SIDE_SF]));
    put_str(d, o, "company", str_dup(a, s->link->id[SIDE_HS]));
    put_str(d, o, "name", str_dup(a, s->row[SIDE_SF]->rec.name));
    put_str(d, o, "origin", str_from(link_origin_name(s->link->origin)));
    put_str(d, o, "state", str_from(states[s->link->state]));
    put_time(app, d, o, "since", s->link->since_ms);
}

static void show(struct app *app, const struct subject *s, yyjson_mut_doc *all,
                 yyjson_mut_val *list)
{
    struct arena a;
    if (app->o.json && !app->o.jsonl) {
        put_link(app, &app->a, all, yyjson_mut_arr_add_obj(all, list), s);
        return;
    }
    if (!app->o.jsonl) {
        say(app, "%.*s  %-12.*s  %.*s: %s\n", STR_ARG(s->link->id[SIDE_SF]),
            STR_ARG(s->link->id[SIDE_HS]),
            STR_ARG(value_shown(&app->a, value_text(s->row[SIDE_SF]->rec.name))),
            word_origin(s->link->origin));
        return;
    }
    arena_init(&a, MIB);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&a, &o);
    put_link(app, &a, d, o, s);
    struct str line = json_print(&a, d);
    printf("%.*s\n", STR_ARG(line));
    arena_release(&a);
}

bool cmd_links_list(struct app *app, int *code, struct err *e)
{
    struct arena chunk;
    char last[32] = "";
    yyjson_mut_val *o;
    size_t shown = 0;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e))
        return false;
    struct store *st = app->store;
    yyjson_mut_doc *d = result_new(app, &o);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "links");
    arena_init(&chunk, 192 * MIB);
    bool ok = true;
    for (size_t n = 1; ok && n > 0 && (app->o.jsonl || shown < SHOWN_MAX);) {
        struct subject *s;
        arena_reset(&chunk);
        ok = st->ops->subjects_linked(st, &chunk, str_from(last), CHUNK_RECORDS, &s, &n, e);
        for (size_t i = 0; ok && i < n; i++) {
            if (!asked_for(app, &s[i]))
                continue;
            show(app, &s[i], d, list);
            shown++;
        }
        if (!ok || n == 0)
            break;
        struct str id = str_slice(s[n - 1].row[SIDE_SF]->rec.id, 0, sizeof(last) - 1);
        memcpy(last, id.p, id.n);
        last[id.n] = '\0';
    }
    arena_release(&chunk);
    if (ok && !app->o.jsonl)
        result_print(app, d);
    if (ok)
        say(app, "%zu %s%s.\n", shown,
            app->o.made ? "companies that Tandem made carry no salesforceaccountid" : "links",
            shown < SHOWN_MAX ? "" : ", and perhaps more: --jsonl has no end");
    return ok;
}
