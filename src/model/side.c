#include "model/side.h"

const char *side_name(enum side s)
{
    return s == SIDE_SF ? "salesforce" : "hubspot";
}

const char *side_noun(enum side s)
{
    return s == SIDE_SF ? "account" : "company";
}
