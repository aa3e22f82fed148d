"""S6.10: accounts are created with the record type of the settings. S6.9: in an org of several currencies an amount
goes over only between an account and a portal of the same one."""
from lab import Sandbox, Tandem, Tap

tap = Tap()


def record_types():
    s = Sandbox("--accounts", "3", "--limits", "off", "--seed", "3")
    t = Tandem(s)

    def kind(name, label, **more):
        return s.call("/salesforce/record_types", {"developer_name": name, "name": label, **more}, "POST")["id"]

    def made(name):
        company = s.call("/hubspot/companies", {"name": name}, "POST")["id"]
        result = t.run("resync", company)
        account = t.json("explain", company)["partner"]
        return result, account and s.call(f"/salesforce/accounts/{account}")["fields"].get("RecordTypeId")

    try:
        partner = kind("Partner", "Partner account")
        kind("Old", "Old accounts", active=False)
        kind("Secret", "Secret accounts", available=False)
        t.json("settings", "set", "company_sync", "on")
        tap.same(made("Default Ltd")[1], None, "the_default_is_the_users_own")
        for text, why in (("Nowhere", "no record type"), ("Old", "not active"), ("Secret", "may not choose"),
                          ("Master", "no record type")):
            result = t.run("settings", "set", "record_type", text)
            tap.ok(result.code == 3 and why in result.err and "Partner" in result.err,
                   f"a_record_type_{text.lower()}_is_refused", result)
        tap.same(t.json("settings", "get", "record_type")["record_type"], "default", "and_not_saved")
        for text, name in (("Partner", "created_with_it_by_its_name"), ("partner account", "created_with_it_by_its_label"),
                           (partner, "created_with_it_by_its_id"), (partner[:15], "created_with_it_by_its_short_id")):
            t.json("settings", "set", "record_type", text)
            tap.same(made(name)[1], partner, name)

        # deactivated later: nothing is created with another one, and what waits goes on by itself
        kind("Partner", "Partner account", active=False)
        result, account = made("Waits Ltd")
        tap.ok(account is None and "record_type" in result.out + result.err, "none_is_made_while_it_is_not_active", result)
        kind("Partner", "Partner account")
        tap.same(made("Goes on Ltd")[1], partner, "and_again_when_it_is")
        path = t.write("settings.yaml", 'tandem: 1\nsettings:\n  record_type: "Old"\n')
        result = t.run("mapping", "import", path)
        tap.ok(result.code == 3 and "not active" in result.err, "a_file_is_held_against_it_too", result)
    finally:
        t.close()
        s.close()


def currencies():
    s = Sandbox("--limits", "off", "--seed", "3")
    t = Tandem(s)

    def account(record=None, **values):
        path = "/salesforce/accounts" + (f"/{record}" if record else "")
        return s.call(path, values, "PATCH" if record else "POST").get("id", record)

    def revenue(record):
        company = t.json("explain", record)["partner"]
        return company, s.call(f"/hubspot/companies/{company}")["fields"].get("annualrevenue")

    def sync():
        r = t.json("sync")
        return r["hubspot"]["updated"], r["salesforce"]["updated"], r["errors"]

    try:
        s.call("/salesforce/currencies", {"codes": ["EUR", "USD"], "corporate": "EUR"}, "POST")
        euro = account(Name="Euro B.V.", AnnualRevenue=1000)
        dollar = account(Name="Dollar Inc.", AnnualRevenue=2000, CurrencyIsoCode="USD", NumberOfEmployees=7)
        t.json("settings", "set", "company_sync", "on")
        plan = t.run("plan", "import", "accounts", "--all")
        tap.ok("held: the account's currency is USD, the portal's EUR" in plan.out, "the_plan_says_what_is_held", plan)
        result = t.run("import", "accounts", "--yes", "--json")
        tap.same(result.code, 0, "which_is_no_error")
        tap.same((revenue(euro)[1], revenue(dollar)[1]), ("1000", None), "an_amount_of_another_currency_is_held")
        company = revenue(dollar)[0]
        tap.same(s.call(f"/hubspot/companies/{company}")["fields"].get("numberofemployees"), "7",
                 "what_is_no_amount_goes_over")
        tap.same(sync(), (0, 0, 0), "and_the_next_pass_is_quiet")
        explained = t.run("explain", dollar)
        tap.ok("held: the account's currency is USD" in explained.out, "explain_says_so", explained)

        # neither way, and a backfill leaves it out
        s.call(f"/hubspot/companies/{company}", {"annualrevenue": "99"}, "PATCH")
        account(dollar, AnnualRevenue=2500)
        tap.same((sync(), revenue(dollar)[1]), ((0, 0, 0), "99"), "held_both_ways")
        r = t.json("mapping", "backfill", "AnnualRevenue", "--yes")["backfill"]
        tap.same((r["written"], r["skipped"], r["failed"]), (0, 1, 0), "a_backfill_skips_it")

        # in the portal's currency it goes over; out of it, it is held again
        account(dollar, CurrencyIsoCode="EUR")
        tap.same((sync(), revenue(dollar)[1]), ((1, 0, 0), "2500"), "in_the_portals_currency_it_goes_over")
        account(dollar, CurrencyIsoCode="USD", AnnualRevenue=3000)
        tap.same((sync(), revenue(dollar)[1]), ((0, 0, 0), "2500"), "and_out_of_it_it_is_held_again")

        # an account made from a company gets its amount once its currency is known
        company = s.call("/hubspot/companies", {"name": "New Ltd", "annualrevenue": "500"}, "POST")["id"]
        t.run("resync", company)
        s.advance(120)
        t.json("sync")
        made = t.json("explain", company)["partner"]
        tap.same(s.call(f"/salesforce/accounts/{made}")["fields"].get("AnnualRevenue"), "500",
                 "a_new_account_gets_its_amount_once_its_currency_is_read")
    finally:
        t.close()
        s.close()


def validations():
    """S6.2, H9.12: the portal's own rules for a property are known before anything is sent."""
    s = Sandbox("--limits", "off", "--seed", "3")
    t = Tandem(s)

    def rule(name, *rules):
        s.call("/hubspot/validations", {"object": "companies", "property": name,
                                        "rules": [{"rule": r, "argument": a} for r, a in rules]}, "POST")

    try:
        rule("numberofemployees", ("MIN_NUMBER", "5"), ("MAX_NUMBER", "1000"))
        rule("fax", ("MIN_LENGTH", "4"), ("MAX_LENGTH", "8"))
        t.json("settings", "set", "company_sync", "on")
        given = {"small": (4, "123456"), "fits": (5, "1234"), "large": (1001, "123456789"), "short": (1000, "123")}
        ids = {n: s.call("/salesforce/accounts", {"Name": n, "NumberOfEmployees": e, "Fax": f}, "POST")["id"]
               for n, (e, f) in given.items()}
        result = t.run("import", "accounts", "--yes", "--json")
        tap.same(result.code, 2, "what_breaks_a_rule_of_the_portal_is_an_error")
        errors = {(e["id"], e["field"]): e["code"] for e in t.json("errors", "list")["errors"]}
        tap.same(errors, {(ids["small"], "numberofemployees"): "out_of_range",
                          (ids["large"], "numberofemployees"): "out_of_range", (ids["large"], "fax"): "too_long",
                          (ids["short"], "fax"): "too_short"}, "named_by_our_own_check")
        made = {c["fields"]["name"]: c["fields"] for c in s.records("hubspot/companies")}
        tap.same([(n, made[n].get("numberofemployees"), made[n].get("fax")) for n in sorted(given)],
                 [("fits", "5", "1234"), ("large", None, None), ("short", "1000", None), ("small", None, "123456")],
                 "and_the_rest_is_sent")
    finally:
        t.close()
        s.close()


record_types()
currencies()
validations()
tap.done()
