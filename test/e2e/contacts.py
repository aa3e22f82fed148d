"""Contacts as evidence: with whom each syncs, at which companies it is, and who is on the lists."""
import glob
import os
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "3", "--limits", "off", "--seed", "11")
t = Tandem(s)


def contact(*companies, **fields):
    c = s.call("/hubspot/contacts", fields, "POST")["id"]
    for i, at in enumerate(companies):
        associate(c, at, 1 if i == 0 else 279)
    return c


def associate(c, at, kind=279, method="POST"):
    s.join(c, at, (kind,), method)


def sf(kind, **fields):
    return s.call(f"/salesforce/{kind}", {"LastName": "X", **fields}, "POST")["id"]


def people(record):
    return {c["id"]: c for c in t.json("explain", record)["contacts"]}


def state(record, c):
    one = people(record)[c]
    return one["state"], one["person"]


def calls():
    r = t.json("sync")
    return r["salesforce"]["calls"], r["hubspot"]["calls"]


def active(kind, *filters):
    return s.call("/hubspot/lists", {"name": f"{kind} {filters}", "object": kind, "filterGroups": [
        {"filters": [{"propertyName": p, "operator": "EQ", "value": v}]} for p, v in filters]})["id"]


def refused(*args):
    r = t.run(*args)
    return r.code, r.err


try:
    account = s.records("salesforce/accounts")[0]["id"]
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    t.json("settings", "set", "beside_native", "on")  # what follows stays unlinked: S3 has its own
    old = s.company("From a contact of before")  # T0 has passed: all that follow are new
    acme = s.company("Acme")

    # S3.6: each state, by address (in any case) and by the ids that HubSpot's own sync left
    of_account = sf("contacts", Email="Ann@Acme.Example", AccountId=account)
    private = sf("contacts", Email="bob@acme.example")
    lead = sf("leads", Email="cid@acme.example", Company="Cid & Co")
    named = sf("contacts", Email="other@acme.example", AccountId=account)
    ann = contact(acme, email="ann@acme.example")
    bob = contact(acme, email="bob@acme.example")
    cid = contact(acme, email="cid@acme.example")
    dan = contact(acme, email="nobody@acme.example")
    eve = contact(acme, email="ann@acme.example2", salesforcecontactid=named[:15])
    mute = contact(acme, firstname="No", lastname="Address")
    t.json("sync")
    tap.same([state(acme, c) for c in (ann, bob, cid, dan, eve, mute)],
             [("of_account", of_account), ("private", private), ("lead", lead),
              ("not_syncing", None), ("of_account", named), ("not_syncing", None)], "every_state")
    tap.same([people(acme)[c]["qualifies"] for c in (ann, dan, mute)], [True, True, False],
             "with_no_list_an_address_qualifies")
    tap.same({c["id"] for c in t.json("explain", account)["contacts"]}, {ann, eve},
             "an_account_has_the_contacts_of_its_people")

    # S17.5: addresses are not in the store, only what they hash to
    t.json("status")
    kept = b"".join(open(f, "rb").read() for f in glob.glob(os.path.join(t.dir, "tandem.db*")))
    tap.same([x for x in (b"bob@acme", b"nobody@acme", b"cid@acme") if x in kept], [],
             "no_address_in_the_store")

    # a quiet pass costs one call more on each side
    calls()
    tap.same(calls(), (5, 2), "a_quiet_pass_costs_one_call_a_side")

    # S3.6: merged, converted, and edited elsewhere
    master = sf("contacts", Email="master@acme.example", AccountId=account)
    s.call("/salesforce/merge", {"type": "Contact", "survivor": master, "loser": named}, "POST")
    done = s.call("/salesforce/convert", {"id": lead, "account": account}, "POST")["fields"]
    t.json("sync")
    tap.same(state(acme, eve), ("of_account", master), "a_merged_contact_is_followed_to_its_master")
    c = people(acme)[cid]
    tap.same((c["state"], c["person"], c["account"], c["converted"]),
             ("of_account", done["ConvertedContactId"], account, True),
             "a_converted_lead_is_its_contact")
    s.call(f"/salesforce/contacts/{private}", {"AccountId": account}, "PATCH")
    t.json("sync")
    tap.same(people(acme)[bob]["account"], account, "a_private_contact_gets_an_account")
    s.call(f"/salesforce/contacts/{private}", method="DELETE")
    t.json("sync")
    tap.same(state(acme, bob), ("not_syncing", None), "a_deleted_contact_syncs_no_more")
    s.call("/salesforce/undelete", {"type": "Contact", "id": private}, "POST")
    t.json("sync")
    tap.same(state(acme, bob), ("of_account", private), "and_again_when_it_is_back")

    # B4.15 without B4.16: the latest of several, and then that one
    first = sf("contacts", Email="two@acme.example")
    s.advance(5)
    second = sf("contacts", Email="TWO@acme.example")
    two = contact(acme, email="two@acme.example")
    t.json("sync")
    tap.same(state(acme, two)[1], second, "of_several_the_latest")
    s.advance(5)
    s.call(f"/salesforce/contacts/{first}", {"Title": "edited"}, "PATCH")
    t.json("sync")
    tap.same(state(acme, two)[1], second, "pinned_while_it_lives")
    s.call("/salesforce/purge", {"type": "Contact", "id": second}, "POST")
    s.advance(120)  # Salesforce's log tells of whole minutes
    t.json("sync")
    tap.same(state(acme, two)[1], first, "a_purged_one_frees_the_pin")

    # a contact at three companies is evidence of each; one of them is its primary
    beta, gamma = s.company("Beta"), s.company("Gamma")
    three = contact(beta, gamma, acme, email="three@acme.example")
    t.json("sync")
    tap.same([people(x)[three]["company"] for x in (acme, beta, gamma)], [beta] * 3,
             "a_contact_at_three_companies")
    associate(three, gamma, 279, "DELETE")
    s.advance(600)
    t.json("sync")
    s.advance(600)
    t.json("sync")
    tap.same(list(people(gamma)), [], "an_association_that_went_is_seen_in_15_minutes")

    # HubSpot's own merge and archive
    twin = contact(beta, email="twin@acme.example")
    t.json("sync")
    survivor = s.call("/hubspot/merge", {"object": "contacts", "primary": three, "other": twin},
                      "POST")["id"]
    t.json("sync")
    tap.same(list(people(beta)), [survivor], "merged_contacts_are_one")
    s.call(f"/hubspot/contacts/{survivor}", method="DELETE")
    s.advance(3700)
    t.json("sync")
    tap.same(list(people(beta)), [], "an_archived_contact_is_seen_within_the_hour")

    # more contacts than a page holds
    crowd = s.company("Crowd")
    for i in range(501):
        contact(crowd, email=f"c{i}@crowd.example")
    t.json("sync")
    tap.same(len(people(crowd)), 501, "a_company_with_501_contacts")

    # S3.5: the lists, checked when they are chosen
    customers = active("contacts", ("lifecyclestage", "customer"))
    static = s.call("/hubspot/lists", {"name": "by hand", "object": "contacts"})["id"]
    good = active("companies", ("name", "Acme"))
    for list_id, why in ((static, "static"), (good, "not a list of contacts"),
                         ("99999", "does not exist")):
        code, err = refused("settings", "set", "inclusion_list", list_id)
        tap.ok(code == 3 and why in err and list_id in err, f"refused_{why.replace(' ', '_')}", err)
    tap.same(refused("settings", "set", "inclusion_list", "Customers")[0], 64, "a_list_has_a_number")
    t.json("settings", "set", "inclusion_list", customers)
    t.json("sync")
    tap.same([c["qualifies"] for c in people(acme).values()], [False] * 7, "nobody_is_in_it")
    s.call(f"/hubspot/contacts/{bob}", {"lifecyclestage": "customer"}, "PATCH")
    s.advance(16 * 60)
    t.json("sync")
    tap.same([c for c, x in people(acme).items() if x["qualifies"]], [bob],
             "a_member_that_joined_is_seen_in_15_minutes")
    s.call(f"/hubspot/contacts/{bob}", {"lifecyclestage": "lead"}, "PATCH")
    s.call(f"/hubspot/lists/{customers}", {"busy": True})
    s.advance(16 * 60)
    t.json("sync")
    tap.same(people(acme)[bob]["qualifies"], True, "a_list_that_is_computed_is_waited_for")
    s.call(f"/hubspot/lists/{customers}", {"busy": False})
    s.advance(16 * 60)
    t.json("sync")
    tap.same(people(acme)[bob]["qualifies"], False, "then_who_left_has_left")
    t.json("settings", "set", "company_list", good)
    t.json("sync")
    tap.same([t.json("explain", x)["listed"] for x in (acme, beta)], [True, False],
             "the_list_of_companies")
    s.call(f"/hubspot/lists/{good}", {"deleted": True})
    s.advance(16 * 60)
    r = t.run("sync")
    tap.ok(r.code == 0 and f"list {good}" in r.err and "does not exist" in r.err,
           "a_list_that_went_is_named", r)
    t.json("settings", "set", "company_list", "none")
    t.json("settings", "set", "inclusion_list", "none")
    t.json("sync")
    tap.same(t.json("explain", beta)["listed"], True, "no_list_no_limit")

    # S3.6: who is not visible to our user any more syncs with nobody, seen by the daily walk
    tap.same(state(acme, ann), ("of_account", of_account), "visible_so_far")
    s.call("/salesforce/fields", {"object": "Contact", "field": "Email", "read": False})
    s.advance(25 * 3600)
    r = t.run("sync")
    tap.ok(r.code == 0 and "Contact" in r.err, "what_we_may_not_read_is_named", r)
    tap.same(state(acme, ann), ("not_syncing", None), "not_visible_is_not_syncing")

    # without the right to read contacts the rest goes on
    s.call("/hubspot/tokens", {"token": "pat-no-contacts", "scopes": [
        "crm.objects.companies.read", "crm.objects.companies.write", "crm.schemas.companies.read",
        "crm.schemas.companies.write", "crm.objects.owners.read"]})
    t.write("token", "pat-no-contacts\n")
    t.connect_hubspot()
    s.call(f"/salesforce/accounts/{account}", {"Phone": "+31 15"}, "PATCH")
    r = t.run("sync", "--json")
    tap.ok(r.code == 0 and "people are not read" in r.err and '"updated":1' in r.out.replace(" ", ""),
           "without_the_right_to_contacts_the_rest_goes_on", r)
finally:
    t.close()
    s.close()
tap.done()
