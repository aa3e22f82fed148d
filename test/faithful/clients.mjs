// Proof of faithfulness: jsforce and @hubspot/api-client, unchanged but for the base address, drive
// tandem-sandbox. Usage: node clients.mjs BUILD_DIR. Speaks TAP.
import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import jsforce from "jsforce";
import { Client } from "@hubspot/api-client";

let count = 0, bad = 0;
function ok(good, name, detail) {
  count++;
  if (!good) bad++;
  console.log(`${good ? "ok" : "not ok"} ${count} - ${name}`);
  if (!good && detail !== undefined) console.log("# " + String(detail?.stack ?? detail).replaceAll("\n", "\n# "));
}
const same = (got, want, name) =>
  ok(JSON.stringify(got) === JSON.stringify(want), name, `got ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);
async function check(name, run) {
  try {
    const result = await run();
    ok(result !== false, name, "false");
    return result;
  } catch (e) {
    ok(false, name, e);
    return undefined;
  }
}
async function refuses(name, run, test) {
  try {
    await run();
    ok(false, name, "no error came");
  } catch (e) {
    ok(test(e), name, e);
  }
}

const sandbox = spawn(path.join(process.argv[2] ?? "build", "tandem-sandbox"),
  ["--accounts", "4500", "--companies", "350", "--limits", "off"], { stdio: ["ignore", "pipe", "inherit"] });
const first = await new Promise((resolve) => readline.createInterface({ input: sandbox.stdout }).once("line", resolve));
const at = JSON.parse(first);

async function salesforce() {
  const conn = new jsforce.Connection({
    instanceUrl: at.salesforce, version: "66.0",
    oauth2: { loginUrl: at.salesforce, clientId: "sandbox-client", clientSecret: "sandbox-secret" },
  });
  await check("sf_authorize_client_credentials", () => conn.authorize({ grant_type: "client_credentials" }));
  const identity = await check("sf_identity", () => conn.identity());
  ok(identity?.organization_id?.startsWith("00D"), "sf_identity_names_the_org", JSON.stringify(identity));
  const limits = await check("sf_limits", () => conn.limits());
  ok(limits?.DailyApiRequests?.Max > 0, "sf_limits_have_daily_requests");
  const global = await check("sf_describe_global", () => conn.describeGlobal());
  ok(global?.sobjects?.some((s) => s.name === "Account"), "sf_describe_global_lists_account");
  const described = await check("sf_describe_account", () => conn.sobject("Account").describe());
  ok(described?.fields?.find((f) => f.name === "Name")?.nillable === false, "sf_describe_name_is_required");

  const q = await check("sf_query", () => conn.query("SELECT Id, Name, Website FROM Account ORDER BY Id LIMIT 3"));
  same(q?.records?.length, 3, "sf_query_limit");
  ok(q?.records?.[0]?.attributes?.type === "Account", "sf_query_attributes");
  ok(q?.records?.every((r) => r.Id.length === 18), "sf_ids_have_18_characters");
  const total = await check("sf_count", () => conn.query("SELECT COUNT() FROM Account"));
  same(total?.totalSize, 4500, "sf_count_all");
  const all = await check("sf_autofetch_pages", () =>
    conn.query("SELECT Id FROM Account", { autoFetch: true, maxFetch: 10000 }));
  same(new Set(all?.records?.map((r) => r.Id)).size, 4500, "sf_paging_gives_each_once");
  await refuses("sf_malformed_query", () => conn.query("SELECT Id FORM Account"), (e) => e.errorCode === "MALFORMED_QUERY");
  await refuses("sf_unknown_field", () => conn.query("SELECT Nonsense__c FROM Account"), (e) => e.errorCode === "INVALID_FIELD");
  const like = await check("sf_like", () => conn.query("SELECT Id FROM Account WHERE Name LIKE 'North%' LIMIT 5"));
  ok(like?.records?.length > 0, "sf_like_finds");

  const account = conn.sobject("Account");
  const made = await check("sf_create", () => account.create({ Name: " Acme ", Website: "https://acme.example" }));
  ok(made?.success && made?.id?.startsWith("001"), "sf_create_answers");
  const read = await check("sf_retrieve", () => account.retrieve(made.id));
  same(read?.Name, "Acme", "sf_text_is_trimmed");
  await check("sf_update", () => account.update({ Id: made.id, Phone: "+31 20", Website: null }));
  const again = await account.retrieve(made.id);
  same([again.Phone, again.Website], ["+31 20", null], "sf_null_clears");
  await refuses("sf_required_field", () => account.create({ Phone: "1" }), (e) => e.errorCode === "REQUIRED_FIELD_MISSING");
  await refuses("sf_too_long", () => account.create({ Name: "x".repeat(300) }), (e) => e.errorCode === "STRING_TOO_LONG");
  const many = await check("sf_collection_create", () => account.create([{ Name: "One" }, { Name: "Two" }, { Phone: "3" }]));
  same(many?.map((r) => r.success), [true, true, false], "sf_collection_judges_each");
  const ids = many.filter((r) => r.success).map((r) => r.id);
  const updated = await check("sf_collection_update", () => account.update(ids.map((Id) => ({ Id, Phone: "9" }))));
  same(updated?.map((r) => r.success), [true, true], "sf_collection_update_answers");
  const both = await check("sf_collection_retrieve", () => account.retrieve(ids));
  same(both?.map((r) => r.Phone), ["9", "9"], "sf_collection_retrieve_in_order");
  const now = new Date(Date.now() + 3600e3), before = new Date(Date.now() - 3600e3);
  const changed = await check("sf_updated", () => account.updated(before, now));
  ok(changed?.ids?.includes(made.id) && changed?.latestDateCovered, "sf_updated_lists_it");
  const gone = await check("sf_delete", () => account.destroy(made.id));
  ok(gone?.success, "sf_delete_answers");
  await refuses("sf_deleted_is_not_found", () => account.retrieve(made.id), (e) => /NOT_FOUND|DELETED/.test(e.errorCode));
  const deleted = await check("sf_deleted", () => account.deleted(before, now));
  ok(deleted?.deletedRecords?.some((r) => r.id === made.id), "sf_deleted_lists_it", JSON.stringify(deleted));
  const tomb = await check("sf_query_all", () =>
    conn.query(`SELECT Id, IsDeleted FROM Account WHERE Id = '${made.id}'`, { scanAll: true }));
  same(tomb?.records?.[0]?.IsDeleted, true, "sf_query_all_sees_tombstones");

  conn.bulk2.pollTimeout = 20000;
  conn.bulk2.pollInterval = 50;
  const bulk = await check("sf_bulk_query", async () => {
    const stream = await conn.bulk2.query("SELECT Id, Name FROM Account");
    return stream.toArray();
  });
  same(bulk?.length, 4502, "sf_bulk_query_gives_all");
  const ingested = await check("sf_bulk_insert", () => conn.bulk2.loadAndWaitForResults({
    object: "Account", operation: "insert", input: [{ Name: "Bulk One" }, { Name: "Bulk Two" }], pollInterval: 50, pollTimeout: 20000 }));
  same(ingested?.successfulResults?.length, 2, "sf_bulk_insert_answers");
  const found = await conn.query("SELECT Id FROM Account WHERE Name IN ('Bulk One', 'Bulk Two')");
  same(found.records.length, 2, "sf_bulk_insert_wrote");
  const dead = new jsforce.Connection({ instanceUrl: at.salesforce, version: "66.0", accessToken: "00Dxx!dead" });
  await refuses("sf_dead_session_is_401", () => dead.query("SELECT Id FROM Account LIMIT 1"), (e) => e.errorCode === "INVALID_SESSION_ID");
  const renewing = new jsforce.Connection({
    instanceUrl: at.salesforce, version: "66.0", accessToken: "00Dxx!dead", refreshToken: "sandbox-refresh",
    oauth2: { loginUrl: at.salesforce, clientId: "sandbox-client", clientSecret: "sandbox-secret" } });
  const renewed = await check("sf_refresh_after_401", () => renewing.query("SELECT Id FROM Account LIMIT 1"));
  same(renewed?.records?.length, 1, "sf_refresh_then_answers");
}

async function hubspot() {
  const client = new Client({ accessToken: "pat-sandbox-0001", basePath: at.hubspot });
  const companies = client.crm.companies;
  const page = await check("hs_list", () => companies.basicApi.getPage(10, undefined, ["name", "domain"]));
  same(page?.results?.length, 10, "hs_list_limit");
  const next = await check("hs_list_after", () => companies.basicApi.getPage(10, page.paging.next.after, ["name"]));
  ok(next?.results?.[0]?.id !== page?.results?.[9]?.id, "hs_list_goes_on");
  const all = await check("hs_get_all", () => companies.getAll(100, undefined, ["name"]));
  same(all?.length, 350, "hs_get_all_gives_each");
  await refuses("hs_list_limit_over_100", () => companies.basicApi.getPage(101), (e) => e.code === 400);
  const made = await check("hs_create", () => companies.basicApi.create({ properties: { name: "Acme", domain: "acme.example" }, associations: [] }));
  ok(/^\d+$/.test(made?.id), "hs_create_gives_an_id");
  const read = await check("hs_read", () => companies.basicApi.getById(made.id, ["name", "phone", "nonsense"]));
  same([read?.properties?.name, "phone" in read.properties, read?.properties?.phone], ["Acme", true, null], "hs_empty_is_null");
  ok(!("nonsense" in (read?.properties ?? {})), "hs_unknown_property_is_left_out");
  await check("hs_update", () => companies.basicApi.update(made.id, { properties: { phone: "+31", domain: "" } }));
  const after = await companies.basicApi.getById(made.id, ["phone", "domain"]);
  same([after.properties.phone, after.properties.domain], ["+31", null], "hs_empty_text_clears");
  await refuses("hs_unknown_property_on_write", () => companies.basicApi.update(made.id, { properties: { nonsense: "1" } }), (e) => e.code === 400);
  await refuses("hs_bad_option", () => companies.basicApi.update(made.id, { properties: { industry: "blue" } }), (e) => e.code === 400);
  await refuses("hs_not_found", () => companies.basicApi.getById("1"), (e) => e.code === 404 && e.body?.category === "OBJECT_NOT_FOUND");
  const batch = await check("hs_batch_create", () => companies.batchApi.create({ inputs: [
    { properties: { name: "One" }, associations: [] }, { properties: { name: "Two" }, associations: [] }] }));
  same(batch?.results?.length, 2, "hs_batch_create_answers");
  const ids = batch.results.map((r) => ({ id: r.id }));
  const got = await check("hs_batch_read", () => companies.batchApi.read({ inputs: ids, properties: ["name"], propertiesWithHistory: [] }));
  same(got?.results?.map((r) => r.properties.name).sort(), ["One", "Two"], "hs_batch_read_answers");
  const part = await check("hs_batch_read_missing", () => companies.batchApi.read({ inputs: [...ids, { id: "1" }], properties: ["name"], propertiesWithHistory: [] }));
  same([part?.results?.length, part?.numErrors], [2, 1], "hs_batch_read_names_the_missing");
  const changed = await check("hs_batch_update", () => companies.batchApi.update({ inputs: ids.map(({ id }) => ({ id, properties: { city: "Delft" } })) }));
  same(changed?.results?.length, 2, "hs_batch_update_answers");
  await refuses("hs_batch_twice_the_same", () => companies.batchApi.update({ inputs: [ids[0], ids[0]].map(({ id }) => ({ id, properties: { city: "X" } })) }), (e) => e.code === 400);
  const found = await check("hs_search", () => companies.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: "city", operator: "EQ", value: "Delft" }] }], properties: ["name"], limit: 10 }));
  same(found?.total, 2, "hs_search_counts");
  await refuses("hs_search_ceiling", () => companies.searchApi.doSearch({ filterGroups: [], limit: 200, after: "9900" }), (e) => e.code === 400);
  const props = await check("hs_properties", () => client.crm.properties.coreApi.getAll("companies"));
  ok(props?.results?.length >= 200, "hs_properties_of_realistic_number");
  const key = await check("hs_property_create", () => client.crm.properties.coreApi.create("companies", {
    name: "acme_key", label: "Acme key", type: "string", fieldType: "text", groupName: "companyinformation", hasUniqueValue: true }));
  same(key?.hasUniqueValue, true, "hs_property_is_unique");
  await refuses("hs_property_twice", () => client.crm.properties.coreApi.create("companies", {
    name: "acme_key", label: "x", type: "string", fieldType: "text", groupName: "companyinformation" }), (e) => e.code === 409);
  const up = await check("hs_upsert", () => companies.batchApi.upsert({ inputs: [{ idProperty: "acme_key", id: "K1", properties: { acme_key: "K1", name: "Keyed" } }] }));
  const up2 = await check("hs_upsert_again", () => companies.batchApi.upsert({ inputs: [{ idProperty: "acme_key", id: "K1", properties: { acme_key: "K1", name: "Keyed" } }] }));
  same([up?.results?.[0]?._new, up2?.results?.[0]?._new], [true, false], "hs_upsert_says_new");
  same(up?.results?.[0]?.id, up2?.results?.[0]?.id, "hs_upsert_finds_the_same");
  await refuses("hs_upsert_non_unique", () => companies.batchApi.upsert({ inputs: [{ idProperty: "domain", id: "x.example", properties: { name: "x" } }] }), (e) => e.code === 400);
  await check("hs_archive", () => companies.basicApi.archive(made.id));
  await refuses("hs_archived_is_not_found", () => companies.basicApi.getById(made.id), (e) => e.code === 404);
  const archived = await check("hs_list_archived", () => companies.basicApi.getPage(10, undefined, ["name"], undefined, undefined, true));
  ok(archived?.results?.some((r) => r.id === made.id && r.archived), "hs_list_archived_shows_it");
  const past = await companies.basicApi.getById(made.id, undefined, ["phone", "domain"], undefined, true);
  same(past.propertiesWithHistory.domain.map((h) => [h.value, h.sourceType]),
    [["", "INTEGRATION"], ["acme.example", "INTEGRATION"]], "hs_history_newest_first");
  ok(past.propertiesWithHistory.phone[0].timestamp instanceof Date, "hs_history_has_times");
  const pages = await companies.basicApi.getPage(50, undefined, undefined, ["name"]);
  ok(pages.results.every((r) => r.propertiesWithHistory.name.length === 1), "hs_history_in_a_walk");
  await refuses("hs_history_fifty_at_once", () => companies.basicApi.getPage(51, undefined, undefined, ["name"]), (e) => e.code === 400);
  const merged = await check("hs_merge", () => companies.basicApi.merge({ primaryObjectId: ids[0].id, objectIdToMerge: ids[1].id }));
  const old = await companies.basicApi.getById(ids[1].id, ["name", "hs_merged_object_ids"]);
  same([old.id, old.properties.name, old.properties.hs_merged_object_ids],
    [merged.id, "One", ids.map((x) => x.id).join(";")], "hs_merged_ids_read_as_the_survivor");
  await check("hs_batch_archive", () => companies.batchApi.archive({ inputs: [{ id: merged.id }] }));
  await refuses("hs_batch_archived_is_not_found", () => companies.basicApi.getById(ids[0].id), (e) => e.code === 404);
  const validations = await check("hs_groups", () => client.crm.properties.groupsApi.getAll("companies"));
  ok(validations?.results?.some((g) => g.name === "companyinformation"), "hs_groups_list_the_standard_ones");
  await check("hs_property_archive", () => client.crm.properties.coreApi.archive("companies", "acme_key"));
  await refuses("hs_property_archived", () => client.crm.properties.coreApi.getByName("companies", "acme_key"), (e) => e.code === 404);
  const bad = new Client({ accessToken: "pat-wrong", basePath: at.hubspot });
  await refuses("hs_wrong_token_is_401", () => bad.crm.companies.basicApi.getPage(1), (e) => e.code === 401);
}

async function people() {
  const client = new Client({ accessToken: "pat-sandbox-0001", basePath: at.hubspot });
  const { companies, contacts } = client.crm, v4 = client.crm.associations.v4;
  const company = (await companies.basicApi.create({ properties: { name: "People & Co" }, associations: [] })).id;
  const other = (await companies.basicApi.create({ properties: { name: "Others" }, associations: [] })).id;
  const ann = await check("hs_contact_create", () => contacts.basicApi.create({
    properties: { email: "Ann@People.example", firstname: "Ann" },
    associations: [{ to: { id: company }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }] }] }));
  const read = await check("hs_contact_read", () => contacts.basicApi.getById(ann.id, ["email", "associatedcompanyid"], undefined, ["companies"]));
  same([read?.properties?.email, read?.properties?.associatedcompanyid], ["ann@people.example", company], "hs_contact_has_its_company");
  same(read?.associations?.companies?.results?.map((r) => r.type).sort(), ["contact_to_company", "contact_to_company_unlabeled"], "hs_inline_associations");
  await refuses("hs_contact_email_is_taken", () => contacts.basicApi.create({ properties: { email: "ann@people.example" }, associations: [] }),
    (e) => e.code === 409 && e.body.message.endsWith(ann.id));
  const byEmail = await contacts.basicApi.getById("ann@people.example", ["firstname"], undefined, undefined, false, "email");
  same(byEmail.id, ann.id, "hs_contact_by_email");
  const up = await check("hs_contact_upsert_by_email", () => contacts.batchApi.upsert({ inputs: [
    { idProperty: "email", id: "ann@people.example", properties: { lastname: "Li" } },
    { idProperty: "email", id: "bob@people.example", properties: { firstname: "Bob" } }] }));
  same(up?.results?.map((r) => r._new), [false, true], "hs_contact_upsert_says_new");
  const bob = up.results[1].id;
  const found = await check("hs_contact_search", () => contacts.searchApi.doSearch({ limit: 10, properties: ["email"],
    filterGroups: [{ filters: [{ propertyName: "lastmodifieddate", operator: "GTE", value: "1" }] }], sorts: ["lastmodifieddate"] }));
  same(found?.results?.map((r) => r.id).sort(), [ann.id, bob].sort(), "hs_contact_search_by_its_own_date");

  const links = async (from, id, to) => Object.fromEntries((await v4.basicApi.getPage(from, id, to)).results.map(
    (r) => [r.toObjectId, r.associationTypes.map((t) => t.typeId).sort((a, b) => a - b)]));
  await check("hs_association_default", () => v4.basicApi.createDefault("contacts", ann.id, "companies", other));
  same(await links("contacts", ann.id, "companies"), { [company]: [1, 279], [other]: [279] }, "hs_associations_of_one");
  const labelled = await check("hs_association_labelled", () => v4.basicApi.create("contacts", ann.id, "companies", other,
    [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }]));
  same(labelled?.labels, ["Primary"], "hs_association_tells_its_labels");
  same(await links("companies", other, "contacts"), { [ann.id]: [2, 280] }, "hs_associations_have_two_ends");
  const made = await check("hs_associations_batch_create", () => v4.batchApi.create("contacts", "companies", { inputs: [
    { _from: { id: bob }, to: { id: company }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 279 }] }] }));
  same(made?.results?.length, 1, "hs_associations_batch_create_answers");
  const many = await check("hs_associations_batch_read", () => v4.batchApi.getPage("contacts", "companies", { inputs: [{ id: ann.id }, { id: bob }, { id: "17" }] }));
  same([many?.results?.map((r) => r.to.length), many?.errors?.[0]?.subCategory],
    [[2, 1], "crm.associations.NO_ASSOCIATIONS_FOUND"], "hs_associations_batch_read_answers");
  await check("hs_associations_batch_archive", () => v4.batchApi.archive("contacts", "companies", { inputs: [{ _from: { id: bob }, to: [{ id: company }] }] }));
  same(await links("contacts", bob, "companies"), {}, "hs_associations_batch_archive_took_it");
  const label = await check("hs_label_create", () => v4.schema.definitionsApi.create("contacts", "companies", { name: "champion", label: "Champion" }));
  const typeId = label?.results?.find((r) => r.label === "Champion")?.typeId;
  await check("hs_label_set", () => v4.basicApi.create("contacts", ann.id, "companies", company, [{ associationCategory: "USER_DEFINED", associationTypeId: typeId }]));
  same(await links("contacts", ann.id, "companies"), { [company]: [typeId, 279].sort((a, b) => a - b), [other]: [1, 279] }, "hs_label_is_on_the_pair");
  const labels = await v4.schema.definitionsApi.getAll("contacts", "companies");
  ok(labels.results.some((r) => r.typeId === typeId && r.category === "USER_DEFINED"), "hs_labels_list_it");
  await check("hs_association_archive", () => v4.basicApi.archive("contacts", ann.id, "companies", other));
  same(Object.keys(await links("contacts", ann.id, "companies")), [company], "hs_association_archive_took_it");
  const v3 = await check("hs_associations_v3", () => client.crm.associations.batchApi.read("contacts", "companies", { inputs: [{ id: ann.id }] }));
  same(v3?.results?.[0]?.to?.[0]?.id, company, "hs_associations_v3_read");

  const lists = client.crm.lists;
  const list = await check("hs_list_create", () => lists.listsApi.create({ name: "Inclusion", objectTypeId: "0-1", processingType: "MANUAL" }));
  const lid = list?.list?.listId;
  const added = await check("hs_list_add", () => lists.membershipsApi.add(lid, [ann.id, bob, "17"]));
  same([added?.recordsIdsAdded, added?.recordIdsMissing], [[ann.id, bob], ["17"]], "hs_list_add_answers");
  const members = await check("hs_list_members", () => lists.membershipsApi.getPage(lid, undefined, undefined, 1));
  const rest = await lists.membershipsApi.getPage(lid, members.paging.next.after, undefined, 1);
  same([members.total, members.results[0].recordId, rest.results[0].recordId], [2, ...[ann.id, bob].sort()], "hs_list_members_page");
  const joined = await check("hs_list_join_order", () => lists.membershipsApi.getPageOrderedByAddedToListDate(lid));
  same(joined?.results?.length, 2, "hs_list_join_order_answers");
  await check("hs_list_remove", () => lists.membershipsApi.remove(lid, [bob]));
  const of = await check("hs_lists_of_a_record", () => lists.membershipsApi.getLists("0-1", ann.id));
  same(of?.results?.map((r) => r.listId), [lid], "hs_lists_of_a_record_answers");
  const sought = await check("hs_list_search", () => lists.listsApi.doSearch({ query: "incl", count: 10, offset: 0, additionalProperties: ["hs_list_size"], processingTypes: ["MANUAL"], listIds: [] }));
  same([sought?.lists?.[0]?.listId, sought?.lists?.[0]?.additionalProperties?.hs_list_size], [lid, "1"], "hs_list_search_answers");
  const named = await check("hs_list_by_name", () => lists.listsApi.getByName("Inclusion", "0-1"));
  same(named?.list?.size, 1, "hs_list_has_a_size");
  await check("hs_list_delete", () => lists.listsApi.remove(lid));
  await refuses("hs_list_deleted", () => lists.listsApi.getById(lid), (e) => e.code === 404);

  const owners = await check("hs_owners", () => client.crm.owners.ownersApi.getPage(undefined, undefined, 2));
  const next = await client.crm.owners.ownersApi.getPage(undefined, owners.paging.next.after, 100);
  ok(owners.results.length === 2 && next.results.length >= 1, "hs_owners_page");
  const gone = await client.crm.owners.ownersApi.getPage(undefined, undefined, 100, true);
  ok(gone.results.every((o) => o.archived && o.userId == null) && gone.results.length > 0, "hs_owners_archived");
  const one = await check("hs_owner", () => client.crm.owners.ownersApi.getById(Number(owners.results[0].id)));
  same(one?.email, owners.results[0].email, "hs_owner_answers");

  const anonymous = new Client({ basePath: at.hubspot });
  const token = await check("hs_oauth_refresh", () => anonymous.oauth.tokensApi.create(
    "refresh_token", undefined, undefined, "sandbox-client", "sandbox-secret", "na1-sandbox-refresh"));
  ok(token?.accessToken && token.expiresIn === 1800 && token.refreshToken, "hs_oauth_answers", JSON.stringify(token));
  anonymous.setAccessToken(token.accessToken);
  const page = await check("hs_oauth_token_works", () => anonymous.crm.contacts.basicApi.getPage(1));
  same(page?.results?.length, 1, "hs_oauth_token_reads");
  const info = await check("hs_oauth_token_info", () => anonymous.oauth.accessTokensApi.get(token.accessToken));
  ok(info?.hubId === 4242 && info.scopes.includes("crm.objects.contacts.read"), "hs_oauth_info_has_scopes");
  await refuses("hs_oauth_bad_refresh", () => anonymous.oauth.tokensApi.create(
    "refresh_token", undefined, undefined, "sandbox-client", "sandbox-secret", "wrong"),
    (e) => e.code === 400 && e.body.status === "BAD_REFRESH_TOKEN");
}

try {
  await salesforce();
  await hubspot();
  await people();
} catch (e) {
  ok(false, "the clients ran to their end", e);
} finally {
  sandbox.kill("SIGTERM");
}
console.log(`1..${count}`);
process.exitCode = bad ? 1 : 0;
