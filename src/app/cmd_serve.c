/* serve: one process that keeps all connections in step until it is stopped.
 *
 * Workers take whichever connection is due first and do one pass of it in straight-line code; the
 * main thread only hears signals and tells the service manager that we live. Sleeps are on the
 * monotonic clock; what is due is judged on the services' own (design, Time). */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/serve.h"

#define LANES_MAX   1000
#define WORKERS_MAX 16 /* passes at one time; each may have HTTP_PARALLEL_MAX calls in flight */

struct serve {
    struct app *app;
    struct lane *lane;
    size_t lanes;
    pthread_mutex_t mutex; /* due_us, running and woken of the lanes */
    pthread_cond_t change;
};

/* ---- which connections ----------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* tandem.db is `default`, tandem.NAME.db the connection NAME (services.c). */
static const char *name_of(struct app *app, struct str stem, struct str file)
{
    if (!str_ends(file, S(".db")) || !str_starts(file, stem))
        return NULL;
    struct str rest = str_slice(file, stem.n, file.n - 3);
    if (rest.n == 0)
        return "default";
    return rest.n > 1 && rest.p[0] == '.' ? str_cstr(&app->a, str_slice(rest, 1, rest.n)) : NULL;
}

static bool find_connections(struct app *app, const char **name, size_t *n, struct err *e)
{
    if (app->o.one_connection) {
        name[(*n)++] = app->o.connection;
        return app_connection_there(app, e);
    }
    struct str path = str_from(app_store_path(app)), folder = S("."), stem = path;
    for (size_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '/') {
            folder = str_slice(path, 0, MAX(i - 1, 1));
            stem = str_slice(path, i, path.n);
            break;
        }
    if (!str_ends(stem, S(".db"))) { /* a file of another name holds one connection */
        name[(*n)++] = "default";
        return true;
    }
    stem.n -= 3;
    DIR *dir = opendir(str_cstr(&app->a, folder));
    if (!dir)
        return err_set(e, ERR_CONFIG, "no_store", "cannot look into %.*s: %s", STR_ARG(folder),
                       strerror(errno));
    for (struct dirent *d; (d = readdir(dir)) && *n < LANES_MAX;) {
        const char *found = name_of(app, stem, str_dup(&app->a, str_from(d->d_name)));
        if (found)
            name[(*n)++] = found;
    }
    closedir(dir);
    qsort(name, *n, sizeof(*name), by_name);
    return true;
}

/* ---- workers --------------------------------------------------------------------------------- */

static int64_t now_us(const struct serve *s)
{
    return s->app->clock->mono_us(s->app->clock);
}

/* The one that is due first and that nobody is at; NULL = all are being worked on. */
static struct lane *first_due(struct serve *s)
{
    struct lane *first = NULL;
    for (size_t i = 0; i < s->lanes; i++)
        if (!s->lane[i].running && (!first || s->lane[i].due_us < first->due_us))
            first = &s->lane[i];
    return first;
}

static void wait_until(struct serve *s, int64_t us)
{
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    pthread_cond_timedwait(&s->change, &s->mutex, &t);
}

static void *work(void *who)
{
    struct serve *s = who;
    pthread_mutex_lock(&s->mutex);
    while (!app_stop) {
        struct lane *l = first_due(s);
        if (!l || l->due_us > now_us(s)) {
            wait_until(s, l ? l->due_us : now_us(s) + 3600 * INT64_C(1000000));
            continue;
        }
        l->running = true;
        l->woken = false;
        pthread_mutex_unlock(&s->mutex);
        int64_t wait = lane_pass(l);
        pthread_mutex_lock(&s->mutex);
        l->running = false;
        l->due_us = now_us(s) + (l->woken ? 0 : wait * 1000);
        pthread_cond_broadcast(&s->change);
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

void serve_wake(struct serve *s, const char *connection)
{
    pthread_mutex_lock(&s->mutex);
    for (size_t i = 0; i < s->lanes; i++) {
        if (connection && strcmp(s->lane[i].name, connection) != 0)
            continue;
        s->lane[i].woken = true; /* one at work makes another pass: the hint may be news to it */
        s->lane[i].due_us = 0;
    }
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->mutex);
}

/* ---- the main thread ------------------------------------------------------------------------- */

static void wanted_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

/* Until we are told to stop. A stop that is asked for twice is at once: what that leaves open the
 * next start recovers (S8.2). */
static void hear_signals(struct serve *s, const sigset_t *set)
{
    int64_t alive_ms = notify_watchdog_ms() / 2;
    struct timespec turn = {alive_ms / 1000, alive_ms % 1000 * 1000000};
    while (!app_stop) {
        int n = alive_ms ? sigtimedwait(set, NULL, &turn) : sigwaitinfo(set, NULL);
        if (n == SIGHUP) {
            log_info(&s->app->log, "asked for a pass of every connection now");
            serve_wake(s, NULL);
        } else if (n > 0) {
            log_info(&s->app->log, "stopping at the end of what is in flight");
            app_stop = 1;
        } else {
            pthread_mutex_lock(&s->mutex); /* stuck there = not alive */
            pthread_mutex_unlock(&s->mutex);
            notify("WATCHDOG=1");
        }
    }
    notify("STOPPING=1");
    pthread_mutex_lock(&s->mutex);
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->mutex);
}

static void run(struct serve *s)
{
    pthread_t worker[WORKERS_MAX];
    size_t workers = MIN(s->lanes, (size_t)WORKERS_MAX), started = 0;
    sigset_t set, before, last;
    wanted_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, &before); /* the workers inherit it */
    while (started < workers && pthread_create(&worker[started], NULL, work, s) == 0)
        started++;
    if (started < workers)
        log_warn(&s->app->log, "only %zu of %zu workers could be started", started, workers);
    log_info(&s->app->log, "serving %zu connection%s", s->lanes, s->lanes == 1 ? "" : "s");
    notify("READY=1");
    hear_signals(s, &set);
    sigemptyset(&last);
    sigaddset(&last, SIGTERM);
    sigaddset(&last, SIGINT);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &last, NULL);
    for (size_t i = 0; i < started; i++)
        pthread_join(worker[i], NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void init(struct serve *s, struct app *app)
{
    pthread_condattr_t attr;
    *s = (struct serve){.app = app};
    pthread_mutex_init(&s->mutex, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->change, &attr);
    pthread_condattr_destroy(&attr);
}

bool cmd_serve(struct app *app, int *code, struct err *e)
{
    struct serve s;
    size_t n = 0;
    (void)code;
    if (!config_load(app, e))
        return false;
    const char **name = ARENA_ARRAY(&app->a, const char *, LANES_MAX);
    if (!find_connections(app, name, &n, e))
        return false;
    if (n == 0) {
        err_set(e, ERR_CONFIG, "no_store", "there is no store to serve");
        return err_hint(e, "make one with `tandem init`");
    }
    app->log.level = LOG_INFO;
    app->log.json = app->log.json || app->o.log_json;
    init(&s, app);
    s.lane = ARENA_ARRAY(&app->a, struct lane, n);
    bool ok = true;
    for (; ok && s.lanes < n; s.lanes++) {
        lane_init(&s.lane[s.lanes], app, name[s.lanes]);
        ok = lane_claim(&s.lane[s.lanes], e);
    }
    if (ok)
        run(&s);
    for (size_t i = 0; i < s.lanes; i++)
        lane_close(&s.lane[i]);
    pthread_cond_destroy(&s.change);
    pthread_mutex_destroy(&s.mutex);
    if (ok)
        log_info(&app->log, "stopped");
    return ok;
}
