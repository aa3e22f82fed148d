/* generate: the values of a record that nobody touched, from the seed and its number. Written out
 * by hand, without printf: a bulk answer asks for millions of them. */
#include <string.h>

#include "base/rng.h"
#include "sandbox/world/world.h"

enum recipe {
    NOTHING,
    NAME,
    WEBSITE,
    DOMAIN,
    PHONE,
    STREET,
    CITY,
    POSTCODE,
    COUNTRY,
    EMPLOYEES,
    REVENUE,
    DESCRIPTION,
    FIRST_NAME,
    LAST_NAME,
    EMAIL,
};

static const char *const first_words[] = {"North",  "Blue",  "Alpine", "Silver", "Delta", "Orion",
                                          "Harbor", "Cedar", "Summit", "Vector", "Prime", "Atlas",
                                          "Nova",   "Terra", "Quartz", "Falcon"};
static const char *const second_words[] = {"Foods",    "Logistics", "Energy", "Systems",
                                           "Textiles", "Motors",    "Labs",   "Media",
                                           "Partners", "Steel",     "Pharma", "Travel"};
static const char *const forms[] = {"Inc.", "GmbH", "Ltd", "S.A.", "AG", "LLC", "B.V.", "PLC"};
static const char *const cities[] = {"Berlin", "Leeds",  "Lyon",   "Austin", "Osaka",  "Malmö",
                                     "Gent",   "Torino", "Zürich", "Porto",  "Denver", "Utrecht"};
static const char *const countries[] = {
    "Germany", "United Kingdom", "France",      "United States", "Japan",         "Sweden",
    "Belgium", "Italy",          "Switzerland", "Portugal",      "United States", "Netherlands"};
static const char *const given_names[] = {"Ada",  "Björn", "Chloé", "Dmitri",
                                          "Elif", "Femke", "Grace", "Hiro"};
static const char *const family_names[] = {"Almeida", "Brandt",  "Costa",  "Dubois",
                                           "Eriksen", "Fischer", "García", "Honda"};

uint8_t world_recipe(enum world_type t, struct str field)
{
    static const struct {
        const char *sf, *hs;
        uint8_t recipe;
    } organisations[] = {{"Name", "name", NAME},
                         {"Website", "website", WEBSITE},
                         {"", "domain", DOMAIN},
                         {"Phone", "phone", PHONE},
                         {"BillingStreet", "address", STREET},
                         {"BillingCity", "city", CITY},
                         {"BillingPostalCode", "zip", POSTCODE},
                         {"BillingCountry", "country", COUNTRY},
                         {"NumberOfEmployees", "numberofemployees", EMPLOYEES},
                         {"AnnualRevenue", "annualrevenue", REVENUE},
                         {"Description", "", DESCRIPTION}},
      people[] = {{"FirstName", "firstname", FIRST_NAME},
                  {"LastName", "lastname", LAST_NAME},
                  {"Email", "email", EMAIL}};
    bool organisation = t == W_ACCOUNT || t == W_COMPANY;
    if (!organisation && t != W_SF_CONTACT && t != W_HS_CONTACT && t != W_LEAD)
        return NOTHING;
    for (size_t i = 0; i < (organisation ? LEN(organisations) : LEN(people)); i++) {
        const char *name = organisation
                               ? (world_is_sf(t) ? organisations[i].sf : organisations[i].hs)
                               : (world_is_sf(t) ? people[i].sf : people[i].hs);
        if (field.n && str_eq_nocase(field, str_from(name)))
            return organisation ? organisations[i].recipe : people[i].recipe;
    }
    return t == W_LEAD && str_eq_nocase(field, S("Company")) ? NAME : NOTHING;
}

struct pen {
    char *p;
    size_t n;
};

static void put(struct pen *b, const char *text)
{
    size_t n = strlen(text);
    memcpy(b->p + b->n, text, n);
    b->n += n;
}

static void put_number(struct pen *b, uint64_t x, int width)
{
    char digit[24];
    int n = 0;
    do
        digit[n++] = (char)('0' + x % 10);
    while ((x /= 10) || n < width);
    while (n > 0)
        b->p[b->n++] = digit[--n];
}

static void put_host(struct pen *b, bool sf, uint64_t number)
{
    put(b, "g");
    put_number(b, number + 1, 1);
    put(b, sf ? "-a.example" : "-c.example");
}

struct str world_generated(const struct world *w, enum world_type t, uint64_t number,
                           struct arena *a, uint8_t recipe)
{
    if (recipe == NOTHING)
        return S("");
    uint64_t x = rng_mix(w->seed ^ rng_mix(number + 1));
    size_t city = (x >> 20 & 0xffff) % LEN(cities);
    if (recipe == CITY || recipe == COUNTRY)
        return str_from(recipe == CITY ? cities[city] : countries[city]);
    struct pen b = {arena_bytes(a, 96), 0};
    switch ((enum recipe)recipe) {
    case NAME:
        put(&b, first_words[x % LEN(first_words)]);
        put(&b, " ");
        put(&b, second_words[x / 16 % LEN(second_words)]);
        put(&b, " ");
        put_number(&b, number + 1, 1);
        put(&b, " ");
        put(&b, forms[x / 256 % LEN(forms)]);
        break;
    case WEBSITE:
        put(&b, "https://www.");
        put_host(&b, world_is_sf(t), number);
        break;
    case DOMAIN:
        put_host(&b, world_is_sf(t), number);
        break;
    case PHONE:
        put(&b, "+1 555 ");
        put_number(&b, x % 10000000, 7);
        break;
    case STREET:
        put_number(&b, x % 900 + 1, 1);
        put(&b, " Example Street");
        break;
    case POSTCODE:
        put_number(&b, x % 99999, 5);
        break;
    case EMPLOYEES:
        put_number(&b, x % 5000 + 1, 1);
        break;
    case REVENUE:
        put_number(&b, x % 1000 * 1000000, 1);
        break;
    case DESCRIPTION:
        if (number % 4 == 0) {
            put(&b, "A generated account, number ");
            put_number(&b, number + 1, 1);
            put(&b, " of its world.");
        }
        break;
    case FIRST_NAME:
        put(&b, given_names[x % LEN(given_names)]);
        break;
    case LAST_NAME:
        put(&b, family_names[x / 16 % LEN(family_names)]);
        break;
    case EMAIL:
        put(&b, "person");
        put_number(&b, number + 1, 1);
        put(&b, "@");
        put_host(&b, world_is_sf(t), number);
        break;
    case NOTHING:
    case CITY:
    case COUNTRY:
        break;
    }
    return (struct str){b.p, b.n};
}
