/* switch: turning company_sync on copies nothing (S1.2). It records T0 on both services' clocks and
 * takes the baseline: every account and every company is read once and remembered, so that from
 * then on matching is local and only moves count. */
#include "engine/engine_p.h"

#include <string.h>

#define SINCE_MAX_MS (14 * MS_DAY) /* S1.2 */

static bool put_setting(struct engine *en, bool on, struct err *e)
{
    struct store *st = en->o.store;
    return st->ops->doc_put(st, DOC_SETTING, S("company_sync"), on ? S("on") : S("off"), e);
}

static bool turn_off(struct engine *en, struct err *e)
{
    struct store *st = en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (!put_setting(en, false, e)) {
        st->ops->rollback(st);
        return false;
    }
    if (!st->ops->commit(st, e))
        return false;
    en->settings.company_sync = false;
    return true;
}

static bool check_since(struct engine *en, int64_t since_ms, struct err *e)
{
    int64_t now = engine_now(en, SIDE_SF);
    if (since_ms <= now && since_ms >= now - SINCE_MAX_MS)
        return true;
    err_set(e, ERR_USAGE, "bad_since", "--since must be a time of the last 14 days");
    return err_rule(e, "S1.2");
}

/* T0 and the emptied cursors first: a baseline that is cut is taken again by the next attempt. */
static bool put_t0(struct engine *en, const int64_t t0[SIDE_COUNT], const int64_t on[SIDE_COUNT],
                   struct err *e)
{
    struct store *st = en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = doc_time_put(en, "t0_salesforce", t0[SIDE_SF], e) &&
              doc_time_put(en, "t0_hubspot", t0[SIDE_HS], e) &&
              doc_time_put(en, "on_salesforce", on[SIDE_SF], e) &&
              doc_time_put(en, "on_hubspot", on[SIDE_HS], e) &&
              st->ops->doc_put(st, DOC_CURSOR, S("changed_salesforce"), STR_NONE, e) &&
              st->ops->doc_put(st, DOC_CURSOR, S("changed_hubspot"), STR_NONE, e);
    if (ok)
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static bool baseline(struct engine *en, struct report *out, struct err *e)
{
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct observed seen;
        if (!observe_all(en, s, true, &seen, e))
            return false;
        out->read[s] = seen.records;
    }
    return true;
}

/* S1.6: two syncs of the same companies undo each other's work. */
static bool check_native(struct engine *en, int64_t off_ms, struct err *e)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    struct crm_native native;
    if (en->settings.beside_native)
        return true;
    int64_t since = off_ms ? off_ms : engine_now(en, SIDE_HS) - MS_DAY;
    if (!hs->ops->native(hs, &en->life, since, &native, e))
        return err_wrap(e, "looking for HubSpot's own Salesforce sync");
    if (!native.at_work)
        return true;
    err_set(e, ERR_REFUSED, "native_sync",
            "HubSpot's own Salesforce sync is at work: it wrote %.*s of company %.*s at %.*s",
            STR_ARG(native.what), STR_ARG(native.record), STR_ARG(native.when));
    err_rule(e, "S1.6");
    err_subject(e, native.record);
    return err_hint(e, "turn its company sync off (not: uninstall it), then say when with"
                       " --native-off TIME; or --beside-native, which links and updates but never"
                       " creates");
}

static bool turn_on(struct engine *en, const struct switch_options *o, struct report *out,
                    struct err *e)
{
    struct store *st = en->o.store;
    int64_t t0[SIDE_COUNT], on[SIDE_COUNT], began = en->o.clock->mono_us(en->o.clock);
    struct http_counts before[SIDE_COUNT];
    int64_t since_ms = o->since_ms;
    if (since_ms && !check_since(en, since_ms, e))
        return false;
    if (!check_native(en, o->native_off_ms, e) || !lists_check(en, &en->settings, true, e) ||
        !currency_keep(en, e))
        return false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        on[s] = engine_now(en, s);
        t0[s] = since_ms ? since_ms : on[s];
        before[s] = http_counted(en->o.crm[s]->http);
    }
    if (!put_t0(en, t0, on, e))
        return false;
    memcpy(en->t0_ms, t0, sizeof(t0));
    memcpy(en->on_ms, on, sizeof(on));
    en->settings.company_sync = true; /* readings are judged as under the switch */
    bool ok = baseline(en, out, e) && st->ops->begin(st, STORE_FULL, e);
    if (ok && !(put_setting(en, true, e) && mappings_put_states(en, e))) {
        st->ops->rollback(st);
        ok = false;
    }
    ok = ok && st->ops->commit(st, e);
    if (!ok)
        en->settings.company_sync = false;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        struct http_counts now = http_counted(en->o.crm[s]->http);
        for (int c = 0; c < HTTP_CLASS_COUNT; c++)
            if (c != HTTP_CLASS_FREE)
                out->calls[s] += now.calls[c] - before[s].calls[c];
        uint64_t n = out->read[s];
        out->calls_fewest[s] = s == SIDE_HS
                                   ? (n + HS_LIST_RECORDS_MAX - 1) / HS_LIST_RECORDS_MAX + 1
                               : n > SF_BULK_FROM_RECORDS
                                   ? 4 + (n + SF_BULK_PAGE_RECORDS - 1) / SF_BULK_PAGE_RECORDS
                                   : 1 + (n + SF_QUERY_PAGE_RECORDS - 1) / SF_QUERY_PAGE_RECORDS;
    }
    out->took_ms = (en->o.clock->mono_us(en->o.clock) - began) / 1000;
    return ok;
}

bool engine_switch(struct engine *en, const struct switch_options *o, struct report *out,
                   struct err *e)
{
    memset(out, 0, sizeof(*out));
    if (o->on == en->settings.company_sync)
        return true;
    return o->on ? turn_on(en, o, out, e) : turn_off(en, e);
}
