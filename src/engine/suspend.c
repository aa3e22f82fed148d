/* suspend: what stops a connection or a direction is kept as a document, once (S15.4, S15.6). */
#include "engine/engine_p.h"
#include "text/json.h"

#define QUOTA_MS MS_HOUR /* a day's quota frees bit by bit (B8.32): look again after so long */

const char *suspended_name(enum suspended s)
{
    static const char *const names[SUSPENDED_COUNT] = {"salesforce", "hubspot", "connection"};
    return names[s];
}

static_assert((int)SUSPENDED_SF == (int)SIDE_SF && (int)SUSPENDED_HS == (int)SIDE_HS,
              "a suspended direction is named by its side");

bool engine_suspensions(struct store *st, struct arena *a, struct suspension out[SUSPENDED_COUNT],
                        struct err *e)
{
    for (int s = 0; s < SUSPENDED_COUNT; s++) {
        struct str text;
        yyjson_val *root;
        out[s] = (struct suspension){0};
        if (!st->ops->doc_get(st, a, DOC_SUSPENSION, str_from(suspended_name((enum suspended)s)),
                              &text, e))
            return false;
        if (!text.n)
            continue;
        if (!json_parse(a, text, &root, e))
            return err_wrap(e, "reading the stored suspension");
        out[s] = (struct suspension){.set = true,
                                     .code = json_get(root, "code"),
                                     .message = json_get(root, "message"),
                                     .remedy = json_get(root, "remedy"),
                                     .since_ms = json_i64(yyjson_obj_get(root, "since_ms"), 0),
                                     .until_ms = json_i64(yyjson_obj_get(root, "until_ms"), 0)};
    }
    return true;
}

static bool put(struct store *st, enum suspended s, struct str text, struct err *e)
{
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (st->ops->doc_put(st, DOC_SUSPENSION, str_from(suspended_name(s)), text, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* What an error suspends; SUSPENDED_COUNT = nothing: it is about a record, or passes by itself. */
static enum suspended blamed(const struct err *why, enum side writing)
{
    bool place = why->scope == SCOPE_DIRECTION || why->scope == SCOPE_SIDE;
    switch (why->kind) {
    case ERR_REAUTH:
    case ERR_WAIT:
        return SUSPENDED_ALL;
    case ERR_REFUSED:
        if (writing < SIDE_COUNT && why->scope != SCOPE_SIDE)
            return (enum suspended)writing;
        return place ? SUSPENDED_ALL : SUSPENDED_COUNT;
    default:
        return SUSPENDED_COUNT;
    }
}

static void note(struct store *st, enum suspended s, const struct err *why, int64_t now_ms)
{
    struct arena a;
    struct err ignored;
    if (s == SUSPENDED_COUNT)
        return;
    arena_init(&a, MIB);
    yyjson_mut_val *o;
    yyjson_mut_doc *d = json_object(&a, &o);
    json_put(d, o, "code", str_from(why->code));
    json_put(d, o, "message", str_from(why->msg));
    json_put(d, o, "remedy", str_from(why->hint));
    yyjson_mut_obj_add_sint(d, o, "since_ms", now_ms);
    if (why->kind == ERR_WAIT)
        yyjson_mut_obj_add_sint(d, o, "until_ms",
                                why->retry_at_ms ? why->retry_at_ms : now_ms + QUOTA_MS);
    /* The pass tells of `why`, the greater trouble, whether or not it could be noted. */
    (void)!put(st, s, json_print(&a, d), &ignored);
    arena_release(&a);
}

void engine_suspend(struct store *st, const struct err *why, int64_t now_ms)
{
    note(st, blamed(why, SIDE_COUNT), why, now_ms);
}

void suspend_note(struct pass *p, const struct err *why)
{
    struct engine *en = p->en;
    if (!p->o.plan_only)
        note(en->o.store, blamed(why, p->writing), why, engine_now(en, SIDE_HS));
}

static struct str key_seen(enum side s)
{
    return s == SIDE_SF ? S("key_seen_salesforce") : S("key_seen_hubspot");
}

static bool put_seen(struct store *st, enum side s, struct str text, struct err *e)
{
    if (!st->ops->begin(st, STORE_NORMAL, e))
        return false;
    if (st->ops->doc_put(st, DOC_CURSOR, key_seen(s), text, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* S15.6: a key field of ours that was there and is not any more stops its side: with it went the
 * means to make no record twice (S8.1) and the sign of who may write (S8.7). One that never was
 * there stops creates alone. */
static bool watch_key(struct pass *p, enum side s, struct suspension *now, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct str seen;
    if (!en->online[s] || !st->ops->doc_get(st, &en->chunk, DOC_CURSOR, key_seen(s), &seen, e))
        return !en->online[s];
    if (en->key_ready[s])
        return seen.n || p->o.plan_only || put_seen(st, s, S("yes"), e);
    if (!seen.n || now->set)
        return true;
    struct err why;
    err_set(&why, ERR_REFUSED, "key_missing",
            "our key field is gone from %s, or hidden from our user", side_name(s));
    err_hint(&why, "run `tandem setup`, or give our user the field again");
    why.scope = SCOPE_DIRECTION;
    if (!p->o.plan_only)
        note(st, (enum suspended)s, &why, engine_now(en, SIDE_HS));
    now->set = true;
    return true;
}

bool engine_resume(struct store *st, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        if (!put_seen(st, s, STR_NONE, e)) /* whoever clears knows of it */
            return false;
    for (int s = 0; s < SUSPENDED_COUNT; s++)
        if (!put(st, (enum suspended)s, STR_NONE, e))
            return false;
    return true;
}

bool suspend_load(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct suspension all[SUSPENDED_COUNT];
    struct arena a;
    arena_init(&a, MIB);
    bool ok = engine_suspensions(st, &a, all, e);
    for (int s = 0; ok && s < SUSPENDED_COUNT; s++) {
        if (all[s].set && all[s].until_ms && all[s].until_ms <= engine_now(en, SIDE_HS)) {
            all[s].set = false;
            ok = put(st, (enum suspended)s, STR_NONE, e);
        }
        if (s < SUSPENDED_ALL) {
            ok = ok && watch_key(p, (enum side)s, &all[s], e);
            p->suspended[s] = all[s].set;
        }
    }
    if (ok && all[SUSPENDED_ALL].set && !p->o.plan_only) {
        ok = err_set(e, ERR_REFUSED, "suspended", "the connection is suspended: %.*s",
                     STR_ARG(str_slice(all[SUSPENDED_ALL].message, 0, 400)));
        err_rule(e, "S15.4");
        err_hint(e, "put it right, then `tandem errors clear-suspension`; `tandem status` tells");
    }
    arena_release(&a);
    return ok;
}
