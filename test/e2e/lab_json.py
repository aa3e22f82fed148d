"""lab_json: holds what `--json` prints against docs/json.md, member by member; so the page stays true.

Its sections are shapes: tables of `member | type | meaning`, or of codes. A type that is read here and
not there, or the other way round, is an error of the page."""
import json
import os
import re

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "json.md")
TEXTS = {"text": r"(?s).*", "id": r"[0-9A-Za-z]+", "ids": r"([0-9A-Za-z]+(;[0-9A-Za-z]+)*)?",
         "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "side": "salesforce|hubspot", "rule": r"S\d+\.\d+"}
OTHERS = {"integer": lambda v: type(v) is int, "boolean": lambda v: type(v) is bool,
          "null": lambda v: v is None, "object": lambda v: isinstance(v, dict)}


class Page:
    def __init__(self, path=PAGE):
        self.shape = {}  # section: {member: (type, may be missing)}
        self.codes = {}  # section: codes
        self.parts = {}  # section: [(shape, may be missing)], whose members are its own too
        self.any = {}    # section: type of members without a fixed name
        section = head = None
        for line in open(path, encoding="utf-8"):
            cells = [x.strip() for x in line.strip().strip("|").split("|")]
            if line.startswith("##"):
                section, head = line.strip("#` \n"), None
            elif line.startswith("|") and section:
                if head is None:
                    head = cells[0]
                elif not cells[0].startswith("---"):
                    self.row(section, head, cells)

    def row(self, section, head, cells):
        names, kind = re.findall(r"`([^`]+)`", cells[0]), cells[1]
        optional = kind.endswith("not always")
        kind = re.sub(r";? ?not always$", "", kind)
        if head == "code":
            self.codes.setdefault(section, []).extend(names)
        elif cells[0].startswith("all of"):
            self.parts.setdefault(section, []).append((self.meant(cells[0]), optional))
        elif not names:
            self.any[section] = kind
        for name in names if head != "code" else ():
            self.shape.setdefault(section, {})[name] = (kind, optional)

    @staticmethod
    def meant(text):
        """The section that a link leads to."""
        link = re.search(r"\]\(#([a-z-]+)\)", text)
        return link and link[1].replace("-", " ")

    def members(self, section):
        """{member: (type, may be missing, the section that says so)}"""
        out = {}
        for part, optional in self.parts.get(section, ()):
            out.update({k: (t, o or optional, s) for k, (t, o, s) in self.members(part).items()})
        out.update({k: (t, o, section) for k, (t, o) in self.shape.get(section, {}).items()})
        return out

    def object(self, section, value, prefix="", where=""):
        """What of this object the page does not say, or says otherwise."""
        known = {k[len(prefix):]: x for k, x in self.members(section).items()
                 if k.startswith(prefix) and not re.search(r"[.\[]", k[len(prefix):])}
        for name, (_, optional, _) in known.items():
            if name not in value and not optional:
                yield f"{where}{name} is missing"
        for name, v in value.items():
            if name in known:
                yield from self.value(section, prefix + name, known[name][0], v, where + name)
            elif section in self.any:
                yield from self.value(section, prefix + name, self.any[section], v, where + name)
            else:
                yield f"{where}{name} is not described"

    def value(self, section, path, kind, v, where):
        if kind.startswith("map of ") and isinstance(v, dict):
            for name, x in v.items():
                yield from self.value(section, path, kind[7:], x, f"{where}.{name}")
        elif kind.startswith("list of ") and isinstance(v, list):
            inner = "object" if kind == "list of objects" else kind[8:]
            for i, x in enumerate(v):
                yield from self.value(section, path + "[]", inner, x, f"{where}[{i}]")
        else:
            tries = [list(self.one(section, path, k, v, where)) for k in kind.split(" or ")]
            yield from min(tries, key=len)

    def one(self, section, path, kind, v, where):
        shape = self.meant(kind)
        codes = self.codes.get(shape) if shape else re.findall(r"`([^`]+)`", kind)
        if kind in OTHERS:
            good = OTHERS[kind](v)
        elif codes or kind in TEXTS:
            good = isinstance(v, str) and (v in codes if codes else re.fullmatch(TEXTS[kind], v))
        else:
            good = shape in self.shape | self.parts and isinstance(v, dict)
        if not good:
            yield f"{where} is no {kind}: {v!r}"
        elif shape and not codes:
            yield from self.object(shape, v, where=where + ".")
        elif kind == "object":
            yield from self.object(section, v, path + ".", where + ".")

    def result(self, command, value):
        """A command that says different things has a section for each: `settings set company_sync`."""
        own = [x for x in self.shape | self.parts | self.any if x == command or x.startswith(command + " ")]
        return min((list(self.object(x, value)) for x in own), key=len,
                   default=[f"the command {command} is not described"])

    def line(self, command, value):
        return list(self.value("Lines", command, self.shape["Lines"][command][0], value, ""))

    def complaint(self, value):
        """A line of standard error."""
        return min((list(self.object(x, value)) for x in ("failure", "log line")), key=len)


def once(pairs):
    """An object in which no name stands twice."""
    names = [k for k, _ in pairs]
    twice = {k for k in names if names.count(k) > 1} if len(set(names)) < len(names) else ()
    if twice:
        raise ValueError(f"members stand twice: {', '.join(twice)}")
    return dict(pairs)


def wrong(page, args, out, err):
    """What in these two streams of `tandem args` is not as the page says."""
    read = json.JSONDecoder(object_pairs_hook=once).decode
    found = [x for line in err.splitlines() for x in page.complaint(read(line))]
    for line in out.splitlines():
        d = read(line)
        if "--jsonl" in args:
            command = " ".join(args[:2]) if args[0] in ("plan", "links") else args[0]
            found += page.line(command, d)
        else:
            found += page.result(d["command"], d["result"]) if set(d) == {"tandem", "command", "result"} else [d]
    return found
