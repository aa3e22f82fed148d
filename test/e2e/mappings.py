"""Mappings: refused before anything is saved, in use only from their baseline on, suspended while a
field is out of sight, and the same bytes in a file every time."""
import os

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "30", "--limits", "off", "--seed", "3")
t = Tandem(s)


def account(n, **values):
    return s.call(f"/salesforce/accounts/{ids[n]}", values, "PATCH")


def company(n, **values):
    return s.call(f"/hubspot/companies/{pair[n]}", values, "PATCH")


def prop(n, name):
    return s.fields("hubspot/companies", pair[n]).get(name)


def refused(name, code, *words):
    before = t.json("mapping", "list")
    result = t.run("mapping", *words)
    tap.ok(result.code == 64 and code in result.err, name, result)
    tap.same(t.json("mapping", "list"), before, name + "_saves_nothing")


def written():
    r = t.json("sync")
    return (r["salesforce"]["updated"], r["hubspot"]["updated"])


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    ids = [a["id"] for a in s.records("salesforce/accounts")]
    pair = [t.json("explain", ids[n])["partner"] for n in range(4)]

    # S6.1: both fields, the rule and the way out, before anything is saved
    refused("a_double_use_is_refused", "hubspot industry is mapped with Industry already", "add",
            "Rating", "industry")
    refused("types_that_do_not_fit_are_refused", "Rating (picklist)", "add", "Rating", "hs_logo_url")
    refused("a_rule_that_writes_a_read_only_field_is_refused", "choose the rule always_salesforce",
            "add", "JigsawCompanyId", "hs_logo_url")
    refused("a_default_mapping_stays", "cannot be removed", "remove", "Fax")
    refused("a_field_that_is_not_there_is_refused", "has no field Nowhere__c", "add", "Nowhere__c",
            "hs_logo_url")
    refused("a_table_of_unknown_values_is_refused", "none of the active values", "add", "Rating",
            "hs_ideal_customer_profile", "--values", "Hot=nowhere")

    # S6.4: existing values are not touched; from then on moves count
    account(0, TickerSymbol="OLD")
    company(1, hs_logo_url="old")
    t.json("sync")
    r = t.json("mapping", "add", "TickerSymbol", "hs_logo_url", "--rule", "two_way")
    tap.same(r["added"], 1, "a_mapping_is_added")
    tap.same((written(), prop(0, "hs_logo_url")), ((0, 0), None), "existing_values_are_not_touched")
    account(0, Phone="+31 20 1234567")
    tap.same((written(), prop(0, "hs_logo_url")), ((0, 1), None),
             "nor_by_a_move_of_another_field")
    account(0, TickerSymbol="NEW")
    written()
    tap.same(prop(0, "hs_logo_url"), "NEW", "a_move_is_carried_over")
    company(1, hs_logo_url="moved")
    written()
    tap.same(s.fields("salesforce/accounts", ids[1]).get("TickerSymbol"), "moved", "and_the_other_way")

    # S6.8: out of sight is unknown, never blank; back in sight it is decided against the base
    def sight(on):
        s.call("/salesforce/fields", {"field": "TickerSymbol", "read": on}, "POST")

    sight(False)
    tap.same((written(), prop(0, "hs_logo_url")), ((0, 0), "NEW"), "a_hidden_field_clears_nothing")
    result = t.run("mapping", "check")
    tap.ok(result.code == 2 and "TickerSymbol <-> hs_logo_url" in result.out,
           "the_check_names_both_and_why", result)
    sight(True)
    account(0, TickerSymbol="HIDDEN EDIT")  # by somebody who sees it
    sight(False)
    company(1, hs_logo_url="waits")
    tap.same((written(), prop(0, "hs_logo_url")), ((0, 0), "NEW"), "nothing_is_written_for_it")
    sight(True)
    written()
    tap.same((prop(0, "hs_logo_url"), s.fields("salesforce/accounts", ids[1]).get("TickerSymbol")),
             ("HIDDEN EDIT", "waits"), "back_in_sight_it_is_decided_against_the_base")
    tap.same(written(), (0, 0), "and_then_it_is_quiet")

    # S6.3: a constant is what a new record gets where the other side has no value
    t.json("mapping", "add", "Site", "hs_country_code", "--constant-hubspot", "NL")
    made = s.call("/salesforce/accounts", {"Name": "Made now"}, "POST")["id"]
    s.advance(120)
    t.json("sync")
    partner = t.json("explain", made)["partner"]
    tap.same(partner and s.fields("hubspot/companies", partner).get("hs_country_code"), "NL",
             "a_new_company_gets_the_constant")
    tap.same(prop(0, "hs_country_code"), None, "an_old_one_does_not")
    tap.same(written(), (0, 0), "and_it_does_not_come_back")

    # S6.7: one file, the same bytes every time
    first, second = os.path.join(t.dir, "1.yaml"), os.path.join(t.dir, "2.yaml")
    t.json("mapping", "change", "TickerSymbol", "--truncate", "12")
    t.json("mapping", "export", first)
    t.json("mapping", "remove", "TickerSymbol")
    tap.same(len(t.json("mapping", "import", first)) > 0, True, "a_file_is_imported")
    t.json("mapping", "export", second)
    with open(first, encoding="utf-8") as one, open(second, encoding="utf-8") as two:
        text = one.read()
        tap.same(two.read(), text, "export_import_export_gives_the_same_bytes")
    with open(first, "w", encoding="utf-8") as f:
        f.write(text.replace("hubspot: hs_logo_url", "hubspot: industry"))
    result = t.run("mapping", "import", first)
    tap.ok(result.code == 64 and "line " in result.err and "column " in result.err,
           "a_bad_file_tells_line_and_column", result)
    t.json("mapping", "export", second, "--overwrite")
    with open(second, encoding="utf-8") as two:
        tap.same(two.read(), text, "and_saves_nothing")

    # S6.1: fields of one's own, the most used first, with how many records hold a value, and what that cost
    for name, kind, label in (("Region__c", "string", "Region"), ("Key_Account__c", "boolean", "Key account"),
                              ("Tags__c", "multipicklist", "Tags"), ("Unlike__c", "double", "Unlike")):
        s.call("/salesforce/fields", {"field": name, "type": kind, "label": label}, "POST")
    for name, kind, label in (("region", "string/text", "Region"), ("key_account", "bool/booleancheckbox", "Key?"),
                              ("unlike", "string/text", "Unlike")):
        s.property(name, kind, label)
    for n in range(6):
        account(n, Region__c="North")
    for n in range(2):
        account(n, Key_Account__c=n == 0)
        company(n, key_account=str(n == 0).lower(), region="x")
    company(2, region="y")
    s.advance(60)
    r = t.json("mapping", "propose")
    of = {p["salesforce"]: (p["hubspot"], p["accounts"], p["companies"]) for p in r["proposals"]}
    tap.same((of.get("Region__c"), of.get("Key_Account__c"), "Unlike__c" in of),
             (("region", 6, 3), ("key_account", 1, 1), False), "fields_of_ones_own_are_proposed_with_their_use")
    use = [(p["accounts"] or 0) + (p["companies"] or 0) for p in r["proposals"]]
    tap.same(use, sorted(use, reverse=True), "the_most_used_first")
    tap.ok(r["accounts"] >= 30 and r["calls_salesforce"] <= 8 and r["calls_hubspot"] <= len(use) + 10,
           "and_few_calls_are_told", (r["calls_salesforce"], r["calls_hubspot"], len(use)))
    told = t.run("mapping", "propose").out
    tap.ok("how many of " in told and "calls)" in told, "it_says_of_how_many", told)

    # S6.1: what else could be mapped, and tables for the lists that differ: shown, saved by a person
    before = t.json("mapping", "list")
    proposed = {p["salesforce"]: p for p in t.json("mapping", "propose", first, "--overwrite")["proposals"]}
    table = dict(proposed["Industry"]["values"])
    tap.same((table["Banking"], table["Agriculture"], table["Food & Beverage"], proposed["Industry"]["rule"]),
             ("BANKING", "FARMING", "FOOD_BEVERAGES", "prefer_salesforce"), "a_table_of_industries_is_proposed")
    tap.same(dict(proposed["Type"]["values"])["Prospect"], "PROSPECT", "and_one_of_types")
    tap.same((proposed["Sic"]["hubspot"], proposed["Sic"]["why"]), ("hs_sic_code", "label"),
             "fields_of_the_same_label_are_proposed")
    tap.ok("Phone" not in proposed and "Id" not in proposed, "what_is_mapped_or_ours_is_not", sorted(proposed))
    tap.same(t.json("mapping", "list"), before, "a_proposal_saves_nothing")
    t.json("mapping", "import", first)
    tap.same((t.json("mapping", "propose")["proposals"], t.run("mapping", "check").code), ([], 0),
             "imported_all_of_it_fits")
finally:
    t.close()
    s.close()
tap.done()
