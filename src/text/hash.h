/* hash: xxh3, for finding change and for keys in the store; never proves origin. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

uint64_t hash64(struct str s);
uint64_t hash64_seeded(struct str s, uint64_t seed);

/* BLAKE2b with a key, for what must be recognised but not kept (S17.5): without the key nobody can
 * try out what a hash is of. */
#define HASH_KEY_BYTES   32
#define HASH_KEYED_BYTES 16
struct str hash_keyed(struct arena *a, const unsigned char key[HASH_KEY_BYTES], struct str s);
