/* setup: our key field on Account (SF 7.9), and what our user may do (S17.4). */
#include <string.h>

#include "crm/salesforce/sf_p.h"

#define SETS_MAX 20 /* permission sets tried; a user has few of its own */

static struct str state_of_key(struct salesforce *sf, struct arena *a)
{
    if (!sf->has_key || sf->key_usable)
        return STR_NONE;
    return str_fmt(a,
                   "Account.%.*s exists but is not a text field that is External ID and Unique and"
                   " that our user may read and edit: correct the field or the permission set",
                   STR_ARG(sf->key));
}

static bool look(struct salesforce *sf, struct arena *a, struct crm_setup *out, struct err *e)
{
    struct schema schema;
    if (!sf->crm.ops->schema(&sf->crm, a, &schema, e))
        return false;
    if (sf->m && (sf->key_at >= 0) != sf->has_key) /* it came or went: readings want it, or not */
        sf->crm.ops->bind(&sf->crm,
                          &(struct crm_binding){sf->m, str_dup(a, sf->portal), sf->overlap_ms});
    out->key_ready = sf->key_usable;
    out->key_name = sf->key;
    out->todo = state_of_key(sf, a);
    return true;
}

/* The permission sets that are assigned to our user. */
static bool permission_sets(struct salesforce *sf, struct arena *a, struct str *set, size_t *n,
                            struct err *e)
{
    yyjson_val *root, *obj;
    yyjson_arr_iter it;
    int64_t asked;
    struct str soql =
        str_fmt(a,
                "SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId ="
                " %.*s AND PermissionSet.IsOwnedByProfile = false LIMIT %d",
                STR_ARG(sf_literal(a, sf->user_id)), SETS_MAX);
    *n = 0;
    if (!sf_query(sf, a, soql, false, &root, &asked, e))
        return false;
    yyjson_arr_iter_init(yyjson_obj_get(root, "records"), &it);
    while ((obj = yyjson_arr_iter_next(&it)) && *n < SETS_MAX) {
        struct str id = json_get(obj, "PermissionSetId");
        if (id.n)
            set[(*n)++] = id;
    }
    return true;
}

static bool make_field(struct salesforce *sf, struct arena *a, bool *made, struct err *e)
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
    *made = sf_call(sf, a, &x, &root, e);
    /* It may be there already, made earlier and seen by nobody (SF 7.9). */
    return *made || strstr(e->code, "DUPLICATE") != NULL;
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
    return sf_call(sf, a, &x, &root, e) || strstr(e->code, "DUPLICATE") != NULL;
}

static bool passing(const struct err *e)
{
    return e->kind != ERR_REJECTED && e->kind != ERR_REFUSED;
}

static void todo_make(struct salesforce *sf, struct arena *a, const struct err *why,
                      struct crm_setup *out)
{
    out->todo = str_fmt(a,
                        "our user may not make fields (%s). An administrator deploys what `tandem"
                        " setup --package DIR` writes, or makes on Account the text field %.*s,"
                        " length 64, External ID, Unique, not case sensitive, with Read and Edit in"
                        " a permission set of our user; then `tandem setup` runs again",
                        why->msg, STR_ARG(sf->key));
}

static void todo_show(struct salesforce *sf, struct arena *a, struct crm_setup *out)
{
    out->todo =
        str_fmt(a,
                "Account.%.*s is there but our user does not see it: assign a permission set"
                " to our user that gives Read and Edit on it, then run `tandem setup` again",
                STR_ARG(sf->key));
}

bool sf_setup(struct crm *crm, struct arena *a, enum crm_claim claim, struct str installation,
              struct crm_setup *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    struct str set[SETS_MAX];
    size_t sets = 0;
    struct err why;
    (void)installation; /* HubSpot's property holds the claim (S8.7) */
    *out = (struct crm_setup){.key_name = sf->key};
    if (claim == CRM_LOOK && sf->described) { /* the schema was read at opening */
        out->key_ready = sf->key_usable;
        out->todo = state_of_key(sf, a);
        return true;
    }
    if (!look(sf, a, out, e))
        return false;
    if (claim != CRM_MAKE || out->key_ready || out->todo.n)
        return true;
    if (!make_field(sf, a, &out->key_made, &why)) {
        if (passing(&why))
            return *e = why, false;
        todo_make(sf, a, &why, out);
        return true;
    }
    if (!permission_sets(sf, a, set, &sets, &why) && passing(&why))
        return *e = why, false;
    for (size_t i = 0; i < sets && !out->key_ready; i++) {
        if (!give_permission(sf, a, set[i], &why)) {
            if (passing(&why))
                return *e = why, false;
            continue; /* a managed set, or one of a licence: the next */
        }
        if (!look(sf, a, out, e))
            return false;
        if (sf->has_key)
            break;
    }
    if (!out->key_ready && !out->todo.n)
        todo_show(sf, a, out);
    return true;
}

/* ---- doctor ---------------------------------------------------------------------------------- */

static void add(struct crm_checks *c, struct str what, enum crm_right ok, struct str detail,
                bool needed)
{
    c->check[c->count++] = (struct crm_check){what, ok, detail, needed};
}

static enum crm_right right(bool yes)
{
    return yes ? RIGHT_YES : RIGHT_NO;
}

static void check_field(struct salesforce *sf, struct arena *a, const struct mapping *m,
                        const struct schema *schema, struct crm_checks *out)
{
    const struct field *f = schema_find(schema, m->name[SIDE_SF]);
    bool into = rule_lets_write(m->rule, SIDE_HS); /* what HubSpot says is written here */
    bool writes = !into || (f && f->updateable);
    struct str detail =
        !f        ? S("missing or hidden from our user: the field's name, or field-level security")
        : !writes ? (f->calculated ? S("a formula: map it from Salesforce only")
                                   : S("read-only for our user: field-level security"))
        : into    ? S("read and edit")
                  : S("read");
    if (m->rule != RULE_NONE)
        add(out, str_fmt(a, "Account.%.*s", STR_ARG(m->name[SIDE_SF])), right(f && writes), detail,
            false);
}

static void check_limit(struct arena *a, yyjson_val *limits, const char *key, struct str what,
                        struct crm_checks *out, bool needed)
{
    struct str left = json_get(yyjson_obj_get(limits, key), "Remaining");
    struct str max = json_get(yyjson_obj_get(limits, key), "Max");
    if (!left.n)
        add(out, what, RIGHT_UNKNOWN, S("not shown without View Setup and Configuration"), false);
    else
        add(out, what, right(!str_eq(left, S("0"))),
            str_fmt(a, "%.*s of %.*s left today", STR_ARG(left), STR_ARG(max)), needed);
}

/* The two objects that company to account reads (S3.6), and the one field that it writes (S3.7). */
static bool check_people(struct salesforce *sf, struct arena *a, struct crm_checks *out,
                         struct err *e)
{
    static const struct {
        const char *object, *read;
    } people[] = {{"Contact", "read contacts"}, {"Lead", "read leads"}};
    yyjson_val *root, *field;
    yyjson_arr_iter it;
    struct err why;
    for (size_t i = 0; i < LEN(people); i++) {
        struct str path =
            str_fmt(a, "%.*s/sobjects/%s/describe", STR_ARG(sf->data), people[i].object);
        bool there = sf_get_json(sf, a, path, &root, &why);
        if (!there && passing(&why))
            return *e = why, false;
        add(out, str_from(people[i].read), right(there),
            there ? S("allowed; needed to make accounts from companies")
                  : S("give our user Read and View All on it: companies make no accounts without"),
            false);
        if (i > 0)
            continue;
        out->check[out->count - 1].contacts = true;
        bool edits = false;
        yyjson_arr_iter_init(there ? yyjson_obj_get(root, "fields") : NULL, &it);
        while ((field = yyjson_arr_iter_next(&it)))
            if (str_eq(json_get(field, "name"), S("AccountId")))
                edits = json_bool(yyjson_obj_get(field, "updateable"), false);
        add(out, S("edit Contact.AccountId"), right(edits),
            edits ? S("allowed")
                  : S("give our user Edit on Contact and on its Account Name: private contacts get"
                      " their company's account (S3.7), others change theirs (associations)"),
            false);
        out->check[out->count - 1].contacts = true;
    }
    return true;
}

bool sf_doctor(struct crm *crm, struct arena *a, struct crm_checks *out, struct err *e)
{
    struct salesforce *sf = sf_of(crm);
    struct schema schema;
    struct err why;
    yyjson_val *root, *limits = NULL;
    int64_t asked;
    size_t mapped = sf->m ? sf->m->count : 0;
    *out = (struct crm_checks){ARENA_ARRAY(a, struct crm_check, mapped + 11), 0};
    if (!sf->crm.ops->schema(crm, a, &schema, e)) {
        if (passing(e))
            return false;
        add(out, S("API access"), RIGHT_NO, str_dup(a, str_from(e->msg)), true);
        return true;
    }
    add(out, S("API access"), RIGHT_YES, S("allowed"), true);
    bool reads = sf_query(sf, a, S("SELECT COUNT() FROM Account"), false, &root, &asked, &why);
    if (!reads && passing(&why))
        return *e = why, false;
    add(out, S("read accounts"), right(reads),
        reads ? str_fmt(a, "%lld visible; View All on Account shows all",
                        (long long)json_i64(yyjson_obj_get(root, "totalSize"), 0))
              : S("give our user Read and View All on Account in its permission set"),
        true);
    add(out, S("edit accounts"), right(sf->can_update),
        sf->can_update ? S("allowed") : S("give our user Edit on Account in its permission set"),
        true);
    add(out, S("create accounts"), right(sf->can_create),
        sf->can_create ? S("allowed") : S("give our user Create on Account in its permission set"),
        false);
    struct str todo = state_of_key(sf, a);
    add(out, str_fmt(a, "key field Account.%.*s", STR_ARG(sf->key)), right(sf->key_usable),
        sf->key_usable ? S("external id, unique, read and edit")
        : todo.n       ? todo
                       : S("run `tandem setup`; needed to create accounts only"),
        false);
    for (size_t i = 0; i < mapped; i++)
        check_field(sf, a, &sf->m->map[i], &schema, out);
    if (!check_people(sf, a, out, e))
        return false;
    if (!sf_get_json(sf, a, str_fmt(a, "%.*s/limits", STR_ARG(sf->data)), &limits, &why)) {
        if (passing(&why))
            return *e = why, false;
        limits = NULL;
    }
    check_limit(a, limits, "DailyApiRequests", S("daily calls"), out, true);
    check_limit(a, limits, "DailyBulkV2QueryJobs", S("bulk queries"), out, false);
    return true;
}
