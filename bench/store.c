/* bench-store [N ...]: the bare store at the first import's work, without services: the same rows
 * in the same order, and nothing else. The engine's rate is held against this one (design, speed).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "store/store.h"
#include "text/hash.h"

#define RECORDS_A_BATCH 100

struct bench {
    struct store *st;
    struct arena a;
    uint64_t n;
    struct err e;
};

static void must(struct bench *b, bool ok)
{
    if (ok)
        return;
    fprintf(stderr, "bench-store: %s\n", b->e.msg);
    exit(1);
}

static struct str packed(struct bench *b, uint64_t i)
{
    return str_fmt(
        &b->a,
        "Quartz Pharma %llu GmbH|https://www.g%llu-a.example|+1 555 %07llu|%llu Example "
        "Street|Zurich|%05llu|Switzerland|%llu|%llu000000|A generated account, number %llu",
        (unsigned long long)i, (unsigned long long)i, (unsigned long long)i,
        (unsigned long long)i % 900, (unsigned long long)i % 99999, (unsigned long long)i % 5000,
        (unsigned long long)i % 1000, (unsigned long long)i);
}

static struct row row_of(struct bench *b, enum side s, uint64_t i)
{
    struct str host = str_fmt(&b->a, "g%llu-a.example", (unsigned long long)i);
    struct row row = {.rec = {.asked_ms = 1, .created_ms = 1, .modified_ms = 1, .edited_ms = 1}};
    row.rec.id = s == SIDE_SF ? str_fmt(&b->a, "0015e%010lluAAA", (unsigned long long)i)
                              : str_fmt(&b->a, "9%09llu", (unsigned long long)i);
    row.rec.name = str_fmt(&b->a, "Quartz Pharma %llu GmbH", (unsigned long long)i);
    row.rec.host = host;
    row.rec.keys = (struct match_keys){hash64(host), hash64(host), false};
    row.packed = packed(b, i);
    row.existing = true;
    if (s == SIDE_HS)
        row.rec.key = str_fmt(&b->a, "0015e%010lluAAA", (unsigned long long)i);
    return row;
}

/* The baseline: accounts as they come from the bulk read. */
static void load(struct bench *b)
{
    const struct store_ops *ops = b->st->ops;
    must(b, ops->load_begin(b->st, SIDE_SF, &b->e));
    for (uint64_t at = 0; at < b->n; at += CHUNK_RECORDS) {
        arena_reset(&b->a);
        size_t count = (size_t)MIN(b->n - at, (uint64_t)CHUNK_RECORDS);
        struct row *row = ARENA_ARRAY(&b->a, struct row, count);
        for (size_t i = 0; i < count; i++)
            row[i] = row_of(b, SIDE_SF, at + i);
        must(b, ops->begin(b->st, STORE_NORMAL, &b->e));
        must(b, ops->rows_put(b->st, SIDE_SF, row, count, &b->e));
        must(b, ops->commit(b->st, &b->e));
    }
    must(b, ops->load_end(b->st, SIDE_SF, &b->e));
}

/* One chunk of the import: walk, find, intents, outcomes. */
static size_t chunk(struct bench *b, struct str *after, char last[32], uint64_t done)
{
    const struct store_ops *ops = b->st->ops;
    struct subject *subject;
    struct row *found;
    size_t n, some;
    arena_reset(&b->a);
    must(b, ops->subjects_walk(b->st, &b->a, SIDE_SF, *after, CHUNK_RECORDS, &subject, &n, &b->e));
    struct find_key *key = ARENA_ARRAY(&b->a, struct find_key, n);
    struct row *company = ARENA_ARRAY(&b->a, struct row, n);
    struct link *link = ARENA_ARRAY(&b->a, struct link, n);
    struct audit_entry *audit = ARENA_ARRAY(&b->a, struct audit_entry, n);
    size_t batches = (n + RECORDS_A_BATCH - 1) / RECORDS_A_BATCH;
    struct outbox_entry *box = ARENA_ARRAY(&b->a, struct outbox_entry, batches);
    int64_t *drop = ARENA_ARRAY(&b->a, int64_t, batches);
    char *payload = arena_bytes(&b->a, RECORDS_A_BATCH * 230);
    memset(payload, 'x', RECORDS_A_BATCH * 230);
    for (size_t i = 0; i < n; i++) {
        struct row *row = subject[i].row[SIDE_SF];
        company[i] = row_of(b, SIDE_HS, done + i);
        key[i].hash = row->rec.keys.site;
        link[i] = (struct link){.id = {row->rec.id, company[i].rec.id},
                                .origin = ORIGIN_CREATED_COMPANY,
                                .base = {row->packed, row->packed},
                                .held = {true, false}};
        audit[i] = (struct audit_entry){.run = 1,
                                        .side = SIDE_HS,
                                        .record = {row->rec.id, company[i].rec.id},
                                        .action = S("create"),
                                        .detail = (struct str){payload, 280}};
    }
    must(b, ops->rows_find(b->st, &b->a, SIDE_HS, FIND_SITE, key, n, &found, &some, &b->e));
    must(b, ops->rows_find(b->st, &b->a, SIDE_SF, FIND_SITE, key, n, &found, &some, &b->e));
    for (size_t i = 0; i < batches; i++)
        box[i] = (struct outbox_entry){.run = 1,
                                       .to = SIDE_HS,
                                       .records = RECORDS_A_BATCH,
                                       .payload = {payload, RECORDS_A_BATCH * 230}};
    must(b, ops->begin(b->st, STORE_FULL, &b->e));
    must(b, ops->outbox_put(b->st, box, batches, &b->e));
    must(b, ops->commit(b->st, &b->e));
    for (size_t i = 0; i < batches; i++)
        drop[i] = box[i].id;
    must(b, ops->begin(b->st, STORE_NORMAL, &b->e));
    must(b, ops->rows_put(b->st, SIDE_HS, company, n, &b->e));
    must(b, ops->links_put(b->st, link, n, &b->e));
    must(b, ops->audit_put(b->st, audit, n, &b->e));
    must(b, ops->outbox_drop(b->st, drop, batches, &b->e));
    must(b, ops->commit(b->st, &b->e));
    if (n) {
        struct str id = subject[n - 1].row[SIDE_SF]->rec.id;
        memcpy(last, id.p, id.n);
        *after = (struct str){last, id.n};
    }
    return n;
}

static double seconds(void)
{
    return (double)clock_system()->mono_us(clock_system()) / 1e6;
}

static void measure(uint64_t n)
{
    struct bench b = {.n = n};
    char path[64], last[32];
    struct str after = S("");
    struct rusage use;
    uint64_t done = 0;
    snprintf(path, sizeof(path), "/tmp/tandem-bench-store-%ld.db", (long)getpid());
    arena_init(&b.a, 256 * MIB);
    must(&b, store_sqlite_create(path, &b.e));
    must(&b, store_sqlite_open(&b.st, path, "default", STORE_WRITE, clock_system(), &b.e));
    double began = seconds();
    load(&b);
    double loaded = seconds();
    for (size_t some = 1; some > 0; done += some)
        some = chunk(&b, &after, last, done);
    double end = seconds();
    b.st->ops->close(b.st);
    arena_release(&b.a);
    for (size_t i = 0; i < 4; i++) {
        static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
        char file[96];
        snprintf(file, sizeof(file), "%s%s", path, tails[i]);
        unlink(file);
    }
    getrusage(RUSAGE_SELF, &use);
    printf("%10llu records  load %.2f s  import %.2f s  %.0f records/s  peak %.1f MiB\n",
           (unsigned long long)done, loaded - began, end - loaded, (double)n / (end - began),
           (double)use.ru_maxrss / 1024);
    printf(
        "{\"records\":%llu,\"seconds\":%.3f,\"records_per_second\":%.0f,\"peak_rss_mib\":%.1f}\n",
        (unsigned long long)n, end - began, (double)n / (end - began),
        (double)use.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        measure(10000);
        measure(100000);
    }
    for (int i = 1; i < argc; i++) {
        int64_t n;
        if (!str_to_i64(str_from(argv[i]), &n) || n < 1) {
            fprintf(stderr, "usage: bench-store [N ...]\n");
            return 64;
        }
        measure((uint64_t)n);
    }
    return 0;
}
