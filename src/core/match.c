#include "core/match_p.h"

#include <stdlib.h>

#include "model/country.h"

/* Who is looking, and what they may find. */
struct seeker {
    const struct match_index *ix;
    const struct row *row;
    bool named;
};

/* S7.6: a pair that was unlinked is not found again by itself. */
static bool parted(const struct seeker *k, const struct row *r)
{
    const struct neighbours *near = k->ix->near;
    enum side own = near->side;
    if (k->named || !k->row->severed || !r->severed)
        return false;
    for (size_t i = 0; i < near->severeds; i++)
        if (str_eq(near->severed[i].link.id[own], k->row->rec.id) &&
            str_eq(near->severed[i].link.id[side_other(own)], r->rec.id))
            return true;
    return false;
}

static bool candidate(const struct seeker *k, const struct row *r)
{
    return r->rec.state == RECORD_LIVE && (k->ix->near->persons || !r->rec.person);
}

struct found {
    struct row **row;
    size_t count;
    struct row *linked; /* one that fits but is linked already */
};

static void found_add(const struct seeker *k, struct found *f, struct row *r)
{
    if (parted(k, r) || !candidate(k, r))
        return;
    if (r->partner.n) {
        f->linked = r;
        return;
    }
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->row[i]->rec.id, r->rec.id))
            return;
    f->row[f->count++] = r;
}

/* Those whose key text is `want`. */
static struct found by_text(struct arena *a, const struct seeker *k, const struct texts *t,
                            struct str (*text)(const struct row *), struct str want)
{
    struct found f = {0};
    if (!want.n)
        return f;
    size_t from = texts_first(t, text, want), to = from;
    while (to < t->count && str_eq(text(t->row[to]), want))
        to++;
    f.row = ARENA_ARRAY(a, struct row *, to - from);
    for (size_t i = from; i < to; i++)
        found_add(k, &f, t->row[i]);
    return f;
}

/* A record that carries our id is its partner's by a stronger key than a domain (S7.1). */
static bool keyed_elsewhere(const struct row *candidate, const struct record *rec)
{
    return candidate->rec.key.n > 0 && !str_eq(candidate->rec.key, rec->id);
}

/* Those under any key of `row`: hosts, or sites. */
static struct found by_domain(struct arena *a, const struct seeker *who, const struct entry *e,
                              size_t n, bool host)
{
    const struct record *rec = &who->row->rec;
    struct found f = {0};
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        size_t seen = 0;
        for (size_t k = 0; k <= rec->more_count; k++) {
            const struct match_keys *keys = k ? &rec->more[k - 1] : &rec->keys;
            uint64_t want = host ? keys->host : keys->site;
            if (keys->no_key || !want)
                continue;
            for (size_t i = entry_first(e, n, want); i < n && e[i].key == want; i++) {
                if (e[i].host != host)
                    continue;
                seen++;
                if (pass && !keyed_elsewhere(e[i].row, rec))
                    found_add(who, &f, e[i].row);
                else if (pass)
                    f.linked = e[i].row;
            }
        }
        if (!pass)
            f.row = ARENA_ARRAY(a, struct row *, seen);
    }
    return f;
}

static struct match linked_by(struct row *partner, enum why why, enum link_origin origin)
{
    return (struct match){.kind = MATCH_ONE, .why = why, .origin = origin, .partner = partner};
}

static struct match several(const struct found *f, enum match_kind kind, enum why why)
{
    return (struct match){.kind = kind, .why = why, .candidate = f->row, .candidates = f->count};
}

/* The same, where the setting may say to create all the same: what is known of the domain stays. */
static struct match doubtful(struct match known, const struct found *f, enum match_kind kind,
                             enum why why)
{
    struct match m = several(f, kind, why);
    m.shares_with = known.shares_with;
    m.domain_taken = known.domain_taken;
    return m;
}

static struct match named(const struct found *f, enum why why, enum link_origin origin)
{
    if (f->count == 1)
        return linked_by(f->row[0], why, origin);
    struct match m = several(f, MATCH_SEVERAL, WHY_SEVERAL);
    m.origin = origin; /* ids tell of them, not a domain */
    return m;
}

/* Keys that name one record: our own id, then salesforceaccountid (S7.1). The account's key names a
 * company; the company's key and native id name an account; either direction counts. */
static bool match_named(struct arena *a, const struct seeker *k, struct match *out)
{
    const struct match_index *ix = k->ix;
    const struct record *rec = &k->row->rec;
    struct found ours = by_text(a, k, &ix->key, text_key, rec->id);
    if (ours.count == 0)
        ours = by_text(a, k, &ix->id, text_id, rec->key);
    if (ours.count > 0) {
        *out = named(&ours, WHY_OUR_KEY, ORIGIN_KEY);
        return true;
    }
    struct found native = by_text(a, k, &ix->native, text_native, rec->id);
    if (native.count == 0)
        native = by_text(a, k, &ix->id, text_id, rec->native);
    if (native.count > 0) {
        *out = named(&native, WHY_NATIVE_ID, ORIGIN_NATIVE);
        return true;
    }
    return false;
}

/* ---- people ---------------------------------------------------------------------------------- */

enum people_key { BY_CONVERTED_LEAD, BY_SHARED_CONTACTS };

/* Where the primary company of this contact and the account of its SF contact say that `row`'s
 * partner is; none = nowhere. */
static struct str points_to(const struct row *row, enum side side, const struct contact *c,
                            enum people_key key)
{
    if (key == BY_CONVERTED_LEAD && !c->converted)
        return STR_NONE;
    struct str here = side == SIDE_SF ? c->account : c->company;
    return str_eq(here, row->rec.id) ? side == SIDE_SF ? c->company : c->account : STR_NONE;
}

static int cmp_str(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The ids that the people around a row point to, each once. */
static struct str *pointed(struct arena *a, const struct row *row, enum side side,
                           enum people_key key, size_t *out)
{
    const struct evidence *people = row->people;
    size_t n = 0, kept = 0;
    *out = 0;
    if (!people)
        return NULL;
    struct str *ids = ARENA_ARRAY(a, struct str, people->count);
    for (size_t i = 0; i < people->count; i++) {
        struct str id = points_to(row, side, &people->contact[i], key);
        if (id.n)
            ids[n++] = id;
    }
    qsort(ids, n, sizeof(*ids), cmp_str);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !str_eq(ids[kept - 1], ids[i]))
            ids[kept++] = ids[i];
    *out = kept;
    return ids;
}

/* S7.1: the company holds more than half of the account's contacts. */
static bool holds_most(const struct row *account, struct str company)
{
    const struct evidence *people = account->people;
    size_t held = 0;
    for (size_t i = 0; people && i < people->count; i++)
        held += str_eq(people->contact[i].company, company);
    return people && 2 * held > people->count;
}

static struct row *first_with(const struct texts *t, struct str id)
{
    size_t at = texts_first(t, text_id, id);
    return at < t->count && str_eq(text_id(t->row[at]), id) ? t->row[at] : NULL;
}

/* The rows of `t` that the people around `row` (of `side`) point to by this key. */
static struct found by_people(struct arena *a, const struct seeker *k, const struct row *row,
                              enum side side, const struct texts *t, enum people_key key)
{
    size_t n;
    struct str *ids = pointed(a, row, side, key, &n);
    struct found f = {.row = ARENA_ARRAY(a, struct row *, n)};
    for (size_t i = 0; i < n; i++) {
        struct row *r = first_with(t, ids[i]);
        if (!r)
            continue;
        bool most = side == SIDE_SF ? holds_most(row, ids[i]) : holds_most(r, row->rec.id);
        if (key == BY_SHARED_CONTACTS && !most)
            continue;
        if (keyed_elsewhere(r, &row->rec))
            f.linked = r;
        else
            found_add(k, &f, r);
    }
    return f;
}

/* A lead's ConvertedAccountId, then shared contacts (S7.1). One on each side links. */
static bool match_people(struct arena *a, const struct seeker *k, struct match *out)
{
    static const enum why why[] = {WHY_CONVERTED_LEAD, WHY_SHARED_CONTACTS};
    const struct match_index *ix = k->ix;
    for (enum people_key key = BY_CONVERTED_LEAD; key <= BY_SHARED_CONTACTS; key++) {
        struct found f = by_people(a, k, k->row, ix->side, &ix->id, key);
        if (f.count == 0)
            continue;
        struct seeker back = {ix, f.row[0], true};
        struct found rivals = by_people(a, &back, f.row[0], side_other(ix->side), &ix->own_id, key);
        bool alone = f.count == 1 && rivals.count <= 1;
        *out = alone ? linked_by(f.row[0], why[key], ORIGIN_CONTACTS)
                     : several(&f, MATCH_SEVERAL, WHY_SEVERAL);
        out->origin = alone ? ORIGIN_CONTACTS : (enum link_origin)0;
        return true;
    }
    return false;
}

/* ---- domains --------------------------------------------------------------------------------- */

/* Is a candidate that has not our host named by the host of another of us? */
static bool claimed(struct arena *a, const struct match_index *ix, const struct row *candidate)
{
    struct seeker k = {ix, candidate, true};
    struct found owner = by_domain(a, &k, ix->own, ix->owns, true);
    return owner.count > 0;
}

/* S7.8: the domain is another company's, or will be an older account's. */
static bool domain_taken(const struct found *twins, const struct found *same, const struct row *row,
                         bool existing_enter)
{
    if (same->linked || same->count > 0)
        return true;
    for (size_t i = 0; i < twins->count; i++) {
        const struct row *t = twins->row[i];
        bool older = t->rec.created_ms != row->rec.created_ms
                         ? t->rec.created_ms < row->rec.created_ms
                         : str_cmp(t->rec.id, row->rec.id) < 0;
        bool enters = existing_enter || !t->existing;
        if (older && enters)
            return true;
    }
    return false;
}

struct match match_one(struct arena *a, const struct match_index *ix, const struct row *row,
                       const struct settings *set, bool existing_enter, bool named)
{
    struct match m = {.kind = MATCH_NONE};
    struct seeker k = {ix, row, named};
    if (match_named(a, &k, &m) || match_people(a, &k, &m))
        return m;
    const struct seeker anybody = {ix, row, true}; /* S7.8: also one that a person rejected */
    struct found same = by_domain(a, &k, ix->other, ix->others, true);
    struct found holders = by_domain(a, &anybody, ix->other, ix->others, true);
    struct found twins = by_domain(a, &anybody, ix->own, ix->owns, true);
    m.shares_with = same.linked;
    m.domain_taken = domain_taken(&twins, &holders, row, existing_enter);
    if (set->match_domain == MATCH_DOMAIN_OFF)
        return m;
    if (same.count > 0) {
        bool alone = same.count == 1 && twins.count <= 1;
        if (alone && set->match_domain == MATCH_DOMAIN_LINK)
            return linked_by(same.row[0], WHY_SAME_HOST, ORIGIN_DOMAIN);
        return doubtful(m, &same, MATCH_SEVERAL, alone ? WHY_SAME_HOST : WHY_SEVERAL);
    }
    struct found site = by_domain(a, &k, ix->other, ix->others, false);
    size_t kept = 0;
    for (size_t i = 0; i < site.count; i++)
        if (!claimed(a, ix, site.row[i]))
            site.row[kept++] = site.row[i];
    site.count = kept;
    return site.count > 0 ? doubtful(m, &site, MATCH_SITE, WHY_SAME_SITE) : m;
}

/* ---- near names ------------------------------------------------------------------------------ */

/* The country of the billing address, as mapped; SIZE_MAX = it is not. */
static size_t country_at(const struct mappings *m)
{
    static const char *const names[] = {"BillingCountryCode", "BillingCountry"};
    for (size_t k = 0; k < LEN(names); k++)
        for (size_t i = 0; i < m->count; i++)
            if (str_eq(m->map[i].name[SIDE_SF], str_from(names[k])) && !m->map[i].watched)
                return i;
    return SIZE_MAX;
}

/* A country that is blank or not known may be any; one by several names is one. */
static bool other_country(struct arena *a, const struct mappings *m, size_t at, enum side own,
                          const struct row *row, const struct row *candidate)
{
    if (at == SIZE_MAX || !row->rec.value || !candidate->rec.value)
        return false;
    const struct value *here = &row->rec.value[at], *there = &candidate->rec.value[at];
    if (here->state != VALUE_TEXT || there->state != VALUE_TEXT)
        return false;
    const struct value *sf = own == SIDE_SF ? here : there, *hs = own == SIDE_SF ? there : here;
    if (mapping_same(a, &m->map[at], NULL, *sf, *hs) || str_eq_nocase(sf->text, hs->text))
        return false;
    struct str one = country_of(a, sf->text), other = country_of(a, hs->text);
    return !one.n || !str_eq(one, other);
}

size_t match_near(struct arena *a, const struct match_index *ix, const struct mappings *m,
                  const struct row *row, struct row ***out)
{
    struct seeker k = {ix, row, false};
    uint64_t want = row->rec.name_key;
    size_t from = want ? entry_first(ix->name, ix->names, want) : ix->names, to = from;
    while (to < ix->names && ix->name[to].key == want)
        to++;
    struct found f = {.row = ARENA_ARRAY(a, struct row *, to - from)};
    size_t country = from < to ? country_at(m) : SIZE_MAX;
    for (size_t i = from; i < to; i++) {
        struct row *r = ix->name[i].row;
        if (!keyed_elsewhere(r, &row->rec) && !claimed(a, ix, r) &&
            !other_country(a, m, country, ix->side, row, r))
            found_add(&k, &f, r);
    }
    *out = f.row;
    return f.count;
}
