"""S8.2: a pass that is killed when one side of a pair was written and the other was not, or neither, goes on with
what is left; no edit of either side is lost, and what took effect is told once, by the rule that made it."""
import signal

from lab import Answer, Between, Sandbox, Tandem, Tap

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


class Made:
    """A pair whose account Tandem made from the company: the account carries the company's id (S8.1)."""

    def __init__(self):
        self.s = Sandbox("--limits", "off", "--seed", "6")
        self.between = Between(self.s, "salesforce")
        self.t = Tandem(self.s)
        self.t.json("settings", "set", "company_sync", "on")
        self.company = self.s.company("Acme", domain="acme.example")
        self.t.json("resync", self.company)
        self.account = self.t.partner(self.company)

    def restored(self):
        """A link that resumes is made by our id on the company; the account has kept its own (S9.2)."""
        self.s.call(f"/salesforce/accounts/{self.account}", method="DELETE")
        self.t.json("sync")
        self.s.call("/salesforce/undelete", {"id": self.account}, "POST")
        self.t.json("sync")

    def without_our_property(self):
        """HubSpot's key of ours is gone, and a person says to go on without it."""
        Answer.to(self.s.at["hubspot"].split("//")[1], "DELETE",
                  "/crm/properties/2026-09/companies/tandem_account_id",
                  headers={"Authorization": "Bearer pat-sandbox-0001"})
        self.t.run("sync")
        self.t.json("errors", "clear-suspension")

    def ids(self):
        """What the company carries, what the account does, and with whom it is linked."""
        return (self.s.fields("hubspot/companies", self.company).get("tandem_account_id") or "",
                (self.s.fields("salesforce/accounts", self.account).get("Tandem_Company_Id__c") or "").split(":")[-1],
                [x["company"] for x in self.t.json("links", "list")["links"]])

    @staticmethod
    def is_last(path, body):
        return "/composite" in path and bool(body) and b'"Tandem_Company_Id__c":null' in body

    def last_removal(self, took):
        """The call that takes our id off the account, which takes effect or not."""
        def at(path, body):
            last = self.is_last(path, body)
            if last and took:
                self.s.edit("salesforce/accounts", self.account, Tandem_Company_Id__c="")
            return last
        return at

    def unlink_killed(self, took):
        """The unlink is killed before it takes our id off the account, or before it hears that it did."""
        code = killed(self.t, self.between, self.last_removal(took), "unlink", self.account)
        self.s.advance(30)
        self.t.json("sync")
        return code

    def unlink_cut(self, took):
        """The unlink gets no answer to that call, though it goes on."""
        self.between.hook = self.last_removal(took)
        r = self.t.run("unlink", self.account)
        self.between.hook = None
        return r

    def close(self):
        self.t.close()
        self.s.close()
        self.between.close()


def killed_at_the_last(prepare, stands, over, again):
    """An unlink that is killed before its last removal, and behind it; the names of what is to hold."""
    for took, name in ((False, stands), (True, over)):
        m = Made()
        try:
            prepare(m)
            code = m.unlink_killed(took)
            tap.same((code, m.ids()), (-signal.SIGKILL, ("", "", []) if took else ("", m.company, [m.company])),
                     name)
            if not took:
                m.t.json("unlink", m.account)
                tap.same(m.ids(), ("", "", []), again)
        finally:
            m.close()


def unlinked():
    """S7.6: an unlink takes our ids off both records, HubSpot's first. Killed between the two the link stands, since
    the account still shows it; killed behind the last one it is over."""
    def both_ids(m):
        m.restored()
        tap.same(m.ids(), (m.account, m.company, [m.company]), "a_pair_may_carry_both_ids")

    killed_at_the_last(both_ids, "an_unlink_killed_before_its_last_removal_stands",
                       "an_unlink_killed_behind_its_last_removal_is_over", "run_again_both_ids_are_off")


def unlinked_without_our_property():
    """S8.1: the same where HubSpot has no property of ours: the account alone shows the link."""
    killed_at_the_last(Made.without_our_property, "without_our_property_it_stands_while_the_account_shows_it",
                       "and_is_over_once_it_does_not", "and_run_again_it_is_off")


def unlink_without_an_answer():
    """S15.3, S7.6: what became of the last removal is looked at; a link that stands is not told as ended."""
    m = Made()
    try:
        m.restored()
        r = m.unlink_cut(False)
        tap.same((r.code, m.account in r.err and "still linked" in r.err, r.out, m.ids()),
                 (1, True, "", ("", m.company, [m.company])), "an_unlink_that_did_not_get_through_fails")
        r = m.unlink_cut(True)
        tap.same((r.code, "is unlinked" in r.out, m.ids()), (0, True, ("", "", [])),
                 "one_whose_answer_is_lost_is_found_done")
        m.s.advance(3600)
        r = m.t.json("sync")
        tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"], m.ids()), (0, 0, ("", "", [])),
                 "and_stays_so")
    finally:
        m.close()


def undo_without_an_answer():
    """S12.5, S15.3: an undo that wrote to Salesforce and did not get through to HubSpot says so, and what it took
    back stands: it is no user's edit."""
    s = Sandbox("--accounts", "1", "--limits", "off", "--seed", "5")
    between = Between(s, "hubspot")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        account, company = two_of_one(s)
        run = t.json("import", "accounts", "--yes")["run"]
        fax = lambda: tuple(s.fields(*x).get(f) or "" for x, f in (
            (("salesforce/accounts", account), "Fax"), (("hubspot/companies", company), "fax")))

        before = fax()
        between.hook = lambda path, body: "/batch/update" in path
        r = t.run("undo", run, "--yes")
        between.hook = None
        tap.same((before, r.code, fax()), (("+31 2", "+31 2"), 2, ("", "+31 2")),
                 "an_undo_that_did_not_get_through_is_no_success")
        s.advance(30)
        t.json("sync")
        tap.same((fax(), t.partner(account)), (("", "+31 2"), company), "what_half_an_undo_wrote_stands")
        r = t.run("undo", run, "--yes")
        tap.same((r.code, fax(), t.partner(account)), (0, ("", "+31 2"), None), "run_again_the_other_half_is_done")
    finally:
        t.close()
        s.close()
        between.close()


unlink_without_an_answer()
undo_without_an_answer()
unlinked()
unlinked_without_our_property()
link_undone()
stage_undone()
linked()
for rule in ("two_way", "prefer_salesforce"):
    story(rule, "hubspot", f"{rule}_before_any_write")
    story(rule, "salesforce", f"{rule}_between_the_two_writes")
tap.done()
