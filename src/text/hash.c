#include "text/hash.h"

#include <sodium.h>
#include <xxhash.h>

uint64_t hash64(struct str s)
{
    return XXH3_64bits(s.n ? s.p : "", s.n);
}

uint64_t hash64_seeded(struct str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.n ? s.p : "", s.n, seed);
}

struct str hash_keyed(struct arena *a, const unsigned char key[HASH_KEY_BYTES], struct str s)
{
    char *out = arena_bytes(a, HASH_KEYED_BYTES);
    crypto_generichash((unsigned char *)out, HASH_KEYED_BYTES,
                       (const unsigned char *)(s.n ? s.p : ""), s.n, key, HASH_KEY_BYTES);
    return (struct str){out, HASH_KEYED_BYTES};
}
