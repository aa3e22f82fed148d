/* field_check: what an administrator's rule of a property asks of its values (H9.12).
 *
 * A value is refused here only where it certainly breaks the rule: what a rule means in doubt
 * (which characters are special, what counts as a URL, what the portal's time zone makes of a
 * moment) is left to the service, as are rules that count from today, and those that change a value
 * before they judge it. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum check_kind {
    CHECK_DECIMALS,  /* at most so many */
    CHECK_FIRST_DAY, /* argument: ms, of a zone that is not told; the day itself is allowed */
    CHECK_LAST_DAY,
    CHECK_FIRST_MOMENT, /* the same of moments */
    CHECK_LAST_MOMENT,
    CHECK_WEEKDAYS,   /* MONDAY, ...; of a date: it has no time zone */
    CHECK_NO_LETTERS, /* the ASCII ones */
    CHECK_NO_DIGITS,
    CHECK_UPPER, /* no small ASCII letters */
    CHECK_LOWER,
    CHECK_NO_BLANKS,
    CHECK_EMAIL,
    CHECK_EMAIL_AMONG, /* of one of these domains, or of a part of one */
    CHECK_EMAIL_NOT,   /* of none of these */
    CHECK_URL,
    CHECK_URL_AMONG,
    CHECK_URL_NOT,
    CHECK_DOMAIN,
    CHECK_PATTERN, /* text/pattern.h; the second argument is what to tell people */
};

struct field_check {
    enum check_kind kind;
    struct str name; /* the service's word for the rule, for messages */
    struct str *argument;
    size_t arguments;
    const struct pattern *pattern; /* of CHECK_PATTERN; NULL = left to the service */
};

/* Does this value, in the field's canonical form, certainly break the rule? */
bool field_check_broken(const struct field_check *c, struct str value);
