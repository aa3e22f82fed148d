"""What the README tells a new user to type, typed in that order: each command does what it is for."""
import re
import shlex

from lab import ROOT, Tandem, Tap, demo_sandbox

tap = Tap()
with open(ROOT + "/README.md", encoding="utf-8") as f:
    blocks = re.findall(r"```\n((?:(?:tandem| +#) [^\n]*\n)+)```", f.read())
setting_up, first = ([x for x in b.splitlines() if x[0] != " "] for b in blocks)
s = demo_sandbox()
t = Tandem(s)
ASKS = "start it with --yes"
try:
    tap.same([shlex.split(x, comments=True)[1:3] for x in setting_up],
             [["init"], ["connect", "hubspot"], ["connect", "salesforce"], ["setup"], ["doctor"]], "setting_up")
    tap.ok(len(first) > 15, "the_first_steps_are_found", first)
    account = s.records("salesforce/accounts")[0]["id"]
    for line in first:
        words = shlex.split(line, comments=True)[1:]
        words = [account if re.fullmatch("0015e.*", w) else "1" if w == "12" else
                 t.dir + "/" + w if w.endswith((".yaml", ".jsonl")) else w for w in words]
        r = t.run(*words)
        if r.code == 3 and ASKS in r.err:  # "asks", and here nobody answers
            r = t.run(*words, "--yes")
        tap.ok(r.code == 0 and r.out and "tandem:" not in r.err, "_".join(words[:2]), r)
    tap.same(t.json("status")["links"], 0, "undone_at_the_end")
finally:
    t.close()
    s.close()
tap.done()
