/* merge: who wins one field, or one address (S5). Pure; total: every cell has one answer (S5.7). */
#pragma once

#include "model/change.h"
#include "model/settings.h"

struct merge_cell {
    enum rule rule;
    bool first;             /* no base on this link */
    bool moved[SIDE_COUNT]; /* differs from its own base; false at a first link */
    bool blank[SIDE_COUNT];
    bool same; /* the same value on both sides (S5.1) */
};

/* When each side's present value was set, at the latest, on that service's clock; 0 = not known.
 *
 * HubSpot's is the property history's time. Salesforce tells a span only, from our last reading of
 * the old value to the record's LastModifiedDate: here stands its end, since inside the span
 * Salesforce wins as it does after it (S5.4). Where a change event names the field, its commit time
 * is the exact one and stands here instead. */
struct merge_time {
    int64_t set_ms[SIDE_COUNT];
};

enum verdict merge_cell(const struct merge_cell *c, enum first_link setting,
                        const struct merge_time *t);
/* Does the verdict of this cell hang on who changed later (S5.4, first_link = newest)? */
bool merge_by_time(const struct merge_cell *c, enum first_link setting);
/* The promise that decided, for plan and explain: "S5.3". */
const char *merge_rule(const struct merge_cell *c);

/* All fields of one pair. value, base and time have one entry a mapping; base entries are unknown
 * at a first link. Fills verdict[] and by_time[] (one a mapping); an address is decided as one
 * value (S5.9): its time is the latest of its parts that moved. */
struct merge {
    const struct mappings *mappings;
    enum first_link first_link;
    const struct merge_time *time;
    const struct value *value[SIDE_COUNT], *base[SIDE_COUNT];
    enum verdict *verdict;
    bool *by_time;
};

void merge_record(struct arena *a, const struct merge *m);
