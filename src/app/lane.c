/* lane: the passes of one connection in a service.
 *
 * The writer's lock is held for a pass only, so that commands work beside the service; whatever
 * they change (settings, mappings, credentials) is seen by a change of the documents and taken up
 * by opening anew. An error of one lane is its own: it backs off and says so. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/serve.h"
#include "core/schedule.h"
#include "text/hash.h"

#define SLICE_MS  (5 * MS_SECOND) /* of work a side, then the lock is given up for a moment */
#define LOCKED_MS MS_SECOND       /* a command is writing: ask again */
#define FRESH_US  (3600 * INT64_C(1000000)) /* fields and rights are read again (S6.8) */

void lane_init(struct lane *l, const struct app *from, const char *name)
{
    *l = (struct lane){.from = from, .name = name, .claim_fd = -1};
}

/* The lane's own app: where things are is shared, all that is opened is its own. */
static void app_begin(struct lane *l)
{
    struct app *app = &l->app;
    *app = *l->from;
    arena_init(&app->a, 512 * MIB);
    app->o.connection = l->name;
    app->o.quiet = true;
    app->log.name = l->name;
    rng_seed(&app->rng, (uint64_t)app->clock->mono_us(app->clock) ^ hash64(str_from(l->name)));
    app->trace_fd = -1;
    app->terminal = false;
}

static void app_end(struct lane *l)
{
    if (l->open)
        app_close(&l->app);
    memset(&l->app, 0, sizeof(l->app));
    l->open = false;
}

bool lane_claim(struct lane *l, struct err *e)
{
    if (l->claim_fd >= 0)
        return true;
    struct app app = *l->from;
    arena_init(&app.a, MIB);
    app.o.connection = l->name;
    bool ok = store_sqlite_claim(app_store_path(&app), &l->claim_fd, e);
    arena_release(&app.a);
    return ok;
}

void lane_close(struct lane *l)
{
    app_end(l);
    if (l->claim_fd >= 0)
        close(l->claim_fd);
    l->claim_fd = -1;
}

/* Says a state that lasts once, until it is another. */
static void say_once(struct lane *l, enum log_level level, const char *state, const char *text)
{
    if (strcmp(l->said, state) != 0 && state[0])
        log_at(&l->app.log, level, "%s", text);
    snprintf(l->said, sizeof(l->said), "%s", state);
}

/* What an engine, and the services' clients, are opened from. */
static uint64_t documents_of(struct store *st)
{
    return rng_mix(engine_documents(st) + engine_print_of(st, DOC_CONNECTION));
}

/* S1.1: nothing is asked of the services while the switch is off. */
static bool switched_on(struct lane *l, bool *on, struct err *e)
{
    struct store *st = l->app.store;
    struct arena a;
    struct str text;
    arena_init(&a, MIB);
    bool ok = st->ops->doc_get(st, &a, DOC_SETTING, S("company_sync"), &text, e);
    *on = ok && str_eq(text, S("on"));
    arena_release(&a);
    return ok;
}

/* S15.4: suspended as a whole, until it is cleared: the services are not asked. */
static bool suspended(struct lane *l, struct err *e)
{
    struct suspension all[SUSPENDED_COUNT];
    struct arena a;
    arena_init(&a, MIB);
    bool ok = engine_suspensions(l->app.store, &a, all, e);
    if (ok && all[SUSPENDED_ALL].set && !all[SUSPENDED_ALL].until_ms) {
        ok = err_set(e, ERR_REFUSED, "suspended", "the connection is suspended: %.*s",
                     STR_ARG(str_slice(all[SUSPENDED_ALL].message, 0, 400)));
        err_rule(e, "S15.4");
        err_hint(e, "put it right, then `tandem errors clear-suspension`; `tandem status` tells");
    }
    arena_release(&a);
    return !ok;
}

/* The store locked, the engine open on today's documents. *on: the switch is on. */
static bool make_ready(struct lane *l, bool *on, struct err *e)
{
    struct clock *clock = l->from->clock;
    *on = false;
    if (l->open && clock->mono_us(clock) - l->opened_us > FRESH_US)
        app_end(l);
    if (l->open) {
        if (!l->app.store->ops->lock(l->app.store, e))
            return false;
        if (documents_of(l->app.store) == l->documents)
            return switched_on(l, on, e);
        app_end(l);
    }
    app_begin(l);
    l->open = true;
    if (!app_open_store(&l->app, STORE_STEPS, e) || !switched_on(l, on, e))
        return false;
    l->documents = documents_of(l->app.store);
    l->opened_us = clock->mono_us(clock);
    return !*on || (!suspended(l, e) && app_open_engine(&l->app, STORE_STEPS, true, e));
}

static uint64_t written(const struct report *r)
{
    return r->created[SIDE_SF] + r->created[SIDE_HS] + r->updated[SIDE_SF] + r->updated[SIDE_HS] +
           r->archived[SIDE_SF] + r->archived[SIDE_HS] + r->action[ACTION_LINK] +
           r->action[ACTION_UNLINK];
}

/* S4.3: what polling may cost is known from passes that did nothing else. */
static int64_t stretched(struct lane *l, const struct report *r)
{
    const struct settings *set = engine_settings(l->app.engine);
    int64_t interval = set->poll_interval_ms;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct http_quota q = http_quota(l->app.crm[s]->http);
        if (!written(r) && !r->more) /* the cheapest one read the least anew */
            l->quiet_calls[s] =
                l->quiet_calls[s] ? MIN(l->quiet_calls[s], r->calls[s]) : r->calls[s];
        interval = MAX(interval, poll_interval_ms(set->poll_interval_ms, l->quiet_calls[s],
                                                  q.day_max > 0 ? q.day_max / 2 : 0));
    }
    if (interval != l->interval_ms && interval > set->poll_interval_ms)
        log_warn(&l->app.log,
                 "polls come every %lld s instead of %lld s: more often they would use more than"
                 " %d %% of the day's calls (S4.3)",
                 (long long)(interval / MS_SECOND), (long long)(set->poll_interval_ms / MS_SECOND),
                 POLL_SHARE_PERCENT);
    l->interval_ms = interval;
    return interval;
}

static void log_pass(struct lane *l, const struct report *r, int64_t wait)
{
    char fields[600];
#define U(n) ((unsigned long long)(n))
    snprintf(fields, sizeof(fields),
             "\"event\":\"pass\",\"run\":%lld,\"read_accounts\":%llu,\"read_companies\":%llu,"
             "\"created_accounts\":%llu,\"created_companies\":%llu,\"updated_accounts\":%llu,"
             "\"updated_companies\":%llu,\"linked\":%llu,\"errors\":%llu,"
             "\"calls_salesforce\":%llu,\"calls_hubspot\":%llu,\"took_ms\":%lld,\"next_ms\":%lld,"
             "\"held\":%s,\"more\":%s",
             (long long)r->run, U(r->read[SIDE_SF]), U(r->read[SIDE_HS]), U(r->created[SIDE_SF]),
             U(r->created[SIDE_HS]), U(r->updated[SIDE_SF]), U(r->updated[SIDE_HS]),
             U(r->action[ACTION_LINK]), U(r->errors), U(r->calls[SIDE_SF]), U(r->calls[SIDE_HS]),
             (long long)r->took_ms, (long long)wait, r->held ? "true" : "false",
             r->more ? "true" : "false");
    log_fields(&l->app.log, r->errors ? LOG_WARN : LOG_INFO, fields,
               "pass%s: %llu + %llu read, %llu + %llu created, %llu + %llu updated, %llu linked,"
               " %llu error%s; %llu + %llu calls, %lld ms, next in %.1f s",
               r->held ? " (held: nothing is written)" : "", U(r->read[SIDE_SF]),
               U(r->read[SIDE_HS]), U(r->created[SIDE_SF]), U(r->created[SIDE_HS]),
               U(r->updated[SIDE_SF]), U(r->updated[SIDE_HS]), U(r->action[ACTION_LINK]),
               U(r->errors), r->errors == 1 ? "" : "s", U(r->calls[SIDE_SF]), U(r->calls[SIDE_HS]),
               (long long)r->took_ms, (double)wait / 1000);
#undef U
}

/* What an error means for the next pass. */
static struct pass_end end_of(struct lane *l, const struct err *e)
{
    struct pass_end end = {.how = END_FAILED, .until_ms = e->retry_at_ms};
    l->failures++;
    end.failures = l->failures;
    if (e->kind == ERR_REFUSED)
        end.how = END_REFUSED;
    else if (e->kind == ERR_WAIT)
        end.how = END_WAIT;
    return end;
}

static int64_t failed(struct lane *l, const struct err *e)
{
    struct app *app = &l->app;
    const int64_t none[SIDE_COUNT] = {0, 0};
    int64_t now = app->clock->wall_ms(app->clock);
    int64_t interval = l->interval_ms ? l->interval_ms : MS_MINUTE;
    if (e->kind == ERR_STOPPED || app_stop)
        return interval;
    bool locked = strcmp(e->code, "store_locked") == 0;
    struct pass_end end = end_of(l, e);
    int64_t wait = locked ? LOCKED_MS
                          : next_pass_ms(&end, interval, none, (const int64_t[]){now, now},
                                         rng_next(&app->rng));
    char text[1024];
    snprintf(text, sizeof(text), "%s%s%s%s%s%s; next try in %.1f s", e->msg, e->rule[0] ? " (" : "",
             e->rule, e->rule[0] ? ")" : "", e->hint[0] ? "; " : "", e->hint, (double)wait / 1000);
    if (end.how == END_FAILED || (end.how == END_WAIT && !locked)) {
        l->said[0] = '\0';
        log_error(&app->log, "%s", text);
    } else { /* it lasts until a person acts, or a command is done */
        l->failures = 0;
        say_once(l, locked ? LOG_INFO : LOG_ERROR, e->code, text);
    }
    return wait;
}

static bool run(struct lane *l, int64_t *wait, struct err *e)
{
    struct app *app = &l->app;
    struct store *st = app->store;
    struct pass_options o = {.kind = PASS_SYNC, .slice_ms = SLICE_MS};
    struct report r;
    int64_t due[SIDE_COUNT], now[SIDE_COUNT];
    if (!pass_run(app->engine, &o, &r, e)) {
        if (r.run) /* what it did before it was stopped */
            log_pass(l, &r, 0);
        return false;
    }
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        now[s] = http_now_ms(app->crm[s]->http);
        if (!st->ops->next_due(st, s, now[s], &due[s], e))
            return false;
    }
    struct pass_end end = {.how = r.more ? END_MORE : END_DONE};
    *wait = next_pass_ms(&end, stretched(l, &r), due, now, rng_next(&app->rng));
    l->failures = 0;
    say_once(l, LOG_INFO, "", "");
    log_pass(l, &r, *wait);
    return true;
}

int64_t lane_pass(struct lane *l)
{
    struct err e;
    bool on, ok = make_ready(l, &on, &e);
    int64_t wait = l->interval_ms ? l->interval_ms : MS_MINUTE;
    if (ok && on)
        ok = run(l, &wait, &e);
    else if (ok)
        say_once(l, LOG_INFO, "switch_off",
                 "company_sync is off: nothing is done (S1.1); turn it on with `tandem settings set"
                 " company_sync on`");
    if (!ok)
        wait = failed(l, &e);
    if (!ok && l->app.engine && strcmp(e.code, "store_locked") == 0)
        return wait; /* a command writes: as we are, a little later */
    if (!l->app.engine || (!ok && e.kind != ERR_REFUSED)) {
        app_end(l); /* the next one begins from the start */
        return wait;
    }
    l->documents = documents_of(l->app.store); /* our own, such as a token that was renewed */
    l->app.store->ops->unlock(l->app.store);
    return wait;
}
