/* words: the sentences behind the codes; one table each. */
#include "app/app.h"

const char *word_action(enum action a)
{
    static const char *const words[ACTION_COUNT] = {
        [ACTION_NONE] = "leave as it is", [ACTION_CREATE] = "create", [ACTION_LINK] = "link",
        [ACTION_UPDATE] = "update",       [ACTION_REVIEW] = "review", [ACTION_WAIT] = "wait",
        [ACTION_SKIP] = "skip",           [ACTION_ERROR] = "cannot",
    };
    return words[a];
}

const char *word_why(enum why w)
{
    static const char *const words[WHY_COUNT] = {
        [WHY_NOTHING] = "nothing has moved since it was last handled",
        [WHY_SWITCH_OFF] = "company_sync is off",
        [WHY_NEW_ACCOUNT] = "it was made after the switch was turned on",
        [WHY_EXISTING] = "it is from before the switch was turned on and was not edited since;"
                         " an import or an edit of a mapped field brings it in",
        [WHY_EDITED] = "it was edited after the switch was turned on",
        [WHY_IMPORT] = "a person asked for it",
        [WHY_PERSON_ACCOUNT] = "it is a person account",
        [WHY_SETTLING] = "it is younger than create_settle",
        [WHY_OUR_KEY] = "the record on the other side carries our id",
        [WHY_NATIVE_ID] = "the company's salesforceaccountid names the account",
        [WHY_SAME_HOST] = "both have the same domain",
        [WHY_SAME_SITE] = "only the registrable domain is the same; a person must decide",
        [WHY_SEVERAL] = "several records fit; a person must decide",
        [WHY_SIBLING] = "it shares its domain with a record that is linked already",
        [WHY_NO_ACCOUNT_BY_ITSELF] = "nothing matches it, and a company makes no account by itself"
                                     " here",
        [WHY_EXISTING_COMPANY] = "it is from before the switch was turned on and matches nothing"
                                 " that enters",
        [WHY_MOVED] = "values have moved",
        [WHY_FIELDS_REFUSED] = "some of its values are refused; the rest is in step",
        [WHY_REQUIRED_MISSING] = "the other side needs a value that is blank here",
        [WHY_PARTNER_GONE] = "a side is deleted or not visible to us; nothing is done to the other",
        [WHY_BRAKE] = "a brake holds it",
        [WHY_NO_KEY] = "our key field is missing on the other side; run `tandem setup`",
    };
    return words[w];
}
