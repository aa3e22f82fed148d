/* doctor: what the token may do, asked in ways that change nothing (S17.4). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

/* A batch of nothing is refused for its scope before it is looked at, so it tells of the right to
 * write without writing. */
#define NOTHING "{\"inputs\":[]}"

struct probe {
    const char *what, *scope, *feature; /* feature: what it is for; NULL = any sync */
    const char *path;                   /* %s: the version of the records; lists have their own */
    const char *body;                   /* sent with POST; NULL = GET */
    bool needed, contacts;
};

enum { PROBE_READ, PROBE_EDIT, PROBE_PROPERTIES };
static const struct probe probes[] = {
    [PROBE_READ] = {"read companies", "crm.objects.companies.read", NULL,
                    "/crm/objects/%s/companies?limit=1", NULL, true},
    [PROBE_EDIT] = {"edit companies", "crm.objects.companies.write", NULL,
                    "/crm/objects/%s/companies/batch/update", NOTHING, true},
    [PROBE_PROPERTIES] = {"read company properties", "crm.schemas.companies.read", NULL,
                          "/crm/properties/%s/companies", NULL, true},
    {"read contacts", "crm.objects.contacts.read",
     "accounts from companies, companies known by their people, lifecycle stages",
     "/crm/objects/%s/contacts?limit=1", NULL, false, .contacts = true},
    {"edit contacts", "crm.objects.contacts.write", "contacts' primary companies (associations)",
     "/crm/objects/%s/contacts/batch/update", NOTHING, false, .contacts = true},
    {"read lists", "crm.lists.read", "an inclusion list", "/crm/lists/2026-03/search",
     "{\"count\":1}", false},
    {"read owners", "crm.objects.owners.read", "owners", "/crm/owners/%s?limit=1", NULL, false},
};

/* False: no answer at all. A refusal for another reason than rights is none. */
static bool ask(struct hubspot *hs, struct arena *a, const struct probe *p, struct crm_check *out,
                struct err *e)
{
    yyjson_val *root;
    const char *at = strstr(p->path, "%s");
    struct http_exchange x = {
        .req = {.method = p->body ? HTTP_POST : HTTP_GET, .repeatable = true}};
    x.req.path =
        at ? str_fmt(a, "%.*s%.*s%s", (int)(at - p->path), p->path, STR_ARG(hs->version), at + 2)
           : str_from(p->path);
    x.req.body = str_from(p->body);
    bool ok = hs_call(hs, a, &x, &root, e);
    if (!ok && !x.answered)
        return false;
    bool may = ok || (x.res.status != 401 && x.res.status != 403);
    *out = (struct crm_check){
        .what = str_from(p->what),
        .ok = may ? RIGHT_YES : RIGHT_NO,
        .detail = may ? str_from(p->scope)
                      : str_fmt(a, "give the token the scope %s%s%s", p->scope,
                                p->feature ? "; needed for " : "", p->feature ? p->feature : ""),
        .needed = p->needed,
        .contacts = p->contacts,
    };
    return true;
}

/* Our key property, where properties may be read at all (S8.1). */
static bool ask_key(struct crm *crm, struct arena *a, struct crm_checks *out, struct err *e)
{
    struct crm_setup key;
    if (!hs_setup(crm, a, CRM_LOOK, STR_NONE, &key, e))
        return false;
    out->check[out->count++] = (struct crm_check){
        .what = str_fmt(a, "key property company.%.*s", STR_ARG(key.key_name)),
        .ok = key.key_ready ? RIGHT_YES : RIGHT_NO,
        .detail = key.key_ready ? S("unique, read and write")
                  : key.todo.n  ? key.todo
                                : S("run `tandem setup`; needed to create companies only")};
    return true;
}

static struct crm_check of_mapping(struct arena *a, const struct mapping *m)
{
    const struct field *f = &m->meta[SIDE_HS];
    bool reads = f->readable && f->type != FIELD_OTHER;
    bool writes = !rule_lets_write(m->rule, SIDE_SF) || f->updateable ||
                  m->kind == MAPPING_PARENT; /* by associations, with the right to edit companies */
    return (struct crm_check){
        .what = str_fmt(a, "company.%.*s", STR_ARG(m->name[SIDE_HS])),
        .ok = reads && writes ? RIGHT_YES : RIGHT_NO,
        .detail = !reads    ? S("the property does not exist or is archived")
                  : !writes ? S("the property is read-only")
                            : S("read and write"),
    };
}

bool hs_doctor(struct crm *crm, struct arena *a, struct crm_checks *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    size_t mapped = hs->m ? hs->m->count : 0;
    *out = (struct crm_checks){ARENA_ARRAY(a, struct crm_check, LEN(probes) + mapped + 2), 0};
    for (size_t i = 0; i < LEN(probes); i++)
        if (!ask(hs, a, &probes[i], &out->check[out->count++], e))
            return false;
    if (out->check[PROBE_PROPERTIES].ok == RIGHT_YES && !ask_key(crm, a, out, e))
        return false;
    for (size_t i = 0; i < mapped; i++)
        if (hs->m->map[i].rule != RULE_NONE)
            out->check[out->count++] = of_mapping(a, &hs->m->map[i]);
    struct http_quota q = http_quota(crm->http);
    out->check[out->count++] = (struct crm_check){
        .what = S("daily calls"),
        .ok = q.day_left == 0  ? RIGHT_NO
              : q.day_left > 0 ? RIGHT_YES
                               : RIGHT_UNKNOWN,
        .detail = q.day_max >= 0
                      ? str_fmt(a, "%lld of %lld left", (long long)q.day_left, (long long)q.day_max)
                      : S("not told by this kind of token")};
    return true;
}
