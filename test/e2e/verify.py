"""verify: every account and company is told how it stands, and it adds up to the services' totals (S4.5)."""
import json
import sqlite3

from lab import Between, Sandbox, Tandem, Tap

tap = Tap()


s = Sandbox("--accounts", "20", "--limits", "off", "--seed", "5")
between = Between(s, "hubspot")
t = Tandem(s)


def account(n):
    return ids[n]


def company(n):
    return pair[ids[n]]


def verify():
    """The report and its lines; what was edited before is older than the walk."""
    s.advance(60)
    r = t.run("verify", "--jsonl")
    lines = [json.loads(x) for x in r.out.splitlines()]
    return r.code, t.json("verify"), lines


def counts(side):
    return {k: side[k] for k in ("equal", "by_rule", "older", "pending", "error", "unlinked")
            if side[k]}


def sums(side):
    during = side["during_the_walk"]
    return sum(counts(side).values()) + during["created"] + during["changed"]


try:
    r = t.run("verify")
    tap.ok(r.code == 3 and "never on" in r.err, "refused_before_the_switch_was_ever_on", r)
    t.json("settings", "set", "company_sync", "on")

    # nothing imported: all accounts are from before T0, none is linked, and it adds up
    code, v, lines = verify()
    tap.same((code, v["in_order"], v["salesforce"]["total"], counts(v["salesforce"]),
              v["salesforce"]["unlinked_why"]),
             (0, True, 20, {"unlinked": 20}, {"existing": 20}), "all_unlinked_and_why")
    tap.same((len(lines), lines[0]["standing"], lines[0]["why"], lines[0]["rule"]),
             (20, "unlinked", "existing", "S2.2"), "one_line_a_record")

    t.json("import", "accounts", "--yes")
    ids = sorted(a["id"] for a in s.records("salesforce/accounts"))
    pair = {x: t.json("explain", x)["partner"] for x in ids}
    code, v, lines = verify()
    tap.same((code, counts(v["salesforce"]), counts(v["hubspot"]), lines),
             (0, {"equal": 20}, {"equal": 20}, []), "after_an_import_all_are_equal")
    tap.same((v["salesforce"]["news"], v["hubspot"]["news"], v["hubspot"]["total"]), (0, 0, 20),
             "the_polls_had_brought_all")

    # by its rule: always_salesforce leaves HubSpot's value beside a blank one (S5.2)
    s.edit("salesforce/accounts", account(0), Phone="", Fax="")
    s.edit("salesforce/accounts", account(1), Phone="")
    s.edit("hubspot/companies", company(0), phone="")
    s.edit("hubspot/companies", company(1), phone="")
    t.json("sync")
    t.json("mapping", "change", "Phone", "--rule", "always_salesforce")
    s.edit("hubspot/companies", company(0), phone="+31 100")
    t.json("sync")
    # an older difference: taken as base by a change of the mapping (S5.8)
    t.json("mapping", "change", "Phone", "--rule", "none")
    s.edit("hubspot/companies", company(2), phone="+31 102")
    t.json("mapping", "change", "Phone", "--rule", "always_salesforce")
    # in error: the service refuses the value (S15.5)
    s.call("/salesforce/rules", {"validation": {"object": "Account", "field": "BillingCity",
                                                "text": "Nowhere", "message": "no such city"}},
           "POST")
    t.json("mapping", "change", "BillingCity", "--rule", "two_way", "--address", "0")
    s.edit("hubspot/companies", company(3), city="Nowhere")
    t.run("sync")
    # unlinked: by hand on both sides; new companies without contacts
    t.json("unlink", account(4))
    s.call("/hubspot/companies", {"name": "Alone"}, "POST")
    t.run("sync")
    # pending: edited, and no pass since
    s.edit("salesforce/accounts", account(5), Description="moved")
    # gone for good, and no poll has told: not visible (S9.4)
    s.call(f"/salesforce/accounts/{account(6)}", method="DELETE")
    s.call("/salesforce/purge", {"id": account(6)}, "POST")
    # deleted, and no poll has told
    s.call(f"/hubspot/companies/{company(7)}", method="DELETE")
    before = s.records("salesforce/accounts"), s.records("hubspot/companies")
    code, v, lines = verify()
    tap.ok(before == (s.records("salesforce/accounts"), s.records("hubspot/companies")),
           "it_writes_to_neither_service")
    sf, hs = v["salesforce"], v["hubspot"]
    by = {x["account"] or x["company"]: x for x in lines}
    tap.same(code, 2, "an_error_is_not_success")
    tap.same((counts(sf), sf["total"], sf["adds_up"]),
             ({"equal": 13, "by_rule": 1, "older": 1, "error": 1, "pending": 2, "unlinked": 1}, 19,
              True), "every_account_in_its_class")
    tap.same((counts(hs), hs["total"], hs["adds_up"]),
             ({"equal": 13, "by_rule": 1, "older": 1, "error": 1, "pending": 2, "unlinked": 2}, 20,
              True), "every_company_in_its_class")
    tap.same((sums(sf), sums(hs)), (sf["total"], hs["total"]), "they_add_up_to_the_totals")
    one = by[account(0)]
    tap.same((one["standing"], one["fields"][0]["field"], one["fields"][0]["salesforce"],
              one["fields"][0]["hubspot"], one["fields"][0]["rule"]),
             ("by_rule", "Phone", None, "+31 100", "S5.2"), "by_its_rule")
    one = by[account(2)]
    tap.same((one["standing"], one["fields"][0]["hubspot"], one["fields"][0]["rule"]),
             ("older", "+31 102", "S5.8"), "an_older_difference")
    one = by[account(3)]
    tap.same((one["standing"], one["code"], one["fields"][0]["hubspot"]),
             ("error", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Nowhere"), "in_error")
    tap.same((by[account(4)]["standing"], by[account(4)]["why"], by[company(4)]["why"]),
             ("unlinked", "severed", "severed"), "unlinked_by_hand_says_so")
    tap.same([x["why"] for x in lines if x["name"] == "Alone"], ["no_contacts"],
             "unlinked_with_the_reason_that_explain_gives")
    tap.same((by[account(5)]["standing"], by[account(5)]["fields"][0]["field"]),
             ("pending", "Description"), "a_change_is_pending")
    gone = {(x["standing"], x["side"], x.get("why")) for x in lines if x["account"] == account(6)}
    tap.same(gone, {("hidden", "salesforce", None), ("pending", "hubspot", "partner_gone")},
             "out_of_sight_and_whose_partner_is")
    gone = {(x["standing"], x["side"]) for x in lines if x["company"] == company(7)}
    tap.same(gone, {("deleted", "hubspot"), ("pending", "salesforce")},
             "deleted_and_whose_partner_is")
    r = t.run("verify", "--all")
    tap.ok(r.code == 2 and "different by the mapping's rule" in r.out and
           f"account {account(0)}" in r.out and "services' own totals" in r.out, "in_words", r)
    tap.ok("verify" not in [x["kind"] for x in t.json("runs")["runs"]], "it_leaves_no_run")

    # what verify found is not lost: the next pass does it, and the tombstone of what was purged counts
    t.run("sync")
    s.advance(3700)
    t.run("sync")
    tap.same((t.json("explain", company(6))["why"], t.json("explain", account(7))["why"],
              s.fields("hubspot/companies", company(5))["description"]),
             ("severed", "severed", "moved"), "and_the_next_pass_does_what_is_pending")

    def counting(path, body):
        return "/search" in path and b'"filterGroups":[]' in body

    # during the walk: made, changed and deleted behind its back are listed apart, and it adds up
    made = []

    def meanwhile(path, body):
        if counting(path, body) and not made:
            made.append(s.call("/salesforce/accounts", {"Name": "Newborn"}, "POST")["id"])
            s.edit("hubspot/companies", company(8), description="meanwhile")
            s.call(f"/hubspot/companies/{company(9)}", method="DELETE")

    s.advance(60)
    between.hook = meanwhile
    r = t.run("verify", "--jsonl")
    between.hook = None
    lines = [json.loads(x) for x in r.out.splitlines()]
    apart = {(x["standing"], x["account" if x["side"] == "salesforce" else "company"])
             for x in lines if x["standing"] in ("created", "changed", "deleted")}
    tap.same(apart, {("created", made[0]), ("changed", account(8)), ("changed", company(8)),
                     ("deleted", company(9))}, "during_the_walk_is_listed_apart")

    # a pass while the walk waits for a page: each does its work
    between_pages = []

    def during(path, body):
        if not between_pages and "/companies?" in path:
            between_pages.append(1) # its own calls come through here too
            s.edit("salesforce/accounts", account(10), Description="while it walks")
            between_pages.append(t.run(*act))

    def walk_while(*what):
        global act
        act = what
        between_pages.clear()
        s.advance(60)
        between.hook = during
        r = t.run("verify", "--jsonl")
        between.hook = None
        return r, between_pages[1]

    r, done = walk_while("sync")
    tap.same((done.code, s.fields("hubspot/companies", company(10))["description"]),
             (0, "while it walks"), "a_pass_runs_while_verify_walks")
    lines = [json.loads(x) for x in r.out.splitlines()]
    tap.same([x["standing"] for x in lines if x["account"] == account(10)], ["changed", "changed"],
             "what_it_did_changed_during_the_walk")
    v = t.json("verify")
    tap.same([sums(v[x]) == v[x]["total"] and v[x]["adds_up"] for x in ("salesforce", "hubspot")],
             [True, True], "and_it_adds_up")
    r, done = walk_while("settings", "set", "create_max", "400")
    tap.ok(done.code == 0 and r.code == 3 and "changed while both sides were read" in r.err,
           "what_it_decides_by_must_stay", r)

    # work that waits for nothing is lost (S4.4): as if the store had forgotten that it waits
    s.edit("salesforce/accounts", account(11), Description="forgotten")
    s.advance(60)
    t.run("verify")
    db = sqlite3.connect(t.dir + "/tandem.db")
    db.execute("DELETE FROM account_wait")
    db.commit()
    db.close()
    code, v, lines = verify()
    tap.same((code, v["lost"], v["in_order"], [x["account"] for x in lines if x.get("lost")]),
             (2, 1, False, [account(11)]), "work_that_waits_for_nothing_is_lost")
    r = t.run("verify", "--all")
    tap.ok("1 record has work that waits for nothing (S4.4)" in r.out and
           "`tandem resync`" in r.out, "and_says_the_way_out", r)
    t.json("resync", account(11))
    tap.same(t.json("verify")["lost"], 0, "which_mends_it")

    # a total that nothing explains is said
    def lie(path, body, text):
        if not counting(path, body):
            return text
        return json.dumps({**json.loads(text), "total": 1000}).encode()

    between.lie = lie
    r = t.run("verify")
    between.lie = None
    tap.ok(r.code == 2 and "do not add up to hubspot's total" in r.out and "1000" in r.out,
           "what_does_not_add_up_is_said", r)

    # a side that answers with nothing is not believed (S12.3)
    for n in range(12):
        s.call("/salesforce/accounts", {"Name": f"Filler {n}"}, "POST")
    t.json("import", "accounts", "--yes")
    for c in s.records("hubspot/companies"):
        s.call(f"/hubspot/companies/{c['id']}", method="DELETE")
    links = t.json("status")["links"]
    r = t.run("verify")
    tap.ok(links >= 20 and r.code == 3 and "no records at all" in r.err,
           "an_empty_side_is_not_believed", (links, r))
finally:
    t.close()
    s.close()
    between.close()
tap.done()
