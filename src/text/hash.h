/* hash: xxh3. For finding change and for keys in the store; never proves origin. */
#pragma once

#include "base/str.h"

uint64_t hash64(struct str s);
uint64_t hash64_seeded(struct str s, uint64_t seed);
