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
        return result, account and s.fields("salesforce/accounts", account).get("RecordTypeId")

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


def many_of_a_record_type():
    """S6.10: more creates than a bulk job begins at, each with its record type, whatever way they go."""
    s = Sandbox("--limits", "off", "--seed", "3")
    t = Tandem(s)
    many = 2050
    try:
        kind = s.call("/salesforce/record_types", {"developer_name": "Partner", "name": "Partner"}, "POST")["id"]
        t.json("settings", "set", "company_sync", "on")
        t.json("settings", "set", "record_type", "Partner")
        made = [s.call("/hubspot/companies", {"name": f"Company {i}"}, "POST")["id"] for i in range(many)]
        number = str(s.call("/hubspot/lists", {"name": "L", "object": "companies"}, "POST")["id"])
        s.call(f"/hubspot/lists/{number}", {"add": made}, "POST")
        s.advance(60)
        r = t.json("resync", "--list", number)
        tap.same((r["salesforce"]["created"], r["errors"]), (many, 0), "more_than_two_thousand_accounts_are_made")
        kinds = [a["fields"].get("RecordTypeId") for a in s.records("salesforce/accounts")]
        tap.same(kinds, [kind] * many, "each_with_the_record_type_chosen")
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
        return company, s.fields("hubspot/companies", company).get("annualrevenue")

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
        tap.same(s.fields("hubspot/companies", company).get("numberofemployees"), "7",
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
        tap.same(s.fields("salesforce/accounts", made).get("AnnualRevenue"), "500",
                 "a_new_account_gets_its_amount_once_its_currency_is_read")
    finally:
        t.close()
        s.close()


def rates():
    """S6.9: a mapping that names a rate source carries amounts of other currencies over, both ways, and none bounces."""
    s = Sandbox("--limits", "off", "--seed", "3")
    t = Tandem(s)

    def amount(record, of="salesforce/accounts"):
        return s.call(f"/{of}/{record}")["fields"].get("AnnualRevenue" if of[0] == "s" else "annualrevenue")

    def account(name, **values):
        return s.call("/salesforce/accounts", {"Name": name, **values}, "POST")["id"]

    def sync():
        r = t.json("sync")
        return r["hubspot"]["updated"], r["salesforce"]["updated"], r["errors"]

    def company_of(record):
        return t.json("explain", record)["partner"]

    def now(**rate):
        codes = ["EUR", "USD", "JPY"]
        s.call("/salesforce/currencies", {"codes": codes, "corporate": "EUR", "rates": {"EUR": 1, **rate}}, "POST")

    try:
        result = t.run("mapping", "change", "AnnualRevenue", "--rate", "salesforce")
        tap.ok(result.code == 64 and "the org has one currency" in result.err, "with_one_currency_there_is_no_rate", result)
        s.call("/salesforce/currencies", {"codes": ["USD", "GBP"], "corporate": "USD"}, "POST")
        result = t.run("mapping", "change", "AnnualRevenue", "--rate", "salesforce")
        tap.ok(result.code == 64 and "no rate of EUR" in result.err, "nor_without_one_of_the_portals_currency", result)
        now(USD="1.1", JPY="150")
        result = t.run("mapping", "change", "Phone", "--rate", "salesforce")
        tap.ok(result.code == 64 and "amounts of money" in result.err, "nor_for_what_is_no_amount", result)
        t.json("mapping", "change", "AnnualRevenue", "--rule", "two_way", "--rate", "salesforce")
        tap.ok("rate: salesforce" in t.run("mapping", "show", "AnnualRevenue").out, "it_stands_in_the_mapping")

        euro = account("Euro", AnnualRevenue=1000)
        dollar = account("Dollar", AnnualRevenue=1000, CurrencyIsoCode="USD")
        yen = account("Yen", AnnualRevenue=100000, CurrencyIsoCode="JPY")
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        companies = [company_of(a) for a in (euro, dollar, yen)]
        amounts = lambda: [amount(c, "hubspot/companies") for c in companies]
        tap.same(amounts(), ["1000", "909", "667"], "amounts_go_over_at_the_rate")
        tap.same(sync(), (0, 0, 0), "and_do_not_come_back")
        s.call(f"/hubspot/companies/{companies[1]}", {"annualrevenue": "2000"}, "PATCH")
        s.call(f"/hubspot/companies/{companies[2]}", {"annualrevenue": "1.5"}, "PATCH")
        tap.same((sync(), amount(dollar), amount(yen)), ((0, 2, 0), "2200", "225"), "and_the_other_way")
        tap.same((sync(), amounts()), ((0, 0, 0), ["1000", "2000", "1.5"]), "what_one_side_rounds_does_not_bounce")
        s.advance(60)
        tap.same(t.json("verify")["salesforce"]["equal"], 3, "verify_finds_them_equal")
        explained = {m["salesforce"]: m for m in t.json("explain", dollar)["mappings"]}
        tap.same(explained["AnnualRevenue"]["state"], "in_step", "and_so_does_explain_without_the_services")

        # a new rate moves nothing by itself; the next edit goes over at it, a backfill brings the rest
        now(USD="1.25", JPY="150")
        tap.same((sync(), amounts()), ((0, 0, 0), ["1000", "2000", "1.5"]), "a_new_rate_moves_nothing_by_itself")
        s.call(f"/salesforce/accounts/{dollar}", {"AnnualRevenue": 3000}, "PATCH")
        tap.same((sync(), amounts()[1]), ((1, 0, 0), "2400"), "the_next_edit_goes_over_at_it")
        now(USD="1", JPY="150")
        r = t.json("mapping", "backfill", "AnnualRevenue", "--direction", "to-hubspot", "--yes")["backfill"]
        tap.same((r["written"], amounts()), (1, ["1000", "3000", "1.5"]), "and_a_backfill_brings_the_rest_over")

        # a currency that has no rate is held and says so
        s.call("/salesforce/currencies", {"codes": ["EUR", "USD", "JPY", "CHF"], "corporate": "EUR",
                                          "rates": {"CHF": "0"}}, "POST")
        franc = account("Franc", AnnualRevenue=5, CurrencyIsoCode="CHF")
        t.run("resync", franc)
        told = t.run("explain", franc).out
        tap.ok(amount(company_of(franc), "hubspot/companies") is None and
               "held: the account's currency is CHF, the portal's EUR, and the org has no rate for both" in told,
               "without_a_rate_it_is_held_and_says_so", told)
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


def rules_of_the_portal():
    """S6.2, H9.12: what certainly breaks a rule is named with field, value and rule before it is sent; the rest is HubSpot's."""
    s = Sandbox("--limits", "off", "--seed", "3")
    t = Tandem(s)
    pairs = {"Code__c": ("string", "code", "string/text"), "Mail__c": ("string", "mail", "string/text"),
             "Link__c": ("string", "link", "string/text"), "Since__c": ("date", "since", "date/date"),
             "Rate__c": ("double", "rate", "number/number"), "Free__c": ("string", "free", "string/text")}
    rules = {"code": [("REGEX", ["^[A-Z]{2}\\d+$", "Two letters and digits"]), ("FORMAT", ["UPPER"])],
             "mail": [("EMAIL", []), ("EMAIL_BLOCKED_DOMAINS", ["evil.example"])],
             "link": [("URL", []), ("URL_ALLOWED_DOMAINS", ["acme.example"])],
             "since": [("START_DATE", ["1640995200000"]), ("DAYS_OF_WEEK", ["MONDAY", "TUESDAY"])],
             "rate": [("DECIMAL", ["1"])], "free": [("SPECIAL_CHARACTERS", ["NOT_ALLOWED"])]}
    good = {"Code__c": "AB12", "Mail__c": "a@acme.example", "Link__c": "https://acme.example/x", "Since__c": "2026-11-23",
            "Rate__c": 1.5, "Free__c": "a-b"}
    bad = {"Code__c": "AB", "Mail__c": "a@evil.example", "Link__c": "https://evil.example", "Since__c": "2026-11-25",
           "Rate__c": 1.25, "Free__c": "a-b"}
    odd = {"Code__c": "ab12", "Mail__c": "nobody", "Link__c": "acme.example", "Since__c": "2021-12-27", "Rate__c": 2,
           "Free__c": "!"}
    try:
        for field, (kind, name, of) in pairs.items():
            s.call("/salesforce/fields", {"field": field, "type": kind, "label": field, "scale": 2}, "POST")
            s.property(name, of, name)
            s.call("/hubspot/validations", {"object": "companies", "property": name, "rules": [
                {"rule": r, "arguments": a} for r, a in rules[name]]}, "POST")
        for field, (_, name, _) in pairs.items():
            t.json("mapping", "add", field, name)
        t.json("settings", "set", "company_sync", "on")
        ids = {n: s.call("/salesforce/accounts", {"Name": n, **v}, "POST")["id"]
               for n, v in (("good", good), ("bad", bad), ("odd", odd))}
        t.run("import", "accounts", "--yes")
        errors = {(e["id"], e["field"]): e for e in t.json("errors", "list")["errors"]}
        broken = {(ids["bad"], n): "validation_rule" for n in ("code", "mail", "link", "since", "rate")}
        broken.update({(ids["odd"], n): "validation_rule" for n in ("code", "mail", "since")})
        broken[ids["odd"], "link"] = "INVALID_CUSTOM_PROPERTY_VALIDATION"  # HubSpot says what a URL is
        tap.same({k: e["code"] for k, e in errors.items()}, broken, "a_broken_rule_is_known_before_it_is_sent")
        e = errors[ids["bad"], "since"]
        tap.ok("since" in e["message"] and "2026-11-25" in e["message"] and "DAYS_OF_WEEK (MONDAY)" in e["message"],
               "with_field_value_and_rule", e)
        tap.ok("Two letters and digits" in errors[ids["bad"], "code"]["remedy"], "and_the_portals_own_words",
               errors[ids["bad"], "code"])
        made = {c["fields"]["name"]: c["fields"] for c in s.records("hubspot/companies")}
        names = [n for _, n, _ in pairs.values()]
        tap.same([[made[x].get(n) for n in names] for x in ("good", "bad", "odd")],
                 [["AB12", "a@acme.example", "https://acme.example/x", "2026-11-23", "1.5", "a-b"],
                  [None, None, None, None, None, "a-b"], [None, None, None, None, "2", "!"]], "what_keeps_them_is_sent")
    finally:
        t.close()
        s.close()


record_types()
many_of_a_record_type()
currencies()
rates()
validations()
rules_of_the_portal()
tap.done()
