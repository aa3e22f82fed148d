/* owners: who may own records on either side (S6.6). A few calls read them all, when something is
 * to be decided; they are kept in the store, taken as right for OWNERS_AGE_MS, and read again
 * sooner when a record names somebody who is not known, at most once in OWNERS_AGAIN_MS. */
#include <stdio.h>
#include <string.h>

#include "engine/engine_p.h"

#define OWNERS_AGE_MS   (6 * MS_HOUR)
#define OWNERS_AGAIN_MS (10 * MS_MINUTE)

/* Each kind of accounts may have its own (S2.4). From `i` on: the next in use; count = none. */
static size_t owner_mapping(const struct engine *en, size_t i)
{
    const struct mappings *m = &en->mappings;
    while (i < m->count && (m->map[i].kind != MAPPING_OWNER || m->map[i].rule == RULE_NONE))
        i++;
    return i;
}

const struct owner *engine_owner(const struct engine *en, enum side s, struct str id)
{
    return en->owners ? owner_find(en->owners, s, id) : NULL;
}

/* ---- as the store keeps them: when read, our user; then of each side how many, and each -------
 */

static void put_text(struct buf *b, struct str s)
{
    buf_number(b, s.n);
    buf_str(b, s);
}

static bool cut_text(struct str *s, struct str *out)
{
    uint64_t n;
    if (!buf_cut_number(s, &n) || n > s->n)
        return false;
    *out = str_slice(*s, 0, (size_t)n);
    *s = str_slice(*s, (size_t)n, s->n);
    return true;
}

static void put_owners(struct buf *b, int64_t read_ms, struct str our_user,
                       const struct owner_list list[SIDE_COUNT])
{
    buf_number(b, (uint64_t)read_ms);
    put_text(b, our_user);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        buf_number(b, list[s].count);
        for (size_t i = 0; i < list[s].count; i++) {
            const struct owner *o = &list[s].owner[i];
            buf_number(b, o->active);
            put_text(b, o->id);
            put_text(b, o->email);
            put_text(b, o->name);
        }
    }
}

static bool cut_owners(struct arena *a, struct str text, int64_t *read_ms, struct str *our_user,
                       struct owner_list list[SIDE_COUNT])
{
    uint64_t ms, count, active;
    if (!buf_cut_number(&text, &ms) || !cut_text(&text, our_user))
        return false;
    *read_ms = (int64_t)ms;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        if (!buf_cut_number(&text, &count) || count > text.n)
            return false;
        list[s] = (struct owner_list){ARENA_ARRAY(a, struct owner, count), count};
        for (size_t i = 0; i < count; i++) {
            struct owner *o = &list[s].owner[i];
            if (!buf_cut_number(&text, &active) || !cut_text(&text, &o->id) ||
                !cut_text(&text, &o->email) || !cut_text(&text, &o->name))
                return false;
            o->active = active;
        }
    }
    return text.n == 0;
}

/* To all there are, so that none keeps those of an earlier reading. */
static void lend(struct engine *en)
{
    struct mappings *m = &en->mappings;
    for (size_t i = 0; i < m->count; i++)
        if (m->map[i].kind == MAPPING_OWNER)
            m->map[i].pairs = &en->owners->pairs;
}

static void use(struct engine *en, int64_t read_ms, struct str our_user,
                const struct owner_list list[SIDE_COUNT])
{
    en->owners = ARENA_NEW(&en->people, struct owner_book);
    owner_book_make(&en->people, list, str_from(en->settings.owner_named), our_user, en->owners);
    en->owners_ms = read_ms;
    lend(en);
}

bool owners_load(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    struct owner_list list[SIDE_COUNT];
    struct str text, our_user;
    int64_t read_ms;
    if (owner_mapping(en, 0) == en->mappings.count)
        return true;
    if (!st->ops->doc_get(st, &en->people, DOC_OWNERS, S("owners"), &text, e))
        return false;
    if (text.n && cut_owners(&en->people, text, &read_ms, &our_user, list))
        use(en, read_ms, our_user, list); /* damaged ones are read anew */
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool keep(struct engine *en, const struct owner_list list[SIDE_COUNT], struct str our_user,
                 struct err *e)
{
    struct store *st = en->o.store;
    int64_t now = engine_now(en, SIDE_SF);
    struct buf b;
    buf_init(&b, 256 * MIB);
    put_owners(&b, now, our_user, list);
    bool ok = st->ops->begin(st, STORE_NORMAL, e);
    if (ok && !(st->ops->doc_put(st, DOC_OWNERS, S("owners"), buf_view(&b), e) &&
                st->ops->commit(st, e))) {
        st->ops->rollback(st);
        ok = false;
    }
    arena_reset(&en->people);
    struct owner_list own[SIDE_COUNT];
    struct str user;
    int64_t ms;
    if (ok && cut_owners(&en->people, str_dup(&en->people, buf_view(&b)), &ms, &user, own))
        use(en, ms, user, own);
    buf_release(&b);
    return ok;
}

/* A right that we lack suspends the mappings and stops nothing else (S6.8). */
static bool lacking(struct engine *en, enum side s, const struct err *e)
{
    struct mappings *all = &en->mappings;
    if (e->kind != ERR_REFUSED && e->kind != ERR_REJECTED)
        return false;
    for (size_t i = owner_mapping(en, 0); i < all->count; i = owner_mapping(en, i + 1)) {
        struct mapping *m = &all->map[i];
        snprintf(m->suspended, sizeof(m->suspended),
                 "%.*s <-> %.*s: the owners of %s cannot be read", STR_ARG(m->name[SIDE_SF]),
                 STR_ARG(m->name[SIDE_HS]), side_name(s));
        log_warn(en->o.log, "%s: %s", m->suspended, e->msg);
    }
    return true;
}

static bool read_owners(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct owner_list list[SIDE_COUNT];
    struct arena a;
    bool ok = true, lacks = false;
    arena_init(&a, 256 * MIB);
    for (enum side s = SIDE_SF; ok && !lacks && s < SIDE_COUNT; s++) {
        ok = en->o.crm[s]->ops->owners(en->o.crm[s], &a, &list[s], e);
        lacks = !ok && lacking(en, s, e);
    }
    if (ok && !lacks)
        ok = keep(en, list, en->identity[SIDE_SF].user_id, e);
    arena_release(&a);
    return ok || lacks;
}

static bool stranger(const struct engine *en, const struct row *row, enum side s, size_t map)
{
    const struct value *v = row && row->rec.value ? &row->rec.value[map] : NULL;
    return v && v->state == VALUE_TEXT && !owner_find(en->owners, s, v->text);
}

static bool any_stranger(const struct engine *en, const struct subject *subject, size_t n)
{
    const struct mappings *m = &en->mappings;
    for (size_t map = owner_mapping(en, 0); map < m->count; map = owner_mapping(en, map + 1))
        for (size_t i = 0; i < n; i++)
            for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
                if (stranger(en, subject[i].row[s], s, map))
                    return true;
    return false;
}

/* Some of them can be read and written. */
static bool carried(const struct engine *en)
{
    const struct mappings *m = &en->mappings;
    for (size_t map = owner_mapping(en, 0); map < m->count; map = owner_mapping(en, map + 1))
        if (!m->map[map].suspended[0])
            return true;
    return false;
}

bool owners_need(struct pass *p, const struct subject *subject, size_t n, struct err *e)
{
    struct engine *en = p->en;
    int64_t age = engine_now(en, SIDE_SF) - en->owners_ms;
    if (!carried(en))
        return true;
    if (!en->owners || age >= OWNERS_AGE_MS)
        return read_owners(p, e);
    lend(en); /* one may be new */
    return age < OWNERS_AGAIN_MS || !any_stranger(en, subject, n) || read_owners(p, e);
}
