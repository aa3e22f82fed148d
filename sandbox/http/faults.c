/* faults: the weather in front of both services, counts and traffic.
 *
 * Names, for POST /faults {"name","service","path","count","skip","probability","ms"}:
 *   slow                the answer comes `ms` later; other calls do not wait
 *   http500 http503     the service's own words
 *   http504 http524     a gateway's that waited too long; nothing was done
 *   html502             a gateway's page
 *   rate429             429 with Retry-After
 *   daily429            HubSpot: the day's calls are used up
 *   http423 http477     HubSpot: records are locked; the portal is being moved, Retry-After says
 * how long (H4.15, H4.16) reset_before        the connection closes, nothing was done
 *   reset_after_commit  the connection closes, all was done
 *   cut_body            half of the answer, then the connection closes
 *   full                the place takes no more records: storage (Salesforce), record limit
 * (HubSpot) api_disabled        Salesforce: the user has no access to the API and, known to one
 * service: expired, day, concurrent, lock_row (Salesforce); expired, bad_hub (HubSpot). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "text/url.h"

bool sandbox_fault(struct sandbox *s, const char *name, const char *service, struct str path)
{
    for (size_t i = 0; i < s->faults; i++) {
        struct fault *f = &s->fault[i];
        if (f->count == 0 || strcmp(f->name, name) || strcmp(f->service, service) ||
            str_find(path, str_from(f->path)) < 0)
            continue;
        if (f->skip > 0) {
            f->skip--;
            continue;
        }
        if (f->probability < 1 && rng_unit(&s->rng) >= f->probability)
            continue;
        if (f->count > 0)
            f->count--;
        return true;
    }
    return false;
}

static int64_t slow_ms(struct sandbox *s, const char *service, struct str path)
{
    for (size_t i = 0; i < s->faults; i++) {
        struct fault one = s->fault[i];
        if (strcmp(one.name, "slow") == 0 && one.count != 0 && strcmp(one.service, service) == 0 &&
            str_find(path, str_from(one.path)) >= 0 && sandbox_fault(s, "slow", service, path))
            return one.ms;
    }
    return 0;
}

static void broken(struct response *r, bool salesforce, int status)
{
    r->status = status;
    if (status == 502) {
        r->content_type = "text/html";
        buf_str(r->body, S("<html><body><h1>502 Bad Gateway</h1></body></html>"));
    } else if (!salesforce) {
        buf_str(r->body, S("{\"status\":\"error\",\"message\":\"internal error\",\"correlationId\":"
                           "\"00000000-0000-4000-8000-000000000000\"}"));
    } else if (status == 503) {
        buf_str(r->body, S("[{\"message\":\"The server is busy. Please try again later.\","
                           "\"errorCode\":\"SERVER_UNAVAILABLE\"}]"));
    } else {
        buf_str(r->body,
                S("[{\"message\":\"An unexpected error occurred. Please include this ErrorId "
                  "if you contact support: 1234567890-12345 (1234567890)\",\"errorCode\":"
                  "\"UNKNOWN_EXCEPTION\"}]"));
    }
}

/* What has a status of its own and little else. */
static bool rare(struct sandbox *s, const char *service, const struct request *q,
                 struct response *r)
{
    static const struct {
        const char *name;
        int status;
        const char *retry_after, *message;
    } table[] = {{"http423", 423, NULL, "The objects are locked by another operation"},
                 {"http477", 477, "120", "Migration in progress"},
                 {"http504", 504, NULL, "Gateway timeout"},
                 {"http524", 524, NULL, "A timeout occurred"}};
    for (size_t i = 0; i < LEN(table); i++) {
        if (!sandbox_fault(s, table[i].name, service, q->path))
            continue;
        r->status = table[i].status;
        if (table[i].retry_after)
            response_header(r, "Retry-After", str_from(table[i].retry_after));
        buf_fmt(r->body, "{\"status\":\"error\",\"message\":\"%s\"}", table[i].message);
        return true;
    }
    return false;
}

/* SF 4.3: storage is judged record by record, so a collection has an answer for each. */
static void no_storage(const struct request *q, struct response *r)
{
    struct str rest = q->body;
    bool any = false;
    buf_char(r->body, '[');
    for (ptrdiff_t at; (at = str_find(rest, S("\"attributes\""))) >= 0; any = true) {
        buf_fmt(
            r->body,
            "%s{\"success\":false,\"created\":false,\"errors\":[{\"statusCode\":"
            "\"STORAGE_LIMIT_EXCEEDED\",\"message\":\"storage limit exceeded\",\"fields\":[]}]}",
            any ? "," : "");
        rest = str_slice(rest, (size_t)at + 1, rest.n);
    }
    buf_char(r->body, ']');
}

/* What a place refuses whatever the records are. */
static bool place(struct sandbox *s, const char *service, const struct request *q,
                  struct response *r)
{
    bool salesforce = strcmp(service, "salesforce") == 0;
    bool writes = !salesforce || str_find(q->body, S("\"attributes\"")) >= 0;
    if (writes && sandbox_fault(s, "full", service, q->path)) {
        if (salesforce) {
            no_storage(q, r);
            return true;
        }
        r->status = 400; /* H14.4 */
        buf_str(r->body,
                S("{\"status\":\"error\",\"message\":\"Creating these records would pass the "
                  "record limit of your portal\",\"category\":\"VALIDATION_ERROR\"}"));
        return true;
    }
    if (salesforce && sandbox_fault(s, "api_disabled", service, q->path)) {
        r->status = 403;
        buf_str(r->body, S("[{\"message\":\"The REST API is not enabled for this Organization.\","
                           "\"errorCode\":\"API_DISABLED_FOR_ORG\"}]"));
        return true;
    }
    return false;
}

bool sandbox_weather(struct sandbox *s, const char *service, const struct request *q,
                     struct response *r)
{
    bool salesforce = strcmp(service, "salesforce") == 0;
    r->delay_ms = s->latency_ms[!salesforce];
    if (s->faults == 0)
        return false;
    r->delay_ms += slow_ms(s, service, q->path);
    if (sandbox_fault(s, "reset_before", service, q->path)) {
        r->cut = true;
    } else if (sandbox_fault(s, "http500", service, q->path)) {
        broken(r, salesforce, 500);
    } else if (sandbox_fault(s, "http503", service, q->path)) {
        broken(r, salesforce, 503);
    } else if (sandbox_fault(s, "html502", service, q->path)) {
        broken(r, salesforce, 502);
    } else if (sandbox_fault(s, "rate429", service, q->path)) {
        r->status = 429;
        response_header(r, "Retry-After", S("1"));
        buf_str(r->body,
                S("{\"status\":\"error\",\"message\":\"You have reached your secondly limit.\","
                  "\"errorType\":\"RATE_LIMIT\"}"));
    } else if (sandbox_fault(s, "daily429", service, q->path)) {
        r->status = 429;
        buf_str(r->body, S("{\"status\":\"error\",\"message\":\"You have reached your daily "
                           "limit.\",\"errorType\":\"RATE_LIMIT\",\"policyName\":\"DAILY\"}"));
    } else {
        return place(s, service, q, r) || rare(s, service, q, r);
    }
    return true;
}

void sandbox_weather_after(struct sandbox *s, const char *service, const struct request *q,
                           struct response *r)
{
    if (s->faults == 0)
        return;
    if (sandbox_fault(s, "reset_after_commit", service, q->path))
        r->cut = true;
    if (sandbox_fault(s, "cut_body", service, q->path))
        r->cut_body = true;
}

static void keep(char *to, size_t size, struct str s)
{
    snprintf(to, size, "%.*s", STR_ARG(s));
}

static void add(struct sandbox *s, yyjson_val *root)
{
    if (s->faults == FAULTS_MAX) { /* the oldest makes room */
        memmove(s->fault, s->fault + 1, (FAULTS_MAX - 1) * sizeof(*s->fault));
        s->faults--;
    }
    struct fault *f = &s->fault[s->faults++];
    struct str chance = json_get(root, "probability");
    char text[32];
    keep(f->name, sizeof(f->name), json_get(root, "name"));
    keep(f->service, sizeof(f->service), json_get(root, "service"));
    keep(f->path, sizeof(f->path), json_get(root, "path"));
    keep(text, sizeof(text), chance);
    f->probability = chance.n ? strtod(text, NULL) : 1;
    f->count = json_i64(yyjson_obj_get(root, "count"), chance.n ? -1 : 1);
    f->skip = json_i64(yyjson_obj_get(root, "skip"), 0);
    f->ms = json_i64(yyjson_obj_get(root, "ms"), 1000);
}

void sandbox_faults(struct sandbox *s, const struct request *q, struct response *r)
{
    struct err e;
    yyjson_val *root;
    if (str_eq(q->method, S("DELETE"))) {
        s->faults = 0;
    } else if (str_eq(q->method, S("POST"))) {
        if (!json_parse(q->a, q->body, &root, &e) || !json_get(root, "name").n) {
            r->status = 400;
            buf_str(r->body, S("{\"error\":\"a fault is an object with a name\"}"));
            return;
        }
        add(s, root);
    }
    buf_char(r->body, '[');
    for (size_t i = 0; i < s->faults; i++) {
        const struct fault *f = &s->fault[i];
        buf_fmt(r->body, "%s{\"name\":", i ? "," : "");
        json_quote(r->body, str_from(f->name));
        buf_str(r->body, S(",\"service\":"));
        json_quote(r->body, str_from(f->service));
        buf_str(r->body, S(",\"path\":"));
        json_quote(r->body, str_from(f->path));
        buf_fmt(r->body, ",\"count\":%lld,\"skip\":%lld,\"probability\":%g,\"ms\":%lld}",
                (long long)f->count, (long long)f->skip, f->probability, (long long)f->ms);
    }
    buf_char(r->body, ']');
}

/* ---- counts and traffic
 * -------------------------------------------------------------------------- */

/* "salesforce POST/services/data/#/composite": ids and versions are left out of the kind. */
static void kind_of(const char *service, const struct request *q, struct buf *out)
{
    struct str rest = q->path, part;
    buf_fmt(out, "%s %.*s", service, STR_ARG(q->method));
    while (str_cut(&rest, '/', &part)) {
        bool digits = false;
        for (size_t i = 0; i < part.n; i++)
            digits = digits || (part.p[i] >= '0' && part.p[i] <= '9');
        if (!part.n)
            continue;
        buf_char(out, '/');
        buf_str(out, digits ? S("#") : str_slice(part, 0, 60));
    }
}

void sandbox_count(struct sandbox *s, const char *service, const struct request *q,
                   const struct response *r)
{
    struct buf line;
    size_t i = 0;
    buf_init(&line, 2 * KIB);
    kind_of(service, q, &line);
    struct str kind = str_slice(buf_view(&line), 0, sizeof(s->counter[0].kind) - 1);
    while (i < s->counters && !str_eq(str_from(s->counter[i].kind), kind))
        i++;
    if (i == s->counters && i < LEN(s->counter)) {
        keep(s->counter[i].kind, sizeof(s->counter[i].kind), kind);
        s->counter[s->counters++].n = 0;
    }
    if (i < s->counters)
        s->counter[i].n++;
    buf_clear(&line);
    buf_fmt(&line, "{\"n\":%zu,\"at_ms\":%lld,\"service\":\"%s\",\"method\":\"%.*s\",\"path\":",
            s->traffic_count, (long long)sandbox_now(s), service, STR_ARG(q->method));
    json_quote(&line, str_slice(q->path, 0, 300));
    buf_fmt(&line, ",\"status\":%d,\"bytes_in\":%zu,\"bytes_out\":%zu}", r->cut ? 0 : r->status,
            q->body.n, r->body->n);
    if (!s->traffic && !(s->traffic = calloc(TRAFFIC_MAX, sizeof(*s->traffic))))
        abort();
    free(s->traffic[s->traffic_count % TRAFFIC_MAX]);
    s->traffic[s->traffic_count++ % TRAFFIC_MAX] = line.p;
}

void sandbox_counts(struct sandbox *s, const struct request *q, struct response *r)
{
    uint64_t side[2] = {0, 0};
    if (str_eq(q->method, S("DELETE")))
        s->counters = 0;
    buf_str(r->body, S("{\"kinds\":{"));
    for (size_t i = 0; i < s->counters; i++) {
        if (i)
            buf_char(r->body, ',');
        json_quote(r->body, str_from(s->counter[i].kind));
        buf_fmt(r->body, ":%llu", (unsigned long long)s->counter[i].n);
        side[s->counter[i].kind[0] == 'h'] += s->counter[i].n;
    }
    buf_fmt(r->body, "},\"salesforce\":%llu,\"hubspot\":%llu}", (unsigned long long)side[0],
            (unsigned long long)side[1]);
}

void sandbox_traffic(struct sandbox *s, const struct request *q, struct response *r)
{
    int64_t after = 0;
    (void)str_to_i64(url_query_get(q->a, q->query, S("after")), &after);
    size_t first = s->traffic_count > TRAFFIC_MAX ? s->traffic_count - TRAFFIC_MAX : 0;
    r->content_type = "application/x-ndjson";
    for (size_t i = MAX(first, (size_t)MAX(after, 0)); i < s->traffic_count; i++)
        buf_fmt(r->body, "%s\n", s->traffic[i % TRAFFIC_MAX]);
}

void sandbox_traffic_free(struct sandbox *s)
{
    for (size_t i = 0; s->traffic && i < TRAFFIC_MAX; i++)
        free(s->traffic[i]);
    free(s->traffic);
    s->traffic = NULL;
}
