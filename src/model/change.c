#include "model/change.h"

const char *action_name(enum action a)
{
    static const char *const names[ACTION_COUNT] = {
        [ACTION_NONE] = "none",     [ACTION_CREATE] = "create",   [ACTION_LINK] = "link",
        [ACTION_UPDATE] = "update", [ACTION_REVIEW] = "review",   [ACTION_WAIT] = "wait",
        [ACTION_SKIP] = "skip",     [ACTION_ERROR] = "error",     [ACTION_UNLINK] = "unlink",
        [ACTION_FOLLOW] = "follow", [ACTION_ARCHIVE] = "archive",
    };
    return names[a];
}

bool action_writes(enum action a)
{
    switch (a) {
    case ACTION_CREATE:
    case ACTION_LINK:
    case ACTION_UPDATE:
    case ACTION_UNLINK:
    case ACTION_FOLLOW:
    case ACTION_ARCHIVE:
        return true;
    default:
        return false;
    }
}

static const struct {
    const char *name, *rule;
} whys[WHY_COUNT] = {
    [WHY_NOTHING] = {"nothing", "S5.8"},
    [WHY_SWITCH_OFF] = {"switch_off", "S1.1"},
    [WHY_NEW_ACCOUNT] = {"new_account", "S2.1"},
    [WHY_EXISTING] = {"existing", "S2.2"},
    [WHY_EDITED] = {"edited", "S2.2"},
    [WHY_IMPORT] = {"import", "S13.1"},
    [WHY_PERSON_ACCOUNT] = {"person_account", "S2.4"},
    [WHY_SETTLING] = {"settling", "S7.7"},
    [WHY_OUR_KEY] = {"our_key", "S8.1"},
    [WHY_NATIVE_ID] = {"native_id", "S7.1"},
    [WHY_SAME_HOST] = {"same_host", "S7.1"},
    [WHY_SAME_SITE] = {"same_site", "S7.2"},
    [WHY_SEVERAL] = {"several", "S7.2"},
    [WHY_SIBLING] = {"sibling", "S7.2"},
    [WHY_CONVERTED_LEAD] = {"converted_lead", "S7.1"},
    [WHY_SHARED_CONTACTS] = {"shared_contacts", "S7.1"},
    [WHY_QUALIFIES] = {"qualifies", "S3.1"},
    [WHY_NO_CONTACTS] = {"no_contacts", "S3.2"},
    [WHY_ONLY_LEADS] = {"only_leads", "S3.2"},
    [WHY_NONE_QUALIFIES] = {"none_qualifies", "S3.2"},
    [WHY_NOT_LISTED] = {"not_listed", "S3.5"},
    [WHY_NO_NAME] = {"no_name", "S3.8"},
    [WHY_SHARED_DOMAIN] = {"shared_domain", "S3.8"},
    [WHY_EXISTING_COMPANY] = {"existing_company", "S3.4"},
    [WHY_MOVED] = {"moved", "S5.8"},
    [WHY_FIELDS_REFUSED] = {"fields_refused", "S15.5"},
    [WHY_REQUIRED_MISSING] = {"required_missing", "S15.5"},
    [WHY_PARTNER_GONE] = {"partner_gone", "S9.4"},
    [WHY_BRAKE] = {"brake", "S12.3"},
    [WHY_NO_KEY] = {"no_key", "S8.1"},
    [WHY_BESIDE_NATIVE] = {"beside_native", "S1.6"},
    [WHY_HAND] = {"hand", "S7.5"},
    [WHY_SEVERED] = {"severed", "S7.6"},
    [WHY_DELETED] = {"deleted", "S9.1"},
    [WHY_DELETED_IGNORED] = {"deleted_ignored", "S9.1"},
    [WHY_RESTORED] = {"restored", "S9.2"},
    [WHY_MERGED] = {"merged", "S9.3"},
    [WHY_LEFTOVER] = {"merge_leftover", "S9.3"},
    [WHY_DUEL] = {"automations_duel", "S8.5"},
    [WHY_FIRST_LINK] = {"first_link", "S5.5"},
    [WHY_FILTERED] = {"filtered", "S2.3"},
    [WHY_FILTER_UNKNOWN] = {"filter_unknown", "S2.3"},
    [WHY_DUPLICATE_RULE] = {"duplicate_rule", "S7.2"},
    [WHY_DELETE_ASKS] = {"delete_asks", "S9.1"},
    [WHY_DELETE_ATTACHED] = {"delete_attached", "S9.1"},
    [WHY_UNDO] = {"undo", "S12.4"},
    [WHY_LIST_COMPUTING] = {"list_computing", "S3.5"},
    [WHY_LIST_REFUSED] = {"list_refused", "S3.5"},
    [WHY_NO_RECORD_TYPE] = {"no_record_type", "S6.10"},
    [WHY_BACKFILL] = {"backfill", "S6.5"},
    [WHY_PARENT_ALONE] = {"parent_alone", "S11.2"},
    [WHY_SUSPENDED] = {"suspended", "S15.4"},
    [WHY_NEAR_NAME] = {"near_name", "S7.4"},
    [WHY_CHANGED_SINCE] = {"changed_since", "S12.1"},
    [WHY_ID_REFUSED] = {"id_refused", "S8.1"},
};

const char *why_name(enum why w)
{
    return whys[w].name;
}

const char *why_rule(enum why w)
{
    return whys[w].rule;
}
