"""500 contacts on one company, each a private SF contact: one account is made, all of them get it, in few calls."""
import json

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "1", "--companies", "0", "--limits", "off", "--seed", "8")
t = Tandem(s)
N = 500
try:
    t.json("settings", "set", "company_sync", "on")
    company = s.call("/hubspot/companies", {"name": "Crowd"}, "POST")["id"]
    for i in range(N):
        c = s.call("/hubspot/contacts", {"email": f"c{i}@crowd.example"}, "POST")["id"]
        s.join(c, company)
        s.call("/salesforce/contacts", {"LastName": f"C{i}", "Email": f"C{i}@crowd.example"}, "POST")
    s.advance(300)
    s.call("/counts", method="DELETE")
    r = t.json("sync")
    made, account = r["run"], t.json("explain", company)["partner"]
    tap.same((r["salesforce"]["created"], r["contacts_placed"], r["errors"]), (1, N, 0),
             "500_contacts_get_their_companys_account")
    mine = [c for c in s.records("salesforce/contacts") if c["fields"].get("AccountId") == account]
    tap.same(len(mine), N, "each_of_them_once")
    kinds = s.call("/counts")["kinds"]
    tap.ok(sum(kinds.values()) < 60, "in_few_calls", kinds)
    told = t.run("explain", company)
    tap.ok(told.code == 0 and len(told.out) < 200_000, "explain_stays_readable", len(told.out))
    r = t.json("sync")
    tap.same((r["contacts_placed"], r["salesforce"]["updated"], r["hubspot"]["updated"]), (0, 0, 0),
             "then_all_is_quiet")
    u = json.loads(t.run("undo", made, "--json").out)["result"]
    tap.same((u["contacts_placed"], u["actions"]["archive"], u["not_undone"]), (N, 1, 0),
             "an_undo_shows_all_of_them")
    u = t.json("undo", made, "--yes")
    accounts = [c["fields"].get("AccountId") for c in s.records("salesforce/contacts")]
    tap.same((u["contacts_placed"], accounts.count(None), u["actions"]["archive"],
              account in [a["id"] for a in s.records("salesforce/accounts")]), (N, N, 1, False),
             "and_takes_all_of_them_back")
finally:
    t.close()
    s.close()
tap.done()
