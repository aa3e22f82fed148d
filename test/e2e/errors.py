"""Errors of records: told, listed by category, retried, exported, over one by one. And S1.6: the switch beside
HubSpot's own sync."""
import csv
import io
import sqlite3

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "5", "--limits", "off", "--seed", "8")
t = Tandem(s)


try:
    t.json("settings", "set", "company_sync", "on")
    t.json("import", "accounts", "--yes")
    a = [x["id"] for x in s.records("salesforce/accounts")]
    company = {x: t.json("explain", x)["partner"] for x in a}
    tap.ok("No record has an error" in t.run("errors", "list").out, "no_errors_yet")

    # an admin's rule refuses one field; the rest goes over (S15.5)
    s.call("/salesforce/rules", {"validation": {"object": "Account", "field": "Phone",
                                                "text": "bad-phone",
                                                "message": "Phone may not be bad-phone"}}, "POST")
    s.call(f"/salesforce/accounts/{a[0]}", {"Phone": "", "Description": ""}, "PATCH")
    t.json("sync")
    s.call(f"/hubspot/companies/{company[a[0]]}",
           {"phone": "bad-phone", "description": "fine"}, "PATCH")
    r = t.run("sync")
    tap.ok(r.code == 2 and "completed with 1 error" in r.out, "errors_are_never_success", r)
    x = t.json("errors", "list")
    tap.same((x["by_category"]["custom_code"], len(x["errors"])), (1, 1), "errors_by_category")
    one = x["errors"][0]
    tap.ok(one["code"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION" and "may not be" in one["message"],
           "code_and_message", one)
    tap.same(len(t.json("errors", "show", a[0])["errors"]), 1, "by_either_id_account")
    tap.same(len(t.json("errors", "show", company[a[0]])["errors"]), 1, "by_either_id_company")
    tap.same(t.json("errors", "list", "--category", "picklists")["errors"], [], "of_one_category")
    r = t.run("errors", "list", "--category", "nonsense")
    tap.ok(r.code == 64 and "picklists" in r.err, "unknown_category", r)

    # S15.2: tried again by hand at any time; attempts are counted, the first time is kept
    r = t.run("errors", "retry", company[a[0]])
    y = t.json("errors", "list")["errors"][0]
    tap.same((r.code, y["attempts"], y["first"] == one["first"]), (2, 2, True), "retry_by_hand", )
    r = t.run("errors", "retry", a[1])
    tap.ok(r.code == 64 and "no error" in r.err, "nothing_to_retry", r)
    tap.same(t.run("errors", "retry").code, 64, "retry_wants_a_word")
    rows = list(csv.DictReader(io.StringIO(t.run("errors", "export").out)))
    tap.same((len(rows), rows[0]["record"], rows[0]["category"]),
             (1, company[a[0]], "custom_code"), "export_is_csv")
    path = t.dir + "/errors.csv"
    tap.same((t.run("errors", "export", path).code, t.run("errors", "export", path).code), (0, 3),
             "export_overwrites_nothing")
    path = t.dir + "/again.csv"
    r = t.json("errors", "export", path)
    tap.same((r["file"], len(r["errors"]), len(list(csv.DictReader(open(path, encoding="utf-8"))))), (path, 1, 1),
             "export_writes_its_file_with_json_too")

    # put right, it goes over at once and the error is over (S15.2)
    s.call(f"/hubspot/companies/{company[a[0]]}", {"phone": "+31 1"}, "PATCH")
    tap.same(t.run("sync").code, 0, "put_right_at_once")
    tap.same((s.fields("salesforce/accounts", a[0])["Phone"], t.json("errors", "list")["errors"]),
             ("+31 1", []), "the_error_is_over")

    # of two errors of one record, each is over by itself
    for name in ("Phone", "Description"):
        s.call(f"/salesforce/accounts/{a[1]}", {name: ""}, "PATCH")
    t.json("sync")
    c = company[a[1]]
    s.call(f"/hubspot/companies/{c}", {"phone": "9" * 60, "description": "x" * 40000}, "PATCH")
    t.run("sync")
    tap.same(sorted(x["field"] for x in t.json("errors", "show", c)["errors"]),
             ["Description", "Phone"], "two_errors")
    s.call(f"/hubspot/companies/{c}", {"phone": "+31 9"}, "PATCH")
    t.run("sync")
    left = t.json("errors", "show", c)["errors"]
    tap.same([(x["field"], x["attempts"]) for x in left], [("Description", 2)], "one_is_over")

    # ---- a list that is cut says so
    db = sqlite3.connect(t.dir + "/tandem.db")
    had = {k: t.json(k, "list") for k in ("errors", "review")}
    db.execute("INSERT INTO record_error (side, record, partner, category, code, field, value, message, remedy,"
               " first_ms, last_ms, next_ms, attempts) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
               " WHERE i < 200003) SELECT 0, printf('0019e%010dAAA', i),"
               " '900', 'duplicates', 'x', '', '', '', '', 1, 1, 0, 1 FROM n")
    db.execute("INSERT INTO review (side, record, why, rule, candidates, at_ms, fields) WITH RECURSIVE n (i) AS"
               " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100002) SELECT 0, printf('0019e%010dAAA', i), 'near_name',"
               " 'S7.4', '', 1, '' FROM n")
    db.commit()
    db.close()
    left = {k: t.json(k, "list")["left_out"] for k in had}
    tap.same(left, {"errors": 3 + len(had["errors"]["errors"]), "review": 2 + len(had["review"]["reviews"])},
             "a_list_that_is_cut_says_so")
    r = t.run("errors", "export")
    tap.ok(f"{left['errors']} older errors are left out" in r.err and r.out.count("\n") == 200001,
           "an_export_that_is_cut_says_so", r.err)
    t.close()
    s.close()

    # ---- S1.6
    s = Sandbox("--accounts", "3", "--companies", "3", "--limits", "off", "--seed", "9")
    t = Tandem(s)
    c = s.records("hubspot/companies")[0]["id"]
    s.call(f"/hubspot/companies/{c}", {"salesforcelastsynctime": str(s.call("/clock")["now_ms"])},
           "PATCH")
    r = t.run("settings", "set", "company_sync", "on")
    tap.ok(r.code == 3 and "S1.6" in r.err and c in r.err, "native_sync_refuses_the_switch", r)
    tap.same(t.json("status")["company_sync"], False, "and_it_stays_off")
    s.advance(3600)
    now = s.call("/clock")["now"]
    r = t.run("settings", "set", "company_sync", "on", "--native-off", now)
    tap.same(r.code, 0, "turned_off_since_then")
    t.close()
    t = Tandem(s, connect=False)
    t.connect_hubspot()
    t.connect_salesforce()
    t.json("takeover", "--yes")
    t.json("settings", "set", "company_sync", "on", "--beside-native")
    before = len(s.records("hubspot/companies"))
    t.json("settings", "set", "create_settle", "0")
    new = s.call("/salesforce/accounts", {"Name": "No create"}, "POST")["id"]
    t.json("sync")
    tap.same((len(s.records("hubspot/companies")), t.json("explain", new)["why"]),
             (before, "beside_native"), "beside_native_creates_nothing")
finally:
    t.close()
    s.close()
tap.done()
