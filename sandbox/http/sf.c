/* sf: the Salesforce side on the wire (SF 18). */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "sandbox/world/soql.h"
#include "text/csv.h"
#include "text/decimal.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/url.h"

#define KEY_FIELD "Tandem_Company_Id__c"

const struct sf_field sf_account_fields[] = {
    {"Id", "id", 18, 0, 0, false, true},
    {"IsDeleted", "boolean", 0, 0, 0, false, true},
    {"MasterRecordId", "reference", 18, 0, 0, false, true},
    {"Name", "string", 255, 0, 0, true, false},
    {"Type", "picklist", 255, 0, 0, false, false},
    {"ParentId", "reference", 18, 0, 0, false, false},
    {"BillingStreet", "textarea", 255, 0, 0, false, false},
    {"BillingCity", "string", 40, 0, 0, false, false},
    {"BillingState", "string", 80, 0, 0, false, false},
    {"BillingPostalCode", "string", 20, 0, 0, false, false},
    {"BillingCountry", "string", 80, 0, 0, false, false},
    {"BillingAddress", "address", 0, 0, 0, false, true},
    {"ShippingCity", "string", 40, 0, 0, false, false},
    {"Phone", "phone", 40, 0, 0, false, false},
    {"Fax", "phone", 40, 0, 0, false, false},
    {"AccountNumber", "string", 40, 0, 0, false, false},
    {"Website", "url", 255, 0, 0, false, false},
    {"Sic", "string", 20, 0, 0, false, false},
    {"Industry", "picklist", 255, 0, 0, false, false},
    {"AnnualRevenue", "currency", 0, 18, 0, false, false},
    {"NumberOfEmployees", "int", 0, 8, 0, false, false},
    {"Ownership", "picklist", 255, 0, 0, false, false},
    {"TickerSymbol", "string", 20, 0, 0, false, false},
    {"Description", "textarea", 32000, 0, 0, false, false},
    {"Rating", "picklist", 255, 0, 0, false, false},
    {"Site", "string", 80, 0, 0, false, false},
    {"OwnerId", "reference", 18, 0, 0, false, false},
    {"CreatedDate", "datetime", 0, 0, 0, false, true},
    {"CreatedById", "reference", 18, 0, 0, false, true},
    {"LastModifiedDate", "datetime", 0, 0, 0, false, true},
    {"LastModifiedById", "reference", 18, 0, 0, false, true},
    {"SystemModstamp", "datetime", 0, 0, 0, false, true},
};
const size_t sf_account_field_count = LEN(sf_account_fields);

static const struct sf_field key_field = {KEY_FIELD, "string", 64, 0, 0, false, false};

static const struct sf_field *field_named(struct sandbox *s, struct str name)
{
    for (size_t i = 0; i < sf_account_field_count; i++)
        if (str_eq_nocase(name, str_from(sf_account_fields[i].name)))
            return &sf_account_fields[i];
    return s->key_visible && str_eq_nocase(name, S(KEY_FIELD)) ? &key_field : NULL;
}

static bool visible(void *who, struct str field)
{
    return field_named(who, field) != NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void error(struct response *r, int status, const char *code, const char *message)
{
    r->status = status;
    buf_clear(r->body);
    buf_str(r->body, S("[{\"message\":"));
    json_quote(r->body, str_from(message));
    buf_fmt(r->body, ",\"errorCode\":\"%s\"}]", code);
}

static void put_field(struct sandbox *s, struct buf *b, struct arena *a, enum world_type t,
                      const struct world_record *rec, struct str name)
{
    const struct sf_field *f = t == W_ACCOUNT ? field_named(s, name) : NULL;
    struct str v = sf_value(&s->world, t, rec, a, name);
    if (f)
        json_quote(b, str_from(f->name));
    else
        json_quote(b, name);
    buf_char(b, ':');
    if (f && strcmp(f->type, "boolean") == 0)
        buf_str(b, v.n ? v : S("false"));
    else if (!v.p)
        buf_str(b, S("null"));
    else if (f && (strcmp(f->type, "currency") == 0 || strcmp(f->type, "int") == 0) &&
             decimal_canonical(a, v, -1).p)
        buf_str(b, decimal_canonical(a, v, -1));
    else
        json_quote(b, v);
}

static const char *type_name(enum world_type t)
{
    static const char *const names[] = {"Account", "Contact", "Lead", "User"};
    return names[t];
}

static bool type_of(struct str name, enum world_type *t)
{
    for (int i = 0; i <= W_USER; i++)
        if (str_eq_nocase(name, str_from(type_name((enum world_type)i)))) {
            *t = (enum world_type)i;
            return true;
        }
    return false;
}

static void put_record(struct sandbox *s, struct buf *b, struct arena *a, enum world_type t,
                       const struct world_record *rec, const struct str *field, size_t fields)
{
    char id[32];
    struct str rid = world_id(&s->world, t, rec->number, id);
    buf_fmt(b,
            "{\"attributes\":{\"type\":\"%s\",\"url\":\"/services/data/v66.0/sobjects/%s/%.*s\"}",
            type_name(t), type_name(t), STR_ARG(rid));
    for (size_t i = 0; i < fields; i++) {
        buf_char(b, ',');
        put_field(s, b, a, t, rec, field[i]);
    }
    buf_char(b, '}');
}

/* ---- OAuth (SF 2.2) -------------------------------------------------------------------------- */

static void oauth_error(struct response *r, const char *error_, const char *text)
{
    r->status = 400;
    buf_fmt(r->body, "{\"error\":\"%s\",\"error_description\":\"%s\"}", error_, text);
}

static size_t base64url_decode(struct str s, unsigned char *out, size_t room)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned v = 0, bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = strchr(digits, s.p[i]);
        if (!at || !*at || n == room)
            return 0;
        v = v << 6 | (unsigned)(at - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(v >> bits);
        }
    }
    return n;
}

static bool signature_fits(struct sandbox *s, struct str text, struct str signature)
{
    unsigned char bytes[2048];
    size_t n = base64url_decode(signature, bytes, sizeof(bytes));
    BIO *bio = BIO_new_mem_buf(s->jwt_certificate.p, (int)s->jwt_certificate.n);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = cert ? X509_get_pubkey(cert) : NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = key && n && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(ctx, bytes, n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    X509_free(cert);
    BIO_free(bio);
    return ok;
}

static bool jwt_fits(struct sandbox *s, struct arena *a, struct str assertion, const char **why)
{
    struct str rest = assertion, head, body;
    unsigned char claims[4096];
    yyjson_val *root;
    struct err ignored;
    *why = "invalid assertion";
    if (!str_cut(&rest, '.', &head) || !str_cut(&rest, '.', &body) || !rest.n)
        return false;
    size_t n = base64url_decode(body, claims, sizeof(claims));
    if (!s->jwt_certificate.n ||
        !signature_fits(s, (struct str){head.p, (size_t)(body.p + body.n - head.p)}, rest) ||
        !json_parse(a, (struct str){(char *)claims, n}, &root, &ignored))
        return false;
    if (!str_eq(json_get(root, "iss"), S(SANDBOX_CLIENT)))
        return *why = "client identifier invalid", false;
    if (!str_eq(json_get(root, "sub"), S(SANDBOX_USERNAME)))
        return *why = "user hasn't approved this consumer", false;
    if (json_i64(yyjson_obj_get(root, "exp"), 0) * 1000 < sandbox_now(s))
        return *why = "invalid assertion", false;
    return true;
}

static void token(struct sandbox *s, const struct request *q, struct response *r)
{
    struct str grant = url_query_get(q->a, q->body, S("grant_type"));
    struct str id = url_query_get(q->a, q->body, S("client_id"));
    struct str secret = url_query_get(q->a, q->body, S("client_secret"));
    const char *why;
    if (str_eq(grant, S("urn:ietf:params:oauth:grant-type:jwt-bearer"))) {
        if (!jwt_fits(s, q->a, url_query_get(q->a, q->body, S("assertion")), &why)) {
            oauth_error(r, "invalid_grant", why);
            return;
        }
    } else if (str_eq(grant, S("client_credentials")) || str_eq(grant, S("refresh_token"))) {
        struct str refresh = url_query_get(q->a, q->body, S("refresh_token"));
        if (!str_eq(id, S(SANDBOX_CLIENT)) || !str_eq(secret, S(SANDBOX_SECRET))) {
            oauth_error(r, "invalid_client", "invalid client credentials");
            return;
        }
        if (refresh.p && !str_eq(refresh, S("sandbox-refresh"))) {
            oauth_error(r, "invalid_grant", "expired access/refresh token");
            return;
        }
    } else {
        oauth_error(r, "unsupported_grant_type", "grant type not supported");
        return;
    }
    char *slot = s->token[s->tokens++ % SF_TOKENS_MAX];
    snprintf(slot, sizeof(s->token[0]), "00D5e0000000001!A%06zx%016llx", ++s->token_serial,
             (unsigned long long)rng_next(&s->rng));
    buf_fmt(r->body,
            "{\"access_token\":\"%s\",\"instance_url\":\"%s\",\"id\":\"%s/id/" SANDBOX_ORG
            "/0055e0000000001AAA\",\"token_type\":\"Bearer\",\"scope\":\"api\"}",
            slot, s->base_url[0], s->base_url[0]);
}

static bool session(struct sandbox *s, const struct request *q)
{
    struct str t = q->authorization;
    if (str_starts(t, S("Bearer ")))
        t = str_slice(t, 7, t.n);
    else if (str_starts(t, S("OAuth ")))
        t = str_slice(t, 6, t.n);
    else
        return false;
    for (size_t i = 0; i < SF_TOKENS_MAX; i++)
        if (s->token[i][0] && str_eq(t, str_from(s->token[i])))
            return true;
    return false;
}

/* ---- describe, query ------------------------------------------------------------------------- */

static void put_describe_field(struct buf *b, const struct sf_field *f, bool first)
{
    bool key = f == &key_field;
    bool text = f->length && strcmp(f->type, "id") && strcmp(f->type, "reference");
    if (!first)
        buf_char(b, ',');
    buf_fmt(b,
            "{\"name\":\"%s\",\"label\":\"%s\",\"type\":\"%s\",\"length\":%d,\"byteLength\":%d,"
            "\"digits\":%d,\"precision\":%d,\"scale\":%d,\"nillable\":%s,\"defaultedOnCreate\":%s,"
            "\"createable\":%s,\"updateable\":%s,\"calculated\":false,\"externalId\":%s,"
            "\"idLookup\":%s,\"unique\":%s,\"restrictedPicklist\":false,\"filterable\":%s,"
            "\"sortable\":%s,\"custom\":%s,\"picklistValues\":[",
            f->name, f->name, f->type, f->length, f->length * 3,
            strcmp(f->type, "int") == 0 ? f->precision : 0,
            strcmp(f->type, "currency") == 0 ? f->precision : 0, f->scale,
            f->required ? "false" : "true", strcmp(f->name, "OwnerId") == 0 ? "true" : "false",
            f->read_only ? "false" : "true", f->read_only ? "false" : "true",
            key ? "true" : "false", key || strcmp(f->name, "Id") == 0 ? "true" : "false",
            key ? "true" : "false", text && f->length > 4000 ? "false" : "true",
            text && f->length > 4000 ? "false" : "true", key ? "true" : "false");
    static const char *const industries[] = {"Agriculture",   "Apparel",   "Banking",
                                             "Biotechnology", "Energy",    "Manufacturing",
                                             "Retail",        "Technology"};
    static const char *const types[] = {"Prospect", "Customer - Direct", "Customer - Channel",
                                        "Partner", "Other"};
    const char *const *values = strcmp(f->name, "Industry") == 0 ? industries
                                : strcmp(f->name, "Type") == 0   ? types
                                                                 : NULL;
    size_t n = values == industries ? LEN(industries) : LEN(types);
    for (size_t i = 0; values && i < n; i++)
        buf_fmt(b, "%s{\"value\":\"%s\",\"label\":\"%s\",\"active\":true,\"defaultValue\":false}",
                i ? "," : "", values[i], values[i]);
    buf_str(b, S("]}"));
}

static void describe(struct sandbox *s, struct response *r)
{
    struct buf *b = r->body;
    buf_str(
        b,
        S("{\"name\":\"Account\",\"label\":\"Account\",\"keyPrefix\":\"001\",\"createable\":true,"
          "\"updateable\":true,\"deletable\":true,\"undeletable\":true,\"mergeable\":true,"
          "\"queryable\":true,\"replicateable\":true,\"custom\":false,\"recordTypeInfos\":[],"
          "\"childRelationships\":[],\"fields\":["));
    for (size_t i = 0; i < sf_account_field_count; i++)
        put_describe_field(b, &sf_account_fields[i], i == 0);
    if (s->key_visible)
        put_describe_field(b, &key_field, false);
    buf_str(b, S("]}"));
}

static bool other_objects(struct sandbox *s, const struct soql *q, struct response *r)
{
    (void)s;
    if (str_eq_nocase(q->object, S("Organization"))) {
        buf_str(r->body, S("{\"totalSize\":1,\"done\":true,\"records\":[{\"attributes\":{\"type\":"
                           "\"Organization\"},\"Id\":\"" SANDBOX_ORG "\",\"Name\":\"Sandbox Org\","
                           "\"IsSandbox\":true,\"OrganizationType\":\"Developer Edition\","
                           "\"InstanceName\":\"SBX1\",\"NamespacePrefix\":null,"
                           "\"TrialExpirationDate\":null}]}"));
        return true;
    }
    if (str_eq_nocase(q->object, S("PermissionSetAssignment"))) {
        buf_str(r->body, S("{\"totalSize\":1,\"done\":true,\"records\":[{\"attributes\":{\"type\":"
                           "\"PermissionSetAssignment\"},\"PermissionSetId\":"
                           "\"0PS5e0000000001AAA\"}]}"));
        return true;
    }
    return false;
}

static bool any_field(void *who, struct str field)
{
    (void)who;
    (void)field;
    return true;
}

static void query(struct sandbox *s, const struct request *q, struct response *r, bool all)
{
    struct soql soql;
    struct soql_result res;
    struct str why, bad;
    enum world_type t;
    struct str text = url_query_get(q->a, q->query, S("q"));
    if (!soql_parse(q->a, text, &soql, &why)) {
        error(r, 400, "MALFORMED_QUERY", str_cstr(q->a, why));
        return;
    }
    if (other_objects(s, &soql, r))
        return;
    if (!type_of(soql.object, &t)) {
        error(r, 400, "INVALID_TYPE", "sObject type is not supported");
        return;
    }
    if (soql.count && !soql.where) { /* a count of all costs no walk */
        buf_fmt(r->body, "{\"totalSize\":%llu,\"done\":true,\"records\":[]}",
                (unsigned long long)s->world.table[t].live);
        return;
    }
    if (!soql_run(&s->world, t, q->a, &soql, all, t == W_ACCOUNT ? visible : any_field, s, &res,
                  &bad)) {
        error(r, 400, "INVALID_FIELD",
              str_cstr(q->a, str_fmt(q->a, "No such column '%.*s' on entity '%s'.", STR_ARG(bad),
                                     type_name(t))));
        return;
    }
    size_t give = soql.count ? 0 : res.count;
    buf_fmt(r->body, "{\"totalSize\":%zu,\"done\":true,\"records\":[", res.count);
    for (size_t i = 0; i < give; i++) {
        if (i)
            buf_char(r->body, ',');
        put_record(s, r->body, q->a, t, s->world.table[t].record[res.number[i]], soql.field,
                   soql.fields);
    }
    buf_str(r->body, S("]}"));
}

static struct str stamp_now(struct sandbox *s, struct arena *a, int64_t ms)
{
    (void)s;
    return str_fmt(a, "%.*s.000+0000", STR_ARG(str_slice(iso_seconds(a, ms), 0, 19)));
}

static void updated(struct sandbox *s, const struct request *q, struct response *r)
{
    int64_t from, to, now = sandbox_now(s);
    if (!iso_parse_ms(url_query_get(q->a, q->query, S("start")), &from) ||
        !iso_parse_ms(url_query_get(q->a, q->query, S("end")), &to) || to - from <= MS_MINUTE) {
        error(r, 400, "INVALID_REPLICATION_DATE", "start must precede end by more than a minute");
        return;
    }
    char id[32];
    bool first = true;
    buf_str(r->body, S("{\"ids\":["));
    for (size_t i = world_log_from(&s->world, W_ACCOUNT, from);
         i < s->world.table[W_ACCOUNT].log_count; i++) {
        const struct world_log_entry *e = &s->world.table[W_ACCOUNT].log[i];
        if (e->at_ms >= to || !world_log_live(&s->world, W_ACCOUNT, i))
            continue;
        buf_fmt(r->body, "%s\"%.*s\"", first ? "" : ",",
                STR_ARG(world_id(&s->world, W_ACCOUNT, e->number, id)));
        first = false;
    }
    struct str covered = stamp_now(s, q->a, MIN(to, now));
    buf_fmt(r->body, "],\"latestDateCovered\":\"%.*s\"}", STR_ARG(covered));
}

/* ---- writing --------------------------------------------------------------------------------- */

struct problem {
    const char *code;
    struct str message, field;
};

static bool check_field(struct sandbox *s, struct arena *a, struct str name, struct str value,
                        struct problem *p)
{
    const struct sf_field *f = field_named(s, name);
    if (!f) {
        *p = (struct problem){
            "INVALID_FIELD",
            str_fmt(a, "No such column '%.*s' on sobject of type Account", STR_ARG(name)), name};
        return false;
    }
    if (f->read_only) {
        *p = (struct problem){"INVALID_FIELD_FOR_INSERT_UPDATE",
                              str_fmt(a, "Unable to create/update fields: %s.", f->name), name};
        return false;
    }
    size_t chars = 0;
    for (size_t i = 0; i < value.n; i++)
        chars += ((unsigned char)value.p[i] & 0xc0) != 0x80;
    if (f->length && chars > (size_t)f->length) {
        *p = (struct problem){"STRING_TOO_LONG",
                              str_fmt(a, "%s: data value too large: %.*s (max length=%d)", f->name,
                                      STR_ARG(str_slice(value, 0, 40)), f->length),
                              str_from(f->name)};
        return false;
    }
    if (f->required && !value.n) {
        *p = (struct problem){"REQUIRED_FIELD_MISSING",
                              str_fmt(a, "Required fields are missing: [%s]", f->name),
                              str_from(f->name)};
        return false;
    }
    return true;
}

/* Checks all, then writes all: a record is written whole or not at all. */
static bool write_fields(struct sandbox *s, struct arena *a, struct world_record *rec,
                         yyjson_val *obj, struct str skip, struct problem *p)
{
    yyjson_val *k, *v;
    yyjson_obj_iter it;
    for (int pass = 0; pass < 2; pass++) {
        yyjson_obj_iter_init(obj, &it);
        while ((k = yyjson_obj_iter_next(&it))) {
            struct str name = json_str(k);
            v = yyjson_obj_iter_get_val(k);
            if (str_eq(name, S("attributes")) || str_eq_nocase(name, S("Id")) ||
                str_eq_nocase(name, skip))
                continue;
            struct str value = yyjson_is_bool(v) ? (yyjson_get_bool(v) ? S("true") : S("false"))
                                                 : str_trim(json_str(v));
            if (pass == 0 && !check_field(s, a, name, value, p))
                return false;
            if (pass == 1)
                world_set(&s->world, W_ACCOUNT, rec, name, value);
        }
    }
    return true;
}

static void put_result(struct buf *b, bool ok, struct str id, bool created, bool with_created,
                       const struct problem *p)
{
    if (ok) {
        buf_fmt(b, "{\"id\":\"%.*s\",\"success\":true,\"errors\":[]", STR_ARG(id));
        if (with_created)
            buf_fmt(b, ",\"created\":%s", created ? "true" : "false");
        buf_char(b, '}');
        return;
    }
    buf_fmt(b, "{\"success\":false,%s\"errors\":[{\"statusCode\":\"%s\",\"message\":",
            with_created && created ? "\"created\":true," : "", p->code);
    json_quote(b, p->message);
    buf_str(b, S(",\"fields\":["));
    if (p->field.n)
        json_quote(b, p->field);
    buf_str(b, S("]}]}"));
}

static struct world_record *by_key(struct sandbox *s, struct str key)
{
    struct world_record *rec = world_by_unique(&s->world, W_ACCOUNT, key);
    return rec && !rec->archived_ms ? rec : NULL;
}

static struct world_record *birth(struct sandbox *s)
{
    return world_create(&s->world, W_ACCOUNT, sandbox_now(s));
}

/* One record of a collection: by id, by key, or new. */
static void write_one(struct sandbox *s, const struct request *q, struct buf *b, yyjson_val *obj,
                      bool upsert, bool insert)
{
    struct problem p = {0};
    struct world_record *rec = NULL;
    bool created = false;
    char id[32];
    if (upsert) {
        struct str key = json_get(obj, KEY_FIELD);
        rec = by_key(s, key);
        created = !rec;
        if (!key.n)
            p = (struct problem){"MISSING_ARGUMENT", S(KEY_FIELD " not specified"), STR_NONE};
    } else if (!insert) {
        struct str rid = json_get(obj, "id");
        if (!rid.n)
            rid = json_get(obj, "Id");
        rec = world_find(&s->world, W_ACCOUNT, rid);
        if (!rec)
            p = (struct problem){"INVALID_CROSS_REFERENCE_KEY", S("invalid cross reference id"),
                                 STR_NONE};
        else if (rec->archived_ms)
            p = (struct problem){"ENTITY_IS_DELETED", S("entity is deleted"), STR_NONE};
    } else {
        created = true;
    }
    if (!p.code && created && !json_get(obj, "Name").n)
        p = (struct problem){"REQUIRED_FIELD_MISSING", S("Required fields are missing: [Name]"),
                             S("Name")};
    if (p.code) {
        put_result(b, false, STR_NONE, created, upsert, &p);
        return;
    }
    if (created)
        rec = birth(s);
    if (!write_fields(s, q->a, rec, obj, STR_NONE, &p)) {
        if (created) { /* it never was */
            rec->archived_ms = 1;
            s->world.table[W_ACCOUNT].live--;
        }
        put_result(b, false, STR_NONE, created, upsert, &p);
        return;
    }
    world_touch(&s->world, W_ACCOUNT, rec, sandbox_now(s));
    put_result(b, true, world_id(&s->world, W_ACCOUNT, rec->number, id), created, upsert, NULL);
}

static bool parse_body(const struct request *q, struct response *r, yyjson_val **root)
{
    struct err why;
    if (json_parse(q->a, q->body, root, &why))
        return true;
    error(r, 400, "JSON_PARSER_ERROR", why.msg);
    return false;
}

static void collection(struct sandbox *s, const struct request *q, struct response *r, bool upsert,
                       bool insert)
{
    yyjson_val *root, *obj;
    yyjson_arr_iter it;
    if (!parse_body(q, r, &root))
        return;
    yyjson_val *records = yyjson_obj_get(root, "records");
    if (yyjson_arr_size(records) > 200) {
        error(r, 400, "EXCEEDED_ID_LIMIT",
              "record limit reached. cannot submit more than 200 records into this call");
        return;
    }
    if (upsert && !s->key_visible) {
        error(r, 404, "NOT_FOUND",
              "Provided external ID field does not exist or is not accessible");
        return;
    }
    bool first = true;
    buf_char(r->body, '[');
    yyjson_arr_iter_init(records, &it);
    while ((obj = yyjson_arr_iter_next(&it))) {
        if (!first)
            buf_char(r->body, ',');
        first = false;
        write_one(s, q, r->body, obj, upsert, insert);
    }
    buf_char(r->body, ']');
}

static void collection_read(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root, *v;
    yyjson_arr_iter it;
    struct str field[SOQL_FIELDS_MAX];
    size_t fields = 0;
    bool first = true;
    if (!parse_body(q, r, &root))
        return;
    yyjson_arr_iter_init(yyjson_obj_get(root, "fields"), &it);
    while ((v = yyjson_arr_iter_next(&it)) && fields < LEN(field)) {
        field[fields++] = json_str(v);
        if (!visible(s, field[fields - 1])) {
            error(r, 400, "INVALID_FIELD", "No such column on entity 'Account'");
            return;
        }
    }
    buf_char(r->body, '[');
    yyjson_arr_iter_init(yyjson_obj_get(root, "ids"), &it);
    while ((v = yyjson_arr_iter_next(&it))) {
        struct world_record *rec = world_find(&s->world, W_ACCOUNT, json_str(v));
        if (!first)
            buf_char(r->body, ',');
        first = false;
        if (!rec || rec->archived_ms)
            buf_str(r->body, S("null"));
        else
            put_record(s, r->body, q->a, W_ACCOUNT, rec, field, fields);
    }
    buf_char(r->body, ']');
}

/* ---- bulk query (SF 10.2) -------------------------------------------------------------------- */

static struct bulk_job *job_named(struct sandbox *s, struct str id)
{
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (s->job[i].used && str_eq(id, str_from(s->job[i].id)))
            return &s->job[i];
    return NULL;
}

static void put_job(struct response *r, const struct bulk_job *j, const char *state)
{
    buf_fmt(r->body,
            "{\"id\":\"%s\",\"operation\":\"%s\",\"object\":\"Account\",\"state\":\"%s\","
            "\"concurrencyMode\":\"Parallel\",\"contentType\":\"CSV\",\"apiVersion\":66.0,"
            "\"jobType\":\"V2Query\",\"lineEnding\":\"LF\",\"columnDelimiter\":\"COMMA\"",
            j->id, j->all ? "queryAll" : "query", state);
    if (strcmp(state, "JobComplete") == 0)
        buf_fmt(r->body, ",\"numberRecordsProcessed\":%zu", j->count);
    buf_char(r->body, '}');
}

static void job_free(struct bulk_job *j)
{
    arena_release(&j->a);
    memset(j, 0, sizeof(*j));
}

static void job_start(struct sandbox *s, const struct request *q, struct response *r)
{
    yyjson_val *root;
    struct soql soql;
    struct str why;
    if (!parse_body(q, r, &root))
        return;
    struct bulk_job *j = &s->job[s->job_serial++ % JOBS_MAX];
    if (j->used)
        job_free(j);
    arena_init(&j->a, 1024 * MIB);
    j->soql = str_dup(&j->a, json_get(root, "query"));
    j->all = str_eq(json_get(root, "operation"), S("queryAll"));
    if (!soql_parse(&j->a, j->soql, &soql, &why) || soql.count) {
        job_free(j);
        error(r, 400, "API_ERROR", "the query cannot be used in bulk");
        return;
    }
    j->used = true;
    snprintf(j->id, sizeof(j->id), "7505e%010lluAAA", (unsigned long long)s->job_serial);
    put_job(r, j, "UploadComplete");
}

static void job_poll(struct sandbox *s, struct bulk_job *j, struct response *r)
{
    struct soql soql;
    struct soql_result res;
    struct str why, bad;
    if (j->polls++ == 0) { /* it takes a while, as there */
        put_job(r, j, "InProgress");
        return;
    }
    if (!j->number) {
        bool ok = soql_parse(&j->a, j->soql, &soql, &why) &&
                  soql_run(&s->world, W_ACCOUNT, &j->a, &soql, j->all, visible, s, &res, &bad);
        if (!ok) {
            put_job(r, j, "Failed");
            return;
        }
        j->number = res.number ? res.number : ARENA_NEW(&j->a, uint64_t);
        j->count = res.count;
    }
    put_job(r, j, "JobComplete");
}

static void put_cell(struct sandbox *s, struct buf *b, struct arena *a,
                     const struct world_record *rec, struct str name, bool first)
{
    struct str v = sf_value(&s->world, W_ACCOUNT, rec, a, name);
    const struct sf_field *f = field_named(s, name);
    if (!first)
        buf_char(b, ',');
    buf_char(b, '"');
    if (v.n && strcmp(f->type, "datetime") == 0) {
        buf_add(b, v.p, v.n - 5); /* bulk says Z (SF 3) */
        buf_char(b, 'Z');
    } else if (v.n && strcmp(f->type, "int") == 0) {
        buf_fmt(b, "%.*s.0", STR_ARG(v)); /* T20 */
    } else if (v.n && memchr(v.p, '"', v.n)) {
        for (size_t i = 0; i < v.n; i++) {
            if (v.p[i] == '"')
                buf_char(b, '"');
            buf_char(b, v.p[i]);
        }
    } else {
        buf_str(b, v);
    }
    buf_char(b, '"');
}

static void job_results(struct sandbox *s, const struct request *q, struct bulk_job *j,
                        struct response *r)
{
    struct soql soql;
    struct str why;
    int64_t from = 0, max = 50000;
    (void)str_to_i64(url_query_get(q->a, q->query, S("maxRecords")), &max);
    struct str locator = url_query_get(q->a, q->query, S("locator"));
    if (locator.n && !str_to_i64(locator, &from))
        from = INT64_MAX;
    if (!j->number || from < 0 || from > (int64_t)j->count ||
        !soql_parse(q->a, j->soql, &soql, &why)) {
        error(r, 400, "INVALIDJOB", "no such results");
        return;
    }
    size_t end = MIN(j->count, (size_t)from + (size_t)MAX(max, 1));
    for (size_t i = 0; i < soql.fields; i++) {
        const struct sf_field *f = field_named(s, soql.field[i]);
        buf_fmt(r->body, "%s\"%s\"", i ? "," : "", f ? f->name : "?");
    }
    buf_char(r->body, '\n');
    struct arena a;
    arena_init(&a, 64 * MIB);
    for (size_t k = (size_t)from; k < end; k++) {
        const struct world_record *rec = s->world.table[W_ACCOUNT].record[j->number[k]];
        arena_reset(&a);
        for (size_t i = 0; i < soql.fields; i++)
            put_cell(s, r->body, &a, rec, soql.field[i], i == 0);
        buf_char(r->body, '\n');
    }
    arena_release(&a);
    r->content_type = "text/csv;charset=UTF-8";
    response_header(r, "Sforce-NumberOfRecords", str_fmt(q->a, "%zu", end - (size_t)from));
    response_header(r, "Sforce-Locator", end < j->count ? str_fmt(q->a, "%zu", end) : S("null"));
}

static void jobs(struct sandbox *s, const struct request *q, struct response *r, struct str rest)
{
    struct str id, tail;
    if (!rest.n && str_eq(q->method, S("POST"))) {
        job_start(s, q, r);
        return;
    }
    str_cut(&rest, '/', &id);
    tail = rest.p ? rest : S("");
    struct bulk_job *j = job_named(s, id);
    if (!j)
        error(r, 404, "NOT_FOUND", "The requested resource does not exist");
    else if (str_eq(q->method, S("DELETE"))) {
        job_free(j);
        r->status = 204;
    } else if (str_eq(tail, S("results")))
        job_results(s, q, j, r);
    else
        job_poll(s, j, r);
}

/* ---- single rows ----------------------------------------------------------------------------- */

static void put_etag(struct response *r, struct arena *a, const struct world_record *rec)
{
    response_header(r, "ETag",
                    str_fmt(a, "\"%llx-%llx--gzip\"", (unsigned long long)rec->number,
                            (unsigned long long)rec->modified_ms));
    response_header(r, "Last-Modified", http_date(a, rec->modified_ms));
}

static void row_write(struct sandbox *s, const struct request *q, struct response *r,
                      struct world_record *rec, bool created, struct str skip)
{
    yyjson_val *root;
    struct problem p;
    char id[32];
    if (!parse_body(q, r, &root))
        return;
    struct str tag = str_fmt(q->a, "\"%llx-%llx--gzip\"", rec ? (unsigned long long)rec->number : 0,
                             rec ? (unsigned long long)rec->modified_ms : 0);
    if (q->if_match.n && !str_eq(q->if_match, tag)) {
        error(r, 412, "PRECONDITION_FAILED", "the record was modified");
        return;
    }
    if (created && !json_get(root, "Name").n) {
        error(r, 400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]");
        return;
    }
    if (!rec)
        rec = birth(s);
    if (!write_fields(s, q->a, rec, root, skip, &p)) {
        if (created)
            rec->archived_ms = 1;
        error(r, 400, p.code, str_cstr(q->a, p.message));
        return;
    }
    world_touch(&s->world, W_ACCOUNT, rec, sandbox_now(s));
    r->status = created ? 201 : 204;
    if (created)
        buf_fmt(r->body, "{\"id\":\"%.*s\",\"success\":true,\"errors\":[]}",
                STR_ARG(world_id(&s->world, W_ACCOUNT, rec->number, id)));
}

static void row(struct sandbox *s, const struct request *q, struct response *r, struct str id)
{
    struct world_record *rec = world_find(&s->world, W_ACCOUNT, id);
    if (!rec || rec->archived_ms) {
        error(r, 404, rec ? "ENTITY_IS_DELETED" : "NOT_FOUND",
              rec ? "entity is deleted" : "The requested resource does not exist");
        return;
    }
    if (str_eq(q->method, S("PATCH"))) {
        row_write(s, q, r, rec, false, STR_NONE);
    } else if (str_eq(q->method, S("DELETE"))) {
        rec->archived_ms = sandbox_now(s);
        s->world.table[W_ACCOUNT].live--;
        world_touch(&s->world, W_ACCOUNT, rec, sandbox_now(s));
        r->status = 204;
    } else {
        struct str field[SOQL_FIELDS_MAX], rest = url_query_get(q->a, q->query, S("fields"));
        size_t n = 0;
        if (rest.n)
            while (n < LEN(field) && str_cut(&rest, ',', &field[n]))
                n++;
        else
            for (; n < sf_account_field_count; n++)
                field[n] = str_from(sf_account_fields[n].name);
        put_record(s, r->body, q->a, W_ACCOUNT, rec, field, n);
        put_etag(r, q->a, rec);
    }
}

static void sobjects(struct sandbox *s, const struct request *q, struct response *r,
                     struct str rest)
{
    struct str object, part;
    str_cut(&rest, '/', &object);
    if (str_eq(object, S("FieldPermissions")) && str_eq(q->method, S("POST"))) {
        s->key_visible = s->key_made;
        r->status = 201;
        buf_str(r->body, S("{\"id\":\"01k5e0000000001AAA\",\"success\":true,\"errors\":[]}"));
        return;
    }
    if (!str_eq_nocase(object, S("Account"))) {
        error(r, 404, "NOT_FOUND", "The requested resource does not exist");
        return;
    }
    if (!rest.n) {
        if (str_eq(q->method, S("POST")))
            row_write(s, q, r, NULL, true, STR_NONE);
        else
            buf_str(r->body, S("{\"objectDescribe\":{\"name\":\"Account\"},\"recentItems\":[]}"));
        return;
    }
    str_cut(&rest, '/', &part);
    if (str_eq(part, S("describe")))
        describe(s, r);
    else if (str_eq(part, S("updated")))
        updated(s, q, r);
    else if (str_eq(part, S("deleted"))) {
        struct str now = stamp_now(s, q->a, sandbox_now(s));
        buf_fmt(r->body,
                "{\"deletedRecords\":[],\"earliestDateAvailable\":\"%.*s\",\"latestDateCovered\":"
                "\"%.*s\"}",
                STR_ARG(stamp_now(s, q->a, sandbox_now(s) - 15 * MS_DAY)), STR_ARG(now));
    } else
        row(s, q, r, part);
}

/* ---- routes ---------------------------------------------------------------------------------- */

static void data(struct sandbox *s, const struct request *q, struct response *r, struct str path)
{
    if (str_starts(path, S("sobjects/")))
        sobjects(s, q, r, str_slice(path, 9, path.n));
    else if (str_eq(path, S("query")))
        query(s, q, r, false);
    else if (str_eq(path, S("queryAll")))
        query(s, q, r, true);
    else if (str_eq(path, S("composite/sobjects/Account")) && str_eq(q->method, S("POST")))
        collection_read(s, q, r);
    else if (str_eq(path, S("composite/sobjects/Account/" KEY_FIELD)))
        collection(s, q, r, true, false);
    else if (str_eq(path, S("composite/sobjects")))
        collection(s, q, r, false, str_eq(q->method, S("POST")));
    else if (str_starts(path, S("jobs/query")))
        jobs(s, q, r, path.n > 11 ? str_slice(path, 11, path.n) : S(""));
    else if (str_eq(path, S("limits")))
        buf_fmt(r->body,
                "{\"DailyApiRequests\":{\"Max\":100000,\"Remaining\":%llu},"
                "\"DailyBulkV2QueryJobs\":{\"Max\":10000,\"Remaining\":10000}}",
                (unsigned long long)(100000 - MIN(s->sf_used, (uint64_t)100000)));
    else if (str_eq(path, S("tooling/sobjects/CustomField")) && str_eq(q->method, S("POST"))) {
        s->key_made = true;
        world_set_unique(&s->world, W_ACCOUNT, S(KEY_FIELD));
        r->status = 201;
        buf_str(r->body, S("{\"id\":\"00N5e0000000001AAA\",\"success\":true,\"errors\":[]}"));
    } else
        error(r, 404, "NOT_FOUND", "The requested resource does not exist");
}

void sf_handle(void *who, const struct request *q, struct response *r)
{
    struct sandbox *s = who;
    struct str path = q->path;
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    response_header(r, "Date", http_date(q->a, sandbox_now(s)));
    if (str_eq(path, S("/services/oauth2/token")))
        token(s, q, r);
    else if (str_eq(path, S("/services/data")))
        buf_str(r->body,
                S("[{\"label\":\"Spring '26\",\"url\":\"/services/data/v66.0\",\"version\":"
                  "\"66.0\"},{\"label\":\"Summer '26\",\"url\":\"/services/data/v67.0\","
                  "\"version\":\"67.0\"}]"));
    else if (!session(s, q) || sandbox_fault(s, "expired", "salesforce", path))
        error(r, 401, "INVALID_SESSION_ID", "Session expired or invalid");
    else if (sandbox_fault(s, "html502", "salesforce", path)) {
        r->status = 502;
        r->content_type = "text/html";
        buf_str(r->body, S("<html><body>Bad Gateway</body></html>"));
    } else if (sandbox_fault(s, "day", "salesforce", path))
        error(r, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    else if (str_eq(path, S("/services/oauth2/userinfo")))
        buf_str(r->body, S("{\"user_id\":\"0055e0000000001AAA\",\"organization_id\":\"" SANDBOX_ORG
                           "\",\"preferred_username\":\"" SANDBOX_USERNAME "\"}"));
    else if (str_starts(path, S("/services/data/v66.0/")) ||
             str_starts(path, S("/services/data/v67.0/"))) {
        s->sf_used++;
        response_header(r, "Sforce-Limit-Info",
                        str_fmt(q->a, "api-usage=%llu/100000", (unsigned long long)s->sf_used));
        data(s, q, r, str_slice(path, 21, path.n));
    } else
        error(r, 404, "NOT_FOUND", "The requested resource does not exist");
    if (sandbox_fault(s, "reset_after_commit", "salesforce", path))
        r->cut = true;
    sandbox_count(s, "salesforce", q, r);
}
