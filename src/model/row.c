#include "model/row.h"

const char *link_origin_name(enum link_origin o)
{
    static const char *const names[] = {
        [ORIGIN_CREATED_COMPANY] = "created_company",
        [ORIGIN_CREATED_ACCOUNT] = "created_account",
        [ORIGIN_KEY] = "our_key",
        [ORIGIN_NATIVE] = "native_id",
        [ORIGIN_DOMAIN] = "domain",
        [ORIGIN_CONTACTS] = "contacts",
        [ORIGIN_HAND] = "hand",
        [ORIGIN_ADOPTED] = "adopted",
        [ORIGIN_MERGED] = "merged",
    };
    return (size_t)o < LEN(names) && names[o] ? names[o] : "unknown";
}
