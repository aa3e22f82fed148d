"""The sandbox's HubSpot side on the wire, by the checklist of H24: raw HTTP, no client library.
Records, definitions, rights and quotas; how records hang together is in sandbox_hs_links.py."""
import json
import urllib.parse

import lab
from lab import Sandbox, Tap

tap = Tap()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
V = "2026-09"


class Answer(lab.Answer):
    @property
    def category(self):
        return (self.json or {}).get("category")

    @property
    def codes(self):
        return [e.get("code") for e in self.json.get("errors", [])]

    @property
    def ids(self):
        return [r["id"] for r in self.json["results"]]


class Portal:
    def __init__(self, *options):
        self.sandbox = Sandbox(*options)
        self.host = self.sandbox.at["hubspot"].removeprefix("http://")
        self.token = "pat-sandbox-0001"

    def call(self, method, path, body=None, headers=None, token=None):
        h = {"Authorization": f"Bearer {token or self.token}", **(headers or {})}
        return Answer.to(self.host, method, path, body, h)

    def at(self, rest, kind="companies", v=V):
        return f"/crm/{v}/objects/{kind}{rest}" if v[0] == "v" else f"/crm/objects/{v}/{kind}{rest}"

    def get(self, rest="", kind="companies", v=V, **query):
        return self.call("GET", self.at(rest, kind, v) +
                         ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, rest, body, kind="companies", v=V):
        return self.call("POST", self.at(rest, kind, v), body)

    def new(self, kind="companies", v=V, **properties):
        r = self.post("", {"properties": properties}, kind, v)
        return r.json["id"] if r.status == 201 else r

    def patch(self, rid, kind="companies", v=V, **properties):
        return self.call("PATCH", self.at(f"/{rid}", kind, v), {"properties": properties})

    def search(self, *filters, kind="companies", groups=None, **more):
        groups = groups or ([{"filters": list(filters)}] if filters else [])
        return self.post("/search", {"filterGroups": groups, **more}, kind)

    def control(self, path, data=None, method=None):
        return self.sandbox.call(path, data, method)

    def settings(self, **switches):
        return self.control("/hubspot/settings", switches)

    def close(self):
        self.sandbox.close()


def where(name, op, value=None, **more):
    f = {"propertyName": name, "operator": op, **more}
    return {**f, "value": value} if value is not None else f


def versions(p):
    for v in ("v3", "2026-03", "2026-09"):
        for kind in ("companies", "company", "0-2"):
            tap.same(p.get("", kind, v).status, 200, f"path_{v}_{kind}")
    tap.same([p.get("", "companies", v).status for v in ("2025-09", "v9")], [404, 404],
             "unknown_versions")
    r = p.get("", "unicorns")
    tap.ok(r.status == 400 and "unicorns" in r.json["message"], "unknown_object_type", r)
    tap.same(p.call("GET", "/nowhere").headers["Content-Type"], "text/html", "wrong_path_is_html")


def rights(p):
    r = p.call("GET", p.at(""), token="pat-none")
    tap.same((r.status, r.category), (401, "INVALID_AUTHENTICATION"), "unknown_token")
    p.control("/hubspot/tokens", {"token": "pat-reader", "scopes": ["crm.objects.companies.read"]})
    tap.same(p.call("GET", p.at(""), token="pat-reader").status, 200, "scope_is_enough")
    r = p.call("POST", p.at(""), {"properties": {"name": "x"}}, token="pat-reader")
    tap.same((r.status, r.category, r.json["context"]["requiredGranularScopes"]),
             (403, "MISSING_SCOPES", ["crm.objects.companies.write"]), "missing_scope")
    tap.same([p.call("GET", path, token="pat-reader").status for path in
              (p.at("", "contacts"), f"/crm/owners/{V}", "/crm/lists/2026-03",
               f"/crm/properties/{V}/companies",
               p.at("/1/associations/contacts"))], [403] * 5, "each_family_has_its_scope")
    r = p.call("POST", p.at("/search"), {}, token="pat-reader")
    tap.same(r.status, 200, "search_is_reading")
    p.control("/hubspot/tokens", {"token": "CJlate", "scopes": [], "expires_in": 60})
    p.sandbox.advance(102)
    r = p.call("GET", p.at(""), token="CJlate")
    tap.ok((r.status, r.category) == (401, "EXPIRED_AUTHENTICATION") and
           "expire time" in r.json["context"] and
           r.json["message"].startswith("The OAuth token used to make this call expired 42 second"),
           "expired_token", r)
    p.control("/hubspot/tokens", {"token": "pat-reader", "revoke": True}, "POST")
    tap.same(p.call("GET", p.at(""), token="pat-reader").status, 401, "revoked_token")


def oauth(p):
    def token(path="/oauth/2026-09/token", **form):
        form = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", **form}
        return p.call("POST", path, urllib.parse.urlencode(form), FORM)

    back = "https://app.example/back?x=1"
    r = p.call("GET", "/oauth/authorize?" + urllib.parse.urlencode({
        "client_id": "sandbox-client", "redirect_uri": back, "state": "s t",
        "scope": "oauth crm.objects.companies.read"}))
    to = urllib.parse.parse_qs(urllib.parse.urlparse(r.headers["Location"]).query)
    tap.ok(r.status == 302 and to["state"] == ["s t"] and to["x"] == ["1"], "authorize_redirects", r)
    code = {"grant_type": "authorization_code", "code": to["code"][0]}
    r = token(**code, redirect_uri=back + "/")
    tap.same((r.status, r.json["error"]), (400, "invalid_grant"), "redirect_uri_byte_for_byte")
    r = token(**code, redirect_uri=back)
    tap.ok(r.status == 200 and r.json["expires_in"] == 1800 and r.json["hub_id"] == 4242 and
           r.json["scopes"] == ["oauth", "crm.objects.companies.read"], "code_gives_a_token", r)
    first = r.json
    tap.same(token(**code, redirect_uri=back).status, 400, "a_code_works_once")
    tap.same([p.call("GET", p.at("", k), token=first["access_token"]).status
              for k in ("companies", "contacts")], [200, 403], "the_token_has_those_scopes")
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    r = token("/oauth/v1/token", **refresh)
    tap.ok(r.json["refresh_token"] == first["refresh_token"] and
           r.json["access_token"] != first["access_token"], "refresh", r)
    p.settings(rotate_refresh=True)
    second = token(**refresh).json
    tap.ok(second["refresh_token"] != first["refresh_token"], "refresh_rotates", second)
    r = token(**refresh)
    tap.same((r.status, r.json["status"], r.json["error"], r.json["message"]),
             (400, "BAD_REFRESH_TOKEN", "invalid_grant",
              "refresh token is invalid, expired or revoked"), "the_old_one_is_dead")
    p.settings(rotate_refresh=False)
    r = token(client_secret="no", grant_type="client_credentials")
    tap.same((r.json["status"], r.json["error"]), ("BAD_CLIENT_ID", "invalid_client"), "wrong_client")
    p.sandbox.fault("bad_hub", "hubspot")
    tap.same(token(grant_type="client_credentials").json["status"], "BAD_HUB", "bad_hub")
    tap.ok(token("/oauth/2026-03/token", grant_type="client_credentials", scope="oauth").json["access_token"],
           "client_credentials")
    ask = {"token": second["access_token"], "token_type_hint": "access_token"}
    tap.same(token("/oauth/2026-09/token/introspect", **ask).json["active"], True, "introspect")
    tap.same(token("/oauth/2026-09/token/introspect", token="pat-sandbox-0001").json["active"], False,
             "private_tokens_are_not_introspected")
    token("/oauth/2026-09/token/revoke", token=second["refresh_token"])
    tap.same((p.call("GET", p.at(""), token=second["access_token"]).status,
              token("/oauth/2026-09/token/introspect", **ask).json["active"]), (401, False), "revoke")
    r = p.call("POST", "/oauth/v2/private-apps/get/access-token-info", {"tokenKey": "pat-sandbox-0001"})
    tap.ok(r.json["hubId"] == 4242 and "crm.lists.read" in r.json["scopes"], "private_token_info", r)


def records(p):
    rid = p.new(name="Zoë & Co", domain="zoe.example")
    r = p.get(f"/{rid}", properties="phone,nonsense,name")
    tap.ok(r.json["properties"].get("phone", 0) is None and "nonsense" not in r.json["properties"] and
           r.json["properties"]["name"] == "Zoë & Co" and r.json["url"].endswith(f"/0-2/{rid}"),
           "null_is_empty_and_unknown_is_absent", r)
    tap.same(set(p.get(f"/{rid}").json["properties"]),
             {"name", "domain", "createdate", "hs_lastmodifieddate", "hs_object_id"}, "company_defaults")
    cid = p.new("contacts", email="Ann@Zoe.example")
    tap.same(set(p.get(f"/{cid}", "contacts").json["properties"]),
             {"email", "firstname", "lastname", "createdate", "lastmodifieddate", "hs_object_id"},
             "contact_defaults")
    tap.same(p.get(f"/{cid}", "contacts", properties="email,hs_email_domain,hs_lastmodifieddate")
             .json["properties"]["email"], "ann@zoe.example", "email_in_lower_case")
    r = p.post("", {"properties": {"email": "ANN@zoe.example"}}, "contacts")
    tap.same((r.status, r.category, r.json["message"]),
             (409, "CONFLICT", f"Contact already exists. Existing ID: {cid}"), "email_is_unique")
    tap.same(p.get("/ann%40zoe.example", "contacts", idProperty="email").json["id"], cid,
             "read_by_unique_property")
    tap.same(p.get("/zoe.example", idProperty="domain").status, 404, "domain_is_not_unique")
    tap.ok(p.new(name="Twin", domain="zoe.example") != rid, "same_domain_twice")
    tap.same([p.post("", {"properties": x}, k).status for k, x in
              (("companies", {"phone": "1"}), ("contacts", {"phone": "1"}))], [400, 400],
             "something_to_be_called_by")
    r = p.patch(rid, nonsense="1", industry="blue", hs_object_id="7", founded_year="1999")
    tap.same((r.status, r.codes), (400, ["PROPERTY_DOESNT_EXIST", "INVALID_OPTION", "READ_ONLY_VALUE"]),
             "every_bad_property_is_named")
    inner = json.loads(r.json["message"].removeprefix("Property values were not valid: "))
    tap.ok(inner[0]["name"] == "nonsense" and inner[0]["error"] == "PROPERTY_DOESNT_EXIST" and
           inner[0]["portalId"] == 4242 and not inner[0]["isValid"], "the_message_holds_a_list", r)
    tap.same(p.get(f"/{rid}", properties="founded_year").json["properties"]["founded_year"], None,
             "and_nothing_is_written")
    p.patch(rid, phone="+31", city="Delft")
    tap.same(p.patch(rid, phone="").json["properties"]["phone"], None, "empty_text_clears")
    tap.same([p.call("DELETE", p.at(f"/{rid}")).status for _ in range(2)], [204, 204], "archive_twice")
    r = p.get(f"/{rid}")
    tap.same((r.status, r.category), (404, "OBJECT_NOT_FOUND"), "archived_is_not_found")
    r = p.get(f"/{rid}", archived="true")
    tap.ok(r.json["archived"] and r.json["archivedAt"] >= r.json["updatedAt"], "archived_is_readable", r)
    tap.ok(rid in p.get("", archived="true", limit=100).ids and rid not in p.get("", limit=100).ids,
           "archived_list")
    tap.same(p.search(where("hs_object_id", "EQ", rid)).json["total"], 0, "archived_is_never_found")
    p.control("/hubspot/restore", {"object": "companies", "id": rid})
    tap.same(p.get(f"/{rid}").status, 200, "restored")
    tap.same(p.get("", limit=101).status, 400, "list_limit")
    tap.same(p.get("", limit=51, propertiesWithHistory="name").status, 400, "list_limit_with_history")


def history(p):
    rid = p.new(name="One")
    p.patch(rid, name="Two")
    p.control(f"/hubspot/companies/{rid}", {"name": "Three"}, "PATCH")
    def past(record):
        return [(h["value"], h["sourceType"]) for h in record["propertiesWithHistory"]["name"]]
    want = [("Three", "CRM_UI"), ("Two", "INTEGRATION"), ("One", "INTEGRATION")]
    r = p.get(f"/{rid}", propertiesWithHistory="name")
    tap.same(past(r.json), want, "history_of_a_read")
    h = r.json["propertiesWithHistory"]["name"][0]
    tap.ok(h["sourceId"] == "userId:77" and h["updatedByUserId"] == 77 and h["timestamp"][-1] == "Z",
           "history_names_the_user", h)
    body = {"inputs": [{"id": rid}], "properties": [], "propertiesWithHistory": ["name"]}
    tap.same(past(p.post("/batch/read", body).json["results"][0]), want, "history_of_a_batch")
    tap.same(p.post("/batch/read", {**body, "inputs": [{"id": rid}] * 51}).status, 400,
             "fifty_with_history")
    r = p.search(where("hs_object_id", "EQ", rid), propertiesWithHistory=["name"])
    tap.same(past(r.json["results"][0]), want, "history_of_a_search")
    r = p.get("", limit=50, propertiesWithHistory="name", after=str(int(rid) - 1))
    tap.same(past(r.json["results"][0]), want, "history_of_a_walk")


def values(p):
    rid = p.new(name="Values")
    p.call("POST", f"/crm/properties/{V}/companies", {
        "name": "since", "label": "Since", "type": "date", "fieldType": "date",
        "groupName": "companyinformation"})
    p.call("POST", f"/crm/properties/{V}/companies", {
        "name": "seen_at", "label": "Seen", "type": "datetime", "fieldType": "date",
        "groupName": "companyinformation"})
    for name, sent, want in (("annualrevenue", "1.0E7", "10000000"), ("numberofemployees", "007", "7"),
                             ("since", "1790035200000", "2026-09-22"), ("since", "2026-09-21", "2026-09-21"),
                             ("seen_at", "2026-09-21T08:15:30+00:00", "2026-09-21T08:15:30.000Z"),
                             ("is_public", True, "true"), ("web_technologies", "shopify", "shopify"),
                             ("web_technologies", ";wordpress;shopify", "shopify;wordpress")):
        r = p.patch(rid, **{name: sent})
        tap.ok(r.status == 200 and r.json["properties"][name] == want, f"value_{name}_{sent}", r)
    for name, sent, code in (("annualrevenue", "1,000", "INVALID_LONG"), ("is_public", "yes", "INVALID_OPTION"),
                             ("since", "1790000000000", "INVALID_DATE"), ("since", "21.9.2026", "INVALID_DATE"),
                             ("industry", "banking", "INVALID_OPTION"),
                             ("web_technologies", "shopify;pets", "INVALID_OPTION"),
                             ("name", "x" * 65537, "VALUE_TOO_LONG"),
                             ("num_associated_contacts", "3", "READ_ONLY_VALUE")):
        r = p.patch(rid, **{name: sent})
        tap.ok(r.status == 400 and r.codes == [code], f"refused_{name}_{sent[:20]}", r)
    tap.ok("1790000000000 is at 14:13:20 UTC, not midnight!" in
           p.patch(rid, since="1790000000000").json["message"], "midnight_message")
    r = p.patch(rid, annualrevenue="1.0E3", phone="1")
    tap.same([(w["category"], w["context"]) for w in r.json["warnings"]],
             [("PROPERTY_VALUE_NORMALIZED", {"propertyName": ["annualrevenue"], "rawValue": ["1.0E3"],
                                             "normalizedValue": ["1000"]})], "warnings_of_2026_09")
    tap.ok("warnings" not in p.patch(rid, v="2026-03", annualrevenue="2.0E3").json, "none_in_2026_03")
    p.patch(rid, lifecyclestage="opportunity")
    r = p.patch(rid, lifecyclestage="lead")
    tap.same((r.status, r.json["properties"]["lifecyclestage"]), (200, "opportunity"), "never_backward")
    p.settings(stage_rejects=True)
    tap.same(p.patch(rid, lifecyclestage="lead").status, 400, "or_rejected")
    p.settings(stage_rejects=False)
    p.patch(rid, lifecyclestage="")
    tap.same(p.patch(rid, lifecyclestage="lead").json["properties"]["lifecyclestage"], "lead",
             "cleared_first")


def required(p):
    p.settings(required=[{"object": "companies", "name": "industry"},
                         {"object": "companies", "name": "state", "when": "country", "is": "Japan"}])
    r = p.post("", {"properties": {"name": "Bare"}})
    tap.same((r.status, r.codes, r.json["message"]),
             (400, ["MISSING_REQUIRED_PROPERTY"], "The property values provided are invalid"),
             "required_in_2026_09")
    rid = p.new(v="2026-03", name="Bare")
    tap.ok(isinstance(rid, str), "not_in_2026_03", rid)
    tap.same(p.patch(rid, city="Kyoto").status, 200, "not_on_update")
    r = p.patch(rid, country="Japan")
    tap.same((r.codes, r.json["errors"][0]["message"]),
             (["MISSING_CONDITIONAL_REQUIRED_PROPERTY"],
              "state is required because of a conditional property rule based on [country]"),
             "conditional_on_update")
    tap.same(p.patch(rid, country="Japan", state="Kansai").status, 200, "conditional_met")
    p.settings(required=[])
    p.control("/hubspot/validations", {"object": "companies", "property": "phone", "rules": [
        {"rule": "MAX_LENGTH", "argument": "5"}, {"rule": "REGEX", "argument": "^[0-9]*$"}]})
    tap.same([p.patch(rid, v="v3", phone=x).status for x in ("123456", "12a", "12345")], [400, 400, 200],
             "validation_rules_in_all_versions")
    r = p.call("GET", "/crm/property-validations/2026-03/0-2")
    tap.same(r.json["results"][0]["propertyValidationRules"][0],
             {"ruleType": "MAX_LENGTH", "ruleArguments": ["5"], "shouldApplyNormalization": False},
             "validations_are_listed")


def properties(p):
    path = f"/crm/properties/{V}/companies"
    r = p.call("GET", path)
    tap.ok(200 <= len(r.json["results"]) <= 400, "as_many_properties_as_in_life", len(r.json["results"]))
    industry = next(x for x in r.json["results"] if x["name"] == "industry")
    tap.ok(len(industry["options"]) > 140 and industry["hubspotDefined"] and
           not industry["modificationMetadata"]["readOnlyValue"], "industry", industry["name"])
    new = {"name": "acme_key", "label": "Key", "type": "string", "fieldType": "text",
           "groupName": "companyinformation", "hasUniqueValue": True}
    tap.same([p.call("POST", path, {**new, **x}).status for x in
              ({"name": "Acme"}, {"label": ""}, {"groupName": "none"}, {"fieldType": "date"},
               {"type": "enumeration", "fieldType": "select"})], [400] * 5, "bad_definitions")
    tap.same(p.call("POST", path, new).json["hasUniqueValue"], True, "unique_property")
    r = p.call("POST", path, new)
    tap.same((r.status, r.category, r.json["subCategory"]),
             (409, "OBJECT_ALREADY_EXISTS", "Properties.PROPERTY_WITH_NAME_EXISTS"), "name_is_taken")
    tap.same(p.call("DELETE", path + "/acme_key").status, 204, "property_archive")
    tap.same([p.call("GET", path + "/acme_key" + x).status for x in ("", "?archived=true")], [404, 200],
             "archived_property")
    tap.same(p.call("POST", path, {**new, "label": "Other"}).json["label"], "Key", "the_old_one_comes_back")
    for i in range(9):
        p.call("POST", path, {**new, "name": f"key_{i}"})
    tap.same(p.call("POST", path, {**new, "name": "key_10"}).status, 400, "ten_unique_properties")
    tap.same(p.call("DELETE", path + "/name").status, 400, "standard_ones_stay")
    r = p.call("PATCH", path + "/acme_key", {"description": "ours"})
    tap.same((r.json["description"], r.json["label"]), ("ours", "Key"), "property_update")
    r = p.call("POST", path + "/batch/read", {"inputs": [{"name": "name"}, {"name": "nothing"}]})
    tap.same((r.status, len(r.json["results"]), r.json["numErrors"]), (207, 1, 1), "property_batch_read")
    r = p.call("POST", path + "/groups", {"name": "acme", "label": "Acme"})
    tap.same((r.status, p.call("POST", path + "/groups", {"name": "acme", "label": "Acme"}).status),
             (201, 409), "groups")
    tap.same((p.call("DELETE", path + "/groups/companyinformation").json["subCategory"],
              p.call("DELETE", path + "/groups/acme").status),
             ("PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES", 204), "only_empty_groups_go")


def batches(p):
    def trace(n, **properties):
        return {"properties": properties, "objectWriteTraceId": f"t{n}"}

    total = p.search().json["total"]
    r = p.post("/batch/create", {"inputs": [{"properties": {"name": "Good"}},
                                            {"properties": {"industry": "blue", "name": "Bad"}}]})
    tap.same((r.status, r.codes, p.search().json["total"]), (400, ["INVALID_OPTION"], total),
             "without_trace_ids_all_or_none")
    r = p.post("/batch/create", {"inputs": [trace(1, name="Good"), trace(2, name="Bad", industry="blue")]})
    bad = r.json["errors"][0]
    tap.ok(r.status == 207 and r.json["numErrors"] == 1 and
           r.json["results"][0]["objectWriteTraceId"] == "t1" and
           bad["context"]["objectWriteTraceId"] == ["t2"] and
           bad["errors"][0]["context"]["propertyName"] == ["industry"], "with_them_one_by_one", r)
    p.settings(errors_in_200=True)
    r = p.post("/batch/create", {"inputs": [trace(1, name="Good"), trace(2, industry="blue")]})
    tap.same((r.status, r.json["numErrors"]), (201, 1), "or_in_a_201")
    p.settings(errors_in_200=False, some_written=True)
    total = p.search().json["total"]
    r = p.post("/batch/create", {"inputs": [{"properties": {"name": "Good"}},
                                            {"properties": {"industry": "blue", "name": "Bad"}}]})
    tap.same((r.status, p.search().json["total"]), (400, total + 1), "or_some_were_written")
    p.settings(some_written=False)
    key = {"idProperty": "acme_key"}
    r = p.post("/batch/upsert", {"inputs": [{**key, "id": k, "properties": {"name": k}} for k in "AB"]})
    tap.same([x["new"] for x in r.json["results"]], [True, True], "upsert_creates")
    a, b = r.ids
    r = p.post("/batch/upsert", {"inputs": [{**key, "id": k, "properties": {"name": "x" + k}} for k in "aC"]})
    tap.same([(x["new"], x["id"] == a) for x in r.json["results"]], [(False, True), (True, False)],
             "upsert_finds")
    r = p.post("/batch/upsert", {"inputs": [{"idProperty": "domain", "id": "x.example", "properties": {}}]})
    tap.same((r.status, r.json["message"]),
             (400, "Unable to perform update/upsert by non-unique 0-2 property domain"), "upsert_by_domain")
    r = p.post("/batch/update", {"inputs": [{"id": a, "properties": {"acme_key": "B"}}]})
    tap.same((r.status, r.json["context"]["existingId"]), (409, [b]), "a_taken_value_names_its_record")
    r = p.post("/batch/update", {"inputs": [{"id": a, "properties": {}}] * 2})
    tap.same((r.status, r.json["message"], r.json["context"]["ids"]),
             (400, f"Duplicate IDs found in batch input: [{a}]. IDs must be unique", [a]), "twice_the_same")
    tap.same(p.post("/batch/update", {"inputs": [{"id": a, "idProperty": "hs_object_id", "properties": {}}]})
             .status, 400, "hs_object_id_is_no_id_property")
    tap.same(p.post("/batch/create", {"inputs": [{"properties": {"name": "n"}}] * 101}).status, 400,
             "a_hundred_inputs")
    r = p.post("/batch/read", {"inputs": [{"id": a}, {"id": "17"}, {"id": int(b)}], "properties": ["name"]})
    tap.ok(r.status == 207 and r.ids == [a, b] and r.json["errors"][0]["context"]["ids"] == ["17"] and
           "COMPANY" in r.json["errors"][0]["message"], "missing_ids_in_one_entry", r)
    r = p.post("/batch/read", {**key, "inputs": [{"id": "B"}], "properties": ["name"]})
    tap.same(r.ids, [b], "read_by_key")
    r = p.post("/batch/create", {"inputs": [{"properties": {"name": f"d{i}", "acme_key": "D"}}
                                            for i in range(2)]})
    tap.same((r.status, p.search(where("acme_key", "EQ", "D")).json["total"]), (409, 0),
             "two_that_want_one_value")
    p.settings(shuffle=True)
    inputs = [trace(i, name=f"s{i}") for i in range(20)]
    r = p.post("/batch/create", {"inputs": inputs})
    got = [x["objectWriteTraceId"] for x in r.json["results"]]
    tap.ok(sorted(got) == sorted(f"t{i}" for i in range(20)) and got != [f"t{i}" for i in range(20)],
           "results_in_any_order", got)
    p.settings(shuffle=False)
    tap.same(p.post("/batch/archive", {"inputs": [{"id": b}, {"id": "1"}]}).status, 204, "batch_archive")
    tap.same(p.post("/batch/read", {"inputs": [{"id": b}], "properties": []}).json["numErrors"], 1,
             "and_it_is_gone")
    r = p.post("/batch/upsert", {"inputs": [
        {"idProperty": "email", "id": "up@b.example", "properties": {"firstname": "Up"},
         "objectWriteTraceId": "1"},
        {"idProperty": "email", "id": "nonsense", "properties": {}, "objectWriteTraceId": "2"}]}, "contacts")
    tap.same((r.status, p.search(where("email", "EQ", "up@b.example"), kind="contacts").json["total"]),
             (400, 0), "upsert_by_email_is_all_or_none")


def searches(p):
    ids = [p.new(name=n, domain=d, city=c) for n, d, c in
           (("Söder Öl", "soeder.example", "Malmö"), ("North Wind", "north-wind.example", "Zwolle"),
            ("North", "www.north.example", "zwolle"), ("Bare bones", "", "Ghent"))]
    for name, filters, want in (
            ("eq_ignores_case", [where("city", "EQ", "ZWOLLE")], [1, 2]),
            ("neq_skips_empty", [where("domain", "NEQ", "soeder.example"),
                                 where("city", "IN", values=["zwolle", "ghent"])], [1, 2]),
            ("in_wants_lower_case", [where("city", "IN", values=["Zwolle"])], []),
            ("in", [where("city", "IN", values=["zwolle"])], [1, 2]),
            ("token_is_a_word", [where("name", "CONTAINS_TOKEN", "north"),
                                 where("city", "EQ", "zwolle")], [1, 2]),
            ("token_is_no_part", [where("name", "CONTAINS_TOKEN", "nort")], []),
            ("token_with_star", [where("name", "CONTAINS_TOKEN", "nort*"), where("city", "EQ", "zwolle")], [1, 2]),
            ("host_is_one_word", [where("domain", "CONTAINS_TOKEN", "north.example")], []),
            ("star_before", [where("domain", "CONTAINS_TOKEN", "*north.example")], [2]),
            ("has_not", [where("domain", "NOT_HAS_PROPERTY"), where("city", "EQ", "Ghent")], [3]),
            ("by_domain", [where("domain", "EQ", "Soeder.Example")], [0]),
            ("between", [where("hs_object_id", "BETWEEN", ids[0], highValue=ids[1])], [0, 1])):
        r = p.search(*filters, limit=200)
        tap.same([ids.index(i) for i in r.ids if i in ids], want, "search_" + name)
    bare = [where("createdate", "GTE", "1"), where("acme_key", "NOT_HAS_PROPERTY")]
    lacking = []
    for value in ("search-a", "", "search-b"):
        p.patch(ids[1], acme_key=value)
        lacking.append([i in p.search(*bare, limit=200).ids for i in ids[:2]])
    tap.same(lacking, [[True, False], [True, True], [True, False]], "search_has_not_of_a_unique_property")
    r = p.search(groups=[{"filters": [where("city", "EQ", "Ghent")]},
                         {"filters": [where("city", "EQ", "malmö")]}])
    tap.ok({ids[0], ids[3]} <= set(r.ids), "search_or", r)
    r = p.search(where("city", "EQ", "zwolle"), sorts=["-name"], properties=["name"])
    tap.same([x["properties"]["name"] for x in r.json["results"]], ["North Wind", "North"], "sort_descending")
    tap.same(p.search(query="bare bones").ids, [ids[3]], "free_text")
    tap.same([p.search(limit=200, after="9801").status, p.search(limit=201).status,
              p.search(where("nonsense", "EQ", "1")).status, p.search(where("name", "LIKE", "1")).status,
              p.search(groups=[{"filters": []}] * 6).status,
              p.search(groups=[{"filters": [where("name", "EQ", "x")] * 11}]).status], [400] * 6,
             "search_refuses")
    since = p.get(f"/{ids[0]}").json["updatedAt"]
    sort = [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
    p.patch(ids[0], phone="0")
    r = p.search(where("hs_lastmodifieddate", "GTE", since), sorts=sort, limit=200)
    tap.ok(r.ids[-1] == ids[0] and set(ids) == set(r.ids), "what_changed_in_order", r.ids)
    p.control("/settings", {"index_lag_ms": 60000})
    p.sandbox.advance(3600)
    p.patch(ids[0], phone="1")
    late = p.new(name="Late")
    r = p.search(where("hs_object_id", "EQ", ids[0]), properties=["phone"])
    tap.same((r.json["results"][0]["properties"]["phone"], p.get(f"/{ids[0]}", properties="phone")
              .json["properties"]["phone"]), ("0", "1"), "the_index_knows_the_older_one")
    tap.same(p.search(where("hs_object_id", "EQ", late)).json["total"], 0, "and_not_the_new_record")
    p.sandbox.advance(61)
    r = p.search(where("hs_object_id", "IN", values=[ids[0], late]), properties=["phone"])
    tap.same((r.json["total"], r.json["results"][0]["properties"]["phone"]), (2, "1"), "a_minute_later")
    p.sandbox.advance(3600)
    p.control("/settings", {"index_spread": True})
    many = p.post("/batch/create", {"inputs": [{"properties": {"name": f"spread {i}"}} for i in range(60)]}).ids
    p.sandbox.advance(30)
    seen = p.search(where("name", "CONTAINS_TOKEN", "spread"), limit=200).ids
    tap.ok(10 < len(seen) < 50 and set(seen) < set(many), "each_record_has_its_own_lag", len(seen))
    p.control("/settings", {"index_lag_ms": 0, "index_spread": False})
    r = p.search(where("hs_lastmodifieddate", "GTE", "0"))
    tap.same((r.status, p.search(where("hs_lastmodifieddate", "GTE", "1")).status), (500, 200), "ms_0_is_a_500")


def races(p):
    rid = p.new(name="Ours", phone="1")
    p.control("/hubspot/intrusions", {"object": "companies", "id": rid,
                                      "properties": {"name": "Theirs", "city": "Delft"}})
    tap.same(p.get(f"/{rid}", properties="name").json["properties"]["name"], "Ours", "not_yet")
    p.patch(rid, name="Ours again")
    v = p.get(f"/{rid}", propertiesWithHistory="name,city").json
    tap.same((v["properties"]["city"], [h["value"] for h in v["propertiesWithHistory"]["name"]]),
             ("Delft", ["Ours again", "Theirs", "Ours"]), "somebody_was_quicker")


def oddities():
    p = Portal("--companies", "3")
    try:
        p.settings(large_ids=True, quirks=True)
        r = p.get("")
        tap.ok(all(isinstance(x["id"], int) and x["id"] > 2 ** 53 for x in r.json["results"]) and
               "." not in r.json["results"][0]["createdAt"] and "unheardOf" in r.json["results"][0],
               "large_ids_as_numbers_and_unknown_members", r)
        ids = [str(x) for x in r.ids]
        tap.same([str(x) for x in p.get("", after=ids[0]).ids], ids[1:], "a_walk_over_large_ids")
        tap.same([str(x) for x in p.search(where("hs_object_id", "GT", ids[1])).ids], ids[2:],
                 "a_search_by_large_ids")
    finally:
        p.close()


def quotas():
    p = Portal("--limits", "real", "--frozen")
    try:
        codes = [p.get("") for _ in range(191)]
        tap.same([r.status for r in codes[:190]], [200] * 190, "the_burst_is_190")
        first, last = codes[0], codes[-1]
        tap.same([first.headers[h] for h in ("X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Max",
                                             "X-HubSpot-RateLimit-Remaining",
                                             "X-HubSpot-RateLimit-Interval-Milliseconds")],
                 ["1000000", "190", "189", "10000"], "rate_headers")
        tap.same((last.status, last.json["policyName"], last.json["errorType"], last.headers["Retry-After"]),
                 (429, "TEN_SECONDLY_ROLLING", "RATE_LIMIT", None), "then_429")
        r = [p.search() for _ in range(6)]
        tap.same([x.status for x in r], [200] * 5 + [429], "search_has_its_own_five")
        tap.same((r[5].json["policyName"], r[0].headers["X-HubSpot-RateLimit-Max"]), ("SECONDLY", None),
                 "search_has_no_headers")
        p.sandbox.advance(10)
        tap.same(p.get("").status, 200, "ten_seconds_later")
        token = p.call("POST", "/oauth/v1/token", "grant_type=client_credentials&client_id=sandbox-client"
                       "&client_secret=sandbox-secret", FORM).json["access_token"]
        r = p.call("GET", p.at(""), token=token)
        tap.same((r.headers["X-HubSpot-RateLimit-Max"], r.headers["X-HubSpot-RateLimit-Daily"]), ("110", None),
                 "an_app_has_110_and_no_day")
        p.control("/quotas", {"hubspot_daily": 200})
        p.sandbox.advance(20)
        r = [p.get("") for _ in range(10)][-1]
        tap.same((r.status, r.json["policyName"]), (429, "DAILY"), "the_day_ends")
        usage = p.call("GET", f"/account-info/{V}/api-usage/daily/private-apps", token=token).json["results"][0]
        tap.same((usage["usageLimit"], usage["currentUsage"] >= 200), (200, True), "usage")
        p.sandbox.advance(86400)
        tap.same(p.get("").status, 200, "midnight_in_the_portal")
        account = p.call("GET", f"/account-info/{V}/details").json
        tap.same((account["portalId"], account["timeZone"]), (4242, "Europe/Amsterdam"), "account")
    finally:
        p.close()


def weather(p):
    def once(name):
        p.sandbox.fault(name, "hubspot")
        return p.get("")

    tap.same([once(f"http{n}").status for n in (423, 477, 504, 524)], [423, 477, 504, 524], "other_weather")
    p.sandbox.fault("http477", "hubspot")
    tap.ok(int(p.get("").headers["Retry-After"]) > 0, "moving_portals_say_when")
    p.settings(uri_max=500)
    tap.same(p.get("", properties="x" * 500).status, 414, "a_long_uri")
    p.settings(uri_max=16384)
    p.sandbox.fault("expired", "hubspot", "/companies")
    tap.same([p.get("").status, p.get("").status], [401, 200], "expired_in_the_middle")


def main():
    portal = Portal()
    try:
        for part in (versions, rights, oauth, records, history, values, required, properties, batches,
                     searches, weather, races):
            part(portal)
    finally:
        portal.close()
    oddities()
    quotas()
    tap.done()


if __name__ == "__main__":
    main()
