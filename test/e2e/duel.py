"""Two automations that correct each other do not spend the budget: the field is held, said, and tried again."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "3", "--limits", "off", "--seed", "5")
t = Tandem(s)


def phone():
    return s.fields("hubspot/companies", company).get("phone")


def workflow(n=1):
    """A HubSpot workflow that sets the phone its own way, whatever stands there."""
    s.advance(60)
    s.call(f"/hubspot/companies/{company}", {"phone": f"flow {n}"}, "PATCH")
    return t.json("sync")


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    accounts = [a["id"] for a in s.records("salesforce/accounts")]
    account = accounts[0]
    company = t.json("explain", account)["partner"]
    own = s.fields("salesforce/accounts", account)["Phone"]

    wrote = [workflow(n)["hubspot"]["updated"] for n in range(8)]
    tap.same(wrote, [1, 1, 1, 1, 1, 1, 0, 0], "six_writes_an_hour_then_held")
    tap.same(phone(), "flow 7", "what_it_set_stands_meanwhile")
    x = t.json("explain", account)
    tap.same((x["link_state"], [(e["code"], e["field"]) for e in x["errors"]]),
             ("held", [("automations_duel", "phone")]), "held_and_said")
    told = t.run("explain", company).out
    tap.ok(own in told and "flow 7" in told and "S8.5" in told, "with_both_values", told)
    fields = x["history"][0]["fields"]
    tap.same((fields[0]["field"], fields[0]["reverts"]), ("phone", True), "a_reverted_edit_is_shown")

    # other fields of the link, and other links, go on
    s.call(f"/salesforce/accounts/{account}", {"Fax": "+31 9"}, "PATCH")
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], s.fields("hubspot/companies", company).get("fax")),
             (1, "+31 9"), "the_other_fields_go_on")

    # after an hour one more try; answered, it is held for a day
    s.advance(3700)
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], phone()), (1, own), "tried_again_after_an_hour")
    tap.same(t.json("explain", account)["link_state"], "live", "and_live_while_tried")
    tap.same(workflow(9)["hubspot"]["updated"], 0, "answered_so_held_again")
    s.advance(3700)
    tap.same(t.json("sync")["hubspot"]["updated"], 0, "not_after_another_hour")
    s.advance(24 * 3600)
    tap.same((t.json("sync")["hubspot"]["updated"], phone()), (1, own), "but_after_a_day")
    s.advance(3700)
    t.json("sync")
    tap.same([workflow(n)["hubspot"]["updated"] for n in range(2)], [1, 1],
             "left_alone_for_an_hour_it_is_free")
    tap.same(t.json("status")["errors"], 0, "and_the_error_is_over")
finally:
    t.close()
    s.close()
tap.done()
