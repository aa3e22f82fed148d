"""Brakes (S12.3): nothing is lost or overwritten in bulk without a person's word."""
import json

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "260", "--limits", "off", "--seed", "5")
t = Tandem(s)


def company_fields(record):
    return s.fields("hubspot/companies", record)


def refused(r, name, why):
    e = json.loads(r.err)
    tap.same((r.code, e["rule"], e["subject"]), (3, "S12.3", why), name)
    tap.ok(f"--past-brake {why}" in e["hint"], f"{name}_and_names_the_way_on", e)


def counts(r):
    return (r["actions"]["unlink"], r["why"].get("brake", 0))


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    accounts = [a["id"] for a in s.records("salesforce/accounts")]
    tap.same(t.json("status")["links"], 260, "all_are_linked")
    for a in accounts:
        s.call(f"/salesforce/accounts/{a}", {"Phone": "+31 1"}, "PATCH")

    # one field changes on more than 30 % of the links, at least 100: stops before the 101st of 260
    t.json("settings", "set", "brake_change", "20")
    r = t.run("sync", "--json")
    refused(r, "change_brake_refuses", "change")
    phones = [c["fields"].get("phone") for c in s.records("hubspot/companies")]
    tap.same(phones.count("+31 1"), 99, "it_stops_before_the_write_that_passes_the_mark")
    r = t.run("sync", "--json")
    refused(r, "the_day_is_counted_over_all_runs", "change")
    p = t.json("plan", "sync")
    tap.same((p["why"]["brake"], p["actions"]["update"]), (161, 0), "the_plan_says_so")
    # what does not touch that field goes on behind those that are held
    s.call(f"/salesforce/accounts/{accounts[0]}", {"BillingCity": "Zwolle"}, "PATCH")
    t.run("sync", "--json")
    x = t.json("explain", accounts[0])
    tap.same(company_fields(x["partner"])["city"], "Zwolle", "others_are_not_held_up")
    r = t.json("sync", "--past-brake", "change")
    tap.same((r["hubspot"]["updated"], r["why"].get("brake", 0)), (161, 0), "a_person_lets_it_go")

    # links that would be lost: none of them before all is known
    for a in accounts[:26]:
        s.call(f"/salesforce/accounts/{a}", method="DELETE")
    r = t.json("sync")
    tap.same(counts(r), (26, 0), "ten_percent_may_be_lost")
    s.call(f"/salesforce/accounts/{accounts[26]}", method="DELETE")
    r = t.run("sync", "--json")
    refused(r, "one_more_in_the_same_day_is_refused", "unlink")
    tap.same(t.json("status")["links"], 234, "and_keeps_its_link")
    s.advance(86400 + 60)
    r = t.json("sync")
    tap.same(counts(r), (1, 0), "a_day_later_it_may")
    for a in accounts[27:60]:
        s.call(f"/salesforce/accounts/{a}", method="DELETE")
    r = t.run("sync", "--json")
    refused(r, "a_pass_that_would_lose_many_loses_none", "unlink")
    tap.same(t.json("status")["links"], 233, "none_is_lost")
    tap.same(counts(t.json("sync", "--past-brake", "unlink")), (33, 0), "unless_a_person_says_so")
    tap.same(t.run("sync", "--past-brake", "brakes").code, 64, "an_unknown_brake_is_wrong_use")

    # one field cleared
    t.json("settings", "set", "brake_change", "100")
    for a in accounts[60:170]:
        s.call(f"/salesforce/accounts/{a}", {"Phone": None}, "PATCH")
    r = t.run("sync", "--json")
    refused(r, "clear_brake_refuses", "clear")
    phones = [c["fields"].get("phone") for c in s.records("hubspot/companies")]
    tap.same(phones.count(None) + phones.count(""), 99, "no_field_is_cleared_on_too_many")
    t.json("settings", "set", "brake_clear", "100")
    t.json("sync")
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], r["run"]), (0, None), "a_quiet_pass_leaves_nothing")

    # creates
    t.json("settings", "set", "create_settle", "0")
    t.json("settings", "set", "create_max", "2")
    for n in range(3):
        s.call("/salesforce/accounts", {"Name": f"New {n}"}, "POST")
    r = t.run("sync", "--json")
    refused(r, "create_brake_refuses", "create_max")
    r = t.json("sync", "--past-brake", "create_max")
    tap.same(r["hubspot"]["created"], 1, "the_last_one_once_let_go")

    # one side answers with nothing: nothing is believed
    t.json("settings", "set", "company_sync", "off")
    for c in s.records("hubspot/companies"):
        s.call(f"/hubspot/companies/{c['id']}", method="DELETE")
    r = t.run("settings", "set", "company_sync", "on", "--json")
    tap.same((r.code, json.loads(r.err)["code"]), (3, "side_empty"), "an_empty_side_is_refused")
    tap.same(t.json("status")["links"], 203, "and_no_link_is_lost")
finally:
    t.close()
    s.close()
tap.done()
