"""S16.2: with the portal's real quotas on, a large import keeps the burst and never meets a 429. How full
the window gets depends on the machine: the pacer's own test proves that it is used, on a clock of its
own, and `make bench` measures it."""
import json
import urllib.request

from lab import Sandbox, Tandem, Tap

tap = Tap()
s = Sandbox("--accounts", "20000", "--limits", "real")
t = Tandem(s)
try:
    t.edit("hubspot_burst", "190")
    t.edit("hubspot_search", "5")
    t.json("settings", "set", "company_sync", "on")
    r = t.json("import", "accounts", "--yes")
    tap.same(r["hubspot"]["created"], 20000, "everything_is_created")
    with urllib.request.urlopen(s.at["control"] + "/traffic?after=0", timeout=60) as answer:
        calls = [json.loads(line) for line in answer.read().splitlines()]
    refused = [c for c in calls if c["status"] == 429]
    tap.same(refused, [], "no_429")
    at = [c["at_ms"] for c in calls if c["service"] == "hubspot" and "/search" not in c["path"]]
    fullest = max(sum(1 for b in at if a <= b < a + 10000) for a in at)
    tap.ok(fullest <= 190, "the_burst_is_kept", f"{fullest} of 190 calls in the fullest 10 s")
finally:
    t.close()
    s.close()
tap.done()
