"""At a terminal: the import asks, shows rate and time left, and Ctrl-C stops it; elsewhere nothing asks."""
import os
import pty
import re
import select
import signal
import subprocess
import time

from lab import BUILD, Sandbox, Tandem, Tap

tap = Tap()
try:
    os.close(pty.openpty()[0])
except OSError as why:  # a container without /dev/pts
    tap.skip("terminal", f"no pseudo-terminal here: {why}")
    tap.done()
N = 10000
s = Sandbox("--accounts", str(N), "--limits", "off", "--seed", "11")
t = Tandem(s)


class Terminal:
    """tandem with a terminal of its own"""

    def __init__(self, *args):
        self.fd, theirs = pty.openpty()
        self.p = subprocess.Popen([os.path.join(BUILD, "tandem"), *args, "--config", t.config],
                                  stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.text = ""

    def until(self, pattern, seconds=300):
        """Reads on until the pattern has been seen; a deadline is only for a program that hangs."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text) and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.text += data.decode(errors="replace")
        return bool(re.search(pattern, self.text))

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        self.until("\0never", 0.2 if self.p.poll() is not None else 300)
        return self.p.wait(timeout=300)

    def close(self):
        os.close(self.fd)


def companies():
    return s.call("/hubspot/companies?limit=1")["total"]


try:
    t.json("settings", "set", "company_sync", "on")

    term = Terminal("import", "accounts")
    tap.ok(term.until(r"Go on\? \[y/N\]"), "it_asks", term.text)
    tap.ok(f"{N} to create" in term.text, "after_showing_what_it_would_do", term.text)
    term.type("n\n")
    tap.same((term.end(), companies()), (3, 0), "no_is_no")
    term.close()

    term = Terminal("import", "accounts")
    term.until(r"Go on\?")
    term.type("\n")
    tap.same((term.end(), companies()), (3, 0), "nothing_said_is_no")
    term.close()

    term = Terminal("import", "accounts")
    term.until(r"Go on\?")
    os.killpg(term.p.pid, signal.SIGINT)
    tap.same((term.end(), companies()), (130, 0), "ctrl_c_at_the_question")
    term.close()

    term = Terminal("import", "accounts")
    term.until(r"Go on\?")
    term.type("y\n")
    tap.ok(term.until("importing: "), "progress_is_shown", term.text[-500:])
    tap.ok(term.until(rf"importing: \d+ of {N}, \d+/s, \d+ s left"), "with_rate_and_time_left",
           term.text[-500:])
    os.killpg(term.p.pid, signal.SIGTERM)
    code = term.end()
    tap.ok(code == 130 and 0 < companies() < N, "stopped_in_the_middle", (code, companies(),
                                                                       term.text[-500:]))
    term.close()

    term = Terminal("import", "accounts", "--yes")
    code = term.end()
    tap.ok(code == 0 and "Go on?" not in term.text, "yes_is_not_asked", term.text[-500:])
    tap.same((companies(), t.json("status")["links"]), (N, N), "it_went_on_where_it_was")
    last = re.sub(r"\r\n", "\n", term.text).splitlines()[-1]
    tap.ok(last.startswith("  HubSpot"), "the_progress_line_is_gone", term.text[-500:])
    term.close()

    # elsewhere: plain lines, no carriage returns, and no question is waited for
    r = t.run("import", "accounts")
    tap.ok(r.code == 3 and "\r" not in r.out + r.err and "\x1b" not in r.out + r.err,
           "elsewhere_plain_lines", r)
finally:
    t.close()
    s.close()

# Ctrl-C while the baseline is taken: the switch stays off, and the next attempt takes it whole
s = Sandbox("--accounts", "6000", "--limits", "off", "--seed", "12")
t = Tandem(s)
try:
    s.call("/counts", method="DELETE")
    p = t.start("settings", "set", "company_sync", "on")
    while not any("jobs/query" in kind for kind in s.call("/counts")["kinds"]) and p.poll() is None:
        time.sleep(0.005)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=60)
    stopped = p.returncode == 130
    tap.ok(stopped or p.returncode == 0, "ctrl_c_while_turning_on", f"{p.returncode}\n{out}\n{err}")
    tap.same(t.json("status")["company_sync"], not stopped, "half_a_baseline_is_none")
    t.json("settings", "set", "company_sync", "on")
    tap.same(t.json("status")["accounts"], 6000, "taken_whole_afterwards")
    r = t.json("sync")
    tap.same(r["hubspot"]["created"], 0, "all_of_it_counts_as_existing")
finally:
    t.close()
    s.close()
tap.done()
