"""S3.5: which contacts and companies may make an account: by HubSpot lists, read again just before a create."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "2", "--limits", "off", "--seed", "12")
t = Tandem(s)


def active(kind, name, value):
    return s.call("/hubspot/lists", {"name": f"{name} {value}", "object": kind, "filterGroups": [
        {"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}]})["id"]


def company(name, *contacts, **more):
    c = s.call("/hubspot/companies", {"name": name, **more}, "POST")["id"]
    for x in contacts:
        s.join(x, c, (279,))
    return c


def contact(email, stage):
    return s.call("/hubspot/contacts", {"email": email, "lifecyclestage": stage}, "POST")["id"]


def accounts():
    return sorted(a["fields"]["Name"] for a in s.records("salesforce/accounts"))[base:]


try:
    base = 0
    before = accounts()
    customers = active("contacts", "lifecyclestage", "customer")
    t.json("settings", "set", "inclusion_list", customers)
    r = t.json("settings", "set", "company_sync", "on")
    tap.same((r["inclusion_list"], r["company_list"]), (customers, "none"),
             "turning_it_on_shows_the_choice")
    t.json("settings", "set", "create_settle", "0")
    buyer = contact("buyer@one.example", "customer")
    visitor = contact("visitor@two.example", "lead")
    company("One", buyer)
    two = company("Two", visitor)
    s.advance(5)  # a service's clock is known by the second
    s.call("/counts", method="DELETE")
    t.json("sync")
    tap.same([a for a in accounts() if a not in before], ["One"], "a_member_makes_an_account")
    asked = [n for kind, n in s.call("/counts")["kinds"].items() if "memberships" in kind]
    tap.same(asked, [2], "asked_when_first_seen_and_again_before_the_create")
    tap.same(t.json("explain", two)["why"], "none_qualifies", "who_is_in_no_list_makes_none")

    # H16.5: while the list is computed nobody knows who is in it
    s.call(f"/hubspot/lists/{customers}", {"busy": True})
    company("Three", buyer)
    s.advance(5)
    r = t.json("sync")
    tap.same(([a for a in accounts() if a not in before], r["actions"]["wait"]), (["One"], 1),
             "a_list_that_is_computed_is_waited_for")
    s.call(f"/hubspot/lists/{customers}", {"busy": False})
    s.advance(70)
    t.json("sync")
    tap.same([a for a in accounts() if a not in before], ["One", "Three"], "and_then_it_goes_on")

    # a company list as well
    chosen = active("companies", "city", "Delft")
    t.json("settings", "set", "company_list", chosen)
    company("Four", buyer, city="Delft")
    five = company("Five", buyer, city="Gouda")
    s.advance(5)
    t.json("sync")
    tap.same([a for a in accounts() if a not in before], ["Four", "One", "Three"],
             "only_a_company_on_the_list")
    tap.same(t.json("explain", five)["why"], "not_listed", "the_other_says_so")
    s.call(f"/hubspot/companies/{five}", {"city": "Delft"}, "PATCH")
    s.advance(16 * 60)
    t.json("sync")
    tap.ok("Five" in accounts(), "joining_the_list_is_seen", accounts())

    # lists limit creation only: who leaves stays linked and in step
    s.call(f"/hubspot/companies/{five}", {"city": "Gouda", "name": "Five more"}, "PATCH")
    s.advance(16 * 60)
    t.json("sync")
    tap.ok(t.json("explain", five)["linked"], "a_linked_company_that_leaves_stays_linked")

    # a list that went stops creating, and is named; nothing else stops
    s.call(f"/hubspot/lists/{customers}", {"deleted": True})
    company("Six", buyer, city="Delft")
    s.advance(5)
    r = t.run("sync")
    tap.ok(r.code == 0 and f"list {customers}" in r.err and "Six" not in accounts(),
           "a_list_that_went_stops_creating", r)
    t.json("settings", "set", "inclusion_list", "none")
    s.advance(16 * 60)
    t.json("sync")
    tap.ok("Six" in accounts(), "another_choice_lets_it_go_on", accounts())
    t.json("settings", "set", "company_sync", "off")
    s.call(f"/hubspot/lists/{chosen}", {"deleted": True})
    r = t.run("settings", "set", "company_sync", "on")
    tap.ok(r.code == 3 and f"list {chosen}" in r.err, "it_is_not_turned_on_with_a_list_that_went", r)
finally:
    t.close()
    s.close()
tap.done()
