/* plan: what would be done with each subject of a chunk, as data. No network, disk, clock or log;
 * cannot fail: what cannot be done is a change with its reason.
 *
 * Rows of the subjects carry unpacked values; bases are unpacked here from the links. */
#pragma once

#include "core/match.h"
#include "core/owner.h"
#include "model/change.h"
#include "model/filter.h"
#include "model/settings.h"

/* S6.5: only these fields of a link are decided, and written only where `to` says. */
struct plan_part {
    const bool *field; /* one a mapping */
    bool to[SIDE_COUNT];
};

/* S6.9: an org of several currencies; an amount goes over where the account's is the portal's. */
struct plan_currency {
    size_t map;        /* the accounts' currency among the mappings */
    struct str portal; /* the portal's company currency; none = the org has one currency only */
    const struct currency_rate *rate; /* as the org has them */
    size_t rates;
};

struct plan_context {
    enum side side; /* whose records the chunk is about */
    const struct mappings *mappings;
    const struct settings *settings;
    const struct match_index *index;
    const struct neighbours *near;   /* what the index is of */
    const struct owner_book *owners; /* NULL = not read yet: owners stay as they are */
    int64_t now_ms[SIDE_COUNT];      /* each service's clock */
    bool key_ready[SIDE_COUNT];      /* our key field is there on that side (S8.1) */
    struct plan_currency currency;
    bool kind_missing;            /* the record type of new accounts is none (S6.10) */
    const struct filter *filter;  /* which accounts enter (S2.3) */
    bool past_filter;             /* resync, a hand link: whatever the filter says (S14.1) */
    bool by_hand;                 /* import, resync: past S2.2, S3.4 and the settling */
    bool named;                   /* a person named these records: past S7.6 as well */
    const struct plan_part *part; /* a backfill; NULL = all fields, both ways */
};

/* S2.4: a person account, while they do not enter. */
static inline bool plan_bars(const struct settings *set, const struct row *account)
{
    return account->rec.person && !set->person_accounts;
}

/* The mappings as they are for this account, or for what one of them is made of: its kind (S2.4),
 * and what its amounts are worth (S6.9). Of the context mappings and currency count. */
struct mappings plan_mappings(const struct plan_context *ctx, const struct row *account);

void plan_build(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
                size_t count, struct plan *out);
/* S7.5: links a subject with a partner whatever the keys say; `origin` tells on whose word. */
void plan_link(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
               struct row *partner, enum why why, enum link_origin origin, struct change *out);
/* The change of one subject (explain). */
void plan_one(struct arena *a, const struct plan_context *ctx, const struct subject *subject,
              struct change *out);
/* S7.9: keeps of a plan only the links that ids tell of, taken over as they are: both present
 * values become the base and nothing but our id is written. Returns how many values differ. */
size_t plan_adopt(struct arena *a, const struct plan_context *ctx, struct plan *plan);
/* Changes of the second kind: how a field of this change that a service refused is left out
 * (S15.5), with the rest of its address (S5.9): bases go back to what the link says. */
void plan_drop_field(struct arena *a, const struct plan_context *ctx, struct change *c, size_t map,
                     const struct err *why);
