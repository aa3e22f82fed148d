"""S16.3: calls are the fewest that the services allow, counted where they arrive. S17.4: doctor names what is
missing, and the command that wants it still says so by itself."""
from lab import Sandbox, Tandem, Tap

tap = Tap()


def kinds(s):
    """Calls since the counts were emptied, by their last words."""
    return s.call("/counts")["kinds"]


def counted(s, *words):
    return sum(n for kind, n in kinds(s).items() if all(w in kind for w in words))


def few_calls():
    n = 5000
    s = Sandbox("--accounts", str(n), "--limits", "off", "--seed", "16")
    t = Tandem(s)
    try:
        s.call("/counts", method="DELETE")
        t.json("settings", "set", "company_sync", "on")
        # above 2,000 records by Bulk API: a job, its state, one page of results, the job's end
        tap.same(counted(s, "salesforce", "jobs/query", "POST"), 1, "one_bulk_query")
        tap.same(counted(s, "salesforce", "results"), 1, "one_page_of_results")
        tap.same(counted(s, "hubspot", "GET/crm/objects/#/companies"), 1, "an_empty_portal_is_one_call")
        s.call("/counts", method="DELETE")
        t.json("import", "accounts", "--yes")
        tap.same(counted(s, "companies/batch/upsert"), n // 100, "a_hundred_creates_a_call")
        tap.same(counted(s, "companies/batch/read"), 0, "nothing_is_read_that_is_not_there_yet")
        tap.ok(counted(s, "companies/search") <= n // 1000 + 2, "one_search_a_chunk", kinds(s))
        s.advance(1800)
        t.json("sync")
        s.call("/touch/salesforce/accounts", {"every": 10, "field": "Phone", "value": "+31"})
        s.call("/counts", method="DELETE")
        r = t.json("sync")
        tap.same(r["hubspot"]["updated"], n // 10, "a_tenth_is_updated")
        tap.same((counted(s, "companies/batch/read"), counted(s, "companies/batch/update")),
                 (n // 1000 + n // 500, n // 1000), "read_again_and_written_a_hundred_a_call")
        # besides, fifty a call: the history of what was written, for edits made in between (S12.1)
        s.advance(1800)
        t.json("sync")
        s.call("/counts", method="DELETE")
        t.json("sync")
        tap.same((counted(s, "salesforce", "composite"), counted(s, "contacts/search")), (1, 1),
                 "contacts_and_leads_are_one_call_a_side")
        writes = [k for k in kinds(s) if "batch" in k or "composite/" in k or "PATCH" in k]
        tap.same(writes, [], "a_quiet_pass_reads_and_writes_no_record")
    finally:
        t.close()
        s.close()


def rights():
    s = Sandbox("--accounts", "3", "--limits", "off", "--seed", "17")
    t = Tandem(s)

    def check(what):
        both = t.json("doctor")
        return next((c for side in both.values() if isinstance(side, list) for c in side
                     if c["what"] == what), None)

    try:
        both = t.json("doctor")
        tap.same([c["allowed"] for c in both["salesforce"] + both["hubspot"]
                  if c["what"].startswith("key ")], ["yes", "yes"], "doctor_looks_at_both_keys")
        tap.same(check("Account.Phone")["allowed"], "yes", "doctor_sees_what_is_allowed")
        s.call("/salesforce/fields", {"object": "Account", "field": "Phone", "read": True, "edit": False})
        c = check("Account.Phone")
        tap.ok(c["allowed"] == "no" and "read" in c["detail"], "doctor_names_the_field", c)
        s.call("/hubspot/tokens", {"token": "pat-reader", "scopes": ["crm.objects.companies.read",
                                                                     "crm.schemas.companies.read"]})
        t.write("token", "pat-reader\n")
        t.connect_hubspot()
        r = t.run("doctor")
        tap.ok("crm.objects.companies.write" in r.out, "doctor_names_the_scope", r)
        tap.ok(r.code != 0, "doctor_fails_where_a_needed_right_is_missing", r)
    finally:
        t.close()
        s.close()


few_calls()
rights()
tap.done()
