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


record_types()
tap.done()
