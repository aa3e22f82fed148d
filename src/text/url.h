/* url: percent-encoding and the endpoints an operator may configure. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Encodes all but A-Z a-z 0-9 - _ ~ (a dot too: SF 8.1); a blank becomes %20, never +. */
void url_encode(struct buf *b, struct str s);
struct str url_encoded(struct arena *a, struct str s);
struct str url_decoded(struct arena *a, struct str s, bool plus_is_blank);
/* The value of `name` in a query string ("a=1&b=2"), decoded; none = absent. */
struct str url_query_get(struct arena *a, struct str query, struct str name);

/* An endpoint for API calls: https, or http on loopback only (design, ways in); no user, query or
 * fragment. Gives it back without trailing slash (SF T16). */
MUST_CHECK bool url_endpoint(struct arena *a, struct str text, struct str *out, struct err *e);
