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
  same([read?.properties?.name, read?.properties?.phone], ["Acme", null], "hs_empty_is_null");
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
  const bad = new Client({ accessToken: "pat-wrong", basePath: at.hubspot });
  await refuses("hs_wrong_token_is_401", () => bad.crm.companies.basicApi.getPage(1), (e) => e.code === 401);
}

try {
  await salesforce();
  await hubspot();
} catch (e) {
  ok(false, "the clients ran to their end", e);
} finally {
  sandbox.kill("SIGTERM");
}
console.log(`1..${count}`);
process.exitCode = bad ? 1 : 0;
