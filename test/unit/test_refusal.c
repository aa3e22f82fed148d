/* S15.1: what each code of B8.19-B8.26, of SF 4.3 and of HubSpot (H5.3-H5.8) comes to. The
 * expectations are written by hand from those pages; every row of the table is in them. */
#include "unit.h"

#include <string.h>

#include "model/refusal.h"

static const struct {
    const char *rule, *code, *category;
    enum err_kind kind;
    enum err_scope scope;
} expected[] = {
#define RECORD(rule, category, code)                                                               \
    {                                                                                              \
        rule, code, category, ERR_REJECTED, SCOPE_RECORD                                           \
    }
#define PASSES(rule, code, scope)                                                                  \
    {                                                                                              \
        rule, code, NULL, ERR_RETRY, scope                                                         \
    }
#define GONE(rule, code)                                                                           \
    {                                                                                              \
        rule, code, NULL, ERR_STALE, SCOPE_RECORD                                                  \
    }
    RECORD("B8.19", "custom_code", "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    RECORD("B8.19", "custom_code", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
    RECORD("B8.19", "custom_code", "CANNOT_EXECUTE_FLOW_TRIGGER"),
    RECORD("B8.19", "custom_code", "APEX_ERROR"),
    RECORD("SF 4.3", "custom_code", "FLOW_EXCEPTION"),
    RECORD("B8.20", "duplicates", "DUPLICATES_DETECTED"),
    RECORD("B8.20", "duplicates", "DUPLICATE_VALUE"),
    RECORD("SF 4.3", "duplicates", "DUPLICATE_EXTERNAL_ID"),
    RECORD("SF 4.3", "duplicates", "MULTIPLE_RECORDS_FOUND"),
    RECORD("H5.4", "duplicates", "CONFLICT"),
    RECORD("H5.3", "duplicates", "OBJECT_ALREADY_EXISTS"),
    RECORD("B8.21", "permissions", "INSUFFICIENT_ACCESS_OR_READONLY"),
    RECORD("B8.21", "permissions", "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"),
    RECORD("B8.21", "permissions", "INVALID_FIELD_FOR_INSERT_UPDATE"),
    RECORD("B8.21", "permissions", "CANNOT_UPDATE_CONVERTED_LEAD"),
    RECORD("B8.21", "permissions", "INVALID_CROSS_REFERENCE_KEY"),
    RECORD("SF 4.3", "permissions", "INSUFFICIENT_ACCESS"),
    RECORD("SF 4.3", "permissions", "TRANSFER_REQUIRES_READ"),
    RECORD("SF 4.3", "permissions", "INACTIVE_OWNER_OR_USER"),
    RECORD("SF 4.3", "permissions", "OP_WITH_INVALID_USER_TYPE_EXCEPTION"),
    RECORD("SF 4.3", "permissions", "INVALID_FIELD"),
    RECORD("SF 4.3", "permissions", "INVALID_TYPE"),
    RECORD("H5.7", "permissions", "READ_ONLY_VALUE"),
    RECORD("H5.7", "permissions", "PROPERTY_DOESNT_EXIST"),
    RECORD("S6.2", "permissions", "not_writable"),
    RECORD("B8.22", "picklists", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    RECORD("H5.7", "picklists", "INVALID_OPTION"),
    RECORD("S6.2", "picklists", "picklist_value"),
    RECORD("B8.23", "property_values", "REQUIRED_FIELD_MISSING"),
    RECORD("B8.23", "property_values", "STRING_TOO_LONG"),
    RECORD("B8.23", "property_values", "NUMBER_OUTSIDE_VALID_RANGE"),
    RECORD("B8.23", "property_values", "INVALID_EMAIL_ADDRESS"),
    RECORD("B8.23", "property_values", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    RECORD("B8.23", "property_values", "FIELD_INTEGRITY_EXCEPTION"),
    RECORD("SF 4.3", "property_values", "MALFORMED_ID"),
    RECORD("SF 4.3", "property_values", "INVALID_ID_FIELD"),
    RECORD("SF 4.3", "property_values", "JSON_PARSER_ERROR"),
    RECORD("SF 4.3", "property_values", "MISSING_ARGUMENT"),
    RECORD("H5.3", "property_values", "VALIDATION_ERROR"),
    RECORD("H5.7", "property_values", "INVALID_INTEGER"),
    RECORD("H5.7", "property_values", "INVALID_LONG"),
    RECORD("H5.7", "property_values", "INVALID_DATE"),
    RECORD("H5.7", "property_values", "INVALID_EMAIL"),
    RECORD("H5.7", "property_values", "INVALID_ALPHA"),
    RECORD("H5.8", "property_values", "MISSING_REQUIRED_PROPERTY"),
    RECORD("H5.8", "property_values", "MISSING_CONDITIONAL_REQUIRED_PROPERTY"),
    RECORD("S6.2", "property_values", "required"),
    RECORD("S15.5", "property_values", "required_missing"),
    RECORD("S6.2", "property_values", "too_long"),
    RECORD("S6.2", "property_values", "too_short"),
    RECORD("S6.2", "property_values", "validation_rule"),
    RECORD("S6.2", "property_values", "out_of_range"),
    RECORD("S6.2", "property_values", "not_a_number"),
    RECORD("S6.2", "property_values", "number_too_large"),
    RECORD("S5.9", "property_values", "address_held"),
    RECORD("SF 4.3", "associations", "CIRCULAR_DEPENDENCY"),
    RECORD("S11.2", "associations", "hierarchy_loop"),
    RECORD("B6.5", "associations", "association_limit"),
    RECORD("S11.1", "associations", "association_refused"),
    RECORD("S3.6", "associations", "contact_not_seen"),
    RECORD("B6.3", "associations", "waiting_for_account"),
    RECORD("B6.3", "associations", "waiting_for_company"),
    RECORD("S10.1", "property_values", "stage_kept"),
    RECORD("S10.1", "picklists", "stage_unknown"),
    GONE("B8.24", "ENTITY_IS_DELETED"),
    GONE("B8.24", "NOT_FOUND"),
    GONE("H5.10", "OBJECT_NOT_FOUND"),
    GONE("SF 4.3", "PRECONDITION_FAILED"),
    GONE("SF 4.3", "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE"),
    GONE("SF 4.3", "MODIFIED"),
    PASSES("B8.25", "UNABLE_TO_LOCK_ROW", SCOPE_RECORD),
    PASSES("B8.25", "SERVER_UNAVAILABLE", SCOPE_SIDE),
    PASSES("B8.25", "QUERY_TIMEOUT", SCOPE_SIDE),
    PASSES("SF 4.3", "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", SCOPE_SIDE),
    PASSES("SF 4.3", "ORG_IN_MAINTENANCE", SCOPE_SIDE),
    PASSES("SF 4.3", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", SCOPE_SIDE),
    PASSES("SF 4.3", "REQUEST_RUNNING_TOO_LONG", SCOPE_SIDE),
    PASSES("H5.3", "RATE_LIMITS", SCOPE_SIDE),
    PASSES("SF 4.3", "ALL_OR_NONE_OPERATION_ROLLED_BACK", SCOPE_RECORD),
    PASSES("SF 4.3", "PROCESSING_HALTED", SCOPE_RECORD),
    PASSES("SF 4.3", "UNKNOWN_EXCEPTION", SCOPE_RECORD),
    PASSES("H5.3", "INTERNAL_ERROR", SCOPE_RECORD),
    PASSES("SF 4.3", "ENTITY_IS_LOCKED", SCOPE_RECORD),
    {"B8.26", "REQUEST_LIMIT_EXCEEDED", NULL, ERR_WAIT, SCOPE_SIDE},
    {"B8.26", "API_DISABLED_FOR_ORG", NULL, ERR_REFUSED, SCOPE_SIDE},
    {"B8.26", "INVALID_SESSION_ID", NULL, ERR_REAUTH, SCOPE_SIDE},
    {"SF 4.3", "API_CURRENTLY_DISABLED", NULL, ERR_REFUSED, SCOPE_SIDE},
    {"SF 4.3", "UNSUPPORTED_API_VERSION", NULL, ERR_CONFIG, SCOPE_SIDE},
    {"H5.3", "INVALID_AUTHENTICATION", NULL, ERR_REAUTH, SCOPE_SIDE},
    {"H5.3", "EXPIRED_AUTHENTICATION", NULL, ERR_REAUTH, SCOPE_SIDE},
    {"S15.6", "STORAGE_LIMIT_EXCEEDED", NULL, ERR_REFUSED, SCOPE_DIRECTION},
    {"S15.6", "LICENSE_LIMIT_EXCEEDED", NULL, ERR_REFUSED, SCOPE_DIRECTION},
    {"S15.6", "key_missing", NULL, ERR_REFUSED, SCOPE_DIRECTION},
    {"S15.6", "record_limit", NULL, ERR_REFUSED, SCOPE_DIRECTION},
    {"H5.3", "MISSING_SCOPES", NULL, ERR_REFUSED, SCOPE_DIRECTION},
};

static void every_code_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(expected); i++) {
        const struct refusal *r = refusal_of(str_from(expected[i].code));
        if (strcmp(r->code, expected[i].code) != 0 || r->kind != expected[i].kind ||
            r->scope != expected[i].scope)
            fail_msg("%s %s: kind %d, scope %d", expected[i].rule, expected[i].code, r->kind,
                     r->scope);
        if (expected[i].category)
            assert_string_equal(category_name(r->category), expected[i].category);
    }
    assert_int_equal(refusal_count, LEN(expected)); /* no row that nobody expects */
}

static void the_table_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < refusal_count; i++)
        assert_true(strcmp(refusal_table[i - 1].code, refusal_table[i].code) < 0);
}

/* SF 4.3: permanent for this record, never for the whole run. */
static void an_unknown_code_is_about_the_record(void **state)
{
    static const char *const codes[] = {"", "A", "NEVER_SEEN_BEFORE", "zzz", "STRING_TOO_LON"};
    (void)state;
    for (size_t i = 0; i < LEN(codes); i++) {
        const struct refusal *r = refusal_of(str_from(codes[i]));
        assert_int_equal(r->kind, ERR_REJECTED);
        assert_int_equal(r->scope, SCOPE_RECORD);
        assert_string_equal(category_name(r->category), "property_values");
    }
    assert_int_equal(refusal_of(STR_NONE)->kind, ERR_REJECTED);
}

static void categories_have_names(void **state)
{
    enum error_category c, back;
    (void)state;
    for (c = CATEGORY_ASSOCIATIONS; c < CATEGORY_COUNT; c++) {
        assert_true(category_from_name(str_from(category_name(c)), &back));
        assert_int_equal(back, c);
    }
    assert_false(category_from_name(S("nonsense"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_is_sorted),
        cmocka_unit_test(the_table_is_sorted),
        cmocka_unit_test(an_unknown_code_is_about_the_record),
        cmocka_unit_test(categories_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
