/* What the tests of the HubSpot driver share: a portal of a few properties, opened and bound. */
#pragma once

#include "canned.h"

#include "base/limits.h"
#include "crm/crm.h"
#include "text/json.h"

#define NOW_MS  INT64_C(1795451049000) /* 2026-11-23T16:24:09Z */
#define OBJECTS "/crm/objects/2026-09/companies"
#define KEY     "tandem_account_id"

struct portal {
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
    stop_flag stop;
    void (*answer)(struct portal *p, const struct canned_request *q, struct canned_answer *out);
    /* for the tests' own use */
    int step, calls;
    char text[8][32768];
    int64_t (*stamp)(int n); /* of company n, 1.. */
    const char *validations; /* the portal's rules; NULL = none */
    int companies;
};

static inline void note(struct portal *p, int i, struct str text)
{
    snprintf(p->text[i], sizeof(p->text[i]), "%.*s", STR_ARG(text));
}

static inline void put_property(struct canned_answer *out, const char *name, const char *type,
                                const char *field, const char *more)
{
    buf_fmt(&out->body,
            "%s{\"name\":\"%s\",\"label\":\"%s\",\"type\":\"%s\",\"fieldType\":\"%s\","
            "\"modificationMetadata\":{\"readOnlyValue\":false}%s}",
            out->body.p[out->body.n - 1] == '[' ? "" : ",", name, name, type, field, more);
}

static inline void portal_answer(struct canned *c, const struct canned_request *q,
                                 struct canned_answer *out)
{
    struct portal *p = c->who;
    if (is(q, "GET", "/crm/property-validations/2026-03/companies")) {
        put(out, p->validations ? p->validations : "{\"results\":[]}");
        return;
    }
    if (!is(q, "GET", "/crm/properties/2026-09/companies")) {
        p->calls++;
        p->answer(p, q, out);
        return;
    }
    put(out, "{\"results\":[");
    put_property(out, "name", "string", "text", "");
    put_property(out, "phone", "string", "phonenumber", "");
    put_property(out, "numberofemployees", "number", "number", "");
    put_property(out, "active", "bool", "booleancheckbox", "");
    put_property(out, "industry", "enumeration", "select",
                 ",\"options\":[{\"label\":\"Red\",\"value\":\"RED\"}]");
    put_property(out, "gone", "string", "text", ",\"archived\":true");
    put(out, "]}");
}

static inline bool portal_token(struct http_auth *auth, bool renew, struct http_token *out,
                                struct err *e)
{
    (void)auth;
    (void)renew;
    (void)e;
    *out = (struct http_token){S("pat-1"), STR_NONE};
    return true;
}

enum { MAP_NAME, MAP_PHONE, MAP_STAFF, MAP_ACTIVE, MAP_INDUSTRY, MAPS };

static inline void portal_open(struct portal *p,
                               void (*answer)(struct portal *, const struct canned_request *,
                                              struct canned_answer *))
{
    static const char *const names[MAPS] = {"name", "phone", "numberofemployees", "active",
                                            "industry"};
    p->clock = hand_clock_at(NOW_MS);
    p->auth.token = portal_token;
    p->answer = answer;
    arena_init(&p->a, 512 * MIB);
    rng_seed(&p->rng, 1);
    canned_start(&p->server, portal_answer, p);
    assert_true(domains_open(&p->domains, NULL, &p->e));
    struct crm_options opt = {.base = str_from(p->server.base),
                              .auth = &p->auth,
                              .domains = p->domains,
                              .clock = &p->clock.clock,
                              .rng = &p->rng,
                              .trace_fd = -1,
                              .stop = &p->stop};
    assert_true(hubspot_open(&p->crm, &opt, &p->e));
    assert_true(p->crm->ops->schema(p->crm, &p->a, &p->schema, &p->e));
    for (size_t i = 0; i < MAPS; i++) {
        const struct field *f = schema_find(&p->schema, str_from(names[i]));
        assert_non_null(f);
        p->map[i] = (struct mapping){.id = (uint32_t)i + 1, .rule = RULE_TWO_WAY, .scale = -1};
        p->map[i].name[SIDE_SF] = p->map[i].name[SIDE_HS] = f->name;
        p->map[i].meta[SIDE_HS] = *f;
    }
    p->mappings = (struct mappings){p->map, MAPS};
    p->crm->ops->bind(p->crm, &(struct crm_binding){&p->mappings, S("42"), 0});
}

static inline void portal_close(struct portal *p)
{
    p->crm->ops->close(p->crm);
    canned_stop(&p->server);
    domains_close(p->domains);
    arena_release(&p->a);
}

static inline void put_company(struct canned_answer *out, const char *id, const char *properties,
                               const char *more)
{
    buf_fmt(&out->body,
            "%s{\"id\":\"%s\",\"properties\":{%s},\"createdAt\":\"2026-01-01T00:00:00.000Z\","
            "\"updatedAt\":\"2026-11-23T16:00:00.000Z\",\"archived\":false%s}",
            out->body.n && out->body.p[out->body.n - 1] == '}' ? "," : "", id, properties, more);
}

/* The envelope of H5.1. */
static inline void refuse(struct canned_answer *out, int status, const char *category,
                          const char *message, const char *more)
{
    out->status = status;
    buf_fmt(&out->body,
            "{\"status\":\"error\",\"message\":\"%s\",\"correlationId\":\"c-1\","
            "\"category\":\"%s\"%s}",
            message, category, more);
}
