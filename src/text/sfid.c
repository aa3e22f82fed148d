#include "text/sfid.h"

#include <ctype.h>
#include <string.h>

static void checks(const char *id15, char out[3])
{
    static const char table[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    for (int group = 0; group < 3; group++) {
        unsigned v = 0;
        for (int i = 0; i < 5; i++) {
            char c = id15[group * 5 + i];
            if (c >= 'A' && c <= 'Z')
                v |= 1u << i;
        }
        out[group] = table[v];
    }
}

struct str sfid18(struct arena *a, struct str id)
{
    char check[3];
    if (id.n != 15 && id.n != 18)
        return STR_NONE;
    for (size_t i = 0; i < id.n; i++)
        if (!isalnum((unsigned char)id.p[i]))
            return STR_NONE;
    checks(id.p, check);
    if (id.n == 18)
        return memcmp(check, id.p + 15, 3) == 0 ? id : STR_NONE;
    char *out = arena_bytes(a, 18);
    memcpy(out, id.p, 15);
    memcpy(out + 15, check, 3);
    return (struct str){out, 18};
}

bool sfid_has_prefix(struct str id, struct str key_prefix)
{
    return str_starts(id, key_prefix);
}
