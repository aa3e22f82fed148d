/* eligibility: may a company that matches no account become one? (S3, B1.12-B1.30) Pure.
 *
 * Three criteria speak for it and three against; one against is enough (S3.3). All six are always
 * evaluated, each with the contacts that decided it, so that a person can be shown why. */
#pragma once

#include "core/plan.h"

enum criterion {               /* in the order of S3.1 and S3.2 */
                 CRITERION_C1, /* HubSpot made it from a contact, and contacts become SF contacts */
                 CRITERION_C2, /* a contact syncs with a private SF contact */
                 CRITERION_C3, /* a contact qualifies for the inclusion list */
                 CRITERION_N1, /* it has no contacts */
                 CRITERION_N2, /* all its contacts sync with leads */
                 CRITERION_N3, /* none of its contacts qualifies */
                 CRITERION_COUNT
};

const char *criterion_name(enum criterion c); /* "C1", ... */
const char *criterion_rule(enum criterion c); /* "S3.1", "S3.2" */
bool criterion_blocks(enum criterion c);

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };
const char *answer_name(enum answer a); /* "no", "yes", "unknown" */

struct finding {
    enum answer answer;
    const struct contact **by; /* who decided it; none where the company itself does */
    size_t count;
};

struct eligibility {
    struct finding of[CRITERION_COUNT];
    bool listed;   /* on the company list, or none is chosen (S3.5) */
    bool eligible; /* one speaks for it, none against, and it is listed */
    enum why why;  /* WHY_QUALIFIES, or the first thing that keeps it */
};

/* people NULL = nobody is known: as a company without contacts. */
void eligibility_of(struct arena *a, const struct evidence *people, enum default_object object,
                    struct eligibility *out);

/* C2's contacts: whose AccountId is set once the company has an account (S3.7). */
struct finding eligibility_private(struct arena *a, const struct evidence *people);

/* S3 for an unlinked company from after T0 that matches nothing: fills `why`, and action and due
 * time where it does not create now. True: it may be created. */
bool eligibility_decide(struct arena *a, const struct plan_context *ctx, struct change *c);
/* S3.4: when it is looked at again by the clock alone; 0 = no more. */
int64_t eligibility_next_ms(int64_t created_ms, int64_t now_ms);
