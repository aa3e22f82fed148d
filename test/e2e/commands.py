"""The command line itself: every command and option is in --help and in the manual; --json is one object;
exit statuses; what init makes; no secret anywhere."""
import glob
import json
import os
import re
import shlex
import stat
import subprocess
import tempfile
from xml.etree import ElementTree

import lab_json
from lab import BUILD, PAGE, ROOT, Tandem, Tap, demo_sandbox

tap = Tap()
tandem = os.path.join(BUILD, "tandem")


def bare(*args, env=None, cwd="/"):
    """tandem as it is: no --config, nothing in the environment but what is given"""
    return subprocess.run([tandem, *args], capture_output=True, text=True, check=False, cwd=cwd,
                          stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", **(env or {})})


def one_object(text):
    lines = text.splitlines()
    return json.loads(lines[0]) if len(lines) == 1 else None


# ---- help and the manual
top = bare("help").stdout
commands = [re.split(r"  +", line.strip())[0] for line in top.splitlines()
            if line.startswith("  ") and not line.strip().startswith("--")]
man = open(os.path.join(ROOT, "man", "tandem.1"), encoding="utf-8").read()
# the manual as text: macros gone, "\\-" and the like spelt out
words = re.sub(r"^\.\w+|[\\\"]|Fl -", " ", man, flags=re.M)
plain = re.sub(r"\b(Cm|Ar|Fl|Op|No|Ns|Pa|Pq|Xo|Xc|It|Ev)\b", " ", words)
plain = re.sub(r"[\s|]+", " ", plain)
tap.ok(len(commands) >= 16, "help_lists_the_commands", commands)
options = set()
for command in commands:
    name = [w for w in command.split() if w.islower()]
    text = bare(*name, "--help").stdout
    tap.ok("usage: tandem " + " ".join(name) in text, "help_of_" + "_".join(name), text)
    tap.same(bare("help", *name).stdout, text, "help_command_is_command_help_" + "_".join(name))
    options |= set(re.findall(r"^  --([a-z-]+)", text, flags=re.M))
    # "settings get" may stand as "settings [get NAME | set NAME VALUE]"
    tap.ok(all(re.search(rf"\b{re.escape(w)}\b", plain) for w in name), "manual_has_" + "_".join(name))
missing = [o for o in sorted(options) if not re.search(rf"Fl -{o}\b", man)]
tap.same(missing, [], "manual_has_every_option")
# and each command's entry its own: an entry is what stands between two .It
everywhere = set(re.findall(r"^  --([a-z-]+)", bare("help", "runs").stdout, flags=re.M))
entries = re.split(r"^\.It ", man.split(".Sh COMMANDS")[1].split(".Sh OPTIONS")[0], flags=re.M)
for command in commands:
    name = [w for w in command.split() if w.islower()]
    own = set(re.findall(r"^  --([a-z-]+)", bare(*name, "--help").stdout, flags=re.M)) - everywhere
    found = [e for e in entries if all(re.search(rf"(Cm|\|)[^\n]*\b{re.escape(w)}\b", e) for w in name)]
    tap.ok(any(own <= set(re.findall(r"Fl -([a-z-]+)", e)) or "options as above" in e for e in found),
           "manual_entry_has_the_options_of_" + "_".join(name), own)
options = re.findall(r"^  ([a-z_]+)", bare("help", "config").stdout, flags=re.M)
written = tempfile.TemporaryDirectory()
bare("init", written.name)
yaml = open(written.name + "/tandem.yaml", encoding="utf-8").read()
tap.ok(len(options) >= 10, "help_config_lists_the_options", options)
tap.same([o for o in options if f".It Cm {o}" not in man], [], "manual_has_every_config_option")
tap.same(re.findall(r"^(?:# )?([a-z_]+): ", yaml, flags=re.M), options, "init_writes_every_option")

# ---- commands that the documents show are commands
shown = []
for page in ("README.md", "man/tandem.1", "CONTRIBUTING.md", "tools/demo"):
    text = open(os.path.join(ROOT, page), encoding="utf-8").read().replace("\\e\n", "")
    shown += [(page, x) for x in re.findall(r"^ *(?:\.Dl )?(tandem [a-z][^`#\n]*)", text, flags=re.M)]
tap.ok(len(shown) >= 20, "documents_show_commands", shown)
for page, line in shown:
    parts = shlex.split(line)[1:]
    name = [w for w in parts if w.islower() and w[0] != "-"][:2]
    usage = bare(*name, "--help").stdout or bare(*name[:1], "--help").stdout
    unknown = [o for o in parts if o.startswith("--") and o + " " not in usage.replace("\n", " ")]
    tap.ok(usage and not unknown, "shown_in_" + page + "_" + "_".join(name), (line, unknown))

# ---- help, for programs
for args in (("help",), ("--help",), ("help", "settings"), ("sync", "--help"), ("help", "config"), ("--version",)):
    r = bare(*args, "--json")
    tap.same((r.returncode, lab_json.wrong(PAGE, args, r.stdout, r.stderr), len(r.stdout.splitlines())), (0, [], 1),
             "json_" + "_".join(args))
told = json.loads(bare("help", "--json").stdout)["result"]["commands"]
tap.same([" ".join(filter(None, (x["command"], x["arguments"]))) for x in told], commands,
         "json_help_has_the_commands")
tap.same([x["option"] for x in told[[x["command"] for x in told].index("sync")]["options"]],
         ["config", "connection", "help", "json", "past-brake", "quiet", "trace-http"], "and_their_options")
tap.same([x["command"] for x in json.loads(bare("help", "settings", "--json").stdout)["result"]["commands"]],
         ["settings list", "settings get", "settings set"], "json_help_of_a_group")
r = bare("help", "frobnicate", "--json")
tap.ok(r.returncode == 64 and one_object(r.stderr) and not r.stdout, "json_help_of_nothing", r)

# ---- docs/json.md has every command, and no member or code that the program does not know
described = {x for x in PAGE.shape | PAGE.parts | PAGE.any}
names = [" ".join(w for w in c.split() if w.islower()) for c in commands]
tap.same([n for n in names if n != "serve" and not {n, " ".join(n.split()[:2])} & described], [],
         "json_page_has_every_command")
source = "".join(open(f, encoding="utf-8").read() for f in glob.glob(ROOT + "/src/**/*.c", recursive=True))
members = {x for shape, m in PAGE.shape.items() if shape != "Lines" for k in m for x in re.split(r"[.\[\]]+", k) if x}
tap.same(sorted(x for x in members if not re.search(rf'"{x}\\?"', source)), [], "json_page_has_no_member_that_is_gone")
reasons = re.findall(r'\[WHY_\w+\] = {"(\w+)"', source)
tap.ok(len(reasons) > 50, "reasons_are_found", reasons)
tap.same(sorted(PAGE.codes["reasons"]), sorted(reasons), "json_page_has_every_reason")

r = bare("settings", "list", "--json")
tap.ok(r.returncode == 1 and one_object(r.stderr), "no_configuration_is_said_in_json", r)

# ---- wrong usage: 64, with the way out
for args, said in ((("frobnicate",), "frobnicate"), (("sync", "--yes"), "takes no --yes"),
                   (("explain",), "takes ID"), (("import", "contacts"), "contacts"),
                   (("sync", "--bogus"), "--bogus"), (("plan", "import", "contacts"), "contacts"),
                   (("import", "accounts", "--limit", "many"), "whole number"),
                   (("import", "accounts", "--limit"), "--limit"),
                   (("mapping", "set", "x"), "mapping")):
    r = bare(*args)
    tap.ok(r.returncode == 64 and said in r.stderr and not r.stdout, "wrong_" + "_".join(args), r)
    r = bare(*args, "--json")
    e = one_object(r.stderr)
    tap.ok(r.returncode == 64 and e and set(e) == {"code", "rule", "message", "hint", "subject"} and
           not r.stdout, "wrong_json_" + "_".join(args), r)

# ---- completion: what the program itself says
def completed(*words):
    line = " ".join(shlex.quote(w) for w in words)
    p = subprocess.run(["bash", "-c", f"source {ROOT}/packaging/tandem.bash; COMP_WORDS=({line}); "
                        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tandem; printf '%s\\n' \"${COMPREPLY[@]}\""],
                       capture_output=True, text=True, check=False, cwd=written.name,
                       env={"PATH": BUILD + ":/usr/bin:/bin"})
    return p.stdout.split() + p.stderr.split()


for words, want in ((("tandem", "st"), ["status"]), (("tandem", "mapping", "ch"), ["change", "check"]),
                    (("tandem", "--json", "import", ""), ["accounts"]),
                    (("tandem", "sync", "--past"), ["--past-brake"]),
                    (("tandem", "sync", "--past-brake", "c"), ["create_max", "clear", "change"]),
                    (("tandem", "mapping", "add", "--al"), ["--allow-new-values"]),
                    (("tandem", "settings", "set", "create_"), ["create_max", "create_settle"]),
                    (("tandem", "mapping", "show", "Billing"), [f"Billing{x}" for x in
                     ("Street", "City", "State", "PostalCode", "Country")])):
    tap.same(completed(*words), want, "completes_" + "_".join(words[1:]))

# ---- near names: what was probably meant; what getopt stumbled over is named
for args, said in ((("stauts",), '"status"'), (("maping", "list"), '"mapping"'),
                   (("sync", "--yess"), "--yes?"), (("sync", "--jsn"), "--json?"),
                   (("import", "accounts", "--limt=3"), "--limit?")):
    r = bare(*args)
    tap.ok(r.returncode == 64 and "did you mean " + said in r.stderr, "meant_" + "_".join(args), r)
for args, said in ((("import",), "which `tandem import`?"), (("sync", "-q"), "no option -q"),
                   (("sync", "--json", "-qx"), "no option -qx"), (("sync", "--json=1"), "takes no value"),
                   (("import", "accounts", "--limit"), "--limit wants a value"),
                   (("settings", "set", "create_max", "-1"), "no option -1")):
    r = bare(*args)
    tap.ok(r.returncode == 64 and said in r.stderr, "told_" + "_".join(args), r)
r = bare("settings", "set", "create_max", "--", "-1")
tap.ok(r.returncode == 64 and 'cannot be "-1"' in r.stderr, "a_value_with_a_hyphen_after_two", r)
r = bare("status")
tap.ok(r.returncode == 1 and "./tandem.yaml" in r.stderr and "/etc/tandem/tandem.yaml" in r.stderr,
       "where_no_configuration_is", r)

tap.ok(re.fullmatch(r"tandem \d+\.\d+\.\d+\n", bare("--version").stdout), "version")

s = demo_sandbox()
t = Tandem(s)
try:
    # ---- what init makes
    modes = {n: stat.S_IMODE(os.stat(os.path.join(t.dir, n)).st_mode) for n in
             ("tandem.key", "tandem.db")}
    tap.same(modes, {"tandem.key": 0o600, "tandem.db": 0o600}, "key_and_store_are_private")
    before = {n: open(os.path.join(t.dir, n), "rb").read() for n in ("tandem.yaml", "tandem.key")}
    r = t.run("init", t.dir)
    after = {n: open(os.path.join(t.dir, n), "rb").read() for n in ("tandem.yaml", "tandem.key")}
    tap.ok(r.code == 3 and before == after, "init_overwrites_nothing", r)
    keyed = os.path.join(t.dir, "keyed")
    r = bare("init", keyed, env={"TANDEM_KEY": "ab" * 32})
    tap.ok(r.returncode == 0 and not os.path.exists(keyed + "/tandem.key"),
           "no_key_file_beside_TANDEM_KEY", r)

    # ---- where the configuration is found
    r = bare("status", env={"TANDEM_CONFIG": t.config})
    tap.ok(r.returncode == 0 and "company_sync is off" in r.stdout, "found_by_TANDEM_CONFIG", r)
    r = bare("status", cwd=t.dir)
    tap.ok(r.returncode == 0, "found_in_the_folder", r)

    # ---- one object on standard output, whatever the command
    t.json("settings", "set", "company_sync", "on")
    t.json("settings", "set", "create_settle", "0")
    r = t.run("import", "accounts", "--json")
    e = one_object(r.err)
    tap.ok(r.code == 3 and e["code"] == "not_confirmed" and e["rule"] == "S13.2" and
           one_object(r.out)["result"]["planned_only"], "preview_in_json", r)
    t.json("import", "accounts", "--yes")
    some = s.records("salesforce/accounts")[0]["id"]
    for args in (("status",), ("runs",), ("mapping", "list"), ("settings", "list"), ("doctor",),
                 ("settings", "get", "match.domain"), ("explain", some), ("plan", "sync"),
                 ("plan", "import", "accounts"), ("sync",), ("setup",), ("setup", "--package", t.dir + "/p"),
                 ("plan", "resync", some), ("plan", "backfill", "Phone"), ("mapping", "check"),
                 ("mapping", "export"), ("mapping", "propose"), ("mapping", "show", "Name"),
                 ("review", "list"), ("errors", "list"), ("errors", "export"), ("links", "list"),
                 ("filter", "show"), ("hold",), ("release",), ("adopt",), ("verify",)):
        r = t.run(*args, "--json")  # each member as docs/json.md says: lab_json
        d = one_object(r.out)
        tap.ok(r.code == (3 if args == ("release",) else 0) and (not r.err or r.code) and d and
               d["tandem"] == 1 and d["command"] in (" ".join(args[:2]), args[0]) and "result" in d,
               "json_" + "_".join(args), r)
    t.json("release", "--yes")
    for args in (("init", t.dir + "/j"), ("status", "--config", t.dir + "/j/tandem.yaml")):
        r = t.run(*args, "--json")
        tap.ok(r.code == 0 and one_object(r.out), "json_" + args[0] + "_at_first", r)
    for r in (t.connect_hubspot("--json"), t.connect_salesforce("--json")):
        tap.ok(r.code == 0 and one_object(r.out), "json_connect", r)
    s.call("/salesforce/accounts", {"Name": "Streams \u001b[31m & Söhne"}, "POST")
    r = t.run("plan", "sync", "--jsonl")
    lines = [json.loads(x) for x in r.out.splitlines()]
    tap.ok(r.code == 0 and [x["action"] for x in lines] == ["create"], "jsonl_streams_changes", r)
    tap.ok("\u001b" not in t.run("plan", "sync").out, "values_cannot_play_with_the_terminal")
    r = t.run("plan", "sync", "--json", "--all")
    tap.ok(r.code == 64 and "jsonl" in r.err, "all_streams_as_jsonl_only", r)

    r = t.run("adopt", "--json", "--all")
    tap.ok(r.code == 64 and "jsonl" in r.err and not r.out, "so_do_links_taken_over", r)

    # ---- settings
    r = t.run("settings", "set", "frobnicate", "1")
    tap.ok(r.code == 64 and "frobnicate" in r.err and "settings list" in r.err, "unknown_setting", r)
    r = t.run("settings", "set", "create_setle", "1")
    tap.ok(r.code == 64 and 'did you mean "create_settle"?' in r.err, "the_setting_that_was_meant", r)
    r = t.run("mapping", "show", "Nmae")
    tap.ok(r.code == 64 and 'did you mean "Name"?' in r.err, "the_mapping_that_was_meant", r)
    r = t.run("mapping", "add", "Ratng", "hs_lead_status")
    tap.ok(r.code == 64 and 'did you mean "Rating"?' in r.err, "the_field_that_was_meant", r)
    r = t.run("mapping", "add", "Rating", "hs_lead_statu")
    tap.ok(r.code == 64 and 'did you mean "hs_lead_status"?' in r.err, "the_property_that_was_meant", r)
    r = t.run("filter", "check", "Tpye = 'x'")
    tap.ok(r.code == 64 and 'did you mean "Type"?' in r.err, "the_filter_field_that_was_meant", r)
    r = t.run("settings", "get", "frobnicate")
    tap.ok(r.code == 64 and "frobnicate" in r.err, "unknown_setting_get", r)
    r = t.run("settings", "set", "match.domain", "perhaps")
    tap.ok(r.code == 64 and "review" in r.err, "bad_value_names_the_good_ones", r)
    set_to = {v: t.json("settings", "set", "company_sync", v) for v in ("off", "on")}
    tap.same([set_to[v]["company_sync"] for v in set_to] + [t.json("settings", "get", "company_sync")["company_sync"]],
             ["off", "on", "on"], "set_tells_a_value_as_get_does")
    t.json("settings", "set", "match.domain", "off")
    tap.same(t.run("settings", "get", "match.domain").out, "off\n", "settings_are_kept")

    # ---- every command says no alike: what is meant, and the way out; nothing that was typed is ignored
    known = next(x["id"] for x in t.json("review", "list")["reviews"] if x["side"] == "salesforce")
    far = "001000000000000"
    for args, code, said in (
            (("unlink", known), 3, (known, "not linked", "S7.6", f"tandem explain {known}")),
            (("unlink", far), 64, ("account " + far, "check the id")),
            (("unlink", "zzz"), 64, ('"zzz" is neither', "15 or 18 characters")),
            (("errors", "show", "zzz"), 64, ('"zzz" is neither', "15 or 18 characters")),
            (("errors", "retry", "zzz"), 64, ('"zzz" is neither', "15 or 18 characters")),
            (("errors", "retry"), 64, ("takes ID", "errors list")),
            (("errors", "retry", known, "--all"), 64, ("takes ID", "errors list")),
            (("review", "accept"), 64, ("takes ID", "review list")),
            (("review", "accept", known, "--all"), 64, ("takes ID", "review list")),
            (("review", "reject", known, "--all"), 64, ("takes ID", "review list")),
            (("undo", "x"), 64, ('"x"', "tandem runs")),
            (("undo", "1", "--record", "zzz"), 64, ('"zzz" is neither', "15 or 18 characters")),
            (("resync", known, "9000000001"), 64, ("9000000001", "one command")),
            (("resync", "--list", "zzz"), 64, ("zzz", "S14.1", "address")),
            (("settings", "set", "on_delete", "kill"), 64, ("unlink|delete|ignore", "S9.1", "settings list")),
            (("settings", "set", "create_max", "many"), 64, ("whole number", "S12.3", "settings list")),
            (("settings", "set", "create_max", "5", "--since", "2026-11-20T08:00:00Z"), 64,
             ("--since", "company_sync on")),
            (("settings", "set", "company_sync", "off", "--beside-native"), 64, ("--beside-native", "company_sync on")),
            (("settings", "set", "company_sync", "on", "--since", "today"), 64, ('"today"', "2026-11-20T08:00:00Z")),
            (("adopt", "--pairs", t.write("pairs", "a,b\n")), 64, ("pairs", "account id, a comma")),
            (("mapping", "import", t.write("cut", "a: [\n")), 64, ("cut", "line 2", "mapping export")),
            (("mapping", "import", t.write("odd", "a: 1\n")), 64, ("odd", "line 1", "mapping export")),
            (("init", "/nowhere/x"), 1, ("/nowhere/x", "folder"))):
        r = t.run(*args)
        tap.ok(r.code == code and all(x in r.err for x in said) and "\nhint: " in r.err and
               re.fullmatch(r"[ -~\n]*", r.err), "no_" + "_".join(args[:3]).replace(t.dir, ""), r)
    tap.ok("unlink|delete|ignore" in t.run("settings", "list").out, "settings_list_tells_what_each_takes")

    # ---- two connections under one tandem.yaml, each with its own store
    for args in (("status",), ("sync",), ("doctor",), ("serve",)):
        r = t.run(*args, "--connection", "other")
        tap.ok(r.code == 1 and '"other"' in r.err, "unknown_connection_" + args[0], r)
    tap.ok(not os.path.exists(t.dir + "/tandem.other.db"), "asking_makes_no_store")
    r = t.run("connect", "hubspot", "--url", s.at["hubspot"], "--token-file", t.dir + "/token",
              "--connection", "other")
    tap.ok(r.code == 0 and os.path.exists(t.dir + "/tandem.other.db"), "connect_makes_its_store", r)
    r = t.run("status", "--connection", "other", "--json")
    d = one_object(r.out)["result"]
    tap.same((d["links"], d["hubspot"]["connected"], d["salesforce"]["connected"]), (0, True, False),
             "connections_are_apart")
    for name in ("../x", "", "A B", "x" * 41):
        tap.same(t.run("status", "--connection", name).code, 64, "bad_connection_name")

    # ---- S8.7: another installation may not write to the same portal
    other = Tandem(s, connect=False)
    other.connect_hubspot()
    other.connect_salesforce()
    for args in (("setup",), ("settings", "set", "company_sync", "on"), ("doctor",)):
        r = other.run(*args)
        tap.ok(r.code == 3 and "S8.7" in r.err, "another_installation_refused_" + args[0], r)
    r = other.run("takeover")
    tap.ok(r.code == 3 and "--yes" in r.err, "takeover_wants_to_be_meant", r)
    tap.same(t.run("doctor").code, 0, "an_unconfirmed_takeover_takes_nothing")
    taken = other.json("takeover", "--yes")
    tap.same((taken["changed"], other.run("doctor").code), (True, 0), "takeover")
    r = t.run("sync")
    tap.ok(r.code == 3 and taken["installation"] in r.err, "the_old_installation_is_refused", r)
    tap.same(t.json("takeover", "--yes")["before"], taken["installation"], "and_back")
    tap.same(t.json("takeover")["changed"], False, "taking_what_is_ours_changes_nothing")
    other.close()

    # ---- S8.1: what an administrator deploys where our user may not make fields
    r = t.run("setup", "--package", t.dir + "/package")
    tap.same(r.code, 0, "package_is_written")
    parts = {name: ElementTree.parse(f"{t.dir}/package/{name}").getroot()
             for name in ("package.xml", "objects/Account.object",
                          "permissionsets/Tandem.permissionset")}
    space = "{http://soap.sforce.com/2006/04/metadata}"
    made = {x.tag.replace(space, ""): x.text for x in parts["objects/Account.object"][0]}
    tap.same((made["fullName"], made["type"], made["externalId"], made["unique"], made["length"]),
             ("Tandem_Company_Id__c", "Text", "true", "true", "64"), "package_has_the_field")
    tap.same([x.text for x in parts["package.xml"].iter(space + "members")],
             ["Account.Tandem_Company_Id__c", "Tandem"], "package_names_its_parts")
    granted = parts["permissionsets/Tandem.permissionset"].find(space + "fieldPermissions")
    tap.same([x.text for x in granted], ["Account.Tandem_Company_Id__c", "true", "true"],
             "package_gives_the_right_to_the_field")
    r = t.run("setup", "--package", t.dir + "/package")
    tap.ok(r.code == 3 and "package.xml" in r.err, "package_overwrites_nothing", r)

    # ---- explain works without the services, by every spelling of an id
    r15 = t.json("explain", some[:15])
    tap.same(r15["id"], some, "explain_by_15_characters")
    tap.same(t.json("explain", r15["partner"])["partner"], some, "explain_by_company")

    # ---- secrets (S17.1)
    trace = os.path.join(t.dir, "trace")
    said = ""
    for args in (("doctor",), ("sync",), ("connect", "hubspot", "--url", s.at["hubspot"],
                                          "--token-file", t.dir + "/token")):
        r = t.run(*args, "--trace-http", trace)
        said += r.out + r.err
    said += open(trace, encoding="utf-8").read()
    for path in glob.glob(t.dir + "/tandem.db*"):
        said += open(path, "rb").read().decode("latin-1")
    tap.ok(len(said) > 1000 and os.stat(trace).st_size > 0, "trace_is_written")
    tap.same([x for x in ("pat-sandbox-0001", "sandbox-secret") if x in said], [],
             "no_secret_in_output_trace_or_store")
    tap.ok(stat.S_IMODE(os.stat(trace).st_mode) == 0o600, "trace_is_private")
    r = t.run("sync", "--trace-http", "/nowhere/trace")
    tap.ok(r.code == 1 and "/nowhere/trace" in r.err, "trace_that_cannot_be_written", r)

    p = t.start("serve")
    while "serving" not in p.stderr.readline():
        pass
    limits = open(f"/proc/{p.pid}/limits", encoding="utf-8").read()
    p.terminate()
    p.communicate(timeout=60)
    tap.ok(re.search(r"Max core file size +0 ", limits), "no_core_is_left", limits)

    # ---- what a service says cannot play with the terminal, whichever way it is shown
    s.call("/salesforce/rules", {"validation": {"object": "Account", "field": "Phone", "text": "bad",
                                                "message": "\u001b[2J\u009bx\u0007 no"}}, "POST")
    s.call(f"/hubspot/companies/{r15['partner']}", {"phone": "bad"}, "PATCH")
    s.call(f"/salesforce/accounts/{some}", {"Phone": ""}, "PATCH")
    said = "".join(x.out + x.err for x in (t.run("sync"), t.run("errors", "list"), t.run("status"),
                                           t.run("explain", some)))
    tap.ok("] no" in said or "x  no" in said, "the_message_is_shown", said)
    tap.same(re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", said), [], "messages_cannot_play_with_the_terminal")

    # ---- an app that is not there: named, with the rule and the way out, whichever the flow
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=t",
           "-keyout", t.dir + "/server.key", "-out", t.dir + "/server.crt"]
    subprocess.run(key, check=True, capture_output=True)
    for flow in (("--client-secret-file", t.dir + "/secret"),
                 ("--jwt-key", t.dir + "/server.key", "--username", "tandem@sandbox.example")):
        r = t.run("connect", "salesforce", "--login-url", s.at["salesforce"], "--client-id", "3MVGwrong",
                  *flow)
        tap.ok(r.code == 1 and "(invalid_client_id" in r.err and '"3MVGwrong"' in r.err and
               "consumer key" in r.err and "tandem connect" in r.err, "a_wrong_client_id" + flow[0], r)

    # ---- a review names both records; a person decides about companies, not ids
    r = t.run("review", "list")
    tap.ok(re.search(r'account 001\w+ "Bayer AG": .*\n +fits company \d+ "Bayer Crop Science"', r.out),
           "reviews_name_both", r)
    tap.ok("`tandem review list` shows all" in t.run("status").out, "status_says_what_it_leaves_out")
    r = t.run("resync", "nonsense")
    tap.ok(r.code == 64 and "nonsense" in r.err and not r.out, "what_is_no_id_is_not_looked_for", r)

    # ---- a token is one word: what is more would go into a header
    for text in ("pat-x\nX-Other: 1\n", "two words\n", "pat-\u00e9\n"):
        t.write("odd", text)
        r = t.run("connect", "hubspot", "--url", s.at["hubspot"], "--token-file", t.dir + "/odd")
        tap.ok(r.code == 64 and "token" in r.err and "pat-" not in r.err, "no_token", r)
    r = t.run("connect", "hubspot", "--url", "http://127.0.0.1:1", "--token-file", t.dir + "/token")
    tap.ok(r.code == 1 and "127.0.0.1:1" in r.err, "no_connection_names_the_host", r)

    # ---- a closed stream: what is opened instead must not be written to
    p = subprocess.run(["sh", "-c", '"$0" sync --config "$1" --trace-http "$2" >&-', tandem, t.config,
                        t.dir + "/closed"], stderr=subprocess.PIPE, text=True, check=False)
    tap.ok(p.returncode == 1 and "standard output" in p.stderr and
           all(x.startswith("{") for x in open(t.dir + "/closed", encoding="utf-8")), "closed_output", p)

    # ---- standard output that cannot be written is a failure
    with open("/dev/full", "w", encoding="utf-8") as full:
        p = subprocess.run([tandem, "status", "--config", t.config], stdout=full,
                           stderr=subprocess.PIPE, text=True, check=False)
    tap.ok(p.returncode == 1 and "standard output" in p.stderr, "full_output_is_said", p)
    r = t.run("sync", "--trace-http", "/dev/full")
    tap.ok(r.code == 0 and r.err.count("the trace has gaps: No space left") == 2,
           "a_cut_trace_is_told_once_a_service", r)
finally:
    t.close()
    s.close()
tap.done()
