"""lab: what the end-to-end tests share: a sandbox, a connected Tandem, and TAP."""
import gzip
import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

import lab_json

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
DATA = os.path.join(ROOT, "sandbox", "data")
PAGE = lab_json.Page()
# what one is never told as: "1 links", "1 wait"
SEVERAL = re.compile(r"(?<![\w.+:,-])(?<!\+ )1 (accounts|are|batches|blanks|calls|changes|companies|contacts|edits|entries|errors"
                     r"|fields|have|ids|lines|links|mappings|options|pairs|records|rights|settings|things|times|values"
                     r"|wait)\b")


class Tap:
    """One line a check; the plan comes last, so a test that dies is seen."""

    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, name, detail=""):
        self.n += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good and detail != "":
            print("# " + str(detail)[:2000].replace("\n", "\n# "), flush=True)
        return good

    def same(self, got, want, name):
        return self.ok(got == want, name, f"got {got!r}, expected {want!r}")

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.bad else 0)


class Sandbox:
    def __init__(self, *options):
        self.p = subprocess.Popen([os.path.join(BUILD, "tandem-sandbox"), *options],
                                  stdout=subprocess.PIPE, text=True)
        line = self.p.stdout.readline()
        if not line:
            raise RuntimeError("tandem-sandbox did not start")
        self.at = json.loads(line)

    def call(self, path, data=None, method=None):
        body = json.dumps(data).encode() if data is not None else None
        req = urllib.request.Request(self.at["control"] + path, data=body, method=method)
        with urllib.request.urlopen(req, timeout=120) as answer:
            return json.loads(answer.read() or b"{}")

    def property(self, name, kind, label, options=()):
        """A company property of a portal's own; kind is "number/number"."""
        body = {"name": name, "label": label, "type": kind.split("/")[0], "fieldType": kind.split("/")[1],
                "groupName": "companyinformation", "options": [{"label": o, "value": o} for o in options]}
        req = urllib.request.Request(f"{self.at['hubspot']}/crm/properties/2026-09/companies",
                                     data=json.dumps(body).encode(),
                                     headers={"Authorization": "Bearer pat-sandbox-0001",
                                              "Content-Type": "application/json"})
        with urllib.request.urlopen(req, timeout=60) as answer:
            return json.loads(answer.read())

    def fields(self, kind, record):
        return self.call(f"/{kind}/{record}")["fields"]

    def edit(self, kind, record, **values):
        self.call(f"/{kind}/{record}", values, "PATCH")

    def account(self, name, **values):
        return self.call("/salesforce/accounts", {"Name": name, **values}, "POST")["id"]

    def company(self, name, **values):
        return self.call("/hubspot/companies", {"name": name, **values}, "POST")["id"]

    def join(self, contact, company, types=(1,), method="POST"):
        """A contact and a company; of type 1, which makes it the contact's primary one."""
        self.call("/hubspot/associations", {"from": "contacts", "from_id": contact, "to": "companies",
                                            "to_id": company, "types": list(types)}, method)

    def calls(self, words):
        """How many calls came of the kinds that hold these words."""
        return sum(n for kind, n in self.call("/counts")["kinds"].items() if words in kind)

    def state(self):
        """Both sides as they are, less stamps and what was never filled."""
        return {kind: {r["id"]: {k: v for k, v in r["fields"].items() if v not in (None, "")}
                       for r in self.records(kind)}
                for kind in ("salesforce/accounts", "hubspot/companies")}

    def records(self, kind):
        return [r for r in self.call(f"/{kind}?limit=1000000")["records"] if not r["archived"]]

    def advance(self, seconds):
        self.call("/clock", {"advance_ms": seconds * 1000})

    def fault(self, name, service, path="", count=1, skip=0, **more):
        self.call("/faults", {"name": name, "service": service, "path": path, "count": count,
                              "skip": skip, **more})

    def close(self):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait(timeout=20)


class Answer:
    """Of a service to a call without a client library."""

    def __init__(self, res):
        self.status, self.headers, body = res.status, res.headers, res.read()
        self.raw = gzip.decompress(body) if res.headers.get("Content-Encoding") == "gzip" else body
        is_json = "json" in (res.headers.get("Content-Type") or "")
        self.json = json.loads(self.raw) if is_json and self.raw else None

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.raw[:700].decode(errors='replace')}"

    @classmethod
    def to(cls, host, method, path, body=None, headers=None):
        """What comes of a call; a body that is no text goes as JSON."""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json; charset=UTF-8")
        c = http.client.HTTPConnection(host, timeout=30)
        try:
            c.request(method, path, body.encode() if isinstance(body, str) else body, headers)
            return cls(c.getresponse())
        finally:
            c.close()


class Between:
    """Passes the calls to one service on; `hook` is told of each first, and may say that it is not
    passed on; `lie` may change an answer. Made before the
    Tandem that is to use it."""

    def __init__(self, sandbox, service):
        self.hook = self.lie = None
        self.to = sandbox.at[service]
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                between.forward(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.at = sandbox.at[service] = f"http://127.0.0.1:{self.server.server_port}"

    def forward(self, call):
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        if self.hook and self.hook(call.path, body):
            call.close_connection = True
            return
        req = urllib.request.Request(self.to + call.path, data=body or None, method=call.command)
        for name, value in call.headers.items():
            if name.lower() not in ("host", "content-length", "connection", "accept-encoding"):
                req.add_header(name, value)
        try:
            answer = urllib.request.urlopen(req, timeout=60)
        except urllib.error.HTTPError as e:
            answer = e
        text = answer.read().replace(self.to.encode(), self.at.encode()) # Salesforce says where it is
        if self.lie:
            text = self.lie(call.path, body, text)
        call.send_response_only(answer.status) # without a Date of its own: the sandbox's goes through
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                call.send_header(name, value)
        call.send_header("Content-Length", str(len(text)))
        call.end_headers()
        call.wfile.write(text)

    def close(self):
        self.server.shutdown()


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


class Tandem:
    def __init__(self, sandbox, connect=True):
        self.temp = tempfile.TemporaryDirectory()
        self.dir = self.temp.name
        self.program = os.path.join(BUILD, "tandem")
        self.sandbox = sandbox
        self.config = os.path.join(self.dir, "tandem.yaml")
        self.run("init", self.dir)
        self.write("token", "pat-sandbox-0001\n")
        self.write("secret", "sandbox-secret\n")
        self.edit("hubspot_burst", "0")
        self.edit("hubspot_search", "0")
        if connect:
            for result in (self.connect_hubspot(), self.connect_salesforce(), self.run("setup")):
                if result.code != 0:
                    raise RuntimeError(repr(result))

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def edit(self, option, value):
        lines = open(self.config, encoding="utf-8").read().splitlines()
        lines = [f'{option}: "{value}"' if x.lstrip("# ").startswith(option + ":") else x
                 for x in lines]
        self.write("tandem.yaml", "\n".join(lines) + "\n")

    def connect_hubspot(self, *more):
        return self.run("connect", "hubspot", "--url", self.sandbox.at["hubspot"], "--token-file",
                        os.path.join(self.dir, "token"), *more)

    def connect_salesforce(self, *more):
        return self.run("connect", "salesforce", "--login-url", self.sandbox.at["salesforce"],
                        "--client-id", "sandbox-client", "--client-secret-file",
                        os.path.join(self.dir, "secret"), *more)

    def start(self, *args, **more):
        return subprocess.Popen([os.path.join(BUILD, "tandem"), *args, "--config", self.config],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, **more)

    def run(self, *args):
        args = args if args[0] == "init" else (*args, "--config", self.config)
        p = subprocess.run([os.path.join(BUILD, "tandem"), *args], capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, timeout=600, check=False)
        if ("--json" in args or "--jsonl" in args) and p.returncode >= 0: # else it was killed
            wrong = lab_json.wrong(PAGE, args, p.stdout, p.stderr)
            if wrong:
                raise AssertionError(f"tandem {' '.join(args)}: not as docs/json.md says: {wrong[:20]}")
        several = SEVERAL.search(p.stdout + p.stderr)
        if several and not {"--json", "--jsonl"} & set(args):
            raise AssertionError(f"tandem {' '.join(args)}: says \"{several[0]}\"")
        return Result(p.returncode, p.stdout, p.stderr)

    def json(self, *args):
        result = self.run(*args, "--json")
        if result.code not in (0, 2):
            raise RuntimeError(repr(result))
        return json.loads(result.out)["result"]

    def partner(self, record):
        return self.json("explain", record)["partner"]

    def close(self):
        self.temp.cleanup()


def demo_sandbox():
    return Sandbox("--data", f"accounts={DATA}/accounts.csv", "--data",
                   f"companies={DATA}/companies.csv")
