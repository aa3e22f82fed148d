/* hs_error: the shapes of HubSpot's refusals (H5). */
#include "sandbox/http/hs_p.h"

void hs_correlation(struct sandbox *s, struct buf *b)
{
    buf_fmt(b, "\"correlationId\":\"00000000-0000-4000-8000-%012llx\"",
            (unsigned long long)++s->trace_serial);
}

void hs_error(struct hs_call *c, int status, const char *category, struct str message)
{
    c->r->status = status;
    buf_clear(c->b);
    buf_str(c->b, S("{\"status\":\"error\",\"message\":"));
    json_quote(c->b, message);
    buf_char(c->b, ',');
    hs_correlation(c->s, c->b);
    buf_fmt(c->b, ",\"category\":\"%s\"}", category);
}

void hs_invalid(struct hs_call *c, struct str message)
{
    hs_error(c, 400, "VALIDATION_ERROR", message);
}

void hs_not_found(struct hs_call *c)
{
    hs_error(c, 404, "OBJECT_NOT_FOUND", S("Object not found.  objectId are usually numeric."));
    c->b->n--;
    buf_str(c->b, S(",\"subCategory\":\"crm.objects.OBJECT_NOT_FOUND\"}"));
}

void hs_no_resource(struct hs_call *c, struct str message)
{
    hs_error(c, 404, "OBJECT_NOT_FOUND", message);
}

void hs_no_path(struct hs_call *c)
{
    c->r->status = 404;
    c->r->content_type = "text/html";
    buf_clear(c->b);
    buf_str(c->b, S("<html><body>Not found</body></html>"));
}

/* H5.6: a sentence with a list in it. */
static struct str sentence(struct hs_call *c, const struct hs_refusal *why)
{
    struct buf b;
    if (!str_eq(why->message, S("Property values were not valid")))
        return why->message;
    buf_init(&b, MIB);
    buf_str(&b, S("Property values were not valid: ["));
    for (size_t i = 0; i < why->problems; i++) {
        const struct hs_problem *p = &why->problem[i];
        buf_str(&b,
                i ? S(",{\"isValid\":false,\"message\":") : S("{\"isValid\":false,\"message\":"));
        json_quote(&b, p->message);
        buf_fmt(&b, ",\"error\":\"%s\",\"name\":", p->code);
        json_quote(&b, p->property);
        buf_str(&b, S(",\"localizedErrorMessage\":"));
        json_quote(&b, p->message);
        buf_str(&b, S(",\"portalId\":" SANDBOX_PORTAL "}"));
    }
    buf_char(&b, ']');
    struct str out = str_dup(c->a, buf_view(&b));
    buf_release(&b);
    return out;
}

static void put_problems(struct buf *b, const struct hs_refusal *why)
{
    buf_str(b, S(",\"errors\":["));
    for (size_t i = 0; i < why->problems; i++) {
        const struct hs_problem *p = &why->problem[i];
        buf_str(b, i ? S(",{\"message\":") : S("{\"message\":"));
        json_quote(b, p->message);
        buf_fmt(b, ",\"code\":\"%s\",\"in\":\"properties\",\"context\":{\"propertyName\":[",
                p->code);
        json_quote(b, p->property);
        buf_str(b, S("]}}"));
    }
    buf_char(b, ']');
}

static void put_members(struct hs_call *c, struct buf *b, const struct hs_refusal *why)
{
    buf_str(b, S("{\"status\":\"error\",\"message\":"));
    json_quote(b, sentence(c, why));
    buf_char(b, ',');
    hs_correlation(c->s, b);
    buf_fmt(b, ",\"category\":\"%s\"", why->category);
    if (why->sub)
        buf_fmt(b, ",\"subCategory\":\"%s\"", why->sub);
    if (why->problems)
        put_problems(b, why);
}

void hs_refuse(struct hs_call *c, const struct hs_refusal *why)
{
    c->r->status = why->status;
    buf_clear(c->b);
    put_members(c, c->b, why);
    if (why->existing.n)
        buf_fmt(c->b, ",\"context\":{\"existingId\":[\"%.*s\"]}", STR_ARG(why->existing));
    buf_char(c->b, '}');
}

void hs_put_refusal(struct hs_call *c, struct buf *b, const struct hs_refusal *why,
                    struct str trace)
{
    put_members(c, b, why);
    buf_str(b, S(",\"context\":{"));
    if (why->existing.n)
        buf_fmt(b, "\"existingId\":[\"%.*s\"]%s", STR_ARG(why->existing), trace.n ? "," : "");
    if (trace.n) {
        buf_str(b, S("\"objectWriteTraceId\":["));
        json_quote(b, trace);
        buf_char(b, ']');
    }
    buf_str(b, S("}}"));
}
