"""What a person decides: link, relink, unlink, resync, reviews, hold and release, links taken over."""
from lab import DATA, Sandbox, Tandem, Tap, demo_sandbox
import json
import re

tap = Tap()
s = Sandbox("--accounts", "6", "--companies", "6", "--limits", "off", "--seed", "5")
t = Tandem(s)


try:
    r = t.run("link", "0015e0000000001AAA", "1")
    tap.ok(r.code == 3 and "company_sync" in r.err, "link_needs_the_switch", r)
    for x in s.records("hubspot/companies"):  # nothing matches by itself
        s.call(f"/hubspot/companies/{x['id']}", {"domain": "", "website": ""}, "PATCH")
    t.json("settings", "set", "company_sync", "on")
    a = [x["id"] for x in s.records("salesforce/accounts")]
    c = [x["id"] for x in s.records("hubspot/companies")]

    # ---- S7.5: link by hand, by 15 characters as well
    r = t.json("link", a[0][:15], c[0])
    tap.same((r["actions"]["link"], t.partner(a[0])), (1, c[0]), "link_by_hand")
    tap.same(s.fields("hubspot/companies", c[0])["tandem_account_id"], a[0], "our_id_on_the_company")
    tap.same(s.fields("hubspot/companies", c[0])["name"], s.fields("salesforce/accounts", a[0])["Name"],
             "a_hand_link_decides_as_a_first_link")
    s.edit("salesforce/accounts", a[0], Name="Zeder Stahl AG")
    t.json("sync")
    tap.same([t.json("explain", x)["name"] for x in (a[0], c[0])], 2 * ["Zeder Stahl AG"],
             "both_go_by_the_new_name_at_once")
    t.json("mapping", "change", "Name", "--rule", "two_way")
    s.edit("hubspot/companies", c[0], name="Zeder Aluminium AG")
    s.advance(60)
    t.json("sync")
    tap.same([t.json("explain", x)["name"] for x in (a[0], c[0])], 2 * ["Zeder Aluminium AG"],
             "whichever_side_it_was_given_on")
    t.json("mapping", "change", "Name", "--rule", "prefer_salesforce")
    tap.same(t.json("link", a[0], c[0])["actions"]["none"], 1, "linking_twice_is_nothing")
    r = t.run("link", c[0], a[0])
    tap.ok(r.code == 64 and "first" in r.err, "the_order_is_said", r)
    r = t.run("link", a[1], "123456")
    tap.ok(r.code == 64 and "123456" in r.err, "an_unknown_company", r)
    r = t.run("link", a[1], c[0])
    tap.ok(r.code == 3 and "S7.3" in r.err and "relink" in r.err and a[0] in r.err,
           "a_linked_record_is_refused", r)
    r = t.json("relink", a[1], c[0])
    tap.same((t.partner(a[1]), t.partner(a[0])), (c[0], None), "relink_ends_the_old_link")
    tap.same(s.fields("hubspot/companies", c[0])["tandem_account_id"], a[1], "and_renames_our_id")

    # ---- S7.6: unlink is remembered; a hand link lifts it
    r = t.json("unlink", c[0])
    tap.same((r["actions"]["unlink"], t.partner(a[1]), t.partner(c[0])), (1, None, None), "unlink")
    tap.ok(re.search(r"unlink +done .* 1 unlinked", t.run("runs").out), "its_run_says_so", t.run("runs"))
    tap.same(s.fields("hubspot/companies", c[0]).get("tandem_account_id"), None, "our_id_is_taken_off")
    s.call(f"/salesforce/accounts/{a[1]}", {"Phone": "+31 7"}, "PATCH")
    t.json("sync")
    tap.same((t.partner(a[1]), len(s.records("hubspot/companies"))), (None, 6),
             "unlinked_stays_unlinked")
    r = t.run("unlink", c[0])
    tap.ok(r.code == 3 and "not linked" in r.err, "unlinking_twice_is_refused", r)
    t.json("link", a[1], c[0])
    tap.same(t.partner(a[1]), c[0], "a_hand_link_lifts_it")

    # ---- S14.1: resync goes past T0: an old account without a match gets a company, and the reverse
    r = t.json("resync", a[2])
    made = t.partner(a[2])
    tap.ok(r["hubspot"]["created"] == 1 and made, "resync_creates_a_company", r)
    r = t.json("resync", c[3])
    tap.ok(r["salesforce"]["created"] == 1 and t.partner(c[3]), "resync_creates_an_account", r)
    tap.same(s.fields("salesforce/accounts", t.partner(c[3]))["Tandem_Company_Id__c"], "4242:" + c[3],
             "our_id_on_the_account")
    s.call(f"/hubspot/companies/{made}", {"phone": "+31 99"}, "PATCH")
    r = t.json("resync", made)
    tap.same((r["hubspot"]["updated"], s.fields("hubspot/companies", made).get("phone")),
             (1, s.fields("salesforce/accounts", a[2]).get("Phone")), "resync_reads_at_once")
    t.json("unlink", a[2][:15])
    t.json("resync", a[2])
    tap.ok(t.partner(a[2]), "resync_lifts_an_unlink")
    r = t.run("resync", "0015e0000099999AAA")
    tap.ok(r.code == 2 and "no such record" in r.out, "resync_of_nothing_is_an_error", r)
    r = t.run("resync", a[0], c[0])
    tap.same(r.code, 64, "resync_takes_one_kind")

    # ---- S1.4: held, a pass only looks; what a person does is done; release shows the plan
    t.json("hold")
    s.call(f"/salesforce/accounts/{a[2]}", {"Phone": "+31 123"}, "PATCH")
    r = t.json("sync")
    tap.same((r["held"], r["hubspot"]["updated"], r["actions"]["update"]), (True, 0, 1),
             "held_it_only_plans")
    tap.ok(s.fields("hubspot/companies", t.partner(a[2])).get("phone") != "+31 123", "nothing_is_written")
    t.json("link", a[3], c[4])
    tap.same(t.partner(a[3]), c[4], "a_person_may_link_while_held")
    r = t.run("release")
    tap.ok(r.code == 3 and "S1.4" in r.err and "+31 123" in r.out, "release_shows_the_plan", r)
    tap.same(t.json("settings", "get", "hold")["hold"], "on", "and_waits_to_be_confirmed")
    tap.same(t.run("release", "--yes").code, 0, "release")
    t.json("sync")
    tap.same(s.fields("hubspot/companies", t.partner(a[2])).get("phone"), "+31 123",
             "released_it_writes")
    t.close()
    s.close()

    # ---- S7.2: reviews of the demo's data
    want = json.load(open(f"{DATA}/expected.json", encoding="utf-8"))
    s = demo_sandbox()
    t = Tandem(s)
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    waiting = t.json("review", "list")["reviews"]
    tap.same(len(waiting), want["import"]["review_accounts"], "review_list")
    r = t.run("explain", waiting[0]["id"])
    tap.ok("waits for a person's answer" in r.out and "an import brings it in" not in r.out,
           "explain_agrees_with_the_queue", r)
    x = t.json("explain", waiting[0]["id"])
    tap.same((x["action"], x["why"], x["candidates"], x["waits_for_answer"]),
             ("review", waiting[0]["why"], waiting[0]["candidates"], True), "and_so_it_does_as_json")
    single = [x for x in waiting if ";" not in x["candidates"]]
    several = [x for x in waiting if ";" in x["candidates"]]
    one = single[0]
    t.json("review", "accept", one["id"])
    tap.same(t.partner(one["id"]), one["candidates"], "accept_links_the_only_candidate")
    if several:
        r = t.run("review", "accept", several[0]["id"])
        tap.ok(r.code == 64 and several[0]["candidates"].split(";")[0] in r.err,
               "several_want_a_choice", r)
        chosen = several[0]["candidates"].split(";")[1]
        t.json("review", "accept", several[0]["id"], chosen)
        tap.same(t.partner(several[0]["id"]), chosen, "accept_the_chosen_one")
    r = t.run("review", "accept", one["id"])
    tap.ok(r.code == 64 and "review list" in r.err, "answered_once", r)
    before = len(s.records("hubspot/companies"))
    no = single[1]
    t.json("review", "reject", no["id"])
    t.json("sync")
    tap.ok(t.partner(no["id"]) not in (None, no["candidates"]), "a_rejected_one_gets_its_own",
           t.json("explain", no["id"]))
    tap.same(len(s.records("hubspot/companies")), before + 1, "one_company_more")
    left = len(t.json("review", "list")["reviews"])
    rest = [x for x in t.json("review", "list")["reviews"] if ";" not in x["candidates"]]
    free = {x["candidates"] for x in rest}
    r = t.run("review", "accept", "--all")
    tap.ok(len(t.json("review", "list")["reviews"]) <= left - len(free), "one_answer_for_many", r)
    t.close()
    s.close()

    # one answer for many is one run, read and written in batches
    s = Sandbox("--accounts", "250", "--companies", "250", "--limits", "off", "--seed", "9")
    t = Tandem(s)
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    waiting = t.json("review", "list")["reviews"]
    tap.ok(len(waiting) == 250 and not any(";" in x["candidates"] for x in waiting), "near_names_wait",
           waiting[:3])
    runs = len(t.json("runs")["runs"])
    r = t.run("review", "reject", waiting[0]["id"], waiting[1]["id"], waiting[0]["id"])
    tap.ok(r.code == 0 and r.out.startswith("2 answered"), "several_are_rejected", r)
    tap.same((len(t.json("runs")["runs"]), len(t.json("review", "list")["reviews"])), (runs + 1, 248),
             "rejecting_is_one_run")
    s.call("/counts", method="DELETE")
    r = t.json("review", "accept", "--all")
    tap.same((r["actions"]["link"], t.json("status")["links"]), (248, 248), "all_with_one_candidate")
    calls = s.call("/counts")
    tap.ok(calls["salesforce"] + calls["hubspot"] <= 40, "accepted_in_batches", calls)
    tap.same((len(t.json("runs")["runs"]), t.json("review", "list")["reviews"]), (runs + 2, []),
             "accepting_is_one_run")
    t.close()
    s.close()

    # two that have the same only candidate are left: no order of the list decides
    s = Sandbox("--limits", "off", "--seed", "10")
    for i in ("x", "y"):
        s.call("/salesforce/accounts", {"Name": f"Firm {i}", "Website": f"https://{i}.acme.example"}, "POST")
    s.call("/hubspot/companies", {"name": "Acme", "domain": "acme.example"}, "POST")
    t = Tandem(s)
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    r = t.run("review", "accept", "--all")
    tap.ok(r.code == 0 and r.out.startswith("2 are left"), "the_same_candidate_of_two_is_left", r)
    tap.same((t.json("status")["links"], len(t.json("review", "list")["reviews"])), (0, 2),
             "both_wait_on")
    t.close()
    s.close()

    # ---- S7.9: links of the native integration, or of a file, are taken over as they are
    s = Sandbox("--accounts", "8", "--companies", "8", "--limits", "off", "--seed", "6")
    t = Tandem(s)
    a = [x["id"] for x in s.records("salesforce/accounts")]
    c = [x["id"] for x in s.records("hubspot/companies")]
    for x in c:
        s.call(f"/hubspot/companies/{x}", {"domain": "", "website": ""}, "PATCH")
    for i in range(3):
        s.call(f"/hubspot/companies/{c[i]}", {"salesforceaccountid": a[i][:15]}, "PATCH")
    s.call(f"/hubspot/companies/{c[0]}", {"name": "Otherwise"}, "PATCH")
    for i in (3, 4):  # one id on two companies
        s.call(f"/hubspot/companies/{c[i]}", {"salesforceaccountid": a[3]}, "PATCH")
    t.json("settings", "set", "company_sync", "on")
    before = {x: s.fields("hubspot/companies", x) for x in c}
    r = t.run("adopt")
    tap.ok(r.code == 3 and "3 links" in r.out and "S7.9" in r.err, "adopt_shows_and_asks", r)
    tap.ok("differs from" in r.out and "`tandem mapping backfill Name`" in r.out,
           "it_lists_what_differs_and_offers_the_backfill", r)
    tap.same(t.json("status")["links"], 0, "a_preview_takes_nothing")
    r = t.json("adopt", "--yes")
    tap.same((r["actions"]["link"], r["actions"]["review"], r["differences"] > 0), (3, 1, True),
             "adopt_takes_one_to_one_ids")
    one = {x["company"]: x["differences"] for x in r["samples"]["link"]}[c[0]]
    here, there = s.fields("salesforce/accounts", a[0]), s.fields("hubspot/companies", c[0])
    tap.ok({"field": "Name", "salesforce": here["Name"], "property": "name",
            "hubspot": there["name"]} in one, "both_values_are_told", one)
    tap.same(sum(x["values"] for x in r["differing"]), r["differences"], "and_counted_by_mapping")
    after = {x: s.fields("hubspot/companies", x) for x in c}
    changed = {x: [k for k in after[x] if after[x].get(k) != before[x].get(k)] for x in c}
    tap.same([changed[x] for x in c[:5]], [["tandem_account_id"]] * 3 + [[], []],
             "nothing_is_written_but_our_id")
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"]), (0, 0),
             "the_differences_stay")
    s.call(f"/salesforce/accounts/{a[0]}", {"Phone": "+31 555"}, "PATCH")
    t.json("sync")
    tap.same(s.fields("hubspot/companies", c[0]).get("phone"), "+31 555", "and_moves_are_carried")
    path = t.write("pairs.csv", f"account,company\n{a[5]},{c[5]}\n{a[6][:15]},{c[6]}\n{a[0]},{c[7]}\n")
    r = t.run("adopt", "--pairs", path, "--yes")
    tap.ok(r.code == 2 and a[0] in r.err, "a_bad_pair_is_said_and_does_not_stop_the_others", r)
    tap.same((t.partner(a[5]), t.partner(a[6])), (c[5], c[6]), "pairs_from_a_file")
    path = t.write("bad.csv", f"{a[7]},{c[7]}\nnonsense\n")
    r = t.run("adopt", "--pairs", path, "--yes")
    tap.ok(r.code == 64 and "line 2" in r.err, "a_bad_line_is_named", r)
    s.edit("hubspot/companies", c[4], salesforceaccountid="")
    s.edit("hubspot/companies", c[3], salesforceaccountid="")
    s.advance(60)
    t.json("sync")
    r = t.run("adopt")
    tap.ok(r.code == 0 and "There is nothing to write." in r.out and "tandem:" not in r.err,
           "with_nothing_to_take_over_nobody_is_asked", r)
finally:
    t.close()
    s.close()
tap.done()
