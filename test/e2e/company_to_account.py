"""S3: a company becomes an account when its people say so, and its private contacts get the account."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "3", "--limits", "off", "--seed", "12")
t = Tandem(s)
addresses = 0


def contact(at, **fields):
    """A contact with an address of its own, at a company; that company is its primary one."""
    global addresses
    addresses += 1
    fields.setdefault("email", f"p{addresses}@people.example")
    c = s.call("/hubspot/contacts", fields, "POST")["id"]
    s.join(c, at)
    return c, fields["email"]


def sf(kind, email, **fields):
    return s.call(f"/salesforce/{kind}", {"LastName": "X", "Email": email, **fields}, "POST")["id"]


def lead(at):
    c, email = contact(at)
    sf("leads", email, Company="C")
    return c


def private(at):
    c, email = contact(at)
    return c, sf("contacts", email)


def sync(seconds=61):
    s.advance(seconds)
    return t.json("sync")


def why(record):
    x = t.json("explain", record)
    return x["action"], x["why"]


def account_of(person):
    return s.fields("salesforce/contacts", person).get("AccountId")


def criteria(record):
    x = t.json("explain", record)["to_account"]
    return {c["criterion"]: (c["answer"], c["contacts"]) for c in x["criteria"]}


def list_of(kind, name, value):
    return s.call("/hubspot/lists", {"name": value, "object": kind, "filterGroups": [
        {"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}]})["id"]


try:
    before = s.company("From before")
    contact(before)
    s.advance(5)
    t.json("settings", "set", "company_sync", "on")
    s.advance(1)

    # S3.4: from before T0 it enters by matching or by hand only, and explain says so
    t.json("sync")
    tap.same(why(before), ("skip", "existing_company"), "a_company_from_before_makes_no_account")
    tap.same(t.json("explain", before)["to_account"]["decides"], False, "s3_decides_nothing_there")
    tap.ok("S3 decides nothing" in t.run("explain", before).out, "and_explain_says_so")

    # B1.27-B1.30
    empty, leads = s.company("Empty"), s.company("Leads alone")
    lead(leads)
    mixed = s.company("One lead, one nobody")
    a_lead, nobody = lead(mixed), contact(mixed)[0]
    mute = s.company("Nobody has an address")
    contact(mute, email="")
    t.json("sync")
    tap.same([why(x) for x in (empty, leads, mute, mixed)],
             [("wait", "no_contacts"), ("wait", "only_leads"), ("wait", "none_qualifies"),
              ("wait", "settling")], "each_waits_with_its_reason")
    c = criteria(mixed)
    tap.same({k: v[0] for k, v in c.items()},
             {"C1": c["C1"][0], "C2": "no", "C3": "yes", "N1": "no", "N2": "no", "N3": "no"},
             "all_six_are_told")
    tap.same((c["C3"][1], c["N2"][1]), ([a_lead, nobody], [nobody]), "with_those_who_decided")
    r = sync()
    tap.same((r["salesforce"]["created"], t.partner(mixed) is not None), (1, True),
             "the_eligible_one_is_created")
    made = s.fields("salesforce/accounts", t.partner(mixed))
    tap.same((made["Name"], made["Tandem_Company_Id__c"].split(":")[1]),
             ("One lead, one nobody", mixed), "with_its_name_and_our_key")

    # S3.4: looked at after 1, 5 and 30 minutes, then only when its people change
    clock = [t.json("explain", empty)["next_try"]]
    sync(240)
    clock.append(t.json("explain", empty)["next_try"])
    r = sync(1560)
    clock.append(t.json("explain", empty)["next_try"])
    tap.ok(clock[0] and clock[1] and clock[0] < clock[1] and clock[2] is None,
           "by_the_clock_until_30_minutes", clock)
    tap.same((r["actions"]["wait"], r["why"].get("no_contacts")), (0, 1), "then_no_more")
    contact(empty)
    r = sync()
    tap.same((r["salesforce"]["created"], t.partner(empty) is not None), (1, True),
             "a_contact_that_joins_makes_it_eligible")
    r = sync()
    tap.same((r["salesforce"]["created"], r["salesforce"]["updated"], r["hubspot"]["updated"]),
             (0, 0, 0), "and_all_is_quiet")

    # S3.7: the private contact gets the account in the same pass
    close = s.company("Private people")
    one, first = private(close)
    two, second = private(close)
    sync()
    tap.same([account_of(x) for x in (first, second)], [t.partner(close)] * 2,
             "private_contacts_get_the_account")
    sync()
    tap.same(criteria(close)["C2"][0], "no", "and_are_private_no_more")

    # S8.2: a run that ends between the account and its contacts forgets nobody
    cut = s.company("Cut short")
    person = private(cut)[1]
    s.advance(61)
    s.fault("day", "salesforce", "composite/sobjects", skip=1)
    r = t.run("sync")
    tap.same((r.code != 0, t.partner(cut) is not None, account_of(person)), (True, True, None),
             "a_run_is_cut_before_the_contact")
    s.call("/faults", method="DELETE")
    t.json("errors", "clear-suspension")
    sync()
    tap.same(account_of(person), t.partner(cut), "the_next_one_goes_on_with_it")

    # ... also when the company is linked, whatever S3 says; and a refusal is the contact's error
    s.call("/salesforce/fields", {"object": "Contact", "field": "AccountId", "edit": False}, "POST")
    tap.ok([c for c in t.json("doctor")["salesforce"]
            if c["what"] == "edit Contact.AccountId" and c["allowed"] == "no"], "doctor_names_the_right")
    fresh = s.call("/salesforce/accounts", {"Name": "Twin", "Website": "https://twin.example"},
                   "POST")["id"]
    twin = s.company("Twin", domain="twin.example")
    third = private(twin)[1]
    s.advance(61)
    r = t.run("sync")
    tap.same((r.code, t.partner(twin), account_of(third)), (2, fresh, None), "a_refusal_is_an_error")
    errors = t.json("errors", "list")["errors"]
    tap.same([(x["id"], x["field"]) for x in errors], [(third, "Contact.AccountId")],
             "of_that_contact")
    s.call("/salesforce/fields", {"object": "Contact", "field": "AccountId", "edit": True}, "POST")
    tap.same((sync()["errors"], account_of(third)), (0, None), "it_waits_for_its_next_try")
    t.json("errors", "retry", "--all")
    sync()
    tap.same((account_of(third), t.json("errors", "list")["errors"]), (fresh, []),
             "and_is_done_when_asked")
    s.call(f"/salesforce/contacts/{third}", {"AccountId": None}, "PATCH")
    sync()
    tap.same(account_of(third), None, "a_person_may_take_it_off_again")

    # S14.1, B1.32: by hand it goes past S3; S3.7 holds there too
    t.json("resync", before)
    t.json("resync", leads)
    tap.ok(t.partner(before) and t.partner(leads), "by_hand_past_s3")

    # S3.8
    shared = s.company("A free-mail firm", domain="gmail.com")
    contact(shared)
    nameless = s.call("/hubspot/companies", {"domain": "nameless.example"}, "POST")["id"]
    contact(nameless)
    r = sync()
    tap.same((why(shared), r["why"].get("no_name")), (("skip", "shared_domain"), 1),
             "without_a_name_or_a_domain_of_its_own")
    sync(86400)
    tap.same(s.fields("salesforce/accounts", t.partner(nameless))["Name"],
             "nameless.example", "after_a_day_its_domain_is_the_name")
    r = sync()
    tap.same(r["hubspot"]["updated"], 0, "which_is_not_carried_back")

    # S7.1: shared contacts, over primary associations
    mine = s.company("Another name", domain="another.example")
    account = s.call("/salesforce/accounts", {"Name": "One name"}, "POST")["id"]
    for _ in range(2):
        sf("contacts", contact(mine)[1], AccountId=account)
    sync()
    x = t.json("explain", account)
    tap.same((x["partner"], x["origin"]), (mine, "contacts"), "shared_contacts_link")

    # a company that enters finds an older account by them before it does by the domain
    older = s.records("salesforce/accounts")
    older = [a for a in older if a["fields"].get("Website")
             and not a["fields"].get("Tandem_Company_Id__c")][0]
    both = s.company("Both keys", domain=older["fields"]["Website"].split("//")[-1].split("/")[0])
    sf("contacts", contact(both)[1], AccountId=older["id"])
    r = sync()
    tap.same((t.partner(both), r["why"].get("shared_contacts")), (older["id"], 1),
             "people_before_the_domain")

    theirs = s.company("Converts", domain="converts.example")
    account = s.call("/salesforce/accounts", {"Name": "Converted"}, "POST")["id"]
    known = sf("leads", contact(theirs)[1], Company="C")
    s.call("/salesforce/convert", {"id": known, "account": account}, "POST")
    r = sync()
    tap.same((t.partner(account), r["why"].get("converted_lead")), (theirs, 1),
             "a_converted_lead_links")

    # S3.5: lists; who is linked stays linked
    vip, firms = list_of("contacts", "lifecyclestage", "customer"), list_of("companies", "city",
                                                                            "Utrecht")
    t.json("settings", "set", "inclusion_list", vip)
    t.json("settings", "set", "company_list", firms)
    member, outside = s.company("Member", city="Utrecht"), s.company("Outside", city="Delft")
    plain = s.company("No customer", city="Utrecht")
    for x in (member, outside):
        contact(x, lifecyclestage="customer")
    contact(plain)
    r = sync()
    tap.same((t.partner(member) is not None, why(outside)[1], why(plain)[1], r["actions"]["unlink"]),
             (True, "not_listed", "none_qualifies", 0), "lists_limit_creation_only")
    late = s.company("Late", city="Utrecht")
    contact(late, lifecyclestage="customer")
    t.json("sync")
    s.call(f"/hubspot/lists/{vip}", {"busy": True})
    r = sync()
    tap.same((t.partner(late), r["why"].get("list_computing")), (None, 1),
             "a_list_that_is_computed_creates_nothing")
    s.call(f"/hubspot/lists/{vip}", {"busy": False, "deleted": True})
    r = sync()
    tap.same((t.partner(late), r["why"].get("list_refused"), t.partner(member) is not None),
             (None, 1, True), "nor_does_one_that_is_gone")
    t.json("settings", "set", "inclusion_list", "none")
    sync()
    tap.ok(t.partner(late) and t.partner(plain), "without_it_all_with_an_address_qualify")
finally:
    t.close()
    s.close()
tap.done()
