"""Bad input and bad weather: each with a clear error, and nothing lost."""
import glob
import os
import re
import resource
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time

from lab import BUILD, Sandbox, Tandem, Tap

tap = Tap()
tandem = os.path.join(BUILD, "tandem")
SECRETS = ("pat-sandbox-0001", "sandbox-secret")


def run(t, *args, env=None, **more):
    return subprocess.run([tandem, *args, "--config", t.config], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False,
                          env={**os.environ, **(env or {})}, **more)


def clear(name, r, code, *words):
    """The status, every word in the message, no secret, and a line that starts as it should."""
    out, err = (r.out, r.err) if hasattr(r, "out") else (r.stdout, r.stderr)
    status = r.code if hasattr(r, "code") else r.returncode
    good = status == code and all(w in err for w in words) and err.startswith("tandem: ")
    return tap.ok(good and not any(x in out + err for x in SECRETS), name,
                  f"exit {status}, expected {code} with {words}\n{out}\n{err}")


def links(t):
    return t.json("status")["links"]


def proxy(target, context):
    """TLS in front of a sandbox: what it says is passed on."""
    port = int(target.rsplit(":", 1)[1])
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        finally:
            for x in (a, b):
                try:
                    x.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def serve():
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                a = context.wrap_socket(raw, server_side=True)
            except (ssl.SSLError, OSError):
                continue
            b = socket.create_connection(("127.0.0.1", port))
            for pair in ((a, b), (b, a)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener, f"https://localhost:{listener.getsockname()[1]}"


def files():
    """The configuration, the key, the store."""
    s = Sandbox("--accounts", "30", "--limits", "off", "--seed", "3")
    t = Tandem(s)
    try:
        good = open(t.config, encoding="utf-8").read()
        for name, text, words in (
                ("unknown_option", "stroe: x.db\n", ("line 1", "column", "stroe")),
                ("broken_yaml", "store: [1, 2\nkey", ("line",)),
                ("option_twice", "store: a\nstore: b\n", ("line 2", "twice")),
                ("no_number", "hubspot_burst: lots\n", ("line 1", "hubspot_burst", "whole number"))):
            t.write("tandem.yaml", text)
            clear("yaml_" + name, t.run("status"), 1, "tandem.yaml", *words)
        t.write("tandem.yaml", good)

        clear("wrong_key", run(t, "doctor", env={"TANDEM_KEY": "ab" * 32}), 1, "key")
        clear("key_that_is_none", run(t, "doctor", env={"TANDEM_KEY": "hunter2"}), 1, "hexadecimal")
        key = t.dir + "/tandem.key"
        os.chmod(key, 0o644)
        clear("key_that_others_may_read", t.run("doctor"), 3, "tandem.key", "chmod 600")
        os.chmod(key, 0o600)
        os.rename(key, key + ".away")
        clear("no_key", t.run("doctor"), 1, "tandem.key", "TANDEM_KEY")
        os.rename(key + ".away", key)
        tap.same(t.run("doctor").code, 0, "the_right_key_opens")

        store = t.dir + "/tandem.db"
        db = sqlite3.connect(store)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute(f"PRAGMA user_version = {version + 1}")
        db.commit()
        clear("store_of_a_newer_version", t.run("status"), 1, "newer")
        clear("store_of_a_newer_version_writer", t.run("sync"), 1, "newer")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
        db.close()
        t.edit("store", "nothing.db")
        clear("no_store", t.run("status"), 1, "nothing.db", "tandem init")
        t.write("noise.db", "this is no store, " * 500)
        t.edit("store", "noise.db")
        clear("a_file_that_is_no_store", t.run("status"), 1, "noise.db")
        t.edit("store", "tandem.db")
        tap.same(t.run("status").code, 0, "the_store_is_unharmed")

        t.json("settings", "set", "company_sync", "on")
        for text, words in (("001xx\n", ("line 1",)), ("0015e0000000001AAA\n\n003000000000001\n",
                                                      ("line 3", "003000000000001")),
                            ("\n", ("names no account",)), ("\x00\xff\n", ("line 1",))):
            path = t.write("ids", text)
            clear("ids_" + re.sub(r"\W+", "_", text), t.run("import", "accounts", "--ids", path,
                                                            "--yes"), 64, *words)
        named_files(t)
        tap.same(len(s.records("hubspot/companies")), 0, "bad_ids_write_nothing")
        path = t.write("ids", "0015e0000000001\n0015e0000000001AAA\n0015e0000000002AAA\n")
        r = t.json("import", "accounts", "--ids", path, "--yes")
        tap.same(r["hubspot"]["created"], 2, "an_id_twice_counts_once")
    finally:
        t.close()
        s.close()
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as bad:
        bad.write('Name,Website\n"Open quote,x\n')
        bad.flush()
        p = subprocess.run([BUILD + "/tandem-sandbox", "--data", "accounts=" + bad.name],
                           capture_output=True, text=True, check=False, timeout=20)
        tap.ok(p.returncode == 1 and bad.name in p.stderr, "sandbox_refuses_broken_csv", p)


def named_files(t):
    """Every file that a command line names: unreadable 1, there already 3, whatever the command."""
    readers = (("import", "accounts", "--ids"), ("adopt", "--pairs"), ("mapping", "import"), ("apply",),
               ("connect", "hubspot", "--token-file"),
               ("connect", "salesforce", "--client-id", "x", "--username", "y", "--jwt-key"),
               ("connect", "salesforce", "--client-id", "x", "--client-secret-file"),
               ("connect", "salesforce", "--client-id", "x", "--refresh-token-file"))
    writers = (("plan", "sync", "--save"), ("errors", "export"), ("mapping", "export"),
               ("mapping", "propose"), ("setup", "--package"))
    there = t.write("there", "mine\n")
    folder = t.dir + "/package.xml"
    for args in readers:
        name = "_".join(args[:2]).replace("--", "")
        clear("no_file_" + name, t.run(*args, t.dir + "/nowhere"), 1, "cannot read", "/nowhere", "hint: ", "folder")
        clear("a_folder_" + name, t.run(*args, t.dir), 1, "cannot read", t.dir, "hint: ", "not a folder")
    for args in writers:
        name = "_".join(args[:2]).replace("--", "")
        clear("no_folder_" + name, t.run(*args, "/nowhere/x/y"), 1, "/nowhere/x", "hint: ", "folder")
        at = there
        if "--package" in args:
            at = t.dir
            t.write("package.xml", "mine\n")
        clear("there_already_" + name, t.run(*args, at), 3, "there already", "hint: ", "not there yet")
        if "--package" not in args:
            own = t.write(name, "mine\n" * 10000)
            with open(own, encoding="utf-8") as before:
                r = t.run(*args, own, "--overwrite")
                tap.ok(r.code == 0 and "mine" not in open(own, encoding="utf-8").read(), "replaced_" + name, r)
                # the new one was whole before the old one went
                tap.same(before.read(), "mine\n" * 10000, "not_written_over_" + name)
            clear("a_device_" + name, t.run(*args, "/dev/null", "--overwrite"), 1, "/dev/null", "ordinary")
    for path in (there, folder):
        tap.same(open(path, encoding="utf-8").read(), "mine\n", "it_is_left_as_it_was")
    tap.same(glob.glob(t.dir + "/.tandem-*"), [], "nothing_half_written_is_left")


def credentials():
    s = Sandbox("--accounts", "20", "--limits", "off")
    t = Tandem(s, connect=False)
    try:
        clear("not_connected", t.run("doctor"), 1, "not connected", "tandem connect")
        bad = t.write("bad", "pat-sandbox-9999\n")
        r = t.run("connect", "hubspot", "--url", s.at["hubspot"], "--token-file", bad)
        clear("wrong_token", r, 1)
        tap.ok("9999" not in r.out + r.err, "the_wrong_token_is_not_repeated", r)
        clear("no_token", t.run("connect", "hubspot", "--url", s.at["hubspot"]), 64, "--token-file")
        r = t.run("connect", "salesforce", "--login-url", s.at["salesforce"], "--client-id",
                  "sandbox-client", "--client-secret-file", bad)
        clear("wrong_secret", r, 1)
        clear("no_jwt_key", t.run("connect", "salesforce", "--login-url", s.at["salesforce"],
                                  "--client-id", "x", "--username", "y", "--jwt-key", bad), 1)
        clear("http_elsewhere", t.run("connect", "hubspot", "--url", "http://api.example.com",
                                      "--token-file", t.dir + "/token"), 1, "http")
        clear("nobody_there", t.run("connect", "hubspot", "--url", "http://127.0.0.1:1",
                                    "--token-file", t.dir + "/token"), 1)
        tap.same(t.run("doctor").code, 1, "refused_credentials_are_not_kept")
        for r in (t.connect_hubspot(), t.connect_salesforce()):
            tap.same(r.code, 0, "the_right_ones_are")

        # S1.5: bound to one portal; another is refused with both ids before anything else is read
        db = sqlite3.connect(t.dir + "/tandem.db")
        db.execute("UPDATE doc SET text = '777' WHERE name LIKE '%bound_hubspot'")
        changed = db.total_changes
        db.commit()
        db.close()
        tap.same(changed, 1, "the_portal_is_bound")
        for name, r in (("connect", t.connect_hubspot()), ("doctor", t.run("doctor")),
                        ("setup", t.run("setup"))):
            clear("another_portal_refused_" + name, r, 3, "777", "4242", "S1.5")
    finally:
        t.close()
        s.close()


def certificates():
    s = Sandbox("--accounts", "5", "--limits", "off")
    t = Tandem(s, connect=False)
    try:
        for name in ("ca", "other"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                            "-keyout", f"{t.dir}/{name}.key", "-out", f"{t.dir}/{name}.crt"],
                           check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(t.dir + "/ca.crt", t.dir + "/ca.key")
        listener, url = proxy(s.at["hubspot"], context)
        args = ("connect", "hubspot", "--url", url, "--token-file", t.dir + "/token")
        clear("unknown_certificate", t.run(*args), 1, "certificate")
        t.edit("ca_file", "other.crt")
        clear("wrong_certificate", t.run(*args), 1, "certificate")
        t.edit("ca_file", "nothing.crt")
        clear("no_ca_file", t.run(*args), 1)
        t.edit("ca_file", "ca.crt")
        r = t.run(*args)
        tap.ok(r.code == 0, "own_ca_is_accepted", r)
        wrong = url.replace("localhost", "127.0.0.1")
        clear("certificate_of_another_host", t.run("connect", "hubspot", "--url", wrong,
                                                   "--token-file", t.dir + "/token"), 1)
        listener.close()
    finally:
        t.close()
        s.close()


def weather():
    """What a service does in mid-walk or mid-import: it ends well, and nothing is there twice."""
    n = 3000
    s = Sandbox("--accounts", str(n), "--limits", "off", "--seed", "5")
    t = Tandem(s)
    try:
        s.fault("expired", "salesforce", "jobs/query", count=1, skip=1)
        s.fault("html502", "salesforce", "jobs/query", count=1, skip=3)
        s.fault("html502", "hubspot", "/objects/", count=1)
        r = t.run("settings", "set", "company_sync", "on")
        tap.ok(r.code == 0 and f"{n} accounts" in r.out, "expired_session_in_a_walk_is_renewed", r)
        s.call("/faults", method="DELETE")

        s.fault("day", "salesforce", "", count=-1)
        r = t.run("sync")
        clear("daily_limit_is_said", r, 3, "quota")
        s.call("/faults", method="DELETE")

        s.fault("html502", "hubspot", "/batch/upsert", count=3, skip=2)
        s.fault("reset_after_commit", "hubspot", "/batch/upsert", count=4, skip=5)
        s.fault("html502", "hubspot", "/search", count=1)
        s.fault("expired", "salesforce", "updated", count=1)
        codes = [t.run("import", "accounts", "--yes", "--quiet").code]
        while codes[-1] not in (0,) and len(codes) < 4:
            s.advance(3600)
            codes.append(t.run("import", "accounts", "--yes", "--quiet").code)
        s.call("/faults", method="DELETE")
        s.advance(3600)
        tap.same(t.run("sync").code, 0, "a_pass_afterwards_ends_well")
        keys = [c["fields"].get("tandem_account_id") for c in s.records("hubspot/companies")]
        tap.same((len(keys), len(set(keys)), links(t)), (n, n, n), "cut_and_502_in_an_import")

        s.fault("expired", "hubspot", "", count=-1)
        clear("token_revoked", t.run("sync"), 1, "the token is no longer valid")
        s.call("/faults", method="DELETE")
        clear("suspended_till_a_person_looks", t.run("sync"), 3, "clear-suspension")
        tap.same(t.run("errors", "clear-suspension").code, 0, "cleared")
        s.fault("html502", "hubspot", "", count=-1)
        started = time.monotonic()
        p = t.start("sync")
        try:
            p.wait(timeout=3)  # it waits longer and longer between attempts
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=60)
        tap.ok(p.returncode in (1, 130) and "<html>" not in err, "html_is_never_repeated",
               f"exit {p.returncode} after {time.monotonic() - started:.1f} s\n{out}\n{err}")
        s.call("/faults", method="DELETE")
        r = t.json("sync")
        tap.same((r["hubspot"]["created"], r["hubspot"]["updated"], r["errors"]), (0, 0, 0),
                 "afterwards_all_is_as_it_was")
    finally:
        t.close()
        s.close()


def quotas():
    """S15.2: without a pacer of our own a 429 is waited for, never an error."""
    s = Sandbox("--accounts", "20", "--companies", "20000", "--limits", "real", "--seed", "6")
    t = Tandem(s)
    try:
        r = t.run("settings", "set", "company_sync", "on")
        traffic = s.call("/counts")["hubspot"]
        tap.ok(r.code == 0 and "20000 companies" in r.out, "429_is_waited_for", r)
        tap.ok(traffic > 190, "the_quota_was_met", traffic)
    finally:
        t.close()
        s.close()


def records():
    """A record that a service or we refuse: its error, the rest of it, and everything else."""
    s = Sandbox("--limits", "off")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        s.call("/salesforce/fields", {"field": "Description", "length": 131072})
        for i in range(6):
            s.call("/salesforce/accounts", {"Name": f"Batch {i}", "Phone": f"+1 {i}", "Description":
                                            ("x" * 70000 if i % 2 else "short")}, "POST")
        t.json("settings", "set", "create_settle", "0")
        r = t.run("sync")
        tap.ok(r.code == 2 and "completed with 3 errors" in r.out, "207_with_half_the_batch_failed", r)
        companies = s.records("hubspot/companies")
        tap.same(sorted(c["fields"]["name"] for c in companies), [f"Batch {i}" for i in range(6)],
                 "the_rest_of_each_record_is_sent")
        tap.same([c["fields"].get("phone") for c in sorted(companies, key=lambda c: c["fields"]["name"])],
                 [f"+1 {i}" for i in range(6)], "other_fields_arrive")
        bad = [a for a in s.records("salesforce/accounts") if len(a["fields"]["Description"]) > 100]
        told = t.json("explain", bad[0]["id"])["errors"]
        tap.ok(len(told) == 1 and told[0]["field"] == "description" and told[0]["next_try"],
               "explain_names_field_and_next_try", told)
        tap.same(t.json("status")["errors"], 3, "status_counts_them")
        r = t.json("sync")
        tap.same((r["hubspot"]["created"], r["hubspot"]["updated"]), (0, 0), "not_again_at_once")
        for a in bad:
            s.call(f"/salesforce/accounts/{a['id']}", {"Description": "short enough"}, "PATCH")
        time.sleep(1.1)
        r = t.run("sync")
        told = [c["fields"].get("description") for c in s.records("hubspot/companies")]
        tap.ok(r.code == 0 and told.count("short enough") == 3, "at_once_when_the_record_changes",
               (r, told))
        tap.same(t.json("status")["errors"], 0, "errors_are_cleared")

        # longer than the field of the other side: our check, before anything is sent (S6.2)
        company = next(c for c in s.records("hubspot/companies"))
        s.call(f"/hubspot/companies/{company['id']}", {"fax": "9" * 60}, "PATCH")
        time.sleep(1.1)
        r = t.run("sync")
        tap.ok(r.code == 2 and "completed with 1 error" in r.out and "Fax" in r.out,
               "too_long_for_the_field_is_named", r)
        account = company["fields"]["tandem_account_id"]
        tap.ok("Fax" not in s.fields("salesforce/accounts", account), "nothing_is_cut")
    finally:
        t.close()
        s.close()


def processes():
    """Two at once, a full disk, and Ctrl-C."""
    n = 20000
    s = Sandbox("--accounts", str(n), "--limits", "off", "--seed", "9")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        p = t.start("import", "accounts", "--yes", "--quiet")
        while s.call("/hubspot/companies?limit=1")["total"] < 500 and p.poll() is None:
            time.sleep(0.002)
        p.send_signal(signal.SIGSTOP)
        clear("second_writer_is_refused", t.run("sync"), 3, str(p.pid))
        r = t.run("status")
        tap.ok(r.code == 0, "readers_work_meanwhile", r)
        p.send_signal(signal.SIGCONT)
        time.sleep(0.01)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=60)
        tap.ok(p.returncode == 130 and "goes on" in err and "stopped in" in out, "ctrl_c_is_130",
               f"exit {p.returncode}\n{out}\n{err}")
        made = len(s.records("hubspot/companies"))
        tap.ok(0 < made < n, "stopped_in_the_middle", made)

        # a full disk: no file may grow any more
        for limit in (0, 200000):
            size = max(os.stat(f).st_size for f in glob.glob(t.dir + "/tandem.db*"))

            def no_room(size=size, limit=limit):
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit or size, size + limit))

            r = run(t, "import", "accounts", "--yes", "--quiet", preexec_fn=no_room)
            clear(f"full_disk_{limit}", r, 1)
            tap.same(t.run("status").code, 0, f"the_store_is_whole_{limit}")

        r = t.run("import", "accounts", "--yes", "--quiet")
        tap.ok(r.code == 0, "resumed", r)
        tap.same(t.run("sync").code, 0, "resumed_and_passed")
        keys = [c["fields"].get("tandem_account_id") for c in s.records("hubspot/companies")]
        tap.same((len(keys), len(set(keys)), links(t)), (n, n, n), "nothing_lost_nothing_twice")
    finally:
        t.close()
        s.close()


for part in (files, credentials, certificates, weather, quotas, records, processes):
    part()
tap.done()
