#include "core/saved.h"

#include <string.h>

const char *saved_why_name(enum saved_why w)
{
    static const char *const names[SAVED_WHY_COUNT] = {"holds", "done_already", "changed_since",
                                                       "decided_otherwise", "not_known"};
    return names[w];
}

static struct str contacts_of(struct arena *a, const struct change *c)
{
    size_t room = 1, n = 0;
    for (size_t k = 0; k < c->places; k++)
        room += c->place[k]->person.n + 1;
    char *out = arena_bytes(a, room);
    for (size_t k = 0; k < c->places; k++) {
        struct str id = c->place[k]->person;
        if (k > 0)
            out[n++] = ';';
        memcpy(out + n, id.p, id.n);
        n += id.n;
    }
    return n ? (struct str){out, n} : STR_NONE;
}

void saved_of(struct arena *a, const struct mappings *m, enum side side, const struct change *c,
              struct saved_change *out)
{
    const struct subject *s = c->subject;
    *out = (struct saved_change){.action = c->action, .side = side};
    for (enum side k = SIDE_SF; k < SIDE_COUNT; k++)
        out->id[k] = s->row[k] ? s->row[k]->rec.id : s->link ? s->link->id[k] : STR_NONE;
    if (c->action == ACTION_LINK)
        out->id[side_other(side)] = c->partner->rec.id;
    if (c->action == ACTION_CREATE || c->action == ACTION_FOLLOW || c->action == ACTION_ARCHIVE)
        out->to = c->to;
    if (c->action == ACTION_FOLLOW)
        out->into = c->partner->rec.id;
    if (c->action == ACTION_CREATE)
        out->domain = c->domain.n ? c->domain : STR_NONE;
    out->contacts = contacts_of(a, c);
    out->write = ARENA_ARRAY(a, struct saved_write, c->fields);
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (!f->refused)
            out->write[out->writes++] = (struct saved_write){
                .to = f->to, .field = m->map[f->map].name[f->to], .old = f->old, .value = f->value};
    }
}

static const struct saved_write *find(const struct saved_change *in, const struct saved_write *w)
{
    for (size_t i = 0; i < in->writes; i++)
        if (in->write[i].to == w->to && str_eq(in->write[i].field, w->field))
            return &in->write[i];
    return NULL;
}

static bool same_write(const struct saved_write *a, const struct saved_write *b)
{
    return value_eq(&a->old, &b->old) && value_eq(&a->value, &b->value);
}

/* Do the records hold what the plan would have written? */
static bool done(const struct mappings *m, const struct change *now,
                 const struct saved_change *saved)
{
    const struct subject *s = now->subject;
    bool paired = s->link &&
                  (!saved->id[SIDE_SF].n || str_eq(saved->id[SIDE_SF], s->link->id[0])) &&
                  (!saved->id[SIDE_HS].n || str_eq(saved->id[SIDE_HS], s->link->id[1]));
    const struct row *away = s->row[saved->to];
    switch (saved->action) {
    case ACTION_CREATE:
    case ACTION_LINK:
        break;
    case ACTION_UPDATE:
        if (saved->writes == 0) /* our id alone was to go on the company */
            return false;
        break;
    case ACTION_UNLINK:
        return !s->link;
    case ACTION_ARCHIVE:
        return !s->link && away && away->rec.state != RECORD_LIVE;
    default:
        return false;
    }
    if (!paired)
        return false;
    for (size_t i = 0; i < saved->writes; i++) {
        const struct saved_write *w = &saved->write[i];
        const struct row *row = s->row[w->to];
        size_t k = 0;
        while (k < m->count && !str_eq(m->map[k].name[w->to], w->field))
            k++;
        if (k == m->count || !row || !row->rec.value || !value_eq(&row->rec.value[k], &w->value))
            return false;
    }
    return true;
}

static bool same_records(const struct saved_change *a, const struct saved_change *b)
{
    return a->action == b->action && a->to == b->to && str_eq(a->id[SIDE_SF], b->id[SIDE_SF]) &&
           str_eq(a->id[SIDE_HS], b->id[SIDE_HS]) && str_eq(a->into, b->into) &&
           str_eq(a->domain, b->domain) && str_eq(a->contacts, b->contacts);
}

enum saved_why saved_check(struct arena *a, const struct mappings *m, const struct change *now,
                           const struct saved_change *saved, const struct saved_write **at)
{
    struct saved_change fresh;
    *at = NULL;
    if (done(m, now, saved))
        return SAVED_DONE;
    if (now->action == saved->action)
        saved_of(a, m, saved->side, now, &fresh);
    if (now->action != saved->action || !same_records(&fresh, saved))
        return SAVED_OTHER;
    for (size_t i = 0; i < saved->writes; i++) {
        const struct saved_write *w = find(&fresh, &saved->write[i]);
        if (!w || !same_write(w, &saved->write[i])) {
            *at = &saved->write[i];
            return SAVED_CHANGED;
        }
    }
    for (size_t i = 0; i < fresh.writes; i++)
        if (!find(saved, &fresh.write[i])) { /* another field moved since */
            struct saved_write *more = ARENA_NEW(a, struct saved_write);
            *more = fresh.write[i];
            *at = more;
            return SAVED_CHANGED;
        }
    return SAVED_HOLDS;
}
