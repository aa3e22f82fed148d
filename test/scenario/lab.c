#include "test/scenario/lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/hash.h"

static int64_t wall_ms(struct clock *c)
{
    return ((struct hand_clock *)(void *)c)->box->now_ms;
}

static int64_t mono_us(struct clock *c)
{
    return wall_ms(c) * 1000;
}

static void sleep_us(struct clock *c, int64_t us)
{
    struct err ignored;
    struct hand_clock *h = (struct hand_clock *)(void *)c;
    (void)!box_advance(h->box, (us + 999) / 1000, &ignored);
}

bool lab_init(struct lab *l, struct box *box, struct err *e)
{
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    *l = (struct lab){.box = box,
                      .clock = {{wall_ms, mono_us, sleep_us}, box},
                      .log = {.fd = -1, .level = LOG_ERROR}};
    l->log.clock = &l->clock.c;
    if (getenv("SCENARIO_LOG"))
        l->log.fd = STDERR_FILENO, l->log.level = LOG_DEBUG;
    rng_seed(&l->rng, 1);
    snprintf(l->dir, sizeof(l->dir), "%s/tandem-scenario-XXXXXX", memory ? memory : "/tmp");
    if (!mkdtemp(l->dir)) {
        l->dir[0] = '\0';
        return err_set(e, ERR_INTERNAL, "scenario", "no temporary folder in %s",
                       memory ? memory : "/tmp");
    }
    snprintf(l->path, sizeof(l->path), "%s/tandem.db", l->dir);
    return domains_open(&l->domains, NULL, e);
}

static void remove_store(struct lab *l)
{
    static const char *const parts[] = {"", "-wal", "-shm", "-lock", ".lock"};
    char path[320];
    for (size_t i = 0; i < LEN(parts); i++) {
        snprintf(path, sizeof(path), "%s%s", l->path, parts[i]);
        unlink(path);
    }
}

void lab_release(struct lab *l)
{
    lab_close(l);
    domains_close(l->domains);
    if (!l->dir[0])
        return;
    remove_store(l);
    rmdir(l->dir);
}

/* The place of the default mapping of a field or property; SIZE_MAX = there is none. */
static size_t place_of(const struct lab *l, struct str field)
{
    struct mappings m;
    struct arena a;
    arena_init(&a, MIB);
    mappings_default(&a, &m);
    const struct mapping *found = mapping_find(&m, field);
    size_t at = found ? (size_t)(found - m.map) : SIZE_MAX;
    arena_release(&a);
    return at < LEN(l->rule) ? at : SIZE_MAX;
}

/* Rules and tables as the story has them by now. */
static void tell_engine(struct lab *l)
{
    const struct mappings *m = l->engine ? engine_mappings(l->engine) : NULL;
    for (size_t i = 0; m && i < m->count && i < l->standard; i++) { /* until they can be saved */
        m->map[i].rule = l->rule[i];
        m->map[i].table = l->table[i];
        m->map[i].table_count = l->lines[i];
    }
}

bool lab_rule(struct lab *l, struct str field, enum rule rule)
{
    size_t at = place_of(l, field);
    if (at == SIZE_MAX)
        return false;
    l->rule[at] = rule;
    tell_engine(l);
    return true;
}

bool lab_table(struct lab *l, struct str field, struct value_pair line)
{
    size_t at = place_of(l, field);
    if (at == SIZE_MAX || l->lines[at] == LEN(l->table[at]))
        return false;
    l->table[at][l->lines[at]++] = line;
    tell_engine(l);
    return true;
}

static enum rule other_rule(enum rule r)
{
    switch (r) {
    case RULE_PREFER_SF:
        return RULE_PREFER_HS;
    case RULE_PREFER_HS:
        return RULE_PREFER_SF;
    case RULE_ALWAYS_SF:
        return RULE_ALWAYS_HS;
    case RULE_ALWAYS_HS:
        return RULE_ALWAYS_SF;
    default:
        return r;
    }
}

bool lab_forget(struct lab *l, bool mirrored, struct err *e)
{
    struct mappings m;
    struct arena a;
    lab_close(l);
    remove_store(l);
    arena_init(&a, MIB);
    mappings_default(&a, &m);
    for (size_t i = 0; i < m.count && i < LEN(l->rule); i++)
        l->rule[i] = mirrored ? other_rule(m.map[i].rule) : m.map[i].rule;
    l->standard = MIN(m.count, LEN(l->rule));
    memset(l->lines, 0, sizeof(l->lines));
    (void)!lab_rule(l, S("OwnerId"), RULE_NONE); /* every record has an owner */
    arena_release(&a);
    return store_sqlite_create(l->path, e);
}

static bool open_crm(struct lab *l, enum side s, struct err *e)
{
    struct crm_options o = {
        .base = str_from(s == SIDE_SF ? l->box->salesforce : l->box->hubspot),
        .domains = l->domains,
        .clock = &l->clock.c,
        .log = &l->log,
        .rng = &l->rng,
        .trace_fd = -1,
    };
    if (s == SIDE_HS) {
        l->oauth[s] = oauth_static(S("pat-sandbox-0001"));
    } else {
        struct oauth_options flow = {
            .token_url_base = o.base,
            .token_path = S("/services/oauth2/token"),
            .client_id = S("sandbox-client"),
            .client_secret = S("sandbox-secret"),
            .clock = &l->clock.c,
            .log = &l->log,
            .trace_fd = -1,
        };
        if (!oauth_open(&l->oauth[s], OAUTH_CLIENT_CREDENTIALS, &flow, e))
            return false;
    }
    o.auth = oauth_auth(l->oauth[s]);
    return s == SIDE_SF ? salesforce_open(&l->crm[s], &o, e) : hubspot_open(&l->crm[s], &o, e);
}

bool lab_open(struct lab *l, struct err *e)
{
    static const unsigned char people_key[HASH_KEY_BYTES] = "these people are made up";
    if (l->engine)
        return true;
    lab_close(l); /* what a failed attempt left */
    if (!store_sqlite_open(&l->store, l->path, "default", STORE_WRITE, &l->clock.c, e) ||
        !open_crm(l, SIDE_SF, e) || !open_crm(l, SIDE_HS, e))
        return false;
    struct engine_options o = {.store = l->store,
                               .crm = {l->crm[SIDE_SF], l->crm[SIDE_HS]},
                               .clock = &l->clock.c,
                               .log = &l->log,
                               .rng = &l->rng,
                               .installation = S("scenario"),
                               .people_key = people_key};
    if (!engine_open(&l->engine, &o, e))
        return false;
    tell_engine(l);
    return true;
}

void lab_close(struct lab *l)
{
    engine_close(l->engine);
    l->engine = NULL;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (l->crm[s])
            l->crm[s]->ops->close(l->crm[s]);
        l->crm[s] = NULL;
        oauth_close(l->oauth[s]);
        l->oauth[s] = NULL;
    }
    if (l->store)
        l->store->ops->close(l->store);
    l->store = NULL;
}
