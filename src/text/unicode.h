/* unicode: over utf8proc. Bad UTF-8 is replaced by U+FFFD, never passed on. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct str text_nfc(struct arena *a, struct str s); /* returns s itself when it is plain ASCII */
/* S5.1: NFC, CR LF and CR as LF, white space trimmed at both ends (no-break space kept). */
struct str text_normal(struct arena *a, struct str s);
/* An email address as addresses are compared: trimmed, case folded; none when there is none. */
struct str text_address(struct arena *a, struct str s);
/* For comparing texts without regard to case: NFC, case folded. */
struct str text_fold(struct arena *a, struct str s);
/* For comparing names: NFKC, case folded, marks stripped, legal forms (Inc, GmbH, S.A., ...) and
 * punctuation dropped, blanks collapsed. */
struct str name_fold(struct arena *a, struct str s);
/* Its letters and digits, folded in the same way: "Côte d'Ivoire" and "COTE DIVOIRE" are one. */
struct str text_letters(struct arena *a, struct str s);
/* A hash of name_fold, for finding near names (S7.4); 0 where less than two letters are left. */
uint64_t name_key(struct arena *a, struct str s);
size_t text_chars(struct str s);                   /* code points */
struct str text_cut_chars(struct str s, size_t n); /* at most n code points */
bool text_valid(struct str s);
