#!/usr/bin/env python3
"""Works out by the rules of docs/semantics.md what an import of this folder's org into this folder's
portal must do, and compares it with expected.json. It shares no code with Tandem.

    sandbox/data/check.py            compare; exit status 1 with the differences
    sandbox/data/check.py --print    print what it worked out (what expected.json must hold)

Needs Python 3 and the Public Suffix List of the Debian package publicsuffix.
"""
import csv
import json
import os
import sys
import unicodedata
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
PSL = "/usr/share/publicsuffix/public_suffix_list.dat"

# Hosts in this data that are no key (S7.2): mail for everybody, pages for everybody.
FREE_MAIL = {"gmx.net", "mail.ru", "yahoo.com"}
SHARED_HOST = {"facebook.com"}

# The default mappings that let a value over (S6.1): Industry and Type start as `none`.
PLAIN = [("Name", "name"), ("Website", "website"), ("Phone", "phone"),
         ("Description", "description"), ("NumberOfEmployees", "numberofemployees"),
         ("AnnualRevenue", "annualrevenue")]
ADDRESS = [("BillingStreet", "address"), ("BillingCity", "city"), ("BillingState", "state"),
           ("BillingPostalCode", "zip"), ("BillingCountry", "country")]

ACCOUNT_COLUMNS = ("Key Name Website Industry Type Phone BillingStreet BillingCity BillingState "
                   "BillingPostalCode BillingCountry NumberOfEmployees AnnualRevenue Description").split()
LEGAL_FORMS = set("ab ag aps as asa bv co company corp corporation gmbh inc incorporated kg kgaa kk "
                  "limited llc llp ltd nv oy oyj plc pty sa sarl sas se spa srl".split())
COMPANY_COLUMNS = ("key name domain website industry city state zip country numberofemployees "
                   "annualrevenue description phone kind account").split()
KINDS = {"same_host": 60, "other_spelling": 30, "www": 20, "subdomain": 15, "no_domain": 15,
         "pair": 10, "unknown": 20}


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, strict=True))
    for row in rows:
        assert None not in row and None not in row.values(), (name, row)
    return rows


def psl():
    rules = set()
    with open(PSL, encoding="utf-8") as f:
        for line in f:
            rule = line.split(" ")[0].strip()
            if rule and not rule.startswith("//"):
                mark = "!" if rule[0] == "!" else ""
                labels = rule.lstrip("!").split(".")
                rules.add(mark + ".".join(x if x == "*" else x.encode("idna").decode() for x in labels))
    return rules


RULES = psl()


def registrable(host):
    labels = host.split(".")
    suffix = 1
    for i in range(len(labels)):
        tail = labels[i:]
        if "!" + ".".join(tail) in RULES:
            suffix = len(tail) - 1
            break
        if ".".join(tail) in RULES or ".".join(["*"] + tail[1:]) in RULES:
            suffix = len(tail)
            break
    return ".".join(labels[-suffix - 1:]) if len(labels) > suffix else None


def written_host(web):
    """What stands where the host stands, as it is written."""
    rest = web.strip()
    if "://" in rest:
        rest = rest.split("://", 1)[1]
    for end in "/?#":
        rest = rest.split(end, 1)[0]
    return rest.rstrip(".")


def host_of(web):
    host = written_host(web).lower()
    if "." not in host:
        return None
    assert "ß" not in host, "IDNA 2003 and 2008 differ for this one"
    host = host.encode("idna").decode()
    return host[4:] if host.startswith("www.") else host


def keys(row, web):
    row["host"] = host_of(web)
    row["site"] = registrable(row["host"]) if row["host"] else None
    row["no_key"] = row["host"] in FREE_MAIL or row["site"] in SHARED_HOST
    row["match"] = row["host"] if row["site"] and not row["no_key"] else None


def near_name(name):
    """S7.4: the name without case, accents, punctuation and legal form."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in ".'")
    words = "".join(c if c.isalnum() or ord(c) > 127 else " " for c in plain).split()
    return " ".join(w for w in words if w not in LEGAL_FORMS)


# Countries that the two files spell in two ways.
SPELT = {"deutschland": "germany", "usa": "united states", "the netherlands": "netherlands"}


def country_of(text):
    plain = text.strip().lower()
    return SPELT.get(plain, plain)


def show_near(accounts, companies, out):
    """S7.4, match.near = review: accounts that would get a new company are shown near names first, but
    for companies that are taken already: by a link, or by the host of another account."""
    hosts = {a["host"] for a in accounts if a["match"]}
    taken = {f["key"] for w, found in out.values() if w == "link" for f in found}
    by_name = defaultdict(list)
    for c in companies:
        if c["key"] not in taken and not (c["match"] and c["host"] in hosts):
            by_name[near_name(c["name"])].append(c)
    for a in accounts:
        name, here = near_name(a["Name"]), country_of(a["BillingCountry"])
        near = [c for c in by_name[name] if len(name) > 1
                and (not here or country_of(c["country"]) in ("", here))]
        if out[a["Key"]][0].startswith("create") and near:
            out[a["Key"]] = ("review_near", near)


def match(accounts, companies):
    """S7.1, S7.2 for an empty store, match.domain = link: account key -> (what, companies)."""
    by_host, by_site, own = defaultdict(list), defaultdict(list), Counter()
    for c in companies:
        if c["match"]:
            by_host[c["host"]].append(c)
            by_site[c["site"]].append(c)
    for a in accounts:
        if a["match"]:
            own[a["host"]] += 1
    out, first_of_host = {}, set()
    for a in accounts:
        same = by_host[a["host"]] if a["match"] else []
        # A company on the host of another account is that account's, not a doubtful fit of ours.
        near = [c for c in by_site[a["site"]] if not own[c["host"]]] if a["match"] else []
        if len(same) == 1 and own[a["host"]] == 1:
            out[a["Key"]] = ("link", same)
        elif same:
            out[a["Key"]] = ("review_several", same)
        elif near:
            out[a["Key"]] = ("review_site", near)
        elif not a["Website"].strip():
            out[a["Key"]] = ("create_no_website", [])
        elif not a["match"]:
            out[a["Key"]] = ("create_no_key", [])
        elif a["host"] in first_of_host:
            out[a["Key"]] = ("create_domain_taken", [])
        else:
            out[a["Key"]] = ("create_domain", [])
        if a["match"]:
            first_of_host.add(a["host"])
    show_near(accounts, companies, out)
    return out


def number(text):
    return str(int(text)) if text else ""


def sides(a, c, pair):
    sf, hs = a.get(pair[0], "").strip(), c.get(pair[1], "").strip()
    if pair[0] in ("NumberOfEmployees", "AnnualRevenue"):
        return number(sf), number(hs)
    return sf.replace("\r\n", "\n"), hs.replace("\r\n", "\n")


def link_writes(a, c):
    """S5.3, S5.5, S5.9 at a first link under prefer_salesforce: [(to, overwrites)]."""
    out = []
    for pair in PLAIN:
        sf, hs = sides(a, c, pair)
        if sf != hs:
            out.append(("hubspot", bool(hs)) if sf else ("salesforce", False))
    parts = [sides(a, c, p) for p in ADDRESS]
    apart = any(sf and hs and sf != hs for sf, hs in parts)
    for sf, hs in parts:
        if sf == hs:
            continue
        if apart:  # Salesforce's address replaces the other whole, blanks included
            out.append(("hubspot", bool(hs)))
        else:
            out.append(("hubspot", False) if sf else ("salesforce", False))
    return out


def work_out():
    accounts, companies = read("accounts.csv"), read("companies.csv")
    contacts, sf_contacts, leads = read("contacts.csv"), read("sf_contacts.csv"), read("leads.csv")
    assert list(accounts[0]) == ACCOUNT_COLUMNS and list(companies[0]) == COMPANY_COLUMNS
    by_key = {a["Key"]: a for a in accounts}
    company_keys = {c["key"] for c in companies}
    assert len(by_key) == len(accounts) and len(company_keys) == len(companies), "keys are unique"
    assert all(a["Name"].strip() for a in accounts) and all(c["name"].strip() for c in companies)
    assert all(c["account"] in by_key for c in companies if c["kind"] != "unknown")
    assert all(s["Account"] in by_key for s in sf_contacts if s["Account"])
    assert all(c["company"] in company_keys for c in contacts if c["company"])
    emails = [c["email"].lower() for c in contacts if c["email"]]
    assert len(emails) == len(set(emails)), "an email address is a contact's own"
    assert Counter(c["kind"] for c in companies) == KINDS, Counter(c["kind"] for c in companies)
    for row in accounts:
        keys(row, row["Website"])
    for row in companies:
        keys(row, row["domain"] or row["website"])
    matched = match(accounts, companies)
    spelt_as_their_kind_says(by_key, companies, matched)

    what = Counter(w for w, _ in matched.values())
    linked = [(by_key[k], found[0]) for k, (w, found) in matched.items() if w == "link"]
    in_review = {c["key"] for w, found in matched.values() if w.startswith("review") for c in found}
    creates = sum(n for w, n in what.items() if w.startswith("create"))
    review = sum(n for w, n in what.items() if w.startswith("review"))
    owner = ("hubspot", False)  # every account has one, and no company of the file does (S6.6)
    writes = [[*link_writes(a, c), owner] for a, c in linked]
    flat = [w for one in writes for w in one]
    left = [c for c in companies if c["key"] not in in_review
            and c["key"] not in {c["key"] for _, c in linked}]
    return {
        "accounts": len(accounts),
        "countries": len({a["BillingCountry"].strip() for a in accounts} - {""}),
        "companies": len(companies),
        "companies_by_kind": dict(KINDS),
        "contacts": len(contacts),
        "sf_contacts": len(sf_contacts),
        "sf_contacts_private": sum(not s["Account"] for s in sf_contacts),
        "leads": len(leads),
        "import": {
            "link": what["link"],
            "create": creates,
            "create_with_domain": what["create_domain"],
            "create_without_domain": creates - what["create_domain"],
            "create_without_domain_no_website": what["create_no_website"],
            "create_without_domain_no_key": what["create_no_key"],
            "create_without_domain_taken": what["create_domain_taken"],
            "review_accounts": review,
            "review_accounts_several": what["review_several"],
            "review_accounts_site": what["review_site"],
            "review_accounts_near": what["review_near"],
            "review_companies": len(in_review),
            "companies_left_alone": len(left),
        },
        "link_writes": {
            "companies_updated": sum(any(to == "hubspot" for to, _ in w) for w in writes),
            "accounts_updated": sum(any(to == "salesforce" for to, _ in w) for w in writes),
            "values_to_hubspot": sum(to == "hubspot" for to, _ in flat),
            "values_to_salesforce": sum(to == "salesforce" for to, _ in flat),
            "values_overwritten": sum(over for _, over in flat),
        },
        "after_import": {
            "links": what["link"] + creates,
            "accounts": len(accounts),
            "companies": len(companies) + creates,
            "accounts_unlinked": review,
            "companies_unlinked": len(in_review) + len(left),
        },
    }


def spelt_as_their_kind_says(by_key, companies, matched):
    """The kind of a company is what the rules find, and is spelt as the kind's name promises."""
    accounts_of_host = Counter(a["host"] for a in by_key.values() if a["match"])
    for c in companies:
        web, kind = c["domain"] or c["website"], c["kind"]
        a = by_key.get(c["account"])
        what, found = matched[a["Key"]] if a else ("", [])
        mine = any(c["key"] == f["key"] for f in found)
        if kind in ("same_host", "other_spelling", "www"):
            assert what == "link" and mine, c
            plain = written_host(a["Website"]).lower()
            www = plain.startswith("www.")
            plain = plain[4:] if www else plain
            if kind == "same_host":
                assert c["domain"] == plain, c
                assert c["website"] in ("", a["Website"].strip()), c
            elif kind == "www":
                seen = written_host(c["website"] or c["domain"])
                assert seen == (plain if www else "www." + plain), c
            else:
                assert c["domain"] != plain or c["website"] not in ("", a["Website"].strip()), c
        elif kind == "subdomain":
            assert what == "review_site" and mine and len(found) == 1, c
            assert c["host"] != a["host"] and c["site"] == a["site"], c
        elif kind == "pair":
            assert what == "review_several" and mine and len(found) == 2, c
        elif kind == "no_domain":
            assert not web and what in ("create_domain", "review_near"), c
            assert what == "create_domain" or mine, c
        else:
            assert not a and c["match"] and not accounts_of_host[c["host"]], c
            assert all(c["site"] != b["site"] for b in by_key.values()), c


def main():
    got = work_out()
    if "--print" in sys.argv[1:]:
        print(json.dumps(got, indent=2))
        return 0
    with open(os.path.join(HERE, "expected.json"), encoding="utf-8") as f:
        want = json.load(f)
    if got == want:
        print("expected.json is what the rules say")
        return 0
    for section in sorted(set(got) | set(want)):
        if got.get(section) != want.get(section):
            print(f"{section}: the rules say {got.get(section)}, expected.json {want.get(section)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
