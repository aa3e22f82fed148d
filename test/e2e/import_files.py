"""S13: an import of a part: by a file of ids, by a filter, by a limit. S14.1: a HubSpot list."""
import json
import sqlite3

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "12", "--companies", "3", "--limits", "off", "--seed", "8")
t = Tandem(s)


def linked():
    return {x["account"] for x in t.json("links", "list")["links"]}


def multiply(like, n):
    """So many more links in the store, each a copy of that account's."""
    with sqlite3.connect(t.dir + "/tandem.db") as db:
        db.execute("CREATE TEMP TABLE nth AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL"
                   " SELECT n + 1 FROM c LIMIT ?) SELECT n FROM c", (n,))
        for table, own in (("account", {"id": "printf('0019%011dAAA', nth.n)"}),
                           ("link", {"account": "printf('0019%011dAAA', nth.n)",
                                     "company": "printf('9%011d', nth.n)"})):
            columns = [x[1] for x in db.execute(f"PRAGMA table_info({table})")]
            db.execute(f"INSERT INTO {table} SELECT {', '.join(own.get(x, 'x.' + x) for x in columns)}"
                       f" FROM nth, {table} x WHERE x.{next(iter(own))} = ?", (like,))
    db.close()


try:
    a = [x["id"] for x in s.records("salesforce/accounts")]
    good = t.write("ids.txt", a[0] + "\n")
    r = t.run("import", "accounts", "--ids", good, "--yes")
    tap.ok(r.code == 3 and "S1.1" in r.err, "the_switch_is_off", r)
    t.json("settings", "set", "company_sync", "on")
    t.json("settings", "set", "match.near", "off")  # generated names are near each other

    # ---- bad lines are all named, before anything is done
    bad = t.write("bad.csv", f"Id,Name\n{a[0]},One\n003000000000001AAA,A contact\n\nrubbish\n")
    r = t.run("import", "accounts", "--ids", bad, "--yes")
    tap.ok(r.code == 64 and "2 lines" in r.err and "line 3" in r.err and "line 5" in r.err,
           "bad_lines_are_named", r)
    r = t.run("import", "accounts", "--ids", t.write("empty.txt", "Id\n\n"), "--yes")
    tap.ok(r.code == 64 and "names no account" in r.err, "an_empty_file_is_said", r)
    tap.same(linked(), set(), "and_nothing_was_done")

    # ---- CSV with a heading, a byte order mark, quotes, both lengths, one twice, one unknown
    path = t.write("some.csv", f"\ufeff\"Account ID\",Name\r\n\"{a[0]}\",\"One, two\"\r\n{a[1][:15]}\r\n"
                   f"{a[1]},again\r\n001000000099999AAA,gone\r\n")
    r = t.run("import", "accounts", "--ids", path)
    tap.ok(r.code == 3 and "S13.2" in r.err and linked() == set(), "a_preview_does_nothing", r)
    r = t.json("import", "accounts", "--ids", path, "--yes")
    tap.same((r["errors"], r["unknown_ids"]), (1, [r["unknown_ids"][0]]), "an_unknown_id_is_listed")
    tap.ok(r["unknown_ids"][0].startswith("001000000099999"), "by_its_id", r["unknown_ids"])
    tap.same(linked(), {a[0], a[1]}, "the_others_are_brought_over")
    r = t.json("import", "accounts", "--ids", path, "--yes")
    tap.same((r["hubspot"]["created"], r["hubspot"]["updated"]), (0, 0), "again_it_doubles_nothing")

    # ---- by a filter; a field that nothing maps is read for it
    for x in a[2:5]:
        s.call(f"/salesforce/accounts/{x}", {"Rating": "Warm"}, "PATCH")
    r = t.run("import", "accounts", "--filter", "Rating == 'warm'", "--yes")
    tap.ok(r.code == 64 and "column" in r.err, "a_bad_filter_is_said", r)
    r = t.run("import", "accounts", "--filter", "Rating = 'warm'", "--ids", path, "--yes")
    tap.same(r.code, 64, "filter_and_ids_are_one_too_many")
    r = t.json("plan", "import", "accounts", "--filter", "Rating = 'warm'")
    tap.same(sum(r["actions"].values()), 3, "the_plan_is_of_the_filter")
    r = t.json("import", "accounts", "--filter", "Rating = 'warm' or Id = '" + a[5] + "'", "--yes")
    tap.same(linked(), set(a[:6]), "import_by_filter")
    tap.same(t.json("filter", "show")["filter"], None, "it_is_not_the_account_filter")
    r = t.json("sync")
    tap.same(r["hubspot"]["updated"] + r["hubspot"]["created"], 0, "then_all_is_quiet")

    # ---- S7.6: a filter names nobody: what was unlinked stays so
    t.json("unlink", a[2])
    r = t.json("import", "accounts", "--filter", "Rating = 'warm'", "--yes")
    tap.same(a[2] in linked(), False, "a_filter_names_nobody")
    r = t.json("import", "accounts", "--ids", t.write("one.txt", a[2]), "--yes")
    tap.same(a[2] in linked(), True, "a_file_that_names_it_lifts_that")

    # ---- a first slice, then the rest
    t.json("import", "accounts", "--limit", "8", "--yes")
    tap.same(len(linked()), 8, "limit")
    t.json("import", "accounts", "--yes")
    tap.same(linked(), set(a), "and_then_all")

    # ---- the way back: the companies that HubSpot's own integration does not know
    made = t.json("links", "list", "--made")["links"]
    tap.ok(len(made) > 0 and all(x["origin"] == "created_company" for x in made), "links_made", made)
    s.call(f"/hubspot/companies/{made[0]['company']}", {"salesforceaccountid": made[0]["account"]},
           "PATCH")
    s.advance(60)
    t.json("sync")
    tap.same(len(t.json("links", "list", "--made")["links"]), len(made) - 1,
             "one_that_it_knows_is_left_out")
    r = t.run("links", "list", "--made", "--jsonl")
    tap.same(len([x for x in r.out.splitlines() if x.startswith("{")]), len(made) - 1, "as_lines")

    # ---- S2.4
    r = t.run("settings", "set", "person_accounts", "on")
    tap.ok(r.code == 3 and "S2.4" in r.err and "no person accounts" in r.err,
           "person_accounts_are_refused_clearly", r)

    # ---- S14.1: the companies of a list, from before T0 and without an account
    new = [s.call("/hubspot/companies", {"name": f"Listed {i}"}, "POST")["id"] for i in range(2)]
    made = s.call("/hubspot/lists", {"name": "L", "object": "companies"}, "POST")
    number = str(made.get("listId") or made.get("id") or made["list"]["listId"])
    s.call(f"/hubspot/lists/{number}", {"add": new}, "POST")
    r = t.run("resync", "--list", "999999")
    tap.ok(r.code == 3 and "999999" in r.err, "an_unknown_list_is_named", r)
    r = t.run("resync", "--list", number, new[0])
    tap.same(r.code, 64, "a_list_or_ids")
    s.advance(60)
    r = t.json("resync", "--list", number)
    tap.same((r["salesforce"]["created"], bool(t.json("explain", new[1])["partner"])), (2, True),
             "resync_of_a_list")

    # ---- S7.2: a duplicate rule blocks a create: asked about, never forced
    s.call("/salesforce/rules", {"duplicate": {"object": "Account", "field": "Name",
                                              "message": "Use one of these records?"}}, "POST")
    twin = s.call("/salesforce/accounts", {"Name": "Twin"}, "POST")["id"]
    c = s.call("/hubspot/companies", {"name": "Twin"}, "POST")["id"]
    s.advance(60)
    t.json("settings", "set", "create_settle", "1h")
    t.json("sync")
    before = len(s.records("salesforce/accounts"))
    r = t.json("resync", c)
    x = t.json("explain", c)["reviews"]
    tap.same((len(s.records("salesforce/accounts")), [y["why"] for y in x], r["errors"]),
             (before, ["duplicate_rule"], 0), "a_duplicate_rule_is_asked_about")
    lost = [y for y in map(json.loads, t.run("verify", "--jsonl").out.splitlines()) if y.get("lost")]
    tap.same((t.json("explain", c)["why"], lost), ("duplicate_rule", []), "that_it_waits_is_no_loss")
    if x and x[0]["candidates"]:
        tap.same(x[0]["candidates"], twin, "with_the_account_that_it_names")
    else:
        r = t.run("review", "accept", c)
        tap.ok(r.code == 64 and "tandem link" in r.err, "no_id_is_told_so_a_person_finds_it", r)
    t.json("link", twin, c)
    tap.same((t.json("explain", c)["partner"], t.json("explain", c)["reviews"]), (twin, []),
             "and_linked_by_hand")

    # ---- a list of links has no end, in whatever form
    few = len(linked())
    multiply(a[0], 100000)
    many = t.json("links", "list")["links"]
    tap.same((len(many), len({x["account"] for x in many})), (few + 100000, few + 100000),
             "json_has_every_link")
    r = t.run("links", "list", "--jsonl")
    tap.same([json.loads(x) for x in r.out.splitlines()], many, "as_lines_the_same")
    r = t.run("links", "list").out.splitlines()
    tap.same((len(r), r[-1]), (few + 100001, f"{few + 100000} links."), "in_words_too")
finally:
    t.close()
    s.close()
tap.done()
