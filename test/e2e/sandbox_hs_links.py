"""The sandbox's HubSpot side on the wire (H24): associations, merges, lists, owners, and what the portal
does by itself."""
from lab import DATA
from sandbox_hs import V, Portal, tap, where


def associations(p):
    co = [p.new(name=f"Assoc {i}") for i in range(3)]
    ct = [p.new("contacts", email=f"a{i}@assoc.example") for i in range(3)]

    def one(kind, rid, to, v="2026-03"):
        r = p.get(f"/{rid}/associations/{to}", kind, v)
        return {str(x["toObjectId"]): sorted(t["typeId"] for t in x["associationTypes"])
                for x in r.json["results"]}

    r = p.call("PUT", f"/crm/objects/2026-03/contacts/{ct[0]}/associations/default/companies/{co[0]}")
    tap.same((r.status, [x["associationSpec"]["associationTypeId"] for x in r.json["results"]]),
             (200, [279, 280]), "default_association_both_ways")
    tap.same((one("contacts", ct[0], "companies"), one("companies", co[0], "contacts")),
             ({co[0]: [1, 279]}, {ct[0]: [2, 280]}), "the_first_is_primary")
    p.call("PUT", f"/crm/v4/objects/contacts/{ct[0]}/associations/companies/{co[1]}",
           [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}])
    tap.same(one("contacts", ct[0], "companies", "v4"), {co[0]: [1, 279], co[1]: [279]}, "the_second_is_not")
    r = p.call("PUT", f"/crm/v4/objects/contacts/{ct[0]}/associations/companies/{co[1]}",
               [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}])
    tap.same((r.status, r.json["labels"], one("contacts", ct[0], "companies")),
             (201, ["Primary"], {co[0]: [279], co[1]: [1, 279]}), "only_one_is_primary")
    get = lambda kind, rid, name: p.get(f"/{rid}", kind, properties=name).json["properties"][name]
    tap.same((get("contacts", ct[0], "associatedcompanyid"), get("companies", co[0], "num_associated_contacts")),
             (co[1], "1"), "derived_properties")
    batch = "/crm/associations/2026-03/contacts/companies/batch"
    r = p.call("POST", batch + "/create", {"inputs": [
        {"from": {"id": ct[1]}, "to": {"id": co[0]}, "types": [
            {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]},
        {"from": {"id": ct[1]}, "to": {"id": "17"}, "types": []}]})
    tap.same((r.status, len(r.json["results"]), r.json["numErrors"]), (207, 1, 1), "batch_create")
    r = p.call("POST", batch + "/read", {"inputs": [{"id": x} for x in ct]})
    tap.ok(r.status == 207 and [x["from"]["id"] for x in r.json["results"]] == ct[:2] and
           r.json["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND",
           "batch_read_tells_of_none", r)
    r = p.call("POST", "/crm/associations/2026-03/contacts/companies/labels",
               {"name": "decision", "label": "Decision maker"})
    label = next(x["typeId"] for x in r.json["results"])
    put = [{"associationCategory": "USER_DEFINED", "associationTypeId": label}]
    p.call("PUT", f"/crm/v4/objects/contacts/{ct[1]}/associations/companies/{co[0]}", put)
    tap.same(one("contacts", ct[1], "companies"), {co[0]: [1, label, 279]}, "a_label_of_the_portal")
    r = p.call("GET", "/crm/v4/associations/contacts/companies/labels")
    tap.ok({"category": "USER_DEFINED", "typeId": label, "label": "Decision maker"} in r.json["results"] and
           {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None} in r.json["results"], "labels", r)
    ends = {"inputs": [{"from": {"id": ct[1]}, "to": {"id": co[0]}, "types": put}]}
    tap.same([p.call("POST", f"{x}/contacts/companies/batch/labels/archive", ends).status for x in
              ("/crm/v4/associations", "/crm/associations/2026-03")], [204, 200], "archive_answers_by_version")
    tap.same(one("contacts", ct[1], "companies"), {co[0]: [1, 279]}, "the_label_is_gone_the_pair_not")
    p.call("POST", batch + "/archive", {"inputs": [{"from": {"id": ct[1]}, "to": [{"id": co[0]}]}]})
    tap.same(one("contacts", ct[1], "companies"), {}, "batch_archive_takes_the_pair")
    family = "/crm/v4/objects/companies/%s/associations/companies/%s"
    child = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}]
    p.call("PUT", family % (co[1], co[0]), child)
    tap.same((one("companies", co[0], "companies"), get("companies", co[1], "hs_parent_company_id"),
              get("companies", co[0], "hs_num_child_companies")), ({co[1]: [13, 450]}, co[0], "1"),
             "parent_and_child")
    tap.same(p.call("PUT", family % (co[0], co[1]), child).status, 400, "no_circles_of_parents")
    p.call("PUT", family % (co[1], co[2]), child)
    tap.same(get("companies", co[1], "hs_parent_company_id"), co[2], "one_parent_only")
    r = p.get(f"/{ct[0]}", "contacts", associations="companies")
    tap.same({(x["id"], x["type"]) for x in r.json["associations"]["companies"]["results"]},
             {(co[0], "contact_to_company_unlabeled"), (co[1], "contact_to_company_unlabeled"),
              (co[1], "contact_to_company")}, "inline_associations")
    tap.same(p.search(where("associations.contact", "EQ", ct[0])).ids, co[:2], "search_by_association")
    p.call("DELETE", p.at(f"/{co[1]}"))
    tap.same((one("contacts", ct[0], "companies"), get("contacts", ct[0], "associatedcompanyid")),
             ({co[0]: [279]}, None), "an_archive_takes_them_away")
    p.control("/hubspot/restore", {"object": "companies", "id": co[1]})
    tap.same(get("contacts", ct[0], "associatedcompanyid"), co[1], "a_restore_brings_them_back")
    r = p.post("", {"properties": {"email": "made@assoc.example"}, "associations": [
        {"to": {"id": co[0]}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]}]},
        "contacts")
    tap.same(one("contacts", r.json["id"], "companies"), {co[0]: [1, 279]}, "created_with_its_company")
    p.call("DELETE", f"/crm/v4/objects/contacts/{ct[0]}/associations/companies/{co[1]}")
    tap.same(one("contacts", ct[0], "companies"), {co[0]: [279]}, "no_other_takes_its_place")
    inputs = [{"properties": {"email": f"crowd{i}@crowd.example"}} for i in range(600)]
    crowd = [x for i in range(0, 600, 100)
             for x in p.post("/batch/create", {"inputs": inputs[i:i + 100]}, "contacts").ids]
    p.call("POST", batch + "/associate/default", {"inputs": [
        {"from": {"id": x}, "to": {"id": co[2]}} for x in crowd]})
    first = p.get(f"/{co[2]}/associations/contacts", v="2026-03").json
    second = p.get(f"/{co[2]}/associations/contacts", v="2026-03", after=first["paging"]["next"]["after"]).json
    tap.same((len(first["results"]), len(second["results"]), "paging" in second), (500, 100, False), "pages_of_500")
    tap.same(p.get(f"/{co[2]}/associations/contacts", v="2026-03", limit=501).status, 400, "and_no_more")
    r = p.get(f"/{co[2]}", associations="contacts").json["associations"]["contacts"]
    tap.ok(len({x["id"] for x in r["results"]}) == 100 and r["paging"]["next"]["after"], "inline_is_cut_at_100")


def merges(p):
    for keep in (False, True):
        p.settings(keep_primary_id=keep)
        a = p.new(name="Primary", phone="1", acme_key=f"MA{keep}", domain="pri.example")
        b = p.new(name="Loser", phone="2", city="Delft", acme_key=f"MB{keep}", domain="sec.example")
        c = p.new("contacts", email=f"m{keep}@merge.example")
        p.call("PUT", f"/crm/v4/objects/contacts/{c}/associations/default/companies/{b}")
        r = p.post("/merge", {"primaryObjectId": a, "objectIdToMerge": b})
        to = r.json["id"]
        tap.ok(r.status == 200 and (to == a) == keep and to != b, f"merge_id_{keep}", r)
        r = p.get(f"/{b}", properties="name,phone,city,hs_merged_object_ids,hs_additional_domains")
        v = r.json["properties"]
        tap.same((r.json["id"], v["name"], v["phone"], v["city"], v["hs_additional_domains"]),
                 (to, "Primary", "1", "Delft", "sec.example"), f"old_ids_answer_as_the_survivor_{keep}")
        tap.same(v["hs_merged_object_ids"], b if keep else f"{a};{b}", f"merged_ids_{keep}")
        r = p.post("/batch/read", {"inputs": [{"id": a}], "properties": []})
        tap.same(r.ids, [to], f"batch_read_by_an_old_id_{keep}")
        listed = p.get("", limit=100, after=str(int(a) - 1)).ids
        gone = p.get("", limit=100, archived="true").ids
        tap.ok(to in listed and b not in listed + gone and (keep or a not in listed + gone),
               f"in_no_list_{keep}", (listed, gone))
        tap.same((p.search(where("acme_key", "EQ", f"MB{keep}")).json["total"],
                  p.search(where("acme_key", "EQ", f"MA{keep}")).ids), (0, [to]), f"the_lost_key_is_free_{keep}")
        r = p.get(f"/{c}", "contacts", properties="associatedcompanyid")
        tap.same(r.json["properties"]["associatedcompanyid"], to, f"associations_move_{keep}")
        r = p.post("/merge", {"primaryObjectId": to, "objectIdToMerge": a if keep else b})
        tap.same(r.status, 400, f"not_with_itself_{keep}")
    p.settings(keep_primary_id=False)
    a, b = (p.new("contacts", email=f"{x}@two.example") for x in "ab")
    to = p.post("/merge", {"primaryObjectId": a, "objectIdToMerge": b}, "contacts").json["id"]
    v = p.get(f"/{to}", "contacts", properties="email,hs_additional_emails").json["properties"]
    tap.same((v["email"], v["hs_additional_emails"]), ("a@two.example", "b@two.example"), "merged_contacts")


def lists(p):
    path = "/crm/lists/2026-03"
    ct = [p.new("contacts", email=f"l{i}@list.example") for i in range(4)]
    r = p.call("POST", path, {"name": "Inclusion", "objectTypeId": "0-1", "processingType": "MANUAL"})
    lid = r.json["list"]["listId"]
    r = p.call("PUT", f"{path}/{lid}/memberships/add", [ct[2], ct[0], "17"])
    tap.same(r.json, {"recordsIdsAdded": [ct[2], ct[0]], "recordIdsRemoved": [], "recordIdsMissing": ["17"]},
             "list_add")
    p.sandbox.advance(1)
    p.call("PUT", f"{path}/{lid}/memberships/add-and-remove",
           {"recordIdsToAdd": [ct[1]], "recordIdsToRemove": []})
    ids = lambda r: [x["recordId"] for x in r.json["results"]]
    r = p.call("GET", f"{path}/{lid}/memberships?limit=2")
    tap.same((ids(r), r.json["total"]), (ct[:2], 3), "members_by_id")
    r = p.call("GET", f"{path}/{lid}/memberships?after=" + r.json["paging"]["next"]["after"])
    tap.same((ids(r), "paging" in r.json), ([ct[2]], False), "members_go_on")
    r = p.call("GET", f"{path}/{lid}/memberships/join-order?limit=2")
    tap.same(ids(r), [ct[0], ct[2]], "members_by_time")
    r = p.call("GET", f"{path}/{lid}/memberships/join-order?after=" + r.json["paging"]["next"]["after"])
    tap.same(ids(r), [ct[1]], "the_last_to_join")
    tap.same(p.call("GET", f"{path}/{lid}/memberships?limit=251").status, 400, "members_limit")
    p.call("DELETE", p.at(f"/{ct[0]}", "contacts"))
    tap.same(ids(p.call("GET", f"{path}/{lid}/memberships")), ct[1:3], "archived_ones_leave")
    lag = 60000
    p.settings(list_lag_ms=lag)
    branch = {"filterBranchType": "OR", "filters": [], "filterBranches": [
        {"filterBranchType": "AND", "filterBranches": [], "filters": [
            {"filterType": "PROPERTY", "property": "lifecyclestage",
             "operation": {"operationType": "ENUMERATION", "operator": "IS_ANY_OF", "values": ["customer"]}}]}]}
    r = p.call("POST", path, {"name": "Customers", "objectTypeId": "0-1", "processingType": "DYNAMIC",
                              "filterBranch": branch})
    did = r.json["list"]["listId"]
    p.patch(ct[3], "contacts", lifecyclestage="customer")
    tap.same(ids(p.call("GET", f"{path}/{did}/memberships")), [], "a_dynamic_list_takes_its_time")
    p.sandbox.advance(61)
    tap.same(ids(p.call("GET", f"{path}/{did}/memberships")), [ct[3]], "then_it_has_them")
    tap.same(p.call("PUT", f"{path}/{did}/memberships/add", [ct[1]]).status, 400, "and_takes_no_orders")
    p.control(f"/hubspot/contacts/{ct[3]}", {"lifecyclestage": ""}, "PATCH")
    p.sandbox.advance(61)
    tap.same(ids(p.call("GET", f"{path}/{did}/memberships")), [], "they_leave_without_a_trace")
    p.settings(list_lag_ms=0)
    r = p.call("POST", path + "/search", {"query": "cust", "processingTypes": ["DYNAMIC"], "count": 1})
    tap.same(([x["listId"] for x in r.json["lists"]], r.json["hasMore"], r.json["total"],
              r.json["lists"][0]["additionalProperties"]["hs_list_size"]), ([did], False, 1, "0"), "list_search")
    r = p.call("GET", f"{path}/{did}?includeFilters=true")
    tap.same((r.json["list"]["filterBranch"], r.json["list"]["size"]), (branch, 0), "list_read")
    tap.same(p.call("GET", f"{path}/object-type-id/0-1/name/inclusion").json["list"]["listId"], lid, "list_by_name")
    tap.same(len(p.call("GET", f"{path}?listIds={lid}&listIds={did}&listIds=5").json["lists"]), 2, "lists_by_id")
    r = p.call("GET", f"{path}/records/0-1/{ct[1]}/memberships")
    tap.same([x["listId"] for x in r.json["results"]], [lid], "lists_of_a_record")
    r = p.call("POST", f"{path}/records/memberships/batch/read", {"inputs": [
        {"objectTypeId": "0-1", "recordId": ct[1]}, {"objectTypeId": "0-1", "recordId": "17"}]})
    tap.same((r.status, len(r.json["results"][0]["recordListMemberships"])), (207, 1), "lists_of_records")
    r = p.call("GET", f"{path}/idmapping?legacyListId={int(lid) - 1000}")
    tap.same(r.json["listId"], lid, "old_ids")
    made = p.control("/hubspot/lists", {"name": "Delft", "object": "companies", "filterGroups": [
        {"filters": [where("city", "EQ", "Delft")]}]})
    n = p.search(where("city", "EQ", "Delft")).json["total"]
    tap.same(p.call("GET", f"{path}/{made['id']}/memberships").json["total"], n, "a_list_by_the_control_port")
    tap.same([p.call("DELETE", f"{path}/{lid}").status, p.call("GET", f"{path}/{lid}").status,
              p.call("PUT", f"{path}/{lid}/restore").status, p.call("GET", f"{path}/{lid}").status],
             [204, 404, 204, 200], "deleted_and_restored")


def owners(p):
    path = f"/crm/owners/{V}"
    for i in range(5):
        p.control("/hubspot/owners", {"email": f"o{i}@own.example", "first": "O", "last": str(i)})
    r = p.call("GET", path + "?limit=3")
    more = p.call("GET", path + "?limit=500&after=" + r.json["paging"]["next"]["after"])
    tap.same((len(r.json["results"]), len(more.json["results"])), (3, 5), "owners_in_pages")
    r = p.call("GET", path + "?email=O3@own.example")
    owner = r.json["results"][0]
    tap.ok(len(r.json["results"]) == 1 and owner["userId"] and owner["type"] == "PERSON", "owner_by_email", r)
    p.control(f"/hubspot/owners/{owner['id']}", {"archived": True}, "PATCH")
    tap.same(p.call("GET", f"{path}/{owner['id']}").status, 404, "who_left_is_not_found")
    r = p.call("GET", f"{path}/{owner['id']}?archived=true")
    tap.same((r.json["userId"], r.json["archived"]), (None, True), "but_among_the_archived")
    tap.ok(any(x["type"] == "QUEUE" and x["email"] is None for x in p.call("GET", path).json["results"]), "a_queue")


def automations(p):
    p.settings(company_of_email=True)
    total = p.search().json["total"]
    a = p.new("contacts", email="ann@brand-new.example")
    b = p.new("contacts", email="bob@Brand-New.example")
    p.new("contacts", email="eve@gmail.com")
    r = p.search(where("domain", "EQ", "brand-new.example"), properties=["name", "hs_object_source_label"])
    made = r.json["results"][0]
    tap.same((p.search().json["total"], r.json["total"], made["properties"]["name"],
              made["properties"]["hs_object_source_label"]), (total + 1, 1, "Brand-new", "CRM_SETTING"),
             "a_company_of_an_email_domain")
    tap.same([p.get(f"/{x}", "contacts", properties="associatedcompanyid").json["properties"]
              ["associatedcompanyid"] for x in (a, b)], [made["id"]] * 2, "and_both_belong_to_it")
    p.settings(company_of_email=False, stage_to_contacts=True)
    p.patch(made["id"], lifecyclestage="customer")
    r = p.get(f"/{a}", "contacts", propertiesWithHistory="lifecyclestage").json
    tap.same((r["properties"]["lifecyclestage"],
              r["propertiesWithHistory"]["lifecyclestage"][0]["sourceType"]), ("customer", "CRM_SETTING"),
             "the_stage_goes_to_the_contacts")
    p.settings(stage_to_contacts=False, enrichment=True)
    rid = p.new(domain="rich.example")
    early = p.get(f"/{rid}", properties="industry,name").json["properties"]
    p.sandbox.advance(6)
    late = p.get(f"/{rid}", properties="industry,name", propertiesWithHistory="industry").json
    tap.ok(early["industry"] is None and early["name"] is None and late["properties"]["industry"] and
           late["properties"]["name"] == "rich" and
           late["propertiesWithHistory"]["industry"][0]["sourceType"] != "INTEGRATION",
           "enriched_some_seconds_later", late)
    p.settings(enrichment=False)


def data():
    p = Portal("--data", f"companies={DATA}/companies.csv", "--data", f"contacts={DATA}/contacts.csv")
    try:
        with open(f"{DATA}/contacts.csv", encoding="utf-8") as f:
            rows = [x for x in f.read().splitlines()[1:] if x.split(",")[3]]
        found = [x for x in p.get("", "contacts", limit=100, properties="associatedcompanyid,company").json["results"]
                 if x["properties"]["associatedcompanyid"]]
        tap.ok(rows and len(found) == len(rows) and not any(x["properties"]["company"] for x in found),
               "contacts_of_the_demo_belong_to_companies", (len(rows), len(found)))
    finally:
        p.close()


portal = Portal()
try:
    portal.call("POST", f"/crm/properties/{V}/companies", {
        "name": "acme_key", "label": "Key", "type": "string", "fieldType": "text",
        "groupName": "companyinformation", "hasUniqueValue": True})
    for part in (associations, merges, lists, owners, automations):
        part(portal)
finally:
    portal.close()
data()
tap.done()
