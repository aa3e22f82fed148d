"""A saved plan and its apply: just its writes, each read again before; what changed since is left alone (S12.1)."""
import json
import os
import shutil

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "30", "--limits", "off", "--seed", "6")
t = Tandem(s)
path = os.path.join(t.dir, "plan.jsonl")


def lines(name=path):
    return [json.loads(x) for x in open(name, encoding="utf-8")]


def save(*what):
    if os.path.exists(path):
        os.remove(path)
    r = t.run("plan", *what, "--save", path)
    if r.code:
        raise RuntimeError(repr(r))
    return lines()


try:
    t.json("settings", "set", "company_sync", "on")
    ids = sorted(a["id"] for a in s.records("salesforce/accounts"))

    # an import: saved, then done as it was shown
    plan = save("import", "accounts")
    tap.same((plan[0]["tandem_plan"], plan[0]["kind"], plan[-1]["changes"], len(plan),
              oct(os.stat(path).st_mode & 0o777)), (1, "import", 30, 32, "0o600"),
             "a_plan_is_a_file_with_every_write")
    first = plan[1]
    tap.same((first["action"], first["account"], first["company"]), ("create", ids[0], None),
             "a_line_names_its_records")
    name = [w for w in first["writes"] if w["field"] == "name"][0]
    tap.same((name["side"], name["old"], name["new"]),
             ("hubspot", None, s.fields("salesforce/accounts", ids[0])["Name"]), "old_and_new_value")
    text = open(path, encoding="utf-8").read()
    tap.ok("pat-sandbox" not in text and "sandbox-secret" not in text, "no_secret_in_it")
    tap.same(t.run("plan", "sync", "--save", path).code, 3, "it_overwrites_nothing")
    r = t.run("apply", path)
    tap.ok(r.code == 3 and "Applying the plan would" in r.out and
           not s.records("hubspot/companies"), "without_a_word_only_the_preview", r)
    s.edit("salesforce/accounts", ids[3], Phone="+31 1")  # changed since
    s.call(f"/salesforce/accounts/{ids[4]}", method="DELETE")
    s.call("/salesforce/accounts", {"Name": "Not in the plan"}, "POST")
    kept = os.path.join(t.dir, "kept.jsonl")
    shutil.copy(path, kept)
    r = t.json("apply", path, "--yes")
    tap.same((r["hubspot"]["created"], len(s.records("hubspot/companies")), r["not_applied"]),
             (28, 28, 2), "just_its_writes_are_done")
    left = {x["account"]: x for x in r["left_alone"]}
    tap.same((left[ids[3]]["why"], left[ids[3]]["field"], left[ids[3]]["now"]),
             ("changed_since", "phone", "create"), "what_changed_since_is_skipped_and_listed")
    tap.same(left[ids[4]]["why"], "decided_otherwise", "so_is_what_was_deleted")
    run = t.json("runs")["runs"][0]
    tap.same((run["kind"], str(run["run"]) == str(r["run"])), ("apply", True), "it_is_a_run")
    r = t.run("apply", kept, "--yes")
    tap.ok(r.code == 3 and "applied already, by run" in r.err, "a_plan_is_applied_once", r)
    t.json("import", "accounts", "--yes")
    pair = {x: t.json("explain", x)["partner"] for x in ids if x != ids[4]}

    # a pass: updates in both directions; another field that moves since; one that is done already
    for n in (0, 1, 2, 5):
        s.edit("salesforce/accounts", ids[n], Description=f"new {n}")
    s.edit("salesforce/accounts", ids[6], Phone="")
    t.json("sync")
    for n in (0, 1, 2, 5):
        s.edit("salesforce/accounts", ids[n], Description=f"newer {n}")
    s.edit("hubspot/companies", pair[ids[6]], phone="+31 6")
    plan = save("sync")
    tap.same(sorted((x["action"], x["account"]) for x in plan[1:-1]),
             [("update", ids[n]) for n in (0, 1, 2, 5, 6)], "a_pass_as_a_plan")
    s.edit("salesforce/accounts", ids[1], Description="newest")
    s.edit("salesforce/accounts", ids[2], Website="https://elsewhere.example")
    s.edit("hubspot/companies", pair[ids[5]], description="newer 5")
    s.edit("salesforce/accounts", ids[7], Description="not in it")
    t.json("hold")  # a person applies (S1.4)
    r = t.json("apply", path, "--yes")
    left = {x["account"]: x for x in r["left_alone"]}
    tap.same({k: (v["why"], v["field"]) for k, v in left.items()},
             {ids[1]: ("changed_since", "description"), ids[2]: ("changed_since", "website"),
              ids[5]: ("done_already", None)}, "a_record_that_moved_is_left_as_a_whole")
    tap.same((left[ids[1]]["planned_new"], left[ids[1]]["holds"]), ("newer 1", "new 1"),
             "with_what_it_holds")
    tap.same((s.fields("hubspot/companies", pair[ids[0]])["description"],
              s.fields("salesforce/accounts", ids[6])["Phone"], r["salesforce"]["updated"],
              r["hubspot"]["updated"]), ("newer 0", "+31 6", 1, 1),
             "applied_on_both_sides_though_held")
    tap.same(s.fields("hubspot/companies", pair[ids[7]]).get("description") != "not in it", True,
             "nothing_else_is_done")
    x = t.json("explain", ids[0])
    tap.same(x["history"][0]["fields"][0]["new"], "newer 0", "it_is_in_the_history")
    r = t.json("undo", str(r["run"]), "--yes")
    tap.same(s.fields("hubspot/companies", pair[ids[0]])["description"], "new 0", "it_can_be_undone")
    t.json("release", "--yes")
    t.json("sync")
    tap.same(s.fields("hubspot/companies", pair[ids[7]])["description"], "not in it",
             "what_was_left_alone_stays_due")
    tap.same(s.fields("hubspot/companies", pair[ids[1]])["description"], "newest", "and_is_done_later")

    # nor does it move a company to its contact's stage (S10.1): a pass does
    person = s.call("/hubspot/contacts", {"email": "stage@a.example"}, "POST")["id"]
    s.join(person, pair[ids[7]])
    s.advance(60)
    t.json("sync")
    s.edit("salesforce/accounts", ids[8], Description="staged")
    save("sync")
    s.edit("hubspot/contacts", person, lifecyclestage="lead")
    s.advance(60)
    t.json("apply", path, "--yes")
    stage = s.fields("hubspot/companies", pair[ids[7]]).get("lifecyclestage")
    r = t.json("sync")
    tap.same((stage, s.fields("hubspot/companies", pair[ids[7]]).get("lifecyclestage")),
             (None, "lead"), "no_stage_moves_by_it")

    # hostile until checked
    s.edit("salesforce/accounts", ids[8], Description="eight")
    plan = save("sync")
    good = open(path, encoding="utf-8").read()

    def refused(text, word, name):
        bad = t.write("bad.jsonl", text)
        r = t.run("apply", bad, "--yes")
        tap.ok(r.code == 3 and word in r.err, name, r)

    refused(good.replace("eight", "nine"), "was changed since it was saved", "a_changed_plan")
    refused(good[:-40], "is no line of a plan", "a_cut_plan")
    refused("\n".join(good.splitlines()[:-1]) + "\n", "is no line of a plan", "a_plan_without_its_end")
    refused(good.replace('"tandem_plan":1', '"tandem_plan":2'), "another version", "another_version")
    refused("{}\n", "no plan that Tandem saved", "no_plan_at_all")
    refused("\x00\xff" * 40, "no plan that Tandem saved", "noise")
    portal = plan[0]["hubspot"]
    refused(good.replace(f'"hubspot":"{portal}"', '"hubspot":"1"', 1), "this is " + portal,
            "a_plan_of_another_connection")
    r = t.run("apply", os.path.join(t.dir, "nowhere"), "--yes")
    tap.ok(r.code == 1 and "cannot read" in r.err, "no_such_file", r)
    t.json("sync")

    # brakes: a plan was confirmed, so it is held by none, and counts in none (S12.3)
    t.json("settings", "set", "create_settle", "0")
    t.json("settings", "set", "create_max", "1")
    for n in range(3):
        s.call("/salesforce/accounts", {"Name": f"Many {n}"}, "POST")
    tap.same([x["action"] for x in save("sync")[1:-1]], ["create"], "a_plan_ends_at_the_brake")
    plan = save("import", "accounts")
    made = [x["account"] for x in plan[1:-1] if x["action"] == "create"]
    r = t.json("apply", path, "--yes")
    tap.same((len(made), r["hubspot"]["created"], r["not_applied"]), (3, 3, 0),
             "a_confirmed_plan_is_held_by_no_brake")
    s.call("/salesforce/accounts", {"Name": "One more"}, "POST")
    tap.same(t.json("sync")["hubspot"]["created"], 1, "nor_does_it_count_in_one")
    s.call("/salesforce/accounts", {"Name": "And another"}, "POST")
    r = t.run("sync")
    tap.ok(r.code == 3 and "create_max" in r.err, "what_nobody_confirmed_does", r)
    t.json("settings", "set", "create_max", "500")
    t.json("sync")

    # a side that was suspended since: that direction waits, the other is done, and the plan goes on
    s.edit("salesforce/accounts", ids[9], Phone="")
    t.json("sync")
    s.edit("hubspot/companies", pair[ids[9]], phone="+31 9")
    late = s.call("/salesforce/accounts", {"Name": "Late"}, "POST")["id"]
    plan = save("sync")
    tap.same(sorted(x["action"] for x in plan[1:-1]), ["create", "update"], "both_directions_are_in_it")
    s.fault("full", "hubspot", "/batch/upsert", count=1000)
    r = t.run("apply", path, "--yes")
    tap.ok(r.code == 3 and "record limit" in r.err, "a_full_portal_ends_the_apply", r)
    s.call("/faults", method="DELETE")
    r = t.run("apply", path, "--yes")
    tap.ok(r.code == 3 and "S15.4" in r.err and t.json("explain", late)["partner"] is None,
           "what_is_suspended_is_not_applied", r)
    tap.same(s.fields("salesforce/accounts", ids[9])["Phone"], "+31 9", "the_other_direction_is")
    t.json("errors", "clear-suspension")
    r = t.json("apply", path, "--yes")
    tap.same((r["hubspot"]["created"], [x["why"] for x in r["left_alone"]]), (1, ["done_already"]),
             "cleared_the_plan_is_done_to_its_end")

    # a resync: older differences of the records that a person names (S14.1)
    def differ(n, mine, theirs):
        """Taken as base by a change of the mapping: neither side moved (S5.8)."""
        t.json("mapping", "change", "Fax", "--rule", "none")
        for i in n:
            s.edit("salesforce/accounts", ids[i], Fax=mine)
            s.edit("hubspot/companies", pair[ids[i]], fax=theirs)
        t.json("sync")
        t.json("mapping", "change", "Fax", "--rule", "prefer_salesforce")

    def faxes(*n):
        return [s.fields("hubspot/companies", pair[ids[i]]).get("fax") for i in n]

    differ((10, 11, 12), "+31 10", "+31 11")
    tap.same([x["action"] for x in save("sync")[1:-1]], [], "a_pass_leaves_older_differences")
    r = t.run("apply", path)
    tap.ok(r.code == 0 and "There is nothing to write." in r.out and "tandem:" not in r.err,
           "an_empty_plan_asks_for_no_consent", r)
    plan = save("resync", ids[10], ids[11])
    tap.same((plan[0]["kind"], plan[0]["named"], [(x["account"], x["writes"][0]["new"])
                                                  for x in plan[1:-1]]),
             ("resync", True, [(ids[10], "+31 10"), (ids[11], "+31 10")]), "a_resync_as_a_plan")
    tap.same(faxes(10, 11), ["+31 11"] * 2, "it_writes_nothing_yet")
    s.edit("hubspot/companies", pair[ids[11]], fax="+31 12")
    r = t.json("apply", path, "--yes")
    tap.same((faxes(10, 11, 12), [(x["account"], x["why"]) for x in r["left_alone"]]),
             (["+31 10", "+31 12", "+31 11"], [(ids[11], "changed_since")]),
             "a_resync_is_applied")
    t.json("sync")

    # a backfill: one mapping, one way (S6.5)
    differ((13, 14), "+31 13", "+31 14")
    r = t.run("plan", "backfill", "Fax", "--direction", "to-hubspot", "--samples", "0")
    tap.ok(r.code == 0 and "A backfill of Fax <-> fax would find:" in r.out, "shown_in_words", r)
    plan = save("backfill", "Fax", "--direction", "to-hubspot")
    tap.same((plan[0]["kind"], plan[0]["field"], plan[0]["to_hubspot"], plan[0]["to_salesforce"],
              sorted(x["account"] for x in plan[1:-1])),
             ("backfill", "Fax", True, False, [ids[12], ids[13], ids[14]]), "a_backfill_as_a_plan")
    s.edit("salesforce/accounts", ids[13], Fax="+31 99", Description="also")
    r = t.json("apply", path, "--yes")
    tap.same((faxes(12, 13, 14), [(x["account"], x["why"], x["field"]) for x in r["left_alone"]]),
             (["+31 10", "+31 14", "+31 13"], [(ids[13], "changed_since", "fax")]),
             "a_backfill_is_applied")
    tap.ok(s.fields("hubspot/companies", pair[ids[13]]).get("description") != "also",
           "and_only_its_mapping")
    t.json("sync")
    tap.same((faxes(13), s.fields("hubspot/companies", pair[ids[13]])["description"]),
             (["+31 99"], "also"), "what_else_moved_goes_on_waiting")
    differ((15,), "+31 15", "+31 16")
    save("backfill", "Fax")
    text = open(path, encoding="utf-8").read()
    refused(text.replace('"property":"fax"', '"property":"phone"', 1), "is not there any more",
            "of_a_mapping_that_is_no_more")
    tap.same(t.run("plan", "resync").code, 64, "a_resync_of_nothing_is_wrong_use")

    s.edit("salesforce/accounts", ids[8], Description="eight again")
    save("sync")
    t.json("settings", "set", "company_sync", "off")
    r = t.run("apply", path, "--yes")
    tap.ok(r.code == 3 and "company_sync" in r.err, "not_while_the_switch_is_off", r)
    tap.ok(s.fields("hubspot/companies", pair[ids[8]]).get("description") == "eight",
           "nothing_of_it_was_done")
finally:
    t.close()
    s.close()
tap.done()
