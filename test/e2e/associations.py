"""S11.1: an SF contact's account and its HubSpot contact's primary company agree, for what moves after it was
turned on; Salesforce leads; older differences by a previewed backfill only."""
import json
import signal
import time

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "6", "--limits", "off", "--seed", "11")
t = Tandem(s)
people = 0


def places(contact):
    """The primary company, and the others."""
    found = s.call(f"/hubspot/associations?from=contacts&id={contact}&to=companies")["associations"]
    main = [x["id"] for x in found if 1 in x["types"]]
    return (main[0] if main else None, sorted(x["id"] for x in found if 1 not in x["types"]))


def primary(contact):
    return places(contact)[0]


def account_of(person):
    return s.fields("salesforce/contacts", person).get("AccountId")


def move(person, account):
    s.call(f"/salesforce/contacts/{person}", {"AccountId": account}, "PATCH")


def pair(company=None, account=None):
    """A contact of both systems: they know each other by their address."""
    global people
    people += 1
    email = f"p{people}@people.example"
    contact = s.call("/hubspot/contacts", {"email": email}, "POST")["id"]
    if company:
        s.join(contact, company)
    fields = {"LastName": "X", "Email": email}
    if account:
        fields["AccountId"] = account
    return contact, s.call("/salesforce/contacts", fields, "POST")["id"]


def at(c):
    return account_of(c[1]), primary(c[0])


def sync(*more, seconds=61):
    s.advance(seconds)
    r = t.run("sync", *more, "--json")
    if r.code not in (0, 2):
        raise RuntimeError(repr(r))
    return json.loads(r.out)["result"]


def moved(r):
    return (r["associations"]["salesforce"], r["associations"]["hubspot"], r["associations"]["wait"])


def errors(record=None):
    return [(x["id"], x["category"], x["code"]) for x in t.json("errors", "list")["errors"]
            if record in (None, x["id"])]


def writes():
    kinds = s.call("/counts")["kinds"]
    return sum(n for kind, n in kinds.items() if "contacts/companies/batch/create" in kind
               or ("PATCH" in kind and "composite/sobjects" in kind))


def killed(call, service="hubspot", words=("sync", "--quiet")):
    """A pass that is killed while it waits for the answer to this call."""
    s.fault("slow", service, call, ms=20000)
    s.advance(61)
    seen = s.calls(call)
    p = t.start(*words)
    while p.poll() is None and s.calls(call) == seen:
        time.sleep(0.01)
    p.send_signal(signal.SIGKILL)
    p.communicate()
    s.call("/faults", method="DELETE")
    return p


try:
    s.call("/hubspot/settings", {"links_touch": True})
    free = s.call("/hubspot/companies", {"name": "Not linked"}, "POST")["id"]
    s.advance(5)
    # off: nothing
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    acc = [a["id"] for a in s.records("salesforce/accounts")]
    com = [t.json("explain", a)["partner"] for a in acc]
    old = pair(com[0], acc[0])
    older = pair(com[2], acc[3])  # differs from before
    blank = pair(None, acc[3])    # so does this one
    sync()
    move(old[1], acc[1])
    r = sync()
    tap.same((moved(r), at(old)), ((0, 0, 0), (acc[1], com[0])), "off_nothing_moves")
    s.call(f"/salesforce/contacts/{old[1]}", {"AccountId": acc[0]}, "PATCH")
    sync()

    # rights: refused with the right that is missing, and who gives it
    s.call("/salesforce/fields", {"object": "Contact", "field": "AccountId", "edit": False}, "POST")
    r = t.run("settings", "set", "associations", "on")
    tap.ok(r.code == 3 and "Contact.AccountId" in r.err and "Edit on Contact" in r.err
           and "S11.1" in r.err, "salesforce_right_missing_refuses", r)
    tap.same(t.json("settings", "get", "associations")["associations"], "off", "and_it_stays_off")
    s.call("/salesforce/fields", {"object": "Contact", "field": "AccountId", "edit": True}, "POST")
    s.call("/hubspot/tokens", {"token": "pat-reads", "scopes": [
        "crm.objects.companies.read", "crm.objects.companies.write", "crm.schemas.companies.read",
        "crm.schemas.companies.write", "crm.objects.contacts.read", "crm.objects.owners.read"]})
    t.write("token", "pat-reads\n")
    t.connect_hubspot()
    r = t.run("settings", "set", "associations", "on")
    tap.ok(r.code == 3 and "edit contacts" in r.err and "crm.objects.contacts.write" in r.err,
           "hubspot_right_missing_refuses", r)
    row = [c for c in t.json("doctor")["hubspot"] if c["what"] == "edit contacts"]
    tap.same([(c["allowed"], "crm.objects.contacts.write" in c["detail"]) for c in row],
             [("no", True)], "doctor_has_a_row_for_it")
    t.write("token", "pat-sandbox-0001\n")
    t.connect_hubspot()
    row = [c["allowed"] for c in t.json("doctor")["hubspot"] if c["what"] == "edit contacts"]
    tap.same(row, ["yes"], "with_the_scope_it_may")
    r = t.run("associations", "backfill")
    tap.ok(r.code == 3 and "associations on" in r.err, "no_backfill_while_off", r)

    # on: writes nothing, and what differed before stays
    quiet = writes()
    r = t.run("settings", "set", "associations", "on")
    tap.same((r.code, writes() - quiet), (0, 0), "turning_on_writes_nothing")
    tap.ok(t.json("status")["associations_since"] and "associations backfill" in r.out,
           "since_when_is_remembered", r)
    r = sync()
    tap.same((moved(r), at(older), at(blank)), ((0, 0, 0), (acc[3], com[2]), (acc[3], None)),
             "older_differences_stay")

    # Salesforce moves: the primary company follows, the former one stays one of its companies
    move(old[1], acc[1])
    s.advance(61)
    plan = t.json("plan", "sync")
    tap.same((moved(plan), at(old)), ((0, 1, 0), (acc[1], com[0])), "a_plan_shows_and_does_nothing")
    tap.same([(x["contact"], x["person"], x["side"], x["old"], x["new"], x["rule"])
              for x in plan["samples"]["contacts"]],
             [(old[0], old[1], "hubspot", com[0], com[1], "S11.1")], "with_both_values_and_the_rule")
    tap.ok(f"hubspot primary company: {com[0]} -> {com[1]} (S11.1)" in t.run("plan", "sync").out,
           "in_words_too")
    t.json("hold")
    r = sync()
    tap.same((r["planned_only"], primary(old[0])), (True, com[0]), "held_nothing_is_written")
    t.json("release", "--yes")
    r = sync()
    tap.same((at(old), places(old[0])[1]), ((acc[1], com[1]), [com[0]]),
             "salesforce_moves_the_primary_company")
    h = [x for x in t.json("explain", com[1])["history"] if x["action"].startswith("associate")]
    tap.same([(x["action"], x["side"], f["field"], f["old"], f["new"], f["rule"])
              for x in h for f in x["fields"][:1]],
             [(f"associate {old[0]} {old[1]}", "hubspot", "Contact.associatedcompanyid", com[0],
               com[1], "S11.1")], "audited")
    first = h[0]["run"]
    quiet, r = writes(), sync()
    tap.same((moved(r), r["run"], writes() - quiet), ((0, 0, 0), None, 0), "a_second_pass_is_quiet")
    seen = s.calls("contacts/companies/batch/read")
    sync()
    tap.same(s.calls("contacts/companies/batch/read") - seen, 0, "and_asks_for_no_pairs")

    # HubSpot moves: the account follows
    s.join(old[0], com[2])
    r = sync()
    tap.same((moved(r), at(old)), ((1, 0, 0), (acc[2], com[2])), "hubspot_moves_the_account")
    quiet, r = writes(), sync()
    tap.same((moved(r), writes() - quiet), ((0, 0, 0), 0), "no_echo_of_it")

    # both moved: Salesforce's; the other value stands in the audit
    move(old[1], acc[4])
    s.join(old[0], com[5])
    r = sync()
    tap.same((moved(r), at(old)), ((0, 1, 0), (acc[4], com[4])), "both_moved_salesforce_leads")
    h = [x for x in t.json("explain", com[4])["history"] if x["action"].startswith("associate")]
    tap.same([(f["old"], f["new"], f["conflict"]) for x in h for f in x["fields"][:1]],
             [(com[5], com[4], True)], "with_both_values_in_the_audit")
    move(old[1], acc[5])
    s.join(old[0], com[5])
    quiet, r = writes(), sync()
    tap.same((moved(r), at(old), writes() - quiet), ((0, 0, 0), (acc[5], com[5]), 0),
             "both_moved_to_the_same_is_agreed")

    # a blank is carried nowhere, and filled by what moves
    move(old[1], None)
    r = sync()
    tap.same((moved(r), at(old)), ((0, 0, 0), (None, com[5])), "a_contact_without_account_keeps_its_company")
    s.join(old[0], com[0])
    r = sync()
    tap.same((moved(r), at(old)), ((1, 0, 0), (acc[0], com[0])), "and_follows_the_next_move")
    for company in [com[0], *places(old[0])[1]]:
        s.join(old[0], company, method="DELETE", types=())
    r = sync()
    tap.same((moved(r), at(old)), ((0, 0, 0), (acc[0], None)), "without_a_company_it_keeps_its_account")
    move(old[1], acc[1])
    sync()
    tap.same(at(old), (acc[1], com[1]), "and_follows_again")

    # new ones, and pairs that come to be
    young = pair(com[3])
    r = sync()
    tap.same((moved(r), at(young)), ((1, 0, 0), (acc[3], com[3])), "a_new_contact_gets_its_companys_account")
    both = pair(com[0], acc[1])
    r = sync()
    tap.same((moved(r), at(both)), ((0, 1, 0), (acc[1], com[1])), "a_new_pair_that_differs_is_salesforces")

    # not linked: it waits, says so, and follows once it is linked
    alone = s.call("/salesforce/accounts", {"Name": "Alone Ltd"}, "POST")["id"]
    t.json("hold")  # so that the account does not come over by itself
    move(both[1], alone)
    s.advance(61)
    tap.same(moved(t.json("sync")), (0, 0, 1), "a_plan_tells_of_the_wait")
    t.json("release", "--yes")
    t.json("filter", "set", "Name != 'Alone Ltd'", "--yes")
    r = sync()
    tap.same((moved(r), r["errors"], at(both)), ((0, 0, 1), 1, (alone, com[1])), "it_waits_for_its_account")
    tap.same(errors(both[0]), [(both[0], "associations", "waiting_for_account")], "as_an_error")
    x = t.json("errors", "show", both[0])["errors"][0]
    tap.ok(alone in x["message"] and "resync" in x["remedy"], "with_its_remedy", x)
    x = t.json("explain", alone)
    tap.same([(m["contact"], m["awaits"]) for m in x["associations"]], [(both[0], alone)],
             "explain_of_the_account_tells")
    tap.ok(f"waits till {alone} is linked" in t.run("explain", alone).out, "in_words")
    r = sync()
    tap.same((moved(r), r["errors"]), ((0, 0, 0), 0), "it_is_said_once")
    t.json("resync", alone)
    mine = t.json("explain", alone)["partner"]
    r = sync()
    tap.same((moved(r), at(both), errors()), ((0, 1, 0), (alone, mine), []), "and_follows_once_linked")
    s.join(both[0], free)
    r = sync()
    tap.same((moved(r), at(both), errors(both[1])),
             ((0, 0, 1), (alone, free), [(both[1], "associations", "waiting_for_company")]),
             "a_company_that_is_not_linked_waits_too")
    move(both[1], acc[0])
    r = sync()
    tap.same((moved(r), at(both), errors()), ((0, 1, 0), (acc[0], com[0]), []),
             "salesforce_does_not_wait_for_it")

    # B6.5: the limit of associations is an error with a remedy, and is done once there is room
    s.call("/hubspot/settings", {"companies_max": 1})
    full = pair(com[0], acc[0])
    sync()
    move(full[1], acc[2])
    move(young[1], acc[4])
    s.call("/hubspot/settings", {"companies_max": 1})
    r = sync()
    tap.same((r["errors"], at(full), at(young)), (2, (acc[2], com[0]), (acc[4], com[3])), "the_limit_is_an_error")
    tap.same(errors(full[0]), [(full[0], "associations", "association_limit")], "of_that_contact")
    tap.ok("B6.5" in t.run("errors", "list").out, "with_a_remedy")
    s.call("/hubspot/settings", {"companies_max": 0})
    r = sync()
    tap.same(at(full), (acc[2], com[0]), "it_waits_for_its_next_try")
    r = sync(seconds=2000)
    tap.same((at(full), at(young), errors()), ((acc[2], com[2]), (acc[4], com[4]), []), "and_is_done_then")

    # S8.2: killed between intent and outcome, after the effect and before it
    for effect in (True, False):
        a, c = (acc[5], com[5]) if effect else (acc[3], com[3])
        move(full[1], a)
        p = killed("contacts/companies/batch/" + ("create" if effect else "read"))
        tap.same((p.returncode, primary(full[0]) == c), (-9, effect), f"killed_{effect}")
        quiet, r = writes(), sync()
        h = [x for x in t.json("explain", c)["history"] if x["action"] == f"associate {full[0]} {full[1]}"]
        tap.same((at(full), len(h), writes() - quiet), ((a, c), 1, 0 if effect else 1),
                 "it_is_looked_for_and_done_once")
    s.fault("reset_after_commit", "salesforce", "composite/sobjects")
    s.join(full[0], com[0])
    r = sync()
    h = [x for x in t.json("explain", acc[0])["history"] if x["action"] == f"associate {full[0]} {full[1]}"]
    tap.same((at(full), len(h)), ((acc[0], com[0]), 1), "a_lost_answer_is_looked_at")

    # what moved while a killed run's intent was open is a move
    move(full[1], acc[1])
    killed("contacts/companies/batch/create")
    move(full[1], acc[2])
    sync()
    tap.same(at(full), (acc[2], com[2]), "a_move_while_it_was_down_is_not_lost")

    # two contacts of one SF contact
    email = s.fields("salesforce/contacts", full[1])["Email"]
    twin = s.call("/hubspot/contacts", {"email": "twin@people.example",
                                        "salesforcecontactid": full[1]}, "POST")["id"]
    s.join(twin, com[4])
    sync()
    tap.same((account_of(full[1]), primary(twin), primary(full[0])), (acc[2], com[2], com[2]),
             "two_contacts_of_one_person_agree")

    # H13.14: a change in HubSpot that stamps nothing is found by the daily walk
    s.call("/hubspot/settings", {"links_touch": False})
    s.join(young[0], com[5])
    tap.same((moved(sync()), account_of(young[1])), ((0, 0, 0), acc[4]), "a_change_without_a_stamp_is_not_seen_yet")
    sync(seconds=86400)
    tap.same(at(young), (acc[5], com[5]), "but_by_the_daily_walk")
    s.call("/hubspot/settings", {"links_touch": True})

    # S3.6: gone, or not seen by our user, just before its write: an error of it, and asked once
    seen_not = pair(com[3], acc[3])
    sync()
    s.join(seen_not[0], com[4])
    s.fault("slow", "hubspot", "contacts/companies/batch/read", ms=3000)
    s.advance(61)
    begun = s.calls("contacts/companies/batch/read")
    p = t.start("sync", "--quiet")
    while p.poll() is None and s.calls("contacts/companies/batch/read") == begun:
        time.sleep(0.01)
    s.call(f"/salesforce/contacts/{seen_not[1]}", method="DELETE")
    p.communicate()
    s.call("/faults", method="DELETE")
    tap.same((p.returncode, errors(seen_not[1])),
             (2, [(seen_not[1], "associations", "contact_not_seen")]), "one_that_is_not_seen_is_an_error")
    sync()
    tap.same(errors(), [], "which_is_over_with_it")

    # S15: what waits is over once the HubSpot contact is gone, or syncs with another
    for what in ("deleted", "another"):
        waits = pair(com[3], acc[3])
        sync()
        s.join(waits[0], free)
        sync()
        tap.same(errors(), [(waits[1], "associations", "waiting_for_company")], f"{what}_it_waits")
        if what == "deleted":
            s.call(f"/hubspot/contacts/{waits[0]}", method="DELETE")
        else:
            email = "another@people.example"
            p2 = s.call("/salesforce/contacts", {"LastName": "P2", "Email": email, "AccountId": acc[3]}, "POST")["id"]
            s.call(f"/hubspot/contacts/{waits[0]}", {"email": email}, "PATCH")
        sync(seconds=86400)  # who is gone is found by the daily walk
        tap.same(errors(), [], f"{what}_its_error_is_over")

    # S8.2: an intent is looked for at whom it was of, whoever the contact syncs with by then
    turns = pair(com[3], acc[3])
    sync()
    s.join(turns[0], com[4])
    p = killed("composite/sobjects", "salesforce")
    email = "turned@people.example"
    p2 = s.call("/salesforce/contacts", {"LastName": "P3", "Email": email, "AccountId": acc[4]}, "POST")["id"]
    s.call(f"/hubspot/contacts/{turns[0]}", {"email": email}, "PATCH")
    sync()
    h = [(x["action"], x["side"]) for x in t.json("explain", acc[4])["history"]
         if x["action"].startswith(f"associate {turns[0]}")]
    tap.same((p.returncode, account_of(turns[1]), h),
             (-9, acc[4], [(f"associate {turns[0]} {turns[1]}", "salesforce")]),
             "its_intent_is_looked_for_at_the_former_partner")

    # undo
    run = sync()["run"]
    tap.same(run, None, "quiet_before_the_undo")
    move(old[1], acc[5])
    s.join(young[0], com[1])
    run = sync()["run"]
    tap.same((at(old), at(young)), ((acc[5], com[5]), (acc[1], com[1])), "a_run_to_undo")
    r = json.loads(t.run("undo", run, "--json").out)["result"]
    tap.same((moved(r)[:2], at(old)[1]), ((1, 1), com[5]), "its_preview")
    t.json("undo", run, "--yes")
    tap.same((at(old), at(young)), ((acc[5], com[1]), (acc[5], com[1])), "undo_puts_them_back")
    tap.ok(com[5] not in places(old[0])[1], "and_takes_off_what_it_had_joined", places(old[0]))
    quiet, r = writes(), sync()
    tap.same((moved(r), at(old), writes() - quiet), ((0, 0, 0), (acc[5], com[1]), 0), "what_undo_restored_stands")
    move(old[1], acc[0])
    run = sync()["run"]
    s.join(old[0], com[3])
    r = t.json("undo", run, "--yes")
    tap.same(([(x["why"], x["object"], x["record"], x["detail"]) for x in r["left_alone"]], primary(old[0])),
             ([("changed_since", "contact", old[0], com[3])], com[3]), "undo_leaves_what_moved_since")
    sync()

    # S8.2, S12.5: an undo that is killed, after the effect and before it; what it restored stands
    for effect, again, told, name in ((True, "sync", 1, "what_a_killed_undo_wrote_stands"),
                                      (True, "undo", 2, "run_again_it_takes_the_other_company_off_too"),
                                      (False, "sync", 0, "what_it_did_not_write_is_not_told"),
                                      (False, "undo", 1, "run_again_it_goes_on")):
        back = pair(com[3], acc[3])
        sync()
        move(back[1], acc[4])
        run = sync()["run"]
        p = killed("contacts/companies/batch/" + ("create" if effect else "read"), words=("undo", run, "--yes"))
        tap.same((p.returncode, at(back)), (-9, (acc[4], com[3 if effect else 4])), f"killed_{name}")
        if again == "undo":
            t.json("undo", run, "--yes")
        sync()
        quiet, r = writes(), sync()
        rules = [x["fields"][0]["rule"] for x in t.json("explain", com[3])["history"] + t.json("explain", com[4])["history"]
                 if x["action"] == f"associate {back[0]} {back[1]}"]
        done = effect or again == "undo"
        tap.same((at(back), moved(r), writes() - quiet, rules.count("S12.4")),
                 ((acc[4], com[3 if done else 4]), (0, 0, 0), 0, told), name)
        tap.same(com[4] in places(back[0])[1], effect and again == "sync", f"companies_{name}")
        if done:  # in agreement again, for what follows
            move(back[1], acc[3])
            sync()

    # older differences: a backfill, previewed, Salesforce leading
    r = t.run("associations", "backfill", "--json")
    b = json.loads(r.out)["result"]
    tap.same((r.code, b["backfill"]["written"], at(older), at(blank)),
             (3, 3, (acc[3], com[2]), (acc[3], None)), "a_backfill_is_previewed_first")
    apart = [(young[0], com[1], com[5])]  # as the undo left it
    tap.same(sorted((x["contact"], x["old"], x["new"]) for x in b["samples"]["contacts"]),
             sorted(apart + [(older[0], com[2], com[3]), (blank[0], None, com[3])]), "with_every_change")
    r = t.json("associations", "backfill", "--yes", "--limit", "1")
    tap.ok(r["backfill"]["left"] > 0 and r["message"], "a_first_slice", r["backfill"])
    r = t.json("associations", "backfill", "--yes")
    b = r["backfill"]
    tap.same((b["resumed"], b["written"], b["failed"], b["left"], at(older), at(blank)),
             (True, 3, 0, 0, (acc[3], com[3]), (acc[3], com[3])), "it_goes_on_and_accounts_for_all")
    quiet, r = writes(), t.json("associations", "backfill", "--yes")
    tap.same((r["backfill"]["written"], writes() - quiet), (0, 0), "again_there_is_nothing")

    # S12.3: many that leave one company for another are held, and a person may let them go
    many = [pair(com[0], acc[0]) for _ in range(110)]
    sync(seconds=86400)  # what was done before counts no more
    for c in many:
        move(c[1], acc[1])
    s.advance(61)
    r = t.run("sync")
    tap.same((r.code, sum(primary(c[0]) == com[1] for c in many)), (3, 99), "a_brake_holds_many")
    tap.ok("Contact.associatedcompanyid" in r.err and "11 records wait" in r.err and "--past-brake change" in r.err,
           "and_names_the_way_on", r)
    r = sync("--past-brake", "change")
    tap.same((moved(r)[1], {primary(c[0]) for c in many}), (11, {com[1]}), "a_person_lets_them_go")

    sync(seconds=86400)

    # a file of settings turns it as the command does
    path = t.write("all.yaml", t.run("mapping", "export").out)
    text = open(path, encoding="utf-8").read()
    tap.ok('associations: "on"' in text, "it_is_in_the_file", text[:400])
    t.write("off.yaml", text.replace('associations: "on"', 'associations: "off"'))
    t.json("mapping", "import", t.dir + "/off.yaml")
    move(old[1], acc[2])
    sync()
    before = at(old)
    t.json("mapping", "import", path)
    tap.same((moved(sync()), at(old)), ((0, 0, 0), before), "a_file_turns_it_off_and_on")

    # off and on again: what differs by then is old
    s.join(old[0], free)
    sync()
    tap.same(errors(), [(old[1], "associations", "waiting_for_company")], "one_waits_while_it_is_on")
    t.json("settings", "set", "associations", "off")
    tap.same(errors(), [], "off_nobody_waits")
    move(old[1], acc[4])
    sync()
    t.json("settings", "set", "associations", "on")
    before = at(old)
    r = sync()
    tap.same((moved(r), at(old)), ((0, 0, 0), before), "what_moved_while_off_stays")
    r = t.run("settings", "set", "company_sync", "off")
    move(old[1], acc[5])
    tap.same(t.run("sync").code, 3, "the_switch_rules_it_too")
finally:
    t.close()
    s.close()
tap.done()
