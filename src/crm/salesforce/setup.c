/* Our key field on Account (SF 7.9), and what our user may do. */
#include <string.h>

#include "crm/salesforce/sf_p.h"

static bool look(struct salesforce *sf, struct arena *a, struct crm_setup *out, struct err *e)
{
    struct schema schema;
    *out = (struct crm_setup){.key_name = sf->key};
    if (!sf->crm.ops->schema(&sf->crm, a, &schema, e))
        return false;
    const struct field *f = schema_find(&schema, sf->key);
    if (!f)
        return true;
    out->key_ready = f->external_id && f->unique && f->createable && f->updateable;
    if (!out->key_ready)
        out->todo = str_fmt(a,
                            "Account.%.*s exists but is not an external id that is unique and that"
                            " our user may write: correct the field or the permission set (SF 7.9)",
                            STR_ARG(sf->key));
    return true;
}

/* A permission set that is assigned to our user and may be edited; none = there is none. */
static bool permission_set(struct salesforce *sf, struct arena *a, struct str *out, struct err *e)
{
    yyjson_val *root;
    int64_t asked;
    struct str soql =
        str_fmt(a,
                "SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId ="
                " %.*s AND PermissionSet.IsOwnedByProfile = false LIMIT 1",
                STR_ARG(sf_literal(a, sf->user_id)));
    *out = STR_NONE;
    if (!sf_query(sf, a, soql, false, &root, &asked, e))
        return false;
    *out = json_get(yyjson_arr_get_first(yyjson_obj_get(root, "records")), "PermissionSetId");
    return true;
}

static bool make_field(struct salesforce *sf, struct arena *a, struct err *e)
{
    yyjson_val *root;
    struct http_exchange x = {
        .req = {.method = HTTP_POST,
                .path = str_fmt(a, "%.*s/tooling/sobjects/CustomField", STR_ARG(sf->data)),
                .body = str_fmt(a,
                                "{\"FullName\":\"Account.%.*s\",\"Metadata\":{\"type\":\"Text\","
                                "\"label\":\"Tandem Company Id\",\"length\":64,\"externalId\":true,"
                                "\"unique\":true,\"caseSensitive\":false}}",
                                STR_ARG(sf->key)),
                .timeout_ms = SF_LONG_MS}};
    return sf_call(sf, a, &x, &root, e);
}

static bool give_permission(struct salesforce *sf, struct arena *a, struct str set, struct err *e)
{
    yyjson_val *root;
    struct http_exchange x = {
        .req = {.method = HTTP_POST,
                .path = str_fmt(a, "%.*s/sobjects/FieldPermissions", STR_ARG(sf->data)),
                .body =
                    str_fmt(a,
                            "{\"ParentId\":\"%.*s\",\"SobjectType\":\"Account\",\"Field\":"
                            "\"Account.%.*s\",\"PermissionsRead\":true,\"PermissionsEdit\":true}",
                            STR_ARG(set), STR_ARG(sf->key))}};
    return sf_call(sf, a, &x, &root, e);
}

bool sf_setup(struct crm *crm, struct arena *a, bool make, struct str installation,
              struct crm_setup *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    struct str set;
    struct err why;
    (void)installation; /* HubSpot's property holds the claim (S8.7) */
    if (!make) {        /* the schema was read at opening */
        *out = (struct crm_setup){.key_name = sf->key, .key_ready = sf->has_key};
        return true;
    }
    if (!look(sf, a, out, e) || out->key_ready || out->todo.n)
        return !out->todo.n || out->key_name.n;
    if (!permission_set(sf, a, &set, e))
        return false;
    if (!make_field(sf, a, &why) || (set.n && !give_permission(sf, a, set, &why))) {
        if (why.kind == ERR_RETRY)
            return *e = why, false;
        out->todo = str_fmt(a,
                            "our user may not make fields (%s): an administrator makes the text"
                            " field Account.%.*s, length 64, External ID and Unique, and lets our"
                            " user read and edit it",
                            why.msg, STR_ARG(sf->key));
        return true;
    }
    if (!set.n) {
        out->key_made = true;
        out->todo = str_fmt(a,
                            "Account.%.*s was made but nobody may see it yet: assign a permission"
                            " set to our user that lets it read and edit the field",
                            STR_ARG(sf->key));
        return true;
    }
    if (!look(sf, a, out, e))
        return false;
    out->key_made = true;
    if (!out->key_ready && !out->todo.n)
        out->todo =
            str_fmt(a, "Account.%.*s is not visible yet: run `tandem setup` again in a minute",
                    STR_ARG(sf->key));
    return true;
}

static void add(struct crm_checks *c, struct str what, bool ok, struct str detail, bool needed)
{
    c->check[c->count++] = (struct crm_check){what, ok ? RIGHT_YES : RIGHT_NO, detail, needed};
}

bool sf_doctor(struct crm *crm, struct arena *a, struct crm_checks *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    yyjson_val *root, *limits;
    size_t mapped = sf->m ? sf->m->count : 0;
    *out = (struct crm_checks){ARENA_ARRAY(a, struct crm_check, mapped + 8), 0};
    if (!sf_get_json(sf, a, str_fmt(a, "%.*s/sobjects/Account/describe", STR_ARG(sf->data)), &root,
                     e) ||
        !sf_get_json(sf, a, str_fmt(a, "%.*s/limits", STR_ARG(sf->data)), &limits, e))
        return false;
    static const struct {
        const char *what, *key;
        bool needed;
    } rights[] = {{"read accounts", "queryable", true},
                  {"edit accounts", "updateable", true},
                  {"create accounts", "createable", false}};
    for (size_t i = 0; i < LEN(rights); i++) {
        bool ok = json_bool(yyjson_obj_get(root, rights[i].key), false);
        add(out, str_from(rights[i].what), ok,
            ok ? S("allowed") : S("give our user this right on Account in its permission set"),
            rights[i].needed);
    }
    add(out, str_fmt(a, "key field Account.%.*s", STR_ARG(sf->key)), sf->has_key,
        sf->has_key ? S("there") : S("run `tandem setup`; needed to create accounts only"), false);
    for (size_t i = 0; i < mapped; i++) {
        const struct mapping *m = &sf->m->map[i];
        const struct field *f = &m->meta[SIDE_SF];
        if (m->rule == RULE_NONE)
            continue;
        bool reads = f->readable && f->type != FIELD_OTHER;
        bool writes = !rule_lets_write(m->rule, SIDE_HS) || f->updateable;
        add(out, str_fmt(a, "Account.%.*s", STR_ARG(m->name[SIDE_SF])), reads && writes,
            !reads ? S("hidden from our user or missing: field-level security, or the field's name")
            : !writes ? S("read-only for our user: field-level security")
                      : S("read and edit"),
            false);
    }
    yyjson_val *daily = yyjson_obj_get(limits, "DailyApiRequests");
    struct str left = json_get(daily, "Remaining"), max = json_get(daily, "Max");
    add(out, S("daily calls"), !str_eq(left, S("0")),
        str_fmt(a, "%.*s of %.*s left", STR_ARG(left), STR_ARG(max)), true);
    return true;
}
