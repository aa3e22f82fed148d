/* mapping_propose: which further fields could be mapped, and how the values of a list translate
 * (S6.1). Only proposals: a person saves them. Pure. */
#pragma once

#include "model/mapping_spellings.h"

enum proposed {
    PROPOSED_NAME,      /* the same name, whatever its case, its underscores and its __c */
    PROPOSED_LABEL,     /* the same label */
    PROPOSED_CROSS,     /* the name of one is the label of the other */
    PROPOSED_TABLE,     /* a mapping that is `none` for want of a value table */
    PROPOSED_SPELLINGS, /* one of countries or states, of which values are spelt in several ways
                           (mapping_spellings.h) */
};

struct proposal {
    struct mapping map; /* bound; id 0 = a new one */
    enum proposed why;
    size_t alone; /* active Salesforce values of a list that no HubSpot option stands for */
    struct spellings spellings; /* PROPOSED_SPELLINGS */
    uint64_t held[SIDE_COUNT];  /* records with a value in it; UINT64_MAX = not known */
};

/* The most used first: by how many records hold a value, on both sides together. */
void proposals_by_use(struct proposal *p, size_t n);

/* Of what is not mapped yet, pairs that fit by name or label and by type, each field once, with the
 * default rule, or the one that writes no read-only field; `leave` is never proposed. Then the
 * mappings of lists that are `none` and have no table. By Salesforce's field; *out has room for one
 * more of each mapping. */
void mappings_propose(struct arena *a, const struct mappings *m,
                      const struct schema *const schema[SIDE_COUNT], const struct str *leave,
                      size_t leaves, struct proposal **out, size_t *n);
