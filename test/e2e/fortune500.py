"""Companies that nobody here wrote: 500 of them, where the file is present (TANDEM_FORTUNE500, or
../shared/data/fortune500.csv beside the source)."""
import csv
import os
from collections import Counter

from lab import ROOT, Sandbox, Tandem, Tap

tap = Tap()
path = os.environ.get("TANDEM_FORTUNE500") or os.path.join(ROOT, "..", "shared", "data",
                                                           "fortune500.csv")
if not os.path.exists(path):
    tap.skip("fortune500", "the file is not here")
    tap.done()
rows = list(csv.DictReader(open(path, encoding="utf-8", newline="")))
s = Sandbox("--data", "accounts=" + path, "--map", "company_name=Name,website=Website,"
            "employees=NumberOfEmployees,industry=Description,location=BillingCity", "--limits", "off")
t = Tandem(s)
try:
    accounts = s.records("salesforce/accounts")
    tap.same(len(accounts), len(rows), "every_row_is_an_account")
    t.json("settings", "set", "company_sync", "on")
    plan = t.json("plan", "import", "accounts")
    tap.same((plan["actions"]["create"], plan["actions"]["link"], plan["actions"]["review"]),
             (len(rows), 0, 0), "an_empty_portal_gets_them_all")
    r = t.run("import", "accounts", "--yes")
    tap.ok(r.code == 0, "the_import_ends_well", r)

    # every account is linked, with a company of its own that says the same
    companies = {c["fields"]["tandem_account_id"]: c["fields"] for c in s.records("hubspot/companies")}
    tap.same(sorted(companies), sorted(a["id"] for a in accounts), "every_account_has_its_own_company")
    tap.same(t.json("status")["links"], len(rows), "every_account_is_linked")
    pairs = {"Name": "name", "Website": "website", "NumberOfEmployees": "numberofemployees",
             "Description": "description", "BillingCity": "city"}
    wrong = [(a["id"], sf) for a in accounts for sf, hs in pairs.items()
             if a["fields"].get(sf) != companies[a["id"]].get(hs)]
    tap.same(wrong, [], "values_are_the_accounts")

    # two accounts with one website are told apart: two companies, and the older one's has the domain
    shared = [site for site, n in Counter(row["website"].strip() for row in rows).items() if n == 2]
    tap.same(len(shared), 1, "two_share_one_website")
    two = sorted((a for a in accounts if a["fields"].get("Website") == shared[0]),
                 key=lambda a: a["created"])
    tap.same(len(two), 2, "both_are_there")
    names = [companies[a["id"]]["name"] for a in two]
    tap.ok(names[0] != names[1] and names == [a["fields"]["Name"] for a in two],
           "two_accounts_of_one_website_are_told_apart", names)
    domains = [companies[a["id"]].get("domain") for a in two]
    tap.ok(domains[0] and domains[0] in shared[0] and domains[1] is None,
           "the_older_one_has_the_domain", domains)

    # a quiet second pass, and an import again: nothing is written
    before = s.records("hubspot/companies"), s.records("salesforce/accounts")
    for args in (("sync",), ("import", "accounts", "--yes")):
        r = t.json(*args)
        tap.same((r["hubspot"]["created"], r["hubspot"]["updated"], r["salesforce"]["created"],
                  r["salesforce"]["updated"], r["errors"]), (0, 0, 0, 0, 0), "quiet_" + args[0])
    tap.ok(before == (s.records("hubspot/companies"), s.records("salesforce/accounts")),
           "nothing_was_touched")
finally:
    t.close()
    s.close()
tap.done()
