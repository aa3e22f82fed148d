/* decimal: numbers as text, exactly (SF 3 «1.0E7», H10.3). */
#pragma once

#include "base/arena.h"
#include "base/str.h"

#define DECIMAL_DIGITS_MAX 60

/* Canonical form: optional '-', no leading zeros, no exponent, no trailing fraction zeros, no
 * "-0"; rounded half away from zero to `scale` digits after the point (scale < 0 = as it is).
 * None when the text is no number or has more than DECIMAL_DIGITS_MAX digits. */
struct str decimal_canonical(struct arena *a, struct str s, int scale);
/* v * times / by, exactly, then rounded half away from zero to `scale` digits after the point; none
 * when one of them is no number, has too many digits, or `by` is zero. */
struct str decimal_ratio(struct arena *a, struct str v, struct str times, struct str by, int scale);
/* -1, 0, 1: two canonical forms, as numbers. */
int decimal_cmp(struct str a, struct str b);
