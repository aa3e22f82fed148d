"""S15.4, S15.6: what the place refuses stops a direction, or the connection, once and not record by record; it is
shown with its remedy, cleared by a person, and goes on without loss. B8.24: a record that is gone is no error."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "6", "--limits", "off", "--seed", "4")
t = Tandem(s)


def suspended():
    return {x["what"]: x for x in t.json("status")["suspensions"]}


try:
    t.json("settings", "set", "create_settle", "0")
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    a = [x["id"] for x in s.records("salesforce/accounts")]
    company = {x: t.json("explain", x)["partner"] for x in a}
    tap.same(suspended(), {}, "nothing_is_suspended")
    tap.ok("Nothing is suspended" in t.run("errors", "clear-suspension").out, "nothing_to_clear")

    # the portal is full: that direction stops, once
    s.fault("full", "hubspot", "/batch/upsert", count=1000)
    new = [s.call("/salesforce/accounts", {"Name": f"Another {i}"}, "POST")["id"] for i in range(3)]
    r = t.run("sync")
    tap.ok(r.code == 3 and "record limit" in r.err, "a_full_portal_refuses_the_pass", r)
    x = suspended()
    tap.same((list(x), x["hubspot"]["code"]), (["hubspot"], "record_limit"), "the_direction_is_named")
    tap.ok("limit" in x["hubspot"]["remedy"], "with_its_remedy", x)
    tap.same(t.json("errors", "list")["errors"], [], "no_error_per_record")
    r = t.run("status")
    tap.ok("SUSPENDED" in r.out and "clear-suspension" in r.out, "status_says_it", r)

    # the other direction goes on; nothing is asked of the full one
    s.call("/counts", method="DELETE")
    s.call(f"/hubspot/companies/{company[a[0]]}", {"description": "from the portal"}, "PATCH")
    s.call(f"/salesforce/accounts/{a[0]}", {"Description": ""}, "PATCH")
    r = t.run("sync")
    tap.ok(r.code == 3 and "S15.4" in r.err, "a_suspended_pass_says_so", r)
    tap.same(s.calls("/batch/upsert"), 0, "nothing_is_sent_to_the_full_side")
    tap.same(t.json("explain", new[0])["why"], "suspended", "explain_says_suspended")

    # cleared, it goes on with all that waited
    s.call("/faults", method="DELETE")
    tap.same(t.run("sync").code, 3, "it_waits_for_a_person")
    x = t.json("errors", "clear-suspension")
    tap.same([c["what"] for c in x["cleared"]], ["hubspot"], "cleared")
    r = t.run("sync")
    tap.same((r.code, suspended()), (0, {}), "cleared_it_goes_on")
    tap.ok(all(t.json("explain", n)["partner"] for n in new), "nothing_was_lost")

    # the same in the other direction
    s.fault("full", "salesforce", "/sobjects", count=1000)
    s.call(f"/salesforce/accounts/{a[1]}", {"Description": ""}, "PATCH")
    t.run("sync")
    s.call(f"/hubspot/companies/{company[a[1]]}", {"description": "more"}, "PATCH")
    s.call(f"/salesforce/accounts/{a[2]}", {"Phone": "+31 22"}, "PATCH")
    r = t.run("sync")
    tap.same((r.code, list(suspended())), (3, ["salesforce"]), "a_full_org")
    tap.same(t.json("errors", "list")["errors"], [], "no_error_per_record_there_either")
    t.run("sync")
    tap.same(s.fields("hubspot/companies", company[a[2]]).get("phone"), "+31 22", "the_other_direction_goes_on")
    s.call("/faults", method="DELETE")
    t.json("errors", "clear-suspension")
    tap.same(t.run("sync").code, 0, "and_on")
    tap.same(s.fields("salesforce/accounts", a[1]).get("Description"), "more", "nothing_was_lost_there_either")

    # our key field goes while we are not looking: that direction stops, once
    s.call(f"/salesforce/accounts/{a[4]}", {"Description": ""}, "PATCH")
    t.json("sync")
    s.call("/salesforce/fields", {"field": "Tandem_Company_Id__c", "read": False}, "POST")
    s.call(f"/hubspot/companies/{company[a[4]]}", {"description": "hidden key"}, "PATCH")
    s.call(f"/salesforce/accounts/{a[2]}", {"Phone": "+31 23"}, "PATCH")
    r = t.run("sync")
    x = suspended()
    tap.same((r.code, {k: v["code"] for k, v in x.items()}), (3, {"salesforce": "key_missing"}),
             "a_hidden_key_suspends_its_direction")
    tap.ok("tandem setup" in x["salesforce"]["remedy"], "and_names_the_way_out", x)
    tap.same(t.json("errors", "list")["errors"], [], "without_an_error_a_record")
    tap.same((s.fields("hubspot/companies", company[a[2]]).get("phone"),
              s.fields("salesforce/accounts", a[4]).get("Description")), ("+31 23", None),
             "only_that_direction")
    s.call("/salesforce/fields", {"field": "Tandem_Company_Id__c", "read": True, "write": True}, "POST")
    tap.same(t.run("sync").code, 3, "back_in_sight_it_still_waits_for_a_person")
    t.json("errors", "clear-suspension")
    tap.same((t.run("sync").code, s.fields("salesforce/accounts", a[4]).get("Description")),
             (0, "hidden key"), "cleared_the_key_is_used_again")

    # B8.35: no access to the API at all: the connection; then nothing is asked for
    s.fault("api_disabled", "salesforce", "/updated/", count=1000)
    r = t.run("sync")
    x = suspended()
    tap.same((r.code, list(x)), (3, ["connection"]), "no_api_access_suspends_the_connection")
    tap.ok("API Enabled" in x["connection"]["remedy"], "and_says_which_right", x)
    s.call("/counts", method="DELETE")
    r = t.run("sync")
    tap.ok(r.code == 3 and "suspended" in r.err and s.calls("/updated") == 0, "suspended_asks_nothing", r)
    s.call("/faults", method="DELETE")
    t.json("errors", "clear-suspension")
    tap.same(t.run("sync").code, 0, "given_back_it_goes_on")

    # B8.34: the day's calls are used up: it lifts by itself
    s.fault("daily429", "hubspot", "/companies/search", count=1)
    r = t.run("sync")
    x = suspended()
    tap.ok(r.code == 3 and x["connection"]["until"] is not None, "the_days_quota_has_an_end", (r, x))
    tap.same(t.run("sync").code, 3, "until_then_it_waits")
    s.advance(3700)
    tap.same((t.run("sync").code, suspended()), (0, {}), "and_lifts_by_itself")

    # B8.24: an account that went between reading and writing is a deletion, not an error to retry
    s.call(f"/hubspot/companies/{company[a[3]]}", {"description": "too late"}, "PATCH")
    s.call(f"/salesforce/accounts/{a[3]}", method="DELETE")
    r = t.run("sync")
    r = t.run("sync")
    tap.same((r.code, t.json("errors", "list")["errors"]), (0, []), "gone_is_no_error")
finally:
    t.close()
    s.close()
tap.done()
