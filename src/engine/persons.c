/* persons: person accounts enter by mappings of their own, or not at all (S2.4). */
#include "engine/engine_p.h"

/* What gives their companies a name, which a company cannot be made without (H6.15). */
static bool named(const struct mappings *all)
{
    struct mappings m = *all;
    m.persons = true;
    size_t i = mapping_used_at(&m, SIDE_HS, S("name"));
    return i < m.count && rule_lets_write(m.map[i].rule, SIDE_SF);
}

bool persons_check(const struct engine *en, const struct settings *next, const struct mappings *m,
                   struct err *e)
{
    if (!next->person_accounts)
        return true;
    if (en->online[SIDE_SF] && !schema_find(&en->schema[SIDE_SF], S("IsPersonAccount"))) {
        err_set(e, ERR_REFUSED, "no_person_accounts", "this org has no person accounts");
        err_rule(e, "S2.4");
        err_subject(e, S("person_accounts"));
        return err_hint(e,
                        "a Salesforce administrator turns them on in the org, then set it again");
    }
    if (named(m))
        return true;
    err_set(e, ERR_REFUSED, "person_mapping",
            "person accounts enter by mappings of their own, and none of these gives the company"
            " its name");
    err_rule(e, "S2.4");
    err_subject(e, S("person_accounts"));
    return err_hint(e, "their name is composed and read-only: `tandem mapping add Name name --for"
                       " person --rule always_salesforce`, and what else they are to carry over");
}
