#include "store/sqlite/sqlite_p.h"

bool evidence_of(struct store *store, struct arena *a, enum side side, const struct str *ids,
                 size_t n, struct evidence *out, struct err *e)
{
    (void)store, (void)a, (void)side, (void)ids, (void)e;
    for (size_t i = 0; i < n; i++)
        out[i] = (struct evidence){.listed = true}; /* no contacts are read yet */
    return true;
}
