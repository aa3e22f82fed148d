/* hs_account: quotas, the account and its usage, owners (H4, H14, H17). */
#include "sandbox/http/hs_p.h"

enum { UTC_OFFSET_MS = 3600000, OAUTH_BURST = 110 };

/* ---- quotas (H4) ----------------------------------------------------------------------------- */

static void too_many(struct hs_call *c, const char *words, const char *policy, bool oauth)
{
    c->r->status = 429;
    buf_clear(c->b);
    buf_fmt(c->b,
            "{\"status\":\"error\",\"message\":\"You have reached your %s limit.\",\"errorType\":"
            "\"RATE_LIMIT\",",
            words);
    hs_correlation(c->s, c->b);
    buf_fmt(c->b, ",\"policyName\":\"%s\",\"groupName\":\"publicapi:%s:" SANDBOX_PORTAL "\"}",
            policy, oauth ? "oauth-app-api-calls" : "private_app-api-calls-ten-secondly");
    if (c->state->retry_after)
        response_header(c->r, "Retry-After", S("1"));
}

/* The calls of the last ten seconds that are still in the ring. */
static int64_t used_of(const int64_t *ring, size_t most, int64_t now)
{
    int64_t used = 0;
    for (size_t i = 0; i < most; i++)
        used += ring[i] && now - ring[i] < 10000;
    return used;
}

static void put_headers(struct hs_call *c, const int64_t *ring, size_t most, bool oauth)
{
    struct sandbox *s = c->s;
    long long day = (long long)s->quotas.hs_day, left = day - (long long)s->day_used;
    if (!oauth) {
        response_header(c->r, "X-HubSpot-RateLimit-Daily", str_fmt(c->a, "%lld", day));
        response_header(c->r, "X-HubSpot-RateLimit-Daily-Remaining",
                        str_fmt(c->a, "%lld", MAX(left, 0)));
    }
    response_header(c->r, "X-HubSpot-RateLimit-Max", str_fmt(c->a, "%zu", most));
    response_header(
        c->r, "X-HubSpot-RateLimit-Remaining",
        str_fmt(c->a, "%lld", (long long)most - (long long)used_of(ring, most, c->now_ms)));
    response_header(c->r, "X-HubSpot-RateLimit-Interval-Milliseconds", S("10000"));
}

/* A call counts when its place in the ring, as long as the limit, is free again. */
static bool take(int64_t *ring, size_t *at, size_t most, int64_t window, int64_t now)
{
    int64_t oldest = ring[*at % most];
    if (oldest && now - oldest < window)
        return false;
    ring[(*at)++ % most] = now;
    return true;
}

bool hs_quota(struct hs_call *c, bool search)
{
    struct sandbox *s = c->s;
    bool oauth = c->token && c->token->oauth;
    int64_t day = (c->now_ms + UTC_OFFSET_MS) / MS_DAY; /* ends at the portal's midnight (H4.3) */
    if (day != c->state->day) {
        if (c->state->day)
            s->day_used = 0;
        c->state->day = day;
    }
    if (!s->limits) {
        s->day_used++;
        return true;
    }
    int64_t *ring = oauth ? c->state->oauth_ring : s->burst;
    size_t *at = oauth ? &c->state->oauth_at : &s->burst_at;
    size_t most = oauth ? OAUTH_BURST : (size_t)MIN(s->quotas.hs_burst, (int64_t)LEN(s->burst));
    if (!oauth && (int64_t)s->day_used >= s->quotas.hs_day) {
        too_many(c, "daily", "DAILY", oauth);
        return false;
    }
    if (search &&
        !take(s->search, &s->search_at, (size_t)MIN(s->quotas.hs_search, (int64_t)LEN(s->search)),
              1000, c->now_ms)) {
        too_many(c, "secondly", "SECONDLY", oauth);
        return false;
    }
    if (!search && !take(ring, at, most, 10000, c->now_ms)) {
        too_many(c, "ten_secondly_rolling", "TEN_SECONDLY_ROLLING", oauth);
        put_headers(c, ring, most, oauth);
        return false;
    }
    s->day_used++;
    if (!search) /* search has none (H4.10) */
        put_headers(c, ring, most, oauth);
    return true;
}

/* ---- account (H14) --------------------------------------------------------------------------- */

static void usage(struct hs_call *c)
{
    struct sandbox *s = c->s;
    int64_t midnight = ((c->now_ms + UTC_OFFSET_MS) / MS_DAY + 1) * MS_DAY - UTC_OFFSET_MS;
    buf_fmt(c->b,
            "{\"results\":[{\"name\":\"private-apps-api-calls-daily\",\"usageLimit\":%lld,"
            "\"currentUsage\":%llu,\"collectedAt\":\"%.*s\",\"fetchStatus\":\"SUCCESS\","
            "\"resetsAt\":\"%.*s\"}]}",
            (long long)s->quotas.hs_day, (unsigned long long)s->day_used,
            STR_ARG(iso_ms(c->a, c->now_ms)), STR_ARG(iso_ms(c->a, midnight)));
}

void hs_account(struct hs_call *c, struct str rest)
{
    if (str_ends(rest, S("details")))
        buf_str(c->b, S("{\"portalId\":" SANDBOX_PORTAL ",\"accountType\":\"DEVELOPER_TEST\","
                        "\"timeZone\":\"Europe/Amsterdam\",\"companyCurrency\":\"EUR\","
                        "\"additionalCurrencies\":[],\"utcOffset\":\"+01:00\","
                        "\"utcOffsetMilliseconds\":3600000,\"uiDomain\":\"app.hubspot.com\","
                        "\"dataHostingLocation\":\"eu1\"}"));
    else if (str_ends(rest, S("api-usage/daily/private-apps")))
        usage(c);
    else
        hs_no_path(c);
}

void hs_limits(struct hs_call *c, struct str rest)
{
    bool records = str_ends(rest, S("records")) && str_find(rest, S("associations")) < 0;
    bool labels = str_ends(rest, S("associations/labels"));
    int64_t limit = records ? 15000000 : labels ? 50 : 1000;
    if (!records && !labels && !str_ends(rest, S("custom-properties"))) {
        hs_no_path(c);
        return;
    }
    buf_str(c->b, S("{\"results\":["));
    for (int t = 0; t < HS_TYPES; t++) {
        const struct hs_object *o = &c->p->object[t];
        int64_t used = (int64_t)c->p->world->table[o->type].live;
        if (!records) {
            used = 0;
            for (size_t i = 0; !labels && i < o->properties; i++)
                used += !(o->property[i].flags & HS_DEFINED) && !o->property[i].archived_ms;
            for (int k = 0; labels && k < HS_TYPES; k++)
                for (size_t i = 0; i < c->p->pair[t][k].types; i++)
                    used += c->p->pair[t][k].type[i].user && !c->p->pair[t][k].type[i].dead;
        }
        buf_fmt(c->b,
                "%s{\"objectTypeId\":\"%s\",\"limit\":%lld,\"usage\":%lld,\"percentage\":%.2f}",
                t ? "," : "", o->id, (long long)limit, (long long)used,
                100.0 * (double)used / (double)limit);
    }
    buf_str(c->b, S("]}"));
}

/* ---- owners (H17) ---------------------------------------------------------------------------- */

static void put_owner(struct hs_call *c, const struct hs_owner *o)
{
    buf_fmt(c->b, "{\"id\":\"%lld\",\"email\":", (long long)o->id);
    if (o->email[0])
        json_quote(c->b, str_from(o->email));
    else
        buf_str(c->b, S("null"));
    buf_fmt(c->b, ",\"type\":\"%s\",\"firstName\":", o->user ? "PERSON" : "QUEUE");
    json_quote(c->b, str_from(o->first));
    buf_str(c->b, S(",\"lastName\":"));
    json_quote(c->b, str_from(o->last));
    if (o->user && !o->archived) /* H17.4 */
        buf_fmt(c->b, ",\"userId\":%lld", (long long)o->user);
    else
        buf_str(c->b, S(",\"userId\":null"));
    if (o->user)
        buf_fmt(c->b, ",\"userIdIncludingInactive\":%lld", (long long)o->user);
    if (o->team) {
        buf_str(c->b, S(",\"teams\":[{\"id\":\"5\",\"name\":"));
        json_quote(c->b, str_from(o->team));
        buf_str(c->b, S(",\"primary\":true}]"));
    }
    buf_fmt(c->b, ",\"createdAt\":\"%.*s\",\"updatedAt\":\"%.*s\",\"archived\":%s}",
            STR_ARG(iso_ms(c->a, o->created_ms)), STR_ARG(iso_ms(c->a, o->updated_ms)),
            o->archived ? "true" : "false");
}

static void owner(struct hs_call *c, struct str id, bool archived)
{
    bool by_user = str_eq(hs_param(c, "idProperty"), S("userId"));
    for (size_t i = 0; i < c->p->owners; i++) {
        const struct hs_owner *o = &c->p->owner[i];
        int64_t n = 0;
        if (o->archived == archived && str_to_i64(id, &n) && (by_user ? o->user : o->id) == n) {
            put_owner(c, o);
            return;
        }
    }
    hs_no_resource(c, S("Could not find owner"));
}

void hs_owners(struct hs_call *c, struct str rest)
{
    struct str id = STR_NONE, after, email = hs_param(c, "email");
    int64_t limit, given = 0, position = 0;
    bool archived = hs_flag(c, "archived");
    size_t i = 0;
    if (!hs_scope(c, "crm.objects.owners.read"))
        return;
    if (hs_segment(c, &rest, &id)) {
        owner(c, id, archived);
        return;
    }
    if (!hs_paging(c, 500, 100, &limit, &after))
        return;
    (void)str_to_i64(after, &position);
    buf_str(c->b, S("{\"results\":["));
    for (; i < c->p->owners && given < limit; i++) {
        const struct hs_owner *o = &c->p->owner[i];
        if (o->archived != archived || o->id <= position ||
            (email.n && !str_eq_nocase(email, str_from(o->email))))
            continue;
        if (given++)
            buf_char(c->b, ',');
        put_owner(c, o);
    }
    buf_char(c->b, ']');
    if (i < c->p->owners && given == limit)
        buf_fmt(c->b, ",\"paging\":{\"next\":{\"after\":\"%lld\",\"link\":\"\"}}",
                (long long)c->p->owner[i - 1].id);
    buf_char(c->b, '}');
}
