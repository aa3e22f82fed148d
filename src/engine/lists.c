/* lists: the companies that may become accounts: who is there, and who is on the chosen lists
 * (S3.5, S4.1). Membership is asked of the few that wait, never of a whole list (H16.4), and once
 * more immediately before a create. */
#include <stdlib.h>
#include <string.h>

#include "engine/people_p.h"

#define AGAIN_EVERY_MS (15 * MS_MINUTE) /* S4.1 */
#define AT_ONCE        1000             /* companies a look: one call (H15.7) */

/* ---- the chosen lists ------------------------------------------------------------------------ */

static int64_t list_in(const struct settings *s, enum list_of of)
{
    return of == LIST_CONTACTS ? s->inclusion_list : s->company_list;
}

static int64_t chosen(const struct engine *en, enum list_of of)
{
    return list_in(&en->settings, of);
}

static const char *setting_name(enum list_of of)
{
    return of == LIST_CONTACTS ? "inclusion_list" : "company_list";
}

/* What was chosen becomes what the evidence counts by. */
static bool follow_settings(struct engine *en, struct err *e)
{
    static const char *const docs[LIST_KINDS] = {"list_of_contacts", "list_of_companies"};
    struct store *st = en->o.store;
    for (enum list_of of = LIST_CONTACTS; of < LIST_KINDS; of++) {
        struct str want = STR_NONE, known;
        if (chosen(en, of))
            want = str_fmt(&en->chunk, "%lld", (long long)chosen(en, of));
        if (!st->ops->doc_get(st, &en->chunk, DOC_CURSOR, str_from(docs[of]), &known, e))
            return false;
        if (str_eq(want, known))
            continue;
        if (!st->ops->begin(st, STORE_NORMAL, e))
            return false;
        if (!st->people->choose(st, of, want, e) ||
            !st->ops->doc_put(st, DOC_CURSOR, str_from(docs[of]), want, e)) {
            st->ops->rollback(st);
            return false;
        }
        if (!st->ops->commit(st, e))
            return false;
    }
    return true;
}

/* S3.5, B2.22: may this list be chosen, and can its members be told now? */
static bool list_err(enum list_of of, const struct crm_list *l, struct err *e)
{
    const char *setting = setting_name(of);
    struct str name = str_slice(l->name, 0, 80);
    if (l->state == CRM_LIST_GONE)
        err_set(e, ERR_REFUSED, "list_gone", "HubSpot list %.*s, the %s, does not exist any more",
                STR_ARG(l->id), setting);
    else if (of == LIST_CONTACTS ? !l->of_contacts : !l->of_companies)
        err_set(e, ERR_REFUSED, "list_of_others", "HubSpot list %.*s (%.*s) is not a list of %s",
                STR_ARG(l->id), STR_ARG(name), of == LIST_CONTACTS ? "contacts" : "companies");
    else if (l->state == CRM_LIST_STATIC)
        err_set(e, ERR_REFUSED, "list_static",
                "HubSpot list %.*s (%.*s) is static; the %s must be an active list", STR_ARG(l->id),
                STR_ARG(name), setting);
    else
        return true;
    err_rule(e, "S3.5");
    err_subject(e, l->id);
    err_hint(e, "choose an active list of %s: `tandem settings set %s ID`, or none",
             of == LIST_CONTACTS ? "contacts" : "companies", setting);
    return false;
}

static bool look_at_list(struct engine *en, enum list_of of, int64_t id, struct crm_list *out,
                         struct err *e)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    struct str text = str_fmt(&en->chunk, "%lld", (long long)id);
    return hs->people->list(hs, &en->chunk, text, out, e) && list_err(of, out, e);
}

bool lists_check(struct engine *en, const struct settings *next, bool all, struct err *e)
{
    struct crm_list l;
    for (enum list_of of = LIST_CONTACTS; of < LIST_KINDS; of++) {
        int64_t id = list_in(next, of);
        bool look = id && (all || id != chosen(en, of)) && en->o.crm[SIDE_HS];
        if (look && !look_at_list(en, of, id, &l, e))
            return false;
    }
    return true;
}

/* *ready: members can be told. A list that is computed is waited for (H16.5); one that is gone or
 * was made static stops what hangs on it, and is named. */
static bool ask_list(struct engine *en, enum list_of of, bool *ready, struct err *e)
{
    struct list_look *look = &en->list[of];
    struct crm_list l;
    *ready = true;
    look->why = (struct err){.kind = ERR_NONE};
    look->computing = false;
    if (!chosen(en, of))
        return true;
    if (!look_at_list(en, of, chosen(en, of), &l, &look->why)) {
        *ready = false;
        if (look->why.kind != ERR_REFUSED || strncmp(look->why.code, "list_", 5) != 0)
            return *e = look->why, false;
        log_warn(en->o.log, "no company makes an account: %s", look->why.msg);
        return true;
    }
    look->computing = l.state == CRM_LIST_COMPUTING;
    *ready = !look->computing;
    return true;
}

static bool ask_members(struct engine *en, enum list_of of, const struct str *ids, size_t n,
                        struct err *e)
{
    struct store *st = en->o.store;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct str list = str_fmt(&en->chunk, "%lld", (long long)chosen(en, of));
    bool *in = ARENA_ARRAY(&en->chunk, bool, n);
    if (n == 0)
        return true;
    if (!hs->people->members(hs, &en->chunk, of == LIST_COMPANIES, list, ids, n, in, e) ||
        !st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (st->people->members(st, of, ids, in, n, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* ---- who is there ---------------------------------------------------------------------------- */

static int by_pair(const void *x, const void *y)
{
    const struct association *a = x, *b = y;
    int c = str_cmp(a->company, b->company);
    c = c ? c : str_cmp(a->contact, b->contact);
    return c ? c : (int)a->primary - (int)b->primary;
}

/* Contacts of the pairs that only one of the two lists has. */
static size_t differing(struct arena *a, struct association *x, size_t n, struct association *y,
                        size_t m, struct str **out)
{
    size_t count = 0;
    *out = ARENA_ARRAY(a, struct str, n + m);
    if (n)
        qsort(x, n, sizeof(*x), by_pair);
    if (m)
        qsort(y, m, sizeof(*y), by_pair);
    for (size_t i = 0, k = 0; i < n || k < m;) {
        int c = i == n ? 1 : k == m ? -1 : by_pair(&x[i], &y[k]);
        if (c)
            (*out)[count++] = c < 0 ? x[i].contact : y[k].contact;
        i += c <= 0;
        k += c >= 0;
    }
    return count;
}

/* Contacts that came or went are read themselves, with all their companies. */
static bool ask_pairs(struct engine *en, const struct str *companies, size_t n, struct err *e)
{
    struct store *st = en->o.store;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct association *now, *known;
    struct crm_people page;
    struct str *ids;
    size_t nows, knowns;
    if (!hs->people->pairs(hs, &en->chunk, true, companies, n, &now, &nows, e) ||
        !st->people->pairs_of(st, &en->chunk, companies, n, &known, &knowns, e))
        return false;
    size_t count = differing(&en->chunk, now, nows, known, knowns, &ids);
    return count == 0 || (hs->people->get(hs, &en->chunk, ids, count, &page, e) &&
                          people_keep(en, &page, true, NULL, STR_NONE, e));
}

static bool look_at(struct engine *en, const struct str *companies, size_t n,
                    const bool ready[LIST_KINDS], struct err *e)
{
    struct store *st = en->o.store;
    struct association *pair;
    size_t pairs;
    if (!ask_pairs(en, companies, n, e))
        return false;
    if (chosen(en, LIST_COMPANIES) && ready[LIST_COMPANIES] &&
        !ask_members(en, LIST_COMPANIES, companies, n, e))
        return false;
    if (!chosen(en, LIST_CONTACTS) || !ready[LIST_CONTACTS])
        return true;
    if (!st->people->pairs_of(st, &en->chunk, companies, n, &pair, &pairs, e))
        return false;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, pairs);
    for (size_t i = 0; i < pairs; i++)
        ids[i] = pair[i].contact;
    return ask_members(en, LIST_CONTACTS, ids, pairs, e);
}

bool people_look_again(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    int64_t now = engine_now(en, SIDE_HS), last;
    bool ready[LIST_KINDS], asked = false, ok = true;
    struct arena kept; /* the position outlives its chunk */
    struct str after = STR_NONE;
    arena_reset(&en->chunk);
    if (!doc_time(en, "people_again", &last, e) || !follow_settings(en, e))
        return false;
    bool all = now - last >= AGAIN_EVERY_MS, any = false;
    arena_init(&kept, 64 * KIB);
    for (bool more = true; ok && more;) {
        struct str *ids;
        size_t n;
        arena_reset(&en->chunk);
        ok = st->people->candidates(st, &en->chunk, all ? 0 : now, after, AT_ONCE, &ids, &n, e);
        more = ok && n == AT_ONCE;
        if (!ok || n == 0)
            break;
        any = true;
        for (enum list_of of = LIST_CONTACTS; ok && !asked && of < LIST_KINDS; of++)
            ok = ask_list(en, of, &ready[of], e);
        asked = true;
        arena_reset(&kept);
        after = str_dup(&kept, ids[n - 1]);
        ok = ok && look_at(en, ids, n, ready, e);
    }
    arena_release(&kept);
    if (ok && all && any) {
        ok = st->ops->begin(st, STORE_NORMAL, e);
        if (ok && !doc_time_put(en, "people_again", now, e)) {
            st->ops->rollback(st);
            return false;
        }
        ok = ok && st->ops->commit(st, e);
    }
    return ok && people_settle_all(en, e);
}

/* ---- immediately before a create ------------------------------------------------------------- */

static bool makes_account(const struct pass *p, enum side s, const struct change *c)
{
    return p->o.kind == PASS_SYNC && s == SIDE_HS && c->action == ACTION_CREATE &&
           !(c->subject->row[s]->cause & CAUSE_HAND); /* a resync goes past S3 (S14.1) */
}

/* The contacts themselves, too: what a search told of them may be older than they are (H13.8). */
static bool read_contacts(struct engine *en, const struct str *companies, size_t n, struct err *e)
{
    struct store *st = en->o.store;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct association *pair;
    struct crm_people page;
    size_t pairs;
    if (!st->people->pairs_of(st, &en->chunk, companies, n, &pair, &pairs, e))
        return false;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, pairs);
    for (size_t i = 0; i < pairs; i++)
        ids[i] = pair[i].contact;
    return pairs == 0 || (hs->people->get(hs, &en->chunk, ids, pairs, &page, e) &&
                          people_keep(en, &page, false, NULL, STR_NONE, e));
}

bool people_freshen(struct pass *p, enum side s, const struct plan *plan, bool *stale,
                    struct err *e)
{
    struct engine *en = p->en;
    struct str *ids = ARENA_ARRAY(&en->chunk, struct str, plan->count);
    bool ready[LIST_KINDS];
    size_t n = 0;
    *stale = false;
    for (size_t i = 0; i < plan->count; i++)
        if (makes_account(p, s, &plan->change[i]))
            ids[n++] = plan->change[i].subject->row[s]->rec.id;
    if (n == 0)
        return true;
    for (enum list_of of = LIST_CONTACTS; of < LIST_KINDS; of++)
        if (!ask_list(en, of, &ready[of], e))
            return false;
    if (!look_at(en, ids, n, ready, e) || !read_contacts(en, ids, n, e))
        return err_wrap(e, "reading who is at companies that become accounts");
    *stale = true; /* to be judged by what was read just now */
    return people_settle_all(en, e);
}

void people_gate(struct pass *p, enum side s, struct plan *plan)
{
    struct engine *en = p->en;
    bool computing = false, refused = false;
    for (enum list_of of = LIST_CONTACTS; of < LIST_KINDS; of++) {
        computing = computing || (chosen(en, of) && en->list[of].computing);
        refused = refused || (chosen(en, of) && en->list[of].why.kind != ERR_NONE);
    }
    for (size_t i = 0; (computing || refused) && i < plan->count; i++) {
        struct change *c = &plan->change[i];
        if (!makes_account(p, s, c))
            continue;
        c->action = ACTION_WAIT;
        c->why = refused ? WHY_LIST_REFUSED : WHY_LIST_COMPUTING;
        c->due_ms = engine_now(en, s) + (refused ? AGAIN_EVERY_MS : MS_MINUTE);
    }
}

/* ---- a list to be resynced (S14.1) ----------------------------------------------------------- */

#define LIST_MEMBERS_MAX 250000

static bool no_such_list(const struct crm_list *l, const char *why, struct err *e)
{
    err_set(e, ERR_REFUSED, "bad_list", "list %.*s %s", STR_ARG(str_slice(l->id, 0, 40)), why);
    err_rule(e, "S14.1");
    err_subject(e, str_slice(l->id, 0, 40));
    return err_hint(e, "give the id of a list of companies: it stands in the list's address");
}

bool engine_list_members(struct engine *en, struct arena *a, struct str list, struct str **ids,
                         size_t *n, struct err *e)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    struct crm_list l;
    struct str after = STR_NONE;
    int64_t number;
    size_t room = CRM_LIST_PAGE;
    *n = 0;
    if (!str_to_i64(list, &number) || number <= 0) {
        no_such_list(&(struct crm_list){.id = list}, "has no such id: it is a number", e);
        e->kind = ERR_USAGE;
        return false;
    }
    if (!hs->people->list(hs, a, list, &l, e))
        return false;
    if (l.state == CRM_LIST_GONE)
        return no_such_list(&l, "does not exist, or was deleted", e);
    if (!l.of_companies)
        return no_such_list(&l, "is not a list of companies", e);
    if (l.state == CRM_LIST_COMPUTING)
        return no_such_list(&l, "is being computed; its members are not certain yet (H16.5)", e);
    *ids = ARENA_ARRAY(a, struct str, room);
    do {
        size_t some;
        if (*n + CRM_LIST_PAGE > room) {
            struct str *grown = ARENA_ARRAY(a, struct str, 2 * room);
            memcpy(grown, *ids, *n * sizeof(*grown));
            *ids = grown;
            room *= 2;
        }
        struct str last = after;
        if (!hs->people->list_members(hs, a, list, last, *ids + *n, &some, &after, e))
            return false;
        *n += some;
        if (after.n && str_eq(after, last))
            return err_set(e, ERR_INTERNAL, "same_page", "hubspot gives the same page again");
        if (after.n && *n > LIST_MEMBERS_MAX)
            return no_such_list(&l, "has more members than a resync takes; import them instead", e);
    } while (after.n);
    return true;
}
