/* hs_save: creating, changing, archiving, merging (H6-H8, H10.11, H11). */
#include "sandbox/world/hs_p.h"
#include "sandbox/world/journal.h"
#include "text/iso8601.h"

/* ---- checking -------------------------------------------------------------------------------- */

static bool invalid(struct hs_refusal *why, struct str message)
{
    why->status = 400;
    why->category = "VALIDATION_ERROR";
    if (!why->message.n)
        why->message = message;
    return false;
}

static void add_problem(struct hs_save *s, struct hs_refusal *why, struct hs_problem one)
{
    struct hs_problem *more = ARENA_ARRAY(s->a, struct hs_problem, why->problems + 1);
    if (why->problems)
        memcpy(more, why->problem, why->problems * sizeof(*more));
    more[why->problems++] = one;
    why->problem = more;
}

static int stage_of(const struct hs_property *f, struct str v)
{
    for (size_t i = 0; i < f->options; i++)
        if (str_eq(v, str_from(f->option[i].value)))
            return (int)i;
    return -1;
}

/* Forward only, and silently (H10.11, H10.12); a user may. */
static bool backward(struct hs_save *s, const struct hs_object *o, const struct hs_property *f,
                     struct str now, struct str next)
{
    return f->column == o->column[COL_STAGE] && s->source != W_FROM_USER && now.n && next.n &&
           stage_of(f, next) < stage_of(f, now);
}

static bool taken(struct hs_save *s, struct hs_object *o, struct world_record *r,
                  const struct hs_property *f, struct str v, struct hs_refusal *why)
{
    struct world_record *other =
        (f->flags & HS_UNIQUE) && v.n ? hs_by_unique(s->portal, o, f, v) : NULL;
    if (!other || other == r)
        return false;
    struct str id = hs_id(s->portal, o, other->number, s->a);
    struct str text =
        f->column == o->column[COL_EMAIL]
            ? str_fmt(s->a, "Contact already exists. Existing ID: %.*s", STR_ARG(id))
            : str_fmt(s->a, "Cannot set property %s: value already exists. Existing ID: %.*s",
                      f->name, STR_ARG(id));
    *why =
        (struct hs_refusal){.status = 409, .category = "CONFLICT", .message = text, .existing = id};
    add_problem(s, why, (struct hs_problem){"CONFLICT", text, str_from(f->name)});
    return true;
}

/* H5.8: what the administrator asks for beyond the definitions. */
static bool required(struct hs_save *s, struct hs_object *o, struct world_record *r,
                     const struct hs_write *w, size_t n, struct hs_refusal *why)
{
    for (size_t i = 0; s->strict && i < o->requireds; i++) {
        const struct hs_required *q = &o->required[i];
        struct hs_property *f = hs_property(o, str_from(q->name)), *when = NULL;
        struct str have, cond = STR_NONE;
        if (q->when)
            when = hs_property(o, str_from(q->when));
        if (!f || (q->when ? !when : r != NULL))
            continue;
        have = r ? hs_get(s->portal, o, f, r, s->a, 0) : S("");
        if (when && r)
            cond = hs_get(s->portal, o, when, r, s->a, 0);
        for (size_t k = 0; k < n; k++) {
            have = w[k].property == f ? w[k].value : have;
            cond = when && w[k].property == when ? w[k].value : cond;
        }
        if (have.n || (when && !str_eq(cond, str_from(q->is))))
            continue;
        add_problem(
            s, why,
            (struct hs_problem){
                when ? "MISSING_CONDITIONAL_REQUIRED_PROPERTY" : "MISSING_REQUIRED_PROPERTY",
                when ? str_fmt(s->a,
                               "%s is required because of a conditional property rule based on "
                               "[%s]",
                               q->name, q->when)
                     : str_fmt(s->a, "A value for %s must be provided", q->name),
                str_from(q->name)});
    }
    return !why->problems || invalid(why, S("The property values provided are invalid"));
}

/* H6.15 */
static bool enough(struct hs_save *s, const struct hs_object *o, const struct hs_write *w, size_t n,
                   struct hs_refusal *why)
{
    static const char *const any[HS_TYPES][3] = {
        [HS_COMPANY] = {"name", "domain", NULL}, [HS_CONTACT] = {"email", "firstname", "lastname"}};
    const char *const *name = any[hs_type_of(s->portal, o)];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3 && name[k]; k++)
            if (w[i].value.n && strcmp(w[i].property->name, name[k]) == 0)
                return true;
    struct str text = name[2] ? S("At least one of email, firstname or lastname is required")
                              : S("name or domain is required");
    add_problem(s, why, (struct hs_problem){"REQUIRED_FIELD", text, str_from(name[0])});
    return invalid(why, text);
}

bool hs_check(struct hs_save *s, struct hs_object *o, struct world_record *r,
              const struct hs_input *in, struct hs_write **out, size_t *n, struct hs_refusal *why)
{
    struct hs_write *w = *out = ARENA_ARRAY(s->a, struct hs_write, in->cells);
    *n = s->warnings = 0;
    *why = (struct hs_refusal){0};
    for (size_t i = 0; i < in->cells; i++) {
        struct str name = in->cell[i].name, v = in->cell[i].value, next;
        struct hs_property *f = hs_property(o, name);
        struct hs_problem p;
        if (!f) {
            struct str text = str_fmt(s->a, "Property \"%.*s\" does not exist", STR_ARG(name));
            add_problem(s, why, (struct hs_problem){"PROPERTY_DOESNT_EXIST", text, name});
            continue;
        }
        bool asks = f->kind == HS_SET || f->column == o->column[COL_STAGE];
        struct str now = r && asks ? hs_get(s->portal, o, f, r, s->a, 0) : S("");
        if (!hs_check_value(s->a, f, v, now, &next, &p)) {
            add_problem(s, why, p);
            continue;
        }
        if (backward(s, o, f, now, next)) {
            if (s->portal->on.stage_rejects)
                add_problem(s, why,
                            (struct hs_problem){"INVALID_LIFECYCLE_STAGE",
                                                S("The lifecycle stage cannot move backward."),
                                                name});
            continue;
        }
        if (s->strict && v.n && f->kind != HS_SET && !str_eq(v, next)) {
            if (s->warnings == 0)
                s->warning = ARENA_ARRAY(s->a, struct hs_warning, in->cells);
            s->warning[s->warnings++] = (struct hs_warning){name, v, next};
        }
        w[(*n)++] = (struct hs_write){f, next};
    }
    if (why->problems) {
        *n = 0;
        return invalid(why, S("Property values were not valid"));
    }
    for (size_t i = 0; i < *n; i++)
        if (taken(s, o, r, w[i].property, w[i].value, why))
            return false;
    return (r || enough(s, o, w, *n, why)) && required(s, o, r, w, *n, why);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put(struct hs_save *s, const struct hs_object *o, struct world_record *r,
                uint16_t column, struct str value)
{
    if (column != UINT16_MAX)
        world_set_at(s->portal->world, o->type, r, column, value, s->now_ms, s->source);
}

static void write_all(struct hs_save *s, const struct hs_object *o, struct world_record *r,
                      const struct hs_write *w, size_t n)
{
    bool moved = !s->portal->on.same_quiet;
    for (size_t i = 0; i < n; i++) {
        if (!moved)
            moved = !str_eq(w[i].value, hs_get(s->portal, o, w[i].property, r, s->a, 0));
        put(s, o, r, w[i].property->column, w[i].value);
        journal_value(s->portal->world, s->source, str_from(w[i].property->name), w[i].value);
    }
    if (moved)
        world_touch(s->portal->world, o->type, r, s->now_ms);
    s->portal->writes++;
}

bool hs_create(struct hs_save *s, struct hs_object *o, const struct hs_input *in,
               const struct hs_target *target, size_t targets, struct world_record **out,
               struct hs_refusal *why)
{
    struct hs_write *w;
    size_t n;
    enum hs_type t = hs_type_of(s->portal, o);
    if (!hs_check(s, o, NULL, in, &w, &n, why))
        return false;
    *out = world_create(s->portal->world, o->type, s->now_ms);
    (*out)->created_by = (uint8_t)s->source;
    journal_begin(s->portal->world, s->source, o->type, (*out)->number, W_CREATED);
    write_all(s, o, *out, w, n);
    for (size_t i = 0; i < targets; i++)
        (void)hs_link(s, t, (*out)->number, target[i].to, target[i].number, target[i].types);
    hs_automate(s, o, *out, true, S(""), S(""));
    return true;
}

bool hs_update(struct hs_save *s, struct hs_object *o, struct world_record *r,
               const struct hs_input *in, struct hs_refusal *why)
{
    struct hs_write *w;
    size_t n;
    if (!hs_check(s, o, r, in, &w, &n, why))
        return false;
    struct world *world = s->portal->world;
    uint16_t email = o->column[COL_EMAIL], stage = o->column[COL_STAGE];
    struct str old_email = S(""), old_stage = S("");
    if (email != UINT16_MAX)
        old_email = str_dup(s->a, world_get_at(world, o->type, r, s->a, email));
    old_stage = str_dup(s->a, world_get_at(world, o->type, r, s->a, stage));
    journal_begin(world, s->source, o->type, r->number, W_UPDATED);
    write_all(s, o, r, w, n);
    hs_automate(s, o, r, false, old_email, old_stage);
    return true;
}

struct world_record *hs_edit(struct hs_save *s, struct hs_object *o, struct world_record *r,
                             const struct hs_input *in)
{
    struct world *w = s->portal->world;
    struct str old_email = S(""), old_stage = S("");
    bool created = !r;
    if (created) {
        r = world_create(w, o->type, s->now_ms);
        r->created_by = (uint8_t)s->source;
    } else {
        if (o->column[COL_EMAIL] != UINT16_MAX)
            old_email = str_dup(s->a, world_get_at(w, o->type, r, s->a, o->column[COL_EMAIL]));
        old_stage = str_dup(s->a, world_get_at(w, o->type, r, s->a, o->column[COL_STAGE]));
    }
    for (size_t i = 0; i < in->cells; i++)
        put(s, o, r, world_field(w, o->type, in->cell[i].name), in->cell[i].value);
    world_touch(w, o->type, r, s->now_ms);
    s->portal->writes++;
    hs_automate(s, o, r, created, old_email, old_stage);
    return r;
}

/* The last-modified date stays (H8.3). */
void hs_archive(struct hs_save *s, struct hs_object *o, struct world_record *r)
{
    world_archive(s->portal->world, o->type, r, s->now_ms);
    journal_begin(s->portal->world, s->source, o->type, r->number, W_ARCHIVED);
    s->portal->writes++;
}

/* The portal's own choice where a rule would be broken by now: a second primary company, a unique
 * value that somebody else has. */
void hs_restore(struct hs_save *s, struct hs_object *o, struct world_record *r)
{
    struct hs_portal *p = s->portal;
    if (!r->archived_ms || r->merged_into || r->purged)
        return;
    for (size_t i = 0; i < o->properties; i++) {
        struct hs_property *f = &o->property[i];
        struct str v = f->flags & HS_UNIQUE ? hs_get(p, o, f, r, s->a, 0) : S("");
        if (v.n && hs_by_unique(p, o, f, v))
            put(s, o, r, f->column, S(""));
    }
    size_t n;
    const struct hs_edge *e = hs_links(p, HS_COMPANY, r->number, HS_CONTACT, &n);
    for (size_t i = 0; o->type == W_COMPANY && i < n; i++)
        if ((e[i].types & HS_PRIMARY) && hs_primary(p, e[i].to))
            hs_unlink(s, HS_COMPANY, r->number, HS_CONTACT, e[i].to, HS_PRIMARY);
    world_restore(p->world, o->type, r);
    p->writes++;
}

/* ---- merging (H8.6-H8.13) -------------------------------------------------------------------- */

static size_t merges_of(struct str list)
{
    size_t n = list.n > 0;
    for (size_t i = 0; i < list.n; i++)
        n += list.p[i] == ';';
    return n;
}

static struct str joined(struct hs_save *s, struct str a, struct str b)
{
    return a.n && b.n ? str_fmt(s->a, "%.*s;%.*s", STR_ARG(a), STR_ARG(b)) : a.n ? a : b;
}

/* Values that one side keeps, or both give (hs_additional_domains, hs_additional_emails). */
static void merge_values(struct hs_save *s, struct hs_object *o, struct world_record *to,
                         const struct world_record *primary, const struct world_record *other)
{
    struct hs_portal *p = s->portal;
    const char *more = o->type == W_COMPANY ? "hs_additional_domains" : "hs_additional_emails";
    const struct hs_property *extra = hs_property(o, str_from(more));
    uint16_t key = o->type == W_COMPANY ? o->column[COL_DOMAIN] : o->column[COL_EMAIL];
    for (size_t i = 0; i < o->properties; i++) {
        const struct hs_property *f = &o->property[i];
        if (f->system != HSYS_NONE || f->column == o->column[COL_MERGED])
            continue;
        struct str a = str_dup(s->a, world_get_at(p->world, o->type, primary, s->a, f->column));
        struct str b = str_dup(s->a, world_get_at(p->world, o->type, other, s->a, f->column));
        struct str v = a.n ? a : b;
        if (f == extra) {
            struct str lost = world_get_at(p->world, o->type, other, s->a, key);
            struct str kept = world_get_at(p->world, o->type, primary, s->a, key);
            v = joined(s, a, b);
            if (kept.n && lost.n && !str_eq_nocase(kept, lost))
                v = joined(s, v, str_dup(s->a, lost));
        } else if (f->column == o->column[COL_STAGE] && stage_of(f, b) > stage_of(f, a)) {
            v = b; /* the one that is further on */
        }
        if (to != primary || !str_eq(v, a))
            put(s, o, to, f->column, v);
    }
}

static void put_merged_ids(struct hs_save *s, struct hs_object *o, struct world_record *to,
                           struct str ids, struct world_record *a, struct world_record *b)
{
    struct world_record *gone[2] = {a, b};
    const struct hs_property *vids = hs_property(o, S("hs_calculated_merged_vids"));
    struct str timed = vids ? str_dup(s->a, hs_get(s->portal, o, vids, a, s->a, 0)) : S("");
    for (int i = 0; i < 2; i++) {
        if (gone[i] == to)
            continue;
        struct str id = hs_id(s->portal, o, gone[i]->number, s->a);
        ids = joined(s, ids, id);
        timed = joined(s, timed, str_fmt(s->a, "%.*s:%lld", STR_ARG(id), (long long)s->now_ms));
    }
    put(s, o, to, o->column[COL_MERGED], ids);
    if (vids)
        put(s, o, to, vids->column, timed);
}

bool hs_merge(struct hs_save *s, struct hs_object *o, struct world_record *primary,
              struct world_record *other, struct world_record **out, struct hs_refusal *why)
{
    struct hs_portal *p = s->portal;
    struct world_record *to = primary, *gone[2] = {other, NULL};
    enum hs_type t = hs_type_of(p, o);
    struct str ids = joined(
        s, str_dup(s->a, world_get_at(p->world, o->type, primary, s->a, o->column[COL_MERGED])),
        str_dup(s->a, world_get_at(p->world, o->type, other, s->a, o->column[COL_MERGED])));
    *why = (struct hs_refusal){0};
    if (primary == other)
        return invalid(why, S("A record cannot be merged with itself"));
    if (merges_of(ids) + 1 > HS_MERGES_MAX) /* H5.11 */
        return invalid(why, S("Cannot have more than 250 identities on a profile"));
    int64_t born = MIN(hs_created_ms(o, primary), hs_created_ms(o, other));
    struct hs_save merging = *s;
    merging.source = W_FROM_MERGE;
    if (!p->on.keep_primary_id) {
        to = world_create(p->world, o->type, s->now_ms);
        to->created_by = primary->created_by;
        gone[1] = primary;
    }
    for (int i = 0; i < 2 && gone[i]; i++) { /* their unique values become free */
        world_archive(p->world, o->type, gone[i], s->now_ms);
        gone[i]->merged_into = to->number + 1;
    }
    merge_values(&merging, o, to, primary, other);
    put_merged_ids(&merging, o, to, ids, primary, other);
    if (born < to->created_ms)
        put(&merging, o, to, o->column[COL_CREATED], iso_ms(s->a, born));
    for (int i = 1; i >= 0; i--) /* the primary's first: its primary company wins */
        if (gone[i])
            hs_links_move(&merging, t, gone[i]->number, to->number);
    world_touch(p->world, o->type, to, s->now_ms);
    p->writes++;
    *out = to;
    return true;
}
