/* calls: what is made of a run: all of it, one call, one header. */
#include "net/http.h"

struct str http_header_get(const struct http_response *res, const char *name)
{
    for (size_t i = 0; i < res->headers; i++)
        if (str_eq_nocase(res->header[i].name, str_from(name)))
            return res->header[i].value;
    return STR_NONE;
}

bool http_all(struct http *h, struct arena *a, struct http_exchange *x, size_t n, struct err *e)
{
    struct http_run *r = http_begin(h, a);
    for (size_t i = 0; i < n; i++)
        http_add(r, &x[i]);
    while (http_next(r))
        ;
    return http_end(r, e);
}

bool http_one(struct http *h, struct arena *a, struct http_exchange *x, struct err *e)
{
    if (!http_all(h, a, x, 1, e))
        return false;
    if (x->answered)
        return true;
    *e = x->err;
    return false;
}
