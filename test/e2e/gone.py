"""Deleted, restored, merged: a link ends only by a tombstone, is remembered, and follows a merge."""
from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "30", "--limits", "off", "--seed", "3")
t = Tandem(s)


def account(n):
    return accounts[n]["id"]


def company(n):
    return pair[account(n)]


def companies():
    return len(s.records("hubspot/companies"))


def quiet(name):
    r = t.json("sync")
    tap.same((r["salesforce"]["created"], r["hubspot"]["created"], r["salesforce"]["updated"],
              r["hubspot"]["updated"]), (0, 0, 0, 0), name)


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    accounts = s.records("salesforce/accounts")
    pair = {a["id"]: t.json("explain", a["id"])["partner"] for a in accounts}
    tap.same(len([p for p in pair.values() if p]), 30, "all_are_linked")

    # S9.1, S9.4: an account that is deleted: unlinked, the company is kept, our id comes off
    s.call(f"/salesforce/accounts/{account(0)}", method="DELETE")
    r = t.json("sync")
    tap.same((r["actions"]["unlink"], companies()), (1, 30), "deleted_account_unlinks")
    tap.same(s.fields("hubspot/companies", company(0)).get("tandem_account_id"), None,
             "our_id_comes_off")
    x = t.json("explain", company(0))
    tap.same((x["partner"], x["action"], x["why"]), (None, "skip", "severed"),
             "the_company_stands_alone")
    quiet("unlinked_and_quiet")

    # S7.6: it makes no new partner by itself, not even when it is edited
    s.call(f"/hubspot/companies/{company(0)}", {"phone": "+31 1"}, "PATCH")
    quiet("an_edit_makes_no_partner")

    # S9.2: restored, the old link resumes with its base, so that edit goes by its rule
    s.call("/salesforce/undelete", {"id": account(0)}, "POST")
    r = t.json("sync")
    tap.same(t.json("explain", account(0))["partner"], company(0), "restored_account_resumes")
    tap.same(s.fields("hubspot/companies", company(0))["tandem_account_id"], account(0),
             "our_id_is_back")
    tap.same(s.fields("hubspot/companies", company(0)).get("phone"),
             s.fields("salesforce/accounts", account(0)).get("Phone"), "the_base_resumes_too")
    quiet("resumed_and_quiet")

    # S9.1 in the other direction: archived companies are looked for once an hour (S4.1)
    s.call(f"/hubspot/companies/{company(1)}", method="DELETE")
    t.json("sync")
    tap.same(t.json("explain", account(1))["partner"], company(1), "not_before_the_hour")
    s.advance(3700)
    r = t.json("sync")
    tap.same((r["actions"]["unlink"], len(s.records("salesforce/accounts"))), (1, 30),
             "archived_company_unlinks")
    s.call(f"/salesforce/accounts/{account(1)}", {"Phone": "+31 2"}, "PATCH")
    r = t.json("sync")
    tap.same((r["hubspot"]["created"], t.json("explain", account(1))["why"]), (0, "severed"),
             "an_unlinked_account_makes_no_new_company")
    r = t.json("import", "accounts", "--yes")
    tap.same(r["hubspot"]["created"], 0, "nor_does_an_import_of_all")

    # S9.1: on_delete = ignore keeps the link, paused, and writes nothing
    t.json("settings", "set", "on_delete", "ignore")
    s.call(f"/salesforce/accounts/{account(2)}", method="DELETE")
    t.json("sync")
    x = t.json("explain", company(2))
    tap.same((x["partner"], x["link_state"]), (account(2), "paused"), "ignore_keeps_the_link")
    s.call(f"/hubspot/companies/{company(2)}", {"phone": "+31 3"}, "PATCH")
    quiet("a_paused_link_writes_nothing")
    s.call("/salesforce/undelete", {"id": account(2)}, "POST")
    t.json("sync")
    x = t.json("explain", company(2))
    tap.same(x["link_state"], "live", "and_is_live_when_it_is_back")
    tap.ok(s.fields("hubspot/companies", company(2)).get("phone") != "+31 3",
           "what_moved_meanwhile_is_reconciled")
    t.json("settings", "set", "on_delete", "unlink")

    # S9.3: two accounts merged; both were linked: the leftover company waits for a person
    s.call("/salesforce/merge", {"survivor": account(4), "loser": account(3)},
           "POST")
    r = t.json("sync")
    tap.same((r["actions"]["review"], companies()), (1, 29), "both_linked_asks_a_person")
    x = t.json("explain", company(3))
    tap.same((x["reviews"][0]["why"], x["reviews"][0]["candidates"]),
             ("merge_leftover", company(4)), "the_leftover_is_named")
    tap.same(t.json("explain", account(4))["partner"], company(4), "the_winner_keeps_its_own")
    quiet("a_leftover_is_asked_once")

    # S9.3: the winner was not linked: the loser's link follows with its base
    fresh = s.call("/salesforce/accounts", {"Name": "The winner", "Phone": "+31 44"}, "POST")["id"]
    t.json("settings", "set", "create_settle", "1h")
    t.json("sync")
    s.call("/salesforce/merge", {"survivor": fresh, "loser": account(5)},
           "POST")
    t.json("sync")
    tap.same(t.json("explain", fresh)["partner"], company(5), "the_link_follows_the_survivor")
    tap.same(s.fields("hubspot/companies", company(5))["tandem_account_id"], fresh,
             "our_id_names_the_survivor")
    tap.same(s.fields("hubspot/companies", company(5))["name"], "The winner",
             "the_survivors_values_count_as_moved")
    tap.same(t.json("explain", account(5))["survivor"], fresh, "the_old_id_is_followed_for_ever")
    quiet("followed_and_quiet")

    # S9.3, S15: HubSpot refuses our id, which somebody's copy carries: the link follows all the same
    other = s.account("Another winner", Phone="+31 45")
    t.json("sync")
    copy = s.company("A copy", tandem_account_id=other)
    s.call("/salesforce/merge", {"survivor": other, "loser": account(6)}, "POST")
    r = t.run("sync")
    tap.same((r.code, t.partner(other), s.fields("hubspot/companies", company(6))["phone"]),
             (2, company(6), "+31 45"), "a_refused_id_stops_neither_the_link_nor_the_values")
    told = [(x["id"], x["partner"], x["field"], x["code"], x["attempts"])
            for x in t.json("errors", "list")["errors"]]
    tap.same(told, [(other, company(6), "tandem_account_id", "CONFLICT", 1)], "the_refusal_is_an_error")
    s.edit("hubspot/companies", company(6), phone="+31 46")  # the other side's turn
    t.run("sync")
    tap.same((s.fields("hubspot/companies", company(6))["phone"], len(t.json("errors", "list")["errors"])),
             ("+31 45", 1), "an_edit_goes_on_and_the_error_stands")
    quiet("a_refusal_is_not_repeated_before_its_time")
    tap.same((t.run("errors", "retry", other).code, [x["attempts"] for x in t.json("errors", "list")["errors"]]),
             (2, [3]), "by_hand_it_is_tried_at_once")
    s.edit("hubspot/companies", copy, tandem_account_id="")
    quiet("nor_when_it_would_be_taken")
    s.advance(31 * 60)
    t.json("sync")
    tap.same((s.fields("hubspot/companies", company(6))["tandem_account_id"], t.json("errors", "list")["errors"]),
             (other, []), "but_then_our_id_is_put_on")
    quiet("put_on_and_quiet")

    # S9.5: a company that was merged is a merge, not a deletion
    s.advance(3700)
    t.json("sync")
    before = t.json("status")["links"]
    tap.same(before, 29, "links_add_up")  # 30 less the archived company; the leftover's is paused
finally:
    t.close()
    s.close()
tap.done()
