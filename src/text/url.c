#include "text/url.h"

#include <string.h>

void url_encode(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '~';
        if (plain) {
            buf_char(b, (char)c);
        } else {
            char e[3] = {'%', hex[c >> 4], hex[c & 15]};
            buf_add(b, e, 3);
        }
    }
}

struct str url_encoded(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, 3 * s.n + 1);
    url_encode(&b, s);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct str url_decoded(struct arena *a, struct str s, bool plus_is_blank)
{
    char *out = arena_bytes(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int hi = s.p[i] == '%' && i + 2 < s.n ? hex_of(s.p[i + 1]) : -1;
        int lo = hi >= 0 ? hex_of(s.p[i + 2]) : -1;
        if (lo >= 0) {
            out[n++] = (char)(hi * 16 + lo);
            i += 2;
        } else {
            out[n++] = plus_is_blank && s.p[i] == '+' ? ' ' : s.p[i];
        }
    }
    return (struct str){out, n};
}

struct str url_query_get(struct arena *a, struct str query, struct str name)
{
    struct str pair;
    while (str_cut(&query, '&', &pair)) {
        struct str value = pair, key;
        str_cut(&value, '=', &key);
        if (str_eq(url_decoded(a, key, true), name))
            return value.p ? url_decoded(a, value, true) : S("");
    }
    return STR_NONE;
}

static bool loopback(struct str host)
{
    return str_eq(host, S("localhost")) || str_eq(host, S("[::1]")) ||
           (str_starts(host, S("127.")) && host.n <= 15);
}

bool url_endpoint(struct arena *a, struct str text, struct str *out, struct err *e)
{
    struct str s = str_trim(text);
    bool tls = str_starts(s, S("https://"));
    const char *why = NULL;
    if (!tls && !str_starts(s, S("http://")))
        why = "it must begin with https://";
    struct str rest = str_slice(s, tls ? 8 : 7, s.n);
    ptrdiff_t slash = str_find_char(rest, '/');
    struct str authority = slash < 0 ? rest : str_slice(rest, 0, (size_t)slash);
    struct str host = authority;
    ptrdiff_t colon =
        host.n && host.p[0] == '[' ? str_find(host, S("]:")) : str_find_char(host, ':');
    if (colon >= 0)
        host = str_slice(host, 0, (size_t)colon + (host.p[0] == '['));
    for (size_t i = 0; i < s.n && !why; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == '@' || s.p[i] == '?' || s.p[i] == '#' ||
            s.p[i] == '\\')
            why = "it must have no user, query, fragment or blank";
    if (!why && host.n == 0)
        why = "it names no host";
    if (!why && !tls && !loopback(host))
        why = "http:// is for loopback only; use https://";
    if (why) {
        err_set(e, ERR_CONFIG, "bad_endpoint", "\"%.*s\" cannot be an endpoint: %s",
                STR_ARG(str_slice(s, 0, 100)), why);
        return err_subject(e, str_slice(s, 0, 100));
    }
    while (s.n && s.p[s.n - 1] == '/')
        s.n--;
    *out = str_dup(a, s);
    return true;
}
