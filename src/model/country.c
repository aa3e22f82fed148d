#include "model/country.h"

#include <string.h>

#include "model/country_table.h" /* lines[], sorted: "name=CODE" */
#include "text/unicode.h"

/* Where the line that holds this byte begins. */
static size_t line_start(size_t at)
{
    while (at > 0 && lines[at - 1] != '\n')
        at--;
    return at;
}

/* What stands behind the line that begins with `key`; none = there is no such line. */
static struct str look(struct str key)
{
    size_t lo = 0, hi = sizeof(lines) - 1;
    while (lo < hi) {
        size_t at = line_start(lo + (hi - lo) / 2);
        size_t end = (size_t)((const char *)memchr(lines + at, '\n', hi - at) - lines);
        int c = str_cmp(str_slice((struct str){lines + at, end - at}, 0, key.n), key);
        if (c == 0)
            return (struct str){lines + at + key.n, end - at - key.n};
        if (c < 0)
            lo = end + 1;
        else
            hi = at;
    }
    return STR_NONE;
}

struct str country_of(struct arena *a, struct str text)
{
    struct str name = text_letters(a, text);
    return name.n ? look(str_fmt(a, "%.*s=", STR_ARG(name))) : STR_NONE;
}

struct str state_of(struct arena *a, struct str country, struct str text)
{
    struct str name = text_letters(a, text), own = text_letters(a, country);
    if (!name.n || !country.n)
        return STR_NONE;
    struct str code = look(str_fmt(a, "%.*s:%.*s=", STR_ARG(country), STR_ARG(name)));
    if (!code.n && str_starts(name, own)) /* "US-CA" */
        code = look(
            str_fmt(a, "%.*s:%.*s=", STR_ARG(country), STR_ARG(str_slice(name, own.n, name.n))));
    return code;
}
