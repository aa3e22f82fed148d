"""serve: a process that keeps several connections in step beside whatever people do at the command line. What is
awaited is awaited by its effect; a pass is asked for with SIGHUP."""
import json
import signal
import subprocess
import time

from lab import Sandbox, Tandem, Tap

tap = Tap()


class Service:
    """A running `tandem serve`; its log, line by line, as it comes."""
    started = 0

    def __init__(self, t, *options):
        self.t = t
        Service.started += 1
        self.path = f"{t.dir}/serve{Service.started}.log"
        self.log = open(self.path, "w", encoding="utf-8")
        self.p = subprocess.Popen([t.program, "serve", "--log-json", "--config", t.config, *options],
                                  stdout=subprocess.DEVNULL, stderr=self.log,
                                  stdin=subprocess.DEVNULL)
        while self.p.poll() is None and not self.said("serving"):
            time.sleep(0.02)

    def lines(self):
        text = open(self.path, encoding="utf-8").read()
        return [json.loads(x) for x in text.splitlines() if x.startswith("{")]

    def passes(self, name="default"):
        return [x for x in self.lines() if x.get("event") == "pass" and x["name"] == name]

    def said(self, words, name=None):
        return [x for x in self.lines() if words in x["message"] and name in (None, x.get("name"))]

    def hint(self):
        self.p.send_signal(signal.SIGHUP)

    def until(self, good, seconds=120):
        """Until it is so; hints now and then, so that no interval is waited for."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if good():
                return True
            if self.p.poll() is not None:
                return good()
            self.hint()
            for _ in range(10):
                if good():
                    return True
                time.sleep(0.05)
        return False

    def stop(self, how=signal.SIGTERM):
        if self.p.poll() is None:
            self.p.send_signal(how)
        code = self.p.wait(timeout=120)
        self.log.close()
        return code


def carries_and_listens():
    s = Sandbox("--accounts", "12", "--limits", "off", "--seed", "5")
    t = Tandem(s)
    service = None
    try:
        service = Service(t)
        tap.ok(service.until(lambda: service.said("company_sync is off", "default")), "off_is_said")
        before = s.call("/counts")["kinds"]
        service.hint()
        t.json("status")
        tap.same(s.call("/counts")["kinds"], before, "off_asks_nothing_of_the_services")
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        tap.ok(service.until(lambda: service.passes()), "the_switch_is_taken_up", service.lines())

        a = [x["id"] for x in s.records("salesforce/accounts")]
        company = {x: t.json("explain", x)["partner"] for x in a[:4]}
        s.call(f"/salesforce/accounts/{a[0]}", {"Phone": "+31 20 1"}, "PATCH")
        tap.ok(service.until(
            lambda: s.fields("hubspot/companies", company[a[0]]).get("phone") == "+31 20 1"),
            "an_edit_is_carried_over", service.lines()[-3:])
        s.call(f"/hubspot/companies/{company[a[1]]}", {"description": "from HubSpot"}, "PATCH")
        s.call(f"/salesforce/accounts/{a[2]}", {"Phone": "+31 20 2"}, "PATCH")
        tap.ok(service.until(
            lambda: s.fields("hubspot/companies", company[a[2]]).get("phone") == "+31 20 2"),
            "and_the_next_one")

        # S1.4: held while it runs, and released
        tap.same(t.run("hold").code, 0, "hold_beside_a_service")
        s.call(f"/salesforce/accounts/{a[3]}", {"Phone": "+31 20 3"}, "PATCH")
        seen = len(service.passes())
        tap.ok(service.until(lambda: len([p for p in service.passes()[seen:] if p["held"]]) > 1),
               "the_hold_is_taken_up", service.lines()[-3:])
        tap.ok(s.fields("hubspot/companies", company[a[3]]).get("phone") != "+31 20 3",
               "held_writes_nothing")
        tap.same(t.run("release", "--yes").code, 0, "release_beside_a_service")
        tap.ok(service.until(
            lambda: s.fields("hubspot/companies", company[a[3]]).get("phone") == "+31 20 3"),
            "released_it_goes_on")

        # what people do beside it
        t.json("settings", "set", "create_settle", "0")
        tap.same(t.run("resync", a[1]).code, 0, "resync_beside_a_service")
        tap.same(t.run("settings", "set", "poll_interval", "7m").code, 0, "settings_beside_a_service")
        tap.ok(service.until(lambda: service.passes()[-1:] and service.passes()[-1]["next_ms"] > 60000),
               "the_interval_is_taken_up", service.passes()[-1:])
        tap.same((t.run("status").code, t.run("explain", a[0]).code), (0, 0), "readers_always_work")
        tap.same(t.run("filter", "set", "Name != 'Kept out'", "--yes").code, 0,
                 "a_filter_beside_a_service")
        for name in ("Kept out", "Let in"):
            s.call("/salesforce/accounts", {"Name": name}, "POST")
        names = lambda: [c["fields"].get("name") for c in s.records("hubspot/companies")]
        service.until(lambda: "Let in" in names())
        tap.same([n in names() for n in ("Kept out", "Let in")], [False, True],
                 "the_filter_is_taken_up")

        # S15.4: suspended by what the org refuses, cleared by a person, on without loss
        s.fault("api_disabled", "salesforce", "/updated/", count=1000)
        s.call(f"/salesforce/accounts/{a[1]}", {"Phone": "+31 20 4"}, "PATCH")
        tap.ok(service.until(lambda: t.json("status")["suspensions"]), "a_service_is_suspended")
        s.call("/faults", method="DELETE")
        tap.same(t.run("errors", "clear-suspension").code, 0, "clear_beside_a_service")
        tap.ok(service.until(
            lambda: s.fields("hubspot/companies", company[a[1]]).get("phone") == "+31 20 4"),
            "cleared_it_goes_on_by_itself", service.lines()[-3:])

        # one service is enough
        r = t.run("serve")
        tap.ok(r.code == 3 and str(service.p.pid) in r.err, "a_second_service_is_refused", r)

        # S8.4: passes over a quiet system write nothing
        s.advance(1800)
        seen = len(service.passes())
        service.until(lambda: len(service.passes()) > seen + 1)
        runs = len(t.json("runs")["runs"])
        s.call("/counts", method="DELETE")
        seen = len(service.passes())
        tap.ok(service.until(lambda: len(service.passes()) > seen + 2), "quiet_passes_run")
        quiet = s.call("/counts")["kinds"]
        tap.same([k for k in quiet if "companies/batch" in k or "composite/sobjects" in k or "PATCH" in k], [],
                 "quiet_passes_write_nothing")
        tap.same([k for k in quiet if "describe" in k or "properties" in k or "oauth" in k], [],
                 "quiet_passes_cost_the_polls_only")
        tap.same(len(t.json("runs")["runs"]), runs, "and_leave_no_run")
        tap.same(service.stop(), 0, "a_stop_is_clean")
        tap.ok(service.said("stopped"), "and_said")
    finally:
        if service and service.p.poll() is None:
            service.stop(signal.SIGKILL)
        t.close()
        s.close()


def stops_and_goes_on():
    """SIGTERM in the middle of much work: what is in flight ends, nothing is left open, the next start goes on."""
    n = 5000
    s = Sandbox("--accounts", str(n), "--limits", "off", "--seed", "6")
    t = Tandem(s)
    service = None

    def updates():
        return sum(n for kind, n in s.call("/counts")["kinds"].items() if kind.endswith("/batch/update"))

    def changed():
        return [c["id"] for c in s.records("hubspot/companies") if str(c["fields"].get("phone")).startswith("+99")]

    try:
        for name, value in (("company_sync", "on"), ("brake_change", "100")):
            t.json("settings", "set", name, value)
        t.json("import", "accounts", "--yes")
        s.call("/touch/salesforce/accounts", {"every": 1, "field": "Phone", "value": "+99"})
        s.fault("slow", "hubspot", "/batch/update", count=1000, ms=100)
        before = updates()
        service = Service(t)
        tap.ok(service.until(lambda: updates() > before + 1), "work_has_begun", service.lines()[-3:])
        tap.same(service.stop(), 0, "stopped_in_the_middle_is_a_clean_stop")
        done = len(changed())
        tap.ok(done < n, "it_was_in_the_middle", done)
        tap.same(t.json("status")["open_intents"], 0, "no_intent_is_left_open")
        s.call("/faults", method="DELETE")
        service = Service(t)
        tap.ok(service.until(lambda: updates() >= before + n // 100) and len(changed()) == n, "the_next_start_goes_on",
               (len(changed()), service.lines()[-3:]))
        tap.same(service.stop(), 0, "and_stops")
        counts = t.json("status")
        tap.same((counts["links"], counts["open_intents"], counts["errors"]), (n, 0, 0),
                 "all_as_it_should_be")
    finally:
        if service and service.p.poll() is None:
            service.stop()
        t.close()
        s.close()


def one_fails():
    """Two connections of one tandem.yaml; the one whose services are away does not stop the other."""
    s, other = (Sandbox("--accounts", "3", "--limits", "off", "--seed", x) for x in ("7", "8"))
    t = Tandem(s)
    service = None
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        t.sandbox = other
        t.connect_hubspot("--connection", "second")
        t.connect_salesforce("--connection", "second")
        t.run("setup", "--connection", "second")
        t.json("settings", "set", "company_sync", "on", "--connection", "second")
        t.json("import", "accounts", "--yes", "--connection", "second")
        other.fault("http500", "hubspot", "", count=100000)
        service = Service(t)
        tap.ok(service.until(lambda: service.said("next try", "second")), "the_failing_one_says_so")
        a = s.records("salesforce/accounts")[0]["id"]
        company = t.json("explain", a)["partner"]
        s.call(f"/salesforce/accounts/{a}", {"Phone": "+31 7"}, "PATCH")
        tap.ok(service.until(lambda: s.fields("hubspot/companies", company).get("phone") == "+31 7"),
               "the_other_goes_on")
        other.call("/faults", method="DELETE")
        tap.ok(service.until(lambda: service.passes("second")), "and_it_comes_back")
        tap.same(service.stop(), 0, "both_stop")
    finally:
        if service and service.p.poll() is None:
            service.stop()
        t.close()
        s.close()
        other.close()


carries_and_listens()
stops_and_goes_on()
one_fails()
tap.done()
