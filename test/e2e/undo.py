"""undo (S12.4, S12.5): what a run did is taken back wherever it still is so; the rest is listed."""
import json

from lab import Between, Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "3000", "--companies", "40", "--limits", "off", "--seed", "11")
t = Tandem(s)
OURS = ("tandem_account_id", "Tandem_Company_Id__c")


def differences(a, b):
    return [(kind, i, a[kind].get(i), b[kind].get(i)) for kind in a
            for i in set(a[kind]) | set(b[kind]) if a[kind].get(i) != b[kind].get(i)][:3]


def left(r):
    return sorted((x["why"], x["record"], x["field"]) for x in r["left_alone"])


def edit(record, **values):
    s.call(f"/salesforce/accounts/{record}", values, "PATCH")


try:
    accounts = [a["id"] for a in s.records("salesforce/accounts")]
    for n, c in enumerate(s.records("hubspot/companies")):  # some are there already
        site = s.fields("salesforce/accounts", accounts[n]).get("Website")
        s.call(f"/hubspot/companies/{c['id']}", {"domain": site.split("//")[-1].strip("/"),
                                                 "phone": "old"}, "PATCH")
    t.json("settings", "set", "company_sync", "on")
    before = s.state()
    r = t.json("import", "accounts", "--yes")
    run = r["run"]
    tap.ok(r["hubspot"]["created"] > 2900 and r["actions"]["link"] > 0, "thousands_are_imported", r)
    imported = s.state()

    preview = t.run("undo", run, "--json")
    tap.same((preview.code, json.loads(preview.err)["code"]), (3, "not_confirmed"),
             "without_yes_it_only_shows")
    p = json.loads(preview.out)["result"]
    tap.same((p["actions"]["archive"], p["not_undone"]), (r["hubspot"]["created"], 0),
             "the_preview_counts")
    tap.same(differences(imported, s.state()), [], "the_preview_changes_nothing")

    t.json("settings", "set", "company_sync", "off")
    u = t.json("undo", run, "--yes")
    tap.same((u["actions"]["archive"], u["actions"]["unlink"]),
             (r["hubspot"]["created"], r["actions"]["link"]), "undone_while_the_switch_is_off")
    tap.same(differences(before, s.state()), [], "exactly_the_state_before")
    tap.same(t.json("status")["links"], 0, "no_link_is_left")
    t.json("settings", "set", "company_sync", "on")
    s.advance(3700)
    q = t.json("sync")
    tap.same((q["hubspot"]["created"], q["actions"]["link"], differences(before, s.state())),
             (0, 0, []), "it_is_not_done_again_by_itself")
    again = t.json("undo", run, "--yes")
    tap.same((again["actions"]["archive"], again["actions"]["unlink"]), (0, 0),
             "undone_twice_does_nothing")
    again = t.run("undo", run)
    tap.ok(again.code == 0 and "There is nothing to write." in again.out and "tandem:" not in again.err,
           "and_asks_for_no_consent", again)
    # what it archived no API brings back: listed with the place to click
    back = json.loads(t.run("undo", u["run"], "--json").out)["result"]
    tap.ok(back["not_undone_why"].get("archived") == r["hubspot"]["created"] and
           "Restore records" in back["left_alone"][0]["place"], "archived_is_listed_with_the_place", back)
    tap.same(back["actions"]["link"], r["actions"]["link"], "an_undo_can_be_undone")
finally:
    t.close()
    s.close()

s = Sandbox("--accounts", "12", "--limits", "off", "--seed", "12")
t = Tandem(s)
try:
    t.json("settings", "set", "company_sync", "on")
    made = t.json("import", "accounts", "--yes")["run"]
    accounts = [a["id"] for a in s.records("salesforce/accounts")]
    pair = {a: t.json("explain", a)["partner"] for a in accounts}

    # an update: restored where it still is what the run wrote
    old = {a: s.fields("hubspot/companies", pair[a]).get("phone") for a in accounts}
    for a in accounts[:3]:
        edit(a, Phone="+31 9", BillingCity="Delft")
    run = t.json("sync")["run"]
    s.call(f"/hubspot/companies/{pair[accounts[0]]}", {"phone": "mine"}, "PATCH")
    one = t.json("undo", run, "--record", pair[accounts[1]], "--yes")
    tap.same((one["hubspot"]["updated"],
              s.fields("hubspot/companies", pair[accounts[1]]).get("phone"),
              s.fields("hubspot/companies", pair[accounts[2]]).get("phone")),
             (1, old[accounts[1]], "+31 9"), "one_record_of_a_run")
    u = t.json("undo", run, "--yes")
    tap.same(s.fields("hubspot/companies", pair[accounts[2]]).get("phone"), old[accounts[2]],
             "values_come_back")
    tap.same((left(u), s.fields("hubspot/companies", pair[accounts[0]]).get("phone")),
             ([("changed_since", pair[accounts[0]], "phone")], "mine"), "what_changed_is_listed")
    t.json("sync")
    tap.same(s.fields("hubspot/companies", pair[accounts[2]]).get("phone"), old[accounts[2]],
             "what_was_restored_stands")
    t.json("undo", u["run"], "--yes")
    tap.same(s.fields("hubspot/companies", pair[accounts[2]]).get("phone"), "+31 9",
             "and_undoing_that_brings_it_again")

    # created records: kept where a person edited them or something hangs on them
    s.call("/hubspot/settings", {"enrich": True}, "POST")
    s.call(f"/hubspot/companies/{pair[accounts[5]]}", {"description": "ours now"}, "PATCH")
    contact = s.call("/hubspot/contacts", {"email": "a@b.example"}, "POST")["id"]
    s.join(contact, pair[accounts[6]])
    u = t.json("undo", made, "--yes")
    tap.same([x for x in left(u) if x[1] in (pair[accounts[5]], pair[accounts[6]])],
             sorted([("edited_by_a_person", pair[accounts[5]], None),
                     ("attached", pair[accounts[6]], None)]), "what_people_use_is_kept")
    kept = {c["id"] for c in s.records("hubspot/companies")}
    tap.same(kept, {pair[accounts[n]] for n in (0, 5, 6)}, "the_rest_goes")

    # a link that a run ended comes back
    run = t.json("unlink", accounts[5])["run"]
    u = t.json("undo", run, "--yes")
    tap.same((u["actions"]["link"], t.json("explain", accounts[5])["partner"],
              s.fields("hubspot/companies", pair[accounts[5]])["tandem_account_id"]),
             (1, pair[accounts[5]], accounts[5]), "a_link_that_it_ended_comes_back")
    tap.same(t.run("undo", "999", "--yes").code, 64, "an_unknown_run_is_wrong_use")
finally:
    t.close()
    s.close()

# links that wrote to both sides, more than a page of the audit holds: none is taken back by half
s = Sandbox("--accounts", "601", "--companies", "600", "--limits", "off", "--seed", "14")
t = Tandem(s)
try:
    accounts = sorted(a["id"] for a in s.records("salesforce/accounts"))
    for a, c in zip(accounts, s.records("hubspot/companies")):
        site = s.fields("salesforce/accounts", a).get("Website")
        edit(a, Fax="")
        s.call(f"/hubspot/companies/{c['id']}", {"domain": site.split("//")[-1].strip("/"),
                                                 "phone": "old", "fax": "theirs"}, "PATCH")
    t.json("settings", "set", "company_sync", "on")
    before = s.state()
    r = t.json("import", "accounts", "--yes")
    tap.same((r["actions"]["link"], r["hubspot"]["created"]), (600, 1), "both_sides_were_written")
    u = t.json("undo", r["run"], "--yes")
    tap.same((u["not_undone"], differences(before, s.state())), (0, []), "no_link_is_taken_back_by_half")
finally:
    t.close()
    s.close()

# what a run made goes though contacts were put there, on whichever page of the audit that stands (S11.1), and though
# HubSpot's count of them lags: the preview tells what the undo does
s = Sandbox("--accounts", "0", "--companies", "0", "--limits", "off", "--seed", "16")
between = Between(s, "hubspot")
t = Tandem(s)
try:
    t.json("settings", "set", "company_sync", "on")
    t.json("settings", "set", "associations", "on")
    t.json("settings", "set", "create_max", "2000")
    made = [s.call("/salesforce/accounts", {"Name": f"Firm {i}"}, "POST")["id"] for i in range(1010)]
    for n in (0, 1, 500, 1009):
        email = f"p{n}@firms.example"
        s.call("/salesforce/contacts", {"LastName": "P", "Email": email, "AccountId": made[n]}, "POST")
        s.call("/hubspot/contacts", {"email": email}, "POST")
    s.advance(61)
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], r["associations"]["hubspot"]), (1010, 4), "companies_and_who_is_there")
    p = json.loads(t.run("undo", r["run"], "--json").out)["result"]
    count = b'"num_associated_contacts":'
    between.lie = lambda path, body, text: text.replace(count + b"null", count + b'"1"')
    u = t.json("undo", r["run"], "--yes")
    between.lie = None
    tap.same([(x["actions"]["archive"], x["not_undone"]) for x in (p, u)], [(1010, 0)] * 2,
             "a_preview_tells_what_goes_with_its_contacts")
finally:
    t.close()
    between.close()
    s.close()

# S3.7: contacts that got an account are without one again, where it still is theirs
s = Sandbox("--accounts", "2", "--companies", "0", "--limits", "off", "--seed", "13")
t = Tandem(s)


def people(company, n):
    out = []
    for i in range(n):
        email = f"p{i}@c{company}.example"
        c = s.call("/hubspot/contacts", {"email": email}, "POST")["id"]
        s.join(c, company)
        out.append(s.call("/salesforce/contacts", {"LastName": f"P{i}", "Email": email}, "POST")["id"])
    return out


def account_of(person):
    return s.fields("salesforce/contacts", person).get("AccountId")


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("settings", "set", "create_settle", "0")
    other, free = (a["id"] for a in s.records("salesforce/accounts"))
    firm, kept = (s.call("/hubspot/companies", {"name": x}, "POST")["id"] for x in ("Firm", "Kept"))
    stays, moved = people(firm, 2)
    ours = people(kept, 1)[0]
    s.advance(61)
    run = t.json("sync")["run"]
    made = {c: t.json("explain", c)["partner"] for c in (firm, kept)}
    tap.same([account_of(x) for x in (stays, moved, ours)], [made[firm], made[firm], made[kept]],
             "three_contacts_got_an_account")
    s.call(f"/salesforce/contacts/{moved}", {"AccountId": other}, "PATCH")
    s.call("/salesforce/contacts", {"LastName": "Theirs", "AccountId": made[kept]}, "POST")
    p = json.loads(t.run("undo", run, "--json").out)["result"]
    tap.same((p["contacts_placed"], p["actions"]["archive"], account_of(stays)),
             (2, 1, made[firm]), "the_preview_tells_of_contacts")
    u = t.json("undo", run, "--yes")
    tap.same([account_of(x) for x in (stays, moved, ours)], [None, other, None],
             "where_it_still_is_theirs_it_goes")
    tap.same(left(u), sorted([("changed_since", moved, "Contact.AccountId"),
                              ("attached", made[kept], None)], key=str),
             "what_a_person_did_with_them_is_listed")
    tap.same([a["id"] for a in s.records("salesforce/accounts") if a["id"] in made.values()],
             [made[kept]], "an_account_that_they_left_goes_too")
    r = t.run("undo", run, "--record", firm)
    tap.ok(f"contact {moved}, Contact.AccountId: was changed since" in r.out, "in_words", r)

    # a link by hand gives accounts too; its undo can be undone
    t.json("sync")
    late = s.call("/hubspot/companies", {"name": "Late"}, "POST")["id"]
    person = people(late, 1)[0]
    t.json("settings", "set", "create_max", "0")
    s.advance(61)
    t.run("sync")
    run = t.json("link", free, late)["run"]
    tap.same(account_of(person), free, "a_link_by_hand_gives_the_account")
    u = t.json("undo", run, "--yes")
    tap.same((account_of(person), t.json("explain", free)["partner"]), (None, None),
             "its_undo_takes_both_back")
    t.json("undo", u["run"], "--yes")
    tap.same((account_of(person), t.json("explain", free)["partner"]), (free, late),
             "and_that_can_be_undone")
finally:
    t.close()
    s.close()
tap.done()
