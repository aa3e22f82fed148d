"""S8.2: an import killed at many points and started again ends as if it had never been stopped: every
account has one company, no company twice, and no edit made while it was down is overwritten."""
import signal
import time

from lab import Sandbox, Tandem, Tap

ACCOUNTS, POINTS = 14000, 12
tap = Tap()
s = Sandbox("--accounts", str(ACCOUNTS), "--limits", "off", "--seed", "7")
t = Tandem(s)


def upserts():
    kinds = s.call("/counts")["kinds"]
    return sum(n for kind, n in kinds.items() if kind.endswith("/batch/upsert"))


try:
    t.json("settings", "set", "company_sync", "on")
    killed = 0
    for point in range(POINTS):
        # Some answers are lost after the commit as well: the harder half of being killed.
        if point % 3 == 0:
            s.fault("reset_after_commit", "hubspot", "/batch/upsert", count=2, skip=1)
        seen = upserts()
        p = t.start("import", "accounts", "--yes", "--quiet")
        while p.poll() is None and upserts() < seen + 1 + point % 4:
            time.sleep(0.001 * (point % 5))
        if p.poll() is None:
            p.send_signal(signal.SIGKILL)
            killed += 1
        p.communicate()
        if point == 5:  # an edit while it is down, on a company whose outcome may be unknown
            s.call("/faults", method="DELETE")
            made = s.records("hubspot/companies")
            for company in made[-40:]:
                s.call(f"/hubspot/companies/{company['id']}", {"fax": "typed meanwhile"}, "PATCH")
            edited = {company["id"] for company in made[-40:]}
    tap.ok(killed >= 10, "killed_at_ten_points", f"killed {killed} times")
    s.call("/faults", method="DELETE")
    r = t.run("import", "accounts", "--yes", "--quiet")
    tap.ok(r.code == 0, "the_last_import_ends_well", r)
    r = t.run("sync")
    tap.ok(r.code == 0, "a_pass_after_it_ends_well", r)
    companies = s.records("hubspot/companies")
    keys = [c["fields"].get("tandem_account_id") for c in companies]
    tap.same(len(companies), ACCOUNTS, "as_many_companies_as_accounts")
    tap.same(len(set(keys)), ACCOUNTS, "no_account_twice")
    kept = [c["fields"].get("fax") for c in companies if c["id"] in edited]
    tap.same(set(kept), {"typed meanwhile"}, "edits_made_while_down_stand")
    status = t.json("status")
    tap.same((status["links"], status["open_intents"], status["errors"]), (ACCOUNTS, 0, 0),
             "every_account_linked_nothing_open")
    accounts = {a["id"]: a["fields"]["Name"] for a in s.records("salesforce/accounts")}
    wrong = [c["id"] for c in companies
             if accounts[c["fields"]["tandem_account_id"]] != c["fields"]["name"]]
    tap.same(wrong, [], "values_are_the_accounts")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["hubspot"]["updated"]), (0, 0), "then_all_is_quiet")
finally:
    t.close()
    s.close()
tap.done()
