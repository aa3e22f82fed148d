"""chaos: random histories of both systems, and what must hold of them whatever happened.

A seed makes a small world, a configuration and some dozens of rounds: users edit, create, delete, restore, merge
and move records on both sides; clocks go on; passes run, some in bad weather, some killed at a call; people
import, resync, link, unlink, undo and hold. Beside it stands a model (`World`) that knows the users' acts and the
sandbox's records alone, and works out from the promises what may have become of them:

  S5    after a pass in fair weather each field of a pair is what its rule makes of what moved since it was handled
  S6.6  and so are their owners
  S7    nothing is created beside what is there already or would have matched, or for what may not enter (S2.2)
  S9    nothing is archived that no policy and no undo asks for
  S1.4  held, nothing is written; paused, a pair stays as it is
  S10.1 a company's stage goes forward only, and only with a contact
  S11.1 in the end contacts that moved are at both records of a pair; S3.7 else only a private one gets an account
  S11.2 in the end parents of a pair are a pair, S8.4 all is quiet, nothing is open, and `verify` adds up

    chaos.py BUILD [SEED | FIRST-LAST]...    prints the whole history when there is one seed alone
"""
import datetime
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import urllib.error

from lab import Between, Sandbox, Tandem, Tap
from lab_promises import (OWNERS, OWNER_OF, STAGES, STILL, USERS as OWNING, ahead, decided, decided_address,
                          decided_owner)

SEEDS = (2, 4, 8, 17)
FIELDS = {"Name": "name", "Website": "website", "Phone": "phone", "Fax": "fax", "Description": "description",
          "NumberOfEmployees": "numberofemployees"}
ADDRESS = {"BillingStreet": "address", "BillingCity": "city", "BillingPostalCode": "zip"}
OWNER = ("OwnerId", "hubspot_owner_id")
KEY = {"salesforce": "Tandem_Company_Id__c", "hubspot": "tandem_account_id"}
KIND = {"salesforce": "salesforce/accounts", "hubspot": "hubspot/companies"}
RULES = {"salesforce": ["prefer_salesforce", "always_salesforce"], "two_way": ["two_way"],
         "hubspot": ["prefer_hubspot", "always_hubspot"],
         "mixed": ["prefer_salesforce", "always_salesforce", "two_way", "prefer_hubspot", "always_hubspot", "none"]}
FREE_MAIL = "gmail.com"
EXITS = {0, 1, 2, 3, 64, 130, -signal.SIGKILL}
DAY = 86400


class Broken(Exception):
    """A promise that does not hold."""


def time_of(record):
    return datetime.datetime.fromisoformat(record["modified"].replace("Z", "+00:00"))


def agreed(field, sf, hs):
    return OWNER_OF.get(sf) == hs if field == "OwnerId" else sf == hs


def parts(value):
    return value if isinstance(value, tuple) else (value,)


# ---- the world and what is known of it ------------------------------------------------------------------

class World:
    def __init__(self, seed):
        self.seed, self.rng = seed, random.Random(seed)
        self.log, self.count = [], 0
        self.s = Sandbox("--accounts", "0", "--limits", "off", "--seed", str(seed), "--frozen", "--start",
                         "2026-03-02T09:00:00Z")
        self.between = {x: Between(self.s, x) for x in ("salesforce", "hubspot")}
        for x in self.between.values():
            x.server.handle_error = lambda *_: None  # a connection that is cut is cut on both sides
        self.t = Tandem(self.s)
        self.s.call("/writes", {"on": True})
        self.held = False
        self.pairs = {}        # account -> company, as the last command left them
        self.base = {}         # (account, company) -> field -> values at which it may have been handled
        self.parted = set()    # pairs that were linked
        self.rejected = set()  # pairs that a person said are none
        self.meddled = set()   # records that a user may edit during any command
        self.entered = set()   # accounts that users made or edited since T0 (S2.1, S2.2)
        self.asked = set()     # others that may enter: imported, resynced, linked, restored, merged
        self.made = {}         # (service, record that it was made for) -> records that Tandem made for it
        self.set_at = {}       # (record, field) -> value, and when a user set it last
        self.staged = {}       # contact -> the stage that a user gave it since T0, its company then
        self.remapped = set()  # fields whose rule changed since T0
        self.undone = self.filtered = False
        self.lag = self.pick(0, 0, 5, 20)  # seconds until HubSpot's search shows a change
        self.configure()

    def close(self):
        self.t.close()
        for x in self.between.values():
            x.close()
        self.s.close()

    def say(self, text):
        self.log.append(text)
        if VERBOSE:
            print("#", text, flush=True)

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, p):
        return self.rng.random() < p

    def new(self):
        self.count += 1
        return self.count

    def expect(self, good, what, *more):
        if not good:
            raise Broken(f"{what}: " + ", ".join(str(x) for x in more))

    # -- what there is

    def look(self):
        """Both sides as they are now: {service: {id: record}}, the dead included."""
        return {x: {r["id"]: r for r in self.s.call(f"/{KIND[x]}?limit=100000")["records"]} for x in KIND}

    def live(self, service):
        return [x["id"] for x in self.s.records(KIND[service])]

    def one(self, service):
        found = self.live(service)
        return self.rng.choice(found) if found else None

    def places(self):
        """Who is in both systems, and where: email -> (contact, company), (SF contact, account)."""
        people = {x["fields"]["Email"]: (x["id"], x["fields"].get("AccountId", ""))
                  for x in self.s.records("salesforce/contacts")}
        return {email: ((x["id"], x.get("company", "")), people[email])
                for x in self.s.records("hubspot/contacts") if (email := x["fields"]["email"]) in people}

    def children(self, account):
        return {x["id"] for x in self.s.records(KIND["salesforce"]) if x["fields"].get("ParentId") == account}

    def dead(self, service):
        return [r["id"] for r in self.look()[service].values() if r["archived"] and "merged_into" not in r]

    def by_user(self, path, data=None, method="POST"):
        """What a user tries; a refusal by the system itself is no matter."""
        self.s.call("/clock", {"advance_ms": self.rng.randint(1, 4000)})
        try:
            answer = self.s.call(path, data, method)
        except urllib.error.HTTPError as e:
            self.say(f"  refused: {path} {data} {e.code}")
            return None
        self.say(f"  user: {method} {path} {data or ''} {answer.get('id', '') if method == 'POST' else ''}")
        return answer

    # -- the configuration

    def set(self, name, value):
        self.say(f"  {name} = {value}")
        self.t.json("settings", "set", name, value)

    def configure(self):
        r = self.rng
        self.profile = r.choice(list(RULES))
        for _ in range(r.randint(6, 16)):
            MAKE["salesforce"](self)
        for _ in range(r.randint(4, 14)):
            MAKE["hubspot"](self)
        self.s.advance(2 * DAY)
        self.rule = {}
        for field in FIELDS:
            self.map(field, r.choice(RULES[self.profile]))
        self.map("BillingStreet", r.choice(RULES[self.profile]))
        self.setting = {"on_delete": self.pick("unlink", "delete", "ignore"), "hierarchy": self.pick("on", "off"),
                        "associations": self.pick("on", "off"),
                        "match.domain": self.pick("link", "link", "review", "off"),
                        "match.near": self.pick("review", "off"), "match.several": self.pick("review", "create"),
                        "owner.unmatched": self.pick("keep", "keep", "reset", "clear", "olivia@sandbox.example"),
                        "create_settle": self.pick("0", "1m", "1h"), "default_object": self.pick("contact", "lead")}
        for name, value in self.setting.items():
            self.set(name, value)
        self.s.call("/hubspot/settings", {"company_of_email": self.chance(.3), "links_touch": self.chance(.5),
                                          "keep_primary_id": self.chance(.3)})
        self.s.call("/settings", {"index_lag_ms": self.lag * 1000})
        self.set("company_sync", "on")
        self.baseline = {i: r["fields"] for i, r in self.look()["salesforce"].items()}
        self.placed = self.places()
        if self.chance(.3):
            self.filter()
        self.writes = self.s.call("/writes")["count"]

    def map(self, field, rule):
        self.rule[field] = rule
        self.say(f"  mapping {field} {rule}")
        result = self.t.run("mapping", "change", field, "--rule", rule)
        self.expect(result.code == 0, "a rule is not taken", field, rule, result)

    def filter(self):
        what = self.pick(None, "Fax is blank", "not (Name starts 'Q')", "NumberOfEmployees < 90 or Fax is blank")
        self.filtered = self.filtered or what
        self.command("filter", "set", what, "--yes") if what else self.command("filter", "clear", "--yes")

    # -- what is run

    def command(self, *args, kill=None, allowed=(0, 2, 3, 64)):
        """One command, perhaps killed at a call; then what holds of every command is looked at."""
        spoilt = kill or self.weather
        if kill:
            code, out, err = self.killed(kill, args)
        else:
            result = self.t.run(*args)
            code, out, err = result.code, result.out, result.err
        self.say(f"tandem {' '.join(args)}: {code}" + (f" killed {kill}" if code < 0 else "") +
                 (f" {err.strip()[:300]}" if code else ""))
        self.expect(code in EXITS and "Sanitizer" not in err and "runtime error" not in err,
                    "a command ends otherwise", args, code, err)
        self.expect(spoilt or code in allowed, "a command fails in fair weather", args, code, out, err)
        return code, out

    def killed(self, kill, args):
        """SIGKILL at the n-th call to either service: before it is passed on, or after it took effect."""
        number, before = kill
        ready, lock, left = threading.Event(), threading.Lock(), [number]

        def shoot():
            with lock:
                left[0] -= 1
                if left[0]:
                    return False
            ready.wait()
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True

        for x in self.between.values():
            if before:
                x.hook = lambda path, body: shoot()
            else:
                x.lie = lambda path, body, text: (shoot(), text)[1]
        process = self.t.start(*args)
        ready.set()
        out, err = process.communicate()
        for x in self.between.values():
            x.hook = x.lie = None
        return process.returncode, out, err

    def spoil(self):
        """Bad weather for a while."""
        for _ in range(self.rng.randint(1, 3)):
            name = self.pick("http500", "http503", "html502", "reset_before", "reset_after_commit", "cut_body")
            service = self.pick("salesforce", "hubspot")
            path = self.pick("", "", "/batch", "/search", "/composite", "/query")
            self.s.fault(name, service, path, count=self.rng.randint(1, 6), skip=self.rng.randint(0, 8))
            self.say(f"  weather: {name} {service} {path}")

    @property
    def weather(self):
        return any(f["count"] for f in self.s.call("/faults"))

    def clear(self):
        self.s.call("/faults", method="DELETE")

    def release(self):
        self.command("release", "--yes")
        self.held = False

    # -- one pass, and what it may have done

    def values(self, seen, account, company):
        """field -> (Salesforce's, HubSpot's); the address is one field."""
        a, c = seen["salesforce"][account]["fields"], seen["hubspot"][company]["fields"]
        found = {f: (a.get(f, ""), c.get(p, "")) for f, p in FIELDS.items()}
        found["BillingStreet"] = (tuple(a.get(f, "") for f in ADDRESS), tuple(c.get(p, "") for p in ADDRESS.values()))
        found["OwnerId"] = (a.get(OWNER[0], ""), c.get(OWNER[1], ""))
        return found

    def troubled(self):
        """Records of which an error, a question or a duel is open: it tells why they are not in step."""
        found = {x for row in self.store("SELECT record, partner FROM record_error") for x in row}
        for record, candidates in self.store("SELECT record, candidates FROM review"):
            found |= {record, *candidates.split(";")}
        return found

    def run(self, *args, kill=None, fair=False, anew=()):
        """A command that may write; `fair`: a whole pass in fair weather; `anew`: pairs of these records, or all
        (None), are decided as at a first link or by a person."""
        before, was, fair = self.look(), dict(self.pairs), fair and not self.weather
        accounts = {x["id"]: x["fields"].get("AccountId") for x in self.s.records("salesforce/contacts")}
        states = {x["account"]: x["state"] for x in self.links()}
        if args[0] == "import":
            self.asked |= set(before["salesforce"])
        code, out = self.command(*args, kill=kill)
        named = code in (0, 2) and (anew is None or anew)
        fair = fair and code in (0, 2) and not self.held
        after, links = self.look(), self.links()
        self.pairs = {x["account"]: x["company"] for x in links}
        self.expect(len(set(self.pairs.values())) == len(self.pairs), "S7.3: a company is in two links", links)
        self.parted |= {p for p in was.items() if p not in self.pairs.items()}
        self.judge_writes(args, before, was, fair, accounts)
        troubled, partners = self.troubled() if fair else set(), {c: a for a, c in was.items()}
        for x in links:
            pair = x["account"], x["company"]
            old_link = was.get(pair[0]) == pair[1]
            if any(pair[i] not in seen[s] or seen[s][pair[i]]["archived"] for i, s in enumerate(KIND)
                   for seen in (before, after)):
                if pair not in self.base and pair[0] in after["salesforce"] and pair[1] in after["hubspot"]:
                    self.base[pair] = {f: [v] for f, v in self.values(after, *pair).items()}
                continue  # one of them was made just now; or is dead: once it is restored its base resumes (S9.2)
            old, new = self.values(before, *pair), self.values(after, *pair)
            if x["state"] == "paused" and states.get(pair[0]) == "paused" and old_link and not anew \
                    and not self.meddled & set(pair):
                self.expect(old == new, "S2.3: a paused pair is written", pair, old, new)
            by_hand = named and anew and set(pair) == anew  # whatever these two were before, it is a first link
            plain = fair and x["state"] == "live" and not (troubled | self.meddled) & set(pair)
            judged = plain and states.get(pair[0], "live") == "live" and old_link and pair in self.base
            first = plain and pair not in self.parted and pair[0] not in was and pair[1] not in was.values()
            if pair not in self.base and not first:  # it follows a merge: the earlier link's base is its own (S9.3)
                before_it = (pair[0], was.get(pair[0])), (partners.get(pair[1]), pair[1])
                self.base[pair] = {f: list(v) for p in before_it for f, v in self.base.get(p, {}).items()}
            for field, value in new.items():
                bases = self.base.setdefault(pair, {}).setdefault(field, [])
                if judged or first:
                    self.judge(pair, field, bases or [None], old[field], value,
                               time_of(before["salesforce"][pair[0]]))
                if judged or not bases or by_hand or old_link and named and (anew is None or set(pair) & set(anew)):
                    bases[:] = [value]
                elif value != old[field] or agreed(field, *value) or (fair and not judged) or args[0] == "undo":
                    bases.append(value)
        return code, out

    def links(self):
        return [{"account": a, "company": c, "state": ("live", "paused", "held")[state]}
                for a, c, state in self.store("SELECT account, company, state FROM link")]

    def store(self, sql):
        """What `links list` and the like show, without a process for each look."""
        store = sqlite3.connect(os.path.join(self.t.dir, "tandem.db"))
        try:
            return store.execute(sql).fetchall()
        finally:
            store.close()

    def later(self, pair, field, old, edited):
        """The value that wins where both moved: HubSpot's if it was set 2 s after the account's last edit (S5.4)."""
        value, at = self.set_at.get((pair[1], {**FIELDS, OWNER[0]: OWNER[1]}[field]), (None, None))
        edited = edited.replace(microsecond=0)  # as Salesforce tells it: its LastModifiedDate has whole seconds
        if value != old[1] or self.set_at.get((pair[0], field), (None, None))[0] != old[0]:
            return None
        return old[1] if at >= edited + datetime.timedelta(seconds=2) else old[0]

    def judge(self, pair, field, bases, old, new, edited):
        allowed = set()
        for base in bases:
            if field == "BillingStreet":
                allowed |= decided_address(self.rule[field], base, *old)
            elif field == "OwnerId":
                unmatched = self.setting["owner.unmatched"].split("@")[0]
                allowed |= decided_owner(unmatched, base, *old, self.later(pair, field, old, edited))
            else:
                allowed |= decided(self.rule[field], base, *old, field == "Name", self.later(pair, field, old, edited))
        self.expect(new in allowed, "S5: a field is not what its rule makes of it", pair, field, self.rule.get(field),
                    f"handled at {bases}", f"was {old}", f"became {new}", f"expected {allowed}")
        for i, side in enumerate(KIND):
            lost = {a for a, b in zip(parts(old[i]), parts(new[i])) if a and a != b}
            if lost and all(base and base[i] != old[i] for base in bases):
                self.told(pair, side, lost)

    def told(self, pair, side, values):
        """A user's value that is no more stands in the history (S5.4, S5.6, S12.1)."""
        history = self.t.json("explain", pair[0])["history"]
        known = {f[x] for h in history if h["side"] == side for f in h["fields"] for x in ("old", "lost")}
        self.expect(values <= known, "S5.6: an edit is lost and nothing tells of it", pair, side, values, history[:3])

    def judge_writes(self, args, before, was, fair, accounts):
        """Every create and every archive of this command has a reason; `accounts` = SF contacts', before it."""
        got = self.s.call(f"/writes?after={self.writes}")
        self.writes = got["count"]
        if self.held and args[0] == "sync":
            self.expect(not got["writes"], "S1.4: held, and something is written", got["writes"])
        for w in got["writes"]:
            self.say(f"    {w['act']} {w['type']} {w['id']} {w['fields']}")
            side = {"accounts": "salesforce", "companies": "hubspot"}.get(w["type"])
            if side and w["act"] == "create":
                self.judge_create(side, w, before, was, fair)
            elif side and w["act"] == "archive":
                self.judge_archive(args, side, w, before, was)
            elif side == "hubspot" and "lifecyclestage" in w["fields"] and args[0] != "undo":
                self.judge_stage(w["id"], w["fields"]["lifecyclestage"], before)
            elif w["type"] == "sf_contacts" and "AccountId" in w["fields"] and args[0] != "undo":
                self.expect(self.setting["associations"] == "on" or not accounts.get(w["id"]),
                            "S3.7: a contact that has an account gets another", w, accounts.get(w["id"]))
            elif w["type"] == "contacts" and "associatedcompanyid" in w["fields"]:
                self.expect(self.setting["associations"] == "on", "S11.1: a contact gets another company", w)
            elif w["act"] == "archive":
                raise Broken(f"S9: a contact is archived: {w}")

    def judge_create(self, side, write, before, was, fair):
        other = "hubspot" if side == "salesforce" else "salesforce"
        owner = (write["fields"].get(KEY[side]) or "").split(":")[-1]
        record = before[other].get(owner)
        self.expect(record is not None, "S8.1: a create without our key, or for nobody", write)
        pair = (lambda x: (owner, x)) if side == "hubspot" else (lambda x: (x, owner))
        for x in self.made.setdefault((side, owner), []):
            gone = x not in before[side] or before[side][x]["archived"]
            self.expect(gone or pair(x) in self.parted, "S8: a second record is made for one", owner, x, write)
        linked = {**was, **{c: a for a, c in was.items()}}
        partner = linked.get(owner)
        self.expect(partner is None or partner not in before[side] or before[side][partner]["archived"],
                    "S7.1: a record is made for one that is linked", owner, partner, write)
        if self.setting["match.domain"] == "link" and self.setting["match.several"] == "review":
            heirs = {before[side][x].get("merged_into") for x in linked if x in before[side]}  # of a link (S9.3)
            fits = [x["id"] for x in before[side].values()
                    if not x["archived"] and x["id"] not in linked and x["id"] not in heirs
                    and pair(x["id"]) not in self.parted | self.rejected
                    and hosts(side, x) & hosts(other, record) and (fair or not self.lag)]
            self.expect(not fits, "S7.2: a record is made beside one of its domain", owner, fits, write)
        if side == "hubspot":
            self.expect(owner in self.entered | self.asked,
                        "S2.2: an account that nobody touched enters", owner, write)
        self.made[side, owner].append(write["id"])

    def judge_stage(self, company, stage, before):
        """S10.1: forward, to where a contact of it came since T0."""
        was = before["hubspot"][company]["fields"].get("lifecyclestage", "")
        self.expect(ahead(stage, was), "S10.1: a company's stage goes back", company, was, stage)
        self.expect(any(x["id"] in self.staged and x.get("company") == company and
                        x["fields"].get("lifecyclestage") == stage for x in self.s.records("hubspot/contacts")),
                    "S10.1: a company's stage moves with no contact", company, was, stage)

    def judge_archive(self, args, side, write, before, was):
        made = any(write["id"] in ids for (s, _), ids in self.made.items() if s == side)
        if args[0] in ("undo", "review"):
            return
        linked = {**was, **{c: a for a, c in was.items()}}
        other = "hubspot" if side == "salesforce" else "salesforce"
        partner = before[other].get(linked.get(write["id"], ""))
        self.expect(self.setting["on_delete"] == "delete" and made and partner and partner["archived"],
                    "S9.1: a record is archived that no deletion asks for", write, partner)

    # -- the end

    def end(self):
        """All in fair weather and with time enough: it becomes quiet, and adds up."""
        self.clear()
        self.s.call("/settings", {"index_lag_ms": 0})
        if self.held:
            self.release()
        for _ in range(12):
            self.s.advance(DAY + 3600)
            before = self.writes
            self.run("sync", fair=True)
            if self.writes == before:
                break
        else:
            raise Broken("S8.4: it does not become quiet")
        self.s.advance(120)
        before = self.writes
        self.run("sync", fair=True)
        self.expect(self.writes == before, "S8.4: a second pass writes")
        self.adds_up()

    def adds_up(self):
        report = json.loads(self.command("verify", "--json")[1])["result"]
        lines = [json.loads(x) for x in self.t.run("verify", "--jsonl").out.splitlines()]
        lost = [x for x in lines if x.get("lost")]
        self.expect(not lost and all(report[s]["adds_up"] for s in KIND), "S4.5: it does not add up", report, lost)
        status, seen = self.t.json("status"), self.look()
        self.expect(status["open_intents"] == 0, "S8.2: intents are open", status)
        self.expect(status["links"] == len(self.pairs), "status counts links otherwise", status, len(self.pairs))
        for side in KIND:
            n = sum(not r["archived"] for r in seen[side].values())
            self.expect(report[side]["total"] == n == report[side]["read"], "verify counts otherwise", side, n, report)
        listed = {x["account"]: x["company"] for x in self.t.json("links", "list")["links"]}
        self.expect(listed == self.pairs, "links list tells others", listed, self.pairs)
        self.expect(self.store("PRAGMA integrity_check") == [("ok",)], "the store is damaged")
        self.settled(seen)

    def settled(self, seen):
        """Each live pair is told on the company; each account that may enter has one, or it is said why not."""
        troubled, states = self.troubled(), {x["account"]: x["state"] for x in self.links()}
        for account, company in self.pairs.items():
            a, c = seen["salesforce"].get(account), seen["hubspot"].get(company)
            if not a or not c or a["archived"] or c["archived"] or troubled & {account, company}:
                continue
            if states[account] == "live":
                self.expect(c["fields"].get(KEY["hubspot"]) == account or
                            a["fields"].get(KEY["salesforce"], "").endswith(":" + company),
                            "S8.1: neither of a pair names the other", account, company, a["fields"], c["fields"])
        if self.setting["hierarchy"] == "on" and not self.undone:
            for account, company in self.pairs.items():
                if states[account] == "live":  # one that is paused waits with its family (S2.3)
                    self.families(seen, account, company, troubled)
        once_linked = {a for a, _ in self.parted} | set(self.pairs)
        self.stages(seen, states, troubled)
        if self.setting["associations"] == "on" and not self.undone:
            self.agree(states, troubled)
        writing = [f for f in FIELDS if self.rule[f] not in ("none", "always_hubspot") and f not in self.remapped]
        writing.append(OWNER[0])
        for account, record in seen["salesforce"].items():
            was = self.baseline.get(account, {})
            moved = any(record["fields"].get(f) != was.get(f) for f in writing)
            must = account not in self.baseline or moved and not self.filtered
            if account in self.entered and must and not record["archived"] and account not in once_linked | troubled:
                x = self.t.json("explain", account)
                self.expect(x["why"] in ("filtered", "near_name", "unlinked"), "S2.1: an account does not enter",
                            account, x["action"], x["why"], x["next_try"])

    def stages(self, seen, states, troubled):
        """S10.1: a linked company is at least where its contact came to."""
        companies = {c: a for a, c in self.pairs.items() if states[a] == "live"}
        for contact in [] if self.undone else self.s.records("hubspot/contacts"):
            stage, company = self.staged.get(contact["id"], ("", None))
            if company == contact.get("company") and company in companies and \
                    not {contact["id"], company, companies[company]} & troubled:
                is_in = seen["hubspot"][company]["fields"].get("lifecyclestage", "")
                self.expect(not ahead(stage, is_in), "S10.1: a company stays behind its contact", contact["id"], stage,
                            company, is_in)
    def agree(self, states, troubled):
        """S11.1: who moved since T0 is with both of a pair, if with two that are linked. Of those that had another
        partner once nothing is said: a link that changes moves no contact."""
        apart = {x for pair in self.parted for x in pair} | troubled
        linked = {x for a, c in self.pairs.items() if states[a] == "live" for x in (a, c)} - apart
        for email, ((contact, company), (person, account)) in self.places().items():
            was = self.placed.get(email)
            if was and (was[0][1], was[1][1]) == (company, account):
                continue  # it is where it was: perhaps an older difference
            if {company, account} <= linked and not {contact, person} & troubled:
                self.expect(self.pairs[account] == company, "S11.1: a contact is with two pairs", contact, company,
                            person, account)

    def families(self, seen, account, company, troubled):
        """S11.2: of a pair both parents are linked with each other, if they are linked at all."""
        above = seen["salesforce"].get(account, {"fields": {}})["fields"].get("ParentId", "")
        links = self.s.call(f"/hubspot/associations?from=companies&id={company}&to=companies")["associations"]
        over = next((x["id"] for x in links if 14 in x["types"]), "")
        companies = {c: a for a, c in self.pairs.items()}
        if {account, company, above, over} & (troubled | self.meddled):
            return
        if (not above or above in self.pairs) and (not over or over in companies):
            self.expect(self.pairs.get(above, "") == over, "S11.2: a pair has two families", account, company,
                        above, over)


def hosts(service, record):
    """What a record is recognised by (S7.1): its hosts without www."""
    f = record["fields"]
    found = [f.get("Website")] if service == "salesforce" else \
        [f.get("domain") or f.get("website"), *f.get("hs_additional_domains", "").split(";")]
    found = {x.split("//")[-1].split("/")[0].removeprefix("www.").lower() for x in found if x}
    return found - {FREE_MAIL}


# ---- what users do --------------------------------------------------------------------------------------

def host(w):
    return w.pick(FREE_MAIL, "") if w.chance(.2) else f"h{w.rng.randint(1, 18)}.example"


def site(name):
    return f"https://www.{name}" if name else ""


def company_name(w):
    n = w.new() if w.chance(.8) else 1
    return f"{w.pick('Acme', 'Quartz', 'Nova', 'Delta')} {n} {w.pick('Inc.', 'GmbH', 'Ltd')}"


def fresh(w, field):
    n = w.new()
    if field in ("Name", "name"):
        return company_name(w)
    if field in ("Website", "website", "domain"):
        return site(host(w)) if field != "domain" else host(w)
    if field in ("Phone", "phone"):
        return f"+31 20 {n:07}"
    return str(n) if field.lower() == "numberofemployees" else f"text {n}"


def make_account(w):
    fields = {"Name": company_name(w), "Website": site(host(w)), OWNER[0]: w.pick(*OWNING.values())}
    for f in ("Phone", "Fax", "Description", *ADDRESS):
        if w.chance(.5):
            fields[f] = fresh(w, f)
    if w.chance(.2) and (parent := w.one("salesforce")):
        fields["ParentId"] = parent
    made = w.by_user("/salesforce/accounts", fields)
    if made and hasattr(w, "writes"):
        w.entered.add(made["id"])


def make_company(w):
    name = host(w)
    fields = {"name": company_name(w), "domain": name} if w.chance(.9) else {"domain": name}
    for p in ("phone", "fax", "description", "website", *ADDRESS.values()):
        if w.chance(.4):
            fields[p] = fresh(w, p)
    made = w.by_user("/hubspot/companies", fields)
    if made and w.chance(.6):
        make_contact(w, made["id"])


MAKE = {"salesforce": make_account, "hubspot": make_company}


def make_contact(w, company=None):
    """Somebody in HubSpot, perhaps in Salesforce too."""
    email = f"p{w.new()}@{host(w) or 'people.example'}"
    contact = w.by_user("/hubspot/contacts", {"email": email, "lastname": "Doe"})
    company = company or w.one("hubspot")
    if contact and company and w.chance(.8):
        join(w, contact["id"], company)
    if w.chance(.5):
        person = {"LastName": "Doe", "Email": email}
        if w.chance(.5) and (account := w.one("salesforce")):
            person["AccountId"] = account
        w.by_user("/salesforce/contacts", person)


def join(w, contact, company):
    w.by_user("/hubspot/associations", {"from": "contacts", "from_id": contact, "to": "companies", "to_id": company,
                                        "types": [1]})


def stage(w):
    people = w.s.records("hubspot/contacts")
    if people:
        contact, to = w.rng.choice(people), w.pick(*STAGES, *STILL)
        if w.by_user(f"/hubspot/contacts/{contact['id']}", {"lifecyclestage": to}, "PATCH") and \
                contact["fields"].get("lifecyclestage") != to:
            w.staged[contact["id"]] = to, contact.get("company")


def own(w):
    """Somebody else gets a record, now and then its partner too."""
    account, company = w.rng.choice(sorted(w.pairs.items())) if w.pairs else (w.one("salesforce"), w.one("hubspot"))
    which = w.pick("salesforce", "hubspot", "both")
    if which != "hubspot":
        write(w, "salesforce", account, {OWNER[0]: w.pick(*OWNING.values())})
    if which != "salesforce":
        write(w, "hubspot", company, {OWNER[1]: w.pick(*OWNERS.values(), "")})


def move_contact(w):
    if w.chance(.5):
        people, account = w.s.records("salesforce/contacts"), w.one("salesforce")
        if people and account:
            w.by_user(f"/salesforce/contacts/{w.rng.choice(people)['id']}", {"AccountId": account}, "PATCH")
    else:
        people, company = w.s.records("hubspot/contacts"), w.one("hubspot")
        if people and company:
            join(w, w.rng.choice(people)["id"], company)


def write(w, service, record, fields):
    made = record and w.by_user(f"/{KIND[service]}/{record}", fields, "PATCH")
    if made:
        w.set_at.update({(record, f): (v, time_of(made)) for f, v in fields.items()})
    if made and service == "salesforce":
        w.entered.add(record)


def edit(w):
    service = w.pick(*KIND)
    names = {**FIELDS, **ADDRESS}
    chosen = w.rng.sample(list(names), w.rng.randint(1, 3))
    write(w, service, w.one(service), {(f if service == "salesforce" else names[f]): fresh(w, f) for f in chosen})


def edit_pair(w):
    """Both sides of a pair, the same field, perhaps to the same value."""
    if not w.pairs:
        return
    account, company = w.rng.choice(sorted(w.pairs.items()))
    field = w.pick(*FIELDS)
    value, clear = fresh(w, field), w.chance(.3)
    write(w, "salesforce", account, {field: value})
    write(w, "hubspot", company, {FIELDS[field]: "" if clear else value if w.chance(.3) else fresh(w, field)})


def wipe(w):
    service = w.pick(*KIND)
    field = w.pick("Phone", "Fax", "Description", "Website", "NumberOfEmployees", *ADDRESS,
                   *(["Name"] if service == "hubspot" else []))
    write(w, service, w.one(service), {field if service == "salesforce" else {**FIELDS, **ADDRESS}[field]: ""})


def rehost(w):
    service = w.pick(*KIND)
    write(w, service, w.one(service), {"Website": site(host(w))} if service == "salesforce" else {"domain": host(w)})


def delete(w):
    service = w.pick(*KIND)
    record = w.one(service)
    if record:
        # Salesforce takes the parent off its children: an edit of a mapped field (S2.2), with hierarchy on.
        hierarchy = service == "salesforce" and w.setting["hierarchy"] == "on"
        children = w.children(record) if hierarchy else set()
        if w.by_user(f"/{KIND[service]}/{record}", method="DELETE") is not None:
            w.asked |= children


def restore(w):
    service = w.pick(*KIND)
    found = w.dead(service)
    if found and service == "salesforce":
        record = w.rng.choice(found)
        if w.by_user("/salesforce/undelete", {"type": "Account", "id": record}):
            w.asked.add(record)
    elif found:
        w.by_user("/hubspot/restore", {"object": "companies", "id": w.rng.choice(found)})


def merge(w):
    service = w.pick(*KIND)
    found = w.live(service)
    if len(found) < 3:
        return
    one, other = w.rng.sample(found, 2)
    if service == "salesforce":
        # Salesforce gives the loser's children another parent: an edit of a mapped field, with hierarchy on.
        if w.by_user("/salesforce/merge", {"survivor": one, "loser": other}):
            w.asked |= {one, *w.children(one)}
    else:
        w.by_user("/hubspot/merge", {"object": "companies", "primary": one, "other": other})


def reparent(w):
    if w.chance(.5):
        write(w, "salesforce", w.one("salesforce"), {"ParentId": w.one("salesforce") if w.chance(.8) else ""})
    elif len(found := w.live("hubspot")) > 1:
        child, parent = w.rng.sample(found, 2)
        w.by_user("/hubspot/associations", {"from": "companies", "from_id": child, "to": "companies", "to_id": parent,
                                            "types": [14]}, "POST" if w.chance(.8) else "DELETE")


USERS = {edit: 10, edit_pair: 6, wipe: 5, make_account: 4, make_company: 4, make_contact: 4, move_contact: 3,
         rehost: 3, delete: 2, restore: 2, merge: 2, reparent: 3, own: 4, stage: 4}


# ---- what operators do ----------------------------------------------------------------------------------

def sync(w):
    w.s.advance(w.lag + 1)
    w.run("sync", fair=True)


def sync_in_bad_weather(w):
    w.spoil()
    w.run("sync")
    if w.chance(.5):
        w.clear()


def sync_killed(w):
    w.run("sync", kill=(w.rng.randint(1, 25), w.chance(.5)))


def sync_meddled_with(w):
    """A user edits a record between Tandem's reading and its write (S12.1)."""
    if not w.pairs:
        return
    account, company = pair = w.rng.choice(sorted(w.pairs.items()))
    names = list(FIELDS.items())
    one, other = w.pick(*names), w.pick(*names)
    if w.chance(.5):
        write(w, "salesforce", account, {one[0]: fresh(w, one[0])})
        w.by_user("/hubspot/intrusions", {"object": "companies", "id": company,
                                          "properties": {other[1]: fresh(w, other[1])}})
    else:
        write(w, "hubspot", company, {one[1]: fresh(w, one[1])})
        w.by_user("/salesforce/intrusions", {"id": account, "fields": {other[0]: fresh(w, other[0])}})
        w.entered.add(account)
    w.s.advance(w.lag + 1)
    w.meddled |= set(pair)
    w.run("sync")


def import_all(w):
    w.run("import", "accounts", "--yes", kill=(w.rng.randint(4, 30), w.chance(.5)) if w.chance(.3) else None, anew=None)


def resync(w):
    record = w.one(w.pick(*KIND))
    if record:
        w.asked.add(record)
        w.run("resync", record, anew={record})


def link(w):
    account, company = w.one("salesforce"), w.one("hubspot")
    if account and company:
        w.asked |= {account, company}
        w.run(w.pick("link", "relink"), account, company, anew={account, company})


def unlink(w):
    if w.pairs:
        w.run("unlink", w.pick(*w.pairs))


def review(w):
    found = w.t.json("review", "list")["reviews"]
    if not found:
        return
    x = w.rng.choice(found)
    fits = x["candidates"].split(";")
    w.asked |= {x["id"], *fits}
    if x["fields"]:
        w.run("review", "accept", x["id"], w.pick("salesforce", "hubspot"), anew={x["id"]})
    elif w.chance(.5):
        w.run("review", "accept", x["id"], w.pick(*fits))
    else:
        w.rejected |= {(x["id"], y) for y in fits} | {(y, x["id"]) for y in fits}
        w.run("review", "reject", x["id"])


def hold(w):
    if w.held:
        w.release()
    else:
        w.command("hold")
        w.held = True


def undo(w):
    runs = w.t.json("runs")["runs"]
    if runs:
        w.undone = True
        w.run("undo", runs[0]["run"], "--yes", kill=(w.rng.randint(2, 20), w.chance(.5)) if w.chance(.3) else None)


def remap(w):
    field = w.pick(*FIELDS)
    w.remapped.add(field)
    w.map(field, w.rng.choice(RULES[w.profile]))
    seen = w.look()
    for pair, fields in w.base.items():
        if w.pairs.get(pair[0]) == pair[1] and pair[0] in seen["salesforce"] and pair[1] in seen["hubspot"]:
            fields.setdefault(field, []).append(w.values(seen, *pair)[field])


def plan_and_apply(w):
    path = os.path.join(w.t.dir, f"plan{w.new()}.jsonl")
    w.command("plan", "sync", "--save", path)
    if w.chance(.5):
        act(w)
    w.run("apply", path, "--yes")


def look_around(w):
    record = w.one(w.pick(*KIND))
    if record:
        w.command("explain", record)
    w.command(*w.pick(("verify",), ("status",), ("errors", "list"), ("doctor",), ("mapping", "check")))


def retry(w):
    w.run("errors", "retry", "--all")


def refilter(w):
    w.filter()


OPERATORS = {sync: 12, sync_in_bad_weather: 5, sync_killed: 6, sync_meddled_with: 3, import_all: 1, resync: 3,
             link: 2, unlink: 1, review: 2, hold: 1, undo: 1, remap: 1, plan_and_apply: 2, look_around: 2, retry: 1,
             refilter: 1}


def act(w):
    w.rng.choices(list(USERS), list(USERS.values()))[0](w)


def play(seed, rounds=None):
    """None, or what does not hold."""
    w = World(seed)
    try:
        for n in range(rounds or w.rng.randint(25, 50)):
            w.say(f"round {n}")
            for _ in range(w.rng.randint(0, 5)):
                act(w)
            w.s.advance(w.pick(0, 1, 20, 90, 400, 4000, DAY))
            w.rng.choices(list(OPERATORS), list(OPERATORS.values()))[0](w)
        w.say("the end")
        w.end()
        return None, w.log
    except (Broken, RuntimeError) as e:
        w.say(w.t.run("status").out)
        return e, w.log
    finally:
        w.close()


def seeds_of(args):
    for x in args:
        first, _, last = x.partition("-")
        yield from range(int(first), int(last or first) + 1)


chosen = list(seeds_of(sys.argv[2:])) or list(SEEDS)
VERBOSE = len(chosen) == 1
tap = Tap()
for number in chosen:
    problem, history = play(number)
    tap.ok(problem is None, f"seed_{number}_every_promise_holds",
           f"{problem}\nthe last of its history (all of it: chaos.py BUILD {number}):\n" + "\n".join(history[-30:]))
tap.done()
