/* Which Salesforce type may be mapped with which HubSpot type: every wire type with every wire
 * type, against a table written by hand from B3.34-B3.47 (S6.1). */
#include "unit.h"

#include <stdio.h>

#include "crm/hubspot/hs_p.h"
#include "crm/salesforce/sf_p.h"
#include "model/mapping_check.h"

/* The columns: one letter each in the rows below. */
static const struct {
    const char *type, *field;
} hubspot[] = {
    {"string", "text"},                 /* T */
    {"string", "textarea"},             /* A */
    {"string", "html"},                 /* H */
    {"string", "file"},                 /* F */
    {"string", "phonenumber"},          /* P */
    {"string", "calculation_equation"}, /* C */
    {"phone_number", "phonenumber"},    /* Q */
    {"number", "number"},               /* N */
    {"number", "calculation_equation"}, /* E */
    {"bool", "booleancheckbox"},        /* B */
    {"enumeration", "booleancheckbox"}, /* D */
    {"enumeration", "select"},          /* S */
    {"enumeration", "radio"},           /* R */
    {"enumeration", "checkbox"},        /* M */
    {"date", "date"},                   /* Y */
    {"datetime", "date"},               /* Z */
    {"json", "text"},                   /* J */
    {"object_coordinates", "text"},     /* O */
};
static const char columns[] = "TAHFPCQNEBDSRMYZJO";
static_assert(sizeof(columns) - 1 == LEN(hubspot), "a letter a column");

static const struct {
    const char *type, *fits; /* letters of the columns that it may go with */
} salesforce[] = {
    {"id", "SR"},
    {"reference", "SR"},   /* B3.34, B3.43 */
    {"string", "TPCQ"},    /* B3.38; auto-numbers and text formulas are strings too */
    {"textarea", "TAPCQ"}, /* B3.38, B3.39 */
    {"combobox", "TPCQ"},  /* free text with suggestions */
    {"url", "TPCQ"},       /* B3.42 */
    {"phone", "TPCQ"},     /* B3.42 */
    {"email", "TPCQ"},     /* B3.42 */
    {"encryptedstring", ""},
    {"int", "NE"}, /* B3.37 */
    {"long", "NE"},
    {"double", "NE"},       /* B3.37 */
    {"currency", "NE"},     /* B3.42, B3.47 */
    {"percent", "NE"},      /* B3.42 */
    {"boolean", "BD"},      /* B3.36 */
    {"picklist", "SR"},     /* B3.34 */
    {"multipicklist", "M"}, /* B3.35 */
    {"date", "YZ"},         /* B3.40 */
    {"datetime", "YZ"},     /* B3.40, B3.44 */
    {"time", ""},
    {"address", ""},
    {"location", ""},
    {"base64", ""},
    {"anyType", ""},
    {"complexvalue", ""},
};

static void every_type_with_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(salesforce); i++)
        for (size_t k = 0; k < LEN(hubspot); k++) {
            bool want = str_find_char(str_from(salesforce[i].fits), columns[k]) >= 0;
            bool got = types_fit(sf_type_of(str_from(salesforce[i].type)),
                                 hs_type_of(str_from(hubspot[k].type), str_from(hubspot[k].field)));
            if (want != got)
                fail_msg("%s with %s/%s: %s", salesforce[i].type, hubspot[k].type, hubspot[k].field,
                         got ? "fits" : "does not fit");
        }
}

/* OwnerId goes with hubspot_owner_id and with nothing else (S6.6). */
static void owners_go_with_owners_only(void **state)
{
    (void)state;
    for (int t = 0; t < FIELD_TYPE_COUNT; t++) {
        assert_int_equal(types_fit(FIELD_OWNER, (enum field_type)t), t == FIELD_OWNER);
        assert_int_equal(types_fit((enum field_type)t, FIELD_OWNER), t == FIELD_OWNER);
        assert_false(types_fit(FIELD_OTHER, (enum field_type)t));
        assert_false(types_fit((enum field_type)t, FIELD_OTHER));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_with_every_type),
        cmocka_unit_test(owners_go_with_owners_only),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
