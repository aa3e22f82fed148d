/* lab: Tandem itself, as the program assembles it: a store, both services' drivers, the engine.
 * Each command of the story opens all of it anew, as a process would. */
#pragma once

#include "engine/engine.h"
#include "net/oauth.h"
#include "test/scenario/box.h"

/* Our clock is the sandbox's, and sleeping moves both. */
struct hand_clock {
    struct clock c;
    struct box *box;
};

struct lab {
    struct box *box;
    struct hand_clock clock;
    struct log log;
    struct rng rng;
    struct domains *domains;
    char dir[256], path[300];
    struct store *store;
    struct oauth *oauth[SIDE_COUNT];
    struct crm *crm[SIDE_COUNT];
    struct engine *engine;
    enum rule rule[64]; /* of the default mappings, in their order */
    struct value_pair table[64][8];
    size_t lines[64]; /* of each one's table */
    size_t standard;  /* how many defaults there are */
};

MUST_CHECK bool lab_init(struct lab *l, struct box *box, struct err *e);
void lab_release(struct lab *l);
/* A new, empty store, and the default rules, but none for owners; `mirrored` exchanges sides. */
MUST_CHECK bool lab_forget(struct lab *l, bool mirrored, struct err *e);
/* The default mapping of this field or property; false: there is none. */
MUST_CHECK bool lab_rule(struct lab *l, struct str field, enum rule rule);
/* One more line of its value table; the texts are borrowed until lab_forget. */
MUST_CHECK bool lab_table(struct lab *l, struct str field, struct value_pair line);

/* Opens what is not open yet. */
MUST_CHECK bool lab_open(struct lab *l, struct err *e);
void lab_close(struct lab *l);
