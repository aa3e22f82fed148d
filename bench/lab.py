"""What the benchmarks share: a sandbox, a connected tandem, and one command measured as a process."""
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
tandem, sandbox = build + "/tandem", build + "/tandem-sandbox"


def call(url, data=None, method=None):
    body = json.dumps(data).encode() if data is not None else None
    req = urllib.request.Request(url, data=body, method=method)
    return json.loads(urllib.request.urlopen(req, timeout=600).read() or b"{}")


def run(folder, *args):
    """One command: its result, wall and CPU seconds, peak memory in MiB."""
    began = time.monotonic()
    p = subprocess.Popen([tandem, *args, "--json", "--config", folder + "/tandem.yaml"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, errors = p.stdout.read(), p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if p.returncode != 0:
        sys.exit(f"bench: tandem {' '.join(args)} ended with {p.returncode}: {errors}")
    return json.loads(out)["result"], wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def connect(folder, at, limits):
    """A connection; without limits tandem does not pace itself either."""
    subprocess.run([tandem, "init", folder], check=True, stdout=subprocess.DEVNULL)
    for name, secret in (("token", "pat-sandbox-0001"), ("secret", "sandbox-secret")):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
            f.write(secret)
    path = folder + "/tandem.yaml"
    text = open(path, encoding="utf-8").read()
    if not limits:
        text = text.replace('hubspot_burst: "190"', 'hubspot_burst: "0"')
        text = text.replace('hubspot_search: "5"', 'hubspot_search: "0"')
    open(path, "w", encoding="utf-8").write(text)
    run(folder, "connect", "hubspot", "--url", at["hubspot"], "--token-file", folder + "/token")
    run(folder, "connect", "salesforce", "--login-url", at["salesforce"], "--client-id",
        "sandbox-client", "--client-secret-file", folder + "/secret")
    run(folder, "setup")


class World:
    """tandem-sandbox with N generated accounts and a tandem connected to it."""

    def __init__(self, accounts, limits):
        self.temp = tempfile.TemporaryDirectory()
        self.folder = self.temp.name
        self.limits = limits
        self.p = subprocess.Popen([sandbox, "--accounts", str(accounts), "--limits",
                                   "real" if limits else "off"], stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.at = json.loads(self.p.stdout.readline())
        connect(self.folder, self.at, self.limits)
        return self

    def __exit__(self, *why):
        self.p.terminate()
        self.p.wait()
        self.temp.cleanup()

    def control(self, path, data=None, method=None):
        return call(self.at["control"] + path, data, method)

    def tandem(self, *args):
        return run(self.folder, *args)


def table(rows):
    """Prints the first row's heads and every row as it comes."""
    for i, row in enumerate(rows):
        if i == 0:
            print("   ".join(f"{k:>12}" for k in row))
        print("   ".join(f"{v:>{max(12, len(k))}}" for k, v in row.items()), flush=True)
        yield row
