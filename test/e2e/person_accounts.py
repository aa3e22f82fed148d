"""S2.4: person accounts stay out, and are counted apart, until a person gives them mappings of their own and turns
them on; then they are synced like others, by those mappings. Turned off again their links pause."""
import hashlib
import json
import urllib.request

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "4", "--limits", "off", "--seed", "7")
t = Tandem(s)


def account(**values):
    return s.call("/salesforce/accounts", values, "POST")["id"]


def person(first, last, **values):
    return account(RecordTypeId=PERSONS, FirstName=first, LastName=last, **values)


def edit(record, **values):
    s.call(f"/salesforce/accounts/{record}", values, "PATCH")


def edit_company(record, **values):
    s.call(f"/hubspot/companies/{record}", values, "PATCH")


def told(record):
    x = t.json("explain", record)
    return x["action"], x["why"], x["link_state"]


def written(r):
    return (r["hubspot"]["created"], r["hubspot"]["updated"], r["salesforce"]["created"], r["salesforce"]["updated"])


def sync():
    s.advance(120)
    return t.json("sync")


def property_of(name):
    body = {"name": name, "label": name.title(), "type": "string", "fieldType": "text", "groupName": "companyinformation"}
    request = urllib.request.Request(f"{s.at['hubspot']}/crm/properties/2026-09/companies", json.dumps(body).encode(),
                                     {"Authorization": "Bearer pat-sandbox-0001", "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()


try:
    # ---- an org that has none
    r = t.run("settings", "set", "person_accounts", "on")
    tap.ok(r.code == 3 and "no person accounts" in r.err and "S2.4" in r.err, "an_org_without_them", r)
    r = t.run("mapping", "add", "LastName", "lastname", "--for", "person")
    tap.ok(r.code == 64 and "LastName" in r.err, "nor_has_it_their_fields", r)

    # ---- off: they stay out by every way in
    PERSONS = s.call("/salesforce/person_accounts", {}, "POST")["id"]
    for p in ("given", "family"):
        property_of(p)
    old = person("Anna", "Old", Phone="+31 1")
    t.json("settings", "set", "company_sync", "on")
    ann = person("Ann", "Lee", Phone="+31 2", PersonEmail="ann@lee.example")
    tap.same(s.fields("salesforce/accounts", ann)["Name"], "Ann Lee", "salesforce_composes_the_name")
    r = sync()
    tap.same((written(r), told(ann)), ((0, 0, 0, 0), ("skip", "person_account", None)), "they_do_not_enter")
    r = t.json("import", "accounts", "--yes")
    tap.same((r["hubspot"]["created"], t.partner(old)), (4, None), "nor_by_an_import")
    r = t.run("resync", ann)
    tap.ok("S2.4" in r.out and t.partner(ann) is None, "nor_by_a_resync", r)
    lee = s.call("/hubspot/companies", {"name": "Lee", "domain": "lee.example"}, "POST")["id"]
    r = t.run("link", ann, lee)
    tap.ok(r.code == 3 and "person account" in r.err and "S2.4" in r.err, "nor_by_hand", r)
    tap.same(t.json("status")["person_accounts"], 2, "they_are_counted_apart")
    r = t.json("verify")
    tap.same(r["salesforce"]["unlinked_why"].get("person_account"), 2, "verify_counts_them_apart")
    r = t.run("settings", "set", "record_type", "PersonAccount")
    tap.ok(r.code == 3 and "person accounts" in r.err and "S2.4" in r.err, "no_company_may_make_one", r)

    # ---- a mapping of their own
    r = t.run("settings", "set", "person_accounts", "on")
    tap.ok(r.code == 3 and "mappings of their own" in r.err and "--for person" in r.err, "not_without_a_mapping", r)
    for args, text, name in (
            (("Name", "name", "--for", "person"), "read-only", "their_name_cannot_be_written"),
            (("LastName", "family"), "only person accounts", "their_fields_are_theirs_alone"),
            (("LastName", "family", "--for", "both"), "only person accounts", "also_where_it_says_both"),
            (("LastName", "family", "--for", "all"), "business, person or both", "for_takes_three_words")):
        r = t.run("mapping", "add", *args)
        tap.ok(r.code == 64 and text in r.err and "S2.4" in r.err, name, r)
    t.json("mapping", "add", "Name", "name", "--for", "person", "--rule", "always_salesforce")
    t.json("mapping", "add", "FirstName", "given", "--for", "person", "--rule", "two_way")
    t.json("mapping", "add", "LastName", "family", "--for", "person", "--rule", "two_way")
    t.json("mapping", "change", "Phone", "--for", "both", "--rule", "two_way")
    tap.same(written(sync()), (0, 0, 0, 0), "mappings_alone_let_nobody_in")
    r = t.run("mapping", "change", "name", "--rule", "none")
    tap.ok(r.code == 64 and "two mappings" in r.err and "number" in r.err, "a_name_of_two_is_asked_by_number", r)
    own = [m for m in t.json("mapping", "list")["mappings"] if m["for"] == "person" and m["salesforce"] == "Name"][0]
    tap.same(t.json("mapping", "show", str(own["id"]))["rule"], "always_salesforce", "by_its_number")
    a, b = t.dir + "/a.yaml", t.dir + "/b.yaml"
    t.run("mapping", "export", a)
    tap.same(t.json("mapping", "import", a)["changed"], 0, "a_file_changes_nothing")
    t.run("mapping", "export", b)
    tap.same(hashlib.sha256(open(a, "rb").read()).digest(), hashlib.sha256(open(b, "rb").read()).digest(),
             "byte_stable")
    tap.ok("for: person" in open(a, encoding="utf-8").read(), "and_says_for_whom", open(a, encoding="utf-8").read())

    # ---- on: those from after T0 enter, the others when they are edited or asked for
    t.json("settings", "set", "person_accounts", "on")
    r = sync()
    tap.same(written(r)[:1], (1,), "on_it_enters")
    home = t.partner(ann)
    got = s.fields("hubspot/companies", home)
    tap.same([got.get(k) for k in ("name", "given", "family", "phone", "website")],
             ["Ann Lee", "Ann", "Lee", "+31 2", None], "by_its_own_mappings")
    tap.same(written(sync()), (0, 0, 0, 0), "and_then_it_is_quiet")
    tap.same(t.partner(old), None, "one_from_before_waits")
    edit(old, Phone="+31 11")
    r = sync()
    tap.same((written(r)[0], s.fields("hubspot/companies", t.partner(old)).get("name")), (1, "Anna Old"), "and_enters_edited")
    sync()

    # ---- both ways, by its own mappings
    edit(ann, FirstName="Anne")
    r = sync()
    got = s.fields("hubspot/companies", home)
    tap.same((written(r), got["name"], got["given"]), ((0, 1, 0, 0), "Anne Lee", "Anne"), "an_edit_of_the_name_goes_over")
    edit_company(home, family="Leigh", website="https://leigh.example")
    r = sync()
    tap.same(([s.fields("salesforce/accounts", ann).get(k) for k in ("Name", "LastName", "Website")], written(r)[3]),
             (["Anne Leigh", "Leigh", None], 1), "and_back_but_what_is_mapped_for_business")
    sync()
    tap.same(s.fields("hubspot/companies", home)["name"], "Anne Leigh", "the_composed_name_follows")
    edit_company(home, name="Somebody")
    sync()
    tap.same((s.fields("hubspot/companies", home)["name"], s.fields("salesforce/accounts", ann)["Name"]),
             ("Anne Leigh", "Anne Leigh"), "the_companys_name_goes_one_way")
    edit_company(home, family="")
    r = sync()
    tap.same((r["errors"], s.fields("hubspot/companies", home).get("family")), (0, "Leigh"), "a_cleared_last_name_is_put_back")
    business = account(Name="Works B.V.", Phone="+31 3", Website="https://works.example")
    sync()
    works = t.partner(business)
    edit_company(works, given="No", family="Body", name="Works")
    r = sync()
    tap.same((r["errors"], s.fields("salesforce/accounts", business)["Name"]), (0, "Works B.V."),
             "a_business_account_has_its_own")
    r = sync()
    tap.same(written(r), (0, 0, 0, 0), "quiet")
    explained = t.run("explain", ann)
    tap.ok("FirstName" in explained.out and "BillingCity" not in explained.out, "explain_shows_its_mappings", explained)

    # ---- their owner, beside that of business accounts (S6.6)
    users = {u["fields"]["FirstName"]: u["id"] for u in s.records("salesforce/users")}
    edit(ann, OwnerId=users["Integration"])
    edit(business, OwnerId=users["Integration"])
    sync()
    t.json("mapping", "add", "OwnerId", "hubspot_owner_id", "--for", "person")
    sync()
    edit(ann, OwnerId=users["Olivia"])
    edit(business, OwnerId=users["Olivia"])
    sync()
    tap.same([s.fields("hubspot/companies", c).get("hubspot_owner_id") for c in (home, works)], ["308", "308"],
             "an_owner_goes_over_by_its_mapping")
    tap.same(sync()["actions"]["none"], 0, "and_its_echo_is_no_news")
    edit_company(home, hubspot_owner_id="301")
    sync()
    tap.same(s.fields("salesforce/accounts", ann)["OwnerId"], users["Integration"], "and_back")
    tap.same(written(sync()), (0, 0, 0, 0), "and_is_quiet")

    # ---- a company never makes one; match, verify, undo
    made = s.call("/hubspot/companies", {"name": "Given Ltd", "given": "G", "family": "F", "phone": "+31 9"}, "POST")["id"]
    t.run("resync", made)
    got = s.fields("salesforce/accounts", t.partner(made))
    tap.same((got["Name"], got.get("LastName"), got.get("IsPersonAccount")), ("Given Ltd", None, "false"),
             "a_company_makes_a_business_account")
    kind = {"developer_name": "PersonAccount", "name": "Person Account"}
    s.call("/salesforce/record_types", {**kind, "default": True}, "POST")
    other = s.call("/hubspot/companies", {"name": "Other Ltd"}, "POST")["id"]
    r = t.run("resync", other)
    tap.ok(t.partner(other) is None and "record_type" in r.out + r.err, "nor_by_the_users_default_record_type", r)
    partners = s.call("/salesforce/record_types", {"developer_name": "Partner", "name": "Partner"}, "POST")["id"]
    t.json("settings", "set", "record_type", "Partner")
    t.run("resync", other)
    tap.same(s.fields("salesforce/accounts", t.partner(other))["RecordTypeId"], partners, "one_of_business_accounts_does")
    t.json("settings", "set", "record_type", "default")
    s.call("/salesforce/record_types", {**kind, "default": False}, "POST")
    site = s.call("/hubspot/companies", {"name": "Bo", "domain": "bo.example"}, "POST")["id"]
    bo = person("Bo", "Low", Website="https://bo.example")
    sync()
    tap.same(t.partner(bo), site, "they_match_by_domain")
    r = t.json("verify")
    tap.ok(r["salesforce"]["adds_up"] and r["lost"] == 0, "verify_adds_up", r)
    edit(ann, FirstName="Anouk")
    r = sync()
    run = t.json("runs")["runs"][0]["run"]
    t.json("undo", str(run), "--yes")
    got = s.fields("hubspot/companies", home)
    tap.same((got["name"], got["given"]), ("Anne Leigh", "Anne"), "undo_takes_its_values_back")
    tap.same(written(sync()), (0, 0, 0, 0), "and_they_stand")

    # ---- what needs the mapping keeps it
    r = t.run("mapping", "remove", str(own["id"]))
    tap.ok(r.code == 3 and "S2.4" in r.err, "while_on_they_keep_their_mapping", r)

    # ---- off: paused, and said; a deletion is followed; on: reconciled against the base
    t.json("settings", "set", "person_accounts", "off")
    sync()
    tap.same(told(ann), ("none", "person_account", "paused"), "off_their_links_pause")
    r = t.run("explain", ann)
    tap.ok("person_accounts is off" in r.out and "S2.4" in r.out, "and_say_so", r)
    tap.same(told(business)[2], "live", "others_go_on")
    edit(ann, FirstName="Anja")
    edit_company(home, phone="+31 22")
    tap.same(written(sync()), (0, 0, 0, 0), "paused_writes_nothing")
    t.run("resync", ann)
    tap.same(s.fields("hubspot/companies", home)["given"], "Anne", "a_resync_does_not_go_past_it")
    s.call(f"/salesforce/accounts/{bo}", None, "DELETE")
    sync()
    tap.same((t.partner(site), site in [c["id"] for c in s.records("hubspot/companies")]), (None, True),
             "a_deletion_is_followed")
    t.json("settings", "set", "person_accounts", "on")
    r = sync()
    tap.same((s.fields("hubspot/companies", home)["name"], s.fields("salesforce/accounts", ann)["Phone"], told(ann)[2]),
             ("Anja Leigh", "+31 22", "live"), "on_again_both_moves_count")
    tap.same(written(sync()), (0, 0, 0, 0), "and_quiet_again")

    # ---- a business account that becomes one takes the other mappings
    edit(business, RecordTypeId=PERSONS)
    r = sync()
    got = s.fields("hubspot/companies", works)
    tap.same((r["errors"], got["name"], got.get("family"), s.fields("salesforce/accounts", business)["FirstName"]),
             (0, "Works B.V.", "Works B.V.", "No"), "a_change_of_kind_is_a_first_link_of_its_fields")
    sync()
    tap.same(s.fields("hubspot/companies", works)["name"], "No Works B.V.", "whose_composed_name_follows")
    tap.same(written(sync()), (0, 0, 0, 0), "and_is_settled")
    r = t.json("verify")
    tap.ok(r["salesforce"]["adds_up"] and r["hubspot"]["adds_up"] and r["lost"] == 0, "it_adds_up_in_the_end", r)
finally:
    t.close()
    s.close()
tap.done()
