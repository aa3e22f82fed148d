/* A new store in a folder of its own, for every test of the store. */
#pragma once

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

static struct arena a;
static char dir[64], path[96];

static inline int folder_up(void **state)
{
    struct err e;
    (void)state;
    arena_init(&a, 64 * MIB);
    snprintf(dir, sizeof(dir), "/tmp/tandem-store-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/t.db", dir);
    return store_sqlite_create(path, &e) ? 0 : -1;
}

static inline int folder_down(void **state)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock", ".serve"};
    char file[128];
    (void)state;
    for (size_t i = 0; i < LEN(tails); i++) {
        snprintf(file, sizeof(file), "%s%s", path, tails[i]);
        unlink(file);
    }
    rmdir(dir);
    arena_release(&a);
    return 0;
}

static inline struct store *open_it(enum store_mode mode)
{
    struct store *st = NULL;
    struct err e;
    if (!store_sqlite_open(&st, path, "default", mode, clock_system(), &e))
        fail_msg("%s", e.msg);
    return st;
}
