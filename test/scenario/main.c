/* scenarios: runs test/scenarios/ *.txt against the real drivers, the real store and a real
 * tandem-sandbox, each scenario as it stands and mirrored. TAP.
 *
 * usage: scenarios [FILTER]   those whose name or file contains it */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/scenario/play.h"

struct suite {
    struct arena a;
    struct scenarios all;
    struct box box;
    struct lab lab;
    struct mappings mappings;
    struct schema schema[SIDE_COUNT];
    int run, failed, pending;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_folder(struct suite *s, const char *folder, struct err *e)
{
    char *name[256];
    size_t n = 0;
    DIR *d = opendir(folder);
    struct dirent *entry;
    if (!d)
        return err_set(e, ERR_USAGE, "scenario", "cannot read %s", folder);
    while ((entry = readdir(d)) && n < LEN(name))
        if (str_ends(str_from(entry->d_name), S(".txt")))
            name[n++] = str_cstr(&s->a, str_fmt(&s->a, "%s/%s", folder, entry->d_name));
    closedir(d);
    qsort(name, n, sizeof(*name), by_name);
    for (size_t i = 0; i < n; i++)
        if (!scenarios_read(&s->a, name[i], &s->all, e))
            return false;
    return true;
}

/* What fields there are, asked of an empty sandbox once. */
static bool learn_schema(struct suite *s, struct err *e)
{
    struct crm_setup setup[SIDE_COUNT];
    bool ok = box_reset(&s->box, &s->a, e) &&
              box_call(&s->box, &s->a, "POST", S("/salesforce/person_accounts"), S("{}"), NULL,
                       e) && /* a scenario may enable them */
              lab_forget(&s->lab, false, e) &&
              lab_open(&s->lab, e) && engine_setup(s->lab.engine, &s->a, setup, e);
    for (enum side k = SIDE_SF; ok && k < SIDE_COUNT; k++)
        ok = s->lab.crm[k]->ops->schema(s->lab.crm[k], &s->a, &s->schema[k], e);
    lab_close(&s->lab);
    return ok;
}

static bool check_all(struct suite *s, struct err *e)
{
    const struct schema *both[SIDE_COUNT] = {&s->schema[SIDE_SF], &s->schema[SIDE_HS]};
    struct scenario mirrored;
    for (size_t i = 0; i < s->all.count; i++) {
        const struct scenario *one = &s->all.one[i];
        if (!scenario_check(one, both, e) ||
            (!one->one_way.n && !(scenario_mirror(&s->a, one, &s->mappings, &mirrored, e) &&
                                  scenario_check(&mirrored, both, e))))
            return false;
    }
    return true;
}

static void say(const char *text)
{
    struct str rest = str_from(text), line;
    while (str_cut(&rest, '\n', &line))
        if (line.n)
            printf("# %.*s\n", STR_ARG(line));
}

/* "pending WHY", or of one direction "pending mirrored: WHY". */
static bool is_pending(const struct scenario *one)
{
    if (str_starts(one->pending, S("mirrored: ")))
        return one->mirrored;
    if (str_starts(one->pending, S("as it stands: ")))
        return !one->mirrored;
    return one->pending.n > 0;
}

static void run_one(struct suite *s, const struct scenario *one)
{
    struct buf report;
    struct err e;
    bool pending = is_pending(one);
    buf_init(&report, MIB);
    if (!play_run(&s->lab, one, &report, &e))
        buf_fmt(&report, "%.*s:%d: %s\n", STR_ARG(one->file), one->number, e.msg);
    bool good = report.n == 0;
    s->run++;
    s->failed += good == pending;
    s->pending += pending;
    printf("%s %d - %.*s%s\n", good ? pending ? "not ok" : "ok" : "not ok", s->run,
           STR_ARG(one->name), pending && !good ? " # TODO" : "");
    if (pending && good)
        say("it passes: take `pending` away");
    else if (pending)
        printf("# pending: %.*s\n", STR_ARG(one->pending));
    if (!good)
        say(report.p);
    fflush(stdout);
    buf_release(&report);
}

static bool wanted(const struct scenario *one, const char *filter)
{
    return !filter || str_find(one->name, str_from(filter)) >= 0 ||
           str_find(one->file, str_from(filter)) >= 0;
}

static bool run_all(struct suite *s, const char *filter, struct err *e)
{
    for (size_t i = 0; i < s->all.count; i++) {
        const struct scenario *one = &s->all.one[i];
        struct scenario mirrored;
        if (!wanted(one, filter))
            continue;
        run_one(s, one);
        if (one->one_way.n)
            continue;
        if (!scenario_mirror(&s->a, one, &s->mappings, &mirrored, e))
            return false;
        run_one(s, &mirrored);
    }
    return true;
}

/* The sandbox of the same build stands beside us. */
static bool start(struct suite *s, struct err *e)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
    path[MAX(n, 0)] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return err_set(e, ERR_INTERNAL, "scenario", "cannot tell where this program is");
    snprintf(slash, 60, "/../sandbox/tandem-sandbox");
    return box_start(&s->box, path, e) && lab_init(&s->lab, &s->box, e);
}

int main(int argc, char **argv)
{
    static struct suite s;
    struct err e;
    mallopt(M_MMAP_THRESHOLD, 256 * MIB); /* arenas come and go: their pages stay with us */
    mallopt(M_TRIM_THRESHOLD, 512 * MIB);
    arena_init(&s.a, 256 * MIB);
    mappings_default(&s.a, &s.mappings);
    bool ok = read_folder(&s, argc > 2 ? argv[2] : SCENARIOS, &e) && start(&s, &e) &&
              learn_schema(&s, &e) && check_all(&s, &e) &&
              run_all(&s, argc > 1 && *argv[1] ? argv[1] : NULL, &e);
    if (!ok)
        printf("Bail out! %s\n", e.msg);
    printf("1..%d\n", s.run);
    printf("# %d runs, %d failed, %d pending\n", s.run, s.failed, s.pending);
    lab_release(&s.lab);
    box_stop(&s.box);
    arena_release(&s.a);
    return ok && s.failed == 0 && s.run > 0 ? 0 : 1;
}
