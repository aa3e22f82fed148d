"""An edit in the gap between reading a record and writing it (S12.1): If-Match, or searched for afterwards."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "60", "--limits", "off", "--seed", "7")
t = Tandem(s)


def account_in_the_gap(n, **values):
    s.call("/salesforce/intrusions", {"id": ids[n], "fields": values}, "POST")


def company_in_the_gap(n, **values):
    s.call("/hubspot/intrusions", {"object": "companies", "id": pair[ids[n]], "properties": values},
           "POST")


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    t.json("mapping", "change", "Description", "--rule", "two_way")
    t.json("mapping", "change", "Phone", "--rule", "two_way")
    ids = sorted(a["id"] for a in s.records("salesforce/accounts"))
    pair = {x: t.json("explain", x)["partner"] for x in ids}
    t.json("sync")

    # a small pass to Salesforce: the account changes between its reading and its write
    s.edit("hubspot/companies", pair[ids[0]], description="from hubspot")
    s.edit("hubspot/companies", pair[ids[1]], description="from hubspot")
    account_in_the_gap(0, Description="in the gap", Phone="+31 20")
    s.advance(5)
    r = t.json("sync")
    tap.same((s.fields("salesforce/accounts", ids[0])["Description"],
              s.fields("salesforce/accounts", ids[1])["Description"], r["salesforce"]["updated"],
              r["errors"]), ("in the gap", "from hubspot", 1, 0), "if_match_keeps_the_edit")
    t.json("sync")
    tap.same((s.fields("salesforce/accounts", ids[0])["Description"],
              s.fields("hubspot/companies", pair[ids[0]])["description"],
              s.fields("hubspot/companies", pair[ids[0]])["phone"]),
             ("in the gap", "in the gap", "+31 20"), "it_is_read_and_decided_anew")
    r = t.json("sync")
    tap.same((r["salesforce"]["updated"], r["hubspot"]["updated"]), (0, 0), "and_then_it_is_quiet")

    # HubSpot has no conditional write: the edit is overwritten, found in the history, and kept (H6.20)
    for n in (2, 3):
        s.edit("salesforce/accounts", ids[n], Description="from salesforce")
    was = s.fields("hubspot/companies", pair[ids[2]]).get("description")
    company_in_the_gap(2, description="typed meanwhile", phone="+31 30")
    s.advance(5)
    r = t.json("sync")
    tap.same((s.fields("hubspot/companies", pair[ids[2]])["description"], r["lost_edits"]),
             ("from salesforce", 1), "an_overwritten_edit_is_found")
    one = [f for f in t.json("explain", ids[2])["history"][0]["fields"]
           if f["field"] == "description"][0]
    tap.same((one["old"], one["new"], one["overwrote"], one["lost"]),
             (was, "from salesforce", True, "typed meanwhile"), "both_values_are_in_the_audit")
    one = t.json("explain", ids[3])["history"][0]["fields"][0]
    tap.same((one["field"], one["overwrote"], one["lost"]), ("description", False, None),
             "no_edit_no_mark")
    r = t.run("explain", ids[2])
    tap.ok("typed meanwhile" in r.out and "overwr" in r.out, "explain_shows_it", r)
    t.json("sync")
    tap.same(s.fields("salesforce/accounts", ids[2])["Phone"], "+31 30",
             "an_edit_of_another_field_is_no_loss")
finally:
    t.close()
    s.close()
tap.done()
