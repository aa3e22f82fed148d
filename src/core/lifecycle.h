/* lifecycle: whether a contact's stage moves its company (S10.1): forward in the portal's order, or
 * not at all. Pure. */
#pragma once

#include "model/value.h"

enum stage_answer {
    STAGE_MOVES,   /* forward */
    STAGE_SAME,    /* the company is there already */
    STAGE_BEHIND,  /* it would go back (B7.3, B7.11) */
    STAGE_NONE,    /* the contact has no stage */
    STAGE_STILL,   /* a stage that moves no company: other, evangelist, those the operator named */
    STAGE_UNKNOWN, /* no stage of companies */
};

/* `stages` is the company's property, its options in the portal's order; `still` names more stages
 * that move no company, joined by ','. A company in a stage that is no option any more counts as
 * one without a stage. */
enum stage_answer lifecycle_answer(const struct field *stages, struct str still,
                                   struct str of_contact, struct str of_company);
