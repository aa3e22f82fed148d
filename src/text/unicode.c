#include "text/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "text/hash.h"

static bool ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

bool text_valid(struct str s)
{
    utf8proc_int32_t c;
    for (size_t i = 0; i < s.n;) {
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &c);
        if (n <= 0)
            return false;
        i += (size_t)n;
    }
    return true;
}

/* Every broken byte becomes U+FFFD. */
static struct str repaired(struct arena *a, struct str s)
{
    utf8proc_int32_t c;
    char *out = arena_bytes(a, 3 * s.n);
    size_t at = 0;
    for (size_t i = 0; i < s.n;) {
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &c);
        if (n > 0) {
            memcpy(out + at, s.p + i, (size_t)n);
            at += (size_t)n;
            i += (size_t)n;
        } else {
            memcpy(out + at, "\xef\xbf\xbd", 3);
            at += 3;
            i++;
        }
    }
    return (struct str){out, at};
}

static struct str mapped(struct arena *a, struct str s, utf8proc_option_t options)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &out, options);
    struct str result = s;
    if (n >= 0)
        result = str_dup(a, (struct str){(const char *)out, (size_t)n});
    free(out);
    return result;
}

struct str text_nfc(struct arena *a, struct str s)
{
    if (ascii(s))
        return s;
    if (!text_valid(s))
        s = repaired(a, s);
    return mapped(a, s, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

struct str text_normal(struct arena *a, struct str s)
{
    s = text_nfc(a, str_trim(s));
    if (str_find_char(s, '\r') < 0)
        return s;
    char *out = arena_bytes(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\r')
            out[n++] = s.p[i];
        else if (i + 1 == s.n || s.p[i + 1] != '\n')
            out[n++] = '\n';
    }
    return (struct str){out, n};
}

struct str text_address(struct arena *a, struct str s)
{
    utf8proc_uint8_t *folded = NULL;
    s = str_trim(s);
    if (ascii(s))
        return s.n ? str_lower(a, s) : STR_NONE;
    s = repaired(a, s);
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &folded,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    if (n <= 0)
        return str_lower(a, s);
    s = str_dup(a, (struct str){(const char *)folded, (size_t)n});
    free(folded);
    return s;
}

size_t text_chars(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

struct str text_cut_chars(struct str s, size_t n)
{
    size_t i = 0;
    for (; i < s.n; i++) {
        bool starts = ((unsigned char)s.p[i] & 0xc0) != 0x80;
        if (starts && n-- == 0)
            break;
    }
    return (struct str){s.p, i};
}

struct str text_fold(struct arena *a, struct str s)
{
    if (ascii(s))
        return str_lower(a, s);
    if (!text_valid(s))
        s = repaired(a, s);
    return mapped(a, s, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

/* Words that say what a company is in law, not who it is; folded, sorted. */
static const char *const legal_forms[] = {
    "ab",   "ag",      "aps",          "as",          "asa",  "bhd",  "bv",   "bvba",
    "co",   "company", "corp",         "corporation", "cv",   "doo",  "eurl", "gbr",
    "gmbh", "inc",     "incorporated", "kft",         "kg",   "kgaa", "kk",   "limited",
    "llc",  "llp",     "lp",           "ltd",         "ltda", "nv",   "ohg",  "oy",
    "oyj",  "plc",     "pte",          "pty",         "sa",   "sarl", "sas",  "sdn",
    "se",   "spa",     "srl",          "sro",         "ug",   "vof",
};

/* The same where words are not parted by blanks: kabushiki, yugen and godo gaisha, youxian gongsi
 * (of shares, and plain). */
static const char *const legal_signs[] = {
    "\xe6\xa0\xaa\xe5\xbc\x8f\xe4\xbc\x9a\xe7\xa4\xbe",
    "\xe6\x9c\x89\xe9\x99\x90\xe4\xbc\x9a\xe7\xa4\xbe",
    "\xe5\x90\x88\xe5\x90\x8c\xe4\xbc\x9a\xe7\xa4\xbe",
    "\xe8\x82\xa1\xe4\xbb\xbd\xe6\x9c\x89\xe9\x99\x90\xe5\x85\xac\xe5\x8f\xb8",
    "\xe6\x9c\x89\xe9\x99\x90\xe5\x85\xac\xe5\x8f\xb8",
    "(\xe6\xa0\xaa)",
};

static int cmp_word(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, str_from(*(const char *const *)b));
}

static bool legal_form(struct str word)
{
    return bsearch(&word, legal_forms, LEN(legal_forms), sizeof(*legal_forms), cmp_word) != NULL;
}

/* How many bytes of a legal sign `s` begins with. */
static size_t legal_sign(struct str s)
{
    for (size_t i = 0; i < LEN(legal_signs); i++)
        if (str_starts(s, str_from(legal_signs[i])))
            return strlen(legal_signs[i]);
    return 0;
}

/* NFKC, case folded, without marks. Most names are plain ASCII. */
static struct str name_mapped(struct arena *a, struct str s)
{
    if (ascii(s))
        return str_lower(a, s);
    if (!text_valid(s))
        s = repaired(a, s);
    return mapped(a, s,
                  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                      UTF8PROC_STRIPMARK);
}

struct str name_fold(struct arena *a, struct str s)
{
    s = name_mapped(a, s);
    char *plain = arena_bytes(a, s.n + 1), *out = arena_bytes(a, s.n + 1);
    size_t n = 0, at = 0, sign;
    for (size_t i = 0; i < s.n; i++) { /* "s.a." is "sa"; other punctuation parts words */
        unsigned char c = (unsigned char)s.p[i];
        bool word = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if ((c >= 0x80 || c == '(') && (sign = legal_sign(str_slice(s, i, s.n)))) {
            plain[n++] = ' ';
            i += sign - 1;
        } else if (c != '.' && c != '\'') {
            plain[n++] = word ? (char)c : ' ';
        }
    }
    struct str rest = {plain, n}, word;
    while (str_cut(&rest, ' ', &word)) {
        if (word.n == 0 || legal_form(word))
            continue;
        if (at)
            out[at++] = ' ';
        memcpy(out + at, word.p, word.n);
        at += word.n;
    }
    return (struct str){out, at};
}

struct str text_letters(struct arena *a, struct str s)
{
    s = name_mapped(a, s);
    char *out = arena_bytes(a, s.n + 1);
    size_t n = 0, at = 0;
    while (at < s.n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t bytes =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + at, (utf8proc_ssize_t)(s.n - at), &c);
        utf8proc_category_t kind = bytes > 0 ? utf8proc_category(c) : UTF8PROC_CATEGORY_CN;
        size_t step = bytes > 0 ? (size_t)bytes : 1;
        bool letter = kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
        bool digit = kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
        if (letter || digit) {
            memcpy(out + n, s.p + at, step);
            n += step;
        }
        at += step;
    }
    return (struct str){out, n};
}

uint64_t name_key(struct arena *a, struct str s)
{
    struct str folded = name_fold(a, s);
    return text_chars(folded) < 2 ? 0 : hash64(folded);
}
