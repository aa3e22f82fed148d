/* play: one run of one scenario. play.c does what people do, command.c runs Tandem, outcome.c
 * compares what came of it. */
#pragma once

#include "test/scenario/lab.h"
#include "test/scenario/scenario.h"

#define CAST_MAX 512

/* A record that has a name in the scenario. A merge may give it a new id: the last entry of a name
 * counts, the earlier ones still tell whose an id was. */
struct cast {
    enum kind kind;
    struct str name, id;
};

struct play {
    struct arena *a; /* of this run */
    struct lab *lab;
    struct box *box;
    const struct scenario *s;
    struct cast cast[CAST_MAX];
    size_t count;
    size_t writes;         /* of the journal that are accounted for */
    struct str links;      /* lines "link acme zen live\n", sorted: what is expected to stand */
    struct str was_linked; /* companies that ever were, one a line */
    bool set_up;           /* the given records stand and the switch was turned */
    bool ran, refused;     /* the last command, and that it ended in `why` */
    struct err why;
    struct str left;    /* what an undo left as it is: lines of `left` */
    struct buf *report; /* what is not as expected */
};

/* The id of a name, STR_NONE = none; the name of an id, "?ID" = of nobody. */
struct str cast_id(const struct play *p, enum kind kind, struct str name);
struct str cast_name(struct play *p, enum kind kind, struct str id);
void cast_add(struct play *p, enum kind kind, struct str name, struct str id);
/* "@account.acme", "@list.buyers" as the id it stands for; other text as it is. */
struct str play_value(const struct play *p, struct str value);
/* The path at the control port: "/salesforce/accounts". */
const char *kind_path(enum kind kind);
static inline enum side kind_side(enum kind kind)
{
    bool hubspot =
        kind == KIND_COMPANY || kind == KIND_CONTACT || kind == KIND_OWNER || kind == KIND_LIST;
    return hubspot ? SIDE_HS : SIDE_SF;
}
static inline enum kind side_kind(enum side s)
{
    return s == SIDE_SF ? KIND_ACCOUNT : KIND_COMPANY;
}

/* command.c: runs it if it is one; *done tells. False: the scenario cannot go on. */
MUST_CHECK bool play_command(struct play *p, const struct line *l, bool *done, struct err *e);
/* The switch, the links that are given, the first pass. */
MUST_CHECK bool play_set_up(struct play *p, const struct block *given, struct err *e);
/* One more pass, as the service would run it (S8.4). */
MUST_CHECK bool play_pass(struct play *p, struct err *e);

/* outcome.c: compares; what differs goes into the report. */
MUST_CHECK bool play_then(struct play *p, const struct block *then, struct err *e);
MUST_CHECK bool play_quiet(struct play *p, struct err *e);
/* What was written before the story begins must be our ids alone. */
MUST_CHECK bool play_given_wrote(struct play *p, struct err *e);

/* Runs all of it. False with e: it could not be run; a report with text: it failed. */
MUST_CHECK bool play_run(struct lab *lab, const struct scenario *s, struct buf *report,
                         struct err *e);
