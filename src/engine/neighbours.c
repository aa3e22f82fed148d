#include <stdlib.h>

#include "engine/engine_p.h"

struct keys {
    struct find_key *key;
    size_t count;
};

static void add_text(struct keys *k, struct str text)
{
    if (text.n)
        k->key[k->count++] = (struct find_key){.text = text};
}

static int by_hash(const void *a, const void *b)
{
    const struct find_key *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void add_sites(struct keys *k, const struct record *rec)
{
    for (size_t i = 0; i <= rec->more_count; i++) {
        const struct match_keys *m = i ? &rec->more[i - 1] : &rec->keys;
        if (m->site && !m->no_key)
            k->key[k->count++] = (struct find_key){.hash = m->site};
    }
}

static void hashes_once(struct keys *k)
{
    size_t kept = 0;
    qsort(k->key, k->count, sizeof(*k->key), by_hash);
    for (size_t i = 0; i < k->count; i++)
        if (kept == 0 || k->key[kept - 1].hash != k->key[i].hash)
            k->key[kept++] = k->key[i];
    k->count = kept;
}

static struct keys keys_of(struct engine *en, const struct subject *s, size_t n, enum side side)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        if (!s[i].link)
            most += 1u + s[i].row[side]->rec.more_count;
    return (struct keys){ARENA_ARRAY(&en->chunk, struct find_key, most), 0};
}

/* Adds the found rows to the list; a row that comes by two keys is listed twice, which match's
 * sorted sets do not mind. */
static bool find(struct engine *en, enum side side, enum find_by by, const struct keys *k,
                 struct row ***list, size_t *count, struct err *e)
{
    struct store *st = en->o.store;
    struct row *rows;
    size_t found;
    if (k->count == 0)
        return true;
    if (!st->ops->rows_find(st, &en->chunk, side, by, k->key, k->count, &rows, &found, e))
        return false;
    if (found == 0)
        return true;
    struct row **grown = ARENA_ARRAY(&en->chunk, struct row *, *count + found);
    for (size_t i = 0; i < *count; i++)
        grown[i] = (*list)[i];
    for (size_t i = 0; i < found; i++)
        grown[*count + i] = &rows[i];
    *list = grown;
    *count += found;
    return true;
}

/* Links of these that ended, and the rows that they were with (S7.6, S9.2). */
static bool find_severed(struct engine *en, enum side s, const struct subject *subject, size_t n,
                         struct neighbours *out, struct err *e)
{
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    struct keys back = {NULL, 0};
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!subject[i].link && subject[i].row[s]->severed)
            ids[count++] = subject[i].row[s]->rec.id;
    if (count == 0)
        return true;
    if (!st->ops->severed_of(st, &en->chunk, s, ids, count, &out->severed, &out->severeds, e))
        return false;
    back.key = ARENA_ARRAY(&en->chunk, struct find_key, out->severeds);
    for (size_t i = 0; i < out->severeds; i++)
        add_text(&back, out->severed[i].link.id[side_other(s)]);
    return find(en, side_other(s), FIND_ID, &back, &out->other, &out->others, e);
}

#define CHAIN_MAX 16 /* merges of merges between two passes */

/* What the records of a link were merged into, and what that was merged into (S9.3). */
static bool find_survivors(struct engine *en, const struct subject *subject, size_t n,
                           struct neighbours *out, struct err *e)
{
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    struct row **row = ARENA_ARRAY(&en->chunk, struct row *, n);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            if (subject[i].link && subject[i].row[s] &&
                subject[i].row[s]->rec.state == RECORD_MERGED)
                ids[count++] = subject[i].row[s]->rec.survivor;
        if (count && !out->survivor)
            out->survivor = ARENA_ARRAY(&en->chunk, struct row *, 2 * n * CHAIN_MAX);
        for (int round = 0; count && round < CHAIN_MAX; round++) {
            size_t more = 0;
            if (!st->ops->rows_get(st, &en->chunk, s, ids, count, row, e))
                return false;
            for (size_t i = 0; i < count; i++) {
                if (!row[i])
                    continue;
                out->survivor[out->survivors++] = row[i];
                if (row[i]->rec.state == RECORD_MERGED)
                    ids[more++] = row[i]->rec.survivor;
            }
            count = more;
        }
    }
    return true;
}

/* ---- people (S3, S7.1) ----------------------------------------------------------------------- */

bool neighbours_meet(struct engine *en, enum side s, struct row **row, size_t n, struct err *e)
{
    struct store *st = en->o.store;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, n);
    struct row **of = ARENA_ARRAY(&en->chunk, struct row *, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!row[i]->people && !row[i]->partner.n) {
            of[count] = row[i];
            ids[count++] = row[i]->rec.id;
        }
    struct evidence *people = ARENA_ARRAY(&en->chunk, struct evidence, count);
    if (count > 0 && !st->ops->evidence_of(st, &en->chunk, s, ids, count, people, e))
        return false;
    for (size_t i = 0; i < count; i++)
        of[i]->people = &people[i];
    return true;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct find_key *)a)->text, ((const struct find_key *)b)->text);
}

/* The records of `to` that the people around these rows point to: the primary company of a contact,
 * the account of its SF contact. */
static struct keys pointed(struct engine *en, enum side to, struct row *const *row, size_t n)
{
    size_t most = 0, kept = 0;
    for (size_t i = 0; i < n; i++)
        most += row[i]->people ? row[i]->people->count : 0;
    struct keys k = {ARENA_ARRAY(&en->chunk, struct find_key, most), 0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; row[i]->people && j < row[i]->people->count; j++) {
            const struct contact *c = &row[i]->people->contact[j];
            struct str here = to == SIDE_HS ? c->account : c->company;
            if (str_eq(here, row[i]->rec.id))
                add_text(&k, to == SIDE_HS ? c->company : c->account);
        }
    qsort(k.key, k.count, sizeof(*k.key), by_text);
    for (size_t i = 0; i < k.count; i++)
        if (kept == 0 || !str_eq(k.key[kept - 1].text, k.key[i].text))
            k.key[kept++] = k.key[i];
    k.count = kept;
    return k;
}

/* The subjects' people, the candidates that these point to, and who competes for them on our side.
 * An account's people say whose most of its contacts are, a company's who is private (S3.7): a row
 * that came by another key as well must tell the same. */
static bool find_people(struct engine *en, enum side s, const struct subject *subject, size_t n,
                        struct neighbours *out, struct err *e)
{
    enum side other = side_other(s);
    struct row **row = ARENA_ARRAY(&en->chunk, struct row *, n);
    size_t count = 0, others = out->others;
    for (size_t i = 0; i < n; i++)
        if (!subject[i].link)
            row[count++] = subject[i].row[s];
    if (count == 0 || !neighbours_meet(en, s, row, count, e))
        return count == 0;
    struct keys near = pointed(en, other, row, count);
    if (!find(en, other, FIND_ID, &near, &out->other, &out->others, e) ||
        !neighbours_meet(en, other, out->other, out->others, e))
        return false;
    if (out->others == others)
        return true;
    struct keys rival = pointed(en, s, out->other + others, out->others - others);
    return find(en, s, FIND_ID, &rival, &out->own, &out->owns, e) &&
           (s == SIDE_HS || neighbours_meet(en, s, out->own, out->owns, e));
}

/* ---- near names (S7.4) ----------------------------------------------------------------------- */

/* Since when a person is asked about those that were shown already. */
static bool find_shown(struct engine *en, enum side s, const struct subject *subject, size_t n,
                       struct err *e)
{
    struct store *st = en->o.store;
    for (size_t i = 0; i < n; i++) {
        struct row *row = subject[i].row[s];
        struct review_entry *review;
        size_t reviews;
        if (subject[i].link || !(row->cause & CAUSE_NEAR))
            continue;
        if (!st->ops->reviews_list(st, &en->chunk, row->rec.id, 1, &review, &reviews, e))
            return false;
        bool shown = reviews && str_eq(review->why, str_from(why_name(WHY_NEAR_NAME)));
        row->shown_ms = shown ? review->at_ms : 0;
    }
    return true;
}

static bool find_near(struct engine *en, enum side s, const struct subject *subject, size_t n,
                      struct neighbours *out, struct err *e)
{
    struct keys name = {ARENA_ARRAY(&en->chunk, struct find_key, n), 0};
    if (en->settings.match_near == NEAR_OFF)
        return true;
    for (size_t i = 0; i < n; i++)
        if (!subject[i].link && subject[i].row[s]->rec.name_key)
            name.key[name.count++] = (struct find_key){.hash = subject[i].row[s]->rec.name_key};
    hashes_once(&name);
    size_t others = out->others;
    if (!find(en, side_other(s), FIND_NAME, &name, &out->other, &out->others, e))
        return false;
    size_t most = 0;
    for (size_t i = others; i < out->others; i++)
        most += 1u + out->other[i]->rec.more_count;
    struct keys site = {ARENA_ARRAY(&en->chunk, struct find_key, most), 0};
    for (size_t i = others; i < out->others; i++)
        add_sites(&site, &out->other[i]->rec);
    hashes_once(&site);
    return find(en, s, FIND_SITE, &site, &out->own, &out->owns, e) && /* whose they are already */
           find_shown(en, s, subject, n, e);
}

bool neighbours_find(struct engine *en, enum side s, const struct subject *subject, size_t n,
                     struct neighbours *out, struct err *e)
{
    enum side other = side_other(s);
    struct keys own_id = keys_of(en, subject, n, s), key = keys_of(en, subject, n, s);
    struct keys native = keys_of(en, subject, n, s), site = keys_of(en, subject, n, s);
    *out = (struct neighbours){.side = s, .persons = en->settings.person_accounts};
    for (size_t i = 0; i < n; i++) {
        if (subject[i].link)
            continue;
        const struct record *rec = &subject[i].row[s]->rec;
        add_text(&own_id, rec->id);
        add_text(&key, rec->key);
        add_text(&native, rec->native);
        add_sites(&site, rec);
    }
    hashes_once(&site);
    return find(en, other, FIND_KEY, &own_id, &out->other, &out->others, e) &&
           find(en, other, FIND_NATIVE, &own_id, &out->other, &out->others, e) &&
           find(en, other, FIND_ID, &key, &out->other, &out->others, e) &&
           find(en, other, FIND_ID, &native, &out->other, &out->others, e) &&
           find(en, other, FIND_SITE, &site, &out->other, &out->others, e) &&
           find(en, s, FIND_SHARED, &site, &out->own, &out->owns, e) &&
           find_severed(en, s, subject, n, out, e) && find_people(en, s, subject, n, out, e) &&
           find_near(en, s, subject, n, out, e) && find_survivors(en, subject, n, out, e);
}
