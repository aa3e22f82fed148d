/* domain: what a web address says about who a company is (S7.1, S7.2).
 *
 * Over libidn2 (punycode, lower case) and libpsl (Public Suffix List). The list and the free-mail
 * and shared-host tables are loaded once and shared; reading them is thread-safe. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct domains;

struct domain {
    struct str host;        /* ASCII, lower case, without www., port, path; none = not a domain */
    struct str registrable; /* eTLD+1 of the host; none where the host is itself a suffix */
    bool free_mail;         /* gmail.com, web.de, ... : no key (S7.2) */
    bool shared_host;       /* facebook.com/..., sites.google.com, wixsite.com ...: no key */
};

MUST_CHECK bool domains_open(struct domains **out, const char *psl_path_or_null, struct err *e);
void domains_close(struct domains *d);
/* From anything a person types as a website or a domain: scheme, user, port, path, trailing dot,
 * blanks, upper case, Unicode. Never fails: what is no domain has host none. */
struct domain domain_of(struct domains *d, struct arena *a, struct str website);
