/* association: do an SF contact's account and its HubSpot contact's primary company agree, and if
 * not, which of them follows (S11.1)? Pure and total.
 *
 * The side that moved to something is followed, Salesforce before HubSpot. A blank is carried
 * nowhere: a contact that lost its account, or its primary company, has nothing that could agree,
 * and the other side keeps what it has. */
#pragma once

#include "model/contact.h"
#include "model/side.h"

struct association_side {
    struct str record;  /* the contact's account, or its primary company; none = it has none */
    struct str partner; /* whom that is linked with; none = it is not linked */
    bool moved;         /* it was another when it was last handled, or was never handled */
};

enum association_act {
    ASSOCIATION_STAYS, /* they agree, or nothing moved that could be carried */
    ASSOCIATION_GOES,  /* side `to` gets `value` */
    ASSOCIATION_WAITS, /* till `value` is linked (B6.3) */
};

struct association_answer {
    enum association_act act;
    enum side to;     /* GOES, WAITS: the side that would follow */
    struct str value; /* borrowed */
    bool conflict;    /* both had moved, apart */
};

void association_decide(const struct association_side side[SIDE_COUNT],
                        struct association_answer *out);
