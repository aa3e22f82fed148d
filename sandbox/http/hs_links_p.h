/* Shared by the files that answer about associations. */
#pragma once

#include "sandbox/http/hs_p.h"

struct hs_ends {
    struct hs_object *from, *to;
    enum hs_type f, t;
};

/* NULL objects and missing rights are answered. */
bool hs_ends_of(struct hs_call *c, struct hs_object *from, struct hs_object *to, bool write,
                struct hs_ends *x);
/* Numbers of two live records; false = one is none. */
bool hs_live_pair(struct hs_call *c, const struct hs_ends *x, struct str a, struct str b,
                  uint64_t out[2]);
/* The elements of a page, the closing bracket, and its paging; false = there were none. */
bool hs_put_page(struct hs_call *c, const struct hs_ends *x, uint64_t number, struct str after,
                 size_t limit);
void hs_put_pair(struct hs_call *c, const struct hs_ends *x, const uint64_t ends[2]);
void hs_put_default(struct hs_call *c, const struct hs_ends *x, const uint64_t ends[2]);
