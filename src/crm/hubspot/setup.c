/* Our key property (S8.1), and whose installation may write (S8.7). */
#include <string.h>

#include "crm/hubspot/hs_p.h"

#define CLAIM "Tandem installation "

static struct str property_path(struct hubspot *hs, struct arena *a, bool one)
{
    return str_fmt(a, "/crm/properties/%.*s/companies%s%.*s", STR_ARG(hs->version), one ? "/" : "",
                   one ? (int)hs->key.n : 0, hs->key.p);
}

/* "…(Tandem installation abc)" names who writes (S8.7). */
static struct str claimed_by(struct str description)
{
    ptrdiff_t at = str_find(description, S(CLAIM));
    if (at < 0)
        return STR_NONE;
    struct str rest = str_slice(description, (size_t)at + sizeof(CLAIM) - 1, description.n), id;
    return str_cut(&rest, ')', &id) ? str_trim(id) : STR_NONE;
}

static bool look(struct hubspot *hs, struct arena *a, struct crm_setup *out, bool *there,
                 struct err *e)
{
    struct http_exchange x = {.req = {.path = property_path(hs, a, true), .repeatable = true}};
    yyjson_val *root;
    *there = false;
    if (!hs_call(hs, a, &x, &root, e)) {
        if (x.answered && x.res.status == 404)
            return true;
        return false;
    }
    *there = true;
    out->installation = claimed_by(json_get(root, "description"));
    bool unique = json_bool(yyjson_obj_get(root, "hasUniqueValue"), false);
    bool read_only = json_bool(json_at(root, "modificationMetadata", "readOnlyValue", NULL), false);
    out->key_ready = unique && !read_only;
    if (!out->key_ready)
        out->todo = str_fmt(a,
                            "the company property %.*s exists but is not a unique text property"
                            " that may be written: delete it in HubSpot (it cannot be changed),"
                            " then run `tandem setup` again",
                            STR_ARG(hs->key));
    return true;
}

static bool put_claim(struct hubspot *hs, struct arena *a, bool there, struct str installation,
                      int *status, struct err *e)
{
    yyjson_val *root;
    struct str text = str_fmt(a,
                              "The id of the Salesforce account this company is kept in step with."
                              " Written by Tandem; please leave it alone. (" CLAIM "%.*s)",
                              STR_ARG(installation));
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(a, &o);
    json_put(d, o, "description", text);
    if (!there) {
        json_put(d, o, "name", hs->key);
        json_put(d, o, "label", S("Tandem account id"));
        json_put(d, o, "type", S("string"));
        json_put(d, o, "fieldType", S("text"));
        json_put(d, o, "groupName", S("companyinformation"));
        yyjson_mut_obj_add_bool(d, o, "hasUniqueValue", true);
    }
    struct http_exchange x = {.req = {.method = there ? HTTP_PATCH : HTTP_POST,
                                      .path = property_path(hs, a, there),
                                      .body = json_print(a, d),
                                      .repeatable = true}};
    bool ok = hs_call(hs, a, &x, &root, e);
    *status = x.res.status;
    return ok;
}

bool hs_setup(struct crm *crm, struct arena *a, enum crm_claim claim, struct str installation,
              struct crm_setup *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    bool there;
    int status;
    *out = (struct crm_setup){.key_name = hs->key};
    if (!look(hs, a, out, &there, e))
        return err_wrap(e, "looking at the property %.*s", STR_ARG(hs->key));
    bool ours = claim == CRM_TAKE_OVER ? there : claim == CRM_MAKE && !out->installation.n;
    if (!ours || (there && !out->key_ready))
        return true;
    bool put = put_claim(hs, a, there, installation, &status, e);
    if (!put && status == 409 && !there) /* made by an attempt without answer, or by another */
        return look(hs, a, out, &there, e);
    if (!put)
        return err_wrap(e, "making the property %.*s", STR_ARG(hs->key));
    out->key_ready = true;
    out->key_made = !there;
    out->installation = installation;
    return true;
}
