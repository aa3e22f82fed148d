#!/usr/bin/env python3
"""country_table: the names and codes of ISO 3166, from Debian's package iso-codes, as a C text that country.c
searches: sorted lines "name=CODE"; of a state "US:california=US-CA". Run by meson: OUTPUT [FOLDER]."""
import gettext
import json
import sys
import unicodedata

# The languages of the two services' users, as far as a name means something without its marks (which those
# of Indic scripts do not).
LANGUAGES = """ar bg ca cs da de el es et eu fi fr ga gl he hr hu id is it ja ko lt lv ms mt nb nl nn pl pt pt_BR ro ru sk sl
sq sr sv tr uk vi zh_CN zh_TW""".split()

# What everybody says and the standard does not.
ALSO = {
    "AE": "UAE", "BN": "Brunei", "BY": "Belorussia", "CD": "DR Congo", "CI": "Ivory Coast", "CV": "Cape Verde",
    "FM": "Micronesia", "GB": "UK|Great Britain|England|Scotland|Wales|Northern Ireland", "MM": "Burma",
    "MK": "Macedonia", "NL": "Holland|The Netherlands", "PS": "Palestine", "RU": "Russia|Россия|Russland|Rusland|Russie|Rusia",
    "SZ": "Swaziland", "TR": "Turkey", "VA": "Vatican City",
}


def folded(s):
    """As text_letters makes it: letters and digits, in lower case, without marks."""
    s = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", s).casefold())
    s = unicodedata.normalize("NFC", "".join(c for c in s if unicodedata.category(c)[0] != "M"))
    return "".join(c for c in s if unicodedata.category(c)[0] in "LN")


def load(number):
    with open(f"/usr/share/iso-codes/json/iso_{number}.json", encoding="utf-8") as f:
        return json.load(f)[number]


def spellings(country):
    return [country[k] for k in ("name", "common_name", "official_name") if k in country]


def countries():
    """Codes and English names first; a name in another language that means two countries means none."""
    sure, others = {}, {}
    all_of_them = load("3166-1")
    for c in all_of_them:
        code = c["alpha_2"]
        for name in [code, c["alpha_3"], *spellings(c), *ALSO.get(code, "").split("|")]:
            sure[folded(name)] = code
    for language in LANGUAGES:
        told = gettext.translation("iso_3166-1", "/usr/share/locale", [language]).gettext
        for c in all_of_them:
            for name in map(told, spellings(c)):
                key = folded(name)
                if len(key) > 3 or not key.isascii():  # two and three letters are codes
                    others.setdefault(key, set()).add(c["alpha_2"])
    sure.update((k, v.pop()) for k, v in others.items() if len(v) == 1 and k not in sure)
    del sure[""]
    return sure


def states():
    """Of two of one name in a country, the one that is part of no other."""
    out = {}
    for s in sorted(load("3166-2"), key=lambda s: ("parent" in s, s["code"])):
        country, own = s["code"].split("-", 1)
        for name in (own, s["name"], s["name"].split(" [")[0], s["name"].split(" (")[0]):
            out.setdefault(f"{country}:{folded(name)}", s["code"])
    return out


def main(path):
    try:
        lines = [f"{k}={v}" for k, v in [*countries().items(), *states().items()]]
    except OSError as e:
        sys.exit(f"country_table: {e.strerror}: {e.filename}: Debian's package iso-codes is needed, with its"
                 " translations (a dpkg that leaves /usr/share/locale out must let */LC_MESSAGES/iso_3166-1.mo pass)")
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* Made by country_table.py. */\nstatic const char lines[] =\n")
        for line in sorted(lines, key=str.encode):
            f.write(f'    "{line}\\n"\n')
        f.write("    ;\n")


main(sys.argv[1])
