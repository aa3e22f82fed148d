/* hs_links: how records hang together (H15). Eight bytes an edge and direction, sorted by number;
 * sixteen a record up to the highest that has one. */
#include "sandbox/world/hs_p.h"
#include "sandbox/world/journal.h"

enum { ALL_TYPES = (1 << HS_LINK_TYPES) - 1 };

/* ---- types ----------------------------------------------------------------------------------- */

static void add_type(struct hs_portal *p, enum hs_type from, enum hs_type to,
                     struct hs_link_type type)
{
    struct hs_pair *pair = &p->pair[from][to];
    pair->type[pair->types++] = type;
}

void hs_links_init(struct hs_portal *p)
{
    static const struct {
        enum hs_type from, to;
        struct hs_link_type type;
    } fixed[] = {
        {HS_CONTACT, HS_COMPANY, {279, .name = "contact_to_company_unlabeled", .inverse = 0}},
        {HS_CONTACT,
         HS_COMPANY,
         {1, .name = "contact_to_company", .label = "Primary", .inverse = 1}},
        {HS_CONTACT,
         HS_COMPANY,
         {931, .name = "billing_contact", .label = "Billing", .inverse = 2}},
        {HS_COMPANY, HS_CONTACT, {280, .name = "company_to_contact_unlabeled", .inverse = 0}},
        {HS_COMPANY,
         HS_CONTACT,
         {2, .name = "company_to_contact", .label = "Primary", .inverse = 1}},
        {HS_COMPANY, HS_CONTACT, {930, .name = "billed_company", .label = "Billing", .inverse = 2}},
        {HS_COMPANY, HS_COMPANY, {450, .name = "company_to_company", .inverse = 0}},
        {HS_COMPANY,
         HS_COMPANY,
         {13, .name = "parent_to_child_company", .label = "Child Company", .inverse = 2}},
        {HS_COMPANY,
         HS_COMPANY,
         {14, .name = "child_to_parent_company", .label = "Parent Company", .inverse = 1}},
        {HS_CONTACT, HS_CONTACT, {449, .name = "contact_to_contact", .inverse = 0}}};
    for (size_t i = 0; i < LEN(fixed); i++)
        add_type(p, fixed[i].from, fixed[i].to, fixed[i].type);
    p->label_serial = 36;
}

void hs_links_release(struct hs_portal *p)
{
    for (int f = 0; f < HS_TYPES; f++)
        for (int t = 0; t < HS_TYPES; t++) {
            struct hs_pair *pair = &p->pair[f][t];
            for (uint64_t i = 0; i < pair->room; i++)
                free(pair->node[i].edge);
            free(pair->node);
            *pair = (struct hs_pair){0};
        }
}

int hs_link_bit(const struct hs_portal *p, enum hs_type from, enum hs_type to, int id)
{
    const struct hs_pair *pair = &p->pair[from][to];
    for (size_t i = 0; i < pair->types; i++)
        if (pair->type[i].id == id && !pair->type[i].dead)
            return (int)i;
    return -1;
}

struct hs_link_type *hs_label(struct hs_portal *p, enum hs_type from, enum hs_type to, int id)
{
    int bit = hs_link_bit(p, from, to, id);
    return bit >= 0 && p->pair[from][to].type[bit].user ? &p->pair[from][to].type[bit] : NULL;
}

struct hs_link_type *hs_label_add(struct hs_portal *p, enum hs_type from, enum hs_type to,
                                  struct str name, struct str label, struct str inverse)
{
    struct hs_pair *there = &p->pair[from][to], *back = &p->pair[to][from];
    bool two = there == back && inverse.n; /* one type and its inverse in the same table */
    if (there->types + 1 + two > HS_LINK_TYPES || back->types + 1 > HS_LINK_TYPES)
        return NULL;
    for (size_t i = 0; i < there->types; i++)
        if (!there->type[i].dead && str_eq(name, str_from(there->type[i].name)))
            return NULL;
    struct hs_link_type t = {.id = ++p->label_serial,
                             .user = true,
                             .name = str_cstr(&p->life, name),
                             .label = str_cstr(&p->life, label),
                             .inverse =
                                 (uint8_t)(there == back ? there->types + two : back->types)};
    size_t at = there->types;
    add_type(p, from, to, t);
    if (there != back || two) {
        t.id = ++p->label_serial;
        t.label = str_cstr(&p->life, inverse.n ? inverse : label);
        t.inverse = (uint8_t)at;
        add_type(p, to, from, t);
    }
    return &there->type[at];
}

static void clear_bit(struct hs_pair *pair, uint8_t bit)
{
    for (uint64_t i = 0; i < pair->room; i++)
        for (uint32_t k = 0; k < pair->node[i].edges; k++)
            pair->node[i].edge[k].types &= ALL_TYPES & ~(1u << bit);
    pair->type[bit].dead = true;
}

void hs_label_drop(struct hs_portal *p, enum hs_type from, enum hs_type to, int id)
{
    struct hs_link_type *t = hs_label(p, from, to, id);
    if (!t)
        return;
    uint8_t inverse = t->inverse;
    clear_bit(&p->pair[to][from], inverse);
    clear_bit(&p->pair[from][to], (uint8_t)(t - p->pair[from][to].type));
    p->writes++;
}

/* ---- edges ----------------------------------------------------------------------------------- */

static struct hs_node *node_of(struct hs_pair *pair, uint64_t number)
{
    if (number >= pair->room) {
        uint64_t room = MAX(pair->room ? 2 * pair->room : 1024, number + 1);
        pair->node = realloc(pair->node, room * sizeof(*pair->node));
        if (!pair->node)
            abort();
        memset(pair->node + pair->room, 0, (room - pair->room) * sizeof(*pair->node));
        pair->room = room;
    }
    return &pair->node[number];
}

/* Where the edge to a number is, or would be. */
static uint32_t place(const struct hs_node *n, uint64_t to)
{
    uint32_t lo = 0, hi = n->edges;
    if (hi && n->edge[hi - 1].to < to)
        return hi; /* the usual one: records grow by number */
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (n->edge[mid].to < to)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void put_edge(struct hs_pair *pair, uint64_t a, uint64_t b, uint32_t types)
{
    struct hs_node *n = node_of(pair, a);
    uint32_t at = place(n, b);
    if (at < n->edges && n->edge[at].to == b) {
        n->edge[at].types |= types & ALL_TYPES;
        return;
    }
    if ((n->edges & (n->edges - 1)) == 0) {
        n->edge = realloc(n->edge, (n->edges ? 2 * n->edges : 1) * sizeof(*n->edge));
        if (!n->edge)
            abort();
    }
    memmove(n->edge + at + 1, n->edge + at, (n->edges - at) * sizeof(*n->edge));
    n->edge[at] = (struct hs_edge){.to = b & ((UINT64_C(1) << 40) - 1), .types = types & ALL_TYPES};
    n->edges++;
}

static void take_edge(struct hs_pair *pair, uint64_t a, uint64_t b, uint32_t types)
{
    struct hs_node *n = node_of(pair, a);
    uint32_t at = place(n, b);
    if (at == n->edges || n->edge[at].to != b)
        return;
    if (!(types & HS_PLAIN)) {
        n->edge[at].types &= ALL_TYPES & ~types;
        return;
    }
    n->edges--;
    memmove(n->edge + at, n->edge + at + 1, (n->edges - at) * sizeof(*n->edge));
    if (n->edges && (n->edges & (n->edges - 1)) == 0) { /* the room is the next power of two */
        struct hs_edge *less = realloc(n->edge, n->edges * sizeof(*less));
        n->edge = less ? less : n->edge;
    }
}

const struct hs_edge *hs_links(const struct hs_portal *p, enum hs_type from, uint64_t number,
                               enum hs_type to, size_t *n)
{
    const struct hs_pair *pair = &p->pair[from][to];
    *n = number < pair->room ? pair->node[number].edges : 0;
    return *n ? pair->node[number].edge : NULL;
}

bool hs_link_live(const struct hs_portal *p, enum hs_type to, const struct hs_edge *e)
{
    const struct world_record *r = p->world->table[hs_world_type(to)].record[e->to];
    return !r->archived_ms && !r->merged_into;
}

uint32_t hs_linked(const struct hs_portal *p, enum hs_type from, uint64_t a, enum hs_type to,
                   uint64_t b)
{
    const struct hs_pair *pair = &p->pair[from][to];
    if (a >= pair->room)
        return 0;
    const struct hs_node *n = &pair->node[a];
    uint32_t at = place(n, b);
    return at < n->edges && n->edge[at].to == b ? n->edge[at].types : 0;
}

/* The first live edge that has a bit; number + 1, 0 = none. */
static uint64_t with_bit(const struct hs_portal *p, enum hs_type from, uint64_t number,
                         enum hs_type to, int bit)
{
    size_t n;
    const struct hs_edge *e = hs_links(p, from, number, to, &n);
    for (size_t i = 0; i < n; i++)
        if ((e[i].types >> bit & 1u) && hs_link_live(p, to, &e[i]))
            return e[i].to + 1;
    return 0;
}

uint64_t hs_primary(const struct hs_portal *p, uint64_t contact)
{
    return with_bit(p, HS_CONTACT, contact, HS_COMPANY, 1);
}

uint64_t hs_parent(const struct hs_portal *p, uint64_t company)
{
    return with_bit(p, HS_COMPANY, company, HS_COMPANY, 2);
}

bool hs_links_full(const struct hs_portal *p, enum hs_type from, uint64_t a, enum hs_type to,
                   uint64_t b)
{
    uint64_t contact = from == HS_CONTACT ? a : b, company = from == HS_CONTACT ? b : a;
    size_t n, live = 0;
    if (from == to || !p->on.companies_max ||
        hs_linked(p, HS_CONTACT, contact, HS_COMPANY, company))
        return false; /* what is there already stays, and may get labels (B6.6) */
    const struct hs_edge *e = hs_links(p, HS_CONTACT, contact, HS_COMPANY, &n);
    for (size_t i = 0; i < n; i++)
        live += hs_link_live(p, HS_COMPANY, &e[i]);
    return live >= (size_t)p->on.companies_max;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static uint32_t inverse_of(const struct hs_pair *pair, uint32_t types)
{
    uint32_t out = 0;
    for (size_t i = 0; i < pair->types; i++)
        if (types >> i & 1u)
            out |= 1u << pair->type[i].inverse;
    return out;
}

static void touch(struct hs_save *s, enum hs_type t, uint64_t number)
{
    struct world *w = s->portal->world;
    if (s->portal->on.links_touch)
        world_touch(w, hs_world_type(t), w->table[hs_world_type(t)].record[number], s->now_ms);
    s->portal->writes++;
}

static void set_both(struct hs_save *s, enum hs_type from, uint64_t a, enum hs_type to, uint64_t b,
                     uint32_t types, bool add)
{
    struct hs_pair *there = &s->portal->pair[from][to], *back = &s->portal->pair[to][from];
    uint32_t inverse = inverse_of(there, types);
    if (add) {
        put_edge(there, a, b, types);
        put_edge(back, b, a, inverse);
    } else {
        take_edge(there, a, b, types);
        take_edge(back, b, a, inverse);
    }
    touch(s, from, a);
    touch(s, to, b);
}

/* Whether `above` is the company itself or over it. */
static bool over(const struct hs_portal *p, uint64_t above, uint64_t company)
{
    uint64_t at = company + 1;
    for (int guard = 0; at && guard < 1000; guard++) {
        if (at == above + 1)
            return true;
        at = hs_parent(p, at - 1);
    }
    return false;
}

static void only_primary(struct hs_save *s, uint64_t contact, uint64_t company)
{
    size_t n;
    const struct hs_edge *e = hs_links(s->portal, HS_CONTACT, contact, HS_COMPANY, &n);
    for (size_t i = 0; i < n; i++)
        if ((e[i].types & HS_PRIMARY) && e[i].to != company)
            set_both(s, HS_CONTACT, contact, HS_COMPANY, e[i].to, HS_PRIMARY, false);
}

/* For tests: a contact's primary company is one of its values (HSYS_PRIMARY). */
static void note_primary(struct hs_save *s, uint64_t contact, uint64_t company)
{
    struct world *w = s->portal->world;
    const struct hs_object *companies = &s->portal->object[HS_COMPANY];
    journal_begin(w, s->source, hs_world_type(HS_CONTACT), contact, W_UPDATED);
    journal_value(w, s->source, S("associatedcompanyid"),
                  hs_id(s->portal, companies, company, s->a));
}

bool hs_link(struct hs_save *s, enum hs_type from, uint64_t a, enum hs_type to, uint64_t b,
             uint32_t types)
{
    struct hs_portal *p = s->portal;
    types |= HS_PLAIN;
    if (from == to && a == b)
        return false;
    if (from != to) {
        uint64_t contact = from == HS_CONTACT ? a : b, company = from == HS_CONTACT ? b : a;
        if (!hs_primary(p, contact)) /* the first becomes primary (H15.3) */
            types |= HS_PRIMARY;
        if ((types & HS_PRIMARY) && hs_primary(p, contact) != company + 1)
            note_primary(s, contact, company);
        if (types & HS_PRIMARY)
            only_primary(s, contact, company);
    } else if (from == HS_COMPANY && (types & 6u)) {
        uint64_t parent = types & 2u ? a : b, child = types & 2u ? b : a, was;
        if ((types & 6u) == 6u || over(p, child, parent))
            return false;
        was = hs_parent(p, child);
        if (was && was != parent + 1) /* one parent only */
            set_both(s, HS_COMPANY, child, HS_COMPANY, was - 1, 4u, false);
    }
    set_both(s, from, a, to, b, types, true);
    return true;
}

void hs_unlink(struct hs_save *s, enum hs_type from, uint64_t a, enum hs_type to, uint64_t b,
               uint32_t types)
{
    uint32_t had = hs_linked(s->portal, from, a, to, b);
    if (!(had & types))
        return;
    set_both(s, from, a, to, b, types & HS_PLAIN ? ALL_TYPES : types, false);
    if (from == to || !(had & HS_PRIMARY) || !(types & (HS_PLAIN | HS_PRIMARY)) ||
        !s->portal->on.primary_moves)
        return;
    uint64_t contact = from == HS_CONTACT ? a : b;
    uint64_t next = with_bit(s->portal, HS_CONTACT, contact, HS_COMPANY, 0);
    if (next)
        set_both(s, HS_CONTACT, contact, HS_COMPANY, next - 1, HS_PRIMARY, true);
}

void hs_links_move(struct hs_save *s, enum hs_type type, uint64_t from, uint64_t to)
{
    for (int t = 0; t < HS_TYPES; t++) {
        enum hs_type other = (enum hs_type)t;
        size_t n;
        const struct hs_edge *e = hs_links(s->portal, type, from, other, &n);
        while (n > 0) {
            uint64_t b = e[n - 1].to;
            uint32_t types = e[n - 1].types;
            set_both(s, type, from, other, b, ALL_TYPES, false);
            if (other == HS_COMPANY && type == HS_CONTACT && hs_primary(s->portal, to))
                types &= ~(uint32_t)HS_PRIMARY;
            if (other == type && type == HS_COMPANY && (types & 4u) && hs_parent(s->portal, to))
                types &= ~4u;
            (void)hs_link(s, type, to, other, b, types);
            e = hs_links(s->portal, type, from, other, &n);
        }
    }
}
