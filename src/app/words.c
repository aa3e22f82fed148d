/* words: the sentences behind the codes; one table each. */
#include "app/app.h"

const char *word_action(enum action a)
{
    static const char *const words[ACTION_COUNT] = {
        [ACTION_NONE] = "leave as it is", [ACTION_CREATE] = "create",
        [ACTION_LINK] = "link",           [ACTION_UPDATE] = "update",
        [ACTION_REVIEW] = "review",       [ACTION_WAIT] = "wait",
        [ACTION_SKIP] = "skip",           [ACTION_ERROR] = "cannot",
        [ACTION_UNLINK] = "unlink",       [ACTION_FOLLOW] = "follow the merge of",
        [ACTION_ARCHIVE] = "archive",
    };
    return words[a];
}

static const char *const why_words[WHY_COUNT] = {
    [WHY_NOTHING] = "nothing has moved since it was last handled",
    [WHY_SWITCH_OFF] = "company_sync is off",
    [WHY_NEW_ACCOUNT] = "it was made after the switch was turned on",
    [WHY_EXISTING] = "it is from before the switch was turned on and was not edited since;"
                     " an import or an edit of a mapped field brings it in",
    [WHY_EDITED] = "it was edited after the switch was turned on",
    [WHY_IMPORT] = "a person asked for it",
    [WHY_PERSON_ACCOUNT] = "it is a person account, and person_accounts is off",
    [WHY_SETTLING] = "it is younger than create_settle",
    [WHY_OUR_KEY] = "the record on the other side carries our id",
    [WHY_NATIVE_ID] = "the company's salesforceaccountid names the account",
    [WHY_SAME_HOST] = "both have the same domain",
    [WHY_SAME_SITE] = "only the registrable domain is the same; a person must decide",
    [WHY_SEVERAL] = "several records fit; a person must decide",
    [WHY_SIBLING] = "it shares its domain with a record that is linked already",
    [WHY_CONVERTED_LEAD] = "leads of the company's contacts were converted into the account",
    [WHY_SHARED_CONTACTS] = "the company holds more than half of the account's contacts",
    [WHY_QUALIFIES] = "it has contacts, not all of them leads, and one of them qualifies",
    [WHY_NO_CONTACTS] = "it matches no account, and has no contacts (N1)",
    [WHY_ONLY_LEADS] = "it matches no account, and all its contacts sync with leads (N2)",
    [WHY_NONE_QUALIFIES] = "it matches no account, and none of its contacts qualifies for the"
                           " inclusion list (N3)",
    [WHY_NOT_LISTED] = "it matches no account, and is not on the chosen list of companies",
    [WHY_NO_NAME] = "it has no name; after 24 h its domain is taken, if name_from_domain is on",
    [WHY_SHARED_DOMAIN] = "it matches no account, and its only domains are free-mail or"
                          " shared-host ones",
    [WHY_EXISTING_COMPANY] = "it is from before the switch was turned on and matches nothing"
                             " that enters",
    [WHY_MOVED] = "values have moved",
    [WHY_FIELDS_REFUSED] = "some of its values are refused; the rest is in step",
    [WHY_REQUIRED_MISSING] = "the other side needs a value that is blank here",
    [WHY_PARTNER_GONE] = "a side is deleted or not visible to us; nothing is done to the other",
    [WHY_BRAKE] = "a brake holds it",
    [WHY_NO_KEY] = "our key field is missing on the other side; run `tandem setup`",
    [WHY_BESIDE_NATIVE] = "HubSpot's own company sync works beside, so nothing is created",
    [WHY_HAND] = "a person decided it",
    [WHY_SEVERED] = "it was unlinked and makes no new partner by itself; `tandem resync ID`"
                    " or `tandem link` lifts this",
    [WHY_DELETED] = "its partner was deleted; the link ends, this record is kept",
    [WHY_DELETED_IGNORED] = "a side was deleted, and on_delete is ignore: the link is kept",
    [WHY_RESTORED] = "the deleted side is back, so the old link resumes",
    [WHY_MERGED] = "a side was merged into another record, which takes its place",
    [WHY_LEFTOVER] = "its partner was merged into a record that is linked already; a person"
                     " must decide what becomes of this one",
    [WHY_DUEL] = "two automations change the same field to and fro, so it is held for a while",
    [WHY_FIRST_LINK] = "both sides hold a value of their own, and first_link is review: a"
                       " person must say whose stands",
    [WHY_FILTERED] = "the account filter leaves it out; `tandem filter show` shows the filter",
    [WHY_FILTER_UNKNOWN] = "the account filter compares a field that cannot be read, so it"
                           " stays as it is",
    [WHY_DUPLICATE_RULE] = "a duplicate rule of Salesforce blocks the new account; a person"
                           " must decide",
    [WHY_DELETE_ASKS] = "its partner was deleted and on_delete is delete, but Tandem did not"
                        " make this one; a person must decide whether it is archived",
    [WHY_DELETE_ATTACHED] = "its partner was deleted and on_delete is delete, but contacts,"
                            " opportunities or cases hang on this one, which would go with it",
    [WHY_UNDO] = "a person undoes what a run did",
    [WHY_LIST_COMPUTING] = "HubSpot is computing a list that decides who qualifies",
    [WHY_LIST_REFUSED] = "a list that decides who qualifies is gone, or no active one; choose"
                         " another with `tandem settings set`",
    [WHY_NO_RECORD_TYPE] = "the setting record_type names none that is active and that our user"
                           " may choose; set another, or default",
    [WHY_BACKFILL] = "a person brings the existing values of a mapping over",
    [WHY_NEAR_NAME] = "an unlinked record on the other side has nearly the same name; a person is"
                      " asked for a day, then a new partner is made",
    [WHY_PARENT_ALONE] = "its parent is not linked; it is written once that is",
    [WHY_CHANGED_SINCE] = "it is not any more what the plan says",
    [WHY_ID_REFUSED] = "the company does not carry our id, which was refused before",
    [WHY_SUSPENDED] = "writing to that side is suspended; `tandem status` says why",
};

const char *word_why(enum why w)
{
    return why_words[w];
}

const char *word_why_code(struct str name)
{
    for (int w = 0; w < WHY_COUNT; w++)
        if (str_eq(name, str_from(why_name((enum why)w))))
            return word_why((enum why)w);
    return NULL;
}

/* The way out of what a service or our own check refuses (S15.1). */
static const struct {
    const char *code, *remedy;
} remedies[] = {
    {"API_CURRENTLY_DISABLED", "switch API access on for our user in Salesforce"},
    {"API_DISABLED_FOR_ORG", "give our user in Salesforce the permission API Enabled"},
    {"APEX_ERROR", "ask the Salesforce administrator: their own code refused it"},
    {"CANNOT_EXECUTE_FLOW_TRIGGER", "ask the Salesforce administrator: a flow of theirs failed"},
    {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
     "ask the Salesforce administrator: a trigger of theirs failed"},
    {"CIRCULAR_DEPENDENCY", "take the loop out of the accounts' parents"},
    {"CONFLICT", "another record has this unique value already: change or merge one of them"},
    {"DUPLICATES_DETECTED", "look at the duplicate: link it by hand, or change the rule"},
    {"DUPLICATE_VALUE", "another record has this unique value: change or merge one of them"},
    {"ENTITY_IS_LOCKED", "an approval process holds the record: approve, or recall it"},
    {"FIELD_CUSTOM_VALIDATION_EXCEPTION",
     "correct the value as the validation rule says, or ask the administrator to change it"},
    {"FIELD_INTEGRITY_EXCEPTION", "correct the value: it refers to something that is not there"},
    {"FLOW_EXCEPTION", "ask the Salesforce administrator: a flow of theirs failed"},
    {"INACTIVE_OWNER_OR_USER", "choose an active owner, or set owner.unmatched"},
    {"INSUFFICIENT_ACCESS", "give our user read and edit; `tandem doctor` says where"},
    {"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
     "the value refers to a record that our user may not see (B8.17)"},
    {"INSUFFICIENT_ACCESS_OR_READONLY",
     "give our user read and edit on the record (B8.17); `tandem doctor` says where"},
    {"INVALID_CROSS_REFERENCE_KEY", "the value refers to a record that our user may not see"},
    {"INVALID_EMAIL", "correct the address"},
    {"INVALID_EMAIL_ADDRESS", "correct the address"},
    {"INVALID_FIELD", "give our user the field, or take it out of the mappings"},
    {"INVALID_FIELD_FOR_INSERT_UPDATE",
     "give our user the right to edit the field; a formula cannot be written"},
    {"INVALID_OPTION", "add the option in HubSpot, or a value table to the mapping"},
    {"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     "add the value in Salesforce, or a value table to the mapping"},
    {"INVALID_SESSION_ID", "connect again: `tandem connect salesforce`"},
    {"LICENSE_LIMIT_EXCEEDED", "the org's licences are used up: free one, or buy some"},
    {"MISSING_CONDITIONAL_REQUIRED_PROPERTY", "fill the property that HubSpot asks for"},
    {"MISSING_REQUIRED_PROPERTY", "fill the property that HubSpot asks for"},
    {"NUMBER_OUTSIDE_VALID_RANGE", "correct the number, or make the field larger"},
    {"PROPERTY_DOESNT_EXIST", "make the property again, or take it out of the mappings"},
    {"READ_ONLY_VALUE", "the property cannot be written: change the mapping's rule"},
    {"REQUEST_LIMIT_EXCEEDED",
     "the org's calls of the day are used up; ask Salesforce for a temporary rise"},
    {"REQUIRED_FIELD_MISSING", "fill the field, or give the mapping a default"},
    {"STORAGE_LIMIT_EXCEEDED", "free storage in the org, or buy some"},
    {"STRING_TOO_LONG", "shorten the value, or let the mapping cut it"},
    {"UNSUPPORTED_API_VERSION", "set salesforce_version in tandem.yaml to one the org serves"},
    {"association_limit",
     "Association limit reached: remove associations of the record, or point them to another"
     " one, or raise the limit in HubSpot; then try again (B6.5)"},
    {"association_refused", "look at the contact and the company in HubSpot, then try again"},
    {"contact_not_seen", "give our user the right to see the contact: it is not there for it"},
    {"day_quota", "the day's calls are used up; other programs of the org use them too"},
    {"hierarchy_loop", "take the parent off one of the two, in either system"},
    {"key_missing", "run `tandem setup`, or give our user the field"},
    {"not_a_number", "correct the value"},
    {"not_authorised", "connect again: `tandem connect`"},
    {"not_writable", "give our user the right to edit it, or change the mapping's rule"},
    {"number_too_large", "correct the number, or make the field larger"},
    {"out_of_range", "correct the number, or the rule of the property"},
    {"picklist_value", "add the value there, or a value table to the mapping"},
    {"record_limit", "the portal is full: delete records, or raise the limit with HubSpot"},
    {"required", "fill the field: it cannot be blank there"},
    {"required_missing", "fill the field: the other side needs it"},
    {"stage_kept", "HubSpot does not take the stage: set it on the company by hand"},
    {"stage_unknown", "make the stage for companies too, or name it in lifecycle.still"},
    {"token_refused", "connect again: `tandem connect`"},
    {"too_long", "shorten the value, or let the mapping cut it"},
    {"too_short", "lengthen the value, or change the rule of the property"},
    {"validation_rule", "correct the value, or the rule of the property"},
    {"waiting_for_account",
     "bring the account over (`tandem resync ID`, or an import), or move the contact (B6.3)"},
    {"waiting_for_company",
     "bring the company over (`tandem resync ID`), or give the contact another primary one"},
};

const char *word_remedy(struct str code)
{
    for (size_t i = 0; i < LEN(remedies); i++)
        if (str_eq(code, str_from(remedies[i].code)))
            return remedies[i].remedy;
    return NULL;
}

const char *word_planned(enum action a)
{
    static const char *const words[ACTION_COUNT] = {
        [ACTION_NONE] = "linked and in step already",
        [ACTION_CREATE] = "to create: nothing on the other side matches",
        [ACTION_LINK] = "to link: the partner is there already",
        [ACTION_UPDATE] = "to update: linked, and values have moved",
        [ACTION_REVIEW] = "for a person to decide (review); nothing is written",
        [ACTION_WAIT] = "waiting",
        [ACTION_SKIP] = "left alone",
        [ACTION_ERROR] = "that cannot be done as things are",
        [ACTION_UNLINK] = "to unlink: a side is gone; nothing is deleted",
        [ACTION_FOLLOW] = "to follow a merge: the survivor takes the link",
        [ACTION_ARCHIVE] = "to archive: one record goes to the recycle bin, the link ends",
    };
    return words[a];
}

const char *word_run(enum run_state s)
{
    static const char *const words[] = {
        [RUN_OPEN] = "open",     [RUN_DONE] = "done",       [RUN_ERRORS] = "done with errors",
        [RUN_FAILED] = "failed", [RUN_STOPPED] = "stopped",
    };
    return words[s];
}

const char *word_origin(enum link_origin o)
{
    static const char *const words[] = {
        [ORIGIN_CREATED_COMPANY] = "Tandem made the company from the account (S2.1)",
        [ORIGIN_CREATED_ACCOUNT] = "Tandem made the account from the company (S3.1)",
        [ORIGIN_KEY] = "one carried our id of the other (S8.1)",
        [ORIGIN_NATIVE] = "the company's salesforceaccountid named the account (S7.1)",
        [ORIGIN_DOMAIN] = "both had the same domain, and nothing else fitted (S7.1, S7.2)",
        [ORIGIN_CONTACTS] = "they shared their contacts (S7.1)",
        [ORIGIN_HAND] = "a person linked them (S7.5)",
        [ORIGIN_ADOPTED] = "the link was taken over (S7.9)",
        [ORIGIN_MERGED] = "what Tandem made was merged into another record (S9.3)",
    };
    return (size_t)o < LEN(words) && words[o] ? words[o] : "linked";
}
