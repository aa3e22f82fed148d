"""S9: on_delete = delete, companies merged in HubSpot, chains of merges, restores after an unlink."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "14", "--companies", "0", "--limits", "off", "--seed", "4")
t = Tandem(s)


def gone(kind, record):
    return record not in [x["id"] for x in s.records(kind)]


def merge(primary, other):
    return s.call("/hubspot/merge", {"object": "companies", "primary": primary, "other": other},
                  "POST")


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    a = [x["id"] for x in s.records("salesforce/accounts")]
    c = [t.partner(x) for x in a]
    tap.same(None in c, False, "all_are_linked")

    # ---- S9.3: two linked companies merged: one link follows, the other account is asked about
    merge(c[0], c[1])
    s.advance(60)
    r = t.json("sync")
    new = t.partner(a[0])
    tap.ok(new not in (None, c[0], c[1]), "a_company_merge_is_followed", t.json("explain", a[0]))
    tap.same(s.fields("hubspot/companies", new)["tandem_account_id"], a[0], "the_primarys_link_follows")
    review = [(x["id"], x["why"]) for x in t.json("review", "list")["reviews"]]
    tap.same(review, [(a[1], "merge_leftover")], "the_other_account_is_asked_about")
    tap.same(t.json("explain", c[0])["survivor"], new, "the_old_id_names_the_survivor")
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"]), (0, 0), "merged_and_quiet")
    s.call(f"/salesforce/accounts/{a[0]}", {"Phone": "+31 70 1"}, "PATCH")
    t.json("sync")
    tap.same(s.fields("hubspot/companies", new)["phone"], "+31 70 1", "the_survivor_is_kept_in_step")

    # ---- S9.3: merged twice between two passes: followed to the end of the chain
    stray = s.call("/hubspot/companies", {"name": "Stray"}, "POST")["id"]
    stray2 = s.call("/hubspot/companies", {"name": "Stray too"}, "POST")["id"]
    merge(c[2], stray)
    mid = [x["id"] for x in s.records("hubspot/companies")][-1]
    merge(mid, stray2)
    s.advance(60)
    t.json("sync")
    t.json("sync")
    end = t.partner(a[2])
    tap.ok(end not in (None, c[2], mid) and not gone("hubspot/companies", end),
           "merged_twice_is_followed_to_the_end", (end, c[2], mid))

    # ---- and an account merged twice: B into C, then C into D
    d = [s.call("/salesforce/accounts", {"Name": f"Winner {i}"}, "POST")["id"] for i in (1, 2)]
    t.json("settings", "set", "create_settle", "1h")
    t.json("sync")
    s.call("/salesforce/merge", {"survivor": d[0], "loser": a[3]}, "POST")
    s.call("/salesforce/merge", {"survivor": d[1], "loser": d[0]}, "POST")
    t.json("sync")
    tap.same(t.partner(d[1]), c[3], "an_account_merged_twice_is_followed_to_the_end")
    tap.same(s.fields("hubspot/companies", c[3])["tandem_account_id"], d[1], "our_id_names_the_last")

    # ---- S9.2: a company that is restored after a deletion resumes, after an unlink by hand not
    s.call(f"/hubspot/companies/{c[4]}", method="DELETE")
    s.advance(3700)
    t.json("sync")
    tap.same(t.partner(a[4]), None, "archived_company_unlinks")
    s.call("/hubspot/restore", {"object": "companies", "id": c[4]}, "POST")
    t.json("resync", c[4])
    tap.same(t.partner(a[4]), c[4], "a_restored_company_resumes_once_it_is_read")
    t.json("unlink", a[5])
    s.call(f"/hubspot/companies/{c[5]}", method="DELETE")
    s.advance(3700)
    t.json("sync")
    s.call("/hubspot/restore", {"object": "companies", "id": c[5]}, "POST")
    s.advance(3700)
    t.json("sync")
    tap.same((t.partner(a[5]), t.partner(c[5])), (None, None), "restored_after_an_unlink_stays_unlinked")

    # ---- S9.1: delete: only what Tandem made goes by itself
    t.json("settings", "set", "on_delete", "delete")
    s.call(f"/salesforce/accounts/{a[6]}", method="DELETE")
    r = t.json("sync")
    tap.ok(gone("hubspot/companies", c[6]), "a_company_that_tandem_made_is_archived", r)
    tap.same(t.partner(c[6]), None, "and_its_link_ends")
    hand = s.call("/hubspot/companies", {"name": "By hand"}, "POST")["id"]
    s.advance(60)
    t.json("sync")
    t.json("relink", a[7], hand)
    s.call(f"/salesforce/accounts/{a[7]}", method="DELETE")
    t.json("sync")
    x = t.json("explain", hand)
    tap.same((gone("hubspot/companies", hand), x["reviews"][0]["why"], x["link_state"]),
             (False, "delete_asks", "paused"), "what_a_person_made_is_asked_about")
    links = t.json("links", "list")["links"]
    tap.same(([x["state"] for x in links if x["account"] == a[7]], len(links)), (["paused"], t.json("status")["links"]),
             "a_link_whose_account_is_gone_is_shown_while_it_waits")
    t.json("review", "accept", "--all")
    tap.ok(not gone("hubspot/companies", hand), "not_by_an_answer_for_many")
    t.json("review", "accept", hand)
    tap.same((gone("hubspot/companies", hand), t.partner(hand)), (True, None),
             "a_person_confirms_the_archiving")

    # ---- a company deleted: an account goes only if Tandem made it and nothing hangs on it
    made, used = [s.call("/hubspot/companies", {"name": n}, "POST")["id"]
                  for n in ("Made one", "Made two")]
    t.json("resync", made)
    t.json("resync", used)
    made_a, used_a = t.partner(made), t.partner(used)
    john = s.call("/salesforce/contacts", {"LastName": "Doe", "AccountId": used_a}, "POST")["id"]
    for company in (made, used, c[8], c[9]):
        s.call(f"/hubspot/companies/{company}", method="DELETE")
    s.advance(3700)
    t.json("sync")
    why = {r["id"]: r["why"] for r in t.json("review", "list")["reviews"]}
    tap.same((gone("salesforce/accounts", made_a), t.partner(made_a)), (True, None),
             "an_account_that_tandem_made_is_deleted")
    tap.same((gone("salesforce/accounts", used_a), why.get(used_a)), (False, "delete_attached"),
             "unless_something_hangs_on_it")
    tap.same((gone("salesforce/accounts", a[8]), why.get(a[8])), (False, "delete_asks"),
             "an_account_is_asked_about")
    s.edit("salesforce/accounts", used_a, Fax="+31 9")  # who did that does not hang on it
    r = t.run("review", "accept", used_a)
    tap.ok(r.code == 3 and "S9.1" in r.err and "contacts" in r.err and
           not gone("salesforce/accounts", used_a), "nor_by_an_answer", r)
    s.call(f"/salesforce/contacts/{john}", method="DELETE")
    t.json("review", "accept", used_a)
    t.json("review", "accept", a[8])
    tap.same([(gone("salesforce/accounts", x), t.partner(x)) for x in (used_a, a[8])],
             [(True, None)] * 2, "a_person_confirms_the_deletion")
    t.json("review", "reject", a[9])
    tap.same((t.partner(a[9]), gone("salesforce/accounts", a[9])), (None, False),
             "rejected_it_is_unlinked_and_kept")
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"], r["hubspot"]["created"]),
             (0, 0, 0), "then_all_is_quiet")
finally:
    t.close()
    s.close()
tap.done()
