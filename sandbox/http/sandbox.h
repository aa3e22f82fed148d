/* sandbox: the two simulated services and their control port, in front of one world. */
#pragma once

#include "base/clock.h"
#include "base/rng.h"
#include "sandbox/http/server.h"
#include "sandbox/world/world.h"
#include "text/json.h"

#define SANDBOX_PORTAL   "4242"
#define SANDBOX_ORG      "00D5e0000000001EAA"
#define SANDBOX_TOKEN    "pat-sandbox-0001"
#define SANDBOX_CLIENT   "sandbox-client"
#define SANDBOX_SECRET   "sandbox-secret"
#define SANDBOX_USERNAME "tandem@sandbox.example"

enum { SF_TOKENS_MAX = 64, JOBS_MAX = 64, FAULTS_MAX = 32, TRAFFIC_MAX = 100000 };

struct fault { /* POST /faults {"name":"reset_after_commit","service":"hubspot","count":1} */
    char name[32], service[16], path[64];
    int64_t count; /* how often still; -1 = always */
    int64_t skip;  /* matching calls to let pass first */
};

struct property { /* a HubSpot company property that was made through the API */
    char *name, *label, *type, *field_type, *group, *description;
    bool unique, hubspot_defined, read_only, archived;
    const char *const *option; /* NULL-terminated; NULL = none */
};

struct bulk_job {
    char id[24];
    struct str soql;
    struct arena a;
    uint64_t *number;
    size_t count;
    int polls;
    bool used, all;
};

struct counter {
    char kind[96];
    uint64_t n;
};

struct sandbox {
    struct world world;
    struct clock *clock;
    int64_t clock_base_mono_us;
    struct rng rng;
    bool limits; /* the real quotas, or none */
    char token[SF_TOKENS_MAX][48];
    size_t tokens, token_serial;
    struct str jwt_certificate; /* PEM; none = any signature is refused */
    char base_url[2][64];
    bool key_made, key_visible; /* Tandem_Company_Id__c on Account (SF 7.9) */
    struct bulk_job job[JOBS_MAX];
    uint64_t job_serial, trace_serial;
    struct property *property;
    size_t properties;
    struct fault fault[FAULTS_MAX];
    size_t faults;
    struct counter counter[256];
    size_t counters;
    char **traffic;
    size_t traffic_count, traffic_first;
    uint64_t sf_used;
    /* HubSpot quotas: arrival times of the last calls, rings */
    int64_t burst[256], search[8];
    size_t burst_at, search_at;
    uint64_t day_used;
    int64_t index_lag_ms;
    const char *map;
    volatile int *stop;
    struct arena life;
};

int64_t sandbox_now(struct sandbox *s); /* the virtual clock */
/* A fault of this name for this call, counted off. */
bool sandbox_fault(struct sandbox *s, const char *name, const char *service, struct str path);
void sandbox_count(struct sandbox *s, const char *service, const struct request *q,
                   const struct response *r);

void sf_handle(void *who, const struct request *q, struct response *r);
void hs_handle(void *who, const struct request *q, struct response *r);
void control_handle(void *who, const struct request *q, struct response *r);

void hs_properties_init(struct sandbox *s);
struct property *hs_property(struct sandbox *s, struct str name);

/* Loads a CSV text of one type; `map` renames columns ("website=Website,..."), NULL = as they are.
 * Returns how many, or -1 with *why. */
int64_t sandbox_load(struct sandbox *s, enum world_type t, struct str csv, const char *map,
                     struct str *why);
/* The Account fields of describe. */
struct sf_field {
    const char *name, *type;
    int length, precision, scale;
    bool required, read_only;
};
extern const struct sf_field sf_account_fields[];
extern const size_t sf_account_field_count;
