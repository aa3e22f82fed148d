"""S12.4, S8.2: an undo that is killed at several points and run again ends as one that never was: what the run
made is gone, what it linked is unlinked, and nothing is taken for a deletion by a user."""
import signal
import time

from lab import Sandbox, Tandem, Tap

ACCOUNTS, LINKED, POINTS = 4000, 300, 6
tap = Tap()
s = Sandbox("--accounts", str(ACCOUNTS), "--companies", str(LINKED), "--limits", "off", "--seed", "15")
t = Tandem(s)


def writes():
    kinds = s.call("/counts")["kinds"]
    return sum(n for kind, n in kinds.items() if "batch/archive" in kind or "batch/update" in kind)


try:
    for a, c in zip(s.records("salesforce/accounts"), s.records("hubspot/companies")):
        site = a["fields"].get("Website") or ""
        s.call(f"/hubspot/companies/{c['id']}", {"domain": site.split("//")[-1].strip("/"),
                                                 "phone": "old"}, "PATCH")
    t.json("settings", "set", "company_sync", "on")
    before = s.state()
    r = t.json("import", "accounts", "--yes")
    run = r["run"]
    tap.ok(r["hubspot"]["created"] > 3000 and r["actions"]["link"] > 100, "much_is_imported", r)
    killed = 0
    for point in range(POINTS):
        if point % 2:  # the harder half: done, and the answer is lost
            s.fault("reset_after_commit", "hubspot", "/batch/archive", count=1, skip=1)
        seen = writes()
        p = t.start("undo", run, "--yes", "--quiet")
        while p.poll() is None and writes() < seen + 1 + 2 * point:
            time.sleep(0.001)
        if p.poll() is None:
            p.send_signal(signal.SIGKILL)
            killed += 1
        p.communicate()
        s.call("/faults", method="DELETE")
    tap.ok(killed >= 4, "killed_at_several_points", f"killed {killed} times")
    last = t.run("undo", run, "--yes", "--quiet")
    tap.ok(last.code in (0, 2), "the_last_one_ends", last)
    now = s.state()
    wrong = [(k, i, before[k].get(i), now[k].get(i)) for k in before
             for i in set(before[k]) | set(now[k]) if before[k].get(i) != now[k].get(i)]
    tap.same(wrong[:3], [], "killed_and_run_again_it_ends_as_before")
    status = t.json("status")
    tap.same((status["links"], status["open_intents"]), (0, 0), "no_link_and_no_intent_is_left")
    s.advance(3700)
    q = t.json("sync")
    tap.same((q["hubspot"]["created"], q["hubspot"]["updated"], q["actions"]["link"],
              t.json("status")["errors"]), (0, 0, 0, 0), "what_it_archived_is_no_deletion")
finally:
    t.close()
    s.close()
tap.done()
