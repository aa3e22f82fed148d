/* iso8601: the services' date and time spellings (SF 3, H2.7, H10.2), strictly checked. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* "2026-11-23T16:24:09[.123](Z|+0000|+00:00)", a bare date (midnight UTC), or ms as digits
 * (11 digits or more); years 0 to 9999. */
MUST_CHECK bool iso_parse_ms(struct str s, int64_t *ms);
struct str iso_ms(struct arena *a, int64_t ms);      /* 2026-11-23T16:24:09.123Z */
struct str iso_seconds(struct arena *a, int64_t ms); /* 2026-11-23T16:24:09Z */
struct str iso_date(struct arena *a, int64_t ms);    /* 2026-11-23 */
/* "Mon, 23 Nov 2026 16:24:09 GMT" of a Date or Last-Modified header; 0 = not one. */
int64_t http_date_ms(struct str s);
struct str http_date(struct arena *a, int64_t ms);
