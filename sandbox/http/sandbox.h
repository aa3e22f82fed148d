/* sandbox: the two simulated services and their control port, in front of one world. */
#pragma once

#include "base/clock.h"
#include "base/rng.h"
#include "sandbox/http/server.h"
#include "sandbox/world/hs.h"
#include "sandbox/world/sf.h"
#include "sandbox/world/world.h"
#include "text/json.h"

#define SANDBOX_PORTAL   "4242"
#define SANDBOX_ORG      "00D5e0000000001EAA"
#define SANDBOX_TOKEN    "pat-sandbox-0001"
#define SANDBOX_CLIENT   "sandbox-client"
#define SANDBOX_SECRET   "sandbox-secret"
#define SANDBOX_USERNAME "tandem@sandbox.example"

enum { FAULTS_MAX = 64, TRAFFIC_MAX = 100000 };

/* POST /faults {"name":"reset_after_commit","service":"hubspot","count":1}; names in faults.c */
struct fault {
    char name[32], service[16], path[64];
    int64_t count;      /* how often still; -1 = always */
    int64_t skip;       /* matching calls to let pass first */
    int64_t ms;         /* of "slow" */
    double probability; /* of those that match; 1 = all */
};

struct quotas { /* enforced with --limits real */
    int64_t sf_day, hs_burst, hs_search, hs_day;
};

struct counter {
    char kind[96];
    uint64_t n;
};

struct sandbox {
    struct world world;
    struct clock *clock;
    int64_t clock_base_mono_us;
    bool frozen; /* the clock moves by hand only */
    int64_t frozen_ran_ms;
    struct rng rng;
    bool limits; /* the real quotas, or none */
    struct quotas quotas;
    int64_t latency_ms[2]; /* added to every answer of Salesforce, HubSpot */
    struct sf_org org;
    struct sf_state *sf; /* sessions, cursors, jobs (sf_p.h) */
    struct hs_portal portal;
    struct hs_state *hs;        /* tokens, hits (hs_p.h) */
    struct str jwt_certificate; /* PEM; none = any signature is refused */
    char base_url[2][64];
    uint64_t trace_serial;
    struct fault fault[FAULTS_MAX];
    size_t faults;
    struct counter counter[256];
    size_t counters;
    char **traffic;
    size_t traffic_count, traffic_first;
    uint64_t sf_used;
    /* HubSpot quotas: arrival times of the last calls, rings */
    int64_t burst[1024], search[64];
    size_t burst_at, search_at;
    uint64_t day_used;
    int64_t index_lag_ms;
    bool index_spread; /* each record has a lag of its own, up to that */
    struct {           /* names that data files give to rows, for other files to point at */
        char *name;
        enum world_type type;
        uint64_t number;
    } * key;
    size_t keys;
    struct arena life;
};

int64_t sandbox_now(struct sandbox *s); /* the virtual clock */

/* ---- faults.c: the weather ---- */

/* A fault of this name for this call, counted off. */
bool sandbox_fault(struct sandbox *s, const char *name, const char *service, struct str path);
/* Latency, gateways that fail: true = *r is the answer and the service never saw the call. */
bool sandbox_weather(struct sandbox *s, const char *service, const struct request *q,
                     struct response *r);
/* What goes wrong after the service has answered. */
void sandbox_weather_after(struct sandbox *s, const char *service, const struct request *q,
                           struct response *r);
void sandbox_count(struct sandbox *s, const char *service, const struct request *q,
                   const struct response *r);
void sandbox_faults(struct sandbox *s, const struct request *q, struct response *r);
void sandbox_counts(struct sandbox *s, const struct request *q, struct response *r);
void sandbox_traffic_free(struct sandbox *s);
void sandbox_traffic(struct sandbox *s, const struct request *q, struct response *r);

/* ---- the three ports ---- */

void sf_init(struct sandbox *s);
void sf_close(struct sandbox *s);
void sf_handle(void *who, const struct request *q, struct response *r);
void hs_init(struct sandbox *s);
void hs_close(struct sandbox *s);
void hs_handle(void *who, const struct request *q, struct response *r);
void control_handle(void *who, const struct request *q, struct response *r);

/* ---- control_sf.c: what a user of the org does ---- */

/* false = the path is not one of these. */
bool control_sf_org(struct sandbox *s, const struct request *q, struct response *r,
                    struct str what);
bool control_sf(struct sandbox *s, const struct request *q, struct response *r, struct str what);
/* PATCH, POST, DELETE of a record, as a user: checked as the page of the org would. */
void control_sf_write(struct sandbox *s, const struct request *q, struct response *r,
                      enum world_type t, struct world_record *rec);
void control_put_record(struct sandbox *s, struct buf *b, struct arena *a, enum world_type t,
                        const struct world_record *rec);

/* ---- control_hs.c: what a user of the portal does ---- */

/* false = the path is not one of these. */
bool control_hs(struct sandbox *s, const struct request *q, struct response *r, struct str what);
/* PATCH, POST, DELETE of a record, as a user; any known property may be written, any value. */
void control_hs_write(struct sandbox *s, const struct request *q, struct response *r,
                      enum world_type t, struct world_record *rec);

/* ---- load.c ---- */

/* Loads a CSV text of one type; `map` renames columns ("website=Website,..."), NULL = as they are.
 * Returns how many, or -1 with *why. */
int64_t sandbox_load(struct sandbox *s, enum world_type t, struct str csv, const char *map,
                     struct str *why);
bool sandbox_type_named(struct str name, enum world_type *t); /* "accounts", "companies", ... */
const char *sandbox_type_name(enum world_type t);             /* "" = of no file */
