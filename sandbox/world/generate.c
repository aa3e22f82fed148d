/* generate: the values of a record that nobody touched, from the seed and its number. */
#include "base/rng.h"
#include "sandbox/world/world.h"

static const char *const first_words[] = {"North",  "Blue",  "Alpine", "Silver", "Delta", "Orion",
                                          "Harbor", "Cedar", "Summit", "Vector", "Prime", "Atlas",
                                          "Nova",   "Terra", "Quartz", "Falcon"};
static const char *const second_words[] = {"Foods",    "Logistics", "Energy", "Systems",
                                           "Textiles", "Motors",    "Labs",   "Media",
                                           "Partners", "Steel",     "Pharma", "Travel"};
static const char *const forms[] = {"Inc.", "GmbH", "Ltd", "S.A.", "AG", "LLC", "B.V.", "PLC"};
static const char *const cities[] = {"Berlin", "Leeds",  "Lyon",   "Austin", "Osaka",  "Malmö",
                                     "Gent",   "Torino", "Zürich", "Porto",  "Denver", "Utrecht"};
static const char *const countries[] = {"Germany", "United Kingdom", "France", "United States",
                                        "Japan",   "Sweden",         "Belgium", "Italy",
                                        "Switzerland", "Portugal",   "United States", "Netherlands"};

struct str world_generated(const struct world *w, enum world_type t, uint64_t number,
                           struct arena *a, struct str field)
{
    uint64_t x = rng_mix(w->seed ^ rng_mix(number + 1));
    size_t city = x >> 20 & 0xffff;
    bool sf = t == W_ACCOUNT;
    if (t != W_ACCOUNT && t != W_COMPANY)
        return S("");
    if (str_eq(field, sf ? S("Name") : S("name")))
        return str_fmt(a, "%s %s %llu %s", first_words[x % LEN(first_words)],
                       second_words[x / 16 % LEN(second_words)], (unsigned long long)number + 1,
                       forms[x / 256 % LEN(forms)]);
    if (str_eq(field, sf ? S("Website") : S("website")))
        return str_fmt(a, "https://www.g%llu-%s.example.com", (unsigned long long)number + 1,
                       sf ? "a" : "c");
    if (str_eq(field, S("domain")) && !sf)
        return str_fmt(a, "g%llu-c.example.com", (unsigned long long)number + 1);
    if (str_eq(field, sf ? S("Phone") : S("phone")))
        return str_fmt(a, "+1 555 %07llu", (unsigned long long)(x % 10000000));
    if (str_eq(field, sf ? S("BillingStreet") : S("address")))
        return str_fmt(a, "%llu Example Street", (unsigned long long)(x % 900 + 1));
    if (str_eq(field, sf ? S("BillingCity") : S("city")))
        return str_from(cities[city % LEN(cities)]);
    if (str_eq(field, sf ? S("BillingPostalCode") : S("zip")))
        return str_fmt(a, "%05llu", (unsigned long long)(x % 99999));
    if (str_eq(field, sf ? S("BillingCountry") : S("country")))
        return str_from(countries[city % LEN(countries)]);
    if (str_eq(field, sf ? S("NumberOfEmployees") : S("numberofemployees")))
        return str_fmt(a, "%llu", (unsigned long long)(x % 5000 + 1));
    if (str_eq(field, sf ? S("AnnualRevenue") : S("annualrevenue")))
        return str_fmt(a, "%llu", (unsigned long long)(x % 1000 * 1000000));
    if (str_eq(field, S("Description")) && sf && number % 4 == 0)
        return str_fmt(a, "A generated account, number %llu of its world.",
                       (unsigned long long)number + 1);
    return S("");
}
