/* hs: the HubSpot side on the wire: versions, routes, rights (H1, H2, H3.14-H3.18, H24). */
#include "sandbox/http/hs_p.h"

/* ---- requests -------------------------------------------------------------------------------- */

bool hs_is(const struct hs_call *c, const char *method)
{
    return str_eq(c->q->method, str_from(method));
}

struct str hs_param(struct hs_call *c, const char *name)
{
    return c->q->query.n ? url_query_get(c->a, c->q->query, str_from(name)) : STR_NONE;
}

struct str hs_params(struct hs_call *c, const char *name)
{
    struct str rest = c->q->query, part, out = STR_NONE;
    while (rest.n && str_cut(&rest, '&', &part)) {
        struct str value = part, key;
        str_cut(&value, '=', &key);
        if (!str_eq(key, str_from(name)))
            continue;
        value = url_decoded(c->a, value, true);
        out = out.n ? str_fmt(c->a, "%.*s,%.*s", STR_ARG(out), STR_ARG(value)) : value;
    }
    return out;
}

bool hs_flag(struct hs_call *c, const char *name)
{
    return str_eq(hs_param(c, name), S("true"));
}

bool hs_segment(struct hs_call *c, struct str *rest, struct str *out)
{
    while (rest->n && rest->p[0] == '/')
        *rest = str_slice(*rest, 1, rest->n);
    if (!rest->n || !str_cut(rest, '/', out))
        return false;
    *out = url_decoded(c->a, *out, false);
    return true;
}

bool hs_body(struct hs_call *c, yyjson_val **root)
{
    struct err why;
    if (json_parse(c->a, c->q->body, root, &why))
        return true;
    hs_invalid(c, str_fmt(c->a, "Invalid input JSON on line 1, column 1: %s", why.msg));
    return false;
}

struct hs_save hs_saving(struct hs_call *c)
{
    return (struct hs_save){
        .portal = c->p, .a = c->a, .now_ms = c->now_ms, .source = W_FROM_API, .strict = c->strict};
}

bool hs_paging(struct hs_call *c, int64_t most, int64_t usual, int64_t *limit, struct str *after)
{
    struct str text = hs_param(c, "limit");
    int64_t n = usual;
    *after = hs_param(c, "after");
    if ((!text.n || str_to_i64(text, &n)) && n >= 1 && n <= most) {
        *limit = n;
        return true;
    }
    hs_invalid(c, str_fmt(c->a, "limit must be between 1 and %lld", (long long)most));
    return false;
}

/* ---- rights ---------------------------------------------------------------------------------- */

static bool has_scope(const struct hs_token *t, struct str wanted)
{
    struct str rest = str_from(t->scopes), one;
    if (!rest.n)
        return true;
    while (str_cut(&rest, ' ', &one))
        if (str_eq(one, wanted))
            return true;
    return false;
}

bool hs_scope(struct hs_call *c, const char *scope)
{
    if (!c->token || has_scope(c->token, str_from(scope)))
        return true;
    c->r->status = 403;
    buf_clear(c->b);
    buf_str(c->b, S("{\"status\":\"error\",\"message\":\"One or more of the following scopes are "
                    "required.\","));
    hs_correlation(c->s, c->b);
    buf_fmt(c->b,
            ",\"context\":{\"requiredGranularScopes\":[\"%s\"],\"links\":"
            "[\"https://developers.hubspot.com/scopes\"]},\"category\":\"MISSING_SCOPES\"}",
            scope);
    return false;
}

bool hs_object_scope(struct hs_call *c, const struct hs_object *o, bool write)
{
    static const char *const names[HS_TYPES][2] = {
        [HS_COMPANY] = {"crm.objects.companies.read", "crm.objects.companies.write"},
        [HS_CONTACT] = {"crm.objects.contacts.read", "crm.objects.contacts.write"}};
    return hs_scope(c, names[hs_type_of(c->p, o)][write]);
}

static bool known(struct hs_call *c)
{
    c->token = hs_token_of(c->state, c->q->authorization);
    if (c->token && !c->token->expires_ms && !sandbox_fault(c->s, "expired", "hubspot", c->q->path))
        return true;
    bool late = c->token && c->token->expires_ms;
    if (late && c->now_ms < c->token->expires_ms &&
        !sandbox_fault(c->s, "expired", "hubspot", c->q->path))
        return true;
    if (!late) {
        hs_error(c, 401, "INVALID_AUTHENTICATION",
                 S("Authentication credentials not found. This API supports OAuth 2.0 "
                   "authentication and you can find more details at "
                   "https://developers.hubspot.com/docs/methods/auth/oauth-overview"));
        return false;
    }
    int64_t ago = MAX(c->now_ms - c->token->expires_ms, 0) / 1000;
    hs_error(c, 401, "EXPIRED_AUTHENTICATION",
             str_fmt(c->a, "The OAuth token used to make this call expired %lld second(s) ago.",
                     (long long)ago));
    c->b->n--;
    buf_fmt(c->b, ",\"context\":{\"expire time\":[\"%.*s\"]}}",
            STR_ARG(iso_ms(c->a, c->token->expires_ms)));
    return false;
}

/* ---- routes ---------------------------------------------------------------------------------- */

/* "v3", "2026-09", "2027-03-beta" */
static bool version_of(struct hs_call *c, struct str s)
{
    bool numbered = s.n == 2 && s.p[0] == 'v' && s.p[1] >= '1' && s.p[1] <= '4';
    bool dated =
        s.n >= 7 && s.p[4] == '-' && str_cmp(s, S("2026-03")) >= 0 && str_cmp(s, S("2027-04")) < 0;
    c->version = s;
    c->dated = dated;
    c->strict = dated && str_cmp(s, S("2026-09")) >= 0;
    return numbered || dated;
}

static void dispatch(struct hs_call *c)
{
    static const struct {
        const char *family;
        void (*answer)(struct hs_call *c, struct str rest);
    } table[] = {{"objects", hs_objects},
                 {"properties", hs_properties},
                 {"associations", hs_associations},
                 {"lists", hs_lists},
                 {"owners", hs_owners},
                 {"property-validations", hs_validations},
                 {"limits", hs_limits}};
    struct str rest = c->q->path, first = STR_NONE, second = STR_NONE, family = STR_NONE;
    hs_segment(c, &rest, &first);
    hs_segment(c, &rest, &second);
    if (str_eq(first, S("account-info")) && version_of(c, second)) {
        hs_account(c, rest);
        return;
    }
    if (str_eq(first, S("crm"))) {
        bool before = version_of(c, second); /* /crm/v3/objects, /crm/objects/2026-09 */
        family = second;
        struct str third = STR_NONE;
        hs_segment(c, &rest, &third);
        if (before)
            family = third;
        bool good = before || (version_of(c, third) && c->dated);
        for (size_t i = 0; good && i < LEN(table); i++)
            if (str_eq(family, str_from(table[i].family))) {
                table[i].answer(c, rest);
                return;
            }
    }
    hs_no_path(c);
}

static bool is_oauth(struct hs_call *c, struct str *rest)
{
    struct str first = STR_NONE;
    *rest = c->q->path;
    return hs_segment(c, rest, &first) && str_eq(first, S("oauth"));
}

void hs_handle(void *who, const struct request *q, struct response *r)
{
    struct sandbox *s = who;
    struct str rest;
    struct hs_call c = {.s = s,
                        .p = &s->portal,
                        .state = s->hs,
                        .q = q,
                        .r = r,
                        .a = q->a,
                        .b = r->body,
                        .now_ms = sandbox_now(s)};
    response_header(r, "Date", http_date(q->a, c.now_ms));
    hs_enrich(c.p, c.now_ms);
    if (sandbox_weather(s, "hubspot", q, r)) {
        sandbox_count(s, "hubspot", q, r);
        return;
    }
    if ((int64_t)(q->path.n + q->query.n) > s->hs->uri_max) { /* H2.8 */
        r->status = 414;
        r->content_type = "text/html";
        buf_str(r->body, S("<html><body><h1>414 Request-URI Too Large</h1></body></html>"));
    } else if (is_oauth(&c, &rest)) {
        hs_oauth(&c, rest);
    } else if (known(&c) && hs_quota(&c, str_ends(q->path, S("/search")) &&
                                             str_find(q->path, S("/objects")) >= 0)) {
        dispatch(&c);
    }
    sandbox_weather_after(s, "hubspot", q, r);
    sandbox_count(s, "hubspot", q, r);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

void hs_init(struct sandbox *s)
{
    s->hs = calloc(1, sizeof(*s->hs));
    if (!s->hs)
        abort();
    hs_portal_init(&s->portal, &s->world);
    s->portal.on.enrichment_ms = 5000;
    s->hs->token_life_ms = 1800000; /* H3.10 */
    s->hs->uri_max = 16384;
    hs_tokens_init(s->hs);
}

void hs_close(struct sandbox *s)
{
    hs_hits_free(s->hs);
    free(s->hs);
    s->hs = NULL;
    hs_portal_release(&s->portal);
}
