"""S2.3: the account filter limits what enters, pauses what leaves it, and never removes."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "8", "--companies", "0", "--limits", "off", "--seed", "11")
t = Tandem(s)


def account(**values):
    return s.call("/salesforce/accounts", values, "POST")["id"]


def edit(record, **values):
    s.call(f"/salesforce/accounts/{record}", values, "PATCH")


def told(record):
    x = t.json("explain", record)
    return (x["action"], x["why"], x["link_state"])


try:
    # ---- a filter is checked before anything else happens
    r = t.run("filter", "set", "Type = Customer", "--yes")
    tap.ok(r.code == 64 and "column 8" in r.err and "S2.3" in r.err, "an_error_names_its_column", r)
    r = t.run("filter", "set", "Colour__c = 'red'", "--yes")
    tap.ok(r.code == 64 and "Colour__c" in r.err, "an_unknown_field_is_named", r)
    tap.same(t.json("filter", "show")["filter"], None, "nothing_was_saved")

    # ---- Rating is mapped with nothing: it is read along
    known = s.records("salesforce/accounts")
    for x in known[:3]:
        edit(x["id"], Rating="Hot", Phone="+31 1")
    for x in known[3:]:
        edit(x["id"], Rating="Cold")
    t.json("settings", "set", "company_sync", "on")
    r = t.json("import", "accounts", "--yes", "--limit", "5")
    tap.same(r["hubspot"]["created"], 5, "a_first_slice")
    links = [x["id"] for x in known if t.json("explain", x["id"])["partner"]]
    hot = [x["id"] for x in known[:3] if x["id"] in links]
    cold = [x for x in links if x not in hot]
    partner = {x: t.json("explain", x)["partner"] for x in links}

    r = t.run("filter", "set", "Rating = 'hot'")
    tap.ok(r.code == 3 and f"pause {len(cold)} of 5" in r.out and "S2.3" in r.err,
           "saving_shows_what_it_pauses", r)
    tap.same(t.json("filter", "show")["filter"], None, "and_waits_for_a_yes")
    r = t.json("filter", "check", "Rating = 'hot'")
    tap.same((r["enters"], r["kept_out"], r["pauses"], r["unknown"], r["saved"]),
             (3, 5, len(cold), 0, False), "check_saves_nothing")
    r = t.json("filter", "set", "Rating = 'hot'", "--yes")
    tap.same((r["pauses"], r["saved"]), (len(cold), True), "set")
    tap.same(t.json("filter", "show")["filter"], "Rating = 'hot'", "show")
    r = t.json("sync")
    tap.same((t.json("status")["links"], told(cold[0])), (5, ("none", "filtered", "paused")),
             "what_leaves_is_paused_and_says_so")
    tap.same(told(hot[0])[2], "live", "what_stays_is_live")
    r = t.run("explain", cold[0])
    tap.ok("filter" in r.out and "S2.3" in r.out and "paused" in r.out, "explain_names_the_filter", r)

    # ---- a paused link carries nothing over
    edit(cold[0], Phone="+31 20 555")
    s.call(f"/hubspot/companies/{partner[cold[0]]}", {"city": "Delft"}, "PATCH")
    r = t.json("sync")
    tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"]), (0, 0), "paused_writes_nothing")

    # ---- new accounts: outside they stay out, inside they enter, and so does what comes in
    out, inside = account(Name="Out", Rating="Warm"), account(Name="In", Rating="Hot")
    s.advance(120)
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], told(out)[1], told(inside)[2]), (1, "filtered", "live"),
             "it_limits_what_enters")
    edit(out, Rating="Hot")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], told(out)[2]), (1, "live"), "what_comes_in_enters")
    r = t.json("import", "accounts", "--yes")
    tap.same(r["hubspot"]["created"], len([x for x in known[:3] if x["id"] not in links]),
             "an_import_obeys_it")

    # ---- S14.1: a resync goes past it; the link stays paused
    r = t.json("resync", cold[0])
    tap.same((s.fields("hubspot/companies", partner[cold[0]])["phone"], told(cold[0])[2]),
             ("+31 20 555", "paused"), "a_resync_goes_past_it")

    # ---- back in the filter it is reconciled against the base: both moves count
    s.call(f"/hubspot/companies/{partner[cold[1]]}", {"phone": "+31 30 1"}, "PATCH")
    edit(cold[1], Rating="Hot", Fax="+31 40 1")
    t.json("sync")
    company = s.fields("hubspot/companies", partner[cold[1]])
    tap.same((told(cold[1])[2], company.get("fax"), company.get("phone")),
             ("live", "+31 40 1", s.fields("salesforce/accounts", cold[1]).get("Phone")),
             "on_its_return_it_is_reconciled")

    # ---- S9: deletions are followed all the same
    if len(cold) < 3:
        edit(hot[-1], Rating="Cold")
        cold.append(hot.pop())
        t.json("sync")
    gone = cold[0]
    s.call(f"/salesforce/accounts/{gone}", method="DELETE")
    r = t.json("sync")
    tap.same((r["actions"]["unlink"], s.fields("hubspot/companies", partner[gone]).get(
        "tandem_account_id")), (1, None), "a_deletion_is_followed_all_the_same")

    # ---- an answer that cannot be told: nothing changes
    quiet = t.json("sync")
    tap.same(quiet["actions"]["update"] + quiet["hubspot"]["updated"], 0, "then_all_is_quiet")

    # ---- a filter over mapped fields, owner and record type; a company's match that is kept out
    owner = s.records("salesforce/users")[0]["id"]
    edit(inside, OwnerId=owner)
    t.json("sync")
    r = t.json("filter", "check", f"OwnerId = '{owner[:15]}' and not (RecordTypeId = "
               "'012000000000000AAA' or AnnualRevenue > 100000000000) or Name starts 'Out'")
    tap.ok(r["enters"] > 0 and r["unknown"] == 0, "owner_and_record_type", r)
    t.json("filter", "set", "Rating = 'hot' and Name not contains 'twin'", "--yes")
    out = account(Name="Twin", Rating="Hot", Website="twin-example.com")
    t.json("sync")
    c = s.call("/hubspot/companies", {"name": "Twin", "domain": "twin-example.com"}, "POST")["id"]
    s.advance(120)
    r = t.json("sync")
    tap.same((told(c)[1], r["salesforce"]["created"], told(out)[1]), ("filtered", 0, "filtered"),
             "its_match_stays_out_too")

    # ---- clearing lets everything go on
    r = t.json("filter", "clear", "--yes")
    tap.ok(r["resumes"] >= 1 and r["kept_out"] == 0, "clear_shows_what_goes_on", r)
    t.json("sync")
    tap.same((told(out)[2], told(cold[-1])[2]), ("live", "live"), "cleared_all_is_live")
finally:
    t.close()
    s.close()
tap.done()
