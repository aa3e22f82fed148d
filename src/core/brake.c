#include "core/brake.h"

static const char *const names[BRAKE_COUNT] = {
    [BRAKE_CREATE] = "create_max",
    [BRAKE_UNLINK] = "unlink",
    [BRAKE_CLEAR] = "clear",
    [BRAKE_CHANGE] = "change",
};

const char *brake_name(enum brake b)
{
    return names[b];
}

bool brake_from_name(struct str name, enum brake *out)
{
    for (enum brake b = BRAKE_CREATE; b < BRAKE_COUNT; b++)
        if (str_eq(name, str_from(names[b]))) {
            *out = b;
            return true;
        }
    return false;
}

bool brake_empty_side(enum side side, uint64_t read, uint64_t links, struct err *e)
{
    if (read > 0 || links < BRAKE_LINKS_MIN)
        return true;
    err_set(e, ERR_REFUSED, "side_empty",
            "%s answered with no records at all, yet %llu are linked; nothing was written",
            side_name(side), (unsigned long long)links);
    err_rule(e, "S12.3");
    return err_hint(e, "check what our user may see there (`tandem doctor`), then run again");
}

/* More than so many percent of all, and not fewer than `least`. */
static bool past_mark(uint64_t n, uint64_t all, int64_t percent, uint64_t least)
{
    return n >= least && n * 100 > all * (uint64_t)percent;
}

static bool lets_go(const struct brake_day *day, enum brake b)
{
    return day->past & (1u << b);
}

/* A link that would end without a person's word, or lose a side from sight (S9.4). */
static bool loses_link(const struct change *c)
{
    bool by_itself = c->why != WHY_HAND && c->why != WHY_UNDO;
    if (c->action == ACTION_UNLINK || c->action == ACTION_ARCHIVE)
        return by_itself;
    return c->action == ACTION_NONE && c->why == WHY_PARTNER_GONE && c->subject->link &&
           c->subject->link->state == LINK_LIVE && c->link_state == LINK_PAUSED;
}

uint64_t brake_losses(const struct plan *plan)
{
    uint64_t n = 0;
    for (size_t i = 0; i < plan->count; i++)
        n += loses_link(&plan->change[i]);
    return n;
}

void brake_unlinks(const struct settings *set, uint64_t losses, struct brake_day *day)
{
    day->unlinks_held =
        losses > 0 && !lets_go(day, BRAKE_UNLINK) &&
        past_mark(day->unlinks + losses, day->links, set->brake_unlink, BRAKE_UNLINK_MIN);
}

/* The field whose mark this change would pass; none = NULL. */
static const struct field_change *over_mark(const struct change *c, const struct settings *set,
                                            const struct brake_day *day, enum brake *which)
{
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        if (f->refused)
            continue;
        const struct brake_field *n = &day->field[f->to][f->map];
        *which = BRAKE_CLEAR;
        if (value_blank(&f->value) && !lets_go(day, BRAKE_CLEAR) &&
            past_mark(n->cleared + 1, day->links, set->brake_clear, BRAKE_FIELD_MIN))
            return f;
        *which = BRAKE_CHANGE;
        if (!lets_go(day, BRAKE_CHANGE) &&
            past_mark(n->changed + 1, day->links, set->brake_change, BRAKE_FIELD_MIN))
            return f;
    }
    return NULL;
}

static void count_fields(const struct change *c, struct brake_day *day)
{
    for (size_t k = 0; k < c->fields; k++) {
        const struct field_change *f = &c->field[k];
        day->field[f->to][f->map].changed += !f->refused;
        day->field[f->to][f->map].cleared += !f->refused && value_blank(&f->value);
    }
}

/* Which brake holds this change? BRAKE_COUNT = none, and it is counted. */
static enum brake brake_one(const struct change *c, const struct mappings *m,
                            const struct settings *set, struct brake_day *day)
{
    if (c->action == ACTION_CREATE) {
        if (!lets_go(day, BRAKE_CREATE) && day->creates[c->to] >= (uint64_t)set->create_max)
            return BRAKE_CREATE;
        day->creates[c->to]++;
    } else if (loses_link(c)) {
        if (!lets_go(day, BRAKE_UNLINK) &&
            (day->unlinks_held ||
             past_mark(day->unlinks + 1, day->links, set->brake_unlink, BRAKE_UNLINK_MIN)))
            return BRAKE_UNLINK;
        day->unlinks++;
    } else if (c->action == ACTION_UPDATE || c->action == ACTION_LINK) {
        enum brake which;
        const struct field_change *f = over_mark(c, set, day, &which);
        if (f) {
            if (!day->held_field.n)
                day->held_field = m->map[f->map].name[f->to];
            return which;
        }
        count_fields(c, day);
    }
    return BRAKE_COUNT;
}

void brake_plan(struct plan *plan, const struct mappings *m, const struct settings *set,
                struct brake_day *day)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct change *c = &plan->change[i];
        enum brake b = brake_one(c, m, set, day);
        if (b == BRAKE_COUNT)
            continue;
        *c = (struct change){.subject = c->subject, .action = ACTION_SKIP, .why = WHY_BRAKE};
        day->held[b]++;
    }
}

bool brake_contact(const struct settings *set, enum side to, struct str field,
                   struct brake_day *day)
{
    if (lets_go(day, BRAKE_CHANGE) ||
        !past_mark(day->contacts[to] + 1, day->links, set->brake_change, BRAKE_FIELD_MIN)) {
        day->contacts[to]++;
        return true;
    }
    if (!day->held_field.n)
        day->held_field = field;
    day->held[BRAKE_CHANGE]++;
    return false;
}

uint64_t brake_held(const struct brake_day *day)
{
    uint64_t n = 0;
    for (enum brake b = BRAKE_CREATE; b < BRAKE_COUNT; b++)
        n += day->held[b];
    return n;
}

bool brake_refusal(const struct settings *set, const struct brake_day *day, struct err *e)
{
    enum brake b = BRAKE_CREATE;
    static const enum brake gravest[BRAKE_COUNT] = {BRAKE_UNLINK, BRAKE_CLEAR, BRAKE_CHANGE,
                                                    BRAKE_CREATE};
    for (size_t i = BRAKE_COUNT; i-- > 0;)
        if (day->held[gravest[i]])
            b = gravest[i];
    unsigned long long held = day->held[b], links = day->links;
    if (b == BRAKE_CREATE)
        err_set(e, ERR_REFUSED, "create_max",
                "%llu more record%s would be created than the %lld that create_max allows in 24"
                " hours; %s",
                held, held == 1 ? "" : "s", (long long)set->create_max,
                held == 1 ? "it waits" : "they wait");
    else if (b == BRAKE_UNLINK)
        err_set(e, ERR_REFUSED, "brake_unlink",
                "%llu of %llu links would be lost in 24 hours (deleted, unlinked or not visible),"
                " more than brake_unlink (%lld %%) allows; these wait",
                (unsigned long long)day->unlinks + held, links, (long long)set->brake_unlink);
    else
        err_set(e, ERR_REFUSED, b == BRAKE_CLEAR ? "brake_clear" : "brake_change",
                "%.*s would be %s on more of the %llu links in 24 hours than brake_%s (%lld %%)"
                " allows; %llu record%s",
                STR_ARG(day->held_field), b == BRAKE_CLEAR ? "cleared" : "changed", links,
                brake_name(b), (long long)(b == BRAKE_CLEAR ? set->brake_clear : set->brake_change),
                held, held == 1 ? " waits" : "s wait");
    err_rule(e, "S12.3");
    err_subject(e, str_from(brake_name(b)));
    return err_hint(e,
                    "look with `tandem plan sync`; let one pass go on with `tandem sync"
                    " --past-brake %s`, or move the mark with `tandem settings set %s%s N`",
                    brake_name(b), b == BRAKE_CREATE ? "" : "brake_", brake_name(b));
}
