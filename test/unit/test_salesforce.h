/* What the tests of the Salesforce driver share: an org of a few fields, opened and bound. */
#pragma once

#include "canned.h"

#include "base/limits.h"
#include "crm/crm.h"
#include "text/json.h"

#define NOW_MS INT64_C(1795451049000) /* 2026-11-23T16:24:09Z */
#define DATA   "/services/data/v66.0"

struct org {
    struct canned server;
    struct hand_clock clock;
    struct http_auth auth;
    struct rng rng;
    struct domains *domains;
    struct crm *crm;
    struct schema schema;
    struct mapping map[6];
    struct mappings mappings;
    struct arena a;
    struct err e;
    bool without_key, key_not_unique;
    int token; /* the one that is good; the driver holds `held` */
    int held, renewals;
    void (*answer)(struct org *o, const struct canned_request *q, struct canned_answer *out);
    /* for the tests' own use */
    int step;
    char text[8][16384];
};

static inline void refuse(struct canned_answer *out, int status, const char *code, const char *text)
{
    out->status = status;
    buf_fmt(&out->body, "[{\"errorCode\":\"%s\",\"message\":\"%s\"}]", code, text);
}

static inline void put_field(struct canned_answer *out, const char *name, const char *type,
                             const char *more)
{
    buf_fmt(&out->body,
            "%s{\"name\":\"%s\",\"label\":\"%s\",\"type\":\"%s\",\"nillable\":true,"
            "\"createable\":true,\"updateable\":true%s}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", name, name, type, more);
}

static inline void describe(struct org *o, struct canned_answer *out)
{
    put(out, "{\"name\":\"Account\",\"createable\":true,\"updateable\":true,\"fields\":[");
    put_field(out, "Id", "id", ",\"createable\":false");
    put_field(out, "Name", "string", ",\"length\":255");
    put_field(out, "Website", "url", ",\"length\":255");
    put_field(out, "Phone", "phone", ",\"length\":40");
    put_field(out, "NumberOfEmployees", "int", ",\"digits\":8");
    put_field(out, "Active__c", "boolean", ",\"defaultedOnCreate\":true");
    put_field(out, "BillingAddress", "address", "");
    if (!o->without_key)
        put_field(out, "Tandem_Company_Id__c", "string",
                  o->key_not_unique ? ",\"externalId\":true,\"unique\":false"
                                    : ",\"externalId\":true,\"unique\":true");
    put(out, "]}");
}

static inline void org_answer(struct canned *c, const struct canned_request *q,
                              struct canned_answer *out)
{
    struct org *o = c->who;
    char bearer[32];
    snprintf(bearer, sizeof(bearer), "Bearer t%d", o->token);
    if (!str_eq(canned_header(q->head, "Authorization"), str_from(bearer)))
        refuse(out, 401, "INVALID_SESSION_ID", "Session expired or invalid");
    else if (is(q, "GET", DATA "/sobjects/Account/describe"))
        describe(o, out);
    else
        o->answer(o, q, out);
}

static inline bool org_token(struct http_auth *auth, bool renew, struct http_token *out,
                             struct err *e)
{
    struct org *o = (struct org *)((char *)auth - offsetof(struct org, auth));
    static char text[16];
    (void)e;
    if (renew) {
        o->held = o->token;
        o->renewals++;
    }
    snprintf(text, sizeof(text), "t%d", o->held);
    *out = (struct http_token){str_from(text), str_from(o->server.base)};
    return true;
}

static inline void org_map(struct org *o, size_t i, const char *name)
{
    const struct field *f = schema_find(&o->schema, str_from(name));
    assert_non_null(f);
    o->map[i] = (struct mapping){.id = (uint32_t)i + 1, .rule = RULE_TWO_WAY, .scale = -1};
    o->map[i].name[SIDE_SF] = o->map[i].name[SIDE_HS] = f->name;
    o->map[i].meta[SIDE_SF] = *f;
}

enum { MAP_NAME, MAP_PHONE, MAP_STAFF, MAP_ACTIVE, MAP_ADDRESS, MAPS };

static inline void org_open(struct org *o,
                            void (*answer)(struct org *, const struct canned_request *,
                                           struct canned_answer *))
{
    o->clock = hand_clock_at(NOW_MS);
    o->auth.token = org_token;
    o->answer = answer;
    arena_init(&o->a, 512 * MIB);
    rng_seed(&o->rng, 1);
    canned_start(&o->server, org_answer, o);
    assert_true(domains_open(&o->domains, NULL, &o->e));
    struct crm_options opt = {.base = str_from(o->server.base),
                              .auth = &o->auth,
                              .domains = o->domains,
                              .clock = &o->clock.clock,
                              .rng = &o->rng,
                              .trace_fd = -1};
    assert_true(salesforce_open(&o->crm, &opt, &o->e));
    assert_true(o->crm->ops->schema(o->crm, &o->a, &o->schema, &o->e));
    org_map(o, MAP_NAME, "Name");
    org_map(o, MAP_PHONE, "Phone");
    org_map(o, MAP_STAFF, "NumberOfEmployees");
    org_map(o, MAP_ACTIVE, "Active__c");
    org_map(o, MAP_ADDRESS, "BillingAddress");
    o->mappings = (struct mappings){o->map, MAPS};
    o->crm->ops->bind(o->crm, &(struct crm_binding){&o->mappings, S("42"), 0});
}

static inline void org_close(struct org *o)
{
    o->crm->ops->close(o->crm);
    canned_stop(&o->server);
    domains_close(o->domains);
    arena_release(&o->a);
}

/* Account number n, 18 characters: the check characters say which of the fifteen are capitals. */
static inline struct str account_id(struct arena *a, int n)
{
    return str_fmt(a, "001%012dAAA", n);
}

static inline void put_account(struct canned_answer *out, struct arena *a, int n, const char *more)
{
    buf_fmt(
        &out->body,
        "{\"attributes\":{\"type\":\"Account\"},\"Id\":\"%.*s\",\"Name\":\"Account "
        "%d\",\"Website\":"
        "null,\"CreatedDate\":\"2026-01-01T00:00:00.000+0000\",\"LastModifiedDate\":"
        "\"2026-11-23T16:00:00.000+0000\",\"SystemModstamp\":\"2026-11-23T16:00:00.000+0000\"%s}",
        STR_ARG(account_id(a, n)), n, more);
}
