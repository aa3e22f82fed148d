/* sf_schema: the objects of the org and their fields (SF 14), and the values that are not stored.
 */
#include <stdlib.h>
#include <string.h>

#include "sandbox/world/sf.h"

static const char *const industries[] = {"Agriculture",
                                         "Apparel",
                                         "Banking",
                                         "Biotechnology",
                                         "Chemicals",
                                         "Communications",
                                         "Construction",
                                         "Consulting",
                                         "Education",
                                         "Electronics",
                                         "Energy",
                                         "Engineering",
                                         "Entertainment",
                                         "Environmental",
                                         "Finance",
                                         "Food & Beverage",
                                         "Government",
                                         "Healthcare",
                                         "Hospitality",
                                         "Insurance",
                                         "Machinery",
                                         "Manufacturing",
                                         "Media",
                                         "Not For Profit",
                                         "Recreation",
                                         "Retail",
                                         "Shipping",
                                         "Technology",
                                         "Telecommunications",
                                         "Transportation",
                                         "Utilities",
                                         "Other",
                                         NULL};
static const char *const account_types[] = {"Prospect",
                                            "Customer - Direct",
                                            "Customer - Channel",
                                            "Channel Partner / Reseller",
                                            "Installation Partner",
                                            "Technology Partner",
                                            "Other",
                                            NULL};
static const char *const ratings[] = {"Hot", "Warm", "Cold", NULL};
static const char *const ownerships[] = {"Public", "Private", "Subsidiary", "Other", NULL};
static const char *const sources[] = {
    "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other", NULL};
static const char *const clean_states[] = {"Matched",     "Different", "Acknowledged",
                                           "NotFound",    "Inactive",  "Pending",
                                           "SelectMatch", "Skipped",   NULL};
static const char *const lead_states[] = {"Open - Not Contacted", "Working - Contacted",
                                          "Closed - Converted", "Closed - Not Converted", NULL};
static const char *const salutations[] = {"Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.", NULL};
static const char *const editions[] = {"Developer Edition", "Enterprise Edition", NULL};

#define RO SF_READ_ONLY
#define TEXT(n, l, len)                                                                            \
    {                                                                                              \
        n, l, "string", len                                                                        \
    }
#define TYPED(n, l, t, len)                                                                        \
    {                                                                                              \
        n, l, t, len                                                                               \
    }
#define LONG_TEXT(n, l, len)                                                                       \
    {                                                                                              \
        n, l, "textarea", len, 0, 0, SF_NO_FILTER                                                  \
    }
#define PICK(n, l, list)                                                                           \
    {                                                                                              \
        n, l, "picklist", 255, 0, 0, 0, SYS_NONE, NULL, NULL, list                                 \
    }
#define NUMBER(n, l, t, p, s)                                                                      \
    {                                                                                              \
        n, l, t, 0, p, s                                                                           \
    }
#define REF(n, l, to, rel, f)                                                                      \
    {                                                                                              \
        n, l, "reference", 18, 0, 0, f, SYS_NONE, to, rel                                          \
    }
#define FLAG(n, l, f)                                                                              \
    {                                                                                              \
        n, l, "boolean", 0, 0, 0, (f) | SF_DEFAULTED                                               \
    }
#define SYSTEM_FIELDS                                                                              \
    {"Id", "Record ID", "id", 18, 0, 0, RO | SF_DEFAULTED | SF_CASE, SYS_ID},                      \
    {                                                                                              \
        "IsDeleted", "Deleted", "boolean", 0, 0, 0, RO | SF_DEFAULTED, SYS_DELETED                 \
    }
#define STAMPS                                                                                     \
    {"CreatedDate", "Created Date", "datetime", 0, 0, 0, RO | SF_DEFAULTED, SYS_CREATED},          \
        {"CreatedById",     "Created By ID", "reference", 18,         0, 0,                        \
         RO | SF_DEFAULTED, SYS_CREATED_BY,  "User",      "CreatedBy"},                            \
        {"LastModifiedDate", "Last Modified Date", "datetime", 0, 0, 0, RO | SF_DEFAULTED,         \
         SYS_EDITED},                                                                              \
        {"LastModifiedById",                                                                       \
         "Last Modified By ID",                                                                    \
         "reference",                                                                              \
         18,                                                                                       \
         0,                                                                                        \
         0,                                                                                        \
         RO | SF_DEFAULTED,                                                                        \
         SYS_EDITED_BY,                                                                            \
         "User",                                                                                   \
         "LastModifiedBy"},                                                                        \
    {                                                                                              \
        "SystemModstamp", "System Modstamp", "datetime", 0, 0, 0, RO | SF_DEFAULTED, SYS_STAMP     \
    }
#define MASTER(to)                                                                                 \
    {                                                                                              \
        "MasterRecordId", "Master Record ID", "reference", 18, 0, 0, RO, SYS_MASTER, to,           \
            "MasterRecord"                                                                         \
    }
#define OWNER                                                                                      \
    {                                                                                              \
        "OwnerId", "Owner ID", "reference", 18, 0, 0, SF_DEFAULTED, SYS_OWNER, "User", "Owner"     \
    }
#define ADDRESS(prefix, sys)                                                                       \
    {prefix "Street", prefix " Street", "textarea", 255},                                          \
        {prefix "City", prefix " City", "string", 40},                                             \
        {prefix "State", prefix " State/Province", "string", 80},                                  \
        {prefix "PostalCode", prefix " Zip/Postal Code", "string", 20},                            \
        {prefix "Country", prefix " Country", "string", 80},                                       \
        {prefix "Latitude", prefix " Latitude", "double", 0, 18, 15},                              \
        {prefix "Longitude", prefix " Longitude", "double", 0, 18, 15},                            \
    {                                                                                              \
        prefix "Address", prefix " Address", "address", 0, 0, 0, RO | SF_COMPOUND, sys             \
    }

static const struct sf_field account_fields[] = {
    SYSTEM_FIELDS,
    MASTER("Account"),
    {"Name", "Account Name", "string", 255, 0, 0, SF_REQUIRED},
    PICK("Type", "Account Type", account_types),
    REF("ParentId", "Parent Account ID", "Account", "Parent", 0),
    ADDRESS("Billing", SYS_BILLING),
    ADDRESS("Shipping", SYS_SHIPPING),
    TYPED("Phone", "Account Phone", "phone", 40),
    TYPED("Fax", "Account Fax", "phone", 40),
    TEXT("AccountNumber", "Account Number", 40),
    TYPED("Website", "Website", "url", 255),
    {"PhotoUrl", "Photo URL", "url", 255, 0, 0, RO},
    TEXT("Sic", "SIC Code", 20),
    PICK("Industry", "Industry", industries),
    NUMBER("AnnualRevenue", "Annual Revenue", "currency", 18, 0),
    NUMBER("NumberOfEmployees", "Employees", "int", 8, 0),
    PICK("Ownership", "Ownership", ownerships),
    TEXT("TickerSymbol", "Ticker Symbol", 20),
    LONG_TEXT("Description", "Account Description", 32000),
    PICK("Rating", "Account Rating", ratings),
    TEXT("Site", "Account Site", 80),
    OWNER,
    {"RecordTypeId", "Record Type ID", "reference", 18, 0, 0, SF_DEFAULTED, SYS_RECORD_TYPE,
     "RecordType", "RecordType"},
    STAMPS,
    {"LastActivityDate", "Last Activity", "date", 0, 0, 0, RO},
    {"LastViewedDate", "Last Viewed Date", "datetime", 0, 0, 0, RO},
    {"LastReferencedDate", "Last Referenced Date", "datetime", 0, 0, 0, RO},
    TEXT("Jigsaw", "Data.com Key", 20),
    {"JigsawCompanyId", "Jigsaw Company ID", "string", 20, 0, 0, RO},
    {"CleanStatus", "Clean Status", "picklist", 40, 0, 0, SF_RESTRICTED, SYS_NONE, NULL, NULL,
     clean_states},
    PICK("AccountSource", "Account Source", sources),
    TEXT("DunsNumber", "D-U-N-S Number", 9),
    TEXT("Tradestyle", "Tradestyle", 255),
    TEXT("NaicsCode", "NAICS Code", 8),
    TEXT("NaicsDesc", "NAICS Description", 120),
    TEXT("YearStarted", "Year Started", 4),
    TEXT("SicDesc", "SIC Description", 80),
};

static const struct sf_field contact_fields[] = {
    SYSTEM_FIELDS,
    MASTER("Contact"),
    REF("AccountId", "Account ID", "Account", "Account", 0),
    {"LastName", "Last Name", "string", 80, 0, 0, SF_REQUIRED},
    TEXT("FirstName", "First Name", 40),
    PICK("Salutation", "Salutation", salutations),
    {"Name", "Full Name", "string", 121, 0, 0, RO, SYS_FULL_NAME},
    ADDRESS("Mailing", SYS_MAILING),
    TYPED("Phone", "Business Phone", "phone", 40),
    TYPED("Fax", "Business Fax", "phone", 40),
    TYPED("MobilePhone", "Mobile Phone", "phone", 40),
    TYPED("Email", "Email", "email", 80),
    TEXT("Title", "Title", 128),
    TEXT("Department", "Department", 80),
    LONG_TEXT("Description", "Contact Description", 32000),
    PICK("LeadSource", "Lead Source", sources),
    OWNER,
    STAMPS,
};

static const struct sf_field lead_fields[] = {
    SYSTEM_FIELDS,
    MASTER("Lead"),
    {"LastName", "Last Name", "string", 80, 0, 0, SF_REQUIRED},
    TEXT("FirstName", "First Name", 40),
    PICK("Salutation", "Salutation", salutations),
    {"Name", "Full Name", "string", 121, 0, 0, RO, SYS_FULL_NAME},
    TEXT("Title", "Title", 128),
    {"Company", "Company", "string", 255, 0, 0, SF_REQUIRED},
    TEXT("City", "City", 40),
    TEXT("Country", "Country", 80),
    TYPED("Phone", "Phone", "phone", 40),
    TYPED("Email", "Email", "email", 80),
    TYPED("Website", "Website", "url", 255),
    PICK("LeadSource", "Lead Source", sources),
    {"Status", "Status", "picklist", 255, 0, 0, SF_DEFAULTED, SYS_NONE, NULL, NULL, lead_states},
    PICK("Industry", "Industry", industries),
    FLAG("IsConverted", "Converted", RO),
    {"ConvertedDate", "Converted Date", "date", 0, 0, 0, RO},
    REF("ConvertedAccountId", "Converted Account ID", "Account", "ConvertedAccount", RO),
    REF("ConvertedContactId", "Converted Contact ID", "Contact", "ConvertedContact", RO),
    {"ConvertedOpportunityId", "Converted Opportunity ID", "reference", 18, 0, 0, RO},
    OWNER,
    STAMPS,
};

static const struct sf_field user_fields[] = {
    SYSTEM_FIELDS,
    {"Username", "Username", "string", 80, 0, 0, SF_REQUIRED},
    {"LastName", "Last Name", "string", 80, 0, 0, SF_REQUIRED},
    TEXT("FirstName", "First Name", 40),
    {"Name", "Full Name", "string", 121, 0, 0, RO, SYS_FULL_NAME},
    {"Email", "Email", "email", 128, 0, 0, SF_REQUIRED},
    FLAG("IsActive", "Active", 0),
    TEXT("Alias", "Alias", 8),
    TEXT("UserType", "User Type", 40),
    TEXT("TimeZoneSidKey", "Time Zone", 40),
    TEXT("LocaleSidKey", "Locale", 40),
    TEXT("LanguageLocaleKey", "Language", 40),
    {"ProfileId", "Profile ID", "reference", 18, 0, 0, RO},
    STAMPS,
};

static const struct sf_field organization_fields[] = {
    {"Id", "Organization ID", "id", 18, 0, 0, RO, SYS_ID},
    {"Name", "Name", "string", 80, 0, 0, RO},
    {"InstanceName", "Instance Name", "string", 5, 0, 0, RO},
    {"IsSandbox", "Is Sandbox", "boolean", 0, 0, 0, RO},
    {"TrialExpirationDate", "Trial Expiration Date", "datetime", 0, 0, 0, RO},
    {"NamespacePrefix", "Namespace Prefix", "string", 15, 0, 0, RO},
    {"OrganizationType", "Edition", "picklist", 40, 0, 0, RO, SYS_NONE, NULL, NULL, editions},
    {"TimeZoneSidKey", "Time Zone", "string", 40, 0, 0, RO},
    {"LanguageLocaleKey", "Language", "string", 40, 0, 0, RO},
    STAMPS,
};

static const struct sf_field record_type_fields[] = {
    {"Id", "Record Type ID", "id", 18, 0, 0, RO, SYS_ID},
    {"Name", "Name", "string", 80, 0, 0, RO},
    {"DeveloperName", "Record Type Name", "string", 80, 0, 0, RO},
    {"SobjectType", "SObject Type Name", "string", 40, 0, 0, RO},
    {"IsActive", "Active", "boolean", 0, 0, 0, RO},
    {"Description", "Description", "string", 255, 0, 0, RO},
    STAMPS,
};

static const struct sf_field currency_fields[] = {
    {"Id", "Currency Type ID", "id", 18, 0, 0, RO, SYS_ID},
    {"IsoCode", "Currency ISO Code", "picklist", 3, 0, 0, RO},
    {"ConversionRate", "Conversion Rate", "double", 0, 18, 6, RO},
    {"DecimalPlaces", "Decimal Places", "int", 0, 2, 0, RO},
    {"IsActive", "Active", "boolean", 0, 0, 0, RO},
    {"IsCorporate", "Is Corporate Currency", "boolean", 0, 0, 0, RO},
    STAMPS,
};

static const struct sf_field permission_set_fields[] = {
    {"Id", "Permission Set ID", "id", 18, 0, 0, RO, SYS_ID},
    {"Name", "Permission Set Name", "string", 80, 0, 0, SF_REQUIRED},
    {"Label", "Permission Set Label", "string", 80, 0, 0, SF_REQUIRED},
    FLAG("IsOwnedByProfile", "Is Owned By Profile", RO),
    {"ProfileId", "Profile ID", "reference", 18, 0, 0, RO},
    FLAG("PermissionsViewAllData", "View All Data", 0),
    FLAG("PermissionsModifyAllData", "Modify All Data", 0),
    FLAG("PermissionsApiEnabled", "API Enabled", 0),
    STAMPS,
};

static const struct sf_field assignment_fields[] = {
    {"Id", "PermissionSetAssignment ID", "id", 18, 0, 0, RO, SYS_ID},
    REF("PermissionSetId", "Permission Set ID", "PermissionSet", "PermissionSet", SF_REQUIRED),
    REF("AssigneeId", "Assignee ID", "User", "Assignee", SF_REQUIRED),
    STAMPS,
};

static const struct sf_field field_permission_fields[] = {
    {"Id", "Field Permissions ID", "id", 18, 0, 0, RO, SYS_ID},
    REF("ParentId", "Parent ID", "PermissionSet", "Parent", SF_REQUIRED),
    {"SobjectType", "SObject Type Name", "string", 40, 0, 0, SF_REQUIRED},
    {"Field", "Field Name", "string", 120, 0, 0, SF_REQUIRED},
    FLAG("PermissionsRead", "Read", 0),
    FLAG("PermissionsEdit", "Edit", 0),
    STAMPS,
};

/* What hangs on an account, as far as anybody asks: that it does. */
#define CHILD_FIELDS                                                                               \
    SYSTEM_FIELDS, REF("AccountId", "Account ID", "Account", "Account", 0), OWNER, STAMPS
static const struct sf_field opportunity_fields[] = {TEXT("Name", "Name", 120), CHILD_FIELDS};
static const struct sf_field activity_fields[] = {TEXT("Subject", "Subject", 255), CHILD_FIELDS};

static const struct {
    struct sf_object object;
    const struct sf_field *field;
    size_t fields;
} schema[SF_OBJECTS] = {
#define FIELDS(x) x, LEN(x)
    {{"Account", "Account", "Accounts", "001", W_ACCOUNT, true, true, true, true, true},
     FIELDS(account_fields)},
    {{"Contact", "Contact", "Contacts", "003", W_SF_CONTACT, true, true, true, true, true},
     FIELDS(contact_fields)},
    {{"Lead", "Lead", "Leads", "00Q", W_LEAD, true, true, true, true, true}, FIELDS(lead_fields)},
    {{"User", "User", "Users", "005", W_USER, true, true, false, false, true}, FIELDS(user_fields)},
    {{"Organization", "Organization", "Organizations", "00D", W_ORGANIZATION},
     FIELDS(organization_fields)},
    {{"RecordType", "Record Type", "Record Types", "012", W_RECORD_TYPE},
     FIELDS(record_type_fields)},
    {{"PermissionSet", "Permission Set", "Permission Sets", "0PS", W_PERMISSION_SET, true, true,
      true},
     FIELDS(permission_set_fields)},
    {{"PermissionSetAssignment", "Permission Set Assignment", "Permission Set Assignments", "0Pa",
      W_PERMISSION_ASSIGNMENT, true, false, true},
     FIELDS(assignment_fields)},
    {{"FieldPermissions", "Field Permissions", "Field Permissions", "01k", W_FIELD_PERMISSION, true,
      true, true},
     FIELDS(field_permission_fields)},
    {{"Opportunity", "Opportunity", "Opportunities", "006", W_OPPORTUNITY, true, true, true},
     FIELDS(opportunity_fields)},
    {{"Case", "Case", "Cases", "500", W_CASE, true, true, true}, FIELDS(activity_fields)},
    {{"Task", "Task", "Tasks", "00T", W_TASK, true, true, true}, FIELDS(activity_fields)},
    {{"Event", "Event", "Events", "00U", W_EVENT, true, true, true}, FIELDS(activity_fields)},
    {{"CurrencyType", "Currency Type", "Currency Types", "01L", W_CURRENCY},
     FIELDS(currency_fields)},
#undef FIELDS
};

static enum sf_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        enum sf_kind kind;
    } kinds[] = {{"id", SF_ID},          {"reference", SF_ID},  {"boolean", SF_BOOL},
                 {"int", SF_INT},        {"double", SF_NUMBER}, {"currency", SF_NUMBER},
                 {"percent", SF_NUMBER}, {"date", SF_DATE},     {"datetime", SF_DATETIME},
                 {"address", SF_OBJECT}};
    for (size_t i = 0; i < LEN(kinds); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    return SF_TEXT;
}

static void finish(struct world *w, const struct sf_object *obj, struct sf_field *f)
{
    bool stored = f->system == SYS_NONE || f->system == SYS_OWNER || f->system == SYS_RECORD_TYPE;
    f->kind = kind_of(f->type);
    f->column = stored ? world_field(w, obj->type, str_from(f->name)) : UINT16_MAX;
}

/* The rows every org has: itself, three users, record types, the integration user's permission set.
 */
static void furnish(struct sf_org *o)
{
    static const char *const users[][3] = {{"Integration", "Tandem", "tandem@sandbox.example"},
                                           {"Olivia", "Example", "olivia@sandbox.example"},
                                           {"Noah", "Example", "noah@sandbox.example"}};
    struct world *w = o->world;
    int64_t born = w->start_ms - 400 * MS_DAY;
    struct world_record *r = world_generate(w, W_ORGANIZATION, born);
    world_set(w, W_ORGANIZATION, r, S("Name"), S("Sandbox Org"));
    world_set(w, W_ORGANIZATION, r, S("InstanceName"), S("SBX1"));
    world_set(w, W_ORGANIZATION, r, S("OrganizationType"), S("Developer Edition"));
    world_set(w, W_ORGANIZATION, r, S("TimeZoneSidKey"), S("Europe/Amsterdam"));
    world_set(w, W_ORGANIZATION, r, S("LanguageLocaleKey"), S("en_US"));
    for (size_t i = 0; i < LEN(users); i++) {
        r = world_generate(w, W_USER, born);
        world_set(w, W_USER, r, S("FirstName"), str_from(users[i][0]));
        world_set(w, W_USER, r, S("LastName"), str_from(users[i][1]));
        world_set(w, W_USER, r, S("Username"), str_from(users[i][2]));
        world_set(w, W_USER, r, S("Email"), str_from(users[i][2]));
        world_set(w, W_USER, r, S("Alias"), str_slice(str_from(users[i][0]), 0, 5));
        world_set(w, W_USER, r, S("IsActive"), S("true"));
        world_set(w, W_USER, r, S("UserType"), S("Standard"));
        world_set(w, W_USER, r, S("TimeZoneSidKey"), S("Europe/Amsterdam"));
        world_set(w, W_USER, r, S("LocaleSidKey"), S("en_GB"));
        world_set(w, W_USER, r, S("LanguageLocaleKey"), S("en_US"));
    }
    r = world_generate(w, W_PERMISSION_SET, born);
    world_set(w, W_PERMISSION_SET, r, S("Name"), S("Tandem_Integration"));
    world_set(w, W_PERMISSION_SET, r, S("Label"), S("Tandem Integration"));
    world_set(w, W_PERMISSION_SET, r, S("IsOwnedByProfile"), S("false"));
    world_set(w, W_PERMISSION_SET, r, S("PermissionsViewAllData"), S("true"));
    world_set(w, W_PERMISSION_SET, r, S("PermissionsApiEnabled"), S("true"));
    char set[32], user[32];
    r = world_generate(w, W_PERMISSION_ASSIGNMENT, born);
    world_set(w, W_PERMISSION_ASSIGNMENT, r, S("PermissionSetId"),
              world_id(w, W_PERMISSION_SET, 0, set));
    world_set(w, W_PERMISSION_ASSIGNMENT, r, S("AssigneeId"), world_id(w, W_USER, 0, user));
}

void sf_org_init(struct sf_org *o, struct world *w)
{
    *o = (struct sf_org){.world = w, .schema_changed_ms = w->start_ms};
    arena_init(&o->life, 64 * MIB);
    for (size_t i = 0; i < SF_OBJECTS; i++) {
        struct sf_object *obj = &o->object[i];
        *obj = schema[i].object;
        obj->fields = obj->room = schema[i].fields;
        obj->field = calloc(obj->room, sizeof(*obj->field));
        if (!obj->field)
            abort();
        for (size_t k = 0; k < obj->fields; k++) {
            obj->field[k] = schema[i].field[k];
            finish(w, obj, &obj->field[k]);
        }
    }
    furnish(o);
}

void sf_org_release(struct sf_org *o)
{
    for (size_t i = 0; i < SF_OBJECTS; i++)
        free(o->object[i].field);
    free(o->hard);
    arena_release(&o->life);
}

struct sf_object *sf_object_named(struct sf_org *o, struct str name)
{
    for (size_t i = 0; i < SF_OBJECTS; i++)
        if (str_eq_nocase(name, str_from(o->object[i].name)))
            return o->object[i].type != W_CURRENCY || o->currencies ? &o->object[i] : NULL;
    return NULL;
}

struct sf_object *sf_object_of(struct sf_org *o, enum world_type t)
{
    assert(world_is_sf(t));
    return &o->object[t];
}

struct sf_object *sf_object_of_id(struct sf_org *o, struct str id)
{
    for (size_t i = 0; i < SF_OBJECTS && id.n >= 3; i++)
        if (str_eq(str_slice(id, 0, 3), str_from(o->object[i].prefix)))
            return &o->object[i];
    return NULL;
}

struct sf_field *sf_field_any(const struct sf_object *obj, struct str name)
{
    for (size_t i = 0; i < obj->fields; i++)
        if (str_eq_nocase(name, str_from(obj->field[i].name)))
            return &obj->field[i];
    return NULL;
}

struct sf_field *sf_field_named(const struct sf_object *obj, struct str name)
{
    struct sf_field *f = sf_field_any(obj, name);
    return f && !(f->flags & SF_HIDDEN) ? f : NULL;
}

struct sf_field *sf_field_add(struct sf_org *o, struct sf_object *obj, struct str name,
                              struct str label, const char *type, int length, unsigned flags)
{
    if (sf_field_any(obj, name) || o->world->table[obj->type].fields + 1 >= W_FIELDS_MAX)
        return NULL;
    if (obj->fields == obj->room) {
        obj->room += 16;
        obj->field = realloc(obj->field, obj->room * sizeof(*obj->field));
        if (!obj->field)
            abort();
    }
    struct sf_field *f = &obj->field[obj->fields++];
    *f = (struct sf_field){.name = str_cstr(&o->life, name),
                           .label = str_cstr(&o->life, label),
                           .type = type,
                           .length = length,
                           .flags = flags | SF_CUSTOM | SF_HIDDEN};
    if (kind_of(type) == SF_NUMBER)
        f->precision = 18;
    finish(o->world, obj, f);
    if (flags & (SF_UNIQUE | SF_EXTERNAL))
        world_set_unique(o->world, obj->type, name);
    return f;
}
