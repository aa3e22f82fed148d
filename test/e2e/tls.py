"""TLS and HTTP/2 through nghttpx with a CA of the test's own: a right certificate works, a wrong name, an
unknown CA and an expired one are refused before anything secret is sent."""
import os
import shutil
import socket
import subprocess
import time

from lab import Sandbox, Tandem, Tap

tap = Tap()
if not shutil.which("nghttpx"):
    tap.ok(False, "nghttpx_is_there", "make deps installs it (nghttp2-proxy)")
    tap.done()
s = Sandbox()
t = Tandem(s, connect=False)
proxies = []


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=t.dir)


def certificate(name, subject, days):
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", "/CN=tandem test")
    t.write(f"{name}.ext", f"subjectAltName={subject}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", str(days), "-extfile", f"{name}.ext", "-out", f"{name}.pem")


def proxy(name):
    """nghttpx with that certificate in front of the HubSpot port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    backend = s.at["hubspot"].rsplit(":", 1)[1]
    log = os.path.join(t.dir, f"{name}.log")
    p = subprocess.Popen(["nghttpx", "--conf=/dev/null", "--no-ocsp",
                          f"--frontend=127.0.0.1,{port}",
                          f"--backend=127.0.0.1,{backend}", "--workers=1", "--log-level=ERROR",
                          f"--accesslog-file={log}", "--accesslog-format=$alpn $status $path",
                          f"{t.dir}/{name}.key", f"{t.dir}/{name}.pem"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    proxies.append(p)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.02)
    return f"https://127.0.0.1:{port}", log


def connect(address):
    return t.run("connect", "hubspot", "--url", address, "--token-file", t.dir + "/token")


try:
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=tandem test CA", "-days", "2")
    certificate("good", "IP:127.0.0.1", 2)
    certificate("other", "DNS:other.example", 2)
    good, log = proxy("good")
    before = s.call("/counts")["hubspot"]
    r = connect(good)
    tap.ok(r.code == 1 and "certificate" in r.err and "ca_file" in r.err, "unknown_ca_is_refused", r)
    t.edit("ca_file", t.dir + "/ca.pem")
    other, _ = proxy("other")
    r = connect(other)
    tap.ok(r.code == 1 and "certificate" in r.err, "wrong_name_is_refused", r)
    tap.same(s.call("/counts")["hubspot"], before, "nothing_was_sent_to_either")
    r = connect(good)
    tap.ok(r.code == 0 and "4242" in r.out, "right_certificate_works", r)
    text = open(log, encoding="utf-8").read()
    tap.ok("h2 200" in text, "http2_is_spoken", text)
    r = t.run("connect", "hubspot", "--url", "http://192.0.2.1", "--token-file", t.dir + "/token")
    tap.ok(r.code == 1 and "loopback" in r.err, "plain_http_is_for_loopback_only", r)
finally:
    for p in proxies:
        p.terminate()
        p.wait()
    t.close()
    s.close()
tap.done()
