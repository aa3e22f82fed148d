#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "net/oauth.h"

static struct str base64url(struct arena *a, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *out = arena_bytes(a, n / 3 * 4 + 4);
    size_t at = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned v = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? bytes[i + 2] : 0);
        out[at++] = digits[v >> 18];
        out[at++] = digits[v >> 12 & 63];
        if (left > 1)
            out[at++] = digits[v >> 6 & 63];
        if (left > 2)
            out[at++] = digits[v & 63];
    }
    return (struct str){out, at};
}

static struct str quoted(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, 64 * KIB);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_fmt(&b, "\\%c", s.p[i]);
        else if ((unsigned char)s.p[i] >= 0x20)
            buf_char(&b, s.p[i]);
    struct str out = str_dup(a, buf_view(&b));
    buf_release(&b);
    return out;
}

/* Without one OpenSSL would ask at the terminal. */
static int no_passphrase(char *to, int size, int writing, void *who)
{
    (void)to, (void)size, (void)writing, (void)who;
    return -1;
}

bool jwt_bearer(struct arena *a, struct str key_pem, struct str issuer, struct str subject,
                struct str audience, int64_t expires_s, struct str *out, struct err *e)
{
    struct str claims =
        str_fmt(a, "{\"iss\":\"%.*s\",\"sub\":\"%.*s\",\"aud\":\"%.*s\",\"exp\":%lld}",
                STR_ARG(quoted(a, issuer)), STR_ARG(quoted(a, subject)),
                STR_ARG(quoted(a, audience)), (long long)expires_s);
    struct str head = base64url(a, (const unsigned char *)"{\"alg\":\"RS256\"}", 15);
    struct str body = base64url(a, (const unsigned char *)claims.p, claims.n);
    struct str text = str_fmt(a, "%.*s.%.*s", STR_ARG(head), STR_ARG(body));
    BIO *bio = BIO_new_mem_buf(key_pem.p, (int)key_pem.n);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char signature[1024];
    size_t n = sizeof(signature);
    bool ok = key && EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_size(key) <= 1024 &&
              EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(ctx, signature, &n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    if (!ok) {
        ERR_clear_error();
        err_set(e, ERR_CONFIG, "bad_key",
                "the private key cannot be used: not an RSA key in PEM without a passphrase");
        return err_hint(e, "give the .pem whose certificate is stored at the app");
    }
    *out = str_fmt(a, "%.*s.%.*s", STR_ARG(text), STR_ARG(base64url(a, signature, n)));
    return true;
}
