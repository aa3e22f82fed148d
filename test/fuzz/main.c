/* The driver of the fuzz targets (fuzz.h). Speaks TAP; an input that breaks a target is printed as
 * hex before the program dies of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/rng.h"
#include "test/fuzz/fuzz.h"

#define INPUT_BYTES_MAX (64 * KIB)

static const struct fuzz_target *const groups[] = {fuzz_text, fuzz_model, fuzz_answers};

static struct {
    const struct fuzz_target *target;
    struct str input;
} now;

void fuzz_must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

static void run(const struct fuzz_target *t, struct str input)
{
    struct arena a;
    arena_init(&a, 256 * MIB);
    /* Its own block, of just its size: a byte read behind it shows. */
    char *bytes = malloc(MAX(input.n, 1));
    if (!bytes)
        abort();
    memcpy(bytes, input.p, input.n);
    now.target = t;
    now.input = input;
    t->one(&a, (struct str){bytes, input.n});
    now.target = NULL;
    free(bytes);
    arena_release(&a);
}

static const struct fuzz_target *target_of(const char *name)
{
    for (size_t g = 0; g < LEN(groups); g++)
        for (const struct fuzz_target *t = groups[g]; t->name; t++)
            if (strcmp(t->name, name) == 0)
                return t;
    fprintf(stderr, "fuzz: there is no target %s\n", name);
    return NULL;
}

#ifdef LIBFUZZER /* TANDEM_FUZZ names the target */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct fuzz_target *target;
    const char *name = getenv("TANDEM_FUZZ");
    target = target || !name ? target : target_of(name);
    fuzz_must(target != NULL, "TANDEM_FUZZ names no target");
    run(target, (struct str){n ? (const char *)bytes : "", n});
    return 0;
}

#else

/* ---- changing ------------------------------------------------------------------------------- */

static const char *const words[] = {"null",
                                    "true",
                                    "{}",
                                    "[]",
                                    "\"\"",
                                    "\\u0000",
                                    "\\ud83d",
                                    "-1",
                                    "1e9",
                                    "0",
                                    "\n",
                                    "\r\n",
                                    ";",
                                    "'",
                                    "\x1e",
                                    "\x1e"
                                    "404 ",
                                    "\xff",
                                    "\xc3",
                                    "\x1e"
                                    "500 ",
                                    "\x1e"
                                    "207 {\"results\":[]}",
                                    "9223372036854775808"};

static struct buffer {
    char bytes[INPUT_BYTES_MAX];
    size_t n;
} made;

static void put_at(size_t at, const char *p, size_t n)
{
    if (n > sizeof(made.bytes) - made.n)
        return;
    memmove(made.bytes + at + n, made.bytes + at, made.n - at);
    memcpy(made.bytes + at, p, n);
    made.n += n;
}

static void cut_at(size_t at, size_t n)
{
    n = MIN(n, made.n - at);
    memmove(made.bytes + at, made.bytes + at + n, made.n - at - n);
    made.n -= n;
}

static void change(struct rng *r, const struct fuzz_target *t)
{
    size_t at = rng_below(r, made.n + 1);
    switch (rng_below(r, 6)) {
    case 0: /* another byte */
        if (at < made.n)
            made.bytes[at] = (char)rng_next(r);
        break;
    case 1: /* a bit */
        if (at < made.n)
            made.bytes[at] = (char)(made.bytes[at] ^ (1 << rng_below(r, 8)));
        break;
    case 2:
        cut_at(at, 1 + rng_below(r, 1 + made.n / 4));
        break;
    case 3: { /* a piece of it once more */
        char piece[256];
        size_t n = MIN(1 + rng_below(r, sizeof(piece)), made.n - at);
        memcpy(piece, made.bytes + at, n);
        put_at(rng_below(r, made.n + 1), piece, n);
        break;
    }
    case 4: {
        const char *word = words[rng_below(r, LEN(words))];
        put_at(at, word, strlen(word));
        break;
    }
    default: { /* the end of another seed */
        struct str other = t->seed[rng_below(r, t->seeds)];
        size_t from = rng_below(r, other.n + 1);
        made.n = at;
        put_at(at, other.p + from, other.n - from);
    }
    }
}

/* ---- running -------------------------------------------------------------------------------- */

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void tell_input(void)
{
    static const char digit[] = "0123456789abcdef";
    if (!now.target)
        return;
    say("\nfuzz: broken by this input of ");
    say(now.target->name);
    say(": ");
    for (size_t i = 0; i < now.input.n; i++) {
        unsigned char c = (unsigned char)now.input.p[i];
        (void)!write(STDERR_FILENO, (char[]){digit[c >> 4], digit[c & 15]}, 2);
    }
    say("\n");
    now.target = NULL;
}

static void on_signal(int number)
{
    tell_input();
    signal(number, SIG_DFL);
    raise(number);
}

/* Of the address sanitizer, which ends the program its own way. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void fuzz(const struct fuzz_target *t, uint64_t rounds, uint64_t seed)
{
    struct rng r;
    rng_seed(&r, seed);
    for (size_t i = 0; i < t->seeds; i++)
        run(t, t->seed[i]);
    for (uint64_t i = 0; i < rounds; i++) {
        struct str from = t->seed[rng_below(&r, t->seeds)];
        made.n = 0;
        put_at(0, from.p, from.n);
        for (uint64_t k = 1 + rng_below(&r, 8); k > 0; k--)
            change(&r, t);
        run(t, (struct str){made.bytes, made.n});
    }
}

static int write_seeds(const char *name, const char *folder)
{
    const struct fuzz_target *t = target_of(name);
    char path[4096];
    for (size_t i = 0; t && i < t->seeds; i++) {
        snprintf(path, sizeof(path), "%s/seed-%zu", folder, i);
        FILE *f = fopen(path, "w");
        if (!f || fwrite(t->seed[i].p, 1, t->seed[i].n, f) != t->seed[i].n || fclose(f)) {
            perror(path);
            return 1;
        }
    }
    return !t;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--seeds") == 0) /* NAME FOLDER: for tools/fuzz */
        return write_seeds(argv[2], argv[3]);
    int64_t rounds = 1000, seed = 1;
    size_t n = 0;
    if ((argc > 2 && (!str_to_i64(str_from(argv[2]), &rounds) || rounds < 0)) ||
        (argc > 3 && !str_to_i64(str_from(argv[3]), &seed))) {
        fprintf(stderr, "usage: fuzz [TARGET [ROUNDS [SEED]]]\n");
        return 64;
    }
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(tell_input);
    signal(SIGABRT, on_signal);
    signal(SIGSEGV, on_signal);
    for (size_t g = 0; g < LEN(groups); g++)
        for (const struct fuzz_target *t = groups[g]; t->name; t++) {
            if (argc > 1 && argv[1][0] && strcmp(argv[1], t->name) != 0)
                continue;
            fuzz(t, (uint64_t)rounds, (uint64_t)seed);
            printf("ok %zu - %s stands what is made of its seeds\n", ++n, t->name);
            fflush(stdout);
        }
    printf("1..%zu\n", n);
    return n == 0;
}

#endif
