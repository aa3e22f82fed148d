"""Owners: two-way by email, those without a partner left alone or as the setting says, and few calls."""
import json
import urllib.request

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "4", "--limits", "off", "--seed", "5")
t = Tandem(s)


def account(n):
    return s.fields("salesforce/accounts", accounts[n])["OwnerId"]


def company(n):
    return s.fields("hubspot/companies", pair[n]).get("hubspot_owner_id")


def own_account(n, who):
    s.call(f"/salesforce/accounts/{accounts[n]}", {"OwnerId": users[who]}, "PATCH")


def own_company(n, who):
    s.call(f"/hubspot/companies/{pair[n]}", {"hubspot_owner_id": owners.get(who, "")}, "PATCH")


def people_calls():
    with urllib.request.urlopen(s.at["control"] + "/traffic?after=0", timeout=60) as answer:
        lines = [json.loads(x) for x in answer.read().decode().splitlines()]
    return [x for x in lines if "/crm/owners/" in x["path"]]


def last_field(record):
    done = t.json("explain", record)["history"]
    return [f for f in done[0]["fields"] if f["field"] in ("OwnerId", "hubspot_owner_id")][0]


try:
    users = {u["fields"]["FirstName"]: u["id"] for u in s.records("salesforce/users")}
    owners = {"Integration": "301", "Olivia": "308", "Lee": "315"}
    accounts = [a["id"] for a in s.records("salesforce/accounts")]
    own = users["Olivia"]
    s.call(f"/salesforce/accounts/{accounts[1]}", {"OwnerId": own}, "PATCH")
    s.call(f"/salesforce/accounts/{accounts[2]}", {"OwnerId": users["Noah"]}, "PATCH")
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    pair = [t.json("explain", a)["partner"] for a in accounts]
    tap.same([company(n) for n in range(3)], ["301", "308", None], "owners_come_by_email")
    x = t.json("explain", accounts[2])
    tap.same([m["state"] for m in x["mappings"] if m["salesforce"] == "OwnerId"], ["no_partner"],
             "one_without_a_partner_is_shown")
    shown = t.run("explain", accounts[2]).out
    tap.ok("noah@sandbox.example" in shown and "S6.6" in shown, "with_who_it_is", shown)
    before = len(people_calls())
    tap.same(before, 2, "owners_are_read_once")  # those of today, and those who left
    r = t.json("sync")
    tap.same(r["hubspot"]["updated"] + r["salesforce"]["updated"], 0, "then_all_is_quiet")

    # B3.58, B3.63: after that the most recent wins, either way
    own_company(0, "Olivia")
    own_account(1, "Integration")
    t.json("sync")
    tap.same((account(0), company(1)), (users["Olivia"], "301"), "owners_go_both_ways")
    tap.same((last_field(accounts[0])["rule"], last_field(pair[1])["rule"]), ("S5.4", "S5.4"),
             "as_two_way_says")
    own_account(0, "Noah")
    s.advance(5)
    own_company(0, "Integration")
    t.json("sync")
    tap.same((account(0), last_field(accounts[0])["conflict"]), (users["Integration"], True),
             "both_moved_the_later_wins")
    own_company(1, "Olivia")
    s.advance(5)
    own_account(1, "Noah")
    s.advance(1)
    t.json("sync")
    tap.same((account(1), company(1)), (users["Noah"], "308"), "the_later_without_a_partner_stays")

    # B3.64, S5.10: a clear is put back
    own_company(0, "")
    t.json("sync")
    tap.same((company(0), account(0)), ("301", users["Integration"]), "a_cleared_owner_is_put_back")
    f = last_field(pair[0])
    tap.same((f["rule"], f["reverts"], f["old"]), ("S5.10", True, None), "and_recorded_so")

    # who left is nobody's partner
    s.call(f"/hubspot/companies/{pair[0]}", {"hubspot_owner_id": "315"}, "PATCH")
    t.json("sync")
    tap.same((company(0), account(0)), ("315", users["Integration"]), "an_owner_who_left_stays")
    tap.same(len(people_calls()), before, "all_known_so_nothing_is_read_again")

    # somebody new: read again, once, when a record names them
    s.advance(1200)
    owners["New"] = str(s.call("/hubspot/owners", {"email": "NOAH@sandbox.example", "first": "Noah",
                                                    "last": "Example"})["id"])
    own_company(3, "New")
    t.json("sync")
    tap.same((account(3), len(people_calls())), (users["Noah"], before + 2), "an_unknown_one_is_read")

    # S6.6: owner.unmatched
    owners["Solo"] = str(s.call("/hubspot/owners", {"email": "solo@sandbox.example", "first": "So",
                                                     "last": "Lo"})["id"])
    t.json("settings", "set", "owner.unmatched", "reset")
    own_company(3, "Solo")
    t.json("sync")
    tap.same((company(3), account(3)), (owners["New"], users["Noah"]), "reset_goes_back")
    tap.ok(last_field(pair[3])["reverts"], "as_an_edit_that_is_taken_back")
    t.json("settings", "set", "owner.unmatched", "olivia@sandbox.example")
    own_company(3, "Solo")
    t.json("sync")
    tap.same((company(3), account(3)), (owners["Solo"], users["Olivia"]), "the_named_one_gets_it")
    t.json("settings", "set", "owner.unmatched", "clear")
    s.call(f"/salesforce/users/{users['Noah']}", {"IsActive": False}, "PATCH")
    s.advance(7 * 3600)
    s.call(f"/hubspot/companies/{pair[2]}", {"hubspot_owner_id": "301"}, "PATCH")
    t.json("sync")
    tap.same((account(2), company(2)), (users["Integration"], "301"), "a_new_owner_for_one_who_left")
    r = t.run("settings", "set", "owner.unmatched", "nobody")
    tap.ok(r.code == 64 and "email address" in r.err, "a_bad_setting_is_refused", r)
finally:
    t.close()
    s.close()
tap.done()
