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

/* When two_way sides moved apart, who changed later (S5.4); for first_link = newest as well. */
struct merge_time {
    int64_t edited_ms[SIDE_COUNT]; /* the record's last edit; 0 = not known */
};

struct merge_policy {
    enum first_link first_link;
    struct merge_time time;
};

enum verdict merge_cell(const struct merge_cell *c, const struct merge_policy *p);
/* The promise that decided, for plan and explain: "S5.3". */
const char *merge_rule(const struct merge_cell *c);

/* All fields of one pair. value and base have one entry a mapping; base entries are unknown at a
 * first link. Fills verdict[] (one a mapping); an address is decided as one value (S5.9). */
void merge_record(struct arena *a, const struct mappings *m, const struct merge_policy *p,
                  const struct value *const value[SIDE_COUNT],
                  const struct value *const base[SIDE_COUNT], enum verdict *verdict);
