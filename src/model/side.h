/* side: the two systems. Rules above crm/ are written once, for a side and its other. */
#pragma once

#include "base/base.h"

enum side { SIDE_SF, SIDE_HS, SIDE_COUNT };

static inline enum side side_other(enum side s)
{
    return s == SIDE_SF ? SIDE_HS : SIDE_SF;
}

const char *side_name(enum side s); /* "salesforce", "hubspot" */
const char *side_noun(enum side s); /* "account", "company" */
