/* pair: an account A and a company 9 in memory, with a few text fields, and all that a plan of them
 * asks for. */
#pragma once

#include <string.h>

#include "core/plan.h"
#include "model/pack.h"

enum { PAIR_FIELDS_MAX = 3 };

struct pair {
    struct arena a;
    struct mapping map[PAIR_FIELDS_MAX];
    struct mappings m;
    struct settings set;
    struct row row[SIDE_COUNT];
    struct value value[SIDE_COUNT][PAIR_FIELDS_MAX];
    struct link link;
    struct subject subject;
    struct neighbours near;
    struct filter filter; /* set ctx.filter to use it */
    struct plan_context ctx;
};

static inline struct value v(const char *text)
{
    return value_text(str_from(text));
}

/* The account alone, with blank fields; names: of each field in Salesforce and in HubSpot. */
static inline void pair_init(struct pair *p, const char *const (*names)[SIDE_COUNT], uint32_t n)
{
    memset(p, 0, sizeof(*p));
    arena_init(&p->a, 16 * MIB);
    for (uint32_t i = 0; i < n; i++)
        p->map[i] = (struct mapping){.id = i + 1, .rule = RULE_PREFER_SF, .scale = -1};
    p->m = (struct mappings){p->map, n};
    settings_default(&p->set);
    p->set.company_sync = true;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        p->row[s].rec.id = s == SIDE_SF ? S("A") : S("9");
        p->row[s].rec.value = p->value[s];
        for (uint32_t i = 0; i < n; i++) {
            p->value[s][i] = VALUE_EMPTY;
            p->map[i].name[s] = str_from(names[i][s]);
            p->map[i].meta[s] = (struct field){.name = p->map[i].name[s],
                                               .type = FIELD_TEXT,
                                               .readable = true,
                                               .createable = true,
                                               .updateable = true};
        }
    }
    p->subject.row[SIDE_SF] = &p->row[SIDE_SF];
    p->near.side = SIDE_SF;
    p->ctx = (struct plan_context){.side = SIDE_SF,
                                   .mappings = &p->m,
                                   .settings = &p->set,
                                   .now_ms = {1000000, 1000000},
                                   .key_ready = {true, true},
                                   .near = &p->near,
                                   .index = match_index(&p->a, &p->near)};
}

/* Links the two; their present values are the bases: nothing moved. */
static inline void pair_link(struct pair *p)
{
    struct buf pack;
    buf_init(&pack, MIB);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        buf_clear(&pack);
        values_pack(&pack, &p->m, p->value[s]);
        p->link.base[s] = str_dup(&p->a, buf_view(&pack));
        p->link.id[s] = p->row[s].rec.id;
        p->row[s].partner = p->row[side_other(s)].rec.id;
        p->subject.row[s] = &p->row[s];
    }
    p->subject.link = &p->link;
    buf_release(&pack);
}

static inline void pair_release(struct pair *p)
{
    arena_release(&p->a);
}
