"""The first sync of real companies, as a user runs it: real programs, the demo's data."""
import json

from lab import DATA, Tandem, Tap, demo_sandbox

tap = Tap()
want = json.load(open(f"{DATA}/expected.json", encoding="utf-8"))
s = demo_sandbox()
t = Tandem(s)
try:
    # S1.1: off at first; nothing is written by any way in, exit 3, the switch is named
    before = (s.records("salesforce/accounts"), s.records("hubspot/companies"))
    r = t.run("import", "accounts", "--yes")
    tap.ok(r.code == 3 and "company_sync" in r.err and "S1.1" in r.err, "switch_off_refuses", r)
    r = t.run("sync")
    tap.ok(r.code == 3 and "company_sync" in r.err, "switch_off_refuses_sync", r)
    tap.ok(before == (s.records("salesforce/accounts"), s.records("hubspot/companies")),
           "switch_off_changes_nothing")

    # S1.2: turning it on copies nothing
    r = t.json("settings", "set", "company_sync", "on")
    tap.same(r["salesforce"]["read"], want["accounts"], "switch_on_reads_every_account")
    tap.ok(before == (s.records("salesforce/accounts"), s.records("hubspot/companies")),
           "switch_on_copies_nothing")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["actions"]["link"]), (0, 0), "existing_accounts_stay_out")

    # S12.1, S13.2: a plan, a preview that wants --yes, and neither writes
    plan = t.json("plan", "import", "accounts")
    tap.same(plan["actions"]["link"], want["import"]["link"], "plan_links")
    tap.same(plan["actions"]["create"], want["import"]["create"], "plan_creates")
    tap.same(plan["actions"]["review"], want["import"]["review_accounts"], "plan_reviews")
    r = t.run("import", "accounts")
    tap.ok(r.code == 3 and "--yes" in r.err, "preview_wants_yes", r)
    tap.ok(before[1] == s.records("hubspot/companies"), "plan_writes_nothing")

    # S13.1: the import does what the plan said
    r = t.json("import", "accounts", "--yes")
    tap.same(r["hubspot"]["created"], want["import"]["create"], "import_creates")
    tap.same(r["actions"]["link"], want["import"]["link"], "import_links")
    tap.same(r["overwritten"], want["link_writes"]["values_overwritten"], "import_overwrites")
    tap.same(r["salesforce"]["updated"], want["link_writes"]["accounts_updated"],
             "import_fills_salesforce")
    companies = s.records("hubspot/companies")
    keys = [c["fields"]["tandem_account_id"] for c in companies
            if "tandem_account_id" in c["fields"]]
    tap.same(len(companies), want["after_import"]["companies"], "companies_after_import")
    tap.same(len(keys), want["after_import"]["links"], "our_id_on_every_linked_company")
    tap.same(len(set(keys)), len(keys), "one_company_an_account")
    status = t.json("status")
    tap.same((status["links"], status["review"], status["errors"]),
             (want["after_import"]["links"], want["import"]["review_accounts"], 0), "status_adds_up")

    # S13.1: repeating it updates, never duplicates
    r = t.json("import", "accounts", "--yes")
    tap.same((r["hubspot"]["created"], r["hubspot"]["updated"], r["actions"]["link"]), (0, 0, 0),
             "import_again_writes_nothing")

    # S2.1, S5.3, S8.4: five edits and two new accounts move just those seven, then all is quiet
    linked = [a for a in s.records("salesforce/accounts") if t.json("explain", a["id"])["partner"]]
    for i, account in enumerate(linked[:5]):
        s.call(f"/salesforce/accounts/{account['id']}", {"Phone": f"+31 20 000 00{i}"}, "PATCH")
    for name in ("Nieuwe Zaak B.V.", "Ny Virksomhed A/S"):
        s.call("/salesforce/accounts", {"Name": name}, "POST")
    t.json("settings", "set", "create_settle", "0")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["hubspot"]["updated"], r["salesforce"]["updated"]),
             (2, 5, 0), "seven_move")
    phones = {c["fields"].get("tandem_account_id"): c["fields"].get("phone")
              for c in s.records("hubspot/companies")}
    tap.same([phones[a["id"]] for a in linked[:5]], [f"+31 20 000 00{i}" for i in range(5)],
             "edits_arrive")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["hubspot"]["updated"], r["salesforce"]["updated"]),
             (0, 0, 0), "quiet_pass_writes_nothing")

    # S7.7: a create waits until its record has settled
    t.json("settings", "set", "create_settle", "2m")
    new = s.call("/salesforce/accounts", {"Name": "Waits a moment"}, "POST")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["actions"]["wait"]), (0, 1), "create_waits_to_settle")
    tap.same(t.json("explain", new["id"])["why"], "settling", "explain_says_settling")
    s.advance(180)
    r = t.json("sync")
    tap.same(r["hubspot"]["created"], 1, "create_after_settling")

    # S5.3, S5.6: an edit in HubSpot beside a Salesforce value is put back; a blank is filled
    company = next(c for c in s.records("hubspot/companies")
                   if c["fields"].get("tandem_account_id") == linked[0]["id"])
    s.call(f"/hubspot/companies/{company['id']}", {"phone": "changed by hand", "fax": "+31 1"},
           "PATCH")
    r = t.json("sync")
    after = s.fields("hubspot/companies", company['id'])
    tap.same(after["phone"], "+31 20 000 000", "prefer_salesforce_reverts")
    account = s.fields("salesforce/accounts", linked[0]['id'])
    tap.same(account.get("Fax"), "+31 1", "prefer_salesforce_fills_blank")
    told = t.run("explain", linked[0]["id"]).out
    tap.ok("S5.3" in told and company["id"] in told, "explain_tells_rule_and_partner", told)

    # S5.2/S5.3: cleared in Salesforce = cleared in HubSpot
    s.call(f"/salesforce/accounts/{linked[1]['id']}", {"Phone": ""}, "PATCH")
    t.json("sync")
    phones = {c["fields"].get("tandem_account_id"): c["fields"].get("phone")
              for c in s.records("hubspot/companies")}
    tap.same(phones[linked[1]["id"]], None, "a_clear_goes_over")

    # S2.2: an existing account that was left out comes in by an edit of a mapped field only
    r = t.run("explain", "0015e00000000zzAAA")
    tap.ok(r.code != 0 and "was ever read" in r.err, "explain_unknown_id", r)

    # S1.3: off, edits, on again: reconciled against the base
    t.json("settings", "set", "company_sync", "off")
    s.call(f"/salesforce/accounts/{linked[2]['id']}", {"Phone": "while off"}, "PATCH")
    while_off = s.call("/salesforce/accounts", {"Name": "Made while off"}, "POST")
    t.json("settings", "set", "company_sync", "on")
    t.json("sync")
    phones = {c["fields"].get("tandem_account_id"): c["fields"].get("phone")
              for c in s.records("hubspot/companies")}
    tap.same(phones[linked[2]["id"]], "while off", "off_and_on_reconciles_links")
    tap.same(t.json("explain", while_off["id"])["why"], "existing", "made_while_off_is_existing")
    s.call(f"/salesforce/accounts/{while_off['id']}", {"AccountNumber": "7"}, "PATCH")
    t.json("sync")
    tap.same(t.json("explain", while_off["id"])["partner"], None, "unmapped_edit_brings_nothing")
    s.call(f"/salesforce/accounts/{while_off['id']}", {"Phone": "+31 7"}, "PATCH")
    s.advance(300)
    t.json("sync")
    tap.ok(t.json("explain", while_off["id"])["partner"], "mapped_edit_brings_it_in")
finally:
    t.close()
    s.close()
tap.done()
