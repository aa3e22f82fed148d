#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "text/hash.h"

#define KEY_HEX (2 * crypto_secretbox_KEYBYTES)

bool secret_key_make(const char *path, struct err *e)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    char hex[KEY_HEX + 1];
    if (sodium_init() < 0)
        return err_set(e, ERR_INTERNAL, "sodium", "libsodium does not start");
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(e, ERR_CONFIG, "key_exists", "cannot make the key file %s: %s", path,
                strerror(errno));
        return err_subject(e, str_from(path));
    }
    crypto_secretbox_keygen(key);
    sodium_bin2hex(hex, sizeof(hex), key, sizeof(key));
    hex[KEY_HEX] = '\n';
    bool ok = write(fd, hex, KEY_HEX + 1) == (ssize_t)KEY_HEX + 1;
    sodium_memzero(key, sizeof(key));
    sodium_memzero(hex, sizeof(hex));
    return (close(fd) == 0 && ok) || err_set(e, ERR_INTERNAL, "disk_full", "cannot write %s", path);
}

static bool load_key(struct app *app, unsigned char key[crypto_secretbox_KEYBYTES], struct err *e)
{
    const char *env = getenv("TANDEM_KEY"), *path = app_path(app, app->config.key_file);
    struct str text;
    struct stat st;
    size_t n = 0;
    if (sodium_init() < 0)
        return err_set(e, ERR_INTERNAL, "sodium", "libsodium does not start");
    if (env && *env) {
        text = str_from(env);
    } else {
        if (!file_read(&app->a, path, 4096, &text, e)) {
            err_hint(e, "restore the key file, or give its text in TANDEM_KEY");
            return err_wrap(e, "the key that seals secrets");
        }
        if (stat(path, &st) == 0 && st.st_mode & 077) {
            err_set(e, ERR_REFUSED, "key_readable", "others may read the key file %s", path);
            return err_hint(e, "chmod 600 %.200s", path);
        }
    }
    text = str_trim(text);
    if (text.n == KEY_HEX &&
        sodium_hex2bin(key, crypto_secretbox_KEYBYTES, text.p, text.n, NULL, &n, NULL) == 0 &&
        n == crypto_secretbox_KEYBYTES)
        return true;
    return err_set(e, ERR_CONFIG, "bad_key", "the sealing key is not %zu hexadecimal digits",
                   (size_t)KEY_HEX);
}

bool secret_seal(struct app *app, struct str clear, struct str *sealed, struct err *e)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    size_t n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + clear.n;
    if (!load_key(app, key, e))
        return false;
    unsigned char *box = (unsigned char *)arena_bytes(&app->a, n);
    char *hex = arena_bytes(&app->a, 2 * n + 1);
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)clear.p,
                          clear.n, box, key);
    sodium_bin2hex(hex, 2 * n + 1, box, n);
    sodium_memzero(key, sizeof(key));
    *sealed = (struct str){hex, 2 * n};
    return true;
}

bool secret_open(struct app *app, struct str sealed, struct str *clear, struct err *e)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    size_t n = 0, head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (!load_key(app, key, e))
        return false;
    unsigned char *box = (unsigned char *)arena_bytes(&app->a, sealed.n / 2 + 1);
    unsigned char *out = (unsigned char *)arena_bytes(&app->a, sealed.n / 2 + 1);
    bool ok = sodium_hex2bin(box, sealed.n / 2 + 1, sealed.p, sealed.n, NULL, &n, NULL) == 0 &&
              n >= head &&
              crypto_secretbox_open_easy(out, box + crypto_secretbox_NONCEBYTES,
                                         n - crypto_secretbox_NONCEBYTES, box, key) == 0;
    sodium_memzero(key, sizeof(key));
    if (!ok) {
        err_set(e, ERR_CONFIG, "wrong_key",
                "the stored credentials cannot be opened with this key");
        return err_hint(e, "use the key of `tandem init`, or connect again");
    }
    *clear = (struct str){(char *)out, n - head};
    return true;
}

bool secret_people_key(struct app *app, unsigned char *out, struct err *e)
{
    static const char what[] = "tandem: addresses of people"; /* a key of its own (S17.5) */
    unsigned char key[crypto_secretbox_KEYBYTES];
    if (!load_key(app, key, e))
        return false;
    crypto_generichash(out, HASH_KEY_BYTES, (const unsigned char *)what, sizeof(what) - 1, key,
                       sizeof(key));
    sodium_memzero(key, sizeof(key));
    return true;
}
