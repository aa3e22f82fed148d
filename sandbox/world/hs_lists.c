/* hs_lists: lists with their members (H16), owners (H17). */
#include "sandbox/world/hs_p.h"

struct hs_list *hs_list_add(struct hs_portal *p, enum hs_type type, struct str name,
                            enum hs_processing processing, int64_t now_ms)
{
    if (p->lists == LEN(p->list))
        return NULL;
    struct hs_list *l = calloc(1, sizeof(*l));
    if (!l)
        abort();
    *l = (struct hs_list){.id = 1031 + (int64_t)p->lists,
                          .version = 1,
                          .name = str_cstr(&p->life, name),
                          .type = type,
                          .processing = processing,
                          .created_ms = now_ms,
                          .updated_ms = now_ms,
                          .filters_ms = now_ms,
                          .seen_ms = -1};
    return p->list[p->lists++] = l;
}

struct hs_list *hs_list(struct hs_portal *p, int64_t id)
{
    return id >= 1031 && (size_t)(id - 1031) < p->lists ? p->list[id - 1031] : NULL;
}

static size_t place(const struct hs_list *l, uint64_t number)
{
    size_t lo = 0, hi = l->members;
    if (hi && l->member[hi - 1].number < number)
        return hi;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (l->member[mid].number < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct hs_member *hs_list_member(const struct hs_list *l, uint64_t number)
{
    size_t at = place(l, number);
    return at < l->members && l->member[at].number == number ? &l->member[at] : NULL;
}

bool hs_list_join(struct hs_list *l, uint64_t number, int64_t now_ms)
{
    size_t at = place(l, number);
    if (at < l->members && l->member[at].number == number)
        return false;
    if (l->members == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        l->member = realloc(l->member, l->room * sizeof(*l->member));
        if (!l->member)
            abort();
    }
    memmove(l->member + at + 1, l->member + at, (l->members - at) * sizeof(*l->member));
    l->member[at] = (struct hs_member){number, now_ms};
    l->members++;
    return true;
}

bool hs_list_leave(struct hs_list *l, uint64_t number)
{
    size_t at = place(l, number);
    if (at == l->members || l->member[at].number != number)
        return false;
    l->members--;
    memmove(l->member + at, l->member + at + 1, (l->members - at) * sizeof(*l->member));
    return true;
}

bool hs_member_live(const struct hs_portal *p, const struct hs_list *l, const struct hs_member *m)
{
    const struct world_record *r = p->world->table[hs_world_type(l->type)].record[m->number];
    return !r->archived_ms && !r->merged_into; /* H16.7 */
}

size_t hs_list_size(const struct hs_portal *p, const struct hs_list *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->members; i++)
        n += hs_member_live(p, l, &l->member[i]);
    return n;
}

/* Only what was stamped since the last time, and long enough ago (H16.5). */
void hs_list_refresh(struct hs_portal *p, struct hs_list *l, int64_t now_ms)
{
    int64_t until = now_ms - p->on.list_lag_ms;
    struct hs_object *o = &p->object[l->type];
    struct world_walk k;
    struct world_record *r;
    struct arena a;
    if (l->processing != HS_DYNAMIC || !l->query || l->busy || until < l->seen_ms)
        return;
    arena_init(&a, 64 * MIB);
    world_walk_from(p->world, o->type, MAX(l->seen_ms, 0), &k);
    while ((r = world_walk_next(p->world, o->type, &k)) && r->modified_ms <= until) {
        if (hs_matches(p, o, l->query, r, &a, 0))
            hs_list_join(l, r->number, MAX(r->modified_ms, l->created_ms) + p->on.list_lag_ms);
        else
            hs_list_leave(l, r->number);
        if (a.used > 256 * KIB)
            arena_reset(&a);
    }
    l->seen_ms = until;
    arena_release(&a);
}

void hs_lists_release(struct hs_portal *p)
{
    for (size_t i = 0; i < p->lists; i++) {
        free(p->list[i]->member);
        free(p->list[i]);
    }
    p->lists = 0;
}

/* ---- owners ---------------------------------------------------------------------------------- */

struct hs_owner *hs_owner_add(struct hs_portal *p, struct str email, struct str first,
                              struct str last, int64_t now_ms)
{
    if (p->owners == LEN(p->owner))
        return NULL;
    struct hs_owner *o = &p->owner[p->owners];
    *o = (struct hs_owner){.id = 301 + 7 * (int64_t)p->owners,
                           .user = email.n ? 77 + (int64_t)p->owners : 0,
                           .email = str_cstr(&p->life, email),
                           .first = str_cstr(&p->life, first),
                           .last = str_cstr(&p->life, last),
                           .created_ms = now_ms,
                           .updated_ms = now_ms};
    p->owners++;
    return o;
}

struct hs_owner *hs_owner(struct hs_portal *p, int64_t id)
{
    for (size_t i = 0; i < p->owners; i++)
        if (p->owner[i].id == id)
            return &p->owner[i];
    return NULL;
}
