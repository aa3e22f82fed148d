/* What the two services answer, to the whole drivers: the first byte of an input picks what is
 * asked, the rest is the answers, in their order (http.c). */
#include <stdlib.h>

#include "base/limits.h"
#include "crm/crm.h"
#include "crm/people.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/script.h"

#define PAGES_MAX 20

/* ---- a connection --------------------------------------------------------------------------- */

static int64_t script_ms(struct clock *c)
{
    (void)c;
    return SCRIPT_NOW_MS;
}

/* Every look at it is a second later, so that whoever waits gives up. */
static int64_t script_us(struct clock *c)
{
    static int64_t us;
    (void)c;
    return us += 1000 * 1000;
}

static void no_sleep(struct clock *c, int64_t us)
{
    (void)c;
    (void)us;
}

static struct clock clock = {script_ms, script_us, no_sleep};

static const enum field_type type_of[] = {FIELD_TEXT, FIELD_PHONE,    FIELD_NUMBER,
                                          FIELD_BOOL, FIELD_PICKLIST, FIELD_REFERENCE};
static const char *const name_of[SIDE_COUNT][LEN(type_of)] = {
    {"Name", "Phone", "NumberOfEmployees", "Active__c", "Type", "ParentId"},
    {"name", "phone", "numberofemployees", "active", "type", "hs_parent_company_id"},
};

static struct crm *connection(struct arena *a, enum side side)
{
    static struct domains *domains; /* the list, loaded once */
    static struct rng rng;
    static struct log quiet = {.clock = &clock, .fd = -1};
    struct crm *crm;
    struct err e;
    if (!domains)
        fuzz_must(domains_open(&domains, NULL, &e), "no list of suffixes");
    struct crm_options o = {.base = S("http://127.0.0.1:1"),
                            .domains = domains,
                            .clock = &clock,
                            .log = &quiet,
                            .rng = &rng,
                            .trace_fd = -1};
    fuzz_must((side == SIDE_SF ? salesforce_open : hubspot_open)(&crm, &o, &e), "no connection");
    struct mapping *map = ARENA_ARRAY(a, struct mapping, LEN(type_of));
    for (size_t i = 0; i < LEN(type_of); i++) {
        map[i] = (struct mapping){.id = (uint32_t)i + 1, .rule = RULE_TWO_WAY, .scale = -1};
        map[i].kind = type_of[i] == FIELD_REFERENCE ? MAPPING_PARENT : map[i].kind;
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            map[i].name[s] = str_from(name_of[s][i]);
            map[i].meta[s] = (struct field){.name = map[i].name[s],
                                            .type = type_of[i],
                                            .readable = true,
                                            .createable = true,
                                            .updateable = true};
        }
    }
    struct mappings *m = ARENA_NEW(a, struct mappings);
    *m = (struct mappings){.map = map, .count = LEN(type_of)};
    crm->ops->bind(crm, &(struct crm_binding){m, S("42"), 0});
    return crm;
}

/* ---- what is asked -------------------------------------------------------------------------- */

static const struct str id_of[SIDE_COUNT][3] = {
    {SEED("0015e00001abcDEAAZ"), SEED("0015e00001abcDFAAZ"), SEED("0015e00001abcDGAAZ")},
    {SEED("9000000001"), SEED("9000000002"), SEED("9000000003")},
};

/* A reader of the records sees that what they hold is there (the sanitizer does). */
static uint64_t look(const struct record *r, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct str text[] = {r[i].id, r[i].survivor, r[i].name, r[i].key, r[i].host};
        for (size_t k = 0; k < LEN(text); k++)
            for (size_t x = 0; x < text[k].n; x++)
                sum += (unsigned char)text[k].p[x];
        for (size_t k = 0; r[i].value && k < LEN(type_of); k++)
            for (size_t x = 0; x < r[i].value[k].text.n; x++)
                sum += (unsigned char)r[i].value[k].text.p[x];
    }
    return sum;
}

static void walk(struct crm *crm, struct arena *a, int what)
{
    struct crm_reader *reader;
    struct crm_page page = {0};
    struct str cursor = S("");
    struct err e;
    if (!crm->ops->read(crm, (enum crm_read)what, S(""), SCRIPT_NOW_MS - MS_DAY, &reader, &e))
        return;
    for (int i = 0; i < PAGES_MAX && !page.last; i++) {
        page = (struct crm_page){0};
        if (!crm->ops->next(reader, a, &page, &cursor, &e))
            break;
        fuzz_must(page.count <= CHUNK_RECORDS, "a page of too many");
        (void)look(page.record, page.count);
    }
    crm->ops->end(reader);
}

static void walk_people(struct crm *crm, struct arena *a, int what)
{
    struct crm_people_reader *reader;
    struct crm_people page = {0};
    struct str cursor = S("");
    struct err e;
    if (!crm->people->read(crm, (enum crm_read)what, S(""), SCRIPT_NOW_MS - MS_DAY, &reader, &e))
        return;
    for (int i = 0; i < PAGES_MAX && !page.last; i++) {
        page = (struct crm_people){0};
        if (!crm->people->next(reader, a, &page, &cursor, &e))
            break;
    }
    crm->people->end(reader);
}

static void read_some(struct crm *crm, struct arena *a, int which)
{
    struct record out[3];
    struct err e;
    const struct str *ids = id_of[crm->ops->side];
    bool ok =
        which == 0 ? crm->ops->get(crm, a, ids, LEN(out), out, &e)
        : which == 1
            ? crm->ops->get_by_key(crm, a, id_of[side_other(crm->ops->side)], LEN(out), out, &e)
            : crm->ops->get_to_write && crm->ops->get_to_write(crm, a, ids, LEN(out), out, &e);
    if (ok)
        (void)look(out, LEN(out));
}

/* Three records, each its own way; every one has an outcome whatever is answered. */
static void write_some(struct crm *crm, struct arena *a, int way)
{
    enum side side = crm->ops->side;
    struct crm_write w[3] = {0};
    struct crm_set set[3][2];
    struct err e;
    for (size_t i = 0; i < LEN(w); i++) {
        set[i][0] = (struct crm_set){.map = 0, .value = value_text(S("Acme \"1\""))};
        set[i][1] =
            (struct crm_set){.map = 2, .value = way == 2 ? VALUE_EMPTY : value_text(S("7"))};
        w[i] = (struct crm_write){.create = way == 0 || (way == 4 && i == 0),
                                  .archive = way == 3 || (way == 4 && i == 1),
                                  .set = set[i],
                                  .sets = 2};
        if (w[i].archive)
            w[i].sets = 0;
        if (w[i].create)
            w[i].key = id_of[side_other(side)][i];
        else
            w[i].id = id_of[side][i];
        if (way == 1 && side == SIDE_SF)
            w[i].etag = S("\"2026-11-23\"");
        if (way == 2)
            w[i].clear_key = true;
    }
    bool ok = crm->ops->write(crm, a, w, LEN(w), NULL, &e);
    for (size_t i = 0; i < LEN(w); i++) {
        fuzz_must(!ok || w[i].outcome != CRM_NOT_SENT, "a write without an outcome");
        fuzz_must(w[i].outcome != CRM_DONE || w[i].new_id.n > 0, "a write done on no record");
        fuzz_must(w[i].outcome == CRM_DONE || w[i].outcome == CRM_NOT_SENT || w[i].err != NULL,
                  "a write that failed for no reason");
    }
}

static void look_back(struct crm *crm, struct arena *a, int how)
{
    const struct str *ids = id_of[crm->ops->side];
    struct crm_touch touch[3];
    struct crm_gap gap[2] = {
        {.id = ids[0], .map = 0, .read = value_text(S("A")), .wrote = value_text(S("B"))},
        {.id = ids[1], .map = 2, .wrote = value_text(S("7"))}};
    bool wanted[LEN(type_of)] = {true, false, true};
    int64_t set_ms[3 * LEN(type_of)];
    struct crm_native native;
    struct err e;
    (void)how;
    (void)!crm->ops->touched(crm, a, ids, 3, touch, &e);
    if (crm->ops->history)
        (void)!crm->ops->history(crm, a, ids, 3, wanted, set_ms, &e);
    if (crm->ops->overwritten)
        (void)!crm->ops->overwritten(crm, a, gap, LEN(gap), &e);
    if (crm->ops->native)
        (void)!crm->ops->native(crm, a, SCRIPT_NOW_MS - MS_DAY, &native, &e);
}

static void meet(struct crm *crm, struct arena *a, int how)
{
    struct crm_identity who;
    struct schema schema;
    struct owner_list owners;
    struct crm_setup setup;
    struct crm_checks checks;
    struct crm_page page;
    uint64_t n;
    struct err e;
    (void)how;
    (void)!crm->ops->identify(crm, a, &who, &e);
    if (crm->ops->schema(crm, a, &schema, &e))
        (void)schema_find(&schema, S("Name"));
    (void)!crm->ops->owners(crm, a, &owners, &e);
    (void)!crm->ops->total(crm, a, &n, &e);
    (void)!crm->ops->setup(crm, a, CRM_LOOK, S("installation-1"), &setup, &e);
    (void)!crm->ops->setup(crm, a, CRM_MAKE, S("installation-1"), &setup, &e);
    (void)!crm->ops->doctor(crm, a, &checks, &e);
    if (crm->ops->find_hosts)
        (void)!crm->ops->find_hosts(crm, a, &(struct str){"acme.com", 8}, 1, 1, &page, &e);
}

static void place_some(struct crm *crm, struct arena *a, int only_look)
{
    enum side side = crm->ops->side;
    struct crm_placing p[2] = {
        {.id = side == SIDE_SF ? S("0035e00001abcDEAAZ") : S("101"),
         .was = id_of[side][0],
         .to = id_of[side][1],
         .leaves = side == SIDE_HS},
        {.id = side == SIDE_SF ? S("0035e00001abcDFAAZ") : S("102"), .to = id_of[side][1]}};
    struct err e;
    (void)!crm->people->place(crm, a, p, LEN(p), only_look != 0, &e);
}

static void ask_people(struct crm *crm, struct arena *a, int how)
{
    static const struct str contacts[] = {SEED("101"), SEED("102")};
    struct crm_people people;
    struct association *pair;
    struct crm_stage stage[2] = {{.id = contacts[0]}, {.id = contacts[1]}};
    struct crm_list list;
    struct str member[CRM_LIST_PAGE], next;
    bool in[2];
    size_t n;
    struct err e;
    (void)how;
    if (crm->ops->side != SIDE_HS)
        return;
    (void)!crm->people->get(crm, a, contacts, 2, &people, &e);
    (void)!crm->people->pairs(crm, a, false, contacts, 2, &pair, &n, &e);
    (void)!crm->people->stages(crm, a, stage, 2, &e);
    (void)!crm->people->list(crm, a, S("7"), &list, &e);
    (void)!crm->people->list_members(crm, a, S("7"), STR_NONE, member, &n, &next, &e);
    (void)!crm->people->members(crm, a, false, S("7"), contacts, 2, in, &e);
}

static const struct {
    void (*ask)(struct crm *crm, struct arena *a, int how);
    int how;
} asks[] = {
    /* 'A', 'B', ... */
    {walk, CRM_READ_ALL},
    {walk, CRM_READ_CHANGED},
    {walk, CRM_READ_ROUND},
    {walk, CRM_READ_ARCHIVED},
    {read_some, 0},
    {read_some, 1},
    {read_some, 2},
    {write_some, 0},
    {write_some, 1},
    {write_some, 2},
    {write_some, 3},
    {write_some, 4},
    {look_back, 0},
    {walk_people, CRM_READ_ALL},
    {walk_people, CRM_READ_CHANGED},
    {place_some, false},
    {ask_people, 0},
    {meet, 0},
};

static void answered(struct arena *a, enum side side, struct str in)
{
    if (in.n == 0)
        return;
    size_t which = (unsigned char)(in.p[0] - 'A') % LEN(asks);
    struct crm *crm = connection(a, side);
    script_set(str_slice(in, 1, in.n));
    asks[which].ask(crm, a, asks[which].how);
    crm->ops->close(crm);
}

static void one_salesforce(struct arena *a, struct str in)
{
    answered(a, SIDE_SF, in);
}

static void one_hubspot(struct arena *a, struct str in)
{
    answered(a, SIDE_HS, in);
}

#define NEXT "\x1e"
#define SF_ACCOUNT(id, name)                                                                       \
    "{\"attributes\":{\"type\":\"Account\"},\"Id\":\"" id "\",\"Name\":\"" name "\","              \
    "\"Website\":\"https://acme.com\",\"CreatedDate\":\"2026-11-01T00:00:00.000+0000\","           \
    "\"LastModifiedDate\":\"2026-11-20T00:00:00.000+0000\",\"SystemModstamp\":"                    \
    "\"2026-11-20T00:00:00.000+0000\",\"Tandem_Company_Id__c\":\"42:9000000001\","                 \
    "\"Phone\":\"+1\",\"NumberOfEmployees\":7,\"Active__c\":true,\"Type\":null,"                   \
    "\"ParentId\":null}"
#define SF_ROWS(total, rows) "{\"totalSize\":" total ",\"done\":true,\"records\":[" rows "]}"
#define SF_TWO                                                                                     \
    SF_ROWS("2", SF_ACCOUNT("0015e00001abcDEAAZ", "Acme") "," SF_ACCOUNT("0015e00001abcDFAAZ", "B"))
#define SF_FIELD(name, type)                                                                       \
    "{\"name\":\"" name "\",\"label\":\"L\",\"type\":\"" type "\",\"length\":255,\"unique\":true," \
    "\"externalId\":true,\"updateable\":true,\"createable\":true,\"picklistValues\":[{\"value\":"  \
    "\"Customer\",\"label\":\"C\",\"active\":true}]}"
#define SF_DESCRIBE                                                                                \
    "{\"name\":\"Account\",\"createable\":true,\"updateable\":true,\"recordTypeInfos\":[{"         \
    "\"recordTypeId\":\"0125e000000abcDAAQ\",\"name\":\"Shop\",\"developerName\":\"Shop\","        \
    "\"active\":true,\"available\":true,\"master\":false}],\"fields\":[" SF_FIELD(                 \
        "Tandem_Company_Id__c", "string") "," SF_FIELD("Type", "picklist") "]}"
#define SF_DONE(id) "{\"id\":\"" id "\",\"success\":true,\"errors\":[],\"created\":true}"
#define SF_FAILED(code)                                                                            \
    "{\"success\":false,\"errors\":[{\"statusCode\":\"" code "\",\"message\":\"no\",\"fields\":"   \
    "[\"Phone\"]}]}"
#define SF_ERROR(code) "[{\"errorCode\":\"" code "\",\"message\":\"no\",\"fields\":[\"Name\"]}]"
#define SF_JOB(state)  "{\"id\":\"750x\",\"state\":\"" state "\",\"numberRecordsProcessed\":1}"

#define HS_COMPANY(id, name)                                                                       \
    "{\"id\":\"" id "\",\"properties\":{\"name\":\"" name "\",\"domain\":\"acme.com\",\"phone\":"  \
    "\"+1\",\"numberofemployees\":\"7\",\"active\":\"true\",\"type\":null,"                        \
    "\"hs_additional_domains\":\"a.com;b.com\",\"hs_merged_object_ids\":\"9000000002;5\","         \
    "\"hs_lastmodifieddate\":\"2026-11-20T00:00:00.000Z\",\"tandem_account_id\":"                  \
    "\"0015e00001abcDEAAZ\",\"hs_object_source\":\"CRM_UI\"},\"propertiesWithHistory\":{"          \
    "\"name\":[{\"value\":\"B\",\"timestamp\":\"2026-11-20T00:00:00.000Z\",\"sourceType\":"        \
    "\"INTEGRATION\"},{\"value\":\"C\",\"timestamp\":\"2026-11-19T00:00:00.000Z\",\"sourceType\":" \
    "\"CRM_UI\"}]},\"createdAt\":\"2026-11-01T00:00:00.000Z\",\"updatedAt\":"                      \
    "\"2026-11-20T00:00:00.000Z\",\"archived\":false,\"objectWriteTraceId\":\"0\"}"
#define HS_RESULTS(list, more) "{\"total\":2,\"results\":[" list "]" more "}"
#define HS_TWO                 HS_COMPANY("9000000001", "Acme") "," HS_COMPANY("9000000003", "B")
#define HS_AFTER               ",\"paging\":{\"next\":{\"after\":\"9000000001\"}}"
#define HS_ERROR(category)                                                                         \
    "{\"status\":\"error\",\"message\":\"no\",\"correlationId\":\"c\",\"category\":\"" category    \
    "\","                                                                                          \
    "\"errors\":[{\"message\":\"Property values were not valid: [{\\\"isValid\\\":false,"          \
    "\\\"name\\\":\\\"phone\\\"}]\",\"context\":{\"propertyName\":[\"phone\"]}}]}"
#define HS_MIXED                                                                                   \
    "207 {\"status\":\"COMPLETE\",\"numErrors\":1,\"results\":[" HS_COMPANY(                       \
        "9000000001",                                                                              \
        "Acme") "],\"errors\":[{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\","           \
                "\"message\":\"no\","                                                              \
                "\"context\":{\"objectWriteTraceId\":[\"1\"],\"ids\":[\"9000000002\"]}}]}"
#define HS_PROPERTY(name, type, field)                                                             \
    "{\"name\":\"" name "\",\"label\":\"L\",\"type\":\"" type "\",\"fieldType\":\"" field "\","    \
    "\"hasUniqueValue\":true,\"description\":\"Tandem installation-1\",\"options\":[{\"label\":"   \
    "\"L\",\"value\":\"V\"}],\"modificationMetadata\":{\"readOnlyValue\":false}}"

#define SEEDS(name, ...) static const struct str name[] = {__VA_ARGS__}

SEEDS(salesforce, SEED("A" SF_ROWS("2", "") NEXT SF_TWO),
      SEED("A" SF_ROWS("3000", "") NEXT SF_JOB("UploadComplete") NEXT SF_JOB("JobComplete") NEXT
           "201 Id,Name,Website,CreatedDate,LastModifiedDate,SystemModstamp,Phone\n"
           "0015e00001abcDEAAZ,\"A, B\",acme.com,2026-11-01T00:00:00.000Z,,,\n"),
      SEED("B{\"ids\":[],\"latestDateCovered\":\"2026-11-23T16:00:00.000+0000\"}" NEXT SF_TWO),
      SEED("B400 " SF_ERROR("EXCEEDED_ID_LIMIT") NEXT
           "{\"latestDateCovered\":\"2026-11-23T16:00:00.000+0000\"}" NEXT SF_TWO),
      SEED("C" SF_TWO),
      SEED("D{\"deletedRecords\":[{\"id\":\"0015e00001abcDE\",\"deletedDate\":\"x\"}],"
           "\"earliestDateAvailable\":\"2026-01-01T00:00:00.000+0000\",\"latestDateCovered\":"
           "\"2026-11-23T16:00:00.000+0000\"}" NEXT SF_ROWS(
               "1", "{\"Id\":\"0015e00001abcDFAAZ\",\"MasterRecordId\":\"0015e00001abcDGAAZ\","
                    "\"SystemModstamp\":\"2026-11-20T00:00:00.000+0000\"}") NEXT SF_TWO),
      SEED("E" SF_TWO NEXT SF_TWO), SEED("F" SF_TWO), SEED("G" SF_TWO NEXT SF_TWO),
      SEED("H" SF_DESCRIBE NEXT "[" SF_DONE("0015e00001abcDEAAZ") "," SF_FAILED(
          "DUPLICATES_DETECTED") "," SF_FAILED("STRING_TOO_LONG") "]"),
      SEED("I{\"compositeResponse\":[{\"httpStatusCode\":412,\"body\":" SF_ERROR(
          "ENTITY_IS_LOCKED") ",\"referenceId\":\"0\"},{\"httpStatusCode\":204,\"body\":null,"
                              "\"referenceId\":\"1\"}]}"),
      SEED("J[" SF_DONE("0015e00001abcDEAAZ") "," SF_FAILED("UNABLE_TO_LOCK_ROW") "," SF_FAILED(
          "ENTITY_IS_DELETED") "]"),
      SEED("K[" SF_DONE("0015e00001abcDEAAZ") "," SF_FAILED("DELETE_FAILED") "]"),
      SEED("L500 oops" NEXT "[" SF_DONE("0015e00001abcDEAAZ") "]" NEXT SF_TWO),
      SEED("M" SF_ROWS("1", "{\"AccountId\":\"0015e00001abcDEAAZ\",\"expr0\":3}")),
      SEED("N{\"compositeResponse\":[{\"httpStatusCode\":200,\"referenceId\":\"rows0\","
           "\"body\":" SF_ROWS(
               "1", "{\"Id\":\"0035e00001abcDEAAZ\",\"Email\":\"a@b.c\",\"AccountId\":null,"
                    "\"SystemModstamp\":\"2026-11-20T00:00:00.000+0000\"}") "}]}"),
      SEED("P" SF_ROWS("1", "{\"Id\":\"0035e00001abcDEAAZ\",\"AccountId\":\"0015e00001abcDEAAZ\"}")
               NEXT "[" SF_DONE("0035e00001abcDEAAZ") "]"),
      SEED("R{\"organization_id\":\"00D5e0000000001EAA\",\"user_id\":\"0055e0000000001AAA\"}" NEXT
           "[{\"version\":\"66.0\"}]" NEXT SF_ROWS(
               "1", "{\"Id\":\"00D5e0000000001EAA\",\"Name\":\"Org\",\"IsSandbox\":true}")
               NEXT SF_DESCRIBE));

SEEDS(hubspot, SEED("A" HS_RESULTS(HS_TWO, HS_AFTER) NEXT HS_RESULTS(HS_TWO, "")),
      SEED("B" HS_RESULTS(HS_TWO, ",\"paging\":{\"next\":{\"after\":\"2\"}}")
               NEXT HS_RESULTS("", "")),
      SEED("C" HS_RESULTS(HS_TWO, "")), SEED("D" HS_RESULTS(HS_TWO, "")),
      SEED("E" HS_RESULTS(HS_TWO, "") NEXT HS_RESULTS("", "")),
      SEED("F" HS_RESULTS(HS_TWO, "") NEXT "404 " HS_ERROR("OBJECT_NOT_FOUND")), SEED("H" HS_MIXED),
      SEED("H400 " HS_ERROR("VALIDATION_ERROR") NEXT HS_MIXED NEXT HS_MIXED),
      SEED("I" HS_RESULTS(HS_TWO, "")), SEED("J409 " HS_ERROR("CONFLICT") NEXT HS_MIXED),
      SEED("K204 "), SEED("L" HS_MIXED NEXT "204 " NEXT HS_MIXED), SEED("L000 x" NEXT "500 <html>"),
      SEED("M" HS_RESULTS("{\"from\":{\"id\":\"9000000001\"},\"to\":[{\"toObjectId\":7}]}", "")
               NEXT HS_RESULTS(HS_TWO, "") NEXT HS_RESULTS(HS_TWO, "") NEXT HS_RESULTS(HS_TWO, "")),
      SEED("N" HS_RESULTS(
          "{\"id\":\"101\",\"properties\":{\"email\":\"a@b.c\",\"associatedcompanyid\":"
          "\"9000000001\"},\"updatedAt\":\"2026-11-20T00:00:00.000Z\"}",
          "")),
      SEED("P" HS_RESULTS(
          "{\"from\":{\"id\":\"101\"},\"to\":[{\"toObjectId\":9000000001,"
          "\"associationTypes\":[{\"category\":\"HUBSPOT_DEFINED\",\"typeId\":1}]}]}",
          "") NEXT HS_RESULTS("{\"from\":{\"id\":\"101\"},\"to\":{\"id\":\"9000000002\"}}", "")),
      SEED("Q" HS_RESULTS("{\"id\":\"101\",\"properties\":{\"email\":\"a@b.c\",\"lifecyclestage\":"
                          "\"lead\"}}",
                          "")
               NEXT HS_RESULTS("{\"from\":{\"id\":\"101\"},\"to\":[{\"toObjectId\":9000000001}]}",
                               "")),
      SEED("R{\"portalId\":42,\"accountType\":\"STANDARD\",\"companyCurrency\":\"EUR\"}" NEXT
               HS_RESULTS(HS_PROPERTY("name", "string", "text") "," HS_PROPERTY("tandem_account_id",
                                                                                "string", "text"),
                          "")
                   NEXT HS_RESULTS(
                       "{\"propertyName\":\"name\",\"propertyValidationRules\":[{\"ruleType\":"
                       "\"MAX_LENGTH\",\"ruleArguments\":[\"7\"]}]}",
                       "") NEXT HS_RESULTS("{\"id\":\"5\",\"email\":\"a@b.c\",\"archived\":false}",
                                           "")));

#define TARGET(name)                                                                               \
    {                                                                                              \
#name, one_##name, name, LEN(name)                                                         \
    }
const struct fuzz_target fuzz_answers[] = {TARGET(salesforce), TARGET(hubspot), {NULL}};
