#include "core/owner.h"

#include <stdlib.h>
#include <string.h>

/* ---- who stands for whom --------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct owner *)a)->id, ((const struct owner *)b)->id);
}

/* By email, then by name, both without case. */
static int by_person(const void *a, const void *b)
{
    const struct owner *x = *(const struct owner *const *)a, *y = *(const struct owner *const *)b;
    int c = str_cmp_nocase(x->email, y->email);
    return c ? c : str_cmp_nocase(x->name, y->name);
}

/* The active ones with an email address, in the order of by_person. */
static size_t active_of(struct arena *a, const struct owner_list *l, const struct owner ***out)
{
    size_t n = 0;
    *out = ARENA_ARRAY(a, const struct owner *, l->count);
    for (size_t i = 0; i < l->count; i++)
        if (l->owner[i].active && l->owner[i].email.n)
            (*out)[n++] = &l->owner[i];
    qsort(*out, n, sizeof(**out), by_person);
    return n;
}

/* How many from `at` on are alike in email, or in email and name. */
static size_t run_of(const struct owner *const *o, size_t n, size_t at, bool name_too)
{
    size_t end = at;
    while (end < n && str_cmp_nocase(o[end]->email, o[at]->email) == 0 &&
           (!name_too || str_cmp_nocase(o[end]->name, o[at]->name) == 0))
        end++;
    return end - at;
}

/* Those that share one email address: alone on both sides, else by name, where that is alone. */
static size_t pair_run(const struct owner *const *sf, size_t sfs, const struct owner *const *hs,
                       size_t hss, struct value_pair *out)
{
    size_t n = 0, j = 0;
    if (sfs == 1 && hss == 1) {
        out[0] = (struct value_pair){{sf[0]->id, hs[0]->id}};
        return 1;
    }
    for (size_t i = 0; i < sfs;) {
        size_t here = run_of(sf, sfs, i, true);
        while (j < hss && str_cmp_nocase(hs[j]->name, sf[i]->name) < 0)
            j++;
        bool met = j < hss && str_cmp_nocase(hs[j]->name, sf[i]->name) == 0;
        if (met && here == 1 && run_of(hs, hss, j, true) == 1)
            out[n++] = (struct value_pair){{sf[i]->id, hs[j]->id}};
        i += here;
    }
    return n;
}

static struct str named_on(const struct owner_list *l, struct str email)
{
    for (size_t i = 0; email.n && i < l->count; i++)
        if (l->owner[i].active && str_eq_nocase(l->owner[i].email, email))
            return l->owner[i].id;
    return STR_NONE;
}

void owner_book_make(struct arena *a, const struct owner_list list[SIDE_COUNT], struct str named,
                     struct str our_user, struct owner_book *out)
{
    const struct owner **who[SIDE_COUNT];
    size_t n[SIDE_COUNT], at[SIDE_COUNT] = {0, 0}, pairs = 0;
    *out = (struct owner_book){.our_user = our_user};
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct owner_list *l = &out->list[s];
        l->count = list[s].count;
        l->owner = ARENA_ARRAY(a, struct owner, l->count);
        if (l->count)
            memcpy(l->owner, list[s].owner, l->count * sizeof(*l->owner));
        qsort(l->owner, l->count, sizeof(*l->owner), by_id);
        n[s] = active_of(a, l, &who[s]);
        out->named[s] = named_on(l, named);
    }
    struct value_pair *pair = ARENA_ARRAY(a, struct value_pair, MIN(n[SIDE_SF], n[SIDE_HS]));
    while (at[SIDE_SF] < n[SIDE_SF] && at[SIDE_HS] < n[SIDE_HS]) {
        const struct owner **sf = who[SIDE_SF] + at[SIDE_SF], **hs = who[SIDE_HS] + at[SIDE_HS];
        size_t sfs = run_of(sf, n[SIDE_SF] - at[SIDE_SF], 0, false);
        size_t hss = run_of(hs, n[SIDE_HS] - at[SIDE_HS], 0, false);
        int c = str_cmp_nocase(sf[0]->email, hs[0]->email);
        if (c == 0)
            pairs += pair_run(sf, sfs, hs, hss, pair + pairs);
        at[SIDE_SF] += c <= 0 ? sfs : 0;
        at[SIDE_HS] += c >= 0 ? hss : 0;
    }
    pairs_index(a, pair, pairs, &out->pairs);
}

const struct owner *owner_find(const struct owner_book *b, enum side s, struct str id)
{
    const struct owner_list *l = &b->list[s];
    struct owner key = {.id = id};
    return l->count ? bsearch(&key, l->owner, l->count, sizeof(*l->owner), by_id) : NULL;
}

enum owner_stand owner_stand(const struct owner_book *b, enum side s, const struct value *v)
{
    if (v->state != VALUE_TEXT)
        return OWNER_NONE;
    if (pairs_partner(&b->pairs, s, v->text).n)
        return OWNER_PAIRED;
    const struct owner *o = owner_find(b, s, v->text);
    return o && o->active ? OWNER_ALONE : OWNER_LEFT;
}

/* ---- what becomes of a pair's owner ---------------------------------------------------------- */

/* The side's owner was to go over and has no partner: owner.unmatched says. */
static enum owner_answer unmatched(const struct owner_case *c, enum side s,
                                   enum owner_unmatched setting)
{
    switch (setting) {
    case OWNER_UNMATCHED_RESET: /* B3.61: HubSpot goes back to what Salesforce says */
        return s == SIDE_HS && c->stand[SIDE_SF] == OWNER_PAIRED ? OWNER_BACK_HS : OWNER_SETTLE;
    case OWNER_UNMATCHED_CLEAR: /* only HubSpot can be without one (B3.64) */
        return s == SIDE_SF && c->stand[SIDE_HS] != OWNER_NONE ? OWNER_CLEAR_HS : OWNER_SETTLE;
    case OWNER_UNMATCHED_NAMED:
        return s == SIDE_SF ? OWNER_NAME_HS : OWNER_NAME_SF;
    case OWNER_UNMATCHED_KEEP:
        break;
    }
    return OWNER_SETTLE;
}

/* B3.63: the account's active owner wins; one who left gives way to the company's. */
static enum owner_answer first_link(const struct owner_case *c, enum owner_unmatched setting)
{
    if (c->stand[SIDE_SF] == OWNER_PAIRED)
        return OWNER_GIVE_HS;
    if (c->stand[SIDE_SF] != OWNER_ALONE && c->stand[SIDE_HS] == OWNER_PAIRED)
        return OWNER_GIVE_SF;
    return unmatched(c, SIDE_SF, setting);
}

enum owner_answer owner_answer(const struct owner_case *c, enum owner_unmatched setting)
{
    switch (c->plain) {
    case VERDICT_AGREE:
    case VERDICT_SETTLE:
        return OWNER_SETTLE;
    case VERDICT_TAKE_SF:
    case VERDICT_TAKE_HS:
    case VERDICT_REVIEW:
        break;
    default:
        return OWNER_KEEP;
    }
    if (c->first)
        return first_link(c, setting);
    if (c->plain == VERDICT_TAKE_SF)
        return c->stand[SIDE_SF] == OWNER_PAIRED ? OWNER_GIVE_HS : unmatched(c, SIDE_SF, setting);
    if (c->stand[SIDE_HS] == OWNER_PAIRED)
        return OWNER_GIVE_SF;
    if (c->stand[SIDE_HS] != OWNER_NONE)
        return unmatched(c, SIDE_HS, setting);
    /* B3.64, S5.10: Salesforce cannot be without an owner, so a clear is put back. */
    return c->stand[SIDE_SF] == OWNER_PAIRED ? OWNER_BACK_HS : unmatched(c, SIDE_SF, setting);
}

static struct value partner_of(const struct owner_book *b, enum side s, const struct value *v)
{
    struct str id = pairs_partner(&b->pairs, s, v->text);
    return id.n ? value_text(id) : VALUE_NOT_KNOWN;
}

bool owner_write(const struct owner_book *b, const struct owner_case *c, enum owner_answer answer,
                 const struct value value[SIDE_COUNT], struct field_change *f)
{
    enum side to = answer == OWNER_GIVE_SF || answer == OWNER_NAME_SF ? SIDE_SF : SIDE_HS;
    struct value v = VALUE_NOT_KNOWN;
    f->rule = c->first ? "S6.6" : "S5.4";
    switch (answer) {
    case OWNER_GIVE_HS:
    case OWNER_GIVE_SF:
        v = partner_of(b, side_other(to), &value[side_other(to)]);
        break;
    case OWNER_BACK_HS:
        v = partner_of(b, SIDE_SF, &value[SIDE_SF]);
        f->rule = c->stand[SIDE_HS] == OWNER_NONE ? "S5.10" : "S6.6";
        f->revert = true;
        break;
    case OWNER_CLEAR_HS:
        v = VALUE_EMPTY;
        f->rule = "S6.6";
        break;
    case OWNER_NAME_HS:
    case OWNER_NAME_SF:
        v = b->named[to].n ? value_text(b->named[to]) : VALUE_NOT_KNOWN;
        f->rule = "S6.6";
        break;
    default:
        break;
    }
    f->to = to;
    f->old = value[to];
    f->value = v;
    return value_known(&v) && !value_eq(&v, &value[to]);
}

struct value owner_of_new(const struct owner_book *b, enum side to, const struct value *from,
                          enum owner_unmatched setting)
{
    struct value v = from->state == VALUE_TEXT ? partner_of(b, side_other(to), from) : VALUE_EMPTY;
    if (v.state == VALUE_TEXT)
        return v;
    bool named = setting == OWNER_UNMATCHED_NAMED && from->state == VALUE_TEXT;
    if (named && b->named[to].n)
        return value_text(b->named[to]);
    return to == SIDE_SF && b->our_user.n ? value_text(b->our_user) : VALUE_NOT_KNOWN;
}
