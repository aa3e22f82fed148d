"""The sandbox's Salesforce side on the wire, by the checklist of SF 18: raw HTTP, no client library."""
import concurrent.futures
import datetime
import http.client
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.parse

import lab
from lab import DATA, Sandbox, Tap

tap = Tap()
DATA_PATH = "/services/data/v66.0"
SET = "0PS5e0000000001GAA"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Answer(lab.Answer):
    @property
    def text(self):
        return self.raw.decode()

    @property
    def code(self):
        first = self.json[0] if isinstance(self.json, list) and self.json else self.json or {}
        return first.get("errorCode") or first.get("error") if isinstance(first, dict) else None


class Org:
    """A session with the sandbox's org; paths without a leading slash are below the version."""

    def __init__(self, *options):
        self.sandbox = Sandbox(*options)
        self.host = self.sandbox.at["salesforce"].removeprefix("http://")
        self.token = None
        self.token = self.login().json["access_token"]

    def login(self, **form):
        form = form or {"grant_type": "client_credentials", "client_id": "sandbox-client",
                        "client_secret": "sandbox-secret"}
        return self.call("POST", "/services/oauth2/token", urllib.parse.urlencode(form), FORM)

    def call(self, method, path, body=None, headers=None, token=None):
        path = path if path.startswith("/") else f"{DATA_PATH}/{path}"
        h = {"Authorization": f"Bearer {token or self.token}"} if token or self.token else {}
        return Answer.to(self.host, method, path, body, {**h, **(headers or {})})

    def get(self, path, **headers):
        return self.call("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def query(self, soql, all_rows=False):
        return self.get(f"{'queryAll' if all_rows else 'query'}?q={urllib.parse.quote(soql)}")

    def rows(self, soql, all_rows=False):
        return [{k: v for k, v in r.items() if k != "attributes"}
                for r in self.query(soql, all_rows).json["records"]]

    def new(self, name, **fields):
        return self.call("POST", "sobjects/Account", {"Name": name, **fields}).json["id"]

    def control(self, path, data=None, method=None):
        return self.sandbox.call(path, data, method)

    def make_key(self):
        self.call("POST", "tooling/sobjects/CustomField", {
            "FullName": "Account.Key__c",
            "Metadata": {"type": "Text", "label": "Key", "length": 64, "externalId": True,
                         "unique": True, "caseSensitive": False}})
        self.call("POST", "sobjects/FieldPermissions", {
            "ParentId": SET, "SobjectType": "Account", "Field": "Account.Key__c",
            "PermissionsRead": True, "PermissionsEdit": True})

    def window(self, before=10, after=2):
        now = datetime.datetime.fromtimestamp(self.control("/clock")["now_ms"] / 1000,
                                              datetime.timezone.utc)
        at = [(now + datetime.timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
              for m in (-before, after)]
        return f"start={urllib.parse.quote(at[0])}&end={urllib.parse.quote(at[1])}"

    def close(self):
        self.sandbox.close()


def oauth(org):
    r = org.login()
    tap.ok(r.status == 200 and r.json["instance_url"] == org.sandbox.at["salesforce"] and
           "expires_in" not in r.json and "!" in r.json["access_token"], "client_credentials", r)
    r = org.login(grant_type="client_credentials", client_id="sandbox-client", client_secret="no")
    tap.same((r.status, r.json["error"]), (401, "invalid_client"), "wrong_secret")
    tap.same(org.login(grant_type="password").json["error"], "unsupported_grant_type", "no_passwords")
    form = {"grant_type": "refresh_token", "client_id": "sandbox-client",
            "refresh_token": "sandbox-refresh"}
    tap.same(org.login(**form).status, 200, "refresh_token")
    org.control("/salesforce/settings", {"rotate_refresh": True})
    first = org.login(**form).json
    tap.same(org.login(**form).json["error_description"], "expired access/refresh token",
             "rotated_refresh_token_is_dead")
    second = org.login(**{**form, "refresh_token": first["refresh_token"]})
    tap.same((second.status, org.call("GET", "limits", token=first["access_token"]).status),
             (200, 401), "rotation_ends_the_session_before")
    for word in ("Bearer", "OAuth"):
        r = org.call("GET", "limits", headers={"Authorization": f"{word} {org.token}"})
        tap.same(r.status, 200, f"authorization_{word.lower()}")
    r = org.call("GET", "limits", token="stale")
    tap.same((r.status, r.json), (401, [{"message": "Session expired or invalid",
                                         "errorCode": "INVALID_SESSION_ID"}]), "dead_session")
    token = org.login().json["access_token"]
    r = org.call("POST", "/services/oauth2/revoke", f"token={urllib.parse.quote(token)}", FORM)
    tap.same((r.status, org.call("GET", "limits", token=token).status), (200, 401), "revoke")
    tap.same(org.get("/services/oauth2/userinfo").json["preferred_username"],
             "tandem@sandbox.example", "userinfo")
    r = org.call("POST", "/services/oauth2/introspect", urllib.parse.urlencode(
        {"token": org.token, "client_id": "sandbox-client", "client_secret": "sandbox-secret"}), FORM)
    tap.ok(r.json["active"] and r.json["username"] == "tandem@sandbox.example", "introspect", r)


def jwt(org):
    def b64(data):
        return subprocess.run(["openssl", "base64", "-A"], input=data, capture_output=True,
                              check=True).stdout.decode().replace("+", "-").replace("/", "_").rstrip("=")

    with tempfile.TemporaryDirectory() as folder:
        key, cert = os.path.join(folder, "key"), os.path.join(folder, "cert")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", cert, "-subj", "/CN=test", "-days", "2"], check=True,
                       capture_output=True)

        def assertion(**claims):
            claims = {"iss": "sandbox-client", "sub": "tandem@sandbox.example",
                      "aud": "https://login.salesforce.com", "exp": int(time.time()) + 180, **claims}
            text = b64(b'{"alg":"RS256"}') + "." + b64(json.dumps(claims).encode())
            sign = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(),
                                  capture_output=True, check=True).stdout
            return org.login(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
                             assertion=text + "." + b64(sign))

        tap.same(assertion().json["error"], "invalid_grant", "jwt_without_a_certificate")
        host = org.sandbox.at["control"].removeprefix("http://")
        c = http.client.HTTPConnection(host)
        c.request("POST", "/salesforce/certificates", open(cert, "rb").read())
        c.getresponse().read()
        r = assertion()
        tap.ok(r.status == 200 and "refresh_token" not in r.json, "jwt_bearer", r)
        tap.same(assertion(exp=int(time.time() * 1000)).status, 200, "jwt_in_milliseconds")
        for name, claims, text in (
                ("jwt_expired", {"exp": int(time.time()) - 5}, "invalid assertion"),
                ("jwt_audience", {"aud": "https://elsewhere.example"}, "audience is invalid"),
                ("jwt_user", {"sub": "x@y.example"}, "user hasn't approved this consumer")):
            r = assertion(**claims)
            tap.same((r.status, r.json.get("error_description")), (400, text), name)
        tap.same((lambda r: (r.status, r.json))(assertion(iss="another-client")),
                 (400, {"error": "invalid_client_id", "error_description": "client identifier invalid"}),
                 "jwt_client")


def shapes(org):
    r = org.call("GET", "/services/data", token="none")
    tap.ok({"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"} in r.json and
           "Sforce-Limit-Info" not in r.headers, "versions_need_no_session", r)
    tap.ok("/id/" in org.get("").json["identity"] and org.get("//services/data/v66.0/").status == 200,
           "resources_with_slashes_around")
    tap.same((org.get("/services/data/v30.0/limits").status, org.get("/services/data/v99.0/limits").status),
             (410, 404), "retired_and_unknown_versions")
    a, b = (int(re.match(r"api-usage=(\d+)/", org.get("limits").headers["Sforce-Limit-Info"])[1])
            for _ in range(2))
    tap.same(b - a, 1, "limit_info_counts")
    r = org.get("limits")
    tap.same(r.headers["Content-Type"], "application/json;charset=UTF-8", "content_type")
    tap.same(org.call("POST", "sobjects/Account", "{nonsense").code, "JSON_PARSER_ERROR", "broken_json")
    tap.same(org.get("sobjects/Nothing").code, "NOT_FOUND", "unknown_object")
    tap.same(org.call("DELETE", "query?q=x").status, 405, "method_not_allowed")
    tap.same(org.get("query?q=" + "x" * 17000).status, 414, "uri_too_long")
    c = http.client.HTTPConnection(org.host)
    c.request("POST", f"{DATA_PATH}/sobjects/Account", iter([b'{"Name":', b'"Chunked"}']),
              {"Authorization": "Bearer " + org.token, "Content-Type": "application/json"},
              encode_chunked=True)
    tap.same(Answer(c.getresponse()).status, 201, "chunked_request")
    r = org.get("sobjects/Account/describe", Accept_Encoding="gzip")
    tap.ok(r.headers["Content-Encoding"] == "gzip" and r.json["name"] == "Account", "gzip")


def describing(org):
    r = org.get("sobjects/Account/describe")
    fields = {f["name"]: f for f in r.json["fields"]}
    tap.same([fields[n]["length"] for n in ("Name", "BillingCity", "AccountNumber", "Description")],
             [255, 40, 40, 32000], "lengths")
    tap.ok(not fields["Name"]["nillable"] and not fields["Description"]["filterable"] and
           fields["CleanStatus"]["restrictedPicklist"] and not fields["Industry"]["restrictedPicklist"] and
           fields["BillingCity"]["compoundFieldName"] == "BillingAddress" and
           fields["OwnerId"]["referenceTo"] == ["User"], "field_properties", fields["Name"])
    tap.same(org.get("sobjects/Account/describe", If_Modified_Since=r.headers["Last-Modified"]).status,
             304, "describe_not_modified")
    tap.same(sorted(o["name"] for o in org.get("sobjects").json["sobjects"])[:3],
             ["Account", "Case", "Contact"], "describe_global")
    made = org.call("POST", "tooling/sobjects/CustomField", {
        "FullName": "Account.Seen__c", "Metadata": {"type": "Text", "label": "S", "length": 20}})
    tap.same(made.status, 201, "custom_field_is_made")
    tap.ok("Seen__c" not in org.get("sobjects/Account/describe").text and
           org.call("POST", "sobjects/Account", {"Name": "x", "Seen__c": "1"}).code == "INVALID_FIELD" and
           org.query("SELECT Seen__c FROM Account").code == "INVALID_FIELD", "and_is_invisible")
    org.call("POST", "sobjects/FieldPermissions", {
        "ParentId": SET, "SobjectType": "Account", "Field": "Account.Seen__c",
        "PermissionsRead": True, "PermissionsEdit": True})
    tap.ok("Seen__c" in org.get("sobjects/Account/describe").text and
           org.call("POST", "sobjects/Account", {"Name": "x", "Seen__c": "1"}).status == 201,
           "until_permission_is_given")
    org.control("/salesforce/fields", {"field": "Phone", "read": False})
    tap.ok(org.query("SELECT Phone FROM Account").code == "INVALID_FIELD" and
           '"Phone"' not in org.get("sobjects/Account/describe").text, "field_level_security")
    org.control("/salesforce/fields", {"field": "Phone", "read": True})


def rows(org):
    account = org.new("  Acme  ", Website="", NumberOfEmployees=12, AnnualRevenue="1.0E7")
    path = f"sobjects/Account/{account}"
    r = org.get(path + "?fields=Name,Website,AnnualRevenue,NumberOfEmployees,CreatedDate,BillingAddress")
    tap.same((r.json["Name"], r.json["Website"], r.json["NumberOfEmployees"], r.json["BillingAddress"]),
             ("Acme", None, 12, None), "trimmed_and_empty_to_null")
    tap.ok('"AnnualRevenue":1.0E7' in r.text and
           re.search(r'"CreatedDate":"[0-9-]{10}T[0-9:]{8}\.000\+0000"', r.text), "numbers_and_times", r)
    tag = r.headers["ETag"]
    tap.same(org.get(path, If_None_Match=tag).status, 304, "if_none_match")
    tap.same([org.call("PATCH", path, {"Phone": p}, {"If-Match": tag}).status for p in "12"],
             [204, 412], "if_match")
    tap.same(org.get(path + "?fields=Phone").json["Phone"], "1", "a_stale_write_writes_nothing")
    tap.same(org.get(f"sobjects/Account/{account[:15]}").json["Id"], account, "fifteen_characters")
    tap.same(org.call("PATCH", path, {"Id": account}).code, "INVALID_FIELD", "no_id_in_the_body")
    tap.same(org.get("sobjects/Account/0035e0000000001AAA").code, "MALFORMED_ID", "crossed_id")
    r = org.call("POST", "sobjects/Account", {"Phone": "1"})
    tap.same((r.status, r.json), (400, [{"message": "Required fields are missing: [Name]",
                                         "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["Name"]}]),
             "error_shape")
    tap.same([org.call("DELETE", path).status, org.call("DELETE", path).code, org.get(path).code],
             [204, "ENTITY_IS_DELETED", "NOT_FOUND"], "delete")
    org.control("/salesforce/undelete", {"id": account})
    tap.same(org.get(path).status, 200, "undelete")


def external(org):
    org.make_key()
    value = urllib.parse.quote("a/b c%ü", safe="")
    path = f"sobjects/Account/Key__c/{value}"
    r = org.call("PATCH", path, {"Name": "E"})
    again = org.call("PATCH", path, {"Name": "E2"})
    tap.same((r.status, r.json["created"], again.status, again.json["created"], again.json["id"]),
             (201, True, 200, False, r.json["id"]), "upsert")
    tap.same(org.get(path + "?fields=Key__c,Name").json["Key__c"], "a/b c%ü", "any_character_in_a_key")
    tap.same(org.call("PATCH", path, {"Key__c": "x"}).code, "INVALID_FIELD", "key_not_in_the_body")
    tap.same(org.call("PATCH", "sobjects/Account/Key__c/none?updateOnly=true", {"Name": "x"}).status,
             404, "update_only")
    tap.same(org.call("PATCH", "sobjects/Account/Phone/1", {"Name": "x"}).code, "NOT_FOUND",
             "not_an_external_id")
    r = org.call("POST", "sobjects/Account", {"Name": "x", "Key__c": "A/B C%ü"})
    tap.same(r.code, "DUPLICATE_VALUE", "unique_ignores_case")
    child = org.new("child", Parent={"Key__c": "a/b c%ü"})
    tap.same(org.rows(f"SELECT Parent.Name FROM Account WHERE Id = '{child}'")[0]["Parent"]["Name"],
             "E2", "lookup_by_key")
    org.control("/salesforce/settings", {"external_not_unique": True})
    org.new("twin", Key__c="a/b c%ü")
    r = org.call("PATCH", path, {"Name": "E3"})
    tap.ok(r.status == 300 and len(r.json) == 2 and "/sobjects/Account/001" in r.json[0], "300", r)
    org.control("/salesforce/settings", {"external_not_unique": False})


def collections(org):
    def put(method, path, records, all_or_none=False):
        return org.call(method, "composite/sobjects" + path, {"allOrNone": all_or_none, "records": [
            {"attributes": {"type": "Account"}, **r} for r in records]})

    key = "/Account/Key__c"
    r = put("PATCH", key, [{"Key__c": "c1", "Name": "C1"}, {"Key__c": "c2", "Name": None},
                           {"Key__c": "c1", "Name": "again"}])
    tap.same((r.status, [x["success"] for x in r.json], [x["created"] for x in r.json],
              [e["errors"][0]["statusCode"] for e in r.json[1:]]),
             (200, [True, False, False], [True, True, True], ["REQUIRED_FIELD_MISSING", "DUPLICATE_VALUE"]),
             "upsert_by_key_is_judged_one_by_one")
    r = put("PATCH", key, [{"Key__c": "c1", "Name": "changed"}, {"Key__c": "c3"}, {"Key__c": "c4", "Name": "x"}],
            True)
    tap.same([x["errors"][0]["statusCode"] for x in r.json],
             ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING",
              "ALL_OR_NONE_OPERATION_ROLLED_BACK"], "all_or_none")
    tap.same(org.rows("SELECT Name FROM Account WHERE Key__c IN ('c1','c3','c4')"), [{"Name": "C1"}],
             "rolled_back_is_undone")
    ids = [x["id"] for x in put("POST", "", [{"Name": f"n{i}"} for i in range(3)]).json]
    r = put("PATCH", "", [{"id": ids[0], "Name": "N0"}, {"Id": ids[0], "Name": "twice"},
                          {"id": "0015e0000009999AAA", "Name": "x"}])
    tap.same([x["errors"][0]["statusCode"] if x["errors"] else "" for x in r.json],
             ["", "DUPLICATE_VALUE", "INVALID_CROSS_REFERENCE_KEY"], "update_by_id")
    r = put("POST", "", [{"Name": "x"}] * 201)
    tap.same((r.status, r.code), (400, "EXCEEDED_ID_LIMIT"), "two_hundred")
    r = org.call("POST", "composite/sobjects/Account",
                 {"ids": [ids[1], "0015e0000009999AAA", ids[0]], "fields": ["Name"]})
    tap.same([x and x["Name"] for x in r.json], ["n1", None, "N0"], "read_in_order_with_null")
    r = org.call("DELETE", f"composite/sobjects?ids={ids[2]},{ids[2]}&allOrNone=false")
    tap.same([x["success"] for x in r.json], [True, False], "delete_many")
    org.control("/faults", {"name": "lock_row", "service": "salesforce", "count": 1})
    r = put("POST", "", [{"Name": "l1"}, {"Name": "l2"}])
    tap.same([x["success"] for x in r.json] + [r.json[0]["errors"][0]["statusCode"]],
             [False, True, "UNABLE_TO_LOCK_ROW"], "a_locked_row")


def composites(org):
    calls = [{"method": "POST", "url": f"{DATA_PATH}/sobjects/Account", "referenceId": "a",
              "body": {"Name": "Composite"}},
             {"method": "POST", "url": f"{DATA_PATH}/sobjects/Contact", "referenceId": "c",
              "body": {"LastName": "Doe", "AccountId": "@{a.id}"}},
             {"method": "GET", "url": f"{DATA_PATH}/sobjects/Contact/@{{c.id}}?fields=AccountId",
              "referenceId": "r"}]
    r = org.call("POST", "composite", {"allOrNone": True, "compositeRequest": calls}).json["compositeResponse"]
    tap.same(([x["httpStatusCode"] for x in r], r[2]["body"]["AccountId"]),
             ([201, 201, 200], r[0]["body"]["id"]), "references")
    count = org.query("SELECT COUNT() FROM Account").json["totalSize"]
    one = org.query("SELECT COUNT(Id), COUNT(Site), COUNT(Owner.Name) FROM Account").json
    tap.same((one["totalSize"], one["done"], [(r["attributes"], r["expr0"], r["expr2"]) for r in one["records"]]),
             (1, True, [({"type": "AggregateResult"}, count, count)]), "counts_of_fields_are_one_row")
    rows = org.query("SELECT Site FROM Account WHERE Site != null").json["totalSize"]
    tap.same((one["records"][0]["expr1"], org.query("SELECT COUNT(Site) FROM Account WHERE Site = null").json["records"][0]
              ["expr0"]), (rows, 0), "of_those_that_have_a_value")
    calls[1]["body"] = {"FirstName": "no last name"}
    r = org.call("POST", "composite", {"allOrNone": True, "compositeRequest": calls}).json["compositeResponse"]
    tap.same(([x["body"][0]["errorCode"] for x in r], org.query("SELECT COUNT() FROM Account").json["totalSize"]),
             (["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"], count),
             "composite_all_or_none")
    account = org.new("tagged")
    tag = org.get(f"sobjects/Account/{account}").headers["ETag"]
    patch = {"method": "PATCH", "url": f"{DATA_PATH}/sobjects/Account/{account}",
             "httpHeaders": {"If-Match": tag}, "body": {"Phone": "1"}}
    r = org.call("POST", "composite", {"compositeRequest": [{**patch, "referenceId": "1"},
                                                            {**patch, "referenceId": "2"}]})
    tap.same([x["httpStatusCode"] for x in r.json["compositeResponse"]], [204, 412], "if_match_inside")
    tap.same(org.call("POST", "composite", {"compositeRequest": [{**patch, "referenceId": str(i)}
                                                                 for i in range(26)]}).status, 400,
             "twenty_five")
    r = org.call("POST", "composite/batch", {"batchRequests": [
        {"method": "GET", "url": "v66.0/limits"}, {"method": "GET", "url": "v66.0/sobjects/Nothing"}]})
    tap.same((r.json["hasErrors"], [x["statusCode"] for x in r.json["results"]]), (True, [200, 404]), "batch")


def pages(org):
    org.control("/salesforce/settings", {"small_pages": True})
    r = org.query("SELECT Id FROM Account")
    total, ids, sizes = r.json["totalSize"], [], []
    first = r.json.get("nextRecordsUrl")
    while True:
        ids += [x["Id"] for x in r.json["records"]]
        sizes.append(len(r.json["records"]))
        if r.json["done"]:
            break
        r = org.get(r.json["nextRecordsUrl"])
    tap.ok(len(ids) == len(set(ids)) == total and len(sizes) > 1 and "nextRecordsUrl" not in r.json,
           "pages_are_smaller_and_complete", sizes)
    other = org.login().json["access_token"]
    tap.same((org.call("GET", first, token=other).code, org.get(first).status),
             ("INVALID_QUERY_LOCATOR", 200), "locator_belongs_to_the_session")
    org.control("/salesforce/settings", {"small_pages": False, "locator_life_ms": 0})
    time.sleep(0.01)
    tap.same(org.get(first).code, "INVALID_QUERY_LOCATOR", "locator_expires")
    org.control("/salesforce/settings", {"locator_life_ms": 172800000})
    r = org.get("query?q=SELECT+Id+FROM+Account", Sforce_Query_Options="batchSize=200")
    tap.same(len(r.json["records"]), 200, "batch_size")


def changes(org):
    def ask(what):
        return org.get(f"sobjects/Account/{what}/?{org.window()}").json

    a, b = org.new("seen"), org.new("slow")
    org.control("/clock", {"advance_ms": 120000})
    tx = org.control("/salesforce/transactions", {})["transaction"]
    org.control("/clock", {"advance_ms": 240000})
    org.call("PATCH", f"sobjects/Account/{a}", {"Phone": "1"})
    held = ask("updated")
    now = org.control("/clock")["now_ms"]
    covered = datetime.datetime.strptime(held["latestDateCovered"], "%Y-%m-%dT%H:%M:%S.000%z").timestamp()
    tap.ok(now / 1000 - covered >= 240, "an_open_transaction_holds_latest_date_covered", held)
    stamp = org.rows(f"SELECT SystemModstamp FROM Account WHERE Id = '{a}'")[0]["SystemModstamp"]
    org.control(f"/salesforce/transactions/{tx}", {"id": b, "fields": {"Phone": "2"}})
    late = org.rows(f"SELECT SystemModstamp, Phone FROM Account WHERE Id = '{b}'")[0]
    tap.ok(late["Phone"] == "2" and late["SystemModstamp"] < stamp, "a_late_commit_has_an_older_stamp", late)
    tap.ok(ask("updated")["latestDateCovered"] > held["latestDateCovered"], "and_lets_go")
    before = org.rows(f"SELECT LastModifiedDate, SystemModstamp FROM Account WHERE Id = '{a}'")[0]
    org.control("/clock", {"advance_ms": 5000})
    org.control("/salesforce/bump", {"id": a})
    after = org.rows(f"SELECT LastModifiedDate, SystemModstamp FROM Account WHERE Id = '{a}'")[0]
    tap.ok(after["SystemModstamp"] > before["SystemModstamp"] and
           after["LastModifiedDate"] == before["LastModifiedDate"], "a_stamp_without_an_edit", (before, after))
    org.control("/salesforce/merge", {"survivor": a, "loser": b})
    tap.same(org.rows(f"SELECT MasterRecordId FROM Account WHERE Id = '{b}'", True), [{"MasterRecordId": a}],
             "merge")
    c = org.new("hard")
    org.control("/salesforce/purge", {"id": c})
    gone = {x["id"] for x in ask("deleted")["deletedRecords"]}
    tap.ok({b, c} <= gone and not org.rows(f"SELECT Id FROM Account WHERE Id = '{c}'", True),
           "a_hard_delete_is_in_the_log_only", gone)
    tap.same(org.get(f"sobjects/Account/updated/?{org.window(60 * 24 * 31)}").code,
             "INVALID_REPLICATION_DATE", "thirty_days")
    tap.same(org.get(f"sobjects/Account/deleted/?{org.window(0, 1)}").code, "INVALID_REPLICATION_DATE",
             "more_than_a_minute")


def bulk(org):
    def job(kind, body, csv=None):
        j = org.call("POST", f"jobs/{kind}", body).json
        path = f"jobs/{kind}/{j['id']}"
        if csv is not None:
            tap.same(org.call("PUT", "/" + j["contentUrl"], csv, {"Content-Type": "text/csv"}).status, 201,
                     "upload")
            org.call("PATCH", path, {"state": "UploadComplete"})
        states = [org.get(path).json["state"] for _ in range(3)]
        return path, states

    path, states = job("query", {"operation": "query", "query": "SELECT Id, Name, NumberOfEmployees, "
                                                                "SystemModstamp FROM Account"})
    tap.same(states, ["InProgress", "JobComplete", "JobComplete"], "a_job_takes_its_time")
    total, got, locator = org.get(path).json["numberRecordsProcessed"], [], ""
    while locator != "null":
        r = org.get(f"{path}/results?maxRecords=400" + (f"&locator={locator}" if locator else ""),
                    Accept="text/csv")
        lines = r.text.strip().split("\n")
        tap.ok(lines[0] == '"Id","Name","NumberOfEmployees","SystemModstamp"' and
               int(r.headers["Sforce-NumberOfRecords"]) == len(lines) - 1, "each_page_has_its_header", r)
        got += lines[1:]
        locator = r.headers["Sforce-Locator"]
    tap.ok(len(got) == len(set(got)) == total and re.search(r'"\d+\.0","[^"]+\.000Z"$', got[0]),
           "all_pages_make_the_whole", (len(got), total, got[0]))
    tap.same(org.get(path.replace("jobs", "/services/data/v67.0/jobs", 1)).status, 409, "another_version")
    tap.same(org.call("POST", "jobs/query", {"operation": "query", "query":
                                             "SELECT BillingAddress FROM Account"}).status, 400, "no_compounds")
    upsert = {"object": "Account", "operation": "upsert", "externalIdFieldName": "Key__c",
              "contentType": "CSV", "lineEnding": "LF"}
    key = org.new("was", Key__c="b1", Phone="1", Site="s")
    path, states = job("ingest", upsert, 'Key__c,Name,Phone,Site\nb1,,#N/A,\nb2,"New, ""one""",2,\nb3,,3,\n')
    r = org.get(path).json
    tap.same((states[-1], r["numberRecordsProcessed"], r["numberRecordsFailed"]), ("JobComplete", 3, 1),
             "complete_says_nothing_about_rows")
    tap.same(org.rows("SELECT Name, Phone, Site FROM Account WHERE Key__c IN ('b1','b2') ORDER BY Key__c"),
             [{"Name": "was", "Phone": None, "Site": "s"}, {"Name": 'New, "one"', "Phone": "2", "Site": None}],
             "empty_is_left_alone_and_na_clears")
    good = org.get(path + "/successfulResults").text.strip().split("\n")
    tap.ok(good[0].startswith('"sf__Id","sf__Created","Key__c"') and good[1].find('"b2"') > 0 and
           good[2].startswith(f'"{key}","false"'), "results_are_out_of_order", good)
    bad = org.get(path + "/failedResults").text
    tap.ok("REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --" in bad, "failed_rows", bad)
    kinds = [org.control("/salesforce/record_types", {"developer_name": n, "name": n, "active": n != "OldKind"})["id"]
             for n in ("BulkKind", "OldKind")]
    path, states = job("ingest", upsert, f"Key__c,RecordTypeId,Name\nk1,{kinds[0]},x\nk2,,x\nk3,{kinds[1]},x\n")
    tap.same(([r["RecordTypeId"] for r in
               org.rows("SELECT RecordTypeId FROM Account WHERE Key__c IN ('k1','k2','k3') ORDER BY Key__c")],
              "INVALID_CROSS_REFERENCE_KEY" in org.get(path + "/failedResults").text),
             ([kinds[0], None], True), "record_types_in_bulk")
    path, states = job("ingest", upsert, "Key__c,Name\r\nb4,x\r\n")
    tap.ok(states[0] == "Failed" and "LineEnding" in org.get(path).json["errorMessage"] and
           "b4" in org.get(path + "/unprocessedrecords").text, "line_ending_is_checked", states)
    path, states = job("ingest", upsert, "Key__c,Nonsense\nb4,x\n")
    tap.same(org.get(path).json["errorMessage"], "InvalidBatch : Field name not found : Nonsense",
             "unknown_column")
    path, states = job("ingest", {"object": "Account", "operation": "delete"}, f"Id\n{key}\n")
    tap.same((states[-1], org.get(f"sobjects/Account/{key}").status), ("JobComplete", 404), "bulk_delete")


def weather(org):
    def fault(name, **more):
        org.control("/faults", {"name": name, "service": "salesforce", **more})

    for name, status, code in (("http500", 500, "UNKNOWN_EXCEPTION"), ("http503", 503, "SERVER_UNAVAILABLE"),
                               ("html502", 502, None), ("day", 403, "REQUEST_LIMIT_EXCEEDED"),
                               ("concurrent", 403, "REQUEST_LIMIT_EXCEEDED")):
        fault(name)
        r = org.get("limits")
        tap.same((r.status, r.code), (status, code), name)
    count = org.query("SELECT COUNT() FROM Account").json["totalSize"]
    fault("reset_after_commit", path="sobjects/Account")
    try:
        org.new("committed")
        cut = False
    except (http.client.HTTPException, OSError):
        cut = True
    tap.same((cut, org.query("SELECT COUNT() FROM Account").json["totalSize"]), (True, count + 1),
             "reset_after_commit")
    fault("cut_body")
    try:
        org.get("limits")
        cut = False
    except http.client.IncompleteRead:
        cut = True
    tap.ok(cut, "cut_body")
    fault("expired", path="limits")
    tap.same([org.get("limits").status, org.get("limits").status], [401, 401], "a_session_that_ended_stays_so")
    org.token = org.login().json["access_token"]
    fault("slow", ms=1500, path="limits")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(org.get, "limits")
        time.sleep(0.1)
        r = org.get("sobjects")
        tap.ok(r.status == 200 and not slow.done(), "a_slow_answer_holds_nobody_else")
        tap.same(slow.result().status, 200, "and_comes")
    org.control("/salesforce/rules", {"validation": {"field": "Site", "text": "forbidden",
                                                     "message": "Not at that site"},
                                      "duplicate": {"field": "Name", "message": "Use one of these records?"}})
    r = org.call("POST", "sobjects/Account", {"Name": "v", "Site": "a forbidden place"})
    tap.same(r.json, [{"message": "Not at that site", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                       "fields": []}], "validation_rule")
    account = org.new("only one")
    r = org.call("POST", "sobjects/Account", {"Name": "Only One"})
    tap.ok(r.code == "DUPLICATES_DETECTED" and account in json.dumps(r.json[0]["duplicateResut"]),
           "duplicate_rule", r)
    tap.same(org.call("POST", "sobjects/Account", {"Name": "Only One"},
                      {"Sforce-Duplicate-Rule-Header": "allowSave=true"}).status, 201, "allow_save")
    org.control("/salesforce/rules", method="DELETE")
    org.control("/quotas", {"limits": True, "salesforce_daily": 10, "salesforce_used": 9})
    tap.same([org.get("limits").status, org.get("limits").code], [200, "REQUEST_LIMIT_EXCEEDED"],
             "the_day_is_over")
    org.control("/quotas", {"limits": False, "salesforce_daily": 100000})


def crowd(org):
    """128 connections at once, and 256, each with several requests (rule 1 of the dependencies)."""
    for n in (128, 256):
        connections = [http.client.HTTPConnection(org.host, timeout=30) for _ in range(n)]
        good = 0
        for _ in range(3):
            for c in connections:
                c.request("GET", f"{DATA_PATH}/limits", headers={"Authorization": "Bearer " + org.token})
            good += sum(Answer(c.getresponse()).status == 200 for c in connections)
        for c in connections:
            c.close()
        tap.same(good, 3 * n, f"{n}_connections")


def user(org):
    r = org.control("/salesforce/accounts", {"Name": " By hand ", "AnnualRevenue": "12"}, "POST")
    tap.same((r["fields"]["Name"], r["fields"]["AnnualRevenue"]), ("By hand", "12"), "a_user_makes_an_account")
    by = org.rows(f"SELECT CreatedBy.Name FROM Account WHERE Id = '{r['id']}'")[0]["CreatedBy"]["Name"]
    tap.same(by, "Olivia Example", "and_it_is_theirs")
    changed = org.control(f"/salesforce/accounts?changed_after={org.control('/clock')['now_ms'] - 1}")
    tap.ok(len(changed["records"]) <= 1, "changes_since")
    made = [org.control("/salesforce/accounts", {"Name": x, "BillingCity": "ŁÓDŹ"}, "POST")["id"]
            for x in ("Find me", "And me")]

    def found(query):
        return [x["id"] for x in org.control(f"/salesforce/accounts?{query}&find=%C5%82%C3%B3d%C5%BA")["records"]]

    tap.same((found("limit=9"), found("limit=1&newest=true")), (made, made[1:]), "found_in_any_field_whatever_the_case")
    org.control(f"/salesforce/accounts/{made[1]}", method="DELETE")
    tap.same((found("newest=true"), found("newest=true&live=true")), (made[::-1], made[:1]), "newest_first_and_live_ones")
    org.control("/clock", {"frozen": True})
    a = org.control("/clock")["now_ms"]
    time.sleep(0.02)
    b = org.control("/clock", {"advance_ms": 7})["now_ms"]
    org.control("/clock", {"frozen": False})
    tap.same(b - a, 7, "the_clock_by_hand")
    lines = org.sandbox.at["control"].removeprefix("http://")
    c = http.client.HTTPConnection(lines)
    c.request("GET", "/traffic?after=0")
    first = json.loads(c.getresponse().read().split(b"\n")[0])
    tap.ok(first["service"] == "salesforce" and first["path"] == "/services/oauth2/token", "traffic", first)
    c.request("GET", "/")
    tap.ok(b"Tandem sandbox" in c.getresponse().read(), "the_page")
    org.control("/reset", {})
    tap.same(org.control("/salesforce/accounts")["total"], 0, "reset")


o = Org("--accounts", "1000", "--limits", "off", "--data", f"accounts={DATA}/accounts.csv", "--data",
        f"sf_contacts={DATA}/sf_contacts.csv")
try:
    for part in (oauth, jwt, shapes, describing, rows, external, collections, composites, pages, changes,
                 bulk, weather, crowd, user):
        try:
            part(o)
        except Exception as e:  # a part that dies is one failure; the others still run
            tap.ok(False, part.__name__, repr(e))
finally:
    o.close()
tap.done()
