"""A scenario file that is not one is an error with file and line, before anything is run."""
import os
import subprocess
import tempfile

from lab import BUILD, Tap

tap = Tap()
GOOD = """scenario one
  promises S5.3
  given
    account acme Name=Acme
    company acme name=Acme
    linked acme
  when
    account acme Phone=1
    sync
  then
    update company acme phone=1
"""
BAD = [  # what is wrong, the text, the line, a word of the error
    ("no_scenario", "given\n", 1, "scenario NAME"),
    ("no_name", "scenario\n", 1, "name"),
    ("no_promise", GOOD.replace("  promises S5.3\n", ""), 1, "promise"),
    ("no_end", GOOD[:GOOD.index("  then")], 1, "end with"),
    ("twice", GOOD + "\n" + GOOD, 13, "of this name"),
    ("unknown_word", GOOD.replace("    sync", "    sinc"), 9, "sinc"),
    ("unknown_head", GOOD.replace("  promises", "  colour red\n  promises"), 2, "colour"),
    ("unknown_field", GOOD.replace("Phone=1", "Fone=1"), 8, "Fone"),
    ("unknown_record", GOOD.replace("company acme phone", "company zen phone"), 11, "zen"),
    ("quote_open", GOOD.replace("Phone=1", 'Phone="1'), 8, "quotation"),
    ("bad_pause", GOOD.replace("    account acme Phone", "    +1x account acme Phone"), 8, "+1x"),
    ("then_first", GOOD.replace("  when", "  then\n    nothing\n  when", 1), 7, "when"),
    ("given_late", GOOD + "  given\n    account zen Name=Zen\n", 12, "given"),
    ("no_reason", GOOD.replace("  promises", "  one_way\n  promises"), 2, "reason"),
]
for name, text, line, word in BAD:
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "bad.txt"), "w", encoding="utf-8") as f:
            f.write(text)
        r = subprocess.run([os.path.join(BUILD, "test", "scenarios"), "", folder], capture_output=True,
                           text=True, check=False)
        out = r.stdout + r.stderr
        tap.ok(r.returncode != 0 and "Bail out!" in out and f"bad.txt:{line}" in out and word in out,
               f"scenario_with_{name}", out)
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "good.txt"), "w", encoding="utf-8") as f:
        f.write(GOOD)
    r = subprocess.run([os.path.join(BUILD, "test", "scenarios"), "", folder], capture_output=True,
                       text=True, check=False)
    tap.ok(r.returncode == 0 and "2 runs, 0 failed" in r.stdout, "and_a_good_one_runs_both_ways", r.stdout)
    r = subprocess.run([os.path.join(BUILD, "test", "scenarios"), "", folder + "/none"],
                       capture_output=True, text=True, check=False)
    tap.ok(r.returncode != 0, "a_missing_folder_fails", r.stdout)
tap.done()
