#include "text/domain.h"

#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

struct domains {
    psl_ctx_t *psl;
    bool own; /* the context is ours to free */
};

/* Sorted. Mailbox providers: their domain says nothing about the company (S7.2). */
static const char *const free_mail[] = {
    "126.com",        "163.com",       "aol.com",        "bigpond.com", "bluewin.ch",
    "btinternet.com", "free.fr",       "freenet.de",     "gmail.com",   "gmx.at",
    "gmx.ch",         "gmx.com",       "gmx.de",         "gmx.net",     "googlemail.com",
    "hey.com",        "hotmail.co.uk", "hotmail.com",    "hotmail.de",  "hotmail.es",
    "hotmail.fr",     "hotmail.it",    "icloud.com",     "kpnmail.nl",  "laposte.net",
    "libero.it",      "live.com",      "live.nl",        "mac.com",     "mail.com",
    "mail.ru",        "me.com",        "msn.com",        "naver.com",   "orange.fr",
    "outlook.com",    "outlook.de",    "outlook.fr",     "planet.nl",   "pm.me",
    "posteo.de",      "proton.me",     "protonmail.com", "qq.com",      "rediffmail.com",
    "sina.com",       "t-online.de",   "telenet.be",     "tiscali.it",  "tutanota.com",
    "uol.com.br",     "virgilio.it",   "wanadoo.fr",     "web.de",      "xs4all.nl",
    "yahoo.co.jp",    "yahoo.co.uk",   "yahoo.com",      "yahoo.de",    "yahoo.es",
    "yahoo.fr",       "yahoo.it",      "yandex.ru",      "ymail.com",   "ziggo.nl",
    "zohomail.com",
};

/* Sorted. Places where many companies have a page; a page there is no domain of theirs. */
static const char *const shared_host[] = {
    "about.me",        "amazonaws.com",  "bit.ly",        "blogspot.com",  "business.site",
    "carrd.co",        "facebook.com",   "fb.com",        "github.io",     "godaddysites.com",
    "instagram.com",   "jimdo.com",      "jimdofree.com", "jimdosite.com", "linkedin.com",
    "linktr.ee",       "medium.com",     "myshopify.com", "pinterest.com", "sites.google.com",
    "squarespace.com", "strikingly.com", "tiktok.com",    "tumblr.com",    "twitter.com",
    "weebly.com",      "wixsite.com",    "wordpress.com", "x.com",         "youtube.com",
};

static int by_name(const void *a, const void *b)
{
    const struct str *key = a;
    return str_cmp(*key, str_from(*(const char *const *)b));
}

static bool listed(const char *const *table, size_t n, struct str name)
{
    return bsearch(&name, table, n, sizeof(*table), by_name) != NULL;
}

bool domains_open(struct domains **out, const char *psl_path, struct err *e)
{
    struct domains *d = calloc(1, sizeof(*d));
    if (!d)
        abort();
    d->psl = psl_path ? psl_load_file(psl_path) : psl_latest(NULL);
    d->own = true;
    if (!d->psl && !psl_path) {
        d->psl = (psl_ctx_t *)(uintptr_t)psl_builtin();
        d->own = false;
    }
    if (!d->psl) {
        err_set(e, ERR_CONFIG, "public_suffix_list", "the public suffix list %s cannot be read",
                psl_path ? psl_path : "");
        free(d);
        return err_hint(e, "install the package publicsuffix, or name the file in tandem.yaml");
    }
    *out = d;
    return true;
}

void domains_close(struct domains *d)
{
    if (!d)
        return;
    if (d->own)
        psl_free(d->psl);
    free(d);
}

/* The host in what a person typed; none where there is none. */
static struct str host_in(struct str s)
{
    ptrdiff_t at;
    s = str_trim(s);
    at = str_find(s, S("://"));
    if (at >= 0 && at <= 12)
        s = str_slice(s, (size_t)at + 3, s.n);
    else if (str_starts(s, S("//")))
        s = str_slice(s, 2, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (strchr("/?#\\ \t\r\n", s.p[i]) && s.p[i]) {
            s.n = i;
            break;
        }
    at = str_find_char(s, '@');
    if (at >= 0)
        s = str_slice(s, (size_t)at + 1, s.n);
    at = str_find_char(s, ':');
    if (at >= 0)
        s.n = (size_t)at;
    while (s.n && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

/* Letters, digits, hyphens, at least one dot, no label empty or over 63; not an IP address. */
static bool plausible(struct str host)
{
    struct str rest = host, label = STR_NONE;
    size_t labels = 0;
    if (host.n < 4 || host.n > 253)
        return false;
    while (str_cut(&rest, '.', &label)) {
        labels++;
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++) {
            char c = label.p[i];
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
                return false;
        }
    }
    bool digits = true;
    for (size_t i = 0; i < label.n; i++)
        digits = digits && label.p[i] >= '0' && label.p[i] <= '9';
    return labels >= 2 && !digits;
}

static struct str to_ascii(struct arena *a, struct str host)
{
    bool plain = true;
    for (size_t i = 0; i < host.n; i++)
        plain = plain && (unsigned char)host.p[i] < 0x80 && host.p[i] != '\0';
    if (plain)
        return str_lower(a, host);
    char *in = str_cstr(a, host), *out = NULL;
    if (idn2_to_ascii_8z(in, &out, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK) {
        free(out);
        return STR_NONE;
    }
    struct str ascii = str_lower(a, str_from(out));
    idn2_free(out);
    return ascii;
}

struct domain domain_of(struct domains *d, struct arena *a, struct str website)
{
    struct domain out = {0};
    struct str host = host_in(website);
    if (host.n == 0 || host.n > 1000)
        return out;
    host = to_ascii(a, host);
    if (str_starts(host, S("www.")) && host.n > 7)
        host = str_slice(host, 4, host.n);
    if (!plausible(host))
        return out;
    const char *c = str_cstr(a, host);
    const char *registrable = psl_registrable_domain(d->psl, c);
    out.host = (struct str){c, host.n};
    out.registrable = registrable ? str_from(registrable) : STR_NONE;
    out.free_mail = listed(free_mail, LEN(free_mail), host) ||
                    listed(free_mail, LEN(free_mail), out.registrable);
    out.shared_host = listed(shared_host, LEN(shared_host), host) ||
                      listed(shared_host, LEN(shared_host), out.registrable);
    if (!out.registrable.p)
        out.shared_host = true; /* a public suffix itself belongs to nobody (S7.2) */
    return out;
}
