"""500 companies that nobody here wrote: every account ends linked, two with one website told apart, and
the second pass is quiet. Skipped where the file is not beside the project."""
import os

from lab import ROOT, Sandbox, Tandem, Tap

tap = Tap()
path = os.path.join(ROOT, "..", "shared", "data", "fortune500.csv")
if not os.path.exists(path):
    tap.skip("fortune500", "../shared/data/fortune500.csv is not there")
    tap.done()
MAP = "company_name=Name,website=Website,employees=NumberOfEmployees,location=BillingCity"
s = Sandbox("--data", f"accounts={path}", "--map", MAP)
t = Tandem(s)
try:
    accounts = s.records("salesforce/accounts")
    tap.same(len(accounts), 500, "every_row_is_an_account")
    t.json("settings", "set", "company_sync", "on")
    r = t.json("import", "accounts", "--yes")
    tap.same((r["hubspot"]["created"], r["errors"]), (500, 0), "every_account_gets_a_company")
    tap.same(t.json("status")["links"], 500, "every_account_is_linked")
    companies = s.records("hubspot/companies")
    tap.same(len({c["fields"]["tandem_account_id"] for c in companies}), 500, "no_account_twice")
    by_site = {}
    for a in accounts:
        by_site.setdefault(a["fields"]["Website"], []).append(a["id"])
    twins = [ids for ids in by_site.values() if len(ids) > 1]
    tap.same([len(ids) for ids in twins], [2], "two_accounts_share_one_website")
    mine = [c["fields"] for c in companies if c["fields"]["tandem_account_id"] in twins[0]]
    tap.same(len({c["name"] for c in mine}), 2, "the_two_are_told_apart")
    tap.same([("domain" in c) for c in sorted(mine, key=lambda c: c["tandem_account_id"])],
             [True, False], "the_older_ones_company_takes_the_domain")
    tap.ok(all(c["fields"]["name"] == c["fields"]["name"].strip() for c in companies),
           "trailing_blanks_do_not_travel")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["hubspot"]["updated"], r["salesforce"]["updated"]),
             (0, 0, 0), "second_pass_is_quiet")
finally:
    t.close()
    s.close()
tap.done()
