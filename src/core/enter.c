#include "core/enter.h"

#include "model/pack.h"

/* A site that is no key is not remembered. */
static bool same_keys(const struct match_keys *a, const struct match_keys *b)
{
    return a->host == b->host && a->no_key == b->no_key && (a->no_key || a->site == b->site);
}

static bool same_reading(const struct row *a, const struct row *b)
{
    const struct record *x = &a->rec, *y = &b->rec;
    bool keys = same_keys(&x->keys, &y->keys) && x->more_count == y->more_count;
    for (size_t i = 0; keys && i < x->more_count; i++)
        keys = same_keys(&x->more[i], &y->more[i]);
    return keys && x->state == y->state && x->person == y->person &&
           str_eq(x->survivor, y->survivor) && x->modified_ms == y->modified_ms &&
           str_eq(x->key, y->key) && str_eq(x->native, y->native) && str_eq(a->packed, b->packed);
}

/* A record never seen before: new (S2.1) or from before T0 (S2.2). */
static void first_seen(const struct enter_context *ctx, struct row *fresh)
{
    int64_t created = fresh->rec.created_ms;
    int64_t since = ctx->baseline ? ctx->t0_ms : ctx->t0_ms - LATE_COMMIT_MS;
    fresh->existing = !ctx->switch_on || created <= since;
    if (!ctx->switch_on)
        return;
    if (!fresh->existing) {
        fresh->cause = CAUSE_NEW;
    } else if (ctx->baseline && ctx->side == SIDE_SF && fresh->rec.edited_ms > ctx->on_ms) {
        fresh->cause = CAUSE_MOVED; /* S1.2: changed between T0 and its reading */
    }
    fresh->due_ms = fresh->cause ? DUE_AT_ONCE : 0;
}

bool enter_row(const struct enter_context *ctx, const struct row *old, struct row *fresh)
{
    fresh->due_ms = 0;
    fresh->cause = 0;
    fresh->attempts = 0;
    if (!old) {
        first_seen(ctx, fresh);
        return true;
    }
    fresh->existing = old->existing;
    fresh->severed = old->severed;
    fresh->due_ms = old->due_ms;
    fresh->cause = old->cause;
    fresh->attempts = old->attempts;
    fresh->partner = old->partner;
    if (same_reading(old, fresh))
        return false;
    bool linked = old->partner.n > 0;
    bool values = !values_same(old->packed, fresh->packed);
    /* A rule that changed in between makes another fingerprint of the same values (S6.4). */
    bool moved = values && (linked || old->print != fresh->print);
    bool changed_state =
        (linked || old->severed) &&
        (old->rec.state != fresh->rec.state || !str_eq(old->rec.survivor, fresh->rec.survivor));
    /* An unlinked company, or a new account, is matched again when what it is matched by moves. */
    bool rematch =
        !linked && !old->existing &&
        (values || old->rec.keys.host != fresh->rec.keys.host ||
         !str_eq(old->rec.key, fresh->rec.key) || !str_eq(old->rec.native, fresh->rec.native));
    if (!moved && !changed_state && !rematch)
        return true;
    if (!linked && !changed_state && fresh->existing && ctx->side == SIDE_HS)
        return true; /* S3.4: an existing company enters by matching or by hand */
    if (!linked && fresh->existing && ctx->baseline && fresh->rec.edited_ms <= ctx->on_ms)
        return true; /* S1.3: edited while the switch was off: still existing */
    fresh->cause |= changed_state ? CAUSE_FORGOT : CAUSE_MOVED;
    fresh->due_ms = DUE_AT_ONCE; /* at once, also after an error (S15.2) */
    fresh->attempts = 0;
    return true;
}
