"""S1.2, S1.4: what counts as new when the switch goes on: late commits, --since of a takeover; and that a held
connection writes nothing by any way that nobody asked for."""
import datetime

from lab import Sandbox, Tandem, Tap

tap = Tap()


def writes(s):
    return [w for w in s.call("/writes")["writes"]]


def late_commits():
    s = Sandbox("--accounts", "3", "--companies", "0", "--limits", "off", "--seed", "3")
    t = Tandem(s)
    try:
        # stamped before T0, seen after the baseline: 30 minutes and two hours late
        old = s.call("/salesforce/transactions", {}, "POST")["transaction"]
        s.advance(2 * 3600)
        late = s.call("/salesforce/transactions", {}, "POST")["transaction"]
        s.advance(1800)
        t.json("settings", "set", "company_sync", "on")
        s.advance(60)
        gone = s.call(f"/salesforce/transactions/{old}", {"fields": {"Name": "Too late"}}, "POST")["id"]
        new = s.call(f"/salesforce/transactions/{late}", {"fields": {"Name": "Late"}}, "POST")["id"]
        s.advance(120)
        t.json("sync")
        tap.ok(t.partner(new), "a_commit_up_to_an_hour_late_is_new", t.json("explain", new))
        s.advance(86400)  # the round over all finds what came later than any poll looks back
        t.json("sync")
        x = t.json("explain", gone)
        tap.same((x["partner"], x["why"]), (None, "existing"), "one_that_is_later_is_existing")
        tap.same(t.json("status")["links"], 1, "what_was_in_the_baseline_stays_out")
    finally:
        t.close()
        s.close()


def since():
    s = Sandbox("--accounts", "2", "--companies", "0", "--limits", "off", "--seed", "3")
    t = Tandem(s)
    try:
        before = s.account("Before")
        s.advance(3600)
        then = s.records("salesforce/accounts")[-1]["created"]
        then = datetime.datetime.fromisoformat(then.replace("Z", "+00:00"))
        time = (then + datetime.timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = s.account("Made in between")
        edited = s.records("salesforce/accounts")[0]["id"]
        s.call(f"/salesforce/accounts/{edited}", {"Phone": "+31 5"}, "PATCH")
        s.advance(3 * 86400)
        r = t.run("settings", "set", "company_sync", "on", "--since",
                  (then - datetime.timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        tap.ok(r.code == 64 and "S1.2" in r.err and "14 days" in r.err, "at_most_14_days_back", r)
        r = t.run("settings", "set", "company_sync", "on", "--since", "2999-01-01T00:00:00Z")
        tap.ok(r.code == 64 and "S1.2" in r.err, "and_no_time_to_come", r)
        tap.same(t.json("status")["company_sync"], False, "refused_it_stays_off")
        t.json("settings", "set", "company_sync", "on", "--since", time)
        t.json("sync")
        tap.ok(t.partner(made), "created_since_then_is_new", t.json("explain", made))
        tap.same((t.partner(before), t.partner(edited)), (None, None),
                 "edited_since_then_is_not")
        s.call(f"/salesforce/accounts/{edited}", {"Phone": "+31 6"}, "PATCH")
        t.json("sync")
        tap.ok(t.partner(edited), "edited_after_the_switch_is", t.json("explain", edited))
    finally:
        t.close()
        s.close()


def held():
    s = Sandbox("--accounts", "6", "--companies", "0", "--limits", "off", "--seed", "3")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        a = [x["id"] for x in s.records("salesforce/accounts")]
        c = {x: t.partner(x) for x in a}
        t.json("hold")
        s.call("/writes", {"on": True}, "POST")
        # everything that a pass would write: an update, a create, a merge, a deletion, a retry
        new = s.account("While held")
        s.call(f"/salesforce/accounts/{a[0]}", {"Phone": "+31 7"}, "PATCH")
        s.call("/salesforce/merge", {"survivor": new, "loser": a[1]}, "POST")
        s.call(f"/salesforce/accounts/{a[2]}", method="DELETE")
        s.call(f"/hubspot/companies/{c[a[3]]}", method="DELETE")
        s.advance(3700)
        r = t.json("sync")
        tap.same((r["held"], r["planned_only"], r["actions"]["update"]), (True, True, 1), "it_plans")
        t.run("errors", "retry", "--all")
        t.json("sync")
        t.run("review", "list")
        t.run("verify")
        tap.same(writes(s), [], "and_writes_nothing_by_itself")
        tap.same(t.json("status")["links"], 6, "no_link_ends")
        # a person's acts are done, and no more than these
        r = t.json("resync", a[4])
        s.call(f"/salesforce/accounts/{a[4]}", {"Phone": "+31 8"}, "PATCH")
        t.json("resync", a[4])
        tap.same({w["id"] for w in writes(s)}, {c[a[4]]}, "a_resync_writes_its_record_alone")
        r = t.run("release")
        tap.ok(r.code == 3 and "S1.4" in r.err, "release_shows_the_plan_first", r)
        tap.same({w["id"] for w in writes(s)}, {c[a[4]]}, "which_writes_nothing")
        t.json("release", "--yes")
        t.json("sync")
        t.json("sync")
        tap.same((s.fields("hubspot/companies", c[a[0]])["phone"], t.partner(new)),
                 ("+31 7", c[a[1]]), "released_what_waited_is_done")
        tap.same(t.json("status")["links"], 4, "deletions_too")
    finally:
        t.close()
        s.close()


late_commits()
since()
held()
tap.done()
