"""Countries and states that both sides spell in their own ways (S6.3): a table is proposed from what records hold, a
person saves it, and nothing bounces. The same recognition tells near names apart (S7.4)."""
import os

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--limits", "off", "--seed", "3")
t = Tandem(s)


def account(name, country, state="", **more):
    return s.call("/salesforce/accounts", {"Name": name, "Website": f"https://{name}.example", "BillingCountry": country,
                                           "BillingState": state, **more}, "POST")["id"]


def company(name, country, state="", **more):
    return s.call("/hubspot/companies", {"name": name, "domain": f"{name}.example", "country": country, "state": state,
                                         **more}, "POST")["id"]


def place(kind, record):
    f = s.call(f"/{kind}/{record}")["fields"]
    return (f.get("BillingCountry"), f.get("BillingState")) if kind[0] == "s" else (f.get("country"), f.get("state"))


def written():
    r = t.json("sync")
    return (r["salesforce"]["updated"], r["hubspot"]["updated"])


try:
    told = t.run("mapping", "propose").out
    tap.ok("No record was read yet" in told, "before_the_first_reading_it_says_so", told)

    pairs = {}
    for name, sf, hs in (("a", ("Germany", "Bayern"), ("Deutschland", "Bayern")),
                         ("b", ("Germany", ""), ("DE", "")),
                         ("c", ("Germany", "Hessen"), ("Deutschland", "HE")),
                         ("d", ("USA", "CA"), ("United States", "California")),
                         ("e", ("USA", "CA"), ("United States", "California")),
                         ("f", ("U.S.A.", "Texas"), ("United States", "TX")),
                         ("g", ("Atlantis", ""), ("Atlantis", ""))):
        pairs[name] = (account(name, *sf), company(name, *hs))
    account("near", "Germany", Website="")
    near = company("Near GmbH", "Deutschland", domain="")
    other = company("Near Ltd", "Frankreich", domain="")
    t.json("settings", "set", "company_sync", "on")

    path = os.path.join(t.dir, "proposed.yaml")
    proposed = {p["salesforce"]: p for p in t.json("mapping", "propose", path)["proposals"]}
    tap.same(proposed["BillingCountry"]["values"],
             [["Germany", "Deutschland"], ["Germany", "DE"], ["USA", "United States"], ["U.S.A.", "United States"]],
             "countries_in_use_get_a_table")
    tap.same(proposed["BillingState"]["values"], [["Hessen", "HE"], ["CA", "California"], ["Texas", "TX"]],
             "states_in_use_get_one_of_their_country")
    tap.same((proposed["BillingCountry"]["why"], proposed["BillingCountry"]["rule"]), ("spellings", "prefer_salesforce"),
             "and_the_rule_stays")
    told = t.run("mapping", "propose").out
    tap.ok("U.S.A. = United States" in told, "the_lines_are_shown", told)
    tap.same([m["values"] for m in t.json("mapping", "list")["mappings"] if m["salesforce"] == "BillingCountry"], [[]],
             "nothing_is_saved_by_itself")

    t.json("mapping", "import", path)
    tap.same([p["salesforce"] for p in t.json("mapping", "propose")["proposals"]
              if p["salesforce"].startswith("Billing")], [], "once_saved_nothing_is_left_to_propose")
    first = os.path.join(t.dir, "first.yaml")
    t.json("mapping", "export", first)
    t.json("mapping", "import", first)
    t.json("mapping", "export", path, "--overwrite")
    with open(first, encoding="utf-8") as one, open(path, encoding="utf-8") as two:
        tap.same(two.read(), one.read(), "its_export_gives_the_same_bytes")

    # S7.4: one country by two names is one; then nothing that is only spelt otherwise is written
    result = t.json("import", "accounts", "--yes")
    waits = t.json("review", "list")["reviews"]
    tap.same([(r["why"], r["candidates"]) for r in waits], [("near_name", near)],
             "a_near_name_in_the_same_country_by_another_name")
    tap.same([(place("salesforce/accounts", a), place("hubspot/companies", c)) for a, c in pairs.values()],
             [(("Germany", "Bayern"), ("Deutschland", "Bayern")), (("Germany", None), ("DE", None)),
              (("Germany", "Hessen"), ("Deutschland", "HE")), (("USA", "CA"), ("United States", "California")),
              (("USA", "CA"), ("United States", "California")), (("U.S.A.", "Texas"), ("United States", "TX")),
              (("Atlantis", None), ("Atlantis", None))], "an_import_rewrites_no_spelling")
    s.advance(60)
    tap.same(t.json("verify")["salesforce"]["equal"], len(pairs), "and_verify_finds_them_equal")

    # an edit goes over in the spelling that the table writes; another spelling does not
    s.call(f"/hubspot/companies/{pairs['b'][1]}", {"country": "Deutschland"}, "PATCH")
    tap.same(written(), (0, 0), "another_spelling_is_no_edit")
    s.call(f"/salesforce/accounts/{pairs['g'][0]}", {"BillingCountry": "U.S.A.", "BillingState": "CA"}, "PATCH")
    tap.same((written(), place("hubspot/companies", pairs["g"][1])), ((0, 1), ("United States", "California")),
             "a_new_value_goes_over_as_it_is_written_there")
    tap.same(written(), (0, 0), "and_it_does_not_come_back")
finally:
    t.close()
    s.close()
tap.done()
