"""An edit in the gap between reading a record and writing it (S12.1): If-Match, or searched for afterwards."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "60", "--limits", "off", "--seed", "7")
t = Tandem(s)


def fields(kind, record):
    return s.call(f"/{kind}/{record}")["fields"]


def edit(kind, record, **values):
    s.call(f"/{kind}/{record}", values, "PATCH")


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
    edit("hubspot/companies", pair[ids[0]], description="from hubspot")
    edit("hubspot/companies", pair[ids[1]], description="from hubspot")
    account_in_the_gap(0, Description="in the gap", Phone="+31 20")
    s.advance(5)
    r = t.json("sync")
    tap.same((fields("salesforce/accounts", ids[0])["Description"],
              fields("salesforce/accounts", ids[1])["Description"], r["salesforce"]["updated"],
              r["errors"]), ("in the gap", "from hubspot", 1, 0), "if_match_keeps_the_edit")
    t.json("sync")
    tap.same((fields("salesforce/accounts", ids[0])["Description"],
              fields("hubspot/companies", pair[ids[0]])["description"],
              fields("hubspot/companies", pair[ids[0]])["phone"]),
             ("in the gap", "in the gap", "+31 20"), "it_is_read_and_decided_anew")
    r = t.json("sync")
    tap.same((r["salesforce"]["updated"], r["hubspot"]["updated"]), (0, 0), "and_then_it_is_quiet")
finally:
    t.close()
    s.close()
tap.done()
