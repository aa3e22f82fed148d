"""S4.1-S4.4: the polls alone are enough. The round over all finds what moves no stamp and what an index showed too
late; no place moves past a record that was not kept, whatever goes wrong on the way."""
from lab import Sandbox, Tandem, Tap

tap = Tap()


def rounds():
    s = Sandbox("--accounts", "8", "--limits", "off", "--seed", "21")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        a = [x["id"] for x in s.records("salesforce/accounts")]
        company = {x: t.json("explain", x)["partner"] for x in a}
        polls = {x["poll"]: x for x in t.json("status")["polls"]}
        tap.same([polls[n]["longest_delay_ms"] for n in
                  ("values_salesforce", "values_hubspot", "deletions_hubspot", "all_hubspot")],
                 [60000, 60000, 3600000, 86400000], "status_tells_each_polls_longest_delay")

        # a change that the search index never shows
        s.call(f"/salesforce/accounts/{a[0]}", {"Description": ""}, "PATCH")
        s.advance(3 * 3600)
        t.json("sync")
        s.call("/counts", method="DELETE")
        s.call("/settings", {"index_lag_ms": 30 * 86400000})
        s.call(f"/hubspot/companies/{company[a[0]]}", {"description": "never indexed"}, "PATCH")
        t.json("sync")
        tap.ok(s.fields("salesforce/accounts", a[0]).get("Description") != "never indexed",
               "no_poll_shows_it")
        tap.same(s.calls("GET/crm/objects/#/companies"), 0, "a_small_portal_is_not_walked_before_a_day")
        s.advance(22 * 3600)
        t.json("sync")
        tap.same(s.fields("salesforce/accounts", a[0]).get("Description"), "never indexed",
                 "the_round_finds_it_within_a_day")
        s.call("/counts", method="DELETE")
        t.json("sync")
        tap.same(s.calls("GET/crm/objects/#/companies"), 0, "and_the_next_round_takes_its_time")
        before = {x["poll"]: x["last"] for x in t.json("status")["polls"]}
        t.json("settings", "set", "sweep_age", "2h")
        s.advance(2 * 3600 + 60)  # what a process knows of a service's clock is behind it: on a busy machine by seconds
        t.json("sync")
        after = {x["poll"]: x["last"] for x in t.json("status")["polls"]}
        tap.ok(after["all_hubspot"] > before["all_hubspot"] and
               after["all_salesforce"] > before["all_salesforce"], "its_age_is_a_setting")
        tap.same(t.run("settings", "set", "sweep_age", "5m").code, 64, "and_has_bounds")
    finally:
        t.close()
        s.close()


def slices():
    """A large side is read a slice at a time, spread over the passes of its age."""
    n = 9000
    s = Sandbox("--accounts", str(n), "--limits", "off", "--seed", "22")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        s.advance(3600)
        t.json("sync")
        s.advance(3600)
        t.json("sync")
        s.call("/counts", method="DELETE")
        s.advance(4 * 3600)  # of 9,000 records 2,250 are due by now
        t.json("sync")
        part = s.calls("GET/crm/objects/#/companies")
        tap.ok(20 <= part <= 41, "a_slice_of_what_is_due", part)
        s.call("/counts", method="DELETE")
        t.json("sync")
        tap.same(s.calls("GET/crm/objects/#/companies"), 0, "and_then_nothing")
        # cut in the middle it goes on behind what was kept
        s.advance(8 * 3600)
        s.fault("http500", "hubspot", "/companies", count=40, skip=26)
        t.run("sync")
        s.call("/faults", method="DELETE")
        s.advance(10 * 3600)
        tap.same(t.run("sync").code, 0, "after_trouble_it_goes_on")
        s.call("/counts", method="DELETE")
        s.advance(60)
        t.json("sync")
        tap.same(s.calls("GET/crm/objects/#/companies"), 0, "the_round_was_finished")
    finally:
        t.close()
        s.close()


def no_record_is_passed():
    """S4.4: many records of one stamp, more than a search window holds; walks that break on every page."""
    n = 12000
    s = Sandbox("--accounts", "5", "--companies", str(n), "--limits", "off", "--seed", "23")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("settings", "set", "brake_change", "100")
        s.advance(3600)
        t.json("sync")
        s.call("/touch/hubspot/companies", {"every": 1, "field": "phone", "value": "+99"})
        for cut in (0, 3, 17, 50):
            s.fault("http500", "hubspot", "/companies/search", count=8, skip=cut)
            r = t.run("sync")
            tap.ok(r.code == 1, f"cut_after_{cut}_pages_is_an_error", r)
            s.call("/faults", method="DELETE")
        r = t.run("sync")
        tap.same(r.code, 0, "the_walk_comes_through")
        missed = [c["id"] for c in s.records("hubspot/companies")
                  if not str(c["fields"].get("phone")).startswith("+99")]
        tap.same(missed, [], "all_were_touched")
        import sqlite3
        seen = sqlite3.connect(t.dir + "/tandem.db").execute(
            "SELECT count(*) FROM company WHERE instr(packed, '+99') > 0").fetchone()[0]
        tap.same(seen, n, "none_of_twelve_thousand_equal_stamps_is_passed")
    finally:
        t.close()
        s.close()


rounds()
slices()
no_record_is_passed()
tap.done()
