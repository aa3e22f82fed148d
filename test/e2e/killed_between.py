"""S8.2: a pass that is killed when one side of a pair was written and the other was not, or neither, goes on with
what is left; no edit of either side is lost, and what took effect is told once, by the rule that made it."""
import signal

from lab import Between, Sandbox, Tandem, Tap

tap = Tap()
WRITES = {"hubspot": "/batch/update", "salesforce": "/composite"}


def story(rule, service, name):
    """Killed just before the call that writes to this service."""
    s = Sandbox("--accounts", "3", "--limits", "off", "--seed", "3")
    between = Between(s, service)
    t = Tandem(s)
    try:
        for field in ("Phone", "Fax"):
            t.json("mapping", "change", field, "--rule", rule)
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        account = s.records("salesforce/accounts")[0]["id"]
        company = t.json("explain", account)["partner"]
        for kind, record in (("salesforce/accounts", account), ("hubspot/companies", company)):
            fax = "Fax" if kind.startswith("sales") else "fax"
            s.call(f"/{kind}/{record}", {fax: ""}, "PATCH")
        t.json("sync")
        s.call(f"/salesforce/accounts/{account}", {"Phone": "+31 1"}, "PATCH")
        s.call(f"/hubspot/companies/{company}", {"fax": "+31 2"}, "PATCH")
        s.advance(30)

        def kill(path, body):
            if WRITES[service] in path and body and b"+31" in body:
                p.send_signal(signal.SIGKILL)
                p.wait()
                return True # it is not passed on
            return False

        between.hook = kill
        p = t.start("sync")
        p.communicate()
        between.hook = None
        tap.same(p.returncode, -signal.SIGKILL, f"{name}: it_is_killed_between")
        s.advance(30)
        r = t.run("sync")
        a = s.call(f"/salesforce/accounts/{account}")["fields"]
        c = s.call(f"/hubspot/companies/{company}")["fields"]
        tap.same((r.code, *(x.get(f) for x, f in ((a, "Phone"), (c, "phone"), (a, "Fax"), (c, "fax")))),
                 (0, "+31 1", "+31 1", "+31 2", "+31 2"), f"{name}: a_kill_between_two_writes_loses_no_edit")
        told = [(x["side"], f["field"], f["new"], f["rule"])
                for x in t.json("explain", account)["history"] for f in x["fields"]
                if f["new"] in ("+31 1", "+31 2")]
        by = {"two_way": "S5.4", "prefer_salesforce": "S5.3"}[rule]
        tap.same(sorted(told), [("hubspot", "phone", "+31 1", by), ("salesforce", "Fax", "+31 2", by)],
                 f"{name}: it_is_told_once_by_its_rule")
        r = t.json("sync")
        tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"]), (0, 0), f"{name}: then_all_is_quiet")
    finally:
        t.close()
        s.close()
        between.close()


for rule in ("two_way", "prefer_salesforce"):
    story(rule, "hubspot", f"{rule}_before_any_write")
    story(rule, "salesforce", f"{rule}_between_the_two_writes")
tap.done()
