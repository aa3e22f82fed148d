"""S8.2: a pass that is killed when one side of a pair was written and the other was not, or neither, goes on with
what is left; no edit of either side is lost, and what took effect is told once, by the rule that made it."""
import signal

from lab import Between, Sandbox, Tandem, Tap

tap = Tap()
WRITES = {"hubspot": "/batch/update", "salesforce": "/composite"}


def killed(t, between, at, *command):
    """Runs a command up to the call that `at` names, which is not passed on; returns how it ended."""
    def kill(path, body):
        if not at(path, body):
            return False
        p.send_signal(signal.SIGKILL)
        p.wait()
        return True

    between.hook = kill
    p = t.start(*command)
    p.communicate()
    between.hook = None
    return p.returncode


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

        code = killed(t, between, lambda path, body: WRITES[service] in path and body and b"+31" in body, "sync")
        tap.same(code, -signal.SIGKILL, f"{name}: it_is_killed_between")
        s.advance(30)
        r = t.run("sync")
        a = s.fields("salesforce/accounts", account)
        c = s.fields("hubspot/companies", company)
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


def two_of_one(s):
    """An account and a company that match, each with a value that the other lacks."""
    account = s.records("salesforce/accounts")[0]["id"]
    s.call(f"/salesforce/accounts/{account}", {"Website": "https://one.example", "Fax": ""}, "PATCH")
    company = s.call("/hubspot/companies", {"name": "One", "domain": "one.example", "fax": "+31 2"}, "POST")["id"]
    s.advance(600)
    return account, company


def linked():
    """A pair whose link was cut behind its last write: what went to Salesforce is its base too."""
    s = Sandbox("--accounts", "1", "--limits", "off", "--seed", "5")
    between = Between(s, "salesforce")
    t = Tandem(s)
    try:
        t.json("mapping", "change", "Fax", "--rule", "two_way")
        t.json("settings", "set", "company_sync", "on")
        account, company = two_of_one(s)

        def takes_effect(path, body):
            last = "/composite" in path and b"+31 2" in body
            if last:
                s.call(f"/salesforce/accounts/{account}", {"Fax": "+31 2"}, "PATCH")
            return last

        code = killed(t, between, takes_effect, "import", "accounts", "--yes")
        tap.same(code, -signal.SIGKILL, "a_link_is_killed_behind_its_last_write")
        s.call(f"/hubspot/companies/{company}", {"fax": "+31 3"}, "PATCH")  # while it is down
        s.advance(30)
        t.json("sync")
        s.advance(30)
        t.json("sync")
        a = s.fields("salesforce/accounts", account)
        c = s.fields("hubspot/companies", company)
        tap.same((a.get("Fax"), c.get("fax")), ("+31 3", "+31 3"), "an_edit_made_meanwhile_is_no_first_link")
        told = [(x["side"], x["action"], f["new"]) for x in t.json("explain", account)["history"]
                for f in x["fields"] if f["field"] == "Fax"]
        tap.same(sorted(told), [("salesforce", "link", "+31 2"), ("salesforce", "update", "+31 3")],
                 "what_the_link_wrote_is_told_once")
    finally:
        t.close()
        s.close()
        between.close()


def stage_undone():
    """S12.4: HubSpot takes a stage back in two writes; killed between them, the undo run again finishes it."""
    s = Sandbox("--accounts", "2", "--limits", "off", "--seed", "4")
    between = Between(s, "hubspot")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        company = t.json("explain", s.records("salesforce/accounts")[0]["id"])["partner"]
        stage = lambda: s.fields("hubspot/companies", company).get("lifecyclestage")
        s.call(f"/hubspot/companies/{company}", {"lifecyclestage": "lead"}, "PATCH")
        c = s.call("/hubspot/contacts", {"email": "a@b.example"}, "POST")["id"]
        s.join(c, company)
        s.advance(60)
        t.json("sync")
        s.call(f"/hubspot/contacts/{c}", {"lifecyclestage": "customer"}, "PATCH")
        s.advance(60)
        run = t.json("sync")["run"]
        moved = stage()

        code = killed(t, between, lambda path, body: "/batch/update" in path and
                      b'"lifecyclestage":"lead"' in body, "undo", run, "--yes")
        tap.same((moved, code, stage() or ""), ("customer", -signal.SIGKILL, ""),
                 "an_undo_of_a_stage_is_killed_halfway")
        r = t.json("undo", run, "--yes")
        tap.same((stage(), r["not_undone"]), ("lead", 0), "run_again_it_ends_where_it_was")
    finally:
        t.close()
        s.close()
        between.close()


def link_undone():
    """An undo of a link that wrote to both sides, killed before it wrote: the link stands while our id is on the
    company, and the undo run again ends both (S8.1, S12.4)."""
    s = Sandbox("--accounts", "1", "--limits", "off", "--seed", "5")
    between = Between(s, "hubspot")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        account, company = two_of_one(s)
        run = t.json("import", "accounts", "--yes")["run"]
        key = lambda: s.fields("hubspot/companies", company).get("tandem_account_id") or ""
        pairs = lambda: [x["company"] for x in t.json("links", "list")["links"]]

        code = killed(t, between, lambda path, body: "/batch/update" in path, "undo", run, "--yes")
        s.advance(30)
        t.json("sync")
        tap.same((code, pairs(), key()), (-signal.SIGKILL, [company], account),
                 "an_undo_of_a_link_is_killed_before_it_writes_and_the_link_stands")
        t.json("undo", run, "--yes")
        tap.same((pairs(), key(), s.fields("salesforce/accounts", account).get("Fax") or ""), ([], "", ""),
                 "run_again_the_link_ends_with_our_id")
    finally:
        t.close()
        s.close()
        between.close()


link_undone()
stage_undone()
linked()
for rule in ("two_way", "prefer_salesforce"):
    story(rule, "hubspot", f"{rule}_before_any_write")
    story(rule, "salesforce", f"{rule}_between_the_two_writes")
tap.done()
