/* hs_automate: what the portal does by itself after a write: companies out of email domains, stages
 * to contacts, enrichment (H10.13, H11.5, H11.6). Each switched by struct hs_switches. */
#include "sandbox/world/hs_p.h"

/* The oldest company with that domain; else a new one. */
static bool company_of(struct hs_save *s, struct str host, uint64_t *number)
{
    struct hs_portal *p = s->portal;
    struct hs_object *o = &p->object[HS_COMPANY];
    struct hs_save by_itself = *s;
    struct hs_refusal why;
    struct world_record *made;
    uint64_t *have;
    if (world_with(p->world, W_COMPANY, o->column[COL_DOMAIN], host, s->a, &have)) {
        *number = have[0];
        return true;
    }
    struct str word = host;
    struct hs_cell cell[2] = {{S("domain"), host}, {S("name"), STR_NONE}};
    ptrdiff_t dot = str_find_char(host, '.');
    char *name = str_cstr(s->a, str_slice(word, 0, dot > 0 ? (size_t)dot : host.n));
    if (name[0] >= 'a' && name[0] <= 'z')
        name[0] = (char)(name[0] - 32);
    cell[1].value = str_from(name);
    struct hs_input in = {cell, p->on.enrichment ? 1 : 2}; /* else the name comes later (T20) */
    by_itself.source = W_FROM_SYSTEM;
    by_itself.strict = false;
    if (!hs_create(&by_itself, o, &in, NULL, 0, &made, &why))
        return false;
    *number = made->number;
    return true;
}

static void company_of_email(struct hs_save *s, const struct hs_object *o, struct world_record *r,
                             struct str old)
{
    struct str email = world_get_at(s->portal->world, o->type, r, s->a, o->column[COL_EMAIL]);
    ptrdiff_t at = str_find_char(email, '@');
    uint64_t company;
    if (at < 0 || str_eq(email, old) || hs_primary(s->portal, r->number))
        return;
    struct str host = str_lower(s->a, str_slice(email, (size_t)at + 1, email.n));
    struct hs_save by_itself = *s;
    by_itself.source = W_FROM_SYSTEM;
    if (host.n && !hs_free_mail(host) && company_of(s, host, &company))
        (void)hs_link(&by_itself, HS_CONTACT, r->number, HS_COMPANY, company, HS_PRIMARY);
}

/* To the contacts whose primary company it is (B7.2); never back. */
static void stage_to_contacts(struct hs_save *s, const struct hs_object *o, struct world_record *r,
                              struct str old)
{
    struct hs_portal *p = s->portal;
    struct hs_object *contacts = &p->object[HS_CONTACT];
    struct str stage =
        str_dup(s->a, world_get_at(p->world, o->type, r, s->a, o->column[COL_STAGE]));
    struct hs_save by_itself = *s;
    struct hs_cell cell = {S("lifecyclestage"), stage};
    struct hs_input in = {&cell, 1};
    size_t n;
    by_itself.source = W_FROM_SYSTEM;
    by_itself.strict = false;
    const struct hs_edge *e = hs_links(p, HS_COMPANY, r->number, HS_CONTACT, &n);
    for (size_t i = 0; stage.n && !str_eq(stage, old) && i < n; i++) {
        struct world_record *c = p->world->table[W_HS_CONTACT].record[e[i].to];
        struct hs_refusal why;
        if ((e[i].types & HS_PRIMARY) && hs_link_live(p, HS_CONTACT, &e[i]) &&
            !str_eq(stage,
                    world_get_at(p->world, contacts->type, c, s->a, contacts->column[COL_STAGE])))
            (void)hs_update(&by_itself, contacts, c, &in, &why);
    }
}

void hs_automate(struct hs_save *s, const struct hs_object *o, struct world_record *r, bool created,
                 struct str old_email, struct str old_stage)
{
    struct hs_portal *p = s->portal;
    if (o->type == W_HS_CONTACT && p->on.company_of_email)
        company_of_email(s, o, r, old_email);
    if (o->type == W_COMPANY && p->on.stage_to_contacts)
        stage_to_contacts(s, o, r, old_stage);
    if (o->type == W_COMPANY && created && p->on.enrichment && p->dues < LEN(p->due)) {
        p->due[p->dues].at_ms = s->now_ms + p->on.enrichment_ms;
        p->due[p->dues++].number = r->number;
    }
}

static void fill_in(struct hs_save *s, struct world_record *r)
{
    static const char *const facts[][2] = {{"industry", "COMPUTER_SOFTWARE"},
                                           {"numberofemployees", "250"},
                                           {"city", "Springfield"},
                                           {"country", "United States"}};
    struct hs_portal *p = s->portal;
    struct hs_object *o = &p->object[HS_COMPANY];
    struct str host = world_get_at(p->world, W_COMPANY, r, s->a, o->column[COL_DOMAIN]);
    struct str name = world_get_at(p->world, W_COMPANY, r, s->a, o->column[COL_NAME]), word;
    struct hs_cell cell[LEN(facts) + 1];
    struct hs_input in = {cell, 0};
    struct hs_refusal why;
    if (r->archived_ms || r->merged_into || !host.n)
        return; /* nothing to go by */
    if (!name.n && str_cut(&host, '.', &word))
        cell[in.cells++] = (struct hs_cell){S("name"), str_dup(s->a, word)};
    for (size_t i = 0; i < LEN(facts); i++) {
        const struct hs_property *f = hs_property(o, str_from(facts[i][0]));
        if (f && !hs_get(p, o, f, r, s->a, 0).n)
            cell[in.cells++] = (struct hs_cell){str_from(f->name), str_from(facts[i][1])};
    }
    if (in.cells)
        (void)hs_update(s, o, r, &in, &why);
}

void hs_enrich(struct hs_portal *p, int64_t now_ms)
{
    struct arena a;
    size_t kept = 0;
    if (!p->dues || p->due[0].at_ms > now_ms)
        return;
    arena_init(&a, 16 * MIB);
    struct hs_save s = {.portal = p, .a = &a, .source = W_FROM_SYSTEM};
    for (size_t i = 0; i < p->dues; i++) {
        if (p->due[i].at_ms > now_ms) {
            p->due[kept++] = p->due[i];
            continue;
        }
        s.now_ms = p->due[i].at_ms; /* stamped then, even if seen later */
        fill_in(&s, p->world->table[W_COMPANY].record[p->due[i].number]);
    }
    p->dues = kept;
    arena_release(&a);
}
